/* The question to an interpreter: observing.py is its text, the reporter takes the answer. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "resources/verdict/verdict.h"

#define SECONDS 20 /* imports come from a cold disk, or over a network */

struct tmd_embedded {
	const char *name;
	const char *text;
};
extern const struct tmd_embedded tmd_observing_data[];

static enum tmd_rc find_asker(const struct tmd_verdict_reading *reading, struct tmd_user *out,
			      char **why, struct tmd_error *err)
{
	if (tmd_user_find(reading->ctx->fs, reading->around.user.name, out, err))
		return TMD_FAILED;
	if (out->uid == 0)
		*why = tmd_strdup("the API is not run as root: name in user who runs the program");
	return TMD_OK;
}

static void make_environment(const struct tmd_verdict_reading *reading,
			     const struct tmd_user *user, struct tmd_strv *out)
{
	tmd_strv_copy(out, &reading->around.environment);
	tmd_strv_addf(out, "HOME=%s", user->home);
	tmd_strv_addf(out, "USER=%s", user->name);
	tmd_strv_addf(out, "LOGNAME=%s", user->name);
	tmd_strv_add(out, "PATH=/usr/local/bin:/usr/bin:/bin");
}

static char *why_silent(const struct tmd_answer *answer)
{
	const char *said = answer->said ? answer->said : "it said nothing";

	switch (answer->kind) {
	case TMD_OBSERVED:
		break;
	case TMD_OBSERVED_DEATH:
		return tmd_format("the interpreter ended with status %d: %s", answer->status, said);
	case TMD_OBSERVED_TIMEOUT: /* without the command, which is long */
		return answer->why ? tmd_strndup(answer->why, strcspn(answer->why, ":"))
				   : tmd_strdup("it took too long");
	case TMD_OBSERVED_IMPOSSIBLE:
		return tmd_strdup(answer->why ? answer->why : said);
	}
	return NULL;
}

static enum tmd_rc ask(const struct tmd_verdict_reading *reading, const char *place,
		       const struct tmd_user *user, struct tmd_observer *observer,
		       struct tmd_answer *answer, struct tmd_error *err)
{
	const char *argument = reading->process.settings.argument;
	const char *directory = reading->process.directory;
	TMD_AUTO_FREE char *given = argument ? tmd_format("=%s", argument) : tmd_strdup("");
	TMD_AUTO_STRV struct tmd_strv environment = { 0 };
	TMD_AUTO_FREE const char **variables = NULL;
	const char *const argv[] = {
		reading->program, "-B", "-c", tmd_observing_data[0].text, place, given,
		directory ? directory : "", TMD_OBSERVE_REPORTER, TMD_OBSERVE_TOKEN, NULL,
	};
	struct tmd_question question = { .user = user, .program = reading->program, .argv = argv,
					 .timeout = SECONDS };

	make_environment(reading, user, &environment);
	variables = tmd_alloc(environment.count + 1, sizeof(*variables));
	for (size_t i = 0; i < environment.count; i++)
		variables[i] = environment.items[i];
	question.environment = variables;
	return tmd_observer_ask(observer, &question, answer, err);
}

enum tmd_rc tmd_verdict_ask(const struct tmd_verdict_reading *reading, const char *place,
			    struct tmd_answer *answer, char **why, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_user_release) struct tmd_user user = { 0 };
	TMD_AUTO_OBSERVER struct tmd_observer *observer = NULL;
	struct tmd_error closed = { 0 };

	*why = NULL;
	if (find_asker(reading, &user, why, err))
		return TMD_FAILED;
	if (*why)
		return TMD_OK;
	if (tmd_observer_open(reading->ctx->fs, NULL, 0, &observer, &closed)) {
		*why = tmd_strdup(closed.message);
		return TMD_OK;
	}
	if (ask(reading, place, &user, observer, answer, err))
		return TMD_FAILED;
	*why = why_silent(answer);
	return TMD_OK;
}
