/* What went wrong, where, and what to do: the error object every layer fills. */
#ifndef TMD_BASE_ERROR_H
#define TMD_BASE_ERROR_H

#include "base/cleanup.h"

/* Every fallible function answers one of these; the details are in its error. */
enum tmd_rc {
	TMD_OK = 0,
	TMD_FAILED = -1,
};

/* The closed list of the protocol ("kind" in a result's error). */
enum tmd_error_kind {
	TMD_E_NONE = 0,
	TMD_E_INVALID_INPUT,
	TMD_E_NOT_FOUND,
	TMD_E_PERMISSION,
	TMD_E_UNSUPPORTED,
	TMD_E_BUSY,
	TMD_E_CONFLICT,
	TMD_E_REFUSED,
	TMD_E_NOT_CONVERGED,
	TMD_E_IO,
	TMD_E_INTERNAL,
};

#define TMD_ERROR_TEXT_MAX 639	/* bytes of a message or hint: what is longer is cut */
#define TMD_ERROR_PATH_MAX 4096 /* bytes */

/*
 * Plain memory without ownership: zero-initialise it, copy it, drop it. `message` and `hint`
 * are one line each, without a final full stop or newline. `path` and `hint` are never NULL in
 * an error that was set, and valid as long as the process.
 */
struct tmd_error {
	enum tmd_error_kind kind;
	int sys; /* errno, or GetLastError() on Windows; 0: none */
	const char *path; /* the file it is about, or "" */
	const char *hint; /* what the reader can do, or "" */
	char message[TMD_ERROR_TEXT_MAX + 1];
};

/*
 * Fills `err` and answers TMD_FAILED, so that a fail branch is one line:
 *     return tmd_fail(err, TMD_E_REFUSED, path, "name one anchor each", "%zu certificates", n);
 * `path` and `hint` may be NULL. They may point into `err` itself, as may the arguments.
 * (A macro, so that the compiler sees that the answer is never TMD_OK.)
 */
void tmd_error_set(struct tmd_error *err, enum tmd_error_kind kind, const char *path,
		   const char *hint, const char *fmt, ...) TMD_PRINTF(5, 6);
#define tmd_fail(...) (tmd_error_set(__VA_ARGS__), TMD_FAILED)

/* "invalid_input" and so on; "none" for TMD_E_NONE. Never NULL. */
const char *tmd_error_kind_name(enum tmd_error_kind kind);

void tmd_error_clear(struct tmd_error *err);

#endif
