/*
 * A whole directory replaced at once. It is filled where nobody else may enter, by directories held
 * open, and has its owner and mode before it gets its name.
 */
#include "os/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem.h"
#include "os/unix/fs_internal.h"
#include "os/unix/sys_error.h"

#define EXCHANGE 2 /* RENAME_EXCHANGE, which old headers lack */
#define OPEN_DIRECTORY (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define TREE_PLACE (TMD_PLACE_FOLLOW | TMD_PLACE_MISSING | TMD_PLACE_WRITE)

struct tree {
	struct tmd_fs *fs;
	const char *path; /* as asked, for messages */
	const struct tmd_fs_tree_file *files;
	size_t count;
	struct tmd_place place;
	struct tmd_made made; /* parents that this replace made */
	char *temp;	      /* name of the new directory, and then of the old one; NULL: none */
	int fd;		      /* the new directory */
	int old;	      /* the one that is there; -1: none */
	uint32_t uid;	      /* what files and directories get */
	uint32_t gid;
	uint32_t mode; /* of directories */
};

/* ---- removing ---- */

static bool is_dot(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static void remove_entry(int dir, const char *name, dev_t device)
{
	TMD_AUTO_FD int fd = -1;
	struct stat st;

	if (unlinkat(dir, name, 0) == 0 || (errno != EISDIR && errno != EPERM))
		return;
	fd = openat(dir, name, OPEN_DIRECTORY);
	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_dev == device)
		tmd_tree_remove(fd, dir, name);
}

/* Once more as long as something went: a directory that changes may hide names from its reader. */
static void empty_directory(int fd, dev_t device)
{
	for (int rounds = 0; rounds < 3 && !tmd_fd_is_empty_dir(fd); rounds++) {
		TMD_CLEANUP(tmd_fd_close_stream) DIR *stream = tmd_fd_open_stream(fd);
		const struct dirent *entry;

		while (stream && (entry = readdir(stream))) {
			if (!is_dot(entry->d_name))
				remove_entry(fd, entry->d_name, device);
		}
	}
}

void tmd_tree_remove(int fd, int dir, const char *name)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return;
	if (!(st.st_mode & S_IWUSR))
		(void)fchmod(fd, S_IRWXU); /* nobody can empty it otherwise, root aside */
	empty_directory(fd, st.st_dev);
	tmd_fd_unlink(fd, dir, name, true);
}

/* ---- filling ---- */

static enum tmd_rc dress(const struct tree *t, int fd, uint32_t mode, struct tmd_error *err)
{
	if (tmd_fd_change_owner(fd, t->uid, t->gid, t->path, err) != TMD_OK ||
	    tmd_fd_change_mode(fd, mode, t->path, err) != TMD_OK)
		return TMD_FAILED;
	if (fsync(fd) != 0 && errno != EINVAL && errno != ENOSYS)
		return tmd_fail_sys(err, errno, t->path, "cannot write to the disk");
	return TMD_OK;
}

static enum tmd_rc write_file(const struct tree *t, int dir, const char *name,
			      const struct tmd_fs_tree_file *file, struct tmd_error *err)
{
	TMD_AUTO_FD int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
				    0600);

	if (fd < 0)
		return tmd_fail_sys(err, errno, t->path, "cannot make a file in the new directory");
	if (tmd_fd_write(fd, file->data, file->len, t->path, err) != TMD_OK)
		return TMD_FAILED;
	return dress(t, fd, t->mode & 0666u, err);
}

/* Files from `*at` on whose names begin with these `skip` bytes; `*at` is behind them after that. */
static enum tmd_rc fill(const struct tree *t, int dir, size_t skip, size_t *at,
			struct tmd_error *err);

/* The part of a name that is a directory there, and the files in it. */
static enum tmd_rc fill_below(const struct tree *t, int dir, size_t skip, size_t len, size_t *at,
			      struct tmd_error *err)
{
	TMD_AUTO_FREE char *name = tmd_strndup(t->files[*at].name + skip, len);
	TMD_AUTO_FD int fd = -1;

	if (mkdirat(dir, name, 0700) != 0)
		return tmd_fail_sys(err, errno, t->path, "cannot make a directory in the new one");
	fd = openat(dir, name, OPEN_DIRECTORY);
	if (fd < 0)
		return tmd_fail_sys(err, errno, t->path, "cannot open a directory in the new one");
	if (fill(t, fd, skip + len + 1, at, err) != TMD_OK)
		return TMD_FAILED;
	return dress(t, fd, t->mode, err);
}

static enum tmd_rc fill(const struct tree *t, int dir, size_t skip, size_t *at,
			struct tmd_error *err)
{
	const char *prefix = t->files[*at].name;

	while (*at < t->count && strncmp(t->files[*at].name, prefix, skip) == 0) {
		const struct tmd_fs_tree_file *file = &t->files[*at];
		size_t len = strcspn(file->name + skip, "/");

		if (file->name[skip + len]) {
			if (fill_below(t, dir, skip, len, at, err) != TMD_OK)
				return TMD_FAILED;
			continue;
		}
		if (write_file(t, dir, file->name + skip, file, err) != TMD_OK)
			return TMD_FAILED;
		++*at;
	}
	return TMD_OK;
}

/* ---- giving it its name ---- */

/* Where the old one cannot be exchanged in one go. 0, or an errno value. */
static int exchange_by_renaming(struct tree *t)
{
	TMD_AUTO_FREE char *aside = tmd_temp_free_name(t->place.name);
	int dir = t->place.dir;
	int failed = tmd_rename_new(dir, t->place.name, aside);

	if (failed)
		return failed;
	failed = tmd_rename_new(dir, t->temp, t->place.name);
	if (failed) {
		(void)tmd_rename_new(dir, aside, t->place.name);
		return failed;
	}
	free(t->temp);
	t->temp = aside;
	aside = NULL;
	return 0;
}

static int exchange(struct tree *t)
{
	int dir = t->place.dir;

	if (syscall(SYS_renameat2, dir, t->temp, dir, t->place.name, EXCHANGE) == 0)
		return 0;
	if (errno != ENOSYS && errno != EINVAL)
		return errno;
	return exchange_by_renaming(t);
}

/* 0, or an errno value. */
static int take_name(struct tree *t)
{
	return t->old < 0 ? tmd_rename_new(t->place.dir, t->temp, t->place.name) : exchange(t);
}

/* Whoever may write here can play with names: look before the exchange and after it. */
static enum tmd_rc publish(struct tree *t, struct tmd_error *err)
{
	const struct tmd_place *place = &t->place;
	int failed;

	if (!tmd_fd_is_at(t->fd, place->dir, t->temp))
		return tmd_fail_raced(t->path, "removed the temporary directory", err);
	if (t->old >= 0 && !tmd_fd_is_at(t->old, place->dir, place->name))
		return tmd_fail_raced(t->path, "replaced the directory", err);
	failed = take_name(t);
	if (failed == EEXIST || failed == ENOENT)
		return tmd_fail_raced(t->path, "made or removed something of that name", err);
	if (failed)
		return tmd_fail_sys(err, failed, t->path, "cannot replace the directory");
	if (!tmd_fd_is_at(t->fd, place->dir, place->name))
		return tmd_fail_raced(t->path, "replaced the directory", err);
	return tmd_sync_directory(place->dir, t->path, err);
}

/* ---- all of it ---- */

static enum tmd_rc fail_kind(const char *path, struct tmd_error *err)
{
	return tmd_fail(err, TMD_E_REFUSED, path, "move it away", "not a directory");
}

static enum tmd_rc open_old(struct tree *t, struct tmd_error *err)
{
	t->uid = t->gid = TMD_KEEP;
	t->mode = 0755;
	if (!t->place.exists)
		return TMD_OK;
	if (!S_ISDIR(t->place.st.st_mode))
		return fail_kind(t->path, err);
	t->old = tmd_place_reopen(&t->place, O_RDONLY | O_DIRECTORY);
	if (t->old < 0)
		return tmd_fail_reopen(err, errno, t->path, "cannot open the directory");
	t->uid = t->place.st.st_uid;
	t->gid = t->place.st.st_gid;
	t->mode = (t->place.st.st_mode & 07777) | S_IRWXU;
	return tmd_place_check_mount(&t->place, t->path, err);
}

static enum tmd_rc fill_new(struct tree *t, struct tmd_error *err)
{
	struct stat st;
	size_t at = 0;

	if (tmd_temp_make_dir(t->place.dir, t->place.name, t->path, &t->temp, &t->fd, err) != TMD_OK)
		return TMD_FAILED;
	if (fstat(t->fd, &st) != 0)
		return tmd_fail_sys(err, errno, t->path, "cannot examine the new directory");
	t->mode |= st.st_mode & S_ISGID; /* of a shared tree's, which comes with the parent */
	if (t->count && fill(t, t->fd, 0, &at, err) != TMD_OK)
		return TMD_FAILED;
	return dress(t, t->fd, t->mode, err);
}

static enum tmd_rc replace_tree(struct tree *t, struct tmd_error *err)
{
	static const struct tmd_fs_attr keep = { TMD_KEEP, TMD_KEEP, TMD_KEEP, 0 };

	if (open_old(t, err) != TMD_OK ||
	    tmd_place_check_seen(&t->place, t->path, true, err) != TMD_OK ||
	    tmd_place_make_parents(&t->place, &keep, &t->made, err) != TMD_OK)
		return TMD_FAILED;
	tmd_temp_clean_trees(t->place.dir, t->place.name);
	if (fill_new(t, err) != TMD_OK || publish(t, err) != TMD_OK) {
		if (t->temp && tmd_fd_is_at(t->fd, t->place.dir, t->temp))
			tmd_tree_remove(t->fd, t->place.dir, t->temp);
		tmd_made_undo(&t->made);
		return TMD_FAILED;
	}
	tmd_place_renew(t->fs, &t->place, t->path, true, t->fd);
	if (t->old >= 0)
		tmd_tree_remove(t->old, t->place.dir, t->temp);
	return TMD_OK;
}

enum tmd_rc tmd_fs_replace_tree(struct tmd_fs *fs, const char *path,
				const struct tmd_fs_tree_file *files, size_t count,
				struct tmd_error *err)
{
	struct tree t = { .fs = fs, .path = path, .files = files, .count = count, .fd = -1,
			  .old = -1 };
	enum tmd_rc rc;

	if (tmd_fs_gate(fs, path, err) != TMD_OK ||
	    tmd_place_find(fs, path, TREE_PLACE, &t.place, err) != TMD_OK)
		return TMD_FAILED;
	rc = replace_tree(&t, err);
	tmd_fd_close(&t.fd);
	tmd_fd_close(&t.old);
	free(t.temp);
	tmd_made_release(&t.made);
	tmd_place_release(&t.place);
	return rc;
}

enum tmd_rc tmd_fs_check_tree(struct tmd_fs *fs, const char *path, struct tmd_error *err)
{
	TMD_AUTO_PLACE struct tmd_place place = { 0 };

	if (tmd_place_find(fs, path, TREE_PLACE, &place, err) != TMD_OK ||
	    tmd_place_check_directory(&place, path, err) != TMD_OK)
		return TMD_FAILED;
	if (place.exists && !S_ISDIR(place.st.st_mode))
		return fail_kind(path, err);
	return tmd_place_check_replace(&place, path, err);
}
