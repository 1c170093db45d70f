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

/* A part of a file in p11-kit's own format, or the whole of any other. */
struct tmd_p11_object {
	const char *text; /* into the file */
	size_t len;
	bool trusted;
	bool distrusted;
	struct tmd_bundle scan;	  /* of its PEM blocks; none of the whole of a file */
	struct tmd_cert **banned; /* what it distrusts by naming a certificate, NULL-terminated */
};

/* One file as the loader sees it. Zero-initialise. */
struct tmd_p11_source {
	struct tmd_anchor_file file;
	enum tmd_p11_role role;
	bool is_own_format;
	struct tmd_p11_object *objects;
	size_t count;
	size_t cap;
};

void tmd_p11_source_release(struct tmd_p11_source *source); /* frees and zeroes */

/* A file that is missing or unreadable is no failure: it holds nothing. */
enum tmd_rc tmd_p11_source_load(struct tmd_ctx *ctx, const char *path, enum tmd_p11_role role,
				struct tmd_p11_source *out, struct tmd_error *err) TMD_MUST_CHECK;

/* Certificates and other objects in the file. */
size_t tmd_p11_source_count(const struct tmd_p11_source *source);

/* What one file means for one certificate. */
struct tmd_p11_verdict {
	bool anchors;	/* it holds the certificate and has it trusted */
	bool distrusts; /* it has it distrusted, by certificate, key, or issuer and serial */
	const char *by; /* distrusts: "certificate", "public key" or "issuer and serial number" */
	size_t count;	/* tmd_p11_source_count() */
	bool sound;	/* nothing in it makes the loader drop a part */
};

struct tmd_p11_verdict tmd_p11_judge(const struct tmd_p11_source *source,
				     const struct tmd_cert *cert);

#endif
