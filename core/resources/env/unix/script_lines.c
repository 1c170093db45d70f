/* The plain lines of each shell, and how a value is quoted there. */
#include "resources/env/unix/script_lines.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

/* ---- writing ---- */

/* '=' is left out: zsh looks behind it for a command's name. */
static bool is_bare(char c)
{
	return c && (tmd_is_alpha(c) || tmd_is_digit(c) || strchr("_@%+:,./-", c));
}

static bool is_all_bare(const char *value)
{
	while (is_bare(*value))
		value++;
	return !*value;
}

static void add_quoted(enum tmd_env_syntax syntax, const char *value, struct tmd_buf *out)
{
	const char *quote = syntax == TMD_ENV_SYNTAX_SH ? "\"" : "'";

	if (syntax == TMD_ENV_SYNTAX_SH && is_all_bare(value))
		quote = "";
	tmd_buf_add_str(out, quote);
	for (; *value; value++) {
		if (*value == '!' && syntax == TMD_ENV_SYNTAX_CSH)
			tmd_buf_add_char(out, '\\'); /* else the line of a history, in quotes too */
		tmd_buf_add_char(out, *value);
	}
	tmd_buf_add_str(out, quote);
}

/* Appends the line that sets the variable; `value` is one without tmd_env_value_fault(). */
static void add_setting(const struct tmd_env_script *script, const char *value, struct tmd_buf *out)
{
	static const char *const formats[][2] = {
		[TMD_ENV_SYNTAX_SH] = { "export ", "=" },
		[TMD_ENV_SYNTAX_FISH] = { "set -gx ", " " },
		[TMD_ENV_SYNTAX_CSH] = { "setenv ", " " },
	};

	tmd_buf_add_str(out, formats[script->syntax][0]);
	tmd_buf_add_str(out, script->name);
	tmd_buf_add_str(out, formats[script->syntax][1]);
	add_quoted(script->syntax, value, out);
	tmd_buf_add_char(out, '\n');
}

/* ---- one line ---- */

/* Text that is cut from the front as it is understood. */
struct words {
	const char *at;
	const char *end;
};

static bool skip_blanks(struct words *words)
{
	const char *start = words->at;

	while (words->at < words->end && (*words->at == ' ' || *words->at == '\t'))
		words->at++;
	return words->at > start;
}

static bool skip_text(struct words *words, const char *text)
{
	size_t len = strlen(text);

	if ((size_t)(words->end - words->at) < len || memcmp(words->at, text, len) != 0)
		return false;
	words->at += len;
	return true;
}

/* A word and the blanks behind it, which are there unless it is the last one. */
static bool skip_word(struct words *words, const char *text)
{
	struct words rest = *words;

	if (!skip_text(&rest, text) || (!skip_blanks(&rest) && rest.at < rest.end))
		return false;
	*words = rest;
	return true;
}

/* What a shell could see in it besides a text, in quotes of this kind. */
static const char *magic(enum tmd_env_syntax syntax, char quote)
{
	if (quote == '"')
		return syntax == TMD_ENV_SYNTAX_CSH ? "\"$`\\!" : "\"$`\\";
	if (syntax == TMD_ENV_SYNTAX_SH)
		return "'";
	return syntax == TMD_ENV_SYNTAX_CSH ? "'\\!" : "'\\";
}

static bool take_bare(struct words *words, struct tmd_buf *value)
{
	const char *start = words->at;

	while (words->at < words->end && is_bare(*words->at))
		words->at++;
	tmd_buf_add(value, start, (size_t)(words->at - start));
	return words->at > start;
}

static bool take_value(enum tmd_env_syntax syntax, struct words *words, struct tmd_buf *value)
{
	char quote = words->at < words->end ? *words->at : '\0';
	const char *special;

	if (quote != '"' && quote != '\'')
		return take_bare(words, value);
	special = magic(syntax, quote);
	for (words->at++; words->at < words->end; words->at++) {
		if (*words->at == quote) {
			words->at++;
			return true;
		}
		if (syntax == TMD_ENV_SYNTAX_CSH && quote == '\'' && skip_text(words, "\\!"))
			words->at--;
		else if (!*words->at || strchr(special, *words->at))
			return false;
		tmd_buf_add_char(value, *words->at);
	}
	return false;
}

/* "export NAME=value", "NAME=value", "NAME=value; export NAME" */
static bool read_sh(const struct tmd_env_script *script, struct words *words, struct tmd_buf *value)
{
	skip_word(words, "export");
	if (!skip_text(words, script->name) || !skip_text(words, "=") ||
	    !take_value(script->syntax, words, value))
		return false;
	skip_blanks(words);
	if (!skip_text(words, ";"))
		return true;
	skip_blanks(words);
	return skip_word(words, "export") && skip_word(words, script->name);
}

static bool read_csh(const struct tmd_env_script *script, struct words *words,
		     struct tmd_buf *value)
{
	return skip_word(words, "setenv") && skip_word(words, script->name) &&
	       take_value(script->syntax, words, value);
}

static bool read_fish(const struct tmd_env_script *script, struct words *words,
		      struct tmd_buf *value)
{
	if (!skip_word(words, "set"))
		return false;
	while (skip_word(words, "-gx") || skip_word(words, "-xg") || skip_word(words, "-g") ||
	       skip_word(words, "-x") || skip_word(words, "--global") ||
	       skip_word(words, "--export"))
		continue;
	return skip_word(words, script->name) && take_value(script->syntax, words, value);
}

/* Is that line, given without its newline, a plain one? `value` is what it sets then. */
static bool is_plain(const struct tmd_env_script *script, const char *line, size_t len,
		     struct tmd_buf *value)
{
	static bool (*const readers[])(const struct tmd_env_script *, struct words *,
				       struct tmd_buf *) = {
		[TMD_ENV_SYNTAX_SH] = read_sh,
		[TMD_ENV_SYNTAX_FISH] = read_fish,
		[TMD_ENV_SYNTAX_CSH] = read_csh,
	};
	struct words words = { line, line + len };

	tmd_buf_clear(value);
	if (!readers[script->syntax](script, &words, value))
		return false;
	skip_blanks(&words);
	return words.at == words.end;
}

static bool is_part_of_name(const char *line, size_t len, size_t at)
{
	return at < len && (tmd_is_alpha(line[at]) || tmd_is_digit(line[at]) || line[at] == '_');
}

static bool names(const char *name, const char *line, size_t len)
{
	size_t size = strlen(name);

	for (size_t at = 0; at + size <= len; at++) {
		if (memcmp(line + at, name, size) == 0 && !is_part_of_name(line, len, at + size) &&
		    (!at || !is_part_of_name(line, len, at - 1)))
			return true;
	}
	return false;
}

/* ---- lines ---- */

struct line {
	const char *start;
	size_t len;  /* with its newline */
	size_t bare; /* without */
	size_t number;
	bool inside; /* in a here-document, or joined to the line before */
};

struct lines {
	const char *at;
	const char *end;
	size_t number;
	bool joins;            /* the line before ends in a backslash */
	const char *delimiter; /* of the here-document that goes on; NULL: none does */
	size_t delimiter_len;
	bool tabs; /* "<<-": tabs may stand before it */
};

static bool ends_document(const struct lines *lines, const struct line *line)
{
	const char *start = line->start;
	const char *end = line->start + line->bare;

	while (lines->tabs && start < end && *start == '\t')
		start++;
	return (size_t)(end - start) == lines->delimiter_len &&
	       memcmp(start, lines->delimiter, lines->delimiter_len) == 0;
}

/* "<<WORD", "<<-WORD", "<<'WORD'": the first of a line, which is seldom not the only one. */
static void find_document(struct lines *lines, const struct line *line)
{
	const char *end = line->start + line->bare;
	const char *at = line->start;

	for (; at + 2 < end && !(at[0] == '<' && at[1] == '<'); at++)
		continue;
	if (at + 2 >= end || at[2] == '<' || *line->start == '#')
		return;
	at += 2;
	lines->tabs = *at == '-';
	while (at < end && strchr("- \t'\"\\", *at))
		at++;
	lines->delimiter = at;
	while (at < end && !strchr(" \t'\";&|)>", *at))
		at++;
	lines->delimiter_len = (size_t)(at - lines->delimiter);
	if (!lines->delimiter_len)
		lines->delimiter = NULL;
}

static void look_around(struct lines *lines, const struct tmd_env_script *script, struct line *line)
{
	bool comment = *line->start == '#' && !lines->joins;

	line->inside = lines->joins || lines->delimiter;
	lines->joins = line->bare && line->start[line->bare - 1] == '\\' && !comment;
	if (lines->delimiter && ends_document(lines, line))
		lines->delimiter = NULL;
	else if (!lines->delimiter && script->syntax != TMD_ENV_SYNTAX_FISH)
		find_document(lines, line);
}

static bool next_line(struct lines *lines, const struct tmd_env_script *script, struct line *out)
{
	const char *newline;

	if (lines->at == lines->end)
		return false;
	newline = memchr(lines->at, '\n', (size_t)(lines->end - lines->at));
	out->start = lines->at;
	out->bare = (size_t)((newline ? newline : lines->end) - lines->at);
	out->len = out->bare + (newline != NULL);
	out->number = ++lines->number;
	lines->at += out->len;
	look_around(lines, script, out);
	return true;
}

static struct lines lines_of(const struct tmd_buf *text)
{
	const char *start = tmd_buf_str(text);

	return (struct lines){ .at = start, .end = start + text->len };
}

void tmd_env_setting_release(struct tmd_env_setting *setting)
{
	free(setting->value);
	*setting = (struct tmd_env_setting){ 0 };
}

void tmd_env_find_setting(const struct tmd_env_script *script, const struct tmd_buf *text,
			  struct tmd_env_setting *out)
{
	TMD_AUTO_BUF struct tmd_buf value = { 0 };
	struct tmd_env_setting found = { 0 };
	struct lines lines = lines_of(text);
	struct line line;

	while (next_line(&lines, script, &line)) {
		if (line.inside)
			continue;
		if (is_plain(script, line.start, line.bare, &value)) {
			free(found.value);
			found.value = tmd_strdup(tmd_buf_str(&value));
			found.line = line.number;
		} else if (*line.start != '#' && names(script->name, line.start, line.bare)) {
			found.otherwise = line.number;
		}
	}
	tmd_env_setting_release(out);
	*out = found;
}

static void end_line(struct tmd_buf *out)
{
	if (out->len && out->data[out->len - 1] != '\n')
		tmd_buf_add_char(out, '\n');
}

void tmd_env_change_setting(const struct tmd_env_script *script, const char *value,
			    const struct tmd_buf *text, struct tmd_buf *out)
{
	TMD_AUTO_BUF struct tmd_buf old = { 0 };
	struct tmd_env_setting last = { 0 };
	struct lines lines = lines_of(text);
	struct line line;

	tmd_env_find_setting(script, text, &last);
	while (next_line(&lines, script, &line)) {
		if (line.inside || !is_plain(script, line.start, line.bare, &old))
			tmd_buf_add(out, line.start, line.len);
		else if (value && line.number == last.line)
			add_setting(script, value, out);
	}
	if (value && !last.value) {
		end_line(out);
		add_setting(script, value, out);
	}
	if (text->len && tmd_buf_str(text)[text->len - 1] != '\n' && out->len &&
	    out->data[out->len - 1] == '\n')
		out->data[--out->len] = '\0';
	tmd_env_setting_release(&last);
}
