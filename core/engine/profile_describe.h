/* The variables of a profile, for programs that fill them. */
#ifndef TMD_ENGINE_PROFILE_DESCRIBE_H
#define TMD_ENGINE_PROFILE_DESCRIBE_H

#include <jansson.h>

#include "resources/type.h"

/*
 * Adds NAME: JSON Schema of the object that a request takes as "variables". A variable whose
 * defaults are not the same on all systems has them in x-defaults too, by system; one that
 * resources use where they may name files of the caller's has x-input-file. Fails with
 * invalid_input for what is wrong with the profile; resources alone are not judged.
 */
enum tmd_rc tmd_profile_describe(const struct tmd_type *const *types, const char *data, size_t len,
				 const char *name, json_t *out,
				 struct tmd_error *err) TMD_MUST_CHECK;

#endif
