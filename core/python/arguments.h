/* Which argument of a call is ca_certs, and whether that is certain. */
#ifndef TMD_PYTHON_ARGUMENTS_H
#define TMD_PYTHON_ARGUMENTS_H

#include "python/source.h"

/*
 * Fills what is said of the arguments in `call`, whose `list` is set. `skipped`: positional ones
 * before the constructor's own, `self` for one.
 */
void tmd_py_read_arguments(const struct tmd_py_tree *tree, size_t skipped,
			   struct tmd_py_call *call);

/* Does a node of an argument list stand for an argument? */
bool tmd_py_is_argument(const struct tmd_py_tree *tree, uint32_t node);

/* The expression that is passed: the value of a keyword argument, else the argument itself. */
uint32_t tmd_py_value_of(const struct tmd_py_tree *tree, uint32_t argument);

#endif
