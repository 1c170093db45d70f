/* Bundles and the one that a Linux system compiles itself: as a source, and as a path. */
#include "resources/bundle_fixture.h"

#define DEBIAN "/etc/ssl/certs/ca-certificates.crt"

START_TEST(system_is_the_compiled_bundle_inside_the_root)
{
	put("/etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n");
	put(DEBIAN, starfield);
	resource(PATH);
	give("sources", "system");
	give("extra", one);
	converge();
	holds(PATH, starfield, one, NULL);
	put("/etc/os-release", "ID=rocky\nID_LIKE=\"rhel fedora\"\n");
	put("/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", amazon);
	converge();
	holds(PATH, amazon, one, NULL);
}
END_TEST

START_TEST(system_sees_what_an_anchor_plans_in_the_same_run)
{
	struct tmd_changeset planned = { 0 };
	struct tmd_buf content = { 0 };
	struct tmd_error err;

	put("/etc/os-release", "ID=ubuntu\nID_LIKE=debian\n");
	put(DEBIAN, one);
	resource(PATH);
	give("sources", "system");
	plan_fails(TMD_E_REFUSED, "starfield-services-root-g2");
	tmd_buf_addf(&content, "%s%s", one, starfield);
	tmd_changeset_expect(&planned, DEBIAN, &content);
	ck_ok(tmd_changeset_preview(&planned, ctx.view, &err), err);
	look();
	ck_assert_str_eq(drift(), "state count");
	ck_assert_int_eq(desired("count")->integer, 2);
	ck_ok(tmd_type_bundle.plan(&ctx, &r, &set, &err), err);
	tmd_changeset_release(&planned);
	tmd_view_clear(ctx.view);
}
END_TEST

START_TEST(system_is_refused_where_it_is_unknown_or_missing)
{
	free_resource(PATH);
	give("sources", "system");
	plan_fails(TMD_E_UNSUPPORTED, "as a source");
	put("/etc/os-release", "ID=debian\n");
	plan_fails(TMD_E_NOT_FOUND, "no compiled bundle");
}
END_TEST

START_TEST(a_bundle_that_the_system_compiles_is_warned_about)
{
	put(DEBIAN, one);
	free_resource(DEBIAN);
	in_sync();
	ck_assert(warned("use an anchor"));
	give("state", "absent");
	look();
	ck_assert(!warned("use an anchor"));
}
END_TEST

static Suite *bundle_system_suite(void)
{
	Suite *suite = suite_create("resources/bundle_system");
	TCase *tcase = tcase_create("bundle_system");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, system_is_the_compiled_bundle_inside_the_root);
	tcase_add_test(tcase, system_sees_what_an_anchor_plans_in_the_same_run);
	tcase_add_test(tcase, system_is_refused_where_it_is_unknown_or_missing);
	tcase_add_test(tcase, a_bundle_that_the_system_compiles_is_warned_about);
	suite_add_tcase(suite, tcase);
	return suite;
}

UNIT_MAIN(bundle_system_suite)
