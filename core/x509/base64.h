/* Strict base64, for the plain shape in which bundles are written. */
#ifndef TMD_X509_BASE64_H
#define TMD_X509_BASE64_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Decodes `len` characters, a multiple of four, without white space. Padding is taken at
 * the very end only, and only when `last` says that this is the end; the bits it leaves
 * unused must be zero. `out` takes len / 4 * 3 bytes; *out_len is set on success. False
 * for anything else, which need not mean that OpenSSL would refuse it.
 */
bool tmd_base64_decode(const char *text, size_t len, bool last, unsigned char *out,
		       size_t *out_len);

/* Is it a character of the alphabet (without '=')? */
bool tmd_base64_is(char c);

#endif
