/* What a profile is as a whole, and which ones are built in. */
#include "engine/profile_document.h"

#include <string.h>

#include "base/spelling.h"
#include "engine/profile.h"

struct tmd_embedded {
	const char *name;
	const char *text;
};
extern const struct tmd_embedded tmd_profile_data[];

static const struct tmd_yaml_limits limits = { TMD_PROFILE_MAX, TMD_PROFILE_NODES };

const char *tmd_profile_builtin(const char *name)
{
	for (const struct tmd_embedded *profile = tmd_profile_data; profile->name; profile++) {
		if (strcmp(profile->name, name) == 0)
			return profile->text;
	}
	return NULL;
}

const char *tmd_profile_builtin_name(size_t index)
{
	return tmd_profile_data[index].name;
}

/* What no profile has, wherever it stands: its keys and values would not be what is read. */
static enum tmd_rc check_nodes(const struct tmd_profile *profile, struct tmd_error *err)
{
	const struct tmd_yaml_doc *doc = &profile->doc;

	for (size_t i = 0; i < doc->count; i++) {
		const struct tmd_yaml_node *node = &doc->nodes[i];

		if (node->kind == TMD_YAML_ALIAS || node->tag == TMD_YAML_SET ||
		    node->tag == TMD_YAML_PAIRS)
			return tmd_profile_fail(profile, node, "use variables, lists and mappings",
						err,
						node->kind == TMD_YAML_ALIAS ? "an alias" :
						node->tag == TMD_YAML_SET    ? "a set" :
									       "an ordered mapping");
	}
	return TMD_OK;
}

static enum tmd_rc check_top(const struct tmd_profile *profile, const struct tmd_yaml_node *root,
			     struct tmd_error *err)
{
	static const char *const keys[] = { "trustmend", "description", "variables", "resources" };
	const struct tmd_yaml_node *key = tmd_yaml_first(&profile->doc, root);

	for (; key; key = tmd_yaml_next_key(&profile->doc, key)) {
		TMD_AUTO_BUF struct tmd_buf hint = { 0 };
		struct tmd_guess guess = { .word = key->text };
		size_t i = 0;

		while (i < sizeof(keys) / sizeof(*keys) && !tmd_yaml_is_text(key, keys[i]))
			tmd_guess_try(&guess, keys[i++]);
		if (i < sizeof(keys) / sizeof(*keys))
			continue;
		tmd_guess_tell(&guess, &hint);
		tmd_buf_add_str(&hint, "keys: trustmend, description, variables, resources");
		return tmd_profile_fail(profile, key, tmd_buf_str(&hint), err, "unknown key '%.100s'",
					key->text);
	}
	return TMD_OK;
}

/* What does not say that it is a profile may be any file: nothing of it is quoted. */
static enum tmd_rc check_format(const struct tmd_profile *profile,
				const struct tmd_yaml_node *root, struct tmd_error *err)
{
	const struct tmd_yaml_node *format = NULL;

	if (root->tag == TMD_YAML_NULL)
		return tmd_profile_fail(profile, root, "start with 'trustmend: 1' and 'resources:'",
					err, "empty profile");
	if (root->kind != TMD_YAML_MAPPING)
		return tmd_profile_fail(profile, root, "start with 'trustmend: 1' and 'resources:'",
					err, "a profile must be a mapping");
	format = tmd_yaml_find(&profile->doc, root, "trustmend");
	if (format && format->kind == TMD_YAML_SCALAR && strcmp(format->text, "1") == 0)
		return TMD_OK;
	return tmd_profile_fail(profile, format ? format : root, "write 'trustmend: 1'", err,
				"the profile does not say that it is of format 1");
}

enum tmd_rc tmd_profile_open(struct tmd_profile *profile, const char *data, size_t len,
			     const struct tmd_yaml_node **resources, struct tmd_error *err)
{
	struct tmd_yaml_doc *doc = &profile->doc;
	const struct tmd_yaml_node *description;
	const struct tmd_yaml_node *variables;
	const struct tmd_yaml_node *found;

	if (tmd_yaml_parse(data, len, &limits, doc, err))
		return tmd_profile_fail_at(profile, doc->bad_line, err);
	if (check_format(profile, doc->nodes, err) || check_nodes(profile, err) ||
	    tmd_profile_check_keys(profile, doc->nodes, err) || check_top(profile, doc->nodes, err))
		return TMD_FAILED;
	description = tmd_yaml_find(doc, doc->nodes, "description");
	if (description && tmd_profile_want_scalar(profile, description, "description", err))
		return TMD_FAILED;
	found = tmd_yaml_find(doc, doc->nodes, "resources");
	if (!found)
		return tmd_profile_fail(profile, doc->nodes, NULL, err, "'resources' is missing");
	variables = tmd_yaml_find(doc, doc->nodes, "variables");
	if (variables && tmd_profile_read_variables(profile, variables, err))
		return TMD_FAILED;
	*resources = found;
	return TMD_OK;
}

const char *tmd_profile_description(const struct tmd_profile *profile)
{
	const struct tmd_yaml_node *node =
		tmd_yaml_find(&profile->doc, profile->doc.nodes, "description");

	return node ? node->text : NULL;
}
