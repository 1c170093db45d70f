/* How the bytes of a Python source are to be read (PEP 263). */
#ifndef TMD_PYTHON_ENCODING_H
#define TMD_PYTHON_ENCODING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum tmd_py_encoding {
	TMD_PY_ASCII,	 /* no byte beyond ASCII, and no declaration */
	TMD_PY_UTF8,	 /* declared, by a byte order mark, or not declared at all */
	TMD_PY_ONE_BYTE, /* another one in which a byte of ASCII is that character */
};

/*
 * Fails with refused: NUL, lines that end in CR alone, an encoding in which a byte of ASCII may be
 * part of another character, or that contradicts the bytes.
 */
enum tmd_rc tmd_py_encoding_of(const char *text, size_t len, const char *path,
			       enum tmd_py_encoding *out, struct tmd_error *err) TMD_MUST_CHECK;

#endif
