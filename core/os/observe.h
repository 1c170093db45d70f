/*
 * Asking a program of the managed tree, a login shell for one, what it does with its environment,
 * in a sandbox that cannot change anything: everything there is read-only, times included, but for
 * a few private directories that are empty again for each question.
 *
 * Inside, the tree is "/". Private are /dev (null, zero, full, random, urandom, tty, fd, the
 * reporter), /dev/shm, /tmp, /var/tmp, /proc, and the user's home, which shows what is there and
 * forgets what is written. There are no sockets, no other processes, no rights and no way to get
 * any, and limits in time, memory, processes, files and output. Nothing is left of a question when
 * it is answered, and nothing of the sandbox when its caller ends, however that happens.
 *
 * Root has all that; others where the kernel lets them have user namespaces, and ask as themselves
 * only. On Windows tmd_observer_open() fails with unsupported.
 */
#ifndef TMD_OS_OBSERVE_H
#define TMD_OS_OBSERVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/strv.h"
#include "os/fs.h"
#include "os/user.h"

#define TMD_OBSERVE_TIMEOUT 3			/* seconds for a question that names none */
#define TMD_OBSERVE_OUTPUT_MAX ((size_t)4 << 20) /* bytes kept of what it says */
#define TMD_OBSERVE_REPORT_MAX ((size_t)4 << 20) /* bytes of an environment */

/*
 * The reporter is a program of the sandbox that answers with its own environment. A question has to
 * end in it: its last argument is the question's token, for which TMD_OBSERVE_TOKEN stands in an
 * argument (a part of it, too). A shell is given "\\exec " TMD_OBSERVE_REPORT, fish and csh
 * "exec " TMD_OBSERVE_REPORT; runuser -s TMD_OBSERVE_REPORTER -c TMD_OBSERVE_TOKEN.
 */
#define TMD_OBSERVE_REPORTER "/dev/trustmend"
#define TMD_OBSERVE_TOKEN "{token}"
#define TMD_OBSERVE_REPORT TMD_OBSERVE_REPORTER " " TMD_OBSERVE_TOKEN

/* A file as it shall be seen, whatever the tree holds. Missing directories are seen as well. */
struct tmd_observed_file {
	const char *path; /* absolute inside the root; links are followed as tmd_fs_replace() does */
	const void *data;
	size_t len;
	uint32_t mode; /* 0: 0644 */
	uint32_t uid;  /* as far as the caller may; else the caller's */
	uint32_t gid;
	bool gone; /* no such file; a link itself then, as tmd_fs_remove() does */
};

struct tmd_question {
	const struct tmd_user *user; /* groups are those of the root's own files */
	const char *program;	     /* absolute inside the root */
	const char *const *argv;     /* argv[0] as it shall be seen: "-bash"; NULL-terminated */
	const char *const *environment; /* "NAME=value", NULL-terminated */
	unsigned timeout;		/* seconds; 0: TMD_OBSERVE_TIMEOUT */
	/*
	 * Runs as root (`user` is root then) with the rights that PAM needs to become another user:
	 * CAP_SETUID, CAP_SETGID, CAP_DAC_READ_SEARCH, CAP_SYS_RESOURCE. For trees whose programs
	 * root trusts anyway. The reporter may be a child of the program. The home is read-only.
	 */
	bool privileged;
};

enum tmd_observed {
	TMD_OBSERVED,		 /* the reporter answered */
	TMD_OBSERVED_DEATH,	 /* the program ended before: `status` */
	TMD_OBSERVED_TIMEOUT,	 /* it ran too long, or said too much (64 MB): `why` */
	TMD_OBSERVED_IMPOSSIBLE, /* it could not be asked, or its answer is not to be trusted: `why` */
};

struct tmd_answer {
	enum tmd_observed kind;
	struct tmd_strv environment; /* "NAME=value" as execve() got it, in this order */
	int status;		     /* exit status, or 128 + signal */
	struct tmd_buf output;	     /* stdout and stderr as they came, cut at TMD_OBSERVE_OUTPUT_MAX */
	char *said;		     /* the last line of it that is not blank, or NULL */
	char *why;		     /* "it still ran after 3 seconds: sleep 600", or NULL */
};

struct tmd_observer;

/*
 * A sandbox that shows the tree as it is, with `files` laid over it; it answers any number of
 * questions. Nothing of the tree is written, and no permission to write is needed. A home that is
 * mounted when it is looked at has to be looked at before. What `files` points to may go afterwards.
 * Fails: unsupported (no such sandbox can be had here: the message says why), invalid_input,
 * permission, io.
 */
enum tmd_rc tmd_observer_open(struct tmd_fs *fs, const struct tmd_observed_file *files,
			      size_t count, struct tmd_observer **out,
			      struct tmd_error *err) TMD_MUST_CHECK;

/*
 * One question. That a program dies, hangs, does not exist or is for another processor is an
 * answer. `answer` is replaced. Fails: invalid_input (nothing that can be asked: no program), io.
 */
enum tmd_rc tmd_observer_ask(struct tmd_observer *observer, const struct tmd_question *question,
			     struct tmd_answer *answer, struct tmd_error *err) TMD_MUST_CHECK;

void tmd_observer_close(struct tmd_observer *observer); /* NULL is fine */
void tmd_observer_close_ptr(struct tmd_observer **observer);
void tmd_answer_release(struct tmd_answer *answer); /* zero-initialised is fine */

#define TMD_AUTO_OBSERVER TMD_CLEANUP(tmd_observer_close_ptr)
#define TMD_AUTO_ANSWER TMD_CLEANUP(tmd_answer_release)

/* The value of a variable in an answer, or NULL. */
const char *tmd_answer_value(const struct tmd_answer *answer, const char *name);

#endif
