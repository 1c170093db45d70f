/* Time: now, time that only moves forward, and waiting. */
#include "os/proc.h"

#include <windows.h>

#define TICKS_PER_SECOND 10000000 /* of 100 ns */
#define SECONDS_1601_TO_1970 INT64_C(11644473600)

void tmd_sleep_ms(unsigned ms)
{
	Sleep(ms);
}

int64_t tmd_now(void)
{
	FILETIME now;
	ULARGE_INTEGER ticks;

	GetSystemTimeAsFileTime(&now);
	ticks.LowPart = now.dwLowDateTime;
	ticks.HighPart = now.dwHighDateTime;
	return (int64_t)(ticks.QuadPart / TICKS_PER_SECOND) - SECONDS_1601_TO_1970;
}

int64_t tmd_monotonic_ms(void)
{
	return (int64_t)GetTickCount64();
}
