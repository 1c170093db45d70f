/* What the keeper of a sandbox and its caller send each other. */
#include "os/unix/observe_internal.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "os/proc.h"

bool tmd_observe_fail(struct tmd_observe_failure *failure, int sys, const char *what,
		      const char *path)
{
	failure->sys = sys;
	(void)snprintf(failure->what, sizeof(failure->what), path ? "%s %s" : "%s", what, path);
	return false;
}

bool tmd_link_send(int link, const void *data, size_t len)
{
	const char *at = data;

	while (len) {
		ssize_t done = send(link, at, len, MSG_NOSIGNAL);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		at += done;
		len -= (size_t)done;
	}
	return true;
}

static bool wait_for(int link, int64_t deadline)
{
	struct pollfd event = { .fd = link, .events = POLLIN };
	int64_t left;
	int found;

	do {
		left = deadline < 0 ? -1 : deadline - tmd_monotonic_ms();
		if (deadline >= 0 && left <= 0)
			return false;
		found = poll(&event, 1, (int)left);
	} while (found == 0 || (found < 0 && errno == EINTR));
	return found > 0;
}

bool tmd_link_receive(int link, void *data, size_t len, int64_t deadline)
{
	char *at = data;

	while (len) {
		ssize_t got;

		if (!wait_for(link, deadline))
			return false;
		got = recv(link, at, len, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		at += got;
		len -= (size_t)got;
	}
	return true;
}
