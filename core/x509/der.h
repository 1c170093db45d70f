/*
 * A structural check of DER certificates that needs no OpenSSL: starting that up and
 * parsing a bundle with it costs more than everything else a run does.
 */
#ifndef TMD_X509_DER_H
#define TMD_X509_DER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tmd_der_facts {
	const unsigned char *subject; /* the Name with its header, inside the certificate */
	size_t subject_len;
	const unsigned char *issuer; /* the same of the issuer */
	size_t issuer_len;
	int64_t not_after; /* seconds since 1970 UTC */
};

/*
 * True: these bytes are one certificate that d2i_X509() surely accepts and consumes to the
 * last byte. False: not sure, ask OpenSSL; it knows many shapes that are not checked here
 * (BER lengths, rare key types and string types). `facts` may be NULL.
 */
bool tmd_der_certificate(const unsigned char *der, size_t len, struct tmd_der_facts *facts);

/* Seconds since 1970 UTC; false when there is no such moment (February 30th). */
bool tmd_civil_time(int year, int month, int day, const int clock[3], int64_t *seconds);

#endif
