/* The top of a profile: what it says of itself, its variables, and where its resources stand. */
#ifndef TMD_ENGINE_PROFILE_DOCUMENT_H
#define TMD_ENGINE_PROFILE_DOCUMENT_H

#include "engine/profile_vars.h"

/*
 * Parses a profile whose name is set, checks all that is no matter of one resource, and reads the
 * variables. *resources is the list of resources. Fails with invalid_input, with file and line.
 */
enum tmd_rc tmd_profile_open(struct tmd_profile *profile, const char *data, size_t len,
			     const struct tmd_yaml_node **resources,
			     struct tmd_error *err) TMD_MUST_CHECK;

/* What it says of itself, or NULL. */
const char *tmd_profile_description(const struct tmd_profile *profile);

#endif
