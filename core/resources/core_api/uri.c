/* Taking descriptor URIs apart, with Python's urlparse() and parse_qs() as the measure. */
#include "resources/core_api/uri.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"

#define SCHEME "sgtk"
#define PREFIX "descriptor:"

void tmd_uri_release(struct tmd_uri *uri)
{
	free(uri->type);
	tmd_value_release(&uri->parameters);
	memset(uri, 0, sizeof(*uri));
}

static enum tmd_rc fail_uri(struct tmd_error *err, const char *what)
{
	return tmd_fail(err, TMD_E_INVALID_INPUT, NULL,
			"a descriptor looks like "
			"sgtk:descriptor:app_store?name=tk-core&version=v0.23.10",
			"%s", what);
}

static int hex_value(char c)
{
	if (tmd_is_digit(c))
		return c - '0';
	return (c | 0x20) - 'a' + 10;
}

/* '+' is a blank, %41 an A; a '%' without two digits stays. NULL when it is no UTF-8 text. */
static char *decode(const char *text, size_t len)
{
	TMD_AUTO_BUF struct tmd_buf out = { 0 };

	for (size_t i = 0; i < len; i++) {
		char c = text[i] == '+' ? ' ' : text[i];

		if (c == '%' && i + 2 < len && tmd_is_hex(text[i + 1]) && tmd_is_hex(text[i + 2])) {
			c = (char)(hex_value(text[i + 1]) << 4 | hex_value(text[i + 2]));
			i += 2;
		}
		tmd_buf_add_char(&out, c);
	}
	if (!tmd_utf8_valid(tmd_buf_str(&out), out.len) ||
	    (out.len && memchr(out.data, '\0', out.len)))
		return NULL;
	return tmd_buf_steal(&out);
}

static enum tmd_rc add_parameter(struct tmd_uri *out, const char *text, const char *pair,
				 size_t len, struct tmd_error *err)
{
	const char *equals = memchr(pair, '=', len);
	TMD_AUTO_FREE char *name = NULL;
	TMD_AUTO_FREE char *value = NULL;

	if (!equals || equals + 1 == pair + len)
		return TMD_OK;
	name = decode(pair, (size_t)(equals - pair));
	value = decode(equals + 1, (size_t)(pair + len - equals - 1));
	if (!name || !value)
		return fail_uri(err, "the descriptor URI holds an encoded value that is no text");
	if (tmd_value_map_get(&out->parameters, name))
		return fail_uri(err, "a parameter is repeated in the descriptor URI");
	tmd_value_map_set(&out->parameters, name, value);
	if (strcmp(name, "version") == 0) {
		out->has_version = true;
		out->version_at = (size_t)(equals + 1 - text);
		out->version_len = (size_t)(pair + len - equals - 1);
	}
	return TMD_OK;
}

static enum tmd_rc read_query(struct tmd_uri *out, const char *text, const char *query,
			      struct tmd_error *err)
{
	size_t len = strcspn(query, "#");
	const char *end = query + len;

	if (!len)
		return fail_uri(err, "the descriptor URI has no parameters");
	while (query < end) {
		const char *amp = memchr(query, '&', (size_t)(end - query));
		size_t part = (size_t)((amp ? amp : end) - query);

		if (add_parameter(out, text, query, part, err) != TMD_OK)
			return TMD_FAILED;
		query += part + 1;
	}
	return TMD_OK;
}

enum tmd_rc tmd_uri_parse(const char *text, struct tmd_uri *out, struct tmd_error *err)
{
	size_t scheme = strcspn(text, ":");
	TMD_AUTO_FREE char *name = tmd_strndup(text, scheme);
	const char *type;
	const char *query;

	memset(out, 0, sizeof(*out));
	if (strpbrk(text, "\t\r\n")) /* some releases of Python drop them */
		return fail_uri(err, "the descriptor URI holds a tab or a line break");
	if (!tmd_str_equal_nocase(name, SCHEME) || !text[scheme] ||
	    !tmd_str_starts(text + scheme + 1, PREFIX))
		return fail_uri(err, "not a mapping and not a URI that begins with "
				     "sgtk:descriptor:");
	type = text + scheme + 1 + strlen(PREFIX);
	query = type + strcspn(type, "?#");
	if (*query != '?' || memchr(type, ':', (size_t)(query - type)))
		return fail_uri(err, "the descriptor URI has no parameters");
	if (read_query(out, text, query + 1, err) != TMD_OK)
		return TMD_FAILED;
	out->type = tmd_strdup(tmd_value_map_get(&out->parameters, "type"));
	if (!out->type)
		out->type = tmd_strndup(type, (size_t)(query - type));
	return TMD_OK;
}

char *tmd_uri_encode(const char *value)
{
	TMD_AUTO_BUF struct tmd_buf out = { 0 };

	for (; *value; value++) {
		if (tmd_is_alpha(*value) || tmd_is_digit(*value) || strchr("._-~/", *value))
			tmd_buf_add_char(&out, *value);
		else
			tmd_buf_addf(&out, "%%%02X", (unsigned)(unsigned char)*value);
	}
	return tmd_buf_steal(&out);
}
