/* What Landlock adds: numbers and structures of ours, since systems' headers are older than kernels. */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/unix/fs_internal.h"
#include "os/unix/observe_seccomp.h"

enum {
	NR_CREATE_RULESET = 444,
	NR_ADD_RULE,
	NR_RESTRICT_SELF,
	GIVE_VERSION = 1, /* LANDLOCK_CREATE_RULESET_VERSION */
	RULE_PATH = 1,	  /* LANDLOCK_RULE_PATH_BENEATH */
};

#define WRITE_FILE (UINT64_C(1) << 1)
#define IN_FIRST UINT64_C(0x1FF2) /* write to a file, remove, make: all but reading and execution */
#define REFER (UINT64_C(1) << 13)
#define TRUNCATE (UINT64_C(1) << 14)
#define DEVICE_CONTROL (UINT64_C(1) << 15)
#define NETWORK UINT64_C(3) /* to bind and to connect */
#define SCOPES UINT64_C(3)  /* abstract sockets, signals */

struct ruleset {
	uint64_t files;
	uint64_t network;
	uint64_t scopes;
};

struct rule {
	uint64_t allowed;
	int32_t parent;
} __attribute__((packed));

static struct ruleset known_to(long version)
{
	struct ruleset known = { .files = IN_FIRST };

	if (version >= 2)
		known.files |= REFER;
	if (version >= 3)
		known.files |= TRUNCATE;
	if (version >= 4)
		known.network = NETWORK;
	if (version >= 5)
		known.files |= DEVICE_CONTROL;
	if (version >= 6)
		known.scopes = SCOPES;
	return known;
}

/* What is not there needs no rule. */
static int allow_below(int rules, const char *path, uint64_t allowed)
{
	TMD_AUTO_FD int parent = open(path, O_PATH | O_CLOEXEC);
	struct rule rule = { .allowed = allowed, .parent = parent };

	if (parent < 0)
		return 0;
	return syscall(NR_ADD_RULE, rules, RULE_PATH, &rule, 0) == 0 ? 0 : errno;
}

int tmd_landlock_refuse(const char *home)
{
	const char *const all[] = { "/tmp", "/var/tmp", "/dev/shm", home };
	const long version = syscall(NR_CREATE_RULESET, NULL, 0, GIVE_VERSION);
	struct ruleset wanted = known_to(version);
	TMD_AUTO_FD int rules = -1;
	int failed;

	if (version < 1)
		return 0;
	rules = (int)syscall(NR_CREATE_RULESET, &wanted, sizeof(wanted), 0);
	if (rules < 0)
		return errno;
	failed = allow_below(rules, "/dev",
			     wanted.files & (WRITE_FILE | TRUNCATE | DEVICE_CONTROL));
	for (size_t i = 0; !failed && i < sizeof(all) / sizeof(*all); i++)
		failed = all[i] ? allow_below(rules, all[i], wanted.files) : 0;
	if (failed)
		return failed;
	return syscall(NR_RESTRICT_SELF, rules, 0) == 0 ? 0 : errno;
}
