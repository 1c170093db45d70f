/* Looks at the mode of the file that a variable names, and of the directories on the way. */
#include "resources/env/unix/private_file.h"

#include <stdlib.h>

#include "base/mem.h"
#include "os/path.h"
#include "resources/env/env.h"
#include "resources/env/trust_vars.h"
#include "resources/env/unix/linux_private.h"

static enum tmd_env_trust trust_of(const struct tmd_resource *r)
{
	return tmd_env_trust(tmd_value_str(&r->desired[TMD_ENV_NAME]));
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

/* Can readers look names up in the directory? `*why`, which the caller frees: what keeps them. */
static bool is_open(struct tmd_ctx *ctx, const struct tmd_user *reader, const char *dir, char **why)
{
	TMD_AUTO_FREE char *inside = tmd_path_join(dir, "0");
	struct tmd_error ignored = { 0 };
	uint32_t owner;

	return tmd_path_is_absolute(dir) && tmd_view_exists(ctx->view, dir) &&
	       tmd_view_find_obstacle(ctx->view, inside, reader, why, &owner, &ignored) == TMD_OK &&
	       !*why;
}

/* Of a list one directory is enough; the caller frees what keeps readers from the first. */
static char *find_list_culprit(struct tmd_ctx *ctx, const struct tmd_user *reader, const char *name,
			       const char *value)
{
	char *first = NULL;
	bool found = false;
	char *dir;

	while (!found && (dir = tmd_env_next_path(name, &value))) {
		TMD_AUTO_FREE char *path = dir;
		TMD_AUTO_FREE char *why = NULL;

		found = *path && is_open(ctx, reader, path, &why);
		if (!first && why) {
			first = why;
			why = NULL;
		}
	}
	if (!found)
		return first;
	free(first);
	return NULL;
}

/* Who cannot read it and why; the caller frees. NULL: nobody. */
static char *find_fault(struct tmd_ctx *ctx, const struct tmd_resource *r, const char *value)
{
	const struct tmd_user *reader = find_reader(r);
	enum tmd_env_trust trust = value && tmd_env_wanted(r) ? trust_of(r) : TMD_ENV_TRUST_NOT;
	const char *what = trust == TMD_ENV_TRUST_DIRS ? "look into the directory" : "read the file";
	TMD_AUTO_FREE char *why = NULL;

	if (trust == TMD_ENV_TRUST_DIRS)
		why = find_list_culprit(ctx, reader, r->name, value);
	else if (trust != TMD_ENV_TRUST_NOT && tmd_path_is_absolute(value))
		why = find_culprit(ctx, reader, value);
	if (!why)
		return NULL;
	return reader ? tmd_format("user %s cannot %s: %s", reader->name, what, why) :
			tmd_format("not every user can %s: %s", what, why);
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
			"every user would be pointed there, but %s", fault);
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
