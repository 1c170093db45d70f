/* What the env type and its platforms agree on. */
#ifndef TMD_RESOURCES_ENV_ENV_H
#define TMD_RESOURCES_ENV_ENV_H

#include "resources/type.h"

#define TMD_ENV_NAME_MAX 255 /* bytes; Windows allows no more either */

enum tmd_env_field {
	TMD_ENV_NAME,
	TMD_ENV_VALUE,
	TMD_ENV_STATE,
	TMD_ENV_SCOPE,
	TMD_ENV_USER,
	TMD_ENV_TARGETS_FIELD,
	TMD_ENV_VALUE_TYPE,
	TMD_ENV_FORCE,
	TMD_ENV_OBSERVE,
	TMD_ENV_PER_TARGET,
	TMD_ENV_EFFECTIVE_FROM,
	TMD_ENV_STRAYS,
	TMD_ENV_PROBLEMS,
	TMD_ENV_FIELDS,
};

/* The platform's way; CMake links exactly one. The contracts are those of tmd_type. */
extern const char *const tmd_env_backend_names[];
/* name, state and scope are in r->desired; completes the rest, and r->identity. */
enum tmd_rc tmd_env_backend_normalize(struct tmd_ctx *ctx, struct tmd_resource *r,
				      struct tmd_error *err) TMD_MUST_CHECK;
enum tmd_rc tmd_env_backend_read(struct tmd_ctx *ctx, struct tmd_resource *r,
				 struct tmd_error *err) TMD_MUST_CHECK;
enum tmd_rc tmd_env_backend_plan(struct tmd_ctx *ctx, struct tmd_resource *r,
				 struct tmd_changeset *set, struct tmd_error *err) TMD_MUST_CHECK;
enum tmd_rc tmd_env_backend_commit(struct tmd_ctx *ctx, struct tmd_resource *const *resources,
				   size_t count, struct tmd_error *err) TMD_MUST_CHECK;
enum tmd_rc tmd_env_backend_list(struct tmd_ctx *ctx, const struct tmd_resource *query,
				 struct tmd_listing *listing, struct tmd_error *err) TMD_MUST_CHECK;
void tmd_env_backend_release(struct tmd_resource *r);

/* Is the variable to be there (state is not absent)? */
bool tmd_env_wanted(const struct tmd_resource *r);
bool tmd_env_user_scope(const struct tmd_resource *r);
bool tmd_env_forced(const struct tmd_resource *r); /* force=true */
/* May logins be asked what they get? */
bool tmd_env_observes(const struct tmd_ctx *ctx, const struct tmd_resource *r);

/* Is that a name which the type takes? Some readers of files take others as well. */
bool tmd_env_can_be_managed(const char *name);

#endif
