/*
 * Missing parents. A directory is made under a temporary name, gets its mode and owner there, and
 * only then its own name: a run that is killed in between leaves nothing that looks finished. It
 * is given away only as long as it is empty and the one that was made.
 */
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

/* Where the first missing parent begins in the place's path. */
static size_t first_missing(const struct tmd_place *place)
{
	size_t at = (size_t)(place->name - place->path);

	for (size_t i = 0; i < place->missing; i++) {
		at--;
		while (place->path[at - 1] != '/')
			at--;
	}
	return at;
}

static enum tmd_rc dress_directory(int fd, const struct tmd_fs_attr *attr, const char *path,
				   struct tmd_error *err)
{
	uint32_t mode = attr->dir_mode ? attr->dir_mode : 0755;
	struct stat st;

	if (fstat(fd, &st) != 0)
		return tmd_fail_sys(err, errno, path, "cannot examine the new directory");
	if ((st.st_uid != geteuid() && attr->uid != TMD_KEEP && attr->uid != st.st_uid) ||
	    !tmd_fd_is_empty_dir(fd))
		return tmd_fail(err, TMD_E_CONFLICT, path,
				"run again when nobody changes it, or make the directory yourself",
				"somebody else uses the directory that was just made (it belongs "
				"to user %lu)",
				(unsigned long)st.st_uid);
	if (tmd_fd_change_owner(fd, attr->uid, attr->gid, path, err) != TMD_OK)
		return TMD_FAILED;
	/* A shared tree's set-group-id bit comes with the parent and is to stay. */
	return tmd_fd_change_mode(fd, mode | (st.st_mode & S_ISGID), path, err);
}

/* Makes `name` in the directory of a place; *made false: somebody else did at the same moment. */
static enum tmd_rc make_directory(const struct tmd_place *place, const char *name,
				  const struct tmd_fs_attr *attr, const char *path, bool *made,
				  int *out, struct tmd_error *err)
{
	TMD_AUTO_FREE char *temp = NULL;
	TMD_AUTO_FD int fd = -1;
	int failed = 0;

	*made = false;
	if (tmd_temp_make_dir(place->dir, name, path, &temp, &fd, err) != TMD_OK)
		return TMD_FAILED;
	if (dress_directory(fd, attr, path, err) != TMD_OK) {
		tmd_fd_unlink(fd, place->dir, temp, true);
		return TMD_FAILED;
	}
	failed = tmd_rename_new(place->dir, temp, name);
	if (failed)
		tmd_fd_unlink(fd, place->dir, temp, true);
	if (failed == EEXIST)
		return TMD_OK;
	if (failed)
		return tmd_fail_sys(err, failed, path, "cannot make the directory");
	*made = true;
	*out = tmd_fd_take(&fd);
	return TMD_OK;
}

static void note_made(struct tmd_made *made, int parent, int self, const char *name)
{
	struct tmd_made_dir *dir;

	made->dirs = tmd_grow(made->dirs, &made->cap, made->count + 1, sizeof(*made->dirs));
	dir = &made->dirs[made->count++];
	dir->parent = fcntl(parent, F_DUPFD_CLOEXEC, 0);
	dir->self = fcntl(self, F_DUPFD_CLOEXEC, 0);
	dir->name = tmd_strdup(name);
}

/* Makes and enters one directory; one that somebody else just made is as good. */
static enum tmd_rc make_parent(struct tmd_place *place, const char *whole,
			       const struct tmd_fs_attr *attr, struct tmd_made *made,
			       struct tmd_error *err)
{
	const char *name = tmd_path_base(whole);
	TMD_AUTO_FD int fd = -1;
	bool is_ours;

	tmd_temp_clean_at(place->dir, name);
	if (make_directory(place, name, attr, whole, &is_ours, &fd, err) != TMD_OK)
		return TMD_FAILED;
	if (is_ours && made)
		note_made(made, place->dir, fd, name);
	if (!is_ours)
		fd = openat(place->dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return tmd_fail_sys(err, errno, whole, "cannot open the directory");
	if (is_ours && !tmd_fd_is_at(fd, place->dir, name))
		return tmd_fail(err, TMD_E_CONFLICT, whole, "run again when nobody changes it",
				"somebody else moved the directory that was just made");
	if (is_ours && tmd_sync_directory(place->dir, whole, err) != TMD_OK)
		return TMD_FAILED;
	if (place->dir != place->fs->fd)
		tmd_fd_close(&place->dir);
	place->dir = tmd_fd_take(&fd);
	place->missing--;
	return TMD_OK;
}

enum tmd_rc tmd_place_make_parents(struct tmd_place *place, const struct tmd_fs_attr *attr,
				   struct tmd_made *made, struct tmd_error *err)
{
	size_t at = first_missing(place);

	while (place->missing) {
		TMD_AUTO_FREE char *whole = NULL;

		at += strcspn(place->path + at, "/");
		whole = tmd_strndup(place->path, at++);
		if (make_parent(place, whole, attr, made, err) != TMD_OK)
			return TMD_FAILED;
	}
	return TMD_OK;
}

void tmd_made_undo(struct tmd_made *made)
{
	for (size_t i = made->count; i > 0; i--) {
		const struct tmd_made_dir *dir = &made->dirs[i - 1];

		tmd_fd_unlink(dir->self, dir->parent, dir->name, true);
	}
}

void tmd_made_release(struct tmd_made *made)
{
	for (size_t i = 0; i < made->count; i++) {
		tmd_fd_close(&made->dirs[i].parent);
		tmd_fd_close(&made->dirs[i].self);
		free(made->dirs[i].name);
	}
	free(made->dirs);
	memset(made, 0, sizeof(*made));
}
