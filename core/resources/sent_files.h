/*
 * Files that came with the request: where it was written they lay at the paths that its resources
 * name, and here nobody looks for them.
 */
#ifndef TMD_RESOURCES_SENT_FILES_H
#define TMD_RESOURCES_SENT_FILES_H

#include "base/buf.h"

#define TMD_SENT_FILES_MAX 1000          /* of one request */
#define TMD_SENT_NAME_MAX ((size_t)4096) /* bytes */

struct tmd_sent_file {
	char *name; /* as the resources write it */
	bool missing; /* it was looked for in vain */
	struct tmd_buf content;
};

/* Zero-initialise it. */
struct tmd_sent_files {
	struct tmd_sent_file *items;
	size_t count;
	size_t cap;
};

void tmd_sent_files_release(struct tmd_sent_files *files);

/* A new file without content; valid until the next call. The name must not be there yet. */
struct tmd_sent_file *tmd_sent_files_add(struct tmd_sent_files *files, const char *name);

/* The file under exactly this name, or NULL. `files` may be NULL: none came. */
const struct tmd_sent_file *tmd_sent_files_find(const struct tmd_sent_files *files,
						const char *name);

/* Fails as tmd_fs_read() does for a file that is missing or larger than `max`. */
enum tmd_rc tmd_sent_file_read(const struct tmd_sent_file *file, size_t max, struct tmd_buf *out,
			       struct tmd_error *err) TMD_MUST_CHECK;

#endif
