/*
 * Two texts and the lines by which they differ: carried out on the first, the difference gives
 * the second, and no line stands in it that both could share.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/line_diff.h"

#define LINES_MAX 64 /* of each text where the shortest difference is counted anew */
#define TEXTS_MAX 2048 /* lines of both together: far fewer than are compared in full */
#define INDENT "  "

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct line {
	const char *text;
	size_t len;
};

struct text {
	struct line *lines;
	size_t count;
};

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* The lines of a text; one that does not end counts as one that does. */
static struct text split(const char *text)
{
	struct text out = { calloc(strlen(text) + 1, sizeof(struct line)), 0 };

	require(out.lines != NULL);
	while (*text) {
		size_t len = strcspn(text, "\n");

		out.lines[out.count++] = (struct line){ text, len };
		text += len + (text[len] == '\n');
	}
	return out;
}

static bool same(const struct line *a, const struct line *b)
{
	return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

static char mark_of(const struct line *shown)
{
	return shown->text[strlen(INDENT)];
}

/* What is behind the mark of a line of the difference. */
static struct line shown_line(const struct line *shown)
{
	size_t skip = strlen(INDENT "+ ");

	require(shown->len >= skip && memcmp(shown->text, INDENT, strlen(INDENT)) == 0);
	require(shown->text[skip - 1] == ' ');
	require(mark_of(shown) == '+' || mark_of(shown) == '-');
	return (struct line){ shown->text + skip, shown->len - skip };
}

/* How many lines of the difference, from its start, have this mark. */
static size_t count_marks(const struct text *diff, size_t until, char mark)
{
	size_t count = 0;

	for (size_t i = 0; i < until; i++)
		count += mark_of(&diff->lines[i]) == mark;
	return count;
}

/*
 * `at[i]`: can the lines of the difference up to here have been carried out with `i` lines of
 * `before` behind us? Lines that both texts have may be passed at any point.
 */
static void pass_common(const struct text *before, const struct text *after, size_t minus,
			size_t plus, bool *at)
{
	for (size_t i = minus; i < before->count; i++) {
		size_t k = i - minus + plus;

		if (at[i] && k < after->count && same(&before->lines[i], &after->lines[k]))
			at[i + 1] = true;
	}
}

static void carry_out(const struct text *before, const struct text *after, size_t minus,
		      size_t plus, const struct line *shown, bool *at)
{
	struct line line = shown_line(shown);
	bool adds = mark_of(shown) == '+';

	for (size_t i = before->count + 1; i-- > 0;) {
		size_t k = i - minus + plus;

		if (adds)
			at[i] = at[i] && k < after->count && same(&after->lines[k], &line);
		else
			at[i] = i > 0 && at[i - 1] && same(&before->lines[i - 1], &line);
	}
}

static void check_gives_after(const struct text *before, const struct text *after,
			      const struct text *diff)
{
	bool *at = calloc(before->count + 1, sizeof(*at));
	size_t marks[2] = { 0, 0 }; /* '-' and '+' lines so far */

	require(at != NULL);
	at[0] = true;
	for (size_t d = 0; d < diff->count; d++) {
		pass_common(before, after, marks[0], marks[1], at);
		carry_out(before, after, marks[0], marks[1], &diff->lines[d], at);
		marks[mark_of(&diff->lines[d]) == '+']++;
	}
	pass_common(before, after, marks[0], marks[1], at);
	require(at[before->count]);
	require(before->count - marks[0] + marks[1] == after->count);
	free(at);
}

/* The number of lines that two texts share in order, by the definition and two rows. */
static size_t count_common(const struct text *a, const struct text *b)
{
	size_t rows[2][LINES_MAX + 1] = { { 0 } };

	for (size_t i = 1; i <= a->count; i++) {
		size_t *row = rows[i % 2];
		const size_t *above = rows[(i - 1) % 2];

		for (size_t k = 1; k <= b->count; k++) {
			row[k] = above[k] > row[k - 1] ? above[k] : row[k - 1];
			if (same(&a->lines[i - 1], &b->lines[k - 1]))
				row[k] = above[k - 1] + 1;
		}
	}
	return rows[a->count % 2][b->count];
}

/* Each text is reduced to its own lines of the difference, in their order. */
static void check_side(const struct text *diff, char mark, const char *before, const char *side)
{
	TMD_AUTO_BUF struct tmd_buf wanted = { 0 };

	for (size_t i = 0; i < diff->count; i++) {
		struct line line = shown_line(&diff->lines[i]);

		if (mark_of(&diff->lines[i]) != mark)
			continue;
		tmd_buf_add(&wanted, line.text, line.len);
		tmd_buf_add_char(&wanted, '\n');
	}
	require((before == NULL) == (side == NULL));
	require(!side || strcmp(side, tmd_buf_str(&wanted)) == 0);
}

static void check_reduced(const struct text *diff, const char *before, const char *after)
{
	char *gone = tmd_strdup(before);
	char *come = tmd_strdup(after);

	tmd_line_diff_reduce(&gone, &come);
	check_side(diff, '-', before, gone);
	check_side(diff, '+', after, come);
	free(gone);
	free(come);
}

static void check_texts(const char *before, const char *after)
{
	TMD_AUTO_BUF struct tmd_buf out = { 0 };
	struct text a = split(before ? before : "");
	struct text b = split(after ? after : "");
	struct text diff;

	tmd_line_diff(before, after, INDENT, &out);
	diff = split(tmd_buf_str(&out));
	if (a.count + 1 <= TMD_LINE_DIFF_CELLS / (b.count + 1))
		if (a.count + b.count <= TEXTS_MAX)
		check_gives_after(&a, &b, &diff);
	if (a.count <= LINES_MAX && b.count <= LINES_MAX)
		require(count_marks(&diff, diff.count, '-') == a.count - count_common(&a, &b));
	check_reduced(&diff, before, after);
	free(a.lines);
	free(b.lines);
	free(diff.lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = calloc(size + 1, 1);
	char *second;

	require(text != NULL);
	if (size)
		memcpy(text, data, size);
	/* Two texts with a NUL between them; a third one would be passed over. */
	second = memchr(text, '\0', size);
	check_texts(text, second ? second + 1 : NULL);
	check_texts(second ? second + 1 : NULL, text);
	check_texts(text, text);
	free(text);
	return 0;
}
