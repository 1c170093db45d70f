/* OpenSSL's verdict (x509/policy.h) on what goes into a bundle. */
#include "resources/bundle/usable.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "x509/der.h"
#include "x509/policy.h"

#define SHORT_LIST 16 /* certificates: a list of one's own, each of which is looked at */

enum tmd_rc tmd_bundle_check_usable(const struct tmd_cert *cert, const char *path,
				    struct tmd_error *err)
{
	TMD_CLEANUP(tmd_policy_release) struct tmd_policy policy = { 0 };
	TMD_AUTO_FREE char *message = NULL;

	tmd_policy_judge(cert, TMD_TRUST_UNSET, &policy);
	if (policy.verifies)
		return TMD_OK;
	message = tmd_policy_refusal(cert, &policy);
	return tmd_fail(err, TMD_E_REFUSED, path, tmd_policy_hint(&policy), "%s", message);
}

static bool has_issuer(const struct tmd_certset *all, const struct tmd_cert *cert)
{
	TMD_AUTO_FREE struct tmd_bundle_entry *entries =
		tmd_alloc(all->count + 1, sizeof(*entries));
	struct tmd_bundle bundle = { .entries = entries, .count = all->count };

	for (size_t i = 0; i < all->count; i++) {
		entries[i].der = all->items[i].der;
		entries[i].der_len = all->items[i].len;
	}
	return tmd_policy_has_issuer(&bundle, cert);
}

void tmd_bundle_tell_usable(const struct tmd_cert *cert, const char *role,
			    const struct tmd_certset *all, struct tmd_strv *warnings)
{
	TMD_CLEANUP(tmd_policy_release) struct tmd_policy policy = { 0 };

	tmd_policy_judge(cert, TMD_TRUST_UNSET, &policy);
	for (size_t i = 0; i < policy.warnings.count; i++)
		tmd_strv_addf(warnings, "%s certificate %s: %s", role, cert->subject,
			      policy.warnings.items[i]);
	if (policy.partial && !has_issuer(all, cert))
		tmd_strv_addf(warnings, "%s certificate %s: %s", role, cert->subject,
			      policy.partial);
}

char *tmd_bundle_useless_because(const void *der, size_t len)
{
	TMD_CLEANUP(tmd_policy_release) struct tmd_policy policy = { 0 };
	TMD_CLEANUP(tmd_cert_free_ptr) struct tmd_cert *cert = NULL;
	struct tmd_error err = { 0 };

	if (tmd_cert_parse(der, len, &cert, &err))
		return tmd_strdup(err.message);
	tmd_policy_judge(cert, TMD_TRUST_UNSET, &policy);
	return policy.verifies ? NULL : tmd_strdup(policy.reasons.items[0]);
}

/* ---- sources ---- */

static bool issued_by_itself(const struct tmd_bundle_entry *entry)
{
	struct tmd_der_facts facts;

	return tmd_der_certificate(entry->der, entry->der_len, &facts) &&
	       facts.subject_len == facts.issuer_len &&
	       memcmp(facts.subject, facts.issuer, facts.subject_len) == 0;
}

static enum tmd_rc refuse_source(const struct tmd_bundle_entry *entry, const char *path,
				 struct tmd_error *err)
{
	TMD_CLEANUP(tmd_cert_free_ptr) struct tmd_cert *cert = NULL;

	if (tmd_cert_parse(entry->der, entry->der_len, &cert, err))
		return TMD_FAILED;
	return tmd_bundle_check_usable(cert, path, err);
}

enum tmd_rc tmd_bundle_check_source(const struct tmd_bundle *source, const char *name,
				    const char *path, struct tmd_strv *warnings,
				    struct tmd_error *err)
{
	const struct tmd_bundle_entry *first = NULL;
	TMD_AUTO_FREE char *subject = NULL;
	TMD_AUTO_FREE char *why = NULL;
	size_t useless = 0;

	for (size_t i = 0; i < source->count; i++) {
		const struct tmd_bundle_entry *entry = &source->entries[i];
		char *because;

		if (source->count > SHORT_LIST && issued_by_itself(entry))
			continue;
		because = tmd_bundle_useless_because(entry->der, entry->der_len);
		useless += because != NULL;
		if (!because || first) {
			free(because);
			continue;
		}
		first = entry;
		why = because;
	}
	if (!first)
		return TMD_OK;
	if (useless == source->count)
		return refuse_source(first, path, err);
	subject = tmd_cert_subject(first->der, first->der_len);
	tmd_strv_addf(warnings, "%s: %zu of its certificates would have no effect, on line %zu %s: %s",
		      name, useless, first->line, subject, why);
	return TMD_OK;
}
