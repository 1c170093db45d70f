/* Turning what the caller names into certificates; every refusal names the input at fault. */
#include "resources/bundle/inputs.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "resources/anchor/anchor.h"
#include "resources/bundle/usable.h"
#include "resources/bundle/reading.h"
#include "resources/scans.h"
#include "x509/pem.h"

#define BUILTIN "builtin:"
#define INPUT_MAX ((size_t)1 << 20) /* bytes of one certificate's file */

static bool is_pem(const char *text)
{
	return tmd_pem_is_text(text);
}

static bool is_builtin(const char *text)
{
	return tmd_str_starts(text, BUILTIN);
}

/* Says what the failed input was meant to be; its path is in the error already. */
static enum tmd_rc blame(const char *role, struct tmd_error *err)
{
	return tmd_fail(err, err->kind, err->path[0] ? err->path : NULL,
			err->hint[0] ? err->hint : NULL, "cannot be used as %s: %s", role,
			err->message);
}

/* ---- alternatives: "A or B" ---- */

#define BEGIN "-----BEGIN"
#define END "-----END"

static void add_trimmed(struct tmd_strv *out, const char *text, size_t len)
{
	while (len && tmd_is_space(text[len - 1]))
		len--;
	while (len && tmd_is_space(*text)) {
		text++;
		len--;
	}
	tmd_strv_addn(out, text, len);
}

/* Adds the names of a text without PEM. */
static void split_names(const char *text, size_t len, struct tmd_strv *out)
{
	TMD_AUTO_FREE char *names = tmd_strndup(text, len);
	const char *rest = names;
	const char *next;

	while ((next = strstr(rest, " or ")) != NULL) {
		add_trimmed(out, rest, (size_t)(next - rest));
		rest = next + 4;
	}
	add_trimmed(out, rest, strlen(rest));
}

/* Where "… or" ends in front of a PEM text: before the word; 0: that is no alternative. */
static size_t names_before(const char *text, const char *begin)
{
	size_t len = (size_t)(begin - text);

	while (len && tmd_is_space(text[len - 1]))
		len--;
	if (len < 4 || text + len == begin || memcmp(text + len - 2, "or", 2) != 0)
		return 0;
	return tmd_is_space(text[len - 3]) ? len - 3 : 0;
}

/* What follows "or" behind a PEM text, whose end is set then; NULL: all belongs to that. */
static const char *next_alternative(const char *begin, size_t *len)
{
	for (const char *at = begin; (at = strstr(at, END)) != NULL;) {
		const char *word;

		at += strcspn(at, "\n");
		word = at;
		while (tmd_is_space(*word))
			word++;
		if (word == at || strncmp(word, "or", 2) != 0 || !tmd_is_space(word[2]))
			continue;
		*len = (size_t)(at - begin);
		return word + 3;
	}
	return NULL;
}

/*
 * Splits at the word "or" between names, and between a name and a PEM text; not inside a PEM
 * text, nor in what is written above or below one.
 */
static void split_alternatives(const char *text, struct tmd_strv *out)
{
	while (text) {
		const char *begin = strstr(text, BEGIN);
		size_t names = begin ? names_before(text, begin) : strlen(text);
		size_t len;

		if (!begin || names)
			split_names(text, names, out);
		if (!begin)
			return;
		if (!names)
			begin = text;
		text = next_alternative(begin, &len);
		add_trimmed(out, begin, text ? len : strlen(begin));
	}
}

/* 64 hex digits, with colons between them or without. */
static bool read_fingerprint(const char *text, char out[65])
{
	size_t digits = 0;

	for (; *text; text++) {
		if (*text == ':')
			continue;
		if (!tmd_is_hex(*text) || digits == 64)
			return false;
		out[digits++] = (char)(*text >= 'a' ? *text - ('a' - 'A') : *text);
	}
	out[digits] = '\0';
	return digits == 64;
}

static enum tmd_rc check_name(const char *text, struct tmd_error *err)
{
	TMD_AUTO_BUF struct tmd_buf der = { 0 };

	if (!text[0])
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL,
				"name a file, builtin:NAME or give PEM text",
				"an empty text names no certificate");
	if (tmd_pem_has_private_key(text, strlen(text)))
		return tmd_fail(err, TMD_E_REFUSED, NULL,
				"a bundle is readable by everyone: give the certificate alone",
				"there is a private key in the input");
	if (is_builtin(text))
		return tmd_cert_builtin_der(text + strlen(BUILTIN), &der, err);
	return TMD_OK;
}

enum tmd_rc tmd_bundle_check_names(const struct tmd_value *list, struct tmd_error *err)
{
	if (list->kind != TMD_V_LIST)
		return TMD_OK;
	for (size_t i = 0; i < list->list.count; i++) {
		TMD_AUTO_STRV struct tmd_strv names = { 0 };

		split_alternatives(list->list.items[i], &names);
		for (size_t j = 0; j < names.count; j++) {
			if (check_name(names.items[j], err))
				return TMD_FAILED;
		}
	}
	return TMD_OK;
}

/* ---- sources ---- */

static enum tmd_rc scan_source(struct tmd_ctx *ctx, struct tmd_resource *r,
			       const struct tmd_buf *text, const char *path,
			       struct tmd_certset *set, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_bundle_release) struct tmd_bundle bundle = { 0 };
	const char *name = path ? path : "a source given as text";

	if (tmd_scan_once(ctx, text, &bundle, err) ||
	    tmd_bundle_check_input(&bundle, tmd_buf_str(text), text->len, path, err))
		return TMD_FAILED;
	tmd_bundle_tell_losses(&bundle, name, "it is taken all the same", &r->warnings);
	if (tmd_bundle_check_source(&bundle, name, path, &r->warnings, err))
		return TMD_FAILED;
	tmd_certset_add_all(set, &bundle);
	return TMD_OK;
}

static enum tmd_rc add_source(struct tmd_ctx *ctx, struct tmd_resource *r, const char *source,
			      struct tmd_certset *set, struct tmd_error *err)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	const char *path = source;

	if (!source[0])
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, "name a PEM file, or system",
				"an empty text names no file");
	if (is_pem(source)) {
		path = NULL;
		tmd_buf_add_str(&text, source);
	} else if (tmd_str_equal(source, "system")) {
		if (tmd_anchor_system_pem(ctx, &text, &path, &r->warnings, err))
			return TMD_FAILED;
	} else if (tmd_view_read_input(ctx->view, r->base_dir, source, TMD_BUNDLE_MAX, &text, err)) {
		return TMD_FAILED;
	}
	return scan_source(ctx, r, &text, path, set, err);
}

enum tmd_rc tmd_bundle_add_source(struct tmd_ctx *ctx, struct tmd_resource *r,
				  const char *source, struct tmd_certset *set,
				  struct tmd_error *err)
{
	if (add_source(ctx, r, source, set, err))
		return blame("a source", err);
	return TMD_OK;
}

/* ---- single certificates ---- */

static enum tmd_rc load_certificate(struct tmd_ctx *ctx, const struct tmd_resource *r,
				    const char *text, struct tmd_cert **out, struct tmd_error *err)
{
	TMD_AUTO_BUF struct tmd_buf data = { 0 };

	if (is_builtin(text))
		return tmd_cert_builtin(text + strlen(BUILTIN), out, err);
	if (is_pem(text))
		return tmd_cert_load_input(text, strlen(text), NULL, out, err);
	if (tmd_view_read_input(ctx->view, r->base_dir, text, INPUT_MAX, &data, err))
		return TMD_FAILED;
	return tmd_cert_load_input(tmd_buf_str(&data), data.len, text, out, err);
}

const char *tmd_bundle_source_label(const char *source)
{
	if (is_pem(source))
		return "PEM text";
	return tmd_str_equal(source, "system") ? "the system" : source;
}

/* A file's name without what only tells the format. */
char *tmd_bundle_extra_label(const char *extra)
{
	static const char *const endings[] = { ".pem", ".crt", ".cer", ".der" };
	const char *base = tmd_path_base(extra);

	if (is_builtin(extra))
		return tmd_strdup(extra + strlen(BUILTIN));
	if (is_pem(extra))
		return tmd_strdup("a certificate given as text");
	for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++) {
		if (tmd_str_ends(base, endings[i]))
			return tmd_strndup(base, strlen(base) - strlen(endings[i]));
	}
	return tmd_strdup(base);
}

static void warn_about(struct tmd_ctx *ctx, struct tmd_resource *r, const struct tmd_cert *cert)
{
	if (cert->not_after < ctx->now)
		tmd_strv_addf(&r->warnings, "extra certificate %s expired on %.10s", cert->subject,
			      cert->not_after_text);
	if (cert->not_before > ctx->now)
		tmd_strv_addf(&r->warnings,
			      "extra certificate %s is not valid yet: is the clock right?",
			      cert->subject);
}

enum tmd_rc tmd_bundle_add_extra(struct tmd_ctx *ctx, struct tmd_resource *r, const char *extra,
				 struct tmd_certset *set, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_cert_free_ptr) struct tmd_cert *cert = NULL;

	if (load_certificate(ctx, r, extra, &cert, err))
		return blame("an extra certificate", err);
	if (tmd_bundle_check_usable(cert, is_pem(extra) ? NULL : extra, err))
		return blame("an extra certificate", err);
	tmd_certset_add(set, cert->der, cert->der_len);
	return TMD_OK;
}

enum tmd_rc tmd_bundle_tell_extra(struct tmd_ctx *ctx, struct tmd_resource *r, const char *extra,
				  const struct tmd_certset *set, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_cert_free_ptr) struct tmd_cert *cert = NULL;

	if (is_builtin(extra))
		return TMD_OK;
	if (load_certificate(ctx, r, extra, &cert, err))
		return blame("an extra certificate", err);
	warn_about(ctx, r, cert);
	tmd_bundle_tell_usable(cert, "extra", set, &r->warnings);
	return TMD_OK;
}

/* ---- requirements ---- */

static void release_requirement(struct tmd_requirement *requirement)
{
	for (size_t i = 0; i < requirement->count; i++)
		tmd_buf_release(&requirement->alternatives[i].der);
	free(requirement->alternatives);
	free(requirement->label);
}

void tmd_requirements_release(struct tmd_requirements *list)
{
	for (size_t i = 0; i < list->count; i++)
		release_requirement(&list->items[i]);
	free(list->items);
	memset(list, 0, sizeof(*list));
}

/* `label` gets the subject of a certificate that came as text. */
static enum tmd_rc load_alternative(struct tmd_ctx *ctx, const struct tmd_resource *r,
				    const char *text, struct tmd_alternative *out, char **label,
				    struct tmd_error *err)
{
	TMD_CLEANUP(tmd_cert_free_ptr) struct tmd_cert *cert = NULL;

	if (read_fingerprint(text, out->sha256))
		return TMD_OK;
	out->sha256[0] = '\0';
	if (is_builtin(text))
		return tmd_cert_builtin_der(text + strlen(BUILTIN), &out->der, err);
	if (load_certificate(ctx, r, text, &cert, err) ||
	    tmd_bundle_check_usable(cert, is_pem(text) ? NULL : text, err))
		return TMD_FAILED;
	tmd_buf_add(&out->der, cert->der, cert->der_len);
	if (is_pem(text) && !*label)
		*label = tmd_strdup(cert->subject);
	return TMD_OK;
}

static enum tmd_rc load_requirement(struct tmd_ctx *ctx, const struct tmd_resource *r,
				    const char *text, struct tmd_requirement *out,
				    struct tmd_error *err)
{
	TMD_AUTO_STRV struct tmd_strv names = { 0 };

	split_alternatives(text, &names);
	for (size_t i = 0; i < names.count; i++) {
		struct tmd_alternative *one;

		out->alternatives = tmd_grow(out->alternatives, &out->cap, out->count + 1,
					     sizeof(*out->alternatives));
		one = &out->alternatives[out->count++];
		memset(one, 0, sizeof(*one));
		if (load_alternative(ctx, r, names.items[i], one, &out->label, err))
			return blame("a requirement", err);
	}
	if (!out->label)
		out->label = tmd_strdup(text);
	return TMD_OK;
}

static enum tmd_rc add_requirement(struct tmd_ctx *ctx, const struct tmd_resource *r,
				   const char *text, struct tmd_requirements *list,
				   struct tmd_error *err)
{
	list->items = tmd_grow(list->items, &list->cap, list->count + 1, sizeof(*list->items));
	memset(&list->items[list->count], 0, sizeof(*list->items));
	return load_requirement(ctx, r, text, &list->items[list->count++], err);
}

enum tmd_rc tmd_requirements_load(struct tmd_ctx *ctx, const struct tmd_resource *r,
				  const struct tmd_strv *list, struct tmd_requirements *out,
				  struct tmd_error *err)
{
	struct tmd_requirements loaded = { 0 };
	enum tmd_rc rc = TMD_OK;

	for (size_t i = 0; !rc && i < list->count; i++)
		rc = add_requirement(ctx, r, list->items[i], &loaded, err);
	if (rc) {
		tmd_requirements_release(&loaded);
		return TMD_FAILED;
	}
	tmd_requirements_release(out);
	*out = loaded;
	return TMD_OK;
}

/* `*why` is set where the set holds it in vain; the caller frees. */
static bool is_met_by(const struct tmd_alternative *one, const struct tmd_certset *set, char **why)
{
	const struct tmd_cert_item *item;

	if (one->der.len)
		return tmd_certset_has(set, one->der.data, one->der.len);
	item = tmd_certset_find_sha256(set, one->sha256);
	if (!item)
		return false;
	free(*why);
	*why = tmd_bundle_useless_because(item->der, item->len);
	return !*why;
}

static bool is_met(const struct tmd_requirement *requirement, const struct tmd_certset *set,
		   char **why)
{
	for (size_t i = 0; i < requirement->count; i++) {
		if (is_met_by(&requirement->alternatives[i], set, why))
			return true;
	}
	return false;
}

void tmd_requirements_missing(const struct tmd_requirements *list, const struct tmd_certset *set,
			      struct tmd_strv *out)
{
	for (size_t i = 0; i < list->count; i++) {
		TMD_AUTO_FREE char *why = NULL;

		if (is_met(&list->items[i], set, &why))
			continue;
		if (why)
			tmd_strv_addf(out, "%s (it is there, without effect: %s)",
				      list->items[i].label, why);
		else
			tmd_strv_add(out, list->items[i].label);
	}
}
