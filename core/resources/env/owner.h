/* Variables that name what is trusted, and who else may change that. */
#ifndef TMD_RESOURCES_ENV_OWNER_H
#define TMD_RESOURCES_ENV_OWNER_H

#include "resources/type.h"

/*
 * Who else could change what is trusted by the value of that variable, for a program of `user` (as
 * tmd_view_changeable_by_others() takes it), as a clause; the caller frees. NULL: nobody, or it
 * cannot be told, or the variable does not name what is trusted.
 */
char *tmd_env_find_others(struct tmd_ctx *ctx, const char *name, const char *value,
			  uint32_t user) TMD_MUST_CHECK;

/* Adds a line that says so. */
void tmd_env_note_others(const char *name, const char *why, struct tmd_strv *out);

/* Fails with refused: the whole machine must not be pointed there. */
enum tmd_rc tmd_env_refuse_others(const struct tmd_resource *r, const char *value, const char *why,
				  struct tmd_error *err) TMD_MUST_CHECK;

/* Of the value as it is: a warning. */
void tmd_env_warn_of_others(struct tmd_ctx *ctx, struct tmd_resource *r);

/*
 * Of the value as it is wished. Root does not point the whole machine to what another user can
 * change; for everything else it is a warning. Fails: refused.
 */
enum tmd_rc tmd_env_check_others(struct tmd_ctx *ctx, struct tmd_resource *r,
				 struct tmd_error *err) TMD_MUST_CHECK;

#endif
