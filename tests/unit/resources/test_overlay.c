/* Planned contents are what later resources of the same run read. */
#include "unit.h"

#include "base/mem.h"
#include "resources/overlay.h"

static char dir[UNIT_DIR_MAX];
static struct tmd_ctx ctx;

static void setup(void)
{
	struct tmd_error err;

	unit_make_dir(dir);
	memset(&ctx, 0, sizeof(ctx));
	ck_ok(tmd_fs_open(dir, &ctx.fs, &err), err);
	ck_ok(tmd_fs_open(NULL, &ctx.input, &err), err);
	ctx.overlay = tmd_overlay_new();
}

static void teardown(void)
{
	tmd_overlay_free(ctx.overlay);
	tmd_fs_free(ctx.fs);
	tmd_fs_free(ctx.input);
	unit_remove_tree(dir);
}

static void plan_write(const char *path, const char *text)
{
	struct tmd_changeset set = { 0 };
	struct tmd_buf content = { 0 };
	struct tmd_error err;

	tmd_buf_add_str(&content, text);
	tmd_changeset_write(&set, path, &content, NULL);
	ck_ok(tmd_overlay_merge(ctx.overlay, ctx.fs, &set, &err), err);
	tmd_changeset_release(&set);
}

static bool make_link(const char *name, const char *target)
{
	char path[UNIT_DIR_MAX + 64];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return unit_symlink(target, path);
}

static void expect_read(const char *path, const char *text)
{
	TMD_AUTO_BUF struct tmd_buf out = { 0 };
	struct tmd_stat st;
	struct tmd_error err;

	ck_ok(tmd_ctx_read(&ctx, path, 0, &out, &st, &err), err);
	ck_assert_str_eq(tmd_buf_str(&out), text);
	ck_assert_uint_eq(st.size, strlen(text));
}

START_TEST(a_planned_file_is_read_before_it_exists)
{
	plan_write("/etc/new", "planned");
	expect_read("/etc/new", "planned");
	plan_write("/etc/new", "later");
	expect_read("/etc/new", "later");
	expect_read("/etc//./new", "later");
}
END_TEST

START_TEST(a_planned_file_is_found_through_a_link)
{
	unit_write(dir, "real", "old", 3);
	if (!make_link("link", "/real")) {
		unit_skip(UNIT_NO_LINKS);
		return;
	}
	plan_write("/link", "planned");
	expect_read("/real", "planned");
	expect_read("/link", "planned");
}
END_TEST

START_TEST(a_planned_removal_reads_as_not_found)
{
	TMD_AUTO_BUF struct tmd_buf out = { 0 };
	struct tmd_changeset set = { 0 };
	struct tmd_error err;

	unit_write(dir, "a", "old", 3);
	expect_read("/a", "old");
	tmd_changeset_remove(&set, "/a");
	ck_ok(tmd_overlay_merge(ctx.overlay, ctx.fs, &set, &err), err);
	tmd_changeset_release(&set);
	ck_fails(tmd_ctx_read(&ctx, "/a", 0, &out, NULL, &err), err, TMD_E_NOT_FOUND);
	plan_write("/a", "back");
	expect_read("/a", "back");
}
END_TEST

START_TEST(removing_a_link_leaves_its_target)
{
	TMD_AUTO_BUF struct tmd_buf out = { 0 };
	struct tmd_changeset set = { 0 };
	struct tmd_error err;

	unit_write(dir, "real", "old", 3);
	if (!make_link("link", "/real")) {
		unit_skip(UNIT_NO_LINKS);
		return;
	}
	tmd_changeset_remove(&set, "/link");
	ck_ok(tmd_overlay_merge(ctx.overlay, ctx.fs, &set, &err), err);
	tmd_changeset_release(&set);
	expect_read("/real", "old");
	ck_fails(tmd_ctx_read(&ctx, "/link", 0, &out, NULL, &err), err, TMD_E_NOT_FOUND);
}
END_TEST

START_TEST(input_files_are_read_relative_to_the_base_directory)
{
	TMD_AUTO_BUF struct tmd_buf out = { 0 };
	struct tmd_resource r = { .base_dir = dir };
	struct tmd_error err;

	unit_write(dir, "in.pem", "text", 4);
	plan_write("/in.pem", "planned inside the root");
	ck_ok(tmd_ctx_read_input(&ctx, &r, "in.pem", 0, &out, &err), err);
	ck_assert_str_eq(out.data, "text");
	ck_fails(tmd_ctx_read_input(&ctx, &r, "other.pem", 0, &out, &err), err, TMD_E_NOT_FOUND);
}
END_TEST

START_TEST(a_missing_directory_lists_as_empty)
{
	TMD_AUTO_STRV struct tmd_strv names = { 0 };
	struct tmd_error err;

	unit_write(dir, "a", "x", 1);
	ck_ok(tmd_ctx_list(&ctx, "/", &names, &err), err);
	ck_assert_uint_eq(names.count, 1);
	ck_ok(tmd_ctx_list(&ctx, "/none", &names, &err), err);
	ck_assert_uint_eq(names.count, 0);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("overlay");
	TCase *c = tcase_create("overlay");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, a_planned_file_is_read_before_it_exists);
	tcase_add_test(c, a_planned_file_is_found_through_a_link);
	tcase_add_test(c, a_planned_removal_reads_as_not_found);
	tcase_add_test(c, removing_a_link_leaves_its_target);
	tcase_add_test(c, input_files_are_read_relative_to_the_base_directory);
	tcase_add_test(c, a_missing_directory_lists_as_empty);
	suite_add_tcase(s, c);
	return s;
}

UNIT_MAIN(suite)
