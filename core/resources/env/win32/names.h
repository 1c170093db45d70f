/* Names of variables on Windows, where upper and lower case are the same. */
#ifndef TMD_RESOURCES_ENV_WIN32_NAMES_H
#define TMD_RESOURCES_ENV_WIN32_NAMES_H

#include "resources/type.h"

/* In upper case: names of ours are ASCII. Caller frees. */
char *tmd_env_fold(const char *name) TMD_MUST_CHECK;

/* What a variable is called in a run, in any spelling; `sid` NULL: the machine's. Caller frees. */
char *tmd_env_identity(const char *sid, const char *name) TMD_MUST_CHECK;

/* The SID in the identity of a resource, NULL for the machine. Caller frees. */
char *tmd_env_sid_of(const struct tmd_resource *r) TMD_MUST_CHECK;

/* Does Windows itself put this name into every environment, or into that of every session? */
bool tmd_env_given_by_system(const char *name);

/* Why a variable is not to be set or unset as a whole, as a phrase; NULL: nothing against it. */
const char *tmd_env_protection(const char *name, bool wanted);

#endif
