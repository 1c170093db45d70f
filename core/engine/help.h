/* What the program says of itself. */
#ifndef TMD_ENGINE_HELP_H
#define TMD_ENGINE_HELP_H

#include "engine/options.h"

/*
 * The text of --help: 23 lines at most on a terminal of 80 columns. Of a type an attribute has one
 * line, cut at `columns` (80 where that is less); with --verbose all that there is to say.
 */
void tmd_help(const struct tmd_options *options, const struct tmd_type *const *types,
	      unsigned columns, struct tmd_buf *out);

/* Commands to begin with, for who gave none. */
void tmd_help_examples(const struct tmd_options *options, const struct tmd_type *const *types,
		       struct tmd_buf *out);

#endif
