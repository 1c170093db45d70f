/*
 * Removing, renaming, and attributes in place. A name is unlinked when it still means what was
 * judged. Between that look and the unlinking nobody but those who may write into the directory
 * could exchange it, and they could as well have removed it themselves.
 */
#include "os/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/unix/fs_internal.h"
#include "os/unix/sys_error.h"

#define NO_REPLACE 1 /* RENAME_NOREPLACE, which old headers lack */

enum tmd_rc tmd_place_remove(struct tmd_fs *fs, const struct tmd_place *place, const char *path,
			     struct tmd_error *err)
{
	if (!tmd_fd_is_at(place->fd, place->dir, place->name))
		return tmd_fail_raced(path, "changed it", err);
	if (unlinkat(place->dir, place->name, 0) != 0 && errno != ENOENT)
		return tmd_fail_sys(err, errno, path, "cannot remove");
	tmd_place_renew(fs, place, path, false, -1);
	return tmd_sync_directory(place->dir, path, err);
}

/* Where the kernel or the file system cannot rename to a free name only. */
static int rename_by_looking(int dir, const char *from, const char *to)
{
	struct stat st;

	/* A link cannot overwrite either; directories, and some file systems, have none. */
	if (linkat(dir, from, dir, to, 0) == 0)
		return unlinkat(dir, from, 0) == 0 ? 0 : errno;
	if (errno == EEXIST)
		return errno;
	if (fstatat(dir, to, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return EEXIST;
	return renameat(dir, from, dir, to) == 0 ? 0 : errno;
}

int tmd_rename_new(int dir, const char *from, const char *to)
{
	if (syscall(SYS_renameat2, dir, from, dir, to, NO_REPLACE) == 0)
		return 0;
	if (errno != ENOSYS && errno != EINVAL)
		return errno;
	return rename_by_looking(dir, from, to);
}

/* The one that was judged has the new name now, or everything is as it was. */
static enum tmd_rc rename_judged(const struct tmd_place *old, const struct tmd_place *new,
				 const char *from, const char *to, struct tmd_error *err)
{
	int failed = tmd_rename_new(old->dir, old->name, new->name);

	if (failed == EEXIST)
		return tmd_fail(err, TMD_E_CONFLICT, to, "move one of the two away",
				"cannot rename %s: the new name is taken", from);
	if (failed)
		return tmd_fail_sys(err, failed, from, "cannot rename");
	if (tmd_fd_is_at(old->fd, old->dir, new->name))
		return TMD_OK;
	(void)tmd_rename_new(old->dir, new->name, old->name);
	return tmd_fail_raced(from, "changed it", err);
}

enum tmd_rc tmd_place_rename(struct tmd_fs *fs, const struct tmd_place *old,
			     const struct tmd_place *new, const char *from, const char *to,
			     struct tmd_error *err)
{
	if (rename_judged(old, new, from, to, err) != TMD_OK)
		return TMD_FAILED;
	tmd_place_renew(fs, old, from, false, -1);
	tmd_place_renew(fs, new, to, false, old->fd);
	return tmd_sync_directory(old->dir, from, err);
}

enum tmd_rc tmd_place_set_attr(struct tmd_fs *fs, const struct tmd_place *place,
			       const struct tmd_fs_attr *attr, const char *path,
			       struct tmd_error *err)
{
	TMD_AUTO_FD int fd = tmd_place_reopen(place, O_RDONLY);

	if (fd < 0)
		return tmd_fail_reopen(err, errno, path, "cannot open");
	if (tmd_place_apply_attr(place, fd, attr, path, err) != TMD_OK)
		return TMD_FAILED;
	tmd_place_renew(fs, place, path, true, fd);
	return TMD_OK;
}
