/* Who else may change what a path leads to. */
#include "sandbox.h"

#include "base/mem.h"
#include "os/unix/user_internal.h"

#define BOB 1001
#define STAFF 50
#define ALICE 1002

static void assert_why(const char *path, uint32_t user, const char *wanted)
{
	TMD_AUTO_FREE char *why = NULL;

	ck_ok(tmd_fs_changeable_by_others(fs, path, user, &why, &err), err);
	if (!wanted)
		ck_assert_msg(!why, "%s: %s", path, why);
	else
		ck_assert_msg(why && strcmp(why, wanted) == 0, "%s: %s", path, why ? why : "nobody");
}

static void give(const char *name, uid_t uid, gid_t gid, mode_t mode)
{
	ck_assert_int_eq(lchown(below("%s", name), uid, gid), 0);
	if (mode)
		ck_assert_int_eq(chmod(below("%s", name), mode), 0);
}

static void setup(void)
{
	sandbox_setup();
	make_dir("root/etc");
	make_dir("root/opt");
	make_dir("root/opt/ca");
	put("root/opt/ca/x.pem", "x");
	put("root/etc/passwd", "root:x:0:0::/root:/bin/sh\nbob:x:1001:1001::/home/bob:/bin/sh\n"
			       "alice:x:1002:1002::/home/alice:/bin/sh\n");
	put("root/etc/group", "root:x:0:\nbob:x:1001:\nalice:x:1002:bob\nstaff:x:50:\n"
			      "both:x:60:root,bob\nlost:x:61:nobody-knows\n");
}

START_TEST(what_is_roots_alone_is_nobody_elses)
{
	assert_why("/opt/ca/x.pem", TMD_KEEP, NULL);
	assert_why("/opt/ca/missing.pem", TMD_KEEP, NULL);
	assert_why("/opt/none/at/all.pem", TMD_KEEP, NULL);
	assert_why("/opt/ca", TMD_KEEP, NULL);
	assert_why("/", TMD_KEEP, NULL);
}
END_TEST

START_TEST(modes_count_on_the_file_and_on_the_way)
{
	chmod(below("root/opt/ca/x.pem"), 0646);
	assert_why("/opt/ca/x.pem", TMD_KEEP, "every user may write to /opt/ca/x.pem");
	chmod(below("root/opt/ca/x.pem"), 0644);
	chmod(below("root/opt/ca"), 0777);
	assert_why("/opt/ca/x.pem", TMD_KEEP, "every user may write to /opt/ca");
	assert_why("/opt/ca", TMD_KEEP, "every user may write to /opt/ca");
	assert_why("/opt/../opt/./ca/new/x", TMD_KEEP, "every user may write to /opt/ca");
	chmod(below("root/opt/ca"), 01777);
	assert_why("/opt/ca/x.pem", TMD_KEEP, NULL);
	assert_why("/opt/ca/missing.pem", TMD_KEEP, "every user may write to /opt/ca");
}
END_TEST

START_TEST(owners_count_on_the_file_and_on_the_way)
{
	if (skip_when(geteuid() != 0, "needs root to give files away"))
		return;
	give("root/opt/ca/x.pem", BOB, 0, 0644);
	assert_why("/opt/ca/x.pem", TMD_KEEP, "/opt/ca/x.pem belongs to user bob");
	assert_why("/opt/ca/x.pem", BOB, NULL);
	assert_why("/opt/ca/x.pem", ALICE, "/opt/ca/x.pem belongs to user bob");
	give("root/opt/ca/x.pem", 0, 0, 0644);
	give("root/opt/ca", BOB, 0, 0755);
	assert_why("/opt/ca/x.pem", TMD_KEEP, "/opt/ca belongs to user bob");
	assert_why("/opt/ca/x.pem", BOB, NULL);
	give("root/opt", 4711, 0, 0755);
	assert_why("/opt/ca/x.pem", BOB, "/opt belongs to user 4711");
}
END_TEST

START_TEST(a_users_entry_in_a_sticky_directory_is_his_to_exchange)
{
	if (skip_when(geteuid() != 0, "needs root to give files away"))
		return;
	chmod(below("root/opt"), 01777);
	assert_why("/opt/ca/x.pem", TMD_KEEP, NULL);
	make_link("ca", "root/opt/link");
	assert_why("/opt/link/x.pem", TMD_KEEP, NULL);
	give("root/opt/link", BOB, 0, 0);
	assert_why("/opt/link/x.pem", TMD_KEEP, "every user may write to /opt");
	assert_why("/opt/link/x.pem", BOB, NULL);
}
END_TEST

START_TEST(links_are_followed_and_so_are_their_directories)
{
	make_dir("root/share");
	make_link("/share/there/x.pem", "root/opt/absolute");
	make_link("../share/there", "root/opt/relative");
	make_dir("root/share/there");
	put("root/share/there/x.pem", "x");
	assert_why("/opt/absolute", TMD_KEEP, NULL);
	assert_why("/opt/relative/x.pem", TMD_KEEP, NULL);
	chmod(below("root/share"), 0777);
	assert_why("/opt/absolute", TMD_KEEP, "every user may write to /share");
	assert_why("/opt/relative/x.pem", TMD_KEEP, "every user may write to /share");
	assert_why("/opt/relative/../../opt/ca/x.pem", TMD_KEEP, "every user may write to /share");
	make_link("loop", "root/opt/loop");
	char *why = NULL;
	ck_fails(tmd_fs_changeable_by_others(fs, "/opt/loop", TMD_KEEP, &why, &err), err,
		 TMD_E_CONFLICT);
	ck_fails(tmd_fs_changeable_by_others(fs, "opt", TMD_KEEP, &why, &err), err,
		 TMD_E_INVALID_INPUT);
}
END_TEST

START_TEST(a_group_counts_by_its_members)
{
	if (skip_when(geteuid() != 0, "needs root to give files away"))
		return;
	static const struct {
		gid_t gid;
		const char *why;
	} cases[] = {
		{ 0, NULL },
		{ STAFF, NULL },
		{ 60, "group both may write to /opt/ca" },
		{ 61, "group lost may write to /opt/ca" },
		{ 62, "group 62 may write to /opt/ca" },
		{ BOB, "group bob may write to /opt/ca" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		give("root/opt/ca", 0, cases[i].gid, 0775);
		assert_why("/opt/ca/x.pem", TMD_KEEP, cases[i].why);
	}
	assert_why("/opt/ca/x.pem", BOB, NULL);
	give("root/opt/ca", 0, ALICE, 0775);
	assert_why("/opt/ca/x.pem", ALICE, "group alice may write to /opt/ca");
}
END_TEST

START_TEST(what_the_root_does_not_know_is_no_group_of_roots)
{
	ck_assert_int_eq(unlink(below("root/etc/group")), 0);
	ck_assert(!tmd_group_has_only(fs, 0, NULL, 0));
	put("root/etc/group", "root:x:0:\n");
	ck_assert(tmd_group_has_only(fs, 0, NULL, 0));
	ck_assert_int_eq(unlink(below("root/etc/passwd")), 0);
	ck_assert(!tmd_group_has_only(fs, 0, NULL, 0));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("os_fs_owner");
	TCase *c = tcase_create("owner");

	tcase_add_checked_fixture(c, setup, sandbox_teardown);
	tcase_add_test(c, what_is_roots_alone_is_nobody_elses);
	tcase_add_test(c, modes_count_on_the_file_and_on_the_way);
	tcase_add_test(c, owners_count_on_the_file_and_on_the_way);
	tcase_add_test(c, a_users_entry_in_a_sticky_directory_is_his_to_exchange);
	tcase_add_test(c, links_are_followed_and_so_are_their_directories);
	tcase_add_test(c, a_group_counts_by_its_members);
	tcase_add_test(c, what_the_root_does_not_know_is_no_group_of_roots);
	suite_add_tcase(s, c);
	return s;
}

UNIT_MAIN(suite)
