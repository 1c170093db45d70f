/* Whether a file that programs take their trust from is nobody else's to change. */
#ifndef TMD_RESOURCES_OWN_PLACE_H
#define TMD_RESOURCES_OWN_PLACE_H

#include "resources/type.h"

/*
 * For the plan of a file at `path`, on systems without modes: an elevated caller is refused where
 * other users could change it or anything on its way, because a whole machine may come to rely on
 * it. Others are told by the type. Where it cannot be known nothing is said. Fails with refused.
 */
enum tmd_rc tmd_own_place_check(struct tmd_ctx *ctx, const char *path,
				struct tmd_error *err) TMD_MUST_CHECK;

#endif
