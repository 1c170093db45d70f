/* Running programs for the OS layer itself, also where nothing may be changed. */
#ifndef TMD_OS_UNIX_PROC_INTERNAL_H
#define TMD_OS_UNIX_PROC_INTERNAL_H

#include "os/proc.h"

/*
 * tmd_proc_run() without its gate: for programs that only read, such as getent, which
 * plan needs too.
 */
enum tmd_rc tmd_proc_run_reader(struct tmd_fs *fs, const char *const argv[],
				const struct tmd_proc_options *options,
				struct tmd_proc_result *result,
				struct tmd_error *err) TMD_MUST_CHECK;

#endif
