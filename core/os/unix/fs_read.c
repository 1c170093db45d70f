/* Reading with descriptors: contents, attributes, directories, links, who may read. */
#include "os/fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/unix/fs_internal.h"
#include "os/unix/sys_error.h"

static enum tmd_file_type file_type(mode_t mode)
{
	if (S_ISREG(mode))
		return TMD_FILE_REGULAR;
	if (S_ISDIR(mode))
		return TMD_FILE_DIRECTORY;
	if (S_ISLNK(mode))
		return TMD_FILE_SYMLINK;
	return TMD_FILE_OTHER;
}

static void fill_stat(const struct stat *from, struct tmd_stat *to)
{
	to->type = file_type(from->st_mode);
	to->mode = from->st_mode & 07777;
	to->uid = from->st_uid;
	to->gid = from->st_gid;
	to->size = (uint64_t)from->st_size;
	to->links = (uint64_t)from->st_nlink;
	to->device = (uint64_t)from->st_dev;
	to->inode = (uint64_t)from->st_ino;
}

/* Nobody's look, not even at the time of the last one, is a change. Owners and root may have it. */
static int open_unseen(int dir, const char *name, int flags)
{
	int fd = openat(dir, name, flags | O_NOATIME);

	return fd < 0 && errno == EPERM ? openat(dir, name, flags) : fd;
}

int tmd_place_reopen(const struct tmd_place *place, int flags)
{
	TMD_AUTO_FD int fd =
		open_unseen(place->dir, place->name,
			    flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0) {
		/* ELOOP, ENXIO: a link, or a socket, where none was. */
		if (errno == ENOENT || errno == ELOOP || errno == ENXIO)
			errno = ESTALE;
		return -1;
	}
	if (fstat(fd, &st) != 0)
		return -1;
	if (st.st_dev == place->st.st_dev && st.st_ino == place->st.st_ino)
		return tmd_fd_take(&fd);
	errno = ESTALE;
	return -1;
}

enum tmd_rc tmd_fail_reopen(struct tmd_error *err, int sys, const char *path, const char *what)
{
	if (sys != ESTALE)
		return tmd_fail_sys(err, sys, path, what);
	return tmd_fail(err, TMD_E_CONFLICT, path, "run again when nobody changes it",
			"%s: somebody else exchanged it at the same moment", what);
}

enum tmd_rc tmd_place_open(const struct tmd_place *place, const char *path, int *fd,
			   struct stat *st, struct tmd_error *err)
{
	TMD_AUTO_FD int opened = -1;

	/* Asked first, because merely opening some devices does something. */
	if (tmd_type_check_regular(file_type(place->st.st_mode), path, err) != TMD_OK)
		return TMD_FAILED;
	opened = tmd_place_reopen(place, O_RDONLY);
	if (opened < 0 || fstat(opened, st) != 0)
		return tmd_fail_reopen(err, errno, path, "cannot open");
	*fd = tmd_fd_take(&opened);
	return TMD_OK;
}

enum tmd_rc tmd_place_open_file(const struct tmd_place *place, const char *path, tmd_file *file,
				struct tmd_stat *st, struct tmd_error *err)
{
	struct stat now;

	if (tmd_place_open(place, path, file, &now, err) != TMD_OK)
		return TMD_FAILED;
	fill_stat(&now, st);
	return TMD_OK;
}

enum tmd_rc tmd_file_read(tmd_file file, const char *path, char *to, size_t room, size_t *got,
			  struct tmd_error *err)
{
	ssize_t len;

	do
		len = read(file, to, room);
	while (len < 0 && errno == EINTR);
	if (len < 0)
		return tmd_fail_sys(err, errno, path, "cannot read");
	*got = (size_t)len;
	return TMD_OK;
}

void tmd_place_stat(const struct tmd_place *place, struct tmd_stat *st)
{
	fill_stat(&place->st, st);
}

static void close_stream(DIR **stream)
{
	if (*stream)
		closedir(*stream);
}

enum tmd_rc tmd_place_read_names(const struct tmd_place *place, const char *path,
				 struct tmd_strv *names, struct tmd_error *err)
{
	TMD_CLEANUP(close_stream) DIR *stream = NULL;
	TMD_AUTO_FD int fd = tmd_place_reopen(place, O_RDONLY | O_DIRECTORY);
	const struct dirent *entry;

	stream = fd < 0 ? NULL : fdopendir(fd);
	if (!stream)
		return tmd_fail_reopen(err, errno, path, "cannot open the directory");
	(void)tmd_fd_take(&fd); /* the stream's now */
	for (errno = 0; names->count <= TMD_FS_DIR_MAX && (entry = readdir(stream)); errno = 0) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			tmd_strv_add(names, entry->d_name);
	}
	return errno ? tmd_fail_sys(err, errno, path, "cannot read the directory") : TMD_OK;
}

enum tmd_rc tmd_place_read_link(const struct tmd_place *place, const char *path, char **target,
				struct tmd_error *err)
{
	char text[TMD_PATH_LIMIT];
	ssize_t len = readlinkat(place->fd, "", text, sizeof(text));

	if (len < 0)
		return tmd_fail_sys(err, errno, path, "cannot read the link");
	if ((size_t)len == sizeof(text))
		return tmd_fail_sys(err, ENAMETOOLONG, path, "cannot read the link");
	*target = tmd_strndup(text, (size_t)len);
	return TMD_OK;
}

enum tmd_rc tmd_fs_world_readable(struct tmd_fs *fs, const char *path, bool *readable, char **why,
				  struct tmd_error *err)
{
	TMD_AUTO_PLACE struct tmd_place place = { 0 };

	if (tmd_place_look(fs, path, TMD_PLACE_FOLLOW | TMD_PLACE_WORLD, &place, err) != TMD_OK)
		return TMD_FAILED;
	*readable = !place.culprit && (place.st.st_mode & S_IROTH);
	*why = NULL;
	if (*readable)
		return TMD_OK;
	*why = place.culprit;
	place.culprit = NULL;
	if (!*why)
		*why = tmd_format("%s has mode %04o", place.path,
				  (unsigned)(place.st.st_mode & 07777));
	return TMD_OK;
}

enum tmd_rc tmd_fs_find_obstacle(struct tmd_fs *fs, const char *path, const struct tmd_user *reader,
				 char **why, uint32_t *owner, struct tmd_error *err)
{
	TMD_AUTO_PLACE struct tmd_place place = { 0 };

	if (tmd_place_visit(fs, path, reader, &place, err) != TMD_OK)
		return TMD_FAILED;
	*why = place.culprit;
	*owner = place.culprit_owner;
	place.culprit = NULL;
	return TMD_OK;
}
