/* store=bundle:PATH: one PEM file, of which only our certificate may change. */
#include "resources/anchor_fixture.h"

#define PATH "/opt/app/cacert.pem"

static struct root root;
static struct made ca;
static struct made other;

static void set_up(void)
{
	root_open(&root, NULL);
	ca = make_ca("Studio Root");
	other = make_ca("Other Root");
}

static void tear_down(void)
{
	made_release(&ca);
	made_release(&other);
	root_close(&root);
}

static struct tmd_resource read_as(const char *state)
{
	struct tmd_resource r = anchor_new(ca.pem, state);

	anchor_give(&r, "store", "bundle:" PATH);
	anchor_read(&root, &r);
	ck_assert_str_eq(r.backend, "bundle");
	return r;
}

static void becomes(const char *state, const char *before, const char *after)
{
	struct tmd_changeset set = { 0 };
	struct tmd_resource r;
	struct tmd_error err;

	root_write(&root, PATH, before);
	r = read_as(state);
	ck_assert(differs(&r));
	ck_ok(r.type->plan(&root.ctx, &r, &set, &err), err);
	ck_assert_uint_eq(set.count, 1);
	ck_assert(!set.rebuild);
	ck_assert_str_eq(tmd_buf_str(&find_step(&set, &tmd_step_write, PATH)->content), after);
	tmd_changeset_release(&set);
	anchor_free_resource(&r);
	root_write(&root, PATH, after);
	r = read_as(state);
	ck_assert(!differs(&r));
	anchor_free_resource(&r);
}

static void refuses(const char *state, enum tmd_error_kind kind, const char *says)
{
	struct tmd_resource r = read_as(state);
	struct tmd_changeset set = { 0 };
	struct tmd_error err;

	ck_assert(differs(&r));
	ck_fails(r.type->plan(&root.ctx, &r, &set, &err), err, kind);
	ck_assert_msg(strstr(err.message, says) || strstr(err.hint, says), "%s (%s)", err.message,
		      err.hint);
	ck_assert_uint_eq(set.count, 0);
	anchor_free_resource(&r);
}

START_TEST(appended_behind_a_missing_newline)
{
	TMD_AUTO_FREE char *before = tmd_strndup(other.pem, strlen(other.pem) - 1);
	TMD_AUTO_FREE char *after = tmd_format("%s%s", other.pem, ca.pem);

	becomes(NULL, before, after);
}
END_TEST

START_TEST(comments_and_duplicates_stay_and_ours_goes_wholly)
{
	TMD_AUTO_FREE char *before = tmd_format("# mine\n%s\n%s# end\n%s%s", ca.pem, other.pem,
						other.pem, ca.pem);
	TMD_AUTO_FREE char *after = tmd_format("# mine\n\n%s# end\n%s", other.pem, other.pem);

	becomes("absent", before, after);
}
END_TEST

START_TEST(present_already_is_no_change)
{
	TMD_AUTO_FREE char *text = tmd_format("%s%s%s", ca.pem, other.pem, ca.pem);
	struct tmd_resource r;

	root_write(&root, PATH, text);
	r = read_as(NULL);
	ck_assert(!differs(&r));
	ck_assert_str_eq(r.current[field("where")].list.items[0], PATH);
	anchor_free_resource(&r);
}
END_TEST

START_TEST(a_missing_file_is_absent_and_not_made)
{
	struct tmd_resource r = read_as("absent");

	ck_assert_str_eq(current_state(&r), "absent");
	ck_assert(!differs(&r));
	anchor_free_resource(&r);
	refuses(NULL, TMD_E_NOT_FOUND, "type bundle");
}
END_TEST

START_TEST(a_bundle_that_does_not_load_is_a_conflict_with_the_line)
{
	TMD_AUTO_FREE char *cut = tmd_strndup(other.pem, strlen(other.pem) / 2);
	TMD_AUTO_FREE char *text = tmd_format("# one\n%s\n%s", cut, ca.pem);
	struct tmd_resource r;

	root_write(&root, PATH, text);
	r = read_as(NULL);
	ck_assert(!current_is(&r, "effective"));
	anchor_free_resource(&r);
	refuses(NULL, TMD_E_CONFLICT, "line ");
	refuses("absent", TMD_E_CONFLICT, "line ");
}
END_TEST

START_TEST(a_file_with_a_private_key_is_no_bundle)
{
	TMD_AUTO_FREE char *key = key_pem(&other);
	TMD_AUTO_FREE char *text = tmd_format("%s%s", other.pem, key);

	root_write(&root, PATH, text);
	refuses(NULL, TMD_E_CONFLICT, "private key");
}
END_TEST

START_TEST(the_last_certificate_is_not_cut_out)
{
	root_write(&root, PATH, ca.pem);
	refuses("absent", TMD_E_CONFLICT, "only certificate");
}
END_TEST

START_TEST(distrust_is_not_to_be_had)
{
	root_write(&root, PATH, other.pem);
	refuses("distrusted", TMD_E_UNSUPPORTED, "state=absent");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("anchor bundle");
	TCase *t = tcase_create("bundle");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, appended_behind_a_missing_newline);
	tcase_add_test(t, comments_and_duplicates_stay_and_ours_goes_wholly);
	tcase_add_test(t, present_already_is_no_change);
	tcase_add_test(t, a_missing_file_is_absent_and_not_made);
	tcase_add_test(t, a_bundle_that_does_not_load_is_a_conflict_with_the_line);
	tcase_add_test(t, a_file_with_a_private_key_is_no_bundle);
	tcase_add_test(t, the_last_certificate_is_not_cut_out);
	tcase_add_test(t, distrust_is_not_to_be_had);
	suite_add_tcase(s, t);
	return s;
}

UNIT_MAIN(suite)
