/* The lines by which two texts differ, for people. */
#ifndef TMD_ENGINE_LINE_DIFF_H
#define TMD_ENGINE_LINE_DIFF_H

#include "base/buf.h"

#define TMD_LINE_DIFF_CELLS ((size_t)4 << 20) /* above it, only new and gone texts are shown */

/*
 * Appends "INDENT- LINE" for each line that only `before` has and "INDENT+ LINE" for each that
 * only `after` has, in order; common lines are left out. NULL texts are empty.
 */
void tmd_line_diff(const char *before, const char *after, const char *indent, struct tmd_buf *out);

/*
 * Makes of both texts only the lines by which they differ, in their order; NULL stays NULL. What
 * else a file holds, perhaps a password, is nobody's business.
 */
void tmd_line_diff_reduce(char **before, char **after);

#endif
