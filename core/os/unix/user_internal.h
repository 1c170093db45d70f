/* Groups for the OS layer itself: who has the rights that one gives. */
#ifndef TMD_OS_UNIX_USER_INTERNAL_H
#define TMD_OS_UNIX_USER_INTERNAL_H

#include <stddef.h>

#include "os/user.h"

/*
 * Is nobody in the group but root and these users, by its entry or by theirs? The answer is no
 * as well for a group that the root's own files do not know, or whose members they do not.
 */
bool tmd_group_has_only(struct tmd_fs *fs, uint32_t gid, const uint32_t *users, size_t count);

/* The groups of a user by the root's own files, his own first; at most `max`, at least 1. */
size_t tmd_user_groups(struct tmd_fs *fs, const struct tmd_user *user, uint32_t *out, size_t max);

#endif
