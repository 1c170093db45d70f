/* One project as it is. */
#include "resources/core_api/project.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"

/* ---- finding the file ---- */

const char *const tmd_core_places[] = { "config/core/core_api.yml", "core/core_api.yml", NULL };

static enum tmd_rc is_file(struct tmd_ctx *ctx, const char *path, bool *out, struct tmd_error *err)
{
	struct tmd_stat st;

	if (tmd_view_stat(ctx->view, path, &st, err) == TMD_OK) {
		*out = st.type != TMD_FILE_DIRECTORY;
		return TMD_OK;
	}
	*out = false;
	return err->kind == TMD_E_NOT_FOUND ? TMD_OK : TMD_FAILED;
}

/* The project's own directory; of a path to the file what is above it. The caller frees. */
static char *project_dir(const char *path)
{
	static const char *const names[] = { "core_api.yml", "core", "config" };
	char *dir = tmd_strdup(path);

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char *above;

		if (strcmp(tmd_path_base(dir), names[i]) != 0)
			break;
		above = tmd_path_dir(dir);
		free(dir);
		dir = above;
	}
	return dir;
}

bool tmd_core_project_exists(struct tmd_ctx *ctx, const char *path)
{
	TMD_AUTO_FREE char *dir = project_dir(path);
	TMD_AUTO_STRV struct tmd_strv names = { 0 };
	struct tmd_error ignored;

	if (!tmd_view_exists(ctx->view, dir))
		return false;
	return tmd_view_list(ctx->view, dir, &names, &ignored) || names.count;
}

static enum tmd_rc fail_missing(struct tmd_ctx *ctx, const char *path,
				const struct tmd_strv *tried, struct tmd_error *err)
{
	TMD_AUTO_FREE char *hint = tmd_format(
		"without the file the core of the studio or the site is used: check the path, pin "
		"the core there, or %s",
		tmd_core_project_exists(ctx, path) ? "leave the project out of path" :
						     "pass over it with missing=ok");

	return tmd_fail(err, TMD_E_NOT_FOUND, path, hint,
			"no core_api.yml: tried %s, %s and the path itself", tried->items[0],
			tried->items[1]);
}

enum tmd_rc tmd_core_find_file(struct tmd_ctx *ctx, const char *path, char **out,
			       struct tmd_error *err)
{
	TMD_AUTO_STRV struct tmd_strv tried = { 0 };
	bool found = false;

	for (const char *const *place = tmd_core_places; *place; place++) {
		TMD_AUTO_FREE char *candidate = tmd_path_join(path, *place);

		if (is_file(ctx, candidate, &found, err) != TMD_OK)
			return TMD_FAILED;
		if (found) {
			*out = tmd_strdup(candidate);
			return TMD_OK;
		}
		tmd_strv_add(&tried, candidate);
	}
	if (is_file(ctx, path, &found, err) != TMD_OK)
		return TMD_FAILED;
	if (!found)
		return fail_missing(ctx, path, &tried, err);
	*out = tmd_strdup(path);
	return TMD_OK;
}

/* ---- one look at it ---- */

enum tmd_rc tmd_core_project_read(struct tmd_ctx *ctx, const char *path,
				  struct tmd_core_project *out, struct tmd_error *err)
{
	memset(out, 0, sizeof(*out));
	if (tmd_core_find_file(ctx, path, &out->file, err) ||
	    tmd_view_read(ctx->view, out->file, TMD_CORE_FILE_MAX, &out->text, NULL, err))
		return TMD_FAILED;
	tmd_core_file_read(tmd_buf_str(&out->text), out->text.len, out->file, &out->pin);
	return tmd_core_installed_read(ctx, out->file, &out->installed, err);
}

void tmd_core_project_release(struct tmd_core_project *project)
{
	free(project->file);
	tmd_buf_release(&project->text);
	tmd_core_file_release(&project->pin);
	tmd_core_installed_release(&project->installed);
}

/* ---- which core ---- */

const char *tmd_core_project_pin(const struct tmd_core_project *project)
{
	const struct tmd_core_file *pin = &project->pin;
	bool decides = pin->kind && pin->kind->version != TMD_CORE_NO_VERSION;

	return decides && !pin->refused.kind ? pin->version : NULL;
}

const char *tmd_core_project_runs(const struct tmd_core_project *project)
{
	return project->installed.root ? project->installed.version :
					 tmd_core_project_pin(project);
}

char *tmd_core_project_differs(const struct tmd_core_project *project, const char *pin)
{
	const struct tmd_core_installed *installed = &project->installed;
	TMD_AUTO_FREE char *change = NULL;
	TMD_AUTO_FREE char *pinned = pin ? tmd_core_excerpt(pin) : NULL;
	TMD_AUTO_FREE char *runs = NULL;

	if (!installed->root || (installed->version && tmd_str_equal(pin, installed->version)))
		return NULL;
	change = tmd_core_installed_change(installed, pin);
	if (!installed->version)
		return tmd_format("an installed configuration does not run what it pins, and what "
				  "it runs cannot be told: %s%s%s", installed->problem,
				  installed->home ? "; " : "", installed->home ? change : "");
	runs = tmd_core_excerpt(installed->version);
	return tmd_format("an installed configuration does not run what it pins%s%s: core %s in %s "
			  "runs; %s", pinned ? ", " : "", pinned ? pinned : "", runs,
			  installed->core, change);
}

char *tmd_core_era_complaint(const char *version)
{
	static const char all[] = "v0.18.164 is the first core that uses it for everything";
	struct tmd_era era = tmd_era_of(version);

	switch (era.env) {
	case TMD_ERA_ENV_IGNORED:
		return tmd_format("core %s ignores SHOTGUN_API_CACERTS; v0.23.10 fixes it", version);
	case TMD_ERA_ENV_LOGIN:
		return tmd_format("the login of core %s in the browser ignores "
				  "SHOTGUN_API_CACERTS and takes the store of the system; v0.22.1 "
				  "fixes it", version);
	case TMD_ERA_ENV_TRANSFERS:
		return tmd_format("core %s holds Python API %s, whose uploads and downloads ignore "
				  "SHOTGUN_API_CACERTS; v0.23.0 fixes it", version, era.python_api);
	case TMD_ERA_ENV_PARTLY:
		return tmd_format("core %s holds Python API %s, whose uploads ignore "
				  "SHOTGUN_API_CACERTS; %s", version, era.python_api, all);
	case TMD_ERA_ENV_ABSENT:
		return tmd_format("core %s holds Python API %s, which does not know "
				  "SHOTGUN_API_CACERTS; %s", version, era.python_api, all);
	case TMD_ERA_ENV_UNKNOWN:
	case TMD_ERA_ENV_HONOURED:
		break;
	}
	return NULL;
}
