/* Who else can change a store: they decide what every reader of it trusts. */
#ifndef TMD_RESOURCES_ANCHOR_OTHERS_H
#define TMD_RESOURCES_ANCHOR_OTHERS_H

#include "resources/anchor/anchor.h"

/*
 * Adds, once, a line that says who but root and the caller can change what is read at `path`, a
 * file or a directory; nothing where that is nobody or cannot be told.
 */
void tmd_anchor_note_others(struct tmd_ctx *ctx, const char *path, struct tmd_strv *out);

#endif
