/*
 * Renaming on systems and file servers that know few ways of it. None can be had here, so the
 * layer of handles is compiled once more, in place of the library's, over a system that refuses
 * what it is told to; what it does not refuse is done.
 */
#include <windows.h>
#include <winternl.h>

static NTSTATUS server_set_information(HANDLE file, PIO_STATUS_BLOCK io, PVOID info, ULONG len,
				       FILE_INFORMATION_CLASS class);
static DWORD server_final_path(HANDLE file, LPWSTR path, DWORD size, DWORD flags);

#define NtSetInformationFile server_set_information
#define GetFinalPathNameByHandleW server_final_path
#include "os/win32/fs_handle.c"
#undef NtSetInformationFile
#undef GetFinalPathNameByHandleW

#include "sandbox.h"

#define NT_ACCESS_DENIED ((NTSTATUS)0xC0000022)
#define NT_COLLISION ((NTSTATUS)0xC0000035)

static struct {
	NTSTATUS extended; /* what it says to the class of Windows 10; 0: does it */
	NTSTATUS handles;  /* to the handle of a directory */
	NTSTATUS paths;
	const char *moved_from; /* of this directory below the sandbox it says the path of ... */
	const char *moved_to;	/* ... this one */
	unsigned extended_asked;
	unsigned handles_asked;
	unsigned paths_asked;
} server;

static NTSTATUS server_set_information(HANDLE file, PIO_STATUS_BLOCK io, PVOID data, ULONG len,
				       FILE_INFORMATION_CLASS class)
{
	const struct rename_info *info = data;
	NTSTATUS refused = 0;

	if (class == CLASS_RENAME_EX) {
		server.extended_asked++;
		refused = server.extended;
	} else if (class == FileRenameInformation && info->dir) {
		server.handles_asked++;
		refused = server.handles;
	} else if (class == FileRenameInformation) {
		server.paths_asked++;
		refused = server.paths;
	}
	return refused ? refused : NtSetInformationFile(file, io, data, len, class);
}

static DWORD server_final_path(HANDLE file, LPWSTR path, DWORD size, DWORD flags)
{
	DWORD len = GetFinalPathNameByHandleW(file, path, size, flags);
	TMD_AUTO_FREE wchar_t *from = tmd_wide(server.moved_from ? server.moved_from : "");
	TMD_AUTO_FREE wchar_t *to = tmd_wide(server.moved_to ? server.moved_to : "");
	wchar_t *found = len && *from ? wcsstr(path, from) : NULL;

	if (found) {
		ck_assert_uint_eq(wcslen(from), wcslen(to));
		memcpy(found, to, wcslen(to) * sizeof(*to));
	}
	return len;
}

static void setup(void)
{
	memset(&server, 0, sizeof(server));
	sandbox_setup();
}

static void replace_ok(const char *path, const char *text)
{
	ck_ok(tmd_fs_replace(fs, path, text, strlen(text), NULL, &err), err);
}

/* Every word for "I do not know that". */
static const NTSTATUS unknown[] = {
	(NTSTATUS)0xC0000002, /* STATUS_NOT_IMPLEMENTED */
	(NTSTATUS)0xC0000003, /* STATUS_INVALID_INFO_CLASS */
	(NTSTATUS)0xC000000D, /* STATUS_INVALID_PARAMETER: ERROR_INVALID_PARAMETER */
	(NTSTATUS)0xC0000010, /* STATUS_INVALID_DEVICE_REQUEST: ERROR_INVALID_FUNCTION */
	(NTSTATUS)0xC00000BB, /* STATUS_NOT_SUPPORTED: ERROR_NOT_SUPPORTED */
	(NTSTATUS)0xC0000427, /* STATUS_FILE_SYSTEM_LIMITATION: exFAT */
};

#define UNKNOWN (sizeof(unknown) / sizeof(*unknown))

START_TEST(a_system_without_the_new_class_replaces_by_the_old_one)
{
	replace_ok("/a", "first"); /* a new file needs no class that replaces */
	for (size_t i = 0; i < UNKNOWN; i++) {
		memset(&server, 0, sizeof(server));
		server.extended = unknown[i];
		replace_ok("/a", i % 2 ? "odd" : "even");
		assert_file("root/a", i % 2 ? "odd" : "even");
		ck_assert_uint_gt(server.extended_asked, 0);
		ck_assert_uint_eq(server.handles_asked, 1);
		ck_assert_uint_eq(server.paths_asked, 0);
		assert_no_temporary_files("root");
	}
}
END_TEST

START_TEST(a_server_without_handles_replaces_by_path)
{
	for (size_t i = 0; i < UNKNOWN; i++) {
		memset(&server, 0, sizeof(server));
		server.extended = unknown[i];
		server.handles = unknown[i];
		replace_ok("/new/dir/a", i % 2 ? "odd" : "even");
		assert_file("root/new/dir/a", i % 2 ? "odd" : "even");
		ck_assert_uint_eq(server.paths_asked, 1);
		assert_no_temporary_files("root/new/dir");
	}
}
END_TEST

START_TEST(by_path_too_attributes_are_kept_and_long_names_fine)
{
	const DWORD wanted = FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_READONLY;
	char path[600];
	struct tmd_buf data;

	server.extended = NT_NOT_SUPPORTED;
	server.handles = NT_NOT_SUPPORTED;
	put("root/a", "old");
	set_attributes("root/a", wanted);
	replace_ok("/a", "new");
	assert_file("root/a", "new");
	ck_assert_uint_eq(attributes_of("root/a") & wanted, wanted);
	/* Longer than 260 with its name: Wine tells of a directory's path no more than that. */
	snprintf(path, sizeof(path), "/%0100d/%0200dGr\xC3\xBC\xC3\x9F.pem", 0, 0);
	replace_ok(path, "old");
	replace_ok(path, "new");
	ck_assert_uint_eq(server.paths_asked, 3);
	tmd_buf_init(&data, 0);
	ck_ok(tmd_fs_read(fs, path, 0, &data, NULL, &err), err);
	ck_assert_str_eq(tmd_buf_str(&data), "new");
	tmd_buf_release(&data);
}
END_TEST

/* "No" is an answer: what is forbidden is not tried in another way. */
START_TEST(whoever_knows_the_way_and_refuses_is_not_asked_by_path)
{
	put("root/a", "old");
	set_attributes("root/a", FILE_ATTRIBUTE_READONLY);
	server.extended = NT_NOT_SUPPORTED;
	server.handles = NT_ACCESS_DENIED;
	server.paths = NT_COLLISION;
	ck_fails(tmd_fs_replace(fs, "/a", "new", 3, NULL, &err), err, TMD_E_PERMISSION);
	ck_assert_uint_gt(server.handles_asked, 0);
	ck_assert_uint_eq(server.paths_asked, 0);
	assert_file("root/a", "old");
	ck_assert(attributes_of("root/a") & FILE_ATTRIBUTE_READONLY);
	assert_no_temporary_files("root");
	memset(&server, 0, sizeof(server));
	server.extended = NT_ACCESS_DENIED;
	server.handles = NT_COLLISION;
	ck_fails(tmd_fs_replace(fs, "/a", "new", 3, NULL, &err), err, TMD_E_PERMISSION);
	ck_assert_uint_eq(server.handles_asked, 0);
}
END_TEST

START_TEST(a_server_that_knows_no_way_at_all_leaves_everything_as_it_was)
{
	put("root/a", "old");
	set_attributes("root/a", FILE_ATTRIBUTE_READONLY);
	server.extended = NT_NOT_SUPPORTED;
	server.handles = NT_NOT_SUPPORTED;
	server.paths = NT_NOT_SUPPORTED;
	ck_assert_int_eq(tmd_fs_replace(fs, "/a", "new", 3, NULL, &err), TMD_FAILED);
	ck_assert_str_eq(err.path, "/a");
	ck_assert_ptr_nonnull(strstr(err.message, "cannot replace the file"));
	ck_assert_uint_eq(server.paths_asked, 1);
	assert_file("root/a", "old");
	ck_assert(attributes_of("root/a") & FILE_ATTRIBUTE_READONLY);
	assert_no_temporary_files("root");
}
END_TEST

START_TEST(a_path_that_leads_to_another_directory_by_now_is_not_used)
{
	make_dir("root/dir1");
	make_dir("root/dir2");
	make_dir("root/none");
	put("root/dir1/a", "old");
	server.extended = NT_NOT_SUPPORTED;
	server.handles = NT_NOT_SUPPORTED;
	server.moved_from = "dir1";
	server.moved_to = "dir2"; /* somebody put it there */
	ck_assert_int_eq(tmd_fs_replace(fs, "/dir1/a", "new", 3, NULL, &err), TMD_FAILED);
	server.moved_to = "dir3"; /* nobody did */
	ck_assert_int_eq(tmd_fs_replace(fs, "/dir1/a", "new", 3, NULL, &err), TMD_FAILED);
	ck_assert_uint_gt(server.handles_asked, 1);
	ck_assert_uint_eq(server.paths_asked, 0);
	assert_file("root/dir1/a", "old");
	ck_assert(!is_there("root/dir2/a"));
	ck_assert(!is_there("root/dir3"));
	assert_no_temporary_files("root/dir1");
	assert_no_temporary_files("root/dir2");
}
END_TEST

START_TEST(renaming_without_replacing_goes_by_path_too_and_overwrites_nothing)
{
	put("root/a", "a");
	put("root/b", "b");
	server.handles = NT_INVALID_PARAMETER;
	ck_fails(tmd_fs_rename(fs, "/a", "/b", &err), err, TMD_E_CONFLICT);
	assert_file("root/a", "a");
	assert_file("root/b", "b");
	ck_ok(tmd_fs_rename(fs, "/a", "/c", &err), err);
	assert_file("root/c", "a");
	ck_assert(!is_there("root/a"));
	ck_assert_uint_gt(server.paths_asked, 0);
	ck_assert_uint_eq(server.extended_asked, 0);
}
END_TEST

static Suite *suite_fn(void)
{
	Suite *suite = suite_create("os/fs_rename");
	TCase *cases = tcase_create("all");

	tcase_add_checked_fixture(cases, setup, sandbox_teardown);
	tcase_add_test(cases, a_system_without_the_new_class_replaces_by_the_old_one);
	tcase_add_test(cases, a_server_without_handles_replaces_by_path);
	tcase_add_test(cases, by_path_too_attributes_are_kept_and_long_names_fine);
	tcase_add_test(cases, whoever_knows_the_way_and_refuses_is_not_asked_by_path);
	tcase_add_test(cases, a_server_that_knows_no_way_at_all_leaves_everything_as_it_was);
	tcase_add_test(cases, a_path_that_leads_to_another_directory_by_now_is_not_used);
	tcase_add_test(cases, renaming_without_replacing_goes_by_path_too_and_overwrites_nothing);
	suite_add_tcase(suite, cases);
	return suite;
}

UNIT_MAIN(suite_fn)
