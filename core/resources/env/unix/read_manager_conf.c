/*
 * How systemd's manager reads DefaultEnvironment= from system.conf and user.conf: sections,
 * continuation lines, then words with quotes and C escapes, then %-specifiers.
 */
#include "resources/env/unix/readers.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"

enum section { SECTION_NONE, SECTION_MANAGER, SECTION_OTHER };

struct conf_input {
	struct tmd_env_reader *reader;
	enum section section;
	struct tmd_buf line;
	size_t number;
};

static bool is_white(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static char *strip(char *text)
{
	size_t len;

	while (is_white(*text))
		text++;
	len = strlen(text);
	while (len && is_white(text[len - 1]))
		len--;
	text[len] = '\0';
	return text;
}

#define PROBLEMS_MAX 16 /* a hopeless file need not be described line by line */

TMD_PRINTF(2, 3) static void note_problem(struct conf_input *in, const char *fmt, ...)
{
	const struct tmd_env_reader *reader = in->reader;
	TMD_AUTO_FREE char *what = NULL;
	TMD_AUTO_FREE char *text = NULL;
	va_list args;

	if (!reader->problems || reader->problems->count >= PROBLEMS_MAX)
		return;
	va_start(args, fmt);
	what = tmd_vformat(fmt, args);
	va_end(args);
	text = tmd_format("line %zu of %s: %s", in->number, reader->path, what);
	tmd_strv_add_once(reader->problems, text);
}

/* ---- words ---- */

static int digits(const char *text, size_t count, unsigned base, uint32_t *out)
{
	uint32_t value = 0;

	for (size_t i = 0; i < count; i++) {
		char c = text[i];
		unsigned digit;

		if (tmd_is_digit(c))
			digit = (unsigned)(c - '0');
		else if (tmd_is_hex(c))
			digit = (unsigned)((c | 0x20) - 'a') + 10;
		else
			return -1;
		if (digit >= base)
			return -1;
		value = value * base + digit;
	}
	*out = value;
	return 0;
}

static bool add_code_point(struct tmd_buf *out, uint32_t code)
{
	unsigned char bytes[4];
	size_t len;

	if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
		return false;
	if (code < 0x80) {
		tmd_buf_add_char(out, (char)code);
		return true;
	}
	if (code < 0x800) {
		bytes[0] = (unsigned char)(0xC0 | code >> 6);
		len = 2;
	} else if (code < 0x10000) {
		bytes[0] = (unsigned char)(0xE0 | code >> 12);
		len = 3;
	} else {
		bytes[0] = (unsigned char)(0xF0 | code >> 18);
		len = 4;
	}
	for (size_t i = 1; i < len; i++)
		bytes[i] = (unsigned char)(0x80 | (code >> 6 * (len - 1 - i) & 0x3F));
	tmd_buf_add(out, bytes, len);
	return true;
}

/* A numeric escape whose digits stand at `text`; returns how many, 0 when it is not valid. */
static size_t numeric_escape(const char *text, size_t count, unsigned base, struct tmd_buf *out)
{
	uint32_t code;

	if (digits(text, count, base, &code) || !code)
		return 0;
	if (count > 3)
		return add_code_point(out, code) ? count : 0;
	if (code > 255)
		return 0;
	tmd_buf_add_char(out, (char)code);
	return count;
}

/* The escape after a backslash at *at; false when there is no such escape. */
static bool read_escape(const char **at, struct tmd_buf *out)
{
	static const char names[] = "abfnrtv\\\"'s";
	static const char bytes[] = "\a\b\f\n\r\t\v\\\"' ";
	char c = **at;
	const char *named = c ? strchr(names, c) : NULL;
	size_t used = 0;

	if (named) {
		tmd_buf_add_char(out, bytes[named - names]);
		++*at;
		return true;
	}
	if (c == 'x')
		used = numeric_escape(*at + 1, 2, 16, out);
	else if (c == 'u')
		used = numeric_escape(*at + 1, 4, 16, out);
	else if (c == 'U')
		used = numeric_escape(*at + 1, 8, 16, out);
	else if (c >= '0' && c <= '7')
		return numeric_escape(*at, 3, 8, out) ? (*at += 3, true) : false;
	*at += used + 1;
	return used != 0;
}

/* Reads the next word; false at the end, with *valid cleared when the text is malformed. */
static bool next_word(const char **at, struct tmd_buf *word, bool *valid)
{
	char quote = '\0';

	tmd_buf_clear(word);
	while (is_white(**at))
		++*at;
	if (!**at)
		return false;
	while (**at && (quote || !is_white(**at))) {
		char c = *(*at)++;

		if (c == '\\') {
			*valid = read_escape(at, word);
			if (!*valid)
				return false;
		} else if (c == quote) {
			quote = '\0';
		} else if (!quote && (c == '"' || c == '\'')) {
			quote = c;
		} else {
			tmd_buf_add_char(word, c);
		}
	}
	*valid = !quote;
	return *valid;
}

bool tmd_env_has_specifier(const char *value)
{
	for (; *value; value++) {
		if (*value == '%' && (value[1] == '%' || tmd_is_alpha(value[1])))
			return true;
	}
	return false;
}

static void store(struct conf_input *in, const char *word)
{
	struct tmd_env_reader *reader = in->reader;
	const char *equals = strchr(word, '=');
	TMD_AUTO_FREE char *name = NULL;
	struct tmd_env_var *var;

	if (!equals || !tmd_utf8_valid(word, strlen(word)))
		return;
	name = tmd_strndup(word, (size_t)(equals - word));
	if (!tmd_env_name_valid(name))
		return;
	tmd_env_vars_set(reader->vars, name, equals + 1, reader->path, in->number);
	var = tmd_env_vars_find(reader->vars, name);
	if (var)
		var->unknown = tmd_env_has_specifier(equals + 1);
}

/* ---- lines ---- */

static void read_words(struct conf_input *in, const char *value)
{
	TMD_AUTO_BUF struct tmd_buf word = { 0 };
	bool valid = true;

	while (next_word(&value, &word, &valid))
		store(in, tmd_buf_str(&word));
	if (!valid)
		note_problem(in,
				       "DefaultEnvironment= has an open quote or an unknown "
				       "escape; systemd ignores the rest of the line");
}

/* One such line, and systemd reads no further, in later files neither. */
static void break_off(struct conf_input *in, const char *what)
{
	note_problem(in,
			       "%s; systemd reads nothing from here on, nor any later file",
			       what);
	in->reader->end = TMD_ENV_GIVES_UP;
}

static void read_section(struct conf_input *in, const char *text)
{
	if (!tmd_str_ends(text, "]")) {
		break_off(in, "malformed section header");
		return;
	}
	in->section = strcmp(text, "[Manager]") == 0 ? SECTION_MANAGER : SECTION_OTHER;
}

static void read_line(struct conf_input *in)
{
	TMD_AUTO_FREE char *line = tmd_buf_steal(&in->line);
	char *text = strip(line);
	char *equals;

	if (!*text)
		return;
	if (!tmd_utf8_valid(text, strlen(text))) {
		break_off(in, "not UTF-8");
		return;
	}
	if (*text == '[') {
		read_section(in, text);
		return;
	}
	equals = strchr(text, '=');
	if (!equals || in->section != SECTION_MANAGER)
		return;
	*equals = '\0';
	if (strcmp(strip(text), "DefaultEnvironment") != 0)
		return;
	text = strip(equals + 1);
	if (*text)
		read_words(in, text);
	else
		tmd_env_vars_forget(in->reader->vars, in->reader->path, in->number);
}

/* Does it end in a backslash that is not itself escaped? */
static bool goes_on(const char *text, size_t len)
{
	bool escaped = false;

	for (size_t i = 0; i < len; i++)
		escaped = !escaped && text[i] == '\\';
	return escaped;
}

static void add_physical(struct conf_input *in, const char *text, size_t len)
{
	size_t skip = 0;

	while (skip < len && is_white(text[skip]))
		skip++;
	if (skip < len && (text[skip] == '#' || text[skip] == ';'))
		return;
	if (goes_on(text, len)) {
		tmd_buf_add(&in->line, text, len - 1);
		tmd_buf_add_char(&in->line, ' ');
		return;
	}
	tmd_buf_add(&in->line, text, len);
	read_line(in);
}

static size_t line_length(const char *data, size_t len)
{
	size_t end = 0;

	while (end < len && data[end] && data[end] != '\n' && data[end] != '\r')
		end++;
	return end;
}

void tmd_env_read_manager_conf(struct tmd_env_reader *reader, const char *data, size_t len)
{
	struct conf_input in = { .reader = reader, .number = 0 };
	size_t at = len >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;

	while (at < len && reader->end != TMD_ENV_GIVES_UP) {
		size_t size = line_length(data + at, len - at);

		in.number++;
		add_physical(&in, data + at, size);
		at += size;
		if (at + 1 < len && data[at] == '\r' && data[at + 1] == '\n')
			at++;
		at += at < len;
	}
	if (reader->end != TMD_ENV_GIVES_UP && in.line.len)
		read_line(&in);
	tmd_buf_release(&in.line);
}
