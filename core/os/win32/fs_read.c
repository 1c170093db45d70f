/* Reading the managed tree: contents, attributes, directories, links, who may read. */
#include "os/fs.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/win32/fs_internal.h"
#include "os/win32/sys_error.h"

#define READ_MIN ((size_t)4096) /* bytes asked for at once, however small the file seems */
#define READ_MAX ((size_t)1 << 30)

static uint32_t mode_of(const struct tmd_file_info *info)
{
	if (info->type == TMD_FILE_SYMLINK)
		return 0777;
	if (info->type == TMD_FILE_DIRECTORY)
		return 0755; /* the attribute says something else about directories */
	return info->attributes & FILE_ATTRIBUTE_READONLY ? 0444 : 0644;
}

static void fill_stat(const struct tmd_file_info *from, struct tmd_stat *to)
{
	memset(to, 0, sizeof(*to));
	to->type = from->type;
	to->mode = mode_of(from);
	to->size = from->size;
	to->links = from->links;
	to->device = from->device;
	to->inode = from->inode;
}

enum tmd_rc tmd_info_check_regular(const struct tmd_file_info *info, const char *path,
				   struct tmd_error *err)
{
	if (info->type == TMD_FILE_REGULAR)
		return TMD_OK;
	if (info->type == TMD_FILE_DIRECTORY)
		return tmd_fail(err, TMD_E_REFUSED, path, "name the file inside the directory",
				"this is a directory, not a file");
	return tmd_fail(err, TMD_E_REFUSED, path, "name a regular file",
			"this is not a regular file");
}

enum tmd_rc tmd_place_open(const struct tmd_place *place, const char *path, HANDLE *file,
			   struct tmd_file_info *info, struct tmd_error *err)
{
	bool kept_elsewhere = place->info.attributes & FILE_ATTRIBUTE_REPARSE_POINT;
	const struct tmd_open how = {
		.access = FILE_GENERIC_READ,
		.share = TMD_SHARE_ALL,
		.disposition = FILE_OPEN,
		/* A link that takes the file's place now is not to be followed. */
		.options = FILE_NON_DIRECTORY_FILE | (kept_elsewhere ? 0 : FILE_OPEN_REPARSE_POINT),
	};
	TMD_AUTO_HANDLE HANDLE opened = NULL;
	DWORD code;

	if (tmd_info_check_regular(&place->info, path, err) != TMD_OK)
		return TMD_FAILED;
	code = tmd_place_open_patiently(place, place->name, &how, &opened);
	if (!code)
		code = tmd_handle_info(opened, info);
	if (code)
		return tmd_fail_win(err, code, path, "cannot open");
	if (tmd_info_check_regular(info, path, err) != TMD_OK)
		return TMD_FAILED;
	*file = tmd_handle_take(&opened);
	return TMD_OK;
}

static enum tmd_rc fail_large(const char *path, size_t max, struct tmd_error *err)
{
	return tmd_fail(err, TMD_E_REFUSED, path, "is this the right file?",
			"larger than the %zu bytes that are accepted", max);
}

/* Reads to the end; the announced size is only a guess, the file may be growing. */
static enum tmd_rc read_all(HANDLE file, const char *path, size_t size, size_t max,
			    struct tmd_buf *out, struct tmd_error *err)
{
	size_t chunk = size < READ_MIN ? READ_MIN : size + 1;

	tmd_buf_init(out, max + 1);
	for (;;) {
		size_t room = max + 1 - out->len;
		DWORD got = 0;
		char *end;

		if (chunk > room)
			chunk = room;
		if (chunk > READ_MAX)
			chunk = READ_MAX;
		end = tmd_buf_reserve(out, chunk);
		if (!end)
			return fail_large(path, max, err);
		if (!ReadFile(file, end, (DWORD)chunk, &got, NULL) &&
		    GetLastError() != ERROR_HANDLE_EOF)
			return tmd_fail_win(err, GetLastError(), path, "cannot read");
		out->len += got;
		end[got] = '\0';
		if (out->len > max)
			return fail_large(path, max, err);
		if (got == 0)
			return TMD_OK;
	}
}

enum tmd_rc tmd_fs_read(struct tmd_fs *fs, const char *path, size_t max, struct tmd_buf *out,
			struct tmd_stat *st, struct tmd_error *err)
{
	TMD_AUTO_PLACE struct tmd_place place = { 0 };
	TMD_AUTO_BUF struct tmd_buf content = { 0 };
	TMD_AUTO_HANDLE HANDLE file = NULL;
	struct tmd_file_info now = { 0 };
	size_t ceiling = out->max;

	if (!max)
		max = TMD_FS_FILE_MAX;
	if (max >= TMD_BUF_MAX)
		max = TMD_BUF_MAX - 1;
	if (tmd_place_look(fs, path, TMD_PLACE_FOLLOW | TMD_PLACE_READ, &place, err) != TMD_OK ||
	    tmd_place_open(&place, path, &file, &now, err) != TMD_OK)
		return TMD_FAILED;
	if (now.size > max)
		return fail_large(path, max, err);
	if (read_all(file, path, (size_t)now.size, max, &content, err) != TMD_OK)
		return TMD_FAILED;
	tmd_buf_release(out);
	*out = content;
	out->max = ceiling; /* the caller's: it may append more than the file may hold */
	memset(&content, 0, sizeof(content));
	if (st)
		fill_stat(&now, st);
	return TMD_OK;
}

static enum tmd_rc stat_place(struct tmd_fs *fs, const char *path, unsigned flags,
			      struct tmd_stat *st, struct tmd_error *err)
{
	TMD_AUTO_PLACE struct tmd_place place = { 0 };

	if (tmd_place_look(fs, path, flags, &place, err) != TMD_OK)
		return TMD_FAILED;
	fill_stat(&place.info, st);
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

enum tmd_rc tmd_fs_list(struct tmd_fs *fs, const char *path, struct tmd_strv *names,
			struct tmd_error *err)
{
	const struct tmd_open how = { .access = FILE_LIST_DIRECTORY,
				      .share = TMD_SHARE_ALL,
				      .disposition = FILE_OPEN,
				      .options = FILE_DIRECTORY_FILE };
	TMD_AUTO_PLACE struct tmd_place place = { 0 };
	TMD_AUTO_STRV struct tmd_strv found = { 0 };
	TMD_AUTO_HANDLE HANDLE dir = NULL;
	DWORD code;

	if (tmd_place_look(fs, path, TMD_PLACE_FOLLOW | TMD_PLACE_READ, &place, err) != TMD_OK)
		return TMD_FAILED;
	if (place.info.type != TMD_FILE_DIRECTORY)
		return tmd_fail(err, TMD_E_REFUSED, path, "name a directory",
				"this is not a directory");
	code = tmd_place_open_at(&place, place.name, &how, &dir);
	if (code)
		return tmd_fail_win(err, code, path, "cannot open the directory");
	code = tmd_read_names(dir, TMD_FS_DIR_MAX, &found);
	if (code == ERROR_MORE_DATA)
		return tmd_fail(err, TMD_E_REFUSED, path, "is this the right directory?",
				"more than %d entries", TMD_FS_DIR_MAX);
	if (code)
		return tmd_fail_win(err, code, path, "cannot read the directory");
	tmd_strv_sort(&found);
	tmd_strv_release(names);
	*names = found;
	memset(&found, 0, sizeof(found));
	return TMD_OK;
}

enum tmd_rc tmd_fs_readlink(struct tmd_fs *fs, const char *path, char **target,
			    struct tmd_error *err)
{
	const struct tmd_open how = { .access = FILE_READ_ATTRIBUTES,
				      .share = TMD_SHARE_ALL,
				      .disposition = FILE_OPEN,
				      .options = FILE_OPEN_REPARSE_POINT };
	TMD_AUTO_PLACE struct tmd_place place = { 0 };
	TMD_AUTO_HANDLE HANDLE link = NULL;
	DWORD code;

	if (tmd_place_look(fs, path, 0, &place, err) != TMD_OK)
		return TMD_FAILED;
	if (place.info.type != TMD_FILE_SYMLINK)
		return tmd_fail(err, TMD_E_INVALID_INPUT, path, NULL, "this is no symbolic link");
	code = tmd_place_open_at(&place, place.name, &how, &link);
	if (!code)
		code = tmd_handle_link(link, target);
	return code ? tmd_fail_win(err, code, path, "cannot read the link") : TMD_OK;
}

enum tmd_rc tmd_fs_resolve(struct tmd_fs *fs, const char *path, char **real, struct tmd_error *err)
{
	TMD_AUTO_PLACE struct tmd_place place = { 0 };

	if (tmd_place_find(fs, path, TMD_PLACE_FOLLOW | TMD_PLACE_MISSING, &place, err) != TMD_OK)
		return TMD_FAILED;
	*real = tmd_strdup(place.path);
	return TMD_OK;
}

/*
 * The directories on the way do not matter: everybody has the right to pass them
 * (SeChangeNotifyPrivilege), and systems where that was taken away are very rare.
 */
enum tmd_rc tmd_fs_world_readable(struct tmd_fs *fs, const char *path, bool *readable, char **why,
				  struct tmd_error *err)
{
	const struct tmd_open how = { .access = READ_CONTROL,
				      .share = TMD_SHARE_ALL,
				      .disposition = FILE_OPEN };
	TMD_AUTO_PLACE struct tmd_place place = { 0 };
	TMD_AUTO_HANDLE HANDLE file = NULL;
	bool found = false;
	DWORD code;

	if (tmd_place_look(fs, path, TMD_PLACE_FOLLOW, &place, err) != TMD_OK)
		return TMD_FAILED;
	code = tmd_place_open_at(&place, place.name, &how, &file);
	if (!code)
		code = tmd_handle_world_readable(file, &found);
	if (code)
		return tmd_fail_win(err, code, path, "cannot read the access list");
	*readable = found;
	*why = found ? NULL
		     : tmd_format("the access list of %s does not let every user read it",
				  place.path);
	return TMD_OK;
}

/* Not asked: everybody has the right to pass directories, and access lists are inherited. */
enum tmd_rc tmd_fs_find_obstacle(struct tmd_fs *fs, const char *path, char **why, uint32_t *owner,
				 struct tmd_error *err)
{
	(void)fs;
	(void)path;
	(void)err;
	*why = NULL;
	*owner = 0;
	return TMD_OK;
}
