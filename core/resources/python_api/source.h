/* Where another copy is taken from: a directory or an archive that the caller names. */
#ifndef TMD_PYTHON_API_SOURCE_H
#define TMD_PYTHON_API_SOURCE_H

#include "resources/python_api/copy.h"
#include "resources/python_api/package.h"

/* Zero-initialise it. */
struct tmd_api_source {
	struct tmd_api_copy copy;
	struct tmd_api_package package;
};

void tmd_api_source_release(struct tmd_api_source *source);

/*
 * `path` as tmd_view_read_input() has it. Fails as tmd_api_copy_read(), and with refused for a copy
 * that could not be imported or whose release is not known.
 */
enum tmd_rc tmd_api_source_read(struct tmd_ctx *ctx, const char *base_dir, const char *path,
				struct tmd_api_source *out, struct tmd_error *err) TMD_MUST_CHECK;

#endif
