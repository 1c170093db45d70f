/* Looks at the mode of the file that a variable names, and of the directories on the way. */
#include "resources/env/unix/private_file.h"

#include <stdlib.h>

#include "base/mem.h"
#include "os/path.h"
#include "resources/env/ca_file.h"
#include "resources/env/env.h"
#include "resources/env/unix/linux_private.h"

static bool is_looked_at(const struct tmd_resource *r, const char *value)
{
	return value && tmd_env_wanted(r) &&
	       tmd_env_names_ca_file(tmd_value_str(&r->desired[TMD_ENV_NAME])) &&
	       tmd_path_is_absolute(value);
}

/* Who has to read it; NULL: everybody. */
static const struct tmd_user *find_reader(const struct tmd_resource *r)
{
	const struct tmd_env_linux *priv = r->priv;

	return tmd_env_user_scope(r) ? &priv->user : NULL;
}

/* The file as it will be; one that is new and not root's doing belongs to the user. */
static bool look(struct tmd_ctx *ctx, const struct tmd_user *reader, const char *path,
		 struct tmd_stat *st)
{
	struct tmd_error ignored = { 0 };

	if (tmd_view_stat(ctx->view, path, st, &ignored) || st->type != TMD_FILE_REGULAR)
		return false;
	if (reader && !tmd_user_is_admin() && !tmd_fs_exists(ctx->fs, path))
		st->uid = reader->uid;
	return true;
}

/*
 * What keeps readers from it, or will once this run has made it; the caller frees. NULL: nothing,
 * or there is no such file and none is planned.
 */
static char *find_culprit(struct tmd_ctx *ctx, const struct tmd_user *reader, const char *path)
{
	struct tmd_error ignored = { 0 };
	struct tmd_stat st;
	uint32_t owner;
	char *why = NULL;

	if (!look(ctx, reader, path, &st) ||
	    tmd_view_find_obstacle(ctx->view, path, reader, &why, &owner, &ignored))
		return NULL;
	if (!why && !(reader ? tmd_user_may(ctx->fs, reader, &st, 0004) : st.mode & 0004))
		why = tmd_format("%s has mode %04o", path, (unsigned)st.mode);
	return why;
}

/* Who cannot read it and why; the caller frees. NULL: nobody. */
static char *find_fault(struct tmd_ctx *ctx, const struct tmd_resource *r, const char *value)
{
	const struct tmd_user *reader = find_reader(r);
	TMD_AUTO_FREE char *why = is_looked_at(r, value) ? find_culprit(ctx, reader, value) : NULL;

	if (!why)
		return NULL;
	return reader ? tmd_format("user %s cannot read the file: %s", reader->name, why) :
			tmd_format("not every user can read the file: %s", why);
}

void tmd_env_note_private_file(struct tmd_ctx *ctx, const struct tmd_resource *r, const char *value,
			       struct tmd_strv *problems)
{
	TMD_AUTO_FREE char *fault = find_fault(ctx, r, value);

	if (fault)
		tmd_strv_add(problems, fault);
}

static enum tmd_rc refuse(const struct tmd_resource *r, const char *value, const char *fault,
			  struct tmd_error *err)
{
	if (tmd_env_user_scope(r))
		return tmd_fail(err, TMD_E_CONFLICT, value,
				"let that user read the file and pass the directories on the way, "
				"or name another file; force=true sets the variable all the same",
				"env %s: %s", r->name, fault);
	return tmd_fail(err, TMD_E_CONFLICT, value,
			"chmod a+r the file, and a+x the directories on the way; or set the "
			"variable with scope=user",
			"every user would be pointed to a file, but %s", fault);
}

enum tmd_rc tmd_env_check_private_file(struct tmd_ctx *ctx, struct tmd_resource *r,
				       const char *value, struct tmd_error *err)
{
	TMD_AUTO_FREE char *fault = find_fault(ctx, r, value);

	if (!fault)
		return TMD_OK;
	if (!tmd_env_forced(r))
		return refuse(r, value, fault, err);
	tmd_strv_addf(&r->warnings, "%s: %s", r->name, fault);
	return TMD_OK;
}
