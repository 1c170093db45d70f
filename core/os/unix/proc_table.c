/* Looking for a running program in the process table, by inode rather than by name. */
#include "os/proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "os/path.h"
#include "os/unix/cmdline.h"
#include "os/unix/fs_internal.h"

#define ARGUMENTS_LOOKED_AT 3 /* interpreter, perhaps an option, script */

struct wanted {
	const struct tmd_fs *fs;
	const char *name; /* base name, a cheap first test */
	dev_t device;
	ino_t inode;
	struct stat root;
};

static bool is_same(const struct stat *a, dev_t device, ino_t inode)
{
	return a->st_dev == device && a->st_ino == inode;
}

static bool lives_in_root(int process, const struct wanted *wanted)
{
	struct stat st;

	return fstatat(process, "root/.", &st, 0) == 0 &&
	       is_same(&st, wanted->root.st_dev, wanted->root.st_ino);
}

/* Does the argument name the program, seen from the process's root or directory? */
static bool names_program(int process, const char *argument, const struct wanted *wanted)
{
	TMD_AUTO_PLACE struct tmd_place place = { 0 };
	TMD_AUTO_FD int cwd = -1;
	struct tmd_error ignored;
	struct stat st;

	if (!tmd_str_equal(tmd_path_base(argument), wanted->name))
		return false;
	if (tmd_path_is_absolute(argument))
		return tmd_place_find(wanted->fs, argument, TMD_PLACE_FOLLOW, &place, &ignored) ==
			       TMD_OK &&
		       is_same(&place.st, wanted->device, wanted->inode);
	cwd = openat(process, "cwd", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return cwd >= 0 && fstatat(cwd, argument, &st, 0) == 0 &&
	       is_same(&st, wanted->device, wanted->inode);
}

static bool has_argument(int process, const struct wanted *wanted)
{
	char text[TMD_PATH_LIMIT * 2];
	const char *arguments[ARGUMENTS_LOOKED_AT];
	TMD_AUTO_FD int fd = openat(process, "cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	size_t count;

	if (len <= 0)
		return false;
	text[len] = '\0';
	count = tmd_cmdline_split(text, (size_t)len, (size_t)len == sizeof(text) - 1, arguments,
				  ARGUMENTS_LOOKED_AT);
	for (size_t i = 0; i < count; i++) {
		if (names_program(process, arguments[i], wanted))
			return true;
	}
	return false;
}

static bool runs_program(int table, const char *pid, const struct wanted *wanted)
{
	TMD_AUTO_FD int process = openat(table, pid, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat exe;

	if (process < 0 || !lives_in_root(process, wanted))
		return false;
	if (fstatat(process, "exe", &exe, 0) == 0 && is_same(&exe, wanted->device, wanted->inode))
		return true;
	return has_argument(process, wanted);
}

bool tmd_proc_running(struct tmd_fs *fs, const char *program)
{
	struct wanted wanted = { .fs = fs, .name = tmd_path_base(program) };
	const struct dirent *entry;
	struct tmd_error ignored;
	struct tmd_stat st;
	bool found = false;
	uint64_t pid;
	DIR *table;

	if (tmd_fs_stat(fs, program, &st, &ignored) != TMD_OK || fstat(fs->fd, &wanted.root) != 0)
		return false;
	wanted.device = (dev_t)st.device;
	wanted.inode = (ino_t)st.inode;
	table = opendir("/proc");
	if (!table)
		return false;
	while (!found && (entry = readdir(table))) {
		if (tmd_parse_u64(entry->d_name, &pid) && pid != (uint64_t)getpid())
			found = runs_program(dirfd(table), entry->d_name, &wanted);
	}
	closedir(table);
	return found;
}
