/*
 * Makes a registry key that is a link, which Windows has no program for:
 *
 *     link_key NAME TARGET     below HKEY_USERS, to "\Registry\Machine\Software" for one
 *     link_key NAME            removes it again
 */
#include <windows.h>
#include <stdio.h>
#include <string.h>

#define ALL (KEY_ALL_ACCESS | KEY_CREATE_LINK)

static LSTATUS make(const char *name, const char *target)
{
	wchar_t wide[512];
	int units = MultiByteToWideChar(CP_UTF8, 0, target, (int)strlen(target), wide, 512);
	HKEY key;
	LSTATUS status = RegCreateKeyExA(HKEY_USERS, name, 0, NULL, REG_OPTION_CREATE_LINK, ALL,
					 NULL, &key, NULL);

	if (status != ERROR_SUCCESS)
		return status;
	status = RegSetValueExW(key, L"SymbolicLinkValue", 0, REG_LINK, (const BYTE *)wide,
				(DWORD)units * sizeof(*wide));
	RegCloseKey(key);
	return status;
}

/* Only the native call deletes the link itself. */
static LSTATUS unmake(const char *name)
{
	HMODULE ntdll = GetModuleHandleW(L"ntdll.dll");
	LONG(NTAPI *delete_key)(HANDLE);
	FARPROC function = GetProcAddress(ntdll, "NtDeleteKey");
	HKEY key;
	LSTATUS status = RegOpenKeyExA(HKEY_USERS, name, REG_OPTION_OPEN_LINK, ALL, &key);

	if (status != ERROR_SUCCESS)
		return status;
	memcpy(&delete_key, &function, sizeof(function));
	status = delete_key(key);
	RegCloseKey(key);
	return status;
}

int main(int argc, char **argv)
{
	LSTATUS status;

	if (argc != 2 && argc != 3)
		return 2;
	status = argc == 3 ? make(argv[1], argv[2]) : unmake(argv[1]);
	if (status == ERROR_SUCCESS)
		return 0;
	fprintf(stderr, "error %ld\n", status);
	return 1;
}
