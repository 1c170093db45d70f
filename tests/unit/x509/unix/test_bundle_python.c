/* Bundles as a Python program sees them, where there is a Python to ask. */
#include "unit.h"

#include <sys/wait.h>

#include "x509/bundle.h"
#include "x509/make_cert.h"

static char dir[UNIT_DIR_MAX];

static void set_up(void)
{
	unit_make_dir(dir);
}

static void tear_down(void)
{
	unit_remove_tree(dir);
}

static bool there_is_python(void)
{
	return system("python3 -c 'import ssl' >/dev/null 2>&1") == 0;
}

/* How many certificates Python loads; -1 when it refuses. */
static int python_loads(const char *text)
{
	char command[UNIT_DIR_MAX + 512];
	int status;

	unit_write(dir, "python.pem", text, strlen(text));
	snprintf(command, sizeof(command),
		 "python3 -c 'import ssl, sys\n"
		 "c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)\n"
		 "try:\n"
		 "    c.load_verify_locations(cafile=\"%s/python.pem\")\n"
		 "except ssl.SSLError:\n"
		 "    sys.exit(99)\n"
		 "sys.exit(c.cert_store_stats()[\"x509\"])'",
		 dir);
	status = system(command);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status) == 99 ? -1 : WEXITSTATUS(status);
}

START_TEST(python_sees_the_same)
{
	char *one = make_ca("One");
	char *two = make_ca("Two");
	char *bad = make_replaced(two, "MII", "M*I");
	char *open = make_replaced(one, "-----END CERTIFICATE-----\n", "");
	char *texts[] = {
		make_joined(one, two, NULL),	       make_joined(one, bad, NULL),
		make_joined(open, two, NULL),	       strdup("<html>\n"),
		make_joined(one, "joined", two, NULL),
	};
	bool asked = there_is_python();

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct tmd_bundle bundle = { 0 };
		struct tmd_error err;

		ck_ok(tmd_bundle_scan(texts[i], strlen(texts[i]), &bundle, &err), err);
		if (asked)
			ck_assert_int_eq(python_loads(texts[i]),
					 bundle.loads ? (int)bundle.count : -1);
		tmd_bundle_release(&bundle);
		free(texts[i]);
	}
	free(open);
	free(bad);
	free(two);
	free(one);
	if (!asked)
		unit_skip("there is no python3 with ssl");
}
END_TEST

static Suite *python_suite(void)
{
	Suite *suite = suite_create("bundle_python");
	TCase *tcase = tcase_create("python");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, python_sees_the_same);
	suite_add_tcase(suite, tcase);
	return suite;
}

UNIT_MAIN(python_suite)
