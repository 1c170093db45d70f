/* YAML 1.1 scalars as PyYAML resolves and builds them. */
#include "resources/core_api/yaml_scalar.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"

#define NUMBER_MAX 1000 /* characters of a number that is converted */
#define LIMB_MAX 160	/* 1,000 hexadecimal digits in limbs of nine decimal ones */
#define LIMB_BASE 1000000000u
#define EXCERPT_MAX 80 /* bytes */

/* ---- which type: each function answers the rest behind what it took, NULL for no match ---- */

static bool is_one_of(char c, const char *set)
{
	return c && strchr(set, c);
}

static const char *skip_set(const char *text, const char *set)
{
	while (is_one_of(*text, set))
		text++;
	return text;
}

static const char *skip_sign(const char *text)
{
	return text + is_one_of(*text, "+-");
}

/* [0-9][0-9_]*, the first digit out of `first`. */
static const char *take_digits(const char *text, const char *first)
{
	return is_one_of(*text, first) ? skip_set(text + 1, "0123456789_") : NULL;
}

/* (:[0-5]?[0-9])+ */
static const char *take_sixties(const char *text)
{
	const char *end = NULL;

	while (*text == ':' && tmd_is_digit(text[1])) {
		bool two = text[1] <= '5' && tmd_is_digit(text[2]);

		text += two ? 3 : 2;
		end = text;
	}
	return end;
}

static bool is_whole(const char *rest)
{
	return rest && !*rest;
}

static bool is_int(const char *text)
{
	const char *digits = skip_sign(text);
	const char *rest;

	if (digits[0] == '0' && digits[1] == 'b')
		return digits[2] && is_whole(skip_set(digits + 2, "01_"));
	if (digits[0] == '0' && digits[1] == 'x')
		return digits[2] && is_whole(skip_set(digits + 2, "0123456789abcdefABCDEF_"));
	if (digits[0] == '0')
		return is_whole(skip_set(digits + 1, "01234567_"));
	rest = take_digits(digits, "123456789");
	if (!rest)
		return false;
	return !*rest || is_whole(take_sixties(rest));
}

/* ([eE][-+][0-9]+)? to the end of the text */
static bool is_exponent(const char *text)
{
	if (!*text)
		return true;
	return is_one_of(text[0], "eE") && is_one_of(text[1], "+-") && text[2] &&
	       is_whole(skip_set(text + 2, "0123456789"));
}

static bool is_one_word(const char *text, const char *const *words)
{
	for (; *words; words++) {
		if (strcmp(text, *words) == 0)
			return true;
	}
	return false;
}

static bool is_special_float(const char *text)
{
	static const char *const infinities[] = { ".inf", ".Inf", ".INF", NULL };
	static const char *const nans[] = { ".nan", ".NaN", ".NAN", NULL };

	return is_one_word(skip_sign(text), infinities) || is_one_word(text, nans);
}

static bool is_float(const char *text)
{
	const char *rest;

	if (is_special_float(text))
		return true;
	if (text[0] == '.')
		return tmd_is_digit(text[1]) && is_exponent(skip_set(text + 1, "0123456789_"));
	rest = take_digits(skip_sign(text), "0123456789");
	if (!rest)
		return false;
	if (*rest == '.')
		return is_exponent(skip_set(rest + 1, "0123456789_"));
	rest = take_sixties(rest);
	return rest && *rest == '.' && is_whole(skip_set(rest + 1, "0123456789_"));
}

struct moment {
	int year;
	int month;
	int day;
	bool has_time;
	int hour;
	int minute;
	int second;
	int micro;
	bool has_zone;
	int zone; /* minutes east */
};

/* `min` to `max` digits. */
static const char *take_count(const char *text, int min, int max, int *out)
{
	int count = 0;

	if (!text)
		return NULL;
	*out = 0;
	while (count < max && tmd_is_digit(text[count])) {
		*out = *out * 10 + (text[count] - '0');
		count++;
	}
	return count < min ? NULL : text + count;
}

static const char *take_char(const char *text, char c)
{
	return text && *text == c ? text + 1 : NULL;
}

static const char *take_fraction(const char *text, int *micro)
{
	int weight = 100000;

	*micro = 0;
	if (!text || *text != '.')
		return text;
	for (text++; tmd_is_digit(*text); text++) {
		*micro += weight * (*text - '0');
		weight /= 10;
	}
	return text;
}

static const char *take_zone(const char *text, struct moment *out)
{
	const char *at;
	int hours = 0;
	int minutes = 0;
	int sign;

	if (!text)
		return NULL;
	at = skip_set(text, " \t");
	if (!*at)
		return at == text ? text : NULL;
	out->has_zone = true;
	if (*at == 'Z')
		return at + 1;
	if (!is_one_of(*at, "+-"))
		return NULL;
	sign = *at == '-' ? -1 : 1;
	at = take_count(at + 1, 1, 2, &hours);
	if (at && *at == ':')
		at = take_count(at + 1, 2, 2, &minutes);
	out->zone = sign * (hours * 60 + minutes);
	return at;
}

/* The date alone wants two digits each; with a time behind it one is enough. */
static bool read_moment(const char *text, struct moment *out)
{
	const char *date;
	const char *at;

	memset(out, 0, sizeof(*out));
	at = take_char(take_count(text, 4, 4, &out->year), '-');
	at = take_char(take_count(at, 1, 2, &out->month), '-');
	date = take_count(at, 1, 2, &out->day);
	if (!date)
		return false;
	if (!*date)
		return strlen(text) == strlen("2000-01-01");
	out->has_time = true;
	at = is_one_of(*date, "Tt") ? date + 1 : skip_set(date, " \t");
	if (at == date)
		return false;
	at = take_char(take_count(at, 1, 2, &out->hour), ':');
	at = take_char(take_count(at, 2, 2, &out->minute), ':');
	at = take_fraction(take_count(at, 2, 2, &out->second), &out->micro);
	return is_whole(take_zone(at, out));
}

static bool is_bool(const char *text)
{
	static const char *const words[] = { "yes",   "Yes",   "YES",  "no",   "No",
					     "NO",    "true",  "True", "TRUE", "false",
					     "False", "FALSE", "on",   "On",   "ON",
					     "off",   "Off",   "OFF",  NULL };

	return is_one_word(text, words);
}

static bool is_null(const char *text)
{
	static const char *const words[] = { "", "~", "null", "Null", "NULL", NULL };

	return is_one_word(text, words);
}

enum tmd_yaml_tag tmd_yaml_resolve_plain(const char *text)
{
	struct moment moment;

	if (is_bool(text))
		return TMD_YAML_BOOL;
	if (is_float(text))
		return TMD_YAML_FLOAT;
	if (is_int(text))
		return TMD_YAML_INT;
	if (strcmp(text, "<<") == 0)
		return TMD_YAML_MERGE;
	if (is_null(text))
		return TMD_YAML_NULL;
	if (read_moment(text, &moment))
		return TMD_YAML_TIMESTAMP;
	return strcmp(text, "=") == 0 ? TMD_YAML_VALUE : TMD_YAML_STR;
}

/* ---- can it be built ---- */

static int days_in(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

static bool moment_valid(const char *text)
{
	struct moment m;

	if (!read_moment(text, &m))
		return false;
	if (m.year < 1 || m.month < 1 || m.month > 12 || m.day < 1 ||
	    m.day > days_in(m.year, m.month))
		return false;
	return m.hour < 24 && m.minute < 60 && m.second < 60 && m.zone > -1440 && m.zone < 1440;
}

/* 0b_ and 0x_ look like numbers and have no digit. */
static bool int_valid(const char *text)
{
	const char *digits = skip_sign(text);

	if (!is_int(text))
		return false;
	if (digits[0] != '0' || (digits[1] != 'b' && digits[1] != 'x'))
		return true;
	return *skip_set(digits + 2, "_") != '\0';
}

bool tmd_yaml_scalar_valid(enum tmd_yaml_tag tag, const char *text)
{
	switch (tag) {
	case TMD_YAML_BOOL:
		return is_bool(text);
	case TMD_YAML_INT:
		return int_valid(text);
	case TMD_YAML_FLOAT:
		return is_float(text);
	case TMD_YAML_TIMESTAMP:
		return moment_valid(text);
	case TMD_YAML_STR:
	case TMD_YAML_NULL:
	case TMD_YAML_MERGE:
	case TMD_YAML_VALUE:
	case TMD_YAML_SEQ:
	case TMD_YAML_MAP:
		break;
	}
	return true;
}

/* ---- as Python prints it ---- */

struct big {
	uint32_t limbs[LIMB_MAX]; /* least first */
	size_t count;
};

static void big_step(struct big *big, uint32_t factor, uint32_t add)
{
	uint64_t carry = add;

	for (size_t i = 0; i < big->count; i++) {
		carry += (uint64_t)big->limbs[i] * factor;
		big->limbs[i] = (uint32_t)(carry % LIMB_BASE);
		carry /= LIMB_BASE;
	}
	if (carry && big->count < LIMB_MAX)
		big->limbs[big->count++] = (uint32_t)carry;
}

static uint32_t digit_value(char c)
{
	if (tmd_is_digit(c))
		return (uint32_t)(c - '0');
	return (uint32_t)((c | 0x20) - 'a' + 10);
}

static void big_read(struct big *big, const char *digits, uint32_t base)
{
	for (; *digits; digits++) {
		if (*digits != '_')
			big_step(big, base, digit_value(*digits));
	}
}

/* 190:20:30: the first part is any decimal number, each further one a digit to base 60. */
static void big_read_sixties(struct big *big, const char *digits)
{
	for (; *digits && *digits != ':'; digits++) {
		if (*digits != '_')
			big_step(big, 10, digit_value(*digits));
	}
	while (*digits == ':') {
		char *end;

		big_step(big, 60, (uint32_t)strtoul(digits + 1, &end, 10));
		digits = end;
	}
}

static char *int_text(const char *text)
{
	const char *digits = skip_sign(text);
	TMD_AUTO_BUF struct tmd_buf out = { 0 };
	struct big big = { { 0 }, 0 };

	if (strlen(text) > NUMBER_MAX)
		return tmd_strdup(text);
	if (digits[0] == '0' && digits[1] == 'b')
		big_read(&big, digits + 2, 2);
	else if (digits[0] == '0' && digits[1] == 'x')
		big_read(&big, digits + 2, 16);
	else if (digits[0] == '0')
		big_read(&big, digits, 8);
	else
		big_read_sixties(&big, digits);
	if (!big.count)
		return tmd_strdup("0");
	tmd_buf_addf(&out, "%s%u", *text == '-' ? "-" : "", (unsigned)big.limbs[big.count - 1]);
	for (size_t i = big.count - 1; i-- > 0;)
		tmd_buf_addf(&out, "%09u", (unsigned)big.limbs[i]);
	return tmd_buf_steal(&out);
}

static char *without_underscores(const char *text)
{
	char *out = tmd_alloc(strlen(text) + 1, 1);
	size_t len = 0;

	for (; *text; text++) {
		if (*text != '_')
			out[len++] = *text;
	}
	return out;
}

/* Added up from the last part, as Python code would, so that the rounding is the same. */
static double sixties_value(const char *text)
{
	double base = 1;
	double sum = 0;
	size_t end = strlen(text);

	for (size_t i = end; i > 0; i--) {
		if (text[i - 1] != ':')
			continue;
		sum += strtod(text + i, NULL) * base; /* strtod stops at the next ':' */
		base *= 60;
	}
	return sum + strtod(text, NULL) * base;
}

/* The shortest "d.ddde+xx" that reads back as the same number. */
static void shortest(double value, char *out, size_t size)
{
	for (int precision = 0; precision < 17; precision++) {
		snprintf(out, size, "%.*e", precision, value);
		if (strtod(out, NULL) == value)
			return;
	}
}

/* Python's repr() of a number that is finite and not negative. */
static char *float_repr(double value)
{
	TMD_AUTO_BUF struct tmd_buf out = { 0 };
	char text[40] = "";
	char digits[20] = "";
	int count = 0;
	int exponent;

	shortest(value, text, sizeof(text));
	exponent = (int)strtol(strchr(text, 'e') + 1, NULL, 10);
	for (const char *at = text; *at != 'e'; at++) {
		if (*at != '.')
			digits[count++] = *at;
	}
	if (exponent < -4 || exponent >= 16) {
		tmd_buf_addf(&out, "%c%s%se%c%02d", digits[0], count > 1 ? "." : "", digits + 1,
			     exponent < 0 ? '-' : '+', abs(exponent));
	} else if (exponent < 0) {
		tmd_buf_addf(&out, "0.%.*s%s", -exponent - 1, "0000", digits);
	} else {
		for (int i = 0; i <= exponent || i < count; i++) {
			if (i == exponent + 1)
				tmd_buf_add_char(&out, '.');
			tmd_buf_add_char(&out, i < count ? digits[i] : '0');
		}
		if (count <= exponent + 1)
			tmd_buf_add_str(&out, ".0");
	}
	return tmd_buf_steal(&out);
}

static char *float_text(const char *text)
{
	TMD_AUTO_FREE char *digits = without_underscores(skip_sign(text));
	TMD_AUTO_FREE char *magnitude = NULL;
	double value;

	if (strlen(text) > NUMBER_MAX)
		return tmd_strdup(text);
	if (tmd_str_equal_nocase(digits, ".nan"))
		return tmd_strdup("nan");
	if (tmd_str_equal_nocase(digits, ".inf"))
		return tmd_strdup(*text == '-' ? "-inf" : "inf");
	value = strchr(digits, ':') ? sixties_value(digits) : strtod(digits, NULL);
	magnitude = isinf(value) ? tmd_strdup("inf") : float_repr(value);
	return tmd_format("%s%s", *text == '-' ? "-" : "", magnitude);
}

static char *moment_text(const char *text)
{
	TMD_AUTO_BUF struct tmd_buf out = { 0 };
	struct moment m;

	if (!read_moment(text, &m))
		return tmd_strdup(text);
	tmd_buf_addf(&out, "%04d-%02d-%02d", m.year, m.month, m.day);
	if (m.has_time)
		tmd_buf_addf(&out, " %02d:%02d:%02d", m.hour, m.minute, m.second);
	if (m.micro)
		tmd_buf_addf(&out, ".%06d", m.micro);
	if (m.has_zone)
		tmd_buf_addf(&out, "%c%02d:%02d", m.zone < 0 ? '-' : '+', abs(m.zone) / 60,
			     abs(m.zone) % 60);
	return tmd_buf_steal(&out);
}

static char *bool_text(const char *text)
{
	static const char *const yes[] = { "yes", "true", "on", NULL };

	for (size_t i = 0; yes[i]; i++) {
		if (tmd_str_equal_nocase(text, yes[i]))
			return tmd_strdup("True");
	}
	return tmd_strdup("False");
}

char *tmd_yaml_python_text(enum tmd_yaml_tag tag, const char *text)
{
	switch (tag) {
	case TMD_YAML_NULL:
		return NULL;
	case TMD_YAML_BOOL:
		return bool_text(text);
	case TMD_YAML_INT:
		return int_text(text);
	case TMD_YAML_FLOAT:
		return float_text(text);
	case TMD_YAML_TIMESTAMP:
		return moment_text(text);
	case TMD_YAML_STR:
	case TMD_YAML_MERGE:
	case TMD_YAML_VALUE:
	case TMD_YAML_SEQ:
	case TMD_YAML_MAP:
		break;
	}
	return tmd_strdup(text);
}

const char *tmd_yaml_tag_name(enum tmd_yaml_tag tag)
{
	static const char *const names[] = {
		[TMD_YAML_STR] = "a text",	  [TMD_YAML_NULL] = "null",
		[TMD_YAML_BOOL] = "a boolean",	  [TMD_YAML_INT] = "an integer",
		[TMD_YAML_FLOAT] = "a float",	  [TMD_YAML_TIMESTAMP] = "a date",
		[TMD_YAML_MERGE] = "a merge key", [TMD_YAML_VALUE] = "a default value",
		[TMD_YAML_SEQ] = "a list",	  [TMD_YAML_MAP] = "a mapping",
	};

	return names[tag];
}

char *tmd_yaml_excerpt(const char *text)
{
	size_t len = strnlen(text, EXCERPT_MAX + 1);
	char *copy;

	if (len > EXCERPT_MAX) {
		for (len = EXCERPT_MAX; (text[len] & 0xC0) == 0x80;)
			len--;
	}
	copy = tmd_strndup(text, len);
	for (char *c = copy; *c; c++) {
		if ((unsigned char)*c < ' ' || *c == 0x7F)
			*c = '?';
	}
	return copy;
}
