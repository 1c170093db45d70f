/* Edits of files that people keep: only our variable changes, and every reader sees it. */
#include "unit.h"

#include "resources/env/unix/edit.h"

#define PAM TMD_ENV_BY_PAM
#define BOTH (TMD_ENV_BY_PAM | TMD_ENV_BY_ENVIRONMENT_D)
#define SH TMD_ENV_BY_SH

static enum tmd_rc edit(unsigned readers, const char *before, const char *value,
			struct tmd_buf *after, struct tmd_error *err)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	struct tmd_env_edit job = { "/f", "A", value, readers };

	tmd_buf_add_str(&text, before);
	return tmd_env_edit_text(&job, &text, after, err);
}

static void ck_edit(unsigned readers, const char *before, const char *value, const char *wanted)
{
	TMD_AUTO_BUF struct tmd_buf after = { 0 };
	TMD_AUTO_BUF struct tmd_buf again = { 0 };
	struct tmd_error err;

	ck_ok(edit(readers, before, value, &after, &err), err);
	ck_assert_str_eq(tmd_buf_str(&after), wanted);
	ck_ok(edit(readers, wanted, value, &again, &err), err);
	ck_assert_str_eq(tmd_buf_str(&again), wanted);
}

static void ck_refused(unsigned readers, const char *before, const char *value,
		       const char *message)
{
	TMD_AUTO_BUF struct tmd_buf after = { 0 };
	struct tmd_error err;

	tmd_buf_add_str(&after, "kept");
	ck_fails(edit(readers, before, value, &after, &err), err, TMD_E_CONFLICT);
	ck_assert_msg(strstr(err.message, message) || strstr(err.hint, message),
		      "'%s' is not in: %s (%s)", message, err.message, err.hint);
	ck_assert_str_eq(err.path, "/f");
	ck_assert_str_eq(after.data, "kept");
}

START_TEST(an_assignment_is_replaced_where_it_stands)
{
	ck_edit(PAM, "B=1\nA=old\nC=2\n", "/n", "B=1\nA=/n\nC=2\n");
	ck_edit(BOTH, "B=1\nA = old\nC=2\n", "/n", "B=1\nA=/n\nC=2\n");
	ck_edit(PAM, "B=1\nexport A=\"old\" # c\nC=2\n", "/n", "B=1\nA=/n\nC=2\n");
	ck_edit(SH, "B=1\nexport A='old'\nC=2\n", "/n", "B=1\nexport A=/n\nC=2\n");
}
END_TEST

START_TEST(a_right_assignment_is_left_as_it_is_written)
{
	ck_edit(PAM, "B=1\nexport A=\"/n\"\n", "/n", "B=1\nexport A=\"/n\"\n");
	ck_edit(BOTH, "A='/n'\nB=\"1\"\n", "/n", "A='/n'\nB=\"1\"\n");
	ck_edit(SH, "A=/n ; export A # mine\n", "/n", "A=/n ; export A # mine\n");
}
END_TEST

START_TEST(duplicates_become_one)
{
	ck_edit(PAM, "A=1\nB=1\nexport A=2\nA=3\n", "/n", "B=1\nA=/n\n");
	ck_edit(SH, "A=1\nexport A\nB=1\nA=2; export A\n", "/n", "B=1\nexport A=/n\n");
}
END_TEST

START_TEST(a_new_variable_goes_to_the_end)
{
	ck_edit(PAM, "", "/n", "A=/n\n");
	ck_edit(BOTH, "# c\nB=1\n", "/n", "# c\nB=1\nA=/n\n");
	ck_edit(SH, "B=1\n", "/a b", "B=1\nexport A=\"/a b\"\n");
}
END_TEST

START_TEST(a_missing_final_newline_stays_missing)
{
	ck_edit(PAM, "B=1", "/n", "B=1\nA=/n");
	ck_edit(PAM, "B=1\nA=/n", NULL, "B=1");
	ck_edit(PAM, "B=1\nA=old", "/n", "B=1\nA=/n");
	ck_edit(PAM, "A=old\nB=1", "/n", "A=/n\nB=1");
}
END_TEST

START_TEST(every_other_byte_stays)
{
	ck_edit(PAM, "#x\n\n\n B =  1  \r\nQ='a\nB=2\r\n\tC=\"x\" # y\n", "/n",
		"#x\n\n\n B =  1  \r\nQ='a\nB=2\r\n\tC=\"x\" # y\nA=/n\n");
	ck_edit(PAM, "B=1\r\nA=old\r\nC=2\r\n", "/n", "B=1\r\nA=/n\nC=2\r\n");
}
END_TEST

START_TEST(a_final_backslash_does_not_swallow_the_new_line)
{
	ck_edit(PAM, "B=1\nC=2\\\n", "/n", "A=/n\nB=1\nC=2\\\n");
	ck_edit(BOTH, "B=1\nC=2\\\n", "/n", "A=/n\nB=1\nC=2\\\n");
	ck_edit(PAM, "\\", "/n", "A=/n\n\\");
	ck_edit(SH, "export B x\\\n", "/n", "export A=/n\nexport B x\\\n");
}
END_TEST

START_TEST(a_line_too_long_for_pam_is_passed_in_front)
{
	TMD_AUTO_BUF struct tmd_buf before = { 0 };
	TMD_AUTO_BUF struct tmd_buf wanted = { 0 };

	tmd_buf_add_str(&before, "B=1\n#");
	for (int i = 0; i < 9000; i++)
		tmd_buf_add_char(&before, 'x');
	tmd_buf_add_str(&before, "\nC=2\n");
	tmd_buf_addf(&wanted, "A=/n\n%s", before.data);
	ck_edit(PAM, before.data, "/n", wanted.data);
}
END_TEST

START_TEST(a_byte_order_mark_stays_in_front)
{
	ck_edit(BOTH, "\xEF\xBB\xBF" "B=1\nC=2\n", "/n", "\xEF\xBB\xBF" "B=1\nC=2\nA=/n\n");
	ck_edit(PAM, "\xEF\xBB\xBF" "B=1\nC=2\\\n", "/n",
		"A=/n\n\xEF\xBB\xBF" "B=1\nC=2\\\n");
}
END_TEST

START_TEST(an_open_quote_behind_is_no_hindrance)
{
	ck_edit(BOTH, "B=1\nC=\"open\nD=2\n", "/n", "A=/n\nB=1\nC=\"open\nD=2\n");
	ck_edit(BOTH, "A=old\nC=\"open\nD=2\n", "/n", "A=/n\nC=\"open\nD=2\n");
}
END_TEST

START_TEST(our_own_open_quote_cannot_be_mended_in_silence)
{
	ck_refused(BOTH, "B=1\nA=\"old\nC=2\n", "/n", "line 2 of /f: a quote is never closed");
	ck_edit(PAM, "B=1\nA=\"old\nC=2\n", "/n", "B=1\nA=/n\nC=2\n");
}
END_TEST

START_TEST(a_continued_assignment_goes_as_a_whole)
{
	ck_edit(PAM, "B=1\nA=x\\\n  y\nC=2\n", "/n", "B=1\nA=/n\nC=2\n");
	ck_edit(BOTH, "B=1\nA=\"x\\\n  y\"\nC=2\n", NULL, "B=1\nC=2\n");
}
END_TEST

START_TEST(absent_leaves_no_assignment)
{
	ck_edit(PAM, "B=1\nA=1\nexport A=2\nC=2\n", NULL, "B=1\nC=2\n");
	ck_edit(BOTH, "A = 1\nB=1\nA=2\n", NULL, "B=1\n");
	ck_edit(PAM, "A=1\n", NULL, "");
	ck_edit(PAM, "B=1\n", NULL, "B=1\n");
	ck_edit(SH, "B=1\nA=1; export A\nexport A\n", NULL, "B=1\n");
}
END_TEST

START_TEST(shell_code_around_our_variable_is_not_taken_apart)
{
	ck_refused(SH, "if true; then\nexport A=1\nfi\n", NULL, "line 2");
	ck_refused(SH, "export A=1 B=2\n", NULL, "line 1");
	ck_refused(SH, "B=1; A=1; export A\n", NULL, "line 1");
	ck_refused(SH, "if true; then B=1\nfi; export A=1\n", NULL, "line 2");
	ck_refused(SH, "A=1 >/dev/null\n", NULL, "line 1");
	ck_edit(SH, "if true; then\nB=1\nfi\n", "/n", "if true; then\nB=1\nfi\nexport A=/n\n");
}
END_TEST

START_TEST(a_return_is_passed_in_front)
{
	ck_edit(SH, "[ -z \"$PS1\" ] && return\nB=1\n", "/n",
		"export A=/n\n[ -z \"$PS1\" ] && return\nB=1\n");
}
END_TEST

START_TEST(a_conditional_assignment_before_ours_does_no_harm)
{
	ck_edit(SH, "if true; then A=1; fi\nB=1\n", "/n",
		"if true; then A=1; fi\nB=1\nexport A=/n\n");
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
		ck_edit(BOTH, "", good[i], line.data);
		tmd_buf_splice(&line, 0, 0, "export ", strlen("export "));
		ck_edit(SH, "export A=1\n", good[i], line.data);
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("env edit");
	TCase *tc = tcase_create("edit");

	tcase_add_test(tc, an_assignment_is_replaced_where_it_stands);
	tcase_add_test(tc, a_right_assignment_is_left_as_it_is_written);
	tcase_add_test(tc, duplicates_become_one);
	tcase_add_test(tc, a_new_variable_goes_to_the_end);
	tcase_add_test(tc, a_missing_final_newline_stays_missing);
	tcase_add_test(tc, every_other_byte_stays);
	tcase_add_test(tc, a_final_backslash_does_not_swallow_the_new_line);
	tcase_add_test(tc, a_line_too_long_for_pam_is_passed_in_front);
	tcase_add_test(tc, a_byte_order_mark_stays_in_front);
	tcase_add_test(tc, an_open_quote_behind_is_no_hindrance);
	tcase_add_test(tc, our_own_open_quote_cannot_be_mended_in_silence);
	tcase_add_test(tc, a_continued_assignment_goes_as_a_whole);
	tcase_add_test(tc, absent_leaves_no_assignment);
	tcase_add_test(tc, shell_code_around_our_variable_is_not_taken_apart);
	tcase_add_test(tc, a_return_is_passed_in_front);
	tcase_add_test(tc, a_conditional_assignment_before_ours_does_no_harm);
	tcase_add_test(tc, values_that_no_two_readers_agree_on_have_a_fault);
	suite_add_tcase(s, tc);
	return s;
}

UNIT_MAIN(suite)
