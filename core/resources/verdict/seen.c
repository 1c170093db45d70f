/*
 * What was seen of a process, in the place of what was predicted. The files are judged as predicted
 * ones are.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "resources/verdict/verdict.h"

void tmd_observation_release(struct tmd_observation *observation)
{
	tmd_answer_release(&observation->answer);
	tmd_strv_release(&observation->paths);
	tmd_strv_release(&observation->differences);
	free(observation->why);
	memset(observation, 0, sizeof(*observation));
}

/* ---- whether it can be ---- */

static bool is_relative(const char *path)
{
	return path && *path && !tmd_path_is_absolute(path);
}

static bool has_relative(const struct tmd_verdict_reading *reading)
{
	const struct tmd_rules_settings *settings = &reading->process.settings;

	return is_relative(settings->argument) || is_relative(settings->variable) ||
	       is_relative(settings->httplib2) ||
	       is_relative(tmd_verdict_variable(reading, "SSL_CERT_FILE")) ||
	       is_relative(tmd_verdict_variable(reading, "SSL_CERT_DIR"));
}

static bool has_plans(const struct tmd_verdict_reading *reading)
{
	TMD_AUTO_STRV struct tmd_strv planned = { 0 };

	tmd_view_all_planned_paths(reading->ctx->view, &planned);
	return planned.count;
}

/* Why nothing is asked; NULL: nothing speaks against it. */
static const char *obstacle(const struct tmd_verdict_reading *reading)
{
	if (reading->ctx->asks_nobody)
		return "--no-observe is given";
	if (reading->subject.in_core)
		return "in a core the API gets what the core's own code makes of it, and that is not "
		       "run; name a copy in python_api";
	if (reading->process.unsure)
		return reading->process.unsure;
	if (!reading->program)
		return reading->python.version ? "of the interpreter only the version is known: name "
						 "its program in python"
					       : "no interpreter is known: name its program in python";
	if (!reading->process.directory && has_relative(reading))
		return "a path that is given is relative: name in directory where the program runs";
	if (has_plans(reading))
		return "what is only planned cannot be run";
	return NULL;
}

/* ---- from the answer to uses ---- */

static void split_lines(const char *text, struct tmd_strv *lines)
{
	while (*text) {
		const size_t len = strcspn(text, "\n");

		tmd_strv_addn(lines, text, len);
		text += len + (text[len] != '\0');
	}
}

/* The value of the first such line; NULL: there is none. Borrowed. */
static const char *line_value(const struct tmd_strv *lines, const char *name)
{
	const size_t len = strlen(name);

	for (size_t i = 0; i < lines->count; i++) {
		if (tmd_str_starts(lines->items[i], name) && lines->items[i][len] == '=')
			return lines->items[i] + len + 1;
	}
	return NULL;
}

static bool says(const struct tmd_strv *lines, const char *name, const char *value)
{
	return tmd_str_equal(line_value(lines, name), value);
}

/* What lives as long as the outcome. */
static const char *keep(struct tmd_verdict_reading *reading, const char *text)
{
	struct tmd_strv *paths = &reading->observation.paths;

	tmd_strv_add(paths, text);
	return paths->items[paths->count - 1];
}

static char *real_path(const struct tmd_verdict_reading *reading, const char *path)
{
	const char *directory = reading->process.directory;
	TMD_AUTO_FREE char *whole = directory && !tmd_path_is_absolute(path)
					    ? tmd_path_join(directory, path)
					    : tmd_strdup(path);
	struct tmd_error ignored = { 0 };
	char *real = NULL;

	if (tmd_path_is_absolute(whole) &&
	    !tmd_view_resolve(reading->ctx->view, whole, &real, &ignored))
		return real;
	return tmd_strdup(whole);
}

static bool is_same_file(const struct tmd_verdict_reading *reading, const char *a, const char *b)
{
	TMD_AUTO_FREE char *one = a ? real_path(reading, a) : NULL;
	TMD_AUTO_FREE char *other = b ? real_path(reading, b) : NULL;

	return a && b && tmd_str_equal(one, other);
}

/* Why this file: what was predicted where it is that one, else what names it. */
static void take_file(struct tmd_verdict_reading *reading, size_t i, const char *file,
		      struct tmd_rules_use *use)
{
	const struct tmd_rules_settings *s = &reading->process.settings;
	const struct tmd_judgement *predicted = &reading->outcome.uses[i];
	const char *package = reading->process.package;
	const struct {
		const char *path;
		enum tmd_from from;
	} sources[] = {
		{ s->argument, TMD_FROM_ARGUMENT },
		{ s->variable, TMD_FROM_VARIABLE },
		{ s->httplib2, TMD_FROM_HTTPLIB2 },
		{ s->certifi, TMD_FROM_CERTIFI },
	};

	use->path = keep(reading, file);
	use->from = s->has_locater ? TMD_FROM_LOCATER : TMD_FROM_OTHER;
	if (predicted->from != TMD_FROM_SYSTEM && is_same_file(reading, predicted->file, file)) {
		use->from = predicted->from;
		use->path = reading->outcome.rules.uses[i].path;
	} else if (tmd_str_starts(file, package) && file[strlen(package)] == '/') {
		use->from = TMD_FROM_PACKAGE;
		use->path += strlen(package) + 1;
	} else {
		for (size_t k = 0; k < sizeof(sources) / sizeof(*sources); k++) {
			if (is_same_file(reading, sources[k].path, file)) {
				use->from = sources[k].from;
				return;
			}
		}
	}
}

/* More than one place of certificates in one connection is none of a release's. */
static void take_source(struct tmd_verdict_reading *reading, size_t i, const struct tmd_strv *lines,
			struct tmd_rules_use *use)
{
	TMD_AUTO_STRV struct tmd_strv files = { 0 };
	const bool system = says(lines, "system", "yes");

	for (size_t k = 0; k < lines->count; k++) {
		if (tmd_str_starts(lines->items[k], "file="))
			tmd_strv_add_once(&files, lines->items[k] + strlen("file="));
	}
	use->from = TMD_FROM_OTHER;
	if (says(lines, "verify", "no"))
		use->from = TMD_FROM_UNASKED;
	else if (system && !files.count)
		use->from = TMD_FROM_SYSTEM;
	else if (!files.count)
		use->from = TMD_FROM_NOWHERE;
	else if (files.count == 1 && !system && *files.items[0])
		take_file(reading, i, files.items[0], use);
}

static struct tmd_rules_use take_use(struct tmd_verdict_reading *reading, size_t i)
{
	const char *text = tmd_answer_value(&reading->observation.answer,
					    tmd_use_name((enum tmd_use)i));
	struct tmd_rules_use use = { .from = TMD_FROM_OTHER };
	TMD_AUTO_STRV struct tmd_strv lines = { 0 };
	const char *error;

	split_lines(text ? text : "error=nothing is told of it", &lines);
	error = line_value(&lines, "error");
	if (says(&lines, "absent", "yes"))
		return (struct tmd_rules_use){ .from = TMD_FROM_NO_USE };
	if (error && reading->outcome.uses[i].loads == TMD_TOLD_NO)
		return reading->outcome.rules.uses[i]; /* as it was predicted */
	if (error) {
		use.why = keep(reading, error);
		return use;
	}
	if (says(&lines, "names", "no"))
		use.name = TMD_NAME_IGNORED;
	else if (says(&lines, "sni", "no"))
		use.name = TMD_NAME_CHECKED_NO_SNI;
	use.strict = says(&lines, "strict", "yes");
	take_source(reading, i, &lines, &use);
	return use;
}

/* Where its own OpenSSL looks. */
static void take_system(struct tmd_verdict_reading *reading)
{
	const char *text = tmd_answer_value(&reading->observation.answer, "system");
	TMD_AUTO_STRV struct tmd_strv lines = { 0 };
	const char *file;
	const char *directory;

	split_lines(text ? text : "", &lines);
	file = line_value(&lines, "file");
	directory = line_value(&lines, "directory");
	if (!file || !directory)
		return;
	free(reading->python.ca_file);
	free(reading->python.ca_dir);
	reading->python.ca_file = tmd_strdup(file);
	reading->python.ca_dir = tmd_strdup(directory);
	tmd_verdict_find_system(reading);
}

static void take_answer(struct tmd_verdict_reading *reading, struct tmd_rules_answer *out)
{
	const char *fails = tmd_answer_value(&reading->observation.answer, "fails");

	*out = (struct tmd_rules_answer){ .fate = TMD_RULES_KNOWN };
	if (fails) {
		out->fate = TMD_RULES_FAILS;
		out->why = tmd_format("the API does not start: %s", fails);
		return;
	}
	take_system(reading);
	out->calls_at_once = reading->outcome.rules.calls_at_once;
	for (size_t i = 0; i < TMD_USES; i++)
		out->uses[i] = take_use(reading, i);
}

/* It did load: what is told against it cannot be the whole. */
static void trust_eyes(const struct tmd_verdict_reading *reading, size_t i, struct tmd_judgement *j)
{
	const char *text = tmd_answer_value(&reading->observation.answer,
					    tmd_use_name((enum tmd_use)i));
	char *why;

	if (j->loads != TMD_TOLD_NO || !text || !tmd_str_starts(text, "file="))
		return;
	why = tmd_format("the interpreter loads %s all the same: %s", j->file, j->why);
	free(j->why);
	j->why = why;
	j->loads = TMD_TOLD_YES;
	j->state = TMD_STATE_UNSURE;
}

/* ---- against what was predicted ---- */

static char *describe(const struct tmd_outcome *outcome, size_t i)
{
	static const char *const names[] = { "", ", without SNI", ", host names ignored" };
	const struct tmd_judgement *j = &outcome->uses[i];

	if (outcome->rules.fate != TMD_RULES_KNOWN)
		return tmd_strdup(outcome->rules.why);
	if (j->from == TMD_FROM_NO_USE)
		return tmd_strdup("no such use");
	if (j->from == TMD_FROM_OTHER && !j->file)
		return tmd_strdup(j->why ? j->why : "other");
	return tmd_format("%s%s%s%s%s%s", tmd_from_name(j->from), j->file ? " " : "",
			  j->file ? j->file : "", j->loads == TMD_TOLD_NO ? ", which does not load" : "",
			  names[j->name], j->strict ? ", strictly" : "");
}

static bool is_as_predicted(const struct tmd_verdict_reading *reading,
			    const struct tmd_outcome *seen, size_t i)
{
	const struct tmd_outcome *predicted = &reading->outcome;
	const struct tmd_judgement *a = &predicted->uses[i];
	const struct tmd_judgement *b = &seen->uses[i];

	if (predicted->rules.fate == TMD_RULES_UNSURE)
		return true;
	if (predicted->rules.fate != seen->rules.fate || a->from != b->from)
		return predicted->rules.fate == TMD_RULES_FAILS &&
		       seen->rules.fate == TMD_RULES_FAILS;
	if (a->from == TMD_FROM_NO_USE || a->from == TMD_FROM_UNASKED)
		return true;
	return a->name == b->name && a->strict == b->strict &&
	       (a->loads == b->loads || a->loads == TMD_TOLD_NOT) &&
	       (!a->file || is_same_file(reading, a->file, b->file));
}

/* Uses that differ in the same way share a sentence. */
static void compare(const struct tmd_verdict_reading *reading, const struct tmd_outcome *seen,
		    struct tmd_strv *out)
{
	TMD_AUTO_STRV struct tmd_strv texts = { 0 };

	for (size_t i = 0; i < TMD_USES; i++) {
		TMD_AUTO_FREE char *predicted = describe(&reading->outcome, i);
		TMD_AUTO_FREE char *observed = describe(seen, i);

		if (is_as_predicted(reading, seen, i))
			tmd_strv_add(&texts, "");
		else
			tmd_strv_addf(&texts, ": predicted %s, observed %s", predicted, observed);
	}
	for (size_t i = 0; i < TMD_USES; i++) {
		TMD_AUTO_BUF struct tmd_buf names = { 0 };
		bool first = *texts.items[i];

		for (size_t k = 0; k < TMD_USES; k++) {
			if (strcmp(texts.items[k], texts.items[i]) != 0)
				continue;
			first = first && k >= i;
			tmd_buf_addf(&names, "%s%s", names.len ? ", " : "",
				     tmd_use_name((enum tmd_use)k));
		}
		if (first)
			tmd_strv_addf(out, "%s%s", tmd_buf_str(&names), texts.items[i]);
	}
}

/* ---- the whole ---- */

static void take(struct tmd_verdict_reading *reading)
{
	struct tmd_rules_answer answer;
	struct tmd_outcome seen;

	take_answer(reading, &answer);
	tmd_process_judge_as(&reading->process, &answer, &seen);
	for (size_t i = 0; i < TMD_USES; i++)
		trust_eyes(reading, i, &seen.uses[i]);
	compare(reading, &seen, &reading->observation.differences);
	tmd_outcome_release(&reading->outcome);
	reading->outcome = seen;
	reading->observation.made = true;
}

enum tmd_rc tmd_verdict_observe(struct tmd_verdict_reading *reading, struct tmd_error *err)
{
	struct tmd_observation *observation = &reading->observation;
	const char *why = obstacle(reading);
	TMD_AUTO_FREE char *place = NULL;

	if (why) {
		observation->why = tmd_strdup(why);
		return TMD_OK;
	}
	place = tmd_path_dir(reading->process.package);
	if (tmd_verdict_ask(reading, place, &observation->answer, &observation->why, err))
		return TMD_FAILED;
	if (!observation->why)
		take(reading);
	return TMD_OK;
}
