/* A root of its own for a target whose subject reads files by their names: kept open, removed at exit. */
#ifndef TESTS_SCRATCH_ROOT_H
#define TESTS_SCRATCH_ROOT_H

#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SCRATCH_FILES 4
#define SCRATCH_DIRS 2

static char scratch_root_path[] = "/tmp/trustmend-fuzz-XXXXXX";
static struct {
	char path[256];
	int fd;
} scratch_files[SCRATCH_FILES];
static char scratch_dirs[SCRATCH_DIRS][256];

static inline void scratch_root_remove(void)
{
	char dir[256];

	for (size_t i = 0; i < SCRATCH_FILES && scratch_files[i].path[0]; i++)
		unlink(scratch_files[i].path);
	for (size_t i = 0; i < SCRATCH_DIRS && scratch_dirs[i][0]; i++)
		rmdir(scratch_dirs[i]);
	snprintf(dir, sizeof(dir), "%s/etc", scratch_root_path);
	rmdir(dir);
	rmdir(scratch_root_path);
}

/* The root, with an empty etc in it. */
static inline const char *scratch_root(void)
{
	char dir[256];

	if (!mkdtemp(scratch_root_path))
		abort();
	snprintf(dir, sizeof(dir), "%s/etc", scratch_root_path);
	if (mkdir(dir, 0755) != 0 || atexit(scratch_root_remove) != 0)
		abort();
	return scratch_root_path;
}

/* A directory below etc. */
static inline void scratch_root_make_dir(const char *name)
{
	size_t i = 0;

	while (i < SCRATCH_DIRS && scratch_dirs[i][0])
		i++;
	if (i == SCRATCH_DIRS)
		abort();
	snprintf(scratch_dirs[i], sizeof(scratch_dirs[i]), "%s/etc/%s", scratch_root_path, name);
	if (mkdir(scratch_dirs[i], 0755) != 0)
		abort();
}

/* File `index` is `name` below etc and holds exactly these bytes. */
static inline void scratch_root_write(size_t index, const char *name, const void *data, size_t size)
{
	if (!scratch_files[index].path[0]) {
		snprintf(scratch_files[index].path, sizeof(scratch_files[index].path), "%s/etc/%s",
			 scratch_root_path, name);
		scratch_files[index].fd = open(scratch_files[index].path,
					       O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	}
	if (scratch_files[index].fd < 0 || ftruncate(scratch_files[index].fd, 0) != 0 ||
	    pwrite(scratch_files[index].fd, data, size, 0) != (ssize_t)size)
		abort();
}

#endif
