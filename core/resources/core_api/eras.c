/*
 * The table of core releases, from the public tags up to v0.24.0. Only what lies between two
 * tags of one row is answered: a core outside the rows is unknown, never a guess.
 */
#include "resources/core_api/eras.h"

#include <stdbool.h>
#include <stddef.h>

#include "base/version.h"
#include "resources/core_api/kinds.h"

struct row {
	const char *first; /* core */
	const char *last;
	const char *python_api;
	enum tmd_era_env env;
};

static const struct row rows[] = {
	{ "v0.14.0", "v0.14.41", "3.0.13", TMD_ERA_ENV_ABSENT },
	{ "v0.14.42", "v0.14.63", "3.0.14", TMD_ERA_ENV_ABSENT },
	{ "v0.14.64", "v0.15.23", "3.0.17", TMD_ERA_ENV_ABSENT },
	{ "v0.16.0RC1", "v0.16.2", "3.0.19", TMD_ERA_ENV_PARTLY },
	{ "v0.16.3", "v0.16.16", "3.0.20.RC1", TMD_ERA_ENV_PARTLY },
	{ "v0.16.17", "v0.16.20", "3.0.21", TMD_ERA_ENV_PARTLY },
	{ "v0.16.21", "v0.16.39", "3.0.22", TMD_ERA_ENV_PARTLY },
	{ "v0.16.40", "v0.17.2", "3.0.25", TMD_ERA_ENV_PARTLY },
	{ "v0.17.3", "v0.17.8", "3.0.27", TMD_ERA_ENV_PARTLY },
	{ "v0.17.9", "v0.17.24", "3.0.29", TMD_ERA_ENV_PARTLY },
	{ "v0.17.25", "v0.17.26", "3.0.30", TMD_ERA_ENV_PARTLY },
	{ "v0.17.27", "v0.18.26", "3.0.31", TMD_ERA_ENV_PARTLY },
	{ "v0.18.27", "v0.18.55", "3.0.32", TMD_ERA_ENV_PARTLY },
	{ "v0.18.56", "v0.18.76", "3.0.33.dev", TMD_ERA_ENV_PARTLY },
	{ "v0.18.77", "v0.18.100", "3.0.32.toolkit", TMD_ERA_ENV_PARTLY },
	{ "v0.18.101", "v0.18.104", "3.0.33", TMD_ERA_ENV_PARTLY },
	{ "v0.18.105", "v0.18.105", "3.0.34", TMD_ERA_ENV_PARTLY },
	{ "v0.18.106", "v0.18.106", "3.0.33", TMD_ERA_ENV_PARTLY },
	{ "v0.18.107", "v0.18.121", "3.0.34", TMD_ERA_ENV_PARTLY },
	{ "v0.18.122", "v0.18.135", "3.0.35", TMD_ERA_ENV_PARTLY },
	{ "v0.18.136", "v0.18.141", "3.0.36.dev", TMD_ERA_ENV_PARTLY },
	{ "v0.18.142", "v0.18.148", "3.0.36", TMD_ERA_ENV_PARTLY },
	{ "v0.18.149", "v0.18.162", "3.0.37", TMD_ERA_ENV_PARTLY },
	{ "v0.18.163", "v0.18.163", "3.0.38", TMD_ERA_ENV_PARTLY },
	{ "v0.18.164", "v0.18.172", "3.0.39", TMD_ERA_ENV_HONOURED },
	{ "v0.19.0", "v0.19.9", "3.2.2", TMD_ERA_ENV_HONOURED },
	{ "v0.19.10", "v0.19.17", "3.2.4", TMD_ERA_ENV_HONOURED },
	{ "v0.19.18", "v0.20.0", "3.2.6", TMD_ERA_ENV_HONOURED },
	{ "v0.20.1", "v0.20.1", "3.3.0", TMD_ERA_ENV_HONOURED },
	{ "v0.20.2", "v0.20.5", "3.3.1", TMD_ERA_ENV_HONOURED },
	{ "v0.20.6", "v0.20.12", "3.3.2", TMD_ERA_ENV_HONOURED },
	{ "v0.20.13", "v0.20.14", "3.3.4", TMD_ERA_ENV_HONOURED },
	{ "v0.20.15", "v0.20.19", "3.3.5", TMD_ERA_ENV_HONOURED },
	{ "v0.20.20", "v0.20.23", "3.3.5", TMD_ERA_ENV_LOGIN },
	{ "v0.20.24", "v0.20.25", "3.3.6", TMD_ERA_ENV_LOGIN },
	{ "v0.20.26", "v0.20.30", "3.4.0", TMD_ERA_ENV_LOGIN },
	{ "v0.20.31", "v0.20.31", "3.4.1", TMD_ERA_ENV_LOGIN },
	{ "v0.20.32", "v0.21.0", "3.4.2", TMD_ERA_ENV_LOGIN },
	{ "v0.21.1", "v0.21.2", "3.5.1", TMD_ERA_ENV_LOGIN },
	{ "v0.21.3", "v0.21.4", "3.6.0", TMD_ERA_ENV_LOGIN },
	{ "v0.21.5", "v0.21.6", "3.6.1", TMD_ERA_ENV_LOGIN },
	{ "v0.21.7", "v0.22.0", "3.6.2", TMD_ERA_ENV_LOGIN },
	{ "v0.22.1", "v0.22.1", "3.8.1", TMD_ERA_ENV_HONOURED },
	{ "v0.22.2", "v0.22.3", "3.8.2", TMD_ERA_ENV_TRANSFERS },
	{ "v0.22.4", "v0.22.7", "3.8.4", TMD_ERA_ENV_TRANSFERS },
	{ "v0.23.0", "v0.23.2", "3.9.0", TMD_ERA_ENV_HONOURED },
	{ "v0.23.3", "v0.23.4", "3.9.1", TMD_ERA_ENV_HONOURED },
	{ "v0.23.5", "v0.23.5", "3.9.2", TMD_ERA_ENV_HONOURED },
	{ "v0.23.6", "v0.23.6", "3.10.0", TMD_ERA_ENV_HONOURED },
	{ "v0.23.7", "v0.23.9", "3.10.0", TMD_ERA_ENV_IGNORED },
	{ "v0.23.10", "v0.23.10", "3.10.0", TMD_ERA_ENV_HONOURED },
	{ "v0.24.0", "v0.24.0", "3.10.3", TMD_ERA_ENV_HONOURED },
};

static bool at_least(const char *version, const char *bound)
{
	struct tmd_error ignored = { 0 };
	int order;

	return tmd_version_compare(version, bound, &order, &ignored) == TMD_OK && order >= 0;
}

static bool in_row(const char *version, const struct row *row)
{
	return at_least(version, row->first) && at_least(row->last, version);
}

struct tmd_era tmd_era_of(const char *version)
{
	struct tmd_era era = { NULL, TMD_ERA_ENV_UNKNOWN };

	for (size_t i = 0; version && i < sizeof(rows) / sizeof(*rows); i++) {
		if (!in_row(version, &rows[i]))
			continue;
		era.python_api = rows[i].python_api;
		era.env = rows[i].env;
	}
	return era;
}

const char *tmd_era_python(const char *version)
{
	if (!version || tmd_version_is_commit(version) || !tmd_core_is_release(version))
		return NULL;
	return at_least(version, "v0.23.10") ? "3.9" : NULL;
}
