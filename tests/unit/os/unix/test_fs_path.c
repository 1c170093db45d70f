/* Path resolution: what links and dots mean below a root, and that nothing leaves it. */
#include "sandbox.h"

#include <errno.h>

static void assert_resolves(const char *path, const char *wanted)
{
	char *real = NULL;

	ck_ok(tmd_fs_resolve(fs, path, &real, &err), err);
	ck_assert_str_eq(real, wanted);
	free(real);
}

static void assert_reads(const char *path, const char *wanted)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };

	ck_ok(tmd_fs_read(fs, path, 0, &text, NULL, &err), err);
	ck_assert_str_eq(tmd_buf_str(&text), wanted);
}

static void assert_unreadable(const char *path, enum tmd_error_kind kind)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };

	ck_fails(tmd_fs_read(fs, path, 0, &text, NULL, &err), err, kind);
	ck_assert_str_eq(err.path, path);
	ck_assert_ptr_null(text.data);
}

START_TEST(plain_paths_tolerate_slashes_and_dots)
{
	make_dir("root/etc");
	put("root/etc/a", "a\n");
	assert_reads("/etc/a", "a\n");
	assert_reads("//etc///a", "a\n");
	assert_reads("/etc/a/", "a\n");
	assert_reads("/./etc/./a", "a\n");
	assert_reads("/etc/../etc/a", "a\n");
	assert_resolves("/", "/");
	assert_resolves("/etc/", "/etc");
	assert_resolves("/etc/.", "/etc");
	assert_resolves("/etc/..", "/");
}
END_TEST

START_TEST(dot_dot_stops_at_the_root)
{
	put("root/a", "inside\n");
	assert_reads("/../../../../a", "inside\n");
	assert_resolves("/..", "/");
	assert_resolves("/../../outside/secret", "/outside/secret");
	assert_unreadable("/../outside/secret", TMD_E_NOT_FOUND);
}
END_TEST

START_TEST(absolute_links_restart_at_the_root)
{
	make_dir("root/etc");
	make_dir("root/usr");
	put("root/usr/a", "inside\n");
	make_link("/usr/a", "root/etc/file");
	make_link("/usr", "root/etc/dir");
	make_link("/", "root/etc/top");
	assert_reads("/etc/file", "inside\n");
	assert_reads("/etc/dir/a", "inside\n");
	assert_reads("/etc/top/usr/a", "inside\n");
	assert_resolves("/etc/dir/../etc/file", "/usr/a");
	assert_resolves("/etc/top", "/");
}
END_TEST

START_TEST(links_cannot_lead_out)
{
	char target[256];

	make_dir("root/etc");
	snprintf(target, sizeof(target), "%s/outside/secret", base);
	make_link(target, "root/etc/absolute");
	make_link("../../outside/secret", "root/etc/relative");
	make_link("../../../../../../../../../../../../outside/secret", "root/etc/deep");
	make_link("../..", "root/etc/up");
	make_link("/proc/self/root", "root/etc/magic");
	assert_unreadable("/etc/absolute", TMD_E_NOT_FOUND);
	assert_unreadable("/etc/relative", TMD_E_NOT_FOUND);
	assert_unreadable("/etc/deep", TMD_E_NOT_FOUND);
	assert_unreadable("/etc/up/outside/secret", TMD_E_NOT_FOUND);
	assert_unreadable("/etc/magic/etc/passwd", TMD_E_NOT_FOUND);
	assert_resolves("/etc/relative", "/outside/secret");
}
END_TEST

START_TEST(writes_through_links_stay_inside)
{
	char target[256];

	make_dir("root/etc");
	snprintf(target, sizeof(target), "%s/outside/secret", base);
	make_link("../../outside/secret", "root/etc/relative");
	make_link(target, "root/etc/absolute");
	ck_ok(tmd_fs_replace(fs, "/etc/relative", "x", 1, NULL, &err), err);
	ck_ok(tmd_fs_replace(fs, "/etc/absolute", "y", 1, NULL, &err), err);
	assert_file("outside/secret", "secret\n");
	assert_file("root/outside/secret", "x");
	assert_file(below("root%s", target) + strlen(base) + 1, "y");
}
END_TEST

START_TEST(loops_are_conflicts)
{
	make_link("b", "root/a");
	make_link("a", "root/b");
	make_link("self/x", "root/self");
	assert_unreadable("/a", TMD_E_CONFLICT);
	assert_unreadable("/self/x", TMD_E_CONFLICT);
	ck_fails(tmd_fs_replace(fs, "/a", "x", 1, NULL, &err), err, TMD_E_CONFLICT);
	ck_fails(tmd_fs_check_write(fs, "/a", &err), err, TMD_E_CONFLICT);
}
END_TEST

START_TEST(forty_links_are_followed_and_no_more)
{
	char name[32];
	char target[32];

	put("root/l0", "end\n");
	for (int i = 1; i <= 41; i++) {
		snprintf(name, sizeof(name), "root/l%d", i);
		snprintf(target, sizeof(target), "l%d", i - 1);
		make_link(target, name);
	}
	assert_reads("/l40", "end\n");
	assert_unreadable("/l41", TMD_E_CONFLICT);
}
END_TEST

START_TEST(links_that_multiply_end_soon)
{
	char text[4000] = "";

	make_dir("root/d");
	for (int i = 0; i < 600; i++)
		memcpy(text + (size_t)i * 5, "d/../", 6);
	memcpy(text + 3000, "again", 6);
	make_link(text, "root/again");
	assert_unreadable("/again", TMD_E_CONFLICT);
}
END_TEST

START_TEST(chains_through_missing_directories)
{
	char *real = NULL;

	make_dir("root/etc");
	make_link("missing/sub/../file", "root/etc/link");
	make_link("/gone/../etc/real", "root/etc/back");
	put("root/etc/real", "real\n");
	assert_resolves("/etc/link", "/etc/missing/file");
	assert_resolves("/a/b/c", "/a/b/c");
	assert_resolves("/a/b/../../etc/real", "/etc/real");
	assert_resolves("/etc/back", "/etc/real");
	assert_unreadable("/etc/back", TMD_E_NOT_FOUND); /* as the kernel would say */
	ck_ok(tmd_fs_resolve(fs, "/a/b/../../../..", &real, &err), err);
	ck_assert_str_eq(real, "/");
	free(real);
}
END_TEST

START_TEST(a_file_in_the_middle_is_not_found)
{
	put("root/file", "x");
	assert_unreadable("/file/x", TMD_E_NOT_FOUND);
	ck_fails(tmd_fs_replace(fs, "/file/x", "x", 1, NULL, &err), err, TMD_E_NOT_FOUND);
}
END_TEST

START_TEST(bad_paths_are_invalid_input)
{
	static char path[6000];
	static char name[400];

	assert_unreadable("etc/a", TMD_E_INVALID_INPUT);
	assert_unreadable("", TMD_E_INVALID_INPUT);
	memset(name, 'n', sizeof(name) - 1);
	name[0] = '/';
	ck_fails(tmd_fs_replace(fs, name, "x", 1, NULL, &err), err, TMD_E_INVALID_INPUT);
	for (size_t i = 0; i < sizeof(path) - 2; i += 2)
		memcpy(path + i, "/a", 3);
	ck_fails(tmd_fs_replace(fs, path, "x", 1, NULL, &err), err, TMD_E_INVALID_INPUT);
}
END_TEST

START_TEST(descriptors_are_given_back)
{
	struct tmd_stat st;
	int before = dup(0);
	int after;

	close(before);
	make_dir("root/etc");
	make_dir("root/usr");
	put("root/usr/a", "x");
	make_link("/usr/../usr/a", "root/etc/link");
	make_link("loop", "root/loop");
	for (int i = 0; i < 50; i++) {
		ck_ok(tmd_fs_stat(fs, "/etc/../etc/link", &st, &err), err);
		ck_fails(tmd_fs_stat(fs, "/loop/x", &st, &err), err, TMD_E_CONFLICT);
		ck_fails(tmd_fs_stat(fs, "/etc/none", &st, &err), err, TMD_E_NOT_FOUND);
		ck_ok(tmd_fs_replace(fs, "/new/dir/file", i % 2 ? "1" : "2", 1, NULL, &err), err);
	}
	after = dup(0);
	close(after);
	ck_assert_int_eq(before, after);
}
END_TEST

START_TEST(a_root_is_named_and_recognised)
{
	struct tmd_fs *other = NULL;
	char *outside;

	ck_assert_str_eq(tmd_fs_root(fs), root);
	ck_assert(!tmd_fs_is_live(fs));
	outside = tmd_fs_outside_path(fs, "/etc/a");
	ck_assert_str_eq(outside, below("root/etc/a"));
	free(outside);
	ck_ok(tmd_fs_open("//", &other, &err), err);
	ck_assert(tmd_fs_is_live(other));
	ck_assert_str_eq(tmd_fs_root(other), "/");
	outside = tmd_fs_outside_path(other, "/etc/a");
	ck_assert_str_eq(outside, "/etc/a");
	free(outside);
	tmd_fs_free_ptr(&other);
	ck_assert_ptr_null(other);
	ck_ok(tmd_fs_open(NULL, &other, &err), err);
	ck_assert(tmd_fs_is_live(other));
	ck_assert(tmd_fs_exists(other, below("outside/secret")));
	tmd_fs_free(other);
	ck_fails(tmd_fs_open(below("none"), &other, &err), err, TMD_E_NOT_FOUND);
	ck_fails(tmd_fs_open(below("outside/secret"), &other, &err), err, TMD_E_NOT_FOUND);
	tmd_fs_free(NULL);
}
END_TEST

static Suite *suite_fn(void)
{
	Suite *suite = suite_create("os/fs_path");
	TCase *cases = tcase_create("all");

	tcase_add_checked_fixture(cases, sandbox_setup, sandbox_teardown);
	tcase_add_test(cases, plain_paths_tolerate_slashes_and_dots);
	tcase_add_test(cases, dot_dot_stops_at_the_root);
	tcase_add_test(cases, absolute_links_restart_at_the_root);
	tcase_add_test(cases, links_cannot_lead_out);
	tcase_add_test(cases, writes_through_links_stay_inside);
	tcase_add_test(cases, loops_are_conflicts);
	tcase_add_test(cases, forty_links_are_followed_and_no_more);
	tcase_add_test(cases, links_that_multiply_end_soon);
	tcase_add_test(cases, chains_through_missing_directories);
	tcase_add_test(cases, a_file_in_the_middle_is_not_found);
	tcase_add_test(cases, bad_paths_are_invalid_input);
	tcase_add_test(cases, descriptors_are_given_back);
	tcase_add_test(cases, a_root_is_named_and_recognised);
	suite_add_tcase(suite, cases);
	return suite;
}

UNIT_MAIN(suite_fn)
