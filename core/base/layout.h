/* Text for a person, fitted to what the terminal shows: its width, and its characters. */
#ifndef TMD_BASE_LAYOUT_H
#define TMD_BASE_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define TMD_LAYOUT_NARROWEST 20 /* columns; below that nothing is folded */

struct tmd_layout {
	unsigned width; /* columns; 0: lines stay as they are */
	bool ascii;     /* nothing else can be shown: "..." for an ellipsis, "\u00e9" for é */
};

/* Columns that a character takes on a terminal: 0, 1 or 2. */
unsigned tmd_layout_columns(uint32_t code);

/*
 * Appends the lines of a UTF-8 text, folded at blanks. What follows hangs under the second column
 * of the line, where two blanks or more stand before that and it is in the left half, and else two
 * columns to the right of its beginning. A word that is too long stays whole, so that it can be
 * copied. Escape sequences of colours take no room.
 */
void tmd_layout_add(struct tmd_buf *out, const char *text, size_t len,
		    const struct tmd_layout *layout);

#endif
