/* The verb list. */
#include "engine/loop.h"

#include <string.h>

#include "base/mem.h"
#include "resources/finds.h"

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

static enum tmd_rc check_place(const struct tmd_run *run, const struct tmd_result *query,
			       struct tmd_error *err)
{
	const struct tmd_type *type = query->resource.type;
	TMD_AUTO_FREE char *hint = NULL;
	size_t i;

	if (!type->list_needs || run->under)
		return TMD_OK;
	i = tmd_field_find(type->fields, type->field_count, type->list_needs);
	if (query->input[i].kind == TMD_V_LIST && query->input[i].list.count)
		return TMD_OK;
	hint = tmd_format("add %s=DIRECTORY", type->list_needs);
	return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, hint,
			"%s: list has to be told where to look", type->name);
}

static enum tmd_rc check_query(const struct tmd_run *run, const struct tmd_result *query,
			       struct tmd_error *err)
{
	const struct tmd_type *type = query->resource.type;
	TMD_AUTO_FREE char *hint = NULL;

	if (query->error.kind) { /* malformed: nothing is found for it that could carry the error */
		*err = query->error;
		return TMD_FAILED;
	}
	if (!tmd_verb_is_offered(TMD_VERB_LIST, type)) {
		hint = tmd_format("get %s=… reads one", key_name(type));
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, hint, "the type %s has no verb list",
				type->name);
	}
	for (size_t i = 0; i < type->field_count; i++) {
		if (query->given[i] && !(type->fields[i].flags & TMD_F_WHERE))
			return fail_untaken(type, type->fields[i].name, err);
	}
	return check_place(run, query, err);
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
	struct listing listing = { { add_instance, &run->remarks }, run, query };
	size_t before = run->count;
	struct tmd_error err = { 0 };

	tmd_run_say(run, query, "listing");
	tmd_resource_wish(query);
	if (query->type->list(&run->ctx, query, &listing.base, &err) == TMD_OK)
		return;
	while (run->count > before)
		tmd_result_release(&run->results[--run->count]);
	if (!run->error.kind)
		run->error = err;
}

/* ---- what no type lists ---- */

static bool lists(const struct tmd_run *queries, enum tmd_find_kind kind)
{
	for (size_t i = 0; i < queries->count; i++) {
		const struct tmd_type *type = queries->results[i].resource.type;

		if (strcmp(type->name, tmd_find_kind_word(kind)) == 0)
			return true;
	}
	return false;
}

static void add_finding(struct tmd_findings *out, const struct tmd_finding *found)
{
	out->items = tmd_grow(out->items, &out->cap, out->count + 1, sizeof(*out->items));
	out->items[out->count++] = (struct tmd_finding){ found->kind, tmd_strdup(found->path),
							 found->detail };
}

/* First of all, for all kinds: types then ask for what was found. */
static enum tmd_rc look_around(struct tmd_run *run, const struct tmd_run *queries)
{
	const struct tmd_findings *findings;

	if (run->status)
		run->status(run->status_arg, "looking through directories");
	if (tmd_finds_under(&run->ctx, run->under, TMD_FIND_ALL, &findings, &run->error))
		return TMD_FAILED;
	for (size_t i = 0; i < findings->count; i++) {
		if (!lists(queries, findings->items[i].kind))
			add_finding(&run->found, &findings->items[i]);
	}
	for (size_t i = 0; i < findings->remarks.count; i++)
		tmd_strv_add_once(&run->remarks, findings->remarks.items[i]);
	return TMD_OK;
}

/* What was never started has no results worth showing. */
static enum tmd_rc give_up(struct tmd_run *run)
{
	tmd_run_release(run);
	return TMD_FAILED;
}

static bool is_query(const struct tmd_run *run, const struct tmd_result *result)
{
	return run->verb == TMD_VERB_LIST || result->state == TMD_RESULT_QUERY;
}

/* They come last, and are none of the results. */
static void take_queries(struct tmd_run *run, struct tmd_run *queries)
{
	size_t first = run->count;

	while (first && is_query(run, &run->results[first - 1]))
		first--;
	queries->count = run->count - first;
	queries->results = tmd_grow(NULL, &queries->cap, queries->count, sizeof(*run->results));
	for (size_t i = 0; i < queries->count; i++)
		queries->results[i] = run->results[first + i];
	run->count = first;
}

void tmd_run_add_queries(struct tmd_run *run, const struct tmd_type *const *types,
			 const struct tmd_strv *under, const char *base_dir)
{
	for (; *types; types++) {
		const struct tmd_type *type = *types;
		size_t i = tmd_field_find(type->fields, type->field_count, "under");
		struct tmd_result *result;

		if (!type->judge || !type->list)
			continue;
		result = tmd_run_add(run, type, base_dir);
		result->state = TMD_RESULT_QUERY;
		if (under->count && i < type->field_count)
			tmd_value_set_list(&result->input[i], under);
	}
}

enum tmd_rc tmd_run_list(struct tmd_run *run)
{
	struct tmd_run queries = { 0 };

	for (size_t i = 0; i < run->count; i++) {
		if (is_query(run, &run->results[i]) && check_query(run, &run->results[i], &run->error))
			return give_up(run);
	}
	take_queries(run, &queries);
	if (run->under && look_around(run, &queries)) {
		tmd_run_release(&queries);
		return TMD_FAILED;
	}
	for (size_t i = 0; i < queries.count; i++)
		list_one(run, &queries.results[i].resource);
	tmd_run_release(&queries);
	return run->error.kind ? TMD_FAILED : TMD_OK;
}
