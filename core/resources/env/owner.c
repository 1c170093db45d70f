/* Who can change the file that a variable names decides what its readers trust. */
#include "resources/env/owner.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/user.h"
#include "resources/env/env.h"
#include "resources/env/trust_vars.h"

char *tmd_env_find_others(struct tmd_ctx *ctx, const char *name, const char *value, uint32_t user)
{
	struct tmd_error ignored;
	char *why = NULL;
	char *path;

	if (tmd_env_trust(name) == TMD_ENV_TRUST_NOT)
		return NULL;
	while (!why && (path = tmd_env_next_path(name, &value))) {
		if (tmd_view_changeable_by_others(ctx->view, path, user, &why, &ignored))
			why = NULL;
		free(path);
	}
	return why;
}

/* The same for a value of `r`, as it is wished or read; NULL where there is none. */
static char *find_others(struct tmd_ctx *ctx, const struct tmd_resource *r,
			 const struct tmd_value *value)
{
	TMD_CLEANUP(tmd_user_release) struct tmd_user user = { 0 };
	const char *text = tmd_value_str(value);
	const char *name = tmd_value_str(&r->desired[TMD_ENV_USER]);
	bool of_user = tmd_env_user_scope(r);
	struct tmd_error ignored;

	if (!tmd_env_wanted(r) || !text || tmd_env_trust(r->name) == TMD_ENV_TRUST_NOT ||
	    (of_user && tmd_user_find(ctx->fs, name, &user, &ignored)))
		return NULL;
	return tmd_env_find_others(ctx, r->name, text, of_user ? user.uid : TMD_KEEP);
}

void tmd_env_note_others(const char *name, const char *why, struct tmd_strv *out)
{
	TMD_AUTO_FREE char *line = tmd_format("%s: others can change what is trusted by it: %s",
					      name, why);

	tmd_strv_add_once(out, line);
}

enum tmd_rc tmd_env_refuse_others(const struct tmd_resource *r, const char *value, const char *why,
				  struct tmd_error *err)
{
	return tmd_fail(err, TMD_E_REFUSED, value,
			tmd_fs_has_modes()
				? "give the file and the directories on its way to root, or name "
				  "another one"
				: "name a file that only administrators may change, below "
				  "C:\\Program Files or C:\\ProgramData",
			"env %s: the whole machine would trust what others can change: %s",
			r->name, why);
}

void tmd_env_warn_of_others(struct tmd_ctx *ctx, struct tmd_resource *r)
{
	TMD_AUTO_FREE char *why = find_others(ctx, r, &r->current[TMD_ENV_VALUE]);

	if (why)
		tmd_env_note_others(r->name, why, &r->warnings);
}

enum tmd_rc tmd_env_check_others(struct tmd_ctx *ctx, struct tmd_resource *r,
				 struct tmd_error *err)
{
	TMD_AUTO_FREE char *why = find_others(ctx, r, &r->desired[TMD_ENV_VALUE]);

	if (!why)
		return TMD_OK;
	if (!tmd_env_user_scope(r) && tmd_user_is_admin())
		return tmd_env_refuse_others(r, tmd_value_str(&r->desired[TMD_ENV_VALUE]), why,
					     err);
	tmd_env_note_others(r->name, why, &r->warnings);
	return TMD_OK;
}
