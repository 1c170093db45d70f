/* Inside of scanning a bundle: what the fast and the slow way share. */
#ifndef TMD_X509_SCAN_H
#define TMD_X509_SCAN_H

#include <stdint.h>
#include <string.h>

#include "x509/bundle.h"
#include "x509/loader.h"
#include "x509/pem.h"

/* Worst first. */
enum tmd_rank {
	RANK_FATAL, /* OpenSSL gives up here */
	RANK_SECRET,
	RANK_LOST, /* something in the file does not count */
	RANK_FOREIGN,
	RANK_DUPLICATE,
	RANK_UNTIDY,
};

struct tmd_problem {
	enum tmd_rank rank;
	size_t line;
	char *text;
};

struct tmd_scan {
	const char *data;
	size_t len;
	struct tmd_bundle *out;
	enum tmd_text_kind kind;

	struct tmd_problem *problems;
	size_t problem_count;
	size_t problem_cap;
	size_t problems_dropped;

	uint32_t *slots;   /* hash table of entry index + 1; 0: free */
	size_t slot_count; /* a power of two, more than twice the entries */

	/* Lines are counted on from here. */
	size_t line;
	size_t line_at;

	bool odd; /* there are loose lines that may hide something */

	/* A run of loose lines of one kind is one problem. */
	enum tmd_loose run_kind;
	size_t run_first;
	size_t run_last;
};

/* `line` 0: it is about the whole file. */
void tmd_scan_problem(struct tmd_scan *s, enum tmd_rank rank, size_t line, const char *fmt, ...)
	TMD_PRINTF(4, 5);

void tmd_scan_drop_problems(struct tmd_scan *s);
void tmd_scan_publish(struct tmd_scan *s); /* into the bundle, worst first */

/* Line number of the byte at `at`, which only ever grows from call to call. */
size_t tmd_scan_line_at(struct tmd_scan *s, size_t at);

/* Judges the text between blocks. */
void tmd_scan_loose(struct tmd_scan *s, size_t at, size_t end);

enum tmd_loose tmd_scan_loose_line(struct tmd_scan *s, size_t at, size_t end); /* one of its lines */
void tmd_scan_end_loose(struct tmd_scan *s); /* behind the last of them */

/* Adds `entry`, which has no line yet; its DER lies in the arena already. */
void tmd_scan_add(struct tmd_scan *s, const struct tmd_bundle_entry *entry);

/* Makes an entry of it, for the block data[at..end); false when there is no room. */
bool tmd_scan_keep(struct tmd_scan *s, const struct tmd_loaded *loaded, size_t at, size_t end);

/* The slow way: whatever OpenSSL makes of the text. */
void tmd_scan_any(struct tmd_scan *s);

/* Looks for certificates that OpenSSL passes over; it reads nothing from `stop` on. */
void tmd_scan_hidden(struct tmd_scan *s, size_t stop);

static inline size_t tmd_scan_line_end(const struct tmd_scan *s, size_t at)
{
	const char *newline = memchr(s->data + at, '\n', s->len - at);

	return newline ? (size_t)(newline - s->data) : s->len;
}

static inline size_t tmd_scan_behind_line(const struct tmd_scan *s, size_t end)
{
	return end < s->len ? end + 1 : s->len;
}

#endif
