/*
 * What people hand over as a certificate: either one certificate comes out, whose PEM reads
 * back as the same, or a refusal with a message and a hint. And as what a store may hold, which
 * can always be named, whatever it is.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "base/str.h"
#include "x509/cert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int holds)
{
	if (!holds)
		abort();
}

static void check_facts(const struct tmd_cert *cert)
{
	check(cert->der_len > 0 && cert->der_len <= TMD_CERT_MAX);
	check(strlen(cert->sha256) == 64 && strlen(cert->sha1) == 40);
	check(tmd_utf8_valid(cert->subject, strlen(cert->subject)));
	check(tmd_utf8_valid(cert->issuer, strlen(cert->issuer)));
	check(strlen(cert->serial) >= 2 && strlen(cert->serial) % 2 == 0);
}

static void check_opaque(const uint8_t *data, size_t size)
{
	TMD_CLEANUP(tmd_cert_free_ptr) struct tmd_cert *named = tmd_cert_opaque(data, size);
	TMD_CLEANUP(tmd_cert_free_ptr) struct tmd_cert *loaded = NULL;

	check(named->opaque && named->der_len == size && strlen(named->sha1) == 40);
	check(tmd_utf8_valid(named->subject, strlen(named->subject)) && named->subject[0]);
	if (tmd_cert_load_opaque((const char *)data, size, &loaded))
		check(loaded->opaque && loaded->der_len > 0 && strlen(loaded->sha256) == 64);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	TMD_AUTO_BUF struct tmd_buf pem = { 0 };
	struct tmd_error err = { 0 };
	struct tmd_cert *cert = NULL;
	struct tmd_cert *again = NULL;

	check_opaque(data, size);
	if (tmd_cert_load_input((const char *)data, size, "input", &cert, &err)) {
		check(err.kind == TMD_E_REFUSED && err.message[0] && !cert);
		return 0;
	}
	check_facts(cert);
	tmd_cert_add_pem(&pem, cert->der, cert->der_len);
	check(tmd_cert_load_input(pem.data, pem.len, NULL, &again, &err) == TMD_OK);
	check(strcmp(cert->sha256, again->sha256) == 0);
	tmd_cert_free(cert);
	tmd_cert_free(again);
	ERR_clear_error();
	return 0;
}
