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

/* The name of a constant, a truth value, a number or an object identifier: no blanks in it. */
static bool is_word(const char *value, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (!tmd_is_digit(value[i]) && !(value[i] >= 'a' && value[i] <= 'z') &&
		    !strchr("-._", value[i]) &&
		    !(value[i] >= 'A' && value[i] <= 'Z' && tmd_str_starts(value, "CK")))
			return false;
	}
	return len > 0;
}

bool tmd_p11_field_is_sound(const struct tmd_p11_lexer *l)
{
	const char *colon = memchr(l->text + l->at, ':', l->end - l->at);
	const char *value = colon ? colon + 1 : NULL;
	const char *end = l->text + l->end;

	if (!value)
		return false;
	while (value < end && tmd_is_space(*value))
		value++;
	return is_string(value, (size_t)(end - value)) || is_word(value, (size_t)(end - value));
}
