/* What a program finds where a variable says that a CA file is. */
#ifndef TMD_RESOURCES_ENV_CA_FILE_H
#define TMD_RESOURCES_ENV_CA_FILE_H

#include "base/strv.h"
#include "resources/type.h"

/*
 * Adds one line to `out`, which begins with `name`, when a program cannot load certificates from
 * the file at `path`, as it is or as this run plans it: missing, a directory, not readable for the
 * caller, no bundle, with what it is and what to do.
 * Nothing of its content is repeated. A path that is not absolute on this
 * system is not looked at.
 */
void tmd_env_note_ca_file(struct tmd_ctx *ctx, const char *name, const char *path,
			  struct tmd_strv *out);

/* The same of the value that the variable has, if it names a CA file. */
void tmd_env_note_own_ca_file(struct tmd_ctx *ctx, const struct tmd_resource *r,
			      struct tmd_strv *out);

#endif
