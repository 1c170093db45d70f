/* Attribute values from text and from typed input, checked against the field table. */
#ifndef TMD_ENGINE_ATTRIBUTES_H
#define TMD_ENGINE_ATTRIBUTES_H

#include "engine/run.h"

#define TMD_ATTRIBUTE_MAX ((size_t)64 << 10) /* bytes of one string, a PEM text included */
#define TMD_LIST_MAX 4096                    /* items of one list */

/*
 * The field's index; fails with invalid_input, naming the attribute that may be meant and those
 * there are.
 */
enum tmd_rc tmd_attribute_find(const struct tmd_type *type, const char *name, size_t *index,
			       struct tmd_error *err) TMD_MUST_CHECK;

/* The field, of those that can be set, whose name is nearest to this one; field_count: none is near. */
size_t tmd_attribute_nearest(const struct tmd_type *type, const char *name);

/*
 * From text, as the command line and YAML give it: "true" for a boolean, digits for a
 * number, everything else a string. For a list the text is one item, which is added; an
 * empty text adds none, so that "sources=" is an empty list.
 */
enum tmd_rc tmd_attribute_set_text(struct tmd_result *result, size_t index, const char *text,
				   struct tmd_error *err) TMD_MUST_CHECK;

/* From a typed value; `value` is moved. An explicit null counts as given. */
enum tmd_rc tmd_attribute_set(struct tmd_result *result, size_t index, struct tmd_value *value,
			      struct tmd_error *err) TMD_MUST_CHECK;

/*
 * Managed paths become absolute, each of several (resources/paths.h): relative ones start at
 * base_dir, where there is one, and only on the live machine.
 */
enum tmd_rc tmd_attributes_finish(struct tmd_result *result, struct tmd_fs *fs,
				  struct tmd_error *err) TMD_MUST_CHECK;

/* "string", "boolean" … as JSON Schema calls the field's type. */
const char *tmd_attribute_type_name(const struct tmd_field *field);

#endif
