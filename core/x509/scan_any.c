/*
 * Scanning a bundle in any shape: OpenSSL reads it, block by block, and where it gives up
 * the good blocks are looked for one at a time.
 */
#include "x509/scan.h"

#include "base/mem.h"
#include "base/str.h"

static void see_foreign_block(struct tmd_scan *s, const struct tmd_loaded *block, size_t line)
{
	if (!block->private_key) {
		tmd_scan_problem(s, RANK_FOREIGN, line, "a block that is no certificate: %s",
				 block->name);
		return;
	}
	s->out->has_private_key = true;
	tmd_scan_problem(s, RANK_SECRET, line, "a private key");
}

static void see_block(struct tmd_scan *s, const struct tmd_loaded *block)
{
	size_t line = tmd_scan_line_at(s, block->at);

	if (block->kind == TMD_LOADED_OTHER) {
		see_foreign_block(s, block, line);
		return;
	}
	if (block->kind == TMD_LOADED_DAMAGED || !tmd_scan_keep(s, block, block->at, block->end)) {
		tmd_scan_problem(s, RANK_FATAL, line, "a damaged certificate");
		return;
	}
	if (block->more)
		tmd_scan_problem(s, RANK_LOST, line, "there are more bytes behind the certificate");
	if (block->kind == TMD_LOADED_TRUSTED) {
		s->out->has_trusted = true;
		tmd_scan_problem(s, RANK_LOST, line,
				 "a TRUSTED CERTIFICATE: only OpenSSL minds its trust settings");
	}
}

/* OpenSSL reads it to the end: walk the blocks that it sees, in its own way. */
static void walk_whole(struct tmd_scan *s, const char *text, size_t len)
{
	struct tmd_loaded block = { 0 };
	struct tmd_pem_marker inner;
	size_t at = 0;

	while (tmd_loader_next(text, len, at, &block)) {
		tmd_scan_loose(s, at, block.at);
		see_block(s, &block);
		if (tmd_pem_find(text, block.end, block.at + 1, &inner) && inner.begin)
			tmd_scan_problem(s, RANK_LOST, tmd_scan_line_at(s, inner.at),
					 "the block before has no END line and swallows this one");
		at = block.end;
		tmd_loaded_release(&block);
	}
	tmd_scan_loose(s, at, s->len);
}

/* Does the line that `at` is in start with '#', at or behind `from`? */
static bool in_comment(const char *text, size_t from, size_t at)
{
	size_t start = at;

	while (start > from && text[start - 1] != '\n')
		start--;
	while (start < at && tmd_is_space(text[start]))
		start++;
	return text[start] == '#';
}

/* OpenSSL ends a block at a line of END alone. */
static void see_behind(struct tmd_scan *s, const char *text, size_t len, size_t at)
{
	size_t stop = tmd_scan_line_end(s, at);
	size_t from = at;
	struct tmd_pem_marker next;

	/* Another block there is a problem of its own. */
	if (tmd_pem_find(text, stop < len ? stop : len, at, &next))
		return;
	while (from < stop && from < len && text[from] <= ' ')
		from++;
	if (from < stop && from < len)
		tmd_scan_problem(s, RANK_FATAL, tmd_scan_line_at(s, at),
				 "a damaged END line: there is text behind it");
}

/* The block from BEGIN to END, on its own, when OpenSSL fails somewhere in the file. */
static void see_piece(struct tmd_scan *s, const char *text, const struct tmd_pem_marker *begin,
		      size_t end)
{
	struct tmd_loaded block = { 0 };
	size_t line = tmd_scan_line_at(s, begin->at);

	if (begin->at > tmd_text_bom(text, end) && text[begin->at - 1] != '\n')
		tmd_scan_problem(s, RANK_FATAL, line, "a block begins in the middle of the line");
	if (tmd_loader_next(text, end, begin->at, &block)) {
		see_block(s, &block);
	} else if (tmd_pem_is_key_at(text, end, begin->at, begin->end)) {
		s->out->has_private_key = true;
		tmd_scan_problem(s, RANK_SECRET, line, "a private key");
	} else {
		tmd_scan_problem(s, RANK_FATAL, line, "a damaged block");
	}
	tmd_loaded_release(&block);
}

static size_t behind_newline(const char *text, size_t len, size_t at)
{
	if (at < len && text[at] == '\r' && at + 1 < len && text[at + 1] == '\n')
		at++;
	return at < len && text[at] == '\n' ? at + 1 : at;
}

/* One marker of a file that does not load; returns where to go on. */
static size_t recover_at(struct tmd_scan *s, const char *text, size_t len,
			 const struct tmd_pem_marker *marker)
{
	struct tmd_pem_marker next;
	bool found;
	size_t end;

	if (!marker->begin) {
		tmd_scan_problem(s, RANK_LOST, tmd_scan_line_at(s, marker->at),
				 "an END line without a BEGIN");
		return behind_newline(text, len, marker->end);
	}
	found = tmd_pem_find(text, len, marker->end, &next);
	if (found && !next.begin) {
		end = behind_newline(text, len, next.end);
		see_piece(s, text, marker, end);
		see_behind(s, text, len, next.end);
		return end;
	}
	if (tmd_pem_is_key_at(text, len, marker->at, marker->end)) {
		s->out->has_private_key = true;
		tmd_scan_problem(s, RANK_SECRET, tmd_scan_line_at(s, marker->at), "a private key");
	}
	tmd_scan_problem(s, RANK_FATAL, tmd_scan_line_at(s, marker->at),
			 "a block without an END line");
	return found ? next.at : len;
}

/* OpenSSL gives up on it: find out where, and what can be saved. */
static void recover(struct tmd_scan *s, const char *text, size_t len)
{
	struct tmd_pem_marker marker;
	size_t done = 0;
	size_t from = 0;

	while (tmd_pem_find(text, len, from, &marker)) {
		if (in_comment(text, done, marker.at)) {
			from = tmd_scan_behind_line(s, tmd_scan_line_end(s, marker.at));
			continue;
		}
		tmd_scan_loose(s, done, marker.at);
		done = recover_at(s, text, len, &marker);
		from = done;
	}
	tmd_scan_loose(s, done, s->len);
}

static bool has_fatal(const struct tmd_scan *s)
{
	for (size_t i = 0; i < s->problem_count; i++) {
		if (s->problems[i].rank == RANK_FATAL)
			return true;
	}
	return false;
}

/* Where the block begins that OpenSSL cannot get over, and that looks well by itself. */
static size_t stuck_at(const char *text, size_t len)
{
	struct tmd_loaded block = { 0 };
	struct tmd_pem_marker marker;
	size_t at = 0;

	while (tmd_loader_next(text, len, at, &block)) {
		size_t begin = block.at;
		size_t end = block.end;
		const char *reason;
		bool complete;

		tmd_loaded_release(&block);
		(void)tmd_loader_accepts(text + begin, end - begin, &complete, &reason);
		if (!complete)
			return begin;
		at = end;
	}
	while (tmd_pem_find(text, len, at, &marker)) {
		if (marker.begin)
			return marker.at;
		at = marker.end;
	}
	return at;
}

/* OpenSSL reads up to `stop`. */
static void see_nul(struct tmd_scan *s, size_t stop)
{
	const char *first = memchr(s->data, '\0', s->len);

	if (stop < s->len)
		tmd_scan_problem(s, RANK_LOST, tmd_line_of(s->data, s->len, stop),
				 "a line that starts with a NUL byte: OpenSSL reads nothing "
				 "behind it");
	else
		tmd_scan_problem(s, RANK_LOST,
				 tmd_line_of(s->data, s->len, (size_t)(first - s->data)),
				 "there are NUL bytes in it");
}

void tmd_scan_any(struct tmd_scan *s)
{
	const char *text = s->data;
	size_t len = s->len;
	TMD_AUTO_BUF struct tmd_buf copy = { 0 };
	const char *reason;
	bool complete;

	if (s->len && memchr(s->data, '\0', s->len)) {
		tmd_buf_add(&copy, s->data, s->len);
		len = tmd_loader_as_file(copy.data, s->len);
		text = copy.data;
		if (s->kind == TMD_TEXT_PLAIN)
			see_nul(s, len);
	}
	s->out->loads = tmd_loader_accepts(text, len, &complete, &reason);
	if (complete)
		walk_whole(s, text, len);
	else
		recover(s, text, len);
	tmd_scan_hidden(s, len);
	if (!complete && !has_fatal(s))
		tmd_scan_problem(s, RANK_FATAL, tmd_line_of(text, len, stuck_at(text, len)),
				 "a block that cannot be read: %s", reason);
}
