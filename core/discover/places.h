/* Where the things of discover/find.h usually lie on this system. */
#ifndef TMD_DISCOVER_PLACES_H
#define TMD_DISCOVER_PLACES_H

#include "discover/find.h"

struct tmd_places {
	struct tmd_find_tree *items; /* the paths are owned */
	size_t count;
	size_t cap;
};

/*
 * The directories of programs, of Python and of CA bundles, what every user has in his home, and what
 * variables name. Not all of them are there.
 */
void tmd_places_usual(struct tmd_fs *fs, struct tmd_places *out);
void tmd_places_release(struct tmd_places *places);

/* ---- for the systems ---- */

/* `depth` as in struct tmd_find_tree. */
void tmd_places_add(struct tmd_places *places, const char *path, unsigned depth);

/* Those in a directory whose names begin so. */
void tmd_places_add_like(struct tmd_fs *fs, struct tmd_places *places, const char *dir,
			 const char *beginning, unsigned depth);

struct tmd_place_row {
	const char *dir;
	const char *beginning; /* NULL: the directory itself, "": all that lie in it */
	unsigned depth;
};

void tmd_places_add_rows(struct tmd_fs *fs, struct tmd_places *places, const char *above,
			 const struct tmd_place_row *rows);

/* What the caller's own variables name, where it is his machine that is looked through. */
void tmd_places_add_variables(struct tmd_fs *fs, struct tmd_places *places);

/* The variables that name bundle caches, or what holds one; ends with NULL. */
extern const char *const tmd_place_variables[];

/* What the system does its own way. */
void tmd_places_of_system(struct tmd_fs *fs, struct tmd_places *places);

#endif
