/* Running another program: absolute path, argument vector, bounded time and output. */
#ifndef TMD_OS_PROC_H
#define TMD_OS_PROC_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"
#include "os/fs.h"

#define TMD_PROC_OUTPUT_MAX ((size_t)256 << 10) /* bytes kept; the rest is read and dropped */

struct tmd_proc_result {
	int status;            /* exit status, or 128 + signal */
	bool timed_out;        /* it was killed, its children too */
	struct tmd_buf output; /* stdout and stderr as they came */
};

struct tmd_proc_options {
	unsigned timeout;                /* seconds, 0: 120 */
	const char *const *environment;  /* "NAME=value", NULL-terminated; NULL: a fixed clean one */
	void (*tick)(void *arg);         /* called about ten times a second while it runs; NULL: none */
	void *tick_arg;
};

void tmd_proc_result_release(struct tmd_proc_result *result);

/*
 * Runs argv[0] (absolute, as seen inside the root) chrooted into the managed root when
 * that is not the live one, with "/" as directory, no standard input, umask 022, a clean
 * environment (PATH and LC_ALL=C only) and no inherited descriptors. In an offline root it has
 * no rights but those to write root's files; and, where the kernel permits that, it sees no
 * processes, network or mounts of the machine. A non-zero status is not a failure of this call.
 * Fails: not_found, permission (chroot needs root), io, internal (writes not allowed: programs
 * are run by `apply` only).
 */
enum tmd_rc tmd_proc_run(struct tmd_fs *fs, const char *const argv[],
			 const struct tmd_proc_options *options, struct tmd_proc_result *result,
			 struct tmd_error *err) TMD_MUST_CHECK;

/*
 * Is a process that lives in this same root running `program` (absolute path inside the root)?
 * As its executable, or as a script that is among the first arguments of its interpreter.
 * Processes count only when their users, real and effective, are root or the caller: anybody can
 * start one that looks like it. Where the process table cannot be read the answer is no. (On
 * Windows other users' processes count too; nothing there waits for one.)
 */
bool tmd_proc_running(struct tmd_fs *fs, const char *program);

void tmd_sleep_ms(unsigned ms);
int64_t tmd_now(void);          /* seconds since 1970 UTC */
int64_t tmd_monotonic_ms(void); /* from an arbitrary start */

#endif
