/* What a run comes to. */
#include "engine/run.h"

size_t tmd_run_lacking(const struct tmd_run *run)
{
	size_t count = 0;

	for (size_t i = 0; i < run->count; i++)
		count += run->results[i].state == TMD_RESULT_LACKS_RIGHTS;
	return count;
}

bool tmd_result_differs(const struct tmd_result *result)
{
	return result->change_count && !result->error.kind;
}

/* Of what is read alone: would plan have something to say? */
static bool differs(const struct tmd_run *run)
{
	for (size_t i = 0; run->judges && i < run->count; i++) {
		if (tmd_result_differs(&run->results[i]))
			return true;
	}
	return false;
}

bool tmd_run_changed(const struct tmd_run *run)
{
	for (size_t i = 0; i < run->count; i++) {
		if (run->results[i].changed)
			return true;
	}
	return false;
}

bool tmd_run_failed(const struct tmd_run *run)
{
	if (run->error.kind)
		return true;
	for (size_t i = 0; i < run->count; i++) {
		if (run->results[i].error.kind)
			return true;
	}
	return false;
}

static int run_error_status(enum tmd_error_kind kind)
{
	switch (kind) {
	case TMD_E_BUSY:
		return 4;
	case TMD_E_UNSUPPORTED:
		return 3;
	case TMD_E_INTERNAL:
		return 70;
	case TMD_E_INVALID_INPUT:
	case TMD_E_NOT_FOUND:
	case TMD_E_REFUSED:
		return 2;
	default:
		return 1;
	}
}

static bool is_any_broken(const struct tmd_run *run)
{
	for (size_t i = 0; i < run->count; i++) {
		if (tmd_result_standing(&run->results[i]) == TMD_STANDS_BADLY)
			return true;
	}
	return false;
}

int tmd_run_exit_status(const struct tmd_run *run, bool detailed)
{
	size_t failed = 0;
	size_t unsupported = 0;

	if (run->error.kind)
		return run_error_status(run->error.kind);
	for (size_t i = 0; i < run->count; i++) {
		enum tmd_error_kind kind = run->results[i].error.kind;

		if (kind == TMD_E_INTERNAL)
			return 70;
		failed += kind != TMD_E_NONE;
		unsupported += kind == TMD_E_UNSUPPORTED;
	}
	if (run->verb == TMD_VERB_CHECK && is_any_broken(run))
		return 10;
	if (failed && run->malformed == run->count)
		return 2;
	if (failed)
		return failed == unsupported ? 3 : 1;
	return detailed && (tmd_run_changed(run) || differs(run)) ? 10 : 0;
}
