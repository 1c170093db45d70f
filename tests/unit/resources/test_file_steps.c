/* Steps that change one file: what they say beforehand is what they do. */
#include "resources/changes.h"
#include "unit.h"

#include "base/mem.h"

static char dir[UNIT_DIR_MAX];
static struct tmd_ctx ctx;
static struct tmd_changeset set;
static struct tmd_diff diff;
static struct tmd_error err;

static void setup(void)
{
	unit_make_dir(dir);
	ctx_open(&ctx, dir);
	memset(&set, 0, sizeof(set));
	memset(&diff, 0, sizeof(diff));
}

static void teardown(void)
{
	tmd_changeset_release(&set);
	tmd_diff_clear(&diff);
	ctx_close(&ctx);
	unit_remove_tree(dir);
}

static void put(const char *path, const char *text)
{
	unit_write(dir, path + 1, text, strlen(text));
}

static void add_write(const char *path, const char *text, const struct tmd_fs_attr *attr)
{
	struct tmd_buf content = { 0 };

	tmd_buf_add_str(&content, text);
	tmd_changeset_write(&set, path, &content, attr);
	ck_assert_ptr_null(content.data);
}

/* NULL: there is no such file. */
static void holds(struct tmd_view *view, const char *path, const char *text)
{
	TMD_AUTO_BUF struct tmd_buf out = { 0 };

	if (text)
		ck_ok(tmd_view_read(view, path, 0, &out, NULL, &err), err);
	else
		ck_fails(tmd_view_read(view, path, 0, &out, NULL, &err), err, TMD_E_NOT_FOUND);
	if (text)
		ck_assert_str_eq(tmd_buf_str(&out), text);
}

struct outcome {
	const char *path;
	const char *text;
};

/* The preview shows it, and carrying out makes it so. */
static void leaves(const struct outcome *outcomes, size_t count)
{
	ck_ok(tmd_changeset_check(&set, ctx.fs, &err), err);
	ctx_preview(&ctx, &set);
	for (size_t i = 0; i < count; i++)
		holds(ctx.view, outcomes[i].path, outcomes[i].text);
	tmd_view_clear(ctx.view);
	tmd_fs_allow_writes(ctx.fs, true);
	ctx_carry_out(&ctx, &set);
	for (size_t i = 0; i < count; i++)
		holds(ctx.view, outcomes[i].path, outcomes[i].text);
}

static void describes(const char *path, const char *before, const char *after)
{
	tmd_changeset_describe(&set, ctx.view, &diff);
	ck_assert_pstr_eq(diff.path, path);
	ck_assert_pstr_eq(diff.before, before);
	ck_assert_pstr_eq(diff.after, after);
}

START_TEST(a_write_leaves_its_content)
{
	static const struct outcome outcome = { "/a", "new" };

	put("/a", "old");
	add_write("/a", "new", NULL);
	describes("/a", "old", "new");
	leaves(&outcome, 1);
}
END_TEST

START_TEST(a_removal_leaves_nothing)
{
	static const struct outcome outcome = { "/a", NULL };

	put("/a", "old");
	tmd_changeset_remove(&set, "/a");
	ck_assert(tmd_changeset_removes(&set, "/a"));
	ck_assert(!tmd_changeset_removes(&set, "/b"));
	describes("/a", "old", NULL);
	leaves(&outcome, 1);
}
END_TEST

START_TEST(a_rename_keeps_the_bytes)
{
	static const struct outcome outcomes[] = { { "/a", NULL }, { "/b", "old" } };

	put("/a", "old");
	tmd_changeset_rename(&set, "/a", "/b");
	describes(NULL, NULL, NULL);
	leaves(outcomes, 2);
}
END_TEST

START_TEST(a_backup_keeps_what_the_write_replaces)
{
	static const struct outcome outcomes[] = { { "/a", "new" },
						   { "/a.trustmend-backup", "old" } };

	put("/a", "old");
	tmd_changeset_backup(&set, "/a");
	add_write("/a", "new", NULL);
	describes("/a", "old", "new");
	leaves(outcomes, 2);
}
END_TEST

START_TEST(a_backup_of_nothing_is_no_failure)
{
	static const struct outcome outcomes[] = { { "/a", "new" },
						   { "/a.trustmend-backup", NULL } };

	tmd_changeset_backup(&set, "/a");
	add_write("/a", "new", NULL);
	describes("/a", NULL, "new");
	leaves(outcomes, 2);
}
END_TEST

START_TEST(a_change_since_it_was_read_is_a_conflict)
{
	TMD_AUTO_BUF struct tmd_buf seen = { 0 };

	put("/a", "old");
	tmd_fs_watch(ctx.fs, true);
	ck_ok(tmd_view_read(ctx.view, "/a", 0, &seen, NULL, &err), err);
	add_write("/a", "new", NULL);
	ck_ok(tmd_changeset_check(&set, ctx.fs, &err), err);
	put("/a", "somebody else's");
	ck_fails(tmd_changeset_check(&set, ctx.fs, &err), err, TMD_E_CONFLICT);
	holds(ctx.view, "/a", "somebody else's");
	tmd_fs_watch(ctx.fs, false);
}
END_TEST

START_TEST(what_comes_tells_more_than_what_goes)
{
	put("/a", "old");
	tmd_changeset_remove(&set, "/a");
	add_write("/b", "new", NULL);
	describes("/b", NULL, "new");
}
END_TEST

START_TEST(what_the_type_tells_comes_first)
{
	add_write("/b", "new", NULL);
	tmd_changeset_tell(&set, "/b", NULL, tmd_strdup("CN=Studio Root\n"));
	describes("/b", NULL, "CN=Studio Root\n");
}
END_TEST

START_TEST(a_private_key_is_never_shown)
{
	put("/a", "-----BEGIN PRIVATE KEY-----\nMII\n");
	add_write("/a", "-----BEGIN EC PRIVATE KEY-----\nMII\n", NULL);
	tmd_changeset_describe(&set, ctx.view, &diff);
	ck_assert_ptr_null(strstr(diff.before, "MII"));
	ck_assert_ptr_null(strstr(diff.after, "MII"));
}
END_TEST

START_TEST(bytes_that_are_not_text_are_told_as_such)
{
	struct tmd_buf content = { 0 };

	put("/a", "caf\xE9");
	tmd_buf_add(&content, "\x30\x00\x01", 3);
	tmd_changeset_write(&set, "/a", &content, NULL);
	describes("/a", "caf\\xE9", "(3 bytes that are not text)\n");
}
END_TEST

START_TEST(the_right_for_a_later_rebuild_is_asked_for)
{
	put("/a", "not a directory");
	tmd_changeset_touch(&set, "/b");
	ck_ok(tmd_changeset_check(&set, ctx.fs, &err), err);
	tmd_changeset_touch(&set, "/a/below");
	ck_assert_int_eq(tmd_changeset_check(&set, ctx.fs, &err), TMD_FAILED);
}
END_TEST

START_TEST(what_a_rebuild_is_expected_to_leave_is_previewed)
{
	struct tmd_buf file = { 0 };
	struct tmd_buf fact = { 0 };

	tmd_buf_add_str(&file, "compiled");
	tmd_buf_add_str(&fact, "1");
	tmd_changeset_expect(&set, "/bundle", &file);
	tmd_changeset_expect(&set, "store:Root", &fact);
	ctx_preview(&ctx, &set);
	holds(ctx.view, "/bundle", "compiled");
	ck_assert_str_eq(tmd_buf_str(tmd_view_fact(ctx.view, "store:Root")), "1");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("file steps");
	TCase *c = tcase_create("file steps");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, a_write_leaves_its_content);
	tcase_add_test(c, a_removal_leaves_nothing);
	tcase_add_test(c, a_rename_keeps_the_bytes);
	tcase_add_test(c, a_backup_keeps_what_the_write_replaces);
	tcase_add_test(c, a_backup_of_nothing_is_no_failure);
	tcase_add_test(c, a_change_since_it_was_read_is_a_conflict);
	tcase_add_test(c, what_comes_tells_more_than_what_goes);
	tcase_add_test(c, what_the_type_tells_comes_first);
	tcase_add_test(c, a_private_key_is_never_shown);
	tcase_add_test(c, bytes_that_are_not_text_are_told_as_such);
	tcase_add_test(c, the_right_for_a_later_rebuild_is_asked_for);
	tcase_add_test(c, what_a_rebuild_is_expected_to_leave_is_previewed);
	suite_add_tcase(s, c);
	return s;
}

UNIT_MAIN(suite)
