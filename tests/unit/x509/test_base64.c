/* Strict base64. */
#include "unit.h"

#include "x509/base64.h"

static size_t decoded(const char *text, bool last, unsigned char *out)
{
	size_t len = 99;

	ck_assert(tmd_base64_decode(text, strlen(text), last, out, &len));
	return len;
}

static bool refused(const char *text, bool last)
{
	unsigned char out[64];
	size_t len;

	return !tmd_base64_decode(text, strlen(text), last, out, &len);
}

START_TEST(decodes_whole_groups)
{
	unsigned char out[16];

	ck_assert_uint_eq(decoded("TWFuTWFu", false, out), 6);
	ck_assert_mem_eq(out, "ManMan", 6);
	ck_assert_uint_eq(decoded("+/+/", false, out), 3);
	ck_assert_mem_eq(out, "\xfb\xff\xbf", 3);
}
END_TEST

START_TEST(decodes_padding_at_the_end)
{
	unsigned char out[16];

	ck_assert_uint_eq(decoded("TWE=", true, out), 2);
	ck_assert_mem_eq(out, "Ma", 2);
	ck_assert_uint_eq(decoded("TWFuTQ==", true, out), 4);
	ck_assert_mem_eq(out, "ManM", 4);
}
END_TEST

START_TEST(refuses_padding_before_the_end)
{
	ck_assert(refused("TWE=", false));
	ck_assert(refused("TWE=TWFu", true));
	ck_assert(refused("T===", true));
	ck_assert(refused("====", true));
	ck_assert(refused("TW=u", true));
}
END_TEST

START_TEST(refuses_padding_that_hides_bits)
{
	ck_assert(refused("TWF=", true));
	ck_assert(refused("TR==", true));
}
END_TEST

START_TEST(refuses_other_characters_and_lengths)
{
	ck_assert(refused("", true));
	ck_assert(refused("TWF", true));
	ck_assert(refused("TW u", true));
	ck_assert(refused("TW-u", true));
	ck_assert(refused("TW\nu", true));
	ck_assert(refused("TW\xc3\xa9", true));
}
END_TEST

static Suite *base64_suite(void)
{
	Suite *suite = suite_create("base64");
	TCase *tcase = tcase_create("base64");

	tcase_add_test(tcase, decodes_whole_groups);
	tcase_add_test(tcase, decodes_padding_at_the_end);
	tcase_add_test(tcase, refuses_padding_before_the_end);
	tcase_add_test(tcase, refuses_padding_that_hides_bits);
	tcase_add_test(tcase, refuses_other_characters_and_lengths);
	suite_add_tcase(suite, tcase);
	return suite;
}

UNIT_MAIN(base64_suite)
