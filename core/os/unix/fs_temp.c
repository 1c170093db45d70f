/*
 * The temporary files of a replace: each writer has one of its own, which it keeps locked
 * while it is at work, so that the leftovers of killed runs can be told from files in use,
 * also by a writer on another machine or under another lock.
 */
#include "os/unix/fs_internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/proc.h"
#include "os/temp_name.h"
#include "os/unix/sys_error.h"

#define NAME_KEPT 200	/* bytes of a name that is too long to be kept whole */
#define DEAD_AFTER 3600 /* seconds, where locks cannot tell */
#define NON_BLOCKING 1u /* GRND_NONBLOCK, which old headers lack */

/* What the names of all temporary files of a target begin with. */
static char *temp_prefix(const char *name)
{
	TMD_AUTO_FREE char *kept = NULL;

	if (strlen(name) + TMD_TEMP_AROUND <= NAME_MAX)
		return tmd_temp_prefix(name);
	kept = tmd_strndup(name, NAME_KEPT);
	return tmd_temp_prefix_cut(kept, name);
}

/* Random where the kernel has it; host, process and time do where it has not. */
static uint64_t make_tag(void)
{
	uint64_t tag = TMD_HASH_START;
	uint64_t random = 0;
	pid_t pid = getpid();
	struct utsname host;
	struct timespec now;

	(void)syscall(SYS_getrandom, &random, sizeof(random), NON_BLOCKING);
	tag = tmd_hash(tag, &random, sizeof(random));
	tag = tmd_hash(tag, &pid, sizeof(pid));
	if (uname(&host) == 0)
		tag = tmd_hash(tag, host.nodename, strlen(host.nodename));
	if (clock_gettime(CLOCK_REALTIME, &now) == 0) {
		tag = tmd_hash(tag, &now.tv_sec, sizeof(now.tv_sec));
		tag = tmd_hash(tag, &now.tv_nsec, sizeof(now.tv_nsec));
	}
	return tag;
}

static bool is_temp(const char *entry, const char *prefix)
{
	return tmd_str_starts(entry, prefix) && tmd_temp_is_tail(entry + strlen(prefix));
}

/*
 * Between making and locking the file, somebody who cleans up may have taken it for a
 * leftover. File systems without locks leave it to the file's age.
 */
static bool hold(int dir, const char *name, int fd)
{
	if (flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
		return false;
	return tmd_fd_is_at(fd, dir, name);
}

enum tmd_rc tmd_temp_make(const struct tmd_place *place, const char *path, char **name, int *fd,
			  struct tmd_error *err)
{
	TMD_AUTO_FREE char *prefix = temp_prefix(place->name);

	for (int i = 0; i < TMD_TEMP_TRIES; i++) {
		TMD_AUTO_FREE char *temp = tmd_temp_name(prefix, make_tag());
		TMD_AUTO_FD int made = openat(
			place->dir, temp, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

		if (made < 0 && errno == EEXIST)
			continue;
		if (made < 0 && errno == ENOENT)
			break; /* the directory itself was removed */
		if (made < 0)
			return tmd_fail_sys(err, errno, path,
					    "cannot make a temporary file beside it");
		if (hold(place->dir, temp, made)) {
			*name = temp;
			temp = NULL;
			*fd = tmd_fd_take(&made);
			return TMD_OK;
		}
		tmd_fd_unlink(made, place->dir, temp, false);
	}
	return tmd_fail(err, TMD_E_CONFLICT, path, "run again when nobody changes it",
			"somebody keeps removing the temporary file beside it");
}

/*
 * Removes the entry unless its writer is alive, which is to say holds its lock. Where that
 * cannot be found out, only what is old is dead. A directory with what is in it if `whole`.
 */
static void remove_if_dead(int dir, const char *name, bool whole)
{
	TMD_AUTO_FD int entry = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	TMD_AUTO_FD int fd = -1;
	struct stat st;

	if (entry < 0 || fstat(entry, &st) != 0)
		return;
	if (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)) {
		fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
		/* A shared lock is enough, and over NFS all that a reader can have. */
		if ((fd < 0 || flock(fd, LOCK_SH | LOCK_NB) != 0) &&
		    (errno == EWOULDBLOCK || tmd_now() - (int64_t)st.st_mtime <= DEAD_AFTER))
			return;
	}
	if (whole && fd >= 0 && S_ISDIR(st.st_mode))
		tmd_tree_remove(fd, dir, name);
	else
		tmd_fd_unlink(fd >= 0 ? fd : entry, dir, name, S_ISDIR(st.st_mode));
}

void tmd_fd_close_stream(DIR **stream)
{
	if (*stream)
		closedir(*stream);
}

DIR *tmd_fd_open_stream(int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);

	if (!stream)
		tmd_fd_close(&fd);
	return stream;
}

static void clean(int dir, const char *name, bool whole)
{
	TMD_AUTO_FREE char *prefix = temp_prefix(name);
	TMD_CLEANUP(tmd_fd_close_stream) DIR *stream = tmd_fd_open_stream(dir);
	const struct dirent *entry;

	for (int i = 0; stream && i < TMD_FS_DIR_MAX && (entry = readdir(stream)); i++) {
		if (is_temp(entry->d_name, prefix))
			remove_if_dead(dir, entry->d_name, whole);
	}
}

void tmd_temp_clean_at(int dir, const char *name)
{
	clean(dir, name, false);
}

void tmd_temp_clean_trees(int dir, const char *name)
{
	clean(dir, name, true);
}

char *tmd_temp_free_name(const char *name)
{
	TMD_AUTO_FREE char *prefix = temp_prefix(name);

	return tmd_temp_name(prefix, make_tag());
}

void tmd_temp_clean(const struct tmd_place *place)
{
	if (!place->missing)
		tmd_temp_clean_at(place->dir, place->name);
}

/* ---- directories ---- */

bool tmd_fd_is_empty_dir(int fd)
{
	TMD_CLEANUP(tmd_fd_close_stream) DIR *stream = tmd_fd_open_stream(fd);
	const struct dirent *entry;

	while (stream && (entry = readdir(stream))) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			return false;
	}
	return stream != NULL;
}

/* The caller's umask is not to matter. One thread, so this is safe. */
static int make_directory(int dir, const char *name)
{
	mode_t saved = umask(0);
	int failed = mkdirat(dir, name, 0700) == 0 ? 0 : errno;

	umask(saved);
	return failed;
}

enum tmd_rc tmd_temp_make_dir(int dir, const char *name, const char *path, char **temp, int *fd,
			      struct tmd_error *err)
{
	TMD_AUTO_FREE char *prefix = temp_prefix(name);

	for (int i = 0; i < TMD_TEMP_TRIES; i++) {
		TMD_AUTO_FREE char *tried = tmd_temp_name(prefix, make_tag());
		TMD_AUTO_FD int opened = -1;
		int failed = make_directory(dir, tried);

		if (failed == EEXIST)
			continue;
		if (failed)
			return tmd_fail_sys(err, failed, path, "cannot make the directory");
		opened = openat(dir, tried, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (opened < 0 && errno != ENOENT && errno != ENOTDIR && errno != ELOOP) {
			failed = errno;
			(void)unlinkat(dir, tried, AT_REMOVEDIR); /* as long as it is empty */
			return tmd_fail_sys(err, failed, path, "cannot open the new directory");
		}
		if (opened >= 0 && hold(dir, tried, opened)) {
			*temp = tried;
			tried = NULL;
			*fd = tmd_fd_take(&opened);
			return TMD_OK;
		}
	}
	return tmd_fail(err, TMD_E_CONFLICT, path, "run again when nobody changes it",
			"somebody keeps removing the directory that is being made");
}
