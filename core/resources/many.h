/*
 * What types have in common whose resource is one path or, by commas and wildcards, many: the
 * attributes `path` and, for list alone, `under`.
 */
#ifndef TMD_RESOURCES_MANY_H
#define TMD_RESOURCES_MANY_H

#include "os/fs.h"
#include "resources/type.h"

struct tmd_many {
	size_t path;  /* fields */
	size_t under;
	enum tmd_file_type want; /* what a wildcard in the last name stands for */
	const char *hint_path;	 /* "name a pipeline configuration" */
	const char *hint_under;	 /* "name the configurations in path" */

	/* What two ways to one of them have in common. The caller frees. */
	char *(*key)(struct tmd_ctx *ctx, const char *path);
};

/* Fails with invalid_input without a path, and with directories that are for list alone. */
enum tmd_rc tmd_many_check(const struct tmd_resource *r, const struct tmd_many *many,
			   struct tmd_error *err) TMD_MUST_CHECK;

/*
 * After that: sets identity, name and the wish for the path; `keys` are replaced, sorted. Fails as
 * tmd_paths_expand(), and with invalid_input where the path names nothing.
 */
enum tmd_rc tmd_many_normalize(struct tmd_ctx *ctx, struct tmd_resource *r,
			       const struct tmd_many *many, struct tmd_strv *keys,
			       struct tmd_error *err) TMD_MUST_CHECK;

#endif
