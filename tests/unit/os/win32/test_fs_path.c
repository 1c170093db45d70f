/* Paths of the live machine and below a root: what they may be, and what they come to. */
#include "sandbox.h"

#include "os/path.h"
#include "os/win32/fs_internal.h"

static void assert_resolves_in(struct tmd_fs *tree, const char *path, const char *wanted)
{
	char *real = NULL;

	ck_ok(tmd_fs_resolve(tree, path, &real, &err), err);
	ck_assert_str_eq(real, wanted);
	free(real);
}

static void assert_resolves(const char *path, const char *wanted)
{
	assert_resolves_in(fs, path, wanted);
}

static void assert_reads_in(struct tmd_fs *tree, const char *path, const char *wanted)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };

	ck_ok(tmd_fs_read(tree, path, 0, &text, NULL, &err), err);
	ck_assert_str_eq(tmd_buf_str(&text), wanted);
}

static void assert_fails_in(struct tmd_fs *tree, const char *path, enum tmd_error_kind kind)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	char *real = NULL;

	ck_fails(tmd_fs_read(tree, path, 0, &text, NULL, &err), err, kind);
	ck_assert_str_eq(err.path, path);
	ck_assert_ptr_null(text.data);
	if (kind != TMD_E_INVALID_INPUT)
		return;
	ck_assert(err.hint[0]);
	ck_fails(tmd_fs_resolve(tree, path, &real, &err), err, kind);
	ck_fails(tmd_fs_check_write(tree, path, &err), err, kind);
	ck_fails(tmd_fs_replace(tree, path, "x", 1, NULL, &err), err, kind);
	ck_fails(tmd_fs_remove(tree, path, &err), err, kind);
}

/* "C:/Temp/x" as the system would write it; the caller frees. */
static char *backslashes(const char *path)
{
	char *copy = tmd_strdup(path);

	for (char *c = copy; *c; c++) {
		if (*c == '/')
			*c = '\\';
	}
	return copy;
}

START_TEST(separators_prefixes_and_dots_make_no_difference)
{
	char *plain = backslashes(below("root/etc/a"));
	char *prefixed = tmd_format("\\\\?\\%s", plain);
	char *slashes = tmd_format("//?/%s", below("root/etc/a"));

	make_dir("root/etc");
	put("root/etc/a", "a\n");
	assert_reads_in(live, plain, "a\n");
	assert_reads_in(live, prefixed, "a\n");
	assert_reads_in(live, slashes, "a\n");
	assert_reads_in(live, below("root/etc/a"), "a\n");
	assert_reads_in(live, below("root//.\\etc/x/../a/"), "a\n");
	assert_reads_in(fs, "/etc/a", "a\n");
	assert_reads_in(fs, "\\etc\\a", "a\n");
	assert_reads_in(fs, "C:/etc/a", "a\n");
	assert_reads_in(fs, "c:\\etc/a", "a\n");
	assert_reads_in(fs, "\\\\?\\C:\\etc\\a", "a\n");
	assert_reads_in(fs, "/etc/none/../a", "a\n");
	free(plain);
	free(prefixed);
	free(slashes);
}
END_TEST

START_TEST(case_makes_no_difference)
{
	make_dir("root/Etc");
	put("root/Etc/File", "a\n");
	assert_reads_in(fs, "/etc/FILE", "a\n");
	assert_resolves("/eTC/fILE", "/Etc/File");
}
END_TEST

/* What is wrong wherever it is. */
static const char *const bad_names[] = {
	"NUL",	    "nul.txt",	"CON",	 "con .x", "AUX.tar.gz",  "PRN",
	"COM1",	    "com9.log", "LPT1",	 "CONIN$", "COM\xC2\xB9", "LPT\xC2\xB3.x",
	"dir./a",   "dir /a",	"a.",	 "a ",	   "a...",	  "a:b",
	"a::$DATA", "a<b",	"a>b",	 "a\"b",   "a|b",	  "a?",
	"*",	    "a\tb",	"a\x01", "\xFF",   "a\xC3",	  "nul/a",
};

START_TEST(names_that_windows_cannot_have_are_refused)
{
	for (size_t i = 0; i < sizeof(bad_names) / sizeof(*bad_names); i++) {
		char *path = tmd_format("/%s", bad_names[i]);

		assert_fails_in(live, below("%s", bad_names[i]), TMD_E_INVALID_INPUT);
		assert_fails_in(fs, path, TMD_E_INVALID_INPUT);
		free(path);
	}
}
END_TEST

START_TEST(names_that_only_look_bad_are_fine)
{
	static const char *const names[] = { "NULL",	"CONSOLE", "COM",	"COM10",  "COMx",
					     ".hidden", "a b",	   "a.b.c",	"..a",	  "a..b",
					     "LPT",	" a",	   "{a}~1(b)%", "$a,;=+'" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char *path = tmd_format("/%s", names[i]);

		ck_ok(tmd_fs_replace(fs, path, "x", 1, NULL, &err), err);
		assert_resolves(path, path);
		free(path);
	}
}
END_TEST

START_TEST(a_variable_in_a_path_is_not_taken_for_a_name)
{
	ck_assert(SetEnvironmentVariableA("TrustmendHere", "D:\\here"));
	assert_fails_in(live, "%TrustmendHere%\\a", TMD_E_INVALID_INPUT);
	ck_assert_str_eq(err.message, "%TrustmendHere% is not expanded in a path");
	ck_assert_str_eq(err.hint, "write what it stands for: D:\\here");
	assert_fails_in(live, "C:/50%/%trustmendhere%/a", TMD_E_INVALID_INPUT);
	assert_fails_in(live, "C:\\x-%TrustmendHere%-y", TMD_E_INVALID_INPUT);
	assert_fails_in(fs, "/%TrustmendHere%/a", TMD_E_INVALID_INPUT);
	/* What is nobody's variable is a name. */
	put("root/50%", "a");
	put("root/%TrustmendNowhere%", "b");
	assert_reads_in(fs, "/50%", "a");
	assert_reads_in(fs, "/%TrustmendNowhere%", "b");
	ck_assert(SetEnvironmentVariableA("TrustmendHere", NULL));
}
END_TEST

START_TEST(live_paths_need_a_drive_or_a_share)
{
	static const char *const bad[] = { "C:x",	   "C:",
					   "/opt/x",	   "\\opt\\x",
					   "opt/x",	   "",
					   "\\\\.\\C:\\x", "\\\\?\\Volume{01234567}\\x",
					   "//server",	   "\\\\?\\UNC\\server",
					   "//?/C:x",	   "//server/a:b/x" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_fails_in(live, bad[i], TMD_E_INVALID_INPUT);
	assert_fails_in(live, "/opt/x", TMD_E_INVALID_INPUT);
	ck_fails(tmd_fs_check_write(live, "/opt/x", &err), err, TMD_E_INVALID_INPUT);
	ck_assert_str_eq(err.hint, "write it with its drive: C:/opt/x");
}
END_TEST

START_TEST(an_offline_root_has_one_drive_only)
{
	static const char *const bad[] = { "D:/etc/a",
					   "\\\\?\\D:\\a",
					   "//server/share/a",
					   "C:etc",
					   "\\\\.\\C:\\etc",
					   "etc/a",
					   "",
					   "\\\\?\\UNC\\server\\share\\a" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_fails_in(fs, bad[i], TMD_E_INVALID_INPUT);
}
END_TEST

START_TEST(dots_cannot_lead_out)
{
	static const char *const bad[] = { "/..", "/../outside/secret", "C:/a/../../outside/secret",
					   "\\a\\..\\..\\outside" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_fails_in(fs, bad[i], TMD_E_INVALID_INPUT);
	assert_fails_in(live, "C:/..", TMD_E_INVALID_INPUT);
	assert_fails_in(live, "C:/a/../../b", TMD_E_INVALID_INPUT);
	assert_fails_in(live, "//server/share/../x", TMD_E_INVALID_INPUT);
}
END_TEST

START_TEST(the_real_path_has_the_case_of_the_disk)
{
	char *dir = NULL;
	char *wanted;
	char *path;

	make_dir("root/Program Data");
	put("root/Program Data/Ca.pem", "x");
	assert_resolves("/program data/ca.PEM", "/Program Data/Ca.pem");
	assert_resolves("C:\\program data", "/Program Data");
	assert_resolves("/program data/New/file", "/Program Data/New/file");
	assert_resolves("/", "/");
	assert_resolves("C:/", "/");
	ck_ok(tmd_fs_resolve(live, base, &dir, &err), err);
	ck_assert_ptr_null(strchr(dir, '/'));
	ck_assert_int_eq(dir[1], ':');
	wanted = tmd_format("%s\\root\\Program Data\\Ca.pem", dir);
	path = tmd_format("//?/%s", below("ROOT/program data/ca.pem"));
	assert_resolves_in(live, below("ROOT/program data/ca.pem"), wanted);
	assert_resolves_in(live, path, wanted);
	free(wanted);
	wanted = tmd_format("%s\\root\\Program Data\\New\\File", dir);
	assert_resolves_in(live, below("root/PROGRAM DATA/New/File"), wanted);
	assert_resolves_in(live, "c:/", "C:\\");
	free(wanted);
	free(path);
	free(dir);
}
END_TEST

START_TEST(a_path_may_be_longer_than_260_characters)
{
	char path[1200];
	char name[101] = { 0 };
	TMD_AUTO_BUF struct tmd_buf deep = { 0 };
	TMD_AUTO_STRV struct tmd_strv names = { 0 };
	struct tmd_stat st;

	memset(name, 'd', 100);
	for (int i = 0; i < 5; i++)
		tmd_buf_addf(&deep, "/%s", name);
	snprintf(path, sizeof(path), "%s/root%s/file", base, tmd_buf_str(&deep));
	ck_assert_uint_gt(strlen(path), 500);
	ck_ok(tmd_fs_replace(live, path, "old", 3, NULL, &err), err);
	ck_ok(tmd_fs_replace(live, path, "deep", 4, NULL, &err), err);
	assert_reads_in(live, path, "deep");
	tmd_buf_add_str(&deep, "/file");
	assert_reads_in(fs, tmd_buf_str(&deep), "deep");
	assert_resolves(tmd_buf_str(&deep), tmd_buf_str(&deep));
	ck_ok(tmd_fs_stat(live, path, &st, &err), err);
	*strrchr(path, '/') = '\0';
	ck_ok(tmd_fs_list(live, path, &names, &err), err);
	ck_assert_uint_eq(names.count, 1);
	ck_ok(tmd_fs_remove(fs, tmd_buf_str(&deep), &err), err);
	ck_assert(!tmd_fs_exists(fs, tmd_buf_str(&deep)));
}
END_TEST

START_TEST(a_path_has_a_limit_and_so_has_a_name)
{
	static char path[TMD_PATH_LIMIT + 100];
	static char name[400] = "/";

	memset(name + 1, 'n', 256);
	assert_fails_in(fs, name, TMD_E_INVALID_INPUT);
	name[256] = '\0';
	ck_ok(tmd_fs_replace(fs, name, "x", 1, NULL, &err), err);
	/* 255 characters of two bytes each are as long. */
	for (size_t i = 1; i < 300; i += 2)
		memcpy(name + i, "\xC3\xBC", 3);
	ck_ok(tmd_fs_check_write(fs, name, &err), err);
	memcpy(path, "C:", 2);
	for (size_t i = 2; i < sizeof(path) - 2; i += 2)
		memcpy(path + i, "/a", 3);
	ck_fails(tmd_fs_replace(live, path, "x", 1, NULL, &err), err, TMD_E_INVALID_INPUT);
}
END_TEST

static void assert_name_on_disk(const char *name, const wchar_t *wanted)
{
	wchar_t *wide = wide_path(below("root/%s", name));
	WIN32_FIND_DATAW found;
	HANDLE search = FindFirstFileW(wide, &found);

	ck_assert_msg(search != INVALID_HANDLE_VALUE, "%s is not there", name);
	ck_assert_int_eq(wcscmp(found.cFileName, wanted), 0);
	FindClose(search);
	free(wide);
}

#define GRUESSE                                                                                    \
	"Gr\xC3\xBC\xC3\x9F"                                                                       \
	"e"
#define NIHON "\xE6\x97\xA5\xE6\x9C\xAC.pem"
#define LOCK "\xF0\x9F\x94\x92"

START_TEST(names_are_utf8)
{
	TMD_AUTO_STRV struct tmd_strv names = { 0 };

	ck_ok(tmd_fs_replace(fs, "/" GRUESSE "/" NIHON, "x", 1, NULL, &err), err);
	ck_ok(tmd_fs_replace(fs, "/" GRUESSE "/" LOCK, "y", 1, NULL, &err), err);
	assert_name_on_disk(GRUESSE, L"Gr\x00FC\x00DF"
				     L"e");
	assert_name_on_disk(GRUESSE "/" NIHON, L"\x65E5\x672C.pem");
	assert_name_on_disk(GRUESSE "/" LOCK, L"\xD83D\xDD12");
	assert_reads_in(live, below("root/" GRUESSE "/" NIHON), "x");
	assert_resolves("/GR\xC3\x9C\xC3\x9F"
			"E/" LOCK,
			"/" GRUESSE "/" LOCK);
	ck_ok(tmd_fs_list(fs, "/" GRUESSE, &names, &err), err);
	ck_assert_uint_eq(names.count, 2);
	ck_assert_str_eq(names.items[0], NIHON);
	ck_assert_str_eq(names.items[1], LOCK);
}
END_TEST

START_TEST(a_file_in_the_middle_is_not_found)
{
	put("root/file", "x");
	assert_fails_in(fs, "/file/x", TMD_E_NOT_FOUND);
	assert_fails_in(live, below("root/file/x"), TMD_E_NOT_FOUND);
	ck_fails(tmd_fs_replace(fs, "/file/x", "x", 1, NULL, &err), err, TMD_E_NOT_FOUND);
	assert_fails_in(fs, "/none", TMD_E_NOT_FOUND);
	assert_fails_in(fs, "/none/x", TMD_E_NOT_FOUND);
}
END_TEST

START_TEST(a_missing_drive_is_named)
{
	DWORD drives = GetLogicalDrives();
	char path[] = "A:/x";

	while (path[0] < 'Z' && (drives & 1u << (path[0] - 'A')))
		path[0]++;
	assert_fails_in(live, path, TMD_E_NOT_FOUND);
	ck_assert_ptr_nonnull(strstr(err.message, "there is no"));
	ck_assert_ptr_nonnull(strstr(err.hint, "server"));
}
END_TEST

START_TEST(handles_are_given_back)
{
	struct tmd_stat st;
	DWORD before = 0;
	DWORD after = 0;

	make_dir("root/usr");
	put("root/usr/a", "x");
	for (int i = 0; i < 20; i++) {
		if (i == 2) /* whatever the system opens once is open then */
			ck_assert(GetProcessHandleCount(GetCurrentProcess(), &before));
		ck_ok(tmd_fs_stat(fs, "/usr/../usr/a", &st, &err), err);
		ck_ok(tmd_fs_stat(live, below("root/usr/a"), &st, &err), err);
		ck_fails(tmd_fs_stat(fs, "/usr/none", &st, &err), err, TMD_E_NOT_FOUND);
		ck_fails(tmd_fs_stat(live, below("usr:"), &st, &err), err, TMD_E_INVALID_INPUT);
		ck_ok(tmd_fs_replace(live, below("root/new/dir/file"), i % 2 ? "1" : "2", 1, NULL,
				     &err),
		      err);
		ck_ok(tmd_fs_remove(fs, "/new/dir/file", &err), err);
	}
	ck_assert(GetProcessHandleCount(GetCurrentProcess(), &after));
	ck_assert_uint_eq(before, after);
}
END_TEST

START_TEST(a_root_is_named_and_recognised)
{
	struct tmd_fs *other = NULL;
	char *root = NULL;
	char *outside;
	char *wanted;

	ck_ok(tmd_fs_resolve(live, below("root"), &root, &err), err);
	ck_assert_str_eq(tmd_fs_root(fs), root);
	ck_assert(!tmd_fs_is_live(fs));
	wanted = tmd_format("%s\\etc\\a", root);
	outside = tmd_fs_outside_path(fs, "/etc/a");
	ck_assert_str_eq(outside, wanted);
	free(outside);
	outside = tmd_fs_outside_path(fs, "C:/etc/a");
	ck_assert_str_eq(outside, wanted);
	free(outside);
	ck_ok(tmd_fs_open("/", &other, &err), err);
	ck_assert(tmd_fs_is_live(other));
	ck_assert_str_eq(tmd_fs_root(other), "/");
	outside = tmd_fs_outside_path(other, "C:/etc/a");
	ck_assert_str_eq(outside, "C:/etc/a");
	free(outside);
	tmd_fs_free_ptr(&other);
	ck_assert_ptr_null(other);
	ck_fails(tmd_fs_open(below("none"), &other, &err), err, TMD_E_NOT_FOUND);
	ck_fails(tmd_fs_open(below("outside/secret"), &other, &err), err, TMD_E_NOT_FOUND);
	tmd_fs_free(NULL);
	free(wanted);
	free(root);
}
END_TEST

START_TEST(a_root_may_be_given_relative_to_the_working_directory)
{
	struct tmd_fs *other = NULL;
	char before[MAX_PATH];

	ck_assert(GetCurrentDirectoryA(sizeof(before), before));
	ck_assert(SetCurrentDirectoryA(base));
	ck_ok(tmd_fs_open("root", &other, &err), err);
	ck_assert_str_eq(tmd_fs_root(other), tmd_fs_root(fs));
	tmd_fs_free(other);
	ck_ok(tmd_fs_open("./outside/../root/", &other, &err), err);
	ck_assert_str_eq(tmd_fs_root(other), tmd_fs_root(fs));
	tmd_fs_free(other);
	ck_assert(SetCurrentDirectoryA(before));
}
END_TEST

START_TEST(links_stay_inside_an_offline_root)
{
	make_dir("root/etc");
	make_dir("root/usr");
	put("root/usr/a", "inside\n");
	if (!make_link("..\\usr\\a", "root/etc/file")) {
		unit_skip(UNIT_NO_LINKS);
		return;
	}
	ck_assert(make_link("..\\usr", "root/etc/dir"));
	ck_assert(make_link("C:\\usr\\a", "root/etc/absolute"));
	ck_assert(make_link("..\\..\\outside\\secret", "root/etc/relative"));
	ck_assert(make_link(below("outside"), "root/etc/elsewhere"));
	assert_reads_in(fs, "/etc/file", "inside\n");
	assert_reads_in(fs, "/etc/dir/a", "inside\n");
	assert_reads_in(fs, "/etc/absolute", "inside\n");
	assert_resolves("/etc/dir/new", "/usr/new");
	assert_fails_in(fs, "/etc/relative", TMD_E_NOT_FOUND);
	assert_fails_in(fs, "/etc/elsewhere/secret", TMD_E_NOT_FOUND);
	assert_reads_in(live, below("root/etc/relative"), "secret\n");
}
END_TEST

static Suite *suite_fn(void)
{
	Suite *suite = suite_create("os/fs_path");
	TCase *cases = tcase_create("all");

	tcase_add_checked_fixture(cases, sandbox_setup, sandbox_teardown);
	tcase_add_test(cases, separators_prefixes_and_dots_make_no_difference);
	tcase_add_test(cases, case_makes_no_difference);
	tcase_add_test(cases, names_that_windows_cannot_have_are_refused);
	tcase_add_test(cases, names_that_only_look_bad_are_fine);
	tcase_add_test(cases, a_variable_in_a_path_is_not_taken_for_a_name);
	tcase_add_test(cases, live_paths_need_a_drive_or_a_share);
	tcase_add_test(cases, an_offline_root_has_one_drive_only);
	tcase_add_test(cases, dots_cannot_lead_out);
	tcase_add_test(cases, the_real_path_has_the_case_of_the_disk);
	tcase_add_test(cases, a_path_may_be_longer_than_260_characters);
	tcase_add_test(cases, a_path_has_a_limit_and_so_has_a_name);
	tcase_add_test(cases, names_are_utf8);
	tcase_add_test(cases, a_file_in_the_middle_is_not_found);
	tcase_add_test(cases, a_missing_drive_is_named);
	tcase_add_test(cases, handles_are_given_back);
	tcase_add_test(cases, a_root_is_named_and_recognised);
	tcase_add_test(cases, a_root_may_be_given_relative_to_the_working_directory);
	tcase_add_test(cases, links_stay_inside_an_offline_root);
	suite_add_tcase(suite, cases);
	return suite;
}

UNIT_MAIN(suite_fn)
