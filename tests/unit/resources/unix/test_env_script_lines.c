/* The lines of a script that set one variable: found, replaced, removed, and nothing else. */
#include "unit.h"

#include "resources/env/unix/script_lines.h"

#define SH TMD_ENV_SYNTAX_SH
#define FISH TMD_ENV_SYNTAX_FISH
#define CSH TMD_ENV_SYNTAX_CSH

static void ck_change(enum tmd_env_syntax syntax, const char *before, const char *value,
		      const char *wanted)
{
	const struct tmd_env_script script = { syntax, "A" };
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	TMD_AUTO_BUF struct tmd_buf after = { 0 };
	TMD_AUTO_BUF struct tmd_buf again = { 0 };

	tmd_buf_add_str(&text, before);
	tmd_env_change_setting(&script, value, &text, &after);
	ck_assert_str_eq(tmd_buf_str(&after), wanted);
	tmd_env_change_setting(&script, value, &after, &again);
	ck_assert_str_eq(tmd_buf_str(&again), wanted);
}

/* `value` NULL: no plain line. */
static void ck_found(enum tmd_env_syntax syntax, const char *before, const char *value,
		     size_t line, size_t otherwise)
{
	const struct tmd_env_script script = { syntax, "A" };
	struct tmd_env_setting found = { 0 };
	TMD_AUTO_BUF struct tmd_buf text = { 0 };

	tmd_buf_add_str(&text, before);
	tmd_env_find_setting(&script, &text, &found);
	if (value)
		ck_assert_str_eq(found.value, value);
	else
		ck_assert_ptr_null(found.value);
	ck_assert_uint_eq(found.line, line);
	ck_assert_uint_eq(found.otherwise, otherwise);
	tmd_env_setting_release(&found);
}

static const struct {
	enum tmd_env_syntax syntax;
	const char *line;
	const char *value;
} plain[] = {
	{ SH, "export A=/p", "/p" },
	{ SH, "A=/p", "/p" },
	{ SH, "export A='/p q'  ", "/p q" },
	{ SH, "export\tA=\"(x)=y\"", "(x)=y" },
	{ SH, "A=/p; export A", "/p" },
	{ SH, "A='/p' ;export A", "/p" },
	{ SH, "A=\"\"", "" },
	{ CSH, "setenv A /p", "/p" },
	{ CSH, "setenv\tA '/p q\\!'", "/p q!" },
	{ CSH, "setenv A \"/p\"", "/p" },
	{ FISH, "set -gx A /p", "/p" },
	{ FISH, "set -g --export A '/p q!'", "/p q!" },
	{ FISH, "set -x A \"/p\"", "/p" },
};

START_TEST(lines_that_only_set_the_variable_are_plain)
{
	ck_found(plain[_i].syntax, plain[_i].line, plain[_i].value, 1, 0);
	ck_change(plain[_i].syntax, plain[_i].line, NULL, "");
}
END_TEST

static const struct {
	enum tmd_env_syntax syntax;
	const char *line;
} other[] = {
	{ SH, " export A=/p" },
	{ SH, "export A=/p # mine" },
	{ SH, "export A=/p B=/q" },
	{ SH, "A=/p command" },
	{ SH, "export A=$B" },
	{ SH, "export A=\"$B\"" },
	{ SH, "export A='x'y" },
	{ SH, "export A='x" },
	{ SH, "export A=~/p" },
	{ SH, "export A=x=y" },
	{ SH, "export A=/p\r" },
	{ SH, "A+=/p" },
	{ SH, "A=/p; export A B" },
	{ SH, "A=/p && export A" },
	{ SH, "unset A" },
	{ SH, "export A" },
	{ CSH, "export A=/p" },
	{ CSH, "setenv A /p q" },
	{ CSH, "setenv A '/p!'" },
	{ CSH, "setenv A \"$B\"" },
	{ CSH, "if (1) setenv A /p" },
	{ FISH, "set -l A /p" },
	{ FISH, "set -gx A /p /q" },
	{ FISH, "set -gx A $B" },
	{ FISH, "set -gx A '/p\\'" },
};

START_TEST(lines_that_do_more_are_left_and_told)
{
	ck_found(other[_i].syntax, other[_i].line, NULL, 0, 1);
	ck_change(other[_i].syntax, other[_i].line, NULL, other[_i].line);
}
END_TEST

START_TEST(names_that_hold_the_name_are_others)
{
	ck_found(SH, "export AA=/p\nB_A=/q\nA1=/r\n# A=/s\n", NULL, 0, 0);
}
END_TEST

START_TEST(the_last_line_is_replaced_where_it_stands)
{
	ck_change(SH, "B=1\nA=old\nC=2\nexport A=older\nD=3\n", "/n",
		  "B=1\nC=2\nexport A=/n\nD=3\n");
	ck_change(CSH, "setenv A old\nsetenv B 1\n", "/n", "setenv A '/n'\nsetenv B 1\n");
	ck_change(FISH, "set -gx A old\nset -gx B 1", "/n", "set -gx A '/n'\nset -gx B 1");
}
END_TEST

START_TEST(a_new_line_goes_to_the_end)
{
	ck_change(SH, "", "/n", "export A=/n\n");
	ck_change(SH, "umask 022", "/n", "umask 022\nexport A=/n");
	ck_change(SH, "if true; then\n\texport A=/p\nfi\n", "/n",
		  "if true; then\n\texport A=/p\nfi\nexport A=/n\n");
}
END_TEST

START_TEST(what_was_added_goes_without_a_trace)
{
	ck_change(SH, "umask 022\nexport A=/n\n", NULL, "umask 022\n");
	ck_change(SH, "umask 022\nexport A=/n", NULL, "umask 022");
	ck_change(SH, "export A=/n\n", NULL, "");
}
END_TEST

START_TEST(texts_of_here_documents_are_no_lines)
{
	ck_change(SH, "cat <<EOF\nexport A=/p\nEOF\nexport A=/q\n", "/n",
		  "cat <<EOF\nexport A=/p\nEOF\nexport A=/n\n");
	ck_change(SH, "cat <<-'E F'\n\texport A=/p\n", NULL, "cat <<-'E F'\n\texport A=/p\n");
	ck_change(SH, "cat >f <<-\\E\nA=/p\n\tE\nA=/q\n", NULL, "cat >f <<-\\E\nA=/p\n\tE\n");
	ck_change(SH, "# << EOF\nA=/p\n", NULL, "# << EOF\n");
	ck_change(SH, "cat <<<A\nA=/p\n", NULL, "cat <<<A\n");
}
END_TEST

START_TEST(a_line_that_is_joined_to_the_one_before_is_none)
{
	ck_change(SH, "echo \\\nA=/p\nA=/q\n", NULL, "echo \\\nA=/p\n");
	ck_change(SH, "# c\\\nA=/p\n", NULL, "# c\\\n");
}
END_TEST

START_TEST(values_are_quoted_for_the_shell_that_reads_them)
{
	ck_change(SH, "", "/p q!", "export A=\"/p q!\"\n");
	ck_change(SH, "", "=ls", "export A=\"=ls\"\n");
	ck_change(SH, "", "~/x", "export A=\"~/x\"\n");
	ck_change(CSH, "", "/p q!", "setenv A '/p q\\!'\n");
	ck_change(FISH, "", "/p q!", "set -gx A '/p q!'\n");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("env script lines");
	TCase *tcase = tcase_create("all");

	tcase_add_loop_test(tcase, lines_that_only_set_the_variable_are_plain, 0,
			    sizeof(plain) / sizeof(*plain));
	tcase_add_loop_test(tcase, lines_that_do_more_are_left_and_told, 0,
			    sizeof(other) / sizeof(*other));
	tcase_add_test(tcase, names_that_hold_the_name_are_others);
	tcase_add_test(tcase, the_last_line_is_replaced_where_it_stands);
	tcase_add_test(tcase, a_new_line_goes_to_the_end);
	tcase_add_test(tcase, what_was_added_goes_without_a_trace);
	tcase_add_test(tcase, texts_of_here_documents_are_no_lines);
	tcase_add_test(tcase, a_line_that_is_joined_to_the_one_before_is_none);
	tcase_add_test(tcase, values_are_quoted_for_the_shell_that_reads_them);
	suite_add_tcase(s, tcase);
	return s;
}

UNIT_MAIN(suite)
