/* Reading with handles: contents, attributes, directories, links, who may read. */
#include "os/fs.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/win32/fs_internal.h"
#include "os/win32/sys_error.h"

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

	if (tmd_type_check_regular(place->info.type, path, err) != TMD_OK)
		return TMD_FAILED;
	code = tmd_place_open_patiently(place, place->name, &how, &opened);
	if (!code)
		code = tmd_handle_info(opened, info);
	if (code)
		return tmd_fail_win(err, code, path, "cannot open");
	if (tmd_type_check_regular(info->type, path, err) != TMD_OK)
		return TMD_FAILED;
	*file = tmd_handle_take(&opened);
	return TMD_OK;
}

enum tmd_rc tmd_place_open_file(const struct tmd_place *place, const char *path, tmd_file *file,
				struct tmd_stat *st, struct tmd_error *err)
{
	struct tmd_file_info now;

	if (tmd_place_open(place, path, file, &now, err) != TMD_OK)
		return TMD_FAILED;
	fill_stat(&now, st);
	return TMD_OK;
}

enum tmd_rc tmd_file_read(tmd_file file, const char *path, char *to, size_t room, size_t *got,
			  struct tmd_error *err)
{
	DWORD len = 0;

	if (!ReadFile(file, to, (DWORD)room, &len, NULL) && GetLastError() != ERROR_HANDLE_EOF)
		return tmd_fail_win(err, GetLastError(), path, "cannot read");
	*got = len;
	return TMD_OK;
}

void tmd_place_stat(const struct tmd_place *place, struct tmd_stat *st)
{
	fill_stat(&place->info, st);
}

enum tmd_rc tmd_place_read_names(const struct tmd_place *place, const char *path,
				 struct tmd_strv *names, struct tmd_error *err)
{
	const struct tmd_open how = { .access = FILE_LIST_DIRECTORY,
				      .share = TMD_SHARE_ALL,
				      .disposition = FILE_OPEN,
				      .options = FILE_DIRECTORY_FILE };
	TMD_AUTO_HANDLE HANDLE dir = NULL;
	DWORD code = tmd_place_open_at(place, place->name, &how, &dir);

	if (code)
		return tmd_fail_win(err, code, path, "cannot open the directory");
	code = tmd_read_names(dir, TMD_FS_DIR_MAX + 1, names);
	if (code && code != ERROR_MORE_DATA)
		return tmd_fail_win(err, code, path, "cannot read the directory");
	return TMD_OK;
}

enum tmd_rc tmd_place_read_link(const struct tmd_place *place, const char *path, char **target,
				struct tmd_error *err)
{
	const struct tmd_open how = { .access = FILE_READ_ATTRIBUTES,
				      .share = TMD_SHARE_ALL,
				      .disposition = FILE_OPEN,
				      .options = FILE_OPEN_REPARSE_POINT };
	TMD_AUTO_HANDLE HANDLE link = NULL;
	DWORD code = tmd_place_open_at(place, place->name, &how, &link);

	if (!code)
		code = tmd_handle_link(link, target);
	return code ? tmd_fail_win(err, code, path, "cannot read the link") : TMD_OK;
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
enum tmd_rc tmd_fs_find_obstacle(struct tmd_fs *fs, const char *path, const struct tmd_user *reader,
				 char **why, uint32_t *owner, struct tmd_error *err)
{
	(void)fs;
	(void)path;
	(void)reader;
	(void)err;
	*why = NULL;
	*owner = 0;
	return TMD_OK;
}
