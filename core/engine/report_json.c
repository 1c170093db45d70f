/* The JSON side of reporting. */
#include "engine/report.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/display.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/attributes.h"
#include "engine/json_values.h"
#include "engine/said.h"

#define RESERVE_MAX ((size_t)4 << 20) /* bytes */

json_t *tmd_json_text(const char *text)
{
	TMD_AUTO_BUF struct tmd_buf clean = { 0 };
	size_t len = strlen(text);

	if (tmd_utf8_valid(text, len))
		return json_stringn_nocheck(text, len);
	for (size_t at = 0; at < len;) {
		uint32_t code;
		size_t step = tmd_utf8_next(text + at, len - at, &code);

		if (step)
			tmd_buf_add(&clean, text + at, step);
		else
			tmd_buf_add_str(&clean, "\xEF\xBF\xBD");
		at += step ? step : 1;
	}
	return json_stringn_nocheck(tmd_buf_str(&clean), clean.len);
}

char *tmd_json_problem(const json_error_t *problem)
{
	const char *near = strstr(problem->text, " near '");

	if (json_error_code(problem) == json_error_null_character)
		return tmd_strdup("a NUL character");
	if (json_error_code(problem) == json_error_duplicate_key)
		return tmd_strdup("duplicate object key");
	return tmd_strndup(problem->text, near ? (size_t)(near - problem->text)
					       : strlen(problem->text));
}

static json_t *json_text_or_null(const char *text)
{
	return text ? tmd_json_text(text) : json_null();
}

json_t *tmd_json_list(const struct tmd_strv *list)
{
	json_t *array = json_array();

	for (size_t i = 0; i < list->count; i++)
		json_array_append_new(array, tmd_json_text(list->items[i]));
	return array;
}

static json_t *json_map(const struct tmd_value *value)
{
	json_t *object = json_object();

	for (size_t i = 0; i < value->list.count; i++)
		json_object_set_new_nocheck(object, value->list.items[i],
					    json_text_or_null(value->map_values[i]));
	return object;
}

json_t *tmd_json_value(const struct tmd_value *value)
{
	switch (value->kind) {
	case TMD_V_BOOL:
		return json_boolean(value->boolean);
	case TMD_V_INT:
		return json_integer(value->integer);
	case TMD_V_STRING:
		return tmd_json_text(value->string);
	case TMD_V_LIST:
		return tmd_json_list(&value->list);
	case TMD_V_MAP:
		return json_map(value);
	case TMD_V_NULL:
		break;
	}
	return json_null();
}

static json_t *json_changes(const struct tmd_result *result)
{
	json_t *changes = json_object();

	for (size_t i = 0; i < result->change_count; i++) {
		const struct tmd_change *change = &result->changes[i];
		json_t *pair = json_object();

		json_object_set_new(pair, "from", tmd_json_value(&change->from));
		json_object_set_new(pair, "to", tmd_json_value(&change->to));
		json_object_set_new(changes, result->resource.type->fields[change->field].name,
				    pair);
	}
	return changes;
}

/* Parameters are part of the state as given, so that it can be fed back as it is. */
static json_t *json_state(const struct tmd_resource *r)
{
	json_t *state = json_object();

	for (size_t i = 0; i < r->type->field_count; i++) {
		const struct tmd_field *field = &r->type->fields[i];
		const struct tmd_value *value = tmd_resource_told(r, i);

		if ((field->flags & TMD_F_PARAM) && value->kind == TMD_V_NULL)
			continue;
		json_object_set_new(state, field->name, tmd_json_value(value));
	}
	return state;
}

static json_t *json_error(const struct tmd_error *err)
{
	json_t *object;

	if (!err->kind)
		return json_null();
	object = json_object();
	json_object_set_new(object, "kind", tmd_json_text(tmd_error_kind_name(err->kind)));
	json_object_set_new(object, "message", tmd_json_text(err->message));
	json_object_set_new(object, "path", json_text_or_null(err->path[0] ? err->path : NULL));
	json_object_set_new(object, "hint", json_text_or_null(err->hint[0] ? err->hint : NULL));
	return object;
}

static json_t *json_diff_text(const char *text)
{
	TMD_AUTO_FREE char *cut = NULL;

	if (!text || strlen(text) <= TMD_DIFF_MAX)
		return json_text_or_null(text);
	cut = tmd_format("%.*s\n… %zu more bytes\n", (int)TMD_DIFF_MAX, text,
			 strlen(text) - TMD_DIFF_MAX);
	return tmd_json_text(cut);
}

static size_t shown_len(const char *text)
{
	size_t len = text ? strlen(text) : 0;

	return len < TMD_DIFF_MAX ? len : TMD_DIFF_MAX;
}

/* `left` is what all further differences may have together. */
static json_t *json_diff(const struct tmd_diff *diff, size_t *left)
{
	size_t len = shown_len(diff->before) + shown_len(diff->after);
	json_t *object;

	if (!diff->path)
		return json_null();
	if (len > *left) {
		*left = 0;
		return json_null();
	}
	*left -= len;
	object = json_object();
	json_object_set_new(object, "path", tmd_json_text(diff->path));
	json_object_set_new(object, "before", json_diff_text(diff->before));
	json_object_set_new(object, "after", json_diff_text(diff->after));
	return object;
}

/* Of what has an outline, nobody reads the whole. */
static json_t *json_difference(const struct tmd_result *result, size_t *left)
{
	TMD_AUTO_FREE char *after = NULL;
	struct tmd_diff diff = result->resource.diff;

	if (result->outline.text) {
		after = tmd_format("%s\n", result->outline.text);
		diff.after = after;
	}
	return json_diff(&diff, left);
}

/* `diffs_left` NULL: no differences are wanted. */
static json_t *json_result(const struct tmd_result *result, size_t *diffs_left)
{
	const struct tmd_resource *r = &result->resource;
	json_t *object = json_object();

	json_object_set_new(object, "type", tmd_json_text(r->type->name));
	json_object_set_new(object, "name", json_text_or_null(r->name));
	json_object_set_new(object, "backend", json_text_or_null(r->backend));
	json_object_set_new(object, "changed", json_boolean(result->changed));
	json_object_set_new(object, "changes", json_changes(result));
	json_object_set_new(object, "state", json_state(r));
	json_object_set_new(object, "diff", diffs_left ? json_difference(result, diffs_left) : json_null());
	json_object_set_new(object, "warnings", tmd_json_list(&r->warnings));
	json_object_set_new(object, "error", json_error(&result->error));
	return object;
}

/* What check and explain say of it. */
static json_t *json_judgement(const struct tmd_result *result)
{
	TMD_AUTO_SAID struct tmd_said said = { 0 };
	json_t *object = json_object();

	tmd_result_say(result, &said);
	json_object_set_new(object, "standing", tmd_json_text(tmd_standing_name(said.standing)));
	json_object_set_new(object, "subject", json_text_or_null(said.subject));
	json_object_set_new(object, "reasons", tmd_json_list(&said.reasons));
	json_object_set_new(object, "remedies", tmd_json_list(&said.remedies));
	json_object_set_new(object, "sentences", tmd_json_list(&said.sentences));
	return object;
}

struct printing {
	struct tmd_buf *out;
	const char *indent; /* of each line but the first */
};

/* Pieces are whole characters; a line end is a piece of its own. */
static int add_piece(const char *text, size_t len, void *arg)
{
	const struct printing *printing = arg;

	tmd_display_add_json(printing->out, text, len);
	if (len == 1 && *text == '\n')
		tmd_buf_add_str(printing->out, printing->indent);
	return 0;
}

static void print_part(json_t *part, size_t flags, const char *indent, struct tmd_buf *out)
{
	struct printing printing = { out, indent };

	if (json_dump_callback(part, add_piece, &printing, flags))
		abort();
	json_decref(part);
}

void tmd_json_print(json_t *document, size_t flags, struct tmd_buf *out)
{
	print_part(document, flags, "", out);
	tmd_buf_add_char(out, '\n');
}

static void print_json(json_t *document, struct tmd_buf *out)
{
	tmd_json_print(document, JSON_INDENT(2), out);
}

static json_t *json_head(void)
{
	json_t *document = json_object();

	json_object_set_new(document, "trustmend", tmd_json_text(TRUSTMEND_VERSION));
	json_object_set_new(document, "protocol", json_integer(TMD_PROTOCOL));
	return document;
}

/* Results are much alike: a text that grew with them would be in memory twice. */
static void reserve_for(size_t count, size_t each, struct tmd_buf *out)
{
	const size_t all = each < RESERVE_MAX / count ? count * (each + each / 4) : 0;
	const char *room = tmd_buf_reserve(out, all);

	(void)room; /* a report that is too large says so itself */
}

static json_t *json_of(const struct tmd_run *run, const struct tmd_result *result,
		       size_t *diffs_left)
{
	json_t *object = json_result(result, diffs_left);

	if (run->verb == TMD_VERB_CHECK || run->verb == TMD_VERB_EXPLAIN)
		json_object_set_new(object, "judgement", json_judgement(result));
	return object;
}

/* In place of the empty list at the end of the document, one by one: there may be thousands. */
static void print_results(const struct tmd_run *run, size_t *diffs_left, struct tmd_buf *out)
{
	static const char end[] = "]\n}\n";

	if (!run->count || out->overflow)
		return;
	tmd_buf_splice(out, out->len - strlen(end), strlen(end), NULL, 0);
	for (size_t i = 0; i < run->count; i++) {
		size_t before = out->len;

		tmd_buf_add_str(out, i ? ",\n    " : "\n    ");
		print_part(json_of(run, &run->results[i], diffs_left), JSON_INDENT(2), "    ", out);
		if (!i)
			reserve_for(run->count, out->len - before, out);
	}
	tmd_buf_add_str(out, "\n  ");
	tmd_buf_add_str(out, end);
}

static json_t *json_found(const struct tmd_findings *found)
{
	json_t *list = json_array();

	for (size_t i = 0; i < found->count; i++) {
		const struct tmd_finding *item = &found->items[i];
		json_t *object = json_object();

		json_object_set_new(object, "kind", tmd_json_text(tmd_find_kind_word(item->kind)));
		json_object_set_new(object, "path", tmd_json_text(item->path));
		json_object_set_new(object, "detail", tmd_json_text(item->detail));
		json_array_append_new(list, object);
	}
	return list;
}

void tmd_report_json(const struct tmd_run *run, bool diff, struct tmd_buf *out)
{
	json_t *document = json_head();
	size_t diffs_left = TMD_DIFFS_MAX;

	json_object_set_new(document, "verb", tmd_json_text(tmd_verb_name(run->verb)));
	json_object_set_new(document, "changed", json_boolean(tmd_run_changed(run)));
	json_object_set_new(document, "failed", json_boolean(tmd_run_failed(run)));
	if (run->error.kind)
		json_object_set_new(document, "error", json_error(&run->error));
	if (run->verb == TMD_VERB_LIST || run->verb == TMD_VERB_CHECK ||
	    run->verb == TMD_VERB_EXPLAIN)
		json_object_set_new(document, "remarks", tmd_json_list(&run->remarks));
	if (run->under)
		json_object_set_new(document, "found", json_found(&run->found));
	json_object_set_new(document, "results", json_array());
	print_json(document, out);
	print_results(run, diff ? &diffs_left : NULL, out);
}

/* ---- describe ---- */

static json_t *json_choices(const struct tmd_field *field)
{
	json_t *choices = json_array();

	for (size_t i = 0; field->choices[i]; i++)
		json_array_append_new(choices, tmd_json_text(field->choices[i]));
	return choices;
}

static json_t *json_fallback(const struct tmd_field *field)
{
	if (field->type == TMD_T_BOOL)
		return json_boolean(strcmp(field->fallback, "true") == 0);
	return tmd_json_text(field->fallback);
}

static json_t *json_property(const struct tmd_field *field)
{
	json_t *property = json_object();
	json_t *target = property;

	json_object_set_new(property, "type", tmd_json_text(tmd_attribute_type_name(field)));
	json_object_set_new(property, "description", tmd_json_text(field->doc));
	if (field->type == TMD_T_LIST) {
		target = json_object();
		json_object_set_new(target, "type", tmd_json_text("string"));
		json_object_set_new(property, "items", target);
	}
	if (field->type == TMD_T_MAP)
		json_object_set_new(property, "additionalProperties",
				    json_pack("{s[ss]}", "type", "string", "null"));
	if (field->choices)
		json_object_set_new(target, "enum", json_choices(field));
	if (field->fallback)
		json_object_set_new(property, "default", json_fallback(field));
	if (field->flags & TMD_F_READ_ONLY)
		json_object_set_new(property, "readOnly", json_true());
	if (field->flags & TMD_F_KEY)
		json_object_set_new(property, "x-key", json_true());
	if (field->flags & TMD_F_UNLESS_ABSENT)
		json_object_set_new(property, "x-required-unless-absent", json_true());
	if (field->flags & TMD_F_STATE)
		json_object_set_new(property, "x-absent", tmd_json_text(TMD_ABSENT));
	if (field->flags & TMD_F_WHERE)
		json_object_set_new(property, "x-where", json_true());
	if (tmd_field_is_for_list(field))
		json_object_set_new(property, "x-list-only", json_true());
	if (field->flags & TMD_F_FILES)
		json_object_set_new(property, "x-input-file", json_true());
	if (field->flags & TMD_F_MANY)
		json_object_set_new(property, "x-many", json_true());
	return property;
}

static json_t *json_required(const struct tmd_type *type)
{
	json_t *required = json_array();

	for (size_t i = 0; i < type->field_count; i++) {
		unsigned flags = type->fields[i].flags;

		if ((flags & (TMD_F_KEY | TMD_F_REQUIRED)) &&
		    !(flags & (TMD_F_UNLESS_ABSENT | TMD_F_ALTERNATIVE)))
			json_array_append_new(required, tmd_json_text(type->fields[i].name));
	}
	return required;
}

/* An instance has exactly one of the keys that are alternatives. */
static void add_alternatives(json_t *schema, const struct tmd_type *type)
{
	json_t *one_of = json_array();

	for (size_t i = 0; i < type->field_count; i++) {
		if (type->fields[i].flags & TMD_F_ALTERNATIVE)
			json_array_append_new(one_of, json_pack("{s[s]}", "required",
								type->fields[i].name));
	}
	if (json_array_size(one_of))
		json_object_set(schema, "oneOf", one_of);
	json_decref(one_of);
}

static json_t *json_verbs(const struct tmd_type *type)
{
	json_t *verbs = json_array();

	for (int verb = 0; verb < TMD_VERB_COUNT; verb++) {
		if (tmd_verb_is_offered((enum tmd_verb)verb, type))
			json_array_append_new(verbs,
					      tmd_json_text(tmd_verb_name((enum tmd_verb)verb)));
	}
	return verbs;
}

static json_t *json_schema(const struct tmd_type *type)
{
	json_t *schema = json_object();
	json_t *properties = json_object();
	json_t *backends = json_array();

	for (size_t i = 0; i < type->field_count; i++)
		json_object_set_new(properties, type->fields[i].name,
				    json_property(&type->fields[i]));
	for (size_t i = 0; type->backends[i]; i++)
		json_array_append_new(backends, tmd_json_text(type->backends[i]));
	json_object_set_new(schema, "$schema",
			    tmd_json_text("https://json-schema.org/draft/2020-12/schema"));
	json_object_set_new(schema, "title", tmd_json_text(type->name));
	json_object_set_new(schema, "description", tmd_json_text(type->summary));
	json_object_set_new(schema, "type", tmd_json_text("object"));
	json_object_set_new(schema, "properties", properties);
	json_object_set_new(schema, "required", json_required(type));
	add_alternatives(schema, type);
	json_object_set_new(schema, "additionalProperties", json_false());
	json_object_set_new(schema, "x-verbs", json_verbs(type));
	json_object_set_new(schema, "x-backends", backends);
	if (type->list_needs)
		json_object_set_new(schema, "x-list-needs", tmd_json_text(type->list_needs));
	return schema;
}

void tmd_report_describe(const struct tmd_type *const *types, json_t *profiles,
			 struct tmd_buf *out)
{
	json_t *document = json_head();
	json_t *all = types ? json_object() : NULL;

	json_object_set_new(document, "verb", tmd_json_text("describe"));
	for (; types && *types; types++)
		json_object_set_new(all, (*types)->name, json_schema(*types));
	if (all)
		json_object_set_new(document, "types", all);
	if (profiles)
		json_object_set_new(document, "profiles", profiles);
	print_json(document, out);
}
