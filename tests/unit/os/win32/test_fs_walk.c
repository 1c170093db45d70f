/*
 * The walk along a path with links, owners and access lists in it. Wine has none of them, and on
 * Windows a user cannot make them: here the walk is compiled once more, with answers from tables.
 */
#define tmd_handle_info walk_handle_info
#define tmd_handle_link walk_handle_link
#define tmd_handle_owner walk_handle_owner
#define tmd_handle_world_readable walk_handle_world_readable
#define tmd_handle_readable_by walk_handle_readable_by
#define tmd_handle_stranger walk_handle_stranger
#define tmd_handle_heir walk_handle_heir
#define tmd_program_data_info walk_program_data_info
#define tmd_user_is_admin walk_user_is_admin

#define tmd_place_find walk_place_find
#define tmd_place_release walk_place_release
#define tmd_place_open_at walk_place_open_at
#define tmd_place_open_patiently walk_place_open_patiently
#define tmd_place_look_again walk_place_look_again
#define tmd_walk_entry_release walk_walk_entry_release
#define tmd_walk_fail walk_walk_fail
#define tmd_walk_fail_outside walk_walk_fail_outside
#define tmd_walk_leave walk_walk_leave
#define tmd_walk_enter walk_walk_enter
#define tmd_walk_dir walk_walk_dir
#define tmd_walk_open_base walk_walk_open_base
#define tmd_walk_pass walk_walk_pass
#define tmd_walk_look walk_walk_look
#define tmd_walk_look_through walk_walk_look_through
#define tmd_walk_name_place walk_walk_name_place
#define tmd_trust_begin walk_trust_begin
#define tmd_trust_link walk_trust_link
#define tmd_trust_descend walk_trust_descend
#define tmd_trust_entry walk_trust_entry
#define tmd_trust_root walk_trust_root
#define tmd_fs_changeable_by_others walk_fs_changeable_by_others
#define tmd_trust_new walk_trust_new
#define tmd_trust_content walk_trust_content
#define tmd_trust_target walk_trust_target

#include "sandbox.h"

#include <sddl.h>

#include "os/win32/fs_trust.c"
#include "os/win32/fs_place.c"
#include "os/win32/fs_walk_open.c"
#include "os/win32/fs_walk_name.c"
#include "os/win32/fs_path.c"
#include "os/win32/fs_owner.c"

#undef tmd_handle_info
DWORD tmd_handle_info(HANDLE handle, struct tmd_file_info *out);

#define TABLE_MAX 100

/* Files and directories of the sandbox that are taken for something else. */
static struct {
	char *path;	/* below the sandbox, "root/etc/a" */
	char *target;	/* NULL: no link */
	unsigned owner; /* 0: one that is trusted */
	bool is_private;
	bool has_owner;
	const wchar_t *list; /* NULL: what Windows makes below ProgramData */
} table[TABLE_MAX];
static size_t table_count;
static bool elevated;
static char *sandbox_key; /* of `base` as the system calls it */

static void table_clear(void)
{
	for (size_t i = 0; i < table_count; i++) {
		free(table[i].path);
		free(table[i].target);
	}
	memset(table, 0, sizeof(table));
	table_count = 0;
}

static size_t row_for(const char *path)
{
	for (size_t i = 0; i < table_count; i++) {
		if (tmd_str_equal_nocase(table[i].path, path))
			return i;
	}
	ck_assert_uint_lt(table_count, TABLE_MAX);
	table[table_count].path = tmd_strdup(path);
	return table_count++;
}

/* The row of what is open, or TABLE_MAX. */
static size_t row_of(HANDLE handle)
{
	char *path = tmd_final_path(handle);
	char *key = path ? tmd_path_key(path) : tmd_strdup("");
	size_t row = TABLE_MAX;

	for (size_t i = 0; i < table_count; i++) {
		char *whole = tmd_format("%s\\%s", sandbox_key, table[i].path);
		char *row_key = tmd_path_key(whole);

		if (strcmp(key, row_key) == 0)
			row = i;
		free(whole);
		free(row_key);
	}
	free(path);
	free(key);
	return row;
}

DWORD walk_handle_info(HANDLE handle, struct tmd_file_info *out)
{
	DWORD code = tmd_handle_info(handle, out);
	size_t row = row_of(handle);

	if (!code && row < TABLE_MAX && table[row].target) {
		out->type = TMD_FILE_SYMLINK;
		out->attributes |= FILE_ATTRIBUTE_REPARSE_POINT;
		out->tag = IO_REPARSE_TAG_SYMLINK;
	}
	return code;
}

DWORD walk_handle_link(HANDLE handle, char **target)
{
	size_t row = row_of(handle);

	if (row == TABLE_MAX || strcmp(table[row].target, "?") == 0)
		return ERROR_INVALID_REPARSE_DATA;
	*target = tmd_strdup(table[row].target);
	return 0;
}

DWORD walk_handle_owner(HANDLE handle, struct tmd_sid *owner)
{
	size_t row = row_of(handle);
	DWORD size = sizeof(owner->bytes);

	if (row < TABLE_MAX && table[row].has_owner && table[row].owner == 99)
		return ERROR_ACCESS_DENIED;
	ck_assert(CreateWellKnownSid(WinLocalSystemSid, NULL, owner->bytes, &size));
	if (row < TABLE_MAX && table[row].has_owner)
		*GetSidSubAuthority(owner->bytes, 0) = 1000 + table[row].owner;
	return 0;
}

#define ORDINARY                                                        \
	L"D:AI(A;OICIID;FA;;;SY)(A;OICIID;FA;;;BA)(A;OICIIOID;GA;;;CO)" \
	L"(A;OICIID;0x1200a9;;;BU)(A;CIID;0x116;;;BU)"
#define ORDINARY_FILE L"D:AI(A;ID;FA;;;SY)(A;ID;FA;;;BA)(A;ID;0x1200a9;;;BU)"

/* The decision itself is the real one, about descriptors from the table; LocalFree() them. */
static PSECURITY_DESCRIPTOR descriptor_of(HANDLE handle)
{
	PSECURITY_DESCRIPTOR descriptor = NULL;
	size_t row = row_of(handle);
	const wchar_t *list = row < TABLE_MAX ? table[row].list : NULL;
	BY_HANDLE_FILE_INFORMATION info;
	struct tmd_sid owner;
	wchar_t *name;
	wchar_t sddl[600];

	if (walk_handle_owner(handle, &owner))
		return NULL;
	ck_assert(GetFileInformationByHandle(handle, &info));
	if (!list)
		list = info.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY ? ORDINARY : ORDINARY_FILE;
	ck_assert(ConvertSidToStringSidW(owner.bytes, &name));
	ck_assert_int_gt(swprintf(sddl, 600, L"O:%ls%ls", name, list), 0);
	LocalFree(name);
	ck_assert(ConvertStringSecurityDescriptorToSecurityDescriptorW(sddl, SDDL_REVISION_1,
								       &descriptor, NULL));
	return descriptor;
}

DWORD walk_handle_stranger(HANDLE handle, DWORD others, struct tmd_stranger *out)
{
	PSECURITY_DESCRIPTOR descriptor = descriptor_of(handle);
	DWORD code = descriptor ? tmd_descriptor_stranger(descriptor, others, out)
				: ERROR_ACCESS_DENIED;

	LocalFree(descriptor);
	return code;
}

DWORD walk_handle_heir(HANDLE handle, bool directories, struct tmd_stranger *out)
{
	PSECURITY_DESCRIPTOR descriptor = descriptor_of(handle);
	DWORD code = descriptor ? tmd_descriptor_heir(descriptor, directories, out)
				: ERROR_ACCESS_DENIED;

	LocalFree(descriptor);
	return code;
}

DWORD walk_handle_world_readable(HANDLE handle, bool *readable)
{
	size_t row = row_of(handle);

	*readable = row == TABLE_MAX || !table[row].is_private;
	return 0;
}

bool walk_handle_readable_by(HANDLE handle, const struct tmd_sid *user)
{
	(void)handle;
	(void)user;
	return false;
}

bool walk_program_data_info(struct tmd_file_info *out)
{
	HANDLE dir = CreateFileA(below("ProgramData"), FILE_READ_ATTRIBUTES, TMD_SHARE_ALL, NULL,
				 OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
	bool found = dir != INVALID_HANDLE_VALUE && !tmd_handle_info(dir, out);

	CloseHandle(dir);
	return found;
}

bool walk_user_is_admin(void)
{
	return elevated;
}

/* ---- setting the scene ---- */

static void setup(void)
{
	TMD_AUTO_FREE char *real = NULL;

	sandbox_setup();
	ck_ok(tmd_fs_resolve(live, base, &real, &err), err);
	sandbox_key = tmd_path_key(real);
	elevated = false;
	make_dir("ProgramData");
	make_dir("root/etc");
	make_dir("root/usr");
	put("root/usr/a", "inside\n");
}

static void teardown(void)
{
	table_clear();
	free(sandbox_key);
	sandbox_teardown();
}

static void link_at(const char *path, const char *target)
{
	put(path, "");
	table[row_for(path)].target = tmd_strdup(target);
}

static void owned(const char *path, unsigned owner)
{
	size_t row = row_for(path);

	table[row].owner = owner;
	table[row].has_owner = true;
}

static void listed(const char *path, const wchar_t *list)
{
	table[row_for(path)].list = list;
}

static void hidden(const char *path)
{
	table[row_for(path)].is_private = true;
}

static void assert_found_in(struct tmd_fs *tree, const char *path, unsigned flags,
			    const char *wanted, bool exists)
{
	TMD_AUTO_PLACE struct tmd_place place = { 0 };

	ck_ok(tmd_place_find(tree, path, flags, &place, &err), err);
	ck_assert_str_eq(place.path, wanted);
	ck_assert_str_eq(place.name, tmd_path_base(wanted));
	ck_assert_int_eq(place.exists, exists);
}

static void assert_found(const char *path, const char *wanted)
{
	assert_found_in(fs, path, TMD_PLACE_FOLLOW, wanted, true);
}

static void assert_missing(const char *path, const char *wanted)
{
	assert_found_in(fs, path, TMD_PLACE_FOLLOW | TMD_PLACE_MISSING, wanted, false);
}

static void assert_fails_in(struct tmd_fs *tree, const char *path, unsigned flags,
			    enum tmd_error_kind kind)
{
	TMD_AUTO_PLACE struct tmd_place place = { 0 };

	ck_fails(tmd_place_find(tree, path, flags, &place, &err), err, kind);
	ck_assert_str_eq(err.path, path);
	ck_assert_ptr_null(place.path);
}

static void assert_fails(const char *path, enum tmd_error_kind kind)
{
	assert_fails_in(fs, path, TMD_PLACE_FOLLOW, kind);
}

static void assert_writable(const char *path)
{
	TMD_AUTO_PLACE struct tmd_place place = { 0 };

	ck_ok(tmd_place_find(fs, path, TMD_PLACE_FOLLOW | TMD_PLACE_MISSING | TMD_PLACE_WRITE,
			     &place, &err),
	      err);
}

static void assert_refused(const char *path)
{
	const unsigned flags = TMD_PLACE_FOLLOW | TMD_PLACE_MISSING | TMD_PLACE_WRITE;

	assert_fails_in(fs, path, flags, TMD_E_REFUSED);
	elevated = false;
	assert_writable(path); /* an ordinary user looks after himself */
	elevated = true;
}

/* ---- links ---- */

START_TEST(links_are_followed_in_their_place)
{
	link_at("root/etc/file", "..\\usr\\a");
	link_at("root/etc/dir", "..\\usr");
	link_at("root/usr/again", "a");
	assert_found("/etc/file", "/usr/a");
	assert_found("/etc/dir/a", "/usr/a");
	assert_found("/etc/dir/again", "/usr/a");
	assert_found("/etc/dir", "/usr");
	assert_missing("/etc/dir/new/file", "/usr/new/file");
	assert_found_in(fs, "/etc/file", 0, "/etc/file", true);
	assert_found_in(fs, "/etc/dir/again", 0, "/usr/again", true);
}
END_TEST

START_TEST(absolute_links_restart_at_the_root)
{
	link_at("root/etc/file", "C:\\usr\\a");
	link_at("root/etc/dir", "D:\\usr\\");
	link_at("root/etc/rooted", "\\usr\\a");
	link_at("root/etc/top", "C:\\");
	assert_found("/etc/file", "/usr/a");
	assert_found("/etc/dir/a", "/usr/a");
	assert_found("/etc/rooted", "/usr/a");
	assert_found("/etc/top/usr/a", "/usr/a");
	assert_found("/etc/top", "/");
}
END_TEST

START_TEST(links_cannot_lead_out)
{
	char target[UNIT_DIR_MAX + 40];

	snprintf(target, sizeof(target), "%s\\outside\\secret", base);
	link_at("root/etc/absolute", target);
	link_at("root/etc/relative", "..\\..\\outside\\secret");
	link_at("root/etc/deep", "..\\..\\..\\..\\..\\..\\..\\..\\outside\\secret");
	link_at("root/etc/up", "..\\..");
	link_at("root/etc/share", "\\\\server\\share\\secret");
	link_at("root/etc/volume", "\\\\?\\Volume{0123}\\");
	link_at("root/etc/stream", "..\\usr\\a:x");
	link_at("root/etc/unknown", "?");
	assert_fails("/etc/absolute", TMD_E_NOT_FOUND);
	assert_fails("/etc/relative", TMD_E_NOT_FOUND);
	assert_fails("/etc/deep", TMD_E_NOT_FOUND);
	assert_fails("/etc/up/outside/secret", TMD_E_NOT_FOUND);
	assert_found("/etc/up", "/");
	assert_missing("/etc/relative", "/outside/secret");
	assert_fails("/etc/share", TMD_E_REFUSED);
	assert_fails("/etc/share/x", TMD_E_REFUSED);
	assert_fails("/etc/volume/x", TMD_E_REFUSED);
	assert_fails("/etc/stream", TMD_E_INVALID_INPUT);
	assert_fails("/etc/unknown", TMD_E_IO);
	assert_fails("/etc/unknown/x", TMD_E_IO);
}
END_TEST

START_TEST(loops_are_conflicts)
{
	link_at("root/a", "b");
	link_at("root/b", "a");
	link_at("root/self", "self\\x");
	assert_fails("/a", TMD_E_CONFLICT);
	assert_fails("/a/x", TMD_E_CONFLICT);
	assert_fails("/self", TMD_E_CONFLICT);
	assert_fails_in(fs, "/a", TMD_PLACE_FOLLOW | TMD_PLACE_MISSING, TMD_E_CONFLICT);
}
END_TEST

START_TEST(sixty_three_links_are_followed_and_no_more)
{
	char name[32];
	char target[32];

	put("root/l0", "end\n");
	for (int i = 1; i <= 64; i++) {
		snprintf(name, sizeof(name), "root/l%d", i);
		snprintf(target, sizeof(target), "l%d", i - 1);
		link_at(name, target);
	}
	assert_found("/l63", "/l0");
	assert_fails("/l64", TMD_E_CONFLICT);
}
END_TEST

START_TEST(links_that_multiply_end_soon)
{
	static char text[7 * 400 + 10];

	for (size_t i = 0; i < 400; i++)
		memcpy(text + i * 7, "usr\\..\\", 8);
	memcpy(text + 2800, "again", 6);
	link_at("root/again", text);
	assert_fails("/again", TMD_E_CONFLICT);
}
END_TEST

START_TEST(links_may_lead_to_what_is_missing)
{
	link_at("root/etc/link", "missing\\sub\\..\\file");
	link_at("root/etc/back", "\\gone\\..\\usr\\a");
	assert_missing("/etc/link", "/etc/missing/file");
	assert_found_in(fs, "/etc/back", TMD_PLACE_FOLLOW | TMD_PLACE_MISSING, "/usr/a", true);
	assert_fails("/etc/back", TMD_E_NOT_FOUND);
}
END_TEST

START_TEST(live_links_lead_anywhere)
{
	TMD_AUTO_FREE char *real = NULL;
	TMD_AUTO_FREE char *wanted = NULL;
	TMD_AUTO_FREE char *missing = NULL;
	const unsigned flags = TMD_PLACE_FOLLOW | TMD_PLACE_MISSING;
	char *target = tmd_format("%s\\outside\\secret", base);

	ck_ok(tmd_fs_resolve(live, base, &real, &err), err);
	wanted = tmd_format("%s\\outside\\secret", real);
	missing = tmd_format("%s\\outside\\new", real);
	link_at("root/etc/absolute", target);
	link_at("root/etc/relative", "..\\..\\outside\\secret");
	link_at("root/etc/dir", "..\\..\\outside");
	assert_found_in(live, below("root/etc/absolute"), flags, wanted, true);
	assert_found_in(live, below("root/etc/relative"), flags, wanted, true);
	assert_found_in(live, below("root/etc/dir/secret"), flags, wanted, true);
	assert_found_in(live, below("root/etc/dir/new"), flags, missing, false);
	free(target);
}
END_TEST

/* ---- whom to trust ---- */

START_TEST(an_elevated_caller_is_not_led_astray_by_a_users_link)
{
	make_dir("root/home");
	make_dir("root/home/own");
	put("root/home/own/real", "old");
	put("root/etc/hosts", "x");
	link_at("root/home/file", "..\\etc\\hosts");
	link_at("root/home/dir", "..\\etc");
	link_at("root/home/fine", "own\\real");
	link_at("root/home/indirect", "file");
	link_at("root/etc/by-admin", "..\\home\\own\\real");
	link_at("root/home/by-admin", "..\\etc\\hosts");
	owned("root/home", 1);
	owned("root/home/own", 1);
	owned("root/home/own/real", 1);
	owned("root/home/file", 1);
	owned("root/home/dir", 1);
	owned("root/home/fine", 1);
	owned("root/home/indirect", 2);
	elevated = true;
	assert_refused("/home/file");
	assert_refused("/home/dir/hosts");
	assert_refused("/home/dir/new/x");
	assert_refused("/home/indirect");
	assert_refused("/home/by-admin"); /* the user can put another in its place */
	assert_writable("/home/fine");
	assert_writable("/home/own/new");
	assert_writable("/etc/by-admin");
	assert_writable("/home/own/real"); /* no link, no doubt */
	assert_found_in(fs, "/home/file", TMD_PLACE_WRITE, "/home/file", true);
}
END_TEST

START_TEST(a_link_whose_owner_is_not_known_is_refused)
{
	link_at("root/etc/link", "..\\usr\\a");
	owned("root/etc/link", 99);
	elevated = true;
	assert_refused("/etc/link");
	assert_fails_in(fs, "/etc/link", TMD_PLACE_FOLLOW | TMD_PLACE_WRITE, TMD_E_REFUSED);
	ck_assert_ptr_nonnull(strstr(err.message, "cannot find out who owns the link"));
}
END_TEST

static void assert_readable(const char *path)
{
	assert_found_in(fs, path, TMD_PLACE_FOLLOW | TMD_PLACE_READ, "/etc/secret", true);
}

START_TEST(an_elevated_caller_does_not_show_a_user_what_his_link_leads_to)
{
	const unsigned flags = TMD_PLACE_FOLLOW | TMD_PLACE_READ;

	make_dir("root/home");
	put("root/etc/secret", "x");
	link_at("root/home/link", "..\\etc\\secret");
	owned("root/home", 1);
	owned("root/home/link", 1);
	elevated = true;
	assert_readable("/home/link"); /* as everybody may */
	hidden("root/etc/secret");
	assert_fails_in(fs, "/home/link", flags, TMD_E_REFUSED);
	ck_assert_str_eq(err.hint, "remove the link");
	owned("root/etc/secret", 1);
	assert_readable("/home/link"); /* his own */
	owned("root/etc/secret", 2);
	assert_fails_in(fs, "/home/link", flags, TMD_E_REFUSED);
	elevated = false;
	assert_readable("/home/link");
}
END_TEST

static const char *live_path(const char *name)
{
	return below("ProgramData/%s", name);
}

static void assert_live(const char *name, bool fine)
{
	const unsigned flags = TMD_PLACE_FOLLOW | TMD_PLACE_MISSING | TMD_PLACE_WRITE;
	TMD_AUTO_PLACE struct tmd_place place = { 0 };

	if (fine) {
		ck_ok(tmd_place_find(live, live_path(name), flags, &place, &err), err);
		return;
	}
	assert_fails_in(live, live_path(name), flags, TMD_E_REFUSED);
	ck_assert_ptr_nonnull(strstr(err.message, "change what is written there"));
}

START_TEST(what_users_made_below_programdata_is_refused)
{
	make_dir("ProgramData/mine");
	make_dir("ProgramData/mine/sub");
	make_dir("ProgramData/his");
	make_dir("ProgramData/his/sub");
	put("ProgramData/mine/sub/his", "x");
	put("ProgramData/his.pem", "x");
	owned("ProgramData/his", 1);
	owned("ProgramData/mine/sub/his", 1);
	owned("ProgramData/his.pem", 1);
	elevated = true;
	assert_live("mine/sub/new", true);
	assert_live("new/dir/file", true);
	assert_live("new", true);
	assert_live("his/new", false);
	assert_live("his/sub/new", false);
	assert_live("mine/sub/his", false);
	assert_live("his.pem", false);
	elevated = false;
	assert_live("his/sub/new", true);
	assert_live("his.pem", true);
}
END_TEST

#define USERS_MODIFY L"D:(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1301bf;;;BU)"

/* Others may make entries in such a directory; such a file they may write. */
#define USERS_ADD L"D:(A;;FA;;;BA)(A;;0x1201bf;;;BU)"

START_TEST(what_others_may_change_below_programdata_is_refused)
{
	make_dir("ProgramData/mine");
	make_dir("ProgramData/mine/sub");
	make_dir("ProgramData/shared");
	make_dir("ProgramData/shared/sub");
	put("ProgramData/mine/ca.pem", "x");
	put("ProgramData/mine/loose.pem", "x");
	put("ProgramData/shared/ca.pem", "x");
	put("ProgramData/loose.pem", "x");
	listed("ProgramData/mine/sub", USERS_ADD);
	listed("ProgramData/mine/loose.pem", USERS_ADD);
	listed("ProgramData/loose.pem", USERS_MODIFY);
	listed("ProgramData/shared", USERS_MODIFY);
	elevated = true;
	assert_live("mine/ca.pem", true);
	assert_live("mine/new", true);
	assert_live("mine/sub/new", true);
	assert_live("mine/loose.pem", false);
	assert_live("loose.pem", false);
	assert_live("shared/ca.pem", false);
	assert_live("shared/new", false);
	assert_live("shared/sub/new", false);
	assert_live("shared/sub/../../mine/ca.pem", true);
	elevated = false;
	assert_live("shared/ca.pem", true);
	assert_live("loose.pem", true);
}
END_TEST

START_TEST(the_refusal_names_the_user_and_what_he_may)
{
	make_dir("ProgramData/shared");
	listed("ProgramData/shared", L"D:(A;;FA;;;BA)(A;;0x1301bf;;;S-1-5-21-1-2-3-1001)");
	elevated = true;
	assert_live("shared/new", false);
	ck_assert_str_eq(err.message, "the directory shared gives S-1-5-21-1-2-3-1001 the right "
				      "to change what is written there");
	ck_assert_ptr_nonnull(strstr(err.hint, "icacls /reset"));
	owned("ProgramData/shared", 1);
	assert_live("shared/new", false);
	ck_assert_ptr_nonnull(strstr(err.message, "belongs to S-1-5-1001"));
	ck_assert_ptr_nonnull(strstr(err.hint, "icacls /setowner"));
	owned("ProgramData/shared", 99);
	assert_fails_in(live, live_path("shared/new"), TMD_PLACE_MISSING | TMD_PLACE_WRITE,
			TMD_E_REFUSED);
	ck_assert_ptr_nonnull(strstr(err.message, "cannot find out who owns the directory"));
}
END_TEST

START_TEST(reading_minds_neither_owners_nor_lists)
{
	const unsigned flags = TMD_PLACE_FOLLOW | TMD_PLACE_READ;
	TMD_AUTO_PLACE struct tmd_place place = { 0 };

	make_dir("ProgramData/shared");
	put("ProgramData/shared/ca.pem", "x");
	listed("ProgramData/shared", USERS_MODIFY);
	listed("ProgramData/shared/ca.pem", USERS_MODIFY);
	owned("ProgramData/shared/ca.pem", 1);
	elevated = true;
	ck_ok(tmd_place_find(live, live_path("shared/ca.pem"), flags, &place, &err), err);
}
END_TEST

/* An empty directory that others may write becomes a link of its owner's in their hands. */
START_TEST(a_link_that_others_may_change_is_theirs)
{
	const unsigned writing = TMD_PLACE_FOLLOW | TMD_PLACE_MISSING | TMD_PLACE_WRITE;
	const unsigned reading = TMD_PLACE_FOLLOW | TMD_PLACE_READ;
	TMD_AUTO_PLACE struct tmd_place place = { 0 };

	make_dir("ProgramData/mine");
	link_at("ProgramData/studio", "..\\outside");
	link_at("ProgramData/mine/studio", "..\\..\\outside");
	listed("ProgramData/studio", ORDINARY);
	listed("ProgramData/mine/studio", ORDINARY);
	elevated = true;
	assert_fails_in(live, live_path("studio/new"), writing, TMD_E_REFUSED);
	ck_assert_ptr_nonnull(strstr(err.message, "leads an elevated caller"));
	ck_assert_ptr_nonnull(strstr(err.hint, "without the link"));
	assert_fails_in(live, live_path("mine/studio/secret"), writing, TMD_E_REFUSED);
	hidden("outside/secret");
	assert_fails_in(live, live_path("studio/secret"), reading, TMD_E_REFUSED);
	/* Those that only administrators may change are as good as ever. */
	listed("ProgramData/studio", ORDINARY_FILE);
	ck_ok(tmd_place_find(live, live_path("studio/secret"), reading, &place, &err), err);
	tmd_place_release(&place);
	ck_ok(tmd_place_find(live, live_path("studio/new"), writing, &place, &err), err);
	tmd_place_release(&place);
	/* And elsewhere it is the same: folders below a drive's root let everybody do that. */
	link_at("root/etc/studio", "..\\..\\outside");
	ck_ok(tmd_place_find(live, below("root/etc/studio/new"), writing, &place, &err), err);
	tmd_place_release(&place);
	listed("root/etc/studio", USERS_MODIFY);
	assert_fails_in(live, below("root/etc/studio/new"), writing, TMD_E_REFUSED);
}
END_TEST

static void assert_new(const char *name, bool fine)
{
	const unsigned flags = TMD_PLACE_FOLLOW | TMD_PLACE_MISSING | TMD_PLACE_WRITE;
	TMD_AUTO_PLACE struct tmd_place place = { 0 };

	ck_ok(tmd_place_find(live, live_path(name), flags, &place, &err), err);
	ck_assert(!place.exists);
	if (fine) {
		ck_ok(tmd_trust_new(&place, live_path(name), &err), err);
		return;
	}
	ck_fails(tmd_trust_new(&place, live_path(name), &err), err, TMD_E_REFUSED);
	ck_assert_ptr_nonnull(strstr(err.message, "could change a new file"));
	ck_assert_ptr_nonnull(strstr(err.hint, "only administrators may change"));
}

START_TEST(a_file_that_would_be_others_to_change_is_not_made)
{
	make_dir("ProgramData/mine");
	make_dir("ProgramData/files");
	make_dir("ProgramData/directories");
	listed("ProgramData/files", L"D:(A;OICI;FA;;;BA)(A;OICI;0x1201bf;;;BU)");
	listed("ProgramData/directories", L"D:(A;OICI;FA;;;BA)(A;CIIO;FA;;;BU)");
	elevated = true;
	assert_new("mine/new", true);
	assert_new("mine/sub/new", true);
	assert_new("new", true);
	assert_new("files/new", false);
	assert_new("directories/new", true);
	/* Directories that we make have a list of their own where others would inherit rights. */
	assert_new("files/sub/new", true);
	assert_new("directories/sub/new", true);
	listed("ProgramData", L"D:(A;OICI;FA;;;BA)(A;OICIIO;FA;;;BU)");
	assert_new("new", false);
	assert_new("sub/new", true);
	assert_new("sub/sub/new", true);
	elevated = false;
	assert_new("files/new", true);
}
END_TEST

START_TEST(elsewhere_owners_and_lists_do_not_matter)
{
	const unsigned flags = TMD_PLACE_FOLLOW | TMD_PLACE_MISSING | TMD_PLACE_WRITE;
	TMD_AUTO_PLACE struct tmd_place place = { 0 };

	owned("outside", 1);
	owned("outside/secret", 1);
	listed("outside", USERS_MODIFY);
	listed("outside/secret", USERS_MODIFY);
	elevated = true;
	ck_ok(tmd_place_find(live, below("outside/secret"), flags, &place, &err), err);
	tmd_place_release(&place);
	/* The root of an image has a ProgramData of its own, in which nobody is at work. */
	make_dir("root/ProgramData");
	make_dir("root/ProgramData/his");
	owned("root/ProgramData/his", 1);
	listed("root/ProgramData/his", USERS_MODIFY);
	ck_ok(tmd_place_find(fs, "/ProgramData/his/new", flags, &place, &err), err);
	ck_ok(tmd_trust_new(&place, "/ProgramData/his/new", &err), err);
}
END_TEST

/* ---- what the whole machine relies on ---- */

static const unsigned owning =
	TMD_PLACE_FOLLOW | TMD_PLACE_MISSING | TMD_PLACE_WRITE | TMD_PLACE_OWN;

static void assert_own(const char *name, bool fine)
{
	TMD_AUTO_PLACE struct tmd_place place = { 0 };

	if (fine)
		ck_ok(tmd_place_find(live, below("%s", name), owning, &place, &err), err);
	else
		assert_fails_in(live, below("%s", name), owning, TMD_E_REFUSED);
}

START_TEST(nobody_else_may_change_what_the_machine_relies_on_wherever_it_is)
{
	make_dir("studio");
	make_dir("studio/certs");
	put("studio/certs/ca.pem", "x");
	for (int turn = 0; turn < 2; turn++) {
		elevated = turn;
		assert_own("studio/certs/ca.pem", true);
		assert_own("studio/certs/new", true);
		/* What folders below C:\ hand down: Authenticated Users modify. */
		listed("studio", L"D:(A;OICI;FA;;;BA)(A;OICIID;0x1301bf;;;AU)");
		assert_own("studio/certs/ca.pem", false);
		ck_assert_ptr_nonnull(strstr(err.message, "the directory studio gives "));
		assert_own("studio/new/sub/ca.pem", false);
		listed("studio", ORDINARY);
		listed("studio/certs/ca.pem", USERS_MODIFY);
		assert_own("studio/certs/ca.pem", false);
		ck_assert_ptr_nonnull(strstr(err.message, "the file ca.pem gives "));
		listed("studio/certs/ca.pem", ORDINARY_FILE);
		owned("studio/certs", 1);
		assert_own("studio/certs/ca.pem", false);
		ck_assert_ptr_nonnull(strstr(err.message, "belongs to S-1-5-1001"));
		table[row_for("studio/certs")].has_owner = false;
	}
}
END_TEST

START_TEST(a_link_on_the_way_to_it_is_nobody_elses_either)
{
	make_dir("studio");
	put("outside/ca.pem", "x");
	link_at("studio/certs", "..\\outside");
	assert_own("studio/certs/ca.pem", true);
	owned("studio/certs", 1);
	assert_own("studio/certs/ca.pem", false);
	table[row_for("studio/certs")].has_owner = false;
	listed("studio/certs", USERS_MODIFY);
	assert_own("studio/certs/ca.pem", false);
	/* Where it leads to is judged as well. */
	listed("studio/certs", ORDINARY_FILE);
	listed("outside", USERS_MODIFY);
	assert_own("studio/certs/ca.pem", false);
}
END_TEST

START_TEST(a_new_file_the_machine_relies_on_is_not_made_where_others_could_change_it)
{
	TMD_AUTO_PLACE struct tmd_place place = { 0 };

	make_dir("studio");
	listed("studio", L"D:(A;OICI;FA;;;BA)(A;OICIIO;FA;;;AU)");
	elevated = true;
	ck_ok(tmd_place_find(live, below("studio/new"), owning, &place, &err), err);
	ck_fails(tmd_trust_new(&place, below("studio/new"), &err), err, TMD_E_REFUSED);
	tmd_place_release(&place);
	/* A directory that is made on the way is protected. */
	ck_ok(tmd_place_find(live, below("studio/sub/new"), owning, &place, &err), err);
	ck_ok(tmd_trust_new(&place, below("studio/sub/new"), &err), err);
}
END_TEST

/* Who could change it, as far as those care who rely on it; NULL: nobody. */
static char *changeable(const char *name, uint32_t user)
{
	char *why = NULL;

	ck_ok(tmd_fs_changeable_by_others(live, below("%s", name), user, &why, &err), err);
	return why;
}

START_TEST(whether_others_could_change_it_is_told_and_no_failure)
{
	TMD_AUTO_FREE char *why = NULL;
	TMD_AUTO_FREE char *none = NULL;

	make_dir("studio");
	put("studio/ca.pem", "x");
	none = changeable("studio/ca.pem", TMD_KEEP);
	ck_assert_ptr_null(none);
	none = changeable("studio/sub/new", TMD_KEEP);
	ck_assert_ptr_null(none);
	listed("studio", USERS_MODIFY);
	why = changeable("studio/ca.pem", TMD_KEEP);
	ck_assert_ptr_nonnull(why);
	ck_assert_ptr_nonnull(strstr(why, "the directory studio gives "));
	ck_fails(tmd_fs_changeable_by_others(live, "ca.pem", TMD_KEEP, &why, &err), err,
		 TMD_E_INVALID_INPUT);
}
END_TEST

START_TEST(a_directory_that_is_read_as_a_whole_is_changed_by_who_adds_to_it)
{
	static const wchar_t *const lists[] = { ORDINARY,
						L"D:(A;OICI;FA;;;BA)(A;;0x1201BF;;;BU)" };

	make_dir("studio");
	put("studio/ca.pem", "x");
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		TMD_AUTO_FREE char *why = NULL;

		listed("studio", lists[i]);
		ck_assert_ptr_null(changeable("studio/ca.pem", TMD_KEEP));
		why = changeable("studio", TMD_KEEP);
		ck_assert_ptr_nonnull(why);
		ck_assert_ptr_nonnull(strstr(why, "the directory studio gives "));
	}
	listed("studio", L"D:(A;OICI;FA;;;BA)(A;;0x1200A9;;;BU)");
	ck_assert_ptr_null(changeable("studio", TMD_KEEP));
}
END_TEST

/* The caller's SID as text; LocalFree() it. */
static wchar_t *caller_sid(void)
{
	_Alignas(8) BYTE room[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
	wchar_t *text = NULL;
	HANDLE token = NULL;
	DWORD used;

	ck_assert(OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token));
	ck_assert(GetTokenInformation(token, TokenUser, room, sizeof(room), &used));
	ck_assert(ConvertSidToStringSidW(((TOKEN_USER *)(void *)room)->User.Sid, &text));
	CloseHandle(token);
	return text;
}

START_TEST(a_caller_who_is_not_elevated_is_one_of_the_others_for_the_machine)
{
	wchar_t *sid = caller_sid();
	TMD_AUTO_FREE char *why = NULL;
	wchar_t list[300];

	swprintf(list, 300, L"D:(A;;FA;;;BA)(A;;FA;;;%ls)", sid);
	LocalFree(sid);
	make_dir("studio");
	put("studio/ca.pem", "x");
	listed("studio/ca.pem", list);
	ck_assert_ptr_null(changeable("studio/ca.pem", 0));
	why = changeable("studio/ca.pem", TMD_KEEP);
	ck_assert_ptr_nonnull(why);
	elevated = true;
	ck_assert_ptr_null(changeable("studio/ca.pem", TMD_KEEP));
}
END_TEST

static Suite *suite_fn(void)
{
	Suite *suite = suite_create("os/fs_walk");
	TCase *cases = tcase_create("all");

	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, links_are_followed_in_their_place);
	tcase_add_test(cases, absolute_links_restart_at_the_root);
	tcase_add_test(cases, links_cannot_lead_out);
	tcase_add_test(cases, loops_are_conflicts);
	tcase_add_test(cases, sixty_three_links_are_followed_and_no_more);
	tcase_add_test(cases, links_that_multiply_end_soon);
	tcase_add_test(cases, links_may_lead_to_what_is_missing);
	tcase_add_test(cases, live_links_lead_anywhere);
	tcase_add_test(cases, an_elevated_caller_is_not_led_astray_by_a_users_link);
	tcase_add_test(cases, a_link_whose_owner_is_not_known_is_refused);
	tcase_add_test(cases, an_elevated_caller_does_not_show_a_user_what_his_link_leads_to);
	tcase_add_test(cases, what_users_made_below_programdata_is_refused);
	tcase_add_test(cases, what_others_may_change_below_programdata_is_refused);
	tcase_add_test(cases, the_refusal_names_the_user_and_what_he_may);
	tcase_add_test(cases, reading_minds_neither_owners_nor_lists);
	tcase_add_test(cases, a_link_that_others_may_change_is_theirs);
	tcase_add_test(cases, a_file_that_would_be_others_to_change_is_not_made);
	tcase_add_test(cases, elsewhere_owners_and_lists_do_not_matter);
	tcase_add_test(cases, nobody_else_may_change_what_the_machine_relies_on_wherever_it_is);
	tcase_add_test(cases, a_link_on_the_way_to_it_is_nobody_elses_either);
	tcase_add_test(cases, whether_others_could_change_it_is_told_and_no_failure);
	tcase_add_test(cases, a_directory_that_is_read_as_a_whole_is_changed_by_who_adds_to_it);
	tcase_add_test(cases, a_caller_who_is_not_elevated_is_one_of_the_others_for_the_machine);
	tcase_add_test(cases,
		       a_new_file_the_machine_relies_on_is_not_made_where_others_could_change_it);
	suite_add_tcase(suite, cases);
	return suite;
}

UNIT_MAIN(suite_fn)
