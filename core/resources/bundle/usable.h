/* What OpenSSL makes of the certificates that the caller wants inside a bundle. */
#ifndef TMD_RESOURCES_BUNDLE_USABLE_H
#define TMD_RESOURCES_BUNDLE_USABLE_H

#include "resources/bundle/certset.h"
#include "x509/cert.h"

/* Fails with refused, and a reason, for one that would have no effect. `path` may be NULL. */
enum tmd_rc tmd_bundle_check_usable(const struct tmd_cert *cert, const char *path,
				    struct tmd_error *err) TMD_MUST_CHECK;

/*
 * Adds what has to be told of a usable one, as "ROLE certificate SUBJECT: …". `all` is what the
 * bundle is going to hold: an intermediate beside its issuer needs no word.
 */
void tmd_bundle_tell_usable(const struct tmd_cert *cert, const char *role,
			    const struct tmd_certset *all, struct tmd_strv *warnings);

/*
 * Adds what has to be told of the certificates of a file: how many have no effect or are expired,
 * a line each with the first, and of those that have an effect what limits it, a few lines at most.
 * Of a long list only what others issued is looked at, which costs nothing for a list of roots.
 * `now` is in seconds since 1970.
 */
void tmd_bundle_tell_content(const struct tmd_bundle *bundle, const char *name, int64_t now,
			     struct tmd_strv *warnings);

/*
 * The same of a source, whose expired ones the attribute `expired` names. Where all of it would
 * have no effect: refused. `name` is for the warnings, `path`, which may be NULL, for the error.
 */
enum tmd_rc tmd_bundle_check_source(const struct tmd_bundle *source, const char *name,
				    const char *path, struct tmd_strv *warnings,
				    struct tmd_error *err) TMD_MUST_CHECK;

/* Why a certificate has no effect, one clause; NULL: it has. The caller frees. */
char *tmd_bundle_useless_because(const void *der, size_t len) TMD_MUST_CHECK;

#endif
