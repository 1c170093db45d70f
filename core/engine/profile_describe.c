/* Variables as a schema: what a program that asks a person for them needs to know. */
#include "engine/profile_describe.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "engine/json_values.h"
#include "engine/profile.h"
#include "engine/profile_document.h"
#include "engine/request.h"

/* ---- which variables name files: those that stand where a type's field may ---- */

/* Does a text speak of ${name}, or of ${any name}? */
static bool mentions(const char *text, const char *name)
{
	TMD_AUTO_FREE char *plain = tmd_format("${%s}", name);
	TMD_AUTO_FREE char *any = tmd_format("${any %s}", name);

	return strstr(text, plain) || strstr(text, any);
}

static bool value_mentions(const struct tmd_yaml_doc *doc, const struct tmd_yaml_node *value,
			   const char *name)
{
	if (value->kind == TMD_YAML_SCALAR)
		return mentions(value->text, name);
	for (const struct tmd_yaml_node *item = tmd_yaml_first(doc, value); item;
	     item = tmd_yaml_next(doc, item)) {
		if (item->kind == TMD_YAML_SCALAR && mentions(item->text, name))
			return true;
	}
	return false;
}

static bool may_name_files(const struct tmd_type *type, const char *attribute)
{
	size_t i = tmd_field_find(type->fields, type->field_count, attribute);

	return i < type->field_count && type->fields[i].flags & TMD_F_FILES;
}

/* A resource of a known type; `foreach` goes through the list of this name, or is NULL. */
static bool takes_files_from(const struct tmd_yaml_doc *doc, const struct tmd_yaml_node *resource,
			     const struct tmd_type *type, const char *variable)
{
	const struct tmd_yaml_node *foreach = tmd_yaml_find(doc, resource, "foreach");
	bool item = foreach && tmd_yaml_is_text(foreach, variable);

	for (const struct tmd_yaml_node *key = tmd_yaml_first(doc, resource); key;
	     key = tmd_yaml_next_key(doc, key)) {
		const struct tmd_yaml_node *value = tmd_yaml_next(doc, key);

		if (key->kind != TMD_YAML_SCALAR || !may_name_files(type, key->text))
			continue;
		if (value_mentions(doc, value, variable) ||
		    (item && value_mentions(doc, value, "item")))
			return true;
	}
	return false;
}

static bool names_files(const struct tmd_profile *profile, const struct tmd_type *const *types,
			const struct tmd_yaml_node *resources, const char *variable)
{
	const struct tmd_yaml_doc *doc = &profile->doc;

	for (const struct tmd_yaml_node *resource = tmd_yaml_first(doc, resources); resource;
	     resource = tmd_yaml_next(doc, resource)) {
		const struct tmd_yaml_node *named = resource->kind == TMD_YAML_MAPPING ?
							    tmd_yaml_find(doc, resource, "type") : NULL;
		const struct tmd_type *type = named && named->kind == TMD_YAML_SCALAR ?
						      tmd_type_find(types, named->text) : NULL;

		if (type && takes_files_from(doc, resource, type, variable))
			return true;
	}
	return false;
}

/* ---- the schema ---- */

static json_t *json_default(const struct tmd_yaml_doc *doc, const struct tmd_yaml_node *value)
{
	json_t *list;

	if (value->kind == TMD_YAML_SCALAR)
		return tmd_json_text(value->tag == TMD_YAML_NULL ? "" : value->text);
	list = json_array();
	for (const struct tmd_yaml_node *item = tmd_yaml_first(doc, value); item;
	     item = tmd_yaml_next(doc, item))
		json_array_append_new(list, tmd_json_text(item->text));
	return list;
}

static json_t *json_values(const struct tmd_variable *variable)
{
	return variable->is_list ? tmd_json_list(&variable->values) :
				   tmd_json_text(variable->values.items[0]);
}

static void add_defaults(const struct tmd_yaml_doc *doc, const struct tmd_variable *variable,
			 json_t *property)
{
	json_t *systems;

	if (!variable->missing)
		json_object_set_new(property, "default", json_values(variable));
	if (variable->value->kind != TMD_YAML_MAPPING)
		return;
	systems = json_object();
	for (const struct tmd_yaml_node *key = tmd_yaml_first(doc, variable->value); key;
	     key = tmd_yaml_next_key(doc, key))
		json_object_set_new(systems, key->text,
				    json_default(doc, tmd_yaml_next(doc, key)));
	json_object_set_new(property, "x-defaults", systems);
}

static json_t *json_variable(const struct tmd_profile *profile, const struct tmd_variable *variable,
			     bool files)
{
	json_t *property = json_object();

	json_object_set_new(property, "type",
			    tmd_json_text(variable->is_list ? "array" : "string"));
	if (variable->is_list)
		json_object_set_new(property, "items", json_pack("{ss}", "type", "string"));
	if (variable->doc)
		json_object_set_new(property, "description", tmd_json_text(variable->doc));
	add_defaults(&profile->doc, variable, property);
	if (files)
		json_object_set_new(property, "x-input-file", json_true());
	return property;
}

static json_t *json_profile(const struct tmd_profile *profile, const struct tmd_type *const *types,
			    const struct tmd_yaml_node *resources)
{
	const char *description = tmd_profile_description(profile);
	json_t *schema = json_object();
	json_t *properties = json_object();

	for (size_t i = 0; i < profile->variable_count; i++) {
		const struct tmd_variable *variable = &profile->variables[i];
		bool files = names_files(profile, types, resources, variable->name);

		json_object_set_new(properties, variable->name,
				    json_variable(profile, variable, files));
	}
	json_object_set_new(schema, "$schema",
			    tmd_json_text("https://json-schema.org/draft/2020-12/schema"));
	json_object_set_new(schema, "title", tmd_json_text(profile->name));
	if (description)
		json_object_set_new(schema, "description", tmd_json_text(description));
	json_object_set_new(schema, "type", tmd_json_text("object"));
	json_object_set_new(schema, "properties", properties);
	json_object_set_new(schema, "additionalProperties", json_false());
	return schema;
}

enum tmd_rc tmd_profile_describe(const struct tmd_type *const *types, const char *data, size_t len,
				 const char *name, json_t *out, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_profile_release) struct tmd_profile profile = { .name = name };
	const struct tmd_yaml_node *resources;
	json_t *schema;

	if (tmd_profile_open(&profile, data, len, &resources, err))
		return TMD_FAILED;
	schema = json_profile(&profile, types, resources);
	json_object_set_new(out, json_string_value(json_object_get(schema, "title")), schema);
	return TMD_OK;
}
