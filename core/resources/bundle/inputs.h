/* What the caller wants inside a bundle: sources, extra certificates, requirements. */
#ifndef TMD_RESOURCES_BUNDLE_INPUTS_H
#define TMD_RESOURCES_BUNDLE_INPUTS_H

#include "resources/bundle/certset.h"
#include "resources/type.h"

/* One requirement: met by any one of its alternatives. */
struct tmd_alternative {
	struct tmd_buf der; /* of the certificate, or empty: */
	char sha256[65];    /* its fingerprint, upper-case hex */
};

struct tmd_requirement {
	char *label; /* as the caller wrote it; the subject for a PEM text */
	struct tmd_alternative *alternatives;
	size_t count;
	size_t cap;
};

struct tmd_requirements {
	struct tmd_requirement *items;
	size_t count;
	size_t cap;
};

void tmd_requirements_release(struct tmd_requirements *list);

/*
 * Looks at extra certificates and requirements without reading any file: unknown built-in
 * names are invalid_input, private keys are refused.
 */
enum tmd_rc tmd_bundle_check_names(const struct tmd_value *list,
				   struct tmd_error *err) TMD_MUST_CHECK;

/* Adds all certificates of one source: an input file, or "system". May add to r->warnings. */
enum tmd_rc tmd_bundle_add_source(struct tmd_ctx *ctx, struct tmd_resource *r,
				  const char *source, struct tmd_certset *set,
				  struct tmd_error *err) TMD_MUST_CHECK;

/*
 * Adds one extra CA certificate: "builtin:NAME", PEM text or an input file. One with which
 * OpenSSL would verify nothing is refused.
 */
enum tmd_rc tmd_bundle_add_extra(struct tmd_ctx *ctx, struct tmd_resource *r, const char *extra,
				 struct tmd_certset *set, struct tmd_error *err) TMD_MUST_CHECK;

/* What to call them for a person: "the system", "/srv/ca.pem"; "studio-root" of an extra one. */
const char *tmd_bundle_source_label(const char *source);
char *tmd_bundle_extra_label(const char *extra) TMD_MUST_CHECK; /* the caller frees */

/* Adds what has to be told of one whose set is complete now to r->warnings. */
enum tmd_rc tmd_bundle_tell_extra(struct tmd_ctx *ctx, struct tmd_resource *r, const char *extra,
				  const struct tmd_certset *set,
				  struct tmd_error *err) TMD_MUST_CHECK;

/* `out` is replaced. A certificate with which OpenSSL would verify nothing is refused. */
enum tmd_rc tmd_requirements_load(struct tmd_ctx *ctx, const struct tmd_resource *r,
				  const struct tmd_strv *list, struct tmd_requirements *out,
				  struct tmd_error *err) TMD_MUST_CHECK;

/*
 * Labels of the requirements that the set does not meet are added to `out`; where it holds one that
 * has no effect, with the reason.
 */
void tmd_requirements_missing(const struct tmd_requirements *list, const struct tmd_certset *set,
			      struct tmd_strv *out);

#endif
