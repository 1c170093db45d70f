/* Which Python API the released Toolkit cores hold, and what they do with SHOTGUN_API_CACERTS. */
#ifndef TMD_CORE_API_ERAS_H
#define TMD_CORE_API_ERAS_H

enum tmd_era_env {
	TMD_ERA_ENV_UNKNOWN, /* no released core that this program knows */
	TMD_ERA_ENV_ABSENT,  /* the variable does not exist yet */
	TMD_ERA_ENV_PARTLY,  /* uploads to S3 pass it by */
	TMD_ERA_ENV_LOGIN,   /* the login in the browser passes it by */
	TMD_ERA_ENV_TRANSFERS, /* uploads and downloads pass it by */
	TMD_ERA_ENV_IGNORED,
	TMD_ERA_ENV_HONOURED,
};

struct tmd_era {
	const char *python_api; /* static; NULL: not known */
	enum tmd_era_env env;
};

#define TMD_ERA_NEWEST "v0.24.0" /* the last core in the table */

/* `version` may be NULL or anything else: what the table does not list is unknown. */
struct tmd_era tmd_era_of(const char *version);

/*
 * The oldest Python that a core runs with, "3.9", where it wants a newer one than the cores before
 * v0.23.10 do; NULL: not known to. As minimum_python_version in its info.yml has it. `version` as
 * above.
 */
const char *tmd_era_python(const char *version);

#endif
