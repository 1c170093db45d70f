/* A part of a text that was scanned, as if it had been scanned alone. */
#include "x509/bundle.h"

#include "base/mem.h"
#include "x509/pem.h"

/* Are all lines of data[at..stop) such that no reader makes anything of them? */
static bool is_blank(const char *data, size_t len, size_t at, size_t stop)
{
	while (at < stop) {
		const char *newline = memchr(data + at, '\n', stop - at);
		size_t line_end = newline ? (size_t)(newline - data) : stop;

		if (tmd_loose_line(data, len, at, line_end) != TMD_LOOSE_FINE)
			return false;
		at = line_end + 1;
	}
	return true;
}

static size_t count_lines(const char *data, size_t from, size_t to)
{
	size_t lines = 0;

	for (size_t at = from; at < to; at++)
		lines += data[at] == '\n';
	return lines;
}

static void add_entry(struct tmd_bundle *out, const struct tmd_bundle_entry *entry, size_t from,
		      size_t lines_before)
{
	struct tmd_bundle_entry *added;

	out->entries = tmd_grow(out->entries, &out->cap, out->count + 1, sizeof(*out->entries));
	added = &out->entries[out->count++];
	*added = *entry;
	added->at -= from;
	added->line -= lines_before;
	added->own = added->block;
}

/* Adds the entries; false where something stands between them, or one of them twice. */
static bool add_entries(const struct tmd_bundle *whole, const char *data, size_t from, size_t to,
			struct tmd_bundle *out)
{
	size_t at = from ? from : tmd_text_bom(data, to);
	size_t lines_before = 0;

	for (size_t i = 0; i < whole->count && whole->entries[i].at < to; i++) {
		const struct tmd_bundle_entry *entry = &whole->entries[i];

		if (entry->at < from)
			continue;
		if (entry->at + entry->block > to || !is_blank(data, to, at, entry->at) ||
		    tmd_bundle_find(out, entry->der, entry->der_len, 0))
			return false;
		if (!out->count)
			lines_before = entry->line - 1 - count_lines(data, from, entry->at);
		add_entry(out, entry, from, lines_before);
		at = entry->at + entry->block;
	}
	return out->count && is_blank(data, to, at, to);
}

bool tmd_bundle_slice(const struct tmd_bundle *whole, const char *data, size_t from, size_t to,
		      struct tmd_bundle *out)
{
	struct tmd_bundle slice = { .shape = TMD_SHAPE_PLAIN, .loads = true, .final_newline = true };

	if (whole->shape != TMD_SHAPE_PLAIN || from >= to || data[to - 1] != '\n')
		return false;
	slice.arena = whole->arena;
	slice.arena->users++;
	if (!add_entries(whole, data, from, to, &slice)) {
		tmd_bundle_release(&slice);
		return false;
	}
	*out = slice;
	return true;
}
