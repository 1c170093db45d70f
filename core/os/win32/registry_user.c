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
#include "os/win32/fs_internal.h"
#include "os/win32/hive.h"
#include "os/win32/sys_error.h"
#include "os/win32/text.h"

#define PROFILE_LIST L"SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\ProfileList\\"
#define HIVE_FILE "\\NTUSER.DAT"
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
	TMD_AUTO_HANDLE HANDLE token = NULL;
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
				"\"%.200s\" is not a valid SID", text);
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
				"\"%.100s\" is not a valid user name", user);
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

static LSTATUS open_root(const wchar_t *name, HKEY *root)
{
	return RegOpenKeyExW(HKEY_USERS, name, 0, KEY_READ, root);
}

static enum tmd_rc find_hive_file(const wchar_t *sid, const char *user, char **path,
				  struct tmd_error *err)
{
	TMD_AUTO_FREE wchar_t *key = tmd_alloc(PATH_UNITS, sizeof(wchar_t));
	TMD_AUTO_FREE wchar_t *dir = tmd_alloc(PATH_UNITS, sizeof(wchar_t));
	TMD_AUTO_FREE char *narrow = NULL;
	DWORD size = PATH_UNITS * sizeof(wchar_t);

	memcpy(key, PROFILE_LIST, sizeof(PROFILE_LIST));
	memcpy(key + wcslen(key), sid, (wcslen(sid) + 1) * sizeof(wchar_t));
	if (RegGetValueW(HKEY_LOCAL_MACHINE, key, L"ProfileImagePath", RRF_RT_REG_SZ, NULL, dir,
			 &size) != ERROR_SUCCESS)
		return tmd_fail(err, TMD_E_NOT_FOUND, NULL, "have the user sign in once",
				"the user %s has no profile on this machine", user);
	narrow = tmd_narrow(dir);
	*path = tmd_format("%s" HIVE_FILE, narrow);
	return TMD_OK;
}

/*
 * The file while it is being loaded. Its name lies in a directory of the user's, who might put
 * somebody else's hive in its place.
 */
struct hive_file {
	struct tmd_fs live;
	struct tmd_place place;
	HANDLE dir;  /* held, so that neither it nor any above it gets another name */
	HANDLE file; /* held, and judged; loading does not mind */
	struct tmd_file_info info;
};

static void hive_file_release(struct hive_file *hive)
{
	tmd_handle_close(&hive->file);
	tmd_handle_close(&hive->dir);
	tmd_place_release(&hive->place);
}

static enum tmd_rc fail_hive_file(const struct hive_file *hive, const char *what,
				  struct tmd_error *err)
{
	return tmd_fail(err, TMD_E_REFUSED, hive->place.path, "look at that profile",
			"the registry hive of the user %s", what);
}

static bool is_of(HANDLE handle, const char *sid)
{
	TMD_CLEANUP(local_free) PSID binary = NULL;
	TMD_AUTO_FREE wchar_t *wide = tmd_wide(sid);
	struct tmd_sid owner;

	return !tmd_handle_owner(handle, &owner) &&
	       (tmd_sid_trusted(&owner) || (ConvertStringSidToSidW(wide, &binary) &&
					    EqualSid(binary, (PSID)owner.bytes)));
}

static enum tmd_rc judge_hive_file(const struct hive_file *hive, const char *sid,
				   struct tmd_error *err)
{
	if (hive->info.type != TMD_FILE_REGULAR)
		return fail_hive_file(hive, "is a link or a directory", err);
	if (hive->info.links > 1)
		return fail_hive_file(hive, "has a second name, which may be somebody else's", err);
	if (!is_of(hive->file, sid) || !is_of(hive->dir, sid))
		return fail_hive_file(hive, "lies in what belongs to somebody else", err);
	return TMD_OK;
}

/* What loads is found by its name; to load what is not there would make it. */
static enum tmd_rc hold_hive_file(struct hive_file *hive, const char *path, const char *sid,
				  struct tmd_error *err)
{
	const struct tmd_open directory = { .access = FILE_LIST_DIRECTORY | READ_CONTROL,
					    .share = FILE_SHARE_READ | FILE_SHARE_WRITE,
					    .disposition = FILE_OPEN,
					    .options = FILE_DIRECTORY_FILE };
	const struct tmd_open file = { .access = FILE_READ_ATTRIBUTES | READ_CONTROL,
				       .share = TMD_SHARE_ALL,
				       .disposition = FILE_OPEN,
				       .options = FILE_OPEN_REPARSE_POINT };
	DWORD code;

	hive->live.live = true;
	if (tmd_place_find(&hive->live, path, TMD_PLACE_WRITE, &hive->place, err))
		return TMD_FAILED;
	code = tmd_place_open_at(&hive->place, "", &directory, &hive->dir);
	if (!code)
		code = tmd_place_open_at(&hive->place, hive->place.name, &file, &hive->file);
	if (!code)
		code = tmd_handle_info(hive->file, &hive->info);
	if (code)
		return tmd_fail_reg(err, (LSTATUS)code, hive->place.path,
				    "cannot look at the registry hive of the user");
	return judge_hive_file(hive, sid, err);
}

/* Was it the same file all the time, as far as its name tells? */
static bool still_there(const struct hive_file *hive)
{
	const struct tmd_open how = { .access = FILE_READ_ATTRIBUTES,
				      .share = TMD_SHARE_ALL,
				      .disposition = FILE_OPEN,
				      .options = FILE_OPEN_REPARSE_POINT };
	TMD_AUTO_HANDLE HANDLE again = NULL;
	struct tmd_file_info now;

	return !tmd_place_open_at(&hive->place, hive->place.name, &how, &again) &&
	       !tmd_handle_info(again, &now) && tmd_same_file(&now, &hive->info) &&
	       now.links == hive->info.links;
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
		status = tmd_hive_load(mount, file);
		if (status == ERROR_SUCCESS)
			continue;
		if (!passes(status))
			break;
		Sleep(RETRY_MS);
	}
	if (status == ERROR_SUCCESS && *root)
		return ERROR_SUCCESS;
	(void)tmd_hive_unload(mount); /* it may be loaded and closed to us; and Wine leaves an empty key */
	return status == ERROR_SUCCESS ? ERROR_BUSY : status;
}

static enum tmd_rc open_unloaded(const wchar_t *sid, const char *narrow_sid, const char *user,
				 struct tmd_user_hive *out, struct tmd_error *err)
{
	TMD_CLEANUP(hive_file_release) struct hive_file hive = { 0 };
	TMD_CLEANUP(tmd_user_hive_close) struct tmd_user_hive found = { 0 };
	TMD_AUTO_FREE char *name = tmd_format(TMD_HIVE_PREFIX "%s", narrow_sid);
	TMD_AUTO_FREE char *path = NULL;
	TMD_AUTO_FREE wchar_t *file = NULL;
	TMD_AUTO_FREE wchar_t *mount = tmd_wide(name);
	bool mounted;
	LSTATUS status;

	if (find_hive_file(sid, user, &path, err) || hold_hive_file(&hive, path, narrow_sid, err))
		return TMD_FAILED;
	file = tmd_wide(hive.place.path);
	status = mount_hive(sid, mount, file, &found.root, &mounted);
	if (status != ERROR_SUCCESS)
		return tmd_fail_reg(err, status, hive.place.path,
				    "cannot load the registry hive of the user");
	if (mounted) {
		found.mount = mount;
		mount = NULL;
	}
	if (mounted && !still_there(&hive))
		return fail_hive_file(&hive, "was exchanged at the same moment", err);
	*out = found;
	memset(&found, 0, sizeof(found));
	return TMD_OK;
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
		LSTATUS status = tmd_hive_unload(mount);
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
