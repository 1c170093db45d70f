/* The step that puts a package in the place of another one, whole. */
#ifndef TMD_PYTHON_API_SWAP_H
#define TMD_PYTHON_API_SWAP_H

#include "resources/python_api/package.h"
#include "resources/step.h"

/* `now`: the files that are there, with their names below `path`. Both packages are moved out. */
void tmd_api_changeset_swap(struct tmd_changeset *set, const char *path,
			    struct tmd_api_package *now, struct tmd_api_package *next);

#endif
