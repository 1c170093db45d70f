/* Command lines as /proc shows them: each argument with a NUL behind it. */
#ifndef TMD_OS_UNIX_CMDLINE_H
#define TMD_OS_UNIX_CMDLINE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"

/*
 * The first arguments, `max` at most, and how many they are. `text` has a NUL behind its `len`
 * bytes. Where it was `cut` in the middle, a last argument without its NUL is left out: it might
 * name another file than the whole of it. A process that wrote over its arguments may have one
 * that ends with the text.
 */
size_t tmd_cmdline_split(const char *text, size_t len, bool cut, const char **arguments,
			 size_t max) TMD_MUST_CHECK;

#endif
