/* Finds the constructions in a source. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "python/arguments.h"
#include "python/names.h"
#include "python/source.h"

bool tmd_py_mentions_api(const char *text, size_t len)
{
	static const char word[] = "Shotgun";
	const char *at = text;
	const char *end = text + len;

	while (at && (size_t)(end - at) >= sizeof(word) - 1) {
		at = memchr(at, word[0], (size_t)(end - at) - (sizeof(word) - 2));
		if (at && memcmp(at, word, sizeof(word) - 1) == 0)
			return true;
		at = at ? at + 1 : NULL;
	}
	return false;
}

/* ---- where ---- */

static size_t column_of(const struct tmd_py_source *source, size_t at)
{
	const char *text = source->tree->text;
	size_t start = at;
	size_t column = 1;

	while (start && text[start - 1] != '\n')
		start--;
	for (size_t i = start; i < at; i++)
		column += source->encoding == TMD_PY_ONE_BYTE || ((unsigned char)text[i] & 0xc0) != 0x80;
	return column;
}

/* A byte order mark is no character of the first line. */
static void set_place(const struct tmd_py_source *source, struct tmd_py_call *call, size_t at)
{
	const struct tmd_py_tree *tree = source->tree;

	call->line = tmd_line_of(tree->text, tree->len, at);
	call->column = column_of(source, at);
	if (call->line == 1 && tmd_str_starts(tree->text, "\xef\xbb\xbf"))
		call->column--;
}

/* ---- what ---- */

static void say(struct tmd_py_call *call, enum tmd_py_fate fate, char *why)
{
	call->fate = fate;
	call->why = why;
}

static void say_unbound(const struct tmd_py_source *source, struct tmd_py_call *call)
{
	say(call, TMD_PY_UNSURE,
	    tmd_strdup(tmd_py_imports_all(source->names) ?
			       "Shotgun may come from a module of which everything is imported" :
			       "Shotgun is not imported in this file"));
}

/* True where it is a call of the API's constructor, whatever its arguments. */
static bool take_meaning(const struct tmd_py_source *source, const struct tmd_py_what *what,
			 bool named, struct tmd_py_call *call)
{
	switch (what->meaning) {
	case TMD_PY_API:
		return true;
	case TMD_PY_DERIVED:
		if (!tmd_py_is_plain_class(source->tree, what->class_node))
			say(call, TMD_PY_UNSURE,
			    tmd_strdup("its class has other bases or a decorator"));
		return true;
	case TMD_PY_MIXED:
		say(call, TMD_PY_UNSURE, tmd_strdup("its name stands for other things, too"));
		return true;
	case TMD_PY_MOCKGUN:
		say(call, TMD_PY_FOREIGN, tmd_strdup("mockgun connects to nothing"));
		return true;
	case TMD_PY_MODULE_OR_ITS:
		if (named)
			say(call, TMD_PY_FOREIGN,
			    tmd_format("%.60s is not the class of shotgun_api3", what->module));
		return named;
	case TMD_PY_UNBOUND:
		if (named)
			say_unbound(source, call);
		return named;
	case TMD_PY_UNKNOWN:
		if (named)
			say(call, TMD_PY_UNSURE,
			    tmd_strdup("the file does not say what Shotgun is here"));
		return named;
	case TMD_PY_NOTHING:
	case TMD_PY_OWN:
	default:
		return false;
	}
}

/* The name that is called: of a.b.c it is c. */
static uint32_t last_name(const struct tmd_py_tree *tree, uint32_t function)
{
	if (tmd_py_kind(tree, function) == TMD_PY_ATTRIBUTE)
		return tmd_py_child(tree, function, TMD_PY_FIELD_ATTRIBUTE);
	return tmd_py_kind(tree, function) == TMD_PY_IDENTIFIER ? function : TMD_PY_NONE;
}

static bool is_construction(const struct tmd_py_source *source, uint32_t function,
			    struct tmd_py_call *call)
{
	const struct tmd_py_tree *tree = source->tree;
	uint32_t name = last_name(tree, function);
	struct tmd_py_what what;
	bool taken;

	if (name == TMD_PY_NONE || !tmd_py_is_candidate(source->names, name))
		return false;
	what = tmd_py_resolve(source->names, function);
	taken = take_meaning(source, &what, tmd_py_is(tree, name, "Shotgun"), call);
	/* The constructor of its own calls the API's, which is looked at where that stands. */
	if (what.meaning == TMD_PY_DERIVED && tmd_py_has_constructor(tree, what.class_node)) {
		taken = false;
		free(call->why);
		call->why = NULL;
	}
	tmd_py_what_release(&what);
	return taken;
}

/* ---- Shotgun.__init__(self, …) and super().__init__(…) in a derived class ---- */

static bool is_super(const struct tmd_py_tree *tree, uint32_t node)
{
	return tmd_py_kind(tree, node) == TMD_PY_CALL &&
	       tmd_py_is(tree, tmd_py_child(tree, node, TMD_PY_FIELD_FUNCTION), "super");
}

/* The class that a name means, which the tree has where it is defined. */
static struct tmd_py_what class_itself(const struct tmd_py_source *source, uint32_t class_node)
{
	uint32_t name = tmd_py_child(source->tree, class_node, TMD_PY_FIELD_NAME);

	return tmd_py_resolve(source->names, name);
}

static bool is_upcall_by_super(const struct tmd_py_source *source, uint32_t function,
			       struct tmd_py_call *call)
{
	const struct tmd_py_tree *tree = source->tree;
	uint32_t class_node = tmd_py_class_of_method(tree, function);
	struct tmd_py_what what;
	bool derived;

	if (class_node == TMD_PY_NONE)
		return false;
	what = class_itself(source, class_node);
	derived = what.meaning == TMD_PY_DERIVED || what.meaning == TMD_PY_MIXED;
	if (what.meaning == TMD_PY_MIXED || (derived && !tmd_py_is_plain_class(tree, class_node)))
		say(call, TMD_PY_UNSURE, tmd_strdup("its class has other bases or a decorator"));
	tmd_py_what_release(&what);
	return derived;
}

/* Whoever calls by the class passes `self` first. */
static bool is_upcall(const struct tmd_py_source *source, uint32_t function, size_t *skipped,
		      struct tmd_py_call *call)
{
	const struct tmd_py_tree *tree = source->tree;
	uint32_t object = tmd_py_child(tree, function, TMD_PY_FIELD_OBJECT);
	uint32_t attribute = tmd_py_child(tree, function, TMD_PY_FIELD_ATTRIBUTE);

	if (tmd_py_kind(tree, function) != TMD_PY_ATTRIBUTE || object == TMD_PY_NONE ||
	    !tmd_py_is(tree, attribute, "__init__"))
		return false;
	if (is_super(tree, object))
		return is_upcall_by_super(source, function, call);
	*skipped = 1;
	return is_construction(source, object, call) && call->fate != TMD_PY_FOREIGN;
}

/* ---- what is around it ---- */

/* A parse error leaves nothing certain in its statement, and behind it. */
static bool is_in_doubt(const struct tmd_py_tree *tree, uint32_t node)
{
	if (tree->doubt == SIZE_MAX)
		return false;
	while (tree->nodes[node].parent != TMD_PY_NONE && tree->nodes[node].parent != 0)
		node = tree->nodes[node].parent;
	return tree->nodes[node].end > tree->doubt ||
	       tmd_py_kind(tree, 0) != TMD_PY_MODULE;
}

static void doubt(const struct tmd_py_tree *tree, struct tmd_py_call *call)
{
	size_t line = tmd_line_of(tree->text, tree->len, tree->doubt);

	free(call->why);
	free(call->value);
	call->value = NULL;
	say(call, TMD_PY_UNSURE,
	    tmd_format("line %zu is not understood (an error, or backquotes of Python 2)", line));
}

static void look_around(const struct tmd_py_tree *tree, uint32_t node, struct tmd_py_call *call)
{
	if (is_in_doubt(tree, node))
		doubt(tree, call);
	if (tmd_py_around(tree, node, TMD_PY_INTERPOLATION) != TMD_PY_NONE && !call->locked)
		call->locked = tmd_strdup("it stands within an f-string");
}

/* ---- the whole ---- */

static void release_call(struct tmd_py_call *call)
{
	free(call->why);
	free(call->locked);
	free(call->value);
}

static void add_call(struct tmd_py_source *source, const struct tmd_py_call *call)
{
	source->calls = tmd_grow(source->calls, &source->cap, source->count + 1,
				 sizeof(*source->calls));
	source->calls[source->count++] = *call;
}

static void take_call(struct tmd_py_source *source, uint32_t node)
{
	const struct tmd_py_tree *tree = source->tree;
	uint32_t function = tmd_py_child(tree, node, TMD_PY_FIELD_FUNCTION);
	struct tmd_py_call call = { .list = tmd_py_child(tree, node, TMD_PY_FIELD_ARGUMENTS),
				    .argument = TMD_PY_NONE,
				    .kept = TMD_PY_NONE };
	size_t skipped = 0;

	if (function == TMD_PY_NONE || call.list == TMD_PY_NONE ||
	    (!is_construction(source, function, &call) &&
	     !is_upcall(source, function, &skipped, &call))) {
		release_call(&call);
		return;
	}
	set_place(source, &call, tree->nodes[node].start);
	if (call.fate == TMD_PY_SURE)
		tmd_py_read_arguments(tree, skipped, &call);
	look_around(tree, node, &call);
	add_call(source, &call);
}

/* What looks like a call and is none to the grammar, because of an error: a bracket too few. */
static void take_remains(struct tmd_py_source *source, uint32_t node)
{
	const struct tmd_py_tree *tree = source->tree;
	uint32_t parent = tree->nodes[node].parent;
	struct tmd_py_call call = { .list = TMD_PY_NONE,
				    .argument = TMD_PY_NONE,
				    .kept = TMD_PY_NONE };

	if (tree->doubt > tree->nodes[node].start || node + 1 == tree->count ||
	    tmd_py_kind(tree, node + 1) != TMD_PY_OPEN ||
	    tmd_py_kind(tree, parent) != TMD_PY_ERROR || !tmd_py_is_candidate(source->names, node))
		return;
	set_place(source, &call, tree->nodes[node].start);
	doubt(tree, &call);
	add_call(source, &call);
}

static enum tmd_rc find(struct tmd_py_source *source, const char *path, struct tmd_error *err)
{
	for (uint32_t i = 0; i < source->tree->count; i++) {
		if (tmd_py_kind(source->tree, i) == TMD_PY_CALL)
			take_call(source, i);
		else if (tmd_py_kind(source->tree, i) == TMD_PY_IDENTIFIER)
			take_remains(source, i);
		if (source->count > TMD_PY_CALLS_MAX)
			return tmd_fail(err, TMD_E_REFUSED, path, "leave it out",
					"it has more than %d calls of Shotgun", TMD_PY_CALLS_MAX);
	}
	return TMD_OK;
}

enum tmd_rc tmd_py_read(const char *text, size_t len, const char *path, struct tmd_py_source *out,
			struct tmd_error *err)
{
	struct tmd_py_source source = { 0 };

	if (tmd_py_encoding_of(text, len, path, &source.encoding, err))
		return TMD_FAILED;
	if (!tmd_py_mentions_api(text, len)) {
		*out = source;
		return TMD_OK;
	}
	source.tree = tmd_alloc(1, sizeof(*source.tree));
	if (tmd_py_parse(text, len, path, source.tree, err)) {
		free(source.tree);
		return TMD_FAILED;
	}
	source.names = tmd_py_names_new(source.tree);
	if (find(&source, path, err)) {
		tmd_py_source_release(&source);
		return TMD_FAILED;
	}
	*out = source;
	return TMD_OK;
}

void tmd_py_source_release(struct tmd_py_source *source)
{
	for (size_t i = 0; i < source->count; i++)
		release_call(&source->calls[i]);
	free(source->calls);
	tmd_py_names_free(source->names);
	if (source->tree)
		tmd_py_tree_release(source->tree);
	free(source->tree);
	memset(source, 0, sizeof(*source));
}
