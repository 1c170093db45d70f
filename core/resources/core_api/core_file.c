/* Understanding one core_api.yml, and writing another version into it. */
#include "resources/core_api/core_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/version.h"
#include "resources/core_api/uri.h"

#define PROBLEMS_MAX 50	       /* one file needs no more */
#define DUPLICATE_KEYS_MAX 500 /* keys of a mapping that is searched for equal ones */

static const struct tmd_core_kind kinds[] = {
	{ "app_store", true, true, false }, { "shotgun", true, true, false },
	{ "manual", true, true, false },    { "git", true, true, false },
	{ "git_branch", true, true, true }, { "github_release", true, false, false },
	{ "dev", false, false, false },	    { "path", false, false, false },
};

static const struct tmd_core_kind *find_kind(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	}
	return NULL;
}

static bool is_kind(const struct tmd_core_file *file, const char *name)
{
	return file->kind && strcmp(file->kind->name, name) == 0;
}

bool tmd_core_is_release(const char *version)
{
	const char *at = version + 1;

	if (*version != 'v')
		return false;
	for (int i = 0; i < 3; i++) {
		if (i && *at++ != '.')
			return false;
		if (!tmd_is_digit(*at))
			return false;
		while (tmd_is_digit(*at))
			at++;
	}
	return true;
}

/* ---- problems ---- */

/* Takes `what`. */
static void add_problem(struct tmd_core_file *file, size_t line, char *what)
{
	TMD_AUTO_FREE char *text = tmd_format("line %zu: %s", line, what);

	free(what);
	if (file->problems.count < PROBLEMS_MAX)
		tmd_strv_add_once(&file->problems, text);
}

static void set_broken(struct tmd_core_file *file, const char *path, size_t line, const char *what)
{
	(void)tmd_fail(&file->broken, TMD_E_CONFLICT, path,
		       "write a mapping: location: with type, name and version below it",
		       "line %zu: %s", line, what);
}

static void set_locked(struct tmd_core_file *file, const char *path, size_t line, const char *hint,
		       const char *what)
{
	if (file->locked.kind == TMD_E_NONE)
		(void)tmd_fail(&file->locked, TMD_E_REFUSED, path, hint, "line %zu: %s", line,
			       what);
}

/* "lines 3, 7": where a mapping says `key`; the number of places. */
static size_t list_lines(const struct tmd_core_file *file, const struct tmd_yaml_node *map,
			 const char *key, struct tmd_buf *out)
{
	size_t count = 0;

	for (size_t i = 0; i + 1 < map->count; i += 2) {
		if (!tmd_yaml_is_text(tmd_yaml_node(&file->doc, map->items[i]), key))
			continue;
		tmd_buf_addf(out, "%s%zu", count++ ? ", " : "",
			     file->doc.nodes[map->items[i]].line);
	}
	return count;
}

static void note_duplicates(struct tmd_core_file *file, const struct tmd_yaml_node *map,
			    const struct tmd_strv *keys)
{
	if (map->count / 2 > DUPLICATE_KEYS_MAX)
		return;
	for (size_t i = 0; i < keys->count; i++) {
		TMD_AUTO_BUF struct tmd_buf lines = { 0 };
		TMD_AUTO_FREE char *shown = tmd_yaml_excerpt(keys->items[i]);

		if (list_lines(file, map, keys->items[i], &lines) > 1 &&
		    file->problems.count < PROBLEMS_MAX)
			tmd_strv_addf(&file->problems,
				      "lines %s: %s is repeated, the last one counts",
				      tmd_buf_str(&lines), shown);
	}
}

/* path:$VAR without a blank is one key that nobody meant. */
static void note_odd_keys(struct tmd_core_file *file, const struct tmd_yaml_node *map)
{
	for (size_t i = 0; i + 1 < map->count; i += 2) {
		const struct tmd_yaml_node *key = tmd_yaml_node(&file->doc, map->items[i]);
		const struct tmd_yaml_node *value = tmd_yaml_node(&file->doc, map->items[i + 1]);
		TMD_AUTO_FREE char *shown = NULL;

		if (key->tag != TMD_YAML_STR || value->tag != TMD_YAML_NULL ||
		    !strchr(key->text, ':'))
			continue;
		shown = tmd_yaml_excerpt(key->text);
		add_problem(
			file, key->line,
			tmd_format("%s is one key without a value: put a blank behind the colon",
				   shown));
	}
}

/* Only of a location that has a type: any other file is not quoted. */
static void note_keys(struct tmd_core_file *file, size_t map)
{
	const struct tmd_yaml_node *node = tmd_yaml_node(&file->doc, map);
	TMD_AUTO_STRV struct tmd_strv keys = { 0 };

	if (!file->type)
		return;
	tmd_yaml_keys(&file->doc, map, &keys);
	note_duplicates(file, node, &keys);
	note_odd_keys(file, node);
}

static void note_type(struct tmd_core_file *file)
{
	TMD_AUTO_FREE char *shown = NULL;

	if (!file->type) {
		add_problem(file, file->line,
			    tmd_format("location has no type: Toolkit refuses it"));
		return;
	}
	if (file->kind)
		return;
	shown = tmd_yaml_excerpt(file->type);
	add_problem(file, file->line,
		    tmd_format("Toolkit knows no descriptor type %s%s", shown,
			       tmd_str_ends(shown, ",") ? ": remove the comma" : ""));
}

static void note_no_version(struct tmd_core_file *file)
{
	if (!file->kind || !file->kind->pinned || file->has_version)
		return;
	if (file->kind->latest)
		add_problem(file, file->line,
			    tmd_format("no version is given: the latest one is used"));
	else
		add_problem(file, file->line,
			    tmd_format("no version is given, and %s needs one", file->type));
}

static void note_version_text(struct tmd_core_file *file)
{
	TMD_AUTO_FREE char *shown = NULL;

	if (!file->kind || !file->version || !*file->version)
		return;
	shown = tmd_yaml_excerpt(file->version);
	if (tmd_str_equal_nocase(file->version, "latest"))
		add_problem(
			file, file->line,
			tmd_format("version %s names no release: write one, or leave the key out",
				   shown));
	else if (is_kind(file, "app_store") && !tmd_core_is_release(file->version))
		add_problem(file, file->line,
			    tmd_format("app_store versions look like v1.2.3, not %s", shown));
	else if (file->kind->commits && !tmd_version_is_commit(file->version))
		add_problem(file, file->line,
			    tmd_format("the version of a %s is a commit id, not %s", file->type,
				       shown));
}

static void note_version_type(struct tmd_core_file *file, const struct tmd_yaml_node *node)
{
	TMD_AUTO_FREE char *written = NULL;
	TMD_AUTO_FREE char *read = NULL;

	if (node->kind != TMD_YAML_SCALAR) {
		add_problem(file, node->line,
			    tmd_format("version is %s, not a text", tmd_yaml_tag_name(node->tag)));
		return;
	}
	if (strlen(node->text) != node->len)
		add_problem(file, node->line, tmd_strdup("version holds a NUL"));
	if (!file->version || !*file->version) {
		add_problem(file, node->line, tmd_strdup("version has no value"));
		return;
	}
	if (node->tag == TMD_YAML_STR || (node->tag == TMD_YAML_INT && is_kind(file, "shotgun")))
		return;
	written = tmd_yaml_excerpt(node->text);
	read = tmd_yaml_excerpt(file->version);
	add_problem(file, node->line,
		    tmd_format("version %s is %s to Toolkit (%s): put it in quotes", written,
			       tmd_yaml_tag_name(node->tag), read));
}

/* ---- where the version stands ---- */

static void lock_scalar(struct tmd_core_file *file, const char *data, const char *path,
			const struct tmd_yaml_node *node)
{
	const char *by_hand = "change it by hand, or write the version on one line";

	if (node->kind != TMD_YAML_SCALAR)
		set_locked(file, path, node->line, by_hand, "the version is not a text");
	else if (node->style == TMD_YAML_BLOCK ||
		 memchr(data + node->start, '\n', node->end - node->start) ||
		 memchr(data + node->start, '\r', node->end - node->start))
		set_locked(file, path, node->line, by_hand, "the version goes over several lines");
	else if (node->anchored)
		set_locked(file, path, node->line, by_hand,
			   "the version has an anchor: other places may use it");
	else if (node->tagged && node->tag != TMD_YAML_STR)
		set_locked(file, path, node->line, "remove the tag", "the version has a tag");
}

/* `at` leads to the version: an alias or << there means that the text stands elsewhere. */
static void lock_entry(struct tmd_core_file *file, const char *path,
		       const struct tmd_yaml_entry *at, const char *what)
{
	const struct tmd_yaml_node *node = &file->doc.nodes[at->value];
	TMD_AUTO_FREE char *text = NULL;

	if (!at->merged && node->kind != TMD_YAML_ALIAS &&
	    !tmd_yaml_is_aliased(&file->doc, at->value))
		return;
	text = tmd_format("%s is shared through %s", what,
			  at->merged ? "a merge key (<<)" : "an alias");
	set_locked(file, path, node->line, "change it by hand: other places may use it", text);
}

static void lock_root(struct tmd_core_file *file, const char *path)
{
	if (file->doc.utf16)
		set_locked(file, path, 1, "save the file as UTF-8", "the file is UTF-16");
	if (tmd_yaml_is_aliased(&file->doc, 0))
		set_locked(file, path, 1, "change it by hand", "the file holds itself");
}

static void place_version(struct tmd_core_file *file, size_t index)
{
	const struct tmd_yaml_node *node = &file->doc.nodes[index];
	bool quoted =
		node->style == TMD_YAML_SINGLE_QUOTED || node->style == TMD_YAML_DOUBLE_QUOTED;

	file->node = index;
	file->start = node->start + quoted;
	file->end = node->end - quoted;
}

/* ---- the mapping form ---- */

static void read_type(struct tmd_core_file *file, size_t map)
{
	struct tmd_yaml_entry entry;
	const struct tmd_yaml_node *node;

	if (!tmd_yaml_find(&file->doc, map, "type", &entry))
		return;
	node = tmd_yaml_node(&file->doc, entry.value);
	if (node->kind == TMD_YAML_SCALAR)
		file->type = tmd_yaml_python_text(node->tag, node->text);
	if (node->tag == TMD_YAML_STR)
		file->kind = find_kind(node->text);
	file->line = node->line;
}

static void read_version(struct tmd_core_file *file, size_t map, const char *data, const char *path)
{
	struct tmd_yaml_entry entry;
	const struct tmd_yaml_node *node;

	if (!tmd_yaml_find(&file->doc, map, "version", &entry))
		return;
	node = tmd_yaml_node(&file->doc, entry.value);
	file->has_version = true;
	file->line = node->line;
	if (node->kind == TMD_YAML_SCALAR)
		file->version = tmd_yaml_python_text(node->tag, node->text);
	note_version_type(file, node);
	lock_entry(file, path, &entry, "the version");
	if (!file->doc.utf16)
		lock_scalar(file, data, path, node);
	if (file->locked.kind == TMD_E_NONE)
		place_version(file, entry.value);
}

static void describe_value(struct tmd_core_file *file, const char *key,
			   const struct tmd_yaml_node *node)
{
	TMD_AUTO_FREE char *text = NULL;

	if (node->kind != TMD_YAML_SCALAR)
		text = tmd_format("(%s)", tmd_yaml_tag_name(node->tag));
	else
		text = tmd_yaml_python_text(node->tag, node->text);
	tmd_value_map_set(&file->descriptor, key, text);
}

static void describe_mapping(struct tmd_core_file *file, size_t map, const struct tmd_strv *keys)
{
	tmd_value_map_set(&file->descriptor, "type", file->type);
	tmd_value_map_set(&file->descriptor, "form", "mapping");
	for (size_t i = 0; i < keys->count; i++) {
		struct tmd_yaml_entry entry;
		const char *key = keys->items[i];

		if (strcmp(key, "type") == 0 || strcmp(key, "form") == 0 ||
		    strcmp(key, "version") == 0 || !tmd_yaml_find(&file->doc, map, key, &entry))
			continue;
		describe_value(file, key, tmd_yaml_node(&file->doc, entry.value));
	}
}

/* How far the keys of a block mapping are indented, as text. */
static char *indent_of(const struct tmd_core_file *file, const struct tmd_yaml_node *map,
		       const char *data)
{
	size_t start = map->count ? file->doc.nodes[map->items[0]].start : 0;
	size_t begin = start;

	if (!map->count || file->doc.utf16)
		return tmd_strdup("  ");
	while (begin && data[begin - 1] == ' ')
		begin--;
	return tmd_strndup(data + begin, start - begin);
}

static void hint_mapping(struct tmd_core_file *file, const struct tmd_yaml_node *map,
			 const char *data)
{
	TMD_AUTO_FREE char *indent = NULL;

	if (map->flow || !map->count) {
		file->missing_hint =
			tmd_format("write into the braces on line %zu \"version: ", map->line);
		return;
	}
	indent = indent_of(file, map, data);
	file->missing_hint =
		tmd_format("add below line %zu the line \"%sversion: ", file->line, indent);
}

static void read_mapping(struct tmd_core_file *file, size_t map, const char *data, const char *path)
{
	const struct tmd_yaml_node *node = tmd_yaml_node(&file->doc, map);
	TMD_AUTO_STRV struct tmd_strv keys = { 0 };

	read_type(file, map);
	note_keys(file, 0);
	note_keys(file, map);
	note_type(file);
	tmd_yaml_keys(&file->doc, map, &keys);
	describe_mapping(file, map, &keys);
	read_version(file, map, data, path);
	hint_mapping(file, node, data);
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

static void read_uri(struct tmd_core_file *file, size_t index, const char *data, const char *path)
{
	const struct tmd_yaml_node *node = tmd_yaml_node(&file->doc, index);
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
	note_keys(file, 0);
	file->kind = find_kind(uri.type);
	note_type(file);
	describe_uri(file, &uri);
	file->has_version = uri.has_version;
	file->version = tmd_strdup(tmd_value_map_get(&uri.parameters, "version"));
	file->missing_hint = tmd_format("append to the URI on line %zu \"&version=", file->line);
	if (!file->doc.utf16)
		lock_scalar(file, data, path, node);
	if (file->locked.kind != TMD_E_NONE)
		return;
	place_version(file, index);
	place_in_uri(file, data, path, node, &uri);
}

/* ---- the file ---- */

static void read_location(struct tmd_core_file *file, const char *data, const char *path)
{
	const struct tmd_yaml_node *root = tmd_yaml_node(&file->doc, 0);
	const struct tmd_yaml_node *value;
	struct tmd_yaml_entry entry;

	if (root->tag != TMD_YAML_MAP) {
		set_broken(file, path, root->line,
			   root->tag == TMD_YAML_NULL ? "the file is empty"
						      : "the file is not a mapping");
		return;
	}
	if (!tmd_yaml_find(&file->doc, 0, "location", &entry)) {
		set_broken(file, path, root->line, "no location is given");
		return;
	}
	value = tmd_yaml_node(&file->doc, entry.value);
	file->line = value->line;
	lock_root(file, path);
	lock_entry(file, path, &entry, "the location");
	if (value->tag == TMD_YAML_MAP)
		read_mapping(file, entry.value, data, path);
	else if (value->tag == TMD_YAML_STR)
		read_uri(file, entry.value, data, path);
	else
		set_broken(file, path, value->line,
			   value->tag == TMD_YAML_NULL
				   ? "location is empty"
				   : "location is neither a mapping nor a descriptor URI");
}

void tmd_core_file_read(const char *data, size_t len, const char *path, struct tmd_core_file *out)
{
	memset(out, 0, sizeof(*out));
	if (tmd_yaml_parse(data, len, path, &out->doc, &out->broken) == TMD_OK)
		read_location(out, data, path);
	if (out->broken.kind != TMD_E_NONE) {
		out->broken.kind = TMD_E_CONFLICT;
		tmd_strv_add(&out->problems, out->broken.message);
		return;
	}
	note_no_version(out);
	note_version_text(out);
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

/* ---- editing ---- */

char *tmd_core_file_quote(const char *version)
{
	bool plain = tmd_is_alpha(*version) || tmd_is_digit(*version);

	for (const char *c = version; *c; c++)
		plain = plain && (tmd_is_alpha(*c) || tmd_is_digit(*c) || strchr("._-+/", *c));
	if (plain && tmd_yaml_resolve_plain(version) == TMD_YAML_STR)
		return tmd_strdup(version);
	return tmd_format("'%s'", version);
}

/* What the bytes of the old version become. */
static char *replacement(const struct tmd_core_file *file, const char *data, const char *version)
{
	TMD_AUTO_FREE char *plain = NULL;

	if (file->uri)
		return tmd_uri_encode(version);
	if (file->doc.nodes[file->node].style != TMD_YAML_PLAIN)
		return tmd_strdup(version);
	plain = tmd_core_file_quote(version);
	/* "version:" without a value: the text goes right behind the colon. */
	if (file->start == file->end && file->start && data[file->start - 1] == ':')
		return tmd_format(" %s", plain);
	return tmd_strdup(plain);
}

static bool uri_holds(const char *text, const char *version)
{
	TMD_CLEANUP(tmd_uri_release) struct tmd_uri uri = { 0 };
	struct tmd_error ignored = { 0 };

	return tmd_uri_parse(text, &uri, &ignored) == TMD_OK &&
	       tmd_str_equal(tmd_value_map_get(&uri.parameters, "version"), version);
}

/* Reads the new text: the version as wished, everything else as before? */
static bool holds(const struct tmd_core_file *file, const struct tmd_buf *text, const char *version)
{
	TMD_CLEANUP(tmd_yaml_release) struct tmd_yaml_doc doc = { 0 };
	struct tmd_error ignored = { 0 };
	const struct tmd_yaml_node *node;

	if (tmd_yaml_parse(text->data, text->len, "", &doc, &ignored) != TMD_OK ||
	    !tmd_yaml_same_but(&file->doc, &doc, file->node))
		return false;
	node = &doc.nodes[file->node];
	if (node->tag != TMD_YAML_STR)
		return false;
	return file->uri ? uri_holds(node->text, version) : tmd_yaml_is_text(node, version);
}

enum tmd_rc tmd_core_file_edit(const struct tmd_core_file *file, const char *data, size_t len,
			       const char *path, const char *version, struct tmd_buf *out,
			       struct tmd_error *err)
{
	TMD_AUTO_FREE char *text = NULL;
	TMD_AUTO_BUF struct tmd_buf edited = { 0 };

	if (file->locked.kind != TMD_E_NONE) {
		*err = file->locked;
		return TMD_FAILED;
	}
	text = replacement(file, data, version);
	tmd_buf_add(&edited, data, len);
	tmd_buf_splice(&edited, file->start, file->end - file->start, text, strlen(text));
	if (tmd_buf_check(&edited, path, err) != TMD_OK)
		return TMD_FAILED;
	if (!holds(file, &edited, version))
		return tmd_fail(err, TMD_E_REFUSED, path, "change the version by hand",
				"line %zu: the version cannot be replaced safely", file->line);
	tmd_buf_release(out);
	*out = edited;
	memset(&edited, 0, sizeof(edited));
	return TMD_OK;
}

char *tmd_core_file_missing_hint(const struct tmd_core_file *file, const char *version)
{
	TMD_AUTO_FREE char *text =
		file->uri ? tmd_uri_encode(version) : tmd_core_file_quote(version);

	return tmd_format("%s%s\"", file->missing_hint, text);
}
