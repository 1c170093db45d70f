/* Names that say where certificates are, and names that only look like them. */
#include "unit.h"

#include "base/mem.h"
#include "resources/env/strays.h"
#include "resources/env/trust_vars.h"

#define API "SHOTGUN_API_CACERTS"

START_TEST(what_a_variable_names_is_known)
{
	static const struct {
		const char *name;
		enum tmd_env_trust trust;
	} cases[] = {
		{ API, TMD_ENV_TRUST_FILE },
		{ "ssl_cert_file", TMD_ENV_TRUST_FILE },
		{ "PIP_CERT", TMD_ENV_TRUST_FILE_OR_DIR },
		{ "SSL_CERT_DIR", TMD_ENV_TRUST_DIRS },
		{ "SHOTGRID_API_CACERTS", TMD_ENV_TRUST_NOT },
		{ "PATH", TMD_ENV_TRUST_NOT },
	};

	ck_assert_int_eq(tmd_env_trust(cases[_i].name), cases[_i].trust);
}
END_TEST

static const char *const alike[][2] = {
	{ "SHOTGRID_API_CACERTS", API },  { "ShotGrid_API_CACERTS", API },
	{ "FPTR_API_CACERTS", API },	  { "PTR_API_CACERTS", API },
	{ "SG_API_CACERTS", API },	  { "SHOTGUN_API_CACERT", API },
	{ "SHOTGUN_CACERTS", API },	  { "SHOTGUN_API_CA_CERTS", API },
	{ "FLOW_CA_CERTS", API },	  { "SHOTGUN_API_CA_BUNDLE", API },
	{ "shotgun_api_cacerts", API },	  { "SHOTGUN_API_CACRETS", API },
	{ "SHOTGUNAPI_CACERTS", API },	  { "SHOTGUN_API3_CACERTS", API },
	{ "SSL_CERTFILE", "SSL_CERT_FILE" }, { "ssl_cert_file", "SSL_CERT_FILE" },
	{ "REQUEST_CA_BUNDLE", "REQUESTS_CA_BUNDLE" },
	{ "CURL_CA_BUNDEL", "CURL_CA_BUNDLE" },
};
#define ALIKE (int)(sizeof(alike) / sizeof(*alike))

START_TEST(look_alike_is_answered_with_what_is_meant)
{
	ck_assert_ptr_nonnull(tmd_env_meant(alike[_i][0]));
	ck_assert_str_eq(tmd_env_meant(alike[_i][0]), alike[_i][1]);
}
END_TEST

START_TEST(look_alike_that_is_set_is_a_stray_of_what_is_meant_alone)
{
	ck_assert_ptr_nonnull(tmd_env_stray(alike[_i][1], alike[_i][0]));
	ck_assert_ptr_null(tmd_env_stray("GIT_SSL_CAINFO", alike[_i][0]));
	ck_assert_ptr_null(tmd_env_stray("EDITOR", alike[_i][0]));
}
END_TEST

static const char *const others[] = {
	API, "SSL_CERT_FILE", "SSL_CERT_DIR", "NIX_SSL_CERT_FILE", "PIP_CERTS", "VIP_CERT", "DEMO_CERT",
	"SHOTGUN_API_KEY", "SHOTGUN_API", "SSL_CERT", "EWS_CA_BUNDLE", "FLOW", "SG_API_KEY",
	"CORE_CA_BUNDLE", "CACERTS", "SHOTGUN_HOST", "",
};

START_TEST(other_names_mean_what_they_say)
{
	ck_assert_msg(!tmd_env_meant(others[_i]), "%s is taken for %s", others[_i],
		      tmd_env_meant(others[_i]));
}
END_TEST

START_TEST(removal_of_a_stray_is_a_command)
{
	TMD_AUTO_FREE char *machine = tmd_env_stray_removal("FPTR_API_CACERTS", NULL);
	TMD_AUTO_FREE char *user = tmd_env_stray_removal("FPTR_API_CACERTS", "bob");
	TMD_AUTO_FREE char *padded = tmd_env_stray_removal(API " ", NULL);

	ck_assert_str_eq(machine, "remove it with: trustmend env apply name=FPTR_API_CACERTS "
				  "state=absent");
	ck_assert_str_eq(user, "remove it with: trustmend env apply name=FPTR_API_CACERTS "
			       "state=absent scope=user user=bob");
	ck_assert_str_eq(padded, "remove it by hand");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("resources_env_trust_vars");
	TCase *t = tcase_create("names");

	tcase_add_loop_test(t, what_a_variable_names_is_known, 0, 6);
	tcase_add_loop_test(t, look_alike_is_answered_with_what_is_meant, 0, ALIKE);
	tcase_add_loop_test(t, look_alike_that_is_set_is_a_stray_of_what_is_meant_alone, 0, ALIKE);
	tcase_add_loop_test(t, other_names_mean_what_they_say, 0,
			    (int)(sizeof(others) / sizeof(*others)));
	tcase_add_test(t, removal_of_a_stray_is_a_command);
	suite_add_tcase(s, t);
	return s;
}

UNIT_MAIN(suite)
