/* What is wrong with a core_api.yml that can be read. */
#include "resources/core_api/core_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/display.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/version.h"

#define PROBLEMS_MAX 50	       /* one file needs no more */
#define DUPLICATE_KEYS_MAX 500 /* keys of a mapping that is searched for equal ones */
#define EXCERPT_MAX 80	       /* characters */

char *tmd_core_excerpt(const char *text)
{
	TMD_AUTO_BUF struct tmd_buf out = { 0 };

	tmd_display_add(&out, text, strlen(text), EXCERPT_MAX);
	return tmd_buf_steal(&out);
}

static bool is_kind(const struct tmd_core_file *file, const char *name)
{
	return file->kind && strcmp(file->kind->name, name) == 0;
}

/* Takes `what`. */
static void add_problem(struct tmd_core_file *file, size_t line, char *what)
{
	TMD_AUTO_FREE char *text = tmd_format("line %zu: %s", line, what);

	free(what);
	if (file->problems.count < PROBLEMS_MAX)
		tmd_strv_add_once(&file->problems, text);
}

/* "lines 3, 7": where a mapping says a key; told at the first of them. */
static void note_duplicate(struct tmd_core_file *file, const struct tmd_yaml_node *map,
			   const struct tmd_yaml_node *key)
{
	TMD_AUTO_BUF struct tmd_buf lines = { 0 };
	TMD_AUTO_FREE char *shown = tmd_core_excerpt(key->text);
	size_t count = 0;

	if (map->count / 2 > DUPLICATE_KEYS_MAX)
		return;
	for (const struct tmd_yaml_node *at = tmd_yaml_first(&file->doc, map); at;
	     at = tmd_yaml_next_key(&file->doc, at)) {
		if (!tmd_yaml_is_text(at, key->text))
			continue;
		if (!count && at != key)
			return;
		tmd_buf_addf(&lines, "%s%zu", count++ ? ", " : "", at->line);
	}
	if (count > 1 && file->problems.count < PROBLEMS_MAX)
		tmd_strv_addf(&file->problems, "lines %s: %s is repeated, the last one counts",
			      tmd_buf_str(&lines), shown);
}

/* path:$VAR without a blank is one key that nobody meant. */
static void note_odd_key(struct tmd_core_file *file, const struct tmd_yaml_node *key)
{
	TMD_AUTO_FREE char *shown = tmd_core_excerpt(key->text);

	if (tmd_yaml_next(&file->doc, key)->tag == TMD_YAML_NULL && strchr(key->text, ':'))
		add_problem(file, key->line,
			    tmd_format("%s is one key without a value: put a blank behind the "
				       "colon",
				       shown));
}

/* Only of a location that has a type: any other file is not quoted. */
static void note_keys(struct tmd_core_file *file, const struct tmd_yaml_node *map)
{
	for (const struct tmd_yaml_node *key = tmd_yaml_first(&file->doc, map); key && file->type;
	     key = tmd_yaml_next_key(&file->doc, key)) {
		if (!tmd_yaml_is_text(key, key->text))
			continue;
		note_duplicate(file, map, key);
		note_odd_key(file, key);
	}
}

static void note_no_version(struct tmd_core_file *file)
{
	if (!file->kind || file->kind->version == TMD_CORE_NO_VERSION || file->has_version)
		return;
	if (file->kind->latest)
		add_problem(file, file->location_line,
			    tmd_format("no version is given: the latest one is used"));
	else
		add_problem(file, file->location_line,
			    tmd_format("no version is given, and %s needs one", file->type));
}

static void note_version_text(struct tmd_core_file *file)
{
	TMD_AUTO_FREE char *shown = NULL;

	if (!file->kind || !file->version || !*file->version)
		return;
	shown = tmd_core_excerpt(file->version);
	if (tmd_str_equal_nocase(file->version, "latest"))
		add_problem(
			file, file->line,
			tmd_format("version %s names no release: write one, or leave the key out",
				   shown));
	else if (!tmd_core_version_fits(file->kind, file->version))
		add_problem(file, file->line,
			    tmd_format("%s versions %s, not %s", file->type,
				       tmd_core_version_form(file->kind), shown));
}

static void note_version_type(struct tmd_core_file *file, const struct tmd_yaml_node *node)
{
	TMD_AUTO_FREE char *written = NULL;

	if (node->kind != TMD_YAML_SCALAR) {
		add_problem(file, node->line,
			    tmd_format("version is %s, not a text", tmd_yaml_tag_name(node->tag)));
		return;
	}
	if (strlen(node->text) != node->len) {
		add_problem(file, node->line, tmd_strdup("version holds a NUL"));
		return;
	}
	if (node->tag == TMD_YAML_NULL || !node->len) {
		add_problem(file, node->line, tmd_strdup("version has no value"));
		return;
	}
	if (node->tag == TMD_YAML_STR ||
	    (node->tag == TMD_YAML_INT && file->version && is_kind(file, "shotgun")))
		return;
	written = tmd_core_excerpt(node->text);
	add_problem(file, node->line,
		    tmd_format("version %s is %s to Toolkit: write quotes around it", written,
			       tmd_yaml_tag_name(node->tag)));
}

/* ---- what Toolkit refuses ---- */

static void refuse(struct tmd_core_file *file, const char *path, size_t line, const char *hint,
		   const char *what)
{
	(void)tmd_fail(&file->refused, TMD_E_CONFLICT, path, hint, "line %zu: %s", line, what);
}

static void refuse_type(struct tmd_core_file *file, const char *path)
{
	TMD_AUTO_FREE char *shown = tmd_core_excerpt(file->type);
	TMD_AUTO_FREE char *what = tmd_format("Toolkit knows no descriptor type %s%s", shown,
					      tmd_str_ends(file->type, ",") ? ": remove the comma" :
									      "");

	refuse(file, path, file->type_line, "mend the type by hand first", what);
}

void tmd_core_note_refused(struct tmd_core_file *file, const char *path)
{
	TMD_AUTO_FREE char *why = NULL;

	if (!file->type) {
		refuse(file, path, file->location_line, "write a type, app_store for one",
		       "location has no type: Toolkit refuses it");
		return;
	}
	if (!file->kind) {
		refuse_type(file, path);
		return;
	}
	why = tmd_core_kind_refuses(file->kind, &file->descriptor);
	if (why)
		refuse(file, path, file->location_line, "mend the descriptor by hand first", why);
}

void tmd_core_note_problems(struct tmd_core_file *file, const struct tmd_yaml_node *location)
{
	const struct tmd_yaml_node *version = tmd_yaml_find(&file->doc, location, "version");

	note_keys(file, file->doc.nodes);
	note_keys(file, location);
	if (file->refused.kind != TMD_E_NONE)
		tmd_strv_add_once(&file->problems, file->refused.message);
	if (version)
		note_version_type(file, version);
	note_no_version(file);
	note_version_text(file);
}
