/* String literals, both ways. */
#include "python/literal.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "python/source.h"

bool tmd_py_is_path(const char *text)
{
	bool drive = tmd_is_alpha(text[0]) && text[1] == ':' && (text[2] == '/' || text[2] == '\\');

	return text[0] == '/' || drive || (text[0] == '\\' && text[1] == '\\');
}

char *tmd_py_quote(const char *text)
{
	TMD_AUTO_BUF struct tmd_buf out = { 0 };

	tmd_buf_add_char(&out, '"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			tmd_buf_add_char(&out, '\\');
		tmd_buf_add_char(&out, *text);
	}
	tmd_buf_add_char(&out, '"');
	return tmd_buf_steal(&out);
}

/* ---- reading ---- */

struct literal {
	bool raw;
	const char *content;
	size_t len;
};

/* Of a text without prefix, or with u or r: what bytes and f-strings are is not text. */
static bool open_literal(const char *text, size_t len, struct literal *out)
{
	size_t at = 0;
	size_t quotes;

	out->raw = false;
	for (; at < len && text[at] != '"' && text[at] != '\''; at++) {
		if (!strchr("uUrR", text[at]))
			return false;
		out->raw = out->raw || text[at] == 'r' || text[at] == 'R';
	}
	quotes = len >= at + 6 && text[at] == text[at + 1] && text[at] == text[at + 2] ? 3 : 1;
	if (len < at + 2 * quotes)
		return false;
	out->content = text + at + quotes;
	out->len = len - at - 2 * quotes;
	return true;
}

/* False for an escape that is no quote or backslash, and where the literal has several lines. */
static bool decode(const struct literal *literal, struct tmd_buf *out)
{
	for (size_t i = 0; i < literal->len; i++) {
		char c = literal->content[i];

		if (c == '\n' || c == '\r')
			return false;
		if (c == '\\' && !literal->raw) {
			if (++i == literal->len || !strchr("\\'\"", literal->content[i]))
				return false;
			c = literal->content[i];
		}
		tmd_buf_add_char(out, c);
	}
	return true;
}

static bool read_text(const struct tmd_py_tree *tree, uint32_t node, struct tmd_buf *out)
{
	const struct tmd_py_node *n = &tree->nodes[node];
	struct literal literal;

	return n->kind == TMD_PY_STRING &&
	       open_literal(tree->text + n->start, n->end - n->start, &literal) &&
	       decode(&literal, out);
}

/* ---- one spelling ---- */

static bool is_word(char c)
{
	return tmd_is_alpha(c) || tmd_is_digit(c) || c == '_' || (unsigned char)c >= 0x80;
}

static bool is_keyword(const char *text, size_t len)
{
	static const char *const words[] = { "or", "and", "not", "if", "else", "in", "is", NULL };
	const char *const *word = words;

	while (*word && (strlen(*word) != len || memcmp(*word, text, len) != 0))
		word++;
	return *word;
}

struct spelling {
	struct tmd_buf text;
	bool keyword; /* the last token was one */
};

static void add_token(struct spelling *s, const char *token, size_t len)
{
	bool keyword = is_keyword(token, len);
	bool words = s->text.len && len && is_word(s->text.data[s->text.len - 1]) &&
		     (is_word(*token) || *token == '"' || *token == '\'');
	bool behind = s->text.len && strchr(",\"'", s->text.data[s->text.len - 1]) &&
		      (is_word(*token) || *token == '"' || *token == '\'');

	if (len && (words || behind || (s->text.len && (keyword || s->keyword))))
		tmd_buf_add_char(&s->text, ' ');
	tmd_buf_add(&s->text, token, len);
	s->keyword = keyword;
}

static void add_string(struct spelling *s, const struct tmd_py_tree *tree, uint32_t node)
{
	const struct tmd_py_node *n = &tree->nodes[node];
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	TMD_AUTO_FREE char *quoted = NULL;

	if (!read_text(tree, node, &text)) {
		add_token(s, tree->text + n->start, n->end - n->start);
		return;
	}
	quoted = tmd_py_quote(tmd_buf_str(&text));
	add_token(s, quoted, strlen(quoted));
}

static char *spell_tokens(const struct tmd_py_tree *tree, uint32_t node)
{
	struct spelling s = { 0 };
	char *text;

	for (uint32_t i = node; i <= tree->nodes[node].last; i++) {
		const struct tmd_py_node *n = &tree->nodes[i];

		if (n->kind == TMD_PY_STRING)
			add_string(&s, tree, i);
		else if (n->last == i && n->kind != TMD_PY_COMMENT)
			add_token(&s, tree->text + n->start, n->end - n->start);
		if (n->kind == TMD_PY_STRING)
			i = n->last;
	}
	text = tmd_buf_steal(&s.text);
	tmd_buf_release(&s.text);
	return text;
}

char *tmd_py_spell(const struct tmd_py_tree *tree, uint32_t expression)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };

	if (read_text(tree, expression, &text) && tmd_py_is_path(tmd_buf_str(&text)))
		return tmd_buf_steal(&text);
	return spell_tokens(tree, expression);
}
