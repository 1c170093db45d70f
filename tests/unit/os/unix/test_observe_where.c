/* Where a sandbox is to be had, and how: other users, containers, old kernels, or not at all. */
#include "observe_tree.h"

#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define MOUNT_SETATTR 442

/* From here on the system call answers as in a kernel that lacks it, or forbids it. */
static void refuse(long call, unsigned answer, unsigned only_with_flags)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)call, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args)),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, only_with_flags, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | answer),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = { .len = sizeof(code) / sizeof(*code), .filter = code };

	ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	ck_assert_int_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0), 0);
}

static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	ck_assert_msg(fd >= 0, "cannot open %s", path);
	ck_assert_msg(write(fd, text, strlen(text)) == (ssize_t)strlen(text), "%s: %s", path,
		      strerror(errno));
	close(fd);
}

/* As root of a container: of a user namespace that has all numbers, and mounts of its own. */
static void enter_container(void)
{
	int ready[2];
	char gone;
	pid_t parent = getpid();
	pid_t mapper;

	ck_assert_int_eq(pipe(ready), 0);
	mapper = fork();
	if (mapper == 0) {
		char path[64];

		close(ready[1]);
		while (read(ready[0], &gone, 1) < 0)
			continue;
		snprintf(path, sizeof(path), "/proc/%d/uid_map", (int)parent);
		write_text(path, "0 0 4294967295");
		snprintf(path, sizeof(path), "/proc/%d/gid_map", (int)parent);
		write_text(path, "0 0 4294967295");
		_exit(0);
	}
	ck_assert_int_eq(unshare(CLONE_NEWUSER | CLONE_NEWNS), 0);
	close(ready[1]);
	ck_assert_int_eq(waitpid(mapper, NULL, 0), mapper);
	ck_assert_int_eq(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	tmd_fs_free(fs);
	ck_ok(tmd_fs_open(root, &fs, &err), err);
}

/* Parts of /proc are covered, and there is no other: nobody in there gets a new one. */
static void mask_proc(void)
{
	FILE *mounts = fopen("/proc/self/mounts", "r");
	char place[UNIT_PATH_MAX];
	char type[64];

	ck_assert_ptr_nonnull(mounts);
	while (fscanf(mounts, "%*s %4095s %63s %*[^\n]", place, type) == 2) {
		if (strcmp(type, "proc") == 0 && strcmp(place, "/proc") != 0)
			ck_assert_int_eq(umount2(place, MNT_DETACH), 0);
	}
	fclose(mounts);
	ck_assert_int_eq(mount("tmpfs", "/proc/sys", "tmpfs", MS_RDONLY, NULL), 0);
}

static void assert_impossible(const char *why)
{
	ck_assert_int_eq(answer.kind, TMD_OBSERVED_IMPOSSIBLE);
	ck_assert_str_eq(answer.why, why);
}

static void assert_unsupported(void)
{
	ck_fails(tmd_observer_open(fs, NULL, 0, &observer, &err), err, TMD_E_UNSUPPORTED);
	ck_assert_msg(strncmp(err.message, "programs cannot be asked here: ", 31) == 0, "%s",
		      err.message);
}

/* ---- users ---- */

START_TEST(a_user_is_asked_as_himself)
{
	if (skip_without_tree())
		return;
	become_nobody();
	ck_assert_int_eq(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0), 0); /* as the program is */
	open_observer(NULL, 0);
	ask("echo x >left && A=$(id -u) B=$(cat .profile) C=$(cat left) " REPORT);
	assert_observed();
	assert_value("SEEN", "profile");
	assert_value("A", "65534");
	assert_value("B", "export MINE=profile");
	assert_value("C", "x");
	ask("ls; A=$(ls) " REPORT);
	assert_value("A", "");
	ck_assert_int_eq(is_there("root/home/nobody/left"), 0);
	ck_assert_int_eq(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), 0); /* for whoever looks for leaks */
}
END_TEST

START_TEST(a_user_sees_planned_files)
{
	static const struct tmd_observed_file files[] = {
		{ .path = "/etc/profile", .data = "export SEEN=planned\n", .len = 20 },
		{ .path = "/home/nobody/.profile", .gone = true },
	};

	if (skip_without_tree())
		return;
	become_nobody();
	open_observer(files, 2);
	ask("A=$(ls -A) " REPORT);
	assert_observed();
	assert_value("SEEN", "planned");
	assert_value("A", "");
	ck_assert_ptr_null(tmd_answer_value(&answer, "MINE"));
}
END_TEST

/* No layers where they would hide a mount, nor with a kernel before 5.11: entry by entry then. */
START_TEST(a_user_sees_planned_files_beside_mounts)
{
	static const struct tmd_observed_file files[] = {
		{ .path = "/etc/profile", .data = "export SEEN=planned\n", .len = 20 },
		{ .path = "/etc/group", .gone = true },
		{ .path = "/home/nobody/.profile", .data = "export MINE=planned\n", .len = 20 },
	};

	if (skip_without_tree())
		return;
	make_dir("root/etc/mount");
	make_dir("root/home/nobody/mount");
	ck_assert_int_eq(mount("tmpfs", below("root/etc/mount"), "tmpfs", 0, NULL), 0);
	ck_assert_int_eq(mount("tmpfs", below("root/home/nobody/mount"), "tmpfs", 0, "mode=777"), 0);
	put("root/etc/mount/file", "mounted\n");
	become_nobody();
	open_observer(files, 3);
	ask("A=$(ls /etc | tr '\\n' ' ') B=$(cat /etc/mount/file) C=$(echo x >new && cat new) "
	    "D=$(echo x >mount/new && echo written) E=$(echo x >>/etc/passwd && echo written) " REPORT);
	assert_observed();
	assert_value("SEEN", "planned");
	assert_value("MINE", "planned");
	assert_value("A", "mount passwd profile ");
	assert_value("B", "mounted");
	assert_value("C", "x");
	assert_value("D", "");
	assert_value("E", "");
}
END_TEST

START_TEST(a_user_cannot_ask_as_another)
{
	const char *const argv[] = { "true", NULL };
	const char *const none[] = { NULL };
	const struct tmd_question for_pam = { .user = &nobody,
					      .program = "/bin/true",
					      .argv = argv,
					      .environment = none,
					      .privileged = true };

	if (skip_without_tree())
		return;
	become_nobody();
	open_observer(NULL, 0);
	ask_shell("/bin/sh", &admin, REPORT, SLOW);
	assert_impossible("only root can ask as another user");
	ck_ok(tmd_observer_ask(observer, &for_pam, &answer, &err), err);
	assert_impossible("only root can ask PAM");
}
END_TEST

/* As on a file server that knows no root: a private home is closed to him. */
static void be_squashed(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	ck_assert_int_eq(syscall(SYS_capget, &header, data), 0);
	data[0].effective &= ~(1u << CAP_DAC_OVERRIDE | 1u << CAP_DAC_READ_SEARCH);
	data[0].permitted = data[0].effective;
	ck_assert_int_eq(syscall(SYS_capset, &header, data), 0);
	ck_assert_int_ne(access(below("root/home/nobody/.profile"), R_OK), 0);
}

START_TEST(a_home_that_nobody_can_copy_gives_no_answer)
{
	if (skip_without_tree())
		return;
	ck_assert_int_eq(chmod(below("root/home/nobody"), 0700), 0);
	be_squashed();
	open_observer(NULL, 0);
	ask(REPORT);
	assert_impossible("cannot have a throw-away copy of /home/nobody: Permission denied");
}
END_TEST

/* ---- no namespaces ---- */

START_TEST(a_user_without_namespaces_is_told)
{
	if (skip_without_tree())
		return;
	enter_container();
	write_text("/proc/sys/user/max_user_namespaces", "0");
	become_nobody();
	assert_unsupported();
	ck_assert_str_eq(err.hint, "run as root, or let users have namespaces");
}
END_TEST

START_TEST(a_container_that_forbids_namespaces_is_told)
{
	if (skip_without_tree())
		return;
	refuse(SYS_clone, EPERM, CLONE_NEWPID);
	assert_unsupported();
}
END_TEST

START_TEST(a_container_that_forbids_mounts_is_told)
{
	if (skip_without_tree())
		return;
	refuse(SYS_mount, EPERM, ~0u);
	assert_unsupported();
}
END_TEST

/* ---- masked /proc ---- */

START_TEST(a_user_of_a_container_is_asked_with_its_proc)
{
	if (skip_without_tree())
		return;
	mask_proc();
	enter_container();
	become_nobody();
	open_observer(NULL, 0);
	ask_shell("/bin/bash", &nobody, "read A < <(echo there); export A; " REPORT, SLOW);
	assert_observed();
	assert_value("A", "there");
	ask("kill -0 $PPID; A=$? " REPORT); /* the first process */
	assert_observed();
}
END_TEST

START_TEST(root_of_a_container_gets_no_wrong_answer_without_proc)
{
	if (skip_without_tree())
		return;
	mask_proc();
	enter_container();
	open_observer(NULL, 0);
	ask("A=$(ls /proc) " REPORT);
	assert_observed();
	assert_value("A", "");
	ask_shell("/bin/bash", &nobody, "read A < <(echo there); export A; " REPORT, SLOW);
	assert_impossible("a script needs /proc, which this container masks");
}
END_TEST

/* ---- chroots ---- */

static void ask_in_chroot(void)
{
	ck_assert_int_eq(chroot(root), 0);
	ck_assert_int_eq(chdir("/"), 0);
	tmd_fs_free(fs);
	ck_ok(tmd_fs_open("/", &fs, &err), err);
	open_observer(NULL, 0);
	ask("A=$(ls -d /srv/inner) B=$(touch /srv/new 2>&1) " REPORT);
	assert_observed();
	assert_value("SEEN", "profile");
	assert_value("A", "/srv/inner");
	ck_assert_ptr_nonnull(strstr(tmd_answer_value(&answer, "B"), "Read-only"));
}

START_TEST(a_caller_in_a_chroot_can_ask)
{
	int status;
	pid_t caller;

	if (skip_without_tree())
		return;
	ck_assert_int_eq(mount("/proc", below("root/proc"), NULL, MS_BIND | MS_REC, NULL), 0);
	make_dir("root/srv/inner");
	caller = fork();
	if (caller == 0) {
		ask_in_chroot();
		_exit(0);
	}
	ck_assert_int_eq(waitpid(caller, &status, 0), caller);
	ck_assert_int_eq(status, 0);
}
END_TEST

/* ---- the old way ---- */

/* Mounts side by side, below each other, on each other, with blanks, and a read-only one. */
static void add_mounts(void)
{
	static const char *const places[] = { "root/srv", "root/srv/in", "root/srv/in",
					      "root/a b\\c", "root/home", "root/covered/in",
					      "root/covered" };

	make_dir("root/a b\\c");
	make_dir("root/covered");
	make_dir("root/covered/in");
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		if (i == 1)
			make_dir("root/srv/in");
		ck_assert_int_eq(mount("tmpfs", below("%s", places[i]), "tmpfs",
				       i == 4 ? MS_RDONLY | MS_NOEXEC : 0, "mode=0777"),
				 0);
	}
}

static void assert_read_only(const struct tmd_user *user)
{
	ask_shell("/bin/sh", user,
		  "A=$(for d in / /etc /srv /srv/in '/a b\\c' /covered /home /usr; do "
		  "echo x >\"$d/new\" && echo \"$d\"; done) " REPORT,
		  SLOW);
	assert_observed();
	assert_value("A", "");
}

START_TEST(every_mount_is_read_only)
{
	if (skip_without_tree())
		return;
	add_mounts();
	open_observer(NULL, 0);
	assert_read_only(&nobody);
	assert_read_only(&admin);
}
END_TEST

START_TEST(every_mount_is_read_only_with_a_kernel_before_5_12)
{
	if (skip_without_tree())
		return;
	add_mounts();
	refuse(MOUNT_SETATTR, ENOSYS, ~0u);
	open_observer(NULL, 0);
	assert_read_only(&nobody);
	assert_read_only(&admin);
	become_nobody();
	open_observer(NULL, 0);
	assert_read_only(&nobody);
}
END_TEST

START_TEST(what_is_mounted_later_does_not_arrive)
{
	if (skip_without_tree())
		return;
	ck_assert_int_eq(mount(NULL, root, NULL, MS_SHARED, NULL), 0);
	open_observer(NULL, 0);
	ck_assert_int_eq(mount("tmpfs", below("root/srv"), "tmpfs", 0, "mode=0777"), 0);
	ask("A=$(grep -c ' /srv ' /proc/self/mountinfo) " REPORT);
	assert_observed();
	assert_value("A", "0");
}
END_TEST

/* ---- the machine itself ---- */

START_TEST(the_machine_itself_can_be_asked)
{
	struct tmd_fs *live;
	char path[UNIT_PATH_MAX];

	ck_ok(tmd_fs_open("/", &live, &err), err);
	memset(&err, 0, sizeof(err));
	if (tmd_observer_open(live, NULL, 0, &observer, &err) != TMD_OK) {
		ck_assert_int_eq(err.kind, TMD_E_UNSUPPORTED);
		tmd_fs_free(live);
		unit_skip(err.message);
		return;
	}
	nobody.uid = geteuid() == 0 ? NOBODY : geteuid();
	nobody.gid = geteuid() == 0 ? NOBODY : getegid();
	ask("A=$(ls /usr) B=$(touch /usr/x /etc/x /var/x 2>&1) " REPORT);
	assert_observed();
	ck_assert_ptr_nonnull(strstr(tmd_answer_value(&answer, "A"), "bin"));
	snprintf(path, sizeof(path), "%s/x", base);
	ck_assert_int_eq(unit_exists(path), 0);
	tmd_observer_close(observer);
	observer = NULL;
	tmd_fs_free(live);
}
END_TEST

static Suite *suite_fn(void)
{
	Suite *suite = suite_create("os/observe_where");
	TCase *cases = tcase_create("all");

	tcase_add_checked_fixture(cases, tree_setup, tree_teardown);
	tcase_add_test(cases, a_user_is_asked_as_himself);
	tcase_add_test(cases, a_user_sees_planned_files);
	tcase_add_test(cases, a_user_sees_planned_files_beside_mounts);
	tcase_add_test(cases, a_user_cannot_ask_as_another);
	tcase_add_test(cases, a_home_that_nobody_can_copy_gives_no_answer);
	tcase_add_test(cases, a_user_without_namespaces_is_told);
	tcase_add_test(cases, a_container_that_forbids_namespaces_is_told);
	tcase_add_test(cases, a_container_that_forbids_mounts_is_told);
	tcase_add_test(cases, a_user_of_a_container_is_asked_with_its_proc);
	tcase_add_test(cases, root_of_a_container_gets_no_wrong_answer_without_proc);
	tcase_add_test(cases, a_caller_in_a_chroot_can_ask);
	tcase_add_test(cases, every_mount_is_read_only);
	tcase_add_test(cases, every_mount_is_read_only_with_a_kernel_before_5_12);
	tcase_add_test(cases, what_is_mounted_later_does_not_arrive);
	tcase_add_test(cases, the_machine_itself_can_be_asked);
	suite_add_tcase(suite, cases);
	return suite;
}

UNIT_MAIN(suite_fn)
