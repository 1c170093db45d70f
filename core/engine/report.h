/* What a run has to say: one JSON document, or text for a person. */
#ifndef TMD_ENGINE_REPORT_H
#define TMD_ENGINE_REPORT_H

#include "engine/run.h"

struct json_t; /* jansson's */

#define TMD_PROTOCOL 1
#define TMD_DIFF_MAX ((size_t)256 << 10) /* bytes of before or after; longer ones are cut */
#define TMD_DIFFS_MAX ((size_t)8 << 20)  /* bytes of all of them; later results have no diff */

/*
 * The protocol's document, with a final newline; differences only with `diff`, for a report may be
 * kept where others read it. One that is too large sets out->overflow.
 */
void tmd_report_json(const struct tmd_run *run, bool diff, struct tmd_buf *out);

struct tmd_text_options {
	bool colour;
	bool diff;    /* file differences too */
	bool verbose; /* the same, whole lists, and the state of unchanged resources */
	const char *remedy; /* what carries out a plan for which the caller lacks the rights */
	const char *about; /* explain: a part of the name of what is meant; NULL: of everything */
	const struct tmd_strv *cautions; /* lines on what the remedy would do otherwise; or NULL */
};

/*
 * One block for each resource, and a summary line; for list one line for each, or its block when
 * verbose. The error of the run itself is not in it.
 */
void tmd_report_text(const struct tmd_run *run, const struct tmd_text_options *options,
		     struct tmd_buf *out);

/* "message: path (hint)" and a newline, nothing in it that could steer a terminal. */
void tmd_report_error(const struct tmd_error *err, struct tmd_buf *out);

/*
 * {"types": {NAME: JSON Schema of its attributes, with verbs and backends}, "profiles": …}. `types`
 * ends with NULL. Takes over the reference to `profiles`. Either may be NULL, and is not in it then.
 */
void tmd_report_describe(const struct tmd_type *const *types, struct json_t *profiles,
			 struct tmd_buf *out);

#endif
