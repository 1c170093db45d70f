/*
 * Microsoft DSC v3: the same verbs, spoken the way a `*.dsc.resource.json` manifest promises.
 * One JSON object comes in on standard input; the answer is one compact JSON object a line.
 *
 * Source: the schema of command resource manifests of DSC 3.0 and 3.1 and the behaviour it
 * documents for `return`, `_exist` and `_inDesiredState`.
 */
#ifndef TMD_ENGINE_DSC_H
#define TMD_ENGINE_DSC_H

#include "engine/options.h"
#include "engine/run.h"

/* What a program that speaks DSC has; a NULL pointer to it in struct tmd_program: it does not. */
struct tmd_dsc {
	/*
	 * Turns a DSC instance into a resource of ours: `_exist` becomes `state` for types that
	 * have one, `_inDesiredState` and other output-only properties go. Fails: invalid_input
	 * (no JSON object, `_exist` against `state`).
	 */
	enum tmd_rc (*read)(const struct tmd_type *type, const char *data, size_t len,
			    struct tmd_buf *out, struct tmd_error *err);

	/*
	 * For TMD_OUTPUT_DSC: the state after get and apply, with a second line that lists the
	 * changed properties after apply; every instance on a line of its own after list. For
	 * TMD_OUTPUT_DSC_TEST after plan: the actual state with `_inDesiredState`, and a line with
	 * the properties that differ. For TMD_OUTPUT_DSC_WHAT_IF after plan: the state to come,
	 * and a line with the properties that would change. Nothing for a run that failed.
	 * `diagnostics` gets a JSON object a line for standard error: {"error": …}, {"warn": …}.
	 * Answers the exit status, `status` being the run's: a test that found a difference has
	 * succeeded, even where nobody here may do anything about it.
	 */
	int (*report)(const struct tmd_run *run, enum tmd_output output, int status,
		      struct tmd_buf *out, struct tmd_buf *diagnostics);
};

extern const struct tmd_dsc tmd_dsc;

#endif
