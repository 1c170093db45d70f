/*
 * Functions of user32, which brings half of the desktop along and would double the time that a
 * program takes to start: it is loaded when one of them is first called. The pointers have the
 * names that an import library gives them, so that everybody, OpenSSL too, calls as usual. That
 * no program depends on more is what scripts/build-portable checks.
 */
#include <windows.h>
#include <stdlib.h>
#include <string.h>

/* Every Windows has these functions: without one something is very wrong. */
static void find_function(const char *name, void *pointer)
{
	HMODULE module = LoadLibraryExW(L"user32.dll", NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
	FARPROC function = module ? GetProcAddress(module, name) : NULL;

	if (!function)
		abort();
	memcpy(pointer, &function, sizeof(function));
}

#define LATE(result, name, parameters, arguments)                                                  \
	static result WINAPI first_##name parameters;                                              \
	extern __typeof__(name) *__imp_##name;                                                     \
	__typeof__(name) *__imp_##name = first_##name;                                             \
	static result WINAPI first_##name parameters                                               \
	{                                                                                          \
		find_function(#name, (void *)&__imp_##name);                                       \
		return __imp_##name arguments;                                                     \
	}

LATE(HWINSTA, GetProcessWindowStation, (void), ())
LATE(BOOL, GetUserObjectInformationW,
     (HANDLE object, int index, void *info, DWORD len, DWORD *need),
     (object, index, info, len, need))
LATE(int, MessageBoxW, (HWND window, const wchar_t *text, const wchar_t *caption, UINT type),
     (window, text, caption, type))
LATE(LRESULT, SendMessageTimeoutW,
     (HWND window, UINT message, WPARAM word, LPARAM value, UINT flags, UINT ms, DWORD_PTR *answer),
     (window, message, word, value, flags, ms, answer))
