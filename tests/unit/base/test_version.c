/* The order of versions: Toolkit's rules, and PEP 440's own examples. */
#include "base/version.h"

#include "unit.h"

static int order_of(const char *a, const char *b)
{
	struct tmd_error err;
	int order = 99;

	ck_ok(tmd_version_compare(a, b, &order, &err), err);
	return (order > 0) - (order < 0);
}

static void assert_ascending(const char *const *list)
{
	for (size_t i = 0; list[i]; i++) {
		for (size_t j = 0; list[j]; j++) {
			int wanted = (i > j) - (i < j);

			ck_assert_msg(order_of(list[i], list[j]) == wanted, "%s against %s",
				      list[i], list[j]);
		}
	}
}

static void assert_equal_versions(const char *a, const char *b)
{
	ck_assert_msg(order_of(a, b) == 0 && order_of(b, a) == 0, "%s and %s", a, b);
}

static void assert_no_order(const char *a, const char *b)
{
	struct tmd_error err;
	int order = 99;

	ck_fails(tmd_version_compare(a, b, &order, &err), err, TMD_E_INVALID_INPUT);
	ck_assert_int_eq(order, 99);
	ck_fails(tmd_version_compare(b, a, &order, &err), err, TMD_E_INVALID_INPUT);
}

START_TEST(numbers_are_compared_as_numbers)
{
	static const char *const list[] = { "v0.9.0",	"v0.18.163", "v0.18.164", "v0.19.0",
					    "v0.23.7",	"v0.23.10",  "v0.24.0",	  "v1.0.0",
					    "v1.0.0.1", NULL };

	assert_ascending(list);
}
END_TEST

START_TEST(pep_440_phases_come_in_order)
{
	static const char *const list[] = { "1.0.dev456",
					    "1.0a1",
					    "1.0a2.dev456",
					    "1.0a12.dev456",
					    "1.0a12",
					    "1.0b1.dev456",
					    "1.0b2",
					    "1.0b2.post345.dev456",
					    "1.0b2.post345",
					    "1.0rc1.dev456",
					    "1.0rc1",
					    "1.0",
					    "1.0+abc.5",
					    "1.0+abc.7",
					    "1.0+5",
					    "1.0.post456.dev34",
					    "1.0.post456",
					    "1.0.15",
					    "1.1.dev1",
					    "1!0.1",
					    NULL };

	assert_ascending(list);
}
END_TEST

START_TEST(release_candidate_precedes_its_release)
{
	static const char *const list[] = { "v0.19.0",	  "v0.19.1.rc", "v0.19.1.rc2",
					    "v0.19.1rc4", "v0.19.1",	NULL };

	assert_ascending(list);
	ck_assert_int_lt(order_of("v0.16.0RC9", "v0.16.0"), 0);
}
END_TEST

START_TEST(spellings_of_one_version_are_equal)
{
	assert_equal_versions("v1.2.3", "1.2.3");
	assert_equal_versions("V1.2.3", "1.2.3");
	assert_equal_versions("  v1.2.3\n", "1.2.3");
	assert_equal_versions("1.0", "1.0.0.0");
	assert_equal_versions("1.0-alpha.1", "1.0a1");
	assert_equal_versions("1.0_preview2", "1.0RC2");
	assert_equal_versions("1.0.rev3", "1.0.post3");
	assert_equal_versions("1.0a", "1.0a0");
	assert_equal_versions("01.02", "1.2");
	assert_equal_versions("1.0+ubuntu-1", "1.0+ubuntu.1");
}
END_TEST

START_TEST(third_number_may_follow_v_or_dash)
{
	assert_equal_versions("6.3v6", "6.3.6");
	assert_equal_versions("1.2-3", "1.2.3");
	ck_assert_int_gt(order_of("1.2.3-4", "1.2.3"), 0); /* a post-release */
}
END_TEST

START_TEST(nothing_is_older_than_everything)
{
	ck_assert_int_lt(order_of(NULL, "v0.0.1"), 0);
	ck_assert_int_lt(order_of("", "v0.0.1"), 0);
	ck_assert_int_lt(order_of("Undefined", "v0.0.1"), 0);
	ck_assert_int_gt(order_of("my-tag", NULL), 0);
	ck_assert_int_eq(order_of(NULL, ""), 0);
}
END_TEST

START_TEST(head_and_master_are_newer_than_versions)
{
	ck_assert_int_gt(order_of("HEAD", "v99.0.0"), 0);
	ck_assert_int_gt(order_of("master", "v99.0.0"), 0);
	ck_assert_int_eq(order_of("head", "Master"), 0);
}
END_TEST

START_TEST(commit_beats_any_version)
{
	ck_assert_int_gt(order_of("a6512fa", "v99.0.0"), 0);
	ck_assert_int_gt(order_of("a6512fa", "not a version"), 0);
	ck_assert_int_gt(order_of("a6512fa", NULL), 0);
	ck_assert_int_eq(order_of("A6512FA", "a6512fa"), 0);
}
END_TEST

START_TEST(two_commits_have_no_order)
{
	assert_no_order("a6512fa", "a6512fb");
	assert_no_order("a6512fa", "a6512fa0123456789");
}
END_TEST

START_TEST(what_is_no_version_is_refused)
{
	static const char *const bad[] = { "latest", "v0.18.5rv", "v0.17.28desktop1", "1..2", "v",
					   "1.0+",   "1.2 3",	  "v0.20.24-test",    NULL };
	char wide[400];

	for (size_t i = 0; bad[i]; i++)
		assert_no_order(bad[i], "v1.0.0");
	memset(wide, '1', sizeof(wide));
	wide[sizeof(wide) - 1] = '\0';
	assert_no_order(wide, "v1.0.0");
	memset(wide, 0, sizeof(wide));
	for (size_t i = 0; i < 40; i++)
		memcpy(wide + 2 * i, i ? ".1" : "01", 2);
	assert_no_order(wide, "v1.0.0");
}
END_TEST

START_TEST(numbers_may_be_larger_than_an_integer)
{
	ck_assert_int_lt(order_of("1.99999999999999999999999", "1.100000000000000000000000"), 0);
	assert_equal_versions("1.000000000000000000000001", "1.1");
}
END_TEST

START_TEST(commit_ids_are_told_from_versions)
{
	ck_assert(tmd_version_is_commit("a6512fa"));
	ck_assert(tmd_version_is_commit("0123456789abcdef0123456789abcdef01234567"));
	ck_assert(tmd_version_is_commit("1234567890123456789012345678901234567890"));
	ck_assert(tmd_version_is_commit("9138254"));
	ck_assert(tmd_version_is_commit("20190101"));
	ck_assert(!tmd_version_is_commit("913825"));
	ck_assert(!tmd_version_is_commit("a6512f"));
	ck_assert(!tmd_version_is_commit("0123456789abcdef0123456789abcdef012345678"));
	ck_assert(!tmd_version_is_commit("v0.23.10"));
	ck_assert(!tmd_version_is_commit(""));
}
END_TEST

static Suite *version_suite(void)
{
	Suite *suite = suite_create("version");
	TCase *order = tcase_create("order");

	tcase_add_test(order, numbers_are_compared_as_numbers);
	tcase_add_test(order, pep_440_phases_come_in_order);
	tcase_add_test(order, release_candidate_precedes_its_release);
	tcase_add_test(order, spellings_of_one_version_are_equal);
	tcase_add_test(order, third_number_may_follow_v_or_dash);
	tcase_add_test(order, nothing_is_older_than_everything);
	tcase_add_test(order, head_and_master_are_newer_than_versions);
	tcase_add_test(order, commit_beats_any_version);
	tcase_add_test(order, two_commits_have_no_order);
	tcase_add_test(order, what_is_no_version_is_refused);
	tcase_add_test(order, numbers_may_be_larger_than_an_integer);
	tcase_add_test(order, commit_ids_are_told_from_versions);
	suite_add_tcase(suite, order);
	return suite;
}

UNIT_MAIN(version_suite)
