/*
 * Environment variables on Linux: up to four files, each read by other programs with
 * another grammar. The files that people edit are changed in place; ours are written whole.
 */
#include "resources/env/env.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/user.h"
#include "resources/env/unix/edit.h"
#include "resources/env/unix/linux_effective.h"
#include "resources/env/unix/linux_list.h"
#include "resources/env/unix/private_file.h"
#include "resources/env/unix/readers.h"

#define HEADER "# Written by trustmend; changes made here are overwritten.\n"

/* "export NAME=\"value\"" must fit into the line of an old pam_env. */
#define LINE_OVERHEAD 12

struct env_private {
	struct tmd_user user;
	bool wanted[TMD_ENV_TARGETS];
	struct tmd_env_effect effects[TMD_ENV_TARGETS];
};

const char *const tmd_env_backend_names[] = { "linux", NULL };

static void release(struct tmd_resource *r)
{
	struct env_private *priv = r->priv;

	if (!priv)
		return;
	tmd_user_release(&priv->user);
	for (size_t i = 0; i < TMD_ENV_TARGETS; i++)
		tmd_env_effect_release(&priv->effects[i]);
	free(priv);
	r->priv = NULL;
}

/* ---- input ---- */

static bool has_systemd(struct tmd_ctx *ctx)
{
	return tmd_view_exists(ctx->view, "/usr/lib/systemd/systemd") ||
	       tmd_view_exists(ctx->view, "/lib/systemd/systemd");
}

/* Files of ours count even where systemd is not installed, or absent would leave them. */
static bool is_default_target(const struct tmd_env_site *site, enum tmd_env_target target)
{
	TMD_AUTO_FREE char *own = NULL;

	switch (target) {
	case TMD_ENV_ETC_ENVIRONMENT:
		return !site->user;
	case TMD_ENV_PROFILE_D:
		return true;
	case TMD_ENV_ENVIRONMENT_D:
	case TMD_ENV_SYSTEMD:
		own = tmd_env_own_path(site, target);
		return has_systemd(site->ctx) || tmd_view_exists(site->ctx->view, own);
	case TMD_ENV_TARGETS:
		break;
	}
	return false;
}

static enum tmd_rc set_targets(const struct tmd_env_site *site, struct tmd_resource *r,
			       struct tmd_error *err)
{
	const struct tmd_value *given = &r->input[TMD_ENV_TARGETS_FIELD];
	struct tmd_value *out = &r->desired[TMD_ENV_TARGETS_FIELD];

	tmd_value_release(out);
	for (int i = 0; i < TMD_ENV_TARGETS; i++) {
		const char *name = tmd_env_target_name((enum tmd_env_target)i);

		if (given->kind == TMD_V_LIST ? tmd_strv_has(&given->list, name) :
						is_default_target(site, (enum tmd_env_target)i))
			tmd_value_list_add(out, name);
	}
	if (out->kind == TMD_V_NULL)
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL,
				"leave 'targets' out for all that this machine has",
				"env %s: 'targets' is empty", r->name);
	if (tmd_env_user_scope(r) && tmd_strv_has(&out->list, "etc_environment"))
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL,
				"for one user take profile_d, environment_d or systemd",
				"env %s: etc_environment holds for every user", r->name);
	return TMD_OK;
}

/* Targets and identity, which depend on whose variable it is. */
static enum tmd_rc set_place(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_error *err)
{
	struct tmd_env_site site = { .ctx = ctx, .name = r->name };
	struct tmd_user user = { 0 };
	enum tmd_rc rc;

	free(r->identity);
	r->identity = NULL;
	if (!tmd_env_user_scope(r)) {
		r->identity = tmd_format("env:machine:%s", r->name);
		return set_targets(&site, r, err);
	}
	if (tmd_user_find(ctx->fs, tmd_value_str(&r->input[TMD_ENV_USER]), &user, err))
		return TMD_FAILED;
	r->identity = tmd_format("env:user:%s:%s", user.name, r->name);
	tmd_value_set_string(&r->desired[TMD_ENV_USER], user.name);
	site.user = &user;
	rc = set_targets(&site, r, err);
	tmd_user_release(&user);
	return rc;
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
	return tmd_env_check_ca_file(r, value, value[0] == '/', err);
}

static void set_wish(struct tmd_resource *r, const char *value)
{
	const struct tmd_strv *targets = &r->desired[TMD_ENV_TARGETS_FIELD].list;

	for (size_t i = 0; i < targets->count; i++)
		tmd_value_map_set(&r->desired[TMD_ENV_PER_TARGET], targets->items[i], value);
}

static enum tmd_rc normalize(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_error *err)
{
	const char *value = tmd_value_str(&r->input[TMD_ENV_VALUE]);
	const char *value_type = tmd_value_str(&r->input[TMD_ENV_VALUE_TYPE]);

	if (value_type && strcmp(value_type, "string") != 0)
		return tmd_fail(err, TMD_E_UNSUPPORTED, NULL, "leave value_type out, or write string",
				"env %s: value_type=%s exists on Windows only", r->name,
				value_type);
	if (set_place(ctx, r, err))
		return TMD_FAILED;
	if (!tmd_env_wanted(r)) {
		set_wish(r, NULL);
		return TMD_OK;
	}
	if (!value)
		return TMD_OK;
	tmd_value_set_string(&r->desired[TMD_ENV_VALUE], value);
	set_wish(r, value);
	return TMD_OK;
}

/* ---- reading ---- */

static struct tmd_env_site site_of(struct tmd_ctx *ctx, const struct tmd_resource *r)
{
	struct env_private *priv = r->priv;

	return (struct tmd_env_site){
		.ctx = ctx,
		.name = r->name,
		.user = tmd_env_user_scope(r) ? &priv->user : NULL,
	};
}

static enum tmd_rc begin(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_error *err)
{
	const struct tmd_strv *targets = &r->desired[TMD_ENV_TARGETS_FIELD].list;
	struct env_private *priv;

	release(r);
	priv = tmd_alloc(1, sizeof(*priv));
	r->priv = priv;
	for (int i = 0; i < TMD_ENV_TARGETS; i++)
		priv->wanted[i] =
			tmd_strv_has(targets, tmd_env_target_name((enum tmd_env_target)i));
	if (!tmd_env_user_scope(r))
		return TMD_OK;
	return tmd_user_find(ctx->fs, tmd_value_str(&r->desired[TMD_ENV_USER]), &priv->user, err);
}

/* Text for a report, which is UTF-8: other bytes are shown as \xNN. Caller frees. */
static char *printable(const char *text)
{
	TMD_AUTO_BUF struct tmd_buf out = { 0 };
	size_t len = strlen(text);

	if (tmd_utf8_valid(text, len))
		return tmd_strdup(text);
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)text[i] < 0x80)
			tmd_buf_add_char(&out, text[i]);
		else
			tmd_buf_addf(&out, "\\x%02X", (unsigned char)text[i]);
	}
	return tmd_buf_steal(&out);
}

/* Someone else's file decides what we manage: worth a word even while the value is right. */
static void note_foreign(const struct tmd_env_site *site, enum tmd_env_target target,
			 const struct tmd_env_effect *effect, struct tmd_strv *problems)
{
	TMD_AUTO_FREE char *own = tmd_env_own_path(site, target);

	if (!effect->path || tmd_str_equal(effect->path, own))
		return;
	if (target == TMD_ENV_ENVIRONMENT_D && strcmp(effect->path, "/etc/environment") == 0)
		return; /* through Debian's link, and ours as well */
	tmd_strv_addf(problems, "line %zu of %s decides for %s, not %s", effect->line,
		      effect->path, tmd_env_target_name(target), own);
}

static void set_list(struct tmd_value *out, const struct tmd_strv *lines)
{
	TMD_AUTO_STRV struct tmd_strv texts = { 0 };

	for (size_t i = 0; i < lines->count; i++) {
		TMD_AUTO_FREE char *text = printable(lines->items[i]);

		tmd_strv_add_once(&texts, text);
	}
	tmd_value_set_list(out, &texts);
}

static void set_per_target(struct tmd_resource *r)
{
	const struct env_private *priv = r->priv;

	for (int i = 0; i < TMD_ENV_TARGETS; i++) {
		const char *value = priv->effects[i].value;
		TMD_AUTO_FREE char *text = value ? printable(value) : NULL;

		if (priv->wanted[i])
			tmd_value_map_set(&r->current[TMD_ENV_PER_TARGET],
					  tmd_env_target_name((enum tmd_env_target)i), text);
	}
}

/* The value that every target reads, and whether any reads one at all. */
static void set_value_and_state(struct tmd_resource *r)
{
	const struct tmd_value *map = &r->current[TMD_ENV_PER_TARGET];
	const struct env_private *priv = r->priv;
	const char *value = map->map_values[0];
	bool present = false;
	bool same = true;

	for (size_t i = 0; i < map->list.count; i++) {
		present = present || map->map_values[i];
		same = same && tmd_str_equal(map->map_values[i], value);
	}
	for (int i = 0; i < TMD_ENV_TARGETS; i++)
		same = same && !(priv->wanted[i] && priv->effects[i].unknown);
	tmd_value_set_string(&r->current[TMD_ENV_VALUE], same ? value : NULL);
	tmd_value_set_string(&r->current[TMD_ENV_STATE], present ? "present" : "absent");
	if (present)
		tmd_value_set_string(&r->current[TMD_ENV_VALUE_TYPE], "string");
}

static char *effective_from(const struct tmd_resource *r)
{
	const struct env_private *priv = r->priv;
	bool logins = priv->wanted[TMD_ENV_ETC_ENVIRONMENT] || priv->wanted[TMD_ENV_PROFILE_D] ||
		      priv->wanted[TMD_ENV_ENVIRONMENT_D];
	const char *manager = tmd_env_user_scope(r) ? "systemctl --user" : "systemctl";

	if (!priv->wanted[TMD_ENV_SYSTEMD])
		return tmd_strdup("next login");
	return tmd_format("%sfor services: next boot, or %s daemon-reexec and a restart of the "
			  "service", logins ? "next login; " : "", manager);
}

static void set_parameters(struct tmd_resource *r)
{
	static const enum tmd_env_field copied[] = { TMD_ENV_NAME, TMD_ENV_SCOPE, TMD_ENV_USER,
						     TMD_ENV_TARGETS_FIELD };

	for (size_t i = 0; i < sizeof(copied) / sizeof(*copied); i++)
		tmd_value_copy(&r->current[copied[i]], &r->desired[copied[i]]);
	tmd_value_take_string(&r->current[TMD_ENV_EFFECTIVE_FROM], effective_from(r));
}

static enum tmd_rc read_effects(struct tmd_env_site *site, struct env_private *priv,
				struct tmd_strv *problems, struct tmd_strv *strays,
				struct tmd_error *err)
{
	for (int i = 0; i < TMD_ENV_TARGETS; i++) {
		if (!priv->wanted[i])
			continue;
		if (tmd_env_effective(site, (enum tmd_env_target)i, &priv->effects[i], problems,
				      strays, err))
			return TMD_FAILED;
		note_foreign(site, (enum tmd_env_target)i, &priv->effects[i], problems);
	}
	return TMD_OK;
}

static enum tmd_rc read_current(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_error *err)
{
	TMD_AUTO_STRV struct tmd_strv problems = { 0 };
	TMD_AUTO_STRV struct tmd_strv strays = { 0 };
	struct tmd_env_site site;

	if (begin(ctx, r, err))
		return TMD_FAILED;
	site = site_of(ctx, r);
	if (read_effects(&site, r->priv, &problems, &strays, err))
		return TMD_FAILED;
	set_parameters(r);
	set_per_target(r);
	set_value_and_state(r);
	tmd_env_note_private_file(ctx, r, &problems);
	set_list(&r->current[TMD_ENV_PROBLEMS], &problems);
	set_list(&r->current[TMD_ENV_STRAYS], &strays);
	return TMD_OK;
}

/* ---- files of ours ---- */

struct own_format {
	void (*read)(struct tmd_env_reader *reader, const char *data, size_t len);
	const char *head;   /* behind the header comment */
	const char *prefix; /* of each line */
	bool whole_quotes;  /* "NAME=value" and not NAME="value" */
};

static const struct own_format formats[TMD_ENV_TARGETS] = {
	[TMD_ENV_PROFILE_D] = { tmd_env_read_sh, "", "export ", false },
	[TMD_ENV_ENVIRONMENT_D] = { tmd_env_read_environment_d, "", "", false },
	[TMD_ENV_SYSTEMD] = { tmd_env_read_manager_conf, "[Manager]\n", "DefaultEnvironment=",
			      true },
};

static bool is_edited(const struct tmd_env_site *site, enum tmd_env_target target)
{
	return target == TMD_ENV_ETC_ENVIRONMENT || (site->user && target == TMD_ENV_PROFILE_D);
}

static int compare_vars(const void *a, const void *b)
{
	const struct tmd_env_var *const *left = a;
	const struct tmd_env_var *const *right = b;

	return strcmp((*left)->name, (*right)->name);
}

static void write_line(const struct own_format *format, const struct tmd_env_var *var,
		       struct tmd_buf *out)
{
	tmd_buf_add_str(out, format->prefix);
	if (format->whole_quotes) {
		TMD_AUTO_FREE char *both = tmd_format("%s=%s", var->name, var->value);

		tmd_env_add_quoted(out, both);
	} else {
		tmd_buf_add_str(out, var->name);
		tmd_buf_add_char(out, '=');
		tmd_env_add_quoted(out, var->value);
	}
	tmd_buf_add_char(out, '\n');
}

/* The file for these variables; returns how many are set. */
static size_t write_own(const struct own_format *format, const struct tmd_env_vars *vars,
			struct tmd_buf *out)
{
	TMD_AUTO_FREE const struct tmd_env_var **sorted =
		tmd_alloc(vars->count + 1, sizeof(*sorted));
	size_t count = 0;

	for (size_t i = 0; i < vars->count; i++) {
		if (vars->items[i].value)
			sorted[count++] = &vars->items[i];
	}
	qsort(sorted, count, sizeof(*sorted), compare_vars);
	tmd_buf_add_str(out, HEADER);
	tmd_buf_add_str(out, format->head);
	for (size_t i = 0; i < count; i++)
		write_line(format, sorted[i], out);
	return count;
}

/* Lines that say something, other than the section header of ours. */
static size_t count_lines(const struct own_format *format, const struct tmd_buf *text)
{
	const char *at = tmd_buf_str(text);
	size_t count = 0;

	while (*at) {
		size_t len = strcspn(at, "\n");
		size_t skip = strspn(at, " \t\r");

		if (skip < len && at[skip] != '#' &&
		    !(*format->head && strncmp(at, format->head, strlen(format->head)) == 0))
			count++;
		at += len + (at[len] == '\n');
	}
	return count;
}

/* Nothing that someone else wrote into a file of ours is dropped in silence. */
static enum tmd_rc check_own(const struct own_format *format, const char *path,
			     const struct tmd_buf *text, const struct tmd_env_vars *vars,
			     struct tmd_error *err)
{
	size_t plain = 0;

	for (size_t i = 0; i < vars->count; i++) {
		const struct tmd_env_var *var = &vars->items[i];

		plain += var->value && !var->unknown && var->exported &&
			 !tmd_env_value_fault(var->value);
	}
	if (!vars->overflow && plain == count_lines(format, text))
		return TMD_OK;
	return tmd_fail(err, TMD_E_CONFLICT, path,
			"move them to a file of another name, or remove the file",
			"the file holds lines that trustmend did not write");
}

static void drop(struct tmd_env_vars *vars, const char *name)
{
	struct tmd_env_var *var = tmd_env_vars_entry(vars, name);

	if (!var)
		return;
	free(var->value);
	var->value = NULL;
}

/* What becomes of a file of ours; *gone when nothing is left in it. */
static enum tmd_rc revise_own(enum tmd_env_target target, const char *path,
			      const struct tmd_env_edit *edit, const struct tmd_buf *text,
			      struct tmd_buf *out, bool *gone, struct tmd_error *err)
{
	const struct own_format *format = &formats[target];
	TMD_AUTO_ENV_VARS struct tmd_env_vars vars = { 0 };
	TMD_AUTO_ENV_READER struct tmd_env_reader reader = {
		.vars = &vars, .path = path, .watch = edit->name, .envd.literal = true
	};

	format->read(&reader, tmd_buf_str(text), text->len);
	if (check_own(format, path, text, &vars, err))
		return TMD_FAILED;
	if (edit->value)
		tmd_env_vars_set(&vars, edit->name, edit->value, path, 0);
	else
		drop(&vars, edit->name);
	*gone = write_own(format, &vars, out) == 0;
	return TMD_OK;
}

/* ---- planning ---- */

struct revision {
	char *path;
	struct tmd_buf before;
	struct tmd_buf after;
	bool found; /* there is such a file now */
	bool gone;  /* there shall be none */
};

static void release_revision(struct revision *revision)
{
	free(revision->path);
	tmd_buf_release(&revision->before);
	tmd_buf_release(&revision->after);
}

static enum tmd_rc find_readers(struct tmd_env_site *site, enum tmd_env_target target,
				unsigned *readers, struct tmd_error *err)
{
	bool linked;

	*readers = TMD_ENV_BY_SH;
	if (target != TMD_ENV_ETC_ENVIRONMENT)
		return TMD_OK;
	*readers = TMD_ENV_BY_PAM;
	if (tmd_env_site_linked(site, &linked, err))
		return TMD_FAILED;
	if (linked)
		*readers |= TMD_ENV_BY_ENVIRONMENT_D;
	return TMD_OK;
}

static enum tmd_rc revise(struct tmd_env_site *site, enum tmd_env_target target, const char *value,
			  struct revision *out, struct tmd_error *err)
{
	struct tmd_env_edit edit = { .name = site->name, .value = value };

	out->path = tmd_env_own_path(site, target);
	edit.path = out->path;
	if (tmd_env_site_read(site, out->path, &out->before, &out->found, err))
		return TMD_FAILED;
	if (!is_edited(site, target))
		return revise_own(target, out->path, &edit, &out->before, &out->after, &out->gone,
				  err);
	if (find_readers(site, target, &edit.readers, err) ||
	    tmd_env_edit_text(&edit, &out->before, &out->after, err))
		return TMD_FAILED;
	/* What held nothing but our line goes with it; /etc/environment is always there. */
	out->gone = !value && !out->after.len &&
		    (!out->found || (site->user && out->before.len));
	return TMD_OK;
}

static bool is_change(const struct revision *revision)
{
	if (revision->gone)
		return revision->found;
	return !revision->found ||
	       !tmd_buf_equal(&revision->before, tmd_buf_str(&revision->after),
			      revision->after.len);
}

static struct tmd_fs_attr attr_for(const struct tmd_env_site *site, enum tmd_env_target target,
				   bool found)
{
	struct tmd_fs_attr attr = { TMD_KEEP, TMD_KEEP, TMD_KEEP, 0 };

	if (site->user && (!found || !is_edited(site, target))) {
		attr.uid = site->user->uid;
		attr.gid = site->user->gid;
	} else if (!site->user && !is_edited(site, target)) {
		attr.mode = 0644;
	}
	return attr;
}

static enum tmd_rc record(struct tmd_env_site *site, enum tmd_env_target target,
			  const struct revision *revision, struct tmd_changeset *set,
			  struct tmd_error *err)
{
	struct tmd_fs_attr attr = attr_for(site, target, revision->found);
	TMD_AUTO_BUF struct tmd_buf planned = { 0 };
	struct tmd_buf content = { 0 };

	if (revision->gone) {
		tmd_changeset_remove(set, revision->path);
		return tmd_env_site_plan(site, revision->path, NULL, err);
	}
	tmd_buf_add(&content, tmd_buf_str(&revision->after), revision->after.len);
	tmd_changeset_write(set, revision->path, &content, &attr);
	tmd_buf_add(&planned, tmd_buf_str(&revision->after), revision->after.len);
	return tmd_env_site_plan(site, revision->path, &planned, err);
}

static bool in_sync(const struct env_private *priv, enum tmd_env_target target, const char *value)
{
	const struct tmd_env_effect *effect = &priv->effects[target];

	return !effect->unknown && tmd_str_equal(effect->value, value);
}

/* A file that holds the right words may still be one that its readers cannot open. */
static bool needs_attr(const struct tmd_env_site *site, enum tmd_env_target target,
		       const struct revision *revision)
{
	TMD_AUTO_FREE char *why = NULL;
	struct tmd_error ignored;
	bool readable = true;

	if (site->user || is_edited(site, target) || !revision->found || revision->gone)
		return false;
	if (tmd_view_world_readable(site->ctx->view, revision->path, &readable, &why, &ignored))
		return false;
	return !readable;
}

static enum tmd_rc plan_target(struct tmd_env_site *site,
			       enum tmd_env_target target, const char *value,
			       struct tmd_changeset *set, struct tmd_error *err)
{
	struct revision revision = { 0 };
	enum tmd_rc rc = revise(site, target, value, &revision, err);

	if (rc == TMD_OK && (is_change(&revision) || needs_attr(site, target, &revision)))
		rc = record(site, target, &revision, set, err);
	release_revision(&revision);
	return rc;
}

static enum tmd_rc fail_foreign(const struct tmd_env_site *site, enum tmd_env_target target,
				const struct tmd_env_effect *effect, struct tmd_error *err)
{
	const char *name = tmd_env_target_name(target);
	TMD_AUTO_FREE char *shown = effect->value ? printable(effect->value) : NULL;

	if (!effect->path)
		return tmd_fail(err, TMD_E_CONFLICT, NULL, "look at 'problems' in the state",
				"%s: no file that may be changed makes %s read it as wished",
				site->name, name);
	return tmd_fail(err, TMD_E_CONFLICT, effect->path,
			"change or remove that line by hand: it is not trustmend's",
			"%s: for %s, line %zu of this file decides%s%s", site->name, name,
			effect->line, shown ? ": " : " and unsets it", shown ? shown : "");
}

/* What the files will be must give what is wished for, or nothing is touched. */
static enum tmd_rc check_outcome(struct tmd_env_site *site, const struct env_private *priv,
				 const char *value, struct tmd_error *err)
{
	for (int i = 0; i < TMD_ENV_TARGETS; i++) {
		TMD_AUTO_STRV struct tmd_strv ignored = { 0 };
		struct tmd_env_effect effect = { 0 };
		enum tmd_rc rc;

		if (!priv->wanted[i])
			continue;
		rc = tmd_env_effective(site, (enum tmd_env_target)i, &effect, &ignored, &ignored,
				       err);
		if (rc == TMD_OK && (effect.unknown || !tmd_str_equal(effect.value, value)))
			rc = fail_foreign(site, (enum tmd_env_target)i, &effect, err);
		tmd_env_effect_release(&effect);
		if (rc)
			return TMD_FAILED;
	}
	return TMD_OK;
}

static void warn_of_strays(struct tmd_resource *r)
{
	const struct tmd_strv *strays = &r->current[TMD_ENV_STRAYS].list;

	for (size_t i = 0; i < strays->count; i++)
		tmd_strv_add_once(&r->warnings, strays->items[i]);
}

static enum tmd_rc plan(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_changeset *set,
			struct tmd_error *err)
{
	const char *value = tmd_value_str(&r->desired[TMD_ENV_VALUE]);
	struct tmd_env_site site = site_of(ctx, r);
	struct env_private *priv = r->priv;
	enum tmd_rc rc = TMD_OK;

	/* Not before: others may have set such a value, and what is so already may stay. */
	if ((value && check_value(r, value, err)) || tmd_env_check_private_file(ctx, r, err))
		return TMD_FAILED;
	for (int i = 0; i < TMD_ENV_TARGETS && rc == TMD_OK; i++) {
		if (priv->wanted[i] && !in_sync(priv, (enum tmd_env_target)i, value))
			rc = plan_target(&site, (enum tmd_env_target)i, value, set, err);
	}
	if (rc == TMD_OK)
		rc = check_outcome(&site, priv, value, err);
	tmd_env_site_release(&site);
	if (rc)
		return TMD_FAILED;
	tmd_strv_addf(&r->warnings, "%s: programs that run keep what they have; it counts from: %s",
		      r->name, tmd_value_str(&r->current[TMD_ENV_EFFECTIVE_FROM]));
	warn_of_strays(r);
	return TMD_OK;
}

const struct tmd_env_backend tmd_env_backend = {
	.names = tmd_env_backend_names,
	.normalize = normalize,
	.read = read_current,
	.plan = plan,
	.release = release,
	.list = tmd_env_list,
};
