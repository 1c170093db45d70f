/*
 * What people hand over as "the certificate". Every wrong kind of file gets its own answer;
 * nothing of a private key is ever repeated in one.
 */
#include "x509/cert.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/strv.h"
#include "x509/bundle.h"
#include "x509/kind.h"
#include "x509/loader.h"
#include "x509/openssl.h"
#include "x509/pem.h"

#define ONE_PLEASE "give one CA certificate, PEM or DER"
#define SUBJECTS_SHOWN 5
#define SUBJECT_SHOWN 90	    /* bytes of each */
#define INPUT_MAX ((size_t)1 << 20) /* bytes: a certificate with a lot of text around it */

static enum tmd_rc refuse(enum tmd_kind kind, const char *name, struct tmd_error *err)
{
	return tmd_kind_refuse(kind, name, ONE_PLEASE, err);
}

static enum tmd_rc parse_der(const void *der, size_t len, const char *name, struct tmd_cert **out,
			     struct tmd_error *err)
{
	struct tmd_error why = { 0 };
	enum tmd_kind kind;

	if (!tmd_cert_parse(der, len, out, &why))
		return TMD_OK;
	kind = tmd_kind_of_der(der, len);
	if (kind != TMD_KIND_OTHER && kind != TMD_KIND_DER)
		return refuse(kind, name, err);
	return tmd_fail(err, why.kind, name, why.hint, "%s", why.message);
}

/* ---- PEM ---- */

static bool is_certificate(const struct tmd_pem_marker *marker)
{
	return tmd_pem_is(marker, "CERTIFICATE") || tmd_pem_is(marker, "X509 CERTIFICATE");
}

static bool in_comment(const char *data, size_t at)
{
	while (at > 0 && data[at - 1] != '\n')
		at--;
	while (tmd_is_space(data[at]))
		at++;
	return data[at] == '#';
}

/* The next marker that is not commented out. */
static bool next_marker(const char *data, size_t len, size_t from, struct tmd_pem_marker *marker)
{
	while (tmd_pem_find(data, len, from, marker)) {
		if (!in_comment(data, marker->at))
			return true;
		from = marker->end;
	}
	return false;
}

static enum tmd_rc refuse_several(const struct tmd_bundle *bundle, const char *name,
				  struct tmd_error *err)
{
	TMD_AUTO_BUF struct tmd_buf subjects = { 0 };
	size_t count = bundle->count + bundle->hidden_count;

	for (size_t i = 0; i < bundle->count && i < SUBJECTS_SHOWN; i++) {
		TMD_AUTO_FREE char *subject =
			tmd_cert_subject(bundle->entries[i].der, bundle->entries[i].der_len);

		tmd_buf_add_str(&subjects, i ? "; " : ": ");
		tmd_buf_add(&subjects, subject, tmd_text_clip(subject, SUBJECT_SHOWN));
	}
	if (bundle->count > SUBJECTS_SHOWN)
		tmd_buf_addf(&subjects, "; and %zu more", bundle->count - SUBJECTS_SHOWN);
	if (bundle->losses.count)
		tmd_buf_addf(&subjects, "; %s", bundle->losses.items[0]);
	return tmd_fail(err, TMD_E_REFUSED, name,
			"put each certificate into a file of its own, and name every one of them",
			"there are %zu certificates in it%s", count, tmd_buf_str(&subjects));
}

/* The one certificate block of a text; false when OpenSSL cannot read it on its own. */
static bool read_block(const char *data, size_t len, struct tmd_loaded *block)
{
	struct tmd_pem_marker begin = { 0 };
	struct tmd_pem_marker end;

	do {
		if (!next_marker(data, len, begin.end, &begin))
			return false;
	} while (!begin.begin || !is_certificate(&begin));
	if (!tmd_pem_find(data, len, begin.end, &end) || end.begin || !is_certificate(&end))
		return false;
	return tmd_loader_next(data, end.end, begin.at, block) &&
	       block->kind == TMD_LOADED_CERTIFICATE && !block->more;
}

static enum tmd_rc parse_single(const struct tmd_bundle *bundle, const char *data, size_t len,
				const char *name, struct tmd_cert **out, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_loaded_release) struct tmd_loaded block = { 0 };

	if (bundle->shape == TMD_SHAPE_PLAIN && bundle->count && !bundle->losses.count)
		return parse_der(bundle->entries[0].der, bundle->entries[0].der_len, name, out, err);
	/* Beside it there may be what was meant to be another. */
	if (bundle->losses.count <= bundle->hidden_count && read_block(data, len, &block))
		return parse_der(block.der.data, block.der.len, name, out, err);
	return tmd_bundle_refuse(bundle, data, len, name, ONE_PLEASE, err);
}

/* The kind of the first block that must not be here, whatever stands beside it. */
static enum tmd_kind foreign_block(const char *data, size_t len)
{
	struct tmd_pem_marker marker;
	enum tmd_kind kind = TMD_KIND_OTHER;

	for (size_t at = 0; !kind && next_marker(data, len, at, &marker); at = marker.end) {
		kind = tmd_kind_of_label(&marker);
		/* What openssl prints beside a certificate. */
		if (kind == TMD_KIND_PUBLIC_KEY)
			kind = TMD_KIND_OTHER;
	}
	return kind;
}

static enum tmd_rc judge_text(const struct tmd_bundle *bundle, const char *data, size_t len,
			      const char *name, struct tmd_cert **out, struct tmd_error *err)
{
	enum tmd_kind kind;

	if (bundle->has_private_key || tmd_pem_has_private_key(data, len))
		return refuse(TMD_KIND_PRIVATE_KEY, name, err);
	kind = foreign_block(data, len);
	if (kind)
		return refuse(kind, name, err);
	if (bundle->count + bundle->hidden_count > 1)
		return refuse_several(bundle, name, err);
	if (bundle->count + bundle->hidden_count == 1)
		return parse_single(bundle, data, len, name, out, err);
	return tmd_bundle_refuse(bundle, data, len, name, ONE_PLEASE, err);
}

static enum tmd_rc parse_text(const char *data, size_t len, const char *name, struct tmd_cert **out,
			      struct tmd_error *err)
{
	TMD_CLEANUP(tmd_bundle_release) struct tmd_bundle bundle = { 0 };

	/* Padding of a disk block */
	while (len && data[len - 1] == '\0')
		len--;
	if (tmd_bundle_scan(data, len, &bundle, err))
		return TMD_FAILED;
	return judge_text(&bundle, data, len, name, out, err);
}

/* A text may start with '0' too: the length tells. */
static bool is_sequence(const char *data, size_t len)
{
	size_t first = len > 1 ? (unsigned char)data[1] : 0;

	return len > 1 && data[0] == 0x30 && (first >= 0x80 || first + 2 == len);
}

enum tmd_rc tmd_cert_load_input(const char *data, size_t len, const char *name,
				struct tmd_cert **out, struct tmd_error *err)
{
	tmd_openssl_init();
	if (len > INPUT_MAX)
		return tmd_fail(err, TMD_E_REFUSED, name, "give one CA certificate, PEM or DER",
				"larger than %zu bytes, too much for one certificate", INPUT_MAX);
	if (tmd_text_kind(data, len) != TMD_TEXT_PLAIN)
		return refuse(tmd_kind_of(data, len), name, err);
	if (is_sequence(data, len))
		return parse_der(data, len, name, out, err);
	return parse_text(data, len, name, out, err);
}
