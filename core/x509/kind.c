/* Telling kinds of files apart, by their first bytes, their markers and their DER. */
#include "x509/kind.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pkcs12.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>

#include "base/mem.h"
#include "base/str.h"
#include "x509/base64.h"
#include "x509/loader.h"
#include "x509/openssl.h"
#include "x509/pem.h"

#define LOOK ((size_t)1 << 20) /* bytes: enough to tell */
#define PEM_AGAIN "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t" /* base64 of a BEGIN line */
#define LOOSE_LINE_MIN 40      /* characters of a line of naked base64 */

/* ---- DER ---- */

static bool parses_as(const ASN1_ITEM *kind, const unsigned char *der, size_t len)
{
	ASN1_VALUE *it = ASN1_item_d2i(NULL, &der, (long)len, kind);

	ASN1_item_free(it, kind);
	return it != NULL;
}

static bool is_public_key(const unsigned char *der, size_t len)
{
	X509_PUBKEY *it = d2i_X509_PUBKEY(NULL, &der, (long)len);

	X509_PUBKEY_free(it);
	return it != NULL;
}

/* Only algorithms that lock with a password: a digest in DER has the same shape. */
static bool is_locked_key(const unsigned char *der, size_t len)
{
	static const int locks[] = { NID_pbes2,
				     NID_pbeWithMD5AndDES_CBC,
				     NID_pbeWithSHA1AndDES_CBC,
				     NID_pbe_WithSHA1And3_Key_TripleDES_CBC,
				     NID_pbe_WithSHA1And2_Key_TripleDES_CBC,
				     NID_pbe_WithSHA1And128BitRC2_CBC,
				     NID_pbe_WithSHA1And40BitRC2_CBC };
	X509_SIG *locked = d2i_X509_SIG(NULL, &der, (long)len);
	const X509_ALGOR *algorithm = NULL;
	const ASN1_OBJECT *object = NULL;
	bool is = false;

	if (!locked)
		return false;
	X509_SIG_get0(locked, &algorithm, NULL);
	X509_ALGOR_get0(&object, NULL, NULL, algorithm);
	for (size_t i = 0; i < sizeof(locks) / sizeof(*locks); i++)
		is = is || OBJ_obj2nid(object) == locks[i];
	X509_SIG_free(locked);
	return is;
}

/* What the SEQUENCE starts with, behind its own length. */
static unsigned char first_tag(const unsigned char *der)
{
	return der[der[1] < 0x80 ? 2 : 2 + (der[1] & 0x03)];
}

bool tmd_der_is_private_key(const void *der, size_t len)
{
	const unsigned char *at = der;
	EVP_PKEY *key = NULL;
	bool is;

	if (len < 16 || len > LOOK || at[0] != 0x30)
		return false;
	tmd_openssl_init();
	/* A version, or the algorithm that locks it; asking for every kind of key is slow. */
	is = first_tag(at) == 0x30 && is_locked_key(der, len);
	if (first_tag(at) == 0x02)
		key = d2i_AutoPrivateKey_ex(NULL, &at, (long)len, tmd_openssl_complete(), NULL);
	is = is || key;
	EVP_PKEY_free(key);
	ERR_clear_error();
	return is;
}

enum tmd_kind tmd_kind_of_der(const void *der, size_t len)
{
	enum tmd_kind kind = TMD_KIND_OTHER;

	if (len < 2 || len > LOOK * 16 || *(const unsigned char *)der != 0x30)
		return kind;
	tmd_openssl_init();
	if (parses_as(ASN1_ITEM_rptr(X509), der, len))
		kind = TMD_KIND_DER;
	else if (parses_as(ASN1_ITEM_rptr(PKCS12), der, len))
		kind = TMD_KIND_PKCS12;
	else if (parses_as(ASN1_ITEM_rptr(PKCS7), der, len))
		kind = TMD_KIND_PKCS7_DER;
	else if (parses_as(ASN1_ITEM_rptr(X509_REQ), der, len))
		kind = TMD_KIND_REQUEST;
	else if (parses_as(ASN1_ITEM_rptr(X509_CRL), der, len))
		kind = TMD_KIND_CRL;
	else if (tmd_der_is_private_key(der, len))
		kind = TMD_KIND_PRIVATE_KEY;
	else if (is_public_key(der, len))
		kind = TMD_KIND_PUBLIC_KEY;
	ERR_clear_error();
	return kind;
}

/* A text may start with '0' too: the length tells. */
static bool is_sequence(const char *data, size_t len)
{
	size_t first = len > 1 ? (unsigned char)data[1] : 0;

	return len > 1 && data[0] == 0x30 && (first >= 0x80 || first + 2 == len);
}

/* ---- first bytes ---- */

static enum tmd_kind kind_of_magic(const char *data, size_t len)
{
	static const struct {
		const char *bytes;
		size_t count;
		size_t at;
		enum tmd_kind kind;
	} magics[] = {
		{ "\xFE\xED\xFE\xED", 4, 0, TMD_KIND_JKS },
		{ "\xCE\xCE\xCE\xCE", 4, 0, TMD_KIND_JKS }, /* JCEKS */
		{ "\0\0\0\0CERT", 8, 0, TMD_KIND_SST },
		{ "\x1F\x8B", 2, 0, TMD_KIND_GZIP },
		{ "PK\x03\x04", 4, 0, TMD_KIND_ZIP },
		{ "ustar", 5, 257, TMD_KIND_TAR },
		{ "BZh", 3, 0, TMD_KIND_PACKED },
		{ "\xFD"
		  "7zXZ",
		  5, 0, TMD_KIND_PACKED },
		{ "7z\xBC\xAF", 4, 0, TMD_KIND_PACKED },
		{ "\x28\xB5\x2F\xFD", 4, 0, TMD_KIND_PACKED }, /* zstd */
		{ "MSCF", 4, 0, TMD_KIND_PACKED },	       /* .cab */
		{ "ssh-", 4, 0, TMD_KIND_SSH_KEY },
		{ "ecdsa-sha2-", 11, 0, TMD_KIND_SSH_KEY },
		{ "---- BEGIN SSH2 PUBLIC KEY", 26, 0, TMD_KIND_SSH_KEY },
		{ "PuTTY-User-Key-File", 19, 0, TMD_KIND_PRIVATE_KEY },
	};

	for (size_t i = 0; i < sizeof(magics) / sizeof(*magics); i++) {
		if (len >= magics[i].at + magics[i].count &&
		    memcmp(data + magics[i].at, magics[i].bytes, magics[i].count) == 0)
			return magics[i].kind;
	}
	return TMD_KIND_OTHER;
}

/* ---- PEM ---- */

enum tmd_kind tmd_kind_of_label(const struct tmd_pem_marker *marker)
{
	static const struct {
		const char *name;
		enum tmd_kind kind;
	} labels[] = {
		{ "PKCS7", TMD_KIND_PKCS7 },
		{ "PKCS #7 SIGNED DATA", TMD_KIND_PKCS7 },
		{ "CMS", TMD_KIND_PKCS7 },
		{ "CERTIFICATE REQUEST", TMD_KIND_REQUEST },
		{ "NEW CERTIFICATE REQUEST", TMD_KIND_REQUEST },
		{ "X509 CRL", TMD_KIND_CRL },
		{ "TRUSTED CERTIFICATE", TMD_KIND_TRUSTED },
		{ "PUBLIC KEY", TMD_KIND_PUBLIC_KEY },
		{ "RSA PUBLIC KEY", TMD_KIND_PUBLIC_KEY },
		{ "PGP PUBLIC KEY BLOCK", TMD_KIND_PGP },
		{ "PGP SIGNATURE", TMD_KIND_PGP },
		{ "PGP MESSAGE", TMD_KIND_PGP },
	};

	for (size_t i = 0; i < sizeof(labels) / sizeof(*labels); i++) {
		if (tmd_pem_is(marker, labels[i].name))
			return labels[i].kind;
	}
	return TMD_KIND_OTHER;
}

/* What stands between the lines of a CERTIFICATE, when it is none. */
static enum tmd_kind kind_of_body(const char *data, size_t len, size_t begin)
{
	TMD_AUTO_BUF struct tmd_buf der = { 0 };

	if (!tmd_loader_body(data, len, begin, &der))
		return TMD_KIND_DAMAGED;
	switch (tmd_kind_of_der(der.data, der.len)) {
	case TMD_KIND_PKCS7_DER:
		return TMD_KIND_PKCS7_MISNAMED;
	case TMD_KIND_PKCS12:
		return TMD_KIND_PKCS12_MISNAMED;
	case TMD_KIND_REQUEST:
		return TMD_KIND_REQUEST;
	case TMD_KIND_CRL:
		return TMD_KIND_CRL;
	case TMD_KIND_PUBLIC_KEY:
		return TMD_KIND_PUBLIC_KEY;
	default:
		return TMD_KIND_DAMAGED;
	}
}

static bool in_comment(const char *data, size_t at)
{
	while (at > 0 && data[at - 1] != '\n' && data[at - 1] != '\r')
		at--;
	while (data[at] == ' ' || data[at] == '\t')
		at++;
	return data[at] == '#';
}

static enum tmd_kind kind_of_pem(const char *data, size_t len)
{
	struct tmd_pem_marker marker;
	enum tmd_kind kind = TMD_KIND_OTHER;

	for (size_t at = 0; !kind && tmd_pem_find(data, len, at, &marker); at = marker.end) {
		if (in_comment(data, marker.at))
			continue;
		if (marker.begin && (tmd_pem_is(&marker, "CERTIFICATE") ||
				     tmd_pem_is(&marker, "X509 CERTIFICATE")))
			kind = kind_of_body(data, len, marker.at);
		else
			kind = tmd_kind_of_label(&marker);
	}
	return kind;
}

/* ---- text around it ---- */

static size_t first_byte(const char *data, size_t len)
{
	size_t at = tmd_text_bom(data, len);

	while (at < len && tmd_is_space(data[at]))
		at++;
	return at;
}

static bool holds(const char *data, size_t len, const char *what)
{
	return tmd_text_find(data, len, what) < len;
}

/* A key with a block below it: "ca: |" */
static bool is_yaml_block(const char *data, size_t len)
{
	static const char *const starts[] = { ": |", ": >" };

	for (size_t i = 0; i < sizeof(starts) / sizeof(*starts); i++) {
		size_t at = tmd_text_find(data, len, starts[i]);

		if (at < len && tmd_text_find(data, len, "-----BEGIN") > at)
			return true;
	}
	return false;
}

/* PEM that was encoded once more; a full line of it has others below. */
static enum tmd_kind kind_of_pem_again(const char *data, size_t len)
{
	size_t at = tmd_text_find(data, len, PEM_AGAIN);

	if (at == len)
		return TMD_KIND_OTHER;
	while (at < len && (tmd_base64_is(data[at]) || data[at] == '\r'))
		at++;
	return at + 1 < len && data[at] == '\n' && tmd_base64_is(data[at + 1])
		       ? TMD_KIND_BASE64_PEM_LINES
		       : TMD_KIND_BASE64_PEM;
}

static enum tmd_kind kind_of_structure(const char *data, size_t len)
{
	size_t at = first_byte(data, len);
	bool pem = holds(data, len, "BEGIN CERTIFICATE-----");
	enum tmd_kind again = kind_of_pem_again(data, len);

	if (at == len)
		return TMD_KIND_OTHER;
	if (data[at] == '{' || data[at] == '[')
		return pem     ? TMD_KIND_JSON_WITH_PEM
		       : again ? again
			       : TMD_KIND_JSON;
	if (data[at] == '<')
		return TMD_KIND_XML;
	if (pem && is_yaml_block(data, len))
		return TMD_KIND_YAML_WITH_PEM;
	return TMD_KIND_OTHER;
}

/* Lines of nothing but base64: what is in them? */
static enum tmd_kind kind_of_base64(const char *data, size_t len)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	TMD_AUTO_BUF struct tmd_buf der = { 0 };
	size_t at = first_byte(data, len);

	if (tmd_loose_line(data, len, at, at + tmd_text_find(data + at, len - at, "\n")) !=
	    TMD_LOOSE_BASE64)
		return TMD_KIND_OTHER;
	for (; at < len; at++) {
		if (!tmd_is_space(data[at]))
			tmd_buf_add_char(&text, data[at]);
	}
	if (!tmd_buf_reserve(&der, (text.len / 4 + 1) * 3) ||
	    !tmd_base64_decode(tmd_buf_str(&text), text.len, true, (unsigned char *)der.data,
			       &der.len))
		return TMD_KIND_BASE64_OTHER;
	switch (tmd_kind_of_der(der.data, der.len)) {
	case TMD_KIND_PKCS7_DER:
		return TMD_KIND_PKCS7_MISNAMED;
	case TMD_KIND_PKCS12:
		return TMD_KIND_PKCS12_MISNAMED;
	case TMD_KIND_PRIVATE_KEY:
		return TMD_KIND_PRIVATE_KEY;
	case TMD_KIND_DER:
		return TMD_KIND_BASE64;
	default:
		return TMD_KIND_BASE64_OTHER;
	}
}

/* What `cat -n`, `nl` and `grep -n` put before a line. */
static bool is_numbered(const char *data, size_t len)
{
	size_t at = tmd_text_find(data, len, TMD_PEM_BEGIN);
	size_t start = at;
	size_t digits;

	while (start > 0 && start < len && data[start - 1] != '\n')
		start--;
	while (start < at && (data[start] == ' ' || data[start] == '\t'))
		start++;
	digits = start;
	while (digits < at && tmd_is_digit(data[digits]))
		digits++;
	return at < len && digits > start && digits < at && strchr("\t :|.", data[digits]);
}

/* The heading of a certificate, or what is left of it, that nobody commented out. */
static bool has_heading(const char *data, size_t len)
{
	static const char what[] = "CERTIFICATE--";

	for (size_t at = 0; at < len; at++) {
		at += tmd_text_find(data + at, len - at, what);
		if (at < len && !in_comment(data, at))
			return true;
	}
	return false;
}

static enum tmd_kind kind_of_text(const char *data, size_t len)
{
	enum tmd_kind kind = kind_of_magic(data, len);

	if (!kind)
		kind = kind_of_structure(data, len);
	if (!kind)
		kind = kind_of_pem_again(data, len);
	if (!kind && is_numbered(data, len))
		kind = TMD_KIND_NUMBERED;
	if (!kind && !memchr(data, '\n', len) && memchr(data, '\r', len) &&
	    holds(data, len, "CERTIFICATE--"))
		kind = TMD_KIND_CR_ONLY;
	if (!kind)
		kind = kind_of_pem(data, len);
	if (!kind)
		kind = kind_of_base64(data, len);
	if (!kind && has_heading(data, len))
		kind = TMD_KIND_DAMAGED;
	return kind;
}

/* Which of the wide encodings: a mark tells the order to iconv, and no order is little-endian. */
static enum tmd_kind kind_of_wide(const char *data, size_t len)
{
	if (len >= 4 && (memcmp(data, "\xFF\xFE\0\0", 4) == 0 || memcmp(data, "\0\0", 2) == 0))
		return TMD_KIND_UTF32;
	return data[0] == '\0' ? TMD_KIND_UTF16_BE : TMD_KIND_UTF16;
}

enum tmd_kind tmd_kind_of(const char *data, size_t len)
{
	enum tmd_kind kind = TMD_KIND_OTHER;

	switch (tmd_text_kind(data, len)) {
	case TMD_TEXT_EMPTY:
		return TMD_KIND_EMPTY;
	case TMD_TEXT_HTML:
		return TMD_KIND_HTML;
	case TMD_TEXT_UTF16:
		return kind_of_wide(data, len);
	case TMD_TEXT_PLAIN:
		break;
	}
	if (tmd_pem_has_private_key(data, len))
		return TMD_KIND_PRIVATE_KEY;
	if (is_sequence(data, len))
		kind = tmd_kind_of_der(data, len);
	if (is_sequence(data, len) && !kind && (data[1] & 0x80))
		kind = TMD_KIND_OTHER_DER;
	return kind ? kind : kind_of_text(data, len < LOOK ? len : LOOK);
}
