/* What may be shown as it is, and how the rest is written. */
#include "base/display.h"

#include "base/mem.h"
#include "base/str.h"

struct range {
	uint32_t first;
	uint32_t last;
};

/* Control and format characters, and what Unicode calls default ignorable; in order. */
static const struct range hidden[] = {
	{ 0x0000, 0x001F },   { 0x007F, 0x009F },   { 0x00AD, 0x00AD },   { 0x034F, 0x034F },
	{ 0x061C, 0x061C },   { 0x115F, 0x1160 },   { 0x17B4, 0x17B5 },	  { 0x180B, 0x180F },
	{ 0x200B, 0x200F },   { 0x2028, 0x202E },   { 0x2060, 0x206F },	  { 0x3164, 0x3164 },
	{ 0xD800, 0xDFFF },   { 0xFDD0, 0xFDEF },   { 0xFE00, 0xFE0F },	  { 0xFEFF, 0xFEFF },
	{ 0xFFA0, 0xFFA0 },   { 0xFFF0, 0xFFFB },   { 0xFFFE, 0xFFFF },	  { 0x1BCA0, 0x1BCA3 },
	{ 0x1D173, 0x1D17A }, { 0xE0000, 0xE0FFF }, { 0x10FFFE, 0x10FFFF },
};

bool tmd_display_is_hidden(uint32_t code)
{
	for (size_t i = 0; i < sizeof(hidden) / sizeof(*hidden); i++) {
		if (code <= hidden[i].last)
			return code >= hidden[i].first;
	}
	return code > 0x10FFFF;
}

static void add_escape(struct tmd_buf *out, uint32_t code)
{
	if (code == '\n')
		tmd_buf_add_str(out, "\\n");
	else if (code == '\t')
		tmd_buf_add_str(out, "\\t");
	else if (code == '\r')
		tmd_buf_add_str(out, "\\r");
	else if (code < 0x80)
		tmd_buf_addf(out, "\\x%02x", (unsigned)code);
	else if (code < 0x10000)
		tmd_buf_addf(out, "\\u%04x", (unsigned)code);
	else
		tmd_buf_addf(out, "\\U%08lx", (unsigned long)code);
}

/* One character, or one byte that is none; answers how many bytes that was. */
static size_t add_one(struct tmd_buf *out, const char *text, size_t len)
{
	uint32_t code;
	size_t step = tmd_utf8_next(text, len, &code);

	if (!step)
		tmd_buf_addf(out, "\\x%02x", (unsigned)(unsigned char)*text);
	else if (tmd_display_is_hidden(code))
		add_escape(out, code);
	else
		tmd_buf_add(out, text, step);
	return step ? step : 1;
}

size_t tmd_display_add(struct tmd_buf *out, const char *text, size_t len, size_t width)
{
	size_t count = 0;

	for (size_t at = 0; at < len; count++) {
		uint32_t code;
		size_t step = tmd_utf8_next(text + at, len - at, &code);

		if (count < width)
			step = add_one(out, text + at, len - at);
		at += step ? step : 1;
	}
	return count > width ? count - width : 0;
}

static void add_json_escape(struct tmd_buf *out, uint32_t code)
{
	if (code < 0x10000) {
		tmd_buf_addf(out, "\\u%04x", (unsigned)code);
		return;
	}
	code -= 0x10000;
	tmd_buf_addf(out, "\\u%04x\\u%04x", (unsigned)(0xD800 + (code >> 10)),
		     (unsigned)(0xDC00 + (code & 0x3FF)));
}

/* Bytes below 0x7F, of which nearly all of a document consists. */
static size_t plain_run(const char *text, size_t len)
{
	size_t run = 0;

	while (run < len && (unsigned char)text[run] < 0x7F)
		run++;
	return run;
}

void tmd_display_add_json(struct tmd_buf *out, const char *text, size_t len)
{
	for (size_t at = 0; at < len;) {
		size_t plain = plain_run(text + at, len - at);
		uint32_t code;
		size_t step;

		tmd_buf_add(out, text + at, plain);
		at += plain;
		if (at == len)
			break;
		step = tmd_utf8_next(text + at, len - at, &code);
		/* Below 0x20 only the document's own line ends are left raw by a JSON writer. */
		if (step && code >= 0x7F && tmd_display_is_hidden(code))
			add_json_escape(out, code);
		else
			tmd_buf_add(out, text + at, step ? step : 1);
		at += step ? step : 1;
	}
}

char *tmd_display_utf8(const char *text, size_t len)
{
	TMD_AUTO_BUF struct tmd_buf out = { 0 };

	if (tmd_utf8_valid(text, len))
		return tmd_strndup(text, len);
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)text[i] < 0x80)
			tmd_buf_add_char(&out, text[i]);
		else
			tmd_buf_addf(&out, "\\x%02X", (unsigned char)text[i]);
	}
	return tmd_buf_steal(&out);
}
