/*
 * The fast check of DER certificates against OpenSSL: what it accepts, d2i_X509() accepts,
 * consumes to the last byte and writes back the same; the facts it notes are OpenSSL's.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509.h>

#include "x509/der.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int holds)
{
	if (!holds)
		abort();
}

static void check_not_after(const X509 *cert, int64_t seconds)
{
	ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
	int days;
	int rest;

	check(ASN1_TIME_diff(&days, &rest, epoch, X509_get0_notAfter(cert)));
	check((int64_t)days * 86400 + rest == seconds);
	ASN1_TIME_free(epoch);
}

static void check_subject(const X509 *cert, const struct tmd_der_facts *facts)
{
	const unsigned char *at = facts->subject;
	X509_NAME *name = d2i_X509_NAME(NULL, &at, (long)facts->subject_len);

	check(name && at == facts->subject + facts->subject_len);
	check(X509_NAME_cmp(name, X509_get_subject_name(cert)) == 0);
	X509_NAME_free(name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tmd_der_facts facts;
	const unsigned char *at = data;
	unsigned char *again = NULL;
	X509 *cert;
	int len;

	if (!tmd_der_certificate(data, size, &facts))
		return 0;
	cert = d2i_X509(NULL, &at, (long)size);
	check(cert && at == data + size);
	len = i2d_X509(cert, &again);
	check(len > 0 && (size_t)len == size && memcmp(again, data, size) == 0);
	check_not_after(cert, facts.not_after);
	check_subject(cert, &facts);
	OPENSSL_free(again);
	X509_free(cert);
	ERR_clear_error();
	return 0;
}
