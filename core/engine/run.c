/* The engine's loop over the resources of one run. */
#include "engine/run.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "engine/line_diff.h"
#include "engine/malformed.h"
#include "os/lock.h"
#include "os/path.h"
#include "resources/session.h"

const char *tmd_verb_name(enum tmd_verb verb)
{
	static const char *const names[TMD_VERB_COUNT] = {
		[TMD_VERB_GET] = "get",		  [TMD_VERB_PLAN] = "plan",
		[TMD_VERB_APPLY] = "apply",	  [TMD_VERB_LIST] = "list",
		[TMD_VERB_DESCRIBE] = "describe",
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
	case TMD_VERB_GET:
	case TMD_VERB_DESCRIBE:
	case TMD_VERB_COUNT:
		break;
	}
	return true;
}

/* ---- the results' memory ---- */

static void clear_changes(struct tmd_result *result)
{
	for (size_t i = 0; i < result->change_count; i++) {
		tmd_value_release(&result->changes[i].from);
		tmd_value_release(&result->changes[i].to);
	}
	result->change_count = 0;
}

static void release_values(struct tmd_value *values, size_t count)
{
	for (size_t i = 0; i < count; i++)
		tmd_value_release(&values[i]);
}

static void release_private(struct tmd_resource *r)
{
	if (r->type->release)
		r->type->release(r);
	r->priv = NULL;
}

static void release_result(struct tmd_result *result)
{
	struct tmd_resource *r = &result->resource;
	size_t fields = r->type->field_count;

	release_private(r);
	clear_changes(result);
	free(result->changes);
	free(result->given);
	free(result->place);
	release_values(result->input, fields);
	release_values(r->desired, fields);
	release_values(r->current, fields);
	free(result->input);
	free(r->desired);
	free(r->current);
	free(r->identity);
	free(r->name);
	free(r->base_dir);
	tmd_strv_release(&r->warnings);
	tmd_diff_clear(&r->diff);
}

void tmd_run_release(struct tmd_run *run)
{
	for (size_t i = 0; i < run->count; i++)
		release_result(&run->results[i]);
	free(run->results);
	tmd_sent_files_release(&run->files);
	if (run->ctx.view)
		tmd_view_send(run->ctx.view, NULL);
	run->results = NULL;
	run->count = 0;
	run->cap = 0;
}

struct tmd_result *tmd_run_add(struct tmd_run *run, const struct tmd_type *type,
			       const char *base_dir)
{
	struct tmd_result *result;

	run->results = tmd_grow(run->results, &run->cap, run->count + 1, sizeof(*run->results));
	result = &run->results[run->count++];
	memset(result, 0, sizeof(*result));
	result->resource.type = type;
	result->resource.rank = type->rank;
	result->resource.base_dir = tmd_strdup(base_dir);
	result->input = tmd_alloc(type->field_count, sizeof(struct tmd_value));
	result->resource.input = result->input;
	result->resource.desired = tmd_alloc(type->field_count, sizeof(struct tmd_value));
	result->resource.current = tmd_alloc(type->field_count, sizeof(struct tmd_value));
	result->given = tmd_alloc(type->field_count, sizeof(bool));
	return result;
}

/* ---- input that is complete enough for the verb ---- */

static bool field_needed(const struct tmd_run *run, const struct tmd_result *result, size_t i)
{
	const struct tmd_field *field = &result->resource.type->fields[i];

	if (field->flags & TMD_F_KEY)
		return !(field->flags & TMD_F_ALTERNATIVE) &&
		       result->resource.input[i].kind == TMD_V_NULL;
	if (!(field->flags & TMD_F_REQUIRED) || run->verb == TMD_VERB_GET)
		return false;
	if ((field->flags & TMD_F_UNLESS_ABSENT) && tmd_resource_is_to_go(&result->resource))
		return false;
	return !result->given[i];
}

/* "path or python", the keys of which one is needed; how many of them were given. */
static size_t count_alternatives(const struct tmd_resource *r, struct tmd_buf *names)
{
	const unsigned alternative = TMD_F_KEY | TMD_F_ALTERNATIVE;
	size_t given = 0;

	for (size_t i = 0; i < r->type->field_count; i++) {
		if ((r->type->fields[i].flags & alternative) != alternative)
			continue;
		tmd_buf_addf(names, "%s%s", names->len ? " or " : "", r->type->fields[i].name);
		given += r->input[i].kind != TMD_V_NULL;
	}
	return given;
}

static enum tmd_rc check_alternatives(const struct tmd_resource *r, struct tmd_error *err)
{
	TMD_AUTO_BUF struct tmd_buf names = { 0 };
	size_t given = count_alternatives(r, &names);

	if (!names.len || given == 1)
		return TMD_OK;
	return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, "give exactly one of them",
			given ? "%s: more than one of the attributes %s" :
				"%s: one of the attributes %s is missing",
			r->type->name, tmd_buf_str(&names));
}

static enum tmd_rc check_required(const struct tmd_run *run, const struct tmd_result *result,
				  struct tmd_error *err)
{
	const struct tmd_type *type = result->resource.type;
	TMD_AUTO_FREE char *hint = NULL;

	for (size_t i = 0; i < type->field_count; i++) {
		if (!field_needed(run, result, i))
			continue;
		hint = tmd_format("add %s=…; `describe` lists the attributes of %s",
				  type->fields[i].name, type->name);
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, hint,
				"%s: attribute '%s' is missing", type->name, type->fields[i].name);
	}
	return check_alternatives(&result->resource, err);
}

/* The same wish in the same words, but for the spelling of what it is about. */
static bool same_wish(const struct tmd_resource *a, const struct tmd_resource *b)
{
	for (size_t i = 0; i < a->type->field_count; i++) {
		if (a->type->fields[i].flags & (TMD_F_KEY | TMD_F_PLACE))
			continue;
		if (!tmd_value_equal(&a->desired[i], &b->desired[i]) ||
		    !tmd_value_equal(&a->input[i], &b->input[i]))
			return false;
	}
	return true;
}

/* Why the two cannot both hold, as one clause; NULL: they can. */
static const char *contradiction(const struct tmd_run *run, const struct tmd_resource *a,
				 const struct tmd_resource *b)
{
	if (a->type != b->type || !a->identity || !b->identity)
		return NULL;
	if (strcmp(a->identity, b->identity) == 0)
		return same_wish(a, b) ? NULL : "they are about one thing";
	if (run->verb == TMD_VERB_GET || !a->type->contradicts)
		return NULL;
	return a->type->contradicts(a, b);
}

/* "anchor NAME (store=system)": with the words in which it differs from the other. */
static void add_wish(struct tmd_buf *out, const struct tmd_resource *r,
		     const struct tmd_resource *other)
{
	const char *before = " (";

	tmd_buf_addf(out, "%s %.100s", r->type->name, r->name);
	for (size_t i = 0; i < r->type->field_count; i++) {
		const char *text = tmd_value_str(&r->desired[i]);

		if (!text || (r->type->fields[i].flags & TMD_F_KEY) ||
		    tmd_value_equal(&r->desired[i], &other->desired[i]))
			continue;
		tmd_buf_addf(out, "%s%s=%.60s", before, r->type->fields[i].name, text);
		before = ", ";
	}
	if (before[0] == ',')
		tmd_buf_add_char(out, ')');
}

static void refuse_both(struct tmd_result *a, struct tmd_result *b, const char *because)
{
	TMD_AUTO_BUF struct tmd_buf both = { 0 };

	add_wish(&both, &a->resource, &b->resource);
	tmd_buf_add_str(&both, " and ");
	add_wish(&both, &b->resource, &a->resource);
	tmd_error_set(&a->error, TMD_E_INVALID_INPUT, NULL, "keep one of them",
		      "%s cannot both hold: %s", tmd_buf_str(&both), because);
	b->error = a->error;
}

static void find_contradictions(struct tmd_run *run, size_t index)
{
	struct tmd_result *result = &run->results[index];

	for (size_t i = 0; i < index; i++) {
		struct tmd_result *other = &run->results[i];
		const char *because = contradiction(run, &other->resource, &result->resource);

		if (because)
			refuse_both(other, result, because);
	}
}

/* What the input calls it, for resources that never got as far as a name of their own. */
static const char *key_text(const struct tmd_resource *r)
{
	for (size_t i = 0; i < r->type->field_count; i++) {
		const char *text = tmd_value_str(tmd_resource_given(r, i));

		if (text && (r->type->fields[i].flags & TMD_F_KEY))
			return text;
	}
	return NULL;
}

static enum tmd_rc check_verb(const struct tmd_run *run, const struct tmd_type *type,
			      struct tmd_error *err)
{
	if (tmd_verb_is_offered(run->verb, type))
		return TMD_OK;
	return tmd_fail(err, TMD_E_UNSUPPORTED, NULL, "get reads it", "the type %s has no verb %s",
			type->name, tmd_verb_name(run->verb));
}

static enum tmd_rc normalize(struct tmd_run *run, struct tmd_resource *r, struct tmd_error *err)
{
	if (check_verb(run, r->type, err) || tmd_resource_normalize(&run->ctx, r, err))
		return TMD_FAILED;
	if (run->verb == TMD_VERB_GET || !r->type->check_wish)
		return TMD_OK;
	return r->type->check_wish(r, err);
}

static void normalize_one(struct tmd_run *run, size_t index)
{
	struct tmd_result *result = &run->results[index];
	struct tmd_resource *r = &result->resource;

	if (result->error.kind || check_required(run, result, &result->error)) {
		run->malformed++;
		tmd_malformed_hide_texts(result);
	} else if (normalize(run, r, &result->error) == TMD_OK) {
		find_contradictions(run, index);
	}
	if (!r->name)
		r->name = tmd_strdup(key_text(r));
}

/* ---- read and compare ---- */

static enum tmd_rc read_current(struct tmd_run *run, struct tmd_resource *r,
				struct tmd_error *err)
{
	release_values(r->current, r->type->field_count);
	release_private(r);
	tmd_strv_release(&r->warnings);
	return tmd_resource_read(&run->ctx, r, err);
}

/* A map is compared on the keys of the wish alone: others are none of its business. */
static bool map_in_sync(const struct tmd_value *wish, const struct tmd_value *current)
{
	for (size_t i = 0; i < wish->list.count; i++) {
		if (!tmd_str_equal(wish->map_values[i],
				   tmd_value_map_get(current, wish->list.items[i])))
			return false;
	}
	return true;
}

static bool field_in_sync(const struct tmd_resource *r, size_t i)
{
	const struct tmd_value *wish = &r->desired[i];

	if (wish->kind == TMD_V_NULL || (r->type->fields[i].flags & TMD_F_PARAM))
		return true;
	if (wish->kind == TMD_V_MAP)
		return map_in_sync(wish, &r->current[i]);
	if (tmd_value_equal(wish, &r->current[i]))
		return true;
	return r->type->in_sync && r->type->in_sync(r, i);
}

static void add_change(struct tmd_result *result, size_t field)
{
	struct tmd_change *change;

	result->changes = tmd_grow(result->changes, &result->change_cap, result->change_count + 1,
				   sizeof(*result->changes));
	change = &result->changes[result->change_count++];
	memset(change, 0, sizeof(*change));
	change->field = field;
	tmd_value_copy(&change->from, &result->resource.current[field]);
	tmd_value_copy(&change->to, &result->resource.desired[field]);
}

static void compare(struct tmd_result *result)
{
	clear_changes(result);
	for (size_t i = 0; i < result->resource.type->field_count; i++) {
		if (!field_in_sync(&result->resource, i))
			add_change(result, i);
	}
}

/* ---- two resources, one file ---- */

/* Two paths lead to one file when these are equal; NULL when it leads nowhere. */
static char *find_place(struct tmd_run *run, const char *path)
{
	TMD_AUTO_FREE char *real = NULL;
	struct tmd_error ignored;

	return tmd_fs_resolve(run->ctx.fs, path, &real, &ignored) ? NULL : tmd_path_key(real);
}

/* Looked for once: while changes are only planned no file goes anywhere else. */
static const char *place_of(struct tmd_run *run, struct tmd_result *result)
{
	const char *path = tmd_resource_path(&result->resource);

	if (path && !result->place_known)
		result->place = find_place(run, path);
	result->place_known = true;
	return result->place;
}

/* The first other resource without an error that is named by a file which `set` changes. */
static struct tmd_result *find_owner(struct tmd_run *run, const struct tmd_result *result,
				     const struct tmd_changeset *set)
{
	TMD_CLEANUP(tmd_view_free_ptr) struct tmd_view *alone =
		tmd_view_new(run->ctx.fs, run->input);
	struct tmd_error ignored;

	if (tmd_changeset_preview(set, alone, &ignored))
		return NULL;
	for (size_t i = 0; i < run->count; i++) {
		struct tmd_result *other = &run->results[i];
		const char *place;

		if (other == result || other->error.kind)
			continue;
		place = place_of(run, other);
		if (place && tmd_view_plans(alone, place))
			return other;
	}
	return NULL;
}

/*
 * Compares the wish of `r` anew with what is planned by now, in a run of its own, which holds
 * that one resource and its changes; the caller releases it.
 */
static enum tmd_rc compare_anew(const struct tmd_run *run, const struct tmd_resource *r,
				struct tmd_run *out, struct tmd_error *err)
{
	struct tmd_result *again;

	out->verb = run->verb;
	out->ctx = run->ctx;
	again = tmd_run_add(out, r->type, r->base_dir);
	for (size_t i = 0; i < r->type->field_count; i++)
		tmd_value_copy(&again->input[i], &r->input[i]);
	if (tmd_resource_normalize(&out->ctx, &again->resource, err) ||
	    read_current(out, &again->resource, err))
		return TMD_FAILED;
	compare(again);
	return TMD_OK;
}

static bool has_change(const struct tmd_result *result, size_t field)
{
	for (size_t i = 0; i < result->change_count; i++) {
		if (result->changes[i].field == field)
			return true;
	}
	return false;
}

static bool differs_in_more(const struct tmd_result *now, const struct tmd_result *before)
{
	for (size_t i = 0; i < now->change_count; i++) {
		if (!has_change(before, now->changes[i].field))
			return true;
	}
	return false;
}

static void bar(struct tmd_result *result)
{
	result->barred = true;
	result->changed = false;
	tmd_diff_clear(&result->resource.diff);
}

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
	return tmd_changeset_preview(set, run->ctx.view, err);
}

/*
 * Takes `set` into the view. Where that takes away what another resource of the run has or
 * plans, as when a root is put into a bundle that is made from sources without it, each run
 * would undo what the last one did: both are refused.
 */
static enum tmd_rc merge_plan(struct tmd_run *run, struct tmd_result *result,
			      const struct tmd_changeset *set, struct tmd_error *err)
{
	struct tmd_result *other = find_owner(run, result, set);
	struct tmd_run before = { 0 };
	struct tmd_run after = { 0 };
	enum tmd_rc rc = TMD_FAILED;

	if (!other)
		return plan_changes(run, set, err);
	if (compare_anew(run, &other->resource, &before, err) || plan_changes(run, set, err) ||
	    compare_anew(run, &other->resource, &after, err))
		goto out;
	if (differs_in_more(after.results, before.results)) {
		refuse_both(other, result, "what one does to that file the other undoes");
		bar(other);
		bar(result);
		run->plan_anew = true;
	}
	rc = TMD_OK;
out:
	tmd_run_release(&before);
	tmd_run_release(&after);
	return rc;
}

/* ---- carrying changes out ---- */

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
	result->in_rebuild = set->rebuild && result->resource.type->commit;
	rc = carry_out_steps(run, result, set, err);
	forget_planned(run, layer);
	return rc;
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

		if (other->error.kind && path && other->resource.rank < r->rank &&
		    !tmd_resource_is_to_go(&other->resource) && tmd_resource_refers(r, path) == TMD_REFERS_TO_FILE)
			return tmd_fail(err, TMD_E_CONFLICT, path, "mend that first, and run again",
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
	return tmd_changeset_check(set, run->ctx.fs, err);
}

/* Only of what is going to happen: what was read may be somebody else's secret. */
static void show(struct tmd_run *run, struct tmd_resource *r, const struct tmd_changeset *set)
{
	tmd_changeset_describe(set, run->ctx.view, &r->diff);
	tmd_line_diff_reduce(&r->diff.before, &r->diff.after);
}

/* Read, compare and plan one resource; with `apply`, carry the plan out. */
static enum tmd_rc read_and_converge(struct tmd_run *run, struct tmd_result *result, bool apply,
				struct tmd_error *err)
{
	struct tmd_resource *r = &result->resource;
	struct tmd_changeset set = { 0 };
	enum tmd_rc rc = TMD_FAILED;

	if (read_current(run, r, err))
		return TMD_FAILED;
	compare(result);
	if (!result->change_count)
		return TMD_OK;
	tmd_diff_clear(&r->diff);
	r->read_warnings = r->warnings.count;
	if (plan_one(run, r, &set, err))
		goto out;
	show(run, r, &set);
	if (apply) {
		rc = carry_out(run, result, &set, err);
		goto out;
	}
	result->changed = true;
	rc = merge_plan(run, result, &set, err);
out:
	tmd_changeset_release(&set);
	return rc;
}

/* ---- one rebuild for all resources of a type ---- */

/* Those of the type that take part; the caller frees the list. */
static struct tmd_resource **find_taking_part(struct tmd_run *run, const struct tmd_type *type,
					      size_t *count)
{
	struct tmd_resource **found = tmd_alloc(run->count, sizeof(struct tmd_resource *));

	*count = 0;
	for (size_t i = 0; i < run->count; i++) {
		if (run->results[i].resource.type == type && run->results[i].in_rebuild)
			found[(*count)++] = &run->results[i].resource;
	}
	return found;
}

static bool is_busy(struct tmd_run *run, const struct tmd_type *type)
{
	size_t count;
	TMD_AUTO_FREE struct tmd_resource **taking_part = find_taking_part(run, type, &count);

	return type->busy && type->busy(&run->ctx, taking_part, count);
}

static void commit_type(struct tmd_run *run, const struct tmd_type *type)
{
	size_t count;
	TMD_AUTO_FREE struct tmd_resource **taking_part = find_taking_part(run, type, &count);
	struct tmd_error err = { 0 };

	if (run->status)
		run->status(run->status_arg, type->commit_text);
	if (type->commit(&run->ctx, taking_part, count, &err) == TMD_OK)
		tmd_error_clear(&err);
	tmd_sessions_forget(&run->ctx, NULL);
	for (size_t i = 0; i < run->count; i++) {
		struct tmd_result *result = &run->results[i];

		if (result->resource.type != type || !result->in_rebuild)
			continue;
		result->in_rebuild = false;
		if (!err.kind)
			result->changed = true;
		else if (!result->error.kind)
			result->error = err;
	}
}

/* True when one of them is left for later, because it would have to wait. */
static bool commit_rank(struct tmd_run *run, int rank, bool may_wait)
{
	bool left = false;

	for (size_t i = 0; i < run->count; i++) {
		const struct tmd_type *type = run->results[i].resource.type;

		if (!run->results[i].in_rebuild || run->results[i].resource.rank != rank)
			continue;
		if (!may_wait && is_busy(run, type))
			left = true;
		else
			commit_type(run, type);
	}
	return left;
}

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
	rc = read_current(run, &result->resource, err);
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
	compare(&again);
	if (again.change_count) {
		name_leftover(&again);
		result->error = again.error;
	}
	clear_changes(&again);
	free(again.changes);
}

/* ---- the order of things ---- */

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

static void say_what(struct tmd_run *run, const struct tmd_resource *r, const char *doing)
{
	TMD_AUTO_FREE char *text = NULL;

	if (!run->status)
		return;
	text = tmd_format("%s %s %s", doing, r->type->name, r->name ? r->name : "");
	run->status(run->status_arg, text);
}

static void converge_rank(struct tmd_run *run, int rank, bool postponed, bool apply)
{
	for (size_t i = 0; i < run->count; i++) {
		struct tmd_result *result = &run->results[i];
		struct tmd_error err = { 0 };

		if (run->plan_anew)
			return;
		if (result->resource.rank != rank || result->error.kind ||
		    result->postponed != postponed)
			continue;
		say_what(run, &result->resource, apply ? "applying" : "reading");
		if (read_and_converge(run, result, apply, &err))
			result->error = err;
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
			result->postponed = true;
	}
}

/* What needs a rebuild that waits, and what names a file that does. */
static void postpone(struct tmd_run *run, int rank)
{
	for (size_t i = 0; i < run->count; i++) {
		struct tmd_result *result = &run->results[i];

		result->postponed = result->resource.after_rebuild && result->resource.rank > rank;
	}
	for (size_t i = 0; i < run->count; i++) {
		const struct tmd_resource *needed = &run->results[i].resource;

		if (needed->after_rebuild && needed->rank > rank)
			postpone_users(run, needed);
	}
}

/*
 * At the end, and all of them: a later resource may have undone what an earlier one did, or
 * what one that needed nothing already was.
 */
static void verify_all(struct tmd_run *run)
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

static void run_ranks(struct tmd_run *run, bool apply)
{
	bool left = false; /* a rebuild waits for somebody else's program */
	int rank = 0;

	for (bool first = true; next_rank(run, &rank, first); first = false) {
		run_rank(run, rank, false, apply);
		if (apply && commit_rank(run, rank, left)) {
			postpone(run, rank);
			left = true;
		}
	}
	for (bool first = true; left && next_rank(run, &rank, first); first = false) {
		commit_rank(run, rank, true);
		run_rank(run, rank, true, true);
		commit_rank(run, rank, true);
	}
	if (apply)
		verify_all(run);
}

static void forget_plans(struct tmd_run *run)
{
	for (size_t i = 0; i < run->count; i++) {
		struct tmd_result *result = &run->results[i];

		if (result->barred)
			continue;
		result->changed = false;
		clear_changes(result);
		tmd_diff_clear(&result->resource.diff);
		tmd_error_clear(&result->error);
	}
}

static void plan_all(struct tmd_run *run)
{
	run->plan_anew = false;
	run_ranks(run, false);
	tmd_view_clear(run->ctx.view);
	tmd_sessions_forget(&run->ctx, NULL);
}

/*
 * Everything that is not carried out. Two resources that undo each other are found when others
 * were planned on what they would have done: then all begins again without these two.
 */
static void plan_pass(struct tmd_run *run)
{
	for (size_t i = 0; i < run->count; i++)
		run->results[i].barred = run->results[i].error.kind != TMD_E_NONE;
	plan_all(run);
	while (run->plan_anew) {
		forget_plans(run);
		plan_all(run);
	}
}

/* ---- verbs ---- */

static void get_all(struct tmd_run *run)
{
	for (size_t i = 0; i < run->count; i++) {
		struct tmd_result *result = &run->results[i];
		struct tmd_error err = { 0 };

		if (!result->error.kind && read_current(run, &result->resource, &err))
			result->error = err;
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

/* What failed would not change anything, and without the lock nothing would. */
static void settle_plan(struct tmd_run *run)
{
	struct tmd_error err = { 0 };

	for (size_t i = 0; i < run->count; i++) {
		if (run->results[i].error.kind)
			run->results[i].changed = false;
	}
	if (work_to_do(run) && tmd_lock_check(run->ctx.fs, &err))
		fail_pending(run, &err);
}

static void forget_plan(struct tmd_run *run)
{
	for (size_t i = 0; i < run->count; i++) {
		run->results[i].changed = false;
		/* What failed is not tried again: its changes say what was wanted. */
		if (!run->results[i].error.kind)
			clear_changes(&run->results[i]);
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
	run_ranks(run, true);
	tmd_lock_release(lock);
	tmd_fs_allow_writes(run->ctx.fs, false);
	return TMD_OK;
}

/* What was never started has no results worth showing. */
static enum tmd_rc give_up(struct tmd_run *run)
{
	tmd_run_release(run);
	return TMD_FAILED;
}

/* ---- what is there ---- */

static const char *key_name(const struct tmd_type *type)
{
	size_t i = 0;

	while (i + 1 < type->field_count && !(type->fields[i].flags & TMD_F_KEY))
		i++;
	return type->fields[i].name;
}

static enum tmd_rc fail_untaken(const struct tmd_type *type, const char *name,
				struct tmd_error *err)
{
	TMD_AUTO_BUF struct tmd_buf hint = { 0 };
	const char *separator = " ";

	tmd_buf_add_str(&hint, "list takes");
	for (size_t i = 0; i < type->field_count; i++) {
		if (!(type->fields[i].flags & TMD_F_WHERE))
			continue;
		tmd_buf_addf(&hint, "%s%s", separator, type->fields[i].name);
		separator = ", ";
	}
	if (hint.len == strlen("list takes"))
		tmd_buf_add_str(&hint, " no attributes");
	return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, tmd_buf_str(&hint),
			"%s: list does not take '%s'", type->name, name);
}

static enum tmd_rc check_query(const struct tmd_result *query, struct tmd_error *err)
{
	const struct tmd_type *type = query->resource.type;
	TMD_AUTO_FREE char *hint = NULL;

	if (query->error.kind) { /* malformed: nothing is found for it that could carry the error */
		*err = query->error;
		return TMD_FAILED;
	}
	if (!tmd_verb_is_offered(TMD_VERB_LIST, type)) {
		hint = tmd_format("get %s=… reads one", key_name(type));
		return tmd_fail(err, TMD_E_UNSUPPORTED, NULL, hint, "the type %s has no verb list",
				type->name);
	}
	for (size_t i = 0; i < type->field_count; i++) {
		if (query->given[i] && !(type->fields[i].flags & TMD_F_WHERE))
			return fail_untaken(type, type->fields[i].name, err);
	}
	return TMD_OK;
}

struct listing {
	struct tmd_listing base; /* first, for add_instance() */
	struct tmd_run *run;
	const struct tmd_resource *query;
};

static struct tmd_resource *add_instance(struct tmd_listing *base)
{
	const struct listing *listing = (const struct listing *)base;
	const struct tmd_resource *query = listing->query;

	return &tmd_run_add(listing->run, query->type, query->base_dir)->resource;
}

/* Half a list looks like a whole one: what a listing added before it failed is dropped. */
static void list_one(struct tmd_run *run, struct tmd_resource *query)
{
	struct listing listing = { { add_instance }, run, query };
	size_t before = run->count;
	struct tmd_error err = { 0 };

	say_what(run, query, "listing");
	tmd_resource_wish(query);
	if (query->type->list(&run->ctx, query, &listing.base, &err) == TMD_OK)
		return;
	while (run->count > before)
		release_result(&run->results[--run->count]);
	if (!run->error.kind)
		run->error = err;
}

static enum tmd_rc list_all(struct tmd_run *run)
{
	struct tmd_run queries = { .results = run->results, .count = run->count };

	for (size_t i = 0; i < run->count; i++) {
		if (check_query(&run->results[i], &run->error))
			return give_up(run);
	}
	run->results = NULL;
	run->count = 0;
	run->cap = 0;
	for (size_t i = 0; i < queries.count; i++)
		list_one(run, &queries.results[i].resource);
	tmd_run_release(&queries);
	return run->error.kind ? TMD_FAILED : TMD_OK;
}

static enum tmd_rc execute(struct tmd_run *run)
{
	tmd_view_send(run->ctx.view, &run->files);
	if (run->verb == TMD_VERB_LIST)
		return list_all(run);
	run->malformed = 0;
	for (size_t i = 0; i < run->count; i++)
		normalize_one(run, i);
	switch (run->verb) {
	case TMD_VERB_GET:
		get_all(run);
		return TMD_OK;
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
	rc = execute(run);
	tmd_sessions_free(run->ctx.sessions);
	run->ctx.sessions = NULL;
	return rc;
}

/* ---- the verdict ---- */

bool tmd_run_changed(const struct tmd_run *run)
{
	for (size_t i = 0; i < run->count; i++) {
		if (run->results[i].changed)
			return true;
	}
	return false;
}

bool tmd_run_failed(const struct tmd_run *run)
{
	if (run->error.kind)
		return true;
	for (size_t i = 0; i < run->count; i++) {
		if (run->results[i].error.kind)
			return true;
	}
	return false;
}

static int run_error_status(enum tmd_error_kind kind)
{
	switch (kind) {
	case TMD_E_BUSY:
		return 4;
	case TMD_E_UNSUPPORTED:
		return 3;
	case TMD_E_INTERNAL:
		return 70;
	case TMD_E_INVALID_INPUT:
	case TMD_E_NOT_FOUND:
	case TMD_E_REFUSED:
		return 2;
	default:
		return 1;
	}
}

int tmd_run_exit_status(const struct tmd_run *run, bool detailed)
{
	size_t failed = 0;
	size_t unsupported = 0;

	if (run->error.kind)
		return run_error_status(run->error.kind);
	for (size_t i = 0; i < run->count; i++) {
		enum tmd_error_kind kind = run->results[i].error.kind;

		if (kind == TMD_E_INTERNAL)
			return 70;
		failed += kind != TMD_E_NONE;
		unsupported += kind == TMD_E_UNSUPPORTED;
	}
	if (failed && run->malformed == run->count)
		return 2;
	if (failed)
		return failed == unsupported ? 3 : 1;
	return detailed && tmd_run_changed(run) ? 10 : 0;
}
