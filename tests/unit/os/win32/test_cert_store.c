/* Certificate stores, the real ones: in a store of this test's own, which nothing looks into. */
#include "unit.h"

#include <windows.h>

#include "child.h"
#include "os/cert_store.h"
#include "os/proc.h"
#include "x509/cert.h"

#define STORE "trustmend-unit-test"
#define KEY L"Software\\Microsoft\\SystemCertificates\\trustmend-unit-test"

static struct tmd_fs *fs;
static struct tmd_buf one;
static struct tmd_buf other;

static void remove_stores(void)
{
	RegDeleteTreeW(HKEY_LOCAL_MACHINE, KEY);
	RegDeleteTreeW(HKEY_CURRENT_USER, KEY);
}

static void set_up(void)
{
	struct tmd_error err;

	remove_stores();
	ck_ok(tmd_fs_open(NULL, &fs, &err), err);
	tmd_fs_allow_writes(fs, true);
	ck_ok(tmd_cert_builtin_der("amazon-root-ca-1", &one, &err), err);
	ck_ok(tmd_cert_builtin_der("amazon-root-ca-3", &other, &err), err);
}

static void tear_down(void)
{
	tmd_buf_release(&one);
	tmd_buf_release(&other);
	tmd_fs_free(fs);
	remove_stores();
}

static bool has_key(HKEY top)
{
	HKEY key;

	if (RegOpenKeyExW(top, KEY, 0, KEY_READ, &key) != ERROR_SUCCESS)
		return false;
	RegCloseKey(key);
	return true;
}

static size_t count(enum tmd_store_location location, const char *physical,
		    const struct tmd_buf *der)
{
	struct tmd_store_certs certs = { 0 };
	struct tmd_error err;
	size_t found = 0;

	ck_ok(tmd_cert_store_read(location, STORE, physical, &certs, &err), err);
	for (size_t i = 0; i < certs.count; i++) {
		found += !der || tmd_buf_equal(der, certs.items[i].der, certs.items[i].der_len);
		ck_assert_int_eq(certs.items[i].usage, TMD_USAGE_ALL);
	}
	tmd_store_certs_release(&certs);
	return found;
}

static void add(enum tmd_store_location location, const struct tmd_buf *der)
{
	struct tmd_error err;

	ck_ok(tmd_cert_store_add(fs, location, STORE, der->data, der->len, &err), err);
}

static void remove_cert(enum tmd_store_location location, const struct tmd_buf *der)
{
	struct tmd_error err;

	ck_ok(tmd_cert_store_remove(fs, location, STORE, der->data, der->len, &err), err);
}

START_TEST(a_store_that_does_not_exist_is_empty_and_not_made)
{
	struct tmd_error err;

	ck_assert_uint_eq(count(TMD_STORE_LOCAL_MACHINE, NULL, NULL), 0);
	ck_assert_uint_eq(count(TMD_STORE_CURRENT_USER, NULL, NULL), 0);
	ck_assert_uint_eq(count(TMD_STORE_LOCAL_MACHINE, ".GroupPolicy", NULL), 0);
	ck_assert_uint_eq(count(TMD_STORE_LOCAL_MACHINE, ".Enterprise", NULL), 0);
	ck_assert_uint_eq(count(TMD_STORE_LOCAL_MACHINE, ".NoSuchPart", NULL), 0);
	ck_ok(tmd_cert_store_check(TMD_STORE_LOCAL_MACHINE, STORE, &err), err);
	ck_ok(tmd_cert_store_check(TMD_STORE_CURRENT_USER, STORE, &err), err);
	remove_cert(TMD_STORE_LOCAL_MACHINE, &one);
	ck_assert(!has_key(HKEY_LOCAL_MACHINE));
	ck_assert(!has_key(HKEY_CURRENT_USER));
}
END_TEST

START_TEST(the_roots_of_the_machine_can_be_read)
{
	struct tmd_store_certs certs = { 0 };
	struct tmd_error err;

	ck_ok(tmd_cert_store_read(TMD_STORE_LOCAL_MACHINE, "Root", NULL, &certs, &err), err);
	ck_assert_uint_gt(certs.count, 0);
	tmd_store_certs_release(&certs);
}
END_TEST

START_TEST(what_is_added_is_there_once)
{
	add(TMD_STORE_LOCAL_MACHINE, &one);
	add(TMD_STORE_LOCAL_MACHINE, &one);
	add(TMD_STORE_LOCAL_MACHINE, &other);
	ck_assert_uint_eq(count(TMD_STORE_LOCAL_MACHINE, NULL, &one), 1);
	ck_assert_uint_eq(count(TMD_STORE_LOCAL_MACHINE, ".Default", &one), 1);
	ck_assert_uint_eq(count(TMD_STORE_LOCAL_MACHINE, NULL, NULL), 2);
	ck_assert(!has_key(HKEY_CURRENT_USER));
}
END_TEST

START_TEST(exactly_these_bytes_are_removed_for_good)
{
	add(TMD_STORE_LOCAL_MACHINE, &one);
	add(TMD_STORE_LOCAL_MACHINE, &other);
	remove_cert(TMD_STORE_LOCAL_MACHINE, &one);
	ck_assert_uint_eq(count(TMD_STORE_LOCAL_MACHINE, NULL, &one), 0);
	ck_assert_uint_eq(count(TMD_STORE_LOCAL_MACHINE, NULL, &other), 1);
	remove_cert(TMD_STORE_LOCAL_MACHINE, &one);
	ck_assert_uint_eq(count(TMD_STORE_LOCAL_MACHINE, NULL, &other), 1);
}
END_TEST

START_TEST(a_user_sees_the_machines_and_has_his_own)
{
	add(TMD_STORE_LOCAL_MACHINE, &one);
	ck_assert_uint_eq(count(TMD_STORE_CURRENT_USER, NULL, &one), 1);
	ck_assert_uint_eq(count(TMD_STORE_CURRENT_USER, ".LocalMachine", &one), 1);
	ck_assert_uint_eq(count(TMD_STORE_CURRENT_USER, ".Default", &one), 0);
	add(TMD_STORE_CURRENT_USER, &other);
	ck_assert_uint_eq(count(TMD_STORE_CURRENT_USER, NULL, NULL), 2);
	ck_assert_uint_eq(count(TMD_STORE_LOCAL_MACHINE, NULL, &other), 0);
	add(TMD_STORE_CURRENT_USER, &one);
	ck_assert_uint_eq(count(TMD_STORE_CURRENT_USER, ".Default", &one), 1);
}
END_TEST

/* An administrator could delete it through the user's logical store. */
START_TEST(removing_a_users_copy_leaves_the_machines)
{
	add(TMD_STORE_LOCAL_MACHINE, &one);
	add(TMD_STORE_CURRENT_USER, &one);
	remove_cert(TMD_STORE_CURRENT_USER, &one);
	ck_assert_uint_eq(count(TMD_STORE_CURRENT_USER, ".Default", &one), 0);
	ck_assert_uint_eq(count(TMD_STORE_LOCAL_MACHINE, NULL, &one), 1);
	remove_cert(TMD_STORE_CURRENT_USER, &one);
	ck_assert_uint_eq(count(TMD_STORE_LOCAL_MACHINE, NULL, &one), 1);
}
END_TEST

START_TEST(bytes_that_are_no_certificate_are_an_error_that_names_the_store)
{
	struct tmd_error err;

	ck_fails(tmd_cert_store_add(fs, TMD_STORE_LOCAL_MACHINE, STORE, "no DER", 6, &err), err,
		 TMD_E_IO);
	ck_assert_str_eq(err.path, "LocalMachine/" STORE);
	ck_assert_int_ne(err.sys, 0);
	ck_assert_uint_eq(count(TMD_STORE_LOCAL_MACHINE, NULL, NULL), 0);
}
END_TEST

START_TEST(nothing_is_changed_outside_apply_or_for_an_offline_root)
{
	char dir[UNIT_DIR_MAX];
	struct tmd_fs *offline = NULL;
	struct tmd_error err;

	add(TMD_STORE_LOCAL_MACHINE, &one);
	tmd_fs_allow_writes(fs, false);
	ck_fails(
		tmd_cert_store_add(fs, TMD_STORE_LOCAL_MACHINE, STORE, other.data, other.len, &err),
		err, TMD_E_INTERNAL);
	ck_fails(tmd_cert_store_remove(fs, TMD_STORE_LOCAL_MACHINE, STORE, one.data, one.len, &err),
		 err, TMD_E_INTERNAL);
	unit_make_dir(dir);
	ck_ok(tmd_fs_open(dir, &offline, &err), err);
	tmd_fs_allow_writes(offline, true);
	ck_fails(tmd_cert_store_remove(offline, TMD_STORE_LOCAL_MACHINE, STORE, one.data, one.len,
				       &err),
		 err, TMD_E_INTERNAL);
	tmd_fs_free(offline);
	unit_remove_tree(dir);
	ck_assert_uint_eq(count(TMD_STORE_LOCAL_MACHINE, NULL, &one), 1);
	ck_assert_uint_eq(count(TMD_STORE_LOCAL_MACHINE, NULL, NULL), 1);
}
END_TEST

#define READINGS 1000
#define CHURN_PAUSE_MS 3
#define CHURN_MS 60000 /* at most: a test that failed does not end its child */

/*
 * The keys of a registry store are counted through: one that goes meanwhile moves those behind it,
 * and a reader would miss the next. Certificates whose keys are on both sides of `one`.
 */
START_TEST(what_stays_is_found_while_others_come_and_go)
{
	struct child child;

	add(TMD_STORE_LOCAL_MACHINE, &one);
	child = child_start(L"churn", NULL);
	for (int i = 0; i < READINGS; i++) {
		ck_assert_uint_eq(count(TMD_STORE_LOCAL_MACHINE, NULL, &one), 1);
		ck_assert_uint_eq(count(TMD_STORE_CURRENT_USER, NULL, &one), 1);
	}
	child_kill(&child);
}
END_TEST

static const char *const churned[] = { "starfield-services-root-g2", "amazon-root-ca-2",
				       "amazon-root-ca-3", "amazon-root-ca-4" };

static int churn(struct tmd_fs *tree)
{
	struct tmd_buf ders[4] = { 0 };
	int64_t end = tmd_monotonic_ms() + CHURN_MS;
	struct tmd_error err;

	for (size_t i = 0; i < 4; i++)
		child_must(tmd_cert_builtin_der(churned[i], &ders[i], &err) == TMD_OK);
	for (size_t i = 0; tmd_monotonic_ms() < end; i = (i + 1) % 4) {
		child_must(tmd_cert_store_add(tree, TMD_STORE_LOCAL_MACHINE, STORE, ders[i].data,
					      ders[i].len, &err) == TMD_OK);
		child_must(tmd_cert_store_remove(tree, TMD_STORE_LOCAL_MACHINE, STORE, ders[i].data,
						 ders[i].len, &err) == TMD_OK);
		Sleep(CHURN_PAUSE_MS);
	}
	return 0;
}

static int role(int argc, char **argv)
{
	struct tmd_error err;
	struct tmd_fs *tree;

	(void)argc;
	child_must(strcmp(argv[0], "churn") == 0);
	child_must(tmd_fs_open(NULL, &tree, &err) == TMD_OK);
	tmd_fs_allow_writes(tree, true);
	return churn(tree);
}

static Suite *suite(void)
{
	Suite *s = suite_create("certificate stores");
	TCase *t = tcase_create("stores");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, a_store_that_does_not_exist_is_empty_and_not_made);
	tcase_add_test(t, the_roots_of_the_machine_can_be_read);
	tcase_add_test(t, what_is_added_is_there_once);
	tcase_add_test(t, exactly_these_bytes_are_removed_for_good);
	tcase_add_test(t, a_user_sees_the_machines_and_has_his_own);
	tcase_add_test(t, removing_a_users_copy_leaves_the_machines);
	tcase_add_test(t, bytes_that_are_no_certificate_are_an_error_that_names_the_store);
	tcase_add_test(t, nothing_is_changed_outside_apply_or_for_an_offline_root);
	tcase_add_test(t, what_stays_is_found_while_others_come_and_go);
	suite_add_tcase(s, t);
	return s;
}

CHILD_MAIN(suite, role)
