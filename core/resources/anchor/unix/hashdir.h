/*
 * A hashed directory (OpenSSL's CApath): files HASH.0, HASH.1, … where HASH is that of
 * the subject. A reader counts up from 0 and stops at the first name that is not there. OpenSSL's
 * stops as well at a link to nothing and at a file that does not load (crypto/x509/by_dir.c of
 * 3.0.19; that of 3.0.22 passes over both): what stands behind one of them is not reached.
 */
#ifndef TMD_RESOURCES_ANCHOR_HASHDIR_H
#define TMD_RESOURCES_ANCHOR_HASHDIR_H

#include <stdint.h>

#include "resources/anchor/certs.h"
#include "resources/type.h"
#include "x509/cert.h"

enum tmd_hashed_kind {
	TMD_HASHED_UNKNOWN, /* not looked at yet, or not since it changed */
	TMD_HASHED_LINK,
	TMD_HASHED_OTHER, /* no link */
	TMD_HASHED_GONE,  /* removed since the directory was listed */
};

struct tmd_hashed_name {
	char *path; /* first: with the directory */
	enum tmd_hashed_kind kind;
	char *target; /* of a link, absolute */
	struct tmd_anchor_file *file; /* what it leads to, once it was loaded */
};

struct tmd_hashed_names {
	struct tmd_hashed_name *items; /* sorted */
	size_t count;
	size_t cap;
};

/*
 * The directory, of which names, links and files are looked up once each, as they are on disk.
 * Zero-initialise, then set `dir`, and `known` where it is of use: the file with that path, if
 * it was loaded already; else NULL.
 */
struct tmd_hashdir {
	const char *dir;
	const struct tmd_anchor_file *(*known)(void *arg, const char *path);
	void *known_arg;
	struct tmd_hashed_names names;	   /* in it */
	struct tmd_hashed_names elsewhere; /* names that its links lead to */
	bool listed;
	enum { TMD_HASHDIR_UNJUDGED, TMD_HASHDIR_SAFE, TMD_HASHDIR_OF_OTHERS } owner;
};

void tmd_hashdir_release(struct tmd_hashdir *hashed); /* what was looked up; `dir` stays */

/* A name in it was changed, made or removed; `path` NULL: files that names lead to were. */
void tmd_hashdir_forget(struct tmd_hashdir *hashed, const char *path);

/* Lists it, if that was not done: `names` are all then, and none without such a directory. */
enum tmd_rc tmd_hashdir_load(struct tmd_ctx *ctx, struct tmd_hashdir *hashed,
			     struct tmd_error *err) TMD_MUST_CHECK;

bool tmd_hashdir_is_empty(const struct tmd_hashdir *hashed); /* of one that was listed */

/* Where a link points, in it or elsewhere, absolute; NULL for anything but a link. */
const char *tmd_hashdir_target(struct tmd_ctx *ctx, struct tmd_hashdir *hashed, const char *path);

/* What one of `names` leads to. A file that is missing or unreadable is no failure. */
enum tmd_rc tmd_hashdir_file(struct tmd_ctx *ctx, struct tmd_hashdir *hashed, const char *path,
			     const struct tmd_anchor_file **file,
			     struct tmd_error *err) TMD_MUST_CHECK;

/* The names of one certificate's hash. */
struct tmd_hash_chain {
	char *entry; /* the first one that holds this certificate and is reached, or NULL */
	enum tmd_trust trust;	  /* by the settings of the first holder's block */
	struct tmd_strv holders;  /* every one that holds it, reached or not */
	struct tmd_strv dangling; /* links with this hash to nothing */
	struct tmd_strv unloadable; /* what is there and gives a reader no certificate */
	char *vacant; /* where an entry that holds it would come: the first that gives none */
	char *beyond; /* the first one behind a missing number, which hides it; or NULL */
};

void tmd_hash_chain_release(struct tmd_hash_chain *chain); /* frees and zeroes */

/*
 * Looks for one certificate. `thorough` false stops at the first entry that holds it. Fails:
 * permission, io.
 */
enum tmd_rc tmd_hashdir_find(struct tmd_ctx *ctx, struct tmd_hashdir *hashed,
			     const struct tmd_cert *cert, bool thorough,
			     struct tmd_hash_chain *out, struct tmd_error *err) TMD_MUST_CHECK;

/*
 * Is it the name of an entry, "0123abcd.0", as a reader asks for it? Names of CRLs
 * ("0123abcd.r0") are none, nor is what other programs left there.
 */
bool tmd_hashdir_parse_name(const char *name, uint32_t *hash, uint32_t *number) TMD_MUST_CHECK;

/* Adds the certificates of all entries. */
enum tmd_rc tmd_hashdir_collect(struct tmd_ctx *ctx, struct tmd_hashdir *hashed,
				struct tmd_anchor_certs *certs,
				struct tmd_error *err) TMD_MUST_CHECK;

#endif
