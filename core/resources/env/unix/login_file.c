/* What each shell calls the file, and where its user moved it. */
#include "resources/env/unix/login_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"

#define HINT "leave profile_d out of 'targets', or set the variable for the machine"

static const char *const bash_files[] = { ".bash_profile", ".bash_login", ".profile" };

#define BASH_FILES (sizeof(bash_files) / sizeof(*bash_files))

static enum tmd_rc find_bash_file(const struct tmd_env_site *site, const struct tmd_strv *login,
				  char **path, struct tmd_error *err);
static enum tmd_rc find_zsh_file(const struct tmd_env_site *site, const struct tmd_strv *login,
				 char **path, struct tmd_error *err);
static enum tmd_rc find_fish_file(const struct tmd_env_site *site, const struct tmd_strv *login,
				  char **path, struct tmd_error *err);

struct shell {
	const char *name;
	enum tmd_env_syntax syntax;
	const char *file; /* below the home, where `find` is NULL */
	enum tmd_rc (*find)(const struct tmd_env_site *site, const struct tmd_strv *login,
			    char **path, struct tmd_error *err);
};

static const struct shell shells[] = {
	{ "sh", TMD_ENV_SYNTAX_SH, ".profile", NULL },
	{ "dash", TMD_ENV_SYNTAX_SH, ".profile", NULL },
	{ "ash", TMD_ENV_SYNTAX_SH, ".profile", NULL },
	{ "ksh", TMD_ENV_SYNTAX_SH, ".profile", NULL },
	{ "ksh93", TMD_ENV_SYNTAX_SH, ".profile", NULL },
	{ "mksh", TMD_ENV_SYNTAX_SH, ".profile", NULL },
	{ "bash", TMD_ENV_SYNTAX_SH, NULL, find_bash_file },
	{ "rbash", TMD_ENV_SYNTAX_SH, NULL, find_bash_file },
	{ "zsh", TMD_ENV_SYNTAX_SH, NULL, find_zsh_file },
	{ "fish", TMD_ENV_SYNTAX_FISH, NULL, find_fish_file },
	{ "csh", TMD_ENV_SYNTAX_CSH, ".login", NULL },
	{ "tcsh", TMD_ENV_SYNTAX_CSH, ".login", NULL },
};

void tmd_env_login_file_release(struct tmd_env_login_file *file)
{
	free(file->path);
	*file = (struct tmd_env_login_file){ 0 };
}

/* Does he log in with a program that runs no commands? */
static bool has_no_login(const struct tmd_user *user)
{
	const char *name = tmd_path_base(user->shell);

	return strcmp(name, "nologin") == 0 || strcmp(name, "false") == 0 ||
	       strcmp(name, "sync") == 0;
}

/* ---- the files that depend on more than the shell ---- */

static enum tmd_rc find_bash_file(const struct tmd_env_site *site, const struct tmd_strv *login,
				  char **path, struct tmd_error *err)
{
	(void)login;
	(void)err;
	for (size_t i = 0; i < BASH_FILES; i++) {
		TMD_AUTO_FREE char *file = tmd_path_join(site->user->home, bash_files[i]);

		if (i + 1 < BASH_FILES && !tmd_env_site_exists(site, file))
			continue;
		*path = tmd_strdup(file);
		break;
	}
	return TMD_OK;
}

static const char *find_variable(const struct tmd_strv *environment, const char *name)
{
	size_t len = strlen(name);
	const char *value = "";

	for (size_t i = 0; i < environment->count; i++) {
		const char *entry = environment->items[i];

		if (strncmp(entry, name, len) == 0 && entry[len] == '=')
			value = entry + len + 1;
	}
	return value;
}

/* The first of these files (of the home, unless they are absolute) that speaks of the variable. */
static enum tmd_rc find_mention(const struct tmd_env_site *site, const char *const *files,
				const char *variable, char **where, struct tmd_error *err)
{
	for (; *files && !*where; files++) {
		TMD_AUTO_FREE char *path = **files == '/' ?
						   tmd_strdup(*files) :
						   tmd_path_join(site->user->home, *files);
		const struct tmd_buf *text;

		if (tmd_env_site_read(site, path, &text, err))
			return TMD_FAILED;
		if (text && strstr(tmd_buf_str(text), variable))
			*where = tmd_strdup(path);
	}
	return TMD_OK;
}

static enum tmd_rc fail_unasked(const struct tmd_env_site *site, const char *variable,
				const char *where, struct tmd_error *err)
{
	return tmd_fail(err, TMD_E_UNSUPPORTED, where, HINT,
			"env %s: this file sets %s, and the login of \"%s\" could not be asked what "
			"it becomes", site->name, variable, site->user->name);
}

/* Root must not be sent elsewhere by what a user's files say. */
static enum tmd_rc check_dir(const struct tmd_env_site *site, const char *variable,
			     const char *dir, struct tmd_error *err)
{
	const char *home = site->user->home;
	size_t len = strlen(home);

	if (strcmp(dir, home) == 0 || (strncmp(dir, home, len) == 0 && dir[len] == '/' &&
				       !strstr(dir, "/../") && !tmd_str_ends(dir, "/..")))
		return TMD_OK;
	return tmd_fail(err, TMD_E_UNSUPPORTED, dir, HINT,
			"env %s: %s of \"%s\" is not below his home", site->name, variable,
			site->user->name);
}

/* The directory that a variable of the user names, or else `usual`. */
static enum tmd_rc find_dir(const struct tmd_env_site *site, const struct tmd_strv *login,
			    const char *variable, const char *const *files, const char *usual,
			    char **dir, struct tmd_error *err)
{
	TMD_AUTO_FREE char *where = NULL;
	const char *asked = login ? find_variable(login, variable) : "";

	if (!login && find_mention(site, files, variable, &where, err))
		return TMD_FAILED;
	if (where)
		return fail_unasked(site, variable, where, err);
	if (*asked && check_dir(site, variable, asked, err))
		return TMD_FAILED;
	*dir = tmd_strdup(*asked ? asked : usual);
	return TMD_OK;
}

static enum tmd_rc find_zsh_file(const struct tmd_env_site *site, const struct tmd_strv *login,
				 char **path, struct tmd_error *err)
{
	static const char *const files[] = { "/etc/environment", "/etc/security/pam_env.conf",
					     ".pam_environment", "/etc/zshenv", "/etc/zsh/zshenv",
					     ".zshenv", NULL };
	TMD_AUTO_FREE char *dir = NULL;

	if (find_dir(site, login, "ZDOTDIR", files, site->user->home, &dir, err))
		return TMD_FAILED;
	*path = tmd_path_join(dir, ".zprofile");
	return TMD_OK;
}

static enum tmd_rc find_fish_file(const struct tmd_env_site *site, const struct tmd_strv *login,
				  char **path, struct tmd_error *err)
{
	static const char *const files[] = { "/etc/environment", "/etc/security/pam_env.conf",
					     ".pam_environment", NULL };
	TMD_AUTO_FREE char *usual = tmd_path_join(site->user->home, ".config");
	TMD_AUTO_FREE char *dir = NULL;

	if (find_dir(site, login, "XDG_CONFIG_HOME", files, usual, &dir, err))
		return TMD_FAILED;
	*path = tmd_path_join(dir, "fish/conf.d/trustmend.fish");
	return TMD_OK;
}

/* ---- the shell's own ---- */

static enum tmd_rc fail_shell(const struct tmd_env_site *site, struct tmd_error *err)
{
	const struct tmd_user *user = site->user;

	if (has_no_login(user))
		return tmd_fail(err, TMD_E_UNSUPPORTED, NULL, HINT,
				"env %s: \"%s\" has %s for a shell, so that no login of his reads "
				"variables", site->name, user->name, user->shell);
	return tmd_fail(err, TMD_E_UNSUPPORTED, NULL, HINT,
			"env %s: the files that %s, the shell of \"%s\", reads are not known here",
			site->name, user->shell, user->name);
}

enum tmd_rc tmd_env_find_login_file(const struct tmd_env_site *site, const struct tmd_strv *login,
				    struct tmd_env_login_file *out, struct tmd_error *err)
{
	const char *name = tmd_path_base(site->user->shell);
	char *path = NULL;

	for (size_t i = 0; i < sizeof(shells) / sizeof(*shells); i++) {
		const struct shell *shell = &shells[i];

		if (strcmp(shell->name, name) != 0)
			continue;
		if (!shell->find)
			path = tmd_path_join(site->user->home, shell->file);
		else if (shell->find(site, login, &path, err))
			return TMD_FAILED;
		tmd_env_login_file_release(out);
		*out = (struct tmd_env_login_file){ path, shell->syntax };
		return TMD_OK;
	}
	return fail_shell(site, err);
}

void tmd_env_add_login_spares(const struct tmd_env_site *site,
			      const struct tmd_env_login_file *file, struct tmd_strv *paths)
{
	const char *name = tmd_path_base(site->user->shell);

	if (strcmp(name, "bash") != 0 && strcmp(name, "rbash") != 0)
		return;
	for (size_t i = 0; i < BASH_FILES; i++) {
		TMD_AUTO_FREE char *path = tmd_path_join(site->user->home, bash_files[i]);

		if (strcmp(path, file->path) != 0)
			tmd_strv_add_once(paths, path);
	}
}
