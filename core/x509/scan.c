/* What the fast and the slow way of scanning a bundle share: problems, lines and entries. */
#include "x509/scan.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

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

void tmd_scan_drop_problems(struct tmd_scan *s)
{
	for (size_t i = 0; i < s->problem_count; i++)
		free(s->problems[i].text);
	s->problem_count = 0;
	s->problems_dropped = 0;
}

void tmd_scan_publish(struct tmd_scan *s)
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

void tmd_scan_end_loose(struct tmd_scan *s)
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

enum tmd_loose tmd_scan_loose_line(struct tmd_scan *s, size_t at, size_t end)
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
		tmd_scan_end_loose(s);
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

		tmd_scan_loose_line(s, at, stop < end ? stop : end);
		at = tmd_scan_behind_line(s, stop);
	}
	tmd_scan_end_loose(s);
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

		if (tmd_bundle_entry_is(entry, der, len))
			return entry;
	}
	return NULL;
}

void tmd_scan_add(struct tmd_scan *s, const struct tmd_bundle_entry *entry)
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
	struct tmd_buf *arena = &s->out->arena->buf;
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
	tmd_scan_add(s, &entry);
	return true;
}
