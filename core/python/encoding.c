/* The byte order mark and the coding line, held against the bytes. */
#include "python/encoding.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"

static const char mark[] = "\xef\xbb\xbf";

/* Beginnings of names, in the spelling of coding_of(): each stands for a family. */
static const char *const one_byte[] = { "latin", "iso-8859", "iso8859", "cp125", "windows-125",
					"l1", "cp43", "cp437", "cp85", "cp86", "koi8", "mac-",
					"macroman", "euc-", "eucjp", "euckr", NULL };

static bool starts_with_any(const char *name, const char *const *beginnings)
{
	while (*beginnings && !tmd_str_starts(name, *beginnings))
		beginnings++;
	return *beginnings;
}

static bool is_utf8_name(const char *name)
{
	return strcmp(name, "utf-8") == 0 || strcmp(name, "utf8") == 0 ||
	       strcmp(name, "u8") == 0 || strcmp(name, "utf-8-sig") == 0 ||
	       tmd_str_starts(name, "utf-8-");
}

static bool is_ascii_name(const char *name)
{
	return strcmp(name, "ascii") == 0 || strcmp(name, "us-ascii") == 0;
}

/* ---- the declaration ---- */

static bool is_name_char(char c)
{
	return tmd_is_alpha(c) || tmd_is_digit(c) || c == '-' || c == '_' || c == '.';
}

/* ^[ \t\f]*#.*?coding[:=][ \t]*([-_.a-zA-Z0-9]+), in lower case and with hyphens. */
static char *coding_in(const char *line, size_t len)
{
	static const char word[] = "coding";
	size_t at = 0;
	size_t end;

	while (at < len && (line[at] == ' ' || line[at] == '\t' || line[at] == '\f'))
		at++;
	if (at == len || line[at] != '#')
		return NULL;
	for (; at + sizeof(word) <= len; at++) {
		if (memcmp(line + at, word, sizeof(word) - 1) != 0 ||
		    (line[at + sizeof(word) - 1] != ':' && line[at + sizeof(word) - 1] != '='))
			continue;
		at += sizeof(word);
		while (at < len && (line[at] == ' ' || line[at] == '\t'))
			at++;
		for (end = at; end < len && is_name_char(line[end]);)
			end++;
		return end > at ? tmd_strndup(line + at, end - at) : NULL;
	}
	return NULL;
}

static bool is_blank_or_comment(const char *line, size_t len)
{
	size_t at = 0;

	while (at < len && (line[at] == ' ' || line[at] == '\t' || line[at] == '\f' ||
			    line[at] == '\r'))
		at++;
	return at == len || line[at] == '#';
}

/* In the first line, or in the second where the first is blank or a comment. The caller frees. */
static char *coding_of(const char *text, size_t len)
{
	char *name = NULL;

	for (int line = 0; line < 2 && !name; line++) {
		const char *newline = memchr(text, '\n', len);
		size_t size = newline ? (size_t)(newline - text) : len;

		name = coding_in(text, size);
		if (!newline || !is_blank_or_comment(text, size))
			break;
		text += size + 1;
		len -= size + 1;
	}
	for (char *c = name; c && *c; c++) {
		if (*c == '_')
			*c = '-';
		else if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c + 'a' - 'A');
	}
	return name;
}

/* ---- the bytes ---- */

static bool is_ascii(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)text[i] >= 0x80)
			return false;
	}
	return true;
}

static bool has_lone_cr(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\r' && (i + 1 == len || text[i + 1] != '\n'))
			return true;
	}
	return false;
}

static enum tmd_rc fail_coding(const char *path, const char *name, struct tmd_error *err)
{
	return tmd_fail(err, TMD_E_REFUSED, path, "save it as UTF-8, or change it by hand",
			"its coding line says '%.40s', which is not read here", name);
}

static enum tmd_rc judge(const char *text, size_t len, const char *path, const char *name,
			 enum tmd_py_encoding *out, struct tmd_error *err)
{
	bool ascii = is_ascii(text, len);

	if (name && !is_utf8_name(name)) {
		if (!(is_ascii_name(name) && ascii) && !starts_with_any(name, one_byte))
			return fail_coding(path, name, err);
		*out = TMD_PY_ONE_BYTE;
		return TMD_OK;
	}
	if (!tmd_utf8_valid(text, len))
		return tmd_fail(err, TMD_E_REFUSED, path, "save it as UTF-8",
				"it is not UTF-8, and no coding line says what it is");
	*out = ascii && !name ? TMD_PY_ASCII : TMD_PY_UTF8;
	return TMD_OK;
}

enum tmd_rc tmd_py_encoding_of(const char *text, size_t len, const char *path,
			       enum tmd_py_encoding *out, struct tmd_error *err)
{
	TMD_AUTO_FREE char *name = NULL;
	bool marked = len >= 3 && memcmp(text, mark, 3) == 0;

	if (memchr(text, '\0', len))
		return tmd_fail(err, TMD_E_REFUSED, path, "name Python sources alone",
				"it holds a NUL, and is no Python source");
	if (has_lone_cr(text, len))
		return tmd_fail(err, TMD_E_REFUSED, path, "give it ordinary line ends",
				"it has lines that end in CR alone");
	name = coding_of(text + (marked ? 3 : 0), len - (marked ? 3 : 0));
	if (marked && name && !is_utf8_name(name))
		return tmd_fail(err, TMD_E_REFUSED, path, "remove the one that is wrong",
				"it has a byte order mark of UTF-8, and its coding line says '%.40s'",
				name);
	if (judge(text, len, path, name, out, err))
		return TMD_FAILED;
	if (marked)
		*out = TMD_PY_UTF8;
	return TMD_OK;
}
