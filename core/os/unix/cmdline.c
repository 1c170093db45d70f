/* Command lines as /proc shows them. */
#include "os/unix/cmdline.h"

#include <string.h>

size_t tmd_cmdline_split(const char *text, size_t len, bool cut, const char **arguments,
			 size_t max)
{
	size_t count = 0;

	for (size_t at = 0; at < len && count < max; at += strlen(text + at) + 1) {
		if (cut && at + strlen(text + at) == len)
			break;
		arguments[count++] = text + at;
	}
	return count;
}
