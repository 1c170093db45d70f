/* The parts of the Debian backend: reading, listing, planning, rebuilding. */
#ifndef TMD_RESOURCES_ANCHOR_DEBIAN_H
#define TMD_RESOURCES_ANCHOR_DEBIAN_H

#include "resources/anchor/aside.h"
#include "resources/anchor/unix/store_others.h"
#include "resources/anchor/unix/stores.h"
#include "resources/anchor/unix/debian_inputs.h"
#include "resources/anchor/unix/hashdir.h"

#define TMD_DEBIAN_KEYSTORE TMD_DEBIAN_HASHED "/java/cacerts" /* of package ca-certificates-java */

enum tmd_debian_looked { /* once in a run */
	TMD_DEBIAN_NOT_LOOKED,
	TMD_DEBIAN_THERE_IS_NONE,
	TMD_DEBIAN_THERE_IS,
};

/*
 * What the run has read of the store. Each part is read when it is first asked for, and kept
 * until the run changes what it was read from.
 */
struct tmd_debian_store {
	struct tmd_ctx *ctx;
	unsigned loaded; /* enum part, in debian_store.c */
	struct tmd_anchor_file bundle;
	char *bundle_private; /* why not everyone can read the bundle; NULL: everyone can */
	struct tmd_debian_inputs inputs;
	struct tmd_hashdir hashed;
	struct tmd_buf conf; /* the list, for answers that need no inputs; "" when unreadable */
	bool conf_raw;	     /* as struct tmd_debian_inputs has it, where it makes a difference */
	enum tmd_debian_looked leftover; /* the temporary bundle of a run that was killed */
	enum tmd_debian_looked keystore;
	struct tmd_anchor_others others; /* of its directories, bundle and list */
	struct tmd_anchor_asides asides;
};

struct tmd_debian_store *tmd_debian_store(struct tmd_ctx *ctx); /* the run's */
void tmd_debian_store_forget(struct tmd_debian_store *store, const char *path); /* NULL: all */
enum tmd_rc tmd_debian_load_bundle(struct tmd_debian_store *store,
				   struct tmd_error *err) TMD_MUST_CHECK;
enum tmd_rc tmd_debian_load_reach(struct tmd_debian_store *store, /* bundle_private */
				  struct tmd_error *err) TMD_MUST_CHECK;
enum tmd_rc tmd_debian_load_inputs(struct tmd_debian_store *store,
				   struct tmd_error *err) TMD_MUST_CHECK;
const struct tmd_buf *tmd_debian_conf(struct tmd_debian_store *store);
bool tmd_debian_new_is_left(struct tmd_debian_store *store);
bool tmd_debian_has_keystore(struct tmd_debian_store *store);

/* What programs get. */
struct tmd_debian_outcome {
	bool in_bundle;
	bool readable;	 /* by everyone, bundle and entry */
	bool effective;
	enum tmd_trust trust; /* of its block in the bundle */
	struct tmd_hash_chain hashed;
	struct tmd_strv reasons; /* why not effective */
};

void tmd_debian_outcome_release(struct tmd_debian_outcome *out); /* frees and zeroes */

/* `thorough` looks at every entry of the hash, not only up to the first that holds it. */
enum tmd_rc tmd_debian_judge(struct tmd_debian_store *store, const struct tmd_cert *cert,
			     bool thorough, struct tmd_debian_outcome *out,
			     struct tmd_error *err) TMD_MUST_CHECK;

/* The links of the store that hold a certificate. */
struct tmd_debian_links {
	struct tmd_strv stale;	 /* links */
	struct tmd_strv foreign; /* files of their own */
};

void tmd_debian_links_release(struct tmd_debian_links *links); /* frees and zeroes */
enum tmd_rc tmd_debian_links_find(struct tmd_debian_store *store, const struct tmd_cert *cert,
				  struct tmd_debian_links *out,
				  struct tmd_error *err) TMD_MUST_CHECK;

/*
 * Adds the certificates of names in the hashed directory that a hash can lead to and that belong
 * to no input in use.
 */
enum tmd_rc tmd_debian_links_collect(struct tmd_debian_store *store,
				     struct tmd_anchor_certs *certs,
				     struct tmd_error *err) TMD_MUST_CHECK;

/* Where a link in the hashed directory points, absolute; NULL for anything but a link. */
const char *tmd_debian_link_target(struct tmd_debian_store *store, const char *link);

/* Is it below the local or the vendor's directory? */
bool tmd_debian_is_input_path(const char *path);

/* What the store makes of a certificate, as struct tmd_anchor_backend's read(). */
enum tmd_rc tmd_debian_view(struct tmd_debian_store *store, const struct tmd_anchor *anchor,
			    struct tmd_anchor_view *view, struct tmd_error *err) TMD_MUST_CHECK;

/* The operations of struct tmd_anchor_backend. */
enum tmd_rc tmd_debian_read(struct tmd_ctx *ctx, const struct tmd_anchor *anchor,
			    struct tmd_anchor_view *view, struct tmd_error *err);
enum tmd_rc tmd_debian_list(struct tmd_ctx *ctx, const struct tmd_anchor *anchor,
			    struct tmd_anchor_listing *listing, struct tmd_error *err);
enum tmd_rc tmd_debian_plan(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_changeset *set,
			    struct tmd_error *err);
enum tmd_rc tmd_debian_rebuild(struct tmd_ctx *ctx, struct tmd_resource *const *resources,
			       size_t count, struct tmd_error *err);
bool tmd_debian_is_busy(struct tmd_ctx *ctx);

#endif
