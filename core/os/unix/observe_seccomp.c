/*
 * System calls that a program in a sandbox does not get: sockets, since one could lie in the tree;
 * whatever changes mounts, namespaces, processes, keys, clocks or the kernel; and locks, which
 * would hold up others. What is refused is answered as by a kernel that lacks it.
 */
#include "os/unix/observe_seccomp.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
#define OUR_AUDIT_ARCH AUDIT_ARCH_X86_64
#define OTHER_CALLS 0x40000000u /* x32: the same processor, other numbers */
#else
#define OUR_AUDIT_ARCH AUDIT_ARCH_AARCH64
#define OTHER_CALLS UINT32_MAX
#endif

#define FILTER_MAX 400 /* instructions */
#define NEW_NAMESPACES                                                                            \
	((unsigned)(CLONE_NEWNS | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC |    \
		    CLONE_NEWUTS | CLONE_NEWCGROUP))

/* The same numbers on all processors; older systems lack the names. */
enum {
	NR_PIDFD_SEND_SIGNAL = 424,
	NR_IO_URING_SETUP,
	NR_IO_URING_ENTER,
	NR_IO_URING_REGISTER,
	NR_OPEN_TREE,
	NR_MOVE_MOUNT,
	NR_FSOPEN,
	NR_FSCONFIG,
	NR_FSMOUNT,
	NR_FSPICK,
	NR_CLONE3 = 435,
	NR_PIDFD_GETFD = 438,
	NR_PROCESS_MADVISE = 440,
	NR_MOUNT_SETATTR = 442,
	NR_QUOTACTL_FD,
	NR_MEMFD_SECRET = 447,
	NR_OPEN_TREE_ATTR = 467,
};

struct refusal {
	int call;
	int answer; /* 0: done, as far as the program can see */
};

static const struct refusal refusals[] = {
	/* Sockets: of the network, and of services in the file system. */
	{ SYS_socket, EAFNOSUPPORT },
	{ SYS_connect, EACCES },
	{ SYS_bind, EACCES },
	{ SYS_listen, EACCES },
	/* Mounts, roots and namespaces. */
	{ SYS_mount, EPERM },
	{ SYS_umount2, EPERM },
	{ SYS_pivot_root, EPERM },
	{ SYS_chroot, EPERM },
	{ SYS_unshare, EPERM },
	{ SYS_setns, EPERM },
	{ NR_OPEN_TREE, ENOSYS },
	{ NR_OPEN_TREE_ATTR, ENOSYS },
	{ NR_MOVE_MOUNT, ENOSYS },
	{ NR_FSOPEN, ENOSYS },
	{ NR_FSCONFIG, ENOSYS },
	{ NR_FSMOUNT, ENOSYS },
	{ NR_FSPICK, ENOSYS },
	{ NR_MOUNT_SETATTR, ENOSYS },
	{ NR_CLONE3, ENOSYS }, /* its flags cannot be seen; clone() is used then */
	{ SYS_open_by_handle_at, EPERM },
	/* Other processes. */
	{ SYS_ptrace, EPERM },
	{ SYS_process_vm_readv, EPERM },
	{ SYS_process_vm_writev, EPERM },
	{ SYS_kcmp, EPERM },
	{ NR_PIDFD_GETFD, EPERM },
	{ NR_PROCESS_MADVISE, EPERM },
	/* What has no limit, or is of the kernel's less travelled parts. */
	{ NR_IO_URING_SETUP, ENOSYS },
	{ NR_IO_URING_ENTER, ENOSYS },
	{ NR_IO_URING_REGISTER, ENOSYS },
	{ SYS_memfd_create, ENOSYS },
	{ NR_MEMFD_SECRET, ENOSYS },
	{ SYS_userfaultfd, ENOSYS },
	{ SYS_bpf, EPERM },
	{ SYS_perf_event_open, EPERM },
	{ SYS_fanotify_init, EPERM },
	{ SYS_keyctl, ENOSYS },
	{ SYS_add_key, ENOSYS },
	{ SYS_request_key, ENOSYS },
	/* Memory that outlives a process. */
	{ SYS_shmget, ENOSYS },
	{ SYS_shmat, ENOSYS },
	{ SYS_shmctl, ENOSYS },
	{ SYS_semget, ENOSYS },
	{ SYS_semctl, ENOSYS },
	{ SYS_semop, ENOSYS },
	{ SYS_semtimedop, ENOSYS },
	{ SYS_msgget, ENOSYS },
	{ SYS_msgctl, ENOSYS },
	{ SYS_msgsnd, ENOSYS },
	{ SYS_msgrcv, ENOSYS },
	{ SYS_mq_open, ENOSYS },
	{ SYS_mq_unlink, ENOSYS },
	/* The machine. */
	{ SYS_init_module, EPERM },
	{ SYS_finit_module, EPERM },
	{ SYS_delete_module, EPERM },
	{ SYS_kexec_load, EPERM },
	{ SYS_reboot, EPERM },
	{ SYS_swapon, EPERM },
	{ SYS_swapoff, EPERM },
	{ SYS_acct, EPERM },
	{ SYS_quotactl, EPERM },
	{ NR_QUOTACTL_FD, EPERM },
	{ SYS_settimeofday, EPERM },
	{ SYS_clock_settime, EPERM },
	{ SYS_clock_adjtime, EPERM },
	{ SYS_adjtimex, EPERM },
	{ SYS_sethostname, EPERM },
	{ SYS_setdomainname, EPERM },
	{ SYS_syslog, EPERM },
	{ SYS_vhangup, EPERM },
	{ SYS_nfsservctl, ENOSYS },
	/* A file needs no right to write to be locked. */
	{ SYS_flock, 0 },
};

/* Of fcntl(): locks, leases and signals for changes. */
static const unsigned refused_commands[] = { F_SETLK,	 F_SETLKW,   F_OFD_SETLK,
					     F_OFD_SETLKW, F_SETLEASE, F_NOTIFY };

struct program {
	struct sock_filter code[FILTER_MAX];
	size_t len;
};

static void add(struct program *program, unsigned code, uint32_t value, size_t yes, size_t no)
{
	program->code[program->len++] =
		(struct sock_filter){ (uint16_t)code, (uint8_t)yes, (uint8_t)no, value };
}

static void load(struct program *program, size_t offset)
{
	add(program, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void answer(struct program *program, int failed)
{
	add(program, BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)failed, 0, 0);
}

static void allow(struct program *program)
{
	add(program, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
}

/* The lower half of an argument: flags and commands are no longer; a little-endian processor. */
static void load_argument(struct program *program, size_t index)
{
	load(program, offsetof(struct seccomp_data, args) + index * sizeof(uint64_t));
}

static void refuse_other_calls(struct program *program)
{
	load(program, offsetof(struct seccomp_data, arch));
	add(program, BPF_JMP | BPF_JEQ | BPF_K, OUR_AUDIT_ARCH, 1, 0);
	answer(program, ENOSYS);
	load(program, offsetof(struct seccomp_data, nr));
	add(program, BPF_JMP | BPF_JGE | BPF_K, OTHER_CALLS, 0, 1);
	answer(program, ENOSYS);
}

/* Each ends in an answer, and is passed over by other calls. */
static void refuse_new_namespaces(struct program *program)
{
	add(program, BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 4);
	load_argument(program, 0);
	add(program, BPF_JMP | BPF_JSET | BPF_K, NEW_NAMESPACES, 0, 1);
	answer(program, EPERM);
	allow(program);
}

/* A pair of streams is a pipe, as some shells use it; other kinds can be sent to any address. */
static void refuse_pairs(struct program *program)
{
	add(program, BPF_JMP | BPF_JEQ | BPF_K, SYS_socketpair, 0, 7);
	load_argument(program, 0);
	add(program, BPF_JMP | BPF_JEQ | BPF_K, AF_UNIX, 0, 3);
	load_argument(program, 1);
	add(program, BPF_ALU | BPF_AND | BPF_K, 0xF, 0, 0); /* without SOCK_CLOEXEC, _NONBLOCK */
	add(program, BPF_JMP | BPF_JEQ | BPF_K, SOCK_STREAM, 1, 0);
	answer(program, EAFNOSUPPORT);
	allow(program);
}

static void refuse_locks(struct program *program)
{
	const size_t count = sizeof(refused_commands) / sizeof(*refused_commands);

	add(program, BPF_JMP | BPF_JEQ | BPF_K, SYS_fcntl, 0, count + 3);
	load_argument(program, 1);
	for (size_t i = 0; i < count; i++)
		add(program, BPF_JMP | BPF_JEQ | BPF_K, refused_commands[i], count - i, 0);
	allow(program);
	answer(program, 0);
}

int tmd_seccomp_refuse(void)
{
	struct program program = { .len = 0 };
	struct sock_fprog filter = { .filter = program.code };

	refuse_other_calls(&program);
	refuse_new_namespaces(&program);
	refuse_pairs(&program);
	refuse_locks(&program);
	for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++) {
		add(&program, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)refusals[i].call, 0, 1);
		answer(&program, refusals[i].answer);
	}
	allow(&program);
	filter.len = (unsigned short)program.len;
	return prctl(PR_SET_SECCOMP, (long)SECCOMP_MODE_FILTER, &filter, 0L, 0L) == 0 ? 0 : errno;
}
