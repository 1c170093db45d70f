/* What the growing buffer aborts on: a process of its own for each, so not on every system. */
#include "base/buf.h"

#include <signal.h>

#include "unit.h"

START_TEST(splice_outside_the_buffer_aborts)
{
	TMD_AUTO_BUF struct tmd_buf buf = { 0 };

	tmd_buf_add_str(&buf, "abc");
	tmd_buf_splice(&buf, 2, 2, "x", 1);
}
END_TEST

static Suite *buf_abort_suite(void)
{
	Suite *suite = suite_create("buf_abort");
	TCase *core = tcase_create("core");

	tcase_add_test_raise_signal(core, splice_outside_the_buffer_aborts, SIGABRT);
	suite_add_tcase(suite, core);
	return suite;
}

UNIT_MAIN(buf_abort_suite)
