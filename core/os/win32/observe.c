/* No sandbox here that keeps a program from changing anything. */
#include "os/observe.h"

enum tmd_rc tmd_observer_open(struct tmd_fs *fs, const struct tmd_observed_file *files,
			      size_t count, struct tmd_observer **out, struct tmd_error *err)
{
	(void)fs;
	(void)files;
	(void)count;
	(void)out;
	return tmd_fail(err, TMD_E_UNSUPPORTED, NULL, NULL,
			"Windows has no sandbox in which programs can be asked");
}

enum tmd_rc tmd_observer_ask(struct tmd_observer *observer, const struct tmd_question *question,
			     struct tmd_answer *answer, struct tmd_error *err)
{
	(void)observer;
	(void)question;
	(void)answer;
	return tmd_fail(err, TMD_E_INTERNAL, NULL, NULL, "there is no observer to be asked");
}

void tmd_observer_close(struct tmd_observer *observer)
{
	(void)observer;
}
