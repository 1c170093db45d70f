/* The variables that one reader of the environment files ends up with. */
#ifndef TMD_RESOURCES_ENV_VARS_H
#define TMD_RESOURCES_ENV_VARS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/strv.h"

#define TMD_ENV_VARS_MAX 4096 /* names in one set; more sets `overflow` */

struct tmd_env_var {
	char *name;
	char *value;  /* NULL: not set (any more) */
	bool unknown; /* depends on what cannot be told from the files; `value` is the source text */
	const char *path; /* the file and line (from 1) that set it last; the set's own */
	size_t line;
};

/* Zero-initialise. Names are unique; `items` stand in the order in which they came. */
struct tmd_env_vars {
	struct tmd_env_var *items;
	size_t count;
	size_t cap;
	bool overflow;

	/* Which names are kept at all: those for which this is true of `watch`. NULL: every one. */
	bool (*keeps)(const char *watch, const char *name);
	const char *watch;

	size_t *slots; /* the set's own: a hash table of places in `items`, from 1 */
	size_t slot_count;
	struct tmd_strv paths;
};

#define TMD_AUTO_ENV_VARS TMD_CLEANUP(tmd_env_vars_release)

void tmd_env_vars_release(struct tmd_env_vars *vars); /* frees and zeroes */

/* NULL when it was never set or unset. Points into the set until the next change. */
struct tmd_env_var *tmd_env_vars_find(const struct tmd_env_vars *vars, const char *name);

/* The same, but also what was unset, so that one can tell by whom. */
struct tmd_env_var *tmd_env_vars_entry(const struct tmd_env_vars *vars, const char *name);

/*
 * `path` and `line` become its last setter; the value, which is known, is copied. Nothing happens
 * past the limit, and for names that are not kept.
 */
void tmd_env_vars_set(struct tmd_env_vars *vars, const char *name, const char *value,
		      const char *path, size_t line);

/* Every entry becomes unset, by this file and line. */
void tmd_env_vars_forget(struct tmd_env_vars *vars, const char *path, size_t line);

/* [A-Za-z_][A-Za-z0-9_]* */
bool tmd_env_name_valid(const char *name);
bool tmd_env_name_char(char c);

#endif
