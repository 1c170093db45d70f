/* The lock: one holder at a time, waiting with an end, gone with its process. */
#include "as_user.h"
#include "child.h"

#include <aclapi.h>
#include <sddl.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/fs.h"
#include "os/lock.h"
#include "os/proc.h"
#include "os/win32/fs_internal.h"

static struct tmd_error err;
static char root[UNIT_DIR_MAX];
static struct tmd_fs *fs;

static void setup(void)
{
	unit_make_dir(root);
	ck_ok(tmd_fs_open(root, &fs, &err), err);
	tmd_fs_allow_writes(fs, true);
}

static void teardown(void)
{
	tmd_fs_free(fs);
	unit_remove_tree(root);
}

/* A path below the scratch root. */
static const char *below(const char *name)
{
	static char path[UNIT_PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", root, name);
	return path;
}

/* A child that takes the lock below `dir`, says so, and holds it until it is killed. */
static struct child start_holder(const char *dir)
{
	wchar_t arguments[UNIT_DIR_MAX + 16];
	struct child child;
	char byte;
	DWORD got;

	ck_assert_int_gt(swprintf(arguments, UNIT_DIR_MAX + 16, L"hold \"%hs\"", dir), 0);
	child = child_start(arguments, NULL);
	ck_assert(ReadFile(child.output, &byte, 1, &got, NULL));
	ck_assert_int_eq(byte, '!');
	return child;
}

START_TEST(one_holder_at_a_time)
{
	struct tmd_lock *lock = NULL;
	struct tmd_lock *second = NULL;

	ck_ok(tmd_lock_acquire(fs, 0, &lock, &err), err);
	ck_assert(unit_exists(below("trustmend.lock")));
	ck_fails(tmd_lock_acquire(fs, 0, &second, &err), err, TMD_E_BUSY);
	ck_assert_str_ne(err.hint, "");
	ck_assert_ptr_null(second);
	ck_ok(tmd_lock_check(fs, &err), err);
	tmd_lock_release(lock);
	ck_ok(tmd_lock_acquire(fs, 0, &second, &err), err);
	tmd_lock_release(second);
	tmd_lock_release(NULL);
}
END_TEST

START_TEST(the_gate_is_before_the_lock_too)
{
	struct tmd_lock *lock = NULL;

	tmd_fs_allow_writes(fs, false);
	ck_fails(tmd_lock_acquire(fs, 0, &lock, &err), err, TMD_E_INTERNAL);
	ck_assert(!unit_exists(below("trustmend.lock")));
}
END_TEST

START_TEST(another_process_is_waited_for_until_the_timeout)
{
	struct tmd_lock *lock = NULL;
	struct child holder = start_holder(root);
	int64_t begun = tmd_monotonic_ms();
	int64_t took;

	ck_fails(tmd_lock_acquire(fs, 1, &lock, &err), err, TMD_E_BUSY);
	took = tmd_monotonic_ms() - begun;
	ck_assert_int_ge(took, 1000);
	ck_assert_int_lt(took, 100000); /* seconds, and no other unit */
	begun = tmd_monotonic_ms();
	ck_fails(tmd_lock_acquire(fs, 0, &lock, &err), err, TMD_E_BUSY);
	ck_assert_int_lt(tmd_monotonic_ms() - begun, 100000);
	child_kill(&holder);
}
END_TEST

static DWORD WINAPI kill_soon(void *holder)
{
	Sleep(300);
	return TerminateProcess(((struct child *)holder)->process, 9);
}

START_TEST(the_lock_dies_with_its_process_and_a_waiter_gets_it)
{
	struct tmd_lock *lock = NULL;
	struct child holder = start_holder(root);
	int64_t begun = tmd_monotonic_ms();
	HANDLE killer = CreateThread(NULL, 0, kill_soon, &holder, 0, NULL);

	ck_ok(tmd_lock_acquire(fs, 300, &lock, &err), err);
	ck_assert_int_ge(tmd_monotonic_ms() - begun, 250);
	tmd_lock_release(lock);
	WaitForSingleObject(killer, INFINITE);
	CloseHandle(killer);
	ck_assert_int_eq(child_wait(&holder), 9);
}
END_TEST

START_TEST(the_file_of_a_held_lock_cannot_be_removed_or_replaced)
{
	struct tmd_lock *lock = NULL;
	char other[UNIT_PATH_MAX];

	ck_ok(tmd_lock_acquire(fs, 0, &lock, &err), err);
	unit_write(root, "other", "", 0);
	snprintf(other, sizeof(other), "%s/other", root);
	ck_assert(!DeleteFileA(below("trustmend.lock")));
	ck_assert(!MoveFileExA(other, below("trustmend.lock"), MOVEFILE_REPLACE_EXISTING));
	ck_assert(!MoveFileExA(below("trustmend.lock"), other, MOVEFILE_REPLACE_EXISTING));
	tmd_lock_release(lock);
}
END_TEST

START_TEST(an_image_is_left_as_it_was)
{
	struct tmd_lock *lock = NULL;
	struct tmd_strv names = { 0 };
	struct child holder;

	ck_ok(tmd_lock_acquire(fs, 0, &lock, &err), err);
	ck_assert(unit_exists(below("trustmend.lock")));
	tmd_lock_release(lock);
	ck_ok(tmd_fs_list(fs, "/", &names, &err), err);
	ck_assert_uint_eq(names.count, 0);
	tmd_strv_release(&names);
	/* Whoever is killed leaves it to the next one. */
	holder = start_holder(root);
	child_kill(&holder);
	ck_assert(unit_exists(below("trustmend.lock")));
	ck_ok(tmd_lock_acquire(fs, 300, &lock, &err), err);
	tmd_lock_release(lock);
	ck_assert(!unit_exists(below("trustmend.lock")));
}
END_TEST

START_TEST(the_file_stays_while_somebody_else_has_it_open)
{
	struct tmd_lock *lock = NULL;
	HANDLE file;

	ck_ok(tmd_lock_acquire(fs, 0, &lock, &err), err);
	file = CreateFileA(below("trustmend.lock"), GENERIC_READ,
			   FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
	ck_assert_ptr_ne(file, INVALID_HANDLE_VALUE);
	tmd_lock_release(lock);
	ck_assert(unit_exists(below("trustmend.lock")));
	ck_ok(tmd_lock_acquire(fs, 0, &lock, &err), err);
	CloseHandle(file);
	tmd_lock_release(lock);
	ck_assert(!unit_exists(below("trustmend.lock")));
}
END_TEST

START_TEST(a_file_of_that_name_with_something_in_it_is_not_ours_to_remove)
{
	struct tmd_lock *lock = NULL;
	char *content;

	unit_write(root, "trustmend.lock", "mine", 4);
	ck_ok(tmd_lock_acquire(fs, 0, &lock, &err), err);
	tmd_lock_release(lock);
	content = unit_read(below("trustmend.lock"), NULL);
	ck_assert_str_eq(content, "mine");
	free(content);
}
END_TEST

#define COUNTERS 4
#define TURNS 40

/* Each turn of each process makes the file, holds the lock, and removes the file again. */
START_TEST(processes_that_make_and_remove_the_file_never_hold_the_lock_together)
{
	struct child children[COUNTERS];
	wchar_t arguments[UNIT_DIR_MAX + 16];
	char *counted;

	unit_write(root, "counter", "0", 1);
	ck_assert_int_gt(swprintf(arguments, UNIT_DIR_MAX + 16, L"count \"%hs\"", root), 0);
	for (size_t i = 0; i < COUNTERS; i++)
		children[i] = child_start(arguments, NULL);
	for (size_t i = 0; i < COUNTERS; i++)
		ck_assert_int_eq(child_wait(&children[i]), 0);
	counted = unit_read(below("counter"), NULL);
	ck_assert_int_eq(atoi(counted), COUNTERS * TURNS);
	free(counted);
	ck_assert(!unit_exists(below("trustmend.lock")));
}
END_TEST

START_TEST(a_file_that_somebody_will_not_share_counts_as_held)
{
	struct tmd_lock *lock = NULL;
	HANDLE file;

	unit_write(root, "trustmend.lock", "", 0);
	file = CreateFileA(below("trustmend.lock"), GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);
	ck_assert_ptr_ne(file, INVALID_HANDLE_VALUE);
	ck_fails(tmd_lock_acquire(fs, 0, &lock, &err), err, TMD_E_BUSY);
	ck_ok(tmd_lock_check(fs, &err), err);
	CloseHandle(file);
	ck_ok(tmd_lock_acquire(fs, 0, &lock, &err), err);
	tmd_lock_release(lock);
}
END_TEST

static void assert_no_lock_file(void)
{
	struct tmd_lock *lock = NULL;

	ck_fails(tmd_lock_acquire(fs, 0, &lock, &err), err, TMD_E_REFUSED);
	ck_assert_str_eq(err.path, "/trustmend.lock");
	ck_assert_str_eq(err.hint, "remove /trustmend.lock");
	ck_fails(tmd_lock_check(fs, &err), err, TMD_E_REFUSED);
}

START_TEST(a_directory_is_no_lock_file)
{
	unit_mkdir(below("trustmend.lock"));
	assert_no_lock_file();
}
END_TEST

START_TEST(a_link_is_no_lock_file)
{
	unit_write(root, "victim", "x", 1);
	if (!unit_symlink("victim", below("trustmend.lock"))) {
		unit_skip(UNIT_NO_LINKS);
		return;
	}
	assert_no_lock_file();
	ck_assert(DeleteFileA(below("trustmend.lock")));
}
END_TEST

START_TEST(a_hard_link_is_no_lock_file)
{
	char other[UNIT_PATH_MAX];

	unit_write(root, "victim", "", 0);
	snprintf(other, sizeof(other), "%s/victim", root);
	ck_assert(CreateHardLinkA(below("trustmend.lock"), other, NULL));
	assert_no_lock_file();
}
END_TEST

START_TEST(checking_makes_nothing_and_does_not_wait)
{
	struct child holder;
	int64_t begun;

	tmd_fs_allow_writes(fs, false);
	ck_ok(tmd_lock_check(fs, &err), err);
	ck_assert(!unit_exists(below("trustmend.lock")));
	holder = start_holder(root);
	begun = tmd_monotonic_ms();
	ck_ok(tmd_lock_check(fs, &err), err);
	ck_assert_int_lt(tmd_monotonic_ms() - begun, 100000);
	child_kill(&holder);
}
END_TEST

/* ---- the live machine ---- */

static void open_live(void)
{
	tmd_fs_free(fs);
	ck_ok(tmd_fs_open(NULL, &fs, &err), err);
	tmd_fs_allow_writes(fs, true);
}

/* Wine keeps of an access list what the modes of unix can say, with other words. */
static void assert_private(const char *path)
{
	static const char *const others[] = { ";;;WD)", ";;;BU)", ";;;AU)", ";;;IU)" };
	PSECURITY_DESCRIPTOR descriptor;
	char *text;

	ck_assert_uint_eq(GetNamedSecurityInfoA(path, SE_FILE_OBJECT, DACL_SECURITY_INFORMATION,
						NULL, NULL, NULL, NULL, &descriptor),
			  ERROR_SUCCESS);
	ck_assert(ConvertSecurityDescriptorToStringSecurityDescriptorA(
		descriptor, SDDL_REVISION_1, DACL_SECURITY_INFORMATION, &text, NULL));
	ck_assert_msg(strstr(text, "(A;;FA;;;SY)") != NULL, "%s", text);
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		ck_assert_msg(!strstr(text, others[i]), "%s", text);
	LocalFree(text);
	LocalFree(descriptor);
}

START_TEST(an_administrators_lock_is_the_machines_and_nobody_elses_to_open)
{
	TMD_AUTO_FREE char *data = tmd_program_files_path();
	TMD_AUTO_FREE char *path = tmd_format("%s\\trustmend\\lock", data);
	struct tmd_lock *lock = NULL;
	struct tmd_lock *second = NULL;
	char self[40];

	if (!become_user()) {
		unit_skip("the tests are not run by an administrator");
		return;
	}
	become_self();
	open_live();
	ck_ok(tmd_lock_check(fs, &err), err);
	ck_ok(tmd_lock_acquire(fs, 0, &lock, &err), err);
	ck_fails(tmd_lock_acquire(fs, 0, &second, &err), err, TMD_E_BUSY);
	snprintf(self, sizeof(self), ": process %lu", GetCurrentProcessId());
	ck_assert_msg(tmd_str_ends(err.message, self), "%s", err.message);
	tmd_lock_release(lock);
	ck_assert(unit_exists(path));
	assert_private(path);
}
END_TEST

START_TEST(a_user_has_a_lock_of_his_own)
{
	TMD_AUTO_FREE char *data = tmd_program_files_path();
	TMD_AUTO_FREE char *shared = tmd_format("%s\\trustmend\\lock", data);
	bool missing = DeleteFileA(shared) || !unit_exists(shared);
	char before[1024] = "";
	struct tmd_lock *lock = NULL;
	enum tmd_rc checked;
	enum tmd_rc rc;
	bool user;

	open_live();
	GetEnvironmentVariableA("LOCALAPPDATA", before, sizeof(before));
	ck_assert(SetEnvironmentVariableA("LOCALAPPDATA", root));
	user = become_user();
	checked = tmd_lock_check(fs, &err);
	rc = tmd_lock_acquire(fs, 0, &lock, &err);
	if (user)
		become_self();
	SetEnvironmentVariableA("LOCALAPPDATA", before);
	ck_assert_msg(rc == TMD_OK, "%s (%s)", err.message, err.path);
	ck_assert_int_eq(checked, TMD_OK);
	tmd_lock_release(lock);
	ck_assert(unit_exists(below("trustmend/lock")));
	/* The machine's he must not make: it would be his. */
	ck_assert(!missing || !unit_exists(shared));
}
END_TEST

/* ---- roles ---- */

static int hold(const char *dir)
{
	struct tmd_error failure;
	struct tmd_lock *lock;
	struct tmd_fs *tree;

	if (tmd_fs_open(dir, &tree, &failure))
		return 51;
	tmd_fs_allow_writes(tree, true);
	if (tmd_lock_acquire(tree, 0, &lock, &failure))
		return 52;
	child_say("!");
	tmd_sleep_ms(600000);
	return 53;
}

/* Reads a number, lets others run, and writes the next one: two at once lose some. */
static bool count_on(const char *path)
{
	char text[16] = "";
	FILE *file = fopen(path, "rb+");
	int number;

	if (!file || !fgets(text, sizeof(text), file))
		return false;
	number = atoi(text);
	Sleep(1);
	rewind(file);
	fprintf(file, "%d", number + 1);
	return fclose(file) == 0;
}

static int count(const char *dir)
{
	struct tmd_error failure;
	struct tmd_fs *tree;
	char path[UNIT_PATH_MAX];

	snprintf(path, sizeof(path), "%s/counter", dir);
	if (tmd_fs_open(dir, &tree, &failure))
		return 51;
	tmd_fs_allow_writes(tree, true);
	for (int i = 0; i < TURNS; i++) {
		struct tmd_lock *lock = NULL;

		if (tmd_lock_acquire(tree, 600, &lock, &failure)) {
			fprintf(stderr, "%s (%s)\n", failure.message, failure.path);
			return 52;
		}
		if (!count_on(path))
			return 54;
		tmd_lock_release(lock);
	}
	tmd_fs_free(tree);
	return 0;
}

static int role(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[0], "count") == 0)
		return count(argv[1]);
	return argc == 2 && strcmp(argv[0], "hold") == 0 ? hold(argv[1]) : 98;
}

static Suite *suite_fn(void)
{
	Suite *suite = suite_create("os/lock");
	TCase *cases = tcase_create("all");

	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, one_holder_at_a_time);
	tcase_add_test(cases, the_gate_is_before_the_lock_too);
	tcase_add_test(cases, another_process_is_waited_for_until_the_timeout);
	tcase_add_test(cases, the_lock_dies_with_its_process_and_a_waiter_gets_it);
	tcase_add_test(cases, the_file_of_a_held_lock_cannot_be_removed_or_replaced);
	tcase_add_test(cases, an_image_is_left_as_it_was);
	tcase_add_test(cases, the_file_stays_while_somebody_else_has_it_open);
	tcase_add_test(cases, a_file_of_that_name_with_something_in_it_is_not_ours_to_remove);
	tcase_add_test(cases,
		       processes_that_make_and_remove_the_file_never_hold_the_lock_together);
	tcase_add_test(cases, a_file_that_somebody_will_not_share_counts_as_held);
	tcase_add_test(cases, a_directory_is_no_lock_file);
	tcase_add_test(cases, a_link_is_no_lock_file);
	tcase_add_test(cases, a_hard_link_is_no_lock_file);
	tcase_add_test(cases, checking_makes_nothing_and_does_not_wait);
	tcase_add_test(cases, an_administrators_lock_is_the_machines_and_nobody_elses_to_open);
	tcase_add_test(cases, a_user_has_a_lock_of_his_own);
	suite_add_tcase(suite, cases);
	return suite;
}

CHILD_MAIN(suite_fn, role)
