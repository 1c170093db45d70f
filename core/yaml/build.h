/*
 * Nodes put together to a document, under the rules that PyYAML's composer and constructor have:
 * anchors and aliases, what can be a key, which tags there are, and what << merges.
 */
#ifndef TMD_YAML_BUILD_H
#define TMD_YAML_BUILD_H

#include "yaml/doc.h"

struct tmd_yaml_anchor;

struct tmd_yaml_level { /* an open collection */
	size_t node;
	size_t last; /* the node that was added last; 0: none */
};

/* Zero-initialise it and set `doc` and `limits`, which are borrowed. */
struct tmd_yaml_builder {
	struct tmd_yaml_doc *doc;
	const struct tmd_yaml_limits *limits;

	struct tmd_yaml_anchor *anchors;
	size_t anchor_count;
	size_t anchor_cap;

	struct tmd_yaml_level stack[TMD_YAML_DEPTH_MAX];
	size_t depth;
	size_t merged; /* entries that all << bring in */
};

void tmd_yaml_builder_release(struct tmd_yaml_builder *b);

/* Fails with `what`, which is about `line`. */
enum tmd_rc tmd_yaml_fail(struct tmd_yaml_doc *doc, size_t line, const char *hint,
			  const char *what, struct tmd_error *err);

/*
 * A new node at the end of the document, good until the next one. Fill it in, then hang it into
 * the innermost open collection; `anchor` may be NULL.
 */
struct tmd_yaml_node *tmd_yaml_add(struct tmd_yaml_builder *b, enum tmd_yaml_kind kind);
enum tmd_rc tmd_yaml_attach(struct tmd_yaml_builder *b, struct tmd_yaml_node *node,
			    const char *anchor, struct tmd_error *err) TMD_MUST_CHECK;
/* The same for an alias, and for a collection, which stays open until it is closed. */
enum tmd_rc tmd_yaml_attach_alias(struct tmd_yaml_builder *b, struct tmd_yaml_node *node,
				  const char *anchor, struct tmd_error *err) TMD_MUST_CHECK;
enum tmd_rc tmd_yaml_open(struct tmd_yaml_builder *b, struct tmd_yaml_node *node,
			  const char *anchor, struct tmd_error *err) TMD_MUST_CHECK;
enum tmd_rc tmd_yaml_close(struct tmd_yaml_builder *b, struct tmd_error *err) TMD_MUST_CHECK;

/* Stands the next node inside of [] or {}? */
bool tmd_yaml_in_flow(const struct tmd_yaml_builder *b);

/* Sets node->tag to what a whole tag says; fails when it is none for this kind of node. */
enum tmd_rc tmd_yaml_set_tag(struct tmd_yaml_doc *doc, struct tmd_yaml_node *node, const char *tag,
			     struct tmd_error *err) TMD_MUST_CHECK;

#endif
