/* What was read, compared with what is there later, without a disk. */
#include "os/seen.h"

#include "unit.h"

static struct tmd_seen seen;

static const struct tmd_identity none = { .exists = false };
static const struct tmd_identity one = { true, 1, 10, 100, 1000, 10000 };
static const struct tmd_seen_name a = { "/a", false, "/a" };
static const struct tmd_seen_name a_followed = { "/a", true, "/real" };
static const struct tmd_seen_name b = { "/b", false, "/b" };

static void setup(void)
{
	memset(&seen, 0, sizeof(seen));
	seen.on = true;
}

static void teardown(void)
{
	tmd_seen_release(&seen);
}

START_TEST(whatever_changes_is_another_identity)
{
	const struct tmd_identity others[] = {
		{ true, 2, 10, 100, 1000, 10000 }, { true, 1, 11, 100, 1000, 10000 },
		{ true, 1, 10, 101, 1000, 10000 }, { true, 1, 10, 100, 1001, 10000 },
		{ true, 1, 10, 100, 1000, 10001 }, none,
	};

	ck_assert(tmd_identity_equal(&one, &one));
	ck_assert(tmd_identity_equal(&none, &none));
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		ck_assert_msg(!tmd_identity_equal(&one, &others[i]), "%zu", i);
		ck_assert_msg(!tmd_identity_equal(&others[i], &one), "%zu", i);
	}
}
END_TEST

START_TEST(nothing_noted_differs_from_nothing)
{
	ck_assert(!tmd_seen_differs(&seen, &a, &one));
	ck_assert(!tmd_seen_differs(&seen, &a, &none));
}
END_TEST

START_TEST(nothing_is_noted_while_it_is_off)
{
	seen.on = false;
	tmd_seen_note(&seen, &a, &none);
	ck_assert_uint_eq(seen.count, 0);
}
END_TEST

START_TEST(the_same_look_is_noted_once)
{
	for (size_t i = 0; i < 3; i++) {
		tmd_seen_note(&seen, &a, &one);
		tmd_seen_note(&seen, &b, &none);
	}
	ck_assert_uint_eq(seen.count, 2);
	tmd_seen_note(&seen, &a_followed, &one);
	tmd_seen_note(&seen, &a, &none);
	ck_assert_uint_eq(seen.count, 4);
}
END_TEST

START_TEST(another_file_at_the_name_differs)
{
	tmd_seen_note(&seen, &a, &none);
	ck_assert(tmd_seen_differs(&seen, &a, &one));
	ck_assert(!tmd_seen_differs(&seen, &a, &none));
	ck_assert(!tmd_seen_differs(&seen, &b, &one));
}
END_TEST

START_TEST(another_file_at_the_place_differs_under_any_name)
{
	const struct tmd_seen_name alias = { "/alias", true, "/a" };

	tmd_seen_note(&seen, &alias, &none);
	ck_assert(tmd_seen_differs(&seen, &a, &one));
}
END_TEST

START_TEST(the_same_words_that_lead_elsewhere_differ)
{
	const struct tmd_seen_name elsewhere = { "/a", true, "/other" };

	tmd_seen_note(&seen, &a_followed, &one);
	ck_assert(tmd_seen_differs(&seen, &elsewhere, &one));
	ck_assert(!tmd_seen_differs(&seen, &a_followed, &one));
}
END_TEST

START_TEST(a_link_and_what_it_leads_to_are_two)
{
	tmd_seen_note(&seen, &a, &none);
	ck_assert(!tmd_seen_differs(&seen, &a_followed, &one));
}
END_TEST

START_TEST(all_that_was_noted_has_to_agree)
{
	tmd_seen_note(&seen, &a, &none);
	tmd_seen_note(&seen, &a, &one);
	ck_assert(tmd_seen_differs(&seen, &a, &one));
	ck_assert(tmd_seen_differs(&seen, &a, &none));
}
END_TEST

START_TEST(a_change_of_our_own_is_noted_anew)
{
	const struct tmd_seen_name alias = { "/alias", true, "/a" };

	tmd_seen_note(&seen, &b, &one);
	tmd_seen_note(&seen, &a, &none);
	tmd_seen_note(&seen, &alias, &none);
	tmd_seen_renew(&seen, &a, &one);
	ck_assert(!tmd_seen_differs(&seen, &a, &one));
	ck_assert(!tmd_seen_differs(&seen, &alias, &one));
	ck_assert(tmd_seen_differs(&seen, &a, &none));
	ck_assert(tmd_seen_differs(&seen, &b, &none));
	ck_assert_uint_eq(seen.count, 2);
}
END_TEST

static Suite *seen_suite(void)
{
	Suite *suite = suite_create("seen");
	TCase *core = tcase_create("core");

	tcase_add_checked_fixture(core, setup, teardown);
	tcase_add_test(core, whatever_changes_is_another_identity);
	tcase_add_test(core, nothing_noted_differs_from_nothing);
	tcase_add_test(core, nothing_is_noted_while_it_is_off);
	tcase_add_test(core, the_same_look_is_noted_once);
	tcase_add_test(core, another_file_at_the_name_differs);
	tcase_add_test(core, another_file_at_the_place_differs_under_any_name);
	tcase_add_test(core, the_same_words_that_lead_elsewhere_differ);
	tcase_add_test(core, a_link_and_what_it_leads_to_are_two);
	tcase_add_test(core, all_that_was_noted_has_to_agree);
	tcase_add_test(core, a_change_of_our_own_is_noted_anew);
	suite_add_tcase(suite, core);
	return suite;
}

UNIT_MAIN(seen_suite)
