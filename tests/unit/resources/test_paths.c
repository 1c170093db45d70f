/* Commas and wildcards in the text of a path, on a scratch root. */
#include "resources/paths.h"

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
	put("/m/a1/x.pem");
	put("/m/a2/x.pem");
	put("/m/b/y.pem");
	put("/m/.hidden/x.pem");
	put("/m/plain");
	put("/m/c,d/x.pem");
}

static void remove_root(void)
{
	ctx_close(&ctx);
	unit_remove_tree(root);
}

static void assert_parts(const char *text, const char *const *wanted, const char *joined)
{
	TMD_AUTO_STRV struct tmd_strv parts = { 0 };
	TMD_AUTO_FREE char *again = NULL;
	size_t i = 0;

	tmd_paths_split(text, &parts);
	for (; wanted[i]; i++) {
		ck_assert_uint_lt(i, parts.count);
		ck_assert_str_eq(parts.items[i], wanted[i]);
	}
	ck_assert_uint_eq(parts.count, i);
	again = tmd_paths_join(&parts);
	ck_assert_str_eq(again, joined);
}

#define PARTS(...) ((const char *const[]){ __VA_ARGS__, NULL })

START_TEST(commas_separate_and_two_are_one)
{
	assert_parts("/a", PARTS("/a"), "/a");
	assert_parts("/a,/b", PARTS("/a", "/b"), "/a,/b");
	assert_parts(" /a , /b c ,", PARTS("/a", "/b c"), "/a,/b c");
	assert_parts("/a,,b,/c", PARTS("/a,b", "/c"), "/a,,b,/c");
	assert_parts("/a,,,/b", PARTS("/a,", "/b"), "/a,,,/b");
	assert_parts(" , ", (const char *const[]){ NULL }, "");
	assert_parts("", (const char *const[]){ NULL }, "");
}
END_TEST

static void expand(const char *text, enum tmd_file_type want, bool many, const char *const *wanted)
{
	TMD_AUTO_STRV struct tmd_strv paths = { 0 };
	struct tmd_error err;
	bool is_many = !many;
	size_t i = 0;

	ck_ok(tmd_paths_expand(ctx.view, text, want, &paths, &is_many, &err), err);
	ck_assert_msg(is_many == many, "%s", text);
	for (; wanted[i]; i++) {
		ck_assert_msg(i < paths.count, "%s: no %s", text, wanted[i]);
		ck_assert_str_eq(paths.items[i], wanted[i]);
	}
	ck_assert_msg(paths.count == i, "%s: %s too", text, i < paths.count ? paths.items[i] : "");
}

START_TEST(wildcards_stand_for_what_is_there)
{
	expand("/m/*", TMD_FILE_DIRECTORY, true, PARTS("/m/a1", "/m/a2", "/m/b", "/m/c,d"));
	expand("/m/*", TMD_FILE_REGULAR, true, PARTS("/m/plain"));
	expand("/m/a?", TMD_FILE_DIRECTORY, true, PARTS("/m/a1", "/m/a2"));
	expand("/m/[!a]", TMD_FILE_DIRECTORY, true, PARTS("/m/b"));
	expand("/m/[a-b][0-1]", TMD_FILE_DIRECTORY, true, PARTS("/m/a1"));
	expand("/m/.h*", TMD_FILE_DIRECTORY, true, PARTS("/m/.hidden"));
	expand("/m/*/x.pem", TMD_FILE_REGULAR, true,
	       PARTS("/m/a1/x.pem", "/m/a2/x.pem", "/m/c,d/x.pem"));
	expand("/*/a*/*.pem", TMD_FILE_REGULAR, true, PARTS("/m/a1/x.pem", "/m/a2/x.pem"));
	expand("/m/*/", TMD_FILE_DIRECTORY, true, PARTS("/m/a1", "/m/a2", "/m/b", "/m/c,d"));
	expand("/m/*a*1*", TMD_FILE_DIRECTORY, true, PARTS("/m/a1"));
}
END_TEST

START_TEST(what_is_written_without_them_stays)
{
	expand("/m/none", TMD_FILE_DIRECTORY, false, PARTS("/m/none"));
	expand("/m/c,d", TMD_FILE_DIRECTORY, false, PARTS("/m/c,d"));
	expand("/m/none,/m/b", TMD_FILE_DIRECTORY, true, PARTS("/m/none", "/m/b"));
	expand("/m/c,,d,/m/b", TMD_FILE_DIRECTORY, true, PARTS("/m/c,d", "/m/b"));
	expand("/m/b,/m/?,/m/b", TMD_FILE_DIRECTORY, true, PARTS("/m/b"));
	expand("/m/z*,/m/b", TMD_FILE_DIRECTORY, true, PARTS("/m/z*", "/m/b"));
	expand("/m/[a", TMD_FILE_DIRECTORY, true, PARTS("/m/[a"));
}
END_TEST

START_TEST(a_pattern_that_is_left_matches_nothing)
{
	struct tmd_error err;

	ck_fails(tmd_paths_check(ctx.view, "/m/z*", &err), err, TMD_E_NOT_FOUND);
	ck_ok(tmd_paths_check(ctx.view, "/m/none", &err), err);
	ck_ok(tmd_paths_check(ctx.view, "/m/b", &err), err);
}
END_TEST

static Suite *paths_suite(void)
{
	Suite *suite = suite_create("paths");
	TCase *core = tcase_create("core");

	tcase_add_checked_fixture(core, make_root, remove_root);
	tcase_add_test(core, commas_separate_and_two_are_one);
	tcase_add_test(core, wildcards_stand_for_what_is_there);
	tcase_add_test(core, what_is_written_without_them_stays);
	tcase_add_test(core, a_pattern_that_is_left_matches_nothing);
	suite_add_tcase(suite, core);
	return suite;
}

UNIT_MAIN(paths_suite)
