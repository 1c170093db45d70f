/* Reading: contents and limits, what is refused, listings, who may read. */
#include "sandbox.h"

#include <sys/sysmacros.h>

static void assert_refused(const char *path, size_t max)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };

	tmd_buf_add_str(&text, "before");
	ck_fails(tmd_fs_read(fs, path, max, &text, NULL, &err), err, TMD_E_REFUSED);
	ck_assert_str_eq(tmd_buf_str(&text), "before");
}

START_TEST(bytes_and_attributes_come_as_they_are)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	struct tmd_stat st;

	unit_write(root, "a", "x\0y\r\n", 5);
	ck_assert_int_eq(chmod(below("root/a"), 0640), 0);
	ck_assert_int_eq(link(below("root/a"), below("root/b")), 0);
	tmd_buf_add_str(&text, "replaced");
	ck_ok(tmd_fs_read(fs, "/a", 0, &text, &st, &err), err);
	ck_assert(tmd_buf_equal(&text, "x\0y\r\n", 5));
	ck_assert_int_eq(st.type, TMD_FILE_REGULAR);
	ck_assert_uint_eq(st.mode, 0640);
	ck_assert_uint_eq(st.uid, geteuid());
	ck_assert_uint_eq(st.size, 5);
	ck_assert_uint_eq(st.links, 2);
	ck_assert_uint_ne(st.inode, 0);
}
END_TEST

static void ck_never_read(const char *path)
{
	struct stat st;

	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_atime, 1);
}

START_TEST(a_look_leaves_no_time_behind)
{
	const struct timespec times[2] = { { 1, 0 }, { 0, UTIME_OMIT } };
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	TMD_AUTO_STRV struct tmd_strv names = { 0 };

	make_dir("root/d");
	put("root/d/a", "1");
	ck_assert_int_eq(utimensat(AT_FDCWD, below("root/d/a"), times, 0), 0);
	ck_assert_int_eq(utimensat(AT_FDCWD, below("root/d"), times, 0), 0);
	ck_ok(tmd_fs_read(fs, "/d/a", 0, &text, NULL, &err), err);
	ck_ok(tmd_fs_list(fs, "/d", &names, &err), err);
	ck_never_read(below("root/d/a"));
	ck_never_read(below("root/d"));
}
END_TEST

START_TEST(the_callers_ceiling_survives_a_read)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };

	put("root/a", "12345");
	tmd_buf_init(&text, 7);
	ck_ok(tmd_fs_read(fs, "/a", 5, &text, NULL, &err), err);
	tmd_buf_add_str(&text, "67");
	ck_assert(!text.overflow);
	tmd_buf_add_str(&text, "8");
	ck_assert(text.overflow);
}
END_TEST

START_TEST(an_empty_file_is_empty)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };

	put("root/a", "");
	ck_ok(tmd_fs_read(fs, "/a", 0, &text, NULL, &err), err);
	ck_assert_uint_eq(text.len, 0);
	ck_assert_str_eq(tmd_buf_str(&text), "");
}
END_TEST

START_TEST(large_files_are_read_whole)
{
	static char data[300000];
	TMD_AUTO_BUF struct tmd_buf text = { 0 };

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char)(i * 7 + i / 251);
	unit_write(root, "a", data, sizeof(data));
	ck_ok(tmd_fs_read(fs, "/a", sizeof(data), &text, NULL, &err), err);
	ck_assert(tmd_buf_equal(&text, data, sizeof(data)));
}
END_TEST

START_TEST(a_file_without_an_announced_size_is_read_to_its_end)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	TMD_CLEANUP(tmd_fs_free_ptr) struct tmd_fs *live = NULL;

	ck_ok(tmd_fs_open("/", &live, &err), err);
	if (skip_when(!tmd_fs_exists(live, "/proc/self/status"), "no /proc here"))
		return;
	ck_ok(tmd_fs_read(live, "/proc/self/status", 0, &text, NULL, &err), err);
	ck_assert_ptr_nonnull(strstr(tmd_buf_str(&text), "nonvoluntary_ctxt_switches"));
	ck_fails(tmd_fs_read(live, "/proc/self/status", 20, &text, NULL, &err), err, TMD_E_REFUSED);
}
END_TEST

START_TEST(too_large_is_refused)
{
	put("root/a", "123456");
	assert_refused("/a", 5);
	ck_assert_ptr_nonnull(strstr(err.message, "5 bytes"));
	ck_assert_int_eq(truncate(below("root/a"), (off_t)TMD_FS_FILE_MAX + 1), 0);
	assert_refused("/a", 0);
}
END_TEST

START_TEST(directories_fifos_and_devices_are_refused_without_blocking)
{
	make_dir("root/dir");
	ck_assert_int_eq(mkfifo(below("root/fifo"), 0644), 0);
	make_link("fifo", "root/link");
	assert_refused("/dir", 0);
	assert_refused("/", 0);
	assert_refused("/fifo", 0);
	assert_refused("/link", 0);
	if (!skip_when(mknod(below("root/zero"), S_IFCHR | 0644, makedev(1, 5)) != 0,
		       "making a device needs root"))
		assert_refused("/zero", 0);
}
END_TEST

START_TEST(unreadable_is_a_permission_failure)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };

	put("root/a", "x");
	make_dir("root/dir");
	put("root/dir/b", "x");
	ck_assert_int_eq(chmod(below("root/a"), 0), 0);
	ck_assert_int_eq(chmod(below("root/dir"), 0), 0);
	ck_assert_int_eq(chmod(base, 0755), 0);
	if (geteuid() == 0)
		ck_assert_int_eq(seteuid(65534), 0);
	ck_fails(tmd_fs_read(fs, "/a", 0, &text, NULL, &err), err, TMD_E_PERMISSION);
	ck_fails(tmd_fs_read(fs, "/dir/b", 0, &text, NULL, &err), err, TMD_E_PERMISSION);
	ck_assert(!tmd_fs_exists(fs, "/dir/b"));
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0), 0);
	ck_assert_int_eq(chmod(below("root/dir"), 0755), 0);
}
END_TEST

START_TEST(stat_follows_and_lstat_does_not)
{
	struct tmd_stat st;

	put("root/a", "x");
	make_link("a", "root/link");
	make_link("none", "root/dangling");
	ck_ok(tmd_fs_stat(fs, "/link", &st, &err), err);
	ck_assert_int_eq(st.type, TMD_FILE_REGULAR);
	ck_ok(tmd_fs_lstat(fs, "/link", &st, &err), err);
	ck_assert_int_eq(st.type, TMD_FILE_SYMLINK);
	ck_ok(tmd_fs_lstat(fs, "/dangling", &st, &err), err);
	ck_fails(tmd_fs_stat(fs, "/dangling", &st, &err), err, TMD_E_NOT_FOUND);
	ck_assert(tmd_fs_exists(fs, "/link"));
	ck_assert(!tmd_fs_exists(fs, "/dangling"));
	ck_ok(tmd_fs_stat(fs, "/", &st, &err), err);
	ck_assert_int_eq(st.type, TMD_FILE_DIRECTORY);
}
END_TEST

START_TEST(listings_are_sorted_and_whole)
{
	TMD_AUTO_STRV struct tmd_strv names = { 0 };

	tmd_strv_add(&names, "replaced");
	make_dir("root/d");
	put("root/d/b", "");
	put("root/d/a", "");
	put("root/d/.hidden", "");
	make_link("d", "root/link");
	ck_ok(tmd_fs_list(fs, "/link", &names, &err), err);
	ck_assert_uint_eq(names.count, 3);
	ck_assert_str_eq(names.items[0], ".hidden");
	ck_assert_str_eq(names.items[1], "a");
	ck_assert_str_eq(names.items[2], "b");
	ck_fails(tmd_fs_list(fs, "/d/a", &names, &err), err, TMD_E_REFUSED);
	ck_fails(tmd_fs_list(fs, "/none", &names, &err), err, TMD_E_NOT_FOUND);
	ck_assert_uint_eq(names.count, 3);
	ck_ok(tmd_fs_list(fs, "/", &names, &err), err);
	ck_assert_uint_eq(names.count, 2);
}
END_TEST

START_TEST(readlink_gives_the_text_of_links_only)
{
	char *target = NULL;

	put("root/a", "x");
	make_link("../../somewhere", "root/link");
	ck_ok(tmd_fs_readlink(fs, "/link", &target, &err), err);
	ck_assert_str_eq(target, "../../somewhere");
	free(target);
	ck_fails(tmd_fs_readlink(fs, "/a", &target, &err), err, TMD_E_INVALID_INPUT);
	ck_fails(tmd_fs_readlink(fs, "/none", &target, &err), err, TMD_E_NOT_FOUND);
}
END_TEST

static void assert_culprit(const char *path, const char *wanted)
{
	bool readable = false;
	char *why = NULL;

	ck_ok(tmd_fs_world_readable(fs, path, &readable, &why, &err), err);
	if (wanted) {
		ck_assert(!readable);
		ck_assert_str_eq(why, wanted);
	} else {
		ck_assert_msg(readable, "%s", why ? why : "?");
		ck_assert_ptr_null(why);
	}
	free(why);
}

START_TEST(world_readable_names_the_culprit)
{
	bool readable;
	char *why;

	make_dir("root/etc");
	make_dir("root/etc/ssl");
	put("root/etc/ssl/a", "x");
	make_dir("root/usr");
	make_link("/etc/ssl/a", "root/usr/link");
	assert_culprit("/usr/link", NULL);
	ck_assert_int_eq(chmod(below("root/etc/ssl/a"), 0640), 0);
	assert_culprit("/etc/ssl/a", "/etc/ssl/a has mode 0640");
	assert_culprit("/usr/link", "/etc/ssl/a has mode 0640");
	ck_assert_int_eq(chmod(below("root/etc/ssl/a"), 0644), 0);
	ck_assert_int_eq(chmod(below("root/etc/ssl"), 0754), 0);
	assert_culprit("/usr/link", "/etc/ssl has mode 0754");
	ck_assert_int_eq(chmod(below("root/usr"), 0700), 0);
	assert_culprit("/usr/link", "/usr has mode 0700");
	ck_assert_int_eq(chmod(below("root/etc/ssl"), 0711), 0);
	ck_assert_int_eq(chmod(root, 0700), 0); /* where an image lies is not its business */
	assert_culprit("/etc/ssl/a", NULL);
	ck_fails(tmd_fs_world_readable(fs, "/none", &readable, &why, &err), err, TMD_E_NOT_FOUND);
}
END_TEST

static void own(const char *name, uid_t uid)
{
	ck_assert_int_eq(lchown(below("%s", name), uid, uid), 0);
}

/* A home of user 1000 and secrets of root. */
static void make_homes(void)
{
	make_dir("root/etc");
	put("root/etc/shadow", "secret");
	put("root/etc/profile", "public");
	make_dir("root/home");
	make_dir("root/home/bob");
	make_dir("root/root");
	put("root/root/open", "secret by its directory");
	put("root/home/bob/real", "bob's");
	put("root/home/bob/by-root", "for bob to see");
	own("root/home/bob", 1000);
	own("root/home/bob/real", 1000);
	ck_assert_int_eq(chmod(below("root/etc/shadow"), 0600), 0);
	ck_assert_int_eq(chmod(below("root/root"), 0700), 0);
	ck_assert_int_eq(chmod(below("root/home/bob"), 0700), 0);
	ck_assert_int_eq(chmod(below("root/home/bob/real"), 0600), 0);
}

static void plant(const char *target, const char *name, uid_t uid)
{
	make_link(target, name);
	own(name, uid);
}

static void assert_secret(const char *path)
{
	struct tmd_stat st;

	assert_refused(path, 0);
	ck_assert_str_eq(err.hint, "remove the link");
	ck_assert_str_eq(err.path, path);
	ck_fails(tmd_fs_stat(fs, path, &st, &err), err, TMD_E_REFUSED);
}

static void assert_read(const char *path, const char *wanted)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	struct tmd_stat st;

	ck_ok(tmd_fs_read(fs, path, 0, &text, NULL, &err), err);
	ck_assert_str_eq(tmd_buf_str(&text), wanted);
	ck_ok(tmd_fs_stat(fs, path, &st, &err), err);
}

START_TEST(root_does_not_show_a_user_what_his_link_leads_to)
{
	TMD_AUTO_STRV struct tmd_strv names = { 0 };

	if (skip_when(geteuid() != 0, "other owners need root"))
		return;
	make_homes();
	plant("/etc/shadow", "root/home/bob/.profile", 1000);
	plant("../../etc", "root/home/bob/dir", 1000);
	plant("/root/open", "root/home/bob/inside", 1000);
	plant("/root", "root/home/bob/list", 1000);
	plant("/home/bob/.profile", "root/etc/by-root", 0);
	assert_secret("/home/bob/.profile");
	assert_secret("/home/bob/dir/shadow");
	assert_secret("/home/bob/inside");
	assert_secret("/etc/by-root"); /* bob decides where it leads */
	ck_fails(tmd_fs_list(fs, "/home/bob/list", &names, &err), err, TMD_E_REFUSED);
	ck_assert(!tmd_fs_exists(fs, "/home/bob/.profile"));
}
END_TEST

START_TEST(links_to_what_a_user_may_see_are_followed)
{
	TMD_AUTO_STRV struct tmd_strv names = { 0 };

	if (skip_when(geteuid() != 0, "other owners need root"))
		return;
	make_homes();
	plant("real", "root/home/bob/own", 1000);
	plant("/etc/profile", "root/home/bob/public", 1000);
	plant("by-root", "root/home/bob/given", 1000);
	plant("/etc", "root/home/bob/list", 1000);
	plant("/etc/shadow", "root/etc/link", 0);
	assert_read("/home/bob/own", "bob's");
	assert_read("/home/bob/public", "public");
	assert_read("/home/bob/given", "for bob to see");
	assert_read("/etc/link", "secret");
	ck_ok(tmd_fs_list(fs, "/home/bob/list", &names, &err), err);
}
END_TEST

START_TEST(links_of_two_users_lead_to_public_files_only)
{
	if (skip_when(geteuid() != 0, "other owners need root"))
		return;
	make_homes();
	ck_assert_int_eq(chmod(below("root/home/bob"), 0755), 0);
	plant("real", "root/home/bob/own", 1000);
	plant("/etc/profile", "root/home/bob/public", 1000);
	plant("/home/bob/own", "root/home/eve", 2000);
	plant("/home/bob/public", "root/home/fine", 2000);
	assert_secret("/home/eve");
	assert_read("/home/fine", "public");
}
END_TEST

static Suite *suite_fn(void)
{
	Suite *suite = suite_create("os/fs_read");
	TCase *cases = tcase_create("all");

	tcase_add_checked_fixture(cases, sandbox_setup, sandbox_teardown);
	tcase_add_test(cases, bytes_and_attributes_come_as_they_are);
	tcase_add_test(cases, a_look_leaves_no_time_behind);
	tcase_add_test(cases, the_callers_ceiling_survives_a_read);
	tcase_add_test(cases, an_empty_file_is_empty);
	tcase_add_test(cases, large_files_are_read_whole);
	tcase_add_test(cases, a_file_without_an_announced_size_is_read_to_its_end);
	tcase_add_test(cases, too_large_is_refused);
	tcase_add_test(cases, directories_fifos_and_devices_are_refused_without_blocking);
	tcase_add_test(cases, unreadable_is_a_permission_failure);
	tcase_add_test(cases, stat_follows_and_lstat_does_not);
	tcase_add_test(cases, listings_are_sorted_and_whole);
	tcase_add_test(cases, readlink_gives_the_text_of_links_only);
	tcase_add_test(cases, world_readable_names_the_culprit);
	tcase_add_test(cases, root_does_not_show_a_user_what_his_link_leads_to);
	tcase_add_test(cases, links_to_what_a_user_may_see_are_followed);
	tcase_add_test(cases, links_of_two_users_lead_to_public_files_only);
	suite_add_tcase(suite, cases);
	return suite;
}

UNIT_MAIN(suite_fn)
