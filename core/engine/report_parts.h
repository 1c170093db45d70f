/* Pieces of a report for a person, and its parts; nothing but report_*.c includes this. */
#ifndef TMD_ENGINE_REPORT_PARTS_H
#define TMD_ENGINE_REPORT_PARTS_H

#include "engine/report.h"

enum tmd_colour {
	TMD_PLAIN,
	TMD_RED,
	TMD_GREEN,
	TMD_YELLOW,
	TMD_DIM,
	TMD_BOLD,
};

void tmd_text_paint(const struct tmd_text_options *options, struct tmd_buf *out,
		    enum tmd_colour colour, const char *text);

/* Text of any origin as part of one line; answers how many characters were left out. */
size_t tmd_text_add(struct tmd_buf *out, const char *text, size_t width);

/* The same, with the number of them; of PEM text no more than that it is such. */
void tmd_text_add_short(struct tmd_buf *out, const char *text, size_t width);

/* What the caller may not do is no failure of a plan that is meant for somebody else. */
static inline bool tmd_text_failed(const struct tmd_result *result)
{
	return result->error.kind && result->state != TMD_RESULT_LACKS_RIGHTS;
}

/* Verbs for which the state is the answer. */
static inline bool tmd_text_reads(const struct tmd_run *run)
{
	return run->verb == TMD_VERB_GET || run->verb == TMD_VERB_LIST;
}

/* "FIELD: from -> to" and a newline; a list has lines of its own. `all`: however long it is. */
void tmd_text_add_change(struct tmd_buf *out, const struct tmd_result *result, size_t i, bool all);

/* The end of a report: how many there were, and what to do about it. */
void tmd_report_close(const struct tmd_run *run, const struct tmd_text_options *options,
		      struct tmd_buf *out);

/* The block of one resource. */
void tmd_report_result(const struct tmd_run *run, const struct tmd_result *result,
		       const struct tmd_text_options *options, struct tmd_buf *out);

/* Everything that is judged, and the profile's wishes: the worst first. */
void tmd_report_check(const struct tmd_run *run, const struct tmd_text_options *options,
		      struct tmd_buf *out);

/* In sentences; of those alone that options->about is a part of, if it is not NULL. */
void tmd_report_explain(const struct tmd_run *run, const struct tmd_text_options *options,
			struct tmd_buf *out);

/* What the verb list found: a line for each instance, or its block when verbose. */
void tmd_report_list(const struct tmd_run *run, const struct tmd_text_options *options,
		     struct tmd_buf *out);

#endif
