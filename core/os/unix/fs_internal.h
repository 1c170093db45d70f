/*
 * What the files of the managed tree share: the tree itself, and places in it, which
 * hold a directory open so that nothing that happens to its path matters any more.
 */
#ifndef TMD_OS_UNIX_FS_INTERNAL_H
#define TMD_OS_UNIX_FS_INTERNAL_H

#include <sys/stat.h>

#include "os/fs.h"

#define TMD_PATH_LIMIT 4096 /* bytes, as the kernel's PATH_MAX */

struct tmd_fs {
	char *root;
	int fd; /* the root directory, O_PATH */
	bool live;
	bool writes;
};

enum tmd_place_flag {
	TMD_PLACE_FOLLOW = 1 << 0,  /* a link in the last component is followed */
	TMD_PLACE_MISSING = 1 << 1, /* the last component and its parents may be missing */
	TMD_PLACE_WRITE = 1 << 2,   /* distrust the links of other users */
	TMD_PLACE_WORLD = 1 << 3,   /* note the first directory that others cannot enter */
	TMD_PLACE_READ = 1 << 4,    /* distrust the links of other users that lead to secrets */
};

struct tmd_place {
	const struct tmd_fs *fs;
	int dir;	  /* holds the last component; with missing parents the nearest existing */
	char *path;	  /* canonical, inside the root */
	const char *name; /* last component, within `path`; "." for the root itself */
	size_t missing;	  /* parents of the last component that do not exist */
	bool exists;
	struct stat st; /* of the last component, not followed; when it exists */
	char *culprit;	/* TMD_PLACE_WORLD: "/x has mode 0700", or NULL */
};

#define TMD_AUTO_PLACE TMD_CLEANUP(tmd_place_release)
#define TMD_AUTO_FD TMD_CLEANUP(tmd_fd_close)

/*
 * Walks `path` below the root of `fs`. Links restart at that root, ".." stops at it.
 * Fails: invalid_input (not absolute, too long), not_found, permission, conflict (a loop),
 * refused (TMD_PLACE_WRITE: a user's link leads root to what is not that user's;
 * TMD_PLACE_READ: to what is not that user's and not for everybody to read either).
 */
enum tmd_rc tmd_place_find(const struct tmd_fs *fs, const char *path, unsigned flags,
			   struct tmd_place *out, struct tmd_error *err) TMD_MUST_CHECK;
void tmd_place_release(struct tmd_place *place); /* zero-initialised is fine */

/*
 * Makes the missing parents of `place`, whose directory is then open. Those that were
 * made are appended to `made` (may be NULL) as canonical paths, outermost first.
 */
enum tmd_rc tmd_place_make_parents(struct tmd_place *place, const struct tmd_fs_attr *attr,
				   struct tmd_strv *made, struct tmd_error *err) TMD_MUST_CHECK;

/* Refuses what is no regular file: a directory, a device, a FIFO. */
enum tmd_rc tmd_stat_check_regular(const struct stat *st, const char *path,
				   struct tmd_error *err) TMD_MUST_CHECK;

/* Fails with conflict when the file at an existing place is itself a mount point. */
enum tmd_rc tmd_place_check_mount(const struct tmd_place *place, const char *path,
				  struct tmd_error *err) TMD_MUST_CHECK;

/* Would the directory of a place let the caller make and remove names in it? */
enum tmd_rc tmd_place_check_directory(const struct tmd_place *place, const char *path,
				      struct tmd_error *err) TMD_MUST_CHECK;

/* Opens the regular file at a place for reading. Fails as tmd_fs_read(). */
enum tmd_rc tmd_place_open(const struct tmd_place *place, const char *path, int *fd,
			   struct stat *st, struct tmd_error *err) TMD_MUST_CHECK;

/*
 * Makes an empty temporary file beside the last component of a place, whose parents exist:
 * ".NAME.TAG.trustmend-tmp", with a tag that no other writer has. Its lock says that it is in
 * use, until the descriptor is closed. The caller frees the name. Fails: permission, io,
 * conflict (somebody keeps removing it).
 */
enum tmd_rc tmd_temp_make(const struct tmd_place *place, const char *path, char **name, int *fd,
			  struct tmd_error *err) TMD_MUST_CHECK;

/*
 * Removes the temporary files of the same target that killed runs left behind, as far as
 * they are certainly not in use and the caller may. Nothing depends on it.
 */
void tmd_temp_clean(const struct tmd_place *place);

void tmd_fd_close(int *fd); /* -1 is fine; errno is kept */
int tmd_fd_take(int *fd);   /* for TMD_AUTO_FD: hands the descriptor out and leaves -1 */

/* Is the open file what that name in the directory means, links not followed? */
bool tmd_fd_is_at(int fd, int dir, const char *name);

/* Fails with internal while writes are not allowed. */
enum tmd_rc tmd_fs_gate(const struct tmd_fs *fs, const char *path,
			struct tmd_error *err) TMD_MUST_CHECK;

#endif
