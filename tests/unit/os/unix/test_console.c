/* The caller's side: standard input and output in all the states they come in. */
#include "os/console.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

static struct tmd_error err;
static char big[300000];

static void set_nonblocking(int fd)
{
	ck_assert_int_eq(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK), 0);
}

/* Gives the test a standard input into which a child writes slowly. */
static pid_t feed_input(const char *data, size_t len, size_t step)
{
	int ends[2];
	pid_t pid;

	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		while (len) {
			ssize_t put = write(ends[1], data, len < step ? len : step);

			if (put < 0)
				_exit(1);
			data += put;
			len -= (size_t)put;
			usleep(200);
		}
		_exit(0);
	}
	close(ends[1]);
	ck_assert_int_eq(dup2(ends[0], 0), 0);
	close(ends[0]);
	return pid;
}

/* A crash of a process that set itself up: the kernel says whether it left an image. */
START_TEST(a_crash_leaves_no_image_of_the_memory)
{
	struct rlimit limit;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		tmd_console_init();
		if (prctl(PR_GET_DUMPABLE) != 0 || getrlimit(RLIMIT_CORE, &limit) != 0 ||
		    limit.rlim_cur != 0 || limit.rlim_max != 0)
			_exit(1);
		raise(SIGQUIT);
		_exit(2);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGQUIT);
	ck_assert(!WCOREDUMP(status));
}
END_TEST

START_TEST(input_is_read_to_its_end)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	pid_t pid;

	memset(big, 'x', sizeof(big));
	pid = feed_input(big, sizeof(big), 3000);
	set_nonblocking(0);
	tmd_buf_add_str(&text, "replaced");
	ck_ok(tmd_console_read_input(sizeof(big), &text, &err), err);
	ck_assert(tmd_buf_equal(&text, big, sizeof(big)));
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}
END_TEST

START_TEST(input_that_is_too_large_is_refused)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	pid_t pid = feed_input("12345", 5, 5);

	tmd_buf_add_str(&text, "before");
	ck_fails(tmd_console_read_input(4, &text, &err), err, TMD_E_REFUSED);
	ck_assert_str_eq(tmd_buf_str(&text), "before");
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}
END_TEST

START_TEST(closed_input_is_an_io_failure)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };

	close(0);
	ck_fails(tmd_console_read_input(4, &text, &err), err, TMD_E_IO);
}
END_TEST

START_TEST(output_is_written_whole_to_a_slow_reader)
{
	static char copy[sizeof(big)];
	int ends[2];
	int saved = dup(1);
	size_t len = 0;
	ssize_t got;
	pid_t pid;
	int status;

	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (char)('a' + i % 26);
	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		dup2(ends[1], 1);
		close(ends[0]);
		set_nonblocking(1);
		_exit(tmd_console_write(1, big, sizeof(big), &err) == TMD_OK ? 0 : 1);
	}
	close(ends[1]);
	usleep(50000);
	while (len < sizeof(copy) && (got = read(ends[0], copy + len, sizeof(copy) - len)) > 0)
		len += (size_t)got;
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_uint_eq(len, sizeof(big));
	ck_assert_int_eq(memcmp(big, copy, len), 0);
	close(ends[0]);
	close(saved);
}
END_TEST

START_TEST(a_broken_pipe_and_a_full_disk_are_io_failures)
{
	int ends[2];
	int saved = dup(1);
	int full = open("/dev/full", O_WRONLY);

	tmd_console_init();
	ck_assert_int_eq(pipe(ends), 0);
	close(ends[0]);
	dup2(ends[1], 1);
	memset(&err, 0, sizeof(err));
	{
		enum tmd_rc broken = tmd_console_write(1, "x", 1, &err);
		int sys = err.sys;
		enum tmd_rc none = tmd_console_write(1, "", 0, &err);

		dup2(saved, 1);
		ck_assert_int_eq(broken, TMD_FAILED);
		ck_assert_int_eq(sys, EPIPE);
		ck_assert_int_eq(none, TMD_OK);
	}
	if (full >= 0) {
		enum tmd_rc rc;

		dup2(full, 1);
		rc = tmd_console_write(1, "x", 1, &err);
		dup2(saved, 1);
		ck_assert_int_eq(rc, TMD_FAILED);
		ck_assert_int_eq(err.kind, TMD_E_IO);
		ck_assert_int_eq(err.sys, ENOSPC);
		close(full);
	}
	close(ends[1]);
	close(saved);
}
END_TEST

START_TEST(missing_standard_streams_are_filled)
{
	int saved[3];
	int next;

	for (int fd = 0; fd < 3; fd++) {
		saved[fd] = fcntl(fd, F_DUPFD_CLOEXEC, 50);
		close(fd);
	}
	tmd_console_init();
	next = open("/", O_RDONLY | O_DIRECTORY);
	for (int fd = 0; fd < 3; fd++) {
		dup2(saved[fd], fd);
		close(saved[fd]);
	}
	ck_assert_int_gt(next, 2);
	close(next);
}
END_TEST

START_TEST(a_report_to_a_closed_output_is_a_failure)
{
	int saved = fcntl(1, F_DUPFD_CLOEXEC, 50);
	enum tmd_rc rc;
	int errors;

	close(1);
	tmd_console_init();
	memset(&err, 0, sizeof(err));
	rc = tmd_console_write(1, "x", 1, &err);
	errors = tmd_console_write(2, "", 0, &err) == TMD_OK;
	dup2(saved, 1);
	close(saved);
	ck_assert_int_eq(rc, TMD_FAILED);
	ck_assert_int_eq(err.kind, TMD_E_IO);
	ck_assert_str_eq(err.message, "standard output is closed");
	ck_assert(errors);
}
END_TEST

START_TEST(the_working_directory_is_absolute)
{
	char dir[64];
	char *cwd = NULL;
	char *real;

	unit_make_dir(dir);
	real = realpath(dir, NULL);
	ck_assert_int_eq(chdir(dir), 0);
	ck_ok(tmd_console_cwd(&cwd, &err), err);
	ck_assert_str_eq(cwd, real);
	free(cwd);
	free(real);
	unit_remove_tree(dir);
	cwd = NULL;
	ck_fails(tmd_console_cwd(&cwd, &err), err, TMD_E_NOT_FOUND);
	ck_assert_ptr_null(cwd);
}
END_TEST

START_TEST(environment_and_terminal_are_told)
{
	int ends[2];

	setenv("TRUSTMEND_TEST", "value", 1);
	ck_assert_str_eq(tmd_console_env("TRUSTMEND_TEST"), "value");
	ck_assert_ptr_null(tmd_console_env("TRUSTMEND_TEST_UNSET"));
	ck_assert_int_eq(pipe(ends), 0);
	ck_assert(!tmd_console_is_terminal(ends[0]));
	close(ends[0]);
	close(ends[1]);
}
END_TEST

static Suite *suite_fn(void)
{
	Suite *suite = suite_create("os/console");
	TCase *cases = tcase_create("all");

	tcase_add_test(cases, a_crash_leaves_no_image_of_the_memory);
	tcase_add_test(cases, input_is_read_to_its_end);
	tcase_add_test(cases, input_that_is_too_large_is_refused);
	tcase_add_test(cases, closed_input_is_an_io_failure);
	tcase_add_test(cases, output_is_written_whole_to_a_slow_reader);
	tcase_add_test(cases, a_broken_pipe_and_a_full_disk_are_io_failures);
	tcase_add_test(cases, missing_standard_streams_are_filled);
	tcase_add_test(cases, a_report_to_a_closed_output_is_a_failure);
	tcase_add_test(cases, the_working_directory_is_absolute);
	tcase_add_test(cases, environment_and_terminal_are_told);
	suite_add_tcase(suite, cases);
	return suite;
}

UNIT_MAIN(suite_fn)
