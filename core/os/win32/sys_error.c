/* The kinds and hints that errors of Windows are reported with. */
#include "os/win32/sys_error.h"

#include <windows.h>
#include <stddef.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/win32/text.h"

#define ELEVATE "run it in an elevated prompt (as administrator), or as the owner of the file"
#define CLOSE_IT "close the program that has the file open, and run again"

static const struct {
	DWORD code;
	enum tmd_error_kind kind;
	const char *hint;
} win_errors[] = {
	{ ERROR_ACCESS_DENIED, TMD_E_PERMISSION, ELEVATE },
	{ ERROR_PRIVILEGE_NOT_HELD, TMD_E_PERMISSION, ELEVATE },
	{ ERROR_ELEVATION_REQUIRED, TMD_E_PERMISSION, ELEVATE },
	{ ERROR_INVALID_OWNER, TMD_E_PERMISSION, ELEVATE },
	{ ERROR_FILE_NOT_FOUND, TMD_E_NOT_FOUND, "check the path" },
	{ ERROR_PATH_NOT_FOUND, TMD_E_NOT_FOUND, "check the path" },
	{ ERROR_INVALID_DRIVE, TMD_E_NOT_FOUND, "there is no such drive: check the path" },
	{ ERROR_BAD_NETPATH, TMD_E_NOT_FOUND, "check the name of the server" },
	{ ERROR_BAD_NET_NAME, TMD_E_NOT_FOUND, "check the name of the share" },
	{ ERROR_DIRECTORY, TMD_E_NOT_FOUND, "a part of the path is a file, not a directory" },
	{ ERROR_SHARING_VIOLATION, TMD_E_BUSY, CLOSE_IT },
	{ ERROR_LOCK_VIOLATION, TMD_E_BUSY, CLOSE_IT },
	{ ERROR_USER_MAPPED_FILE, TMD_E_BUSY, CLOSE_IT },
	{ ERROR_DELETE_PENDING, TMD_E_BUSY, CLOSE_IT },
	{ ERROR_BUSY, TMD_E_BUSY, "run again in a moment" },
	{ ERROR_DISK_FULL, TMD_E_IO, "the disk is full: free some space and run again" },
	{ ERROR_HANDLE_DISK_FULL, TMD_E_IO, "the disk is full: free some space and run again" },
	{ ERROR_DISK_QUOTA_EXCEEDED, TMD_E_IO,
	  "the disk quota is used up: free some space and run again" },
	{ ERROR_WRITE_PROTECT, TMD_E_IO, "the volume is read-only: make it writable first" },
	{ ERROR_NOT_READY, TMD_E_IO, "there is no medium in the drive" },
	{ ERROR_INVALID_NAME, TMD_E_INVALID_INPUT, "Windows allows no such file name" },
	{ ERROR_BAD_PATHNAME, TMD_E_INVALID_INPUT, "Windows allows no such path" },
	{ ERROR_FILENAME_EXCED_RANGE, TMD_E_INVALID_INPUT, "the path or a name in it is too long" },
	{ ERROR_BUFFER_OVERFLOW, TMD_E_INVALID_INPUT, "the path or a name in it is too long" },
	{ ERROR_CANT_RESOLVE_FILENAME, TMD_E_CONFLICT, "symbolic links lead in a circle" },
	{ ERROR_STOPPED_ON_SYMLINK, TMD_E_CONFLICT, "symbolic links lead in a circle" },
	{ ERROR_SYMLINK_CLASS_DISABLED, TMD_E_REFUSED,
	  "Windows does not follow symbolic links of this kind here: name the target" },
	{ ERROR_FILE_EXISTS, TMD_E_CONFLICT, NULL },
	{ ERROR_ALREADY_EXISTS, TMD_E_CONFLICT, NULL },
	{ ERROR_VIRUS_INFECTED, TMD_E_REFUSED, "the virus scanner refuses it: ask who runs it" },
	{ ERROR_CALL_NOT_IMPLEMENTED, TMD_E_UNSUPPORTED, NULL },
};

/* A Win32 code that was wrapped into an HRESULT is one again. */
static DWORD unwrap(DWORD code)
{
	return (code & 0xFFFF0000u) == 0x80070000u ? code & 0xFFFFu : code;
}

static bool is_end_noise(wchar_t c)
{
	return c == L'.' || c == L' ' || c == L'\r' || c == L'\n' || c == L'\t';
}

/* One line: the texts of Windows come with line ends inside as well. */
static void tidy(wchar_t *text, size_t len)
{
	while (len && is_end_noise(text[len - 1]))
		text[--len] = L'\0';
	for (size_t i = 0; i < len; i++) {
		if (text[i] < L' ')
			text[i] = L' ';
	}
}

char *tmd_win_error_text(unsigned long code)
{
	const DWORD flags = FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS |
			    FORMAT_MESSAGE_MAX_WIDTH_MASK;
	const DWORD size = 512;
	wchar_t text[512] = { 0 };
	DWORD len = FormatMessageW(flags, NULL, code, MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US),
				   text, size, NULL);

	/* A system without English texts has them in its own language. */
	if (!len)
		len = FormatMessageW(flags, NULL, code, 0, text, size, NULL);
	tidy(text, len);
	return text[0] ? tmd_narrow(text) : tmd_format("Windows error %lu", code);
}

void tmd_error_set_win(struct tmd_error *err, unsigned long code, const char *path,
		       const char *what)
{
	DWORD plain = unwrap(code);
	TMD_AUTO_FREE char *text = tmd_win_error_text(plain);
	enum tmd_error_kind kind = TMD_E_IO;
	const char *hint = NULL;

	for (size_t i = 0; i < sizeof(win_errors) / sizeof(*win_errors); i++) {
		if (win_errors[i].code != plain)
			continue;
		kind = win_errors[i].kind;
		hint = win_errors[i].hint;
	}
	tmd_error_set(err, kind, path, hint, "%s: %s", what, text);
	err->sys = (int)plain;
}
