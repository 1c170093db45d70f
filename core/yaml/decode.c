/* UTF-16 with a byte order mark, or UTF-8. */
#include "yaml/decode.h"

#include <string.h>

#include "base/str.h"

static void add_utf8(struct tmd_buf *out, unsigned long code)
{
	char bytes[4];
	size_t len = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

	for (size_t i = len; i-- > 1; code >>= 6)
		bytes[i] = (char)(0x80 | (code & 0x3F));
	bytes[0] = (char)(len == 1 ? code : (0xF00UL >> len & 0xFF) | code);
	tmd_buf_add(out, bytes, len);
}

static unsigned long utf16_unit(const unsigned char *at, bool big)
{
	return big ? (unsigned long)at[0] << 8 | at[1] : (unsigned long)at[1] << 8 | at[0];
}

/* Bytes of the character that starts here, 0 when there is none. */
static size_t utf16_next(const unsigned char *at, size_t left, bool big, unsigned long *out)
{
	unsigned long low;

	if (left < 2)
		return 0;
	*out = utf16_unit(at, big);
	if (*out < 0xD800 || *out > 0xDFFF)
		return 2;
	if (*out > 0xDBFF || left < 4)
		return 0;
	low = utf16_unit(at + 2, big);
	if (low < 0xDC00 || low > 0xDFFF)
		return 0;
	*out = 0x10000 + ((*out - 0xD800) << 10) + (low - 0xDC00);
	return 4;
}

/* Both answer the number of bytes that are fine. */
static size_t from_utf16(const unsigned char *data, size_t len, bool big, struct tmd_buf *out)
{
	unsigned long code = 0;
	size_t at = 2; /* the mark */
	size_t step;

	while ((step = utf16_next(data + at, len - at, big, &code))) {
		add_utf8(out, code);
		at += step;
	}
	return at;
}

static size_t valid_utf8(const char *data, size_t len)
{
	uint32_t code;
	size_t at = 0;
	size_t step;

	while (at < len && (step = tmd_utf8_next(data + at, len - at, &code)))
		at += step;
	return at;
}

bool tmd_yaml_decode(const char *data, size_t len, struct tmd_yaml_text *out, size_t *bad)
{
	bool little = len >= 2 && memcmp(data, "\xFF\xFE", 2) == 0;
	bool big = len >= 2 && memcmp(data, "\xFE\xFF", 2) == 0;

	out->utf16 = little || big;
	if (out->utf16) {
		*bad = from_utf16((const unsigned char *)data, len, big, &out->room);
		out->data = tmd_buf_str(&out->room);
		out->len = out->room.len;
		return *bad == len;
	}
	*bad = valid_utf8(data, len);
	out->skipped = len >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
	out->data = data + out->skipped;
	out->len = len - out->skipped;
	return *bad == len;
}
