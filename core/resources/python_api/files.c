/* Trees of files: a directory of the view or of the caller's, and one in an archive. */
#include "resources/python_api/files.h"

#include <string.h>

#include "base/mem.h"
#include "os/path.h"

char *tmd_api_files_path(const struct tmd_api_files *files, const char *name)
{
	return *name ? tmd_path_join(files->root, name) : tmd_strdup(files->root);
}

bool tmd_api_files_has(const struct tmd_api_files *files, const char *name, enum tmd_file_type type)
{
	enum tmd_file_type found;
	struct tmd_error ignored;

	return files->ops->type(files, name, &found, &ignored) == TMD_OK && found == type;
}

/* ---- a directory of the view ---- */

static enum tmd_rc list_in_view(const struct tmd_api_files *files, const char *name,
				struct tmd_strv *names, struct tmd_error *err)
{
	TMD_AUTO_FREE char *path = tmd_api_files_path(files, name);

	return tmd_view_list(files->view, path, names, err);
}

static enum tmd_rc type_in_view(const struct tmd_api_files *files, const char *name,
				enum tmd_file_type *type, struct tmd_error *err)
{
	TMD_AUTO_FREE char *path = tmd_api_files_path(files, name);
	struct tmd_stat st;

	if (tmd_view_stat(files->view, path, &st, err))
		return TMD_FAILED;
	*type = st.type;
	return TMD_OK;
}

static enum tmd_rc read_in_view(const struct tmd_api_files *files, const char *name, size_t max,
				struct tmd_buf *out, struct tmd_error *err)
{
	TMD_AUTO_FREE char *path = tmd_api_files_path(files, name);

	return tmd_view_read(files->view, path, max, out, NULL, err);
}

struct tmd_api_files tmd_api_files_in(struct tmd_view *view, const char *dir)
{
	static const struct tmd_api_files_ops ops = { list_in_view, type_in_view, read_in_view };
	struct tmd_api_files files = { &ops, dir, view, NULL, NULL };

	return files;
}

/* ---- a directory of the caller's ---- */

static enum tmd_rc list_in_input(const struct tmd_api_files *files, const char *name,
				 struct tmd_strv *names, struct tmd_error *err)
{
	TMD_AUTO_FREE char *path = tmd_api_files_path(files, name);

	return tmd_view_list_input(files->view, files->base_dir, path, names, err);
}

static enum tmd_rc type_in_input(const struct tmd_api_files *files, const char *name,
				 enum tmd_file_type *type, struct tmd_error *err)
{
	TMD_AUTO_FREE char *path = tmd_api_files_path(files, name);
	struct tmd_stat st;

	if (tmd_view_stat_input(files->view, files->base_dir, path, &st, err))
		return TMD_FAILED;
	*type = st.type;
	return TMD_OK;
}

static enum tmd_rc read_in_input(const struct tmd_api_files *files, const char *name, size_t max,
				 struct tmd_buf *out, struct tmd_error *err)
{
	TMD_AUTO_FREE char *path = tmd_api_files_path(files, name);

	return tmd_view_read_input(files->view, files->base_dir, path, max, out, err);
}

struct tmd_api_files tmd_api_files_in_input(struct tmd_view *view, const char *base_dir,
					    const char *dir)
{
	static const struct tmd_api_files_ops ops = { list_in_input, type_in_input, read_in_input };
	struct tmd_api_files files = { &ops, dir, view, NULL, base_dir };

	return files;
}

/* ---- an archive ---- */

static char *name_inside(const struct tmd_api_files *files, const char *name)
{
	const char *inside = files->archive->inside;
	size_t len = strlen(inside);

	if (!*name && len)
		return tmd_strndup(inside, len - 1);
	return tmd_format("%s%s", inside, name);
}

static enum tmd_rc fail_missing(const struct tmd_api_files *files, const char *name,
				struct tmd_error *err)
{
	return tmd_fail(err, TMD_E_NOT_FOUND, files->root, NULL, "the archive has no %s", name);
}

static enum tmd_rc list_in_archive(const struct tmd_api_files *files, const char *name,
				   struct tmd_strv *names, struct tmd_error *err)
{
	TMD_AUTO_FREE char *dir = name_inside(files, name);

	if (!tmd_archive_has_directory(files->archive->archive, dir))
		return fail_missing(files, name, err);
	tmd_archive_list(files->archive->archive, dir, names);
	return TMD_OK;
}

static enum tmd_rc type_in_archive(const struct tmd_api_files *files, const char *name,
				   enum tmd_file_type *type, struct tmd_error *err)
{
	TMD_AUTO_FREE char *path = name_inside(files, name);

	if (tmd_archive_find(files->archive->archive, path))
		*type = TMD_FILE_REGULAR;
	else if (tmd_archive_has_directory(files->archive->archive, path))
		*type = TMD_FILE_DIRECTORY;
	else
		return fail_missing(files, name, err);
	return TMD_OK;
}

static enum tmd_rc read_in_archive(const struct tmd_api_files *files, const char *name, size_t max,
				   struct tmd_buf *out, struct tmd_error *err)
{
	TMD_AUTO_FREE char *path = name_inside(files, name);
	const struct tmd_archive_file *file = tmd_archive_find(files->archive->archive, path);

	if (!file)
		return fail_missing(files, name, err);
	if (!file->wanted)
		return tmd_fail(err, TMD_E_INTERNAL, files->root, NULL, "%s was not unpacked", path);
	if (file->content.len > max)
		return tmd_fail(err, TMD_E_REFUSED, files->root, NULL, "%s is larger than %zu bytes",
				path, max);
	tmd_buf_clear(out);
	tmd_buf_add(out, tmd_buf_str(&file->content), file->content.len);
	return tmd_buf_check(out, files->root, err);
}

struct tmd_api_files tmd_api_files_of(const struct tmd_api_files_archive *from, const char *root)
{
	static const struct tmd_api_files_ops ops = { list_in_archive, type_in_archive,
						      read_in_archive };
	struct tmd_api_files files = { &ops, root, NULL, from, NULL };

	return files;
}
