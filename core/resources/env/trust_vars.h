/* The variables that say where programs find the certificates that they trust. */
#ifndef TMD_RESOURCES_ENV_TRUST_VARS_H
#define TMD_RESOURCES_ENV_TRUST_VARS_H

#include <stdbool.h>
#include <stddef.h>

/* What the value of such a variable is. */
enum tmd_env_trust {
	TMD_ENV_TRUST_NOT,	   /* nothing of the kind: another variable */
	TMD_ENV_TRUST_FILE,	   /* a CA file */
	TMD_ENV_TRUST_FILE_OR_DIR, /* a CA file, or a directory with names by hash */
	TMD_ENV_TRUST_DIRS,	   /* directories with names by hash */
};

#define TMD_ENV_API_VARIABLE "SHOTGUN_API_CACERTS"

/* Upper and lower case are the same here. */
enum tmd_env_trust tmd_env_trust(const char *name);

/*
 * The next path of a value, which `*at` moves past: of a list of directories one, else all of it.
 * The caller frees; NULL: that was all.
 */
char *tmd_env_next_path(const char *name, const char **at);

/* Each of them in turn, from 0 on; NULL behind the last. */
const char *tmd_env_trust_variable(size_t index);

/*
 * The variable that is meant by a name which nothing reads, such as SHOTGRID_API_CACERTS; NULL:
 * `name` is not known to be a mistake.
 */
const char *tmd_env_meant(const char *name);

#endif
