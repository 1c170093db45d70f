/* Refusing what no bundle can be made from, and asking the real loader before a write. */
#include "x509/bundle.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "x509/kind.h"
#include "x509/loader.h"
#include "x509/pem.h"

/* Something in it could be read, or mended, and it is no other format that holds it. */
static bool is_pem(enum tmd_kind kind)
{
	return kind == TMD_KIND_OTHER || kind == TMD_KIND_DAMAGED || kind == TMD_KIND_BASE64 ||
	       kind == TMD_KIND_TRUSTED;
}

/* The worst that has a line; NULL: nothing has. */
static const char *first_place(const struct tmd_bundle *bundle)
{
	for (size_t i = 0; i < bundle->problems.count; i++) {
		if (tmd_str_starts(bundle->problems.items[i], "line "))
			return bundle->problems.items[i];
	}
	return NULL;
}

bool tmd_bundle_can_be_mended(const struct tmd_bundle *bundle, const char *data, size_t len)
{
	if (bundle->has_private_key || bundle->has_trusted)
		return false;
	return bundle->count ||
	       (bundle->hidden_count && tmd_bundle_is_bare(bundle, data, len));
}

static const char *way_out(const struct tmd_bundle *bundle, const char *data, size_t len)
{
	if (tmd_bundle_can_be_mended(bundle, data, len))
		return TMD_MEND_HINT;
	if (bundle->hidden_count)
		return "put its block, with BEGIN and END on lines of their own, into a file of "
		       "its own";
	return tmd_kind_hint(TMD_KIND_DAMAGED);
}

void tmd_bundle_explain(const struct tmd_bundle *bundle, const char *data, size_t len,
			const char *name, const char *hint, struct tmd_error *err)
{
	enum tmd_kind kind = tmd_kind_of(data, len);
	const char *place = first_place(bundle);

	/* Read well, and refused for what would be lost. */
	if (bundle->has_trusted && bundle->loads)
		tmd_kind_explain(TMD_KIND_TRUSTED, name, hint, err);
	else if (is_pem(kind) && place)
		tmd_error_set(err, TMD_E_REFUSED, name, way_out(bundle, data, len), "%s", place);
	else
		tmd_kind_explain(kind, name, hint, err);
}

enum tmd_rc tmd_bundle_refuse(const struct tmd_bundle *bundle, const char *data, size_t len,
			      const char *name, const char *hint, struct tmd_error *err)
{
	const char *lead = tmd_kind_message(TMD_KIND_DAMAGED);

	tmd_bundle_explain(bundle, data, len, name, hint, err);
	if (!tmd_str_starts(err->message, "line "))
		return TMD_FAILED;
	if (strstr(err->message, "damaged"))
		lead = "OpenSSL cannot read it"; /* the word once */
	return tmd_fail(err, err->kind, name, err->hint, "%s: %s", lead, err->message);
}

enum tmd_rc tmd_bundle_check_input(const struct tmd_bundle *bundle, const char *data, size_t len,
				   const char *name, struct tmd_error *err)
{
	if (bundle->has_private_key)
		return tmd_kind_refuse(TMD_KIND_PRIVATE_KEY, name, NULL, err);
	if (tmd_text_kind(data, len) != TMD_TEXT_PLAIN || !bundle->count)
		return tmd_bundle_refuse(bundle, data, len, name,
					 "name a PEM file with CERTIFICATE blocks", err);
	if (!bundle->loads)
		return tmd_fail(err, TMD_E_REFUSED, name, TMD_MEND_HINT,
				"OpenSSL would not load it: %s",
				bundle->problems.count ? bundle->problems.items[0]
						       : "it is damaged");
	if (bundle->has_trusted && bundle->count == 1)
		return tmd_kind_refuse(TMD_KIND_TRUSTED, name, NULL, err);
	if (bundle->has_trusted)
		return tmd_fail(
			err, TMD_E_REFUSED, name, "name a bundle with plain CERTIFICATE blocks",
			"it holds TRUSTED CERTIFICATE blocks, whose trust settings would be lost");
	return TMD_OK;
}

enum tmd_rc tmd_bundle_validate(const char *data, size_t len, const char *name,
				struct tmd_error *err)
{
	TMD_AUTO_BUF struct tmd_buf copy = { 0 };
	const char *reason;
	bool complete;

	if (len > TMD_BUNDLE_MAX)
		return tmd_fail(err, TMD_E_REFUSED, name, "a CA bundle is a few hundred kilobytes",
				"larger than %zu bytes", TMD_BUNDLE_MAX);
	tmd_buf_add(&copy, data, len);
	len = len ? tmd_loader_as_file(copy.data, len) : 0;
	if (!tmd_loader_accepts(tmd_buf_str(&copy), len, &complete, &reason))
		return tmd_fail(err, TMD_E_REFUSED, name, NULL, "OpenSSL would not load it: %s",
				reason);
	return TMD_OK;
}
