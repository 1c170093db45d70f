/* Mode, owner and group of a bundle. */
#include <unistd.h>

#include "resources/bundle_fixture.h"

static uint32_t mode_of(const char *path)
{
	struct tmd_error err;
	struct tmd_stat st;

	ck_ok(tmd_fs_stat(ctx.fs, path, &st, &err), err);
	return st.mode;
}

static void set_mode(const char *path, uint32_t mode)
{
	struct tmd_fs_attr attr = { mode, TMD_KEEP, TMD_KEEP, 0 };
	struct tmd_error err;

	ck_ok(tmd_fs_set_attr(ctx.fs, path, &attr, &err), err);
}

START_TEST(a_new_bundle_is_for_everyone_to_read)
{
	put_input("a.pem", one);
	free_resource(PATH);
	give("sources", "a.pem");
	converge();
	ck_assert_uint_eq(mode_of(PATH), 0644);
}
END_TEST

START_TEST(an_unreadable_mode_is_mended_without_a_rewrite)
{
	put(PATH, one);
	set_mode(PATH, 0600);
	free_resource(PATH);
	look();
	ck_assert_str_eq(drift(), "mode");
	converge();
	ck_assert_uint_eq(set.count, 1);
	file_step(&set, 0, &tmd_step_attr);
	ck_assert_uint_eq(mode_of(PATH), 0644);
	file_is(PATH, strdup(one));
}
END_TEST

START_TEST(a_mode_that_is_asked_for_is_kept_and_warned_about)
{
	put(PATH, one);
	free_resource(PATH);
	give("mode", "600");
	converge();
	ck_assert_uint_eq(mode_of(PATH), 0600);
	in_sync();
	ck_assert(warned("not every user can read it"));
}
END_TEST

START_TEST(owner_and_group_are_compared_when_given_or_roots)
{
	struct tmd_error err;
	char passwd[128];
	char number[16];

	snprintf(passwd, sizeof(passwd), "me:x:%u:%u::/:/bin/sh\nother:x:%u:1::/:/bin/sh\n",
		 (unsigned)getuid(), (unsigned)getgid(), (unsigned)getuid() + 1);
	put("/etc/passwd", passwd);
	put("/etc/group", "");
	put(PATH, one);
	free_resource(PATH);
	in_sync();
	ck_assert_str_eq(tmd_value_str(current("owner")), "me");
	ck_assert_int_eq(desired("owner")->kind, getuid() ? TMD_V_NULL : TMD_V_STRING);
	snprintf(number, sizeof(number), "%u", (unsigned)getuid());
	give("owner", number);
	in_sync();
	give("owner", "other");
	look();
	ck_assert_str_eq(drift(), "owner");
	ck_ok(tmd_type_bundle.plan(&ctx, &r, &set, &err), err);
	ck_assert_uint_eq(file_step(&set, 0, &tmd_step_attr)->attr.uid, (unsigned)getuid() + 1);
	give("owner", "nobody-of-that-name");
	ck_fails(tmd_resource_normalize(&ctx, &r, &err), err, TMD_E_NOT_FOUND);
}
END_TEST

static Suite *bundle_modes_suite(void)
{
	Suite *suite = suite_create("resources/bundle_modes");
	TCase *tcase = tcase_create("bundle_modes");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, a_new_bundle_is_for_everyone_to_read);
	tcase_add_test(tcase, an_unreadable_mode_is_mended_without_a_rewrite);
	tcase_add_test(tcase, a_mode_that_is_asked_for_is_kept_and_warned_about);
	tcase_add_test(tcase, owner_and_group_are_compared_when_given_or_roots);
	suite_add_tcase(suite, tcase);
	return suite;
}

UNIT_MAIN(bundle_modes_suite)
