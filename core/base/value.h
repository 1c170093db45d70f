/* The value of one attribute of a resource, in the few shapes the protocol has. */
#ifndef TMD_BASE_VALUE_H
#define TMD_BASE_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/strv.h"

enum tmd_value_kind {
	TMD_V_NULL = 0, /* not given, or nothing there */
	TMD_V_BOOL,
	TMD_V_INT,
	TMD_V_STRING,
	TMD_V_LIST, /* of strings */
	TMD_V_MAP,  /* string to string-or-null, in insertion order */
};

/* Zero-initialised it is null. Owns what it points to. */
struct tmd_value {
	enum tmd_value_kind kind;
	bool boolean;
	int64_t integer;
	char *string;
	struct tmd_strv list; /* LIST: items; MAP: keys */
	char **map_values;    /* MAP: one per key, NULL for null */
};

#define TMD_AUTO_VALUE TMD_CLEANUP(tmd_value_release)

/* Setters release what was there before. Strings are copied. */
void tmd_value_release(struct tmd_value *value); /* becomes null */
void tmd_value_set_bool(struct tmd_value *value, bool boolean);
void tmd_value_set_int(struct tmd_value *value, int64_t integer);
void tmd_value_set_string(struct tmd_value *value, const char *text); /* NULL: null */
void tmd_value_take_string(struct tmd_value *value, char *text);      /* takes ownership */
void tmd_value_set_list(struct tmd_value *value, const struct tmd_strv *list);
void tmd_value_list_add(struct tmd_value *value, const char *text); /* null becomes a list */
void tmd_value_map_set(struct tmd_value *value, const char *key,
		       const char *text); /* null becomes a map; text may be NULL */
/* NULL when it is not a map, lacks the key, or the key holds null. */
const char *tmd_value_map_get(const struct tmd_value *value, const char *key);
void tmd_value_copy(struct tmd_value *to, const struct tmd_value *from);
bool tmd_value_equal(const struct tmd_value *a, const struct tmd_value *b);

/* The string, or NULL for every other kind. */
const char *tmd_value_str(const struct tmd_value *value);
/* The boolean, or `fallback` for every other kind. */
bool tmd_value_bool(const struct tmd_value *value, bool fallback);

#endif
