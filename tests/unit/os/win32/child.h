/*
 * Tests that need a second process start themselves again, as "PROGRAM --child ROLE …": there is
 * no fork(). What the roles do is a function of each test program.
 */
#ifndef TESTS_OS_WIN32_CHILD_H
#define TESTS_OS_WIN32_CHILD_H

#include <wchar.h>
#include <windows.h>

#include "os/console.h"
#include "unit.h"

#define CHILD_UNITS 32768

typedef int child_fn(int argc, char **argv); /* argv[0] is the role */

/* UNIT_MAIN() for such a program. */
#define CHILD_MAIN(suite_function, child)                                                          \
	int main(int argc, char **argv)                                                            \
	{                                                                                          \
		child_fn *in_child = (child);                                                      \
		SRunner *runner;                                                                   \
		int failed;                                                                        \
                                                                                                   \
		argv = tmd_console_arguments(&argc, argv);                                         \
		if (argc > 2 && strcmp(argv[1], "--child") == 0)                                   \
			return in_child(argc - 2, argv + 2);                                       \
		runner = srunner_create(suite_function());                                         \
		srunner_run_all(runner, CK_NORMAL);                                                \
		failed = srunner_ntests_failed(runner);                                            \
		srunner_free(runner);                                                              \
		return failed ? EXIT_FAILURE : EXIT_SUCCESS;                                       \
	}

/* Check's own assertions work inside tests only, and children start children too. */
#define child_must(condition) ((condition) ? (void)0 : child_give_up(#condition))

static inline void child_give_up(const char *condition)
{
	fprintf(stderr, "%s: Windows error %lu\n", condition, GetLastError());
	exit(97);
}

static inline const wchar_t *child_program(void)
{
	static wchar_t path[CHILD_UNITS];

	child_must(GetModuleFileNameW(NULL, path, CHILD_UNITS));
	return path;
}

struct child {
	HANDLE process;
	HANDLE output; /* what it writes; NULL when it was given something else */
};

/* Streams of a child: 0 is nothing at all. An `output` that is not given becomes a pipe. */
struct child_streams {
	HANDLE input;
	HANDLE output;
	HANDLE errors;
	bool closed; /* no pipe either */
};

static inline void child_inheritable(HANDLE handle, bool inherit)
{
	if (handle)
		child_must(SetHandleInformation(handle, HANDLE_FLAG_INHERIT,
						inherit ? HANDLE_FLAG_INHERIT : 0));
}

/* `arguments` are what stands behind "PROGRAM --child " on the command line, as it is. */
static inline struct child child_start(const wchar_t *arguments, const struct child_streams *given)
{
	static wchar_t line[CHILD_UNITS];
	struct child_streams streams = given ? *given : (struct child_streams){ 0 };
	STARTUPINFOW startup = { .cb = sizeof(startup), .dwFlags = STARTF_USESTDHANDLES };
	PROCESS_INFORMATION process;
	struct child child = { 0 };
	HANDLE writer = NULL;

	if (!streams.output && !streams.closed) {
		child_must(CreatePipe(&child.output, &writer, NULL, 0));
		streams.output = writer;
	}
	child_inheritable(streams.input, true);
	child_inheritable(streams.output, true);
	child_inheritable(streams.errors, true);
	startup.hStdInput = streams.input;
	startup.hStdOutput = streams.output;
	startup.hStdError = streams.errors;
	child_must(swprintf(line, CHILD_UNITS, L"\"%ls\" --child %ls", child_program(), arguments) >
		   0);
	child_must(CreateProcessW(child_program(), line, NULL, NULL, TRUE, 0, NULL, NULL, &startup,
				  &process));
	child_inheritable(streams.input, false);
	child_inheritable(streams.output, false);
	child_inheritable(streams.errors, false);
	if (writer)
		CloseHandle(writer);
	CloseHandle(process.hThread);
	child.process = process.hProcess;
	return child;
}

/* Everything that it writes until it ends, or until `buf` is full; adds a NUL. */
static inline size_t child_read(struct child *child, char *buf, size_t size)
{
	size_t len = 0;
	DWORD got;

	while (len < size - 1 &&
	       ReadFile(child->output, buf + len, (DWORD)(size - 1 - len), &got, NULL) && got)
		len += got;
	buf[len] = '\0';
	return len;
}

static inline int child_wait(struct child *child)
{
	DWORD status;

	ck_assert_msg(WaitForSingleObject(child->process, 600000) == WAIT_OBJECT_0,
		      "the child does not end");
	ck_assert(GetExitCodeProcess(child->process, &status));
	CloseHandle(child->process);
	if (child->output)
		CloseHandle(child->output);
	memset(child, 0, sizeof(*child));
	return (int)status;
}

static inline void child_kill(struct child *child)
{
	ck_assert(TerminateProcess(child->process, 9));
	(void)child_wait(child);
}

/* For a child: writes to its standard output. */
static inline void child_say(const char *text)
{
	struct tmd_error failure;

	if (tmd_console_write(1, text, strlen(text), &failure) != TMD_OK)
		exit(99);
}

/* For a child: its arguments, each in brackets. */
static inline int child_echo(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		child_say("[");
		child_say(argv[i]);
		child_say("]");
	}
	return 0;
}

#endif
