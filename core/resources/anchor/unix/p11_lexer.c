/* Cutting a file in p11-kit's own format into tokens. */
#include "resources/anchor/unix/p11_lexer.h"

#include <string.h>

#include "base/str.h"
#include "x509/pem.h"

#define OBJECT "[p11-kit-object-v1]"
#define BEGIN "-----BEGIN "
#define END "\n-----END "

static size_t line_end(const struct tmd_p11_lexer *l, size_t at)
{
	const char *newline = at < l->len ? memchr(l->text + at, '\n', l->len - at) : NULL;

	return newline ? (size_t)(newline - l->text) : l->len;
}

static size_t behind(const struct tmd_p11_lexer *l, size_t end)
{
	return end < l->len ? end + 1 : l->len;
}

static enum tmd_p11_token lex_pem(struct tmd_p11_lexer *l)
{
	size_t end = l->at + tmd_text_find(l->text + l->at, l->len - l->at, END);

	if (end >= l->len)
		return TMD_P11_FAILED;
	l->end = l->next = behind(l, line_end(l, end + 1));
	return TMD_P11_PEM;
}

static void trim(struct tmd_p11_lexer *l)
{
	while (l->at < l->end && tmd_is_space(l->text[l->at]))
		l->at++;
	while (l->at < l->end && tmd_is_space(l->text[l->end - 1]))
		l->end--;
}

static enum tmd_p11_token lex_line(const struct tmd_p11_lexer *l)
{
	size_t len = l->end - l->at;

	if (l->text[l->at] != '[')
		return memchr(l->text + l->at, ':', len) ? TMD_P11_FIELD : TMD_P11_FAILED;
	if (l->text[l->end - 1] != ']')
		return TMD_P11_FAILED;
	if (len == strlen(OBJECT) && memcmp(l->text + l->at, OBJECT, len) == 0)
		return TMD_P11_OBJECT;
	return TMD_P11_SECTION;
}

enum tmd_p11_token tmd_p11_lex(struct tmd_p11_lexer *l)
{
	while (l->next < l->len) {
		l->at = l->next;
		if (l->len - l->at >= strlen(BEGIN) &&
		    memcmp(l->text + l->at, BEGIN, strlen(BEGIN)) == 0)
			return lex_pem(l);
		l->end = line_end(l, l->at);
		l->next = behind(l, l->end);
		trim(l);
		if (l->at < l->end && l->text[l->at] != '#')
			return lex_line(l);
	}
	return TMD_P11_END;
}

/* Percent-encoded between quotes. */
static bool is_string(const char *value, size_t len)
{
	if (len < 2 || value[0] != '"' || value[len - 1] != '"')
		return false;
	for (size_t i = 1; i + 1 < len; i++) {
		if (value[i] == '%' && (i + 3 >= len || !tmd_is_hex(value[i + 1]) ||
					!tmd_is_hex(value[i + 2])))
			return false;
	}
	return true;
}

static bool is_number(const char *value, size_t len)
{
	size_t sign = len && (*value == '-' || *value == '+');

	for (size_t i = sign; i < len; i++) {
		if (!tmd_is_digit(value[i]))
			return false;
	}
	return !len || len > sign; /* nothing at all is 0 */
}

/* In p11-kit's alphabet of digits there is no 8. */
static bool is_oid(const char *value, size_t len)
{
	size_t dots = 0;

	for (size_t i = 0; i < len; i++) {
		bool dot = value[i] == '.';

		if (!dot && (!tmd_is_digit(value[i]) || value[i] == '8'))
			return false;
		if (dot && (!i || i + 1 == len || value[i - 1] == '.'))
			return false;
		dots += dot;
	}
	return dots > 1 && *value != '0';
}

static bool is_one_of(const char *text, size_t len, const char *const *words)
{
	for (; *words; words++) {
		if (strlen(*words) == len && memcmp(*words, text, len) == 0)
			return true;
	}
	return false;
}

/* The words that stand in files of certificates; p11-kit knows more, and refuses all others. */
static bool is_word(const char *value, size_t len)
{
	static const char *const words[] = {
		"true", "false", "certificate", "x-certificate-extension", "x-trust-assertion",
		"nss-trust", "data", "public-key", "private-key", "secret-key", "x-509",
		"x-509-attr-cert", "wtls", "unspecified", "token-user", "authority",
		"other-entity", "rsa", "dsa", "ec", NULL,
	};

	return is_one_of(value, len, words);
}

static bool is_known(const char *name, size_t len, unsigned *fits)
{
	static const char *const of_both[] = { "class", "token", "private", "modifiable", "label",
					       "id",	"value", "public-key-info",
					       "x-public-key-info", NULL };
	static const char *const of_certificates[] = {
		"certificate-type", "trusted", "x-distrusted", "certificate-category",
		"check-value", "start-date", "end-date", "subject", "issuer", "serial-number",
		"url", "hash-of-subject-public-key", "hash-of-issuer-public-key",
		"java-midp-security-domain", "nss-mozilla-ca-policy",
		"nss-server-distrust-after", "nss-email-distrust-after", NULL,
	};
	static const char *const of_others[] = {
		"application", "sensitive", "x-critical", "key-type", "encrypt", "decrypt", "sign",
		"verify", "wrap", "unwrap", "derive", "modulus", "modulus-bits",
		"public-exponent", "extractable", "local", "ac-issuer", "owner", NULL,
	};

	*fits = 0;
	if (is_one_of(name, len, of_both))
		*fits = TMD_P11_FITS_CERTIFICATE | TMD_P11_FITS_EXTENSION;
	else if (is_one_of(name, len, of_certificates))
		*fits = TMD_P11_FITS_CERTIFICATE;
	else if (is_one_of(name, len, (const char *const[]){ "object-id", NULL }))
		*fits = TMD_P11_FITS_EXTENSION;
	else
		return is_number(name, len) || is_one_of(name, len, of_others);
	return true;
}

struct tmd_p11_field tmd_p11_field(const struct tmd_p11_lexer *l)
{
	const char *name = l->text + l->at;
	const char *end = l->text + l->end;
	const char *colon = memchr(name, ':', l->end - l->at);
	const char *value = colon ? colon + 1 : end;

	colon = colon ? colon : end;
	while (value < end && tmd_is_space(*value))
		value++;
	while (colon > name && tmd_is_space(colon[-1]))
		colon--;
	return (struct tmd_p11_field){ name, (size_t)(colon - name), value, (size_t)(end - value) };
}

bool tmd_p11_field_is_sound(const struct tmd_p11_lexer *l, unsigned *fits)
{
	struct tmd_p11_field field = tmd_p11_field(l);
	const char *value = field.value;
	size_t len = field.value_len;

	return is_known(field.name, field.name_len, fits) &&
	       (is_string(value, len) || is_word(value, len) || is_number(value, len) ||
		is_oid(value, len));
}
