/* Text on its way to and from Windows: UTF-8 inside, UTF-16 outside. */
#ifndef TMD_OS_WIN32_TEXT_H
#define TMD_OS_WIN32_TEXT_H

#include <stddef.h>
#include <wchar.h>

#include "base/cleanup.h"

#define TMD_TEXT_MAX ((size_t)16 << 20) /* characters (in bytes or 16-bit units) of one text */

/*
 * UTF-16 of a UTF-8 text; the caller frees. NULL for NULL, for invalid UTF-8 and for a text of
 * more than TMD_TEXT_MAX bytes: callers report these as invalid input.
 */
wchar_t *tmd_wide(const char *text) TMD_MUST_CHECK;
/* The same for `len` bytes, terminated; NULL also when there is a NUL among them. */
wchar_t *tmd_wide_n(const char *data, size_t len) TMD_MUST_CHECK;

/*
 * UTF-8 of a UTF-16 text; the caller frees. Unpaired surrogates become U+FFFD. NULL gives NULL;
 * what passes TMD_TEXT_MAX is cut there. Never NULL otherwise.
 */
char *tmd_narrow(const wchar_t *text) TMD_MUST_CHECK;
/* The same for at most `len` units; ends before the first NUL among them. */
char *tmd_narrow_n(const wchar_t *data, size_t len) TMD_MUST_CHECK;

#endif
