/*
 * The namespaces of a sandbox, and the managed tree in them as the root directory, with every mount
 * of it read-only. What is mounted on the machine later does not arrive.
 */
#include "os/unix/observe_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/unix/fs_internal.h"
#include "os/unix/observe_mounts.h"

#define STAGE "/tmp" /* covered by a private directory, for us alone */
#define TREE STAGE "/tree"
#define STAGE_OPTIONS "mode=0700,size=64m"

/* Of <linux/mount.h>, which older systems lack. */
#define NR_MOUNT_SETATTR 442
#define WHOLE_TREE 0x8000u /* AT_RECURSIVE */
#define ATTR_RESTRICTED 7u /* MOUNT_ATTR_RDONLY, _NOSUID, _NODEV */

#define CANNOT_RESTRICT "cannot make read-only"
#define RESTRICTED ((unsigned long)(MS_NOSUID | MS_NODEV))

struct mount_attributes {
	uint64_t set;
	uint64_t clear;
	uint64_t propagation;
	uint64_t user_space;
};

static bool write_text(int dir, const char *path, const char *text)
{
	TMD_AUTO_FD int fd = openat(dir, path, O_WRONLY | O_CLOEXEC);
	const size_t len = strlen(text);

	return fd >= 0 && write(fd, text, len) == (ssize_t)len;
}

/* ---- who is who ---- */

/* The caller is the only user that there is, under his own numbers. */
static bool map_ids(const struct tmd_sandbox *box)
{
	TMD_AUTO_FREE char *users = tmd_format("%u %u 1", box->uid, box->uid);
	TMD_AUTO_FREE char *groups = tmd_format("%u %u 1", box->gid, box->gid);

	(void)write_text(box->table, "self/setgroups", "deny"); /* not before Linux 3.19 */
	return write_text(box->table, "self/uid_map", users) &&
	       write_text(box->table, "self/gid_map", groups);
}

/*
 * 0, or an errno value. While a process keeps its memory private, as trustmend does, its files in
 * /proc belong to root.
 */
static int set_up_process(const struct tmd_sandbox *box)
{
	const int dumpable = prctl(PR_GET_DUMPABLE, 0L, 0L, 0L, 0L);
	int failed;

	(void)prctl(PR_SET_DUMPABLE, 1L, 0L, 0L, 0L);
	failed = box->user_space && !map_ids(box) ? errno : 0;
	(void)write_text(box->table, "self/oom_score_adj", "1000");
	(void)prctl(PR_SET_DUMPABLE, dumpable == 1 ? 1L : 0L, 0L, 0L, 0L);
	return failed;
}

/* ---- mounts ---- */

/*
 * In a chroot "/" is no mount, and no mount can be made private by it: then the root of the whole
 * mount namespace becomes ours, which is a copy already.
 */
static int make_private(const struct tmd_sandbox *box)
{
	TMD_AUTO_FD int space = -1;

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0)
		return 0;
	if (errno != EINVAL)
		return errno;
	space = openat(box->table, "self/ns/mnt", O_RDONLY | O_CLOEXEC);
	if (space < 0 || setns(space, CLONE_NEWNS) != 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
		return errno;
	return 0;
}

int tmd_mount_restrict(const char *path, unsigned long flags)
{
	static const struct {
		unsigned long has;
		unsigned long kept;
	} kept[] = {
		{ ST_NOSUID, MS_NOSUID },	{ ST_NODEV, MS_NODEV },
		{ ST_NOEXEC, MS_NOEXEC },	{ ST_NOATIME, MS_NOATIME },
		{ ST_NODIRATIME, MS_NODIRATIME }, { ST_RELATIME, MS_RELATIME },
	};
	struct statvfs has;

	if (statvfs(path, &has) != 0)
		return errno;
	for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++) {
		if (has.f_flag & kept[i].has)
			flags |= kept[i].kept;
	}
	flags |= MS_REMOUNT | MS_BIND | MS_RDONLY;
	return mount(NULL, path, NULL, flags, NULL) == 0 ? 0 : errno;
}

/* One that another mount covers is not found by its path, neither by us nor from inside. */
static bool is_covered(int failed)
{
	return failed == EINVAL || failed == ENOENT || failed == ENOTDIR;
}

/* The old way, mount by mount; whatever can be reached is looked at again. */
static int restrict_each(const struct tmd_sandbox *box, struct tmd_observe_failure *failure)
{
	TMD_AUTO_STRV struct tmd_strv mounts = { 0 };
	struct statvfs has;
	int failed = tmd_mounts_below(box->table, TREE, &mounts);

	for (size_t i = 0; !failed && i < mounts.count; i++) {
		failed = tmd_mount_restrict(mounts.items[i], RESTRICTED);
		if (is_covered(failed))
			failed = 0;
		else if (failed)
			(void)tmd_observe_fail(failure, failed, CANNOT_RESTRICT,
					       mounts.items[i] + strlen(TREE));
	}
	for (size_t i = 0; !failed && i < mounts.count; i++) {
		if (statvfs(mounts.items[i], &has) == 0 && !(has.f_flag & ST_RDONLY)) {
			failed = EBUSY;
			(void)tmd_observe_fail(failure, failed, CANNOT_RESTRICT,
					       mounts.items[i] + strlen(TREE));
		}
	}
	return failed;
}

static int restrict_all(const struct tmd_sandbox *box, struct tmd_observe_failure *failure)
{
	struct mount_attributes wanted = { .set = ATTR_RESTRICTED };

	if (syscall(NR_MOUNT_SETATTR, -1, TREE, WHOLE_TREE, &wanted, sizeof(wanted)) == 0)
		return 0;
	return restrict_each(box, failure);
}

/* ---- the whole ---- */

static bool open_outside(struct tmd_sandbox *box, struct tmd_observe_failure *failure)
{
	const int how = O_PATH | O_DIRECTORY | O_CLOEXEC;

	box->tree = open(".", how);
	box->devices = open("/dev", how);
	tmd_fd_close(&box->table); /* that of the caller's mounts */
	box->table = open("/proc", how);
	if (box->tree < 0 || box->devices < 0 || box->table < 0)
		return tmd_observe_fail(failure, errno, "cannot open the tree, /dev or /proc", NULL);
	return true;
}

static bool set_stage(struct tmd_sandbox *box, struct tmd_observe_failure *failure)
{
	if (mount("tmpfs", STAGE, "tmpfs", MS_NOSUID | MS_NODEV, STAGE_OPTIONS) != 0)
		return tmd_observe_fail(failure, errno, "cannot mount a private directory on",
					STAGE);
	box->stage = open(STAGE, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (box->stage < 0 || mkdir(TREE, 0700) != 0)
		return tmd_observe_fail(failure, errno, "cannot use a private directory", NULL);
	if (fchdir(box->tree) != 0 || mount(".", TREE, NULL, MS_BIND | MS_REC, NULL) != 0)
		return tmd_observe_fail(failure, errno, "cannot show the tree a second time", NULL);
	return true;
}

/* The old root directory lies on top of the new one until it is left. */
static bool change_root(struct tmd_sandbox *box, struct tmd_observe_failure *failure)
{
	box->outside = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (box->outside < 0 || chdir(TREE) != 0 ||
	    syscall(SYS_pivot_root, ".", ".") != 0 || chdir("/") != 0)
		return tmd_observe_fail(failure, errno, "cannot change the root directory", NULL);
	return true;
}

bool tmd_sandbox_enter(struct tmd_sandbox *box, struct tmd_observe_failure *failure)
{
	int failed;

	box->table = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	failed = set_up_process(box);
	if (failed)
		return tmd_observe_fail(failure, failed, "cannot set up a user namespace", NULL);
	/* Directories that are open stay those of the caller's mounts; the working one moves along. */
	if (fchdir(box->tree) != 0 || unshare(CLONE_NEWNS) != 0)
		return tmd_observe_fail(failure, errno, "cannot have mounts of its own", NULL);
	if (!open_outside(box, failure))
		return false;
	failed = make_private(box);
	if (failed)
		return tmd_observe_fail(failure, failed, "cannot have private mounts", NULL);
	if (!set_stage(box, failure))
		return false;
	failed = restrict_all(box, failure);
	if (failed)
		return failure->what[0] ? false
					: tmd_observe_fail(failure, failed, "cannot read the mounts",
							   NULL);
	return change_root(box, failure);
}

bool tmd_sandbox_leave(struct tmd_sandbox *box, struct tmd_observe_failure *failure)
{
	if (fchdir(box->outside) != 0 || umount2(".", MNT_DETACH) != 0 || chdir("/") != 0)
		return tmd_observe_fail(failure, errno, "cannot leave the machine's mounts", NULL);
	tmd_fd_close(&box->outside);
	tmd_fd_close(&box->devices);
	tmd_fd_close(&box->table);
	tmd_fd_close(&box->stage);
	tmd_fd_close(&box->tree);
	return true;
}
