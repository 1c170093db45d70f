/* What must hold of every type's table: the engine and the generators rest on it. */
#include "unit.h"

#include "base/mem.h"
#include "resources/types.h"

static const struct tmd_type *type; /* the one that the loop is about */

static void setup(void)
{
	type = NULL;
}

static void teardown(void)
{
}

static bool is_choice(const struct tmd_field *field, const char *text)
{
	for (size_t i = 0; field->choices && field->choices[i]; i++) {
		if (strcmp(field->choices[i], text) == 0)
			return true;
	}
	return false;
}

static unsigned count(unsigned flags)
{
	unsigned found = 0;

	for (size_t i = 0; i < type->field_count; i++)
		found += (type->fields[i].flags & flags) == flags;
	return found;
}

START_TEST(every_type_can_be_read_and_told_of)
{
	type = tmd_types[_i];
	ck_assert(type->name && type->summary && type->backends && type->backends[0]);
	ck_assert(type->normalize && type->read);
	ck_assert_uint_le(type->field_count, TMD_FIELDS_MAX);
	ck_assert(!type->commit == !type->commit_text);
	for (size_t i = 0; i < type->field_count; i++)
		ck_assert_msg(type->fields[i].name && type->fields[i].doc, "%s: field %zu",
			      type->name, i);
}
END_TEST

START_TEST(every_default_is_a_value_that_could_be_given)
{
	type = tmd_types[_i];
	for (size_t i = 0; i < type->field_count; i++) {
		const struct tmd_field *field = &type->fields[i];
		TMD_AUTO_VALUE struct tmd_value value = { 0 };

		if (!field->fallback)
			continue;
		ck_assert_msg(tmd_field_parse(field, field->fallback, &value), "%s", field->name);
		ck_assert_msg(!field->choices || is_choice(field, field->fallback), "%s",
			      field->name);
		ck_assert_msg(!(field->flags & TMD_F_READ_ONLY), "%s", field->name);
	}
}
END_TEST

START_TEST(flags_of_every_type_go_together)
{
	type = tmd_types[_i];
	ck_assert_uint_ge(count(TMD_F_KEY), 1);
	ck_assert_uint_ne(count(TMD_F_ALTERNATIVE), 1);
	ck_assert_uint_eq(count(TMD_F_ALTERNATIVE), count(TMD_F_KEY | TMD_F_ALTERNATIVE));
	ck_assert_uint_le(count(TMD_F_STATE), 1);
	ck_assert_uint_eq(count(TMD_F_UNLESS_ABSENT), count(TMD_F_UNLESS_ABSENT | TMD_F_REQUIRED));
	ck_assert(type->list || !count(TMD_F_WHERE));
	for (size_t i = 0; i < type->field_count; i++) {
		const struct tmd_field *field = &type->fields[i];

		ck_assert(field->type != TMD_T_ENUM || field->choices);
		ck_assert(!(field->flags & TMD_F_STATE) || is_choice(field, TMD_ABSENT));
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("resources_types");
	TCase *c = tcase_create("types");
	int types = 0;

	while (tmd_types[types])
		types++;
	tcase_add_checked_fixture(c, setup, teardown);
	suite_add_tcase(s, c);
	tcase_add_loop_test(c, every_type_can_be_read_and_told_of, 0, types);
	tcase_add_loop_test(c, every_default_is_a_value_that_could_be_given, 0, types);
	tcase_add_loop_test(c, flags_of_every_type_go_together, 0, types);
	return s;
}

UNIT_MAIN(suite)
