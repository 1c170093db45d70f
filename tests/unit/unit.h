/*
 * What every Check program shares: a main for one suite, a scratch directory with files in it,
 * and a way to say that a test could not be done. What differs between systems is in unit_os.c,
 * of which CMake chooses the one in unix/ or win32/. A test that holds on every system includes
 * nothing of one; any other lives in a directory of that name.
 */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UNIT_DIR_MAX 256 /* room for the path of a scratch directory */
#define UNIT_PATH_MAX 4096

/*
 * A busy machine is no failure: the time that a test may take is there for one that hangs, and is
 * the same under ctest, by hand, in qemu and in Wine. In seconds.
 */
#define UNIT_TIME_LIMIT "600"
void unit_set_time_limit(void);

#define UNIT_MAIN(suite_function)                                     \
	int main(void)                                                \
	{                                                             \
		SRunner *runner;                                      \
		int failed;                                           \
                                                                      \
		unit_set_time_limit();                                \
		runner = srunner_create(suite_function());            \
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

/*
 * A test that cannot be done here says so and returns:
 *     if (!unit_symlink("real", path)) {
 *             unit_skip(UNIT_NO_LINKS);
 *             return;
 *     }
 * It counts as skipped and not as passed: scripts/test looks into the file that UNIT_SKIP_LOG
 * names. Answers true.
 */
#define unit_skip(why) unit_skip_test(__func__, why)
#define UNIT_NO_LINKS "this system lets this user make no symbolic links"

static inline bool unit_skip_test(const char *function, const char *why)
{
	const char *log = getenv("UNIT_SKIP_LOG");
	int len = (int)strlen(function) - 3; /* Check calls the function of a test NAME_fn */
	FILE *file;

	printf("# SKIP %.*s: %s\n", len, function, why);
	fflush(stdout);
	if (!log)
		return true;
	file = fopen(log, "ab");
	ck_assert_ptr_nonnull(file);
	fprintf(file, "%.*s: %s\n", len, function, why);
	ck_assert_int_eq(fclose(file), 0);
	return true;
}

/* ---- of unit_os.c; a failure ends the test ---- */

/* A new empty directory, absolute and with '/' alone; `path` is an array of UNIT_DIR_MAX. */
#define unit_make_dir(path) unit_make_scratch(path, sizeof(path))
void unit_make_scratch(char *path, size_t size);

void unit_remove_tree(const char *path); /* links are removed and not followed */
void unit_mkdir(const char *path);
bool unit_exists(const char *path);

/* False where this system, or this user on it, cannot make symbolic links. */
bool unit_symlink(const char *target, const char *path);
bool unit_is_link(const char *path);

/* ---- the same everywhere ---- */

/* Makes the directories on the way to `path`, below `dir`. */
static inline void unit_make_parents(const char *dir, const char *path)
{
	char full[UNIT_PATH_MAX];
	size_t len = (size_t)snprintf(full, sizeof(full), "%s/", dir);

	ck_assert_uint_lt(len + strlen(path), sizeof(full));
	snprintf(full + len, sizeof(full) - len, "%s", path + (*path == '/'));
	for (char *slash = full + len; (slash = strchr(slash, '/')) != NULL; *slash++ = '/') {
		*slash = '\0';
		if (!unit_exists(full))
			unit_mkdir(full);
	}
}

static inline void unit_write(const char *dir, const char *name, const void *data, size_t len)
{
	char path[UNIT_PATH_MAX];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "wb");
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(data, 1, len, file), len);
	ck_assert_int_eq(fclose(file), 0);
}

/* The bytes of a file, with a NUL behind them; the caller frees. `len` may be NULL. */
static inline char *unit_read(const char *path, size_t *len)
{
	FILE *file = fopen(path, "rb");
	char *data;
	long size;

	ck_assert_msg(file != NULL, "cannot open %s", path);
	ck_assert_int_eq(fseek(file, 0, SEEK_END), 0);
	size = ftell(file);
	ck_assert_int_ge(size, 0);
	rewind(file);
	data = calloc((size_t)size + 1, 1);
	ck_assert_ptr_nonnull(data);
	ck_assert_uint_eq(fread(data, 1, (size_t)size, file), (size_t)size);
	fclose(file);
	if (len)
		*len = (size_t)size;
	return data;
}

#endif
