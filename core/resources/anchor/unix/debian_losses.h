/* What a rebuild of Debian's store left, held against what its inputs promise. */
#ifndef TMD_RESOURCES_ANCHOR_DEBIAN_LOSSES_H
#define TMD_RESOURCES_ANCHOR_DEBIAN_LOSSES_H

#include "resources/anchor/unix/debian.h"

/* Zero-initialise. */
struct tmd_debian_losses {
	size_t lost;		  /* certificates of an input that the bundle lacks */
	char *first_lost;	  /* the subject of one of them, or NULL */
	size_t foreign;		  /* in the bundle, and of no input */
	size_t repeated;	  /* more often in it than the inputs explain */
	struct tmd_strv unhashed; /* inputs that the hashed directory lost during this run */
	bool broken;		  /* the bundle does not load */
};

void tmd_debian_losses_clear(struct tmd_debian_losses *losses); /* frees and zeroes */
bool tmd_debian_losses_none(const struct tmd_debian_losses *losses);

/* Sets everything but `unhashed`. */
enum tmd_rc tmd_debian_compare_bundle(struct tmd_debian_store *store,
				      struct tmd_debian_losses *losses,
				      struct tmd_error *err) TMD_MUST_CHECK;

#endif
