/* The mounts of the calling process, from its process table's file. */
#ifndef TMD_OS_UNIX_OBSERVE_MOUNTS_H
#define TMD_OS_UNIX_OBSERVE_MOUNTS_H

#include "base/strv.h"

/*
 * Every mount in the order of the file, its place and its type. `table` is an open /proc. 0, or an
 * errno value.
 */
int tmd_mounts_each(int table, void (*take)(void *arg, const char *place, const char *type),
		    void *arg);

/*
 * The places of all mounts at `path` and below, as they stand in the file: parents first. `table`
 * is an open /proc. 0, or an errno value.
 */
int tmd_mounts_below(int table, const char *path, struct tmd_strv *out);

#endif
