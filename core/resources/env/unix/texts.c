/* Which files each way of starting a program reads, in which order, and what they say. */
#include "resources/env/unix/texts.h"

#include "resources/env/unix/asked.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"

#define LOCALE "/etc/default/locale"
#define PAM_ENV_CONF "/etc/security/pam_env.conf"

void tmd_env_effect_release(struct tmd_env_effect *effect)
{
	free(effect->value);
	free(effect->path);
	memset(effect, 0, sizeof(*effect));
}

void tmd_env_texts_release(struct tmd_env_texts *texts)
{
	for (size_t i = 0; i < texts->count; i++) {
		free(texts->items[i].path);
		free(texts->items[i].known);
	}
	free(texts->items);
	memset(texts, 0, sizeof(*texts));
}

static void add_text(struct tmd_env_texts *texts, const char *path, enum tmd_env_kind kind)
{
	texts->items = tmd_grow(texts->items, &texts->cap, texts->count + 1, sizeof(*texts->items));
	texts->items[texts->count++] = (struct tmd_env_text){
		.path = tmd_strdup(path), .known = tmd_strdup(path), .kind = kind
	};
}

/* ---- PAM ---- */

/* Does a line that is not a comment say so? */
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

/* Debian's stacks run pam_env a second time, with the file of locale settings. */
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

/* Each run begins with pam_env.conf, which therefore beats /etc/environment where there are two. */
static enum tmd_rc find_pam(const struct tmd_env_site *site, struct tmd_env_texts *texts,
			    struct tmd_error *err)
{
	bool twice;

	add_text(texts, PAM_ENV_CONF, TMD_ENV_FOREIGN);
	add_text(texts, TMD_ENV_MACHINE_FILE, TMD_ENV_DATA);
	if (runs_twice(site, &twice, err))
		return TMD_FAILED;
	if (twice) {
		add_text(texts, PAM_ENV_CONF, TMD_ENV_FOREIGN);
		add_text(texts, LOCALE, TMD_ENV_DATA);
	}
	return TMD_OK;
}

/* ---- files in directories ---- */

static void add_conf(struct tmd_env_texts *texts, const struct tmd_env_conf *conf,
		     enum tmd_env_kind kind)
{
	struct tmd_env_text *text;

	add_text(texts, conf->path, kind);
	text = &texts->items[texts->count - 1];
	free(text->known);
	text->known = tmd_strdup(conf->known);
	text->of_user = conf->of_user;
}

static bool everyone_reads(const struct tmd_env_site *site, const struct tmd_env_conf *conf,
			   struct tmd_strv *problems)
{
	const char *why = conf->of_user ? NULL : tmd_env_site_obstacle(site, conf->path);

	if (why && tmd_env_site_exists(site, conf->path))
		tmd_strv_add_once(problems, why);
	return !why;
}

static enum tmd_rc find_data(const struct tmd_env_site *site, struct tmd_env_texts *texts,
			     struct tmd_strv *problems, struct tmd_error *err)
{
	const struct tmd_env_confs *confs;

	if (tmd_env_site_list(site, TMD_ENV_ENVIRONMENT_D, &confs, err))
		return TMD_FAILED;
	for (size_t i = 0; i < confs->count; i++) {
		if (everyone_reads(site, &confs->items[i], problems))
			add_conf(texts, &confs->items[i], TMD_ENV_DATA);
	}
	return TMD_OK;
}

/* ---- shells ---- */

/* Whether it is read before ours, whatever the order of letters in the user's language. */
static bool is_before(const char *path, const char *own)
{
	const char *name = tmd_path_base(path);

	return strcmp(name, tmd_path_base(own)) < 0 && strcasecmp(name, tmd_path_base(own)) < 0;
}

/* `before`: the scripts that are certainly read before ours; else all others, and ours first. */
static void add_scripts(const struct tmd_env_site *site, const struct tmd_env_confs *confs,
			const char *own, bool before, struct tmd_env_texts *texts,
			struct tmd_strv *problems)
{
	for (size_t i = 0; i < confs->count; i++) {
		const struct tmd_env_conf *conf = &confs->items[i];
		bool ours = strcmp(conf->path, own) == 0;

		if (!ours && is_before(conf->path, own) == before &&
		    everyone_reads(site, conf, problems))
			add_conf(texts, conf, TMD_ENV_FOREIGN);
	}
}

static enum tmd_rc find_machine_scripts(const struct tmd_env_site *site,
					struct tmd_env_texts *texts, struct tmd_strv *problems,
					struct tmd_error *err)
{
	static const char *const others[] = {
		"/etc/profile", "/etc/profile.d/sh.local", "/etc/bash.bashrc", "/etc/bashrc",
		"/etc/zshenv", "/etc/zprofile", "/etc/zsh/zshenv", "/etc/zsh/zprofile",
		"/etc/zsh/zlogin",
	};
	TMD_AUTO_FREE char *own = tmd_env_own_path(site, TMD_ENV_PROFILE_D);
	const struct tmd_env_confs *confs;

	if (tmd_env_site_list(site, TMD_ENV_PROFILE_D, &confs, err))
		return TMD_FAILED;
	add_scripts(site, confs, own, true, texts, problems);
	for (size_t i = 0; i < confs->count; i++) {
		if (strcmp(confs->items[i].path, own) == 0 &&
		    everyone_reads(site, &confs->items[i], problems))
			add_conf(texts, &confs->items[i], TMD_ENV_SCRIPT);
	}
	add_scripts(site, confs, own, false, texts, problems);
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		add_text(texts, others[i], TMD_ENV_FOREIGN);
	return TMD_OK;
}

enum tmd_rc tmd_env_user_file(const struct tmd_env_site *site, struct tmd_env_login_file *file,
			      struct tmd_error *err)
{
	const struct tmd_env_asked *asked;
	const struct tmd_env_login *login = NULL;
	TMD_AUTO_STRV struct tmd_strv environment = { 0 };

	if (tmd_env_ask(site, TMD_ENV_PROFILE_D, &asked, err))
		return TMD_FAILED;
	for (size_t i = 0; i < asked->count && !login; i++) {
		if (asked->items[i].answer.kind == TMD_OBSERVED)
			login = &asked->items[i];
	}
	if (!login)
		return tmd_env_find_login_file(site, NULL, file, err);
	tmd_strv_copy(&environment, &login->answer.environment);
	if (login->zdotdir)
		tmd_strv_addf(&environment, "ZDOTDIR=%s", login->zdotdir);
	return tmd_env_find_login_file(site, &environment, file, err);
}

/* Somebody who cannot be given a variable may have one all the same. */
static enum tmd_rc find_user_scripts(const struct tmd_env_site *site, struct tmd_env_texts *texts,
				     struct tmd_error *err)
{
	TMD_CLEANUP(tmd_env_login_file_release) struct tmd_env_login_file file = { 0 };
	TMD_AUTO_STRV struct tmd_strv spares = { 0 };
	struct tmd_error why = { 0 };

	if (tmd_env_user_file(site, &file, &why)) {
		*err = why;
		return why.kind == TMD_E_UNSUPPORTED ? TMD_OK : TMD_FAILED;
	}
	tmd_env_add_login_spares(site, &file, &spares);
	for (size_t i = 0; i < spares.count; i++) {
		add_text(texts, spares.items[i], TMD_ENV_FOREIGN);
		texts->items[texts->count - 1].of_user = true;
	}
	add_text(texts, file.path, TMD_ENV_SCRIPT);
	texts->items[texts->count - 1].syntax = file.syntax;
	texts->items[texts->count - 1].of_user = true;
	return TMD_OK;
}

enum tmd_rc tmd_env_texts_find(const struct tmd_env_site *site, enum tmd_env_target target,
			       struct tmd_env_texts *texts, struct tmd_strv *problems,
			       struct tmd_error *err)
{
	switch (target) {
	case TMD_ENV_ETC_ENVIRONMENT:
		return find_pam(site, texts, err);
	case TMD_ENV_PROFILE_D:
		if (!site->user)
			return find_machine_scripts(site, texts, problems, err);
		return find_user_scripts(site, texts, err);
	case TMD_ENV_ENVIRONMENT_D:
		return find_data(site, texts, problems, err);
	case TMD_ENV_SYSTEMD:
	case TMD_ENV_TARGETS:
		break;
	}
	return TMD_OK;
}

/* ---- what they say ---- */

static bool is_lasting(const struct tmd_buf *text, const struct tmd_env_line *line)
{
	TMD_AUTO_FREE char *copy =
		tmd_strndup(text->data + line->start, line->end - line->start);

	return strstr(copy, "readonly") || strstr(copy, " -r") || strstr(copy, " -gr");
}

static void take(const struct tmd_env_text *text, size_t line, char *value,
		 struct tmd_env_effect *out)
{
	tmd_env_effect_release(out);
	out->unknown = !value;
	out->value = value ? value : tmd_strdup(TMD_ENV_CANNOT_TELL);
	out->path = tmd_strdup(text->known);
	out->line = line;
}

static void read_script(const struct tmd_env_text *text, const struct tmd_buf *content,
			const char *name, struct tmd_env_effect *out, bool *own)
{
	const struct tmd_env_script script = { text->syntax, name };
	TMD_CLEANUP(tmd_env_setting_release) struct tmd_env_setting setting = { 0 };

	tmd_env_find_setting(&script, content, &setting);
	if (setting.otherwise > setting.line)
		take(text, setting.otherwise, NULL, out);
	else if (setting.value)
		take(text, setting.line, tmd_strdup(setting.value), out);
	else
		return;
	*own = *own || text->of_user;
}

/* False: what comes later makes no difference. `*own`: a line of the user's own is among them. */
static bool read_text(const struct tmd_env_text *text, const struct tmd_buf *content,
		      const char *name, struct tmd_env_effect *out, bool *own)
{
	struct tmd_env_line line = { 0 };

	if (text->kind == TMD_ENV_SCRIPT)
		read_script(text, content, name, out, own);
	while (text->kind != TMD_ENV_SCRIPT && tmd_env_next_line(content, &line)) {
		char *value = NULL;

		if (tmd_env_line_says(content, &line, name, text->kind, &value) ==
		    TMD_ENV_SAYS_NOTHING)
			continue;
		take(text, line.number, value, out);
		*own = *own || text->of_user;
		if (text->kind == TMD_ENV_FOREIGN && is_lasting(content, &line))
			return false;
	}
	return true;
}

enum tmd_rc tmd_env_texts_effect(const struct tmd_env_site *site,
				 const struct tmd_env_texts *texts, struct tmd_env_effect *out,
				 struct tmd_error *err)
{
	bool own = false;

	tmd_env_effect_release(out);
	for (size_t i = 0; i < texts->count; i++) {
		const struct tmd_env_text *text = &texts->items[i];
		const struct tmd_buf *content;

		if (tmd_env_site_read(site, text->path, &content, err))
			return TMD_FAILED;
		if (content && !read_text(text, content, site->name, out, &own))
			break;
	}
	if (site->user && !own)
		tmd_env_effect_release(out);
	return TMD_OK;
}

static void scan_text(const struct tmd_env_text *text, const struct tmd_buf *content,
		      const char *name, tmd_env_text_fn *found, void *arg)
{
	struct tmd_env_line line = { 0 };

	while (tmd_env_next_line(content, &line)) {
		TMD_AUTO_FREE char *set = name ? NULL : tmd_env_line_name(content, &line);
		TMD_AUTO_FREE char *value = NULL;
		TMD_AUTO_FREE char *copy = NULL;

		if (name ? !tmd_env_line_says(content, &line, name, text->kind, &value) : !set)
			continue;
		copy = tmd_strndup(content->data + line.start, line.end - line.start);
		found(arg, text, line.number, name ? name : set, copy);
	}
}

enum tmd_rc tmd_env_texts_scan(const struct tmd_env_site *site, const struct tmd_env_texts *texts,
			       const char *name, tmd_env_text_fn *found, void *arg,
			       struct tmd_error *err)
{
	for (size_t i = 0; i < texts->count; i++) {
		const struct tmd_buf *content;

		if (tmd_env_site_read(site, texts->items[i].path, &content, err))
			return TMD_FAILED;
		if (content)
			scan_text(&texts->items[i], content, name, found, arg);
	}
	return TMD_OK;
}
