/* The growing buffer: contents, ceiling, splicing. */
#include "base/buf.h"

#include "unit.h"

static void assert_text(const struct tmd_buf *buf, const char *text)
{
	ck_assert_str_eq(tmd_buf_str(buf), text);
	ck_assert_uint_eq(buf->len, strlen(text));
}

START_TEST(zeroed_buffer_is_an_empty_text)
{
	struct tmd_buf buf = { 0 };

	ck_assert_str_eq(tmd_buf_str(&buf), "");
	ck_assert(tmd_buf_equal(&buf, "", 0));
	ck_assert(tmd_buf_equal(&buf, NULL, 0));
	tmd_buf_clear(&buf);
	tmd_buf_release(&buf);
	tmd_buf_release(NULL);
}
END_TEST

START_TEST(appends_are_joined_and_terminated)
{
	TMD_AUTO_BUF struct tmd_buf buf = { 0 };

	tmd_buf_add(&buf, "abc", 2);
	tmd_buf_add(&buf, NULL, 0);
	tmd_buf_add_str(&buf, "-cd");
	tmd_buf_add_char(&buf, '!');
	tmd_buf_addf(&buf, "%d/%s", 7, "x");
	assert_text(&buf, "ab-cd!7/x");
}
END_TEST

START_TEST(buffer_may_hold_nul_bytes)
{
	TMD_AUTO_BUF struct tmd_buf buf = { 0 };

	tmd_buf_add(&buf, "a\0b", 3);
	ck_assert_uint_eq(buf.len, 3);
	ck_assert(tmd_buf_equal(&buf, "a\0b", 3));
	ck_assert(!tmd_buf_equal(&buf, "a\0c", 3));
	ck_assert(!tmd_buf_equal(&buf, "a\0b", 2));
}
END_TEST

START_TEST(format_longer_than_the_first_room_is_whole)
{
	TMD_AUTO_BUF struct tmd_buf buf = { 0 };
	char wide[3000];

	memset(wide, 'w', sizeof(wide));
	wide[sizeof(wide) - 1] = '\0';
	tmd_buf_addf(&buf, "<%s>", wide);
	ck_assert_uint_eq(buf.len, strlen(wide) + 2);
	ck_assert_int_eq(buf.data[buf.len - 1], '>');
}
END_TEST

START_TEST(fitted_holds_its_text_and_no_more)
{
	TMD_AUTO_BUF struct tmd_buf buf = { 0 };

	tmd_buf_fit(&buf);
	assert_text(&buf, "");
	ck_assert_ptr_nonnull(tmd_buf_reserve(&buf, 1000));
	tmd_buf_add_str(&buf, "abc");
	tmd_buf_fit(&buf);
	assert_text(&buf, "abc");
	ck_assert_uint_eq(buf.cap, 4);
	tmd_buf_add_str(&buf, "def");
	assert_text(&buf, "abcdef");
}
END_TEST

START_TEST(append_past_the_ceiling_is_dropped_whole)
{
	TMD_AUTO_BUF struct tmd_buf buf;
	struct tmd_error err;

	tmd_buf_init(&buf, 4);
	tmd_buf_add_str(&buf, "abc");
	ck_ok(tmd_buf_check(&buf, "/x", &err), err);
	tmd_buf_add_str(&buf, "de");
	assert_text(&buf, "abc");
	ck_assert(buf.overflow);
	ck_fails(tmd_buf_check(&buf, "/x", &err), err, TMD_E_IO);
	ck_assert_str_eq(err.path, "/x");
	ck_assert_ptr_nonnull(strstr(err.message, "4 bytes"));
	tmd_buf_addf(&buf, "%s", "fgh");
	assert_text(&buf, "abc");
	tmd_buf_clear(&buf);
	ck_ok(tmd_buf_check(&buf, "/x", &err), err);
	tmd_buf_add_str(&buf, "wxyz");
	assert_text(&buf, "wxyz");
}
END_TEST

START_TEST(reserve_refuses_sizes_that_wrap_around)
{
	TMD_AUTO_BUF struct tmd_buf buf = { 0 };

	tmd_buf_add_str(&buf, "abc");
	ck_assert_ptr_null(tmd_buf_reserve(&buf, SIZE_MAX));
	ck_assert_ptr_null(tmd_buf_reserve(&buf, SIZE_MAX - 2));
	ck_assert_ptr_null(tmd_buf_reserve(&buf, TMD_BUF_MAX));
	ck_assert(buf.overflow);
	assert_text(&buf, "abc");
}
END_TEST

START_TEST(reserved_room_can_be_filled)
{
	TMD_AUTO_BUF struct tmd_buf buf = { 0 };
	char *room;

	tmd_buf_add_str(&buf, "a");
	room = tmd_buf_reserve(&buf, 2);
	ck_assert_ptr_nonnull(room);
	memcpy(room, "bc", 3);
	buf.len += 2;
	assert_text(&buf, "abc");
}
END_TEST

START_TEST(splice_shrinks_grows_and_inserts)
{
	TMD_AUTO_BUF struct tmd_buf buf = { 0 };

	tmd_buf_add_str(&buf, "version: v1 # c");
	tmd_buf_splice(&buf, 9, 2, "v0.23.10", 8);
	assert_text(&buf, "version: v0.23.10 # c");
	tmd_buf_splice(&buf, 9, 8, "x", 1);
	assert_text(&buf, "version: x # c");
	tmd_buf_splice(&buf, 14, 0, "!", 1);
	assert_text(&buf, "version: x # c!");
	tmd_buf_splice(&buf, 0, 9, NULL, 0);
	assert_text(&buf, "x # c!");
}
END_TEST

START_TEST(splice_into_an_empty_buffer)
{
	TMD_AUTO_BUF struct tmd_buf buf = { 0 };

	tmd_buf_splice(&buf, 0, 0, NULL, 0);
	assert_text(&buf, "");
	tmd_buf_splice(&buf, 0, 0, "ab", 2);
	assert_text(&buf, "ab");
}
END_TEST

START_TEST(splice_past_the_ceiling_changes_nothing)
{
	TMD_AUTO_BUF struct tmd_buf buf;

	tmd_buf_init(&buf, 4);
	tmd_buf_add_str(&buf, "abcd");
	tmd_buf_splice(&buf, 1, 1, "xyz", 3);
	assert_text(&buf, "abcd");
	ck_assert(buf.overflow);
}
END_TEST

START_TEST(steal_hands_the_text_over)
{
	TMD_AUTO_BUF struct tmd_buf buf = { 0 };
	char *text;

	tmd_buf_add_str(&buf, "abc");
	text = tmd_buf_steal(&buf);
	ck_assert_str_eq(text, "abc");
	free(text);
	assert_text(&buf, "");
	text = tmd_buf_steal(&buf);
	ck_assert_str_eq(text, "");
	free(text);
	tmd_buf_add_str(&buf, "again");
	assert_text(&buf, "again");
}
END_TEST

static Suite *buf_suite(void)
{
	Suite *suite = suite_create("buf");
	TCase *core = tcase_create("core");

	tcase_add_test(core, zeroed_buffer_is_an_empty_text);
	tcase_add_test(core, appends_are_joined_and_terminated);
	tcase_add_test(core, buffer_may_hold_nul_bytes);
	tcase_add_test(core, format_longer_than_the_first_room_is_whole);
	tcase_add_test(core, append_past_the_ceiling_is_dropped_whole);
	tcase_add_test(core, fitted_holds_its_text_and_no_more);
	tcase_add_test(core, reserve_refuses_sizes_that_wrap_around);
	tcase_add_test(core, reserved_room_can_be_filled);
	tcase_add_test(core, splice_shrinks_grows_and_inserts);
	tcase_add_test(core, splice_into_an_empty_buffer);
	tcase_add_test(core, splice_past_the_ceiling_changes_nothing);
	tcase_add_test(core, steal_hands_the_text_over);
	suite_add_tcase(suite, core);
	return suite;
}

UNIT_MAIN(buf_suite)
