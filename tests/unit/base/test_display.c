/* What a person gets to see of texts that others wrote. */
#include "unit.h"

#include "base/display.h"
#include "base/str.h"

#define HARMLESS "D\xC3\xA9j\xC3\xA0 \xE4\xB8\xAD\xE6\x96\x87 \xF0\x9F\x8E\xAC ~\\ \xC2\xA0"

static void expect(const char *text, size_t len, const char *wanted)
{
	TMD_AUTO_BUF struct tmd_buf out = { 0 };

	ck_assert_uint_eq(tmd_display_add(&out, text, len, SIZE_MAX), 0);
	ck_assert_str_eq(tmd_buf_str(&out), wanted);
	ck_assert(tmd_utf8_valid(tmd_buf_str(&out), out.len));
}

/* `code` in UTF-8, surrogates too. */
static size_t encode(uint32_t code, char *out)
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (char)(0xC0 | code >> 6);
		out[1] = (char)(0x80 | (code & 0x3F));
		return 2;
	}
	if (code < 0x10000) {
		out[0] = (char)(0xE0 | code >> 12);
		out[1] = (char)(0x80 | (code >> 6 & 0x3F));
		out[2] = (char)(0x80 | (code & 0x3F));
		return 3;
	}
	out[0] = (char)(0xF0 | code >> 18);
	out[1] = (char)(0x80 | (code >> 12 & 0x3F));
	out[2] = (char)(0x80 | (code >> 6 & 0x3F));
	out[3] = (char)(0x80 | (code & 0x3F));
	return 4;
}

START_TEST(harmless_text_is_shown_as_it_is)
{
	expect(HARMLESS, strlen(HARMLESS), HARMLESS);
	expect("", 0, "");
}
END_TEST

START_TEST(controls_are_written_as_escapes)
{
	expect("\033]0;x\a\033[2J", 10, "\\x1b]0;x\\x07\\x1b[2J");
	expect("a\nb\tc\rd\x7F", 8, "a\\nb\\tc\\rd\\x7f");
	expect("a\0b", 3, "a\\x00b");
	expect("\xC2\x9B" "2J", 4, "\\u009b2J");
}
END_TEST

START_TEST(bytes_that_are_not_utf8_are_written_as_escapes)
{
	expect("\x9B" "2J \xFF \xC0\xAF", 8, "\\x9b2J \\xff \\xc0\\xaf");
	expect("\xE2\x80", 2, "\\xe2\\x80");
	expect("\xED\xA0\x80", 3, "\\xed\\xa0\\x80");
}
END_TEST

START_TEST(marks_that_nobody_sees_are_written_as_escapes)
{
	static const uint32_t marks[] = {
		0x61C,	0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2028, 0x2029,	 0x202A,
		0x202E, 0x2060, 0x2066, 0x2069, 0xAD,	0xFEFF, 0xFE0F, 0x3164,	 0xFFF9,
		0x80,	0x9F,	0xFFFF, 0xE0001, 0xE0041, 0xE007F, 0xE0100, 0x10FFFF,
	};

	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
		char text[4];
		char wanted[16];
		size_t len = encode(marks[i], text);

		snprintf(wanted, sizeof(wanted), marks[i] < 0x10000 ? "\\u%04x" : "\\U%08x",
			 (unsigned)marks[i]);
		expect(text, len, wanted);
	}
}
END_TEST

/* Whatever comes in, only printable ASCII and other visible characters come out. */
START_TEST(no_character_gets_through_that_is_hidden)
{
	for (uint32_t code = 0; code <= 0x10FFFF; code++) {
		TMD_AUTO_BUF struct tmd_buf out = { 0 };
		char text[4];
		size_t len = encode(code, text);
		bool same;

		(void)tmd_display_add(&out, text, len, SIZE_MAX);
		same = tmd_buf_equal(&out, text, len);
		if (same == tmd_display_is_hidden(code)) /* Check notes every assertion in a file */
			ck_abort_msg("U+%04X", (unsigned)code);
	}
}
END_TEST

START_TEST(what_is_too_long_is_counted_in_characters)
{
	TMD_AUTO_BUF struct tmd_buf out = { 0 };

	ck_assert_uint_eq(tmd_display_add(&out, "\xC3\xA9\033\xC3\xA9\xFFz", 7, 3), 2);
	ck_assert_str_eq(tmd_buf_str(&out), "\xC3\xA9\\x1b\xC3\xA9");
}
END_TEST

START_TEST(json_keeps_its_values_and_shows_no_marks)
{
	static const char text[] = "{\n \"a\": \"\xE2\x80\xAE\xC2\x9B\x7F\\u001b\xF3\xA0\x81\x81 \xC3\xA9\"\n}\n";
	TMD_AUTO_BUF struct tmd_buf out = { 0 };

	tmd_display_add_json(&out, text, strlen(text));
	ck_assert_str_eq(tmd_buf_str(&out), "{\n \"a\": \"\\u202e\\u009b\\u007f\\u001b"
					    "\\udb40\\udc41 \xC3\xA9\"\n}\n");
}
END_TEST

START_TEST(bytes_in_another_encoding_are_escaped_and_utf8_is_kept)
{
	static const struct {
		const char *text;
		const char *shown;
	} cases[] = {
		{ "", "" },
		{ "caf\xC3\xA9\n", "caf\xC3\xA9\n" },
		{ "caf\xE9\n", "caf\\xE9\n" },
		{ "\xC3\xA9 \xFF", "\\xC3\\xA9 \\xFF" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *shown = tmd_display_utf8(cases[i].text, strlen(cases[i].text));

		ck_assert_str_eq(shown, cases[i].shown);
		free(shown);
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("base_display");
	TCase *c = tcase_create("display");

	tcase_add_test(c, harmless_text_is_shown_as_it_is);
	tcase_add_test(c, controls_are_written_as_escapes);
	tcase_add_test(c, bytes_that_are_not_utf8_are_written_as_escapes);
	tcase_add_test(c, marks_that_nobody_sees_are_written_as_escapes);
	tcase_add_test(c, no_character_gets_through_that_is_hidden);
	tcase_add_test(c, what_is_too_long_is_counted_in_characters);
	tcase_add_test(c, json_keeps_its_values_and_shows_no_marks);
	tcase_add_test(c, bytes_in_another_encoding_are_escaped_and_utf8_is_kept);
	suite_add_tcase(s, c);
	return s;
}

UNIT_MAIN(suite)
