/* Scalars as PyYAML resolves and prints them; every expectation was taken from PyYAML 6. */
#include "resources/core_api/yaml_scalar.h"

#include "unit.h"

static void assert_value(enum tmd_yaml_tag tag, const char *text, const char *wanted)
{
	char *shown;

	ck_assert_msg(tmd_yaml_resolve_plain(text) == tag, "%s is %s", text,
		      tmd_yaml_tag_name(tmd_yaml_resolve_plain(text)));
	ck_assert_msg(tmd_yaml_scalar_valid(tag, text), "%s", text);
	shown = tmd_yaml_python_text(tag, text);
	if (!wanted)
		ck_assert_ptr_null(shown);
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

START_TEST(integers_in_every_base)
{
	assert_value(TMD_YAML_INT, "0", "0");
	assert_value(TMD_YAML_INT, "-0", "0");
	assert_value(TMD_YAML_INT, "+12_000", "12000");
	assert_value(TMD_YAML_INT, "0123", "83");
	assert_value(TMD_YAML_INT, "-0x1F", "-31");
	assert_value(TMD_YAML_INT, "0b1010_0111", "167");
	assert_value(TMD_YAML_INT, "190:20:30", "685230");
	assert_value(TMD_YAML_INT, "-1:1", "-61");
	assert_value(TMD_YAML_INT, "1234567890123456789012345678901234567890",
		     "1234567890123456789012345678901234567890");
	assert_value(TMD_YAML_INT, "0xffffffffffffffffffffffffffffffffffffffff",
		     "1461501637330902918203684832716283019655932542975");
	assert_value(TMD_YAML_INT, "01234567012345670123456701234567",
		     "1616895878810725189668911479");
}
END_TEST

START_TEST(floats_print_like_python)
{
	assert_value(TMD_YAML_FLOAT, "0.20", "0.2");
	assert_value(TMD_YAML_FLOAT, "1.", "1.0");
	assert_value(TMD_YAML_FLOAT, ".5", "0.5");
	assert_value(TMD_YAML_FLOAT, "-1_0.2_5", "-10.25");
	assert_value(TMD_YAML_FLOAT, "6.8523015e+5", "685230.15");
	assert_value(TMD_YAML_FLOAT, "190:20:30.15", "685230.15");
	assert_value(TMD_YAML_FLOAT, "0.0001", "0.0001");
	assert_value(TMD_YAML_FLOAT, "0.00001", "1e-05");
	assert_value(TMD_YAML_FLOAT, "0.0000123", "1.23e-05");
	assert_value(TMD_YAML_FLOAT, "9007199254740993.0", "9007199254740992.0");
	assert_value(TMD_YAML_FLOAT, "10000000000000000.0", "1e+16");
	assert_value(TMD_YAML_FLOAT, "1.0e-400", "0.0");
	assert_value(TMD_YAML_FLOAT, "1.0e+400", "inf");
	assert_value(TMD_YAML_FLOAT, "-0.0", "-0.0");
	assert_value(TMD_YAML_FLOAT, "-.Inf", "-inf");
	assert_value(TMD_YAML_FLOAT, ".NaN", "nan");
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
	assert_value(TMD_YAML_MERGE, "<<", "<<");
	assert_value(TMD_YAML_VALUE, "=", "=");
}
END_TEST

START_TEST(dates_and_times)
{
	assert_value(TMD_YAML_TIMESTAMP, "2019-02-20", "2019-02-20");
	assert_value(TMD_YAML_TIMESTAMP, "2001-12-14t21:59:43.10-05:00",
		     "2001-12-14 21:59:43.100000-05:00");
	assert_value(TMD_YAML_TIMESTAMP, "2001-2-4 1:09:43 Z", "2001-02-04 01:09:43+00:00");
	assert_value(TMD_YAML_TIMESTAMP, "2001-12-14 21:59:43.123456789",
		     "2001-12-14 21:59:43.123456");
}
END_TEST

START_TEST(values_that_python_cannot_build)
{
	ck_assert(!tmd_yaml_scalar_valid(TMD_YAML_TIMESTAMP, "2024-02-30"));
	ck_assert(tmd_yaml_scalar_valid(TMD_YAML_TIMESTAMP, "2024-02-29"));
	ck_assert(!tmd_yaml_scalar_valid(TMD_YAML_TIMESTAMP, "1900-02-29"));
	ck_assert(!tmd_yaml_scalar_valid(TMD_YAML_TIMESTAMP, "0000-01-01"));
	ck_assert(!tmd_yaml_scalar_valid(TMD_YAML_TIMESTAMP, "2024-01-01 24:00:00"));
	ck_assert(!tmd_yaml_scalar_valid(TMD_YAML_INT, "0x_"));
	ck_assert(!tmd_yaml_scalar_valid(TMD_YAML_INT, "-0b__"));
	ck_assert(!tmd_yaml_scalar_valid(TMD_YAML_INT, "abc"));
	ck_assert(!tmd_yaml_scalar_valid(TMD_YAML_FLOAT, "1"));
	ck_assert(!tmd_yaml_scalar_valid(TMD_YAML_BOOL, "maybe"));
}
END_TEST

START_TEST(enormous_numbers_come_as_written)
{
	char text[1203];
	char *shown;

	memset(text, '7', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	shown = tmd_yaml_python_text(tmd_yaml_resolve_plain(text), text);
	ck_assert_str_eq(shown, text);
	free(shown);
}
END_TEST

START_TEST(excerpts_are_one_short_line)
{
	char *text = tmd_yaml_excerpt("a\nb\tc");
	char wide[200];

	ck_assert_str_eq(text, "a?b?c");
	free(text);
	for (size_t i = 0; i < sizeof(wide) - 1; i++)
		wide[i] = "\xC3\xA4"[(i + 1) % 2];
	wide[sizeof(wide) - 1] = '\0';
	text = tmd_yaml_excerpt(wide);
	ck_assert_uint_le(strlen(text), 80);
	ck_assert_msg((text[strlen(text) - 1] & 0xC0) == 0x80, "a character is cut in two");
	free(text);
}
END_TEST

static Suite *scalar_suite(void)
{
	Suite *suite = suite_create("core_api scalars");
	TCase *core = tcase_create("core");

	tcase_add_test(core, texts_stay_texts);
	tcase_add_test(core, integers_in_every_base);
	tcase_add_test(core, floats_print_like_python);
	tcase_add_test(core, words_become_booleans_and_null);
	tcase_add_test(core, dates_and_times);
	tcase_add_test(core, values_that_python_cannot_build);
	tcase_add_test(core, enormous_numbers_come_as_written);
	tcase_add_test(core, excerpts_are_one_short_line);
	suite_add_tcase(suite, core);
	return suite;
}

UNIT_MAIN(scalar_suite)
