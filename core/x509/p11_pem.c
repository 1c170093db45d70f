/* Reading PEM by p11-kit's rules. */
#include "x509/p11_pem.h"

#include <limits.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509.h>

#include "base/str.h"
#include "x509/base64.h"
#include "x509/der.h"
#include "x509/loader.h"
#include "x509/openssl.h"
#include "x509/pem.h"

#define DASHES "-----"
#define BEGIN "-----BEGIN "
#define END "-----END "

void tmd_p11_block_release(struct tmd_p11_block *block)
{
	tmd_buf_release(&block->der);
	memset(block, 0, sizeof(*block));
}

size_t tmd_p11_seen(const char *text, size_t len)
{
	const char *nul = len ? memchr(text, '\0', len) : NULL;

	return nul ? (size_t)(nul - text) : len;
}

/* What isspace() says in the C locale. */
static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* ---- base64 ---- */

static unsigned value_of(char c)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	return (unsigned)(strchr(alphabet, c) - alphabet);
}

/* The characters before the padding, of which there are `*digits`; false for one of no alphabet. */
static bool decode_digits(const char *text, size_t len, size_t *at, size_t *digits, unsigned *rest,
			  struct tmd_buf *out)
{
	for (; *at < len && text[*at] != '='; ++*at) {
		if (is_space(text[*at]))
			continue;
		if (!tmd_base64_is(text[*at]))
			return false;
		*rest = (*rest & 0xFFF) << 6 | value_of(text[*at]);
		switch (++*digits % 4) {
		case 2:
			tmd_buf_add_char(out, (char)(*rest >> 4));
			break;
		case 3:
			tmd_buf_add_char(out, (char)(*rest >> 2));
			break;
		case 0:
			tmd_buf_add_char(out, (char)*rest);
			break;
		default:
			break;
		}
	}
	return true;
}

static size_t behind_space(const char *text, size_t len, size_t at)
{
	while (at < len && is_space(text[at]))
		at++;
	return at;
}

static bool decode(const char *text, size_t len, struct tmd_buf *out)
{
	size_t at = 0;
	size_t digits = 0;
	unsigned rest = 0;

	if (!decode_digits(text, len, &at, &digits, &rest, out))
		return false;
	if (at == len)
		return digits % 4 == 0;
	at++;
	switch (digits % 4) {
	case 2: /* two signs, with nothing but space between them */
		at = behind_space(text, len, at);
		if (at == len || text[at] != '=' || rest & 0xF)
			return false;
		at++;
		break;
	case 3:
		if (rest & 0x3)
			return false;
		break;
	default:
		return false;
	}
	/* Its loop looks at all that follows but for the very last byte. */
	at = behind_space(text, len, at);
	return at + 1 >= len;
}

/* ---- blocks ---- */

/* Whatever stands before the first blank line is headers. */
static size_t behind_headers(const char *text, size_t len)
{
	const char *newline = memchr(text, '\n', len);

	while (newline) {
		size_t at = (size_t)(newline - text) + 1;

		while (at < len && is_space(text[at]) && text[at] != '\n')
			at++;
		if (at < len && text[at] == '\n')
			return at;
		newline = memchr(text + at, '\n', len - at);
	}
	return 0;
}

/* One DER element at the start; 0 when there is none. */
static size_t element_length(const unsigned char *der, size_t len)
{
	size_t header = 2;
	size_t length;

	if (len < 2)
		return 0;
	length = der[1];
	if (length & 0x80) {
		size_t octets = length & 0x7F;

		if (octets < 1 || octets > 4 || len < 2 + octets)
			return 0;
		length = 0;
		for (size_t i = 0; i < octets; i++)
			length = length << 8 | der[2 + i];
		header += octets;
	}
	return length <= len - header ? header + length : 0;
}

bool tmd_p11_is_certificate(const void *der, size_t len)
{
	struct tmd_loaded loaded = { 0 };
	bool is;

	if (tmd_der_certificate(der, len, NULL))
		return true;
	if (element_length(der, len) != len)
		return false;
	tmd_loader_certificate(der, len, false, &loaded);
	is = loaded.kind == TMD_LOADED_CERTIFICATE && !loaded.more;
	tmd_loaded_release(&loaded);
	return is;
}

/* Takes the element with this tag off the front; false when another or none is there. */
static bool take(const unsigned char **at, size_t *left, unsigned char tag)
{
	size_t len = element_length(*at, *left);

	if (!len || **at != tag)
		return false;
	*at += len;
	*left -= len;
	return true;
}

/* Goes into a sequence that takes up all that is left, or (`whole` false) its beginning. */
static bool enter(const unsigned char **at, size_t *left, bool whole)
{
	size_t len = element_length(*at, *left);
	size_t header = *left > 1 && (*at)[1] & 0x80 ? 2 + ((size_t)(*at)[1] & 0x7F) : 2;

	if (!len || **at != 0x30 || (whole && len != *left))
		return false;
	*at += header;
	*left = len - header;
	return true;
}

/* Basic constraints with CA:TRUE in the text of the extensions. */
static bool says_ca(const unsigned char *at, size_t left)
{
	static const unsigned char oid[] = { 0x06, 0x03, 0x55, 0x1D, 0x13 };

	for (; left >= sizeof(oid) + 7; at++, left--) {
		const unsigned char *value = at + sizeof(oid);

		if (memcmp(at, oid, sizeof(oid)) != 0)
			continue;
		if (value[0] == 0x01) /* critical */
			value += 3;
		return value + 7 <= at + left && value[0] == 0x04 && value[2] == 0x30 &&
		       value[4] == 0x01 && value[6];
	}
	return false;
}

/* One element of each of these tags, in this order. */
static bool take_each(const unsigned char **at, size_t *left, const unsigned char *tags,
		      size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!take(at, left, tags[i]))
			return false;
	}
	return true;
}

bool tmd_p11_is_unloadable(const void *der, size_t len)
{
	static const unsigned char parts[] = { 0x30, 0x30, 0x03 };
	static const unsigned char fields[] = { 0x02, 0x30, 0x30, 0x30, 0x30, 0x30 };
	const unsigned char *at = der;
	const unsigned char *signed_part;
	size_t left = len;
	size_t signed_left;
	bool has_version;

	if (!len || tmd_p11_is_certificate(der, len) || !enter(&at, &left, true))
		return false;
	signed_part = at;
	signed_left = left;
	if (!take_each(&at, &left, parts, sizeof(parts)) || left ||
	    !enter(&signed_part, &signed_left, false))
		return false;
	has_version = take(&signed_part, &signed_left, 0xA0);
	if (!take_each(&signed_part, &signed_left, fields, sizeof(fields)))
		return false;
	return !has_version || says_ca(signed_part, signed_left);
}

static bool has_purpose(const STACK_OF(ASN1_OBJECT) *list, const ASN1_OBJECT *purpose)
{
	for (int i = 0; i < sk_ASN1_OBJECT_num(list); i++) {
		if (OBJ_cmp(sk_ASN1_OBJECT_value(list, i), purpose) == 0)
			return true;
	}
	return false;
}

/* Trusted for what is named and not rejected; for nothing where nothing is left. */
static void read_purposes(X509 *cert, struct tmd_p11_block *block)
{
	const STACK_OF(ASN1_OBJECT) *trust = X509_get0_trust_objects(cert);
	const STACK_OF(ASN1_OBJECT) *reject = X509_get0_reject_objects(cert);

	block->distrusted = true;
	for (int i = 0; i < sk_ASN1_OBJECT_num(trust); i++) {
		const ASN1_OBJECT *purpose = sk_ASN1_OBJECT_value(trust, i);

		if (has_purpose(reject, purpose))
			continue;
		block->distrusted = false;
		block->for_servers |= OBJ_obj2nid(purpose) == NID_server_auth ||
				      OBJ_obj2nid(purpose) == NID_anyExtendedKeyUsage;
	}
}

/* Settings that are there are read to the last byte; the certificate alone is left in `der`. */
static bool read_trusted(struct tmd_p11_block *block)
{
	const unsigned char *der = (const unsigned char *)tmd_buf_str(&block->der);
	const unsigned char *at = der;
	size_t first = element_length(der, block->der.len);
	X509 *cert;
	bool whole;

	if (!first || !tmd_p11_is_certificate(der, first))
		return false;
	block->has_settings = first < block->der.len;
	if (!block->has_settings)
		return true;
	tmd_openssl_init();
	cert = d2i_X509_AUX(NULL, &at, (long)block->der.len);
	whole = cert && at == der + block->der.len;
	if (whole)
		read_purposes(cert, block);
	X509_free(cert);
	ERR_clear_error();
	tmd_buf_splice(&block->der, first, block->der.len - first, NULL, 0);
	return whole;
}

static bool is_named(const char *name, size_t len, const char *wanted)
{
	return len == strlen(wanted) && memcmp(name, wanted, len) == 0;
}

static enum tmd_p11_kind kind_of(const char *name, size_t len, struct tmd_p11_block *block)
{
	if (!block->decoded)
		return TMD_P11_DAMAGED;
	if (is_named(name, len, "PUBLIC KEY"))
		return TMD_P11_KEY;
	if (is_named(name, len, "TRUSTED CERTIFICATE"))
		return read_trusted(block) ? TMD_P11_TRUSTED : TMD_P11_DAMAGED;
	if (!is_named(name, len, "CERTIFICATE"))
		return TMD_P11_OTHER;
	if (tmd_p11_is_certificate(tmd_buf_str(&block->der), block->der.len))
		return TMD_P11_CERTIFICATE;
	return tmd_p11_is_unloadable(tmd_buf_str(&block->der), block->der.len) ? TMD_P11_UNLOADABLE :
										TMD_P11_DAMAGED;
}

static size_t find(const char *text, size_t len, size_t from, const char *what)
{
	return from + tmd_text_find(text + from, len - from, what);
}

bool tmd_p11_pem_next(const char *text, size_t len, size_t from, struct tmd_p11_block *block)
{
	size_t seen = from < len ? from + tmd_p11_seen(text + from, len - from) : from;
	size_t begin = find(text, seen, from, BEGIN);
	size_t name = begin + strlen(BEGIN);
	size_t body;
	size_t end;
	size_t skip;

	if (begin >= seen)
		return false;
	body = find(text, seen, name, DASHES);
	if (body >= seen || memchr(text + name, '\n', body - name))
		return false;
	end = find(text, seen, body + strlen(DASHES), END);
	if (end >= seen || seen - end < strlen(END) + (body - name) + strlen(DASHES) ||
	    memcmp(text + end + strlen(END), text + name, body - name) != 0 ||
	    memcmp(text + end + strlen(END) + (body - name), DASHES, strlen(DASHES)) != 0)
		return false;
	block->next = end + strlen(DASHES);
	block->has_settings = block->distrusted = block->for_servers = false;
	tmd_buf_clear(&block->der);
	len = body - name; /* of the name, from here on */
	body += strlen(DASHES);
	skip = behind_headers(text + body, end - body);
	block->decoded = body < end && decode(text + body + skip, end - body - skip, &block->der);
	block->kind = kind_of(text + name, len, block);
	return true;
}
