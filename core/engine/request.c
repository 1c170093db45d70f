/* Strict input: whatever is not understood is an error that says which attribute it is. */
#include "engine/request.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/spelling.h"
#include "base/str.h"
#include "engine/attributes.h"
#include "engine/json_values.h"
#include "engine/malformed.h"
#include "engine/request_files.h"

const struct tmd_type *tmd_type_find(const struct tmd_type *const *types, const char *name)
{
	TMD_AUTO_FREE char *wanted = tmd_strdup(name);

	for (char *c = wanted; *c; c++) {
		if (*c == '-')
			*c = '_';
	}
	for (; *types; types++) {
		if (strcmp((*types)->name, wanted) == 0)
			return *types;
	}
	return NULL;
}

#define LIST_TYPES "`trustmend describe` lists the types"
#define DOCUMENT_FORM \
	"write {\"type\": …} for one, {\"resources\": […]} for several, {\"profile\": …} for a profile"

const struct tmd_type *tmd_type_nearest(const struct tmd_type *const *types, const char *name)
{
	const struct tmd_type *found = NULL;
	size_t nearest = TMD_SPELLING_FAR;

	for (; *types; types++) {
		size_t distance = tmd_spelling_distance(name, (*types)->name);

		if (distance >= nearest)
			continue;
		nearest = distance;
		found = *types;
	}
	return found;
}

static void release_json(json_t **value)
{
	json_decref(*value);
}

#define AUTO_JSON TMD_CLEANUP(release_json)

enum tmd_rc tmd_request_skip_mark(const char **data, size_t *len, const char *name,
				  struct tmd_error *err)
{
	if (*len >= 2 && (memcmp(*data, "\xFF\xFE", 2) == 0 || memcmp(*data, "\xFE\xFF", 2) == 0))
		return tmd_fail(err, TMD_E_INVALID_INPUT, name, "save it as UTF-8",
				"the JSON is in UTF-16");
	if (*len >= 3 && memcmp(*data, "\xEF\xBB\xBF", 3) == 0) {
		*data += 3;
		*len -= 3;
	}
	return TMD_OK;
}

/* The parser recurses: the depth is bounded before it sees the text. */
enum tmd_rc tmd_request_check_depth(const char *data, size_t len, const char *name,
			       struct tmd_error *err)
{
	bool in_string = false;
	size_t depth = 0;

	for (size_t i = 0; i < len; i++) {
		if (in_string && data[i] == '\\')
			i++;
		else if (data[i] == '"')
			in_string = !in_string;
		else if (!in_string && (data[i] == '{' || data[i] == '['))
			depth++;
		else if (!in_string && depth && (data[i] == '}' || data[i] == ']'))
			depth--;
		if (depth > TMD_REQUEST_DEPTH)
			return tmd_fail(err, TMD_E_INVALID_INPUT, name, NULL,
					"JSON is nested deeper than %d levels", TMD_REQUEST_DEPTH);
	}
	return TMD_OK;
}

static enum tmd_rc list_from_json(const char *where, json_t *json, struct tmd_value *value,
				  struct tmd_error *err)
{
	json_t *item;
	size_t i;

	value->kind = TMD_V_LIST;
	json_array_foreach(json, i, item) {
		if (!json_is_string(item))
			return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, NULL,
					"%s: item %zu is not a string", where, i);
		tmd_value_list_add(value, json_string_value(item));
	}
	return TMD_OK;
}

static enum tmd_rc map_from_json(const char *where, json_t *json, struct tmd_value *value,
				 struct tmd_error *err)
{
	const char *key;
	json_t *item;

	value->kind = TMD_V_MAP;
	json_object_foreach(json, key, item) {
		if (!json_is_string(item) && !json_is_null(item))
			return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, NULL,
					"%s: '%s' is neither a string nor null", where, key);
		tmd_value_map_set(value, key, json_string_value(item));
	}
	return TMD_OK;
}

static enum tmd_rc value_from_json(const char *where, json_t *json, struct tmd_value *value,
				   struct tmd_error *err)
{
	switch (json_typeof(json)) {
	case JSON_NULL:
		return TMD_OK;
	case JSON_TRUE:
	case JSON_FALSE:
		tmd_value_set_bool(value, json_is_true(json));
		return TMD_OK;
	case JSON_INTEGER:
		tmd_value_set_int(value, json_integer_value(json));
		return TMD_OK;
	case JSON_STRING:
		tmd_value_set_string(value, json_string_value(json));
		return TMD_OK;
	case JSON_ARRAY:
		return list_from_json(where, json, value, err);
	case JSON_OBJECT:
		return map_from_json(where, json, value, err);
	case JSON_REAL:
		break;
	}
	return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, "put it in quotes if text is meant",
			"%s: a number with a fraction", where);
}

static enum tmd_rc attribute_from_json(struct tmd_result *result, const char *key, json_t *json,
				       struct tmd_error *err)
{
	TMD_AUTO_VALUE struct tmd_value value = { 0 };
	TMD_AUTO_FREE char *where = NULL;
	size_t index;

	if (tmd_attribute_find(result->resource.type, key, &index, err))
		return TMD_FAILED;
	where = tmd_format("%s: attribute '%s'", result->resource.type->name, key);
	if (value_from_json(where, json, &value, err))
		return TMD_FAILED;
	return tmd_attribute_set(result, index, &value, err);
}

static enum tmd_rc fail_unknown_type(const struct tmd_type *const *types, const char *name,
				     struct tmd_error *err)
{
	const struct tmd_type *nearest = tmd_type_nearest(types, name);
	TMD_AUTO_FREE char *hint =
		nearest ? tmd_format("did you mean '%s'? " LIST_TYPES, nearest->name) : NULL;

	return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, hint ? hint : LIST_TYPES,
			"unknown type '%.100s'", name);
}

static enum tmd_rc type_of_object(const struct tmd_type *const *types, const struct tmd_type *only,
				  json_t *object, const struct tmd_type **out,
				  struct tmd_error *err)
{
	json_t *named = json_object_get(object, "type");
	const struct tmd_type *type = only;

	if (!json_is_object(object))
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, DOCUMENT_FORM,
				"a resource is an object");
	if (named && !json_is_string(named))
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, NULL, "'type' is not a string");
	if (named)
		type = tmd_type_find(types, json_string_value(named));
	if (named && only && type != only)
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, "this program has one type",
				"unknown type '%.100s'", json_string_value(named));
	if (named && !type)
		return fail_unknown_type(types, json_string_value(named), err);
	if (!type)
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, LIST_TYPES, "'type' is missing");
	*out = type;
	return TMD_OK;
}

/* `place` in front, "resources[2]: env: …"; and the file's name, where there is one. */
static void note_at(struct tmd_result *result, const char *place, const char *name,
		    struct tmd_error *err)
{
	const char *path = err->path[0] || strcmp(name, "-") == 0 ? err->path : name;

	tmd_error_set(err, err->kind, path, err->hint, "%s%s", place, err->message);
	tmd_malformed_note(result, err);
}

/* Reads on after an error: what names the resource may stand behind it. */
static void fill(struct tmd_result *result, struct tmd_fs *fs, json_t *object,
		 const char *place, const char *name)
{
	struct tmd_error err;
	const char *key;
	json_t *json;

	json_object_foreach(object, key, json) {
		if (strcmp(key, "type") == 0 || !attribute_from_json(result, key, json, &err))
			continue;
		note_at(result, place, name, &err);
		/* Nothing rests on the only one, and what is no request is not quoted. */
		if (*place)
			tmd_malformed_guess(result, key, json_string_value(json));
	}
	if (tmd_attributes_finish(result, fs, &err))
		note_at(result, place, name, &err);
}

static void add_item(struct tmd_run *run, const struct tmd_type *const *types,
		     const struct tmd_type *only, json_t *object, const char *place,
		     const char *name, const char *base_dir)
{
	const struct tmd_type *type = &tmd_type_unknown;
	bool known;
	struct tmd_result *result;
	struct tmd_error err;

	known = type_of_object(types, only, object, &type, &err) == TMD_OK;
	result = tmd_run_add(run, type, base_dir);
	if (!known)
		note_at(result, place, name, &err);
	fill(result, run->ctx.fs, object, place, name);
}

static enum tmd_rc add_list(struct tmd_run *run, const struct tmd_type *const *types,
			    const struct tmd_type *only, json_t *document, const char *name,
			    const char *base_dir, struct tmd_error *err)
{
	json_t *list = json_object_get(document, "resources");
	json_t *files = json_object_get(document, "files");
	json_t *object;
	size_t i;

	if (!json_is_array(list))
		return tmd_fail(err, TMD_E_INVALID_INPUT, name, NULL, "'resources' is not a list");
	if (json_object_size(document) != (files ? 2 : 1))
		return tmd_fail(err, TMD_E_INVALID_INPUT, name, NULL,
				"only 'resources' and 'files' may stand at the top of a list of "
				"resources");
	if (files && tmd_request_take_files(run, files, name, err))
		return TMD_FAILED;
	if (json_array_size(list) > TMD_RESOURCES_MAX)
		return tmd_fail(err, TMD_E_INVALID_INPUT, name, "split the run",
				"more than %d resources", TMD_RESOURCES_MAX);
	json_array_foreach(list, i, object) {
		TMD_AUTO_FREE char *place = tmd_format("resources[%zu]: ", i);

		/* What brings its files was not written here: no relative path means anything. */
		add_item(run, types, only, object, place, name, files ? NULL : base_dir);
	}
	return TMD_OK;
}

/* A document that is one resource. What tells nothing of its type need not be a resource. */
static enum tmd_rc add_only(struct tmd_run *run, const struct tmd_type *const *types,
			    const struct tmd_type *only, json_t *document, const char *name,
			    const char *base_dir, struct tmd_error *err)
{
	const struct tmd_type *type;

	if (type_of_object(types, only, document, &type, err))
		return tmd_fail(err, err->kind, name, err->hint, "%s", err->message);
	fill(tmd_run_add(run, type, base_dir), run->ctx.fs, document, "", name);
	return TMD_OK;
}

static enum tmd_rc fail_json(const char *name, const json_error_t *problem, struct tmd_error *err)
{
	TMD_AUTO_FREE char *what = tmd_json_problem(problem);

	return tmd_fail(err, TMD_E_INVALID_INPUT, name, "give one JSON object, with each key once",
			"not valid JSON: line %d, column %d: %s", problem->line, problem->column,
			what);
}

static enum tmd_rc add_profile(struct tmd_run *run, const struct tmd_request_scope *scope,
			       json_t *document, const char *name, const char *base_dir,
			       struct tmd_error *err)
{
	if (!scope->profiles || scope->only)
		return tmd_fail(err, TMD_E_INVALID_INPUT, name, "leave the type out, or send resources",
				"a profile has resources of several types");
	return scope->profiles->add_request(run, scope->types, document, name, base_dir, err);
}

enum tmd_rc tmd_request_add_json(struct tmd_run *run, const struct tmd_request_scope *scope,
				 const char *data, size_t len, const char *name,
				 const char *base_dir, struct tmd_error *err)
{
	AUTO_JSON json_t *document = NULL;
	json_error_t problem;

	if (len > TMD_REQUEST_MAX)
		return tmd_fail(err, TMD_E_INVALID_INPUT, name, NULL,
				"JSON input is larger than %zu bytes", TMD_REQUEST_MAX);
	if (tmd_request_skip_mark(&data, &len, name, err) ||
	    tmd_request_check_depth(data, len, name, err))
		return TMD_FAILED;
	if (!len)
		return tmd_fail(err, TMD_E_INVALID_INPUT, name, "give one JSON object",
				"the input is empty");
	document = json_loadb(data, len, JSON_REJECT_DUPLICATES, &problem);
	if (!document)
		return fail_json(name, &problem, err);
	if (json_object_get(document, "resources"))
		return add_list(run, scope->types, scope->only, document, name, base_dir, err);
	if (json_object_get(document, "profile"))
		return add_profile(run, scope, document, name, base_dir, err);
	return add_only(run, scope->types, scope->only, document, name, base_dir, err);
}

static enum tmd_rc set_word(struct tmd_result *result, const char *word, struct tmd_error *err)
{
	const char *equals = strchr(word, '=');
	TMD_AUTO_FREE char *name = tmd_strndup(word, (size_t)(equals - word));
	size_t index;

	if (tmd_attribute_find(result->resource.type, name, &index, err))
		return TMD_FAILED;
	if (result->given[index] && !tmd_field_collects(&result->resource.type->fields[index]))
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, "give it once",
				"attribute '%s' stands twice", name);
	return tmd_attribute_set_text(result, index, equals + 1, err);
}

enum tmd_rc tmd_request_add_words(struct tmd_run *run, const struct tmd_type *type,
				  char *const *words, size_t count, const char *base_dir,
				  struct tmd_error *err)
{
	struct tmd_result *result = tmd_run_add(run, type, base_dir);
	struct tmd_error problem;

	for (size_t i = 0; i < count; i++) {
		const char *equals = strchr(words[i], '=');

		if (!equals || equals == words[i])
			return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, "write attribute=value",
					"'%.200s' is no attribute=value", words[i]);
		if (set_word(result, words[i], &problem))
			tmd_malformed_note(result, &problem);
	}
	if (tmd_attributes_finish(result, run->ctx.fs, &problem))
		tmd_malformed_note(result, &problem);
	return TMD_OK;
}
