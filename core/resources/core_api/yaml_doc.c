/*
 * Reading YAML with libyaml under PyYAML's rules. libyaml counts characters and forgives
 * tabs; PyYAML does neither, so tokens are looked at first for their places and for tabs.
 */
#include "resources/core_api/yaml_doc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"

#define MERGE_DEPTH_MAX 32 /* << inside << */

struct span { /* one scalar token */
	size_t start;
	size_t end;
	size_t end_mark; /* in characters, to find the event that belongs to it */
	bool plain;
	bool flow; /* inside [] or {} */
};

struct anchor {
	char *name;
	size_t node;
};

struct reader {
	const char *path;
	const char *data; /* UTF-8, no byte order mark */
	size_t len;
	size_t skipped; /* bytes of the mark before `data` */

	struct span *spans;
	size_t span_count;
	size_t span_cap;
	size_t next_span;

	struct anchor *anchors;
	size_t anchor_count;
	size_t anchor_cap;

	size_t stack[TMD_YAML_DEPTH_MAX]; /* open collections */
	size_t depth;
	bool done; /* a whole document was read */

	struct tmd_yaml_doc *doc;
};

static enum tmd_rc fail_at(struct tmd_error *err, const struct reader *r, size_t line,
			   const char *hint, const char *what)
{
	return tmd_fail(err, TMD_E_INVALID_INPUT, r->path, hint, "line %zu: %s", line, what);
}

/* ---- bytes ---- */

static void add_utf8(struct tmd_buf *out, unsigned long code)
{
	char bytes[4];
	size_t len = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

	for (size_t i = len; i-- > 1; code >>= 6)
		bytes[i] = (char)(0x80 | (code & 0x3F));
	bytes[0] = (char)(len == 1 ? code : (0xF00UL >> len & 0xFF) | code);
	tmd_buf_add(out, bytes, len);
}

static unsigned long utf16_unit(const unsigned char *at, bool big)
{
	return big ? (unsigned long)at[0] << 8 | at[1] : (unsigned long)at[1] << 8 | at[0];
}

/* False when the bytes are no UTF-16. `data` starts behind the byte order mark. */
static bool from_utf16(const unsigned char *data, size_t len, bool big, struct tmd_buf *out)
{
	size_t at = 0;

	if (len % 2)
		return false;
	while (at < len) {
		unsigned long code = utf16_unit(data + at, big);

		at += 2;
		if (code >= 0xDC00 && code <= 0xDFFF)
			return false;
		if (code >= 0xD800 && code <= 0xDBFF) {
			unsigned long low = at < len ? utf16_unit(data + at, big) : 0;

			if (low < 0xDC00 || low > 0xDFFF)
				return false;
			code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
			at += 2;
		}
		add_utf8(out, code);
	}
	return true;
}

static size_t first_bad_byte(const char *data, size_t len)
{
	size_t good = 0;

	for (size_t step = 1; good < len; good += step) {
		for (step = 1; step <= 4 && good + step <= len; step++) {
			if (tmd_utf8_valid(data + good, step))
				break;
		}
		if (step > 4 || good + step > len)
			break;
	}
	return good;
}

/* Finds the encoding as PyYAML does and leaves UTF-8 in r->data; `room` holds what is made. */
static enum tmd_rc decode(struct reader *r, const char *data, size_t len, struct tmd_buf *room,
			  struct tmd_error *err)
{
	const unsigned char *bytes = (const unsigned char *)data;
	bool little = len >= 2 && bytes[0] == 0xFF && bytes[1] == 0xFE;
	bool big = len >= 2 && bytes[0] == 0xFE && bytes[1] == 0xFF;

	if (little || big) {
		r->doc->utf16 = true;
		if (!from_utf16(bytes + 2, len - 2, big, room))
			return fail_at(err, r, 1, "save the file as UTF-8", "not valid UTF-16");
		r->data = tmd_buf_str(room);
		r->len = room->len;
		return TMD_OK;
	}
	if (!tmd_utf8_valid(data, len))
		return fail_at(err, r, tmd_line_of(data, len, first_bad_byte(data, len)),
			       "save the file as UTF-8", "not valid UTF-8");
	r->skipped = len >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
	r->data = data + r->skipped;
	r->len = len - r->skipped;
	return TMD_OK;
}

struct cursor {
	size_t chars;
	size_t bytes;
};

/* Byte offset of a character; tokens come in order, so the cursor only moves forward. */
static size_t byte_at(const struct reader *r, struct cursor *cursor, size_t chars)
{
	while (cursor->chars < chars && cursor->bytes < r->len) {
		do {
			cursor->bytes++;
		} while (cursor->bytes < r->len && (r->data[cursor->bytes] & 0xC0) == 0x80);
		cursor->chars++;
	}
	return cursor->bytes;
}

/* ---- libyaml ---- */

static void parser_free(yaml_parser_t *parser)
{
	yaml_parser_delete(parser);
}

static void parser_start(yaml_parser_t *parser, const struct reader *r)
{
	static const unsigned char nothing[1] = { 0 };
	const unsigned char *data = r->len ? (const unsigned char *)r->data : nothing;

	if (!yaml_parser_initialize(parser))
		abort(); /* out of memory */
	yaml_parser_set_input_string(parser, data, r->len);
	yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING);
}

static bool indented_with_tab(const struct reader *r, size_t line)
{
	const char *at = r->data;
	const char *end = r->data + r->len;

	for (; at < end && line > 1; at++)
		line -= *at == '\n';
	while (at < end && *at == ' ')
		at++;
	return at < end && *at == '\t';
}

static enum tmd_rc fail_tab(struct tmd_error *err, const struct reader *r, size_t line)
{
	return fail_at(err, r, line, "replace the tab with blanks",
		       "a tab stands where YAML wants blanks");
}

/* The scanner's context is where the unfinished key or quote begins: that is the line to mend. */
static size_t problem_line(const struct reader *r, const yaml_parser_t *parser)
{
	if (parser->error == YAML_READER_ERROR)
		return tmd_line_of(r->data, r->len, parser->problem_offset);
	if (parser->error == YAML_SCANNER_ERROR && parser->context)
		return parser->context_mark.line + 1;
	return parser->problem_mark.line + 1;
}

static enum tmd_rc fail_parser(struct tmd_error *err, const struct reader *r,
			       const yaml_parser_t *parser)
{
	size_t line = problem_line(r, parser);

	if (parser->error == YAML_MEMORY_ERROR)
		abort();
	if (indented_with_tab(r, line))
		return fail_tab(err, r, line);
	if (indented_with_tab(r, parser->problem_mark.line + 1))
		return fail_tab(err, r, parser->problem_mark.line + 1);
	return tmd_fail(err, TMD_E_INVALID_INPUT, r->path,
			"mend the file by hand: a blank behind each colon, quotes closed, "
			"keys in one column",
			"line %zu: not valid YAML: %s%s%s", line,
			parser->problem ? parser->problem : "unreadable",
			parser->context ? " " : "", parser->context ? parser->context : "");
}

/* ---- tokens: places and tabs ---- */

static void add_span(struct reader *r, const yaml_token_t *token, bool flow, struct cursor *cursor)
{
	struct span *span;

	r->spans = tmd_grow(r->spans, &r->span_cap, r->span_count + 1, sizeof(*r->spans));
	span = &r->spans[r->span_count++];
	span->start = byte_at(r, cursor, token->start_mark.index);
	span->end = byte_at(r, cursor, token->end_mark.index);
	span->end_mark = token->end_mark.index;
	span->plain = token->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	span->flow = flow;
}

static int flow_step(yaml_token_type_t type)
{
	if (type == YAML_FLOW_SEQUENCE_START_TOKEN || type == YAML_FLOW_MAPPING_START_TOKEN)
		return 1;
	return type == YAML_FLOW_SEQUENCE_END_TOKEN || type == YAML_FLOW_MAPPING_END_TOKEN ? -1 : 0;
}

static enum tmd_rc scan_tokens(struct reader *r, struct tmd_error *err)
{
	__attribute__((cleanup(parser_free))) yaml_parser_t parser;
	struct cursor cursor = { 0, 0 };
	yaml_token_type_t type;
	int flow = 0;

	parser_start(&parser, r);
	do {
		yaml_token_t token;

		if (!yaml_parser_scan(&parser, &token))
			return fail_parser(err, r, &parser);
		type = token.type;
		if (type == YAML_SCALAR_TOKEN)
			add_span(r, &token, flow > 0, &cursor);
		flow += flow_step(type);
		yaml_token_delete(&token);
		if (r->span_count > TMD_YAML_NODE_MAX)
			return fail_at(err, r, 1, "is this a core_api.yml?", "too many values");
	} while (type != YAML_STREAM_END_TOKEN && type != YAML_NO_TOKEN);
	return TMD_OK;
}

/* A tab between tokens, comments aside; PyYAML stops at it. */
static bool gap_has_tab(const struct reader *r, size_t start, size_t end, size_t *at)
{
	bool comment = false;

	for (size_t i = start; i < end; i++) {
		char before = i ? r->data[i - 1] : '\n';

		if (r->data[i] == '\n' || r->data[i] == '\r')
			comment = false;
		else if (r->data[i] == '#' && (tmd_is_space(before) || i == start))
			comment = true;
		else if (r->data[i] == '\t' && !comment) {
			*at = i;
			return true;
		}
	}
	return false;
}

/* In brackets PyYAML takes every '?' outside quotes for the start of a key. */
static bool has_flow_key_mark(const struct reader *r, const struct span *span)
{
	return span->plain && span->flow &&
	       memchr(r->data + span->start, '?', span->end - span->start);
}

/* Tabs may stand in quotes, in block scalars and in comments, nowhere else. */
static enum tmd_rc check_spans(const struct reader *r, struct tmd_error *err)
{
	size_t from = 0;
	size_t at;

	for (size_t i = 0; i < r->span_count; i++) {
		const struct span *span = &r->spans[i];
		const char *tab = NULL;

		if (gap_has_tab(r, from, span->start, &at))
			return fail_tab(err, r, tmd_line_of(r->data, r->len, at));
		if (has_flow_key_mark(r, span))
			return fail_at(err, r, tmd_line_of(r->data, r->len, span->start),
				       "put the text in quotes",
				       "a \"?\" in brackets is taken for the start of a key");
		if (span->plain)
			tab = memchr(r->data + span->start, '\t', span->end - span->start);
		if (tab)
			return fail_tab(err, r,
					tmd_line_of(r->data, r->len, (size_t)(tab - r->data)));
		from = span->end;
	}
	if (gap_has_tab(r, from, r->len, &at))
		return fail_tab(err, r, tmd_line_of(r->data, r->len, at));
	return TMD_OK;
}

/* ---- the tree ---- */

const struct tmd_yaml_node *tmd_yaml_node(const struct tmd_yaml_doc *doc, size_t index)
{
	const struct tmd_yaml_node *node = &doc->nodes[index];

	return node->kind == TMD_YAML_ALIAS ? &doc->nodes[node->target] : node;
}

static struct tmd_yaml_node *add_node(struct reader *r, enum tmd_yaml_kind kind,
				      const yaml_event_t *event)
{
	struct tmd_yaml_doc *doc = r->doc;
	struct tmd_yaml_node *node;

	doc->nodes = tmd_grow(doc->nodes, &doc->cap, doc->count + 1, sizeof(*doc->nodes));
	node = &doc->nodes[doc->count++];
	memset(node, 0, sizeof(*node));
	node->kind = kind;
	node->line = event->start_mark.line + 1;
	return node;
}

static void add_item(struct tmd_yaml_node *parent, size_t index)
{
	parent->items =
		tmd_grow(parent->items, &parent->cap, parent->count + 1, sizeof(*parent->items));
	parent->items[parent->count++] = index;
}

static const struct anchor *find_anchor(const struct reader *r, const yaml_char_t *name)
{
	for (size_t i = 0; i < r->anchor_count; i++) {
		if (strcmp(r->anchors[i].name, (const char *)name) == 0)
			return &r->anchors[i];
	}
	return NULL;
}

static enum tmd_rc note_anchor(struct reader *r, const yaml_char_t *name, size_t index,
			       struct tmd_error *err)
{
	size_t line = r->doc->nodes[index].line;

	if (!name)
		return TMD_OK;
	if (find_anchor(r, name))
		return fail_at(err, r, line, "mend the file by hand first",
			       "the same anchor is given twice");
	r->anchors = tmd_grow(r->anchors, &r->anchor_cap, r->anchor_count + 1, sizeof(*r->anchors));
	r->anchors[r->anchor_count].name = tmd_strdup((const char *)name);
	r->anchors[r->anchor_count++].node = index;
	r->doc->nodes[index].anchored = true;
	return TMD_OK;
}

/* The tag is not quoted either: a password may begin with its mark. */
static enum tmd_rc fail_tag(struct tmd_error *err, const struct reader *r, size_t line)
{
	return tmd_fail(err, TMD_E_INVALID_INPUT, r->path,
			"remove the tag, or put quotes around a text that begins with !",
			"line %zu: PyYAML cannot use the tag that is there", line);
}

/* The value is not quoted: nobody knows yet that this is a core_api.yml. */
static enum tmd_rc fail_value(struct tmd_error *err, const struct reader *r,
			      const struct tmd_yaml_node *node)
{
	return tmd_fail(err, TMD_E_INVALID_INPUT, r->path, "put quotes around it",
			"line %zu: a value there looks like %s and is none", node->line,
			tmd_yaml_tag_name(node->tag));
}

static bool known_tag(const yaml_char_t *tag, enum tmd_yaml_tag *out)
{
	static const char prefix[] = "tag:yaml.org,2002:";
	static const struct {
		const char *name;
		enum tmd_yaml_tag tag;
	} tags[] = {
		{ "str", TMD_YAML_STR },     { "null", TMD_YAML_NULL },
		{ "bool", TMD_YAML_BOOL },   { "int", TMD_YAML_INT },
		{ "float", TMD_YAML_FLOAT }, { "timestamp", TMD_YAML_TIMESTAMP },
		{ "seq", TMD_YAML_SEQ },     { "map", TMD_YAML_MAP },
	};
	const char *name = (const char *)tag;

	if (!tmd_str_starts(name, prefix))
		return false;
	for (size_t i = 0; i < sizeof(tags) / sizeof(*tags); i++) {
		if (strcmp(name + strlen(prefix), tags[i].name) == 0) {
			*out = tags[i].tag;
			return true;
		}
	}
	return false;
}

/* A mapping key, or a value, list item or root? */
static bool at_key(const struct reader *r)
{
	const struct tmd_yaml_node *parent;

	if (!r->depth)
		return false;
	parent = &r->doc->nodes[r->stack[r->depth - 1]];
	return parent->kind == TMD_YAML_MAPPING && parent->count % 2 == 0;
}

/* Hangs a node into the open collection; Python's dict keys must be hashable. */
static enum tmd_rc attach(struct reader *r, size_t index, struct tmd_error *err)
{
	const struct tmd_yaml_node *node = tmd_yaml_node(r->doc, index);
	size_t line = r->doc->nodes[index].line;
	bool key = at_key(r);

	if (key && node->kind != TMD_YAML_SCALAR)
		return fail_at(err, r, line, "mend the file by hand first",
			       "a list or mapping cannot be a key");
	if (!key && (node->tag == TMD_YAML_MERGE || node->tag == TMD_YAML_VALUE))
		return fail_at(err, r, line, "put quotes around it",
			       "a plain << or = cannot be a value");
	if (r->depth)
		add_item(&r->doc->nodes[r->stack[r->depth - 1]], index);
	return TMD_OK;
}

static enum tmd_rc open_collection(struct reader *r, enum tmd_yaml_kind kind,
				   const yaml_event_t *event, const yaml_char_t *anchor,
				   const yaml_char_t *tag, struct tmd_error *err)
{
	enum tmd_yaml_tag natural = kind == TMD_YAML_MAPPING ? TMD_YAML_MAP : TMD_YAML_SEQ;
	struct tmd_yaml_node *node = add_node(r, kind, event);
	size_t index = r->doc->count - 1;
	size_t line = node->line;

	node->tag = natural;
	node->tagged = tag && strcmp((const char *)tag, "!") != 0;
	if (node->tagged && (!known_tag(tag, &node->tag) || node->tag != natural))
		return fail_tag(err, r, line);
	if (r->depth == TMD_YAML_DEPTH_MAX)
		return fail_at(err, r, line, "is this a core_api.yml?", "nested too deep");
	if (attach(r, index, err) != TMD_OK || note_anchor(r, anchor, index, err) != TMD_OK)
		return TMD_FAILED;
	r->stack[r->depth++] = index;
	return TMD_OK;
}

static enum tmd_yaml_style style_of(yaml_scalar_style_t style)
{
	switch (style) {
	case YAML_SINGLE_QUOTED_SCALAR_STYLE:
		return TMD_YAML_SINGLE_QUOTED;
	case YAML_DOUBLE_QUOTED_SCALAR_STYLE:
		return TMD_YAML_DOUBLE_QUOTED;
	case YAML_LITERAL_SCALAR_STYLE:
	case YAML_FOLDED_SCALAR_STYLE:
		return TMD_YAML_BLOCK;
	case YAML_ANY_SCALAR_STYLE:
	case YAML_PLAIN_SCALAR_STYLE:
		break;
	}
	return TMD_YAML_PLAIN;
}

/* Its token's place; an empty value has none and stands where the event says. */
static void place_scalar(struct reader *r, const yaml_event_t *event, struct cursor *cursor,
			 struct tmd_yaml_node *node)
{
	const struct span *span = r->next_span < r->span_count ? &r->spans[r->next_span] : NULL;

	if (span && span->end_mark == event->end_mark.index) {
		node->start = r->skipped + span->start;
		node->end = r->skipped + span->end;
		r->next_span++;
		return;
	}
	node->start = r->skipped + byte_at(r, cursor, event->end_mark.index);
	node->end = node->start;
}

/* Without a tag, or with "!", PyYAML looks at the text; a tag has to be one it can build. */
static enum tmd_rc set_scalar_tag(struct tmd_yaml_node *node, const yaml_event_t *event)
{
	const yaml_char_t *tag = event->data.scalar.tag;

	if (event->data.scalar.quoted_implicit)
		return TMD_OK;
	if (event->data.scalar.plain_implicit || strcmp((const char *)tag, "!") == 0) {
		if (strlen(node->text) == node->len)
			node->tag = tmd_yaml_resolve_plain(node->text);
		return TMD_OK;
	}
	node->tagged = true;
	if (!known_tag(tag, &node->tag) || node->tag == TMD_YAML_SEQ || node->tag == TMD_YAML_MAP)
		return TMD_FAILED;
	return TMD_OK;
}

static enum tmd_rc read_scalar(struct reader *r, const yaml_event_t *event, struct cursor *cursor,
			       struct tmd_error *err)
{
	struct tmd_yaml_node *node = add_node(r, TMD_YAML_SCALAR, event);
	size_t index = r->doc->count - 1;

	node->len = event->data.scalar.length;
	node->text = tmd_strndup((const char *)event->data.scalar.value, node->len);
	node->style = style_of(event->data.scalar.style);
	place_scalar(r, event, cursor, node);
	if (set_scalar_tag(node, event) != TMD_OK)
		return fail_tag(err, r, node->line);
	if (!tmd_yaml_scalar_valid(node->tag, node->text))
		return fail_value(err, r, node);
	if (attach(r, index, err) != TMD_OK)
		return TMD_FAILED;
	return note_anchor(r, event->data.scalar.anchor, index, err);
}

static enum tmd_rc read_alias(struct reader *r, const yaml_event_t *event, struct tmd_error *err)
{
	const struct anchor *anchor = find_anchor(r, event->data.alias.anchor);
	struct tmd_yaml_node *node = add_node(r, TMD_YAML_ALIAS, event);

	if (!anchor)
		return fail_at(err, r, node->line, "mend the file by hand first",
			       "an alias without its anchor");
	node->target = anchor->node;
	return attach(r, r->doc->count - 1, err);
}

static enum tmd_rc read_event(struct reader *r, const yaml_event_t *event, struct cursor *cursor,
			      struct tmd_error *err)
{
	if (r->doc->count > TMD_YAML_NODE_MAX)
		return fail_at(err, r, 1, "is this a core_api.yml?", "too many values");
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (r->done)
			return fail_at(err, r, event->start_mark.line + 1,
				       "keep one document in the file",
				       "a second document starts here");
		return TMD_OK;
	case YAML_DOCUMENT_END_EVENT:
		r->done = true;
		return TMD_OK;
	case YAML_ALIAS_EVENT:
		return read_alias(r, event, err);
	case YAML_SCALAR_EVENT:
		return read_scalar(r, event, cursor, err);
	case YAML_SEQUENCE_START_EVENT:
		return open_collection(r, TMD_YAML_SEQUENCE, event,
				       event->data.sequence_start.anchor,
				       event->data.sequence_start.tag, err);
	case YAML_MAPPING_START_EVENT:
		return open_collection(r, TMD_YAML_MAPPING, event, event->data.mapping_start.anchor,
				       event->data.mapping_start.tag, err);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		r->depth--;
		return TMD_OK;
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
		break;
	}
	return TMD_OK;
}

static void note_flow(struct reader *r, const yaml_event_t *event)
{
	if (event->type == YAML_MAPPING_START_EVENT)
		r->doc->nodes[r->doc->count - 1].flow =
			event->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE;
}

static enum tmd_rc read_events(struct reader *r, struct tmd_error *err)
{
	__attribute__((cleanup(parser_free))) yaml_parser_t parser;
	struct cursor cursor = { 0, 0 };
	yaml_event_type_t type;

	parser_start(&parser, r);
	do {
		yaml_event_t event;
		enum tmd_rc rc;

		if (!yaml_parser_parse(&parser, &event))
			return fail_parser(err, r, &parser);
		type = event.type;
		rc = read_event(r, &event, &cursor, err);
		if (rc == TMD_OK)
			note_flow(r, &event);
		yaml_event_delete(&event);
		if (rc != TMD_OK)
			return rc;
	} while (type != YAML_STREAM_END_EVENT && type != YAML_NO_EVENT);
	return TMD_OK;
}

/* ---- merge keys ---- */

static bool all_mappings(const struct tmd_yaml_doc *doc, const struct tmd_yaml_node *list)
{
	for (size_t i = 0; i < list->count; i++) {
		if (tmd_yaml_node(doc, list->items[i])->kind != TMD_YAML_MAPPING)
			return false;
	}
	return true;
}

static bool is_merge(const struct tmd_yaml_doc *doc, const struct tmd_yaml_node *map, size_t item)
{
	return tmd_yaml_node(doc, map->items[item])->tag == TMD_YAML_MERGE;
}

/*
 * Follows every << below `map`. Aliases make the number of ways explode, and PyYAML with it:
 * `budget` ends that. False when it is used up, or when a mapping merges itself.
 */
static bool count_merges(const struct tmd_yaml_doc *doc, const struct tmd_yaml_node *map,
			 unsigned depth, size_t *budget)
{
	if (depth > MERGE_DEPTH_MAX)
		return false;
	for (size_t i = 0; i + 1 < map->count; i += 2) {
		const struct tmd_yaml_node *value = tmd_yaml_node(doc, map->items[i + 1]);
		size_t count = value->kind == TMD_YAML_SEQUENCE ? value->count : 1;

		if (!is_merge(doc, map, i))
			continue;
		for (size_t j = 0; j < count; j++) {
			const struct tmd_yaml_node *source =
				value->kind == TMD_YAML_SEQUENCE
					? tmd_yaml_node(doc, value->items[j])
					: value;

			if (!*budget)
				return false;
			--*budget;
			if (!count_merges(doc, source, depth + 1, budget))
				return false;
		}
	}
	return true;
}

static enum tmd_rc check_merges(const struct reader *r, const struct tmd_yaml_node *map,
				struct tmd_error *err)
{
	for (size_t i = 0; i + 1 < map->count; i += 2) {
		const struct tmd_yaml_node *value = tmd_yaml_node(r->doc, map->items[i + 1]);

		if (!is_merge(r->doc, map, i) || value->kind == TMD_YAML_MAPPING ||
		    (value->kind == TMD_YAML_SEQUENCE && all_mappings(r->doc, value)))
			continue;
		return fail_at(err, r, r->doc->nodes[map->items[i]].line,
			       "merge a mapping or a list of mappings",
			       "<< has no mapping to merge");
	}
	return TMD_OK;
}

static enum tmd_rc check_all_merges(const struct reader *r, struct tmd_error *err)
{
	const struct tmd_yaml_doc *doc = r->doc;
	size_t budget = TMD_YAML_MERGE_MAX;

	for (size_t i = 0; i < doc->count; i++) {
		if (doc->nodes[i].kind == TMD_YAML_MAPPING &&
		    check_merges(r, &doc->nodes[i], err) != TMD_OK)
			return TMD_FAILED;
	}
	for (size_t i = 0; i < doc->count; i++) {
		if (doc->nodes[i].kind == TMD_YAML_MAPPING &&
		    !count_merges(doc, &doc->nodes[i], 0, &budget))
			return fail_at(err, r, doc->nodes[i].line, "write the keys out",
				       "<< merges a mapping into itself, or too much");
	}
	return TMD_OK;
}

/* ---- reading as a whole ---- */

static void reader_release(struct reader *r)
{
	for (size_t i = 0; i < r->anchor_count; i++)
		free(r->anchors[i].name);
	free(r->anchors);
	free(r->spans);
}

/* What PyYAML gives for a file without a document: None. */
static void add_missing_root(struct tmd_yaml_doc *doc)
{
	struct tmd_yaml_node *node;

	doc->nodes = tmd_grow(doc->nodes, &doc->cap, 1, sizeof(*doc->nodes));
	node = &doc->nodes[doc->count++];
	memset(node, 0, sizeof(*node));
	node->tag = TMD_YAML_NULL;
	node->text = tmd_strdup("");
	node->line = 1;
}

enum tmd_rc tmd_yaml_parse(const char *data, size_t len, const char *path, struct tmd_yaml_doc *out,
			   struct tmd_error *err)
{
	TMD_AUTO_BUF struct tmd_buf room = { 0 };
	TMD_CLEANUP(reader_release) struct reader r;

	memset(out, 0, sizeof(*out));
	memset(&r, 0, sizeof(r));
	r.path = path;
	r.doc = out;
	if (decode(&r, data, len, &room, err) != TMD_OK || scan_tokens(&r, err) != TMD_OK ||
	    check_spans(&r, err) != TMD_OK || read_events(&r, err) != TMD_OK)
		return TMD_FAILED;
	if (!out->count)
		add_missing_root(out);
	return check_all_merges(&r, err);
}

void tmd_yaml_release(struct tmd_yaml_doc *doc)
{
	for (size_t i = 0; i < doc->count; i++) {
		free(doc->nodes[i].text);
		free(doc->nodes[i].items);
	}
	free(doc->nodes);
	memset(doc, 0, sizeof(*doc));
}

/* ---- questions ---- */

bool tmd_yaml_is_text(const struct tmd_yaml_node *node, const char *text)
{
	return node->kind == TMD_YAML_SCALAR &&
	       (node->tag == TMD_YAML_STR || node->tag == TMD_YAML_VALUE) &&
	       node->len == strlen(text) && memcmp(node->text, text, node->len) == 0;
}

static bool find_own(const struct tmd_yaml_doc *doc, const struct tmd_yaml_node *map,
		     const char *key, struct tmd_yaml_entry *out)
{
	for (size_t i = map->count; i >= 2; i -= 2) {
		if (!tmd_yaml_is_text(tmd_yaml_node(doc, map->items[i - 2]), key))
			continue;
		out->key = map->items[i - 2];
		out->value = map->items[i - 1];
		out->merged = false;
		return true;
	}
	return false;
}

static bool find_in(const struct tmd_yaml_doc *doc, const struct tmd_yaml_node *map,
		    const char *key, unsigned depth, struct tmd_yaml_entry *out);

/* In a list of mappings the first one wins. */
static bool find_in_list(const struct tmd_yaml_doc *doc, const struct tmd_yaml_node *list,
			 const char *key, unsigned depth, struct tmd_yaml_entry *out)
{
	for (size_t i = 0; i < list->count; i++) {
		if (find_in(doc, tmd_yaml_node(doc, list->items[i]), key, depth, out))
			return true;
	}
	return false;
}

/* Of several << in one mapping the last one wins. */
static bool find_merged(const struct tmd_yaml_doc *doc, const struct tmd_yaml_node *map,
			const char *key, unsigned depth, struct tmd_yaml_entry *out)
{
	for (size_t i = map->count; i >= 2; i -= 2) {
		const struct tmd_yaml_node *value = tmd_yaml_node(doc, map->items[i - 1]);
		bool found;

		if (tmd_yaml_node(doc, map->items[i - 2])->tag != TMD_YAML_MERGE)
			continue;
		found = value->kind == TMD_YAML_MAPPING ? find_in(doc, value, key, depth, out)
							: find_in_list(doc, value, key, depth, out);
		if (found) {
			out->merged = true;
			return true;
		}
	}
	return false;
}

static bool find_in(const struct tmd_yaml_doc *doc, const struct tmd_yaml_node *map,
		    const char *key, unsigned depth, struct tmd_yaml_entry *out)
{
	if (find_own(doc, map, key, out))
		return true;
	return depth < MERGE_DEPTH_MAX && find_merged(doc, map, key, depth + 1, out);
}

bool tmd_yaml_find(const struct tmd_yaml_doc *doc, size_t map, const char *key,
		   struct tmd_yaml_entry *out)
{
	return find_in(doc, tmd_yaml_node(doc, map), key, 0, out);
}

static void collect_keys(const struct tmd_yaml_doc *doc, const struct tmd_yaml_node *map,
			 unsigned depth, struct tmd_strv *out)
{
	for (size_t i = 0; i + 1 < map->count; i += 2) {
		const struct tmd_yaml_node *key = tmd_yaml_node(doc, map->items[i]);
		const struct tmd_yaml_node *value = tmd_yaml_node(doc, map->items[i + 1]);

		if ((key->tag == TMD_YAML_STR || key->tag == TMD_YAML_VALUE) &&
		    strlen(key->text) == key->len)
			tmd_strv_add_once(out, key->text);
		if (key->tag != TMD_YAML_MERGE || depth == MERGE_DEPTH_MAX)
			continue;
		if (value->kind == TMD_YAML_MAPPING)
			collect_keys(doc, value, depth + 1, out);
		for (size_t j = 0; value->kind == TMD_YAML_SEQUENCE && j < value->count; j++)
			collect_keys(doc, tmd_yaml_node(doc, value->items[j]), depth + 1, out);
	}
}

void tmd_yaml_keys(const struct tmd_yaml_doc *doc, size_t map, struct tmd_strv *out)
{
	collect_keys(doc, tmd_yaml_node(doc, map), 0, out);
}

bool tmd_yaml_is_aliased(const struct tmd_yaml_doc *doc, size_t index)
{
	for (size_t i = 0; i < doc->count; i++) {
		if (doc->nodes[i].kind == TMD_YAML_ALIAS && doc->nodes[i].target == index)
			return true;
	}
	return false;
}

static bool same_node(const struct tmd_yaml_node *a, const struct tmd_yaml_node *b)
{
	if (a->kind != b->kind || a->tag != b->tag || a->len != b->len || a->count != b->count ||
	    a->target != b->target)
		return false;
	if (a->len && memcmp(a->text, b->text, a->len) != 0)
		return false;
	return !a->count || memcmp(a->items, b->items, a->count * sizeof(*a->items)) == 0;
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
