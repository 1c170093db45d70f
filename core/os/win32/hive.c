/* Loading and unloading users' hives, and those that killed runs left loaded. */
#include "os/win32/hive.h"

#include <string.h>

#include "base/str.h"
#include "base/strv.h"
#include "os/user.h"
#include "os/win32/fs_internal.h"
#include "os/win32/text.h"

#define SUBKEY_UNITS 256 /* of a key's name, by definition */
#define USERS_MAX 10000	 /* loaded hives on a terminal server, by far */

struct two_privileges { /* TOKEN_PRIVILEGES for two */
	DWORD count;
	LUID_AND_ATTRIBUTES items[2];
};

/* What loading and unloading needs, for as long as it takes and no longer. */
struct elevation {
	HANDLE token;
	struct two_privileges before;
};

static DWORD gain(struct elevation *elevation)
{
	struct two_privileges wish = { .count = 2 };
	DWORD size = sizeof(elevation->before);

	memset(elevation, 0, sizeof(*elevation));
	wish.items[0].Attributes = SE_PRIVILEGE_ENABLED;
	wish.items[1].Attributes = SE_PRIVILEGE_ENABLED;
	if (!LookupPrivilegeValueW(NULL, L"SeBackupPrivilege", &wish.items[0].Luid) ||
	    !LookupPrivilegeValueW(NULL, L"SeRestorePrivilege", &wish.items[1].Luid) ||
	    !OpenProcessToken(GetCurrentProcess(), TOKEN_ADJUST_PRIVILEGES | TOKEN_QUERY,
			      &elevation->token))
		return GetLastError();
	if (!AdjustTokenPrivileges(elevation->token, FALSE, (TOKEN_PRIVILEGES *)&wish, size,
				   (TOKEN_PRIVILEGES *)&elevation->before, &size))
		return GetLastError();
	/* It also answers yes when the token lacks them. */
	return GetLastError() == ERROR_NOT_ALL_ASSIGNED ? ERROR_PRIVILEGE_NOT_HELD : ERROR_SUCCESS;
}

static void drop(struct elevation *elevation)
{
	if (elevation->before.count)
		AdjustTokenPrivileges(elevation->token, FALSE,
				      (TOKEN_PRIVILEGES *)&elevation->before, 0, NULL, NULL);
	tmd_handle_close(&elevation->token);
}

/*
 * Loading a hive is no pure reading: Windows notes it in the file's base block and logs, so that
 * their times change, while keys and values stay. RegLoadAppKey(), which would need no privilege
 * and show the hive to nobody, demands one security descriptor for all keys of a hive, and a
 * user's hive has many.
 */
LSTATUS tmd_hive_load(const wchar_t *mount, const wchar_t *file)
{
	struct elevation elevation;
	LSTATUS status = (LSTATUS)gain(&elevation);

	if (status == ERROR_SUCCESS)
		status = RegLoadKeyW(HKEY_USERS, mount, file);
	drop(&elevation);
	return status;
}

LSTATUS tmd_hive_unload(const wchar_t *mount)
{
	struct elevation elevation;
	LSTATUS status = (LSTATUS)gain(&elevation);

	if (status == ERROR_SUCCESS)
		status = RegUnLoadKeyW(HKEY_USERS, mount);
	drop(&elevation);
	return status;
}

/* ---- what killed runs left ---- */

static void find_left(struct tmd_strv *mounts)
{
	for (DWORD i = 0; i < USERS_MAX; i++) {
		wchar_t name[SUBKEY_UNITS];
		DWORD units = SUBKEY_UNITS;
		TMD_AUTO_FREE char *narrow = NULL;

		if (RegEnumKeyExW(HKEY_USERS, i, name, &units, NULL, NULL, NULL, NULL) !=
		    ERROR_SUCCESS)
			return;
		narrow = tmd_narrow(name);
		if (tmd_str_starts(narrow, TMD_HIVE_PREFIX "S-1-"))
			tmd_strv_add(mounts, narrow);
	}
}

void tmd_hives_release_left(void)
{
	TMD_AUTO_STRV struct tmd_strv mounts = { 0 };

	if (!tmd_user_is_admin())
		return;
	find_left(&mounts);
	for (size_t i = 0; i < mounts.count; i++) {
		TMD_AUTO_FREE wchar_t *mount = tmd_wide(mounts.items[i]);

		(void)tmd_hive_unload(mount); /* not while another run looks at it */
	}
}
