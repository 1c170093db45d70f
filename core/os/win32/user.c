/* Users of this machine: Windows says who they are, and its registry where their home is. */
#include "os/user.h"

#include <windows.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "os/registry.h"
#include "os/win32/sys_error.h"
#include "os/win32/text.h"

#define PROFILE_LIST "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\ProfileList\\"
#define NAME_MAX_BYTES 1024 /* a domain and a name, by far */
#define PATH_UNITS 32768    /* of any path */

static enum tmd_rc check_name(const char *name, struct tmd_error *err)
{
	bool valid = name[0] && name[0] != '-' && strlen(name) <= NAME_MAX_BYTES &&
		     !strpbrk(name, "\"/[]:;|=,+*?<>");

	for (const char *c = name; *c; c++)
		valid = valid && (unsigned char)*c >= ' ' && *c != 0x7F;
	if (valid)
		return TMD_OK;
	return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, NULL, "\"%.100s\" is not a valid user name",
			name);
}

/* The profile directory that Windows made when the user came for the first time. */
static enum tmd_rc find_home(const char *sid, const char *name, char **home, struct tmd_error *err)
{
	TMD_AUTO_FREE char *key = tmd_format(PROFILE_LIST "%s", sid);
	TMD_AUTO_FREE wchar_t *wide = tmd_wide(key);
	TMD_AUTO_FREE wchar_t *path = tmd_alloc(PATH_UNITS, sizeof(*path));
	DWORD size = PATH_UNITS * sizeof(*path);
	LSTATUS status = RegGetValueW(HKEY_LOCAL_MACHINE, wide, L"ProfileImagePath", RRF_RT_REG_SZ,
				      NULL, path, &size);

	if (status == ERROR_FILE_NOT_FOUND || (status == ERROR_SUCCESS && !path[0]))
		return tmd_fail(err, TMD_E_NOT_FOUND, NULL, "have the user sign in once",
				"user \"%s\" has no profile on this machine", name);
	if (status != ERROR_SUCCESS)
		return tmd_fail_win(err, (DWORD)status, key, "cannot read where the profile is");
	*home = tmd_narrow(path);
	return TMD_OK;
}

enum tmd_rc tmd_user_find(struct tmd_fs *fs, const char *name, struct tmd_user *out,
			  struct tmd_error *err)
{
	TMD_AUTO_FREE char *sid = NULL;
	TMD_AUTO_FREE char *full = NULL;
	char *home;

	if (name && check_name(name, err))
		return TMD_FAILED;
	if (!tmd_fs_is_live(fs))
		return tmd_fail(err, TMD_E_UNSUPPORTED, tmd_fs_root(fs), "run it there",
				"the users of an offline image of Windows are not known here");
	if (tmd_env_key_find_user(name ? name : "", &sid, &full, err) ||
	    find_home(sid, full, &home, err))
		return TMD_FAILED;
	out->name = tmd_strdup(full);
	out->uid = 0;
	out->gid = 0;
	out->home = home;
	out->shell = NULL;
	return TMD_OK;
}

void tmd_user_release(struct tmd_user *user)
{
	free(user->name);
	free(user->home);
	memset(user, 0, sizeof(*user));
}

static enum tmd_rc fail_number(struct tmd_error *err)
{
	return tmd_fail(err, TMD_E_UNSUPPORTED, NULL, "leave owner and group out on Windows",
			"users and groups have no numbers on Windows");
}

enum tmd_rc tmd_user_id(struct tmd_fs *fs, const char *name, uint32_t *uid, struct tmd_error *err)
{
	(void)fs;
	(void)name;
	(void)uid;
	return fail_number(err);
}

enum tmd_rc tmd_group_id(struct tmd_fs *fs, const char *name, uint32_t *gid, struct tmd_error *err)
{
	(void)fs;
	(void)name;
	(void)gid;
	return fail_number(err);
}

char *tmd_user_name(struct tmd_fs *fs, uint32_t uid)
{
	(void)fs;
	(void)uid;
	return NULL;
}

char *tmd_group_name(struct tmd_fs *fs, uint32_t gid)
{
	(void)fs;
	(void)gid;
	return NULL;
}

/* A token that was not elevated has the group for denials only: that is no membership. */
bool tmd_user_is_admin(void)
{
	BYTE sid[SECURITY_MAX_SID_SIZE];
	DWORD size = sizeof(sid);
	BOOL member = FALSE;

	return CreateWellKnownSid(WinBuiltinAdministratorsSid, NULL, sid, &size) &&
	       CheckTokenMembership(NULL, sid, &member) && member;
}

char *tmd_user_as_admin(const char *command)
{
	return tmd_format("an elevated prompt: %s", command);
}
