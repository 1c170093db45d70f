/* A command line for a person to type. */
#ifndef TMD_ENGINE_COMMAND_H
#define TMD_ENGINE_COMMAND_H

#include "engine/options.h"
#include "engine/run.h"

/*
 * The one that applies what `options` ask for, with words quoted where a shell would take them
 * apart. Where a word that was left out stands for something of the caller's, such as his name, the
 * resources of `run` say which: another caller has to mean the same place. Caller frees.
 */
char *tmd_command_apply(const struct tmd_options *options, const struct tmd_type *const *types,
			const struct tmd_run *run) TMD_MUST_CHECK;

/*
 * Adds a line for each resource of a profile or of JSON that means something of the caller's by a
 * word that was left out: for whoever carries that command out it would be another one.
 */
void tmd_command_cautions(const struct tmd_options *options, const struct tmd_run *run,
			  struct tmd_strv *out);

#endif
