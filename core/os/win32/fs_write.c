/*
 * The atomic replace. Everything goes through directories held open, so that what was checked is
 * what is written.
 */
#include "os/fs.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "os/user.h"
#include "os/win32/fs_internal.h"
#include "os/win32/sys_error.h"

#define CHUNK ((size_t)1 << 20)

struct replace {
	const char *path; /* as asked, for messages */
	const char *data;
	size_t len;
	enum tmd_wish wish;
	struct tmd_place place;
	struct tmd_temp temp;
	HANDLE old;		     /* the file as it is, NULL when there is none */
	struct tmd_file_info before; /* of `old` */
	struct tmd_made made;	     /* parents that this replace made */
};

/* ---- small steps ---- */

static enum tmd_rc write_all(HANDLE file, const char *data, size_t len, const char *path,
			     struct tmd_error *err)
{
	while (len) {
		DWORD wanted = (DWORD)(len < CHUNK ? len : CHUNK);
		DWORD put = 0;

		if (!WriteFile(file, data, wanted, &put, NULL))
			return tmd_fail_win(err, GetLastError(), path, "cannot write");
		if (!put)
			return tmd_fail_win(err, ERROR_DISK_FULL, path, "cannot write");
		data += put;
		len -= put;
	}
	return TMD_OK;
}

/* 0, or a code; some file systems of others have no such thing. */
static DWORD flush(HANDLE file)
{
	DWORD code = FlushFileBuffers(file) ? 0 : GetLastError();

	return code == ERROR_INVALID_FUNCTION || code == ERROR_NOT_SUPPORTED ? 0 : code;
}

/* Does the file hold exactly these bytes? A failed read counts as no. */
static bool holds(HANDLE file, const char *data, size_t len)
{
	TMD_AUTO_FREE char *chunk = tmd_alloc(CHUNK, 1);
	LARGE_INTEGER start = { 0 };
	size_t at = 0;
	DWORD got = 0;

	if (!SetFilePointerEx(file, start, NULL, FILE_BEGIN))
		return false;
	for (;;) {
		if (!ReadFile(file, chunk, (DWORD)CHUNK, &got, NULL) || got > len - at)
			return false;
		if (!got)
			return at == len;
		if (memcmp(chunk, data + at, got) != 0)
			return false;
		at += got;
	}
}

/* ---- replace ---- */

/* The access list comes before the content: nobody gets to read it who could not before. */
static enum tmd_rc fill_temp(const struct replace *r, struct tmd_error *err)
{
	DWORD attributes = r->old ? r->before.attributes : FILE_ATTRIBUTE_ARCHIVE;
	DWORD code = r->old ? tmd_copy_security(r->old, r->temp.content) : 0;

	if (code)
		return tmd_fail_win(err, code, r->path, "cannot keep the access list");
	if (write_all(r->temp.content, r->data, r->len, r->path, err) != TMD_OK)
		return TMD_FAILED;
	code = tmd_set_attributes(r->temp.content, tmd_wish_attributes(attributes, r->wish));
	if (code)
		return tmd_fail_win(err, code, r->path, "cannot keep the attributes");
	code = flush(r->temp.content);
	if (code)
		return tmd_fail_win(err, code, r->path, "cannot write to the disk");
	if (!holds(r->temp.content, r->data, r->len))
		return tmd_fail(err, TMD_E_IO, r->path, "check the disk",
				"what was written reads back differently");
	return TMD_OK;
}

/* Windows calls it "access denied" as well when somebody else has the file open. */
static bool is_in_use(const struct tmd_place *place)
{
	const struct tmd_open how = { .access = DELETE,
				      .disposition = FILE_OPEN,
				      .options = FILE_OPEN_REPARSE_POINT };
	TMD_AUTO_HANDLE HANDLE file = NULL;

	return tmd_is_busy(tmd_place_open_at(place, place->name, &how, &file));
}

static enum tmd_rc fail_publish(const struct replace *r, DWORD code, struct tmd_error *err)
{
	struct tmd_file_info now;

	if (code == ERROR_FILE_NOT_FOUND || code == ERROR_PATH_NOT_FOUND)
		return tmd_fail_raced(r->path, "removed the temporary file", err);
	if (!tmd_place_look_again(&r->place, &now) && now.type == TMD_FILE_DIRECTORY)
		return tmd_fail_raced(r->path, "made a directory of that name", err);
	if (code == ERROR_ACCESS_DENIED && is_in_use(&r->place))
		code = ERROR_SHARING_VIOLATION;
	return tmd_fail_win(err, code, r->path, "cannot replace the file");
}

/* Is what is going to be replaced still what was opened? A new file replaces nothing anyway. */
static bool is_as_before(const struct replace *r)
{
	struct tmd_file_info now;

	return !r->place.exists || (!tmd_place_look_again(&r->place, &now) &&
				    tmd_same_file(&now, &r->before) && now.size == r->before.size);
}

/* Whoever may write here can play with names: look again after the change. */
static enum tmd_rc publish(struct replace *r, struct tmd_error *err)
{
	const struct tmd_place *place = &r->place;
	struct tmd_patience patience = { 0 };
	struct tmd_file_info mine = { 0 };
	struct tmd_file_info there = { 0 };
	DWORD code;

	if (!is_as_before(r))
		return tmd_fail_raced(r->path, "changed the file", err);
	do
		code = tmd_rename_handle(r->temp.entry, place->dir, place->name, place->exists);
	while ((tmd_is_busy(code) || code == ERROR_ACCESS_DENIED) && tmd_wait_again(&patience));
	if (!place->exists && (code == ERROR_ALREADY_EXISTS || code == ERROR_FILE_EXISTS))
		return tmd_fail_raced(r->path, "made a file of that name", err);
	if (code)
		return fail_publish(r, code, err);
	code = tmd_handle_info(r->temp.entry, &mine);
	tmd_handle_close(&r->temp.entry); /* readers may mind it, see fs_temp.c */
	if (code || tmd_place_look_again(place, &there) || !tmd_same_file(&mine, &there))
		return tmd_fail_raced(r->path, "replaced the file", err);
	return TMD_OK;
}

static enum tmd_rc write_new(struct replace *r, struct tmd_error *err)
{
	enum tmd_rc rc;

	if ((!r->place.exists && tmd_trust_new(&r->place, r->path, err) != TMD_OK) ||
	    tmd_place_make_parents(&r->place, &r->made, err) != TMD_OK)
		return TMD_FAILED;
	/* Names in a directory that may be passed only cannot be changed. */
	if (*r->place.gap)
		return tmd_fail_win(err, ERROR_ACCESS_DENIED, r->path,
				    "cannot write into the directory");
	if (tmd_temp_make(&r->place, r->path, &r->temp, err) != TMD_OK)
		return TMD_FAILED;
	rc = fill_temp(r, err);
	/* Older systems replace only what nobody has open, and that includes us. */
	tmd_handle_close(&r->temp.content);
	tmd_handle_close(&r->old);
	if (rc == TMD_OK)
		rc = publish(r, err);
	if (rc != TMD_OK && r->temp.entry)
		(void)tmd_delete_handle(r->temp.entry);
	return rc;
}

static enum tmd_rc replace(struct replace *r, struct tmd_error *err)
{
	if (r->place.exists &&
	    tmd_place_open(&r->place, r->path, &r->old, &r->before, err) != TMD_OK)
		return TMD_FAILED;
	if (r->place.exists)
		r->place.info = r->before;
	if (tmd_place_check_seen(&r->place, r->path, true, err) != TMD_OK)
		return TMD_FAILED;
	tmd_temp_clean(&r->place);
	if (r->old && r->before.size == r->len && holds(r->old, r->data, r->len))
		return tmd_place_apply_wish(&r->place, r->wish, r->path, err);
	return write_new(r, err);
}

enum tmd_rc tmd_fs_replace(struct tmd_fs *fs, const char *path, const void *data, size_t len,
			   const struct tmd_fs_attr *attr, struct tmd_error *err)
{
	const unsigned flags = TMD_PLACE_FOLLOW | TMD_PLACE_MISSING | TMD_PLACE_WRITE;
	struct replace r = { .path = path, .data = data, .len = len };
	enum tmd_rc rc;

	if (tmd_fs_gate(fs, path, err) != TMD_OK ||
	    tmd_attr_wish(attr, false, path, &r.wish, err) != TMD_OK ||
	    tmd_place_find(fs, path, flags, &r.place, err) != TMD_OK)
		return TMD_FAILED;
	rc = replace(&r, err);
	tmd_handle_close(&r.old);
	tmd_temp_release(&r.temp);
	tmd_place_release(&r.place);
	if (rc == TMD_OK)
		tmd_place_renew(fs, path, true);
	/* Last: a directory that somebody has open does not go before he closes it. */
	if (rc != TMD_OK)
		tmd_made_undo(&r.made);
	tmd_made_release(&r.made);
	return rc;
}
