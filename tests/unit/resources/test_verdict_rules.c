/* The rules, each at both ends of the releases that it holds for. */
#include "resources/verdict/rules.h"

#include "unit.h"

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

static const struct tmd_rules_settings nothing;
static const struct tmd_rules_settings by_argument = { .argument = "/a.pem" };
static const struct tmd_rules_settings by_variable = { .variable = "/v.pem" };
static const struct tmd_rules_settings by_both = { .argument = "/a.pem", .variable = "/v.pem" };
static const struct tmd_rules_settings masked = { .argument = "", .variable = "/v.pem" };
static const struct tmd_rules_settings emptied = { .variable = "" };

static void ask(const char *release, const char *python, const struct tmd_rules_settings *settings,
		struct tmd_rules_answer *out)
{
	tmd_rules_tell(release, python, settings, out);
	ck_assert_msg(out->fate == TMD_RULES_KNOWN && !out->why, "%s on %s: %s", release, python,
		      out->why);
}

static void assert_use(const char *release, const char *python,
		       const struct tmd_rules_settings *settings, enum tmd_use use,
		       enum tmd_from from, const char *path)
{
	struct tmd_rules_answer answer;
	const struct tmd_rules_use *found = &answer.uses[use];

	ask(release, python, settings, &answer);
	ck_assert_msg(found->from == from, "%s on %s: %s: %s instead of %s", release, python,
		      tmd_use_name(use), tmd_from_name(found->from), tmd_from_name(from));
	ck_assert_msg(path ? found->path && strcmp(found->path, path) == 0 : !found->path,
		      "%s on %s: %s: %s", release, python, tmd_use_name(use), found->path);
	tmd_rules_answer_release(&answer);
}

static void assert_fate(const char *release, const char *python,
			const struct tmd_rules_settings *settings, enum tmd_rules_fate fate,
			enum tmd_rules_obstacle obstacle)
{
	struct tmd_rules_answer answer;

	tmd_rules_tell(release, python, settings, &answer);
	ck_assert_msg(answer.fate == fate, "%s on %s: %s", release, python, answer.why);
	ck_assert_int_eq(answer.obstacle, obstacle);
	ck_assert_int_eq(fate != TMD_RULES_KNOWN, answer.why != NULL);
	tmd_rules_answer_release(&answer);
}

/* ---- 1: does it import ---- */

static const struct {
	const char *first, *last;
	const char *with[4]; /* Pythons that import it */
	const char *not[5];
} pythons[] = {
	{ "3.0.8", "3.0.11", { "2.7.18" }, { "3.6", "3.11", "3.13", "3.14", "3.2" } },
	{ "3.0.13", "3.0.41", { "2.7.18", "2.7" }, { "3.6", "3.11", "3.13" } },
	{ "3.1.0", "3.6.1", { "2.7.18", "3.6.8", "3.7", "3.11" }, { "3.12", "3.13.1", "3.14" } },
	{ "3.6.2", "3.8.5", { "3.6", "3.9.2", "3.11" }, { "2.7.18", "2.6", "3.12", "3.13" } },
	{ "3.9.0", "3.9.0", { "3.6", "3.12", "3.13" }, { "2.7.18" } },
	{ "3.9.1", "3.10.2", { "3.7", "3.12", "3.13" }, { "2.7.18", "3.6" } },
	{ "3.10.3", "3.10.3", { "3.9", "3.12", "3.13" }, { "2.7.18", "3.6", "3.7", "3.8" } },
};

static void assert_imports(const char *release, const char *const *with, const char *const *not)
{
	for (size_t i = 0; i < 4 && with[i]; i++) {
		assert_fate(release, with[i], &nothing, TMD_RULES_KNOWN, TMD_OBSTACLE_NONE);
		ck_assert(tmd_rules_runs_on(release, with[i]));
	}
	for (size_t i = 0; i < 5 && not[i]; i++) {
		assert_fate(release, not[i], &nothing, TMD_RULES_FAILS, TMD_OBSTACLE_PYTHON);
		ck_assert(!tmd_rules_runs_on(release, not[i]));
	}
}

START_TEST(some_that_import_refuse_to_work)
{
	static const char *const refusing[][2] = {
		{ "3.6.0", "2.7.18" }, { "3.6.1", "2.7" }, { "3.6.0", "3.6" }, { "3.9.0", "3.6.15" },
	};
	static const char *const serving[][2] = {
		{ "3.5.1", "2.7.18" }, { "3.5.1", "3.6" }, { "3.6.0", "3.7" }, { "3.9.0", "3.13" },
		{ "3.0.14", "2.7" },
	};

	for (size_t i = 0; i < sizeof(refusing) / sizeof(*refusing); i++) {
		ck_assert(tmd_rules_runs_on(refusing[i][0], refusing[i][1]));
		ck_assert(tmd_rules_refuses(refusing[i][0], refusing[i][1]));
	}
	for (size_t i = 0; i < sizeof(serving) / sizeof(*serving); i++)
		ck_assert(!tmd_rules_refuses(serving[i][0], serving[i][1]));
}
END_TEST

START_TEST(each_release_is_for_its_pythons)
{
	assert_imports(pythons[_i].first, pythons[_i].with, pythons[_i].not);
	assert_imports(pythons[_i].last, pythons[_i].with, pythons[_i].not);
}
END_TEST

START_TEST(an_answer_about_pythons_names_those_that_would_do)
{
	static const struct {
		const char *release, *python, *wanted;
	} rows[] = {
		{ "3.0.41", "3.11", "which is for Python 2.7" },
		{ "3.6.1", "3.12", "which is for Python 2.7 and 3.6 to 3.11" },
		{ "3.8.5", "3.13", "which is for Python 3.6 to 3.11" },
		{ "3.10.3", "3.8", "which is for Python 3.9 or newer" },
	};

	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct tmd_rules_answer answer;

		tmd_rules_tell(rows[i].release, rows[i].python, &nothing, &answer);
		ck_assert_msg(strstr(answer.why, rows[i].wanted) != NULL, "%s", answer.why);
		tmd_rules_answer_release(&answer);
	}
}
END_TEST

START_TEST(a_stale_httplib2_variable_stops_the_import_from_3_0_38_on)
{
	static const char *const releases[] = { "3.0.38", "3.2.6", "3.6.1" };
	static const char *const modern[] = { "3.8.5", "3.10.3" };
	const struct tmd_rules_settings missing = { .httplib2 = "/gone.pem" };
	const struct tmd_rules_settings empty = { .httplib2 = "", .argument = "/a.pem" };
	const struct tmd_rules_settings fine = { .httplib2 = "/h.pem", .httplib2_is_file = true };

	assert_fate("3.0.37", "2.7", &missing, TMD_RULES_KNOWN, TMD_OBSTACLE_NONE);
	for (size_t i = 0; i < LENGTH(releases); i++) {
		assert_fate(releases[i], "2.7", &missing, TMD_RULES_FAILS, TMD_OBSTACLE_HTTPLIB2);
		assert_fate(releases[i], "2.7", &empty, TMD_RULES_FAILS, TMD_OBSTACLE_HTTPLIB2);
		assert_fate(releases[i], "2.7", &fine, TMD_RULES_KNOWN, TMD_OBSTACLE_NONE);
	}
	for (size_t i = 0; i < LENGTH(modern); i++) {
		assert_fate(modern[i], "3.11", &missing, TMD_RULES_FAILS, TMD_OBSTACLE_HTTPLIB2);
		assert_fate(modern[i], "3.11", &empty, TMD_RULES_FAILS, TMD_OBSTACLE_HTTPLIB2);
	}
}
END_TEST

START_TEST(the_first_releases_have_no_argument)
{
	assert_fate("3.0.8", "2.7", &by_argument, TMD_RULES_FAILS, TMD_OBSTACLE_ARGUMENT);
	assert_fate("3.0.11", "2.7", &masked, TMD_RULES_FAILS, TMD_OBSTACLE_ARGUMENT);
	assert_fate("3.0.13", "2.7", &by_argument, TMD_RULES_KNOWN, TMD_OBSTACLE_NONE);
}
END_TEST

/* ---- what is not known ---- */

START_TEST(other_releases_are_unsure)
{
	static const char *const releases[] = { "3.0.7", "3.0.12", "3.0.42", "3.8.6", "3.10.4",
						"3.11.0", "4.0.0", "2.9.9", "3.10", "x", "",
						"3.0.9999999999", "3..1", "3.0.", NULL };

	for (size_t i = 0; i < LENGTH(releases); i++) {
		ck_assert_msg(!tmd_rules_know(releases[i]), "%s", releases[i]);
		assert_fate(releases[i], "2.7", &nothing, TMD_RULES_UNSURE, TMD_OBSTACLE_NONE);
	}
}
END_TEST

START_TEST(suffixes_do_not_matter)
{
	ck_assert(tmd_rules_know("3.0.33.dev") && tmd_rules_know("3.0.32.toolkit") &&
		  tmd_rules_know("v3.0.9_beta1") && tmd_rules_know("3.0.20.RC1") &&
		  tmd_rules_know("3.10.0-beta.1"));
	assert_use("v3.0.39.dev", "2.7", &by_variable, TMD_USE_STORAGE_UPLOAD, TMD_FROM_VARIABLE,
		   "/v.pem");
}
END_TEST

START_TEST(other_pythons_are_unsure)
{
	static const char *const versions[] = { "2.7.8", "3.5", "3.0", "3.14", "4.0", "x", "", "3" };

	for (size_t i = 0; i < LENGTH(versions); i++)
		assert_fate("3.1.0", versions[i], &nothing,
			    strcmp(versions[i], "3.14") == 0 ? TMD_RULES_FAILS : TMD_RULES_UNSURE,
			    strcmp(versions[i], "3.14") == 0 ? TMD_OBSTACLE_PYTHON
							     : TMD_OBSTACLE_NONE);
	assert_fate("3.10.3", "3.14", &nothing, TMD_RULES_UNSURE, TMD_OBSTACLE_NONE);
	assert_fate("3.10.3", NULL, &nothing, TMD_RULES_UNSURE, TMD_OBSTACLE_NONE);
	assert_fate("3.1.0", "2.7.9", &nothing, TMD_RULES_KNOWN, TMD_OBSTACLE_NONE);
}
END_TEST

/* ---- 2 and 3: API calls ---- */

#define TXT "lib/httplib2/cacerts.txt"
#define TXT2 "lib/httplib2/python2/cacerts.txt"
#define TXT3 "lib/httplib2/python3/cacerts.txt"
#define CERTIFI "lib/certifi/cacert.pem"

static const struct {
	const char *first, *last, *python;
	const struct tmd_rules_settings *settings;
	enum tmd_from from;
	const char *path;
} calls[] = {
	{ "3.0.8", "3.0.20", "2.7", &nothing, TMD_FROM_PACKAGE, TXT },
	{ "3.0.21", "3.0.41", "2.7", &nothing, TMD_FROM_PACKAGE, TXT },
	{ "3.1.0", "3.2.5", "2.7", &nothing, TMD_FROM_PACKAGE, TXT2 },
	{ "3.1.0", "3.2.5", "3.11", &nothing, TMD_FROM_PACKAGE, TXT3 },
	{ "3.2.6", "3.6.1", "2.7", &nothing, TMD_FROM_PACKAGE, CERTIFI },
	{ "3.2.6", "3.8.5", "3.11", &nothing, TMD_FROM_PACKAGE, CERTIFI },
	{ "3.9.0", "3.10.3", "3.13", &nothing, TMD_FROM_PACKAGE, CERTIFI },
	{ "3.0.8", "3.0.18", "2.7", &by_variable, TMD_FROM_PACKAGE, TXT },
	{ "3.0.13", "3.0.41", "2.7", &by_argument, TMD_FROM_ARGUMENT, "/a.pem" },
	{ "3.0.13", "3.0.18", "2.7", &by_both, TMD_FROM_ARGUMENT, "/a.pem" },
	{ "3.0.19", "3.0.41", "2.7", &by_variable, TMD_FROM_VARIABLE, "/v.pem" },
	{ "3.0.19", "3.6.1", "2.7", &by_both, TMD_FROM_ARGUMENT, "/a.pem" },
	{ "3.1.0", "3.8.5", "3.11", &by_variable, TMD_FROM_VARIABLE, "/v.pem" },
	{ "3.9.0", "3.10.3", "3.13", &by_variable, TMD_FROM_VARIABLE, "/v.pem" },
	{ "3.9.0", "3.10.3", "3.13", &by_both, TMD_FROM_ARGUMENT, "/a.pem" },
	{ "3.0.13", "3.0.18", "2.7", &masked, TMD_FROM_NOWHERE, NULL },
	{ "3.0.19", "3.6.1", "2.7", &masked, TMD_FROM_NOWHERE, NULL },
	{ "3.0.13", "3.0.18", "2.7", &emptied, TMD_FROM_PACKAGE, TXT },
	{ "3.0.19", "3.6.1", "2.7", &emptied, TMD_FROM_NOWHERE, NULL },
	{ "3.1.0", "3.8.5", "3.11", &emptied, TMD_FROM_PACKAGE, TXT3 },
	{ "3.1.0", "3.8.5", "3.11", &masked, TMD_FROM_PACKAGE, TXT3 },
	{ "3.9.0", "3.10.3", "3.11", &emptied, TMD_FROM_PACKAGE, TXT },
	{ "3.9.0", "3.10.3", "3.13", &masked, TMD_FROM_PACKAGE, TXT },
};

START_TEST(api_calls_use_the_setting_or_the_own_file)
{
	assert_use(calls[_i].first, calls[_i].python, calls[_i].settings, TMD_USE_API,
		   calls[_i].from, calls[_i].path);
	assert_use(calls[_i].last, calls[_i].python, calls[_i].settings, TMD_USE_API,
		   calls[_i].from, calls[_i].path);
}
END_TEST

/* Where the setting is none, or empty on Python 3. */
START_TEST(httplib2_asks_its_variable_then_a_locater_then_certifi)
{
	struct tmd_rules_settings all = { .httplib2 = "/h.pem", .httplib2_is_file = true,
					  .has_locater = true, .certifi = "/c.pem" };

	assert_use("3.0.20", "2.7", &all, TMD_USE_API, TMD_FROM_PACKAGE, TXT);
	assert_use("3.0.21", "2.7", &all, TMD_USE_API, TMD_FROM_LOCATER, NULL);
	assert_use("3.0.37", "2.7", &all, TMD_USE_API, TMD_FROM_LOCATER, NULL);
	assert_use("3.0.38", "2.7", &all, TMD_USE_API, TMD_FROM_HTTPLIB2, "/h.pem");
	assert_use("3.2.5", "3.11", &all, TMD_USE_API, TMD_FROM_HTTPLIB2, "/h.pem");
	assert_use("3.2.6", "3.11", &all, TMD_USE_API, TMD_FROM_PACKAGE, CERTIFI);
	all.variable = "";
	assert_use("3.2.6", "2.7", &all, TMD_USE_API, TMD_FROM_NOWHERE, NULL);
	assert_use("3.2.6", "3.11", &all, TMD_USE_API, TMD_FROM_HTTPLIB2, "/h.pem");
	all.httplib2 = NULL;
	assert_use("3.0.38", "2.7", &all, TMD_USE_API, TMD_FROM_NOWHERE, NULL);
	assert_use("3.10.3", "3.13", &all, TMD_USE_API, TMD_FROM_LOCATER, NULL);
	all.has_locater = false;
	assert_use("3.10.3", "3.13", &all, TMD_USE_API, TMD_FROM_CERTIFI, "/c.pem");
	all.variable = NULL;
	assert_use("3.0.37", "2.7", &all, TMD_USE_API, TMD_FROM_PACKAGE, TXT);
	assert_use("3.0.38", "2.7", &all, TMD_USE_API, TMD_FROM_CERTIFI, "/c.pem");
}
END_TEST

START_TEST(openssl_checks_names_of_api_calls_from_3_0_38_on)
{
	struct tmd_rules_answer answer;

	ask("3.0.37", "2.7", &nothing, &answer);
	ck_assert_int_eq(answer.uses[TMD_USE_API].name, TMD_NAME_CHECKED_NO_SNI);
	ask("3.0.38", "2.7", &nothing, &answer);
	ck_assert_int_eq(answer.uses[TMD_USE_API].name, TMD_NAME_CHECKED);
	ask("3.10.3", "3.13", &by_variable, &answer);
	ck_assert_int_eq(answer.uses[TMD_USE_API].name, TMD_NAME_CHECKED);
	ck_assert(!answer.uses[TMD_USE_API].strict);
}
END_TEST

/* ---- 4: transfers ---- */

/* O: the system, S: the setting, -: no such use; form, storage upload, site and storage download,
   the last once more after a site download. */
static const struct {
	const char *first, *last, *python, *reach;
} transfers[] = {
	{ "3.0.13", "3.0.32", "2.7", "O-OOO" }, /* with an argument; before there is none */
	{ "3.0.33", "3.0.35", "2.7", "OOOOO" },
	{ "3.0.36", "3.0.38", "2.7", "SOSOS" },
	{ "3.0.39", "3.6.0", "2.7", "SSSOS" },
	{ "3.1.0", "3.6.0", "3.11", "SSSOS" },
	{ "3.6.1", "3.6.1", "2.7", "SSSSS" },
	{ "3.6.1", "3.8.1", "3.11", "SSSSS" },
	{ "3.8.2", "3.8.5", "3.11", "OOOOO" },
	{ "3.9.0", "3.10.3", "3.13", "SSSSS" },
};

static void assert_reach(const char *release, const char *python, const char *reach)
{
	for (int i = 0; i < 5; i++) {
		enum tmd_use use = (enum tmd_use)(TMD_USE_FORM + i);

		if (reach[i] == 'S')
			assert_use(release, python, &by_both, use, TMD_FROM_ARGUMENT, "/a.pem");
		else
			assert_use(release, python, &by_both, use,
				   reach[i] == 'O' ? TMD_FROM_SYSTEM : TMD_FROM_NO_USE, NULL);
	}
}

START_TEST(transfers_use_the_setting_or_the_system)
{
	assert_reach(transfers[_i].first, transfers[_i].python, transfers[_i].reach);
	assert_reach(transfers[_i].last, transfers[_i].python, transfers[_i].reach);
}
END_TEST

START_TEST(transfers_of_the_first_releases_use_the_system)
{
	assert_use("3.0.8", "2.7", &by_variable, TMD_USE_FORM, TMD_FROM_SYSTEM, NULL);
	assert_use("3.0.11", "2.7", &by_variable, TMD_USE_STORAGE_UPLOAD, TMD_FROM_NO_USE, NULL);
	assert_use("3.0.11", "2.7", &by_variable, TMD_USE_SITE_DOWNLOAD, TMD_FROM_SYSTEM, NULL);
	assert_use("3.0.11", "2.7", &by_variable, TMD_USE_STORAGE_DOWNLOAD, TMD_FROM_SYSTEM, NULL);
}
END_TEST

START_TEST(without_a_setting_transfers_use_the_system_until_certifi_is_one)
{
	assert_use("3.0.39", "2.7", &nothing, TMD_USE_FORM, TMD_FROM_SYSTEM, NULL);
	assert_use("3.2.5", "3.11", &nothing, TMD_USE_STORAGE_DOWNLOAD_AFTER, TMD_FROM_SYSTEM, NULL);
	assert_use("3.2.6", "3.11", &nothing, TMD_USE_FORM, TMD_FROM_PACKAGE, CERTIFI);
	assert_use("3.2.6", "3.11", &nothing, TMD_USE_STORAGE_DOWNLOAD, TMD_FROM_SYSTEM, NULL);
	assert_use("3.6.1", "3.11", &nothing, TMD_USE_STORAGE_DOWNLOAD, TMD_FROM_PACKAGE, CERTIFI);
	assert_use("3.8.2", "3.11", &nothing, TMD_USE_FORM, TMD_FROM_SYSTEM, NULL);
	assert_use("3.10.3", "3.13", &emptied, TMD_USE_FORM, TMD_FROM_SYSTEM, NULL);
	assert_use("3.10.3", "3.13", &masked, TMD_USE_STORAGE_UPLOAD, TMD_FROM_SYSTEM, NULL);
}
END_TEST

/* ---- flags ---- */

static void assert_flags(const char *release, const char *python,
			 const struct tmd_rules_settings *settings, enum tmd_name_check name,
			 bool strict)
{
	struct tmd_rules_answer answer;

	ask(release, python, settings, &answer);
	ck_assert_int_eq(answer.uses[TMD_USE_FORM].name, name);
	ck_assert_int_eq(answer.uses[TMD_USE_FORM].strict, strict);
	ck_assert(!answer.uses[TMD_USE_API].strict);
}

START_TEST(transfers_by_the_setting_ignore_names_before_3_9_0)
{
	assert_flags("3.0.36", "2.7", &by_variable, TMD_NAME_IGNORED, false);
	assert_flags("3.2.6", "3.11", &nothing, TMD_NAME_IGNORED, false);
	assert_flags("3.8.1", "3.11", &by_variable, TMD_NAME_IGNORED, false);
	assert_flags("3.9.0", "3.12", &by_variable, TMD_NAME_CHECKED, false);
	assert_flags("3.0.35", "2.7", &by_variable, TMD_NAME_CHECKED, false);
	assert_flags("3.8.1", "3.11", &emptied, TMD_NAME_CHECKED, false);
	assert_flags("3.8.2", "3.11", &by_variable, TMD_NAME_CHECKED, false);
}
END_TEST

START_TEST(transfers_are_strict_on_python_3_13)
{
	assert_flags("3.9.0", "3.13", &by_variable, TMD_NAME_CHECKED, true);
	assert_flags("3.10.3", "3.13.2", &emptied, TMD_NAME_CHECKED, true);
	assert_flags("3.10.3", "3.12", &emptied, TMD_NAME_CHECKED, false);
}
END_TEST

START_TEST(python_2_can_be_told_not_to_verify)
{
	struct tmd_rules_settings off = { .https_verify = "0" };

	assert_use("3.0.35", "2.7", &off, TMD_USE_FORM, TMD_FROM_UNASKED, NULL);
	assert_use("3.0.35", "2.7", &off, TMD_USE_API, TMD_FROM_PACKAGE, TXT);
	assert_use("3.8.2", "3.11", &off, TMD_USE_FORM, TMD_FROM_SYSTEM, NULL);
	off.variable = "/v.pem";
	assert_use("3.0.39", "2.7", &off, TMD_USE_FORM, TMD_FROM_VARIABLE, "/v.pem");
	off.https_verify = "1";
	assert_use("3.0.35", "2.7", &off, TMD_USE_FORM, TMD_FROM_SYSTEM, NULL);
}
END_TEST

START_TEST(three_releases_call_at_once)
{
	static const struct {
		const char *release;
		bool at_once;
	} rows[] = { { "3.0.32", false }, { "3.0.33", true }, { "3.0.35", true }, { "3.0.36", false } };

	for (size_t i = 0; i < LENGTH(rows); i++) {
		struct tmd_rules_answer answer;

		ask(rows[i].release, "2.7", &nothing, &answer);
		ck_assert_int_eq(answer.calls_at_once, rows[i].at_once);
	}
}
END_TEST

static Suite *rules_suite(void)
{
	Suite *suite = suite_create("verdict rules");
	TCase *tc = tcase_create("rules");

	tcase_add_loop_test(tc, each_release_is_for_its_pythons, 0, LENGTH(pythons));
	tcase_add_test(tc, some_that_import_refuse_to_work);
	tcase_add_test(tc, an_answer_about_pythons_names_those_that_would_do);
	tcase_add_test(tc, a_stale_httplib2_variable_stops_the_import_from_3_0_38_on);
	tcase_add_test(tc, the_first_releases_have_no_argument);
	tcase_add_test(tc, other_releases_are_unsure);
	tcase_add_test(tc, suffixes_do_not_matter);
	tcase_add_test(tc, other_pythons_are_unsure);
	tcase_add_loop_test(tc, api_calls_use_the_setting_or_the_own_file, 0, LENGTH(calls));
	tcase_add_test(tc, httplib2_asks_its_variable_then_a_locater_then_certifi);
	tcase_add_test(tc, openssl_checks_names_of_api_calls_from_3_0_38_on);
	tcase_add_loop_test(tc, transfers_use_the_setting_or_the_system, 0, LENGTH(transfers));
	tcase_add_test(tc, transfers_of_the_first_releases_use_the_system);
	tcase_add_test(tc, without_a_setting_transfers_use_the_system_until_certifi_is_one);
	tcase_add_test(tc, transfers_by_the_setting_ignore_names_before_3_9_0);
	tcase_add_test(tc, transfers_are_strict_on_python_3_13);
	tcase_add_test(tc, python_2_can_be_told_not_to_verify);
	tcase_add_test(tc, three_releases_call_at_once);
	suite_add_tcase(suite, tc);
	return suite;
}

UNIT_MAIN(rules_suite)
