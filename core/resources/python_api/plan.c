/* What may be put in the place of what, and what is somebody else's to change. */
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "resources/python_api/copy_internal.h"
#include "resources/python_api/python_api.h"
#include "resources/python_api/swap.h"
#include "resources/script/script.h"

/* ---- whose it is ---- */

static enum tmd_rc refuse_core(const char *path, struct tmd_error *err)
{
	return tmd_fail(err, TMD_E_REFUSED, path,
			"use another core: type core_api, and `tank core` where it is installed",
			"this copy of the API belongs to Toolkit, which is replaced as a whole");
}

/* What to type instead; the caller frees. */
static char *instead(const struct tmd_api_copy *copy)
{
	if (tmd_str_equal(copy->installer, "conda"))
		return tmd_strdup("change it with conda install in that environment");
	if (copy->layout == TMD_API_EGG || copy->layout == TMD_API_SDIST)
		return tmd_strdup("change it with what made it, or remove it and its egg-info first");
	if (copy->installer && !tmd_str_equal(copy->installer, "pip"))
		return tmd_format("change it with %s", copy->installer);
	return tmd_format("run that interpreter's own pip: python -m pip install "
			  "'shotgun_api3==VERSION', for a directory of --target with "
			  "--upgrade --target %s", copy->path);
}

static enum tmd_rc refuse_managed(const struct tmd_api_copy *copy, struct tmd_error *err)
{
	TMD_AUTO_FREE char *hint = instead(copy);

	return tmd_fail(err, TMD_E_REFUSED, copy->metadata, hint,
			"%s installed this copy and keeps a list of its files: replaced behind its "
			"back, both would be wrong",
			copy->installer ? copy->installer : "a packaging tool");
}

static bool is_toolkits(struct tmd_ctx *ctx, const char *holder)
{
	TMD_AUTO_FREE char *inside = tmd_path_join(holder, "x"); /* judged as what lies in it */
	TMD_AUTO_FREE char *vendor = tmd_path_join(holder, "python/tank_vendor");

	return tmd_script_owner(inside) || tmd_view_exists(ctx->view, vendor);
}

/* Its packages are its pip's, which nobody here starts. */
static enum tmd_rc refuse_interpreter(const struct tmd_resource *r,
				      const struct tmd_api_private *priv, struct tmd_error *err)
{
	const char *python = tmd_value_str(&r->desired[TMD_API_PATH]);
	TMD_AUTO_FREE char *hint = NULL;

	if (priv->managed)
		return tmd_fail(err, TMD_E_REFUSED, python,
				"make a virtual environment and install the release in that",
				"%s says that the packages of this Python are the system's", priv->managed);
	hint = tmd_format("run as the owner of its packages: %s -m pip install "
			  "'shotgun_api3==VERSION'", python);
	return tmd_fail(err, TMD_E_UNSUPPORTED, python, hint,
			"the packages of an interpreter are its pip's, which is not run yet");
}

static enum tmd_rc check_owner(struct tmd_ctx *ctx, const struct tmd_resource *r,
			       const struct tmd_api_private *priv, struct tmd_error *err)
{
	const struct tmd_api_copy *copy = &priv->copy;

	if (priv->is_interpreter)
		return refuse_interpreter(r, priv, err);
	if (is_toolkits(ctx, priv->holder) ||
	    (priv->found && (copy->layout == TMD_API_CORE || copy->layout == TMD_API_CORE_ZIP)))
		return refuse_core(priv->holder, err);
	if (priv->found && copy->is_archive)
		return tmd_fail(err, TMD_E_UNSUPPORTED, priv->holder,
				"unpack it into a directory and name that",
				"an archive is read only");
	if (priv->found && copy->metadata)
		return refuse_managed(copy, err);
	return TMD_OK;
}

/* ---- which release ---- */

static enum tmd_rc check_order(const struct tmd_resource *r, const struct tmd_api_private *priv,
			       struct tmd_error *err)
{
	const char *is = priv->copy.version;
	const char *next = priv->source.copy.version;

	if (!priv->found || tmd_api_compare(is, next) <= 0 ||
	    tmd_value_bool(&r->desired[TMD_API_ALLOW_DOWNGRADE], false))
		return TMD_OK;
	return tmd_fail(err, TMD_E_REFUSED, priv->holder,
			"set allow_downgrade if that is what you want, or match to at_least",
			"release %s is there, which is newer than %s", is, next);
}

static enum tmd_rc fail_no_source(const struct tmd_resource *r, const struct tmd_api_private *priv,
				  struct tmd_error *err)
{
	return tmd_fail(err, TMD_E_INVALID_INPUT, priv->holder,
			"name a wheel, an archive or a directory of that release in source",
			"python_api: release %s is not there, and nothing is fetched",
			tmd_value_str(&r->desired[TMD_API_VERSION]));
}

/* ---- the step ---- */

static char *described(const char *version, const struct tmd_api_package *package)
{
	return tmd_format("shotgun_api3 %s, %zu files, %zu bytes\n", version ? version : "(unknown)",
			  package->count, package->bytes);
}

static void tell(struct tmd_changeset *set, const char *path, const struct tmd_api_private *priv,
		 const struct tmd_api_package *now)
{
	char *before = priv->found ? described(priv->copy.version, now) : NULL;

	tmd_changeset_tell(set, path, before,
			   described(priv->source.copy.version, &priv->source.package));
}

static void warn(struct tmd_ctx *ctx, struct tmd_resource *r, const struct tmd_api_private *priv)
{
	TMD_AUTO_FREE char *git = tmd_path_join(priv->holder, ".git");

	if (priv->found)
		tmd_strv_add_once(&r->warnings, "programs that run keep the release that they have "
						"imported until they are started again");
	if (tmd_view_exists(ctx->view, git))
		tmd_strv_addf(&r->warnings, "%s is a checkout of git, which will show the files as "
			      "changed: `git checkout v%s` there is the other way", priv->holder,
			      priv->source.copy.version);
}

/* The source stays for the reading that comes after. */
static void copy_package(struct tmd_api_package *to, const struct tmd_api_package *from)
{
	to->items = tmd_alloc(from->count + 1, sizeof(*to->items));
	to->count = to->cap = from->count;
	to->bytes = from->bytes;
	for (size_t i = 0; i < from->count; i++) {
		const struct tmd_buf *content = &from->items[i].content;

		to->items[i].name = tmd_strdup(from->items[i].name);
		tmd_buf_add(&to->items[i].content, tmd_buf_str(content), content->len);
	}
}

enum tmd_rc tmd_api_plan(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_changeset *set,
			 struct tmd_error *err)
{
	const struct tmd_api_private *priv = r->priv;
	struct tmd_api_files files = tmd_api_files_in(ctx->view, priv->holder);
	TMD_AUTO_FREE char *path = tmd_path_join(priv->holder, TMD_API_PACKAGE);
	struct tmd_api_package now = { 0 };
	struct tmd_api_package next = { 0 };

	if (check_owner(ctx, r, priv, err))
		return TMD_FAILED;
	if (!priv->has_source)
		return fail_no_source(r, priv, err);
	if (check_order(r, priv, err) || tmd_api_package_load(&files, TMD_API_PACKAGE, &now, err))
		return TMD_FAILED;
	tell(set, path, priv, &now);
	warn(ctx, r, priv);
	copy_package(&next, &priv->source.package);
	tmd_api_changeset_swap(set, path, &now, &next);
	return TMD_OK;
}
