/* Parts of a scanned text against scans of their own. */
#include "unit.h"

#include "base/mem.h"
#include "base/str.h"
#include "x509/bundle.h"

#include "../x509/make_cert.h"

static char *one;
static char *two;
static char *three;

static void set_up(void)
{
	one = make_ca("One");
	two = make_ca("Two");
	three = make_ca("Three");
}

static void tear_down(void)
{
	free(one);
	free(two);
	free(three);
}

static struct tmd_bundle scan(const char *text, size_t len)
{
	struct tmd_bundle bundle = { 0 };
	struct tmd_error err;

	ck_ok(tmd_bundle_scan(text, len, &bundle, &err), err);
	return bundle;
}

/* The slice of `part` between two other certificates; false when there is none. */
static bool slice_of(const char *part, struct tmd_buf *text, struct tmd_bundle *whole,
		     struct tmd_bundle *slice)
{
	size_t from;
	size_t to;

	tmd_buf_add_str(text, one);
	from = text->len;
	tmd_buf_add_str(text, part);
	to = text->len;
	tmd_buf_add_str(text, three);
	*whole = scan(tmd_buf_str(text), text->len);
	return tmd_bundle_slice(whole, tmd_buf_str(text), from, to, slice);
}

static void is_the_scan_of_its_lines(const char *part)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	struct tmd_bundle alone = scan(part, strlen(part));
	struct tmd_bundle whole;
	struct tmd_bundle slice = { 0 };

	ck_assert(slice_of(part, &text, &whole, &slice));
	ck_assert_uint_eq(slice.count, alone.count);
	ck_assert_uint_eq(alone.problems.count, 0);
	ck_assert(slice.loads && alone.loads && slice.final_newline);
	for (size_t i = 0; i < slice.count; i++) {
		const struct tmd_bundle_entry *entry = &slice.entries[i];

		ck_assert(tmd_bundle_entry_is(entry, alone.entries[i].der,
					      alone.entries[i].der_len));
		ck_assert_uint_eq(entry->at, alone.entries[i].at);
		ck_assert_uint_eq(entry->block, alone.entries[i].block);
		ck_assert_uint_eq(entry->own, alone.entries[i].own);
		ck_assert_uint_eq(entry->line, alone.entries[i].line);
		ck_assert_int_eq(entry->not_after, alone.entries[i].not_after);
		ck_assert_int_eq((int)entry->trust, (int)alone.entries[i].trust);
	}
	tmd_bundle_release(&slice);
	tmd_bundle_release(&whole);
	tmd_bundle_release(&alone);
}

static void has_no_slice(const char *part)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	struct tmd_bundle whole;
	struct tmd_bundle slice = { 0 };

	ck_assert(!slice_of(part, &text, &whole, &slice));
	ck_assert_ptr_null(slice.entries);
	tmd_bundle_release(&whole);
}

START_TEST(a_plain_part_is_what_it_is_alone)
{
	TMD_AUTO_FREE char *both = tmd_format("%s%s", two, three);
	TMD_AUTO_FREE char *labelled = tmd_format("# Two\n\n%s\n# end\n", two);

	is_the_scan_of_its_lines(two);
	is_the_scan_of_its_lines(both);
	is_the_scan_of_its_lines(labelled);
}
END_TEST

START_TEST(a_part_of_which_there_is_something_to_say_has_no_slice)
{
	TMD_AUTO_FREE char *twice = tmd_format("%s%s", two, two);
	TMD_AUTO_FREE char *loose = tmd_format("MIIBszCCAVmgAwIBAgIUQ\n%s", two);
	TMD_AUTO_FREE char *told = tmd_format("This is the root of our company.\n%s", two);

	has_no_slice(twice);
	has_no_slice(loose);
	has_no_slice(told);
	has_no_slice("# nothing\n");
	has_no_slice("");
}
END_TEST

START_TEST(a_damaged_neighbour_leaves_no_slices)
{
	TMD_AUTO_FREE char *text = tmd_format("%s-----BEGIN CERTIFICATE-----\n!\n", one);
	struct tmd_bundle whole = scan(text, strlen(text));
	struct tmd_bundle slice = { 0 };

	ck_assert(!tmd_bundle_slice(&whole, text, 0, strlen(one), &slice));
	tmd_bundle_release(&whole);
}
END_TEST

START_TEST(a_part_ends_with_its_line_and_its_block)
{
	TMD_AUTO_FREE char *text = tmd_format("%s%s", one, two);
	struct tmd_bundle whole = scan(text, strlen(text));
	struct tmd_bundle slice = { 0 };

	ck_assert(!tmd_bundle_slice(&whole, text, 0, strlen(one) - 1, &slice));
	ck_assert(!tmd_bundle_slice(&whole, text, 0, strlen(one) + 28, &slice));
	ck_assert(!tmd_bundle_slice(&whole, text, 0, 0, &slice));
	ck_assert(tmd_bundle_slice(&whole, text, 0, strlen(one), &slice));
	tmd_bundle_release(&slice);
	tmd_bundle_release(&whole);
}
END_TEST

static Suite *slice_suite(void)
{
	Suite *suite = suite_create("slice");
	TCase *tcase = tcase_create("slice");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, a_plain_part_is_what_it_is_alone);
	tcase_add_test(tcase, a_part_of_which_there_is_something_to_say_has_no_slice);
	tcase_add_test(tcase, a_damaged_neighbour_leaves_no_slices);
	tcase_add_test(tcase, a_part_ends_with_its_line_and_its_block);
	suite_add_tcase(suite, tcase);
	return suite;
}

UNIT_MAIN(slice_suite)
