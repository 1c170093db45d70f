/*
 * An elevated caller is not led astray by other users: by their links, and by what they made or
 * may change below ProgramData, where everybody may make directories and files. What the whole
 * machine relies on nobody else may change wherever it lies.
 */
#include "os/win32/fs_internal.h"

#include <stdlib.h>

#include "base/mem.h"
#include "os/user.h"
#include "os/win32/sys_error.h"

static enum tmd_care care_for(unsigned flags, bool live)
{
	if (live && (flags & TMD_PLACE_OWN))
		return TMD_CARE_OWN;
	if (!(flags & (TMD_PLACE_WRITE | TMD_PLACE_READ)) || !tmd_user_is_admin())
		return TMD_CARE_NONE;
	return flags & TMD_PLACE_READ ? TMD_CARE_READ : TMD_CARE_WRITE;
}

void tmd_trust_begin(struct tmd_trust *trust, unsigned flags, bool live)
{
	trust->care = care_for(flags, live);
	trust->caller = (flags & TMD_PLACE_MACHINE) && !tmd_user_is_admin() ? TMD_OTHERS_CALLER : 0;
	trust->has_program_data =
		trust->care != TMD_CARE_NONE && live && tmd_program_data_info(&trust->program_data);
}

/* Is an entry of this directory below ProgramData? */
static bool leads_below(const struct tmd_trust *trust, HANDLE dir)
{
	struct tmd_file_info here;

	return trust->below || (trust->has_program_data && dir && !tmd_handle_info(dir, &here) &&
				tmd_same_file(&here, &trust->program_data));
}

static DWORD stranger_of(HANDLE handle, DWORD others, struct tmd_stranger *stranger)
{
	return handle ? tmd_handle_stranger(handle, others, stranger) : ERROR_ACCESS_DENIED;
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
 * put another in its place. Also whoever else may change it: a user may turn an empty directory
 * into a link whose attributes he may set, and its owner stays.
 */
enum tmd_rc tmd_trust_link(struct tmd_trust *trust, const char *path, const char *name, HANDLE link,
			   HANDLE dir, struct tmd_error *err)
{
	struct tmd_stranger stranger;
	DWORD code;

	if (trust->care == TMD_CARE_NONE)
		return TMD_OK;
	code = stranger_of(link, TMD_OTHERS_FILE | trust->caller, &stranger);
	if (!code && stranger.kind == TMD_STRANGER_NONE)
		code = stranger_of(dir, TMD_OTHERS_ANY | trust->caller, &stranger);
	if (code)
		return fail_owner(path, "link", name, code, err);
	if (stranger.kind == TMD_STRANGER_NONE ||
	    (trust->led != TMD_LED_BY_NOBODY && tmd_sid_equal(&stranger.sid, &trust->leader)))
		return TMD_OK;
	if (trust->led != TMD_LED_BY_NOBODY && trust->care != TMD_CARE_READ)
		return tmd_fail(err, TMD_E_REFUSED, path, "name the file itself, without links",
				"symbolic links of different users lead there");
	trust->leader = stranger.sid;
	trust->led = trust->led == TMD_LED_BY_NOBODY ? TMD_LED_BY_ONE : TMD_LED_BY_MANY;
	return TMD_OK;
}

void tmd_trust_descend(struct tmd_trust *trust, HANDLE dir)
{
	if (leads_below(trust, dir))
		trust->below++;
}

static enum tmd_rc fail_owned(const char *path, const char *what, const char *name,
			      const char *user, struct tmd_error *err)
{
	return tmd_fail(err, TMD_E_REFUSED, path,
			"remove it; or give it to Administrators with icacls /setowner, and then "
			"take its own access entries away with icacls /reset",
			"the %s %s belongs to %s, who could change what is written there", what,
			name, user);
}

static enum tmd_rc fail_changeable(const char *path, const char *what, const char *name,
				   const char *user, struct tmd_error *err)
{
	return tmd_fail(err, TMD_E_REFUSED, path,
			"name a place that only administrators may change; or, if no program "
			"needs them, take its own access entries away with icacls /reset",
			"the %s %s gives %s the right to change what is written there", what, name,
			user);
}

static enum tmd_rc judge(const char *path, const char *what, const char *name, HANDLE handle,
			 DWORD others, struct tmd_error *err)
{
	TMD_AUTO_FREE char *user = NULL;
	struct tmd_stranger stranger;
	DWORD code = stranger_of(handle, others, &stranger);

	if (code)
		return fail_owner(path, what, name, code, err);
	if (stranger.kind == TMD_STRANGER_NONE)
		return TMD_OK;
	user = tmd_sid_name(&stranger.sid);
	return stranger.kind == TMD_STRANGER_OWNS ? fail_owned(path, what, name, user, err)
						  : fail_changeable(path, what, name, user, err);
}

enum tmd_rc tmd_trust_root(const struct tmd_trust *trust, const char *path, const char *root,
			   HANDLE dir, struct tmd_error *err)
{
	const DWORD others = TMD_OTHERS_ROOT | trust->caller;

	return trust->care == TMD_CARE_OWN ? judge(path, "root of", root, dir, others, err)
					   : TMD_OK;
}

enum tmd_rc tmd_trust_entry(const struct tmd_trust *trust, const char *path, const char *name,
			    HANDLE entry, bool is_dir, struct tmd_error *err)
{
	if (trust->care != TMD_CARE_OWN && (trust->care != TMD_CARE_WRITE || !trust->below))
		return TMD_OK;
	return judge(path, is_dir ? "directory" : "file", name, entry,
		     (is_dir ? TMD_OTHERS_DIRECTORY : TMD_OTHERS_FILE) | trust->caller, err);
}

enum tmd_rc tmd_trust_new(const struct tmd_place *place, const char *path, struct tmd_error *err)
{
	TMD_AUTO_FREE char *user = NULL;
	struct tmd_stranger stranger;
	DWORD code;

	/* The first directory that is made on the way gets a list of our own where it has to. */
	if ((!place->below && !place->own) || place->missing)
		return TMD_OK;
	code = place->dir ? tmd_handle_heir(place->dir, false, &stranger) : ERROR_ACCESS_DENIED;
	if (code)
		return tmd_fail_win(err, code, path, "cannot find out who may change a new file");
	if (stranger.kind == TMD_STRANGER_NONE)
		return TMD_OK;
	user = tmd_sid_name(&stranger.sid);
	return tmd_fail(err, TMD_E_REFUSED, path,
			"name a place that only administrators may change; or take the access "
			"entries of others from its directory",
			"%s could change a new file there: its directory hands that right down",
			user);
}

enum tmd_rc tmd_trust_content(const struct tmd_place *place, const char *path, DWORD caller,
			      struct tmd_error *err)
{
	const struct tmd_open how = { .access = READ_CONTROL,
				      .share = TMD_SHARE_ALL,
				      .disposition = FILE_OPEN };
	const char *name = *place->name ? place->name : path;
	TMD_AUTO_HANDLE HANDLE dir = NULL;
	DWORD code;

	if (!place->own || !place->exists || place->info.type != TMD_FILE_DIRECTORY)
		return TMD_OK;
	code = tmd_place_open_at(place, place->name, &how, &dir);
	return code ? fail_owner(path, "directory", name, code, err)
		    : judge(path, "directory", name, dir, TMD_OTHERS_FILE | caller, err);
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

	if (trust->led == TMD_LED_BY_NOBODY)
		return TMD_OK;
	if (trust->care != TMD_CARE_READ) {
		if (belongs_to_leader(trust, dir) && (!entry || belongs_to_leader(trust, entry)))
			return TMD_OK;
		return fail_led(trust, path, target, "which is not that user's",
				"name the file itself, without the link, if this is meant", err);
	}
	if (trust->led == TMD_LED_BY_ONE && entry &&
	    (belongs_to_leader(trust, entry) || tmd_handle_readable_by(entry, &trust->leader)))
		return TMD_OK;
	if (entry && !tmd_handle_world_readable(entry, &readable) && readable)
		return TMD_OK;
	return fail_led(trust, path, target, "which that user has no right to read",
			"remove the link", err);
}
