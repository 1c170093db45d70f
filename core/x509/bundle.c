/*
 * Scanning a bundle. Most are in plain shape and are read here, without OpenSSL; the first
 * thing out of the ordinary hands the whole text to OpenSSL's own reader (loader.h).
 */
#include "x509/bundle.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "x509/base64.h"
#include "x509/der.h"
#include "x509/pem.h"
#include "x509/scan.h"

#define LINE_MAX_PLAIN 250 /* bytes: OpenSSL reads longer lines in pieces */
#define BASE64_LINE_MAX 76 /* characters, as MIME writes them; PEM has 64 */

/* ---- plain shape ---- */

/* Is data[at..end) this text, with or without a carriage return? */
static bool line_is(const struct tmd_scan *s, size_t at, size_t end, const char *text)
{
	size_t len = strlen(text);

	if (end > at && s->data[end - 1] == '\r')
		end--;
	return end - at == len && memcmp(s->data + at, text, len) == 0;
}

static bool decode_line(const struct tmd_scan *s, size_t at, size_t end, unsigned char *out,
			size_t *out_len)
{
	if (end > at && s->data[end - 1] == '\r')
		end--;
	if (end - at > BASE64_LINE_MAX)
		return false;
	return tmd_base64_decode(s->data + at, end - at, true, out, out_len);
}

/* The base64 lines of a block, from `*at` up to its END line, into `out`. */
static bool decode_block(const struct tmd_scan *s, size_t *at, unsigned char *out, size_t *out_len)
{
	bool padded = false;
	size_t total = 0;

	while (*at < s->len) {
		size_t end = tmd_scan_line_end(s, *at);
		size_t len = 0;

		if (s->data[*at] == '-') {
			bool is_end = line_is(s, *at, end, TMD_PEM_END);

			*at = tmd_scan_behind_line(s, end);
			*out_len = total;
			return is_end && total;
		}
		if (padded || !decode_line(s, *at, end, out + total, &len))
			return false;
		padded = len % 3 != 0;
		total += len;
		*at = tmd_scan_behind_line(s, end);
	}
	return false;
}

/* A block whose framing is plain; OpenSSL decides about the DER where we are not sure. */
static bool scan_block(struct tmd_scan *s, size_t begin, size_t begin_end, size_t *next)
{
	struct tmd_buf *arena = &s->out->arena->buf;
	unsigned char *der = (unsigned char *)arena->data + arena->len;
	struct tmd_bundle_entry entry = { .der = der, .at = begin };
	struct tmd_loaded loaded = { 0 };
	struct tmd_der_facts facts;
	size_t at = tmd_scan_behind_line(s, begin_end);
	bool kept;

	/* Holds unless OpenSSL wrote earlier certificates much longer than it read them. */
	if (arena->cap - arena->len < s->len - begin || !decode_block(s, &at, der, &entry.der_len))
		return false;
	*next = at;
	if (tmd_der_certificate(der, entry.der_len, &facts)) {
		entry.block = at - begin;
		entry.not_after = facts.not_after;
		arena->len += entry.der_len;
		tmd_scan_add(s, &entry);
		return true;
	}
	tmd_loader_certificate(der, entry.der_len, false, &loaded);
	kept = loaded.kind == TMD_LOADED_CERTIFICATE && !loaded.more &&
	       tmd_scan_keep(s, &loaded, begin, at);
	tmd_loaded_release(&loaded);
	return kept;
}

/* A line outside of blocks that has no second meaning to OpenSSL's line reader. */
static bool scan_loose(struct tmd_scan *s, size_t at, size_t end)
{
	if (end - at > LINE_MAX_PLAIN)
		return false;
	switch (tmd_scan_loose_line(s, at, end)) {
	case TMD_LOOSE_MARKER:
	case TMD_LOOSE_PRIVATE_KEY:
	case TMD_LOOSE_BINARY:
		return false;
	case TMD_LOOSE_FINE:
	case TMD_LOOSE_TEXT:
	case TMD_LOOSE_BASE64:
		break;
	}
	return true;
}

/* False: something is unusual, and whatever was found so far does not count. */
static bool scan_plain(struct tmd_scan *s)
{
	size_t at = tmd_text_bom(s->data, s->len);

	while (at < s->len) {
		size_t end = tmd_scan_line_end(s, at);

		if (end - at < 5 || memcmp(s->data + at, "-----", 5) != 0) {
			if (!scan_loose(s, at, end))
				return false;
			at = tmd_scan_behind_line(s, end);
			continue;
		}
		tmd_scan_end_loose(s);
		if (!line_is(s, at, end, TMD_PEM_BEGIN) || !scan_block(s, at, end, &at))
			return false;
	}
	tmd_scan_end_loose(s);
	s->out->loads = s->out->count > 0;
	s->out->shape = TMD_SHAPE_PLAIN;
	return true;
}

/* ---- the whole ---- */

static void start_again(struct tmd_scan *s)
{
	s->out->count = 0;
	s->out->duplicates = 0;
	s->out->has_private_key = false;
	s->out->arena->buf.len = 0;
	s->slot_count = 0;
	s->line = 1;
	s->line_at = 0;
	s->run_kind = TMD_LOOSE_FINE;
	tmd_scan_drop_problems(s);
}

static void judge_whole(struct tmd_scan *s)
{
	struct tmd_bundle *out = s->out;

	out->final_newline = !s->len || s->data[s->len - 1] == '\n';
	if (s->kind == TMD_TEXT_HTML)
		tmd_scan_problem(s, RANK_FATAL, 0, "it is a web page (HTML), not a bundle");
	else if (s->kind == TMD_TEXT_UTF16)
		tmd_scan_problem(s, RANK_FATAL, 0, "it is UTF-16 text");
	else if (s->kind == TMD_TEXT_EMPTY)
		tmd_scan_problem(s, RANK_FATAL, 0, "it is empty");
	else if (!out->count && !out->hidden_count)
		tmd_scan_problem(s, RANK_FATAL, 0, "there is no certificate in it");
	else if (!out->final_newline)
		tmd_scan_problem(s, RANK_UNTIDY, tmd_scan_line_at(s, s->len),
				 "no newline at the end");
}

static void release_arena(struct tmd_arena *arena)
{
	if (!arena || --arena->users)
		return;
	tmd_buf_release(&arena->buf);
	free(arena);
}

void tmd_bundle_release(struct tmd_bundle *bundle)
{
	if (!bundle)
		return;
	for (size_t i = 0; i < bundle->hidden_count; i++) {
		free(bundle->hidden[i].der);
		free(bundle->hidden[i].why);
	}
	free(bundle->hidden);
	free(bundle->entries);
	tmd_strv_release(&bundle->problems);
	tmd_strv_release(&bundle->losses);
	release_arena(bundle->arena);
	memset(bundle, 0, sizeof(*bundle));
}

enum tmd_rc tmd_bundle_scan(const char *data, size_t len, struct tmd_bundle *out,
			    struct tmd_error *err)
{
	struct tmd_bundle bundle = { 0 };
	struct tmd_scan s = { .data = data, .len = len, .out = &bundle, .line = 1 };

	if (len > TMD_BUNDLE_MAX)
		return tmd_fail(err, TMD_E_REFUSED, NULL, "a CA bundle is a few hundred kilobytes",
				"larger than %zu bytes", TMD_BUNDLE_MAX);
	/* Base64 shrinks, so this holds every certificate and never moves. */
	bundle.arena = tmd_alloc(1, sizeof(*bundle.arena));
	bundle.arena->users = 1;
	if (!tmd_buf_reserve(&bundle.arena->buf, len + 64)) {
		tmd_bundle_release(&bundle);
		return tmd_fail(err, TMD_E_INTERNAL, NULL, NULL, "no room for %zu bytes", len);
	}
	s.kind = tmd_text_kind(data, len);
	if (!scan_plain(&s)) {
		start_again(&s);
		tmd_scan_any(&s);
	} else if (s.odd) {
		tmd_scan_hidden(&s, len);
	}
	judge_whole(&s);
	tmd_scan_publish(&s);
	tmd_scan_drop_problems(&s);
	free(s.problems);
	free(s.slots);
	*out = bundle;
	return TMD_OK;
}

const struct tmd_bundle_entry *tmd_bundle_find(const struct tmd_bundle *bundle, const void *der,
					       size_t len, size_t from)
{
	for (size_t i = from; i < bundle->count; i++) {
		if (tmd_bundle_entry_is(&bundle->entries[i], der, len))
			return &bundle->entries[i];
	}
	return NULL;
}
