/* One X.509 certificate: its DER, its names and what a trust store makes of it. */
#ifndef TMD_X509_CERT_H
#define TMD_X509_CERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

#define TMD_CERT_MAX 65536 /* bytes of DER; public roots are below 3,000 */

/* By its own word; whether it can be used is for policy.h to say. */
enum tmd_cert_ca {
	TMD_CA_YES,	       /* basicConstraints CA:TRUE */
	TMD_CA_NO,	       /* basicConstraints CA:FALSE */
	TMD_CA_V1,	       /* X.509 v1, self-signed: the old way to be a root */
	TMD_CA_NO_CONSTRAINTS, /* any other without basicConstraints */
	TMD_CA_UNREADABLE,     /* basicConstraints that cannot be read, or is in it twice */
};

/* What trust settings a store's block brings along (TRUSTED CERTIFICATE), for TLS servers. */
enum tmd_trust {
	TMD_TRUST_UNSET,   /* none, or a plain block */
	TMD_TRUST_SERVERS, /* trusted for them explicitly */
	TMD_TRUST_NONE,	   /* rejected for them, or trusted for other purposes only */
};

/* Parsed facts. Owned by the caller through tmd_cert_free(); all strings UTF-8. */
/* What the extended key usage says of servers. All but the first exclude them for OpenSSL. */
enum tmd_cert_purpose {
	TMD_PURPOSE_SERVERS, /* there is none, or it names serverAuth */
	TMD_PURPOSE_ANY,     /* anyExtendedKeyUsage, and not serverAuth */
	TMD_PURPOSE_OTHERS,
	TMD_PURPOSE_UNREADABLE,
};

struct tmd_cert {
	unsigned char *der;
	size_t der_len;
	char sha256[65]; /* upper-case hex of the DER */
	char sha1[41];
	char spki_sha256[65]; /* of the SubjectPublicKeyInfo */
	char *subject;	      /* RFC 2253, UTF-8 */
	char *issuer;
	char *serial;	    /* upper-case hex without sign, "00" for 0 */
	int64_t not_before; /* seconds since 1970 UTC; INT64_MIN: unreadable, as policy.h says */
	int64_t not_after;
	char not_after_text[24]; /* "2037-12-31T23:59:59Z" */
	uint32_t subject_hash;	 /* OpenSSL's, the hash in hash.N (print with %08x) */
	enum tmd_cert_ca ca;
	bool self_issued;
	enum tmd_cert_purpose purpose;
	bool ku_excludes_signing;      /* a key usage without keyCertSign */
	bool opaque; /* OpenSSL cannot read it: der, digests and perhaps subject are all there is */
	struct x509_st *x509;	       /* OpenSSL's, for the files of this layer */
	size_t shared; /* tmd_cert_free() that leave it alone */
};

/*
 * Parses one DER certificate; bytes behind it are an error. Fails with refused and a
 * reason ("not a certificate: …").
 */
enum tmd_rc tmd_cert_parse(const void *der, size_t len, struct tmd_cert **out,
			   struct tmd_error *err) TMD_MUST_CHECK;

/*
 * What a hashed directory finds a certificate by, of one that was accepted before: only der and
 * subject_hash mean anything. Much cheaper than parsing it. NULL: its subject cannot be read.
 */
struct tmd_cert *tmd_cert_outline(const void *der, size_t len) TMD_MUST_CHECK;

/*
 * Does OpenSSL read these bytes, all of them, as one certificate? Python's default context on
 * Windows fails with one that it does not, or leaves it out with a warning.
 */
bool tmd_cert_loads(const void *der, size_t len);

/*
 * What can be told of a certificate that tmd_cert_parse() refuses: the caller frees it. Only der,
 * sha256, sha1 and subject (or words in its place) mean anything; never NULL.
 */
struct tmd_cert *tmd_cert_opaque(const void *der, size_t len) TMD_MUST_CHECK;

#define TMD_OPAQUE_MAX ((size_t)1 << 20) /* bytes */

/*
 * The same from what a user gives, DER or one PEM block, when it has the outline of a certificate;
 * else false. For removing what no reader takes.
 */
bool tmd_cert_load_opaque(const char *data, size_t len, struct tmd_cert **out) TMD_MUST_CHECK;

void tmd_cert_free(struct tmd_cert *cert); /* NULL is fine */
struct tmd_cert *tmd_cert_share(struct tmd_cert *cert); /* itself; freed by each of its owners */

/* Frees what is large of it, OpenSSL's own: the facts stay, and policy.h cannot judge it any more. */
void tmd_cert_settle(struct tmd_cert *cert);
void tmd_cert_free_ptr(struct tmd_cert **cert);

/* Appends "-----BEGIN CERTIFICATE-----" … with 64-column lines and a final newline. */
void tmd_cert_add_pem(struct tmd_buf *out, const void *der, size_t len);

/*
 * The subject alone, as in struct tmd_cert, of a certificate that was accepted before;
 * much cheaper than parsing it. "?" when it cannot be read. Never NULL; the caller frees.
 */
char *tmd_cert_subject(const void *der, size_t len) TMD_MUST_CHECK;

/* "2037-12-31T23:59:59Z"; "?" for a moment outside of the years 1 to 9999. */
void tmd_cert_time_text(int64_t seconds, char out[24]);

/* Upper-case hex SHA-256 of any bytes. */
void tmd_sha256_hex(const void *data, size_t len, char out[65]);

/*
 * What a user gives as a certificate: PEM text or DER, exactly one certificate. CRLF, a
 * BOM, text around the block and a missing final newline are fine. Refused, each with its
 * own message and hint: several certificates (their subjects are listed), a private key,
 * HTML, UTF-16, PKCS#7, a CSR or CRL, an empty input, a damaged block. `name` is the path
 * for messages, or NULL.
 */
enum tmd_rc tmd_cert_load_input(const char *data, size_t len, const char *name,
				struct tmd_cert **out, struct tmd_error *err) TMD_MUST_CHECK;

/*
 * The root certificates that ship with trustmend, by name ("amazon-root-ca-1"). Fails
 * with invalid_input and the list of names.
 */
enum tmd_rc tmd_cert_builtin(const char *name, struct tmd_cert **out,
			     struct tmd_error *err) TMD_MUST_CHECK;

/* The same, only its DER and without OpenSSL: `out` is replaced. */
enum tmd_rc tmd_cert_builtin_der(const char *name, struct tmd_buf *out,
				 struct tmd_error *err) TMD_MUST_CHECK;

struct tmd_builtin {
	const char *name;
	const unsigned char *der;
	size_t der_len;
};
extern const struct tmd_builtin tmd_builtins[]; /* ends with a NULL name */

#endif
