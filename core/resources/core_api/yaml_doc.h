/*
 * One YAML document as a tree that knows where in the file each scalar stands, read the way
 * PyYAML's FullLoader reads it (YAML 1.1): what PyYAML refuses is refused here.
 */
#ifndef TMD_CORE_API_YAML_DOC_H
#define TMD_CORE_API_YAML_DOC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/strv.h"
#include "resources/core_api/yaml_scalar.h"

#define TMD_YAML_DEPTH_MAX 64	/* collections inside each other */
#define TMD_YAML_NODE_MAX 20000 /* scalars, collections and aliases in a file */
#define TMD_YAML_MERGE_MAX 1000 /* mappings that the << of all mappings bring in together */

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
	TMD_YAML_BLOCK, /* | or > */
};

struct tmd_yaml_node {
	enum tmd_yaml_kind kind;
	enum tmd_yaml_tag tag;
	bool anchored;
	bool tagged; /* the tag is written down */
	size_t line; /* from 1 */

	/* scalars */
	enum tmd_yaml_style style;
	char *text;
	size_t len;   /* of text, which may hold NULs */
	size_t start; /* first byte in the file, quote included, tag and anchor not */
	size_t end;   /* behind the last byte */

	/* collections */
	bool flow;
	size_t *items; /* indices of nodes; of a mapping key, value, key, value … */
	size_t count;
	size_t cap;

	size_t target; /* of an alias */
};

struct tmd_yaml_doc {
	struct tmd_yaml_node *nodes; /* nodes[0] is the root; in file order */
	size_t count;
	size_t cap;
	bool utf16; /* it was, with a byte order mark: start and end mean nothing then */
};

struct tmd_yaml_entry {
	size_t key;   /* node */
	size_t value; /* node, perhaps an alias */
	bool merged;  /* came through << */
};

/*
 * Fails with `invalid_input`, "line N: …" as message; `path` only fills the error. An empty
 * stream is a null scalar. Release `out` in any case.
 */
enum tmd_rc tmd_yaml_parse(const char *data, size_t len, const char *path, struct tmd_yaml_doc *out,
			   struct tmd_error *err) TMD_MUST_CHECK;
void tmd_yaml_release(struct tmd_yaml_doc *doc);

/* The node itself, or what an alias stands for. */
const struct tmd_yaml_node *tmd_yaml_node(const struct tmd_yaml_doc *doc, size_t index);

/* Does this node become the Python string `text`? */
bool tmd_yaml_is_text(const struct tmd_yaml_node *node, const char *text);

/*
 * The entry that Python's dict ends up with: the last of equal keys, own ones before merged
 * ones. `map` is the index of a mapping or an alias of one.
 */
bool tmd_yaml_find(const struct tmd_yaml_doc *doc, size_t map, const char *key,
		   struct tmd_yaml_entry *out);

/* The string keys that Python's dict has, each once. */
void tmd_yaml_keys(const struct tmd_yaml_doc *doc, size_t map, struct tmd_strv *out);

/* Is there an alias of this very node? */
bool tmd_yaml_is_aliased(const struct tmd_yaml_doc *doc, size_t index);

/* Are two documents the same in everything but the text and type of scalar `except`? */
bool tmd_yaml_same_but(const struct tmd_yaml_doc *a, const struct tmd_yaml_doc *b, size_t except);

#endif
