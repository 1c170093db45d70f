/*
 * Walks across mounts. What the table of mounts says is made up, in a mount namespace of the test's
 * own: nobody has a network file system at hand.
 */
#include "sandbox.h"

#include "base/mem.h"
#include "os/tree.h"

static struct tmd_strv names;
static struct tmd_strv passed;

static bool take(void *arg, struct tmd_tree *tree, const char *name, enum tmd_file_type type,
		 unsigned *marks)
{
	TMD_AUTO_FREE char *path = tmd_tree_path(tmd_tree_here(tree), name);

	(void)arg;
	(void)marks;
	if (type == TMD_FILE_REGULAR)
		tmd_strv_add(&names, path);
	return true;
}

static void pass(void *arg, const char *path, const char *why)
{
	(void)arg;
	tmd_strv_addf(&passed, "%s: %s", path, why);
}

/* Lines of PLACE (below the root) and TYPE. False where this user may mount nothing. */
static bool show_mounts(const char *const lines[][2])
{
	FILE *table;

	if (skip_when(!own_mounts(), "only root may mount"))
		return false;
	ck_assert_int_eq(mount("made", "/proc", "tmpfs", 0, NULL), 0);
	ck_assert_int_eq(mkdir("/proc/self", 0755), 0);
	table = fopen("/proc/self/mountinfo", "w");
	ck_assert_ptr_nonnull(table);
	fprintf(table, "1 0 8:1 / / rw shared:1 - ext4 /dev/sda1 rw\n");
	for (size_t i = 0; lines[i][0]; i++)
		fprintf(table, "%zu 1 0:%zu / %s%s rw,relatime shared:7 master:2 - %s what rw\n",
			i + 2, i + 30, below("root"), lines[i][0], lines[i][1]);
	ck_assert_int_eq(fclose(table), 0);
	return true;
}

static void hide_mounts(void)
{
	ck_assert_int_eq(umount("/proc"), 0);
}

static enum tmd_rc walk(const char *path, enum tmd_tree_network network)
{
	const struct tmd_tree_visitor visitor = { .take = take, .pass = pass, .network = network };
	struct tmd_tree_seen *seen = tmd_tree_seen_new();
	enum tmd_rc rc;

	tmd_strv_release(&names);
	tmd_strv_release(&passed);
	memset(&err, 0, sizeof(err));
	rc = tmd_tree_walk(fs, path, &visitor, seen, &err);
	tmd_strv_sort(&names);
	tmd_tree_seen_free(seen);
	return rc;
}

static void assert_names(const char *text)
{
	TMD_AUTO_BUF struct tmd_buf all = { 0 };

	for (size_t i = 0; i < names.count; i++)
		tmd_buf_addf(&all, "%s%s", i ? " " : "", names.items[i]);
	ck_assert_str_eq(tmd_buf_str(&all), text);
}

static void make_files(void)
{
	make_dir("root/m");
	for (const char *const *name = (const char *const[]){ "disk", "net", "netx", "auto", "kernel",
							      "blank b", NULL };
	     *name; name++) {
		TMD_AUTO_FREE char *path = tmd_format("root/m/%s", *name);
		TMD_AUTO_FREE char *file = tmd_format("root/m/%s/f", *name);

		make_dir(path);
		put(file, "");
	}
	make_dir("root/m/net/inner");
	put("root/m/net/inner/f", "");
	make_dir("root/m/auto/on");
	put("root/m/auto/on/f", "");
	make_dir("root/m/auto/off");
	put("root/m/auto/off/f", "");
}

static const char *const table[][2] = {
	{ "/m/disk", "xfs" },	{ "/m/net", "nfs4" },	     { "/m/net/inner", "nfs4" },
	{ "/m/auto", "autofs" }, { "/m/auto/on", "fuse.sshfs" }, { "/m/kernel", "sysfs" },
	{ "/m/blank\\040b", "cifs" }, { NULL, NULL },
};

START_TEST(what_lies_on_the_network_is_told_and_not_touched)
{
	make_files();
	if (!show_mounts(table))
		return;
	ck_ok(walk("/", TMD_TREE_LOCAL), err);
	assert_names("/m/disk/f /m/netx/f");
	ck_assert_uint_eq(passed.count, 3);
	ck_ok(walk("/m", TMD_TREE_NAMED), err);
	assert_names("/m/disk/f /m/netx/f");
	ck_assert_int_ne(walk("/m/net/inner", TMD_TREE_LOCAL), TMD_OK);
	ck_assert_int_eq(err.kind, TMD_E_REFUSED);
	ck_assert(!tmd_tree_is_near(fs, "/m/net/x") && tmd_tree_is_near(fs, "/m/netx"));
	hide_mounts();
}
END_TEST

START_TEST(who_names_a_network_file_system_gets_it_and_those_below_it)
{
	make_files();
	if (!show_mounts(table))
		return;
	ck_ok(walk("/m/net", TMD_TREE_NAMED), err);
	assert_names("/m/net/f /m/net/inner/f");
	ck_ok(walk("/m/blank b", TMD_TREE_NAMED), err);
	assert_names("/m/blank b/f");
	ck_ok(walk("/m", TMD_TREE_EVERY), err);
	assert_names("/m/blank b/f /m/disk/f /m/net/f /m/net/inner/f /m/netx/f");
	hide_mounts();
}
END_TEST

START_TEST(nothing_is_mounted_by_a_look)
{
	make_files();
	if (!show_mounts(table))
		return;
	ck_ok(walk("/m/auto", TMD_TREE_NAMED), err);
	assert_names("/m/auto/f /m/auto/on/f");
	hide_mounts();
}
END_TEST

START_TEST(file_systems_of_the_kernel_are_passed_by_in_silence)
{
	make_files();
	if (!show_mounts(table))
		return;
	ck_ok(walk("/m", TMD_TREE_EVERY), err);
	for (size_t i = 0; i < passed.count; i++)
		ck_assert_ptr_null(strstr(passed.items[i], "kernel"));
	ck_assert_int_ne(walk("/m/kernel", TMD_TREE_EVERY), TMD_OK);
	ck_assert_int_eq(err.kind, TMD_E_REFUSED);
	hide_mounts();
}
END_TEST

START_TEST(a_directory_that_is_mounted_twice_is_entered_once)
{
	make_dir("root/a");
	put("root/a/f", "");
	make_dir("root/b");
	if (skip_when(!own_mounts(), "only root may mount"))
		return;
	ck_assert_int_eq(mount(below("root/a"), below("root/b"), NULL, MS_BIND, NULL), 0);
	ck_ok(walk("/", TMD_TREE_LOCAL), err);
	ck_assert_uint_eq(names.count, 1);
	ck_assert_int_eq(umount(below("root/b")), 0);
}
END_TEST

START_TEST(what_the_caller_may_not_read_is_told)
{
	const uid_t caller = geteuid() ? geteuid() : 65534;

	make_dir("root/a");
	put("root/a/f", "");
	make_dir("root/b");
	put("root/b/g", "");
	ck_assert_int_eq(chmod(below("root/a"), 0700), 0);
	ck_assert_int_eq(chmod(base, 0755), 0);
	if (skip_when(caller == geteuid(), "only root has directories that another may not read"))
		return;
	ck_assert_int_eq(seteuid(caller), 0);
	ck_ok(walk("/", TMD_TREE_LOCAL), err);
	ck_assert_int_eq(seteuid(0), 0);
	assert_names("/b/g");
	ck_assert_uint_eq(passed.count, 1);
	ck_assert_ptr_nonnull(strstr(passed.items[0], "/a: cannot open the directory"));
}
END_TEST

static void release(void)
{
	tmd_strv_release(&names);
	tmd_strv_release(&passed);
}

static Suite *tree_suite(void)
{
	Suite *suite = suite_create("os/unix/tree");
	TCase *tcase = tcase_create("mounts");

	tcase_add_checked_fixture(tcase, sandbox_setup, sandbox_teardown);
	tcase_add_checked_fixture(tcase, NULL, release);
	tcase_add_test(tcase, what_lies_on_the_network_is_told_and_not_touched);
	tcase_add_test(tcase, who_names_a_network_file_system_gets_it_and_those_below_it);
	tcase_add_test(tcase, nothing_is_mounted_by_a_look);
	tcase_add_test(tcase, file_systems_of_the_kernel_are_passed_by_in_silence);
	tcase_add_test(tcase, a_directory_that_is_mounted_twice_is_entered_once);
	tcase_add_test(tcase, what_the_caller_may_not_read_is_told);
	suite_add_tcase(suite, tcase);
	return suite;
}

UNIT_MAIN(tree_suite)
