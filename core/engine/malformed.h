/*
 * Resources of a run that are not what their type takes. Each of them fails alone. What names it
 * is kept as far as it can be read, so that nothing else of the run is built on it.
 */
#ifndef TMD_ENGINE_MALFORMED_H
#define TMD_ENGINE_MALFORMED_H

#include "engine/run.h"

/* The type of a resource whose own is not known: it has a path, on which others may rest. */
extern const struct tmd_type tmd_type_unknown;

/* Takes the error down as the resource's own; of several the first one stays. */
void tmd_malformed_note(struct tmd_result *result, const struct tmd_error *err);

/*
 * An attribute that the type does not have: when it is a misspelt key, then `text` is taken for
 * the key, unless that is given as well. `text` may be NULL.
 */
void tmd_malformed_guess(struct tmd_result *result, const char *name, const char *text);

/*
 * Makes it fit for a report: texts that were given where a file may be named stand in none, for
 * nobody has looked what they are, and one may be a private key.
 */
void tmd_malformed_hide_texts(struct tmd_result *result);

#endif
