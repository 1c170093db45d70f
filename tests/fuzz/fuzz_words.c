/*
 * Any bytes as a command line, a word each line: what is understood can be written in the one
 * order that has no surprise and means the same then; words of attributes say the same as JSON
 * and as a profile; a setting gives a variable exactly the text behind its first '='.
 */
#include <stdint.h>

#include "base/mem.h"
#include "requests.h"

#define BASE "/base"
#define WORDS_MAX 64
#define BLANKS " \t"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Options first, each with its value in the same word, then the type, the verb, and the rest. */
static void add_options(const struct tmd_options *options, struct tmd_strv *out)
{
	static const char *const outputs[] = { NULL, "json", "text", "dsc", "dsc-test",
					       "dsc-what-if" };

	if (options->input)
		tmd_strv_addf(out, "--input=%s", options->input);
	if (options->root)
		tmd_strv_addf(out, "--root=%s", options->root);
	if (outputs[options->output])
		tmd_strv_addf(out, "--output=%s", outputs[options->output]);
	if (options->detailed_exitcode)
		tmd_strv_add(out, "--detailed-exitcode");
	if (options->verbose)
		tmd_strv_add(out, "-v");
	tmd_strv_addf(out, "--lock-timeout=%u", options->lock_timeout);
	for (size_t i = 0; i < options->settings.count; i++)
		tmd_strv_addf(out, "--set=%s", options->settings.items[i]);
	tmd_strv_add(out, "--");
	if (options->type)
		tmd_strv_add(out, options->type->name);
	tmd_strv_add(out, tmd_verb_name(options->verb));
	for (size_t i = 0; i < options->words.count; i++)
		tmd_strv_add(out, options->words.items[i]);
}

static void require_same_options(const struct tmd_options *a, const struct tmd_options *b)
{
	require(a->type == b->type && a->verb == b->verb && a->output == b->output);
	require(tmd_str_equal(a->input, b->input) && tmd_str_equal(a->root, b->root));
	require(a->detailed_exitcode == b->detailed_exitcode && a->verbose == b->verbose);
	require(a->lock_timeout == b->lock_timeout && a->lock_timeout <= TMD_LOCK_TIMEOUT_MAX);
	require(tmd_strv_equal(&a->settings, &b->settings));
	require(tmd_strv_equal(&a->words, &b->words));
}

static enum tmd_rc parse(struct tmd_options *options, const struct tmd_strv *words,
			 struct tmd_error *err)
{
	TMD_AUTO_FREE char **argv = calloc(words->count + 2, sizeof(char *));

	require(argv != NULL);
	argv[0] = "trustmend";
	for (size_t i = 0; i < words->count; i++)
		argv[i + 1] = words->items[i];
	return tmd_options_parse(options, fuzz_types(), (int)words->count + 1, argv, err);
}

static void check_again(const struct tmd_options *options)
{
	TMD_CLEANUP(tmd_options_release) struct tmd_options again = { .program = "trustmend" };
	TMD_AUTO_STRV struct tmd_strv words = { 0 };
	struct tmd_error err = { 0 };

	add_options(options, &words);
	require(parse(&again, &words, &err) == TMD_OK);
	require_same_options(options, &again);
}

static void check_attributes(const struct tmd_options *options)
{
	AUTO_RUN struct tmd_run run = run_new();
	struct tmd_error err = { 0 };

	if (tmd_request_add_words(&run, options->type, options->words.items, options->words.count,
				  BASE, &err)) {
		require_invalid(&err);
		return;
	}
	require(run.count == 1);
	if (all_well_formed(&run))
		check_every_way(&run, BASE);
}

/* In this profile `p` is text, which arrives as it is, and `l` a list, whose text has commas. */
static const char profile[] = "trustmend: 1\n"
			      "variables: {p: /x, l: [q]}\n"
			      "resources:\n"
			      "  - {type: fake, path: /p, text: '${p}', tags: ['${l}']}\n";

/* A comma parts, two are one of a part; blanks around a part are none of it, nor is an empty one. */
static void add_parts(const char *text, struct tmd_strv *out)
{
	TMD_AUTO_FREE char *part = tmd_alloc(strlen(text) + 1, 1);
	size_t len = 0;

	for (;; text++) {
		bool ends = !*text || (*text == ',' && text[1] != ',');

		if (!ends) {
			part[len++] = *text;
			text += *text == ',';
			continue;
		}
		while (len && strchr(BLANKS, part[len - 1]))
			len--;
		part[len] = '\0';
		if (part[strspn(part, BLANKS)])
			tmd_strv_add(out, part + strspn(part, BLANKS));
		len = 0;
		if (!*text)
			return;
	}
}

/* The text that the settings give a variable: of all for a list, else the one there is. */
static void expected_values(const struct tmd_strv *settings, char name, const char *fallback,
			    struct tmd_strv *out)
{
	bool set = false;

	for (size_t i = 0; i < settings->count; i++) {
		const char *setting = settings->items[i];

		if (setting[0] != name || setting[1] != '=')
			continue;
		set = true;
		if (name == 'p')
			tmd_strv_add(out, setting + 2);
		else
			add_parts(setting + 2, out);
	}
	if (!set)
		tmd_strv_add(out, fallback);
}

static void check_settings(const struct tmd_strv *settings)
{
	TMD_AUTO_STRV struct tmd_strv text = { 0 };
	TMD_AUTO_STRV struct tmd_strv list = { 0 };
	AUTO_RUN struct tmd_run run = run_new();
	struct tmd_error err = { 0 };
	const struct tmd_value *input;

	if (tmd_profile_add(&run, fuzz_types(), profile, strlen(profile), "p.yml", BASE, settings,
			    &err)) {
		require_invalid(&err);
		return;
	}
	if (!all_well_formed(&run))
		return;
	expected_values(settings, 'p', "/x", &text);
	expected_values(settings, 'l', "q", &list);
	input = run.results[0].resource.input;
	require(text.count == 1 && strcmp(input[FAKE_TEXT].string, text.items[0]) == 0);
	require(tmd_strv_equal(&input[FAKE_TAGS].list, &list));
	check_every_way(&run, BASE);
}

static void split_words(const char *text, struct tmd_strv *out)
{
	while (*text && out->count < WORDS_MAX) {
		size_t len = strcspn(text, "\n");

		tmd_strv_addn(out, text, len);
		text += len + (text[len] == '\n');
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	TMD_CLEANUP(tmd_options_release) struct tmd_options options = { .program = "trustmend" };
	TMD_AUTO_FREE char *text = tmd_strndup((const char *)data, size);
	TMD_AUTO_STRV struct tmd_strv words = { 0 };
	struct tmd_error err = { 0 };

	split_words(text, &words);
	if (parse(&options, &words, &err)) {
		require_invalid(&err);
		return 0;
	}
	if (options.asked != TMD_ASKED_WORK)
		return 0;
	check_again(&options);
	if (options.type)
		check_attributes(&options);
	if (options.settings.count)
		check_settings(&options.settings);
	return 0;
}
