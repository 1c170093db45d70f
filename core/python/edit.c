/* Changes the arguments, and looks whether nothing else became of the source. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "python/arguments.h"
#include "python/names.h"
#include "python/source.h"

/* ---- may it be changed? ---- */

static enum tmd_rc refuse(const struct tmd_py_call *call, const char *path, const char *why,
			  struct tmd_error *err)
{
	return tmd_fail(err, TMD_E_REFUSED, path, "change this call by hand",
			"line %zu, column %zu: %s", call->line, call->column, why);
}

/* What is not ASCII needs a declaration that Python 2 reads as well. */
static bool can_hold(const struct tmd_py_source *source, const char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text >= 0x80)
			return source->encoding == TMD_PY_UTF8;
	}
	return true;
}

static enum tmd_rc check_text(const struct tmd_py_source *source, const struct tmd_py_call *call,
			      const struct tmd_py_wish *wish, const char *path,
			      struct tmd_error *err)
{
	size_t at = source->tree->nodes[call->list].start;

	if (!can_hold(source, wish->text))
		return refuse(call, path,
			      "ca_certs is not ASCII, and the file does not say that it is UTF-8",
			      err);
	for (size_t i = 0; i < wish->names.count; i++) {
		TMD_AUTO_FREE char *why = NULL;

		if (tmd_py_is_imported(source->names, wish->names.items[i], at))
			continue;
		why = tmd_format("%.60s, which ca_certs needs, is not what the file imports at its "
				 "top under this name", wish->names.items[i]);
		return refuse(call, path, why, err);
	}
	return TMD_OK;
}

static enum tmd_rc check_removal(const struct tmd_py_source *source, const struct tmd_py_call *call,
				 const char *path, struct tmd_error *err)
{
	TMD_AUTO_FREE char *text = NULL;
	TMD_AUTO_FREE char *why = NULL;

	if (call->place != TMD_PY_BY_KEYWORD || call->kept == TMD_PY_NONE)
		return TMD_OK;
	text = tmd_py_text(source->tree, call->kept);
	why = tmd_format("without ca_certs nobody could tell whether %.60s holds it", text);
	return refuse(call, path, why, err);
}

enum tmd_rc tmd_py_judge(const struct tmd_py_source *source, const struct tmd_py_call *call,
			 const struct tmd_py_wish *wish, const char *path, bool *change,
			 struct tmd_error *err)
{
	*change = false;
	if (call->fate == TMD_PY_FOREIGN)
		return TMD_OK;
	if (call->fate == TMD_PY_UNSURE)
		return refuse(call, path, call->why, err);
	if (tmd_str_equal(call->value, wish ? wish->value : NULL))
		return TMD_OK;
	if (call->locked)
		return refuse(call, path, call->locked, err);
	if (wish ? check_text(source, call, wish, path, err) :
		   check_removal(source, call, path, err))
		return TMD_FAILED;
	*change = true;
	return TMD_OK;
}

/* ---- the bytes ---- */

struct splice {
	size_t start;
	size_t end;
	char *text; /* instead; NULL: nothing */
};

struct edits {
	struct splice *items;
	size_t count;
	size_t cap;
};

static void edits_release(struct edits *edits)
{
	for (size_t i = 0; i < edits->count; i++)
		free(edits->items[i].text);
	free(edits->items);
}

static void add_splice(struct edits *edits, size_t start, size_t end, char *text)
{
	struct splice *splice;

	edits->items = tmd_grow(edits->items, &edits->cap, edits->count + 1, sizeof(*edits->items));
	splice = &edits->items[edits->count++];
	splice->start = start;
	splice->end = end;
	splice->text = text;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\f';
}

static size_t skip_blanks(const struct tmd_py_tree *tree, size_t at)
{
	while (at < tree->len && is_blank(tree->text[at]))
		at++;
	return at;
}

static size_t line_start(const struct tmd_py_tree *tree, size_t at)
{
	while (at && tree->text[at - 1] != '\n')
		at--;
	return at;
}

static bool is_line_end(const struct tmd_py_tree *tree, size_t at)
{
	return at == tree->len || tree->text[at] == '\n' || tree->text[at] == '\r';
}

static size_t line_end(const struct tmd_py_tree *tree, size_t at)
{
	while (!is_line_end(tree, at))
		at++;
	return at;
}

/* Does nothing but blanks stand before it in its line? */
static bool begins_line(const struct tmd_py_tree *tree, size_t at)
{
	return skip_blanks(tree, line_start(tree, at)) >= at;
}

/* The last argument before `before` (TMD_PY_NONE: of all), or TMD_PY_NONE. */
static uint32_t last_argument(const struct tmd_py_tree *tree, uint32_t list, uint32_t before)
{
	uint32_t found = TMD_PY_NONE;

	for (uint32_t i = tmd_py_first(tree, list); i != TMD_PY_NONE && i != before;
	     i = tree->nodes[i].next) {
		if (tmd_py_is_argument(tree, i))
			found = i;
	}
	return found;
}

/* The comma behind an argument, comments between them passed over, or TMD_PY_NONE. */
static uint32_t comma_behind(const struct tmd_py_tree *tree, uint32_t argument)
{
	uint32_t next = tree->nodes[argument].next;

	while (tmd_py_kind(tree, next) == TMD_PY_COMMENT)
		next = tree->nodes[next].next;
	return tmd_py_kind(tree, next) == TMD_PY_COMMA ? next : TMD_PY_NONE;
}

/* ---- adding ---- */

/* Blanks and a comment at most follow in the line. */
static bool ends_line(const struct tmd_py_tree *tree, size_t at)
{
	at = skip_blanks(tree, at);
	return is_line_end(tree, at) || tree->text[at] == '#';
}

/* A line break as its line has, and the blanks before the argument, which begins it. The caller frees. */
static char *new_line(const struct tmd_py_tree *tree, uint32_t argument)
{
	size_t at = tree->nodes[argument].start;
	size_t start = line_start(tree, at);
	size_t end = line_end(tree, tree->nodes[argument].end);
	bool crlf = end < tree->len ? tree->text[end] == '\r' :
				      start >= 2 && tree->text[start - 2] == '\r';
	TMD_AUTO_FREE char *blanks = tmd_strndup(tree->text + start, at - start);

	return tmd_format("%s%s", crlf ? "\r\n" : "\n", blanks);
}

static bool is_closed_behind(const struct tmd_py_tree *tree, size_t at)
{
	at = skip_blanks(tree, at);
	return at < tree->len && tree->text[at] == ')';
}

/* One line an argument, and so is the new one. False where the lines are laid out otherwise. */
static bool add_line(const struct tmd_py_tree *tree, uint32_t last, uint32_t comma,
		     const char *text, struct edits *edits)
{
	size_t end = tree->nodes[comma == TMD_PY_NONE ? last : comma].end;
	bool open = ends_line(tree, end);
	TMD_AUTO_FREE char *line = NULL;
	const char *separator = "";

	if (!begins_line(tree, tree->nodes[last].start) ||
	    (!open && !(comma == TMD_PY_NONE && is_closed_behind(tree, end))) ||
	    line_start(tree, end) != line_start(tree, tree->nodes[last].end))
		return false;
	line = new_line(tree, last);
	if (comma == TMD_PY_NONE && open && line_end(tree, end) > end)
		add_splice(edits, end, end, tmd_strdup(","));
	else if (comma == TMD_PY_NONE)
		separator = ",";
	if (open)
		end = line_end(tree, end);
	add_splice(edits, end, end, tmd_format("%s%sca_certs=%s%s", separator, line, text,
					       comma == TMD_PY_NONE ? "" : ","));
	return true;
}

static void add_argument(const struct tmd_py_tree *tree, uint32_t list, const char *text,
			 struct edits *edits)
{
	uint32_t last = last_argument(tree, list, TMD_PY_NONE);
	uint32_t comma = last == TMD_PY_NONE ? TMD_PY_NONE : comma_behind(tree, last);
	size_t at;

	if (last == TMD_PY_NONE) {
		at = tree->nodes[list].start + 1;
		add_splice(edits, at, at, tmd_format("ca_certs=%s", text));
		return;
	}
	if (add_line(tree, last, comma, text, edits))
		return;
	at = tree->nodes[comma == TMD_PY_NONE ? last : comma].end;
	add_splice(edits, at, at,
		   comma == TMD_PY_NONE ? tmd_format(", ca_certs=%s", text) :
					  tmd_format(" ca_certs=%s,", text));
}

/* ---- removing ---- */

/* Its whole line, when it has one: what is there besides are blanks and its own comma. */
static bool remove_line(const struct tmd_py_tree *tree, uint32_t argument, uint32_t comma,
			struct edits *edits)
{
	size_t start = tree->nodes[argument].start;
	size_t end = tree->nodes[comma == TMD_PY_NONE ? argument : comma].end;

	if (!begins_line(tree, start) || !is_line_end(tree, skip_blanks(tree, end)))
		return false;
	start = line_start(tree, start);
	end = line_end(tree, end);
	end += tree->text[end] == '\r';
	add_splice(edits, start, end + 1, NULL);
	return true;
}

static bool only_space(const struct tmd_py_tree *tree, size_t start, size_t end)
{
	while (start < end && tmd_is_space(tree->text[start]))
		start++;
	return start == end;
}

/* The last one: the comma before it goes, where none is behind it. */
static void remove_last(const struct tmd_py_tree *tree, uint32_t argument, uint32_t before,
			struct edits *edits)
{
	const struct tmd_py_node *node = &tree->nodes[argument];
	const struct tmd_py_node *comma;

	if (before == TMD_PY_NONE) {
		add_splice(edits, node->start, node->end, NULL);
		return;
	}
	comma = &tree->nodes[comma_behind(tree, before)];
	if (!begins_line(tree, node->start)) {
		add_splice(edits, comma->start, node->end, NULL);
		return;
	}
	add_splice(edits, comma->start, comma->end, NULL);
	if (remove_line(tree, argument, TMD_PY_NONE, edits))
		return;
	if (only_space(tree, comma->end, node->start))
		add_splice(edits, comma->end, node->end, NULL);
	else
		add_splice(edits, node->start, node->end, NULL);
}

static void remove_argument(const struct tmd_py_tree *tree, const struct tmd_py_call *call,
			    struct edits *edits)
{
	const struct tmd_py_node *node = &tree->nodes[call->argument];
	uint32_t comma = comma_behind(tree, call->argument);
	uint32_t before = last_argument(tree, call->list, call->argument);
	size_t end;

	if (comma == TMD_PY_NONE) {
		remove_last(tree, call->argument, before, edits);
		return;
	}
	if (remove_line(tree, call->argument, comma, edits))
		return;
	end = tree->nodes[comma].end;
	if (before != TMD_PY_NONE && is_closed_behind(tree, end) &&
	    tree->nodes[comma_behind(tree, before)].next == call->argument &&
	    tree->nodes[before].next == comma_behind(tree, before)) {
		add_splice(edits, tree->nodes[comma_behind(tree, before)].end, end, NULL);
		return;
	}
	if (only_space(tree, node->end, end - 1))
		add_splice(edits, node->start, skip_blanks(tree, end), NULL);
	else
		add_splice(edits, node->start, node->end, NULL);
}

/* ---- all of them ---- */

static void edit_call(const struct tmd_py_tree *tree, const struct tmd_py_call *call,
		      const struct tmd_py_wish *wish, struct edits *edits)
{
	uint32_t value;

	if (call->place == TMD_PY_NOT_GIVEN) {
		add_argument(tree, call->list, wish->text, edits);
		return;
	}
	value = tmd_py_value_of(tree, call->argument);
	if (wish)
		add_splice(edits, tree->nodes[value].start, tree->nodes[value].end,
			   tmd_strdup(wish->text));
	else if (call->kept != TMD_PY_NONE)
		add_splice(edits, tree->nodes[value].start, tree->nodes[value].end,
			   tmd_strdup("None"));
	else
		remove_argument(tree, call, edits);
}

static int compare(const void *a, const void *b)
{
	const struct splice *one = a;
	const struct splice *other = b;

	if (one->start != other->start)
		return one->start < other->start ? -1 : 1;
	return one->end < other->end ? -1 : one->end > other->end;
}

/* False where two of them meet: a call within the ca_certs of another. */
static bool apply(const struct tmd_py_tree *tree, struct edits *edits, struct tmd_buf *out)
{
	size_t at = 0;

	if (edits->count)
		qsort(edits->items, edits->count, sizeof(*edits->items), compare);
	for (size_t i = 0; i < edits->count; i++) {
		const struct splice *splice = &edits->items[i];

		if (splice->start < at)
			return false;
		tmd_buf_add(out, tree->text + at, splice->start - at);
		if (splice->text)
			tmd_buf_add_str(out, splice->text);
		at = splice->end;
	}
	tmd_buf_add(out, tree->text + at, tree->len - at);
	return true;
}

static void collect(const struct tmd_py_source *source, const struct tmd_py_wish *wish,
		    const char *path, struct edits *edits)
{
	struct tmd_error ignored = { 0 };

	for (size_t i = 0; i < source->count; i++) {
		bool change;

		if (!tmd_py_judge(source, &source->calls[i], wish, path, &change, &ignored) &&
		    change)
			edit_call(source->tree, &source->calls[i], wish, edits);
	}
}

/* ---- the check ---- */

/* Where the next argument that is not ca_certs stands; nothing: TMD_PY_NONE. */
static uint32_t next_other(const struct tmd_py_tree *tree, const struct tmd_py_call *call,
			   uint32_t at)
{
	while (at != TMD_PY_NONE && (!tmd_py_is_argument(tree, at) || at == call->argument))
		at = tree->nodes[at].next;
	return at;
}

/* The other arguments are what they were; of one that holds a call of its own that is its matter. */
static bool same_others(const struct tmd_py_tree *a, const struct tmd_py_call *one,
			const struct tmd_py_tree *b, const struct tmd_py_call *other)
{
	uint32_t i = next_other(a, one, tmd_py_first(a, one->list));
	uint32_t k = next_other(b, other, tmd_py_first(b, other->list));

	while (i != TMD_PY_NONE && k != TMD_PY_NONE) {
		TMD_AUTO_FREE char *text = tmd_py_text(a, i);

		if (!tmd_py_is(b, k, text) && !tmd_py_holds(a, i, TMD_PY_CALL))
			return false;
		i = next_other(a, one, a->nodes[i].next);
		k = next_other(b, other, b->nodes[k].next);
	}
	return i == k;
}

static bool call_holds(const struct tmd_py_source *source, const struct tmd_py_source *edited,
		       size_t index, const struct tmd_py_wish *wish)
{
	const struct tmd_py_call *before = &source->calls[index];
	const struct tmd_py_call *after = &edited->calls[index];
	struct tmd_error ignored = { 0 };
	bool change = false;

	if (before->fate != after->fate)
		return false;
	if (before->fate != TMD_PY_SURE)
		return true;
	if (tmd_py_judge(source, before, wish, NULL, &change, &ignored) || !change)
		return tmd_str_equal(before->value, after->value);
	return tmd_str_equal(after->value, wish ? wish->value : NULL) &&
	       same_others(source->tree, before, edited->tree, after);
}

static bool holds(const struct tmd_py_source *source, const struct tmd_buf *text,
		  const struct tmd_py_wish *wish)
{
	TMD_CLEANUP(tmd_py_source_release) struct tmd_py_source edited = { 0 };
	struct tmd_error ignored = { 0 };
	bool good;

	if (tmd_py_read(tmd_buf_str(text), text->len, NULL, &edited, &ignored))
		return false;
	good = edited.count == source->count &&
	       (edited.tree->doubt == SIZE_MAX) == (source->tree->doubt == SIZE_MAX);
	for (size_t i = 0; good && i < source->count; i++)
		good = call_holds(source, &edited, i, wish);
	return good;
}

enum tmd_rc tmd_py_edit(const struct tmd_py_source *source, const struct tmd_py_wish *wish,
			const char *path, struct tmd_buf *out, struct tmd_error *err)
{
	TMD_CLEANUP(edits_release) struct edits edits = { 0 };
	TMD_AUTO_BUF struct tmd_buf text = { 0 };

	collect(source, wish, path, &edits);
	if (!apply(source->tree, &edits, &text) || !holds(source, &text, wish))
		return tmd_fail(err, TMD_E_REFUSED, path, "change its calls by hand",
				"it cannot be changed safely");
	if (tmd_buf_check(&text, path, err))
		return TMD_FAILED;
	tmd_buf_release(out);
	*out = text;
	memset(&text, 0, sizeof(text));
	return TMD_OK;
}
