/* Errors of Windows as errors of ours. */
#ifndef TMD_OS_WIN32_SYS_ERROR_H
#define TMD_OS_WIN32_SYS_ERROR_H

#include "base/error.h"

/*
 * tmd_fail() for a failed system call: kind, hint and the system's text (in English where
 * Windows has it) come from `code`, a GetLastError() value, a status of the registry functions,
 * or the HRESULT of one; err->sys keeps it. `what` says what was tried: "cannot write".
 */
void tmd_error_set_win(struct tmd_error *err, unsigned long code, const char *path,
		       const char *what);
#define tmd_fail_win(...) (tmd_error_set_win(__VA_ARGS__), TMD_FAILED)

/*
 * The system's own text for a code, one line without a final full stop: "Access is denied", or
 * "Windows error 1234" where there is none. The caller frees.
 */
char *tmd_win_error_text(unsigned long code) TMD_MUST_CHECK;

#endif
