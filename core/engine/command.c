/* Quotes are those of a shell; where there is none, the words that need them are rare. */
#include "engine/command.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"

static bool is_plain(const char *word)
{
	for (const char *c = word; *c; c++) {
		if (!tmd_is_alpha(*c) && !tmd_is_digit(*c) && !strchr("@%+=:,./_-\\", *c))
			return false;
	}
	return *word;
}

static void add_word(struct tmd_buf *out, const char *word)
{
	if (out->len)
		tmd_buf_add_char(out, ' ');
	if (is_plain(word)) {
		tmd_buf_add_str(out, word);
		return;
	}
	tmd_buf_add_char(out, '\'');
	for (; *word; word++) {
		if (*word == '\'')
			tmd_buf_add_str(out, "'\\''");
		else
			tmd_buf_add_char(out, *word);
	}
	tmd_buf_add_char(out, '\'');
}

static void add_option(struct tmd_buf *out, const char *name, const char *value)
{
	if (!value)
		return;
	add_word(out, name);
	add_word(out, value);
}

/* All resources of a command line were asked for with the same words. */
static void add_place(struct tmd_buf *out, const struct tmd_result *result)
{
	const struct tmd_resource *r = &result->resource;

	for (size_t i = 0; i < r->type->field_count; i++) {
		const struct tmd_field *field = &r->type->fields[i];
		const char *place = tmd_value_str(&r->desired[i]);
		TMD_AUTO_FREE char *word = NULL;

		if (!(field->flags & TMD_F_PLACE) || !place ||
		    r->input[i].kind != TMD_V_NULL || tmd_str_equal(place, field->fallback))
			continue;
		word = tmd_format("%s=%s", field->name, place);
		add_word(out, word);
	}
}

char *tmd_command_apply(const struct tmd_options *options, const struct tmd_type *const *types,
			const struct tmd_run *run)
{
	TMD_AUTO_BUF struct tmd_buf out = { 0 };

	add_word(&out, options->program);
	if (options->type && types[1])
		add_word(&out, options->type->name);
	add_word(&out, tmd_verb_name(TMD_VERB_APPLY));
	for (size_t i = 0; i < options->words.count; i++)
		add_word(&out, options->words.items[i]);
	if (options->type && !options->input && run->count)
		add_place(&out, &run->results[0]);
	for (size_t i = 0; i < options->settings.count; i++)
		add_option(&out, "--set", options->settings.items[i]);
	add_option(&out, "--input", options->input);
	add_option(&out, "--root", options->root);
	return tmd_buf_steal(&out);
}
