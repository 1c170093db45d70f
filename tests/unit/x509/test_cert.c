/* Facts about one certificate, the built-in roots, and what is accepted as an input. */
#include "unit.h"

#include <openssl/pkcs12.h>

#include "base/str.h"
#include "x509/cert.h"

#include "../x509/make_cert.h"

/* ---- built-in roots ---- */

static const struct {
	const char *name;
	const char *sha256;
	const char *sha1;
	const char *spki;
	uint32_t hash;
} roots[] = {
	{ "starfield-services-root-g2",
	  "568D6905A2C88708A4B3025190EDCFEDB1974A606A13C6E5290FCB2AE63EDAB5",
	  "925A8F8D2C6D04E0665F596AFF22D863E8256F3F",
	  "2B071C59A0A0AE76B0EADB2BAD23BAD4580B69C3601B630C2EAF0613AFA83F92", 0x09789157 },
	{ "amazon-root-ca-1", "8ECDE6884F3D87B1125BA31AC3FCB13D7016DE7F57CC904FE1CB97C6AE98196E",
	  "8DA7F965EC5EFC37910F1C6E59FDC1CC6A6EDE16",
	  "FBE3018031F9586BCBF41727E417B7D1C45C2F47F93BE372A17B96B50757D5A2", 0xce5e74ef },
	{ "amazon-root-ca-2", "1BA5B2AA8C65401A82960118F80BEC4F62304D83CEC4713A19C39C011EA46DB4",
	  "5A8CEF45D7A69859767A8C8B4496B578CF474B1A",
	  "7F4296FC5B6A4E3B35D3C369623E364AB1AF381D8FA7121533C9D6C633EA2461", 0x6d41d539 },
	{ "amazon-root-ca-3", "18CE6CFE7BF14E60B2E347B8DFE868CB31D02EBB3ADA271569F50343B46DB3A4",
	  "0D44DD8C3C8C1A1A58756481E90F2E2AFFB3D26E",
	  "36ABC32656ACFC645C61B71613C4BF21C787F5CABBEE48348D58597803D7ABC9", 0x8cb5ee0f },
	{ "amazon-root-ca-4", "E35D28419ED02025CFA69038CD623962458DA5C695FBDEA3C22B0BFB25897092",
	  "F6108407D6F8BB67980CC2E244C2EBAE1CEF63BE",
	  "F7ECDED5C66047D28ED6466B543C40E0743ABE81D109254DCF845D4C2C7853C5", 0xde6d66f3 },
};

#define ROOTS (sizeof(roots) / sizeof(*roots))

START_TEST(builtin_roots_have_the_published_fingerprints)
{
	size_t count = 0;

	for (size_t i = 0; i < ROOTS; i++) {
		TMD_CLEANUP(tmd_cert_free_ptr) struct tmd_cert *outline = NULL;
		TMD_CLEANUP(tmd_cert_free_ptr) struct tmd_cert *cert = NULL;
		TMD_AUTO_BUF struct tmd_buf der = { 0 };
		struct tmd_error err;

		ck_ok(tmd_cert_builtin(roots[i].name, &cert, &err), err);
		ck_ok(tmd_cert_builtin_der(roots[i].name, &der, &err), err);
		ck_assert(tmd_buf_equal(&der, cert->der, cert->der_len));
		ck_assert_str_eq(cert->sha256, roots[i].sha256);
		ck_assert_str_eq(cert->sha1, roots[i].sha1);
		ck_assert_str_eq(cert->spki_sha256, roots[i].spki);
		ck_assert_uint_eq(cert->subject_hash, roots[i].hash);
		outline = tmd_cert_outline(der.data, der.len);
		ck_assert_uint_eq(outline->subject_hash, roots[i].hash);
		ck_assert(tmd_buf_equal(&der, outline->der, outline->der_len));
		ck_assert_int_eq(cert->ca, TMD_CA_YES);
		ck_assert(cert->self_issued);
	}
	while (tmd_builtins[count].name)
		count++;
	ck_assert_uint_eq(count, ROOTS);
}
END_TEST

START_TEST(starfield_facts_are_those_of_the_article)
{
	TMD_CLEANUP(tmd_cert_free_ptr) struct tmd_cert *cert = NULL;
	struct tmd_error err;

	ck_ok(tmd_cert_builtin("starfield-services-root-g2", &cert, &err), err);
	ck_assert_uint_eq(cert->der_len, 1011);
	ck_assert_str_eq(cert->subject, "CN=Starfield Services Root Certificate Authority - G2,"
					"O=Starfield Technologies\\, Inc.,L=Scottsdale,"
					"ST=Arizona,C=US");
	ck_assert_str_eq(cert->issuer, cert->subject);
	ck_assert_str_eq(cert->serial, "00");
	ck_assert_str_eq(cert->not_after_text, "2037-12-31T23:59:59Z");
	ck_assert_int_eq(cert->not_after, 2145916799);
	ck_assert_int_eq(cert->purpose, TMD_PURPOSE_SERVERS);
}
END_TEST

START_TEST(unknown_builtin_names_the_known_ones)
{
	TMD_AUTO_BUF struct tmd_buf der = { 0 };
	struct tmd_cert *cert = NULL;
	struct tmd_error err;

	ck_fails(tmd_cert_builtin("starfield", &cert, &err), err, TMD_E_INVALID_INPUT);
	for (size_t i = 0; i < ROOTS; i++)
		ck_assert_ptr_nonnull(strstr(err.hint, roots[i].name));
	ck_fails(tmd_cert_builtin_der("", &der, &err), err, TMD_E_INVALID_INPUT);
}
END_TEST

/* ---- facts ---- */

static struct tmd_cert *parse(const struct make_cert *spec)
{
	char *pem = make_pem(spec);
	struct tmd_cert *cert = NULL;
	struct tmd_error err;

	ck_ok(tmd_cert_load_input(pem, strlen(pem), "x.pem", &cert, &err), err);
	free(pem);
	return cert;
}

static enum tmd_cert_ca ca_of(const struct make_cert *spec)
{
	struct tmd_cert *cert = parse(spec);
	enum tmd_cert_ca ca = cert->ca;

	tmd_cert_free(cert);
	return ca;
}

START_TEST(tells_cas_from_others)
{
	ck_assert_int_eq(ca_of(&(struct make_cert){ .cn = "a", .basic = "CA:TRUE" }), TMD_CA_YES);
	ck_assert_int_eq(ca_of(&(struct make_cert){ .cn = "a", .basic = "CA:FALSE" }), TMD_CA_NO);
	ck_assert_int_eq(ca_of(&(struct make_cert){ .cn = "a", .v1 = true }), TMD_CA_V1);
	ck_assert_int_eq(ca_of(&(struct make_cert){ .cn = "a", .v1 = true, .other_issuer = true }),
			 TMD_CA_NO_CONSTRAINTS);
	ck_assert_int_eq(ca_of(&(struct make_cert){ .cn = "a" }), TMD_CA_NO_CONSTRAINTS);
}
END_TEST

START_TEST(tells_whether_extended_key_usage_allows_servers)
{
	static const struct {
		const char *eku;
		enum tmd_cert_purpose purpose;
	} cases[] = {
		{ NULL, TMD_PURPOSE_SERVERS },
		{ "clientAuth", TMD_PURPOSE_OTHERS },
		{ "clientAuth,emailProtection", TMD_PURPOSE_OTHERS },
		{ "clientAuth,serverAuth", TMD_PURPOSE_SERVERS },
		{ "anyExtendedKeyUsage,serverAuth", TMD_PURPOSE_SERVERS },
		{ "anyExtendedKeyUsage,clientAuth", TMD_PURPOSE_ANY },
		{ "anyExtendedKeyUsage", TMD_PURPOSE_ANY },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct tmd_cert *cert = parse(
			&(struct make_cert){ .cn = "a", .basic = "CA:TRUE", .eku = cases[i].eku });

		ck_assert_int_eq(cert->purpose, cases[i].purpose);
		tmd_cert_free(cert);
	}
}
END_TEST

START_TEST(subject_is_utf8_and_escaped_as_rfc2253)
{
	struct tmd_cert *cert = parse(
		&(struct make_cert){ .cn = "\xc3\x89t\xc3\xa9, \"1\"\n", .basic = "CA:TRUE" });
	char *alone = tmd_cert_subject(cert->der, cert->der_len);

	ck_assert_str_eq(cert->subject, "CN=\xc3\x89t\xc3\xa9\\, \\\"1\\\"\\0A");
	ck_assert_str_eq(alone, cert->subject);
	free(alone);
	tmd_cert_free(cert);
}
END_TEST

START_TEST(serial_and_dates_are_written_out)
{
	struct tmd_cert *cert = parse(
		&(struct make_cert){ .cn = "a", .serial = 0xABC, .not_after = "20500101000000Z" });

	ck_assert_str_eq(cert->serial, "0ABC");
	ck_assert_str_eq(cert->not_after_text, "2050-01-01T00:00:00Z");
	ck_assert_int_eq(cert->not_before, 946684800);
	tmd_cert_free(cert);
	cert = parse(&(struct make_cert){ .cn = "a", .serial = -5 });
	ck_assert_str_eq(cert->serial, "05");
	tmd_cert_free(cert);
}
END_TEST

START_TEST(time_text_covers_the_calendar)
{
	static const struct {
		int64_t seconds;
		const char *text;
	} cases[] = {
		{ 0, "1970-01-01T00:00:00Z" },
		{ -1, "1969-12-31T23:59:59Z" },
		{ 951782400, "2000-02-29T00:00:00Z" },
		{ 253402300799, "9999-12-31T23:59:59Z" },
		{ 253402300800, "?" },
		{ INT64_MIN, "?" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char text[24];

		tmd_cert_time_text(cases[i].seconds, text);
		ck_assert_str_eq(text, cases[i].text);
	}
}
END_TEST

START_TEST(pem_is_written_as_openssl_writes_it)
{
	for (size_t extra = 0; extra < 70; extra++) {
		TMD_AUTO_BUF struct tmd_buf out = { 0 };
		char cn[128] = { 0 };
		unsigned char *der;
		char *pem;
		size_t len;

		memset(cn, 'x', 1 + extra % 60);
		pem = make_ca(cn);
		der = make_der(pem, &len);
		tmd_cert_add_pem(&out, der, len);
		ck_assert_str_eq(tmd_buf_str(&out), pem);
		OPENSSL_free(der);
		free(pem);
	}
}
END_TEST

START_TEST(sha256_is_sha256)
{
	char hex[65];

	tmd_sha256_hex("abc", 3, hex);
	ck_assert_str_eq(hex, "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD");
}
END_TEST

/* ---- parsing DER ---- */

START_TEST(bytes_behind_the_der_are_refused)
{
	struct tmd_cert *cert = NULL;
	struct tmd_error err;
	char *pem = make_ca("a");
	size_t len;
	unsigned char *der = make_der(pem, &len);
	unsigned char *more = calloc(len + 1, 1);

	memcpy(more, der, len);
	ck_ok(tmd_cert_parse(more, len, &cert, &err), err);
	tmd_cert_free(cert);
	ck_fails(tmd_cert_parse(more, len + 1, &cert, &err), err, TMD_E_REFUSED);
	ck_fails(tmd_cert_parse(more, len - 1, &cert, &err), err, TMD_E_REFUSED);
	ck_assert(tmd_str_starts(err.message, "not a certificate"));
	ck_fails(tmd_cert_parse("", 0, &cert, &err), err, TMD_E_REFUSED);
	free(more);
	OPENSSL_free(der);
	free(pem);
}
END_TEST

/* The same certificate with a longer length: two fingerprints for one thing. */
START_TEST(ber_is_refused)
{
	struct tmd_cert *cert = NULL;
	struct tmd_error err;
	char *pem = make_ca("a");
	size_t len;
	unsigned char *der = make_der(pem, &len);
	unsigned char *ber = calloc(len + 1, 1);

	ck_assert_int_eq(der[1], 0x82);
	memcpy(ber, "\x30\x83\x00", 3);
	memcpy(ber + 3, der + 2, len - 2);
	ck_fails(tmd_cert_parse(ber, len + 1, &cert, &err), err, TMD_E_REFUSED);
	ck_assert_ptr_nonnull(strstr(err.message, "BER"));
	free(ber);
	OPENSSL_free(der);
	free(pem);
}
END_TEST

/* ---- inputs ---- */

static void accepts(const char *data, size_t len, const char *cn)
{
	TMD_CLEANUP(tmd_cert_free_ptr) struct tmd_cert *cert = NULL;
	struct tmd_error err;

	ck_ok(tmd_cert_load_input(data, len, NULL, &cert, &err), err);
	ck_assert_str_eq(cert->subject, cn);
}

static void refuses(const void *data, size_t len, const char *word)
{
	struct tmd_cert *cert = NULL;
	struct tmd_error err;

	ck_fails(tmd_cert_load_input(data, len, "/in/put", &cert, &err), err, TMD_E_REFUSED);
	ck_assert_msg(strstr(err.message, word) != NULL, "'%s' lacks '%s'", err.message, word);
	ck_assert_str_eq(err.path, "/in/put");
	ck_assert_msg(err.hint[0] != '\0', "no hint with '%s'", err.message);
	ck_assert_ptr_null(strchr(err.message, '\n'));
	ck_assert_ptr_null(cert);
}

static void refuses_text(const char *text, const char *word)
{
	refuses(text, strlen(text), word);
}

START_TEST(takes_pem_in_all_its_clothes)
{
	char *pem = make_ca("a");
	char *crlf = make_replaced(pem, "\n", "\r\n");
	char *bom = make_joined("\xef\xbb\xbf", pem, NULL);
	char *letter = make_joined("Dear colleague, here it is:\n", pem, "kind regards\n", NULL);
	char *chain = make_joined("0 s:CN = a\n", pem, NULL);
	size_t len;
	unsigned char *der = make_der(pem, &len);

	accepts(pem, strlen(pem), "CN=a");
	accepts(pem, strlen(pem) - 1, "CN=a");
	accepts(crlf, strlen(crlf), "CN=a");
	accepts(bom, strlen(bom), "CN=a");
	accepts(letter, strlen(letter), "CN=a");
	accepts(chain, strlen(chain), "CN=a");
	accepts((const char *)der, len, "CN=a");
	OPENSSL_free(der);
	free(chain);
	free(letter);
	free(bom);
	free(crlf);
	free(pem);
}
END_TEST

START_TEST(refuses_several_certificates_and_lists_them)
{
	char *one = make_ca("first one");
	char *two = make_ca("second one");
	char *text = make_joined(one, two, NULL);
	char *joined = make_joined(one, NULL);
	struct tmd_cert *cert = NULL;
	struct tmd_error err;

	refuses_text(text, "2 certificates");
	refuses_text(text, "CN=first one; CN=second one");
	ck_fails(tmd_cert_load_input(text, strlen(text), NULL, &cert, &err), err, TMD_E_REFUSED);
	ck_assert_ptr_nonnull(strstr(err.hint, "a file of its own"));
	joined[strlen(joined) - 1] = '\0';
	free(text);
	text = make_joined(joined, two, NULL);
	refuses_text(text, "2 certificates");
	free(joined);
	free(text);
	free(two);
	free(one);
}
END_TEST

static void refuses_key(const char *text, size_t len, const char *secret)
{
	struct tmd_cert *cert = NULL;
	struct tmd_error err;

	refuses(text, len, "private key");
	(void)!tmd_cert_load_input(text, len, NULL, &cert, &err);
	ck_assert_ptr_null(strstr(err.message, secret));
	ck_assert_ptr_null(strstr(err.hint, secret));
}

START_TEST(refuses_private_keys_and_repeats_nothing_of_them)
{
	char *key = make_key_pem();
	char *cert = make_ca("a");
	char *both = make_joined(cert, key, NULL);
	char *other = make_joined(key, cert, NULL);
	char *cut = make_replaced(key, "-----END PRIVATE KEY-----\n", "");
	char *four_dashes = make_replaced(key, "-----", "----");
	char secret[17] = { 0 };

	memcpy(secret, strchr(key, '\n') + 1, 16);
	refuses_key(key, strlen(key), secret);
	refuses_key(both, strlen(both), secret);
	refuses_key(other, strlen(other), secret);
	refuses_key(cut, strlen(cut), secret);
	refuses_key(four_dashes, strlen(four_dashes), secret);
	free(four_dashes);
	free(cut);
	free(other);
	free(both);
	free(cert);
	free(key);
}
END_TEST

START_TEST(refuses_private_keys_in_der)
{
	EVP_PKEY *key = make_key();
	PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
	unsigned char *pkcs8 = NULL;
	unsigned char *plain = NULL;
	unsigned char *locked = NULL;
	X509_SIG *sig = PKCS8_encrypt(-1, EVP_aes_128_cbc(), "x", 1, NULL, 0, 1000, info);
	int len;

	len = i2d_PKCS8_PRIV_KEY_INFO(info, &pkcs8);
	refuses(pkcs8, (size_t)len, "private key");
	len = i2d_PrivateKey(key, &plain);
	refuses(plain, (size_t)len, "private key");
	ck_assert_ptr_nonnull(sig);
	len = i2d_X509_SIG(sig, &locked);
	refuses(locked, (size_t)len, "private key");
	X509_SIG_free(sig);
	OPENSSL_free(locked);
	OPENSSL_free(plain);
	OPENSSL_free(pkcs8);
	PKCS8_PRIV_KEY_INFO_free(info);
	EVP_PKEY_free(key);
}
END_TEST

START_TEST(refuses_what_is_not_a_certificate_by_its_name)
{
	refuses_text("", "empty");
	refuses_text(" \r\n\t\n", "empty");
	refuses_text("<!DOCTYPE html>\n<html><body>cacert.pem</body></html>\n", "HTML");
	refuses_text("\n  <HTML lang=en>", "HTML");
	refuses("\xff\xfe-\0-\0-\0-\0", 10, "UTF-16");
	refuses("-\0-\0-\0-\0-\0B\0E\0G\0I\0N\0", 20, "UTF-16");
	refuses_text("hello\n", "no certificate");
	refuses_text("0", "no certificate");
	refuses("0\x82", 2, "not a certificate");
	refuses_text("-----BEGIN PKCS7-----\nAAAA\n-----END PKCS7-----\n", "PKCS#7");
	refuses_text(
		"-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n",
		"CSR");
	refuses_text("-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n", "CRL");
	refuses_text(
		"-----BEGIN TRUSTED CERTIFICATE-----\nAAAA\n-----END TRUSTED CERTIFICATE-----\n",
		"TRUSTED");
	refuses_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "damaged");
	refuses_text("-----BEGIN CERTIFICATE-----\nAAAA\n", "damaged");
}
END_TEST

START_TEST(refuses_damaged_blocks)
{
	char *pem = make_ca("a");
	char *cut = make_replaced(pem, "-----END CERTIFICATE-----\n", "");
	char *star = make_replaced(pem, "MII", "M*I");
	char *cr = make_replaced(pem, "\n", "\r");
	char *naked = make_replaced(cut, "-----BEGIN CERTIFICATE-----\n", "");
	char *dashes = make_replaced(pem, "-----", "----");

	refuses_text(cut, "damaged");
	refuses_text(star, "damaged");
	refuses_text(cr, "CR alone");
	refuses_text(naked, "base64");
	refuses_text(dashes, "damaged");
	free(dashes);
	free(naked);
	free(cr);
	free(star);
	free(cut);
	free(pem);
}
END_TEST

START_TEST(refuses_pkcs7_pkcs12_and_requests_in_der)
{
	X509 *x = make_x509(&(struct make_cert){ .cn = "a", .basic = "CA:TRUE" });
	EVP_PKEY *key = make_key();
	PKCS7 *p7 = PKCS7_new();
	X509_REQ *request = X509_REQ_new();
	PKCS12 *p12 = PKCS12_create("x", "n", NULL, x, NULL, -1, -1, 0, 0, 0);
	unsigned char *der[3] = { NULL, NULL, NULL };
	int len;

	PKCS7_set_type(p7, NID_pkcs7_signed);
	PKCS7_content_new(p7, NID_pkcs7_data);
	PKCS7_add_certificate(p7, x);
	len = i2d_PKCS7(p7, &der[0]);
	refuses(der[0], (size_t)len, "PKCS#7");
	ck_assert_ptr_nonnull(p12);
	len = i2d_PKCS12(p12, &der[1]);
	refuses(der[1], (size_t)len, "PKCS#12");
	X509_REQ_set_pubkey(request, key);
	X509_REQ_sign(request, key, EVP_sha256());
	len = i2d_X509_REQ(request, &der[2]);
	refuses(der[2], (size_t)len, "CSR");
	for (size_t i = 0; i < 3; i++)
		OPENSSL_free(der[i]);
	PKCS12_free(p12);
	X509_REQ_free(request);
	PKCS7_free(p7);
	EVP_PKEY_free(key);
	X509_free(x);
}
END_TEST

static Suite *cert_suite(void)
{
	Suite *suite = suite_create("cert");
	TCase *tcase = tcase_create("cert");

	tcase_add_test(tcase, builtin_roots_have_the_published_fingerprints);
	tcase_add_test(tcase, starfield_facts_are_those_of_the_article);
	tcase_add_test(tcase, unknown_builtin_names_the_known_ones);
	tcase_add_test(tcase, tells_cas_from_others);
	tcase_add_test(tcase, tells_whether_extended_key_usage_allows_servers);
	tcase_add_test(tcase, subject_is_utf8_and_escaped_as_rfc2253);
	tcase_add_test(tcase, serial_and_dates_are_written_out);
	tcase_add_test(tcase, time_text_covers_the_calendar);
	tcase_add_test(tcase, pem_is_written_as_openssl_writes_it);
	tcase_add_test(tcase, sha256_is_sha256);
	tcase_add_test(tcase, bytes_behind_the_der_are_refused);
	tcase_add_test(tcase, ber_is_refused);
	tcase_add_test(tcase, takes_pem_in_all_its_clothes);
	tcase_add_test(tcase, refuses_several_certificates_and_lists_them);
	tcase_add_test(tcase, refuses_private_keys_and_repeats_nothing_of_them);
	tcase_add_test(tcase, refuses_private_keys_in_der);
	tcase_add_test(tcase, refuses_what_is_not_a_certificate_by_its_name);
	tcase_add_test(tcase, refuses_damaged_blocks);
	tcase_add_test(tcase, refuses_pkcs7_pkcs12_and_requests_in_der);
	suite_add_tcase(suite, tcase);
	return suite;
}

UNIT_MAIN(cert_suite)
