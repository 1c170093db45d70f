/* Which type a scalar is of: the patterns of PyYAML, written out. */
#include "yaml/scalar.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"

#define INT_DIGITS_MAX 4300
#define DATE_LEN (sizeof("2000-01-01") - 1)
#define DIGITS "0123456789"

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

/* `words` has a blank around each. */
static bool is_one_of_words(const char *text, const char *words)
{
	size_t len = strlen(text);
	const char *at = len && !strchr(text, ' ') ? strstr(words, text) : NULL;

	while (at && (at[-1] != ' ' || at[len] != ' '))
		at = strstr(at + 1, text);
	return at != NULL;
}

static bool is_float(const char *text)
{
	const char *rest;

	if (is_one_of_words(skip_sign(text), " .inf .Inf .INF ") ||
	    is_one_of_words(text, " .nan .NaN .NAN "))
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
	int hour;
	int minute;
	int second;
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

static const char *take_fraction(const char *text)
{
	return text && *text == '.' ? skip_set(text + 1, DIGITS) : text;
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
		return strlen(text) == DATE_LEN;
	at = is_one_of(*date, "Tt") ? date + 1 : skip_set(date, " \t");
	if (at == date)
		return false;
	at = take_char(take_count(at, 1, 2, &out->hour), ':');
	at = take_char(take_count(at, 2, 2, &out->minute), ':');
	at = take_fraction(take_count(at, 2, 2, &out->second));
	return is_whole(take_zone(at, out));
}

static bool is_bool(const char *text)
{
	return is_one_of_words(text, " yes Yes YES no No NO true True TRUE false False FALSE "
				     "on On ON off Off OFF ");
}

static bool is_null(const char *text)
{
	return !*text || is_one_of_words(text, " ~ null Null NULL ");
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

/* 0b_ and 0x_ look like numbers and have no digit; Python reads 4,300 digits and no more. */
static bool int_valid(const char *text)
{
	const char *digits = skip_sign(text);

	if (!is_int(text))
		return false;
	if (digits[0] != '0')
		return strlen(digits) <= INT_DIGITS_MAX;
	if (digits[1] != 'b' && digits[1] != 'x')
		return true;
	return *skip_set(digits + 2, "_") != '\0';
}

/* Behind the digits, out of which PyYAML takes the underscores; *count: how many there are. */
static const char *skip_number(const char *text, size_t *count)
{
	for (; tmd_is_digit(*text) || *text == '_'; text++)
		*count += *text != '_';
	return text;
}

/* As Python's float(): with a tag there need be no point, and no sign in an exponent. */
static bool is_python_float(const char *text)
{
	size_t digits = 0;
	size_t exponent = 0;

	text = skip_number(skip_sign(text), &digits);
	if (*text == '.')
		text = skip_number(text + 1, &digits);
	if (!digits || !*text)
		return digits;
	if (*text != 'e' && *text != 'E')
		return false;
	text = skip_number(skip_sign(text + 1), &exponent);
	return exponent && !*text;
}

static bool float_valid(const char *text)
{
	return is_float(text) || is_python_float(text);
}

/* With a tag, whatever the case. */
static bool bool_valid(const char *text)
{
	static const char *const words[] = { "yes", "no", "true", "false", "on", "off" };
	bool found = false;

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		found = found || tmd_str_equal_nocase(text, words[i]);
	return found;
}

/* As Python's a2b_base64(): what is not of the alphabet is skipped, and padding ends it. */
static bool is_base64(const char *text)
{
	size_t digits = 0;
	size_t padding = 0;

	for (; *text; text++) {
		if ((unsigned char)*text >= 0x80)
			return false;
		if (*text == '=' && digits % 4 >= 2 && digits % 4 + ++padding >= 4)
			return true;
		if (!tmd_is_alpha(*text) && !tmd_is_digit(*text) && !is_one_of(*text, "+/"))
			continue;
		digits++;
		padding = 0;
	}
	return digits % 4 == 0;
}

bool tmd_yaml_scalar_valid(enum tmd_yaml_tag tag, const char *text, size_t len)
{
	if (tag == TMD_YAML_STR || tag == TMD_YAML_NULL)
		return true;
	if (strlen(text) != len)
		return false;
	switch (tag) {
	case TMD_YAML_BOOL:
		return bool_valid(text);
	case TMD_YAML_INT:
		return int_valid(text);
	case TMD_YAML_FLOAT:
		return float_valid(text);
	case TMD_YAML_TIMESTAMP:
		return moment_valid(text);
	case TMD_YAML_BINARY:
		return is_base64(text);
	default:
		return true;
	}
}

/* ---- as Python prints it ---- */

static const char *bool_text(const char *text)
{
	bool yes = is_one_of(*text, "yYtT") || tmd_str_equal_nocase(text, "on");

	return yes ? "True" : "False";
}

/* Decimal, without a sign that goes, a zero in front or anything in between? */
static bool is_plain_int(const char *text)
{
	const char *digits = text + (*text == '-');

	if (*digits == '0')
		return strcmp(text, "0") == 0;
	return is_whole(skip_set(digits, DIGITS));
}

char *tmd_yaml_python_text(enum tmd_yaml_tag tag, const char *text, size_t len)
{
	if (strlen(text) != len)
		return NULL;
	if (tag == TMD_YAML_BOOL)
		return tmd_strdup(bool_text(text));
	if (tag == TMD_YAML_STR || (tag == TMD_YAML_INT && is_plain_int(text)) ||
	    (tag == TMD_YAML_TIMESTAMP && len == DATE_LEN))
		return tmd_strdup(text);
	return NULL;
}

const char *tmd_yaml_tag_name(enum tmd_yaml_tag tag)
{
	static const char *const names[] = {
		[TMD_YAML_STR] = "a text",	  [TMD_YAML_NULL] = "null",
		[TMD_YAML_BOOL] = "a boolean",	  [TMD_YAML_INT] = "an integer",
		[TMD_YAML_FLOAT] = "a float",	  [TMD_YAML_TIMESTAMP] = "a date",
		[TMD_YAML_BINARY] = "binary",	  [TMD_YAML_MERGE] = "a merge key",
		[TMD_YAML_VALUE] = "a default value", [TMD_YAML_SEQ] = "a list",
		[TMD_YAML_MAP] = "a mapping",	  [TMD_YAML_SET] = "a set",
		[TMD_YAML_PAIRS] = "a list",
	};

	return names[tag];
}
