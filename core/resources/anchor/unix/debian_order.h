/* Is the hashed directory of Debian's store in order, and what of it a rehash would keep though it
   should go. */
#ifndef TMD_RESOURCES_ANCHOR_DEBIAN_ORDER_H
#define TMD_RESOURCES_ANCHOR_DEBIAN_ORDER_H

#include "resources/anchor/unix/debian.h"

/* Adds the inputs that should be reached through their hash and are not. */
enum tmd_rc tmd_debian_find_unhashed(struct tmd_debian_store *store, struct tmd_strv *unhashed,
				     struct tmd_error *err) TMD_MUST_CHECK;

/*
 * Does it lead to what these anchors want, and to every input, and has it no entry left over from
 * an earlier bundle?
 */
enum tmd_rc tmd_debian_hashed_is_right(struct tmd_debian_store *store,
				       struct tmd_resource *const *resources, size_t count,
				       bool *right, struct tmd_error *err) TMD_MUST_CHECK;

/*
 * Removes links of the script's and of rehash's that lead nowhere, and entries left over from an
 * earlier bundle: `openssl rehash` fails on the former, and may keep both in the place that another
 * certificate of the same subject waits for. What was read of the directory is dropped.
 */
enum tmd_rc tmd_debian_remove_orphans(struct tmd_debian_store *store,
				      struct tmd_error *err) TMD_MUST_CHECK;

#endif
