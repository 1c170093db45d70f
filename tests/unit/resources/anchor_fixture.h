/*
 * For the tests of the anchor type: certificates made on the spot, a small root of a
 * machine, and the type's functions driven the way the engine drives them.
 */
#ifndef TESTS_ANCHOR_FIXTURE_H
#define TESTS_ANCHOR_FIXTURE_H

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/mem.h"
#include "base/str.h"
#include "resources/anchor/anchor.h"
#include "resources/changes.h"
#include "resources/types.h"
#include "unit.h"

/* ---- certificates ---- */

struct made {
	EVP_PKEY *key;
	char *pem;
	unsigned char *der;
	size_t der_len;
	struct tmd_cert *cert;
};

struct making {
	const char *cn;
	const char *constraints; /* "critical,CA:TRUE"; NULL: none */
	const char *usage;       /* extended key usage, or NULL */
	EVP_PKEY *key;           /* of another, or NULL for a new one */
	long version;            /* 0: 3 */
	long serial;             /* 0: 1 */
	long days;               /* of validity from now; 0: ten years */
	bool issued;             /* by CN=issuer, instead of by itself */
};

static inline void add_extension(X509 *x, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *extension;

	if (!value)
		return;
	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, x, x, NULL, NULL, 0);
	extension = X509V3_EXT_nconf_nid(NULL, &ctx, nid, value);
	ck_assert_ptr_nonnull(extension);
	ck_assert_int_eq(X509_add_ext(x, extension, -1), 1);
	X509_EXTENSION_free(extension);
}

static inline char *bio_text(BIO *bio)
{
	char *data;
	long len = BIO_get_mem_data(bio, &data);
	char *text = tmd_strndup(data, (size_t)len);

	BIO_free(bio);
	return text;
}

static inline void set_issuer(X509 *x, const char *cn)
{
	X509_NAME *name = X509_NAME_new();

	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)cn, -1, -1, 0);
	X509_set_issuer_name(x, name);
	X509_NAME_free(name);
}

static inline struct made make_cert_as(struct making how)
{
	struct made made = { 0 };
	struct tmd_error err;
	X509 *x = X509_new();
	X509_NAME *name = X509_NAME_new();
	BIO *bio = BIO_new(BIO_s_mem());
	long days = how.days ? how.days : 3650;

	if (how.key)
		EVP_PKEY_up_ref(how.key);
	made.key = how.key ? how.key : EVP_EC_gen("P-256");
	X509_set_version(x, how.version ? how.version - 1 : 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), how.serial ? how.serial : 1);
	X509_gmtime_adj(X509_getm_notBefore(x), -86400L * 400);
	X509_gmtime_adj(X509_getm_notAfter(x), 86400L * days);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)how.cn, -1, -1,
				   0);
	X509_set_subject_name(x, name);
	X509_set_issuer_name(x, name);
	if (how.issued)
		set_issuer(x, "issuer");
	X509_NAME_free(name);
	X509_set_pubkey(x, made.key);
	add_extension(x, NID_basic_constraints, how.constraints);
	add_extension(x, NID_ext_key_usage, how.usage);
	if (how.constraints && strstr(how.constraints, "CA:TRUE"))
		add_extension(x, NID_key_usage, "critical,keyCertSign,cRLSign");
	if (how.version != 1)
		add_extension(x, NID_subject_key_identifier, "hash");
	ck_assert_int_gt(X509_sign(x, made.key, EVP_sha256()), 0);
	PEM_write_bio_X509(bio, x);
	made.pem = bio_text(bio);
	made.der_len = (size_t)i2d_X509(x, &made.der);
	X509_free(x);
	ck_ok(tmd_cert_parse(made.der, made.der_len, &made.cert, &err), err);
	return made;
}

static inline struct made make_ca(const char *cn)
{
	return make_cert_as((struct making){ .cn = cn, .constraints = "critical,CA:TRUE" });
}

/* A TRUSTED CERTIFICATE block whose settings reject it for servers; the caller frees. */
static inline char *rejecting_pem(const struct made *made)
{
	const unsigned char *at = made->der;
	X509 *x = d2i_X509(NULL, &at, (long)made->der_len);
	BIO *bio = BIO_new(BIO_s_mem());

	ck_assert_int_eq(X509_add1_reject_object(x, OBJ_nid2obj(NID_server_auth)), 1);
	PEM_write_bio_X509_AUX(bio, x);
	X509_free(x);
	return bio_text(bio);
}

static inline char *key_pem(const struct made *made)
{
	BIO *bio = BIO_new(BIO_s_mem());

	PEM_write_bio_PrivateKey(bio, made->key, NULL, NULL, 0, NULL, NULL);
	return bio_text(bio);
}

static inline void made_release(struct made *made)
{
	EVP_PKEY_free(made->key);
	free(made->pem);
	OPENSSL_free(made->der);
	tmd_cert_free(made->cert);
}

/* ---- a root ---- */

struct root {
	char dir[UNIT_DIR_MAX];
	struct tmd_ctx ctx;
};

/* As the run itself would, which then tells of this path alone. */
static inline void root_change(struct root *root, const char *path, const char *text)
{
	unit_make_parents(root->dir, path);
	unit_write(root->dir, path, text, strlen(text));
	tmd_sessions_forget(&root->ctx, path);
}

static inline void root_write_bytes(struct root *root, const char *path, const void *data,
				    size_t len)
{
	unit_make_parents(root->dir, path);
	unit_write(root->dir, path, data, len);
	tmd_sessions_forget(&root->ctx, NULL);
}

static inline void root_write(struct root *root, const char *path, const char *text)
{
	root_write_bytes(root, path, text, strlen(text));
}

static inline void root_remove(struct root *root, const char *path)
{
	char full[UNIT_PATH_MAX];

	snprintf(full, sizeof(full), "%s%s", root->dir, path);
	ck_assert_int_eq(remove(full), 0);
	tmd_sessions_forget(&root->ctx, NULL);
}

static inline void root_open(struct root *root, const char *os_release)
{
	memset(root, 0, sizeof(*root));
	unit_make_dir(root->dir);
	if (os_release)
		root_write(root, "/etc/os-release", os_release);
	ctx_open(&root->ctx, root->dir);
	root->ctx.now = tmd_now();
}

static inline void root_close(struct root *root)
{
	ctx_close(&root->ctx);
	unit_remove_tree(root->dir);
}

/* ---- a resource ---- */

/* What its input shows, for the test that made it. */
static inline struct tmd_value *anchor_input(const struct tmd_resource *r)
{
	return (struct tmd_value *)r->input;
}

static inline struct tmd_resource anchor_new(const char *certificate, const char *state)
{
	struct tmd_resource r = { .type = &tmd_type_anchor, .base_dir = tmd_strdup("/") };
	size_t count = tmd_type_anchor.field_count;

	r.input = tmd_alloc(count, sizeof(struct tmd_value));
	r.desired = tmd_alloc(count, sizeof(struct tmd_value));
	r.current = tmd_alloc(count, sizeof(struct tmd_value));
	tmd_value_set_string(&anchor_input(&r)[0], certificate);
	if (state)
		tmd_value_set_string(&anchor_input(&r)[3], state);
	return r;
}

static inline size_t field(const char *name)
{
	for (size_t i = 0; i < tmd_type_anchor.field_count; i++) {
		if (strcmp(tmd_type_anchor.fields[i].name, name) == 0)
			return i;
	}
	ck_abort_msg("no field %s", name);
	return 0;
}

static inline void anchor_give(struct tmd_resource *r, const char *name, const char *value)
{
	tmd_value_set_string(&anchor_input(r)[field(name)], value);
}

static inline void anchor_free_resource(struct tmd_resource *r)
{
	r->type->release(r);
	for (size_t i = 0; i < r->type->field_count; i++) {
		tmd_value_release(&anchor_input(r)[i]);
		tmd_value_release(&r->desired[i]);
		tmd_value_release(&r->current[i]);
	}
	free(anchor_input(r));
	free(r->desired);
	free(r->current);
	free(r->base_dir);
	free(r->identity);
	free(r->name);
	tmd_strv_release(&r->warnings);
	free(r->diff.path);
	free(r->diff.before);
	free(r->diff.after);
}

static inline void anchor_read(struct root *root, struct tmd_resource *r)
{
	struct tmd_error err;

	tmd_sessions_forget(&root->ctx, NULL);
	ck_ok(tmd_resource_normalize(&root->ctx, r, &err), err);
	ck_ok(tmd_resource_read(&root->ctx, r, &err), err);
}

static inline const char *current_state(const struct tmd_resource *r)
{
	return tmd_value_str(&r->current[field("state")]);
}

static inline bool current_is(const struct tmd_resource *r, const char *name)
{
	return tmd_value_bool(&r->current[field(name)], false);
}

static inline bool list_mentions(const struct tmd_strv *list, const char *what)
{
	for (size_t i = 0; i < list->count; i++) {
		if (strstr(list->items[i], what))
			return true;
	}
	return false;
}

static inline bool current_mentions(const struct tmd_resource *r, const char *name,
				    const char *what)
{
	return list_mentions(&r->current[field(name)].list, what);
}

/* Would the engine call plan()? */
static inline bool differs(const struct tmd_resource *r)
{
	for (size_t i = 0; i < r->type->field_count; i++) {
		if (r->desired[i].kind == TMD_V_NULL || (r->type->fields[i].flags & TMD_F_PARAM) ||
		    tmd_value_equal(&r->desired[i], &r->current[i]) || r->type->in_sync(r, i))
			continue;
		return true;
	}
	return false;
}

#endif
