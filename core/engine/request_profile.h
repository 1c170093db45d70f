/* Requests that name a profile. */
#ifndef TMD_ENGINE_REQUEST_PROFILE_H
#define TMD_ENGINE_REQUEST_PROFILE_H

#include <jansson.h>

#include "engine/run.h"

/* tmd_profiles.add_request: engine/profiles.h */
enum tmd_rc tmd_request_add_profile(struct tmd_run *run, const struct tmd_type *const *types,
				    json_t *document, const char *name, const char *cwd,
				    struct tmd_error *err) TMD_MUST_CHECK;

#endif
