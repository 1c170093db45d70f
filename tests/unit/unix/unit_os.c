/* What the unit tests need of a unix system. */
#include "unit.h"

#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

void unit_set_time_limit(void)
{
	setenv("CK_DEFAULT_TIMEOUT", UNIT_TIME_LIMIT, 1);
}

/* Below TMPDIR, which scripts/test sets and empties, because a crashed test leaves its own. */
void unit_make_scratch(char *path, size_t size)
{
	const char *top = getenv("TMPDIR");
	int len = snprintf(path, size, "%s/trustmend-unit-XXXXXX", top && *top ? top : "/tmp");

	ck_assert_msg(len > 0 && (size_t)len < size, "TMPDIR is too long: %s", top);
	umask(022);
	ck_assert_ptr_nonnull(mkdtemp(path));
	ck_assert_int_eq(chmod(path, 0755), 0); /* as the root of a machine has it */
}

static int remove_entry(const char *path, const struct stat *st, int flag,
				    struct FTW *walk)
{
	(void)st;
	(void)flag;
	(void)walk;
	return remove(path);
}

void unit_remove_tree(const char *path)
{
	nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

void unit_mkdir(const char *path)
{
	ck_assert_msg(mkdir(path, 0755) == 0, "cannot make %s", path);
}

bool unit_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

bool unit_symlink(const char *target, const char *path)
{
	ck_assert_msg(symlink(target, path) == 0, "cannot make the link %s", path);
	return true;
}

bool unit_is_link(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
}
