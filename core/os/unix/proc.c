/*
 * Running a program: no shell, nothing inherited, a session of its own so that it can be
 * stopped with its children, and an end in any case.
 */
#include "os/proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "os/unix/fs_internal.h"
#include "os/unix/proc_internal.h"
#include "os/unix/sys_error.h"

#define DEFAULT_TIMEOUT 120 /* seconds */
#define TICK_MS 100
#define GRACE_MS 500 /* between asking a program to stop and killing it */
#define DRAIN_MS 200 /* for output that comes after the program's end */
#define CHUNKS_AT_ONCE 16
#define STATUS_FD 3 /* the child's, after its standard streams */

#if !defined(SYS_close_range)
#define SYS_close_range 436 /* the same on every architecture */
#endif

static const char *const clean_environment[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C",
						 NULL };

/* What the child could not do, sent through a pipe that a successful exec closes. */
enum child_step {
	STEP_SETUP,
	STEP_CHROOT,
	STEP_EXEC
};

struct child_failure {
	int step;
	int sys;
};

struct child {
	pid_t pid;
	int output; /* what it writes */
	int status; /* a struct child_failure, or the end */
	bool ended;
	int wait_status;
};

/* ---- in the child: nothing but system calls ---- */

static void child_fail(int status, int step)
{
	struct child_failure failure = { .step = step, .sys = errno };

	if (write(status, &failure, sizeof(failure)) < 0)
		_exit(126);
	_exit(127);
}

void tmd_proc_reset_signals(void)
{
	struct sigaction action;
	sigset_t none;

	memset(&action, 0, sizeof(action));
	action.sa_handler = SIG_DFL;
	for (int signal = 1; signal < NSIG; signal++)
		(void)sigaction(signal, &action, NULL); /* some cannot be set: fine */
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Everything above `last`. Ours are all close-on-exec; the caller's may not be. */
void tmd_proc_close_above(int last)
{
	DIR *open_files;
	const struct dirent *entry;

	if (syscall(SYS_close_range, (unsigned)last + 1, ~0u, 0u) == 0)
		return;
	open_files = opendir("/proc/self/fd");
	if (!open_files) {
		for (int fd = last + 1; fd < 4096; fd++)
			close(fd);
		return;
	}
	while ((entry = readdir(open_files))) {
		uint64_t fd;

		if (tmd_parse_u64(entry->d_name, &fd) && fd > (uint64_t)last)
			(void)fcntl((int)fd, F_SETFD, FD_CLOEXEC);
	}
	closedir(open_files);
}

/* execve() takes pointers to non-const text and changes nothing. */
static void execute(const char *const argv[], const char *const environment[])
{
	union {
		const char *const *given;
		char *const *wanted;
	} arguments = { argv }, variables = { environment };

	execve(argv[0], arguments.wanted, variables.wanted);
}

static void enter_image(const struct tmd_fs *fs, int input, int output, int status)
{
	const int open_files[] = { input, output, status };

	errno = geteuid() == 0 ? tmd_proc_isolate(open_files, 3) : 0;
	if (errno)
		child_fail(status, STEP_SETUP);
	if (fchdir(fs->fd) != 0 || chroot(".") != 0)
		child_fail(status, STEP_CHROOT);
	errno = geteuid() == 0 ? tmd_proc_drop_rights() : 0;
	if (errno)
		child_fail(status, STEP_SETUP);
}

static void run_child(const struct tmd_fs *fs, int input, int output, int status,
		      const char *const argv[], const char *const environment[])
{
	if (setsid() < 0)
		child_fail(status, STEP_SETUP);
	if (!fs->live)
		enter_image(fs, input, output, status);
	if (chdir("/") != 0)
		child_fail(status, STEP_CHROOT);
	if (dup2(input, 0) < 0 || dup2(output, 1) < 0 || dup2(output, 2) < 0)
		child_fail(status, STEP_SETUP);
	if (status != STATUS_FD && dup3(status, STATUS_FD, O_CLOEXEC) < 0)
		child_fail(status, STEP_SETUP);
	tmd_proc_close_above(STATUS_FD);
	tmd_proc_reset_signals();
	umask(022);
	execute(argv, environment);
	child_fail(STATUS_FD, STEP_EXEC);
}

/* ---- starting ---- */

/* A pipe above the standard streams, whatever the caller left closed. */
static int open_pipe(int ends[2])
{
	int raw[2];

	if (pipe2(raw, O_CLOEXEC) != 0)
		return errno;
	for (int i = 0; i < 2; i++)
		ends[i] = fcntl(raw[i], F_DUPFD_CLOEXEC, STATUS_FD + 1);
	tmd_fd_close(&raw[0]);
	tmd_fd_close(&raw[1]);
	return ends[0] < 0 || ends[1] < 0 ? EMFILE : 0;
}

static enum tmd_rc fail_start(const struct child_failure *failure, const char *program,
			      struct tmd_error *err)
{
	switch (failure->step) {
	case STEP_CHROOT:
		if (failure->sys == EPERM)
			return tmd_fail(err, TMD_E_PERMISSION, program, "run as root",
					"programs inside an offline image can be run by root only");
		return tmd_fail_sys(err, failure->sys, program, "cannot enter the root directory");
	case STEP_EXEC:
		if (failure->sys == ENOENT)
			return tmd_fail(err, TMD_E_NOT_FOUND, program, "is its package installed?",
					"the program, or the interpreter it names, is not there");
		return tmd_fail_sys(err, failure->sys, program, "cannot run");
	default:
		return tmd_fail_sys(err, failure->sys, program, "cannot prepare to run");
	}
}

/* Waits until the program runs or could not be started. */
static enum tmd_rc await_start(struct child *child, const char *program, struct tmd_error *err)
{
	struct child_failure failure;
	ssize_t got;

	do
		got = read(child->status, &failure, sizeof(failure));
	while (got < 0 && errno == EINTR);
	if (got != (ssize_t)sizeof(failure))
		return TMD_OK;
	while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	child->pid = -1;
	return fail_start(&failure, program, err);
}

static enum tmd_rc start(const struct tmd_fs *fs, const char *const argv[],
			 const char *const environment[], struct child *child,
			 struct tmd_error *err)
{
	int input[2] = { -1, -1 };
	int output[2] = { -1, -1 };
	int status[2] = { -1, -1 };
	int failed = open_pipe(input);

	if (!failed)
		failed = open_pipe(output);
	if (!failed)
		failed = open_pipe(status);
	if (!failed) {
		child->pid = fork();
		failed = child->pid < 0 ? errno : 0;
	}
	if (!failed && child->pid == 0)
		run_child(fs, input[0], output[1], status[1], argv, environment);
	/* Both ends of `input`: the child reads an end of file at once. */
	tmd_fd_close(&input[0]);
	tmd_fd_close(&input[1]);
	tmd_fd_close(&output[1]);
	tmd_fd_close(&status[1]);
	child->output = output[0];
	child->status = status[0];
	if (failed)
		return tmd_fail_sys(err, failed, argv[0], "cannot start");
	return await_start(child, argv[0], err);
}

/* ---- while it runs ---- */

/*
 * Takes what is there, but not for ever; false when there will be no more. Beyond the
 * ceiling it is dropped.
 */
static bool take_output(struct child *child, struct tmd_buf *output)
{
	char chunk[16384];

	for (int i = 0; i < CHUNKS_AT_ONCE; i++) {
		ssize_t got = read(child->output, chunk, sizeof(chunk));
		size_t room = TMD_PROC_OUTPUT_MAX - output->len;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return errno == EAGAIN;
		if (got == 0)
			return false;
		tmd_buf_add(output, chunk, (size_t)got < room ? (size_t)got : room);
	}
	return true;
}

static void look_for_end(struct child *child)
{
	pid_t pid;

	if (child->ended)
		return;
	do
		pid = waitpid(child->pid, &child->wait_status, WNOHANG);
	while (pid < 0 && errno == EINTR);
	if (pid < 0)
		child->wait_status = -1; /* somebody else took it: SIGCHLD is ignored */
	child->ended = pid != 0;
}

/* Waits until there is output, or a short while when there will be none. */
static void wait_a_little(const struct child *child, bool open, int ms)
{
	struct pollfd wanted = { .fd = child->output, .events = POLLIN };

	if (!open) {
		tmd_sleep_ms(1);
		return;
	}
	(void)poll(&wanted, 1, ms);
}

/*
 * Follows the program to its end. A program that it left behind may hold the pipe open:
 * after the end only a short while is given to late output.
 */
static void watch(struct child *child, const struct tmd_proc_options *options,
		  struct tmd_proc_result *result)
{
	int64_t now = tmd_monotonic_ms();
	int64_t deadline = now + (int64_t)options->timeout * 1000;
	int64_t next_tick = now + TICK_MS;
	int64_t drained = 0; /* when to stop waiting for late output, once it ended */
	int stop = SIGTERM;
	bool open = true;

	for (;;) {
		open = open && take_output(child, &result->output);
		look_for_end(child);
		now = tmd_monotonic_ms();
		if (child->ended && !drained)
			drained = now + DRAIN_MS;
		if (child->ended && (!open || now >= drained))
			return;
		if (!child->ended && now >= deadline) {
			result->timed_out = true;
			kill(-child->pid, stop);
			stop = SIGKILL;
			deadline = now + GRACE_MS;
		}
		if (options->tick && now >= next_tick) {
			options->tick(options->tick_arg);
			next_tick = now + TICK_MS;
		}
		wait_a_little(child, open, child->ended ? 10 : TICK_MS);
	}
}

/* The children of a program that was stopped go too, also when it died of the first signal. */
static void kill_rest(const struct child *child, const struct tmd_proc_result *result)
{
	if (result->timed_out)
		kill(-child->pid, SIGKILL);
}

static enum tmd_rc take_status(const struct child *child, const char *program, int *status,
			       struct tmd_error *err)
{
	if (child->wait_status < 0)
		return tmd_fail(err, TMD_E_IO, program,
				"do not start trustmend with SIGCHLD ignored",
				"the exit status is lost");
	if (WIFSIGNALED(child->wait_status))
		*status = 128 + WTERMSIG(child->wait_status);
	else
		*status = WEXITSTATUS(child->wait_status);
	return TMD_OK;
}

static enum tmd_rc run(const struct tmd_fs *fs, const char *const argv[],
		       const struct tmd_proc_options *options, struct tmd_proc_result *result,
		       struct tmd_error *err)
{
	const char *const *environment =
		options->environment ? options->environment : clean_environment;
	struct child child = { .pid = -1, .output = -1, .status = -1 };
	enum tmd_rc rc = start(fs, argv, environment, &child, err);

	if (rc == TMD_OK) {
		(void)fcntl(child.output, F_SETFL, O_NONBLOCK);
		watch(&child, options, result);
		kill_rest(&child, result);
		rc = take_status(&child, argv[0], &result->status, err);
	}
	tmd_fd_close(&child.output);
	tmd_fd_close(&child.status);
	return rc;
}

enum tmd_rc tmd_proc_run_reader(struct tmd_fs *fs, const char *const argv[],
				const struct tmd_proc_options *options,
				struct tmd_proc_result *result, struct tmd_error *err)
{
	struct tmd_proc_options used = { 0 };
	struct tmd_proc_result found = { 0 };

	if (!argv[0] || !tmd_path_is_absolute(argv[0]))
		return tmd_fail(err, TMD_E_INVALID_INPUT, argv[0], "give the whole path, from /",
				"cannot run a program that is not named by an absolute path");
	if (options)
		used = *options;
	if (!used.timeout)
		used.timeout = DEFAULT_TIMEOUT;
	tmd_buf_init(&found.output, TMD_PROC_OUTPUT_MAX);
	if (run(fs, argv, &used, &found, err) != TMD_OK) {
		tmd_proc_result_release(&found);
		return TMD_FAILED;
	}
	tmd_proc_result_release(result);
	*result = found;
	return TMD_OK;
}

enum tmd_rc tmd_proc_run(struct tmd_fs *fs, const char *const argv[],
			 const struct tmd_proc_options *options, struct tmd_proc_result *result,
			 struct tmd_error *err)
{
	if (tmd_fs_gate(fs, argv[0], err) != TMD_OK)
		return TMD_FAILED;
	return tmd_proc_run_reader(fs, argv, options, result, err);
}

void tmd_proc_result_release(struct tmd_proc_result *result)
{
	tmd_buf_release(&result->output);
	memset(result, 0, sizeof(*result));
}
