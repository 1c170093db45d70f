/* Which files a path of the script type means, and whose they are. */
#include "resources/script/script.h"

#include "base/mem.h"
#include "resources/changes.h"
#include "unit.h"

static char root[UNIT_DIR_MAX];
static struct tmd_ctx ctx;

static void put(const char *path)
{
	unit_make_parents(root, path);
	unit_write(root, path + 1, "", 0);
}

static void make_root(void)
{
	unit_make_dir(root);
	ctx_open(&ctx, root);
	put("/s/a.py");
	put("/s/b.pyw");
	put("/s/c.txt");
	put("/s/d/e.py");
	put("/s/__pycache__/f.py");
	put("/s/shotgun_api3/g.py");
	put("/s/tk-core/h.py");
	put("/t/python/tank/i.py");
}

static void remove_root(void)
{
	ctx_close(&ctx);
	unit_remove_tree(root);
}

static void found(const char *path, const char *wanted, bool many)
{
	TMD_CLEANUP(tmd_script_files_release) struct tmd_script_files files = { 0 };
	TMD_AUTO_FREE char *joined = NULL;
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	struct tmd_error err = { 0 };

	ck_ok(tmd_script_find_files(&ctx, path, TMD_FILE_REGULAR, &files, &err), err);
	for (size_t i = 0; i < files.paths.count; i++)
		tmd_buf_addf(&text, "%s%s", i ? " " : "", files.paths.items[i]);
	joined = tmd_buf_steal(&text);
	ck_assert_str_eq(joined, wanted);
	ck_assert_int_eq(files.many, many);
}

START_TEST(a_directory_stands_for_the_sources_below_it)
{
	found("/s", "/s/a.py /s/b.pyw /s/d/e.py", true);
	found("/s/d", "/s/d/e.py", true);
}
END_TEST

START_TEST(what_is_named_is_taken_as_it_is)
{
	found("/s/c.txt", "/s/c.txt", false);
	found("/s/*.py*,/s/d,/gone.py", "/s/a.py /s/b.pyw /s/d/e.py /gone.py", true);
	found("/s/tk-core/h.py", "/s/tk-core/h.py", false);
}
END_TEST

START_TEST(what_is_passed_over_is_told)
{
	TMD_CLEANUP(tmd_script_files_release) struct tmd_script_files files = { 0 };
	struct tmd_error err = { 0 };

	ck_ok(tmd_script_find_files(&ctx, "/s,/t", TMD_FILE_REGULAR, &files, &err), err);
	ck_assert_uint_eq(files.passed.count, 3);
	ck_assert_str_eq(files.passed.items[0], "/s/shotgun_api3");
	ck_assert_str_eq(files.passed.items[1], "/s/tk-core");
	ck_assert_str_eq(files.passed.items[2], "/t/python/tank");
}
END_TEST

START_TEST(toolkits_own_files_are_known_by_their_directories)
{
	ck_assert(tmd_script_owner("/a/tank_vendor/shotgun_api3/shotgun.py"));
	ck_assert(tmd_script_owner("/cfg/install/core/hooks/x.py"));
	ck_assert(tmd_script_owner("/home/a/.shotgun/bundle_cache/app_store/tk-maya/v1/x.py"));
	ck_assert(tmd_script_owner("C:\\Shotgun\\bundle_cache\\app_store\\x.py"));
	ck_assert(tmd_script_owner("/cfg/install/core") == NULL);
	ck_assert(tmd_script_owner("/studio/python/tankard/x.py") == NULL);
	ck_assert(tmd_script_owner("/studio/my_shotgun_api3/x.py") == NULL);
	ck_assert(tmd_script_owner("/studio/shotgun_api3_tools/x.py") == NULL);
}
END_TEST

static Suite *script_suite(void)
{
	Suite *suite = suite_create("script");
	TCase *core = tcase_create("core");

	tcase_add_checked_fixture(core, make_root, remove_root);
	tcase_add_test(core, a_directory_stands_for_the_sources_below_it);
	tcase_add_test(core, what_is_named_is_taken_as_it_is);
	tcase_add_test(core, what_is_passed_over_is_told);
	tcase_add_test(core, toolkits_own_files_are_known_by_their_directories);
	suite_add_tcase(suite, core);
	return suite;
}

UNIT_MAIN(script_suite)
