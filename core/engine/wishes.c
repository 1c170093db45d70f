/* Wishes before the machine is looked at: complete, understood, and none against another. */
#include "engine/loop.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "engine/malformed.h"
#include "engine/several.h"
#include "os/path.h"

static bool field_needed(const struct tmd_run *run, const struct tmd_result *result, size_t i)
{
	const struct tmd_field *field = &result->resource.type->fields[i];

	if (field->flags & TMD_F_KEY)
		return !(field->flags & TMD_F_ALTERNATIVE) &&
		       result->resource.input[i].kind == TMD_V_NULL;
	if (!(field->flags & TMD_F_REQUIRED) || !tmd_verb_converges(run->verb))
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

/* An attribute may stand in a profile and have no value. */
static void blame(struct tmd_origin *origin, size_t field)
{
	if (origin->lines && origin->lines[field])
		origin->line = origin->lines[field];
}

static enum tmd_rc check_required(const struct tmd_run *run, struct tmd_result *result,
				  struct tmd_error *err)
{
	const struct tmd_type *type = result->resource.type;
	TMD_AUTO_FREE char *hint = NULL;

	for (size_t i = 0; i < type->field_count; i++) {
		if (!field_needed(run, result, i))
			continue;
		blame(&result->origin, i);
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

static bool are_reconciled(const struct tmd_resource *a, const struct tmd_resource *b)
{
	return same_wish(a, b) || (a->type->reconciles && a->type->reconciles(a, b));
}

/* One path, whatever links lead there; NULL where it cannot be told. Caller frees. */
static char *real_key(const struct tmd_run *run, const char *path)
{
	TMD_AUTO_FREE char *real = NULL;
	struct tmd_error ignored = { 0 };

	if (!tmd_path_is_absolute(path) || tmd_view_resolve(run->ctx.view, path, &real, &ignored))
		return NULL;
	return tmd_path_key(real);
}

/* Does a value of `r` name the file at `path`, maybe through links? */
static bool names_file(const struct tmd_run *run, const struct tmd_resource *r, const char *path)
{
	TMD_AUTO_FREE char *key = NULL;

	if (tmd_resource_refers(r, path) == TMD_REFERS_TO_FILE)
		return true;
	for (size_t i = 0; i < r->type->field_count; i++) {
		const char *text = tmd_value_str(&r->input[i]);
		TMD_AUTO_FREE char *other = NULL;

		if (!text || !(r->type->fields[i].flags & TMD_F_REFERS))
			continue;
		key = key ? key : real_key(run, path);
		other = real_key(run, text);
		if (key && tmd_str_equal(key, other))
			return true;
	}
	return false;
}

/* Is `gone` to remove the file that `r` names? */
static bool pulls_away(const struct tmd_run *run, const struct tmd_resource *gone,
		       const struct tmd_resource *r)
{
	const char *path = tmd_resource_path(gone);

	return path && tmd_resource_is_to_go(gone) && !tmd_resource_is_to_go(r) &&
	       names_file(run, r, path);
}

static const char *contradict_across(const struct tmd_run *run, const struct tmd_resource *a,
				     const struct tmd_resource *b)
{
	if (!tmd_verb_converges(run->verb) || !a->identity || !b->identity ||
	    (!pulls_away(run, a, b) && !pulls_away(run, b, a)))
		return NULL;
	return "one removes the file that the other names";
}

/* Why the two cannot both hold, as one clause; NULL: they can. */
static const char *contradiction(const struct tmd_run *run, const struct tmd_resource *a,
				 const struct tmd_resource *b)
{
	if (a->type != b->type)
		return contradict_across(run, a, b);
	if (!a->identity || !b->identity)
		return NULL;
	if (strcmp(a->identity, b->identity) == 0)
		return are_reconciled(a, b) ? NULL : "they are about one thing";
	if (!tmd_verb_converges(run->verb) || !a->type->contradicts)
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
		tmd_buf_addf(out, "%s%s=%.64s", before, r->type->fields[i].name, text);
		before = ", ";
	}
	if (before[0] == ',')
		tmd_buf_add_char(out, ')');
}

void tmd_refuse_both(struct tmd_result *a, struct tmd_result *b, const char *because)
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
			tmd_refuse_both(other, result, because);
	}
}

static enum tmd_rc check_verb(const struct tmd_run *run, const struct tmd_type *type,
			      struct tmd_error *err)
{
	if (run->verb == TMD_VERB_CHECK || tmd_verb_is_offered(run->verb, type))
		return TMD_OK;
	return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, "get reads it", "the type %s has no verb %s",
			type->name, tmd_verb_name(run->verb));
}

static enum tmd_rc normalize(struct tmd_run *run, struct tmd_resource *r, struct tmd_error *err)
{
	if (check_verb(run, r->type, err) || tmd_resource_normalize(&run->ctx, r, err))
		return TMD_FAILED;
	if (!tmd_verb_converges(run->verb) || !r->type->check_wish)
		return TMD_OK;
	return r->type->check_wish(r, err);
}

void tmd_wish_normalize(struct tmd_run *run, size_t index)
{
	struct tmd_result *result = &run->results[index];
	struct tmd_resource *r = &result->resource;

	if (result->error.kind || check_required(run, result, &result->error)) {
		run->malformed++;
		tmd_malformed_hide_texts(result);
	} else if (tmd_wish_expand(run, result, &result->error) == TMD_OK &&
		   normalize(run, r, &result->error) == TMD_OK) {
		find_contradictions(run, index);
	}
	if (!r->name)
		r->name = tmd_strdup(tmd_resource_key(r));
}
