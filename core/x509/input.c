/*
 * What people hand over as "the certificate". Every wrong kind of file gets its own answer;
 * nothing of a private key is ever repeated in one.
 */
#include "x509/cert.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>

#include "base/mem.h"
#include "base/strv.h"
#include "x509/bundle.h"
#include "x509/loader.h"
#include "x509/openssl.h"
#include "x509/pem.h"

#define SUBJECTS_SHOWN 5
#define SUBJECT_SHOWN 90	    /* bytes of each */
#define INPUT_MAX ((size_t)1 << 20) /* bytes: a certificate with a lot of text around it */

struct answer {
	const char *message;
	const char *hint;
};

static const struct answer private_key = {
	"there is a private key in it",
	"a trust store is readable by everyone: give the certificate alone, "
	"and if this file was shared, replace the key",
};
static const struct answer pkcs12 = {
	"this is PKCS#12, which holds a private key",
	"take the CA certificate out: openssl pkcs12 -in FILE -cacerts -nokeys -out ca.pem",
};
static const struct answer pkcs7 = {
	"this is PKCS#7, not a certificate",
	"take the certificates out: openssl pkcs7 -print_certs -in FILE -out ca.pem "
	"(-inform DER for a binary one)",
};
static const struct answer request = {
	"this is a certificate request (CSR), not a certificate",
	"give the certificate that the CA made, or the CA's own",
};
static const struct answer crl = {
	"this is a revocation list (CRL), not a certificate",
	"give the CA certificate itself",
};
static const struct answer trusted = {
	"this is an OpenSSL TRUSTED CERTIFICATE, whose trust settings would be lost",
	"write it as a plain one: openssl x509 -in FILE -out ca.pem",
};
static const struct answer html = {
	"this is a web page (HTML), not a certificate",
	"download the file itself, not the page that shows it",
};
static const struct answer utf16 = {
	"this is UTF-16 text, which no TLS library reads",
	"save it again as ASCII or UTF-8",
};
static const struct answer empty = { "it is empty", "fetch or export the certificate again" };
static const struct answer damaged = {
	"the certificate in it is damaged",
	"fetch it again; a PEM block runs from its BEGIN line to its END line, base64 between",
};
static const struct answer old_line_ends = {
	"its lines end in CR alone, which no TLS library reads",
	"save it again with Unix or Windows line ends",
};
static const struct answer naked_base64 = {
	"it is base64 without the BEGIN and END lines of a certificate",
	"put -----BEGIN CERTIFICATE----- before and -----END CERTIFICATE----- behind it",
};
static const struct answer nothing = {
	"there is no certificate in it",
	"give one CA certificate, PEM or DER",
};

static enum tmd_rc refuse(const struct answer *answer, const char *name, struct tmd_error *err)
{
	return tmd_fail(err, TMD_E_REFUSED, name, answer->hint, "%s", answer->message);
}

/* ---- DER ---- */

static bool is_request(const unsigned char *der, size_t len)
{
	X509_REQ *it = d2i_X509_REQ(NULL, &der, (long)len);

	X509_REQ_free(it);
	return it != NULL;
}

static bool is_crl(const unsigned char *der, size_t len)
{
	X509_CRL *it = d2i_X509_CRL(NULL, &der, (long)len);

	X509_CRL_free(it);
	return it != NULL;
}

static bool is_pkcs7(const unsigned char *der, size_t len)
{
	PKCS7 *it = d2i_PKCS7(NULL, &der, (long)len);

	PKCS7_free(it);
	return it != NULL;
}

static bool is_pkcs12(const unsigned char *der, size_t len)
{
	PKCS12 *it = d2i_PKCS12(NULL, &der, (long)len);

	PKCS12_free(it);
	return it != NULL;
}

/* With a password or without. */
static bool is_private_key(const unsigned char *der, size_t len)
{
	const unsigned char *at = der;
	X509_SIG *locked = d2i_X509_SIG(NULL, &at, (long)len);
	EVP_PKEY *key = NULL;

	at = der;
	if (!locked)
		key = d2i_AutoPrivateKey(NULL, &at, (long)len);
	EVP_PKEY_free(key);
	X509_SIG_free(locked);
	return key || locked;
}

/* DER that is no certificate: what is it then? */
static const struct answer *name_der(const unsigned char *der, size_t len)
{
	const struct answer *answer = NULL;

	if (is_pkcs12(der, len))
		answer = &pkcs12;
	else if (is_pkcs7(der, len))
		answer = &pkcs7;
	else if (is_request(der, len))
		answer = &request;
	else if (is_crl(der, len))
		answer = &crl;
	else if (is_private_key(der, len))
		answer = &private_key;
	ERR_clear_error();
	return answer;
}

static enum tmd_rc parse_der(const void *der, size_t len, const char *name, struct tmd_cert **out,
			     struct tmd_error *err)
{
	struct tmd_error why = { 0 };
	const struct answer *answer;

	if (!tmd_cert_parse(der, len, out, &why))
		return TMD_OK;
	answer = name_der(der, len);
	if (answer)
		return refuse(answer, name, err);
	return tmd_fail(err, why.kind, name, why.hint, "%s", why.message);
}

/* ---- PEM ---- */

static const struct answer *answer_to_block(const struct tmd_pem_marker *marker)
{
	static const struct {
		const char *name;
		const struct answer *answer;
	} blocks[] = {
		{ "PKCS7", &pkcs7 },
		{ "CMS", &pkcs7 },
		{ "CERTIFICATE REQUEST", &request },
		{ "NEW CERTIFICATE REQUEST", &request },
		{ "X509 CRL", &crl },
		{ "TRUSTED CERTIFICATE", &trusted },
	};

	if (tmd_pem_is_private_key(marker))
		return &private_key;
	for (size_t i = 0; i < sizeof(blocks) / sizeof(*blocks); i++) {
		if (tmd_pem_is(marker, blocks[i].name))
			return blocks[i].answer;
	}
	return NULL;
}

static bool is_certificate(const struct tmd_pem_marker *marker)
{
	return tmd_pem_is(marker, "CERTIFICATE") || tmd_pem_is(marker, "X509 CERTIFICATE");
}

static bool has_private_key(const char *data, size_t len)
{
	struct tmd_pem_marker marker;

	for (size_t at = 0; tmd_pem_find(data, len, at, &marker); at = marker.end) {
		if (tmd_pem_is_private_key(&marker))
			return true;
	}
	/* Its marker may be damaged; the key behind it is not. */
	return tmd_text_find(data, len, "PRIVATE KEY-") < len;
}

/* The first block of a kind that must not be here, or NULL; counts the certificates. */
static const struct answer *look_at_blocks(const char *data, size_t len, size_t *certificates)
{
	struct tmd_pem_marker marker;

	*certificates = 0;
	for (size_t at = 0; tmd_pem_find(data, len, at, &marker); at = marker.end) {
		const struct answer *answer = answer_to_block(&marker);

		if (answer)
			return answer;
		*certificates += marker.begin && is_certificate(&marker);
	}
	return NULL;
}

static enum tmd_rc refuse_several(const char *data, size_t len, size_t count, const char *name,
				  struct tmd_error *err)
{
	TMD_AUTO_BUF struct tmd_buf subjects = { 0 };
	struct tmd_bundle bundle = { 0 };

	if (tmd_bundle_scan(data, len, &bundle, err))
		return TMD_FAILED;
	for (size_t i = 0; i < bundle.count && i < SUBJECTS_SHOWN; i++) {
		TMD_AUTO_FREE char *subject =
			tmd_cert_subject(bundle.entries[i].der, bundle.entries[i].der_len);

		tmd_buf_add_str(&subjects, i ? "; " : ": ");
		tmd_buf_add(&subjects, subject, tmd_text_clip(subject, SUBJECT_SHOWN));
	}
	if (bundle.count > SUBJECTS_SHOWN)
		tmd_buf_addf(&subjects, "; and %zu more", bundle.count - SUBJECTS_SHOWN);
	tmd_bundle_release(&bundle);
	return tmd_fail(err, TMD_E_REFUSED, name,
			"put each certificate into a file of its own and name one anchor each",
			"there are %zu certificates in it%s", count, tmd_buf_str(&subjects));
}

/* The one certificate block of a text. */
static enum tmd_rc parse_block(const char *data, size_t len, const char *name,
			       struct tmd_cert **out, struct tmd_error *err)
{
	struct tmd_pem_marker begin = { 0 };
	struct tmd_pem_marker end;
	struct tmd_loaded block = { 0 };
	enum tmd_rc rc;

	while (tmd_pem_find(data, len, begin.end, &begin) &&
	       !(begin.begin && is_certificate(&begin)))
		;
	if (!tmd_pem_find(data, len, begin.end, &end) || end.begin || !is_certificate(&end))
		return refuse(&damaged, name, err);
	if (!memchr(data, '\n', len) && memchr(data, '\r', len))
		return refuse(&old_line_ends, name, err);
	if (!tmd_loader_next(data, end.end, begin.at, &block))
		return refuse(&damaged, name, err);
	if (block.kind != TMD_LOADED_CERTIFICATE || block.more)
		rc = refuse(&damaged, name, err);
	else
		rc = parse_der(block.der.data, block.der.len, name, out, err);
	tmd_loaded_release(&block);
	return rc;
}

/* No PEM in it, and no DER. */
static const struct answer *name_text(const char *data, size_t len)
{
	size_t end = tmd_text_find(data, len, "\n");

	if (tmd_loose_line(data, len, 0, end) == TMD_LOOSE_BASE64)
		return &naked_base64;
	if (tmd_text_find(data, len, "CERTIFICATE--") < len)
		return &damaged;
	return &nothing;
}

static enum tmd_rc parse_text(const char *data, size_t len, const char *name, struct tmd_cert **out,
			      struct tmd_error *err)
{
	size_t certificates;
	const struct answer *answer;

	if (has_private_key(data, len))
		return refuse(&private_key, name, err);
	answer = look_at_blocks(data, len, &certificates);
	if (answer)
		return refuse(answer, name, err);
	if (certificates > 1)
		return refuse_several(data, len, certificates, name, err);
	if (certificates == 1)
		return parse_block(data, len, name, out, err);
	return refuse(name_text(data, len), name, err);
}

/* A text may start with '0' too: the length tells. */
static bool is_sequence(const char *data, size_t len)
{
	size_t first = len > 1 ? (unsigned char)data[1] : 0;

	return len > 1 && data[0] == 0x30 && (first >= 0x80 || first + 2 == len);
}

enum tmd_rc tmd_cert_load_input(const char *data, size_t len, const char *name,
				struct tmd_cert **out, struct tmd_error *err)
{
	tmd_openssl_init();
	if (len > INPUT_MAX)
		return tmd_fail(err, TMD_E_REFUSED, name, nothing.hint,
				"larger than %zu bytes, too much for one certificate", INPUT_MAX);
	switch (tmd_text_kind(data, len)) {
	case TMD_TEXT_EMPTY:
		return refuse(&empty, name, err);
	case TMD_TEXT_HTML:
		return refuse(&html, name, err);
	case TMD_TEXT_UTF16:
		return refuse(&utf16, name, err);
	case TMD_TEXT_PLAIN:
		break;
	}
	if (is_sequence(data, len))
		return parse_der(data, len, name, out, err);
	return parse_text(data, len, name, out, err);
}
