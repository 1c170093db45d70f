/*
 * How systemd's manager reads DefaultEnvironment=, line by line, and the set of variables that it
 * fills. Every expectation was seen from the real one (systemd 252);
 * tests/integration/test_env_parsers.py holds both side by side.
 */
#include "unit.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "resources/env/unix/readers.h"

static const char unset[] = "(unset)";
static const char unknown[] = "(unknown)";

/* What is made of A in these bytes. The answer lives until the next call. */
static const char *value_after(const char *data, size_t len)
{
	static char answer[1000];
	TMD_AUTO_ENV_VARS struct tmd_env_vars vars = { 0 };
	struct tmd_env_reader reader = { .vars = &vars, .path = "/f" };
	const struct tmd_env_var *var;

	tmd_env_read_manager_conf(&reader, data, len);
	var = tmd_env_vars_find(&vars, "A");
	if (!var)
		return unset;
	if (var->unknown)
		return unknown;
	ck_assert_uint_lt(strlen(var->value), sizeof(answer));
	snprintf(answer, sizeof(answer), "%s", var->value);
	return answer;
}

#define ck_reads(text, wanted) ck_assert_str_eq(value_after(text, sizeof(text) - 1), wanted)
#define ck_manager(text, wanted) ck_reads("[Manager]\n" text, wanted)

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
	ck_reads("DefaultEnvironment=A=1\n", unset);
}
END_TEST

START_TEST(the_manager_reads_nothing_behind_a_malformed_line)
{
	ck_manager("DefaultEnvironment=A=1\n[Manager\nDefaultEnvironment=A=2\n", "1");
	ck_manager("DefaultEnvironment=A=1\nX=\xFF\nDefaultEnvironment=A=2\n", "1");
}
END_TEST

START_TEST(setters_are_named_with_their_line)
{
	static const char text[] = "[Manager]\n# c\n\nDefaultEnvironment=B=1\nDefaultEnvironment=A=2\n";
	TMD_AUTO_ENV_VARS struct tmd_env_vars vars = { 0 };
	struct tmd_env_reader reader = { .vars = &vars, .path = "/f" };

	tmd_env_read_manager_conf(&reader, text, sizeof(text) - 1);
	ck_assert_uint_eq(tmd_env_vars_find(&vars, "A")->line, 5);
	ck_assert_str_eq(tmd_env_vars_find(&vars, "A")->path, "/f");
}
END_TEST

START_TEST(what_ends_the_reading_is_reported_with_file_and_line)
{
	static const char text[] = "[Manager]\nDefaultEnvironment=A=1 B=\"x\n[Manager\n";
	TMD_AUTO_ENV_VARS struct tmd_env_vars vars = { 0 };
	TMD_AUTO_STRV struct tmd_strv problems = { 0 };
	struct tmd_env_reader reader = { .vars = &vars, .path = "/f", .problems = &problems };

	tmd_env_read_manager_conf(&reader, text, sizeof(text) - 1);
	ck_assert_int_eq(reader.end, TMD_ENV_GIVES_UP);
	ck_assert_uint_eq(problems.count, 2);
	ck_assert(tmd_str_starts(problems.items[0], "line 2 of /f: DefaultEnvironment= has an open"));
	ck_assert(tmd_str_starts(problems.items[1], "line 3 of /f: "));
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
	TCase *manager = tcase_create("the manager");

	tcase_add_test(manager, default_environment_takes_blank_separated_quoted_words);
	tcase_add_test(manager, default_environment_stops_at_a_malformed_word);
	tcase_add_test(manager, an_empty_default_environment_resets);
	tcase_add_test(manager, specifiers_depend_on_the_machine);
	tcase_add_test(manager, manager_lines_go_on_past_comments);
	tcase_add_test(manager, only_the_manager_section_counts);
	tcase_add_test(manager, the_manager_reads_nothing_behind_a_malformed_line);
	tcase_add_test(manager, setters_are_named_with_their_line);
	tcase_add_test(manager, what_ends_the_reading_is_reported_with_file_and_line);
	tcase_add_test(manager, names_are_found_in_sets_of_any_size);
	tcase_add_test(manager, too_many_names_are_noticed);
	suite_add_tcase(s, manager);
	return s;
}

UNIT_MAIN(suite)
