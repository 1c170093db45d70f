/* The copy of the API that a process imports, and what a core does to it. */
#include "resources/verdict/subject.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/version.h"
#include "os/path.h"
#include "resources/core_api/project.h"
#include "resources/python_api/copy.h"

void tmd_subject_release(struct tmd_subject *subject)
{
	free(subject->release);
	free(subject->home);
	free(subject->package);
	free(subject->archive);
	free(subject->certs);
	free(subject->core);
	free(subject->unsure);
	tmd_strv_release(&subject->problems);
	memset(subject, 0, sizeof(*subject));
}

/* ---- a copy ---- */

/* Why no process imports this one as it is; NULL: one may. */
static const char *why_unused(const struct tmd_api_copy *copy)
{
	if (copy->layout == TMD_API_CORE_ZIP)
		return "it is a Toolkit core's own, which gives it other certificates: name the "
		       "core in core";
	if (copy->layout == TMD_API_SDIST && copy->is_archive)
		return "nothing is imported from a source distribution before it is installed";
	return NULL;
}

/* What runs is what its source says, whatever was installed beside it. */
static void take_copy(const struct tmd_api_copy *copy, struct tmd_subject *out)
{
	out->unsure = tmd_strdup(why_unused(copy));
	out->release = tmd_strdup(copy->source_version ? copy->source_version : copy->version);
	out->package = tmd_strdup(copy->package);
	if (copy->is_archive)
		out->archive = tmd_strdup(copy->path);
	else
		out->home = tmd_strdup(copy->path);
	for (size_t i = 0; i < copy->problems.count; i++)
		tmd_strv_add(&out->problems, copy->problems.items[i]);
}

enum tmd_rc tmd_subject_read_api(struct tmd_ctx *ctx, const char *path, struct tmd_subject *out,
				 struct tmd_error *err)
{
	TMD_CLEANUP(tmd_api_copy_release) struct tmd_api_copy copy = { 0 };

	if (tmd_api_copy_read(ctx, path, &copy, err))
		return TMD_FAILED;
	tmd_subject_release(out);
	take_copy(&copy, out);
	return TMD_OK;
}

/* ---- cores ---- */

static bool has(struct tmd_ctx *ctx, const char *dir, const char *name)
{
	TMD_AUTO_FREE char *path = tmd_path_join(dir, name);

	return tmd_view_exists(ctx->view, path);
}

/* Is it a core, and not a configuration that has one? */
static bool is_core(struct tmd_ctx *ctx, const char *path)
{
	return has(ctx, path, "info.yml") && has(ctx, path, "python/tank_vendor");
}

/* `core` gets its directory, NULL where it is not here; `out` the version that runs. */
static enum tmd_rc find_core(struct tmd_ctx *ctx, const char *path, char **core,
			     struct tmd_subject *out, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_core_installed_release) struct tmd_core_installed installed = { 0 };
	TMD_CLEANUP(tmd_core_project_release) struct tmd_core_project project = { 0 };

	if (is_core(ctx, path)) {
		if (tmd_core_read_version(ctx, path, &installed, err))
			return TMD_FAILED;
		*core = tmd_strdup(path);
		out->core = tmd_strdup(installed.version);
		return TMD_OK;
	}
	if (tmd_core_project_read(ctx, path, &project, err))
		return TMD_FAILED;
	out->core = tmd_strdup(tmd_core_project_runs(&project));
	if (project.installed.core && is_core(ctx, project.installed.core))
		*core = tmd_strdup(project.installed.core);
	return TMD_OK;
}

/* From v0.23.7 on the API is in an archive for each Python, its certificates beside that. */
static void take_archive(struct tmd_ctx *ctx, const char *core, const char *python,
			 const struct tmd_era *era, struct tmd_subject *out)
{
	TMD_AUTO_FREE char *dir = tmd_format("%s/requirements/%s", core, python);
	TMD_CLEANUP(tmd_api_copy_release) struct tmd_api_copy copy = { 0 };
	struct tmd_error err = { 0 };

	out->archive = tmd_path_join(dir, "pkgs.zip");
	if (!tmd_view_exists(ctx->view, out->archive)) {
		out->unsure = tmd_format("%s is not there: which API this core uses on Python %s is "
					 "not known", out->archive, python);
		return;
	}
	out->package = tmd_path_join(out->archive, "shotgun_api3");
	if (has(ctx, dir, "certs/shotgun_api3/lib/certifi/cacert.pem"))
		out->certs = tmd_path_join(dir, "certs/shotgun_api3/lib/certifi/cacert.pem");
	if (era->env == TMD_ERA_ENV_UNKNOWN)
		out->unsure = tmd_format("what core %s makes of SHOTGUN_API_CACERTS is not known, only "
					 "what those up to " TMD_ERA_NEWEST " do",
					 out->core ? out->core : "of no known version");
	if (out->certs)
		out->patch = era->env == TMD_ERA_ENV_IGNORED ? TMD_CORE_IGNORES
							     : TMD_CORE_EMPTY_IS_UNSET;
	if (!tmd_api_copy_read(ctx, out->archive, &copy, &err))
		out->release = tmd_strdup(copy.source_version ? copy.source_version : copy.version);
	if (!out->release)
		out->release = tmd_strdup(era->python_api);
}

/* "3.11" of "3.11.2"; the caller frees. */
static char *two_numbers(const char *python)
{
	const char *dot = strchr(python, '.');
	size_t len = dot ? (size_t)(dot - python) + 1 : 0;

	while (dot && tmd_is_digit(python[len]))
		len++;
	return tmd_strndup(python, len ? len : strlen(python));
}

static void take_core(struct tmd_ctx *ctx, const char *core, const char *python,
		      struct tmd_subject *out)
{
	const struct tmd_era era = tmd_era_of(out->core);
	TMD_AUTO_FREE char *vendor = tmd_path_join(core, "python/tank_vendor");
	TMD_CLEANUP(tmd_api_copy_release) struct tmd_api_copy copy = { 0 };
	TMD_AUTO_FREE char *number = NULL;
	struct tmd_error err = { 0 };

	if (!tmd_api_copy_read(ctx, vendor, &copy, &err)) {
		take_copy(&copy, out);
		return;
	}
	if (!python) {
		out->unsure = tmd_strdup("which API this core uses depends on the version of Python, "
					 "which is not known");
		return;
	}
	number = two_numbers(python);
	take_archive(ctx, core, number, &era, out);
}

static void note_core(struct tmd_subject *out)
{
	const struct tmd_era era = tmd_era_of(out->core);
	TMD_AUTO_FREE char *complaint =
		era.env == TMD_ERA_ENV_LOGIN ? tmd_core_era_complaint(out->core) : NULL;

	if (complaint) /* the other eras show in the uses */
		tmd_strv_add(&out->problems, complaint);
}

enum tmd_rc tmd_subject_read_core(struct tmd_ctx *ctx, const char *path, const char *python,
				  struct tmd_subject *out, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_subject_release) struct tmd_subject found = { .in_core = true };
	TMD_AUTO_FREE char *core = NULL;

	if (find_core(ctx, path, &core, &found, err))
		return TMD_FAILED;
	if (core)
		take_core(ctx, core, python, &found);
	else
		found.unsure = tmd_format("the core %s%s is not here: it comes to the machine when "
					  "Toolkit starts; name its directory in core",
					  found.core ? found.core : "of this configuration",
					  found.core ? " of this configuration" : "");
	note_core(&found);
	tmd_subject_release(out);
	*out = found;
	memset(&found, 0, sizeof(found));
	return TMD_OK;
}
