/* The last lines of a report: what it comes to. */
#include "engine/report_parts.h"

#include <stdint.h>

#define NAME_SHOWN 60 /* characters of a name */

static size_t count(const struct tmd_run *run, bool (*is)(const struct tmd_result *))
{
	size_t found = 0;

	for (size_t i = 0; i < run->count; i++)
		found += is(&run->results[i]);
	return found;
}

/* What failed half-way changed, too. */
static bool is_changing(const struct tmd_result *result)
{
	return result->state == TMD_RESULT_LACKS_RIGHTS || result->changed;
}

static bool is_unchanged(const struct tmd_result *result)
{
	return !result->error.kind && !result->changed;
}

static void add_count(const struct tmd_run *run, struct tmd_buf *out)
{
	tmd_buf_addf(out, "%s: %zu resource%s", tmd_verb_name(run->verb), run->count,
		     run->count == 1 ? "" : "s");
}

/* get of a profile: what plan would go about. */
static void add_differences(const struct tmd_run *run, struct tmd_buf *out)
{
	if (!count(run, tmd_result_differs))
		return;
	tmd_buf_add_str(out, "not as documented:\n");
	for (size_t i = 0; i < run->count; i++) {
		const struct tmd_result *result = &run->results[i];

		for (size_t k = 0; tmd_result_differs(result) && k < result->change_count; k++) {
			tmd_buf_addf(out, "  %s ", result->resource.type->name);
			tmd_text_add_short(out, result->resource.name, NAME_SHOWN);
			tmd_buf_add_str(out, ": ");
			tmd_text_add_change(out, result, k, false);
		}
	}
}

static void close_get(const struct tmd_run *run, struct tmd_buf *out)
{
	size_t failed = count(run, tmd_text_failed);
	size_t differing = count(run, tmd_result_differs);

	if (run->judges)
		add_differences(run, out);
	add_count(run, out);
	if (run->judges)
		tmd_buf_addf(out, ", %zu as documented, %zu not", run->count - differing - failed,
			     differing);
	tmd_buf_addf(out, ", %zu failed\n", failed);
}

void tmd_report_close(const struct tmd_run *run, const struct tmd_text_options *options,
		      struct tmd_buf *out)
{
	size_t failed = count(run, tmd_text_failed);
	size_t changing = count(run, is_changing);

	if (run->verb == TMD_VERB_GET) {
		close_get(run, out);
		return;
	}
	add_count(run, out);
	tmd_buf_addf(out, ", %zu %s, %zu unchanged, %zu failed\n", changing,
		     run->verb == TMD_VERB_PLAN ? "to change" : "changed",
		     count(run, is_unchanged), failed);
	if (!options->remedy)
		return;
	for (size_t i = 0; options->cautions && i < options->cautions->count; i++) {
		(void)tmd_text_add(out, options->cautions->items[i], SIZE_MAX);
		tmd_buf_add_char(out, '\n');
	}
	tmd_buf_add_str(out, "needs ");
	(void)tmd_text_add(out, options->remedy, SIZE_MAX);
	tmd_buf_add_char(out, '\n');
}
