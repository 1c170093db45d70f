/*
 * What a verification makes of a certificate that a trust store holds: OpenSSL's answer for
 * the chain of a TLS server, and why. OpenSSL itself is asked; nothing here needs a network,
 * a store or a clock: whether the time of a certificate is over is not judged, and a key or a
 * digest that a security level is above does not keep it from verifying: that is told.
 */
#ifndef TMD_X509_POLICY_H
#define TMD_X509_POLICY_H

#include <stdbool.h>

#include "base/strv.h"
#include "x509/bundle.h"
#include "x509/cert.h"

enum tmd_policy_kind {
	TMD_POLICY_ROOT,	 /* a CA, self-signed: chains end at it */
	TMD_POLICY_INTERMEDIATE, /* a CA that another one issued */
	TMD_POLICY_SERVER,	 /* no CA, self-signed: it can vouch for itself alone */
	TMD_POLICY_LEAF,	 /* no CA, and issued by somebody else */
	TMD_POLICY_BROKEN,	 /* OpenSSL gives up at its extensions: it is nothing */
};

/* Owned by the caller through tmd_policy_release(). Texts are clauses without a full stop. */
struct tmd_policy {
	enum tmd_policy_kind kind;

	/*
	 * In a store it does what its kind is for: what it issued is accepted, or for a SERVER
	 * itself. An INTERMEDIATE counts here although many programs accept it only beside its
	 * issuer (`partial`). Never for a LEAF that nothing trusts explicitly.
	 */
	bool verifies;
	struct tmd_strv reasons; /* why not, worst first; empty exactly when it verifies */

	/* Of one that verifies, what a caller has to be told: weak, strict, a server's alone. */
	struct tmd_strv warnings;

	/* Why programs that verify strictly refuse a CA that verifies: one clause; NULL: they do not. */
	char *strict;

	/* INTERMEDIATE that verifies, not trusted explicitly: for a store without its issuer. */
	char *partial;

	/* The same, for a store with its issuer, where a chain goes on and is refused; or NULL. */
	char *beside;
};

void tmd_policy_release(struct tmd_policy *policy); /* frees and zeroes */

/*
 * `trust` says what the trust settings of its block in the store are. Fills `out`, which is
 * taken for empty.
 */
void tmd_policy_judge(const struct tmd_cert *cert, enum tmd_trust trust, struct tmd_policy *out);

/*
 * Is there a certificate in the bundle by which a chain goes on from `cert`: a CA that could
 * have issued it, by name and key identifier? `cert` itself does not count.
 */
bool tmd_policy_has_issuer(const struct tmd_bundle *bundle, const struct tmd_cert *cert);

/* "SUBJECT would have no effect: REASON" of one that does not verify; the caller frees. */
char *tmd_policy_refusal(const struct tmd_cert *cert, const struct tmd_policy *policy) TMD_MUST_CHECK;

/* What to do about one that does not verify: "give the certificate of its issuer, …". */
const char *tmd_policy_hint(const struct tmd_policy *policy);

#endif
