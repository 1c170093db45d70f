/*
 * The python_api type: which release of shotgun_api3 lies in a directory or an archive, and another
 * one put in the place of a copy that nobody else manages.
 */
#include "resources/python_api/python_api.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/version.h"
#include "os/path.h"
#include "resources/python_api/copy_internal.h"
#include "resources/python_api/interpreter.h"
#include "resources/types.h"

static const char *const match_choices[] = { "exact", "at_least", NULL };

static const struct tmd_field fields[TMD_API_FIELDS] = {
	[TMD_API_PATH] = { "path", TMD_T_PATH, TMD_F_KEY, NULL, NULL,
			   "The directory that holds shotgun_api3, or is to hold it. What can be "
			   "read only: a wheel, an egg, a source distribution or another archive of "
			   "it, such as the pkgs.zip of a Toolkit core; and a Python, for the copy that "
			   "it imports, as far as its directories tell." },
	[TMD_API_VERSION] = { "version", TMD_T_STRING, TMD_F_REQUIRED, NULL, NULL,
			      "The release to use, such as 3.10.3; null: that of the source, or none "
			      "where none is given. Reported: the release there, null where there is "
			      "none." },
	[TMD_API_MATCH] = { "match", TMD_T_ENUM, TMD_F_PARAM, "exact", match_choices,
			    "exact: this release, with the files of the source where one is given. "
			    "at_least: a newer one is good enough." },
	[TMD_API_FROM] = { "source", TMD_T_STRING, TMD_F_PARAM | TMD_F_FILES, NULL, NULL,
			   "Where the release is taken from: a wheel, a zip file or a source "
			   "distribution of shotgun_api3, or a directory that holds it. Nothing is "
			   "fetched." },
	[TMD_API_ALLOW_DOWNGRADE] = { "allow_downgrade", TMD_T_BOOL, TMD_F_PARAM, "false", NULL,
				      "Replace a newer release by an older one." },
	[TMD_API_UNDER] = { "under", TMD_T_LIST, TMD_F_WHERE | TMD_F_MANY, NULL, NULL,
			    "For list: the directories below which copies are looked for. Without "
			    "it: the places where they usually lie." },
	[TMD_API_IS_SOURCE] = { "matches_source", TMD_T_BOOL, TMD_F_READ_ONLY, NULL, NULL,
				"Has the copy the files of the source, and no others? Compiled files "
				"do not count. Null where no source is given." },
	[TMD_API_LAYOUT_NAME] = { "layout", TMD_T_STRING, TMD_F_READ_ONLY, NULL, NULL,
				  "How it lies there: source (a directory), dist-info (pip installed "
				  "it), egg, sdist, wheel, zip, core (in a Toolkit core), core zip (in "
				  "the pkgs.zip of one)." },
	[TMD_API_PACKAGE_DIR] = { "package", TMD_T_STRING, TMD_F_READ_ONLY, NULL, NULL,
				  "The directory shotgun_api3 itself." },
	[TMD_API_SOURCE_VERSION] = { "source_version", TMD_T_STRING, TMD_F_READ_ONLY, NULL, NULL,
				     "What shotgun.py says. Release 3.8.5 says 3.8.4, 3.8.3 says "
				     "3.8.2, 3.2.5 says 3.2.4." },
	[TMD_API_DIST_VERSION] = { "distribution_version", TMD_T_STRING, TMD_F_READ_ONLY, NULL, NULL,
				   "What METADATA or PKG-INFO says." },
	[TMD_API_INSTALLER] = { "installer", TMD_T_STRING, TMD_F_READ_ONLY, NULL, NULL,
				"What installed it, pip for one, as far as that is written down." },
	[TMD_API_COMMIT] = { "commit", TMD_T_STRING, TMD_F_READ_ONLY, NULL, NULL,
			     "In a Toolkit core: the commit of the API's repository." },
	[TMD_API_PYTHONS] = { "pythons", TMD_T_STRING, TMD_F_READ_ONLY, NULL, NULL,
			      "The versions of Python that can import the release; null when not "
			      "known." },
	[TMD_API_CA_FILES] = { "ca_files", TMD_T_MAP, TMD_F_READ_ONLY, NULL, NULL,
			       "The CA files inside, below package, and what reads each." },
	[TMD_API_PROBLEMS] = { "problems", TMD_T_LIST, TMD_F_READ_ONLY, NULL, NULL,
			       "What is wrong with the copy." },
};

static const char *const backends[] = { "directory", "archive", "python", NULL };

/* ---- private ---- */

static void release_private(struct tmd_resource *r)
{
	struct tmd_api_private *priv = r->priv;

	if (!priv)
		return;
	free(priv->holder);
	free(priv->managed);
	tmd_api_copy_release(&priv->copy);
	tmd_api_source_release(&priv->source);
	free(priv);
	r->priv = NULL;
}

/* ---- normalize ---- */

/* PATH of PATH/shotgun_api3, where that is not itself a directory that holds one. */
static char *holder_of(struct tmd_ctx *ctx, const char *path)
{
	TMD_AUTO_FREE char *inside = tmd_path_join(path, TMD_API_PACKAGE);

	if (strcmp(tmd_path_base(path), TMD_API_PACKAGE) != 0 ||
	    tmd_view_exists(ctx->view, inside))
		return tmd_strdup(path);
	return tmd_path_dir(path);
}

/* Of a Python the first of its directories that holds one. */
static void find_in_interpreter(struct tmd_ctx *ctx, const char *path, struct tmd_api_private *priv)
{
	TMD_CLEANUP(tmd_api_interpreter_release) struct tmd_api_interpreter python = { 0 };

	tmd_api_interpreter_read(ctx, path, &python);
	priv->is_interpreter = true;
	priv->managed = tmd_strdup(python.managed);
	for (size_t i = 0; i < python.dirs.count && !priv->holder; i++) {
		TMD_AUTO_FREE char *inside = tmd_path_join(python.dirs.items[i], TMD_API_PACKAGE);

		if (tmd_view_exists(ctx->view, inside))
			priv->holder = tmd_strdup(python.dirs.items[i]);
	}
	if (!priv->holder && python.dirs.count)
		priv->holder = tmd_strdup(python.dirs.items[0]);
	if (!priv->holder)
		priv->holder = tmd_path_dir(path);
}

static char *identity_of(struct tmd_ctx *ctx, const char *path)
{
	TMD_AUTO_FREE char *real = NULL;
	struct tmd_error ignored;

	if (tmd_view_resolve(ctx->view, path, &real, &ignored))
		real = tmd_strdup(path);
	return tmd_path_key(real);
}

/* The engine lets go of it between the phases of a run. */
static struct tmd_api_private *private_of(struct tmd_ctx *ctx, struct tmd_resource *r)
{
	struct tmd_api_private *priv = r->priv;
	const char *path;

	if (priv)
		return priv;
	priv = r->priv = tmd_alloc(1, sizeof(*priv));
	path = tmd_value_str(&r->input[TMD_API_PATH]);
	if (tmd_api_is_interpreter(ctx, path))
		find_in_interpreter(ctx, path, priv);
	else
		priv->holder = holder_of(ctx, path);
	return priv;
}

static enum tmd_rc normalize(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_error *err)
{
	const char *path = tmd_value_str(&r->input[TMD_API_PATH]);
	const struct tmd_api_private *priv;
	struct tmd_api_release release;
	const char *version = tmd_value_str(&r->input[TMD_API_VERSION]);

	if (version && !tmd_api_release_parse(version, &release))
		return tmd_fail(err, TMD_E_INVALID_INPUT, path, "give a release, such as 3.10.3",
				"python_api: version: no release is called '%.60s'", version);
	release_private(r);
	priv = private_of(ctx, r);
	free(r->identity);
	free(r->name);
	r->identity = identity_of(ctx, priv->holder);
	r->name = tmd_strdup(priv->is_interpreter ? path : priv->holder);
	tmd_value_copy(&r->desired[TMD_API_PATH], &r->input[TMD_API_PATH]);
	tmd_value_copy(&r->desired[TMD_API_VERSION], &r->input[TMD_API_VERSION]);
	r->backend = backends[0];
	return TMD_OK;
}

/* ---- versions ---- */

int tmd_api_compare(const char *is, const char *than)
{
	struct tmd_error ignored;
	int order;

	if (!is || !than || tmd_version_compare(is, than, &order, &ignored))
		return 0;
	return order;
}

static bool is_at_least(const struct tmd_resource *r)
{
	return tmd_str_equal(tmd_value_str(&r->desired[TMD_API_MATCH]), "at_least");
}

static bool same_release(const char *a, const char *b)
{
	struct tmd_error ignored;
	int order;

	return a && b && tmd_version_compare(a, b, &order, &ignored) == TMD_OK && order == 0;
}

/* A copy that only its source dates may be of the release that says what the one before says. */
static bool is_release(const struct tmd_api_copy *copy, const char *wanted)
{
	return same_release(copy->version, wanted) ||
	       (!copy->dist_version && same_release(copy->version, tmd_api_says(wanted)));
}

static bool in_sync(const struct tmd_resource *r, size_t field)
{
	const struct tmd_api_private *priv = r->priv;
	const char *wanted = tmd_value_str(&r->desired[TMD_API_VERSION]);

	if (field != TMD_API_VERSION || !priv || !priv->found || !wanted)
		return false;
	if (is_release(&priv->copy, wanted))
		return true;
	return is_at_least(r) && tmd_api_compare(priv->copy.version, wanted) > 0;
}

/* ---- read ---- */

/* Of a file in the package its name there; of another the whole path. */
static const char *name_inside(const struct tmd_api_copy *copy, const char *path)
{
	size_t len = strlen(copy->package);

	return tmd_str_starts(path, copy->package) ? path + len + 1 : path;
}

void tmd_api_tell(struct tmd_resource *r, const struct tmd_api_copy *copy)
{
	struct tmd_value *current = r->current;

	r->backend = backends[copy->is_archive];
	tmd_value_set_string(&current[TMD_API_VERSION], copy->version);
	tmd_value_set_string(&current[TMD_API_LAYOUT_NAME], tmd_api_layout_name(copy->layout));
	tmd_value_set_string(&current[TMD_API_PACKAGE_DIR], copy->package);
	tmd_value_set_string(&current[TMD_API_SOURCE_VERSION], copy->source_version);
	tmd_value_set_string(&current[TMD_API_DIST_VERSION], copy->dist_version);
	tmd_value_set_string(&current[TMD_API_INSTALLER], copy->installer);
	tmd_value_set_string(&current[TMD_API_COMMIT], copy->commit);
	tmd_value_take_string(&current[TMD_API_PYTHONS], tmd_api_pythons_text(&copy->pythons));
	for (size_t i = 0; i < copy->ca_count; i++)
		tmd_value_map_set(&current[TMD_API_CA_FILES],
				  name_inside(copy, copy->ca_files[i].path),
				  tmd_api_ca_use_text(&copy->ca_files[i]));
	if (copy->problems.count)
		tmd_value_set_list(&current[TMD_API_PROBLEMS], &copy->problems);
}

/* That nothing is there is no failure; that it lies elsewhere is worth a word. */
static enum tmd_rc read_copy(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_error *err)
{
	struct tmd_api_private *priv = private_of(ctx, r);
	struct tmd_error why = { 0 };

	tmd_api_copy_release(&priv->copy);
	priv->found = tmd_api_copy_read(ctx, priv->holder, &priv->copy, &why) == TMD_OK;
	if (priv->found)
		tmd_api_tell(r, &priv->copy);
	if (priv->is_interpreter)
		r->backend = backends[2];
	if (priv->found)
		return TMD_OK;
	if (why.kind != TMD_E_NOT_FOUND) {
		*err = why;
		return TMD_FAILED;
	}
	if (strstr(why.hint, " it "))
		tmd_strv_addf(&r->warnings, "%s: %s: %s", priv->holder, why.message, why.hint);
	return TMD_OK;
}

static enum tmd_rc compare_with_source(struct tmd_ctx *ctx, struct tmd_resource *r,
				       struct tmd_error *err)
{
	struct tmd_api_private *priv = r->priv;
	struct tmd_api_files files = tmd_api_files_in(ctx->view, priv->holder);
	struct tmd_api_package there = { 0 };
	bool equal = false;

	if (!priv->copy.is_archive) {
		if (tmd_api_package_load(&files, TMD_API_PACKAGE, &there, err))
			return TMD_FAILED;
		equal = tmd_api_package_equal(&there, &priv->source.package);
		tmd_api_package_release(&there);
	}
	tmd_value_set_bool(&r->current[TMD_API_IS_SOURCE], equal);
	if (!is_at_least(r))
		tmd_value_set_bool(&r->desired[TMD_API_IS_SOURCE], true);
	return TMD_OK;
}

static enum tmd_rc check_source(const struct tmd_resource *r, const struct tmd_api_copy *source,
				struct tmd_error *err)
{
	const char *wanted = tmd_value_str(&r->input[TMD_API_VERSION]);

	if (!wanted || is_release(source, wanted) ||
	    (is_at_least(r) && tmd_api_compare(source->version, wanted) > 0))
		return TMD_OK;
	return tmd_fail(err, TMD_E_INVALID_INPUT, tmd_value_str(&r->input[TMD_API_FROM]),
			"name a source of that release, or another version",
			"python_api: the source is of release %s, not %s", source->version, wanted);
}

static enum tmd_rc read_source(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_error *err)
{
	const char *from = tmd_value_str(&r->input[TMD_API_FROM]);
	struct tmd_api_private *priv = r->priv;

	if (!from)
		return TMD_OK;
	if (!priv->has_source &&
	    tmd_api_source_read(ctx, r->base_dir, from, &priv->source, err))
		return TMD_FAILED;
	priv->has_source = true;
	if (check_source(r, &priv->source.copy, err))
		return TMD_FAILED;
	if (tmd_value_str(&r->input[TMD_API_VERSION]) == NULL)
		tmd_value_set_string(&r->desired[TMD_API_VERSION], priv->source.copy.version);
	return compare_with_source(ctx, r, err);
}

static enum tmd_rc read_current(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_error *err)
{
	tmd_value_copy(&r->current[TMD_API_PATH], &r->desired[TMD_API_PATH]);
	if (read_copy(ctx, r, err))
		return TMD_FAILED;
	return read_source(ctx, r, err);
}

const struct tmd_type tmd_type_python_api = {
	.name = "python_api",
	.plural = "copies of the Python API",
	.summary = "The release of shotgun_api3 in a directory.",
	.fields = fields,
	.field_count = TMD_API_FIELDS,
	.backends = backends,
	.rank = 30,
	.normalize = normalize,
	.read = read_current,
	.in_sync = in_sync,
	.plan = tmd_api_plan,
	.list = tmd_api_list,
	.release = release_private,
};
