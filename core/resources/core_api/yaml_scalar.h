/*
 * What PyYAML's FullLoader makes of one YAML 1.1 scalar: which type a plain text resolves
 * to, and how Python prints the value.
 */
#ifndef TMD_CORE_API_YAML_SCALAR_H
#define TMD_CORE_API_YAML_SCALAR_H

#include <stdbool.h>

#include "base/cleanup.h"

enum tmd_yaml_tag {
	TMD_YAML_STR,
	TMD_YAML_NULL,
	TMD_YAML_BOOL,
	TMD_YAML_INT,
	TMD_YAML_FLOAT,
	TMD_YAML_TIMESTAMP,
	TMD_YAML_MERGE, /* a plain << */
	TMD_YAML_VALUE, /* a plain = */
	TMD_YAML_SEQ,
	TMD_YAML_MAP,
};

/* The type of a plain scalar without a tag. */
enum tmd_yaml_tag tmd_yaml_resolve_plain(const char *text);

/* Can PyYAML build the value? 2024-02-30 resolves to a date and then fails, 0x_ to an int. */
bool tmd_yaml_scalar_valid(enum tmd_yaml_tag tag, const char *text);

/*
 * str(value) in Python: "0.2" for a float 0.20, "True" for yes. NULL for a null; the caller
 * frees. The scalar must be valid. Numbers of more than 1,000 characters come as written.
 */
char *tmd_yaml_python_text(enum tmd_yaml_tag tag, const char *text) TMD_MUST_CHECK;

/* "a float", "a date" and so on, for messages. */
const char *tmd_yaml_tag_name(enum tmd_yaml_tag tag);

/* A text for a message: its beginning, on one line. The caller frees. */
char *tmd_yaml_excerpt(const char *text) TMD_MUST_CHECK;

#endif
