/* Variables of a profile that have a value for each system. */
#include "unit.h"

#include "engine/profile.h"
#include "fake_type.h"
#include "os/console.h"

static const struct tmd_type *const types[] = { &fake_type, NULL };
static struct tmd_run run;
static struct tmd_error err;

static void setup(void)
{
	memset(&run, 0, sizeof(run));
	ck_ok(tmd_fs_open(NULL, &run.ctx.fs, &err), err);
}

static void teardown(void)
{
	tmd_run_release(&run);
	tmd_fs_free(run.ctx.fs);
}

static enum tmd_rc read_profile(const char *variables, const char *attribute, const char *setting)
{
	struct tmd_strv settings = { 0 };
	char text[1024];
	enum tmd_rc rc;

	snprintf(text, sizeof(text),
		 "trustmend: 1\nvariables:\n%sresources:\n  - {type: fake, path: /x, %s}\n",
		 variables, attribute);
	if (setting)
		tmd_strv_add(&settings, setting);
	rc = tmd_profile_add(&run, types, text, strlen(text), "p.yml", "/base", &settings, &err);
	tmd_strv_release(&settings);
	return rc;
}

#define says(part) ck_assert_msg(strstr(err.message, part), "'%s' lacks '%s'", err.message, part)

START_TEST(the_value_of_this_system_counts)
{
	ck_ok(read_profile("  v:\n    linux: for linux\n    windows: for windows\n", "text: '${v}'",
			   NULL), err);
	ck_assert_str_eq(tmd_value_str(&run.results[0].resource.input[FAKE_TEXT]),
			 strcmp(tmd_os_name(), "windows") == 0 ? "for windows" : "for linux");
}
END_TEST

START_TEST(a_list_may_differ_too)
{
	const struct tmd_value *tags;

	ck_ok(read_profile("  v: {linux: [a, b], windows: [a, b]}\n", "tags: '${v}'", NULL), err);
	tags = &run.results[0].resource.input[FAKE_TAGS];
	ck_assert_int_eq(tags->kind, TMD_V_LIST);
	ck_assert_uint_eq(tags->list.count, 2);
}
END_TEST

START_TEST(a_setting_replaces_it_on_every_system)
{
	ck_ok(read_profile("  v: {linux: a, windows: b}\n", "text: '${v}'", "v=c"), err);
	ck_assert_str_eq(tmd_value_str(&run.results[0].resource.input[FAKE_TEXT]), "c");
}
END_TEST

START_TEST(what_is_no_value_for_systems_is_refused_with_its_line)
{
	static const struct {
		const char *variables;
		const char *says;
	} cases[] = {
		{ "  v:\n    macos: a\n", "p.yml:4: 'macos' is no system" },
		{ "  v:\n    linux: a\n    windows: [b]\n", "p.yml:5: text for one system" },
		{ "  v: {linux: a, windows: b, linux: c, windows: d}\n", "stands twice" },
		{ "  v:\n    linux: {a: b}\n    windows: {a: b}\n", "must be text or a list" },
		{ "  v:\n    [linux]: a\n", "p.yml:4: a list or mapping cannot be a key" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		ck_fails(read_profile(cases[i].variables, "text: x", NULL), err,
			 TMD_E_INVALID_INPUT);
		says(cases[i].says);
		tmd_run_release(&run);
	}
}
END_TEST

START_TEST(a_system_without_a_value_is_named)
{
	const char *other = strcmp(tmd_os_name(), "windows") == 0 ? "linux" : "windows";
	char variables[64];

	snprintf(variables, sizeof(variables), "  v: {%s: a}\n", other);
	ck_ok(read_profile(variables, "text: '${v}'", NULL), err);
	err = run.results[0].error;
	ck_assert_int_eq(err.kind, TMD_E_INVALID_INPUT);
	says("p.yml:5: variable 'v' has no value for this system");
	says(tmd_os_name());
	tmd_run_release(&run);
	snprintf(variables, sizeof(variables), "  v: {%s: [a]}\n", other);
	ck_ok(read_profile(variables, "tags: '${v}'", NULL), err);
	err = run.results[0].error;
	ck_assert_int_eq(err.kind, TMD_E_INVALID_INPUT);
	says("'v' has no value");
}
END_TEST

START_TEST(a_missing_value_may_be_set_or_not_used)
{
	const char *other = strcmp(tmd_os_name(), "windows") == 0 ? "linux" : "windows";
	char variables[64];

	snprintf(variables, sizeof(variables), "  v: {%s: a}\n", other);
	ck_ok(read_profile(variables, "text: x", NULL), err);
	ck_ok(read_profile(variables, "text: '${v}'", "v=c"), err);
	ck_assert_str_eq(tmd_value_str(&run.results[1].resource.input[FAKE_TEXT]), "c");
	ck_ok(read_profile("  v: {}\n", "text: x", NULL), err);
}
END_TEST

static Suite *suite(void)
{
	Suite *all = suite_create("profile_systems");
	TCase *tc = tcase_create("systems");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, the_value_of_this_system_counts);
	tcase_add_test(tc, a_list_may_differ_too);
	tcase_add_test(tc, a_setting_replaces_it_on_every_system);
	tcase_add_test(tc, what_is_no_value_for_systems_is_refused_with_its_line);
	tcase_add_test(tc, a_system_without_a_value_is_named);
	tcase_add_test(tc, a_missing_value_may_be_set_or_not_used);
	suite_add_tcase(all, tc);
	return all;
}

UNIT_MAIN(suite)
