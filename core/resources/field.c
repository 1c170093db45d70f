/* What follows from the field table for a resource. */
#include "resources/field.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "resources/type.h"

static bool parse_bool(const char *text, struct tmd_value *value)
{
	bool yes = strcmp(text, "true") == 0;

	if (!yes && strcmp(text, "false") != 0)
		return false;
	tmd_value_set_bool(value, yes);
	return true;
}

static bool parse_int(const char *text, struct tmd_value *value)
{
	uint64_t number;

	if (!tmd_parse_u64(text, &number) || number > INT64_MAX)
		return false;
	tmd_value_set_int(value, (int64_t)number);
	return true;
}

static bool parse_item(const char *text, struct tmd_value *list)
{
	list->kind = TMD_V_LIST;
	if (*text)
		tmd_value_list_add(list, text);
	return true;
}

static bool parse_entry(const char *text, struct tmd_value *map)
{
	const char *equals = strchr(text, '=');
	TMD_AUTO_FREE char *key = NULL;

	if (*text && (!equals || equals == text))
		return false;
	map->kind = TMD_V_MAP;
	if (!*text)
		return true;
	key = tmd_strndup(text, (size_t)(equals - text));
	tmd_value_map_set(map, key, equals + 1);
	return true;
}

bool tmd_field_parse(const struct tmd_field *field, const char *text, struct tmd_value *value)
{
	switch (field->type) {
	case TMD_T_BOOL:
		return parse_bool(text, value);
	case TMD_T_INT:
		return parse_int(text, value);
	case TMD_T_LIST:
		return parse_item(text, value);
	case TMD_T_MAP:
		return parse_entry(text, value);
	case TMD_T_STRING:
	case TMD_T_ENUM:
	case TMD_T_PATH:
		break;
	}
	tmd_value_set_string(value, text);
	return true;
}

bool tmd_field_collects(const struct tmd_field *field)
{
	return field->type == TMD_T_LIST || field->type == TMD_T_MAP;
}

bool tmd_field_is_for_list(const struct tmd_field *field)
{
	return (field->flags & TMD_F_WHERE) && !(field->flags & (TMD_F_PARAM | TMD_F_KEY));
}

size_t tmd_field_find(const struct tmd_field *fields, size_t count, const char *name)
{
	size_t i = 0;

	while (i < count && strcmp(fields[i].name, name) != 0)
		i++;
	return i;
}

/* ---- a resource and its fields ---- */

static void wish_for(const struct tmd_field *field, const struct tmd_value *given,
		     struct tmd_value *wish)
{
	tmd_value_release(wish);
	if (!field->fallback && !(field->flags & TMD_F_PARAM))
		return;
	if (given->kind != TMD_V_NULL)
		tmd_value_copy(wish, given);
	else if (field->fallback && !tmd_field_parse(field, field->fallback, wish))
		tmd_value_release(wish);
}

void tmd_resource_wish(struct tmd_resource *r)
{
	for (size_t i = 0; i < r->type->field_count; i++)
		wish_for(&r->type->fields[i], &r->input[i], &r->desired[i]);
}

enum tmd_rc tmd_resource_normalize(struct tmd_ctx *ctx, struct tmd_resource *r,
				   struct tmd_error *err)
{
	tmd_resource_wish(r);
	r->withheld = 0;
	return r->type->normalize(ctx, r, err);
}

enum tmd_rc tmd_resource_read(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_error *err)
{
	if (r->type->read(ctx, r, err))
		return TMD_FAILED;
	for (size_t i = 0; i < r->type->field_count; i++) {
		if ((r->type->fields[i].flags & TMD_F_PARAM) && r->current[i].kind == TMD_V_NULL)
			tmd_value_copy(&r->current[i], &r->desired[i]);
	}
	return TMD_OK;
}

const struct tmd_field *tmd_type_state(const struct tmd_type *type)
{
	for (size_t i = 0; i < type->field_count; i++) {
		if (type->fields[i].flags & TMD_F_STATE)
			return &type->fields[i];
	}
	return NULL;
}

bool tmd_resource_is_to_go(const struct tmd_resource *r)
{
	const struct tmd_field *state = tmd_type_state(r->type);

	return state && tmd_str_equal(tmd_value_str(&r->input[state - r->type->fields]), TMD_ABSENT);
}

void tmd_resource_withhold(struct tmd_resource *r, size_t field)
{
	r->withheld |= 1U << field;
}

const struct tmd_value *tmd_resource_given(const struct tmd_resource *r, size_t field)
{
	static const struct tmd_value nothing = { 0 };

	return r->withheld & 1U << field ? &nothing : &r->input[field];
}

const struct tmd_value *tmd_resource_told(const struct tmd_resource *r, size_t field)
{
	bool may_repeat = r->type->fields[field].flags & (TMD_F_PARAM | TMD_F_KEY);

	if (may_repeat && r->current[field].kind == TMD_V_NULL)
		return tmd_resource_given(r, field);
	return &r->current[field];
}

const char *tmd_resource_path(const struct tmd_resource *r)
{
	for (size_t i = 0; i < r->type->field_count; i++) {
		const char *path = tmd_value_str(&r->input[i]);

		if (path && (r->type->fields[i].flags & TMD_F_KEY) &&
		    r->type->fields[i].type == TMD_T_PATH)
			return path;
	}
	return NULL;
}

static bool names_path(const char *text, const char *path)
{
	TMD_AUTO_FREE char *key = tmd_path_key(path);
	TMD_AUTO_FREE char *other = tmd_path_key(text);

	return tmd_str_equal(key, other);
}

/* What stands behind "bundle:", or NULL. A drive letter is one letter. */
static const char *behind_word(const char *text)
{
	const char *colon = strchr(text, ':');

	return colon && colon - text > 1 ? colon + 1 : NULL;
}

enum tmd_reference tmd_resource_refers(const struct tmd_resource *r, const char *path)
{
	for (size_t i = 0; i < r->type->field_count; i++) {
		const char *text = tmd_value_str(&r->input[i]);
		const char *file;

		if (!text || !(r->type->fields[i].flags & TMD_F_REFERS))
			continue;
		if (names_path(text, path))
			return TMD_REFERS_TO_FILE;
		file = behind_word(text);
		if (file && names_path(file, path))
			return TMD_REFERS_INSIDE;
	}
	return TMD_REFERS_NOT;
}
