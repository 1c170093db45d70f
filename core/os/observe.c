/* What is said in an answer. */
#include "os/observe.h"

#include <string.h>

#include "base/str.h"

void tmd_observer_close_ptr(struct tmd_observer **observer)
{
	tmd_observer_close(*observer);
}

void tmd_answer_release(struct tmd_answer *answer)
{
	tmd_strv_release(&answer->environment);
	tmd_buf_release(&answer->output);
	free(answer->said);
	free(answer->why);
	memset(answer, 0, sizeof(*answer));
}

/* The first one, as getenv() has it. */
const char *tmd_answer_value(const struct tmd_answer *answer, const char *name)
{
	const size_t len = strlen(name);

	for (size_t i = 0; i < answer->environment.count; i++) {
		const char *entry = answer->environment.items[i];

		if (tmd_str_starts(entry, name) && entry[len] == '=')
			return entry + len + 1;
	}
	return NULL;
}
