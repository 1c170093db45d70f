/* What a user's programs begin with. */
#ifndef TMD_RESOURCES_ENV_LOGIN_H
#define TMD_RESOURCES_ENV_LOGIN_H

#include "resources/type.h"

/*
 * What a login of this user gets, as "NAME=value" each. On Linux his shell is asked, in the sandbox
 * of os/observe.h; where nobody can be asked, the text of the files that he reads says what those of
 * `names` are, which ends with NULL. On Windows it is what the registry says of the machine and of
 * him. `out` is added to, of two with one name the later counts. `*why`, which the caller frees, is
 * set instead where it cannot be told: one clause. Fails as tmd_user_find() and tmd_env_site_read(),
 * or tmd_env_key_open().
 */
enum tmd_rc tmd_env_login(struct tmd_ctx *ctx, const char *user, const char *const *names,
			  struct tmd_strv *out, char **why, struct tmd_error *err) TMD_MUST_CHECK;

/*
 * Whose logins stand for those of this machine: the caller's, or for root those of the first person
 * who has an account. The caller frees; NULL: nobody's.
 */
enum tmd_rc tmd_env_usual_user(struct tmd_ctx *ctx, char **name,
			       struct tmd_error *err) TMD_MUST_CHECK;

#endif
