/* The read-only attribute, which is all that a mode can ask for here. */
#include "os/win32/fs_internal.h"

#include "base/mem.h"
#include "os/user.h"
#include "os/win32/sys_error.h"

static enum tmd_rc fail_mode(const char *path, uint32_t mode, struct tmd_error *err)
{
	return tmd_fail(err, TMD_E_UNSUPPORTED, path,
			"leave mode out (0444 is possible: it sets the read-only attribute)",
			"Windows has access control lists instead of a mode: %04lo cannot be had",
			(unsigned long)mode);
}

enum tmd_rc tmd_attr_wish(const struct tmd_fs_attr *attr, bool is_dir, const char *path,
			  enum tmd_wish *wish, struct tmd_error *err)
{
	enum tmd_wish found = TMD_WISH_NONE;

	if (!attr) {
		*wish = found;
		return TMD_OK;
	}
	if (attr->uid != TMD_KEEP || attr->gid != TMD_KEEP)
		return tmd_fail(err, TMD_E_UNSUPPORTED, path,
				"leave owner and group out on Windows",
				"users and groups have no numbers on Windows");
	if (attr->mode != TMD_KEEP && is_dir && attr->mode != 0755)
		return fail_mode(path, attr->mode, err);
	if (attr->mode != TMD_KEEP && !is_dir) {
		if (attr->mode != 0644 && attr->mode != 0444)
			return fail_mode(path, attr->mode, err);
		found = attr->mode == 0444 ? TMD_WISH_READ_ONLY : TMD_WISH_WRITABLE;
	}
	*wish = found;
	return TMD_OK;
}

DWORD tmd_wish_attributes(DWORD attributes, enum tmd_wish wish)
{
	if (wish == TMD_WISH_READ_ONLY)
		return attributes | FILE_ATTRIBUTE_READONLY;
	if (wish == TMD_WISH_WRITABLE)
		return attributes & ~(DWORD)FILE_ATTRIBUTE_READONLY;
	return attributes;
}

/*
 * A user can plant a hard link to another's file in a directory of his own: an elevated caller
 * does not change such a one in place.
 */
static enum tmd_rc check_planted(const struct tmd_place *place, HANDLE file,
				 const struct tmd_file_info *info, const char *path,
				 struct tmd_error *err)
{
	const struct tmd_open how = { .access = READ_CONTROL,
				      .share = TMD_SHARE_ALL,
				      .disposition = FILE_OPEN };
	TMD_AUTO_HANDLE HANDLE dir = NULL;
	struct tmd_sid of_dir;
	struct tmd_sid of_file;

	if (info->type != TMD_FILE_REGULAR || info->links < 2 || !tmd_user_is_admin())
		return TMD_OK;
	if (!tmd_place_open_at(place, "", &how, &dir) && !tmd_handle_owner(dir, &of_dir) &&
	    !tmd_handle_owner(file, &of_file) &&
	    (tmd_sid_trusted(&of_dir) || tmd_sid_equal(&of_dir, &of_file)))
		return TMD_OK;
	return tmd_fail(err, TMD_E_REFUSED, path, "remove the hard link first",
			"another name of this file may be elsewhere, and its owner is not the "
			"directory's");
}

enum tmd_rc tmd_place_apply_wish(const struct tmd_place *place, enum tmd_wish wish,
				 const char *path, struct tmd_error *err)
{
	const struct tmd_open how = {
		.access = FILE_READ_ATTRIBUTES | FILE_WRITE_ATTRIBUTES | READ_CONTROL,
		.share = TMD_SHARE_ALL,
		.disposition = FILE_OPEN,
		.options = FILE_OPEN_REPARSE_POINT,
	};
	TMD_AUTO_HANDLE HANDLE file = NULL;
	struct tmd_file_info info;
	DWORD code;

	if (wish == TMD_WISH_NONE ||
	    tmd_wish_attributes(place->info.attributes, wish) == place->info.attributes)
		return TMD_OK;
	code = tmd_place_open_at(place, place->name, &how, &file);
	if (!code)
		code = tmd_handle_info(file, &info);
	if (code)
		return tmd_fail_win(err, code, path, "cannot open");
	if (tmd_type_check_regular(info.type, path, err) != TMD_OK ||
	    check_planted(place, file, &info, path, err) != TMD_OK)
		return TMD_FAILED;
	code = tmd_set_attributes(file, tmd_wish_attributes(info.attributes, wish));
	return code ? tmd_fail_win(err, code, path, "cannot set the read-only attribute") : TMD_OK;
}
