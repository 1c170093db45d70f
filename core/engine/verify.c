/* What was applied, or is planned, must be what is read then. */
#include "engine/loop.h"

#include <stdlib.h>

#include "resources/session.h"

/* ---- what was applied ---- */

static void name_leftover(struct tmd_result *result)
{
	const struct tmd_resource *r = &result->resource;
	const struct tmd_change *change = &result->changes[0];
	const char *field = r->type->fields[change->field].name;
	const char *from = tmd_value_str(&change->from);
	const char *to = tmd_value_str(&change->to);

	if (from && to)
		tmd_error_set(&result->error, TMD_E_NOT_CONVERGED, NULL,
			       "look at the state, and at what else manages this machine",
			       "applied, but %s is still '%s' and not '%s'", field, from, to);
	else
		tmd_error_set(&result->error, TMD_E_NOT_CONVERGED, NULL,
			       "look at the state, and at what else manages this machine",
			       "applied, but %s is not as asked for", field);
}

/* Reads again, keeping what plan() had to say: a change that was made still has its warnings. */
static enum tmd_rc read_again(struct tmd_run *run, struct tmd_result *result,
			      struct tmd_error *err)
{
	struct tmd_strv *warnings = &result->resource.warnings;
	TMD_AUTO_STRV struct tmd_strv planned = { 0 };
	enum tmd_rc rc;

	for (size_t i = result->resource.read_warnings; i < warnings->count; i++)
		tmd_strv_add(&planned, warnings->items[i]);
	rc = tmd_result_read(run, &result->resource, err);
	for (size_t i = 0; i < planned.count; i++)
		tmd_strv_add_once(warnings, planned.items[i]);
	return rc;
}

/* Law 4: what was applied must now be what is read. The reported changes stay. */
static void verify_one(struct tmd_run *run, struct tmd_result *result)
{
	struct tmd_result again = { .resource = result->resource };
	struct tmd_error err = { 0 };
	bool failed = read_again(run, result, &err) != TMD_OK;

	if (result->error.kind)
		return;
	if (failed) {
		result->error = err;
		return;
	}
	again.resource = result->resource;
	tmd_result_compare(&again, false);
	if (again.change_count) {
		name_leftover(&again);
		result->error = again.error;
	}
	tmd_result_clear_changes(&again);
	free(again.changes);
}

/*
 * At the end, and all of them: a later resource may have undone what an earlier one did, or
 * what one that needed nothing already was.
 */
void tmd_verify_applied(struct tmd_run *run)
{
	size_t differed = 0;

	for (size_t i = 0; i < run->count; i++)
		differed += run->results[i].change_count;
	if (!differed)
		return;
	tmd_sessions_forget(&run->ctx, NULL);
	for (size_t i = 0; i < run->count; i++) {
		if (run->results[i].change_count || !run->results[i].error.kind)
			verify_one(run, &run->results[i]);
	}
}

/* ---- what is planned ---- */

/*
 * Compares the wish of `r` with what the view shows by now, in a run of its own, which holds that
 * one resource and its changes; the caller releases it.
 */
static enum tmd_rc compare_anew(const struct tmd_run *run, const struct tmd_resource *r,
				struct tmd_run *out)
{
	struct tmd_error ignored;
	struct tmd_result *again;

	out->verb = run->verb;
	out->ctx = run->ctx;
	again = tmd_run_add(out, r->type, r->base_dir);
	for (size_t i = 0; i < r->type->field_count; i++)
		tmd_value_copy(&again->input[i], &r->input[i]);
	if (tmd_resource_normalize(&out->ctx, &again->resource, &ignored) ||
	    tmd_result_read(out, &again->resource, &ignored))
		return TMD_FAILED;
	tmd_result_compare(again, false);
	return TMD_OK;
}

/* The fields whose wish the view does not meet, as bits; all where it cannot even be read. */
static uint64_t find_lacking(const struct tmd_run *run, const struct tmd_resource *r)
{
	struct tmd_run alone = { 0 };
	uint64_t lacking = 0;

	if (compare_anew(run, r, &alone))
		lacking = UINT64_MAX;
	for (size_t i = 0; i < alone.results[0].change_count; i++)
		lacking |= UINT64_C(1) << alone.results[0].changes[i].field;
	tmd_run_release(&alone);
	return lacking;
}

/* A lone resource has nobody to undo what it does. */
void tmd_verify_note(struct tmd_run *run, struct tmd_result *result)
{
	if (run->count > 1)
		result->unsettled = find_lacking(run, &result->resource);
}

static bool is_undone(const struct tmd_run *run, const struct tmd_result *result)
{
	return find_lacking(run, &result->resource) & ~result->unsettled;
}

static void bar(struct tmd_result *result)
{
	result->state = TMD_RESULT_BARRED;
	result->changed = false;
	tmd_diff_clear(&result->resource.diff);
}

static bool came_before(const struct tmd_result *a, const struct tmd_result *b)
{
	int order = a->resource.rank - b->resource.rank;

	return order ? order < 0 : a < b;
}

void tmd_verify_watch(struct tmd_run *run, struct tmd_result *result)
{
	for (size_t i = 0; i < run->count && result->change_count; i++) {
		struct tmd_result *suspect = &run->results[i];

		if (suspect->state != TMD_RESULT_SUSPECT || !came_before(suspect, result) ||
		    !is_undone(run, suspect))
			continue;
		tmd_refuse_both(suspect, result, "what one does the other undoes");
		bar(suspect);
		bar(result);
		run->plan_is_void = true;
		return;
	}
}

static size_t count_changing(const struct tmd_run *run)
{
	size_t count = 0;

	for (size_t i = 0; i < run->count; i++)
		count += run->results[i].changed;
	return count;
}

static size_t find_suspects(struct tmd_run *run)
{
	size_t count = 0;

	for (size_t i = 0; i < run->count; i++) {
		struct tmd_result *result = &run->results[i];

		if (result->error.kind || !is_undone(run, result))
			continue;
		result->state = TMD_RESULT_SUSPECT;
		count++;
	}
	return count;
}

/* All is planned once more, and after each resource the suspects before it are looked at. */
bool tmd_verify_planned(struct tmd_run *run)
{
	if (run->count < 2 || !count_changing(run) || !find_suspects(run))
		return false;
	tmd_view_clear(run->ctx.view);
	tmd_sessions_forget(&run->ctx, NULL);
	tmd_run_turns(run, false);
	for (size_t i = 0; i < run->count; i++) {
		if (run->results[i].state == TMD_RESULT_SUSPECT)
			run->results[i].state = TMD_RESULT_OPEN;
	}
	return run->plan_is_void;
}
