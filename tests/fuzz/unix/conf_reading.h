/*
 * What update-ca-certificates reads of its list, said once more and as simply as can be:
 *     sed -e '/^$/d' -e '/^#/d' -e '/^!/d' | while read crt
 *     sed -n -e '/^$/d' -e 's/^!//p' | while read crt
 * or, in newer ones, `read -r` (raw), to which a backslash is one. A unit test holds it against sed and sh themselves, with the corpus.
 */
#ifndef TESTS_FUZZ_CONF_READING_H
#define TESTS_FUZZ_CONF_READING_H

#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/strv.h"

static inline void conf_filter(const char *data, size_t len, bool off, struct tmd_buf *out)
{
	for (size_t at = 0; at < len;) {
		const char *line = data + at;
		const char *newline = memchr(line, '\n', len - at);
		size_t all = newline ? (size_t)(newline - line) + 1 : len - at;
		bool marked = *line == '!';

		if (off && marked)
			tmd_buf_add(out, line + 1, all - 1);
		else if (!off && !marked && *line != '\n' && *line != '#')
			tmd_buf_add(out, line, all);
		at += all;
	}
}

/* One `read` with one variable: false at the end, where an unended line is lost. */
static inline bool conf_read(const struct tmd_buf *text, bool raw, size_t *at,
			     struct tmd_buf *name)
{
	size_t kept = 0; /* what a backslash protected, and everything before it, is not trimmed */

	tmd_buf_clear(name);
	while (*at < text->len) {
		char c = text->data[(*at)++];

		if (c == '\n') {
			while (name->len > kept && strchr(" \t", name->data[name->len - 1]))
				name->data[--name->len] = '\0';
			return true;
		}
		while (!raw && c == '\\' && *at < text->len && text->data[*at] == '\0')
			++*at;
		if (!raw && c == '\\' && *at < text->len) {
			c = text->data[(*at)++];
			if (c != '\n') {
				tmd_buf_add_char(name, c);
				kept = name->len;
			}
		} else if (c != '\0' && (raw || c != '\\') && (name->len || !strchr(" \t", c))) {
			tmd_buf_add_char(name, c);
		}
	}
	return false;
}

/* The names that are switched on, or those that are switched off, in their order. */
static inline void conf_names(const char *data, size_t len, bool raw, bool off,
			      struct tmd_strv *names)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	TMD_AUTO_BUF struct tmd_buf name = { 0 };
	size_t at = 0;

	conf_filter(data, len, off, &text);
	while (conf_read(&text, raw, &at, &name))
		tmd_strv_add(names, tmd_buf_str(&name));
}

#endif
