/* For tests of the loop: a run on a scratch root. */
#ifndef TESTS_RUN_FIXTURE_H
#define TESTS_RUN_FIXTURE_H

#include "engine/run.h"
#include "unit.h"

static char dir[UNIT_DIR_MAX];
static struct tmd_run run;

static inline void run_open(void)
{
	struct tmd_error why;

	unit_make_dir(dir);
	memset(&run, 0, sizeof(run));
	ck_ok(tmd_fs_open(dir, &run.ctx.fs, &why), why);
	ck_ok(tmd_fs_open(NULL, &run.input, &why), why);
	run.ctx.view = tmd_view_new(run.ctx.fs, run.input);
}

static inline void run_close(void)
{
	tmd_run_release(&run);
	tmd_view_free(run.ctx.view);
	tmd_fs_free(run.ctx.fs);
	tmd_fs_free(run.input);
	unit_remove_tree(dir);
}

#endif
