/* A variable that names a CA file which those whom it is for cannot read. */
#ifndef TMD_RESOURCES_ENV_UNIX_PRIVATE_FILE_H
#define TMD_RESOURCES_ENV_UNIX_PRIVATE_FILE_H

#include "base/strv.h"
#include "resources/type.h"

/*
 * Adds a line to `problems` when `value` (NULL: there is none) names such a file, as it is or as
 * this run plans it: everybody has to read it, or the user whose variable it is; or directories of
 * which they can pass none. Owner, group and modes count, access lists do not. What does not exist
 * is no matter. `r` has been read.
 */
void tmd_env_note_private_file(struct tmd_ctx *ctx, const struct tmd_resource *r, const char *value,
			       struct tmd_strv *problems);

/* Refuses (conflict) to point at such a file; where it is forced, that is a warning. */
enum tmd_rc tmd_env_check_private_file(struct tmd_ctx *ctx, struct tmd_resource *r,
				       const char *value, struct tmd_error *err) TMD_MUST_CHECK;

#endif
