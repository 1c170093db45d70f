/* Watching what was read, and changing only what was judged. */
#include "sandbox.h"

#include <sys/wait.h>
#include <grp.h>
#include <utime.h>

static const struct tmd_fs_attr keep = KEEP_ALL;

static void look(const char *path)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	struct tmd_error ignored;

	(void)!tmd_fs_read(fs, path, 0, &text, NULL, &ignored);
}

static enum tmd_rc replace(const char *path)
{
	return tmd_fs_replace(fs, path, "new", 3, NULL, &err);
}

static enum tmd_rc remove_name(const char *path)
{
	return tmd_fs_remove(fs, path, &err);
}

static enum tmd_rc rename_it(const char *path)
{
	return tmd_fs_rename(fs, path, "/moved", &err);
}

static enum tmd_rc set_mode(const char *path)
{
	const struct tmd_fs_attr attr = { 0600, TMD_KEEP, TMD_KEEP, 0 };

	return tmd_fs_set_attr(fs, path, &attr, &err);
}

static enum tmd_rc (*const changes[])(const char *path) = { replace, remove_name, rename_it,
							     set_mode };
#define CHANGES ((int)(sizeof(changes) / sizeof(*changes)))

START_TEST(a_file_that_was_edited_since_is_not_changed)
{
	put("root/a", "old");
	tmd_fs_watch(fs, true);
	look("/a");
	put("root/a", "somebody's");
	ck_fails(changes[_i]("/a"), err, TMD_E_CONFLICT);
	assert_file("root/a", "somebody's");
	ck_fails(tmd_fs_check_seen(fs, "/a", true, &err), err, TMD_E_CONFLICT);
	tmd_fs_watch(fs, false);
	ck_ok(changes[_i]("/a"), err);
}
END_TEST

START_TEST(a_file_of_the_same_size_and_time_is_another_one)
{
	struct utimbuf times = { 1000000000, 1000000000 };

	put("root/a", "old");
	put("root/b", "odd");
	ck_assert_int_eq(utime(below("root/a"), &times), 0);
	ck_assert_int_eq(utime(below("root/b"), &times), 0);
	tmd_fs_watch(fs, true);
	look("/a");
	ck_assert_int_eq(rename(below("root/b"), below("root/a")), 0);
	ck_fails(changes[_i]("/a"), err, TMD_E_CONFLICT);
	assert_file("root/a", "odd");
}
END_TEST

START_TEST(a_file_that_was_not_there_is_not_replaced)
{
	tmd_fs_watch(fs, true);
	look("/a");
	look("/dir/a");
	put("root/a", "somebody's");
	ck_fails(replace("/a"), err, TMD_E_CONFLICT);
	ck_fails(remove_name("/a"), err, TMD_E_CONFLICT);
	make_dir("root/dir");
	put("root/dir/a", "somebody's");
	ck_fails(replace("/dir/a"), err, TMD_E_CONFLICT);
	assert_file("root/a", "somebody's");
	assert_file("root/dir/a", "somebody's");
}
END_TEST

START_TEST(a_link_that_leads_elsewhere_now_is_not_followed)
{
	put("root/a", "old");
	put("root/b", "other");
	make_link("a", "root/link");
	tmd_fs_watch(fs, true);
	look("/link");
	ck_assert_int_eq(unlink(below("root/link")), 0);
	make_link("b", "root/link");
	ck_fails(replace("/link"), err, TMD_E_CONFLICT);
	ck_fails(set_mode("/link"), err, TMD_E_CONFLICT);
	assert_file("root/b", "other");
}
END_TEST

START_TEST(another_name_of_what_was_read_counts_too)
{
	put("root/a", "old");
	make_link("a", "root/link");
	tmd_fs_watch(fs, true);
	look("/link");
	put("root/a", "somebody's");
	ck_fails(replace("/a"), err, TMD_E_CONFLICT);
}
END_TEST

START_TEST(changes_of_our_own_are_none_of_somebody_else)
{
	put("root/a", "old");
	make_link("a", "root/link");
	tmd_fs_watch(fs, true);
	look("/link");
	look("/a");
	look("/moved");
	ck_ok(replace("/link"), err);
	ck_ok(set_mode("/a"), err);
	ck_ok(tmd_fs_replace(fs, "/a", "newer", 5, NULL, &err), err);
	ck_ok(rename_it("/a"), err);
	ck_ok(replace("/moved"), err);
	ck_ok(remove_name("/moved"), err);
	ck_ok(replace("/moved"), err);
	ck_ok(remove_name("/link"), err);
	ck_ok(replace("/link"), err);
	put("root/moved", "somebody's");
	ck_fails(replace("/moved"), err, TMD_E_CONFLICT);
}
END_TEST

START_TEST(a_directory_may_fill_while_it_is_watched)
{
	struct tmd_stat st;

	make_dir("root/dir");
	tmd_fs_watch(fs, true);
	ck_ok(tmd_fs_stat(fs, "/dir", &st, &err), err);
	ck_ok(replace("/dir/a"), err);
	ck_ok(set_mode("/dir"), err);
}
END_TEST

START_TEST(no_set_id_bit_survives_new_content)
{
	const struct tmd_fs_attr wish = { 07755, TMD_KEEP, TMD_KEEP, 0 };

	put("root/a", "old");
	ck_assert_int_eq(chmod(below("root/a"), 07755), 0);
	ck_ok(tmd_fs_replace(fs, "/a", "new", 3, &keep, &err), err);
	ck_assert_uint_eq(mode_of("root/a"), 0755);
	ck_ok(tmd_fs_replace(fs, "/a", "newer", 5, &wish, &err), err);
	ck_assert_uint_eq(mode_of("root/a"), 0755);
	ck_ok(tmd_fs_replace(fs, "/b", "new", 3, &wish, &err), err);
	ck_assert_uint_eq(mode_of("root/b"), 0755);
}
END_TEST

/* ---- made directories ---- */

#define LEFT "root/.d.0123456789abcdef.trustmend-tmp"

START_TEST(what_a_killed_run_left_of_a_directory_goes)
{
	make_dir(LEFT);
	ck_ok(replace("/d/e/a"), err);
	ck_assert(!is_there(LEFT));
	ck_assert_uint_eq(temporary_files("root", 0) + temporary_files("root/d", 0), 0);
	ck_assert_uint_eq(mode_of("root/d"), 0755);
}
END_TEST

START_TEST(a_full_directory_of_such_a_name_stays)
{
	make_dir(LEFT);
	put(LEFT "/somebody's", "");
	ck_ok(replace("/d/a"), err);
	ck_assert(is_there(LEFT "/somebody's"));
}
END_TEST

/* ---- other users' links, for a caller who is not root ---- */

static int as_user(int (*body)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (setgroups(0, NULL) != 0 || setgid(65534) != 0 || setuid(65534) != 0)
			_exit(99);
		_exit(body());
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 98;
}

static void give(const char *name, uid_t uid, gid_t gid)
{
	ck_assert_int_eq(lchown(below("%s", name), uid, gid), 0);
}

static bool refuses(enum tmd_rc rc)
{
	return rc != TMD_OK && err.kind == TMD_E_REFUSED;
}

static int user_is_not_led_astray(void)
{
	const struct tmd_fs_attr open_to_all = { 0666, TMD_KEEP, TMD_KEEP, 0 };
	TMD_AUTO_BUF struct tmd_buf text = { 0 };

	if (!refuses(tmd_fs_read(fs, "/project/secret", 0, &text, NULL, &err)))
		return 1;
	if (!refuses(replace("/project/file")) || !refuses(replace("/project/dir/file")) ||
	    !refuses(replace("/project/dir/new")))
		return 2;
	if (!refuses(tmd_fs_set_attr(fs, "/project/file", &open_to_all, &err)) ||
	    !refuses(remove_name("/project/dir/file")))
		return 3;
	if (!refuses(tmd_fs_check_write(fs, "/project/file", &err)))
		return 4;
	return 0;
}

static int user_works_in_a_shared_project(void)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };

	if (tmd_fs_read(fs, "/project/public", 0, &text, NULL, &err) != TMD_OK)
		return 1;
	if (tmd_fs_read(fs, "/project/shared", 0, &text, NULL, &err) != TMD_OK)
		return 2;
	if (replace("/project/by-root") != TMD_OK || replace("/project/own") != TMD_OK)
		return 3;
	return 0;
}

/* A project that a group shares: user 1000 puts links there, user 65534 is the caller. */
static void make_project(void)
{
	ck_assert_int_eq(chmod(base, 0755), 0);
	make_dir("root/project");
	give("root/project", 0, 65534);
	ck_assert_int_eq(chmod(below("root/project"), 0775), 0);
	make_dir("root/mine");
	give("root/mine", 65534, 65534);
	put("root/mine/file", "mine");
	give("root/mine/file", 65534, 65534);
	put("root/mine/secret", "mine");
	give("root/mine/secret", 65534, 65534);
	ck_assert_int_eq(chmod(below("root/mine/secret"), 0600), 0);
	put("root/mine/shared", "ours");
	give("root/mine/shared", 2000, 65534);
	ck_assert_int_eq(chmod(below("root/mine/shared"), 0640), 0);
}

static void link_as(const char *target, const char *name, uid_t uid, gid_t gid)
{
	make_link(target, name);
	give(name, uid, gid);
}

START_TEST(another_users_link_leads_no_caller_astray)
{
	if (skip_when(geteuid() != 0, "other owners need root"))
		return;
	make_project();
	link_as("/mine/secret", "root/project/secret", 1000, 1000);
	link_as("/mine/file", "root/project/file", 1000, 1000);
	link_as("/mine", "root/project/dir", 1000, 1000);
	ck_assert_int_eq(as_user(user_is_not_led_astray), 0);
	assert_file("root/mine/file", "mine");
	ck_assert(!is_there("root/mine/new"));
	ck_assert_uint_eq(mode_of("root/mine/file"), 0644);
}
END_TEST

START_TEST(links_that_mean_well_are_followed_for_every_caller)
{
	if (skip_when(geteuid() != 0, "other owners need root"))
		return;
	make_project();
	link_as("/mine/file", "root/project/public", 1000, 1000);
	link_as("/mine/shared", "root/project/shared", 1000, 65534);
	link_as("/mine/file", "root/project/by-root", 0, 0);
	link_as("/mine/file", "root/project/own", 65534, 65534);
	ck_assert_int_eq(as_user(user_works_in_a_shared_project), 0);
	assert_file("root/mine/file", "new");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("os/fs_watch");
	TCase *c = tcase_create("all");

	tcase_add_checked_fixture(c, sandbox_setup, sandbox_teardown);
	tcase_add_loop_test(c, a_file_that_was_edited_since_is_not_changed, 0, CHANGES);
	tcase_add_loop_test(c, a_file_of_the_same_size_and_time_is_another_one, 0, CHANGES);
	tcase_add_test(c, a_file_that_was_not_there_is_not_replaced);
	tcase_add_test(c, a_link_that_leads_elsewhere_now_is_not_followed);
	tcase_add_test(c, another_name_of_what_was_read_counts_too);
	tcase_add_test(c, changes_of_our_own_are_none_of_somebody_else);
	tcase_add_test(c, a_directory_may_fill_while_it_is_watched);
	tcase_add_test(c, no_set_id_bit_survives_new_content);
	tcase_add_test(c, what_a_killed_run_left_of_a_directory_goes);
	tcase_add_test(c, a_full_directory_of_such_a_name_stays);
	tcase_add_test(c, another_users_link_leads_no_caller_astray);
	tcase_add_test(c, links_that_mean_well_are_followed_for_every_caller);
	suite_add_tcase(s, c);
	return s;
}

UNIT_MAIN(suite)
