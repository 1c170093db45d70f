/*
 * Changing one variable in a file that people edit, so that every program that reads the
 * file agrees on it and on all other variables; and the quoting that all of them share.
 */
#ifndef TMD_RESOURCES_ENV_EDIT_H
#define TMD_RESOURCES_ENV_EDIT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"

enum tmd_env_by { /* which programs read the file */
	TMD_ENV_BY_PAM = 1 << 0,
	TMD_ENV_BY_ENVIRONMENT_D = 1 << 1,
	TMD_ENV_BY_SH = 1 << 2,
};

struct tmd_env_edit {
	const char *path; /* for messages */
	const char *name;
	const char *value; /* NULL: the variable is to be unset */
	unsigned readers;  /* of enum tmd_env_by */
};

/*
 * Makes `out` (which is replaced) the text with the variable set or unset: every other byte
 * stays, and every reader then gets exactly the value and nothing else new. The text itself
 * when that holds already. Fails: conflict, naming the line to repair by hand.
 */
enum tmd_rc tmd_env_edit_text(const struct tmd_env_edit *edit, const struct tmd_buf *text,
			      struct tmd_buf *out, struct tmd_error *err) TMD_MUST_CHECK;

/*
 * Can every reader be given this value? NULL when so, else what is wrong with it, as a
 * phrase ("holds a '#'").
 */
const char *tmd_env_value_fault(const char *value);

/* Appends a value without fault: bare where that is safe everywhere, else in double quotes. */
void tmd_env_add_quoted(struct tmd_buf *out, const char *value);

#endif
