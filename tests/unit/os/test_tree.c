/* Walks: every name once, no links, no more than is wanted. */
#include "os/tree.h"

#include "base/mem.h"
#include "base/strv.h"
#include "unit.h"

static char dir[UNIT_DIR_MAX];
static struct tmd_fs *fs;
static struct tmd_error err;

struct seen {
	struct tmd_strv names; /* paths below the root, directories with a '/' behind them */
	struct tmd_strv passed;
	struct tmd_buf text;   /* of files called "read" */
	const char *closed;    /* a directory that is not entered */
	unsigned marks;	       /* of what is called "marked" */
};

static struct seen seen;

static bool take(void *arg, struct tmd_tree *tree, const char *name, enum tmd_file_type type,
		 unsigned *marks)
{
	const struct tmd_tree_dir *here = tmd_tree_here(tree);
	TMD_AUTO_FREE char *path = tmd_tree_path(here, name);
	struct seen *s = arg;

	for (char *c = path; *c; c++)
		*c = *c == '\\' ? '/' : *c;
	tmd_strv_addf(&s->names, "%s%s", path, type == TMD_FILE_DIRECTORY ? "/" : "");
	if (strcmp(name, "read") == 0)
		ck_ok(tmd_tree_read(tree, name, 4, &s->text, &err), err);
	if (strcmp(name, "link") == 0)
		ck_assert_int_ne(tmd_tree_read(tree, name, 4, &s->text, &err), TMD_OK);
	if (strcmp(name, "marked") == 0)
		s->marks = *marks;
	*marks |= strcmp(name, "a") == 0 ? 1 : 2;
	return !s->closed || strcmp(name, s->closed) != 0;
}

static void pass(void *arg, const char *path, const char *why)
{
	struct seen *s = arg;

	tmd_strv_addf(&s->passed, "%s: %s", path, why);
}

static void setup(void)
{
	memset(&seen, 0, sizeof(seen));
	unit_make_dir(dir);
	ck_ok(tmd_fs_open(dir, &fs, &err), err);
}

static void teardown(void)
{
	tmd_strv_release(&seen.names);
	tmd_strv_release(&seen.passed);
	tmd_buf_release(&seen.text);
	tmd_fs_free(fs);
	unit_remove_tree(dir);
}

static const char *below(const char *path)
{
	static char full[UNIT_PATH_MAX];

	snprintf(full, sizeof(full), "%s/%s", dir, path);
	return full;
}

static void put(const char *path, const char *text)
{
	unit_make_parents(dir, path);
	unit_write(dir, path, text, strlen(text));
}

static void walk(const char *path, unsigned depth, struct tmd_tree_seen *before)
{
	const struct tmd_tree_visitor visitor = {
		.take = take, .pass = pass, .arg = &seen, .network = TMD_TREE_EVERY, .depth = depth
	};
	struct tmd_tree_seen *own = before ? before : tmd_tree_seen_new();

	ck_ok(tmd_tree_walk(fs, path, &visitor, own, &err), err);
	tmd_strv_sort(&seen.names);
	if (!before)
		tmd_tree_seen_free(own);
}

static void assert_names(const char *const *wanted)
{
	size_t i = 0;

	for (; wanted[i]; i++) {
		ck_assert_uint_lt(i, seen.names.count);
		ck_assert_str_eq(seen.names.items[i], wanted[i]);
	}
	ck_assert_uint_eq(seen.names.count, i);
	tmd_strv_release(&seen.names);
}

START_TEST(every_name_is_told_once_with_its_path)
{
	put("a/b/c/one", "1");
	put("a/b/two", "2");
	put("d/three", "3");
	walk("/", 0, NULL);
	assert_names((const char *const[]){ "/a/", "/a/b/", "/a/b/c/", "/a/b/c/one", "/a/b/two", "/d/",
					    "/d/three", NULL });
	walk("/a/b", 0, NULL);
	assert_names((const char *const[]){ "/a/b/c/", "/a/b/c/one", "/a/b/two", NULL });
}
END_TEST

START_TEST(only_what_the_visitor_wants_is_entered_and_not_deeper_than_it_says)
{
	put("a/b/c/one", "1");
	put("d/e/three", "3");
	seen.closed = "d";
	walk("/", 2, NULL);
	assert_names((const char *const[]){ "/a/", "/a/b/", "/a/b/c/", "/d/", NULL });
	ck_assert_uint_eq(seen.passed.count, 0);
}
END_TEST

START_TEST(marks_go_down_and_not_sideways)
{
	put("a/marked", "");
	put("b/none", "");
	walk("/", 0, NULL);
	ck_assert_uint_eq(seen.marks, 1);
	put("a/x/marked", "");
	walk("/a/x", 0, NULL);
	ck_assert_uint_eq(seen.marks, 0);
	unit_remove_tree(below("a"));
	put("a/x/marked", "");
	walk("/", 0, NULL);
	ck_assert_uint_eq(seen.marks, 1 | 2);
}
END_TEST

START_TEST(of_two_walks_that_overlap_the_second_leaves_out_what_the_first_had)
{
	struct tmd_tree_seen *before = tmd_tree_seen_new();

	put("a/b/one", "1");
	put("a/two", "2");
	walk("/a/b", 0, before);
	assert_names((const char *const[]){ "/a/b/one", NULL });
	walk("/", 0, before);
	assert_names((const char *const[]){ "/a/", "/a/b/", "/a/two", NULL });
	walk("/a", 0, before);
	ck_assert_uint_eq(seen.names.count, 0);
	tmd_tree_seen_free(before);
}
END_TEST

START_TEST(links_are_told_and_not_followed)
{
	put("a/one", "1");
	if (!unit_symlink("..", below("a/link"))) {
		unit_skip(UNIT_NO_LINKS);
		return;
	}
	walk("/", 0, NULL);
	assert_names((const char *const[]){ "/a/", "/a/link", "/a/one", NULL });
}
END_TEST

START_TEST(the_beginning_of_a_file_can_be_read)
{
	put("a/read", "123456");
	walk("/", 0, NULL);
	ck_assert_str_eq(tmd_buf_str(&seen.text), "1234");
}
END_TEST

START_TEST(many_directories_in_one_and_one_in_the_other)
{
	char path[UNIT_PATH_MAX] = "";
	size_t len = 0;

	for (int i = 0; i < 3000; i++) {
		snprintf(path, sizeof(path), "wide/directory-with-a-long-name-%04d/f", i);
		put(path, "");
	}
	for (int i = 0; i < 60; i++)
		len += (size_t)snprintf(path + len, sizeof(path) - len, "d/");
	snprintf(path + len, sizeof(path) - len, "f");
	put(path, "");
	walk("/", 0, NULL);
	ck_assert_uint_eq(seen.names.count, 1 + 2 * 3000 + 60 + 1);
	ck_assert_uint_eq(seen.passed.count, 0);
}
END_TEST

START_TEST(what_is_no_directory_is_no_beginning)
{
	const struct tmd_tree_visitor visitor = { .take = take, .pass = pass, .arg = &seen };
	struct tmd_tree_seen *before = tmd_tree_seen_new();

	put("file", "");
	ck_fails(tmd_tree_walk(fs, "/none", &visitor, before, &err), err, TMD_E_NOT_FOUND);
	ck_fails(tmd_tree_walk(fs, "/file", &visitor, before, &err), err, TMD_E_REFUSED);
	tmd_tree_seen_free(before);
}
END_TEST

static Suite *tree_suite(void)
{
	Suite *suite = suite_create("os/tree");
	TCase *tcase = tcase_create("walks");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, every_name_is_told_once_with_its_path);
	tcase_add_test(tcase, only_what_the_visitor_wants_is_entered_and_not_deeper_than_it_says);
	tcase_add_test(tcase, marks_go_down_and_not_sideways);
	tcase_add_test(tcase, of_two_walks_that_overlap_the_second_leaves_out_what_the_first_had);
	tcase_add_test(tcase, links_are_told_and_not_followed);
	tcase_add_test(tcase, the_beginning_of_a_file_can_be_read);
	tcase_add_test(tcase, many_directories_in_one_and_one_in_the_other);
	tcase_add_test(tcase, what_is_no_directory_is_no_beginning);
	suite_add_tcase(suite, tcase);
	return suite;
}

UNIT_MAIN(tree_suite)
