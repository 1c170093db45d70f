/*
 * Mending the text of a bundle. It is cut into pieces, which are certificates, and the gaps
 * between them; a piece that OpenSSL reads as it stands, and a gap that does not disturb it,
 * are copied byte for byte.
 */
#include "x509/bundle.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "x509/loader.h"
#include "x509/pem.h"
#include "x509/salvage.h"

struct piece {
	const unsigned char *der;
	size_t der_len;
	size_t at;
	size_t end;
	size_t own; /* its end when the next one is inside of it */
	bool hidden;
	bool again; /* the same certificate came before */
};

struct repair {
	const char *data;
	size_t len;
	struct tmd_buf *out;
	struct tmd_strv *dropped;
	bool crlf;
};

/* ---- pieces ---- */

static int compare_places(const void *a, const void *b)
{
	const struct piece *x = a;
	const struct piece *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return (x->der > y->der) - (x->der < y->der);
}

static int compare_content(const void *a, const void *b)
{
	const struct piece *x = *(struct piece *const *)a;
	const struct piece *y = *(struct piece *const *)b;
	int order;

	if (x->der_len != y->der_len)
		return x->der_len < y->der_len ? -1 : 1;
	order = memcmp(x->der, y->der, x->der_len);
	return order ? order : (x > y) - (x < y);
}

static bool is_same(const struct piece *a, const struct piece *b)
{
	return a->der_len == b->der_len && memcmp(a->der, b->der, a->der_len) == 0;
}

static void mark_second_copies(struct piece *pieces, size_t count)
{
	TMD_AUTO_FREE struct piece **index = tmd_alloc(count + 1, sizeof(*index));

	for (size_t i = 0; i < count; i++)
		index[i] = &pieces[i];
	if (count > 1)
		qsort(index, count, sizeof(*index), compare_content);
	for (size_t i = 1; i < count; i++)
		index[i]->again = is_same(index[i - 1], index[i]);
}

/* In the order of the text, none reaching into the next; the caller frees. */
static struct piece *cut_into_pieces(const struct tmd_bundle *bundle, size_t *count)
{
	struct piece *pieces = tmd_alloc(bundle->count + bundle->hidden_count + 1, sizeof(*pieces));
	size_t n = 0;

	for (size_t i = 0; i < bundle->count; i++) {
		const struct tmd_bundle_entry *e = &bundle->entries[i];

		pieces[n++] = (struct piece){
			.der = e->der,
			.der_len = e->der_len,
			.at = e->at,
			.end = e->at + e->block,
			.own = e->at + e->own,
		};
	}
	for (size_t i = 0; i < bundle->hidden_count; i++) {
		const struct tmd_hidden *h = &bundle->hidden[i];

		pieces[n++] = (struct piece){ .der = h->der,
					      .der_len = h->der_len,
					      .at = h->at,
					      .end = h->at + h->block,
					      .own = h->at + h->block,
					      .hidden = true };
	}
	if (n > 1)
		qsort(pieces, n, sizeof(*pieces), compare_places);
	for (size_t i = 0; i + 1 < n; i++) {
		size_t next = pieces[i + 1].at;

		if (pieces[i].end > next)
			pieces[i].end = pieces[i].own < next ? pieces[i].own : next;
	}
	mark_second_copies(pieces, n);
	*count = n;
	return pieces;
}

/* Exactly one certificate, which is this one, in a text that starts with its block. */
static bool reads_as(const char *text, size_t len, const struct piece *piece)
{
	struct tmd_loaded loaded = { 0 };
	const char *reason;
	bool complete;
	bool right;

	if (len < 5 || memcmp(text, "-----", 5) != 0 || memchr(text, '\0', len) ||
	    !tmd_loader_accepts(text, len, &complete, &reason))
		return false;
	right = tmd_loader_next(text, len, 0, &loaded) && loaded.end == len && !loaded.more &&
		tmd_buf_equal(&loaded.der, piece->der, piece->der_len);
	tmd_loaded_release(&loaded);
	return right;
}

static void guard_newline(struct repair *r)
{
	if (r->out->len && r->out->data[r->out->len - 1] != '\n' &&
	    r->out->len != tmd_text_bom(r->out->data, r->out->len))
		tmd_buf_add_str(r->out, r->crlf ? "\r\n" : "\n");
}

static void add_piece(struct repair *r, const struct piece *piece)
{
	const char *text = r->data + piece->at;
	size_t len = piece->end - piece->at;

	if (piece->again)
		return;
	guard_newline(r);
	if (!piece->hidden && reads_as(text, len, piece))
		tmd_buf_add(r->out, text, len);
	else
		tmd_bundle_add_block(r->out, piece->der, piece->der_len, r->crlf);
}

/* ---- gaps ---- */

static void add_without_nul(struct tmd_buf *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] != '\0')
			tmd_buf_add_char(out, text[i]);
	}
}

/* A sound certificate before and behind must be read, and the text to its end. */
static bool is_harmless(const char *text, size_t len)
{
	TMD_AUTO_BUF struct tmd_buf whole = { 0 };
	const struct tmd_builtin *sound = &tmd_builtins[0];
	struct tmd_bundle scan = { 0 };
	struct tmd_error ignored = { 0 };
	bool harmless;

	if (tmd_text_find(text, len, "-----BEGIN ") == len)
		return true;
	tmd_cert_add_pem(&whole, sound->der, sound->der_len);
	tmd_buf_add(&whole, text, len);
	if (whole.data[whole.len - 1] != '\n')
		tmd_buf_add_char(&whole, '\n');
	tmd_cert_add_pem(&whole, sound->der, sound->der_len);
	if (tmd_bundle_scan(whole.data, whole.len, &scan, &ignored))
		return false;
	harmless = scan.loads && scan.count == 2 && scan.duplicates == 1;
	tmd_bundle_release(&scan);
	return harmless;
}

static size_t next_line(const char *text, size_t len, size_t at)
{
	const char *newline = memchr(text + at, '\n', len - at);

	return newline ? (size_t)(newline - text) + 1 : len;
}

static bool is_inside_of_block(const char *text, size_t len, size_t at, size_t end)
{
	enum tmd_loose kind = tmd_loose_line(text, len, at, end);

	return kind == TMD_LOOSE_BASE64 || kind == TMD_LOOSE_MARKER || kind == TMD_LOOSE_BINARY;
}

static bool is_blank_line(const char *text, size_t len)
{
	for (size_t i = 0; i < len && text[i] != '\n'; i++) {
		if (!tmd_is_space(text[i]))
			return false;
	}
	return true;
}

/* Text that stays where it is, but not on the line of an END marker. */
static void add_text(struct repair *r, const char *text, size_t len)
{
	if (!is_blank_line(text, len))
		guard_newline(r);
	tmd_buf_add(r->out, text, len);
}

/* From a BEGIN marker to behind its END line, or as far as lines look like its inside. */
static size_t block_end(const char *text, size_t len, const struct tmd_pem_marker *begin)
{
	struct tmd_pem_marker end;
	size_t at = next_line(text, len, begin->end);

	if (tmd_pem_find(text, len, begin->end, &end) && !end.begin)
		return next_line(text, len, end.end);
	while (at < len && is_inside_of_block(text, len, at, next_line(text, len, at)))
		at = next_line(text, len, at);
	/* The last line of a block is short. */
	if (at < len && at > next_line(text, len, begin->end) &&
	    tmd_text_find(text + at, next_line(text, len, at) - at, " ") ==
		    next_line(text, len, at) - at)
		at = next_line(text, len, at);
	return at;
}

static void note(struct repair *r, size_t at, const char *what)
{
	tmd_strv_addf(r->dropped, "line %zu: %s", tmd_line_of(r->data, r->len, at), what);
}

/* The gap without its blocks that stop OpenSSL; `at` is where it stands in the whole. */
static void drop_blocks(struct repair *r, const char *text, size_t len, size_t at)
{
	struct tmd_pem_marker begin;
	size_t done = 0;

	while (tmd_pem_find(text, len, done, &begin)) {
		size_t end = begin.begin ? block_end(text, len, &begin)
					 : next_line(text, len, begin.end);

		add_text(r, text + done, begin.at - done);
		if (is_harmless(text + begin.at, end - begin.at)) {
			add_text(r, text + begin.at, end - begin.at);
		} else {
			note(r, at + begin.at,
			     "a damaged block, in which no certificate could be read");
		}
		done = end;
	}
	add_text(r, text + done, len - done);
}

static void add_gap(struct repair *r, size_t at, size_t end)
{
	TMD_AUTO_BUF struct tmd_buf plain = { 0 };
	size_t start = r->out->len;
	const char *text;

	add_without_nul(&plain, r->data + at, end - at);
	text = tmd_buf_str(&plain);
	if (is_harmless(text, plain.len)) {
		add_text(r, text, plain.len);
		return;
	}
	drop_blocks(r, text, plain.len, at);
	if (is_harmless(tmd_buf_str(r->out) + start, r->out->len - start))
		return;
	tmd_buf_splice(r->out, start, r->out->len - start, NULL, 0);
	note(r, at, "text that stops OpenSSL");
}

/* ---- the whole ---- */

bool tmd_bundle_needs_repair(const struct tmd_bundle *bundle, const char *data, size_t len)
{
	return !bundle->loads || bundle->hidden_count || bundle->duplicates ||
	       !bundle->final_newline || memchr(data, '\0', len);
}

static void rewrite(struct repair *r, const struct tmd_bundle *bundle)
{
	size_t count;
	TMD_AUTO_FREE struct piece *pieces = cut_into_pieces(bundle, &count);
	size_t done = 0;

	for (size_t i = 0; i < count; i++) {
		add_gap(r, done, pieces[i].at > done ? pieces[i].at : done);
		add_piece(r, &pieces[i]);
		done = pieces[i].end > done ? pieces[i].end : done;
	}
	add_gap(r, done, r->len);
	guard_newline(r);
}

enum tmd_rc tmd_bundle_repair(const struct tmd_bundle *bundle, const char *data, size_t len,
			      struct tmd_buf *out, struct tmd_strv *dropped, struct tmd_error *err)
{
	struct repair r = { .data = data, .len = len, .out = out, .dropped = dropped };

	tmd_buf_clear(out);
	tmd_strv_release(dropped);
	if (!tmd_bundle_needs_repair(bundle, data, len)) {
		tmd_buf_add(out, data, len);
		return tmd_buf_check(out, NULL, err);
	}
	r.crlf = tmd_bundle_is_crlf(data, len);
	rewrite(&r, bundle);
	return tmd_buf_check(out, NULL, err);
}

/* Nothing but what may stand between the lines of a mangled block. */
static bool is_noise(const char *data, size_t at, size_t end)
{
	while (at < end) {
		size_t skip = tmd_salvage_noise(data, end, at);

		if (!skip)
			return false;
		at += skip;
	}
	return true;
}

static bool is_bare_gap(const char *data, size_t len, size_t at, size_t end)
{
	while (at < end) {
		size_t stop = next_line(data, end, at);
		enum tmd_loose kind = tmd_loose_line(data, len, at, stop);

		if ((kind == TMD_LOOSE_TEXT || kind == TMD_LOOSE_BINARY) &&
		    !is_noise(data, at, stop))
			return false;
		at = stop;
	}
	return true;
}

bool tmd_bundle_is_bare(const struct tmd_bundle *bundle, const char *data, size_t len)
{
	size_t count;
	TMD_AUTO_FREE struct piece *pieces = cut_into_pieces(bundle, &count);
	size_t done = 0;
	bool bare = true;

	for (size_t i = 0; i < count; i++) {
		if (pieces[i].at > done)
			bare = bare && is_bare_gap(data, len, done, pieces[i].at);
		done = pieces[i].end > done ? pieces[i].end : done;
	}
	return bare && is_bare_gap(data, len, done, len);
}
