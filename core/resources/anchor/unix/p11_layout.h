/* Where a system of p11-kit's keeps what it reads and what it extracts. */
#ifndef TMD_RESOURCES_ANCHOR_P11_LAYOUT_H
#define TMD_RESOURCES_ANCHOR_P11_LAYOUT_H

#include "resources/anchor/anchor.h"

struct tmd_p11_layout {
	const char *admin;  /* the administrator's source directory */
	const char *vendor; /* the packages' */
	const char *hashed; /* the hashed directory, where there is one */
	const char *bundle; /* what programs read */
	const char *const *places; /* all that is read or extracted; ends with NULL */
};

struct tmd_p11_layout tmd_p11_layout_of(const struct tmd_anchor *anchor);

/* The directory of distrusted certificates that this p11-kit reads: a name, and a constant. */
const char *tmd_p11_blocklist_name(struct tmd_fs *fs);

#endif
