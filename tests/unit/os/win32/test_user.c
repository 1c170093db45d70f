/* Who is calling, where his home is, and what Windows does not have. */
#include "as_user.h"

#include <sddl.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/fs.h"
#include "os/user.h"

static struct tmd_error err;
static struct tmd_fs *live;

static void setup(void)
{
	ck_ok(tmd_fs_open(NULL, &live, &err), err);
}

static void teardown(void)
{
	tmd_fs_free(live);
}

/* The caller's SID as text, asked in another way than the code does it; LocalFree() it. */
static char *own_sid(void)
{
	union {
		TOKEN_OWNER owner;
		TOKEN_USER user;
		BYTE room[256];
	} answer;
	HANDLE token;
	DWORD used;
	char *text;

	ck_assert(OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token));
	ck_assert(GetTokenInformation(token, TokenUser, &answer, sizeof(answer), &used));
	ck_assert(ConvertSidToStringSidA(answer.user.User.Sid, &text));
	CloseHandle(token);
	return text;
}

static void find_and_compare(const char *name, const struct tmd_user *wanted)
{
	TMD_CLEANUP(tmd_user_release) struct tmd_user user = { 0 };

	ck_ok(tmd_user_find(live, name, &user, &err), err);
	ck_assert_str_eq(user.name, wanted->name);
	ck_assert_str_eq(user.home, wanted->home);
}

START_TEST(the_caller_is_found_by_every_name_he_has)
{
	TMD_CLEANUP(tmd_user_release) struct tmd_user me = { 0 };
	const char *domain_end;
	char *sid = own_sid();
	char login[257];
	DWORD size = sizeof(login);

	ck_assert(GetUserNameA(login, &size));
	ck_ok(tmd_user_find(live, NULL, &me, &err), err);
	ck_assert_uint_eq(me.uid, 0);
	ck_assert_uint_eq(me.gid, 0);
	domain_end = strchr(me.name, '\\');
	ck_assert(domain_end && tmd_str_equal_nocase(domain_end + 1, login));
	find_and_compare(login, &me);
	find_and_compare(me.name, &me);
	find_and_compare(sid, &me);
	LocalFree(sid);
}
END_TEST

START_TEST(the_home_is_the_directory_of_the_profile)
{
	TMD_CLEANUP(tmd_user_release) struct tmd_user me = { 0 };
	char before[1024] = "";

	ck_ok(tmd_user_find(live, NULL, &me, &err), err);
	ck_assert_uint_gt(GetEnvironmentVariableA("USERPROFILE", before, sizeof(before)), 0);
	ck_assert(tmd_str_equal_nocase(me.home, before));
	tmd_user_release(&me);
	/* It does not come from the environment, which a user can set. */
	ck_assert(SetEnvironmentVariableA("USERPROFILE", "C:\\elsewhere"));
	ck_ok(tmd_user_find(live, NULL, &me, &err), err);
	ck_assert(SetEnvironmentVariableA("USERPROFILE", before));
	ck_assert(tmd_str_equal_nocase(me.home, before));
}
END_TEST

START_TEST(names_that_cannot_be_are_invalid_input)
{
	static const char *const names[] = { "",    "a:b", "a/b",   "-x",     "a\nb", "a\"b",
					     "a|b", "a*b", "a\x7F", "a\xFFz", "S-1-x" };
	struct tmd_user user = { 0 };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		ck_fails(tmd_user_find(live, names[i], &user, &err), err, TMD_E_INVALID_INPUT);
	ck_assert_ptr_null(user.name);
}
END_TEST

START_TEST(strangers_groups_and_users_without_a_profile_are_not_taken)
{
	struct tmd_user user = { 0 };

	ck_fails(tmd_user_find(live, "no-such-user-at-all", &user, &err), err, TMD_E_NOT_FOUND);
	ck_fails(tmd_user_find(live, "Administrators", &user, &err), err, TMD_E_INVALID_INPUT);
	ck_fails(tmd_user_find(live, "S-1-5-21-1-2-3-4567", &user, &err), err, TMD_E_NOT_FOUND);
	ck_assert_ptr_null(user.name);
	ck_assert_ptr_null(user.home);
}
END_TEST

START_TEST(an_offline_image_has_no_users_that_we_know)
{
	struct tmd_user user = { 0 };
	char dir[UNIT_DIR_MAX];
	struct tmd_fs *offline;

	unit_make_dir(dir);
	ck_ok(tmd_fs_open(dir, &offline, &err), err);
	ck_fails(tmd_user_find(offline, NULL, &user, &err), err, TMD_E_UNSUPPORTED);
	tmd_fs_free(offline);
	unit_remove_tree(dir);
}
END_TEST

START_TEST(there_are_no_numbers)
{
	uint32_t id = 7;

	ck_fails(tmd_user_id(live, "SYSTEM", &id, &err), err, TMD_E_UNSUPPORTED);
	ck_fails(tmd_group_id(live, "Administrators", &id, &err), err, TMD_E_UNSUPPORTED);
	ck_assert_uint_eq(id, 7);
	ck_assert_ptr_null(tmd_user_name(live, 0));
	ck_assert_ptr_null(tmd_group_name(live, 0));
}
END_TEST

START_TEST(an_administrator_is_one_only_while_elevated)
{
	if (!become_user()) {
		ck_assert(!tmd_user_is_admin());
		unit_skip("the tests are not run by an administrator");
		return;
	}
	ck_assert(!tmd_user_is_admin());
	become_self();
	ck_assert(tmd_user_is_admin());
}
END_TEST

static Suite *suite_fn(void)
{
	Suite *suite = suite_create("os/user");
	TCase *cases = tcase_create("all");

	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_test(cases, the_caller_is_found_by_every_name_he_has);
	tcase_add_test(cases, the_home_is_the_directory_of_the_profile);
	tcase_add_test(cases, names_that_cannot_be_are_invalid_input);
	tcase_add_test(cases, strangers_groups_and_users_without_a_profile_are_not_taken);
	tcase_add_test(cases, an_offline_image_has_no_users_that_we_know);
	tcase_add_test(cases, there_are_no_numbers);
	tcase_add_test(cases, an_administrator_is_one_only_while_elevated);
	suite_add_tcase(suite, cases);
	return suite;
}

UNIT_MAIN(suite_fn)
