/*
 * What OpenSSL itself says about certificates, for the tests: reads frames from standard input, a
 * length of four bytes (big-endian) and that much DER, and writes one line for each. With the
 * argument "issued" the frames are pairs, a certificate and a CA: did this CA issue it? It shares
 * no code with what it is a witness about.
 */
#include <stdio.h>
#include <stdlib.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

static int names_its_curve(X509 *x)
{
	EVP_PKEY *key = X509_get0_pubkey(x);
	int explicit_curve = 0;

	if (!key || EVP_PKEY_get_base_id(key) != EVP_PKEY_EC)
		return 1;
	EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS,
			       &explicit_curve);
	return !explicit_curve;
}

static int times_are_read(X509 *x)
{
	return X509_cmp_current_time(X509_get0_notBefore(x)) &&
	       X509_cmp_current_time(X509_get0_notAfter(x));
}

static int can_sign(X509 *x)
{
	EVP_PKEY *key = X509_get0_pubkey(x);

	return key && EVP_PKEY_get_size(key) > 0 && EVP_PKEY_get_base_id(key) != EVP_PKEY_DH &&
	       EVP_PKEY_get_base_id(key) != EVP_PKEY_X25519 &&
	       EVP_PKEY_get_base_id(key) != EVP_PKEY_X448;
}

/* False at the end of the input. `*out` is NULL for what is no certificate, or not its DER. */
static int next(X509 **out)
{
	unsigned char head[4];
	unsigned char *again = NULL;
	const unsigned char *at;
	unsigned char *der;
	size_t len;

	if (fread(head, 1, 4, stdin) != 4)
		return 0;
	len = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
	der = malloc(len + 1);
	if (!der || fread(der, 1, len, stdin) != len)
		exit(1);
	at = der;
	*out = d2i_X509(NULL, &at, (long)len);
	if (*out && (at != der + len || i2d_X509(*out, &again) != (int)len)) {
		X509_free(*out);
		*out = NULL;
	}
	OPENSSL_free(again);
	free(der);
	return 1;
}

static void describe(X509 *x)
{
	int for_ca = X509_check_purpose(x, X509_PURPOSE_SSL_SERVER, 1);
	int for_server = X509_check_purpose(x, X509_PURPOSE_SSL_SERVER, 0);
	uint32_t flags = X509_get_extension_flags(x);

	printf("{\"ca\": %d, \"for_ca\": %d, \"for_server\": %d, \"claims_ca\": %d, "
	       "\"self_signed\": %d, \"stops\": %d, \"times\": %d, \"key\": %d, \"curve\": %d, "
	       "\"subject\": %lu, \"issuer\": %lu}\n",
	       X509_check_ca(x), for_ca, for_server, (flags & EXFLAG_CA) != 0,
	       (flags & EXFLAG_SS) != 0,
	       (flags & (EXFLAG_INVALID | EXFLAG_CRITICAL | EXFLAG_PROXY)) != 0, times_are_read(x),
	       can_sign(x), names_its_curve(x), X509_subject_name_hash(x),
	       X509_issuer_name_hash(x));
}

/* By signature, name and key identifier, and not by what the CA may do. */
static int issued(X509 *x, X509 *ca)
{
	switch (X509_check_issued(ca, x)) {
	case X509_V_ERR_SUBJECT_ISSUER_MISMATCH:
	case X509_V_ERR_AKID_SKID_MISMATCH:
	case X509_V_ERR_AKID_ISSUER_SERIAL_MISMATCH:
		return 0;
	default:
		return X509_get0_pubkey(ca) && X509_verify(x, X509_get0_pubkey(ca)) > 0;
	}
}

int main(int argc, char **argv)
{
	X509 *x;
	X509 *ca;

	(void)argv;
	while (next(&x)) {
		if (argc > 1 && next(&ca)) {
			puts(x && ca && issued(x, ca) ? "true" : "false");
			X509_free(ca);
		} else if (x) {
			describe(x);
		} else {
			puts("null");
		}
		X509_free(x);
	}
	return 0;
}
