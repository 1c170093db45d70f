/* Running programs: what they get, what comes back, and that they end. */
#include "sandbox.h"

#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <sys/wait.h>

#include "os/proc.h"

static struct tmd_fs *live;
static struct tmd_proc_result result;

static void setup(void)
{
	sandbox_setup();
	ck_ok(tmd_fs_open("/", &live, &err), err);
	tmd_fs_allow_writes(live, true);
}

static void teardown(void)
{
	tmd_proc_result_release(&result);
	tmd_fs_free_ptr(&live);
	sandbox_teardown();
}

static void run_script(const char *script, const struct tmd_proc_options *options)
{
	const char *const argv[] = { "/bin/sh", "-c", script, NULL };

	ck_ok(tmd_proc_run(live, argv, options, &result, &err), err);
}

static int is_running(const char *pid_file)
{
	FILE *file = fopen(below("%s", pid_file), "r");
	int pid = 0;

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(fscanf(file, "%d", &pid), 1);
	fclose(file);
	return kill(pid, 0) == 0;
}

/* A killed process is there until its parent, or init, has taken note. */
static void assert_ends(const char *pid_file)
{
	for (int i = 0; i < 15000 && is_running(pid_file); i++)
		tmd_sleep_ms(20);
	ck_assert_msg(!is_running(pid_file), "%s is still running", pid_file);
}

START_TEST(programs_run_only_after_writes_are_allowed)
{
	const char *const argv[] = { "/bin/sh", "-c", "exit 0", NULL };

	tmd_fs_allow_writes(live, false);
	ck_fails(tmd_proc_run(live, argv, NULL, &result, &err), err, TMD_E_INTERNAL);
}
END_TEST

START_TEST(status_and_output_come_back)
{
	run_script("echo out; echo err >&2; exit 7", NULL);
	ck_assert_int_eq(result.status, 7);
	ck_assert(!result.timed_out);
	ck_assert_str_eq(tmd_buf_str(&result.output), "out\nerr\n");
	run_script("exit 0", NULL);
	ck_assert_int_eq(result.status, 0);
	ck_assert_uint_eq(result.output.len, 0);
}
END_TEST

START_TEST(a_signal_is_128_and_its_number)
{
	run_script("kill -9 $$", NULL);
	ck_assert_int_eq(result.status, 128 + SIGKILL);
	ck_assert(!result.timed_out);
}
END_TEST

START_TEST(the_environment_is_clean)
{
	static const char *const environment[] = { "A=1", NULL };
	const struct tmd_proc_options options = { .environment = environment };
	const char *const argv[] = { "/usr/bin/env", NULL };

	setenv("LD_PRELOAD_X", "leak", 1);
	setenv("SSL_CERT_FILE", "leak", 1);
	ck_ok(tmd_proc_run(live, argv, NULL, &result, &err), err);
	ck_assert_str_eq(tmd_buf_str(&result.output),
			 "PATH=/usr/sbin:/usr/bin:/sbin:/bin\nLC_ALL=C\n");
	ck_ok(tmd_proc_run(live, argv, &options, &result, &err), err);
	ck_assert_str_eq(tmd_buf_str(&result.output), "A=1\n");
}
END_TEST

START_TEST(directory_umask_session_and_signals_are_set)
{
	signal(SIGPIPE, SIG_IGN);
	umask(077);
	ck_assert_int_eq(chdir(base), 0);
	run_script("pwd; umask; grep SigIgn /proc/self/status | tr -d '\\t'; "
		   "test \"$(cut -d' ' -f6 /proc/$$/stat)\" = $$ && echo own session",
		   NULL);
	umask(022);
	ck_assert_str_eq(tmd_buf_str(&result.output),
			 "/\n0022\nSigIgn:0000000000000000\nown session\n");
}
END_TEST

START_TEST(there_is_no_input_and_no_other_descriptor)
{
	int leak = open("/", O_RDONLY | O_DIRECTORY); /* not close-on-exec */
	int high = dup2(leak, 200);

	run_script("cat; for fd in 0 1 2 3 4 5 6 7 8 9 200; do"
		   " test -e /proc/$$/fd/$fd && echo $fd; done; exit 0",
		   NULL);
	ck_assert_str_eq(tmd_buf_str(&result.output), "0\n1\n2\n");
	close(leak);
	close(high);
}
END_TEST

START_TEST(closed_standard_streams_of_the_caller_do_no_harm)
{
	int saved[3];

	for (int fd = 0; fd < 3; fd++) {
		saved[fd] = fcntl(fd, F_DUPFD_CLOEXEC, 50);
		close(fd);
	}
	{
		const char *const argv[] = { "/bin/sh", "-c", "echo out; cat; echo err >&2", NULL };
		enum tmd_rc rc = tmd_proc_run(live, argv, NULL, &result, &err);

		for (int fd = 0; fd < 3; fd++) {
			dup2(saved[fd], fd);
			close(saved[fd]);
		}
		ck_assert_int_eq(rc, TMD_OK);
	}
	ck_assert_str_eq(tmd_buf_str(&result.output), "out\nerr\n");
}
END_TEST

START_TEST(what_cannot_be_run_is_said_with_its_path)
{
	const char *const missing[] = { "/no/such/program", NULL };
	const char *const relative[] = { "sh", NULL };
	const char *const nothing[] = { NULL };
	char *plain = strdup(below("root/plain"));
	char *orphan = strdup(below("root/orphan"));
	const char *const not_executable[] = { plain, NULL };
	const char *const no_interpreter[] = { orphan, NULL };

	put("root/plain", "#!/bin/sh\n");
	put("root/orphan", "#!/no/such/interpreter\n");
	ck_assert_int_eq(chmod(orphan, 0755), 0);
	ck_fails(tmd_proc_run(live, missing, NULL, &result, &err), err, TMD_E_NOT_FOUND);
	ck_assert_str_eq(err.path, "/no/such/program");
	ck_fails(tmd_proc_run(live, not_executable, NULL, &result, &err), err, TMD_E_PERMISSION);
	ck_assert_str_eq(err.path, plain);
	ck_fails(tmd_proc_run(live, no_interpreter, NULL, &result, &err), err, TMD_E_NOT_FOUND);
	ck_fails(tmd_proc_run(live, relative, NULL, &result, &err), err, TMD_E_INVALID_INPUT);
	ck_fails(tmd_proc_run(live, nothing, NULL, &result, &err), err, TMD_E_INVALID_INPUT);
	free(plain);
	free(orphan);
}
END_TEST

static void count(void *arg)
{
	++*(int *)arg;
}

START_TEST(a_timeout_kills_the_program_and_its_children)
{
	int ticks = 0;
	const struct tmd_proc_options options = { .timeout = 1, .tick = count, .tick_arg = &ticks };
	char script[512];
	int64_t begun = tmd_monotonic_ms();
	int64_t took;

	/* Both refuse to be stopped politely, and would go on for longer than a busy machine takes. */
	snprintf(script, sizeof(script),
		 "trap '' TERM; echo $$ > %s; (echo begun; exec sleep 600) & echo $! > %s; wait; "
		 "sleep 600",
		 below("parent"), below("child"));
	run_script(script, &options);
	ck_assert(result.timed_out);
	ck_assert_int_eq(result.status, 128 + SIGKILL);
	took = tmd_monotonic_ms() - begun;
	ck_assert_int_lt(took, 300000);
	ck_assert_str_eq(tmd_buf_str(&result.output), "begun\n");
	ck_assert_int_ge(ticks, 1);
	ck_assert_int_le(ticks, took / 100); /* about ten times a second, and never more often */
	assert_ends("parent");
	assert_ends("child");
}
END_TEST

START_TEST(a_timeout_also_kills_children_that_outlive_their_parent)
{
	const struct tmd_proc_options options = { .timeout = 1 };
	char script[256];

	snprintf(script, sizeof(script), "(trap '' TERM; exec sleep 600) & echo $! > %s; sleep 600",
		 below("child"));
	run_script(script, &options);
	ck_assert(result.timed_out);
	ck_assert_int_eq(result.status, 128 + SIGTERM);
	assert_ends("child");
}
END_TEST

START_TEST(a_timeout_also_ends_what_never_stops_writing)
{
	const struct tmd_proc_options options = { .timeout = 1 };

	run_script("exec yes", &options);
	ck_assert(result.timed_out);
	ck_assert_int_eq(result.status, 128 + SIGTERM);
	ck_assert_uint_eq(result.output.len, TMD_PROC_OUTPUT_MAX);
}
END_TEST

START_TEST(long_output_is_cut_but_read_to_the_end)
{
	run_script("head -c 3000000 /dev/zero | tr '\\0' x; exit 3", NULL);
	ck_assert_int_eq(result.status, 3);
	ck_assert_uint_eq(result.output.len, TMD_PROC_OUTPUT_MAX);
	ck_assert(!result.output.overflow);
}
END_TEST

START_TEST(a_background_program_that_keeps_the_pipe_is_not_waited_for)
{
	char script[256];
	int64_t begun = tmd_monotonic_ms();

	snprintf(script, sizeof(script), "sleep 600 & echo $! > %s; echo done", below("child"));
	run_script(script, NULL);
	ck_assert_int_lt(tmd_monotonic_ms() - begun, 300000);
	ck_assert_int_eq(result.status, 0);
	ck_assert_str_eq(tmd_buf_str(&result.output), "done\n");
	ck_assert(is_running("child")); /* it was meant to go on */
	snprintf(script, sizeof(script), "kill $(cat %s)", below("child"));
	run_script(script, NULL);
}
END_TEST

START_TEST(a_program_that_closes_its_output_is_still_waited_for)
{
	run_script("exec >&- 2>&-; sleep 0.3; exit 5", NULL);
	ck_assert_int_eq(result.status, 5);
}
END_TEST

/* Puts the machine's programs into the scratch root. */
static int borrow_programs(void)
{
	static const char *const dirs[] = { "bin", "lib", "lib64", "usr" };

	if (!own_mounts())
		return 0;
	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++) {
		char from[32];
		char to[32];

		snprintf(from, sizeof(from), "/%s", dirs[i]);
		snprintf(to, sizeof(to), "root/%s", dirs[i]);
		if (access(from, F_OK) != 0)
			continue;
		make_dir(to);
		if (mount(from, below("%s", to), NULL, MS_BIND | MS_REC, NULL) != 0)
			return 0;
	}
	tmd_fs_free(fs);
	ck_ok(tmd_fs_open(root, &fs, &err), err);
	tmd_fs_allow_writes(fs, true);
	return 1;
}

static void return_programs(void)
{
	umount2(below("root/bin"), MNT_DETACH);
	umount2(below("root/lib"), MNT_DETACH);
	umount2(below("root/lib64"), MNT_DETACH);
	umount2(below("root/usr"), MNT_DETACH);
}

START_TEST(an_offline_root_is_entered)
{
	const char *const argv[] = { "/bin/sh", "-c", "pwd; cat /mark; ls -d /outside", NULL };

	if (skip_when(!borrow_programs(), "a root of its own needs root"))
		return;
	put("root/mark", "inside\n");
	ck_ok(tmd_proc_run(fs, argv, NULL, &result, &err), err);
	ck_assert_int_eq(strncmp(tmd_buf_str(&result.output), "/\ninside\n", 9), 0);
	ck_assert_int_ne(result.status, 0);
	return_programs();
}
END_TEST

START_TEST(an_offline_root_needs_root_to_be_entered)
{
	const char *const argv[] = { "/bin/sh", NULL };

	if (geteuid() == 0)
		ck_assert_int_eq(seteuid(65534), 0);
	ck_fails(tmd_proc_run(fs, argv, NULL, &result, &err), err, TMD_E_PERMISSION);
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0), 0);
}
END_TEST

/* The words of a process as others see them; none while it is about to become another program. */
static size_t words_of(pid_t pid, char *words, size_t size)
{
	char path[64];
	FILE *file;
	size_t len;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	file = fopen(path, "r");
	ck_assert_ptr_nonnull(file);
	len = fread(words, 1, size, file);
	fclose(file);
	return len;
}

/*
 * In a new process, which waits at the gate: becomes another program, in a group with all that
 * this one starts.
 */
static void become(int gate, const char *path, const char *const argv[])
{
	char byte;

	if (setpgid(0, 0) != 0 || read(gate, &byte, 1) != 0)
		_exit(125);
	execv(path, (char *const *)(uintptr_t)argv);
	_exit(127);
}

/* Opens the gate and waits until the process is itself and no longer a copy of this test. */
static void wait_for_start(pid_t pid, int gate)
{
	char before[4096];
	char now[4096];
	size_t before_len = words_of(pid, before, sizeof(before));
	size_t len;

	close(gate);
	do {
		tmd_sleep_ms(5);
		len = words_of(pid, now, sizeof(now));
	} while (!len || (len == before_len && memcmp(now, before, len) == 0));
}

static pid_t start_program(const char *const argv[], const char *new_root)
{
	int gate[2];
	pid_t pid;

	ck_assert_int_eq(pipe2(gate, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		close(gate[1]);
		if (new_root && (chroot(new_root) != 0 || chdir("/") != 0))
			_exit(126);
		become(gate[0], argv[0], argv);
	}
	close(gate[0]);
	wait_for_start(pid, gate[1]);
	return pid;
}

static void stop_program(pid_t pid)
{
	ck_assert_int_eq(kill(-pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

START_TEST(a_running_script_is_found_by_any_of_its_names)
{
	char *script = strdup(below("root/rebuild"));
	char *alias = strdup(below("alias/rebuild"));
	char *other = strdup(below("other/rebuild"));
	const char *const direct[] = { script, NULL };
	const char *const by_alias[] = { "/bin/sh", "-e", alias, NULL };
	/* Named too late to be the script. */
	const char *const late[] = { "/bin/sh", "-c", "sleep 600; exit 0", "1", "2", script, NULL };
	pid_t pid;

	make_dir("alias");
	make_dir("other");
	put("root/rebuild", "#!/bin/sh\nsleep 600\nexit 0\n");
	put("other/rebuild", "#!/bin/sh\nsleep 600\nexit 0\n");
	make_link("../root/rebuild", "alias/rebuild");
	ck_assert_int_eq(chmod(script, 0755), 0);
	ck_assert(!tmd_proc_running(live, script));
	pid = start_program(direct, NULL);
	ck_assert(tmd_proc_running(live, script));
	ck_assert(tmd_proc_running(live, alias));
	ck_assert(!tmd_proc_running(live, other));
	stop_program(pid);
	ck_assert(!tmd_proc_running(live, script));
	pid = start_program(by_alias, NULL);
	ck_assert(tmd_proc_running(live, script));
	stop_program(pid);
	pid = start_program(late, NULL);
	ck_assert(!tmd_proc_running(live, script));
	stop_program(pid);
	free(script);
	free(alias);
	free(other);
}
END_TEST

START_TEST(a_running_executable_is_found)
{
	const char *const argv[] = { "/bin/sleep", "600", NULL };
	char *own = strdup(below("own-sleep"));
	const char *const copied[] = { own, "600", NULL };
	pid_t pid;

	ck_assert(!tmd_proc_running(live, "/no/such/program"));
	make_link("/bin/sleep", "own-sleep");
	pid = start_program(copied, NULL);
	ck_assert(tmd_proc_running(live, argv[0]));
	ck_assert(tmd_proc_running(live, own));
	stop_program(pid);
	free(own);
}
END_TEST

START_TEST(only_processes_of_the_same_root_count)
{
	const char *const argv[] = { "/bin/sh", "/rebuild", NULL };
	const char *const copied[] = { "/own-sleep", "600", NULL };
	const char *const copy[] = { "/bin/cp", "/bin/sleep", "/own-sleep", NULL };
	char *outside = strdup(below("root/rebuild"));
	pid_t pid;

	if (skip_when(!borrow_programs(), "a root of its own needs root")) {
		free(outside);
		return;
	}
	put("root/rebuild", "sleep 600\n:\n");
	pid = start_program(argv, root);
	ck_assert(tmd_proc_running(fs, "/rebuild"));
	ck_assert(!tmd_proc_running(live, outside));
	stop_program(pid);
	ck_assert(!tmd_proc_running(fs, "/rebuild"));
	{
		const char *const direct[] = { "/bin/sh", outside, NULL };

		pid = start_program(direct, NULL);
		ck_assert(!tmd_proc_running(fs, "/rebuild"));
		stop_program(pid);
	}
	free(outside);
	outside = strdup(below("root/own-sleep"));
	ck_ok(tmd_proc_run(fs, copy, NULL, &result, &err), err);
	pid = start_program(copied, root);
	ck_assert(tmd_proc_running(fs, "/own-sleep"));
	ck_assert(!tmd_proc_running(live, outside));
	stop_program(pid);
	return_programs();
	free(outside);
}
END_TEST

/* As start_program(), by another user, and under a name of his choice. */
static pid_t pretend(const char *path, const char *const argv[], uid_t real, uid_t effective)
{
	int gate[2];
	pid_t pid;

	ck_assert_int_eq(pipe2(gate, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		close(gate[1]);
		if (setgroups(0, NULL) != 0 || setresgid(effective, effective, effective) != 0 ||
		    setresuid(real, effective, effective) != 0)
			_exit(126);
		become(gate[0], path, argv);
	}
	close(gate[0]);
	wait_for_start(pid, gate[1]);
	return pid;
}

START_TEST(nobody_stops_us_by_pretending)
{
	static const uid_t users[][2] = { { 12345, 12345 }, { 12345, 0 } };
	char *script = strdup(below("root/rebuild"));
	const char *const by_name[] = { script, "600", NULL };
	const char *const by_argument[] = { "sh", script, "600", NULL };

	if (skip_when(geteuid() != 0, "needs root to become another user")) {
		free(script);
		return;
	}
	put("root/rebuild", "#!/bin/sh\nsleep 600\n:\n");
	ck_assert_int_eq(chmod(base, 0755), 0);
	for (size_t i = 0; i < 2; i++) {
		pid_t pid = pretend("/bin/sleep", by_name, users[i][0], users[i][1]);

		ck_assert(!tmd_proc_running(live, script));
		stop_program(pid);
		pid = pretend("/bin/sh", by_argument, users[i][0], users[i][1]);
		ck_assert(!tmd_proc_running(live, script));
		stop_program(pid);
	}
	free(script);
}
END_TEST

/* Not the user but the interpreter tells a run from a look: an editor, a pager. */
START_TEST(a_script_that_is_only_looked_at_is_not_running)
{
	char *script = strdup(below("root/rebuild"));
	const char *const look[] = { "/bin/tail", "-f", script, NULL };
	char *copy = strdup(below("root/own-sleep"));
	const char *const own[] = { copy, "600", NULL };
	size_t len;
	char *sleeper = unit_read("/bin/sleep", &len);
	siginfo_t end;
	pid_t pid;

	put("root/rebuild", "#!/bin/sh\nsleep 600\n:\n");
	pid = start_program(look, NULL);
	ck_assert(!tmd_proc_running(live, script));
	stop_program(pid);
	unit_write(base, "root/own-sleep", sleeper, len);
	ck_assert_int_eq(chmod(copy, 0755), 0);
	pid = start_program(own, NULL);
	ck_assert(tmd_proc_running(live, copy));
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitid(P_PID, (id_t)pid, &end, WEXITED | WNOWAIT), 0);
	ck_assert(!tmd_proc_running(live, copy)); /* a zombie runs nothing */
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	free(sleeper);
	free(copy);
	free(script);
}
END_TEST

START_TEST(clocks_go_forward)
{
	int64_t begun = tmd_monotonic_ms();

	tmd_sleep_ms(30);
	ck_assert_int_ge(tmd_monotonic_ms() - begun, 30);
	ck_assert_int_gt(tmd_now(), 1700000000);
}
END_TEST

static Suite *suite_fn(void)
{
	Suite *suite = suite_create("os/proc");
	TCase *cases = tcase_create("all");

	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, programs_run_only_after_writes_are_allowed);
	tcase_add_test(cases, status_and_output_come_back);
	tcase_add_test(cases, a_signal_is_128_and_its_number);
	tcase_add_test(cases, the_environment_is_clean);
	tcase_add_test(cases, directory_umask_session_and_signals_are_set);
	tcase_add_test(cases, there_is_no_input_and_no_other_descriptor);
	tcase_add_test(cases, closed_standard_streams_of_the_caller_do_no_harm);
	tcase_add_test(cases, what_cannot_be_run_is_said_with_its_path);
	tcase_add_test(cases, a_timeout_kills_the_program_and_its_children);
	tcase_add_test(cases, a_timeout_also_kills_children_that_outlive_their_parent);
	tcase_add_test(cases, a_timeout_also_ends_what_never_stops_writing);
	tcase_add_test(cases, long_output_is_cut_but_read_to_the_end);
	tcase_add_test(cases, a_background_program_that_keeps_the_pipe_is_not_waited_for);
	tcase_add_test(cases, a_program_that_closes_its_output_is_still_waited_for);
	tcase_add_test(cases, an_offline_root_is_entered);
	tcase_add_test(cases, an_offline_root_needs_root_to_be_entered);
	tcase_add_test(cases, a_running_script_is_found_by_any_of_its_names);
	tcase_add_test(cases, a_running_executable_is_found);
	tcase_add_test(cases, only_processes_of_the_same_root_count);
	tcase_add_test(cases, nobody_stops_us_by_pretending);
	tcase_add_test(cases, a_script_that_is_only_looked_at_is_not_running);
	tcase_add_test(cases, clocks_go_forward);
	suite_add_tcase(suite, cases);
	return suite;
}

UNIT_MAIN(suite_fn)
