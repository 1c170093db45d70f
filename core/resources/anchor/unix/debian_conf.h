/*
 * /etc/ca-certificates.conf, the list of vendor files, line by line as update-ca-certificates
 * reads it: sed chooses lines, and the shell's `read` makes a name of each.
 */
#ifndef TMD_RESOURCES_ANCHOR_DEBIAN_CONF_H
#define TMD_RESOURCES_ANCHOR_DEBIAN_CONF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* Zero-initialise before the first line; the name is released at the end. */
struct tmd_debian_line {
	size_t at;
	size_t len;	     /* without the newline */
	struct tmd_buf name; /* what `read` makes of it: without '!', outer blanks and NULs */
	bool names_file;     /* neither empty nor a comment, and not joined with another line */
	bool off;	     /* starts with '!' */
	bool unfinished;     /* the last one, without a newline: `read` loses it */
	bool joins;	     /* ends in a backslash that `read` takes for a continuation */
};

/*
 * The line at `at`; false at the end. `raw`: the script's `read` has -r, and a backslash is one.
 * `line` is the one before, or zero.
 */
bool tmd_debian_conf_line(const struct tmd_buf *conf, bool raw, size_t at,
			  struct tmd_debian_line *line);

/* Is this vendor file (by path) switched on by a line that the script reads? */
bool tmd_debian_conf_lists(const struct tmd_buf *conf, bool raw, const char *path);

/*
 * Switches a vendor file off in the text of the list: its lines get a '!', and where there
 * is none one is added, each with a newline behind it. Other bytes stay as they are.
 */
void tmd_debian_conf_switch_off(struct tmd_buf *conf, bool raw, const char *path);

#endif
