/*
 * A program with a window, for tests of the announcement that variables have changed.
 *
 *     listen           says "ready", waits up to ten minutes for an announcement, then half a second for
 *                      more, and says how many came; exits with 1 when none did
 *     listen deaf N    says "ready", and with N windows heeds nothing for ten minutes
 *
 * The windows are top-level ones that are never shown.
 */
#include <windows.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#define WAIT_MS 600000
#define SETTLE_MS 500
#define WINDOWS_MAX 2000

static unsigned heard;

static LRESULT CALLBACK heed(HWND window, UINT message, WPARAM word, LPARAM value)
{
	if (message == WM_SETTINGCHANGE && value &&
	    wcscmp((const wchar_t *)value, L"Environment") == 0)
		heard++;
	return DefWindowProcW(window, message, word, value);
}

static int open_windows(int count)
{
	WNDCLASSW class = { .lpfnWndProc = heed, .hInstance = GetModuleHandleW(NULL),
			    .lpszClassName = L"trustmend test" };

	if (!RegisterClassW(&class))
		return 0;
	for (int i = 0; i < count; i++) {
		if (!CreateWindowExW(0, class.lpszClassName, L"listen", WS_OVERLAPPEDWINDOW, 0, 0,
				     9, 9, NULL, NULL, class.hInstance, NULL))
			return 0;
	}
	return 1;
}

/* Answers messages until the time is over, or until something was heard. */
static void listen_until(ULONGLONG end, int until_heard)
{
	ULONGLONG now = GetTickCount64();

	while (now < end && !(until_heard && heard)) {
		MSG message;

		MsgWaitForMultipleObjects(0, NULL, FALSE, (DWORD)(end - now), QS_ALLINPUT);
		while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE))
			DispatchMessageW(&message);
		now = GetTickCount64();
	}
}

int main(int argc, char **argv)
{
	int deaf = argc == 3 ? atoi(argv[2]) : 0;

	if (deaf < 0 || deaf > WINDOWS_MAX || !open_windows(deaf ? deaf : 1)) {
		fprintf(stderr, "cannot open a window: error %lu\n", GetLastError());
		return 2;
	}
	printf("ready\n");
	fflush(stdout);
	if (deaf) {
		Sleep(WAIT_MS);
		return 0;
	}
	listen_until(GetTickCount64() + WAIT_MS, 1);
	listen_until(GetTickCount64() + SETTLE_MS, 0);
	printf("%u\n", heard);
	return heard ? 0 : 1;
}
