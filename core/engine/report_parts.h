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

/* The block of one resource. */
void tmd_report_result(const struct tmd_run *run, const struct tmd_result *result,
		       const struct tmd_text_options *options, struct tmd_buf *out);

/* What the verb list found: a line for each instance, or its block when verbose. */
void tmd_report_list(const struct tmd_run *run, const struct tmd_text_options *options,
		     struct tmd_buf *out);

#endif
