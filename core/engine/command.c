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

/* What a word that was left out and says which thing is meant stands for; NULL: there is none. */
static const char *understood(const struct tmd_resource *r, size_t field)
{
	const char *place = tmd_value_str(&r->desired[field]);
	bool left_out = (r->type->fields[field].flags & TMD_F_PLACE) &&
			r->input[field].kind == TMD_V_NULL;

	return left_out && !tmd_str_equal(place, r->type->fields[field].fallback) ? place : NULL;
}

/* All resources of a command line were asked for with the same words. */
static void add_place(struct tmd_buf *out, const struct tmd_result *result)
{
	const struct tmd_resource *r = &result->resource;

	for (size_t i = 0; i < r->type->field_count; i++) {
		const char *place = understood(r, i);
		TMD_AUTO_FREE char *word =
			place ? tmd_format("%s=%s", r->type->fields[i].name, place) : NULL;

		if (word)
			add_word(out, word);
	}
}

/* Do words that could be completed stand on the command line? */
static bool has_words(const struct tmd_options *options)
{
	return options->type && !options->input;
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
	if (has_words(options) && run->count)
		add_place(&out, &run->results[0]);
	for (size_t i = 0; i < options->settings.count; i++)
		add_option(&out, "--set", options->settings.items[i]);
	add_option(&out, "--input", options->input);
	add_option(&out, "--root", options->root);
	return tmd_buf_steal(&out);
}

static void add_caution(const struct tmd_result *result, size_t field, struct tmd_strv *out)
{
	const struct tmd_resource *r = &result->resource;
	const char *name = r->type->fields[field].name;
	const struct tmd_origin *origin = &result->origin;
	TMD_AUTO_FREE char *where =
		origin->file ? tmd_format(" (%s:%zu)", origin->file, origin->line) : NULL;

	tmd_strv_addf(out,
		      "the command below means another %s %s than that of %s %s: write %s: %s there "
		      "first%s",
		      r->type->name, r->name, name, understood(r, field), name,
		      understood(r, field), where ? where : "");
}

void tmd_command_cautions(const struct tmd_options *options, const struct tmd_run *run,
			  struct tmd_strv *out)
{
	for (size_t i = 0; i < run->count && !has_words(options); i++) {
		const struct tmd_resource *r = &run->results[i].resource;

		for (size_t k = 0; k < r->type->field_count; k++) {
			if (understood(r, k))
				add_caution(&run->results[i], k, out);
		}
	}
}
