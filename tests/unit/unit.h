/* What every Check program shares: a main for one suite, and a scratch directory. */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include <check.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define UNIT_MAIN(suite_function)                                     \
	int main(void)                                                \
	{                                                             \
		SRunner *runner = srunner_create(suite_function());   \
		int failed;                                           \
                                                                      \
		srunner_run_all(runner, CK_NORMAL);                   \
		failed = srunner_ntests_failed(runner);               \
		srunner_free(runner);                                 \
		return failed ? EXIT_FAILURE : EXIT_SUCCESS;          \
	}

/* Must be TMD_OK; shows the error otherwise. */
#define ck_ok(call, err)                                                             \
	do {                                                                         \
		memset(&(err), 0, sizeof(err));                                      \
		if ((call) != TMD_OK)                                                \
			ck_abort_msg("%s: %s (%s) [%s]", #call, (err).message,       \
				     (err).path, (err).hint);                        \
	} while (0)

/* Must fail with this kind. */
#define ck_fails(call, err, wanted)                                                  \
	do {                                                                         \
		memset(&(err), 0, sizeof(err));                                      \
		ck_assert_msg((call) != TMD_OK, "%s did not fail", #call);           \
		ck_assert_msg((err).kind == (wanted), "%s: kind %d, wanted %d: %s",  \
			      #call, (int)(err).kind, (int)(wanted), (err).message); \
	} while (0)

static inline int unit_remove_entry(const char *path, const struct stat *st, int flag,
				    struct FTW *walk)
{
	(void)st;
	(void)flag;
	(void)walk;
	return remove(path);
}

static inline void unit_remove_tree(const char *path)
{
	nftw(path, unit_remove_entry, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

/* A new empty directory; `path` takes 64 characters. */
static inline void unit_make_dir(char *path)
{
	snprintf(path, 64, "/tmp/trustmend-unit-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(path));
}

static inline void unit_write(const char *dir, const char *name, const void *data, size_t len)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "wb");
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(data, 1, len, file), len);
	ck_assert_int_eq(fclose(file), 0);
}

#endif
