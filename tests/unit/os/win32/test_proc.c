/* Running programs: what they get, what comes back, and that they end. */
#include "child.h"

#include <stdint.h>
#include <time.h>

#include "base/mem.h"
#include "os/fs.h"
#include "os/proc.h"
#include "os/win32/command_line.h"

static struct tmd_error err;
static struct tmd_fs *live;
static struct tmd_proc_result result;
static char program[4096]; /* this one */

static void setup(void)
{
	ck_assert_int_gt(WideCharToMultiByte(CP_UTF8, 0, child_program(), -1, program,
					     sizeof(program), NULL, NULL),
			 0);
	ck_ok(tmd_fs_open(NULL, &live, &err), err);
	tmd_fs_allow_writes(live, true);
}

static void teardown(void)
{
	tmd_proc_result_release(&result);
	tmd_fs_free(live);
}

/* Runs this program with "--child" and at most six more arguments. */
static void run_child(const struct tmd_proc_options *options, const char *role, const char *first)
{
	const char *const argv[] = { program, "--child", role, first, NULL };

	ck_ok(tmd_proc_run(live, argv, options, &result, &err), err);
}

/* ---- arguments ---- */

static void assert_round_trip(const char *const *texts, size_t count)
{
	const char *argv[16] = { program, "--child", "echo" };
	TMD_AUTO_BUF struct tmd_buf wanted = { 0 };

	for (size_t i = 0; i < count; i++) {
		argv[3 + i] = texts[i];
		tmd_buf_addf(&wanted, "[%s]", texts[i]);
	}
	ck_ok(tmd_proc_run(live, argv, NULL, &result, &err), err);
	ck_assert_str_eq(tmd_buf_str(&result.output), tmd_buf_str(&wanted));
}

#define ROUND_TRIP(...)                                                                            \
	assert_round_trip((const char *const[]){ __VA_ARGS__ },                                    \
			  sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *))

START_TEST(arguments_arrive_as_they_were_given)
{
	ROUND_TRIP("a", "b c", "", "  ", "\t");
	ROUND_TRIP("\"", "a\"b", "\"a\"", "a b\"", "\"\"", "\"\"\"");
	ROUND_TRIP("\\", "a\\", "a b\\", "a b\\\\", "\\\"", "\\\\\"", "a\\\\b",
		   "\\\\server\\share\\");
	ROUND_TRIP("*", "?.exe", "%PATH%", "^&|<>()!", "@file", "'a b'", "-x", "--", "/c");
	ROUND_TRIP("line\nline", "cr\r\n", "\x01\x7F");
	ROUND_TRIP("ü", "日本", "😀", "e\xCC\x81");
}
END_TEST

START_TEST(what_cannot_be_passed_on_is_invalid_input)
{
	TMD_AUTO_FREE char *longest = tmd_alloc(40001, 1);
	const char *broken[] = { program, "--child", "echo", "a\xFFz", NULL };
	const char *environment[] = { "=x", NULL };
	const struct tmd_proc_options options = { .environment = environment };
	const char *plain[] = { program, "--child", "echo", NULL };

	ck_fails(tmd_proc_run(live, broken, NULL, &result, &err), err, TMD_E_INVALID_INPUT);
	memset(longest, 'x', 40000);
	broken[3] = longest;
	ck_fails(tmd_proc_run(live, broken, NULL, &result, &err), err, TMD_E_INVALID_INPUT);
	environment[0] = "no name";
	ck_fails(tmd_proc_run(live, plain, &options, &result, &err), err, TMD_E_INVALID_INPUT);
}
END_TEST

START_TEST(a_command_line_is_quoted_by_the_rules_of_the_c_library)
{
	const char *const argv[] = { "C:\\a b\\c.exe", "d", "e\\\"f\\", NULL };
	const char *const quoted_name[] = { "C:\\\"x\"", NULL };
	wchar_t *line = NULL;

	ck_assert(tmd_command_line(argv, &line));
	ck_assert_int_eq(wcscmp(line, L"\"C:\\a b\\c.exe\" \"d\" \"e\\\\\\\"f\\\\\""), 0);
	free(line);
	ck_assert(!tmd_command_line(quoted_name, &line));
}
END_TEST

/* ---- environment ---- */

START_TEST(an_environment_block_is_sorted_without_case_and_ends_twice)
{
	static const wchar_t wanted[] = L"=C:=C:\\x\0a=1\0B=2\0c=\0";
	TMD_AUTO_STRV struct tmd_strv list = { 0 };
	wchar_t *block = NULL;

	tmd_strv_add(&list, "c=");
	tmd_strv_add(&list, "B=2");
	tmd_strv_add(&list, "=C:=C:\\x");
	tmd_strv_add(&list, "a=1");
	ck_assert(tmd_environment_block(&list, &block));
	ck_assert_int_eq(memcmp(block, wanted, sizeof(wanted)), 0);
	free(block);
	tmd_strv_add(&list, "nothing");
	ck_assert(!tmd_environment_block(&list, &block));
}
END_TEST

START_TEST(the_environment_is_clean)
{
	ck_assert(SetEnvironmentVariableW(L"SSL_CERT_FILE", L"leak"));
	run_child(NULL, "variable", "SSL_CERT_FILE");
	ck_assert_str_eq(tmd_buf_str(&result.output), "not set");
	run_child(NULL, "variable", "SystemRoot");
	ck_assert_str_eq(tmd_buf_str(&result.output), tmd_console_env("SystemRoot"));
	run_child(NULL, "variable", "PATH");
	ck_assert_ptr_nonnull(strstr(tmd_buf_str(&result.output), "system32"));
	run_child(NULL, "variable", "TEMP");
	ck_assert_str_ne(tmd_buf_str(&result.output), "not set");
	SetEnvironmentVariableW(L"SSL_CERT_FILE", NULL);
}
END_TEST

START_TEST(a_given_environment_is_all_there_is_but_for_the_system)
{
	static const char *const environment[] = { "TRUSTMEND_Ü=ü 😀", "A=", NULL };
	const struct tmd_proc_options options = { .environment = environment };

	run_child(&options, "variable", "TRUSTMEND_Ü");
	ck_assert_str_eq(tmd_buf_str(&result.output), "ü 😀");
	run_child(&options, "variable", "PATH");
	ck_assert_str_eq(tmd_buf_str(&result.output), "not set");
	run_child(&options, "variable", "SystemRoot");
	ck_assert_str_eq(tmd_buf_str(&result.output), tmd_console_env("SystemRoot"));
}
END_TEST

/* ---- what it gets besides ---- */

START_TEST(nothing_is_inherited_but_the_streams)
{
	SECURITY_ATTRIBUTES inheritable = { sizeof(inheritable), NULL, TRUE };
	HANDLE event = CreateEventW(&inheritable, TRUE, FALSE, NULL);
	TMD_AUTO_FREE char *number = tmd_format("%llu", (unsigned long long)(uintptr_t)event);

	ck_assert_ptr_nonnull(event);
	run_child(NULL, "signal", number);
	ck_assert_uint_eq(WaitForSingleObject(event, 0), WAIT_TIMEOUT);
	CloseHandle(event);
}
END_TEST

START_TEST(input_is_empty_and_the_directory_the_systems_own)
{
	wchar_t system[MAX_PATH];
	char wanted[MAX_PATH];

	ck_assert_uint_gt(GetSystemDirectoryW(system, MAX_PATH), 0);
	snprintf(wanted, sizeof(wanted), "%ls", system);
	run_child(NULL, "look", NULL);
	ck_assert_str_eq(tmd_buf_str(&result.output), wanted);
}
END_TEST

/* ---- what comes back ---- */

START_TEST(status_and_output_come_back)
{
	run_child(NULL, "both", "7");
	ck_assert_int_eq(result.status, 7);
	ck_assert(!result.timed_out);
	ck_assert_str_eq(tmd_buf_str(&result.output), "out\r\nerr\n");
	run_child(NULL, "echo", NULL);
	ck_assert_int_eq(result.status, 0);
	ck_assert_uint_eq(result.output.len, 0);
	run_child(NULL, "both", "-1073741819"); /* as of a crash */
	ck_assert_int_eq(result.status, -1073741819);
}
END_TEST

START_TEST(output_is_bounded_and_the_program_gets_on)
{
	run_child(NULL, "much", "3000000");
	ck_assert_int_eq(result.status, 5);
	ck_assert_uint_eq(result.output.len, TMD_PROC_OUTPUT_MAX);
	ck_assert_int_eq(tmd_buf_str(&result.output)[TMD_PROC_OUTPUT_MAX - 1], 'x');
}
END_TEST

static void count(void *counter)
{
	++*(unsigned *)counter;
}

START_TEST(somebody_is_told_that_it_still_runs)
{
	unsigned ticks = 0;
	const struct tmd_proc_options options = { .tick = count, .tick_arg = &ticks };
	int64_t begun = tmd_monotonic_ms();

	run_child(&options, "sleep", "600");
	ck_assert_int_eq(result.status, 0);
	ck_assert_uint_ge(ticks, 1);
	ck_assert_int_le(ticks, (tmd_monotonic_ms() - begun) / 100);
}
END_TEST

/* ---- its end ---- */

/* The process of which a child wrote the number. */
static HANDLE open_named(void)
{
	unsigned long pid = strtoul(tmd_buf_str(&result.output), NULL, 10);

	ck_assert_uint_gt(pid, 0);
	return OpenProcess(SYNCHRONIZE | PROCESS_TERMINATE, FALSE, pid);
}

START_TEST(a_time_out_ends_the_program_and_its_children)
{
	const struct tmd_proc_options options = { .timeout = 1 };
	int64_t begun = tmd_monotonic_ms();
	HANDLE grandchild;

	run_child(&options, "parent", "600000");
	ck_assert(result.timed_out);
	ck_assert_int_eq(result.status, 137);
	ck_assert_int_ge(tmd_monotonic_ms() - begun, 1000);
	ck_assert_int_lt(tmd_monotonic_ms() - begun, 300000);
	grandchild = open_named();
	if (!grandchild) /* gone without a trace */
		return;
	ck_assert_uint_eq(WaitForSingleObject(grandchild, 300000), WAIT_OBJECT_0);
	CloseHandle(grandchild);
}
END_TEST

START_TEST(what_it_leaves_behind_does_not_hold_us_up)
{
	int64_t begun = tmd_monotonic_ms();
	HANDLE grandchild;

	run_child(NULL, "parent", "0");
	ck_assert(!result.timed_out);
	ck_assert_int_eq(result.status, 0);
	ck_assert_int_lt(tmd_monotonic_ms() - begun, 300000);
	grandchild = open_named();
	ck_assert_ptr_nonnull(grandchild);
	ck_assert_uint_eq(WaitForSingleObject(grandchild, 0), WAIT_TIMEOUT);
	ck_assert(TerminateProcess(grandchild, 0));
	CloseHandle(grandchild);
}
END_TEST

/* ---- what is not run ---- */

static void assert_refuses(const char *path, enum tmd_error_kind kind)
{
	const char *const argv[] = { path, NULL };

	ck_fails(tmd_proc_run(live, argv, NULL, &result, &err), err, kind);
}

START_TEST(only_whole_paths_are_run)
{
	assert_refuses("cmd.exe", TMD_E_INVALID_INPUT);
	assert_refuses("\\windows\\system32\\cmd.exe", TMD_E_INVALID_INPUT);
	assert_refuses("/windows/system32/cmd.exe", TMD_E_INVALID_INPUT);
	assert_refuses("C:cmd.exe", TMD_E_INVALID_INPUT);
	assert_refuses("C:/no such program.exe", TMD_E_NOT_FOUND);
	assert_refuses("C:/no such directory/x.exe", TMD_E_NOT_FOUND);
}
END_TEST

START_TEST(batch_files_are_refused)
{
	assert_refuses("C:/x.bat", TMD_E_REFUSED);
	assert_refuses("C:/x.CMD", TMD_E_REFUSED);
	assert_refuses("C:/x.cmd. .", TMD_E_REFUSED);
}
END_TEST

START_TEST(programs_run_only_after_writes_are_allowed_and_on_the_live_machine)
{
	const char *const argv[] = { program, "--child", "echo", NULL };
	char dir[UNIT_DIR_MAX];
	struct tmd_fs *offline;

	tmd_fs_allow_writes(live, false);
	ck_fails(tmd_proc_run(live, argv, NULL, &result, &err), err, TMD_E_INTERNAL);
	unit_make_dir(dir);
	ck_ok(tmd_fs_open(dir, &offline, &err), err);
	tmd_fs_allow_writes(offline, true);
	ck_fails(tmd_proc_run(offline, argv, NULL, &result, &err), err, TMD_E_UNSUPPORTED);
	tmd_fs_free(offline);
	unit_remove_tree(dir);
}
END_TEST

/* ---- the table of processes ---- */

START_TEST(a_running_program_is_found_by_its_file)
{
	struct child child;

	ck_assert(!tmd_proc_running(live, program)); /* this process itself does not count */
	child = child_start(L"sleep 600000", NULL);
	ck_assert(tmd_proc_running(live, program));
	ck_assert(!tmd_proc_running(live, "C:/no such program.exe"));
	child_kill(&child);
	ck_assert(!tmd_proc_running(live, program));
}
END_TEST

START_TEST(time_goes_on)
{
	int64_t before = tmd_monotonic_ms();
	int64_t now = tmd_now();

	tmd_sleep_ms(60);
	ck_assert_int_ge(tmd_monotonic_ms() - before, 40);
	ck_assert_int_ge(tmd_now(), now);
	ck_assert_int_gt(now, 1700000000);
	now = tmd_now();
	ck_assert_int_le(now, (int64_t)time(NULL) + 1);
}
END_TEST

/* ---- roles ---- */

static int say_variable(const char *name)
{
	const char *value = tmd_console_env(name);

	child_say(value ? value : "not set");
	return 0;
}

static int look_around(void)
{
	TMD_AUTO_BUF struct tmd_buf input = { 0 };
	struct tmd_error failure;
	char *cwd = NULL;

	if (tmd_console_read_input(10, &input, &failure) || input.len ||
	    tmd_console_cwd(&cwd, &failure))
		return 50;
	child_say(cwd);
	free(cwd);
	return 0;
}

static int write_both(const char *status)
{
	struct tmd_error failure;

	child_say("out\r\n");
	return tmd_console_write(2, "err\n", 4, &failure) ? 51 : (int)strtol(status, NULL, 10);
}

static int write_much(size_t len)
{
	char text[1000];
	struct tmd_error failure;

	memset(text, 'x', sizeof(text));
	for (size_t done = 0; done < len; done += sizeof(text)) {
		if (tmd_console_write(1, text, sizeof(text), &failure))
			return 52;
	}
	return 5;
}

/* Starts a child that sleeps and has our streams, says its number, and sleeps itself. */
static int be_parent(unsigned ms)
{
	const struct child_streams streams = { .output = GetStdHandle(STD_OUTPUT_HANDLE) };
	struct child child = child_start(L"sleep 600000", &streams);
	char text[32];

	snprintf(text, sizeof(text), "%lu\n", GetProcessId(child.process));
	child_say(text);
	tmd_sleep_ms(ms);
	return 0;
}

static int role(int argc, char **argv)
{
	const char *argument = argc > 1 ? argv[1] : "";

	if (strcmp(argv[0], "echo") == 0)
		return child_echo(argc, argv);
	if (strcmp(argv[0], "variable") == 0)
		return say_variable(argument);
	if (strcmp(argv[0], "look") == 0)
		return look_around();
	if (strcmp(argv[0], "both") == 0)
		return write_both(argument);
	if (strcmp(argv[0], "much") == 0)
		return write_much(strtoul(argument, NULL, 10));
	if (strcmp(argv[0], "parent") == 0)
		return be_parent((unsigned)strtoul(argument, NULL, 10));
	if (strcmp(argv[0], "signal") == 0)
		return !SetEvent((HANDLE)(uintptr_t)strtoull(argument, NULL, 10));
	if (strcmp(argv[0], "sleep") != 0)
		return 98;
	tmd_sleep_ms((unsigned)strtoul(argument, NULL, 10));
	return 0;
}

static Suite *suite_fn(void)
{
	Suite *suite = suite_create("os/proc");
	TCase *cases = tcase_create("all");

	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, arguments_arrive_as_they_were_given);
	tcase_add_test(cases, what_cannot_be_passed_on_is_invalid_input);
	tcase_add_test(cases, a_command_line_is_quoted_by_the_rules_of_the_c_library);
	tcase_add_test(cases, an_environment_block_is_sorted_without_case_and_ends_twice);
	tcase_add_test(cases, the_environment_is_clean);
	tcase_add_test(cases, a_given_environment_is_all_there_is_but_for_the_system);
	tcase_add_test(cases, nothing_is_inherited_but_the_streams);
	tcase_add_test(cases, input_is_empty_and_the_directory_the_systems_own);
	tcase_add_test(cases, status_and_output_come_back);
	tcase_add_test(cases, output_is_bounded_and_the_program_gets_on);
	tcase_add_test(cases, somebody_is_told_that_it_still_runs);
	tcase_add_test(cases, a_time_out_ends_the_program_and_its_children);
	tcase_add_test(cases, what_it_leaves_behind_does_not_hold_us_up);
	tcase_add_test(cases, only_whole_paths_are_run);
	tcase_add_test(cases, batch_files_are_refused);
	tcase_add_test(cases, programs_run_only_after_writes_are_allowed_and_on_the_live_machine);
	tcase_add_test(cases, a_running_program_is_found_by_its_file);
	tcase_add_test(cases, time_goes_on);
	suite_add_tcase(suite, cases);
	return suite;
}

CHILD_MAIN(suite_fn, role)
