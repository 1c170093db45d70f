/* Which files each way of starting a program reads, and what comes out of them together. */
#include "resources/env/unix/linux_effective.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "resources/env/unix/readers.h"
#include "resources/env/strays.h"

#define ETC_ENVIRONMENT "/etc/environment"
#define LOCALE "/etc/default/locale"
#define OWN_CONF "60-trustmend.conf"
/*
 * A user's file must not bear the name of the machine's, which it would replace whole, and
 * has to sort behind Debian's 99-environment.conf.
 */
#define USER_ENVIRONMENT_CONF "99-trustmend.conf"
#define OWN_SCRIPT "trustmend.sh"

const char *tmd_env_target_name(enum tmd_env_target target)
{
	static const char *const names[TMD_ENV_TARGETS] = {
		[TMD_ENV_ETC_ENVIRONMENT] = "etc_environment",
		[TMD_ENV_PROFILE_D] = "profile_d",
		[TMD_ENV_ENVIRONMENT_D] = "environment_d",
		[TMD_ENV_SYSTEMD] = "systemd",
	};

	return names[target];
}

void tmd_env_site_release(struct tmd_env_site *site)
{
	for (size_t i = 0; i < site->planned_count; i++) {
		free(site->planned[i].path);
		tmd_buf_release(&site->planned[i].content);
	}
	site->planned_count = 0;
}

void tmd_env_effect_release(struct tmd_env_effect *effect)
{
	free(effect->value);
	free(effect->path);
	memset(effect, 0, sizeof(*effect));
}

char *tmd_env_own_path(const struct tmd_env_site *site, enum tmd_env_target target)
{
	static const char *const machine[TMD_ENV_TARGETS] = {
		[TMD_ENV_ETC_ENVIRONMENT] = ETC_ENVIRONMENT,
		[TMD_ENV_PROFILE_D] = "/etc/profile.d/" OWN_SCRIPT,
		[TMD_ENV_ENVIRONMENT_D] = "/etc/environment.d/" OWN_CONF,
		[TMD_ENV_SYSTEMD] = "/etc/systemd/system.conf.d/" OWN_CONF,
	};
	static const char *const user[TMD_ENV_TARGETS] = {
		[TMD_ENV_ETC_ENVIRONMENT] = ".pam_environment", /* refused by normalize */
		[TMD_ENV_PROFILE_D] = ".profile",
		[TMD_ENV_ENVIRONMENT_D] = ".config/environment.d/" USER_ENVIRONMENT_CONF,
		[TMD_ENV_SYSTEMD] = ".config/systemd/user.conf.d/" OWN_CONF,
	};

	if (site->user)
		return tmd_path_join(site->user->home, user[target]);
	return tmd_strdup(machine[target]);
}

/* ---- files as they are or will be ---- */

static struct tmd_env_planned *planned_file(struct tmd_env_site *site, const char *real)
{
	for (size_t i = 0; i < site->planned_count; i++) {
		if (strcmp(site->planned[i].path, real) == 0)
			return &site->planned[i];
	}
	return NULL;
}

static enum tmd_rc look_at_failure(struct tmd_env_site *site, const char *path,
				   struct tmd_error *err)
{
	struct tmd_error ignored;
	struct tmd_stat st;

	if (err->kind == TMD_E_NOT_FOUND)
		return TMD_OK;
	/* Directories and links to /dev/null are no environment files, and no failures. */
	if (err->kind == TMD_E_REFUSED && tmd_view_stat(site->ctx->view, path, &st, &ignored) == TMD_OK &&
	    st.type != TMD_FILE_REGULAR)
		return TMD_OK;
	return TMD_FAILED;
}

enum tmd_rc tmd_env_site_read(struct tmd_env_site *site, const char *path, struct tmd_buf *out,
			      bool *found, struct tmd_error *err)
{
	TMD_AUTO_FREE char *real = NULL;
	const struct tmd_env_planned *file;

	tmd_buf_clear(out);
	if (tmd_view_resolve(site->ctx->view, path, &real, err))
		return TMD_FAILED;
	file = planned_file(site, real);
	*found = !file || !file->gone;
	if (file) {
		tmd_buf_add(out, tmd_buf_str(&file->content), file->content.len);
		return TMD_OK;
	}
	if (tmd_view_read(site->ctx->view, path, TMD_ENV_FILE_MAX, out, NULL, err) == TMD_OK)
		return TMD_OK;
	*found = false;
	tmd_buf_clear(out);
	if (look_at_failure(site, path, err))
		return TMD_FAILED;
	tmd_error_clear(err);
	return TMD_OK;
}

enum tmd_rc tmd_env_site_plan(struct tmd_env_site *site, const char *path,
			      struct tmd_buf *content, struct tmd_error *err)
{
	TMD_AUTO_FREE char *real = NULL;
	struct tmd_env_planned *file;

	if (tmd_view_resolve(site->ctx->view, path, &real, err))
		return TMD_FAILED;
	file = planned_file(site, real);
	if (!file) {
		file = &site->planned[site->planned_count++];
		memset(file, 0, sizeof(*file));
		file->path = tmd_strdup(real);
	}
	tmd_buf_release(&file->content);
	file->gone = !content;
	if (content) {
		file->content = *content;
		memset(content, 0, sizeof(*content));
	}
	return TMD_OK;
}

/* ---- lists of files ---- */

struct conf_file {
	char *path;
	bool of_user; /* in the user's own directories */
};

struct conf_list {
	struct conf_file *items;
	size_t count;
	size_t cap;
};

static void release_list(struct conf_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i].path);
	free(list->items);
	memset(list, 0, sizeof(*list));
}

/* Adds a file unless one of the same name is there already: earlier directories win. */
static void add_conf(struct conf_list *list, const char *dir, const char *name, bool of_user)
{
	for (size_t i = 0; i < list->count; i++) {
		if (strcmp(tmd_path_base(list->items[i].path), name) == 0)
			return;
	}
	list->items = tmd_grow(list->items, &list->cap, list->count + 1, sizeof(*list->items));
	list->items[list->count].path = tmd_path_join(dir, name);
	list->items[list->count].of_user = of_user;
	list->count++;
}

static enum tmd_rc add_dir(struct tmd_env_site *site, struct conf_list *list, const char *dir,
			   const char *suffix, bool of_user, struct tmd_error *err)
{
	TMD_AUTO_STRV struct tmd_strv names = { 0 };

	if (tmd_view_list(site->ctx->view, dir, &names, err))
		return TMD_FAILED;
	for (size_t i = 0; i < names.count; i++) {
		if (names.items[i][0] != '.' && tmd_str_ends(names.items[i], suffix))
			add_conf(list, dir, names.items[i], of_user);
	}
	return TMD_OK;
}

/* A file of ours that is only planned does not show in its directory yet. */
static enum tmd_rc add_own(struct tmd_env_site *site, struct conf_list *list,
			   enum tmd_env_target target, struct tmd_error *err)
{
	TMD_AUTO_FREE char *path = tmd_env_own_path(site, target);
	TMD_AUTO_FREE char *dir = tmd_path_dir(path);
	TMD_AUTO_BUF struct tmd_buf content = { 0 };
	bool found;

	if (tmd_env_site_read(site, path, &content, &found, err))
		return TMD_FAILED;
	if (found)
		add_conf(list, dir, tmd_path_base(path), site->user != NULL);
	return TMD_OK;
}

static int compare_names(const void *a, const void *b)
{
	const struct conf_file *left = a;
	const struct conf_file *right = b;

	return strcmp(tmd_path_base(left->path), tmd_path_base(right->path));
}

/*
 * The files of `sub` in systemd's directories (below "…/systemd" for its own configuration),
 * sorted by name, a name in an earlier directory standing for all later ones.
 */
static enum tmd_rc list_systemd(struct tmd_env_site *site, enum tmd_env_target target,
				const char *sub, struct conf_list *list, struct tmd_error *err)
{
	static const char *const bases[] = { "/etc", "/run", "/usr/local/lib", "/usr/lib" };

	if (add_own(site, list, target, err))
		return TMD_FAILED;
	if (site->user) {
		TMD_AUTO_FREE char *config = tmd_path_join(site->user->home, ".config");
		TMD_AUTO_FREE char *dir = tmd_path_join(config, sub);

		if (add_dir(site, list, dir, ".conf", true, err))
			return TMD_FAILED;
	}
	for (size_t i = 0; i < sizeof(bases) / sizeof(*bases); i++) {
		TMD_AUTO_FREE char *dir = tmd_path_join(bases[i], sub);

		if (add_dir(site, list, dir, ".conf", false, err))
			return TMD_FAILED;
	}
	if (list->count)
		qsort(list->items, list->count, sizeof(*list->items), compare_names);
	return TMD_OK;
}

static enum tmd_rc list_profile_d(struct tmd_env_site *site, struct conf_list *list,
				  struct tmd_error *err)
{
	if (add_own(site, list, TMD_ENV_PROFILE_D, err) ||
	    add_dir(site, list, "/etc/profile.d", ".sh", false, err))
		return TMD_FAILED;
	if (list->count)
		qsort(list->items, list->count, sizeof(*list->items), compare_names);
	return TMD_OK;
}

/* ---- reading files one after another ---- */

typedef void reader_function(struct tmd_env_reader *reader, const char *data, size_t len);

struct reading {
	struct tmd_env_site *site;
	struct tmd_env_vars vars;
	struct tmd_env_vars around;
	struct tmd_env_reader reader;
	struct tmd_strv *problems;
	bool by_users; /* the reading program runs as the user: the files must be readable */
	bool own;      /* a file of the user sets the variable */
};

/* The names that end up in a report: nothing else is kept of files with many variables. */
static bool matters(const char *watch, const char *other)
{
	return strcmp(watch, other) == 0 || tmd_env_stray(watch, other);
}

static void begin_reading(struct reading *reading, struct tmd_env_site *site,
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

static void end_reading(struct reading *reading)
{
	tmd_env_reader_release(&reading->reader);
	tmd_env_vars_release(&reading->vars);
	tmd_env_vars_release(&reading->around);
}

/* The same once more, with all variables: what the files expand may be any of them. */
static void begin_again(struct reading *reading)
{
	struct tmd_env_site *site = reading->site;
	struct tmd_strv *problems = reading->problems;

	end_reading(reading);
	begin_reading(reading, site, problems);
	reading->vars.keeps = NULL;
}

static bool everyone_reads(struct reading *reading, const char *path)
{
	TMD_AUTO_FREE char *why = NULL;
	TMD_AUTO_FREE char *real = NULL;
	struct tmd_error ignored;
	bool readable;

	/* What is planned will be written with the right mode. */
	if (tmd_view_resolve(reading->site->ctx->view, path, &real, &ignored) ||
	    planned_file(reading->site, real))
		return true;
	if (tmd_view_world_readable(reading->site->ctx->view, path, &readable, &why, &ignored))
		return true;
	if (!readable)
		tmd_strv_add_once(reading->problems, why ? why : path);
	return readable;
}

/* Debian's link in environment.d is spoken of as the file that people know. */
static enum tmd_rc known_path(struct tmd_env_site *site, const char *path, char **out,
			      struct tmd_error *err)
{
	TMD_AUTO_FREE char *real = NULL;
	TMD_AUTO_FREE char *environment = NULL;
	bool same;

	if (tmd_view_resolve(site->ctx->view, path, &real, err) ||
	    tmd_view_resolve(site->ctx->view, ETC_ENVIRONMENT, &environment, err))
		return TMD_FAILED;
	same = strcmp(real, environment) == 0;
	*out = tmd_strdup(same ? ETC_ENVIRONMENT : path);
	return TMD_OK;
}

static enum tmd_rc read_one(struct reading *reading, const char *path, bool of_user,
			    reader_function *read, struct tmd_error *err)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	TMD_AUTO_FREE char *known = NULL;
	const struct tmd_env_var *var;
	bool found;

	if (tmd_env_site_read(reading->site, path, &text, &found, err) ||
	    known_path(reading->site, path, &known, err))
		return TMD_FAILED;
	if (!found)
		return TMD_OK;
	if (reading->by_users && !of_user && !everyone_reads(reading, path))
		return TMD_OK;
	reading->reader.path = known;
	/* A user's setting is not explained by the faults of the machine's files. */
	reading->reader.problems = reading->site->user && !of_user ? NULL : reading->problems;
	tmd_env_reader_clear_spans(&reading->reader);
	read(&reading->reader, tmd_buf_str(&text), text.len);
	var = of_user && reading->site->name ?
		      tmd_env_vars_find(&reading->vars, reading->site->name) : NULL;
	if (var && strcmp(var->path, known) == 0)
		reading->own = true;
	reading->reader.path = NULL;
	return TMD_OK;
}

static enum tmd_rc read_list(struct reading *reading, const struct conf_list *list,
			     reader_function *read, struct tmd_error *err)
{
	for (size_t i = 0; i < list->count && reading->reader.end == TMD_ENV_READS_ON; i++) {
		if (read_one(reading, list->items[i].path, list->items[i].of_user, read, err))
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
static enum tmd_rc runs_twice(struct tmd_env_site *site, bool *twice, struct tmd_error *err)
{
	static const char *const stacks[] = { "/etc/pam.d/login", "/etc/pam.d/sshd",
					      "/etc/pam.d/su" };

	*twice = false;
	for (size_t i = 0; i < sizeof(stacks) / sizeof(*stacks) && !*twice; i++) {
		TMD_AUTO_BUF struct tmd_buf text = { 0 };
		bool found;

		if (tmd_env_site_read(site, stacks[i], &text, &found, err))
			return TMD_FAILED;
		*twice = says(tmd_buf_str(&text), "envfile=" LOCALE);
	}
	return TMD_OK;
}

static enum tmd_rc run_pam(struct reading *reading, const char *file, struct tmd_error *err)
{
	if (read_one(reading, "/etc/security/pam_env.conf", false, tmd_env_read_pam_conf, err))
		return TMD_FAILED;
	return read_one(reading, file, false, tmd_env_read_pam, err);
}

static enum tmd_rc read_pam(struct reading *reading, struct tmd_error *err)
{
	bool twice;

	if (run_pam(reading, ETC_ENVIRONMENT, err) || runs_twice(reading->site, &twice, err))
		return TMD_FAILED;
	return twice ? run_pam(reading, LOCALE, err) : TMD_OK;
}

/* Bash reads the first of these and not ~/.profile. */
static enum tmd_rc look_for_bash_files(struct reading *reading, struct tmd_error *err)
{
	static const char *const names[] = { ".bash_profile", ".bash_login" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		TMD_AUTO_FREE char *path = tmd_path_join(reading->site->user->home, names[i]);
		TMD_AUTO_BUF struct tmd_buf text = { 0 };
		bool found;

		if (tmd_env_site_read(reading->site, path, &text, &found, err))
			return TMD_FAILED;
		if (found && !strstr(tmd_buf_str(&text), ".profile"))
			tmd_strv_addf(reading->problems,
				      "%s: bash reads this file and not ~/.profile", path);
	}
	return TMD_OK;
}

static enum tmd_rc read_profile(struct reading *reading, struct tmd_error *err)
{
	struct conf_list list = { 0 };
	enum tmd_rc rc;

	if (reading->site->user) {
		TMD_AUTO_FREE char *path = tmd_env_own_path(reading->site, TMD_ENV_PROFILE_D);

		if (read_one(reading, path, true, tmd_env_read_sh, err))
			return TMD_FAILED;
		return look_for_bash_files(reading, err);
	}
	reading->by_users = true;
	rc = list_profile_d(reading->site, &list, err);
	if (rc == TMD_OK)
		rc = read_list(reading, &list, tmd_env_read_sh, err);
	release_list(&list);
	return rc;
}

static void know_user(struct reading *reading)
{
	const struct tmd_user *user = reading->site->user;

	if (!user)
		return;
	tmd_env_vars_set(&reading->around, "HOME", user->home, "passwd", 0);
	tmd_env_vars_set(&reading->around, "USER", user->name, "passwd", 0);
	tmd_env_vars_set(&reading->around, "LOGNAME", user->name, "passwd", 0);
}

static enum tmd_rc read_all_environment_d(struct reading *reading, bool comment_joins,
					  struct tmd_error *err)
{
	struct conf_list list = { 0 };
	enum tmd_rc rc;

	know_user(reading);
	reading->by_users = true;
	reading->reader.envd.comment_joins = comment_joins;
	rc = list_systemd(reading->site, TMD_ENV_ENVIRONMENT_D, "environment.d", &list, err);
	if (rc == TMD_OK)
		rc = read_list(reading, &list, tmd_env_read_environment_d, err);
	release_list(&list);
	/* The generator prints what it has at its end, which it did not reach. */
	if (reading->reader.end == TMD_ENV_GIVES_UP)
		tmd_env_vars_release(&reading->vars);
	return rc;
}

static enum tmd_rc read_environment_d(struct reading *reading, bool comment_joins,
				      struct tmd_error *err)
{
	if (read_all_environment_d(reading, comment_joins, err))
		return TMD_FAILED;
	if (!reading->reader.envd.expands)
		return TMD_OK;
	begin_again(reading);
	return read_all_environment_d(reading, comment_joins, err);
}

static enum tmd_rc read_main_conf(struct reading *reading, struct tmd_error *err)
{
	TMD_AUTO_FREE char *own = NULL;
	const char *path = "/etc/systemd/system.conf";

	if (!reading->site->user)
		return read_one(reading, path, false, tmd_env_read_manager_conf, err);
	/* The first one that exists is the main file. */
	own = tmd_path_join(reading->site->user->home, ".config/systemd/user.conf");
	if (tmd_view_exists(reading->site->ctx->view, own))
		return read_one(reading, own, true, tmd_env_read_manager_conf, err);
	return read_one(reading, "/etc/systemd/user.conf", false, tmd_env_read_manager_conf, err);
}

static enum tmd_rc read_manager(struct reading *reading, struct tmd_error *err)
{
	const char *sub = reading->site->user ? "systemd/user.conf.d" : "systemd/system.conf.d";
	struct conf_list list = { 0 };
	enum tmd_rc rc;

	if (read_main_conf(reading, err))
		return TMD_FAILED;
	rc = list_systemd(reading->site, TMD_ENV_SYSTEMD, sub, &list, err);
	if (rc == TMD_OK)
		rc = read_list(reading, &list, tmd_env_read_manager_conf, err);
	release_list(&list);
	return rc;
}

enum tmd_rc tmd_env_site_linked(struct tmd_env_site *site, bool *linked, struct tmd_error *err)
{
	struct conf_list list = { 0 };
	TMD_AUTO_FREE char *target = NULL;
	enum tmd_rc rc;

	if (tmd_view_resolve(site->ctx->view, ETC_ENVIRONMENT, &target, err))
		return TMD_FAILED;
	*linked = false;
	rc = list_systemd(site, TMD_ENV_ENVIRONMENT_D, "environment.d", &list, err);
	for (size_t i = 0; rc == TMD_OK && i < list.count && !*linked; i++) {
		TMD_AUTO_FREE char *real = NULL;

		rc = tmd_view_resolve(site->ctx->view, list.items[i].path, &real, err);
		*linked = rc == TMD_OK && strcmp(real, target) == 0;
	}
	release_list(&list);
	return rc;
}

/* ---- from variables to the one that matters ---- */

static void take_effect(const struct reading *reading, struct tmd_env_effect *out)
{
	const struct tmd_env_site *site = reading->site;
	const struct tmd_env_var *var = tmd_env_vars_entry(&reading->vars, site->name);

	tmd_env_effect_release(out);
	if (!var || (site->user && !reading->own))
		return;
	out->path = tmd_strdup(var->path);
	out->line = var->line;
	if (!var->value)
		return;
	if (!var->exported && !var->maybe_exported) {
		tmd_strv_addf(reading->problems, "line %zu of %s: %s is set but not exported",
			      var->line, var->path, site->name);
		return;
	}
	out->unknown = var->unknown;
	out->value = tmd_strdup(var->unknown ? "(cannot tell)" : var->value);
	if (var->unknown)
		tmd_strv_addf(reading->problems,
			      "line %zu of %s: what becomes of %s here cannot be told", var->line,
			      var->path, site->name);
}

static void note_strays(const struct reading *reading, struct tmd_strv *strays)
{
	for (size_t i = 0; i < reading->vars.count; i++) {
		const struct tmd_env_var *var = &reading->vars.items[i];
		const char *why = tmd_env_stray(reading->site->name, var->name);
		TMD_AUTO_FREE char *text = NULL;

		if (!why || !var->value)
			continue;
		text = tmd_format("%s (%s): %s line %zu", var->name, why, var->path, var->line);
		tmd_strv_add_once(strays, text);
	}
}

static enum tmd_rc read_way(struct reading *reading, enum tmd_env_target target,
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

static void add_names(const struct tmd_env_vars *vars, struct tmd_strv *names)
{
	for (size_t i = 0; i < vars->count; i++) {
		const struct tmd_env_var *var = &vars->items[i];

		if (var->value && (var->exported || var->maybe_exported))
			tmd_strv_add(names, var->name);
	}
}

enum tmd_rc tmd_env_names(struct tmd_env_site *site, enum tmd_env_target target,
			  struct tmd_strv *names, struct tmd_error *err)
{
	TMD_AUTO_STRV struct tmd_strv ignored = { 0 };
	struct reading reading;
	enum tmd_rc rc;

	begin_reading(&reading, site, &ignored);
	rc = read_way(&reading, target, err);
	if (rc == TMD_OK)
		add_names(&reading.vars, names);
	if (rc == TMD_OK && reading.vars.overflow)
		rc = tmd_fail(err, TMD_E_REFUSED, NULL, NULL, "%s sets more than %d variables",
			      tmd_env_target_name(target), TMD_ENV_VARS_MAX);
	end_reading(&reading);
	return rc;
}

static bool same_text(const struct tmd_env_effect *a, const struct tmd_env_effect *b)
{
	return tmd_str_equal(a->value, b->value);
}

/* systemd before 254 reads some files differently; what the two disagree on is unknown. */
static enum tmd_rc check_older_systemd(struct tmd_env_site *site, struct tmd_env_effect *out,
				       struct tmd_strv *problems, struct tmd_error *err)
{
	struct tmd_env_effect older = { 0 };
	TMD_AUTO_STRV struct tmd_strv repeated = { 0 };
	struct reading reading;
	enum tmd_rc rc;

	begin_reading(&reading, site, &repeated);
	rc = read_environment_d(&reading, true, err);
	if (rc == TMD_OK)
		take_effect(&reading, &older);
	if (rc == TMD_OK && !same_text(&older, out)) {
		tmd_strv_addf(problems,
			      "%s: a comment that ends in a backslash hides %s from systemd "
			      "before 254", out->path ? out->path : "environment.d", site->name);
		free(out->value);
		out->value = tmd_strdup("(cannot tell)");
		out->unknown = true;
	}
	tmd_env_effect_release(&older);
	end_reading(&reading);
	return rc;
}

/*
 * Where systemd reads /etc/environment too, a value counts only when both see the same.
 * That the file gives systemd nothing is no contradiction: environment.d has other files.
 */
static enum tmd_rc check_second_meaning(struct tmd_env_site *site, struct tmd_env_effect *out,
					struct tmd_strv *problems, struct tmd_error *err)
{
	struct tmd_env_effect other = { 0 };
	struct reading reading;
	enum tmd_rc rc;
	bool linked;

	if (tmd_env_site_linked(site, &linked, err))
		return TMD_FAILED;
	if (!linked)
		return TMD_OK;
	begin_reading(&reading, site, problems);
	rc = read_one(&reading, ETC_ENVIRONMENT, false, tmd_env_read_environment_d, err);
	if (rc == TMD_OK && reading.reader.envd.expands) {
		begin_again(&reading);
		rc = read_one(&reading, ETC_ENVIRONMENT, false, tmd_env_read_environment_d, err);
	}
	if (rc == TMD_OK)
		take_effect(&reading, &other);
	if (rc == TMD_OK && other.value && !same_text(&other, out)) {
		char *both = tmd_format("%s (pam_env), %s (systemd)",
					out->value ? out->value : "nothing", other.value);

		tmd_strv_addf(problems,
			      "line %zu of " ETC_ENVIRONMENT
			      ": read differently by pam_env and systemd: %s", other.line, both);
		free(out->value);
		out->value = both;
		out->unknown = true;
		if (!out->path) {
			out->path = other.path;
			out->line = other.line;
			other.path = NULL;
		}
	}
	tmd_env_effect_release(&other);
	end_reading(&reading);
	return rc;
}

enum tmd_rc tmd_env_effective(struct tmd_env_site *site, enum tmd_env_target target,
			      struct tmd_env_effect *out, struct tmd_strv *problems,
			      struct tmd_strv *strays, struct tmd_error *err)
{
	struct reading reading;
	bool comment_splits;
	enum tmd_rc rc;

	begin_reading(&reading, site, problems);
	rc = read_way(&reading, target, err);
	if (rc == TMD_OK) {
		take_effect(&reading, out);
		note_strays(&reading, strays);
	}
	comment_splits = reading.reader.envd.comment_splits;
	end_reading(&reading);
	if (rc == TMD_OK && target == TMD_ENV_ENVIRONMENT_D && comment_splits)
		rc = check_older_systemd(site, out, problems, err);
	if (rc == TMD_OK && target == TMD_ENV_ETC_ENVIRONMENT)
		rc = check_second_meaning(site, out, problems, err);
	return rc;
}
