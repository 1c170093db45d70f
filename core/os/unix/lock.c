/* The one lock: flock() on a file below the root, which the kernel drops with the process. */
#include "os/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "os/proc.h"
#include "os/unix/fs_internal.h"
#include "os/unix/sys_error.h"
#include "os/user.h"

#define LOCK_PATH "/run/trustmend.lock"
#define POLL_MS 50
#define READ_CHUNK ((size_t)16384)

struct tmd_lock {
	int fd;
};

/* A search for the lock file: opened, and made where it is missing, or only looked for. */
struct search {
	struct tmd_fs *fs;
	bool make;
	struct tmd_place place; /* of the file that was found */
	int fd;			/* -1: it could be made */
};

static enum tmd_rc fail_kind(const char *path, const char *what, struct tmd_error *err)
{
	TMD_AUTO_FREE char *hint = tmd_format("remove %s: it must be a plain file", path);

	return tmd_fail(err, TMD_E_REFUSED, path, hint, "the lock file is %s", what);
}

static enum tmd_rc fail_open(const char *path, int sys, struct tmd_error *err)
{
	if (sys == ELOOP)
		return fail_kind(path, "a symbolic link", err);
	if (sys == EISDIR)
		return fail_kind(path, "a directory", err);
	return tmd_fail_sys(err, sys, path, "cannot open the lock file");
}

/*
 * Whoever may open the file can hold the lock. Root's is root's alone: one that somebody else
 * left there is put aside, and nobody but the owner opens it from here on.
 */
static enum tmd_rc take_over(struct search *s, int *opened, const struct stat *st,
			     const char *path, struct tmd_error *err)
{
	const struct tmd_place *place = &s->place;

	if (st->st_nlink > 1)
		return fail_kind(path, "another file as well (a hard link)", err);
	if (st->st_uid == geteuid())
		return !(st->st_mode & 077) || fchmod(*opened, 0600) == 0
			       ? TMD_OK
			       : fail_open(path, errno, err);
	tmd_fd_close(opened);
	if (unlinkat(place->dir, place->name, 0) != 0)
		return fail_open(path, errno, err);
	*opened = openat(place->dir, place->name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return *opened < 0 ? fail_open(path, errno, err) : TMD_OK;
}

/* A lock file at a place where others may write could be anything: a link, a pipe. */
static enum tmd_rc open_at(struct search *s, const char *path, struct tmd_error *err)
{
	const int flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	const struct tmd_place *place = &s->place;
	TMD_AUTO_FD int opened =
		openat(place->dir, place->name, flags | (s->make ? O_CREAT : 0), 0600);
	struct stat st;

	if (opened < 0 && errno == ENOENT && !s->make)
		return tmd_place_check_directory(place, path, err);
	if (opened < 0 || fstat(opened, &st) != 0)
		return fail_open(path, errno, err);
	if (!S_ISREG(st.st_mode))
		return fail_kind(path, "not a regular file", err);
	if (geteuid() != 0 && st.st_uid != geteuid())
		return tmd_fail(err, TMD_E_PERMISSION, path, "have it removed, or run as root",
				"the lock file belongs to user %lu", (unsigned long)st.st_uid);
	if (s->make && take_over(s, &opened, &st, path, err) != TMD_OK)
		return TMD_FAILED;
	s->fd = tmd_fd_take(&opened);
	return TMD_OK;
}

static enum tmd_rc open_lock(struct search *s, const char *path, uint32_t dir_mode,
			     struct tmd_error *err)
{
	const struct tmd_fs_attr attr = { TMD_KEEP, TMD_KEEP, TMD_KEEP, dir_mode };
	const unsigned flags = TMD_PLACE_MISSING | TMD_PLACE_WRITE;

	tmd_place_release(&s->place);
	if (tmd_place_find(s->fs, path, flags, &s->place, err) != TMD_OK)
		return TMD_FAILED;
	if (s->place.missing && !s->make)
		return tmd_place_check_directory(&s->place, path, err);
	if (tmd_place_make_parents(&s->place, &attr, NULL, err) != TMD_OK)
		return TMD_FAILED;
	return open_at(s, path, err);
}

/* ---- a user's own lock ---- */

static bool is_private(const struct stat *st)
{
	return S_ISDIR(st->st_mode) && st->st_uid == geteuid() && !(st->st_mode & 077);
}

/*
 * The lock in a directory that must be the caller's alone: where everybody may write,
 * anybody may have made something of that name.
 */
static enum tmd_rc open_private(struct search *s, const char *dir, bool may_make,
				struct tmd_error *err)
{
	TMD_AUTO_FREE char *path = tmd_path_join(dir, "trustmend.lock");
	TMD_AUTO_FREE char *hint = tmd_format("have %s removed, or run as root", dir);
	TMD_AUTO_PLACE struct tmd_place place = { 0 };
	struct stat now;

	if (tmd_place_find(s->fs, dir, may_make ? TMD_PLACE_MISSING : 0, &place, err) != TMD_OK)
		return TMD_FAILED;
	if (place.exists && !is_private(&place.st))
		return tmd_fail(err, TMD_E_PERMISSION, dir, hint,
				"this belongs to user %lu and is not a private directory of user %lu",
				(unsigned long)place.st.st_uid, (unsigned long)geteuid());
	if (open_lock(s, path, 0700, err) != TMD_OK)
		return TMD_FAILED;
	if (s->fd < 0 || (fstat(s->place.dir, &now) == 0 && is_private(&now)))
		return TMD_OK;
	tmd_fd_close(&s->fd);
	return tmd_fail(err, TMD_E_PERMISSION, dir, hint,
			"somebody else made this directory at the same moment");
}

static enum tmd_rc open_at_home(struct search *s, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_user_release) struct tmd_user user = { 0 };
	TMD_AUTO_FREE char *path = NULL;

	if (tmd_user_find(s->fs, NULL, &user, err) != TMD_OK)
		return TMD_FAILED;
	path = tmd_path_join(user.home, ".cache/trustmend.lock");
	return open_lock(s, path, 0700, err);
}

/*
 * Without rights on the shared file, users at least keep out of their own way. Not by
 * XDG_RUNTIME_DIR, which a cron job does not have. The error is about the place that is
 * always there but for a squatter.
 */
static enum tmd_rc open_own_lock(struct search *s, struct tmd_error *err)
{
	unsigned long uid = (unsigned long)geteuid();
	TMD_AUTO_FREE char *run = tmd_format("/run/user/%lu", uid);
	TMD_AUTO_FREE char *tmp = tmd_format("/tmp/trustmend-%lu", uid);
	struct tmd_error ignored;

	if (open_private(s, run, false, &ignored) == TMD_OK ||
	    open_private(s, tmp, true, err) == TMD_OK || open_at_home(s, &ignored) == TMD_OK)
		return TMD_OK;
	return TMD_FAILED;
}

static enum tmd_rc find_lock(struct search *s, struct tmd_error *err)
{
	if (open_lock(s, LOCK_PATH, 0755, err) == TMD_OK)
		return TMD_OK;
	if (!tmd_fs_is_live(s->fs) || geteuid() == 0)
		return TMD_FAILED;
	if (err->kind != TMD_E_PERMISSION && err->sys != EROFS)
		return TMD_FAILED;
	return open_own_lock(s, err);
}

static void search_release(struct search *s)
{
	tmd_fd_close(&s->fd);
	tmd_place_release(&s->place);
}

enum tmd_rc tmd_lock_check(struct tmd_fs *fs, struct tmd_error *err)
{
	TMD_CLEANUP(search_release) struct search s = { .fs = fs, .fd = -1 };

	return find_lock(&s, err);
}

/* ---- taking it ---- */

/* "12: FLOCK  ADVISORY  WRITE 1234 00:1a:5678 0 EOF": whose lock on this file is it? 0: unknown. */
static unsigned long holder_in(const char *line, const struct stat *st, bool any_device)
{
	unsigned long pid;
	unsigned long inode;
	unsigned device[2];

	/* NOLINTNEXTLINE(cert-err34-c): the kernel's own numbers, which fit */
	if (sscanf(line, "%*u: FLOCK ADVISORY WRITE %lu %x:%x:%lu", &pid, &device[0], &device[1],
		   &inode) != 4 ||
	    inode != (unsigned long)st->st_ino)
		return 0;
	if (any_device || (device[0] == major(st->st_dev) && device[1] == minor(st->st_dev)))
		return pid;
	return 0;
}

/* The kernel's word, and nobody else's. Some file systems show another device to stat(). */
static unsigned long find_holder(int fd)
{
	TMD_AUTO_FD int table = open("/proc/locks", O_RDONLY | O_CLOEXEC);
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	unsigned long pid = 0;
	struct stat st;
	ssize_t got = 1;

	while (table >= 0 && got > 0) {
		char *end = tmd_buf_reserve(&text, READ_CHUNK);

		got = end ? read(table, end, READ_CHUNK) : 0;
		text.len += got > 0 ? (size_t)got : 0;
	}
	tmd_buf_add_char(&text, '\n');
	if (fstat(fd, &st) != 0)
		return 0;
	for (int any = 0; any < 2 && !pid; any++) {
		for (const char *at = tmd_buf_str(&text); *at && !pid; at += strcspn(at, "\n") + 1)
			pid = holder_in(at, &st, any);
	}
	return pid;
}

static enum tmd_rc fail_busy(int fd, const char *path, struct tmd_error *err)
{
	unsigned long pid = find_holder(fd);
	TMD_AUTO_FREE char *who = pid ? tmd_format(" (process %lu)", pid) : NULL;

	return tmd_fail(err, TMD_E_BUSY, path,
			"run again when it is done, or raise --lock-timeout",
			"another trustmend%s is at work on this machine", who ? who : "");
}

static enum tmd_rc wait_for(int fd, const char *path, int64_t deadline, struct tmd_error *err)
{
	while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno == EINTR)
			continue;
		if (errno != EWOULDBLOCK)
			return tmd_fail_sys(err, errno, path, "cannot lock");
		if (tmd_monotonic_ms() >= deadline)
			return fail_busy(fd, path, err);
		tmd_sleep_ms(POLL_MS);
	}
	return TMD_OK;
}

enum tmd_rc tmd_lock_acquire(struct tmd_fs *fs, unsigned timeout, struct tmd_lock **out,
			     struct tmd_error *err)
{
	int64_t deadline = tmd_monotonic_ms() + (int64_t)timeout * 1000;

	if (tmd_fs_gate(fs, LOCK_PATH, err) != TMD_OK)
		return TMD_FAILED;
	for (;;) {
		TMD_CLEANUP(search_release) struct search s = { .fs = fs, .make = true, .fd = -1 };

		if (find_lock(&s, err) != TMD_OK ||
		    wait_for(s.fd, s.place.path, deadline, err) != TMD_OK)
			return TMD_FAILED;
		/* Somebody may have cleaned up the file between our opening and locking it. */
		if (!tmd_fd_is_at(s.fd, s.place.dir, s.place.name))
			continue;
		*out = tmd_alloc(1, sizeof(**out));
		(*out)->fd = tmd_fd_take(&s.fd);
		return TMD_OK;
	}
}

void tmd_lock_release(struct tmd_lock *lock)
{
	if (!lock)
		return;
	tmd_fd_close(&lock->fd); /* the file stays: removing it would let two in */
	free(lock);
}
