/* Files that the caller names on the command line. */
#ifndef TMD_ENGINE_INPUT_H
#define TMD_ENGINE_INPUT_H

#include "engine/run.h"

/*
 * Reads at most `max` bytes of a file, relative to `cwd`, or of standard input for "-".
 * Fails as tmd_fs_read().
 */
enum tmd_rc tmd_read_named(struct tmd_run *run, const char *name, const char *cwd, size_t max,
			   struct tmd_buf *out, struct tmd_error *err) TMD_MUST_CHECK;

#endif
