/*
 * What a program of an offline image may do. The image may be anybody's: its programs write files
 * of the image as root would, and reach nothing else. What the kernel does not let us take away is
 * left; without the rights themselves being dropped nothing runs.
 */
#include "os/unix/proc_internal.h"

#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define CAP_LAST 63 /* more than there are: the kernel says which it knows */

/* To write root's files, whoever owns them and their directories, and to give them away. */
#define KEPT                                                                                     \
	(1u << CAP_CHOWN | 1u << CAP_DAC_OVERRIDE | 1u << CAP_DAC_READ_SEARCH | 1u << CAP_FOWNER | \
	 1u << CAP_FSETID)

static bool is_among(int capability, unsigned kept)
{
	return capability < 32 && (kept >> capability & 1u);
}

/* Ends as the program did. It has closed what the starter waits on. */
static void stand_in(pid_t program, const int *open_files, size_t count)
{
	int status = 0;
	pid_t ended;

	for (size_t i = 0; i < count; i++)
		close(open_files[i]);
	do
		ended = waitpid(program, &status, 0);
	while (ended < 0 && errno == EINTR);
	if (ended == program && WIFEXITED(status))
		_exit(WEXITSTATUS(status));
	if (ended == program && WIFSIGNALED(status)) {
		(void)signal(WTERMSIG(status), SIG_DFL);
		(void)raise(WTERMSIG(status));
	}
	_exit(126);
}

int tmd_proc_isolate(const int *open_files, size_t count)
{
	static const int others[] = { CLONE_NEWNS, CLONE_NEWNET, CLONE_NEWIPC, CLONE_NEWUTS };
	pid_t program;

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		(void)unshare(others[i]);
	if (unshare(CLONE_NEWPID) != 0)
		return 0;
	program = fork();
	if (program < 0)
		return errno;
	if (program > 0)
		stand_in(program, open_files, count);
	return prctl(PR_SET_PDEATHSIG, (long)SIGKILL, 0L, 0L, 0L) != 0 ? errno : 0;
}

/* The bounding set is what root gets back when it executes a program. */
int tmd_proc_drop_bounds(unsigned kept)
{
	(void)prctl(PR_CAP_AMBIENT, (long)PR_CAP_AMBIENT_CLEAR_ALL, 0L, 0L, 0L);
	for (int capability = 0; capability <= CAP_LAST; capability++) {
		if (is_among(capability, kept) ||
		    prctl(PR_CAPBSET_READ, (long)capability, 0L, 0L, 0L) != 1)
			continue;
		if (prctl(PR_CAPBSET_DROP, (long)capability, 0L, 0L, 0L) != 0)
			return errno;
	}
	return 0;
}

int tmd_proc_keep_rights(unsigned kept)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { { 0 } };

	if (syscall(SYS_capget, &header, data) != 0)
		return errno;
	data[0].permitted &= kept;
	data[0].effective &= kept;
	data[0].inheritable = 0;
	data[1] = (struct __user_cap_data_struct){ 0 };
	return syscall(SYS_capset, &header, data) != 0 ? errno : 0;
}

int tmd_proc_drop_rights(void)
{
	int failed;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) != 0)
		return errno;
	failed = tmd_proc_drop_bounds(KEPT);
	return failed ? failed : tmd_proc_keep_rights(KEPT);
}
