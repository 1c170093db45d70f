/* Small questions about strings; ASCII only, whatever the locale. */
#ifndef TMD_BASE_STR_H
#define TMD_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

bool tmd_str_equal(const char *a, const char *b); /* NULL equals only NULL */
bool tmd_str_equal_nocase(const char *a, const char *b);
bool tmd_str_starts(const char *text, const char *prefix);
bool tmd_str_starts_nocase(const char *text, const char *prefix);
bool tmd_str_ends(const char *text, const char *suffix);
bool tmd_is_space(char c); /* blank, \t \n \v \f \r */
bool tmd_is_digit(char c);
bool tmd_is_alpha(char c);
bool tmd_is_hex(char c);

/* Decimal without sign, whole string; false when it is anything else or too large. */
bool tmd_parse_u64(const char *text, uint64_t *out);

/* Upper-case hex of `len` bytes; `out` takes 2 * len + 1 characters. */
void tmd_hex(const void *data, size_t len, char *out);

/* Is it valid UTF-8 (no overlong forms, no surrogates, at most U+10FFFF)? */
bool tmd_utf8_valid(const char *data, size_t len);

/* Bytes of the character that starts here, 0 when they are not valid; sets *out otherwise. */
size_t tmd_utf8_next(const char *data, size_t left, uint32_t *out);

/* Line number (from 1) of the byte at `at`. */
size_t tmd_line_of(const char *data, size_t len, size_t at);

#endif
