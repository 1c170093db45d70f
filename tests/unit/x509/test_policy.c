/* What a verification makes of a certificate in a store, rule by rule; OpenSSL is the witness. */
#include "unit.h"

#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>

#include "x509/policy.h"

#include "../x509/make_cert.h"

#define CRITICAL_CA "basicConstraints=critical,CA:TRUE"
#define CERT_SIGN "keyUsage=critical,keyCertSign,cRLSign"
#define SKI "subjectKeyIdentifier=hash"
#define AKI "authorityKeyIdentifier=keyid"
#define SOUND CRITICAL_CA, CERT_SIGN, SKI

enum key { EC, RSA_PSS, RSA_512, RSA_1024, RSA_2048, ED25519, X25519, EC_192, EC_EXPLICIT };

/* A certificate, and what has to be found. Self-signed unless it has an issuer. */
struct spec {
	const char *what;
	enum tmd_policy_kind kind;
	bool verifies;
	const char *word; /* in the first reason, or in the warnings; NULL: there is none */
	const char *extensions[8];
	enum key key;
	bool issued;
	bool sha1;
	long version; /* as it is numbered, 0: 3 */
	const char *not_before;
	const char *name; /* NULL: "it" */
};

static EVP_PKEY *explicit_key(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");

	ck_assert_int_eq(EVP_PKEY_set_utf8_string_param(key, "encoding", "explicit"), 1);
	return key;
}

static EVP_PKEY *pss_key(void)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA-PSS", NULL);
	EVP_PKEY *key = NULL;

	ck_assert_int_eq(EVP_PKEY_keygen_init(ctx), 1);
	ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, 2048), 1);
	ck_assert_int_eq(EVP_PKEY_generate(ctx, &key), 1);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static EVP_PKEY *key_of(enum key kind)
{
	EVP_PKEY *key = NULL;

	if (kind == RSA_512 || kind == RSA_1024 || kind == RSA_2048)
		key = EVP_RSA_gen(kind == RSA_512 ? 512U : kind == RSA_1024 ? 1024U : 2048U);
	else if (kind == ED25519 || kind == X25519)
		key = EVP_PKEY_Q_keygen(NULL, NULL, kind == ED25519 ? "ED25519" : "X25519");
	else if (kind == RSA_PSS)
		key = pss_key();
	else if (kind == EC_EXPLICIT)
		key = explicit_key();
	else
		key = EVP_EC_gen(kind == EC_192 ? "P-192" : "P-256");
	ck_assert_ptr_nonnull(key);
	return key;
}

static void add_extension(X509 *x, const char *text)
{
	X509_EXTENSION *extension;
	X509V3_CTX ctx;
	char name[64];

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(text, "="), text);
	X509V3_set_ctx(&ctx, x, x, NULL, NULL, 0);
	extension = X509V3_EXT_nconf(NULL, &ctx, name, text + strlen(name) + 1);
	ck_assert_msg(extension != NULL, "%s", text);
	X509_add_ext(x, extension, -1);
	X509_EXTENSION_free(extension);
}

static X509 *make(const struct spec *spec)
{
	EVP_PKEY *key = key_of(spec->key);
	/* What cannot sign is signed by another key: a root's own signature is never asked for. */
	EVP_PKEY *signer = spec->issued || spec->key == X25519 ? EVP_EC_gen("P-256") : key;
	const EVP_MD *digest = spec->sha1 ? EVP_sha1() : EVP_sha256();
	const char *subject = spec->name ? spec->name : "it";
	X509_NAME *name = make_name(subject);
	X509_NAME *issuer = make_name(spec->issued ? "somebody" : subject);
	X509 *x = X509_new();

	X509_set_version(x, spec->version ? spec->version - 1 : X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 5);
	ASN1_TIME_set_string(X509_getm_notBefore(x), "20000101000000Z");
	ASN1_TIME_set_string(X509_getm_notAfter(x), "20991231235959Z");
	if (spec->not_before)
		ASN1_STRING_set(X509_getm_notBefore(x), spec->not_before, -1);
	X509_set_subject_name(x, name);
	X509_set_issuer_name(x, issuer);
	X509_set_pubkey(x, key);
	for (size_t i = 0; i < 8 && spec->extensions[i]; i++)
		add_extension(x, spec->extensions[i]);
	ck_assert_int_gt(X509_sign(x, signer, spec->key == ED25519 ? NULL : digest), 0);
	if (signer != key)
		EVP_PKEY_free(signer);
	EVP_PKEY_free(key);
	X509_NAME_free(name);
	X509_NAME_free(issuer);
	return x;
}

static struct tmd_cert *cert_of(X509 *x)
{
	struct tmd_cert *cert = NULL;
	unsigned char *der = NULL;
	struct tmd_error err;
	int len = i2d_X509(x, &der);

	ck_assert_int_gt(len, 0);
	ck_ok(tmd_cert_parse(der, (size_t)len, &cert, &err), err);
	OPENSSL_free(der);
	return cert;
}

static struct tmd_cert *cert_for(const struct spec *spec)
{
	X509 *x = make(spec);
	struct tmd_cert *cert = cert_of(x);

	X509_free(x);
	return cert;
}

static bool says(const struct tmd_strv *list, const char *word)
{
	for (size_t i = 0; i < list->count; i++) {
		if (strstr(list->items[i], word))
			return true;
	}
	return false;
}

static void check(const struct spec *spec)
{
	struct tmd_cert *cert = cert_for(spec);
	struct tmd_policy policy = { 0 };
	const struct tmd_strv *said;

	tmd_policy_judge(cert, TMD_TRUST_UNSET, &policy);
	said = policy.verifies ? &policy.warnings : &policy.reasons;
	ck_assert_msg(policy.kind == spec->kind, "%s: kind %d", spec->what, (int)policy.kind);
	ck_assert_msg(policy.verifies == spec->verifies, "%s: verifies %d (%s)", spec->what,
		      policy.verifies, said->count ? said->items[0] : "");
	ck_assert_msg(policy.verifies == !policy.reasons.count, "%s", spec->what);
	if (spec->word)
		ck_assert_msg(says(said, spec->word), "%s: '%s' lacks '%s'", spec->what,
			      said->count ? said->items[0] : "", spec->word);
	else
		ck_assert_msg(!said->count, "%s: %s", spec->what, said->items[0]);
	ck_assert_msg((policy.partial != NULL) ==
			      (policy.verifies && policy.kind == TMD_POLICY_INTERMEDIATE),
		      "%s: partial", spec->what);
	ck_assert_uint_eq(ERR_peek_error(), 0);
	tmd_policy_release(&policy);
	tmd_cert_free(cert);
}

#define CHECK_ALL(specs)                                                                           \
	for (size_t i = 0; i < sizeof(specs) / sizeof(*(specs)); i++)                              \
	check(&(specs)[i])

START_TEST(cas_and_servers_are_told_apart_as_openssl_does)
{
	static const struct spec specs[] = {
		/* The first, and with the name and kind of key of what is made up below it. */
		{ "root", TMD_POLICY_ROOT, true, NULL, { SOUND }, .key = ED25519, .name = "byy" },
		{ "root", TMD_POLICY_ROOT, true, NULL, { SOUND } },
		{ "root of ed25519", TMD_POLICY_ROOT, true, NULL, { SOUND }, .key = ED25519 },
		{ "root of rsa", TMD_POLICY_ROOT, true, NULL, { SOUND }, .key = RSA_2048 },
		{ "root of rsa-pss", TMD_POLICY_ROOT, true, NULL, { SOUND }, .key = RSA_PSS },
		{ "root by key usage alone", TMD_POLICY_ROOT, true, "strictly", { CERT_SIGN, SKI } },
		{ "version 1, self-signed", TMD_POLICY_ROOT, true, "strictly", { NULL }, .version = 1 },
		{ "version 1, issued", TMD_POLICY_LEAF, false, "version 1", { NULL }, .version = 1,
		  .issued = true },
		{ "version 2, self-signed", TMD_POLICY_SERVER, true, "that server only", { NULL },
		  .version = 2 },
		{ "version 4 root", TMD_POLICY_ROOT, true, NULL, { SOUND }, .version = 4 },
		{ "netscape ca", TMD_POLICY_ROOT, true, "strictly", { "nsCertType=sslCA" } },
		{ "netscape mail ca", TMD_POLICY_ROOT, false, "Netscape", { "nsCertType=emailCA" } },
		{ "intermediate", TMD_POLICY_INTERMEDIATE, true, NULL, { SOUND }, .issued = true },
		{ "intermediate by key usage alone", TMD_POLICY_INTERMEDIATE, true, "strictly",
		  { CERT_SIGN, SKI }, .issued = true },
		{ "server", TMD_POLICY_SERVER, true, "that server only",
		  { "basicConstraints=CA:FALSE", "extendedKeyUsage=serverAuth" } },
		{ "no basicConstraints", TMD_POLICY_SERVER, true, "no basicConstraints", { SKI } },
		{ "leaf", TMD_POLICY_LEAF, false, "issued by CN=somebody",
		  { "basicConstraints=CA:FALSE" }, .issued = true },
		{ "leaf, nothing said", TMD_POLICY_LEAF, false, "no basicConstraints", { SKI },
		  .issued = true },
	};

	CHECK_ALL(specs);
}
END_TEST

START_TEST(uses_that_exclude_a_servers_chain_are_named)
{
	static const struct spec specs[] = {
		{ "no certSign", TMD_POLICY_ROOT, false, "key usage does not include certificate",
		  { CRITICAL_CA, "keyUsage=digitalSignature", SKI } },
		{ "no certSign, issued", TMD_POLICY_INTERMEDIATE, false, "certificate signing",
		  { CRITICAL_CA, "keyUsage=digitalSignature", SKI }, .issued = true },
		{ "code signing", TMD_POLICY_ROOT, false, "lacks serverAuth",
		  { SOUND, "extendedKeyUsage=codeSigning,emailProtection" } },
		{ "critical", TMD_POLICY_ROOT, false, "lacks serverAuth",
		  { SOUND, "extendedKeyUsage=critical,clientAuth" } },
		{ "any", TMD_POLICY_ROOT, false, "lacks serverAuth",
		  { SOUND, "extendedKeyUsage=anyExtendedKeyUsage" } },
		{ "any and server", TMD_POLICY_ROOT, true, NULL,
		  { SOUND, "extendedKeyUsage=anyExtendedKeyUsage,serverAuth" } },
		{ "the old gated crypto", TMD_POLICY_ROOT, true, NULL,
		  { SOUND, "extendedKeyUsage=msSGC" } },
		{ "a client's own", TMD_POLICY_SERVER, false, "lacks serverAuth",
		  { "basicConstraints=CA:FALSE", "extendedKeyUsage=clientAuth" } },
		{ "a signer's own", TMD_POLICY_SERVER, false, "what a server does",
		  { "basicConstraints=CA:FALSE", "keyUsage=cRLSign" } },
	};

	CHECK_ALL(specs);
}
END_TEST

START_TEST(what_openssl_gives_up_at_is_named_truly)
{
	static const struct spec specs[] = {
		{ "twice", TMD_POLICY_BROKEN, false, "subjectKeyIdentifier is in it twice",
		  { SOUND, SKI } },
		{ "constraints twice", TMD_POLICY_BROKEN, false, "basicConstraints is in it twice",
		  { SOUND, CRITICAL_CA } },
		{ "issued, twice", TMD_POLICY_BROKEN, false, "keyUsage is in it twice",
		  { SOUND, CERT_SIGN }, .issued = true },
		{ "unreadable", TMD_POLICY_BROKEN, false, "basicConstraints cannot be read",
		  { "basicConstraints=critical,DER:04:00", CERT_SIGN } },
		{ "unreadable id", TMD_POLICY_BROKEN, false, "subjectKeyIdentifier cannot be read",
		  { CRITICAL_CA, CERT_SIGN, "subjectKeyIdentifier=DER:30:00" } },
		{ "unreadable names", TMD_POLICY_BROKEN, false, "nameConstraints cannot be read",
		  { SOUND, "nameConstraints=critical,DER:04:00" } },
		{ "empty usage", TMD_POLICY_BROKEN, false, "key usage is empty",
		  { CRITICAL_CA, "keyUsage=critical,DER:03:01:00" } },
		{ "negative path", TMD_POLICY_BROKEN, false, "negative",
		  { "basicConstraints=critical,DER:30:06:01:01:ff:02:01:ff", CERT_SIGN } },
		{ "unknown", TMD_POLICY_ROOT, false, "does not handle: 1.2.3.4",
		  { SOUND, "1.2.3.4=critical,DER:05:00" } },
		{ "unknown, not critical", TMD_POLICY_ROOT, true, NULL,
		  { SOUND, "1.2.3.4=DER:05:00" } },
		{ "unknown twice, not critical", TMD_POLICY_ROOT, true, NULL,
		  { SOUND, "1.2.3.4=DER:05:00", "1.2.3.4=DER:05:00" } },
		{ "critical id", TMD_POLICY_ROOT, false, "does not handle: subjectKeyIdentifier",
		  { CRITICAL_CA, CERT_SIGN, "subjectKeyIdentifier=critical,hash" } },
		{ "proxy", TMD_POLICY_LEAF, false, "proxy certificate",
		  { "proxyCertInfo=critical,DER:30:0c:30:0a:06:08:2b:06:01:05:05:07:15:00" }, .issued = true },
		{ "explicit curve", TMD_POLICY_ROOT, false, "spells out a curve", { SOUND },
		  .key = EC_EXPLICIT },
		{ "no signing key", TMD_POLICY_INTERMEDIATE, false, "cannot sign", { SOUND },
		  .key = X25519 },
		{ "no seconds", TMD_POLICY_ROOT, false, "start of its validity", { SOUND },
		  .not_before = "200001010000Z" },
		{ "no time", TMD_POLICY_ROOT, false, "start of its validity", { SOUND },
		  .not_before = "20000101" },
	};

	CHECK_ALL(specs);
}
END_TEST

/* They verify, and OpenSSL verifies less with them than people expect of a root. */
START_TEST(what_a_ca_is_limited_to_is_told)
{
#define PATH_0 "basicConstraints=critical,CA:TRUE,pathlen:0"
	static const struct spec specs[] = {
		{ "names", TMD_POLICY_ROOT, true,
		  "these kinds: permitted DNS .studio.example, DNS corp.example, IP 10.0.0.0/8; "
		  "excluded email evil.example, DNS bad.corp.example",
		  { SOUND, "nameConstraints=critical,permitted;DNS:.studio.example,"
			   "permitted;DNS:corp.example,permitted;IP:10.0.0.0/255.0.0.0,"
			   "excluded;email:evil.example,excluded;DNS:bad.corp.example" } },
		{ "not critical", TMD_POLICY_ROOT, true, "permitted IP 2001:db8:0:0:0:0:0:0/32",
		  { SOUND, "nameConstraints=permitted;IP:2001:db8::/ffff:ffff::" } },
		{ "everything", TMD_POLICY_ROOT, true,
		  "OpenSSL refuses these names: excluded DNS (every one)",
		  { SOUND, "nameConstraints=critical,DER:30:06:a1:04:30:02:82:00" } },
		{ "odd mask", TMD_POLICY_ROOT, true, "permitted IP (with an odd mask)",
		  { SOUND, "nameConstraints=critical,permitted;IP:10.0.0.0/255.0.255.0" } },
		{ "short address", TMD_POLICY_ROOT, true, "permitted IP (with an odd mask)",
		  { SOUND, "nameConstraints=critical,DER:30:07:a0:05:30:03:87:01:0a" } },
		{ "subject", TMD_POLICY_ROOT, true, "permitted subject O=Studio",
		  { SOUND, "nameConstraints=critical,DER:30:19:a0:17:30:15:a4:13:30:11:31:0f:30:0d:"
			   "06:03:55:04:0a:13:06:53:74:75:64:69:6f" } },
		{ "many", TMD_POLICY_ROOT, true, "DNS f and 2 more",
		  { SOUND, "nameConstraints=permitted;DNS:a,permitted;DNS:b,permitted;DNS:c,"
			   "permitted;DNS:d,permitted;DNS:e,permitted;DNS:f,permitted;DNS:g,"
			   "permitted;DNS:h" } },
		{ "path of a root", TMD_POLICY_ROOT, true, "its path length is 0", { PATH_0, CERT_SIGN, SKI } },
		{ "longer path", TMD_POLICY_ROOT, true, NULL,
		  { "basicConstraints=critical,CA:TRUE,pathlen:1", CERT_SIGN, SKI } },
		{ "path of an intermediate", TMD_POLICY_INTERMEDIATE, true, NULL,
		  { PATH_0, CERT_SIGN, SKI, "authorityKeyIdentifier=DER:30:06:80:04:01:02:03:04" },
		  .issued = true },
	};

	CHECK_ALL(specs);
}
END_TEST

START_TEST(weak_and_strictly_refused_ones_are_told_and_verify)
{
	static const struct spec specs[] = {
		{ "rsa 1024", TMD_POLICY_ROOT, true,
		  "(RSA, 1024 bits) is too weak for security level 2", { SOUND }, .key = RSA_1024 },
		{ "rsa 512", TMD_POLICY_ROOT, true,
		  "(RSA, 512 bits) is too weak for security level 1", { SOUND }, .key = RSA_512 },
		{ "p-192", TMD_POLICY_ROOT, true,
		  "(EC, 192 bits) is too weak for security level 2", { SOUND }, .key = EC_192 },
		{ "weak server", TMD_POLICY_SERVER, true, "RSA, 1024 bits",
		  { "basicConstraints=CA:FALSE" }, .key = RSA_1024 },
		/* The signature of the last certificate is never looked at. */
		{ "sha-1 root", TMD_POLICY_ROOT, true, NULL, { SOUND }, .sha1 = true },
		{ "sha-1 intermediate", TMD_POLICY_INTERMEDIATE, true, "SHA1", { SOUND },
		  .sha1 = true, .issued = true },
		{ "not critical", TMD_POLICY_ROOT, true, "not marked critical",
		  { "basicConstraints=CA:TRUE", CERT_SIGN, SKI } },
		{ "no usage", TMD_POLICY_ROOT, true, "does not include key usage extension",
		  { CRITICAL_CA, SKI } },
		{ "no id", TMD_POLICY_ROOT, true, "Missing Subject Key Identifier",
		  { CRITICAL_CA, CERT_SIGN } },
		{ "empty subject alternative name", TMD_POLICY_ROOT, true, "Subject Alternative Name",
		  { SOUND, "subjectAltName=DER:30:00" } },
	};

	CHECK_ALL(specs);
}
END_TEST

/* ---- trust settings ---- */

static void judge_trusted(const struct spec *spec, enum tmd_trust trust, struct tmd_policy *out)
{
	struct tmd_cert *cert = cert_for(spec);

	memset(out, 0, sizeof(*out));
	tmd_policy_judge(cert, trust, out);
	tmd_cert_free(cert);
}

START_TEST(trust_settings_count)
{
	static const struct spec root = { "root", .extensions = { SOUND } };
	static const struct spec middle = { "middle", .extensions = { SOUND }, .issued = true };
	static const struct spec leaf = { "leaf", .extensions = { SKI }, .issued = true };
	struct tmd_policy policy;

	judge_trusted(&root, TMD_TRUST_NONE, &policy);
	ck_assert(!policy.verifies && says(&policy.reasons, "trust settings"));
	tmd_policy_release(&policy);
	judge_trusted(&root, TMD_TRUST_SERVERS, &policy);
	ck_assert(policy.verifies && !policy.warnings.count);
	tmd_policy_release(&policy);
	judge_trusted(&middle, TMD_TRUST_SERVERS, &policy);
	ck_assert(policy.verifies && !policy.partial);
	tmd_policy_release(&policy);
	judge_trusted(&leaf, TMD_TRUST_SERVERS, &policy);
	ck_assert(policy.verifies && says(&policy.warnings, "only"));
	tmd_policy_release(&policy);
}
END_TEST

static void scan_trusted(X509 *x, int trust, int reject, struct tmd_bundle *out)
{
	BIO *bio = BIO_new(BIO_s_mem());
	X509 *copy = X509_dup(x);
	struct tmd_error err;
	char *text;

	X509_alias_set1(copy, (const unsigned char *)"a", 1);
	if (trust)
		X509_add1_trust_object(copy, OBJ_nid2obj(trust));
	if (reject)
		X509_add1_reject_object(copy, OBJ_nid2obj(reject));
	PEM_write_bio_X509_AUX(bio, copy);
	text = make_text(bio);
	ck_ok(tmd_bundle_scan(text, strlen(text), out, &err), err);
	ck_assert_uint_eq(out->count, 1);
	free(text);
	X509_free(copy);
}

START_TEST(trust_settings_are_read_as_openssl_reads_them)
{
	static const struct {
		int trust;
		int reject;
		enum tmd_trust expected;
	} cases[] = {
		{ 0, 0, TMD_TRUST_UNSET },
		{ 0, NID_server_auth, TMD_TRUST_NONE },
		{ 0, NID_anyExtendedKeyUsage, TMD_TRUST_NONE },
		{ 0, NID_email_protect, TMD_TRUST_UNSET },
		{ NID_server_auth, 0, TMD_TRUST_SERVERS },
		{ NID_anyExtendedKeyUsage, 0, TMD_TRUST_SERVERS },
		{ NID_email_protect, 0, TMD_TRUST_NONE },
		{ NID_server_auth, NID_server_auth, TMD_TRUST_NONE },
		{ NID_server_auth, NID_email_protect, TMD_TRUST_SERVERS },
	};
	X509 *x = make(&(struct spec){ "root", .extensions = { SOUND } });

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct tmd_bundle bundle = { 0 };

		scan_trusted(x, cases[i].trust, cases[i].reject, &bundle);
		ck_assert_msg(bundle.entries[0].trust == cases[i].expected, "case %zu: %d", i,
			      (int)bundle.entries[0].trust);
		tmd_bundle_release(&bundle);
	}
	X509_free(x);
}
END_TEST

/* ---- issuers ---- */

static X509 *make_named(const char *subject, const char *issuer, EVP_PKEY *key, EVP_PKEY *signer)
{
	X509_NAME *its = make_name(subject);
	X509_NAME *other = make_name(issuer);
	X509 *x = X509_new();

	X509_set_version(x, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 5);
	ASN1_TIME_set_string(X509_getm_notBefore(x), "20000101000000Z");
	ASN1_TIME_set_string(X509_getm_notAfter(x), "20991231235959Z");
	X509_set_subject_name(x, its);
	X509_set_issuer_name(x, other);
	X509_set_pubkey(x, key);
	add_extension(x, CRITICAL_CA);
	add_extension(x, CERT_SIGN);
	ck_assert_int_gt(X509_sign(x, signer, EVP_sha256()), 0);
	X509_NAME_free(its);
	X509_NAME_free(other);
	return x;
}

static void add_pem(struct tmd_buf *text, X509 *x)
{
	unsigned char *der = NULL;
	int len = i2d_X509(x, &der);

	tmd_cert_add_pem(text, der, (size_t)len);
	OPENSSL_free(der);
}

static bool finds_issuer(const struct tmd_buf *text, const struct tmd_cert *cert)
{
	struct tmd_bundle bundle = { 0 };
	struct tmd_error err;
	bool found;

	ck_ok(tmd_bundle_scan(text->data, text->len, &bundle, &err), err);
	found = tmd_policy_has_issuer(&bundle, cert);
	tmd_bundle_release(&bundle);
	return found;
}

static void add_distrusted(struct tmd_buf *out, X509 *x)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text;
	long len;

	ck_assert_int_eq(X509_add1_reject_object(x, OBJ_nid2obj(NID_server_auth)), 1);
	ck_assert_int_eq(PEM_write_bio_X509_AUX(bio, x), 1);
	len = BIO_get_mem_data(bio, &text);
	tmd_buf_add(out, text, (size_t)len);
	BIO_free(bio);
}

START_TEST(an_issuer_is_found_in_the_store)
{
	EVP_PKEY *key = make_key();
	EVP_PKEY *root_key = make_key();
	X509 *root = make_named("root", "root", root_key, root_key);
	X509 *other = make_named("other", "other", root_key, root_key);
	X509 *middle = make_named("middle", "root", key, root_key);
	struct tmd_cert *cert = cert_of(middle);
	TMD_AUTO_BUF struct tmd_buf text = { 0 };

	add_pem(&text, middle);
	add_pem(&text, other);
	ck_assert(!finds_issuer(&text, cert));
	add_pem(&text, root);
	ck_assert(finds_issuer(&text, cert));
	tmd_buf_clear(&text);
	add_distrusted(&text, root);
	ck_assert(!finds_issuer(&text, cert));
	tmd_cert_free(cert);
	X509_free(middle);
	X509_free(other);
	X509_free(root);
	EVP_PKEY_free(root_key);
	EVP_PKEY_free(key);
}
END_TEST

static Suite *policy_suite(void)
{
	Suite *suite = suite_create("policy");
	TCase *tcase = tcase_create("policy");

	tcase_add_test(tcase, what_a_ca_is_limited_to_is_told);
	tcase_add_test(tcase, cas_and_servers_are_told_apart_as_openssl_does);
	tcase_add_test(tcase, uses_that_exclude_a_servers_chain_are_named);
	tcase_add_test(tcase, what_openssl_gives_up_at_is_named_truly);
	tcase_add_test(tcase, weak_and_strictly_refused_ones_are_told_and_verify);
	tcase_add_test(tcase, trust_settings_count);
	tcase_add_test(tcase, trust_settings_are_read_as_openssl_reads_them);
	tcase_add_test(tcase, an_issuer_is_found_in_the_store);
	suite_add_tcase(suite, tcase);
	return suite;
}

UNIT_MAIN(policy_suite)
