/*
 * Where a Python looks for packages, as far as its directories tell without running it: what
 * PYTHONPATH, a user's own site-packages and sitecustomize add is not known here.
 */
#ifndef TMD_PYTHON_API_INTERPRETER_H
#define TMD_PYTHON_API_INTERPRETER_H

#include "resources/type.h"

/* Zero-initialise it. */
struct tmd_api_interpreter {
	struct tmd_strv dirs; /* in the order in which packages are looked for; those that are there */
	char *version;	      /* "3.11"; NULL: not known */
	char *managed;	      /* the file EXTERNALLY-MANAGED; NULL: pip may install */
};

void tmd_api_interpreter_release(struct tmd_api_interpreter *interpreter);

/* Is that the path of a Python: a file called python, python3.11, python.exe? */
bool tmd_api_is_interpreter(struct tmd_ctx *ctx, const char *path);

void tmd_api_interpreter_read(struct tmd_ctx *ctx, const char *path,
			      struct tmd_api_interpreter *out);

#endif
