/* The one lock: a locked byte of a file below the root, which the system drops with the process. */
#include "os/lock.h"

#include <windows.h>
#include <sddl.h>
#include <stdlib.h>
#include <string.h>
#include <winternl.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/console.h"
#include "os/path.h"
#include "os/proc.h"
#include "os/user.h"
#include "os/win32/fs_internal.h"
#include "os/win32/sys_error.h"

#define OFFLINE_LOCK "/trustmend.lock"
#define LOCK_NAME "trustmend/lock"
#define POLL_MS 50

/* Nobody but administrators: whoever may read the file could hold a lock on it. */
#define ACCESS_LIST L"O:BAG:BAD:P(A;;FA;;;SY)(A;;FA;;;BA)"

struct tmd_lock {
	HANDLE file;
	struct tmd_place place;
};

/* A search for the lock file: opened, and made where it is missing, or only looked for. */
struct search {
	struct tmd_fs *fs;
	bool make;
	bool admin;
	struct tmd_place place; /* of the file that was found */
	HANDLE file;		/* NULL: it could be made */
};

static void search_release(struct search *s)
{
	tmd_handle_close(&s->file);
	tmd_place_release(&s->place);
}

static enum tmd_rc fail_foreign(const char *path, const char *what, struct tmd_error *err)
{
	TMD_AUTO_FREE char *hint = tmd_format("remove %s", path);

	return tmd_fail(err, TMD_E_REFUSED, path, hint, "the lock file is %s", what);
}

static enum tmd_rc check_type(const struct tmd_file_info *info, const char *path,
			      struct tmd_error *err)
{
	if (info->type == TMD_FILE_SYMLINK)
		return fail_foreign(path, "a link", err);
	if (info->type == TMD_FILE_DIRECTORY)
		return fail_foreign(path, "a directory", err);
	if (info->type != TMD_FILE_REGULAR)
		return fail_foreign(path, "not a regular file", err);
	if (info->links > 1)
		return fail_foreign(path, "another file as well (a hard link)", err);
	return TMD_OK;
}

/* What somebody else made before us he could lock, and us out. */
static enum tmd_rc check_owner(const struct search *s, const char *path, struct tmd_error *err)
{
	struct tmd_sid owner;
	TMD_AUTO_FREE char *name = NULL;
	TMD_AUTO_FREE char *what = NULL;

	if (!tmd_fs_is_live(s->fs) || tmd_handle_owner(s->file, &owner) || tmd_sid_trusted(&owner))
		return TMD_OK;
	name = tmd_sid_name(&owner);
	what = tmd_format("of user %s", name);
	return fail_foreign(path, what, err);
}

/*
 * Not shared for deletion: as long as somebody has the file open it cannot go or be replaced,
 * so that nobody ever waits for a file that is not the lock any more.
 */
static DWORD open_file(struct search *s)
{
	TMD_CLEANUP(tmd_local_free) PSECURITY_DESCRIPTOR descriptor = NULL;
	struct tmd_open how = {
		.access = FILE_GENERIC_READ | FILE_WRITE_DATA,
		.share = FILE_SHARE_READ | FILE_SHARE_WRITE,
		.disposition = s->make ? FILE_OPEN_IF : FILE_OPEN,
		.options = FILE_OPEN_REPARSE_POINT,
	};

	if (s->admin && !ConvertStringSecurityDescriptorToSecurityDescriptorW(
				ACCESS_LIST, SDDL_REVISION_1, &descriptor, NULL))
		return GetLastError();
	how.descriptor = descriptor;
	return tmd_place_open_at(&s->place, s->place.name, &how, &s->file);
}

static enum tmd_rc open_lock(struct search *s, const char *path, struct tmd_error *err)
{
	struct tmd_place *place = &s->place;
	struct tmd_file_info info;
	DWORD code;

	tmd_place_release(place);
	if (tmd_place_find(s->fs, path, TMD_PLACE_MISSING | TMD_PLACE_WRITE, place, err) ||
	    (place->exists && check_type(&place->info, path, err)))
		return TMD_FAILED;
	if (!place->exists && !s->make)
		return tmd_place_check_directory(place, path, err);
	if (tmd_place_make_parents(place, NULL, err))
		return TMD_FAILED;
	code = open_file(s);
	if (!code)
		code = tmd_handle_info(s->file, &info);
	if (code)
		return tmd_fail_win(err, code, path, "cannot open the lock file");
	if (check_type(&info, path, err) || check_owner(s, path, err)) {
		tmd_handle_close(&s->file);
		return TMD_FAILED;
	}
	return TMD_OK;
}

/* ---- where it is ---- */

/*
 * Where only administrators make anything: below ProgramData a user could be the first to make
 * the directory, and stop all of them. In an image directly below its root: a directory that had
 * to be made would stay, with an owner whom nobody knows where the image is started.
 */
static char *shared_path(const struct tmd_fs *fs)
{
	TMD_AUTO_FREE char *programs = NULL;

	if (!tmd_fs_is_live(fs))
		return tmd_strdup(OFFLINE_LOCK);
	programs = tmd_program_files_path();
	return tmd_path_join(programs, LOCK_NAME);
}

static enum tmd_rc find_own_data(struct tmd_fs *fs, char **path, struct tmd_error *err)
{
	const char *given = tmd_console_env("LOCALAPPDATA");
	TMD_CLEANUP(tmd_user_release) struct tmd_user user = { 0 };

	if (given && tmd_path_is_absolute(given)) {
		*path = tmd_strdup(given);
		return TMD_OK;
	}
	if (tmd_user_find(fs, NULL, &user, err))
		return TMD_FAILED;
	*path = tmd_path_join(user.home, "AppData/Local");
	return TMD_OK;
}

/* Without rights on the shared file, users at least keep out of their own way. */
static enum tmd_rc open_own_lock(struct search *s, struct tmd_error *err)
{
	TMD_AUTO_FREE char *data = NULL;
	TMD_AUTO_FREE char *path = NULL;

	if (find_own_data(s->fs, &data, err))
		return TMD_FAILED;
	path = tmd_path_join(data, LOCK_NAME);
	return open_lock(s, path, err);
}

/* Where users may make directories all the same, the lock is not theirs to make: they would own it. */
static enum tmd_rc open_shared_lock(struct search *s, const char *path, struct tmd_error *err)
{
	bool make = s->make;
	enum tmd_rc rc;

	s->make = make && s->admin;
	rc = open_lock(s, path, err);
	s->make = make;
	return rc;
}

static enum tmd_rc find_lock(struct search *s, struct tmd_error *err)
{
	TMD_AUTO_FREE char *path = shared_path(s->fs);
	enum tmd_rc rc;

	if (!tmd_fs_is_live(s->fs))
		return open_lock(s, path, err);
	rc = open_shared_lock(s, path, err);
	if (s->admin || (rc == TMD_OK && s->file) || (rc != TMD_OK && err->kind == TMD_E_BUSY))
		return rc;
	return open_own_lock(s, err);
}

enum tmd_rc tmd_lock_check(struct tmd_fs *fs, struct tmd_error *err)
{
	TMD_CLEANUP(search_release)
	struct search s = { .fs = fs, .admin = tmd_user_is_admin() };

	if (find_lock(&s, err) == TMD_OK || err->kind == TMD_E_BUSY)
		return TMD_OK;
	return TMD_FAILED;
}

/* ---- taking it ---- */

#define NOTE_AT 1 /* behind the byte that is locked, which others cannot read */
#define NOTE_MAX 16

static bool is_note(const char *text)
{
	const char *end = text;

	while (tmd_is_digit(*end))
		end++;
	return end > text && !*end;
}

static enum tmd_rc fail_busy(const struct search *s, struct tmd_error *err)
{
	OVERLAPPED at = { .Offset = NOTE_AT };
	char holder[NOTE_MAX + 1] = "";
	DWORD got = 0;

	if (!ReadFile(s->file, holder, NOTE_MAX, &got, &at) || !is_note(holder))
		return tmd_fail(err, TMD_E_BUSY, s->place.path,
				"run again when it is done, or raise --lock-timeout",
				"another trustmend is at work on this machine");
	return tmd_fail(err, TMD_E_BUSY, s->place.path,
			"run again when it is done, or raise --lock-timeout",
			"another trustmend is at work on this machine: process %s", holder);
}

/* Who holds it, for whoever waits. Nothing depends on it. The file of an image stays empty. */
static void note_holder(const struct search *s)
{
	OVERLAPPED at = { .Offset = NOTE_AT };
	TMD_AUTO_FREE char *note = tmd_format("%lu", GetCurrentProcessId());
	DWORD put;

	if (tmd_fs_is_live(s->fs))
		(void)WriteFile(s->file, note, (DWORD)strlen(note) + 1, &put, &at);
}

static enum tmd_rc try_once(struct tmd_fs *fs, struct tmd_lock **out, struct tmd_error *err)
{
	TMD_CLEANUP(search_release)
	struct search s = { .fs = fs, .make = true, .admin = tmd_user_is_admin() };
	OVERLAPPED start = { 0 };
	DWORD code;

	if (find_lock(&s, err))
		return TMD_FAILED;
	if (LockFileEx(s.file, LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0,
		       &start)) {
		note_holder(&s);
		*out = tmd_alloc(1, sizeof(**out));
		(*out)->file = tmd_handle_take(&s.file);
		(*out)->place = s.place;
		memset(&s.place, 0, sizeof(s.place));
		return TMD_OK;
	}
	code = GetLastError();
	if (code == ERROR_LOCK_VIOLATION || code == ERROR_IO_PENDING)
		return fail_busy(&s, err);
	return tmd_fail_win(err, code, s.place.path, "cannot lock");
}

enum tmd_rc tmd_lock_acquire(struct tmd_fs *fs, unsigned timeout, struct tmd_lock **out,
			     struct tmd_error *err)
{
	int64_t deadline = tmd_monotonic_ms() + (int64_t)timeout * 1000;

	if (tmd_fs_gate(fs, OFFLINE_LOCK, err))
		return TMD_FAILED;
	while (try_once(fs, out, err)) {
		if (err->kind != TMD_E_BUSY || tmd_monotonic_ms() >= deadline)
			return TMD_FAILED;
		tmd_sleep_ms(POLL_MS);
	}
	return TMD_OK;
}

/*
 * An image is left as it was found. Nobody holds or waits for a file that can be opened without
 * sharing, and until it is gone nobody else can open it: whoever tries meanwhile finds it busy
 * and comes again. Where somebody else is faster the file is his to remove. Ours is empty.
 */
static void remove_unused(const struct tmd_place *place)
{
	const struct tmd_open how = {
		.access = DELETE | FILE_READ_ATTRIBUTES | FILE_WRITE_ATTRIBUTES,
		.disposition = FILE_OPEN,
		.options = FILE_OPEN_REPARSE_POINT | FILE_NON_DIRECTORY_FILE,
	};
	TMD_AUTO_HANDLE HANDLE file = NULL;
	struct tmd_file_info info;

	if (!tmd_place_open_at(place, place->name, &how, &file) &&
	    !tmd_handle_info(file, &info) && !info.size)
		(void)tmd_delete_handle(file);
}

void tmd_lock_release(struct tmd_lock *lock)
{
	OVERLAPPED start = { 0 };

	if (!lock)
		return;
	(void)UnlockFileEx(lock->file, 0, 1, 0, &start); /* at once; closing may take its time */
	tmd_handle_close(&lock->file);
	/* The machine's own file stays: it is nobody's but administrators' to make. */
	if (!lock->place.fs->live)
		remove_unused(&lock->place);
	tmd_place_release(&lock->place);
	free(lock);
}
