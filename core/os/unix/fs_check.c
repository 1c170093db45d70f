/* Would a change be permitted? Asked by plan, so nothing here writes. */
#include "os/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/unix/fs_internal.h"
#include "os/unix/sys_error.h"

/* From linux/fs.h, which a bare C library does not bring along. */
#define GET_FLAGS _IOR('f', 1, long)
#define FLAG_IMMUTABLE 0x10
#define FLAG_APPEND 0x20

static enum tmd_rc check_flags(int fd, const char *path, const char *what, struct tmd_error *err)
{
	int flags[2] = { 0, 0 }; /* an int by use, a long by name */

	/* Not ioctl(): the C libraries do not agree on the type of its second argument. */
	if (fd < 0 || syscall(SYS_ioctl, fd, GET_FLAGS, flags) != 0)
		return TMD_OK; /* no such flags on this file system, or not ours to see */
	if (!(flags[0] & (FLAG_IMMUTABLE | FLAG_APPEND)))
		return TMD_OK;
	return tmd_fail(err, TMD_E_PERMISSION, path, "take the flag away with chattr first",
			"the %s is %s", what,
			flags[0] & FLAG_IMMUTABLE ? "immutable" : "append-only");
}

/* The mount that a descriptor lies on; false where the kernel does not tell. */
static bool mount_id(int fd, char *id, size_t size)
{
	char text[1024];
	TMD_AUTO_FREE char *path = tmd_format("/proc/self/fdinfo/%d", fd);
	TMD_AUTO_FD int info = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len = info < 0 ? -1 : read(info, text, sizeof(text) - 1);
	const char *line;
	size_t digits;

	if (len < 0)
		return false;
	text[len] = '\0';
	line = strstr(text, "mnt_id:");
	if (!line)
		return false;
	line += strlen("mnt_id:");
	line += strspn(line, " \t");
	digits = strspn(line, "0123456789");
	if (!digits || digits >= size)
		return false;
	memcpy(id, line, digits);
	id[digits] = '\0';
	return true;
}

enum tmd_rc tmd_place_check_mount(const struct tmd_place *place, const char *path,
				  struct tmd_error *err)
{
	char of_file[32];
	char of_dir[32];

	if (!mount_id(place->fd, of_file, sizeof(of_file)) ||
	    !mount_id(place->dir, of_dir, sizeof(of_dir)) || strcmp(of_file, of_dir) == 0)
		return TMD_OK;
	return tmd_fail_sys(err, EBUSY, path, "cannot replace the file");
}

enum tmd_rc tmd_place_check_directory(const struct tmd_place *place, const char *path,
				      struct tmd_error *err)
{
	TMD_AUTO_FD int fd = openat(place->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	/* The flags first: they forbid access too, but without saying why. */
	if (check_flags(fd, path, "directory", err) != TMD_OK)
		return TMD_FAILED;
	if (faccessat(place->dir, ".", W_OK | X_OK, AT_EACCESS) != 0)
		return tmd_fail_sys(err, errno, path, "cannot write into the directory");
	return TMD_OK;
}

/* In a directory such as /tmp only the owners may replace a file. */
static enum tmd_rc check_sticky(const struct tmd_place *place, const char *path,
				struct tmd_error *err)
{
	uid_t me = geteuid();
	struct stat dir;

	if (me == 0 || me == place->st.st_uid)
		return TMD_OK;
	if (fstat(place->dir, &dir) != 0)
		return tmd_fail_sys(err, errno, path, "cannot examine the directory");
	if (!(dir.st_mode & S_ISVTX) || dir.st_uid == me)
		return TMD_OK;
	return tmd_fail_sys(err, EPERM, path, "cannot replace another user's file here");
}

static enum tmd_rc check_existing(const struct tmd_place *place, const char *path,
				  struct tmd_error *err)
{
	TMD_AUTO_FD int fd = -1;

	if (check_sticky(place, path, err) != TMD_OK)
		return TMD_FAILED;
	if (S_ISREG(place->st.st_mode))
		fd = tmd_place_reopen(place, O_RDONLY);
	if (check_flags(fd, path, "file", err) != TMD_OK)
		return TMD_FAILED;
	return tmd_place_check_mount(place, path, err);
}

static bool is_my_group(gid_t gid)
{
	int count = getgroups(0, NULL);
	TMD_AUTO_FREE gid_t *groups = tmd_alloc((size_t)(count > 0 ? count : 1), sizeof(*groups));

	count = getgroups(count > 0 ? count : 1, groups);
	for (int i = 0; i < count; i++) {
		if (groups[i] == gid)
			return true;
	}
	return gid == getegid();
}

/* Does a new file in this directory get that group by itself? */
static bool is_inherited_group(const struct tmd_place *place, gid_t gid)
{
	struct stat dir;

	return fstat(place->dir, &dir) == 0 && (dir.st_mode & S_ISGID) && dir.st_gid == gid;
}

/*
 * The new file is to be like the old one: it has to be read, and to be given to the same
 * owner and group, which all but root can do with their own only.
 */
static enum tmd_rc check_likeness(const struct tmd_place *place, const char *path,
				  struct tmd_error *err)
{
	const struct stat *st = &place->st;
	TMD_AUTO_FD int fd = tmd_place_reopen(place, O_RDONLY);

	if (fd < 0)
		return tmd_fail_reopen(err, errno, path, "cannot read the file");
	if (geteuid() == 0)
		return TMD_OK;
	if (st->st_uid == geteuid() &&
	    (is_my_group(st->st_gid) || is_inherited_group(place, st->st_gid)))
		return TMD_OK;
	return tmd_fail(err, TMD_E_PERMISSION, path, "run as root, or as the owner of the file",
			"the file could not be kept with owner %lu and group %lu",
			(unsigned long)st->st_uid, (unsigned long)st->st_gid);
}

enum tmd_rc tmd_place_check_replace(const struct tmd_place *place, const char *path,
				    struct tmd_error *err)
{
	if (!place->exists)
		return TMD_OK;
	if (check_existing(place, path, err) != TMD_OK)
		return TMD_FAILED;
	return check_likeness(place, path, err);
}

enum tmd_rc tmd_place_check_remove(const struct tmd_place *place, const char *path,
				   struct tmd_error *err)
{
	return check_existing(place, path, err);
}

/* For all but root: a file keeps its owner, and goes to groups of the caller only. */
static enum tmd_rc check_user_attr(const struct tmd_place *place, const char *path,
				   const struct tmd_fs_attr *attr, struct tmd_error *err)
{
	const struct stat *st = &place->st;
	uint32_t owner = place->exists ? st->st_uid : geteuid();
	bool same_group = attr->gid == TMD_KEEP || (place->exists && attr->gid == st->st_gid);
	bool same_mode = attr->mode == TMD_KEEP || !place->exists ||
			 (attr->mode & 07777) == (st->st_mode & 07777);

	if (attr->uid != TMD_KEEP && attr->uid != owner)
		return tmd_fail(err, TMD_E_PERMISSION, path, "run as root",
				"only root can give the file to owner %lu",
				(unsigned long)attr->uid);
	if (!same_group && !is_my_group((gid_t)attr->gid) &&
	    !is_inherited_group(place, (gid_t)attr->gid))
		return tmd_fail(err, TMD_E_PERMISSION, path,
				"run as root, or as a member of the group",
				"cannot give the file to group %lu", (unsigned long)attr->gid);
	if ((same_group && same_mode) || owner == geteuid())
		return TMD_OK;
	return tmd_fail(err, TMD_E_PERMISSION, path, "run as root, or as the owner of the file",
			"cannot change group and mode of a file of owner %lu",
			(unsigned long)owner);
}

enum tmd_rc tmd_fs_check_attr(struct tmd_fs *fs, const char *path, const struct tmd_fs_attr *attr,
			      struct tmd_error *err)
{
	const unsigned flags = TMD_PLACE_FOLLOW | TMD_PLACE_MISSING | TMD_PLACE_WRITE;
	TMD_AUTO_PLACE struct tmd_place place = { 0 };

	if (tmd_place_find(fs, path, flags, &place, err) != TMD_OK)
		return TMD_FAILED;
	if (!attr || geteuid() == 0)
		return TMD_OK;
	return check_user_attr(&place, path, attr, err);
}
