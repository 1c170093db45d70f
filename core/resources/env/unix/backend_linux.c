/* Environment variables on Linux: up to four files, each read by other programs. */
#include "resources/env/env.h"

#include <stdlib.h>
#include <string.h>

#include "base/display.h"
#include "base/mem.h"
#include "base/str.h"
#include "os/user.h"
#include "resources/env/ca_file.h"
#include "resources/env/strays.h"
#include "resources/env/unix/linux_private.h"
#include "resources/env/unix/pam_environment.h"
#include "resources/env/unix/private_file.h"

const char *const tmd_env_backend_names[] = { "linux", NULL };

void tmd_env_backend_release(struct tmd_resource *r)
{
	struct tmd_env_linux *priv = r->priv;

	if (!priv)
		return;
	tmd_user_release(&priv->user);
	for (size_t i = 0; i < TMD_ENV_TARGETS; i++)
		tmd_env_effect_release(&priv->effects[i]);
	free(priv);
	r->priv = NULL;
}

/* ---- input ---- */

static bool has_systemd(const struct tmd_env_site *site)
{
	return tmd_env_site_exists(site, "/usr/lib/systemd/systemd") ||
	       tmd_env_site_exists(site, "/lib/systemd/systemd");
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
		return has_systemd(site) || tmd_env_site_exists(site, own);
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
	struct tmd_env_site site = { .files = tmd_env_files(ctx), .name = r->name };
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

static void set_wish(struct tmd_resource *r, const char *value)
{
	const struct tmd_strv *targets = &r->desired[TMD_ENV_TARGETS_FIELD].list;

	for (size_t i = 0; i < targets->count; i++)
		tmd_value_map_set(&r->desired[TMD_ENV_PER_TARGET], targets->items[i], value);
}

enum tmd_rc tmd_env_backend_normalize(struct tmd_ctx *ctx, struct tmd_resource *r,
				      struct tmd_error *err)
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

static enum tmd_rc begin(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_error *err)
{
	const struct tmd_strv *targets = &r->desired[TMD_ENV_TARGETS_FIELD].list;
	struct tmd_env_linux *priv;

	tmd_env_backend_release(r);
	priv = tmd_alloc(1, sizeof(*priv));
	r->priv = priv;
	for (int i = 0; i < TMD_ENV_TARGETS; i++)
		priv->wanted[i] =
			tmd_strv_has(targets, tmd_env_target_name((enum tmd_env_target)i));
	if (!tmd_env_user_scope(r))
		return TMD_OK;
	return tmd_user_find(ctx->fs, tmd_value_str(&r->desired[TMD_ENV_USER]), &priv->user, err);
}

/* Someone else's file decides what we manage: worth a word even while the value is right. */
static void note_foreign(const struct tmd_env_site *site, enum tmd_env_target target,
			 const struct tmd_env_effect *effect, struct tmd_strv *problems)
{
	TMD_AUTO_FREE char *own = tmd_env_own_path(site, target);

	if (!effect->path || effect->unknown || tmd_str_equal(effect->path, own) ||
	    (site->user && target == TMD_ENV_PROFILE_D))
		return;
	if (target != TMD_ENV_SYSTEMD && strcmp(effect->path, "/etc/environment") == 0)
		return; /* what PAM gave, or through Debian's link, and ours as well */
	tmd_strv_addf(problems, "line %zu of %s decides for %s, not %s", effect->line,
		      effect->path, tmd_env_target_name(target), own);
}

static void set_list(struct tmd_value *out, const struct tmd_strv *lines)
{
	TMD_AUTO_STRV struct tmd_strv texts = { 0 };

	for (size_t i = 0; i < lines->count; i++) {
		TMD_AUTO_FREE char *text = tmd_display_utf8(lines->items[i], strlen(lines->items[i]));

		tmd_strv_add_once(&texts, text);
	}
	tmd_value_set_list(out, &texts);
}

static void set_per_target(struct tmd_resource *r)
{
	const struct tmd_env_linux *priv = r->priv;

	for (int i = 0; i < TMD_ENV_TARGETS; i++) {
		const char *value = priv->effects[i].value;
		TMD_AUTO_FREE char *text = value ? tmd_display_utf8(value, strlen(value)) : NULL;

		if (priv->wanted[i])
			tmd_value_map_set(&r->current[TMD_ENV_PER_TARGET],
					  tmd_env_target_name((enum tmd_env_target)i), text);
	}
}

/* The value that every target reads, and whether any reads one at all. */
static void set_value_and_state(struct tmd_resource *r)
{
	const struct tmd_value *map = &r->current[TMD_ENV_PER_TARGET];
	const struct tmd_env_linux *priv = r->priv;
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
	const struct tmd_env_linux *priv = r->priv;
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

static enum tmd_rc read_effects(const struct tmd_env_site *site, struct tmd_env_linux *priv,
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

/* What is wrong with the files that the targets name, each once. */
static void note_files(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_strv *problems)
{
	const struct tmd_env_linux *priv = r->priv;
	TMD_AUTO_STRV struct tmd_strv paths = { 0 };
	TMD_AUTO_STRV struct tmd_strv faults = { 0 };
	TMD_AUTO_STRV struct tmd_strv losses = { 0 };

	for (int i = 0; i < TMD_ENV_TARGETS; i++) {
		const struct tmd_env_effect *effect = &priv->effects[i];

		if (priv->wanted[i] && effect->value && !effect->unknown)
			tmd_strv_add_once(&paths, effect->value);
	}
	for (size_t i = 0; i < paths.count; i++) {
		tmd_env_note_private_file(ctx, r, paths.items[i], &faults);
		tmd_env_note_ca_file(ctx, r->name, paths.items[i], &faults, &losses);
	}
	tmd_env_report_ca_file(r, &faults, &losses, problems);
}

enum tmd_rc tmd_env_backend_read(struct tmd_ctx *ctx, struct tmd_resource *r,
				 struct tmd_error *err)
{
	TMD_AUTO_STRV struct tmd_strv problems = { 0 };
	TMD_AUTO_STRV struct tmd_strv strays = { 0 };
	struct tmd_env_site site;

	if (begin(ctx, r, err))
		return TMD_FAILED;
	site = tmd_env_site_of(ctx, r);
	if (read_effects(&site, r->priv, &problems, &strays, err) ||
	    (site.user && tmd_env_note_pam_environment(&site, &problems, err)))
		return TMD_FAILED;
	set_parameters(r);
	set_per_target(r);
	set_value_and_state(r);
	tmd_env_note_meaning(r->name, &problems);
	note_files(ctx, r, &problems);
	set_list(&r->current[TMD_ENV_PROBLEMS], &problems);
	set_list(&r->current[TMD_ENV_STRAYS], &strays);
	return TMD_OK;
}

/* Files are all there is. */
enum tmd_rc tmd_env_backend_commit(struct tmd_ctx *ctx, struct tmd_resource *const *resources,
				   size_t count, struct tmd_error *err)
{
	(void)ctx;
	(void)resources;
	(void)count;
	(void)err;
	return TMD_OK;
}
