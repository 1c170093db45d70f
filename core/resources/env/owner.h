/* Variables that name what is trusted, and who else may change that. */
#ifndef TMD_RESOURCES_ENV_OWNER_H
#define TMD_RESOURCES_ENV_OWNER_H

#include "resources/type.h"

/*
 * The next path of the value at `*at` of a variable that names what is trusted, and moves `*at`
 * behind it: SSL_CERT_DIR is a list with `separator` between its directories, the others name one
 * thing. NULL at the end. The caller frees.
 */
char *tmd_env_next_path(const char *name, char separator, const char **at);

/* Of the value as it is: a warning. */
void tmd_env_warn_of_others(struct tmd_ctx *ctx, struct tmd_resource *r);

/*
 * Of the value as it is wished. Root does not point the whole machine to what another user can
 * change; for everything else it is a warning. Fails: refused.
 */
enum tmd_rc tmd_env_check_others(struct tmd_ctx *ctx, struct tmd_resource *r,
				 struct tmd_error *err) TMD_MUST_CHECK;

#endif
