/* Edits of files that people keep: only our variable changes, and every reader sees it. */
#include "unit.h"

#include "resources/env/unix/edit.h"

static enum tmd_rc edit(const char *before, const char *value,
			struct tmd_buf *after, struct tmd_error *err)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	struct tmd_env_edit job = { "/f", "A", value };

	tmd_buf_add_str(&text, before);
	return tmd_env_edit_text(&job, &text, after, err);
}

static void ck_edit(const char *before, const char *value, const char *wanted)
{
	TMD_AUTO_BUF struct tmd_buf after = { 0 };
	TMD_AUTO_BUF struct tmd_buf again = { 0 };
	struct tmd_error err;

	ck_ok(edit(before, value, &after, &err), err);
	ck_assert_str_eq(tmd_buf_str(&after), wanted);
	ck_ok(edit(wanted, value, &again, &err), err);
	ck_assert_str_eq(tmd_buf_str(&again), wanted);
}

static void ck_refused(const char *before, const char *value,
		       const char *message)
{
	TMD_AUTO_BUF struct tmd_buf after = { 0 };
	struct tmd_error err;

	tmd_buf_add_str(&after, "kept");
	ck_fails(edit(before, value, &after, &err), err, TMD_E_CONFLICT);
	ck_assert_msg(strstr(err.message, message) || strstr(err.hint, message),
		      "'%s' is not in: %s (%s)", message, err.message, err.hint);
	ck_assert_str_eq(err.path, "/f");
	ck_assert_str_eq(after.data, "kept");
}

START_TEST(an_assignment_is_replaced_where_it_stands)
{
	ck_edit("B=1\nA=old\nC=2\n", "/n", "B=1\nA=/n\nC=2\n");
	ck_edit("B=1\nA = old\nC=2\n", "/n", "B=1\nA=/n\nC=2\n");
	ck_edit("B=1\nexport A=\"old\" # c\nC=2\n", "/n", "B=1\nA=/n\nC=2\n");
	ck_edit("A=/o#ld\n", "/n", "A=/n\n");
}
END_TEST

START_TEST(duplicates_become_one)
{
	ck_edit("A=1\nB=1\nexport A=2\nA=3\n", "/n", "B=1\nA=/n\n");
}
END_TEST

START_TEST(a_new_variable_goes_to_the_end)
{
	ck_edit("", "/n", "A=/n\n");
	ck_edit("# c\nB=1\n", "/a b", "# c\nB=1\nA=\"/a b\"\n");
}
END_TEST

START_TEST(a_missing_final_newline_stays_missing)
{
	ck_edit("B=1", "/n", "B=1\nA=/n");
	ck_edit("B=1\nA=/n", NULL, "B=1");
	ck_edit("B=1\nA=old", "/n", "B=1\nA=/n");
	ck_edit("A=old\nB=1", "/n", "A=/n\nB=1");
}
END_TEST

START_TEST(every_other_byte_stays)
{
	ck_edit("#x\n\n\n B =  1  \r\nB=2\r\n\tC=\"x\" # y\n", "/n",
		"#x\n\n\n B =  1  \r\nB=2\r\n\tC=\"x\" # y\nA=/n\n");
	ck_edit("B=1\r\nA=old\r\nC=2\r\n", "/n", "B=1\r\nA=/n\nC=2\r\n");
	ck_edit("\xEF\xBB\xBF" "B=1\nC=2\n", "/n", "\xEF\xBB\xBF" "B=1\nC=2\nA=/n\n");
}
END_TEST

START_TEST(a_new_line_stands_before_what_could_swallow_it)
{
	ck_edit("B=1\nC=2\\\n", "/n", "B=1\nA=/n\nC=2\\\n");
	ck_edit("B=1\nC=\"open\nD=2\n", "/n", "B=1\nA=/n\nC=\"open\nD=2\n");
	ck_edit("C='open\nA=old\nD=2\n", "/n", "A=/n\nC='open\nD=2\n");
	ck_edit("A=old\nC=\"open\nD=2\n", "/n", "A=/n\nC=\"open\nD=2\n");
	ck_edit("B=it's\nC=Joe's\n", "/n", "A=/n\nB=it's\nC=Joe's\n");
}
END_TEST

START_TEST(a_line_too_long_for_pam_is_passed_in_front)
{
	TMD_AUTO_BUF struct tmd_buf before = { 0 };
	TMD_AUTO_BUF struct tmd_buf wanted = { 0 };

	tmd_buf_add_str(&before, "B=1\n");
	tmd_buf_addf(&wanted, "%sA=/n\n", before.data);
	tmd_buf_addf(&before, "#%01100d\nC=2\n", 0);
	tmd_buf_addf(&wanted, "#%01100d\nC=2\n", 0);
	ck_edit(before.data, "/n", wanted.data);
}
END_TEST

START_TEST(lines_that_are_more_than_an_assignment_are_not_taken_apart)
{
	ck_refused("B=1\nA=\"old\nC=2\n", "/n", "line 2");
	ck_refused("B=1\nA=x\\\n  y\nC=2\n", "/n", "line 2");
	ck_refused("A=1\nB=x\\\nA=2\n", "/n", "line 3");
	ck_refused("A=\"old\nA=1\n", NULL, "line 1");
}
END_TEST

START_TEST(absent_leaves_no_assignment)
{
	ck_edit("B=1\nA=1\nexport A=2\nC=2\n", NULL, "B=1\nC=2\n");
	ck_edit("A = 1\nB=1\nA=2\n", NULL, "B=1\n");
	ck_edit("A=1\n", NULL, "");
	ck_edit("B=1\nAB=A\n", NULL, "B=1\nAB=A\n");
}
END_TEST

START_TEST(values_that_no_two_readers_agree_on_have_a_fault)
{
	static const char *const bad[] = { "",	 "a#b", "a$b",	"a\\b", "a\"b",	  "a'b",   "a`b",
					   "a\nb", "a\tb", "a\rb", "a\x7F", " a",	  "a ",	   "\xFF",
					   "a\xC2\x85" };
	static const char *const good[] = { "/p", "a b", "/p;q", "~x", "a=b", "%", "*", "!",
					    "\xC3\xA9", "(x)", "a&b", "<x>", "|" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ck_assert_msg(tmd_env_value_fault(bad[i]) != NULL, "'%s' is taken", bad[i]);
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		TMD_AUTO_BUF struct tmd_buf line = { 0 };

		ck_assert_msg(tmd_env_value_fault(good[i]) == NULL, "'%s' is refused", good[i]);
		/* and every reader gets it back */
		tmd_buf_add_str(&line, "A=");
		tmd_env_add_quoted(&line, good[i]);
		tmd_buf_add_char(&line, '\n');
		ck_edit("", good[i], line.data);
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("env edit");
	TCase *tc = tcase_create("edit");

	tcase_add_test(tc, an_assignment_is_replaced_where_it_stands);
	tcase_add_test(tc, duplicates_become_one);
	tcase_add_test(tc, a_new_variable_goes_to_the_end);
	tcase_add_test(tc, a_missing_final_newline_stays_missing);
	tcase_add_test(tc, every_other_byte_stays);
	tcase_add_test(tc, a_new_line_stands_before_what_could_swallow_it);
	tcase_add_test(tc, a_line_too_long_for_pam_is_passed_in_front);
	tcase_add_test(tc, lines_that_are_more_than_an_assignment_are_not_taken_apart);
	tcase_add_test(tc, absent_leaves_no_assignment);
	tcase_add_test(tc, values_that_no_two_readers_agree_on_have_a_fault);
	suite_add_tcase(s, tc);
	return s;
}

UNIT_MAIN(suite)
