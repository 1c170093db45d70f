/* Scope-bound release of locals, the one cleanup style of this code base. */
#ifndef TMD_BASE_CLEANUP_H
#define TMD_BASE_CLEANUP_H

#include <stdlib.h>

/* Runs `fn(&variable)` when the variable leaves its scope. */
#define TMD_CLEANUP(fn) __attribute__((cleanup(fn)))

/* Result must be looked at by the caller. */
#define TMD_MUST_CHECK __attribute__((warn_unused_result))

#define TMD_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

static inline void tmd_free_ptr(void *pointer_to_pointer)
{
	free(*(void **)pointer_to_pointer);
}

/* A heap pointer freed at the end of its scope. */
#define TMD_AUTO_FREE TMD_CLEANUP(tmd_free_ptr)

#endif
