/*
 * What a program on Linux really gets for one variable, per way of starting it: over all
 * files that the way reads, in their order, not only over ours.
 */
#ifndef TMD_RESOURCES_ENV_LINUX_EFFECTIVE_H
#define TMD_RESOURCES_ENV_LINUX_EFFECTIVE_H

#include "resources/env/unix/site.h"

struct tmd_env_effect {
	char *value;  /* NULL: not set. Where it cannot be told, a text that says so */
	bool unknown;
	char *path;   /* the file and line that decide, also when they unset it; NULL: none */
	size_t line;
};

void tmd_env_effect_release(struct tmd_env_effect *effect);

/*
 * Adds the names that some file of this target sets and exports, or may export. What only code
 * sets (eval, a function) has no name that could be found. In the scope of a user there are
 * those of the machine among them. Fails with refused when there are too many.
 */
enum tmd_rc tmd_env_names(const struct tmd_env_site *site, enum tmd_env_target target,
			  struct tmd_strv *names, struct tmd_error *err) TMD_MUST_CHECK;

/*
 * `out` is replaced; `problems` and `strays` (look-alike names) are added to. In the scope of
 * a user only what the user's own files set counts as set.
 */
enum tmd_rc tmd_env_effective(const struct tmd_env_site *site, enum tmd_env_target target,
			      struct tmd_env_effect *out, struct tmd_strv *problems,
			      struct tmd_strv *strays, struct tmd_error *err) TMD_MUST_CHECK;

#endif
