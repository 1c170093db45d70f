/* Refusing what no bundle can be made from, and asking the real loader before a write. */
#include "x509/bundle.h"

#include <string.h>

#include "base/mem.h"
#include "x509/loader.h"
#include "x509/pem.h"

static enum tmd_rc refuse_kind(enum tmd_text_kind kind, const char *name, struct tmd_error *err)
{
	switch (kind) {
	case TMD_TEXT_EMPTY:
		return tmd_fail(err, TMD_E_REFUSED, name, "fetch or copy the file again",
				"the file is empty");
	case TMD_TEXT_HTML:
		return tmd_fail(err, TMD_E_REFUSED, name,
				"download the raw file, not the page that shows it",
				"this is a web page (HTML), not a CA bundle");
	case TMD_TEXT_UTF16:
		return tmd_fail(err, TMD_E_REFUSED, name, "save it again as ASCII or UTF-8",
				"this is UTF-16 text, which no TLS library reads");
	case TMD_TEXT_PLAIN:
		break;
	}
	return TMD_OK;
}

static enum tmd_rc refuse_without_certificates(const char *data, size_t len, const char *name,
					       struct tmd_error *err)
{
	static const char pkcs7[] = "convert it: openssl pkcs7 -print_certs -in FILE -out FILE.pem "
				    "(-inform DER if need be)";
	struct tmd_pem_marker marker;

	if (tmd_pem_find(data, len, 0, &marker) &&
	    (tmd_pem_is(&marker, "PKCS7") || tmd_pem_is(&marker, "CMS")))
		return tmd_fail(err, TMD_E_REFUSED, name, pkcs7,
				"this is PKCS#7, not a PEM bundle");
	if (len > 2 && data[0] == 0x30 && (data[1] & 0x80))
		return tmd_fail(err, TMD_E_REFUSED, name,
				"convert it: openssl x509 -inform DER -in FILE -out FILE.pem",
				"this is binary DER, not a PEM bundle");
	return tmd_fail(err, TMD_E_REFUSED, name, "name a PEM file with CERTIFICATE blocks",
			"there is no certificate in it");
}

static const char *first_problem(const struct tmd_bundle *bundle)
{
	return bundle->problems.count ? bundle->problems.items[0] : "OpenSSL does not load it";
}

enum tmd_rc tmd_bundle_check_input(const struct tmd_bundle *bundle, const char *data, size_t len,
				   const char *name, struct tmd_error *err)
{
	if (bundle->has_private_key)
		return tmd_fail(err, TMD_E_REFUSED, name,
				"a bundle is readable by everyone: name a file without the key",
				"there is a private key in it");
	if (refuse_kind(tmd_text_kind(data, len), name, err))
		return TMD_FAILED;
	if (!bundle->count)
		return refuse_without_certificates(data, len, name, err);
	if (!bundle->loads)
		return tmd_fail(
			err, TMD_E_REFUSED, name,
			"one bad block makes a whole bundle unloadable: repair or fetch it again",
			"OpenSSL would not load it: %s", first_problem(bundle));
	if (bundle->has_trusted)
		return tmd_fail(
			err, TMD_E_REFUSED, name, "name a bundle with plain CERTIFICATE blocks",
			"it holds TRUSTED CERTIFICATE blocks, whose trust settings would be lost");
	return TMD_OK;
}

enum tmd_rc tmd_bundle_validate(const char *data, size_t len, const char *name,
				struct tmd_error *err)
{
	TMD_AUTO_FREE char *copy = NULL;
	const char *reason;
	bool complete;

	if (len > TMD_BUNDLE_MAX)
		return tmd_fail(err, TMD_E_REFUSED, name, "a CA bundle is a few hundred kilobytes",
				"larger than %zu bytes", TMD_BUNDLE_MAX);
	copy = tmd_strndup(data, len);
	len = tmd_loader_as_file(copy, len);
	if (!tmd_loader_accepts(copy, len, &complete, &reason))
		return tmd_fail(err, TMD_E_REFUSED, name, NULL, "OpenSSL would not load it: %s",
				reason);
	return TMD_OK;
}
