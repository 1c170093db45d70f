/* The only user of tree-sitter: parses, and copies the tree into an array. */
#include "python/tree.h"

#include <stdlib.h>
#include <string.h>

#include <tree_sitter/api.h>

#include "base/mem.h"
#include "base/str.h"

#define TIME_MAX 30000000 /* microseconds; the largest source that is Python takes one second */

const TSLanguage *tree_sitter_python(void);

static const char *const kind_names[] = {
	[TMD_PY_MODULE] = "module",
	[TMD_PY_ERROR] = "ERROR",
	[TMD_PY_COMMENT] = "comment",
	[TMD_PY_CALL] = "call",
	[TMD_PY_ARGUMENT_LIST] = "argument_list",
	[TMD_PY_KEYWORD_ARGUMENT] = "keyword_argument",
	[TMD_PY_LIST_SPLAT] = "list_splat",
	[TMD_PY_DICTIONARY_SPLAT] = "dictionary_splat",
	[TMD_PY_GENERATOR] = "generator_expression",
	[TMD_PY_IDENTIFIER] = "identifier",
	[TMD_PY_ATTRIBUTE] = "attribute",
	[TMD_PY_SUBSCRIPT] = "subscript",
	[TMD_PY_STRING] = "string",
	[TMD_PY_STRING_START] = "string_start",
	[TMD_PY_INTERPOLATION] = "interpolation",
	[TMD_PY_CONCATENATED] = "concatenated_string",
	[TMD_PY_PARENTHESIZED] = "parenthesized_expression",
	[TMD_PY_NONE_VALUE] = "none",
	[TMD_PY_BINARY] = "binary_operator",
	[TMD_PY_BOOLEAN] = "boolean_operator",
	[TMD_PY_CONDITIONAL] = "conditional_expression",
	[TMD_PY_EXPRESSION_STATEMENT] = "expression_statement",
	[TMD_PY_IMPORT] = "import_statement",
	[TMD_PY_IMPORT_FROM] = "import_from_statement",
	[TMD_PY_ALIASED_IMPORT] = "aliased_import",
	[TMD_PY_DOTTED_NAME] = "dotted_name",
	[TMD_PY_RELATIVE_IMPORT] = "relative_import",
	[TMD_PY_WILDCARD] = "wildcard_import",
	[TMD_PY_ASSIGNMENT] = "assignment",
	[TMD_PY_AUGMENTED] = "augmented_assignment",
	[TMD_PY_WALRUS] = "named_expression",
	[TMD_PY_FOR] = "for_statement",
	[TMD_PY_FOR_IN] = "for_in_clause",
	[TMD_PY_AS_TARGET] = "as_pattern_target",
	[TMD_PY_EXCEPT] = "except_clause",
	[TMD_PY_FUNCTION] = "function_definition",
	[TMD_PY_LAMBDA] = "lambda",
	[TMD_PY_CLASS] = "class_definition",
	[TMD_PY_DECORATED] = "decorated_definition",
	[TMD_PY_PARAMETERS] = "parameters",
	[TMD_PY_LAMBDA_PARAMETERS] = "lambda_parameters",
	[TMD_PY_DEFAULT_PARAMETER] = "default_parameter",
	[TMD_PY_TYPED_DEFAULT_PARAMETER] = "typed_default_parameter",
	[TMD_PY_TYPED_PARAMETER] = "typed_parameter",
	[TMD_PY_GLOBAL] = "global_statement",
	[TMD_PY_NONLOCAL] = "nonlocal_statement",
	[TMD_PY_CASE_PATTERN] = "case_pattern",
	[TMD_PY_OPEN] = "(",
	[TMD_PY_CLOSE] = ")",
	[TMD_PY_COMMA] = ",",
};

static const char *const field_names[] = {
	[TMD_PY_FIELD_NAME] = "name",
	[TMD_PY_FIELD_VALUE] = "value",
	[TMD_PY_FIELD_FUNCTION] = "function",
	[TMD_PY_FIELD_ARGUMENTS] = "arguments",
	[TMD_PY_FIELD_OBJECT] = "object",
	[TMD_PY_FIELD_ATTRIBUTE] = "attribute",
	[TMD_PY_FIELD_LEFT] = "left",
	[TMD_PY_FIELD_RIGHT] = "right",
	[TMD_PY_FIELD_BODY] = "body",
	[TMD_PY_FIELD_ALIAS] = "alias",
	[TMD_PY_FIELD_MODULE_NAME] = "module_name",
	[TMD_PY_FIELD_SUPERCLASSES] = "superclasses",
	[TMD_PY_FIELD_TYPE] = "type",
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What no table of a language has a number for is found by its name. */
static uint8_t number_of(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 1; name && i < count; i++) {
		if (names[i] && strcmp(names[i], name) == 0)
			return (uint8_t)i;
	}
	return 0;
}

struct walk {
	struct tmd_py_tree *tree;
	TSTreeCursor cursor;
	uint32_t parent;
	uint32_t before;	  /* the sibling that was added last, or TMD_PY_NONE */
	uint8_t kinds[UINT8_MAX]; /* of the grammar's symbols, as far as they are known yet */
};

static bool has_children(TSNode node)
{
	return ts_node_child_count(node) != 0;
}

static uint8_t kind_of(struct walk *w, TSNode node)
{
	TSSymbol symbol = ts_node_symbol(node);
	uint8_t kind;

	if (symbol >= COUNT(w->kinds))
		return number_of(kind_names, COUNT(kind_names), ts_node_type(node));
	kind = w->kinds[symbol];
	if (!kind)
		kind = (uint8_t)(1 + number_of(kind_names, COUNT(kind_names), ts_node_type(node)));
	w->kinds[symbol] = kind;
	return (uint8_t)(kind - 1);
}

static void doubt_from(struct tmd_py_tree *tree, size_t at)
{
	if (at < tree->doubt)
		tree->doubt = at;
}

/* Backquotes are the repr() of Python 2, and no string whatever the grammar says. */
static bool is_backquote(const struct tmd_py_tree *tree, const struct tmd_py_node *node)
{
	return node->kind == TMD_PY_STRING_START && node->end > node->start &&
	       tree->text[node->end - 1] == '`';
}

static uint32_t add_node(struct walk *w)
{
	struct tmd_py_tree *tree = w->tree;
	TSNode from = ts_tree_cursor_current_node(&w->cursor);
	uint32_t index = (uint32_t)tree->count;
	struct tmd_py_node *node;

	tree->nodes = tmd_grow(tree->nodes, &tree->cap, tree->count + 1, sizeof(*tree->nodes));
	node = &tree->nodes[tree->count++];
	*node = (struct tmd_py_node){ .start = ts_node_start_byte(from),
				      .end = ts_node_end_byte(from),
				      .parent = w->parent,
				      .next = TMD_PY_NONE,
				      .last = index,
				      .kind = kind_of(w, from) };
	node->field = number_of(field_names, COUNT(field_names),
				ts_tree_cursor_current_field_name(&w->cursor));
	if (w->before != TMD_PY_NONE)
		tree->nodes[w->before].next = index;
	if (node->kind == TMD_PY_ERROR || ts_node_is_missing(from) || is_backquote(tree, node))
		doubt_from(tree, node->start);
	return index;
}

/* To the next node in the order of the text; false at the end. `at` is where the cursor stands. */
static bool advance(struct walk *w, uint32_t at)
{
	struct tmd_py_tree *tree = w->tree;

	if (has_children(ts_tree_cursor_current_node(&w->cursor)) &&
	    ts_tree_cursor_goto_first_child(&w->cursor)) {
		w->parent = at;
		w->before = TMD_PY_NONE;
		return true;
	}
	while (!ts_tree_cursor_goto_next_sibling(&w->cursor)) {
		at = tree->nodes[at].parent;
		if (at == TMD_PY_NONE || !ts_tree_cursor_goto_parent(&w->cursor))
			return false;
		tree->nodes[at].last = (uint32_t)(tree->count - 1);
	}
	w->before = at;
	w->parent = tree->nodes[at].parent;
	return w->parent != TMD_PY_NONE;
}

static void copy_tree(TSTree *from, struct tmd_py_tree *tree)
{
	struct walk w = { .tree = tree, .parent = TMD_PY_NONE, .before = TMD_PY_NONE };
	uint32_t at;

	w.cursor = ts_tree_cursor_new(ts_tree_root_node(from));
	do {
		at = add_node(&w);
	} while (advance(&w, at));
	ts_tree_cursor_delete(&w.cursor);
}

enum tmd_rc tmd_py_parse(const char *text, size_t len, const char *path, struct tmd_py_tree *out,
			 struct tmd_error *err)
{
	TSParser *parser = ts_parser_new();
	TSTree *tree = NULL;

	ts_parser_set_timeout_micros(parser, TIME_MAX);
	if (len <= TMD_PY_MAX && ts_parser_set_language(parser, tree_sitter_python()))
		tree = ts_parser_parse_string(parser, NULL, text, (uint32_t)len);
	ts_parser_delete(parser);
	if (!tree)
		return tmd_fail(err, TMD_E_REFUSED, path, "change it by hand",
				"it is no Python that could be parsed in half a minute");
	*out = (struct tmd_py_tree){ .text = text, .len = len, .doubt = SIZE_MAX };
	copy_tree(tree, out);
	ts_tree_delete(tree);
	return TMD_OK;
}

void tmd_py_tree_release(struct tmd_py_tree *tree)
{
	free(tree->nodes);
	memset(tree, 0, sizeof(*tree));
}

/* ---- asking ---- */

uint32_t tmd_py_first(const struct tmd_py_tree *tree, uint32_t node)
{
	if (node == TMD_PY_NONE || tree->nodes[node].last == node)
		return TMD_PY_NONE;
	return node + 1;
}

uint32_t tmd_py_child(const struct tmd_py_tree *tree, uint32_t node, enum tmd_py_field field)
{
	uint32_t child = tmd_py_first(tree, node);

	while (child != TMD_PY_NONE && tree->nodes[child].field != field)
		child = tree->nodes[child].next;
	return child;
}

enum tmd_py_kind tmd_py_kind(const struct tmd_py_tree *tree, uint32_t node)
{
	return node == TMD_PY_NONE ? TMD_PY_OTHER : (enum tmd_py_kind)tree->nodes[node].kind;
}

enum tmd_py_field tmd_py_field(const struct tmd_py_tree *tree, uint32_t node)
{
	return node == TMD_PY_NONE ? TMD_PY_FIELD_NONE : (enum tmd_py_field)tree->nodes[node].field;
}

bool tmd_py_is(const struct tmd_py_tree *tree, uint32_t node, const char *text)
{
	size_t len = strlen(text);
	const struct tmd_py_node *n;

	if (node == TMD_PY_NONE)
		return false;
	n = &tree->nodes[node];
	return n->end - n->start == len && memcmp(tree->text + n->start, text, len) == 0;
}

uint32_t tmd_py_around(const struct tmd_py_tree *tree, uint32_t node, enum tmd_py_kind kind)
{
	do
		node = tree->nodes[node].parent;
	while (node != TMD_PY_NONE && tree->nodes[node].kind != kind);
	return node;
}

bool tmd_py_holds(const struct tmd_py_tree *tree, uint32_t node, enum tmd_py_kind kind)
{
	for (uint32_t i = node; i <= tree->nodes[node].last; i++) {
		if (tree->nodes[i].kind == kind)
			return true;
	}
	return false;
}

char *tmd_py_text(const struct tmd_py_tree *tree, uint32_t node)
{
	const struct tmd_py_node *n = &tree->nodes[node];

	return tmd_strndup(tree->text + n->start, n->end - n->start);
}
