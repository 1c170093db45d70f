/* A program that tries everything from inside a sandbox, as each kind of user. */
#include "observe_tree.h"

#include <arpa/inet.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/syscall.h>

#define PYTHON "/usr/bin/python3"

static const char *const namespaces[] = { "mnt", "pid", "net", "ipc", "uts", "user" };

static pid_t bystander;
static int fifo = -1;
static char port_text[16];
static char abstract[64]; /* of this process alone */
static char process_text[16];
static char namespace_texts[6][64];

static int listen_at(struct sockaddr *address, socklen_t len, int kind)
{
	int fd = socket(address->sa_family, kind, 0);

	ck_assert_int_eq(bind(fd, address, len), 0);
	if (kind == SOCK_STREAM)
		ck_assert_int_eq(listen(fd, 1), 0);
	return fd;
}

static void listen_in_tree(const char *name, int kind)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", below("root/srv/%s", name));
	listen_at((struct sockaddr *)&address, sizeof(address), kind);
	ck_assert_int_eq(chmod(address.sun_path, 0666), 0);
}

static void listen_outside(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_un nameless = { .sun_family = AF_UNIX };
	socklen_t len = sizeof(address);
	int fd = listen_at((struct sockaddr *)&address, len, SOCK_STREAM);

	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	snprintf(port_text, sizeof(port_text), "%d", ntohs(address.sin_port));
	snprintf(abstract, sizeof(abstract), "trustmend-observe-%d", (int)getpid());
	memcpy(nameless.sun_path + 1, abstract, strlen(abstract));
	listen_at((struct sockaddr *)&nameless,
		  (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(abstract)),
		  SOCK_STREAM);
}

static void give(const char *name, uid_t uid, mode_t mode)
{
	ck_assert_int_eq(chown(below("root/srv/%s", name), uid, uid), 0);
	ck_assert_int_eq(chmod(below("root/srv/%s", name), mode), 0);
}

/* What is the user's, and could be changed by him. */
static void add_prey(uid_t uid)
{
	size_t len;
	char *id = unit_read("/usr/bin/id", &len);

	put("root/srv/file", "prey\n");
	ck_assert_int_eq(mkfifo(below("root/srv/fifo"), 0666), 0);
	fifo = open(below("root/srv/fifo"), O_RDWR | O_NONBLOCK);
	ck_assert_int_eq(mknod(below("root/srv/null"), S_IFCHR | 0666, 0x103), 0);
	unit_write(base, "root/srv/as-root", id, len);
	free(id);
	make_dir("root/srv/mount");
	ck_assert_int_eq(mount("tmpfs", below("root/srv/mount"), "tmpfs", 0, NULL), 0);
	put("root/srv/mount/file", "prey\n");
	listen_in_tree("socket", SOCK_STREAM);
	listen_in_tree("datagrams", SOCK_DGRAM);
	give("", uid, 0777);
	give("mount", uid, 0777);
	give("file", uid, 0666);
	give("mount/file", uid, 0666);
	give("fifo", uid, 0666);
	give("null", uid, 0666);
	give("as-root", 0, 04755);
}

static void start_bystander(uid_t uid)
{
	bystander = fork();
	if (bystander == 0) {
		if (setresuid(uid, uid, uid) == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0)
			pause();
		_exit(1);
	}
	snprintf(process_text, sizeof(process_text), "%d", (int)bystander);
}

static void note_namespaces(size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char path[64];
		ssize_t len;

		snprintf(path, sizeof(path), "/proc/self/ns/%s", namespaces[i]);
		len = readlink(path, namespace_texts[i], sizeof(namespace_texts[i]) - 1);
		ck_assert_int_gt(len, 0);
		namespace_texts[i][len] = '\0';
	}
	if (count < 6)
		namespace_texts[count][0] = '\0';
}

static int prepare(uid_t uid)
{
	size_t len;
	char *script;

	if (skip_without_tree())
		return 0;
	if (skip_when(!unit_exists(PYTHON), "there is no python3"))
		return 0;
	script = unit_read(TEST_DATA "/observe/hostile.py", &len);
	unit_write(base, "root/hostile.py", script, len);
	free(script);
	listen_outside();
	add_prey(uid);
	start_bystander(uid);
	return 1;
}

/* Those that PAM needs, as far as there are any here. */
static unsigned rights_for_pam(void)
{
	static const int all[] = { CAP_SETUID, CAP_SETGID, CAP_DAC_READ_SEARCH, CAP_SYS_RESOURCE };
	unsigned rights = 0;

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		if (prctl(PR_CAPBSET_READ, all[i]) == 1)
			rights |= 1u << all[i];
	}
	return rights;
}

static char *fifo_content(void)
{
	static char text[64];
	ssize_t len = read(fifo, text, sizeof(text) - 1);

	text[len > 0 ? len : 0] = '\0';
	return text;
}

static void let_loose(const struct tmd_user *user, bool privileged)
{
	const char *argv[] = { "python3",	"/hostile.py",	    TMD_OBSERVE_REPORTER,
			       TMD_OBSERVE_TOKEN, process_text,	    port_text,
			       abstract,	namespace_texts[0], namespace_texts[1],
			       namespace_texts[2], namespace_texts[3], namespace_texts[4],
			       namespace_texts[5][0] ? namespace_texts[5] : NULL, NULL };
	char rights[32];
	const char *const environment[] = { "PATH=/usr/bin:/bin", rights, NULL };
	const struct tmd_question question = { .user = user,
					       .program = PYTHON,
					       .argv = argv,
					       .environment = environment,
					       .privileged = privileged,
					       .timeout = SLOW };

	snprintf(rights, sizeof(rights), "RIGHTS=%x", privileged ? rights_for_pam() : 0);
	open_observer(NULL, 0);
	ck_ok(tmd_observer_ask(observer, &question, &answer, &err), err);
	assert_observed();
	ck_assert_msg(strstr(tmd_buf_str(&answer.output), "COULD") == NULL &&
			      strncmp(tmd_buf_str(&answer.output), "tried ", 6) == 0,
		      "%s", tmd_buf_str(&answer.output));
	ck_assert_int_gt(atoi(tmd_answer_value(&answer, "TRIED")), 130);
	ck_assert_str_eq(fifo_content(), "");
	ck_assert_int_eq(kill(bystander, 0), 0);
}

static void end_bystander(void)
{
	ck_assert_int_eq(kill(bystander, SIGKILL), 0);
	ck_assert_int_eq(waitpid(bystander, NULL, 0), bystander);
}

/* Landlock is not in every kernel, and is what guards FIFOs. */
static void without_fifo(void)
{
	if (syscall(444, NULL, 0, 1) < 1)
		ck_assert_int_eq(unlink(below("root/srv/fifo")), 0);
}

START_TEST(nobody_can_do_nothing)
{
	if (!prepare(NOBODY))
		return;
	without_fifo();
	note_namespaces(5);
	let_loose(&nobody, false);
	assert_file("root/srv/file", "prey\n");
	end_bystander();
}
END_TEST

START_TEST(root_can_do_nothing)
{
	if (!prepare(0))
		return;
	without_fifo();
	note_namespaces(5);
	let_loose(&admin, false);
	end_bystander();
}
END_TEST

START_TEST(what_becomes_others_through_pam_can_do_nothing_else)
{
	if (!prepare(0))
		return;
	without_fifo();
	note_namespaces(5);
	let_loose(&admin, true);
	end_bystander();
}
END_TEST

START_TEST(who_has_a_user_namespace_can_do_nothing)
{
	if (!prepare(NOBODY))
		return;
	without_fifo();
	note_namespaces(6);
	become_nobody();
	let_loose(&nobody, false);
	end_bystander();
}
END_TEST

static Suite *suite_fn(void)
{
	Suite *suite = suite_create("os/observe_hostile");
	TCase *cases = tcase_create("all");

	tcase_add_checked_fixture(cases, tree_setup, tree_teardown);
	tcase_add_test(cases, nobody_can_do_nothing);
	tcase_add_test(cases, root_can_do_nothing);
	tcase_add_test(cases, what_becomes_others_through_pam_can_do_nothing_else);
	tcase_add_test(cases, who_has_a_user_namespace_can_do_nothing);
	suite_add_tcase(suite, cases);
	return suite;
}

UNIT_MAIN(suite_fn)
