/* Paths as text, with one kind of separator. */
#include "base/mem.h"
#include "os/path.h"
#include "unit.h"

static void assert_joined(const char *dir, const char *name, const char *wanted)
{
	char *path = tmd_path_join(dir, name);

	ck_assert_str_eq(path, wanted);
	free(path);
}

START_TEST(join_leaves_one_slash)
{
	assert_joined("/a", "b", "/a/b");
	assert_joined("/a/", "b", "/a/b");
	assert_joined("/a//", "//b/c", "/a/b/c");
	assert_joined("/", "b", "/b");
	assert_joined("/", "/b", "/b");
}
END_TEST

static void assert_dir(const char *path, const char *wanted)
{
	char *dir = tmd_path_dir(path);

	ck_assert_str_eq(dir, wanted);
	free(dir);
}

START_TEST(directory_and_base_name)
{
	assert_dir("/a/b", "/a");
	assert_dir("/a//b", "/a");
	assert_dir("/x", "/");
	assert_dir("x", ".");
	assert_dir("a/b", "a");
	ck_assert_str_eq(tmd_path_base("/a/b.pem"), "b.pem");
	ck_assert_str_eq(tmd_path_base("b.pem"), "b.pem");
	ck_assert_str_eq(tmd_path_base("/a/"), "");
	ck_assert(tmd_path_is_absolute("/a"));
	ck_assert(!tmd_path_is_absolute("a/b"));
	ck_assert(!tmd_path_is_absolute(""));
}
END_TEST

START_TEST(key_is_the_path_itself)
{
	char *key = tmd_path_key("/a//B/./c");

	ck_assert_str_eq(key, "/a//B/./c");
	free(key);
}
END_TEST

static Suite *suite(void)
{
	Suite *all = suite_create("path");
	TCase *tc = tcase_create("path");

	tcase_add_test(tc, join_leaves_one_slash);
	tcase_add_test(tc, directory_and_base_name);
	tcase_add_test(tc, key_is_the_path_itself);
	suite_add_tcase(all, tc);
	return all;
}

UNIT_MAIN(suite)
