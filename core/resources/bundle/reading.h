/* What the two halves of the type share: its fields, and what one reading found. */
#ifndef TMD_RESOURCES_BUNDLE_READING_H
#define TMD_RESOURCES_BUNDLE_READING_H

#include "base/str.h"
#include "resources/bundle/certset.h"
#include "resources/type.h"

enum tmd_bundle_field {
	F_PATH,
	F_STATE,
	F_SOURCES,
	F_EXTRA,
	F_REQUIRES,
	F_MODE,
	F_OWNER,
	F_GROUP,
	F_BACKUP,
	F_UNDER,
	F_CERTIFICATES,
	F_COUNT,
	F_SHA256,
	F_EXPIRED,
	F_MISSING,
	F_PROBLEMS,
	FIELD_COUNT,
};

/* What one reading found and what it should become; renewed by every read(). */
struct tmd_reading {
	bool exists;
	struct tmd_buf text;
	struct tmd_bundle bundle;
	struct tmd_buf mended;	  /* its text without what is wrong with it, certificates kept */
	struct tmd_strv dropped;  /* what mending leaves out, "line 12: …" */
	const struct tmd_buf *kept; /* what the file becomes: `text` or `mended`; NULL: made anew */
	struct tmd_strv lasting;  /* problems that stay: no certificate is lost by them */
	struct tmd_strv lasting_losses; /* those among them that a person should look at */
	struct tmd_certset now;
	struct tmd_certset wanted;
	struct tmd_strv parts;	  /* what `wanted` comes from, a phrase each */
	char *obstacle;		  /* the directory that keeps others from it, or NULL */
	bool obstacle_is_fine;
	struct tmd_error refusal; /* why `wanted` cannot be had; kind none: it can */
	bool warned;		  /* the last of the warnings tells of the refusal */
};

/* The path as given, or as the verb list found it. */
static inline const char *tmd_bundle_path(const struct tmd_resource *r)
{
	const char *given = tmd_value_str(&r->input[F_PATH]);

	return given ? given : tmd_value_str(&r->current[F_PATH]);
}

static inline bool tmd_bundle_wants_absent(const struct tmd_resource *r)
{
	return tmd_resource_is_to_go(r);
}

static inline bool tmd_bundle_has_sources(const struct tmd_resource *r)
{
	return r->input[F_SOURCES].kind == TMD_V_LIST && r->input[F_SOURCES].list.count > 0;
}

/*
 * Octal text of a mode that a bundle may have; TMD_KEEP where files have none. Fails:
 * invalid_input, refused, unsupported (any mode but the default where files have none).
 */
enum tmd_rc tmd_bundle_parse_mode(const struct tmd_resource *r, uint32_t *mode,
				  struct tmd_error *err) TMD_MUST_CHECK;

/* The type's normalize(). */
enum tmd_rc tmd_bundle_normalize(struct tmd_ctx *ctx, struct tmd_resource *r,
				 struct tmd_error *err) TMD_MUST_CHECK;

/* The type's list(): PEM files with several certificates, whatever their name. */
enum tmd_rc tmd_bundle_list(struct tmd_ctx *ctx, const struct tmd_resource *query,
			    struct tmd_listing *listing, struct tmd_error *err) TMD_MUST_CHECK;

/* Into r->desired: F_MODE, canonical; F_OWNER and F_GROUP, by name. Nothing where files have none. */
enum tmd_rc tmd_bundle_wish_for_mode(struct tmd_resource *r, struct tmd_error *err) TMD_MUST_CHECK;
enum tmd_rc tmd_bundle_wish_for_owner(struct tmd_ctx *ctx, struct tmd_resource *r,
				      struct tmd_error *err) TMD_MUST_CHECK;

/*
 * The wish for F_OWNER or F_GROUP, or NULL. Not given it is root's, where root puts the file into a
 * directory of root's. Root, whom a profile for several systems names, asks
 * for nothing where files have no such owner.
 */
const char *tmd_bundle_owner(struct tmd_ctx *ctx, const struct tmd_resource *r,
			     enum tmd_bundle_field field);

/* A warning when others than root and the caller can change the file, or put another in its place. */
void tmd_bundle_warn_of_others(struct tmd_ctx *ctx, struct tmd_resource *r);

/* The type's plan(), from the reading in r->priv. */
enum tmd_rc tmd_bundle_plan(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_changeset *set,
			    struct tmd_error *err) TMD_MUST_CHECK;

/* Always fails: a file with a private key in it stays as it is. */
enum tmd_rc tmd_bundle_refuse_key(const struct tmd_resource *r,
				  struct tmd_error *err) TMD_MUST_CHECK;

/* Is there a text to keep, and what is left to say about it? From `wanted`, if there is one. */
enum tmd_rc tmd_bundle_mend(const struct tmd_resource *r, struct tmd_reading *reading,
			    struct tmd_error *err) TMD_MUST_CHECK;

/* Warnings that belong to a change: what was hidden, and what is left out. */
void tmd_bundle_warn_of_change(struct tmd_resource *r, const struct tmd_reading *reading);

/* "NAME: line 12: …" for what does not count in a bundle; `saved` behind what could be read. */
void tmd_bundle_tell_losses(const struct tmd_bundle *bundle, const char *name, const char *saved,
			    struct tmd_strv *out);

#endif
