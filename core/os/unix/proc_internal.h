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

/*
 * For the child that is going to run a program of an offline image: a process table, mounts, a
 * network and shared memory of its own, as far as the system permits, so that it sees and ends no
 * process of this machine. The caller may go on as a child of itself, whose end is passed on;
 * `open_files` are those that only the program is to have. 0, or an errno value.
 */
int tmd_proc_isolate(const int *open_files, size_t count) TMD_MUST_CHECK;

/*
 * Leaves the rights to write root's files and takes away all others, for what is executed too.
 * 0, or an errno value: nothing is to be run then.
 */
int tmd_proc_drop_rights(void) TMD_MUST_CHECK;

/*
 * The two halves of it for other rights, a set of 1u << CAP_...: between them the caller may become
 * another user. 0, or an errno value.
 */
int tmd_proc_drop_bounds(unsigned kept) TMD_MUST_CHECK;
int tmd_proc_keep_rights(unsigned kept) TMD_MUST_CHECK;

/* For a child: signals as a program expects them, and no open file above `last`. */
void tmd_proc_reset_signals(void);
void tmd_proc_close_above(int last);

#endif
