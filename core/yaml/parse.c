/*
 * From libyaml's events to the tree. libyaml counts characters and forgives what PyYAML does not,
 * so the text is looked at beside the events, for places and for flaws.
 */
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/mem.h"
#include "base/str.h"
#include "yaml/build.h"
#include "yaml/decode.h"
#include "yaml/strict.h"

struct cursor {
	size_t chars;
	size_t bytes;
};

struct reader {
	struct tmd_yaml_text text;
	struct cursor cursor;
	size_t checked; /* bytes, behind a scalar: no flaw up to here */
	struct tmd_yaml_builder build;
};

static enum tmd_rc fail_flaw(struct tmd_error *err, const struct reader *r,
			     const struct tmd_yaml_flaw *flaw)
{
	size_t line = tmd_line_of(r->text.data, r->text.len, flaw->at);

	return tmd_yaml_fail(r->build.doc, line, flaw->hint, flaw->what, err);
}

/* ---- libyaml ---- */

static void parser_start(yaml_parser_t *parser, const struct tmd_yaml_text *text)
{
	static const unsigned char nothing[1] = { 0 };
	const unsigned char *data = text->len ? (const unsigned char *)text->data : nothing;

	if (!yaml_parser_initialize(parser))
		abort(); /* out of memory */
	yaml_parser_set_input_string(parser, data, text->len);
	yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING);
}

static bool indented_with_tab(const struct tmd_yaml_text *text, size_t line)
{
	const char *at = text->data;
	const char *end = text->data + text->len;

	for (; at < end && line > 1; at++)
		line -= *at == '\n';
	while (at < end && *at == ' ')
		at++;
	return at < end && *at == '\t';
}

/* The scanner's context is where the unfinished key or quote begins: that is the line to mend. */
static size_t problem_line(const struct reader *r, const yaml_parser_t *parser)
{
	if (parser->error == YAML_READER_ERROR)
		return tmd_line_of(r->text.data, r->text.len, parser->problem_offset);
	if (parser->error == YAML_SCANNER_ERROR && parser->context)
		return parser->context_mark.line + 1;
	return parser->problem_mark.line + 1;
}

/* A tab in it is not indentation, but libyaml takes it for such. */
static bool is_block_scalar(const yaml_parser_t *parser)
{
	return parser->context && strcmp(parser->context, "while scanning a block scalar") == 0;
}

static enum tmd_rc fail_parser(struct tmd_error *err, const struct reader *r,
			       const yaml_parser_t *parser)
{
	size_t lines[] = { problem_line(r, parser), parser->problem_mark.line + 1 };
	const char *hint = tmd_yaml_libyaml_alone(parser->problem);

	if (parser->error == YAML_MEMORY_ERROR)
		abort();
	for (size_t i = 0; i < 2 && !is_block_scalar(parser); i++) {
		if (indented_with_tab(&r->text, lines[i]))
			return tmd_yaml_fail(r->build.doc, lines[i], tmd_yaml_tab.hint,
					     tmd_yaml_tab.what, err);
	}
	r->build.doc->bad_line = lines[0];
	return tmd_fail(err, TMD_E_INVALID_INPUT, NULL,
			hint ? hint : "mend the file by hand: a blank behind each colon, quotes "
				      "closed, keys in one column",
			"%s: %s%s%s", hint ? "libyaml cannot read it" : "not valid YAML",
			parser->problem ? parser->problem : "unreadable",
			parser->context ? " " : "", parser->context ? parser->context : "");
}

/* ---- places ---- */

/* Byte of a mark, which counts characters; libyaml tells them in order. */
static size_t byte_at(struct reader *r, const yaml_mark_t *mark)
{
	const struct tmd_yaml_text *text = &r->text;
	struct cursor *cursor = &r->cursor;

	while (cursor->chars < mark->index && cursor->bytes < text->len) {
		do {
			cursor->bytes++;
		} while (cursor->bytes < text->len && (text->data[cursor->bytes] & 0xC0) == 0x80);
		cursor->chars++;
	}
	return cursor->bytes;
}

/* Moves *at from a tag or anchor to what it belongs to. */
static enum tmd_rc skip_properties(const struct reader *r, size_t *at, struct tmd_error *err)
{
	const char *data = r->text.data;
	struct tmd_yaml_flaw flaw;

	while (*at < r->text.len && (data[*at] == '!' || data[*at] == '&')) {
		if (data[*at] == '!' && tmd_yaml_flaw_in_tag(data, *at, r->text.len, &flaw))
			return fail_flaw(err, r, &flaw);
		*at = tmd_yaml_behind_property(data, *at, r->text.len);
	}
	return TMD_OK;
}

static enum tmd_rc check_gap(const struct reader *r, size_t end, struct tmd_error *err)
{
	struct tmd_yaml_flaw flaw;

	if (tmd_yaml_flaw_in_gap(r->text.data, r->checked, end, &flaw))
		return fail_flaw(err, r, &flaw);
	return TMD_OK;
}

static enum tmd_rc check_scalar(struct reader *r, enum tmd_yaml_style style, size_t start,
				size_t end, struct tmd_error *err)
{
	bool flow = tmd_yaml_in_flow(&r->build);
	struct tmd_yaml_flaw flaw;

	if (check_gap(r, start, err) != TMD_OK)
		return TMD_FAILED;
	if (style == TMD_YAML_PLAIN &&
	    tmd_yaml_flaw_in_plain(r->text.data, start, end, flow, &flaw))
		return fail_flaw(err, r, &flaw);
	if (style == TMD_YAML_BLOCK && tmd_yaml_flaw_in_header(r->text.data, start, end, &flaw))
		return fail_flaw(err, r, &flaw);
	r->checked = end;
	return TMD_OK;
}

/* An empty value stands where the event ends. */
static enum tmd_rc place_scalar(struct reader *r, const yaml_event_t *event,
				struct tmd_yaml_node *node, struct tmd_error *err)
{
	size_t start = byte_at(r, &event->start_mark);
	size_t end = byte_at(r, &event->end_mark);

	if (skip_properties(r, &start, err) != TMD_OK)
		return TMD_FAILED;
	if (start > end || (node->style == TMD_YAML_PLAIN && !node->len))
		start = end;
	node->start = r->text.skipped + start;
	node->end = r->text.skipped + end;
	return check_scalar(r, node->style, start, end, err);
}

/* ---- events ---- */

static struct tmd_yaml_node *add_node(struct reader *r, enum tmd_yaml_kind kind,
				      const yaml_event_t *event)
{
	struct tmd_yaml_node *node = tmd_yaml_add(&r->build, kind);

	node->line = event->start_mark.line + 1;
	node->column = event->start_mark.column + 1;
	return node;
}

static enum tmd_rc open_collection(struct reader *r, struct tmd_yaml_node *node,
				   const yaml_event_t *event, const yaml_char_t *anchor,
				   const yaml_char_t *tag, struct tmd_error *err)
{
	const char *name = (const char *)tag;
	size_t start = byte_at(r, &event->start_mark);

	node->tag = node->kind == TMD_YAML_MAPPING ? TMD_YAML_MAP : TMD_YAML_SEQ;
	if (skip_properties(r, &start, err) != TMD_OK)
		return TMD_FAILED;
	if (name && strcmp(name, "!") != 0 &&
	    tmd_yaml_set_tag(r->build.doc, node, name, err) != TMD_OK)
		return TMD_FAILED;
	return tmd_yaml_open(&r->build, node, (const char *)anchor, err);
}

static enum tmd_rc open_mapping(struct reader *r, const yaml_event_t *event, struct tmd_error *err)
{
	struct tmd_yaml_node *node = add_node(r, TMD_YAML_MAPPING, event);
	bool flow = event->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE;

	node->style = flow ? TMD_YAML_FLOW : TMD_YAML_BLOCK;
	return open_collection(r, node, event, event->data.mapping_start.anchor,
			       event->data.mapping_start.tag, err);
}

static enum tmd_rc open_sequence(struct reader *r, const yaml_event_t *event,
				 struct tmd_error *err)
{
	struct tmd_yaml_node *node = add_node(r, TMD_YAML_SEQUENCE, event);
	bool flow = event->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE;

	node->style = flow ? TMD_YAML_FLOW : TMD_YAML_BLOCK;
	return open_collection(r, node, event, event->data.sequence_start.anchor,
			       event->data.sequence_start.tag, err);
}

static const enum tmd_yaml_style styles[] = {
	[YAML_PLAIN_SCALAR_STYLE] = TMD_YAML_PLAIN,
	[YAML_SINGLE_QUOTED_SCALAR_STYLE] = TMD_YAML_SINGLE_QUOTED,
	[YAML_DOUBLE_QUOTED_SCALAR_STYLE] = TMD_YAML_DOUBLE_QUOTED,
	[YAML_LITERAL_SCALAR_STYLE] = TMD_YAML_BLOCK,
	[YAML_FOLDED_SCALAR_STYLE] = TMD_YAML_BLOCK,
};

/* Without a tag, or with "!", PyYAML looks at the text; a tag has to be one it can build. */
static enum tmd_rc set_scalar_tag(struct reader *r, struct tmd_yaml_node *node,
				  const yaml_event_t *event, struct tmd_error *err)
{
	const char *tag = (const char *)event->data.scalar.tag;

	if (event->data.scalar.quoted_implicit)
		return TMD_OK;
	if (!event->data.scalar.plain_implicit && strcmp(tag, "!") != 0)
		return tmd_yaml_set_tag(r->build.doc, node, tag, err);
	if (strlen(node->text) == node->len)
		node->tag = tmd_yaml_resolve_plain(node->text);
	return TMD_OK;
}

/* The value is not quoted: nobody knows yet what file this is. */
static enum tmd_rc check_value(struct reader *r, const struct tmd_yaml_node *node,
			       struct tmd_error *err)
{
	if (tmd_yaml_scalar_valid(node->tag, node->text, node->len))
		return TMD_OK;
	r->build.doc->bad_line = node->line;
	return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, "put quotes around it",
			"a value there looks like %s and is none", tmd_yaml_tag_name(node->tag));
}

static enum tmd_rc read_scalar(struct reader *r, const yaml_event_t *event, struct tmd_error *err)
{
	struct tmd_yaml_node *node = add_node(r, TMD_YAML_SCALAR, event);

	node->len = event->data.scalar.length;
	node->text = tmd_strndup((const char *)event->data.scalar.value, node->len);
	node->style = styles[event->data.scalar.style];
	if (place_scalar(r, event, node, err) != TMD_OK ||
	    set_scalar_tag(r, node, event, err) != TMD_OK || check_value(r, node, err) != TMD_OK)
		return TMD_FAILED;
	return tmd_yaml_attach(&r->build, node, (const char *)event->data.scalar.anchor, err);
}

static enum tmd_rc start_document(struct reader *r, const yaml_event_t *event,
				  struct tmd_error *err)
{
	struct tmd_yaml_flaw flaw;

	if (r->build.doc->count)
		return tmd_yaml_fail(r->build.doc, event->start_mark.line + 1,
				     "keep one document in the file",
				     "a second document starts here", err);
	if (tmd_yaml_flaw_in_directives(r->text.data, 0, byte_at(r, &event->end_mark), &flaw))
		return fail_flaw(err, r, &flaw);
	return TMD_OK;
}

static enum tmd_rc fail_full(const struct reader *r, const yaml_event_t *event,
			     struct tmd_error *err)
{
	r->build.doc->bad_line = event->start_mark.line + 1;
	return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, "is this the right file?",
			"more than %zu values", r->build.limits->nodes);
}

static enum tmd_rc read_event(struct reader *r, const yaml_event_t *event, struct tmd_error *err)
{
	if (r->build.doc->count > r->build.limits->nodes)
		return fail_full(r, event, err);
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		return start_document(r, event, err);
	case YAML_ALIAS_EVENT:
		return tmd_yaml_attach_alias(&r->build, add_node(r, TMD_YAML_ALIAS, event),
					     (const char *)event->data.alias.anchor, err);
	case YAML_SCALAR_EVENT:
		return read_scalar(r, event, err);
	case YAML_SEQUENCE_START_EVENT:
		return open_sequence(r, event, err);
	case YAML_MAPPING_START_EVENT:
		return open_mapping(r, event, err);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return tmd_yaml_close(&r->build, err);
	case YAML_STREAM_END_EVENT:
		return check_gap(r, r->text.len, err);
	default:
		return TMD_OK;
	}
}

static enum tmd_rc read_events(struct reader *r, struct tmd_error *err)
{
	TMD_CLEANUP(yaml_parser_delete) yaml_parser_t parser;
	yaml_event_type_t type;

	parser_start(&parser, &r->text);
	do {
		yaml_event_t event;
		enum tmd_rc rc;

		if (!yaml_parser_parse(&parser, &event))
			return fail_parser(err, r, &parser);
		type = event.type;
		rc = read_event(r, &event, err);
		yaml_event_delete(&event);
		if (rc != TMD_OK)
			return rc;
	} while (type != YAML_STREAM_END_EVENT && type != YAML_NO_EVENT);
	return TMD_OK;
}

/* What PyYAML gives for a file without a document: None. */
static void add_missing_root(struct reader *r)
{
	struct tmd_yaml_node *node = tmd_yaml_add(&r->build, TMD_YAML_SCALAR);

	node->tag = TMD_YAML_NULL;
	node->text = tmd_strdup("");
	node->line = 1;
	node->column = 1;
}

static void reader_release(struct reader *r)
{
	tmd_buf_release(&r->text.room);
	tmd_yaml_builder_release(&r->build);
}

enum tmd_rc tmd_yaml_parse(const char *data, size_t len, const struct tmd_yaml_limits *limits,
			   struct tmd_yaml_doc *out, struct tmd_error *err)
{
	TMD_CLEANUP(reader_release) struct reader r;
	size_t bad;

	memset(out, 0, sizeof(*out));
	memset(&r, 0, sizeof(r));
	r.build.doc = out;
	r.build.limits = limits;
	if (len > limits->bytes)
		return tmd_yaml_fail(out, 1, "is this the right file?", "the file is too large",
				     err);
	if (!tmd_yaml_decode(data, len, &r.text, &bad))
		return tmd_yaml_fail(out, r.text.utf16 ? 1 : tmd_line_of(data, len, bad),
				     "save the file as UTF-8",
				     r.text.utf16 ? "not valid UTF-16" : "not valid UTF-8", err);
	out->utf16 = r.text.utf16;
	if (read_events(&r, err) != TMD_OK)
		return TMD_FAILED;
	if (!out->count)
		add_missing_root(&r);
	return TMD_OK;
}
