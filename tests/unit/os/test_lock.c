/* The lock: one holder at a time, waiting with an end, gone with its process. */
#include "sandbox.h"

#include <signal.h>
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
	ck_assert_int_lt(took, 10000);
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
	ck_ok(tmd_lock_acquire(fs, 20, &lock, &err), err);
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
	ck_ok(tmd_lock_acquire(fs, 20, &lock, &err), err);
	ck_fails(tmd_lock_acquire(fs, 0, &second, &err), err, TMD_E_BUSY);
	tmd_lock_release(lock);
	ck_assert_int_eq(waitpid(holder, NULL, 0), holder);
	ck_assert_int_eq(waitpid(helper, NULL, 0), helper);
}
END_TEST

START_TEST(links_and_fifos_are_no_lock_files)
{
	struct tmd_lock *lock = NULL;

	make_dir("root/run");
	put("root/victim", "x");
	make_link("/victim", "root/run/trustmend.lock");
	ck_fails(tmd_lock_acquire(fs, 0, &lock, &err), err, TMD_E_REFUSED);
	ck_assert_int_eq(unlink(below("root/run/trustmend.lock")), 0);
	ck_assert_int_eq(mkfifo(below("root/run/trustmend.lock"), 0600), 0);
	alarm(5);
	ck_fails(tmd_lock_acquire(fs, 0, &lock, &err), err, TMD_E_REFUSED);
	alarm(0);
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
	umount2(root, MNT_DETACH);
}
END_TEST

START_TEST(without_root_the_live_lock_is_the_users_own)
{
	TMD_CLEANUP(tmd_fs_free_ptr) struct tmd_fs *live = NULL;
	struct tmd_lock *lock = NULL;
	char name[64];

	/* A private /tmp, where the name belongs to somebody else at first. */
	if (skip_when(!own_mounts() || mount("none", "/tmp", "tmpfs", 0, "mode=1777") != 0,
		      "a private /tmp needs root"))
		return;
	snprintf(name, sizeof(name), "/tmp/trustmend-%u.lock", 65534u);
	ck_assert_int_eq(mknod(name, S_IFREG | 0666, 0), 0);
	ck_assert_int_eq(chmod(name, 0666), 0);
	ck_ok(tmd_fs_open("/", &live, &err), err);
	tmd_fs_allow_writes(live, true);
	ck_assert_int_eq(seteuid(65534), 0);
	ck_fails(tmd_lock_acquire(live, 0, &lock, &err), err, TMD_E_PERMISSION);
	ck_assert_int_eq(seteuid(0), 0);
	ck_assert_int_eq(unlink(name), 0);
	ck_assert_int_eq(seteuid(65534), 0);
	ck_ok(tmd_lock_acquire(live, 0, &lock, &err), err);
	ck_assert_int_eq(access(name, F_OK), 0);
	tmd_lock_release(lock);
	/* An offline root that is not the user's has no such way out. */
	ck_assert_int_eq(seteuid(0), 0);
	umount2("/tmp", MNT_DETACH);
	ck_assert_int_eq(chmod(base, 0755), 0);
	ck_assert_int_eq(seteuid(65534), 0);
	ck_fails(tmd_lock_acquire(fs, 0, &lock, &err), err, TMD_E_PERMISSION);
	ck_assert_int_eq(seteuid(0), 0);
}
END_TEST

static Suite *suite_fn(void)
{
	Suite *suite = suite_create("os/lock");
	TCase *cases = tcase_create("all");

	tcase_set_timeout(cases, 30);
	tcase_add_checked_fixture(cases, sandbox_setup, sandbox_teardown);
	tcase_add_test(cases, the_lock_file_is_made_private_with_its_directory);
	tcase_add_test(cases, the_gate_is_before_the_lock_too);
	tcase_add_test(cases, another_process_is_waited_for_until_the_timeout);
	tcase_add_test(cases, the_lock_dies_with_its_process_and_a_waiter_gets_it);
	tcase_add_test(cases, a_removed_lock_file_does_not_let_two_in);
	tcase_add_test(cases, links_and_fifos_are_no_lock_files);
	tcase_add_test(cases, a_linked_run_directory_stays_inside_the_root);
	tcase_add_test(cases, a_read_only_root_is_said_to_be_so);
	tcase_add_test(cases, without_root_the_live_lock_is_the_users_own);
	suite_add_tcase(suite, cases);
	return suite;
}

UNIT_MAIN(suite_fn)
