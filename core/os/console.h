/* The caller's side: arguments as UTF-8, standard streams, files that the caller names. */
#ifndef TMD_OS_CONSOLE_H
#define TMD_OS_CONSOLE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"

bool tmd_console_is_terminal(int descriptor); /* 0, 1 or 2 */

/* Columns of the terminal; 0: it is none, or does not say. */
unsigned tmd_console_width(int descriptor);

/* Is it a terminal that obeys escape sequences (TERM is set, and not "dumb")? */
bool tmd_console_obeys(int descriptor);

/*
 * Can it show UTF-8? By LC_ALL, LC_CTYPE or LANG, the first that is set; where none is, a terminal
 * cannot, as the locale is C then, and a file or a pipe may. Windows always can.
 */
bool tmd_console_shows_utf8(int descriptor);

/* Reads standard input to its end, at most `max` bytes. Fails: refused (too large), io. */
enum tmd_rc tmd_console_read_input(size_t max, struct tmd_buf *out,
				   struct tmd_error *err) TMD_MUST_CHECK;

/*
 * Writes everything to descriptor 1 or 2. Fails with io, a closed pipe, a full disk or a
 * standard output that was closed from the start among the reasons.
 */
enum tmd_rc tmd_console_write(int descriptor, const void *data, size_t len,
			      struct tmd_error *err) TMD_MUST_CHECK;

/*
 * What a console program has to set up once, first of all.
 * - Broken pipes are errors of writing, not the end of the process.
 * - A crash leaves no image of our memory, in which there may be a key.
 * - Closed standard streams are filled, so that no file that is opened later gets their number:
 *   input is empty then, diagnostics vanish, writing to standard output fails.
 * - On Windows, when the caller is elevated, registry hives that a killed run left loaded are
 *   released.
 */
void tmd_console_init(void);

/*
 * The program's arguments as UTF-8: `argv` as it is, or on Windows the real, wide ones (valid as
 * long as the process; what is not valid UTF-16 becomes U+FFFD). Sets *argc.
 */
char **tmd_console_arguments(int *argc, char **argv) TMD_MUST_CHECK;

/* The system's name, as profiles call it: "linux", "windows"; else "other". */
const char *tmd_os_name(void);

/* The caller's working directory, absolute; the caller frees. Fails with io. */
enum tmd_rc tmd_console_cwd(char **out, struct tmd_error *err) TMD_MUST_CHECK;

/* A variable of the caller's environment, or NULL. Points into the environment. */
const char *tmd_console_env(const char *name);

#endif
