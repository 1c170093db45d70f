/* Differences as people read them. */
#include "unit.h"

#include "engine/line_diff.h"

static void expect(const char *before, const char *after, const char *wanted)
{
	TMD_AUTO_BUF struct tmd_buf out = { 0 };

	tmd_line_diff(before, after, " ", &out);
	ck_assert_str_eq(tmd_buf_str(&out), wanted);
}

START_TEST(equal_texts_have_no_difference)
{
	expect("a\nb\n", "a\nb\n", "");
	expect(NULL, NULL, "");
	expect("", NULL, "");
}
END_TEST

START_TEST(a_new_file_is_all_plus_and_a_removed_one_all_minus)
{
	expect(NULL, "a\nb\n", " + a\n + b\n");
	expect("a\nb", NULL, " - a\n - b\n");
}
END_TEST

START_TEST(common_lines_are_left_out)
{
	expect("a\nb\nc\n", "a\nx\nc\n", " - b\n + x\n");
	expect("a\nb\nc\nd\ne\n", "b\nc\nX\ne\nf\n", " - a\n - d\n + X\n + f\n");
}
END_TEST

START_TEST(large_texts_are_shown_without_pairing)
{
	TMD_AUTO_BUF struct tmd_buf before = { 0 };
	TMD_AUTO_BUF struct tmd_buf after = { 0 };
	TMD_AUTO_BUF struct tmd_buf out = { 0 };

	for (int i = 0; i < 3000; i++) {
		tmd_buf_addf(&before, "a%d\n", i);
		tmd_buf_addf(&after, "b%d\n", i);
	}
	tmd_line_diff(before.data, after.data, "", &out);
	ck_assert_ptr_nonnull(strstr(out.data, "- a2999\n+ b0\n"));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("engine_line_diff");
	TCase *c = tcase_create("diff");

	tcase_add_test(c, equal_texts_have_no_difference);
	tcase_add_test(c, a_new_file_is_all_plus_and_a_removed_one_all_minus);
	tcase_add_test(c, common_lines_are_left_out);
	tcase_add_test(c, large_texts_are_shown_without_pairing);
	suite_add_tcase(s, c);
	return s;
}

UNIT_MAIN(suite)
