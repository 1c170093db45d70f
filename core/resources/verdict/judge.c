/* From the rules to files, and from files to what works. */
#include "resources/verdict/judge.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"

const char tmd_good_file[] = "\001";
const char tmd_public_file[] = "\002";

static bool is_made_up(const char *path)
{
	return path == tmd_good_file || path == tmd_public_file;
}

/* ---- files, each looked at once ---- */

static void free_looked(struct tmd_looked *looked)
{
	tmd_trusted_release(&looked->trusted);
	free(looked->path);
	free(looked->why);
	free(looked);
}

void tmd_looks_release(struct tmd_looks *looks)
{
	for (size_t i = 0; i < looks->count; i++)
		free_looked(looks->items[i]);
	free(looks->items);
	memset(looks, 0, sizeof(*looks));
}

static struct tmd_looked *find_looked(const struct tmd_looks *looks, const char *path)
{
	for (size_t i = 0; i < looks->count; i++) {
		if (strcmp(looks->items[i]->path, path) == 0)
			return looks->items[i];
	}
	return NULL;
}

static struct tmd_looked *add_looked(struct tmd_looks *looks, const char *path)
{
	struct tmd_looked *looked = tmd_alloc(1, sizeof(*looked));

	looked->path = tmd_strdup(path);
	looks->items = tmd_grow(looks->items, &looks->cap, looks->count + 1, sizeof(looked));
	looks->items[looks->count++] = looked;
	return looked;
}

static const struct tmd_looked *look_at_file(struct tmd_process *p, const char *path)
{
	struct tmd_looked *looked = find_looked(p->looks, path);

	if (looked)
		return looked;
	looked = add_looked(p->looks, path);
	if (path == tmd_good_file)
		tmd_trusted_assume(p->required, &looked->trusted);
	else if (path == tmd_public_file)
		tmd_trusted_assume_public(&looked->trusted);
	else
		looked->why = tmd_trusted_add_file(p->ctx, path, p->reader, &looked->trusted);
	return looked;
}

/* OpenSSL takes what it finds, and says nothing of the rest: a file that does not load is none. */
static const struct tmd_looked *look_at_system(struct tmd_process *p)
{
	TMD_AUTO_FREE char *name = NULL;
	struct tmd_looked *looked;

	if (p->ca_file == tmd_good_file)
		return look_at_file(p, tmd_good_file);
	name = tmd_format("%s\n%s", p->ca_file, p->ca_dirs);
	looked = find_looked(p->looks, name);
	if (looked)
		return looked;
	looked = add_looked(p->looks, name);
	if (!tmd_path_is_absolute(p->ca_file))
		looked->trusted.open = *p->ca_file != '\0';
	else
		looked->why = tmd_trusted_add_file(p->ctx, p->ca_file, p->reader, &looked->trusted);
	tmd_trusted_add_dirs(p->ctx, p->ca_dirs, &looked->trusted);
	if (!tmd_trusted_add_stores(p->ctx, &looked->trusted))
		looked->trusted.open = true;
	return looked;
}

/* ---- paths ---- */

/* What shells and people take for more than it is. */
static const char *misleading(const char *path)
{
	switch (*path) {
	case '~':
		return "no ~ is expanded in it";
	case '$':
	case '%':
		return "no variable is expanded in it";
	case '"':
	case '\'':
		return "the quotes are a part of it";
	default:
		return tmd_is_space(*path) ? "the blank at its start is a part of it" : NULL;
	}
}

static enum tmd_state set_why(struct tmd_judgement *j, enum tmd_state state, char *why)
{
	free(j->why);
	j->why = why;
	j->state = state;
	return state;
}

/* What is given, as the process finds it: WORKS where that can be told. */
static enum tmd_state find_given(const struct tmd_process *p, const char *path,
				 struct tmd_judgement *j)
{
	if (is_made_up(path) || tmd_path_is_absolute(path)) {
		j->file = tmd_strdup(path);
		return TMD_STATE_WORKS;
	}
	if (p->directory) {
		j->file = tmd_path_join(p->directory, path);
		return TMD_STATE_WORKS;
	}
	j->file = tmd_strdup(path);
	if (misleading(path))
		return set_why(j, TMD_STATE_BROKEN,
			       tmd_format("%s is taken as it is written, relative to the directory "
					  "that the program runs in: %s", path, misleading(path)));
	return set_why(j, TMD_STATE_UNSURE,
		       tmd_format("%s is no whole path: the program looks for it in whatever "
				  "directory it runs", path));
}

static enum tmd_state find_packaged(const struct tmd_process *p, const char *path,
				    struct tmd_judgement *j)
{
	if (p->certs && tmd_str_equal(path, "lib/certifi/cacert.pem")) {
		j->file = tmd_strdup(p->certs);
		return TMD_STATE_WORKS;
	}
	j->file = tmd_path_join(p->package, path);
	if (!p->archive)
		return TMD_STATE_WORKS;
	j->loads = TMD_TOLD_NO;
	return set_why(j, TMD_STATE_BROKEN,
		       tmd_format("%s lies inside the archive %s, where no program can load it "
				  "(NotADirectoryError)", j->file, p->archive));
}

/* ---- what is in them ---- */

/* A blank or a carriage return at the end of a value is a part of the name. */
static void note_end(const char *path, struct tmd_judgement *j)
{
	const size_t len = strlen(path);
	char *why;

	if (j->loads != TMD_TOLD_NO || !len || !tmd_is_space(path[len - 1]))
		return;
	why = tmd_format("%s; the blank at the end of its name counts", j->why);
	(void)set_why(j, j->state, why);
}

static void judge_content(const struct tmd_process *p, const struct tmd_trusted *trusted,
			  const char *what, struct tmd_judgement *j)
{
	TMD_AUTO_STRV struct tmd_strv missing = { 0 };

	tmd_trusted_missing(trusted, p->required, j->strict, p->ctx->now, &missing);
	if (!missing.count) {
		j->holds = TMD_TOLD_YES;
		j->state = TMD_STATE_WORKS;
		return;
	}
	if (trusted->open) {
		(void)set_why(j, TMD_STATE_UNSURE,
			      tmd_format("%s may hold %s where nobody could look", what,
					 missing.items[0]));
		return;
	}
	j->holds = TMD_TOLD_NO;
	(void)set_why(j, TMD_STATE_BROKEN, tmd_format("%s lacks %s%s", what, missing.items[0],
						      missing.count > 1 ? ", and more" : ""));
}

static void judge_file(struct tmd_process *p, const char *given, struct tmd_judgement *j)
{
	const struct tmd_looked *looked = look_at_file(p, is_made_up(given) ? given : j->file);

	j->loads = looked->why ? TMD_TOLD_NO : TMD_TOLD_YES;
	if (!looked->why) {
		judge_content(p, &looked->trusted, j->file, j);
		return;
	}
	(void)set_why(j, TMD_STATE_BROKEN, tmd_strdup(looked->why));
	note_end(j->file, j);
}

static void judge_system(struct tmd_process *p, struct tmd_judgement *j)
{
	const struct tmd_looked *looked;
	TMD_AUTO_FREE char *where = NULL;

	if (!p->ca_file) {
		(void)set_why(j, TMD_STATE_UNSURE,
			      tmd_strdup("where the OpenSSL of this Python looks is not known"));
		return;
	}
	j->file = tmd_strdup(p->ca_file);
	j->directory = tmd_strdup(p->ca_dirs);
	looked = look_at_system(p);
	if (looked->why)
		where = tmd_format("the system's directory %s (its file: %s)", p->ca_dirs,
				   looked->why);
	else
		where = tmd_format("the system's file %s with the directory %s", p->ca_file,
				   p->ca_dirs);
	judge_content(p, &looked->trusted, where, j);
}

/* ---- a use ---- */

static void judge_given(struct tmd_process *p, const struct tmd_rules_use *use,
			struct tmd_judgement *j)
{
	if (find_given(p, use->path, j) == TMD_STATE_WORKS)
		judge_file(p, use->path, j);
}

/* A file that nobody but the one who names it knows, unless it was observed. */
static void judge_named(struct tmd_process *p, const struct tmd_rules_use *use, const char *why,
			struct tmd_judgement *j)
{
	if (use->path && *use->path)
		judge_given(p, use, j);
	else
		(void)set_why(j, TMD_STATE_UNSURE, tmd_strdup(why));
}

static void judge_other(struct tmd_process *p, const struct tmd_rules_use *use,
			struct tmd_judgement *j)
{
	if (use->why)
		(void)set_why(j, TMD_STATE_BROKEN,
			      tmd_format("it fails before it connects: %s", use->why));
	else
		judge_named(p, use, "its certificates are not those of one file", j);
}

static void judge_use(struct tmd_process *p, const struct tmd_rules_use *use,
		      struct tmd_judgement *j)
{
	j->from = use->from;
	j->name = use->name;
	j->strict = use->strict;
	switch (use->from) {
	case TMD_FROM_NO_USE:
		break;
	case TMD_FROM_CERTIFI:
		judge_named(p, use, "which file it is, the certifi beside the API alone knows", j);
		break;
	case TMD_FROM_ARGUMENT:
	case TMD_FROM_VARIABLE:
	case TMD_FROM_HTTPLIB2:
		judge_given(p, use, j);
		break;
	case TMD_FROM_PACKAGE:
		if (find_packaged(p, use->path, j) == TMD_STATE_WORKS)
			judge_file(p, p->certs, j);
		break;
	case TMD_FROM_LOCATER:
		judge_named(p, use, "which file it is, the module ca_certs_locater alone knows", j);
		break;
	case TMD_FROM_OTHER:
		judge_other(p, use, j);
		break;
	case TMD_FROM_SYSTEM:
		judge_system(p, j);
		break;
	case TMD_FROM_NOWHERE:
		(void)set_why(j, TMD_STATE_BROKEN,
			      tmd_strdup("no certificate is loaded, as the value is empty"));
		break;
	case TMD_FROM_UNASKED:
		j->state = TMD_STATE_WORKS;
		break;
	}
}

/* ---- a process ---- */

/* Where the process fails before anything is trusted, so does every use. */
static void fail_uses(struct tmd_outcome *out)
{
	for (size_t i = 0; i < TMD_USES; i++)
		(void)set_why(&out->uses[i],
			      out->rules.fate == TMD_RULES_FAILS ? TMD_STATE_BROKEN
								 : TMD_STATE_UNSURE,
			      tmd_strdup(out->rules.why));
}

/* Shotgun() of some releases makes a call: where that fails, there are no transfers. */
static void fail_transfers(struct tmd_outcome *out)
{
	const struct tmd_judgement *api = &out->uses[TMD_USE_API];

	for (size_t i = TMD_USE_FORM; i < TMD_USES; i++) {
		struct tmd_judgement *j = &out->uses[i];

		if (j->state == TMD_STATE_NO_USE || j->state >= api->state)
			continue;
		(void)set_why(j, api->state,
			      tmd_format("Shotgun() makes an API call of its own first: %s",
					 api->why));
	}
}

/* A relative one leads to a file, or does not, wherever the process runs. */
static bool httplib2_is_open(const struct tmd_process *p)
{
	const char *path = p->settings.httplib2;

	return path && *path && path != tmd_good_file && !p->directory &&
	       !tmd_path_is_absolute(path);
}

static bool is_file(const struct tmd_process *p, const char *path)
{
	TMD_AUTO_FREE char *whole = NULL;
	struct tmd_error ignored = { 0 };
	struct tmd_stat st;

	if (!path || !*path || path == tmd_good_file)
		return path == tmd_good_file;
	whole = tmd_path_is_absolute(path) || !p->directory ? tmd_strdup(path)
							    : tmd_path_join(p->directory, path);
	return tmd_path_is_absolute(whole) && !tmd_view_stat(p->ctx->view, whole, &st, &ignored) &&
	       st.type == TMD_FILE_REGULAR;
}

/* As far as the core lets the API see it. */
static const char *seen_variable(const struct tmd_process *p)
{
	const char *variable = p->settings.variable;

	switch (p->patch) {
	case TMD_CORE_IGNORES:
		return NULL;
	case TMD_CORE_EMPTY_IS_UNSET:
		return variable && *variable ? variable : NULL;
	case TMD_CORE_PLAIN:
		break;
	}
	return variable;
}

static void ask_rules(struct tmd_process *p, struct tmd_rules_answer *out)
{
	struct tmd_rules_settings settings = p->settings;

	if (p->unsure) {
		*out = (struct tmd_rules_answer){ .fate = TMD_RULES_UNSURE,
						  .why = tmd_strdup(p->unsure) };
		return;
	}
	settings.variable = seen_variable(p);
	settings.httplib2_is_file = is_file(p, settings.httplib2);
	tmd_rules_tell(p->release, p->python, &settings, out);
	if (out->obstacle != TMD_OBSTACLE_HTTPLIB2 || !httplib2_is_open(p))
		return;
	free(out->why);
	out->why = tmd_format("HTTPLIB2_CA_CERTS is %s, no whole path: where the program runs in "
			      "another directory than that file's, import shotgun_api3 fails",
			      p->settings.httplib2);
	out->fate = TMD_RULES_UNSURE;
	out->obstacle = TMD_OBSTACLE_NONE;
}

void tmd_process_judge(struct tmd_process *process, struct tmd_outcome *out)
{
	struct tmd_rules_answer answer;

	ask_rules(process, &answer);
	tmd_process_judge_as(process, &answer, out);
}

void tmd_process_judge_as(struct tmd_process *process, struct tmd_rules_answer *answer,
			  struct tmd_outcome *out)
{
	memset(out, 0, sizeof(*out));
	out->rules = *answer;
	memset(answer, 0, sizeof(*answer));
	if (out->rules.fate != TMD_RULES_KNOWN) {
		fail_uses(out);
		return;
	}
	out->refuses = tmd_rules_refuses(process->release, process->python);
	for (size_t i = 0; i < TMD_USES; i++)
		judge_use(process, &out->rules.uses[i], &out->uses[i]);
	if (out->rules.calls_at_once)
		fail_transfers(out);
}

void tmd_outcome_release(struct tmd_outcome *outcome)
{
	for (size_t i = 0; i < TMD_USES; i++) {
		free(outcome->uses[i].file);
		free(outcome->uses[i].directory);
		free(outcome->uses[i].why);
	}
	tmd_rules_answer_release(&outcome->rules);
	memset(outcome, 0, sizeof(*outcome));
}

enum tmd_state tmd_outcome_state(const struct tmd_outcome *outcome)
{
	enum tmd_state worst = outcome->refuses ? TMD_STATE_BROKEN : TMD_STATE_NO_USE;

	for (size_t i = 0; i < TMD_USES; i++) {
		if (outcome->uses[i].state > worst)
			worst = outcome->uses[i].state;
	}
	return worst;
}

const char *tmd_state_name(enum tmd_state state)
{
	static const char *const names[] = {
		[TMD_STATE_NO_USE] = "not there",
		[TMD_STATE_WORKS] = "works",
		[TMD_STATE_UNSURE] = "unsure",
		[TMD_STATE_BROKEN] = "broken",
	};

	return names[state];
}
