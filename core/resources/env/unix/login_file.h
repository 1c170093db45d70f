/*
 * The file of a user through which the shell that he logs in with comes by a variable: each shell
 * reads files of its own, in a syntax of its own.
 */
#ifndef TMD_RESOURCES_ENV_LOGIN_FILE_H
#define TMD_RESOURCES_ENV_LOGIN_FILE_H

#include "resources/env/unix/script_lines.h"
#include "resources/env/unix/site.h"

struct tmd_env_login_file {
	char *path;
	enum tmd_env_syntax syntax;
};

void tmd_env_login_file_release(struct tmd_env_login_file *file); /* zero-initialised is fine */

/*
 * Where a line that sets a variable goes for `site->user`. `login` is what his login has in its
 * environment, as NAME=value, ZDOTDIR among it where a zsh has one; NULL: it was not asked, and
 * only where no file names a directory of his own choice is the usual one taken. `out` is replaced.
 * Fails: unsupported (another shell, none, a directory that would have to be asked for), with what
 * to do instead; as tmd_env_site_read().
 */
enum tmd_rc tmd_env_find_login_file(const struct tmd_env_site *site, const struct tmd_strv *login,
				    struct tmd_env_login_file *out,
				    struct tmd_error *err) TMD_MUST_CHECK;

/* Adds the files that the same shell would read instead if that one were not there. */
void tmd_env_add_login_spares(const struct tmd_env_site *site,
			      const struct tmd_env_login_file *file, struct tmd_strv *paths);

#endif
