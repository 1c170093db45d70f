/* Time: now, time that only moves forward, and waiting. */
#include "os/proc.h"

#include <errno.h>
#include <time.h>

void tmd_sleep_ms(unsigned ms)
{
	struct timespec left = { .tv_sec = (time_t)(ms / 1000),
				 .tv_nsec = (long)(ms % 1000) * 1000000 };

	while (nanosleep(&left, &left) != 0 && errno == EINTR)
		continue;
}

int64_t tmd_now(void)
{
	return (int64_t)time(NULL);
}

int64_t tmd_monotonic_ms(void)
{
	struct timespec now;

	if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
		return 0;
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
