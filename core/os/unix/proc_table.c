/*
 * Looking for a running program in the process table, by inode rather than by name. Everybody may
 * start what calls itself by any name, so that only processes of root and of the caller count;
 * nothing of another user's process is read, which he could make wait for ever.
 */
#include "os/proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "os/unix/cmdline.h"
#include "os/unix/fs_internal.h"

#define ARGUMENTS_LOOKED_AT 3 /* interpreter, perhaps an option, script */
#define SHELL "/bin/sh"	      /* of a script that names none */

struct wanted {
	struct tmd_fs *fs;
	const char *name; /* base name, a cheap first test */
	struct tmd_stat program;
	struct tmd_stat interpreter; /* of a script */
	bool script;
	struct stat root;
};

static bool is_same(const struct stat *a, const struct tmd_stat *b)
{
	return (uint64_t)a->st_dev == b->device && (uint64_t)a->st_ino == b->inode;
}

/* ---- whose process it is ---- */

static bool is_trusted(uint64_t uid)
{
	return uid == 0 || uid == geteuid();
}

/* "Uid:" and the real, effective, saved and file system's one. */
static bool all_trusted(const char *line)
{
	int count = 0;

	for (line += strlen("Uid:"); *line && *line != '\n' && count < 4; count++) {
		TMD_AUTO_FREE char *text = NULL;
		uint64_t uid;
		size_t len;

		line += strspn(line, " \t");
		len = strcspn(line, " \t\n");
		text = tmd_strndup(line, len);
		if (!tmd_parse_u64(text, &uid) || !is_trusted(uid))
			return false;
		line += len;
	}
	return count == 4;
}

/*
 * The directory of a process always has its effective user. That may be root's while somebody
 * else has started it, and chose its arguments: su, waiting for a password, for one.
 */
static bool is_of_trusted_user(int process)
{
	char text[4096];
	TMD_AUTO_FD int fd = -1;
	const char *line;
	struct stat st;
	ssize_t len;

	if (fstat(process, &st) != 0 || !is_trusted(st.st_uid))
		return false;
	fd = openat(process, "status", O_RDONLY | O_CLOEXEC);
	len = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (len <= 0)
		return false;
	text[len] = '\0';
	line = strstr(text, "\nUid:"); /* a name before it has its line ends escaped */
	return line && all_trusted(line + 1);
}

/* ---- what it runs ---- */

static bool lives_in_root(int process, const struct wanted *wanted)
{
	struct stat st;

	return fstatat(process, "root/.", &st, 0) == 0 && st.st_dev == wanted->root.st_dev &&
	       st.st_ino == wanted->root.st_ino;
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
		       is_same(&place.st, &wanted->program);
	cwd = openat(process, "cwd", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return cwd >= 0 && fstatat(cwd, argument, &st, 0) == 0 &&
	       is_same(&st, &wanted->program);
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

	if (process < 0 || !is_of_trusted_user(process) || !lives_in_root(process, wanted) ||
	    fstatat(process, "exe", &exe, 0) != 0)
		return false;
	if (is_same(&exe, &wanted->program))
		return true;
	/* An editor with the script open does not run it. */
	return wanted->script && is_same(&exe, &wanted->interpreter) &&
	       has_argument(process, wanted);
}

/* What the kernel starts for a script: the program behind its "#!". */
static void find_interpreter(struct wanted *wanted, const char *program)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	TMD_AUTO_FREE char *name = NULL;
	struct tmd_error ignored;

	if (tmd_fs_read(wanted->fs, program, 0, &text, NULL, &ignored) != TMD_OK)
		return;
	if (tmd_str_starts(tmd_buf_str(&text), "#!")) {
		const char *line = tmd_buf_str(&text) + strlen("#!");

		line += strspn(line, " \t");
		name = tmd_strndup(line, strcspn(line, " \t\n"));
	}
	wanted->script = tmd_fs_stat(wanted->fs, name ? name : SHELL, &wanted->interpreter,
				     &ignored) == TMD_OK;
}

bool tmd_proc_running(struct tmd_fs *fs, const char *program)
{
	struct wanted wanted = { .fs = fs, .name = tmd_path_base(program) };
	const struct dirent *entry;
	struct tmd_error ignored;
	bool found = false;
	uint64_t pid;
	DIR *table;

	if (tmd_fs_stat(fs, program, &wanted.program, &ignored) != TMD_OK ||
	    fstat(fs->fd, &wanted.root) != 0)
		return false;
	table = opendir("/proc");
	if (!table)
		return false;
	find_interpreter(&wanted, program);
	while (!found && (entry = readdir(table))) {
		if (tmd_parse_u64(entry->d_name, &pid) && pid != (uint64_t)getpid())
			found = runs_program(dirfd(table), entry->d_name, &wanted);
	}
	closedir(table);
	return found;
}
