/* The keys of the registry that hold environment variables, read raw and changed one by one. */
#include "os/registry.h"

#include <windows.h>
#include <string.h>
#include <wchar.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/win32/registry_user.h"
#include "os/win32/sys_error.h"
#include "os/win32/text.h"

#define MACHINE_KEY L"SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Environment"
#define MACHINE_PATH                                                                               \
	"HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control"                                   \
	"\\Session Manager\\Environment"
#define USER_KEY L"Environment"

#define NAME_UNITS 16384	    /* of a value's name, by definition */
#define DATA_FIRST ((DWORD)4 << 10) /* bytes: most values fit */
#define DATA_MAX ((DWORD)1 << 20)   /* bytes: no variable is near as long */
#define VALUES_MAX 16384	    /* in one key */
#define READ_TRIES 5		    /* while others change the key */
#define BROADCAST_MAX_MS 5000	    /* for all windows */
#define SETTLED_AFTER 500000	    /* 100 ns: the clock of the registry ticks less often */

struct tmd_env_key {
	struct tmd_user_hive hive; /* a user's; the machine's is always there */
	HKEY parent;		   /* borrowed: the hive's root, or HKEY_LOCAL_MACHINE */
	const wchar_t *name;	   /* below it */
	char *path;
	char *user;
	char *sid;
};

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

static void close_key(HKEY *key)
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
static enum tmd_rc open_values(const struct tmd_env_key *key, REGSAM access, HKEY *out,
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

/* ---- reading ---- */

struct room {
	wchar_t *name; /* NAME_UNITS */
	BYTE *data;
	DWORD size;
};

static void room_release(struct room *room)
{
	free(room->name);
	free(room->data);
}

static void grow(struct room *room, DWORD need)
{
	free(room->data);
	room->data = tmd_alloc(need, 1);
	room->size = need;
}

static char *type_text(DWORD type)
{
	static const char *const names[] = {
		[REG_NONE] = "REG_NONE",
		[REG_SZ] = "REG_SZ",
		[REG_EXPAND_SZ] = "REG_EXPAND_SZ",
		[REG_BINARY] = "REG_BINARY",
		[REG_DWORD] = "REG_DWORD",
		[REG_DWORD_BIG_ENDIAN] = "REG_DWORD_BIG_ENDIAN",
		[REG_LINK] = "REG_LINK",
		[REG_MULTI_SZ] = "REG_MULTI_SZ",
		[REG_RESOURCE_LIST] = "REG_RESOURCE_LIST",
		[REG_FULL_RESOURCE_DESCRIPTOR] = "REG_FULL_RESOURCE_DESCRIPTOR",
		[REG_RESOURCE_REQUIREMENTS_LIST] = "REG_RESOURCE_REQUIREMENTS_LIST",
		[REG_QWORD] = "REG_QWORD",
	};

	if (type < sizeof(names) / sizeof(*names))
		return tmd_strdup(names[type]);
	return tmd_format("type %lu", (unsigned long)type);
}

/* Strings in the registry end with a NUL, with several, or with none. */
static void add_value(struct tmd_reg_values *out, const wchar_t *name, DWORD type, const BYTE *data,
		      DWORD size)
{
	bool is_text = type == REG_SZ || type == REG_EXPAND_SZ;
	size_t units = size / sizeof(wchar_t);
	TMD_AUTO_FREE wchar_t *wide = tmd_alloc(units + 1, sizeof(*wide));
	TMD_AUTO_FREE char *narrow = tmd_narrow(name);
	TMD_AUTO_FREE char *text = NULL;

	if (is_text)
		memcpy(wide, data, units * sizeof(*wide));
	text = is_text ? tmd_narrow(wide) : type_text(type);
	if (!is_text)
		tmd_reg_values_add(out, narrow, TMD_REG_OTHER, text);
	else
		tmd_reg_values_add(out, narrow, type == REG_SZ ? TMD_REG_STRING : TMD_REG_EXPAND,
				   text);
}

static LSTATUS add_giant(HKEY key, DWORD index, struct room *room, struct tmd_reg_values *out)
{
	TMD_AUTO_FREE char *name = NULL;
	DWORD units = NAME_UNITS;
	LSTATUS status = RegEnumValueW(key, index, room->name, &units, NULL, NULL, NULL, NULL);

	if (status != ERROR_SUCCESS)
		return status;
	name = tmd_narrow(room->name);
	tmd_reg_values_add(out, name, TMD_REG_OTHER, "more than a megabyte");
	return ERROR_SUCCESS;
}

static LSTATUS read_value(HKEY key, DWORD index, struct room *room, struct tmd_reg_values *out)
{
	DWORD type = REG_NONE;
	DWORD size;
	LSTATUS status;

	for (;;) {
		DWORD units = NAME_UNITS;

		size = room->size;
		status = RegEnumValueW(key, index, room->name, &units, NULL, &type, room->data,
				       &size);
		if (status != ERROR_MORE_DATA || size <= room->size || size > DATA_MAX)
			break;
		grow(room, size);
	}
	if (status == ERROR_MORE_DATA && size > DATA_MAX)
		return add_giant(key, index, room, out);
	if (status == ERROR_SUCCESS && room->name[0])
		add_value(out, room->name, type, room->data, size);
	return status;
}

static enum tmd_rc read_all(const struct tmd_env_key *key, HKEY opened, struct tmd_reg_values *out,
			    struct tmd_error *err)
{
	TMD_CLEANUP(room_release)
	struct room room = {
		.name = tmd_alloc(NAME_UNITS, sizeof(wchar_t)),
		.data = tmd_alloc(DATA_FIRST, 1),
		.size = DATA_FIRST,
	};

	for (DWORD i = 0; i < VALUES_MAX; i++) {
		LSTATUS status = read_value(opened, i, &room, out);

		if (status == ERROR_NO_MORE_ITEMS)
			return TMD_OK;
		if (status != ERROR_SUCCESS)
			return tmd_fail_reg(err, status, key->path, "cannot read the variables");
	}
	return tmd_fail(err, TMD_E_REFUSED, key->path, "look at that key with regedit",
			"the registry key holds more than %d values", VALUES_MAX);
}

static FILETIME last_write(HKEY key)
{
	FILETIME written = { 0, 0 };

	(void)RegQueryInfoKeyW(key, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
			       &written);
	return written;
}

/* Values are counted: one that is removed meanwhile would hide another. */
static enum tmd_rc read_settled(const struct tmd_env_key *key, HKEY opened,
				struct tmd_reg_values *out, FILETIME *written,
				struct tmd_error *err)
{
	for (int i = 0; i < READ_TRIES; i++) {
		FILETIME before = last_write(opened);

		tmd_reg_values_release(out);
		if (read_all(key, opened, out, err))
			return TMD_FAILED;
		*written = last_write(opened);
		if (CompareFileTime(&before, written) == 0)
			return TMD_OK;
	}
	return tmd_fail(err, TMD_E_BUSY, key->path, "run again in a moment",
			"other programs keep changing this registry key");
}

/* ---- what was read is kept ---- */

/*
 * A run with a thousand variables looks at one key thousands of times. What was read counts until
 * the key was changed by others, until tmd_env_key_flush(), or until the process ends.
 */
struct kept {
	struct kept *next;
	char *path;
	FILETIME written; /* the key, as of `values` */
	struct tmd_reg_values values;
};

static struct kept *all_kept;

static void forget(const struct tmd_env_key *key)
{
	for (struct kept **at = &all_kept; *at; at = &(*at)->next) {
		struct kept *kept = *at;

		if (strcmp(kept->path, key->path) != 0)
			continue;
		*at = kept->next;
		tmd_reg_values_release(&kept->values);
		free(kept->path);
		free(kept);
		return;
	}
}

/* NULL where nothing is, or where the key was changed since. */
static struct kept *find_kept(const struct tmd_env_key *key, HKEY opened)
{
	FILETIME now = last_write(opened);

	for (struct kept *kept = all_kept; kept; kept = kept->next) {
		if (strcmp(kept->path, key->path) == 0)
			return CompareFileTime(&kept->written, &now) == 0 ? kept : NULL;
	}
	return NULL;
}

static uint64_t ticks(FILETIME time)
{
	return (uint64_t)time.dwHighDateTime << 32 | time.dwLowDateTime;
}

static void copy_values(const struct tmd_reg_values *from, struct tmd_reg_values *to)
{
	for (size_t i = 0; i < from->count; i++)
		tmd_reg_values_add(to, from->items[i].name, from->items[i].type,
				   from->items[i].text);
}

/* Not what was changed a moment ago: another change might have the same time. */
static void keep(const struct tmd_env_key *key, const struct tmd_reg_values *values,
		 FILETIME written)
{
	struct kept *kept;
	FILETIME now;

	forget(key);
	GetSystemTimeAsFileTime(&now);
	if (ticks(now) < ticks(written) + SETTLED_AFTER)
		return;
	kept = tmd_alloc(1, sizeof(*kept));
	kept->path = tmd_strdup(key->path);
	kept->written = written;
	copy_values(values, &kept->values);
	kept->next = all_kept;
	all_kept = kept;
}

static bool is_ascii(const char *text)
{
	while (*text && (unsigned char)*text < 0x80)
		text++;
	return !*text;
}

/* Names differ in case only, as the registry sees it. */
static bool same_name(const char *a, const char *b)
{
	TMD_AUTO_FREE wchar_t *left = NULL;
	TMD_AUTO_FREE wchar_t *right = NULL;

	if (is_ascii(a) || is_ascii(b))
		return tmd_str_equal_nocase(a, b);
	left = tmd_wide(a);
	right = tmd_wide(b);
	return left && right && CompareStringOrdinal(left, -1, right, -1, TRUE) == CSTR_EQUAL;
}

static size_t index_of(const struct tmd_reg_values *values, const char *name)
{
	size_t i = 0;

	while (i < values->count && !same_name(values->items[i].name, name))
		i++;
	return i;
}

/* Our own change, which `kept` was valid before; `text` NULL: the value is gone. */
static void change_kept(struct kept *kept, HKEY opened, const char *name, enum tmd_reg_type type,
			const char *text)
{
	struct tmd_reg_values *values = &kept->values;
	size_t i = index_of(values, name);

	if (i == values->count) {
		if (text)
			tmd_reg_values_add(values, name, type, text);
	} else if (text) {
		free(values->items[i].text);
		values->items[i].text = tmd_strdup(text);
		values->items[i].type = type;
	} else {
		free(values->items[i].name);
		free(values->items[i].text);
		values->count--;
		memmove(&values->items[i], &values->items[i + 1],
			(values->count - i) * sizeof(*values->items));
	}
	kept->written = last_write(opened);
}

static enum tmd_rc read_or_recall(const struct tmd_env_key *key, HKEY opened,
				  struct tmd_reg_values *out, struct tmd_error *err)
{
	const struct kept *kept = find_kept(key, opened);
	FILETIME written;

	if (kept) {
		copy_values(&kept->values, out);
		return TMD_OK;
	}
	if (read_settled(key, opened, out, &written, err))
		return TMD_FAILED;
	keep(key, out, written);
	return TMD_OK;
}

enum tmd_rc tmd_env_key_read(struct tmd_env_key *key, struct tmd_reg_values *out,
			     struct tmd_error *err)
{
	TMD_CLEANUP(close_key) HKEY opened = NULL;
	TMD_CLEANUP(tmd_reg_values_release) struct tmd_reg_values found = { 0 };

	if (open_values(key, KEY_READ, &opened, err) ||
	    (opened && read_or_recall(key, opened, &found, err)))
		return TMD_FAILED;
	tmd_reg_values_release(out);
	*out = found;
	memset(&found, 0, sizeof(found));
	return TMD_OK;
}

/* ---- changing ---- */

enum tmd_rc tmd_env_key_check(struct tmd_env_key *key, struct tmd_error *err)
{
	TMD_CLEANUP(close_key) HKEY opened = NULL;
	HKEY parent;
	LSTATUS status;

	if (open_values(key, KEY_SET_VALUE, &opened, err))
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

	if (open_values(key, KEY_READ | KEY_SET_VALUE, out, err))
		return TMD_FAILED;
	if (*out)
		return TMD_OK;
	status = RegCreateKeyExW(key->parent, key->name, 0, NULL, REG_OPTION_NON_VOLATILE, KEY_READ,
				 NULL, &made, NULL);
	if (status != ERROR_SUCCESS)
		return tmd_fail_reg(err, status, key->path, "cannot make the registry key");
	RegCloseKey(made);
	if (open_values(key, KEY_READ | KEY_SET_VALUE, out, err))
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
	TMD_CLEANUP(close_key) HKEY opened = NULL;

	forget(key);
	if (check_allowed(fs, key, err) || open_values(key, KEY_READ, &opened, err))
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
	TMD_CLEANUP(close_key) HKEY opened = NULL;
	struct kept *kept;
	size_t size;
	LSTATUS status;

	if (check_allowed(fs, key, err))
		return TMD_FAILED;
	size = wide_text ? (wcslen(wide_text) + 1) * sizeof(*wide_text) : 0;
	if (!wide_name || !*wide_name || wcslen(wide_name) >= NAME_UNITS || !size ||
	    size > DATA_MAX || type == TMD_REG_OTHER)
		return tmd_fail(err, TMD_E_INVALID_INPUT, key->path, NULL,
				"the registry cannot hold this variable: %.80s", name);
	if (open_or_make(key, &opened, err))
		return TMD_FAILED;
	kept = find_kept(key, opened);
	status = RegSetValueExW(opened, wide_name, 0,
				type == TMD_REG_EXPAND ? REG_EXPAND_SZ : REG_SZ,
				(const BYTE *)wide_text, (DWORD)size);
	if (status != ERROR_SUCCESS)
		return tmd_fail_reg(err, status, key->path, "cannot set the variable");
	if (kept)
		change_kept(kept, opened, name, type, text);
	return settle(key, opened, err);
}

enum tmd_rc tmd_env_key_delete(struct tmd_fs *fs, struct tmd_env_key *key, const char *name,
			       struct tmd_error *err)
{
	TMD_AUTO_FREE wchar_t *wide = tmd_wide(name);
	TMD_CLEANUP(close_key) HKEY opened = NULL;
	struct kept *kept;
	LSTATUS status;

	if (check_allowed(fs, key, err))
		return TMD_FAILED;
	/* An empty name would be the key's default value. */
	if (!wide || !*wide)
		return tmd_fail(err, TMD_E_INVALID_INPUT, key->path, NULL,
				"this is no name of a variable: %.80s", name);
	if (open_values(key, KEY_READ | KEY_SET_VALUE, &opened, err))
		return TMD_FAILED;
	if (!opened)
		return TMD_OK;
	kept = find_kept(key, opened);
	status = RegDeleteValueW(opened, wide);
	if (status == ERROR_FILE_NOT_FOUND)
		return TMD_OK;
	if (status != ERROR_SUCCESS)
		return tmd_fail_reg(err, status, key->path, "cannot remove the variable");
	if (kept)
		change_kept(kept, opened, name, TMD_REG_STRING, NULL);
	return settle(key, opened, err);
}

/* ---- telling others ---- */

/* Services and SSH sessions have window stations of their own, where nobody listens. */
static bool has_desktop(void)
{
	HWINSTA station = GetProcessWindowStation();
	USEROBJECTFLAGS flags = { 0 };
	DWORD used;

	return station &&
	       GetUserObjectInformationW(station, UOI_FLAGS, &flags, sizeof(flags), &used) &&
	       (flags.dwFlags & WSF_VISIBLE);
}

static DWORD WINAPI broadcast(void *timeout_ms)
{
	static const wchar_t what[] = L"Environment";

	(void)SendMessageTimeoutW(HWND_BROADCAST, WM_SETTINGCHANGE, 0, (LPARAM)what,
				  SMTO_ABORTIFHUNG, *(const UINT *)timeout_ms, NULL);
	return 0;
}

/*
 * The time-out holds for each window, and a program that hangs may have many: in a thread, so
 * that all of them together cannot hold up a run. What it refers to outlives it.
 */
void tmd_env_broadcast(unsigned timeout_ms)
{
	static UINT timeout;
	HANDLE thread;

	if (!has_desktop())
		return;
	timeout = timeout_ms;
	thread = CreateThread(NULL, 0, broadcast, &timeout, 0, NULL);
	if (!thread)
		return;
	WaitForSingleObject(thread, BROADCAST_MAX_MS);
	CloseHandle(thread);
}
