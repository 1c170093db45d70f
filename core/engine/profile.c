/* The strict reader of profiles. */
#include "engine/profile.h"

#include <string.h>

#include "base/mem.h"
#include "engine/attributes.h"
#include "engine/malformed.h"
#include "engine/profile_document.h"
#include "engine/profile_vars.h"
#include "engine/request.h"
#include "engine/several.h"
#include "resources/paths.h"

#define LIST_TYPES "`trustmend describe` lists the types"

struct reader {
	struct tmd_run *run;
	const struct tmd_type *const *types;
	const char *base_dir;
	struct tmd_profile profile;
};

static void reader_release(struct reader *reader)
{
	tmd_profile_release(&reader->profile);
}

#define fail_node(reader, ...) tmd_profile_fail(&(reader)->profile, __VA_ARGS__)

static enum tmd_rc at_node(const struct reader *reader, const struct tmd_yaml_node *node,
			   struct tmd_error *err)
{
	return tmd_profile_fail_at(&reader->profile, node->line, err);
}

/* ---- resources ---- */

static enum tmd_rc add_item(const struct reader *reader, const struct tmd_yaml_node *node,
			    struct tmd_value *value, struct tmd_error *err)
{
	const struct tmd_profile *profile = &reader->profile;
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	const struct tmd_variable *list;

	if (tmd_profile_want_scalar(profile, node, "an item of a list", err) ||
	    tmd_profile_find_list(profile, node, false, &list, err))
		return TMD_FAILED;
	if (list) {
		for (size_t i = 0; i < list->values.count; i++)
			tmd_value_list_add(value, list->values.items[i]);
		return TMD_OK;
	}
	if (tmd_profile_substitute(profile, node, &text, err))
		return TMD_FAILED;
	if (text.len || !tmd_profile_is_any(node))
		tmd_value_list_add(value, tmd_buf_str(&text));
	return TMD_OK;
}

/* The field table's verdict, with the line of the node that it is about. */
static enum tmd_rc set_value(const struct reader *reader, struct tmd_result *result, size_t index,
			     const struct tmd_yaml_node *node, struct tmd_value *value,
			     struct tmd_error *err)
{
	if (tmd_attribute_set(result, index, value, err))
		return at_node(reader, node, err);
	return TMD_OK;
}

static enum tmd_rc set_list(const struct reader *reader, struct tmd_result *result, size_t index,
			    const struct tmd_yaml_node *node, struct tmd_error *err)
{
	const struct tmd_yaml_doc *doc = &reader->profile.doc;
	TMD_AUTO_VALUE struct tmd_value value = { .kind = TMD_V_LIST };

	for (const struct tmd_yaml_node *item = tmd_yaml_first(doc, node); item;
	     item = tmd_yaml_next(doc, item)) {
		if (add_item(reader, item, &value, err))
			return TMD_FAILED;
	}
	return set_value(reader, result, index, node, &value, err);
}

static bool takes_list(const struct tmd_field *field)
{
	return field->type == TMD_T_LIST || (field->flags & TMD_F_MANY);
}

static enum tmd_rc set_scalar(const struct reader *reader, struct tmd_result *result, size_t index,
			      const struct tmd_yaml_node *node, struct tmd_error *err)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	const struct tmd_variable *list;

	if (tmd_profile_want_scalar(&reader->profile, node, "an attribute", err))
		return TMD_FAILED;
	if (node->tag == TMD_YAML_NULL)
		return TMD_OK;
	if (tmd_profile_find_list(&reader->profile, node, false, &list, err))
		return TMD_FAILED;
	if (list && takes_list(&result->resource.type->fields[index])) {
		TMD_AUTO_VALUE struct tmd_value value = { 0 };

		if (result->resource.type->fields[index].type == TMD_T_LIST)
			tmd_value_set_list(&value, &list->values);
		else
			tmd_value_take_string(&value, tmd_paths_join(&list->values));
		return set_value(reader, result, index, node, &value, err);
	}
	if (tmd_profile_substitute(&reader->profile, node, &text, err))
		return TMD_FAILED;
	if (tmd_attribute_set_text(result, index, tmd_buf_str(&text), err))
		return at_node(reader, node, err);
	return TMD_OK;
}

/* What a misspelt attribute says, when that is plain text. */
static void guess_attribute(const struct reader *reader, struct tmd_result *result,
			    const char *name, const struct tmd_yaml_node *value)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	struct tmd_error ignored;

	if (value->kind == TMD_YAML_SCALAR &&
	    tmd_profile_substitute(&reader->profile, value, &text, &ignored) == TMD_OK)
		tmd_malformed_guess(result, name, tmd_buf_str(&text));
}

static enum tmd_rc set_attribute(const struct reader *reader, struct tmd_result *result,
				 const struct tmd_yaml_node *key, struct tmd_error *err)
{
	const struct tmd_yaml_node *value = tmd_yaml_next(&reader->profile.doc, key);
	size_t index;

	if (tmd_attribute_find(result->resource.type, key->text, &index, err)) {
		guess_attribute(reader, result, key->text, value);
		return at_node(reader, key, err);
	}
	result->origin.lines[index] = key->line;
	if (value->kind == TMD_YAML_SEQUENCE)
		return set_list(reader, result, index, value, err);
	return set_scalar(reader, result, index, value, err);
}

static bool is_structural(const struct tmd_yaml_node *key)
{
	return tmd_yaml_is_text(key, "type") || tmd_yaml_is_text(key, "foreach");
}

/* Reads on after an error: what names the resource may stand behind it. */
static void fill_resource(const struct reader *reader, struct tmd_result *result,
			  const struct tmd_yaml_node *node)
{
	const struct tmd_yaml_doc *doc = &reader->profile.doc;
	struct tmd_error err;

	for (const struct tmd_yaml_node *key = tmd_yaml_first(doc, node); key;
	     key = tmd_yaml_next_key(doc, key)) {
		if (!is_structural(key) && set_attribute(reader, result, key, &err))
			tmd_malformed_note(result, &err);
	}
	if (tmd_attributes_finish(result, reader->run->ctx.fs, &err)) {
		tmd_profile_add_line(&reader->profile, node->line, &err);
		tmd_malformed_note(result, &err);
	}
}

/* `wrong` is what is known to be wrong with it. Fails when the run is full. */
static enum tmd_rc build_resource(struct reader *reader, const struct tmd_yaml_node *node,
				  const struct tmd_type *type, const struct tmd_error *wrong,
				  struct tmd_error *err)
{
	struct tmd_result *result;

	if (reader->run->count >= TMD_RESOURCES_MAX)
		return fail_node(reader, node, "split the profile", err, "more than %d resources",
				 TMD_RESOURCES_MAX);
	result = tmd_run_add(reader->run, type, reader->base_dir);
	result->origin.file = tmd_strdup(reader->profile.name);
	result->origin.line = node->line;
	result->origin.lines = tmd_alloc(type->field_count, sizeof(size_t));
	tmd_malformed_note(result, wrong);
	if (node->kind == TMD_YAML_MAPPING)
		fill_resource(reader, result, node);
	return TMD_OK;
}

/* Items that name several files are several resources. */
static enum tmd_rc repeat_resource(struct reader *reader, const struct tmd_yaml_node *node,
				   const struct tmd_strv *list, const struct tmd_type *type,
				   const struct tmd_error *wrong, struct tmd_error *err)
{
	TMD_AUTO_STRV struct tmd_strv files = { 0 };
	const bool named = tmd_type_reads_files(type);
	const struct tmd_strv *items = named ? &files : list;

	if (named && tmd_files_expand(reader->run, reader->base_dir, NULL, list, &files, err))
		return at_node(reader, node, err);
	for (size_t i = 0; i < items->count; i++) {
		reader->profile.item = items->items[i];
		if (build_resource(reader, node, type, wrong, err))
			return TMD_FAILED;
	}
	reader->profile.item = NULL;
	return TMD_OK;
}

/* Leaves *out alone where there is no foreach. */
static enum tmd_rc find_list(const struct reader *reader, const struct tmd_yaml_node *node,
			     const struct tmd_strv **out, struct tmd_error *err)
{
	const struct tmd_profile *profile = &reader->profile;
	const struct tmd_yaml_node *foreach = tmd_yaml_find(&profile->doc, node, "foreach");
	TMD_AUTO_BUF struct tmd_buf hint = { 0 };
	const struct tmd_variable *list;

	if (!foreach)
		return TMD_OK;
	if (tmd_profile_want_scalar(profile, foreach, "foreach", err) ||
	    tmd_profile_find_list(profile, foreach, true, &list, err))
		return TMD_FAILED;
	if (!list) {
		tmd_profile_list_variables(profile, foreach->text, strlen(foreach->text), &hint);
		return fail_node(reader, foreach, tmd_buf_str(&hint), err,
				 "foreach: no list variable '%.100s'", foreach->text);
	}
	*out = &list->values;
	return TMD_OK;
}

static enum tmd_rc find_type(const struct reader *reader, const struct tmd_yaml_node *node,
			     const struct tmd_type **out, struct tmd_error *err)
{
	const struct tmd_yaml_node *named = tmd_yaml_find(&reader->profile.doc, node, "type");
	TMD_AUTO_FREE char *hint = NULL;
	const struct tmd_type *found;

	if (!named)
		return fail_node(reader, node, LIST_TYPES, err, "a resource without 'type'");
	if (tmd_profile_want_scalar(&reader->profile, named, "type", err))
		return TMD_FAILED;
	found = tmd_type_find(reader->types, named->text);
	if (found) {
		*out = found;
		return TMD_OK;
	}
	found = tmd_type_nearest(reader->types, named->text);
	hint = tmd_format("did you mean '%s'? " LIST_TYPES, found ? found->name : "");
	return fail_node(reader, named, found ? hint : LIST_TYPES, err, "unknown type '%.100s'",
			 named->text);
}

/* Is it about the items of a list that has none? */
static bool is_about_nothing(const struct reader *reader, const struct tmd_yaml_node *node,
			     const struct tmd_type *type)
{
	const struct tmd_yaml_doc *doc = &reader->profile.doc;
	const struct tmd_variable *list;
	struct tmd_error ignored;

	for (size_t i = 0; i < type->field_count; i++) {
		const struct tmd_field *field = &type->fields[i];
		const struct tmd_yaml_node *value =
			field->flags & TMD_F_KEY ? tmd_yaml_find(doc, node, field->name) : NULL;

		if (value && takes_list(field) && value->kind == TMD_YAML_SCALAR &&
		    tmd_profile_find_list(&reader->profile, value, false, &list, &ignored) ==
			    TMD_OK &&
		    list && !list->values.count)
			return true;
	}
	return false;
}

/* A resource that could not be made one of the run stands in it all the same, with the reason. */
static enum tmd_rc read_resource(struct reader *reader, const struct tmd_yaml_node *node,
				 struct tmd_error *err)
{
	const struct tmd_type *type = &tmd_type_unknown;
	const struct tmd_strv *list = NULL;
	struct tmd_error wrong = { 0 };
	enum tmd_rc rc;

	if (node->kind != TMD_YAML_MAPPING) {
		rc = fail_node(reader, node, "write '- type: …' and its attributes", &wrong,
			       "a resource must be a mapping");
	} else {
		/* Of several the last one is told. */
		rc = find_list(reader, node, &list, &wrong);
		rc = find_type(reader, node, &type, &wrong) ? TMD_FAILED : rc;
		rc = tmd_profile_check_keys(&reader->profile, node, &wrong) ? TMD_FAILED : rc;
	}
	if (rc == TMD_OK && is_about_nothing(reader, node, type))
		return TMD_OK;
	/* What is wrong has to be told, of nothing too. */
	if (list && (list->count || rc == TMD_OK))
		return repeat_resource(reader, node, list, type, &wrong, err);
	return build_resource(reader, node, type, &wrong, err);
}

static enum tmd_rc read_resources(struct reader *reader, const struct tmd_yaml_node *node,
				  struct tmd_error *err)
{
	const struct tmd_yaml_doc *doc = &reader->profile.doc;

	if (node->kind != TMD_YAML_SEQUENCE)
		return fail_node(reader, node, NULL, err, "'resources' must be a list");
	for (const struct tmd_yaml_node *item = tmd_yaml_first(doc, node); item;
	     item = tmd_yaml_next(doc, item)) {
		if (read_resource(reader, item, err))
			return TMD_FAILED;
	}
	return TMD_OK;
}

static enum tmd_rc read_document(struct reader *reader, const char *data, size_t len,
				 const struct tmd_strv *settings, struct tmd_error *err)
{
	struct tmd_profile *profile = &reader->profile;
	const struct tmd_yaml_node *resources;

	if (tmd_profile_open(profile, data, len, &resources, err))
		return TMD_FAILED;
	for (size_t i = 0; i < settings->count; i++) {
		if (tmd_profile_apply_setting(profile, settings->items[i], err))
			return TMD_FAILED;
	}
	return read_resources(reader, resources, err);
}

enum tmd_rc tmd_profile_add(struct tmd_run *run, const struct tmd_type *const *types,
			    const char *data, size_t len, const char *name, const char *base_dir,
			    const struct tmd_strv *settings, struct tmd_error *err)
{
	TMD_CLEANUP(reader_release) struct reader reader = {
		.run = run, .types = types, .base_dir = base_dir, .profile = { .name = name }
	};

	return read_document(&reader, data, len, settings, err);
}
