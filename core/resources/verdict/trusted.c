/* What is trusted is what OpenSSL reads; what it is good for, policy.h says. */
#include "resources/verdict/trusted.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "resources/env/trust_vars.h"
#include "resources/scans.h"
#include "x509/policy.h"

#define HASH_DIGITS 8 /* of a subject */
#define SAME_HASH_MAX 256

void tmd_trusted_release(struct tmd_trusted *trusted)
{
	for (size_t i = 0; i < trusted->count; i++)
		tmd_bundle_release(&trusted->bundles[i]);
	free(trusted->bundles);
	tmd_certset_release(&trusted->stores);
	memset(trusted, 0, sizeof(*trusted));
}

static void add(struct tmd_trusted *trusted, const struct tmd_bundle *bundle)
{
	trusted->bundles = tmd_grow(trusted->bundles, &trusted->cap, trusted->count + 1,
				    sizeof(*trusted->bundles));
	trusted->bundles[trusted->count++] = *bundle;
}

/* ---- a file ---- */

static char *why_unread(struct tmd_ctx *ctx, const char *path, const struct tmd_error *err)
{
	struct tmd_error ignored = { 0 };
	struct tmd_stat st;

	if (err->kind == TMD_E_NOT_FOUND)
		return tmd_format("there is no file %s", path);
	if (!tmd_view_stat(ctx->view, path, &st, &ignored) && st.type == TMD_FILE_DIRECTORY)
		return tmd_format("%s is a directory", path);
	return tmd_format("%s: %s", path, err->message);
}

/* By his own and everybody's rights: which groups he is in is not known here. */
static bool may_read(const struct tmd_user *reader, const struct tmd_stat *st)
{
	if (!tmd_fs_has_modes() || reader->uid == 0)
		return true;
	return st->mode & (reader->uid == st->uid ? 0400 : 0044);
}

/* NULL: he can read it. */
static char *why_locked(struct tmd_ctx *ctx, const char *path, const struct tmd_stat *st,
			const struct tmd_user *reader)
{
	struct tmd_error ignored = { 0 };
	uint32_t owner = 0;
	char *why = NULL;

	if (!reader)
		return NULL;
	if (!may_read(reader, st))
		return tmd_format("%s cannot read %s, which has mode %04o", reader->name, path,
				  (unsigned)st->mode);
	if (tmd_view_find_obstacle(ctx->view, path, reader, &why, &owner, &ignored))
		return NULL;
	return why;
}

static char *why_unloaded(const struct tmd_bundle *bundle, const struct tmd_buf *text,
			  const char *path)
{
	struct tmd_error err = { 0 };

	tmd_bundle_explain(bundle, tmd_buf_str(text), text->len, path, NULL, &err);
	return tmd_format("%s does not load: %s", path, err.message);
}

char *tmd_trusted_add_file(struct tmd_ctx *ctx, const char *path, const struct tmd_user *reader,
			   struct tmd_trusted *trusted)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	struct tmd_bundle bundle = { 0 };
	struct tmd_error err = { 0 };
	struct tmd_stat st;
	char *why;

	if (tmd_view_read(ctx->view, path, TMD_BUNDLE_MAX, &text, &st, &err))
		return why_unread(ctx, path, &err);
	why = why_locked(ctx, path, &st, reader);
	if (why)
		return why;
	if (tmd_scan_once(ctx, &text, &bundle, &err))
		return tmd_format("%s: %s", path, err.message);
	if (bundle.loads) {
		add(trusted, &bundle);
		return NULL;
	}
	why = why_unloaded(&bundle, &text, path);
	tmd_bundle_release(&bundle);
	return why;
}

/* ---- directories ---- */

/* "5ad8a5d6.0", where a look-up begins. */
static bool is_first_name(const char *name)
{
	return strspn(name, "0123456789abcdef") == HASH_DIGITS &&
	       strcmp(name + HASH_DIGITS, ".0") == 0;
}

/* The names HASH.0, HASH.1 and so on, up to the first that is missing or does not load. */
static void add_same_hash(struct tmd_ctx *ctx, const char *dir, const char *first,
			  struct tmd_trusted *trusted)
{
	bool more = true;

	for (unsigned n = 0; more && n < SAME_HASH_MAX; n++) {
		TMD_AUTO_FREE char *name = tmd_format("%.*s.%u", HASH_DIGITS, first, n);
		TMD_AUTO_FREE char *path = tmd_path_join(dir, name);
		TMD_AUTO_FREE char *why = tmd_trusted_add_file(ctx, path, NULL, trusted);

		more = !why;
	}
}

static void add_dir(struct tmd_ctx *ctx, const char *dir, struct tmd_trusted *trusted)
{
	TMD_AUTO_STRV struct tmd_strv names = { 0 };
	struct tmd_error ignored = { 0 };

	if (!tmd_path_is_absolute(dir)) {
		trusted->open = trusted->open || *dir;
		return;
	}
	if (tmd_view_list(ctx->view, dir, &names, &ignored))
		return;
	for (size_t i = 0; i < names.count; i++) {
		if (is_first_name(names.items[i]))
			add_same_hash(ctx, dir, names.items[i], trusted);
	}
}

void tmd_trusted_add_dirs(struct tmd_ctx *ctx, const char *dirs, struct tmd_trusted *trusted)
{
	char *dir;

	while ((dir = tmd_env_next_path("SSL_CERT_DIR", &dirs))) {
		add_dir(ctx, dir, trusted);
		free(dir);
	}
}

/* ---- what is required ---- */

static void add_entry(struct tmd_bundle *bundle, const void *der, size_t len)
{
	bundle->entries = tmd_grow(bundle->entries, &bundle->cap, bundle->count + 1,
				   sizeof(*bundle->entries));
	bundle->entries[bundle->count++] = (struct tmd_bundle_entry){ .der = der, .der_len = len };
}

void tmd_trusted_take_stores(struct tmd_trusted *trusted)
{
	struct tmd_bundle bundle = { .loads = true };

	for (size_t i = 0; i < trusted->stores.count; i++)
		add_entry(&bundle, trusted->stores.items[i].der, trusted->stores.items[i].len);
	add(trusted, &bundle);
}

void tmd_trusted_assume_public(struct tmd_trusted *trusted)
{
	struct tmd_bundle bundle = { .loads = true };

	for (const struct tmd_builtin *b = tmd_builtins; b->name; b++)
		add_entry(&bundle, b->der, b->der_len);
	add(trusted, &bundle);
}

/* Whatever has a fingerprint may be in a file that somebody makes. */
void tmd_trusted_assume(const struct tmd_requirements *required, struct tmd_trusted *trusted)
{
	for (size_t i = 0; i < required->count; i++) {
		for (size_t k = 0; k < required->items[i].count; k++) {
			const struct tmd_alternative *one = &required->items[i].alternatives[k];

			trusted->open = trusted->open || !one->der.len;
			if (one->der.len)
				tmd_certset_add(&trusted->stores, one->der.data, one->der.len);
		}
	}
	tmd_trusted_take_stores(trusted);
}

static bool has_issuer(const struct tmd_trusted *trusted, const struct tmd_cert *cert)
{
	for (size_t i = 0; i < trusted->count; i++) {
		if (tmd_policy_has_issuer(&trusted->bundles[i], cert))
			return true;
	}
	return false;
}

/* Why a verification does not end well with this one in the store; NULL: it does. */
static char *find_fault(const struct tmd_trusted *trusted, const struct tmd_bundle_entry *entry,
			const struct tmd_cert *cert, bool strict, int64_t now)
{
	TMD_CLEANUP(tmd_policy_release) struct tmd_policy policy = { 0 };

	tmd_policy_judge(cert, entry->trust, &policy);
	if (!policy.verifies)
		return tmd_strdup(policy.reasons.items[0]);
	if (cert->not_after != INT64_MIN && cert->not_after < now)
		return tmd_format("it expired on %.10s", cert->not_after_text);
	if (strict && policy.strict)
		return tmd_format("strict verification refuses it: %s", policy.strict);
	if (policy.kind == TMD_POLICY_INTERMEDIATE && policy.partial && !strict &&
	    !has_issuer(trusted, cert))
		return tmd_strdup(policy.partial);
	return NULL;
}

/* True where it serves; else `*fault` may say why one that is there does not. */
static bool serves(const struct tmd_trusted *trusted, const struct tmd_bundle_entry *entry,
		   bool strict, int64_t now, char **fault)
{
	TMD_CLEANUP(tmd_cert_free_ptr) struct tmd_cert *cert = NULL;
	struct tmd_error err = { 0 };

	free(*fault);
	*fault = tmd_cert_parse(entry->der, entry->der_len, &cert, &err) ?
			 tmd_strdup(err.message) :
			 find_fault(trusted, entry, cert, strict, now);
	return !*fault;
}

static bool is_alternative(const struct tmd_bundle_entry *entry, const struct tmd_alternative *one)
{
	char sha256[65];

	if (one->der.len)
		return tmd_bundle_entry_is(entry, one->der.data, one->der.len);
	tmd_sha256_hex(entry->der, entry->der_len, sha256);
	return strcmp(sha256, one->sha256) == 0;
}

static bool has_alternative(const struct tmd_trusted *trusted, const struct tmd_alternative *one,
			    bool strict, int64_t now, char **fault)
{
	for (size_t i = 0; i < trusted->count; i++) {
		const struct tmd_bundle *bundle = &trusted->bundles[i];

		for (size_t k = 0; k < bundle->count; k++) {
			if (is_alternative(&bundle->entries[k], one) &&
			    serves(trusted, &bundle->entries[k], strict, now, fault))
				return true;
		}
	}
	return false;
}

static bool is_met(const struct tmd_trusted *trusted, const struct tmd_requirement *required,
		   bool strict, int64_t now, char **fault)
{
	for (size_t i = 0; i < required->count; i++) {
		if (has_alternative(trusted, &required->alternatives[i], strict, now, fault))
			return true;
	}
	return false;
}

void tmd_trusted_missing(const struct tmd_trusted *trusted, const struct tmd_requirements *required,
			 bool strict, int64_t now, struct tmd_strv *missing)
{
	for (size_t i = 0; i < required->count; i++) {
		const char *label = required->items[i].label;
		TMD_AUTO_FREE char *fault = NULL;

		if (is_met(trusted, &required->items[i], strict, now, &fault))
			continue;
		if (fault)
			tmd_strv_addf(missing, "%s (it is there, and does not serve: %s)", label, fault);
		else
			tmd_strv_add(missing, label);
	}
}
