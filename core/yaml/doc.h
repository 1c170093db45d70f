/*
 * One YAML document as a tree that knows where in the file everything stands, read the way
 * PyYAML's FullLoader reads it (YAML 1.1): what PyYAML refuses is refused here. Aliases are nodes
 * of their own and merge keys plain entries: nobody follows them.
 */
#ifndef TMD_YAML_DOC_H
#define TMD_YAML_DOC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "yaml/scalar.h"

#define TMD_YAML_DEPTH_MAX 64 /* collections inside each other */

struct tmd_yaml_limits {
	size_t bytes;
	size_t nodes; /* scalars, collections and aliases, and what << brings in */
};

enum tmd_yaml_kind {
	TMD_YAML_SCALAR,
	TMD_YAML_SEQUENCE,
	TMD_YAML_MAPPING,
	TMD_YAML_ALIAS,
};

enum tmd_yaml_style {
	TMD_YAML_PLAIN,
	TMD_YAML_SINGLE_QUOTED,
	TMD_YAML_DOUBLE_QUOTED,
	TMD_YAML_BLOCK, /* | or >; a collection by indentation */
	TMD_YAML_FLOW,	/* [] or {} */
};

struct tmd_yaml_node {
	enum tmd_yaml_kind kind;
	enum tmd_yaml_tag tag; /* of an alias: its target's */
	enum tmd_yaml_style style;
	bool anchored;
	bool tagged;   /* the tag is written down */
	size_t line;   /* from 1; of the tag or anchor, where there is one */
	size_t column; /* in characters, from 1 */
	size_t next;   /* the node behind it in the same collection; 0: none */

	/* scalars */
	char *text;
	size_t len;   /* of text, which may hold NULs */
	size_t start; /* first byte in the file, quote included, tag and anchor not */
	size_t end;   /* behind the last byte */

	/* collections */
	size_t count;  /* of nodes in it: a mapping has a key, a value, a key, a value … */
	size_t merged; /* entries that << brings in */

	size_t target; /* of an alias */
};

struct tmd_yaml_doc {
	struct tmd_yaml_node *nodes; /* nodes[0] is the root; in file order */
	size_t count;
	size_t cap;
	size_t bad_line; /* from 1: where parsing failed */
	bool utf16;	 /* it was, with a byte order mark: start and end mean nothing then */
};

/*
 * Fails with `invalid_input`, without a path; out->bad_line is the line that the message is
 * about. Nothing of the text is quoted. An empty stream is a null scalar. Release `out` in any
 * case.
 */
enum tmd_rc tmd_yaml_parse(const char *data, size_t len, const struct tmd_yaml_limits *limits,
			   struct tmd_yaml_doc *out, struct tmd_error *err) TMD_MUST_CHECK;
void tmd_yaml_release(struct tmd_yaml_doc *doc);

/* The first node in a collection, and the one behind a node; NULL: none. */
const struct tmd_yaml_node *tmd_yaml_first(const struct tmd_yaml_doc *doc,
					   const struct tmd_yaml_node *parent);
const struct tmd_yaml_node *tmd_yaml_next(const struct tmd_yaml_doc *doc,
					  const struct tmd_yaml_node *node);
/* The key behind a key of a mapping; NULL: none. */
const struct tmd_yaml_node *tmd_yaml_next_key(const struct tmd_yaml_doc *doc,
					      const struct tmd_yaml_node *key);

/* Does this node become the Python string `text`? */
bool tmd_yaml_is_text(const struct tmd_yaml_node *node, const char *text);

/* The value that counts, as in Python's dict that of the last of equal keys; NULL: none. */
const struct tmd_yaml_node *tmd_yaml_find(const struct tmd_yaml_doc *doc,
					  const struct tmd_yaml_node *map, const char *key);

/* Are two documents the same in everything but the text and type of scalar `except`? */
bool tmd_yaml_same_but(const struct tmd_yaml_doc *a, const struct tmd_yaml_doc *b, size_t except);

#endif
