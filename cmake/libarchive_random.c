/* Random bytes are for writing encrypted archives: what is compiled here only reads. */
#include <stddef.h>

int archive_random(void *bytes, size_t count)
{
	(void)bytes;
	(void)count;
	return -25; /* ARCHIVE_FAILED */
}
