/* The child of a sandbox's keeper that becomes the program: limits, user, rights. */
#include "os/unix/observe_internal.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/unix/observe_seccomp.h"
#include "os/unix/proc_internal.h"

/* What PAM needs to become another user. */
#define FOR_PAM                                                                                   \
	(1u << CAP_SETUID | 1u << CAP_SETGID | 1u << CAP_DAC_READ_SEARCH | 1u << CAP_SYS_RESOURCE)

static const struct {
	int which;
	rlim_t most;
} limits[] = {
	{ RLIMIT_CPU, 20 }, /* seconds */
	{ RLIMIT_FSIZE, (rlim_t)16 << 20 },
	{ RLIMIT_CORE, 0 },
	{ RLIMIT_NPROC, 4096 }, /* of the user's, elsewhere too */
	{ RLIMIT_MSGQUEUE, 0 },
	{ RLIMIT_MEMLOCK, (rlim_t)8 << 20 },
	{ RLIMIT_AS, (rlim_t)4 << 30 },
};

static bool set_limits(void)
{
	for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++) {
		struct rlimit limit;

		if (getrlimit(limits[i].which, &limit) != 0)
			return false;
		if (limit.rlim_max > limits[i].most)
			limit.rlim_max = limits[i].most;
		if (limit.rlim_cur > limit.rlim_max)
			limit.rlim_cur = limit.rlim_max;
		if (setrlimit(limits[i].which, &limit) != 0)
			return false;
	}
	return true;
}

/* In a user namespace nobody can become anybody else, and groups stay. */
static bool become_user(const struct tmd_observe_request *request, bool user_space)
{
	gid_t groups[TMD_OBSERVE_GROUPS_MAX];

	if (user_space)
		return true;
	for (uint32_t i = 0; i < request->groups; i++)
		groups[i] = request->group[i];
	return setgroups(request->groups, groups) == 0 &&
	       setresgid(request->gid, request->gid, request->gid) == 0 &&
	       setresuid(request->uid, request->uid, request->uid) == 0;
}

const char *tmd_sandbox_drop_rights(const struct tmd_observe_request *request, const char *home,
				    bool user_space)
{
	const unsigned kept = request->privileged ? FOR_PAM : 0;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) != 0)
		return "cannot rule out new rights";
	if (tmd_proc_drop_bounds(kept) != 0)
		return "cannot give up rights";
	if (!become_user(request, user_space))
		return "cannot become the user";
	if (tmd_proc_keep_rights(kept) != 0)
		return "cannot give up rights";
	errno = tmd_landlock_refuse(home);
	if (errno)
		return "cannot be limited by Landlock";
	if (!set_limits())
		return "cannot set limits";
	errno = tmd_seccomp_refuse();
	return errno ? "cannot be kept from system calls" : NULL;
}
