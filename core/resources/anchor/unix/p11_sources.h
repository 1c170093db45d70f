/*
 * The source files of a p11-kit trust store, judged by the rules of its loader: what a
 * file means follows from the directory it is in and, for files in p11-kit's own format,
 * from what each object says.
 */
#ifndef TMD_RESOURCES_ANCHOR_P11_SOURCES_H
#define TMD_RESOURCES_ANCHOR_P11_SOURCES_H

#include "resources/anchor/files.h"
#include "x509/cert.h"

enum tmd_p11_role {
	TMD_P11_ANCHORS, /* anchors/: whatever is in it is trusted */
	TMD_P11_NEUTRAL, /* the source directory itself: known, and trusted where it says so */
	TMD_P11_BLOCK,	 /* blocklist/: whatever is in it is distrusted */
};

/* What an object says of itself, wherever it stands. */
struct tmd_p11_claim {
	bool trusted;
	bool distrusted;
	bool not_servers; /* it is trusted for other purposes only */
};

/* A block of a PEM file, the whole of a DER file, or an object in p11-kit's own format. */
struct tmd_p11_object {
	const char *text; /* of an object, into the file; else NULL */
	size_t len;
	struct tmd_p11_claim says;
	bool has_key;	    /* a block with a public key */
	bool has_type;	    /* a block with a certificate, which says that it is X.509 */
	unsigned fits;	    /* enum tmd_p11_fits: what its attributes allow it to be */
	bool taken;	    /* the loader drops what it does not know, and what follows */
	bool unloadable;    /* it holds one that OpenSSL cannot parse, and p11-kit can */
	struct tmd_buf der; /* the certificate that it holds; empty: it only names one, or a key */
	struct tmd_cert *banned; /* the same where it is distrusted; or NULL */
};

/* One file as the loader sees it. Zero-initialise. */
struct tmd_p11_source {
	struct tmd_anchor_file file; /* its scan is what OpenSSL finds in the bytes */
	enum tmd_p11_role role;
	struct tmd_p11_object *objects;
	size_t count;
	size_t cap;
	bool unloadable; /* p11-kit trusts a certificate of it that OpenSSL cannot parse */
};

void tmd_p11_source_release(struct tmd_p11_source *source); /* frees and zeroes */

/* A file that is missing or unreadable is no failure: it holds nothing. */
enum tmd_rc tmd_p11_source_load(struct tmd_ctx *ctx, const char *path, enum tmd_p11_role role,
				struct tmd_p11_source *out, struct tmd_error *err) TMD_MUST_CHECK;

/* What one file means for one certificate. */
struct tmd_p11_verdict {
	bool anchors;	/* it holds the certificate and has it trusted */
	bool narrows;	/* it has it trusted, and not for TLS servers, whatever other files say */
	bool misread;	/* OpenSSL finds the certificate in it, and p11-kit does not */
	const char *by; /* it has it distrusted, by its "certificate", "public key" or "issuer and
			   serial number"; else NULL */
	size_t count;	/* certificates and other objects in it, whoever can read them */
	bool has_key;	/* a private key is in it */
};

struct tmd_p11_verdict tmd_p11_judge(const struct tmd_p11_source *source,
				     const struct tmd_cert *cert);

/* The last value of "name: value" in an object, "" when it is longer; false when it has none. */
bool tmd_p11_find_attribute(const struct tmd_p11_object *object, const char *name, char *out,
			    size_t size);
unsigned tmd_p11_hex_digit(char c); /* of one that tmd_is_hex() */

/* Does what it stands for count as trusted, as distrusted, in a file with this role? */
bool tmd_p11_is_trusted(enum tmd_p11_role role, const struct tmd_p11_object *object);
bool tmd_p11_is_distrusted(enum tmd_p11_role role, const struct tmd_p11_object *object);

#endif
