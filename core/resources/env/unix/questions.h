/* Puts the questions of one target to a sandbox that stands. */
#ifndef TMD_RESOURCES_ENV_QUESTIONS_H
#define TMD_RESOURCES_ENV_QUESTIONS_H

#include "resources/env/unix/asked.h"
#include "resources/env/unix/logins.h"

/* Fills `asked`, which is zero. `people` has one person at least; `pam` is what PAM gave them. */
enum tmd_rc tmd_env_put_questions(const struct tmd_env_site *site, struct tmd_fs *fs,
				  struct tmd_observer *observer,
				  const struct tmd_env_people *people, enum tmd_env_target target,
				  const struct tmd_env_asked *pam, struct tmd_env_asked *asked,
				  struct tmd_error *err) TMD_MUST_CHECK;

#endif
