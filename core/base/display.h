/*
 * Text of any origin, made safe to show: what steers a terminal or hides from the reader is
 * written as an escape. Everything that a file, a name, a path or a program says goes through
 * here on its way to a person.
 */
#ifndef TMD_BASE_DISPLAY_H
#define TMD_BASE_DISPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * Is it a character that shows nothing of its own but changes what is seen: C0, DEL, C1, marks of
 * direction, line and paragraph separators, zero width, fillers, tags, variation selectors and
 * noncharacters?
 */
bool tmd_display_is_hidden(uint32_t code);

/*
 * Appends `len` bytes as part of one line: "\n", "\t", "\x1b", "\u202e", "\U000e0041" stand for
 * hidden characters, and "\xff" for a byte that is not UTF-8. At most `width` characters of the
 * text; answers how many were left out.
 */
size_t tmd_display_add(struct tmd_buf *out, const char *text, size_t len, size_t width);

/*
 * Text for a report, which is UTF-8: what is UTF-8 as it is, and else each byte that is not ASCII as
 * "\xNN". Caller frees.
 */
char *tmd_display_utf8(const char *text, size_t len) TMD_MUST_CHECK;

/*
 * Appends a JSON document with hidden characters inside its strings as "\u202e", which is the same
 * value for whoever reads it. `text` is valid JSON in UTF-8; its own layout is kept.
 */
void tmd_display_add_json(struct tmd_buf *out, const char *text, size_t len);

#endif
