/* The strict reader of profiles; libyaml composes, this file judges. */
#include "engine/profile.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/attributes.h"
#include "engine/malformed.h"
#include "engine/request.h"
#include "os/console.h"

struct tmd_embedded {
	const char *name;
	const char *text;
};
extern const struct tmd_embedded tmd_profile_data[];

const char *tmd_profile_builtin(const char *name)
{
	for (const struct tmd_embedded *profile = tmd_profile_data; profile->name; profile++) {
		if (strcmp(profile->name, name) == 0)
			return profile->text;
	}
	return NULL;
}

#define LIST_TYPES "`trustmend describe` lists the types"

struct variable {
	char *name;
	bool is_list;
	bool set; /* a setting has replaced the default */
	bool missing; /* it has values for other systems only */
	struct tmd_strv values; /* exactly one for a string */
};

struct reader {
	struct tmd_run *run;
	const struct tmd_type *const *types;
	const char *name;
	const char *base_dir;
	yaml_document_t document;
	struct variable *variables;
	size_t variable_count;
	size_t variable_cap;
	const char *item; /* the current value of ${item} in a foreach, or NULL */
	size_t nodes;
	bool full; /* more of something than a profile may hold: what failed is the profile */
};

static void release_reader(struct reader *reader)
{
	for (size_t i = 0; i < reader->variable_count; i++) {
		free(reader->variables[i].name);
		tmd_strv_release(&reader->variables[i].values);
	}
	free(reader->variables);
	yaml_document_delete(&reader->document);
}

/* Puts "FILE:LINE: " in front of what `err` says already. */
static void add_line(const struct reader *reader, size_t line, struct tmd_error *err)
{
	tmd_error_set(err, err->kind, reader->name, err->hint, "%s:%zu: %s", reader->name, line,
		      err->message);
}

#define at_line(...) (add_line(__VA_ARGS__), TMD_FAILED)

static void set_node_error(const struct reader *reader, const yaml_node_t *node, const char *hint,
			   struct tmd_error *err, const char *fmt, ...) TMD_PRINTF(5, 6);

/* Like tmd_fail(), with the file and the line of a node in front. */
#define fail_node(...) (set_node_error(__VA_ARGS__), TMD_FAILED)

static void set_node_error(const struct reader *reader, const yaml_node_t *node, const char *hint,
			   struct tmd_error *err, const char *fmt, ...)
{
	char message[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(message, sizeof(message), fmt, args);
	va_end(args);
	tmd_error_set(err, TMD_E_INVALID_INPUT, NULL, hint, "%s", message);
	add_line(reader, node->start_mark.line + 1, err);
}

static yaml_node_t *node_at(struct reader *reader, int index)
{
	return yaml_document_get_node(&reader->document, index);
}

static const char *scalar_text(const yaml_node_t *node)
{
	return (const char *)node->data.scalar.value;
}

static bool scalar_is_null(const yaml_node_t *node)
{
	const char *text = scalar_text(node);

	return node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
	       (!*text || !strcmp(text, "~") || !strcmp(text, "null"));
}

static enum tmd_rc want_scalar(struct reader *reader, const yaml_node_t *node, const char *what,
			       struct tmd_error *err)
{
	if (++reader->nodes > TMD_PROFILE_NODES) {
		reader->full = true;
		return fail_node(reader, node, NULL, err, "more than %d values",
				 TMD_PROFILE_NODES);
	}
	if (node->type != YAML_SCALAR_NODE)
		return fail_node(reader, node, NULL, err, "%s must be plain text", what);
	if (strlen(scalar_text(node)) != node->data.scalar.length)
		return fail_node(reader, node, NULL, err, "%s holds a NUL character", what);
	return TMD_OK;
}

/* ---- variables ---- */

static struct variable *find_variable(const struct reader *reader, const char *name, size_t len)
{
	for (size_t i = 0; i < reader->variable_count; i++) {
		struct variable *variable = &reader->variables[i];

		if (strlen(variable->name) == len && memcmp(variable->name, name, len) == 0)
			return variable;
	}
	return NULL;
}

static void list_variables(const struct reader *reader, struct tmd_buf *out)
{
	tmd_buf_add_str(out, reader->variable_count ? "variables: " : "the profile has none");
	for (size_t i = 0; i < reader->variable_count; i++)
		tmd_buf_addf(out, "%s%s", i ? ", " : "", reader->variables[i].name);
}

static bool name_is_fine(const char *name)
{
	if (!tmd_is_alpha(*name) || !strcmp(name, "item"))
		return false;
	for (; *name; name++) {
		if (!tmd_is_alpha(*name) && !tmd_is_digit(*name) && *name != '_')
			return false;
	}
	return true;
}

static enum tmd_rc add_variable(struct reader *reader, const yaml_node_t *key,
				struct variable **out, struct tmd_error *err)
{
	const char *name = scalar_text(key);
	struct variable *variable;

	if (!name_is_fine(name))
		return fail_node(reader, key, "letters, digits and _; 'item' is taken", err,
				 "'%.100s' is no name for a variable", name);
	if (find_variable(reader, name, strlen(name)))
		return fail_node(reader, key, NULL, err, "variable '%s' stands twice", name);
	reader->variables = tmd_grow(reader->variables, &reader->variable_cap,
				     reader->variable_count + 1, sizeof(*variable));
	variable = &reader->variables[reader->variable_count++];
	memset(variable, 0, sizeof(*variable));
	variable->name = tmd_strdup(name);
	*out = variable;
	return TMD_OK;
}

static enum tmd_rc read_values(struct reader *reader, const yaml_node_t *value,
			       struct variable *variable, struct tmd_error *err)
{
	if (value->type == YAML_SCALAR_NODE) {
		if (want_scalar(reader, value, "a variable", err))
			return TMD_FAILED;
		tmd_strv_add(&variable->values, scalar_is_null(value) ? "" : scalar_text(value));
		return TMD_OK;
	}
	if (value->type != YAML_SEQUENCE_NODE)
		return fail_node(reader, value, NULL, err,
				 "variable '%s' must be text or a list of texts", variable->name);
	variable->is_list = true;
	for (const yaml_node_item_t *item = value->data.sequence.items.start;
	     item < value->data.sequence.items.top; item++) {
		const yaml_node_t *node = node_at(reader, *item);

		if (want_scalar(reader, node, "an item of a variable", err))
			return TMD_FAILED;
		tmd_strv_add(&variable->values, scalar_text(node));
	}
	return TMD_OK;
}

/* One entry of a variable that has a value for each system; a list on one is a list on all. */
static enum tmd_rc check_system(struct reader *reader, const yaml_node_t *key,
				const yaml_node_t *value, const yaml_node_t *first,
				struct tmd_error *err)
{
	if (want_scalar(reader, key, "the name of a system", err))
		return TMD_FAILED;
	if (strcmp(scalar_text(key), "linux") != 0 && strcmp(scalar_text(key), "windows") != 0)
		return fail_node(reader, key, "systems: linux, windows", err,
				 "'%.100s' is no system", scalar_text(key));
	if (value->type != first->type)
		return fail_node(reader, value, NULL, err,
				 "text for one system and a list for another");
	return TMD_OK;
}

/* The value for the system that this runs on, of `linux: …` and `windows: …`. */
static enum tmd_rc choose_system(struct reader *reader, const yaml_node_t *map,
				 const yaml_node_t **out, struct tmd_error *err)
{
	const yaml_node_pair_t *first = map->data.mapping.pairs.start;
	const yaml_node_t *chosen = NULL;

	for (const yaml_node_pair_t *pair = first; pair < map->data.mapping.pairs.top; pair++) {
		const yaml_node_t *key = node_at(reader, pair->key);
		const yaml_node_t *value = node_at(reader, pair->value);

		if (check_system(reader, key, value, node_at(reader, first->value), err))
			return TMD_FAILED;
		if (strcmp(scalar_text(key), tmd_os_name()) != 0)
			continue;
		if (chosen)
			return fail_node(reader, key, "keep one", err, "'%s' stands twice",
					 scalar_text(key));
		chosen = value;
	}
	*out = chosen;
	return TMD_OK;
}

/* Of the same kind as for other systems; to be given by a setting, or not used. */
static void leave_missing(struct reader *reader, const yaml_node_t *map, struct variable *variable)
{
	const yaml_node_pair_t *first = map->data.mapping.pairs.start;

	variable->missing = true;
	variable->is_list = first < map->data.mapping.pairs.top &&
			    node_at(reader, first->value)->type == YAML_SEQUENCE_NODE;
	if (!variable->is_list)
		tmd_strv_add(&variable->values, "");
}

static enum tmd_rc check_has_value(struct reader *reader, const yaml_node_t *node,
				   const struct variable *variable, struct tmd_error *err)
{
	if (!variable || !variable->missing || variable->set)
		return TMD_OK;
	return fail_node(reader, node, "or replace it with --set", err,
			 "variable '%s' has no value for this system: add '%s: …' to it",
			 variable->name, tmd_os_name());
}

static enum tmd_rc read_variable(struct reader *reader, const yaml_node_t *key,
				 const yaml_node_t *value, struct tmd_error *err)
{
	const yaml_node_t *chosen = NULL;
	struct variable *variable;

	if (want_scalar(reader, key, "the name of a variable", err) ||
	    add_variable(reader, key, &variable, err))
		return TMD_FAILED;
	if (value->type != YAML_MAPPING_NODE)
		return read_values(reader, value, variable, err);
	if (choose_system(reader, value, &chosen, err))
		return TMD_FAILED;
	if (!chosen) {
		leave_missing(reader, value, variable);
		return TMD_OK;
	}
	return read_values(reader, chosen, variable, err);
}

static enum tmd_rc read_variables(struct reader *reader, const yaml_node_t *node,
				  struct tmd_error *err)
{
	if (node->type == YAML_SCALAR_NODE && scalar_is_null(node))
		return TMD_OK;
	if (node->type != YAML_MAPPING_NODE)
		return fail_node(reader, node, NULL, err, "'variables' must be a mapping");
	for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
	     pair < node->data.mapping.pairs.top; pair++) {
		if (read_variable(reader, node_at(reader, pair->key),
				  node_at(reader, pair->value), err))
			return TMD_FAILED;
	}
	return TMD_OK;
}

static void drop_values(struct variable *variable)
{
	while (variable->values.count)
		tmd_strv_remove(&variable->values, variable->values.count - 1);
}

static enum tmd_rc apply_setting(struct reader *reader, const char *setting, struct tmd_error *err)
{
	TMD_AUTO_BUF struct tmd_buf hint = { 0 };
	const char *equals = strchr(setting, '=');
	struct variable *variable;

	if (!equals)
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, "write --set NAME=value",
				"--set '%.200s' has no '='", setting);
	variable = find_variable(reader, setting, (size_t)(equals - setting));
	if (!variable) {
		list_variables(reader, &hint);
		return tmd_fail(err, TMD_E_INVALID_INPUT, reader->name, tmd_buf_str(&hint),
				"--set: no variable '%.*s' in %s", (int)(equals - setting), setting,
				reader->name);
	}
	if (variable->set && !variable->is_list)
		return tmd_fail(err, TMD_E_INVALID_INPUT, reader->name, "give it once",
				"--set: '%s' is no list", variable->name);
	if (!variable->set)
		drop_values(variable);
	variable->set = true;
	if (!variable->is_list || equals[1])
		tmd_strv_add(&variable->values, equals + 1);
	return TMD_OK;
}

/* ---- substitution ---- */

static enum tmd_rc substitute_one(struct reader *reader, const yaml_node_t *node,
				  const char *name, size_t len, struct tmd_buf *out,
				  struct tmd_error *err)
{
	TMD_AUTO_BUF struct tmd_buf hint = { 0 };
	const struct variable *variable = find_variable(reader, name, len);

	if (len == 4 && !memcmp(name, "item", 4) && reader->item) {
		tmd_buf_add_str(out, reader->item);
		return TMD_OK;
	}
	if (!variable) {
		list_variables(reader, &hint);
		return fail_node(reader, node, tmd_buf_str(&hint), err,
				 "no variable '%.*s'", (int)len, name);
	}
	if (check_has_value(reader, node, variable, err))
		return TMD_FAILED;
	if (variable->is_list)
		return fail_node(reader, node, "use it in foreach, or as a whole item of a list", err,
				 "variable '%s' is a list", variable->name);
	tmd_buf_add_str(out, variable->values.items[0]);
	return TMD_OK;
}

static enum tmd_rc substitute(struct reader *reader, const yaml_node_t *node, struct tmd_buf *out,
			      struct tmd_error *err)
{
	const char *text = scalar_text(node);

	while (*text) {
		const char *end;

		if (tmd_str_starts(text, "$${")) {
			tmd_buf_add_str(out, "${");
			text += 3;
			continue;
		}
		if (!tmd_str_starts(text, "${")) {
			tmd_buf_add_char(out, *text++);
			continue;
		}
		end = strchr(text, '}');
		if (!end)
			return fail_node(reader, node, "write $${ for a literal ${", err,
					 "'${' without '}'");
		if (substitute_one(reader, node, text + 2, (size_t)(end - text - 2), out, err))
			return TMD_FAILED;
		text = end + 1;
	}
	return tmd_buf_check(out, reader->name, err);
}

/* The list variable that a scalar consists of, or NULL. */
static const struct variable *whole_list(const struct reader *reader, const yaml_node_t *node)
{
	const char *text = scalar_text(node);
	size_t len = strlen(text);
	const struct variable *variable;

	if (!tmd_str_starts(text, "${") || text[len - 1] != '}')
		return NULL;
	variable = find_variable(reader, text + 2, len - 3);
	return variable && variable->is_list ? variable : NULL;
}

/* ---- resources ---- */

static enum tmd_rc add_item(struct reader *reader, const yaml_node_t *node,
			    struct tmd_value *value, struct tmd_error *err)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	const struct variable *list;

	if (want_scalar(reader, node, "an item of a list", err))
		return TMD_FAILED;
	list = whole_list(reader, node);
	if (check_has_value(reader, node, list, err))
		return TMD_FAILED;
	if (list) {
		for (size_t i = 0; i < list->values.count; i++)
			tmd_value_list_add(value, list->values.items[i]);
		return TMD_OK;
	}
	if (substitute(reader, node, &text, err))
		return TMD_FAILED;
	tmd_value_list_add(value, tmd_buf_str(&text));
	return TMD_OK;
}

/* The field table's verdict, with the line of the node that it is about. */
static enum tmd_rc set_value(struct reader *reader, struct tmd_result *result, size_t index,
			     const yaml_node_t *node, struct tmd_value *value,
			     struct tmd_error *err)
{
	if (tmd_attribute_set(result, index, value, err))
		return at_line(reader, node->start_mark.line + 1, err);
	return TMD_OK;
}

static enum tmd_rc set_list(struct reader *reader, struct tmd_result *result, size_t index,
			    const yaml_node_t *node, struct tmd_error *err)
{
	TMD_AUTO_VALUE struct tmd_value value = { .kind = TMD_V_LIST };

	for (const yaml_node_item_t *item = node->data.sequence.items.start;
	     item < node->data.sequence.items.top; item++) {
		if (add_item(reader, node_at(reader, *item), &value, err))
			return TMD_FAILED;
	}
	return set_value(reader, result, index, node, &value, err);
}

static enum tmd_rc set_scalar(struct reader *reader, struct tmd_result *result, size_t index,
			      const yaml_node_t *node, struct tmd_error *err)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	const struct variable *list;

	if (want_scalar(reader, node, "an attribute", err))
		return TMD_FAILED;
	if (scalar_is_null(node))
		return TMD_OK;
	list = whole_list(reader, node);
	if (check_has_value(reader, node, list, err))
		return TMD_FAILED;
	if (list && result->resource.type->fields[index].type == TMD_T_LIST) {
		TMD_AUTO_VALUE struct tmd_value value = { 0 };

		tmd_value_set_list(&value, &list->values);
		return set_value(reader, result, index, node, &value, err);
	}
	if (substitute(reader, node, &text, err))
		return TMD_FAILED;
	if (tmd_attribute_set_text(result, index, tmd_buf_str(&text), err))
		return at_line(reader, node->start_mark.line + 1, err);
	return TMD_OK;
}

/* What a misspelt attribute says, when that is plain text. */
static void guess_attribute(struct reader *reader, struct tmd_result *result, const char *name,
			    const yaml_node_t *value)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	struct tmd_error ignored;

	if (value->type == YAML_SCALAR_NODE && substitute(reader, value, &text, &ignored) == TMD_OK)
		tmd_malformed_guess(result, name, tmd_buf_str(&text));
}

static enum tmd_rc set_attribute(struct reader *reader, struct tmd_result *result,
				 const yaml_node_t *key, const yaml_node_t *value,
				 struct tmd_error *err)
{
	const char *name = scalar_text(key);
	size_t index;

	if (tmd_attribute_find(result->resource.type, name, &index, err)) {
		guess_attribute(reader, result, name, value);
		return at_line(reader, key->start_mark.line + 1, err);
	}
	if (result->given[index])
		return fail_node(reader, key, "keep one", err, "attribute '%s' stands twice", name);
	if (value->type == YAML_SEQUENCE_NODE)
		return set_list(reader, result, index, value, err);
	return set_scalar(reader, result, index, value, err);
}

static bool is_structural(const char *key)
{
	return !strcmp(key, "type") || !strcmp(key, "foreach");
}

/* Reads on after an error: what names the resource may stand behind it. */
static void fill_resource(struct reader *reader, struct tmd_result *result,
			  const yaml_node_t *node)
{
	struct tmd_error err;

	for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
	     pair < node->data.mapping.pairs.top; pair++) {
		const yaml_node_t *key = node_at(reader, pair->key);

		if (key->type == YAML_SCALAR_NODE && !is_structural(scalar_text(key)) &&
		    set_attribute(reader, result, key, node_at(reader, pair->value), &err))
			tmd_malformed_note(result, &err);
	}
	if (tmd_attributes_finish(result, reader->run->ctx.fs, &err)) {
		add_line(reader, node->start_mark.line + 1, &err);
		tmd_malformed_note(result, &err);
	}
}

/* `wrong` is what is known to be wrong with it. Fails when the profile is full. */
static enum tmd_rc build_resource(struct reader *reader, const yaml_node_t *node,
				  const struct tmd_type *type, const struct tmd_error *wrong,
				  struct tmd_error *err)
{
	struct tmd_result *result;

	if (reader->run->count >= TMD_RESOURCES_MAX) {
		reader->full = true;
		return fail_node(reader, node, "split the profile", err, "more than %d resources",
				 TMD_RESOURCES_MAX);
	}
	result = tmd_run_add(reader->run, type, reader->base_dir);
	tmd_malformed_note(result, wrong);
	if (node->type == YAML_MAPPING_NODE)
		fill_resource(reader, result, node);
	if (!reader->full)
		return TMD_OK;
	*err = result->error;
	return TMD_FAILED;
}

/* The scalar under a structural key, NULL when the key is missing. */
static enum tmd_rc structural(struct reader *reader, const yaml_node_t *node, const char *wanted,
			      const yaml_node_t **out, struct tmd_error *err)
{
	*out = NULL;
	for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
	     pair < node->data.mapping.pairs.top; pair++) {
		const yaml_node_t *key = node_at(reader, pair->key);

		if (want_scalar(reader, key, "the name of an attribute", err))
			return TMD_FAILED;
		if (strcmp(scalar_text(key), wanted) != 0)
			continue;
		if (*out)
			return fail_node(reader, key, "keep one", err, "'%s' stands twice", wanted);
		*out = node_at(reader, pair->value);
		if (want_scalar(reader, *out, wanted, err))
			return TMD_FAILED;
	}
	return TMD_OK;
}

static enum tmd_rc find_list(struct reader *reader, const yaml_node_t *foreach,
			     const struct tmd_strv **list, struct tmd_error *err)
{
	TMD_AUTO_BUF struct tmd_buf hint = { 0 };
	const char *name = scalar_text(foreach);
	const struct variable *variable = find_variable(reader, name, strlen(name));

	if (!variable || !variable->is_list) {
		list_variables(reader, &hint);
		return fail_node(reader, foreach, tmd_buf_str(&hint), err,
				 "foreach: no list variable '%.100s'", name);
	}
	if (check_has_value(reader, foreach, variable, err))
		return TMD_FAILED;
	*list = &variable->values;
	return TMD_OK;
}

static enum tmd_rc repeat_resource(struct reader *reader, const yaml_node_t *node,
				   const struct tmd_strv *list, const struct tmd_type *type,
				   const struct tmd_error *wrong, struct tmd_error *err)
{
	for (size_t i = 0; i < list->count; i++) {
		reader->item = list->items[i];
		if (build_resource(reader, node, type, wrong, err))
			return TMD_FAILED;
	}
	reader->item = NULL;
	return TMD_OK;
}

static enum tmd_rc find_type(struct reader *reader, const yaml_node_t *node,
			     const yaml_node_t *named, const struct tmd_type **out,
			     struct tmd_error *err)
{
	TMD_AUTO_FREE char *hint = NULL;
	const struct tmd_type *nearest;

	if (!named)
		return fail_node(reader, node, LIST_TYPES, err, "a resource without 'type'");
	*out = tmd_type_find(reader->types, scalar_text(named));
	if (*out)
		return TMD_OK;
	*out = &tmd_type_unknown;
	nearest = tmd_type_nearest(reader->types, scalar_text(named));
	hint = tmd_format("did you mean '%s'? " LIST_TYPES, nearest ? nearest->name : "");
	return fail_node(reader, named, nearest ? hint : LIST_TYPES, err, "unknown type '%.100s'",
			 scalar_text(named));
}

static enum tmd_rc read_resource(struct reader *reader, const yaml_node_t *node,
				 struct tmd_error *err)
{
	const yaml_node_t *type_node;
	const yaml_node_t *foreach;
	const struct tmd_type *type = &tmd_type_unknown;
	const struct tmd_strv *list = NULL;
	struct tmd_error wrong = { 0 };
	struct tmd_error no_list;
	struct tmd_error no_type;

	if (node->type != YAML_MAPPING_NODE)
		return fail_node(reader, node, "write '- type: …' and its attributes", err,
				 "a resource must be a mapping");
	if (structural(reader, node, "type", &type_node, err) ||
	    structural(reader, node, "foreach", &foreach, err))
		return TMD_FAILED;
	if (foreach && find_list(reader, foreach, &list, &no_list))
		wrong = no_list;
	if (find_type(reader, node, type_node, &type, &no_type))
		wrong = no_type;
	/* What is wrong has to be told, of nothing too. */
	if (list && (list->count || !wrong.kind))
		return repeat_resource(reader, node, list, type, &wrong, err);
	return build_resource(reader, node, type, &wrong, err);
}

/* A resource that could not be made one of the run stands in it all the same, with the reason. */
static enum tmd_rc add_resource(struct reader *reader, const yaml_node_t *node,
				struct tmd_error *err)
{
	struct tmd_error wrong;

	if (read_resource(reader, node, &wrong) == TMD_OK)
		return TMD_OK;
	if (!reader->full)
		return build_resource(reader, node, &tmd_type_unknown, &wrong, err);
	*err = wrong;
	return TMD_FAILED;
}

static enum tmd_rc read_resources(struct reader *reader, const yaml_node_t *node,
				  struct tmd_error *err)
{
	if (node->type != YAML_SEQUENCE_NODE)
		return fail_node(reader, node, NULL, err, "'resources' must be a list");
	for (const yaml_node_item_t *item = node->data.sequence.items.start;
	     item < node->data.sequence.items.top; item++) {
		if (add_resource(reader, node_at(reader, *item), err))
			return TMD_FAILED;
	}
	return TMD_OK;
}

/* ---- the document ---- */

enum top_key {
	TOP_FORMAT,
	TOP_VARIABLES,
	TOP_RESOURCES,
	TOP_COUNT,
};

static const char *const top_names[TOP_COUNT] = { "trustmend", "variables", "resources" };

static bool says_format(struct reader *reader, const yaml_node_t *root)
{
	for (const yaml_node_pair_t *pair = root->data.mapping.pairs.start;
	     pair < root->data.mapping.pairs.top; pair++) {
		const yaml_node_t *key = node_at(reader, pair->key);

		if (key->type == YAML_SCALAR_NODE &&
		    strcmp(scalar_text(key), top_names[TOP_FORMAT]) == 0)
			return true;
	}
	return false;
}

static enum tmd_rc find_top_keys(struct reader *reader, const yaml_node_t *root,
				 const yaml_node_t *found[TOP_COUNT], struct tmd_error *err)
{
	/* What does not say that it is a profile may be any file: nothing of it is quoted. */
	if (!says_format(reader, root))
		return fail_node(reader, root, "write 'trustmend: 1'", err,
				 "the profile does not say that it is of format 1");
	for (const yaml_node_pair_t *pair = root->data.mapping.pairs.start;
	     pair < root->data.mapping.pairs.top; pair++) {
		const yaml_node_t *key = node_at(reader, pair->key);
		size_t i = 0;

		if (want_scalar(reader, key, "a key", err))
			return TMD_FAILED;
		while (i < TOP_COUNT && strcmp(top_names[i], scalar_text(key)) != 0)
			i++;
		if (i == TOP_COUNT)
			return fail_node(reader, key, "keys: trustmend, variables, resources", err,
					 "unknown key '%.100s'", scalar_text(key));
		if (found[i])
			return fail_node(reader, key, "keep one", err, "'%s' stands twice",
					 top_names[i]);
		found[i] = node_at(reader, pair->value);
	}
	return TMD_OK;
}

static enum tmd_rc read_document(struct reader *reader, const struct tmd_strv *settings,
				 struct tmd_error *err)
{
	const yaml_node_t *root = yaml_document_get_root_node(&reader->document);
	const yaml_node_t *found[TOP_COUNT] = { NULL };

	if (!root)
		return tmd_fail(err, TMD_E_INVALID_INPUT, reader->name,
				"start with 'trustmend: 1' and 'resources:'", "%s: empty profile",
				reader->name);
	if (root->type != YAML_MAPPING_NODE)
		return fail_node(reader, root, "start with 'trustmend: 1' and 'resources:'", err,
				 "a profile must be a mapping");
	if (find_top_keys(reader, root, found, err))
		return TMD_FAILED;
	if (!found[TOP_FORMAT] || found[TOP_FORMAT]->type != YAML_SCALAR_NODE ||
	    strcmp(scalar_text(found[TOP_FORMAT]), "1") != 0)
		return fail_node(reader, found[TOP_FORMAT] ? found[TOP_FORMAT] : root,
				 "write 'trustmend: 1'", err,
				 "the profile does not say that it is of format 1");
	if (!found[TOP_RESOURCES])
		return fail_node(reader, root, NULL, err, "'resources' is missing");
	if (found[TOP_VARIABLES] && read_variables(reader, found[TOP_VARIABLES], err))
		return TMD_FAILED;
	for (size_t i = 0; i < settings->count; i++) {
		if (apply_setting(reader, settings->items[i], err))
			return TMD_FAILED;
	}
	return read_resources(reader, found[TOP_RESOURCES], err);
}

/*
 * libyaml composes recursively and expands nothing, but deep nesting and endless aliases
 * are not what a profile is made of: both are refused on the event stream beforehand.
 */
static enum tmd_rc check_events(const char *data, size_t len, const char *name,
				struct tmd_error *err)
{
	yaml_parser_t parser;
	yaml_event_t event;
	size_t documents = 0;
	size_t depth = 0;
	bool done = false;
	enum tmd_rc rc = TMD_OK;

	if (!yaml_parser_initialize(&parser))
		abort();
	yaml_parser_set_input_string(&parser, (const unsigned char *)data, len);
	while (!done && rc == TMD_OK) {
		if (!yaml_parser_parse(&parser, &event)) {
			rc = tmd_fail(err, TMD_E_INVALID_INPUT, name, "mend the YAML there",
				      "%s:%zu: %s", name, parser.problem_mark.line + 1,
				      parser.problem ? parser.problem : "not valid YAML");
			break;
		}
		if (event.type == YAML_SEQUENCE_START_EVENT || event.type == YAML_MAPPING_START_EVENT)
			depth++;
		if (event.type == YAML_SEQUENCE_END_EVENT || event.type == YAML_MAPPING_END_EVENT)
			depth--;
		documents += event.type == YAML_DOCUMENT_START_EVENT;
		done = event.type == YAML_STREAM_END_EVENT;
		if (depth > TMD_PROFILE_DEPTH || event.type == YAML_ALIAS_EVENT || documents > 1)
			rc = tmd_fail(err, TMD_E_INVALID_INPUT, name,
				      "use variables instead of aliases, and one document a file",
				      "%s:%zu: %s", name, event.start_mark.line + 1,
				      documents > 1		     ? "a second document" :
				      event.type == YAML_ALIAS_EVENT ? "an alias" :
								       "nested too deep");
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	return rc;
}

enum tmd_rc tmd_profile_add(struct tmd_run *run, const struct tmd_type *const *types,
			    const char *data, size_t len, const char *name, const char *base_dir,
			    const struct tmd_strv *settings, struct tmd_error *err)
{
	struct reader reader = {
		.run = run, .types = types, .name = name, .base_dir = base_dir
	};
	yaml_parser_t parser;
	enum tmd_rc rc;

	if (check_events(data, len, name, err))
		return TMD_FAILED;
	if (!yaml_parser_initialize(&parser))
		abort();
	yaml_parser_set_input_string(&parser, (const unsigned char *)data, len);
	if (!yaml_parser_load(&parser, &reader.document)) {
		rc = tmd_fail(err, TMD_E_INVALID_INPUT, name, "mend the YAML there", "%s:%zu: %s",
			      name, parser.problem_mark.line + 1,
			      parser.problem ? parser.problem : "not valid YAML");
		yaml_parser_delete(&parser);
		return rc;
	}
	rc = read_document(&reader, settings, err);
	yaml_parser_delete(&parser);
	release_reader(&reader);
	return rc;
}
