/* The directories of some walks: os/tree.h. */
#ifndef TMD_OS_TREE_SEEN_H
#define TMD_OS_TREE_SEEN_H

#include <stdbool.h>
#include <stdint.h>

#include "os/tree.h"

/* False: it was there already. A system that numbers nothing (inode 0) has nothing twice. */
bool tmd_tree_seen_add(struct tmd_tree_seen *seen, uint64_t device, uint64_t inode);

#endif
