/* Changing one variable in a file that trustmend writes whole. */
#ifndef TMD_RESOURCES_ENV_OWN_FILE_H
#define TMD_RESOURCES_ENV_OWN_FILE_H

#include "resources/env/unix/edit.h"
#include "resources/env/unix/site.h"

/*
 * Makes `out` (which is empty) what becomes of such a file, which holds `text` now. The kind in
 * `edit` means nothing here. *gone: nothing is left in it. Fails with conflict when it holds what
 * trustmend did not write.
 */
enum tmd_rc tmd_env_revise_own(enum tmd_env_target target, const struct tmd_env_edit *edit,
			       const struct tmd_buf *text, struct tmd_buf *out, bool *gone,
			       struct tmd_error *err) TMD_MUST_CHECK;

#endif
