/*
 * What p11-kit's trust store makes of a certificate: the sources as its loader reads them, and
 * the outputs that update-ca-trust extracted.
 */
#ifndef TMD_RESOURCES_ANCHOR_P11_STORE_H
#define TMD_RESOURCES_ANCHOR_P11_STORE_H

#include "resources/anchor/aside.h"
#include "resources/anchor/unix/store_others.h"
#include "resources/anchor/unix/hashdir.h"
#include "resources/anchor/unix/p11_layout.h"
#include "resources/anchor/unix/p11_sources.h"

/* The sources below one directory. */
struct tmd_p11_tree {
	struct tmd_p11_source *files;
	size_t count;
	size_t cap;
	size_t unread; /* files from here on stand in a blocklist directory that nothing reads */
	bool loaded;
};

/*
 * What the run has read of the store. Each part is read when it is first asked for, and kept
 * until the run changes what it was read from.
 */
struct tmd_p11_store {
	struct tmd_ctx *ctx;
	struct tmd_p11_layout layout;
	struct tmd_anchor_file bundle; /* without a path: not loaded */
	struct tmd_p11_tree admin;
	struct tmd_p11_tree vendor;
	struct tmd_hashdir hashed; /* older systems have none, or an empty one */
	struct tmd_anchor_asides asides;
	struct tmd_anchor_others others; /* of layout.places */
	const char *blocklist; /* the directory name that is read; NULL before a tree was */
};

struct tmd_p11_store *tmd_p11_store(struct tmd_ctx *ctx, const struct tmd_anchor *anchor);
void tmd_p11_store_forget(struct tmd_p11_store *store, const char *path); /* NULL: all */
enum tmd_rc tmd_p11_load_bundle(struct tmd_p11_store *store, struct tmd_error *err) TMD_MUST_CHECK;
enum tmd_rc tmd_p11_load_sources(struct tmd_p11_store *store,
				 struct tmd_error *err) TMD_MUST_CHECK; /* both trees */

/* A file that says something about one certificate. */
struct tmd_p11_mention {
	const char *path; /* the store's */
	bool admin;
	struct tmd_p11_verdict verdict;
};

struct tmd_p11_mentions {
	struct tmd_p11_mention *items;
	size_t count;
	size_t cap;
	struct tmd_strv odd;	 /* files that are read against what one may think */
	struct tmd_strv unread;	 /* files in a blocklist directory that nothing reads */
	struct tmd_strv useless; /* files that the loader skips without a word */
	struct tmd_strv unloadable; /* files with which no bundle loads */
	struct tmd_strv misread; /* files that hold it for OpenSSL and not for the loader */
};

void tmd_p11_mentions_release(struct tmd_p11_mentions *mentions); /* frees and zeroes */

/*
 * The vendor's files are large: without `thorough` they are not read where the administrator's
 * explain everything.
 */
enum tmd_rc tmd_p11_mentions_find(struct tmd_p11_store *store, const struct tmd_cert *cert,
				  bool thorough, struct tmd_p11_mentions *out,
				  struct tmd_error *err) TMD_MUST_CHECK;

/* What the store makes of a certificate, as struct tmd_anchor_backend's read(). */
enum tmd_rc tmd_p11_view(struct tmd_p11_store *store, const struct tmd_anchor *anchor,
			 struct tmd_anchor_view *view, struct tmd_error *err) TMD_MUST_CHECK;

/*
 * Lays on `text`, a bundle, what else an update-ca-trust changes that is certain: what the
 * administrator's sources have trusted by now comes, what no source has trusted any more goes. Both
 * are told in `warnings`, but for what anchors of this run are about.
 */
enum tmd_rc tmd_p11_follow_sources(struct tmd_p11_store *store, struct tmd_buf *text,
				   struct tmd_strv *warnings, struct tmd_error *err) TMD_MUST_CHECK;

/* Why p11-kit leaves a certificate out of bundles for TLS, silently; NULL when it does not. */
const char *tmd_p11_dropped_because(const struct tmd_cert *cert);

/* The verb list. */
enum tmd_rc tmd_p11_list(struct tmd_ctx *ctx, const struct tmd_anchor *anchor,
			 struct tmd_anchor_listing *listing, struct tmd_error *err);

#endif
