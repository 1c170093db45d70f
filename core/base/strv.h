/* A growing list of owned strings. */
#ifndef TMD_BASE_STRV_H
#define TMD_BASE_STRV_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"

struct tmd_strv {
	char **items; /* `count` strings, none NULL */
	size_t count;
	size_t cap;
};

#define TMD_AUTO_STRV TMD_CLEANUP(tmd_strv_release)

void tmd_strv_release(struct tmd_strv *list); /* frees and zeroes */
void tmd_strv_add(struct tmd_strv *list, const char *text);
void tmd_strv_addn(struct tmd_strv *list, const char *text, size_t len);
void tmd_strv_addf(struct tmd_strv *list, const char *fmt, ...) TMD_PRINTF(2, 3);
void tmd_strv_copy(struct tmd_strv *to, const struct tmd_strv *from); /* `to` is replaced */
void tmd_strv_sort(struct tmd_strv *list);                           /* by bytes */
bool tmd_strv_has(const struct tmd_strv *list, const char *text);
void tmd_strv_add_once(struct tmd_strv *list, const char *text);
bool tmd_strv_equal(const struct tmd_strv *a, const struct tmd_strv *b); /* order counts */
void tmd_strv_remove(struct tmd_strv *list, size_t index);

/*
 * The index of the first of `count` items that is not before `text`, for an array of char *, or of
 * structs that begin with one; `size` is that of an item, and they are sorted by it as bytes.
 */
size_t tmd_sorted_place(const void *items, size_t count, size_t size, const char *text);

#endif
