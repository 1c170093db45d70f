/*
 * The atomic replace. Everything goes through directories held open and files that were judged
 * once, so that what was checked is what is written, even below a directory that another user
 * owns.
 */
#include "os/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/unix/fs_internal.h"
#include "os/unix/sys_error.h"

#define PERMISSIONS 0777u /* no set-id bit survives new content */

static const struct tmd_fs_attr keep_all = { TMD_KEEP, TMD_KEEP, TMD_KEEP, 0 };

struct replace {
	struct tmd_fs *fs;
	const char *path; /* as asked, for messages */
	const void *data;
	size_t len;
	const struct tmd_fs_attr *attr;
	struct tmd_place place;
	char *temp;	      /* name of the temporary file in place.dir, NULL: none yet */
	int old;	      /* the file as it is, -1 when there is none */
	struct stat before;   /* of `old` */
	struct tmd_made made; /* parents that this replace made */
};

/* ---- small steps ---- */

enum tmd_rc tmd_sync_directory(int dir, const char *path, struct tmd_error *err)
{
	TMD_AUTO_FD int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 && errno == EACCES)
		return TMD_OK; /* one may write into it but not open it: nothing to be done */
	if (fd < 0)
		return tmd_fail_sys(err, errno, path, "cannot open the directory");
	/* EINVAL, ENOSYS: file systems that have no such thing. */
	if (fsync(fd) != 0 && errno != EINVAL && errno != ENOSYS)
		return tmd_fail_sys(err, errno, path, "cannot sync the directory");
	return TMD_OK;
}

enum tmd_rc tmd_fd_write(int fd, const char *data, size_t len, const char *path,
			 struct tmd_error *err)
{
	while (len) {
		ssize_t put = write(fd, data, len);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return tmd_fail_sys(err, errno, path, "cannot write");
		if (put == 0)
			return tmd_fail_sys(err, ENOSPC, path, "cannot write");
		data += put;
		len -= (size_t)put;
	}
	return TMD_OK;
}

/* Does the file hold exactly these bytes? A failed read counts as no. */
static bool holds(int fd, const char *data, size_t len)
{
	char chunk[16384];
	size_t at = 0;

	for (;;) {
		ssize_t got = pread(fd, chunk, sizeof(chunk), (off_t)at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 || (size_t)got > len - at)
			return false;
		if (got == 0)
			return at == len;
		if (memcmp(chunk, data + at, (size_t)got) != 0)
			return false;
		at += (size_t)got;
	}
}

/* ---- replace ---- */

static enum tmd_rc open_old(struct replace *r, struct tmd_error *err)
{
	r->old = -1;
	if (!r->place.exists)
		return TMD_OK;
	if (tmd_place_open(&r->place, r->path, &r->old, &r->before, err) != TMD_OK)
		return TMD_FAILED;
	r->place.st = r->before;
	return TMD_OK;
}

/* The old file's attributes, or those of a new one, unless the caller wants others. */
static struct tmd_fs_attr wanted_attr(const struct replace *r)
{
	struct tmd_fs_attr wanted = *r->attr;

	if (wanted.mode == TMD_KEEP)
		wanted.mode = r->old < 0 ? 0644 : r->before.st_mode;
	wanted.mode &= PERMISSIONS;
	if (r->old >= 0 && wanted.uid == TMD_KEEP)
		wanted.uid = r->before.st_uid;
	if (r->old >= 0 && wanted.gid == TMD_KEEP)
		wanted.gid = r->before.st_gid;
	return wanted;
}

/*
 * The mode comes last: a change of owner clears set-id bits, and a mode that is asked for
 * wins over the mask of an ACL that was carried over.
 */
static enum tmd_rc dress_temp(const struct replace *r, int fd, struct tmd_error *err)
{
	struct tmd_fs_attr wanted = wanted_attr(r);

	if (tmd_fd_change_owner(fd, wanted.uid, wanted.gid, r->path, err) != TMD_OK)
		return TMD_FAILED;
	if (r->old >= 0 && tmd_fd_copy_xattrs(r->old, fd, r->path, err) != TMD_OK)
		return TMD_FAILED;
	return tmd_fd_change_mode(fd, wanted.mode, r->path, err);
}

static enum tmd_rc fill_temp(const struct replace *r, int fd, struct tmd_error *err)
{
	if (tmd_fd_write(fd, r->data, r->len, r->path, err) != TMD_OK ||
	    dress_temp(r, fd, err) != TMD_OK)
		return TMD_FAILED;
	if (fsync(fd) != 0 && errno != EINVAL && errno != ENOSYS)
		return tmd_fail_sys(err, errno, r->path, "cannot write to the disk");
	if (!holds(fd, r->data, r->len))
		return tmd_fail(err, TMD_E_IO, r->path, "check the disk",
				"what was written reads back differently");
	return TMD_OK;
}

/* Is the file that is going to be replaced still the one, and still holds what it held? */
static bool is_unchanged(const struct replace *r)
{
	struct stat now;

	if (r->old < 0)
		return true; /* the new name is made only where it is free */
	return tmd_fd_is_at(r->old, r->place.dir, r->place.name) && fstat(r->old, &now) == 0 &&
	       tmd_stat_same(&now, &r->before);
}

/* 0, or an errno value. */
static int rename_over(const struct tmd_place *place, const char *temp)
{
	return renameat(place->dir, temp, place->dir, place->name) == 0 ? 0 : errno;
}

/* Whoever may write here can play with names: look before the rename and after it. */
static enum tmd_rc publish(const struct replace *r, int fd, struct tmd_error *err)
{
	const struct tmd_place *place = &r->place;
	int failed;

	if (!tmd_fd_is_at(fd, place->dir, r->temp))
		return tmd_fail_raced(r->path, "removed the temporary file", err);
	if (!is_unchanged(r))
		return tmd_fail_raced(r->path, "changed the file", err);
	failed = r->old < 0 ? tmd_rename_new(place->dir, r->temp, place->name)
			    : rename_over(place, r->temp);
	if (failed == ENOENT || failed == ESTALE)
		return tmd_fail_raced(r->path, "removed the temporary file", err);
	if (failed == EISDIR)
		return tmd_fail_raced(r->path, "made a directory of that name", err);
	if (failed == EEXIST)
		return tmd_fail_raced(r->path, "made something of that name", err);
	if (failed)
		return tmd_fail_sys(err, failed, r->path, "cannot replace the file");
	if (!tmd_fd_is_at(fd, place->dir, place->name))
		return tmd_fail_raced(r->path, "replaced the file", err);
	return tmd_sync_directory(place->dir, r->path, err);
}

static enum tmd_rc write_new(struct replace *r, struct tmd_error *err)
{
	TMD_AUTO_FD int fd = -1;
	enum tmd_rc rc;

	if (tmd_place_make_parents(&r->place, r->attr, &r->made, err) != TMD_OK ||
	    tmd_temp_make(&r->place, r->path, &r->temp, &fd, err) != TMD_OK)
		return TMD_FAILED;
	rc = fill_temp(r, fd, err);
	if (rc == TMD_OK)
		rc = publish(r, fd, err);
	if (rc != TMD_OK)
		tmd_fd_unlink(fd, r->place.dir, r->temp, false); /* gone after the rename */
	else
		tmd_place_renew(r->fs, &r->place, r->path, true, fd);
	return rc;
}

/* The bytes are right already. */
static enum tmd_rc keep_content(const struct replace *r, struct tmd_error *err)
{
	if (tmd_place_apply_attr(&r->place, r->old, r->attr, r->path, err) != TMD_OK)
		return TMD_FAILED;
	tmd_place_renew(r->fs, &r->place, r->path, true, r->old);
	return TMD_OK;
}

static enum tmd_rc replace(struct replace *r, struct tmd_error *err)
{
	enum tmd_rc rc;

	if (open_old(r, err) != TMD_OK ||
	    tmd_place_check_seen(&r->place, r->path, true, err) != TMD_OK)
		return TMD_FAILED;
	tmd_temp_clean(&r->place);
	if (r->old >= 0 && (uint64_t)r->before.st_size == r->len && holds(r->old, r->data, r->len))
		return keep_content(r, err);
	if (r->old >= 0 && tmd_place_check_mount(&r->place, r->path, err) != TMD_OK)
		return TMD_FAILED;
	rc = write_new(r, err);
	if (rc != TMD_OK)
		tmd_made_undo(&r->made);
	return rc;
}

enum tmd_rc tmd_fs_replace(struct tmd_fs *fs, const char *path, const void *data, size_t len,
			   const struct tmd_fs_attr *attr, struct tmd_error *err)
{
	const unsigned flags = TMD_PLACE_FOLLOW | TMD_PLACE_MISSING | TMD_PLACE_WRITE;
	struct replace r = {
		.fs = fs,
		.path = path,
		.data = data,
		.len = len,
		.attr = attr ? attr : &keep_all,
		.old = -1,
	};
	enum tmd_rc rc;

	if (tmd_fs_gate(fs, path, err) != TMD_OK ||
	    tmd_place_find(fs, path, flags, &r.place, err) != TMD_OK)
		return TMD_FAILED;
	rc = replace(&r, err);
	tmd_fd_close(&r.old);
	free(r.temp);
	tmd_made_release(&r.made);
	tmd_place_release(&r.place);
	return rc;
}
