/* The anchor type itself: certificate, pins, report; on a store that every system has. */
#include "resources/anchor_fixture.h"

#include "os/path.h"

#define STORE "bundle:/opt/app/cacert.pem"

static struct root root;
static struct made ca;

static void set_up(void)
{
	struct made other = make_ca("Other Root");

	root_open(&root, NULL);
	root_write(&root, "/opt/app/cacert.pem", other.pem);
	made_release(&other);
	ca = make_ca("Studio Root");
}

static void tear_down(void)
{
	made_release(&ca);
	root_close(&root);
}

static struct tmd_resource in_store(const char *certificate)
{
	struct tmd_resource r = anchor_new(certificate, NULL);

	anchor_give(&r, "store", STORE);
	return r;
}

/* The caller frees. */
static char *input_path(const char *name)
{
	return tmd_format("%s/%s", root.dir, name);
}

static void normalize_fails(struct tmd_resource *r, enum tmd_error_kind kind, const char *says)
{
	struct tmd_error err;

	ck_fails(tmd_resource_normalize(&root.ctx, r, &err), err, kind);
	ck_assert_msg(strstr(err.message, says) || strstr(err.hint, says), "'%s' / '%s' lacks '%s'",
		      err.message, err.hint, says);
	ck_assert_ptr_nonnull(r->name);
	anchor_free_resource(r);
}

START_TEST(pem_text_is_named_after_its_subject)
{
	struct tmd_resource r = in_store(ca.pem);

	anchor_read(&root, &r);
	ck_assert_str_eq(r.name, "CN=Studio Root");
	ck_assert(tmd_str_starts(r.identity, "anchor:"));
	ck_assert(tmd_str_ends(r.identity, ca.cert->sha256));
	ck_assert_str_eq(r.backend, "bundle");
	ck_assert_str_eq(tmd_value_str(&r.desired[field("state")]), "present");
	ck_assert(tmd_value_bool(&r.desired[field("effective")], false));
	ck_assert_str_eq(tmd_value_str(&r.current[field("sha1")]), ca.cert->sha1);
	ck_assert_str_eq(tmd_value_str(&r.current[field("not_after")]), ca.cert->not_after_text);
	anchor_free_resource(&r);
}
END_TEST

START_TEST(a_path_gives_pem_or_der_and_is_the_name)
{
	TMD_AUTO_FREE char *path = input_path("in.der");
	struct tmd_resource r;

	root_write_bytes(&root, "/in.der", ca.der, ca.der_len);
	r = in_store(path);
	anchor_read(&root, &r);
	ck_assert_str_eq(r.name, path);
	ck_assert_str_eq(tmd_value_str(&r.current[field("sha256")]), ca.cert->sha256);
	anchor_free_resource(&r);
}
END_TEST

START_TEST(a_builtin_is_found_by_name)
{
	struct tmd_resource r = in_store("builtin:amazon-root-ca-1");

	anchor_read(&root, &r);
	ck_assert_str_eq(r.name, "builtin:amazon-root-ca-1");
	ck_assert_str_eq(tmd_value_str(&r.current[field("sha1")]),
			 "8DA7F965EC5EFC37910F1C6E59FDC1CC6A6EDE16");
	anchor_free_resource(&r);
	r = in_store("builtin:nobody");
	normalize_fails(&r, TMD_E_INVALID_INPUT, "nobody");
}
END_TEST

START_TEST(pins_are_taken_with_colons_blanks_and_lower_case)
{
	struct tmd_resource r = in_store(ca.pem);
	char pin[128];
	size_t n = 0;

	for (size_t i = 0; ca.cert->sha1[i]; i++) {
		if (i && i % 2 == 0)
			pin[n++] = i % 4 ? ':' : ' ';
		pin[n++] = ca.cert->sha1[i] >= 'A' ? (char)(ca.cert->sha1[i] + 32) :
						     ca.cert->sha1[i];
	}
	pin[n] = '\0';
	anchor_give(&r, "sha1", pin);
	anchor_give(&r, "sha256", ca.cert->sha256);
	anchor_read(&root, &r);
	ck_assert_str_eq(tmd_value_str(&r.desired[field("sha1")]), ca.cert->sha1);
	anchor_free_resource(&r);
}
END_TEST

/* The certificate dialog puts a left-to-right mark in front, and blanks between. */
START_TEST(a_pin_copied_from_a_dialog_brings_invisible_characters)
{
	static const char *const around[][2] = {
		{ "\xE2\x80\x8E", "" },
		{ "\xE2\x80\x8F", "\xE2\x80\x8E" },
		{ "\xEF\xBB\xBF", "\xC2\xA0" },
	};
	TMD_AUTO_FREE char *pin =
		tmd_format("%s%.20s\xE2\x80\xAF\xC2\xA0%s%s", around[_i][0], ca.cert->sha1,
			   ca.cert->sha1 + 20, around[_i][1]);
	struct tmd_resource r = in_store(ca.pem);

	anchor_give(&r, "sha1", pin);
	anchor_read(&root, &r);
	ck_assert_str_eq(tmd_value_str(&r.desired[field("sha1")]), ca.cert->sha1);
	anchor_free_resource(&r);
	/* Other characters that nobody sees are no part of a pin. */
	r = in_store(ca.pem);
	free(pin);
	pin = tmd_format("\xE2\x80\x8B%s", ca.cert->sha1);
	anchor_give(&r, "sha1", pin);
	normalize_fails(&r, TMD_E_INVALID_INPUT, "40 hexadecimal");
}
END_TEST

START_TEST(a_pin_of_the_other_length_names_the_other_attribute)
{
	struct tmd_resource r = in_store(ca.pem);

	anchor_give(&r, "sha256", ca.cert->sha1);
	normalize_fails(&r, TMD_E_INVALID_INPUT, "goes into sha1");
	r = in_store(ca.pem);
	anchor_give(&r, "sha1", ca.cert->sha256);
	normalize_fails(&r, TMD_E_INVALID_INPUT, "goes into sha256");
}
END_TEST

START_TEST(another_pin_is_refused_and_a_wrong_one_is_invalid)
{
	struct tmd_resource r = in_store(ca.pem);
	char near[41];

	anchor_give(&r, "sha1", "925A8F8D2C6D04E0665F596AFF22D863E8256F3F");
	normalize_fails(&r, TMD_E_REFUSED, ca.cert->sha1);
	r = in_store(ca.pem);
	memcpy(near, ca.cert->sha1, sizeof(near));
	near[39] = near[39] == '0' ? '1' : '0'; /* nor is one that is nearly right */
	anchor_give(&r, "sha1", near);
	normalize_fails(&r, TMD_E_REFUSED, ca.cert->sha1);
	r = in_store(ca.pem);
	anchor_give(&r, "sha256", "12:34");
	normalize_fails(&r, TMD_E_INVALID_INPUT, "64 hexadecimal");
}
END_TEST

START_TEST(input_that_is_no_single_certificate_is_refused)
{
	TMD_AUTO_FREE char *key = key_pem(&ca);
	TMD_AUTO_FREE char *with_key = tmd_format("%s%s", ca.pem, key);
	struct made other = make_ca("Other");
	TMD_AUTO_FREE char *two = tmd_format("%s%s", ca.pem, other.pem);
	TMD_AUTO_FREE char *cut = tmd_strndup(ca.pem, strlen(ca.pem) / 2);
	TMD_AUTO_FREE char *nowhere = input_path("no/such/file.pem");
	struct tmd_resource r = in_store(with_key);

	normalize_fails(&r, TMD_E_REFUSED, "private key");
	r = in_store(two);
	normalize_fails(&r, TMD_E_REFUSED, "2 certificates");
	made_release(&other);
	r = in_store(cut);
	normalize_fails(&r, TMD_E_REFUSED, "");
	r = in_store(nowhere);
	normalize_fails(&r, TMD_E_NOT_FOUND, "");
	r = in_store("");
	normalize_fails(&r, TMD_E_INVALID_INPUT, "empty");
}
END_TEST

START_TEST(what_is_no_store_is_refused)
{
	struct tmd_resource r = anchor_new(ca.pem, NULL);

	anchor_give(&r, "store", "keychain");
	normalize_fails(&r, TMD_E_INVALID_INPUT, "keychain");
	r = anchor_new(ca.pem, NULL);
	anchor_give(&r, "store", "bundle:relative.pem");
	normalize_fails(&r, TMD_E_INVALID_INPUT, "absolute");
}
END_TEST

START_TEST(a_leaf_can_be_read_but_not_made_an_anchor)
{
	struct made leaf = make_cert_as(
		(struct making){ .cn = "leaf", .constraints = "CA:FALSE", .issued = true });
	struct tmd_resource r = in_store(leaf.pem);
	struct tmd_changeset set = { 0 };
	struct tmd_error err;

	anchor_read(&root, &r);
	ck_assert(differs(&r));
	ck_fails(r.type->plan(&root.ctx, &r, &set, &err), err, TMD_E_REFUSED);
	ck_assert_uint_eq(set.count, 0);
	anchor_free_resource(&r);
	made_release(&leaf);
}
END_TEST

/* ---- what a verification makes of it ---- */

static void put_into_store(const char *pem, const char *more)
{
	TMD_AUTO_FREE char *text = tmd_format("%s%s", pem, more);

	root_write(&root, "/opt/app/cacert.pem", text);
}

static void refuses(struct tmd_resource *r, enum tmd_error_kind kind, const char *says)
{
	struct tmd_changeset set = { 0 };
	struct tmd_error err;

	ck_assert(differs(r));
	ck_fails(r->type->plan(&root.ctx, r, &set, &err), err, kind);
	ck_assert_msg(strstr(err.message, says) != NULL, "'%s' lacks '%s'", err.message, says);
	ck_assert_str_ne(err.hint, "");
	ck_assert_uint_eq(set.count, 0);
}

/* In the store or not: it is not effective, the reason is told, and nothing adds it. */
START_TEST(what_openssl_verifies_nothing_with_is_ineffective_and_refused)
{
	static const struct {
		struct making how;
		const char *why;
	} cases[] = {
		{ { .cn = "a", .constraints = "critical,CA:TRUE", .usage = "codeSigning" },
		  "its extended key usage lacks serverAuth" },
		{ { .cn = "a", .constraints = "critical,CA:TRUE", .usage = "anyExtendedKeyUsage" },
		  "its extended key usage lacks serverAuth" },
		{ { .cn = "a", .constraints = "CA:FALSE", .issued = true },
		  "no CA (basicConstraints CA:FALSE); it was issued by CN=issuer" },
		{ { .cn = "a", .issued = true }, "no CA (no basicConstraints)" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct made made = make_cert_as(cases[i].how);
		struct tmd_resource r = in_store(made.pem);

		anchor_read(&root, &r);
		ck_assert_uint_eq(r.current[field("reasons")].list.count, 0);
		refuses(&r, TMD_E_REFUSED, cases[i].why);
		put_into_store(ca.pem, made.pem);
		anchor_read(&root, &r);
		ck_assert_str_eq(current_state(&r), "present");
		ck_assert(!current_is(&r, "effective"));
		ck_assert(current_mentions(&r, "reasons", cases[i].why));
		refuses(&r, TMD_E_REFUSED, cases[i].why);
		anchor_free_resource(&r);
		made_release(&made);
	}
}
END_TEST

START_TEST(trust_settings_that_reject_servers_make_it_ineffective)
{
	TMD_AUTO_FREE char *rejecting = rejecting_pem(&ca);
	struct tmd_resource r = in_store(ca.pem);

	put_into_store(rejecting, ca.pem);
	anchor_read(&root, &r);
	ck_assert(!current_is(&r, "effective"));
	ck_assert(current_mentions(&r, "reasons", "trust settings"));
	refuses(&r, TMD_E_CONFLICT, "trust settings reject it for servers");
	/* OpenSSL keeps the first of two. */
	put_into_store(ca.pem, rejecting);
	anchor_read(&root, &r);
	ck_assert(current_is(&r, "effective"));
	anchor_free_resource(&r);
}
END_TEST

START_TEST(a_servers_own_certificate_is_taken_with_a_word)
{
	struct made server = make_cert_as((struct making){ .cn = "a", .constraints = "CA:FALSE" });
	struct tmd_resource r = in_store(server.pem);

	put_into_store(ca.pem, server.pem);
	anchor_read(&root, &r);
	ck_assert(current_is(&r, "effective"));
	ck_assert(list_mentions(&r.warnings, "that server only"));
	ck_assert(!differs(&r));
	anchor_free_resource(&r);
	made_release(&server);
}
END_TEST

START_TEST(an_intermediate_is_told_of_unless_its_issuer_is_there_too)
{
	struct made issuer = make_ca("issuer");
	struct made middle = make_cert_as((struct making){
		.cn = "middle", .constraints = "critical,CA:TRUE", .issued = true });
	struct tmd_resource r = in_store(middle.pem);

	put_into_store(ca.pem, middle.pem);
	anchor_read(&root, &r);
	ck_assert(current_is(&r, "effective"));
	ck_assert(list_mentions(&r.warnings, "it was issued by CN=issuer, which is not here"));
	ck_assert(list_mentions(&r.warnings, "Python before 3.13"));
	anchor_free_resource(&r);
	r = in_store(middle.pem);
	put_into_store(issuer.pem, middle.pem);
	anchor_read(&root, &r);
	ck_assert(current_is(&r, "effective"));
	ck_assert_uint_eq(r.warnings.count, 0);
	anchor_free_resource(&r);
	made_release(&middle);
	made_release(&issuer);
}
END_TEST

START_TEST(an_expired_root_is_warned_of)
{
	struct made old =
		make_cert_as((struct making){ .cn = "old", .constraints = "critical,CA:TRUE",
					      .days = -3 });
	struct tmd_resource r = in_store(old.pem);

	anchor_read(&root, &r);
	ck_assert(list_mentions(&r.warnings, "expired"));
	anchor_free_resource(&r);
	made_release(&old);
}
END_TEST

START_TEST(a_root_that_is_not_valid_yet_is_warned_of)
{
	struct tmd_resource r = in_store(ca.pem);

	root.ctx.now = ca.cert->not_before - 1;
	anchor_read(&root, &r);
	ck_assert(list_mentions(&r.warnings, "not valid yet"));
	anchor_free_resource(&r);
}
END_TEST

START_TEST(an_input_that_changes_during_the_run_is_noticed)
{
	struct made other = make_ca("Other");
	struct tmd_resource r;
	TMD_AUTO_FREE char *path = input_path("in.pem");
	struct tmd_error err;

	root_write(&root, "/in.pem", ca.pem);
	r = in_store(path);
	ck_ok(tmd_resource_normalize(&root.ctx, &r, &err), err);
	root_write(&root, "/in.pem", other.pem);
	ck_fails(tmd_resource_read(&root.ctx, &r, &err), err, TMD_E_CONFLICT);
	anchor_free_resource(&r);
	made_release(&other);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("anchor");
	TCase *t = tcase_create("type");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, pem_text_is_named_after_its_subject);
	tcase_add_test(t, a_path_gives_pem_or_der_and_is_the_name);
	tcase_add_test(t, a_builtin_is_found_by_name);
	tcase_add_test(t, pins_are_taken_with_colons_blanks_and_lower_case);
	tcase_add_loop_test(t, a_pin_copied_from_a_dialog_brings_invisible_characters, 0, 3);
	tcase_add_test(t, a_pin_of_the_other_length_names_the_other_attribute);
	tcase_add_test(t, another_pin_is_refused_and_a_wrong_one_is_invalid);
	tcase_add_test(t, input_that_is_no_single_certificate_is_refused);
	tcase_add_test(t, what_is_no_store_is_refused);
	tcase_add_test(t, a_leaf_can_be_read_but_not_made_an_anchor);
	tcase_add_test(t, what_openssl_verifies_nothing_with_is_ineffective_and_refused);
	tcase_add_test(t, trust_settings_that_reject_servers_make_it_ineffective);
	tcase_add_test(t, a_servers_own_certificate_is_taken_with_a_word);
	tcase_add_test(t, an_intermediate_is_told_of_unless_its_issuer_is_there_too);
	tcase_add_test(t, an_expired_root_is_warned_of);
	tcase_add_test(t, a_root_that_is_not_valid_yet_is_warned_of);
	tcase_add_test(t, an_input_that_changes_during_the_run_is_noticed);
	suite_add_tcase(s, t);
	return s;
}

UNIT_MAIN(suite)
