/* Certificates that OpenSSL does not read: named by what can be told, and taken by outline alone. */
#include "resources/anchor_fixture.h"

#include "x509/cert.h"

static struct made root;

static void set_up(void)
{
	root = make_ca("Studio Root");
}

static void tear_down(void)
{
	made_release(&root);
}

/* Where the serial number of the fixture's certificates stands. */
static size_t serial_of(const unsigned char *der)
{
	size_t at = 4 + (der[5] == 0x82 ? 4 : 3) + 5;

	ck_assert_mem_eq(der + at, "\x02\x01\x01", 3);
	return at;
}

/* An INTEGER of no octets, and its octet as another value behind it, is nothing that is read. */
static void break_serial(void)
{
	root.der[serial_of(root.der)] = 0x1F;
}

START_TEST(what_openssl_reads_loads)
{
	ck_assert(tmd_cert_loads(root.der, root.der_len));
	ck_assert(!tmd_cert_loads(root.der, root.der_len - 1));
	ck_assert(!tmd_cert_loads("no DER", 6));
	break_serial();
	ck_assert(!tmd_cert_loads(root.der, root.der_len));
}
END_TEST

START_TEST(certificate_that_cannot_be_read_has_its_subject_and_digests)
{
	TMD_CLEANUP(tmd_cert_free_ptr) struct tmd_cert *cert = NULL;

	cert = tmd_cert_opaque(root.der, root.der_len);
	ck_assert_str_eq(cert->sha1, root.cert->sha1);
	ck_assert_str_eq(cert->sha256, root.cert->sha256);
	tmd_cert_free(cert);
	break_serial();
	cert = tmd_cert_opaque(root.der, root.der_len);
	ck_assert(cert->opaque);
	ck_assert_str_eq(cert->subject, "CN=Studio Root");
	ck_assert_str_ne(cert->sha1, root.cert->sha1);
	ck_assert_mem_eq(cert->der, root.der, root.der_len);
}
END_TEST

START_TEST(anything_else_is_named_too)
{
	static const struct {
		const char *data;
		size_t len;
	} cases[] = {
		{ "", 0 },
		{ "x", 1 },
		{ "\x30", 1 },
		{ "\x30\x80", 2 },
		{ "\x30\x84\xFF\xFF\xFF\xFF", 6 },
		{ "\x30\x05\x30\x00\x30\x00\x05", 7 },
		{ "\x30\x06\x30\x00\x30\x00\x05\x00", 8 },
	};
	TMD_CLEANUP(tmd_cert_free_ptr) struct tmd_cert *cert =
		tmd_cert_opaque(cases[_i].data, cases[_i].len);
	struct tmd_cert *none = NULL;

	ck_assert_ptr_nonnull(strstr(cert->subject, "OpenSSL cannot read"));
	ck_assert_uint_eq(strlen(cert->sha1), 40);
	ck_assert(!tmd_cert_load_opaque(cases[_i].data, cases[_i].len, &none));
}
END_TEST

START_TEST(input_is_taken_as_der_and_as_one_pem_block)
{
	TMD_AUTO_BUF struct tmd_buf pem = { 0 };
	TMD_CLEANUP(tmd_cert_free_ptr) struct tmd_cert *cert = NULL;
	struct tmd_cert *none = NULL;

	break_serial();
	ck_assert(tmd_cert_load_opaque((const char *)root.der, root.der_len, &cert));
	ck_assert_str_eq(cert->subject, "CN=Studio Root");
	tmd_cert_free(cert);
	tmd_buf_add_str(&pem, "Studio\r\n");
	tmd_cert_add_pem(&pem, root.der, root.der_len);
	ck_assert(tmd_cert_load_opaque(pem.data, pem.len, &cert));
	ck_assert_uint_eq(cert->der_len, root.der_len);
	tmd_cert_add_pem(&pem, root.der, root.der_len);
	ck_assert(!tmd_cert_load_opaque(pem.data, pem.len, &none));
}
END_TEST

START_TEST(what_is_no_certificate_by_its_outline_is_not_taken)
{
	struct tmd_cert *none = NULL;
	unsigned char *der = NULL;
	X509_REQ *request = X509_REQ_new();
	TMD_AUTO_BUF struct tmd_buf both = { 0 };
	TMD_AUTO_FREE char *key = key_pem(&root);
	int len;

	X509_REQ_set_pubkey(request, root.key);
	ck_assert_int_gt(X509_REQ_sign(request, root.key, EVP_sha256()), 0);
	len = i2d_X509_REQ(request, &der);
	ck_assert(!tmd_cert_load_opaque((const char *)der, (size_t)len, &none));
	OPENSSL_free(der);
	X509_REQ_free(request);
	break_serial();
	tmd_cert_add_pem(&both, root.der, root.der_len);
	tmd_buf_add_str(&both, key);
	ck_assert(!tmd_cert_load_opaque(both.data, both.len, &none));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("x509 opaque");
	TCase *t = tcase_create("opaque");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, what_openssl_reads_loads);
	tcase_add_test(t, certificate_that_cannot_be_read_has_its_subject_and_digests);
	tcase_add_loop_test(t, anything_else_is_named_too, 0, 7);
	tcase_add_test(t, input_is_taken_as_der_and_as_one_pem_block);
	tcase_add_test(t, what_is_no_certificate_by_its_outline_is_not_taken);
	suite_add_tcase(s, t);
	return s;
}

UNIT_MAIN(suite)
