/* The one lock: flock() on a file below the root, which the kernel drops with the process. */
#include "os/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/mem.h"
#include "os/proc.h"
#include "os/unix/fs_internal.h"

#define LOCK_PATH "/run/trustmend.lock"
#define POLL_MS 50

struct tmd_lock {
	int fd;
};

/* A lock file at a place where others may write could be anything: a link, a pipe. */
static enum tmd_rc open_at(const struct tmd_place *place, const char *path, int *fd,
			   struct tmd_error *err)
{
	const int flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	TMD_AUTO_FD int opened = openat(place->dir, place->name, flags, 0600);
	struct stat st;

	if (opened < 0 && errno == ELOOP)
		return tmd_fail(err, TMD_E_REFUSED, path, "remove it",
				"the lock file is a symbolic link");
	if (opened < 0 || fstat(opened, &st) != 0)
		return tmd_fail_sys(err, errno, path, "cannot open the lock file");
	if (!S_ISREG(st.st_mode))
		return tmd_fail(err, TMD_E_REFUSED, path, "remove it",
				"the lock file is not a regular file");
	if (geteuid() != 0 && st.st_uid != geteuid())
		return tmd_fail(err, TMD_E_PERMISSION, path, "have it removed, or run as root",
				"the lock file belongs to another user");
	*fd = tmd_fd_take(&opened);
	return TMD_OK;
}

static enum tmd_rc open_lock(struct tmd_fs *fs, const char *path, struct tmd_place *place, int *fd,
			     struct tmd_error *err)
{
	static const struct tmd_fs_attr attr = { TMD_KEEP, TMD_KEEP, TMD_KEEP, 0755 };
	const unsigned flags = TMD_PLACE_MISSING | TMD_PLACE_WRITE;

	if (tmd_place_find(fs, path, flags, place, err) != TMD_OK ||
	    tmd_place_make_parents(place, &attr, NULL, err) != TMD_OK)
		return TMD_FAILED;
	return open_at(place, path, fd, err);
}

/* Without rights on the shared file, users at least keep out of their own way. */
static enum tmd_rc open_any_lock(struct tmd_fs *fs, struct tmd_place *place, int *fd,
				 struct tmd_error *err)
{
	TMD_AUTO_FREE char *own = NULL;

	if (open_lock(fs, LOCK_PATH, place, fd, err) == TMD_OK)
		return TMD_OK;
	if (!tmd_fs_is_live(fs) || geteuid() == 0)
		return TMD_FAILED;
	if (err->kind != TMD_E_PERMISSION && err->sys != EROFS)
		return TMD_FAILED;
	tmd_place_release(place);
	own = tmd_format("/tmp/trustmend-%lu.lock", (unsigned long)geteuid());
	return open_lock(fs, own, place, fd, err);
}

/* Somebody may have cleaned up the file between our opening and locking it. */
static bool still_there(const struct tmd_place *place, int fd)
{
	struct stat there;
	struct stat mine;

	return fstatat(place->dir, place->name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	       fstat(fd, &mine) == 0 && there.st_dev == mine.st_dev && there.st_ino == mine.st_ino;
}

static enum tmd_rc wait_for(int fd, const char *path, int64_t deadline, struct tmd_error *err)
{
	while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno == EINTR)
			continue;
		if (errno != EWOULDBLOCK)
			return tmd_fail_sys(err, errno, path, "cannot lock");
		if (tmd_monotonic_ms() >= deadline)
			return tmd_fail(err, TMD_E_BUSY, path,
					"run again when it is done, or raise --lock-timeout",
					"another trustmend is at work on this machine");
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
		TMD_AUTO_PLACE struct tmd_place place = { 0 };
		TMD_AUTO_FD int fd = -1;

		if (open_any_lock(fs, &place, &fd, err) != TMD_OK ||
		    wait_for(fd, place.path, deadline, err) != TMD_OK)
			return TMD_FAILED;
		if (!still_there(&place, fd))
			continue;
		*out = tmd_alloc(1, sizeof(**out));
		(*out)->fd = tmd_fd_take(&fd);
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
