/*
 * Changing one variable in /etc/environment, which people edit, line by line; and the quoting that
 * all readers of such files share.
 */
#ifndef TMD_RESOURCES_ENV_EDIT_H
#define TMD_RESOURCES_ENV_EDIT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"
#include "resources/env/unix/lines.h"

struct tmd_env_edit {
	const char *path; /* for messages */
	const char *name;
	const char *value; /* NULL: the variable is to be unset */
};

/*
 * Makes `out` (which is replaced) the text with the variable set or unset: each line that is an
 * assignment to it and nothing else goes, a new one stands where the last of them stood, else at
 * the end, and every other byte stays. Whether programs then get the value is to be asked. Fails:
 * conflict, naming the line, where a later line does more than that.
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
