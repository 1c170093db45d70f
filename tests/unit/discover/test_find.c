/* What is recognised below a directory, and what only looks like it. */
#include "discover/find.h"

#include "base/mem.h"
#include "unit.h"

static char dir[UNIT_DIR_MAX];
static struct tmd_fs *fs;
static struct tmd_findings finds;
static struct tmd_error err;

static void setup(void)
{
	memset(&finds, 0, sizeof(finds));
	unit_make_dir(dir);
	ck_ok(tmd_fs_open(dir, &fs, &err), err);
}

static void teardown(void)
{
	tmd_findings_release(&finds);
	tmd_fs_free(fs);
	unit_remove_tree(dir);
}

static void put(const char *path, const char *text)
{
	unit_make_parents(dir, path);
	unit_write(dir, path, text, strlen(text));
}

static void find(const char *path, unsigned kinds)
{
	TMD_AUTO_FREE char *start = tmd_strdup(path);
	const struct tmd_find_tree tree = { start, 0 };
	const struct tmd_find_query query = {
		.trees = &tree, .count = 1, .kinds = kinds, .network = TMD_TREE_EVERY
	};

	tmd_findings_release(&finds);
	ck_ok(tmd_find(fs, &query, &finds, &err), err);
}

/* "KIND PATH (DETAIL)", one a line, with '/' alone. */
static void assert_found(const char *wanted)
{
	TMD_AUTO_BUF struct tmd_buf all = { 0 };

	for (size_t i = 0; i < finds.count; i++) {
		const struct tmd_finding *found = &finds.items[i];

		tmd_buf_addf(&all, "%s %s (%s)\n", tmd_find_kind_name(found->kind, false),
			     found->path, found->detail);
	}
	for (size_t i = 0; i < all.len; i++)
		all.data[i] = all.data[i] == '\\' ? '/' : all.data[i];
	ck_assert_str_eq(tmd_buf_str(&all), wanted);
}

static void put_api(const char *above)
{
	TMD_AUTO_FREE char *source = tmd_format("%s/shotgun_api3/shotgun.py", above);
	TMD_AUTO_FREE char *init = tmd_format("%s/shotgun_api3/__init__.py", above);

	put(source, "__version__ = \"3.0.14\"\n");
	put(init, "from .shotgun import Shotgun\n");
}

START_TEST(a_copy_of_the_api_is_a_package_and_no_file_of_that_name)
{
	put_api("tools");
	put("other/shotgun.py", "");
	put("half/shotgun_api3/shotgun.py", "");
	find("/", 1u << TMD_FIND_API);
	assert_found("Python API /tools/shotgun_api3 (source)\n");
	find("/tools/shotgun_api3", 1u << TMD_FIND_API);
	assert_found("Python API /tools/shotgun_api3 (source)\n");
}
END_TEST

START_TEST(a_copy_that_is_referred_to_is_found_where_it_lies_and_once)
{
	put_api("src/api");
	put_api("lib/site-packages/old");
	put("lib/site-packages/easy-install.pth", "import sys\n/src/none\n/src/api\r\n./old\n");
	put("lib/site-packages/shotgun_api3.egg-link", "/src/api\n.");
	find("/lib", 1u << TMD_FIND_API);
	assert_found("Python API /lib/site-packages/old/shotgun_api3 (editable install)\n"
		     "Python API /src/api/shotgun_api3 (editable install)\n");
	find("/", 1u << TMD_FIND_API);
	ck_assert_uint_eq(finds.count, 2);
}
END_TEST

START_TEST(the_finder_of_an_editable_install_names_the_package)
{
	put_api("src/api");
	put("lib/__editable___shotgun_api3_3_8_5_finder.py",
	    "MAPPING: dict[str, str] = {'shotgun_api3': '/src/api/shotgun_api3'}\n");
	find("/lib", 1u << TMD_FIND_API);
	assert_found("Python API /src/api/shotgun_api3 (editable install)\n");
	put_api("src/it's");
	put("lib/__editable___shotgun_api3_3_8_5_finder.py",
	    "MAPPING: dict[str, str] = {'shotgun_api3': '/src/it\\'s/shotgun_api3'}\n");
	find("/lib", 1u << TMD_FIND_API);
	assert_found("Python API /src/it's/shotgun_api3 (editable install)\n");
}
END_TEST

#define BEGIN "-----BEGIN CERTIFICATE-----\n"
#define END "-----END CERTIFICATE-----\n"
#define ONE BEGIN "AAAA\n" END

START_TEST(a_bundle_has_several_certificates_and_no_key)
{
	char *long_text = tmd_alloc(1, 40000);

	put("etc/one.pem", ONE);
	put("etc/three.txt", "# roots\n" ONE ONE ONE);
	put("etc/key.pem", ONE ONE ONE "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
	put("etc/three.conf", ONE ONE ONE);
	memset(long_text, 'x', 39000);
	snprintf(long_text, 40000, "%s", ONE);
	long_text[strlen(ONE)] = 'x';
	memcpy(long_text + 38000, "\n" ONE ONE, strlen("\n" ONE ONE) + 1);
	put("etc/long.crt", long_text);
	free(long_text);
	find("/", 1u << TMD_FIND_CA_BUNDLE);
	assert_found("CA bundle /etc/long.crt (bundle)\nCA bundle /etc/three.txt (bundle)\n");
}
END_TEST

START_TEST(scripts_are_those_with_the_word_outside_of_toolkit)
{
	put("p/a.py", "import x\nShotgun()\n");
	put("p/b.py", "import shotgun\n");
	put("p/c.txt", "Shotgun\n");
	put("p/tk-core/d.py", "Shotgun()\n");
	put("p/__pycache__/e.py", "Shotgun()\n");
	put("p/install/core/python/f.py", "Shotgun()\n");
	put("p/other/core/g.pyw", "Shotgun()\n");
	find("/", 1u << TMD_FIND_SCRIPT);
	assert_found("script /p/a.py (script)\nscript /p/other/core/g.pyw (script)\n");
	ck_assert_uint_eq(finds.owned.count, 2);
	find("/", TMD_FIND_ALL);
	assert_found("script /p/a.py (script)\nscript /p/other/core/g.pyw (script)\n");
	ck_assert_uint_eq(finds.owned.count, 2);
}
END_TEST

START_TEST(a_folder_called_app_store_alone_is_no_bundle_cache)
{
	put("a/app_store/__init__.py", "");
	put("b/app_store/tk-maya/v0.1.2/info.yml", "");
	put("b/app_store/tk-maya/v0.1.2/core/core_api.yml", "");
	put("c/core/core_api.yml", "");
	put("c/other/core_api.yml", "");
	find("/", 1u << TMD_FIND_BUNDLE_CACHE | 1u << TMD_FIND_CORE_API);
	assert_found("bundle cache /b (bundle cache)\n"
		     "core_api.yml /b/app_store/tk-maya/v0.1.2/core/core_api.yml (in a bundle)\n"
		     "core_api.yml /c/core/core_api.yml (source)\n");
}
END_TEST

START_TEST(places_that_are_not_there_are_passed_by)
{
	char none[] = "/none";
	char some[] = "/some";
	const struct tmd_find_tree trees[] = { { none, 0 }, { some, 1 } };
	const struct tmd_find_query query = { .trees = trees, .count = 2, .kinds = TMD_FIND_ALL };

	put("some/shallow/core/core_api.yml", "");
	put("some/core/core_api.yml", "");
	ck_ok(tmd_find(fs, &query, &finds, &err), err);
	assert_found("core_api.yml /some/core/core_api.yml (source)\n");
	ck_assert_uint_eq(finds.remarks.count, 0);
}
END_TEST

static Suite *find_suite(void)
{
	Suite *suite = suite_create("discover/find");
	TCase *tcase = tcase_create("kinds");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, a_copy_of_the_api_is_a_package_and_no_file_of_that_name);
	tcase_add_test(tcase, a_copy_that_is_referred_to_is_found_where_it_lies_and_once);
	tcase_add_test(tcase, the_finder_of_an_editable_install_names_the_package);
	tcase_add_test(tcase, a_bundle_has_several_certificates_and_no_key);
	tcase_add_test(tcase, scripts_are_those_with_the_word_outside_of_toolkit);
	tcase_add_test(tcase, a_folder_called_app_store_alone_is_no_bundle_cache);
	tcase_add_test(tcase, places_that_are_not_there_are_passed_by);
	suite_add_tcase(suite, tcase);
	return suite;
}

UNIT_MAIN(find_suite)
