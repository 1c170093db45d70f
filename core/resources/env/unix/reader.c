/* What all readers share: noting statements and problems. */
#include "resources/env/unix/readers.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

#define PLAIN_NAME 256
#define PLAIN_LINE 1000 /* bytes: no reader finds such a line too long */
#define PROBLEMS_MAX 16 /* a hopeless file need not be described line by line */

void tmd_env_spans_add(struct tmd_env_spans *spans, size_t start, size_t end)
{
	spans->items =
		tmd_grow(spans->items, &spans->cap, spans->count + 1, sizeof(*spans->items));
	spans->items[spans->count++] = (struct tmd_env_span){ start, end };
}

void tmd_env_reader_release(struct tmd_env_reader *reader)
{
	free(reader->spans.items);
	tmd_strv_release(&reader->sh.functions);
}

/* Characters that mean nothing to any reader, in quotes or not. */
static size_t plain_length(const char *data, size_t len, bool quoted)
{
	size_t end = 0;

	while (end < len && (tmd_env_name_char(data[end]) ||
			     (data[end] && strchr(quoted ? "@%+=:,./- " : "@%+=:,./-", data[end]))))
		end++;
	return end;
}

/* The length of NAME in "NAME=", or 0. */
static size_t name_length(const char *data, size_t len)
{
	size_t end = 0;

	while (end < len && tmd_env_name_char(data[end]))
		end++;
	return end && end < len && data[end] == '=' && !tmd_is_digit(data[0]) ? end : 0;
}

static bool is_kept(const struct tmd_env_vars *vars, const char *data, size_t len)
{
	char name[PLAIN_NAME];

	if (len >= sizeof(name))
		return true;
	memcpy(name, data, len);
	name[len] = '\0';
	return vars->keeps(vars->watch, name);
}

size_t tmd_env_reader_skip(const struct tmd_env_reader *reader, const char *prefix,
			   const char *data, size_t len)
{
	size_t at = strlen(prefix);
	size_t name = at;
	size_t name_len;
	bool quoted;

	if (!reader->vars->keeps || len <= at || memcmp(data, prefix, at) != 0)
		return 0;
	name_len = name_length(data + at, len - at);
	if (!name_len)
		return 0;
	at += name_len + 1;
	quoted = at < len && data[at] == '"';
	at += quoted;
	at += plain_length(data + at, len - at, quoted);
	if (quoted && (at == len || data[at++] != '"'))
		return 0;
	if (at >= PLAIN_LINE || at == len || data[at] != '\n')
		return 0;
	return is_kept(reader->vars, data + name, name_len) ? 0 : at + 1;
}

void tmd_env_reader_problem(struct tmd_env_reader *reader, size_t line, const char *fmt, ...)
{
	TMD_AUTO_FREE char *text = NULL;
	char what[256];
	va_list args;

	if (!reader->problems || reader->problems->count >= PROBLEMS_MAX)
		return;
	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	text = tmd_format("line %zu of %s: %s", line, reader->path, what);
	tmd_strv_add_once(reader->problems, text);
}
