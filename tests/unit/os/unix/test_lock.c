/* The lock: one holder at a time, waiting with an end, gone with its process. */
#include "sandbox.h"

#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>

#include "os/lock.h"
#include "os/proc.h"

/* A child that takes the lock, says so, and holds it until it is killed. */
static pid_t start_holder(void)
{
	int ready[2];
	char byte = 0;
	pid_t pid;

	ck_assert_int_eq(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		struct tmd_lock *lock;

		if (tmd_lock_acquire(fs, 0, &lock, &err) != TMD_OK)
			_exit(1);
		if (write(ready[1], "x", 1) != 1)
			_exit(2);
		for (;;)
			pause();
	}
	close(ready[1]);
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

static void end_holder(pid_t pid)
{
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

START_TEST(the_lock_file_is_made_private_with_its_directory)
{
	struct tmd_lock *lock = NULL;
	struct tmd_lock *second = NULL;

	ck_ok(tmd_lock_acquire(fs, 0, &lock, &err), err);
	ck_assert_uint_eq(mode_of("root/run"), 0755);
	ck_assert_uint_eq(mode_of("root/run/trustmend.lock"), 0600);
	ck_fails(tmd_lock_acquire(fs, 0, &second, &err), err, TMD_E_BUSY);
	ck_assert_str_ne(err.hint, "");
	tmd_lock_release(lock);
	ck_ok(tmd_lock_acquire(fs, 0, &second, &err), err);
	tmd_lock_release(second);
	tmd_lock_release(NULL);
}
END_TEST

START_TEST(who_holds_the_lock_is_named)
{
	struct tmd_lock *lock = NULL;
	pid_t holder = start_holder();
	char *wanted = NULL;

	ck_assert_int_gt(asprintf(&wanted, "(process %ld)", (long)holder), 0);
	ck_fails(tmd_lock_acquire(fs, 0, &lock, &err), err, TMD_E_BUSY);
	ck_assert_msg(strstr(err.message, wanted), "%s", err.message);
	end_holder(holder);
	free(wanted);
}
END_TEST

/* Whoever can open a file can lock it: only its owner can open ours. */
START_TEST(nobody_else_can_hold_the_lock)
{
	struct tmd_lock *lock = NULL;

	make_dir("root/run");
	put("root/run/trustmend.lock", "");
	ck_assert_uint_eq(mode_of("root/run/trustmend.lock"), 0644);
	ck_ok(tmd_lock_acquire(fs, 0, &lock, &err), err);
	ck_assert_uint_eq(mode_of("root/run/trustmend.lock"), 0600);
	tmd_lock_release(lock);
	ck_assert_int_eq(link(below("root/run/trustmend.lock"), below("root/run/other")), 0);
	ck_assert_int_eq(chmod(below("root/run/other"), 0644), 0);
	ck_fails(tmd_lock_acquire(fs, 0, &lock, &err), err, TMD_E_REFUSED);
	ck_assert_uint_eq(mode_of("root/run/other"), 0644);
}
END_TEST

START_TEST(a_users_lock_file_is_put_aside_by_root)
{
	struct tmd_lock *lock = NULL;
	struct stat st;
	int theirs;

	if (skip_when(geteuid() != 0, "needs root to give files away"))
		return;
	make_dir("root/run");
	put("root/run/trustmend.lock", "");
	theirs = open(below("root/run/trustmend.lock"), O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(flock(theirs, LOCK_EX), 0);
	ck_assert_int_eq(chown(below("root/run/trustmend.lock"), 12345, 12345), 0);
	ck_ok(tmd_lock_check(fs, &err), err);
	ck_ok(tmd_lock_acquire(fs, 0, &lock, &err), err);
	ck_assert_int_eq(stat(below("root/run/trustmend.lock"), &st), 0);
	ck_assert_uint_eq(st.st_uid, 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	tmd_lock_release(lock);
	close(theirs);
}
END_TEST

START_TEST(the_gate_is_before_the_lock_too)
{
	struct tmd_lock *lock = NULL;

	tmd_fs_allow_writes(fs, false);
	ck_fails(tmd_lock_acquire(fs, 0, &lock, &err), err, TMD_E_INTERNAL);
	ck_assert(!is_there("root/run"));
}
END_TEST

START_TEST(another_process_is_waited_for_until_the_timeout)
{
	struct tmd_lock *lock = NULL;
	pid_t holder = start_holder();
	int64_t begun = tmd_monotonic_ms();
	int64_t took;

	ck_fails(tmd_lock_acquire(fs, 1, &lock, &err), err, TMD_E_BUSY);
	took = tmd_monotonic_ms() - begun;
	ck_assert_int_ge(took, 1000);
	ck_assert_int_lt(took, 100000); /* seconds, and no other unit */
	ck_fails(tmd_lock_acquire(fs, 0, &lock, &err), err, TMD_E_BUSY);
	end_holder(holder);
}
END_TEST

START_TEST(the_lock_dies_with_its_process_and_a_waiter_gets_it)
{
	struct tmd_lock *lock = NULL;
	pid_t holder = start_holder();
	pid_t killer = fork();

	if (killer == 0) {
		tmd_sleep_ms(300);
		kill(holder, SIGKILL);
		_exit(0);
	}
	ck_ok(tmd_lock_acquire(fs, 300, &lock, &err), err);
	tmd_lock_release(lock);
	ck_assert_int_eq(waitpid(holder, NULL, 0), holder);
	ck_assert_int_eq(waitpid(killer, NULL, 0), killer);
}
END_TEST

START_TEST(a_removed_lock_file_does_not_let_two_in)
{
	struct tmd_lock *lock = NULL;
	struct tmd_lock *second = NULL;
	pid_t holder = start_holder();
	pid_t helper = fork();

	if (helper == 0) {
		/* While the parent waits on the old file, a new one takes its place. */
		tmd_sleep_ms(300);
		unlink(below("root/run/trustmend.lock"));
		put("root/run/trustmend.lock", "");
		kill(holder, SIGKILL);
		_exit(0);
	}
	ck_ok(tmd_lock_acquire(fs, 300, &lock, &err), err);
	ck_fails(tmd_lock_acquire(fs, 0, &second, &err), err, TMD_E_BUSY);
	tmd_lock_release(lock);
	ck_assert_int_eq(waitpid(holder, NULL, 0), holder);
	ck_assert_int_eq(waitpid(helper, NULL, 0), helper);
}
END_TEST

static void assert_no_lock_file(void)
{
	struct tmd_lock *lock = NULL;

	ck_fails(tmd_lock_acquire(fs, 0, &lock, &err), err, TMD_E_REFUSED);
	ck_assert_str_eq(err.path, "/run/trustmend.lock");
	ck_assert_str_eq(err.hint, "remove /run/trustmend.lock: it must be a plain file");
	ck_fails(tmd_lock_check(fs, &err), err, TMD_E_REFUSED);
	ck_assert_str_eq(err.hint, "remove /run/trustmend.lock: it must be a plain file");
}

START_TEST(links_and_fifos_are_no_lock_files)
{

	make_dir("root/run");
	put("root/victim", "x");
	make_link("/victim", "root/run/trustmend.lock");
	assert_no_lock_file();
	ck_assert_int_eq(unlink(below("root/run/trustmend.lock")), 0);
	ck_assert_int_eq(mkfifo(below("root/run/trustmend.lock"), 0600), 0);
	assert_no_lock_file();
	ck_assert_int_eq(unlink(below("root/run/trustmend.lock")), 0);
	make_dir("root/run/trustmend.lock");
	assert_no_lock_file();
}
END_TEST

START_TEST(checking_makes_nothing_and_does_not_wait)
{
	struct tmd_lock *lock = NULL;

	tmd_fs_allow_writes(fs, false);
	ck_ok(tmd_lock_check(fs, &err), err);
	ck_assert(!is_there("root/run"));
	make_dir("root/run");
	ck_ok(tmd_lock_check(fs, &err), err);
	ck_assert(!is_there("root/run/trustmend.lock"));
	tmd_fs_allow_writes(fs, true);
	ck_ok(tmd_lock_acquire(fs, 0, &lock, &err), err);
	ck_ok(tmd_lock_check(fs, &err), err);
	tmd_lock_release(lock);
}
END_TEST

START_TEST(checking_finds_what_is_not_permitted)
{
	if (skip_when(geteuid() != 0, "becoming another user needs root"))
		return;
	ck_assert_int_eq(chmod(base, 0755), 0);
	ck_assert_int_eq(seteuid(65534), 0);
	ck_fails(tmd_lock_check(fs, &err), err, TMD_E_PERMISSION);
	ck_assert_int_eq(seteuid(0), 0);
	make_dir("root/run");
	put("root/run/trustmend.lock", "");
	ck_assert_int_eq(seteuid(65534), 0);
	ck_fails(tmd_lock_check(fs, &err), err, TMD_E_PERMISSION);
	ck_assert_int_eq(seteuid(0), 0);
}
END_TEST

START_TEST(a_linked_run_directory_stays_inside_the_root)
{
	struct tmd_lock *lock = NULL;

	make_link("/var/run", "root/run");
	ck_ok(tmd_lock_acquire(fs, 0, &lock, &err), err);
	tmd_lock_release(lock);
	ck_assert(is_there("root/var/run/trustmend.lock"));
}
END_TEST

START_TEST(a_read_only_root_is_said_to_be_so)
{
	struct tmd_lock *lock = NULL;

	if (skip_when(!own_mounts() || mount("none", root, "tmpfs", MS_RDONLY, NULL) != 0,
		      "mounting needs root"))
		return;
	tmd_fs_free(fs);
	ck_ok(tmd_fs_open(root, &fs, &err), err);
	tmd_fs_allow_writes(fs, true);
	ck_fails(tmd_lock_acquire(fs, 0, &lock, &err), err, TMD_E_IO);
	ck_assert_ptr_nonnull(strstr(err.hint, "read-only"));
	ck_fails(tmd_lock_check(fs, &err), err, TMD_E_IO);
	ck_assert_ptr_nonnull(strstr(err.hint, "read-only"));
	umount2(root, MNT_DETACH);
}
END_TEST

/* ---- a user on the live machine ---- */

#define USER 54321u

/* A machine of its own below the scratch root, where user 54321 has a home. */
static void make_machine(void)
{
	ck_assert_int_eq(chmod(base, 0755), 0);
	make_dir("root/etc");
	put("root/etc/passwd", "bob:x:54321:54321::/home/bob:/bin/sh\n");
	make_dir("root/run");
	make_dir("root/run/user");
	make_dir("root/tmp");
	ck_assert_int_eq(chmod(below("root/tmp"), 01777), 0);
	make_dir("root/home");
	make_dir("root/home/bob");
	ck_assert_int_eq(chown(below("root/home/bob"), USER, USER), 0);
}

/* In a child: the scratch root becomes "/", the user the caller. */
static void become_user(struct tmd_fs **live)
{
	if (chroot(root) != 0 || chdir("/") != 0 || setgid(USER) != 0 || setuid(USER) != 0 ||
	    tmd_fs_open("/", live, &err) != TMD_OK)
		_exit(99);
}

/* 0 when the user gets the lock, after a check that agrees; else the kind of the error. */
static int lock_as_user(struct tmd_error *failure)
{
	struct tmd_fs *live = NULL;
	struct tmd_lock *lock = NULL;
	enum tmd_rc checked;

	become_user(&live);
	checked = tmd_lock_check(live, failure);
	tmd_fs_allow_writes(live, true);
	if (tmd_lock_acquire(live, 0, &lock, failure) != TMD_OK)
		return checked == TMD_OK ? 97 : (int)failure->kind;
	tmd_lock_release(lock);
	tmd_fs_free(live);
	return checked == TMD_OK ? 0 : 96;
}

static int in_child(void)
{
	struct tmd_error failure = { 0 };
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		int answer;

		answer = lock_as_user(&failure);
		/* The one that is told names the squatter. */
		if (answer == TMD_E_PERMISSION && !strstr(failure.hint, "/tmp/trustmend-54321"))
			answer = 95;
		_exit(answer);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 94;
}

START_TEST(a_users_lock_is_in_his_own_directory_below_tmp)
{
	struct stat st;

	if (skip_when(geteuid() != 0, "a machine of its own needs root"))
		return;
	make_machine();
	/* What anybody could make to lock him out does not matter. */
	put("root/tmp/trustmend-54321.lock", "");
	ck_assert_int_eq(in_child(), 0);
	ck_assert_uint_eq(mode_of("root/tmp/trustmend-54321"), 0700);
	ck_assert_uint_eq(mode_of("root/tmp/trustmend-54321/trustmend.lock"), 0600);
	ck_assert_int_eq(stat(below("root/tmp/trustmend-54321/trustmend.lock"), &st), 0);
	ck_assert_uint_eq(st.st_uid, USER);
	ck_assert(!is_there("root/home/bob/.cache"));
	ck_assert_int_eq(in_child(), 0); /* a second time, with everything there */
}
END_TEST

START_TEST(a_users_run_directory_comes_first_when_it_is_his)
{
	if (skip_when(geteuid() != 0, "a machine of its own needs root"))
		return;
	make_machine();
	make_dir("root/run/user/54321");
	ck_assert_int_eq(chmod(below("root/run/user/54321"), 0700), 0);
	ck_assert_int_eq(in_child(), 0); /* root's still */
	ck_assert(is_there("root/tmp/trustmend-54321/trustmend.lock"));
	ck_assert_int_eq(chown(below("root/run/user/54321"), USER, USER), 0);
	ck_assert_int_eq(chmod(below("root/run/user/54321"), 0770), 0);
	ck_assert_int_eq(in_child(), 0); /* not private */
	ck_assert(!is_there("root/run/user/54321/trustmend.lock"));
	ck_assert_int_eq(chmod(below("root/run/user/54321"), 0700), 0);
	ck_assert_int_eq(in_child(), 0);
	ck_assert(is_there("root/run/user/54321/trustmend.lock"));
}
END_TEST

START_TEST(a_squatter_below_tmp_sends_the_user_home)
{
	if (skip_when(geteuid() != 0, "a machine of its own needs root"))
		return;
	make_machine();
	make_dir("root/tmp/trustmend-54321"); /* root's */
	ck_assert_int_eq(chmod(below("root/tmp/trustmend-54321"), 0777), 0);
	ck_assert_int_eq(in_child(), 0);
	ck_assert(is_there("root/home/bob/.cache/trustmend.lock"));
	ck_assert_uint_eq(mode_of("root/home/bob/.cache"), 0700);
	ck_assert(!is_there("root/tmp/trustmend-54321/trustmend.lock"));
	/* Nor is a link the place of his lock, even one to a directory of his. */
	ck_assert_int_eq(rmdir(below("root/tmp/trustmend-54321")), 0);
	make_dir("root/tmp/elsewhere");
	ck_assert_int_eq(chown(below("root/tmp/elsewhere"), USER, USER), 0);
	ck_assert_int_eq(chmod(below("root/tmp/elsewhere"), 0700), 0);
	make_link("elsewhere", "root/tmp/trustmend-54321");
	ck_assert_int_eq(in_child(), 0);
	ck_assert(!is_there("root/tmp/elsewhere/trustmend.lock"));
}
END_TEST

START_TEST(a_squatter_is_named_when_there_is_no_way_out)
{
	if (skip_when(geteuid() != 0, "a machine of its own needs root"))
		return;
	make_machine();
	put("root/tmp/trustmend-54321", "");
	ck_assert_int_eq(chown(below("root/home/bob"), 0, 0), 0);
	ck_assert_int_eq(in_child(), TMD_E_PERMISSION);
	put("root/etc/passwd", ""); /* no home at all */
	ck_assert_int_eq(in_child(), TMD_E_PERMISSION);
}
END_TEST

START_TEST(a_user_has_no_way_out_below_an_offline_root)
{
	struct tmd_lock *lock = NULL;

	if (skip_when(geteuid() != 0, "becoming another user needs root"))
		return;
	make_machine();
	ck_assert_int_eq(seteuid(USER), 0);
	ck_fails(tmd_lock_acquire(fs, 0, &lock, &err), err, TMD_E_PERMISSION);
	ck_assert_int_eq(seteuid(0), 0);
}
END_TEST

static Suite *suite_fn(void)
{
	Suite *suite = suite_create("os/lock");
	TCase *cases = tcase_create("all");

	tcase_add_checked_fixture(cases, sandbox_setup, sandbox_teardown);
	tcase_add_test(cases, the_lock_file_is_made_private_with_its_directory);
	tcase_add_test(cases, who_holds_the_lock_is_named);
	tcase_add_test(cases, nobody_else_can_hold_the_lock);
	tcase_add_test(cases, a_users_lock_file_is_put_aside_by_root);
	tcase_add_test(cases, the_gate_is_before_the_lock_too);
	tcase_add_test(cases, another_process_is_waited_for_until_the_timeout);
	tcase_add_test(cases, the_lock_dies_with_its_process_and_a_waiter_gets_it);
	tcase_add_test(cases, a_removed_lock_file_does_not_let_two_in);
	tcase_add_test(cases, links_and_fifos_are_no_lock_files);
	tcase_add_test(cases, a_linked_run_directory_stays_inside_the_root);
	tcase_add_test(cases, a_read_only_root_is_said_to_be_so);
	tcase_add_test(cases, checking_makes_nothing_and_does_not_wait);
	tcase_add_test(cases, checking_finds_what_is_not_permitted);
	tcase_add_test(cases, a_users_lock_is_in_his_own_directory_below_tmp);
	tcase_add_test(cases, a_users_run_directory_comes_first_when_it_is_his);
	tcase_add_test(cases, a_squatter_below_tmp_sends_the_user_home);
	tcase_add_test(cases, a_squatter_is_named_when_there_is_no_way_out);
	tcase_add_test(cases, a_user_has_no_way_out_below_an_offline_root);
	suite_add_tcase(suite, cases);
	return suite;
}

UNIT_MAIN(suite_fn)
