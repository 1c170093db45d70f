/* One resource: read, compared, planned, and carried out. */
#include "engine/loop.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/str.h"
#include "engine/line_diff.h"
#include "os/path.h"
#include "resources/session.h"

/* What was read of anything that a layer of the view plans does not count any more. */
static void forget_planned(struct tmd_run *run, const struct tmd_view *layer)
{
	TMD_AUTO_STRV struct tmd_strv paths = { 0 };

	tmd_view_planned_paths(layer, &paths);
	for (size_t i = 0; i < paths.count; i++)
		tmd_sessions_forget(&run->ctx, paths.items[i]);
}

static enum tmd_rc plan_changes(struct tmd_run *run, const struct tmd_changeset *set,
				struct tmd_error *err)
{
	TMD_CLEANUP(tmd_view_free_ptr) struct tmd_view *layer = tmd_view_new_layer(run->ctx.view);

	if (tmd_changeset_preview(set, layer, err))
		return TMD_FAILED;
	forget_planned(run, layer);
	tmd_view_settle(run->ctx.view, layer);
	return TMD_OK;
}

static enum tmd_rc carry_out_steps(struct tmd_run *run, struct tmd_result *result,
				   const struct tmd_changeset *set, struct tmd_error *err)
{
	for (size_t i = 0; i < set->count; i++) {
		if (set->steps[i]->ops->carry_out(set->steps[i], run->ctx.fs, err))
			return TMD_FAILED;
		result->changed = true;
	}
	return TMD_OK;
}

static enum tmd_rc carry_out(struct tmd_run *run, struct tmd_result *result,
			     const struct tmd_changeset *set, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_view_free_ptr) struct tmd_view *layer = tmd_view_new_layer(run->ctx.view);
	enum tmd_rc rc;

	if (tmd_changeset_preview_steps(set, layer, err))
		return TMD_FAILED;
	if (set->rebuild && result->resource.type->commit)
		result->state = TMD_RESULT_IN_REBUILD;
	rc = carry_out_steps(run, result, set, err);
	forget_planned(run, layer);
	return rc;
}

static const char *way_out(const struct tmd_error *why)
{
	return why->kind == TMD_E_PERMISSION ? "run it again with the rights that it needs" :
					       "mend that first, and run again";
}

/*
 * A variable that names a bundle is not pointed to it when this very run could not make it: the
 * machine may have worked until now.
 */
static enum tmd_rc check_foundations(const struct tmd_run *run, const struct tmd_resource *r,
				     struct tmd_error *err)
{
	for (size_t i = 0; i < run->count && !tmd_resource_is_to_go(r); i++) {
		const struct tmd_result *other = &run->results[i];
		const char *path = tmd_resource_path(&other->resource);

		if (other->error.kind && other->state != TMD_RESULT_LACKS_RIGHTS && path &&
		    other->resource.rank < r->rank &&
		    !tmd_resource_is_to_go(&other->resource) &&
		    tmd_resource_refers(r, path) == TMD_REFERS_TO_FILE)
			return tmd_fail(err, TMD_E_CONFLICT, path, way_out(&other->error),
					"left alone, because %s %s failed", other->resource.type->name,
					other->resource.name ? other->resource.name : path);
	}
	return TMD_OK;
}

static enum tmd_rc plan_one(struct tmd_run *run, struct tmd_resource *r, struct tmd_changeset *set,
			    struct tmd_error *err)
{
	if (check_foundations(run, r, err) || r->type->plan(&run->ctx, r, set, err))
		return TMD_FAILED;
	if (!set->count && !set->rebuild)
		return tmd_fail(err, TMD_E_NOT_CONVERGED, NULL, "look at the state",
				"this differs from what is wanted, and nothing can be done about it");
	return TMD_OK;
}

/* Only of what is going to happen: what was read may be somebody else's secret. */
static void show(struct tmd_run *run, struct tmd_result *result, struct tmd_changeset *set)
{
	struct tmd_diff *diff = &result->resource.diff;

	tmd_changeset_describe(set, run->ctx.view, diff);
	tmd_line_diff_reduce(&diff->before, &diff->after);
	free(result->outline.text);
	result->outline = set->outline;
	set->outline.text = NULL;
}

static enum tmd_rc take(struct tmd_run *run, struct tmd_result *result,
			struct tmd_changeset *set, bool apply, struct tmd_error *err)
{
	show(run, result, set);
	if (apply)
		return carry_out(run, result, set, err);
	result->changed = true;
	if (plan_changes(run, set, err))
		return TMD_FAILED;
	tmd_verify_note(run, result);
	return TMD_OK;
}

/*
 * A caller who only asks may lack the rights. What would happen is planned all the same, and what
 * rests on it, and told once (report_text.c).
 */
static void plan_for_others(struct tmd_run *run, struct tmd_result *result,
			    struct tmd_changeset *set)
{
	struct tmd_error ignored = { 0 };

	if (take(run, result, set, false, &ignored) == TMD_OK)
		result->state = TMD_RESULT_LACKS_RIGHTS;
}

/* Is that a question of who asks? */
static bool lacks_rights(const struct tmd_run *run, const struct tmd_error *err)
{
	return err->kind == TMD_E_PERMISSION && run->ctx.for_others;
}

/* A type that cannot even plan without rights leaves nothing for the others to build on. */
static enum tmd_rc make_plan(struct tmd_run *run, struct tmd_result *result,
			     struct tmd_changeset *set, struct tmd_error *err)
{
	if (plan_one(run, &result->resource, set, err)) {
		if (lacks_rights(run, err))
			result->state = TMD_RESULT_LACKS_RIGHTS;
		return TMD_FAILED;
	}
	if (tmd_changeset_check(set, run->ctx.fs, err) == TMD_OK)
		return TMD_OK;
	if (lacks_rights(run, err))
		plan_for_others(run, result, set);
	return TMD_FAILED;
}

enum tmd_rc tmd_converge(struct tmd_run *run, struct tmd_result *result, bool apply,
			 struct tmd_error *err)
{
	struct tmd_resource *r = &result->resource;
	TMD_CLEANUP(tmd_changeset_release) struct tmd_changeset set = { 0 };

	result->unsettled = 0;
	if (result->state == TMD_RESULT_LACKS_RIGHTS)
		result->state = TMD_RESULT_OPEN;
	if (tmd_result_read(run, r, err))
		return TMD_FAILED;
	tmd_result_compare(result, false);
	if (!result->change_count)
		return TMD_OK;
	tmd_diff_clear(&r->diff);
	r->read_warnings = r->warnings.count;
	if (make_plan(run, result, &set, err))
		return TMD_FAILED;
	return take(run, result, &set, apply, err);
}
