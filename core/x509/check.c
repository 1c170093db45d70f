/* Refusing what no bundle can be made from, and asking the real loader before a write. */
#include "x509/bundle.h"

#include <string.h>

#include "base/mem.h"
#include "x509/kind.h"
#include "x509/loader.h"
#include "x509/pem.h"

static const char *first_problem(const struct tmd_bundle *bundle)
{
	return bundle->problems.count ? bundle->problems.items[0] : "OpenSSL does not load it";
}

/* Something in it could be read, or mended, and it is no other format that holds it. */
static bool is_pem(enum tmd_kind kind)
{
	return kind == TMD_KIND_OTHER || kind == TMD_KIND_DAMAGED || kind == TMD_KIND_BASE64 ||
	       kind == TMD_KIND_TRUSTED;
}

/* Nothing in it is read by OpenSSL. */
static enum tmd_rc refuse_whole(const struct tmd_bundle *bundle, const char *data, size_t len,
				const char *name, struct tmd_error *err)
{
	enum tmd_kind kind = tmd_kind_of(data, len);

	if (bundle->hidden_count && is_pem(kind))
		return tmd_fail(err, TMD_E_REFUSED, name, TMD_MEND_HINT,
				"OpenSSL would not load it: %s", first_problem(bundle));
	return tmd_kind_refuse(kind, name, "name a PEM file with CERTIFICATE blocks", err);
}

enum tmd_rc tmd_bundle_check_input(const struct tmd_bundle *bundle, const char *data, size_t len,
				   const char *name, struct tmd_error *err)
{
	if (bundle->has_private_key)
		return tmd_kind_refuse(TMD_KIND_PRIVATE_KEY, name, NULL, err);
	if (tmd_text_kind(data, len) != TMD_TEXT_PLAIN || !bundle->count)
		return refuse_whole(bundle, data, len, name, err);
	if (!bundle->loads)
		return tmd_fail(err, TMD_E_REFUSED, name,
				"one bad block makes a whole bundle unloadable: " TMD_MEND_HINT,
				"OpenSSL would not load it: %s", first_problem(bundle));
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
	if (!tmd_loader_accepts(tmd_buf_str(&copy), len ? tmd_loader_as_file(copy.data, len) : 0, &complete, &reason))
		return tmd_fail(err, TMD_E_REFUSED, name, NULL, "OpenSSL would not load it: %s",
				reason);
	return TMD_OK;
}
