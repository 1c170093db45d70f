/*
 * Certificates that a store holds and OpenSSL does not read. Windows takes what it would not write
 * itself, such as a serial number with padding; such a one can be named and removed all the same.
 */
#include "x509/cert.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/mem.h"
#include "base/str.h"
#include "x509/der.h"
#include "x509/openssl.h"
#include "x509/pem.h"

#define SEQUENCE 0x30
#define VERSION 0xA0 /* [0], before the serial number */
#define NAMELESS "(a certificate that OpenSSL cannot read)"

bool tmd_cert_loads(const void *der, size_t len)
{
	const unsigned char *at = der;
	X509 *x;

	if (tmd_der_certificate(der, len, NULL))
		return true;
	if (len > TMD_CERT_MAX)
		return false;
	tmd_openssl_init();
	x = d2i_X509(NULL, &at, (long)len);
	X509_free(x);
	ERR_clear_error();
	return x && at == (const unsigned char *)der + len;
}

/* ---- as much as can be told without OpenSSL ---- */

struct element {
	unsigned tag;
	const unsigned char *whole; /* with its header */
	size_t whole_len;
	const unsigned char *data;
	size_t len;
};

struct rest {
	const unsigned char *at;
	size_t len;
};

/* Takes the next element off; false when its header or its length is wrong. */
static bool next_element(struct rest *rest, struct element *out)
{
	size_t header = 2;
	size_t len;

	if (rest->len < 2)
		return false;
	len = rest->at[1];
	if (len & 0x80) {
		size_t count = len & 0x7F;

		if (!count || count > 3 || rest->len < 2 + count)
			return false;
		len = 0;
		for (header = 2; header < 2 + count; header++)
			len = len << 8 | rest->at[header];
	}
	if (len > rest->len - header)
		return false;
	*out = (struct element){ rest->at[0], rest->at, header + len, rest->at + header, len };
	rest->at += header + len;
	rest->len -= header + len;
	return true;
}

static bool next_of(struct rest *rest, unsigned tag, struct element *out)
{
	return next_element(rest, out) && out->tag == tag;
}

/* One sequence to the last byte, of the part that is signed, an algorithm and a signature. */
static bool find_signed_part(const unsigned char *der, size_t len, struct rest *out)
{
	struct rest all = { der, len };
	struct rest rest;
	struct element whole;
	struct element part;
	struct element ignored;

	if (!next_of(&all, SEQUENCE, &whole) || all.len)
		return false;
	rest = (struct rest){ whole.data, whole.len };
	if (!next_of(&rest, SEQUENCE, &part) || !next_of(&rest, SEQUENCE, &ignored) ||
	    !next_element(&rest, &ignored) || rest.len)
		return false;
	*out = (struct rest){ part.data, part.len };
	return true;
}

/* Version, serial number, algorithm, issuer, validity, subject. */
static bool find_subject(struct rest rest, struct element *out)
{
	struct rest first = rest;
	struct element ignored;

	if (!next_of(&first, VERSION, &ignored))
		first = rest;
	return next_element(&first, &ignored) && next_of(&first, SEQUENCE, &ignored) &&
	       next_of(&first, SEQUENCE, &ignored) && next_of(&first, SEQUENCE, &ignored) &&
	       next_of(&first, SEQUENCE, out);
}

static bool find_name(const unsigned char *der, size_t len, struct element *subject)
{
	struct rest part;

	return find_signed_part(der, len, &part) && find_subject(part, subject);
}

static char *subject_of(const unsigned char *der, size_t len)
{
	const unsigned char *at;
	struct element subject;
	X509_NAME *name;
	char *text;

	if (!find_name(der, len, &subject))
		return tmd_strdup(NAMELESS);
	at = subject.whole;
	name = d2i_X509_NAME(NULL, &at, (long)subject.whole_len);
	text = name ? tmd_openssl_name(name) : tmd_strdup(NAMELESS);
	X509_NAME_free(name);
	ERR_clear_error();
	return text;
}

static void add_sha1(struct tmd_cert *cert)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned size = 0;

	if (!EVP_Digest(cert->der, cert->der_len, digest, &size, EVP_sha1(), NULL))
		abort();
	tmd_hex(digest, size, cert->sha1);
}

/* ---- the certificate ---- */

struct tmd_cert *tmd_cert_opaque(const void *der, size_t len)
{
	struct tmd_cert *cert = tmd_alloc(1, sizeof(*cert));

	tmd_openssl_init();
	cert->der = tmd_memdup(der, len);
	cert->der_len = len;
	cert->opaque = true;
	cert->subject = subject_of(cert->der, len);
	cert->issuer = tmd_strdup("?");
	cert->serial = tmd_strdup("?");
	cert->not_before = INT64_MIN;
	cert->not_after = INT64_MAX;
	memcpy(cert->not_after_text, "?", 2);
	cert->ca = TMD_CA_NO;
	tmd_sha256_hex(cert->der, cert->der_len, cert->sha256);
	add_sha1(cert);
	return cert;
}

/* Passed as the password, so that nothing ever asks for one at a terminal. */
static char no_password[1];

static unsigned char *next_block(BIO *bio, long *size)
{
	unsigned char *der = NULL;

	if (PEM_bytes_read_bio(&der, size, NULL, PEM_STRING_X509, bio, NULL,
			       no_password))
		return der;
	return NULL;
}

/* The one certificate block of a text, whatever is in it; NULL: none, or several. */
static unsigned char *only_block(const char *data, size_t len, long *size)
{
	BIO *bio = BIO_new_mem_buf(data, (int)len);
	unsigned char *der = next_block(bio, size);
	long ignored;
	unsigned char *more = der ? next_block(bio, &ignored) : NULL;

	BIO_free(bio);
	ERR_clear_error();
	if (!more)
		return der;
	OPENSSL_free(more);
	OPENSSL_free(der);
	return NULL;
}

bool tmd_cert_load_opaque(const char *data, size_t len, struct tmd_cert **out)
{
	struct element subject;
	unsigned char *der;
	long size = 0;
	bool found;

	tmd_openssl_init();
	if (len > TMD_OPAQUE_MAX || tmd_text_find(data, len, "PRIVATE KEY") < len)
		return false;
	if (find_name((const unsigned char *)data, len, &subject)) {
		*out = tmd_cert_opaque(data, len);
		return true;
	}
	der = only_block(data, len, &size);
	found = der && find_name(der, (size_t)size, &subject);
	if (found)
		*out = tmd_cert_opaque(der, (size_t)size);
	OPENSSL_free(der);
	return found;
}
