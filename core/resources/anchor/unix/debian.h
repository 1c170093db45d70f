/* The parts of the Debian backend: reading, planning, rebuilding. */
#ifndef TMD_RESOURCES_ANCHOR_DEBIAN_H
#define TMD_RESOURCES_ANCHOR_DEBIAN_H

#include "resources/anchor/unix/stores.h"
#include "resources/anchor/unix/debian_inputs.h"
#include "resources/anchor/unix/hashdir.h"

/* What programs get. */
struct tmd_debian_outcome {
	bool in_bundle;
	bool bundle_loads;
	bool bundle_key; /* the bundle holds a private key */
	bool readable;	 /* by everyone, bundle and entry */
	bool effective;
	struct tmd_hashdir hashed;
	struct tmd_strv reasons; /* why not effective */
};

void tmd_debian_outcome_release(struct tmd_debian_outcome *out); /* frees and zeroes */

/* `thorough` looks at every entry of the hash, not only up to the first that holds it. */
enum tmd_rc tmd_debian_judge(struct tmd_ctx *ctx, const struct tmd_cert *cert, bool thorough,
			     struct tmd_debian_outcome *out, struct tmd_error *err) TMD_MUST_CHECK;

/* Names *.pem in the hashed directory that hold a certificate and belong to no input in use. */
struct tmd_debian_links {
	struct tmd_strv stale;	 /* links */
	struct tmd_strv foreign; /* files of their own */
};

void tmd_debian_links_release(struct tmd_debian_links *links); /* frees and zeroes */
enum tmd_rc tmd_debian_links_find(struct tmd_ctx *ctx, const struct tmd_debian_inputs *inputs,
				  const struct tmd_cert *cert, struct tmd_debian_links *out,
				  struct tmd_error *err) TMD_MUST_CHECK;

/* Where a link in the hashed directory points, absolute; NULL for anything but a link. */
char *tmd_debian_link_target(struct tmd_ctx *ctx, const char *link) TMD_MUST_CHECK;

/* Is it below the local or the vendor's directory? */
bool tmd_debian_is_input_path(const char *path);

/* The operations of struct tmd_anchor_backend. */
enum tmd_rc tmd_debian_read(struct tmd_ctx *ctx, const struct tmd_anchor *anchor,
			    struct tmd_anchor_view *view, struct tmd_error *err);
enum tmd_rc tmd_debian_plan(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_changeset *set,
			    struct tmd_error *err);
enum tmd_rc tmd_debian_rebuild(struct tmd_ctx *ctx, struct tmd_resource *const *resources,
			       size_t count, struct tmd_error *err);

#endif
