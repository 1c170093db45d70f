/* Asking X509_verify_cert() itself about a certificate in a store of its own. */
#ifndef TMD_X509_PROBE_H
#define TMD_X509_PROBE_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/x509.h>

#define TMD_PROBE_MAX 16 /* different errors of one certificate; there are fewer */

/* What it finds fault with: X509_V_ERR_* in its order, each once. */
struct tmd_probe {
	int errors[TMD_PROBE_MAX];
	size_t count;
};

/*
 * Verifies a made-up server's certificate that `ca` could have issued, whose signature is void, with
 * `ca` alone in the store. Only what is said about `ca` is kept. `flags` are X509_V_FLAG_*; `level`
 * is the security level, 0 for none. A time that is over or has not come counts as no error.
 */
void tmd_probe_issuer(X509 *ca, unsigned long flags, int level, struct tmd_probe *out);

/* Verifies a server's certificate that is in the store itself. */
void tmd_probe_server(X509 *server, unsigned long flags, struct tmd_probe *out);

bool tmd_probe_has(const struct tmd_probe *probe, int error);

#endif
