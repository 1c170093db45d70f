/*
 * What the files of the managed tree share: the tree itself, and places in it, which
 * hold a directory open so that nothing that happens to its path matters any more.
 */
#ifndef TMD_OS_UNIX_FS_INTERNAL_H
#define TMD_OS_UNIX_FS_INTERNAL_H

#include <dirent.h>
#include <sys/stat.h>

typedef int tmd_file;
#define TMD_NO_FILE (-1)
#define TMD_AUTO_FILE TMD_AUTO_FD

#include "os/place.h"

#define TMD_PATH_LIMIT 4096 /* bytes, as the kernel's PATH_MAX */

struct tmd_fs {
	char *root;
	int fd; /* the root directory, O_PATH */
	bool live;
	bool writes;
	struct tmd_seen seen;
};

enum {
	TMD_PLACE_WORLD = TMD_PLACE_SYSTEMS, /* note the first directory that others cannot enter */
};

struct tmd_place {
	const struct tmd_fs *fs;
	int dir;	  /* holds the last component; with missing parents the nearest existing */
	char *path;	  /* canonical, inside the root */
	const char *name; /* last component, within `path`; "." for the root itself */
	size_t missing;	  /* parents of the last component that do not exist */
	bool exists;
	int fd;		/* the last component itself, O_PATH, a link not followed; -1: none */
	struct stat st; /* of `fd` */
	char *culprit;	/* TMD_PLACE_WORLD: "/x has mode 0700", or NULL */
	uid_t culprit_owner;
};

#define TMD_AUTO_FD TMD_CLEANUP(tmd_fd_close)
#define TMD_FD_DIRECTORY (O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

/*
 * The entry `name` of `dir`, whatever it is, without following or starting anything. 0, or an
 * errno value; *fd and *st are set even then.
 */
int tmd_fd_open_entry(int dir, const char *name, int *fd, struct stat *st);

/*
 * The directory at the end of a relative path, with TMD_FD_DIRECTORY; -1 where one on its way is a
 * link, ".." or missing, and always on kernels before 5.6.
 */
int tmd_fd_open_directories(int dir, const char *path);

/*
 * Walks `path` below the root of `fs`. Links restart at that root, ".." stops at it.
 * Fails: invalid_input (not absolute, too long), not_found, permission, conflict (a loop),
 * refused (TMD_PLACE_WRITE: another user's link leads to what is not that user's;
 * TMD_PLACE_READ: to what is not for that user to read).
 */
enum tmd_rc tmd_place_find(const struct tmd_fs *fs, const char *path, unsigned flags,
			   struct tmd_place *out, struct tmd_error *err) TMD_MUST_CHECK;

/* The same with TMD_PLACE_WORLD for `reader` (NULL: everybody), where nothing has to exist. */
enum tmd_rc tmd_place_visit(struct tmd_fs *fs, const char *path, const struct tmd_user *reader,
			    struct tmd_place *out, struct tmd_error *err) TMD_MUST_CHECK;

/* Notes what is at a place after a change of our own; `fd` -1: nothing. */
void tmd_place_renew(struct tmd_fs *fs, const struct tmd_place *place, const char *path,
		     bool followed, int fd);

/* Directories that were made on the way to a file, outermost first. Zero-initialise. */
struct tmd_made {
	struct tmd_made_dir {
		int parent; /* where it was made */
		int self;
		char *name;
	} *dirs;
	size_t count;
	size_t cap;
};

void tmd_made_undo(struct tmd_made *made); /* removes those that are empty, as far as it goes */
void tmd_made_release(struct tmd_made *made);

/*
 * Makes the missing parents of `place`, whose directory is then open. Each has its mode and its
 * owner before it gets its name. Those that were made are appended to `made` (may be NULL).
 */
enum tmd_rc tmd_place_make_parents(struct tmd_place *place, const struct tmd_fs_attr *attr,
				   struct tmd_made *made, struct tmd_error *err) TMD_MUST_CHECK;

/* Fails with conflict when the file at an existing place is itself a mount point. */
enum tmd_rc tmd_place_check_mount(const struct tmd_place *place, const char *path,
				  struct tmd_error *err) TMD_MUST_CHECK;

/*
 * Opens what was found at a place, as openat() does, and nothing that has taken its name since.
 * Links are not followed. -1 with errno, ESTALE where something else has the name by now.
 */
int tmd_place_reopen(const struct tmd_place *place, int flags);

/* What to say of it: conflict for ESTALE. */
enum tmd_rc tmd_fail_reopen(struct tmd_error *err, int sys, const char *path, const char *what);

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
 * The same for a directory that is to be called `name` in `dir`, which has no mode yet (0700) and
 * is empty.
 */
enum tmd_rc tmd_temp_make_dir(int dir, const char *name, const char *path, char **temp, int *fd,
			      struct tmd_error *err) TMD_MUST_CHECK;

/* tmd_temp_clean() for the name of a directory: empty ones are removed as well. */
void tmd_temp_clean_at(int dir, const char *name);

/* All temporary entries of a target that no writer holds, with all that is in them. */
void tmd_temp_clean_trees(int dir, const char *name);

/* Removes what an open directory holds, and it itself from `dir`; never what is mounted inside. */
void tmd_tree_remove(int fd, int dir, const char *name);

enum tmd_rc tmd_fd_write(int fd, const char *data, size_t len, const char *path,
			 struct tmd_error *err) TMD_MUST_CHECK;

/* A directory stream of its own on an open directory; NULL where it cannot be read. */
DIR *tmd_fd_open_stream(int dir);
void tmd_fd_close_stream(DIR **stream);

/* A temporary name of a target, which nothing has yet. The caller frees. */
char *tmd_temp_free_name(const char *name) TMD_MUST_CHECK;

/* Removes a name from a directory if it still means what is open. */
void tmd_fd_unlink(int fd, int dir, const char *name, bool is_dir);

/* Has an open directory no entries? */
bool tmd_fd_is_empty_dir(int fd);

/* Gives an entry another name in its directory, which must be free. 0, or an errno value. */
int tmd_rename_new(int dir, const char *from, const char *to);

/* A new name in a directory survives a crash only after this. */
enum tmd_rc tmd_sync_directory(int dir, const char *path, struct tmd_error *err) TMD_MUST_CHECK;

/* TMD_KEEP leaves a part alone. */
enum tmd_rc tmd_fd_change_owner(int fd, uint32_t uid, uint32_t gid, const char *path,
				struct tmd_error *err) TMD_MUST_CHECK;
enum tmd_rc tmd_fd_change_mode(int fd, uint32_t mode, const char *path,
			       struct tmd_error *err) TMD_MUST_CHECK;

/* Carries over the extended attributes that belong to a file and not to its content. */
enum tmd_rc tmd_fd_copy_xattrs(int from, int to, const char *path,
			       struct tmd_error *err) TMD_MUST_CHECK;

/* Mode and owner of a file or directory that is open, in place. */
enum tmd_rc tmd_place_apply_attr(const struct tmd_place *place, int fd,
				 const struct tmd_fs_attr *attr, const char *path,
				 struct tmd_error *err) TMD_MUST_CHECK;

void tmd_fd_close(int *fd); /* -1 is fine; errno is kept */
int tmd_fd_take(int *fd);   /* for TMD_AUTO_FD: hands the descriptor out and leaves -1 */

/* Is the open file what that name in the directory means, links not followed? */
bool tmd_fd_is_at(int fd, int dir, const char *name);

/* Same file, same content, same owner and mode, as far as the kernel's attributes tell? */
bool tmd_stat_same(const struct stat *a, const struct stat *b);

#endif
