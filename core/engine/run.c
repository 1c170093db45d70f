/* The verbs of a run. */
#include "engine/loop.h"

#include "base/mem.h"
#include "base/str.h"
#include "os/lock.h"
#include "os/user.h"
#include "resources/session.h"

const char *tmd_verb_name(enum tmd_verb verb)
{
	static const char *const names[TMD_VERB_COUNT] = {
		[TMD_VERB_GET] = "get",		  [TMD_VERB_PLAN] = "plan",
		[TMD_VERB_APPLY] = "apply",	  [TMD_VERB_LIST] = "list",
		[TMD_VERB_DESCRIBE] = "describe", [TMD_VERB_CHECK] = "check",
		[TMD_VERB_EXPLAIN] = "explain",
	};

	return names[verb];
}

bool tmd_verb_is_offered(enum tmd_verb verb, const struct tmd_type *type)
{
	switch (verb) {
	case TMD_VERB_LIST:
		return type->list;
	case TMD_VERB_PLAN:
	case TMD_VERB_APPLY:
		return type->plan;
	case TMD_VERB_CHECK:
		return false; /* of everything, or not at all */
	case TMD_VERB_EXPLAIN:
		return type->judge;
	case TMD_VERB_GET:
	case TMD_VERB_DESCRIBE:
	case TMD_VERB_COUNT:
		break;
	}
	return true;
}

static void forget_plans(struct tmd_run *run)
{
	for (size_t i = 0; i < run->count; i++) {
		struct tmd_result *result = &run->results[i];

		if (result->state == TMD_RESULT_BARRED)
			continue;
		result->changed = false;
		if (result->state == TMD_RESULT_LACKS_RIGHTS)
			result->state = TMD_RESULT_OPEN;
		tmd_result_clear_changes(result);
		tmd_diff_clear(&result->resource.diff);
		tmd_error_clear(&result->error);
	}
}

/* False when it is void. */
static bool plan_all(struct tmd_run *run)
{
	bool is_void;

	run->plan_is_void = false;
	tmd_run_turns(run, false);
	is_void = tmd_verify_planned(run);
	run->plan_is_void = false;
	tmd_view_clear(run->ctx.view);
	tmd_sessions_forget(&run->ctx, NULL);
	return !is_void;
}

/*
 * Everything that is not carried out. Where two resources undo each other, others were planned on
 * what they would have done: then all begins again without these two.
 */
static void plan_pass(struct tmd_run *run)
{
	for (size_t i = 0; i < run->count; i++) {
		if (run->results[i].error.kind)
			run->results[i].state = TMD_RESULT_BARRED;
	}
	while (!plan_all(run))
		forget_plans(run);
}

static void get_all(struct tmd_run *run)
{
	for (size_t i = 0; i < run->count; i++) {
		struct tmd_result *result = &run->results[i];
		struct tmd_error err = { 0 };

		if (result->error.kind || result->state == TMD_RESULT_QUERY)
			continue;
		if (tmd_result_read(run, &result->resource, &err))
			result->error = err;
		else if (run->judges)
			tmd_result_compare(result, true);
	}
}

static bool work_to_do(const struct tmd_run *run)
{
	for (size_t i = 0; i < run->count; i++) {
		if (run->results[i].change_count && !run->results[i].error.kind)
			return true;
	}
	return false;
}

static void fail_pending(struct tmd_run *run, const struct tmd_error *err)
{
	for (size_t i = 0; i < run->count; i++) {
		struct tmd_result *result = &run->results[i];

		result->changed = false;
		if (result->change_count && !result->error.kind)
			result->error = *err;
	}
}

/* All that is pending lacks the right to the lock. */
static void note_lacking(struct tmd_run *run)
{
	for (size_t i = 0; i < run->count; i++) {
		struct tmd_result *result = &run->results[i];

		if (result->change_count && !result->error.kind)
			result->state = TMD_RESULT_LACKS_RIGHTS;
	}
}

/* What failed would not change anything, and without the lock nothing would. */
static void settle_plan(struct tmd_run *run)
{
	struct tmd_error err = { 0 };

	for (size_t i = 0; i < run->count; i++) {
		if (run->results[i].error.kind)
			run->results[i].changed = false;
	}
	if (!work_to_do(run) || tmd_lock_check(run->ctx.fs, &err) == TMD_OK)
		return;
	if (run->ctx.for_others && err.kind == TMD_E_PERMISSION)
		note_lacking(run);
	fail_pending(run, &err);
}

static void forget_plan(struct tmd_run *run)
{
	for (size_t i = 0; i < run->count; i++) {
		run->results[i].changed = false;
		/* What failed is not tried again: its changes say what was wanted. */
		if (!run->results[i].error.kind)
			tmd_result_clear_changes(&run->results[i]);
	}
}

/*
 * A first pass without the lock finds out whether there is anything to do: most runs on a
 * fleet change nothing, and those need neither the lock nor the right to take it.
 */
static enum tmd_rc apply_all(struct tmd_run *run)
{
	struct tmd_lock *lock = NULL;
	struct tmd_error err = { 0 };

	plan_pass(run);
	settle_plan(run);
	if (!work_to_do(run))
		return TMD_OK;
	tmd_fs_allow_writes(run->ctx.fs, true);
	if (run->status)
		run->status(run->status_arg, "waiting for the lock");
	if (tmd_lock_acquire(run->ctx.fs, run->lock_timeout, &lock, &err)) {
		fail_pending(run, &err);
		if (err.kind != TMD_E_BUSY)
			return TMD_OK;
		run->error = err;
		return TMD_FAILED;
	}
	forget_plan(run);
	tmd_run_turns(run, true);
	tmd_lock_release(lock);
	tmd_fs_allow_writes(run->ctx.fs, false);
	return TMD_OK;
}

/* What a profile asks for wrongly is mended in that file; what stands before an error once stays. */
static void tell_origin(struct tmd_result *result)
{
	const struct tmd_origin *origin = &result->origin;
	struct tmd_error *err = &result->error;
	TMD_AUTO_FREE char *file = origin->file ? tmd_format("%s:", origin->file) : NULL;

	if (file && err->kind == TMD_E_INVALID_INPUT && !tmd_str_starts(err->message, file))
		tmd_error_set(err, err->kind, err->path, err->hint, "%s%zu: %s", file, origin->line,
			      err->message);
}

/* What of a resource could be done is done, or planned, by now. */
static void settle_errors(struct tmd_run *run)
{
	for (size_t i = 0; i < run->count; i++) {
		struct tmd_result *result = &run->results[i];

		if (!result->error.kind)
			result->error = result->resource.shortfall;
		tell_origin(result);
	}
}

static enum tmd_rc execute(struct tmd_run *run)
{
	if (run->verb == TMD_VERB_LIST)
		return tmd_run_list(run);
	run->malformed = 0;
	for (size_t i = 0; i < run->count; i++) {
		if (run->results[i].state != TMD_RESULT_QUERY)
			tmd_wish_normalize(run, i);
	}
	switch (run->verb) {
	case TMD_VERB_GET:
		get_all(run);
		return TMD_OK;
	case TMD_VERB_CHECK:
	case TMD_VERB_EXPLAIN:
		get_all(run);
		return tmd_run_list(run);
	case TMD_VERB_PLAN:
		plan_pass(run);
		settle_plan(run);
		return TMD_OK;
	case TMD_VERB_APPLY:
		return apply_all(run);
	case TMD_VERB_LIST:
	case TMD_VERB_DESCRIBE:
	case TMD_VERB_COUNT:
		break;
	}
	return tmd_fail(&run->error, TMD_E_INTERNAL, NULL, NULL, "verb without a loop");
}

enum tmd_rc tmd_run_execute(struct tmd_run *run)
{
	enum tmd_rc rc;

	run->ctx.sessions = tmd_sessions_new();
	run->ctx.converges = tmd_verb_converges(run->verb);
	run->ctx.for_others = run->verb == TMD_VERB_PLAN && !tmd_user_is_admin();
	tmd_view_send(run->ctx.view, &run->files);
	rc = execute(run);
	settle_errors(run);
	tmd_view_send(run->ctx.view, NULL);
	tmd_sessions_free(run->ctx.sessions);
	run->ctx.sessions = NULL;
	return rc;
}
