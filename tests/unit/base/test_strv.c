/* The list of strings. */
#include "base/strv.h"

#include "unit.h"

static void assert_items(const struct tmd_strv *list, const char *const *wanted)
{
	size_t i;

	for (i = 0; wanted[i]; i++) {
		ck_assert_uint_lt(i, list->count);
		ck_assert_str_eq(list->items[i], wanted[i]);
	}
	ck_assert_uint_eq(list->count, i);
}

START_TEST(items_are_copied_in_order)
{
	TMD_AUTO_STRV struct tmd_strv list = { 0 };
	char text[] = "one";

	tmd_strv_add(&list, text);
	text[0] = 'X';
	tmd_strv_addn(&list, "twofold", 3);
	tmd_strv_addf(&list, "%s-%d", "three", 3);
	assert_items(&list, (const char *const[]){ "one", "two", "three-3", NULL });
}
END_TEST

START_TEST(list_grows_past_its_first_room)
{
	TMD_AUTO_STRV struct tmd_strv list = { 0 };

	for (int i = 0; i < 1000; i++)
		tmd_strv_addf(&list, "%d", i);
	ck_assert_uint_eq(list.count, 1000);
	ck_assert_str_eq(list.items[0], "0");
	ck_assert_str_eq(list.items[999], "999");
}
END_TEST

START_TEST(sorting_is_by_bytes)
{
	TMD_AUTO_STRV struct tmd_strv list = { 0 };

	tmd_strv_sort(&list);
	tmd_strv_add(&list, "b");
	tmd_strv_add(&list, "\xC3\xA4");
	tmd_strv_add(&list, "B");
	tmd_strv_add(&list, "a10");
	tmd_strv_add(&list, "a9");
	tmd_strv_sort(&list);
	assert_items(&list, (const char *const[]){ "B", "a10", "a9", "b", "\xC3\xA4", NULL });
}
END_TEST

START_TEST(add_once_keeps_the_first)
{
	TMD_AUTO_STRV struct tmd_strv list = { 0 };

	tmd_strv_add_once(&list, "a");
	tmd_strv_add_once(&list, "b");
	tmd_strv_add_once(&list, "a");
	assert_items(&list, (const char *const[]){ "a", "b", NULL });
	ck_assert(tmd_strv_has(&list, "b"));
	ck_assert(!tmd_strv_has(&list, "B"));
}
END_TEST

START_TEST(copy_replaces_and_is_deep)
{
	TMD_AUTO_STRV struct tmd_strv from = { 0 };
	TMD_AUTO_STRV struct tmd_strv to = { 0 };

	tmd_strv_add(&to, "old");
	tmd_strv_add(&from, "a");
	tmd_strv_copy(&to, &from);
	from.items[0][0] = 'X';
	assert_items(&to, (const char *const[]){ "a", NULL });
	tmd_strv_copy(&to, &to);
	assert_items(&to, (const char *const[]){ "a", NULL });
}
END_TEST

START_TEST(equality_counts_order)
{
	TMD_AUTO_STRV struct tmd_strv a = { 0 };
	TMD_AUTO_STRV struct tmd_strv b = { 0 };

	ck_assert(tmd_strv_equal(&a, &b));
	tmd_strv_add(&a, "1");
	tmd_strv_add(&a, "2");
	tmd_strv_add(&b, "2");
	ck_assert(!tmd_strv_equal(&a, &b));
	tmd_strv_add(&b, "1");
	ck_assert(!tmd_strv_equal(&a, &b));
	tmd_strv_sort(&b);
	ck_assert(tmd_strv_equal(&a, &b));
	tmd_strv_add(&b, "3");
	ck_assert(!tmd_strv_equal(&a, &b));
	ck_assert(!tmd_strv_equal(&b, &a));
}
END_TEST

START_TEST(remove_closes_the_gap)
{
	TMD_AUTO_STRV struct tmd_strv list = { 0 };

	tmd_strv_add(&list, "a");
	tmd_strv_add(&list, "b");
	tmd_strv_add(&list, "c");
	tmd_strv_remove(&list, 1);
	assert_items(&list, (const char *const[]){ "a", "c", NULL });
	tmd_strv_remove(&list, 1);
	tmd_strv_remove(&list, 0);
	ck_assert_uint_eq(list.count, 0);
}
END_TEST

START_TEST(released_list_can_be_used_again)
{
	TMD_AUTO_STRV struct tmd_strv list = { 0 };

	tmd_strv_add(&list, "a");
	tmd_strv_release(&list);
	tmd_strv_release(&list);
	tmd_strv_release(NULL);
	tmd_strv_add(&list, "b");
	assert_items(&list, (const char *const[]){ "b", NULL });
}
END_TEST

START_TEST(place_in_a_sorted_array_is_the_first_not_before)
{
	static const struct {
		const char *key;
		int more;
	} items[] = { { "a", 1 }, { "c", 2 }, { "c", 3 }, { "e", 4 } };
	static const struct {
		const char *text;
		size_t place;
	} cases[] = { { "", 0 }, { "a", 0 }, { "b", 1 }, { "c", 1 }, { "d", 3 }, { "e", 3 }, { "f", 4 } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		ck_assert_uint_eq(tmd_sorted_place(items, 4, sizeof(*items), cases[i].text),
				  cases[i].place);
	ck_assert_uint_eq(tmd_sorted_place(NULL, 0, sizeof(*items), "a"), 0);
}
END_TEST

static Suite *strv_suite(void)
{
	Suite *suite = suite_create("strv");
	TCase *core = tcase_create("core");

	tcase_add_test(core, items_are_copied_in_order);
	tcase_add_test(core, list_grows_past_its_first_room);
	tcase_add_test(core, sorting_is_by_bytes);
	tcase_add_test(core, add_once_keeps_the_first);
	tcase_add_test(core, copy_replaces_and_is_deep);
	tcase_add_test(core, equality_counts_order);
	tcase_add_test(core, remove_closes_the_gap);
	tcase_add_test(core, place_in_a_sorted_array_is_the_first_not_before);
	tcase_add_test(core, released_list_can_be_used_again);
	suite_add_tcase(suite, core);
	return suite;
}

UNIT_MAIN(strv_suite)
