/* What follows from a CA file that is not as it should be: a wish, a warning, a refusal. */
#include "resources/env/ca_file.h"

#include <string.h>

#include "base/str.h"
#include "resources/env/env.h"
#include "resources/env/trust_vars.h"

bool tmd_env_names_ca_file(const char *name)
{
	enum tmd_env_trust trust = tmd_env_trust(name);

	return trust == TMD_ENV_TRUST_FILE || trust == TMD_ENV_TRUST_FILE_OR_DIR;
}

/* What differs is planned anyway, and then the file of the wish is looked at. */
static bool is_as_wished(const struct tmd_resource *r)
{
	const char *wish = tmd_value_str(&r->desired[TMD_ENV_VALUE]);

	return !wish || tmd_str_equal(wish, tmd_value_str(&r->current[TMD_ENV_VALUE]));
}

static void add_each(struct tmd_strv *list, const struct tmd_strv *texts)
{
	for (size_t i = 0; i < texts->count; i++)
		tmd_strv_add_once(list, texts->items[i]);
}

void tmd_env_report_ca_file(struct tmd_resource *r, const struct tmd_strv *faults,
			    const struct tmd_strv *losses, struct tmd_strv *problems)
{
	bool met = tmd_env_wanted(r) && is_as_wished(r);

	add_each(problems, losses);
	if (met && tmd_value_str(&r->desired[TMD_ENV_VALUE]))
		add_each(&r->warnings, losses);
	tmd_value_release(&r->desired[TMD_ENV_PROBLEMS]);
	if (met && faults->count && tmd_env_forced(r))
		add_each(&r->warnings, faults);
	else if (met && faults->count)
		tmd_value_set_list(&r->desired[TMD_ENV_PROBLEMS], problems);
	for (size_t i = 0; i < faults->count; i++)
		tmd_strv_add(problems, faults->items[i]);
}

enum tmd_rc tmd_env_refuse_ca_file(struct tmd_resource *r, const char *value,
				   const struct tmd_strv *faults, const struct tmd_strv *losses,
				   struct tmd_error *err)
{
	add_each(&r->warnings, losses);
	if (!faults->count)
		return TMD_OK;
	if (tmd_env_forced(r)) {
		tmd_strv_add_once(&r->warnings, faults->items[0]);
		return TMD_OK;
	}
	return tmd_fail(err, TMD_E_REFUSED, value,
			tmd_env_trust(r->name) == TMD_ENV_TRUST_DIRS ?
				"mend the directory first; force=true sets the variable all the same" :
				"mend the file first, or have the same run make it (type bundle); "
				"force=true sets the variable all the same",
			"env %s", faults->items[0]);
}

enum tmd_rc tmd_env_check_ca_file(struct tmd_ctx *ctx, struct tmd_resource *r, const char *value,
				  struct tmd_error *err)
{
	TMD_AUTO_STRV struct tmd_strv faults = { 0 };
	TMD_AUTO_STRV struct tmd_strv losses = { 0 };

	tmd_env_note_ca_file(ctx, r->name, value, &faults, &losses);
	return tmd_env_refuse_ca_file(r, value, &faults, &losses, err);
}

enum tmd_rc tmd_env_check_ca_path(const struct tmd_resource *r, const char *value, bool absolute,
				  struct tmd_error *err)
{
	enum tmd_env_trust trust = tmd_env_trust(r->name);
	size_t last = strlen(value) - 1;

	if (!tmd_env_names_ca_file(r->name))
		return TMD_OK;
	if (trust == TMD_ENV_TRUST_FILE && (value[last] == '/' || value[last] == '\\'))
		return tmd_fail(err, TMD_E_INVALID_INPUT, value, "name the PEM file itself",
				"env %s: the value names a directory", r->name);
	if (!absolute)
		return tmd_fail(err, TMD_E_INVALID_INPUT, value,
				"write the whole path of the PEM file",
				"env %s: a program would look for this file in whatever directory "
				"it happens to run", r->name);
	return TMD_OK;
}
