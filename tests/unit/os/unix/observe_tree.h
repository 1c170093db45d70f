/* A tree with the programs of this machine and files of its own, to ask programs in. */
#ifndef TESTS_UNIT_OS_OBSERVE_TREE_H
#define TESTS_UNIT_OS_OBSERVE_TREE_H

#include "sandbox.h"

#include <errno.h>
#include <grp.h>
#include <sys/prctl.h>

#include "os/observe.h"
#include "os/proc.h"

#define NOBODY 65534u
#define SLOW 60 /* seconds: nothing waits for it on a machine that is not stuck */
#define REPORT "exec " TMD_OBSERVE_REPORT

static struct tmd_observer *observer;
static struct tmd_answer answer;
static struct tmd_user nobody = { .name = (char[]){ "nobody" },
				  .uid = NOBODY,
				  .gid = NOBODY,
				  .home = (char[]){ "/home/nobody" } };
static struct tmd_user admin = { .name = (char[]){ "root" }, .home = (char[]){ "/root" } };

/* Directories of programs and libraries, which may be links. */
static inline void show_programs(void)
{
	static const char *const names[] = { "usr", "bin", "sbin", "lib", "lib64" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char from[16];
		char text[64];
		ssize_t len;

		snprintf(from, sizeof(from), "/%s", names[i]);
		len = readlink(from, text, sizeof(text) - 1);
		if (len > 0) {
			text[len] = '\0';
			ck_assert_int_eq(symlink(text, below("root/%s", names[i])), 0);
		} else if (access(from, F_OK) == 0) {
			ck_assert_int_eq(mkdir(below("root/%s", names[i]), 0755), 0);
			ck_assert_int_eq(mount(from, below("root/%s", names[i]), NULL, MS_BIND,
					       NULL),
					 0);
		}
	}
}

static inline void add_tree(void)
{
	static const char *const dirs[] = { "dev", "proc", "tmp",	  "var", "var/tmp", "etc",
					    "srv", "root", "home", "home/nobody" };

	ck_assert_int_eq(mount("tmpfs", root, "tmpfs", 0, "mode=0755"), 0);
	show_programs();
	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++)
		ck_assert_int_eq(mkdir(below("root/%s", dirs[i]), 0755), 0);
	put("root/etc/passwd", "root:x:0:0::/root:/bin/sh\n"
			       "nobody:x:65534:65534::/home/nobody:/bin/sh\n");
	put("root/etc/group", "root:x:0:\nnogroup:x:65534:\nrender:x:777:root,nobody\n");
	put("root/etc/profile", "export SEEN=profile\n");
	put("root/home/nobody/.profile", "export MINE=profile\n");
	ck_assert_int_eq(chown(below("root/home/nobody"), NOBODY, NOBODY), 0);
	ck_assert_int_eq(chown(below("root/home/nobody/.profile"), NOBODY, NOBODY), 0);
	tmd_fs_free(fs);
	ck_ok(tmd_fs_open(root, &fs, &err), err);
}

static const char *skipped; /* why the tree cannot be made here */

static inline int processor_of(const char *program)
{
	unsigned char begin[20] = { 0 };
	FILE *file = fopen(program, "rb");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fread(begin, 1, sizeof(begin), file), sizeof(begin));
	fclose(file);
	return begin[18] + 256 * begin[19];
}

static inline void tree_setup(void)
{
	sandbox_setup();
	if (processor_of("/bin/sh") != processor_of("/proc/self/exe"))
		skipped = "the programs of this machine are for another processor";
	else if (!own_mounts())
		skipped = "only root can mount what the test needs";
	else
		add_tree();
}

static inline void tree_teardown(void)
{
	tmd_answer_release(&answer);
	tmd_observer_close(observer);
	observer = NULL;
	(void)umount2(root, MNT_DETACH); /* who may not by now leaves an empty directory */
	sandbox_teardown();
}

/* From here on: who was root before has no process table of his own otherwise. */
static inline void become_nobody(void)
{
	ck_assert_int_eq(setgroups(0, NULL), 0);
	ck_assert_int_eq(setresgid(NOBODY, NOBODY, NOBODY), 0);
	ck_assert_int_eq(setresuid(NOBODY, NOBODY, NOBODY), 0);
	ck_assert_int_eq(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), 0);
}

#define skip_without_tree() skip_when(skipped, skipped)

static inline void open_observer(const struct tmd_observed_file *files, size_t count)
{
	tmd_observer_close(observer);
	observer = NULL;
	ck_ok(tmd_observer_open(fs, files, count, &observer, &err), err);
}

/* A login shell, as it is started by a login. */
static inline void ask_shell(const char *program, const struct tmd_user *user, const char *script,
			     unsigned timeout)
{
	const char *const argv[] = { "-sh", "-c", script, NULL };
	const char *const environment[] = { "PATH=/usr/bin:/bin", "HOME=/home/nobody", NULL };
	const struct tmd_question question = { .user = user,
					       .program = program,
					       .argv = argv,
					       .environment = environment,
					       .timeout = timeout };

	ck_ok(tmd_observer_ask(observer, &question, &answer, &err), err);
}

static inline void ask(const char *script)
{
	ask_shell("/bin/sh", &nobody, script, SLOW);
}

static inline void assert_observed(void)
{
	ck_assert_msg(answer.kind == TMD_OBSERVED, "kind %d, status %d, said %s, why %s",
		      (int)answer.kind, answer.status, answer.said, answer.why);
}

static inline void assert_value(const char *name, const char *value)
{
	const char *found = tmd_answer_value(&answer, name);

	ck_assert_msg(found && strcmp(found, value) == 0, "%s is %s and not %s; it said %s", name,
		      found, value, answer.said);
}

#endif
