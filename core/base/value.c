/* Attribute values. */
#include "base/value.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

/* A list of sources may be texts, and one of them a key by mistake. */
static void wipe_list(struct tmd_strv *list)
{
	for (size_t i = 0; i < list->count; i++)
		tmd_wipe(list->items[i], strlen(list->items[i]));
}

void tmd_value_release(struct tmd_value *value)
{
	if (!value)
		return;
	tmd_wipe_text(value->string);
	if (value->kind == TMD_V_MAP) {
		for (size_t i = 0; i < value->list.count; i++)
			free(value->map_values[i]);
	}
	free(value->map_values);
	wipe_list(&value->list);
	tmd_strv_release(&value->list);
	memset(value, 0, sizeof(*value));
}

void tmd_value_set_bool(struct tmd_value *value, bool boolean)
{
	tmd_value_release(value);
	value->kind = TMD_V_BOOL;
	value->boolean = boolean;
}

void tmd_value_set_int(struct tmd_value *value, int64_t integer)
{
	tmd_value_release(value);
	value->kind = TMD_V_INT;
	value->integer = integer;
}

void tmd_value_take_string(struct tmd_value *value, char *text)
{
	tmd_value_release(value);
	if (!text)
		return;
	value->kind = TMD_V_STRING;
	value->string = text;
}

void tmd_value_set_string(struct tmd_value *value, const char *text)
{
	tmd_value_take_string(value, tmd_strdup(text));
}

void tmd_value_set_list(struct tmd_value *value, const struct tmd_strv *list)
{
	struct tmd_strv copy = { 0 };

	tmd_strv_copy(&copy, list);
	tmd_value_release(value);
	value->kind = TMD_V_LIST;
	value->list = copy;
}

void tmd_value_list_add(struct tmd_value *value, const char *text)
{
	if (value->kind != TMD_V_LIST) {
		tmd_value_release(value);
		value->kind = TMD_V_LIST;
	}
	tmd_strv_add(&value->list, text);
}

void tmd_value_map_set(struct tmd_value *value, const char *key, const char *text)
{
	if (value->kind != TMD_V_MAP) {
		tmd_value_release(value);
		value->kind = TMD_V_MAP;
	}
	for (size_t i = 0; i < value->list.count; i++) {
		char *copy;

		if (strcmp(value->list.items[i], key) != 0)
			continue;
		copy = tmd_strdup(text); /* may be the old value itself */
		free(value->map_values[i]);
		value->map_values[i] = copy;
		return;
	}
	tmd_strv_add(&value->list, key);
	value->map_values = realloc(value->map_values, value->list.count * sizeof(char *));
	if (!value->map_values)
		abort();
	value->map_values[value->list.count - 1] = tmd_strdup(text);
}

const char *tmd_value_map_get(const struct tmd_value *value, const char *key)
{
	if (value->kind != TMD_V_MAP)
		return NULL;
	for (size_t i = 0; i < value->list.count; i++) {
		if (strcmp(value->list.items[i], key) == 0)
			return value->map_values[i];
	}
	return NULL;
}

static void copy_map(struct tmd_value *to, const struct tmd_value *from)
{
	to->kind = TMD_V_MAP;
	for (size_t i = 0; i < from->list.count; i++)
		tmd_value_map_set(to, from->list.items[i], from->map_values[i]);
}

void tmd_value_copy(struct tmd_value *to, const struct tmd_value *from)
{
	struct tmd_value copy = { .kind = from->kind,
				  .boolean = from->boolean,
				  .integer = from->integer };

	if (from->kind == TMD_V_STRING)
		copy.string = tmd_strdup(from->string);
	else if (from->kind == TMD_V_LIST)
		tmd_strv_copy(&copy.list, &from->list);
	else if (from->kind == TMD_V_MAP)
		copy_map(&copy, from);
	tmd_value_release(to);
	*to = copy;
}

static bool maps_equal(const struct tmd_value *a, const struct tmd_value *b)
{
	if (a->list.count != b->list.count)
		return false;
	for (size_t i = 0; i < a->list.count; i++) {
		if (strcmp(a->list.items[i], b->list.items[i]) != 0 ||
		    !tmd_str_equal(a->map_values[i], b->map_values[i]))
			return false;
	}
	return true;
}

bool tmd_value_equal(const struct tmd_value *a, const struct tmd_value *b)
{
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case TMD_V_NULL:
		return true;
	case TMD_V_BOOL:
		return a->boolean == b->boolean;
	case TMD_V_INT:
		return a->integer == b->integer;
	case TMD_V_STRING:
		return strcmp(a->string, b->string) == 0;
	case TMD_V_LIST:
		return tmd_strv_equal(&a->list, &b->list);
	case TMD_V_MAP:
		return maps_equal(a, b);
	}
	return false;
}

const char *tmd_value_str(const struct tmd_value *value)
{
	return value->kind == TMD_V_STRING ? value->string : NULL;
}

bool tmd_value_bool(const struct tmd_value *value, bool fallback)
{
	return value->kind == TMD_V_BOOL ? value->boolean : fallback;
}
