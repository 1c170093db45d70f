/* What is asked: PAM, login shells and systemd's generators of environments. */
#include "resources/env/unix/questions.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "resources/env/unix/trace.h"

#define BASIC_PATH "PATH=/usr/local/bin:/usr/bin:/bin"

struct questions {
	const struct tmd_env_site *site;
	struct tmd_fs *fs;
	struct tmd_observer *observer;
	const struct tmd_env_people *people;
	struct tmd_env_asked *asked;
};

static struct tmd_env_login *add_login(struct questions *q, const char *program,
				       const struct tmd_user *user)
{
	struct tmd_env_asked *asked = q->asked;
	struct tmd_env_login *login;

	asked->items = tmd_grow(asked->items, &asked->cap, asked->count + 1, sizeof(*login));
	login = &asked->items[asked->count++];
	memset(login, 0, sizeof(*login));
	login->program = tmd_strdup(program);
	login->user = tmd_strdup(user->name);
	return login;
}

static void add_basics(const struct tmd_user *user, const char *shell, struct tmd_strv *out)
{
	tmd_strv_addf(out, "HOME=%s", user->home);
	tmd_strv_addf(out, "USER=%s", user->name);
	tmd_strv_addf(out, "LOGNAME=%s", user->name);
	tmd_strv_addf(out, "SHELL=%s", shell);
	tmd_strv_add(out, BASIC_PATH);
}

/* A list that ends in NULL; borrows the items. */
static const char **as_vector(const struct tmd_strv *list)
{
	const char **vector = tmd_alloc(list->count + 1, sizeof(*vector));

	for (size_t i = 0; i < list->count; i++)
		vector[i] = list->items[i];
	return vector;
}

static const char *find_runuser(const struct tmd_env_site *site)
{
	static const char *const places[] = { "/usr/sbin/runuser", "/sbin/runuser",
					      "/usr/bin/runuser" };

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		if (tmd_env_site_exists(site, places[i]))
			return places[i];
	}
	return NULL;
}

/* Why PAM cannot be asked, as a constant; NULL: it can. */
static const char *pam_obstacle(const struct questions *q, const char *runuser)
{
	TMD_AUTO_FREE char *culprit = NULL;
	struct tmd_error ignored = { 0 };

	if (!runuser)
		return "there is no runuser to ask PAM with";
	if (!tmd_user_is_admin())
		return "only root can ask PAM";
	if (tmd_fs_changeable_by_others(q->fs, runuser, TMD_KEEP, &culprit,
					&ignored) || culprit)
		return "others than root can change runuser";
	return NULL;
}

static enum tmd_rc ask_pam(struct questions *q, struct tmd_error *err)
{
	const char *runuser = find_runuser(q->site);
	const char *obstacle = pam_obstacle(q, runuser);
	static const char *const environment[] = { BASIC_PATH, NULL };
	struct tmd_user root = { .name = (char[]){ "root" }, .home = (char[]){ "/" } };

	if (!tmd_env_site_exists(q->site, "/etc/pam.d"))
		return TMD_OK;
	if (obstacle) {
		q->asked->why = tmd_strdup(obstacle);
		return TMD_OK;
	}
	for (size_t i = 0; i < q->people->count; i++) {
		const char *const argv[] = { "runuser", "-l", "-s", TMD_OBSERVE_REPORTER, "-c",
					     TMD_OBSERVE_TOKEN, q->people->items[i].name, NULL };
		const struct tmd_question question = {
			.user = &root, .program = runuser, .argv = argv,
			.environment = environment, .privileged = true
		};

		struct tmd_env_login *login = add_login(q, "PAM", &q->people->items[i]);

		if (tmd_observer_ask(q->observer, &question, &login->answer, err))
			return TMD_FAILED;
	}
	return TMD_OK;
}

static void add_plain(void *arg, const struct tmd_env_text *text, size_t line, const char *name,
		      const char *content)
{
	TMD_AUTO_BUF struct tmd_buf one = { 0 };
	struct tmd_env_line at = { 0 };
	TMD_AUTO_FREE char *value = NULL;

	(void)line;
	tmd_buf_add_str(&one, content);
	if (text->kind == TMD_ENV_DATA && tmd_env_next_line(&one, &at) &&
	    tmd_env_line_says(&one, &at, name, text->kind, &value) == TMD_ENV_SAYS_VALUE)
		tmd_strv_addf(arg, "%s=%s", name, value);
}

/* What a login shell is started with: what PAM gave, or else what its files plainly say. */
static enum tmd_rc begin_login(struct questions *q, const struct tmd_env_asked *pam,
			       const struct tmd_user *user, const char *shell,
			       struct tmd_strv *out, struct tmd_error *err)
{
	TMD_AUTO_ENV_TEXTS struct tmd_env_texts texts = { 0 };

	for (size_t i = 0; i < pam->count; i++) {
		const struct tmd_env_login *login = &pam->items[i];

		if (strcmp(login->user, user->name) != 0 || login->answer.kind != TMD_OBSERVED)
			continue;
		for (size_t k = 0; k < login->answer.environment.count; k++) {
			if (!tmd_str_starts(login->answer.environment.items[k], "SHELL="))
				tmd_strv_add(out, login->answer.environment.items[k]);
		}
		tmd_strv_addf(out, "SHELL=%s", shell);
		return TMD_OK;
	}
	add_basics(user, shell, out);
	if (tmd_env_texts_find(q->site, TMD_ENV_ETC_ENVIRONMENT, &texts, NULL, err))
		return TMD_FAILED;
	return tmd_env_texts_scan(q->site, &texts, NULL, add_plain, out, err);
}

/* Fish and csh know no backslash there; zsh need not export where it looks for files. */
#define ZDOTDIR "TRUSTMEND_ZDOTDIR="

static const char *last_words(const char *shell)
{
	if (strcmp(shell, "zsh") == 0)
		return ZDOTDIR "${ZDOTDIR-} \\exec " TMD_OBSERVE_REPORT;
	if (strcmp(shell, "fish") == 0 || tmd_str_ends(shell, "csh"))
		return "exec " TMD_OBSERVE_REPORT;
	return "\\exec " TMD_OBSERVE_REPORT;
}

static void take_zdotdir(struct tmd_env_login *login)
{
	struct tmd_strv *environment = &login->answer.environment;

	for (size_t i = 0; i < environment->count; i++) {
		if (!tmd_str_starts(environment->items[i], ZDOTDIR))
			continue;
		login->zdotdir = tmd_strdup(environment->items[i] + strlen(ZDOTDIR));
		tmd_strv_remove(environment, i);
		break;
	}
}

static enum tmd_rc ask_shell(struct questions *q, const struct tmd_env_asked *pam,
			     const struct tmd_user *user, const char *shell, struct tmd_error *err)
{
	const char *name = tmd_path_base(shell);
	bool traces = strcmp(name, "bash") == 0;
	TMD_AUTO_FREE char *called = tmd_format("-%s", name);
	const char *argv[] = { called, traces ? "-xc" : "-c", last_words(name), NULL };
	TMD_AUTO_STRV struct tmd_strv environment = { 0 };
	TMD_AUTO_FREE const char **vector = NULL;
	struct tmd_question question = { .user = user, .program = shell, .argv = argv };
	struct tmd_env_login *login;

	if (begin_login(q, pam, user, shell, &environment, err))
		return TMD_FAILED;
	if (traces)
		tmd_strv_add(&environment, TMD_ENV_TRACE_PROMPT);
	vector = as_vector(&environment);
	question.environment = vector;
	login = add_login(q, name, user);
	if (tmd_observer_ask(q->observer, &question, &login->answer, err))
		return TMD_FAILED;
	if (traces)
		tmd_env_trace_clear(&login->answer);
	take_zdotdir(login);
	return TMD_OK;
}

static enum tmd_rc ask_shells(struct questions *q, const struct tmd_env_asked *pam,
			      struct tmd_error *err)
{
	for (size_t i = 0; i < q->people->shells.count; i++) {
		for (size_t k = 0; k < q->people->count; k++) {
			if (ask_shell(q, pam, &q->people->items[k], q->people->shells.items[i], err))
				return TMD_FAILED;
		}
	}
	return TMD_OK;
}

/* ---- systemd's generators of environments ---- */

/* Of "NAME=value" in the list that of the same name is replaced. */
static void put_variable(struct tmd_strv *environment, char *line)
{
	size_t len = strcspn(line, "=") + 1;

	for (size_t i = 0; i < environment->count; i++) {
		if (strncmp(environment->items[i], line, len) == 0) {
			tmd_strv_remove(environment, i);
			break;
		}
	}
	tmd_strv_add(environment, line);
}

/* The value of a line as the manager reads it: in quotes a backslash hides only what is special. */
static char *read_line(const char *at, size_t len)
{
	TMD_AUTO_BUF struct tmd_buf out = { 0 };
	const char *end = at + len;
	bool quoted = false;

	for (; at < end; at++) {
		if (*at == '"')
			quoted = !quoted;
		else if (quoted && *at == '\\' && at + 1 < end && strchr("\"\\`$", at[1]))
			tmd_buf_add_char(&out, *++at);
		else
			tmd_buf_add_char(&out, *at);
	}
	return tmd_buf_steal(&out);
}

static void take_generated(const struct tmd_answer *answer, struct tmd_strv *environment)
{
	const char *at = tmd_buf_str(&answer->output);

	while (*at) {
		size_t len = strcspn(at, "\n");
		TMD_AUTO_FREE char *line = read_line(at, len);

		if (line && strchr(line, '='))
			put_variable(environment, line);
		at += len + (at[len] == '\n');
	}
}

/* One that fails is passed over by systemd, and what it said does not count. */
static enum tmd_rc ask_generator(struct questions *q, const char *path,
				 struct tmd_strv *environment, struct tmd_error *err)
{
	TMD_AUTO_ANSWER struct tmd_answer answer = { 0 };
	TMD_AUTO_FREE const char **vector = as_vector(environment);
	const char *const argv[] = { path, NULL };
	const struct tmd_question question = { .user = &q->people->items[0], .program = path,
					       .argv = argv, .environment = vector };

	if (tmd_observer_ask(q->observer, &question, &answer, err))
		return TMD_FAILED;
	if (answer.kind == TMD_OBSERVED_DEATH && !answer.status)
		take_generated(&answer, environment);
	else if (answer.kind != TMD_OBSERVED_DEATH && !q->asked->why)
		q->asked->why = tmd_format("%s: %s", path, answer.why);
	return TMD_OK;
}

/* By their names, each from the first directory that has it. */
static enum tmd_rc find_generators(const struct tmd_env_site *site, struct tmd_strv *paths,
				   struct tmd_error *err)
{
	static const char *const bases[] = { "/run", "/etc", "/usr/local/lib", "/usr/lib" };
	TMD_AUTO_STRV struct tmd_strv names = { 0 };

	for (size_t i = 0; i < sizeof(bases) / sizeof(*bases); i++) {
		TMD_AUTO_FREE char *dir =
			tmd_path_join(bases[i], "systemd/user-environment-generators");
		TMD_AUTO_STRV struct tmd_strv here = { 0 };

		if (tmd_view_list(site->files->view, dir, &here, err))
			return TMD_FAILED;
		for (size_t k = 0; k < here.count; k++) {
			if (tmd_strv_has(&names, here.items[k]))
				continue;
			tmd_strv_add(&names, here.items[k]);
			tmd_strv_addf(paths, "%s/%s", dir, here.items[k]);
		}
	}
	return TMD_OK;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(tmd_path_base(*(char *const *)a), tmd_path_base(*(char *const *)b));
}

static enum tmd_rc ask_generators(struct questions *q, struct tmd_error *err)
{
	const struct tmd_user *user = &q->people->items[0];
	TMD_AUTO_STRV struct tmd_strv environment = { 0 };
	TMD_AUTO_STRV struct tmd_strv paths = { 0 };
	struct tmd_answer *answer;

	if (find_generators(q->site, &paths, err))
		return TMD_FAILED;
	if (!paths.count)
		return TMD_OK;
	qsort(paths.items, paths.count, sizeof(*paths.items), compare_names);
	add_basics(user, "/bin/sh", &environment);
	for (size_t i = 0; i < paths.count; i++) {
		if (ask_generator(q, paths.items[i], &environment, err))
			return TMD_FAILED;
	}
	if (q->asked->why)
		return TMD_OK;
	answer = &add_login(q, "systemd", user)->answer;
	answer->kind = TMD_OBSERVED;
	tmd_strv_copy(&answer->environment, &environment);
	return TMD_OK;
}

enum tmd_rc tmd_env_put_questions(const struct tmd_env_site *site, struct tmd_fs *fs,
				  struct tmd_observer *observer,
				  const struct tmd_env_people *people, enum tmd_env_target target,
				  const struct tmd_env_asked *pam, struct tmd_env_asked *asked,
				  struct tmd_error *err)
{
	struct questions q = { site, fs, observer, people, asked };

	switch (target) {
	case TMD_ENV_ETC_ENVIRONMENT:
		return ask_pam(&q, err);
	case TMD_ENV_PROFILE_D:
		return ask_shells(&q, pam, err);
	case TMD_ENV_ENVIRONMENT_D:
		return ask_generators(&q, err);
	case TMD_ENV_SYSTEMD:
	case TMD_ENV_TARGETS:
		break;
	}
	return TMD_OK;
}
