/* The certificate that the caller gives, and what he pins it to. */
#include "resources/anchor/given.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "x509/pem.h"

#define BUILTIN "builtin:"
#define SHA1_DIGITS 40
#define SHA256_DIGITS 64

/*
 * A store may hold what OpenSSL does not read, and what is to go from there need not be read. What
 * is no certificate by its outline, or could be a private key, stays refused.
 */
static enum tmd_rc load_input(const char *data, size_t len, const char *name,
			      enum tmd_anchor_wish wish, struct tmd_cert **out,
			      struct tmd_error *err)
{
	struct tmd_error why = { 0 };

	if (!tmd_cert_load_input(data, len, name, out, &why))
		return TMD_OK;
	if (tmd_anchor_holds_opaque && wish != TMD_ANCHOR_PRESENT && why.kind == TMD_E_REFUSED &&
	    tmd_cert_load_opaque(data, len, out))
		return TMD_OK;
	*err = why;
	return TMD_FAILED;
}

enum tmd_rc tmd_anchor_load_given(struct tmd_ctx *ctx, const char *base_dir, const char *given,
				  enum tmd_anchor_wish wish, struct tmd_cert **out,
				  struct tmd_error *err)
{
	TMD_AUTO_BUF struct tmd_buf data = { 0 };

	if (!given || !*given)
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL,
				"give PEM text, a path, or builtin:NAME", "certificate is empty");
	if (tmd_str_starts(given, BUILTIN))
		return tmd_cert_builtin(given + strlen(BUILTIN), out, err);
	if (tmd_pem_is_text(given))
		return load_input(given, strlen(given), NULL, wish, out, err);
	if (tmd_view_read_input(ctx->view, base_dir, given, TMD_FS_FILE_MAX, &data, err))
		return TMD_FAILED;
	return load_input(tmd_buf_str(&data), data.len, given, wish, out, err);
}

/*
 * How much of the text is a separator, or one of the invisible characters that a pin copied
 * from the certificate dialog of Windows brings: direction marks, a BOM, non-breaking blanks.
 */
static size_t pin_noise(const char *text)
{
	static const char noise[][4] = {
		":", " ", "\xE2\x80\x8E", "\xE2\x80\x8F", "\xEF\xBB\xBF", "\xC2\xA0", "\xE2\x80\xAF"
	};

	for (size_t i = 0; i < sizeof(noise) / sizeof(*noise); i++) {
		if (tmd_str_starts(text, noise[i]))
			return strlen(noise[i]);
	}
	return 0;
}

/* A fingerprint without separators, in upper case; NULL when it is none of that length. */
static char *canonical_pin(const char *given, size_t digits)
{
	struct tmd_buf out = { 0 };
	size_t noise;

	for (; *given; given += noise ? noise : 1) {
		noise = pin_noise(given);
		if (noise)
			continue;
		if (!tmd_is_hex(*given) || out.len == digits) {
			tmd_buf_release(&out);
			return NULL;
		}
		tmd_buf_add_char(&out, *given >= 'a' ? (char)(*given - 'a' + 'A') : *given);
	}
	if (out.len != digits) {
		tmd_buf_release(&out);
		return NULL;
	}
	return tmd_buf_steal(&out);
}

static const char *pin_hint(const char *given, bool is_sha1)
{
	TMD_AUTO_FREE char *other = canonical_pin(given, is_sha1 ? SHA256_DIGITS : SHA1_DIGITS);

	if (!other)
		return "colons, blanks and lower case are fine";
	return is_sha1 ? "a SHA-256 goes into sha256" : "a SHA-1 goes into sha1";
}

enum tmd_rc tmd_anchor_check_pin(const char *name, const char *given, const char *actual,
				 struct tmd_error *err)
{
	size_t digits = strlen(actual);
	TMD_AUTO_FREE char *pin = NULL;
	TMD_AUTO_FREE char *hint = NULL;

	if (!given)
		return TMD_OK;
	pin = canonical_pin(given, digits);
	if (!pin)
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL,
				pin_hint(given, digits == SHA1_DIGITS),
				"%s must be %zu hexadecimal digits", name, digits);
	if (strcmp(pin, actual) == 0)
		return TMD_OK;
	hint = tmd_format("check where the certificate comes from; %s=%s would accept it", name,
			  actual);
	return tmd_fail(err, TMD_E_REFUSED, NULL, hint,
			"the certificate is not the pinned one: its %s is %s", name, actual);
}
