/* Scalars as PyYAML resolves them; every expectation was taken from PyYAML 6. */
#include "yaml/scalar.h"

#include "unit.h"

static void assert_value(enum tmd_yaml_tag tag, const char *text, const char *wanted)
{
	char *shown;

	ck_assert_msg(tmd_yaml_resolve_plain(text) == tag, "%s is %s", text,
		      tmd_yaml_tag_name(tmd_yaml_resolve_plain(text)));
	ck_assert_msg(tmd_yaml_scalar_valid(tag, text, strlen(text)), "%s", text);
	shown = tmd_yaml_python_text(tag, text, strlen(text));
	if (!wanted)
		ck_assert_msg(!shown, "%s is shown as %s", text, shown);
	else
		ck_assert_str_eq(shown, wanted);
	free(shown);
}

START_TEST(texts_stay_texts)
{
	static const char *const texts[] = { "v0.23.10", "0.23.10", "1.2.3",	"08",	   "1e5",
					     "y",	 "n",	    "nUll",	"a6512fa", "latest",
					     "1__.x",	 "-.nan",   "+",	"-",	   "1:60",
					     "0x",	 "0b",	    "2001-1-1", ".",	   "0o17",
					     "12e+3",	 "<<<",	    "==",	NULL };

	for (size_t i = 0; texts[i]; i++)
		assert_value(TMD_YAML_STR, texts[i], texts[i]);
}
END_TEST

START_TEST(integers_are_shown_where_python_prints_them_as_written)
{
	static const char *const otherwise[] = {
		"-0",	  "+12", "12_000", "0123",    "-0x1F",	   "0b1010_0111",
		"190:20:30", "-1:1", "00",     "0xffffff", "01234567", NULL,
	};

	assert_value(TMD_YAML_INT, "0", "0");
	assert_value(TMD_YAML_INT, "-12", "-12");
	assert_value(TMD_YAML_INT, "1234567890123456789012345678901234567890",
		     "1234567890123456789012345678901234567890");
	for (size_t i = 0; otherwise[i]; i++)
		assert_value(TMD_YAML_INT, otherwise[i], NULL);
}
END_TEST

START_TEST(floats_are_never_shown)
{
	static const char *const floats[] = {
		"0.20", "1.", ".5", "-1_0.2_5", "6.8523015e+5", "190:20:30.15", "0.2",
		"1.0e-400", "-0.0", "-.Inf", ".NaN", NULL,
	};

	for (size_t i = 0; floats[i]; i++)
		assert_value(TMD_YAML_FLOAT, floats[i], NULL);
}
END_TEST

START_TEST(words_become_booleans_and_null)
{
	assert_value(TMD_YAML_BOOL, "yes", "True");
	assert_value(TMD_YAML_BOOL, "OFF", "False");
	assert_value(TMD_YAML_BOOL, "On", "True");
	assert_value(TMD_YAML_NULL, "", NULL);
	assert_value(TMD_YAML_NULL, "~", NULL);
	assert_value(TMD_YAML_NULL, "Null", NULL);
	assert_value(TMD_YAML_MERGE, "<<", NULL);
	assert_value(TMD_YAML_VALUE, "=", NULL);
}
END_TEST

START_TEST(dates_are_shown_and_times_are_not)
{
	assert_value(TMD_YAML_TIMESTAMP, "2019-02-20", "2019-02-20");
	assert_value(TMD_YAML_TIMESTAMP, "2001-12-14t21:59:43.10-05:00", NULL);
	assert_value(TMD_YAML_TIMESTAMP, "2001-2-4 1:09:43 Z", NULL);
	assert_value(TMD_YAML_TIMESTAMP, "2001-12-14 21:59:43.123456789", NULL);
}
END_TEST

static bool is_valid(enum tmd_yaml_tag tag, const char *text)
{
	return tmd_yaml_scalar_valid(tag, text, strlen(text));
}

START_TEST(values_that_python_cannot_build)
{
	ck_assert(!is_valid(TMD_YAML_TIMESTAMP, "2024-02-30"));
	ck_assert(is_valid(TMD_YAML_TIMESTAMP, "2024-02-29"));
	ck_assert(!is_valid(TMD_YAML_TIMESTAMP, "1900-02-29"));
	ck_assert(!is_valid(TMD_YAML_TIMESTAMP, "0000-01-01"));
	ck_assert(!is_valid(TMD_YAML_TIMESTAMP, "2024-01-01 24:00:00"));
	ck_assert(!is_valid(TMD_YAML_TIMESTAMP, "2024-01-01 00:00:00 +24:00"));
	ck_assert(!is_valid(TMD_YAML_INT, "0x_"));
	ck_assert(!is_valid(TMD_YAML_INT, "-0b__"));
	ck_assert(!is_valid(TMD_YAML_INT, "abc"));
	ck_assert(is_valid(TMD_YAML_FLOAT, "1"));
	ck_assert(!is_valid(TMD_YAML_FLOAT, "0x1"));
	ck_assert(!is_valid(TMD_YAML_BOOL, "maybe"));
}
END_TEST

/* Each as PyYAML builds it, or refuses to. */
START_TEST(tagged_numbers_and_booleans_are_pythons)
{
	static const char *const floats[] = { "1e5",  "1E5",  "1e-5", ".5e3", "1.e5", "-1",
					      "1__0", "+.5",  "1e5_", "08",   NULL };
	static const char *const none[] = { "",	  "_",	   "e5", "1e", "1e+", "1.5.2",
					    ".",  "1e5.0", "+",	 "a",  "1_e_x", NULL };

	for (size_t i = 0; floats[i]; i++)
		ck_assert_msg(is_valid(TMD_YAML_FLOAT, floats[i]), "%s", floats[i]);
	for (size_t i = 0; none[i]; i++)
		ck_assert_msg(!is_valid(TMD_YAML_FLOAT, none[i]), "%s", none[i]);
	ck_assert(is_valid(TMD_YAML_BOOL, "yEs"));
	ck_assert(is_valid(TMD_YAML_BOOL, "oFF"));
	ck_assert(!is_valid(TMD_YAML_BOOL, "y"));
}
END_TEST

START_TEST(binary_is_whole_base64)
{
	ck_assert(is_valid(TMD_YAML_BINARY, "dHJ1 c3Rt\nZW5k"));
	ck_assert(is_valid(TMD_YAML_BINARY, "YQ=="));
	ck_assert(is_valid(TMD_YAML_BINARY, ""));
	ck_assert(!is_valid(TMD_YAML_BINARY, "YQ="));
	ck_assert(!is_valid(TMD_YAML_BINARY, "YQ=a"));
	ck_assert(is_valid(TMD_YAML_BINARY, "===="));
	ck_assert(is_valid(TMD_YAML_BINARY, "Y-Q_=="));
	ck_assert(is_valid(TMD_YAML_BINARY, "YQ==a"));
	ck_assert(!is_valid(TMD_YAML_BINARY, "Y"));
	ck_assert(!is_valid(TMD_YAML_BINARY, "\xC3\xA4=="));
}
END_TEST

START_TEST(a_nul_is_part_of_texts_only)
{
	ck_assert(tmd_yaml_scalar_valid(TMD_YAML_STR, "1\0" "2", 3));
	ck_assert(!tmd_yaml_scalar_valid(TMD_YAML_INT, "1\0" "2", 3));
	ck_assert_ptr_null(tmd_yaml_python_text(TMD_YAML_STR, "v1\0" "2", 4));
}
END_TEST

START_TEST(numbers_that_python_will_not_read)
{
	char text[4302];

	memset(text, '7', sizeof(text));
	text[4300] = '\0';
	assert_value(TMD_YAML_INT, text, text);
	text[4300] = '7';
	text[4301] = '\0';
	ck_assert(!is_valid(TMD_YAML_INT, text));
}
END_TEST

static Suite *scalar_suite(void)
{
	Suite *suite = suite_create("yaml scalars");
	TCase *core = tcase_create("core");

	tcase_add_test(core, texts_stay_texts);
	tcase_add_test(core, integers_are_shown_where_python_prints_them_as_written);
	tcase_add_test(core, floats_are_never_shown);
	tcase_add_test(core, words_become_booleans_and_null);
	tcase_add_test(core, dates_are_shown_and_times_are_not);
	tcase_add_test(core, values_that_python_cannot_build);
	tcase_add_test(core, tagged_numbers_and_booleans_are_pythons);
	tcase_add_test(core, binary_is_whole_base64);
	tcase_add_test(core, a_nul_is_part_of_texts_only);
	tcase_add_test(core, numbers_that_python_will_not_read);
	suite_add_tcase(suite, core);
	return suite;
}

UNIT_MAIN(scalar_suite)
