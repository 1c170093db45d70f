/* Attribute values: one shape at a time, owned, compared by content. */
#include "base/value.h"

#include "unit.h"

START_TEST(zeroed_value_is_null)
{
	struct tmd_value value = { 0 };

	ck_assert_int_eq(value.kind, TMD_V_NULL);
	ck_assert_ptr_null(tmd_value_str(&value));
	ck_assert(tmd_value_bool(&value, true));
	ck_assert_ptr_null(tmd_value_map_get(&value, "a"));
	tmd_value_release(&value);
	tmd_value_release(NULL);
}
END_TEST

START_TEST(setting_replaces_what_was_there)
{
	TMD_AUTO_VALUE struct tmd_value value = { 0 };
	struct tmd_strv list = { 0 };

	tmd_value_set_string(&value, "text");
	ck_assert_str_eq(tmd_value_str(&value), "text");
	tmd_value_set_bool(&value, true);
	ck_assert_ptr_null(tmd_value_str(&value));
	ck_assert(tmd_value_bool(&value, false));
	tmd_value_set_int(&value, INT64_MIN);
	ck_assert_int_eq(value.kind, TMD_V_INT);
	ck_assert(value.integer == INT64_MIN);
	ck_assert(!tmd_value_bool(&value, false));
	tmd_strv_add(&list, "a");
	tmd_value_set_list(&value, &list);
	tmd_strv_release(&list);
	ck_assert_int_eq(value.kind, TMD_V_LIST);
	ck_assert_str_eq(value.list.items[0], "a");
	tmd_value_map_set(&value, "k", "v");
	ck_assert_int_eq(value.kind, TMD_V_MAP);
	ck_assert_uint_eq(value.list.count, 1);
	tmd_value_set_string(&value, NULL);
	ck_assert_int_eq(value.kind, TMD_V_NULL);
}
END_TEST

START_TEST(value_may_be_set_from_itself)
{
	TMD_AUTO_VALUE struct tmd_value value = { 0 };

	tmd_value_set_string(&value, "text");
	tmd_value_set_string(&value, value.string);
	ck_assert_str_eq(value.string, "text");
	tmd_value_copy(&value, &value);
	ck_assert_str_eq(value.string, "text");
	tmd_value_list_add(&value, "item");
	tmd_value_set_list(&value, &value.list);
	ck_assert_str_eq(value.list.items[0], "item");
	tmd_value_map_set(&value, "k", "v");
	tmd_value_map_set(&value, "k", tmd_value_map_get(&value, "k"));
	ck_assert_str_eq(tmd_value_map_get(&value, "k"), "v");
}
END_TEST

START_TEST(taken_string_is_owned)
{
	TMD_AUTO_VALUE struct tmd_value value = { 0 };
	char *text = strdup("mine");

	tmd_value_take_string(&value, text);
	ck_assert_ptr_eq(value.string, text);
	tmd_value_take_string(&value, NULL);
	ck_assert_int_eq(value.kind, TMD_V_NULL);
}
END_TEST

START_TEST(map_keeps_insertion_order_and_nulls)
{
	TMD_AUTO_VALUE struct tmd_value value = { 0 };

	tmd_value_map_set(&value, "z", "1");
	tmd_value_map_set(&value, "a", NULL);
	tmd_value_map_set(&value, "z", "2");
	tmd_value_map_set(&value, "m", "3");
	ck_assert_uint_eq(value.list.count, 3);
	ck_assert_str_eq(value.list.items[0], "z");
	ck_assert_str_eq(value.list.items[2], "m");
	ck_assert_str_eq(tmd_value_map_get(&value, "z"), "2");
	ck_assert_ptr_null(tmd_value_map_get(&value, "a"));
	ck_assert_ptr_null(tmd_value_map_get(&value, "missing"));
	tmd_value_map_set(&value, "z", NULL);
	ck_assert_ptr_null(tmd_value_map_get(&value, "z"));
}
END_TEST

static void fill(struct tmd_value *value, enum tmd_value_kind kind, bool other)
{
	switch (kind) {
	case TMD_V_NULL:
		break;
	case TMD_V_BOOL:
		tmd_value_set_bool(value, other);
		break;
	case TMD_V_INT:
		tmd_value_set_int(value, other ? 2 : 1);
		break;
	case TMD_V_STRING:
		tmd_value_set_string(value, other ? "b" : "a");
		break;
	case TMD_V_LIST:
		tmd_value_list_add(value, "a");
		tmd_value_list_add(value, other ? "c" : "b");
		break;
	case TMD_V_MAP:
		tmd_value_map_set(value, "a", NULL);
		tmd_value_map_set(value, "b", other ? NULL : "x");
		break;
	}
}

START_TEST(copies_are_equal_and_kinds_differ)
{
	for (int i = TMD_V_NULL; i <= TMD_V_MAP; i++) {
		for (int j = TMD_V_NULL; j <= TMD_V_MAP; j++) {
			TMD_AUTO_VALUE struct tmd_value a = { 0 };
			TMD_AUTO_VALUE struct tmd_value b = { 0 };

			fill(&a, (enum tmd_value_kind)i, false);
			fill(&b, (enum tmd_value_kind)j, false);
			ck_assert_msg(tmd_value_equal(&a, &b) == (i == j), "%d %d", i, j);
			tmd_value_copy(&b, &a);
			ck_assert_msg(tmd_value_equal(&a, &b), "%d %d", i, j);
		}
	}
}
END_TEST

START_TEST(other_content_is_not_equal)
{
	for (int i = TMD_V_BOOL; i <= TMD_V_MAP; i++) {
		TMD_AUTO_VALUE struct tmd_value a = { 0 };
		TMD_AUTO_VALUE struct tmd_value b = { 0 };

		fill(&a, (enum tmd_value_kind)i, false);
		fill(&b, (enum tmd_value_kind)i, true);
		ck_assert_msg(!tmd_value_equal(&a, &b), "%d", i);
	}
}
END_TEST

START_TEST(maps_differ_by_order_and_by_size)
{
	TMD_AUTO_VALUE struct tmd_value a = { 0 };
	TMD_AUTO_VALUE struct tmd_value b = { 0 };

	tmd_value_map_set(&a, "x", "1");
	tmd_value_map_set(&a, "y", NULL);
	tmd_value_map_set(&b, "y", NULL);
	tmd_value_map_set(&b, "x", "1");
	ck_assert(!tmd_value_equal(&a, &b));
	tmd_value_copy(&b, &a);
	tmd_value_map_set(&b, "z", NULL);
	ck_assert(!tmd_value_equal(&a, &b));
}
END_TEST

static Suite *value_suite(void)
{
	Suite *suite = suite_create("value");
	TCase *core = tcase_create("core");

	tcase_add_test(core, zeroed_value_is_null);
	tcase_add_test(core, setting_replaces_what_was_there);
	tcase_add_test(core, value_may_be_set_from_itself);
	tcase_add_test(core, taken_string_is_owned);
	tcase_add_test(core, map_keeps_insertion_order_and_nulls);
	tcase_add_test(core, copies_are_equal_and_kinds_differ);
	tcase_add_test(core, other_content_is_not_equal);
	tcase_add_test(core, maps_differ_by_order_and_by_size);
	suite_add_tcase(suite, core);
	return suite;
}

UNIT_MAIN(value_suite)
