/*
 * The sandbox of os/observe.h in parts. Its keeper is a child of ours and the first process of a
 * process table of its own: what it started ends with it, and it ends with us. It makes the
 * sandbox (enter, private, planned), then takes one question after the other from its link
 * (keeper), each answered by a child of its own without rights (rights).
 */
#ifndef TMD_OS_UNIX_OBSERVE_INTERNAL_H
#define TMD_OS_UNIX_OBSERVE_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "os/observe.h"
#include "os/unix/reporter/report.h"

#define TMD_OBSERVE_SAYS_MAX ((size_t)64 << 20) /* bytes that a program may write */
#define TMD_OBSERVE_GROUPS_MAX 1024

extern const unsigned char tmd_reporter[];
extern const size_t tmd_reporter_size; /* 0: none for this processor */

/* ---- what goes over the link ---- */

/* Why there is no sandbox, or no answer; `what` is "" when all is well. */
struct tmd_observe_failure {
	int sys; /* errno, or 0 */
	char what[200];
};

/* For a fail branch: false, after noting what could not be done, and to what (NULL is fine). */
bool tmd_observe_fail(struct tmd_observe_failure *failure, int sys, const char *what,
		      const char *path);

/* Strings follow, each with its NUL: program, home, arguments, environment. */
struct tmd_observe_request {
	uint32_t size; /* of all strings */
	uint32_t arguments;
	uint32_t variables;
	uint32_t uid;
	uint32_t gid;
	uint32_t groups;
	uint32_t group[TMD_OBSERVE_GROUPS_MAX];
	uint32_t timeout_ms;
	bool privileged;
	char token[TMD_REPORT_TOKEN];
};

/* `report` bytes of the environment follow, then `output` bytes. */
struct tmd_observe_reply {
	int32_t kind;
	int32_t status;
	uint32_t report;
	uint32_t output;
	struct tmd_observe_failure why;
};

bool tmd_link_send(int link, const void *data, size_t len) TMD_MUST_CHECK;

/* False at the end, and when nothing has come by `deadline` (tmd_monotonic_ms(); -1: none). */
bool tmd_link_receive(int link, void *data, size_t len, int64_t deadline) TMD_MUST_CHECK;

/* ---- the sandbox ---- */

/* A planned file at its canonical path. */
struct tmd_observed_place {
	char *path;
	const struct tmd_observed_file *file;
};

struct tmd_sandbox {
	int tree;	 /* the root directory of the managed tree, as the caller has it open */
	bool user_space; /* in a user namespace: the caller is the only user */
	uid_t uid;	 /* the caller */
	gid_t gid;
	const struct tmd_observed_place *places;
	size_t count;

	/* While it is made: what the machine has, from outside. */
	int outside; /* its root, to be left */
	int devices; /* its /dev */
	int table;   /* its /proc */
	int stage;   /* a private directory that nobody sees later */

	struct tmd_strv mounts; /* all that the tree has, planned files included; none: unknown */
	bool own_table; /* /proc is the sandbox's own */
	int fifo;	/* of the reporter */
	char *home;	/* that was made writable last, or NULL */
	unsigned homes;
	bool used; /* a question was asked */
};

/* The namespaces, and the tree in them as "/", read-only; `stage` is ready. */
bool tmd_sandbox_enter(struct tmd_sandbox *box, struct tmd_observe_failure *failure);

/* /dev and /proc. */
bool tmd_sandbox_furnish(struct tmd_sandbox *box, struct tmd_observe_failure *failure);

/* The planned files. */
bool tmd_sandbox_lay(struct tmd_sandbox *box, struct tmd_observe_failure *failure);

/* Nothing of the machine but the tree can be reached any more. */
bool tmd_sandbox_leave(struct tmd_sandbox *box, struct tmd_observe_failure *failure);

/* Empty private directories, and a home that can be written to (NULL: none) for one question. */
bool tmd_sandbox_refresh(struct tmd_sandbox *box, const char *home,
			 const struct tmd_observe_request *request,
			 struct tmd_observe_failure *failure);

/* Adds MS_RDONLY and `flags` to a mount, whatever it has. 0, or an errno value. */
int tmd_mount_restrict(const char *path, unsigned long flags);

/*
 * Shows at `target`, from `stage` on, each entry of the directory `from` by a mount of its own.
 * Names for which `skip` says so are left out. 0, or an errno value.
 */
int tmd_mount_mirror(int stage, const char *target, const char *from,
		     bool (*skip)(void *arg, const char *name), void *arg);

/* Takes questions until the link ends. Does not return. */
void tmd_sandbox_keep(struct tmd_sandbox *box, int link) __attribute__((noreturn));

/* ---- in the child that becomes the program ---- */

/* Limits, user and rights; nothing but execve() comes after. Says what failed, or NULL. */
const char *tmd_sandbox_drop_rights(const struct tmd_observe_request *request, const char *home,
				    bool user_space);

/* 0, or the errno value that says why it cannot be run here; ENOEXEC: for another processor. */
int tmd_sandbox_check_program(const char *program);

#endif
