/*
 * An elevated caller is not led astray by other users: by their links, and by what they made
 * below ProgramData, where everybody may make directories and files.
 */
#include "os/win32/fs_internal.h"

#include <stdlib.h>

#include "base/mem.h"
#include "os/user.h"

void tmd_trust_begin(struct tmd_trust *trust, unsigned flags, bool live)
{
	trust->active = (flags & (TMD_PLACE_WRITE | TMD_PLACE_READ)) && tmd_user_is_admin();
	trust->reading = flags & TMD_PLACE_READ;
	trust->has_program_data = trust->active && !trust->reading && live &&
				  tmd_program_data_info(&trust->program_data);
}

static DWORD owner_of(HANDLE handle, struct tmd_sid *owner, bool *trusted)
{
	DWORD code = handle ? tmd_handle_owner(handle, owner) : ERROR_ACCESS_DENIED;

	if (!code)
		*trusted = tmd_sid_trusted(owner);
	return code;
}

static enum tmd_rc fail_owner(const char *path, const char *what, const char *name, DWORD code,
			      struct tmd_error *err)
{
	enum tmd_rc rc = tmd_fail(err, TMD_E_REFUSED, path,
				  "name the file itself, without links, or correct the owner",
				  "cannot find out who owns the %s %s", what, name);

	err->sys = (int)code;
	return rc;
}

/*
 * Who may lead us by a link: its owner, or whoever owns the directory that it lies in and may
 * put another in its place.
 */
enum tmd_rc tmd_trust_link(struct tmd_trust *trust, const char *path, const char *name, HANDLE link,
			   HANDLE dir, struct tmd_error *err)
{
	struct tmd_sid owner;
	bool trusted = false;
	DWORD code;

	if (!trust->active)
		return TMD_OK;
	code = owner_of(link, &owner, &trusted);
	if (!code && trusted)
		code = owner_of(dir, &owner, &trusted);
	if (code)
		return fail_owner(path, "link", name, code, err);
	if (trusted || (trust->led && tmd_sid_equal(&owner, &trust->leader)))
		return TMD_OK;
	trust->mixed = trust->led;
	if (trust->mixed && !trust->reading)
		return tmd_fail(err, TMD_E_REFUSED, path, "name the file itself, without links",
				"symbolic links of different users lead there");
	trust->leader = owner;
	trust->led = true;
	return TMD_OK;
}

void tmd_trust_descend(struct tmd_trust *trust, HANDLE dir)
{
	struct tmd_file_info here;

	if (!trust->has_program_data)
		return;
	if (trust->below ||
	    (dir && !tmd_handle_info(dir, &here) && tmd_same_file(&here, &trust->program_data)))
		trust->below++;
}

enum tmd_rc tmd_trust_entry(const struct tmd_trust *trust, const char *path, const char *name,
			    HANDLE entry, bool is_dir, struct tmd_error *err)
{
	const char *what = is_dir ? "directory" : "file";
	TMD_AUTO_FREE char *user = NULL;
	struct tmd_sid owner;
	bool trusted = false;
	DWORD code;

	if (!trust->below)
		return TMD_OK;
	code = owner_of(entry, &owner, &trusted);
	if (code)
		return fail_owner(path, what, name, code, err);
	if (trusted)
		return TMD_OK;
	user = tmd_sid_name(&owner);
	return tmd_fail(err, TMD_E_REFUSED, path,
			"remove it; or give it to Administrators with icacls /setowner, and then "
			"take its own access entries away with icacls /reset",
			"the %s %s below ProgramData belongs to %s, who could change what is "
			"written there",
			what, name, user);
}

static enum tmd_rc fail_led(const struct tmd_trust *trust, const char *path, const char *target,
			    const char *which, const char *hint, struct tmd_error *err)
{
	TMD_AUTO_FREE char *user = tmd_sid_name(&trust->leader);

	return tmd_fail(err, TMD_E_REFUSED, path, hint,
			"a symbolic link of %s leads an elevated caller to %s, %s", user, target,
			which);
}

static bool belongs_to_leader(const struct tmd_trust *trust, HANDLE handle)
{
	struct tmd_sid owner;

	return handle && !tmd_handle_owner(handle, &owner) && tmd_sid_equal(&owner, &trust->leader);
}

enum tmd_rc tmd_trust_target(const struct tmd_trust *trust, const char *path, const char *target,
			     HANDLE entry, HANDLE dir, struct tmd_error *err)
{
	bool readable = false;

	if (!trust->led)
		return TMD_OK;
	if (!trust->reading) {
		if (belongs_to_leader(trust, dir) && (!entry || belongs_to_leader(trust, entry)))
			return TMD_OK;
		return fail_led(trust, path, target, "which is not that user's",
				"name the file itself, without the link, if this is meant", err);
	}
	if (!trust->mixed && entry &&
	    (belongs_to_leader(trust, entry) || tmd_handle_readable_by(entry, &trust->leader)))
		return TMD_OK;
	if (entry && !tmd_handle_world_readable(entry, &readable) && readable)
		return TMD_OK;
	return fail_led(trust, path, target, "which that user has no right to read",
			"remove the link", err);
}
