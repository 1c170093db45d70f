/* Standard streams, arguments, working directory and environment of the caller. */
#include "os/console.h"

#include <windows.h>
#include <process.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/console_input.h"
#include "os/win32/hive.h"
#include "os/win32/sys_error.h"
#include "os/win32/text.h"

#define WRITE_CHUNK ((size_t)65536)
#define CONSOLE_CHUNK 4096 /* bytes or characters: the console's own buffer is small */
#define END_OF_INPUT 0x1A  /* Ctrl-Z, as the first character of a line */
#define PAUSE_MS 10

static const DWORD stream_names[] = { STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, STD_ERROR_HANDLE };

/* NULL for a stream that the caller closed, or never had. */
static HANDLE stream(int descriptor)
{
	HANDLE handle = GetStdHandle(stream_names[descriptor]);

	return handle == INVALID_HANDLE_VALUE ? NULL : handle;
}

static bool is_console(HANDLE handle)
{
	DWORD mode;

	return handle && GetConsoleMode(handle, &mode);
}

/*
 * A console that does not know escape sequences, or will not be told to, counts as no terminal:
 * it would show them.
 */
bool tmd_console_is_terminal(int descriptor)
{
	HANDLE handle = stream(descriptor);
	DWORD mode;

	if (!handle || !GetConsoleMode(handle, &mode))
		return false;
	if (descriptor == 0 || (mode & ENABLE_VIRTUAL_TERMINAL_PROCESSING))
		return true;
	return SetConsoleMode(handle,
			      mode | ENABLE_PROCESSED_OUTPUT | ENABLE_VIRTUAL_TERMINAL_PROCESSING);
}

unsigned tmd_console_width(int descriptor)
{
	CONSOLE_SCREEN_BUFFER_INFO info;
	HANDLE handle = stream(descriptor);

	if (!handle || !GetConsoleScreenBufferInfo(handle, &info))
		return 0;
	return (unsigned)(info.srWindow.Right - info.srWindow.Left + 1);
}

/* Whoever sets TERM there has a reason. */
bool tmd_console_obeys(int descriptor)
{
	const char *term = getenv("TERM");

	return tmd_console_is_terminal(descriptor) && !(term && strcmp(term, "dumb") == 0);
}

bool tmd_console_shows_utf8(int descriptor)
{
	(void)descriptor;
	return true;
}

/* ---- reading ---- */

struct input {
	HANDLE handle;
	bool console;
	wchar_t pending; /* the first half of a character whose second is still to come */
};

static enum tmd_rc fail_read(struct tmd_error *err)
{
	return tmd_fail_win(err, GetLastError(), "-", "cannot read standard input");
}

/* What is typed is UTF-16, whatever the code page. */
static enum tmd_rc read_console(struct input *input, char *data, size_t room, size_t *got,
				struct tmd_error *err)
{
	const DWORD most = (DWORD)(room / 3 < CONSOLE_CHUNK ? room / 3 : CONSOLE_CHUNK);
	wchar_t text[CONSOLE_CHUNK]; /* a unit is at most three bytes */
	int bytes = 0;

	while (!bytes) {
		DWORD kept = input->pending ? 1 : 0;
		DWORD units = 0;

		text[0] = input->pending;
		input->pending = 0;
		if (!ReadConsoleW(input->handle, text + kept, most - kept, &units, NULL))
			return fail_read(err);
		if (!units || text[kept] == END_OF_INPUT)
			break;
		units += kept;
		if (IS_HIGH_SURROGATE(text[units - 1]))
			input->pending = text[--units];
		bytes = WideCharToMultiByte(CP_UTF8, 0, text, (int)units, data, (int)room, NULL,
					    NULL);
	}
	*got = (size_t)bytes;
	return TMD_OK;
}

static enum tmd_rc read_file(struct input *input, char *data, size_t room, size_t *got,
			     struct tmd_error *err)
{
	DWORD count = 0;

	while (!ReadFile(input->handle, data, (DWORD)room, &count, NULL)) {
		DWORD code = GetLastError();

		if (code == ERROR_BROKEN_PIPE || code == ERROR_HANDLE_EOF)
			break;
		if (code != ERROR_NO_DATA) /* a pipe that was made not to wait */
			return fail_read(err);
		Sleep(PAUSE_MS);
	}
	*got = count;
	return TMD_OK;
}

static enum tmd_rc read_input(void *source, char *to, size_t room, size_t *got,
			      struct tmd_error *err)
{
	struct input *input = source;

	return input->console ? read_console(input, to, room, got, err)
			      : read_file(input, to, room, got, err);
}

enum tmd_rc tmd_console_read_input(size_t max, struct tmd_buf *out, struct tmd_error *err)
{
	struct input input = { .handle = stream(0) };
	const struct tmd_reader reader = { read_input, &input, 0 };

	input.console = is_console(input.handle);
	return tmd_console_collect(&reader, max, out, err);
}

/* ---- writing ---- */

static enum tmd_rc fail_write(int descriptor, DWORD code, struct tmd_error *err)
{
	return tmd_fail_win(err, code, NULL,
			    descriptor == 2 ? "cannot write to standard error"
					    : "cannot write to standard output");
}

/* How many of `len` bytes, at most CONSOLE_CHUNK, are whole characters. */
static size_t whole_characters(const char *data, size_t len)
{
	size_t end = CONSOLE_CHUNK;

	if (len <= CONSOLE_CHUNK)
		return len;
	while (end > CONSOLE_CHUNK - 4 && ((unsigned char)data[end] & 0xC0) == 0x80)
		end--;
	return end;
}

/* A console gets characters, so that its code page does not matter; -1 is a failure. */
static int put_console(HANDLE handle, const char *data, size_t len)
{
	wchar_t text[CONSOLE_CHUNK];
	size_t bytes = whole_characters(data, len);
	DWORD units = (DWORD)MultiByteToWideChar(CP_UTF8, 0, data, (int)bytes, text, CONSOLE_CHUNK);
	DWORD done = 0;

	while (done < units) {
		DWORD put = 0;

		if (!WriteConsoleW(handle, text + done, units - done, &put, NULL))
			return -1;
		done += put;
	}
	return (int)bytes;
}

static int put_file(HANDLE handle, const char *data, size_t len)
{
	DWORD put = 0;

	if (!WriteFile(handle, data, (DWORD)(len < WRITE_CHUNK ? len : WRITE_CHUNK), &put, NULL))
		return -1;
	if (!put)
		Sleep(PAUSE_MS); /* a pipe that was made not to wait, and is full */
	return (int)put;
}

enum tmd_rc tmd_console_write(int descriptor, const void *data, size_t len, struct tmd_error *err)
{
	HANDLE handle = stream(descriptor);
	bool console = is_console(handle);
	const char *at = data;

	while (len) {
		int put = console ? put_console(handle, at, len) : put_file(handle, at, len);
		DWORD code = put < 0 ? GetLastError() : ERROR_SUCCESS;

		if (code == ERROR_INVALID_HANDLE && descriptor == 1)
			return tmd_fail(err, TMD_E_IO, NULL, "give the report somewhere to go",
					"standard output is closed");
		if (put < 0)
			return fail_write(descriptor, code, err);
		at += put;
		len -= (size_t)put;
	}
	return TMD_OK;
}

/* ---- setting up ---- */

/* Did the caller give a handle, and is it one? What is closed may still have its old number. */
static bool is_open(int descriptor)
{
	HANDLE handle = stream(descriptor);

	SetLastError(NO_ERROR);
	return handle && (GetFileType(handle) != FILE_TYPE_UNKNOWN || GetLastError() == NO_ERROR);
}

/* Nothing, to be read or written. Standard output gets none: a report must not vanish. */
static HANDLE open_nothing(int descriptor)
{
	if (descriptor == 1)
		return NULL;
	return CreateFileW(L"NUL", GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE,
			   NULL, OPEN_EXISTING, 0, NULL);
}

void tmd_console_init(void)
{
	/* No window that asks for a medium or reports a crash: nobody may be there to answer. Nor
	   an image of our memory, in which there may be a key: the reporting of crashes makes it.
	 */
	SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX | SEM_NOOPENFILEERRORBOX);
	/* Nothing that lies beside the program, in a folder of downloads for one, gets loaded. */
	(void)SetDefaultDllDirectories(LOAD_LIBRARY_SEARCH_SYSTEM32);
	for (int descriptor = 0; descriptor <= 2; descriptor++) {
		if (!is_open(descriptor))
			(void)SetStdHandle(stream_names[descriptor], open_nothing(descriptor));
	}
	tmd_hives_release_left();
}

/* ---- the caller ---- */

/*
 * Parsed by the C library, by its own rules: those by which callers quote. It expands no
 * wildcards unless it is asked to.
 */
char **tmd_console_arguments(int *argc, char **argv)
{
	wchar_t **wide;
	int count;

	if (_configure_wide_argv(_crt_argv_unexpanded_arguments) != 0)
		return argv;
	wide = *__p___wargv();
	count = *__p___argc();
	argv = tmd_alloc((size_t)count + 1, sizeof(*argv));
	for (int i = 0; i < count; i++)
		argv[i] = tmd_narrow(wide[i]);
	*argc = count;
	return argv;
}

const char *tmd_os_name(void)
{
	return "windows";
}

enum tmd_rc tmd_console_cwd(char **out, struct tmd_error *err)
{
	DWORD units = GetCurrentDirectoryW(0, NULL);

	while (units) {
		TMD_AUTO_FREE wchar_t *path = tmd_alloc(units, sizeof(*path));
		DWORD used = GetCurrentDirectoryW(units, path);

		if (used && used < units) {
			*out = tmd_narrow(path);
			return TMD_OK;
		}
		units = used;
	}
	return tmd_fail_win(err, GetLastError(), NULL, "cannot find the working directory");
}

/* ---- environment ---- */

/* What was handed out stays valid: a value is kept until the process ends. */
struct variable {
	struct variable *next;
	char *name;
	char *value;
};

static struct variable *variables;

/* NULL where it is not set; else the caller frees. */
static char *read_variable(const char *name)
{
	TMD_AUTO_FREE wchar_t *wide = tmd_wide(name);
	DWORD units = wide ? 1 : 0;

	while (units) {
		TMD_AUTO_FREE wchar_t *value = tmd_alloc(units, sizeof(*value));
		DWORD used;

		SetLastError(NO_ERROR);
		used = GetEnvironmentVariableW(wide, value, units);
		if (used < units && (used || GetLastError() == NO_ERROR))
			return tmd_narrow(value);
		units = used;
	}
	return NULL;
}

const char *tmd_console_env(const char *name)
{
	char *value = read_variable(name);
	struct variable *variable = variables;

	if (!value)
		return NULL;
	while (variable &&
	       !(strcmp(variable->name, name) == 0 && strcmp(variable->value, value) == 0))
		variable = variable->next;
	if (variable) {
		free(value);
		return variable->value;
	}
	variable = tmd_alloc(1, sizeof(*variable));
	variable->name = tmd_strdup(name);
	variable->value = value;
	variable->next = variables;
	variables = variable;
	return value;
}
