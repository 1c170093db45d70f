/*
 * PEM as p11-kit reads it, which is laxer than OpenSSL's reader in some respects (lines of any
 * length and in one piece, text before BEGIN on its line) and stricter in others (names of blocks,
 * bits behind the padding, bytes behind the certificate). The same in 0.23, 0.24 and 0.25.
 */
#ifndef TMD_X509_P11_PEM_H
#define TMD_X509_P11_PEM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

enum tmd_p11_kind {
	TMD_P11_CERTIFICATE,
	TMD_P11_TRUSTED, /* TRUSTED CERTIFICATE: with trust settings behind it */
	TMD_P11_KEY,	 /* PUBLIC KEY */
	TMD_P11_OTHER,	 /* any other name */
	TMD_P11_DAMAGED, /* called one of these, and none; or its base64 is none */
	TMD_P11_UNLOADABLE, /* as tmd_p11_is_unloadable() says */
};

/* Zero-initialise before the first; tmd_p11_block_release() after the last. */
struct tmd_p11_block {
	enum tmd_p11_kind kind;
	bool decoded;	    /* its base64 is base64, whatever it is called */
	size_t next;	    /* where to look for the next one */
	struct tmd_buf der; /* the certificate, or what else was decoded */
	bool has_settings;  /* TRUSTED: and really with settings */
	bool distrusted;    /* they trust it for no purpose at all */
	bool for_servers;   /* they trust it for TLS servers, among others or for all */
};

void tmd_p11_block_release(struct tmd_p11_block *block); /* frees and zeroes */

/* The next block behind `from`; false where p11-kit stops, be there further ones or not. */
bool tmd_p11_pem_next(const char *text, size_t len, size_t from, struct tmd_p11_block *block);

/* Is it one certificate to the last byte, as p11-kit takes it out of a file without PEM? */
bool tmd_p11_is_certificate(const void *der, size_t len);

/*
 * Is it a CA certificate by the looser rules of p11-kit alone? It goes into bundles then, which
 * OpenSSL does not load with it.
 */
bool tmd_p11_is_unloadable(const void *der, size_t len);

/* What its string search sees of a text: nothing from the first NUL on. */
size_t tmd_p11_seen(const char *text, size_t len);

#endif
