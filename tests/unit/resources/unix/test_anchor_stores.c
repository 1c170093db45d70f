/* Which store an anchor goes to on Linux, and what is refused with which words. */
#include "resources/unix/anchor_links.h"

static struct root root;
static struct made ca;

static void set_up(void)
{
	root_open(&root, "ID=debian\n");
	ca = make_ca("Studio Root");
}

static void tear_down(void)
{
	made_release(&ca);
	root_close(&root);
}

static void normalize_fails(struct tmd_resource *r, enum tmd_error_kind kind, const char *says)
{
	struct tmd_error err;

	ck_fails(tmd_resource_normalize(&root.ctx, r, &err), err, kind);
	ck_assert_msg(strstr(err.message, says) || strstr(err.hint, says), "'%s' / '%s' lacks '%s'",
		      err.message, err.hint, says);
	anchor_free_resource(r);
}

START_TEST(the_store_of_the_system_is_the_default)
{
	struct tmd_resource r = anchor_new(ca.pem, NULL);
	TMD_AUTO_FREE char *identity = tmd_format("anchor:system:%s", ca.cert->sha256);

	anchor_read(&root, &r);
	ck_assert_str_eq(r.identity, identity);
	ck_assert_str_eq(r.backend, "debian");
	ck_assert_str_eq(tmd_value_str(&r.current[field("store")]), "system");
	anchor_free_resource(&r);
}
END_TEST

START_TEST(stores_of_windows_say_what_to_write_instead)
{
	static const char *const stores[] = { "LocalMachine/Root", "CurrentUser\\CA",
					      "Cert:\\LocalMachine\\Root" };
	struct tmd_resource r = anchor_new(ca.pem, NULL);

	anchor_give(&r, "store", stores[_i]);
	normalize_fails(&r, TMD_E_UNSUPPORTED, "write store=system");
}
END_TEST

START_TEST(every_path_to_a_bundle_file_is_the_same_store)
{
	static const char *const spellings[] = {
		"bundle:/srv/ca/all.pem",
		"bundle:/srv//ca/./all.pem",
		"bundle:/current/all.pem",
		"bundle:/srv/link.pem",
	};
	TMD_AUTO_FREE char *identity =
		tmd_format("anchor:bundle:/srv/ca/all.pem:%s", ca.cert->sha256);
	struct tmd_resource r = anchor_new(ca.pem, NULL);

	root_write(&root, "/srv/ca/all.pem", ca.pem);
	root_link(&root, "/current", "srv/ca");
	root_link(&root, "/srv/link.pem", "ca/all.pem");
	anchor_give(&r, "store", spellings[_i]);
	anchor_read(&root, &r);
	ck_assert_str_eq(r.identity, identity);
	ck_assert_str_eq(tmd_value_str(&r.current[field("store")]), spellings[_i]);
	anchor_free_resource(&r);
}
END_TEST

START_TEST(the_compiled_bundle_is_no_bundle_store)
{
	struct tmd_resource r = anchor_new(ca.pem, NULL);

	anchor_give(&r, "store", "bundle:/etc/ssl/../ssl/certs/ca-certificates.crt");
	normalize_fails(&r, TMD_E_REFUSED, "store=system");
}
END_TEST

START_TEST(families_without_a_backend_say_what_to_do)
{
	static const char *const cases[][3] = {
		{ "ID=nixos\n", "NixOS", "security.pki.certificateFiles" },
		{ "ID=sles\n", "SUSE", "store=bundle:PATH" },
		{ "ID=alpine\n", "Alpine", "store=bundle:PATH" },
		{ "ID=plan9\n", "plan9", "store=bundle:PATH" },
	};
	struct tmd_resource r = anchor_new(ca.pem, NULL);
	struct tmd_error err;

	root_write(&root, "/etc/os-release", cases[_i][0]);
	ck_fails(tmd_resource_normalize(&root.ctx, &r, &err), err, TMD_E_UNSUPPORTED);
	ck_assert_ptr_nonnull(strstr(err.message, cases[_i][1]));
	ck_assert_ptr_nonnull(strstr(err.hint, cases[_i][2]));
	anchor_free_resource(&r);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("anchor stores");
	TCase *t = tcase_create("stores");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, the_store_of_the_system_is_the_default);
	tcase_add_loop_test(t, stores_of_windows_say_what_to_write_instead, 0, 3);
	tcase_add_loop_test(t, every_path_to_a_bundle_file_is_the_same_store, 0, 4);
	tcase_add_test(t, the_compiled_bundle_is_no_bundle_store);
	tcase_add_loop_test(t, families_without_a_backend_say_what_to_do, 0, 4);
	suite_add_tcase(s, t);
	return s;
}

UNIT_MAIN(suite)
