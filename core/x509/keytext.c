/*
 * Finding private keys in text. A key is its body: a heading alone, in a comment or in a
 * sentence, is none; a body is one wherever it stands, indented, commented out, and when one
 * of its two lines is damaged.
 */
#include "x509/pem.h"

#include <string.h>

#include "base/str.h"
#include "x509/base64.h"

#define BODY_MIN 32	   /* characters: longer than words and most paths beside a heading */
#define BODY_LINES_BACK 3  /* the last line of a body may be short */
#define HEADERS_MAX 8	   /* lines such as "DEK-Info: …" */
#define HEADING_MAX 64	   /* bytes from END to the name */

/* What may stand before the lines of a body: quotes, comment signs, written newlines. */
static size_t over_fillers(const char *data, size_t len, size_t at)
{
	while (at < len) {
		if (tmd_is_space(data[at]) || data[at] == '\0' || strchr("#>|\"',-", data[at]))
			at++;
		else if (data[at] == '\\' && at + 1 < len && strchr("nrt", data[at + 1]))
			at += 2;
		else
			break;
	}
	return at;
}

static size_t run_end(const char *data, size_t len, size_t at)
{
	while (at < len && (tmd_base64_is(data[at]) || data[at] == '='))
		at++;
	return at;
}

/* "Proc-Type: 4,ENCRYPTED": returns what is behind the line, or `at`. */
static size_t over_header(const char *data, size_t len, size_t at)
{
	size_t name = at;
	const char *newline;

	while (name < len && (tmd_is_alpha(data[name]) || data[name] == '-'))
		name++;
	if (name == at || name >= len || data[name] != ':')
		return at;
	newline = memchr(data + name, '\n', len - name);
	return newline ? (size_t)(newline - data) + 1 : len;
}

static bool body_follows(const char *data, size_t len, size_t at)
{
	for (size_t lines = 0; lines <= HEADERS_MAX; lines++) {
		size_t behind;

		at = over_fillers(data, len, at);
		if (len - at >= 5 && memcmp(data + at, "BLOCK", 5) == 0)
			at = over_fillers(data, len, at + 5);
		if (run_end(data, len, at) - at >= BODY_MIN)
			return true;
		behind = over_header(data, len, at);
		if (behind == at)
			return false;
		at = behind;
	}
	return false;
}

static bool is_filler_before(const char *data, size_t at)
{
	if (at >= 2 && data[at - 2] == '\\' && strchr("nrt", data[at - 1]))
		return true;
	return tmd_is_space(data[at - 1]) || data[at - 1] == '\0' ||
	       strchr("#>|\"',-\\", data[at - 1]);
}

/* The name stands at `at`: is it that of an END line, below a body? */
static bool body_precedes(const char *data, size_t at)
{
	size_t stop = at < HEADING_MAX ? 0 : at - HEADING_MAX;
	size_t word = at;

	while (word > stop && data[word] != '\n' && memcmp(data + word, "END", 3) != 0)
		word--;
	if (memcmp(data + word, "END", 3) != 0)
		return false;
	for (size_t lines = 0; lines < BODY_LINES_BACK; lines++) {
		size_t start;

		while (word > 0 && is_filler_before(data, word))
			word -= word >= 2 && data[word - 2] == '\\' ? 2 : 1;
		start = word;
		while (start > 0 && (tmd_base64_is(data[start - 1]) || data[start - 1] == '='))
			start--;
		if (word - start >= BODY_MIN)
			return true;
		if (start == word)
			return false;
		word = start;
	}
	return false;
}

static bool is_name_at(const char *data, size_t len, size_t at)
{
	static const char name[] = "PRIVATE KEY";

	for (size_t i = 0; i < sizeof(name) - 1; i++) {
		if (at + i >= len || (data[at + i] & ~0x20) != (name[i] & ~0x20))
			return false;
	}
	return true;
}

bool tmd_pem_is_key_at(const char *data, size_t len, size_t from, size_t to)
{
	for (size_t at = from; at < to; at++) {
		if ((data[at] == 'P' || data[at] == 'p') && is_name_at(data, to, at) &&
		    (body_follows(data, len, at + 11) || body_precedes(data, at)))
			return true;
	}
	return false;
}

bool tmd_pem_has_private_key(const char *data, size_t len)
{
	return tmd_pem_is_key_at(data, len, 0, len);
}
