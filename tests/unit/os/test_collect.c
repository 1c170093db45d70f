/* Reading to the end: sources that are larger, smaller or slower than they seem, and ceilings. */
#include "os/collect.h"

#include "unit.h"

static char everything[20000];

/* Gives `left` bytes, at most `step` at once; fails when `fails_at` are left. */
struct tap {
	size_t left;
	size_t step;
	size_t fails_at;
	unsigned asked;
};

static enum tmd_rc draw(void *source, char *to, size_t room, size_t *got, struct tmd_error *err)
{
	struct tap *tap = source;
	size_t len = tap->left < tap->step ? tap->left : tap->step;

	tap->asked++;
	if (tap->fails_at && tap->left <= tap->fails_at)
		return tmd_fail(err, TMD_E_IO, "tap", NULL, "dry");
	len = len < room ? len : room;
	memcpy(to, everything + sizeof(everything) - tap->left, len);
	tap->left -= len;
	*got = len;
	return TMD_OK;
}

static struct tap tap;
static struct tmd_reader reader;
static struct tmd_buf out;
static struct tmd_error err;
static bool fits;

static void setup(void)
{
	for (size_t i = 0; i < sizeof(everything); i++)
		everything[i] = (char)('a' + i % 26);
	tap = (struct tap){ .left = sizeof(everything), .step = sizeof(everything) };
	reader = (struct tmd_reader){ draw, &tap, 0 };
	tmd_buf_init(&out, 30000);
	tmd_buf_add_str(&out, "before");
	fits = false;
}

static void teardown(void)
{
	tmd_buf_release(&out);
}

static void assert_everything(void)
{
	ck_assert(fits);
	ck_assert(tmd_buf_equal(&out, everything, sizeof(everything)));
	ck_assert_int_eq(out.data[out.len], '\0');
	ck_assert_uint_eq(out.max, 30000);
}

START_TEST(it_comes_whole_however_it_comes)
{
	static const size_t steps[] = { 1, 7, 4096, sizeof(everything) };

	tap.step = steps[_i];
	ck_ok(tmd_collect(&reader, sizeof(everything), &out, &fits, &err), err);
	assert_everything();
}
END_TEST

START_TEST(what_is_announced_is_only_a_guess)
{
	static const size_t guesses[] = { 1, 5000, sizeof(everything) - 1, sizeof(everything) + 1 };

	reader.expected = guesses[_i];
	ck_ok(tmd_collect(&reader, sizeof(everything), &out, &fits, &err), err);
	assert_everything();
}
END_TEST

START_TEST(a_right_guess_saves_the_second_look)
{
	reader.expected = sizeof(everything);
	ck_ok(tmd_collect(&reader, sizeof(everything), &out, &fits, &err), err);
	assert_everything();
	ck_assert_uint_eq(tap.asked, 1);
}
END_TEST

START_TEST(a_byte_too_many_leaves_everything_as_it_was)
{
	tap.step = 4096;
	ck_ok(tmd_collect(&reader, sizeof(everything) - 1, &out, &fits, &err), err);
	ck_assert(!fits);
	ck_assert_str_eq(tmd_buf_str(&out), "before");
}
END_TEST

START_TEST(it_stops_soon_after_the_ceiling)
{
	tap.step = 1000;
	ck_ok(tmd_collect(&reader, 1500, &out, &fits, &err), err);
	ck_assert(!fits);
	ck_assert_uint_eq(tap.asked, 2);
}
END_TEST

START_TEST(nothing_is_fine)
{
	tap.left = 0;
	ck_ok(tmd_collect(&reader, 0, &out, &fits, &err), err);
	ck_assert(fits);
	ck_assert_uint_eq(out.len, 0);
}
END_TEST

START_TEST(a_failure_leaves_everything_as_it_was)
{
	tap.step = 4096;
	tap.fails_at = 10000;
	ck_fails(tmd_collect(&reader, sizeof(everything), &out, &fits, &err), err, TMD_E_IO);
	ck_assert_str_eq(tmd_buf_str(&out), "before");
}
END_TEST

static Suite *collect_suite(void)
{
	Suite *suite = suite_create("collect");
	TCase *core = tcase_create("core");

	tcase_add_checked_fixture(core, setup, teardown);
	tcase_add_loop_test(core, it_comes_whole_however_it_comes, 0, 4);
	tcase_add_loop_test(core, what_is_announced_is_only_a_guess, 0, 4);
	tcase_add_test(core, a_right_guess_saves_the_second_look);
	tcase_add_test(core, a_byte_too_many_leaves_everything_as_it_was);
	tcase_add_test(core, it_stops_soon_after_the_ceiling);
	tcase_add_test(core, nothing_is_fine);
	tcase_add_test(core, a_failure_leaves_everything_as_it_was);
	suite_add_tcase(suite, core);
	return suite;
}

UNIT_MAIN(collect_suite)
