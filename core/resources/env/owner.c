/* Who can change the file that a variable names decides what its readers trust. */
#include "resources/env/owner.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "os/user.h"
#include "resources/env/env.h"

char *tmd_env_next_path(const char *name, char separator, const char **at)
{
	const char *start = *at;
	const char list[] = { separator, '\0' };
	size_t len = strcspn(start, tmd_str_equal_nocase(name, "SSL_CERT_DIR") ? list : "");

	if (!*start)
		return NULL;
	*at = start + len + (start[len] != '\0');
	return tmd_strndup(start, len);
}

/* Who else, as a clause that the caller frees; NULL: nobody, or it cannot be told. */
static char *find_others_at(struct tmd_ctx *ctx, const char *path, uint32_t user)
{
	struct tmd_error ignored;
	char *why = NULL;

	if (!tmd_path_is_absolute(path) ||
	    tmd_view_changeable_by_others(ctx->view, path, user, &why, &ignored))
		return NULL;
	return why;
}

/* The same for a value: of a list each directory counts. */
static char *find_others(struct tmd_ctx *ctx, const struct tmd_resource *r, const char *value)
{
	TMD_CLEANUP(tmd_user_release) struct tmd_user user = { 0 };
	char separator = tmd_fs_has_modes() ? ':' : ';';
	const char *name = tmd_value_str(&r->desired[TMD_ENV_USER]);
	bool of_user = tmd_env_user_scope(r);
	struct tmd_error ignored;
	char *path;
	char *why = NULL;

	if (of_user && tmd_user_find(ctx->fs, name, &user, &ignored))
		return NULL;
	while (!why && (path = tmd_env_next_path(r->name, separator, &value))) {
		why = find_others_at(ctx, path, of_user ? user.uid : TMD_KEEP);
		free(path);
	}
	return why;
}

static void warn(struct tmd_resource *r, const char *why)
{
	TMD_AUTO_FREE char *line = tmd_format("%s: others can change what is trusted by it: %s",
					      r->name, why);

	tmd_strv_add_once(&r->warnings, line);
}

void tmd_env_warn_of_others(struct tmd_ctx *ctx, struct tmd_resource *r)
{
	const char *value = tmd_value_str(&r->current[TMD_ENV_VALUE]);
	TMD_AUTO_FREE char *why = NULL;

	if (!tmd_env_wanted(r) || !value || !tmd_env_names_trust(r->name))
		return;
	why = find_others(ctx, r, value);
	if (why)
		warn(r, why);
}

enum tmd_rc tmd_env_check_others(struct tmd_ctx *ctx, struct tmd_resource *r,
				 struct tmd_error *err)
{
	const char *value = tmd_value_str(&r->desired[TMD_ENV_VALUE]);
	TMD_AUTO_FREE char *why = NULL;

	if (!tmd_env_wanted(r) || !value || !tmd_env_names_trust(r->name))
		return TMD_OK;
	why = find_others(ctx, r, value);
	if (!why)
		return TMD_OK;
	if (tmd_env_user_scope(r) || !tmd_user_is_admin()) {
		warn(r, why);
		return TMD_OK;
	}
	return tmd_fail(err, TMD_E_REFUSED, value,
			tmd_fs_has_modes()
				? "give the file and the directories on its way to root, or name "
				  "another one"
				: "name a file that only administrators may change, below "
				  "C:\\Program Files or C:\\ProgramData",
			"env %s: the whole machine would trust what others can change: %s",
			r->name, why);
}
