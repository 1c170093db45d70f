/*
 * The one place that changes the managed tree: the atomic replace, and its neighbours.
 * Everything goes through directories held open, so that what was checked is what is
 * written, even below a directory that another user owns.
 */
#include "os/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "os/unix/fs_internal.h"
#include "os/unix/sys_error.h"

#define XATTR_LIST_MAX 65536
#define XATTR_VALUE_MAX 65536

#define NO_REPLACE 1 /* RENAME_NOREPLACE, which old headers lack */

static const struct tmd_fs_attr keep_all = { TMD_KEEP, TMD_KEEP, TMD_KEEP, 0 };

struct replace {
	const char *path; /* as asked, for messages */
	const void *data;
	size_t len;
	const struct tmd_fs_attr *attr;
	struct tmd_place place;
	char *temp;	      /* name of the temporary file in place.dir, NULL: none yet */
	int old;	      /* the file as it is, -1 when there is none */
	struct stat before;   /* of `old` */
	struct tmd_strv made; /* parents that this replace made */
};

/* ---- small steps ---- */

/* A new name in a directory survives a crash only after this. */
static enum tmd_rc sync_directory(int dir, const char *path, struct tmd_error *err)
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

static enum tmd_rc write_all(int fd, const char *data, size_t len, const char *path,
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

/* ---- owner, mode, extended attributes ---- */

static enum tmd_rc change_owner(int fd, uint32_t uid, uint32_t gid, const char *path,
				struct tmd_error *err)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return tmd_fail_sys(err, errno, path, "cannot examine");
	if ((uid == TMD_KEEP || uid == st.st_uid) && (gid == TMD_KEEP || gid == st.st_gid))
		return TMD_OK;
	/* TMD_KEEP is (uid_t)-1, which fchown() takes for the same. */
	if (fchown(fd, (uid_t)uid, (gid_t)gid) == 0)
		return TMD_OK;
	if (errno == EPERM)
		return tmd_fail(err, TMD_E_PERMISSION, path, "run as root",
				"cannot give the file to owner %ld and group %ld",
				(long)(uid == TMD_KEEP ? st.st_uid : uid),
				(long)(gid == TMD_KEEP ? st.st_gid : gid));
	return tmd_fail_sys(err, errno, path, "cannot set the owner");
}

static enum tmd_rc change_mode(int fd, uint32_t mode, const char *path, struct tmd_error *err)
{
	struct stat st;

	if (mode == TMD_KEEP)
		return TMD_OK;
	if (fstat(fd, &st) != 0)
		return tmd_fail_sys(err, errno, path, "cannot examine");
	if ((st.st_mode & 07777) == (mode & 07777) || fchmod(fd, (mode_t)(mode & 07777)) == 0)
		return TMD_OK;
	return tmd_fail_sys(err, errno, path, "cannot set the mode");
}

/*
 * What belongs to the file and not to its content: signatures (security.ima) and file
 * capabilities would be wrong for new bytes.
 */
static bool is_carried(const char *name)
{
	static const char *const names[] = { "security.selinux", "security.SMACK64",
					     "system.posix_acl_access", "system.nfs4_acl" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (strcmp(name, names[i]) == 0)
			return true;
	}
	return tmd_str_starts(name, "user.");
}

static enum tmd_rc copy_xattr(int from, int to, const char *name, const char *path,
			      struct tmd_error *err)
{
	TMD_AUTO_FREE char *value = tmd_alloc(XATTR_VALUE_MAX, 2);
	char *present = value + XATTR_VALUE_MAX;
	TMD_AUTO_FREE char *what = NULL;
	ssize_t len = fgetxattr(from, name, value, XATTR_VALUE_MAX);
	ssize_t now = fgetxattr(to, name, present, XATTR_VALUE_MAX);

	if (len < 0)
		return TMD_OK; /* gone meanwhile, or listed but not for us to read */
	if (now == len && memcmp(value, present, (size_t)len) == 0)
		return TMD_OK;
	if (fsetxattr(to, name, value, (size_t)len, 0) == 0 || errno == ENOTSUP)
		return TMD_OK;
	what = tmd_format("cannot carry over the extended attribute %s", name);
	return tmd_fail_sys(err, errno, path, what);
}

static enum tmd_rc copy_xattrs(int from, int to, const char *path, struct tmd_error *err)
{
	TMD_AUTO_FREE char *names = tmd_alloc(XATTR_LIST_MAX, 1);
	ssize_t len = flistxattr(from, names, XATTR_LIST_MAX);
	bool has_acl = false;

	if (len < 0 && (errno == ENOTSUP || errno == ENOSYS))
		return TMD_OK;
	if (len < 0)
		return tmd_fail_sys(err, errno, path, "cannot list the extended attributes");
	for (const char *name = names; name < names + len; name += strlen(name) + 1) {
		has_acl = has_acl || strcmp(name, "system.posix_acl_access") == 0;
		if (is_carried(name) && copy_xattr(from, to, name, path, err) != TMD_OK)
			return TMD_FAILED;
	}
	/* The directory's default ACL gives one to new files; the old file had none. */
	if (!has_acl)
		(void)fremovexattr(to, "system.posix_acl_access");
	return TMD_OK;
}

static bool has_attr(const struct stat *st, const struct tmd_fs_attr *attr)
{
	return (attr->mode == TMD_KEEP || (attr->mode & 07777) == (st->st_mode & 07777)) &&
	       (attr->uid == TMD_KEEP || attr->uid == st->st_uid) &&
	       (attr->gid == TMD_KEEP || attr->gid == st->st_gid);
}

/*
 * Sets mode and owner of an existing file in place. A user can plant a hard link to another's
 * file in a directory of his own: root does not change the owner or mode of such a one.
 */
static enum tmd_rc apply_attr(const struct tmd_place *place, int fd, const struct tmd_fs_attr *attr,
			      const char *path, struct tmd_error *err)
{
	struct stat dir;
	struct stat st;

	if (fstat(fd, &st) != 0 || fstat(place->dir, &dir) != 0)
		return tmd_fail_sys(err, errno, path, "cannot examine");
	if (has_attr(&st, attr))
		return TMD_OK;
	if (geteuid() == 0 && S_ISREG(st.st_mode) && st.st_nlink > 1 && dir.st_uid != 0 &&
	    dir.st_uid != st.st_uid)
		return tmd_fail(err, TMD_E_REFUSED, path, "remove the hard link first",
				"another name of this file may be elsewhere, and its owner is not "
				"the directory's");
	if (change_owner(fd, attr->uid, attr->gid, path, err) != TMD_OK)
		return TMD_FAILED;
	return change_mode(fd, attr->mode, path, err);
}

/* ---- missing parents ---- */

/* Where the first missing parent begins in the place's path. */
static size_t first_missing(const struct tmd_place *place)
{
	size_t at = (size_t)(place->name - place->path);

	for (size_t i = 0; i < place->missing; i++) {
		at--;
		while (place->path[at - 1] != '/')
			at--;
	}
	return at;
}

/* The caller's umask is not to matter. One thread, so this is safe. */
static int make_directory(int dir, const char *name)
{
	mode_t saved = umask(0);
	int failed = mkdirat(dir, name, 0700) == 0 ? 0 : errno;

	umask(saved);
	return failed;
}

static enum tmd_rc dress_directory(int fd, const struct tmd_fs_attr *attr, const char *path,
				   struct tmd_error *err)
{
	uint32_t mode = attr->dir_mode ? attr->dir_mode : 0755;
	struct stat st;

	if (fstat(fd, &st) != 0)
		return tmd_fail_sys(err, errno, path, "cannot examine the new directory");
	if (st.st_uid != geteuid() && attr->uid != TMD_KEEP && attr->uid != st.st_uid)
		return tmd_fail(err, TMD_E_CONFLICT, path,
				"run again when nobody changes it, or make the directory yourself",
				"the directory that was just made belongs to user %lu",
				(unsigned long)st.st_uid);
	if (change_owner(fd, attr->uid, attr->gid, path, err) != TMD_OK)
		return TMD_FAILED;
	/* A shared tree's set-group-id bit comes with the parent and is to stay. */
	return change_mode(fd, mode | (st.st_mode & S_ISGID), path, err);
}

/* Makes and enters one directory; one that somebody else just made is as good. */
static enum tmd_rc make_parent(struct tmd_place *place, const char *whole,
			       const struct tmd_fs_attr *attr, struct tmd_strv *made,
			       struct tmd_error *err)
{
	const char *name = tmd_path_base(whole);
	int failed = make_directory(place->dir, name);
	TMD_AUTO_FD int fd = -1;

	if (failed && failed != EEXIST)
		return tmd_fail_sys(err, failed, whole, "cannot make the directory");
	if (!failed && made)
		tmd_strv_add(made, whole);
	fd = openat(place->dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return tmd_fail_sys(err, errno, whole, "cannot open the directory");
	if (!failed && (dress_directory(fd, attr, whole, err) != TMD_OK ||
			sync_directory(place->dir, whole, err) != TMD_OK))
		return TMD_FAILED;
	if (place->dir != place->fs->fd)
		tmd_fd_close(&place->dir);
	place->dir = tmd_fd_take(&fd);
	place->missing--;
	return TMD_OK;
}

enum tmd_rc tmd_place_make_parents(struct tmd_place *place, const struct tmd_fs_attr *attr,
				   struct tmd_strv *made, struct tmd_error *err)
{
	size_t at = first_missing(place);

	while (place->missing) {
		TMD_AUTO_FREE char *whole = NULL;

		at += strcspn(place->path + at, "/");
		whole = tmd_strndup(place->path, at++);
		if (make_parent(place, whole, attr, made, err) != TMD_OK)
			return TMD_FAILED;
	}
	return TMD_OK;
}

static void remove_made(const struct tmd_fs *fs, const struct tmd_strv *made)
{
	struct tmd_error ignored;

	for (size_t i = made->count; i > 0; i--) {
		TMD_AUTO_PLACE struct tmd_place place = { 0 };

		if (tmd_place_find(fs, made->items[i - 1], 0, &place, &ignored) == TMD_OK)
			(void)unlinkat(place.dir, place.name, AT_REMOVEDIR);
	}
}

/* ---- replace ---- */

static enum tmd_rc open_old(struct replace *r, struct tmd_error *err)
{
	r->old = -1;
	if (!r->place.exists)
		return TMD_OK;
	return tmd_place_open(&r->place, r->path, &r->old, &r->before, err);
}

/* The old file's attributes, or those of a new one, unless the caller wants others. */
static struct tmd_fs_attr wanted_attr(const struct replace *r)
{
	struct tmd_fs_attr wanted = *r->attr;

	if (wanted.mode == TMD_KEEP)
		wanted.mode = r->old < 0 ? 0644 : r->before.st_mode & 07777;
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

	if (change_owner(fd, wanted.uid, wanted.gid, r->path, err) != TMD_OK)
		return TMD_FAILED;
	if (r->old >= 0 && copy_xattrs(r->old, fd, r->path, err) != TMD_OK)
		return TMD_FAILED;
	return change_mode(fd, wanted.mode, r->path, err);
}

static enum tmd_rc fill_temp(const struct replace *r, int fd, struct tmd_error *err)
{
	if (write_all(fd, r->data, r->len, r->path, err) != TMD_OK ||
	    dress_temp(r, fd, err) != TMD_OK)
		return TMD_FAILED;
	if (fsync(fd) != 0 && errno != EINVAL && errno != ENOSYS)
		return tmd_fail_sys(err, errno, r->path, "cannot write to the disk");
	if (!holds(fd, r->data, r->len))
		return tmd_fail(err, TMD_E_IO, r->path, "check the disk",
				"what was written reads back differently");
	return TMD_OK;
}

static enum tmd_rc fail_raced(const struct replace *r, const char *what, struct tmd_error *err)
{
	return tmd_fail(err, TMD_E_CONFLICT, r->path, "run again when nobody changes it",
			"somebody else %s at the same moment", what);
}

/* Whoever may write here can play with names: look before the rename and after it. */
static enum tmd_rc publish(const struct replace *r, int fd, struct tmd_error *err)
{
	const struct tmd_place *place = &r->place;

	if (!tmd_fd_is_at(fd, place->dir, r->temp))
		return fail_raced(r, "removed the temporary file", err);
	if (renameat(place->dir, r->temp, place->dir, place->name) != 0) {
		if (errno == ENOENT || errno == ESTALE)
			return fail_raced(r, "removed the temporary file", err);
		if (errno == EISDIR)
			return fail_raced(r, "made a directory of that name", err);
		return tmd_fail_sys(err, errno, r->path, "cannot replace the file");
	}
	if (!tmd_fd_is_at(fd, place->dir, place->name))
		return fail_raced(r, "replaced the file", err);
	return sync_directory(place->dir, r->path, err);
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
		(void)unlinkat(r->place.dir, r->temp, 0); /* gone already after the rename */
	return rc;
}

static enum tmd_rc replace(struct replace *r, struct tmd_error *err)
{
	enum tmd_rc rc;

	if (open_old(r, err) != TMD_OK)
		return TMD_FAILED;
	tmd_temp_clean(&r->place);
	if (r->old >= 0 && (uint64_t)r->before.st_size == r->len && holds(r->old, r->data, r->len))
		return apply_attr(&r->place, r->old, r->attr, r->path, err);
	if (r->old >= 0 && tmd_place_check_mount(&r->place, r->path, err) != TMD_OK)
		return TMD_FAILED;
	rc = write_new(r, err);
	if (rc != TMD_OK)
		remove_made(r->place.fs, &r->made);
	return rc;
}

enum tmd_rc tmd_fs_replace(struct tmd_fs *fs, const char *path, const void *data, size_t len,
			   const struct tmd_fs_attr *attr, struct tmd_error *err)
{
	const unsigned flags = TMD_PLACE_FOLLOW | TMD_PLACE_MISSING | TMD_PLACE_WRITE;
	struct replace r = {
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
	tmd_strv_release(&r.made);
	tmd_place_release(&r.place);
	return rc;
}

/* ---- remove, rename, attributes ---- */

enum tmd_rc tmd_fs_remove(struct tmd_fs *fs, const char *path, struct tmd_error *err)
{
	TMD_AUTO_PLACE struct tmd_place place = { 0 };

	if (tmd_fs_gate(fs, path, err) != TMD_OK ||
	    tmd_place_find(fs, path, TMD_PLACE_MISSING | TMD_PLACE_WRITE, &place, err) != TMD_OK)
		return TMD_FAILED;
	if (place.exists && !S_ISLNK(place.st.st_mode) &&
	    tmd_stat_check_regular(&place.st, path, err) != TMD_OK)
		return TMD_FAILED;
	tmd_temp_clean(&place);
	if (!place.exists)
		return TMD_OK;
	if (unlinkat(place.dir, place.name, 0) != 0 && errno != ENOENT)
		return tmd_fail_sys(err, errno, path, "cannot remove");
	return sync_directory(place.dir, path, err);
}

static bool same_directory(const struct tmd_place *a, const struct tmd_place *b)
{
	size_t len = (size_t)(a->name - a->path);

	return !a->missing && !b->missing && len == (size_t)(b->name - b->path) &&
	       memcmp(a->path, b->path, len) == 0;
}

/* 0, or an errno value; EEXIST when the new name is taken. */
static int rename_no_replace(int dir, const char *from, const char *to)
{
	if (syscall(SYS_renameat2, dir, from, dir, to, NO_REPLACE) == 0)
		return 0;
	if (errno != ENOSYS && errno != EINVAL)
		return errno;
	/* An old kernel or a file system without it: a link cannot overwrite either. */
	if (linkat(dir, from, dir, to, 0) != 0 || unlinkat(dir, from, 0) != 0)
		return errno;
	return 0;
}

enum tmd_rc tmd_fs_rename(struct tmd_fs *fs, const char *from, const char *to,
			  struct tmd_error *err)
{
	TMD_AUTO_PLACE struct tmd_place old = { 0 };
	TMD_AUTO_PLACE struct tmd_place new = { 0 };
	int failed;

	if (tmd_fs_gate(fs, from, err) != TMD_OK ||
	    tmd_place_find(fs, from, TMD_PLACE_WRITE, &old, err) != TMD_OK ||
	    tmd_place_find(fs, to, TMD_PLACE_WRITE | TMD_PLACE_MISSING, &new, err) != TMD_OK)
		return TMD_FAILED;
	if (!S_ISLNK(old.st.st_mode) && tmd_stat_check_regular(&old.st, from, err) != TMD_OK)
		return TMD_FAILED;
	if (!same_directory(&old, &new))
		return tmd_fail(err, TMD_E_INVALID_INPUT, to, NULL,
				"cannot rename %s into another directory", from);
	failed = rename_no_replace(old.dir, old.name, new.name);
	if (failed == EEXIST)
		return tmd_fail(err, TMD_E_CONFLICT, to, "move one of the two away",
				"cannot rename %s: the new name is taken", from);
	if (failed)
		return tmd_fail_sys(err, failed, from, "cannot rename");
	return sync_directory(old.dir, from, err);
}

enum tmd_rc tmd_fs_set_attr(struct tmd_fs *fs, const char *path, const struct tmd_fs_attr *attr,
			    struct tmd_error *err)
{
	TMD_AUTO_PLACE struct tmd_place place = { 0 };
	TMD_AUTO_FD int fd = -1;

	if (tmd_fs_gate(fs, path, err) != TMD_OK ||
	    tmd_place_find(fs, path, TMD_PLACE_FOLLOW | TMD_PLACE_WRITE, &place, err) != TMD_OK)
		return TMD_FAILED;
	if (!S_ISDIR(place.st.st_mode) && tmd_stat_check_regular(&place.st, path, err) != TMD_OK)
		return TMD_FAILED;
	fd = openat(place.dir, place.name,
		    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return tmd_fail_sys(err, errno, path, "cannot open");
	return apply_attr(&place, fd, attr, path, err);
}
