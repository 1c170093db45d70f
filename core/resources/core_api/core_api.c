/*
 * The core_api type: which Toolkit core pipeline configurations name in their core_api.yml, which
 * one runs, and another one written into the very place where the version stands.
 */
#include "resources/core_api/core_api.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/version.h"
#include "os/path.h"
#include "resources/many.h"
#include "resources/paths.h"
#include "resources/types.h"

static const char *const match_choices[] = { "exact", "at_least", NULL };
static const char *const missing_choices[] = { "fail", "ok", NULL };

static const struct tmd_field fields[TMD_CORE_FIELDS] = {
	[TMD_CORE_PATH] = { "path", TMD_T_PATH, TMD_F_KEY | TMD_F_MANY, NULL, NULL,
			    "A pipeline configuration's root, where config/core/core_api.yml and "
			    "core/core_api.yml are looked for, or the file itself. Several with "
			    "commas between them (two for a comma of a name) and wildcards, "
			    "/mnt/projects/* for one, are one resource." },
	[TMD_CORE_VERSION] = { "version", TMD_T_STRING, TMD_F_REQUIRED, NULL, NULL,
			       "The Toolkit core to use, such as v0.23.10; null leaves it as it is. "
			       "Reported: what the file pins, null where Toolkit refuses it or takes "
			       "the core at a path; of several projects what all of them pin." },
	[TMD_CORE_MATCH] = { "match", TMD_T_ENUM, TMD_F_PARAM, "exact", match_choices,
			     "exact: this version. at_least: a newer one is good enough; what "
			     "cannot be compared, a commit or a core at a path, is an error." },
	[TMD_CORE_ALLOW_DOWNGRADE] = { "allow_downgrade", TMD_T_BOOL, TMD_F_PARAM, "false", NULL,
				       "Replace a newer version by an older one." },
	[TMD_CORE_MISSING] = { "missing", TMD_T_ENUM, TMD_F_PARAM, "fail", missing_choices,
			       "fail: a project that is not there is an error. ok: it is passed over "
			       "with a warning, as one that is not mounted, of which there may be an "
			       "empty directory. One that has other files only is an error with both." },
	[TMD_CORE_UNDER] = { "under", TMD_T_LIST, TMD_F_WHERE | TMD_F_MANY, NULL, NULL,
			     "For list: the directories below which configurations are looked for; "
			     "wildcards as in path." },
	[TMD_CORE_FILE] = { "file", TMD_T_STRING, TMD_F_READ_ONLY, NULL, NULL,
			    "The core_api.yml that was found." },
	[TMD_CORE_DESCRIPTOR] = { "descriptor", TMD_T_MAP, TMD_F_READ_ONLY, NULL, NULL,
				  "The location as Toolkit reads it: type, form (mapping or uri), "
				  "and its other keys." },
	[TMD_CORE_RUNNING_VERSION] = { "running_version", TMD_T_STRING,
				       TMD_F_READ_ONLY | TMD_F_BEYOND, NULL, NULL,
				       "The core that runs in an installed configuration, which is "
				       "not what it pins; null when it is not installed, or not "
				       "known. Of several projects: of the first that does not run "
				       "what is wished for." },
	[TMD_CORE_RUNNING_CORE] = { "running_core", TMD_T_STRING, TMD_F_READ_ONLY, NULL, NULL,
				    "The directory of the core that runs in an installed "
				    "configuration." },
	[TMD_CORE_PYTHON_API_VERSION] = { "python_api_version", TMD_T_STRING, TMD_F_READ_ONLY, NULL,
					  NULL,
					  "The Python API inside the core that runs; null when not "
					  "known." },
	[TMD_CORE_HONOURS_ENV_OVERRIDE] = { "honours_env_override", TMD_T_BOOL, TMD_F_READ_ONLY,
					    NULL, NULL,
					    "Does the core that runs use SHOTGUN_API_CACERTS for "
					    "everything? Of several projects: does every one? Null "
					    "when not known." },
	[TMD_CORE_PROBLEMS] = { "problems", TMD_T_LIST, TMD_F_READ_ONLY, NULL, NULL,
				"What is wrong with the file or with the core that runs, with line "
				"numbers; of several projects with one of those that have it." },
	[TMD_CORE_COUNT] = { "count", TMD_T_INT, TMD_F_READ_ONLY, NULL, NULL,
			     "Of several projects: how many there are." },
	[TMD_CORE_PROJECTS] = { "projects", TMD_T_MAP, TMD_F_READ_ONLY, NULL, NULL,
				"Of several projects those that are not as wished, or have a "
				"problem: what each pins, or why it pins nothing." },
};

static const char *const backends[] = { "file", NULL };

struct tmd_core_wish tmd_core_wish_of(const struct tmd_resource *r)
{
	struct tmd_core_wish wish = {
		tmd_value_str(&r->input[TMD_CORE_VERSION]),
		tmd_str_equal(tmd_value_str(&r->desired[TMD_CORE_MATCH]), "at_least"),
		tmd_value_bool(&r->desired[TMD_CORE_ALLOW_DOWNGRADE], false),
	};

	return wish;
}

bool tmd_core_passes_over(struct tmd_ctx *ctx, const struct tmd_resource *r, const char *path)
{
	return tmd_str_equal(tmd_value_str(&r->desired[TMD_CORE_MISSING]), "ok") &&
	       !tmd_core_project_exists(ctx, path);
}

/* ---- normalize ---- */

/* What two ways to one file have in common. */
static char *file_key(struct tmd_ctx *ctx, const char *path)
{
	TMD_AUTO_FREE char *file = NULL;
	TMD_AUTO_FREE char *real = NULL;
	struct tmd_error ignored = { 0 };

	if (tmd_core_find_file(ctx, path, &file, &ignored) != TMD_OK)
		file = tmd_strdup(path);
	if (tmd_view_resolve(ctx->view, file, &real, &ignored) != TMD_OK)
		real = tmd_strdup(path);
	return tmd_path_key(real);
}

static void release_private(struct tmd_resource *r)
{
	struct tmd_strv *keys = r->priv;

	if (!keys)
		return;
	tmd_strv_release(keys);
	free(keys);
	r->priv = NULL;
}

static enum tmd_rc normalize(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_error *err)
{
	static const struct tmd_many many = {
		TMD_CORE_PATH, TMD_CORE_UNDER, TMD_FILE_DIRECTORY, "name a pipeline configuration",
		"name the configurations in path", file_key
	};

	if (!r->priv) /* the files that the resource is about, for contradicts() */
		r->priv = tmd_alloc(1, sizeof(struct tmd_strv));
	if (tmd_many_check(r, &many, err) || tmd_many_normalize(ctx, r, &many, r->priv, err))
		return TMD_FAILED;
	tmd_value_copy(&r->desired[TMD_CORE_VERSION], &r->input[TMD_CORE_VERSION]);
	r->backend = backends[0];
	return TMD_OK;
}

/* Both lists are sorted. */
static bool overlap(const struct tmd_strv *a, const struct tmd_strv *b)
{
	size_t i = 0;
	size_t k = 0;

	while (i < a->count && k < b->count) {
		int order = strcmp(a->items[i], b->items[k]);

		if (!order)
			return true;
		if (order < 0)
			i++;
		else
			k++;
	}
	return false;
}

/* Is the exact version good enough for the other wish? Where that cannot be told, no. */
static bool meets(const struct tmd_core_wish *exact, const struct tmd_core_wish *least)
{
	struct tmd_error ignored = { 0 };
	int order;

	return !tmd_version_is_commit(exact->version) && !tmd_version_is_commit(least->version) &&
	       !tmd_version_compare(exact->version, least->version, &order, &ignored) && order >= 0;
}

/* Is there a version that both are content with? Of two that ask for a minimum the newer one is. */
static bool are_compatible(const struct tmd_core_wish *a, const struct tmd_core_wish *b)
{
	bool same = tmd_str_equal(a->version, b->version);

	if (!a->version || !b->version)
		return true;
	if (!a->at_least && !b->at_least)
		return same && a->allow_downgrade == b->allow_downgrade;
	if (same)
		return true;
	if (a->at_least && b->at_least)
		return meets(a, b) || meets(b, a);
	return (b->at_least && meets(a, b)) || (a->at_least && meets(b, a));
}

static const char *contradicts(const struct tmd_resource *a, const struct tmd_resource *b)
{
	const struct tmd_core_wish wish = tmd_core_wish_of(a);
	const struct tmd_core_wish other = tmd_core_wish_of(b);

	if (!a->priv || !b->priv || are_compatible(&wish, &other) || !overlap(a->priv, b->priv))
		return NULL;
	return "one project is named by both";
}

static bool reconciles(const struct tmd_resource *a, const struct tmd_resource *b)
{
	const struct tmd_core_wish wish = tmd_core_wish_of(a);
	const struct tmd_core_wish other = tmd_core_wish_of(b);

	return are_compatible(&wish, &other);
}

/* ---- read ---- */

static void report_era(struct tmd_resource *r, const char *runs)
{
	struct tmd_era era = tmd_era_of(runs);
	TMD_AUTO_FREE char *complaint = tmd_core_era_complaint(runs);

	tmd_value_set_string(&r->current[TMD_CORE_PYTHON_API_VERSION], era.python_api);
	if (era.env != TMD_ERA_ENV_UNKNOWN)
		tmd_value_set_bool(&r->current[TMD_CORE_HONOURS_ENV_OVERRIDE],
				   era.env == TMD_ERA_ENV_HONOURED);
	if (complaint)
		tmd_value_list_add(&r->current[TMD_CORE_PROBLEMS], complaint);
	if (era.env == TMD_ERA_ENV_UNKNOWN && runs && tmd_core_is_release(runs))
		tmd_strv_addf(&r->warnings,
			      "core %.60s is none of the releases up to " TMD_ERA_NEWEST
			      " that are known here: its Python API is not reported",
			      runs);
}

static void report_installed(struct tmd_resource *r, const struct tmd_core_project *project)
{
	TMD_AUTO_FREE char *differs =
		tmd_core_project_differs(project, tmd_core_project_pin(project));

	tmd_value_set_string(&r->current[TMD_CORE_RUNNING_VERSION], project->installed.version);
	tmd_value_set_string(&r->current[TMD_CORE_RUNNING_CORE], project->installed.core);
	if (!differs)
		return;
	tmd_value_list_add(&r->current[TMD_CORE_PROBLEMS], differs);
	tmd_strv_add(&r->warnings, differs);
}

void tmd_core_report(struct tmd_resource *r, const struct tmd_core_project *project)
{
	tmd_value_set_string(&r->current[TMD_CORE_FILE], project->file);
	tmd_value_set_string(&r->current[TMD_CORE_VERSION], tmd_core_project_pin(project));
	tmd_value_copy(&r->current[TMD_CORE_DESCRIPTOR], &project->pin.descriptor);
	tmd_value_set_list(&r->current[TMD_CORE_PROBLEMS], &project->pin.problems);
	report_installed(r, project);
	report_era(r, tmd_core_project_runs(project));
}

/* The wish is warned about too, unless the machine is there already and says so itself. */
static void warn_about_wish(struct tmd_resource *r, const char *wish, const char *runs)
{
	TMD_AUTO_FREE char *complaint = tmd_core_era_complaint(wish);

	if (complaint && !tmd_str_equal(wish, runs))
		tmd_strv_add(&r->warnings, complaint);
}

/* What holds is wished for as it is; of what does not, plan() says why. */
static void complete_wish(struct tmd_resource *r, const struct tmd_core_project *project)
{
	const struct tmd_core_wish wish = tmd_core_wish_of(r);
	struct tmd_error ignored = { 0 };
	bool holds = false;

	tmd_value_copy(&r->desired[TMD_CORE_VERSION], &r->input[TMD_CORE_VERSION]);
	if (tmd_core_judge(project, &wish, &holds, &ignored) || !holds || !wish.version)
		return;
	tmd_value_copy(&r->desired[TMD_CORE_VERSION], &r->current[TMD_CORE_VERSION]);
	tmd_core_note_held(project, &wish, &r->warnings);
}

void tmd_core_wish_to_run(struct tmd_resource *r, const struct tmd_core_project *project)
{
	const struct tmd_core_wish wish = tmd_core_wish_of(r);

	if (tmd_core_runs_wish(project, &wish))
		return;
	tmd_value_set_string(&r->current[TMD_CORE_RUNNING_VERSION], project->installed.version);
	tmd_value_set_string(&r->desired[TMD_CORE_RUNNING_VERSION], wish.version);
}

static enum tmd_rc pass_over(struct tmd_resource *r, const struct tmd_error *err)
{
	tmd_value_release(&r->desired[TMD_CORE_VERSION]);
	tmd_value_list_add(&r->current[TMD_CORE_PROBLEMS], err->message);
	tmd_strv_addf(&r->warnings, "passed over: %s", err->message);
	return TMD_OK;
}

static enum tmd_rc read_one(struct tmd_ctx *ctx, struct tmd_resource *r, const char *path,
			    struct tmd_error *err)
{
	TMD_CLEANUP(tmd_core_project_release) struct tmd_core_project project = { 0 };

	if (tmd_core_project_read(ctx, path, &project, err))
		return err->kind == TMD_E_NOT_FOUND && !project.file &&
				       tmd_core_passes_over(ctx, r, path) ?
			       pass_over(r, err) :
			       TMD_FAILED;
	tmd_core_report(r, &project);
	complete_wish(r, &project);
	tmd_core_wish_to_run(r, &project);
	warn_about_wish(r, tmd_value_str(&r->input[TMD_CORE_VERSION]),
			tmd_core_project_runs(&project));
	return TMD_OK;
}

static enum tmd_rc read_current(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_error *err)
{
	const char *path = tmd_value_str(&r->desired[TMD_CORE_PATH]);
	TMD_AUTO_STRV struct tmd_strv paths = { 0 };
	bool many = false;

	if (tmd_paths_expand(ctx->view, path, TMD_FILE_DIRECTORY, &paths, &many, err))
		return TMD_FAILED;
	tmd_value_copy(&r->current[TMD_CORE_PATH], &r->desired[TMD_CORE_PATH]);
	tmd_value_release(&r->desired[TMD_CORE_PROJECTS]);
	tmd_value_release(&r->desired[TMD_CORE_RUNNING_VERSION]);
	if (!many)
		return read_one(ctx, r, path, err);
	tmd_core_many_read(ctx, r, &paths);
	return TMD_OK;
}

/* ---- plan ---- */

/* In an installed configuration the file alone changes nothing. */
static void warn_of_installed(struct tmd_resource *r, const struct tmd_core_project *project,
			      const char *wish)
{
	TMD_AUTO_FREE char *pinned =
		tmd_core_project_differs(project, tmd_core_project_pin(project));
	TMD_AUTO_FREE char *differs = tmd_core_project_differs(project, wish);

	if (differs && !pinned)
		tmd_strv_add_once(&r->warnings, differs);
}

static enum tmd_rc plan_one(struct tmd_ctx *ctx, struct tmd_resource *r, const char *path,
			    struct tmd_changeset *set, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_core_project_release) struct tmd_core_project project = { 0 };
	TMD_AUTO_BUF struct tmd_buf edited = { 0 };
	const struct tmd_core_wish wish = tmd_core_wish_of(r);
	bool holds = false;

	if (tmd_core_project_read(ctx, path, &project, err) ||
	    tmd_core_judge(&project, &wish, &holds, err) ||
	    tmd_core_file_edit(&project.pin, tmd_buf_str(&project.text), project.text.len,
			       project.file, wish.version, &edited, err))
		return TMD_FAILED;
	tmd_core_note_change(&project, wish.version, &r->warnings);
	warn_of_installed(r, &project, wish.version);
	tmd_changeset_write(set, project.file, &edited, NULL);
	return TMD_OK;
}

static enum tmd_rc plan(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_changeset *set,
			struct tmd_error *err)
{
	if (r->desired[TMD_CORE_PROJECTS].kind == TMD_V_MAP)
		return tmd_core_many_plan(ctx, r, set, err);
	return plan_one(ctx, r, tmd_value_str(&r->desired[TMD_CORE_PATH]), set, err);
}

const struct tmd_type tmd_type_core_api = {
	.name = "core_api",
	.plural = "configurations",
	.summary = "The Toolkit core that pipeline configurations pin in core_api.yml.",
	.fields = fields,
	.field_count = TMD_CORE_FIELDS,
	.backends = backends,
	.rank = 30,
	.normalize = normalize,
	.contradicts = contradicts,
	.reconciles = reconciles,
	.read = read_current,
	.plan = plan,
	.list = tmd_core_list,
	.list_needs = "under",
	.release = release_private,
};
