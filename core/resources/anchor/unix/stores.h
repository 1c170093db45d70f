/* The trust stores of Linux. */
#ifndef TMD_RESOURCES_ANCHOR_STORES_H
#define TMD_RESOURCES_ANCHOR_STORES_H

#include "resources/anchor/anchor.h"
#include "resources/anchor/unix/system.h"

extern const struct tmd_anchor_backend tmd_anchor_debian; /* update-ca-certificates */
extern const struct tmd_anchor_backend tmd_anchor_p11kit; /* update-ca-trust, trust extract-compat */

#endif
