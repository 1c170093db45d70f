/* The rules of a document, apart from how its text is read. */
#include "yaml/build.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

struct tmd_yaml_anchor {
	char *name;
	size_t node;
};

void tmd_yaml_builder_release(struct tmd_yaml_builder *b)
{
	for (size_t i = 0; i < b->anchor_count; i++)
		free(b->anchors[i].name);
	free(b->anchors);
}

enum tmd_rc tmd_yaml_fail(struct tmd_yaml_doc *doc, size_t line, const char *hint,
			  const char *what, struct tmd_error *err)
{
	doc->bad_line = line;
	return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, hint, "%s", what);
}

struct tmd_yaml_node *tmd_yaml_add(struct tmd_yaml_builder *b, enum tmd_yaml_kind kind)
{
	struct tmd_yaml_doc *doc = b->doc;
	struct tmd_yaml_node *node;

	doc->nodes = tmd_grow(doc->nodes, &doc->cap, doc->count + 1, sizeof(*doc->nodes));
	node = &doc->nodes[doc->count++];
	memset(node, 0, sizeof(*node));
	node->kind = kind;
	return node;
}

static const struct tmd_yaml_node *resolve(const struct tmd_yaml_doc *doc,
					   const struct tmd_yaml_node *node)
{
	return node->kind == TMD_YAML_ALIAS ? &doc->nodes[node->target] : node;
}

bool tmd_yaml_in_flow(const struct tmd_yaml_builder *b)
{
	return b->depth && b->doc->nodes[b->stack[b->depth - 1].node].style == TMD_YAML_FLOW;
}

/* ---- tags ---- */

enum tmd_rc tmd_yaml_set_tag(struct tmd_yaml_doc *doc, struct tmd_yaml_node *node, const char *tag,
			     struct tmd_error *err)
{
	static const char prefix[] = "tag:yaml.org,2002:";
	static const struct {
		const char *name;
		enum tmd_yaml_kind kind;
		enum tmd_yaml_tag tag;
	} tags[] = {
		{ "str", TMD_YAML_SCALAR, TMD_YAML_STR },
		{ "null", TMD_YAML_SCALAR, TMD_YAML_NULL },
		{ "bool", TMD_YAML_SCALAR, TMD_YAML_BOOL },
		{ "int", TMD_YAML_SCALAR, TMD_YAML_INT },
		{ "float", TMD_YAML_SCALAR, TMD_YAML_FLOAT },
		{ "timestamp", TMD_YAML_SCALAR, TMD_YAML_TIMESTAMP },
		{ "binary", TMD_YAML_SCALAR, TMD_YAML_BINARY },
		{ "seq", TMD_YAML_SEQUENCE, TMD_YAML_SEQ },
		{ "map", TMD_YAML_MAPPING, TMD_YAML_MAP },
		{ "set", TMD_YAML_MAPPING, TMD_YAML_SET },
		{ "omap", TMD_YAML_SEQUENCE, TMD_YAML_PAIRS },
		{ "pairs", TMD_YAML_SEQUENCE, TMD_YAML_PAIRS },
		{ "python/none", TMD_YAML_SCALAR, TMD_YAML_NULL },
		{ "python/bool", TMD_YAML_SCALAR, TMD_YAML_BOOL },
		{ "python/str", TMD_YAML_SCALAR, TMD_YAML_STR },
		{ "python/unicode", TMD_YAML_SCALAR, TMD_YAML_STR },
		{ "python/bytes", TMD_YAML_SCALAR, TMD_YAML_BINARY },
		{ "python/int", TMD_YAML_SCALAR, TMD_YAML_INT },
		{ "python/long", TMD_YAML_SCALAR, TMD_YAML_INT },
		{ "python/float", TMD_YAML_SCALAR, TMD_YAML_FLOAT },
		{ "python/list", TMD_YAML_SEQUENCE, TMD_YAML_SEQ },
		{ "python/tuple", TMD_YAML_SEQUENCE, TMD_YAML_SEQ },
		{ "python/dict", TMD_YAML_MAPPING, TMD_YAML_MAP },
	};
	bool yaml = tmd_str_starts(tag, prefix);

	for (size_t i = 0; yaml && i < sizeof(tags) / sizeof(*tags); i++) {
		if (tags[i].kind != node->kind || strcmp(tag + strlen(prefix), tags[i].name) != 0)
			continue;
		node->tagged = true;
		node->tag = tags[i].tag;
		return TMD_OK;
	}
	/* The tag is not quoted: a password may begin with its mark. */
	return tmd_yaml_fail(doc, node->line,
			     "remove the tag, or put quotes around a text that begins with !",
			     "a tag is none that is known here", err);
}

/* ---- the tree ---- */

static const struct tmd_yaml_anchor *find_anchor(const struct tmd_yaml_builder *b, const char *name)
{
	for (size_t i = 0; i < b->anchor_count; i++) {
		if (strcmp(b->anchors[i].name, name) == 0)
			return &b->anchors[i];
	}
	return NULL;
}

static enum tmd_rc note_anchor(struct tmd_yaml_builder *b, struct tmd_yaml_node *node,
			       const char *name, struct tmd_error *err)
{
	if (!name)
		return TMD_OK;
	if (find_anchor(b, name))
		return tmd_yaml_fail(b->doc, node->line, "mend the file by hand first",
				     "the same anchor is given twice", err);
	b->anchors = tmd_grow(b->anchors, &b->anchor_cap, b->anchor_count + 1, sizeof(*b->anchors));
	b->anchors[b->anchor_count].name = tmd_strdup(name);
	b->anchors[b->anchor_count++].node = (size_t)(node - b->doc->nodes);
	node->anchored = true;
	return TMD_OK;
}

/* Python's dict keys must be hashable, and it has no use for a plain << or = as a value. */
static enum tmd_rc check_role(const struct tmd_yaml_builder *b, const struct tmd_yaml_node *node,
			      bool key, struct tmd_error *err)
{
	if (key && resolve(b->doc, node)->kind != TMD_YAML_SCALAR)
		return tmd_yaml_fail(b->doc, node->line, "mend the file by hand first",
				     "a list or mapping cannot be a key", err);
	if (!key && (node->tag == TMD_YAML_MERGE || node->tag == TMD_YAML_VALUE))
		return tmd_yaml_fail(b->doc, node->line, "put quotes around it",
				     "a plain << or = cannot be a value", err);
	return TMD_OK;
}

enum tmd_rc tmd_yaml_attach(struct tmd_yaml_builder *b, struct tmd_yaml_node *node,
			    const char *anchor, struct tmd_error *err)
{
	struct tmd_yaml_node *nodes = b->doc->nodes;
	struct tmd_yaml_level *level = b->depth ? &b->stack[b->depth - 1] : NULL;
	struct tmd_yaml_node *parent = level ? &nodes[level->node] : NULL;
	bool key = parent && parent->kind == TMD_YAML_MAPPING && parent->count % 2 == 0;

	if (check_role(b, node, key, err) != TMD_OK || note_anchor(b, node, anchor, err) != TMD_OK)
		return TMD_FAILED;
	if (node->tag == TMD_YAML_VALUE)
		node->tag = TMD_YAML_STR;
	if (!parent)
		return TMD_OK;
	parent->count++;
	if (level->last)
		nodes[level->last].next = (size_t)(node - nodes);
	level->last = (size_t)(node - nodes);
	return TMD_OK;
}

enum tmd_rc tmd_yaml_attach_alias(struct tmd_yaml_builder *b, struct tmd_yaml_node *node,
				  const char *anchor, struct tmd_error *err)
{
	const struct tmd_yaml_anchor *found = find_anchor(b, anchor);

	if (!found)
		return tmd_yaml_fail(b->doc, node->line, "mend the file by hand first",
				     "an alias without its anchor", err);
	node->target = found->node;
	node->tag = b->doc->nodes[found->node].tag;
	return tmd_yaml_attach(b, node, NULL, err);
}

enum tmd_rc tmd_yaml_open(struct tmd_yaml_builder *b, struct tmd_yaml_node *node,
			  const char *anchor, struct tmd_error *err)
{
	if (b->depth == TMD_YAML_DEPTH_MAX)
		return tmd_yaml_fail(b->doc, node->line, "is this the right file?",
				     "nested too deep", err);
	if (tmd_yaml_attach(b, node, anchor, err) != TMD_OK)
		return TMD_FAILED;
	b->stack[b->depth].node = (size_t)(node - b->doc->nodes);
	b->stack[b->depth++].last = 0;
	return TMD_OK;
}

/* ---- merge keys: PyYAML must be able to follow them, whoever reads the document ---- */

static bool is_open(const struct tmd_yaml_builder *b, const struct tmd_yaml_node *node)
{
	for (size_t i = 0; i < b->depth; i++) {
		if (b->stack[i].node == (size_t)(node - b->doc->nodes))
			return true;
	}
	return false;
}

static enum tmd_rc add_merge(struct tmd_yaml_builder *b, struct tmd_yaml_node *map,
			     const struct tmd_yaml_node *source, size_t line, struct tmd_error *err)
{
	if (source->kind != TMD_YAML_MAPPING)
		return tmd_yaml_fail(b->doc, line, "merge a mapping or a list of mappings",
				     "<< has no mapping to merge", err);
	map->merged += 1 + source->count / 2 + source->merged;
	b->merged += 1 + source->count / 2 + source->merged;
	if (is_open(b, source) || b->merged > b->limits->nodes)
		return tmd_yaml_fail(b->doc, line, "write the keys out",
				     "<< merges a mapping into itself, or too much", err);
	return TMD_OK;
}

/* `value` is what a << has; aliases make the number of ways explode, and PyYAML with it. */
static enum tmd_rc add_merges(struct tmd_yaml_builder *b, struct tmd_yaml_node *map,
			      const struct tmd_yaml_node *value, struct tmd_error *err)
{
	const struct tmd_yaml_node *source = resolve(b->doc, value);
	size_t line = value->line;

	if (source->kind != TMD_YAML_SEQUENCE)
		return add_merge(b, map, source, line, err);
	for (const struct tmd_yaml_node *item = tmd_yaml_first(b->doc, source); item;
	     item = tmd_yaml_next(b->doc, item)) {
		if (add_merge(b, map, resolve(b->doc, item), line, err) != TMD_OK)
			return TMD_FAILED;
	}
	return TMD_OK;
}

/* ---- !!omap and !!pairs ---- */

/* One key and its value, and of the keys none that has a meaning only in a mapping. */
static bool is_pair(const struct tmd_yaml_doc *doc, const struct tmd_yaml_node *item)
{
	const struct tmd_yaml_node *map = resolve(doc, item);
	const struct tmd_yaml_node *key;

	if (map->kind != TMD_YAML_MAPPING || map->count != 2)
		return false;
	key = resolve(doc, tmd_yaml_first(doc, map));
	return key->tag != TMD_YAML_MERGE &&
	       (key->style != TMD_YAML_PLAIN || key->tagged || !tmd_yaml_is_text(key, "="));
}

static enum tmd_rc check_pairs(struct tmd_yaml_builder *b, const struct tmd_yaml_node *list,
			       struct tmd_error *err)
{
	const struct tmd_yaml_node *item = tmd_yaml_first(b->doc, list);

	for (; item; item = tmd_yaml_next(b->doc, item)) {
		if (!is_pair(b->doc, item))
			return tmd_yaml_fail(b->doc, item->line, "write \"- key: value\" for each",
					     "an item of an ordered mapping is no pair", err);
	}
	return TMD_OK;
}

enum tmd_rc tmd_yaml_close(struct tmd_yaml_builder *b, struct tmd_error *err)
{
	struct tmd_yaml_node *open = &b->doc->nodes[b->stack[b->depth - 1].node];
	const struct tmd_yaml_node *key = NULL;

	if (open->tag == TMD_YAML_PAIRS && check_pairs(b, open, err) != TMD_OK)
		return TMD_FAILED;
	if (open->kind == TMD_YAML_MAPPING)
		key = tmd_yaml_first(b->doc, open);
	for (; key; key = tmd_yaml_next_key(b->doc, key)) {
		if (key->tag == TMD_YAML_MERGE &&
		    add_merges(b, open, tmd_yaml_next(b->doc, key), err) != TMD_OK)
			return TMD_FAILED;
	}
	b->depth--;
	return TMD_OK;
}
