/* Bundles as OpenSSL and Python see them; every verdict is held against the real loader. */
#include "unit.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include "base/mem.h"
#include "base/str.h"
#include "x509/bundle.h"

#include "../x509/make_cert.h"

static char *one;
static char *two;
static char *three;
static char dir[UNIT_DIR_MAX];

static void set_up(void)
{
	unit_make_dir(dir);
	one = make_ca("One");
	two = make_ca("Two");
	three = make_ca("Three");
}

static void tear_down(void)
{
	free(one);
	free(two);
	free(three);
	unit_remove_tree(dir);
}

/* ---- the real thing ---- */

/* Certificates that X509_STORE_load_file() makes of it; -1 when it fails. */
static int openssl_loads(const char *data, size_t len)
{
	X509_STORE *store = X509_STORE_new();
	STACK_OF(X509_OBJECT) * objects;
	char path[UNIT_DIR_MAX + 16];
	int count = -1;

	unit_write(dir, "bundle.pem", data, len);
	snprintf(path, sizeof(path), "%s/bundle.pem", dir);
	if (X509_STORE_load_file(store, path) == 1) {
		count = 0;
		objects = X509_STORE_get0_objects(store);
		for (int i = 0; i < sk_X509_OBJECT_num(objects); i++)
			count += X509_OBJECT_get0_X509(sk_X509_OBJECT_value(objects, i)) != NULL;
	}
	X509_STORE_free(store);
	ERR_clear_error();
	return count;
}

/* Scans, and checks `loads` and the number of certificates against the loader. */
static struct tmd_bundle scan_bytes(const char *data, size_t len)
{
	struct tmd_bundle bundle = { 0 };
	struct tmd_error err;
	int loaded = openssl_loads(data, len);

	ck_ok(tmd_bundle_scan(data, len, &bundle, &err), err);
	ck_assert_int_eq(bundle.loads, loaded > 0);
	if (loaded > 0)
		ck_assert_int_eq((int)(bundle.count - bundle.duplicates), loaded);
	ck_assert_int_eq(tmd_bundle_validate(data, len, "x", &err) == TMD_OK, loaded > 0);
	if (!bundle.loads)
		ck_assert_uint_gt(bundle.problems.count, 0);
	return bundle;
}

static struct tmd_bundle scan(const char *text)
{
	return scan_bytes(text, strlen(text));
}

static void has_problem(const struct tmd_bundle *bundle, const char *line, const char *what)
{
	for (size_t i = 0; i < bundle->problems.count; i++) {
		const char *text = bundle->problems.items[i];

		if (tmd_str_starts(text, line) && strstr(text, what))
			return;
	}
	ck_abort_msg("no problem '%s… %s'; first of %zu: %s", line, what, bundle->problems.count,
		     bundle->problems.count ? bundle->problems.items[0] : "none");
}

/* `text` is freed. */
static void expect(char *text, bool loads, size_t count, size_t problems)
{
	struct tmd_bundle bundle = scan(text);

	ck_assert_int_eq(bundle.loads, loads);
	ck_assert_uint_eq(bundle.count, count);
	ck_assert_msg(bundle.problems.count == problems, "%zu problems, wanted %zu: %s",
		      bundle.problems.count, problems,
		      bundle.problems.count ? bundle.problems.items[0] : "none");
	tmd_bundle_release(&bundle);
	free(text);
}

static void expect_problem(char *text, const char *line, const char *what)
{
	struct tmd_bundle bundle = scan(text);

	has_problem(&bundle, line, what);
	tmd_bundle_release(&bundle);
	free(text);
}

/* ---- healthy ---- */

START_TEST(plain_bundles_are_healthy)
{
	char *crlf = make_replaced(one, "\n", "\r\n");

	expect(make_joined(one, two, three, NULL), true, 3, 0);
	expect(make_joined("\xef\xbb\xbf", one, "\n\n", two, NULL), true, 2, 0);
	expect(make_joined(crlf, crlf + 0, NULL), true, 2, 1); /* the duplicate */
	expect(crlf, true, 1, 0);
}
END_TEST

START_TEST(comments_and_labels_are_healthy)
{
	expect(make_joined("# Issuer: CN=One\n# Label: \"One\"\n", one, "\n# Zwei: \xc3\xb6\n", two,
			   NULL),
	       true, 2, 0);
	expect(make_joined("##\n## Bundle of CA Root Certificates\n##\n\nOne\n===\n", one,
			   "\nTwo, Inc.\n=========\n", two, NULL),
	       true, 2, 0);
	expect(make_joined("Certificate:\n    Data:\n        Version: 3 (0x2)\n", one, NULL), true,
	       1, 0);
	expect(make_joined("Bag Attributes\n    friendlyName: x\nsubject=CN = One\n\nissuer=CN = "
			   "One\n\n",
			   one, NULL),
	       true, 1, 0);
	expect(make_joined("# -----BEGIN CERTIFICATE-----\n# commented out\n", one, NULL), true, 1,
	       0);
}
END_TEST

START_TEST(entries_tell_where_they_stand)
{
	char *text = make_joined("# one\n", one, "\n", two, NULL);
	struct tmd_bundle bundle = scan(text);
	size_t len;
	unsigned char *der = make_der(two, &len);

	ck_assert_uint_eq(bundle.count, 2);
	ck_assert_uint_eq(bundle.entries[0].at, 6);
	ck_assert_uint_eq(bundle.entries[0].block, strlen(one));
	ck_assert_uint_eq(bundle.entries[0].line, 2);
	ck_assert_uint_eq(bundle.entries[1].at, 6 + strlen(one) + 1);
	ck_assert_int_eq(bundle.entries[1].not_after, 4102444799);
	ck_assert_ptr_eq(tmd_bundle_find(&bundle, der, len, 0), &bundle.entries[1]);
	ck_assert_ptr_null(tmd_bundle_find(&bundle, der, len, 2));
	ck_assert_ptr_null(tmd_bundle_find(&bundle, der, len - 1, 0));
	OPENSSL_free(der);
	tmd_bundle_release(&bundle);
	free(text);
}
END_TEST

/* ---- what reference/trust-stores.md says of OpenSSL ---- */

START_TEST(one_bad_block_makes_the_whole_bundle_unloadable)
{
	char *bad = make_replaced(two, "MII", "M*I");
	char *text = make_joined(one, bad, three, NULL);

	expect(text, false, 2, 1);
	expect_problem(make_joined(one, bad, NULL), "line ", "damaged");
	free(bad);
}
END_TEST

START_TEST(joined_markers_make_the_whole_bundle_unloadable)
{
	char *text;

	one[strlen(one) - 1] = '\0';
	text = make_joined(one, two, NULL);
	ck_assert_ptr_nonnull(strstr(text, "-----END CERTIFICATE----------BEGIN CERTIFICATE-----"));
	expect_problem(strdup(text), "line ", "begins in the middle of the line");
	expect(text, false, 2, 1); /* both can be saved */
}
END_TEST

START_TEST(truncation_is_unloadable_and_saves_the_others)
{
	char *cut = tmd_strndup(two, 200);

	expect(make_joined(one, cut, NULL), false, 1, 2); /* and no final newline */
	expect_problem(make_joined(one, cut, NULL), "line ", "without an END line");
	expect(make_joined(cut, "\n", one, NULL), false, 1, 1);
	free(cut);
}
END_TEST

START_TEST(counting_begin_lines_proves_nothing)
{
	char *open = make_replaced(one, "-----END CERTIFICATE-----\n", "");
	char *text = make_joined(open, two, NULL);
	struct tmd_bundle bundle = scan(text);

	/* Two BEGIN lines, one certificate, and OpenSSL is content. */
	ck_assert(bundle.loads);
	ck_assert_uint_eq(bundle.count, 1);
	has_problem(&bundle, "line ", "swallows");
	tmd_bundle_release(&bundle);
	free(text);
	free(open);
}
END_TEST

START_TEST(web_pages_empty_files_and_utf16_are_named)
{
	struct tmd_bundle bundle;

	expect_problem(strdup("<!DOCTYPE html>\n<html>\n<td>-----BEGIN CERTIFICATE-----</td>\n"),
		       "", "HTML");
	expect_problem(strdup(""), "", "empty");
	expect_problem(strdup("hello\n"), "", "no certificate");
	bundle = scan_bytes("\xff\xfe-\0-\0-\0-\0-\0B\0\n\0", 16);
	has_problem(&bundle, "", "UTF-16");
	tmd_bundle_release(&bundle);
}
END_TEST

START_TEST(a_nul_ends_a_line_or_the_file)
{
	char text[8192];
	int len = snprintf(text, sizeof(text), "# a%cb\n%s%c\n%s", '\0', one, '\0', two);
	struct tmd_bundle bundle = scan_bytes(text, (size_t)len);

	ck_assert(bundle.loads);
	ck_assert_uint_eq(bundle.count, 1);
	has_problem(&bundle, "", "NUL");
	tmd_bundle_release(&bundle);
}
END_TEST

START_TEST(long_lines_are_read_in_pieces_of_254_bytes)
{
	char filler[255] = { 0 };
	struct tmd_bundle bundle;
	char *text;

	memset(filler, '#', 254);
	text = make_joined(filler, one, NULL);
	bundle = scan(text); /* BEGIN starts the second piece, so it counts */
	ck_assert_uint_eq(bundle.count, 1);
	ck_assert_uint_eq(bundle.entries[0].at, 254);
	tmd_bundle_release(&bundle);
	free(text);
	text = make_joined(filler + 1, one, NULL);
	bundle = scan(text);
	ck_assert_uint_eq(bundle.count, 0);
	ck_assert_uint_eq(bundle.hidden_count, 1);
	has_problem(&bundle, "line 2", "base64 outside of any block");
	tmd_bundle_release(&bundle);
	free(text);
}
END_TEST

START_TEST(odd_but_loadable_shapes_keep_their_certificates)
{
	char *blanks = make_replaced(one, "-----\n", "----- \t\n");
	char *old = make_replaced(two, " CERTIFICATE", " X509 CERTIFICATE");
	char *empty_lines = make_replaced(three, "\n", "\n\n");

	expect(make_joined(blanks, two, NULL), true, 2, 0);
	expect(make_joined(old, one, NULL), true, 2, 0);
	expect_problem(make_joined(empty_lines, NULL), "line 1", "damaged");
	expect(make_joined("\xef\xbb\xbf", one, "\xef\xbb\xbf", two, NULL), true, 2, 0);
	free(empty_lines);
	free(old);
	free(blanks);
}
END_TEST

START_TEST(rare_keys_and_versions_are_judged_by_openssl)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	X509 *x = make_x509(&(struct make_cert){ .cn = "Ed", .basic = "CA:TRUE" });
	BIO *bio = BIO_new(BIO_s_mem());
	char *pem;

	X509_set_pubkey(x, key);
	ck_assert_int_gt(X509_sign(x, key, NULL), 0);
	PEM_write_bio_X509(bio, x);
	pem = make_text(bio);
	expect(make_joined(one, pem, NULL), true, 2, 0);
	free(pem);
	X509_free(x);
	EVP_PKEY_free(key);
	pem = make_pem(&(struct make_cert){ .cn = "V1", .v1 = true });
	expect(make_joined(one, pem, NULL), true, 2, 0);
	free(pem);
}
END_TEST

/* ---- problems that do not stop OpenSSL ---- */

START_TEST(duplicates_are_counted_and_located)
{
	char *text = make_joined(one, two, one, one, NULL);
	struct tmd_bundle bundle = scan(text);

	ck_assert_uint_eq(bundle.count, 4);
	ck_assert_uint_eq(bundle.duplicates, 2);
	ck_assert(bundle.loads);
	has_problem(&bundle, "line ", "the same certificate as on line 1");
	tmd_bundle_release(&bundle);
	free(text);
}
END_TEST

START_TEST(a_missing_final_newline_is_a_problem)
{
	struct tmd_bundle bundle;

	one[strlen(one) - 1] = '\0';
	bundle = scan(one);
	ck_assert(bundle.loads && !bundle.final_newline);
	has_problem(&bundle, "line ", "no newline at the end");
	tmd_bundle_release(&bundle);
	bundle = scan(two);
	ck_assert(bundle.final_newline);
	tmd_bundle_release(&bundle);
}
END_TEST

START_TEST(private_keys_are_found_wherever_they_are)
{
	char *key = make_key_pem();
	char *bad = make_replaced(two, "MII", "M*I");
	char *four = make_replaced(key, "-----", "----");
	char *texts[] = {
		make_joined(one, key, NULL),
		make_joined(key, one, NULL),
		make_joined(one, bad, key, NULL),
		make_joined(one, four, NULL),
		strdup(key),
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct tmd_bundle bundle = scan(texts[i]);

		ck_assert_msg(bundle.has_private_key, "text %zu", i);
		has_problem(&bundle, "line ", "a private key");
		for (size_t j = 0; j < bundle.problems.count; j++)
			ck_assert_ptr_null(strstr(bundle.problems.items[j], "MI"));
		tmd_bundle_release(&bundle);
		free(texts[i]);
	}
	free(four);
	free(bad);
	free(key);
}
END_TEST

START_TEST(what_is_lost_is_a_problem_and_other_text_is_none)
{
	expect(make_joined(one, "this is not a certificate\nnor this\n", two, NULL), true, 2, 0);
	expect(make_joined("Zertifikat f\xfcr Studio\n", one, NULL), true, 1, 0);
	expect_problem(make_joined(one, "\x01\x02\xff\n", two, NULL), "line ", "binary");
	expect_problem(make_joined(one,
				   "MIIBnzCCAUWgAwIBAgIUPe2a7MXMoOnLo0dwsY/mrCM7fdUwCgYIKoZI\n",
				   NULL),
		       "line ", "base64 outside");
	expect_problem(make_joined(one, "-----BEGIN CATS-----\nAAAA\n-----END CATS-----\n", NULL),
		       "line ", "CATS");
	expect_problem(make_joined("x -----BEGIN CERTIFICATE-----\n", one, NULL), "line 1",
		       "does not start its line");
}
END_TEST

START_TEST(trusted_certificates_are_marked)
{
	X509 *x = make_x509(&(struct make_cert){ .cn = "T", .basic = "CA:TRUE" });
	BIO *bio = BIO_new(BIO_s_mem());
	struct tmd_bundle bundle;
	struct tmd_error err;
	char *pem;

	X509_add1_reject_object(x, OBJ_nid2obj(NID_server_auth));
	PEM_write_bio_X509_AUX(bio, x);
	pem = make_text(bio);
	bundle = scan(pem);
	ck_assert(bundle.has_trusted && bundle.count == 1);
	has_problem(&bundle, "line 1", "TRUSTED");
	ck_fails(tmd_bundle_check_input(&bundle, pem, strlen(pem), "s", &err), err, TMD_E_REFUSED);
	tmd_bundle_release(&bundle);
	free(pem);
	X509_free(x);
}
END_TEST

START_TEST(worst_problems_come_first)
{
	char *bad = make_replaced(two, "MII", "M*I");
	char *text = make_joined(one, one, "garbage here\n", bad, "# end", NULL);
	struct tmd_bundle bundle = scan(text);

	ck_assert_uint_eq(bundle.problems.count, 3);
	ck_assert_ptr_nonnull(strstr(bundle.problems.items[0], "damaged"));
	ck_assert_ptr_nonnull(strstr(bundle.problems.items[2], "no newline"));
	tmd_bundle_release(&bundle);
	free(text);
	free(bad);
}
END_TEST

START_TEST(thousands_of_certificates_and_problems_are_bounded)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	struct tmd_bundle bundle = { 0 };
	struct tmd_error err;

	for (int i = 0; i < 6000; i++)
		tmd_buf_add_str(&text, i % 2 ? one : two);
	ck_ok(tmd_bundle_scan(text.data, text.len, &bundle, &err), err);
	ck_assert_uint_eq(bundle.count, 6000);
	ck_assert_uint_eq(bundle.duplicates, 5998);
	ck_assert(bundle.loads);
	ck_assert_uint_eq(bundle.problems.count, 51);
	ck_assert_str_eq(bundle.problems.items[50], "5948 more problems");
	tmd_bundle_release(&bundle);
}
END_TEST

START_TEST(too_large_is_refused)
{
	char *data = calloc(TMD_BUNDLE_MAX + 1, 1);
	struct tmd_bundle bundle;
	struct tmd_error err;

	ck_fails(tmd_bundle_scan(data, TMD_BUNDLE_MAX + 1, &bundle, &err), err, TMD_E_REFUSED);
	free(data);
}
END_TEST

/* Random damage to a real bundle: the verdict is always the loader's. */
START_TEST(random_damage_is_judged_as_openssl_does)
{
	char *text = make_joined("# comment\n", one, two, "# more\n", three, NULL);
	static const char bytes[] = "-\n\r \0=A:*#\xff\xef";
	unsigned seed = 1;
	size_t len = strlen(text);

	for (int round = 0; round < 600; round++) {
		struct tmd_bundle bundle;
		char *damaged = malloc(len);

		memcpy(damaged, text, len);
		for (int i = 0; i < 1 + round % 3; i++) {
			seed = seed * 1103515245 + 12345;
			damaged[(seed >> 8) % len] = bytes[(seed >> 4) % (sizeof(bytes) - 1)];
		}
		bundle = scan_bytes(damaged, len);
		tmd_bundle_release(&bundle);
		free(damaged);
	}
	free(text);
}
END_TEST

/* ---- inputs ---- */

static void input_refused(char *text, const char *word)
{
	struct tmd_bundle bundle = scan(text);
	struct tmd_error err;

	ck_fails(tmd_bundle_check_input(&bundle, text, strlen(text), "/src.pem", &err), err,
		 TMD_E_REFUSED);
	ck_assert_msg(strstr(err.message, word) != NULL, "'%s' lacks '%s'", err.message, word);
	ck_assert_str_eq(err.path, "/src.pem");
	ck_assert(err.hint[0] != '\0');
	tmd_bundle_release(&bundle);
	free(text);
}

START_TEST(inputs_are_refused_by_what_they_are)
{
	char *key = make_key_pem();
	char *bad = make_replaced(two, "MII", "M*I");

	input_refused(strdup("<html><body>"), "HTML");
	input_refused(strdup(" \n"), "empty");
	input_refused(strdup("hello\n"), "no certificate");
	input_refused(make_joined(one, key, NULL), "private key");
	input_refused(strdup(key), "private key");
	input_refused(make_joined(one, bad, NULL), "OpenSSL would not load it: line ");
	input_refused(strdup("-----BEGIN PKCS7-----\nAAAA\n-----END PKCS7-----\n"), "PKCS#7");
	input_refused(strdup("0\x82\x01\x02 and so on"), "DER");
	free(bad);
	free(key);
}
END_TEST

START_TEST(a_good_input_is_accepted_with_its_flaws)
{
	char *text = make_joined(one, one, "a label without a ruler\n", two, NULL);
	struct tmd_bundle bundle = scan(text);
	struct tmd_error err;

	ck_ok(tmd_bundle_check_input(&bundle, text, strlen(text), "s", &err), err);
	tmd_bundle_release(&bundle);
	free(text);
}
END_TEST

/* ---- editing ---- */

static void append(struct tmd_buf *text, const char *pem)
{
	size_t len;
	unsigned char *der = make_der(pem, &len);

	tmd_bundle_append(text, der, len);
	OPENSSL_free(der);
}

static void cut(struct tmd_buf *text, const char *pem)
{
	struct tmd_error err;
	size_t len;
	unsigned char *der = make_der(pem, &len);

	ck_ok(tmd_bundle_cut(text, der, len, &err), err);
	OPENSSL_free(der);
}

/* Frees both texts. */
static void ends_up_as(struct tmd_buf *text, char *wanted)
{
	ck_assert_str_eq(tmd_buf_str(text), wanted);
	tmd_buf_release(text);
	free(wanted);
}

START_TEST(append_guards_the_newline)
{
	struct tmd_buf text = { 0 };

	append(&text, one);
	append(&text, two);
	ends_up_as(&text, make_joined(one, two, NULL));
	tmd_buf_add(&text, one, strlen(one) - 1);
	append(&text, two);
	ends_up_as(&text, make_joined(one, two, NULL));
	tmd_buf_add_str(&text, "# only a comment");
	append(&text, two);
	ends_up_as(&text, make_joined("# only a comment\n", two, NULL));
}
END_TEST

START_TEST(append_keeps_the_line_ends_of_the_file)
{
	char *crlf = make_replaced(one, "\n", "\r\n");
	char *crlf_two = make_replaced(two, "\n", "\r\n");
	struct tmd_buf text = { 0 };

	tmd_buf_add_str(&text, crlf);
	append(&text, two);
	ends_up_as(&text, make_joined(crlf, crlf_two, NULL));
	tmd_buf_add(&text, crlf, strlen(crlf) - 2);
	append(&text, two);
	ends_up_as(&text, make_joined(crlf, crlf_two, NULL));
	tmd_buf_add_str(&text, crlf);
	tmd_buf_add_str(&text, "# one line without\n");
	append(&text, two);
	ends_up_as(&text, make_joined(crlf, "# one line without\n", two, NULL));
	free(crlf_two);
	free(crlf);
}
END_TEST

START_TEST(cut_removes_every_copy_and_nothing_else)
{
	struct tmd_buf text = { 0 };

	tmd_buf_addf(&text, "# a\n%s# b\n%s%s# c\n", one, two, one);
	cut(&text, one);
	ends_up_as(&text, make_joined("# a\n# b\n", two, "# c\n", NULL));
	tmd_buf_addf(&text, "# a\n%s", one);
	cut(&text, two);
	ends_up_as(&text, make_joined("# a\n", one, NULL));
	tmd_buf_addf(&text, "\xef\xbb\xbf%s%s", one, two);
	cut(&text, one);
	ends_up_as(&text, make_joined("\xef\xbb\xbf", two, NULL));
	cut(&text, one);
	ends_up_as(&text, strdup(""));
}
END_TEST

START_TEST(cut_never_joins_two_lines)
{
	struct tmd_buf text = { 0 };

	/* One, Two and Three glued together; Two goes. */
	tmd_buf_add(&text, one, strlen(one) - 1);
	tmd_buf_add(&text, two, strlen(two) - 1);
	tmd_buf_add_str(&text, three);
	cut(&text, two);
	ends_up_as(&text, make_joined(one, three, NULL));
	tmd_buf_add(&text, one, strlen(one) - 1);
	tmd_buf_add_str(&text, two);
	tmd_buf_add_str(&text, three);
	cut(&text, two);
	ends_up_as(&text, make_joined(one, three, NULL));
}
END_TEST

START_TEST(append_then_cut_is_where_it_began)
{
	struct tmd_buf text = { 0 };

	tmd_buf_addf(&text, "# label\n%s", one);
	append(&text, two);
	cut(&text, two);
	ends_up_as(&text, make_joined("# label\n", one, NULL));
}
END_TEST

static Suite *bundle_suite(void)
{
	Suite *suite = suite_create("bundle");
	TCase *tcase = tcase_create("bundle");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, plain_bundles_are_healthy);
	tcase_add_test(tcase, comments_and_labels_are_healthy);
	tcase_add_test(tcase, entries_tell_where_they_stand);
	tcase_add_test(tcase, one_bad_block_makes_the_whole_bundle_unloadable);
	tcase_add_test(tcase, joined_markers_make_the_whole_bundle_unloadable);
	tcase_add_test(tcase, truncation_is_unloadable_and_saves_the_others);
	tcase_add_test(tcase, counting_begin_lines_proves_nothing);
	tcase_add_test(tcase, web_pages_empty_files_and_utf16_are_named);
	tcase_add_test(tcase, a_nul_ends_a_line_or_the_file);
	tcase_add_test(tcase, long_lines_are_read_in_pieces_of_254_bytes);
	tcase_add_test(tcase, odd_but_loadable_shapes_keep_their_certificates);
	tcase_add_test(tcase, rare_keys_and_versions_are_judged_by_openssl);
	tcase_add_test(tcase, duplicates_are_counted_and_located);
	tcase_add_test(tcase, a_missing_final_newline_is_a_problem);
	tcase_add_test(tcase, private_keys_are_found_wherever_they_are);
	tcase_add_test(tcase, what_is_lost_is_a_problem_and_other_text_is_none);
	tcase_add_test(tcase, trusted_certificates_are_marked);
	tcase_add_test(tcase, worst_problems_come_first);
	tcase_add_test(tcase, thousands_of_certificates_and_problems_are_bounded);
	tcase_add_test(tcase, too_large_is_refused);
	tcase_add_test(tcase, random_damage_is_judged_as_openssl_does);
	tcase_add_test(tcase, inputs_are_refused_by_what_they_are);
	tcase_add_test(tcase, a_good_input_is_accepted_with_its_flaws);
	tcase_add_test(tcase, append_guards_the_newline);
	tcase_add_test(tcase, append_keeps_the_line_ends_of_the_file);
	tcase_add_test(tcase, cut_removes_every_copy_and_nothing_else);
	tcase_add_test(tcase, cut_never_joins_two_lines);
	tcase_add_test(tcase, append_then_cut_is_where_it_began);
	suite_add_tcase(suite, tcase);
	return suite;
}

UNIT_MAIN(bundle_suite)
