/* Replacing, removing and renaming: what is kept, what is left, what others see meanwhile. */
#include "sandbox.h"

#include <aclapi.h>
#include <sddl.h>

#include "os/path.h"
#include "os/proc.h"
#include "os/user.h"
#include "os/win32/fs_internal.h"

#define TEMP "root/.a.0123456789abcdef.trustmend-tmp"
#define HIDDEN_SYSTEM (FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM)

static const struct tmd_fs_attr keep = KEEP_ALL;

static void replace_ok(const char *path, const char *text, const struct tmd_fs_attr *attr)
{
	ck_ok(tmd_fs_replace(fs, path, text, strlen(text), attr, &err), err);
}

static uint64_t identity_of(const char *path)
{
	struct tmd_stat st;

	ck_ok(tmd_fs_lstat(fs, path, &st, &err), err);
	return st.inode;
}

START_TEST(nothing_is_written_before_writes_are_allowed)
{
	struct tmd_fs_attr attr = KEEP_ALL;

	attr.mode = 0444;
	put("root/a", "old");
	tmd_fs_allow_writes(fs, false);
	ck_assert(!tmd_fs_writes_allowed(fs));
	ck_fails(tmd_fs_replace(fs, "/a", "new", 3, NULL, &err), err, TMD_E_INTERNAL);
	ck_fails(tmd_fs_replace(fs, "/x/new", "new", 3, NULL, &err), err, TMD_E_INTERNAL);
	ck_fails(tmd_fs_remove(fs, "/a", &err), err, TMD_E_INTERNAL);
	ck_fails(tmd_fs_rename(fs, "/a", "/b", &err), err, TMD_E_INTERNAL);
	ck_fails(tmd_fs_set_attr(fs, "/a", &attr, &err), err, TMD_E_INTERNAL);
	ck_ok(tmd_fs_check_write(fs, "/a", &err), err);
	ck_ok(tmd_fs_check_write(fs, "/x/y/new", &err), err);
	ck_ok(tmd_fs_check_remove(fs, "/a", &err), err);
	ck_ok(tmd_fs_check_attr(fs, "/a", &attr, &err), err);
	assert_file("root/a", "old");
	ck_assert(!is_there("root/x"));
	ck_assert(!(attributes_of("root/a") & FILE_ATTRIBUTE_READONLY));
	assert_no_temporary_files("root");
}
END_TEST

START_TEST(a_new_file_comes_with_its_parents)
{
	replace_ok("/etc/ssl/certs/a", "new", NULL);
	assert_file("root/etc/ssl/certs/a", "new");
	ck_assert(!(attributes_of("root/etc/ssl/certs/a") &
		    (HIDDEN_SYSTEM | FILE_ATTRIBUTE_READONLY)));
	assert_no_temporary_files("root/etc/ssl/certs");
	ck_ok(tmd_fs_replace(live, below("root/live/dir/a"), "x", 1, &keep, &err), err);
	assert_file("root/live/dir/a", "x");
	replace_ok("C:\\etc\\ssl\\b", "y", NULL);
	assert_file("root/etc/ssl/b", "y");
}
END_TEST

START_TEST(bytes_are_written_as_they_are)
{
	static char data[300000];
	char *back;
	size_t len;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char)(i * 7 + i / 251);
	ck_ok(tmd_fs_replace(fs, "/a", data, sizeof(data), NULL, &err), err);
	back = unit_read(below("root/a"), &len);
	ck_assert_uint_eq(len, sizeof(data));
	ck_assert_mem_eq(back, data, len);
	free(back);
	replace_ok("/a", "a\nb\r\n", NULL);
	assert_file("root/a", "a\nb\r\n");
	replace_ok("/a", "", NULL);
	assert_file("root/a", "");
	replace_ok("/new", "", NULL);
	assert_file("root/new", "");
}
END_TEST

START_TEST(attributes_are_kept)
{
	const DWORD wanted = HIDDEN_SYSTEM | FILE_ATTRIBUTE_READONLY;

	put("root/a", "old");
	set_attributes("root/a", wanted);
	replace_ok("/a", "new", NULL);
	assert_file("root/a", "new");
	ck_assert_uint_eq(attributes_of("root/a") & wanted, wanted);
	set_attributes("root/a", FILE_ATTRIBUTE_HIDDEN);
	replace_ok("/a", "newer", &keep);
	ck_assert_uint_eq(attributes_of("root/a") & wanted, FILE_ATTRIBUTE_HIDDEN);
	assert_no_temporary_files("root");
}
END_TEST

START_TEST(the_read_only_attribute_can_be_asked_for)
{
	struct tmd_fs_attr attr = KEEP_ALL;

	attr.mode = 0444;
	replace_ok("/a", "x", &attr);
	ck_assert(attributes_of("root/a") & FILE_ATTRIBUTE_READONLY);
	replace_ok("/a", "y", NULL);
	ck_assert(attributes_of("root/a") & FILE_ATTRIBUTE_READONLY);
	attr.mode = 0644;
	replace_ok("/a", "y", &attr); /* the same content */
	ck_assert(!(attributes_of("root/a") & FILE_ATTRIBUTE_READONLY));
	attr.mode = 0444;
	ck_ok(tmd_fs_set_attr(fs, "/a", &attr, &err), err);
	ck_assert(attributes_of("root/a") & FILE_ATTRIBUTE_READONLY);
	attr.mode = 0644;
	replace_ok("/a", "z", &attr);
	ck_assert(!(attributes_of("root/a") & FILE_ATTRIBUTE_READONLY));
	ck_fails(tmd_fs_set_attr(fs, "/none", &attr, &err), err, TMD_E_NOT_FOUND);
}
END_TEST

static void assert_unsupported(const struct tmd_fs_attr *attr)
{
	ck_fails(tmd_fs_check_attr(fs, "/a", attr, &err), err, TMD_E_UNSUPPORTED);
	ck_assert(err.hint[0]);
	ck_fails(tmd_fs_check_attr(fs, "/new/x", attr, &err), err, TMD_E_UNSUPPORTED);
	ck_fails(tmd_fs_set_attr(fs, "/a", attr, &err), err, TMD_E_UNSUPPORTED);
	ck_fails(tmd_fs_replace(fs, "/a", "new", 3, attr, &err), err, TMD_E_UNSUPPORTED);
	ck_fails(tmd_fs_replace(fs, "/new/x", "new", 3, attr, &err), err, TMD_E_UNSUPPORTED);
	assert_file("root/a", "old");
	ck_assert(!is_there("root/new"));
}

START_TEST(modes_owners_and_groups_are_unsupported)
{
	struct tmd_fs_attr attr = KEEP_ALL;

	put("root/a", "old");
	attr.mode = 0600;
	assert_unsupported(&attr);
	ck_assert_ptr_nonnull(strstr(err.message, "access control lists instead of a mode"));
	attr.mode = 0755;
	assert_unsupported(&attr);
	attr.mode = TMD_KEEP;
	attr.uid = 0;
	assert_unsupported(&attr);
	attr.uid = TMD_KEEP;
	attr.gid = 0;
	assert_unsupported(&attr);
	attr.gid = TMD_KEEP;
	attr.dir_mode = 0700; /* says nothing here */
	ck_ok(tmd_fs_check_attr(fs, "/a", &attr, &err), err);
	ck_ok(tmd_fs_check_attr(fs, "/a", NULL, &err), err);
	ck_ok(tmd_fs_check_attr(fs, "/new", NULL, &err), err);
}
END_TEST

START_TEST(a_directory_has_no_attributes_to_set)
{
	struct tmd_fs_attr attr = KEEP_ALL;

	make_dir("root/dir");
	ck_ok(tmd_fs_set_attr(fs, "/dir", &attr, &err), err);
	attr.mode = 0755;
	ck_ok(tmd_fs_set_attr(fs, "/dir", &attr, &err), err);
	attr.mode = 0444;
	ck_fails(tmd_fs_set_attr(fs, "/dir", &attr, &err), err, TMD_E_UNSUPPORTED);
}
END_TEST

/* The access list as text; LocalFree() it. */
static wchar_t *access_of(const char *name)
{
	wchar_t *path = wide_path(below("%s", name));
	PSECURITY_DESCRIPTOR descriptor = NULL;
	wchar_t *text = NULL;

	ck_assert_uint_eq(GetNamedSecurityInfoW(path, SE_FILE_OBJECT, DACL_SECURITY_INFORMATION,
						NULL, NULL, NULL, NULL, &descriptor),
			  0);
	ck_assert(ConvertSecurityDescriptorToStringSecurityDescriptorW(
		descriptor, SDDL_REVISION_1, DACL_SECURITY_INFORMATION, &text, NULL));
	LocalFree(descriptor);
	free(path);
	return text;
}

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

static void assert_access_is_kept(const wchar_t *sddl)
{
	wchar_t *before;
	wchar_t *after;

	put("root/a", "old");
	set_access("root/a", sddl);
	before = access_of("root/a");
	replace_ok("/a", "new", NULL);
	after = access_of("root/a");
	ck_assert_msg(wcscmp(before, after) == 0, "%ls became %ls", before, after);
	LocalFree(before);
	LocalFree(after);
	ck_ok(tmd_fs_remove(fs, "/a", &err), err);
}

/* Wine says this with the mode of the file, Windows with the list itself. */
START_TEST(the_access_list_is_kept)
{
	wchar_t *inherited;
	wchar_t *narrow;

	put("root/b", "x");
	inherited = access_of("root/b");
	assert_access_is_kept(L"D:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;OW)");
	assert_access_is_kept(L"D:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;OW)(A;;FR;;;WD)");
	assert_access_is_kept(inherited);
	set_access("root/b", L"D:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;OW)");
	narrow = access_of("root/b");
	ck_assert_int_ne(wcscmp(narrow, inherited), 0); /* or nothing was tested */
	LocalFree(inherited);
	LocalFree(narrow);
}
END_TEST

START_TEST(inherited_entries_stay_inherited)
{
	if (is_wine()) {
		unit_skip("Wine has no inherited entries in access lists");
		return;
	}
	set_access("root", L"D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;WD)");
	put("root/a", "old");
	replace_ok("/a", "new", NULL);
	{
		wchar_t *text = access_of("root/a");

		ck_assert_ptr_nonnull(wcsstr(text, L"D:AI(A;ID;FA;;;SY)"));
		LocalFree(text);
	}
}
END_TEST

START_TEST(equal_content_is_not_written_again)
{
	uint64_t before;

	put("root/a", "same");
	before = identity_of("/a");
	replace_ok("/a", "same", NULL);
	ck_assert_uint_eq(identity_of("/a"), before);
	replace_ok("/a", "more", NULL);
	ck_assert_uint_ne(identity_of("/a"), before);
}
END_TEST

START_TEST(the_twin_of_a_hard_link_keeps_the_old_content)
{
	put("root/a", "old");
	ck_assert(CreateHardLinkA(below("root/twin"), below("root/a"), NULL));
	replace_ok("/a", "new", NULL);
	assert_file("root/a", "new");
	assert_file("root/twin", "old");
}
END_TEST

START_TEST(the_name_keeps_its_case)
{
	WIN32_FIND_DATAA found;
	HANDLE search;

	put("root/CaCert.pem", "old");
	replace_ok("/cacert.PEM", "new", NULL);
	search = FindFirstFileA(below("root/cacert.pem"), &found);
	ck_assert(search != INVALID_HANDLE_VALUE);
	FindClose(search);
	ck_assert_str_eq(found.cFileName, "CaCert.pem");
	assert_file("root/CaCert.pem", "new");
}
END_TEST

START_TEST(directories_are_not_replaced_or_removed)
{
	make_dir("root/dir");
	put("root/dir/x", "x");
	ck_fails(tmd_fs_check_write(fs, "/dir", &err), err, TMD_E_REFUSED);
	ck_fails(tmd_fs_replace(fs, "/dir", "x", 1, NULL, &err), err, TMD_E_REFUSED);
	ck_fails(tmd_fs_replace(fs, "/", "x", 1, NULL, &err), err, TMD_E_REFUSED);
	ck_fails(tmd_fs_check_remove(fs, "/dir", &err), err, TMD_E_REFUSED);
	ck_fails(tmd_fs_remove(fs, "/dir", &err), err, TMD_E_REFUSED);
	assert_file("root/dir/x", "x");
}
END_TEST

START_TEST(a_link_survives_and_its_target_changes)
{
	put("root/real", "old");
	if (!make_link("real", "root/link")) {
		unit_skip(UNIT_NO_LINKS);
		return;
	}
	replace_ok("/link", "new", NULL);
	ck_assert(unit_is_link(below("root/link")));
	assert_file("root/real", "new");
	ck_ok(tmd_fs_check_remove(fs, "/link", &err), err);
	ck_ok(tmd_fs_remove(fs, "/link", &err), err);
	ck_assert(!is_there("root/link"));
	assert_file("root/real", "new");
}
END_TEST

/* ---- temporary files ---- */

START_TEST(a_leftover_temporary_file_goes)
{
	put(TEMP, "half");
	set_attributes(TEMP, FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_READONLY);
	replace_ok("/a", "new", NULL);
	assert_no_temporary_files("root");
	put(TEMP, "half");
	replace_ok("/a", "new", NULL); /* nothing to write, still cleaned */
	assert_no_temporary_files("root");
	put(TEMP, "half");
	ck_ok(tmd_fs_remove(fs, "/a", &err), err);
	assert_no_temporary_files("root");
	put("root/.A.0123456789ABCDEF.trustmend-tmp", "half"); /* by another spelling */
	replace_ok("/a", "new", NULL);
	assert_no_temporary_files("root");
}
END_TEST

START_TEST(a_temporary_file_in_use_stays)
{
	HANDLE file;

	put("root/a", "old");
	put(TEMP, "half");
	file = hold(TEMP, GENERIC_READ | GENERIC_WRITE, TMD_SHARE_ALL);
	replace_ok("/a", "new", NULL);
	assert_file("root/a", "new");
	ck_assert(is_there(TEMP));
	CloseHandle(file);
	replace_ok("/a", "new", NULL);
	assert_no_temporary_files("root");
}
END_TEST

START_TEST(other_files_that_look_alike_stay)
{
	static const char *const names[] = {
		"root/.a.trustmend-tmp",
		"root/.a.0123456789abcdeX.trustmend-tmp",
		"root/.a.b.0123456789abcdef.trustmend-tmp",
		"root/.b.0123456789abcdef.trustmend-tmp",
		"root/.a.0123456789abcdef.trustmend-tmp.bak",
	};
	const size_t count = sizeof(names) / sizeof(*names);

	for (size_t i = 0; i < count; i++)
		put(names[i], "mine");
	replace_ok("/a", "new", NULL);
	for (size_t i = 0; i < count; i++)
		assert_file(names[i], "mine");
}
END_TEST

START_TEST(a_directory_of_such_a_name_is_in_nobodys_way)
{
	make_dir(TEMP);
	ck_ok(tmd_fs_check_write(fs, "/a", &err), err);
	replace_ok("/a", "new", NULL);
	assert_file("root/a", "new");
	ck_assert(is_there(TEMP));
}
END_TEST

START_TEST(very_long_names_have_temporary_files_too)
{
	char path[300] = "/";
	char name[300] = "root/";
	char temp[300] = "root/.";

	memset(path + 1, 'n', 255);
	memset(name + 5, 'n', 255);
	replace_ok(path, "old", NULL);
	replace_ok(path, "new", NULL);
	assert_file(name, "new");
	assert_no_temporary_files("root");
	memset(temp + 6, 'n', 190);
	put(temp, "mine");
	replace_ok(path, "newer", NULL);
	assert_file(temp, "mine");
}
END_TEST

/* ---- what others see, and what they are in the way of ---- */

#define TURNS 200
#define CONTENT_MAX 20000

struct reading {
	volatile LONG stop;
	volatile LONG reads;
	volatile LONG missing;
	volatile LONG partial;
	volatile LONG other;
	DWORD share;
	char path[UNIT_DIR_MAX + 16];
};

/* All of one letter, and as many of them as the letter says. */
static bool is_whole(const char *data, DWORD len)
{
	if (!len || data[0] < 'a' || data[0] > 'z' ||
	    len != (DWORD)(data[0] - 'a' + 1) * (CONTENT_MAX / 26))
		return false;
	for (DWORD i = 1; i < len; i++) {
		if (data[i] != data[0])
			return false;
	}
	return true;
}

static void read_once(struct reading *r)
{
	static _Thread_local char data[CONTENT_MAX + 1];
	DWORD len = 0;
	HANDLE file = CreateFileA(r->path, GENERIC_READ, r->share, NULL, OPEN_EXISTING, 0, NULL);

	if (file == INVALID_HANDLE_VALUE) {
		DWORD code = GetLastError();

		if (code == ERROR_FILE_NOT_FOUND || code == ERROR_PATH_NOT_FOUND)
			InterlockedIncrement(&r->missing);
		else if (code != ERROR_SHARING_VIOLATION || (r->share & FILE_SHARE_DELETE))
			InterlockedIncrement(&r->other);
		return;
	}
	InterlockedIncrement(&r->reads);
	if (!ReadFile(file, data, sizeof(data), &len, NULL) || !is_whole(data, len))
		InterlockedIncrement(&r->partial);
	CloseHandle(file);
}

static DWORD WINAPI read_again_and_again(void *arg)
{
	struct reading *r = arg;

	while (!r->stop) {
		read_once(r);
		Sleep(1); /* older systems replace only what nobody has open */
	}
	return 0;
}

static void write_letter(int turn)
{
	char data[CONTENT_MAX];
	char letter = (char)('a' + turn % 26);
	size_t len = (size_t)(letter - 'a' + 1) * (CONTENT_MAX / 26);

	memset(data, letter, len);
	ck_ok(tmd_fs_replace(fs, "/a", data, len, NULL, &err), err);
}

START_TEST(a_reader_sees_the_old_or_the_new_file)
{
	static struct reading friendly = { .share = TMD_SHARE_ALL };
	static struct reading usual = { .share = FILE_SHARE_READ | FILE_SHARE_WRITE };
	static struct reading *const readings[] = { &friendly, &usual };
	HANDLE threads[2];

	write_letter(0);
	for (size_t i = 0; i < 2; i++) {
		snprintf(readings[i]->path, sizeof(readings[i]->path), "%s", below("root/a"));
		threads[i] = CreateThread(NULL, 0, read_again_and_again, readings[i], 0, NULL);
		ck_assert_ptr_nonnull(threads[i]);
	}
	for (int i = 1; i <= TURNS; i++)
		write_letter(i);
	for (size_t i = 0; i < 2; i++) {
		InterlockedExchange(&readings[i]->stop, 1);
		WaitForSingleObject(threads[i], INFINITE);
		CloseHandle(threads[i]);
		ck_assert_int_gt(readings[i]->reads, 20);
		ck_assert_int_eq(readings[i]->missing, 0);
		ck_assert_int_eq(readings[i]->partial, 0);
		ck_assert_int_eq(readings[i]->other, 0);
	}
	assert_no_temporary_files("root");
}
END_TEST

static DWORD WINAPI release_soon(void *file)
{
	Sleep(300);
	CloseHandle(file);
	return 0;
}

START_TEST(a_file_in_use_is_waited_for)
{
	static const DWORD shares[] = { 0, FILE_SHARE_READ, FILE_SHARE_READ | FILE_SHARE_WRITE };

	for (size_t i = 0; i < sizeof(shares) / sizeof(*shares); i++) {
		HANDLE thread;

		put("root/a", "old");
		thread = CreateThread(NULL, 0, release_soon,
				      hold("root/a", GENERIC_READ, shares[i]), 0, NULL);
		ck_assert_ptr_nonnull(thread);
		replace_ok("/a", "new", NULL);
		assert_file("root/a", "new");
		WaitForSingleObject(thread, INFINITE);
		CloseHandle(thread);
		thread = CreateThread(NULL, 0, release_soon,
				      hold("root/a", GENERIC_READ, shares[i]), 0, NULL);
		ck_ok(tmd_fs_remove(fs, "/a", &err), err);
		ck_assert(!is_there("root/a"));
		WaitForSingleObject(thread, INFINITE);
		CloseHandle(thread);
	}
}
END_TEST

static void assert_busy(enum tmd_rc rc, const char *path)
{
	ck_assert_int_eq(rc, TMD_FAILED);
	ck_assert_msg(err.kind == TMD_E_BUSY, "kind %d: %s", (int)err.kind, err.message);
	ck_assert_str_eq(err.path, path);
	ck_assert_ptr_nonnull(strstr(err.hint, "close the program"));
}

START_TEST(a_file_that_stays_in_use_is_busy_and_nothing_is_left)
{
	static const DWORD shares[] = { 0, FILE_SHARE_READ, FILE_SHARE_READ | FILE_SHARE_WRITE };

	for (size_t i = 0; i < sizeof(shares) / sizeof(*shares); i++) {
		ULONGLONG start = GetTickCount64();
		HANDLE file;

		put("root/a", "old");
		file = hold("root/a", GENERIC_READ, shares[i]);
		assert_busy(tmd_fs_replace(fs, "/a", "new", 3, NULL, &err), "/a");
		ck_assert_uint_ge(GetTickCount64() - start, 1900);
		ck_assert_uint_lt(GetTickCount64() - start, 60000); /* a busy machine's */
		assert_no_temporary_files("root");
		ck_ok(tmd_fs_check_write(fs, "/a", &err), err); /* it may be free by then */
		ck_ok(tmd_fs_check_remove(fs, "/a", &err), err);
		CloseHandle(file);
		assert_file("root/a", "old");
	}
}
END_TEST

START_TEST(what_stays_in_use_is_not_removed_or_renamed)
{
	HANDLE file;

	put("root/a", "old");
	file = hold("root/a", GENERIC_READ, FILE_SHARE_READ);
	assert_busy(tmd_fs_remove(fs, "/a", &err), "/a");
	assert_busy(tmd_fs_rename(fs, "/a", "/b", &err), "/a");
	CloseHandle(file);
	assert_file("root/a", "old");
	ck_assert(!is_there("root/b"));
}
END_TEST

START_TEST(a_busy_read_only_file_stays_read_only)
{
	HANDLE file;

	put("root/a", "old");
	set_attributes("root/a", FILE_ATTRIBUTE_READONLY | FILE_ATTRIBUTE_HIDDEN);
	file = hold("root/a", GENERIC_READ, FILE_SHARE_READ);
	assert_busy(tmd_fs_replace(fs, "/a", "new", 3, NULL, &err), "/a");
	CloseHandle(file);
	ck_assert_uint_eq(attributes_of("root/a") &
				  (FILE_ATTRIBUTE_READONLY | FILE_ATTRIBUTE_HIDDEN),
			  FILE_ATTRIBUTE_READONLY | FILE_ATTRIBUTE_HIDDEN);
	assert_no_temporary_files("root");
}
END_TEST

START_TEST(a_failure_takes_back_the_parents_it_made)
{
	char path[500] = "/old/made/sub/";

	/* 200 characters are a name for Windows, but too many bytes for what Wine stores it in. */
	for (size_t i = 0; i < 200; i++)
		memcpy(path + strlen("/old/made/sub/") + 2 * i, "\xC3\xBC", 3);
	if (!is_wine()) {
		unit_skip("here is no name that the file system refuses and we do not");
		return;
	}
	make_dir("root/old");
	ck_assert_int_eq(tmd_fs_replace(fs, path, "x", 1, NULL, &err), TMD_FAILED);
	ck_assert(is_there("root/old"));
	ck_assert(!is_there("root/old/made"));
}
END_TEST

START_TEST(nothing_is_made_where_a_file_is_in_the_way)
{
	char path[300] = "/made/sub/";

	memset(path + 10, 'n', 256);
	ck_fails(tmd_fs_replace(fs, path, "x", 1, NULL, &err), err, TMD_E_INVALID_INPUT);
	ck_assert(!is_there("root/made"));
	put("root/file", "x");
	ck_fails(tmd_fs_replace(fs, "/file/made/x", "x", 1, NULL, &err), err, TMD_E_NOT_FOUND);
	assert_file("root/file", "x");
}
END_TEST

/* ---- remove and rename ---- */

START_TEST(remove_takes_files_and_does_not_miss_them)
{
	put("root/a", "x");
	put("root/b", "x");
	set_attributes("root/b", HIDDEN_SYSTEM | FILE_ATTRIBUTE_READONLY);
	ck_ok(tmd_fs_check_remove(fs, "/a", &err), err);
	ck_ok(tmd_fs_remove(fs, "/a", &err), err);
	ck_assert(!is_there("root/a"));
	ck_ok(tmd_fs_remove(fs, "/a", &err), err);
	ck_ok(tmd_fs_remove(fs, "/b", &err), err);
	ck_assert(!is_there("root/b"));
	ck_ok(tmd_fs_remove(fs, "/no/such/dir", &err), err);
	ck_ok(tmd_fs_check_remove(fs, "/no/such/dir", &err), err);
}
END_TEST

START_TEST(the_twin_of_a_removed_read_only_file_stays_read_only)
{
	put("root/a", "x");
	ck_assert(CreateHardLinkA(below("root/twin"), below("root/a"), NULL));
	set_attributes("root/a", FILE_ATTRIBUTE_READONLY);
	ck_ok(tmd_fs_remove(fs, "/a", &err), err);
	ck_assert(!is_there("root/a"));
	ck_assert(attributes_of("root/twin") & FILE_ATTRIBUTE_READONLY);
	assert_file("root/twin", "x");
}
END_TEST

START_TEST(rename_never_overwrites_and_stays_in_its_directory)
{
	put("root/a", "a");
	put("root/b", "b");
	make_dir("root/dir");
	ck_fails(tmd_fs_rename(fs, "/a", "/b", &err), err, TMD_E_CONFLICT);
	ck_fails(tmd_fs_rename(fs, "/a", "/dir", &err), err, TMD_E_CONFLICT);
	ck_fails(tmd_fs_rename(fs, "/a", "/dir/a", &err), err, TMD_E_INVALID_INPUT);
	ck_fails(tmd_fs_rename(fs, "/a", "/none/a", &err), err, TMD_E_INVALID_INPUT);
	ck_fails(tmd_fs_rename(fs, "/none", "/c", &err), err, TMD_E_NOT_FOUND);
	ck_fails(tmd_fs_rename(fs, "/dir", "/c", &err), err, TMD_E_REFUSED);
	assert_file("root/a", "a");
	assert_file("root/b", "b");
	ck_ok(tmd_fs_rename(fs, "/a", "C:\\dir\\..\\c", &err), err);
	assert_file("root/c", "a");
	ck_assert(!is_there("root/a"));
}
END_TEST

/* ---- ProgramData ---- */

/* The real one, so with a name that is ours alone. */
START_TEST(users_may_only_read_what_is_made_below_programdata)
{
	char *data = tmd_program_data_path();
	char *name = tmd_format("trustmend-unit-%lx", GetCurrentProcessId());
	char *dir = tmd_path_join(data, name);
	char *path = tmd_path_join(dir, "sub/ca.pem");
	bool readable = false;
	char *why = NULL;
	PSECURITY_DESCRIPTOR descriptor = NULL;
	wchar_t *wide = wide_path(dir);
	wchar_t *text = NULL;

	if (!tmd_user_is_admin()) {
		unit_skip("the caller is not elevated");
	} else {
		ck_ok(tmd_fs_check_write(live, path, &err), err);
		ck_assert(!unit_exists(dir));
		ck_ok(tmd_fs_replace(live, path, "x", 1, NULL, &err), err);
		ck_ok(tmd_fs_replace(live, path, "y", 1, NULL, &err), err);
		ck_assert_uint_eq(GetNamedSecurityInfoW(wide, SE_FILE_OBJECT,
							DACL_SECURITY_INFORMATION, NULL, NULL, NULL,
							NULL, &descriptor),
				  0);
		ck_assert(ConvertSecurityDescriptorToStringSecurityDescriptorW(
			descriptor, SDDL_REVISION_1, DACL_SECURITY_INFORMATION, &text, NULL));
		if (is_wine()) {
			unit_skip("Wine keeps no entry of Users in access lists");
		} else {
			ck_ok(tmd_fs_world_readable(live, path, &readable, &why, &err), err);
			ck_assert(readable);
			ck_assert_ptr_nonnull(wcsstr(text, L"D:P"));
			ck_assert_ptr_nonnull(wcsstr(text, L"(A;OICI;0x1200a9;;;BU)"));
		}
		LocalFree(text);
		LocalFree(descriptor);
		unit_remove_tree(dir);
	}
	free(wide);
	free(path);
	free(dir);
	free(name);
	free(data);
}
END_TEST

static void set_live_access(const char *path, const wchar_t *sddl)
{
	PSECURITY_DESCRIPTOR descriptor = NULL;
	wchar_t *wide = wide_path(path);

	ck_assert(ConvertStringSecurityDescriptorToSecurityDescriptorW(sddl, SDDL_REVISION_1,
								       &descriptor, NULL));
	ck_assert(SetFileSecurityW(wide, DACL_SECURITY_INFORMATION, descriptor));
	LocalFree(descriptor);
	free(wide);
}

static void assert_refused_live(const char *path, const char *name)
{
	struct tmd_sid everyone;
	DWORD size = sizeof(everyone.bytes);
	TMD_AUTO_FREE char *user = NULL;
	struct tmd_buf data;
	struct tmd_stat st;

	ck_assert(CreateWellKnownSid(WinWorldSid, NULL, everyone.bytes, &size));
	user = tmd_sid_name(&everyone);
	ck_fails(tmd_fs_check_write(live, path, &err), err, TMD_E_REFUSED);
	ck_assert_msg(strstr(err.message, name) && strstr(err.message, user), "%s", err.message);
	ck_fails(tmd_fs_replace(live, path, "new", 3, NULL, &err), err, TMD_E_REFUSED);
	ck_fails(tmd_fs_remove(live, path, &err), err, TMD_E_REFUSED);
	tmd_buf_init(&data, 0);
	ck_ok(tmd_fs_read(live, path, 0, &data, &st, &err), err);
	ck_assert_str_eq(tmd_buf_str(&data), "x");
	tmd_buf_release(&data);
}

#define EVERYONE_READS L"D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;WD)(A;OICI;FA;;;OW)"
#define EVERYONE_WRITES L"D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;WD)"

/* Everyone is the one user besides the owner whose rights Wine keeps. */
START_TEST(what_everybody_may_change_below_programdata_is_refused)
{
	TMD_AUTO_FREE char *data = tmd_program_data_path();
	TMD_AUTO_FREE char *name = tmd_format("trustmend-unit-%lx", GetCurrentProcessId());
	TMD_AUTO_FREE char *dir = tmd_path_join(data, name);
	TMD_AUTO_FREE char *path = tmd_path_join(dir, "ca.pem");

	if (!tmd_user_is_admin()) {
		unit_skip("the caller is not elevated");
		return;
	}
	ck_ok(tmd_fs_replace(live, path, "x", 1, NULL, &err), err);
	set_live_access(path, EVERYONE_WRITES);
	assert_refused_live(path, "the file ca.pem");
	set_live_access(path, EVERYONE_READS);
	ck_ok(tmd_fs_check_write(live, path, &err), err);
	set_live_access(dir, EVERYONE_WRITES);
	assert_refused_live(path, "the directory trustmend-unit-");
	set_live_access(dir, EVERYONE_READS);
	ck_ok(tmd_fs_replace(live, path, "new", 3, NULL, &err), err);
	ck_ok(tmd_fs_remove(live, path, &err), err);
	unit_remove_tree(dir);
}
END_TEST

static Suite *suite_fn(void)
{
	Suite *suite = suite_create("os/fs_write");
	TCase *cases = tcase_create("all");

	tcase_add_checked_fixture(cases, sandbox_setup, sandbox_teardown);
	tcase_add_test(cases, nothing_is_written_before_writes_are_allowed);
	tcase_add_test(cases, a_new_file_comes_with_its_parents);
	tcase_add_test(cases, bytes_are_written_as_they_are);
	tcase_add_test(cases, attributes_are_kept);
	tcase_add_test(cases, the_read_only_attribute_can_be_asked_for);
	tcase_add_test(cases, modes_owners_and_groups_are_unsupported);
	tcase_add_test(cases, a_directory_has_no_attributes_to_set);
	tcase_add_test(cases, the_access_list_is_kept);
	tcase_add_test(cases, inherited_entries_stay_inherited);
	tcase_add_test(cases, equal_content_is_not_written_again);
	tcase_add_test(cases, the_twin_of_a_hard_link_keeps_the_old_content);
	tcase_add_test(cases, the_name_keeps_its_case);
	tcase_add_test(cases, directories_are_not_replaced_or_removed);
	tcase_add_test(cases, a_link_survives_and_its_target_changes);
	tcase_add_test(cases, a_leftover_temporary_file_goes);
	tcase_add_test(cases, a_temporary_file_in_use_stays);
	tcase_add_test(cases, other_files_that_look_alike_stay);
	tcase_add_test(cases, a_directory_of_such_a_name_is_in_nobodys_way);
	tcase_add_test(cases, very_long_names_have_temporary_files_too);
	tcase_add_test(cases, a_reader_sees_the_old_or_the_new_file);
	tcase_add_test(cases, a_file_in_use_is_waited_for);
	tcase_add_test(cases, a_file_that_stays_in_use_is_busy_and_nothing_is_left);
	tcase_add_test(cases, what_stays_in_use_is_not_removed_or_renamed);
	tcase_add_test(cases, a_busy_read_only_file_stays_read_only);
	tcase_add_test(cases, a_failure_takes_back_the_parents_it_made);
	tcase_add_test(cases, nothing_is_made_where_a_file_is_in_the_way);
	tcase_add_test(cases, remove_takes_files_and_does_not_miss_them);
	tcase_add_test(cases, the_twin_of_a_removed_read_only_file_stays_read_only);
	tcase_add_test(cases, rename_never_overwrites_and_stays_in_its_directory);
	tcase_add_test(cases, users_may_only_read_what_is_made_below_programdata);
	tcase_add_test(cases, what_everybody_may_change_below_programdata_is_refused);
	suite_add_tcase(suite, cases);
	return suite;
}

UNIT_MAIN(suite_fn)
