/*
 * Environment files as text, line by line: which lines name a variable, and which of them set it
 * in a way that every program takes alike. Nobody's grammar is followed here. What a script makes
 * of its lines is asked (asked.h).
 */
#ifndef TMD_RESOURCES_ENV_LINES_H
#define TMD_RESOURCES_ENV_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

#define TMD_ENV_FILE_MAX ((size_t)1 << 20) /* bytes of one environment file */
#define TMD_ENV_PAM_LINE_OLD 1024 /* of a line, of which Linux-PAM before 1.4 reads no more */

enum tmd_env_kind {
	TMD_ENV_DATA,	 /* nothing but assignments, in the order in which they count */
	TMD_ENV_SCRIPT,	 /* where our line stands: script_lines.h */
	TMD_ENV_FOREIGN, /* whether a line counts is not to be seen */
};

struct tmd_env_line { /* zero-initialise before the first */
	size_t start; /* in the text; `end` is that of the newline, `next` behind it */
	size_t end;
	size_t next;
	size_t number; /* from 1 */
	bool joined;   /* the line before ends in a backslash */
	bool upset;    /* a line before, of this file, may swallow this one: an open quote for one */
};

/* The next line of a text; false at its end. */
bool tmd_env_next_line(const struct tmd_buf *text, struct tmd_env_line *line);

/* May some program take the lines behind this one for a part of it? */
bool tmd_env_line_upsets(const struct tmd_buf *text, const struct tmd_env_line *line);

enum tmd_env_says {
	TMD_ENV_SAYS_NOTHING,
	TMD_ENV_SAYS_VALUE,
	TMD_ENV_SAYS_OPEN, /* it names the variable, and may set or unset it */
};

/* `*value`, which the caller frees, is set for TMD_ENV_SAYS_VALUE alone. */
enum tmd_env_says tmd_env_line_says(const struct tmd_buf *text, const struct tmd_env_line *line,
				    const char *name, enum tmd_env_kind kind, char **value);

/*
 * Is the whole line of a file of data an assignment to this variable, so that it can be replaced or
 * go? More than what tmd_env_line_says() tells the value of, such as NAME=/a#b.
 */
bool tmd_env_line_is_own(const struct tmd_buf *text, const struct tmd_env_line *line,
			 const char *name);

/* NAME of a line that begins with NAME= or export NAME, as it stands there; NULL: none. */
char *tmd_env_line_name(const struct tmd_buf *text, const struct tmd_env_line *line);

#endif
