/*
 * Users and their hives. Who is logged in has his under HKEY_USERS; the hive of any other is a
 * file in his profile, which has to be loaded first.
 */
#include "os/win32/registry_user.h"

#include <windows.h>
#include <sddl.h>
#include <string.h>
#include <wchar.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/registry.h"
#include "os/win32/sys_error.h"
#include "os/win32/text.h"

#define PROFILE_LIST L"SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\ProfileList\\"
#define HIVE_FILE L"\\NTUSER.DAT"
#define MOUNT_PREFIX "trustmend-"
#define NAME_UNITS 512	 /* of an account or a domain; Windows allows 256 */
#define SUBKEY_UNITS 256 /* of a key's name, by definition */
#define PATH_UNITS 32768 /* of any path */
#define USERS_MAX 10000	 /* loaded hives on a terminal server, by far */
#define RETRY_MS 50
#define RETRIES 40 /* 2 s, as for files */

#define ELEVATE "run it in an elevated prompt (as administrator)"

void tmd_error_set_reg(struct tmd_error *err, LSTATUS status, const char *path, const char *what)
{
	tmd_error_set_win(err, (unsigned long)status, path, what);
	if (err->kind == TMD_E_PERMISSION)
		tmd_error_set(err, TMD_E_PERMISSION, path, ELEVATE, "%s", err->message);
	err->sys = (int)status;
}

/* ---- accounts ---- */

static void local_free(void *pointer_to_pointer)
{
	LocalFree(*(void **)pointer_to_pointer);
}

static void close_handle(HANDLE *handle)
{
	if (*handle)
		CloseHandle(*handle);
}

static char *sid_text(PSID sid)
{
	TMD_CLEANUP(local_free) wchar_t *wide = NULL;

	return ConvertSidToStringSidW(sid, &wide) ? tmd_narrow(wide) : tmd_strdup("");
}

/* "DOMAIN\NAME", or NULL where the SID has no name any more. */
static char *account_name(PSID sid)
{
	wchar_t name[NAME_UNITS];
	wchar_t domain[NAME_UNITS];
	DWORD name_units = NAME_UNITS;
	DWORD domain_units = NAME_UNITS;
	SID_NAME_USE use;
	TMD_AUTO_FREE char *narrow_name = NULL;
	TMD_AUTO_FREE char *narrow_domain = NULL;

	if (!LookupAccountSidW(NULL, sid, name, &name_units, domain, &domain_units, &use))
		return NULL;
	narrow_name = tmd_narrow(name);
	narrow_domain = tmd_narrow(domain);
	return tmd_format("%s%s%s", narrow_domain, *narrow_domain ? "\\" : "", narrow_name);
}

static void report_account(PSID sid, char **text, char **name)
{
	TMD_AUTO_FREE char *written = sid_text(sid);

	if (name) {
		*name = account_name(sid);
		if (!*name)
			*name = tmd_strdup(written);
	}
	if (text)
		*text = tmd_strdup(written);
}

static enum tmd_rc find_caller(char **sid, char **name, struct tmd_error *err)
{
	TMD_CLEANUP(close_handle) HANDLE token = NULL;
	union {
		TOKEN_USER user;
		BYTE room[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
	} answer;
	DWORD used;

	if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token) ||
	    !GetTokenInformation(token, TokenUser, &answer, sizeof(answer), &used))
		return tmd_fail_win(err, GetLastError(), NULL, "cannot tell who is calling");
	report_account(answer.user.User.Sid, sid, name);
	return TMD_OK;
}

static enum tmd_rc find_by_sid(const char *text, char **sid, char **name, struct tmd_error *err)
{
	TMD_CLEANUP(local_free) PSID binary = NULL;
	TMD_AUTO_FREE wchar_t *wide = tmd_wide(text);

	if (!wide || !ConvertStringSidToSidW(wide, &binary))
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL,
				"write a name, or a SID as whoami /user shows it",
				"\"%.200s\" is no valid SID", text);
	report_account(binary, sid, name);
	return TMD_OK;
}

/* ".\NAME" is NAME of this computer, which the look-up itself does not know. Caller frees. */
static wchar_t *qualified_name(const char *user)
{
	wchar_t computer[NAME_UNITS];
	DWORD units = NAME_UNITS;
	TMD_AUTO_FREE char *narrow = NULL;
	TMD_AUTO_FREE char *full = NULL;

	if (!tmd_str_starts(user, ".\\") || !GetComputerNameW(computer, &units))
		return tmd_wide(user);
	narrow = tmd_narrow(computer);
	full = tmd_format("%s%s", narrow, user + 1);
	return tmd_wide(full);
}

static enum tmd_rc fail_lookup(struct tmd_error *err, DWORD code, const char *user)
{
	TMD_AUTO_FREE char *what = NULL;

	if (code == ERROR_NONE_MAPPED)
		return tmd_fail(err, TMD_E_NOT_FOUND, NULL,
				"check the spelling; DOMAIN\\NAME and a SID can be written as well",
				"there is no user \"%s\"", user);
	what = tmd_format("cannot look up the user \"%s\"", user);
	return tmd_fail_win(err, code, NULL, what);
}

static enum tmd_rc find_by_name(const char *user, char **sid, char **name, struct tmd_error *err)
{
	BYTE binary[SECURITY_MAX_SID_SIZE];
	DWORD size = sizeof(binary);
	wchar_t domain[NAME_UNITS];
	DWORD domain_units = NAME_UNITS;
	SID_NAME_USE use;
	TMD_AUTO_FREE wchar_t *wide = qualified_name(user);

	if (!wide)
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, NULL,
				"\"%.100s\" is no valid user name", user);
	if (!LookupAccountNameW(NULL, wide, binary, &size, domain, &domain_units, &use))
		return fail_lookup(err, GetLastError(), user);
	/* "SYSTEM" and its like, which run services, count as well-known groups. */
	if (use != SidTypeUser && use != SidTypeWellKnownGroup)
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL,
				"name a user, with his domain where a computer or group has the "
				"same name",
				"\"%s\" is no user", user);
	report_account(binary, sid, name);
	return TMD_OK;
}

enum tmd_rc tmd_env_key_find_user(const char *user, char **sid, char **name, struct tmd_error *err)
{
	if (!*user)
		return find_caller(sid, name, err);
	if (tmd_str_starts(user, "S-1-") || tmd_str_starts(user, "s-1-"))
		return find_by_sid(user, sid, name, err);
	return find_by_name(user, sid, name, err);
}

/* ---- loaded hives ---- */

/* Beside each user's hive there is one for his file types, "S-1-5-…_Classes". */
static bool is_user_key(const char *name)
{
	return tmd_str_starts(name, "S-1-") && !strchr(name, '_');
}

enum tmd_rc tmd_env_key_list_users(struct tmd_strv *sids, struct tmd_error *err)
{
	TMD_AUTO_STRV struct tmd_strv found = { 0 };

	for (DWORD i = 0; i < USERS_MAX; i++) {
		wchar_t name[SUBKEY_UNITS];
		DWORD units = SUBKEY_UNITS;
		TMD_AUTO_FREE char *narrow = NULL;
		LSTATUS status = RegEnumKeyExW(HKEY_USERS, i, name, &units, NULL, NULL, NULL, NULL);

		if (status == ERROR_NO_MORE_ITEMS)
			break;
		if (status != ERROR_SUCCESS)
			return tmd_fail_reg(err, status, "HKEY_USERS", "cannot list the users");
		narrow = tmd_narrow(name);
		if (is_user_key(narrow))
			tmd_strv_add(&found, narrow);
	}
	tmd_strv_sort(&found);
	tmd_strv_copy(sids, &found);
	return TMD_OK;
}

/* ---- loading one ---- */

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
	close_handle(&elevation->token);
}

/*
 * Loading a hive is no pure reading: Windows notes it in the file's base block and logs, so that
 * their times change, while keys and values stay. RegLoadAppKey(), which would need no privilege
 * and show the hive to nobody, demands one security descriptor for all keys of a hive, and a
 * user's hive has many.
 */
static LSTATUS load(const wchar_t *mount, const wchar_t *file)
{
	struct elevation elevation;
	LSTATUS status = (LSTATUS)gain(&elevation);

	if (status == ERROR_SUCCESS)
		status = RegLoadKeyW(HKEY_USERS, mount, file);
	drop(&elevation);
	return status;
}

static LSTATUS unload(const wchar_t *mount)
{
	struct elevation elevation;
	LSTATUS status = (LSTATUS)gain(&elevation);

	if (status == ERROR_SUCCESS)
		status = RegUnLoadKeyW(HKEY_USERS, mount);
	drop(&elevation);
	return status;
}

static LSTATUS open_root(const wchar_t *name, HKEY *root)
{
	return RegOpenKeyExW(HKEY_USERS, name, 0, KEY_READ, root);
}

static enum tmd_rc find_hive_file(const wchar_t *sid, const char *user, wchar_t **file,
				  struct tmd_error *err)
{
	TMD_AUTO_FREE wchar_t *key = tmd_alloc(PATH_UNITS, sizeof(wchar_t));
	TMD_AUTO_FREE wchar_t *path = tmd_alloc(PATH_UNITS + wcslen(HIVE_FILE), sizeof(wchar_t));
	DWORD size = PATH_UNITS * sizeof(wchar_t);
	size_t len;

	memcpy(key, PROFILE_LIST, sizeof(PROFILE_LIST));
	memcpy(key + wcslen(key), sid, (wcslen(sid) + 1) * sizeof(wchar_t));
	if (RegGetValueW(HKEY_LOCAL_MACHINE, key, L"ProfileImagePath", RRF_RT_REG_SZ, NULL, path,
			 &size) != ERROR_SUCCESS)
		return tmd_fail(err, TMD_E_NOT_FOUND, NULL, "have the user sign in once",
				"the user %s has no profile on this machine", user);
	len = wcslen(path);
	memcpy(path + len, HIVE_FILE, sizeof(HIVE_FILE));
	*file = tmd_memdup(path, (len + wcslen(HIVE_FILE) + 1) * sizeof(wchar_t));
	return TMD_OK;
}

/*
 * To load what is not there would make it; and a link, in a directory that belongs to the user,
 * might lead to somebody else's.
 */
static enum tmd_rc check_hive_file(const wchar_t *file, const char *shown, struct tmd_error *err)
{
	DWORD attributes = GetFileAttributesW(file);

	if (attributes == INVALID_FILE_ATTRIBUTES)
		return tmd_fail_reg(err, (LSTATUS)GetLastError(), shown,
				    "cannot find the registry hive of the user");
	if (attributes & (FILE_ATTRIBUTE_REPARSE_POINT | FILE_ATTRIBUTE_DIRECTORY))
		return tmd_fail(err, TMD_E_REFUSED, shown, "look at that profile",
				"the registry hive of the user is a link or a directory");
	return TMD_OK;
}

/* Somebody else is at the file, or was faster with the same. */
static bool passes(LSTATUS status)
{
	return status == ERROR_SHARING_VIOLATION || status == ERROR_LOCK_VIOLATION ||
	       status == ERROR_BUSY || status == ERROR_ALREADY_EXISTS;
}

/*
 * Under a name that a later run finds again, should this one be killed; then it is there already,
 * as it is while another run looks at it too. The user may also sign in at this very moment.
 */
static LSTATUS mount_hive(const wchar_t *sid, const wchar_t *mount, const wchar_t *file, HKEY *root,
			  bool *mounted)
{
	LSTATUS status = ERROR_SUCCESS;

	for (int i = 0; i < RETRIES; i++) {
		*mounted = false;
		if (open_root(sid, root) == ERROR_SUCCESS)
			return ERROR_SUCCESS;
		*mounted = true;
		status = open_root(mount, root);
		if (status != ERROR_FILE_NOT_FOUND)
			break;
		status = load(mount, file);
		if (status == ERROR_SUCCESS)
			continue;
		if (!passes(status))
			break;
		Sleep(RETRY_MS);
	}
	if (status == ERROR_SUCCESS && *root)
		return ERROR_SUCCESS;
	(void)unload(mount); /* it may be loaded and closed to us; and Wine leaves an empty key */
	return status == ERROR_SUCCESS ? ERROR_BUSY : status;
}

static enum tmd_rc open_unloaded(const wchar_t *sid, const char *narrow_sid, const char *user,
				 struct tmd_user_hive *out, struct tmd_error *err)
{
	TMD_AUTO_FREE char *name = tmd_format(MOUNT_PREFIX "%s", narrow_sid);
	TMD_AUTO_FREE wchar_t *file = NULL;
	TMD_AUTO_FREE char *shown = NULL;
	wchar_t *mount;
	bool mounted;
	LSTATUS status;

	if (find_hive_file(sid, user, &file, err))
		return TMD_FAILED;
	shown = tmd_narrow(file);
	if (check_hive_file(file, shown, err))
		return TMD_FAILED;
	mount = tmd_wide(name);
	status = mount_hive(sid, mount, file, &out->root, &mounted);
	if (status == ERROR_SUCCESS && mounted) {
		out->mount = mount;
		return TMD_OK;
	}
	free(mount);
	if (status == ERROR_SUCCESS)
		return TMD_OK;
	return tmd_fail_reg(err, status, shown, "cannot load the registry hive of the user");
}

enum tmd_rc tmd_user_hive_open(const char *sid, const char *user, struct tmd_user_hive *out,
			       struct tmd_error *err)
{
	TMD_AUTO_FREE wchar_t *wide = tmd_wide(sid);
	LSTATUS status = open_root(wide, &out->root);
	TMD_AUTO_FREE char *shown = NULL;

	if (status == ERROR_SUCCESS)
		return TMD_OK;
	if (status == ERROR_FILE_NOT_FOUND)
		return open_unloaded(wide, sid, user, out, err);
	shown = tmd_format("HKEY_USERS\\%s", sid);
	return tmd_fail_reg(err, status, shown, "cannot open the registry of the user");
}

/* Virus scanners and indexers like to look into what was just loaded. */
static void unmount(const wchar_t *mount)
{
	for (int i = 0; i < RETRIES; i++) {
		LSTATUS status = unload(mount);
		HKEY root;

		if (status == ERROR_SUCCESS || status == ERROR_PRIVILEGE_NOT_HELD)
			return;
		status = open_root(mount, &root);
		if (status == ERROR_FILE_NOT_FOUND)
			return; /* another run, which looked at it too, was the last to go */
		if (status == ERROR_SUCCESS)
			RegCloseKey(root);
		Sleep(RETRY_MS);
	}
}

void tmd_user_hive_close(struct tmd_user_hive *hive)
{
	if (hive->root)
		RegCloseKey(hive->root);
	if (hive->mount)
		unmount(hive->mount);
	free(hive->mount);
	memset(hive, 0, sizeof(*hive));
}
