/* Reparse data of symbolic links and junctions: what they say, and what is made of nonsense. */
#include <windows.h>

#include <stdlib.h>
#include <wchar.h>

#include "os/win32/fs_internal.h"
#include "unit.h"

struct reparse {
	unsigned char bytes[4096];
	size_t len;
};

static void put16(struct reparse *data, size_t at, size_t value)
{
	data->bytes[at] = (unsigned char)value;
	data->bytes[at + 1] = (unsigned char)(value >> 8);
}

static void put32(struct reparse *data, size_t at, unsigned long value)
{
	put16(data, at, value & 0xFFFF);
	put16(data, at + 2, value >> 16);
}

/* As Windows lays it out: the name for show comes first, so that offsets matter. */
static struct reparse make(unsigned long tag, const wchar_t *name, unsigned long flags)
{
	static const wchar_t shown[] = L"C:\\for show";
	struct reparse data = { .len = tag == IO_REPARSE_TAG_SYMLINK ? 20 : 16 };
	size_t shown_len = sizeof(shown) - sizeof(*shown);
	size_t name_len = wcslen(name) * sizeof(*name);

	put32(&data, 0, tag);
	put16(&data, 8, shown_len);
	put16(&data, 10, name_len);
	put16(&data, 12, 0);
	put16(&data, 14, shown_len);
	if (tag == IO_REPARSE_TAG_SYMLINK)
		put32(&data, 16, flags);
	memcpy(data.bytes + data.len, shown, shown_len);
	memcpy(data.bytes + data.len + shown_len, name, name_len);
	data.len += shown_len + name_len;
	put16(&data, 4, data.len - 8);
	return data;
}

static void assert_target(unsigned long tag, const wchar_t *name, unsigned long flags,
			  const char *wanted)
{
	struct reparse data = make(tag, name, flags);
	char *target = tmd_link_target(data.bytes, data.len);

	if (wanted)
		ck_assert_ptr_nonnull(target);
	ck_assert_pstr_eq(target, wanted);
	free(target);
}

START_TEST(links_say_where_they_lead)
{
	assert_target(IO_REPARSE_TAG_SYMLINK, L"..\\usr\\a", SYMLINK_FLAG_RELATIVE, "..\\usr\\a");
	assert_target(IO_REPARSE_TAG_SYMLINK, L"\\usr", SYMLINK_FLAG_RELATIVE, "\\usr");
	assert_target(IO_REPARSE_TAG_SYMLINK, L"\\??\\C:\\usr\\a", 0, "C:\\usr\\a");
	assert_target(IO_REPARSE_TAG_SYMLINK, L"\\??\\UNC\\srv\\share\\a", 0, "\\\\srv\\share\\a");
	assert_target(IO_REPARSE_TAG_SYMLINK, L"\\??\\C:\\Gr\x00FC\x00DF", 0,
		      "C:\\Gr\xC3\xBC\xC3\x9F");
}
END_TEST

START_TEST(junctions_say_where_they_lead)
{
	assert_target(IO_REPARSE_TAG_MOUNT_POINT, L"\\??\\D:\\dir\\", 0, "D:\\dir\\");
	assert_target(IO_REPARSE_TAG_MOUNT_POINT, L"\\??\\D:", 0, "D:\\");
	assert_target(IO_REPARSE_TAG_MOUNT_POINT, L"\\??\\Volume{0123}\\", 0,
		      "\\\\?\\Volume{0123}\\");
}
END_TEST

START_TEST(other_kinds_and_other_places_are_none)
{
	assert_target(0xA000001D, L"/usr/a", 0, NULL); /* of the Linux subsystem */
	assert_target(0x8000001B, L"C:\\x", 0, NULL);
	assert_target(IO_REPARSE_TAG_SYMLINK, L"C:\\usr", 0, NULL);
	assert_target(IO_REPARSE_TAG_SYMLINK, L"\\Device\\x", 0, NULL);
	assert_target(IO_REPARSE_TAG_MOUNT_POINT, L"usr", 0, NULL);
	assert_target(IO_REPARSE_TAG_SYMLINK, L"", SYMLINK_FLAG_RELATIVE, NULL);
}
END_TEST

/* A copy of just that size, so that a sanitizer or a guard page sees who reads on. */
static char *target_of(const struct reparse *data, size_t len)
{
	unsigned char *copy = malloc(len ? len : 1);
	char *target;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, data->bytes, len);
	target = tmd_link_target(copy, len);
	free(copy);
	return target;
}

START_TEST(data_that_end_too_early_are_none)
{
	const struct reparse data = make(IO_REPARSE_TAG_SYMLINK, L"..\\a", SYMLINK_FLAG_RELATIVE);

	for (size_t len = 0; len < data.len; len++)
		ck_assert_ptr_null(target_of(&data, len));
}
END_TEST

START_TEST(lengths_and_offsets_that_lie_are_none)
{
	static const struct {
		size_t at;
		size_t value;
	} lies[] = {
		{ 8, 0xFFFF },	/* the name begins behind the data */
		{ 8, 24 },	/* ends behind them */
		{ 10, 0xFFFE }, /* is too long */
		{ 10, 7 },	/* ends within a character */
		{ 4, 10 },	/* the data are shorter than they say inside */
		{ 4, 0 },
	};

	for (size_t i = 0; i < sizeof(lies) / sizeof(*lies); i++) {
		struct reparse data = make(IO_REPARSE_TAG_SYMLINK, L"..\\a", SYMLINK_FLAG_RELATIVE);

		put16(&data, lies[i].at, lies[i].value);
		ck_assert_msg(!target_of(&data, data.len), "%zu", i);
	}
}
END_TEST

START_TEST(a_nul_in_the_name_is_none)
{
	struct reparse data = make(IO_REPARSE_TAG_SYMLINK, L"..\\a", SYMLINK_FLAG_RELATIVE);

	put16(&data, data.len - 4, 0);
	ck_assert_ptr_null(target_of(&data, data.len));
}
END_TEST

static Suite *suite(void)
{
	Suite *all = suite_create("os/fs_link");
	TCase *tc = tcase_create("link");

	tcase_add_test(tc, links_say_where_they_lead);
	tcase_add_test(tc, junctions_say_where_they_lead);
	tcase_add_test(tc, other_kinds_and_other_places_are_none);
	tcase_add_test(tc, data_that_end_too_early_are_none);
	tcase_add_test(tc, lengths_and_offsets_that_lie_are_none);
	tcase_add_test(tc, a_nul_in_the_name_is_none);
	suite_add_tcase(all, tc);
	return all;
}

UNIT_MAIN(suite)
