/* Reading the managed tree: contents, attributes, directories, links. */
#include "fs_internal.h"

#include <string.h>

#include "base/mem.h"
#include "os/collect.h"

enum tmd_rc tmd_type_check_regular(enum tmd_file_type type, const char *path, struct tmd_error *err)
{
	if (type == TMD_FILE_REGULAR)
		return TMD_OK;
	if (type == TMD_FILE_DIRECTORY)
		return tmd_fail(err, TMD_E_REFUSED, path, "name the file inside the directory",
				"this is a directory, not a file");
	return tmd_fail(err, TMD_E_REFUSED, path, "name a regular file",
			"this is not a regular file");
}

struct source {
	tmd_file file;
	const char *path;
};

static enum tmd_rc read_some(void *source, char *to, size_t room, size_t *got,
			     struct tmd_error *err)
{
	const struct source *from = source;

	return tmd_file_read(from->file, from->path, to, room, got, err);
}

static enum tmd_rc read_place(const struct tmd_place *place, const char *path, size_t max,
			      struct tmd_buf *out, struct tmd_stat *st, struct tmd_error *err)
{
	TMD_AUTO_FILE tmd_file file = TMD_NO_FILE;
	struct tmd_stat now;
	bool fits;

	if (tmd_place_open_file(place, path, &file, &now, err) != TMD_OK)
		return TMD_FAILED;
	fits = now.size <= max;
	if (fits) {
		struct source source = { file, path };
		const struct tmd_reader reader = { read_some, &source, (size_t)now.size };

		if (tmd_collect(&reader, max, out, &fits, err) != TMD_OK)
			return TMD_FAILED;
	}
	if (!fits)
		return tmd_fail(err, TMD_E_REFUSED, path, "is this the right file?",
				"larger than the %zu bytes that are accepted", max);
	if (st)
		*st = now;
	return TMD_OK;
}

static enum tmd_rc read_once(struct tmd_fs *fs, const char *path, size_t max,
			     struct tmd_place *place, struct tmd_buf *out, struct tmd_stat *st,
			     struct tmd_error *err)
{
	if (!max)
		max = TMD_FS_FILE_MAX;
	if (max >= TMD_BUF_MAX)
		max = TMD_BUF_MAX - 1;
	if (tmd_place_look(fs, path, TMD_PLACE_FOLLOW | TMD_PLACE_READ, place, err) != TMD_OK)
		return TMD_FAILED;
	return read_place(place, path, max, out, st, err);
}

/* The old file or the new one: one that is replaced in the middle is looked at again. */
static enum tmd_rc read_found(struct tmd_fs *fs, const char *path, size_t max,
			      struct tmd_place *place, struct tmd_buf *out, struct tmd_stat *st,
			      struct tmd_error *err)
{
	for (unsigned failed = 1; read_once(fs, path, max, place, out, st, err) != TMD_OK; failed++) {
		if (!tmd_looks_again(failed, err))
			return TMD_FAILED;
		tmd_place_release(place);
	}
	return TMD_OK;
}

enum tmd_rc tmd_fs_read(struct tmd_fs *fs, const char *path, size_t max, struct tmd_buf *out,
			struct tmd_stat *st, struct tmd_error *err)
{
	TMD_AUTO_PLACE struct tmd_place place = { 0 };

	return read_found(fs, path, max, &place, out, st, err);
}

enum tmd_rc tmd_fs_read_real(struct tmd_fs *fs, const char *path, size_t max, struct tmd_buf *out,
			     char **real, struct tmd_error *err)
{
	TMD_AUTO_PLACE struct tmd_place place = { 0 };

	if (read_found(fs, path, max, &place, out, NULL, err) != TMD_OK)
		return TMD_FAILED;
	*real = tmd_strdup(place.path);
	return TMD_OK;
}

static enum tmd_rc stat_place(struct tmd_fs *fs, const char *path, unsigned flags,
			      struct tmd_stat *st, struct tmd_error *err)
{
	TMD_AUTO_PLACE struct tmd_place place = { 0 };

	if (tmd_place_look(fs, path, flags, &place, err) != TMD_OK)
		return TMD_FAILED;
	tmd_place_stat(&place, st);
	return TMD_OK;
}

enum tmd_rc tmd_fs_stat(struct tmd_fs *fs, const char *path, struct tmd_stat *st,
			struct tmd_error *err)
{
	return stat_place(fs, path, TMD_PLACE_FOLLOW | TMD_PLACE_READ, st, err);
}

enum tmd_rc tmd_fs_lstat(struct tmd_fs *fs, const char *path, struct tmd_stat *st,
			 struct tmd_error *err)
{
	return stat_place(fs, path, 0, st, err);
}

bool tmd_fs_exists(struct tmd_fs *fs, const char *path)
{
	struct tmd_error ignored;
	struct tmd_stat st;

	return tmd_fs_stat(fs, path, &st, &ignored) == TMD_OK;
}

static enum tmd_file_type type_of(const struct tmd_place *place)
{
	struct tmd_stat st;

	tmd_place_stat(place, &st);
	return st.type;
}

enum tmd_rc tmd_fs_list(struct tmd_fs *fs, const char *path, struct tmd_strv *names,
			struct tmd_error *err)
{
	TMD_AUTO_PLACE struct tmd_place place = { 0 };
	TMD_AUTO_STRV struct tmd_strv found = { 0 };

	if (tmd_place_look(fs, path, TMD_PLACE_FOLLOW | TMD_PLACE_READ, &place, err) != TMD_OK)
		return TMD_FAILED;
	if (type_of(&place) != TMD_FILE_DIRECTORY)
		return tmd_fail(err, TMD_E_REFUSED, path, "name a directory",
				"this is not a directory");
	if (tmd_place_read_names(&place, path, &found, err) != TMD_OK)
		return TMD_FAILED;
	if (found.count > TMD_FS_DIR_MAX)
		return tmd_fail(err, TMD_E_REFUSED, path, "is this the right directory?",
				"more than %d entries", TMD_FS_DIR_MAX);
	tmd_strv_sort(&found);
	tmd_strv_release(names);
	*names = found;
	memset(&found, 0, sizeof(found));
	return TMD_OK;
}

enum tmd_rc tmd_fs_readlink(struct tmd_fs *fs, const char *path, char **target,
			    struct tmd_error *err)
{
	TMD_AUTO_PLACE struct tmd_place place = { 0 };

	if (tmd_place_look(fs, path, 0, &place, err) != TMD_OK)
		return TMD_FAILED;
	if (type_of(&place) != TMD_FILE_SYMLINK)
		return tmd_fail(err, TMD_E_INVALID_INPUT, path, NULL,
				"this is not a symbolic link");
	return tmd_place_read_link(&place, path, target, err);
}

enum tmd_rc tmd_fs_resolve(struct tmd_fs *fs, const char *path, char **real, struct tmd_error *err)
{
	TMD_AUTO_PLACE struct tmd_place place = { 0 };

	if (tmd_place_find(fs, path, TMD_PLACE_FOLLOW | TMD_PLACE_MISSING, &place, err) != TMD_OK)
		return TMD_FAILED;
	*real = tmd_strdup(place.path);
	return TMD_OK;
}
