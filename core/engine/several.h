/* One text for several of the caller's files, in lists that name files: commas and wildcards. */
#ifndef TMD_ENGINE_SEVERAL_H
#define TMD_ENGINE_SEVERAL_H

#include "engine/run.h"

/* A file that is made of others, in the managed tree; the path is absolute. */
struct tmd_made_file {
	struct tmd_fs *fs;
	const char *path;
};

/*
 * Adds to `out` what the items name, each of them as resources/paths.h has it, in the caller's own
 * tree; relative ones start at `base_dir`. What is no pattern stays as it is written: it may be a
 * word. A PEM text is one item. NULL for a `base_dir`: files came with the request, and what names one
 * of them stays, and what is relative. No wildcard stands for `made`, which may be NULL, or for the
 * backup of it: what was taken from a source would never leave. Fails as tmd_paths_expand(), and
 * with not_found where a wildcard matches nothing else.
 */
enum tmd_rc tmd_files_expand(const struct tmd_run *run, const char *base_dir,
			     const struct tmd_made_file *made, const struct tmd_strv *items,
			     struct tmd_strv *out, struct tmd_error *err) TMD_MUST_CHECK;

/* Does the type read files of the caller's? */
bool tmd_type_reads_files(const struct tmd_type *type);

/* All lists of a resource that name several files become lists of files. */
enum tmd_rc tmd_wish_expand(const struct tmd_run *run, struct tmd_result *result,
			    struct tmd_error *err) TMD_MUST_CHECK;

#endif
