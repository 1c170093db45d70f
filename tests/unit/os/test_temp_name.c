/* The names of temporary files, which cleaning up has to know again, and only those. */
#include "os/temp_name.h"

#include "base/mem.h"
#include "unit.h"

START_TEST(a_name_that_was_made_is_known_again)
{
	TMD_AUTO_FREE char *prefix = tmd_temp_prefix("ca.pem");
	TMD_AUTO_FREE char *name = tmd_temp_name(prefix, 0xABCu);

	ck_assert_str_eq(name, ".ca.pem.0000000000000abc.trustmend-tmp");
	ck_assert(tmd_temp_is_tail(name + strlen(prefix)));
	ck_assert_uint_eq(strlen(name), strlen("ca.pem") + TMD_TEMP_AROUND);
}
END_TEST

START_TEST(what_looks_nearly_like_one_is_not)
{
	static const char *const others[] = {
		"",
		".trustmend-tmp",
		"000000000000abc.trustmend-tmp",
		"00000000000000abc.trustmend-tmp",
		"0000000000000abg.trustmend-tmp",
		"0000000000000abc.trustmend-tmq",
		"0000000000000abc-trustmend-tmp",
		"0000000000000abc.TRUSTMEND-TMP",
		"0000000000000abc.trustmend-tmp~",
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		ck_assert_msg(!tmd_temp_is_tail(others[i]), "%s", others[i]);
	ck_assert(tmd_temp_is_tail("0123456789abcdef.trustmend-tmp"));
}
END_TEST

START_TEST(long_names_with_the_same_beginning_are_kept_apart)
{
	TMD_AUTO_FREE char *one = tmd_temp_prefix_cut("long", "longer");
	TMD_AUTO_FREE char *other = tmd_temp_prefix_cut("long", "longest");
	TMD_AUTO_FREE char *again = tmd_temp_prefix_cut("long", "longer");

	ck_assert_str_ne(one, other);
	ck_assert_str_eq(one, again);
}
END_TEST

/* Published values: names that older versions left behind have to be found. */
START_TEST(the_hash_is_fnv_1a)
{
	ck_assert_uint_eq(tmd_hash(TMD_HASH_START, "", 0), 0xcbf29ce484222325u);
	ck_assert_uint_eq(tmd_hash(TMD_HASH_START, "a", 1), 0xaf63dc4c8601ec8cu);
	ck_assert_uint_eq(tmd_hash(TMD_HASH_START, "foobar", 6), 0x85944171f73967e8u);
}
END_TEST

static Suite *temp_name_suite(void)
{
	Suite *suite = suite_create("temp_name");
	TCase *core = tcase_create("core");

	tcase_add_test(core, a_name_that_was_made_is_known_again);
	tcase_add_test(core, what_looks_nearly_like_one_is_not);
	tcase_add_test(core, long_names_with_the_same_beginning_are_kept_apart);
	tcase_add_test(core, the_hash_is_fnv_1a);
	suite_add_tcase(suite, core);
	return suite;
}

UNIT_MAIN(temp_name_suite)
