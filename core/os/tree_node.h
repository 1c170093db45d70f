/* What each system does its own way for os/tree.h: directories that are open, and what is mounted. */
#ifndef TMD_OS_TREE_NODE_H
#define TMD_OS_TREE_NODE_H

#include "fs_internal.h"

#define TMD_NODE_CHUNK ((size_t)64 << 10) /* bytes of names that are read at once */

struct tmd_node {
	tmd_file file;
	uint64_t device;
	uint64_t inode;
	bool unseen; /* it was opened so that the time of the last look at it stays */
};

enum tmd_rc tmd_node_open_place(const struct tmd_place *place, const char *path,
				struct tmd_node *out, struct tmd_error *err) TMD_MUST_CHECK;

/* A directory in another. Fails with refused where there is none by that name any more. */
enum tmd_rc tmd_node_open(const struct tmd_node *dir, const char *name, struct tmd_node *out,
			  struct tmd_error *err) TMD_MUST_CHECK;

/* A regular file in a directory, for reading. */
enum tmd_rc tmd_node_open_file(const struct tmd_node *dir, const char *name, tmd_file *out,
			       struct tmd_error *err) TMD_MUST_CHECK;

void tmd_node_close(struct tmd_node *node);

struct tmd_node_names {
	char *chunk; /* of TMD_NODE_CHUNK bytes, aligned as of tmd_alloc() */
	void (*add)(void *arg, const char *name, enum tmd_file_type type);
	void *arg;
};

enum tmd_rc tmd_node_list(const struct tmd_node *dir, const struct tmd_node_names *names,
			  struct tmd_error *err) TMD_MUST_CHECK;

/* Is another file system's directory, no mount of the table, of the same kind as this one? */
bool tmd_node_is_akin(const struct tmd_node *a, const struct tmd_node *b);

/* ---- mounts ---- */

enum tmd_mount_kind {
	TMD_MOUNT_NONE, /* no file system is mounted there */
	TMD_MOUNT_DISK,
	TMD_MOUNT_NETWORK,
	TMD_MOUNT_AUTO,	  /* what a look in there would mount */
	TMD_MOUNT_KERNEL, /* nothing that anybody stored */
};

struct tmd_mounts; /* those below one path */

/* Those of a table that concern one directory. */
struct tmd_mount_span {
	size_t first;
	size_t count;
	size_t skip; /* bytes of their paths that lead to that directory */
};

/*
 * What is mounted below `path`, as seen from outside the root, and in *at what that lies on. Where
 * the system has no such table, or does not show it, none is known. Caller frees.
 */
struct tmd_mounts *tmd_mounts_read(const char *path, enum tmd_mount_kind *at,
				   struct tmd_mount_span *span) TMD_MUST_CHECK;
void tmd_mounts_free(struct tmd_mounts *mounts); /* NULL is fine */

/* What is mounted at a name in the directory of `dir`; *below is for what lies below that name. */
enum tmd_mount_kind tmd_mounts_find(const struct tmd_mounts *mounts, const struct tmd_mount_span *dir,
				    const char *name, struct tmd_mount_span *below,
				    const char **type);

#endif
