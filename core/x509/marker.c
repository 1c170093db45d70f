/* Markers that somebody typed, folded, quoted or ran through a word processor. */
#include "x509/salvage.h"

#include <string.h>

#include "base/str.h"
#include "x509/pem.h"

#define LABEL_MAX TMD_PEM_NAME_MAX

/* Dashes as keyboards, word processors and two code pages write them. */
static const char *const dashes[] = {
	"-",		"\xE2\x80\x90", "\xE2\x80\x91", "\xE2\x80\x92", "\xE2\x80\x93", "\xE2\x80\x94",
	"\xE2\x80\x95", "\xE2\x88\x92", "\xC2\xAD",	"\x96",		"\x97",
};

/* Between lines, beside what is white space. */
static const char *const noises[] = {
	"\\u000a", "\\u000d", "\\u000A", "\\u000D", "\\n",	    "\\r",	    "\\t",
	"\\",	   ">",	      "|",	 "\"",	    "'",	    ",",	    "\xC2\xA0",
	"\xA0",	   "\xEF\xBB\xBF", "\xE2\x80\x8B", "\xE2\x80\xA8", "\xFF\xFE", "\xFE\xFF",
};

/* Length of the one of `list` that the text goes on with, or 0. */
static size_t starts_with_one(const char *data, size_t len, size_t at, const char *const *list,
			      size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t one = strlen(list[i]);

		if (len - at >= one && memcmp(data + at, list[i], one) == 0)
			return one;
	}
	return 0;
}

size_t tmd_salvage_noise(const char *data, size_t len, size_t at)
{
	if (at >= len)
		return 0;
	if (tmd_is_space(data[at]) || data[at] == '\0')
		return 1;
	return starts_with_one(data, len, at, noises, sizeof(noises) / sizeof(*noises));
}

static size_t dash_at(const char *data, size_t len, size_t at)
{
	return at < len ? starts_with_one(data, len, at, dashes, sizeof(dashes) / sizeof(*dashes))
			: 0;
}

/* Length of the dash that ends right before `at`. */
static size_t dash_before(const char *data, size_t from, size_t at)
{
	for (size_t i = 0; i < sizeof(dashes) / sizeof(*dashes); i++) {
		size_t one = strlen(dashes[i]);

		if (at - from >= one && memcmp(data + at - one, dashes[i], one) == 0)
			return one;
	}
	return 0;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_label(char c)
{
	return is_letter(c) || (c >= '0' && c <= '9') || is_blank(c);
}

static bool word_at(const char *data, size_t len, size_t at, const char *word)
{
	size_t n = strlen(word);

	if (len - at < n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if ((data[at + i] | 0x20) != (word[i] | 0x20))
			return false;
	}
	return true;
}

static bool label_has(const char *label, size_t len, const char *word)
{
	for (size_t i = 0; i < len; i++) {
		if (word_at(label, len, i, word))
			return true;
	}
	return false;
}

static bool is_known_label(const char *label, size_t len)
{
	static const char *const words[] = { "certif", "key", "crl", "pkcs", "cms", "param" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (label_has(label, len, words[i]))
			return true;
	}
	return false;
}

/* Without its blanks: "CERTIFICATE", "x509 certificate". */
static bool is_certificate_label(const char *label, size_t len)
{
	char word[24];
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (is_blank(label[i]))
			continue;
		if (n + 1 >= sizeof(word))
			return false;
		word[n++] = (char)(label[i] | 0x20);
	}
	word[n] = '\0';
	return strcmp(word, "certificate") == 0 || strcmp(word, "x509certificate") == 0;
}

static size_t back_over_dashes(const char *data, size_t from, size_t word, size_t *count)
{
	size_t at = word;
	size_t dash;

	while (at > from && is_blank(data[at - 1]))
		at--;
	for (*count = 0; (dash = dash_before(data, from, at)) != 0; (*count)++)
		at -= dash;
	return *count ? at : word;
}

/* Two markers on one line share their dashes: five belong to each. */
static size_t over_dashes(const char *data, size_t len, size_t at, size_t *count)
{
	size_t five = at;
	size_t dash;

	for (*count = 0; (dash = dash_at(data, len, at)) != 0; (*count)++) {
		at += dash;
		if (*count < 5)
			five = at;
	}
	if (*count > 5 && (word_at(data, len, at, "BEGIN ") || word_at(data, len, at, "END "))) {
		*count = 5;
		return five;
	}
	return at;
}

static bool is_exact(const char *data, size_t len, const struct tmd_loose_marker *m)
{
	struct tmd_pem_marker strict;

	return tmd_pem_find(data, len < m->end ? len : m->end, m->at, &strict) &&
	       strict.at == m->at && strict.end == m->end && strict.name_len == m->label_len;
}

/* A word between letters is part of another word, unless a written \n ends before it. */
static bool is_word_start(const char *data, size_t from, size_t word)
{
	if (word == from || !is_letter(data[word - 1]))
		return true;
	return word - from >= 2 && data[word - 2] == '\\';
}

static bool starts_line(const char *data, size_t at)
{
	while (at > 0 && (is_blank(data[at - 1]) || data[at - 1] == '>'))
		at--;
	return at == 0 || data[at - 1] == '\n' || data[at - 1] == '\r';
}

bool tmd_loose_marker(const char *data, size_t len, size_t from, size_t word,
		      struct tmd_loose_marker *out)
{
	struct tmd_loose_marker m = { .begin = word_at(data, len, word, "BEGIN") };
	size_t before;
	size_t behind;
	size_t stop;

	if (!m.begin && !word_at(data, len, word, "END"))
		return false;
	if (!is_word_start(data, from, word))
		return false;
	m.at = back_over_dashes(data, from, word, &before);
	for (m.label = word + (m.begin ? 5 : 3); m.label < len && is_blank(data[m.label]);)
		m.label++;
	for (stop = m.label; stop < len && stop - m.label <= LABEL_MAX && is_label(data[stop]);)
		stop++;
	m.label_len = stop - m.label;
	while (m.label_len && is_blank(data[m.label + m.label_len - 1]))
		m.label_len--;
	m.end = over_dashes(data, len, stop, &behind);
	if (!behind)
		m.end = m.label + m.label_len;
	m.certificate = is_certificate_label(data + m.label, m.label_len);
	m.trusted = label_has(data + m.label, m.label_len, "trusted");
	m.exact = is_exact(data, len, &m);
	if (!m.exact && !is_known_label(data + m.label, m.label_len))
		return false;
	/* In prose nothing holds the words together. */
	if (!before && !behind && !(m.certificate && starts_line(data, m.at)))
		return false;
	*out = m;
	return true;
}
