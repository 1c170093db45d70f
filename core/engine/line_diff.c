/* The longest common subsequence of lines, by the textbook: the texts are configuration files. */
#include "engine/line_diff.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct line {
	const char *text;
	size_t len;
};

struct lines {
	struct line *items;
	size_t count;
	size_t cap;
};

/* `items` is never NULL afterwards: places in it are counted from its start, even in none. */
static void split(const char *text, struct lines *out)
{
	out->items = tmd_grow(out->items, &out->cap, 1, sizeof(*out->items));
	while (text && *text) {
		const char *end = strchr(text, '\n');
		size_t len = end ? (size_t)(end - text) : strlen(text);

		out->items = tmd_grow(out->items, &out->cap, out->count + 1, sizeof(*out->items));
		out->items[out->count].text = text;
		out->items[out->count++].len = len;
		text += len + (end ? 1 : 0);
	}
}

static bool same(const struct line *a, const struct line *b)
{
	return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

static void add(struct tmd_buf *out, const char *indent, char mark, const struct line *line)
{
	tmd_buf_addf(out, "%s%c ", indent, mark);
	tmd_buf_add(out, line->text, line->len);
	tmd_buf_add_char(out, '\n');
}

static void add_all(struct tmd_buf *out, const char *indent, char mark, const struct line *lines,
		    size_t count)
{
	for (size_t i = 0; i < count; i++)
		add(out, indent, mark, &lines[i]);
}

/* left[i * (m + 1) + k]: length of the longest common subsequence of a[i..] and b[k..]. */
static uint32_t *common_lengths(const struct line *a, size_t n, const struct line *b, size_t m)
{
	uint32_t *left = tmd_alloc((n + 1) * (m + 1), sizeof(*left));

	for (size_t i = n; i-- > 0;) {
		for (size_t k = m; k-- > 0;) {
			uint32_t down = left[(i + 1) * (m + 1) + k];
			uint32_t right = left[i * (m + 1) + k + 1];

			if (same(&a[i], &b[k]))
				left[i * (m + 1) + k] = left[(i + 1) * (m + 1) + k + 1] + 1;
			else
				left[i * (m + 1) + k] = down >= right ? down : right;
		}
	}
	return left;
}

static int compare_lines(const void *left, const void *right)
{
	const struct line *a = left;
	const struct line *b = right;
	int order = memcmp(a->text, b->text, a->len < b->len ? a->len : b->len);

	if (order)
		return order;
	return a->len < b->len ? -1 : a->len > b->len;
}

/* The lines of `lines` that `others` has nowhere. */
static void add_lone(struct tmd_buf *out, const char *indent, char mark, const struct line *lines,
		     size_t count, const struct line *others, size_t other_count)
{
	TMD_AUTO_FREE struct line *sorted = tmd_alloc(other_count + 1, sizeof(*sorted));

	if (other_count)
		memcpy(sorted, others, other_count * sizeof(*sorted));
	qsort(sorted, other_count, sizeof(*sorted), compare_lines);
	for (size_t i = 0; i < count; i++) {
		if (!bsearch(&lines[i], sorted, other_count, sizeof(*sorted), compare_lines))
			add(out, indent, mark, &lines[i]);
	}
}

static void add_changes(struct tmd_buf *out, const char *indent, const struct line *a, size_t n,
			const struct line *b, size_t m)
{
	TMD_AUTO_FREE uint32_t *left = common_lengths(a, n, b, m);
	size_t i = 0;
	size_t k = 0;

	while (i < n && k < m) {
		if (same(&a[i], &b[k])) {
			i++;
			k++;
		} else if (left[(i + 1) * (m + 1) + k] >= left[i * (m + 1) + k + 1]) {
			add(out, indent, '-', &a[i++]);
		} else {
			add(out, indent, '+', &b[k++]);
		}
	}
	add_all(out, indent, '-', a + i, n - i);
	add_all(out, indent, '+', b + k, m - k);
}

void tmd_line_diff(const char *before, const char *after, const char *indent, struct tmd_buf *out)
{
	struct lines a = { 0 };
	struct lines b = { 0 };
	size_t head = 0;
	size_t tail = 0;

	split(before, &a);
	split(after, &b);
	while (head < a.count && head < b.count && same(&a.items[head], &b.items[head]))
		head++;
	while (tail < a.count - head && tail < b.count - head &&
	       same(&a.items[a.count - 1 - tail], &b.items[b.count - 1 - tail]))
		tail++;
	a.count -= tail;
	b.count -= tail;
	if ((a.count - head + 1) <= TMD_LINE_DIFF_CELLS / (b.count - head + 1)) {
		add_changes(out, indent, a.items + head, a.count - head, b.items + head,
			    b.count - head);
	} else {
		add_lone(out, indent, '-', a.items + head, a.count - head, b.items + head,
			 b.count - head);
		add_lone(out, indent, '+', b.items + head, b.count - head, a.items + head,
			 a.count - head);
	}
	tmd_free_ptr(&a.items);
	tmd_free_ptr(&b.items);
}

/* The lines of a difference with this mark in front. */
static char *side_of(const char *lines, char mark)
{
	TMD_AUTO_BUF struct tmd_buf side = { 0 };

	for (const char *at = lines; *at;) {
		size_t len = strcspn(at, "\n") + 1;

		if (*at == mark)
			tmd_buf_add(&side, at + 2, len - 2);
		at += len;
	}
	return tmd_buf_steal(&side);
}

void tmd_line_diff_reduce(char **before, char **after)
{
	TMD_AUTO_BUF struct tmd_buf lines = { 0 };
	char *gone;
	char *come;

	tmd_line_diff(*before, *after, "", &lines);
	gone = *before ? side_of(tmd_buf_str(&lines), '-') : NULL;
	come = *after ? side_of(tmd_buf_str(&lines), '+') : NULL;
	free(*before);
	free(*after);
	*before = gone;
	*after = come;
}
