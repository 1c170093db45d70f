/*
 * What runs in an installed configuration: not the core that core_api.yml pins, but the one in its
 * install/core, or the shared one that install/core/core_<System>.cfg leads to.
 */
#ifndef TMD_CORE_API_INSTALLED_H
#define TMD_CORE_API_INSTALLED_H

#include <stdbool.h>

#include "resources/type.h"

/* Zero-initialised it is no installed configuration. */
struct tmd_core_installed {
	char *root;    /* of the configuration; NULL: it is not an installed one */
	char *home;    /* what has the `tank` of the core: `root`, or the shared core's; NULL: not known */
	char *core;    /* home/install/core; NULL: not known */
	char *version; /* that its info.yml says, HEAD for one; NULL: not known */
	char *problem; /* why something is not known, as one clause; NULL: all is */
};

/* `file` is its core_api.yml. Fails as tmd_view_read() does, but for what is missing. */
enum tmd_rc tmd_core_installed_read(struct tmd_ctx *ctx, const char *file,
				    struct tmd_core_installed *out,
				    struct tmd_error *err) TMD_MUST_CHECK;

/* The version of the core in this directory: sets core, and version or problem. Fails as above. */
enum tmd_rc tmd_core_read_version(struct tmd_ctx *ctx, const char *core,
				  struct tmd_core_installed *out,
				  struct tmd_error *err) TMD_MUST_CHECK;
void tmd_core_installed_release(struct tmd_core_installed *installed);

bool tmd_core_is_shared(const struct tmd_core_installed *installed);

/*
 * What brings another core there, as one clause; the caller frees. `version` may be NULL, or any
 * text: only a release is repeated.
 */
char *tmd_core_installed_change(const struct tmd_core_installed *installed,
				const char *version) TMD_MUST_CHECK;

#endif
