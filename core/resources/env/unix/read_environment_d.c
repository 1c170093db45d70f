/*
 * How systemd's environment.d generator reads one file: quotes, backslashes and blanks nearly
 * as a shell has them, then $NAME, ${NAME}, ${NAME:-…} and ${NAME:+…} expanded everywhere,
 * inside single quotes too.
 */
#include "resources/env/unix/readers.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"

#define EXPANSION_DEPTH 16
#define EXPANSION_TOTAL ((size_t)8 << 20) /* bytes made in one reading; more is unknown */

struct envd_input {
	struct tmd_env_reader *reader;
	const char *data;
	size_t len;
	size_t at;
	size_t line;

	/* the value at hand */
	struct tmd_buf value;
	bool has_value; /* at least one character was taken: an empty value is no assignment */
	size_t trim;    /* where its trailing blanks begin; SIZE_MAX: none */
};

static bool is_newline(char c)
{
	return c == '\n' || c == '\r';
}

static bool is_white(char c)
{
	return c == ' ' || c == '\t' || is_newline(c);
}

static bool at_end(const struct envd_input *in)
{
	return in->at == in->len;
}

static char take(struct envd_input *in)
{
	char c = in->data[in->at++];

	in->line += c == '\n';
	return c;
}

/* ---- expansion ---- */

struct expansion {
	const struct tmd_env_reader *reader;
	bool unknown;
};

static bool name_span_valid(const char *name, size_t len)
{
	if (!len || tmd_is_digit(name[0]))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!tmd_env_name_char(name[i]))
			return false;
	}
	return true;
}

/* Variables that the generator surely has, with a value that the files do not tell. */
static bool set_by_login(const char *name)
{
	static const char *const names[] = { "HOME",  "USER", "LOGNAME", "SHELL",
					     "PATH",  "LANG", "XDG_RUNTIME_DIR",
					     "XDG_CONFIG_HOME" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (strcmp(names[i], name) == 0)
			return true;
	}
	return false;
}

/*
 * The value of a variable, or NULL when it is unset. One that is set to an unknown value
 * makes the whole expansion unknown and stands for itself. Points into the sets or `hold`.
 */
static const char *look_up(struct expansion *ex, const char *text, size_t len, char **hold)
{
	TMD_AUTO_FREE char *name = tmd_strndup(text, len);
	const struct tmd_env_var *var;

	if (!name_span_valid(text, len))
		return NULL;
	var = tmd_env_vars_find(ex->reader->vars, name);
	if (!var && ex->reader->envd.around)
		var = tmd_env_vars_find(ex->reader->envd.around, name);
	if (var) {
		ex->unknown = ex->unknown || var->unknown;
		return var->value;
	}
	if (!set_by_login(name))
		return NULL;
	ex->unknown = true;
	free(*hold);
	*hold = tmd_format("${%s}", name);
	return *hold;
}

static void expand(struct expansion *ex, const char *text, size_t len, unsigned depth,
		   struct tmd_buf *out);

static void put_variable(struct expansion *ex, const char *name, size_t len, struct tmd_buf *out)
{
	TMD_AUTO_FREE char *hold = NULL;
	const char *value = look_up(ex, name, len, &hold);

	if (value)
		tmd_buf_add_str(out, value);
}

/* The closing brace of the alternative at `at`, which may hold braces itself; `len`: none. */
static size_t closing_brace(const char *text, size_t at, size_t len, unsigned *nest)
{
	for (; at < len; at++) {
		if (text[at] == '{')
			++*nest;
		else if (text[at] == '}' && --*nest == 0)
			break;
	}
	return at;
}

/* "${NAME:-text}" and "${NAME:+text}": the text is at [from, to). */
static void put_alternative(struct expansion *ex, const char *name, size_t name_len, char sign,
			    const char *text, size_t len, unsigned depth, struct tmd_buf *out)
{
	TMD_AUTO_FREE char *hold = NULL;
	const char *value = look_up(ex, name, name_len, &hold);

	if ((value != NULL) == (sign == '+'))
		expand(ex, text, len, depth + 1, out);
	else if (value)
		tmd_buf_add_str(out, value);
}

/*
 * The "${" at `at`: adds what it stands for and returns where to go on. What is no
 * expansion after all stays as it is written.
 */
static size_t expand_braces(struct expansion *ex, const char *text, size_t at, size_t len,
			    unsigned depth, unsigned *nest, struct tmd_buf *out)
{
	size_t name = at + 2;
	size_t end = name;
	size_t close;
	char sign;

	++*nest;
	while (end < len && text[end] != '}' && text[end] != ':')
		end++;
	if (end < len && text[end] == '}') {
		put_variable(ex, text + name, end - name, out);
		--*nest;
		return end + 1;
	}
	sign = end + 1 < len ? text[end + 1] : '\0';
	if (sign != '-' && sign != '+') {
		close = end + 2 < len ? end + 2 : len;
		tmd_buf_add(out, text + at, close - at);
		return close;
	}
	close = closing_brace(text, end + 2, len, nest);
	if (close == len) {
		tmd_buf_add(out, text + at, len - at);
		return len;
	}
	put_alternative(ex, text + name, end - name, sign, text + end + 2, close - end - 2, depth,
			out);
	return close + 1;
}

static size_t expand_dollar(struct expansion *ex, const char *text, size_t at, size_t len,
			    unsigned depth, unsigned *nest, struct tmd_buf *out)
{
	size_t end = at + 1;

	if (end < len && text[end] == '{')
		return expand_braces(ex, text, at, len, depth, nest, out);
	if (end == len || !tmd_env_name_char(text[end])) {
		/* "$$" is one dollar; any other character takes its dollar with it. */
		tmd_buf_add_char(out, '$');
		if (end < len && text[end] != '$')
			tmd_buf_add_char(out, text[end]);
		return end < len ? end + 1 : end;
	}
	while (end < len && tmd_env_name_char(text[end]))
		end++;
	put_variable(ex, text + at + 1, end - at - 1, out);
	return end;
}

static void expand(struct expansion *ex, const char *text, size_t len, unsigned depth,
		   struct tmd_buf *out)
{
	unsigned nest = 0;
	size_t at = 0;

	if (depth > EXPANSION_DEPTH) {
		ex->unknown = true;
		return;
	}
	while (at < len) {
		if (text[at] == '$') {
			at = expand_dollar(ex, text, at, len, depth, &nest, out);
			continue;
		}
		tmd_buf_add_char(out, text[at++]);
	}
}

/* ---- what systemd takes for text ---- */

static bool is_noncharacter(uint32_t code)
{
	return (code >= 0xFDD0 && code <= 0xFDEF) || (code & 0xFFFE) == 0xFFFE;
}

/* UTF-8, and no noncharacter in it. */
static bool is_text(const char *data, size_t len)
{
	for (size_t at = 0; at < len;) {
		uint32_t code;
		size_t step = tmd_utf8_next(data + at, len - at, &code);

		if (!step || is_noncharacter(code))
			return false;
		at += step;
	}
	return true;
}

static bool is_control(char c)
{
	return (unsigned char)c < ' ' || c == 0x7F;
}

/* As the generator writes it: "\\t", or three octal digits. */
static void add_escape(struct tmd_buf *out, char c)
{
	static const char named[] = "\aa\bb\tt\nn\vv\ff\rr";
	const char *at = named;

	while (*at && *at != c)
		at += 2;
	if (*at)
		tmd_buf_addf(out, "\\%c", at[1]);
	else
		tmd_buf_addf(out, "\\%03o", (unsigned)(unsigned char)c);
}

static char *read_by_manager(const char *value)
{
	TMD_AUTO_BUF struct tmd_buf out = { 0 };

	for (; *value; value++) {
		if (is_control(*value))
			add_escape(&out, *value);
		else
			tmd_buf_add_char(&out, *value);
	}
	return tmd_buf_steal(&out);
}

void tmd_env_hand_to_manager(struct tmd_env_vars *vars)
{
	for (size_t i = 0; i < vars->count; i++) {
		char *value = vars->items[i].value;

		if (!value)
			continue;
		vars->items[i].value = read_by_manager(value);
		free(value);
	}
}

/* ---- one assignment ---- */

static void store(struct envd_input *in, const char *name, size_t line)
{
	struct tmd_env_reader *reader = in->reader;
	struct expansion ex = { .reader = reader };
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	struct tmd_env_var *var;

	tmd_buf_init(&text, reader->envd.expanded < EXPANSION_TOTAL ? TMD_ENV_VALUE_MAX : 1);
	if (reader->envd.literal)
		tmd_buf_add(&text, tmd_buf_str(&in->value), in->value.len);
	else
		expand(&ex, tmd_buf_str(&in->value), in->value.len, 0, &text);
	reader->envd.expands = reader->envd.expands || memchr(tmd_buf_str(&in->value), '$', in->value.len);
	if (!is_text(tmd_buf_str(&text), text.len)) {
		tmd_env_reader_problem(reader, line,
				       "the value of %s is not UTF-8, or holds a noncharacter, "
				       "which stops systemd's environment generator", name);
		reader->end = TMD_ENV_GIVES_UP;
		return;
	}
	tmd_env_vars_set(reader->vars, name, tmd_buf_str(&text), reader->path, line);
	reader->envd.expanded += text.len;
	var = tmd_env_vars_find(reader->vars, name);
	if (var)
		var->unknown = ex.unknown || text.overflow;
}

static void push(struct envd_input *in, const char *key, size_t key_len, size_t start, size_t line)
{
	struct tmd_env_reader *reader = in->reader;
	TMD_AUTO_FREE char *name = NULL;

	while (key_len && is_white(key[key_len - 1]))
		key_len--;
	name = tmd_strndup(key, key_len);
	if (tmd_str_equal(name, reader->watch))
		tmd_env_spans_add(&reader->spans, start, in->at);
	if (in->has_value && tmd_env_name_valid(name))
		store(in, name, line);
}

static void keep(struct envd_input *in, char c)
{
	tmd_buf_add_char(&in->value, c);
	in->has_value = true;
}

/* Inside '…' or "…" up to and with the closing quote; false at the end of the file. */
static bool read_quoted(struct envd_input *in, char quote)
{
	while (!at_end(in)) {
		char c = take(in);

		if (c == quote)
			return true;
		if (c != '\\' || quote == '\'') {
			keep(in, c);
			continue;
		}
		if (at_end(in))
			return false;
		c = take(in);
		if (strchr("\"\\`$", c)) {
			keep(in, c);
		} else if (c != '\n') {
			keep(in, '\\');
			keep(in, c);
		}
	}
	return false;
}

/* The rest of a value from its first character outside quotes: quotes mean nothing here. */
static void read_bare(struct envd_input *in)
{
	in->trim = SIZE_MAX;
	while (!at_end(in)) {
		char c = take(in);

		if (is_newline(c))
			break;
		if (c == '\\') {
			in->trim = SIZE_MAX;
			if (at_end(in))
				return;
			c = take(in);
			if (!is_newline(c))
				keep(in, c);
			continue;
		}
		if (!is_white(c))
			in->trim = SIZE_MAX;
		else if (in->trim == SIZE_MAX)
			in->trim = in->value.len;
		keep(in, c);
	}
	if (in->trim == SIZE_MAX || !in->value.data)
		return;
	in->value.len = in->trim;
	in->value.data[in->value.len] = '\0';
}

static void read_value(struct envd_input *in)
{
	size_t line = in->line;

	tmd_buf_clear(&in->value);
	in->has_value = false;
	while (!at_end(in)) {
		char c = in->data[in->at];

		if (is_newline(c)) {
			(void)take(in);
			return;
		}
		if (c == '"' || c == '\'') {
			(void)take(in);
			if (read_quoted(in, c))
				continue;
			tmd_env_reader_problem(in->reader, line,
					       "a quote is never closed, so systemd takes the "
					       "rest of the file for its value");
			return;
		}
		if (!is_white(c)) {
			read_bare(in);
			return;
		}
		(void)take(in);
	}
}

static void skip_comment(struct envd_input *in)
{
	while (!at_end(in)) {
		char c = take(in);

		if (is_newline(c))
			return;
		if (c != '\\' || at_end(in))
			continue;
		c = take(in);
		if (!is_newline(c))
			continue;
		in->reader->envd.comment_splits = true;
		if (!in->reader->envd.comment_joins)
			return;
	}
}

static void read_assignment(struct envd_input *in)
{
	size_t start = in->at;
	size_t line = in->line;
	size_t key_len = 1;

	(void)take(in);
	while (!at_end(in) && in->data[in->at] != '=') {
		if (is_newline(take(in)))
			return;
		key_len++;
	}
	if (at_end(in))
		return;
	(void)take(in);
	read_value(in);
	push(in, in->data + start, key_len, start, line);
}

void tmd_env_read_environment_d(struct tmd_env_reader *reader, const char *data, size_t len)
{
	struct envd_input in = { .reader = reader, .data = data, .len = len, .line = 1 };

	if (len && memchr(data, '\0', len)) {
		tmd_env_reader_problem(reader, 1, "systemd reads nothing of a file that holds a "
						  "NUL byte");
		return;
	}
	tmd_buf_init(&in.value, TMD_ENV_FILE_MAX + 1);
	while (!at_end(&in) && reader->end != TMD_ENV_GIVES_UP) {
		size_t size = tmd_env_reader_skip(reader, "", data + in.at, len - in.at);
		char c = data[in.at];

		in.at += size;
		in.line += size > 0;
		if (size)
			continue;
		if (c == '#' || c == ';')
			skip_comment(&in);
		else if (is_white(c))
			(void)take(&in);
		else
			read_assignment(&in);
	}
	tmd_buf_release(&in.value);
}
