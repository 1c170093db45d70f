/*
 * The temporary files of a replace: each writer has one of its own, which nobody else can open
 * while he is at work, so that the leftovers of killed runs can be told from files in use, also
 * by a writer on another machine or under another lock.
 */
#include "os/win32/fs_internal.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "os/temp_name.h"
#include "os/win32/sys_error.h"
#include "os/win32/text.h"

#define NAME_KEPT 190 /* 16-bit units of a name that is too long to be kept whole */

#define CONTENT_ACCESS (FILE_GENERIC_READ | FILE_GENERIC_WRITE | DELETE)

static char *cut_name(const wchar_t *wide)
{
	size_t kept = NAME_KEPT;

	if (wide[kept - 1] >= 0xD800 && wide[kept - 1] <= 0xDBFF)
		kept--; /* not half of a pair */
	return tmd_narrow_n(wide, kept);
}

/* What the names of all temporary files of a target begin with. */
static char *temp_prefix(const char *name)
{
	TMD_AUTO_FREE wchar_t *wide = tmd_wide(name);
	TMD_AUTO_FREE char *kept = NULL;
	TMD_AUTO_FREE char *key = NULL;

	if (!wide || wcslen(wide) + TMD_TEMP_AROUND <= TMD_NAME_LIMIT)
		return tmd_temp_prefix(name);
	kept = cut_name(wide);
	key = tmd_path_key(name); /* the same for every spelling */
	return tmd_temp_prefix_cut(kept, key);
}

/* Who we are and when: two writers never have the same, and if they do one tries again. */
static uint64_t make_tag(void)
{
	wchar_t host[MAX_COMPUTERNAME_LENGTH + 1] = { 0 };
	DWORD host_len = MAX_COMPUTERNAME_LENGTH + 1;
	DWORD ids[2] = { GetCurrentProcessId(), GetCurrentThreadId() };
	LARGE_INTEGER counter = { 0 };
	FILETIME now;
	uint64_t tag = TMD_HASH_START;

	(void)GetComputerNameW(host, &host_len);
	(void)QueryPerformanceCounter(&counter);
	GetSystemTimePreciseAsFileTime(&now);
	tag = tmd_hash(tag, host, sizeof(host));
	tag = tmd_hash(tag, ids, sizeof(ids));
	tag = tmd_hash(tag, &counter, sizeof(counter));
	return tmd_hash(tag, &now, sizeof(now));
}

static bool is_temp(const char *entry, const char *prefix_key)
{
	size_t len = strlen(entry);
	TMD_AUTO_FREE char *key = NULL;

	/* Cheaply first: directories may hold many names. */
	if (entry[0] != '.' || len < TMD_TEMP_TAIL ||
	    !tmd_temp_is_tail(entry + len - TMD_TEMP_TAIL))
		return false;
	key = tmd_path_key(entry);
	return tmd_str_starts(key, prefix_key) && strlen(key) == strlen(prefix_key) + TMD_TEMP_TAIL;
}

/*
 * Where a share lets us change files but not their access lists we cannot ask for that either;
 * tmd_copy_security() then tells whether it was needed.
 */
static DWORD create(const struct tmd_place *place, const char *name, HANDLE *out)
{
	struct tmd_open how = {
		.access = CONTENT_ACCESS | WRITE_DAC | WRITE_OWNER,
		.share = FILE_SHARE_DELETE, /* for ourselves: see open_entry() */
		.disposition = FILE_CREATE,
		.options = FILE_NON_DIRECTORY_FILE | FILE_OPEN_REPARSE_POINT,
		.attributes = FILE_ATTRIBUTE_HIDDEN,
	};
	DWORD code = tmd_place_open_at(place, name, &how, out);

	if (code != ERROR_ACCESS_DENIED)
		return code;
	how.access = CONTENT_ACCESS;
	return tmd_place_open_at(place, name, &how, out);
}

/*
 * A second handle for the change of name, which is all that is open when the file has its real
 * name: whoever opens it at that moment must not be hindered by ours more than can be helped.
 */
static DWORD open_entry(const struct tmd_place *place, const char *name, HANDLE *out)
{
	const struct tmd_open how = {
		.access = DELETE | FILE_READ_ATTRIBUTES | FILE_WRITE_ATTRIBUTES,
		.share = TMD_SHARE_ALL,
		.disposition = FILE_OPEN,
		.options = FILE_NON_DIRECTORY_FILE | FILE_OPEN_REPARSE_POINT | FILE_WRITE_THROUGH,
	};

	return tmd_place_open_at(place, name, &how, out);
}

static DWORD make(const struct tmd_place *place, struct tmd_temp *temp)
{
	struct tmd_file_info content;
	struct tmd_file_info entry;
	DWORD code = create(place, temp->name, &temp->content);

	if (code)
		return code;
	code = open_entry(place, temp->name, &temp->entry);
	if (!code)
		code = tmd_handle_info(temp->content, &content);
	if (!code)
		code = tmd_handle_info(temp->entry, &entry);
	if (!code && !tmd_same_file(&content, &entry))
		code = ERROR_ALREADY_EXISTS;
	if (code)
		(void)tmd_delete_handle(temp->content);
	return code;
}

enum tmd_rc tmd_temp_make(const struct tmd_place *place, const char *path, struct tmd_temp *out,
			  struct tmd_error *err)
{
	TMD_AUTO_FREE char *prefix = temp_prefix(place->name);

	for (int i = 0; i < TMD_TEMP_TRIES; i++) {
		struct tmd_temp temp = { 0 };
		DWORD code;

		temp.name = tmd_temp_name(prefix, make_tag());
		code = make(place, &temp);
		if (!code) {
			*out = temp;
			return TMD_OK;
		}
		tmd_temp_release(&temp);
		if (code != ERROR_ALREADY_EXISTS && code != ERROR_FILE_EXISTS &&
		    code != ERROR_FILE_NOT_FOUND && code != ERROR_DELETE_PENDING)
			return tmd_fail_win(err, code, path,
					    "cannot make a temporary file beside it");
	}
	return tmd_fail(err, TMD_E_CONFLICT, path, "run again when nobody changes it",
			"somebody keeps removing the temporary file beside it");
}

void tmd_temp_release(struct tmd_temp *temp)
{
	tmd_handle_close(&temp->content);
	tmd_handle_close(&temp->entry);
	free(temp->name);
	temp->name = NULL;
}

/* Only what nobody has open can be opened without sharing. */
static void remove_if_dead(const struct tmd_place *place, const char *name)
{
	const struct tmd_open how = {
		.access = DELETE | FILE_READ_ATTRIBUTES | FILE_WRITE_ATTRIBUTES,
		.disposition = FILE_OPEN,
		.options = FILE_NON_DIRECTORY_FILE | FILE_OPEN_REPARSE_POINT,
	};
	TMD_AUTO_HANDLE HANDLE file = NULL;

	if (!tmd_place_open_at(place, name, &how, &file))
		(void)tmd_delete_handle(file);
}

void tmd_temp_clean(const struct tmd_place *place)
{
	const struct tmd_open how = { .access = FILE_LIST_DIRECTORY,
				      .share = TMD_SHARE_ALL,
				      .disposition = FILE_OPEN,
				      .options = FILE_DIRECTORY_FILE };
	TMD_AUTO_STRV struct tmd_strv names = { 0 };
	TMD_AUTO_HANDLE HANDLE dir = NULL;
	TMD_AUTO_FREE char *prefix = NULL;
	TMD_AUTO_FREE char *key = NULL;

	if (place->missing || tmd_place_open_at(place, "", &how, &dir))
		return;
	(void)tmd_read_names(dir, TMD_FS_DIR_MAX, &names); /* as many as can be had */
	prefix = temp_prefix(place->name);
	key = tmd_path_key(prefix);
	for (size_t i = 0; i < names.count; i++) {
		if (is_temp(names.items[i], key))
			remove_if_dead(place, names.items[i]);
	}
}
