/* Owner, mode and extended attributes, of what is open. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/unix/fs_internal.h"
#include "os/unix/sys_error.h"

#define XATTR_LIST_MAX 65536
#define XATTR_VALUE_MAX 65536

enum tmd_rc tmd_fd_change_owner(int fd, uint32_t uid, uint32_t gid, const char *path,
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

enum tmd_rc tmd_fd_change_mode(int fd, uint32_t mode, const char *path, struct tmd_error *err)
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

enum tmd_rc tmd_fd_copy_xattrs(int from, int to, const char *path, struct tmd_error *err)
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
 * Whoever may write into a directory can plant there a hard link to another's file: the owner or
 * mode of such a one is not changed through it.
 */
static bool may_be_planted(const struct stat *dir, const struct stat *st)
{
	bool others_write = dir->st_uid != 0 && dir->st_uid != geteuid();

	if (!S_ISREG(st->st_mode) || st->st_nlink < 2)
		return false;
	if (dir->st_mode & (S_IWGRP | S_IWOTH))
		return true;
	return others_write && dir->st_uid != st->st_uid;
}

enum tmd_rc tmd_place_apply_attr(const struct tmd_place *place, int fd,
				 const struct tmd_fs_attr *attr, const char *path,
				 struct tmd_error *err)
{
	struct stat dir;
	struct stat st;

	if (fstat(fd, &st) != 0 || fstat(place->dir, &dir) != 0)
		return tmd_fail_sys(err, errno, path, "cannot examine");
	if (has_attr(&st, attr))
		return TMD_OK;
	if (may_be_planted(&dir, &st))
		return tmd_fail(err, TMD_E_REFUSED, path, "remove the hard link first",
				"another name of this file may be elsewhere, and its directory is "
				"not its owner's alone");
	if (tmd_fd_change_owner(fd, attr->uid, attr->gid, path, err) != TMD_OK)
		return TMD_FAILED;
	return tmd_fd_change_mode(fd, attr->mode, path, err);
}
