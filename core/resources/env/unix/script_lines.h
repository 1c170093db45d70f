/*
 * Plain lines in scripts that shells read at a login: whole lines, from the first column on, that
 * do nothing but set one variable to a text that is written out. Such lines can be replaced and
 * removed without knowing what the rest of the script does; everything else stays.
 */
#ifndef TMD_RESOURCES_ENV_SCRIPT_LINES_H
#define TMD_RESOURCES_ENV_SCRIPT_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

enum tmd_env_syntax {
	TMD_ENV_SYNTAX_SH, /* dash, bash, zsh, the Korn shells */
	TMD_ENV_SYNTAX_FISH,
	TMD_ENV_SYNTAX_CSH, /* csh, tcsh */
};

struct tmd_env_script {
	enum tmd_env_syntax syntax;
	const char *name; /* of the variable */
};

struct tmd_env_setting {
	char *value;      /* of the last plain line, NULL: there is none */
	size_t line;      /* its number */
	size_t otherwise; /* the last line that names the variable in another way; 0: none */
};

void tmd_env_setting_release(struct tmd_env_setting *setting);

/* `out` is replaced. Comments and the texts of here-documents name nothing. */
void tmd_env_find_setting(const struct tmd_env_script *script, const struct tmd_buf *text,
			  struct tmd_env_setting *out);

/*
 * Appends to `out`, which is empty, the text with one plain line that sets the variable, where the
 * last one stood or else at the end, and with no other; for NULL with none at all. Every other byte
 * stays, and a missing final newline as well.
 */
void tmd_env_change_setting(const struct tmd_env_script *script, const char *value,
			    const struct tmd_buf *text, struct tmd_buf *out);

#endif
