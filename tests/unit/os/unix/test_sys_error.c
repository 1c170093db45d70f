/* Errors of system calls: each gets a kind, the system's text, and where it helps a hint. */
#include <errno.h>

#include "os/unix/sys_error.h"
#include "unit.h"

START_TEST(system_errors_get_their_kind)
{
	static const struct {
		int sys;
		enum tmd_error_kind kind;
	} cases[] = {
		{ EACCES, TMD_E_PERMISSION },
		{ EPERM, TMD_E_PERMISSION },
		{ ENOENT, TMD_E_NOT_FOUND },
		{ ENOTDIR, TMD_E_NOT_FOUND },
		{ EISDIR, TMD_E_REFUSED },
		{ EROFS, TMD_E_IO },
		{ ENOSPC, TMD_E_IO },
		{ EBUSY, TMD_E_CONFLICT },
		{ ELOOP, TMD_E_CONFLICT },
		{ EIO, TMD_E_IO },
		{ ENAMETOOLONG, TMD_E_INVALID_INPUT },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct tmd_error err;

		ck_assert_int_eq(tmd_fail_sys(&err, cases[i].sys, "/p", "cannot read"), TMD_FAILED);
		ck_assert_msg(err.kind == cases[i].kind, "errno %d", cases[i].sys);
		ck_assert_int_eq(err.sys, cases[i].sys);
		ck_assert_str_eq(err.path, "/p");
		ck_assert_ptr_eq(strstr(err.message, "cannot read: "), err.message);
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *all = suite_create("sys_error");
	TCase *tc = tcase_create("sys_error");

	tcase_add_test(tc, system_errors_get_their_kind);
	suite_add_tcase(all, tc);
	return all;
}

UNIT_MAIN(suite)
