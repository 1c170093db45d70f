/* Keys get into memory by mistake: none goes back to the system with one in it. */
#include <stdlib.h>

static void spy_free(void *data);
#define free spy_free

#include "base/buf.c"
#include "base/mem.c"
#include "base/value.c"

#undef free

#include "unit.h"

#define SECRET "-----BEGIN PRIVATE KEY-----"

static void *watched;
static size_t watched_len;
static unsigned seen; /* times that the watched memory went back, all of it zero */

static void watch(void *data, size_t len)
{
	watched = data;
	watched_len = len;
	seen = 0;
}

static void spy_free(void *data)
{
	const char *byte = data;

	for (size_t i = 0; data && data == watched && i < watched_len; i++)
		ck_assert_int_eq(byte[i], 0);
	if (data && data == watched) {
		watched = NULL;
		seen++;
	}
	free(data);
}

START_TEST(released_buffer_is_wiped_behind_its_end_too)
{
	struct tmd_buf buf = { 0 };

	tmd_buf_add_str(&buf, SECRET);
	tmd_buf_clear(&buf);
	watch(buf.data, sizeof(SECRET));
	tmd_buf_release(&buf);
	ck_assert_uint_eq(seen, 1);
}
END_TEST

START_TEST(growing_leaves_nothing_behind)
{
	TMD_AUTO_BUF struct tmd_buf buf = { 0 };

	tmd_buf_add_str(&buf, SECRET);
	watch(buf.data, sizeof(SECRET));
	for (int i = 0; i < 1000; i++)
		tmd_buf_add_char(&buf, 'x');
	ck_assert_uint_eq(seen, 1);
	ck_assert_uint_eq(buf.len, strlen(SECRET) + 1000);
	ck_assert_int_eq(strncmp(buf.data, SECRET "xxx", strlen(SECRET) + 3), 0);
}
END_TEST

START_TEST(value_is_wiped)
{
	struct tmd_value value = { 0 };

	tmd_value_set_string(&value, SECRET);
	watch(value.string, strlen(SECRET));
	tmd_value_release(&value);
	ck_assert_uint_eq(seen, 1);
}
END_TEST

/* The list is freed elsewhere: it is looked at before that. */
START_TEST(value_of_several_is_wiped)
{
	struct tmd_value value = { 0 };
	char *items[1];

	items[0] = tmd_strdup(SECRET);
	value.kind = TMD_V_LIST;
	value.list = (struct tmd_strv){ .items = items, .count = 1 };
	wipe_list(&value.list);
	ck_assert_str_eq(items[0], "");
	free(items[0]);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("wipe");
	TCase *wiped = tcase_create("wiped");

	tcase_add_test(wiped, released_buffer_is_wiped_behind_its_end_too);
	tcase_add_test(wiped, growing_leaves_nothing_behind);
	tcase_add_test(wiped, value_is_wiped);
	tcase_add_test(wiped, value_of_several_is_wiped);
	suite_add_tcase(s, wiped);
	return s;
}

UNIT_MAIN(suite)
