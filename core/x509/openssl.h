/* What the files here share where they use OpenSSL. */
#ifndef TMD_X509_OPENSSL_H
#define TMD_X509_OPENSSL_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/x509.h>

#include "base/error.h"

/*
 * Before the first use of anything of OpenSSL's that sets itself up: leaves out what costs
 * a millisecond and serves nothing here. Among it is openssl.cnf, which can make a program
 * load code, and has no business in one that root runs.
 */
void tmd_openssl_init(void);

/* The part of it that makes reading a key cheap (decoders.c). */
void tmd_openssl_few_decoders(void);

/* The library context that has every decoder, for what the usual one does not read. */
OSSL_LIB_CTX *tmd_openssl_complete(void);

/*
 * d2i_X509(), whose certificate has its key read wherever OpenSSL can. NULL when it is none; the
 * queue of errors is left as it is then. Where no key is asked for, d2i_X509() itself will do.
 */
X509 *tmd_openssl_certificate(const unsigned char **der, long len) TMD_MUST_CHECK;

/* The text of the last error, without any data in it; clears the queue. Never NULL. */
const char *tmd_openssl_reason(void);

/* "CN=…,O=…" as RFC 2253 orders and escapes it, UTF-8 as it is. Caller frees; never NULL. */
char *tmd_openssl_name(const X509_NAME *name) TMD_MUST_CHECK;

/* False when it is not a moment in time. */
bool tmd_openssl_time(const ASN1_TIME *time, int64_t *seconds);

#endif
