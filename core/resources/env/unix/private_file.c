/* Looks at the mode of the file that a variable names, and of the directories on the way. */
#include "resources/env/unix/private_file.h"

#include <stdlib.h>

#include "base/mem.h"
#include "os/path.h"
#include "resources/env/ca_file.h"
#include "resources/env/env.h"

/* Is every user pointed to that file? */
static bool is_for_all(const struct tmd_resource *r, const char *value)
{
	return value && tmd_env_wanted(r) && !tmd_env_user_scope(r) &&
	       tmd_env_names_ca_file(tmd_value_str(&r->desired[TMD_ENV_NAME])) &&
	       tmd_path_is_absolute(value);
}

/*
 * What keeps others from it, or will once this run has made it; the caller frees. NULL: nothing, or
 * there is no such file and none is planned.
 */
static char *find_culprit(struct tmd_ctx *ctx, const char *path)
{
	struct tmd_error ignored = { 0 };
	struct tmd_stat st = { .type = TMD_FILE_REGULAR, .mode = 0644 };
	bool exists = tmd_view_exists(ctx->view, path);
	uint32_t owner;
	char *why = NULL;

	if (exists && (tmd_view_stat(ctx->view, path, &st, &ignored) ||
		       st.type != TMD_FILE_REGULAR ||
		       tmd_view_find_obstacle(ctx->view, path, &why, &owner, &ignored)))
		return NULL;
	if (!why && !(st.mode & 0004))
		why = tmd_format("%s has mode %04o", path, (unsigned)st.mode);
	return why;
}

void tmd_env_note_private_file(struct tmd_ctx *ctx, const struct tmd_resource *r, const char *value,
			       struct tmd_strv *problems)
{
	TMD_AUTO_FREE char *why = is_for_all(r, value) ? find_culprit(ctx, value) : NULL;

	if (why)
		tmd_strv_addf(problems, "not every user can read the file: %s", why);
}

enum tmd_rc tmd_env_check_private_file(struct tmd_ctx *ctx, struct tmd_resource *r,
				       const char *value, struct tmd_error *err)
{
	TMD_AUTO_FREE char *why = is_for_all(r, value) ? find_culprit(ctx, value) : NULL;

	if (!why)
		return TMD_OK;
	if (tmd_env_forced(r)) {
		tmd_strv_addf(&r->warnings, "%s: not every user can read the file: %s", r->name,
			      why);
		return TMD_OK;
	}
	return tmd_fail(err, TMD_E_CONFLICT, value,
			"chmod a+r the file, and a+x the directories on the way; or set the "
			"variable with scope=user",
			"every user would be pointed to a file that not every user can read: %s",
			why);
}
