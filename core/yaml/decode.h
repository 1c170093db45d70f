/* The bytes of a YAML stream as UTF-8; PyYAML's rules of encodings. */
#ifndef TMD_YAML_DECODE_H
#define TMD_YAML_DECODE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct tmd_yaml_text {
	const char *data; /* UTF-8 without a byte order mark; into the input, or into `room` */
	size_t len;
	size_t skipped; /* bytes of the mark before `data` */
	bool utf16;
	struct tmd_buf room;
};

/*
 * UTF-16 where a byte order mark says so, UTF-8 else. False when the bytes are neither; *bad is
 * the first that is wrong then. Release out->room.
 */
bool tmd_yaml_decode(const char *data, size_t len, struct tmd_yaml_text *out, size_t *bad);

#endif
