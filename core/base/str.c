/* String helpers without locale. */
#include "base/str.h"

#include <string.h>

#include "base/mem.h"

bool tmd_str_equal(const char *a, const char *b)
{
	if (!a || !b)
		return a == b;
	return strcmp(a, b) == 0;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool tmd_str_equal_nocase(const char *a, const char *b)
{
	if (!a || !b)
		return a == b;
	while (*a && lower(*a) == lower(*b)) {
		a++;
		b++;
	}
	return lower(*a) == lower(*b);
}

bool tmd_str_starts(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool tmd_str_starts_nocase(const char *text, const char *prefix)
{
	while (*prefix && lower(*text) == lower(*prefix)) {
		text++;
		prefix++;
	}
	return !*prefix;
}

bool tmd_str_ends(const char *text, const char *suffix)
{
	size_t len = strlen(text);
	size_t tail = strlen(suffix);

	return len >= tail && memcmp(text + len - tail, suffix, tail) == 0;
}

bool tmd_is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

bool tmd_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool tmd_is_alpha(char c)
{
	return lower(c) >= 'a' && lower(c) <= 'z';
}

bool tmd_is_hex(char c)
{
	return tmd_is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'f');
}

bool tmd_parse_u64(const char *text, uint64_t *out)
{
	uint64_t value = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		uint64_t digit = (uint64_t)(*text - '0');

		if (!tmd_is_digit(*text) || value > (UINT64_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*out = value;
	return true;
}

void tmd_hex(const void *data, size_t len, char *out)
{
	static const char digits[] = "0123456789ABCDEF";
	const unsigned char *bytes = data;

	for (size_t i = 0; i < len; i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
	out[2 * len] = '\0';
}

size_t tmd_utf8_next(const char *data, size_t left, uint32_t *out)
{
	const unsigned char *s = (const unsigned char *)data;
	uint32_t code;
	size_t len;

	if (!left)
		return 0;
	if (s[0] < 0x80)
		len = 1;
	else if (s[0] >= 0xC2 && s[0] <= 0xDF)
		len = 2;
	else if (s[0] >= 0xE0 && s[0] <= 0xEF)
		len = 3;
	else if (s[0] >= 0xF0 && s[0] <= 0xF4)
		len = 4;
	else
		return 0;
	if (left < len)
		return 0;
	code = len == 1 ? s[0] : s[0] & (0x7Fu >> len);
	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xC0) != 0x80)
			return 0;
		code = code << 6 | (s[i] & 0x3Fu);
	}
	if (len == 3 && (code < 0x800 || (code >= 0xD800 && code <= 0xDFFF)))
		return 0;
	if (len == 4 && (code < 0x10000 || code > 0x10FFFF))
		return 0;
	*out = code;
	return len;
}

bool tmd_utf8_valid(const char *data, size_t len)
{
	size_t at = 0;

	while (at < len) {
		uint32_t code;
		size_t step = tmd_utf8_next(data + at, len - at, &code);

		if (!step)
			return false;
		at += step;
	}
	return true;
}

size_t tmd_line_of(const char *data, size_t len, size_t at)
{
	size_t line = 1;

	for (size_t i = 0; i < at && i < len; i++)
		line += data[i] == '\n';
	return line;
}
