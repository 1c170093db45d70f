/*
 * Scalars of YAML 1.1 under the schema of PyYAML's FullLoader: which type a plain text resolves
 * to, and whether Python can build the value.
 */
#ifndef TMD_YAML_SCALAR_H
#define TMD_YAML_SCALAR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"

enum tmd_yaml_tag {
	TMD_YAML_STR,
	TMD_YAML_NULL,
	TMD_YAML_BOOL,
	TMD_YAML_INT,
	TMD_YAML_FLOAT,
	TMD_YAML_TIMESTAMP,
	TMD_YAML_BINARY, /* as base64 */
	TMD_YAML_MERGE,	 /* a plain << */
	TMD_YAML_VALUE,	 /* a plain = */
	TMD_YAML_SEQ,
	TMD_YAML_MAP,
	TMD_YAML_SET,
	TMD_YAML_PAIRS, /* !!omap, !!pairs: a list of mappings with one key each */
};

/* The type of a plain scalar without a tag. */
enum tmd_yaml_tag tmd_yaml_resolve_plain(const char *text);

/*
 * Can Python build the value? 2024-02-30 resolves to a date and then fails, 0x_ to an int. `len`
 * is the length of `text`, which may hold NULs.
 */
bool tmd_yaml_scalar_valid(enum tmd_yaml_tag tag, const char *text, size_t len);

/*
 * str(value) in Python, where that is the text itself, or "True" for yes and "False" for no. NULL
 * for a null, and for what Python prints in other words: 0.20, 0x10, 1_0, 18:30:15, a text with a
 * NUL. The scalar must be valid; the caller frees.
 */
char *tmd_yaml_python_text(enum tmd_yaml_tag tag, const char *text, size_t len) TMD_MUST_CHECK;

/* "a float", "a date" and so on, for messages. */
const char *tmd_yaml_tag_name(enum tmd_yaml_tag tag);

#endif
