/* Asking programs in a sandbox: what they answer, how they end, and that nothing is left. */
#include "observe_tree.h"

#include <signal.h>
#include <sys/wait.h>

#define PAM_RIGHTS "PATH=/usr/bin:/bin:/sbin:/usr/sbin"

START_TEST(the_environment_is_what_the_last_program_got)
{
	if (skip_without_tree())
		return;
	open_observer(NULL, 0);
	ask("B=2; export B; A=1 " REPORT);
	assert_observed();
	assert_value("A", "1");
	assert_value("B", "2");
	assert_value("SEEN", "profile"); /* it was a login shell */
	assert_value("MINE", "profile");
	ck_assert_ptr_null(tmd_answer_value(&answer, "SEE"));
	ask("export LONG=$(head -c 100000 /dev/zero | tr '\\0' x); " REPORT);
	assert_observed();
	ck_assert_uint_eq(strlen(tmd_answer_value(&answer, "LONG")), 100000);
}
END_TEST

START_TEST(it_is_asked_as_the_user_with_his_groups)
{
	if (skip_without_tree())
		return;
	open_observer(NULL, 0);
	ask("A=$(id -u) B=$(id -G) C=$(pwd) D=$(umask) " REPORT);
	assert_observed();
	assert_value("A", "65534");
	assert_value("B", "65534 777");
	assert_value("C", "/home/nobody");
	assert_value("D", "0022");
	ask_shell("/bin/sh", &admin, "A=$(id -u) B=$(id -G) " REPORT, SLOW);
	assert_value("A", "0");
	assert_value("B", "0 777");
}
END_TEST

START_TEST(a_shell_that_dies_says_how_and_what_it_said_last)
{
	if (skip_without_tree())
		return;
	open_observer(NULL, 0);
	ask("echo first; echo the reason >&2; echo; exit 3");
	ck_assert_int_eq(answer.kind, TMD_OBSERVED_DEATH);
	ck_assert_int_eq(answer.status, 3);
	ck_assert_str_eq(answer.said, "the reason");
	ck_assert_str_eq(tmd_buf_str(&answer.output), "first\nthe reason\n\n");
	ask("kill -9 $$");
	ck_assert_int_eq(answer.kind, TMD_OBSERVED_DEATH);
	ck_assert_int_eq(answer.status, 128 + SIGKILL);
	ask(REPORT);
	assert_observed(); /* nothing of the former ones is in it */
}
END_TEST

START_TEST(a_shell_that_hangs_is_ended_and_what_ran_is_named)
{
	const int64_t begun = tmd_monotonic_ms();

	if (skip_without_tree())
		return;
	open_observer(NULL, 0);
	ask_shell("/bin/sh", &nobody, "sleep 1234; " REPORT, 1);
	ck_assert_int_eq(answer.kind, TMD_OBSERVED_TIMEOUT);
	ck_assert_str_eq(answer.why, "it still ran after 1 seconds: sleep 1234");
	ask_shell("/bin/sh", &nobody, "while :; do :; done", 1);
	ck_assert_int_eq(answer.kind, TMD_OBSERVED_TIMEOUT);
	ask_shell("/bin/sh", &nobody, "kill -STOP $$; " REPORT, 1);
	ck_assert_int_eq(answer.kind, TMD_OBSERVED_TIMEOUT);
	ck_assert_int_lt(tmd_monotonic_ms() - begun, 1234000 / 2);
}
END_TEST

START_TEST(no_fork_bomb_gets_far)
{
	if (skip_without_tree())
		return;
	open_observer(NULL, 0);
	ask("b() { b & b & wait; }; b; " REPORT);
	ck_assert_int_eq(answer.kind, TMD_OBSERVED_TIMEOUT);
	ck_assert_str_eq(answer.why, "it started more than 2048 processes");
	ask_shell("/bin/sh", &admin, "b() { b & b & wait; }; b; " REPORT, SLOW);
	ck_assert_str_eq(answer.why, "it started more than 2048 processes");
	ask("A=$(ls /proc | grep -c '^[0-9]') " REPORT);
	assert_observed();
	ck_assert_int_le(atoi(tmd_answer_value(&answer, "A")), 5);
}
END_TEST

START_TEST(no_flood_of_output_does_harm)
{
	if (skip_without_tree())
		return;
	open_observer(NULL, 0);
	ask("head -c 8000000 /dev/zero; echo; echo the end; " REPORT);
	assert_observed();
	ck_assert_uint_eq(answer.output.len, TMD_OBSERVE_OUTPUT_MAX);
	ask("yes; " REPORT);
	ck_assert_int_eq(answer.kind, TMD_OBSERVED_TIMEOUT);
	ck_assert_str_eq(answer.why, "it wrote more than 64 MB");
}
END_TEST

START_TEST(standard_streams_play_no_part)
{
	if (skip_without_tree())
		return;
	open_observer(NULL, 0);
	ask("exec >&- 2>&- <&-; A=1 " REPORT);
	assert_observed();
	assert_value("A", "1");
	ask("read x; A=\"<$x>\" " REPORT);
	assert_value("A", "<>");
}
END_TEST

START_TEST(forged_answers_are_not_taken)
{
	if (skip_without_tree())
		return;
	open_observer(NULL, 0);
	ask("echo forged >/dev/trustmend.fifo; " REPORT);
	ck_assert_int_eq(answer.kind, TMD_OBSERVED_IMPOSSIBLE);
	ck_assert_str_eq(answer.why, "something else answered in place of the reporter");
	/* A true report with the true token, but of another process than the shell. */
	ask("(A=forged " REPORT ") & sleep 600; " REPORT);
	ck_assert_int_eq(answer.kind, TMD_OBSERVED_IMPOSSIBLE);
	ask("exec /dev/trustmend 0123456789ABCDEF0123456789ABCDEF");
	ck_assert_int_eq(answer.kind, TMD_OBSERVED_IMPOSSIBLE);
	/* The whole report made by hand, with the token and the shell's own number. */
	ask("printf %s%b \"$(tr '\\0' '\\n' </proc/$$/cmdline | grep -o '[0-9A-F]\\{32\\}' | "
	    "head -n 1)\" \"$(printf '\\\\0%03o' $$)\\\\0\\\\0\\\\0\\\\004\\\\0\\\\0\\\\0A=1\\\\0\" "
	    ">/dev/trustmend.fifo; sleep 600; : " TMD_OBSERVE_TOKEN);
	ck_assert_int_eq(answer.kind, TMD_OBSERVED_IMPOSSIBLE);
	ask("A=true " REPORT);
	assert_observed();
	assert_value("A", "true");
}
END_TEST

START_TEST(nothing_stays_from_one_question_to_the_next)
{
	const char *look = "A=$(ls -A /tmp /var/tmp /dev/shm . | tr '\\n' ' ') "
			   "B=$(cat .profile) " REPORT;

	if (skip_without_tree())
		return;
	open_observer(NULL, 0);
	ask("for d in /tmp /var/tmp /dev/shm; do echo x >$d/left || exit 1; done; "
	    "echo >left && echo x >>.profile && (setsid sleep 600 & ) && " REPORT);
	assert_observed();
	for (int i = 0; i < 2; i++) {
		ask(look);
		assert_observed();
		assert_value("A", ".: .profile  /dev/shm:  /tmp:  /var/tmp: ");
		assert_value("B", "export MINE=profile");
	}
	ask("A=$(ls /proc | grep '^[0-9]' | wc -l) " REPORT);
	ck_assert_int_le(atoi(tmd_answer_value(&answer, "A")), 6); /* the first one, and its own */
	assert_file("root/home/nobody/.profile", "export MINE=profile\n");
	ck_assert_int_eq(is_there("root/home/nobody/left"), 0);
}
END_TEST

START_TEST(what_cannot_be_run_is_said)
{
	char *shell;
	size_t len;

	if (skip_without_tree())
		return;
	shell = unit_read("/bin/sh", &len);
	shell[18] = (char)(shell[18] ^ 1); /* the processor */
	unit_write(base, "root/foreign", shell, len);
	put("root/script", "#!/foreign\n");
	put("root/lost", "#!/missing\n");
	put("root/text", "exit 0\n");
	for (size_t i = 0; i < 4; i++)
		ck_assert_int_eq(chmod(below("root/%s", (const char *[]){ "foreign", "script",
									   "lost", "text" }[i]),
				       0755),
				 0);
	free(shell);
	open_observer(NULL, 0);
	ask_shell("/foreign", &nobody, REPORT, SLOW);
	ck_assert_int_eq(answer.kind, TMD_OBSERVED_IMPOSSIBLE);
	ck_assert_str_eq(answer.why, "not a program for this processor: /foreign");
	ask_shell("/script", &nobody, REPORT, SLOW);
	ck_assert_str_eq(answer.why, "not a program for this processor: /script");
	ask_shell("/missing", &nobody, REPORT, SLOW);
	ck_assert_str_eq(answer.why, "cannot run /missing: No such file or directory");
	ask_shell("/lost", &nobody, REPORT, SLOW);
	ck_assert_str_eq(answer.why, "cannot run /lost: No such file or directory");
	ask_shell("/text", &nobody, REPORT, SLOW);
	ck_assert_int_eq(answer.kind, TMD_OBSERVED_IMPOSSIBLE);
	ask_shell("/etc/passwd", &nobody, REPORT, SLOW);
	ck_assert_int_eq(answer.kind, TMD_OBSERVED_IMPOSSIBLE);
}
END_TEST

START_TEST(a_question_without_a_program_is_refused)
{
	const char *const none[] = { NULL };
	struct tmd_question question = { .user = &nobody, .program = "sh", .argv = none,
					 .environment = none };

	if (skip_without_tree())
		return;
	open_observer(NULL, 0);
	ck_fails(tmd_observer_ask(observer, &question, &answer, &err), err, TMD_E_INVALID_INPUT);
}
END_TEST

/* ---- planned files ---- */

#define FILE_OF(name, text) { .path = name, .data = text, .len = sizeof(text) - 1 }

static const struct tmd_observed_file planned[] = {
	FILE_OF("/etc/profile", "export SEEN=planned\n. /etc/profile.d/new.sh\n"),
	FILE_OF("/etc/profile.d/new.sh", "export NEW=planned\n"),
	FILE_OF("/etc/a/b/c", "deep\n"),
	FILE_OF("/etc/linked", "through the link\n"),
	FILE_OF("/home/nobody/.profile", "export MINE=planned\n"),
	{ .path = "/etc/old", .gone = true },
	{ .path = "/etc/never", .gone = true },
	{ .path = "/srv/private", .data = "x", .len = 1, .mode = 0600, .uid = NOBODY, .gid = 777 },
};

#define LOOK                                                                                      \
	"LINK=$(cat /etc/linked) TARGET=$(cat /srv/target) DEEP=$(cat /etc/a/b/c) "               \
	"LIST=$(ls /etc | tr '\\n' ' ') KEPT=$(cat /etc/profile.d/kept) "         \
	"OWNER=$(stat -c %a:%u:%g /srv/private) DIR=$(stat -c %a:%u /etc/profile.d) "             \
	"ROOTS=$(stat -c %a:%u:%g /etc/profile) "

static void add_files(void)
{
	make_dir("root/etc/profile.d");
	ck_assert_int_eq(chmod(below("root/etc/profile.d"), 0751), 0);
	put("root/etc/profile.d/kept", "kept\n");
	put("root/etc/old", "old\n");
	put("root/srv/target", "target\n");
	make_link("../srv/target", "root/etc/linked");
}

static void assert_planned(void)
{
	ask(LOOK ". ./.profile; " LOOK REPORT);
	assert_observed();
	assert_value("SEEN", "planned");
	assert_value("NEW", "planned");
	assert_value("MINE", "planned");
	assert_value("DEEP", "deep");
	assert_value("LINK", "through the link");
	assert_value("TARGET", "through the link");
	assert_value("KEPT", "kept");
	assert_value("OWNER", "600:65534:777");
	assert_value("DIR", "751:0");
	assert_value("ROOTS", "644:0:0");
}

START_TEST(planned_files_are_seen_and_nothing_is_written)
{
	if (skip_without_tree())
		return;
	add_files();
	open_observer(planned, sizeof(planned) / sizeof(*planned));
	assert_planned();
	assert_value("LIST", "a group linked passwd profile profile.d ");
	assert_file("root/etc/profile", "export SEEN=profile\n");
	assert_file("root/etc/old", "old\n");
	assert_file("root/srv/target", "target\n");
	ck_assert_int_eq(is_there("root/etc/a"), 0);
	ck_assert_int_eq(is_there("root/srv/private"), 0);
	ck_assert_int_eq(is_there("root/etc/profile.d/new.sh"), 0);
}
END_TEST

START_TEST(planned_files_deep_in_a_home_are_seen)
{
	static const struct tmd_observed_file files[] = {
		FILE_OF("/home/nobody/.config/fish/a", "planned\n"),
		FILE_OF("/home/nobody/.config/fish/d/b", "planned\n"),
	};

	if (skip_without_tree())
		return;
	make_dir("root/home/nobody/.config");
	make_dir("root/home/nobody/.config/fish");
	put("root/home/nobody/.config/kept", "kept\n");
	open_observer(files, sizeof(files) / sizeof(*files));
	ask("A=$(cat .config/fish/a) B=$(cat .config/fish/d/b) C=$(cat .config/kept) "
	    "D=$(echo x >new && cat new) " REPORT);
	assert_observed();
	assert_value("A", "planned");
	assert_value("B", "planned");
	assert_value("C", "kept");
	assert_value("D", "x");
	ck_assert_int_eq(is_there("root/home/nobody/new"), 0);
}
END_TEST

START_TEST(planned_files_hide_no_mount)
{
	if (skip_without_tree())
		return;
	add_files();
	make_dir("root/etc/mount");
	ck_assert_int_eq(mount("tmpfs", below("root/etc/mount"), "tmpfs", 0, NULL), 0);
	put("root/etc/mount/file", "mounted\n");
	open_observer(planned, sizeof(planned) / sizeof(*planned));
	assert_planned();
	ask("echo x >>/etc/mount/file || echo y >>/etc/profile || A=$(cat /etc/mount/file) "
	    "B=$(ls -d /etc/old) " REPORT);
	assert_observed();
	assert_value("A", "mounted");
	assert_value("B", "");
}
END_TEST

START_TEST(directories_that_no_option_can_name_show_planned_files_too)
{
	static const struct tmd_observed_file file = FILE_OF("/srv/a,b:c/file", "planned\n");

	if (skip_without_tree())
		return;
	make_dir("root/srv/a,b:c");
	put("root/srv/a,b:c/file", "old\n");
	put("root/srv/a,b:c/other", "other\n");
	open_observer(&file, 1);
	ask("A=$(cat '/srv/a,b:c/file') B=$(cat '/srv/a,b:c/other') " REPORT);
	assert_value("A", "planned");
	assert_value("B", "other");
}
END_TEST

/* ---- times and traces ---- */

static const char *const looked_at[] = { "root",	   "root/etc", "root/etc/profile",
					 "root/etc/passwd", "root/home/nobody",
					 "root/home/nobody/.profile", "root/srv" };
#define LOOKED_AT (sizeof(looked_at) / sizeof(*looked_at))

START_TEST(no_time_of_the_tree_changes)
{
	const struct timespec long_ago[2] = { { 1000000000, 0 }, { 1100000000, 0 } };
	static const struct tmd_observed_file file = FILE_OF("/etc/new", "planned\n");

	if (skip_without_tree())
		return;
	for (size_t i = 0; i < LOOKED_AT; i++)
		ck_assert_int_eq(utimensat(AT_FDCWD, below("%s", looked_at[i]), long_ago, 0), 0);
	for (size_t round = 0; round < 2; round++) {
		open_observer(&file, round);
		ask("ls -lR /etc /srv /home; cat /etc/profile .profile; echo >x; " REPORT);
		assert_observed();
	}
	for (size_t i = 0; i < LOOKED_AT; i++) {
		struct stat st;

		ck_assert_int_eq(stat(below("%s", looked_at[i]), &st), 0);
		ck_assert_msg(st.st_mtime == long_ago[1].tv_sec, "%s was changed", looked_at[i]);
		/* We read these ourselves, for groups. */
		ck_assert_msg(st.st_atime == long_ago[0].tv_sec ||
				      strstr(looked_at[i], "etc/passwd") ||
				      strstr(looked_at[i], "etc/group"),
			      "%s was read", looked_at[i]);
	}
}
END_TEST

/* Is there a process with this argument? */
static int is_running(const char *argument)
{
	char command[256];

	snprintf(command, sizeof(command),
		 "grep -slza '^%s$' /proc/[0-9]*/cmdline | grep -v self | grep -q .", argument);
	return system(command) == 0; /* NOLINT: a test */
}

START_TEST(nothing_is_left_when_the_caller_is_killed)
{
	char script[128];
	char seconds[16];
	int64_t ended;
	pid_t asker;

	if (skip_without_tree())
		return;
	snprintf(seconds, sizeof(seconds), "9%d", (int)getpid()); /* nobody else's */
	snprintf(script, sizeof(script), "setsid sleep %s & sleep %s", seconds, seconds);
	asker = fork();
	if (asker == 0) {
		open_observer(NULL, 0);
		ask_shell("/bin/sh", &nobody, script, 2 * SLOW);
		_exit(0);
	}
	while (!is_running(seconds))
		tmd_sleep_ms(20);
	ck_assert_int_eq(kill(asker, SIGKILL), 0);
	ck_assert_int_eq(waitpid(asker, NULL, 0), asker);
	ended = tmd_monotonic_ms();
	while (is_running(seconds) && tmd_monotonic_ms() - ended < SLOW * 1000)
		tmd_sleep_ms(20);
	ck_assert_int_eq(is_running(seconds), 0);
}
END_TEST

/* Our only child. */
static pid_t keeper(void)
{
	char path[64];
	FILE *children;
	int pid = 0;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	children = fopen(path, "r");
	ck_assert_ptr_nonnull(children);
	ck_assert_int_eq(fscanf(children, "%d", &pid), 1);
	fclose(children);
	return pid;
}

START_TEST(a_sandbox_that_has_ended_answers_nothing)
{
	if (skip_without_tree())
		return;
	open_observer(NULL, 0);
	ck_assert_int_eq(kill(keeper(), SIGKILL), 0);
	ask(REPORT);
	ck_assert_int_eq(answer.kind, TMD_OBSERVED_IMPOSSIBLE);
	ck_assert_str_eq(answer.why,
			 "the sandbox does not answer: a file system hangs, or memory is short");
	ask(REPORT);
	ck_assert_str_eq(answer.why, "the sandbox has ended");
}
END_TEST

START_TEST(two_sandboxes_do_not_know_of_each_other)
{
	struct tmd_observer *first;

	if (skip_without_tree())
		return;
	open_observer(NULL, 0);
	first = observer;
	observer = NULL;
	open_observer(planned, 2);
	ask(REPORT);
	assert_value("NEW", "planned");
	tmd_observer_close(observer);
	observer = first;
	ask(REPORT);
	assert_value("SEEN", "profile");
}
END_TEST

/* ---- PAM ---- */

START_TEST(the_privileged_become_another_user_through_pam)
{
	const char *const argv[] = { "runuser", "-l", "-s", TMD_OBSERVE_REPORTER, "nobody",
				     "-c",	TMD_OBSERVE_TOKEN, NULL };
	const char *const environment[] = { PAM_RIGHTS, NULL };
	struct tmd_question question = { .user = &admin,
					 .argv = argv,
					 .environment = environment,
					 .timeout = SLOW,
					 .privileged = true };

	if (skip_without_tree())
		return;
	question.program = unit_exists("/usr/sbin/runuser") ? "/usr/sbin/runuser" : "/sbin/runuser";
	make_dir("root/etc/pam.d");
	put("root/etc/pam.d/runuser-l", "auth sufficient pam_rootok.so\n"
					"session required pam_env.so envfile=/etc/environment\n"
					"session required pam_permit.so\n");
	put("root/etc/pam.d/other", "session required pam_deny.so\n");
	make_dir("root/etc/security");
	put("root/etc/security/pam_env.conf", "");
	put("root/etc/environment", "FROM=pam\n");
	open_observer(NULL, 0);
	ck_ok(tmd_observer_ask(observer, &question, &answer, &err), err);
	if (answer.kind == TMD_OBSERVED_IMPOSSIBLE) {
		unit_skip("there is no runuser");
		return;
	}
	assert_observed();
	assert_value("FROM", "pam");
	assert_value("USER", "nobody");
}
END_TEST

static Suite *suite_fn(void)
{
	Suite *suite = suite_create("os/observe");
	TCase *cases = tcase_create("all");

	tcase_add_checked_fixture(cases, tree_setup, tree_teardown);
	tcase_add_test(cases, the_environment_is_what_the_last_program_got);
	tcase_add_test(cases, it_is_asked_as_the_user_with_his_groups);
	tcase_add_test(cases, a_shell_that_dies_says_how_and_what_it_said_last);
	tcase_add_test(cases, a_shell_that_hangs_is_ended_and_what_ran_is_named);
	tcase_add_test(cases, no_fork_bomb_gets_far);
	tcase_add_test(cases, no_flood_of_output_does_harm);
	tcase_add_test(cases, standard_streams_play_no_part);
	tcase_add_test(cases, forged_answers_are_not_taken);
	tcase_add_test(cases, nothing_stays_from_one_question_to_the_next);
	tcase_add_test(cases, what_cannot_be_run_is_said);
	tcase_add_test(cases, a_question_without_a_program_is_refused);
	tcase_add_test(cases, planned_files_are_seen_and_nothing_is_written);
	tcase_add_test(cases, planned_files_deep_in_a_home_are_seen);
	tcase_add_test(cases, planned_files_hide_no_mount);
	tcase_add_test(cases, directories_that_no_option_can_name_show_planned_files_too);
	tcase_add_test(cases, no_time_of_the_tree_changes);
	tcase_add_test(cases, nothing_is_left_when_the_caller_is_killed);
	tcase_add_test(cases, a_sandbox_that_has_ended_answers_nothing);
	tcase_add_test(cases, two_sandboxes_do_not_know_of_each_other);
	tcase_add_test(cases, the_privileged_become_another_user_through_pam);
	suite_add_tcase(suite, cases);
	return suite;
}

UNIT_MAIN(suite_fn)
