/*
 * How a POSIX shell that sources a profile file sets variables, told from the text alone:
 * plain assignments, export and unset at the top level are followed exactly; what sits in a
 * condition, comes from an expansion or is done by cleverer means is reported as unknown
 * rather than guessed.
 */
#include "resources/env/readers.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"

#define COMMAND_WORDS 4096 /* words of one command that are looked at */

struct sh_word {
	size_t start; /* in the file */
	size_t end;
	char *text;   /* with quotes and backslashes resolved, expansions left as written */
	size_t bare;  /* bytes of `text` before the first quote or backslash */
	bool plain;   /* nothing in it is expanded by the shell */
	bool quoted;  /* has quotes or backslashes: is no keyword */
	bool globs;   /* holds pattern characters outside quotes */
};

enum sh_token {
	TOKEN_WORD,
	TOKEN_NEWLINE,
	TOKEN_SEMICOLON, /* ';' and ";;" */
	TOKEN_AND_OR,    /* "&&" and "||" */
	TOKEN_PIPE,
	TOKEN_BACKGROUND, /* a single '&' */
	TOKEN_OPEN,
	TOKEN_CLOSE,
	TOKEN_REDIRECT,
	TOKEN_HEREDOC,
	TOKEN_END,
};

struct sh_extent { /* of a command or operator, to find the lines that are all about `watch` */
	struct tmd_env_span span;
	bool own;
};

struct sh_input {
	struct tmd_env_reader *reader;
	const char *data;
	size_t len;
	size_t at;
	bool lost; /* quoting ran off the end, or a here-document: nothing after it is certain */

	struct sh_word *words; /* of the command at hand */
	size_t count;
	size_t cap;

	size_t depth;    /* open compound commands */
	size_t cases;    /* of these, case … esac, whose patterns hold stray parentheses */
	bool conditional; /* the command stands behind &&, || or a pipe */
	bool may_be_over; /* a return or exit that may have run came before */
	bool over;
	bool redirected; /* the command at hand */

	size_t line_at; /* the last answer of line_of() */
	size_t line;

	struct sh_extent *extents;
	size_t extent_count;
	size_t extent_cap;
};

/* ---- words ---- */

static void free_words(struct sh_input *in)
{
	for (size_t i = 0; i < in->count; i++)
		free(in->words[i].text);
	in->count = 0;
}

static char peek(const struct sh_input *in, size_t ahead)
{
	return in->at + ahead < in->len ? in->data[in->at + ahead] : '\0';
}

static bool ends_word(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || strchr(";&|<>()", c) != NULL;
}

static void skip_single_quotes(struct sh_input *in)
{
	while (in->at < in->len && in->data[in->at] != '\'')
		in->at++;
	in->lost = in->lost || in->at >= in->len;
	in->at += in->at < in->len;
}

/*
 * Skips the inside of an expansion up to and with its closing character. Quotes inside are
 * respected; nested expansions of the same kind are counted.
 */
static void skip_expansion(struct sh_input *in, char open, char close)
{
	bool quoted = false;
	size_t depth = 1;

	while (in->at < in->len) {
		char c = in->data[in->at++];

		if (c == '\\') {
			in->at += in->at < in->len;
		} else if (c == '"') {
			quoted = !quoted;
		} else if (c == '\'' && !quoted) {
			skip_single_quotes(in);
		} else if (c == close) {
			if (--depth == 0)
				return;
		} else if (open && c == open) {
			depth++;
		}
	}
	in->lost = true;
}

/* A '$' or '`' at `at`: adds its source text. Returns whether it is an expansion at all. */
static bool take_expansion(struct sh_input *in, struct tmd_buf *text)
{
	size_t start = in->at;
	char c = in->data[in->at++];
	char next = peek(in, 0);

	if (c == '`') {
		skip_expansion(in, '\0', '`');
	} else if (next == '(') {
		in->at++;
		skip_expansion(in, '(', ')');
	} else if (next == '{') {
		in->at++;
		skip_expansion(in, '{', '}');
	} else if (!tmd_env_name_char(next) && (!next || !strchr("@*#?-$!", next))) {
		tmd_buf_add_char(text, c);
		return false;
	}
	tmd_buf_add(text, in->data + start, in->at - start);
	return true;
}

static void take_double_quotes(struct sh_input *in, struct sh_word *word, struct tmd_buf *text)
{
	while (in->at < in->len) {
		char c = in->data[in->at];

		if (c == '$' || c == '`') {
			word->plain &= !take_expansion(in, text);
			continue;
		}
		in->at++;
		if (c == '"')
			return;
		if (c == '\\' && in->at < in->len && strchr("$`\"\\\n", in->data[in->at])) {
			c = in->data[in->at++];
			if (c == '\n')
				continue;
		}
		tmd_buf_add_char(text, c);
	}
	in->lost = true;
}

static void mark_quoted(struct sh_word *word, const struct tmd_buf *text)
{
	if (!word->quoted)
		word->bare = text->len;
	word->quoted = true;
}

static void take_backslash(struct sh_input *in, struct sh_word *word, struct tmd_buf *text)
{
	in->at++;
	if (peek(in, 0) != '\n')
		mark_quoted(word, text);
	if (in->at == in->len) {
		tmd_buf_add_char(text, '\\');
		return;
	}
	if (in->data[in->at] != '\n')
		tmd_buf_add_char(text, in->data[in->at]);
	in->at++;
}

static void take_quotes(struct sh_input *in, struct sh_word *word, struct tmd_buf *text)
{
	size_t start = in->at + 1;

	mark_quoted(word, text);
	if (in->data[in->at++] == '"') {
		take_double_quotes(in, word, text);
		return;
	}
	skip_single_quotes(in);
	if (!in->lost)
		tmd_buf_add(text, in->data + start, in->at - start - 1);
}

/* Unquoted '~' is expanded at the start of a value and behind ':'. */
static bool is_tilde_place(const struct tmd_buf *text)
{
	return !text->len || text->data[text->len - 1] == '=' || text->data[text->len - 1] == ':';
}

static void take_word(struct sh_input *in, struct sh_word *word)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };

	memset(word, 0, sizeof(*word));
	word->start = in->at;
	word->plain = true;
	while (in->at < in->len && !ends_word(in->data[in->at])) {
		char c = in->data[in->at];

		if (c == '\\') {
			take_backslash(in, word, &text);
		} else if (c == '"' || c == '\'') {
			take_quotes(in, word, &text);
		} else if (c == '$' || c == '`') {
			word->plain &= !take_expansion(in, &text);
		} else {
			word->plain &= c != '~' || !is_tilde_place(&text);
			word->globs = word->globs || strchr("*?[{", c) != NULL;
			tmd_buf_add_char(&text, c);
			in->at++;
		}
	}
	word->end = in->at;
	if (!word->quoted)
		word->bare = text.len;
	word->text = tmd_buf_steal(&text);
}

/* ---- tokens ---- */

static void skip_blanks(struct sh_input *in)
{
	while (in->at < in->len) {
		char c = in->data[in->at];

		if (c == '\\' && peek(in, 1) == '\n')
			in->at += 2;
		else if (c == ' ' || c == '\t')
			in->at++;
		else
			break;
	}
	if (peek(in, 0) != '#')
		return;
	while (in->at < in->len && in->data[in->at] != '\n')
		in->at++;
}

static enum sh_token operator_token(struct sh_input *in)
{
	char c = in->data[in->at++];
	char next = peek(in, 0);

	switch (c) {
	case '\n':
		return TOKEN_NEWLINE;
	case '(':
		return TOKEN_OPEN;
	case ')':
		return TOKEN_CLOSE;
	case ';':
		in->at += next == ';';
		return TOKEN_SEMICOLON;
	case '&':
	case '|':
		if (next != c)
			return c == '|' ? TOKEN_PIPE : TOKEN_BACKGROUND;
		in->at++;
		return TOKEN_AND_OR;
	case '<':
		if (next == '<')
			return TOKEN_HEREDOC;
		break;
	default:
		break;
	}
	while (in->at < in->len && strchr("<>&|", in->data[in->at]))
		in->at++;
	return TOKEN_REDIRECT;
}

/* The next token; a word goes into *word. */
static enum sh_token next_token(struct sh_input *in, struct sh_word *word)
{
	skip_blanks(in);
	if (in->at >= in->len)
		return TOKEN_END;
	if (ends_word(in->data[in->at]))
		return operator_token(in);
	take_word(in, word);
	return TOKEN_WORD;
}

/* ---- what a command does to the variables ---- */

static size_t line_of(struct sh_input *in, size_t at)
{
	if (!in->line || at < in->line_at) {
		in->line = 1;
		in->line_at = 0;
	}
	for (; in->line_at < at; in->line_at++)
		in->line += in->data[in->line_at] == '\n';
	return in->line;
}

/* The length of NAME in "NAME=…", or 0. */
static size_t assigned_name(const char *text)
{
	size_t len = 0;

	while (tmd_env_name_char(text[len]))
		len++;
	return len && !tmd_is_digit(text[0]) && text[len] == '=' ? len : 0;
}

/* Is it an assignment in front of a command, or alone? Quotes may begin behind the '='. */
static bool is_assignment(const struct sh_word *word)
{
	size_t len = assigned_name(word->text);

	return len && word->bare > len;
}

static bool certain(const struct sh_input *in)
{
	return !in->depth && !in->conditional && !in->may_be_over && !in->lost;
}

static struct tmd_env_var *touch(struct sh_input *in, const char *name, size_t at)
{
	return tmd_env_vars_touch(in->reader->vars, name, in->reader->path, line_of(in, at));
}

/* `exports`: it may have become exported on the way. */
static void make_unknown(struct sh_input *in, const char *name, const char *source, size_t at,
			 bool exports)
{
	struct tmd_env_var *var = touch(in, name, at);
	char *value = tmd_strdup(source); /* which may be the old value itself */

	if (!var) {
		free(value);
		return;
	}
	free(var->value);
	var->value = value;
	var->unknown = true;
	var->maybe_exported = !var->exported && (var->maybe_exported || exports);
}

static void mark_exported(struct tmd_env_var *var)
{
	var->exported = true;
	var->maybe_exported = false;
}

/* "NAME=value", with `exports` behind the word export. */
static void assign(struct sh_input *in, const struct sh_word *word, bool sure, bool exports)
{
	size_t len = assigned_name(word->text);
	TMD_AUTO_FREE char *name = tmd_strndup(word->text, len);
	const char *value = word->text + len + 1;
	struct tmd_env_var *var;

	exports = exports || in->reader->allexport;
	if (!sure || !word->plain || (exports && word->globs)) {
		make_unknown(in, name, value, word->start, exports && !sure);
		var = tmd_env_vars_entry(in->reader->vars, name);
		if (var && sure && exports)
			mark_exported(var);
		return;
	}
	var = touch(in, name, word->start);
	if (!var)
		return;
	free(var->value);
	var->value = tmd_strdup(value);
	if (exports)
		mark_exported(var);
	var->unknown = var->maybe_exported;
}

static void export_name(struct sh_input *in, const struct sh_word *word, bool sure)
{
	struct tmd_env_var *var = tmd_env_vars_find(in->reader->vars, word->text);

	if (var && !sure && !var->exported)
		make_unknown(in, word->text, var->value, word->start, true);
	else if (var || (sure && tmd_env_name_valid(word->text)))
		var = touch(in, word->text, word->start);
	if (var && sure)
		mark_exported(var);
}

static void run_export(struct sh_input *in, size_t from, bool sure)
{
	for (size_t i = from; i < in->count; i++) {
		const struct sh_word *word = &in->words[i];

		if (word->text[0] == '-')
			sure = sure && strcmp(word->text, "--") == 0;
		else if (assigned_name(word->text))
			assign(in, word, sure, true);
		else
			export_name(in, word, sure);
	}
}

static void run_unset(struct sh_input *in, size_t from, bool sure)
{
	for (size_t i = from; i < in->count; i++) {
		const struct sh_word *word = &in->words[i];
		struct tmd_env_var *var = tmd_env_vars_find(in->reader->vars, word->text);

		if (strcmp(word->text, "-f") == 0)
			return;
		if (!var)
			continue;
		if (!sure) {
			var->maybe_exported = var->maybe_exported || var->exported;
			var->exported = false;
			make_unknown(in, word->text, var->value, word->start, false);
			continue;
		}
		var = touch(in, word->text, word->start);
		free(var->value);
		var->value = NULL;
		var->exported = false;
		var->maybe_exported = false;
	}
}

static void run_set(struct sh_input *in, size_t from, bool sure)
{
	for (size_t i = from; i < in->count && sure; i++) {
		const char *text = in->words[i].text;
		bool on = text[0] == '-';

		if ((on || text[0] == '+') && strchr(text, 'a') && text[1] != 'o')
			in->reader->allexport = on;
		else if (strcmp(text, "allexport") == 0 && i > from)
			in->reader->allexport = in->words[i - 1].text[0] == '-';
	}
}

/*
 * Could the command set `name` in a way that is not followed here? That is when its source
 * names the variable other than to read it.
 */
static bool mentions(const char *text, size_t len, const char *name)
{
	size_t name_len = strlen(name);

	for (size_t i = 0; i + name_len <= len; i++) {
		bool braced = i >= 2 && text[i - 1] == '{' && text[i - 2] == '$';
		size_t end = i + name_len;

		if (memcmp(text + i, name, name_len) != 0)
			continue;
		if ((i && tmd_env_name_char(text[i - 1])) ||
		    (end < len && tmd_env_name_char(text[end])))
			continue;
		if (braced && (end == len || (text[end] != '=' && text[end] != ':')))
			continue;
		if (braced && text[end] == ':' && (end + 1 == len || text[end + 1] != '='))
			continue;
		if (!braced && i && text[i - 1] == '$')
			continue;
		return true;
	}
	return false;
}

static void suspect(struct sh_input *in, size_t start, size_t end)
{
	const char *watch = in->reader->watch;

	if (watch && mentions(in->data + start, end - start, watch))
		make_unknown(in, watch, "", start, true);
}

static bool only_prints(const char *command)
{
	return strcmp(command, "echo") == 0;
}

/* "NAME=x command": lasts only for the command, unless that is a special builtin. */
static bool is_special_builtin(const char *command)
{
	static const char *const names[] = { ".",    ":",	 "break", "continue", "eval",
					     "exec", "export",	 "exit",  "readonly", "return",
					     "set",  "shift",	 "times", "trap",     "unset" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (strcmp(names[i], command) == 0)
			return true;
	}
	return false;
}

static void run_other(struct sh_input *in, size_t first)
{
	const char *command = in->words[first].text;
	/* That a program bears the variable's name says nothing. */
	size_t from = in->words[first].plain ? first + 1 : first;

	if (tmd_str_starts(command, "\xEF\xBB\xBF"))
		tmd_env_reader_problem(in->reader, line_of(in, in->words[first].start),
				       "begins with a byte order mark, so its command is lost");
	else if (!only_prints(command) && from < in->count)
		suspect(in, in->words[from].start, in->words[in->count - 1].end);
}

static void leave(struct sh_input *in, const char *command, bool sure)
{
	if (!sure) {
		in->may_be_over = true;
		return;
	}
	in->over = true;
	in->reader->stopped = strcmp(command, "return") != 0;
}

/* exec with redirections alone changes only where output goes. */
static bool leaves(const struct sh_input *in, size_t first)
{
	const char *command = in->words[first].text;

	return strcmp(command, "return") == 0 || strcmp(command, "exit") == 0 ||
	       (strcmp(command, "exec") == 0 && first + 1 < in->count);
}

/* Runs a command that is followed here; false when it is another one. */
static bool run_known(struct sh_input *in, size_t first, bool sure)
{
	const char *command = in->words[first].text;

	if (leaves(in, first))
		leave(in, command, sure);
	else if (strcmp(command, "set") == 0)
		run_set(in, first + 1, sure);
	else if (!first && strcmp(command, "export") == 0)
		run_export(in, first + 1, sure);
	else if (!first && strcmp(command, "unset") == 0)
		run_unset(in, first + 1, sure);
	else
		return false;
	return true;
}

static void run_command(struct sh_input *in, size_t first, bool sure)
{
	const struct sh_word *command = &in->words[first];

	/* A command that expands to nothing leaves mere assignments, too. */
	if (first && (!command->plain || is_special_builtin(command->text)))
		suspect(in, in->words[0].start, command->start);
	if (!command->plain || !run_known(in, first, sure))
		run_other(in, first);
}

/* ---- which lines are ours ---- */

static bool names_only(const struct sh_input *in, const char *name)
{
	bool found = false;

	for (size_t i = 0; i < in->count && name; i++) {
		const char *text = in->words[i].text;
		size_t len = i || is_assignment(&in->words[i]) ? assigned_name(text) : 0;

		if (!i && (strcmp(text, "export") == 0 || strcmp(text, "unset") == 0))
			continue;
		if (!len)
			len = strlen(text);
		if (len != strlen(name) || strncmp(text, name, len) != 0)
			return false;
		/* A lone NAME is a program to run, not a variable. */
		found = found || i || text[len] == '=';
	}
	return found;
}

static void note_extent(struct sh_input *in, size_t start, size_t end, bool own)
{
	struct sh_extent *extent;

	in->extents = tmd_grow(in->extents, &in->extent_cap, in->extent_count + 1,
			       sizeof(*in->extents));
	extent = &in->extents[in->extent_count++];
	extent->span.start = start;
	extent->span.end = end;
	extent->own = own;
}

static size_t line_start(const struct sh_input *in, size_t at)
{
	while (at && in->data[at - 1] != '\n')
		at--;
	return at;
}

static size_t line_end(const struct sh_input *in, size_t at)
{
	while (at < in->len && in->data[at] != '\n')
		at++;
	return at < in->len ? at + 1 : at;
}

/* Extents stand in the order of the file: those that share lines count as one. */
static void note_own_lines(struct sh_input *in)
{
	size_t i = 0;

	while (i < in->extent_count) {
		size_t start = line_start(in, in->extents[i].span.start);
		size_t end = start;
		bool own = true;

		for (; i < in->extent_count; i++) {
			const struct sh_extent *extent = &in->extents[i];

			if (end > start && extent->span.start >= end)
				break;
			if (extent->span.end > end)
				end = line_end(in, extent->span.end);
			own = own && extent->own;
		}
		if (own)
			tmd_env_reader_note(in->reader, start, end);
	}
}

/* ---- commands ---- */

static bool opens_block(const char *word)
{
	return strcmp(word, "if") == 0 || strcmp(word, "while") == 0 ||
	       strcmp(word, "until") == 0 || strcmp(word, "for") == 0 ||
	       strcmp(word, "case") == 0 || strcmp(word, "{") == 0;
}

static bool closes_block(const char *word)
{
	return strcmp(word, "fi") == 0 || strcmp(word, "done") == 0 ||
	       strcmp(word, "esac") == 0 || strcmp(word, "}") == 0;
}

static bool is_filler(const char *word)
{
	return strcmp(word, "then") == 0 || strcmp(word, "else") == 0 ||
	       strcmp(word, "elif") == 0 || strcmp(word, "do") == 0 || strcmp(word, "!") == 0;
}

/* A keyword in front of a command; false for the first word that is none. */
static bool take_keyword(struct sh_input *in, const struct sh_word *word)
{
	if (word->quoted)
		return false;
	if (opens_block(word->text)) {
		in->depth++;
		in->cases += strcmp(word->text, "case") == 0;
		return true;
	}
	if (closes_block(word->text)) {
		in->depth -= in->depth > 0;
		if (strcmp(word->text, "esac") == 0)
			in->cases -= in->cases > 0;
		return true;
	}
	return is_filler(word->text);
}

static void drop_first_word(struct sh_input *in)
{
	free(in->words[0].text);
	in->count--;
	memmove(in->words, in->words + 1, in->count * sizeof(*in->words));
}

/* Runs the words gathered so far; `next` is the operator behind them. */
static void finish_command(struct sh_input *in, enum sh_token next)
{
	size_t start;
	size_t first = 0;
	size_t all = in->count;
	bool redirected = in->redirected;
	bool sure;

	in->redirected = false;
	if (!in->count)
		return;
	start = in->words[0].start;
	while (in->count && take_keyword(in, &in->words[0]))
		drop_first_word(in);
	sure = certain(in) && next != TOKEN_PIPE && next != TOKEN_BACKGROUND && next != TOKEN_OPEN;
	note_extent(in, start, in->count ? in->words[in->count - 1].end : start + 1,
		    sure && !redirected && all == in->count &&
			    names_only(in, in->reader->watch));
	if (!in->count)
		return;
	while (first < in->count && is_assignment(&in->words[first]))
		first++;
	if (first < in->count) {
		run_command(in, first, sure);
	} else {
		for (size_t i = 0; i < in->count; i++)
			assign(in, &in->words[i], sure, false);
	}
	free_words(in);
}

static void add_word(struct sh_input *in, struct sh_word *word)
{
	if (in->count == COMMAND_WORDS) {
		in->lost = true;
		free(word->text);
		return;
	}
	in->words = tmd_grow(in->words, &in->cap, in->count + 1, sizeof(*in->words));
	in->words[in->count++] = *word;
}

/* "2>file": the digits belong to the operator at `at`. */
static void drop_descriptor(struct sh_input *in, size_t at)
{
	struct sh_word *last = in->count ? &in->words[in->count - 1] : NULL;

	if (!last || last->end != at || strspn(last->text, "0123456789") != last->end - last->start)
		return;
	free(last->text);
	in->count--;
}

static void skip_redirection(struct sh_input *in, size_t from)
{
	struct sh_word word;

	drop_descriptor(in, from);
	in->redirected = true;
	if (!in->count)
		note_extent(in, in->at - 1, in->at, false);
	skip_blanks(in);
	if (in->at >= in->len || ends_word(in->data[in->at]))
		return;
	take_word(in, &word);
	free(word.text);
}

static void open_paren(struct sh_input *in)
{
	in->depth += !in->cases;
}

static void close_paren(struct sh_input *in)
{
	if (!in->cases && in->depth)
		in->depth--;
}

/* A here-document may hold anything; the rest of the file is not read as commands. */
static void give_up(struct sh_input *in, size_t from)
{
	in->lost = true;
	suspect(in, from, in->len);
	in->at = in->len;
}

static void end_command(struct sh_input *in, enum sh_token token)
{
	bool had_words = in->count > 0;

	finish_command(in, token);
	switch (token) {
	case TOKEN_NEWLINE:
		/* "a &&", a line end, "b": b still stands behind a. */
		in->conditional = in->conditional && !had_words;
		return;
	case TOKEN_SEMICOLON:
	case TOKEN_BACKGROUND:
		in->conditional = false;
		break;
	case TOKEN_AND_OR:
	case TOKEN_PIPE:
		in->conditional = true;
		break;
	case TOKEN_OPEN:
		open_paren(in);
		break;
	case TOKEN_CLOSE:
		close_paren(in);
		break;
	default:
		return;
	}
	if (token != TOKEN_SEMICOLON)
		note_extent(in, in->at - 1, in->at, false);
}

void tmd_env_read_sh(struct tmd_env_reader *reader, const char *data, size_t len)
{
	struct sh_input in = { .reader = reader, .data = data, .len = len };
	enum sh_token token = TOKEN_NEWLINE;
	struct sh_word word = { 0 };

	if (len && memchr(data, '\0', len)) {
		tmd_env_reader_problem(reader, 1, "the file holds a NUL byte; no shell script does");
		give_up(&in, 0);
	}
	while (token != TOKEN_END && !in.over) {
		size_t from = in.at;

		token = next_token(&in, &word);
		if (token == TOKEN_WORD)
			add_word(&in, &word);
		else if (token == TOKEN_REDIRECT)
			skip_redirection(&in, from);
		else if (token == TOKEN_HEREDOC)
			give_up(&in, from);
		else
			end_command(&in, token);
		if (in.lost && token == TOKEN_WORD)
			give_up(&in, from);
	}
	note_own_lines(&in);
	free_words(&in);
	free(in.words);
	free(in.extents);
}
