/* Entry by entry through an archive, by libarchive. */
#ifndef TMD_ARCHIVE_READER_H
#define TMD_ARCHIVE_READER_H

#include "archive/archive.h"

bool tmd_archive_is_zip(const void *data, size_t len);
bool tmd_archive_is_gzip(const void *data, size_t len);

/* Appends the files, in their own order, some perhaps twice. Fails as tmd_archive_read(). */
enum tmd_rc tmd_archive_read_entries(const void *data, size_t len, const char *path,
				     bool (*wanted)(const char *name), struct tmd_archive *out,
				     struct tmd_error *err) TMD_MUST_CHECK;

#endif
