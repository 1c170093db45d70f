/*
 * What a program that has every type does with profiles. A table, so that programs with one type
 * carry neither the YAML reader nor the built-in profiles.
 */
#ifndef TMD_ENGINE_PROFILES_H
#define TMD_ENGINE_PROFILES_H

#include "engine/options.h"
#include "engine/run.h"

struct json_t; /* jansson's, which programs that have none of this do not need */

struct tmd_profiles {
	/*
	 * Adds the resources of the profile that the command line names: a built-in one, a file
	 * relative to `cwd`, "-" for standard input, or shotgrid-ssl where it names none.
	 */
	enum tmd_rc (*load)(struct tmd_run *run, const struct tmd_type *const *types,
			    const struct tmd_options *options, const char *cwd,
			    struct tmd_error *err);

	/*
	 * Adds the resources of the profile that a request names: {"profile": NAME, "variables":
	 * {NAME: a text or a list of texts}, "files": …}, the last two if there are any. NAME is
	 * as on the command line, but for "-", or one of the files. Fails with invalid_input, or
	 * as the file cannot be read. `name` is the request's for messages.
	 */
	enum tmd_rc (*add_request)(struct tmd_run *run, const struct tmd_type *const *types,
				   struct json_t *document, const char *name, const char *cwd,
				   struct tmd_error *err);

	/*
	 * Adds NAME: JSON Schema of its variables, for the profile that the command line names, and
	 * for every built-in one where it names none (engine/profile_describe.h).
	 */
	enum tmd_rc (*describe)(struct tmd_run *run, const struct tmd_type *const *types,
				const struct tmd_options *options, const char *cwd, struct json_t *out,
				struct tmd_error *err);
};

extern const struct tmd_profiles tmd_profiles;

#endif
