/* A command line for a person to type. */
#ifndef TMD_ENGINE_COMMAND_H
#define TMD_ENGINE_COMMAND_H

#include "engine/options.h"

/*
 * The one that applies what `options` ask for, with words quoted where a shell would take them
 * apart. Caller frees.
 */
char *tmd_command_apply(const struct tmd_options *options,
			const struct tmd_type *const *types) TMD_MUST_CHECK;

#endif
