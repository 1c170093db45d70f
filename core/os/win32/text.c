/* UTF-8 to UTF-16 and back, strictly on the way out and leniently on the way in. */
#include "os/win32/text.h"

#include <windows.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

wchar_t *tmd_wide_n(const char *data, size_t len)
{
	wchar_t *wide;
	int units;

	if (!data || len > TMD_TEXT_MAX || memchr(data, '\0', len) || !tmd_utf8_valid(data, len))
		return NULL;
	wide = tmd_alloc(len + 1, sizeof(*wide)); /* a byte never gives more than one unit */
	units = len ? MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, data, (int)len, wide,
					  (int)len)
		    : 0;
	if (len && units <= 0) {
		free(wide);
		return NULL;
	}
	wide[units] = L'\0';
	return wide;
}

wchar_t *tmd_wide(const char *text)
{
	return text ? tmd_wide_n(text, strlen(text)) : NULL;
}

static bool is_high(wchar_t unit)
{
	return unit >= 0xD800 && unit <= 0xDBFF;
}

static bool is_low(wchar_t unit)
{
	return unit >= 0xDC00 && unit <= 0xDFFF;
}

/* Writes the sequence of one character, at most four bytes. */
static size_t put_character(char *to, unsigned long code)
{
	if (code < 0x80) {
		to[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		to[0] = (char)(0xC0 | code >> 6);
		to[1] = (char)(0x80 | (code & 0x3F));
		return 2;
	}
	if (code < 0x10000) {
		to[0] = (char)(0xE0 | code >> 12);
		to[1] = (char)(0x80 | (code >> 6 & 0x3F));
		to[2] = (char)(0x80 | (code & 0x3F));
		return 3;
	}
	to[0] = (char)(0xF0 | code >> 18);
	to[1] = (char)(0x80 | (code >> 12 & 0x3F));
	to[2] = (char)(0x80 | (code >> 6 & 0x3F));
	to[3] = (char)(0x80 | (code & 0x3F));
	return 4;
}

/* Not WideCharToMultiByte(): what it makes of half a pair depends on the system. */
char *tmd_narrow_n(const wchar_t *data, size_t len)
{
	char *text;
	size_t at = 0;

	if (!data)
		return NULL;
	if (len > TMD_TEXT_MAX)
		len = TMD_TEXT_MAX;
	text = tmd_alloc(len * 3 + 1, 1); /* a pair gives four bytes for two units */
	for (size_t i = 0; i < len && data[i]; i++) {
		unsigned long code = data[i];

		if (is_high(data[i]) && i + 1 < len && is_low(data[i + 1])) {
			code = 0x10000 + ((code & 0x3FF) << 10 | (data[i + 1] & 0x3FFu));
			i++;
		} else if (is_high(data[i]) || is_low(data[i])) {
			code = 0xFFFD;
		}
		at += put_character(text + at, code);
	}
	text[at] = '\0';
	return text;
}

char *tmd_narrow(const wchar_t *text)
{
	return text ? tmd_narrow_n(text, wcslen(text)) : NULL;
}
