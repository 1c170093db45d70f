/* Who else can change a store: they decide what every reader of it trusts. */
#ifndef TMD_RESOURCES_ANCHOR_OTHERS_H
#define TMD_RESOURCES_ANCHOR_OTHERS_H

#include "resources/anchor/anchor.h"

/*
 * Adds, once, a line that says who but root and the caller can change what is read at `path`, a
 * file or a directory; nothing where that is nobody or cannot be told.
 */
void tmd_anchor_note_others(struct tmd_ctx *ctx, const char *path, struct tmd_strv *out);

/* What was said of a store's own paths, kept until the run changes one. Zero-initialise. */
struct tmd_anchor_others {
	struct tmd_strv lines;
	bool asked;
};

void tmd_anchor_others_forget(struct tmd_anchor_others *others);

/* Warns of them, and of those who can change a file in view->where. `paths` ends with NULL. */
void tmd_anchor_warn_of_others(struct tmd_ctx *ctx, struct tmd_anchor_others *others,
			       const char *const *paths, struct tmd_anchor_view *view);

#endif
