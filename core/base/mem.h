/*
 * Allocation that cannot fail: a program that cannot get a few kilobytes has
 * nothing sensible left to do and aborts before anything is half-written.
 */
#ifndef TMD_BASE_MEM_H
#define TMD_BASE_MEM_H

#include <stdarg.h>
#include <stddef.h>

#include "base/cleanup.h"

/* Zeroed memory of `count * size` bytes; aborts on overflow and when out of memory. */
void *tmd_alloc(size_t count, size_t size) TMD_MUST_CHECK;

/* Memory of `len` bytes, which hold anything; aborts when out of memory. */
void *tmd_alloc_raw(size_t len) TMD_MUST_CHECK;

/*
 * Grows an array to hold at least `need` items, doubling; `*cap` is the number it
 * holds. New items are not zeroed. Returns the (moved) array.
 */
void *tmd_grow(void *array, size_t *cap, size_t need, size_t item_size) TMD_MUST_CHECK;

char *tmd_strdup(const char *text) TMD_MUST_CHECK;             /* NULL gives NULL */
char *tmd_strndup(const char *text, size_t len) TMD_MUST_CHECK;
char *tmd_format(const char *fmt, ...) TMD_MUST_CHECK TMD_PRINTF(1, 2);
char *tmd_vformat(const char *fmt, va_list args) TMD_MUST_CHECK TMD_PRINTF(1, 0);
void *tmd_memdup(const void *data, size_t len) TMD_MUST_CHECK;

/*
 * Before memory that may hold a key goes back: zeroes it, which a compiler would leave out. The
 * other one frees the text too. NULL is fine for both.
 */
void tmd_wipe(void *data, size_t len);
void tmd_wipe_text(char *text);

#endif
