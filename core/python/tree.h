/*
 * A Python source as tree-sitter sees it, copied into one array in the order of the text: children
 * stand behind their parent. Python 2 and 3 are one language here.
 */
#ifndef TMD_PYTHON_TREE_H
#define TMD_PYTHON_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define TMD_PY_MAX ((size_t)2 << 20) /* bytes of one source */
#define TMD_PY_NONE UINT32_MAX	     /* no node */

enum tmd_py_kind {
	TMD_PY_OTHER,
	TMD_PY_MODULE,
	TMD_PY_ERROR, /* what the grammar has no place for */
	TMD_PY_COMMENT,
	TMD_PY_CALL,
	TMD_PY_ARGUMENT_LIST,
	TMD_PY_KEYWORD_ARGUMENT,
	TMD_PY_LIST_SPLAT,
	TMD_PY_DICTIONARY_SPLAT,
	TMD_PY_GENERATOR,
	TMD_PY_IDENTIFIER,
	TMD_PY_ATTRIBUTE,
	TMD_PY_SUBSCRIPT,
	TMD_PY_STRING,
	TMD_PY_STRING_START,
	TMD_PY_INTERPOLATION,
	TMD_PY_CONCATENATED,
	TMD_PY_PARENTHESIZED,
	TMD_PY_NONE_VALUE,
	TMD_PY_BINARY,
	TMD_PY_BOOLEAN,
	TMD_PY_CONDITIONAL,
	TMD_PY_EXPRESSION_STATEMENT,
	TMD_PY_IMPORT,
	TMD_PY_IMPORT_FROM,
	TMD_PY_ALIASED_IMPORT,
	TMD_PY_DOTTED_NAME,
	TMD_PY_RELATIVE_IMPORT,
	TMD_PY_WILDCARD,
	TMD_PY_ASSIGNMENT,
	TMD_PY_AUGMENTED,
	TMD_PY_WALRUS,
	TMD_PY_FOR,
	TMD_PY_FOR_IN,
	TMD_PY_AS_TARGET,
	TMD_PY_EXCEPT,
	TMD_PY_FUNCTION,
	TMD_PY_LAMBDA,
	TMD_PY_CLASS,
	TMD_PY_DECORATED,
	TMD_PY_PARAMETERS,
	TMD_PY_LAMBDA_PARAMETERS,
	TMD_PY_DEFAULT_PARAMETER,
	TMD_PY_TYPED_DEFAULT_PARAMETER,
	TMD_PY_TYPED_PARAMETER,
	TMD_PY_GLOBAL,
	TMD_PY_NONLOCAL,
	TMD_PY_CASE_PATTERN,
	TMD_PY_OPEN,  /* ( */
	TMD_PY_CLOSE, /* ) */
	TMD_PY_COMMA,
};

enum tmd_py_field {
	TMD_PY_FIELD_NONE,
	TMD_PY_FIELD_NAME,
	TMD_PY_FIELD_VALUE,
	TMD_PY_FIELD_FUNCTION,
	TMD_PY_FIELD_ARGUMENTS,
	TMD_PY_FIELD_OBJECT,
	TMD_PY_FIELD_ATTRIBUTE,
	TMD_PY_FIELD_LEFT,
	TMD_PY_FIELD_RIGHT,
	TMD_PY_FIELD_BODY,
	TMD_PY_FIELD_ALIAS,
	TMD_PY_FIELD_MODULE_NAME,
	TMD_PY_FIELD_SUPERCLASSES,
	TMD_PY_FIELD_TYPE,
};

struct tmd_py_node {
	uint32_t start; /* bytes */
	uint32_t end;
	uint32_t parent; /* the module's is TMD_PY_NONE */
	uint32_t next;	 /* sibling, or TMD_PY_NONE */
	uint32_t last;	 /* the last node within it; itself when it has no children */
	uint8_t kind;
	uint8_t field;
};

struct tmd_py_tree {
	const char *text; /* borrowed */
	size_t len;
	struct tmd_py_node *nodes; /* the first is the module, or what stands in its place */
	size_t count;
	size_t cap;
	size_t doubt; /* first byte of what is not understood; SIZE_MAX: all is */
};

/* Fails with refused where parsing takes too long. Release `out`. */
enum tmd_rc tmd_py_parse(const char *text, size_t len, const char *path, struct tmd_py_tree *out,
			 struct tmd_error *err) TMD_MUST_CHECK;
void tmd_py_tree_release(struct tmd_py_tree *tree);

/* The first child, and the child of that field; TMD_PY_NONE: there is none. */
uint32_t tmd_py_first(const struct tmd_py_tree *tree, uint32_t node);
uint32_t tmd_py_child(const struct tmd_py_tree *tree, uint32_t node, enum tmd_py_field field);

enum tmd_py_kind tmd_py_kind(const struct tmd_py_tree *tree, uint32_t node);
enum tmd_py_field tmd_py_field(const struct tmd_py_tree *tree, uint32_t node);

/* Is this the text of the node? */
bool tmd_py_is(const struct tmd_py_tree *tree, uint32_t node, const char *text);

/* The nearest node around it of this kind, or TMD_PY_NONE. */
uint32_t tmd_py_around(const struct tmd_py_tree *tree, uint32_t node, enum tmd_py_kind kind);

/* Is there a node of this kind within it? */
bool tmd_py_holds(const struct tmd_py_tree *tree, uint32_t node, enum tmd_py_kind kind);

/* The caller frees. */
char *tmd_py_text(const struct tmd_py_tree *tree, uint32_t node) TMD_MUST_CHECK;

#endif
