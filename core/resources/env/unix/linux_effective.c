/* From what is observed, or what files say, to the one variable that matters. */
#include "resources/env/unix/linux_effective.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "resources/env/strays.h"
#include "resources/env/unix/readers.h"

/* ---- strays ---- */

struct stray_search {
	const struct tmd_env_site *site;
	const struct tmd_env_asked *asked; /* NULL: nobody answered */
	struct tmd_strv *strays;
};

static bool is_there(const struct tmd_env_asked *asked, const char *name)
{
	for (size_t i = 0; i < asked->count; i++) {
		if (tmd_answer_value(&asked->items[i].answer, name))
			return true;
	}
	return false;
}

static void add_stray(const struct stray_search *search, const char *name, const char *path,
		      size_t line)
{
	const struct tmd_user *user = search->site->user;
	const char *why = tmd_env_stray(search->site->name, name);
	TMD_AUTO_FREE char *removal = NULL;
	TMD_AUTO_FREE char *text = NULL;

	if (!why || (search->asked && !is_there(search->asked, name)))
		return;
	removal = tmd_env_stray_removal(name, user ? user->name : NULL);
	text = tmd_format("%s (%s): %s line %zu; %s", name, why, path, line, removal);
	tmd_strv_add_once(search->strays, text);
}

static void look_for_stray(void *arg, const struct tmd_env_text *text, size_t line,
			   const char *name, const char *content)
{
	const struct stray_search *search = arg;

	(void)content;
	if (!search->site->user || text->of_user)
		add_stray(search, name, text->known, line);
}

/* ---- systemd ---- */

static bool matters(const char *watch, const char *other)
{
	return strcmp(watch, other) == 0 || tmd_env_stray(watch, other);
}

struct manager {
	const struct tmd_env_site *site;
	struct tmd_env_vars vars;
	struct tmd_env_reader reader;
	struct tmd_strv *problems;
	bool own; /* a file of the user sets the variable */
};

static void begin_manager(struct manager *manager, const struct tmd_env_site *site,
			  struct tmd_strv *problems)
{
	memset(manager, 0, sizeof(*manager));
	manager->site = site;
	manager->problems = problems;
	manager->reader.vars = &manager->vars;
	manager->vars.keeps = site->name ? matters : NULL;
	manager->vars.watch = site->name;
}

static void end_manager(struct manager *manager)
{
	tmd_env_vars_release(&manager->vars);
}

static enum tmd_rc read_manager_file(struct manager *manager, const char *path, bool of_user,
				     struct tmd_error *err)
{
	const struct tmd_env_site *site = manager->site;
	const struct tmd_env_var *var;
	const struct tmd_buf *text;

	if (tmd_env_site_read(site, path, &text, err))
		return TMD_FAILED;
	if (!text)
		return TMD_OK;
	manager->reader.path = path;
	/* A user's setting is not explained by the faults of the machine's files. */
	manager->reader.problems = site->user && !of_user ? NULL : manager->problems;
	tmd_env_read_manager_conf(&manager->reader, tmd_buf_str(text), text->len);
	var = site->name ? tmd_env_vars_find(&manager->vars, site->name) : NULL;
	manager->own = manager->own || (of_user && var && strcmp(var->path, path) == 0);
	return TMD_OK;
}

/* Of a user's files the first that exists is the main one. */
static enum tmd_rc read_main_conf(struct manager *manager, struct tmd_error *err)
{
	const struct tmd_user *user = manager->site->user;
	TMD_AUTO_FREE char *own = NULL;

	if (!user)
		return read_manager_file(manager, "/etc/systemd/system.conf", false, err);
	own = tmd_path_join(user->home, ".config/systemd/user.conf");
	if (tmd_env_site_exists(manager->site, own))
		return read_manager_file(manager, own, true, err);
	return read_manager_file(manager, "/etc/systemd/user.conf", false, err);
}

static enum tmd_rc read_manager(struct manager *manager, struct tmd_error *err)
{
	const struct tmd_env_confs *confs;

	if (read_main_conf(manager, err) ||
	    tmd_env_site_list(manager->site, TMD_ENV_SYSTEMD, &confs, err))
		return TMD_FAILED;
	for (size_t i = 0; i < confs->count && manager->reader.end == TMD_ENV_READS_ON; i++) {
		if (read_manager_file(manager, confs->items[i].path, confs->items[i].of_user, err))
			return TMD_FAILED;
	}
	return TMD_OK;
}

static enum tmd_rc manager_effect(const struct tmd_env_site *site, struct tmd_env_effect *out,
				  struct tmd_strv *problems, struct tmd_strv *strays,
				  struct tmd_error *err)
{
	TMD_CLEANUP(end_manager) struct manager manager;
	const struct tmd_env_var *var;

	begin_manager(&manager, site, problems);
	if (read_manager(&manager, err))
		return TMD_FAILED;
	for (size_t i = 0; i < manager.vars.count; i++) {
		const struct stray_search search = { site, NULL, strays };

		var = &manager.vars.items[i];
		if (var->value)
			add_stray(&search, var->name, var->path, var->line);
	}
	var = tmd_env_vars_entry(&manager.vars, site->name);
	if (!var || (site->user && !manager.own))
		return TMD_OK;
	out->path = tmd_strdup(var->path);
	out->line = var->line;
	out->unknown = var->value && var->unknown;
	out->value = tmd_strdup(out->unknown ? TMD_ENV_CANNOT_TELL : var->value);
	return TMD_OK;
}

/* ---- texts ---- */

/* PAM keeps control characters; what systemd makes of them is to be asked. */
static void doubt_control(struct tmd_env_effect *effect)
{
	bool found = false;

	for (const char *at = effect->value; at && *at; at++)
		found = found || (unsigned char)*at < ' ';
	if (!found)
		return;
	free(effect->value);
	effect->value = tmd_strdup(TMD_ENV_CANNOT_TELL);
	effect->unknown = true;
}

/* A login shell begins with what PAM gives. */
static enum tmd_rc told_effect(const struct tmd_env_site *site, enum tmd_env_target target,
			       const struct tmd_env_texts *texts, struct tmd_env_effect *out,
			       struct tmd_error *err)
{
	TMD_AUTO_STRV struct tmd_strv ignored = { 0 };

	if (tmd_env_texts_effect(site, texts, out, err))
		return TMD_FAILED;
	if (target == TMD_ENV_ENVIRONMENT_D)
		doubt_control(out);
	if (out->value || target != TMD_ENV_PROFILE_D || site->user)
		return TMD_OK;
	return tmd_env_effective(site, TMD_ENV_ETC_ENVIRONMENT, out, &ignored, &ignored, err);
}

static void note_unobserved(enum tmd_env_target target, const struct tmd_env_asked *asked,
			    struct tmd_strv *problems)
{
	const char *why = asked->why;

	for (size_t i = 0; i < asked->count && !why; i++)
		why = asked->items[i].answer.why ? asked->items[i].answer.why :
						   asked->items[i].answer.said;
	if (why)
		tmd_strv_addf(problems, "%s: not observed: %s", tmd_env_target_name(target), why);
}

static void note_unknown(const struct tmd_env_site *site, const struct tmd_env_effect *effect,
			 struct tmd_strv *problems)
{
	if (effect->unknown && effect->path)
		tmd_strv_addf(problems, "line %zu of %s: what becomes of %s here cannot be told",
			      effect->line, effect->path, site->name);
}

/* "NAME =x" is a variable for systemd, and none for PAM. */
static void note_blank(void *arg, const struct tmd_env_text *text, size_t line, const char *name,
		       const char *content)
{
	const char *at = strstr(content, name) + strlen(name);

	if (text->kind == TMD_ENV_DATA && (*at == ' ' || *at == '\t') &&
	    at[strspn(at, " \t")] == '=')
		tmd_strv_addf(arg, "line %zu of %s: pam_env passes over %s for the blank before its "
			      "'=': remove the blank", line, text->known, name);
}

/* ---- /etc/environment, where systemd reads it too ---- */

static enum tmd_rc machine_file_effect(const struct tmd_env_site *site, struct tmd_env_effect *out,
				       struct tmd_error *err)
{
	char path[] = TMD_ENV_MACHINE_FILE;
	struct tmd_env_text text = { .path = path, .known = path, .kind = TMD_ENV_DATA };
	const struct tmd_env_texts texts = { &text, 1, 1 };

	return tmd_env_texts_effect(site, &texts, out, err);
}

/* A line that is not plain is one value for PAM, and may be another one for systemd. */
static enum tmd_rc check_second_meaning(const struct tmd_env_site *site,
					struct tmd_env_effect *out, struct tmd_strv *problems,
					struct tmd_error *err)
{
	TMD_CLEANUP(tmd_env_effect_release) struct tmd_env_effect told = { 0 };
	const struct tmd_env_asked *asked;
	const char *other;
	bool linked;

	if (tmd_env_site_linked(site, &linked, err) || machine_file_effect(site, &told, err))
		return TMD_FAILED;
	if (!linked || !told.unknown)
		return TMD_OK;
	if (tmd_env_ask(site, TMD_ENV_ENVIRONMENT_D, &asked, err))
		return TMD_FAILED;
	if (!tmd_env_is_answered(asked))
		return TMD_OK;
	other = tmd_answer_value(&asked->items[0].answer, site->name);
	if (!other || tmd_str_equal(other, out->value))
		return TMD_OK;
	tmd_strv_addf(problems, "line %zu of %s: read differently by pam_env and systemd: %s, %s",
		      told.line, told.path, out->value ? out->value : "nothing", other);
	tmd_env_effect_release(out);
	*out = told;
	memset(&told, 0, sizeof(told));
	return TMD_OK;
}

/* A login that hangs or dies is an answer, too; that PAM could not be asked is not. */
static bool is_telling(const struct tmd_env_asked *asked, enum tmd_env_target target)
{
	bool telling = false;

	for (size_t i = 0; i < asked->count; i++)
		telling = telling || asked->items[i].answer.kind == TMD_OBSERVED_TIMEOUT ||
			  (asked->items[i].answer.kind == TMD_OBSERVED_DEATH &&
			   target == TMD_ENV_PROFILE_D);
	return telling || tmd_env_is_answered(asked);
}

enum tmd_rc tmd_env_effective(const struct tmd_env_site *site, enum tmd_env_target target,
			      struct tmd_env_effect *out, struct tmd_strv *problems,
			      struct tmd_strv *strays, struct tmd_error *err)
{
	TMD_AUTO_ENV_TEXTS struct tmd_env_texts texts = { 0 };
	const struct tmd_env_asked *asked;
	struct stray_search search = { site, NULL, strays };

	tmd_env_effect_release(out);
	if (target == TMD_ENV_SYSTEMD)
		return manager_effect(site, out, problems, strays, err);
	if (tmd_env_texts_find(site, target, &texts, problems, err) ||
	    tmd_env_ask(site, target, &asked, err))
		return TMD_FAILED;
	if (is_telling(asked, target)) {
		search.asked = tmd_env_is_answered(asked) ? asked : NULL;
		if (tmd_env_observed_effect(site, target, asked, &texts, out, problems, err))
			return TMD_FAILED;
	} else {
		note_unobserved(target, asked, problems);
		if (told_effect(site, target, &texts, out, err))
			return TMD_FAILED;
		note_unknown(site, out, problems);
	}
	if (tmd_env_texts_scan(site, &texts, NULL, look_for_stray, &search, err))
		return TMD_FAILED;
	if (target != TMD_ENV_ETC_ENVIRONMENT)
		return TMD_OK;
	return check_second_meaning(site, out, problems, err) ||
			       tmd_env_texts_scan(site, &texts, site->name, note_blank, problems,
						  err) ?
		       TMD_FAILED : TMD_OK;
}

/* ---- names ---- */

static enum tmd_rc manager_names(const struct tmd_env_site *site, struct tmd_strv *names,
				 struct tmd_error *err)
{
	TMD_CLEANUP(end_manager) struct manager manager;
	TMD_AUTO_STRV struct tmd_strv ignored = { 0 };

	begin_manager(&manager, site, &ignored);
	if (read_manager(&manager, err))
		return TMD_FAILED;
	for (size_t i = 0; i < manager.vars.count; i++) {
		if (manager.vars.items[i].value)
			tmd_strv_add(names, manager.vars.items[i].name);
	}
	return TMD_OK;
}

/* Of scripts the variables that they export: others are theirs alone. */
static void add_told_name(void *arg, const struct tmd_env_text *text, size_t line,
			  const char *name, const char *content)
{
	(void)line;
	if (text->kind == TMD_ENV_DATA ||
	    tmd_str_starts(content + strspn(content, " \t"), "export"))
		tmd_strv_add(arg, name);
}

static void add_observed_names(const struct tmd_answer *answer, struct tmd_strv *names)
{
	static const char *const logins[] = { "HOME", "USER", "LOGNAME", "SHELL", "PWD", "OLDPWD",
					      "SHLVL", "_",   "MAIL",    "TERM" };

	for (size_t i = 0; i < answer->environment.count; i++) {
		const char *item = answer->environment.items[i];
		TMD_AUTO_FREE char *name = tmd_strndup(item, strcspn(item, "="));
		bool skip = false;

		for (size_t k = 0; k < sizeof(logins) / sizeof(*logins); k++)
			skip = skip || strcmp(name, logins[k]) == 0;
		if (!skip)
			tmd_strv_add_once(names, name);
	}
}

enum tmd_rc tmd_env_names(const struct tmd_env_site *site, enum tmd_env_target target,
			  struct tmd_strv *names, struct tmd_error *err)
{
	TMD_AUTO_ENV_TEXTS struct tmd_env_texts texts = { 0 };
	TMD_AUTO_STRV struct tmd_strv ignored = { 0 };
	const struct tmd_env_asked *asked;

	if (target == TMD_ENV_SYSTEMD)
		return manager_names(site, names, err);
	if (tmd_env_texts_find(site, target, &texts, &ignored, err) ||
	    tmd_env_ask(site, target, &asked, err))
		return TMD_FAILED;
	for (size_t i = 0; i < asked->count; i++)
		add_observed_names(&asked->items[i].answer, names);
	if (!tmd_env_is_answered(asked) &&
	    tmd_env_texts_scan(site, &texts, NULL, add_told_name, names, err))
		return TMD_FAILED;
	if (names->count > TMD_ENV_VARS_MAX)
		return tmd_fail(err, TMD_E_REFUSED, NULL, NULL, "%s sets more than %d variables",
				tmd_env_target_name(target), TMD_ENV_VARS_MAX);
	return TMD_OK;
}
