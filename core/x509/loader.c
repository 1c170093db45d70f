/* The slow and certain way: OpenSSL reads, and we note where. */
#include "x509/loader.h"

#include <limits.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/str.h"
#include "x509/openssl.h"
#include "x509/pem.h"

/* OpenSSL reads lines of at most this many bytes; a longer one comes in pieces. */
#define PIECE_MAX 254

/* Passed as the password, so that nothing ever asks for one at a terminal. */
static char no_password[1];

static size_t piece_end(const char *text, size_t len, size_t at)
{
	size_t most = len - at < PIECE_MAX ? len - at : PIECE_MAX;
	const char *newline = memchr(text + at, '\n', most);

	return newline ? (size_t)(newline - text) + 1 : at + most;
}

size_t tmd_loader_as_file(char *text, size_t len)
{
	size_t at = 0;

	while (at < len) {
		size_t end = piece_end(text, len, at);
		char *nul = memchr(text + at, '\0', end - at);

		if (nul == text + at)
			return at;
		if (nul) {
			memset(nul, ' ', (size_t)(text + end - nul));
			text[end - 1] = '\n';
		}
		at = end;
	}
	return len;
}

static BIO *open_text(const char *text, size_t len)
{
	BIO *bio;

	tmd_openssl_init();
	if (len > INT_MAX)
		abort(); /* callers bound it */
	bio = BIO_new_mem_buf(text, (int)len);
	if (!bio)
		abort();
	return bio;
}

bool tmd_loader_accepts(const char *text, size_t len, bool *complete, const char **error)
{
	BIO *bio = open_text(text, len);
	STACK_OF(X509_INFO) * list;
	bool found = false;

	ERR_clear_error();
	list = PEM_X509_INFO_read_bio(bio, NULL, NULL, no_password);
	BIO_free(bio);
	for (int i = 0; list && i < sk_X509_INFO_num(list); i++)
		found = found || sk_X509_INFO_value(list, i)->x509;
	*complete = list != NULL;
	*error = NULL;
	if (!list)
		*error = tmd_openssl_reason();
	else if (!found)
		*error = "no certificate found";
	sk_X509_INFO_pop_free(list, X509_INFO_free);
	ERR_clear_error();
	return found;
}

void tmd_loaded_release(struct tmd_loaded *loaded)
{
	tmd_buf_release(&loaded->der);
	memset(loaded, 0, sizeof(*loaded));
}

static enum tmd_trust trust_of(X509 *cert)
{
	/* Without settings the answer is about the certificate itself: that is policy.h's. */
	if (!X509_trusted(cert))
		return TMD_TRUST_UNSET;
	switch (X509_check_trust(cert, X509_TRUST_SSL_SERVER, X509_TRUST_NO_SS_COMPAT)) {
	case X509_TRUST_TRUSTED:
		return TMD_TRUST_SERVERS;
	case X509_TRUST_REJECTED:
		return TMD_TRUST_NONE;
	default:
		return TMD_TRUST_UNSET;
	}
}

void tmd_loader_certificate(const void *der, size_t len, bool trusted, struct tmd_loaded *out)
{
	const unsigned char *at = der;
	unsigned char *copy = NULL;
	X509 *cert;
	int size;

	tmd_openssl_init();
	out->kind = TMD_LOADED_DAMAGED;
	if (len > LONG_MAX)
		return;
	cert = trusted ? d2i_X509_AUX(NULL, &at, (long)len) : d2i_X509(NULL, &at, (long)len);
	ERR_clear_error();
	if (!cert)
		return;
	/* Written again, because what was read may have been BER; i2d is what others digest. */
	size = i2d_X509(cert, &copy);
	if (size > 0) {
		out->kind = trusted ? TMD_LOADED_TRUSTED : TMD_LOADED_CERTIFICATE;
		out->more = at < (const unsigned char *)der + len;
		tmd_buf_clear(&out->der);
		tmd_buf_add(&out->der, copy, (size_t)size);
		if (!tmd_openssl_time(X509_get0_notAfter(cert), &out->not_after))
			out->not_after = INT64_MIN;
		out->trust = trust_of(cert);
	}
	OPENSSL_free(copy);
	X509_free(cert);
	ERR_clear_error();
}

/* The BEGIN line that OpenSSL stops at, by the rules of its line reader. */
static size_t find_begin(const char *text, size_t len, size_t from)
{
	size_t at = from;

	while (at < len) {
		size_t end = piece_end(text, len, at);
		size_t start = at;
		size_t stop = end;

		if (at == from && end - at > 3)
			start += tmd_text_bom(text + at, end - at);
		while (stop > start && text[stop - 1] <= ' ')
			stop--;
		if (stop - start >= 16 && memcmp(text + start, "-----BEGIN ", 11) == 0 &&
		    memcmp(text + stop - 5, "-----", 5) == 0)
			return start;
		at = end;
	}
	return from;
}

static void copy_name(struct tmd_loaded *out, const char *name)
{
	size_t len = 0;

	for (; name[len] && len + 1 < sizeof(out->name); len++)
		out->name[len] = name[len] >= ' ' && name[len] <= '~' ? name[len] : '?';
	out->name[len] = '\0';
}

/* Takes off an encryption that needs no password; the loop of OpenSSL tries that too. */
static bool open_block(char *header, unsigned char *data, long *len)
{
	EVP_CIPHER_INFO cipher;

	if (!header[0])
		return true;
	return PEM_get_EVP_CIPHER_INFO(header, &cipher) &&
	       PEM_do_header(&cipher, data, len, NULL, no_password);
}

static void read_block(char *name, char *header, unsigned char *data, long len,
		       struct tmd_loaded *out)
{
	bool trusted = strcmp(name, PEM_STRING_X509_TRUSTED) == 0;

	copy_name(out, name);
	out->private_key = strstr(name, "PRIVATE KEY") != NULL;
	out->kind = TMD_LOADED_OTHER;
	if (!trusted && strcmp(name, PEM_STRING_X509) != 0 &&
	    strcmp(name, PEM_STRING_X509_OLD) != 0)
		return;
	out->kind = TMD_LOADED_DAMAGED;
	if (open_block(header, data, &len) && len > 0)
		tmd_loader_certificate(data, (size_t)len, trusted, out);
}

bool tmd_loader_next(const char *text, size_t len, size_t from, struct tmd_loaded *out)
{
	BIO *bio = open_text(text + from, len - from);
	unsigned char *data = NULL;
	char *header = NULL;
	char *name = NULL;
	long size = 0;
	bool found;

	found = PEM_read_bio(bio, &name, &header, &data, &size) != 0;
	if (found) {
		memset(out, 0, sizeof(*out));
		out->end = len - BIO_ctrl_pending(bio);
		out->at = find_begin(text, out->end, from);
		read_block(name, header, data, size, out);
	}
	BIO_free(bio);
	OPENSSL_free(name);
	OPENSSL_free(header);
	/* May have been a key. */
	OPENSSL_clear_free(data, size > 0 ? (size_t)size : 0);
	ERR_clear_error();
	return found;
}

bool tmd_loader_body(const char *text, size_t len, size_t from, struct tmd_buf *out)
{
	BIO *bio = open_text(text + from, len - from);
	unsigned char *data = NULL;
	char *header = NULL;
	char *name = NULL;
	long size = 0;
	bool found = PEM_read_bio(bio, &name, &header, &data, &size) != 0;

	tmd_buf_clear(out);
	if (found && size > 0)
		tmd_buf_add(out, data, (size_t)size);
	BIO_free(bio);
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_clear_free(data, size > 0 ? (size_t)size : 0);
	ERR_clear_error();
	return found && out->len;
}
