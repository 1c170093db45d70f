/* pam_env takes lines of both kinds there: NAME=value, and NAME DEFAULT=value OVERRIDE=value. */
#include "resources/env/unix/pam_environment.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"

#define PAM_DIR "/etc/pam.d"

static const char *skip_blanks(const char *at)
{
	return at + strspn(at, " \t");
}

/* The number of the last line that sets `name`, 0: none. */
static size_t find_line(const struct tmd_buf *text, const char *name)
{
	const char *at = tmd_buf_str(text);
	size_t number = 0;
	size_t found = 0;

	while (*at) {
		const char *word = skip_blanks(at);

		number++;
		if (tmd_str_starts(word, name) && strchr("= \t", word[strlen(name)]) &&
		    word[strlen(name)])
			found = number;
		at += strcspn(at, "\n");
		at += *at == '\n';
	}
	return found;
}

static bool reads_user_file(const struct tmd_buf *text)
{
	const char *at = tmd_buf_str(text);

	while (*at) {
		size_t len = strcspn(at, "\n");
		TMD_AUTO_FREE char *line = tmd_strndup(at, len);

		line[strcspn(line, "#")] = '\0';
		if (strstr(line, "pam_env.so") && strstr(line, "user_readenv=1"))
			return true;
		at += len + (at[len] == '\n');
	}
	return false;
}

/* The file of a service that reads the user's; NULL where there is none. */
static enum tmd_rc find_service(const struct tmd_env_site *site, char **service,
				struct tmd_error *err)
{
	TMD_AUTO_STRV struct tmd_strv names = { 0 };

	if (tmd_view_list(site->files->view, PAM_DIR, &names, err))
		return TMD_FAILED;
	for (size_t i = 0; i < names.count && !*service; i++) {
		TMD_AUTO_FREE char *path = tmd_path_join(PAM_DIR, names.items[i]);
		const struct tmd_buf *text;

		if (tmd_env_site_read(site, path, &text, err))
			return TMD_FAILED;
		if (text && reads_user_file(text))
			*service = tmd_strdup(path);
	}
	return TMD_OK;
}

enum tmd_rc tmd_env_note_pam_environment(const struct tmd_env_site *site,
					 struct tmd_strv *problems, struct tmd_error *err)
{
	TMD_AUTO_FREE char *path = tmd_path_join(site->user->home, ".pam_environment");
	TMD_AUTO_FREE char *service = NULL;
	const struct tmd_buf *text;
	size_t line;

	if (tmd_env_site_read(site, path, &text, err))
		return TMD_FAILED;
	line = text ? find_line(text, site->name) : 0;
	if (!line)
		return TMD_OK;
	if (find_service(site, &service, err))
		return TMD_FAILED;
	if (service)
		tmd_strv_addf(problems,
			      "line %zu of %s sets %s at logins through services that read this file "
			      "(user_readenv=1 in %s)", line, path, site->name, service);
	return TMD_OK;
}
