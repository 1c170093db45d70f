/* One gzip file, unpacked and checked. */
#ifndef TMD_ARCHIVE_GUNZIP_H
#define TMD_ARCHIVE_GUNZIP_H

#include "base/buf.h"

/*
 * Appends to `out` at most `max` bytes. Fails with invalid_input for what is damaged, cut off, or
 * has anything behind it, and with refused for more than that.
 */
enum tmd_rc tmd_gunzip(const void *data, size_t len, size_t max, const char *path,
		       struct tmd_buf *out, struct tmd_error *err) TMD_MUST_CHECK;

#endif
