/* A made-up server's certificate below the one in question, and OpenSSL's verdict. */
#include "x509/probe.h"

#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "base/buf.h"

#define LEAVES 4 /* that are kept: there are few ways to sign */

enum tag {
	TAG_INTEGER = 0x02,
	TAG_BIT_STRING = 0x03,
	TAG_UTC_TIME = 0x17,
	TAG_GENERALIZED_TIME = 0x18,
	TAG_SEQUENCE = 0x30,
	TAG_VERSION = 0xa0, /* [0] EXPLICIT */
};

/* ---- DER ---- */

static void put(struct tmd_buf *out, enum tag tag, const void *content, size_t len)
{
	tmd_buf_add_char(out, (char)tag);
	if (len > 0xff) {
		tmd_buf_add_char(out, (char)0x83);
		tmd_buf_add_char(out, (char)(len >> 16 & 0xff));
		tmd_buf_add_char(out, (char)(len >> 8 & 0xff));
	} else if (len > 0x7f) {
		tmd_buf_add_char(out, (char)0x81);
	}
	tmd_buf_add_char(out, (char)(len & 0xff));
	tmd_buf_add(out, content, len);
}

static void put_buf(struct tmd_buf *out, enum tag tag, const struct tmd_buf *content)
{
	put(out, tag, tmd_buf_str(content), content->len);
}

/* ---- the certificate below ---- */

static int key_type(const EVP_PKEY *key)
{
	int type = key ? EVP_PKEY_get_base_id(key) : NID_undef;
	const char *name;

	if (type > 0 || !key)
		return type;
	name = EVP_PKEY_get0_type_name(key);
	return name ? OBJ_txt2nid(name) : NID_undef;
}

/* An algorithm with which a key of this type signs; RSA's where there is none. */
static int signature_type(const EVP_PKEY *key)
{
	static const int digests[] = { NID_sha256, NID_sm3 };
	int type = key_type(key);
	int found = NID_undef;

	for (size_t i = 0; type > 0 && i < sizeof(digests) / sizeof(*digests); i++) {
		if (OBJ_find_sigid_by_algs(&found, digests[i], type))
			return found;
	}
	/* Ed25519 and RSA-PSS are both: a type of keys and of signatures. */
	if (type > 0 && OBJ_find_sigid_algs(type, NULL, &found) && found == type)
		return type;
	return NID_sha256WithRSAEncryption;
}

static void put_algorithm(struct tmd_buf *out, int signature)
{
	TMD_AUTO_BUF struct tmd_buf oid = { 0 };
	unsigned char *der = NULL;
	int len = i2d_ASN1_OBJECT(OBJ_nid2obj(signature), &der);

	if (len > 0)
		tmd_buf_add(&oid, der, (size_t)len);
	OPENSSL_free(der);
	put_buf(out, TAG_SEQUENCE, &oid);
}

static void put_name(struct tmd_buf *out, const char *letter)
{
	TMD_AUTO_BUF struct tmd_buf name = { 0 };

	tmd_buf_add(&name, "\x31\x0c\x30\x0a\x06\x03\x55\x04\x03\x0c\x03", 11);
	tmd_buf_addf(&name, "by%s", letter);
	put_buf(out, TAG_SEQUENCE, &name);
}

static void put_validity(struct tmd_buf *out)
{
	TMD_AUTO_BUF struct tmd_buf times = { 0 };

	put(&times, TAG_UTC_TIME, "500101000000Z", 13); /* 1950 */
	put(&times, TAG_GENERALIZED_TIME, "99991231235959Z", 15);
	put_buf(out, TAG_SEQUENCE, &times);
}

static void put_body(struct tmd_buf *out, int signature)
{
	/* Of Ed25519, which is read faster than any other. */
	static const char key[] = "\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00"
				  "one key is as good as another...";
	TMD_AUTO_BUF struct tmd_buf body = { 0 };

	put(&body, TAG_VERSION, "\x02\x01\x02", 3); /* 3 */
	put(&body, TAG_INTEGER, "\x01", 1);
	put_algorithm(&body, signature);
	put_name(&body, "x");
	put_validity(&body);
	put_name(&body, "y");
	put(&body, TAG_SEQUENCE, key, sizeof(key) - 1);
	put_buf(out, TAG_SEQUENCE, &body);
}

/* Its signature has no bits: it is found bad before anything is computed. */
static X509 *make_leaf(int signature)
{
	TMD_AUTO_BUF struct tmd_buf parts = { 0 };
	TMD_AUTO_BUF struct tmd_buf der = { 0 };
	const unsigned char *at;
	X509 *leaf;

	put_body(&parts, signature);
	put_algorithm(&parts, signature);
	put(&parts, TAG_BIT_STRING, "\0", 1);
	put_buf(&der, TAG_SEQUENCE, &parts);
	at = (const unsigned char *)tmd_buf_str(&der);
	leaf = d2i_X509(NULL, &at, (long)der.len);
	/* What OpenSSL notes of it once stays: it is not self-issued, whatever its issuer's name. */
	if (leaf)
		(void)X509_check_purpose(leaf, -1, 0);
	return leaf;
}

struct leaf {
	int signature; /* NID */
	X509 *cert;
};

/*
 * One that `ca` could have issued, or NULL; valid until the next call. Reading a key costs OpenSSL
 * more than a whole verification, so one leaf of each way to sign serves all, and only its issuer's
 * name changes.
 */
static X509 *leaf_below(X509 *ca)
{
	static struct leaf leaves[LEAVES];
	int signature = signature_type(X509_get0_pubkey(ca));
	struct leaf *leaf = &leaves[(unsigned)signature % LEAVES];

	if (leaf->signature != signature) {
		X509_free(leaf->cert);
		leaf->cert = make_leaf(signature);
		leaf->signature = signature;
	}
	if (!leaf->cert || !X509_set_issuer_name(leaf->cert, X509_get_subject_name(ca)))
		return NULL;
	return leaf->cert;
}

/* ---- the verdict ---- */

bool tmd_probe_has(const struct tmd_probe *probe, int error)
{
	for (size_t i = 0; i < probe->count; i++) {
		if (probe->errors[i] == error)
			return true;
	}
	return false;
}

static void note(struct tmd_probe *probe, int error)
{
	if (!tmd_probe_has(probe, error) && probe->count < TMD_PROBE_MAX)
		probe->errors[probe->count++] = error;
}

/* Is it about a certificate that was not found, or could not be used, above the first one? */
static bool lacks_issuer(int error)
{
	return error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
	       error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT ||
	       error == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE ||
	       error == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT ||
	       error == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN;
}

struct listening {
	struct tmd_probe *probe;
	int depth; /* of the certificate in question */
};

/* Goes on in any case, to hear of everything. */
static int listen_to(int ok, X509_STORE_CTX *ctx)
{
	struct listening *listening = X509_STORE_CTX_get_app_data(ctx);
	int error = X509_STORE_CTX_get_error(ctx);

	if (ok || error == X509_V_ERR_CERT_HAS_EXPIRED || error == X509_V_ERR_CERT_NOT_YET_VALID)
		return 1;
	if (X509_STORE_CTX_get_error_depth(ctx) >= listening->depth || lacks_issuer(error))
		note(listening->probe, error);
	return 1;
}

static int verify(X509_STORE_CTX *ctx, STACK_OF(X509) *store, X509 *leaf, unsigned long flags,
		  int level, struct listening *listening)
{
	X509_VERIFY_PARAM *param;

	if (!X509_STORE_CTX_init(ctx, NULL, leaf, NULL))
		return 0;
	X509_STORE_CTX_set0_trusted_stack(ctx, store);
	X509_STORE_CTX_set_verify_cb(ctx, listen_to);
	param = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_auth_level(param, level);
	if (!X509_STORE_CTX_set_app_data(ctx, listening) ||
	    !X509_VERIFY_PARAM_set_flags(param, flags) ||
	    !X509_STORE_CTX_set_purpose(ctx, X509_PURPOSE_SSL_SERVER))
		return 0;
	return X509_verify_cert(ctx);
}

static void ask(X509 *leaf, X509 *trusted, unsigned long flags, int level,
		struct listening *listening)
{
	STACK_OF(X509) *store = sk_X509_new_null();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();

	if (!store || !ctx || !sk_X509_push(store, trusted))
		abort();
	/* It gave up without telling why: that is a fault too. */
	if (!leaf || verify(ctx, store, leaf, flags, level, listening) <= 0) {
		if (!listening->probe->count)
			note(listening->probe, X509_V_ERR_UNSPECIFIED);
	}
	X509_STORE_CTX_free(ctx);
	sk_X509_free(store);
	ERR_clear_error();
}

void tmd_probe_issuer(X509 *ca, unsigned long flags, int level, struct tmd_probe *out)
{
	struct listening listening = { .probe = out, .depth = 1 };

	out->count = 0;
	ask(leaf_below(ca), ca, flags, level, &listening);
}

void tmd_probe_server(X509 *server, unsigned long flags, struct tmd_probe *out)
{
	struct listening listening = { .probe = out, .depth = 0 };

	out->count = 0;
	ask(server, server, flags, 0, &listening);
}
