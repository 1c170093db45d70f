/* OpenSSL's verdict (x509/policy.h) on what goes into a bundle. */
#include "resources/bundle/usable.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "x509/der.h"
#include "x509/policy.h"

#define TOLD_MAX 3    /* remarks on single certificates of a list */
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
	const char *chain;

	tmd_policy_judge(cert, TMD_TRUST_UNSET, &policy);
	for (size_t i = 0; i < policy.warnings.count; i++)
		tmd_strv_addf(warnings, "%s certificate %s: %s", role, cert->subject,
			      policy.warnings.items[i]);
	chain = policy.partial && has_issuer(all, cert) ? policy.beside : policy.partial;
	if (chain)
		tmd_strv_addf(warnings, "%s certificate %s: %s", role, cert->subject, chain);
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

/* What is found in a list; `told` are lines about certificates that have an effect. */
struct survey {
	const struct tmd_bundle *bundle;
	const char *name;
	const struct tmd_bundle_entry *useless; /* the first */
	const struct tmd_bundle_entry *expired;
	char *why;
	size_t useless_count;
	size_t expired_count;
	struct tmd_strv told;
};

static void survey_release(struct survey *s)
{
	free(s->why);
	tmd_strv_release(&s->told);
}

static void note_useless(struct survey *s, const struct tmd_bundle_entry *entry, const char *why)
{
	if (!s->useless_count++) {
		s->useless = entry;
		s->why = tmd_strdup(why);
	}
}

static void note_expired(struct survey *s, const struct tmd_bundle_entry *entry, int64_t now)
{
	if (entry->not_after >= now || entry->not_after == INT64_MIN)
		return;
	if (!s->expired_count++)
		s->expired = entry;
}

static void note_told(struct survey *s, const struct tmd_bundle_entry *entry,
		      const struct tmd_cert *cert, const char *what)
{
	tmd_strv_addf(&s->told, "%s: line %zu: %s: %s", s->name, entry->line, cert->subject, what);
}

static void look_at(struct survey *s, const struct tmd_bundle_entry *entry)
{
	TMD_CLEANUP(tmd_policy_release) struct tmd_policy policy = { 0 };
	TMD_CLEANUP(tmd_cert_free_ptr) struct tmd_cert *cert = NULL;
	struct tmd_error err = { 0 };
	const char *chain;

	if (tmd_cert_parse(entry->der, entry->der_len, &cert, &err)) {
		note_useless(s, entry, err.message);
		return;
	}
	tmd_policy_judge(cert, entry->trust, &policy);
	if (!policy.verifies)
		note_useless(s, entry, policy.reasons.items[0]);
	for (size_t i = 0; policy.verifies && i < policy.warnings.count; i++)
		note_told(s, entry, cert, policy.warnings.items[i]);
	chain = policy.partial && tmd_policy_has_issuer(s->bundle, cert) ? policy.beside
									 : policy.partial;
	if (chain)
		note_told(s, entry, cert, chain);
}

static void look_at_all(struct survey *s, int64_t now)
{
	for (size_t i = 0; i < s->bundle->count; i++) {
		const struct tmd_bundle_entry *entry = &s->bundle->entries[i];

		note_expired(s, entry, now);
		if (entry->trust != TMD_TRUST_NONE &&
		    (s->bundle->count <= SHORT_LIST || !issued_by_itself(entry)))
			look_at(s, entry);
	}
}

/* A line for each kind, and of the remarks on single certificates a few. */
static void tell(const struct survey *s, struct tmd_strv *warnings)
{
	if (s->useless) {
		TMD_AUTO_FREE char *subject =
			tmd_cert_subject(s->useless->der, s->useless->der_len);

		tmd_strv_addf(warnings,
			      "%s: %zu of its certificates would have no effect, on line %zu %s: %s",
			      s->name, s->useless_count, s->useless->line, subject, s->why);
	}
	if (s->expired_count) {
		TMD_AUTO_FREE char *subject =
			tmd_cert_subject(s->expired->der, s->expired->der_len);
		char date[24];

		tmd_cert_time_text(s->expired->not_after, date);
		tmd_strv_addf(warnings, "%s: %zu of its certificates expired, on line %zu %s (%.10s)",
			      s->name, s->expired_count, s->expired->line, subject, date);
	}
	for (size_t i = 0; i < s->told.count && i < TOLD_MAX; i++)
		tmd_strv_add_once(warnings, s->told.items[i]);
	if (s->told.count > TOLD_MAX)
		tmd_strv_addf(warnings, "%s: %zu more such remarks on its certificates", s->name,
			      s->told.count - TOLD_MAX);
}

void tmd_bundle_tell_content(const struct tmd_bundle *bundle, const char *name, int64_t now,
			     struct tmd_strv *warnings)
{
	TMD_CLEANUP(survey_release) struct survey s = { .bundle = bundle, .name = name };

	look_at_all(&s, now);
	tell(&s, warnings);
}

enum tmd_rc tmd_bundle_check_source(const struct tmd_bundle *source, const char *name,
				    const char *path, struct tmd_strv *warnings,
				    struct tmd_error *err)
{
	TMD_CLEANUP(survey_release) struct survey s = { .bundle = source, .name = name };

	look_at_all(&s, INT64_MIN);
	if (s.useless && s.useless_count == source->count)
		return refuse_source(s.useless, path, err);
	tell(&s, warnings);
	return TMD_OK;
}
