/* Windows has no openssl, tr or iconv: what it makes itself can be mended with what it has. */
#include "unit.h"

#include <string.h>

#include "base/error.h"
#include "x509/kind.h"

START_TEST(what_windows_exports_can_be_mended_on_windows)
{
	static const enum tmd_kind kinds[] = {
		TMD_KIND_UTF16,		  TMD_KIND_CR_ONLY, TMD_KIND_DER,
		TMD_KIND_PKCS7,		  TMD_KIND_PKCS7_DER, TMD_KIND_PKCS7_MISNAMED,
		TMD_KIND_PKCS12,	  TMD_KIND_PKCS12_MISNAMED, TMD_KIND_SST,
	};
	const char *hint = tmd_kind_hint(kinds[_i]);
	struct tmd_error err;

	ck_assert_msg(strstr(hint, "PowerShell") || strstr(hint, "Windows"), "%s", hint);
	ck_fails(tmd_kind_refuse(kinds[_i], "x", NULL, &err), err, TMD_E_REFUSED);
	ck_assert_str_eq(err.hint, hint); /* it fits whole */
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("kind hints");
	TCase *t = tcase_create("hints");

	tcase_add_loop_test(t, what_windows_exports_can_be_mended_on_windows, 0, 9);
	suite_add_tcase(s, t);
	return s;
}

UNIT_MAIN(suite)
