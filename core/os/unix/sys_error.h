/* Errors of system calls as errors of ours. */
#ifndef TMD_OS_UNIX_SYS_ERROR_H
#define TMD_OS_UNIX_SYS_ERROR_H

#include "base/error.h"

/*
 * tmd_fail() for a failed system call: kind, hint and the system's text come from `sys` (an
 * errno value). `what` says what was tried: "cannot write".
 */
void tmd_error_set_sys(struct tmd_error *err, int sys, const char *path, const char *what);
#define tmd_fail_sys(...) (tmd_error_set_sys(__VA_ARGS__), TMD_FAILED)

#endif
