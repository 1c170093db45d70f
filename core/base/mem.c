/* Allocation that aborts instead of failing. */
#include "base/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *tmd_alloc(size_t count, size_t size)
{
	void *data = calloc(count ? count : 1, size ? size : 1);

	if (!data)
		abort();
	return data;
}

void *tmd_alloc_raw(size_t len)
{
	void *data = malloc(len ? len : 1);

	if (!data)
		abort();
	return data;
}

void *tmd_grow(void *array, size_t *cap, size_t need, size_t item_size)
{
	size_t wanted = *cap ? *cap : 8;

	if (need <= *cap)
		return array;
	while (wanted < need) {
		if (wanted > SIZE_MAX / 2)
			abort();
		wanted *= 2;
	}
	if (!item_size || wanted > SIZE_MAX / item_size)
		abort();
	array = realloc(array, wanted * item_size);
	if (!array)
		abort();
	*cap = wanted;
	return array;
}

void *tmd_memdup(const void *data, size_t len)
{
	void *copy = tmd_alloc_raw(len);

	if (len)
		memcpy(copy, data, len);
	return copy;
}

/* Through a pointer that could be another function by now, so that the call has to be made. */
void tmd_wipe(void *data, size_t len)
{
	static void *(*const volatile set)(void *, int, size_t) = memset;

	if (data && len)
		set(data, 0, len);
}

void tmd_wipe_text(char *text)
{
	if (text)
		tmd_wipe(text, strlen(text));
	free(text);
}

char *tmd_strndup(const char *text, size_t len)
{
	char *copy = tmd_alloc_raw(len + 1);

	if (len)
		memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

char *tmd_strdup(const char *text)
{
	return text ? tmd_strndup(text, strlen(text)) : NULL;
}

char *tmd_vformat(const char *fmt, va_list args)
{
	va_list again;
	char *text;
	int len;

	va_copy(again, args);
	len = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (len < 0)
		abort();
	text = tmd_alloc((size_t)len + 1, 1);
	vsnprintf(text, (size_t)len + 1, fmt, args);
	return text;
}

char *tmd_format(const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = tmd_vformat(fmt, args);
	va_end(args);
	return text;
}
