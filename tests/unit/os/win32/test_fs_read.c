/* Reading: contents and limits, what is refused, files in use, listings, who may read. */
#include "sandbox.h"

#include <aclapi.h>
#include <sddl.h>

static void assert_refused(const char *path, size_t max)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };

	tmd_buf_add_str(&text, "before");
	ck_fails(tmd_fs_read(fs, path, max, &text, NULL, &err), err, TMD_E_REFUSED);
	ck_assert_str_eq(tmd_buf_str(&text), "before");
}

START_TEST(bytes_and_attributes_come_as_they_are)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	struct tmd_stat st;

	unit_write(base, "root/a", "x\0y\r\n\x1A", 6);
	ck_assert(CreateHardLinkA(below("root/b"), below("root/a"), NULL));
	tmd_buf_add_str(&text, "replaced");
	ck_ok(tmd_fs_read(fs, "/a", 0, &text, &st, &err), err);
	ck_assert(tmd_buf_equal(&text, "x\0y\r\n\x1A", 6));
	ck_assert_int_eq(st.type, TMD_FILE_REGULAR);
	ck_assert_uint_eq(st.mode, 0644);
	ck_assert_uint_eq(st.uid, 0);
	ck_assert_uint_eq(st.gid, 0);
	ck_assert_uint_eq(st.size, 6);
	ck_assert_uint_eq(st.links, 2);
	ck_assert_uint_ne(st.inode, 0);
}
END_TEST

START_TEST(the_read_only_attribute_is_mode_0444)
{
	struct tmd_stat st;

	put("root/a", "x");
	make_dir("root/dir");
	set_attributes("root/a", FILE_ATTRIBUTE_READONLY);
	set_attributes("root/dir", FILE_ATTRIBUTE_READONLY);
	ck_ok(tmd_fs_stat(fs, "/a", &st, &err), err);
	ck_assert_uint_eq(st.mode, 0444);
	ck_ok(tmd_fs_stat(fs, "/dir", &st, &err), err);
	ck_assert_uint_eq(st.mode, 0755);
	ck_assert_int_eq(st.type, TMD_FILE_DIRECTORY);
	set_attributes("root/dir", FILE_ATTRIBUTE_NORMAL);
}
END_TEST

START_TEST(the_callers_ceiling_survives_a_read)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };

	put("root/a", "12345");
	tmd_buf_init(&text, 7);
	ck_ok(tmd_fs_read(fs, "/a", 5, &text, NULL, &err), err);
	tmd_buf_add_str(&text, "67");
	ck_assert(!text.overflow);
	tmd_buf_add_str(&text, "8");
	ck_assert(text.overflow);
}
END_TEST

START_TEST(an_empty_file_is_empty)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };

	put("root/a", "");
	ck_ok(tmd_fs_read(fs, "/a", 0, &text, NULL, &err), err);
	ck_assert_uint_eq(text.len, 0);
	ck_assert_str_eq(tmd_buf_str(&text), "");
}
END_TEST

START_TEST(large_files_are_read_whole)
{
	static char data[300000];
	TMD_AUTO_BUF struct tmd_buf text = { 0 };

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char)(i * 7 + i / 251);
	unit_write(base, "root/a", data, sizeof(data));
	ck_ok(tmd_fs_read(fs, "/a", sizeof(data), &text, NULL, &err), err);
	ck_assert(tmd_buf_equal(&text, data, sizeof(data)));
}
END_TEST

START_TEST(too_large_is_refused)
{
	const LARGE_INTEGER end = { .QuadPart = (LONGLONG)TMD_FS_FILE_MAX + 1 };
	HANDLE file;

	put("root/a", "123456");
	assert_refused("/a", 5);
	ck_assert_ptr_nonnull(strstr(err.message, "5 bytes"));
	file = hold("root/a", GENERIC_WRITE, 0);
	ck_assert(SetFilePointerEx(file, end, NULL, FILE_BEGIN) && SetEndOfFile(file));
	CloseHandle(file);
	assert_refused("/a", 0);
}
END_TEST

START_TEST(directories_are_refused)
{
	make_dir("root/dir");
	assert_refused("/dir", 0);
	assert_refused("/dir/", 0);
	assert_refused("/", 0);
}
END_TEST

START_TEST(stat_and_exists_tell_what_is_there)
{
	struct tmd_stat st;

	put("root/a", "x");
	ck_ok(tmd_fs_stat(fs, "/a", &st, &err), err);
	ck_assert_int_eq(st.type, TMD_FILE_REGULAR);
	ck_ok(tmd_fs_lstat(fs, "/a", &st, &err), err);
	ck_ok(tmd_fs_stat(fs, "/", &st, &err), err);
	ck_assert_int_eq(st.type, TMD_FILE_DIRECTORY);
	ck_ok(tmd_fs_stat(live, "C:/", &st, &err), err);
	ck_assert_int_eq(st.type, TMD_FILE_DIRECTORY);
	ck_assert(tmd_fs_exists(fs, "/A"));
	ck_assert(!tmd_fs_exists(fs, "/none"));
	ck_assert(!tmd_fs_exists(fs, "/none/a"));
	ck_assert(!tmd_fs_exists(fs, "/nul"));
	ck_fails(tmd_fs_stat(fs, "/none", &st, &err), err, TMD_E_NOT_FOUND);
	ck_fails(tmd_fs_lstat(fs, "/none/a", &st, &err), err, TMD_E_NOT_FOUND);
}
END_TEST

START_TEST(links_are_told_from_their_targets)
{
	struct tmd_stat st;
	char *target = NULL;

	put("root/a", "x");
	if (!make_link("a", "root/link")) {
		unit_skip(UNIT_NO_LINKS);
		return;
	}
	ck_assert(make_link("none", "root/dangling"));
	ck_ok(tmd_fs_stat(fs, "/link", &st, &err), err);
	ck_assert_int_eq(st.type, TMD_FILE_REGULAR);
	ck_ok(tmd_fs_lstat(fs, "/link", &st, &err), err);
	ck_assert_int_eq(st.type, TMD_FILE_SYMLINK);
	ck_ok(tmd_fs_lstat(fs, "/dangling", &st, &err), err);
	ck_assert(!tmd_fs_exists(fs, "/dangling"));
	ck_ok(tmd_fs_readlink(fs, "/link", &target, &err), err);
	ck_assert_str_eq(target, "a");
	free(target);
}
END_TEST

START_TEST(readlink_is_for_links_only)
{
	char *target = NULL;

	put("root/a", "x");
	ck_fails(tmd_fs_readlink(fs, "/a", &target, &err), err, TMD_E_INVALID_INPUT);
	ck_fails(tmd_fs_readlink(fs, "/", &target, &err), err, TMD_E_INVALID_INPUT);
	ck_fails(tmd_fs_readlink(fs, "/none", &target, &err), err, TMD_E_NOT_FOUND);
	ck_assert_ptr_null(target);
}
END_TEST

START_TEST(listings_are_sorted_and_whole)
{
	TMD_AUTO_STRV struct tmd_strv names = { 0 };

	tmd_strv_add(&names, "replaced");
	make_dir("root/d");
	put("root/d/b", "");
	put("root/d/C", "");
	put("root/d/a", "");
	put("root/d/.hidden", "");
	set_attributes("root/d/.hidden", FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM);
	ck_ok(tmd_fs_list(fs, "/d", &names, &err), err);
	ck_assert_uint_eq(names.count, 4);
	ck_assert_str_eq(names.items[0], ".hidden");
	ck_assert_str_eq(names.items[1], "C");
	ck_assert_str_eq(names.items[2], "a");
	ck_assert_str_eq(names.items[3], "b");
	ck_fails(tmd_fs_list(fs, "/d/a", &names, &err), err, TMD_E_REFUSED);
	ck_fails(tmd_fs_list(fs, "/none", &names, &err), err, TMD_E_NOT_FOUND);
	ck_assert_uint_eq(names.count, 4);
	ck_ok(tmd_fs_list(fs, "/", &names, &err), err);
	ck_assert_uint_eq(names.count, 1);
	ck_ok(tmd_fs_list(live, "C:\\", &names, &err), err);
	ck_assert_uint_gt(names.count, 1);
}
END_TEST

START_TEST(an_empty_directory_has_no_names)
{
	TMD_AUTO_STRV struct tmd_strv names = { 0 };

	tmd_strv_add(&names, "replaced");
	make_dir("root/d");
	ck_ok(tmd_fs_list(fs, "/d/", &names, &err), err);
	ck_assert_uint_eq(names.count, 0);
}
END_TEST

START_TEST(a_directory_of_many_names_is_listed_whole)
{
	TMD_AUTO_STRV struct tmd_strv names = { 0 };
	char name[300];

	make_dir("root/d");
	for (int i = 0; i < 400; i++) { /* more than one chunk of the system's answer */
		snprintf(name, sizeof(name), "root/d/%0150d", i);
		put(name, "");
	}
	ck_ok(tmd_fs_list(fs, "/d", &names, &err), err);
	ck_assert_uint_eq(names.count, 400);
	for (size_t i = 0; i < names.count; i++)
		ck_assert_int_eq(atoi(names.items[i] + 140), (int)i);
}
END_TEST

/* ---- files in use ---- */

static DWORD WINAPI release_soon(void *file)
{
	Sleep(300);
	CloseHandle(file);
	return 0;
}

START_TEST(a_file_in_use_is_waited_for)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	HANDLE thread;

	put("root/a", "x");
	thread = CreateThread(NULL, 0, release_soon, hold("root/a", GENERIC_READ, 0), 0, NULL);
	ck_assert_ptr_nonnull(thread);
	ck_ok(tmd_fs_read(fs, "/a", 0, &text, NULL, &err), err);
	ck_assert_str_eq(tmd_buf_str(&text), "x");
	WaitForSingleObject(thread, INFINITE);
	CloseHandle(thread);
}
END_TEST

START_TEST(a_file_that_stays_in_use_is_busy)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	struct tmd_stat st;
	ULONGLONG start = GetTickCount64();
	HANDLE file;

	put("root/a", "x");
	file = hold("root/a", GENERIC_READ, 0);
	ck_fails(tmd_fs_read(fs, "/a", 0, &text, NULL, &err), err, TMD_E_BUSY);
	ck_assert_str_eq(err.path, "/a");
	ck_assert_ptr_nonnull(strstr(err.hint, "close the program"));
	ck_assert_uint_ge(GetTickCount64() - start, 1900);
	ck_assert_uint_lt(GetTickCount64() - start, 10000);
	ck_ok(tmd_fs_stat(fs, "/a", &st, &err), err); /* which opens nothing */
	CloseHandle(file);
}
END_TEST

START_TEST(a_file_that_others_write_can_be_read)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	HANDLE file;

	put("root/a", "x");
	file = hold("root/a", GENERIC_READ | GENERIC_WRITE | DELETE, FILE_SHARE_READ);
	/* It shares for reading, and we do not mind that it writes. */
	ck_ok(tmd_fs_read(fs, "/a", 0, &text, NULL, &err), err);
	CloseHandle(file);
}
END_TEST

/* ---- who may read ---- */

static void set_access(const char *name, const wchar_t *sddl)
{
	PSECURITY_DESCRIPTOR descriptor = NULL;
	wchar_t *wide = wide_path(below("%s", name));

	ck_assert(ConvertStringSecurityDescriptorToSecurityDescriptorW(sddl, SDDL_REVISION_1,
								       &descriptor, NULL));
	ck_assert(SetFileSecurityW(wide, DACL_SECURITY_INFORMATION, descriptor));
	LocalFree(descriptor);
	free(wide);
}

START_TEST(world_readable_is_what_the_access_list_says)
{
	bool readable = false;
	char *why = NULL;

	put("root/a", "x");
	set_access("root/a", L"D:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;OW)(A;;FR;;;WD)");
	ck_ok(tmd_fs_world_readable(fs, "/a", &readable, &why, &err), err);
	ck_assert(readable);
	ck_assert_ptr_null(why);
	set_access("root/a", L"D:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;OW)");
	ck_ok(tmd_fs_world_readable(fs, "/a", &readable, &why, &err), err);
	ck_assert(!readable);
	ck_assert_str_eq(why, "the access list of /a does not let every user read it");
	free(why);
	why = NULL;
	ck_fails(tmd_fs_world_readable(fs, "/none", &readable, &why, &err), err, TMD_E_NOT_FOUND);
	ck_assert_ptr_null(why);
}
END_TEST

static Suite *suite_fn(void)
{
	Suite *suite = suite_create("os/fs_read");
	TCase *cases = tcase_create("all");

	tcase_add_checked_fixture(cases, sandbox_setup, sandbox_teardown);
	tcase_add_test(cases, bytes_and_attributes_come_as_they_are);
	tcase_add_test(cases, the_read_only_attribute_is_mode_0444);
	tcase_add_test(cases, the_callers_ceiling_survives_a_read);
	tcase_add_test(cases, an_empty_file_is_empty);
	tcase_add_test(cases, large_files_are_read_whole);
	tcase_add_test(cases, too_large_is_refused);
	tcase_add_test(cases, directories_are_refused);
	tcase_add_test(cases, stat_and_exists_tell_what_is_there);
	tcase_add_test(cases, links_are_told_from_their_targets);
	tcase_add_test(cases, readlink_is_for_links_only);
	tcase_add_test(cases, listings_are_sorted_and_whole);
	tcase_add_test(cases, an_empty_directory_has_no_names);
	tcase_add_test(cases, a_directory_of_many_names_is_listed_whole);
	tcase_add_test(cases, a_file_in_use_is_waited_for);
	tcase_add_test(cases, a_file_that_stays_in_use_is_busy);
	tcase_add_test(cases, a_file_that_others_write_can_be_read);
	tcase_add_test(cases, world_readable_is_what_the_access_list_says);
	suite_add_tcase(suite, cases);
	return suite;
}

UNIT_MAIN(suite_fn)
