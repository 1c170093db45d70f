/*
 * Scanning a bundle. Most are in plain shape and are read here, without OpenSSL; the first
 * thing out of the ordinary hands the whole text to OpenSSL's own reader (loader.h).
 */
#include "x509/bundle.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "x509/base64.h"
#include "x509/der.h"
#include "x509/pem.h"
#include "x509/scan.h"

#define LINE_MAX_PLAIN 250 /* bytes: OpenSSL reads longer lines in pieces */
#define BASE64_LINE_MAX 76 /* characters, as MIME writes them; PEM has 64 */
#define PROBLEMS_KEPT 1000
#define PROBLEMS_SHOWN 50

/* ---- problems ---- */

void tmd_scan_problem(struct tmd_scan *s, enum tmd_rank rank, size_t line, const char *fmt, ...)
{
	char text[256];
	va_list args;

	if (s->problem_count == PROBLEMS_KEPT) {
		s->problems_dropped++;
		return;
	}
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	s->problems =
		tmd_grow(s->problems, &s->problem_cap, s->problem_count + 1, sizeof(*s->problems));
	s->problems[s->problem_count++] = (struct tmd_problem){ rank, line, tmd_strdup(text) };
}

static int compare_problems(const void *a, const void *b)
{
	const struct tmd_problem *x = a;
	const struct tmd_problem *y = b;

	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return (x->line > y->line) - (x->line < y->line);
}

static void drop_problems(struct tmd_scan *s)
{
	for (size_t i = 0; i < s->problem_count; i++)
		free(s->problems[i].text);
	s->problem_count = 0;
	s->problems_dropped = 0;
}

static void publish_problems(struct tmd_scan *s)
{
	size_t rest = s->problems_dropped;

	if (s->problem_count > 1)
		qsort(s->problems, s->problem_count, sizeof(*s->problems), compare_problems);
	for (size_t i = 0; i < s->problem_count; i++) {
		const struct tmd_problem *p = &s->problems[i];

		if (i >= PROBLEMS_SHOWN) {
			rest++;
			continue;
		}
		if (p->line)
			tmd_strv_addf(&s->out->problems, "line %zu: %s", p->line, p->text);
		else
			tmd_strv_add(&s->out->problems, p->text);
		if (p->rank <= RANK_LOST)
			tmd_strv_add(&s->out->losses, s->out->problems.items[i]);
	}
	if (rest)
		tmd_strv_addf(&s->out->problems, "%zu more problems", rest);
}

/* ---- lines ---- */

size_t tmd_scan_line_at(struct tmd_scan *s, size_t at)
{
	while (s->line_at < at) {
		const char *from = s->data + s->line_at;
		const char *newline = memchr(from, '\n', at - s->line_at);

		if (!newline) {
			s->line_at = at;
			break;
		}
		s->line++;
		s->line_at = (size_t)(newline - s->data) + 1;
	}
	return s->line;
}

/* ---- loose text ---- */

static void end_loose_run(struct tmd_scan *s)
{
	static const struct {
		enum tmd_rank rank;
		const char *text;
	} kinds[] = {
		[TMD_LOOSE_BASE64] = { RANK_LOST, "base64 outside of any block: its BEGIN line is "
						  "missing or damaged" },
		[TMD_LOOSE_MARKER] = { RANK_LOST, "a PEM marker that does not start its line: "
						  "readers do not see it" },
		[TMD_LOOSE_PRIVATE_KEY] = { RANK_SECRET, "a private key" },
		[TMD_LOOSE_BINARY] = { RANK_LOST, "binary data" },
	};
	enum tmd_loose kind = s->run_kind;

	s->run_kind = TMD_LOOSE_FINE;
	/* Titles and other text between blocks disturb nobody. */
	if (kind == TMD_LOOSE_FINE || kind == TMD_LOOSE_TEXT || s->kind != TMD_TEXT_PLAIN)
		return;
	if (s->run_last > s->run_first)
		tmd_scan_problem(s, kinds[kind].rank, s->run_first, "%s (to line %zu)",
				 kinds[kind].text, s->run_last);
	else
		tmd_scan_problem(s, kinds[kind].rank, s->run_first, "%s", kinds[kind].text);
}

static enum tmd_loose see_loose_line(struct tmd_scan *s, size_t at, size_t end)
{
	enum tmd_loose kind = tmd_loose_line(s->data, s->len, at, end);
	size_t line;

	s->odd = s->odd || kind != TMD_LOOSE_FINE;
	if (kind == TMD_LOOSE_PRIVATE_KEY)
		s->out->has_private_key = true;
	if (kind == TMD_LOOSE_FINE && s->run_kind == TMD_LOOSE_FINE)
		return kind;
	line = tmd_scan_line_at(s, at);
	if (kind != s->run_kind || line > s->run_last + 1)
		end_loose_run(s);
	if (s->run_kind == TMD_LOOSE_FINE)
		s->run_first = line;
	s->run_kind = kind;
	s->run_last = line;
	return kind;
}

void tmd_scan_loose(struct tmd_scan *s, size_t at, size_t end)
{
	at += tmd_text_bom(s->data + at, end - at);
	while (at < end) {
		size_t stop = tmd_scan_line_end(s, at);

		see_loose_line(s, at, stop < end ? stop : end);
		at = tmd_scan_behind_line(s, stop);
	}
	end_loose_run(s);
}

/* ---- entries ---- */

static uint64_t hash_bytes(const unsigned char *data, size_t len)
{
	const uint64_t prime = UINT64_C(0x9E3779B97F4A7C15);
	uint64_t hash = len * prime;
	uint64_t word;

	for (; len >= sizeof(word); len -= sizeof(word), data += sizeof(word)) {
		memcpy(&word, data, sizeof(word));
		hash = (hash ^ word) * prime;
		hash ^= hash >> 29;
	}
	for (; len; len--, data++)
		hash = (hash ^ *data) * prime;
	return hash ^ hash >> 32;
}

static bool same_der(const struct tmd_bundle_entry *entry, const void *der, size_t len)
{
	return entry->der_len == len && memcmp(entry->der, der, len) == 0;
}

static void put_in_slot(struct tmd_scan *s, size_t index)
{
	const struct tmd_bundle_entry *entry = &s->out->entries[index];
	size_t slot = (size_t)hash_bytes(entry->der, entry->der_len) & (s->slot_count - 1);

	while (s->slots[slot])
		slot = (slot + 1) & (s->slot_count - 1);
	s->slots[slot] = (uint32_t)index + 1;
}

static void grow_slots(struct tmd_scan *s)
{
	if (s->slot_count > 2 * (s->out->count + 1))
		return;
	s->slot_count = s->slot_count ? 4 * s->slot_count : 512;
	free(s->slots);
	s->slots = tmd_alloc(s->slot_count, sizeof(*s->slots));
	for (size_t i = 0; i < s->out->count; i++)
		put_in_slot(s, i);
}

/* The first entry with this DER, or NULL. */
static const struct tmd_bundle_entry *find_in_slots(const struct tmd_scan *s, const void *der,
						    size_t len)
{
	size_t slot = (size_t)hash_bytes(der, len) & (s->slot_count - 1);

	for (; s->slots[slot]; slot = (slot + 1) & (s->slot_count - 1)) {
		const struct tmd_bundle_entry *entry = &s->out->entries[s->slots[slot] - 1];

		if (same_der(entry, der, len))
			return entry;
	}
	return NULL;
}

/* `entry` without its line; its DER already lies in the arena. */
static void add_entry(struct tmd_scan *s, const struct tmd_bundle_entry *entry)
{
	struct tmd_bundle *out = s->out;
	size_t line = tmd_scan_line_at(s, entry->at);
	const struct tmd_bundle_entry *before;

	grow_slots(s);
	before = find_in_slots(s, entry->der, entry->der_len);
	if (before) {
		out->duplicates++;
		tmd_scan_problem(s, RANK_DUPLICATE, line, "the same certificate as on line %zu",
				 before->line);
	}
	out->entries = tmd_grow(out->entries, &out->cap, out->count + 1, sizeof(*out->entries));
	out->entries[out->count] = *entry;
	out->entries[out->count].line = line;
	out->entries[out->count].own = entry->block;
	out->count++;
	if (!before)
		put_in_slot(s, out->count - 1);
}

/* Copies a DER into the arena, which never moves; NULL when that does not fit. */
static const unsigned char *keep_der(struct tmd_scan *s, const struct tmd_buf *der)
{
	struct tmd_buf *arena = &s->out->arena;
	size_t at = arena->len;

	if (der->len >= arena->cap - arena->len)
		return NULL;
	tmd_buf_add(arena, der->data, der->len);
	return (const unsigned char *)arena->data + at;
}

bool tmd_scan_keep(struct tmd_scan *s, const struct tmd_loaded *loaded, size_t at, size_t end)
{
	struct tmd_bundle_entry entry = { .der = keep_der(s, &loaded->der),
					  .der_len = loaded->der.len,
					  .at = at,
					  .block = end - at,
					  .not_after = loaded->not_after,
					  .trust = loaded->trust };

	if (!entry.der)
		return false;
	add_entry(s, &entry);
	return true;
}

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
	struct tmd_buf *arena = &s->out->arena;
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
		add_entry(s, &entry);
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
	switch (see_loose_line(s, at, end)) {
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
		end_loose_run(s);
		if (!line_is(s, at, end, TMD_PEM_BEGIN) || !scan_block(s, at, end, &at))
			return false;
	}
	end_loose_run(s);
	s->out->loads = s->out->count > 0;
	return true;
}

/* ---- the whole ---- */

static void start_again(struct tmd_scan *s)
{
	s->out->count = 0;
	s->out->duplicates = 0;
	s->out->has_private_key = false;
	s->out->arena.len = 0;
	s->slot_count = 0;
	s->line = 1;
	s->line_at = 0;
	s->run_kind = TMD_LOOSE_FINE;
	drop_problems(s);
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
	tmd_buf_release(&bundle->arena);
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
	if (!tmd_buf_reserve(&bundle.arena, len + 64))
		return tmd_fail(err, TMD_E_INTERNAL, NULL, NULL, "no room for %zu bytes", len);
	s.kind = tmd_text_kind(data, len);
	if (!scan_plain(&s)) {
		start_again(&s);
		tmd_scan_any(&s);
	} else if (s.odd) {
		tmd_scan_hidden(&s, len);
	}
	judge_whole(&s);
	publish_problems(&s);
	drop_problems(&s);
	free(s.problems);
	free(s.slots);
	*out = bundle;
	return TMD_OK;
}

const struct tmd_bundle_entry *tmd_bundle_find(const struct tmd_bundle *bundle, const void *der,
					       size_t len, size_t from)
{
	for (size_t i = from; i < bundle->count; i++) {
		if (same_der(&bundle->entries[i], der, len))
			return &bundle->entries[i];
	}
	return NULL;
}
