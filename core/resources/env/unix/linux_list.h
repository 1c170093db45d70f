/* The verb list for environment variables. */
#ifndef TMD_RESOURCES_ENV_LINUX_LIST_H
#define TMD_RESOURCES_ENV_LINUX_LIST_H

#include "resources/type.h"

enum tmd_rc tmd_env_list(struct tmd_ctx *ctx, const struct tmd_resource *query,
			 struct tmd_listing *listing, struct tmd_error *err);

#endif
