/*
 * The structural check. It knows exactly the shape that public roots have and says "not
 * sure" to everything else, so every rule here may be stricter than OpenSSL, none laxer.
 */
#include "x509/der.h"

#include <string.h>

#include "base/str.h"
#include "x509/cert.h"

enum der_tag {
	TAG_BOOLEAN = 0x01,
	TAG_INTEGER = 0x02,
	TAG_BIT_STRING = 0x03,
	TAG_OCTET_STRING = 0x04,
	TAG_NULL = 0x05,
	TAG_OID = 0x06,
	TAG_UTF8_STRING = 0x0c,
	TAG_PRINTABLE_STRING = 0x13,
	TAG_T61_STRING = 0x14,
	TAG_IA5_STRING = 0x16,
	TAG_UTC_TIME = 0x17,
	TAG_GENERALIZED_TIME = 0x18,
	TAG_SEQUENCE = 0x30,
	TAG_SET = 0x31,
	TAG_VERSION = 0xa0,    /* [0] EXPLICIT */
	TAG_EXTENSIONS = 0xa3, /* [3] EXPLICIT */
};

#define OID_MAX 64    /* bytes; OpenSSL has a limit too, far above */
#define SERIAL_MAX 32 /* bytes; RFC 5280 allows 20 */

struct der {
	const unsigned char *at;
	size_t left;
};

/* Takes one element with a definite length in its shortest form off the front. */
static bool take(struct der *from, unsigned char tag, struct der *content)
{
	size_t header = 2;
	size_t len;

	if (from->left < 2 || from->at[0] != tag)
		return false;
	len = from->at[1];
	if (len == 0x81) {
		if (from->left < 3)
			return false;
		len = from->at[2];
		header = 3;
		if (len < 0x80)
			return false;
	} else if (len == 0x82) {
		if (from->left < 4)
			return false;
		len = (size_t)from->at[2] << 8 | from->at[3];
		header = 4;
		if (len < 0x100)
			return false;
	} else if (len >= 0x80) {
		return false;
	}
	if (len > from->left - header)
		return false;
	content->at = from->at + header;
	content->left = len;
	from->at += header + len;
	from->left -= header + len;
	return true;
}

static bool next_is(const struct der *from, unsigned char tag)
{
	return from->left && from->at[0] == tag;
}

/* An INTEGER in its shortest form, not negative. */
static bool take_natural(struct der *from, size_t max)
{
	struct der n;

	if (!take(from, TAG_INTEGER, &n) || !n.left || n.left > max || n.at[0] & 0x80)
		return false;
	return n.left == 1 || n.at[0] != 0 || n.at[1] & 0x80;
}

static bool take_oid(struct der *from, struct der *oid)
{
	if (!take(from, TAG_OID, oid) || !oid->left || oid->left > OID_MAX)
		return false;
	if (oid->at[oid->left - 1] & 0x80)
		return false;
	for (size_t i = 0; i < oid->left; i++) {
		bool starts = !i || !(oid->at[i - 1] & 0x80);

		if (starts && oid->at[i] == 0x80)
			return false;
	}
	return true;
}

/* A BIT STRING of whole bytes, at least one. */
static bool take_whole_bits(struct der *from, struct der *bits)
{
	if (!take(from, TAG_BIT_STRING, bits) || bits->left < 2 || bits->at[0] != 0)
		return false;
	bits->at++;
	bits->left--;
	return true;
}

static bool take_null(struct der *from)
{
	struct der nothing;

	return take(from, TAG_NULL, &nothing) && !nothing.left;
}

/* AlgorithmIdentifier of a signature; parameters may be anything that OpenSSL keeps raw. */
static bool take_signature_algorithm(struct der *from)
{
	struct der algorithm;
	struct der part;

	if (!take(from, TAG_SEQUENCE, &algorithm) || !take_oid(&algorithm, &part))
		return false;
	if (!algorithm.left)
		return true;
	if (next_is(&algorithm, TAG_NULL))
		return take_null(&algorithm) && !algorithm.left;
	return take(&algorithm, TAG_SEQUENCE, &part) && !algorithm.left;
}

static bool is_plain_ascii(const struct der *text)
{
	for (size_t i = 0; i < text->left; i++) {
		if (text->at[i] < 0x20 || text->at[i] > 0x7e)
			return false;
	}
	return true;
}

static bool is_plain_utf8(const struct der *text)
{
	if (memchr(text->at, '\0', text->left))
		return false;
	return tmd_utf8_valid((const char *)text->at, text->left);
}

/* A string that OpenSSL can surely turn into UTF-8, as it does for every name it reads. */
static bool take_name_string(struct der *from)
{
	struct der text;

	if (take(from, TAG_UTF8_STRING, &text))
		return text.left && is_plain_utf8(&text);
	if (!take(from, TAG_PRINTABLE_STRING, &text) && !take(from, TAG_IA5_STRING, &text) &&
	    !take(from, TAG_T61_STRING, &text))
		return false;
	return text.left && is_plain_ascii(&text);
}

static bool take_name(struct der *from)
{
	struct der name;

	if (!take(from, TAG_SEQUENCE, &name))
		return false;
	while (name.left) {
		struct der set;

		if (!take(&name, TAG_SET, &set) || !set.left)
			return false;
		while (set.left) {
			struct der pair;
			struct der oid;

			if (!take(&set, TAG_SEQUENCE, &pair) || !take_oid(&pair, &oid) ||
			    !take_name_string(&pair) || pair.left)
				return false;
		}
	}
	return true;
}

static int two_digits(const unsigned char *at)
{
	return (at[0] - '0') * 10 + (at[1] - '0');
}

/* Days from 1970-01-01 in the Gregorian calendar (Howard Hinnant's formula). */
static int64_t days_from_civil(int year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = y / 400;
	int64_t of_era = y - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

bool tmd_civil_time(int year, int month, int day, const int clock[3], int64_t *seconds)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	if (month < 1 || month > 12 || day < 1 ||
	    day > days[month - 1] + (month == 2 && leap ? 1 : 0))
		return false;
	if (clock[0] < 0 || clock[0] > 23 || clock[1] < 0 || clock[1] > 59 || clock[2] < 0 ||
	    clock[2] > 59)
		return false;
	*seconds = days_from_civil(year, month, day) * 86400 + clock[0] * 3600 + clock[1] * 60 +
		   clock[2];
	return true;
}

static bool take_time(struct der *from, int64_t *seconds)
{
	struct der text;
	bool short_year = take(from, TAG_UTC_TIME, &text);
	const unsigned char *at;
	int clock[3];
	int year;

	if (!short_year && !take(from, TAG_GENERALIZED_TIME, &text))
		return false;
	if (text.left != (short_year ? 13u : 15u) || text.at[text.left - 1] != 'Z')
		return false;
	for (size_t i = 0; i + 1 < text.left; i++) {
		if (!tmd_is_digit((char)text.at[i]))
			return false;
	}
	at = text.at;
	year = two_digits(at);
	if (short_year) {
		year += year >= 50 ? 1900 : 2000;
		at += 2;
	} else {
		year = year * 100 + two_digits(at + 2);
		at += 4;
	}
	for (size_t i = 0; i < 3; i++)
		clock[i] = two_digits(at + 4 + 2 * i);
	return year >= 1950 &&
	       tmd_civil_time(year, two_digits(at), two_digits(at + 2), clock, seconds);
}

static bool is_oid(const struct der *oid, const unsigned char *bytes, size_t len)
{
	return oid->left == len && memcmp(oid->at, bytes, len) == 0;
}

/* RSAPublicKey: OpenSSL decodes the key while it parses, and minds what is left over. */
static bool is_rsa_key(struct der bits)
{
	struct der key;

	return take(&bits, TAG_SEQUENCE, &key) && !bits.left && take_natural(&key, TMD_CERT_MAX) &&
	       take_natural(&key, TMD_CERT_MAX) && !key.left;
}

/* An RSA key, or an elliptic curve point on a named curve. Others are rare among roots. */
static bool take_public_key(struct der *from)
{
	static const unsigned char rsa[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01 };
	static const unsigned char ec[] = { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01 };
	struct der info;
	struct der algorithm;
	struct der oid;
	struct der curve;
	struct der bits;

	if (!take(from, TAG_SEQUENCE, &info) || !take(&info, TAG_SEQUENCE, &algorithm) ||
	    !take_oid(&algorithm, &oid) || !take_whole_bits(&info, &bits) || info.left)
		return false;
	if (is_oid(&oid, rsa, sizeof(rsa)))
		return take_null(&algorithm) && !algorithm.left && is_rsa_key(bits);
	if (is_oid(&oid, ec, sizeof(ec)))
		return take_oid(&algorithm, &curve) && !algorithm.left && bits.at[0] >= 2 &&
		       bits.at[0] <= 4;
	return false;
}

static bool take_extensions(struct der *from)
{
	struct der tagged;
	struct der list;

	if (!take(from, TAG_EXTENSIONS, &tagged) || !take(&tagged, TAG_SEQUENCE, &list) ||
	    tagged.left || !list.left)
		return false;
	while (list.left) {
		struct der extension;
		struct der part;

		if (!take(&list, TAG_SEQUENCE, &extension) || !take_oid(&extension, &part))
			return false;
		if (next_is(&extension, TAG_BOOLEAN) &&
		    (!take(&extension, TAG_BOOLEAN, &part) || part.left != 1 || part.at[0] != 0xff))
			return false;
		if (!take(&extension, TAG_OCTET_STRING, &part) || extension.left)
			return false;
	}
	return true;
}

/* v3, written out; v1 is said by saying nothing. */
static bool take_version_3(struct der *from)
{
	struct der version;

	return take(from, TAG_VERSION, &version) && version.left == 3 && version.at[0] == 2 &&
	       version.at[1] == 1 && version.at[2] == 2;
}

static bool check_body(struct der body, struct tmd_der_facts *facts)
{
	struct der validity;
	int64_t not_before;
	bool v3 = next_is(&body, TAG_VERSION);

	if (v3 && !take_version_3(&body))
		return false;
	if (!take_natural(&body, SERIAL_MAX) || !take_signature_algorithm(&body))
		return false;
	facts->issuer = body.at;
	if (!take_name(&body))
		return false;
	facts->issuer_len = (size_t)(body.at - facts->issuer);
	if (!take(&body, TAG_SEQUENCE, &validity))
		return false;
	if (!take_time(&validity, &not_before) || !take_time(&validity, &facts->not_after) ||
	    validity.left)
		return false;
	facts->subject = body.at;
	if (!take_name(&body))
		return false;
	facts->subject_len = (size_t)(body.at - facts->subject);
	if (!take_public_key(&body))
		return false;
	return v3 && body.left ? take_extensions(&body) && !body.left : !body.left;
}

bool tmd_der_certificate(const unsigned char *der, size_t len, struct tmd_der_facts *facts)
{
	struct der whole = { der, len };
	struct tmd_der_facts found = { 0 };
	struct der certificate;
	struct der body;
	struct der signature;

	if (len > TMD_CERT_MAX || !take(&whole, TAG_SEQUENCE, &certificate) || whole.left)
		return false;
	if (!take(&certificate, TAG_SEQUENCE, &body) || !take_signature_algorithm(&certificate) ||
	    !take_whole_bits(&certificate, &signature) || certificate.left)
		return false;
	if (!check_body(body, &found))
		return false;
	if (facts)
		*facts = found;
	return true;
}
