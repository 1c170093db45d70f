/*
 * The first process of a sandbox: starts a program for each question, waits for the reporter, the
 * program's end or the time limit, and ends whatever the question started.
 */
#include "os/unix/observe_internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/proc.h"
#include "os/unix/fs_internal.h"
#include "os/unix/proc_internal.h"

#define LOOK_MS 20	    /* how often processes are counted */
#define PROCESSES_MAX 2048u /* that one question may start, one after the other */
#define FIRST_FD 3	    /* after the standard streams */

/* A question while it is answered. */
struct asked {
	struct tmd_observe_request request;
	char *strings;
	const char *program;
	const char *home;
	char **arguments;
	char **variables;

	pid_t pid;
	int output;  /* what it says */
	int trouble; /* a struct tmd_observe_failure when it could not be started, or the end */
	uint32_t first_process;
	size_t said;
	struct tmd_buf report;
	struct tmd_buf kept;
	bool ended;
	int status;
	struct tmd_observe_reply reply;
};

/* ---- the program ---- */

static void give_up(int trouble, int sys, const char *what, const char *path)
{
	struct tmd_observe_failure failure = { 0 };

	(void)tmd_observe_fail(&failure, sys, what, path);
	if (write(trouble, &failure, sizeof(failure)) < 0)
		_exit(126);
	_exit(127);
}

static void become(const struct tmd_sandbox *box, const struct asked *asked, int output,
		   int trouble)
{
	const char *what;
	int input = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (setsid() < 0 || input < 0 || dup2(input, 0) < 0 || dup2(output, 1) < 0 ||
	    dup2(output, 2) < 0 || dup3(trouble, FIRST_FD, O_CLOEXEC) < 0)
		give_up(trouble, errno, "cannot prepare to run", asked->program);
	tmd_proc_close_above(FIRST_FD);
	trouble = FIRST_FD;
	tmd_proc_reset_signals();
	umask(022);
	errno = tmd_sandbox_check_program(asked->program);
	if (errno == ENOEXEC)
		give_up(trouble, 0, "not a program for this processor:", asked->program);
	if (errno)
		give_up(trouble, errno, "cannot run", asked->program);
	what = tmd_sandbox_drop_rights(&asked->request,
				       asked->request.privileged ? NULL : asked->home,
				       box->user_space);
	if (what)
		give_up(trouble, errno, what, NULL);
	if (chdir(asked->home) != 0 && chdir("/") != 0)
		give_up(trouble, errno, "cannot enter", "/");
	execve(asked->program, asked->arguments, asked->variables);
	give_up(trouble, errno, "cannot run", asked->program);
}

/* A pipe whose ends are above those that the program gets. */
static bool open_pipe(int ends[2])
{
	int raw[2];

	if (pipe2(raw, O_CLOEXEC) != 0)
		return false;
	for (int i = 0; i < 2; i++) {
		ends[i] = fcntl(raw[i], F_DUPFD_CLOEXEC, FIRST_FD + 1);
		close(raw[i]);
	}
	(void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
	return ends[0] >= 0 && ends[1] >= 0;
}

static bool start(const struct tmd_sandbox *box, struct asked *asked)
{
	int output[2];
	int trouble[2];

	if (!open_pipe(output) || !open_pipe(trouble))
		return tmd_observe_fail(&asked->reply.why, errno, "cannot open a pipe", NULL);
	asked->pid = fork();
	if (asked->pid == 0)
		become(box, asked, output[1], trouble[1]);
	close(output[1]);
	close(trouble[1]);
	asked->output = output[0];
	asked->trouble = trouble[0];
	if (asked->pid < 0)
		return tmd_observe_fail(&asked->reply.why, errno, "cannot start a process", NULL);
	return true;
}

/* ---- what comes from it ---- */

/* Reads what is there; what `to` cannot hold is counted and dropped. */
static size_t drain(int fd, struct tmd_buf *to)
{
	char chunk[16384];
	size_t all = 0;
	ssize_t got;

	while (all < sizeof(chunk) * 16 && (got = read(fd, chunk, sizeof(chunk))) > 0) {
		const size_t room = to->max - to->len;

		tmd_buf_add(to, chunk, (size_t)got < room ? (size_t)got : room);
		all += (size_t)got;
	}
	return all;
}

static const struct tmd_report_head *head_of(const struct tmd_buf *report)
{
	return report->len < sizeof(struct tmd_report_head)
		       ? NULL
		       : (const struct tmd_report_head *)(const void *)report->data;
}

static bool has_token(const struct asked *asked)
{
	const struct tmd_report_head *head = head_of(&asked->report);

	return memcmp(head->token, asked->request.token, sizeof(head->token)) == 0;
}

/* All of the report is there, or something else, whose end nobody knows. */
static bool is_complete(const struct asked *asked)
{
	const struct tmd_report_head *head = head_of(&asked->report);

	if (!head)
		return false;
	return !has_token(asked) || asked->report.len >= sizeof(*head) + (size_t)head->len;
}

/* The kernel says what a process runs; where there is no process table, the token has to do. */
static bool is_reporter(const struct tmd_sandbox *box, int pid)
{
	TMD_AUTO_FREE char *path = tmd_format("/proc/%d/exe", pid);
	struct stat runs;
	struct stat reporter;

	if (!box->own_table)
		return true;
	return stat(path, &runs) == 0 && stat(TMD_OBSERVE_REPORTER, &reporter) == 0 &&
	       runs.st_dev == reporter.st_dev && runs.st_ino == reporter.st_ino;
}

/* Exactly one report, of the process that the program became, or of its child for PAM. */
static bool is_genuine(const struct tmd_sandbox *box, const struct asked *asked)
{
	const struct tmd_report_head *head = head_of(&asked->report);

	return has_token(asked) && asked->report.len == sizeof(*head) + head->len &&
	       (asked->request.privileged || head->pid == asked->pid) &&
	       is_reporter(box, head->pid);
}

/* ---- waiting ---- */

/* The last process number that was given out, or 0 where there is no process table. */
static uint32_t last_process(const struct tmd_sandbox *box)
{
	TMD_AUTO_FD int fd = box->own_table ? open("/proc/loadavg", O_RDONLY | O_CLOEXEC) : -1;
	char text[128];
	ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	const char *last;

	if (len <= 0)
		return 0;
	text[len] = '\0';
	last = strrchr(text, ' ');
	return last ? (uint32_t)strtoul(last + 1, NULL, 10) : 0;
}

/* "sleep 600": what the process that was started last runs. */
static void name_running(const struct tmd_sandbox *box, uint32_t last, char *out, size_t size)
{
	for (uint32_t pid = last; box->own_table && pid > 1 && last - pid < 100; pid--) {
		TMD_AUTO_FREE char *path = tmd_format("/proc/%u/cmdline", pid);
		TMD_AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
		ssize_t len = fd < 0 ? -1 : read(fd, out, size - 1);

		if (len <= 0)
			continue;
		for (ssize_t i = 0; i < len; i++) {
			if ((unsigned char)out[i] < ' ')
				out[i] = ' ';
		}
		while (len > 0 && out[len - 1] == ' ')
			len--;
		out[len] = '\0';
		return;
	}
	out[0] = '\0';
}

static void reap(struct asked *asked)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != asked->pid)
			continue;
		asked->ended = true;
		asked->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	}
}

static bool too_much(const struct tmd_sandbox *box, struct asked *asked)
{
	const uint32_t last = last_process(box);

	if (asked->said > TMD_OBSERVE_SAYS_MAX)
		return !tmd_observe_fail(&asked->reply.why, 0, "it wrote more than 64 MB", NULL);
	if (last > asked->first_process && last - asked->first_process > PROCESSES_MAX)
		return !tmd_observe_fail(&asked->reply.why, 0,
					 "it started more than 2048 processes", NULL);
	return false;
}

static void note_time(const struct tmd_sandbox *box, struct asked *asked)
{
	char runs[150];
	TMD_AUTO_FREE char *text = NULL;

	name_running(box, last_process(box), runs, sizeof(runs));
	text = tmd_format("it still ran after %u seconds%s%s", asked->request.timeout_ms / 1000,
			  runs[0] ? ": " : "", runs);
	(void)tmd_observe_fail(&asked->reply.why, 0, text, NULL);
}

static void wait_a_little(const struct tmd_sandbox *box, const struct asked *asked, int children)
{
	struct pollfd events[] = {
		{ .fd = box->fifo, .events = POLLIN },
		{ .fd = asked->output, .events = POLLIN },
		{ .fd = children, .events = POLLIN },
	};
	struct signalfd_siginfo ignored;

	(void)poll(events, 3, LOOK_MS);
	if (events[2].revents && read(children, &ignored, sizeof(ignored)) < 0)
		return;
}

/* Until the report is complete, or the program has ended, or is to be ended. */
static void watch(const struct tmd_sandbox *box, struct asked *asked, int children)
{
	const int64_t start = tmd_monotonic_ms();
	int64_t looked = start;

	for (;;) {
		const int64_t now = tmd_monotonic_ms();

		reap(asked); /* before what it left behind is read */
		(void)drain(box->fifo, &asked->report);
		asked->said += drain(asked->output, &asked->kept);
		if (is_complete(asked) || asked->ended)
			return;
		if (now - start >= (int64_t)asked->request.timeout_ms) {
			note_time(box, asked);
			return;
		}
		if (now - looked >= LOOK_MS) {
			looked = now;
			if (too_much(box, asked))
				return;
		}
		wait_a_little(box, asked, children);
	}
}

/* The first process is not among those that are killed, and no other can come in between. */
static void end_all(void)
{
	(void)kill(-1, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		continue;
}

/* ---- a question ---- */

static bool read_trouble(struct asked *asked)
{
	struct tmd_observe_failure failure;

	if (read(asked->trouble, &failure, sizeof(failure)) != (ssize_t)sizeof(failure))
		return false;
	asked->reply.why = failure;
	return true;
}

/* bash says so where it finds no process table, and goes on without what it should have read. */
static bool misses_table(const struct tmd_sandbox *box, const struct asked *asked)
{
	return !box->own_table && !box->user_space &&
	       strstr(tmd_buf_str(&asked->kept), "/dev/fd/");
}

static enum tmd_observed judge(const struct tmd_sandbox *box, struct asked *asked)
{
	if (asked->ended && read_trouble(asked))
		return TMD_OBSERVED_IMPOSSIBLE;
	if (asked->reply.why.what[0])
		return TMD_OBSERVED_TIMEOUT;
	if (!is_complete(asked)) {
		asked->reply.status = asked->status;
		if (asked->report.len == 0)
			return TMD_OBSERVED_DEATH;
	}
	if (!is_complete(asked) || !is_genuine(box, asked)) {
		(void)tmd_observe_fail(&asked->reply.why, 0,
				       "something else answered in place of the reporter", NULL);
		return TMD_OBSERVED_IMPOSSIBLE;
	}
	if (misses_table(box, asked)) {
		(void)tmd_observe_fail(&asked->reply.why, 0, "a script needs /proc, which this "
							     "container masks", NULL);
		return TMD_OBSERVED_IMPOSSIBLE;
	}
	return TMD_OBSERVED;
}

static void answer(struct tmd_sandbox *box, struct asked *asked, int children)
{
	const char *home = asked->request.privileged ? NULL : asked->home;

	tmd_buf_init(&asked->report, TMD_OBSERVE_REPORT_MAX);
	tmd_buf_init(&asked->kept, TMD_OBSERVE_OUTPUT_MAX);
	asked->reply.kind = TMD_OBSERVED_IMPOSSIBLE;
	if (!tmd_sandbox_refresh(box, home, &asked->request, &asked->reply.why))
		return;
	(void)drain(box->fifo, &asked->report);
	tmd_buf_clear(&asked->report);
	asked->first_process = last_process(box);
	if (start(box, asked)) {
		watch(box, asked, children);
		asked->reply.kind = (int)judge(box, asked);
	}
	end_all();
}

static bool reply(const struct asked *asked, int link)
{
	const size_t head = sizeof(struct tmd_report_head);
	struct tmd_observe_reply sent = asked->reply;

	sent.report = sent.kind == TMD_OBSERVED ? (uint32_t)(asked->report.len - head) : 0;
	sent.output = (uint32_t)asked->kept.len;
	return tmd_link_send(link, &sent, sizeof(sent)) &&
	       (!sent.report || tmd_link_send(link, asked->report.data + head, sent.report)) &&
	       (!sent.output || tmd_link_send(link, asked->kept.data, sent.output));
}

/* ---- questions ---- */

static const char *next_string(const char **at)
{
	const char *string = *at;

	*at += strlen(string) + 1;
	return string;
}

/* execve() takes pointers to non-const text. */
static char **take_strings(char **at, uint32_t count)
{
	char **strings = tmd_alloc((size_t)count + 1, sizeof(*strings));

	for (uint32_t i = 0; i < count; i++) {
		strings[i] = *at;
		*at += strlen(*at) + 1;
	}
	return strings;
}

static bool receive(int link, struct asked *asked)
{
	char *at;
	const char *begin;

	if (!tmd_link_receive(link, &asked->request, sizeof(asked->request), -1))
		return false;
	asked->strings = tmd_alloc((size_t)asked->request.size + 1, 1);
	if (!tmd_link_receive(link, asked->strings, asked->request.size, -1))
		return false;
	begin = asked->strings;
	asked->program = next_string(&begin);
	asked->home = next_string(&begin);
	at = asked->strings + (begin - asked->strings);
	asked->arguments = take_strings(&at, asked->request.arguments);
	asked->variables = take_strings(&at, asked->request.variables);
	return true;
}

static void asked_release(struct asked *asked)
{
	free(asked->strings);
	free(asked->arguments);
	free(asked->variables);
	tmd_fd_close(&asked->output);
	tmd_fd_close(&asked->trouble);
	tmd_buf_release(&asked->report);
	tmd_buf_release(&asked->kept);
}

static int open_children(void)
{
	sigset_t children;

	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &children, NULL) != 0)
		return -1;
	return signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
}

void tmd_sandbox_keep(struct tmd_sandbox *box, int link)
{
	const int children = open_children();

	for (bool more = children >= 0; more;) {
		TMD_CLEANUP(asked_release) struct asked asked = { .output = -1, .trouble = -1 };

		more = receive(link, &asked);
		if (!more)
			continue;
		answer(box, &asked, children);
		more = reply(&asked, link);
	}
	_exit(0);
}
