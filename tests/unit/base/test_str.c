/* String questions: ASCII rules, numbers, UTF-8, lines. */
#include "base/str.h"

#include "unit.h"

START_TEST(equality_knows_null)
{
	ck_assert(tmd_str_equal("a", "a"));
	ck_assert(!tmd_str_equal("a", "A"));
	ck_assert(!tmd_str_equal("a", NULL));
	ck_assert(!tmd_str_equal(NULL, ""));
	ck_assert(tmd_str_equal(NULL, NULL));
	ck_assert(tmd_str_equal_nocase(NULL, NULL));
	ck_assert(!tmd_str_equal_nocase(NULL, "a"));
}
END_TEST

START_TEST(case_is_ascii_only)
{
	ck_assert(tmd_str_equal_nocase("HeAd-1", "hEaD-1"));
	ck_assert(!tmd_str_equal_nocase("abc", "abcd"));
	ck_assert(!tmd_str_equal_nocase("[", "{"));
	ck_assert(!tmd_str_equal_nocase("\xC3\x84", "\xC3\xA4"));
}
END_TEST

START_TEST(prefix_and_suffix)
{
	ck_assert(tmd_str_starts("core_api", "core"));
	ck_assert(tmd_str_starts("core", ""));
	ck_assert(!tmd_str_starts("cor", "core"));
	ck_assert(tmd_str_ends("cert.pem", ".pem"));
	ck_assert(tmd_str_ends("x", ""));
	ck_assert(!tmd_str_ends("pem", ".pem"));
}
END_TEST

START_TEST(character_classes)
{
	for (int c = -128; c < 128; c++) {
		char ch = (char)c;
		bool digit = c >= '0' && c <= '9';
		bool alpha = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		bool hex = digit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');

		ck_assert_msg(tmd_is_digit(ch) == digit, "%d", c);
		ck_assert_msg(tmd_is_alpha(ch) == alpha, "%d", c);
		ck_assert_msg(tmd_is_hex(ch) == hex, "%d", c);
		ck_assert_msg(tmd_is_space(ch) == (c == ' ' || (c >= 9 && c <= 13)), "%d", c);
	}
}
END_TEST

START_TEST(numbers_are_decimal_and_whole)
{
	static const char *const bad[] = { "",
					   "-1",
					   "+1",
					   " 1",
					   "1 ",
					   "0x1",
					   "1a",
					   "18446744073709551616",
					   "99999999999999999999",
					   NULL };
	uint64_t value = 7;

	ck_assert(tmd_parse_u64("0", &value));
	ck_assert_uint_eq(value, 0);
	ck_assert(tmd_parse_u64("0042", &value));
	ck_assert_uint_eq(value, 42);
	ck_assert(tmd_parse_u64("18446744073709551615", &value));
	ck_assert(value == UINT64_MAX);
	value = 7;
	for (size_t i = 0; bad[i]; i++) {
		ck_assert_msg(!tmd_parse_u64(bad[i], &value), "%s", bad[i]);
		ck_assert_uint_eq(value, 7);
	}
}
END_TEST

START_TEST(hex_is_upper_case)
{
	char out[9] = "xxxxxxxx";

	tmd_hex("\x00\x9f\xA0\xff", 4, out);
	ck_assert_str_eq(out, "009FA0FF");
	tmd_hex("", 0, out);
	ck_assert_str_eq(out, "");
}
END_TEST

static bool valid(const char *text)
{
	return tmd_utf8_valid(text, strlen(text));
}

START_TEST(utf8_forms_that_are_allowed)
{
	ck_assert(tmd_utf8_valid("", 0));
	ck_assert(tmd_utf8_valid("a\0b", 3));
	ck_assert(valid("\x7F"));
	ck_assert(valid("\xC2\x80"));
	ck_assert(valid("\xDF\xBF"));
	ck_assert(valid("\xE0\xA0\x80"));
	ck_assert(valid("\xED\x9F\xBF"));
	ck_assert(valid("\xEE\x80\x80"));
	ck_assert(valid("\xEF\xBF\xBF"));
	ck_assert(valid("\xF0\x90\x80\x80"));
	ck_assert(valid("\xF4\x8F\xBF\xBF"));
}
END_TEST

START_TEST(utf8_forms_that_are_refused)
{
	ck_assert(!valid("\x80"));
	ck_assert(!valid("\xC0\x80"));
	ck_assert(!valid("\xC1\xBF"));
	ck_assert(!valid("\xE0\x9F\xBF"));
	ck_assert(!valid("\xED\xA0\x80"));
	ck_assert(!valid("\xED\xBF\xBF"));
	ck_assert(!valid("\xF0\x8F\xBF\xBF"));
	ck_assert(!valid("\xF4\x90\x80\x80"));
	ck_assert(!valid("\xF5\x80\x80\x80"));
	ck_assert(!valid("\xFF"));
	ck_assert(!valid("a\xE4 b"));
	ck_assert(!tmd_utf8_valid("\xC3\xA4", 1));
	ck_assert(!tmd_utf8_valid("\xF0\x9F\x8E\xAC", 3));
}
END_TEST

START_TEST(lines_count_from_one)
{
	static const char text[] = "a\nb\r\nc";

	ck_assert_uint_eq(tmd_line_of(text, 6, 0), 1);
	ck_assert_uint_eq(tmd_line_of(text, 6, 1), 1);
	ck_assert_uint_eq(tmd_line_of(text, 6, 2), 2);
	ck_assert_uint_eq(tmd_line_of(text, 6, 5), 3);
	ck_assert_uint_eq(tmd_line_of(text, 6, 600), 3);
	ck_assert_uint_eq(tmd_line_of(NULL, 0, 0), 1);
}
END_TEST

static Suite *str_suite(void)
{
	Suite *suite = suite_create("str");
	TCase *core = tcase_create("core");

	tcase_add_test(core, equality_knows_null);
	tcase_add_test(core, case_is_ascii_only);
	tcase_add_test(core, prefix_and_suffix);
	tcase_add_test(core, character_classes);
	tcase_add_test(core, numbers_are_decimal_and_whole);
	tcase_add_test(core, hex_is_upper_case);
	tcase_add_test(core, utf8_forms_that_are_allowed);
	tcase_add_test(core, utf8_forms_that_are_refused);
	tcase_add_test(core, lines_count_from_one);
	suite_add_tcase(suite, core);
	return suite;
}

UNIT_MAIN(str_suite)
