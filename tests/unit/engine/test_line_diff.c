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

/* Above the ceiling too: what both hold is not shown. */
START_TEST(large_texts_show_nothing_that_both_have)
{
	TMD_AUTO_BUF struct tmd_buf before = { 0 };
	TMD_AUTO_BUF struct tmd_buf after = { 0 };
	TMD_AUTO_BUF struct tmd_buf out = { 0 };

	tmd_buf_add_str(&before, "gone\n");
	for (int i = 0; i < 3000; i++) {
		tmd_buf_addf(&before, "secret%d\n", i);
		tmd_buf_addf(&after, "secret%d\n", i);
	}
	tmd_buf_add_str(&after, "come\n");
	tmd_line_diff(before.data, after.data, "", &out);
	ck_assert_str_eq(out.data, "- gone\n+ come\n");
}
END_TEST

START_TEST(a_reduced_difference_holds_the_lines_that_change)
{
	char *before = strdup("PASSWORD=x\nA=1\nTOKEN=y\nB=1");
	char *after = strdup("PASSWORD=x\nA=2\nTOKEN=y\nB=1\nC=3\n");
	char *none = NULL;
	char *same = strdup("a\n");
	char *twin = strdup("a");

	tmd_line_diff_reduce(&before, &after);
	ck_assert_str_eq(before, "A=1\n");
	ck_assert_str_eq(after, "A=2\nC=3\n");
	tmd_line_diff_reduce(&none, &after);
	ck_assert_ptr_null(none);
	ck_assert_str_eq(after, "A=2\nC=3\n");
	tmd_line_diff_reduce(&same, &twin);
	ck_assert_str_eq(same, "");
	ck_assert_str_eq(twin, "");
	free(before);
	free(after);
	free(same);
	free(twin);
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
	tcase_add_test(c, large_texts_show_nothing_that_both_have);
	tcase_add_test(c, a_reduced_difference_holds_the_lines_that_change);
	suite_add_tcase(s, c);
	return s;
}

UNIT_MAIN(suite)
