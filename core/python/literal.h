/* Expressions in one spelling, and paths as string literals. */
#ifndef TMD_PYTHON_LITERAL_H
#define TMD_PYTHON_LITERAL_H

#include "python/tree.h"

/*
 * A literal of an absolute path becomes that path; of anything else the spelling of blanks, line
 * ends and plain quotes goes. The caller frees.
 */
char *tmd_py_spell(const struct tmd_py_tree *tree, uint32_t expression) TMD_MUST_CHECK;

/* A literal that Python 2 and 3 read as this text. The caller frees. */
char *tmd_py_quote(const char *text) TMD_MUST_CHECK;

#endif
