/*
 * The registry's variables, raw: what other programs leave there, what is kept, what is refused.
 * Each test has a user of its own, whose hive is a key below HKEY_USERS.
 */
#include "unit.h"

#include <windows.h>

#include "base/str.h"
#include "os/console.h"
#include "os/registry.h"

#define SID "S-1-5-21-7-7-7-1007"
#define MOUNT "trustmend-" SID
#define PATH "HKEY_USERS\\" SID "\\Environment"
#define PROFILE "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\ProfileList\\" SID

static struct tmd_fs *fs;
static struct tmd_error err;
static struct tmd_env_key *key;
static struct tmd_reg_values values;

static void remove_keys(void)
{
	RegDeleteTreeA(HKEY_USERS, SID);
	RegDeleteTreeA(HKEY_USERS, MOUNT);
	RegDeleteTreeA(HKEY_LOCAL_MACHINE, PROFILE);
}

static HKEY make_key(const char *name)
{
	HKEY made;

	ck_assert_int_eq(
		RegCreateKeyExA(HKEY_USERS, name, 0, NULL, 0, KEY_ALL_ACCESS, NULL, &made, NULL),
		ERROR_SUCCESS);
	return made;
}

static void set_up(void)
{
	memset(&values, 0, sizeof(values));
	key = NULL;
	remove_keys();
	ck_ok(tmd_fs_open(NULL, &fs, &err), err);
	tmd_fs_allow_writes(fs, true);
}

static void tear_down(void)
{
	tmd_env_key_close(key);
	tmd_reg_values_release(&values);
	tmd_fs_free(fs);
	remove_keys();
}

static void put(const wchar_t *name, DWORD type, const void *data, DWORD size)
{
	HKEY made = make_key(SID "\\Environment");

	ck_assert_int_eq(RegSetValueExW(made, name, 0, type, data, size), ERROR_SUCCESS);
	RegCloseKey(made);
}

/* As it stands in the registry; -1 for none. */
static long stored(const wchar_t *name, DWORD *type, void *data, DWORD room)
{
	DWORD size = room;
	HKEY made = make_key(SID "\\Environment");
	LSTATUS status = RegQueryValueExW(made, name, NULL, type, data, &size);

	RegCloseKey(made);
	return status == ERROR_SUCCESS ? (long)size : -1;
}

static void open_key(void)
{
	tmd_env_key_close(key);
	key = NULL;
	ck_ok(tmd_env_key_open(SID, &key, &err), err);
}

static void read_key(void)
{
	open_key();
	ck_ok(tmd_env_key_read(key, &values, &err), err);
}

/* Windows and Wine have orders of their own. */
static void ck_value(const char *name, enum tmd_reg_type type, const char *text)
{
	size_t i = 0;

	while (i < values.count && strcmp(values.items[i].name, name) != 0)
		i++;
	ck_assert_msg(i < values.count, "%s was not read", name);
	ck_assert_int_eq((int)values.items[i].type, (int)type);
	ck_assert_str_eq(values.items[i].text, text);
}

START_TEST(text_is_read_raw_however_it_ends)
{
	put(L"EXPAND", REG_EXPAND_SZ, L"%ProgramData%\\x", 32);
	put(L"NO_END", REG_SZ, L"abc", 6);
	put(L"MANY_ENDS", REG_SZ, L"abc\0\0\0", 12);
	put(L"INSIDE", REG_SZ, L"abc\0def", 16);
	put(L"ODD", REG_SZ, L"abc", 5);
	put(L"NOTHING", REG_SZ, NULL, 0);
	read_key();
	ck_assert_uint_eq(values.count, 6);
	ck_value("EXPAND", TMD_REG_EXPAND, "%ProgramData%\\x");
	ck_value("NO_END", TMD_REG_STRING, "abc");
	ck_value("MANY_ENDS", TMD_REG_STRING, "abc");
	ck_value("INSIDE", TMD_REG_STRING, "abc");
	ck_value("ODD", TMD_REG_STRING, "ab");
	ck_value("NOTHING", TMD_REG_STRING, "");
}
END_TEST

START_TEST(other_types_are_named)
{
	DWORD number = 1;

	put(L"A", REG_DWORD, &number, sizeof(number));
	put(L"B", REG_MULTI_SZ, L"a\0b\0", 10);
	put(L"C", REG_BINARY, "x", 1);
	read_key();
	ck_assert_uint_eq(values.count, 3);
	ck_value("A", TMD_REG_OTHER, "REG_DWORD");
	ck_value("B", TMD_REG_OTHER, "REG_MULTI_SZ");
	ck_value("C", TMD_REG_OTHER, "REG_BINARY");
}
END_TEST

START_TEST(default_value_is_no_variable)
{
	put(NULL, REG_SZ, L"default", 16);
	put(L"A", REG_SZ, L"1", 4);
	read_key();
	ck_assert_uint_eq(values.count, 1);
	ck_value("A", TMD_REG_STRING, "1");
}
END_TEST

START_TEST(long_values_are_read_whole_and_giants_as_no_text)
{
	size_t units = 30000;
	size_t giant = 600000;
	wchar_t *wide = calloc(giant, sizeof(*wide));
	char *text = calloc(units + 1, 1);

	for (size_t i = 0; i < giant; i++)
		wide[i] = L'x';
	memset(text, 'x', units);
	put(L"GIANT", REG_SZ, wide, (DWORD)(giant * sizeof(*wide)));
	put(L"LONG", REG_SZ, wide, (DWORD)(units * sizeof(*wide)));
	free(wide);
	read_key();
	ck_assert_uint_eq(values.count, 2);
	ck_value("GIANT", TMD_REG_OTHER, "more than a megabyte");
	ck_value("LONG", TMD_REG_STRING, text);
	free(text);
}
END_TEST

START_TEST(set_writes_type_text_and_end)
{
	static const wchar_t wanted[] = L"%A%\\caf\u00E9";
	wchar_t data[32];
	DWORD type;

	RegCloseKey(make_key(SID "\\Environment"));
	open_key();
	ck_ok(tmd_env_key_set(fs, key, "A", TMD_REG_EXPAND, "%A%\\caf\xC3\xA9", &err), err);
	ck_assert_int_eq(stored(L"A", &type, data, sizeof(data)), sizeof(wanted));
	ck_assert_uint_eq(type, REG_EXPAND_SZ);
	ck_assert_mem_eq(data, wanted, sizeof(wanted));
	ck_ok(tmd_env_key_set(fs, key, "A", TMD_REG_STRING, "b", &err), err);
	ck_assert_int_eq(stored(L"A", &type, data, sizeof(data)), 4);
	ck_assert_uint_eq(type, REG_SZ);
}
END_TEST

START_TEST(set_and_delete_find_a_name_in_any_case)
{
	put(L"Caf\u00E9", REG_SZ, L"1", 4);
	open_key();
	ck_ok(tmd_env_key_set(fs, key, "CAF\xC3\x89", TMD_REG_STRING, "2", &err), err);
	read_key();
	ck_assert_uint_eq(values.count, 1);
	ck_value("Caf\xC3\xA9", TMD_REG_STRING, "2");
	ck_ok(tmd_env_key_delete(fs, key, "caf\xC3\xA9", &err), err);
	ck_ok(tmd_env_key_delete(fs, key, "caf\xC3\xA9", &err), err);
	read_key();
	ck_assert_uint_eq(values.count, 0);
}
END_TEST

/* Only what was not changed a moment ago is kept: the clock of the registry may tick slowly. */
static void read_settled_key(void)
{
	Sleep(100);
	read_key();
}

START_TEST(what_others_change_is_read_anew)
{
	put(L"A", REG_SZ, L"1", 4);
	put(L"B", REG_SZ, L"1", 4);
	read_settled_key();
	ck_assert_uint_eq(values.count, 2);
	put(L"A", REG_EXPAND_SZ, L"2", 4);
	read_key();
	ck_value("A", TMD_REG_EXPAND, "2");
	read_settled_key();
	ck_assert_int_eq(RegDeleteTreeA(HKEY_USERS, SID), ERROR_SUCCESS);
	put(L"C", REG_SZ, L"1", 4);
	read_key();
	ck_assert_uint_eq(values.count, 1);
	ck_value("C", TMD_REG_STRING, "1");
}
END_TEST

START_TEST(what_was_read_knows_our_own_changes)
{
	put(L"Caf\u00E9", REG_SZ, L"1", 4);
	put(L"B", REG_SZ, L"1", 4);
	read_settled_key();
	ck_ok(tmd_env_key_set(fs, key, "CAF\xC3\x89", TMD_REG_EXPAND, "2", &err), err);
	ck_ok(tmd_env_key_set(fs, key, "New", TMD_REG_STRING, "3", &err), err);
	ck_ok(tmd_env_key_delete(fs, key, "b", &err), err);
	for (int turn = 0; turn < 2; turn++) {
		ck_ok(tmd_env_key_read(key, &values, &err), err);
		ck_assert_uint_eq(values.count, 2);
		ck_value("Caf\xC3\xA9", TMD_REG_EXPAND, "2");
		ck_value("New", TMD_REG_STRING, "3");
		ck_ok(tmd_env_key_flush(fs, key, &err), err); /* from then on from the registry */
	}
}
END_TEST

START_TEST(hives_that_a_killed_run_left_are_released)
{
	HKEY left = make_key(MOUNT "\\Environment");

	RegCloseKey(left);
	RegCloseKey(make_key(SID));
	tmd_console_init();
	ck_assert_int_eq(RegOpenKeyA(HKEY_USERS, SID, &left), ERROR_SUCCESS);
	RegCloseKey(left);
	ck_assert_int_eq(RegOpenKeyA(HKEY_USERS, MOUNT, &left), ERROR_FILE_NOT_FOUND);
}
END_TEST

START_TEST(missing_key_is_empty_and_made_by_the_first_value)
{
	DWORD type;
	wchar_t data[8];

	RegCloseKey(make_key(SID));
	read_key();
	ck_assert_uint_eq(values.count, 0);
	ck_ok(tmd_env_key_check(key, &err), err);
	ck_ok(tmd_env_key_delete(fs, key, "A", &err), err);
	ck_assert_int_eq(RegDeleteKeyA(HKEY_USERS, SID "\\Environment"), ERROR_FILE_NOT_FOUND);
	ck_ok(tmd_env_key_set(fs, key, "A", TMD_REG_STRING, "1", &err), err);
	ck_assert_int_eq(stored(L"A", &type, data, sizeof(data)), 4);
}
END_TEST

START_TEST(nothing_is_changed_without_permission_to_write)
{
	DWORD type;
	wchar_t data[8];

	put(L"A", REG_SZ, L"1", 4);
	open_key();
	tmd_fs_allow_writes(fs, false);
	ck_fails(tmd_env_key_set(fs, key, "A", TMD_REG_STRING, "2", &err), err, TMD_E_INTERNAL);
	ck_fails(tmd_env_key_delete(fs, key, "A", &err), err, TMD_E_INTERNAL);
	ck_fails(tmd_env_key_flush(fs, key, &err), err, TMD_E_INTERNAL);
	ck_assert_int_eq(stored(L"A", &type, data, sizeof(data)), 4);
	ck_assert_int_eq(data[0], L'1');
}
END_TEST

START_TEST(registry_is_not_changed_for_an_offline_tree)
{
	char root[UNIT_DIR_MAX];
	struct tmd_fs *offline;

	put(L"A", REG_SZ, L"1", 4);
	open_key();
	unit_make_dir(root);
	ck_ok(tmd_fs_open(root, &offline, &err), err);
	tmd_fs_allow_writes(offline, true);
	ck_fails(tmd_env_key_delete(offline, key, "A", &err), err, TMD_E_INTERNAL);
	tmd_fs_free(offline);
	unit_remove_tree(root);
}
END_TEST

START_TEST(what_is_no_text_is_refused)
{
	RegCloseKey(make_key(SID "\\Environment"));
	open_key();
	ck_fails(tmd_env_key_set(fs, key, "A", TMD_REG_STRING, "\xFF", &err), err,
		 TMD_E_INVALID_INPUT);
	ck_fails(tmd_env_key_set(fs, key, "", TMD_REG_STRING, "x", &err), err, TMD_E_INVALID_INPUT);
	ck_fails(tmd_env_key_delete(fs, key, "", &err), err, TMD_E_INVALID_INPUT);
}
END_TEST

START_TEST(users_are_found_by_sid_and_name)
{
	char *sid;
	char *name;
	char *again;

	ck_ok(tmd_env_key_find_user("", &sid, &name, &err), err);
	ck_assert(tmd_str_starts(sid, "S-1-"));
	ck_assert_ptr_nonnull(strchr(name, '\\'));
	ck_ok(tmd_env_key_find_user(name, &again, NULL, &err), err);
	ck_assert_str_eq(again, sid);
	free(again);
	ck_ok(tmd_env_key_find_user(sid, NULL, &again, &err), err);
	ck_assert_str_eq(again, name);
	free(again);
	free(sid);
	free(name);
	ck_ok(tmd_env_key_find_user(SID, NULL, &name, &err), err);
	ck_assert_str_eq(name, SID);
	free(name);
	ck_fails(tmd_env_key_find_user("no such user", &sid, NULL, &err), err, TMD_E_NOT_FOUND);
	ck_fails(tmd_env_key_find_user("S-1-x", &sid, NULL, &err), err, TMD_E_INVALID_INPUT);
	ck_fails(tmd_env_key_find_user("Administrators", &sid, NULL, &err), err,
		 TMD_E_INVALID_INPUT);
}
END_TEST

START_TEST(loaded_users_are_listed_without_their_classes)
{
	struct tmd_strv sids = { 0 };

	RegCloseKey(make_key(SID));
	RegCloseKey(make_key(SID "_Classes"));
	ck_ok(tmd_env_key_list_users(&sids, &err), err);
	RegDeleteTreeA(HKEY_USERS, SID "_Classes");
	ck_assert(tmd_strv_has(&sids, SID));
	ck_assert(!tmd_strv_has(&sids, SID "_Classes"));
	ck_assert(!tmd_strv_has(&sids, ".Default"));
	tmd_strv_release(&sids);
}
END_TEST

START_TEST(key_tells_what_it_is)
{
	RegCloseKey(make_key(SID));
	open_key();
	ck_assert_str_eq(tmd_env_key_path(key), PATH);
	ck_assert_str_eq(tmd_env_key_sid(key), SID);
	ck_assert_str_eq(tmd_env_key_user(key), SID);
	tmd_env_key_close(key);
	key = NULL;
	ck_ok(tmd_env_key_open("", &key, &err), err);
	ck_assert_str_eq(tmd_env_key_path(key), "HKEY_CURRENT_USER\\Environment");
	tmd_env_key_close(key);
	key = NULL;
	ck_ok(tmd_env_key_open(NULL, &key, &err), err);
	ck_assert(tmd_str_starts(tmd_env_key_path(key), "HKEY_LOCAL_MACHINE\\SYSTEM\\"));
	ck_assert_ptr_null(tmd_env_key_user(key));
	ck_assert_ptr_null(tmd_env_key_sid(key));
}
END_TEST

START_TEST(user_without_a_profile_is_not_found)
{
	ck_fails(tmd_env_key_open(SID, &key, &err), err, TMD_E_NOT_FOUND);
}
END_TEST

static bool has_privilege(const wchar_t *name)
{
	PRIVILEGE_SET set = { .PrivilegeCount = 1, .Control = PRIVILEGE_SET_ALL_NECESSARY };
	HANDLE token;
	BOOL has = FALSE;

	set.Privilege[0].Attributes = SE_PRIVILEGE_ENABLED;
	ck_assert(OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token));
	ck_assert(LookupPrivilegeValueW(NULL, name, &set.Privilege[0].Luid));
	ck_assert(PrivilegeCheck(token, &set, &has));
	CloseHandle(token);
	return has;
}

/* Wine takes a file of its own format for a hive, and Windows one of its: an empty one is neither.
 */
START_TEST(hive_that_cannot_be_loaded_leaves_nothing_behind)
{
	char dir[UNIT_DIR_MAX];
	HKEY made;

	unit_make_dir(dir);
	unit_write(dir, "NTUSER.DAT", "no hive", 7);
	ck_assert_int_eq(RegCreateKeyExA(HKEY_LOCAL_MACHINE, PROFILE, 0, NULL, 0, KEY_ALL_ACCESS,
					 NULL, &made, NULL),
			 ERROR_SUCCESS);
	RegSetValueExA(made, "ProfileImagePath", 0, REG_SZ, (const BYTE *)dir,
		       (DWORD)strlen(dir) + 1);
	RegCloseKey(made);
	ck_assert_int_ne(tmd_env_key_open(SID, &key, &err), TMD_OK);
	ck_assert(!has_privilege(L"SeRestorePrivilege") && !has_privilege(L"SeBackupPrivilege"));
	ck_assert_int_eq(RegOpenKeyA(HKEY_USERS, MOUNT, &made), ERROR_FILE_NOT_FOUND);
	unit_remove_tree(dir);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("registry");
	TCase *tc = tcase_create("values");
	TCase *users = tcase_create("users");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, text_is_read_raw_however_it_ends);
	tcase_add_test(tc, other_types_are_named);
	tcase_add_test(tc, default_value_is_no_variable);
	tcase_add_test(tc, long_values_are_read_whole_and_giants_as_no_text);
	tcase_add_test(tc, set_writes_type_text_and_end);
	tcase_add_test(tc, set_and_delete_find_a_name_in_any_case);
	tcase_add_test(tc, what_others_change_is_read_anew);
	tcase_add_test(tc, what_was_read_knows_our_own_changes);
	tcase_add_test(tc, missing_key_is_empty_and_made_by_the_first_value);
	tcase_add_test(tc, nothing_is_changed_without_permission_to_write);
	tcase_add_test(tc, registry_is_not_changed_for_an_offline_tree);
	tcase_add_test(tc, what_is_no_text_is_refused);
	suite_add_tcase(s, tc);
	tcase_add_checked_fixture(users, set_up, tear_down);
	tcase_add_test(users, users_are_found_by_sid_and_name);
	tcase_add_test(users, loaded_users_are_listed_without_their_classes);
	tcase_add_test(users, key_tells_what_it_is);
	tcase_add_test(users, hives_that_a_killed_run_left_are_released);
	tcase_add_test(users, user_without_a_profile_is_not_found);
	tcase_add_test(users, hive_that_cannot_be_loaded_leaves_nothing_behind);
	suite_add_tcase(s, users);
	return s;
}

UNIT_MAIN(suite)
