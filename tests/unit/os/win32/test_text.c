/* Text to UTF-16 and back: strict on the way out, lenient on the way in. */
#include <stdlib.h>
#include <wchar.h>

#include "os/win32/text.h"
#include "unit.h"

static void assert_wide(const char *text, const wchar_t *wanted)
{
	wchar_t *wide = tmd_wide(text);

	ck_assert_ptr_nonnull(wide);
	ck_assert_int_eq(wcscmp(wide, wanted), 0);
	free(wide);
}

static void assert_narrow(const wchar_t *text, const char *wanted)
{
	char *narrow = tmd_narrow(text);

	ck_assert_str_eq(narrow, wanted);
	free(narrow);
}

START_TEST(text_goes_there_and_comes_back)
{
	static const struct {
		const char *narrow;
		const wchar_t *wide;
	} pairs[] = {
		{ "", L"" },
		{ "plain", L"plain" },
		{ "Gr\xC3\xBC\xC3\x9F"
		  "e",
		  L"Gr\x00FC\x00DF"
		  L"e" },
		{ "\xE6\x97\xA5", L"\x65E5" },
		{ "\xF0\x9F\x94\x92!", L"\xD83D\xDD12!" },
		{ "\xEF\xBF\xBF\xF4\x8F\xBF\xBF", L"\xFFFF\xDBFF\xDFFF" },
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		assert_wide(pairs[i].narrow, pairs[i].wide);
		assert_narrow(pairs[i].wide, pairs[i].narrow);
	}
}
END_TEST

START_TEST(what_is_no_utf8_is_not_converted)
{
	static const char *const bad[] = { "\xFF",	   "a\x80",    "\xC0\xAF",
					   "\xED\xA0\x80", "\xE6\x97", "\xF4\x90\x80\x80" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ck_assert_ptr_null(tmd_wide(bad[i]));
	ck_assert_ptr_null(tmd_wide(NULL));
	ck_assert_ptr_null(tmd_wide_n("a\0b", 3));
}
END_TEST

START_TEST(half_a_pair_becomes_the_replacement_character)
{
	assert_narrow(L"a\xD83Dz", "a\xEF\xBF\xBDz");
	assert_narrow(L"\xDD12", "\xEF\xBF\xBD");
	assert_narrow(L"\xD83D", "\xEF\xBF\xBD");
	assert_narrow(L"\xDD12\xD83D", "\xEF\xBF\xBD\xEF\xBF\xBD");
	ck_assert_ptr_null(tmd_narrow(NULL));
}
END_TEST

START_TEST(a_length_ends_the_text_and_so_does_a_nul)
{
	wchar_t *wide = tmd_wide_n("abc", 2);
	char *cut = tmd_narrow_n(L"abc", 2);
	char *ended = tmd_narrow_n(L"a\0c", 3);
	char *split = tmd_narrow_n(L"\xD83D\xDD12", 1);

	ck_assert_int_eq(wcscmp(wide, L"ab"), 0);
	ck_assert_str_eq(cut, "ab");
	ck_assert_str_eq(ended, "a");
	ck_assert_str_eq(split, "\xEF\xBF\xBD");
	free(wide);
	free(cut);
	free(ended);
	free(split);
}
END_TEST

START_TEST(endless_text_is_refused)
{
	char *text = malloc(TMD_TEXT_MAX + 2);
	wchar_t *wide;

	ck_assert_ptr_nonnull(text);
	memset(text, 'x', TMD_TEXT_MAX + 1);
	text[TMD_TEXT_MAX + 1] = '\0';
	ck_assert_ptr_null(tmd_wide(text));
	wide = tmd_wide(text + 1);
	ck_assert_ptr_nonnull(wide);
	free(wide);
	free(text);
}
END_TEST

static Suite *suite(void)
{
	Suite *all = suite_create("os/text");
	TCase *tc = tcase_create("text");

	tcase_add_test(tc, text_goes_there_and_comes_back);
	tcase_add_test(tc, what_is_no_utf8_is_not_converted);
	tcase_add_test(tc, half_a_pair_becomes_the_replacement_character);
	tcase_add_test(tc, a_length_ends_the_text_and_so_does_a_nul);
	tcase_add_test(tc, endless_text_is_refused);
	suite_add_tcase(all, tc);
	return all;
}

UNIT_MAIN(suite)
