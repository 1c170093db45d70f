/* There is no sandbox here in which an interpreter could be asked. */
#include "base/mem.h"
#include "resources/verdict/verdict.h"

enum tmd_rc tmd_verdict_ask(const struct tmd_verdict_reading *reading, const char *place,
			    struct tmd_answer *answer, char **why, struct tmd_error *err)
{
	(void)reading;
	(void)place;
	(void)answer;
	(void)err;
	*why = tmd_strdup("Windows has no sandbox in which programs can be asked");
	return TMD_OK;
}
