/* Removing, renaming, and attributes in place. */
#include "os/fs.h"

#include "base/mem.h"
#include "os/win32/fs_internal.h"
#include "os/win32/sys_error.h"

/* Opens a file or link itself to rename or delete it. */
static DWORD open_entry(const struct tmd_place *place, HANDLE *out)
{
	struct tmd_open how = {
		.access = DELETE | FILE_READ_ATTRIBUTES | FILE_WRITE_ATTRIBUTES,
		.share = TMD_SHARE_ALL,
		.disposition = FILE_OPEN,
		.options = FILE_OPEN_REPARSE_POINT | FILE_WRITE_THROUGH,
	};
	DWORD code = tmd_place_open_patiently(place, place->name, &how, out);

	if (code != ERROR_ACCESS_DENIED)
		return code;
	/* The right to delete may come from the directory, and with no other. */
	how.access = DELETE | FILE_READ_ATTRIBUTES;
	return tmd_place_open_patiently(place, place->name, &how, out);
}

/* On older systems the name goes only when the last one who has the file open closes it. */
static DWORD wait_until_gone(const struct tmd_place *place)
{
	struct tmd_patience patience = { 0 };
	struct tmd_file_info ignored;
	DWORD code;

	do
		code = tmd_place_look_again(place, &ignored);
	while (code == ERROR_DELETE_PENDING && tmd_wait_again(&patience));
	return code == ERROR_DELETE_PENDING ? code : 0;
}

static DWORD remove_at(const struct tmd_place *place)
{
	TMD_AUTO_HANDLE HANDLE file = NULL;
	DWORD code = open_entry(place, &file);

	if (code == ERROR_FILE_NOT_FOUND)
		return 0;
	if (!code)
		code = tmd_delete_handle(file);
	if (code)
		return code;
	tmd_handle_close(&file);
	return wait_until_gone(place);
}

enum tmd_rc tmd_place_remove(struct tmd_fs *fs, const struct tmd_place *place, const char *path,
			     struct tmd_error *err)
{
	DWORD code = remove_at(place);

	if (code)
		return tmd_fail_win(err, code, path, "cannot remove");
	tmd_place_renew(fs, path, false);
	return TMD_OK;
}

static DWORD rename_at(const struct tmd_place *place, const char *to)
{
	TMD_AUTO_HANDLE HANDLE file = NULL;
	struct tmd_patience patience = { 0 };
	DWORD code = *place->gap ? ERROR_ACCESS_DENIED : open_entry(place, &file);

	if (code)
		return code;
	do
		code = tmd_rename_handle(file, place->dir, to, false);
	while (tmd_is_busy(code) && tmd_wait_again(&patience));
	return code;
}

enum tmd_rc tmd_place_rename(struct tmd_fs *fs, const struct tmd_place *old,
			     const struct tmd_place *new, const char *from, const char *to,
			     struct tmd_error *err)
{
	DWORD code = rename_at(old, new->name);

	if (code == ERROR_ALREADY_EXISTS || code == ERROR_FILE_EXISTS)
		return tmd_fail(err, TMD_E_CONFLICT, to, "move one of the two away",
				"cannot rename %s: the new name is taken", from);
	if (code)
		return tmd_fail_win(err, code, from, "cannot rename");
	tmd_place_renew(fs, from, false);
	tmd_place_renew(fs, to, false);
	return TMD_OK;
}

enum tmd_rc tmd_place_set_attr(struct tmd_fs *fs, const struct tmd_place *place,
			       const struct tmd_fs_attr *attr, const char *path,
			       struct tmd_error *err)
{
	bool is_dir = place->info.type == TMD_FILE_DIRECTORY;
	enum tmd_wish wish = TMD_WISH_NONE;

	if (tmd_attr_wish(attr, is_dir, path, &wish, err) != TMD_OK ||
	    tmd_place_apply_wish(place, wish, path, err) != TMD_OK)
		return TMD_FAILED;
	tmd_place_renew(fs, path, true);
	return TMD_OK;
}
