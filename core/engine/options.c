/* Parsing the command line. */
#include "engine/options.h"

#include <string.h>

#include "base/mem.h"
#include "base/spelling.h"
#include "base/str.h"
#include "engine/request.h"
#include "os/path.h"

void tmd_options_release(struct tmd_options *options)
{
	tmd_strv_release(&options->settings);
	tmd_strv_release(&options->under);
	tmd_strv_release(&options->words);
}

static bool single(const struct tmd_type *const *types)
{
	return types[0] && !types[1];
}

/* ---- options ---- */

static const char *const outputs[] = {
	[TMD_OUTPUT_JSON] = "json",
	[TMD_OUTPUT_TEXT] = "text",
	[TMD_OUTPUT_DSC] = "dsc",
	[TMD_OUTPUT_DSC_TEST] = "dsc-test",
	[TMD_OUTPUT_DSC_WHAT_IF] = "dsc-what-if",
};

static enum tmd_rc set_output(struct tmd_options *options, const char *value, struct tmd_error *err)
{
	for (size_t i = TMD_OUTPUT_JSON; i < sizeof(outputs) / sizeof(*outputs); i++) {
		if (strcmp(value, outputs[i]) == 0) {
			options->output = (enum tmd_output)i;
			return TMD_OK;
		}
	}
	return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, "write json or text",
			"--output cannot be '%.100s'", value);
}

/* Of what names a thing the last word is not simply taken: one of them is a mistake. */
static enum tmd_rc fail_twice(const char *option, const char *first, const char *second,
			      struct tmd_error *err)
{
	return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, "give it once",
			"%s is given twice: '%.100s' and '%.100s'", option, first, second);
}

static enum tmd_rc set_root(struct tmd_options *options, const char *value, struct tmd_error *err)
{
	if (!*value)
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL,
				"name a directory, or leave the option out for this machine",
				"--root is empty");
	if (options->root)
		return fail_twice("--root", options->root, value, err);
	options->root = value;
	return TMD_OK;
}

static enum tmd_rc set_input(struct tmd_options *options, const char *value, struct tmd_error *err)
{
	if (!*value)
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, "name a file, or - for standard input",
				"--input is empty");
	if (options->input)
		return fail_twice("--input", options->input, value, err);
	options->input = value;
	return TMD_OK;
}

static enum tmd_rc set_lock_timeout(struct tmd_options *options, const char *value,
				    struct tmd_error *err)
{
	uint64_t seconds;

	if (!tmd_parse_u64(value, &seconds) || seconds > TMD_LOCK_TIMEOUT_MAX)
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, "seconds, 0 to 3600",
				"--lock-timeout cannot be '%.100s'", value);
	options->lock_timeout = (unsigned)seconds;
	return TMD_OK;
}

static enum tmd_rc add_setting(struct tmd_options *options, const char *value,
			       struct tmd_error *err)
{
	(void)err;
	tmd_strv_add(&options->settings, value);
	return TMD_OK;
}

static enum tmd_rc add_under(struct tmd_options *options, const char *value,
			     struct tmd_error *err)
{
	(void)err;
	tmd_strv_add(&options->under, value);
	return TMD_OK;
}

static const struct {
	const char *name;
	enum tmd_rc (*set)(struct tmd_options *options, const char *value, struct tmd_error *err);
} valued[] = {
	{ "--input", set_input },	{ "--output", set_output },
	{ "--root", set_root },		{ "--lock-timeout", set_lock_timeout },
	{ "--set", add_setting },	{ "--under", add_under },
};

static const char *const flags[] = { "--detailed-exitcode", "--diff", "--verbose", "--what-if",
				     "--no-observe", "--help", "--version" };

static bool set_flag(struct tmd_options *options, const char *word)
{
	if (strcmp(word, "--detailed-exitcode") == 0)
		options->detailed_exitcode = true;
	else if (strcmp(word, "--diff") == 0)
		options->diff = true;
	else if (strcmp(word, "--verbose") == 0 || strcmp(word, "-v") == 0)
		options->verbose = true;
	else if (strcmp(word, "--what-if") == 0)
		options->what_if = true;
	else if (strcmp(word, "--no-observe") == 0)
		options->observing = TMD_OBSERVES_NOT;
	else if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
		options->asked = options->asked ? options->asked : TMD_ASKED_HELP;
	else if (strcmp(word, "--version") == 0)
		options->asked = TMD_ASKED_VERSION;
	else
		return false;
	return true;
}

/* A value behind it means nothing for what it is called. */
static enum tmd_rc fail_unknown(const char *word, struct tmd_error *err)
{
	TMD_AUTO_FREE char *name = tmd_strndup(word, strcspn(word, "="));
	struct tmd_guess guess = { .word = name };
	TMD_AUTO_BUF struct tmd_buf hint = { 0 };

	for (size_t i = 0; i < sizeof(valued) / sizeof(*valued); i++)
		tmd_guess_try_start(&guess, valued[i].name);
	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++)
		tmd_guess_try_start(&guess, flags[i]);
	tmd_guess_tell(&guess, &hint);
	tmd_buf_add_str(&hint, "--help lists the options");
	return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, tmd_buf_str(&hint),
			"unknown option '%.100s'", word);
}

/* An option that takes a value, as "--name value" or "--name=value". */
static enum tmd_rc set_valued(struct tmd_options *options, int argc, char **argv, int *at,
			      struct tmd_error *err)
{
	const char *word = argv[*at];

	for (size_t i = 0; i < sizeof(valued) / sizeof(*valued); i++) {
		size_t len = strlen(valued[i].name);

		if (strncmp(word, valued[i].name, len) != 0)
			continue;
		if (word[len] == '=')
			return valued[i].set(options, word + len + 1, err);
		if (word[len])
			continue;
		if (*at + 1 >= argc)
			return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, NULL, "%s needs a value",
					word);
		++*at;
		return valued[i].set(options, argv[*at], err);
	}
	return fail_unknown(word, err);
}

/* ---- words ---- */

static bool find_verb(const char *word, enum tmd_verb *verb)
{
	for (int i = 0; i < TMD_VERB_COUNT; i++) {
		if (strcmp(word, tmd_verb_name((enum tmd_verb)i)) == 0) {
			*verb = (enum tmd_verb)i;
			return true;
		}
	}
	return false;
}

static enum tmd_rc fail_verb(const struct tmd_options *options, const struct tmd_type *const *types,
			     struct tmd_error *err)
{
	const char *word = options->words.items[0];
	struct tmd_guess guess = { .word = word };
	TMD_AUTO_BUF struct tmd_buf hint = { 0 };

	for (int i = 0; i < TMD_VERB_COUNT; i++)
		tmd_guess_try(&guess, tmd_verb_name((enum tmd_verb)i));
	for (size_t i = 0; !options->type && types[i]; i++)
		tmd_guess_try(&guess, types[i]->name);
	tmd_guess_tell(&guess, &hint);
	tmd_buf_add_str(&hint, options->type ? "get, plan, apply, list or describe" :
						"check, explain, get, plan, apply, list or describe");
	for (size_t i = 0; !options->type && types[i]; i++)
		tmd_buf_addf(&hint, "%s%s", i ? ", " : "; before it may stand a type: ",
			     types[i]->name);
	return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, tmd_buf_str(&hint),
			options->type ? "'%.100s' is no verb" : "'%.100s' is no verb and no type",
			word);
}

static bool looks_around(enum tmd_verb verb)
{
	return verb == TMD_VERB_CHECK || verb == TMD_VERB_EXPLAIN;
}

/* Verbs about all that there is need a program that has every type. */
static enum tmd_rc check_offered(const struct tmd_options *options,
				 const struct tmd_type *const *types, struct tmd_error *err)
{
	const enum tmd_verb verb = options->verb;
	const struct tmd_type *type = single(types) ? types[0] : options->type;
	TMD_AUTO_FREE char *hint = tmd_format("trustmend %s", tmd_verb_name(verb));

	if (!looks_around(verb) || (type && tmd_verb_is_offered(verb, type)))
		return TMD_OK;
	if (type)
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, hint,
				"the type %s has no verb %s", type->name, tmd_verb_name(verb));
	if (options->input)
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, "leave it out",
				"%s takes no --input", tmd_verb_name(verb));
	return TMD_OK;
}

static enum tmd_rc take_verb(struct tmd_options *options, const struct tmd_type *const *types,
			     struct tmd_error *err)
{
	const char *hint = options->type ? "get, plan, apply, list or describe" :
					   "check, explain, get, plan, apply, list or describe, a "
					   "type before it or not";

	if (!options->words.count && !options->type && !options->input) {
		options->verb = TMD_VERB_CHECK;
		return TMD_OK;
	}
	if (!options->words.count) {
		options->asked = TMD_ASKED_NOTHING;
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, hint, "no verb given");
	}
	if (!find_verb(options->words.items[0], &options->verb))
		return fail_verb(options, types, err);
	tmd_strv_remove(&options->words, 0);
	return TMD_OK;
}

/* With a type, as the attribute of that name; without one, for the verbs that look around. */
static enum tmd_rc take_under(struct tmd_options *options, struct tmd_error *err)
{
	for (size_t i = 0; options->type && i < options->under.count; i++)
		tmd_strv_addf(&options->words, "under=%s", options->under.items[i]);
	if (options->type || !options->under.count || options->verb == TMD_VERB_LIST ||
	    looks_around(options->verb))
		return TMD_OK;
	return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, "list and check take it, or a type",
			"--under says where to look, and %s does not",
			tmd_verb_name(options->verb));
}

static enum tmd_rc take_words(struct tmd_options *options, const struct tmd_type *const *types,
			      struct tmd_error *err)
{
	const struct tmd_type *type = NULL;

	if (single(types))
		options->type = types[0];
	else if (options->words.count)
		type = tmd_type_find(types, options->words.items[0]);
	if (type) {
		options->type = type;
		tmd_strv_remove(&options->words, 0);
	}
	if (take_verb(options, types, err) || check_offered(options, types, err) ||
	    take_under(options, err))
		return TMD_FAILED;
	if (options->verb == TMD_VERB_DESCRIBE && options->type && options->words.count)
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, "describe takes no attributes",
				"'%.100s' is one word too many", options->words.items[0]);
	if (options->verb == TMD_VERB_LIST && !options->type && options->words.count)
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL,
				"list takes no profile; attributes need a type before the verb",
				"'%.100s' is one word too many", options->words.items[0]);
	if (options->input && options->words.count)
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, "give one of them",
				"--input and '%.100s' at once", options->words.items[0]);
	if (options->settings.count &&
	    (options->type || options->input || options->verb == TMD_VERB_LIST ||
	     options->verb == TMD_VERB_DESCRIBE || options->verb == TMD_VERB_EXPLAIN))
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, "--set fills a profile's variables",
				"--set without a profile");
	if (!options->type && options->words.count > 1)
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL,
				"one profile a run; attributes need a type before the verb",
				"'%.100s' is one word too many", options->words.items[1]);
	return TMD_OK;
}

static void settle(struct tmd_strv *list, const char *before, const char *cwd)
{
	struct tmd_strv settled = { 0 };

	for (size_t i = 0; i < list->count; i++) {
		const char *item = list->items[i];
		const char *named = item + strlen(before);
		TMD_AUTO_FREE char *joined = NULL;

		if (tmd_str_starts(item, before) && *named && !tmd_path_is_absolute(named))
			joined = strcmp(named, ".") == 0 ? tmd_strdup(cwd) :
							  tmd_path_join(cwd, named);
		if (joined)
			tmd_strv_addf(&settled, "%s%s", before, joined);
		else
			tmd_strv_add(&settled, item);
	}
	tmd_strv_release(list);
	*list = settled;
}

void tmd_options_settle_under(struct tmd_options *options, const char *cwd)
{
	if (options->root)
		return;
	settle(&options->under, "", cwd);
	if (options->type && options->verb == TMD_VERB_LIST)
		settle(&options->words, "under=", cwd);
}

/* What DSC appends to the command of its set operation. */
static void plan_instead(struct tmd_options *options)
{
	if (options->verb != TMD_VERB_APPLY)
		return;
	options->verb = TMD_VERB_PLAN;
	if (options->output == TMD_OUTPUT_DSC)
		options->output = TMD_OUTPUT_DSC_WHAT_IF;
}

enum tmd_rc tmd_options_parse(struct tmd_options *options, const struct tmd_type *const *types,
			      int argc, char **argv, struct tmd_error *err)
{
	bool failed = false;
	bool only_words = false;

	options->lock_timeout = TMD_LOCK_TIMEOUT;
	for (int i = 1; i < argc; i++) {
		struct tmd_error problem = { 0 };

		if (only_words || argv[i][0] != '-' || !argv[i][1]) {
			tmd_strv_add(&options->words, argv[i]);
			continue;
		}
		if (strcmp(argv[i], "--") == 0) {
			only_words = true;
			continue;
		}
		if (set_flag(options, argv[i]))
			continue;
		/* Go on after a failure: a later --output says how to report it. */
		if (set_valued(options, argc, argv, &i, &problem) && !failed) {
			*err = problem;
			failed = true;
		}
	}
	if (failed) {
		struct tmd_error ignored = { 0 };

		/* The report names the verb, where there is one to find. */
		(void)(take_words(options, types, &ignored) == TMD_OK);
		return TMD_FAILED;
	}
	if (options->asked != TMD_ASKED_WORK) {
		options->type = single(types) ? types[0] :
				options->words.count ? tmd_type_find(types, options->words.items[0]) :
						       NULL;
		return TMD_OK;
	}
	if (take_words(options, types, err))
		return TMD_FAILED;
	if (options->what_if)
		plan_instead(options);
	return TMD_OK;
}
