/* The lines by which two texts differ, for people. */
#ifndef TMD_ENGINE_LINE_DIFF_H
#define TMD_ENGINE_LINE_DIFF_H

#include "base/buf.h"

#define TMD_LINE_DIFF_CELLS ((size_t)4 << 20) /* above it, everything in between is shown */

/*
 * Appends "INDENT- LINE" for each line that only `before` has and "INDENT+ LINE" for each that
 * only `after` has, in order; common lines are left out. NULL texts are empty.
 */
void tmd_line_diff(const char *before, const char *after, const char *indent, struct tmd_buf *out);

#endif
