/* Directories of a walk as descriptors. Names are read in large pieces, whatever the C library does. */
#include "os/tree_node.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "os/unix/sys_error.h"

#define OPENED (O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)

struct record { /* as getdents64(2) has it */
	uint64_t inode;
	int64_t offset;
	unsigned short size;
	unsigned char type;
	char name[];
};

/* Owners and root may leave the time of the last look alone; whose a directory is, goes on below it. */
static int open_below(const struct tmd_node *dir, const char *name, int flags, bool *unseen)
{
	int fd = -1;

	*unseen = dir->unseen;
	if (*unseen)
		fd = openat(dir->file, name, flags | OPENED | O_NOATIME);
	if (fd >= 0 || (*unseen && errno != EPERM))
		return fd;
	*unseen = false;
	return openat(dir->file, name, flags | OPENED);
}

static enum tmd_rc fill(int *fd, const char *path, struct tmd_node *out, struct tmd_error *err)
{
	struct stat st;

	if (fstat(*fd, &st) != 0)
		return tmd_fail_sys(err, errno, path, "cannot open the directory");
	out->device = (uint64_t)st.st_dev;
	out->inode = (uint64_t)st.st_ino;
	out->file = tmd_fd_take(fd);
	return TMD_OK;
}

enum tmd_rc tmd_node_open_place(const struct tmd_place *place, const char *path,
				struct tmd_node *out, struct tmd_error *err)
{
	TMD_AUTO_FD int fd = -1;

	if (!S_ISDIR(place->st.st_mode))
		return tmd_fail(err, TMD_E_REFUSED, path, "name a directory", "not a directory");
	fd = tmd_place_reopen(place, O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		return tmd_fail_reopen(err, errno, path, "cannot open the directory");
	out->unseen = true;
	return fill(&fd, path, out, err);
}

enum tmd_rc tmd_node_open(const struct tmd_node *dir, const char *name, struct tmd_node *out,
			  struct tmd_error *err)
{
	TMD_AUTO_FD int fd = open_below(dir, name, O_RDONLY | O_DIRECTORY, &out->unseen);

	if (fd < 0)
		return tmd_fail_sys(err, errno, name, "cannot open the directory");
	return fill(&fd, name, out, err);
}

enum tmd_rc tmd_node_open_file(const struct tmd_node *dir, const char *name, tmd_file *out,
			       struct tmd_error *err)
{
	bool ignored;
	TMD_AUTO_FD int fd = open_below(dir, name, O_RDONLY, &ignored);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0)
		return tmd_fail_sys(err, errno, name, "cannot open");
	if (!S_ISREG(st.st_mode))
		return tmd_fail(err, TMD_E_REFUSED, name, NULL, "not a regular file");
	*out = tmd_fd_take(&fd);
	return TMD_OK;
}

void tmd_node_close(struct tmd_node *node)
{
	tmd_fd_close(&node->file);
}

static enum tmd_file_type ask_type(const struct tmd_node *dir, const char *name)
{
	struct stat st;

	if (fstatat(dir->file, name, &st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) != 0)
		return TMD_FILE_OTHER;
	return S_ISDIR(st.st_mode) ? TMD_FILE_DIRECTORY :
	       S_ISREG(st.st_mode) ? TMD_FILE_REGULAR :
	       S_ISLNK(st.st_mode) ? TMD_FILE_SYMLINK : TMD_FILE_OTHER;
}

static enum tmd_file_type type_of(const struct tmd_node *dir, const struct record *record)
{
	switch (record->type) {
	case DT_REG:
		return TMD_FILE_REGULAR;
	case DT_DIR:
		return TMD_FILE_DIRECTORY;
	case DT_LNK:
		return TMD_FILE_SYMLINK;
	case DT_UNKNOWN:
		return ask_type(dir, record->name);
	default:
		return TMD_FILE_OTHER;
	}
}

static bool is_dots(const char *name)
{
	return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

enum tmd_rc tmd_node_list(const struct tmd_node *dir, const struct tmd_node_names *names,
			  struct tmd_error *err)
{
	long len;

	while ((len = syscall(SYS_getdents64, dir->file, names->chunk, TMD_NODE_CHUNK)) > 0) {
		for (long at = 0; at < len;) {
			const struct record *record =
				(const struct record *)(const void *)(names->chunk + at);

			at += record->size;
			if (!is_dots(record->name))
				names->add(names->arg, record->name, type_of(dir, record));
		}
	}
	return len < 0 ? tmd_fail_sys(err, errno, NULL, "cannot read the directory") : TMD_OK;
}

bool tmd_node_is_akin(const struct tmd_node *a, const struct tmd_node *b)
{
	struct statfs first;
	struct statfs second;

	return fstatfs(a->file, &first) == 0 && fstatfs(b->file, &second) == 0 &&
	       first.f_type == second.f_type;
}
