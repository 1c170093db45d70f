/* The parts of one search: what is recognised by its name, and what by a look into it. */
#ifndef TMD_DISCOVER_SEARCH_H
#define TMD_DISCOVER_SEARCH_H

#include "discover/find.h"
#include "os/tree.h"

struct tmd_search {
	struct tmd_fs *fs;
	const struct tmd_find_query *query;
	struct tmd_findings *out;
	struct tmd_buf text; /* of the file that is looked into */
	size_t passed;	     /* directories that were not looked through */
};

bool tmd_search_wants(const struct tmd_search *search, enum tmd_find_kind kind);

/* Takes the path. */
void tmd_search_add(struct tmd_search *search, enum tmd_find_kind kind, char *path,
		    const char *detail);

/* ---- where one is: directories.c ---- */

/* Is this the name of the directory at hand, or `up` levels above it? */
bool tmd_is_in(const struct tmd_tree_dir *dir, unsigned up, const char *name);

/* The path of the directory `up` levels above it. The caller frees. */
char *tmd_path_above(const struct tmd_tree_dir *dir, unsigned up) TMD_MUST_CHECK;

enum tmd_mark {
	TMD_MARK_OWNED = 1 << 0, /* by Toolkit or the API: nobody's scripts */
	TMD_MARK_CACHE = 1 << 1, /* in a bundle cache */
	TMD_MARK_CORE = 1 << 2,
};

/* A directory in the one at hand: what it is, and whether to enter it. */
bool tmd_take_directory(struct tmd_search *search, const struct tmd_tree *tree, const char *name,
			unsigned *marks);

/* ---- what a file is: files.c, interpreters.c, links.c ---- */

void tmd_take_file(struct tmd_search *search, struct tmd_tree *tree, const char *name);

/* Is it the name of a Python, with or without a version? */
bool tmd_is_python_name(const char *name);
void tmd_take_python(struct tmd_search *search, const struct tmd_tree_dir *dir, const char *name);

/* The directory at hand is a virtual environment. */
void tmd_take_environment(struct tmd_search *search, const struct tmd_tree_dir *dir);

/* A file in site-packages that leads to a copy elsewhere: .pth, .egg-link, a finder. */
bool tmd_is_link_name(const char *name);
void tmd_take_link(struct tmd_search *search, struct tmd_tree *tree, const char *name);

/* ---- a look into a file: looks.c ---- */

bool tmd_holds_certificates(struct tmd_search *search, struct tmd_tree *tree, const char *name);
bool tmd_holds_word(struct tmd_search *search, struct tmd_tree *tree, const char *name);
bool tmd_holds_api(struct tmd_search *search, struct tmd_tree *tree, const char *name);

#endif
