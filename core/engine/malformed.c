/* What is kept of a resource that cannot be carried out. */
#include "engine/malformed.h"

#include <string.h>

#include "base/mem.h"
#include "engine/attributes.h"

static const struct tmd_field fields[] = {
	{ .name = "path", .type = TMD_T_PATH, .flags = TMD_F_KEY, .doc = "What it is about." },
};
static const char *const no_backends[] = { NULL };

const struct tmd_type tmd_type_unknown = {
	.name = "unknown",
	.summary = "A resource whose type is not known.",
	.fields = fields,
	.field_count = sizeof(fields) / sizeof(*fields),
	.backends = no_backends,
	.rank = -1, /* before all others, any of which may rest on it */
};

void tmd_malformed_note(struct tmd_result *result, const struct tmd_error *err)
{
	if (!result->error.kind)
		result->error = *err;
}

void tmd_malformed_guess(struct tmd_result *result, const char *name, const char *text)
{
	const struct tmd_type *type = result->resource.type;
	size_t index = tmd_attribute_nearest(type, name);
	struct tmd_error ignored;

	if (!text || index == type->field_count || !(type->fields[index].flags & TMD_F_KEY) ||
	    result->resource.input[index].kind != TMD_V_NULL)
		return;
	(void)(tmd_attribute_set_text(result, index, text, &ignored) == TMD_OK);
	result->given[index] = false;
}

static bool is_name(const struct tmd_value *value)
{
	const char *text = tmd_value_str(value);

	return text && !strchr(text, '\n');
}

void tmd_malformed_hide_texts(struct tmd_result *result)
{
	struct tmd_resource *r = &result->resource;

	for (size_t i = 0; i < r->type->field_count; i++) {
		const struct tmd_field *field = &r->type->fields[i];

		if (!(field->flags & TMD_F_FILES) || r->input[i].kind == TMD_V_NULL ||
		    is_name(&r->input[i]))
			continue;
		tmd_resource_withhold(r, i);
		if ((field->flags & TMD_F_KEY) && !r->name)
			r->name = tmd_strdup(field->name);
	}
}
