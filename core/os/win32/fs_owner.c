/*
 * Who else may change what a path leads to. The path is walked from its root by handles; the first
 * root, directory, link or file that others own, or may change by its access list, ends the walk.
 */
#include "os/fs.h"

#include "base/mem.h"
#include "os/path.h"
#include "os/user.h"
#include "os/win32/fs_internal.h"

/*
 * What does not exist yet is judged by what it will be when the caller makes it: directories on
 * the way get a list of our own where they would inherit one that lets others in.
 */
static enum tmd_rc judge_path(struct tmd_fs *fs, const char *path, unsigned flags,
			      struct tmd_error *err)
{
	const DWORD caller =
		(flags & TMD_PLACE_MACHINE) && !tmd_user_is_admin() ? TMD_OTHERS_CALLER : 0;
	TMD_AUTO_PLACE struct tmd_place place = { 0 };

	if (tmd_place_find(fs, path, flags, &place, err))
		return TMD_FAILED;
	return place.exists ? tmd_trust_content(&place, path, caller, err)
			    : tmd_trust_new(&place, path, err);
}

enum tmd_rc tmd_fs_changeable_by_others(struct tmd_fs *fs, const char *path, uint32_t user,
					char **why, struct tmd_error *err)
{
	const unsigned flags = TMD_PLACE_FOLLOW | TMD_PLACE_MISSING | TMD_PLACE_WRITE |
			       TMD_PLACE_OWN | (user == TMD_KEEP ? TMD_PLACE_MACHINE : 0);

	if (!tmd_path_is_absolute(path))
		return tmd_fail(err, TMD_E_INVALID_INPUT, path, "give the whole path, with a drive",
				"the path is not absolute");
	*why = NULL;
	if (judge_path(fs, path, flags, err) == TMD_OK)
		return TMD_OK;
	if (err->kind != TMD_E_REFUSED)
		return TMD_FAILED;
	*why = tmd_strdup(err->message);
	tmd_error_clear(err);
	return TMD_OK;
}
