/* What is planned, for the files that make up a view. */
#ifndef TMD_RESOURCES_VIEW_INTERNAL_H
#define TMD_RESOURCES_VIEW_INTERNAL_H

#include "resources/view.h"

enum tmd_planned_state {
	TMD_PLANNED_ATTR, /* as it is, with another mode or owner */
	TMD_PLANNED_FILE, /* with this content */
	TMD_PLANNED_GONE,
	TMD_PLANNED_FACT, /* not a file */
};

struct tmd_planned {
	char *key;  /* first: of the canonical path inside the root, or the name of a fact */
	char *path; /* that path itself: its last component is what a directory lists */
	enum tmd_planned_state state;
	struct tmd_buf content;
	struct tmd_fs_attr attr; /* TMD_KEEP: as on disk, or as for a new file */
};

struct tmd_view {
	const struct tmd_view *below; /* what is planned there shows where nothing is here */
	struct tmd_fs *fs;
	struct tmd_fs *input;
	const struct tmd_sent_files *sent;
	struct tmd_planned *items; /* sorted by key */
	size_t count;
	size_t cap;
};

/* The index of the first item whose key is not before `key`. */
size_t tmd_view_lower_bound(const struct tmd_view *view, const char *key);

bool tmd_view_is_empty(const struct tmd_view *view); /* with all below it */

/* What is planned for the name itself, be it a link; NULL: nothing. */
const struct tmd_planned *tmd_view_find_name(const struct tmd_view *view, struct tmd_fs *fs,
					     const char *path);

/* What is planned for the file that `path` leads to; NULL: nothing. */
const struct tmd_planned *tmd_view_find_file(const struct tmd_view *view, struct tmd_fs *fs,
					     const char *path);

#endif
