/* From what a way of starting a program sets to the one variable that matters. */
#include "resources/env/unix/linux_effective.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "resources/env/strays.h"
#include "resources/env/unix/ways.h"

#define CANNOT_TELL "(cannot tell)"

void tmd_env_effect_release(struct tmd_env_effect *effect)
{
	free(effect->value);
	free(effect->path);
	memset(effect, 0, sizeof(*effect));
}

static void take_effect(const struct tmd_env_reading *reading, struct tmd_env_effect *out)
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
	out->value = tmd_strdup(var->unknown ? CANNOT_TELL : var->value);
	if (var->unknown)
		tmd_strv_addf(reading->problems,
			      "line %zu of %s: what becomes of %s here cannot be told", var->line,
			      var->path, site->name);
}

static void note_strays(const struct tmd_env_reading *reading, struct tmd_strv *strays)
{
	for (size_t i = 0; i < reading->vars.count; i++) {
		const struct tmd_env_var *var = &reading->vars.items[i];
		const char *why = tmd_env_stray(reading->site->name, var->name);
		const struct tmd_user *user = reading->site->user;
		TMD_AUTO_FREE char *removal = NULL;
		TMD_AUTO_FREE char *text = NULL;

		if (!why || !var->value)
			continue;
		removal = tmd_env_stray_removal(var->name, user ? user->name : NULL);
		text = tmd_format("%s (%s): %s line %zu; %s", var->name, why, var->path, var->line,
				  removal);
		tmd_strv_add_once(strays, text);
	}
}

static void add_names(const struct tmd_env_vars *vars, struct tmd_strv *names)
{
	for (size_t i = 0; i < vars->count; i++) {
		const struct tmd_env_var *var = &vars->items[i];

		if (var->value && (var->exported || var->maybe_exported))
			tmd_strv_add(names, var->name);
	}
}

enum tmd_rc tmd_env_names(const struct tmd_env_site *site, enum tmd_env_target target,
			  struct tmd_strv *names, struct tmd_error *err)
{
	TMD_AUTO_STRV struct tmd_strv ignored = { 0 };
	TMD_AUTO_ENV_READING struct tmd_env_reading reading;

	tmd_env_reading_begin(&reading, site, &ignored);
	if (tmd_env_read_way(&reading, target, err))
		return TMD_FAILED;
	if (reading.vars.overflow)
		return tmd_fail(err, TMD_E_REFUSED, NULL, NULL, "%s sets more than %d variables",
				tmd_env_target_name(target), TMD_ENV_VARS_MAX);
	add_names(&reading.vars, names);
	return TMD_OK;
}

/* What becomes of the variable cannot be told; `value` says so, and is taken over. */
static void doubt(struct tmd_env_effect *effect, char *value)
{
	free(effect->value);
	effect->value = value;
	effect->unknown = true;
}

/* systemd before 254 reads some files differently; what the two disagree on is unknown. */
static enum tmd_rc check_older_systemd(const struct tmd_env_site *site, struct tmd_env_effect *out,
				       struct tmd_strv *problems, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_env_effect_release) struct tmd_env_effect older = { 0 };
	TMD_AUTO_STRV struct tmd_strv repeated = { 0 };
	TMD_AUTO_ENV_READING struct tmd_env_reading reading;

	tmd_env_reading_begin(&reading, site, &repeated);
	if (tmd_env_read_older_way(&reading, err))
		return TMD_FAILED;
	take_effect(&reading, &older);
	if (tmd_str_equal(older.value, out->value))
		return TMD_OK;
	tmd_strv_addf(problems,
		      "%s: a comment that ends in a backslash hides %s from systemd before 254",
		      out->path ? out->path : "environment.d", site->name);
	doubt(out, tmd_strdup(CANNOT_TELL));
	return TMD_OK;
}

static void note_disagreement(struct tmd_env_effect *pam, struct tmd_env_effect *systemd,
			      struct tmd_strv *problems)
{
	char *both = tmd_format("%s (pam_env), %s (systemd)", pam->value ? pam->value : "nothing",
				systemd->value);

	tmd_strv_addf(problems,
		      "line %zu of " TMD_ENV_MACHINE_FILE
		      ": read differently by pam_env and systemd: %s", systemd->line, both);
	doubt(pam, both);
	if (pam->path)
		return;
	pam->path = systemd->path;
	pam->line = systemd->line;
	systemd->path = NULL;
}

/*
 * Where systemd reads /etc/environment too, a value counts only when both see the same.
 * That the file gives systemd nothing is no contradiction: environment.d has other files.
 */
static enum tmd_rc check_second_meaning(const struct tmd_env_site *site,
					struct tmd_env_effect *out, struct tmd_strv *problems,
					struct tmd_error *err)
{
	TMD_CLEANUP(tmd_env_effect_release) struct tmd_env_effect other = { 0 };
	TMD_AUTO_ENV_READING struct tmd_env_reading reading;
	bool linked;

	tmd_env_reading_begin(&reading, site, problems);
	if (tmd_env_site_linked(site, &linked, err) ||
	    (linked && tmd_env_read_linked_way(&reading, err)))
		return TMD_FAILED;
	take_effect(&reading, &other);
	if (other.value && !tmd_str_equal(other.value, out->value))
		note_disagreement(out, &other, problems);
	return TMD_OK;
}

enum tmd_rc tmd_env_effective(const struct tmd_env_site *site, enum tmd_env_target target,
			      struct tmd_env_effect *out, struct tmd_strv *problems,
			      struct tmd_strv *strays, struct tmd_error *err)
{
	TMD_AUTO_ENV_READING struct tmd_env_reading reading;

	tmd_env_reading_begin(&reading, site, problems);
	if (tmd_env_read_way(&reading, target, err))
		return TMD_FAILED;
	take_effect(&reading, out);
	note_strays(&reading, strays);
	if (target == TMD_ENV_ENVIRONMENT_D && reading.reader.envd.comment_splits)
		return check_older_systemd(site, out, problems, err);
	if (target == TMD_ENV_ETC_ENVIRONMENT)
		return check_second_meaning(site, out, problems, err);
	return TMD_OK;
}
