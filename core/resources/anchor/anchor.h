/*
 * What the parts of the anchor type share: one loaded anchor, what a machine makes of it,
 * and the table through which a trust store is read and changed. The words are those of
 * X.509 and of the stores: an input file is one that a person or package drops, an output
 * is what a rebuild compiles from all of them.
 */
#ifndef TMD_RESOURCES_ANCHOR_H
#define TMD_RESOURCES_ANCHOR_H

#include "resources/type.h"
#include "x509/cert.h"
#include "x509/policy.h"

enum tmd_anchor_wish {
	TMD_ANCHOR_PRESENT,
	TMD_ANCHOR_ABSENT,
	TMD_ANCHOR_DISTRUSTED,
};

/* What a store makes of one certificate. Zero-initialised it is "nowhere". */
struct tmd_anchor_view {
	bool held;		       /* an input that is in use or an output holds it */
	bool anchored;		       /* an input that is in use holds it */
	bool effective;		       /* a program started now trusts it, as far as the store goes */
	enum tmd_trust trust;	       /* the trust settings with which the store holds it */
	bool limited;  /* only some programs trust it, which is told: no more can be had here */
	unsigned ours; /* the platform's own: distrusting it takes it out of these stores */
	struct tmd_strv where;	       /* paths that hold it, inputs first */
	struct tmd_strv leftovers;     /* links that its removal left dangling or hidden */
	struct tmd_strv distrusted_by; /* blocklist files that match and are obeyed */
	struct tmd_strv reasons;       /* why not effective, or what is odd */
	struct tmd_strv warnings;
};

void tmd_anchor_view_release(struct tmd_anchor_view *view);

struct tmd_anchor_backend;
struct tmd_anchor_given; /* given.h */

/* The private part of an anchor resource, from normalize() on; the view from its last read() on. */
struct tmd_anchor {
	struct tmd_cert *cert;
	struct tmd_anchor_given *given; /* what is known of it; NULL: nothing, as of one listed */
	enum tmd_anchor_wish wish;
	const struct tmd_anchor_backend *backend;
	int family; /* the platform's own: which of its families of stores, or of its stores */
	const char *store; /* its one name, a constant, where a system has several; else NULL */
	bool bans;	   /* a list of what is not trusted: nothing in this store is effective */
	char *bundle;	   /* PATH of store=bundle:PATH, else NULL */
	char *real;	   /* the file that PATH leads to now */
	char own[27];	   /* base name of files that are ours: "trustmend-0123456789abcdef" */
	struct tmd_anchor_view view;
};

/* What the verb list has found so far. */
struct tmd_anchor_listing {
	struct tmd_ctx *ctx;
	const struct tmd_anchor *store; /* what every item has in common */
	struct tmd_anchor *items;
	size_t count;
	size_t cap;
};

/* One trust store. Every pointer but those that say so is set. */
struct tmd_anchor_backend {
	const char *name;

	/*
	 * The run is about this certificate, too: for each of its anchors, before any is read. NULL:
	 * what one of them brings about does not reach another.
	 */
	void (*announce)(struct tmd_ctx *ctx, const struct tmd_anchor *anchor);

	/* Fills the (empty) view. A certificate that is nowhere is no failure. */
	enum tmd_rc (*read)(struct tmd_ctx *ctx, const struct tmd_anchor *anchor,
			    struct tmd_anchor_view *view, struct tmd_error *err);

	/*
	 * Describes what brings the store to anchor->wish, after the reading in anchor->view.
	 * May add to r->warnings. Refuses what the store cannot or should not do.
	 */
	enum tmd_rc (*plan)(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_changeset *set,
			    struct tmd_error *err);

	/* Once after the changes of all its resources; NULL where files alone are enough. */
	enum tmd_rc (*commit)(struct tmd_ctx *ctx, struct tmd_resource *const *resources,
			      size_t count, struct tmd_error *err);

	/* Would commit() have to wait? NULL: never. */
	bool (*busy)(struct tmd_ctx *ctx);

	/*
	 * Does the store hold a certificate that issued anchor->cert, an intermediate? If not, that
	 * is told. NULL: the backend tells of it itself.
	 */
	bool (*has_issuer)(struct tmd_ctx *ctx, const struct tmd_anchor *anchor);

	/*
	 * Hands every certificate that the store holds, or that a blocklist of its own names, to
	 * tmd_anchor_listing_add(), each once, what belongs together read once. `store` says
	 * which store, and has no cert. NULL: it cannot be listed.
	 */
	enum tmd_rc (*list)(struct tmd_ctx *ctx, const struct tmd_anchor *store,
			    struct tmd_anchor_listing *listing, struct tmd_error *err);
};

void tmd_anchor_listing_drop(struct tmd_anchor *item); /* its memory, once it was reported */
void tmd_anchor_listing_release(struct tmd_anchor_listing *listing);
void tmd_anchor_listing_sort(struct tmd_anchor_listing *listing); /* by subject */

/* Names the roots that travel with the program and are not in the list. */
void tmd_anchor_listing_remark(const struct tmd_anchor_listing *listing, struct tmd_strv *remarks);

/*
 * Takes both over; the view is what a store's read() would make of it, and is empty afterwards.
 * OpenSSL's verdict is added.
 */
void tmd_anchor_listing_add(struct tmd_anchor_listing *listing, struct tmd_cert *cert,
			    struct tmd_anchor_view *view);

extern const struct tmd_anchor_backend tmd_anchor_bundle; /* works everywhere */

/* ---- what differs between operating systems; CMake links one implementation ---- */

/* For tmd_type.backends, and the words for `store` as the error about another one names them. */
extern const char *const tmd_anchor_backend_names[];
/* Can the system's own store hold certificates that OpenSSL does not read? */
extern const bool tmd_anchor_holds_opaque;
extern const char tmd_anchor_store_hint[]; /* "write store=system or store=bundle:PATH" */

/*
 * Sets `backend` and `family`, and `store` and `bans` where they mean something, for a store that
 * is no bundle:PATH; may look at `wish`. Fails: unsupported (a store of another system, with what
 * to write here instead; a system whose store is not known; an offline root where the store is no
 * file), invalid_input (no store at all), io, permission.
 */
enum tmd_rc tmd_anchor_choose_store(struct tmd_ctx *ctx, const char *store,
				    struct tmd_anchor *anchor,
				    struct tmd_error *err) TMD_MUST_CHECK;

/*
 * May the file be changed as store=bundle:PATH? Fails with refused for the one that store=system
 * is compiled into: the next rebuild would undo any change.
 */
enum tmd_rc tmd_anchor_check_bundle(struct tmd_ctx *ctx, const char *path,
				    struct tmd_error *err) TMD_MUST_CHECK;

/* Is it a path at which systems of this kind keep what they compile themselves? */
bool tmd_anchor_is_compiled(const char *path);

/* The backends whose commit() is asked, in this order; ends with NULL. */
extern const struct tmd_anchor_backend *const tmd_anchor_committing[];

/*
 * What this machine itself trusts, as PEM, what earlier resources of this run plan included:
 * the compiled bundle, or what its certificate stores hold. `*path` names it for messages and
 * is valid as long as the process. What had to be left out is named in `warnings`. Fails:
 * unsupported, not_found, permission, io.
 */
enum tmd_rc tmd_anchor_system_pem(struct tmd_ctx *ctx, struct tmd_buf *out, const char **path,
				  struct tmd_strv *warnings, struct tmd_error *err) TMD_MUST_CHECK;

/* After the backend's read(): completes the view with whether OpenSSL verifies with it, and when. */
void tmd_anchor_judge(struct tmd_ctx *ctx, struct tmd_anchor *anchor);

/* The type's commit() and busy(). */
enum tmd_rc tmd_anchor_commit(struct tmd_ctx *ctx, struct tmd_resource *const *resources,
			      size_t count, struct tmd_error *err) TMD_MUST_CHECK;
bool tmd_anchor_busy(struct tmd_ctx *ctx, struct tmd_resource *const *resources, size_t count);

/*
 * For a backend's plan(): fails with refused where the certificate is to be present, and OpenSSL
 * would verify nothing with it whatever a store does; the message says why.
 */
enum tmd_rc tmd_anchor_check_verification(const struct tmd_anchor *anchor,
					  struct tmd_error *err) TMD_MUST_CHECK;

/*
 * Why two wishes for one certificate in two different stores, none of them a bundle, cannot both
 * hold, as one clause; NULL: they can.
 */
const char *tmd_anchor_contradiction(const struct tmd_anchor *a, const struct tmd_anchor *b);

/* The private part; NULL before normalize(). */
struct tmd_anchor *tmd_anchor_of(const struct tmd_resource *r);

#endif
