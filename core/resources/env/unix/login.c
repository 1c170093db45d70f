/* The environment of a login, as its own shell tells it, or the text of its files. */
#include "resources/env/login.h"

#include "base/mem.h"
#include "resources/env/unix/linux_effective.h"
#include "resources/env/unix/logins.h"

static bool take_answer(const struct tmd_env_asked *asked, struct tmd_strv *out)
{
	for (size_t i = 0; i < asked->count; i++) {
		const struct tmd_answer *answer = &asked->items[i].answer;

		if (answer->kind != TMD_OBSERVED)
			continue;
		for (size_t k = 0; k < answer->environment.count; k++)
			tmd_strv_add(out, answer->environment.items[k]);
		return true;
	}
	return false;
}

static const struct tmd_env_login *find_dead(const struct tmd_env_asked *asked)
{
	for (size_t i = 0; i < asked->count; i++) {
		if (asked->items[i].answer.kind == TMD_OBSERVED_DEATH)
			return &asked->items[i];
	}
	return NULL;
}

/* Of the user's own files, else of the machine's. */
static enum tmd_rc read_text(const struct tmd_env_site *site, const char *name,
			     struct tmd_env_effect *effect, struct tmd_error *err)
{
	TMD_AUTO_STRV struct tmd_strv ignored = { 0 };
	struct tmd_env_site one = *site;

	one.name = name;
	if (tmd_env_effective(&one, TMD_ENV_PROFILE_D, effect, &ignored, &ignored, err))
		return TMD_FAILED;
	one.user = NULL;
	if (effect->value)
		return TMD_OK;
	return tmd_env_effective(&one, TMD_ENV_PROFILE_D, effect, &ignored, &ignored, err);
}

static enum tmd_rc take_texts(const struct tmd_env_site *site, const char *const *names,
			      struct tmd_strv *out, char **why, struct tmd_error *err)
{
	for (; *names && !*why; names++) {
		TMD_CLEANUP(tmd_env_effect_release) struct tmd_env_effect effect = { 0 };

		if (read_text(site, *names, &effect, err))
			return TMD_FAILED;
		if (effect.unknown)
			*why = tmd_format("nobody was asked, and what logins of %s get for %s, its files "
					  "alone do not tell", site->user->name, *names);
		else if (effect.value)
			tmd_strv_addf(out, "%s=%s", *names, effect.value);
	}
	return TMD_OK;
}

static enum tmd_rc ask(const struct tmd_env_site *site, const char *const *names,
		       struct tmd_strv *out, char **why, struct tmd_error *err)
{
	struct tmd_env_site unasked = *site;
	const struct tmd_env_asked *asked;
	const struct tmd_env_login *dead;

	if (tmd_env_ask(site, TMD_ENV_PROFILE_D, &asked, err))
		return TMD_FAILED;
	if (take_answer(asked, out))
		return TMD_OK;
	dead = find_dead(asked);
	if (dead) {
		*why = tmd_format("logins of %s with %s end before they begin: %s", dead->user,
				  dead->program,
				  dead->answer.said ? dead->answer.said : "it said nothing");
		return TMD_OK;
	}
	unasked.asking = NULL;
	return take_texts(&unasked, names, out, why, err);
}

enum tmd_rc tmd_env_login(struct tmd_ctx *ctx, const char *user, const char *const *names,
			  struct tmd_strv *out, char **why, struct tmd_error *err)
{
	struct tmd_env_site site = { .files = tmd_env_files(ctx) };
	struct tmd_user found = { 0 };
	enum tmd_rc rc;

	if (tmd_user_find(ctx->fs, user, &found, err))
		return TMD_FAILED;
	site.user = &found;
	if (!ctx->asks_nobody)
		site.asking = tmd_env_asking(ctx);
	rc = ask(&site, names, out, why, err);
	tmd_user_release(&found);
	return rc;
}

enum tmd_rc tmd_env_usual_user(struct tmd_ctx *ctx, char **name, struct tmd_error *err)
{
	const struct tmd_env_site site = { .files = tmd_env_files(ctx) };
	TMD_AUTO_ENV_PEOPLE struct tmd_env_people people = { 0 };
	struct tmd_error ignored = { 0 };
	struct tmd_user known = { 0 };

	*name = NULL;
	if (tmd_env_people_find(&site, ctx->fs, &people, err))
		return TMD_FAILED;
	if (people.count && /* an image may not even know nobody */
	    !tmd_user_find(ctx->fs, people.items[people.count - 1].name, &known, &ignored))
		*name = tmd_strdup(known.name);
	tmd_user_release(&known);
	return TMD_OK;
}
