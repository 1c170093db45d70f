/* Names that people mistake for the variable they mean. */
#ifndef TMD_RESOURCES_ENV_STRAYS_H
#define TMD_RESOURCES_ENV_STRAYS_H

#include "base/strv.h"

/*
 * Why `other` is worth a word to whoever manages `name`, as a phrase; NULL when it is not.
 * Only variables that say what is trusted have such look-alikes.
 */
const char *tmd_env_stray(const char *name, const char *other);

/* How to remove a stray, as a clause; `user` NULL: it is the machine's. Caller frees. */
char *tmd_env_stray_removal(const char *other, const char *user) TMD_MUST_CHECK;

/* Adds a line to `out` when `name` itself is such a look-alike. */
void tmd_env_note_meaning(const char *name, struct tmd_strv *out);

#endif
