/* Owners and access lists: who counts as trusted, and what lets every user read. */
#include <windows.h>
#include <sddl.h>

#include <stdlib.h>

#include "os/win32/fs_internal.h"
#include "os/path.h"
#include "unit.h"

/* "everybody" of the list in SDDL. */
static bool lets_all_read(const wchar_t *sddl)
{
	PSECURITY_DESCRIPTOR descriptor = NULL;
	BOOL present = FALSE;
	BOOL defaulted;
	PACL acl = NULL;
	bool readable;

	ck_assert(ConvertStringSecurityDescriptorToSecurityDescriptorW(sddl, SDDL_REVISION_1,
								       &descriptor, NULL));
	ck_assert(GetSecurityDescriptorDacl(descriptor, &present, &acl, &defaulted));
	readable = tmd_acl_world_readable(present ? acl : NULL);
	LocalFree(descriptor);
	return readable;
}

START_TEST(lists_that_let_every_user_read)
{
	ck_assert(lets_all_read(L"D:(A;;FR;;;BU)"));
	ck_assert(lets_all_read(L"D:(A;;FA;;;SY)(A;;0x1200a9;;;WD)"));
	ck_assert(lets_all_read(L"D:(A;;FA;;;AU)"));
	ck_assert(lets_all_read(L"D:(A;;GR;;;BU)"));
	ck_assert(lets_all_read(L"D:(A;;GA;;;WD)"));
	ck_assert(lets_all_read(L"D:(A;;0x100089;;;BU)(A;;0x20000;;;WD)")); /* put together */
	ck_assert(lets_all_read(L"D:(D;;FW;;;BG)(A;;FR;;;BU)"));
	ck_assert(lets_all_read(L"D:(A;;FR;;;BU)(D;;FR;;;WD)"));  /* given before it is denied */
	ck_assert(lets_all_read(L"D:(D;;0x2;;;BU)(A;;FR;;;BU)")); /* writing is denied */
	ck_assert(tmd_acl_world_readable(NULL));
}
END_TEST

START_TEST(lists_that_do_not_let_every_user_read)
{
	ck_assert(!lets_all_read(L"D:"));
	ck_assert(!lets_all_read(L"D:(A;;FA;;;SY)(A;;FA;;;BA)"));
	ck_assert(!lets_all_read(L"D:(A;;FW;;;BU)"));
	ck_assert(!lets_all_read(L"D:(A;;0x80;;;WD)"));
	ck_assert(!lets_all_read(L"D:(A;OICIIO;FR;;;BU)")); /* for what will be made in it */
	ck_assert(!lets_all_read(L"D:(D;;FR;;;WD)(A;;FR;;;BU)"));
	ck_assert(!lets_all_read(L"D:(A;;FR;;;BG)(A;;FR;;;IU)"));
	ck_assert(!lets_all_read(L"D:(A;;FR;;;S-1-5-21-1-2-3-1001)"));
}
END_TEST

static struct tmd_sid sid_of_text(const char *text)
{
	struct tmd_sid sid = { 0 };
	PSID found = NULL;

	ck_assert(ConvertStringSidToSidA(text, &found));
	ck_assert(CopySid(sizeof(sid.bytes), sid.bytes, found));
	LocalFree(found);
	return sid;
}

START_TEST(administrators_and_windows_itself_are_trusted)
{
	static const char *const trusted[] = {
		"S-1-5-18",
		"S-1-5-32-544",
		"S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464",
	};
	static const char *const others[] = {
		"S-1-1-0",
		"S-1-5-32-545",
		"S-1-5-11",
		"S-1-5-19",
		"S-1-5-21-1-2-3-500",
		"S-1-5-80-956008885-3418522649",
		"S-1-5-80-1-2-3-4-5",
		"S-1-22-1-1000",
		"S-1-3-0",
	};

	for (size_t i = 0; i < sizeof(trusted) / sizeof(*trusted); i++) {
		const struct tmd_sid sid = sid_of_text(trusted[i]);

		ck_assert_msg(tmd_sid_trusted(&sid), "%s", trusted[i]);
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		const struct tmd_sid sid = sid_of_text(others[i]);

		ck_assert_msg(!tmd_sid_trusted(&sid), "%s", others[i]);
	}
}
END_TEST

START_TEST(the_caller_trusts_himself_and_owns_what_he_makes)
{
	char dir[UNIT_DIR_MAX];
	char path[UNIT_DIR_MAX + 8];
	struct tmd_sid owner = { 0 };
	struct tmd_sid other = sid_of_text("S-1-5-32-545");
	HANDLE file;
	char *name;

	unit_make_dir(dir);
	unit_write(dir, "a", "x", 1);
	snprintf(path, sizeof(path), "%s/a", dir);
	file = CreateFileA(path, READ_CONTROL, TMD_SHARE_ALL, NULL, OPEN_EXISTING, 0, NULL);
	ck_assert(file != INVALID_HANDLE_VALUE);
	ck_assert_uint_eq(tmd_handle_owner(file, &owner), 0);
	CloseHandle(file);
	ck_assert(tmd_sid_trusted(&owner));
	ck_assert(tmd_sid_equal(&owner, &owner));
	ck_assert(!tmd_sid_equal(&owner, &other));
	name = tmd_sid_name(&owner);
	ck_assert_uint_gt(strlen(name), 1);
	free(name);
	unit_remove_tree(dir);
}
END_TEST

START_TEST(a_user_without_a_name_is_shown_by_his_sid)
{
	const struct tmd_sid sid = sid_of_text("S-1-5-21-111-222-333-4444");
	char *name = tmd_sid_name(&sid);

	ck_assert_str_eq(name, "S-1-5-21-111-222-333-4444");
	free(name);
}
END_TEST

START_TEST(programdata_is_found_without_the_environment)
{
	char before[MAX_PATH] = "";
	struct tmd_file_info info;
	char *path;

	GetEnvironmentVariableA("ProgramData", before, sizeof(before));
	ck_assert(SetEnvironmentVariableA("ProgramData", "C:\\elsewhere"));
	ck_assert(SetEnvironmentVariableA("SystemDrive", "Q:"));
	path = tmd_program_data_path();
	ck_assert(tmd_path_is_absolute(path));
	ck_assert_ptr_null(strstr(path, "elsewhere"));
	ck_assert_ptr_null(strchr(path, '%'));
	ck_assert(unit_exists(path));
	ck_assert(tmd_program_data_info(&info));
	ck_assert_int_eq(info.type, TMD_FILE_DIRECTORY);
	free(path);
	SetEnvironmentVariableA("ProgramData", before);
	SetEnvironmentVariableA("SystemDrive", "C:");
}
END_TEST

START_TEST(what_is_made_below_programdata_users_may_only_read)
{
	PSECURITY_DESCRIPTOR descriptor = tmd_protected_descriptor();
	SECURITY_DESCRIPTOR_CONTROL control = 0;
	BOOL present = FALSE;
	BOOL defaulted;
	DWORD revision;
	PACL acl = NULL;
	wchar_t *text = NULL;

	ck_assert_ptr_nonnull(descriptor);
	ck_assert(GetSecurityDescriptorControl(descriptor, &control, &revision));
	ck_assert(control & SE_DACL_PROTECTED);
	ck_assert(GetSecurityDescriptorDacl(descriptor, &present, &acl, &defaulted));
	ck_assert(present && acl);
	ck_assert(tmd_acl_world_readable(acl));
	ck_assert(ConvertSecurityDescriptorToStringSecurityDescriptorW(
		descriptor, SDDL_REVISION_1, DACL_SECURITY_INFORMATION, &text, NULL));
	ck_assert_ptr_nonnull(wcsstr(text, L"(A;OICI;0x1200a9;;;BU)"));
	ck_assert_ptr_null(wcsstr(text, L";WD)"));
	LocalFree(text);
	LocalFree(descriptor);
}
END_TEST

static Suite *suite(void)
{
	Suite *all = suite_create("os/fs_security");
	TCase *tc = tcase_create("security");

	tcase_add_test(tc, lists_that_let_every_user_read);
	tcase_add_test(tc, lists_that_do_not_let_every_user_read);
	tcase_add_test(tc, administrators_and_windows_itself_are_trusted);
	tcase_add_test(tc, the_caller_trusts_himself_and_owns_what_he_makes);
	tcase_add_test(tc, a_user_without_a_name_is_shown_by_his_sid);
	tcase_add_test(tc, programdata_is_found_without_the_environment);
	tcase_add_test(tc, what_is_made_below_programdata_users_may_only_read);
	suite_add_tcase(all, tc);
	return all;
}

UNIT_MAIN(suite)
