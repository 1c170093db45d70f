/* Reading the values of a key, and knowing them as long as nobody changes it. */
#include "os/win32/registry_internal.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/win32/sys_error.h"
#include "os/win32/text.h"

#define DATA_FIRST ((DWORD)4 << 10) /* bytes: most values fit */
#define VALUES_MAX 16384	    /* in one key */
#define READ_TRIES 5		    /* while others change the key */
#define SETTLED_AFTER 500000	    /* 100 ns: the clock of the registry ticks less often */

struct room {
	wchar_t *name; /* TMD_REG_NAME_UNITS */
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
	DWORD units = TMD_REG_NAME_UNITS;
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
		DWORD units = TMD_REG_NAME_UNITS;

		size = room->size;
		status = RegEnumValueW(key, index, room->name, &units, NULL, &type, room->data,
				       &size);
		if (status != ERROR_MORE_DATA || size <= room->size || size > TMD_REG_DATA_MAX)
			break;
		grow(room, size);
	}
	if (status == ERROR_MORE_DATA && size > TMD_REG_DATA_MAX)
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
		.name = tmd_alloc(TMD_REG_NAME_UNITS, sizeof(wchar_t)),
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
struct tmd_env_kept {
	struct tmd_env_kept *next;
	char *path;
	FILETIME written; /* the key, as of `values` */
	struct tmd_reg_values values;
};

static struct tmd_env_kept *all_kept;

void tmd_env_kept_forget(const struct tmd_env_key *key)
{
	for (struct tmd_env_kept **at = &all_kept; *at; at = &(*at)->next) {
		struct tmd_env_kept *kept = *at;

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
struct tmd_env_kept *tmd_env_kept_find(const struct tmd_env_key *key, HKEY opened)
{
	FILETIME now = last_write(opened);

	for (struct tmd_env_kept *kept = all_kept; kept; kept = kept->next) {
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
	struct tmd_env_kept *kept;
	FILETIME now;

	tmd_env_kept_forget(key);
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
void tmd_env_kept_change(struct tmd_env_kept *kept, HKEY opened, const char *name,
			 enum tmd_reg_type type, const char *text)
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

enum tmd_rc tmd_env_kept_read(const struct tmd_env_key *key, HKEY opened,
			      struct tmd_reg_values *out, struct tmd_error *err)
{
	const struct tmd_env_kept *kept = tmd_env_kept_find(key, opened);
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
