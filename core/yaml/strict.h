/*
 * Where libyaml and PyYAML differ. What libyaml forgives is found in the text beside its events;
 * what only libyaml refuses stays refused, by its name.
 */
#ifndef TMD_YAML_STRICT_H
#define TMD_YAML_STRICT_H

#include <stdbool.h>
#include <stddef.h>

struct tmd_yaml_flaw {
	size_t at; /* byte */
	const char *what;
	const char *hint;
};

extern const struct tmd_yaml_flaw tmd_yaml_tab; /* without a place */

/* Where libyaml stops and PyYAML does not: another way to write it; NULL: PyYAML may stop too. */
const char *tmd_yaml_libyaml_alone(const char *problem);

/* Each looks at bytes start to end of `data`, and answers true with `out` filled for a flaw. */

/* Between two scalars: a tab or a byte order mark outside comments. `start` is where a scalar ends, or 0. */
bool tmd_yaml_flaw_in_gap(const char *data, size_t start, size_t end, struct tmd_yaml_flaw *out);

/* Before a document: a directive with a # right behind it. */
bool tmd_yaml_flaw_in_directives(const char *data, size_t start, size_t end,
				 struct tmd_yaml_flaw *out);

/* A plain scalar: a tab, and in brackets (`flow`) a question mark. */
bool tmd_yaml_flaw_in_plain(const char *data, size_t start, size_t end, bool flow,
			    struct tmd_yaml_flaw *out);

/* A block scalar, from its | or >: what stands on that line. */
bool tmd_yaml_flaw_in_header(const char *data, size_t start, size_t end,
			     struct tmd_yaml_flaw *out);

/* A tag, from its !: what ends it. */
bool tmd_yaml_flaw_in_tag(const char *data, size_t start, size_t end, struct tmd_yaml_flaw *out);

/* Where that stands which the tag or anchor at `at` belongs to. */
size_t tmd_yaml_behind_property(const char *data, size_t at, size_t end);

#endif
