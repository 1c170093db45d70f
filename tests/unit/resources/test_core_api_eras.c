/* The table of cores: samples at the boundaries, and no answer beyond them. */
#include "resources/core_api/eras.h"

#include "unit.h"

static void assert_era(const char *core, const char *api, enum tmd_era_env env)
{
	struct tmd_era era = tmd_era_of(core);

	if (!api)
		ck_assert_msg(!era.python_api, "%s has %s", core, era.python_api);
	else
		ck_assert_msg(era.python_api && strcmp(era.python_api, api) == 0, "%s has %s", core,
			      era.python_api ? era.python_api : "nothing");
	ck_assert_msg(era.env == env, "%s: %d", core, (int)era.env);
}

START_TEST(python_api_changes_at_the_tags)
{
	assert_era("v0.14.0", "3.0.13", TMD_ERA_ENV_ABSENT);
	assert_era("v0.15.23", "3.0.17", TMD_ERA_ENV_ABSENT);
	assert_era("v0.16.0RC1", "3.0.19", TMD_ERA_ENV_PARTLY);
	assert_era("v0.16.0", "3.0.19", TMD_ERA_ENV_PARTLY);
	assert_era("v0.18.105", "3.0.34", TMD_ERA_ENV_PARTLY);
	assert_era("v0.18.106", "3.0.33", TMD_ERA_ENV_PARTLY);
	assert_era("v0.18.107", "3.0.34", TMD_ERA_ENV_PARTLY);
	assert_era("v0.18.163", "3.0.38", TMD_ERA_ENV_PARTLY);
	assert_era("v0.18.164", "3.0.39", TMD_ERA_ENV_HONOURED);
	assert_era("v0.18.172", "3.0.39", TMD_ERA_ENV_HONOURED);
	assert_era("v0.19.0", "3.2.2", TMD_ERA_ENV_HONOURED);
	assert_era("v0.19.1.rc", "3.2.2", TMD_ERA_ENV_HONOURED);
	assert_era("v0.19.17", "3.2.4", TMD_ERA_ENV_HONOURED);
	assert_era("v0.19.18", "3.2.6", TMD_ERA_ENV_HONOURED);
	assert_era("v0.23.5", "3.9.2", TMD_ERA_ENV_HONOURED);
	assert_era("v0.24.0", "3.10.3", TMD_ERA_ENV_HONOURED);
}
END_TEST

START_TEST(three_cores_ignore_the_variable)
{
	assert_era("v0.23.6", "3.10.0", TMD_ERA_ENV_HONOURED);
	assert_era("v0.23.7", "3.10.0", TMD_ERA_ENV_IGNORED);
	assert_era("v0.23.8", "3.10.0", TMD_ERA_ENV_IGNORED);
	assert_era("0.23.9", "3.10.0", TMD_ERA_ENV_IGNORED);
	assert_era("v0.23.10", "3.10.0", TMD_ERA_ENV_HONOURED);
}
END_TEST

START_TEST(logins_and_transfers_pass_it_by_for_a_while)
{
	assert_era("v0.20.19", "3.3.5", TMD_ERA_ENV_HONOURED);
	assert_era("v0.20.20", "3.3.5", TMD_ERA_ENV_LOGIN);
	assert_era("v0.21.6", "3.6.1", TMD_ERA_ENV_LOGIN);
	assert_era("v0.22.0", "3.6.2", TMD_ERA_ENV_LOGIN);
	assert_era("v0.22.1", "3.8.1", TMD_ERA_ENV_HONOURED);
	assert_era("v0.22.2", "3.8.2", TMD_ERA_ENV_TRANSFERS);
	assert_era("v0.22.7", "3.8.4", TMD_ERA_ENV_TRANSFERS);
	assert_era("v0.23.0", "3.9.0", TMD_ERA_ENV_HONOURED);
}
END_TEST

START_TEST(newer_cores_need_a_newer_python)
{
	ck_assert_ptr_null(tmd_era_python("v0.23.9"));
	ck_assert_str_eq(tmd_era_python("v0.23.10"), "3.9");
	ck_assert_str_eq(tmd_era_python("v0.24.0"), "3.9");
	ck_assert_ptr_null(tmd_era_python("a6512fa"));
	ck_assert_ptr_null(tmd_era_python("HEAD"));
	ck_assert_ptr_null(tmd_era_python(NULL));
}
END_TEST

START_TEST(unlisted_cores_are_unknown)
{
	static const char *const unknown[] = { "v0.13.9",	"v0.23.11",    "v0.24.1", "v0.25.0",
					       "v1.0.0",	"a6512fa",     "HEAD",	  "latest",
					       "v0.20.24-test", "v0.18.172.1", "",	  NULL };

	for (size_t i = 0; unknown[i]; i++)
		assert_era(unknown[i], NULL, TMD_ERA_ENV_UNKNOWN);
	assert_era(NULL, NULL, TMD_ERA_ENV_UNKNOWN);
	assert_era(TMD_ERA_NEWEST, "3.10.3", TMD_ERA_ENV_HONOURED);
}
END_TEST

static Suite *eras_suite(void)
{
	Suite *suite = suite_create("core_api eras");
	TCase *core = tcase_create("core");

	tcase_add_test(core, python_api_changes_at_the_tags);
	tcase_add_test(core, three_cores_ignore_the_variable);
	tcase_add_test(core, logins_and_transfers_pass_it_by_for_a_while);
	tcase_add_test(core, newer_cores_need_a_newer_python);
	tcase_add_test(core, unlisted_cores_are_unknown);
	suite_add_tcase(suite, core);
	return suite;
}

UNIT_MAIN(eras_suite)
