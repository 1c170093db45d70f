/* Trees of files: a directory of the view. */
#include "resources/python_api/files.h"

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

	return tmd_view_list(files->from, path, names, err);
}

static enum tmd_rc type_in_view(const struct tmd_api_files *files, const char *name,
				enum tmd_file_type *type, struct tmd_error *err)
{
	TMD_AUTO_FREE char *path = tmd_api_files_path(files, name);
	struct tmd_stat st;

	if (tmd_view_stat(files->from, path, &st, err))
		return TMD_FAILED;
	*type = st.type;
	return TMD_OK;
}

static enum tmd_rc read_in_view(const struct tmd_api_files *files, const char *name, size_t max,
				struct tmd_buf *out, struct tmd_error *err)
{
	TMD_AUTO_FREE char *path = tmd_api_files_path(files, name);

	return tmd_view_read(files->from, path, max, out, NULL, err);
}

struct tmd_api_files tmd_api_files_in(struct tmd_view *view, const char *dir)
{
	static const struct tmd_api_files_ops ops = { list_in_view, type_in_view, read_in_view };
	struct tmd_api_files files = { &ops, dir, view };

	return files;
}
