/* All files of a package, with what they hold: what is put in its place, and what is there. */
#ifndef TMD_PYTHON_API_PACKAGE_H
#define TMD_PYTHON_API_PACKAGE_H

#include "resources/python_api/files.h"

#define TMD_API_PACKAGE_FILES_MAX 5000
#define TMD_API_PACKAGE_BYTES_MAX ((size_t)64 << 20)

struct tmd_api_item {
	char *name; /* below the package */
	struct tmd_buf content;
};

/* Zero-initialise it. */
struct tmd_api_package {
	struct tmd_api_item *items; /* sorted by name */
	size_t count;
	size_t cap;
	size_t bytes;
};

void tmd_api_package_release(struct tmd_api_package *package);

/*
 * The files below the directory `name`, compiled ones and those of version control aside; none where
 * there is no such directory. Fails with refused beyond the limits, and as reading does.
 */
enum tmd_rc tmd_api_package_load(const struct tmd_api_files *files, const char *name,
				 struct tmd_api_package *out, struct tmd_error *err) TMD_MUST_CHECK;

bool tmd_api_package_equal(const struct tmd_api_package *a, const struct tmd_api_package *b);

#endif
