/* A scratch root with files beside it that nothing may reach, and mounts of its own. */
#ifndef TESTS_UNIT_OS_SANDBOX_H
#define TESTS_UNIT_OS_SANDBOX_H

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/fs.h"
#include "unit.h"

#define KEEP_ALL                                                                                   \
	{                                                                                          \
		TMD_KEEP, TMD_KEEP, TMD_KEEP, 0                                                    \
	}

static char base[64];  /* holds "outside" and "root" */
static char root[128]; /* the managed root */
static struct tmd_fs *fs;
static struct tmd_error err;

/* A path below the scratch directory; valid until the fourth call after this one. */
static inline const char *below(const char *fmt, ...)
{
	static char paths[4][4200];
	static unsigned next;
	char *path = paths[next++ % 4];
	va_list args;
	int len = snprintf(path, sizeof(paths[0]), "%s/", base);

	va_start(args, fmt);
	vsnprintf(path + len, sizeof(paths[0]) - (size_t)len, fmt, args);
	va_end(args);
	return path;
}

static inline void put(const char *name, const char *text)
{
	unit_write(base, name, text, strlen(text));
	ck_assert_int_eq(chmod(below("%s", name), 0644), 0);
}

static inline void make_dir(const char *name)
{
	ck_assert_int_eq(mkdir(below("%s", name), 0755), 0);
}

static inline void make_link(const char *target, const char *name)
{
	ck_assert_int_eq(symlink(target, below("%s", name)), 0);
}

static inline void assert_file(const char *name, const char *text)
{
	static char content[65536];
	FILE *file = fopen(below("%s", name), "rb");
	size_t len;

	ck_assert_msg(file != NULL, "%s is missing", name);
	len = fread(content, 1, sizeof(content) - 1, file);
	fclose(file);
	content[len] = '\0';
	ck_assert_str_eq(content, text);
}

static inline int is_there(const char *name)
{
	struct stat st;

	return lstat(below("%s", name), &st) == 0;
}

/* Temporary files of a replace in a directory, which are removed when `take` is set. */
static inline unsigned temporary_files(const char *name, int take)
{
	const struct dirent *entry;
	DIR *dir = opendir(below("%s", name));
	unsigned count = 0;

	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir))) {
		if (!strstr(entry->d_name, ".trustmend-tmp"))
			continue;
		count++;
		if (take)
			ck_assert_int_eq(unlinkat(dirfd(dir), entry->d_name, 0), 0);
	}
	closedir(dir);
	return count;
}

static inline unsigned mode_of(const char *name)
{
	struct stat st;

	ck_assert_int_eq(lstat(below("%s", name), &st), 0);
	return (unsigned)st.st_mode & 07777;
}

static inline void sandbox_setup(void)
{
	umask(022);
	unit_make_dir(base);
	snprintf(root, sizeof(root), "%s/root", base);
	make_dir("root");
	make_dir("outside");
	put("outside/secret", "secret\n");
	ck_ok(tmd_fs_open(root, &fs, &err), err);
	tmd_fs_allow_writes(fs, true);
}

static inline void sandbox_teardown(void)
{
	tmd_fs_free(fs);
	fs = NULL;
	unit_remove_tree(base);
}

/* Says why a test, or a part of it, could not be done here. Answers `missing`. */
#define skip_when(missing, why) ((missing) && unit_skip(why))

/*
 * Mounts made from here on are seen by this process only, and go with it. The root is
 * opened anew: the old one lies in the mounts of before.
 */
static inline int own_mounts(void)
{
	if (geteuid() != 0 || unshare(CLONE_NEWNS) != 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
		return 0;
	tmd_fs_free(fs);
	ck_ok(tmd_fs_open(root, &fs, &err), err);
	tmd_fs_allow_writes(fs, true);
	return 1;
}

#endif
