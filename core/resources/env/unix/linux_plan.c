/*
 * What becomes of the files that set a variable. Those that people edit are changed in place, ours
 * are written whole; what would not make every program read the wish is refused.
 */
#include "resources/env/unix/linux_private.h"

#include <stdlib.h>
#include <string.h>

#include "base/display.h"
#include "base/mem.h"
#include "base/str.h"
#include "resources/env/ca_file.h"
#include "resources/env/env.h"
#include "resources/env/unix/edit.h"
#include "resources/env/unix/own_file.h"
#include "resources/env/unix/private_file.h"
#include "resources/env/unix/readers.h"

/* "export NAME=\"value\"" must fit into the line of an old pam_env. */
#define LINE_OVERHEAD 12

struct tmd_env_site tmd_env_site_of(struct tmd_ctx *ctx, const struct tmd_resource *r)
{
	const struct tmd_env_linux *priv = r->priv;

	return (struct tmd_env_site){
		.files = tmd_env_files(ctx),
		.name = r->name,
		.user = tmd_env_user_scope(r) ? &priv->user : NULL,
		.asking = tmd_env_observes(ctx, r) ? tmd_env_asking(ctx) : NULL,
	};
}

static enum tmd_rc check_value(const struct tmd_resource *r, const char *value,
			       struct tmd_error *err)
{
	const char *fault = tmd_env_value_fault(value);
	size_t limit = TMD_ENV_PAM_LINE_OLD - LINE_OVERHEAD - strlen(r->name);

	if (!*value)
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, "use state=absent to unset it",
				"env %s: the value is empty", r->name);
	if (fault)
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL,
				"choose a value, such as another path, without it",
				"env %s: the value %s", r->name, fault);
	if (strlen(value) > limit)
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, NULL,
				"env %s: the value is longer than %zu bytes, which older pam_env "
				"cuts", r->name, limit);
	if (tmd_env_has_specifier(value) &&
	    tmd_strv_has(&r->desired[TMD_ENV_TARGETS_FIELD].list, "systemd"))
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL,
				"choose another value, or leave systemd out of 'targets'",
				"env %s: the value holds a %%-sequence, which some releases of "
				"systemd expand", r->name);
	return tmd_env_check_ca_path(r, value, value[0] == '/', err);
}

struct revision {
	char *path;
	const struct tmd_buf *before; /* borrowed; NULL: there is no such file now */
	struct tmd_buf after;
	bool gone;  /* there shall be none */
};

static void release_revision(struct revision *revision)
{
	free(revision->path);
	tmd_buf_release(&revision->after);
}

static enum tmd_rc fail_otherwise(const struct tmd_env_site *site, const char *path, size_t line,
				  struct tmd_error *err)
{
	return tmd_fail(err, TMD_E_CONFLICT, path, "change or remove that line by hand",
			"%s: line %zu of this file does more than to set it", site->name, line);
}

/* The file that the user's login shell reads. */
static enum tmd_rc revise_login_file(const struct tmd_env_site *site, const char *value,
				     struct revision *out, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_env_login_file_release) struct tmd_env_login_file file = { 0 };
	TMD_CLEANUP(tmd_env_setting_release) struct tmd_env_setting setting = { 0 };
	static const struct tmd_buf nothing;
	struct tmd_env_script script;
	const struct tmd_buf *text;

	if (tmd_env_user_file(site, &file, err) ||
	    tmd_env_site_read(site, file.path, &out->before, err))
		return TMD_FAILED;
	out->path = tmd_strdup(file.path);
	text = out->before ? out->before : &nothing;
	script = (struct tmd_env_script){ file.syntax, site->name };
	tmd_env_find_setting(&script, text, &setting);
	if (setting.otherwise && (setting.otherwise > setting.line || !value))
		return fail_otherwise(site, file.path, setting.otherwise, err);
	tmd_env_change_setting(&script, value, text, &out->after);
	return TMD_OK;
}

static enum tmd_rc revise_file(const struct tmd_env_site *site, enum tmd_env_target target,
			       const char *value, struct revision *out, struct tmd_error *err)
{
	static const struct tmd_buf nothing;
	struct tmd_env_edit edit = { .name = site->name, .value = value };
	const struct tmd_buf *text;

	out->path = tmd_env_own_path(site, target);
	edit.path = out->path;
	if (tmd_env_site_read(site, out->path, &out->before, err))
		return TMD_FAILED;
	text = out->before ? out->before : &nothing;
	return tmd_env_is_edited(site, target) ?
		       tmd_env_edit_text(&edit, text, &out->after, err) :
		       tmd_env_revise_own(target, &edit, text, &out->after, &out->gone, err);
}

static enum tmd_rc revise(const struct tmd_env_site *site, enum tmd_env_target target,
			  const char *value, struct revision *out, struct tmd_error *err)
{
	if (site->user && target == TMD_ENV_PROFILE_D ?
		    revise_login_file(site, value, out, err) :
		    revise_file(site, target, value, out, err))
		return TMD_FAILED;
	/* What held nothing but our line goes with it; /etc/environment is always there. */
	if (tmd_env_is_edited(site, target))
		out->gone = !value && !out->after.len &&
			    (!out->before || (site->user && out->before->len));
	return TMD_OK;
}

static bool is_change(const struct revision *revision)
{
	if (revision->gone)
		return revision->before;
	return !revision->before ||
	       !tmd_buf_equal(revision->before, tmd_buf_str(&revision->after),
			      revision->after.len);
}

static struct tmd_fs_attr attr_for(const struct tmd_env_site *site, enum tmd_env_target target,
				   bool found)
{
	struct tmd_fs_attr attr = { TMD_KEEP, TMD_KEEP, TMD_KEEP, 0 };

	if (site->user && (!found || !tmd_env_is_edited(site, target))) {
		attr.uid = site->user->uid;
		attr.gid = site->user->gid;
	} else if (!site->user && !tmd_env_is_edited(site, target)) {
		attr.mode = 0644;
	}
	return attr;
}

static void record(const struct tmd_env_site *site, enum tmd_env_target target,
		   struct revision *revision, struct tmd_changeset *set)
{
	struct tmd_fs_attr attr = attr_for(site, target, revision->before);

	if (revision->gone)
		tmd_changeset_remove(set, revision->path);
	else
		tmd_changeset_write(set, revision->path, &revision->after, &attr);
}

static bool in_sync(const struct tmd_env_linux *priv, enum tmd_env_target target, const char *value)
{
	const struct tmd_env_effect *effect = &priv->effects[target];

	return !effect->unknown && tmd_str_equal(effect->value, value);
}

/* A file that holds the right words may still be one that its readers cannot open. */
static bool needs_attr(const struct tmd_env_site *site, enum tmd_env_target target,
		       const struct revision *revision)
{
	return !site->user && !tmd_env_is_edited(site, target) && revision->before &&
	       !revision->gone && tmd_env_site_obstacle(site, revision->path);
}

static enum tmd_rc plan_target(const struct tmd_env_site *site, enum tmd_env_target target,
			       const char *value, struct tmd_changeset *set, struct tmd_error *err)
{
	struct revision revision = { 0 };
	enum tmd_rc rc = revise(site, target, value, &revision, err);

	if (rc == TMD_OK && (is_change(&revision) || needs_attr(site, target, &revision)))
		record(site, target, &revision, set);
	release_revision(&revision);
	return rc;
}

/* Who would not get the wish, as a clause; empty where nobody is known. The caller frees. */
static char *find_loser(const struct tmd_env_site *site, enum tmd_env_target target,
			const char *value)
{
	const struct tmd_env_asked *asked;
	struct tmd_error ignored = { 0 };

	if (target == TMD_ENV_SYSTEMD || tmd_env_ask(site, target, &asked, &ignored))
		return tmd_strdup("");
	for (size_t i = 0; i < asked->count; i++) {
		const struct tmd_env_login *login = &asked->items[i];
		const char *got = tmd_answer_value(&login->answer, site->name);

		if (login->answer.kind != TMD_OBSERVED)
			return tmd_format(": %s with %s: %s", login->user, login->program,
					  login->answer.said ? login->answer.said : "no answer");
		if (!tmd_str_equal(got, value))
			return tmd_format(": %s with %s gets %s", login->user, login->program,
					  got ? got : "nothing");
	}
	return tmd_strdup("");
}

static enum tmd_rc fail_foreign(const struct tmd_env_site *site, enum tmd_env_target target,
				const struct tmd_env_effect *effect, const char *value,
				struct tmd_error *err)
{
	const char *name = tmd_env_target_name(target);
	TMD_AUTO_FREE char *loser = find_loser(site, target, value);
	TMD_AUTO_FREE char *shown = effect->value ? tmd_display_utf8(effect->value, strlen(effect->value)) : NULL;

	if (!effect->path)
		return tmd_fail(err, TMD_E_CONFLICT, NULL, "look at 'problems' in the state",
				"%s: no file that may be changed makes %s read it as wished%s",
				site->name, name, loser);
	return tmd_fail(err, TMD_E_CONFLICT, effect->path,
			"change or remove that line by hand: it is not trustmend's",
			"%s: for %s, line %zu of this file decides%s%s%s", site->name, name,
			effect->line, shown ? ": " : " and unsets it", shown ? shown : "",
			effect->unknown ? loser : "");
}

static enum tmd_rc check_effect(const struct tmd_env_site *site, enum tmd_env_target target,
				const char *value, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_env_effect_release) struct tmd_env_effect effect = { 0 };
	TMD_AUTO_STRV struct tmd_strv ignored = { 0 };

	if (tmd_env_effective(site, target, &effect, &ignored, &ignored, err))
		return TMD_FAILED;
	if (effect.unknown || !tmd_str_equal(effect.value, value))
		return fail_foreign(site, target, &effect, value, err);
	return TMD_OK;
}

/* What the files will be must give what is wished for, or nothing is touched. */
static enum tmd_rc check_outcome(struct tmd_ctx *ctx, const struct tmd_resource *r,
				 const char *value, const struct tmd_changeset *set,
				 struct tmd_error *err)
{
	TMD_CLEANUP(tmd_view_free_ptr) struct tmd_view *after = tmd_view_new_layer(ctx->view);
	TMD_CLEANUP(tmd_env_files_release) struct tmd_env_files files = { .view = after };
	const struct tmd_env_site now = tmd_env_site_of(ctx, r);
	const struct tmd_env_linux *priv = r->priv;
	struct tmd_env_site site = now;

	site.files = &files;
	if (tmd_changeset_preview(set, after, err))
		return TMD_FAILED;
	for (int i = 0; i < TMD_ENV_TARGETS; i++) {
		enum tmd_env_target target = (enum tmd_env_target)i;

		if (priv->wanted[i] && (check_effect(&site, target, value, err) ||
					tmd_env_check_neighbours(&now, &site, target, err)))
			return TMD_FAILED;
	}
	/* What is written into /etc/environment, systemd may read as well. */
	return priv->wanted[TMD_ENV_ETC_ENVIRONMENT] ?
		       tmd_env_check_neighbours(&now, &site, TMD_ENV_ENVIRONMENT_D, err) : TMD_OK;
}

/* Of the wish, or of the value that stays where there is none. */
static enum tmd_rc check_file(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_error *err)
{
	const char *value = tmd_value_str(&r->desired[TMD_ENV_VALUE]);

	if (!value)
		value = tmd_value_str(&r->current[TMD_ENV_VALUE]);
	if (!value || !tmd_env_wanted(r))
		return TMD_OK;
	return tmd_env_check_private_file(ctx, r, value, err) ||
			       tmd_env_check_ca_file(ctx, r, value, err) ?
		       TMD_FAILED : TMD_OK;
}

enum tmd_rc tmd_env_backend_plan(struct tmd_ctx *ctx, struct tmd_resource *r,
				 struct tmd_changeset *set, struct tmd_error *err)
{
	const char *value = tmd_value_str(&r->desired[TMD_ENV_VALUE]);
	const struct tmd_env_site site = tmd_env_site_of(ctx, r);
	const struct tmd_env_linux *priv = r->priv;

	/* Not before: others may have set such a value, and what is so already may stay. */
	if ((value && check_value(r, value, err)) || check_file(ctx, r, err))
		return TMD_FAILED;
	for (int i = 0; i < TMD_ENV_TARGETS; i++) {
		enum tmd_env_target target = (enum tmd_env_target)i;

		if (priv->wanted[i] && !in_sync(priv, target, value) &&
		    plan_target(&site, target, value, set, err))
			return TMD_FAILED;
	}
	return check_outcome(ctx, r, value, set, err);
}
