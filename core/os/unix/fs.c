/* The managed tree as an object: opening it, and its descriptors. */
#include "os/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "os/unix/fs_internal.h"
#include "os/unix/sys_error.h"

void tmd_fd_close(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = saved;
}

int tmd_fd_take(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

bool tmd_fd_is_at(int fd, int dir, const char *name)
{
	struct stat there;
	struct stat mine;

	return fstatat(dir, name, &there, AT_SYMLINK_NOFOLLOW) == 0 && fstat(fd, &mine) == 0 &&
	       there.st_dev == mine.st_dev && there.st_ino == mine.st_ino;
}

void tmd_fd_unlink(int fd, int dir, const char *name, bool is_dir)
{
	if (tmd_fd_is_at(fd, dir, name))
		(void)unlinkat(dir, name, is_dir ? AT_REMOVEDIR : 0);
}

static bool is_live(const char *root)
{
	return !root || tmd_str_equal(root, "/");
}

enum tmd_rc tmd_fs_open(const char *root, struct tmd_fs **out, struct tmd_error *err)
{
	TMD_AUTO_FREE char *real = is_live(root) ? tmd_strdup("/") : realpath(root, NULL);
	struct tmd_fs *fs;
	int fd;

	if (!real)
		return tmd_fail_sys(err, errno, root, "cannot open the root directory");
	if (real[0] == '/' && real[1] == '/') /* POSIX allows this, and musl does it */
		memmove(real, real + 1, strlen(real));
	fd = open(real, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return tmd_fail_sys(err, errno, real, "cannot open the root directory");
	fs = tmd_alloc(1, sizeof(*fs));
	fs->live = is_live(real);
	fs->root = real;
	fs->fd = fd;
	real = NULL;
	*out = fs;
	return TMD_OK;
}

void tmd_fs_free(struct tmd_fs *fs)
{
	if (!fs)
		return;
	tmd_fd_close(&fs->fd);
	tmd_seen_release(&fs->seen);
	free(fs->root);
	free(fs);
}

bool tmd_fs_has_modes(void)
{
	return true;
}

char *tmd_fs_outside_path(const struct tmd_fs *fs, const char *path)
{
	return fs->live ? tmd_strdup(path) : tmd_path_join(fs->root, path);
}

void tmd_place_release(struct tmd_place *place)
{
	if (!place->fs)
		return;
	if (place->dir != place->fs->fd)
		tmd_fd_close(&place->dir);
	tmd_fd_close(&place->fd);
	free(place->path);
	free(place->culprit);
	memset(place, 0, sizeof(*place));
}
