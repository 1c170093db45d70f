/* The last lines of a report: what it comes to. */
#include "engine/report_parts.h"

#include <stdint.h>

#define NAME_SHOWN 60 /* characters of a name */

static size_t count_failed(const struct tmd_run *run)
{
	size_t count = 0;

	for (size_t i = 0; i < run->count; i++)
		count += tmd_text_failed(&run->results[i]);
	return count;
}

/* What failed half-way changed, too. */
static size_t count_changing(const struct tmd_run *run)
{
	size_t count = 0;

	for (size_t i = 0; i < run->count; i++) {
		const struct tmd_result *result = &run->results[i];

		count += result->state == TMD_RESULT_LACKS_RIGHTS || result->changed;
	}
	return count;
}

static size_t count_unchanged(const struct tmd_run *run)
{
	size_t count = 0;

	for (size_t i = 0; i < run->count; i++)
		count += !run->results[i].error.kind && !run->results[i].changed;
	return count;
}

static size_t count_differing(const struct tmd_run *run)
{
	size_t count = 0;

	for (size_t i = 0; i < run->count; i++)
		count += tmd_result_differs(&run->results[i]);
	return count;
}

static void add_count(const struct tmd_run *run, struct tmd_buf *out)
{
	tmd_buf_addf(out, "%s: %zu resource%s", tmd_verb_name(run->verb), run->count,
		     run->count == 1 ? "" : "s");
}

/* get of a profile: what plan would go about. */
static void add_differences(const struct tmd_run *run, struct tmd_buf *out)
{
	if (!count_differing(run))
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
	size_t failed = count_failed(run);
	size_t differing = count_differing(run);

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
	size_t failed = count_failed(run);
	size_t changing = count_changing(run);

	if (run->verb == TMD_VERB_GET) {
		close_get(run, out);
		return;
	}
	add_count(run, out);
	tmd_buf_addf(out, ", %zu %s, %zu unchanged, %zu failed\n", changing,
		     run->verb == TMD_VERB_PLAN ? "to change" : "changed",
		     count_unchanged(run), failed);
	if (!tmd_run_lacking(run) || !options->remedy)
		return;
	tmd_buf_add_str(out, "needs ");
	(void)tmd_text_add(out, options->remedy, SIZE_MAX);
	tmd_buf_add_char(out, '\n');
}
