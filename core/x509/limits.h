/* What a CA's certificate itself limits it to. */
#ifndef TMD_X509_LIMITS_H
#define TMD_X509_LIMITS_H

#include <stdbool.h>

#include <openssl/x509.h>

#include "base/strv.h"

/*
 * Adds a clause for each limit that OpenSSL keeps a CA to in every verification, critical or not:
 * the names of its nameConstraints, and for a root a path length of 0. What is usual among
 * intermediates, such as a path length, is told of roots alone.
 */
void tmd_limits_tell(X509 *ca, bool root, struct tmd_strv *out);

#endif
