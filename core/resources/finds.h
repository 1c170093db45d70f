/* What discovery finds, for types: each place is looked through once a run, for all of them. */
#ifndef TMD_RESOURCES_FINDS_H
#define TMD_RESOURCES_FINDS_H

#include "discover/find.h"
#include "resources/type.h"

/*
 * What lies below the directories of `under`, each as resources/paths.h has it; NULL or empty: in
 * the places where such things usually lie on this system. `kinds` as in struct tmd_find_query; other
 * kinds may be among what is found. Borrowed: it is kept until the run changes something. Fails: not_found
 * and invalid_input for a directory of `under` that is none, and as tmd_paths_expand().
 */
enum tmd_rc tmd_finds_under(struct tmd_ctx *ctx, const struct tmd_strv *under, unsigned kinds,
			    const struct tmd_findings **out, struct tmd_error *err) TMD_MUST_CHECK;

#endif
