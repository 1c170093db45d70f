/* Questions about a document. */
#include "yaml/doc.h"

#include <stdlib.h>
#include <string.h>

void tmd_yaml_release(struct tmd_yaml_doc *doc)
{
	for (size_t i = 0; i < doc->count; i++)
		free(doc->nodes[i].text);
	free(doc->nodes);
	memset(doc, 0, sizeof(*doc));
}

const struct tmd_yaml_node *tmd_yaml_first(const struct tmd_yaml_doc *doc,
					   const struct tmd_yaml_node *parent)
{
	/* In file order, so it is the one behind its parent. */
	return parent->count ? &doc->nodes[parent - doc->nodes + 1] : NULL;
}

const struct tmd_yaml_node *tmd_yaml_next(const struct tmd_yaml_doc *doc,
					  const struct tmd_yaml_node *node)
{
	return node->next ? &doc->nodes[node->next] : NULL;
}

const struct tmd_yaml_node *tmd_yaml_next_key(const struct tmd_yaml_doc *doc,
					      const struct tmd_yaml_node *key)
{
	const struct tmd_yaml_node *value = tmd_yaml_next(doc, key);

	return value ? tmd_yaml_next(doc, value) : NULL;
}

bool tmd_yaml_is_text(const struct tmd_yaml_node *node, const char *text)
{
	return node->kind == TMD_YAML_SCALAR && node->tag == TMD_YAML_STR &&
	       node->len == strlen(text) && memcmp(node->text, text, node->len) == 0;
}

const struct tmd_yaml_node *tmd_yaml_find(const struct tmd_yaml_doc *doc,
					  const struct tmd_yaml_node *map, const char *key)
{
	const struct tmd_yaml_node *found = NULL;

	for (const struct tmd_yaml_node *at = tmd_yaml_first(doc, map); at;
	     at = tmd_yaml_next_key(doc, at)) {
		if (tmd_yaml_is_text(at, key))
			found = tmd_yaml_next(doc, at);
	}
	return found;
}

static bool same_node(const struct tmd_yaml_node *a, const struct tmd_yaml_node *b)
{
	if (a->kind != b->kind || a->tag != b->tag || a->len != b->len || a->count != b->count ||
	    a->next != b->next || a->target != b->target)
		return false;
	return !a->len || memcmp(a->text, b->text, a->len) == 0;
}

bool tmd_yaml_same_but(const struct tmd_yaml_doc *a, const struct tmd_yaml_doc *b, size_t except)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		if (i != except && !same_node(&a->nodes[i], &b->nodes[i]))
			return false;
	}
	return a->nodes[except].kind == b->nodes[except].kind;
}
