/* The keys of the registry that hold environment variables, read raw and changed one by one. */
#include "os/win32/registry_internal.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/win32/sys_error.h"
#include "os/win32/text.h"

#define MACHINE_KEY L"SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Environment"
#define MACHINE_PATH                                                                               \
	"HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control"                                   \
	"\\Session Manager\\Environment"
#define USER_KEY L"Environment"

/* ---- values ---- */

void tmd_reg_values_release(struct tmd_reg_values *values)
{
	for (size_t i = 0; i < values->count; i++) {
		free(values->items[i].name);
		free(values->items[i].text);
	}
	free(values->items);
	memset(values, 0, sizeof(*values));
}

void tmd_reg_values_add(struct tmd_reg_values *values, const char *name, enum tmd_reg_type type,
			const char *text)
{
	struct tmd_reg_value *value;

	values->items =
		tmd_grow(values->items, &values->cap, values->count + 1, sizeof(*values->items));
	value = &values->items[values->count++];
	value->name = tmd_strdup(name);
	value->type = type;
	value->text = tmd_strdup(text);
}

/* ---- opening and closing ---- */

void tmd_reg_close(HKEY *key)
{
	if (*key)
		RegCloseKey(*key);
}

static enum tmd_rc open_user(const char *user, struct tmd_env_key *key, struct tmd_error *err)
{
	TMD_AUTO_FREE char *caller = NULL;

	if (tmd_env_key_find_user(user, &key->sid, &key->user, err) ||
	    tmd_env_key_find_user("", &caller, NULL, err) ||
	    tmd_user_hive_open(key->sid, key->user, &key->hive, err))
		return TMD_FAILED;
	key->parent = key->hive.root;
	key->name = USER_KEY;
	key->path = tmd_str_equal(key->sid, caller)
			    ? tmd_strdup("HKEY_CURRENT_USER\\Environment")
			    : tmd_format("HKEY_USERS\\%s\\Environment", key->sid);
	return TMD_OK;
}

enum tmd_rc tmd_env_key_open(const char *user, struct tmd_env_key **out, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_env_key_close_ptr) struct tmd_env_key *key = tmd_alloc(1, sizeof(*key));

	if (user && open_user(user, key, err))
		return TMD_FAILED;
	if (!user) {
		key->parent = HKEY_LOCAL_MACHINE;
		key->name = MACHINE_KEY;
		key->path = tmd_strdup(MACHINE_PATH);
	}
	*out = key;
	key = NULL;
	return TMD_OK;
}

void tmd_env_key_close(struct tmd_env_key *key)
{
	if (!key)
		return;
	tmd_user_hive_close(&key->hive);
	free(key->path);
	free(key->user);
	free(key->sid);
	free(key);
}

void tmd_env_key_close_ptr(struct tmd_env_key **key)
{
	tmd_env_key_close(*key);
}

const char *tmd_env_key_path(const struct tmd_env_key *key)
{
	return key->path;
}

const char *tmd_env_key_user(const struct tmd_env_key *key)
{
	return key->user;
}

const char *tmd_env_key_sid(const struct tmd_env_key *key)
{
	return key->sid;
}

/* A user may lay a link in his own hive, which an administrator's program would follow. */
static bool is_link(HKEY key)
{
	DWORD type = REG_NONE;

	return RegQueryValueExW(key, L"SymbolicLinkValue", NULL, &type, NULL, NULL) ==
		       ERROR_SUCCESS &&
	       type == REG_LINK;
}

/* *out is NULL where there is no such key. */
enum tmd_rc tmd_env_key_open_values(const struct tmd_env_key *key, REGSAM access, HKEY *out,
				    struct tmd_error *err)
{
	HKEY opened;
	LSTATUS status = RegOpenKeyExW(key->parent, key->name, REG_OPTION_OPEN_LINK,
				       access | KEY_QUERY_VALUE, &opened);

	*out = NULL;
	if (status == ERROR_FILE_NOT_FOUND)
		return TMD_OK;
	if (status != ERROR_SUCCESS)
		return tmd_fail_reg(err, status, key->path, "cannot open the registry key");
	if (is_link(opened)) {
		RegCloseKey(opened);
		return tmd_fail(err, TMD_E_REFUSED, key->path, "look who made it, and remove it",
				"this registry key is a link to another one");
	}
	*out = opened;
	return TMD_OK;
}

enum tmd_rc tmd_env_key_read(struct tmd_env_key *key, struct tmd_reg_values *out,
			     struct tmd_error *err)
{
	TMD_CLEANUP(tmd_reg_close) HKEY opened = NULL;
	TMD_CLEANUP(tmd_reg_values_release) struct tmd_reg_values found = { 0 };

	if (tmd_env_key_open_values(key, KEY_READ, &opened, err) ||
	    (opened && tmd_env_kept_read(key, opened, &found, err)))
		return TMD_FAILED;
	tmd_reg_values_release(out);
	*out = found;
	memset(&found, 0, sizeof(found));
	return TMD_OK;
}

/* ---- changing ---- */

enum tmd_rc tmd_env_key_check(struct tmd_env_key *key, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_reg_close) HKEY opened = NULL;
	HKEY parent;
	LSTATUS status;

	if (tmd_env_key_open_values(key, KEY_SET_VALUE, &opened, err))
		return TMD_FAILED;
	if (opened)
		return TMD_OK;
	status = RegOpenKeyExW(key->parent, NULL, 0, KEY_CREATE_SUB_KEY, &parent);
	if (status != ERROR_SUCCESS)
		return tmd_fail_reg(err, status, key->path, "cannot make the registry key");
	RegCloseKey(parent);
	return TMD_OK;
}

static enum tmd_rc check_allowed(const struct tmd_fs *fs, const struct tmd_env_key *key,
				 struct tmd_error *err)
{
	if (tmd_fs_writes_allowed(fs) && tmd_fs_is_live(fs))
		return TMD_OK;
	return tmd_fail(err, TMD_E_INTERNAL, key->path, NULL,
			"the registry is not to be changed in this run");
}

/* A new key is opened anew, so that the user cannot put a link in its place just before. */
static enum tmd_rc open_or_make(const struct tmd_env_key *key, HKEY *out, struct tmd_error *err)
{
	HKEY made;
	LSTATUS status;

	if (tmd_env_key_open_values(key, KEY_READ | KEY_SET_VALUE, out, err))
		return TMD_FAILED;
	if (*out)
		return TMD_OK;
	status = RegCreateKeyExW(key->parent, key->name, 0, NULL, REG_OPTION_NON_VOLATILE, KEY_READ,
				 NULL, &made, NULL);
	if (status != ERROR_SUCCESS)
		return tmd_fail_reg(err, status, key->path, "cannot make the registry key");
	RegCloseKey(made);
	if (tmd_env_key_open_values(key, KEY_READ | KEY_SET_VALUE, out, err))
		return TMD_FAILED;
	if (*out)
		return TMD_OK;
	return tmd_fail(err, TMD_E_CONFLICT, key->path, "run again",
			"another program removed the registry key");
}

static enum tmd_rc flush(const struct tmd_env_key *key, HKEY opened, struct tmd_error *err)
{
	LSTATUS status = RegFlushKey(opened);

	if (status == ERROR_SUCCESS)
		return TMD_OK;
	return tmd_fail_reg(err, status, key->path, "cannot write the registry to disk");
}

enum tmd_rc tmd_env_key_flush(struct tmd_fs *fs, struct tmd_env_key *key, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_reg_close) HKEY opened = NULL;

	tmd_env_kept_forget(key);
	if (check_allowed(fs, key, err) || tmd_env_key_open_values(key, KEY_READ, &opened, err))
		return TMD_FAILED;
	return opened ? flush(key, opened, err) : TMD_OK;
}

/* A change was made. A hive that is loaded for us goes with the key, and is written at once. */
static enum tmd_rc settle(const struct tmd_env_key *key, HKEY opened, struct tmd_error *err)
{
	return key->hive.mount ? flush(key, opened, err) : TMD_OK;
}

/* A value keeps its name when another spelling of it is set: the registry sees to that. */
enum tmd_rc tmd_env_key_set(struct tmd_fs *fs, struct tmd_env_key *key, const char *name,
			    enum tmd_reg_type type, const char *text, struct tmd_error *err)
{
	TMD_AUTO_FREE wchar_t *wide_name = tmd_wide(name);
	TMD_AUTO_FREE wchar_t *wide_text = tmd_wide(text);
	TMD_CLEANUP(tmd_reg_close) HKEY opened = NULL;
	struct tmd_env_kept *kept;
	size_t size;
	LSTATUS status;

	if (check_allowed(fs, key, err))
		return TMD_FAILED;
	size = wide_text ? (wcslen(wide_text) + 1) * sizeof(*wide_text) : 0;
	if (!wide_name || !*wide_name || wcslen(wide_name) >= TMD_REG_NAME_UNITS || !size ||
	    size > TMD_REG_DATA_MAX || type == TMD_REG_OTHER)
		return tmd_fail(err, TMD_E_INVALID_INPUT, key->path, NULL,
				"the registry cannot hold this variable: %.80s", name);
	if (open_or_make(key, &opened, err))
		return TMD_FAILED;
	kept = tmd_env_kept_find(key, opened);
	status = RegSetValueExW(opened, wide_name, 0,
				type == TMD_REG_EXPAND ? REG_EXPAND_SZ : REG_SZ,
				(const BYTE *)wide_text, (DWORD)size);
	if (status != ERROR_SUCCESS)
		return tmd_fail_reg(err, status, key->path, "cannot set the variable");
	if (kept)
		tmd_env_kept_change(kept, opened, name, type, text);
	return settle(key, opened, err);
}

enum tmd_rc tmd_env_key_delete(struct tmd_fs *fs, struct tmd_env_key *key, const char *name,
			       struct tmd_error *err)
{
	TMD_AUTO_FREE wchar_t *wide = tmd_wide(name);
	TMD_CLEANUP(tmd_reg_close) HKEY opened = NULL;
	struct tmd_env_kept *kept;
	LSTATUS status;

	if (check_allowed(fs, key, err))
		return TMD_FAILED;
	/* An empty name would be the key's default value. */
	if (!wide || !*wide)
		return tmd_fail(err, TMD_E_INVALID_INPUT, key->path, NULL,
				"this is not the name of a variable: %.80s", name);
	if (tmd_env_key_open_values(key, KEY_READ | KEY_SET_VALUE, &opened, err))
		return TMD_FAILED;
	if (!opened)
		return TMD_OK;
	kept = tmd_env_kept_find(key, opened);
	status = RegDeleteValueW(opened, wide);
	if (status == ERROR_FILE_NOT_FOUND)
		return TMD_OK;
	if (status != ERROR_SUCCESS)
		return tmd_fail_reg(err, status, key->path, "cannot remove the variable");
	if (kept)
		tmd_env_kept_change(kept, opened, name, TMD_REG_STRING, NULL);
	return settle(key, opened, err);
}
