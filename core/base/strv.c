/* The list of strings. */
#include "base/strv.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void tmd_strv_release(struct tmd_strv *list)
{
	if (!list)
		return;
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i]);
	free(list->items);
	memset(list, 0, sizeof(*list));
}

static void add_owned(struct tmd_strv *list, char *text)
{
	list->items = tmd_grow(list->items, &list->cap, list->count + 1, sizeof(*list->items));
	list->items[list->count++] = text;
}

void tmd_strv_add(struct tmd_strv *list, const char *text)
{
	add_owned(list, tmd_strdup(text));
}

void tmd_strv_addn(struct tmd_strv *list, const char *text, size_t len)
{
	add_owned(list, tmd_strndup(text, len));
}

void tmd_strv_addf(struct tmd_strv *list, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	add_owned(list, tmd_vformat(fmt, args));
	va_end(args);
}

void tmd_strv_copy(struct tmd_strv *to, const struct tmd_strv *from)
{
	struct tmd_strv copy = { 0 };

	for (size_t i = 0; i < from->count; i++)
		tmd_strv_add(&copy, from->items[i]);
	tmd_strv_release(to);
	*to = copy;
}

static int compare_items(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void tmd_strv_sort(struct tmd_strv *list)
{
	if (list->count > 1)
		qsort(list->items, list->count, sizeof(*list->items), compare_items);
}

bool tmd_strv_has(const struct tmd_strv *list, const char *text)
{
	for (size_t i = 0; i < list->count; i++) {
		if (strcmp(list->items[i], text) == 0)
			return true;
	}
	return false;
}

void tmd_strv_add_once(struct tmd_strv *list, const char *text)
{
	if (!tmd_strv_has(list, text))
		tmd_strv_add(list, text);
}

bool tmd_strv_equal(const struct tmd_strv *a, const struct tmd_strv *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		if (strcmp(a->items[i], b->items[i]) != 0)
			return false;
	}
	return true;
}

void tmd_strv_remove(struct tmd_strv *list, size_t index)
{
	free(list->items[index]);
	memmove(list->items + index, list->items + index + 1,
		(list->count - index - 1) * sizeof(*list->items));
	list->count--;
}

size_t tmd_sorted_place(const void *items, size_t count, size_t size, const char *text)
{
	size_t from = 0;
	size_t to = count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;
		const char *const *item = (const void *)((const char *)items + middle * size);

		if (strcmp(*item, text) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}
