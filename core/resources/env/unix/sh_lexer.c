/* Blanks, comments, quotes, expansions and operators of a POSIX shell, and what bash adds. */
#include "resources/env/unix/sh_lexer.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "resources/env/vars.h"

/* ---- words ---- */

static char peek(const struct tmd_sh_lexer *lexer, size_t ahead)
{
	return lexer->at + ahead < lexer->len ? lexer->data[lexer->at + ahead] : '\0';
}

static bool ends_word(char c)
{
	switch (c) {
	case '\0':
	case ' ':
	case '\t':
	case '\n':
	case ';':
	case '&':
	case '|':
	case '<':
	case '>':
	case '(':
	case ')':
		return true;
	default:
		return false;
	}
}

static void skip_single_quotes(struct tmd_sh_lexer *lexer)
{
	while (lexer->at < lexer->len && lexer->data[lexer->at] != '\'')
		lexer->at++;
	lexer->lost = lexer->lost || lexer->at >= lexer->len;
	lexer->at += lexer->at < lexer->len;
}

/*
 * Skips the inside of an expansion up to and with its closing character. Quotes inside are
 * respected; nested expansions of the same kind are counted.
 */
static void skip_expansion(struct tmd_sh_lexer *lexer, char open, char close)
{
	bool quoted = false;
	size_t depth = 1;

	while (lexer->at < lexer->len) {
		char c = lexer->data[lexer->at++];

		if (c == '\\') {
			lexer->at += lexer->at < lexer->len;
		} else if (c == '"') {
			quoted = !quoted;
		} else if (c == '\'' && !quoted) {
			skip_single_quotes(lexer);
		} else if (c == close) {
			if (--depth == 0)
				return;
		} else if (open && c == open) {
			depth++;
		}
	}
	lexer->lost = true;
}

/* A '$' or '`' at `at`: adds its source text. Returns whether it is an expansion at all. */
static bool take_expansion(struct tmd_sh_lexer *lexer, struct tmd_buf *text)
{
	size_t start = lexer->at;
	char c = lexer->data[lexer->at++];
	char next = peek(lexer, 0);

	if (c == '`') {
		skip_expansion(lexer, '\0', '`');
	} else if (next == '(') {
		lexer->at++;
		skip_expansion(lexer, '(', ')');
	} else if (next == '{') {
		lexer->at++;
		skip_expansion(lexer, '{', '}');
	} else if (next == '[') {
		/* Arithmetic to bash, a mere dollar to others. */
	} else if (!tmd_env_name_char(next) && (!next || !strchr("@*#?-$!", next))) {
		tmd_buf_add_char(text, c);
		return false;
	}
	tmd_buf_add(text, lexer->data + start, lexer->at - start);
	return true;
}

static void take_double_quotes(struct tmd_sh_lexer *lexer, struct tmd_sh_word *word,
			       struct tmd_buf *text)
{
	while (lexer->at < lexer->len) {
		char c = lexer->data[lexer->at];

		if (c == '$' || c == '`') {
			word->plain &= !take_expansion(lexer, text);
			continue;
		}
		lexer->at++;
		if (c == '"')
			return;
		if (c == '\\' && lexer->at < lexer->len &&
		    strchr("$`\"\\\n", lexer->data[lexer->at])) {
			c = lexer->data[lexer->at++];
			if (c == '\n')
				continue;
		}
		tmd_buf_add_char(text, c);
	}
	lexer->lost = true;
}

static void mark_quoted(struct tmd_sh_word *word, const struct tmd_buf *text)
{
	if (!word->quoted)
		word->bare = text->len;
	word->quoted = true;
}

static void take_backslash(struct tmd_sh_lexer *lexer, struct tmd_sh_word *word,
			   struct tmd_buf *text)
{
	lexer->at++;
	if (peek(lexer, 0) != '\n')
		mark_quoted(word, text);
	if (lexer->at == lexer->len) {
		tmd_buf_add_char(text, '\\');
		return;
	}
	if (lexer->data[lexer->at] != '\n')
		tmd_buf_add_char(text, lexer->data[lexer->at]);
	lexer->at++;
}

static void take_quotes(struct tmd_sh_lexer *lexer, struct tmd_sh_word *word, struct tmd_buf *text)
{
	size_t start = lexer->at + 1;

	mark_quoted(word, text);
	if (lexer->data[lexer->at++] == '"') {
		take_double_quotes(lexer, word, text);
		return;
	}
	skip_single_quotes(lexer);
	if (!lexer->lost)
		tmd_buf_add(text, lexer->data + start, lexer->at - start - 1);
}

/* Unquoted '~' is expanded at the start of a value and behind ':'. */
static bool is_tilde_place(const struct tmd_buf *text)
{
	return !text->len || text->data[text->len - 1] == '=' || text->data[text->len - 1] == ':';
}

/* Most of a word means nothing to the shell. */
static bool take_ordinary(struct tmd_sh_lexer *lexer, struct tmd_buf *text)
{
	size_t start = lexer->at;

	while (lexer->at < lexer->len &&
	       (tmd_env_name_char(lexer->data[lexer->at]) || lexer->data[lexer->at] == '/' ||
		lexer->data[lexer->at] == '.'))
		lexer->at++;
	tmd_buf_add(text, lexer->data + start, lexer->at - start);
	return lexer->at > start;
}

static void take_word(struct tmd_sh_lexer *lexer, struct tmd_sh_word *word)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };

	memset(word, 0, sizeof(*word));
	word->start = lexer->at;
	word->plain = true;
	while (lexer->at < lexer->len && !ends_word(lexer->data[lexer->at])) {
		char c = lexer->data[lexer->at];

		if (take_ordinary(lexer, &text))
			continue;
		if (c == '\\') {
			take_backslash(lexer, word, &text);
		} else if (c == '"' || c == '\'') {
			take_quotes(lexer, word, &text);
		} else if (c == '$' || c == '`') {
			/* To bash, $'…' and $"…" are quotes of another kind. */
			word->plain &= !(peek(lexer, 1) == '\'' || peek(lexer, 1) == '"');
			word->plain &= !take_expansion(lexer, &text);
		} else {
			word->plain &= c != '~' || !is_tilde_place(&text);
			word->globs = word->globs || strchr("*?[{", c) != NULL;
			tmd_buf_add_char(&text, c);
			lexer->at++;
		}
	}
	word->end = lexer->at;
	if (!word->quoted)
		word->bare = text.len;
	word->text = tmd_buf_steal(&text);
}

/* ---- tokens ---- */

static void skip_blanks(struct tmd_sh_lexer *lexer)
{
	while (lexer->at < lexer->len) {
		char c = lexer->data[lexer->at];

		if (c == '\\' && peek(lexer, 1) == '\n')
			lexer->at += 2;
		else if (c == ' ' || c == '\t')
			lexer->at++;
		else
			break;
	}
	if (peek(lexer, 0) != '#')
		return;
	while (lexer->at < lexer->len && lexer->data[lexer->at] != '\n')
		lexer->at++;
}

static enum tmd_sh_token operator_token(struct tmd_sh_lexer *lexer)
{
	char c = lexer->data[lexer->at++];
	char next = peek(lexer, 0);

	switch (c) {
	case '\n':
		return TMD_TOKEN_NEWLINE;
	case '(':
		return TMD_TOKEN_OPEN;
	case ')':
		return TMD_TOKEN_CLOSE;
	case ';':
		if (next != ';' && next != '&')
			return TMD_TOKEN_SEMICOLON;
		lexer->at++;
		lexer->at += next == ';' && peek(lexer, 0) == '&';
		return TMD_TOKEN_BREAK;
	case '&':
	case '|':
		lexer->at += c == '|' && next == '&';
		if (next != c)
			return c == '|' ? TMD_TOKEN_PIPE : TMD_TOKEN_BACKGROUND;
		lexer->at++;
		return TMD_TOKEN_AND_OR;
	case '<':
		if (next == '<')
			return TMD_TOKEN_HEREDOC;
		break;
	default:
		break;
	}
	while (lexer->at < lexer->len && strchr("<>&|", lexer->data[lexer->at]))
		lexer->at++;
	return TMD_TOKEN_REDIRECT;
}

enum tmd_sh_token tmd_sh_lexer_next(struct tmd_sh_lexer *lexer, struct tmd_sh_word *word)
{
	skip_blanks(lexer);
	if (lexer->at >= lexer->len)
		return TMD_TOKEN_END;
	if (ends_word(lexer->data[lexer->at]))
		return operator_token(lexer);
	take_word(lexer, word);
	return TMD_TOKEN_WORD;
}

void tmd_sh_lexer_skip_word(struct tmd_sh_lexer *lexer)
{
	struct tmd_sh_word word;

	skip_blanks(lexer);
	if (lexer->at >= lexer->len || ends_word(lexer->data[lexer->at]))
		return;
	take_word(lexer, &word);
	free(word.text);
}

void tmd_sh_lexer_skip_parens(struct tmd_sh_lexer *lexer)
{
	skip_expansion(lexer, '(', ')');
}

char tmd_sh_lexer_peek(const struct tmd_sh_lexer *lexer)
{
	return peek(lexer, 0);
}
