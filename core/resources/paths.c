/* Commas and wildcards in the text of a path. */
#include "resources/paths.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"

#define DEPTH_MAX 256 /* names of a path with wildcards */

/* ---- commas ---- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static void add_part(struct tmd_strv *parts, struct tmd_buf *part)
{
	const char *text = tmd_buf_str(part);
	size_t len = part->len;

	while (len && is_blank(*text)) {
		text++;
		len--;
	}
	while (len && is_blank(text[len - 1]))
		len--;
	if (len)
		tmd_strv_addn(parts, text, len);
	tmd_buf_clear(part);
}

void tmd_paths_split(const char *text, struct tmd_strv *parts)
{
	TMD_AUTO_BUF struct tmd_buf part = { 0 };

	for (; *text; text++) {
		if (*text == ',' && text[1] != ',') {
			add_part(parts, &part);
			continue;
		}
		text += *text == ',';
		tmd_buf_add_char(&part, *text);
	}
	add_part(parts, &part);
}

char *tmd_paths_join(const struct tmd_strv *parts)
{
	TMD_AUTO_BUF struct tmd_buf out = { 0 };

	for (size_t i = 0; i < parts->count; i++) {
		if (i)
			tmd_buf_add_char(&out, ',');
		for (const char *c = parts->items[i]; *c; c++)
			tmd_buf_add_str(&out, *c == ',' ? ",," : (char[]){ *c, '\0' });
	}
	return tmd_buf_steal(&out);
}

/* ---- does a name match ---- */

/* Behind the one character that stands at `text`. */
static const char *next_char(const char *text)
{
	uint32_t ignored;
	size_t len = tmd_utf8_next(text, strlen(text), &ignored);

	return text + (len ? len : 1);
}

/* Behind the ] of the set that begins at `set`, a [; NULL: it has no end, and is no set. */
static const char *set_end(const char *set)
{
	const char *at = set + 1 + (set[1] == '!' || set[1] == '^');

	at = *at ? strchr(at + 1, ']') : NULL;
	return at ? at + 1 : NULL;
}

/* Sets are of bytes. */
static bool set_has(const char *set, const char *end, char c)
{
	bool negated = set[1] == '!' || set[1] == '^';
	bool found = false;

	for (const char *at = set + 1 + negated; at < end - 1; at++) {
		if (at[1] == '-' && at + 2 < end - 1) {
			found = found || (*at <= c && c <= at[2]);
			at += 2;
		} else {
			found = found || *at == c;
		}
	}
	return found != negated;
}

/* One step of the pattern and of the name; false: they differ. No * stands there. */
static bool step(const char **pattern, const char **name)
{
	const char *end = **pattern == '[' ? set_end(*pattern) : NULL;

	if (end && !set_has(*pattern, end, **name))
		return false;
	if (!end && **pattern != '?' && **pattern != **name)
		return false;
	*name = **pattern == '?' ? next_char(*name) : *name + 1;
	*pattern = end ? end : *pattern + 1;
	return true;
}

/* Goes back to the last * only, which is enough. */
static bool matches(const char *pattern, const char *name)
{
	const char *star = NULL;
	const char *from = NULL;

	while (*name) {
		if (*pattern == '*') {
			star = ++pattern;
			from = name;
		} else if (!*pattern || !step(&pattern, &name)) {
			if (!star)
				return false;
			pattern = star;
			name = ++from;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

/* In the spelling that this system compares names in. */
static bool name_matches(const char *pattern, const char *name)
{
	TMD_AUTO_FREE char *wanted = tmd_path_key(pattern);
	TMD_AUTO_FREE char *there = tmd_path_key(name);

	return (*name != '.' || *pattern == '.') && matches(wanted, there);
}

static bool has_wildcard(const char *text)
{
	return strpbrk(text, "*?[") != NULL;
}

#define NAME_MAX_LEN 100 /* bytes; longer ones are told by their beginning */

char *tmd_paths_name(const char *text)
{
	TMD_AUTO_STRV struct tmd_strv parts = { 0 };

	tmd_paths_split(text, &parts);
	if (strlen(text) <= NAME_MAX_LEN || parts.count < 2)
		return tmd_strdup(text);
	return tmd_format("%s and %zu more", parts.items[0], parts.count - 1);
}

bool tmd_paths_may_be_many(const char *text)
{
	return has_wildcard(text) || strchr(text, ',');
}

/* ---- wildcards ---- */

struct search {
	struct tmd_view *view;
	enum tmd_file_type want; /* of what a wildcard in the last name stands for */
};

static bool is_of_type(const struct search *s, const char *path, enum tmd_file_type type)
{
	struct tmd_stat st;
	struct tmd_error ignored;

	return tmd_view_stat(s->view, path, &st, &ignored) == TMD_OK && st.type == type;
}

static enum tmd_rc add_path(struct tmd_strv *out, const char *path, struct tmd_error *err)
{
	if (out->count >= TMD_PATHS_MAX)
		return tmd_fail(err, TMD_E_REFUSED, NULL, "name them in several parts",
				"more than %d paths", TMD_PATHS_MAX);
	tmd_strv_add(out, path);
	return TMD_OK;
}

static enum tmd_rc add_matching(const struct search *s, const char *dir, const char *pattern,
				struct tmd_strv *out, struct tmd_error *err)
{
	TMD_AUTO_STRV struct tmd_strv names = { 0 };

	if (tmd_view_list(s->view, dir, &names, err))
		return err->kind == TMD_E_NOT_FOUND ? TMD_OK : TMD_FAILED;
	for (size_t i = 0; i < names.count; i++) {
		TMD_AUTO_FREE char *path = tmd_path_join(dir, names.items[i]);

		if (name_matches(pattern, names.items[i]) && is_of_type(s, path, s->want) &&
		    add_path(out, path, err))
			return TMD_FAILED;
	}
	return TMD_OK;
}

static enum tmd_rc add_in(const struct search *s, const char *dir, const char *name,
			  struct tmd_strv *out, struct tmd_error *err)
{
	TMD_AUTO_FREE char *path = NULL;

	if (has_wildcard(name))
		return add_matching(s, dir, name, out, err);
	path = tmd_path_join(dir, name);
	return tmd_view_exists(s->view, path) ? add_path(out, path, err) : TMD_OK;
}

/* The directories above come first: theirs are matched before their names are. */
static enum tmd_rc find(const struct search *s, const char *pattern, unsigned depth,
			struct tmd_strv *out, struct tmd_error *err)
{
	const struct search above = { s->view, TMD_FILE_DIRECTORY };
	const char *name = tmd_path_base(pattern);
	TMD_AUTO_FREE char *dir = tmd_path_dir(pattern);
	TMD_AUTO_STRV struct tmd_strv dirs = { 0 };

	if (!has_wildcard(pattern) || strcmp(dir, pattern) == 0 || depth == DEPTH_MAX)
		return add_path(out, pattern, err);
	if (!*name)
		return find(s, dir, depth + 1, out, err);
	if (find(&above, dir, depth + 1, &dirs, err))
		return TMD_FAILED;
	for (size_t i = 0; i < dirs.count; i++) {
		if (add_in(s, dirs.items[i], name, out, err))
			return TMD_FAILED;
	}
	return TMD_OK;
}

static enum tmd_rc add_found(const struct search *s, const char *part, struct tmd_strv *out,
			     struct tmd_error *err)
{
	size_t before = out->count;

	if (!has_wildcard(part) || tmd_view_exists(s->view, part))
		return add_path(out, part, err);
	if (find(s, part, 0, out, err))
		return TMD_FAILED;
	return out->count == before ? add_path(out, part, err) : TMD_OK;
}

static void drop_repeated(struct tmd_strv *paths)
{
	TMD_AUTO_STRV struct tmd_strv sorted = { 0 };

	tmd_strv_copy(&sorted, paths);
	tmd_strv_sort(&sorted);
	for (size_t i = 1; i < sorted.count; i++) {
		if (strcmp(sorted.items[i], sorted.items[i - 1]) != 0)
			continue;
		for (size_t k = paths->count; k-- > 0;) {
			if (strcmp(paths->items[k], sorted.items[i]) != 0)
				continue;
			tmd_strv_remove(paths, k);
			break;
		}
	}
}

enum tmd_rc tmd_paths_expand(struct tmd_view *view, const char *text, enum tmd_file_type want,
			     struct tmd_strv *out, bool *many, struct tmd_error *err)
{
	const struct search search = { view, want };
	TMD_AUTO_STRV struct tmd_strv parts = { 0 };

	*many = tmd_paths_may_be_many(text) && !tmd_view_exists(view, text);
	if (!*many)
		return add_path(out, text, err);
	tmd_paths_split(text, &parts);
	for (size_t i = 0; i < parts.count; i++) {
		if (add_found(&search, parts.items[i], out, err))
			return TMD_FAILED;
	}
	drop_repeated(out);
	return TMD_OK;
}

enum tmd_rc tmd_paths_check(struct tmd_view *view, const char *path, struct tmd_error *err)
{
	if (!has_wildcard(path) || tmd_view_exists(view, path))
		return TMD_OK;
	return tmd_fail(err, TMD_E_NOT_FOUND, path, "check the path", "nothing matches it");
}
