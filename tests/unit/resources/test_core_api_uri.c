/* Descriptor URIs, taken apart as Python's urlparse() and parse_qs() do. */
#include "resources/core_api/uri.h"

#include "unit.h"

START_TEST(parameters_are_decoded)
{
	static const char text[] = "sgtk:descriptor:git?path=https%3A//h/a%20b+c&version=v1%2b2"
				   "#fragment";
	struct tmd_uri uri;
	struct tmd_error err;

	ck_ok(tmd_uri_parse(text, &uri, &err), err);
	ck_assert_str_eq(uri.type, "git");
	ck_assert_str_eq(tmd_value_map_get(&uri.parameters, "path"), "https://h/a b c");
	ck_assert_str_eq(tmd_value_map_get(&uri.parameters, "version"), "v1+2");
	ck_assert(uri.has_version);
	ck_assert_int_eq(strncmp(text + uri.version_at, "v1%2b2", uri.version_len), 0);
	ck_assert_uint_eq(uri.version_len, 6);
	tmd_uri_release(&uri);
}
END_TEST

START_TEST(odd_spellings_that_python_accepts)
{
	struct tmd_uri uri;
	struct tmd_error err;

	ck_ok(tmd_uri_parse("SGTK:descriptor:dev?path=/x&&flag&empty=&p=100%&q=%4", &uri, &err),
	      err);
	ck_assert_str_eq(uri.type, "dev");
	ck_assert_uint_eq(uri.parameters.list.count, 3);
	ck_assert_str_eq(tmd_value_map_get(&uri.parameters, "p"), "100%");
	ck_assert_str_eq(tmd_value_map_get(&uri.parameters, "q"), "%4");
	ck_assert(!uri.has_version);
	tmd_uri_release(&uri);
	ck_ok(tmd_uri_parse("sgtk:descriptor:dev?version=&version=v1", &uri, &err), err);
	ck_assert_str_eq(tmd_value_map_get(&uri.parameters, "version"), "v1");
	tmd_uri_release(&uri);
}
END_TEST

START_TEST(uris_that_toolkit_refuses)
{
	static const char *const bad[] = {
		"",
		"sgtk",
		"/studio/tk-core",
		"http://descriptor:app_store?name=a",
		"sgtk:bundle:app_store?name=a",
		"sgtk:descriptor:app_store",
		"sgtk:descriptor:app_store?",
		"sgtk:descriptor:app_store?#name=a",
		"sgtk:descriptor:app_store:x?name=a",
		"sgtk:descriptor:app_store?name=a&name=b",
		"sgtk:descriptor:app_store?name=a&name=a",
		"sgtk:descriptor:app_store?name=%ff",
		"sgtk:descriptor:app_store?name=a%00b",
		"sgtk:descriptor:app_store?name=a\tb",
		"sgtk:descriptor:app_store?name=a\n",
		NULL,
	};

	for (size_t i = 0; bad[i]; i++) {
		struct tmd_uri uri;
		struct tmd_error err;

		ck_fails(tmd_uri_parse(bad[i], &uri, &err), err, TMD_E_INVALID_INPUT);
		tmd_uri_release(&uri);
	}
}
END_TEST

START_TEST(encoded_values_read_back)
{
	char *text = tmd_uri_encode("v0.20.5+a&b=c#d/~e");
	char *whole;
	struct tmd_uri uri;
	struct tmd_error err;

	ck_assert_str_eq(text, "v0.20.5%2Ba%26b%3Dc%23d/~e");
	whole = malloc(strlen(text) + 40);
	ck_assert_ptr_nonnull(whole);
	sprintf(whole, "sgtk:descriptor:git?version=%s", text);
	ck_ok(tmd_uri_parse(whole, &uri, &err), err);
	ck_assert_str_eq(tmd_value_map_get(&uri.parameters, "version"), "v0.20.5+a&b=c#d/~e");
	tmd_uri_release(&uri);
	free(whole);
	free(text);
}
END_TEST

static Suite *uri_suite(void)
{
	Suite *suite = suite_create("core_api uri");
	TCase *core = tcase_create("core");

	tcase_add_test(core, parameters_are_decoded);
	tcase_add_test(core, odd_spellings_that_python_accepts);
	tcase_add_test(core, uris_that_toolkit_refuses);
	tcase_add_test(core, encoded_values_read_back);
	suite_add_tcase(suite, core);
	return suite;
}

UNIT_MAIN(uri_suite)
