/* The parts of the python_api type. */
#ifndef TMD_PYTHON_API_PYTHON_API_H
#define TMD_PYTHON_API_PYTHON_API_H

#include "resources/python_api/source.h"
#include "resources/type.h"

enum tmd_api_field {
	TMD_API_PATH,
	TMD_API_VERSION,
	TMD_API_MATCH,
	TMD_API_FROM,
	TMD_API_ALLOW_DOWNGRADE,
	TMD_API_UNDER,
	TMD_API_IS_SOURCE,
	TMD_API_LAYOUT_NAME,
	TMD_API_PACKAGE_DIR,
	TMD_API_SOURCE_VERSION,
	TMD_API_DIST_VERSION,
	TMD_API_INSTALLER,
	TMD_API_COMMIT,
	TMD_API_PYTHONS,
	TMD_API_CA_FILES,
	TMD_API_PROBLEMS,
	TMD_API_FIELDS,
};

struct tmd_api_private {
	char *holder; /* the directory that holds shotgun_api3, or is to; the archive */
	bool found;
	bool is_interpreter; /* `path` names a Python */
	char *managed;	     /* its EXTERNALLY-MANAGED, or NULL */
	struct tmd_api_copy copy;     /* when it was found */
	struct tmd_api_source source; /* when one was given, and could be read */
	bool has_source;
};

/* What a copy tells, as the fields of a report. */
void tmd_api_tell(struct tmd_resource *r, const struct tmd_api_copy *copy);

enum tmd_rc tmd_api_list(struct tmd_ctx *ctx, const struct tmd_resource *query,
			 struct tmd_listing *listing, struct tmd_error *err);

enum tmd_rc tmd_api_plan(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_changeset *set,
			 struct tmd_error *err);

/* Is `is` older than `than`, negative; 0 where they are one, or cannot be compared. */
int tmd_api_compare(const char *is, const char *than);

#endif
