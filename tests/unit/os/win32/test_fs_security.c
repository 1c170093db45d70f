/* Owners and access lists: who counts as trusted, and what lets others read or change. */
#include <windows.h>
#include <sddl.h>

#include <stddef.h>
#include <stdlib.h>
#include <wchar.h>

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

/* ---- who else could exchange it ---- */

#define INSTALLED_DIRECTORY                                                     \
	L"D:AI(A;OICIID;FA;;;SY)(A;OICIID;FA;;;BA)(A;OICIIOID;GA;;;CO)"         \
	L"(A;OICIID;0x1200a9;;;BU)(A;CIID;DCLCRPCR;;;BU)"
#define PROGRAM_DATA                                                            \
	L"D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICIIO;GA;;;CO)"              \
	L"(A;OICI;0x1200a9;;;BU)(A;CI;DCLCRPCR;;;BU)"

/* The stranger as text, with what he may: "owns S-1-1-0"; LocalFree() nothing. */
static const char *described(const struct tmd_stranger *stranger)
{
	static char text[200];
	char *sid = NULL;

	if (stranger->kind == TMD_STRANGER_NONE)
		return "none";
	ck_assert(ConvertSidToStringSidA((PSID)(uintptr_t)stranger->sid.bytes, &sid));
	snprintf(text, sizeof(text), "%s %s",
		 stranger->kind == TMD_STRANGER_OWNS ? "owns" : "changes", sid);
	LocalFree(sid);
	return text;
}

static PSECURITY_DESCRIPTOR descriptor_of(const wchar_t *owner, const wchar_t *dacl)
{
	PSECURITY_DESCRIPTOR descriptor = NULL;
	wchar_t sddl[1000];

	ck_assert_int_gt(swprintf(sddl, 1000, L"%ls%ls", owner, dacl), 0);
	ck_assert_msg(ConvertStringSecurityDescriptorToSecurityDescriptorW(sddl, SDDL_REVISION_1,
									   &descriptor, NULL),
		      "%ls: error %lu", sddl, GetLastError());
	return descriptor;
}

static void assert_stranger(const wchar_t *owner, const wchar_t *dacl, DWORD others,
			    const char *wanted)
{
	PSECURITY_DESCRIPTOR descriptor = descriptor_of(owner, dacl);
	struct tmd_stranger stranger;
	const char *found;

	memset(&stranger, 0xA5, sizeof(stranger));
	ck_assert_uint_eq(tmd_descriptor_stranger(descriptor, others, &stranger), 0);
	found = described(&stranger);
	ck_assert_msg(strcmp(found, wanted) == 0, "%ls%ls for 0x%lx: %s, wanted %s", owner, dacl,
		      others, found, wanted);
	LocalFree(descriptor);
}

static void assert_file(const wchar_t *dacl, const char *wanted)
{
	assert_stranger(L"O:BA", dacl, TMD_OTHERS_FILE, wanted);
}

static void assert_directory(const wchar_t *dacl, const char *wanted)
{
	assert_stranger(L"O:BA", dacl, TMD_OTHERS_DIRECTORY, wanted);
}

START_TEST(what_windows_and_installers_make_below_programdata_is_fine)
{
	assert_stranger(L"O:SY", PROGRAM_DATA, TMD_OTHERS_DIRECTORY, "none");
	assert_directory(INSTALLED_DIRECTORY, "none");
	assert_file(L"D:AI(A;ID;FA;;;SY)(A;ID;FA;;;BA)(A;ID;0x1200a9;;;BU)", "none");
	/* What the store of applications and their containers add. */
	assert_directory(L"D:(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;AC)(A;OICI;0x1200a9;;;S-1-15-2-2)",
			 "none");
	assert_file(L"D:(A;;FA;;;BA)(A;;0x1200a9;;;AC)(A;;0x1200a9;;;S-1-15-3-1024-1-2-3-4)",
		    "none");
	assert_directory(L"D:(A;;FA;;;BA)(A;;FA;;;S-1-5-80-956008885-3418522649-1831038044-"
			 L"1853292631-2271478464)",
			 "none");
	assert_file(L"D:", "none"); /* nobody */
}
END_TEST

START_TEST(what_we_make_below_programdata_is_fine)
{
	PSECURITY_DESCRIPTOR own = tmd_protected_descriptor();
	struct tmd_stranger stranger;

	ck_assert_ptr_nonnull(own);
	ck_assert_uint_eq(tmd_descriptor_stranger(own, TMD_OTHERS_DIRECTORY, &stranger), 0);
	ck_assert_int_eq(stranger.kind, TMD_STRANGER_NONE);
	ck_assert_uint_eq(tmd_descriptor_stranger(own, TMD_OTHERS_FILE, &stranger), 0);
	ck_assert_int_eq(stranger.kind, TMD_STRANGER_NONE);
	ck_assert_uint_eq(tmd_descriptor_heir(own, true, &stranger), 0);
	ck_assert_int_eq(stranger.kind, TMD_STRANGER_NONE);
	LocalFree(own);
	assert_file(L"D:P(A;;FA;;;SY)(A;;FA;;;BA)", "none"); /* the lock */
}
END_TEST

START_TEST(another_owner_comes_before_the_list)
{
	assert_stranger(L"O:BU", L"D:P(A;;FA;;;BA)", TMD_OTHERS_FILE, "owns S-1-5-32-545");
	assert_stranger(L"O:S-1-5-21-1-2-3-1001", L"D:P(A;;FA;;;WD)", TMD_OTHERS_DIRECTORY,
			"owns S-1-5-21-1-2-3-1001");
	assert_stranger(L"O:S-1-5-21-1-2-3-1001", L"D:", TMD_OTHERS_ANY,
			"owns S-1-5-21-1-2-3-1001");
}
END_TEST

START_TEST(a_descriptor_without_an_owner_is_an_error)
{
	PSECURITY_DESCRIPTOR descriptor = descriptor_of(L"", L"D:(A;;FA;;;BA)");
	struct tmd_stranger stranger;

	ck_assert_uint_eq(tmd_descriptor_stranger(descriptor, TMD_OTHERS_FILE, &stranger),
			  ERROR_NO_SECURITY_ON_OBJECT);
	LocalFree(descriptor);
}
END_TEST

/* Every right by itself, by the names that it has for files and for directories. */
START_TEST(others_may_read_and_execute_and_make_entries_and_no_more)
{
	static const struct {
		DWORD right;
		bool of_file;
		bool of_directory;
	} rights[] = {
		{ FILE_READ_DATA, true, true },
		{ FILE_WRITE_DATA, false, true },  /* FILE_ADD_FILE */
		{ FILE_APPEND_DATA, false, true }, /* FILE_ADD_SUBDIRECTORY */
		{ FILE_READ_EA, true, true },
		{ FILE_WRITE_EA, false, true },
		{ FILE_EXECUTE, true, true }, /* FILE_TRAVERSE */
		{ FILE_DELETE_CHILD, false, false },
		{ FILE_READ_ATTRIBUTES, true, true },
		{ FILE_WRITE_ATTRIBUTES, false, true },
		{ DELETE, false, false },
		{ READ_CONTROL, true, true },
		{ WRITE_DAC, false, false },
		{ WRITE_OWNER, false, false },
		{ SYNCHRONIZE, true, true },
		{ GENERIC_READ, true, true },
		{ GENERIC_EXECUTE, true, true },
		{ GENERIC_WRITE, false, true },
		{ GENERIC_ALL, false, false },
	};
	DWORD all = 0;

	for (size_t i = 0; i < sizeof(rights) / sizeof(*rights); i++) {
		wchar_t dacl[100];

		swprintf(dacl, 100, L"D:(A;;FA;;;SY)(A;;0x%lx;;;BU)", rights[i].right);
		assert_file(dacl, rights[i].of_file ? "none" : "changes S-1-5-32-545");
		assert_directory(dacl, rights[i].of_directory ? "none" : "changes S-1-5-32-545");
		all |= rights[i].right;
	}
	ck_assert_uint_eq(all & FILE_ALL_ACCESS, FILE_ALL_ACCESS); /* or one was forgotten */
}
END_TEST

START_TEST(whoever_else_may_change_it_is_named)
{
	assert_directory(L"D:AI(A;OICI;0x1301bf;;;BU)(A;ID;FA;;;SY)", "changes S-1-5-32-545");
	assert_directory(L"D:AI(A;ID;FA;;;SY)(A;OICIID;FA;;;WD)", "changes S-1-1-0");
	assert_directory(L"D:(A;;FA;;;BA)(A;;FA;;;S-1-5-21-1-2-3-1001)",
			 "changes S-1-5-21-1-2-3-1001");
	assert_file(L"D:(A;;0x1200a9;;;BU)(A;;FW;;;AU)", "changes S-1-5-11");
	assert_file(L"D:(A;;FA;;;NS)", "changes S-1-5-20"); /* services are others too */
	assert_file(L"D:(A;;0x1301bf;;;AC)", "changes S-1-15-2-1");
	assert_file(L"D:(A;;0x1200a9;;;WD)(A;;0x2;;;WD)", "changes S-1-1-0");
	assert_file(L"D:(A;;0x1200a9;;;WD)(A;;WD;;;IU)(A;;FA;;;BG)", "changes S-1-5-4");
}
END_TEST

START_TEST(no_list_lets_everybody_do_everything)
{
	struct tmd_sid owner = sid_of_text("S-1-5-32-544");
	SECURITY_DESCRIPTOR descriptor;
	struct tmd_stranger stranger;

	ck_assert(InitializeSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION));
	ck_assert(SetSecurityDescriptorOwner(&descriptor, owner.bytes, FALSE));
	ck_assert(SetSecurityDescriptorDacl(&descriptor, TRUE, NULL, FALSE));
	ck_assert_uint_eq(tmd_descriptor_stranger(&descriptor, TMD_OTHERS_FILE, &stranger), 0);
	ck_assert_str_eq(described(&stranger), "changes S-1-1-0");
	ck_assert_uint_eq(tmd_descriptor_stranger(&descriptor, TMD_OTHERS_ANY, &stranger), 0);
	ck_assert_str_eq(described(&stranger), "none");
	ck_assert_uint_eq(tmd_descriptor_heir(&descriptor, true, &stranger), 0);
	ck_assert_str_eq(described(&stranger), "none");
	assert_directory(L"", "changes S-1-1-0");
}
END_TEST

START_TEST(entries_for_what_will_be_made_do_not_count_for_the_directory)
{
	assert_directory(L"D:(A;OICIIO;FA;;;BU)(A;CIIO;GA;;;WD)", "none");
	assert_directory(L"D:(A;OICIIO;FA;;;BU)(A;CI;FA;;;WD)", "changes S-1-1-0");
}
END_TEST

START_TEST(entries_for_whoever_owns_it_are_the_owners)
{
	assert_directory(L"D:(A;OICI;FA;;;CO)(A;OICI;FA;;;OW)", "none");
	assert_file(L"D:(A;;FA;;;OW)(A;;FA;;;BU)", "changes S-1-5-32-545");
	assert_directory(L"D:(A;OICI;FA;;;CG)", "changes S-1-3-1"); /* a group is not its owner */
}
END_TEST

START_TEST(entries_that_deny_give_nothing_and_take_nothing_back)
{
	assert_file(L"D:(D;;FA;;;WD)(D;;FW;;;BU)(A;;FA;;;BA)", "none");
	assert_file(L"D:(D;;FW;;;BU)(A;;FA;;;BU)", "changes S-1-5-32-545");
}
END_TEST

/* An access list with one object entry; no function of Wine makes these. */
struct one_entry {
	_Alignas(8) unsigned char acl[200];
	SECURITY_DESCRIPTOR descriptor;
	struct tmd_sid owner;
};

/* `flags` say which of the two identifiers the entry has. */
static ACE_HEADER *make_entry(struct one_entry *one, DWORD mask, const char *who, DWORD flags)
{
	struct {
		ACE_HEADER header;
		DWORD mask;
		DWORD flags;
		unsigned char rest[2 * sizeof(GUID) + TMD_SID_SIZE];
	} ace = { { ACCESS_ALLOWED_OBJECT_ACE_TYPE, 0, 0 }, mask, flags, { 0xAA } };
	struct tmd_sid sid = sid_of_text(who);
	PACL acl = (PACL)one->acl;
	size_t at = (flags & ACE_OBJECT_TYPE_PRESENT ? sizeof(GUID) : 0) +
		    (flags & ACE_INHERITED_OBJECT_TYPE_PRESENT ? sizeof(GUID) : 0);
	void *entry;

	memcpy(ace.rest + at, sid.bytes, GetLengthSid(sid.bytes));
	ace.header.AceSize =
		(WORD)(offsetof(ACCESS_ALLOWED_OBJECT_ACE, ObjectType) + at + GetLengthSid(sid.bytes));
	one->owner = sid_of_text("S-1-5-32-544");
	ck_assert(InitializeAcl(acl, sizeof(one->acl), ACL_REVISION_DS));
	ck_assert(AddAce(acl, ACL_REVISION_DS, MAXDWORD, &ace, ace.header.AceSize));
	ck_assert(GetAce(acl, 0, &entry));
	ck_assert(InitializeSecurityDescriptor(&one->descriptor, SECURITY_DESCRIPTOR_REVISION));
	ck_assert(SetSecurityDescriptorOwner(&one->descriptor, one->owner.bytes, FALSE));
	ck_assert(SetSecurityDescriptorDacl(&one->descriptor, TRUE, acl, FALSE));
	return entry;
}

static void assert_entry(struct one_entry *one, const char *wanted)
{
	struct tmd_stranger stranger;

	ck_assert_uint_eq(tmd_descriptor_stranger(&one->descriptor, TMD_OTHERS_FILE, &stranger),
			  0);
	ck_assert_str_eq(described(&stranger), wanted);
}

START_TEST(entries_of_other_kinds_that_give_rights_count)
{
	const DWORD both = ACE_OBJECT_TYPE_PRESENT | ACE_INHERITED_OBJECT_TYPE_PRESENT;
	struct one_entry one;
	ACE_HEADER *entry;

	for (DWORD flags = 0; flags <= both; flags++) {
		entry = make_entry(&one, FILE_ALL_ACCESS, "S-1-5-21-1-2-3-1001", flags);
		assert_entry(&one, "changes S-1-5-21-1-2-3-1001");
		entry->AceType = ACCESS_ALLOWED_CALLBACK_OBJECT_ACE_TYPE;
		assert_entry(&one, "changes S-1-5-21-1-2-3-1001");
		entry->AceType = ACCESS_DENIED_OBJECT_ACE_TYPE;
		assert_entry(&one, "none");
		make_entry(&one, FILE_ALL_ACCESS, "S-1-5-18", flags);
		assert_entry(&one, "none");
		make_entry(&one, FILE_GENERIC_READ, "S-1-1-0", flags);
		assert_entry(&one, "none");
	}
}
END_TEST

/* The plain kinds are laid out alike; their SID comes before any condition. */
START_TEST(entries_with_a_condition_count_as_if_it_were_fulfilled)
{
	static const BYTE denying[] = { ACCESS_DENIED_ACE_TYPE, ACCESS_DENIED_CALLBACK_ACE_TYPE,
					SYSTEM_AUDIT_ACE_TYPE };
	PSECURITY_DESCRIPTOR descriptor = descriptor_of(L"O:BA", L"D:(A;;FA;;;BU)");
	struct tmd_stranger stranger;
	BOOL present;
	BOOL defaulted;
	PACL acl;
	void *entry;

	ck_assert(GetSecurityDescriptorDacl(descriptor, &present, &acl, &defaulted));
	ck_assert(GetAce(acl, 0, &entry));
	((ACE_HEADER *)entry)->AceType = ACCESS_ALLOWED_CALLBACK_ACE_TYPE;
	ck_assert_uint_eq(tmd_descriptor_stranger(descriptor, TMD_OTHERS_FILE, &stranger), 0);
	ck_assert_str_eq(described(&stranger), "changes S-1-5-32-545");
	for (size_t i = 0; i < sizeof(denying); i++) {
		((ACE_HEADER *)entry)->AceType = denying[i];
		ck_assert_uint_eq(tmd_descriptor_stranger(descriptor, TMD_OTHERS_FILE, &stranger),
				  0);
		ck_assert_str_eq(described(&stranger), "none");
	}
	LocalFree(descriptor);
}
END_TEST

START_TEST(an_entry_that_ends_too_early_is_everybodys)
{
	struct one_entry one;
	ACE_HEADER *entry =
		make_entry(&one, FILE_ALL_ACCESS, "S-1-5-18", ACE_OBJECT_TYPE_PRESENT);
	WORD whole = entry->AceSize;

	assert_entry(&one, "none");
	for (WORD size = sizeof(*entry); size < whole; size++) {
		entry->AceSize = size;
		assert_entry(&one, "changes S-1-1-0");
	}
}
END_TEST

static void assert_heir(const wchar_t *dacl, bool directories, const char *wanted)
{
	PSECURITY_DESCRIPTOR descriptor = descriptor_of(L"O:BA", dacl);
	struct tmd_stranger stranger;
	const char *found;

	ck_assert_uint_eq(tmd_descriptor_heir(descriptor, directories, &stranger), 0);
	found = described(&stranger);
	ck_assert_msg(strcmp(found, wanted) == 0, "%ls (%d): %s, wanted %s", dacl, directories,
		      found, wanted);
	LocalFree(descriptor);
}

START_TEST(what_is_handed_down_to_new_files_and_directories_counts)
{
	static const wchar_t loose[] = L"D:(A;OICI;FA;;;SY)(A;OICI;0x1201bf;;;BU)";

	assert_heir(PROGRAM_DATA, true, "none");
	assert_heir(INSTALLED_DIRECTORY, true, "none");
	/* It may be had of the directory, but writing a file is the same bit as making one. */
	assert_directory(loose, "none");
	assert_heir(loose, false, "changes S-1-5-32-545");
	assert_heir(L"D:(A;OIIO;GA;;;AU)", false, "changes S-1-5-11");
	assert_heir(L"D:(A;CIIO;GA;;;AU)", false, "none");
	assert_heir(L"D:(A;CIIO;GA;;;AU)", true, "changes S-1-5-11");
	assert_heir(L"D:(A;CI;0x1201bf;;;BU)", true, "none");
	assert_heir(L"D:(A;;FA;;;BU)", true, "none"); /* its own */
	assert_heir(L"D:(A;OICI;FA;;;BA)(A;OICIIO;GA;;;CO)(A;OICIIO;GA;;;OW)", true, "none");
	assert_heir(L"D:(A;OICIIO;GA;;;CG)", false, "changes S-1-3-1");
	assert_heir(L"D:(D;OICI;FA;;;WD)", true, "none");
}
END_TEST

/* Of an access list Wine keeps what the modes of unix can say: what everybody may. */
START_TEST(strangers_are_found_by_the_handle_of_a_file)
{
	char dir[UNIT_DIR_MAX];
	char path[UNIT_DIR_MAX + 8];
	struct tmd_stranger stranger;
	PSECURITY_DESCRIPTOR loose = descriptor_of(L"", L"D:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;WD)");
	PSECURITY_DESCRIPTOR tight =
		descriptor_of(L"", L"D:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;0x1200a9;;;WD)");
	HANDLE file;

	unit_make_dir(dir);
	unit_write(dir, "a", "x", 1);
	snprintf(path, sizeof(path), "%s/a", dir);
	file = CreateFileA(path, READ_CONTROL | WRITE_DAC, TMD_SHARE_ALL, NULL, OPEN_EXISTING, 0,
			   NULL);
	ck_assert(file != INVALID_HANDLE_VALUE);
	ck_assert(SetKernelObjectSecurity(file, DACL_SECURITY_INFORMATION, tight));
	ck_assert_uint_eq(tmd_handle_stranger(file, TMD_OTHERS_FILE, &stranger), 0);
	ck_assert_str_eq(described(&stranger), "none");
	ck_assert(SetKernelObjectSecurity(file, DACL_SECURITY_INFORMATION, loose));
	ck_assert_uint_eq(tmd_handle_stranger(file, TMD_OTHERS_FILE, &stranger), 0);
	ck_assert_str_eq(described(&stranger), "changes S-1-1-0");
	ck_assert_uint_eq(tmd_handle_stranger(file, TMD_OTHERS_ANY, &stranger), 0);
	ck_assert_str_eq(described(&stranger), "none");
	CloseHandle(file);
	file = CreateFileA(path, FILE_READ_ATTRIBUTES, TMD_SHARE_ALL, NULL, OPEN_EXISTING, 0, NULL);
	ck_assert(file != INVALID_HANDLE_VALUE);
	ck_assert_uint_eq(tmd_handle_stranger(file, TMD_OTHERS_FILE, &stranger),
			  ERROR_ACCESS_DENIED);
	ck_assert_uint_eq(tmd_handle_heir(file, false, &stranger), ERROR_ACCESS_DENIED);
	CloseHandle(file);
	LocalFree(loose);
	LocalFree(tight);
	unit_remove_tree(dir);
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
	tcase_add_test(tc, what_windows_and_installers_make_below_programdata_is_fine);
	tcase_add_test(tc, what_we_make_below_programdata_is_fine);
	tcase_add_test(tc, another_owner_comes_before_the_list);
	tcase_add_test(tc, a_descriptor_without_an_owner_is_an_error);
	tcase_add_test(tc, others_may_read_and_execute_and_make_entries_and_no_more);
	tcase_add_test(tc, whoever_else_may_change_it_is_named);
	tcase_add_test(tc, no_list_lets_everybody_do_everything);
	tcase_add_test(tc, entries_for_what_will_be_made_do_not_count_for_the_directory);
	tcase_add_test(tc, entries_for_whoever_owns_it_are_the_owners);
	tcase_add_test(tc, entries_that_deny_give_nothing_and_take_nothing_back);
	tcase_add_test(tc, entries_of_other_kinds_that_give_rights_count);
	tcase_add_test(tc, entries_with_a_condition_count_as_if_it_were_fulfilled);
	tcase_add_test(tc, an_entry_that_ends_too_early_is_everybodys);
	tcase_add_test(tc, what_is_handed_down_to_new_files_and_directories_counts);
	tcase_add_test(tc, strangers_are_found_by_the_handle_of_a_file);
	suite_add_tcase(all, tc);
	return all;
}

UNIT_MAIN(suite)
