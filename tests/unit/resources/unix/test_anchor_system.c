/* Telling the family of a root. */
#include "resources/anchor/unix/stores.h"
#include "resources/anchor_fixture.h"
#include "resources/session.h"
#include "resources/unix/anchor_links.h"

static struct root root;

static void close_root(void)
{
	root_close(&root);
}

static struct tmd_system detect(const char *os_release)
{
	struct tmd_system system;
	struct tmd_error err;

	root_open(&root, os_release);
	ck_ok(tmd_system_detect(&root.ctx, &system, &err), err);
	return system;
}

START_TEST(id_decides_the_family)
{
	static const struct {
		const char *id;
		enum tmd_family family;
	} cases[] = {
		{ "debian", TMD_FAMILY_DEBIAN }, { "ubuntu", TMD_FAMILY_DEBIAN },
		{ "rocky", TMD_FAMILY_RHEL },    { "fedora", TMD_FAMILY_RHEL },
		{ "amzn", TMD_FAMILY_RHEL },     { "arch", TMD_FAMILY_ARCH },
		{ "sles", TMD_FAMILY_SUSE },     { "alpine", TMD_FAMILY_ALPINE },
		{ "nixos", TMD_FAMILY_NIXOS },   { "plan9", TMD_FAMILY_UNKNOWN },
	};
	char text[64];

	snprintf(text, sizeof(text), "ID=%s\n", cases[_i].id);
	ck_assert_int_eq(detect(text).family, cases[_i].family);
}
END_TEST

START_TEST(id_like_decides_for_derivatives_in_its_order)
{
	ck_assert_int_eq(detect("ID=pop\nID_LIKE=\"ubuntu debian\"\n").family, TMD_FAMILY_DEBIAN);
	root_close(&root);
	ck_assert_int_eq(detect("ID_LIKE=\"weird rhel fedora\"\nID='circle'\n").family,
			 TMD_FAMILY_RHEL);
}
END_TEST

START_TEST(values_are_unquoted_and_the_last_one_wins)
{
	struct tmd_system system =
		detect("ID=arch\nVERSION_ID=\"1\\\"2\"\n# ID=alpine\nID=\"rocky\"\nMYID=debian\n");

	ck_assert_str_eq(system.id, "rocky");
	ck_assert_str_eq(system.version, "1\"2");
	ck_assert_int_eq(system.family, TMD_FAMILY_RHEL);
}
END_TEST

START_TEST(usr_lib_os_release_is_the_second_choice)
{
	struct tmd_system system;
	struct tmd_error err;

	root_open(&root, NULL);
	root_write(&root, "/usr/lib/os-release", "ID=debian\nVERSION_ID=12");
	ck_ok(tmd_system_detect(&root.ctx, &system, &err), err);
	ck_assert_int_eq(system.family, TMD_FAMILY_DEBIAN);
	ck_assert_str_eq(system.version, "12");
}
END_TEST

static enum tmd_family family_now(void)
{
	struct tmd_system system;
	struct tmd_error err;

	ck_ok(tmd_system_detect(&root.ctx, &system, &err), err);
	return system.family;
}

/* A change elsewhere does not make the system be looked at again. */
START_TEST(a_change_of_what_os_release_leads_to_is_seen)
{
	root_open(&root, NULL);
	root_write(&root, "/opt/which", "ID=debian\n");
	root_link(&root, "/etc/os-release", "../opt/which");
	ck_assert_int_eq(family_now(), TMD_FAMILY_DEBIAN);
	unit_write(root.dir, "/opt/which", "ID=arch\n", 8);
	root_change(&root, "/etc/ssl/certs/x.pem", "");
	ck_assert_int_eq(family_now(), TMD_FAMILY_DEBIAN);
	root_change(&root, "/opt/which", "ID=arch\n");
	ck_assert_int_eq(family_now(), TMD_FAMILY_ARCH);
}
END_TEST

START_TEST(no_os_release_is_unknown_and_no_failure)
{
	struct tmd_system system = detect(NULL);

	ck_assert_int_eq(system.family, TMD_FAMILY_UNKNOWN);
	ck_assert_str_eq(system.id, "");
}
END_TEST

START_TEST(an_overlong_id_is_cut_and_unknown)
{
	char text[300] = "ID=";

	memset(text + 3, 'a', 200);
	text[203] = '\0';
	ck_assert_uint_eq(strlen(detect(text).id), 63);
}
END_TEST

START_TEST(every_known_family_has_a_bundle)
{
	for (int family = TMD_FAMILY_DEBIAN; family < TMD_FAMILY_UNKNOWN; family++)
		ck_assert_ptr_nonnull(tmd_system_bundle_path((enum tmd_family)family));
	ck_assert_ptr_null(tmd_system_bundle_path(TMD_FAMILY_UNKNOWN));
	root_open(&root, NULL);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("anchor system");
	TCase *t = tcase_create("system");

	tcase_add_checked_fixture(t, NULL, close_root);
	tcase_add_loop_test(t, id_decides_the_family, 0, 10);
	tcase_add_test(t, id_like_decides_for_derivatives_in_its_order);
	tcase_add_test(t, values_are_unquoted_and_the_last_one_wins);
	tcase_add_test(t, usr_lib_os_release_is_the_second_choice);
	tcase_add_test(t, a_change_of_what_os_release_leads_to_is_seen);
	tcase_add_test(t, no_os_release_is_unknown_and_no_failure);
	tcase_add_test(t, an_overlong_id_is_cut_and_unknown);
	tcase_add_test(t, every_known_family_has_a_bundle);
	suite_add_tcase(s, t);
	return s;
}

UNIT_MAIN(suite)
