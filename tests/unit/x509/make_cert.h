/* Certificates and texts for tests, made on the spot with OpenSSL. */
#ifndef TESTS_MAKE_CERT_H
#define TESTS_MAKE_CERT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

struct make_cert {
	const char *cn;
	const char *basic;     /* "critical,CA:TRUE"; NULL: no such extension */
	const char *eku;       /* "clientAuth"; NULL: no such extension */
	const char *not_after; /* "20100101000000Z"; NULL: far away */
	long serial;
	bool v1;
	bool other_issuer;
};

static inline EVP_PKEY *make_key(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");

	ck_assert_ptr_nonnull(key);
	return key;
}

static inline void make_extension(X509 *x, int nid, const char *value)
{
	X509_EXTENSION *extension;

	if (!value)
		return;
	extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
	ck_assert_ptr_nonnull(extension);
	X509_add_ext(x, extension, -1);
	X509_EXTENSION_free(extension);
}

static inline X509_NAME *make_name(const char *cn)
{
	X509_NAME *name = X509_NAME_new();

	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)cn, -1, -1, 0);
	return name;
}

static inline X509 *make_x509(const struct make_cert *spec)
{
	EVP_PKEY *key = make_key();
	X509_NAME *name = make_name(spec->cn);
	X509_NAME *issuer = make_name(spec->other_issuer ? "Some Issuer" : spec->cn);
	X509 *x = X509_new();

	X509_set_version(x, spec->v1 ? 0 : 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), spec->serial);
	ASN1_TIME_set_string(X509_getm_notBefore(x), "20000101000000Z");
	ASN1_TIME_set_string(X509_getm_notAfter(x),
			     spec->not_after ? spec->not_after : "20991231235959Z");
	X509_set_subject_name(x, name);
	X509_set_issuer_name(x, issuer);
	X509_set_pubkey(x, key);
	make_extension(x, NID_basic_constraints, spec->basic);
	make_extension(x, NID_ext_key_usage, spec->eku);
	ck_assert_int_gt(X509_sign(x, key, EVP_sha256()), 0);
	X509_NAME_free(name);
	X509_NAME_free(issuer);
	EVP_PKEY_free(key);
	return x;
}

static inline char *make_text(BIO *bio)
{
	char *data;
	long len = BIO_get_mem_data(bio, &data);
	char *text = calloc((size_t)len + 1, 1);

	memcpy(text, data, (size_t)len);
	BIO_free(bio);
	return text;
}

/* PEM; the caller frees. */
static inline char *make_pem(const struct make_cert *spec)
{
	BIO *bio = BIO_new(BIO_s_mem());
	X509 *x = make_x509(spec);

	PEM_write_bio_X509(bio, x);
	X509_free(x);
	return make_text(bio);
}

/* A CA certificate like those in a trust store. */
static inline char *make_ca(const char *cn)
{
	return make_pem(&(struct make_cert){ .cn = cn, .basic = "critical,CA:TRUE", .serial = 7 });
}

/* DER of a PEM text with one certificate; the caller frees. */
static inline unsigned char *make_der(const char *pem, size_t *len)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	X509 *x = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	unsigned char *der = NULL;

	ck_assert_ptr_nonnull(x);
	*len = (size_t)i2d_X509(x, &der);
	X509_free(x);
	BIO_free(bio);
	return der;
}

static inline char *make_key_pem(void)
{
	BIO *bio = BIO_new(BIO_s_mem());
	EVP_PKEY *key = make_key();

	PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
	EVP_PKEY_free(key);
	return make_text(bio);
}

/* The texts one after the other, the last argument NULL; the caller frees. */
static inline char *make_joined(const char *first, ...)
{
	char *text = strdup(first);
	const char *next;
	va_list args;

	va_start(args, first);
	while ((next = va_arg(args, const char *)) != NULL) {
		text = realloc(text, strlen(text) + strlen(next) + 1);
		strcat(text, next);
	}
	va_end(args);
	return text;
}

/* `text` with every `from` replaced by `to`; the caller frees. */
static inline char *make_replaced(const char *text, const char *from, const char *to)
{
	char *out = calloc(strlen(text) * (strlen(to) + 1) + 1, 1);
	const char *hit;

	while ((hit = strstr(text, from)) != NULL) {
		strncat(out, text, (size_t)(hit - text));
		strcat(out, to);
		text = hit + strlen(from);
	}
	strcat(out, text);
	return out;
}

#endif
