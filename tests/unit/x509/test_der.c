/* The fast check of DER: sure about what public roots look like, never surer than OpenSSL. */
#include "unit.h"

#include "x509/cert.h"
#include "x509/der.h"

#include "../x509/make_cert.h"

static unsigned char *ca_der(size_t *len)
{
	char *pem = make_ca("Some Root");
	unsigned char *der = make_der(pem, len);

	free(pem);
	return der;
}

/* The first place where `what` stands. */
static unsigned char *find(unsigned char *der, size_t len, const void *what, size_t what_len)
{
	for (size_t i = 0; i + what_len <= len; i++) {
		if (memcmp(der + i, what, what_len) == 0)
			return der + i;
	}
	ck_abort_msg("the certificate lacks the expected bytes");
	return NULL;
}

START_TEST(is_sure_of_all_builtin_roots)
{
	struct tmd_error err;

	for (const struct tmd_builtin *b = tmd_builtins; b->name; b++) {
		TMD_AUTO_BUF struct tmd_buf der = { 0 };

		ck_ok(tmd_cert_builtin_der(b->name, &der, &err), err);
		ck_assert(tmd_der_certificate((unsigned char *)der.data, der.len, NULL));
	}
}
END_TEST

START_TEST(notes_subject_and_end_of_validity)
{
	struct tmd_der_facts facts;
	struct tmd_error err;
	TMD_AUTO_BUF struct tmd_buf der = { 0 };

	ck_ok(tmd_cert_builtin_der("starfield-services-root-g2", &der, &err), err);
	ck_assert(tmd_der_certificate((unsigned char *)der.data, der.len, &facts));
	ck_assert_int_eq(facts.not_after, 2145916799); /* 2037-12-31T23:59:59Z */
	ck_assert_int_eq(facts.subject[0], 0x30);
	ck_assert_uint_gt(facts.subject_len, 100);
}
END_TEST

START_TEST(is_not_sure_of_any_part_of_a_certificate)
{
	size_t len;
	unsigned char *der = ca_der(&len);

	ck_assert(tmd_der_certificate(der, len, NULL));
	for (size_t i = 0; i < len; i++) {
		unsigned char *part = malloc(i ? i : 1);

		memcpy(part, der, i);
		ck_assert(!tmd_der_certificate(part, i, NULL));
		free(part);
	}
	OPENSSL_free(der);
}
END_TEST

START_TEST(is_not_sure_of_bytes_behind)
{
	size_t len;
	unsigned char *der = ca_der(&len);
	unsigned char *more = calloc(len + 1, 1);

	memcpy(more, der, len);
	ck_assert(!tmd_der_certificate(more, len + 1, NULL));
	free(more);
	OPENSSL_free(der);
}
END_TEST

/* Every single damaged byte: where we are sure, OpenSSL must agree. */
START_TEST(every_damaged_byte_it_accepts_openssl_accepts)
{
	size_t len;
	unsigned char *der = ca_der(&len);
	size_t accepted = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char before = der[i];

		for (unsigned flip = 1; flip < 256; flip++) {
			const unsigned char *at = der;
			X509 *x;

			der[i] = (unsigned char)(before ^ flip);
			if (!tmd_der_certificate(der, len, NULL))
				continue;
			accepted++;
			if (flip % 16 != 1)
				continue; /* OpenSSL is slow; the fuzzer does them all */
			x = d2i_X509(NULL, &at, (long)len);
			ck_assert_msg(x && at == der + len, "byte %zu as %02x", i, der[i]);
			X509_free(x);
		}
		der[i] = before;
	}
	ck_assert_uint_gt(accepted, 1000);
	OPENSSL_free(der);
}
END_TEST

START_TEST(is_not_sure_of_february_30th)
{
	char *pem = make_pem(&(struct make_cert){
		.cn = "R", .basic = "CA:TRUE", .not_after = "20280228000000Z" });
	size_t len;
	unsigned char *der = make_der(pem, &len);
	unsigned char *date = find(der, len, "280228000000Z", 13);

	ck_assert(tmd_der_certificate(der, len, NULL));
	memcpy(date, "280229000000Z", 13); /* a leap year */
	ck_assert(tmd_der_certificate(der, len, NULL));
	memcpy(date, "280230000000Z", 13);
	ck_assert(!tmd_der_certificate(der, len, NULL));
	memcpy(date, "270229000000Z", 13);
	ck_assert(!tmd_der_certificate(der, len, NULL));
	OPENSSL_free(der);
	free(pem);
}
END_TEST

START_TEST(is_not_sure_of_names_that_are_not_utf8)
{
	char *pem = make_pem(&(struct make_cert){ .cn = "\xc3\x89t\xc3\xa9", .basic = "CA:TRUE" });
	size_t len;
	unsigned char *der = make_der(pem, &len);

	ck_assert(tmd_der_certificate(der, len, NULL));
	find(der, len, "\xc3\x89t", 3)[1] = 'x';
	ck_assert(!tmd_der_certificate(der, len, NULL));
	OPENSSL_free(der);
	free(pem);
}
END_TEST

START_TEST(civil_time_knows_leap_years_and_refuses_the_impossible)
{
	const int noon[3] = { 12, 0, 0 };
	const int late[3] = { 24, 0, 0 };
	int64_t seconds;

	ck_assert(tmd_civil_time(1970, 1, 1, noon, &seconds));
	ck_assert_int_eq(seconds, 43200);
	ck_assert(tmd_civil_time(2000, 2, 29, noon, &seconds));
	ck_assert_int_eq(seconds, 951825600);
	ck_assert(tmd_civil_time(1950, 1, 1, noon, &seconds));
	ck_assert_int_eq(seconds, -631108800);
	ck_assert(!tmd_civil_time(1900, 2, 29, noon, &seconds));
	ck_assert(!tmd_civil_time(2020, 13, 1, noon, &seconds));
	ck_assert(!tmd_civil_time(2020, 1, 1, late, &seconds));
}
END_TEST

static Suite *der_suite(void)
{
	Suite *suite = suite_create("der");
	TCase *tcase = tcase_create("der");

	tcase_add_test(tcase, is_sure_of_all_builtin_roots);
	tcase_add_test(tcase, notes_subject_and_end_of_validity);
	tcase_add_test(tcase, is_not_sure_of_any_part_of_a_certificate);
	tcase_add_test(tcase, is_not_sure_of_bytes_behind);
	tcase_add_test(tcase, every_damaged_byte_it_accepts_openssl_accepts);
	tcase_add_test(tcase, is_not_sure_of_february_30th);
	tcase_add_test(tcase, is_not_sure_of_names_that_are_not_utf8);
	tcase_add_test(tcase, civil_time_knows_leap_years_and_refuses_the_impossible);
	suite_add_tcase(suite, tcase);
	return suite;
}

UNIT_MAIN(der_suite)
