/* The caller's side of a sandbox: its keeper is started, asked, and ended. */
#include "os/observe.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "os/proc.h"
#include "os/unix/fs_internal.h"
#include "os/unix/observe_internal.h"
#include "os/unix/proc_internal.h"
#include "os/unix/sys_error.h"
#include "os/unix/user_internal.h"

#define GRACE_MS 10000	/* beyond its time limit, for a keeper that a file system holds up */
#define BURY_MS 1000	/* for the end of one that was killed */
#define LINK_FD 3	/* a keeper's, after its standard streams */
#define TREE_FD 4
#define KEPT_FILES 5
#define STRINGS_MAX ((size_t)8 << 20)
#define NAMESPACES                                                                                \
	((unsigned long)(CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | SIGCHLD))

struct tmd_observer {
	struct tmd_fs *fs;
	pid_t keeper; /* 0: it is no more */
	int link;
	bool user_space;
};

/* ---- the keeper's start ---- */

struct planned {
	struct tmd_observed_place *places;
	size_t count;
};

static void planned_release(struct planned *planned)
{
	for (size_t i = 0; i < planned->count; i++)
		free(planned->places[i].path);
	free(planned->places);
}

/* Where a file will be made: a final link is followed, or removed itself. */
static enum tmd_rc place_file(struct tmd_fs *fs, const struct tmd_observed_file *file, char **path,
			      struct tmd_error *err)
{
	TMD_AUTO_FREE char *dir = NULL;
	TMD_AUTO_FREE char *real = NULL;

	if (!file->gone)
		return tmd_fs_resolve(fs, file->path, path, err);
	dir = tmd_path_dir(file->path);
	if (tmd_fs_resolve(fs, dir, &real, err) != TMD_OK)
		return TMD_FAILED;
	*path = tmd_path_join(real, tmd_path_base(file->path));
	return TMD_OK;
}

static enum tmd_rc place_files(struct tmd_fs *fs, const struct tmd_observed_file *files,
			       size_t count, struct planned *out, struct tmd_error *err)
{
	out->places = tmd_alloc(count + 1, sizeof(*out->places));
	for (; out->count < count; out->count++) {
		struct tmd_observed_place *place = &out->places[out->count];

		place->file = &files[out->count];
		if (place_file(fs, place->file, &place->path, err) != TMD_OK)
			return TMD_FAILED;
	}
	return TMD_OK;
}

/* What the caller has open is closed but for two: another sandbox's link, for one. */
static bool take_open_files(int *link, int *tree)
{
	const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	const int high[] = { fcntl(*link, F_DUPFD_CLOEXEC, KEPT_FILES),
			     fcntl(*tree, F_DUPFD_CLOEXEC, KEPT_FILES) };

	*link = dup3(high[0], LINK_FD, O_CLOEXEC);
	*tree = dup3(high[1], TREE_FD, O_CLOEXEC);
	for (int fd = 0; fd < LINK_FD; fd++) {
		if (null >= 0 && null != fd)
			(void)dup2(null, fd);
	}
	tmd_proc_close_above(TREE_FD);
	return *link >= 0 && *tree >= 0;
}

/* In the child. */
static void keep(struct tmd_sandbox *box, int link)
{
	struct tmd_observe_failure failure = { 0 };

	tmd_proc_reset_signals();
	/* Only the first process of a table may end all others of it. */
	if (getpid() != 1 || prctl(PR_SET_PDEATHSIG, (long)SIGKILL, 0L, 0L, 0L) != 0 ||
	    setsid() < 0 || !take_open_files(&link, &box->tree))
		_exit(126);
	umask(0);
	if (!tmd_sandbox_enter(box, &failure) || !tmd_sandbox_furnish(box, &failure) ||
	    !tmd_sandbox_lay(box, &failure) || !tmd_sandbox_leave(box, &failure) ||
	    !tmd_link_send(link, &failure, sizeof(failure))) {
		(void)(failure.what[0] && tmd_link_send(link, &failure, sizeof(failure)));
		_exit(126);
	}
	tmd_sandbox_keep(box, link);
}

/* As fork(), into new namespaces; the arguments that differ between processors are all 0. */
static pid_t fork_into(unsigned long namespaces)
{
	return (pid_t)syscall(SYS_clone, namespaces, 0L, 0L, 0L, 0L);
}

/* Root of a container may be without the right, and yet have user namespaces. */
static pid_t start_keeper(struct tmd_observer *observer, struct tmd_sandbox *box, int link)
{
	pid_t pid = -1;

	if (box->uid == 0)
		pid = fork_into(NAMESPACES);
	if (pid < 0) {
		box->user_space = true;
		pid = fork_into(NAMESPACES | CLONE_NEWUSER);
	}
	if (pid == 0)
		keep(box, link);
	observer->user_space = box->user_space;
	return pid;
}

static void end_keeper(struct tmd_observer *observer)
{
	const int64_t deadline = tmd_monotonic_ms() + BURY_MS;
	const struct timespec moment = { .tv_nsec = 100000 };
	pid_t ended = 0;

	tmd_fd_close(&observer->link);
	if (observer->keeper <= 0)
		return;
	(void)kill(observer->keeper, SIGKILL);
	while (ended == 0 && tmd_monotonic_ms() < deadline) {
		ended = waitpid(observer->keeper, NULL, WNOHANG);
		if (ended == 0)
			(void)nanosleep(&moment, NULL);
	}
	observer->keeper = 0;
}

static enum tmd_rc fail_impossible(struct tmd_error *err, int sys, const char *what)
{
	tmd_error_set(err, TMD_E_UNSUPPORTED, NULL,
		      geteuid() == 0 ? "containers and old kernels may forbid it"
				     : "run as root, or let users have namespaces",
		      "programs cannot be asked here: %s%s%s", what, sys ? ": " : "",
		      sys ? strerror(sys) : "");
	err->sys = sys;
	return TMD_FAILED;
}

static enum tmd_rc await_keeper(struct tmd_observer *observer, struct tmd_error *err)
{
	struct tmd_observe_failure failure;

	if (!tmd_link_receive(observer->link, &failure, sizeof(failure),
			      tmd_monotonic_ms() + GRACE_MS))
		return fail_impossible(err, 0, "the sandbox was not made in time");
	if (failure.what[0])
		return fail_impossible(err, failure.sys, failure.what);
	return TMD_OK;
}

static enum tmd_rc start(struct tmd_observer *observer, const struct planned *planned,
			 struct tmd_error *err)
{
	struct tmd_sandbox box = {
		.tree = observer->fs->fd,
		.uid = geteuid(),
		.gid = getegid(),
		.places = planned->places,
		.count = planned->count,
	};
	int ends[2];
	int failed;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		return tmd_fail_sys(err, errno, NULL, "cannot make a sandbox");
	observer->link = ends[0];
	observer->keeper = start_keeper(observer, &box, ends[1]);
	failed = errno;
	close(ends[1]);
	if (observer->keeper < 0)
		return fail_impossible(err, failed, "there are no namespaces to be had");
	return await_keeper(observer, err);
}

enum tmd_rc tmd_observer_open(struct tmd_fs *fs, const struct tmd_observed_file *files,
			      size_t count, struct tmd_observer **out, struct tmd_error *err)
{
	TMD_CLEANUP(planned_release) struct planned planned = { 0 };
	TMD_AUTO_OBSERVER struct tmd_observer *observer = tmd_alloc(1, sizeof(*observer));

	observer->fs = fs;
	observer->link = -1;
	if (tmd_reporter_size == 0)
		return fail_impossible(err, 0, "there is no reporter for this processor");
	if (place_files(fs, files, count, &planned, err) != TMD_OK ||
	    start(observer, &planned, err) != TMD_OK)
		return TMD_FAILED;
	*out = observer;
	observer = NULL;
	return TMD_OK;
}

void tmd_observer_close(struct tmd_observer *observer)
{
	if (!observer)
		return;
	end_keeper(observer);
	free(observer);
}

/* ---- a question ---- */

/* Linux before 3.17 has no call for it. */
static bool get_random(unsigned char *to, size_t len)
{
	TMD_AUTO_FD int fd = -1;

	if (syscall(SYS_getrandom, to, len, 0) == (long)len)
		return true;
	fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
	return fd >= 0 && read(fd, to, len) == (ssize_t)len;
}

static bool make_token(char *token)
{
	unsigned char random[TMD_REPORT_TOKEN / 2];
	char hex[TMD_REPORT_TOKEN + 1];

	if (!get_random(random, sizeof(random)))
		return false;
	tmd_hex(random, sizeof(random), hex);
	memcpy(token, hex, TMD_REPORT_TOKEN);
	return true;
}

static void add_string(struct tmd_buf *to, const char *text)
{
	tmd_buf_add(to, text, strlen(text) + 1);
}

static void add_argument(struct tmd_buf *to, const char *argument, const char *token)
{
	const char *at;

	while ((at = strstr(argument, TMD_OBSERVE_TOKEN))) {
		tmd_buf_add(to, argument, (size_t)(at - argument));
		tmd_buf_add(to, token, TMD_REPORT_TOKEN);
		argument = at + strlen(TMD_OBSERVE_TOKEN);
	}
	add_string(to, argument);
}

static void write_strings(const struct tmd_question *question, struct tmd_observe_request *request,
			  struct tmd_buf *strings)
{
	add_string(strings, question->program);
	add_string(strings, question->user->home ? question->user->home : "/");
	for (; question->argv[request->arguments]; request->arguments++)
		add_argument(strings, question->argv[request->arguments], request->token);
	for (; question->environment[request->variables]; request->variables++)
		add_string(strings, question->environment[request->variables]);
	request->size = (uint32_t)strings->len;
}

static enum tmd_rc write_request(struct tmd_observer *observer,
				 const struct tmd_question *question,
				 struct tmd_observe_request *request, struct tmd_buf *strings,
				 struct tmd_error *err)
{
	const unsigned timeout = question->timeout ? question->timeout : TMD_OBSERVE_TIMEOUT;

	if (!question->program || !tmd_path_is_absolute(question->program) || !question->argv ||
	    !question->argv[0] || !question->environment || !question->user)
		return tmd_fail(err, TMD_E_INVALID_INPUT, question->program, NULL,
				"not a question: it has no program, arguments or user");
	if (!make_token(request->token))
		return tmd_fail_sys(err, errno, NULL, "cannot get random numbers");
	request->uid = question->user->uid;
	request->gid = question->user->gid;
	request->privileged = question->privileged;
	request->timeout_ms = timeout * 1000;
	request->groups = (uint32_t)tmd_user_groups(observer->fs, question->user, request->group,
						    TMD_OBSERVE_GROUPS_MAX);
	write_strings(question, request, strings);
	return tmd_buf_check(strings, question->program, err);
}

/* ---- its answer ---- */

static char *last_line(const struct tmd_buf *output)
{
	size_t end = output->len;
	size_t begin;

	while (end && tmd_is_space(output->data[end - 1]))
		end--;
	begin = end;
	while (begin && output->data[begin - 1] != '\n')
		begin--;
	return end ? tmd_strndup(output->data + begin, end - begin) : NULL;
}

static void take_environment(const struct tmd_buf *report, struct tmd_strv *out)
{
	for (size_t at = 0; at < report->len; at += strlen(report->data + at) + 1)
		tmd_strv_add(out, report->data + at);
}

static bool receive_bytes(int link, size_t len, int64_t deadline, struct tmd_buf *out)
{
	char *to = tmd_buf_reserve(out, len);

	if (!to || !tmd_link_receive(link, to, len, deadline))
		return false;
	out->len += len;
	out->data[out->len] = '\0';
	return true;
}

static bool receive_answer(struct tmd_observer *observer, int64_t deadline,
			   struct tmd_answer *answer)
{
	TMD_AUTO_BUF struct tmd_buf report = { 0 };
	struct tmd_observe_reply reply;

	if (!tmd_link_receive(observer->link, &reply, sizeof(reply), deadline) ||
	    !receive_bytes(observer->link, reply.report, deadline, &report) ||
	    !receive_bytes(observer->link, reply.output, deadline, &answer->output))
		return false;
	answer->kind = (enum tmd_observed)reply.kind;
	answer->status = reply.status;
	take_environment(&report, &answer->environment);
	answer->said = last_line(&answer->output);
	if (reply.why.sys)
		answer->why = tmd_format("%s: %s", reply.why.what, strerror(reply.why.sys));
	else if (reply.why.what[0])
		answer->why = tmd_strdup(reply.why.what);
	return true;
}

static void answer_impossible(struct tmd_answer *answer, const char *why)
{
	tmd_answer_release(answer);
	answer->kind = TMD_OBSERVED_IMPOSSIBLE;
	answer->why = tmd_strdup(why);
}

/* Who it is for, where the caller is the only user that there is. */
static const char *obstacle(const struct tmd_observer *observer,
			    const struct tmd_question *question)
{
	if (!observer->keeper)
		return "the sandbox has ended";
	if (!observer->user_space)
		return NULL;
	if (question->privileged)
		return "only root can ask PAM";
	if (question->user->uid != geteuid())
		return "only root can ask as another user";
	return NULL;
}

enum tmd_rc tmd_observer_ask(struct tmd_observer *observer, const struct tmd_question *question,
			     struct tmd_answer *answer, struct tmd_error *err)
{
	TMD_AUTO_FREE struct tmd_observe_request *request = tmd_alloc(1, sizeof(*request));
	TMD_AUTO_BUF struct tmd_buf strings = { .max = STRINGS_MAX };
	struct tmd_answer found = { 0 };
	const char *why;
	int64_t deadline;

	if (write_request(observer, question, request, &strings, err) != TMD_OK)
		return TMD_FAILED;
	deadline = tmd_monotonic_ms() + request->timeout_ms + GRACE_MS;
	why = obstacle(observer, question);
	if (!why && (!tmd_link_send(observer->link, request, sizeof(*request)) ||
		     !tmd_link_send(observer->link, strings.data, strings.len) ||
		     !receive_answer(observer, deadline, &found))) {
		end_keeper(observer);
		why = "the sandbox does not answer: a file system hangs, or memory is short";
	}
	if (why)
		answer_impossible(&found, why);
	tmd_answer_release(answer);
	*answer = found;
	return TMD_OK;
}
