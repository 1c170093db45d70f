/* Error objects: kinds, texts that are too long, texts out of the error itself. */
#include "base/error.h"
#include "base/str.h"


#include "unit.h"

START_TEST(fail_fills_everything)
{
	struct tmd_error err;

	memset(&err, 'x', sizeof(err));
	ck_assert_int_eq(tmd_fail(&err, TMD_E_REFUSED, "/etc/x", "do this", "%d of %s", 3, "those"),
			 TMD_FAILED);
	ck_assert_int_eq(err.kind, TMD_E_REFUSED);
	ck_assert_int_eq(err.sys, 0);
	ck_assert_str_eq(err.message, "3 of those");
	ck_assert_str_eq(err.path, "/etc/x");
	ck_assert_str_eq(err.hint, "do this");
}
END_TEST

START_TEST(path_and_hint_may_be_null)
{
	struct tmd_error err;

	memset(&err, 'x', sizeof(err));
	(void)tmd_fail(&err, TMD_E_IO, NULL, NULL, "plain");
	ck_assert_str_eq(err.path, "");
	ck_assert_str_eq(err.hint, "");
}
END_TEST

START_TEST(arguments_may_come_from_the_error)
{
	struct tmd_error err = { 0 };

	(void)tmd_fail(&err, TMD_E_IO, "/a", "hint", "inner");
	(void)tmd_fail(&err, TMD_E_CONFLICT, err.path, err.hint, "outer: %s", err.message);
	ck_assert_int_eq(err.kind, TMD_E_CONFLICT);
	ck_assert_str_eq(err.message, "outer: inner");
	ck_assert_str_eq(err.path, "/a");
	ck_assert_str_eq(err.hint, "hint");
	(void)tmd_fail(&err, TMD_E_IO, err.hint, err.path, "%s", err.message);
	ck_assert_str_eq(err.path, "hint");
	ck_assert_str_eq(err.hint, "/a");
}
END_TEST

START_TEST(long_texts_are_cut)
{
	static char wide[10000];
	struct tmd_error err;

	memset(wide, 'w', sizeof(wide) - 1);
	(void)tmd_fail(&err, TMD_E_IO, wide, wide, "%s", wide);
	ck_assert_uint_eq(strlen(err.message), sizeof(err.message) - 1);
	ck_assert_uint_eq(strlen(err.path), TMD_ERROR_PATH_MAX);
	ck_assert_uint_eq(strlen(err.hint), TMD_ERROR_TEXT_MAX);
}
END_TEST

START_TEST(long_texts_are_cut_between_characters)
{
	struct tmd_error err;
	char text[1024];

	for (size_t shift = 0; shift < 4; shift++) {
		memset(text, 'x', shift);
		for (size_t i = shift; i + 4 < sizeof(text); i += 4)
			memcpy(text + i, "\xF0\x9F\x8E\xAC", 5);
		tmd_error_set(&err, TMD_E_IO, NULL, text, "%s", text);
		ck_assert(tmd_utf8_valid(err.message, strlen(err.message)));
		ck_assert(tmd_utf8_valid(err.hint, strlen(err.hint)));
		ck_assert_uint_gt(strlen(err.message) + 5, sizeof(err.message));
	}
}
END_TEST

/* As the errors of a long run are: none takes its texts from another. */
START_TEST(texts_stay_as_they_were)
{
	static struct tmd_error errors[500];
	char path[32];

	for (size_t i = 0; i < 500; i++) {
		snprintf(path, sizeof(path), "/path/%zu", i);
		tmd_error_set(&errors[i], TMD_E_IO, path, i % 2 ? "odd" : "even", "x");
	}
	for (size_t i = 0; i < 500; i++) {
		snprintf(path, sizeof(path), "/path/%zu", i);
		ck_assert_str_eq(errors[i].path, path);
		ck_assert_str_eq(errors[i].hint, i % 2 ? "odd" : "even");
	}
	ck_assert_ptr_eq(errors[0].hint, errors[2].hint);
	ck_assert_uint_le(sizeof(struct tmd_error), 700);
}
END_TEST

START_TEST(kind_names_are_those_of_the_protocol)
{
	static const char *const names[] = { "none",	   "invalid_input", "not_found",
					     "permission", "unsupported",   "busy",
					     "conflict",   "refused",	    "not_converged",
					     "io",	   "internal" };

	for (int i = TMD_E_NONE; i <= TMD_E_INTERNAL; i++)
		ck_assert_str_eq(tmd_error_kind_name((enum tmd_error_kind)i), names[i]);
	ck_assert_str_eq(tmd_error_kind_name((enum tmd_error_kind)(TMD_E_INTERNAL + 1)),
			 "internal");
}
END_TEST

START_TEST(cleared_error_is_none)
{
	struct tmd_error err;

	(void)tmd_fail(&err, TMD_E_IO, "/p", "x", "y");
	err.sys = 2;
	tmd_error_clear(&err);
	ck_assert_int_eq(err.kind, TMD_E_NONE);
	ck_assert_int_eq(err.sys, 0);
	ck_assert_str_eq(err.message, "");
	ck_assert_str_eq(err.path, "");
	ck_assert_str_eq(err.hint, "");
}
END_TEST

static Suite *error_suite(void)
{
	Suite *suite = suite_create("error");
	TCase *core = tcase_create("core");

	tcase_add_test(core, fail_fills_everything);
	tcase_add_test(core, path_and_hint_may_be_null);
	tcase_add_test(core, arguments_may_come_from_the_error);
	tcase_add_test(core, long_texts_are_cut);
	tcase_add_test(core, texts_stay_as_they_were);
	tcase_add_test(core, long_texts_are_cut_between_characters);
	tcase_add_test(core, kind_names_are_those_of_the_protocol);
	tcase_add_test(core, cleared_error_is_none);
	suite_add_tcase(suite, core);
	return suite;
}

UNIT_MAIN(error_suite)
