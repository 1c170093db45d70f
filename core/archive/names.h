/* Names in archives: which of them are names below the place where they are unpacked. */
#ifndef TMD_ARCHIVE_NAMES_H
#define TMD_ARCHIVE_NAMES_H

#include "base/error.h"

/*
 * "./a/b/" becomes "a/b", and "./" becomes "". Why it cannot be taken, as a constant clause, or
 * NULL: then `*out` is the name, which the caller frees.
 */
const char *tmd_archive_name(const char *text, char **out) TMD_MUST_CHECK;

#endif
