/* Files that came with the request, and how a type gets to read them. */
#include "unit.h"

#include "base/mem.h"
#include "resources/changes.h"

static struct tmd_sent_files files;
static struct tmd_ctx ctx;
static struct tmd_resource resource;
static struct tmd_buf out;
static struct tmd_error err;
static char dir[UNIT_DIR_MAX];

static void setup(void)
{
	struct tmd_sent_file *file;

	unit_make_dir(dir);
	unit_write(dir, "ca.pem", "on disk", 7);
	ctx_open(&ctx, NULL);
	tmd_view_send(ctx.view, &files);
	file = tmd_sent_files_add(&files, "ca.pem");
	tmd_buf_add(&file->content, "s\0nt", 4);
	tmd_sent_files_add(&files, "/none.pem")->missing = true;
	tmd_sent_files_add(&files, "empty");
	resource.base_dir = dir;
}

static void teardown(void)
{
	tmd_sent_files_release(&files);
	ck_assert_uint_eq(files.count, 0);
	tmd_buf_release(&out);
	ctx_close(&ctx);
	unit_remove_tree(dir);
}

static enum tmd_rc read_input(const char *path, size_t max)
{
	return tmd_view_read_input(ctx.view, resource.base_dir, path, max, &out, &err);
}

START_TEST(what_was_sent_wins_over_the_disk)
{
	ck_ok(read_input("ca.pem", 4), err);
	ck_assert(tmd_buf_equal(&out, "s\0nt", 4));
	ck_ok(read_input("empty", 4), err);
	ck_assert_uint_eq(out.len, 0);
}
END_TEST

START_TEST(another_name_is_read_from_the_disk)
{
	TMD_AUTO_FREE char *whole = tmd_format("%s/ca.pem", dir);

	ck_ok(read_input(whole, 100), err);
	ck_assert(tmd_buf_equal(&out, "on disk", 7));
	ck_ok(read_input("./ca.pem", 100), err);
	ck_assert(tmd_buf_equal(&out, "on disk", 7));
	tmd_view_send(ctx.view, NULL);
	ck_ok(read_input("ca.pem", 100), err);
	ck_assert(tmd_buf_equal(&out, "on disk", 7));
}
END_TEST

START_TEST(a_relative_path_needs_a_base)
{
	resource.base_dir = NULL;
	ck_fails(read_input("./ca.pem", 100), err, TMD_E_INVALID_INPUT);
	ck_assert_str_eq(err.path, "./ca.pem");
	ck_ok(read_input("ca.pem", 100), err);
}
END_TEST

START_TEST(what_was_looked_for_in_vain_is_not_found)
{
	ck_fails(read_input("/none.pem", 100), err, TMD_E_NOT_FOUND);
	ck_assert_str_eq(err.path, "/none.pem");
}
END_TEST

START_TEST(the_limit_of_a_file_holds)
{
	ck_fails(read_input("ca.pem", 3), err, TMD_E_REFUSED);
	ck_assert_str_eq(err.path, "ca.pem");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("sent_files");
	TCase *c = tcase_create("sent_files");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, what_was_sent_wins_over_the_disk);
	tcase_add_test(c, another_name_is_read_from_the_disk);
	tcase_add_test(c, a_relative_path_needs_a_base);
	tcase_add_test(c, what_was_looked_for_in_vain_is_not_found);
	tcase_add_test(c, the_limit_of_a_file_holds);
	suite_add_tcase(s, c);
	return s;
}

UNIT_MAIN(suite)
