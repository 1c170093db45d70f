/* Looking at PEM files as text. */
#include "x509/pem.h"

#include <string.h>

#include "base/str.h"
#include "x509/base64.h"

#define HTML_LOOK 4096	    /* bytes: a page says what it is at its start */
#define UTF16_LOOK 64	    /* bytes */
#define LOOSE_BASE64_MIN 40 /* characters: shorter lines may be words */

size_t tmd_text_bom(const char *data, size_t len)
{
	return len >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
}

/*
 * ASCII in UTF-16: every second byte is zero. A mark before plain ASCII, which joining files can
 * leave there, makes no UTF-16 of it.
 */
static bool is_utf16(const char *data, size_t len)
{
	size_t look = len < UTF16_LOOK ? len : UTF16_LOOK;
	size_t zeros[2] = { 0, 0 };

	if (len >= 2 && (memcmp(data, "\xFF\xFE", 2) == 0 || memcmp(data, "\xFE\xFF", 2) == 0))
		return len == 2 || memchr(data, '\0', look);
	look -= look % 2;
	for (size_t i = 0; i < look; i++)
		zeros[i % 2] += data[i] == '\0';
	return look >= 8 &&
	       ((zeros[0] == look / 2 && !zeros[1]) || (zeros[1] == look / 2 && !zeros[0]));
}

static bool has_word(const char *data, size_t len, const char *word)
{
	size_t word_len = strlen(word);

	for (size_t i = 0; i + word_len <= len; i++) {
		size_t same = 0;

		while (same < word_len && (data[i + same] | 0x20) == (word[same] | 0x20))
			same++;
		if (same == word_len)
			return true;
	}
	return false;
}

enum tmd_text_kind tmd_text_kind(const char *data, size_t len)
{
	size_t at;

	if (is_utf16(data, len))
		return TMD_TEXT_UTF16;
	at = tmd_text_bom(data, len);
	while (at < len && tmd_is_space(data[at]))
		at++;
	if (at == len)
		return TMD_TEXT_EMPTY;
	if (data[at] != '<')
		return TMD_TEXT_PLAIN;
	data += at;
	len = len - at < HTML_LOOK ? len - at : HTML_LOOK;
	if (has_word(data, len, "<!doctype") || has_word(data, len, "<html") ||
	    has_word(data, len, "<head"))
		return TMD_TEXT_HTML;
	return TMD_TEXT_PLAIN;
}

size_t tmd_text_find(const char *data, size_t len, const char *what)
{
	size_t what_len = strlen(what);
	size_t at = 0;

	while (len - at >= what_len) {
		const char *hit = memchr(data + at, what[0], len - at - what_len + 1);

		if (!hit)
			return len;
		at = (size_t)(hit - data);
		if (memcmp(hit, what, what_len) == 0)
			return at;
		at++;
	}
	return len;
}

bool tmd_pem_is_text(const char *text)
{
	size_t len = strlen(text);

	return strchr(text, '\n') || strstr(text, "-----BEGIN") ||
	       (has_word(text, len, "begin ") && has_word(text, len, "certificate"));
}

size_t tmd_text_clip(const char *text, size_t max)
{
	size_t len = strlen(text);

	if (len <= max)
		return len;
	while (max && ((unsigned char)text[max] & 0xC0) == 0x80)
		max--;
	return max;
}

/* Reads the marker that may start at `at`. */
static bool read_marker(const char *data, size_t len, size_t at, struct tmd_pem_marker *marker)
{
	static const char begin[] = "-----BEGIN ";
	static const char end[] = "-----END ";
	size_t name;
	size_t stop;

	if (len - at > sizeof(begin) - 1 && memcmp(data + at, begin, sizeof(begin) - 1) == 0)
		name = at + sizeof(begin) - 1;
	else if (len - at > sizeof(end) - 1 && memcmp(data + at, end, sizeof(end) - 1) == 0)
		name = at + sizeof(end) - 1;
	else
		return false;
	for (stop = name; len - stop >= 5 && stop - name <= TMD_PEM_NAME_MAX; stop++) {
		if (data[stop] == '\n' || data[stop] == '\0')
			return false;
		if (memcmp(data + stop, "-----", 5) != 0)
			continue;
		marker->begin = name == at + sizeof(begin) - 1;
		marker->at = at;
		marker->end = stop + 5;
		marker->name = data + name;
		marker->name_len = stop - name;
		return true;
	}
	return false;
}

bool tmd_pem_find(const char *data, size_t len, size_t from, struct tmd_pem_marker *marker)
{
	while (from < len) {
		const char *dash = memchr(data + from, '-', len - from);

		if (!dash)
			return false;
		from = (size_t)(dash - data);
		if (read_marker(data, len, from, marker))
			return true;
		from++;
	}
	return false;
}

bool tmd_pem_is(const struct tmd_pem_marker *marker, const char *name)
{
	return marker->name_len == strlen(name) &&
	       memcmp(marker->name, name, marker->name_len) == 0;
}

static size_t trim_end(const char *data, size_t at, size_t end)
{
	while (end > at && tmd_is_space(data[end - 1]))
		end--;
	return end;
}

static bool is_ruler(const char *data, size_t at, size_t end)
{
	size_t stop = trim_end(data, at, end);

	if (stop - at < 3 || (data[at] != '=' && data[at] != '-'))
		return false;
	for (size_t i = at; i < stop; i++) {
		if (data[i] != data[at])
			return false;
	}
	return true;
}

static bool ruler_follows(const char *data, size_t len, size_t end)
{
	const char *newline;

	if (end >= len)
		return false;
	newline = memchr(data + end + 1, '\n', len - end - 1);
	return is_ruler(data, end + 1, newline ? (size_t)(newline - data) : len);
}

/* "subject=/C=US", "MD5 Fingerprint=…", "Certificate:": what openssl prints beside blocks. */
static bool is_openssl_output(const char *data, size_t at, size_t end)
{
	static const char *const starts[] = {
		"subject=",	"issuer=",	     "subject:",       "issuer:",
		"Certificate:", "Bag Attributes",    "notBefore=",     "notAfter=",
		"serial=",	"Certificate chain", "Key Attributes", "---",
	};

	if (data[at] == ' ' || data[at] == '\t')
		return true;
	for (size_t i = 0; i < sizeof(starts) / sizeof(*starts); i++) {
		size_t len = strlen(starts[i]);

		if (end - at >= len && memcmp(data + at, starts[i], len) == 0)
			return true;
	}
	return tmd_text_find(data + at, end - at, " Fingerprint=") < end - at;
}

/* Old titles are Latin-1: that is text too. */
static bool is_binary(const char *data, size_t at, size_t end)
{
	for (size_t i = at; i < end; i++) {
		unsigned char c = (unsigned char)data[i];

		if (c < 0x20 && !tmd_is_space(data[i]))
			return true;
	}
	return false;
}

static bool is_base64(const char *data, size_t at, size_t end)
{
	if (end - at < LOOSE_BASE64_MIN)
		return false;
	for (size_t i = at; i < end; i++) {
		if (!tmd_base64_is(data[i]) && data[i] != '=')
			return false;
	}
	return true;
}

enum tmd_loose tmd_loose_line(const char *data, size_t len, size_t at, size_t end)
{
	size_t stop = trim_end(data, at, end);
	size_t start = at;
	struct tmd_pem_marker marker;

	while (start < stop && tmd_is_space(data[start]))
		start++;
	if (tmd_pem_is_key_at(data, len, start, stop))
		return TMD_LOOSE_PRIVATE_KEY;
	if (start == stop || data[start] == '#')
		return memchr(data + at, '\0', end - at) ? TMD_LOOSE_BINARY : TMD_LOOSE_FINE;
	/* One of another kind hides no certificate. */
	if (tmd_pem_find(data, stop, start, &marker))
		return tmd_text_find(marker.name, marker.name_len, "CERT") < marker.name_len
			       ? TMD_LOOSE_MARKER
			       : TMD_LOOSE_TEXT;
	if (is_ruler(data, start, stop))
		return TMD_LOOSE_FINE;
	if (is_base64(data, start, stop))
		return TMD_LOOSE_BASE64;
	if (is_binary(data, start, stop))
		return TMD_LOOSE_BINARY;
	if (is_openssl_output(data, at, stop) || ruler_follows(data, len, end))
		return TMD_LOOSE_FINE;
	return TMD_LOOSE_TEXT;
}
