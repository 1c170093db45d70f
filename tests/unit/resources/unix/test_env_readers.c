/*
 * The imitations of the programs that read environment files, line by line. Every
 * expectation here was seen from the real program (Debian 12: pam 1.5.2, systemd 252, dash);
 * tests/integration/test_env_parsers.py holds both side by side.
 */
#include "unit.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "resources/env/unix/readers.h"

typedef void read_function(struct tmd_env_reader *reader, const char *data, size_t len);

static const char unset[] = "(unset)";
static const char unknown[] = "(unknown)";

/* What one reader makes of `name` in these bytes. The answer lives until the next call. */
static const char *value_after(read_function *read, const char *data, size_t len, const char *name)
{
	static char answer[70000];
	TMD_AUTO_ENV_VARS struct tmd_env_vars around = { 0 };
	TMD_AUTO_ENV_VARS struct tmd_env_vars vars = { 0 };
	TMD_AUTO_ENV_READER struct tmd_env_reader reader = {
		.vars = &vars, .path = "/f", .watch = name,
		.envd = { .around = &around, .comment_joins = true }
	};
	const struct tmd_env_var *var;

	tmd_env_vars_set(&around, "KNOWN", "/known", "x", 0);
	read(&reader, data, len);
	var = tmd_env_vars_find(&vars, name);
	if (reader.end == TMD_ENV_GIVES_UP && read == tmd_env_read_environment_d)
		return "(broken)";
	if (!var)
		return unset;
	if (var->unknown)
		return unknown;
	ck_assert_uint_lt(strlen(var->value), sizeof(answer));
	snprintf(answer, sizeof(answer), "%s", var->value);
	return answer;
}

#define ck_reads(read, text, name, wanted) \
	ck_assert_str_eq(value_after(read, text, sizeof(text) - 1, name), wanted)

#define ck_pam(text, wanted) ck_reads(tmd_env_read_pam, text, "A", wanted)
#define ck_envd(text, wanted) ck_reads(tmd_env_read_environment_d, text, "A", wanted)
#define ck_manager(text, wanted) ck_reads(tmd_env_read_manager_conf, "[Manager]\n" text, "A", wanted)
#define ck_sh(text, wanted) ck_reads(tmd_env_read_sh, text, "A", wanted)

/* ---- the table of the reference: one line, three readings ---- */

START_TEST(a_hash_ends_the_line_for_pam_alone)
{
	ck_pam("A=/p#q\n", "/p");
	ck_envd("A=/p#q\n", "/p#q");
	ck_sh("A=/p#q\n", "/p#q");
	ck_pam("A=\"/p#q\"\n", "/p");
	ck_envd("A=\"/p#q\"\n", "/p#q");
	ck_sh("A=\"/p#q\"\n", "/p#q");
	ck_pam("A=/p   # c\n", "/p   ");
	ck_envd("A=/p   # c\n", "/p   # c");
	ck_sh("A=/p   # c\n", "/p");
}
END_TEST

START_TEST(a_dollar_is_literal_for_pam_and_expanded_elsewhere)
{
	ck_pam("A=/p/$KNOWN\n", "/p/$KNOWN");
	ck_envd("A=/p/$KNOWN\n", "/p//known");
	ck_sh("A=/p/$KNOWN\n", unknown);
	ck_pam("A='/${KNOWN}'\n", "/${KNOWN}");
	ck_envd("A='/${KNOWN}'\n", "//known");
	ck_sh("A='/${KNOWN}'\n", "/${KNOWN}");
}
END_TEST

START_TEST(backslashes_are_kept_by_pam_and_dropped_elsewhere)
{
	ck_pam("A=C:\\x\\y\n", "C:\\x\\y");
	ck_envd("A=C:\\x\\y\n", "C:xy");
	ck_sh("A=C:\\x\\y\n", "C:xy");
}
END_TEST

START_TEST(blanks_inside_a_bare_value_run_a_command_in_sh)
{
	ck_pam("A=a b\n", "a b");
	ck_envd("A=a b\n", "a b");
	ck_sh("A=a b\n", unset);
}
END_TEST

START_TEST(export_is_known_to_pam_and_sh_only)
{
	ck_pam("export A=x\n", "x");
	ck_envd("export A=x\n", unset);
	ck_sh("export A=x\n", "x");
	ck_pam("export  A=x\n", unset);
	ck_pam("export\tA=x\n", unset);
}
END_TEST

START_TEST(blanks_around_the_equals_sign_are_for_systemd_only)
{
	ck_pam("A = x\n", unset);
	ck_envd("A = x\n", "x");
	ck_sh("A = x\n", unset);
	ck_pam("A= x\n", " x");
}
END_TEST

START_TEST(trailing_blanks_stay_for_pam_alone)
{
	ck_pam("A=x  \n", "x  ");
	ck_envd("A=x  \n", "x");
	ck_sh("A=x  \n", "x");
}
END_TEST

START_TEST(a_final_backslash_joins_the_next_line)
{
	ck_pam("A=x\\\nB=y\n", "xB=y");
	ck_envd("A=x\\\nB=y\n", "xB=y");
	ck_sh("A=x\\\nB=y\n", "xB=y");
	ck_pam("A=x\\  \nB=y\n", "xB=y");
	ck_pam("A=x\\\n# c\n\n B=y\n", "x B=y");
	ck_pam("B=1\nA=x\\", unset);
	ck_envd("A=x\\", "x");
}
END_TEST

START_TEST(carriage_returns_become_part_of_the_value_but_for_systemd)
{
	ck_pam("A=x\r\nB=y\r\n", "x\r");
	ck_envd("A=x\r\nB=y\r\n", "x");
	ck_sh("A=x\r\nB=y\r\n", "x\r");
	ck_manager("DefaultEnvironment=A=x\r\n", "x");
}
END_TEST

START_TEST(a_byte_order_mark_hides_the_first_variable)
{
	static const char text[] = "\xEF\xBB\xBF" "A=x\nB=y\n";

	ck_reads(tmd_env_read_pam, text, "A", unset);
	ck_reads(tmd_env_read_environment_d, text, "A", unset);
	ck_reads(tmd_env_read_sh, text, "A", unset);
	ck_reads(tmd_env_read_pam, text, "B", "y");
	ck_reads(tmd_env_read_environment_d, text, "B", "y");
	ck_reads(tmd_env_read_sh, text, "B", "y");
	ck_reads(tmd_env_read_manager_conf,
		 "\xEF\xBB\xBF[Manager]\nDefaultEnvironment=A=x\n", "A", "x");
}
END_TEST

START_TEST(the_last_of_several_assignments_wins)
{
	ck_pam("A=1\nA=2\n", "2");
	ck_envd("A=1\nA=2\n", "2");
	ck_sh("A=1\nA=2\n", "2");
	ck_manager("DefaultEnvironment=A=1 A=2\n", "2");
}
END_TEST

/* ---- pam_env ---- */

START_TEST(pam_drops_one_quote_at_each_end)
{
	ck_pam("A=\"a'b\"\n", "a'b");
	ck_pam("A=\"a\" b\n", "a\" b");
	ck_pam("A=\"x\" \n", "x\" ");
	ck_pam("A='a\"\n", "a");
	ck_pam("A=a\"\n", "a\"");
	ck_pam("A=\"\n", "");
	ck_pam("A=\n", "");
}
END_TEST

START_TEST(pam_takes_a_name_alone_as_unset)
{
	ck_pam("A=1\nA\n", unset);
	ck_pam("A=1\nexport A\n", unset);
	ck_pam("A\n", unset);
}
END_TEST

START_TEST(pam_ignores_names_that_are_none)
{
	ck_pam("=x\nA=1\n", "1");
	ck_pam("A.B=x\n", unset);
	ck_reads(tmd_env_read_pam, "1A=x\n", "1A", "x");
}
END_TEST

/* A line of `len` bytes that sets A, and one behind it. */
static const char *long_line(size_t len, size_t *size)
{
	static char text[20100];

	memset(text, 'x', len);
	text[0] = 'A';
	text[1] = '=';
	memcpy(text + len, "\nB=1\n", 6);
	*size = len + 5;
	return text;
}

START_TEST(pam_reads_lines_up_to_8190_bytes_and_then_nothing_more)
{
	size_t size;
	const char *text = long_line(8190, &size);

	ck_assert_uint_eq(strlen(value_after(tmd_env_read_pam, text, size, "A")), 8188);
	ck_assert_str_eq(value_after(tmd_env_read_pam, text, size, "B"), "1");
	text = long_line(8191, &size);
	ck_assert_str_eq(value_after(tmd_env_read_pam, text, size, "A"), unset);
	ck_assert_str_eq(value_after(tmd_env_read_pam, text, size, "B"), unset);
	text = long_line(20000, &size);
	ck_assert_str_eq(value_after(tmd_env_read_pam, text, size, "B"), unset);
	ck_assert_uint_eq(strlen(value_after(tmd_env_read_environment_d, text, size, "A")), 19998);
}
END_TEST

START_TEST(pam_reads_nothing_behind_a_nul)
{
	ck_pam("B=1\nA=x\0y\nC=2\n", unset);
	ck_reads(tmd_env_read_pam, "B=1\nA=x\0y\nC=2\n", "B", "1");
	ck_reads(tmd_env_read_pam, "B=1\nA=x\0y\nC=2\n", "C", unset);
}
END_TEST

START_TEST(pam_env_conf_knows_default_and_override)
{
	ck_reads(tmd_env_read_pam_conf, "A DEFAULT=/x\n", "A", "/x");
	ck_reads(tmd_env_read_pam_conf, "A DEFAULT=/x OVERRIDE=/y\n", "A", "/y");
	ck_reads(tmd_env_read_pam_conf, "A\tDEFAULT=\"a b\"\n", "A", "a b");
	ck_reads(tmd_env_read_pam_conf, "# A DEFAULT=/x\n", "A", unset);
	ck_reads(tmd_env_read_pam_conf, "A DEFAULT=${HOME}/x\n", "A", unknown);
	ck_reads(tmd_env_read_pam_conf, "A DEFAULT=/x\nA\n", "A", unset);
	ck_reads(tmd_env_read_pam_conf, "A=x\n", "A", "x");
	ck_reads(tmd_env_read_pam_conf, "A DEFAULT=/x WRONG=1\n", "A", unset);
}
END_TEST

/* ---- environment.d ---- */

START_TEST(environment_d_ignores_empty_values)
{
	ck_envd("A=1\nA=\n", "1");
	ck_envd("A=1\nA=\"\"\n", "1");
	ck_envd("A\n", unset);
}
END_TEST

START_TEST(environment_d_joins_quoted_parts_and_drops_blanks_between)
{
	ck_envd("A=\"a\" b\n", "ab");
	ck_envd("A=\"x\" \n", "x");
	ck_envd("A=a\"b\"\n", "a\"b\"");
	ck_envd("A=\"a\\\"b\\q\"\n", "a\"b\\q");
	ck_envd("A='a\\'\n", "a\\");
}
END_TEST

START_TEST(environment_d_takes_the_rest_of_the_file_behind_an_open_quote)
{
	ck_envd("B=\"x\nA=1\n", unset);
	ck_envd("A=\"x\nB=1\n", "x\nB=1\n");
}
END_TEST

START_TEST(environment_d_expands_defaults_and_alternatives)
{
	ck_envd("A=${NOT_SET:-d}\n", "d");
	ck_envd("A=${KNOWN:-d}\n", "/known");
	ck_envd("A=${KNOWN:+alt}\n", "alt");
	ck_envd("A=${NOT_SET:+alt}x\n", "x");
	ck_envd("A=${NOT_SET:-${KNOWN}}\n", "/known");
	ck_envd("A=$$x$\n", "$x$");
	ck_envd("A=${KNOWN\n", "${KNOWN");
	ck_envd("B=b\nA=$B$B\n", "bb");
	ck_envd("A=${HOME}\n", unknown);
}
END_TEST

START_TEST(environment_d_knows_two_comment_signs)
{
	ck_envd(";A=1\n", unset);
	ck_envd("#A=1\n", unset);
	ck_envd("A=;x\n", ";x");
}
END_TEST

START_TEST(a_comment_takes_the_next_line_before_systemd_254)
{
	static const char text[] = "# c\\\nA=1\n";
	TMD_AUTO_ENV_VARS struct tmd_env_vars vars = { 0 };
	struct tmd_env_reader reader = { .vars = &vars, .path = "/f" };

	ck_envd("# c\\\nA=1\n", unset);
	tmd_env_read_environment_d(&reader, text, sizeof(text) - 1);
	ck_assert_ptr_nonnull(tmd_env_vars_find(&vars, "A"));
	ck_pam("# c\\\nA=1\n", "1");
}
END_TEST

START_TEST(what_stops_the_generator_gives_no_variables)
{
	ck_envd("A=1\nB=\xFF\n", "(broken)");
	ck_envd("A=1\nB=x\0y\n", unset);
}
END_TEST

START_TEST(a_noncharacter_stops_the_generator)
{
	static const char *const texts[] = {
		"\xEF\xBF\xBF", "\xEF\xBF\xBE", "\xEF\xB7\x90", "\xEF\xB7\xAF",
		"\xF0\x9F\xBF\xBE", "\xF4\x8F\xBF\xBF",
	};
	char text[32];

	snprintf(text, sizeof(text), "B=b%sar\nA=1\n", texts[_i]);
	ck_assert_str_eq(value_after(tmd_env_read_environment_d, text, strlen(text), "A"),
			 "(broken)");
}
END_TEST

START_TEST(characters_beside_noncharacters_do_not_stop_the_generator)
{
	ck_envd("A=\xEF\xBF\xBD\n", "\xEF\xBF\xBD");
	ck_envd("A=\xEF\xB7\x8F\n", "\xEF\xB7\x8F");
	ck_envd("A=\xEF\xB7\xB0\n", "\xEF\xB7\xB0");
}
END_TEST

/* Systemd writes "x\ty" between the two, and takes back but \" \\ \` \$. */
START_TEST(the_manager_takes_escapes_of_control_characters_for_letters)
{
	static const struct {
		const char *generated;
		const char *handed;
	} cases[] = {
		{ "x\ty", "x\\ty" },     { "a\nb", "a\\nb" },   { "\r\f\v\a\b", "\\r\\f\\v\\a\\b" },
		{ "\x01\x1b\x7f", "\\001\\033\\177" },
		{ "a\\b \"$`'", "a\\b \"$`'" },
		{ "\xC2\x85\xC3\xA9", "\xC2\x85\xC3\xA9" },
	};
	TMD_AUTO_ENV_VARS struct tmd_env_vars vars = { 0 };

	tmd_env_vars_set(&vars, "A", cases[_i].generated, "/f", 1);
	(void)tmd_env_vars_touch(&vars, "UNSET", "/f", 2);
	tmd_env_hand_to_manager(&vars);
	ck_assert_str_eq(tmd_env_vars_find(&vars, "A")->value, cases[_i].handed);
	ck_assert_ptr_null(tmd_env_vars_find(&vars, "UNSET"));
}
END_TEST

START_TEST(expansion_is_bounded)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };

	tmd_buf_add_str(&text, "A=xxxxxxxx\n");
	for (int i = 0; i < 64; i++)
		tmd_buf_add_str(&text, "A=$A$A\n");
	ck_assert_str_eq(value_after(tmd_env_read_environment_d, text.data, text.len, "A"),
			 unknown);
	tmd_buf_clear(&text);
	tmd_buf_add_str(&text, "A=");
	for (int i = 0; i < 5000; i++)
		tmd_buf_add_str(&text, "${X:-");
	for (int i = 0; i < 5000; i++)
		tmd_buf_add_str(&text, "}");
	ck_assert_str_eq(value_after(tmd_env_read_environment_d, text.data, text.len, "A"),
			 unknown);
}
END_TEST

/* ---- DefaultEnvironment= ---- */

START_TEST(default_environment_takes_blank_separated_quoted_words)
{
	ck_manager("DefaultEnvironment=B=1 A=2\n", "2");
	ck_manager("DefaultEnvironment=\"A=2 3\" B=1\n", "2 3");
	ck_manager("DefaultEnvironment=A=\"2 3\" B=1\n", "2 3");
	ck_manager("DefaultEnvironment='A=a b'c\n", "a bc");
	ck_manager("DefaultEnvironment=A=a\\x41\\101\\n\\\\\n", "aAA\n\\");
	ck_manager("DefaultEnvironment=A= B=1\n", "");
	ck_manager("DefaultEnvironment=A=$B#x\n", "$B#x");
	ck_manager(" DefaultEnvironment = A=1\n", "1");
}
END_TEST

START_TEST(default_environment_stops_at_a_malformed_word)
{
	ck_manager("DefaultEnvironment=A=1 B=\"x\n", "1");
	ck_manager("DefaultEnvironment=\"B=x A=1\n", unset);
	ck_manager("DefaultEnvironment=B=\\q A=1\n", unset);
	ck_manager("DefaultEnvironment=A=x\\ y\n", unset);
	ck_manager("DefaultEnvironment=b.c=1 A=1\n", "1");
}
END_TEST

START_TEST(an_empty_default_environment_resets)
{
	ck_manager("DefaultEnvironment=A=1\nDefaultEnvironment=\n", unset);
	ck_manager("DefaultEnvironment=A=1\nDefaultEnvironment=\nDefaultEnvironment=A=2\n", "2");
}
END_TEST

START_TEST(specifiers_depend_on_the_machine)
{
	ck_manager("DefaultEnvironment=A=%m\n", unknown);
	ck_manager("DefaultEnvironment=A=%%\n", unknown);
	ck_manager("DefaultEnvironment=A=50%\n", "50%");
	ck_manager("DefaultEnvironment=A=%@x\n", "%@x");
}
END_TEST

START_TEST(manager_lines_go_on_past_comments)
{
	ck_manager("DefaultEnvironment=B=1 \\\n  A=2\n", "2");
	ck_manager("DefaultEnvironment=B=1 \\\n# c\n A=2\n", "2");
	ck_manager("#DefaultEnvironment=A=1\n;DefaultEnvironment=A=1\n", unset);
	ck_manager("#\\\nDefaultEnvironment=A=1\n", "1");
}
END_TEST

START_TEST(only_the_manager_section_counts)
{
	ck_manager("[Other]\nDefaultEnvironment=A=1\n", unset);
	ck_manager("[Other]\n[Manager]\nDefaultEnvironment=A=1\n", "1");
	ck_manager("defaultenvironment=A=1\n", unset);
	ck_reads(tmd_env_read_manager_conf, "DefaultEnvironment=A=1\n", "A", unset);
}
END_TEST

START_TEST(the_manager_reads_nothing_behind_a_malformed_line)
{
	ck_manager("DefaultEnvironment=A=1\n[Manager\nDefaultEnvironment=A=2\n", "1");
	ck_manager("DefaultEnvironment=A=1\nX=\xFF\nDefaultEnvironment=A=2\n", "1");
}
END_TEST

/* ---- sh ---- */

START_TEST(sh_follows_plain_commands)
{
	ck_sh("A=1; export A\n", "1");
	ck_sh("export A=1 B=2\n", "1");
	ck_sh("export B=1 A='2 3'\n", "2 3");
	ck_sh("A=1\nunset A\n", unset);
	ck_sh("A=\"a\"'b'c\n", "abc");
	ck_sh("A=1 # c\n", "1");
	ck_sh("A=1 true\n", unset);
	ck_sh("A=1 && true\n", "1");
	ck_sh("\\A=1\n", unset);
}
END_TEST

START_TEST(sh_does_not_guess_conditions)
{
	ck_sh("if true; then A=1; fi\n", unknown);
	ck_sh("true && A=1\n", unknown);
	ck_sh("true &&\nA=1\n", unknown);
	ck_sh("f() { A=1; }\n", unknown);
	ck_sh("(A=1)\n", unknown);
	ck_sh("case x in x) A=1;; esac\n", unknown);
	ck_sh("A=1\n[ -n \"$A\" ] && unset A\n", unknown);
	ck_sh("[ -n \"$X\" ] && return\nA=1\n", unknown);
	ck_sh("if true; then B=1; fi\nA=1\n", "1");
	ck_sh("[ -n \"$X\" ] && B=1\nA=1\n", "1");
}
END_TEST

START_TEST(sh_does_not_guess_cleverness)
{
	ck_sh("A=~/x\n", unknown);
	ck_sh("A=/a:~/x\n", unknown);
	ck_sh("A=$(pwd)\n", unknown);
	ck_sh("A=`pwd`\n", unknown);
	ck_sh("eval A=1\n", unknown);
	ck_sh("A=1 $EMPTY\n", unknown);
	ck_sh("A=1 :\n", unknown);
	ck_sh("read A\n", unknown);
	ck_sh("readonly A=1\n", unknown);
	ck_sh(": ${A:=1}\n", unknown);
	ck_sh("export A=*\n", unknown);
	ck_sh("cat <<E\nE\nA=1\n", unknown);
	ck_sh("B='x\nA=1\n", unknown);
}
END_TEST

START_TEST(sh_reading_a_variable_is_not_setting_it)
{
	ck_sh("A=1\nB=$A\n[ -n \"$A\" ] && B=2\necho A \"${A:-x}\"\n", "1");
	ck_sh("B=\"${A}\"\n", unset);
	ck_sh("B=1 # A=2\n", unset);
	ck_sh("AA=1\nB_A=2\n", unset);
}
END_TEST

START_TEST(sh_stops_at_return)
{
	ck_sh("A=1\nreturn\nA=2\n", "1");
	ck_sh("return\nA=2\n", unset);
	ck_sh("exec 2>/dev/null\nA=2\n", "2");
	ck_sh("A=1 2>/dev/null\n", "1");
}
END_TEST

START_TEST(sh_tells_whether_a_variable_is_exported)
{
	TMD_AUTO_ENV_VARS struct tmd_env_vars vars = { 0 };
	struct tmd_env_reader reader = { .vars = &vars, .path = "/f" };
	static const char text[] = "A=1\nB=1\nexport B\nset -a\nC=1\nset +a\nD=1\n";

	tmd_env_read_sh(&reader, text, sizeof(text) - 1);
	ck_assert(!tmd_env_vars_find(&vars, "A")->exported);
	ck_assert(tmd_env_vars_find(&vars, "B")->exported);
	ck_assert(tmd_env_vars_find(&vars, "C")->exported);
	ck_assert(!tmd_env_vars_find(&vars, "D")->exported);
}
END_TEST

START_TEST(sh_does_not_guess_whether_a_variable_is_exported)
{
	ck_sh("[ -d /x ] && export A=1\nA=2\n", unknown);
	ck_sh("export A=1\n[ -d /x ] && unset A\nA=2\n", unknown);
	ck_sh("[ -d /x ] && export A=1\nexport A=2\n", "2");
}
END_TEST

static const char not_exported[] = "(not exported)";

/* What a program gets: only what is exported. */
static void ck_gets(const char *text, const char *wanted)
{
	TMD_AUTO_ENV_VARS struct tmd_env_vars vars = { 0 };
	TMD_AUTO_ENV_READER struct tmd_env_reader reader = { .vars = &vars, .path = "/f",
							     .watch = "A" };
	const struct tmd_env_var *var;
	const char *got = unset;

	tmd_env_read_sh(&reader, text, strlen(text));
	var = tmd_env_vars_find(&vars, "A");
	if (var)
		got = !var->exported && !var->maybe_exported ? not_exported :
		      var->unknown			      ? unknown :
								var->value;
	ck_assert_msg(strcmp(got, wanted) == 0, "'%s' gives %s and not %s", text, got, wanted);
}

START_TEST(sh_exports_only_what_export_names)
{
	ck_gets("if [ -d /opt/studio ]; then A=/a; fi\nA=/b\n", not_exported);
	ck_gets("read A\nA=/b\n", not_exported);
	ck_gets("printf -v A x\nA=/b\n", not_exported);
	ck_gets("f() { A=/a; }\nA=/b\n", not_exported);
	ck_gets("{ A=/a; }\nA=/b\n", not_exported);
	ck_gets("A+=/a\nA=/b\n", not_exported);
	ck_gets("for A in x; do :; done\nA=/b\n", not_exported);
	ck_gets("export A\nunset A\nA=/b\n", not_exported);
	ck_gets("set -- -a\nA=/b\n", not_exported);
	ck_gets("eval A=/a\nA=/b\n", unknown);
	ck_gets("{ export A=/a; }\nA=/b\n", unknown);
	ck_gets("[ -d /x ] && export A\nA=/b\n", unknown);
	ck_gets("[ -d /x ] && set -a\nA=/b\n", unknown);
	ck_gets("set -a\n[ -d /x ] && set +a\nA=/b\n", unknown);
	ck_gets("set -eo allexport\nA=/b\n", "/b");
	ck_gets("eval A=/a\nexport A=/b\n", "/b");
	ck_gets("read A\nA=/b\nexport A\n", "/b");
}
END_TEST

START_TEST(sh_does_not_guess_what_dash_and_bash_take_differently)
{
	static const char *const commands[] = {
		"A+=:/x", "A[0]=/x", "A=(/x /y)", "A=(if\n/x)", "A=$'x'", "A=$\"x\"", "A=$[1]",
		"export A+=:/x", "export -n A", "export -n A=/x", "unset -n A",
		"typeset A=/x", "typeset -x A", "declare A=/x", "local A=/x", "readonly A=/x",
		"readonly A", "printf -v A x", "getopts x A", "read A", "read -r B A", "mapfile A",
		"readarray -t A", "for A in x y; do :; done", "for A\ndo :; done",
		"for A do :; done", "select A in x; do :; done", "time A=/x",
		"echo ${A:=x}", "B=${A:=x}", "B=$((A+=1))", "${A=x} true", "B=${A=x} true",
		"case ${A=x} in x) ;; esac", "for B in ${A:=x}; do :; done",
		"f() { A=/x; }\nf", "function f { A=/x; }\nf", "function f() { A=/x; }\nf",
		"f() { g; }\ng() { A=/x; }\nf", "f() A=/x\nf", "f()\n(A=/x)\nf",
	};

	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		TMD_AUTO_FREE char *text = tmd_format("export A=1\n%s\n", commands[i]);

		ck_gets(text, unknown);
	}
	ck_gets("readonly A=/x\nexport A=/y\n", unknown);
	ck_gets("export A=/x\nreadonly A\nunset A\n", unknown);
	ck_gets("declare -i A\nexport A=/y\n", unknown);
	ck_gets("declare -x A=/x\nexport A=/y\n", "/y");
}
END_TEST

START_TEST(sh_is_not_led_astray_by_what_only_looks_alike)
{
	static const char *const commands[] = {
		"unset -v B", "unset -f A", "for B in A A+=1; do echo A; done", "B+=A", "B=$'A'",
		"export -n B", "case $B in if|fi) B=1;; (done) B=2;; esac", "B=(if fi)",
		"case x in\n# c\nif)\n;;\n}) B=1\nesac", "case x in esac", "f() { B=1; }\nf",
		"f() {\n[ -n \"$B\" ] || return\nB=1\n}\nf", "echo fi } esac done",
		"if true; then B=1; elif false; then B=2; else B=3; fi",
		"while false; do { (B=1); } done", "if { true; } then B=1; fi", "(B=1)", "((B++))",
		"[[ $B == (x|y) ]] && B=1", "for ((B=0;B<1;B++)); do B=1; done",
		"B=\"$A\" true", "B=$(echo A)", "for B do B=1; done", "! true", "\\fi", "'}'",
	};

	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		TMD_AUTO_FREE char *text = tmd_format("A=1\n%s\nexport A\n", commands[i]);
		TMD_AUTO_FREE char *behind = tmd_format("%s\nexport A=1\n", commands[i]);

		ck_gets(text, "1");
		ck_gets(behind, "1");
	}
	ck_gets("A=1\nunset -v A\n", unset);
}
END_TEST

/* ---- all ---- */

START_TEST(setters_are_named_with_their_line)
{
	static read_function *const reads[] = { tmd_env_read_pam, tmd_env_read_environment_d,
						tmd_env_read_sh };
	static const char text[] = "# c\n\nB=1\nA=2\n";

	for (size_t i = 0; i < sizeof(reads) / sizeof(*reads); i++) {
		TMD_AUTO_ENV_VARS struct tmd_env_vars vars = { 0 };
		TMD_AUTO_ENV_READER struct tmd_env_reader reader = { .vars = &vars, .path = "/f",
								     .watch = "A" };

		reads[i](&reader, text, sizeof(text) - 1);
		ck_assert_uint_eq(tmd_env_vars_find(&vars, "A")->line, 4);
		ck_assert_str_eq(tmd_env_vars_find(&vars, "A")->path, "/f");
		ck_assert_uint_eq(reader.spans.count, 1);
		ck_assert_uint_eq(reader.spans.items[0].start, 9);
		ck_assert_uint_eq(reader.spans.items[0].end, 13);
	}
}
END_TEST

static void ck_problem(read_function *read, const char *text, size_t len, const char *wanted)
{
	TMD_AUTO_ENV_VARS struct tmd_env_vars vars = { 0 };
	TMD_AUTO_STRV struct tmd_strv problems = { 0 };
	struct tmd_env_reader reader = { .vars = &vars, .path = "/f", .problems = &problems };

	read(&reader, text, len);
	for (size_t i = 0; i < problems.count; i++) {
		if (tmd_str_starts(problems.items[i], wanted))
			return;
	}
	ck_abort_msg("no problem '%s…'; first: %s", wanted,
		     problems.count ? problems.items[0] : "none");
}

START_TEST(traps_are_reported_with_file_and_line)
{
	size_t size;
	const char *line = long_line(8191, &size);

	ck_problem(tmd_env_read_pam, line, size, "line 1 of /f: too long for pam_env");
	line = long_line(1100, &size);
	ck_problem(tmd_env_read_pam, line, size, "line 1 of /f: longer than 1023 bytes");
	ck_problem(tmd_env_read_pam, "B=1\nA=x\r\n", 9, "line 2 of /f: ends in CR LF");
	ck_problem(tmd_env_read_pam, "\xEF\xBB\xBF" "A=1\n", 7, "line 1 of /f: begins with a byte");
	ck_problem(tmd_env_read_pam, "B=1\nA=\\", 7, "line 2 of /f: ends in a backslash");
	ck_problem(tmd_env_read_pam, "B=1\nA =x\n", 9, "line 2 of /f: pam_env passes over A for");
	ck_problem(tmd_env_read_pam, "export A\t = x\n", 14, "line 1 of /f: pam_env passes over A");
	ck_problem(tmd_env_read_environment_d, "B=1\nA=\"x\n", 9, "line 2 of /f: a quote is never");
	ck_problem(tmd_env_read_environment_d, "B=1\nA=\xFF\n", 8, "line 2 of /f: the value of A");
	ck_problem(tmd_env_read_manager_conf, "[Manager]\nDefaultEnvironment=\"x\n", 33,
		   "line 2 of /f: DefaultEnvironment= has an open quote");
}
END_TEST

START_TEST(sh_syntax_errors_are_reported_with_file_and_line)
{
	static const char *const words[] = { "fi", "}", "esac", "done", ")", "then", "do", ";;",
					     "else", "elif", ";", "&", "&& :", "|| :", "| :" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		TMD_AUTO_FREE char *text = tmd_format("B=1\n%s\nexport A=1\n", words[i]);
		TMD_AUTO_FREE char *wanted =
			tmd_format("line 2 of /f: '%.*s' is a syntax error",
				   (int)strcspn(words[i], " "), words[i]);
		TMD_AUTO_FREE char *before = tmd_format("export A=1\n%s\n", words[i]);

		ck_problem(tmd_env_read_sh, text, strlen(text), wanted);
		ck_gets(text, unknown);
		ck_gets(before, "1");
	}
	ck_gets("export A=1\nA=2 )\n", unknown);
	ck_gets("export A=1\nA=2; fi\n", unknown);
	ck_gets("export A=1\nA=2; if x; then\n", unknown);
	ck_gets("export A=1\nA=2 B='x\n", unknown);
	ck_problem(tmd_env_read_sh, "if x; then\ndone\n", 16, "line 2 of /f: 'done' is a syntax");
	ck_problem(tmd_env_read_sh, "if x; then y\nfi B=1\n", 20, "line 2 of /f: 'B=1' is a synt");
	ck_problem(tmd_env_read_sh, "B=1\nif x; then y\n", 17, "line 2 of /f: the 'if' is never");
	ck_problem(tmd_env_read_sh, "(\nB=1\n", 6, "line 1 of /f: the '(' is never closed");
}
END_TEST

START_TEST(correct_scripts_have_no_problems)
{
	static const char *const scripts[] = {
		"if [ \"$PS1\" ]; then\n  if [ \"$BASH\" ]; then\n    . x\n  fi\nelse\n  :\nfi\n",
		"for i in /etc/profile.d/*.sh; do\n  if [ -r $i ]; then\n    . $i\n  fi\ndone\nunset i\n",
		"case \":${PATH}:\" in\n  *:/x:*) ;;\n  *) PATH=/x:$PATH ;;\nesac\n",
		"case $x in a) b;; c|d) e;& f) g;;& esac\n", "f () {\n  local x=1\n} >/dev/null\n",
		"x=(a b)\ny+=(c)\nif ((x > 1)); then :; fi\n", "select x in a b; do break; done\n",
		"a && { b; } || (c; d)\n", "(a) && b |& c &\n>x && y\n&>z\n", "while read -r x; do y; done <z\n",
	};

	for (size_t i = 0; i < sizeof(scripts) / sizeof(*scripts); i++) {
		TMD_AUTO_ENV_VARS struct tmd_env_vars vars = { 0 };
		TMD_AUTO_STRV struct tmd_strv problems = { 0 };
		TMD_AUTO_ENV_READER struct tmd_env_reader reader = { .vars = &vars, .path = "/f",
								     .problems = &problems };

		tmd_env_read_sh(&reader, scripts[i], strlen(scripts[i]));
		ck_assert_msg(!problems.count, "'%s': %s", scripts[i],
			      problems.count ? problems.items[0] : "");
	}
}
END_TEST

static bool keeps_one(const char *watch, const char *name)
{
	return strcmp(watch, name) == 0;
}

/* Passing over what nobody asked for must not change what is read of the rest. */
START_TEST(what_is_not_kept_is_passed_over_without_a_trace)
{
	static read_function *const reads[] = { tmd_env_read_pam, tmd_env_read_environment_d,
						tmd_env_read_manager_conf, tmd_env_read_sh };
	static const char *const prefixes[] = { "", "", "DefaultEnvironment=", "export " };
	static const char *const heads[] = { "", "", "[Manager]\n", "" };

	for (size_t i = 0; i < sizeof(reads) / sizeof(*reads); i++) {
		const char *p = prefixes[i];
		TMD_AUTO_FREE char *text = tmd_format(
			"%s%sB=1\n%sC=\"a b\"\n%sA=x\\\n%sD=1\n%sE=/2\n%sA=/y\n%sF=1\n%sG=\"\n%sH",
			heads[i], p, p, p, p, p, p, p, p, p);

		for (int filtered = 0; filtered < 2; filtered++) {
			TMD_AUTO_ENV_VARS struct tmd_env_vars vars = { .watch = "A" };
			TMD_AUTO_ENV_READER struct tmd_env_reader reader = {
				.vars = &vars, .path = "/f", .watch = "A"
			};

			vars.keeps = filtered ? keeps_one : NULL;
			reads[i](&reader, text, strlen(text));
			ck_assert_str_eq(tmd_env_vars_find(&vars, "A")->value, "/y");
			ck_assert_uint_eq(tmd_env_vars_find(&vars, "A")->line, i == 2 ? 7 : 6);
			if (filtered)
				ck_assert_uint_eq(vars.count, 1);
		}
	}
}
END_TEST

START_TEST(names_are_found_in_sets_of_any_size)
{
	TMD_AUTO_ENV_VARS struct tmd_env_vars vars = { 0 };
	char name[16];

	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "A%d", i);
		ck_assert_ptr_null(tmd_env_vars_entry(&vars, name));
		tmd_env_vars_set(&vars, name, name, i % 2 ? "/f" : "/g", 1);
	}
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "A%d", i);
		ck_assert_str_eq(tmd_env_vars_find(&vars, name)->value, name);
		ck_assert_str_eq(tmd_env_vars_find(&vars, name)->path, i % 2 ? "/f" : "/g");
	}
	ck_assert_uint_eq(vars.paths.count, 2);
}
END_TEST

START_TEST(too_many_names_are_noticed)
{
	TMD_AUTO_ENV_VARS struct tmd_env_vars vars = { 0 };
	char name[16];

	for (int i = 0; i <= TMD_ENV_VARS_MAX; i++) {
		snprintf(name, sizeof(name), "A%d", i);
		tmd_env_vars_set(&vars, name, "x", "/f", 1);
	}
	ck_assert(vars.overflow);
	ck_assert_uint_eq(vars.count, TMD_ENV_VARS_MAX);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("env readers");
	TCase *table = tcase_create("one line, three parsers");
	TCase *single = tcase_create("each reader");

	tcase_add_test(table, a_hash_ends_the_line_for_pam_alone);
	tcase_add_test(table, a_dollar_is_literal_for_pam_and_expanded_elsewhere);
	tcase_add_test(table, backslashes_are_kept_by_pam_and_dropped_elsewhere);
	tcase_add_test(table, blanks_inside_a_bare_value_run_a_command_in_sh);
	tcase_add_test(table, export_is_known_to_pam_and_sh_only);
	tcase_add_test(table, blanks_around_the_equals_sign_are_for_systemd_only);
	tcase_add_test(table, trailing_blanks_stay_for_pam_alone);
	tcase_add_test(table, a_final_backslash_joins_the_next_line);
	tcase_add_test(table, carriage_returns_become_part_of_the_value_but_for_systemd);
	tcase_add_test(table, a_byte_order_mark_hides_the_first_variable);
	tcase_add_test(table, the_last_of_several_assignments_wins);
	tcase_add_test(single, pam_drops_one_quote_at_each_end);
	tcase_add_test(single, pam_takes_a_name_alone_as_unset);
	tcase_add_test(single, pam_ignores_names_that_are_none);
	tcase_add_test(single, pam_reads_lines_up_to_8190_bytes_and_then_nothing_more);
	tcase_add_test(single, pam_reads_nothing_behind_a_nul);
	tcase_add_test(single, pam_env_conf_knows_default_and_override);
	tcase_add_test(single, environment_d_ignores_empty_values);
	tcase_add_test(single, environment_d_joins_quoted_parts_and_drops_blanks_between);
	tcase_add_test(single, environment_d_takes_the_rest_of_the_file_behind_an_open_quote);
	tcase_add_test(single, environment_d_expands_defaults_and_alternatives);
	tcase_add_test(single, environment_d_knows_two_comment_signs);
	tcase_add_test(single, a_comment_takes_the_next_line_before_systemd_254);
	tcase_add_test(single, what_stops_the_generator_gives_no_variables);
	tcase_add_loop_test(single, a_noncharacter_stops_the_generator, 0, 6);
	tcase_add_test(single, characters_beside_noncharacters_do_not_stop_the_generator);
	tcase_add_loop_test(single, the_manager_takes_escapes_of_control_characters_for_letters, 0, 6);
	tcase_add_test(single, expansion_is_bounded);
	tcase_add_test(single, default_environment_takes_blank_separated_quoted_words);
	tcase_add_test(single, default_environment_stops_at_a_malformed_word);
	tcase_add_test(single, an_empty_default_environment_resets);
	tcase_add_test(single, specifiers_depend_on_the_machine);
	tcase_add_test(single, manager_lines_go_on_past_comments);
	tcase_add_test(single, only_the_manager_section_counts);
	tcase_add_test(single, the_manager_reads_nothing_behind_a_malformed_line);
	tcase_add_test(single, sh_follows_plain_commands);
	tcase_add_test(single, sh_does_not_guess_conditions);
	tcase_add_test(single, sh_does_not_guess_cleverness);
	tcase_add_test(single, sh_reading_a_variable_is_not_setting_it);
	tcase_add_test(single, sh_stops_at_return);
	tcase_add_test(single, sh_tells_whether_a_variable_is_exported);
	tcase_add_test(single, sh_does_not_guess_whether_a_variable_is_exported);
	tcase_add_test(single, sh_exports_only_what_export_names);
	tcase_add_test(single, sh_does_not_guess_what_dash_and_bash_take_differently);
	tcase_add_test(single, sh_is_not_led_astray_by_what_only_looks_alike);
	tcase_add_test(single, sh_syntax_errors_are_reported_with_file_and_line);
	tcase_add_test(single, correct_scripts_have_no_problems);
	tcase_add_test(single, what_is_not_kept_is_passed_over_without_a_trace);
	tcase_add_test(single, names_are_found_in_sets_of_any_size);
	tcase_add_test(single, setters_are_named_with_their_line);
	tcase_add_test(single, traps_are_reported_with_file_and_line);
	tcase_add_test(single, too_many_names_are_noticed);
	suite_add_tcase(s, table);
	suite_add_tcase(s, single);
	return s;
}

UNIT_MAIN(suite)
