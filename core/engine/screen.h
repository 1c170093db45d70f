/* What a person sees: texts fitted to the terminal, and a line that tells what is going on. */
#ifndef TMD_ENGINE_SCREEN_H
#define TMD_ENGINE_SCREEN_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"

/* Writes a text of several lines to standard output or error (1, 2), as base/layout.h has it. */
enum tmd_rc tmd_screen_write(int descriptor, const struct tmd_buf *text,
			     struct tmd_error *err) TMD_MUST_CHECK;

/* The same to standard error. Nobody is left to tell when that is gone. */
void tmd_screen_complain(const char *text);

/* Are colours wanted on standard output, and obeyed? NO_COLOR says no. */
bool tmd_screen_has_colours(void);

/* ---- progress, on standard error ---- */

struct tmd_progress {
	bool enabled;
	bool shown;
	struct tmd_buf text;
	unsigned ticks;
};

/* Only where a terminal obeys. To be released with tmd_progress_end(). `arg` is one. */
void tmd_progress_begin(struct tmd_progress *progress);
void tmd_progress_say(void *arg, const char *text); /* text of any origin */
void tmd_progress_tick(void *arg);
void tmd_progress_end(struct tmd_progress *progress); /* leaves an empty line */

#endif
