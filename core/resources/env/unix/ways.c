/* Which files each way of starting a program reads, and what is set in the end. */
#include "resources/env/unix/ways.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "resources/env/strays.h"

#define LOCALE "/etc/default/locale"

typedef void reader_function(struct tmd_env_reader *reader, const char *data, size_t len);

/* The names that end up in a report: nothing else is kept of files with many variables. */
static bool matters(const char *watch, const char *other)
{
	return strcmp(watch, other) == 0 || tmd_env_stray(watch, other);
}

void tmd_env_reading_begin(struct tmd_env_reading *reading, const struct tmd_env_site *site,
			   struct tmd_strv *problems)
{
	memset(reading, 0, sizeof(*reading));
	reading->site = site;
	reading->problems = problems;
	reading->reader.vars = &reading->vars;
	reading->reader.envd.around = &reading->around;
	reading->reader.watch = site->name;
	reading->vars.keeps = site->name ? matters : NULL;
	reading->vars.watch = site->name;
}

void tmd_env_reading_end(struct tmd_env_reading *reading)
{
	tmd_env_reader_release(&reading->reader);
	tmd_env_vars_release(&reading->vars);
	tmd_env_vars_release(&reading->around);
}

/* The same once more, with all variables: what the files expand may be any of them. */
static void begin_again(struct tmd_env_reading *reading)
{
	const struct tmd_env_site *site = reading->site;
	struct tmd_strv *problems = reading->problems;

	tmd_env_reading_end(reading);
	tmd_env_reading_begin(reading, site, problems);
	reading->vars.keeps = NULL;
}

static bool everyone_reads(struct tmd_env_reading *reading, const char *path)
{
	const char *why = tmd_env_site_obstacle(reading->site, path);

	if (why)
		tmd_strv_add_once(reading->problems, why);
	return !why;
}

static void read_text(struct tmd_env_reading *reading, const char *known, bool of_user,
		      const struct tmd_buf *text, reader_function *read)
{
	const struct tmd_env_var *var;

	reading->reader.path = known;
	/* A user's setting is not explained by the faults of the machine's files. */
	reading->reader.problems = reading->site->user && !of_user ? NULL : reading->problems;
	reading->reader.spans.count = 0;
	read(&reading->reader, tmd_buf_str(text), text->len);
	reading->reader.path = NULL;
	if (!of_user || !reading->site->name)
		return;
	var = tmd_env_vars_find(&reading->vars, reading->site->name);
	reading->own = reading->own || (var && strcmp(var->path, known) == 0);
}

/* `by_users`: the reading program runs as the user, and has to be able to read the file. */
static enum tmd_rc read_conf(struct tmd_env_reading *reading, const struct tmd_env_conf *conf,
			     bool by_users, reader_function *read, struct tmd_error *err)
{
	const struct tmd_buf *text;

	if (tmd_env_site_read(reading->site, conf->path, &text, err))
		return TMD_FAILED;
	if (!text || (by_users && !conf->of_user && !everyone_reads(reading, conf->path)))
		return TMD_OK;
	read_text(reading, conf->known, conf->of_user, text, read);
	return TMD_OK;
}

static enum tmd_rc read_one(struct tmd_env_reading *reading, const char *path, bool of_user,
			    reader_function *read, struct tmd_error *err)
{
	const struct tmd_buf *text;

	if (tmd_env_site_read(reading->site, path, &text, err))
		return TMD_FAILED;
	if (text)
		read_text(reading, path, of_user, text, read);
	return TMD_OK;
}

/* The files in the directories of a target. */
static enum tmd_rc read_confs(struct tmd_env_reading *reading, enum tmd_env_target target,
			      reader_function *read, struct tmd_error *err)
{
	const struct tmd_env_confs *confs;

	if (tmd_env_site_list(reading->site, target, &confs, err))
		return TMD_FAILED;
	for (size_t i = 0; i < confs->count && reading->reader.end == TMD_ENV_READS_ON; i++) {
		if (read_conf(reading, &confs->items[i], target != TMD_ENV_SYSTEMD, read, err))
			return TMD_FAILED;
	}
	return TMD_OK;
}

/* ---- the four ways ---- */

/* Does a line that is no comment say so? */
static bool says(const char *text, const char *what)
{
	const char *at = text;

	while ((at = strstr(at, what))) {
		const char *line = at;

		while (line > text && line[-1] != '\n')
			line--;
		if (*line != '#')
			return true;
		at += strlen(what);
	}
	return false;
}

/*
 * Debian's stacks run pam_env a second time, with the file of locale settings. Each run
 * begins with pam_env.conf, which therefore beats /etc/environment there.
 */
static enum tmd_rc runs_twice(const struct tmd_env_site *site, bool *twice, struct tmd_error *err)
{
	static const char *const stacks[] = { "/etc/pam.d/login", "/etc/pam.d/sshd",
					      "/etc/pam.d/su" };

	*twice = false;
	for (size_t i = 0; i < sizeof(stacks) / sizeof(*stacks) && !*twice; i++) {
		const struct tmd_buf *text;

		if (tmd_env_site_read(site, stacks[i], &text, err))
			return TMD_FAILED;
		*twice = text && says(tmd_buf_str(text), "envfile=" LOCALE);
	}
	return TMD_OK;
}

static enum tmd_rc run_pam(struct tmd_env_reading *reading, const char *file, struct tmd_error *err)
{
	if (read_one(reading, "/etc/security/pam_env.conf", false, tmd_env_read_pam_conf, err))
		return TMD_FAILED;
	return read_one(reading, file, false, tmd_env_read_pam, err);
}

static enum tmd_rc read_pam(struct tmd_env_reading *reading, struct tmd_error *err)
{
	bool twice;

	if (run_pam(reading, TMD_ENV_MACHINE_FILE, err) || runs_twice(reading->site, &twice, err))
		return TMD_FAILED;
	return twice ? run_pam(reading, LOCALE, err) : TMD_OK;
}

/* Bash reads the first of these and not ~/.profile. */
static enum tmd_rc look_for_bash_files(struct tmd_env_reading *reading, struct tmd_error *err)
{
	static const char *const names[] = { ".bash_profile", ".bash_login" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		TMD_AUTO_FREE char *path = tmd_path_join(reading->site->user->home, names[i]);
		const struct tmd_buf *text;

		if (tmd_env_site_read(reading->site, path, &text, err))
			return TMD_FAILED;
		if (text && !strstr(tmd_buf_str(text), ".profile"))
			tmd_strv_addf(reading->problems,
				      "%s: bash reads this file and not ~/.profile", path);
	}
	return TMD_OK;
}

static enum tmd_rc read_profile(struct tmd_env_reading *reading, struct tmd_error *err)
{
	if (reading->site->user) {
		TMD_AUTO_FREE char *path = tmd_env_own_path(reading->site, TMD_ENV_PROFILE_D);

		if (read_one(reading, path, true, tmd_env_read_sh, err))
			return TMD_FAILED;
		return look_for_bash_files(reading, err);
	}
	return read_confs(reading, TMD_ENV_PROFILE_D, tmd_env_read_sh, err);
}

static void know_user(struct tmd_env_reading *reading)
{
	const struct tmd_user *user = reading->site->user;

	if (!user)
		return;
	tmd_env_vars_set(&reading->around, "HOME", user->home, "passwd", 0);
	tmd_env_vars_set(&reading->around, "USER", user->name, "passwd", 0);
	tmd_env_vars_set(&reading->around, "LOGNAME", user->name, "passwd", 0);
}

static enum tmd_rc read_all_environment_d(struct tmd_env_reading *reading, bool comment_joins,
					  struct tmd_error *err)
{
	know_user(reading);
	reading->reader.envd.comment_joins = comment_joins;
	if (read_confs(reading, TMD_ENV_ENVIRONMENT_D, tmd_env_read_environment_d, err))
		return TMD_FAILED;
	/* The generator prints what it has at its end, which it did not reach. */
	if (reading->reader.end == TMD_ENV_GIVES_UP)
		tmd_env_vars_release(&reading->vars);
	return TMD_OK;
}

static enum tmd_rc read_environment_d(struct tmd_env_reading *reading, bool comment_joins,
				      struct tmd_error *err)
{
	if (read_all_environment_d(reading, comment_joins, err))
		return TMD_FAILED;
	if (reading->reader.envd.expands) {
		begin_again(reading);
		if (read_all_environment_d(reading, comment_joins, err))
			return TMD_FAILED;
	}
	tmd_env_hand_to_manager(&reading->vars);
	return TMD_OK;
}

static enum tmd_rc read_main_conf(struct tmd_env_reading *reading, struct tmd_error *err)
{
	TMD_AUTO_FREE char *own = NULL;
	const char *path = "/etc/systemd/system.conf";

	if (!reading->site->user)
		return read_one(reading, path, false, tmd_env_read_manager_conf, err);
	/* The first one that exists is the main file. */
	own = tmd_path_join(reading->site->user->home, ".config/systemd/user.conf");
	if (tmd_env_site_exists(reading->site, own))
		return read_one(reading, own, true, tmd_env_read_manager_conf, err);
	return read_one(reading, "/etc/systemd/user.conf", false, tmd_env_read_manager_conf, err);
}

static enum tmd_rc read_manager(struct tmd_env_reading *reading, struct tmd_error *err)
{
	if (read_main_conf(reading, err))
		return TMD_FAILED;
	return read_confs(reading, TMD_ENV_SYSTEMD, tmd_env_read_manager_conf, err);
}

enum tmd_rc tmd_env_read_way(struct tmd_env_reading *reading, enum tmd_env_target target,
			     struct tmd_error *err)
{
	switch (target) {
	case TMD_ENV_ETC_ENVIRONMENT:
		return read_pam(reading, err);
	case TMD_ENV_PROFILE_D:
		return read_profile(reading, err);
	case TMD_ENV_ENVIRONMENT_D:
		return read_environment_d(reading, false, err);
	case TMD_ENV_SYSTEMD:
		return read_manager(reading, err);
	case TMD_ENV_TARGETS:
		break;
	}
	return TMD_OK;
}

enum tmd_rc tmd_env_read_older_way(struct tmd_env_reading *reading, struct tmd_error *err)
{
	return read_environment_d(reading, true, err);
}

enum tmd_rc tmd_env_read_linked_way(struct tmd_env_reading *reading, struct tmd_error *err)
{
	if (read_one(reading, TMD_ENV_MACHINE_FILE, false, tmd_env_read_environment_d, err))
		return TMD_FAILED;
	if (reading->reader.envd.expands) {
		begin_again(reading);
		if (read_one(reading, TMD_ENV_MACHINE_FILE, false, tmd_env_read_environment_d, err))
			return TMD_FAILED;
	}
	tmd_env_hand_to_manager(&reading->vars);
	return TMD_OK;
}
