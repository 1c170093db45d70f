/* On Linux each way of starting a program may name another file. */
#include "resources/env/dangling.h"

#include "base/buf.h"
#include "resources/env/ca_file.h"
#include "resources/env/trust_vars.h"
#include "resources/env/unix/linux_effective.h"

/* Adds "line 3 of FILE" where this way leads to the file, each place once. */
static void add_place(struct tmd_ctx *ctx, const struct tmd_env_site *site,
		      enum tmd_env_target target, const char *path, struct tmd_strv *places)
{
	TMD_CLEANUP(tmd_env_effect_release) struct tmd_env_effect effect = { 0 };
	TMD_AUTO_STRV struct tmd_strv ignored = { 0 };
	TMD_AUTO_BUF struct tmd_buf place = { 0 };
	struct tmd_error unread = { 0 };

	if (tmd_env_effective(site, target, &effect, &ignored, &ignored, &unread) ||
	    !effect.value || effect.unknown || !tmd_env_dangles(ctx, effect.value, path))
		return;
	tmd_buf_addf(&place, "line %zu of %s", effect.line, effect.path);
	tmd_strv_add_once(places, tmd_buf_str(&place));
}

static void note_variable(struct tmd_ctx *ctx, const struct tmd_env_site *site, const char *path,
			  struct tmd_strv *out)
{
	TMD_AUTO_STRV struct tmd_strv places = { 0 };
	TMD_AUTO_BUF struct tmd_buf where = { 0 };

	for (int i = 0; i < TMD_ENV_TARGETS; i++)
		add_place(ctx, site, (enum tmd_env_target)i, path, &places);
	for (size_t i = 0; i < places.count; i++)
		tmd_buf_addf(&where, "%s%s", i ? ", " : "", places.items[i]);
	if (places.count)
		tmd_env_add_dangling(site->name, tmd_buf_str(&where),
				     site->user ? site->user->name : NULL, out);
}

static void note_all(struct tmd_ctx *ctx, const struct tmd_user *user, const char *path,
		     struct tmd_strv *out)
{
	struct tmd_env_site site = { .files = tmd_env_files(ctx), .user = user,
				     .asking = tmd_env_asking(ctx) };

	for (size_t i = 0; (site.name = tmd_env_trust_variable(i)); i++) {
		if (tmd_env_names_ca_file(site.name))
			note_variable(ctx, &site, path, out);
	}
}

void tmd_env_note_dangling(struct tmd_ctx *ctx, const char *path, struct tmd_strv *out)
{
	TMD_CLEANUP(tmd_user_release) struct tmd_user user = { 0 };
	struct tmd_error ignored = { 0 };

	note_all(ctx, NULL, path, out);
	if (tmd_user_find(ctx->fs, NULL, &user, &ignored) == TMD_OK)
		note_all(ctx, &user, path, out);
}
