/*
 * The one place that changes the managed tree: the atomic replace, and its neighbours.
 * Everything goes through directories held open, so that what was checked is what is written.
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

static DWORD with_wish(DWORD attributes, enum tmd_wish wish)
{
	if (wish == TMD_WISH_READ_ONLY)
		return attributes | FILE_ATTRIBUTE_READONLY;
	if (wish == TMD_WISH_WRITABLE)
		return attributes & ~(DWORD)FILE_ATTRIBUTE_READONLY;
	return attributes;
}

/* ---- attributes of an existing file ---- */

/*
 * A user can plant a hard link to another's file in a directory of his own: an elevated caller
 * does not change such a one in place.
 */
static enum tmd_rc check_planted(const struct tmd_place *place, HANDLE file,
				 const struct tmd_file_info *info, const char *path,
				 struct tmd_error *err)
{
	const struct tmd_open how = { .access = READ_CONTROL,
				      .share = TMD_SHARE_ALL,
				      .disposition = FILE_OPEN };
	TMD_AUTO_HANDLE HANDLE dir = NULL;
	struct tmd_sid of_dir;
	struct tmd_sid of_file;

	if (info->type != TMD_FILE_REGULAR || info->links < 2 || !tmd_user_is_admin())
		return TMD_OK;
	if (!tmd_place_open_at(place, "", &how, &dir) && !tmd_handle_owner(dir, &of_dir) &&
	    !tmd_handle_owner(file, &of_file) &&
	    (tmd_sid_trusted(&of_dir) || tmd_sid_equal(&of_dir, &of_file)))
		return TMD_OK;
	return tmd_fail(err, TMD_E_REFUSED, path, "remove the hard link first",
			"another name of this file may be elsewhere, and its owner is not the "
			"directory's");
}

static enum tmd_rc apply_wish(const struct tmd_place *place, enum tmd_wish wish, const char *path,
			      struct tmd_error *err)
{
	const struct tmd_open how = {
		.access = FILE_READ_ATTRIBUTES | FILE_WRITE_ATTRIBUTES | READ_CONTROL,
		.share = TMD_SHARE_ALL,
		.disposition = FILE_OPEN,
		.options = FILE_OPEN_REPARSE_POINT,
	};
	TMD_AUTO_HANDLE HANDLE file = NULL;
	struct tmd_file_info info;
	DWORD code;

	if (wish == TMD_WISH_NONE ||
	    with_wish(place->info.attributes, wish) == place->info.attributes)
		return TMD_OK;
	code = tmd_place_open_at(place, place->name, &how, &file);
	if (!code)
		code = tmd_handle_info(file, &info);
	if (code)
		return tmd_fail_win(err, code, path, "cannot open");
	if (tmd_info_check_regular(&info, path, err) != TMD_OK ||
	    check_planted(place, file, &info, path, err) != TMD_OK)
		return TMD_FAILED;
	code = tmd_set_attributes(file, with_wish(info.attributes, wish));
	return code ? tmd_fail_win(err, code, path, "cannot set the read-only attribute") : TMD_OK;
}

/* ---- missing parents ---- */

/* Where the first missing parent begins in the place's path. */
static size_t first_missing(const struct tmd_place *place)
{
	size_t at = (size_t)(place->name - place->path);

	for (size_t i = 0; i < place->missing; i++) {
		at--;
		while (!tmd_is_separator(place->path[at - 1]))
			at--;
	}
	return at;
}

static void free_local(void *pointer_to_pointer)
{
	LocalFree(*(void **)pointer_to_pointer);
}

/*
 * Would other users have a say in what an elevated caller makes here? In ProgramData they may make
 * entries in every directory that does not say otherwise, and directly below a drive's root change
 * whatever is in it.
 */
static bool needs_protection(const struct tmd_place *place)
{
	struct tmd_file_info here;
	struct tmd_file_info program_data;
	struct tmd_stranger stranger;

	if (!place->fs->live || !place->dir || *place->gap || !tmd_user_is_admin())
		return false;
	if (!tmd_handle_heir(place->dir, true, &stranger) && stranger.kind != TMD_STRANGER_NONE)
		return true;
	return !tmd_handle_info(place->dir, &here) && tmd_program_data_info(&program_data) &&
	       tmd_same_file(&here, &program_data);
}

static DWORD make_directory(const struct tmd_place *place, const char *name, HANDLE *dir)
{
	TMD_CLEANUP(free_local) PSECURITY_DESCRIPTOR descriptor = NULL;
	struct tmd_open how = { .access = FILE_READ_ATTRIBUTES | READ_CONTROL,
				.share = TMD_SHARE_ALL,
				.disposition = FILE_CREATE,
				.options = FILE_DIRECTORY_FILE | FILE_WRITE_THROUGH };

	if (needs_protection(place)) {
		descriptor = tmd_protected_descriptor();
		if (!descriptor)
			return GetLastError();
	}
	how.descriptor = descriptor;
	return tmd_place_open_at(place, name, &how, dir);
}

/* May an elevated caller rely on what somebody else just made? */
static bool is_reliable(const struct tmd_place *place, HANDLE dir)
{
	DWORD others = place->below || place->own ? TMD_OTHERS_DIRECTORY : TMD_OTHERS_ANY;
	struct tmd_stranger stranger;

	return !tmd_user_is_admin() || (!tmd_handle_stranger(dir, others, &stranger) &&
					stranger.kind == TMD_STRANGER_NONE);
}

/* One that somebody else just made is as good, if we may trust him. */
static enum tmd_rc open_made_by_other(const struct tmd_place *place, const char *name,
				      const char *whole, HANDLE *dir, struct tmd_error *err)
{
	const struct tmd_open how = { .access = FILE_READ_ATTRIBUTES | READ_CONTROL,
				      .share = TMD_SHARE_ALL,
				      .disposition = FILE_OPEN,
				      .options = FILE_OPEN_REPARSE_POINT };
	TMD_AUTO_HANDLE HANDLE found = NULL;
	struct tmd_file_info info;
	DWORD code = tmd_place_open_at(place, name, &how, &found);

	if (!code)
		code = tmd_handle_info(found, &info);
	if (code)
		return tmd_fail_win(err, code, whole, "cannot open the directory");
	if (info.type != TMD_FILE_DIRECTORY || !is_reliable(place, found))
		return tmd_fail(err, TMD_E_CONFLICT, whole, "run again when nobody changes it",
				"somebody else made this at the same moment");
	*dir = tmd_handle_take(&found);
	return TMD_OK;
}

/* What cannot be noted stays, should the change fail. */
static void note_made(struct tmd_made *made, HANDLE dir)
{
	const HANDLE self = GetCurrentProcess();
	HANDLE copy = NULL;

	if (!DuplicateHandle(self, dir, self, &copy, 0, FALSE, DUPLICATE_SAME_ACCESS))
		return;
	made->dirs = tmd_grow(made->dirs, &made->cap, made->count + 1, sizeof(*made->dirs));
	made->dirs[made->count++] = copy;
}

/* Makes and enters one directory. */
static enum tmd_rc make_parent(struct tmd_place *place, const char *whole, struct tmd_made *made,
			       struct tmd_error *err)
{
	const char *name = tmd_path_base(whole);
	TMD_AUTO_HANDLE HANDLE dir = NULL;
	DWORD code = make_directory(place, name, &dir);

	if (code == ERROR_ALREADY_EXISTS || code == ERROR_FILE_EXISTS) {
		if (open_made_by_other(place, name, whole, &dir, err) != TMD_OK)
			return TMD_FAILED;
	} else if (code) {
		return tmd_fail_win(err, code, whole, "cannot make the directory");
	} else if (made) {
		note_made(made, dir);
	}
	if (place->dir != place->fs->dir)
		tmd_handle_close(&place->dir);
	place->dir = tmd_handle_take(&dir);
	place->gap[0] = L'\0';
	place->missing--;
	return TMD_OK;
}

enum tmd_rc tmd_place_make_parents(struct tmd_place *place, struct tmd_made *made,
				   struct tmd_error *err)
{
	size_t at = first_missing(place);

	while (place->missing) {
		TMD_AUTO_FREE char *whole = NULL;

		at += strcspn(place->path + at, "/\\");
		whole = tmd_strndup(place->path, at++);
		if (make_parent(place, whole, made, err) != TMD_OK)
			return TMD_FAILED;
	}
	return TMD_OK;
}

/*
 * An empty directory goes, one in which somebody made something meanwhile stays; by its handle,
 * whatever has its name by now.
 */
static void remove_made(struct tmd_made *made)
{
	const struct tmd_open how = { .access = DELETE | FILE_READ_ATTRIBUTES,
				      .share = TMD_SHARE_ALL,
				      .disposition = FILE_OPEN,
				      .options = FILE_DIRECTORY_FILE };

	for (size_t i = made->count; i > 0; i--) {
		HANDLE *dir = &made->dirs[i - 1];
		HANDLE again = NULL;

		if (!tmd_open_at(*dir, L"", &how, &again))
			(void)tmd_delete_handle(again);
		tmd_handle_close(&again);
		tmd_handle_close(dir); /* only then may the one above be empty */
	}
}

static void made_release(struct tmd_made *made)
{
	for (size_t i = 0; i < made->count; i++)
		tmd_handle_close(&made->dirs[i]);
	free(made->dirs);
}

/* ---- replace ---- */

static enum tmd_rc fail_raced(const struct replace *r, const char *what, struct tmd_error *err)
{
	return tmd_fail(err, TMD_E_CONFLICT, r->path, "run again when nobody changes it",
			"somebody else %s at the same moment", what);
}

/* The access list comes before the content: nobody gets to read it who could not before. */
static enum tmd_rc fill_temp(const struct replace *r, struct tmd_error *err)
{
	DWORD attributes = r->old ? r->before.attributes : FILE_ATTRIBUTE_ARCHIVE;
	DWORD code = r->old ? tmd_copy_security(r->old, r->temp.content) : 0;

	if (code)
		return tmd_fail_win(err, code, r->path, "cannot keep the access list");
	if (write_all(r->temp.content, r->data, r->len, r->path, err) != TMD_OK)
		return TMD_FAILED;
	code = tmd_set_attributes(r->temp.content, with_wish(attributes, r->wish));
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

/* What is at the target now? A code when that cannot be said. */
static DWORD look_at_target(const struct tmd_place *place, struct tmd_file_info *info)
{
	const struct tmd_open how = { .access = FILE_READ_ATTRIBUTES,
				      .share = TMD_SHARE_ALL,
				      .disposition = FILE_OPEN,
				      .options = FILE_OPEN_REPARSE_POINT };
	TMD_AUTO_HANDLE HANDLE file = NULL;
	DWORD code = tmd_place_open_at(place, place->name, &how, &file);

	return code ? code : tmd_handle_info(file, info);
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
		return fail_raced(r, "removed the temporary file", err);
	if (!look_at_target(&r->place, &now) && now.type == TMD_FILE_DIRECTORY)
		return fail_raced(r, "made a directory of that name", err);
	if (code == ERROR_ACCESS_DENIED && is_in_use(&r->place))
		code = ERROR_SHARING_VIOLATION;
	return tmd_fail_win(err, code, r->path, "cannot replace the file");
}

/* Is what is going to be replaced still what was opened? A new file replaces nothing anyway. */
static bool is_as_before(const struct replace *r)
{
	struct tmd_file_info now;

	return !r->place.exists || (!look_at_target(&r->place, &now) &&
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
		return fail_raced(r, "changed the file", err);
	do
		code = tmd_rename_handle(r->temp.entry, place->dir, place->name, place->exists);
	while ((tmd_is_busy(code) || code == ERROR_ACCESS_DENIED) && tmd_wait_again(&patience));
	if (!place->exists && (code == ERROR_ALREADY_EXISTS || code == ERROR_FILE_EXISTS))
		return fail_raced(r, "made a file of that name", err);
	if (code)
		return fail_publish(r, code, err);
	code = tmd_handle_info(r->temp.entry, &mine);
	tmd_handle_close(&r->temp.entry); /* readers may mind it, see fs_temp.c */
	if (code || look_at_target(place, &there) || !tmd_same_file(&mine, &there))
		return fail_raced(r, "replaced the file", err);
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
		return apply_wish(&r->place, r->wish, r->path, err);
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
		remove_made(&r.made);
	made_release(&r.made);
	return rc;
}

/* ---- remove, rename, attributes ---- */

/* Opens a file or link itself to rename or delete it. */
static DWORD open_entry(const struct tmd_place *place, HANDLE *out)
{
	struct tmd_open how = {
		.access = DELETE | FILE_READ_ATTRIBUTES | FILE_WRITE_ATTRIBUTES,
		.share = TMD_SHARE_ALL,
		.disposition = FILE_OPEN,
		.options = FILE_OPEN_REPARSE_POINT | FILE_WRITE_THROUGH,
	};
	DWORD code = tmd_place_open_patiently(place, place->name, &how, out);

	if (code != ERROR_ACCESS_DENIED)
		return code;
	/* The right to delete may come from the directory, and with no other. */
	how.access = DELETE | FILE_READ_ATTRIBUTES;
	return tmd_place_open_patiently(place, place->name, &how, out);
}

/* On older systems the name goes only when the last one who has the file open closes it. */
static DWORD wait_until_gone(const struct tmd_place *place)
{
	struct tmd_patience patience = { 0 };
	struct tmd_file_info ignored;
	DWORD code;

	do
		code = look_at_target(place, &ignored);
	while (code == ERROR_DELETE_PENDING && tmd_wait_again(&patience));
	return code == ERROR_DELETE_PENDING ? code : 0;
}

static DWORD remove_at(const struct tmd_place *place)
{
	TMD_AUTO_HANDLE HANDLE file = NULL;
	DWORD code = open_entry(place, &file);

	if (code == ERROR_FILE_NOT_FOUND)
		return 0;
	if (!code)
		code = tmd_delete_handle(file);
	if (code)
		return code;
	tmd_handle_close(&file);
	return wait_until_gone(place);
}

enum tmd_rc tmd_fs_remove(struct tmd_fs *fs, const char *path, struct tmd_error *err)
{
	TMD_AUTO_PLACE struct tmd_place place = { 0 };
	DWORD code;

	if (tmd_fs_gate(fs, path, err) != TMD_OK ||
	    tmd_place_find(fs, path, TMD_PLACE_MISSING | TMD_PLACE_WRITE, &place, err) != TMD_OK)
		return TMD_FAILED;
	if (place.exists && place.info.type != TMD_FILE_SYMLINK &&
	    tmd_info_check_regular(&place.info, path, err) != TMD_OK)
		return TMD_FAILED;
	if (tmd_place_check_seen(&place, path, false, err) != TMD_OK)
		return TMD_FAILED;
	tmd_temp_clean(&place);
	if (!place.exists)
		return TMD_OK;
	code = remove_at(&place);
	if (code)
		return tmd_fail_win(err, code, path, "cannot remove");
	tmd_place_renew(fs, path, false);
	return TMD_OK;
}

static bool same_directory(const struct tmd_place *a, const struct tmd_place *b)
{
	size_t len = (size_t)(a->name - a->path);

	return !a->missing && !b->missing && len == (size_t)(b->name - b->path) &&
	       memcmp(a->path, b->path, len) == 0;
}

static DWORD rename_at(const struct tmd_place *place, const char *to)
{
	TMD_AUTO_HANDLE HANDLE file = NULL;
	struct tmd_patience patience = { 0 };
	DWORD code = *place->gap ? ERROR_ACCESS_DENIED : open_entry(place, &file);

	if (code)
		return code;
	do
		code = tmd_rename_handle(file, place->dir, to, false);
	while (tmd_is_busy(code) && tmd_wait_again(&patience));
	return code;
}

enum tmd_rc tmd_fs_rename(struct tmd_fs *fs, const char *from, const char *to,
			  struct tmd_error *err)
{
	TMD_AUTO_PLACE struct tmd_place old = { 0 };
	TMD_AUTO_PLACE struct tmd_place new = { 0 };
	DWORD code;

	if (tmd_fs_gate(fs, from, err) != TMD_OK ||
	    tmd_place_find(fs, from, TMD_PLACE_WRITE, &old, err) != TMD_OK ||
	    tmd_place_find(fs, to, TMD_PLACE_WRITE | TMD_PLACE_MISSING, &new, err) != TMD_OK)
		return TMD_FAILED;
	if (old.info.type != TMD_FILE_SYMLINK &&
	    tmd_info_check_regular(&old.info, from, err) != TMD_OK)
		return TMD_FAILED;
	if (!same_directory(&old, &new))
		return tmd_fail(err, TMD_E_INVALID_INPUT, to, NULL,
				"cannot rename %s into another directory", from);
	if (tmd_place_check_seen(&old, from, false, err) != TMD_OK)
		return TMD_FAILED;
	code = rename_at(&old, new.name);
	if (code == ERROR_ALREADY_EXISTS || code == ERROR_FILE_EXISTS)
		return tmd_fail(err, TMD_E_CONFLICT, to, "move one of the two away",
				"cannot rename %s: the new name is taken", from);
	if (code)
		return tmd_fail_win(err, code, from, "cannot rename");
	tmd_place_renew(fs, from, false);
	tmd_place_renew(fs, to, false);
	return TMD_OK;
}

enum tmd_rc tmd_fs_set_attr(struct tmd_fs *fs, const char *path, const struct tmd_fs_attr *attr,
			    struct tmd_error *err)
{
	TMD_AUTO_PLACE struct tmd_place place = { 0 };
	enum tmd_wish wish = TMD_WISH_NONE;
	bool is_dir;

	if (tmd_fs_gate(fs, path, err) != TMD_OK ||
	    tmd_place_find(fs, path, TMD_PLACE_FOLLOW | TMD_PLACE_WRITE, &place, err) != TMD_OK)
		return TMD_FAILED;
	is_dir = place.info.type == TMD_FILE_DIRECTORY;
	if (!is_dir && tmd_info_check_regular(&place.info, path, err) != TMD_OK)
		return TMD_FAILED;
	if (tmd_attr_wish(attr, is_dir, path, &wish, err) != TMD_OK ||
	    tmd_place_check_seen(&place, path, true, err) != TMD_OK ||
	    apply_wish(&place, wish, path, err) != TMD_OK)
		return TMD_FAILED;
	tmd_place_renew(fs, path, true);
	return TMD_OK;
}
