/* What a sandbox has of its own: /dev, /proc, directories to write to, and a home. */
#include "os/unix/observe_internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/unix/fs_internal.h"

#define DEV_OPTIONS "mode=0755,size=1m,nr_inodes=100"
#define DIR_OPTIONS "mode=1777,size=16m,nr_inodes=4096"
#define HOME_OPTIONS "mode=0711,size=16m,nr_inodes=8192"
#define HOME_FLAGS ((unsigned long)(MS_NOSUID | MS_NODEV))
#define HOMES "/dev/trustmend.homes" /* what is written to a home */
#define PROC_FLAGS ((unsigned long)(MS_NOSUID | MS_NODEV | MS_NOEXEC))
#define CANNOT_MOUNT "cannot mount a private"

struct device {
	const char *path;
	unsigned major;
	unsigned minor;
};

static const struct device devices[] = {
	{ "/dev/null", 1, 3 },	 { "/dev/zero", 1, 5 },	   { "/dev/full", 1, 7 },
	{ "/dev/random", 1, 8 }, { "/dev/urandom", 1, 9 }, { "/dev/tty", 5, 0 },
};

/* ---- /dev ---- */

static bool is_device(int dir, const char *name, dev_t number)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISCHR(st.st_mode) &&
	       st.st_rdev == number;
}

/* In a user namespace nobody makes devices: there it is the machine's. */
static int borrow_device(const struct tmd_sandbox *box, const struct device *device)
{
	const char *name = device->path + strlen("/dev/");
	TMD_AUTO_FD int place = open(device->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (place < 0)
		return errno;
	if (!is_device(box->devices, name, makedev(device->major, device->minor)))
		return ENODEV;
	if (fchdir(box->devices) != 0 || mount(name, device->path, NULL, MS_BIND, NULL) != 0)
		return errno;
	return tmd_mount_restrict(device->path, MS_NOSUID | MS_NOEXEC);
}

static bool add_device(const struct tmd_sandbox *box, const struct device *device,
		       struct tmd_observe_failure *failure)
{
	int failed;

	if (!box->user_space &&
	    mknod(device->path, S_IFCHR | 0666, makedev(device->major, device->minor)) == 0)
		return true;
	failed = borrow_device(box, device);
	return failed ? tmd_observe_fail(failure, failed, "cannot have", device->path) : true;
}

static bool write_reporter(void)
{
	TMD_AUTO_FD int fd =
		open(TMD_OBSERVE_REPORTER, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0555);

	return fd >= 0 &&
	       write(fd, tmd_reporter, tmd_reporter_size) == (ssize_t)tmd_reporter_size;
}

static bool add_entries(struct tmd_observe_failure *failure)
{
	if (symlink("/proc/self/fd", "/dev/fd") != 0 ||
	    symlink("/proc/self/fd/0", "/dev/stdin") != 0 ||
	    symlink("/proc/self/fd/1", "/dev/stdout") != 0 ||
	    symlink("/proc/self/fd/2", "/dev/stderr") != 0 || mkdir("/dev/shm", 0755) != 0 ||
	    mkdir(HOMES, 0755) != 0 || mkfifo(TMD_REPORT_FIFO, 0600) != 0 || !write_reporter())
		return tmd_observe_fail(failure, errno, "cannot fill a private", "/dev");
	if (mount("tmpfs", HOMES, "tmpfs", MS_NOSUID | MS_NODEV, HOME_OPTIONS) != 0)
		return tmd_observe_fail(failure, errno, CANNOT_MOUNT, HOMES);
	return true;
}

static bool make_dev(struct tmd_sandbox *box, struct tmd_observe_failure *failure)
{
	int failed;

	if (mount("tmpfs", "/dev", "tmpfs", MS_NOSUID, DEV_OPTIONS) != 0)
		return tmd_observe_fail(failure, errno, CANNOT_MOUNT, "/dev");
	for (size_t i = 0; i < sizeof(devices) / sizeof(*devices); i++) {
		if (!add_device(box, &devices[i], failure))
			return false;
	}
	if (!add_entries(failure))
		return false;
	box->fifo = open(TMD_REPORT_FIFO, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (box->fifo < 0)
		return tmd_observe_fail(failure, errno, "cannot open", TMD_REPORT_FIFO);
	if (chmod(TMD_REPORT_FIFO, 0222) != 0)
		return tmd_observe_fail(failure, errno, "cannot keep others from", TMD_REPORT_FIFO);
	failed = tmd_mount_restrict("/dev", MS_NOSUID);
	return failed ? tmd_observe_fail(failure, failed, "cannot make read-only", "/dev") : true;
}

/* ---- /proc ---- */

/*
 * Containers mask parts of /proc, and then nobody in a user namespace gets a new one. What is there
 * shows the processes of the machine; a user namespace of our own keeps off what they have open.
 */
static bool make_proc(struct tmd_sandbox *box, struct tmd_observe_failure *failure)
{
	int failed;

	box->own_table = mount("proc", "/proc", "proc", PROC_FLAGS, NULL) == 0;
	if (!box->own_table && errno == ENOENT)
		return true; /* a tree without the directory */
	if (!box->own_table && box->user_space)
		(void)(fchdir(box->table) != 0 ||
		       mount(".", "/proc", NULL, MS_BIND | MS_REC, NULL) != 0);
	if (!box->own_table && !box->user_space &&
	    mount("tmpfs", "/proc", "tmpfs", PROC_FLAGS, "mode=0555,size=4k") != 0)
		return tmd_observe_fail(failure, errno, CANNOT_MOUNT, "/proc");
	failed = tmd_mount_restrict("/proc", PROC_FLAGS);
	return failed ? tmd_observe_fail(failure, failed, "cannot make read-only", "/proc") : true;
}

bool tmd_sandbox_furnish(struct tmd_sandbox *box, struct tmd_observe_failure *failure)
{
	return make_dev(box, failure) && make_proc(box, failure);
}

/* ---- for one question ---- */

static bool is_tmpfs_unused(const char *path)
{
	struct statfs has;
	struct stat st;

	return statfs(path, &has) == 0 && has.f_files - has.f_ffree == 1 && stat(path, &st) == 0 &&
	       (st.st_mode & 07777) == 01777;
}

static bool empty_directory(const char *path, bool mounted, struct tmd_observe_failure *failure)
{
	if (mounted && is_tmpfs_unused(path))
		return true;
	if (mounted)
		(void)umount2(path, MNT_DETACH);
	if (mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, DIR_OPTIONS) == 0 ||
	    errno == ENOENT)
		return true;
	return tmd_observe_fail(failure, errno, CANNOT_MOUNT, path);
}

static bool is_home(const char *home, struct stat *st)
{
	return home && home[0] == '/' && strcmp(home, "/") != 0 && stat(home, st) == 0 &&
	       S_ISDIR(st->st_mode);
}

/* Options of a mount are a list with commas, and layers one with colons. */
static bool can_be_layer(const char *path)
{
	return !strpbrk(path, ",:\\\"");
}

/* A layer would hide them: another file system, or the planned files of a directory. */
static bool may_hold_mounts(const struct tmd_sandbox *box, const char *home)
{
	size_t len = strlen(home);

	for (size_t i = 0; i < box->mounts.count; i++) {
		if (strncmp(box->mounts.items[i], home, len) == 0 &&
		    box->mounts.items[i][len] == '/')
			return true;
	}
	return !box->mounts.count;
}

/*
 * Who mounts an overlay reads what is below it, and a file server may know no root: it goes by the
 * user alone. The overlay's own directories want rights besides.
 */
static bool become_reader(const struct tmd_observe_request *user)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	if (setgroups(user->groups, user->group) != 0 || syscall(SYS_capget, &header, data) != 0)
		return false;
	(void)setfsgid(user->gid);
	(void)setfsuid(user->uid);
	return syscall(SYS_capset, &header, data) == 0;
}

/* In a child: with a change of user the keeper would no longer end with its caller. */
static int mount_home_as(const struct tmd_observe_request *user, const char *home,
			 const char *options)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		if (!become_reader(user))
			_exit(errno);
		_exit(mount("overlay", home, "overlay", HOME_FLAGS, options) == 0 ? 0 : errno);
	}
	if (child < 0)
		return errno;
	while (waitpid(child, &status, 0) < 0) {
		if (errno != EINTR)
			return errno;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
}

static int overlay_home(const struct tmd_sandbox *box, const char *home, const char *layers,
			const struct tmd_observe_request *request)
{
	TMD_AUTO_FREE char *options = tmd_format("lowerdir=%s,upperdir=%s/up,workdir=%s/work%s",
						 home, layers, layers,
						 box->user_space ? ",userxattr" : "");

	if (!can_be_layer(home) || may_hold_mounts(box, home))
		return EINVAL;
	if (!box->user_space && request->uid != 0)
		return mount_home_as(request, home, options);
	return mount("overlay", home, "overlay", HOME_FLAGS, options) == 0 ? 0 : errno;
}

/* With a copy of each of its entries' names: what is there stays read-only. */
static int mirror_home(const char *home, const char *layers)
{
	TMD_AUTO_FREE char *up = tmd_format("%s/up", layers);
	TMD_AUTO_FD int dir = open(layers, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int failed = dir < 0 ? errno : tmd_mount_mirror(dir, "up", home, NULL, NULL);

	if (failed)
		return failed;
	return mount(up, home, NULL, MS_BIND | MS_REC, NULL) == 0 ? 0 : errno;
}

static bool make_home(struct tmd_sandbox *box, const char *home, const struct stat *st,
		      const struct tmd_observe_request *request,
		      struct tmd_observe_failure *failure)
{
	TMD_AUTO_FREE char *layers = tmd_format("%s/%u", HOMES, box->homes++);
	TMD_AUTO_FREE char *up = tmd_format("%s/up", layers);
	TMD_AUTO_FREE char *work = tmd_format("%s/work", layers);
	int failed;

	if (mkdir(layers, 0711) != 0 || mkdir(up, 0700) != 0 || mkdir(work, 0700) != 0 ||
	    chmod(up, st->st_mode & 07777) != 0 ||
	    (!box->user_space && (chown(up, st->st_uid, st->st_gid) != 0 ||
				  chown(work, request->uid, request->gid) != 0)))
		return tmd_observe_fail(failure, errno, "cannot make a layer over", home);
	failed = overlay_home(box, home, layers, request);
	if (failed)
		failed = mirror_home(home, layers);
	if (failed)
		return tmd_observe_fail(failure, failed, "cannot have a throw-away copy of", home);
	box->home = tmd_strdup(home);
	return true;
}

static void forget_home(struct tmd_sandbox *box)
{
	if (!box->home)
		return;
	(void)umount2(box->home, MNT_DETACH);
	free(box->home);
	box->home = NULL;
}

bool tmd_sandbox_refresh(struct tmd_sandbox *box, const char *home,
			 const struct tmd_observe_request *request,
			 struct tmd_observe_failure *failure)
{
	static const char *const private[] = { "/tmp", "/var/tmp", "/dev/shm" };
	struct stat st;

	forget_home(box);
	for (size_t i = 0; i < sizeof(private) / sizeof(*private); i++) {
		if (!empty_directory(private[i], box->used, failure))
			return false;
	}
	box->used = true;
	return is_home(home, &st) ? make_home(box, home, &st, request, failure) : true;
}
