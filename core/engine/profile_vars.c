/* Variables: defaults, values for each system, settings, substitution. */
#include "engine/profile_vars.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/spelling.h"
#include "base/str.h"
#include "os/console.h"
#include "resources/paths.h"

void tmd_profile_release(struct tmd_profile *profile)
{
	for (size_t i = 0; i < profile->variable_count; i++) {
		free(profile->variables[i].name);
		tmd_strv_release(&profile->variables[i].values);
	}
	free(profile->variables);
	tmd_yaml_release(&profile->doc);
}

/* ---- errors ---- */

void tmd_profile_add_line(const struct tmd_profile *profile, size_t line, struct tmd_error *err)
{
	tmd_error_set(err, err->kind, profile->name, err->hint, "%s:%zu: %s", profile->name, line,
		      err->message);
}

void tmd_profile_set_error(const struct tmd_profile *profile, const struct tmd_yaml_node *node,
			   const char *hint, struct tmd_error *err, const char *fmt, ...)
{
	char message[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(message, sizeof(message), fmt, args);
	va_end(args);
	tmd_error_set(err, TMD_E_INVALID_INPUT, NULL, hint, "%s", message);
	tmd_profile_add_line(profile, node->line, err);
}

/* What a scalar can be that is no text of a profile, or NULL. */
static const char *unwanted(const struct tmd_yaml_node *node)
{
	if (strlen(node->text) != node->len)
		return "a text with a NUL";
	if (node->tag == TMD_YAML_MERGE)
		return "a merge key (<<)";
	return node->tag == TMD_YAML_BINARY ? "binary" : NULL;
}

enum tmd_rc tmd_profile_want_scalar(const struct tmd_profile *profile,
				    const struct tmd_yaml_node *node, const char *what,
				    struct tmd_error *err)
{
	const char *it = node->kind == TMD_YAML_SCALAR ? unwanted(node) : NULL;

	if (it)
		return tmd_profile_fail(profile, node, "write it out as plain text", err,
					"%s cannot be %s", what, it);
	if (node->kind != TMD_YAML_SCALAR)
		return tmd_profile_fail(profile, node, NULL, err, "%s must be plain text", what);
	return TMD_OK;
}

enum tmd_rc tmd_profile_check_keys(const struct tmd_profile *profile,
				   const struct tmd_yaml_node *map, struct tmd_error *err)
{
	const struct tmd_yaml_node *first = tmd_yaml_first(&profile->doc, map);

	for (const struct tmd_yaml_node *key = first; key;
	     key = tmd_yaml_next_key(&profile->doc, key)) {
		const struct tmd_yaml_node *same = first;

		if (tmd_profile_want_scalar(profile, key, "a key", err))
			return TMD_FAILED;
		while (strcmp(same->text, key->text) != 0)
			same = tmd_yaml_next_key(&profile->doc, same);
		if (same != key)
			return tmd_profile_fail(profile, key, "keep one", err,
						"'%.100s' stands twice", key->text);
	}
	return TMD_OK;
}

/* ---- reading ---- */

static struct tmd_variable *find_variable(const struct tmd_profile *profile, const char *name,
					  size_t len)
{
	for (size_t i = 0; i < profile->variable_count; i++) {
		struct tmd_variable *variable = &profile->variables[i];

		if (strlen(variable->name) == len && memcmp(variable->name, name, len) == 0)
			return variable;
	}
	return NULL;
}

void tmd_profile_list_variables(const struct tmd_profile *profile, const char *word, size_t len,
				struct tmd_buf *out)
{
	TMD_AUTO_FREE char *name = tmd_strndup(word, len);
	struct tmd_guess guess = { .word = name };

	for (size_t i = 0; i < profile->variable_count; i++)
		tmd_guess_try(&guess, profile->variables[i].name);
	tmd_guess_tell(&guess, out);
	tmd_buf_add_str(out, profile->variable_count ? "variables: " : "the profile has none");
	for (size_t i = 0; i < profile->variable_count; i++)
		tmd_buf_addf(out, "%s%s", i ? ", " : "", profile->variables[i].name);
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

static enum tmd_rc add_variable(struct tmd_profile *profile, const struct tmd_yaml_node *key,
				struct tmd_variable **out, struct tmd_error *err)
{
	struct tmd_variable *variable;

	if (!name_is_fine(key->text))
		return tmd_profile_fail(profile, key, "letters, digits and _; 'item' is taken", err,
					"'%.100s' is no name for a variable", key->text);
	profile->variables = tmd_grow(profile->variables, &profile->variable_cap,
				      profile->variable_count + 1, sizeof(*variable));
	variable = &profile->variables[profile->variable_count++];
	memset(variable, 0, sizeof(*variable));
	variable->name = tmd_strdup(key->text);
	*out = variable;
	return TMD_OK;
}

static enum tmd_rc read_values(struct tmd_profile *profile, const struct tmd_yaml_node *value,
			       struct tmd_variable *variable, struct tmd_error *err)
{
	if (value->kind == TMD_YAML_SCALAR) {
		if (tmd_profile_want_scalar(profile, value, "a variable", err))
			return TMD_FAILED;
		tmd_strv_add(&variable->values, value->tag == TMD_YAML_NULL ? "" : value->text);
		return TMD_OK;
	}
	if (value->kind != TMD_YAML_SEQUENCE)
		return tmd_profile_fail(profile, value, NULL, err,
					"variable '%s' must be text or a list of texts",
					variable->name);
	variable->is_list = true;
	for (const struct tmd_yaml_node *item = tmd_yaml_first(&profile->doc, value); item;
	     item = tmd_yaml_next(&profile->doc, item)) {
		if (tmd_profile_want_scalar(profile, item, "an item of a variable", err))
			return TMD_FAILED;
		tmd_strv_add(&variable->values, item->text);
	}
	return TMD_OK;
}

/* The values for each system; a list on one is a list on all. */
static enum tmd_rc check_systems(const struct tmd_profile *profile, const struct tmd_yaml_node *map,
				 struct tmd_error *err)
{
	const struct tmd_yaml_node *key = tmd_yaml_first(&profile->doc, map);
	const struct tmd_yaml_node *first = key ? tmd_yaml_next(&profile->doc, key) : NULL;

	for (; key; key = tmd_yaml_next_key(&profile->doc, key)) {
		const struct tmd_yaml_node *value = tmd_yaml_next(&profile->doc, key);

		if (!tmd_yaml_is_text(key, "linux") && !tmd_yaml_is_text(key, "windows"))
			return tmd_profile_fail(profile, key, "systems: linux, windows", err,
						"'%.100s' is no system", key->text);
		if (value->kind != first->kind)
			return tmd_profile_fail(profile, value, NULL, err,
						"text for one system and a list for another");
	}
	return TMD_OK;
}

/* Of the same kind as for other systems; to be given by a setting, or not used. */
static void leave_missing(const struct tmd_profile *profile, const struct tmd_yaml_node *map,
			  struct tmd_variable *variable)
{
	const struct tmd_yaml_node *key = tmd_yaml_first(&profile->doc, map);

	variable->missing = true;
	variable->is_list =
		key && tmd_yaml_next(&profile->doc, key)->kind == TMD_YAML_SEQUENCE;
	if (!variable->is_list)
		tmd_strv_add(&variable->values, "");
}

/* Does a mapping say what the variable means, and not only its values for each system? */
static bool is_declaration(const struct tmd_profile *profile, const struct tmd_yaml_node *map)
{
	return tmd_yaml_find(&profile->doc, map, "default") ||
	       tmd_yaml_find(&profile->doc, map, "description");
}

static enum tmd_rc read_declaration(const struct tmd_profile *profile,
				    const struct tmd_yaml_node *map, struct tmd_variable *variable,
				    struct tmd_error *err)
{
	for (const struct tmd_yaml_node *key = tmd_yaml_first(&profile->doc, map); key;
	     key = tmd_yaml_next_key(&profile->doc, key)) {
		const struct tmd_yaml_node *value = tmd_yaml_next(&profile->doc, key);

		if (tmd_yaml_is_text(key, "default")) {
			variable->value = value;
			continue;
		}
		if (!tmd_yaml_is_text(key, "description"))
			return tmd_profile_fail(profile, key, "keys: description, default", err,
						"unknown key '%.100s' of a variable", key->text);
		if (tmd_profile_want_scalar(profile, value, "a description", err))
			return TMD_FAILED;
		variable->doc = value->text;
	}
	if (variable->value)
		return TMD_OK;
	return tmd_profile_fail(profile, map, "give one: [] is an empty list", err,
				"variable '%s' has no default", variable->name);
}

static enum tmd_rc read_default(struct tmd_profile *profile, struct tmd_variable *variable,
				struct tmd_error *err)
{
	const struct tmd_yaml_node *chosen = variable->value;

	if (chosen->kind == TMD_YAML_MAPPING) {
		if (tmd_profile_check_keys(profile, chosen, err) ||
		    check_systems(profile, chosen, err))
			return TMD_FAILED;
		chosen = tmd_yaml_find(&profile->doc, chosen, tmd_os_name());
	}
	if (chosen)
		return read_values(profile, chosen, variable, err);
	leave_missing(profile, variable->value, variable);
	return TMD_OK;
}

static enum tmd_rc read_variable(struct tmd_profile *profile, const struct tmd_yaml_node *key,
				 struct tmd_error *err)
{
	const struct tmd_yaml_node *value = tmd_yaml_next(&profile->doc, key);
	struct tmd_variable *variable;

	if (add_variable(profile, key, &variable, err))
		return TMD_FAILED;
	if (value->kind != TMD_YAML_MAPPING || !is_declaration(profile, value))
		variable->value = value;
	else if (tmd_profile_check_keys(profile, value, err) ||
		 read_declaration(profile, value, variable, err))
		return TMD_FAILED;
	return read_default(profile, variable, err);
}

enum tmd_rc tmd_profile_read_variables(struct tmd_profile *profile,
				       const struct tmd_yaml_node *node, struct tmd_error *err)
{
	if (node->tag == TMD_YAML_NULL)
		return TMD_OK;
	if (node->kind != TMD_YAML_MAPPING)
		return tmd_profile_fail(profile, node, NULL, err, "'variables' must be a mapping");
	if (tmd_profile_check_keys(profile, node, err))
		return TMD_FAILED;
	for (const struct tmd_yaml_node *key = tmd_yaml_first(&profile->doc, node); key;
	     key = tmd_yaml_next_key(&profile->doc, key)) {
		if (read_variable(profile, key, err))
			return TMD_FAILED;
	}
	return TMD_OK;
}

enum tmd_rc tmd_profile_apply_setting(struct tmd_profile *profile, const char *setting,
				      struct tmd_error *err)
{
	TMD_AUTO_BUF struct tmd_buf hint = { 0 };
	const char *equals = strchr(setting, '=');
	struct tmd_variable *variable;

	if (!equals)
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, "write --set NAME=value",
				"--set '%.200s' has no '='", setting);
	variable = find_variable(profile, setting, (size_t)(equals - setting));
	if (!variable) {
		tmd_profile_list_variables(profile, setting, (size_t)(equals - setting), &hint);
		return tmd_fail(err, TMD_E_INVALID_INPUT, profile->name, tmd_buf_str(&hint),
				"--set: no variable '%.*s' in %s", (int)(equals - setting), setting,
				profile->name);
	}
	if (variable->set && !variable->is_list)
		return tmd_fail(err, TMD_E_INVALID_INPUT, profile->name, "give it once",
				"--set: '%s' is no list", variable->name);
	if (!variable->set)
		tmd_strv_release(&variable->values);
	variable->set = true;
	if (variable->is_list)
		tmd_paths_split(equals + 1, &variable->values);
	else
		tmd_strv_add(&variable->values, equals + 1);
	return TMD_OK;
}

/* ---- use ---- */

static enum tmd_rc check_has_value(const struct tmd_profile *profile,
				   const struct tmd_yaml_node *node,
				   const struct tmd_variable *variable, struct tmd_error *err)
{
	if (!variable->missing || variable->set)
		return TMD_OK;
	return tmd_profile_fail(profile, node, "or replace it with --set", err,
				"variable '%s' has no value for this system: add '%s: …' to it",
				variable->name, tmd_os_name());
}

enum tmd_rc tmd_profile_find_list(const struct tmd_profile *profile,
				  const struct tmd_yaml_node *node, bool bare,
				  const struct tmd_variable **out, struct tmd_error *err)
{
	const char *name = node->text;
	size_t len = node->len;
	const struct tmd_variable *variable;

	*out = NULL;
	if (!bare) {
		if (!tmd_str_starts(name, "${") || name[len - 1] != '}')
			return TMD_OK;
		name += 2;
		len -= 3;
	}
	variable = find_variable(profile, name, len);
	if (!variable || !variable->is_list)
		return TMD_OK;
	*out = variable;
	return check_has_value(profile, node, variable, err);
}

#define ANY "any "

/* ${any LIST}: its items with "or" between them. */
static enum tmd_rc substitute_any(const struct tmd_profile *profile,
				  const struct tmd_yaml_node *node, const char *name, size_t len,
				  struct tmd_buf *out, struct tmd_error *err)
{
	TMD_AUTO_BUF struct tmd_buf hint = { 0 };
	const struct tmd_variable *list = find_variable(profile, name, len);

	if (!list || !list->is_list) {
		tmd_profile_list_variables(profile, name, len, &hint);
		return tmd_profile_fail(profile, node, tmd_buf_str(&hint), err,
					"any: no list variable '%.*s'", (int)len, name);
	}
	if (check_has_value(profile, node, list, err))
		return TMD_FAILED;
	for (size_t i = 0; i < list->values.count; i++)
		tmd_buf_addf(out, "%s%s", i ? " or " : "", list->values.items[i]);
	return TMD_OK;
}

bool tmd_profile_is_any(const struct tmd_yaml_node *node)
{
	return tmd_str_starts(node->text, "${" ANY) && node->text[node->len - 1] == '}';
}

static enum tmd_rc substitute_one(const struct tmd_profile *profile,
				  const struct tmd_yaml_node *node, const char *name, size_t len,
				  struct tmd_buf *out, struct tmd_error *err)
{
	TMD_AUTO_BUF struct tmd_buf hint = { 0 };
	const struct tmd_variable *variable = find_variable(profile, name, len);

	if (profile->item && len == strlen("item") && !memcmp(name, "item", len)) {
		tmd_buf_add_str(out, profile->item);
		return TMD_OK;
	}
	if (len > strlen(ANY) && !memcmp(name, ANY, strlen(ANY)))
		return substitute_any(profile, node, name + strlen(ANY), len - strlen(ANY), out,
				      err);
	if (!variable) {
		tmd_profile_list_variables(profile, name, len, &hint);
		return tmd_profile_fail(profile, node, tmd_buf_str(&hint), err,
					"no variable '%.*s'", (int)len, name);
	}
	if (check_has_value(profile, node, variable, err))
		return TMD_FAILED;
	if (variable->is_list)
		return tmd_profile_fail(profile, node,
					"use it in foreach, or as a whole item of a list", err,
					"variable '%s' is a list", variable->name);
	tmd_buf_add_str(out, variable->values.items[0]);
	return TMD_OK;
}

enum tmd_rc tmd_profile_substitute(const struct tmd_profile *profile,
				   const struct tmd_yaml_node *node, struct tmd_buf *out,
				   struct tmd_error *err)
{
	const char *text = node->text;

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
			return tmd_profile_fail(profile, node, "write $${ for a literal ${", err,
						"'${' without '}'");
		if (substitute_one(profile, node, text + 2, (size_t)(end - text - 2), out, err))
			return TMD_FAILED;
		text = end + 1;
	}
	return tmd_buf_check(out, profile->name, err);
}
