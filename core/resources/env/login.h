/* The whole environment that a user's programs begin with. */
#ifndef TMD_RESOURCES_ENV_LOGIN_H
#define TMD_RESOURCES_ENV_LOGIN_H

#include "resources/type.h"

/*
 * What a login of this user gets, as "NAME=value" each: on Linux his shell is asked, in the sandbox
 * of os/observe.h; on Windows it is what the registry says of the machine and of him. `out` is added
 * to. `*why`, which the caller frees, is set instead where it cannot be told: one clause. Fails as
 * tmd_user_find() and tmd_env_site_read(), or tmd_env_key_open().
 */
enum tmd_rc tmd_env_login(struct tmd_ctx *ctx, const char *user, struct tmd_strv *out, char **why,
			  struct tmd_error *err) TMD_MUST_CHECK;

#endif
