/* One file of a trust store: its bytes, and which certificates a reader finds in it. */
#ifndef TMD_RESOURCES_ANCHOR_FILES_H
#define TMD_RESOURCES_ANCHOR_FILES_H

#include "resources/type.h"
#include "x509/bundle.h"
#include "x509/cert.h"
#include "x509/policy.h"

struct tmd_anchor_file {
	char *path;
	uint64_t device; /* by which the same file is known under another name; 0: there is none */
	uint64_t inode;
	struct tmd_buf text;
	struct tmd_bundle scan;
	bool is_der;   /* the bytes are one DER certificate, not PEM */
	bool gone;     /* no such file: a dangling link, or removed earlier in this run */
	char *trouble; /* why it cannot be read, one line; NULL when it can */
};

void tmd_anchor_file_release(struct tmd_anchor_file *file); /* frees and zeroes */

/*
 * Reads a file of the managed tree, planned content included. A file that is missing or
 * unreadable is no failure: `gone` or `trouble` tell, and it holds nothing.
 */
enum tmd_rc tmd_anchor_file_load(struct tmd_ctx *ctx, const char *path, struct tmd_anchor_file *out,
				 struct tmd_error *err) TMD_MUST_CHECK;

/* The two halves of it: the bytes, and what is in them. */
void tmd_anchor_file_read(struct tmd_ctx *ctx, const char *path, struct tmd_anchor_file *out);
enum tmd_rc tmd_anchor_file_scan(struct tmd_ctx *ctx, struct tmd_anchor_file *file,
				 struct tmd_error *err) TMD_MUST_CHECK;

/* Is the certificate in it, in PEM or as DER, alone or among others? */
bool tmd_anchor_file_holds(const struct tmd_anchor_file *file, const struct tmd_cert *cert);

/* The trust settings of the first block that holds the certificate: OpenSSL keeps that one. */
enum tmd_trust tmd_anchor_file_trust(const struct tmd_anchor_file *file,
				     const struct tmd_cert *cert);

/* Is there a CA in the file that issued the certificate? Not if it cannot be read. */
bool tmd_anchor_file_has_issuer(struct tmd_ctx *ctx, const char *path, const struct tmd_cert *cert);

/* Is it the only certificate in it, in PEM that loads? */
bool tmd_anchor_file_is_only(const struct tmd_anchor_file *file, const struct tmd_cert *cert);

/* Number of certificates in it. */
size_t tmd_anchor_file_count(const struct tmd_anchor_file *file);

/*
 * Would a bundle that loads stop loading with these bytes in its middle, or lose a certificate
 * that stands beside them? `cert` serves as a sound neighbour on both sides.
 */
enum tmd_rc tmd_anchor_file_breaks(const struct tmd_anchor_file *file, const struct tmd_cert *cert,
				   bool *breaks, struct tmd_error *err) TMD_MUST_CHECK;

/* Adds the bytes to a bundle the way update-ca-certificates does: a missing newline is added. */
void tmd_anchor_file_compile(const struct tmd_anchor_file *file, struct tmd_buf *bundle);

#endif
