/* What this run plans to write, as later resources of the same run should read it. */
#ifndef TMD_RESOURCES_OVERLAY_H
#define TMD_RESOURCES_OVERLAY_H

#include "resources/type.h"

struct tmd_overlay *tmd_overlay_new(void) TMD_MUST_CHECK;
void tmd_overlay_free(struct tmd_overlay *overlay); /* NULL is fine */

/* Takes over the contents that `set` would leave behind; later calls win. */
enum tmd_rc tmd_overlay_merge(struct tmd_overlay *overlay, struct tmd_fs *fs,
			      const struct tmd_changeset *set, struct tmd_error *err) TMD_MUST_CHECK;

#endif
