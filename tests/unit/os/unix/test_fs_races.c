/*
 * Races that another user runs against us: he exchanges names in a directory of his while we work
 * there, for root and for an ordinary caller. First with luck, from a process of his own on the
 * other processor; then without, by stopping us before each system call and letting him have his
 * way. TRUSTMEND_RACES says how often the first is tried, and lets the second stop everywhere; by
 * default few are, so that it stays cheap.
 */
#include "sandbox.h"

#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#define MALLORY 12345
#define CALLER 23456 /* when it is not root */
#define EXCHANGE 2   /* RENAME_EXCHANGE */
#define FRESH 20     /* tries before the scene is set anew */
#define SECRET "secret\n"

static int home;  /* mallory's directory, where everybody may write */
static int inner; /* the caller's directory in it, "d" or "l" */
static unsigned done, refused, other; /* how our own side ended */

static void become(uid_t uid)
{
	if (setgroups(0, NULL) != 0 || setgid(uid) != 0 || setuid(uid) != 0)
		_exit(99);
}

/* ---- what the rival does, again and again ---- */

static void swap(const char *a, const char *b)
{
	(void)syscall(SYS_renameat2, home, a, home, b, EXCHANGE);
}

static void swap_files(void)
{
	swap("a", "keep");
	(void)!symlinkat("/etc/victim", home, "a"); /* one that was replaced */
}

static void swap_kinds(void)
{
	swap("keep", "kept");
}

static void swap_directories(void)
{
	swap("d", "l");
}

/* Waits for names that the other side makes, and puts there what it would like to see changed. */
static void swap_new_names(void)
{
	static const char *const baits[] = { "file-bait", "dir-bait", "kept" };
	static unsigned next;
	int fd = openat(home, ".", O_RDONLY | O_DIRECTORY);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		if (!strstr(entry->d_name, ".trustmend-tmp") && entry->d_name[0] != 'n')
			continue;
		swap(entry->d_name, baits[next % 3]);
		if (next++ % 2)
			swap(entry->d_name, baits[next % 3]);
	}
	if (dir)
		closedir(dir);
}

/* ---- the scene ---- */

static void give(const char *name, uid_t uid)
{
	ck_assert_int_eq(lchown(below("%s", name), uid, uid), 0);
}

static void set_scene(uid_t caller)
{
	static const char *const callers[] = { "root/etc/victim",	"root/etc/dir",
					       "root/etc/dir/a",	"root/home/keep",
					       "root/home/t",		"root/home/d",
					       "root/home/d/a",		"root/home/kept",
					       "root/home/kept/full" };

	ck_assert_int_eq(chmod(base, 0755), 0);
	unit_remove_tree(below("root/etc"));
	unit_remove_tree(below("root/home"));
	make_dir("root/etc");
	put("root/etc/victim", SECRET);
	ck_assert_int_eq(chmod(below("root/etc/victim"), 0600), 0);
	make_dir("root/etc/dir");
	put("root/etc/dir/a", SECRET);
	ck_assert_int_eq(chmod(below("root/etc/dir/a"), 0600), 0);
	ck_assert_int_eq(chmod(below("root/etc/dir"), 0700), 0);
	make_dir("root/home");
	ck_assert_int_eq(chmod(below("root/home"), 0777), 0);
	put("root/home/keep", "old");
	put("root/home/t", "old");
	make_dir("root/home/d");
	put("root/home/d/a", "old");
	make_dir("root/home/kept");
	put("root/home/kept/full", "");
	ck_assert_int_eq(chmod(below("root/home/kept"), 0700), 0);
	make_link("/etc/victim", "root/home/a");
	make_link("/etc/dir", "root/home/l");
	make_link("/etc/victim", "root/home/file-bait");
	make_link("/etc/dir", "root/home/dir-bait");
	for (size_t i = 0; i < sizeof(callers) / sizeof(*callers); i++)
		give(callers[i], caller);
	give("root/home", MALLORY);
	give("root/home/a", MALLORY);
	give("root/home/l", MALLORY);
	give("root/home/file-bait", MALLORY);
	give("root/home/dir-bait", MALLORY);
	home = open(below("root/home"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	inner = open(below("root/home/d"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(home, 0);
	ck_assert_int_ge(inner, 0);
}

static void clear_scene(void)
{
	close(home);
	close(inner);
}

static bool is_untouched(const char *name, uid_t caller, mode_t mode)
{
	struct stat st;

	return lstat(below("root/%s", name), &st) == 0 && st.st_uid == caller &&
	       (st.st_mode & 07777) == mode;
}

static bool holds_secret(const char *name)
{
	char text[16] = "";
	FILE *file = fopen(below("root/%s", name), "rb");
	size_t len = file ? fread(text, 1, sizeof(text) - 1, file) : 0;

	if (file)
		fclose(file);
	return len == strlen(SECRET) && memcmp(text, SECRET, len) == 0;
}

static unsigned names_in(const char *name)
{
	const struct dirent *entry;
	DIR *dir = opendir(below("root/%s", name));
	unsigned count = 0;

	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir)))
		count++;
	closedir(dir);
	return count;
}

/* "kept" may have any name by now. */
static bool kept_is_untouched(uid_t caller)
{
	const struct dirent *entry;
	DIR *dir = opendir(below("root/home"));
	bool found = false;

	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir))) {
		struct stat st;

		if (fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
		    !S_ISDIR(st.st_mode))
			continue;
		if (faccessat(dirfd(dir), below("root/home/%s/full", entry->d_name), F_OK, 0) == 0)
			found = st.st_uid == caller && (st.st_mode & 07777) == 0700;
	}
	closedir(dir);
	return found;
}

static bool won(uid_t caller)
{
	return !is_untouched("etc/victim", caller, 0600) || !holds_secret("etc/victim") ||
	       !is_untouched("etc/dir", caller, 0700) ||
	       !is_untouched("etc/dir/a", caller, 0600) || !holds_secret("etc/dir/a") ||
	       names_in("etc/dir") != 3 || names_in("etc") != 4;
}

/* ---- our own side: false when it showed or moved what it must not ---- */

static const struct tmd_fs_attr open_to_all = { 0666, TMD_KEEP, TMD_KEEP, 0777 };

static void count(enum tmd_rc rc)
{
	if (rc == TMD_OK)
		done++;
	else if (err.kind == TMD_E_REFUSED)
		refused++;
	else
		other++;
}

static void put_again(int dir, const char *name)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	if (fd < 0)
		return;
	(void)!write(fd, "old", 3);
	close(fd);
}

static bool reads_no_secret(const char *path)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };

	count(tmd_fs_read(fs, path, 0, &text, NULL, &err));
	return !text.len || strcmp(tmd_buf_str(&text), SECRET) != 0;
}

static bool file_replaced(unsigned i)
{
	put_again(home, "keep");
	count(tmd_fs_replace(fs, "/home/a", i % 2 ? "new" : "newer", i % 2 ? 3 : 5, &open_to_all,
			     &err));
	return true;
}

static bool file_dressed(unsigned i)
{
	(void)i;
	put_again(home, "keep");
	count(tmd_fs_set_attr(fs, "/home/a", &open_to_all, &err));
	return true;
}

static bool file_read(unsigned i)
{
	(void)i;
	put_again(home, "keep");
	return reads_no_secret("/home/a");
}

/* A directory is not renamed: what got the new name is what was judged. */
static bool file_renamed(unsigned i)
{
	struct stat st;

	(void)i;
	put_again(home, "keep");
	(void)unlinkat(home, "moved", 0);
	count(tmd_fs_rename(fs, "/home/keep", "/home/moved", &err));
	return fstatat(home, "moved", &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISDIR(st.st_mode);
}

static bool below_replaced(unsigned i)
{
	count(tmd_fs_replace(fs, "/home/d/a", i % 2 ? "new" : "newer", i % 2 ? 3 : 5, &open_to_all,
			     &err));
	return true;
}

static bool below_made(unsigned i)
{
	char path[64];

	snprintf(path, sizeof(path), "/home/d/new%u/x", i);
	count(tmd_fs_replace(fs, path, "new", 3, &open_to_all, &err));
	return true;
}

static bool below_removed(unsigned i)
{
	(void)i;
	put_again(inner, "a");
	count(tmd_fs_remove(fs, "/home/d/a", &err));
	return true;
}

static bool below_renamed(unsigned i)
{
	(void)i;
	put_again(inner, "a");
	(void)unlinkat(inner, "b", 0);
	count(tmd_fs_rename(fs, "/home/d/a", "/home/d/b", &err));
	return true;
}

static bool below_dressed(unsigned i)
{
	(void)i;
	put_again(inner, "a");
	count(tmd_fs_set_attr(fs, "/home/d/a", &open_to_all, &err));
	return true;
}

static bool below_read(unsigned i)
{
	(void)i;
	put_again(inner, "a");
	return reads_no_secret("/home/d/a");
}

static bool directory_listed(unsigned i)
{
	TMD_AUTO_STRV struct tmd_strv names = { 0 };

	(void)i;
	put_again(inner, "a");
	put_again(inner, "mark");
	count(tmd_fs_list(fs, "/home/d", &names, &err));
	return !names.count || names.count > 1; /* the secret one holds "a" alone */
}

static bool temporary_file(unsigned i)
{
	count(tmd_fs_replace(fs, "/home/t", i % 2 ? "new" : "newer", i % 2 ? 3 : 5, &open_to_all,
			     &err));
	return true;
}

static bool parents_made(unsigned i)
{
	struct tmd_fs_attr attr = open_to_all;
	char path[64];

	if (geteuid() == 0)
		attr.uid = MALLORY;
	snprintf(path, sizeof(path), "/home/n%u/m/x", i);
	count(tmd_fs_replace(fs, path, "new", 3, &attr, &err));
	return true;
}

static const struct race {
	const char *name;
	bool (*attempt)(unsigned i);
	void (*rival)(void);
	bool everywhere; /* stopped all along its few steps, always */
} races[] = {
	{ "a file is replaced", file_replaced, swap_files },
	{ "a file gets a mode", file_dressed, swap_files },
	{ "a file is read", file_read, swap_files },
	{ "a file is renamed", file_renamed, swap_kinds, .everywhere = true },
	{ "replaced in a directory", below_replaced, swap_directories },
	{ "made in a directory", below_made, swap_directories },
	{ "removed from a directory", below_removed, swap_directories },
	{ "renamed in a directory", below_renamed, swap_directories },
	{ "given a mode in a directory", below_dressed, swap_directories },
	{ "read in a directory", below_read, swap_directories },
	{ "a directory is listed", directory_listed, swap_directories },
	{ "a temporary file", temporary_file, swap_new_names },
	{ "missing parents", parents_made, swap_new_names },
};

#define RACES ((int)(sizeof(races) / sizeof(*races)))

/* In a process of its own, for the caller to be anybody. Exit status 1: the attempt told so. */
static void try_some(const struct race *race, uid_t caller, unsigned tries, int report)
{
	unsigned counts[3];
	bool kept = true;

	if (caller)
		become(caller);
	for (unsigned i = 0; i < tries && kept; i++) {
		kept = race->attempt(i);
		/* At another moment of the rival's each time. */
		(void)nanosleep(&(struct timespec){ 0, (long)(i * 7919 % 50) * 1000 }, NULL);
	}
	counts[0] = done;
	counts[1] = refused;
	counts[2] = other;
	(void)!write(report, counts, sizeof(counts));
	_exit(kept ? 0 : 1);
}

/* He is at work when this returns. */
static pid_t start_rival(const struct race *race)
{
	int ready[2];
	char byte;
	pid_t pid;

	ck_assert_int_eq(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		become(MALLORY);
		(void)!write(ready[1], "", 1);
		for (;;)
			race->rival();
	}
	ck_assert_int_gt(pid, 0);
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static void run_some(const struct race *race, uid_t caller, unsigned tries, unsigned sums[3])
{
	unsigned counts[3] = { 0, 0, 0 };
	int report[2];
	int status = 0;
	pid_t rival;
	pid_t us;

	set_scene(caller);
	ck_assert_int_eq(pipe(report), 0);
	rival = start_rival(race);
	us = fork();
	if (us == 0)
		try_some(race, caller, tries, report[1]);
	ck_assert_int_eq(waitpid(us, &status, 0), us);
	kill(rival, SIGKILL);
	ck_assert_int_eq(waitpid(rival, NULL, 0), rival);
	ck_assert_int_eq(read(report[0], counts, sizeof(counts)), (ssize_t)sizeof(counts));
	close(report[0]);
	close(report[1]);
	for (int i = 0; i < 3; i++)
		sums[i] += counts[i];
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%s: it showed or moved what it must not",
		      race->name);
	ck_assert_msg(!won(caller) && kept_is_untouched(caller), "%s: the other user won",
		      race->name);
	clear_scene();
}

static unsigned tries_wanted(void)
{
	const char *text = getenv("TRUSTMEND_RACES");

	return text ? (unsigned)strtoul(text, NULL, 10) : 40;
}

START_TEST(another_user_wins_no_race)
{
	const struct race *race = &races[_i / 2];
	uid_t caller = _i % 2 ? CALLER : 0;
	unsigned wanted = tries_wanted();
	unsigned sums[3] = { 0, 0, 0 };

	if (skip_when(geteuid() != 0, "becoming another user needs root"))
		return;
	for (unsigned i = 0; i < wanted; i += FRESH)
		run_some(race, caller, FRESH, sums);
	printf("# %s, caller %u: %u tries, none won: ", race->name, (unsigned)caller,
	       sums[0] + sums[1] + sums[2]);
	printf("%u done, %u refused, %u conflicts and others\n", sums[0], sums[1], sums[2]);
	fflush(stdout);
}
END_TEST

/* ---- without luck ---- */

/* The other user, who acts once for each byte that is sent to him. */
struct servant {
	pid_t pid;
	int orders;
	int answers;
};

static struct servant start_servant(const struct race *race)
{
	struct servant servant;
	int orders[2];
	int answers[2];
	char byte;

	ck_assert_int_eq(pipe(orders), 0);
	ck_assert_int_eq(pipe(answers), 0);
	servant.pid = fork();
	if (servant.pid == 0) {
		become(MALLORY);
		close(orders[1]);
		while (read(orders[0], &byte, 1) == 1) {
			race->rival();
			(void)!write(answers[1], &byte, 1);
		}
		_exit(0);
	}
	ck_assert_int_gt(servant.pid, 0);
	close(orders[0]);
	close(answers[1]);
	servant.orders = orders[1];
	servant.answers = answers[0];
	return servant;
}

static void let_act(const void *arg)
{
	const struct servant *servant = arg;
	char byte = 0;

	ck_assert_int_eq(write(servant->orders, &byte, 1), 1);
	ck_assert_int_eq(read(servant->answers, &byte, 1), 1);
}

static void end_servant(const struct servant *servant)
{
	close(servant->orders);
	close(servant->answers);
	ck_assert_int_eq(waitpid(servant->pid, NULL, 0), servant->pid);
}

/* Not in an emulator of user programs. */
static bool can_trace(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 ? 0 : 1);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static pid_t start_traced(const struct race *race, uid_t caller, unsigned attempt)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (caller)
			become(caller);
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
			_exit(98);
		(void)raise(SIGSTOP);
		_exit(race->attempt(attempt) ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFSTOPPED(status) ? pid : -1;
}

struct moment { /* counted in stops before or after a system call */
	unsigned at;
	unsigned span; /* and once more that much later */
};

/* How many stops there were until it ended, with that status of waitpid(). */
static unsigned let_run(pid_t us, const struct moment *when, void (*act)(const void *),
			const void *arg, int *status)
{
	unsigned stops = 0;

	ck_assert_int_gt(us, 0);
	for (;;) {
		ck_assert_int_eq(ptrace(PTRACE_SYSCALL, us, NULL, NULL), 0);
		ck_assert_int_eq(waitpid(us, status, 0), us);
		if (!WIFSTOPPED(*status))
			return stops;
		if (stops == when->at || stops == when->at + when->span)
			act(arg);
		stops++;
	}
}

/* The other user acts at that moment. False when the work was done before that. */
static bool run_stopped(const struct race *race, uid_t caller, const struct moment *when)
{
	struct servant servant;
	unsigned stops;
	int status = 0;

	set_scene(caller);
	servant = start_servant(race);
	stops = let_run(start_traced(race, caller, 1), when, let_act, &servant, &status);
	end_servant(&servant);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0,
		      "%s: it showed or moved what it must not (stop %u, %u)", race->name,
		      when->at, when->span);
	ck_assert_msg(!won(caller) && kept_is_untouched(caller),
		      "%s: the other user won (stop %u, %u)", race->name, when->at, when->span);
	clear_scene();
	return stops > when->at;
}

START_TEST(another_user_wins_at_no_single_step)
{
	static const unsigned spans[] = { 1, 2, 4, 100000 };
	const struct race *race = &races[_i / 2];
	uid_t caller = _i % 2 ? CALLER : 0;
	unsigned stride = getenv("TRUSTMEND_RACES") ? 1 : race->everywhere ? 4 : 97;
	unsigned stops = 0;

	if (skip_when(geteuid() != 0, "becoming another user needs root"))
		return;
	if (skip_when(!can_trace(), "one process cannot stop another here"))
		return;
	for (unsigned s = 0; s < sizeof(spans) / sizeof(*spans); s++) {
		struct moment when = { s, spans[s] };

		for (; run_stopped(race, caller, &when); when.at += stride)
			stops++;
	}
	printf("# %s, caller %u: stopped %u times, never won\n", race->name, (unsigned)caller,
	       stops);
	fflush(stdout);
}
END_TEST

/* ---- a colleague, who replaces a file as we do, and means no harm ---- */

static bool looks(unsigned way)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	TMD_AUTO_FREE char *why = NULL;
	struct tmd_stat st;
	bool readable;

	switch (way) {
	case 0:
		return tmd_fs_read(fs, "/etc/shared", 0, &text, NULL, &err) == TMD_OK &&
		       strcmp(tmd_buf_str(&text), "shared") == 0;
	case 1:
		return tmd_fs_check_write(fs, "/etc/shared", &err) == TMD_OK;
	case 2:
		return tmd_fs_check_remove(fs, "/etc/shared", &err) == TMD_OK;
	case 3:
		return tmd_fs_check_attr(fs, "/etc/shared", &open_to_all, &err) == TMD_OK;
	case 4:
		return tmd_fs_stat(fs, "/etc/shared", &st, &err) == TMD_OK;
	default:
		return tmd_fs_world_readable(fs, "/etc/shared", &readable, &why, &err) == TMD_OK &&
		       readable;
	}
}

#define LOOKS 6

static void replace_shared(const void *ignored)
{
	(void)ignored;
	put("root/etc/new", "shared");
	ck_assert_int_eq(rename(below("root/etc/new"), below("root/etc/shared")), 0);
}

START_TEST(what_a_colleague_replaces_meanwhile_is_looked_at_again)
{
	const struct race race = { .name = "looks", .attempt = looks };
	struct moment when = { 0, 4 };
	unsigned stops;
	int status;

	if (skip_when(!can_trace(), "one process cannot stop another here"))
		return;
	make_dir("root/etc");
	do {
		replace_shared(NULL);
		stops = let_run(start_traced(&race, 0, _i), &when, replace_shared, NULL, &status);
		ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0,
			      "look %d failed at stop %u", _i, when.at);
	} while (stops > when.at++);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("os/fs_races");
	TCase *c = tcase_create("all");

	tcase_set_timeout(c, 0); /* how long it takes is not the question */
	tcase_add_checked_fixture(c, sandbox_setup, sandbox_teardown);
	tcase_add_loop_test(c, another_user_wins_no_race, 0, 2 * RACES);
	tcase_add_loop_test(c, another_user_wins_at_no_single_step, 0, 2 * RACES);
	tcase_add_loop_test(c, what_a_colleague_replaces_meanwhile_is_looked_at_again, 0, LOOKS);
	suite_add_tcase(s, c);
	return s;
}

UNIT_MAIN(suite)
