/* What is planned is what is read, and what is there shows through where nothing is. */
#include "resources/changes.h"
#include "unit.h"

#include "base/mem.h"

static char dir[UNIT_DIR_MAX];
static struct tmd_ctx ctx;
static struct tmd_error err;

static void setup(void)
{
	unit_make_dir(dir);
	ctx_open(&ctx, dir);
}

static void teardown(void)
{
	ctx_close(&ctx);
	unit_remove_tree(dir);
}

static void plan_with(struct tmd_view *view, const char *path, const char *text,
		      const struct tmd_fs_attr *attr)
{
	TMD_AUTO_BUF struct tmd_buf content = { 0 };

	tmd_buf_add_str(&content, text);
	ck_ok(tmd_view_put_file(view, path, &content, attr, &err), err);
}

static void plan_write(const char *path, const char *text)
{
	plan_with(ctx.view, path, text, NULL);
}

static void plan_removal(const char *path)
{
	ck_ok(tmd_view_put_gone(ctx.view, path, &err), err);
}

static bool make_link(const char *name, const char *target)
{
	char path[UNIT_DIR_MAX + 64];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return unit_symlink(target, path);
}

static void reads(struct tmd_view *view, const char *path, const char *text)
{
	TMD_AUTO_BUF struct tmd_buf out = { 0 };
	struct tmd_stat st;

	ck_ok(tmd_view_read(view, path, 0, &out, &st, &err), err);
	ck_assert_str_eq(tmd_buf_str(&out), text);
	ck_assert_uint_eq(st.size, strlen(text));
	ck_assert(tmd_view_exists(view, path));
}

static void is_gone(struct tmd_view *view, const char *path)
{
	TMD_AUTO_BUF struct tmd_buf out = { 0 };
	struct tmd_stat st;

	ck_fails(tmd_view_read(view, path, 0, &out, NULL, &err), err, TMD_E_NOT_FOUND);
	ck_fails(tmd_view_stat(view, path, &st, &err), err, TMD_E_NOT_FOUND);
	ck_fails(tmd_view_lstat(view, path, &st, &err), err, TMD_E_NOT_FOUND);
	ck_assert(!tmd_view_exists(view, path));
}

static void lists(struct tmd_view *view, const char *path, const char *expected)
{
	TMD_AUTO_STRV struct tmd_strv names = { 0 };
	TMD_AUTO_BUF struct tmd_buf text = { 0 };

	ck_ok(tmd_view_list(view, path, &names, &err), err);
	for (size_t i = 0; i < names.count; i++)
		tmd_buf_addf(&text, "%s;", names.items[i]);
	ck_assert_str_eq(tmd_buf_str(&text), expected);
}

START_TEST(a_planned_file_is_read_before_it_exists)
{
	plan_write("/etc/new", "planned");
	reads(ctx.view, "/etc/new", "planned");
	plan_write("/etc/new", "later");
	reads(ctx.view, "/etc/new", "later");
	reads(ctx.view, "/etc//./new", "later");
	ck_assert(tmd_view_exists(ctx.view, "/etc"));
	ck_assert(!tmd_view_exists(ctx.view, "/et"));
	tmd_view_clear(ctx.view);
	is_gone(ctx.view, "/etc/new");
	ck_assert(!tmd_view_exists(ctx.view, "/etc"));
}
END_TEST

START_TEST(a_planned_file_is_not_a_link)
{
	TMD_AUTO_FREE char *target = NULL;

	ck_fails(tmd_view_readlink(ctx.view, "/new", &target, &err), err, TMD_E_NOT_FOUND);
	plan_write("/new", "planned");
	ck_fails(tmd_view_readlink(ctx.view, "/new", &target, &err), err, TMD_E_INVALID_INPUT);
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
	reads(ctx.view, "/real", "planned");
	reads(ctx.view, "/link", "planned");
}
END_TEST

START_TEST(a_planned_removal_reads_as_not_found)
{
	unit_write(dir, "a", "old", 3);
	reads(ctx.view, "/a", "old");
	plan_removal("/a");
	is_gone(ctx.view, "/a");
	plan_write("/a", "back");
	reads(ctx.view, "/a", "back");
}
END_TEST

START_TEST(removing_a_link_leaves_its_target)
{
	TMD_AUTO_FREE char *target = NULL;

	unit_write(dir, "real", "old", 3);
	if (!make_link("link", "/real")) {
		unit_skip(UNIT_NO_LINKS);
		return;
	}
	plan_removal("/link");
	reads(ctx.view, "/real", "old");
	is_gone(ctx.view, "/link");
	ck_fails(tmd_view_readlink(ctx.view, "/link", &target, &err), err, TMD_E_NOT_FOUND);
}
END_TEST

START_TEST(what_a_directory_lists_follows_the_plan)
{
	unit_write(dir, "a", "x", 1);
	unit_write(dir, "c", "x", 1);
	plan_write("/b", "planned");
	plan_write("/d/e", "planned");
	plan_removal("/c");
	lists(ctx.view, "/", "a;b;");
	lists(ctx.view, "/d", "e;");
	lists(ctx.view, "/none", "");
	plan_write("/dd", "planned");
	lists(ctx.view, "/d", "e;");
}
END_TEST

START_TEST(mode_and_owner_are_as_planned)
{
	static const struct tmd_fs_attr private = { 0600, 0, TMD_KEEP, 0 };
	static const struct tmd_fs_attr readable = { 0644, TMD_KEEP, TMD_KEEP, 0 };
	TMD_AUTO_FREE char *why = NULL;
	struct tmd_stat st;
	bool yes = true;

	plan_with(ctx.view, "/a", "x", &private);
	ck_ok(tmd_view_stat(ctx.view, "/a", &st, &err), err);
	ck_assert_uint_eq(st.mode, 0600);
	ck_assert_uint_eq(st.uid, 0);
	ck_ok(tmd_view_world_readable(ctx.view, "/a", &yes, &why, &err), err);
	ck_assert(!yes);
	ck_assert_ptr_nonnull(strstr(why, "0600"));
	ck_ok(tmd_view_put_attr(ctx.view, "/a", &readable, &err), err);
	free(why);
	why = NULL;
	ck_ok(tmd_view_world_readable(ctx.view, "/a", &yes, &why, &err), err);
	ck_assert(yes);
	reads(ctx.view, "/a", "x");
	ck_ok(tmd_view_stat(ctx.view, "/a", &st, &err), err);
	ck_assert_uint_eq(st.uid, 0); /* what the second plan leaves alone */
}
END_TEST

START_TEST(an_attribute_alone_leaves_the_content)
{
	static const struct tmd_fs_attr private = { 0600, TMD_KEEP, TMD_KEEP, 0 };
	struct tmd_stat st;

	unit_write(dir, "a", "old", 3);
	ck_ok(tmd_view_put_attr(ctx.view, "/a", &private, &err), err);
	reads(ctx.view, "/a", "old");
	ck_ok(tmd_view_stat(ctx.view, "/a", &st, &err), err);
	ck_assert_uint_eq(st.mode, 0600);
	ck_ok(tmd_view_put_attr(ctx.view, "/none", &private, &err), err);
	is_gone(ctx.view, "/none");
}
END_TEST

START_TEST(a_layer_leaves_no_trace_below)
{
	struct tmd_view *layer;

	plan_write("/a", "planned");
	plan_write("/b", "planned");
	layer = tmd_view_new_layer(ctx.view);
	plan_with(layer, "/a", "tried", NULL);
	ck_ok(tmd_view_put_gone(layer, "/b", &err), err);
	plan_with(layer, "/c", "tried", NULL);
	reads(layer, "/a", "tried");
	is_gone(layer, "/b");
	lists(layer, "/", "a;c;");
	reads(ctx.view, "/a", "planned");
	reads(ctx.view, "/b", "planned");
	is_gone(ctx.view, "/c");
	tmd_view_free(layer);
	lists(ctx.view, "/", "a;b;");
}
END_TEST

START_TEST(a_layer_that_settles_is_what_the_view_below_plans)
{
	static const struct tmd_fs_attr private = { 0600, TMD_KEEP, TMD_KEEP, 0 };
	struct tmd_view *layer;
	struct tmd_stat st;

	plan_write("/a", "planned");
	plan_write("/b", "planned");
	plan_write("/d", "planned");
	layer = tmd_view_new_layer(ctx.view);
	plan_with(layer, "/a", "tried", NULL);
	ck_ok(tmd_view_put_gone(layer, "/b", &err), err);
	plan_with(layer, "/c", "tried", NULL);
	ck_ok(tmd_view_put_attr(layer, "/d", &private, &err), err);
	tmd_view_settle(ctx.view, layer);
	tmd_view_free(layer);
	reads(ctx.view, "/a", "tried");
	is_gone(ctx.view, "/b");
	reads(ctx.view, "/c", "tried");
	reads(ctx.view, "/d", "planned");
	ck_ok(tmd_view_stat(ctx.view, "/d", &st, &err), err);
	ck_assert_uint_eq(st.mode, 0600);
	lists(ctx.view, "/", "a;c;d;");
}
END_TEST

START_TEST(an_attribute_in_a_layer_keeps_what_is_planned_below)
{
	static const struct tmd_fs_attr private = { 0600, TMD_KEEP, TMD_KEEP, 0 };
	struct tmd_view *layer;

	plan_write("/a", "planned");
	layer = tmd_view_new_layer(ctx.view);
	ck_ok(tmd_view_put_attr(layer, "/a", &private, &err), err);
	reads(layer, "/a", "planned");
	tmd_view_free(layer);
}
END_TEST

START_TEST(a_fact_is_not_a_file)
{
	TMD_AUTO_BUF struct tmd_buf value = { 0 };

	ck_assert_ptr_null(tmd_view_fact(ctx.view, "env:machine:A"));
	tmd_buf_add_str(&value, "1");
	tmd_view_put_fact(ctx.view, "env:machine:A", &value);
	ck_assert_str_eq(tmd_buf_str(tmd_view_fact(ctx.view, "env:machine:A")), "1");
	plan_write("/a", "planned");
	ck_assert_ptr_null(tmd_view_fact(ctx.view, "/a"));
}
END_TEST

START_TEST(input_files_are_read_relative_to_the_base_directory)
{
	TMD_AUTO_BUF struct tmd_buf out = { 0 };

	unit_write(dir, "in.pem", "text", 4);
	plan_write("/in.pem", "planned inside the root");
	ck_ok(tmd_view_read_input(ctx.view, dir, "in.pem", 0, &out, &err), err);
	ck_assert_str_eq(out.data, "text");
	ck_fails(tmd_view_read_input(ctx.view, dir, "other.pem", 0, &out, &err), err,
		 TMD_E_NOT_FOUND);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("view");
	TCase *c = tcase_create("view");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, a_planned_file_is_read_before_it_exists);
	tcase_add_test(c, a_planned_file_is_not_a_link);
	tcase_add_test(c, a_planned_file_is_found_through_a_link);
	tcase_add_test(c, a_planned_removal_reads_as_not_found);
	tcase_add_test(c, removing_a_link_leaves_its_target);
	tcase_add_test(c, what_a_directory_lists_follows_the_plan);
	tcase_add_test(c, mode_and_owner_are_as_planned);
	tcase_add_test(c, an_attribute_alone_leaves_the_content);
	tcase_add_test(c, a_layer_leaves_no_trace_below);
	tcase_add_test(c, a_layer_that_settles_is_what_the_view_below_plans);
	tcase_add_test(c, an_attribute_in_a_layer_keeps_what_is_planned_below);
	tcase_add_test(c, a_fact_is_not_a_file);
	tcase_add_test(c, input_files_are_read_relative_to_the_base_directory);
	suite_add_tcase(s, c);
	return s;
}

UNIT_MAIN(suite)
