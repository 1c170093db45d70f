/* The parts of the core_api type: one project, and the many that one path can name. */
#ifndef TMD_CORE_API_CORE_API_H
#define TMD_CORE_API_CORE_API_H

#include "resources/core_api/project.h"
#include "resources/type.h"

enum tmd_core_field {
	TMD_CORE_PATH,
	TMD_CORE_VERSION,
	TMD_CORE_MATCH,
	TMD_CORE_ALLOW_DOWNGRADE,
	TMD_CORE_MISSING,
	TMD_CORE_UNDER,
	TMD_CORE_FILE,
	TMD_CORE_DESCRIPTOR,
	TMD_CORE_RUNNING_VERSION,
	TMD_CORE_RUNNING_CORE,
	TMD_CORE_PYTHON_API_VERSION,
	TMD_CORE_HONOURS_ENV_OVERRIDE,
	TMD_CORE_PROBLEMS,
	TMD_CORE_COUNT,
	TMD_CORE_PROJECTS,
	TMD_CORE_FIELDS,
};

struct tmd_core_wish tmd_core_wish_of(const struct tmd_resource *r);

/* Is the project not there, and passed over then? */
bool tmd_core_passes_over(struct tmd_ctx *ctx, const struct tmd_resource *r, const char *path);

/* The attributes of what was read. */
void tmd_core_report(struct tmd_resource *r, const struct tmd_core_project *project);

/* Where an installed configuration does not run what is wished for: what it runs, and the wish. */
void tmd_core_wish_to_run(struct tmd_resource *r, const struct tmd_core_project *project);

/* ---- many.c: `paths` are what path names ---- */

/*
 * As the type's read(): `projects` is what is compared, with a wish for each project that can be
 * brought to it. What is said of those that cannot is in r->shortfall and the warnings.
 */
void tmd_core_many_read(struct tmd_ctx *ctx, struct tmd_resource *r, const struct tmd_strv *paths);

/* A step for each of these. */
enum tmd_rc tmd_core_many_plan(struct tmd_ctx *ctx, struct tmd_resource *r,
			       struct tmd_changeset *set, struct tmd_error *err) TMD_MUST_CHECK;

/* ---- under.c ---- */

/* The verb list: every configuration below the directories of `under`. */
enum tmd_rc tmd_core_list(struct tmd_ctx *ctx, const struct tmd_resource *query,
			  struct tmd_listing *listing, struct tmd_error *err) TMD_MUST_CHECK;

#endif
