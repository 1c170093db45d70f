/* What is taken of an archive, and what is refused. */
#include "archive/archive.h"

#include "archive/gunzip.h"
#include "archive/names.h"
#include "archive/zip_fixture.h"
#include "base/mem.h"
#include "unit.h"

static enum tmd_rc read_zip(const struct zip_entry *entries, size_t count, struct tmd_archive *out,
			    struct tmd_error *err)
{
	TMD_AUTO_BUF struct tmd_buf zip = { 0 };

	zip_make(&zip, entries, count);
	return tmd_archive_read(zip.data, zip.len, "x.zip", NULL, out, err);
}

START_TEST(files_are_found_by_name_and_directories_by_their_files)
{
	static const struct zip_entry entries[] = {
		{ "b/c/d", "three", 0, 0, 0 }, { "./a", "one", 0100755, 0, 0 },
		{ "b/", "", 040755, 0, 0 },    { "b-x", "", 0, 0, 0 },
		{ "b/c/e", "", 0, 0, 0 },
	};
	TMD_AUTO_ARCHIVE struct tmd_archive archive = { 0 };
	TMD_AUTO_STRV struct tmd_strv names = { 0 };
	struct tmd_error err = { 0 };

	ck_ok(read_zip(entries, 5, &archive, &err), err);
	ck_assert_uint_eq(archive.count, 4);
	ck_assert_str_eq(tmd_buf_str(&tmd_archive_find(&archive, "b/c/d")->content), "three");
	ck_assert_ptr_null(tmd_archive_find(&archive, "b"));
	ck_assert(tmd_archive_has_directory(&archive, "b/c"));
	ck_assert(!tmd_archive_has_directory(&archive, "a"));
	tmd_archive_list(&archive, "", &names);
	ck_assert_uint_eq(names.count, 3);
	ck_assert_str_eq(names.items[0], "a");
	ck_assert_str_eq(names.items[1], "b");
	ck_assert_str_eq(names.items[2], "b-x");
	tmd_archive_list(&archive, "b/c", &names);
	ck_assert_uint_eq(names.count, 2);
}
END_TEST

static bool only_a(const char *name)
{
	return strcmp(name, "a") == 0;
}

START_TEST(what_nobody_wants_is_not_unpacked)
{
	static const struct zip_entry entries[] = { { "a", "one", 0, 0, 0 }, { "b", "x", 0, 0, 1 } };
	TMD_AUTO_BUF struct tmd_buf zip = { 0 };
	TMD_AUTO_ARCHIVE struct tmd_archive archive = { 0 };
	struct tmd_error err = { 0 };

	zip_make(&zip, entries, 2);
	ck_ok(tmd_archive_read(zip.data, zip.len, "x", only_a, &archive, &err), err);
	ck_assert(tmd_archive_find(&archive, "a")->wanted);
	ck_assert(!tmd_archive_find(&archive, "b")->wanted);
}
END_TEST

static void refused(const struct zip_entry *entries, size_t count, enum tmd_error_kind kind,
		    const char *why)
{
	struct tmd_archive archive = { 0 };
	struct tmd_error err = { 0 };

	ck_assert_msg(read_zip(entries, count, &archive, &err) == TMD_FAILED, "taken: %s", why);
	ck_assert_msg(strstr(err.message, why), "%s, not %s", err.message, why);
	ck_assert_int_eq(err.kind, kind);
}

START_TEST(what_is_no_plain_file_is_refused)
{
	static const struct zip_entry link = { "a", "/etc/passwd", 0120777, 0, 0 };
	static const struct zip_entry device = { "a", "", 020666, 0, 0 };
	static const struct zip_entry secret = { "a", "0123456789abcdef", 0, 1, 0 };
	static const struct zip_entry damaged = { "a", "x", 0, 0, 1 };

	refused(&link, 1, TMD_E_REFUSED, "is a link");
	refused(&device, 1, TMD_E_REFUSED, "is no file");
	refused(&secret, 1, TMD_E_REFUSED, "is encrypted");
	refused(&damaged, 1, TMD_E_INVALID_INPUT, "is damaged");
}
END_TEST

START_TEST(two_files_that_are_one_are_refused)
{
	static const struct zip_entry twice[] = { { "a", "1", 0, 0, 0 }, { "./a", "2", 0, 0, 0 } };
	static const struct zip_entry cases[] = { { "a", "1", 0, 0, 0 }, { "A", "2", 0, 0, 0 } };
	static const struct zip_entry both[] = { { "a", "1", 0, 0, 0 }, { "a/b", "2", 0, 0, 0 } };

	refused(twice, 2, TMD_E_REFUSED, "holds a twice");
	refused(cases, 2, TMD_E_REFUSED, "holds a twice");
	refused(both, 2, TMD_E_REFUSED, "as a file and as a directory");
}
END_TEST

START_TEST(a_zip_that_is_cut_off_is_refused)
{
	static const struct zip_entry entries[] = { { "a", "one", 0, 0, 0 }, { "b", "x", 0, 0, 0 } };
	TMD_AUTO_BUF struct tmd_buf zip = { 0 };

	zip_make(&zip, entries, 2);
	for (size_t len = 0; len < zip.len; len++) {
		struct tmd_archive archive = { 0 };
		struct tmd_error err = { 0 };

		ck_assert_msg(tmd_archive_read(zip.data, len, "x", NULL, &archive, &err) ==
				      TMD_FAILED, "taken: its first %zu bytes", len);
		ck_assert_int_eq(err.kind, TMD_E_INVALID_INPUT);
	}
}
END_TEST

static void named(const char *text, const char *wanted)
{
	TMD_AUTO_FREE char *name = NULL;
	const char *why = tmd_archive_name(text, &name);

	ck_assert_msg(!why, "%s: %s", text, why);
	ck_assert_str_eq(name, wanted);
}

static void unnamed(const char *text, const char *wanted)
{
	char *name = NULL;
	const char *why = tmd_archive_name(text, &name);

	ck_assert_msg(why && strstr(why, wanted), "%s: %s", text, why ? why : "taken");
}

START_TEST(a_name_stays_below_where_it_is_unpacked)
{
	TMD_AUTO_BUF struct tmd_buf deep = { 0 };

	for (int i = 0; i <= TMD_ARCHIVE_DEPTH_MAX; i++)
		tmd_buf_add_str(&deep, "a/");
	named("a", "a");
	named("./a//b/./c/", "a/b/c");
	named("./", "");
	named("..a/b..c", "..a/b..c");
	named("\xc3\xa9", "\xc3\xa9");
	unnamed("", "no name");
	unnamed("/etc/passwd", "absolute");
	unnamed("../a", "leads out");
	unnamed("a/../../b", "leads out");
	unnamed("a/..", "leads out");
	unnamed("a\\..\\b", "on Windows");
	unnamed("c:/a", "on Windows");
	unnamed("a:stream", "on Windows");
	unnamed("a./b", "another file on Windows");
	unnamed("a /b", "another file on Windows");
	unnamed("a\nb", "control characters");
	unnamed("a\xff", "not UTF-8");
	unnamed(tmd_buf_str(&deep), "too deep");
}
END_TEST

/* "hello\n", by gzip -n */
static const char hello[] = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb\x48\xcd\xc9\xc9\xe7\x02\x00"
			    "\x20\x30\x3a\x36\x06\x00\x00\x00";
#define HELLO (sizeof(hello) - 1)

static void gunzip_fails(const char *data, size_t len, size_t max, const char *why)
{
	TMD_AUTO_BUF struct tmd_buf out = { 0 };
	struct tmd_error err = { 0 };

	ck_assert(tmd_gunzip(data, len, max, "x", &out, &err) == TMD_FAILED);
	ck_assert_msg(strstr(err.message, why), "%s, not %s", err.message, why);
}

START_TEST(gzip_is_checked_to_its_end)
{
	TMD_AUTO_BUF struct tmd_buf out = { 0 };
	struct tmd_error err = { 0 };
	char other[HELLO + 1];

	ck_ok(tmd_gunzip(hello, HELLO, 6, "x", &out, &err), err);
	ck_assert_str_eq(tmd_buf_str(&out), "hello\n");
	gunzip_fails(hello, HELLO, 5, "more than 5 bytes");
	for (size_t len = 0; len < HELLO; len++)
		gunzip_fails(hello, len, 6, "in the middle");
	memcpy(other, hello, HELLO);
	other[HELLO] = 'x';
	gunzip_fails(other, HELLO + 1, 6, "follow the end");
	other[HELLO - 5] ^= 1;
	gunzip_fails(other, HELLO, 6, "damaged");
}
END_TEST

START_TEST(another_kind_of_file_is_none)
{
	struct tmd_archive archive = { 0 };
	struct tmd_error err = { 0 };

	ck_assert(tmd_archive_read("text", 4, "x", NULL, &archive, &err) == TMD_FAILED);
	ck_assert_str_eq(err.message, "not an archive");
	ck_assert(tmd_archive_read(hello, HELLO, "x", NULL, &archive, &err) == TMD_FAILED);
	ck_assert_str_eq(err.message, "the archive ends in the middle");
}
END_TEST

static Suite *archive_suite(void)
{
	Suite *suite = suite_create("archive");
	TCase *core = tcase_create("core");

	tcase_add_test(core, files_are_found_by_name_and_directories_by_their_files);
	tcase_add_test(core, what_nobody_wants_is_not_unpacked);
	tcase_add_test(core, what_is_no_plain_file_is_refused);
	tcase_add_test(core, two_files_that_are_one_are_refused);
	tcase_add_test(core, a_zip_that_is_cut_off_is_refused);
	tcase_add_test(core, a_name_stays_below_where_it_is_unpacked);
	tcase_add_test(core, gzip_is_checked_to_its_end);
	tcase_add_test(core, another_kind_of_file_is_none);
	suite_add_tcase(suite, core);
	return suite;
}

UNIT_MAIN(archive_suite)
