/* Reading the managed tree: contents, attributes, directories, links, who may read. */
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

#define READ_MIN ((size_t)4096) /* bytes asked for at once, however small the file seems */

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

enum tmd_rc tmd_stat_check_regular(const struct stat *st, const char *path, struct tmd_error *err)
{
	if (S_ISREG(st->st_mode))
		return TMD_OK;
	if (S_ISDIR(st->st_mode))
		return tmd_fail(err, TMD_E_REFUSED, path, "name the file inside the directory",
				"this is a directory, not a file");
	return tmd_fail(err, TMD_E_REFUSED, path, "name a regular file",
			"this is not a regular file");
}

int tmd_place_reopen(const struct tmd_place *place, int flags)
{
	TMD_AUTO_FD int fd = openat(place->dir, place->name,
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
	if (tmd_stat_check_regular(&place->st, path, err) != TMD_OK)
		return TMD_FAILED;
	opened = tmd_place_reopen(place, O_RDONLY);
	if (opened < 0 || fstat(opened, st) != 0)
		return tmd_fail_reopen(err, errno, path, "cannot open");
	*fd = tmd_fd_take(&opened);
	return TMD_OK;
}

static enum tmd_rc fail_large(const char *path, size_t max, struct tmd_error *err)
{
	return tmd_fail(err, TMD_E_REFUSED, path, "is this the right file?",
			"larger than the %zu bytes that are accepted", max);
}

/*
 * Reads to the end. The announced size is only a guess (0 in /proc), but when exactly that
 * much came although more was asked for, the end is there.
 */
static enum tmd_rc read_all(int fd, const char *path, size_t size, size_t max, struct tmd_buf *out,
			    struct tmd_error *err)
{
	size_t chunk = size < READ_MIN ? READ_MIN : size + 1;

	tmd_buf_init(out, max + 1);
	for (;;) {
		size_t room = max + 1 - out->len;
		char *end;
		ssize_t got;

		if (chunk > room)
			chunk = room;
		end = tmd_buf_reserve(out, chunk);
		if (!end)
			return fail_large(path, max, err);
		do
			got = read(fd, end, chunk);
		while (got < 0 && errno == EINTR);
		if (got < 0)
			return tmd_fail_sys(err, errno, path, "cannot read");
		out->len += (size_t)got;
		end[got] = '\0';
		if (out->len > max)
			return fail_large(path, max, err);
		if (got == 0 || (size && out->len == size && (size_t)got < chunk))
			return TMD_OK;
	}
}

enum tmd_rc tmd_fs_read(struct tmd_fs *fs, const char *path, size_t max, struct tmd_buf *out,
			struct tmd_stat *st, struct tmd_error *err)
{
	TMD_AUTO_PLACE struct tmd_place place = { 0 };
	TMD_AUTO_BUF struct tmd_buf content = { 0 };
	TMD_AUTO_FD int fd = -1;
	struct stat now = { 0 };
	size_t ceiling = out->max;

	if (!max)
		max = TMD_FS_FILE_MAX;
	if (max >= TMD_BUF_MAX)
		max = TMD_BUF_MAX - 1;
	if (tmd_place_look(fs, path, TMD_PLACE_FOLLOW | TMD_PLACE_READ, &place, err) != TMD_OK ||
	    tmd_place_open(&place, path, &fd, &now, err) != TMD_OK)
		return TMD_FAILED;
	if (now.st_size < 0 || (uint64_t)now.st_size > max)
		return fail_large(path, max, err);
	if (read_all(fd, path, (size_t)now.st_size, max, &content, err) != TMD_OK)
		return TMD_FAILED;
	tmd_buf_release(out);
	*out = content;
	out->max = ceiling; /* the caller's: it may append more than the file may hold */
	memset(&content, 0, sizeof(content));
	if (st)
		fill_stat(&now, st);
	return TMD_OK;
}

static enum tmd_rc stat_place(struct tmd_fs *fs, const char *path, unsigned flags,
			      struct tmd_stat *st, struct tmd_error *err)
{
	TMD_AUTO_PLACE struct tmd_place place = { 0 };

	if (tmd_place_look(fs, path, flags, &place, err) != TMD_OK)
		return TMD_FAILED;
	fill_stat(&place.st, st);
	return TMD_OK;
}

enum tmd_rc tmd_fs_stat(struct tmd_fs *fs, const char *path, struct tmd_stat *st,
			struct tmd_error *err)
{
	return stat_place(fs, path, TMD_PLACE_FOLLOW | TMD_PLACE_READ, st, err);
}

enum tmd_rc tmd_fs_lstat(struct tmd_fs *fs, const char *path, struct tmd_stat *st,
			 struct tmd_error *err)
{
	return stat_place(fs, path, 0, st, err);
}

bool tmd_fs_exists(struct tmd_fs *fs, const char *path)
{
	struct tmd_error ignored;
	struct tmd_stat st;

	return tmd_fs_stat(fs, path, &st, &ignored) == TMD_OK;
}

static void close_stream(DIR **stream)
{
	if (*stream)
		closedir(*stream);
}

static enum tmd_rc read_names(DIR *stream, const char *path, struct tmd_strv *names,
			      struct tmd_error *err)
{
	const struct dirent *entry;

	for (errno = 0; (entry = readdir(stream)); errno = 0) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (names->count == TMD_FS_DIR_MAX)
			return tmd_fail(err, TMD_E_REFUSED, path, "is this the right directory?",
					"more than %d entries", TMD_FS_DIR_MAX);
		tmd_strv_add(names, entry->d_name);
	}
	if (errno)
		return tmd_fail_sys(err, errno, path, "cannot read the directory");
	return TMD_OK;
}

enum tmd_rc tmd_fs_list(struct tmd_fs *fs, const char *path, struct tmd_strv *names,
			struct tmd_error *err)
{
	TMD_AUTO_PLACE struct tmd_place place = { 0 };
	TMD_AUTO_STRV struct tmd_strv found = { 0 };
	TMD_CLEANUP(close_stream) DIR *stream = NULL;
	TMD_AUTO_FD int fd = -1;

	if (tmd_place_look(fs, path, TMD_PLACE_FOLLOW | TMD_PLACE_READ, &place, err) != TMD_OK)
		return TMD_FAILED;
	if (!S_ISDIR(place.st.st_mode))
		return tmd_fail(err, TMD_E_REFUSED, path, "name a directory",
				"this is not a directory");
	fd = tmd_place_reopen(&place, O_RDONLY | O_DIRECTORY);
	stream = fd < 0 ? NULL : fdopendir(fd);
	if (!stream)
		return tmd_fail_reopen(err, errno, path, "cannot open the directory");
	(void)tmd_fd_take(&fd); /* the stream's now */
	if (read_names(stream, path, &found, err) != TMD_OK)
		return TMD_FAILED;
	tmd_strv_sort(&found);
	tmd_strv_release(names);
	*names = found;
	memset(&found, 0, sizeof(found));
	return TMD_OK;
}

enum tmd_rc tmd_fs_readlink(struct tmd_fs *fs, const char *path, char **target,
			    struct tmd_error *err)
{
	TMD_AUTO_PLACE struct tmd_place place = { 0 };
	char text[TMD_PATH_LIMIT];
	ssize_t len;

	if (tmd_place_look(fs, path, 0, &place, err) != TMD_OK)
		return TMD_FAILED;
	if (!S_ISLNK(place.st.st_mode))
		return tmd_fail(err, TMD_E_INVALID_INPUT, path, NULL, "this is no symbolic link");
	len = readlinkat(place.fd, "", text, sizeof(text));
	if (len < 0)
		return tmd_fail_sys(err, errno, path, "cannot read the link");
	if ((size_t)len == sizeof(text))
		return tmd_fail_sys(err, ENAMETOOLONG, path, "cannot read the link");
	*target = tmd_strndup(text, (size_t)len);
	return TMD_OK;
}

enum tmd_rc tmd_fs_resolve(struct tmd_fs *fs, const char *path, char **real, struct tmd_error *err)
{
	TMD_AUTO_PLACE struct tmd_place place = { 0 };

	if (tmd_place_find(fs, path, TMD_PLACE_FOLLOW | TMD_PLACE_MISSING, &place, err) != TMD_OK)
		return TMD_FAILED;
	*real = tmd_strdup(place.path);
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

enum tmd_rc tmd_fs_find_obstacle(struct tmd_fs *fs, const char *path, char **why, uint32_t *owner,
				 struct tmd_error *err)
{
	const unsigned flags = TMD_PLACE_FOLLOW | TMD_PLACE_MISSING | TMD_PLACE_WORLD;
	TMD_AUTO_PLACE struct tmd_place place = { 0 };

	if (tmd_place_find(fs, path, flags, &place, err) != TMD_OK)
		return TMD_FAILED;
	*why = place.culprit;
	*owner = place.culprit_owner;
	place.culprit = NULL;
	return TMD_OK;
}
