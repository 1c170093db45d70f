/* The certificates that a connection trusts, and whether those that it needs are among them. */
#ifndef TMD_VERDICT_TRUSTED_H
#define TMD_VERDICT_TRUSTED_H

#include "os/user.h"
#include "resources/bundle/inputs.h"
#include "resources/type.h"
#include "x509/bundle.h"

struct tmd_trusted { /* zero-initialise */
	struct tmd_bundle *bundles; /* of files */
	size_t count;
	size_t cap;
	struct tmd_certset stores; /* what they hold that is of no file */
	bool open; /* there may be more that nobody could look at */
};

void tmd_trusted_release(struct tmd_trusted *trusted);

/*
 * The certificates of a file as OpenSSL loads it, which is all or nothing. NULL, or why it does
 * not: one clause, which the caller frees. `reader` runs the program; NULL: anybody may.
 */
char *tmd_trusted_add_file(struct tmd_ctx *ctx, const char *path, const struct tmd_user *reader,
			   struct tmd_trusted *trusted) TMD_MUST_CHECK;

/* Those that OpenSSL finds by their hash in directories: a list as SSL_CERT_DIR has it. */
void tmd_trusted_add_dirs(struct tmd_ctx *ctx, const char *dirs, struct tmd_trusted *trusted);

/*
 * Those of the system's own stores that Python's default context takes besides; in unix/ and win32/.
 * False where nobody could look.
 */
bool tmd_trusted_add_stores(struct tmd_ctx *ctx, struct tmd_trusted *trusted) TMD_MUST_CHECK;

/* All that `stores` has, as the certificates of one more file. */
void tmd_trusted_take_stores(struct tmd_trusted *trusted);

/* The roots that Flow Production Tracking is known to need, as public CA bundles hold them. */
void tmd_trusted_assume_public(struct tmd_trusted *trusted);

/* Those that are required: what a good file would hold. */
void tmd_trusted_assume(const struct tmd_requirements *required, struct tmd_trusted *trusted);

/*
 * Adds to `missing` what is required and not among them with an effect, a clause each: the label,
 * and why one that is there does not serve. `strict`: X509_V_FLAG_X509_STRICT and PARTIAL_CHAIN.
 */
void tmd_trusted_missing(const struct tmd_trusted *trusted, const struct tmd_requirements *required,
			 bool strict, int64_t now, struct tmd_strv *missing);

#endif
