/*
 * Running a program: no shell, nothing inherited, a job of its own so that it can be stopped
 * with its children, and an end in any case.
 */
#include "os/proc.h"

#include <windows.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "os/win32/command_line.h"
#include "os/win32/fs_internal.h"
#include "os/win32/sys_error.h"
#include "os/win32/text.h"

#define DEFAULT_TIMEOUT 120 /* seconds */
#define TICK_MS 100
#define DRAIN_MS 200 /* for output that comes after the program's end */
#define PAUSE_MS 10  /* between two looks */
#define CHUNKS_AT_ONCE 16
#define PIPE_SIZE 65536
#define KILLED 137	 /* as of a program that SIGKILL ended */
#define PATH_UNITS 32768 /* of any path */
#define INHERITED 2	 /* handles that the program gets */

struct child {
	HANDLE job;
	HANDLE process;
	HANDLE output; /* what it writes */
};

static void child_release(struct child *child)
{
	tmd_handle_close(&child->job);
	tmd_handle_close(&child->process);
	tmd_handle_close(&child->output);
}

/* ---- what it gets ---- */

/* The system's own directories, whatever the caller's environment says. */
static wchar_t *system_directory(UINT WINAPI (*find)(wchar_t *path, UINT units))
{
	TMD_AUTO_FREE wchar_t *path = tmd_alloc(PATH_UNITS, sizeof(*path));
	UINT units = find(path, PATH_UNITS);

	if (!units || units >= PATH_UNITS)
		abort(); /* there is no Windows without */
	return tmd_memdup(path, (units + 1) * sizeof(*path));
}

static char *temporary_directory(void)
{
	TMD_AUTO_FREE wchar_t *path = tmd_alloc(PATH_UNITS, sizeof(*path));
	DWORD units = GetTempPathW(PATH_UNITS, path);

	while (units && path[units - 1] == L'\\')
		path[--units] = L'\0';
	return tmd_narrow(path);
}

static bool is_given(const char *const *environment, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; environment[i]; i++) {
		TMD_AUTO_FREE char *start = tmd_strndup(environment[i], len);

		if (tmd_str_equal_nocase(start, name) && environment[i][len] == '=')
			return true;
	}
	return false;
}

/* Without SystemRoot programs find neither sockets nor random numbers: it is always there. */
static void list_environment(const char *const *given, struct tmd_strv *list)
{
	TMD_AUTO_FREE wchar_t *wide_root = system_directory(GetSystemWindowsDirectoryW);
	TMD_AUTO_FREE wchar_t *wide_system = system_directory(GetSystemDirectoryW);
	TMD_AUTO_FREE char *root = tmd_narrow(wide_root);
	TMD_AUTO_FREE char *system = tmd_narrow(wide_system);
	TMD_AUTO_FREE char *temporary = NULL;

	for (size_t i = 0; given && given[i]; i++)
		tmd_strv_add(list, given[i]);
	if (!given || !is_given(given, "SystemRoot"))
		tmd_strv_addf(list, "SystemRoot=%s", root);
	if (given)
		return;
	temporary = temporary_directory();
	tmd_strv_addf(list, "PATH=%s;%s", system, root);
	tmd_strv_addf(list, "TEMP=%s", temporary);
	tmd_strv_addf(list, "TMP=%s", temporary);
}

/* The program's streams: nothing to read, and one pipe for whatever it writes. */
static enum tmd_rc open_streams(const char *program, HANDLE *input, HANDLE *reader, HANDLE *writer,
				struct tmd_error *err)
{
	SECURITY_ATTRIBUTES inherited = { .nLength = sizeof(inherited), .bInheritHandle = TRUE };

	*input = CreateFileW(L"NUL", GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, &inherited,
			     OPEN_EXISTING, 0, NULL);
	if (*input == INVALID_HANDLE_VALUE)
		*input = NULL;
	if (*input && CreatePipe(reader, writer, &inherited, PIPE_SIZE) &&
	    SetHandleInformation(*reader, HANDLE_FLAG_INHERIT, 0))
		return TMD_OK;
	return tmd_fail_win(err, GetLastError(), program, "cannot prepare to run");
}

/* A job that ends a crashed program without asking anybody. */
static enum tmd_rc open_job(const char *program, HANDLE *job, struct tmd_error *err)
{
	JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = { 0 };

	limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_DIE_ON_UNHANDLED_EXCEPTION;
	*job = CreateJobObjectW(NULL, NULL);
	if (*job && SetInformationJobObject(*job, JobObjectExtendedLimitInformation, &limits,
					    sizeof(limits)))
		return TMD_OK;
	return tmd_fail_win(err, GetLastError(), program, "cannot prepare to run");
}

/* ---- starting ---- */

struct launch {
	const char *program; /* for messages */
	wchar_t *path;
	wchar_t *command_line;
	wchar_t *environment;
	wchar_t *directory;
};

static void launch_release(struct launch *launch)
{
	free(launch->path);
	free(launch->command_line);
	free(launch->environment);
	free(launch->directory);
}

static void attributes_release(LPPROC_THREAD_ATTRIBUTE_LIST *list)
{
	if (!*list)
		return;
	DeleteProcThreadAttributeList(*list);
	free(*list);
}

static bool make_attributes(HANDLE *handles, LPPROC_THREAD_ATTRIBUTE_LIST *out)
{
	LPPROC_THREAD_ATTRIBUTE_LIST list;
	SIZE_T size = 0;

	(void)InitializeProcThreadAttributeList(NULL, 1, 0, &size);
	list = tmd_alloc(1, size);
	if (!InitializeProcThreadAttributeList(list, 1, 0, &size)) {
		free(list);
		return false;
	}
	*out = list;
	return UpdateProcThreadAttribute(list, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, handles,
					 INHERITED * sizeof(*handles), NULL, NULL);
}

static enum tmd_rc fail_start(const struct launch *launch, DWORD code, struct tmd_error *err)
{
	if (code == ERROR_FILE_NOT_FOUND || code == ERROR_PATH_NOT_FOUND)
		return tmd_fail(err, TMD_E_NOT_FOUND, launch->program, "is it installed?",
				"the program is not there");
	return tmd_fail_win(err, code, launch->program, "cannot run");
}

/* The program runs when it is in its job, and not before: no child of it can get away. */
static enum tmd_rc enter_job(const struct launch *launch, const struct child *child, HANDLE thread,
			     struct tmd_error *err)
{
	if (AssignProcessToJobObject(child->job, child->process) &&
	    ResumeThread(thread) != (DWORD)-1)
		return TMD_OK;
	(void)tmd_fail_win(err, GetLastError(), launch->program, "cannot start");
	(void)TerminateProcess(child->process, KILLED);
	return TMD_FAILED;
}

static enum tmd_rc start(const struct launch *launch, struct child *child, struct tmd_error *err)
{
	const DWORD flags = CREATE_SUSPENDED | CREATE_NO_WINDOW | CREATE_UNICODE_ENVIRONMENT |
			    EXTENDED_STARTUPINFO_PRESENT;
	TMD_CLEANUP(attributes_release) LPPROC_THREAD_ATTRIBUTE_LIST attributes = NULL;
	TMD_AUTO_HANDLE HANDLE input = NULL;
	TMD_AUTO_HANDLE HANDLE writer = NULL;
	STARTUPINFOEXW startup = { .StartupInfo.cb = sizeof(startup) };
	PROCESS_INFORMATION process = { 0 };
	HANDLE handles[INHERITED];
	enum tmd_rc rc;

	if (open_streams(launch->program, &input, &child->output, &writer, err) ||
	    open_job(launch->program, &child->job, err))
		return TMD_FAILED;
	handles[0] = input;
	handles[1] = writer;
	if (!make_attributes(handles, &attributes))
		return fail_start(launch, GetLastError(), err);
	startup.StartupInfo.dwFlags = STARTF_USESTDHANDLES;
	startup.StartupInfo.hStdInput = input;
	startup.StartupInfo.hStdOutput = writer;
	startup.StartupInfo.hStdError = writer;
	startup.lpAttributeList = attributes;
	if (!CreateProcessW(launch->path, launch->command_line, NULL, NULL, TRUE, flags,
			    launch->environment, launch->directory, &startup.StartupInfo, &process))
		return fail_start(launch, GetLastError(), err);
	child->process = process.hProcess;
	rc = enter_job(launch, child, process.hThread, err);
	CloseHandle(process.hThread);
	return rc;
}

/* ---- while it runs ---- */

/*
 * Takes what is there, but not for ever; false when there will be no more. Beyond the
 * ceiling it is dropped.
 */
static bool take_output(const struct child *child, struct tmd_buf *output, bool *took)
{
	char chunk[16384];

	*took = false;
	for (int i = 0; i < CHUNKS_AT_ONCE; i++) {
		size_t room = TMD_PROC_OUTPUT_MAX - output->len;
		DWORD there = 0;
		DWORD got = 0;

		if (!PeekNamedPipe(child->output, NULL, 0, NULL, &there, NULL))
			return false;
		if (!there)
			return true;
		if (!ReadFile(child->output, chunk, sizeof(chunk), &got, NULL))
			return false;
		tmd_buf_add(output, chunk, got < room ? got : room);
		*took = true;
	}
	return true;
}

/*
 * Follows the program to its end. A program that it left behind may hold the pipe open:
 * after the end only a short while is given to late output.
 */
static void watch(const struct child *child, const struct tmd_proc_options *options,
		  struct tmd_proc_result *result)
{
	int64_t now = tmd_monotonic_ms();
	int64_t deadline = now + (int64_t)options->timeout * 1000;
	int64_t next_tick = now + TICK_MS;
	int64_t drained = 0; /* when to stop waiting for late output, once it ended */
	bool ended = false;

	for (;;) {
		bool took;
		bool open = take_output(child, &result->output, &took);

		ended = ended || WaitForSingleObject(child->process, 0) == WAIT_OBJECT_0;
		now = tmd_monotonic_ms();
		if (ended && !drained)
			drained = now + DRAIN_MS;
		if (ended && (!open || now >= drained))
			return;
		if (!ended && now >= deadline && !result->timed_out) {
			result->timed_out = true;
			(void)TerminateJobObject(child->job, KILLED);
		}
		if (options->tick && now >= next_tick) {
			options->tick(options->tick_arg);
			next_tick = now + TICK_MS;
		}
		if (ended)
			Sleep(1);
		else if (!took)
			(void)WaitForSingleObject(child->process, PAUSE_MS);
	}
}

static enum tmd_rc run(const struct launch *launch, const struct tmd_proc_options *options,
		       struct tmd_proc_result *result, struct tmd_error *err)
{
	TMD_CLEANUP(child_release) struct child child = { 0 };
	DWORD status;

	if (start(launch, &child, err))
		return TMD_FAILED;
	watch(&child, options, result);
	if (!GetExitCodeProcess(child.process, &status))
		return tmd_fail_win(err, GetLastError(), launch->program,
				    "the exit status is lost");
	result->status = (int)status;
	return TMD_OK;
}

/* ---- what is asked for ---- */

/* Those are for cmd.exe, a shell, which has its own idea of what an argument is. */
static bool is_batch_file(const char *program)
{
	size_t len = strlen(program);
	TMD_AUTO_FREE char *name = NULL;

	while (len && (program[len - 1] == '.' || program[len - 1] == ' '))
		len--; /* Windows drops them from a name */
	name = tmd_strndup(program, len);
	return len >= 4 && (tmd_str_equal_nocase(name + len - 4, ".bat") ||
			    tmd_str_equal_nocase(name + len - 4, ".cmd"));
}

static enum tmd_rc check_program(const struct tmd_fs *fs, const char *program,
				 struct tmd_error *err)
{
	if (!program || !tmd_path_is_absolute(program) ||
	    tmd_path_root(program).kind == TMD_ROOT_SEPARATOR)
		return tmd_fail(err, TMD_E_INVALID_INPUT, program,
				"give the whole path, from its drive or share",
				"cannot run a program that is not named by an absolute path");
	if (is_batch_file(program))
		return tmd_fail(err, TMD_E_REFUSED, program, "name the program that it calls",
				"batch files are not run: they need a shell");
	if (!fs->live)
		return tmd_fail(err, TMD_E_UNSUPPORTED, program, "run it on the machine itself",
				"programs inside an offline image of Windows cannot be run");
	return TMD_OK;
}

static enum tmd_rc prepare(const char *const argv[], const struct tmd_proc_options *options,
			   struct launch *launch, struct tmd_error *err)
{
	TMD_AUTO_STRV struct tmd_strv environment = { 0 };

	launch->program = argv[0];
	launch->path = tmd_wide(argv[0]);
	for (wchar_t *c = launch->path; c && *c; c++)
		*c = *c == L'/' ? L'\\' : *c;
	launch->directory = system_directory(GetSystemDirectoryW);
	list_environment(options->environment, &environment);
	if (launch->path && tmd_command_line(argv, &launch->command_line) &&
	    tmd_environment_block(&environment, &launch->environment))
		return TMD_OK;
	return tmd_fail(err, TMD_E_INVALID_INPUT, argv[0], "shorten them, and write UTF-8",
			"Windows can pass no such arguments or environment on");
}

enum tmd_rc tmd_proc_run(struct tmd_fs *fs, const char *const argv[],
			 const struct tmd_proc_options *options, struct tmd_proc_result *result,
			 struct tmd_error *err)
{
	TMD_CLEANUP(launch_release) struct launch launch = { 0 };
	TMD_CLEANUP(tmd_proc_result_release) struct tmd_proc_result found = { 0 };
	struct tmd_proc_options used = { 0 };

	if (tmd_fs_gate(fs, argv[0], err) || check_program(fs, argv[0], err))
		return TMD_FAILED;
	if (options)
		used = *options;
	if (!used.timeout)
		used.timeout = DEFAULT_TIMEOUT;
	tmd_buf_init(&found.output, TMD_PROC_OUTPUT_MAX);
	if (prepare(argv, &used, &launch, err) || run(&launch, &used, &found, err))
		return TMD_FAILED;
	tmd_proc_result_release(result);
	*result = found;
	memset(&found, 0, sizeof(found));
	return TMD_OK;
}

void tmd_proc_result_release(struct tmd_proc_result *result)
{
	tmd_buf_release(&result->output);
	memset(result, 0, sizeof(*result));
}
