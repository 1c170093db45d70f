/*
 * OpenSSL's own reading of PEM, for everything that is not in plain shape. Text is always
 * read as the file it came from or is going to be (X509_load_cert_crl_file).
 */
#ifndef TMD_X509_LOADER_H
#define TMD_X509_LOADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "x509/cert.h"

/*
 * Where reading a file differs from reading memory: OpenSSL sees a line end at a NUL, and
 * the end of the file where a line starts with one. Changes a copy of the text to read so
 * from memory, every offset kept, and returns its new length.
 */
size_t tmd_loader_as_file(char *text, size_t len);

/*
 * Would X509_STORE_load_file() take it, with at least one certificate? `*error` is then NULL,
 * otherwise OpenSSL's reason, a constant. `*complete`: it read without error to the end,
 * even if there was no certificate.
 */
bool tmd_loader_accepts(const char *text, size_t len, bool *complete, const char **error);

enum tmd_loaded_kind {
	TMD_LOADED_CERTIFICATE,
	TMD_LOADED_TRUSTED, /* TRUSTED CERTIFICATE: with trust settings behind it */
	TMD_LOADED_OTHER,   /* anything that is no certificate */
	TMD_LOADED_DAMAGED, /* called a certificate, and is none */
};

struct tmd_loaded {
	enum tmd_loaded_kind kind;
	size_t at;  /* the BEGIN line, from the start of the text */
	size_t end; /* behind the END line and its newline */
	bool private_key;
	char name[80];	    /* of the block, printable */
	struct tmd_buf der; /* of the certificate */
	bool more;	    /* there were bytes behind the certificate */
	int64_t not_after;  /* INT64_MIN: unreadable */
	enum tmd_trust trust;
};

void tmd_loaded_release(struct tmd_loaded *loaded);

/* Reads the next block behind `from` as OpenSSL's loop does; false where that stops. */
bool tmd_loader_next(const char *text, size_t len, size_t from, struct tmd_loaded *out);

/*
 * What d2i_X509() makes of these bytes, of which it may take only the first: kind, der, more,
 * not_after and trust of `out` are set.
 */
void tmd_loader_certificate(const void *der, size_t len, bool trusted, struct tmd_loaded *out);

/*
 * The bytes of the first block behind `from`, whatever they are, as OpenSSL decodes them; false
 * where it finds none. `out` is replaced, and may be a key.
 */
bool tmd_loader_body(const char *text, size_t len, size_t from, struct tmd_buf *out);

#endif
