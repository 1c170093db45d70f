/* People and shells as passwd has them, and what a login's PAM stack says of variables. */
#include "resources/env/unix/logins.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"

#define NOBODY 65534
#define FIRST_PERSON 1000 /* numbers of people's accounts, by login.defs */
#define LAST_PERSON 60000

void tmd_env_people_release(struct tmd_env_people *people)
{
	for (size_t i = 0; i < people->count; i++)
		tmd_user_release(&people->items[i]);
	tmd_strv_release(&people->shells);
	people->count = 0;
}

/* ---- shells ---- */

/* Programs that read commands at a login, and pass on what they were told to export. */
static bool is_shell(const char *path)
{
	static const char *const names[] = { "sh",  "dash", "ash",  "bash", "ksh",
					     "mksh", "zsh", "fish", "csh",  "tcsh" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (strcmp(tmd_path_base(path), names[i]) == 0)
			return true;
	}
	return false;
}

/* /bin/bash and /usr/bin/bash are one program. */
static void add_shell(const struct tmd_env_site *site, const char *path, struct tmd_strv *shells)
{
	if (!tmd_path_is_absolute(path) || !is_shell(path) || !tmd_env_site_exists(site, path))
		return;
	for (size_t i = 0; i < shells->count; i++) {
		if (strcmp(tmd_path_base(shells->items[i]), tmd_path_base(path)) == 0)
			return;
	}
	tmd_strv_add(shells, path);
}

/* ---- people ---- */

static bool is_person(const struct tmd_env_site *site, const struct tmd_user *user)
{
	return user->uid >= FIRST_PERSON && user->uid <= LAST_PERSON && is_shell(user->shell) &&
	       tmd_env_site_exists(site, user->shell);
}

static void add_person(struct tmd_fs *fs, const char *name, struct tmd_env_people *people)
{
	struct tmd_error ignored = { 0 };

	if (people->count < 2 &&
	    tmd_user_find(fs, name, &people->items[people->count], &ignored) == TMD_OK)
		people->count++;
}

static void add_nobody(struct tmd_fs *fs, struct tmd_env_people *people)
{
	add_person(fs, "nobody", people);
	if (people->count)
		return;
	people->items[people->count++] = (struct tmd_user){
		.name = tmd_strdup("nobody"), .uid = NOBODY, .gid = NOBODY,
		.home = tmd_strdup("/nonexistent"), .shell = tmd_strdup("/bin/sh"),
	};
}

/* One line of passwd. */
static void read_entry(const struct tmd_env_site *site, struct tmd_fs *fs, const char *line,
		       size_t len, struct tmd_env_people *people)
{
	TMD_CLEANUP(tmd_user_release) struct tmd_user user = { 0 };

	if (!tmd_user_parse(line, len, &user))
		return;
	add_shell(site, user.shell, &people->shells);
	if (tmd_user_is_admin() && people->count == 1 && is_person(site, &user))
		add_person(fs, user.name, people);
}

static enum tmd_rc find_everybody(const struct tmd_env_site *site, struct tmd_fs *fs,
				  struct tmd_env_people *people, struct tmd_error *err)
{
	const struct tmd_buf *text;
	const char *at;

	if (tmd_env_site_read(site, "/etc/passwd", &text, err))
		return TMD_FAILED;
	if (tmd_user_is_admin())
		add_nobody(fs, people);
	else
		add_person(fs, NULL, people);
	for (at = text ? tmd_buf_str(text) : ""; *at;) {
		size_t len = strcspn(at, "\n");

		read_entry(site, fs, at, len, people);
		at += len + (at[len] == '\n');
	}
	return TMD_OK;
}

enum tmd_rc tmd_env_people_find(const struct tmd_env_site *site, struct tmd_fs *fs,
				struct tmd_env_people *people, struct tmd_error *err)
{
	if (!site->user)
		return find_everybody(site, fs, people, err);
	add_person(fs, site->user->name, people);
	if (people->count)
		add_shell(site, people->items[0].shell, &people->shells);
	return TMD_OK;
}

/* ---- PAM ---- */

#define INCLUDES_MAX 8 /* deep */

static char *next_word(char **at)
{
	char *word = *at + strspn(*at, " \t");
	size_t len = *word == '[' ? strcspn(word, "]") + 1 : strcspn(word, " \t");

	if (len > strlen(word))
		len = strlen(word);
	*at = word + len;
	if (**at)
		*(*at)++ = '\0';
	return word;
}

static enum tmd_rc add_stack(const struct tmd_env_site *site, const char *name, const char *type,
			     unsigned depth, struct tmd_buf *out, struct tmd_error *err);

/* "TYPE CONTROL MODULE ARGUMENTS" of the wanted type; "@include FILE" is of all of them. */
static enum tmd_rc add_pam_line(const struct tmd_env_site *site, char *line, const char *type,
				unsigned depth, struct tmd_buf *out, struct tmd_error *err)
{
	const char *of = next_word(&line);
	const char *control = next_word(&line);
	const char *module;

	if (strcmp(of, "@include") == 0)
		return add_stack(site, control, type, depth + 1, out, err);
	if (strcmp(of + (*of == '-'), type) != 0)
		return TMD_OK;
	module = next_word(&line);
	if (strcmp(control, "include") == 0 || strcmp(control, "substack") == 0)
		return add_stack(site, module, type, depth + 1, out, err);
	if (strcmp(tmd_path_base(module), "pam_env.so") == 0)
		tmd_buf_addf(out, "session required %s %s\n", module, line);
	return TMD_OK;
}

static enum tmd_rc add_stack(const struct tmd_env_site *site, const char *name, const char *type,
			     unsigned depth, struct tmd_buf *out, struct tmd_error *err)
{
	TMD_AUTO_FREE char *path = tmd_path_is_absolute(name) ? tmd_strdup(name) :
								 tmd_path_join("/etc/pam.d", name);
	const struct tmd_buf *text;
	const char *at;

	if (depth > INCLUDES_MAX)
		return TMD_OK;
	if (tmd_env_site_read(site, path, &text, err))
		return TMD_FAILED;
	for (at = text ? tmd_buf_str(text) : ""; *at;) {
		size_t len = strcspn(at, "\n");
		TMD_AUTO_FREE char *line = tmd_strndup(at, strcspn(at, "#\n"));

		if (add_pam_line(site, line, type, depth, out, err))
			return TMD_FAILED;
		at += len + (at[len] == '\n');
	}
	return TMD_OK;
}

enum tmd_rc tmd_env_pam_service(const struct tmd_env_site *site, struct tmd_buf *out,
				struct tmd_error *err)
{
	static const char *const services[] = { "login", "su-l", "su", "sshd" };

	tmd_buf_add_str(out, "auth required pam_permit.so\naccount required pam_permit.so\n"
			     "password required pam_permit.so\nsession required pam_permit.so\n");
	for (size_t i = 0; i < sizeof(services) / sizeof(*services); i++) {
		TMD_AUTO_FREE char *path = tmd_path_join("/etc/pam.d", services[i]);

		if (!tmd_env_site_exists(site, path))
			continue;
		return add_stack(site, services[i], "auth", 0, out, err) ||
				       add_stack(site, services[i], "session", 0, out, err) ?
			       TMD_FAILED : TMD_OK;
	}
	return TMD_OK;
}
