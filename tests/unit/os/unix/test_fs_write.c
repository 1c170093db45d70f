/* Writing: the gate, the atomic replace and what it keeps, its neighbours. */
#include "sandbox.h"

#include <errno.h>
#include <sys/file.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>

static const struct tmd_fs_attr keep = KEEP_ALL;

static void replace_ok(const char *path, const char *text, const struct tmd_fs_attr *attr)
{
	ck_ok(tmd_fs_replace(fs, path, text, strlen(text), attr, &err), err);
}

static void assert_no_temporary_files(const char *name)
{
	ck_assert_uint_eq(temporary_files(name, 0), 0);
}

static ino_t inode_of(const char *name)
{
	struct stat st;

	ck_assert_int_eq(stat(below("%s", name), &st), 0);
	return st.st_ino;
}

/* Runs `body` as an ordinary user, in a child so that nothing of it stays. */
static int as_user(int (*body)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (getuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
			_exit(99);
		_exit(body());
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 98;
}

START_TEST(nothing_is_written_before_writes_are_allowed)
{
	put("root/a", "old");
	tmd_fs_allow_writes(fs, false);
	ck_fails(tmd_fs_replace(fs, "/a", "new", 3, NULL, &err), err, TMD_E_INTERNAL);
	ck_fails(tmd_fs_replace(fs, "/b/c", "new", 3, NULL, &err), err, TMD_E_INTERNAL);
	ck_fails(tmd_fs_remove(fs, "/a", &err), err, TMD_E_INTERNAL);
	ck_fails(tmd_fs_rename(fs, "/a", "/b", &err), err, TMD_E_INTERNAL);
	ck_fails(tmd_fs_set_attr(fs, "/a", &keep, &err), err, TMD_E_INTERNAL);
	ck_ok(tmd_fs_check_write(fs, "/a", &err), err);
	ck_ok(tmd_fs_check_write(fs, "/b/c", &err), err);
	assert_file("root/a", "old");
	ck_assert(!is_there("root/b"));
	tmd_fs_allow_writes(fs, true);
	ck_ok(tmd_fs_replace(fs, "/a", "new", 3, NULL, &err), err);
	tmd_fs_allow_writes(fs, false);
	ck_fails(tmd_fs_remove(fs, "/a", &err), err, TMD_E_INTERNAL);
}
END_TEST

START_TEST(a_new_file_has_mode_0644_whatever_the_umask)
{
	umask(0777);
	replace_ok("/dir/sub/a", "new", NULL);
	umask(022);
	assert_file("root/dir/sub/a", "new");
	ck_assert_uint_eq(mode_of("root/dir/sub/a"), 0644);
	ck_assert_uint_eq(mode_of("root/dir"), 0755);
	ck_assert_uint_eq(mode_of("root/dir/sub"), 0755);
	assert_no_temporary_files("root/dir/sub");
}
END_TEST

static int write_under_an_odd_umask(void)
{
	umask(0777);
	return tmd_fs_replace(fs, "/user/dir/sub/a", "new", 3, NULL, &err) == TMD_OK ? 0 : 1;
}

START_TEST(a_users_umask_does_not_matter_either)
{
	make_dir("root/user");
	ck_assert_int_eq(chmod(base, 0755), 0);
	if (getuid() == 0)
		ck_assert_int_eq(chown(below("root/user"), 65534, 65534), 0);
	ck_assert_int_eq(as_user(write_under_an_odd_umask), 0);
	ck_assert_uint_eq(mode_of("root/user/dir"), 0755);
	ck_assert_uint_eq(mode_of("root/user/dir/sub"), 0755);
	ck_assert_uint_eq(mode_of("root/user/dir/sub/a"), 0644);
}
END_TEST

START_TEST(old_mode_is_kept_and_a_given_one_is_set)
{
	struct tmd_fs_attr attr = KEEP_ALL;

	put("root/a", "old");
	ck_assert_int_eq(chmod(below("root/a"), 0640), 0);
	replace_ok("/a", "new", NULL);
	assert_file("root/a", "new");
	ck_assert_uint_eq(mode_of("root/a"), 0640);
	attr.mode = 0604;
	replace_ok("/a", "newer", &attr);
	ck_assert_uint_eq(mode_of("root/a"), 0604);
	attr.mode = 0600;
	replace_ok("/a", "newer", &attr); /* the same content */
	ck_assert_uint_eq(mode_of("root/a"), 0600);
}
END_TEST

START_TEST(new_content_is_nobodys_program_to_run_as_another)
{
	put("root/a", "old");
	ck_assert_int_eq(chmod(below("root/a"), 06755), 0);
	ck_ok(tmd_fs_replace(fs, "/a", "new", 3, NULL, &err), err);
	ck_assert_uint_eq(mode_of("root/a"), 0755);
}
END_TEST

START_TEST(owner_is_kept_given_and_inherited_by_new_parents)
{
	struct tmd_fs_attr attr = { TMD_KEEP, 4321, 8765, 0750 };
	struct stat st;

	if (skip_when(geteuid() != 0, "other owners need root"))
		return;
	put("root/a", "old");
	ck_assert_int_eq(chown(below("root/a"), 1234, 5678), 0);
	replace_ok("/a", "new", NULL);
	ck_assert_int_eq(stat(below("root/a"), &st), 0);
	ck_assert_uint_eq(st.st_uid, 1234);
	ck_assert_uint_eq(st.st_gid, 5678);
	replace_ok("/d/e/f", "new", &attr);
	ck_assert_int_eq(stat(below("root/d/e/f"), &st), 0);
	ck_assert_uint_eq(st.st_uid, 4321);
	ck_assert_uint_eq(st.st_gid, 8765);
	ck_assert_int_eq(stat(below("root/d"), &st), 0);
	ck_assert_uint_eq(st.st_uid, 4321);
	ck_assert_uint_eq(st.st_mode & 07777, 0750);
	attr.uid = TMD_KEEP;
	attr.gid = 1;
	replace_ok("/d/e/f", "newer", &attr);
	ck_assert_int_eq(stat(below("root/d/e/f"), &st), 0);
	ck_assert_uint_eq(st.st_uid, 4321);
	ck_assert_uint_eq(st.st_gid, 1);
}
END_TEST

START_TEST(a_set_group_id_directory_passes_its_group_on)
{
	struct stat st;

	if (skip_when(geteuid() != 0, "other groups need root"))
		return;
	make_dir("root/shared");
	ck_assert_int_eq(chown(below("root/shared"), 0, 555), 0);
	ck_assert_int_eq(chmod(below("root/shared"), 02775), 0);
	replace_ok("/shared/new/a", "x", NULL);
	ck_assert_int_eq(stat(below("root/shared/new"), &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 02755);
	ck_assert_int_eq(stat(below("root/shared/new/a"), &st), 0);
	ck_assert_uint_eq(st.st_gid, 555);
}
END_TEST

START_TEST(extended_attributes_are_carried_over)
{
	char value[16] = "";

	put("root/a", "old");
	if (skip_when(setxattr(below("root/a"), "user.note", "hello", 5, 0) != 0,
		      "no extended attributes on this file system"))
		return;
	replace_ok("/a", "new", NULL);
	ck_assert_int_eq(getxattr(below("root/a"), "user.note", value, sizeof(value)), 5);
	ck_assert_mem_eq(value, "hello", 5);
}
END_TEST

/* Version 2: owner rw, user 1234 r, group r, mask r, others nothing. */
static const unsigned char acl[] = {
	2, 0,	 0,    0,    1,	   0,	 6,    0, 0xFF, 0xFF, 0xFF, 0xFF, 2,	0,    4,
	0, 0xD2, 4,    0,    0,	   4,	 0,    4, 0,	0xFF, 0xFF, 0xFF, 0xFF, 0x10, 0,
	4, 0,	 0xFF, 0xFF, 0xFF, 0xFF, 0x20, 0, 0,	0,    0xFF, 0xFF, 0xFF, 0xFF,
};

START_TEST(an_acl_is_carried_over_and_a_default_acl_adds_none)
{
	unsigned char value[128];

	put("root/a", "old");
	put("root/b", "old");
	if (skip_when(setxattr(below("root/a"), "system.posix_acl_access", acl, sizeof(acl), 0) !=
			      0,
		      "no access control lists on this file system"))
		return;
	ck_assert_int_eq(setxattr(root, "system.posix_acl_default", acl, sizeof(acl), 0), 0);
	replace_ok("/a", "new", NULL);
	replace_ok("/b", "new", NULL);
	ck_assert_int_eq(getxattr(below("root/a"), "system.posix_acl_access", value, sizeof(value)),
			 sizeof(acl));
	ck_assert_mem_eq(value, acl, sizeof(acl));
	ck_assert_uint_eq(mode_of("root/a"), 0640);
	ck_assert_int_lt(getxattr(below("root/b"), "system.posix_acl_access", value, sizeof(value)),
			 0);
	ck_assert_uint_eq(mode_of("root/b"), 0644);
}
END_TEST

START_TEST(equal_content_is_not_written_again)
{
	struct stat before;
	struct stat after;

	put("root/a", "same");
	ck_assert_int_eq(stat(below("root/a"), &before), 0);
	replace_ok("/a", "same", NULL);
	ck_assert_int_eq(stat(below("root/a"), &after), 0);
	ck_assert_uint_eq(before.st_ino, after.st_ino);
	ck_assert_int_eq(before.st_ctim.tv_sec, after.st_ctim.tv_sec);
	ck_assert_int_eq(before.st_ctim.tv_nsec, after.st_ctim.tv_nsec);
	replace_ok("/a", "samE", NULL);
	ck_assert_uint_ne(before.st_ino, inode_of("root/a"));
}
END_TEST

START_TEST(empty_content_is_content)
{
	put("root/a", "old");
	replace_ok("/a", "", NULL);
	assert_file("root/a", "");
	ck_ok(tmd_fs_replace(fs, "/b", NULL, 0, NULL, &err), err);
	assert_file("root/b", "");
}
END_TEST

START_TEST(a_link_survives_and_its_target_changes)
{
	make_dir("root/usr");
	put("root/usr/a", "old");
	make_link("usr/a", "root/link");
	make_link("/new/dir/b", "root/dangling");
	replace_ok("/link", "new", NULL);
	replace_ok("/dangling", "fresh", NULL);
	assert_file("root/usr/a", "new");
	assert_file("root/new/dir/b", "fresh");
	ck_assert_int_eq(mode_of("root/link"), 0777);
	ck_assert(is_there("root/dangling"));
	assert_no_temporary_files("root");
	assert_no_temporary_files("root/usr");
}
END_TEST

START_TEST(the_twin_of_a_hard_link_keeps_the_old_content)
{
	struct tmd_stat st;

	put("root/a", "old");
	ck_assert_int_eq(link(below("root/a"), below("root/twin")), 0);
	ck_ok(tmd_fs_stat(fs, "/a", &st, &err), err);
	ck_assert_uint_eq(st.links, 2);
	replace_ok("/a", "new", NULL);
	assert_file("root/a", "new");
	assert_file("root/twin", "old");
}
END_TEST

START_TEST(only_regular_files_are_replaced)
{
	make_dir("root/dir");
	ck_assert_int_eq(mkfifo(below("root/fifo"), 0644), 0);
	make_link("/", "root/top");
	ck_fails(tmd_fs_replace(fs, "/dir", "x", 1, NULL, &err), err, TMD_E_REFUSED);
	ck_fails(tmd_fs_replace(fs, "/fifo", "x", 1, NULL, &err), err, TMD_E_REFUSED);
	ck_fails(tmd_fs_replace(fs, "/top", "x", 1, NULL, &err), err, TMD_E_REFUSED);
	ck_fails(tmd_fs_replace(fs, "/", "x", 1, NULL, &err), err, TMD_E_REFUSED);
	ck_fails(tmd_fs_check_write(fs, "/dir", &err), err, TMD_E_REFUSED);
	ck_fails(tmd_fs_check_write(fs, "/fifo", &err), err, TMD_E_REFUSED);
	ck_fails(tmd_fs_remove(fs, "/dir", &err), err, TMD_E_REFUSED);
	ck_fails(tmd_fs_check_remove(fs, "/dir", &err), err, TMD_E_REFUSED);
	ck_fails(tmd_fs_set_attr(fs, "/fifo", &keep, &err), err, TMD_E_REFUSED);
}
END_TEST

#define TEMP "root/.a.0123456789abcdef.trustmend-tmp"

START_TEST(a_leftover_temporary_file_goes)
{
	put("root/a", "old");
	put(TEMP, "half");
	replace_ok("/a", "new", NULL);
	assert_file("root/a", "new");
	assert_no_temporary_files("root");
	put(TEMP, "half");
	put("root/.a.ffffffffffffffff.trustmend-tmp", "");
	replace_ok("/a", "new", NULL); /* nothing to write, still cleaned */
	assert_no_temporary_files("root");
	put(TEMP, "half");
	ck_ok(tmd_fs_remove(fs, "/a", &err), err);
	assert_no_temporary_files("root");
	make_link("../outside/secret", TEMP);
	replace_ok("/a", "new", NULL);
	assert_file("outside/secret", "secret\n");
	assert_no_temporary_files("root");
}
END_TEST

START_TEST(a_temporary_file_in_use_stays)
{
	int fd;

	put("root/a", "old");
	put(TEMP, "half");
	fd = open(below(TEMP), O_RDWR);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(flock(fd, LOCK_EX), 0);
	replace_ok("/a", "new", NULL);
	assert_file("root/a", "new");
	assert_file(TEMP, "half");
	close(fd);
	replace_ok("/a", "new", NULL);
	assert_no_temporary_files("root");
}
END_TEST

START_TEST(other_files_that_look_alike_stay)
{
	static const char *const names[] = {
		"root/.a.trustmend-tmp",
		"root/.a.0123456789abcdeX.trustmend-tmp",
		"root/.a.b.0123456789abcdef.trustmend-tmp",
		"root/.b.0123456789abcdef.trustmend-tmp",
		"root/.a.0123456789abcdef.trustmend-tmp.bak",
	};
	const size_t count = sizeof(names) / sizeof(*names);

	for (size_t i = 0; i < count; i++)
		put(names[i], "mine");
	replace_ok("/a", "new", NULL);
	for (size_t i = 0; i < count; i++)
		assert_file(names[i], "mine");
}
END_TEST

START_TEST(what_cannot_be_removed_is_in_nobodys_way)
{
	make_dir(TEMP);
	put(TEMP "/somebody's", "");
	ck_ok(tmd_fs_check_write(fs, "/a", &err), err);
	replace_ok("/a", "new", NULL);
	assert_file("root/a", "new");
	ck_ok(tmd_fs_remove(fs, "/a", &err), err);
	ck_assert(is_there(TEMP));
}
END_TEST

static int replace_as_user(void)
{
	return tmd_fs_replace(fs, "/user/a", "new", 3, NULL, &err) == TMD_OK ? 0 : 1;
}

START_TEST(where_a_lock_cannot_tell_the_age_does)
{
	const char *temp = "root/user/.a.0123456789abcdef.trustmend-tmp";
	struct timeval times[2] = { { .tv_sec = 0 } };

	if (skip_when(geteuid() != 0, "other owners need root"))
		return;
	make_dir("root/user");
	put(temp, "half");
	ck_assert_int_eq(chmod(below("%s", temp), 0600), 0);
	ck_assert_int_eq(chmod(base, 0755), 0);
	ck_assert_int_eq(chown(below("root/user"), 65534, 65534), 0);
	ck_assert_int_eq(as_user(replace_as_user), 0);
	ck_assert(is_there(temp));
	times[0].tv_sec = times[1].tv_sec = time(NULL) - 2 * 3600;
	ck_assert_int_eq(utimes(below("%s", temp), times), 0);
	ck_assert_int_eq(as_user(replace_as_user), 0);
	ck_assert(!is_there(temp));
}
END_TEST

START_TEST(very_long_names_have_temporary_files_too)
{
	char path[300] = "/";
	char name[300] = "root/";

	memset(path + 1, 'n', 255);
	memset(name + 5, 'n', 255);
	replace_ok(path, "old", NULL);
	replace_ok(path, "new", NULL);
	assert_file(name, "new");
	assert_no_temporary_files("root");
}
END_TEST

START_TEST(a_failure_takes_back_the_parents_it_made)
{
	char path[600] = "/made/sub/";

	memset(path + 10, 'n', 255);
	memcpy(path + 265, "/x", 3); /* the last directory can be made, so forbid its owner */
	if (skip_when(geteuid() != 0, "dropping rights needs root"))
		return;
	ck_assert_int_eq(chmod(base, 0755), 0);
	ck_assert_int_eq(chown(root, 65534, 65534), 0);
	ck_assert_int_eq(seteuid(65534), 0);
	{
		const struct tmd_fs_attr attr = { TMD_KEEP, 1234, TMD_KEEP, 0 };

		ck_fails(tmd_fs_replace(fs, path, "x", 1, &attr, &err), err, TMD_E_PERMISSION);
	}
	ck_assert_int_eq(seteuid(0), 0);
	ck_assert(!is_there("root/made"));
}
END_TEST

static int user_cannot_write(void)
{
	if (tmd_fs_replace(fs, "/etc/a", "new", 3, NULL, &err) == TMD_OK ||
	    err.kind != TMD_E_PERMISSION)
		return 1;
	if (tmd_fs_check_write(fs, "/etc/a", &err) == TMD_OK || err.kind != TMD_E_PERMISSION)
		return 2;
	if (tmd_fs_check_write(fs, "/etc/new/dir/file", &err) == TMD_OK ||
	    err.kind != TMD_E_PERMISSION)
		return 3;
	if (tmd_fs_remove(fs, "/etc/a", &err) == TMD_OK || err.kind != TMD_E_PERMISSION)
		return 4;
	/* The directory is open to all, the file is another's: it could not stay his. */
	if (tmd_fs_check_write(fs, "/open/a", &err) == TMD_OK || err.kind != TMD_E_PERMISSION)
		return 5;
	if (tmd_fs_replace(fs, "/open/a", "new", 3, NULL, &err) == TMD_OK ||
	    err.kind != TMD_E_PERMISSION)
		return 6;
	if (tmd_fs_check_remove(fs, "/sticky/a", &err) == TMD_OK || err.kind != TMD_E_PERMISSION)
		return 7;
	if (tmd_fs_check_remove(fs, "/open/a", &err) != TMD_OK)
		return 8;
	if (tmd_fs_check_write(fs, "/open/mine", &err) != TMD_OK ||
	    tmd_fs_replace(fs, "/open/mine", "new", 3, NULL, &err) != TMD_OK)
		return 9;
	return 0;
}

START_TEST(a_user_is_told_what_is_not_permitted)
{
	if (skip_when(geteuid() != 0, "becoming another user needs root"))
		return;
	make_dir("root/etc");
	make_dir("root/open");
	make_dir("root/sticky");
	put("root/etc/a", "old");
	put("root/open/a", "old");
	put("root/sticky/a", "old");
	ck_assert_int_eq(chmod(base, 0755), 0);
	ck_assert_int_eq(chmod(below("root/open"), 0777), 0);
	ck_assert_int_eq(chmod(below("root/sticky"), 01777), 0);
	ck_assert_int_eq(as_user(user_cannot_write), 0);
	assert_file("root/etc/a", "old");
	assert_file("root/open/a", "old");
	assert_no_temporary_files("root/open");
}
END_TEST

static int attr_fails(const char *path, const struct tmd_fs_attr *attr)
{
	return tmd_fs_check_attr(fs, path, attr, &err) != TMD_OK && err.kind == TMD_E_PERMISSION &&
	       err.hint[0];
}

static int attr_is_fine(const char *path, const struct tmd_fs_attr *attr)
{
	return tmd_fs_check_attr(fs, path, attr, &err) == TMD_OK;
}

static int user_cannot_give_away(void)
{
	const struct tmd_fs_attr other_user = { TMD_KEEP, 0, TMD_KEEP, 0 };
	const struct tmd_fs_attr other_group = { TMD_KEEP, TMD_KEEP, 1234, 0 };
	const struct tmd_fs_attr other_mode = { 0600, TMD_KEEP, TMD_KEEP, 0 };
	const struct tmd_fs_attr own = { 0600, geteuid(), getegid(), 0 };
	const struct tmd_fs_attr as_it_is = { 0644, 0, 0, 0 };

	if (!attr_fails("/user/mine", &other_user) || !attr_fails("/user/new", &other_user) ||
	    !attr_fails("/user/x/new", &other_user))
		return 1;
	if (!attr_fails("/user/mine", &other_group) || !attr_fails("/user/new", &other_group))
		return 2;
	if (!attr_is_fine("/user/mine", &own) || !attr_is_fine("/user/new", &own) ||
	    !attr_is_fine("/user/x/new", &own) || !attr_is_fine("/user/mine", &other_mode))
		return 3;
	if (!attr_is_fine("/user/mine", NULL) || !attr_is_fine("/user/mine", &keep))
		return 4;
	if (!attr_fails("/user/roots", &own) || !attr_fails("/user/roots", &other_mode) ||
	    !attr_is_fine("/user/roots", &as_it_is))
		return 5;
	if (!attr_is_fine("/shared/new", &other_group) ||
	    !attr_is_fine("/shared/x/new", &other_group))
		return 6;
	/* It says what happens. */
	if (tmd_fs_set_attr(fs, "/user/mine", &other_group, &err) == TMD_OK ||
	    tmd_fs_replace(fs, "/user/new", "x", 1, &other_user, &err) == TMD_OK ||
	    tmd_fs_replace(fs, "/shared/new", "x", 1, &other_group, &err) != TMD_OK ||
	    tmd_fs_replace(fs, "/user/x/new", "x", 1, &own, &err) != TMD_OK)
		return 7;
	return 0;
}

START_TEST(attributes_that_only_root_can_give_are_found_before)
{
	const struct tmd_fs_attr any = { 0600, 1234, 1234, 0 };

	if (skip_when(geteuid() != 0, "becoming another user needs root"))
		return;
	make_dir("root/user");
	make_dir("root/shared");
	put("root/user/mine", "x");
	put("root/user/roots", "x");
	ck_assert_int_eq(chmod(base, 0755), 0);
	ck_assert_int_eq(chown(below("root/user"), 65534, 65534), 0);
	ck_assert_int_eq(chown(below("root/user/mine"), 65534, 65534), 0);
	ck_assert_int_eq(chown(below("root/shared"), 0, 1234), 0);
	ck_assert_int_eq(chmod(below("root/shared"), 02777), 0);
	ck_ok(tmd_fs_check_attr(fs, "/user/mine", &any, &err), err);
	ck_ok(tmd_fs_check_attr(fs, "/user/new", &any, &err), err);
	tmd_fs_allow_writes(fs, false);
	ck_ok(tmd_fs_check_attr(fs, "/user/x/new", &any, &err), err); /* plan may ask */
	tmd_fs_allow_writes(fs, true);
	ck_assert(!is_there("root/user/x"));
	ck_assert_int_eq(as_user(user_cannot_give_away), 0);
}
END_TEST

START_TEST(root_is_not_led_astray_by_a_users_link)
{
	struct tmd_fs_attr attr = { 0666, 65534, TMD_KEEP, 0 };

	if (skip_when(geteuid() != 0, "other owners need root"))
		return;
	make_dir("root/etc");
	put("root/etc/passwd", "root\n");
	make_dir("root/home");
	make_dir("root/home/own");
	put("root/home/own/real", "old");
	make_link("/etc/passwd", "root/home/file");
	make_link("/etc", "root/home/dir");
	make_link("own/real", "root/home/fine");
	make_link("file", "root/home/indirect");
	make_link("fine", "root/home/twofold");
	make_link("/home/own/real", "root/etc/by-root");
	ck_assert_int_eq(chown(below("root/home"), 1000, 1000), 0);
	ck_assert_int_eq(chown(below("root/home/own"), 1000, 1000), 0);
	ck_assert_int_eq(chown(below("root/home/own/real"), 1000, 1000), 0);
	ck_assert_int_eq(lchown(below("root/home/file"), 1000, 1000), 0);
	ck_assert_int_eq(lchown(below("root/home/dir"), 1000, 1000), 0);
	ck_assert_int_eq(lchown(below("root/home/fine"), 1000, 1000), 0);
	ck_assert_int_eq(lchown(below("root/home/indirect"), 2000, 2000), 0);
	ck_assert_int_eq(lchown(below("root/home/twofold"), 2000, 2000), 0);
	ck_fails(tmd_fs_replace(fs, "/home/file", "x", 1, NULL, &err), err, TMD_E_REFUSED);
	ck_fails(tmd_fs_replace(fs, "/home/dir/passwd", "x", 1, NULL, &err), err, TMD_E_REFUSED);
	ck_fails(tmd_fs_replace(fs, "/home/dir/new/x", "x", 1, NULL, &err), err, TMD_E_REFUSED);
	ck_fails(tmd_fs_replace(fs, "/home/indirect", "x", 1, NULL, &err), err, TMD_E_REFUSED);
	/* One user leads to another's file, with the help of that one's link. */
	ck_fails(tmd_fs_replace(fs, "/home/twofold", "x", 1, NULL, &err), err, TMD_E_REFUSED);
	assert_file("root/home/own/real", "old");
	ck_fails(tmd_fs_set_attr(fs, "/home/file", &attr, &err), err, TMD_E_REFUSED);
	ck_fails(tmd_fs_remove(fs, "/home/dir/passwd", &err), err, TMD_E_REFUSED);
	ck_fails(tmd_fs_check_write(fs, "/home/file", &err), err, TMD_E_REFUSED);
	assert_file("root/etc/passwd", "root\n");
	ck_assert(!is_there("root/etc/new"));
	ck_ok(tmd_fs_replace(fs, "/home/fine", "new", 3, NULL, &err), err);
	assert_file("root/home/own/real", "new");
	ck_ok(tmd_fs_replace(fs, "/etc/by-root", "newer", 5, NULL, &err), err);
	assert_file("root/home/own/real", "newer");
	ck_ok(tmd_fs_remove(fs, "/home/file", &err), err); /* the link itself */
	ck_assert(is_there("root/etc/passwd"));
}
END_TEST

START_TEST(root_does_not_give_away_a_planted_hard_link)
{
	struct tmd_fs_attr attr = { TMD_KEEP, 1000, TMD_KEEP, 0 };
	struct stat st;

	if (skip_when(geteuid() != 0, "other owners need root"))
		return;
	put("root/shadow", "secret");
	make_dir("root/home");
	ck_assert_int_eq(chown(below("root/home"), 1000, 1000), 0);
	ck_assert_int_eq(link(below("root/shadow"), below("root/home/a")), 0);
	ck_fails(tmd_fs_set_attr(fs, "/home/a", &attr, &err), err, TMD_E_REFUSED);
	ck_fails(tmd_fs_replace(fs, "/home/a", "secret", 6, &attr, &err), err, TMD_E_REFUSED);
	ck_ok(tmd_fs_replace(fs, "/home/a", "other", 5, &attr, &err), err);
	ck_assert_int_eq(stat(below("root/shadow"), &st), 0);
	ck_assert_uint_eq(st.st_uid, 0);
	assert_file("root/shadow", "secret");
}
END_TEST

START_TEST(remove_takes_files_and_links_but_no_targets)
{
	put("root/a", "x");
	make_link("a", "root/link");
	make_link("none", "root/dangling");
	ck_ok(tmd_fs_check_remove(fs, "/link", &err), err);
	ck_ok(tmd_fs_remove(fs, "/link", &err), err);
	ck_ok(tmd_fs_remove(fs, "/dangling", &err), err);
	ck_assert(!is_there("root/link"));
	ck_assert(!is_there("root/dangling"));
	assert_file("root/a", "x");
	ck_ok(tmd_fs_remove(fs, "/a", &err), err);
	ck_assert(!is_there("root/a"));
	ck_ok(tmd_fs_remove(fs, "/a", &err), err);
	ck_ok(tmd_fs_remove(fs, "/no/such/dir", &err), err);
	ck_ok(tmd_fs_check_remove(fs, "/no/such/dir", &err), err);
}
END_TEST

START_TEST(rename_never_overwrites_and_stays_in_its_directory)
{
	put("root/a", "a");
	put("root/b", "b");
	make_dir("root/dir");
	make_link("none", "root/link");
	ck_fails(tmd_fs_rename(fs, "/a", "/b", &err), err, TMD_E_CONFLICT);
	ck_fails(tmd_fs_rename(fs, "/a", "/link", &err), err, TMD_E_CONFLICT);
	ck_fails(tmd_fs_rename(fs, "/a", "/dir/a", &err), err, TMD_E_INVALID_INPUT);
	ck_fails(tmd_fs_rename(fs, "/a", "/none/a", &err), err, TMD_E_INVALID_INPUT);
	ck_fails(tmd_fs_rename(fs, "/none", "/c", &err), err, TMD_E_NOT_FOUND);
	ck_fails(tmd_fs_rename(fs, "/dir", "/c", &err), err, TMD_E_REFUSED);
	assert_file("root/a", "a");
	assert_file("root/b", "b");
	ck_ok(tmd_fs_rename(fs, "/a", "/dir/../c", &err), err);
	assert_file("root/c", "a");
	ck_assert(!is_there("root/a"));
	ck_ok(tmd_fs_rename(fs, "/link", "/moved", &err), err);
	ck_assert(is_there("root/moved"));
}
END_TEST

START_TEST(set_attr_changes_what_is_given)
{
	struct tmd_fs_attr attr = KEEP_ALL;
	struct stat st;

	put("root/a", "x");
	make_dir("root/dir");
	make_link("a", "root/link");
	attr.mode = 0600;
	ck_ok(tmd_fs_set_attr(fs, "/link", &attr, &err), err);
	ck_assert_uint_eq(mode_of("root/a"), 0600);
	attr.mode = 0711;
	ck_ok(tmd_fs_set_attr(fs, "/dir", &attr, &err), err);
	ck_assert_uint_eq(mode_of("root/dir"), 0711);
	ck_fails(tmd_fs_set_attr(fs, "/none", &attr, &err), err, TMD_E_NOT_FOUND);
	if (skip_when(geteuid() != 0, "other owners need root"))
		return;
	attr.mode = TMD_KEEP;
	attr.uid = 1234;
	ck_ok(tmd_fs_set_attr(fs, "/a", &attr, &err), err);
	ck_assert_int_eq(stat(below("root/a"), &st), 0);
	ck_assert_uint_eq(st.st_uid, 1234);
	ck_assert_uint_eq(st.st_gid, getegid());
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
}
END_TEST

static Suite *suite_fn(void)
{
	Suite *suite = suite_create("os/fs_write");
	TCase *cases = tcase_create("all");

	tcase_add_checked_fixture(cases, sandbox_setup, sandbox_teardown);
	tcase_add_test(cases, nothing_is_written_before_writes_are_allowed);
	tcase_add_test(cases, a_new_file_has_mode_0644_whatever_the_umask);
	tcase_add_test(cases, a_users_umask_does_not_matter_either);
	tcase_add_test(cases, old_mode_is_kept_and_a_given_one_is_set);
	tcase_add_test(cases, new_content_is_nobodys_program_to_run_as_another);
	tcase_add_test(cases, owner_is_kept_given_and_inherited_by_new_parents);
	tcase_add_test(cases, a_set_group_id_directory_passes_its_group_on);
	tcase_add_test(cases, extended_attributes_are_carried_over);
	tcase_add_test(cases, an_acl_is_carried_over_and_a_default_acl_adds_none);
	tcase_add_test(cases, equal_content_is_not_written_again);
	tcase_add_test(cases, empty_content_is_content);
	tcase_add_test(cases, a_link_survives_and_its_target_changes);
	tcase_add_test(cases, the_twin_of_a_hard_link_keeps_the_old_content);
	tcase_add_test(cases, only_regular_files_are_replaced);
	tcase_add_test(cases, a_leftover_temporary_file_goes);
	tcase_add_test(cases, a_temporary_file_in_use_stays);
	tcase_add_test(cases, other_files_that_look_alike_stay);
	tcase_add_test(cases, what_cannot_be_removed_is_in_nobodys_way);
	tcase_add_test(cases, where_a_lock_cannot_tell_the_age_does);
	tcase_add_test(cases, very_long_names_have_temporary_files_too);
	tcase_add_test(cases, a_failure_takes_back_the_parents_it_made);
	tcase_add_test(cases, a_user_is_told_what_is_not_permitted);
	tcase_add_test(cases, attributes_that_only_root_can_give_are_found_before);
	tcase_add_test(cases, root_is_not_led_astray_by_a_users_link);
	tcase_add_test(cases, root_does_not_give_away_a_planted_hard_link);
	tcase_add_test(cases, remove_takes_files_and_links_but_no_targets);
	tcase_add_test(cases, rename_never_overwrites_and_stays_in_its_directory);
	tcase_add_test(cases, set_attr_changes_what_is_given);
	suite_add_tcase(suite, cases);
	return suite;
}

UNIT_MAIN(suite_fn)
