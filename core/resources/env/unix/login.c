/* The environment of a login, as its own shell tells it. */
#include "resources/env/login.h"

#include "base/mem.h"
#include "resources/env/unix/asked.h"

static char *silence(const struct tmd_env_asked *asked, const char *user)
{
	const struct tmd_answer *answer = asked->count ? &asked->items[0].answer : NULL;

	if (asked->why)
		return tmd_format("a login of %s could not be asked: %s", user, asked->why);
	if (!answer)
		return tmd_format("%s has no shell to log in with", user);
	if (answer->why)
		return tmd_format("a login of %s could not be asked: %s", user, answer->why);
	return tmd_format("a login of %s ends before it begins: %s", user,
			  answer->said ? answer->said : "it said nothing");
}

static enum tmd_rc ask(const struct tmd_env_site *site, struct tmd_strv *out, char **why,
		       struct tmd_error *err)
{
	const struct tmd_env_asked *asked;

	if (tmd_env_ask(site, TMD_ENV_PROFILE_D, &asked, err))
		return TMD_FAILED;
	for (size_t i = 0; i < asked->count; i++) {
		const struct tmd_answer *answer = &asked->items[i].answer;

		if (answer->kind != TMD_OBSERVED)
			continue;
		for (size_t k = 0; k < answer->environment.count; k++)
			tmd_strv_add(out, answer->environment.items[k]);
		return TMD_OK;
	}
	*why = silence(asked, site->user->name);
	return TMD_OK;
}

enum tmd_rc tmd_env_login(struct tmd_ctx *ctx, const char *user, struct tmd_strv *out, char **why,
			  struct tmd_error *err)
{
	struct tmd_env_site site = { .files = tmd_env_files(ctx) };
	struct tmd_user found = { 0 };
	enum tmd_rc rc;

	if (tmd_user_find(ctx->fs, user, &found, err))
		return TMD_FAILED;
	site.user = &found;
	if (!ctx->asks_nobody)
		site.asking = tmd_env_asking(ctx);
	rc = ask(&site, out, why, err);
	tmd_user_release(&found);
	return rc;
}
