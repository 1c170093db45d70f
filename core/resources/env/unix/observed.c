/* What logins of several shells and people got, as one answer, and where it comes from. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "resources/env/unix/linux_effective.h"
#include "resources/env/unix/trace.h"

struct place {
	char *path;
	size_t line;
};

static void release_place(struct place *place)
{
	free(place->path);
	place->path = NULL;
}

/* ---- votes ---- */

static const char *shown(const char *value)
{
	return value ? value : "nothing";
}

/* Why a login gave no answer, for people. */
static void note_silence(const struct tmd_env_login *login, struct tmd_strv *problems)
{
	const struct tmd_answer *answer = &login->answer;
	const char *said = answer->said ? answer->said : "it said nothing";

	switch (answer->kind) {
	case TMD_OBSERVED:
		return;
	case TMD_OBSERVED_DEATH:
		tmd_strv_addf(problems, "logins of %s with %s end before they begin (status %d): %s",
			      login->user, login->program, answer->status, said);
		return;
	case TMD_OBSERVED_TIMEOUT:
	case TMD_OBSERVED_IMPOSSIBLE:
		tmd_strv_addf(problems, "not observed: a login of %s with %s: %s", login->user,
			      login->program, answer->why ? answer->why : said);
		return;
	}
}

static void note_difference(const struct tmd_env_site *site, const struct tmd_env_login *a,
			    const struct tmd_env_login *b, struct tmd_strv *problems)
{
	tmd_strv_addf(problems, "%s: %s with %s gets %s, %s with %s gets %s", site->name, a->user,
		      a->program, shown(tmd_answer_value(&a->answer, site->name)), b->user,
		      b->program, shown(tmd_answer_value(&b->answer, site->name)));
}

/* The login whose answer holds for all; NULL where they differ, or one may still say otherwise. */
static const struct tmd_env_login *find_common(const struct tmd_env_site *site,
					       const struct tmd_env_asked *asked,
					       struct tmd_strv *problems)
{
	const struct tmd_env_login *first = NULL;
	bool open = false;

	for (size_t i = 0; i < asked->count; i++) {
		const struct tmd_env_login *login = &asked->items[i];

		note_silence(login, problems);
		open = open || login->answer.kind == TMD_OBSERVED_TIMEOUT ||
		       login->answer.kind == TMD_OBSERVED_IMPOSSIBLE;
		if (login->answer.kind != TMD_OBSERVED)
			continue;
		if (!first) {
			first = login;
		} else if (!tmd_str_equal(tmd_answer_value(&first->answer, site->name),
					  tmd_answer_value(&login->answer, site->name))) {
			note_difference(site, first, login, problems);
			open = true;
		}
	}
	return open ? NULL : first;
}

/* ---- places ---- */

struct line_search {
	const struct tmd_env_site *site;
	const char *value;
	struct place place;
};

static void take_line(void *arg, const struct tmd_env_text *text, size_t line, const char *name,
		      const char *content)
{
	struct line_search *search = arg;

	(void)name;
	if (!strstr(content, search->value))
		return;
	free(search->place.path);
	search->place.path = tmd_strdup(text->known);
	search->place.line = line;
}

static bool find_traced(const struct tmd_env_site *site, const struct tmd_env_asked *asked,
			struct place *out)
{
	for (size_t i = 0; i < asked->count; i++) {
		const struct tmd_answer *answer = &asked->items[i].answer;

		if (answer->kind == TMD_OBSERVED &&
		    tmd_env_trace_place(answer, site->name,
					tmd_answer_value(answer, site->name), &out->path,
					&out->line))
			return true;
	}
	return false;
}

/* Where logins differ: the line that is not ours, if bash traced one. */
static bool find_foreign(const struct tmd_env_site *site, enum tmd_env_target target,
			 const struct tmd_env_asked *asked, struct place *out)
{
	TMD_AUTO_FREE char *own = tmd_env_own_path(site, target);

	for (size_t i = 0; i < asked->count; i++) {
		const struct tmd_env_asked one = { .items = &asked->items[i], .count = 1 };

		release_place(out);
		if (find_traced(site, &one, out) && strcmp(out->path, own) != 0)
			return true;
	}
	return out->path;
}

/* The line that gives this value: as bash traced it, else the last that names both. */
static enum tmd_rc find_place(const struct tmd_env_site *site, enum tmd_env_target target,
			      const struct tmd_env_asked *asked, const struct tmd_env_texts *texts,
			      const char *value, struct place *out, struct tmd_error *err)
{
	TMD_AUTO_ENV_TEXTS struct tmd_env_texts pam = { 0 };
	TMD_AUTO_STRV struct tmd_strv ignored = { 0 };
	struct line_search search = { site, value, { 0 } };
	enum tmd_rc rc = TMD_OK;

	if (find_traced(site, asked, out) || !value)
		return TMD_OK;
	if (target == TMD_ENV_PROFILE_D)
		rc = tmd_env_texts_find(site, TMD_ENV_ETC_ENVIRONMENT, &pam, &ignored, err);
	if (rc || tmd_env_texts_scan(site, &pam, site->name, take_line, &search, err) ||
	    tmd_env_texts_scan(site, texts, site->name, take_line, &search, err)) {
		release_place(&search.place);
		return TMD_FAILED;
	}
	*out = search.place;
	return TMD_OK;
}

/* ---- lines that did not run ---- */

struct idle_search {
	const struct tmd_env_site *site;
	const struct tmd_env_asked *asked;
	const struct tmd_env_effect *effect;
	struct tmd_strv *problems;
};

static bool ran(const struct idle_search *search, const char *path, size_t line)
{
	if (search->effect->line == line && tmd_str_equal(search->effect->path, path))
		return true;
	for (size_t i = 0; i < search->asked->count; i++) {
		if (tmd_env_trace_shows(&search->asked->items[i].answer, path, line,
					search->site->name))
			return true;
	}
	return false;
}

static void note_idle(void *arg, const struct tmd_env_text *text, size_t line, const char *name,
		      const char *content)
{
	const struct idle_search *search = arg;

	(void)content;
	if (text->kind == TMD_ENV_FOREIGN && !ran(search, text->known, line))
		tmd_strv_addf(search->problems,
			      "line %zu of %s names %s and was not seen to run: other users or "
			      "hosts may get another value", line, text->known, name);
}

/* ---- one user ---- */

static bool is_of_user(const struct tmd_user *user, const char *path)
{
	size_t len = strlen(user->home);

	return strncmp(path, user->home, len) == 0 && path[len] == '/';
}

/* What the machine gives everybody is not the user's, although his login has it. */
static enum tmd_rc is_machines(const struct tmd_env_site *site, enum tmd_env_target target,
			       const struct place *place, const char *value, bool *machines,
			       struct tmd_error *err)
{
	TMD_CLEANUP(tmd_env_effect_release) struct tmd_env_effect effect = { 0 };
	TMD_AUTO_STRV struct tmd_strv ignored = { 0 };
	struct tmd_env_site machine = *site;

	*machines = false;
	if (place->path && is_of_user(site->user, place->path))
		return TMD_OK;
	machine.user = NULL;
	if (tmd_env_effective(&machine, target, &effect, &ignored, &ignored, err))
		return TMD_FAILED;
	*machines = tmd_str_equal(effect.value, value);
	return TMD_OK;
}

static enum tmd_rc take_common(const struct tmd_env_site *site, enum tmd_env_target target,
			       const struct tmd_env_asked *asked,
			       const struct tmd_env_texts *texts, const char *value,
			       struct tmd_env_effect *out, struct tmd_error *err)
{
	struct place place = { 0 };
	bool machines = false;

	if (find_place(site, target, asked, texts, value, &place, err))
		return TMD_FAILED;
	if (site->user && value && is_machines(site, target, &place, value, &machines, err)) {
		release_place(&place);
		return TMD_FAILED;
	}
	if (machines) {
		release_place(&place);
		return TMD_OK;
	}
	out->value = tmd_strdup(value);
	out->path = place.path;
	out->line = place.line;
	return TMD_OK;
}

enum tmd_rc tmd_env_observed_effect(const struct tmd_env_site *site, enum tmd_env_target target,
				    const struct tmd_env_asked *asked,
				    const struct tmd_env_texts *texts, struct tmd_env_effect *out,
				    struct tmd_strv *problems, struct tmd_error *err)
{
	const struct tmd_env_login *common = find_common(site, asked, problems);
	struct idle_search search = { site, asked, out, problems };
	struct place place = { 0 };

	if (common) {
		const char *value = tmd_answer_value(&common->answer, site->name);

		if (take_common(site, target, asked, texts, value, out, err))
			return TMD_FAILED;
	} else {
		out->unknown = true;
		out->value = tmd_strdup(TMD_ENV_CANNOT_TELL);
		if (find_foreign(site, target, asked, &place)) {
			out->path = place.path;
			out->line = place.line;
		}
	}
	return target == TMD_ENV_PROFILE_D ?
		       tmd_env_texts_scan(site, texts, site->name, note_idle, &search, err) :
		       TMD_OK;
}

/* ---- neighbours ---- */

/* What differs from login to login by itself. */
static bool is_restless(const char *name)
{
	static const char *const names[] = { "_", "SHLVL", "PWD", "OLDPWD", "RANDOM" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (strcmp(name, names[i]) == 0)
			return true;
	}
	return false;
}

/*
 * The first variable of `a` that `b` has not, or has otherwise; the caller frees. `again` is what
 * the login of `a` got another time, and what differs by itself does not count; where it is `b`, only
 * what is not there at all counts.
 */
static char *find_changed(const struct tmd_answer *a, const struct tmd_answer *b,
			  const struct tmd_answer *again, const char *except)
{
	for (size_t i = 0; i < a->environment.count; i++) {
		const char *item = a->environment.items[i];
		size_t len = strcspn(item, "=");
		TMD_AUTO_FREE char *name = tmd_strndup(item, len);
		const char *value = item + len + (item[len] == '=');
		const char *other = tmd_answer_value(b, name);

		if (strcmp(name, except) == 0 || is_restless(name) || tmd_str_equal(other, value))
			continue;
		if (tmd_str_equal(tmd_answer_value(again, name), again == b ? NULL : value))
			return tmd_strdup(name);
	}
	return NULL;
}

/* The other variable may hold a secret: its values are not shown. */
static enum tmd_rc fail_changed(const struct tmd_env_site *site, const struct tmd_env_login *now,
				const struct tmd_env_login *after, const char *changed,
				struct tmd_error *err)
{
	const char *value = tmd_answer_value(&after->answer, changed);
	TMD_CLEANUP(release_place) struct place place = { 0 };
	TMD_AUTO_FREE char *where = NULL;

	if (tmd_env_trace_place(&after->answer, changed, value, &place.path, &place.line))
		where = tmd_format(", by line %zu of this file", place.line);
	return tmd_fail(err, TMD_E_CONFLICT, place.path, "look at what depends on that variable",
			"%s: for %s with %s, %s would %s with it%s", site->name, now->user,
			now->program, changed, value ? "change" : "be gone", where ? where : "");
}

static enum tmd_rc check_login(const struct tmd_env_site *site, const struct tmd_env_login *now,
			       const struct tmd_env_login *after, const struct tmd_answer *again,
			       struct tmd_error *err)
{
	TMD_AUTO_FREE char *changed = NULL;

	if (now->answer.kind != TMD_OBSERVED)
		return TMD_OK;
	if (after->answer.kind != TMD_OBSERVED)
		return tmd_fail(err, TMD_E_CONFLICT, NULL, "look at the scripts of that login",
				"%s: with this change a login of %s with %s would end: %s",
				site->name, now->user, now->program,
				after->answer.said ? after->answer.said : shown(after->answer.why));
	changed = find_changed(&now->answer, &after->answer, again, site->name);
	if (!changed)
		changed = find_changed(&after->answer, &now->answer, &now->answer, site->name);
	return changed ? fail_changed(site, now, after, changed, err) : TMD_OK;
}

static enum tmd_rc check_logins(const struct tmd_env_site *site, const struct tmd_env_asked *now,
				const struct tmd_env_asked *after,
				const struct tmd_env_asked *again, struct tmd_error *err)
{
	for (size_t i = 0; i < now->count && i < after->count; i++) {
		bool more = again && i < again->count;

		if (check_login(site, &now->items[i], &after->items[i],
				more ? &again->items[i].answer : &now->items[i].answer, err))
			return TMD_FAILED;
	}
	return TMD_OK;
}

enum tmd_rc tmd_env_check_neighbours(const struct tmd_env_site *now,
				     const struct tmd_env_site *after, enum tmd_env_target target,
				     struct tmd_error *err)
{
	TMD_CLEANUP(tmd_env_asked_release) struct tmd_env_asked again = { 0 };
	struct tmd_error first = { 0 };
	const struct tmd_env_asked *before;
	const struct tmd_env_asked *then;

	if (tmd_env_ask(now, target, &before, err) || tmd_env_ask(after, target, &then, err))
		return TMD_FAILED;
	if (check_logins(now, before, then, NULL, &first) == TMD_OK)
		return TMD_OK;
	if (tmd_env_ask_anew(now, target, &again, err))
		return TMD_FAILED;
	return check_logins(now, before, then, &again, err);
}
