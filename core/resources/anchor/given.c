/* The certificate that a resource names, and its pins. */
#include "resources/anchor/given.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "resources/session.h"
#include "x509/pem.h"

#define BUILTIN "builtin:"
#define SHA256_DIGITS 64
#define SHA1_DIGITS 40

/* ---- parsed once ---- */

/* What the same bytes mean never changes: nothing has to be forgotten. */
struct tmd_anchor_given {
	struct tmd_buf data; /* of the file, or the text itself */
	struct tmd_cert *cert;
	struct {
		bool judged;
		struct tmd_policy policy;
	} by_trust[TMD_TRUST_NONE + 1];
};

struct givens {
	struct tmd_anchor_given **items; /* sorted by their data */
	size_t count;
	size_t cap;
};

static void *make(void)
{
	return tmd_alloc(1, sizeof(struct givens));
}

static void free_given(struct tmd_anchor_given *given)
{
	tmd_buf_release(&given->data);
	tmd_cert_free(given->cert);
	for (size_t i = 0; i <= TMD_TRUST_NONE; i++)
		tmd_policy_release(&given->by_trust[i].policy);
	free(given);
}

static void release(void *session)
{
	struct givens *givens = session;

	for (size_t i = 0; i < givens->count; i++)
		free_given(givens->items[i]);
	free(givens->items);
	free(givens);
}

static void forget(void *session, const char *path)
{
	(void)session;
	(void)path;
}

static const struct tmd_session_kind kind = { make, forget, release };

static int compare(const struct tmd_buf *a, const char *data, size_t len)
{
	if (a->len != len)
		return a->len < len ? -1 : 1;
	return len ? memcmp(a->data, data, len) : 0;
}

/* The index of the first that is not before these bytes. */
static size_t place_of(const struct givens *givens, const char *data, size_t len)
{
	size_t from = 0;
	size_t to = givens->count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (compare(&givens->items[middle]->data, data, len) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

static struct tmd_anchor_given *find(const struct givens *givens, const char *data, size_t len)
{
	size_t at = place_of(givens, data, len);

	return at < givens->count && compare(&givens->items[at]->data, data, len) == 0 ?
		       givens->items[at] :
		       NULL;
}

static struct tmd_anchor_given *keep(struct givens *givens, const char *data, size_t len,
				     struct tmd_cert *cert)
{
	size_t at = place_of(givens, data, len);
	struct tmd_anchor_given *given = tmd_alloc(1, sizeof(*given));

	tmd_buf_add(&given->data, data, len);
	given->cert = tmd_cert_share(cert);
	givens->items =
		tmd_grow(givens->items, &givens->cap, givens->count + 1, sizeof(*givens->items));
	memmove(&givens->items[at + 1], &givens->items[at],
		(givens->count - at) * sizeof(*givens->items));
	givens->items[at] = given;
	givens->count++;
	return given;
}

const struct tmd_policy *tmd_anchor_given_policy(struct tmd_anchor_given *given,
						 enum tmd_trust trust)
{
	if (!given->by_trust[trust].judged)
		tmd_policy_judge(given->cert, trust, &given->by_trust[trust].policy);
	given->by_trust[trust].judged = true;
	return &given->by_trust[trust].policy;
}

/* ---- the certificate ---- */

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

/* `name` is NULL where the text itself was given. */
static enum tmd_rc parse_once(struct tmd_ctx *ctx, const char *data, size_t len, const char *name,
			      struct tmd_anchor *anchor, struct tmd_error *err)
{
	struct givens *givens = ctx->sessions ? tmd_session(ctx, &kind) : NULL;
	struct tmd_anchor_given *known = givens ? find(givens, data, len) : NULL;

	if (known) {
		anchor->cert = tmd_cert_share(known->cert);
		anchor->given = known;
		return TMD_OK;
	}
	if (load_input(data, len, name, anchor->wish, &anchor->cert, err))
		return TMD_FAILED;
	/* What OpenSSL cannot read is taken for some wishes and refused for others. */
	if (givens && !anchor->cert->opaque)
		anchor->given = keep(givens, data, len, anchor->cert);
	return TMD_OK;
}

enum tmd_rc tmd_anchor_load_given(struct tmd_ctx *ctx, const struct tmd_resource *r,
				  const char *given, struct tmd_anchor *anchor,
				  struct tmd_error *err)
{
	TMD_AUTO_BUF struct tmd_buf data = { 0 };

	if (!given || !*given)
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL,
				"give PEM text, a path, or builtin:NAME", "certificate is empty");
	if (tmd_pem_is_text(given))
		return parse_once(ctx, given, strlen(given), NULL, anchor, err);
	if (tmd_str_starts(given, BUILTIN)) {
		if (tmd_cert_builtin_der(given + strlen(BUILTIN), &data, err))
			return TMD_FAILED;
		return parse_once(ctx, tmd_buf_str(&data), data.len, NULL, anchor, err);
	}
	if (tmd_view_read_input(ctx->view, r->base_dir, given, TMD_FS_FILE_MAX, &data, err))
		return TMD_FAILED;
	return parse_once(ctx, tmd_buf_str(&data), data.len, given, anchor, err);
}

/* ---- pins ---- */

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

enum tmd_rc tmd_anchor_check_pin(const char *given, const char *name, const char *actual,
				 struct tmd_error *err)
{
	TMD_AUTO_FREE char *pin = NULL;
	TMD_AUTO_FREE char *hint = NULL;

	if (!given)
		return TMD_OK;
	pin = canonical_pin(given, strlen(actual));
	if (!pin)
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, pin_hint(given, strlen(actual) == SHA1_DIGITS),
				"%s must be %zu hexadecimal digits", name, strlen(actual));
	if (strcmp(pin, actual) == 0)
		return TMD_OK;
	hint = tmd_format("check where the certificate comes from; %s=%s would accept it", name,
			  actual);
	return tmd_fail(err, TMD_E_REFUSED, NULL, hint,
			"the certificate is not the pinned one: its %s is %s", name, actual);
}
