/* One screen on everything that uses the API: what works, what does not and why, what to type. */
#include "engine/report_parts.h"

#include <stdint.h>
#include <stdio.h>

#include "base/mem.h"
#include "base/str.h"
#include "engine/said.h"

#define WELL_SHOWN 12   /* lines of what works before the rest is counted */
#define REASONS_SHOWN 3 /* of one thing, before the rest is counted */

static const struct {
	const char *word;
	enum tmd_colour colour;
} words[] = {
	[TMD_STANDS_WELL] = { "OK", TMD_GREEN },
	[TMD_STANDS_UNSURE] = { "UNSURE", TMD_YELLOW },
	[TMD_STANDS_BADLY] = { "BROKEN", TMD_RED },
};

static void add_head(const struct tmd_text_options *options, const struct tmd_said *said,
		     struct tmd_buf *out)
{
	TMD_AUTO_BUF struct tmd_buf subject = { 0 };
	const char *word = words[said->standing].word;

	tmd_text_paint(options, out, words[said->standing].colour, word);
	tmd_buf_addf(out, "%*s", (int)(8 - strlen(word)), "");
	tmd_text_add(&subject, said->subject ? said->subject : "?", SIZE_MAX);
	tmd_text_paint(options, out, TMD_BOLD, tmd_buf_str(&subject));
	tmd_buf_add_char(out, '\n');
}

static void add_line(const char *mark, const char *text, struct tmd_buf *out)
{
	tmd_buf_addf(out, "        %s", mark);
	tmd_text_add(out, text, SIZE_MAX);
	tmd_buf_add_char(out, '\n');
}

static void add_reasons(const struct tmd_text_options *options, const struct tmd_said *said,
			struct tmd_buf *out)
{
	const size_t count = said->reasons.count;
	const size_t shown = options->verbose || count <= REASONS_SHOWN ? count : REASONS_SHOWN;

	for (size_t i = 0; i < shown; i++)
		add_line("", said->reasons.items[i], out);
	if (count > shown)
		tmd_buf_addf(out, "        … and %zu more: -v shows them\n", count - shown);
	if (said->remedies.count)
		add_line("do: ", said->remedies.items[0], out);
}

/* "counts from: next login", of what would be changed. */
static void add_when(const struct tmd_resource *r, struct tmd_buf *out)
{
	const size_t i = tmd_field_find(r->type->fields, r->type->field_count, "effective_from");
	const char *when = i < r->type->field_count ? tmd_value_str(&r->current[i]) : NULL;

	if (when)
		add_line("counts from: ", when, out);
}

static size_t add_those(const struct tmd_run *run, const struct tmd_text_options *options,
			enum tmd_standing standing, bool judged, struct tmd_buf *out)
{
	size_t count = 0;

	for (size_t i = 0; i < run->count; i++) {
		const struct tmd_result *result = &run->results[i];
		TMD_AUTO_SAID struct tmd_said said = { 0 };

		if (tmd_result_is_judged(result) != judged)
			continue;
		tmd_result_say(result, &said);
		if (said.standing != standing)
			continue;
		if (++count > WELL_SHOWN && standing == TMD_STANDS_WELL && !options->verbose)
			continue;
		add_head(options, &said, out);
		if (standing == TMD_STANDS_WELL && !options->verbose)
			continue;
		add_reasons(options, &said, out);
		if (standing == TMD_STANDS_BADLY && !judged)
			add_when(&result->resource, out);
	}
	if (count > WELL_SHOWN && standing == TMD_STANDS_WELL && !options->verbose)
		tmd_buf_addf(out, "        … and %zu more that work: -v shows them\n",
			     count - WELL_SHOWN);
	return count;
}

static void close_check(const struct tmd_text_options *options, const size_t *counts,
			struct tmd_buf *out)
{
	tmd_buf_addf(out, "%zu broken, %zu unsure, %zu ok\n", counts[TMD_STANDS_BADLY],
		     counts[TMD_STANDS_UNSURE], counts[TMD_STANDS_WELL]);
	if (!options->remedy)
		return;
	tmd_buf_add_str(out, "to mend what the profile is about: ");
	tmd_text_add(out, options->remedy, SIZE_MAX);
	tmd_buf_add_char(out, '\n');
}

static void add_remarks(const struct tmd_run *run, struct tmd_buf *out)
{
	for (size_t i = 0; i < run->remarks.count; i++) {
		tmd_text_add(out, run->remarks.items[i], SIZE_MAX);
		tmd_buf_add_char(out, '\n');
	}
}

void tmd_report_check(const struct tmd_run *run, const struct tmd_text_options *options,
		      struct tmd_buf *out)
{
	size_t counts[] = { 0, 0, 0 };

	for (int judged = 1; judged >= 0; judged--) {
		for (int standing = TMD_STANDS_BADLY; standing >= TMD_STANDS_WELL; standing--)
			counts[standing] += add_those(run, options, (enum tmd_standing)standing,
						      judged, out);
	}
	add_remarks(run, out);
	close_check(options, counts, out);
}

void tmd_report_explain(const struct tmd_run *run, const struct tmd_text_options *options,
			struct tmd_buf *out)
{
	size_t shown = 0;

	for (size_t i = 0; i < run->count; i++) {
		TMD_AUTO_SAID struct tmd_said said = { 0 };

		tmd_result_say(&run->results[i], &said);
		if (options->about && !strstr(said.subject ? said.subject : "", options->about))
			continue;
		if (shown++)
			tmd_buf_add_char(out, '\n');
		add_head(options, &said, out);
		for (size_t k = 0; k < said.sentences.count; k++)
			add_line("", said.sentences.items[k], out);
		if (!said.sentences.count)
			add_reasons(options, &said, out);
	}
	if (!shown)
		tmd_buf_add_str(out, options->about ? "nothing of that name was found\n" :
						      "nothing found\n");
	add_remarks(run, out);
}
