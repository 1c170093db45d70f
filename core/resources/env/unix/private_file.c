/* Looks at the mode of the file that a variable names, and of the directories on the way. */
#include "resources/env/unix/private_file.h"

#include <stdlib.h>

#include "base/mem.h"
#include "os/path.h"
#include "resources/env/env.h"

/* The file that matters; NULL: none. */
static const char *named_file(const struct tmd_resource *r)
{
	const char *value = tmd_value_str(&r->desired[TMD_ENV_VALUE]);

	if (!value)
		value = tmd_value_str(&r->current[TMD_ENV_VALUE]);
	if (!value || !tmd_env_wanted(r) || tmd_env_user_scope(r) ||
	    !tmd_env_names_ca_file(tmd_value_str(&r->desired[TMD_ENV_NAME])))
		return NULL;
	return tmd_path_is_absolute(value) ? value : NULL;
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

void tmd_env_note_private_file(struct tmd_ctx *ctx, struct tmd_resource *r,
			       struct tmd_strv *problems)
{
	const char *path = named_file(r);
	TMD_AUTO_FREE char *why = path ? find_culprit(ctx, path) : NULL;

	tmd_value_release(&r->desired[TMD_ENV_PROBLEMS]);
	if (!why)
		return;
	tmd_value_set_list(&r->desired[TMD_ENV_PROBLEMS], problems);
	tmd_strv_addf(problems, "not every user can read the file: %s", why);
}

enum tmd_rc tmd_env_check_private_file(struct tmd_ctx *ctx, const struct tmd_resource *r,
				       struct tmd_error *err)
{
	const char *path = named_file(r);
	TMD_AUTO_FREE char *why = path ? find_culprit(ctx, path) : NULL;

	if (!why)
		return TMD_OK;
	return tmd_fail(err, TMD_E_CONFLICT, path,
			"chmod a+r the file, and a+x the directories on the way; or set the "
			"variable with scope=user",
			"every user would be pointed to a file that not every user can read: %s",
			why);
}
