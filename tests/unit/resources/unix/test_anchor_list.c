/*
 * The verb list of the anchor type: everything that a store holds, told in one go as read()
 * would tell it of each certificate alone.
 */
#include "os/path.h"
#include "resources/anchor/unix/debian.h"
#include "resources/unix/anchor_links.h"

#define LOCAL TMD_DEBIAN_LOCAL
#define VENDOR TMD_DEBIAN_VENDOR
#define HASHED TMD_DEBIAN_HASHED
#define BUNDLE TMD_DEBIAN_BUNDLE
#define CONF TMD_DEBIAN_CONF
#define P11_SOURCE "/etc/pki/ca-trust/source"
#define P11_VENDOR "/usr/share/pki/ca-trust-source"
#define P11_BUNDLE "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem"
#define P11_HASHED "/etc/pki/ca-trust/extracted/pem/directory-hash"
#define OBJECT "[p11-kit-object-v1]\nclass: certificate\n"

static struct root root;
static struct made alpha;
static struct made beta;
static struct made gamma_root;

/* ---- a listing ---- */

#define FOUND_MAX 8

struct found {
	struct tmd_listing base;
	struct tmd_resource items[FOUND_MAX];
	size_t count;
	struct tmd_strv remarks;
};

static struct tmd_resource *add(struct tmd_listing *base)
{
	struct found *found = (struct found *)base;

	ck_assert_uint_lt(found->count, FOUND_MAX);
	found->items[found->count] = anchor_new(NULL, NULL);
	return &found->items[found->count++];
}

static enum tmd_rc try_list(const char *store, struct found *found, struct tmd_error *err)
{
	struct tmd_resource query = anchor_new(NULL, NULL);
	enum tmd_rc rc;

	memset(found, 0, sizeof(*found));
	found->base.add = add;
	found->base.remarks = &found->remarks;
	anchor_give(&query, "store", store);
	tmd_resource_wish(&query);
	rc = tmd_type_anchor.list(&root.ctx, &query, &found->base, err);
	anchor_free_resource(&query);
	return rc;
}

static void release(struct found *found)
{
	for (size_t i = 0; i < found->count; i++)
		anchor_free_resource(&found->items[i]);
	tmd_strv_release(&found->remarks);
}

static const struct tmd_resource *find(const struct found *found, const struct made *made)
{
	const char *wanted = made->cert->sha256;

	for (size_t i = 0; i < found->count; i++) {
		if (strcmp(tmd_value_str(&found->items[i].current[field("sha256")]), wanted) == 0)
			return &found->items[i];
	}
	return NULL;
}

/* As `get certificate=…` tells it. */
static void ck_told_alike(const struct tmd_resource *listed, const char *store)
{
	const char *pem = tmd_value_str(&listed->current[field("certificate")]);
	struct tmd_resource r = anchor_new(pem, NULL);

	anchor_give(&r, "store", store);
	anchor_read(&root, &r);
	ck_assert_str_eq(r.name, listed->name);
	ck_assert_str_eq(r.backend, listed->backend);
	for (size_t i = 0; i < r.type->field_count; i++)
		ck_assert_msg(tmd_value_equal(&r.current[i], &listed->current[i]), "%s: %s",
			      r.name, r.type->fields[i].name);
	ck_assert(tmd_strv_equal(&r.warnings, &listed->warnings));
	anchor_free_resource(&r);
}

static void list(const char *store, struct found *found)
{
	struct tmd_error err;

	ck_ok(try_list(store, found, &err), err);
	for (size_t i = 0; i < found->count; i++)
		ck_told_alike(&found->items[i], store);
}

/* The state as a wish: is there anything to do? */
static bool differs_from_itself(const struct tmd_resource *listed)
{
	struct tmd_resource r = anchor_new(NULL, NULL);
	bool answer;

	for (size_t i = 0; i < r.type->field_count; i++) {
		if (!(r.type->fields[i].flags & TMD_F_READ_ONLY))
			tmd_value_copy(&anchor_input(&r)[i], &listed->current[i]);
	}
	anchor_read(&root, &r);
	answer = differs(&r);
	anchor_free_resource(&r);
	return answer;
}

/* ---- Debian ---- */

static void hash_link(const struct made *made, const char *target)
{
	TMD_AUTO_FREE char *path = tmd_format(HASHED "/%08x.0", made->cert->subject_hash);

	root_link(&root, path, target);
}

static void install(const struct made *made, const char *path)
{
	TMD_AUTO_FREE char *link = tmd_debian_link(path);

	root_write(&root, path, made->pem);
	root_link(&root, link, path);
	hash_link(made, tmd_path_base(link));
}

static void bundle(const char *path, const struct made *first, const struct made *second)
{
	TMD_AUTO_FREE char *text = tmd_format("%s%s", first->pem, second ? second->pem : "");

	root_write(&root, path, text);
}

static void make_certificates(void)
{
	alpha = make_ca("Alpha Root");
	beta = make_ca("Beta Root");
	gamma_root = make_ca("Gamma Root");
}

static void set_up_debian(void)
{
	root_open(&root, "ID=debian\n");
	make_certificates();
	root_write(&root, CONF, "mozilla/Alpha.crt\n");
	install(&alpha, VENDOR "/mozilla/Alpha.crt");
	install(&beta, LOCAL "/beta.crt");
	bundle(BUNDLE, &beta, &alpha);
}

static void tear_down(void)
{
	made_release(&alpha);
	made_release(&beta);
	made_release(&gamma_root);
	root_close(&root);
}

START_TEST(each_certificate_is_listed_once_by_subject)
{
	struct found found;

	list("system", &found);
	ck_assert_uint_eq(found.count, 2);
	ck_assert_str_eq(found.items[0].name, "CN=Alpha Root");
	ck_assert_str_eq(found.items[1].name, "CN=Beta Root");
	ck_assert_str_eq(found.items[0].backend, "debian");
	ck_assert(current_is(&found.items[0], "effective"));
	ck_assert(current_mentions(&found.items[1], "where", LOCAL "/beta.crt"));
	release(&found);
}
END_TEST

START_TEST(equal_subjects_are_ordered_by_fingerprint)
{
	struct made twin = make_ca("Alpha Root");
	struct found found;

	root_write(&root, LOCAL "/twin.crt", twin.pem);
	list("system", &found);
	ck_assert_uint_eq(found.count, 3);
	ck_assert_int_lt(strcmp(tmd_value_str(&found.items[0].current[field("sha256")]),
				tmd_value_str(&found.items[1].current[field("sha256")])), 0);
	release(&found);
	made_release(&twin);
}
END_TEST

START_TEST(a_sound_state_is_a_wish_that_is_met)
{
	struct found found;

	list("system", &found);
	for (size_t i = 0; i < found.count; i++)
		ck_assert(!differs_from_itself(&found.items[i]));
	release(&found);
}
END_TEST

START_TEST(an_input_that_was_never_compiled_is_listed_with_the_reason)
{
	struct found found;
	const struct tmd_resource *r;

	root_write(&root, LOCAL "/gamma.crt", gamma_root.pem);
	list("system", &found);
	r = find(&found, &gamma_root);
	ck_assert_ptr_nonnull(r);
	ck_assert(!current_is(r, "effective"));
	ck_assert(current_is(r, "anchored"));
	ck_assert(current_mentions(r, "reasons", "does not hold it"));
	ck_assert(differs_from_itself(r)); /* drift, which apply mends */
	release(&found);
}
END_TEST

START_TEST(a_file_that_the_script_ignores_is_listed_as_absent_with_the_reason)
{
	struct found found;
	const struct tmd_resource *r;

	root_write(&root, LOCAL "/gamma.pem", gamma_root.pem);
	list("system", &found);
	r = find(&found, &gamma_root);
	ck_assert_ptr_nonnull(r);
	ck_assert_str_eq(current_state(r), "absent");
	ck_assert(current_mentions(r, "reasons", "must end in .crt"));
	ck_assert(!differs_from_itself(r));
	release(&found);
}
END_TEST

START_TEST(vendor_files_switched_off_are_listed_where_something_holds_them)
{
	struct found found;

	root_write(&root, VENDOR "/mozilla/Gamma.crt", gamma_root.pem);
	root_write(&root, CONF, "mozilla/Alpha.crt\n!mozilla/Gamma.crt\n");
	list("system", &found);
	ck_assert_ptr_null(find(&found, &gamma_root));
	release(&found);
	root_link(&root, HASHED "/Gamma.pem", VENDOR "/mozilla/Gamma.crt");
	list("system", &found);
	ck_assert_ptr_nonnull(find(&found, &gamma_root));
	ck_assert(current_mentions(find(&found, &gamma_root), "reasons", "not switched on"));
	release(&found);
}
END_TEST

START_TEST(a_certificate_that_only_the_hashed_directory_holds_is_listed)
{
	TMD_AUTO_FREE char *path = tmd_format(HASHED "/%08x.0", gamma_root.cert->subject_hash);
	struct found found;

	root_write(&root, path, gamma_root.pem);
	list("system", &found);
	ck_assert_ptr_nonnull(find(&found, &gamma_root));
	ck_assert(current_mentions(find(&found, &gamma_root), "reasons", "no input holds it"));
	release(&found);
}
END_TEST

START_TEST(an_input_in_der_is_listed)
{
	struct found found;

	root_write_bytes(&root, LOCAL "/gamma.crt", gamma_root.der, gamma_root.der_len);
	list("system", &found);
	ck_assert(current_mentions(find(&found, &gamma_root), "reasons", "is DER"));
	release(&found);
}
END_TEST

START_TEST(a_store_with_nothing_in_it_is_an_empty_list)
{
	struct found found;

	root_close(&root);
	root_open(&root, "ID=debian\n");
	list("system", &found);
	ck_assert_uint_eq(found.count, 0);
	ck_assert_uint_eq(found.remarks.count, 1);
	ck_assert_ptr_nonnull(strstr(found.remarks.items[0], "starfield-services-root-g2"));
	release(&found);
}
END_TEST

/* ---- one PEM file ---- */

START_TEST(a_bundle_is_listed)
{
	struct made leaf = make_cert_as(
		(struct making){ .cn = "leaf", .constraints = "CA:FALSE", .issued = true });
	struct found found;

	bundle("/opt/ca.pem", &gamma_root, &leaf);
	list("bundle:/opt/ca.pem", &found);
	ck_assert_uint_eq(found.count, 2);
	ck_assert_str_eq(found.items[0].backend, "bundle");
	ck_assert(current_is(find(&found, &gamma_root), "effective"));
	ck_assert(!differs_from_itself(find(&found, &gamma_root)));
	ck_assert(!current_is(find(&found, &leaf), "effective"));
	ck_assert(current_mentions(find(&found, &leaf), "reasons", "no CA"));
	release(&found);
	made_release(&leaf);
}
END_TEST

START_TEST(a_bundle_that_is_missing_is_no_empty_list)
{
	struct found found;
	struct tmd_error err;

	ck_fails(try_list("bundle:/opt/none.pem", &found, &err), err, TMD_E_NOT_FOUND);
	ck_assert_str_eq(err.path, "/opt/none.pem");
	ck_assert_uint_eq(found.count, 0);
}
END_TEST

START_TEST(stores_that_are_not_here_fail_as_for_other_verbs)
{
	struct found found;
	struct tmd_error err;

	ck_fails(try_list("LocalMachine/Root", &found, &err), err, TMD_E_UNSUPPORTED);
	ck_fails(try_list("bundle:" BUNDLE, &found, &err), err, TMD_E_REFUSED);
	ck_fails(try_list("nonsense", &found, &err), err, TMD_E_INVALID_INPUT);
}
END_TEST

/* ---- p11-kit ---- */

static void set_up_p11(void)
{
	root_open(&root, "ID=rocky\nID_LIKE=\"rhel centos fedora\"\n");
	make_certificates();
	root_write(&root, "/usr/lib64/pkcs11/p11-kit-trust.so", "token->blocklist");
	root_write(&root, P11_SOURCE "/anchors/beta.pem", beta.pem);
	bundle(P11_BUNDLE, &beta, &alpha);
}

static void vendor_object(const struct made *made, const char *attribute)
{
	TMD_AUTO_FREE char *text = tmd_format(OBJECT "%s\n%s", attribute, made->pem);

	root_write(&root, P11_VENDOR "/ca-bundle.trust.p11-kit", text);
}

START_TEST(sources_and_outputs_are_listed)
{
	struct found found;

	vendor_object(&alpha, "trusted: true");
	list("system", &found);
	ck_assert_uint_eq(found.count, 2);
	ck_assert_str_eq(found.items[0].name, "CN=Alpha Root");
	ck_assert_str_eq(found.items[0].backend, "p11kit");
	ck_assert(current_is(&found.items[0], "effective"));
	ck_assert(current_is(&found.items[1], "anchored"));
	ck_assert(!differs_from_itself(&found.items[0]));
	ck_assert(!differs_from_itself(&found.items[1]));
	release(&found);
}
END_TEST

START_TEST(what_only_a_blocklist_holds_is_listed_as_distrusted)
{
	struct found found;
	const struct tmd_resource *r;

	root_write(&root, P11_SOURCE "/blocklist/gamma.pem", gamma_root.pem);
	list("system", &found);
	r = find(&found, &gamma_root);
	ck_assert_ptr_nonnull(r);
	ck_assert_str_eq(current_state(r), "distrusted");
	ck_assert(current_mentions(r, "distrusted_by", "blocklist/gamma.pem"));
	ck_assert(!differs_from_itself(r));
	release(&found);
}
END_TEST

START_TEST(distrust_that_was_not_extracted_yet_is_told)
{
	struct found found;

	root_write(&root, P11_SOURCE "/blocklist/beta.pem", beta.pem);
	list("system", &found);
	ck_assert_str_eq(current_state(find(&found, &beta)), "distrusted");
	ck_assert(current_mentions(find(&found, &beta), "reasons", "still trusted"));
	release(&found);
}
END_TEST

START_TEST(a_blocklist_that_nothing_reads_is_told)
{
	struct found found;

	root_write(&root, P11_SOURCE "/blacklist/gamma.pem", gamma_root.pem);
	list("system", &found);
	ck_assert_str_eq(current_state(find(&found, &gamma_root)), "absent");
	ck_assert(current_mentions(find(&found, &gamma_root), "reasons", "has no effect"));
	release(&found);
}
END_TEST

START_TEST(what_is_merely_known_is_not_listed)
{
	struct found found;

	vendor_object(&gamma_root, "trusted: false");
	root_write(&root, P11_SOURCE "/known.pem", gamma_root.pem);
	list("system", &found);
	ck_assert_ptr_null(find(&found, &gamma_root));
	release(&found);
}
END_TEST

START_TEST(a_large_vendor_file_gives_each_object_its_own_verdict)
{
	TMD_AUTO_FREE char *text = tmd_format(OBJECT "trusted: true\n%s" OBJECT
					      "x-distrusted: true\n%s", alpha.pem, gamma_root.pem);
	struct found found;

	root_write(&root, P11_VENDOR "/ca-bundle.trust.p11-kit", text);
	list("system", &found);
	ck_assert_uint_eq(found.count, 3);
	ck_assert_str_eq(current_state(find(&found, &alpha)), "present");
	ck_assert_str_eq(current_state(find(&found, &gamma_root)), "distrusted");
	release(&found);
}
END_TEST

START_TEST(the_hashed_directory_counts_where_there_is_one)
{
	TMD_AUTO_FREE char *path = tmd_format(P11_HASHED "/%08x.0", gamma_root.cert->subject_hash);
	struct found found;

	root_write(&root, path, gamma_root.pem);
	list("system", &found);
	ck_assert_ptr_nonnull(find(&found, &gamma_root));
	ck_assert(current_mentions(find(&found, &beta), "reasons", "does not lead to it"));
	release(&found);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("anchor_list");
	TCase *debian = tcase_create("debian");
	TCase *p11 = tcase_create("p11kit");

	tcase_add_checked_fixture(debian, set_up_debian, tear_down);
	suite_add_tcase(s, debian);
	tcase_add_test(debian, each_certificate_is_listed_once_by_subject);
	tcase_add_test(debian, equal_subjects_are_ordered_by_fingerprint);
	tcase_add_test(debian, a_sound_state_is_a_wish_that_is_met);
	tcase_add_test(debian, an_input_that_was_never_compiled_is_listed_with_the_reason);
	tcase_add_test(debian, a_file_that_the_script_ignores_is_listed_as_absent_with_the_reason);
	tcase_add_test(debian, vendor_files_switched_off_are_listed_where_something_holds_them);
	tcase_add_test(debian, a_certificate_that_only_the_hashed_directory_holds_is_listed);
	tcase_add_test(debian, an_input_in_der_is_listed);
	tcase_add_test(debian, a_store_with_nothing_in_it_is_an_empty_list);
	tcase_add_test(debian, a_bundle_is_listed);
	tcase_add_test(debian, a_bundle_that_is_missing_is_no_empty_list);
	tcase_add_test(debian, stores_that_are_not_here_fail_as_for_other_verbs);
	tcase_add_checked_fixture(p11, set_up_p11, tear_down);
	suite_add_tcase(s, p11);
	tcase_add_test(p11, sources_and_outputs_are_listed);
	tcase_add_test(p11, what_only_a_blocklist_holds_is_listed_as_distrusted);
	tcase_add_test(p11, distrust_that_was_not_extracted_yet_is_told);
	tcase_add_test(p11, a_blocklist_that_nothing_reads_is_told);
	tcase_add_test(p11, what_is_merely_known_is_not_listed);
	tcase_add_test(p11, a_large_vendor_file_gives_each_object_its_own_verdict);
	tcase_add_test(p11, the_hashed_directory_counts_where_there_is_one);
	return s;
}

UNIT_MAIN(suite)
