/* Who else can change a store of the system, asked once for what its certificates share. */
#ifndef TMD_RESOURCES_ANCHOR_STORE_OTHERS_H
#define TMD_RESOURCES_ANCHOR_STORE_OTHERS_H

#include "resources/anchor/anchor.h"
#include "resources/anchor/unix/hashdir.h"

/* What was found out, kept until the run changes anything. Zero-initialise. */
struct tmd_anchor_others {
	struct tmd_strv lines; /* about the store's own paths */
	bool asked;	       /* `lines` are all of them */
	struct tmd_strv safe;  /* directories, and files, that nobody else can change */
	struct tmd_strv unsafe; /* directories that others can change, or that cannot be judged */
};

void tmd_anchor_others_forget(struct tmd_anchor_others *others);

/*
 * Warns of who can change the store's own `paths`, which end with NULL, and of who can change a
 * file in view->where, be it a link in the hashed directory or what that leads to.
 */
void tmd_anchor_warn_of_others(struct tmd_ctx *ctx, struct tmd_anchor_others *others,
			       struct tmd_hashdir *hashed, const char *const *paths,
			       struct tmd_anchor_view *view);

#endif
