/* One project: its core_api.yml, what runs there, and whether a wish holds. */
#ifndef TMD_CORE_API_PROJECT_H
#define TMD_CORE_API_PROJECT_H

#include <stdbool.h>

#include "resources/core_api/core_file.h"
#include "resources/core_api/eras.h"
#include "resources/core_api/installed.h"
#include "resources/type.h"

struct tmd_core_project {
	char *file; /* its core_api.yml */
	struct tmd_buf text;
	struct tmd_core_file pin;
	struct tmd_core_installed installed;
};

/* Where a configuration has the file, below its root; ends with NULL. */
extern const char *const tmd_core_places[];

/*
 * Is the project's own directory there, with anything in it? An empty one is where a file system is
 * not mounted. The path may name the file too.
 */
bool tmd_core_project_exists(struct tmd_ctx *ctx, const char *path);

/*
 * `path` is a configuration's root, or the file itself. Fails with not_found, listing where the
 * file was looked for, and as tmd_view_read(). Release `out` in any case.
 */
enum tmd_rc tmd_core_project_read(struct tmd_ctx *ctx, const char *path,
				  struct tmd_core_project *out,
				  struct tmd_error *err) TMD_MUST_CHECK;
void tmd_core_project_release(struct tmd_core_project *project);

/* The file alone; the caller frees `out`. Fails with not_found. */
enum tmd_rc tmd_core_find_file(struct tmd_ctx *ctx, const char *path, char **out,
			       struct tmd_error *err) TMD_MUST_CHECK;

/*
 * The version that the file pins; NULL: it decides on no core, because Toolkit refuses it, or takes
 * the core at a path.
 */
const char *tmd_core_project_pin(const struct tmd_core_project *project);

/* The version that runs: of an installed configuration what is there; NULL: not known. */
const char *tmd_core_project_runs(const struct tmd_core_project *project);

/*
 * With `pin` in the file, NULL for none: what runs when that is something else, and what changes it,
 * as a sentence that the caller frees; NULL: it is the same.
 */
char *tmd_core_project_differs(const struct tmd_core_project *project,
			       const char *pin) TMD_MUST_CHECK;

/* One sentence about a core that passes the variable by somewhere; NULL: none. The caller frees. */
char *tmd_core_era_complaint(const char *version) TMD_MUST_CHECK;

/* ---- wishes ---- */

struct tmd_core_wish {
	const char *version; /* NULL: none */
	bool at_least;
	bool allow_downgrade;
};

/*
 * Does the wish hold? Where not, it can be brought about by an edit. Fails where it cannot: with
 * conflict or refused, and the line that is the reason; with conflict where nobody can tell; with
 * invalid_input for what is no version.
 */
enum tmd_rc tmd_core_judge(const struct tmd_core_project *project, const struct tmd_core_wish *wish,
			   bool *holds, struct tmd_error *err) TMD_MUST_CHECK;

/* Does an installed configuration run what is wished for? Any other does what its file says. */
bool tmd_core_runs_wish(const struct tmd_core_project *project, const struct tmd_core_wish *wish);

/* What a change to the wish should know: adds sentences to `notes`. */
void tmd_core_note_change(const struct tmd_core_project *project, const char *wish,
			  struct tmd_strv *notes);

/* What a wish that holds rests on, where that is not certain. */
void tmd_core_note_held(const struct tmd_core_project *project, const struct tmd_core_wish *wish,
			struct tmd_strv *notes);

#endif
