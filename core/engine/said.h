/* How a result stands, in the words of its type or of its profile: the verbs check and explain. */
#ifndef TMD_ENGINE_SAID_H
#define TMD_ENGINE_SAID_H

#include "engine/run.h"

/* "ok", "unsure" or "broken". */
const char *tmd_standing_name(enum tmd_standing standing);

/* What cannot be read is unsure. `out` is replaced. */
void tmd_result_say(const struct tmd_result *result, struct tmd_said *out);
void tmd_said_release(struct tmd_said *said); /* zero-initialised is fine */

#define TMD_AUTO_SAID TMD_CLEANUP(tmd_said_release)

/* Does its type judge, so that it is more than a wish of the profile? */
static inline bool tmd_result_is_judged(const struct tmd_result *result)
{
	return result->resource.type->judge;
}

#endif
