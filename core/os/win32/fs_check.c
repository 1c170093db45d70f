/*
 * Would a change be permitted? Asked by plan, so nothing here writes: what is to be changed is
 * opened with the rights that the change needs, and closed again.
 */
#include "os/fs.h"

#include "base/mem.h"
#include "os/win32/fs_internal.h"
#include "os/win32/sys_error.h"

enum tmd_rc tmd_place_check_directory(const struct tmd_place *place, const char *path,
				      struct tmd_error *err)
{
	const struct tmd_open how = {
		.access = place->missing ? FILE_ADD_SUBDIRECTORY : FILE_ADD_FILE,
		.share = TMD_SHARE_ALL,
		.disposition = FILE_OPEN,
		.options = FILE_DIRECTORY_FILE,
	};
	TMD_AUTO_HANDLE HANDLE dir = NULL;
	DWORD flags = 0;
	DWORD code = tmd_place_open_at(place, "", &how, &dir);

	if (!code && GetVolumeInformationByHandleW(dir, NULL, 0, NULL, NULL, &flags, NULL, 0) &&
	    (flags & FILE_READ_ONLY_VOLUME))
		code = ERROR_WRITE_PROTECT;
	return code ? tmd_fail_win(err, code, path, "cannot write into the directory") : TMD_OK;
}

/* Rights come before sharing: a file that is in use now may be free when it is time. */
static enum tmd_rc check_open(const struct tmd_place *place, const char *path, ACCESS_MASK access,
			      const char *what, struct tmd_error *err)
{
	const struct tmd_open how = { .access = access,
				      .share = TMD_SHARE_ALL,
				      .disposition = FILE_OPEN,
				      .options = FILE_OPEN_REPARSE_POINT };
	TMD_AUTO_HANDLE HANDLE file = NULL;
	DWORD code = tmd_place_open_at(place, place->name, &how, &file);

	return code && !tmd_is_busy(code) ? tmd_fail_win(err, code, path, what) : TMD_OK;
}

enum tmd_rc tmd_place_check_replace(const struct tmd_place *place, const char *path,
				    struct tmd_error *err)
{
	if (!place->exists)
		return tmd_trust_new(place, path, err);
	/* The new file is to be like the old one, which therefore has to be read. */
	if (check_open(place, path, FILE_GENERIC_READ, "cannot read the file", err) != TMD_OK)
		return TMD_FAILED;
	return check_open(place, path, DELETE, "cannot replace the file", err);
}

enum tmd_rc tmd_place_check_remove(const struct tmd_place *place, const char *path,
				   struct tmd_error *err)
{
	return check_open(place, path, DELETE, "cannot remove", err);
}

/* ---- attributes ---- */

static bool is_granted(const struct tmd_file_info *info, enum tmd_wish wish)
{
	bool read_only = info->attributes & FILE_ATTRIBUTE_READONLY;

	return wish == TMD_WISH_NONE || read_only == (wish == TMD_WISH_READ_ONLY);
}

enum tmd_rc tmd_fs_check_attr(struct tmd_fs *fs, const char *path, const struct tmd_fs_attr *attr,
			      struct tmd_error *err)
{
	const unsigned flags = TMD_PLACE_FOLLOW | TMD_PLACE_MISSING | TMD_PLACE_WRITE;
	TMD_AUTO_PLACE struct tmd_place place = { 0 };
	enum tmd_wish wish = TMD_WISH_NONE;
	bool is_dir;

	if (tmd_place_find(fs, path, flags, &place, err) != TMD_OK)
		return TMD_FAILED;
	is_dir = place.exists && place.info.type == TMD_FILE_DIRECTORY;
	if (tmd_attr_wish(attr, is_dir, path, &wish, err) != TMD_OK)
		return TMD_FAILED;
	if (!place.exists || is_granted(&place.info, wish))
		return TMD_OK;
	return check_open(&place, path, FILE_WRITE_ATTRIBUTES, "cannot set the read-only attribute",
			  err);
}
