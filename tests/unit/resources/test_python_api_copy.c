/* What is told of a copy of shotgun_api3 that lies in a directory. */
#include "resources/python_api/copy.h"

#include "base/mem.h"
#include "resources/changes.h"
#include "resources/python_api/metadata.h"
#include "unit.h"

static char root[UNIT_DIR_MAX];
static struct tmd_ctx ctx;

static void make_root(void)
{
	unit_make_dir(root);
	ctx_open(&ctx, root);
}

static void remove_root(void)
{
	ctx_close(&ctx);
	unit_remove_tree(root);
}

static void put(const char *path, const char *text)
{
	unit_make_parents(root, path);
	unit_write(root, path + 1, text, strlen(text));
}

/* The source of a release, without its CA files. */
static void put_source(const char *dir, const char *version)
{
	TMD_AUTO_FREE char *init = tmd_format("%s/shotgun_api3/__init__.py", dir);
	TMD_AUTO_FREE char *source = tmd_format("%s/shotgun_api3/shotgun.py", dir);
	TMD_AUTO_FREE char *text = tmd_format("import os\n__version__ = \"%s\"\n", version);

	put(init, "");
	put(source, text);
}

static void put_ca(const char *dir, const char *name)
{
	TMD_AUTO_FREE char *path = tmd_format("%s/shotgun_api3/lib/%s", dir, name);

	put(path, "");
}

static void put_metadata(const char *path, const char *version)
{
	TMD_AUTO_FREE char *text =
		tmd_format("Metadata-Version: 2.1\nName: shotgun-api3\nVersion: %s\n\nText\n",
			   version);

	put(path, text);
}

static void read_copy(const char *path, struct tmd_api_copy *copy)
{
	struct tmd_error err = { 0 };

	ck_ok(tmd_api_copy_read(&ctx, path, copy, &err), err);
}

#define COPY TMD_CLEANUP(tmd_api_copy_release) struct tmd_api_copy

START_TEST(a_directory_that_holds_it_and_the_package_itself_are_one_copy)
{
	COPY copy = { 0 };
	COPY same = { 0 };

	put_source("/lib", "3.0.14");
	read_copy("/lib", &copy);
	read_copy("/lib/shotgun_api3", &same);
	ck_assert_str_eq(copy.path, "/lib");
	ck_assert_str_eq(same.path, "/lib");
	ck_assert_str_eq(same.package, "/lib/shotgun_api3");
	ck_assert_str_eq(copy.version, "3.0.14");
	ck_assert_int_eq(copy.layout, TMD_API_SOURCE);
	ck_assert_uint_eq(copy.problems.count, 0);
}
END_TEST

START_TEST(a_distribution_knows_the_release_better_than_a_source_that_lags)
{
	COPY copy = { 0 };

	put_source("/lib", "3.8.4");
	put_ca("/lib", "certifi/cacert.pem");
	put_metadata("/lib/shotgun_api3-3.8.5.dist-info/METADATA", "3.8.5");
	put("/lib/shotgun_api3-3.8.5.dist-info/INSTALLER", "pip\n");
	read_copy("/lib", &copy);
	ck_assert_int_eq(copy.layout, TMD_API_DIST);
	ck_assert_str_eq(copy.version, "3.8.5");
	ck_assert_str_eq(copy.source_version, "3.8.4");
	ck_assert_str_eq(copy.installer, "pip");
	ck_assert_str_eq(copy.metadata, "/lib/shotgun_api3-3.8.5.dist-info/METADATA");
	ck_assert_uint_eq(copy.problems.count, 0);
}
END_TEST

START_TEST(files_of_two_releases_are_the_release_that_runs_and_a_problem)
{
	COPY copy = { 0 };

	put_source("/lib", "3.0.34");
	put_metadata("/lib/shotgun_api3-3.8.4.dist-info/METADATA", "3.8.4");
	read_copy("/lib", &copy);
	ck_assert_str_eq(copy.version, "3.0.34");
	ck_assert_uint_eq(copy.problems.count, 1);
}
END_TEST

START_TEST(of_two_descriptions_the_one_of_the_source_counts)
{
	COPY copy = { 0 };

	put_source("/lib", "3.0.34");
	put_metadata("/lib/shotgun_api3-3.0.14-py2.7.egg-info", "3.0.14");
	put_metadata("/lib/shotgun_api3-3.0.34.dist-info/METADATA", "3.0.34");
	put_metadata("/lib/shotgun_api3.egg-info/PKG-INFO", "3.0.1");
	read_copy("/lib", &copy);
	ck_assert_str_eq(copy.dist_version, "3.0.34");
	ck_assert_int_eq(copy.layout, TMD_API_DIST);
	ck_assert_uint_eq(copy.problems.count, 2);
}
END_TEST

START_TEST(old_descriptions_are_read_too)
{
	static const char *const places[] = {
		"shotgun_api3.egg-info/PKG-INFO", "shotgun_api3-3.0.14-py2.7.egg-info",
		"EGG-INFO/PKG-INFO", "PKG-INFO"
	};

	for (size_t i = 0; i < 4; i++) {
		COPY copy = { 0 };
		TMD_AUTO_FREE char *dir = tmd_format("/%zu", i);
		TMD_AUTO_FREE char *path = tmd_format("%s/%s", dir, places[i]);

		put_source(dir, "3.0.14");
		put_metadata(path, "3.0.14");
		read_copy(dir, &copy);
		ck_assert_str_eq(copy.dist_version, "3.0.14");
		ck_assert_int_eq(copy.layout, i < 3 ? TMD_API_EGG : TMD_API_SDIST);
	}
}
END_TEST

START_TEST(a_core_has_its_own_copy_with_a_commit)
{
	COPY copy = { 0 };
	const char *dir = "/core/python/tank_vendor";

	put_source(dir, "3.0.34");
	put("/core/python/tank_vendor/shotgun_api3/commit_id", "0123456789abcdef\n");
	read_copy(dir, &copy);
	ck_assert_int_eq(copy.layout, TMD_API_CORE);
	ck_assert_str_eq(copy.commit, "0123456789abcdef");
}
END_TEST

/* A letter for each of the four CA files that a package can have. */
static void uses(const char *version, const char *wanted)
{
	COPY copy = { 0 };
	TMD_AUTO_FREE char *dir = tmd_format("/ca-%s", version);
	char found[TMD_API_CA_MAX + 1] = { 0 };

	put_source(dir, version);
	put_ca(dir, "certifi/cacert.pem");
	put_ca(dir, "httplib2/cacerts.txt");
	put_ca(dir, "httplib2/python2/cacerts.txt");
	put_ca(dir, "httplib2/python3/cacerts.txt");
	read_copy(dir, &copy);
	ck_assert_uint_eq(copy.ca_count, 4);
	for (size_t i = 0; i < 4; i++)
		found[i] = "?-DF"[copy.ca_files[i].use];
	if (copy.ca_files[0].transfers)
		found[0] = 'T';
	ck_assert_msg(strcmp(found, wanted) == 0, "%s: %s, not %s", version, found, wanted);
}

START_TEST(which_ca_file_is_read_depends_on_the_release)
{
	uses("3.0.8", "-D--");
	uses("3.0.37", "-D--");
	uses("3.0.38", "-F--");
	uses("3.1.0", "--FF");
	uses("3.2.5", "--FF");
	uses("3.2.6", "T-FF");
	uses("3.6.1", "T-FF");
	uses("3.6.2", "T--F");
	uses("3.8.1", "T--F");
	uses("3.8.2", "D--F");
	uses("3.8.5", "D--F");
	uses("3.9.0", "TF--");
	uses("3.10.3", "TF--");
	uses("dev", "????");
}
END_TEST

static void pythons(const char *version, const char *wanted)
{
	struct tmd_api_release release = { { 0 } };
	struct tmd_api_pythons found;
	TMD_AUTO_FREE char *text = NULL;

	ck_assert(tmd_api_release_parse(version, &release));
	found = tmd_api_pythons_of(&release);
	text = tmd_api_pythons_text(&found);
	ck_assert_pstr_eq(text, wanted);
}

START_TEST(which_pythons_import_it_depends_on_the_release)
{
	const struct tmd_api_pythons both = { true, 6, 11 };

	pythons("3.0.7", NULL);
	pythons("3.0.33.dev", "2.7");
	pythons("v3.1.0-docs.1", "2.7, 3.6-3.11");
	pythons("3.6.1", "2.7, 3.6-3.11");
	pythons("3.6.2", "3.6-3.11");
	pythons("3.9.0", "3.6 and later");
	pythons("3.9.1", "3.7 and later");
	pythons("3.10.3", "3.9 and later");
	ck_assert(tmd_api_imports(&both, 2, 7) && tmd_api_imports(&both, 3, 11));
	ck_assert(!tmd_api_imports(&both, 3, 12) && !tmd_api_imports(&both, 3, 5));
}
END_TEST

static void says(const char *text, const char *wanted)
{
	TMD_AUTO_FREE char *version = tmd_api_source_version(text, strlen(text));

	ck_assert_pstr_eq(version, wanted);
}

START_TEST(the_version_in_a_source_is_an_assignment_at_its_margin)
{
	says("__version__ = \"3.9.0\"\n", "3.9.0");
	says("__version__='3.0.33.dev'\r\n", "3.0.33.dev");
	says("\n\n__version__ = \"3.2.0-beta.1\" # x\n", "3.2.0-beta.1");
	says(" __version__ = \"3.9.0\"\n", NULL);
	says("# __version__ = \"3.9.0\"\n", NULL);
	says("__version__ == \"3.9.0\"\n", NULL);
	says("__version__ = \"3.9.0", NULL);
	says("__version__ = \"3.9.0\x1b[31m\"", NULL);
	says("", NULL);
}
END_TEST

START_TEST(a_damaged_copy_has_problems)
{
	COPY copy = { 0 };
	COPY half = { 0 };

	put_source("/lib", "3.9.0");
	read_copy("/lib", &copy);
	ck_assert_uint_eq(copy.problems.count, 1);
	ck_assert_ptr_nonnull(strstr(copy.problems.items[0], "cacert.pem is missing"));
	put("/half/shotgun_api3/__init__.py", "");
	read_copy("/half", &half);
	ck_assert_ptr_null(half.version);
	ck_assert_ptr_nonnull(strstr(half.problems.items[0], "shotgun.py is missing"));
}
END_TEST

static void refused(const char *path, enum tmd_error_kind kind, const char *text)
{
	struct tmd_api_copy copy = { 0 };
	struct tmd_error err = { 0 };

	ck_assert_int_eq(tmd_api_copy_read(&ctx, path, &copy, &err), TMD_FAILED);
	ck_assert_int_eq(err.kind, kind);
	ck_assert_msg(strstr(err.message, text) || strstr(err.hint, text), "%s (%s)", err.message,
		      err.hint);
}

START_TEST(where_there_is_none_it_is_said_where_to_look)
{
	put("/empty/x", "");
	put("/core/python/tank_vendor/shotgun_api3/shotgun.py", "");
	put("/new/requirements/3.11/certs/shotgun_api3/lib/certifi/cacert.pem", "");
	put("/old/shotgun_api3.py", "");
	refused("/gone", TMD_E_NOT_FOUND, "");
	refused("/empty", TMD_E_NOT_FOUND, "there is no shotgun_api3");
	refused("/core", TMD_E_NOT_FOUND, "python/tank_vendor");
	refused("/new", TMD_E_NOT_FOUND, "requirements/X.Y/pkgs.zip");
	refused("/new/requirements/3.11/certs", TMD_E_NOT_FOUND, "there is no shotgun_api3");
	refused("/old", TMD_E_UNSUPPORTED, "before 3.0.8");
}
END_TEST

static Suite *copy_suite(void)
{
	Suite *suite = suite_create("python_api copy");
	TCase *core = tcase_create("core");

	tcase_add_checked_fixture(core, make_root, remove_root);
	tcase_add_test(core, a_directory_that_holds_it_and_the_package_itself_are_one_copy);
	tcase_add_test(core, a_distribution_knows_the_release_better_than_a_source_that_lags);
	tcase_add_test(core, files_of_two_releases_are_the_release_that_runs_and_a_problem);
	tcase_add_test(core, of_two_descriptions_the_one_of_the_source_counts);
	tcase_add_test(core, old_descriptions_are_read_too);
	tcase_add_test(core, a_core_has_its_own_copy_with_a_commit);
	tcase_add_test(core, which_ca_file_is_read_depends_on_the_release);
	tcase_add_test(core, which_pythons_import_it_depends_on_the_release);
	tcase_add_test(core, the_version_in_a_source_is_an_assignment_at_its_margin);
	tcase_add_test(core, a_damaged_copy_has_problems);
	tcase_add_test(core, where_there_is_none_it_is_said_where_to_look);
	suite_add_tcase(suite, core);
	return suite;
}

UNIT_MAIN(copy_suite)
