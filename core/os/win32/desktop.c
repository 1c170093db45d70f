/* Desktops: whether there is one, and telling the programs on it that variables changed. */
#include "os/win32/desktop.h"

#include <windows.h>

#include "os/registry.h"

#define BROADCAST_MAX_MS 5000 /* for all windows */

/* Services and SSH sessions have window stations of their own, which nobody sees. */
bool tmd_has_desktop(void)
{
	HWINSTA station = GetProcessWindowStation();
	USEROBJECTFLAGS flags = { 0 };
	DWORD used;

	return station &&
	       GetUserObjectInformationW(station, UOI_FLAGS, &flags, sizeof(flags), &used) &&
	       (flags.dwFlags & WSF_VISIBLE);
}

static DWORD WINAPI broadcast(void *timeout_ms)
{
	static const wchar_t what[] = L"Environment";

	(void)SendMessageTimeoutW(HWND_BROADCAST, WM_SETTINGCHANGE, 0, (LPARAM)what,
				  SMTO_ABORTIFHUNG, *(const UINT *)timeout_ms, NULL);
	return 0;
}

/*
 * The time-out holds for each window, and a program that hangs may have many: in a thread, so
 * that all of them together cannot hold up a run. What it refers to outlives it.
 */
void tmd_env_broadcast(unsigned timeout_ms)
{
	static UINT timeout;
	HANDLE thread;

	if (!tmd_has_desktop())
		return;
	timeout = timeout_ms;
	thread = CreateThread(NULL, 0, broadcast, &timeout, 0, NULL);
	if (!thread)
		return;
	WaitForSingleObject(thread, BROADCAST_MAX_MS);
	CloseHandle(thread);
}
