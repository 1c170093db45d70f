/*
 * What a program on Linux really gets for one variable, per way of starting it: over all files that
 * the way reads, in their order, not only over ours. Observed where the way can be asked, else what
 * the text of the files says.
 */
#ifndef TMD_RESOURCES_ENV_LINUX_EFFECTIVE_H
#define TMD_RESOURCES_ENV_LINUX_EFFECTIVE_H

#include "resources/env/unix/asked.h"

/*
 * Adds the names that programs of this target get, or that some file of it sets and exports, where
 * nobody can be asked. In the scope of a user there are those of the machine among them. Fails with
 * refused when there are too many.
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

/* `out` is what the logins got; they answered. `problems` is added to. */
enum tmd_rc tmd_env_observed_effect(const struct tmd_env_site *site, enum tmd_env_target target,
				    const struct tmd_env_asked *asked,
				    const struct tmd_env_texts *texts, struct tmd_env_effect *out,
				    struct tmd_strv *problems,
				    struct tmd_error *err) TMD_MUST_CHECK;

/*
 * Do logins get every other variable with what `after` plans as they do now, and do those that
 * answer now answer then? Fails with conflict.
 */
enum tmd_rc tmd_env_check_neighbours(const struct tmd_env_site *now,
				     const struct tmd_env_site *after, enum tmd_env_target target,
				     struct tmd_error *err) TMD_MUST_CHECK;

#endif
