/* The memory of results, and what of a resource the loop asks for. */
#include "engine/loop.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

void tmd_result_clear_changes(struct tmd_result *result)
{
	for (size_t i = 0; i < result->change_count; i++) {
		tmd_value_release(&result->changes[i].from);
		tmd_value_release(&result->changes[i].to);
	}
	result->change_count = 0;
}

void tmd_values_clear(struct tmd_value *values, size_t count)
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

void tmd_result_release(struct tmd_result *result)
{
	struct tmd_resource *r = &result->resource;
	size_t fields = r->type->field_count;

	release_private(r);
	tmd_result_clear_changes(result);
	free(result->changes);
	free(result->given);
	tmd_values_clear(result->input, fields);
	tmd_values_clear(r->desired, fields);
	tmd_values_clear(r->current, fields);
	free(result->input);
	free(r->desired);
	free(r->current);
	free(r->identity);
	free(r->name);
	free(r->base_dir);
	free(result->origin.file);
	free(result->origin.lines);
	tmd_strv_release(&r->warnings);
	tmd_diff_clear(&r->diff);
	free(result->outline.text);
}

void tmd_run_release(struct tmd_run *run)
{
	for (size_t i = 0; i < run->count; i++)
		tmd_result_release(&run->results[i]);
	free(run->results);
	tmd_sent_files_release(&run->files);
	tmd_strv_release(&run->remarks);
	tmd_findings_release(&run->found);
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

/* What the input calls it, for resources that never got as far as a name of their own. */
const char *tmd_resource_key(const struct tmd_resource *r)
{
	for (size_t i = 0; i < r->type->field_count; i++) {
		const char *text = tmd_value_str(tmd_resource_given(r, i));

		if (text && (r->type->fields[i].flags & TMD_F_KEY))
			return text;
	}
	return NULL;
}

enum tmd_rc tmd_result_read(struct tmd_run *run, struct tmd_resource *r,
				struct tmd_error *err)
{
	tmd_values_clear(r->current, r->type->field_count);
	release_private(r);
	tmd_strv_release(&r->warnings);
	tmd_error_clear(&r->shortfall);
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

static bool field_in_sync(const struct tmd_resource *r, size_t i, bool judge)
{
	const struct tmd_value *wish = &r->desired[i];
	unsigned flags = r->type->fields[i].flags;

	if (wish->kind == TMD_V_NULL || (flags & TMD_F_PARAM) || (!judge && (flags & TMD_F_BEYOND)))
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

void tmd_result_compare(struct tmd_result *result, bool judge)
{
	tmd_result_clear_changes(result);
	for (size_t i = 0; i < result->resource.type->field_count; i++) {
		if (!field_in_sync(&result->resource, i, judge))
			add_change(result, i);
	}
}
