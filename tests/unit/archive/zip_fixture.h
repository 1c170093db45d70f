/* Zip files with stored entries, byte by byte, so that each of their fields can be wrong. */
#ifndef TESTS_ZIP_FIXTURE_H
#define TESTS_ZIP_FIXTURE_H

#include <stdint.h>
#include <string.h>

#include "base/buf.h"

struct zip_entry {
	const char *name;
	const char *content;
	uint32_t mode;	/* of Unix, its type included; 0: 0100644 */
	uint16_t flags; /* 1: encrypted */
	int bad_sum;
};

static inline uint32_t zip_crc(const char *data, size_t len)
{
	uint32_t crc = 0xffffffffu;

	for (size_t i = 0; i < len; i++) {
		crc ^= (unsigned char)data[i];
		for (int bit = 0; bit < 8; bit++)
			crc = (crc >> 1) ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return ~crc;
}

static inline void zip_number(struct tmd_buf *out, uint32_t number, int bytes)
{
	for (; bytes; bytes--, number >>= 8)
		tmd_buf_add_char(out, (char)(number & 0xff));
}

/* What the local header and the central directory say alike, up to the length of the name. */
static inline void zip_common(struct tmd_buf *out, const struct zip_entry *entry)
{
	uint32_t len = (uint32_t)strlen(entry->content);

	zip_number(out, 20, 2);
	zip_number(out, entry->flags, 2);
	zip_number(out, 0, 2);		/* stored */
	zip_number(out, 0x58210000, 4); /* 2024-01-01 */
	zip_number(out, zip_crc(entry->content, len) + (entry->bad_sum ? 1 : 0), 4);
	zip_number(out, len, 4);
	zip_number(out, len, 4);
	zip_number(out, (uint32_t)strlen(entry->name), 2);
	zip_number(out, 0, 2);
}

static inline void zip_local(struct tmd_buf *out, const struct zip_entry *entry)
{
	tmd_buf_add(out, "PK\3\4", 4);
	zip_common(out, entry);
	tmd_buf_add_str(out, entry->name);
	tmd_buf_add_str(out, entry->content);
}

static inline void zip_central(struct tmd_buf *out, const struct zip_entry *entry, uint32_t at)
{
	tmd_buf_add(out, "PK\1\2", 4);
	zip_number(out, 0x0314, 2); /* by Unix */
	zip_common(out, entry);
	zip_number(out, 0, 2 + 2 + 2);
	zip_number(out, (entry->mode ? entry->mode : 0100644) << 16, 4);
	zip_number(out, at, 4);
	tmd_buf_add_str(out, entry->name);
}

static inline void zip_make(struct tmd_buf *out, const struct zip_entry *entries, size_t count)
{
	TMD_AUTO_BUF struct tmd_buf central = { 0 };
	uint32_t at;

	for (size_t i = 0; i < count; i++) {
		zip_central(&central, &entries[i], (uint32_t)out->len);
		zip_local(out, &entries[i]);
	}
	at = (uint32_t)out->len;
	tmd_buf_add(out, central.data, central.len);
	tmd_buf_add(out, "PK\5\6\0\0\0\0", 8);
	zip_number(out, (uint32_t)count, 2);
	zip_number(out, (uint32_t)count, 2);
	zip_number(out, (uint32_t)central.len, 4);
	zip_number(out, at, 4);
	zip_number(out, 0, 2);
}

#endif
