/* Lines are taken one by one: first what cannot be shown is replaced, then it is folded. */
#include "base/layout.h"

#include <string.h>

#include "base/str.h"

/* ---- characters ---- */

struct range {
	uint32_t first;
	uint32_t last;
};

static bool is_in(const struct range *ranges, size_t count, uint32_t code)
{
	for (size_t i = 0; i < count; i++) {
		if (code >= ranges[i].first && code <= ranges[i].last)
			return true;
	}
	return false;
}

/* East Asian Width W and F, and pictures, by blocks. */
unsigned tmd_layout_columns(uint32_t code)
{
	static const struct range wide[] = {
		{ 0x1100, 0x115F },   { 0x2E80, 0x303E },   { 0x3041, 0xA4CF },
		{ 0xA960, 0xA97F },   { 0xAC00, 0xD7A3 },   { 0xF900, 0xFAFF },
		{ 0xFE30, 0xFE6F },   { 0xFF00, 0xFF60 },   { 0xFFE0, 0xFFE6 },
		{ 0x1F300, 0x1F64F }, { 0x1F680, 0x1FAFF }, { 0x20000, 0x3FFFD },
	};
	static const struct range marks[] = {
		{ 0x0300, 0x036F }, { 0x0483, 0x0489 }, { 0x0591, 0x05BD },
		{ 0x064B, 0x065F }, { 0x1AB0, 0x1AFF }, { 0x1DC0, 0x1DFF },
		{ 0x20D0, 0x20FF }, { 0xFE20, 0xFE2F },
	};

	if (code < 0x0300)
		return 1;
	if (is_in(marks, sizeof(marks) / sizeof(*marks), code))
		return 0;
	return is_in(wide, sizeof(wide) / sizeof(*wide), code) ? 2 : 1;
}

/* The few that our own texts use, and any others as they are written in JSON. */
static void add_ascii(struct tmd_buf *out, uint32_t code)
{
	if (code == 0x2026)
		tmd_buf_add_str(out, "...");
	else if (code == 0x00B7)
		tmd_buf_add_char(out, '*');
	else if (code < 0x10000)
		tmd_buf_addf(out, "\\u%04x", (unsigned)code);
	else
		tmd_buf_addf(out, "\\U%08lx", (unsigned long)code);
}

static void to_ascii(struct tmd_buf *out, const char *text, size_t len)
{
	for (size_t at = 0; at < len;) {
		uint32_t code;
		size_t step = tmd_utf8_next(text + at, len - at, &code);

		if (step > 1)
			add_ascii(out, code);
		else
			tmd_buf_add_char(out, text[at]);
		at += step ? step : 1;
	}
}

/* ---- folding ---- */

/* Bytes of the escape sequence that begins here: "\033[31m"; 0: none does. */
static size_t escape_len(const char *text, size_t len)
{
	size_t at = 2;

	if (len < 3 || text[0] != '\033' || text[1] != '[')
		return 0;
	while (at < len && (tmd_is_digit(text[at]) || text[at] == ';'))
		at++;
	return at < len ? at + 1 : 0;
}

/* Bytes and columns of whatever stands at the beginning. */
static size_t measure_one(const char *text, size_t len, size_t *columns)
{
	size_t escape = escape_len(text, len);
	uint32_t code;
	size_t step;

	if (escape)
		return escape;
	step = tmd_utf8_next(text, len, &code);
	*columns += step ? tmd_layout_columns(code) : 1;
	return step ? step : 1;
}

static size_t blanks(const char *text, size_t len)
{
	size_t count = 0;

	while (count < len && text[count] == ' ')
		count++;
	return count;
}

/* Up to the next blank. */
static size_t word_len(const char *text, size_t len, size_t *columns)
{
	size_t at = 0;

	while (at < len && text[at] != ' ')
		at += measure_one(text + at, len - at, columns);
	return at;
}

/* The column under which the rest of a line hangs. */
static size_t find_hang(const char *line, size_t len, unsigned width)
{
	size_t indent = blanks(line, len);
	size_t column = indent;
	size_t at = indent;

	while (at < len) {
		size_t gap;

		at += word_len(line + at, len - at, &column);
		gap = blanks(line + at, len - at);
		at += gap;
		column += gap;
		if (gap > 1 && at < len && column <= width / 2)
			return column;
	}
	return indent + 2 <= width / 2 ? indent + 2 : 0;
}

static void add_blanks(struct tmd_buf *out, size_t count)
{
	while (count--)
		tmd_buf_add_char(out, ' ');
}

static size_t columns_of(const char *line, size_t len)
{
	size_t columns = 0;

	for (size_t at = 0; at < len;)
		at += measure_one(line + at, len - at, &columns);
	return columns;
}

static void fold(struct tmd_buf *out, const char *line, size_t len, unsigned width)
{
	size_t hang = find_hang(line, len, width);
	size_t at = blanks(line, len);
	size_t column = at;

	add_blanks(out, column);
	for (size_t gap = 0; at < len; gap = blanks(line + at, len - at), at += gap) {
		size_t columns = 0;
		size_t word = word_len(line + at, len - at, &columns);

		if (gap && column + gap + columns > width) {
			tmd_buf_add_char(out, '\n');
			add_blanks(out, hang);
			column = hang;
		} else {
			add_blanks(out, gap);
			column += gap;
		}
		tmd_buf_add(out, line + at, word);
		column += columns;
		at += word;
	}
}

static void add_line(struct tmd_buf *out, const char *line, size_t len,
		     const struct tmd_layout *layout)
{
	TMD_AUTO_BUF struct tmd_buf plain = { 0 };

	if (layout->ascii) {
		to_ascii(&plain, line, len);
		line = tmd_buf_str(&plain);
		len = plain.len;
	}
	if (layout->width < TMD_LAYOUT_NARROWEST || columns_of(line, len) <= layout->width)
		tmd_buf_add(out, line, len);
	else
		fold(out, line, len, layout->width);
}

void tmd_layout_add(struct tmd_buf *out, const char *text, size_t len,
		    const struct tmd_layout *layout)
{
	const char *end = text + len;

	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t line = (size_t)((newline ? newline : end) - text);

		add_line(out, text, line, layout);
		if (newline)
			tmd_buf_add_char(out, '\n');
		text += line + (newline != NULL);
	}
}
