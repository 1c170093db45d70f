/*
 * What readers do not see of a bundle: the certificates that the tolerant reader finds and
 * OpenSSL does not. Each takes the place of the problems that were noted inside of it.
 */
#include "x509/scan.h"

#include <stdlib.h>

#include "base/mem.h"
#include "x509/der.h"
#include "x509/salvage.h"

#define SUBJECT_SHOWN 90 /* bytes */

/* Is it an entry? Finds and entries both come in the order of the text. */
static bool is_seen(struct tmd_bundle *bundle, const struct tmd_find *find, size_t *entry,
		    bool *swallowed)
{
	*swallowed = false;
	while (*entry < bundle->count &&
	       bundle->entries[*entry].at + bundle->entries[*entry].block <= find->body)
		++*entry;
	for (size_t i = *entry; i < bundle->count && bundle->entries[i].at <= find->body; i++) {
		struct tmd_bundle_entry *seen = &bundle->entries[i];

		if (tmd_buf_equal(&find->der, seen->der, seen->der_len)) {
			if (find->end > seen->at && find->end < seen->at + seen->block)
				seen->own = find->end - seen->at;
			return true;
		}
		*swallowed = true;
	}
	return false;
}

/* Drops what was noted between the lines; true if the worst of it stops OpenSSL. */
static bool drop_problems_within(struct tmd_scan *s, size_t first, size_t last)
{
	bool fatal = false;
	size_t kept = 0;

	for (size_t i = 0; i < s->problem_count; i++) {
		struct tmd_problem *p = &s->problems[i];

		if (p->line < first || p->line > last ||
		    (p->rank != RANK_FATAL && p->rank != RANK_LOST)) {
			s->problems[kept++] = *p;
			continue;
		}
		fatal = fatal || p->rank == RANK_FATAL;
		free(p->text);
	}
	s->problem_count = kept;
	return fatal;
}

static void add_hidden(struct tmd_scan *s, struct tmd_find *find, const char *why)
{
	struct tmd_bundle *out = s->out;
	struct tmd_hidden *hidden;
	struct tmd_der_facts facts = { .not_after = INT64_MIN };
	TMD_AUTO_FREE char *subject = tmd_cert_subject((const unsigned char *)find->der.data,
						       find->der.len);

	out->hidden = tmd_grow(out->hidden, &out->hidden_cap, out->hidden_count + 1,
			       sizeof(*out->hidden));
	hidden = &out->hidden[out->hidden_count++];
	hidden->der_len = find->der.len;
	hidden->der = tmd_memdup(find->der.data, find->der.len);
	hidden->at = find->at;
	hidden->block = find->end - find->at;
	hidden->line = tmd_scan_line_at(s, find->at);
	hidden->why = tmd_format("%s (%.*s)", why, (int)tmd_text_clip(subject, SUBJECT_SHOWN),
				 subject);
	(void)tmd_der_certificate(hidden->der, hidden->der_len, &facts);
	hidden->not_after = facts.not_after;
}

/* A problem of that line, unless it only says that the block there is no certificate. */
static bool has_problem_on(struct tmd_scan *s, size_t line)
{
	for (size_t i = 0; i < s->problem_count; i++) {
		struct tmd_problem *p = &s->problems[i];

		if (p->line != line)
			continue;
		if (p->rank != RANK_FOREIGN)
			return true;
		free(p->text);
		*p = s->problems[--s->problem_count];
		return false;
	}
	return false;
}

/* Left as it is: whoever called it something else may have meant it. */
static void see_renamed(struct tmd_scan *s, const struct tmd_find *find, size_t line)
{
	TMD_AUTO_FREE char *subject = tmd_cert_subject((const unsigned char *)find->der.data,
						       find->der.len);

	if (!has_problem_on(s, line))
		tmd_scan_problem(s, RANK_LOST, line,
				 "a certificate under another heading than CERTIFICATE: readers "
				 "pass over it (%.*s)",
				 (int)tmd_text_clip(subject, SUBJECT_SHOWN), subject);
}

static void see_key(struct tmd_scan *s, size_t line)
{
	if (!s->out->has_private_key)
		tmd_scan_problem(s, RANK_SECRET, line, "a private key");
	s->out->has_private_key = true;
}

static const char *why_hidden(const struct tmd_scan *s, const struct tmd_find *find, size_t stop,
			      bool swallowed)
{
	if (find->at >= stop)
		return "a certificate behind a line that starts with a NUL byte, where OpenSSL "
		       "stops reading";
	if (memchr(s->data + find->at, '\0', find->end - find->at))
		return "NUL bytes in a block, as UTF-16 has them";
	if (swallowed)
		return "the block before has no END line and swallows this one";
	return tmd_flaw_text(find->flaw);
}

static void see_hidden(struct tmd_scan *s, struct tmd_find *find, const char *why)
{
	const struct tmd_hidden *hidden;
	size_t last;
	bool fatal;

	add_hidden(s, find, why);
	hidden = &s->out->hidden[s->out->hidden_count - 1];
	last = tmd_scan_line_at(s, find->end > find->at ? find->end - 1 : find->at);
	fatal = drop_problems_within(s, hidden->line, last);
	tmd_scan_problem(s, fatal ? RANK_FATAL : RANK_LOST, hidden->line, "%s", hidden->why);
}

void tmd_scan_hidden(struct tmd_scan *s, size_t stop)
{
	TMD_CLEANUP(tmd_finds_release) struct tmd_finds finds = { 0 };
	size_t entry = 0;

	if (s->kind != TMD_TEXT_PLAIN)
		return;
	tmd_salvage(s->data, s->len, &finds);
	s->line = 1;
	s->line_at = 0;
	for (size_t i = 0; i < finds.count; i++) {
		struct tmd_find *find = &finds.items[i];
		size_t line = tmd_scan_line_at(s, find->at);
		bool swallowed;

		if (find->key)
			see_key(s, line);
		else if (is_seen(s->out, find, &entry, &swallowed))
			continue;
		else if (!find->foreign)
			see_hidden(s, find, why_hidden(s, find, stop, swallowed));
		else
			see_renamed(s, find, line);
	}
	if (finds.gave_up)
		tmd_scan_problem(s, RANK_LOST, 0, "so much of it is damaged that not all was looked "
						  "at");
}
