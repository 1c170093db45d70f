/* Whose turn it is: types with a lower rank first, and what waits for a rebuild last. */
#include "engine/loop.h"

#include "base/mem.h"
#include "base/str.h"
#include "resources/session.h"

static bool next_rank(const struct tmd_run *run, int *rank, bool first)
{
	bool found = false;
	int best = 0;

	for (size_t i = 0; i < run->count; i++) {
		int candidate = run->results[i].resource.rank;

		if (!first && candidate <= *rank)
			continue;
		if (!found || candidate < best)
			best = candidate;
		found = true;
	}
	*rank = best;
	return found;
}

void tmd_run_say(struct tmd_run *run, const struct tmd_resource *r, const char *doing)
{
	TMD_AUTO_FREE char *text = NULL;

	if (!run->status)
		return;
	text = tmd_format("%s %s %s", doing, r->type->name, r->name ? r->name : "");
	run->status(run->status_arg, text);
}

static bool is_due(const struct tmd_result *result, int rank, bool postponed)
{
	if (result->resource.rank != rank || result->error.kind)
		return false;
	return (result->state == TMD_RESULT_POSTPONED) == postponed;
}

static void converge_rank(struct tmd_run *run, int rank, bool postponed, bool apply)
{
	for (size_t i = 0; i < run->count; i++) {
		struct tmd_result *result = &run->results[i];
		struct tmd_error err = { 0 };

		if (run->plan_is_void)
			return;
		if (!is_due(result, rank, postponed))
			continue;
		tmd_run_say(run, &result->resource, apply ? "applying" : "reading");
		if (tmd_converge(run, result, apply, &err))
			result->error = err;
		if (!apply && (!result->error.kind || result->state == TMD_RESULT_LACKS_RIGHTS))
			tmd_verify_watch(run, result);
	}
}

/*
 * What is carried out rests on what was read for it, under the lock: should somebody without
 * the lock, an editor for one, change a file in between, then that change is not lost. Only what
 * was read since is watched, so nothing that was read before counts.
 */
static void run_rank(struct tmd_run *run, int rank, bool postponed, bool apply)
{
	if (apply)
		tmd_sessions_forget(&run->ctx, NULL);
	tmd_fs_watch(run->ctx.fs, apply);
	converge_rank(run, rank, postponed, apply);
	tmd_fs_watch(run->ctx.fs, false);
}

static void postpone_users(struct tmd_run *run, const struct tmd_resource *needed)
{
	const char *path = tmd_resource_path(needed);

	for (size_t i = 0; path && i < run->count; i++) {
		struct tmd_result *result = &run->results[i];

		if (result->resource.rank > needed->rank && tmd_resource_refers(&result->resource, path))
			result->state = TMD_RESULT_POSTPONED;
	}
}

/* What needs a rebuild that waits, and what names a file that does. */
static void postpone(struct tmd_run *run, int rank)
{
	for (size_t i = 0; i < run->count; i++) {
		struct tmd_result *result = &run->results[i];

		if (result->resource.after_rebuild && result->resource.rank > rank)
			result->state = TMD_RESULT_POSTPONED;
	}
	for (size_t i = 0; i < run->count; i++) {
		const struct tmd_resource *needed = &run->results[i].resource;

		if (needed->after_rebuild && needed->rank > rank)
			postpone_users(run, needed);
	}
}

void tmd_run_turns(struct tmd_run *run, bool apply)
{
	bool left = false; /* a rebuild waits for somebody else's program */
	int rank = 0;

	for (bool first = true; next_rank(run, &rank, first); first = false) {
		run_rank(run, rank, false, apply);
		if (apply && tmd_rebuild_rank(run, rank, left)) {
			postpone(run, rank);
			left = true;
		}
	}
	for (bool first = true; left && next_rank(run, &rank, first); first = false) {
		tmd_rebuild_rank(run, rank, true);
		run_rank(run, rank, true, true);
		tmd_rebuild_rank(run, rank, true);
	}
	if (apply)
		tmd_verify_applied(run);
}
