/* Errors of Windows: each gets a kind, the system's text, and where it helps a hint. */
#include <windows.h>

#include <stdlib.h>

#include "os/win32/sys_error.h"
#include "unit.h"

static struct tmd_error err;

START_TEST(system_errors_get_their_kind)
{
	static const struct {
		DWORD code;
		enum tmd_error_kind kind;
	} cases[] = {
		{ ERROR_ACCESS_DENIED, TMD_E_PERMISSION },
		{ ERROR_PRIVILEGE_NOT_HELD, TMD_E_PERMISSION },
		{ ERROR_FILE_NOT_FOUND, TMD_E_NOT_FOUND },
		{ ERROR_PATH_NOT_FOUND, TMD_E_NOT_FOUND },
		{ ERROR_DIRECTORY, TMD_E_NOT_FOUND },
		{ ERROR_SHARING_VIOLATION, TMD_E_BUSY },
		{ ERROR_LOCK_VIOLATION, TMD_E_BUSY },
		{ ERROR_DELETE_PENDING, TMD_E_BUSY },
		{ ERROR_DISK_FULL, TMD_E_IO },
		{ ERROR_WRITE_PROTECT, TMD_E_IO },
		{ ERROR_CRC, TMD_E_IO },
		{ ERROR_INVALID_NAME, TMD_E_INVALID_INPUT },
		{ ERROR_FILENAME_EXCED_RANGE, TMD_E_INVALID_INPUT },
		{ ERROR_CANT_RESOLVE_FILENAME, TMD_E_CONFLICT },
		{ 0x80070005, TMD_E_PERMISSION }, /* an HRESULT */
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		ck_assert_int_eq(tmd_fail_win(&err, cases[i].code, "C:/p", "cannot read"),
				 TMD_FAILED);
		ck_assert_msg(err.kind == cases[i].kind, "error %lu: %d", cases[i].code,
			      (int)err.kind);
		ck_assert_int_eq(err.sys, (int)(cases[i].code & 0xFFFF));
		ck_assert_str_eq(err.path, "C:/p");
		ck_assert_ptr_eq(strstr(err.message, "cannot read: "), err.message);
	}
}
END_TEST

START_TEST(who_is_denied_is_told_to_run_elevated)
{
	ck_assert_int_eq(tmd_fail_win(&err, ERROR_ACCESS_DENIED, NULL, "x"), TMD_FAILED);
	ck_assert_ptr_nonnull(strstr(err.hint, "as administrator"));
	ck_assert_str_eq(err.path, "");
}
END_TEST

START_TEST(who_finds_a_file_in_use_is_told_to_close_it)
{
	ck_assert_int_eq(tmd_fail_win(&err, ERROR_SHARING_VIOLATION, "C:/p", "x"), TMD_FAILED);
	ck_assert_ptr_nonnull(strstr(err.hint, "close the program that has the file open"));
}
END_TEST

START_TEST(the_text_of_the_system_is_one_line_without_a_full_stop)
{
	static const DWORD codes[] = { ERROR_ACCESS_DENIED, ERROR_FILE_NOT_FOUND,
				       ERROR_SHARING_VIOLATION, ERROR_INVALID_FUNCTION };

	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
		char *text = tmd_win_error_text(codes[i]);
		size_t len = strlen(text);

		ck_assert_uint_gt(len, 5);
		ck_assert_ptr_null(strpbrk(text, "\r\n"));
		ck_assert_int_ne(text[len - 1], '.');
		ck_assert_int_ne(text[len - 1], ' ');
		free(text);
	}
}
END_TEST

START_TEST(an_unknown_code_is_named_by_its_number)
{
	char *text = tmd_win_error_text(61234);

	ck_assert_str_eq(text, "Windows error 61234");
	free(text);
	ck_assert_int_eq(tmd_fail_win(&err, 61234, "C:/p", "cannot read"), TMD_FAILED);
	ck_assert_int_eq(err.kind, TMD_E_IO);
	ck_assert_str_eq(err.message, "cannot read: Windows error 61234");
	ck_assert_str_eq(err.hint, "");
}
END_TEST

static Suite *suite(void)
{
	Suite *all = suite_create("os/sys_error");
	TCase *tc = tcase_create("sys_error");

	tcase_add_test(tc, system_errors_get_their_kind);
	tcase_add_test(tc, who_is_denied_is_told_to_run_elevated);
	tcase_add_test(tc, who_finds_a_file_in_use_is_told_to_close_it);
	tcase_add_test(tc, the_text_of_the_system_is_one_line_without_a_full_stop);
	tcase_add_test(tc, an_unknown_code_is_named_by_its_number);
	suite_add_tcase(all, tc);
	return all;
}

UNIT_MAIN(suite)
