/* The field table at work on input. */
#include "engine/attributes.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/spelling.h"
#include "base/str.h"
#include "os/path.h"
#include "resources/paths.h"

static void list_names(const struct tmd_type *type, struct tmd_buf *out)
{
	const char *separator = "";

	for (size_t i = 0; i < type->field_count; i++) {
		if (type->fields[i].flags & TMD_F_READ_ONLY)
			continue;
		tmd_buf_addf(out, "%s%s", separator, type->fields[i].name);
		separator = ", ";
	}
}

size_t tmd_attribute_nearest(const struct tmd_type *type, const char *name)
{
	size_t nearest = TMD_SPELLING_FAR;
	size_t found = type->field_count;

	for (size_t i = 0; i < type->field_count; i++) {
		size_t distance = tmd_spelling_distance(name, type->fields[i].name);

		if ((type->fields[i].flags & TMD_F_READ_ONLY) || distance >= nearest)
			continue;
		nearest = distance;
		found = i;
	}
	return found;
}

enum tmd_rc tmd_attribute_find(const struct tmd_type *type, const char *name, size_t *index,
			       struct tmd_error *err)
{
	TMD_AUTO_BUF struct tmd_buf hint = { 0 };
	size_t found = tmd_field_find(type->fields, type->field_count, name);
	size_t nearest;

	if (found < type->field_count) {
		*index = found;
		return TMD_OK;
	}
	nearest = tmd_attribute_nearest(type, name);
	if (nearest < type->field_count)
		tmd_buf_addf(&hint, "did you mean '%s'? ", type->fields[nearest].name);
	tmd_buf_addf(&hint, "%s has: ", type->name);
	list_names(type, &hint);
	return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, tmd_buf_str(&hint),
			"%s: unknown attribute '%s'", type->name, name);
}

const char *tmd_attribute_type_name(const struct tmd_field *field)
{
	switch (field->type) {
	case TMD_T_BOOL:
		return "boolean";
	case TMD_T_INT:
		return "integer";
	case TMD_T_LIST:
		return "array";
	case TMD_T_MAP:
		return "object";
	case TMD_T_STRING:
	case TMD_T_ENUM:
	case TMD_T_PATH:
		break;
	}
	return "string";
}

static enum tmd_rc wrong_type(const struct tmd_type *type, const struct tmd_field *field,
			      struct tmd_error *err)
{
	return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, field->doc,
			"%s: attribute '%s' must be of type %s", type->name, field->name,
			tmd_attribute_type_name(field));
}

static enum tmd_rc check_choice(const struct tmd_type *type, const struct tmd_field *field,
				const char *text, struct tmd_error *err)
{
	TMD_AUTO_BUF struct tmd_buf hint = { 0 };

	if (!field->choices)
		return TMD_OK;
	tmd_buf_add_str(&hint, "one of: ");
	for (size_t i = 0; field->choices[i]; i++) {
		if (strcmp(field->choices[i], text) == 0)
			return TMD_OK;
		tmd_buf_addf(&hint, "%s%s", i ? ", " : "", field->choices[i]);
	}
	return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, tmd_buf_str(&hint),
			"%s: attribute '%s' cannot be '%.100s'", type->name, field->name, text);
}

static enum tmd_rc check_string(const struct tmd_type *type, const struct tmd_field *field,
				const char *text, struct tmd_error *err)
{
	size_t len = strlen(text);

	if (len > TMD_ATTRIBUTE_MAX)
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, NULL,
				"%s: attribute '%s' is longer than %zu bytes", type->name,
				field->name, TMD_ATTRIBUTE_MAX);
	if (!tmd_utf8_valid(text, len))
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, "use UTF-8",
				"%s: attribute '%s' is not valid UTF-8", type->name, field->name);
	if (field->type == TMD_T_PATH && !len)
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, "name a path",
				"%s: attribute '%s' is empty", type->name, field->name);
	return check_choice(type, field, text, err);
}

static enum tmd_rc check_list(const struct tmd_type *type, const struct tmd_field *field,
			      const struct tmd_strv *list, struct tmd_error *err)
{
	if (list->count > TMD_LIST_MAX)
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, NULL,
				"%s: attribute '%s' has more than %d items", type->name,
				field->name, TMD_LIST_MAX);
	for (size_t i = 0; i < list->count; i++) {
		if (check_string(type, field, list->items[i], err))
			return TMD_FAILED;
	}
	return TMD_OK;
}

static enum tmd_rc check_map(const struct tmd_type *type, const struct tmd_field *field,
			     const struct tmd_value *map, struct tmd_error *err)
{
	if (check_list(type, field, &map->list, err))
		return TMD_FAILED;
	for (size_t i = 0; i < map->list.count; i++) {
		if (map->map_values[i] && check_string(type, field, map->map_values[i], err))
			return TMD_FAILED;
	}
	return TMD_OK;
}

static bool kind_fits(const struct tmd_field *field, enum tmd_value_kind kind)
{
	switch (field->type) {
	case TMD_T_BOOL:
		return kind == TMD_V_BOOL;
	case TMD_T_INT:
		return kind == TMD_V_INT;
	case TMD_T_LIST:
		return kind == TMD_V_LIST;
	case TMD_T_MAP:
		return kind == TMD_V_MAP;
	case TMD_T_STRING:
	case TMD_T_ENUM:
	case TMD_T_PATH:
		break;
	}
	return kind == TMD_V_STRING;
}

static enum tmd_rc check_value(const struct tmd_type *type, const struct tmd_field *field,
			       const struct tmd_value *value, struct tmd_error *err)
{
	if (!kind_fits(field, value->kind))
		return wrong_type(type, field, err);
	if (value->kind == TMD_V_STRING)
		return check_string(type, field, value->string, err);
	if (value->kind == TMD_V_LIST)
		return check_list(type, field, &value->list, err);
	if (value->kind == TMD_V_MAP)
		return check_map(type, field, value, err);
	return TMD_OK;
}

enum tmd_rc tmd_attribute_set(struct tmd_result *result, size_t index, struct tmd_value *value,
			      struct tmd_error *err)
{
	const struct tmd_type *type = result->resource.type;
	const struct tmd_field *field = &type->fields[index];

	/* The state that get reports may come back whole: what cannot be set is passed over. */
	result->given[index] = true;
	if (field->flags & TMD_F_READ_ONLY) {
		tmd_value_release(value);
		return TMD_OK;
	}
	if (value->kind != TMD_V_NULL && check_value(type, field, value, err)) {
		tmd_value_release(value);
		return TMD_FAILED;
	}
	tmd_value_release(&result->input[index]);
	result->input[index] = *value;
	memset(value, 0, sizeof(*value));
	return TMD_OK;
}

static enum tmd_rc fail_text(const struct tmd_type *type, const struct tmd_field *field,
			     const char *text, struct tmd_error *err)
{
	const char *form = field->type == TMD_T_BOOL ? "write true or false" :
						       "write KEY=VALUE, once for each key";

	if (field->type == TMD_T_INT)
		return wrong_type(type, field, err);
	return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, form,
			"%s: attribute '%s' cannot be '%.100s'", type->name, field->name, text);
}

enum tmd_rc tmd_attribute_set_text(struct tmd_result *result, size_t index, const char *text,
				   struct tmd_error *err)
{
	const struct tmd_field *field = &result->resource.type->fields[index];
	TMD_AUTO_VALUE struct tmd_value value = { 0 };

	if (field->flags & TMD_F_READ_ONLY)
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL,
				"it is reported, not set: leave it out",
				"%s: attribute '%s' is read-only", result->resource.type->name,
				field->name);
	if (tmd_field_collects(field))
		tmd_value_copy(&value, &result->input[index]);
	if (!tmd_field_parse(field, text, &value))
		return fail_text(result->resource.type, field, text, err);
	return tmd_attribute_set(result, index, &value, err);
}

/* ---- paths become absolute ---- */

struct places {
	struct tmd_fs *fs;
	const struct tmd_type *type;
	const char *base_dir; /* may be NULL */
};

static enum tmd_rc make_absolute(const struct places *p, const struct tmd_field *field,
				 const char *path, char **out, struct tmd_error *err)
{
	if (tmd_path_is_absolute(path)) {
		*out = tmd_strdup(path);
		return TMD_OK;
	}
	if (!p->base_dir)
		return tmd_fail(err, TMD_E_INVALID_INPUT, path, "write an absolute path",
				"%s: attribute '%s' is a relative path", p->type->name, field->name);
	if (!tmd_fs_is_live(p->fs))
		return tmd_fail(err, TMD_E_INVALID_INPUT, path,
				"with --root, write the absolute path as seen inside the root",
				"%s: attribute '%s' is a relative path", p->type->name, field->name);
	*out = tmd_path_join(p->base_dir, path);
	return TMD_OK;
}

/* Is it one path all the same, with its comma? */
static bool is_one(const struct places *p, const char *path)
{
	TMD_AUTO_FREE char *whole = NULL;

	if (!tmd_paths_may_be_many(path))
		return true;
	whole = tmd_path_is_absolute(path) || !p->base_dir ? tmd_strdup(path) :
							     tmd_path_join(p->base_dir, path);
	return tmd_fs_exists(p->fs, whole);
}

static enum tmd_rc make_each_absolute(const struct places *p, const struct tmd_field *field,
				      const char *text, char **out, struct tmd_error *err)
{
	TMD_AUTO_STRV struct tmd_strv parts = { 0 };
	TMD_AUTO_STRV struct tmd_strv whole = { 0 };

	if (!(field->flags & TMD_F_MANY) || is_one(p, text))
		return make_absolute(p, field, text, out, err);
	tmd_paths_split(text, &parts);
	for (size_t i = 0; i < parts.count; i++) {
		TMD_AUTO_FREE char *path = NULL;

		if (make_absolute(p, field, parts.items[i], &path, err))
			return TMD_FAILED;
		tmd_strv_add(&whole, path);
	}
	*out = tmd_paths_join(&whole);
	return TMD_OK;
}

/* A list of the caller's files has words in it too, and is expanded where it is read. */
static bool is_managed_list(const struct tmd_field *field)
{
	return (field->flags & (TMD_F_MANY | TMD_F_FILES)) == TMD_F_MANY;
}

static enum tmd_rc finish_list(const struct places *p, const struct tmd_field *field,
			       struct tmd_strv *list, struct tmd_error *err)
{
	for (size_t i = 0; i < list->count; i++) {
		char *path = NULL;

		if (make_each_absolute(p, field, list->items[i], &path, err))
			return TMD_FAILED;
		free(list->items[i]);
		list->items[i] = path;
	}
	return TMD_OK;
}

enum tmd_rc tmd_attributes_finish(struct tmd_result *result, struct tmd_fs *fs,
				  struct tmd_error *err)
{
	const struct tmd_resource *r = &result->resource;
	const struct places places = { fs, r->type, r->base_dir };

	for (size_t i = 0; i < r->type->field_count; i++) {
		const struct tmd_field *field = &r->type->fields[i];
		const char *path = tmd_value_str(&r->input[i]);
		char *whole = NULL;

		if (field->type == TMD_T_LIST && is_managed_list(field) &&
		    finish_list(&places, field, &result->input[i].list, err))
			return TMD_FAILED;
		if (field->type != TMD_T_PATH || !path)
			continue;
		if (make_each_absolute(&places, field, path, &whole, err))
			return TMD_FAILED;
		tmd_value_take_string(&result->input[i], whole);
	}
	return TMD_OK;
}
