/* What a rebuild of a store changes though no anchor of the run is about it: that is told. */
#ifndef TMD_RESOURCES_ANCHOR_ASIDE_H
#define TMD_RESOURCES_ANCHOR_ASIDE_H

#include <stdbool.h>

#include "base/strv.h"

/* Of one store, in one run. Zero-initialise. SHA-256 as tmd_sha256_hex() writes it. */
struct tmd_anchor_asides {
	struct tmd_strv asked; /* what anchors of the run are about: they tell of it themselves */
	struct tmd_strv told;  /* what one of them told of besides, until all is read anew */
};

void tmd_anchor_asides_release(struct tmd_anchor_asides *asides);

/* Certificates that all come, or all go. Zero-initialise. */
struct tmd_anchor_aside {
	size_t count;
	size_t untold; /* of them */
	char *first;   /* the subject of one of those, or NULL */
};

void tmd_anchor_aside_release(struct tmd_anchor_aside *aside);

/* Counts a certificate; false, and nothing, where an anchor of the run is about it. */
bool tmd_anchor_aside_note(struct tmd_anchor_aside *aside, struct tmd_anchor_asides *asides,
			   const void *der, size_t len);

/* "the rebuild also DOES 2 certificates WHY, SUBJECT among them: look at WHERE", if there are any. */
void tmd_anchor_aside_tell(const struct tmd_anchor_aside *aside, const char *does, const char *why,
			   const char *where, struct tmd_strv *warnings);

#endif
