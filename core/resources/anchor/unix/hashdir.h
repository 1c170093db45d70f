/*
 * A hashed directory (OpenSSL's CApath): files HASH.0, HASH.1, … where HASH is that of
 * the subject. A reader counts up from 0 and stops at the first name that is not there.
 */
#ifndef TMD_RESOURCES_ANCHOR_HASHDIR_H
#define TMD_RESOURCES_ANCHOR_HASHDIR_H

#include <stdint.h>

#include "resources/anchor/certs.h"
#include "resources/type.h"
#include "x509/cert.h"

struct tmd_hashdir {
	char *entry;		  /* the first one that holds exactly this certificate, or NULL */
	struct tmd_strv holders;  /* every one that does, those behind a gap included */
	struct tmd_strv dangling; /* links with this hash to nothing */
	char *beyond; /* the first one behind a missing number, which hides it; or NULL */
};

void tmd_hashdir_release(struct tmd_hashdir *found); /* frees and zeroes */

/*
 * Looks for one certificate. The directory is read as it is on disk. `thorough` false
 * stops at the first entry that holds it. Fails: permission, io.
 */
enum tmd_rc tmd_hashdir_find(struct tmd_ctx *ctx, const char *dir, const struct tmd_cert *cert,
			     bool thorough, struct tmd_hashdir *out,
			     struct tmd_error *err) TMD_MUST_CHECK;

/*
 * Is it the name of an entry, "0123abcd.0", as a reader asks for it? Names of CRLs
 * ("0123abcd.r0") are none, nor is what other programs left there.
 */
bool tmd_hashdir_parse_name(const char *name, uint32_t *hash, uint32_t *number) TMD_MUST_CHECK;

/* Adds the certificates of all entries. None where there is no such directory. */
enum tmd_rc tmd_hashdir_collect(struct tmd_ctx *ctx, const char *dir,
				struct tmd_anchor_certs *certs,
				struct tmd_error *err) TMD_MUST_CHECK;

#endif
