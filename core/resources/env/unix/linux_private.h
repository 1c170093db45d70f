/* What a variable on Linux carries from its reading to its plan. */
#ifndef TMD_RESOURCES_ENV_LINUX_PRIVATE_H
#define TMD_RESOURCES_ENV_LINUX_PRIVATE_H

#include "resources/env/unix/linux_effective.h"

/* `priv` of the resource, from read() on. */
struct tmd_env_linux {
	struct tmd_user user; /* in the scope of a user */
	bool wanted[TMD_ENV_TARGETS];
	struct tmd_env_effect effects[TMD_ENV_TARGETS];
};

/* Borrows from `r`. */
struct tmd_env_site tmd_env_site_of(struct tmd_ctx *ctx, const struct tmd_resource *r);

#endif
