/*
 * Versions as Toolkit orders them: nothing is oldest, "head" and "master" newest, a
 * commit id beats any version, and the rest is PEP 440 after normalisation, so that a
 * release candidate comes before its release.
 */
#ifndef TMD_BASE_VERSION_H
#define TMD_BASE_VERSION_H

#include <stdbool.h>

#include "base/error.h"

/* Is it 7 to 40 hexadecimal digits, those of decimal digits alone included, as git has them too? */
bool tmd_version_is_commit(const char *text);

/*
 * Orders two versions: *order is negative, 0 or positive. NULL or "" is "no version".
 * Fails with invalid_input when they cannot be compared: two different commit ids, or a
 * text that is not a version at all.
 */
enum tmd_rc tmd_version_compare(const char *a, const char *b, int *order,
				struct tmd_error *err) TMD_MUST_CHECK;

#endif
