/*
 * Walking through directories: every name below one is told as it comes, unsorted. A directory is
 * opened once, relative to the one that it lies in, and read before those in it are entered; files
 * are not looked at unless the visitor asks. Links, and on Windows all reparse points, are not
 * followed; a directory that is there twice, by a mount for one, is entered once.
 *
 * File systems of the kernel's own (/proc and the like) are not entered. Neither are those of the
 * network, which are not even touched: where one is mounted is known from the table of mounts.
 */
#ifndef TMD_OS_TREE_H
#define TMD_OS_TREE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"
#include "os/fs.h"

#define TMD_TREE_DEPTH_MAX 200		  /* directories, one in the other */
#define TMD_TREE_SEEN_MAX ((size_t)4 << 20) /* of more directories nobody notices which come twice */

struct tmd_tree_dir {
	const struct tmd_tree_dir *parent; /* NULL: where the walk began */
	const char *name; /* of the beginning its canonical path; valid while the visitor is called */
	unsigned marks;	  /* the visitor's own */
};

struct tmd_tree; /* a walk, with one directory at hand */

enum tmd_tree_network {
	TMD_TREE_LOCAL, /* not entered, nor is a beginning that lies on one */
	TMD_TREE_NAMED, /* a beginning may lie on one, and those mounted below it are entered then */
	TMD_TREE_EVERY,
};

struct tmd_tree_visitor {
	/*
	 * A name in the directory at hand. False: a directory is not entered. *marks, which are those
	 * of the directory at hand, become those of this one.
	 */
	bool (*take)(void *arg, struct tmd_tree *tree, const char *name, enum tmd_file_type type,
		     unsigned *marks);
	void (*pass)(void *arg, const char *path, const char *why); /* a directory, not looked through */
	void (*tick)(void *arg); /* some times a second; may be NULL */
	void *arg;
	enum tmd_tree_network network;
	unsigned depth; /* directories below the beginning; 0: TMD_TREE_DEPTH_MAX */
};

/* What several walks have seen, so that none enters what another did. */
struct tmd_tree_seen;
struct tmd_tree_seen *tmd_tree_seen_new(void) TMD_MUST_CHECK;
void tmd_tree_seen_free(struct tmd_tree_seen *seen); /* NULL is fine */

/*
 * Walks from `path`, links in which are followed. Fails as tmd_fs_list() for that directory alone:
 * not_found, permission, refused, io.
 */
enum tmd_rc tmd_tree_walk(struct tmd_fs *fs, const char *path, const struct tmd_tree_visitor *visitor,
			  struct tmd_tree_seen *seen, struct tmd_error *err) TMD_MUST_CHECK;

/* Lies a path on a disk, as far as the table of mounts tells? It is not touched. */
bool tmd_tree_is_near(struct tmd_fs *fs, const char *path);

/* ---- for the visitor ---- */

const struct tmd_tree_dir *tmd_tree_here(const struct tmd_tree *tree);

/* The path of a directory, or of a name in it (NULL: none). The caller frees. */
char *tmd_tree_path(const struct tmd_tree_dir *dir, const char *name) TMD_MUST_CHECK;

/*
 * The first `max` bytes of a regular file in the directory at hand replace `out`, which may hold
 * what was read before; a link is not followed. Fails: not_found, permission, refused, io.
 */
enum tmd_rc tmd_tree_read(struct tmd_tree *tree, const char *name, size_t max, struct tmd_buf *out,
			  struct tmd_error *err) TMD_MUST_CHECK;

#endif
