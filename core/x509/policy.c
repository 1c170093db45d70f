/*
 * Two sources, one answer: X509_verify_cert() decides (probe.h), and what OpenSSL knows about
 * the certificate says what it is and why.
 */
#include "x509/policy.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include "base/mem.h"
#include "base/str.h"
#include "x509/der.h"
#include "x509/limits.h"
#include "x509/openssl.h"
#include "x509/pem.h"
#include "x509/probe.h"

#define LEVEL 2		/* Debian's, Ubuntu's, and Python's own since 3.10 */
#define LEVEL_BITS 112	/* of strength that it asks for */
#define LOW_BITS 80	/* that level 1 asks for, OpenSSL's own default */
#define OID_TEXT_MAX 80 /* characters */
#define NAME_SHOWN 160	/* bytes: names can be endless, and what is said of them is not read then */

void tmd_policy_release(struct tmd_policy *policy)
{
	tmd_strv_release(&policy->reasons);
	tmd_strv_release(&policy->warnings);
	free(policy->strict);
	free(policy->partial);
	free(policy->beside);
	memset(policy, 0, sizeof(*policy));
}

/* ---- what it is ---- */

static bool is_self_signed(X509 *x)
{
	return X509_get_extension_flags(x) & EXFLAG_SS;
}

/* A CA by what OpenSSL finds, or one by its own word that OpenSSL does not take for one. */
static bool claims_ca(X509 *x)
{
	return X509_check_ca(x) > 0 || X509_get_extension_flags(x) & EXFLAG_CA;
}

static enum tmd_policy_kind kind_of(X509 *x)
{
	if (X509_get_extension_flags(x) & EXFLAG_INVALID)
		return TMD_POLICY_BROKEN;
	if (claims_ca(x))
		return is_self_signed(x) ? TMD_POLICY_ROOT : TMD_POLICY_INTERMEDIATE;
	return is_self_signed(x) ? TMD_POLICY_SERVER : TMD_POLICY_LEAF;
}

static bool is_ca(enum tmd_policy_kind kind)
{
	return kind != TMD_POLICY_SERVER && kind != TMD_POLICY_LEAF;
}

/* ---- why it does not verify ---- */

/* The extensions that OpenSSL reads into every certificate, and gives up at. */
static const int read_always[] = {
	NID_basic_constraints,
	NID_key_usage,
	NID_ext_key_usage,
	NID_subject_key_identifier,
	NID_authority_key_identifier,
	NID_subject_alt_name,
	NID_name_constraints,
	NID_netscape_cert_type,
	NID_proxyCertInfo,
	NID_crl_distribution_points,
	NID_sbgp_ipAddrBlock,
	NID_sbgp_autonomousSysNum,
};

static bool add_if_bad(X509 *x, int nid, struct tmd_strv *reasons)
{
	int critical = -1;
	void *value = X509_get_ext_d2i(x, nid, &critical, NULL);
	const X509V3_EXT_METHOD *method = X509V3_EXT_get_nid(nid);

	ERR_clear_error();
	if (value && method)
		ASN1_item_free(value, ASN1_ITEM_ptr(method->it));
	if (value || critical == -1)
		return false;
	if (critical == -2)
		tmd_strv_addf(reasons, "the extension %s is in it twice", OBJ_nid2sn(nid));
	else
		tmd_strv_addf(reasons, "its extension %s cannot be read", OBJ_nid2sn(nid));
	return true;
}

static bool usage_is_empty(X509 *x)
{
	ASN1_BIT_STRING *usage = X509_get_ext_d2i(x, NID_key_usage, NULL, NULL);
	bool empty = usage != NULL;

	for (int i = 0; usage && i < 9; i++)
		empty = empty && !ASN1_BIT_STRING_get_bit(usage, i);
	ASN1_BIT_STRING_free(usage);
	return empty;
}

static bool path_length_is_negative(X509 *x)
{
	BASIC_CONSTRAINTS *limits = X509_get_ext_d2i(x, NID_basic_constraints, NULL, NULL);
	bool negative =
		limits && limits->pathlen && limits->pathlen->type == V_ASN1_NEG_INTEGER;

	BASIC_CONSTRAINTS_free(limits);
	return negative;
}

static void explain_invalid(X509 *x, struct tmd_strv *reasons)
{
	bool found = false;

	for (size_t i = 0; i < sizeof(read_always) / sizeof(*read_always); i++)
		found |= add_if_bad(x, read_always[i], reasons);
	if (found)
		return;
	if (X509_get_extension_flags(x) & EXFLAG_PROXY)
		tmd_strv_add(reasons, "it is a proxy certificate and a CA or server at once");
	else if (usage_is_empty(x))
		tmd_strv_add(reasons, "its key usage is empty");
	else if (path_length_is_negative(x))
		tmd_strv_add(reasons, "the path length in its basicConstraints is negative");
	else
		tmd_strv_add(reasons, "OpenSSL finds its extensions invalid");
}

static void explain_critical(X509 *x, struct tmd_strv *reasons)
{
	char oid[OID_TEXT_MAX] = "?";
	int nid = NID_undef;

	for (int i = 0; i < X509_get_ext_count(x); i++) {
		X509_EXTENSION *extension = X509_get_ext(x, i);

		if (!X509_EXTENSION_get_critical(extension) || X509_supported_extension(extension))
			continue;
		OBJ_obj2txt(oid, sizeof(oid), X509_EXTENSION_get_object(extension), 1);
		nid = OBJ_obj2nid(X509_EXTENSION_get_object(extension));
		break;
	}
	tmd_strv_addf(reasons, "it has a critical extension that OpenSSL does not handle: %s",
		      nid == NID_undef ? oid : OBJ_nid2sn(nid));
}

/* Something that no verification gets past, whatever the certificate is. */
static void explain_broken(X509 *x, struct tmd_strv *reasons)
{
	uint32_t flags = X509_get_extension_flags(x);

	if (flags & EXFLAG_INVALID)
		explain_invalid(x, reasons);
	if (flags & EXFLAG_CRITICAL)
		explain_critical(x, reasons);
	if (flags & EXFLAG_PROXY && !(flags & EXFLAG_INVALID))
		tmd_strv_add(reasons, "it is a proxy certificate");
	if (!X509_get0_pubkey(x))
		tmd_strv_add(reasons, "OpenSSL cannot read its key");
	if (!X509_cmp_current_time(X509_get0_notBefore(x)))
		tmd_strv_add(reasons, "the start of its validity is not written as it must be");
	if (!X509_cmp_current_time(X509_get0_notAfter(x)))
		tmd_strv_add(reasons, "the end of its validity is not written as it must be");
	ERR_clear_error();
}

static void explain_no_ca(X509 *x, const struct tmd_cert *cert, struct tmd_strv *reasons)
{
	uint32_t flags = X509_get_extension_flags(x);
	const char *why = "no basicConstraints";

	if (flags & EXFLAG_BCONS)
		why = "basicConstraints CA:FALSE";
	else if (flags & EXFLAG_V1)
		why = "version 1, not self-signed";
	tmd_strv_addf(reasons, "no CA (%s); it was issued by %.*s", why,
		      (int)tmd_text_clip(cert->issuer, NAME_SHOWN), cert->issuer);
}

/* A CA's key usage and purposes, and a server's. */
static void explain_use(X509 *x, enum tmd_policy_kind kind, struct tmd_strv *reasons)
{
	uint32_t flags = X509_get_extension_flags(x);

	if (is_ca(kind) && !(X509_get_key_usage(x) & KU_KEY_CERT_SIGN))
		tmd_strv_add(reasons, "its key usage does not include certificate signing");
	if (flags & EXFLAG_XKUSAGE &&
	    !(X509_get_extended_key_usage(x) & (XKU_SSL_SERVER | XKU_SGC)))
		tmd_strv_add(reasons, "its extended key usage lacks serverAuth");
	if (reasons->count || X509_check_purpose(x, X509_PURPOSE_SSL_SERVER, is_ca(kind)) > 0)
		return;
	if (flags & EXFLAG_NSCERT)
		tmd_strv_add(reasons, "its Netscape certificate type is not that of a server's CA");
	else
		tmd_strv_add(reasons, "its key usage does not allow what a server does");
}

static const char *word_for(int error)
{
	switch (error) {
	case X509_V_ERR_EC_KEY_EXPLICIT_PARAMS:
		return "its key spells out a curve instead of naming one";
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
		return "OpenSSL takes it for nobody's issuer: its key cannot sign, or its key "
		       "identifiers contradict each other";
	default:
		return X509_verify_cert_error_string(error);
	}
}

/* ---- the verdict ---- */

static void probe(X509 *x, enum tmd_policy_kind kind, unsigned long flags, int level,
		  struct tmd_probe *out)
{
	if (is_ca(kind))
		tmd_probe_issuer(x, flags | X509_V_FLAG_PARTIAL_CHAIN, level, out);
	else
		tmd_probe_server(x, flags, out);
}

static void explain(X509 *x, const struct tmd_cert *cert, const struct tmd_probe *probe,
		    struct tmd_policy *out)
{
	explain_broken(x, &out->reasons);
	if (out->kind == TMD_POLICY_LEAF)
		explain_no_ca(x, cert, &out->reasons);
	else if (!out->reasons.count && out->kind != TMD_POLICY_BROKEN)
		explain_use(x, out->kind, &out->reasons);
	for (size_t i = 0; i < probe->count && !out->reasons.count; i++)
		tmd_strv_add(&out->reasons, word_for(probe->errors[i]));
}

/* ---- what has to be told of one that verifies ---- */

static void warn_of_key(X509 *x, struct tmd_policy *out)
{
	EVP_PKEY *key = X509_get0_pubkey(x);
	const char *type = key ? EVP_PKEY_get0_type_name(key) : NULL;
	const bool low = key && EVP_PKEY_get_security_bits(key) < LOW_BITS;

	tmd_strv_addf(&out->warnings, "its key (%s, %d bits) is too weak for security level %d, %s",
		      type ? type : "of an unknown type", key ? EVP_PKEY_get_bits(key) : 0,
		      low ? 1 : LEVEL,
		      low ? "below which no program is that was not told so: connections fail"
			  : "which Debian, Ubuntu and Python 3.10 and later use: connections fail "
			    "there");
}

/* OpenSSL asks for the digest of everything below the last certificate of a chain. */
static void warn_of_digest(X509 *x, struct tmd_policy *out)
{
	int digest = NID_undef;
	int bits = 0;

	if (!X509_get_signature_info(x, &digest, NULL, &bits, NULL) || bits >= LEVEL_BITS)
		return;
	tmd_strv_addf(&out->warnings,
		      "its signature (%s) is too weak for security level %d, which Debian, Ubuntu "
		      "and Python 3.10 and later use: a chain that goes on to its issuer fails there",
		      OBJ_nid2sn(digest), LEVEL);
}

static void warn_of_strict(const struct tmd_probe *strict, struct tmd_policy *out)
{
	TMD_AUTO_BUF struct tmd_buf why = { 0 };

	for (size_t i = 0; i < strict->count; i++) {
		if (strict->errors[i] == X509_V_ERR_CA_KEY_TOO_SMALL)
			continue;
		tmd_buf_addf(&why, "%s%s", why.len ? "; " : "",
			     X509_verify_cert_error_string(strict->errors[i]));
	}
	if (!why.len)
		return;
	out->strict = tmd_buf_steal(&why);
	tmd_strv_addf(&out->warnings,
		      "Python 3.13 and later refuse it where they verify strictly, as transfers of "
		      "shotgun_api3 3.9.0 and later do and its API calls do not: %s", out->strict);
}

static void warn_of_ca(X509 *x, const struct tmd_probe *strict, struct tmd_policy *out)
{
	if (tmd_probe_has(strict, X509_V_ERR_CA_KEY_TOO_SMALL))
		warn_of_key(x, out);
	if (out->kind == TMD_POLICY_ROOT &&
	    !(X509_get_extension_flags(x) & (EXFLAG_BCONS | EXFLAG_V1)))
		tmd_strv_add(&out->warnings, "it has no basicConstraints: OpenSSL takes it for a "
					     "CA all the same, other libraries do not");
	tmd_limits_tell(x, out->kind == TMD_POLICY_ROOT, &out->warnings);
	if (out->kind == TMD_POLICY_INTERMEDIATE)
		warn_of_digest(x, out);
	warn_of_strict(strict, out);
}

static void warn_of_server(X509 *x, struct tmd_policy *out)
{
	EVP_PKEY *key = X509_get0_pubkey(x);

	tmd_strv_addf(&out->warnings,
		      "it is a server's own certificate and no CA (%s): it counts for that server "
		      "only, and nothing that it issued is accepted",
		      X509_get_extension_flags(x) & EXFLAG_BCONS ? "basicConstraints CA:FALSE"
								 : "no basicConstraints");
	if (key && EVP_PKEY_get_security_bits(key) < LEVEL_BITS)
		warn_of_key(x, out);
}

/*
 * OpenSSL asks more of a CA below another one than of the last of a chain: basicConstraints, where
 * key usage or a Netscape type would do.
 */
static void warn_of_partial(X509 *x, const struct tmd_cert *cert, struct tmd_policy *out)
{
	int clipped = (int)tmd_text_clip(cert->issuer, NAME_SHOWN);

	if (X509_check_ca(x) == 1) {
		out->partial = tmd_format(
			"it was issued by %.*s, which is not here: Python before 3.13, API calls of "
			"shotgun_api3 on every Python and OpenSSL's own default do not accept it "
			"alone; curl does, and transfers of shotgun_api3 3.9.0 and later on Python "
			"3.13 and later",
			clipped, cert->issuer);
		return;
	}
	out->partial = tmd_format(
		"it was issued by %.*s, which is not here, and has no basicConstraints: curl accepts "
		"it alone; no Python does, nor OpenSSL's own default",
		clipped, cert->issuer);
	out->beside = tmd_format(
		"it has no basicConstraints, which OpenSSL wants of a CA whose issuer (%.*s) is here: "
		"only programs that end a chain at it, such as curl, accept what it issued",
		clipped, cert->issuer);
}

static void warn(const struct tmd_cert *cert, enum tmd_trust trust, const struct tmd_probe *strict,
		 struct tmd_policy *out)
{
	X509 *x = cert->x509;

	if (!is_ca(out->kind)) {
		warn_of_server(x, out);
		return;
	}
	warn_of_ca(x, strict, out);
	if (out->kind == TMD_POLICY_INTERMEDIATE && trust != TMD_TRUST_SERVERS)
		warn_of_partial(x, cert, out);
}

/*
 * As OpenSSL verifies by default, and as the strictest programs do. These ask for more and for
 * nothing less: where they find nothing, there is nothing to be found.
 */
static void verify(X509 *x, enum tmd_policy_kind kind, enum tmd_trust trust,
		   struct tmd_probe *found, struct tmd_probe *strict)
{
	*strict = (struct tmd_probe){ 0 };
	*found = (struct tmd_probe){ 0 };
	if (is_ca(kind))
		probe(x, kind, X509_V_FLAG_X509_STRICT, LEVEL, strict);
	if (!is_ca(kind) || strict->count)
		probe(x, kind, trust == TMD_TRUST_SERVERS ? X509_V_FLAG_PARTIAL_CHAIN : 0, 0, found);
}

void tmd_policy_judge(const struct tmd_cert *cert, enum tmd_trust trust, struct tmd_policy *out)
{
	X509 *x = cert->x509;
	struct tmd_probe found;
	struct tmd_probe strict;

	if (!x) {
		out->kind = TMD_POLICY_BROKEN;
		tmd_strv_add(&out->reasons, "OpenSSL cannot read it");
		return;
	}
	/* Fills in what the flags say; that it fails shows in them. */
	(void)X509_check_purpose(x, -1, 0);
	ERR_clear_error();
	out->kind = kind_of(x);
	verify(x, out->kind, trust, &found, &strict);
	if (trust == TMD_TRUST_NONE)
		tmd_strv_add(&out->reasons, "the trust settings of its TRUSTED CERTIFICATE block "
					    "reject it for servers");
	if (found.count || out->kind == TMD_POLICY_BROKEN ||
	    (out->kind == TMD_POLICY_LEAF && trust != TMD_TRUST_SERVERS))
		explain(x, cert, &found, out);
	out->verifies = !out->reasons.count;
	if (out->verifies)
		warn(cert, trust, &strict, out);
	ERR_clear_error();
}

/* ---- its issuer ---- */

static bool issued(const struct tmd_bundle_entry *entry, const struct tmd_cert *cert)
{
	const unsigned char *at = entry->der;
	X509 *issuer = tmd_openssl_certificate(&at, (long)entry->der_len);
	bool found = issuer && X509_check_issued(issuer, cert->x509) == X509_V_OK &&
		     X509_check_ca(issuer);

	X509_free(issuer);
	ERR_clear_error();
	return found;
}

/* By its name as bytes; where it cannot be told cheaply, perhaps. */
static bool may_have_issued(const struct tmd_bundle_entry *entry, const unsigned char *issuer,
			    size_t len)
{
	struct tmd_der_facts facts;

	if (!tmd_der_certificate(entry->der, entry->der_len, &facts))
		return true;
	return facts.subject_len == len && memcmp(facts.subject, issuer, len) == 0;
}

bool tmd_policy_has_issuer(const struct tmd_bundle *bundle, const struct tmd_cert *cert)
{
	unsigned char *issuer = NULL;
	int len = i2d_X509_NAME(X509_get_issuer_name(cert->x509), &issuer);
	bool found = false;

	for (size_t i = 0; len > 0 && !found && i < bundle->count; i++) {
		const struct tmd_bundle_entry *entry = &bundle->entries[i];

		if (entry->trust == TMD_TRUST_NONE ||
		    (entry->der_len == cert->der_len &&
		     memcmp(entry->der, cert->der, cert->der_len) == 0))
			continue;
		found = may_have_issued(entry, issuer, (size_t)len) && issued(entry, cert);
	}
	OPENSSL_free(issuer);
	return found;
}

char *tmd_policy_refusal(const struct tmd_cert *cert, const struct tmd_policy *policy)
{
	return tmd_format("%.*s would have no effect: %s",
			  (int)tmd_text_clip(cert->subject, NAME_SHOWN), cert->subject,
			  policy->reasons.items[0]);
}

const char *tmd_policy_hint(const struct tmd_policy *policy)
{
	if (policy->kind == TMD_POLICY_LEAF)
		return "give the certificate of the CA that issued it, its root if you can";
	return "get a certificate that OpenSSL verifies with from whoever runs this CA";
}
