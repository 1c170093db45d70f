/*
 * The tolerant reader. A DER certificate says how long it is, so its base64 is followed as far
 * as that, over whatever came between the lines; where it does not parse, nothing was found.
 */
#include "x509/salvage.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "x509/base64.h"
#include "x509/cert.h"
#include "x509/der.h"
#include "x509/kind.h"
#include "x509/loader.h"
#include "x509/pem.h"

#define EFFORT_FACTOR 8	  /* characters decoded for each of the text, at most */
#define HEADER_LINES_MAX 8

struct reader {
	const char *data;
	size_t len;
	size_t at; /* behind the last character that was used */
	unsigned bits;
	unsigned bit_count;
	size_t *effort; /* characters that may still be decoded */
};

void tmd_finds_release(struct tmd_finds *finds)
{
	for (size_t i = 0; i < finds->count; i++)
		tmd_buf_release(&finds->items[i].der);
	free(finds->items);
	memset(finds, 0, sizeof(*finds));
}

const char *tmd_flaw_text(enum tmd_flaw flaw)
{
	static const char *const texts[] = {
		[TMD_FLAW_NO_BEGIN] = "base64 outside of any block: its BEGIN line is missing or "
				      "damaged",
		[TMD_FLAW_BEGIN] = "a damaged BEGIN line",
		[TMD_FLAW_NOT_AT_START] = "a PEM marker that does not start its line: readers do "
					  "not see it",
		[TMD_FLAW_LITERAL] = "the newlines of a block are written as \\n",
		[TMD_FLAW_FOLDED] = "the newlines of a block became blanks",
		[TMD_FLAW_HEADERS] = "a block with header lines, which are for encrypted ones",
		[TMD_FLAW_NO_END] = "a block without an END line",
		[TMD_FLAW_END] = "a block with a damaged END line",
		[TMD_FLAW_LINES] = "a damaged block, which readers cannot decode",
	};

	return texts[flaw];
}

/* ---- base64 ---- */

static unsigned value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (unsigned)(c - 'A');
	if (c >= 'a' && c <= 'z')
		return (unsigned)(c - 'a') + 26;
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0') + 52;
	return c == '+' ? 62 : 63;
}

/* Quoted-printable mail ends lines with "=". */
static bool is_soft_break(const struct reader *r)
{
	return r->at + 1 < r->len && r->data[r->at] == '=' &&
	       (r->data[r->at + 1] == '\n' || r->data[r->at + 1] == '\r');
}

static int next_byte(struct reader *r)
{
	int byte;

	while (r->bit_count < 8) {
		size_t skip;

		while ((skip = is_soft_break(r) ? 1
						: tmd_salvage_noise(r->data, r->len, r->at)) != 0)
			r->at += skip;
		if (r->at >= r->len || !tmd_base64_is(r->data[r->at]) || !*r->effort)
			return -1;
		(*r->effort)--;
		r->bits = (r->bits << 6 | value_of(r->data[r->at++])) & 0xFFFFFF;
		r->bit_count += 6;
	}
	r->bit_count -= 8;
	byte = (int)(r->bits >> r->bit_count & 0xFF);
	return byte;
}

/* Adds bytes to `out`; false where the base64 ends before. */
static bool add_bytes(struct reader *r, size_t count, struct tmd_buf *out)
{
	for (size_t i = 0; i < count; i++) {
		int byte = next_byte(r);

		if (byte < 0)
			return false;
		tmd_buf_add_char(out, (char)byte);
	}
	return true;
}

/* One SEQUENCE that holds something, and nothing behind it. */
static bool read_sequence(struct reader *r, struct tmd_buf *out)
{
	size_t len;
	size_t more;

	tmd_buf_clear(out);
	if (!add_bytes(r, 2, out) || out->data[0] != 0x30)
		return false;
	len = (unsigned char)out->data[1];
	if (len >= 0x80) {
		more = len & 0x7F;
		len = 0;
		if (more < 1 || more > 3 || !add_bytes(r, more, out))
			return false;
		for (size_t i = 0; i < more; i++)
			len = len << 8 | (unsigned char)out->data[2 + i];
	}
	return len && len <= TMD_CERT_MAX && add_bytes(r, len, out);
}

/* As it would be written again, which is what others compare with. */
static bool is_certificate(struct tmd_buf *der)
{
	struct tmd_loaded loaded = { 0 };
	bool is;

	if (tmd_der_certificate((const unsigned char *)der->data, der->len, NULL))
		return true;
	tmd_loader_certificate(der->data, der->len, false, &loaded);
	is = loaded.kind == TMD_LOADED_CERTIFICATE && !loaded.more;
	if (is) {
		tmd_buf_clear(der);
		tmd_buf_add(der, loaded.der.data, loaded.der.len);
	}
	tmd_loaded_release(&loaded);
	return is;
}

/* ---- what stands around it ---- */

static size_t line_end(const char *data, size_t len, size_t at)
{
	while (at < len && data[at] != '\n' && data[at] != '\r')
		at++;
	return at;
}

/* "Proc-Type: 4,ENCRYPTED" up to `to`; returns what is behind the line, or 0. */
static size_t over_header(const char *data, size_t at, size_t to)
{
	size_t end = line_end(data, to, at);
	size_t name = at;

	while (name < end && (tmd_is_alpha(data[name]) || data[name] == '-'))
		name++;
	return name > at && name < end && data[name] == ':' ? end : 0;
}

/* Is there nothing between a BEGIN marker and the base64? */
static bool is_attached(const char *data, size_t from, size_t to, bool *headers)
{
	*headers = false;
	for (size_t lines = 0; from < to;) {
		size_t skip = tmd_salvage_noise(data, to, from);
		size_t behind = skip ? from + skip : over_header(data, from, to);

		if (!behind || (!skip && ++lines > HEADER_LINES_MAX))
			return false;
		*headers = *headers || !skip;
		from = behind;
	}
	return true;
}

/* The END marker that follows, if nothing else does. */
static bool find_end(const char *data, size_t len, size_t from, struct tmd_loose_marker *out)
{
	size_t at = from;
	size_t skip = 1;

	for (; at < len && skip; at += skip)
		skip = data[at] == '=' ? 1 : tmd_salvage_noise(data, len, at);
	for (size_t i = 0; i < 64 && at < len; i++, at++) {
		if ((data[at] | 0x20) == 'e')
			return tmd_loose_marker(data, len, from, at, out) && !out->begin;
		if (tmd_base64_is(data[at]))
			return false;
	}
	return false;
}

static size_t behind_newline(const char *data, size_t len, size_t at)
{
	while (at < len && (data[at] == ' ' || data[at] == '\t'))
		at++;
	if (at < len && data[at] == '\r')
		at++;
	return at < len && data[at] == '\n' ? at + 1 : at;
}

static bool starts_line(const char *data, size_t at)
{
	return at == 0 || data[at - 1] == '\n' || at == tmd_text_bom(data, at);
}

static bool has_newline(const char *data, size_t from, size_t to)
{
	return line_end(data, to, from) < to;
}

static enum tmd_flaw flaw_of(const char *data, const struct tmd_find *find,
			     const struct tmd_loose_marker *begin,
			     const struct tmd_loose_marker *end, bool headers)
{
	if (tmd_text_find(data + find->at, find->end - find->at, "\\n") < find->end - find->at)
		return TMD_FLAW_LITERAL;
	if (!begin)
		return TMD_FLAW_NO_BEGIN;
	if (!begin->exact || !begin->certificate)
		return TMD_FLAW_BEGIN;
	if (!has_newline(data, begin->end, find->body))
		return TMD_FLAW_FOLDED;
	if (!starts_line(data, begin->at))
		return TMD_FLAW_NOT_AT_START;
	if (headers)
		return TMD_FLAW_HEADERS;
	if (!end)
		return TMD_FLAW_NO_END;
	if (!end->exact || !end->certificate || !starts_line(data, end->at))
		return TMD_FLAW_END;
	return TMD_FLAW_LINES;
}

/* Where the quotes and blanks in front of a block start, when nothing else is in its line. */
static size_t line_start(const char *data, size_t from, size_t at)
{
	size_t start = at;

	while (start > from && data[start - 1] != '\n' && data[start - 1] != '\r')
		start--;
	for (size_t i = start; i < at;) {
		size_t skip = tmd_salvage_noise(data, at, i);

		if (!skip)
			return at;
		i += skip;
	}
	return start;
}

/* `begin` is NULL or the marker before; `from` is behind what was found last. */
static void frame(const struct reader *r, size_t from, const struct tmd_loose_marker *begin,
		  struct tmd_find *find)
{
	const char *data = r->data;
	struct tmd_loose_marker end;
	bool headers = false;
	bool ends;

	if (begin && (!begin->begin || !is_attached(data, begin->end, find->body, &headers)))
		begin = NULL;
	ends = find_end(data, r->len, r->at, &end);
	find->at = line_start(data, from, begin ? begin->at : find->body);
	find->end = ends ? end.end : r->at;
	while (!ends && find->end < r->len && data[find->end] == '=')
		find->end++;
	find->end = behind_newline(data, r->len, find->end);
	find->foreign = (begin && begin->exact && !begin->certificate &&
			 !(ends && end.certificate)) ||
			(begin && begin->trusted) || (ends && end.trusted);
	find->flaw = flaw_of(data, find, begin, ends ? &end : NULL, headers);
	if (begin && find->at < begin->at && find->flaw == TMD_FLAW_LINES)
		find->flaw = TMD_FLAW_NOT_AT_START;
}

/* ---- the text ---- */

/* The two letters that the base64 of every SEQUENCE starts with. */
static bool is_candidate(const char *data, size_t len, size_t at)
{
	if (len - at < 4 || data[at] != 'M' || data[at + 1] < 'A' || data[at + 1] > 'P')
		return false;
	if (at == 0 || !tmd_base64_is(data[at - 1]))
		return true;
	/* "\n" or "\u000a", written out */
	return (at >= 2 && data[at - 2] == '\\') || (at >= 6 && data[at - 6] == '\\');
}

static struct tmd_find *add_find(struct tmd_finds *finds)
{
	finds->items = tmd_grow(finds->items, &finds->cap, finds->count + 1, sizeof(*finds->items));
	memset(&finds->items[finds->count], 0, sizeof(*finds->items));
	return &finds->items[finds->count++];
}

/* All that one run of base64 holds, which may be several certificates without a gap. */
static void add_run(struct reader *r, struct tmd_finds *out)
{
	struct reader probe = *r;
	struct tmd_buf der = { 0 };

	while (read_sequence(&probe, &der)) {
		bool key = !is_certificate(&der);

		if (key && !tmd_der_is_private_key(der.data, der.len))
			break;
		add_find(out)->key = key;
		if (!key) {
			out->items[out->count - 1].der = der;
			memset(&der, 0, sizeof(der));
		}
		*r = probe;
	}
	tmd_buf_release(&der);
}

/* Returns where to go on: behind what was found at `at`, or `at`. */
static size_t look_at(struct reader *r, size_t from, const struct tmd_loose_marker *begin,
		      struct tmd_finds *out)
{
	size_t first = out->count;
	size_t body = r->at;

	add_run(r, out);
	if (out->count == first)
		return body;
	out->items[first].body = body;
	frame(r, from, begin, &out->items[first]);
	for (size_t i = first + 1; i < out->count; i++) {
		out->items[i].at = out->items[first].end;
		out->items[i].end = out->items[first].end;
		out->items[i].body = body;
		out->items[i].flaw = TMD_FLAW_LINES;
		out->items[i].foreign = out->items[first].foreign;
	}
	return out->items[first].end;
}

/* Where the text goes on when the line at `at` is a comment, else `at`. */
static size_t over_comment(const char *data, size_t len, size_t at)
{
	size_t start = at;

	if (at && data[at - 1] != '\n' && data[at - 1] != '\r')
		return at;
	while (start < len && (data[start] == ' ' || data[start] == '\t'))
		start++;
	return start < len && data[start] == '#' ? line_end(data, len, start) : at;
}

static void salvage(const char *data, size_t len, struct tmd_finds *out)
{
	struct tmd_loose_marker marker;
	bool have_marker = false;
	size_t effort = EFFORT_FACTOR * len + 4096;
	size_t done = 0;

	for (size_t at = 0; at < len && effort;) {
		struct reader r = { .data = data, .len = len, .at = at, .effort = &effort };
		size_t next = over_comment(data, len, at);

		if (next == at && tmd_loose_marker(data, len, done, at, &marker)) {
			have_marker = true;
			next = marker.end;
		} else if (next == at && is_candidate(data, len, at)) {
			next = look_at(&r, done, have_marker ? &marker : NULL, out);
			have_marker = have_marker && next == at;
			done = next > at ? next : done;
		}
		at = next > at ? next : at + 1;
	}
	out->gave_up = !effort;
}

/* A block of UTF-16 in the middle is ASCII with NUL bytes between. */
static void salvage_squeezed(const char *data, size_t len, struct tmd_finds *out)
{
	TMD_AUTO_FREE char *text = tmd_alloc(len + 1, 1);
	TMD_AUTO_FREE uint32_t *from = tmd_alloc(len + 1, sizeof(*from));
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (data[i] == '\0')
			continue;
		text[n] = data[i];
		from[n++] = (uint32_t)i;
	}
	from[n] = (uint32_t)len;
	salvage(text, n, out);
	for (size_t i = 0; i < out->count; i++) {
		struct tmd_find *find = &out->items[i];
		size_t end = find->end && find->end <= n ? from[find->end - 1] + 1 : 0;

		find->at = from[find->at];
		find->body = from[find->body];
		/* Nothing between two finds is lost: the NUL bytes behind one belong to it. */
		find->end = end > find->at ? end : find->at;
	}
}

void tmd_salvage(const char *data, size_t len, struct tmd_finds *out)
{
	memset(out, 0, sizeof(*out));
	if (len && memchr(data, '\0', len))
		salvage_squeezed(data, len, out);
	else
		salvage(data, len, out);
}
