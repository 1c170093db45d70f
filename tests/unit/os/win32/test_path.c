/* Paths as text: drives, shares and prefixes, two separators, names without case. */
#include <stdlib.h>

#include "base/mem.h"
#include "os/path.h"
#include "unit.h"

static void assert_joined(const char *dir, const char *name, const char *wanted)
{
	char *path = tmd_path_join(dir, name);

	ck_assert_str_eq(path, wanted);
	free(path);
}

START_TEST(join_uses_the_separator_of_the_directory)
{
	assert_joined("C:/a", "b", "C:/a/b");
	assert_joined("C:\\a", "b", "C:\\a\\b");
	assert_joined("C:\\a", "b/c", "C:\\a\\b\\c");
	assert_joined("C:/a", "b\\c", "C:/a/b/c");
	assert_joined("a", "b/c", "a\\b\\c");
	assert_joined("C:/a\\x", "b/c", "C:/a\\x/b/c");
}
END_TEST

START_TEST(join_leaves_one_separator)
{
	assert_joined("C:/", "b", "C:/b");
	assert_joined("C:\\a\\\\", "\\/b", "C:\\a\\b");
	assert_joined("/", "b", "/b");
	assert_joined("//server/share/", "b", "//server/share/b");
	assert_joined("\\\\?\\C:\\", "b", "\\\\?\\C:\\b");
}
END_TEST

static void assert_dir(const char *path, const char *wanted)
{
	char *dir = tmd_path_dir(path);

	ck_assert_str_eq(dir, wanted);
	free(dir);
}

START_TEST(the_directory_of_a_path_never_passes_its_root)
{
	assert_dir("C:/a/b", "C:/a");
	assert_dir("C:\\a\\b", "C:\\a");
	assert_dir("C:/a//b", "C:/a");
	assert_dir("C:/a", "C:/");
	assert_dir("C:\\a", "C:\\");
	assert_dir("C:/", "C:/");
	assert_dir("/a/b", "/a");
	assert_dir("/a", "/");
	assert_dir("/", "/");
	assert_dir("a", ".");
	assert_dir("a\\b", "a");
	assert_dir("//server/share/a/b", "//server/share/a");
	assert_dir("\\\\server\\share\\a", "\\\\server\\share\\");
	assert_dir("\\\\server\\share", "\\\\server\\share");
	assert_dir("\\\\?\\C:\\a", "\\\\?\\C:\\");
	assert_dir("\\\\?\\UNC\\server\\share\\a\\b", "\\\\?\\UNC\\server\\share\\a");
}
END_TEST

START_TEST(the_base_name_follows_the_last_separator)
{
	ck_assert_str_eq(tmd_path_base("C:/a/b.pem"), "b.pem");
	ck_assert_str_eq(tmd_path_base("C:\\a/x\\b.pem"), "b.pem");
	ck_assert_str_eq(tmd_path_base("b.pem"), "b.pem");
	ck_assert_str_eq(tmd_path_base("C:\\a\\"), "");
}
END_TEST

START_TEST(absolute_is_what_does_not_depend_on_the_process)
{
	static const char *const absolute[] = { "C:/a",
						"c:\\a",
						"C:/",
						"/a",
						"\\a",
						"//server/share",
						"\\\\server\\share\\a",
						"\\\\?\\C:\\a",
						"\\\\?\\UNC\\server\\share\\a" };
	static const char *const relative[] = { "", "a", "a/b", "C:a", "C:", "..", ".\\a", "1:/a" };

	for (size_t i = 0; i < sizeof(absolute) / sizeof(*absolute); i++)
		ck_assert_msg(tmd_path_is_absolute(absolute[i]), "%s", absolute[i]);
	for (size_t i = 0; i < sizeof(relative) / sizeof(*relative); i++)
		ck_assert_msg(!tmd_path_is_absolute(relative[i]), "%s", relative[i]);
}
END_TEST

static void assert_key(const char *path, const char *wanted)
{
	char *key = tmd_path_key(path);

	ck_assert_str_eq(key, wanted);
	free(key);
}

START_TEST(spellings_of_one_path_have_one_key)
{
	assert_key("C:/Dir/File", "C:\\DIR\\FILE");
	assert_key("c:\\dir\\.\\\\file\\", "C:\\DIR\\FILE");
	assert_key("C:/dir/x/../file", "C:\\DIR\\FILE");
	assert_key("\\\\?\\C:\\dir\\file", "C:\\DIR\\FILE");
	assert_key("C:\\..\\..\\dir", "C:\\DIR");
	assert_key("C:/", "C:\\");
	assert_key("//Server/Share/a", "\\\\SERVER\\SHARE\\A");
	assert_key("\\\\?\\UNC\\server\\share\\a", "\\\\SERVER\\SHARE\\A");
	assert_key("/etc/a", "\\ETC\\A");
	assert_key("/", "\\");
	assert_key("a/./b", "A\\B");
}
END_TEST

START_TEST(different_paths_have_different_keys)
{
	static const char *const paths[] = { "C:/a", "D:/a",  "C:/b",  "/a",   "a",
					     "C:a",  "//a/a", "C:/aa", "../a", "C:/a.b" };
	const size_t count = sizeof(paths) / sizeof(*paths);

	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < i; j++) {
			char *left = tmd_path_key(paths[i]);
			char *right = tmd_path_key(paths[j]);

			ck_assert_str_ne(left, right);
			free(left);
			free(right);
		}
	}
}
END_TEST

START_TEST(keys_know_the_case_of_all_scripts)
{
	assert_key("C:/Gr\xC3\xBC\xC3\x9F"
		   "e/\xE6\x97\xA5",
		   "C:\\GR\xC3\x9C\xC3\x9F"
		   "E\\\xE6\x97\xA5");
	assert_key("C:/\xCE\xB1\xD1\x8F", "C:\\\xCE\x91\xD0\xAF");
}
END_TEST

START_TEST(the_key_of_no_utf8_is_harmless)
{
	char *key = tmd_path_key("C:/\xFF");

	ck_assert_ptr_nonnull(key);
	free(key);
}
END_TEST

static Suite *suite(void)
{
	Suite *all = suite_create("os/path");
	TCase *tc = tcase_create("path");

	tcase_add_test(tc, join_uses_the_separator_of_the_directory);
	tcase_add_test(tc, join_leaves_one_separator);
	tcase_add_test(tc, the_directory_of_a_path_never_passes_its_root);
	tcase_add_test(tc, the_base_name_follows_the_last_separator);
	tcase_add_test(tc, absolute_is_what_does_not_depend_on_the_process);
	tcase_add_test(tc, spellings_of_one_path_have_one_key);
	tcase_add_test(tc, different_paths_have_different_keys);
	tcase_add_test(tc, keys_know_the_case_of_all_scripts);
	tcase_add_test(tc, the_key_of_no_utf8_is_harmless);
	suite_add_tcase(all, tc);
	return all;
}

UNIT_MAIN(suite)
