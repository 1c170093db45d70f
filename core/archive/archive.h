/*
 * Zip files and tars packed with gzip, in memory, as anybody may have made them: what is no plain
 * file or directory, or would lie elsewhere than below where it is unpacked, is refused, and so is
 * what is cut off, or grows beyond measure. The only user of libarchive and zlib.
 */
#ifndef TMD_ARCHIVE_ARCHIVE_H
#define TMD_ARCHIVE_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/strv.h"

#define TMD_ARCHIVE_MAX ((size_t)64 << 20)	  /* bytes of an archive */
#define TMD_ARCHIVE_BYTES_MAX ((size_t)256 << 20) /* unpacked */
#define TMD_ARCHIVE_RATIO_MAX 100		  /* times its own size, and 1 MB */
#define TMD_ARCHIVE_ENTRIES_MAX 20000
#define TMD_ARCHIVE_NAME_MAX 512 /* bytes */
#define TMD_ARCHIVE_DEPTH_MAX 32

struct tmd_archive_file {
	char *name; /* relative, '/' between its parts; valid UTF-8, no controls */
	bool wanted;		/* was its content asked for? */
	struct tmd_buf content; /* of what was wanted */
};

/* Zero-initialise it. */
struct tmd_archive {
	struct tmd_archive_file *files; /* sorted by name, none twice */
	size_t count;
	size_t cap;
};

#define TMD_AUTO_ARCHIVE TMD_CLEANUP(tmd_archive_release)

void tmd_archive_release(struct tmd_archive *archive);

/* Does it begin as one of the two kinds does? */
bool tmd_archive_is_one(const void *data, size_t len);

/*
 * `path` is for messages. Content is read and checked of the names that `wanted` says yes to; NULL:
 * of all. Fails: invalid_input (another kind of file, damaged, cut off), refused (a link, a device,
 * a name that leads elsewhere, two files of one name, encrypted, too much of anything).
 */
enum tmd_rc tmd_archive_read(const void *data, size_t len, const char *path,
			     bool (*wanted)(const char *name), struct tmd_archive *out,
			     struct tmd_error *err) TMD_MUST_CHECK;

/* NULL: there is no such file. */
const struct tmd_archive_file *tmd_archive_find(const struct tmd_archive *archive,
						const char *name);

/* Is there a file below that directory? "" is the archive itself. */
bool tmd_archive_has_directory(const struct tmd_archive *archive, const char *name);

/* Names in a directory, sorted, each once; `names` is replaced. */
void tmd_archive_list(const struct tmd_archive *archive, const char *name,
		      struct tmd_strv *names);

#endif
