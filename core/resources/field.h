/*
 * The field table of a type: one row an attribute. What input is taken, what is compared and
 * reported, `describe`, and all that is generated from it, follow from the rows.
 */
#ifndef TMD_RESOURCES_FIELD_H
#define TMD_RESOURCES_FIELD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/value.h"

enum tmd_field_type {
	TMD_T_STRING,
	TMD_T_ENUM,  /* a string out of `choices` */
	TMD_T_BOOL,
	TMD_T_INT,
	TMD_T_LIST,  /* of strings; out of `choices` when given */
	TMD_T_MAP,   /* string to string-or-null */
	TMD_T_PATH,  /* a managed path: the engine makes it absolute and rejects "" and NUL */
};

enum tmd_field_flag {
	TMD_F_KEY = 1 << 0,       /* names the resource: needed for every verb */
	TMD_F_REQUIRED = 1 << 1,  /* needed for plan and apply; an explicit null counts as given */
	TMD_F_READ_ONLY = 1 << 2, /* reported; accepted and ignored in input */
	TMD_F_PARAM = 1 << 3,     /* steers the work, is never compared; reported as wished for
				     where read() says nothing else */
	TMD_F_UNLESS_ABSENT = 1 << 4, /* with REQUIRED: not needed when the resource is to go */
	TMD_F_STATE = 1 << 5,     /* an enumeration whose choice TMD_ABSENT wants it to be gone */
	TMD_F_WHERE = 1 << 6,     /* says where to look: the verb list takes it */
	TMD_F_FILES = 1 << 7,     /* may name files of the caller's, which are read as input */
	TMD_F_PLACE = 1 << 8,     /* says with the key which thing is meant; part of the identity */
	TMD_F_REFERS = 1 << 9,    /* may name a managed file that a resource of another type makes,
				     as FILE or as WORD:FILE */
	TMD_F_ALTERNATIVE = 1 << 10, /* with KEY: exactly one of the keys marked so is needed */
	TMD_F_MANY = 1 << 11,     /* a path that may be several (resources/paths.h), or a list of such:
				     managed paths, or with FILES files of the caller's */
	TMD_F_BEYOND = 1 << 12,   /* with READ_ONLY: what no step can bring about. A wish for it is
				     compared where a reading is judged, and not by plan and apply */
};

#define TMD_ABSENT "absent"
#define TMD_FIELDS_MAX 32 /* of one type */

struct tmd_field {
	const char *name;
	enum tmd_field_type type;
	unsigned flags;
	const char *fallback;           /* default as text, as tmd_field_parse() reads it; NULL: none */
	const char *const *choices;     /* NULL-terminated, or NULL */
	const char *doc;                /* one or more sentences, plain text */
};

/*
 * Text as the command line writes it: "true" or "false", digits, or any text. To a list it is
 * added as one item, to a map as KEY=TEXT; empty text adds nothing. False, and `value` as it was,
 * when it does not fit the type; choices are not looked at.
 */
bool tmd_field_parse(const struct tmd_field *field, const char *text,
		     struct tmd_value *value) TMD_MUST_CHECK;

/* May it be given several times, each time adding to what is there (a list, a map)? */
bool tmd_field_collects(const struct tmd_field *field);

/* Does it say where to look for instances, and nothing about one of them? */
bool tmd_field_is_for_list(const struct tmd_field *field);

/* The index of the field of this name, or `count`. */
size_t tmd_field_find(const struct tmd_field *fields, size_t count, const char *name);

#endif
