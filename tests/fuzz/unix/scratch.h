/* One temporary file for a target whose judge reads files: written often, so kept open. */
#ifndef TESTS_SCRATCH_H
#define TESTS_SCRATCH_H

#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

static char scratch_path[] = "/tmp/trustmend-fuzz-XXXXXX";

static inline void scratch_remove(void)
{
	unlink(scratch_path);
}

/* The path of a file that holds exactly these bytes, removed at exit; NULL: it cannot be had. */
static inline const char *scratch_write(const void *data, size_t size)
{
	static int fd = -1;

	if (fd < 0) {
		fd = mkstemp(scratch_path);
		if (fd < 0)
			return NULL;
		atexit(scratch_remove);
	}
	if (ftruncate(fd, 0) != 0 || pwrite(fd, data, size, 0) != (ssize_t)size)
		return NULL;
	return scratch_path;
}

#endif
