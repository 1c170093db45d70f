/* Understanding one core_api.yml. */
#include "resources/core_api/core_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "resources/core_api/uri.h"

const struct tmd_yaml_limits tmd_core_file_limits = { TMD_CORE_FILE_MAX, 20000 };

static void set_broken(struct tmd_core_file *file, const char *path, size_t line, const char *what)
{
	(void)tmd_fail(&file->broken, TMD_E_CONFLICT, path,
		       "write a mapping: location: with type, name and version below it",
		       "line %zu: %s", line, what);
}

/* What is read has to stand where it is read. */
static void set_shared(struct tmd_core_file *file, const char *path, size_t line, const char *what)
{
	(void)tmd_fail(&file->broken, TMD_E_REFUSED, path, "write out what it stands for",
		       "line %zu: %s, which is not followed here", line, what);
}

static void set_locked(struct tmd_core_file *file, const char *path, size_t line, const char *hint,
		       const char *what)
{
	if (file->locked.kind == TMD_E_NONE)
		(void)tmd_fail(&file->locked, TMD_E_REFUSED, path, hint, "line %zu: %s", line,
			       what);
}

/* ---- where the version stands, and why it is not edited ---- */

static void lock_anchored(struct tmd_core_file *file, const char *path,
			  const struct tmd_yaml_node *node, const char *what)
{
	TMD_AUTO_FREE char *text = tmd_format("%s has an anchor: other places may use it", what);

	if (node->anchored)
		set_locked(file, path, node->line, "change it by hand", text);
}

static void lock_scalar(struct tmd_core_file *file, const char *data, const char *path,
			const struct tmd_yaml_node *node)
{
	const char *by_hand = "change it by hand, or write the version on one line";

	lock_anchored(file, path, node, "the version");
	if (node->kind != TMD_YAML_SCALAR)
		set_locked(file, path, node->line, by_hand, "the version is not a text");
	else if (node->style == TMD_YAML_BLOCK ||
		 memchr(data + node->start, '\n', node->end - node->start) ||
		 memchr(data + node->start, '\r', node->end - node->start))
		set_locked(file, path, node->line, by_hand, "the version goes over several lines");
	else if (node->tagged && node->tag != TMD_YAML_STR)
		set_locked(file, path, node->line, "remove the tag", "the version has a tag");
}

/* What Toolkit gets for it would have to be shown. */
static void lock_value(struct tmd_core_file *file, const char *path,
		       const struct tmd_yaml_node *node)
{
	TMD_AUTO_FREE char *text = NULL;

	if (file->version || node->tag == TMD_YAML_NULL)
		return;
	text = tmd_format("the version is %s to Toolkit", node->tag == TMD_YAML_STR
								  ? "a text with a NUL"
								  : tmd_yaml_tag_name(node->tag));
	set_locked(file, path, node->line, "write quotes around it", text);
}

static void lock_whole(struct tmd_core_file *file, const char *path,
		       const struct tmd_yaml_node *location)
{
	if (file->doc.utf16)
		set_locked(file, path, 1, "save the file as UTF-8", "the file is UTF-16");
	lock_anchored(file, path, file->doc.nodes, "the file");
	lock_anchored(file, path, location, "the location");
}

static void place_version(struct tmd_core_file *file, const struct tmd_yaml_node *node)
{
	bool quoted =
		node->style == TMD_YAML_SINGLE_QUOTED || node->style == TMD_YAML_DOUBLE_QUOTED;

	file->node = (size_t)(node - file->doc.nodes);
	file->start = node->start + quoted;
	file->end = node->end - quoted;
}

/* ---- the mapping form ---- */

/* As Python prints it, or "(a list)"; NULL for a null. The caller frees. */
static char *shown_value(const struct tmd_yaml_node *node)
{
	char *text = NULL;

	if (node->kind == TMD_YAML_ALIAS)
		return tmd_strdup("(an alias)");
	if (node->tag == TMD_YAML_NULL)
		return NULL;
	if (node->kind == TMD_YAML_SCALAR)
		text = tmd_yaml_python_text(node->tag, node->text, node->len);
	return text ? text : tmd_format("(%s)", tmd_yaml_tag_name(node->tag));
}

static void read_type(struct tmd_core_file *file, const struct tmd_yaml_node *map)
{
	const struct tmd_yaml_node *node = tmd_yaml_find(&file->doc, map, "type");

	if (!node)
		return;
	file->type = shown_value(node);
	if (tmd_yaml_is_text(node, node->text))
		file->kind = tmd_core_kind_find(node->text);
	file->type_line = node->line;
	file->line = node->line;
}

static void read_version(struct tmd_core_file *file, const struct tmd_yaml_node *map,
			 const char *data, const char *path)
{
	const struct tmd_yaml_node *node = tmd_yaml_find(&file->doc, map, "version");

	if (!node)
		return;
	file->has_version = true;
	file->line = node->line;
	if (node->kind == TMD_YAML_SCALAR)
		file->version = tmd_yaml_python_text(node->tag, node->text, node->len);
	if (!file->doc.utf16)
		lock_scalar(file, data, path, node);
	lock_value(file, path, node);
	if (file->locked.kind == TMD_E_NONE)
		place_version(file, node);
}

static bool is_own_key(const struct tmd_yaml_node *key)
{
	return tmd_yaml_is_text(key, "type") || tmd_yaml_is_text(key, "form") ||
	       tmd_yaml_is_text(key, "version");
}

static void describe_mapping(struct tmd_core_file *file, const struct tmd_yaml_node *map)
{
	tmd_value_map_set(&file->descriptor, "type", file->type);
	tmd_value_map_set(&file->descriptor, "form", "mapping");
	for (const struct tmd_yaml_node *key = tmd_yaml_first(&file->doc, map); key;
	     key = tmd_yaml_next_key(&file->doc, key)) {
		TMD_AUTO_FREE char *text = shown_value(tmd_yaml_next(&file->doc, key));

		if (tmd_yaml_is_text(key, key->text) && !is_own_key(key))
			tmd_value_map_set(&file->descriptor, key->text, text);
	}
}

static void hint_mapping(struct tmd_core_file *file, const struct tmd_yaml_node *map)
{
	if (map->style == TMD_YAML_FLOW || !map->count)
		file->missing_hint =
			tmd_format("write into the braces on line %zu \"version: ", map->line);
	else
		file->missing_hint =
			tmd_format("add below line %zu the line \"%*sversion: ", file->line,
				   (int)(tmd_yaml_first(&file->doc, map)->column - 1), "");
}

static void read_mapping(struct tmd_core_file *file, const struct tmd_yaml_node *map,
			 const char *data, const char *path)
{
	read_type(file, map);
	describe_mapping(file, map);
	read_version(file, map, data, path);
	hint_mapping(file, map);
}

/* ---- the URI form ---- */

static void describe_uri(struct tmd_core_file *file, const struct tmd_uri *uri)
{
	const struct tmd_value *given = &uri->parameters;

	tmd_value_map_set(&file->descriptor, "type", uri->type);
	tmd_value_map_set(&file->descriptor, "form", "uri");
	for (size_t i = 0; i < given->list.count; i++) {
		const char *key = given->list.items[i];

		if (strcmp(key, "type") != 0 && strcmp(key, "form") != 0 &&
		    strcmp(key, "version") != 0)
			tmd_value_map_set(&file->descriptor, key, given->map_values[i]);
	}
}

/* The bytes in the file have to be the text itself: no escapes, no folded lines. */
static void place_in_uri(struct tmd_core_file *file, const char *data, const char *path,
			 const struct tmd_yaml_node *node, const struct tmd_uri *uri)
{
	if (file->end - file->start != node->len ||
	    memcmp(data + file->start, node->text, node->len) != 0) {
		set_locked(file, path, node->line, "write the URI without escapes",
			   "the descriptor URI is written with escapes");
		return;
	}
	file->start += uri->version_at;
	file->end = file->start + uri->version_len;
}

static void read_uri(struct tmd_core_file *file, const struct tmd_yaml_node *node, const char *data,
		     const char *path)
{
	TMD_CLEANUP(tmd_uri_release) struct tmd_uri uri = { 0 };
	struct tmd_error err = { 0 };

	if (strlen(node->text) != node->len || tmd_uri_parse(node->text, &uri, &err) != TMD_OK) {
		/* Not quoted: it may be anybody's. */
		(void)tmd_fail(&file->broken, TMD_E_CONFLICT, path, err.hint,
			       "line %zu: location is no descriptor: %s", node->line,
			       err.kind ? err.message : "it holds a NUL");
		return;
	}
	file->uri = true;
	file->type = tmd_strdup(uri.type);
	file->kind = tmd_core_kind_find(uri.type);
	describe_uri(file, &uri);
	file->has_version = uri.has_version;
	file->version = tmd_strdup(tmd_value_map_get(&uri.parameters, "version"));
	file->missing_hint = tmd_format("append to the URI on line %zu \"&version=", file->line);
	if (!file->doc.utf16)
		lock_scalar(file, data, path, node);
	if (file->locked.kind != TMD_E_NONE)
		return;
	place_version(file, node);
	place_in_uri(file, data, path, node, &uri);
}

/* ---- the file ---- */

static bool is_alias(const struct tmd_yaml_node *node)
{
	return node && node->kind == TMD_YAML_ALIAS;
}

/*
 * Refuses an alias as a key of what is read, as the location, the type or the version, and a merge
 * key that may bring one of them in.
 */
static bool is_shared(struct tmd_core_file *file, const char *path,
		      const struct tmd_yaml_node *map, const char *const *read, bool merges)
{
	for (const struct tmd_yaml_node *key = tmd_yaml_first(&file->doc, map); key;
	     key = tmd_yaml_next_key(&file->doc, key)) {
		if (is_alias(key)) {
			set_shared(file, path, key->line, "a key is an alias");
			return true;
		}
		if (merges && key->tag == TMD_YAML_MERGE) {
			set_shared(file, path, key->line, "a merge key (<<) stands there");
			return true;
		}
	}
	for (; *read; read++) {
		const struct tmd_yaml_node *value = tmd_yaml_find(&file->doc, map, *read);
		TMD_AUTO_FREE char *what = tmd_format("the %s is an alias", *read);

		if (!is_alias(value))
			continue;
		set_shared(file, path, value->line, what);
		return true;
	}
	return false;
}

/* The location, NULL when there is none that can be read. */
static const struct tmd_yaml_node *find_location(struct tmd_core_file *file, const char *path)
{
	const struct tmd_yaml_node *root = file->doc.nodes;
	const struct tmd_yaml_node *location = NULL;

	if (root->tag != TMD_YAML_MAP) {
		set_broken(file, path, root->line,
			   root->tag == TMD_YAML_NULL ? "the file is empty"
						      : "the file is not a mapping");
		return NULL;
	}
	location = tmd_yaml_find(&file->doc, root, "location");
	if (is_shared(file, path, root, (const char *const[]){ "location", NULL }, !location))
		return NULL;
	if (!location)
		set_broken(file, path, root->line, "no location is given");
	return location;
}

static void read_location(struct tmd_core_file *file, const struct tmd_yaml_node *location,
			  const char *data, const char *path)
{
	static const char *const read[] = { "type", "version", NULL };

	file->location_line = location->line;
	file->type_line = location->line;
	file->line = location->line;
	lock_whole(file, path, location);
	if (location->tag == TMD_YAML_STR)
		read_uri(file, location, data, path);
	else if (location->tag != TMD_YAML_MAP)
		set_broken(file, path, location->line,
			   location->tag == TMD_YAML_NULL
				   ? "location is empty"
				   : "location is neither a mapping nor a descriptor URI");
	else if (!is_shared(file, path, location, read, true))
		read_mapping(file, location, data, path);
}

void tmd_core_file_read(const char *data, size_t len, const char *path, struct tmd_core_file *out)
{
	const struct tmd_yaml_node *location = NULL;
	struct tmd_error err = { 0 };

	memset(out, 0, sizeof(*out));
	if (tmd_yaml_parse(data, len, &tmd_core_file_limits, &out->doc, &err) != TMD_OK)
		(void)tmd_fail(&out->broken, TMD_E_CONFLICT, path, err.hint, "line %zu: %s",
			       out->doc.bad_line, err.message);
	else
		location = find_location(out, path);
	if (location)
		read_location(out, location, data, path);
	if (out->broken.kind != TMD_E_NONE) {
		tmd_strv_add(&out->problems, out->broken.message);
		return;
	}
	tmd_core_note_refused(out, path);
	tmd_core_note_problems(out, location);
}

void tmd_core_file_release(struct tmd_core_file *file)
{
	tmd_yaml_release(&file->doc);
	free(file->type);
	free(file->version);
	free(file->missing_hint);
	tmd_value_release(&file->descriptor);
	tmd_strv_release(&file->problems);
	memset(file, 0, sizeof(*file));
}
