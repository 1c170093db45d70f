/* Microsoft DSC v3: instances in, states out, one JSON object a line. */
#include "engine/dsc.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "engine/json_values.h"
#include "engine/request.h"

#define EXIST "_exist"
#define IN_DESIRED_STATE "_inDesiredState"

/* ---- in ---- */

static void drop_document(json_t **document)
{
	json_decref(*document);
}

static enum tmd_rc take_exist(const struct tmd_type *type, json_t *instance, struct tmd_error *err)
{
	const struct tmd_field *field = tmd_type_state(type);
	const json_t *exist = json_object_get(instance, EXIST);
	const char *state = field ? json_string_value(json_object_get(instance, field->name)) : NULL;

	if (!exist || json_is_null(exist))
		return TMD_OK;
	if (!json_is_boolean(exist))
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, "write true or false",
				"%s: '" EXIST "' is no boolean", type->name);
	if (!field && !json_is_true(exist))
		return tmd_fail(err, TMD_E_UNSUPPORTED, NULL, "leave '" EXIST "' out",
				"%s: an instance of this type cannot be made to go", type->name);
	if (state && json_is_true(exist) == (strcmp(state, TMD_ABSENT) == 0))
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, "give one of them",
				"%s: '" EXIST "' says one thing and %s '%.40s' another", type->name,
				field->name, state);
	if (field && !state && !json_is_true(exist))
		json_object_set_new(instance, field->name, json_string(TMD_ABSENT));
	return TMD_OK;
}

/* What an instance brings along that was only ever output. */
static void drop_output(json_t *instance)
{
	json_object_del(instance, EXIST);
	json_object_del(instance, IN_DESIRED_STATE);
	json_object_del(instance, "_name");
	json_object_del(instance, "_metadata");
}

static enum tmd_rc fail_instance(const json_t *instance, const json_error_t *problem,
				 struct tmd_error *err)
{
	TMD_AUTO_FREE char *what = instance ? NULL : tmd_json_problem(problem);

	return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, "give one JSON object",
			"the instance is no JSON object%s%s", what ? ": " : "", what ? what : "");
}

static enum tmd_rc read_instance(const struct tmd_type *type, const char *data, size_t len,
				 struct tmd_buf *out, struct tmd_error *err)
{
	TMD_CLEANUP(drop_document) json_t *instance = NULL;
	json_error_t problem;
	char *text;

	if (tmd_request_skip_mark(&data, &len, "-", err))
		return TMD_FAILED;
	if (!len) {
		tmd_buf_add_str(out, "{}");
		return TMD_OK;
	}
	if (tmd_request_check_depth(data, len, "-", err))
		return TMD_FAILED;
	instance = json_loadb(data, len, JSON_REJECT_DUPLICATES, &problem);
	if (!json_is_object(instance))
		return fail_instance(instance, &problem, err);
	if (take_exist(type, instance, err))
		return TMD_FAILED;
	drop_output(instance);
	text = json_dumps(instance, JSON_COMPACT);
	if (!text)
		abort();
	tmd_buf_add_str(out, text);
	free(text);
	return TMD_OK;
}

/* ---- out ---- */

static void add_line(struct tmd_buf *out, json_t *line)
{
	tmd_json_print(line, JSON_COMPACT, out);
}

static void add_message(struct tmd_buf *out, const char *level, const char *text)
{
	json_t *line = json_object();

	json_object_set_new(line, level, tmd_json_text(text));
	add_line(out, line);
}

static void add_error(struct tmd_buf *out, const char *level, const struct tmd_error *err)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };

	tmd_buf_add_str(&text, err->message);
	if (err->path[0])
		tmd_buf_addf(&text, ": %s", err->path);
	if (err->hint[0])
		tmd_buf_addf(&text, " (%s)", err->hint);
	add_message(out, level, tmd_buf_str(&text));
}

/* A property that has no value is left out: null is no string, and the schema would refuse it. */
static void set_property(json_t *state, const char *name, const struct tmd_value *value)
{
	if (value->kind == TMD_V_NULL)
		json_object_del(state, name);
	else
		json_object_set_new(state, name, tmd_json_value(value));
}

static void set_exist(json_t *state, const struct tmd_type *type)
{
	const struct tmd_field *field = tmd_type_state(type);
	const char *text = field ? json_string_value(json_object_get(state, field->name)) : NULL;

	if (text)
		json_object_set_new(state, EXIST, json_boolean(strcmp(text, TMD_ABSENT) != 0));
}

static json_t *actual_state(const struct tmd_resource *r)
{
	json_t *state = json_object();

	for (size_t i = 0; i < r->type->field_count; i++)
		set_property(state, r->type->fields[i].name, tmd_resource_told(r, i));
	set_exist(state, r->type);
	return state;
}

/* What is only reported, and not named by a change, is not known before: left out. */
static json_t *coming_state(const struct tmd_result *result)
{
	const struct tmd_resource *r = &result->resource;
	json_t *state = actual_state(r);

	for (size_t i = 0; i < r->type->field_count && result->change_count; i++) {
		if (r->type->fields[i].flags & TMD_F_READ_ONLY)
			json_object_del(state, r->type->fields[i].name);
	}
	for (size_t i = 0; i < result->change_count; i++) {
		const struct tmd_change *change = &result->changes[i];

		set_property(state, r->type->fields[change->field].name, &change->to);
	}
	set_exist(state, r->type);
	return state;
}

static json_t *changed_properties(const struct tmd_result *result)
{
	json_t *names = json_array();

	for (size_t i = 0; i < result->change_count; i++) {
		const struct tmd_type *type = result->resource.type;
		const struct tmd_field *field = &type->fields[result->changes[i].field];

		json_array_append_new(names, json_string(field->name));
		if (field == tmd_type_state(type))
			json_array_append_new(names, json_string(EXIST));
	}
	return names;
}

static void add_result(const struct tmd_run *run, const struct tmd_result *result,
		       enum tmd_output output, struct tmd_buf *out)
{
	json_t *state = output == TMD_OUTPUT_DSC_WHAT_IF ? coming_state(result) :
							   actual_state(&result->resource);

	if (output == TMD_OUTPUT_DSC_TEST)
		json_object_set_new(state, IN_DESIRED_STATE,
				    json_boolean(result->change_count == 0));
	add_line(out, state);
	if (run->verb == TMD_VERB_PLAN || run->verb == TMD_VERB_APPLY)
		add_line(out, changed_properties(result));
}

static int report(const struct tmd_run *run, enum tmd_output output, int status,
		  struct tmd_buf *out, struct tmd_buf *diagnostics)
{
	bool answered = !run->error.kind;

	if (run->error.kind)
		add_error(diagnostics, "error", &run->error);
	for (size_t i = 0; i < run->count; i++) {
		const struct tmd_result *result = &run->results[i];
		bool known = !result->error.kind ||
			     (output == TMD_OUTPUT_DSC_TEST && result->change_count);

		for (size_t j = 0; j < result->resource.warnings.count; j++)
			add_message(diagnostics, "warn", result->resource.warnings.items[j]);
		if (result->error.kind)
			add_error(diagnostics, known ? "warn" : "error", &result->error);
		if (known)
			add_result(run, result, output, out);
		answered = answered && known;
	}
	return output == TMD_OUTPUT_DSC_TEST && answered ? 0 : status;
}

const struct tmd_dsc tmd_dsc = { read_instance, report };
