/* Writing when the world is against it: full, read-only, immutable, mounted over, killed. */
#include "sandbox.h"

#include <errno.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define GET_FLAGS _IOR('f', 1, long)
#define SET_FLAGS _IOW('f', 2, long)
#define IMMUTABLE 0x10
#define APPEND_ONLY 0x20

static char big[256 * 1024];

/* What is wrong with the disk. These functions stand before those of the C library. */
static enum { HEALTHY, FORGETFUL, NO_FILE_GETS_THERE, NO_NAME_GETS_THERE } disk;

/* What somebody else does when the new content is complete, and not in place yet. */
static void (*rival)(void);

int fsync(int fd)
{
	struct stat st;

	ck_assert_int_eq(fstat(fd, &st), 0);
	if (rival && S_ISREG(st.st_mode))
		rival();
	if ((disk == NO_FILE_GETS_THERE && S_ISREG(st.st_mode)) ||
	    (disk == NO_NAME_GETS_THERE && S_ISDIR(st.st_mode))) {
		errno = EIO;
		return -1;
	}
	return (int)syscall(SYS_fsync, fd);
}

/* Somebody who cleans up looks at the first file that we make before we have locked it. */
static bool looked_at;
static int looked_at_fd; /* kept, so that no other file gets its inode */

int flock(int fd, int operation)
{
	if (!looked_at || !(operation & LOCK_EX))
		return (int)syscall(SYS_flock, fd, operation);
	looked_at = false;
	looked_at_fd = dup(fd);
	errno = EWOULDBLOCK;
	return -1;
}

static ssize_t read_back(int fd, void *to, size_t len, off_t at)
{
	ssize_t got = syscall(SYS_pread64, fd, to, len, at);

	if (disk == FORGETFUL && got > 0)
		((char *)to)[got - 1] ^= 1;
	return got;
}

#undef pread
#undef pread64
ssize_t pread(int fd, void *to, size_t len, off_t at)
{
	return read_back(fd, to, len, at);
}

ssize_t pread64(int fd, void *to, size_t len, off_t at)
{
	return read_back(fd, to, len, at);
}

static int set_flags(const char *path, int wanted)
{
	int fd = open(path, O_RDONLY);
	int flags[2] = { 0, 0 };
	int rc = fd < 0 ? -1 : ioctl(fd, GET_FLAGS, flags);

	flags[0] = (flags[0] & ~(IMMUTABLE | APPEND_ONLY)) | wanted;
	if (rc == 0)
		rc = ioctl(fd, SET_FLAGS, flags);
	close(fd);
	return rc;
}

static int mount_small(const char *name, const char *options)
{
	return own_mounts() && mount("none", below("%s", name), "tmpfs", 0, options) == 0;
}

START_TEST(a_full_disk_leaves_the_old_file_and_nothing_else)
{
	make_dir("root/full");
	if (skip_when(!mount_small("root/full", "size=64k"), "mounting needs root"))
		return;
	put("root/full/a", "old");
	memset(big, 'x', sizeof(big));
	ck_fails(tmd_fs_replace(fs, "/full/a", big, sizeof(big), NULL, &err), err, TMD_E_IO);
	ck_assert_int_eq(err.sys, ENOSPC);
	ck_assert_str_eq(err.path, "/full/a");
	assert_file("root/full/a", "old");
	ck_assert_uint_eq(temporary_files("root/full", 0), 0);
	ck_fails(tmd_fs_replace(fs, "/full/x/y/b", big, sizeof(big), NULL, &err), err, TMD_E_IO);
	ck_assert(!is_there("root/full/x"));
	ck_ok(tmd_fs_replace(fs, "/full/a", "new", 3, NULL, &err), err);
	assert_file("root/full/a", "new");
	umount2(below("root/full"), MNT_DETACH);
}
END_TEST

START_TEST(a_disk_that_forgets_is_found_out_in_time)
{
	put("root/a", "old");
	disk = FORGETFUL;
	ck_fails(tmd_fs_replace(fs, "/a", "new", 3, NULL, &err), err, TMD_E_IO);
	ck_assert_ptr_nonnull(strstr(err.message, "reads back differently"));
	ck_fails(tmd_fs_replace(fs, "/x/y/b", "new", 3, NULL, &err), err, TMD_E_IO);
	assert_file("root/a", "old");
	ck_assert_uint_eq(temporary_files("root", 0), 0);
	ck_assert(!is_there("root/x"));
}
END_TEST

START_TEST(what_does_not_get_to_the_disk_is_not_put_in_place)
{
	put("root/a", "old");
	disk = NO_FILE_GETS_THERE;
	ck_fails(tmd_fs_replace(fs, "/a", "new", 3, NULL, &err), err, TMD_E_IO);
	ck_assert_int_eq(err.sys, EIO);
	assert_file("root/a", "old");
	ck_assert_uint_eq(temporary_files("root", 0), 0);
}
END_TEST

START_TEST(a_name_that_does_not_get_to_the_disk_is_not_called_done)
{
	put("root/a", "old");
	disk = NO_NAME_GETS_THERE;
	ck_fails(tmd_fs_replace(fs, "/a", "new", 3, NULL, &err), err, TMD_E_IO);
	ck_fails(tmd_fs_rename(fs, "/a", "/b", &err), err, TMD_E_IO);
	ck_fails(tmd_fs_remove(fs, "/b", &err), err, TMD_E_IO);
	ck_assert_int_eq(err.sys, EIO);
}
END_TEST

static void edit_it(void)
{
	put("root/a", "somebody's");
}

static void put_another_there(void)
{
	put("root/other", "somebody's");
	ck_assert_int_eq(rename(below("root/other"), below("root/a")), 0);
}

/* The one that decides is the last look before the new file has its name. */
START_TEST(what_somebody_else_wrote_meanwhile_is_not_lost)
{
	static void (*const rivals[])(void) = { edit_it, put_another_there };

	put("root/a", "old");
	rival = rivals[_i];
	ck_fails(tmd_fs_replace(fs, "/a", "new", 3, NULL, &err), err, TMD_E_CONFLICT);
	assert_file("root/a", "somebody's");
	ck_assert_uint_eq(temporary_files("root", 0), 0);
}
END_TEST

START_TEST(what_somebody_else_made_meanwhile_is_not_lost)
{
	rival = edit_it;
	ck_fails(tmd_fs_replace(fs, "/a", "new", 3, NULL, &err), err, TMD_E_CONFLICT);
	assert_file("root/a", "somebody's");
	ck_assert_uint_eq(temporary_files("root", 0), 0);
}
END_TEST

START_TEST(what_somebody_may_be_going_to_remove_is_not_used)
{
	struct stat first;
	struct stat now;

	put("root/a", "old");
	looked_at = true;
	ck_ok(tmd_fs_replace(fs, "/a", "new", 3, NULL, &err), err);
	ck_assert(!looked_at);
	ck_assert_int_eq(fstat(looked_at_fd, &first), 0);
	ck_assert_int_eq(stat(below("root/a"), &now), 0);
	ck_assert_uint_ne(first.st_ino, now.st_ino);
	ck_assert_uint_eq(temporary_files("root", 0), 0);
	close(looked_at_fd);
}
END_TEST

static void forge_the_temporary_file(void)
{
	DIR *stream = opendir(below("root"));
	const struct dirent *entry;
	char name[300];

	ck_assert_ptr_nonnull(stream);
	while ((entry = readdir(stream))) {
		if (!strstr(entry->d_name, "trustmend-tmp"))
			continue;
		snprintf(name, sizeof(name), "root/%s", entry->d_name);
		ck_assert_int_eq(unlink(below("%s", name)), 0);
		put(name, "forged");
	}
	closedir(stream);
}

START_TEST(what_somebody_else_put_in_its_place_is_not_published)
{
	put("root/a", "old");
	rival = forge_the_temporary_file;
	ck_fails(tmd_fs_replace(fs, "/a", "new", 3, NULL, &err), err, TMD_E_CONFLICT);
	assert_file("root/a", "old");
}
END_TEST

START_TEST(a_directory_without_room_for_names_fails_the_same)
{
	make_dir("root/full");
	if (skip_when(!mount_small("root/full", "size=1m,nr_inodes=3"), "mounting needs root"))
		return;
	put("root/full/a", "old");
	put("root/full/b", "old");
	ck_fails(tmd_fs_replace(fs, "/full/a", "new", 3, NULL, &err), err, TMD_E_IO);
	ck_assert_int_eq(err.sys, ENOSPC);
	assert_file("root/full/a", "old");
	umount2(below("root/full"), MNT_DETACH);
}
END_TEST

START_TEST(a_file_size_limit_is_an_error)
{
	struct rlimit limit = { 65536, 65536 }; /* enough for what Check notes meanwhile */

	put("root/a", "old");
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_fails(tmd_fs_replace(fs, "/a", big, sizeof(big), NULL, &err), err, TMD_E_IO);
	assert_file("root/a", "old");
	ck_assert_uint_eq(temporary_files("root", 0), 0);
}
END_TEST

START_TEST(a_read_only_mount_is_found_before_and_during)
{
	make_dir("root/ro");
	if (skip_when(!mount_small("root/ro", "size=64k"), "mounting needs root"))
		return;
	put("root/ro/a", "old");
	ck_assert_int_eq(mount(NULL, below("root/ro"), NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
	ck_fails(tmd_fs_check_write(fs, "/ro/a", &err), err, TMD_E_IO);
	ck_assert_int_eq(err.sys, EROFS);
	ck_fails(tmd_fs_check_write(fs, "/ro/new/b", &err), err, TMD_E_IO);
	ck_fails(tmd_fs_check_remove(fs, "/ro/a", &err), err, TMD_E_IO);
	ck_fails(tmd_fs_replace(fs, "/ro/a", "new", 3, NULL, &err), err, TMD_E_IO);
	ck_assert_int_eq(err.sys, EROFS);
	ck_fails(tmd_fs_replace(fs, "/ro/new/b", "new", 3, NULL, &err), err, TMD_E_IO);
	ck_fails(tmd_fs_remove(fs, "/ro/a", &err), err, TMD_E_IO);
	ck_ok(tmd_fs_replace(fs, "/ro/a", "old", 3, NULL, &err), err); /* nothing to do */
	assert_file("root/ro/a", "old");
	umount2(below("root/ro"), MNT_DETACH);
}
END_TEST

START_TEST(a_link_on_a_read_only_mount_may_lead_to_a_writable_file)
{
	make_dir("root/ro");
	if (skip_when(!mount_small("root/ro", "size=64k"), "mounting needs root"))
		return;
	put("root/a", "old");
	make_link("/a", "root/ro/link");
	ck_assert_int_eq(mount(NULL, below("root/ro"), NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
	ck_ok(tmd_fs_check_write(fs, "/ro/link", &err), err);
	ck_fails(tmd_fs_check_remove(fs, "/ro/link", &err), err, TMD_E_IO);
	ck_ok(tmd_fs_replace(fs, "/ro/link", "new", 3, NULL, &err), err);
	assert_file("root/a", "new");
	umount2(below("root/ro"), MNT_DETACH);
}
END_TEST

START_TEST(a_bind_mounted_file_is_a_conflict)
{
	if (skip_when(!own_mounts(), "mounting needs root"))
		return;
	put("root/a", "old");
	put("root/source", "mounted");
	ck_assert_int_eq(mount(below("root/source"), below("root/a"), NULL, MS_BIND, NULL), 0);
	ck_fails(tmd_fs_check_write(fs, "/a", &err), err, TMD_E_CONFLICT);
	ck_assert_int_eq(err.sys, EBUSY);
	ck_assert_str_ne(err.hint, "");
	ck_fails(tmd_fs_replace(fs, "/a", "new", 3, NULL, &err), err, TMD_E_CONFLICT);
	ck_assert_int_eq(err.sys, EBUSY);
	ck_assert_str_ne(err.hint, "");
	ck_fails(tmd_fs_remove(fs, "/a", &err), err, TMD_E_CONFLICT);
	assert_file("root/a", "mounted");
	ck_assert_uint_eq(temporary_files("root", 0), 0);
	ck_ok(tmd_fs_replace(fs, "/source", "new", 3, NULL, &err), err);
	umount2(below("root/a"), MNT_DETACH);
	assert_file("root/a", "old");
}
END_TEST

static void assert_flagged(const char *flagged, int flags)
{
	if (skip_when(set_flags(below("root/d%s", flagged), flags) != 0,
		      "no immutable or append-only flag here"))
		return;
	ck_fails(tmd_fs_check_write(fs, "/d/a", &err), err, TMD_E_PERMISSION);
	ck_assert_ptr_nonnull(strstr(err.hint, "chattr"));
	ck_fails(tmd_fs_check_remove(fs, "/d/a", &err), err, TMD_E_PERMISSION);
	ck_fails(tmd_fs_replace(fs, "/d/a", "new", 3, NULL, &err), err, TMD_E_PERMISSION);
	ck_assert_int_eq(set_flags(below("root/d%s", flagged), 0), 0);
	assert_file("root/d/a", "old");
	(void)temporary_files("root/d", 1); /* cannot be removed where append-only */
}

START_TEST(immutable_and_append_only_are_named)
{
	make_dir("root/d");
	put("root/d/a", "old");
	assert_flagged("/a", IMMUTABLE);
	assert_flagged("/a", APPEND_ONLY);
	assert_flagged("", IMMUTABLE);
	assert_flagged("", APPEND_ONLY);
	ck_ok(tmd_fs_check_write(fs, "/d/a", &err), err);
}
END_TEST

/* ---- killed at any moment ---- */

static void replace_for_ever(size_t len)
{
	struct tmd_error failure;

	for (char c = 'a';; c = c == 'z' ? 'a' : (char)(c + 1)) {
		memset(big, c, len);
		if (tmd_fs_replace(fs, "/a", big, len, NULL, &failure) != TMD_OK)
			_exit(1);
	}
}

/* One content, whole: `len` times the same letter. */
static void assert_whole(size_t len)
{
	static char content[sizeof(big) + 1];
	FILE *file = fopen(below("root/a"), "rb");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fread(content, 1, sizeof(content), file), len);
	fclose(file);
	ck_assert_int_eq(memcmp(content, content + 1, len - 1), 0);
}

START_TEST(a_kill_at_any_moment_leaves_old_or_new)
{
	const size_t len = 200 * 1024;
	unsigned leftovers = 0;

	memset(big, 'a', len);
	ck_ok(tmd_fs_replace(fs, "/a", big, len, NULL, &err), err);
	srand(4711);
	for (int round = 0; round < 150; round++) {
		int status;
		pid_t pid = fork();

		if (pid == 0)
			replace_for_ever(len);
		usleep(1000 + (useconds_t)(rand() % 12000));
		ck_assert_int_eq(kill(pid, SIGKILL), 0);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert_msg(WIFSIGNALED(status), "the child failed to replace the file");
		assert_whole(len);
		leftovers += temporary_files("root", 0);
		ck_assert_uint_le(temporary_files("root", 0), 1);
	}
	ck_assert_msg(leftovers > 0, "no kill hit a replace: the test proves nothing");
	ck_ok(tmd_fs_replace(fs, "/a", "clean", 5, NULL, &err), err);
	ck_assert_uint_eq(temporary_files("root", 0), 0);
	assert_file("root/a", "clean");
}
END_TEST

/* ---- two writers without a common lock ---- */

#define ROUNDS 400

/* Replaces the file with contents of different lengths, each one letter over and over. */
static int write_rounds(char letter)
{
	static char mine[8192];
	struct tmd_error failure;
	int conflicts = 0;

	memset(mine, letter, sizeof(mine));
	for (size_t i = 0; i < ROUNDS; i++) {
		if (tmd_fs_replace(fs, "/a", mine, 1 + i * 19, NULL, &failure) == TMD_OK)
			continue;
		if (failure.kind != TMD_E_CONFLICT) {
			fprintf(stderr, "%s (%s)\n", failure.message, failure.path);
			return 1;
		}
		conflicts++;
	}
	return conflicts == ROUNDS ? 2 : 0;
}

static pid_t start_writer(char letter)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(write_rounds(letter));
	return pid;
}

/* 1: the file is there, not empty, not private, and of one letter only. */
static int is_sound(void)
{
	static char content[8192];
	struct stat st;
	int fd = open(below("root/a"), O_RDONLY);
	ssize_t len;

	if (fd < 0 || fstat(fd, &st) != 0)
		return 0;
	len = read(fd, content, sizeof(content));
	close(fd);
	return len > 0 && (st.st_mode & 07777) == 0644 && (off_t)len == st.st_size &&
	       memcmp(content, content + 1, (size_t)len - 1) == 0;
}

START_TEST(two_writers_without_a_common_lock_never_hurt_the_file)
{
	pid_t one;
	pid_t two;
	int status;
	int done = 0;

	put("root/a", "old");
	ck_ok(tmd_fs_replace(fs, "/a", "x", 1, NULL, &err), err);
	one = start_writer('1');
	two = start_writer('2');
	while (done < 2) {
		pid_t ended = waitpid(-1, &status, WNOHANG);

		ck_assert(is_sound());
		if (ended == 0)
			continue;
		ck_assert(ended == one || ended == two);
		ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "a writer failed: %d",
			      status);
		done++;
	}
	ck_assert(is_sound());
	ck_assert_uint_eq(temporary_files("root", 0), 0);
}
END_TEST

static Suite *suite_fn(void)
{
	Suite *suite = suite_create("os/fs_faults");
	TCase *cases = tcase_create("all");

	tcase_add_checked_fixture(cases, sandbox_setup, sandbox_teardown);
	tcase_add_test(cases, a_full_disk_leaves_the_old_file_and_nothing_else);
	tcase_add_test(cases, a_disk_that_forgets_is_found_out_in_time);
	tcase_add_test(cases, what_does_not_get_to_the_disk_is_not_put_in_place);
	tcase_add_test(cases, a_name_that_does_not_get_to_the_disk_is_not_called_done);
	tcase_add_loop_test(cases, what_somebody_else_wrote_meanwhile_is_not_lost, 0, 2);
	tcase_add_test(cases, what_somebody_else_made_meanwhile_is_not_lost);
	tcase_add_test(cases, what_somebody_else_put_in_its_place_is_not_published);
	tcase_add_test(cases, what_somebody_may_be_going_to_remove_is_not_used);
	tcase_add_test(cases, a_directory_without_room_for_names_fails_the_same);
	tcase_add_test(cases, a_file_size_limit_is_an_error);
	tcase_add_test(cases, a_read_only_mount_is_found_before_and_during);
	tcase_add_test(cases, a_link_on_a_read_only_mount_may_lead_to_a_writable_file);
	tcase_add_test(cases, a_bind_mounted_file_is_a_conflict);
	tcase_add_test(cases, immutable_and_append_only_are_named);
	tcase_add_test(cases, a_kill_at_any_moment_leaves_old_or_new);
	tcase_add_test(cases, two_writers_without_a_common_lock_never_hurt_the_file);
	suite_add_tcase(suite, cases);
	return suite;
}

UNIT_MAIN(suite_fn)
