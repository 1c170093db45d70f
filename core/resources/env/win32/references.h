/* %NAME% in a value. */
#ifndef TMD_RESOURCES_ENV_WIN32_REFERENCES_H
#define TMD_RESOURCES_ENV_WIN32_REFERENCES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct tmd_env_reference {
	const char *name; /* in the text */
	size_t len;
};

/* The next one from *at on. A '%' that ends no reference may begin the next, as for Windows. */
bool tmd_env_next_reference(const char **at, struct tmd_env_reference *out);

bool tmd_env_holds_reference(const char *text);

/* With what the caller's own environment says for each; NULL where it does not. Caller frees. */
char *tmd_env_expanded(const char *text) TMD_MUST_CHECK;

#endif
