/* The whole of a program behind its main(): arguments in, one report out. */
#ifndef TMD_ENGINE_MAIN_H
#define TMD_ENGINE_MAIN_H

#include "engine/dsc.h"
#include "engine/options.h"
#include "engine/profiles.h"
#include "resources/type.h"

struct tmd_program {
	const char *name;
	/* Ends with NULL. With one type the verb comes first on the command line; with several a
	   type does, or the verb runs a profile. */
	const struct tmd_type *const *types;
	const struct tmd_profiles *profiles; /* NULL where there is one type */
	const struct tmd_dsc *dsc; /* NULL: --output dsc… is not offered */
};

/* Returns the exit status. */
int tmd_main(const struct tmd_program *program, int argc, char **argv);

#endif
