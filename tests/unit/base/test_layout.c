/* Texts on terminals of every width, and on those that show nothing but ASCII. */
#include "unit.h"

#include "base/layout.h"

static void ck_shows(const char *text, unsigned width, bool ascii, const char *wanted)
{
	struct tmd_layout layout = { .width = width, .ascii = ascii };
	TMD_AUTO_BUF struct tmd_buf out = { 0 };

	tmd_layout_add(&out, text, strlen(text), &layout);
	ck_assert_str_eq(tmd_buf_str(&out), wanted);
}

START_TEST(lines_that_fit_stay_as_they_are)
{
	ck_shows("a  b \n\n   c\n", 40, false, "a  b \n\n   c\n");
	ck_shows("without an end", 40, false, "without an end");
	ck_shows("", 40, false, "");
}
END_TEST

START_TEST(without_a_width_nothing_is_folded)
{
	ck_shows("one two three four five six seven eight\n", 0, false,
		 "one two three four five six seven eight\n");
	ck_shows("one two three four five six seven eight\n", TMD_LAYOUT_NARROWEST - 1, false,
		 "one two three four five six seven eight\n");
}
END_TEST

START_TEST(long_lines_are_folded_at_blanks_and_hang)
{
	ck_shows("one two three four five six seven\n", 20, false,
		 "one two three four\n  five six seven\n");
	ck_shows("    one two three four five\n", 20, false, "    one two three\n      four five\n");
	/* Twenty columns exactly are not too many. */
	ck_shows("aaaaaaaaaa bbbbbbbbb\n", 20, false, "aaaaaaaaaa bbbbbbbbb\n");
	ck_shows("aaaaaaaaaa bbbbbbbbbb\n", 20, false, "aaaaaaaaaa\n  bbbbbbbbbb\n");
}
END_TEST

START_TEST(what_follows_hangs_under_the_second_column)
{
	ck_shows("  --diff  the lines of files that change\n", 24, false,
		 "  --diff  the lines of\n          files that\n          change\n");
	/* Not where it would leave no room. */
	ck_shows("  --detailed-exitcode  ten where it differs\n", 24, false,
		 "  --detailed-exitcode\n    ten where it differs\n");
}
END_TEST

START_TEST(a_word_that_is_too_long_stays_whole)
{
	ck_shows("file /opt/studio/certificates/cacert.pem is gone\n", 20, false,
		 "file\n  /opt/studio/certificates/cacert.pem\n  is gone\n");
}
END_TEST

START_TEST(colours_and_marks_take_no_room_and_wide_characters_two)
{
	ck_shows("\033[31maaaaaaaaaa\033[0m bbbbbbbbb\n", 20, false,
		 "\033[31maaaaaaaaaa\033[0m bbbbbbbbb\n");
	ck_shows("e\xCC\x81" "e\xCC\x81" "aaaaaaaa bbbbbbbbb\n", 20, false,
		 "e\xCC\x81" "e\xCC\x81" "aaaaaaaa bbbbbbbbb\n");
	ck_shows("\xE6\x97\xA5\xE6\x97\xA5\xE6\x97\xA5\xE6\x97\xA5\xE6\x97\xA5\xE6\x97\xA5 bbbbbbbbb\n",
		 20, false,
		 "\xE6\x97\xA5\xE6\x97\xA5\xE6\x97\xA5\xE6\x97\xA5\xE6\x97\xA5\xE6\x97\xA5\n"
		 "  bbbbbbbbb\n");
}
END_TEST

START_TEST(what_is_not_ascii_is_replaced_before_it_is_measured)
{
	ck_shows("a \xE2\x80\xA6 \xC2\xB7 \xC3\xA9 \xF0\x9F\x94\x92\n", 0, true,
		 "a ... * \\u00e9 \\U0001f512\n");
	ck_shows("aaaaaaaaaaaaaaa \xC3\xA9\n", 20, true, "aaaaaaaaaaaaaaa\n  \\u00e9\n");
	ck_shows("plain\n", 0, true, "plain\n");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("base_layout");
	TCase *t = tcase_create("layout");

	tcase_add_test(t, lines_that_fit_stay_as_they_are);
	tcase_add_test(t, without_a_width_nothing_is_folded);
	tcase_add_test(t, long_lines_are_folded_at_blanks_and_hang);
	tcase_add_test(t, what_follows_hangs_under_the_second_column);
	tcase_add_test(t, a_word_that_is_too_long_stays_whole);
	tcase_add_test(t, colours_and_marks_take_no_room_and_wide_characters_two);
	tcase_add_test(t, what_is_not_ascii_is_replaced_before_it_is_measured);
	suite_add_tcase(s, t);
	return s;
}

UNIT_MAIN(suite)
