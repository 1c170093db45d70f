/* One temporary file for a target whose judge reads files. */
#ifndef TESTS_SCRATCH_H
#define TESTS_SCRATCH_H

#define WIN32_LEAN_AND_MEAN /* without the names that it shares with OpenSSL */

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

static char scratch_path[MAX_PATH + 1];

static inline void scratch_remove(void)
{
	DeleteFileA(scratch_path);
}

static inline int scratch_make(void)
{
	char dir[MAX_PATH + 1];

	if (!GetTempPathA(sizeof(dir), dir) || !GetTempFileNameA(dir, "tmd", 0, scratch_path))
		return -1;
	return atexit(scratch_remove);
}

/* The path of a file that holds exactly these bytes, removed at exit; NULL: it cannot be had. */
static inline const char *scratch_write(const void *data, size_t size)
{
	FILE *file;
	size_t written;

	if (!scratch_path[0] && scratch_make() != 0)
		return NULL;
	file = fopen(scratch_path, "wb");
	if (!file)
		return NULL;
	written = fwrite(data, 1, size, file);
	return fclose(file) == 0 && written == size ? scratch_path : NULL;
}

#endif
