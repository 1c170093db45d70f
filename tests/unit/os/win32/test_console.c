/* The caller's side: arguments, environment, and standard streams in the states they come in. */
#include "child.h"

#include <stdint.h>

static struct tmd_error err;
static char big[300000];

static const DWORD names[] = { STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, STD_ERROR_HANDLE };
static HANDLE saved[3];

/* Check runs all tests in one process: each gets the streams back as they were. */
static void setup(void)
{
	for (int i = 0; i < 3; i++)
		saved[i] = GetStdHandle(names[i]);
	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (char)(i % 251);
}

static void restore(void)
{
	for (int i = 0; i < 3; i++)
		SetStdHandle(names[i], saved[i]);
}

/* ---- arguments ---- */

static void assert_arguments(const wchar_t *line, const char *wanted)
{
	TMD_AUTO_FREE wchar_t *arguments = calloc(CHILD_UNITS, sizeof(*arguments));
	struct child child;
	char text[4096];

	ck_assert_int_gt(swprintf(arguments, CHILD_UNITS, L"echo %ls", line), 0);
	child = child_start(arguments, NULL);
	child_read(&child, text, sizeof(text));
	ck_assert_str_eq(text, wanted);
	ck_assert_int_eq(child_wait(&child), 0);
}

START_TEST(arguments_are_taken_apart_as_callers_quote_them)
{
	assert_arguments(L"a \"b c\"  d\t\"e\"", "[a][b c][d][e]");
	assert_arguments(L"\"\" x \"\"", "[][x][]");
	assert_arguments(L"\"a\\\"b\" \"c\\\\\" d\\e \\\\f\\ g\\\\\\\"h \"i\\\\\" j",
			 "[a\"b][c\\][d\\e][\\\\f\\][g\\\"h][i\\][j]");
	assert_arguments(L"\"say \"\"hello\"\"\"", "[say \"hello\"]");
	assert_arguments(L"name=\"C:\\Program Files\\x\\\\\" 'a b'",
			 "[name=C:\\Program Files\\x\\]['a][b']");
}
END_TEST

START_TEST(arguments_are_utf8_whatever_the_code_page)
{
	assert_arguments(L"\u00FC \U0001F600 \u65E5\u672C", "[ü][😀][日本]");
	assert_arguments(L"a\xD83Dz", "[a\xEF\xBF\xBDz]"); /* half a character */
}
END_TEST

START_TEST(wildcards_and_variables_are_left_alone)
{
	char dir[UNIT_DIR_MAX];
	wchar_t before[MAX_PATH];
	wchar_t wide[MAX_PATH];

	unit_make_dir(dir);
	unit_write(dir, "one.txt", "", 0);
	ck_assert_uint_gt(GetCurrentDirectoryW(MAX_PATH, before), 0);
	ck_assert_int_gt(swprintf(wide, MAX_PATH, L"%hs", dir), 0);
	ck_assert(SetCurrentDirectoryW(wide));
	assert_arguments(L"* *.txt one.? %PATH% @one.txt", "[*][*.txt][one.?][%PATH%][@one.txt]");
	ck_assert(SetCurrentDirectoryW(before));
	unit_remove_tree(dir);
}
END_TEST

/* ---- input ---- */

struct feed {
	HANDLE writer;
	const char *data;
	size_t len;
	size_t step;
};

static DWORD WINAPI feed_slowly(void *argument)
{
	struct feed *feed = argument;

	while (feed->len) {
		DWORD put = 0;
		DWORD size = (DWORD)(feed->len < feed->step ? feed->len : feed->step);

		if (!WriteFile(feed->writer, feed->data, size, &put, NULL))
			break;
		feed->data += put;
		feed->len -= put;
		Sleep(1);
	}
	CloseHandle(feed->writer);
	return 0;
}

/* Gives the test a standard input into which a thread writes. */
static HANDLE feed_input(struct feed *feed)
{
	HANDLE reader;
	HANDLE thread;

	ck_assert(CreatePipe(&reader, &feed->writer, NULL, 0));
	ck_assert(SetStdHandle(STD_INPUT_HANDLE, reader));
	thread = CreateThread(NULL, 0, feed_slowly, feed, 0, NULL);
	ck_assert_ptr_nonnull(thread);
	return thread;
}

static void end_feed(HANDLE thread)
{
	CloseHandle(GetStdHandle(STD_INPUT_HANDLE));
	ck_assert_uint_eq(WaitForSingleObject(thread, 10000), WAIT_OBJECT_0);
	CloseHandle(thread);
}

START_TEST(input_is_read_to_its_end_byte_by_byte)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	struct feed feed = { .data = big, .len = sizeof(big), .step = 3000 };
	HANDLE thread = feed_input(&feed);

	tmd_buf_add_str(&text, "replaced");
	ck_ok(tmd_console_read_input(sizeof(big), &text, &err), err);
	/* With every byte there is: CR LF, NUL, Ctrl-Z, halves of characters. */
	ck_assert(tmd_buf_equal(&text, big, sizeof(big)));
	end_feed(thread);
}
END_TEST

START_TEST(input_that_is_too_large_is_refused)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	struct feed feed = { .data = "12345", .len = 5, .step = 5 };
	HANDLE thread = feed_input(&feed);

	tmd_buf_add_str(&text, "before");
	ck_fails(tmd_console_read_input(4, &text, &err), err, TMD_E_REFUSED);
	ck_assert_str_eq(tmd_buf_str(&text), "before");
	end_feed(thread);
}
END_TEST

START_TEST(input_from_a_file_ends_with_it)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	char dir[UNIT_DIR_MAX];
	char path[UNIT_PATH_MAX];
	HANDLE file;

	unit_make_dir(dir);
	unit_write(dir, "input", "a\r\n\x1A\0b", 6);
	snprintf(path, sizeof(path), "%s/input", dir);
	file = CreateFileA(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
	ck_assert_ptr_ne(file, INVALID_HANDLE_VALUE);
	ck_assert(SetStdHandle(STD_INPUT_HANDLE, file));
	ck_ok(tmd_console_read_input(6, &text, &err), err);
	ck_assert(tmd_buf_equal(&text, "a\r\n\x1A\0b", 6));
	CloseHandle(file);
	unit_remove_tree(dir);
}
END_TEST

START_TEST(missing_input_is_a_failure_and_empty_once_it_is_filled)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };

	ck_assert(SetStdHandle(STD_INPUT_HANDLE, NULL));
	ck_fails(tmd_console_read_input(4, &text, &err), err, TMD_E_IO);
	tmd_console_init();
	ck_ok(tmd_console_read_input(4, &text, &err), err);
	ck_assert_uint_eq(text.len, 0);
	/* The number of a handle that was closed is none, too. */
	ck_assert(SetStdHandle(STD_INPUT_HANDLE, (HANDLE)(intptr_t)0x7FF0));
	tmd_console_init();
	ck_ok(tmd_console_read_input(4, &text, &err), err);
}
END_TEST

/* ---- output ---- */

static DWORD WINAPI write_big(void *argument)
{
	struct tmd_error failure;

	(void)argument;
	return tmd_console_write(1, big, sizeof(big), &failure) == TMD_OK ? 0 : 1;
}

START_TEST(output_is_written_whole_and_unchanged_to_a_slow_reader)
{
	static char copy[sizeof(big) + 1];
	struct child pipe = { 0 };
	HANDLE writer;
	HANDLE thread;
	DWORD status;

	ck_assert(CreatePipe(&pipe.output, &writer, NULL, 0));
	ck_assert(SetStdHandle(STD_OUTPUT_HANDLE, writer));
	thread = CreateThread(NULL, 0, write_big, NULL, 0, NULL);
	Sleep(50);
	ck_assert_uint_eq(child_read(&pipe, copy, sizeof(copy)), sizeof(big));
	ck_assert_int_eq(memcmp(big, copy, sizeof(big)), 0);
	ck_assert_uint_eq(WaitForSingleObject(thread, 10000), WAIT_OBJECT_0);
	restore();
	ck_assert(GetExitCodeThread(thread, &status));
	ck_assert_uint_eq(status, 0);
	CloseHandle(thread);
	CloseHandle(writer);
	CloseHandle(pipe.output);
}
END_TEST

START_TEST(a_broken_pipe_is_an_io_failure)
{
	HANDLE reader;
	HANDLE writer;
	enum tmd_rc broken;
	enum tmd_rc none;

	ck_assert(CreatePipe(&reader, &writer, NULL, 0));
	CloseHandle(reader);
	ck_assert(SetStdHandle(STD_OUTPUT_HANDLE, writer));
	memset(&err, 0, sizeof(err));
	broken = tmd_console_write(1, "x", 1, &err);
	none = tmd_console_write(1, "", 0, &err);
	restore();
	ck_assert_int_eq(broken, TMD_FAILED);
	ck_assert_int_eq(err.kind, TMD_E_IO);
	ck_assert_int_eq(none, TMD_OK);
	CloseHandle(writer);
}
END_TEST

START_TEST(a_report_to_a_closed_output_is_a_failure_and_diagnostics_vanish)
{
	enum tmd_rc report;
	enum tmd_rc diagnostics;

	SetStdHandle(STD_OUTPUT_HANDLE, NULL);
	SetStdHandle(STD_ERROR_HANDLE, (HANDLE)(intptr_t)0x7FF0);
	tmd_console_init();
	memset(&err, 0, sizeof(err));
	report = tmd_console_write(1, "x", 1, &err);
	diagnostics = tmd_console_write(2, "x", 1, &(struct tmd_error){ 0 });
	restore();
	ck_assert_int_eq(report, TMD_FAILED);
	ck_assert_int_eq(err.kind, TMD_E_IO);
	ck_assert_str_eq(err.message, "standard output is closed");
	ck_assert_int_eq(diagnostics, TMD_OK);
}
END_TEST

START_TEST(a_child_without_streams_fails_to_report_and_lives)
{
	const struct child_streams none = { .closed = true };
	struct child child = child_start(L"report", &none);

	ck_assert_int_eq(child_wait(&child), 41);
}
END_TEST

START_TEST(a_console_shows_characters_and_not_bytes)
{
	static const char text[] = "ü 😀 日本";
	static const wchar_t wanted[] = L"\u00FC \U0001F600 \u65E5\u672C";
	wchar_t shown[sizeof(wanted) / sizeof(*wanted)] = { 0 };
	bool own = AllocConsole();
	HANDLE screen = CreateConsoleScreenBuffer(GENERIC_READ | GENERIC_WRITE, 0, NULL,
						  CONSOLE_TEXTMODE_BUFFER, NULL);
	enum tmd_rc rc;
	DWORD units = 0;

	if (screen == INVALID_HANDLE_VALUE) {
		unit_skip("there is no console to be had");
		return;
	}
	SetStdHandle(STD_OUTPUT_HANDLE, screen);
	rc = tmd_console_write(1, text, sizeof(text) - 1, &err);
	restore();
	ck_assert_int_eq(rc, TMD_OK);
	ck_assert(ReadConsoleOutputCharacterW(screen, shown, 1, (COORD){ 0, 0 }, &units));
	ck_assert_uint_eq(shown[0], wanted[0]);
	CloseHandle(screen);
	if (own)
		FreeConsole();
}
END_TEST

START_TEST(pipes_and_nothing_are_no_terminals)
{
	HANDLE reader;
	HANDLE writer;
	bool pipe;
	bool nothing;

	ck_assert(CreatePipe(&reader, &writer, NULL, 0));
	SetStdHandle(STD_OUTPUT_HANDLE, writer);
	SetStdHandle(STD_ERROR_HANDLE, NULL);
	pipe = tmd_console_is_terminal(1);
	nothing = tmd_console_is_terminal(2);
	restore();
	ck_assert(!pipe);
	ck_assert(!nothing);
	CloseHandle(reader);
	CloseHandle(writer);
}
END_TEST

/* ---- the caller ---- */

START_TEST(the_working_directory_is_absolute_and_utf8)
{
	char dir[UNIT_DIR_MAX];
	wchar_t before[MAX_PATH];
	wchar_t inside[MAX_PATH];
	char *cwd = NULL;

	unit_make_dir(dir);
	ck_assert_uint_gt(GetCurrentDirectoryW(MAX_PATH, before), 0);
	ck_assert_int_gt(swprintf(inside, MAX_PATH, L"%hs/\u00FC \U0001F600", dir), 0);
	ck_assert(CreateDirectoryW(inside, NULL));
	ck_assert(SetCurrentDirectoryW(inside));
	ck_ok(tmd_console_cwd(&cwd, &err), err);
	ck_assert(SetCurrentDirectoryW(before));
	ck_assert(RemoveDirectoryW(inside));
	for (char *c = cwd; *c; c++)
		*c = *c == '\\' ? '/' : *c;
	ck_assert_uint_eq(strlen(cwd), strlen(dir) + strlen("/ü 😀"));
	ck_assert_str_eq(cwd + strlen(dir), "/ü 😀");
	ck_assert_int_eq(cwd[1], ':');
	free(cwd);
	unit_remove_tree(dir);
}
END_TEST

START_TEST(the_environment_is_utf8_and_what_it_told_stays_valid)
{
	TMD_AUTO_FREE wchar_t *longest = calloc(32001, sizeof(*longest));
	const char *first;

	ck_assert(SetEnvironmentVariableW(L"TRUSTMEND_\u00DC", L"\u00FC \U0001F600"));
	first = tmd_console_env("TRUSTMEND_Ü");
	ck_assert_str_eq(first, "ü 😀");
	ck_assert_ptr_eq(tmd_console_env("TRUSTMEND_Ü"), first);
	wmemset(longest, L'x', 32000);
	ck_assert(SetEnvironmentVariableW(L"TRUSTMEND_\u00DC", longest));
	ck_assert_uint_eq(strlen(tmd_console_env("TRUSTMEND_Ü")), 32000);
	ck_assert_str_eq(first, "ü 😀");
	ck_assert(SetEnvironmentVariableW(L"TRUSTMEND_\u00DC", NULL));
	ck_assert_ptr_null(tmd_console_env("TRUSTMEND_Ü"));
	ck_assert_ptr_null(tmd_console_env(""));
	ck_assert_ptr_null(tmd_console_env("\xFF"));
	ck_assert(SetEnvironmentVariableW(L"TRUSTMEND_EMPTY", L""));
	first = tmd_console_env("TRUSTMEND_EMPTY");
	ck_assert(!first || !*first); /* Wine and Windows differ */
	ck_assert_str_eq(tmd_os_name(), "windows");
}
END_TEST

/* ---- roles ---- */

static int role(int argc, char **argv)
{
	struct tmd_error failure;

	if (strcmp(argv[0], "echo") == 0)
		return child_echo(argc, argv);
	if (strcmp(argv[0], "report") != 0)
		return 98;
	tmd_console_init();
	if (tmd_console_write(2, "x", 1, &failure) != TMD_OK)
		return 40;
	return tmd_console_write(1, "x", 1, &failure) == TMD_OK ? 0 : 41;
}

static Suite *suite_fn(void)
{
	Suite *suite = suite_create("os/console");
	TCase *cases = tcase_create("all");

	tcase_add_checked_fixture(cases, setup, restore);
	tcase_add_test(cases, arguments_are_taken_apart_as_callers_quote_them);
	tcase_add_test(cases, arguments_are_utf8_whatever_the_code_page);
	tcase_add_test(cases, wildcards_and_variables_are_left_alone);
	tcase_add_test(cases, input_is_read_to_its_end_byte_by_byte);
	tcase_add_test(cases, input_that_is_too_large_is_refused);
	tcase_add_test(cases, input_from_a_file_ends_with_it);
	tcase_add_test(cases, missing_input_is_a_failure_and_empty_once_it_is_filled);
	tcase_add_test(cases, output_is_written_whole_and_unchanged_to_a_slow_reader);
	tcase_add_test(cases, a_broken_pipe_is_an_io_failure);
	tcase_add_test(cases, a_report_to_a_closed_output_is_a_failure_and_diagnostics_vanish);
	tcase_add_test(cases, a_child_without_streams_fails_to_report_and_lives);
	tcase_add_test(cases, a_console_shows_characters_and_not_bytes);
	tcase_add_test(cases, pipes_and_nothing_are_no_terminals);
	tcase_add_test(cases, the_working_directory_is_absolute_and_utf8);
	tcase_add_test(cases, the_environment_is_utf8_and_what_it_told_stays_valid);
	suite_add_tcase(suite, cases);
	return suite;
}

CHILD_MAIN(suite_fn, role)
