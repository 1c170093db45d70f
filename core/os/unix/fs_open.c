/* Opening what stands below a directory that is open, without being led by a link. */
#include "os/unix/fs_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef SYS_openat2
#define OPENAT2 SYS_openat2
#else
#define OPENAT2 437 /* on every architecture; older headers lack it */
#endif
#define NO_SYMLINKS 0x04 /* of openat2(2), in the middle neither */
#define BENEATH 0x08

int tmd_fd_open_directories(int dir, const char *path)
{
	const struct {
		uint64_t flags, mode, resolve;
	} how = { .flags = TMD_FD_DIRECTORY, .resolve = NO_SYMLINKS | BENEATH };

	return (int)syscall(OPENAT2, dir, path, &how, sizeof(how));
}

int tmd_fd_open_entry(int dir, const char *name, int *fd, struct stat *st)
{
	int opened = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	int mounted;

	if (opened < 0)
		return errno;
	*fd = opened;
	if (fstat(opened, st) != 0)
		return errno;
	if (!S_ISDIR(st->st_mode))
		return 0;
	/* What is mounted on demand is there only when a directory is asked for. */
	mounted = openat(dir, name, TMD_FD_DIRECTORY);
	if (mounted < 0)
		return errno;
	tmd_fd_close(fd);
	*fd = mounted;
	return fstat(mounted, st) == 0 ? 0 : errno;
}
