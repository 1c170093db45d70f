/* Parsing one certificate with OpenSSL and noting what a trust store wants to know of it. */
#include "x509/cert.h"

#include <limits.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/mem.h"
#include "base/str.h"
#include "x509/der.h"
#include "x509/openssl.h"

#define KEY_CERT_SIGN 5 /* the bit of a key usage */

static void digest_hex(const void *data, size_t len, const EVP_MD *md, char *out)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned size = 0;

	/* Fails only without any working digest, and nothing here can do without. */
	if (!EVP_Digest(data, len, digest, &size, md, NULL))
		abort();
	tmd_hex(digest, size, out);
}

void tmd_sha256_hex(const void *data, size_t len, char out[65])
{
	tmd_openssl_init();
	digest_hex(data, len, EVP_sha256(), out);
}

void tmd_cert_time_text(int64_t seconds, char out[24])
{
	int64_t days = seconds / 86400 - (seconds % 86400 < 0);
	int64_t clock = (seconds % 86400 + 86400) % 86400;
	/* The inverse of Hinnant's formula in der.c. */
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t of_era = z - era * 146097;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * of_year + 2) / 153;
	int64_t day = of_year - (153 * month + 2) / 5 + 1;

	month += month < 10 ? 3 : -9;
	year += era * 400 + (month <= 2);
	if (year < 1 || year > 9999) {
		memcpy(out, "?", 2);
		return;
	}
	snprintf(out, 24, "%04d-%02d-%02dT%02d:%02d:%02dZ", (int)year, (int)month, (int)day,
		 (int)(clock / 3600), (int)(clock / 60 % 60), (int)(clock % 60));
}

static char *serial_hex(const X509 *x)
{
	BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(x), NULL);
	size_t len = number ? (size_t)BN_num_bytes(number) : 0;
	unsigned char *bytes = tmd_alloc(len + 1, 1);
	char *text = tmd_alloc(2 * len + 3, 1);

	if (number)
		BN_bn2bin(number, bytes);
	BN_free(number);
	tmd_hex(bytes, len ? len : 1, text);
	free(bytes);
	return text;
}

static bool is_self_issued(const X509 *x)
{
	return X509_NAME_cmp(X509_get_subject_name(x), X509_get_issuer_name(x)) == 0;
}

static enum tmd_cert_ca ca_of(const X509 *x)
{
	int critical = 0;
	BASIC_CONSTRAINTS *limits = X509_get_ext_d2i(x, NID_basic_constraints, &critical, NULL);
	enum tmd_cert_ca ca = TMD_CA_NO_CONSTRAINTS;

	ERR_clear_error();
	if (limits)
		ca = limits->ca ? TMD_CA_YES : TMD_CA_NO;
	else if (critical != -1)
		ca = TMD_CA_UNREADABLE;
	else if (X509_get_version(x) == X509_VERSION_1 && is_self_issued(x))
		ca = TMD_CA_V1;
	BASIC_CONSTRAINTS_free(limits);
	return ca;
}

static enum tmd_cert_purpose read_purpose(const X509 *x)
{
	int critical = 0;
	EXTENDED_KEY_USAGE *usages = X509_get_ext_d2i(x, NID_ext_key_usage, &critical, NULL);
	enum tmd_cert_purpose purpose = usages ? TMD_PURPOSE_OTHERS : TMD_PURPOSE_UNREADABLE;

	if (!usages && critical == -1) /* no such extension; -2 and others: unreadable */
		return TMD_PURPOSE_SERVERS;
	for (int i = 0; usages && i < sk_ASN1_OBJECT_num(usages); i++) {
		int nid = OBJ_obj2nid(sk_ASN1_OBJECT_value(usages, i));

		if (nid == NID_server_auth)
			purpose = TMD_PURPOSE_SERVERS;
		if (nid == NID_anyExtendedKeyUsage && purpose == TMD_PURPOSE_OTHERS)
			purpose = TMD_PURPOSE_ANY;
	}
	EXTENDED_KEY_USAGE_free(usages);
	return purpose;
}

/*
 * What they say, for those who judge by other rules than OpenSSL's, whose own answer is "nothing"
 * as soon as any extension is unreadable.
 */
static void add_usage(struct tmd_cert *cert, const X509 *x)
{
	ASN1_BIT_STRING *usage = X509_get_ext_d2i(x, NID_key_usage, NULL, NULL);

	cert->purpose = read_purpose(x);
	cert->ku_excludes_signing = usage && !ASN1_BIT_STRING_get_bit(usage, KEY_CERT_SIGN);
	ASN1_BIT_STRING_free(usage);
	ERR_clear_error();
}

static void add_digests(struct tmd_cert *cert, X509 *x)
{
	unsigned char *spki = NULL;
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &spki);

	digest_hex(cert->der, cert->der_len, EVP_sha256(), cert->sha256);
	digest_hex(cert->der, cert->der_len, EVP_sha1(), cert->sha1);
	if (len > 0)
		digest_hex(spki, (size_t)len, EVP_sha256(), cert->spki_sha256);
	OPENSSL_free(spki);
	cert->subject_hash = (uint32_t)X509_subject_name_hash(x);
}

static struct tmd_cert *describe(X509 *x, const unsigned char *der, size_t len)
{
	struct tmd_cert *cert;
	int64_t not_before;
	int64_t not_after;

	if (!tmd_openssl_time(X509_get0_notBefore(x), &not_before))
		not_before = INT64_MIN;
	if (!tmd_openssl_time(X509_get0_notAfter(x), &not_after))
		not_after = INT64_MIN;
	if (!X509_up_ref(x))
		abort();
	cert = tmd_alloc(1, sizeof(*cert));
	cert->der = tmd_memdup(der, len);
	cert->der_len = len;
	add_digests(cert, x);
	cert->subject = tmd_openssl_name(X509_get_subject_name(x));
	cert->issuer = tmd_openssl_name(X509_get_issuer_name(x));
	cert->serial = serial_hex(x);
	cert->not_before = not_before;
	cert->not_after = not_after;
	tmd_cert_time_text(not_after, cert->not_after_text);
	cert->ca = ca_of(x);
	cert->x509 = x;
	cert->self_issued = is_self_issued(x);
	add_usage(cert, x);
	return cert;
}

/* Is what OpenSSL writes for it what was read? Otherwise it was BER: two identities. */
static bool is_der(const X509 *x, const unsigned char *der, size_t len)
{
	unsigned char *copy = NULL;
	int size = i2d_X509(x, &copy);
	bool same = size > 0 && (size_t)size == len && memcmp(copy, der, len) == 0;

	OPENSSL_free(copy);
	return same;
}

enum tmd_rc tmd_cert_parse(const void *der, size_t len, struct tmd_cert **out,
			   struct tmd_error *err)
{
	const unsigned char *at = der;
	enum tmd_rc rc = TMD_OK;
	X509 *x;

	tmd_openssl_init();
	if (len > TMD_CERT_MAX)
		return tmd_fail(err, TMD_E_REFUSED, NULL, NULL,
				"not a certificate: larger than %d bytes", TMD_CERT_MAX);
	ERR_clear_error();
	x = tmd_openssl_certificate(&at, (long)len);
	if (!x)
		return tmd_fail(err, TMD_E_REFUSED, NULL, "fetch the certificate again",
				"not a certificate: %s", tmd_openssl_reason());
	ERR_clear_error(); /* of keys that OpenSSL did not know */
	if (at != (const unsigned char *)der + len)
		rc = tmd_fail(err, TMD_E_REFUSED, NULL, "fetch the certificate again",
			      "not a certificate: there are more bytes behind it");
	else if (!is_der(x, der, len))
		rc = tmd_fail(err, TMD_E_REFUSED, NULL,
			      "write it again: openssl x509 -in FILE -out NEWFILE",
			      "not a certificate in DER: it is encoded in another way (BER)");
	else
		*out = describe(x, der, len);
	X509_free(x);
	return rc;
}

struct tmd_cert *tmd_cert_share(struct tmd_cert *cert)
{
	cert->shared++;
	return cert;
}

void tmd_cert_settle(struct tmd_cert *cert)
{
	X509_free(cert->x509);
	cert->x509 = NULL;
}

void tmd_cert_free(struct tmd_cert *cert)
{
	if (!cert)
		return;
	if (cert->shared) {
		cert->shared--;
		return;
	}
	free(cert->der);
	free(cert->subject);
	free(cert->issuer);
	free(cert->serial);
	X509_free(cert->x509);
	free(cert);
}

void tmd_cert_free_ptr(struct tmd_cert **cert)
{
	tmd_cert_free(*cert);
	*cert = NULL;
}

static char *subject_of_name(const unsigned char *der, size_t len)
{
	const unsigned char *at = der;
	X509_NAME *name = d2i_X509_NAME(NULL, &at, (long)len);
	char *text = name ? tmd_openssl_name(name) : tmd_strdup("?");

	X509_NAME_free(name);
	ERR_clear_error();
	return text;
}

static char *subject_of_certificate(const unsigned char *der, size_t len)
{
	const unsigned char *at = der;
	X509 *x = len <= TMD_BUF_MAX ? d2i_X509(NULL, &at, (long)len) : NULL;
	char *text = x ? tmd_openssl_name(X509_get_subject_name(x)) : tmd_strdup("?");

	X509_free(x);
	ERR_clear_error();
	return text;
}

char *tmd_cert_subject(const void *der, size_t len)
{
	struct tmd_der_facts facts;

	tmd_openssl_init();
	if (tmd_der_certificate(der, len, &facts))
		return subject_of_name(facts.subject, facts.subject_len);
	return subject_of_certificate(der, len);
}

static struct tmd_cert *parse_or_null(const void *der, size_t len)
{
	struct tmd_error ignored = { 0 };
	struct tmd_cert *cert = NULL;

	return tmd_cert_parse(der, len, &cert, &ignored) ? NULL : cert;
}

struct tmd_cert *tmd_cert_outline(const void *der, size_t len)
{
	struct tmd_der_facts facts;
	struct tmd_cert *cert;
	const unsigned char *at;
	X509_NAME *name;

	tmd_openssl_init();
	if (!tmd_der_certificate(der, len, &facts))
		return parse_or_null(der, len);
	at = facts.subject;
	name = d2i_X509_NAME(NULL, &at, (long)facts.subject_len);
	ERR_clear_error();
	if (!name)
		return NULL;
	cert = tmd_alloc(1, sizeof(*cert));
	cert->der = tmd_memdup(der, len);
	cert->der_len = len;
	cert->subject_hash = (uint32_t)X509_NAME_hash_ex(name, NULL, NULL, NULL);
	X509_NAME_free(name);
	return cert;
}

#define PEM_LINE 64  /* characters */
#define PEM_FRAME 54 /* bytes of the lines around them */

static void add_base64(struct tmd_buf *out, const unsigned char *data, size_t len)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char line[PEM_LINE + 1];
	size_t used = 0;

	for (size_t i = 0; i < len; i += 3) {
		size_t left = len - i;
		unsigned bits = (unsigned)data[i] << 16;

		if (left > 1)
			bits |= (unsigned)data[i + 1] << 8;
		if (left > 2)
			bits |= data[i + 2];
		line[used++] = alphabet[bits >> 18];
		line[used++] = alphabet[bits >> 12 & 63];
		line[used++] = left > 1 ? alphabet[bits >> 6 & 63] : '=';
		line[used++] = left > 2 ? alphabet[bits & 63] : '=';
		if (used < PEM_LINE && left > 3)
			continue;
		line[used++] = '\n';
		tmd_buf_add(out, line, used);
		used = 0;
	}
}

void tmd_cert_add_pem(struct tmd_buf *out, const void *der, size_t len)
{
	size_t characters = (len + 2) / 3 * 4;

	if (!tmd_buf_reserve(out, PEM_FRAME + characters + characters / PEM_LINE + 1))
		return;
	tmd_buf_add_str(out, "-----BEGIN CERTIFICATE-----\n");
	add_base64(out, der, len);
	tmd_buf_add_str(out, "-----END CERTIFICATE-----\n");
}
