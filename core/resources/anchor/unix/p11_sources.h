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

/* What one file means for one certificate. */
struct tmd_p11_verdict {
	bool anchors;	/* it holds the certificate and has it trusted */
	bool distrusts; /* it has it distrusted, by certificate, key, or issuer and serial */
	const char *by; /* distrusts: "certificate", "public key" or "issuer and serial number" */
	size_t count;	/* certificates and other objects in the file */
	bool sound;	/* nothing in it makes the loader drop a part */
};

enum tmd_rc tmd_p11_judge(const struct tmd_anchor_file *file, enum tmd_p11_role role,
			  const struct tmd_cert *cert, struct tmd_p11_verdict *out,
			  struct tmd_error *err) TMD_MUST_CHECK;

#endif
