/*
 * The core_api type: which Toolkit core a pipeline configuration names in its core_api.yml,
 * and another one written into the very place where the version stands.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/version.h"
#include "os/path.h"
#include "resources/core_api/core_file.h"
#include "resources/core_api/eras.h"
#include "resources/types.h"

#define VERSION_MAX 128 /* bytes of a version that is written */

enum field {
	F_PATH,
	F_VERSION,
	F_MATCH,
	F_ALLOW_DOWNGRADE,
	F_FILE,
	F_DESCRIPTOR,
	F_PYTHON_API_VERSION,
	F_HONOURS_ENV_OVERRIDE,
	F_PROBLEMS,
	F_COUNT,
};

static const char *const match_choices[] = { "exact", "at_least", NULL };

static const struct tmd_field fields[F_COUNT] = {
	[F_PATH] = { "path", TMD_T_PATH, TMD_F_KEY, NULL, NULL,
		     "A pipeline configuration's root, where config/core/core_api.yml and "
		     "core/core_api.yml are looked for, or the file itself." },
	[F_VERSION] = { "version", TMD_T_STRING, TMD_F_REQUIRED, NULL, NULL,
			"The Toolkit core to use, such as v0.23.10; null leaves it as it is." },
	[F_MATCH] = { "match", TMD_T_ENUM, TMD_F_PARAM, "exact", match_choices,
		      "exact: this version. at_least: a newer one is good enough." },
	[F_ALLOW_DOWNGRADE] = { "allow_downgrade", TMD_T_BOOL, TMD_F_PARAM, "false", NULL,
				"Replace a newer version by an older one." },
	[F_FILE] = { "file", TMD_T_STRING, TMD_F_READ_ONLY, NULL, NULL,
		     "The core_api.yml that was found." },
	[F_DESCRIPTOR] = { "descriptor", TMD_T_MAP, TMD_F_READ_ONLY, NULL, NULL,
			   "The location as Toolkit reads it: type, form (mapping or uri), and "
			   "its other keys." },
	[F_PYTHON_API_VERSION] = { "python_api_version", TMD_T_STRING, TMD_F_READ_ONLY, NULL, NULL,
				   "The Python API inside this core; null when not known." },
	[F_HONOURS_ENV_OVERRIDE] = { "honours_env_override", TMD_T_BOOL, TMD_F_READ_ONLY, NULL,
				     NULL,
				     "Does this core use SHOTGUN_API_CACERTS for everything? Null "
				     "when not known." },
	[F_PROBLEMS] = { "problems", TMD_T_LIST, TMD_F_READ_ONLY, NULL, NULL,
			 "What is wrong with the file or with this core, with line numbers." },
};

static const char *const backends[] = { "file", NULL };

/* ---- finding the file ---- */

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

static enum tmd_rc fail_missing(const char *path, const struct tmd_strv *tried,
				struct tmd_error *err)
{
	return tmd_fail(err, TMD_E_NOT_FOUND, path,
			"without the file the core of the studio or the site is used: check the "
			"path, or pin the core there",
			"no core_api.yml: tried %s, %s and the path itself", tried->items[0],
			tried->items[1]);
}

/* The caller frees `out`. Fails with not_found, listing where it was looked for. */
static enum tmd_rc find_file(struct tmd_ctx *ctx, const char *path, char **out,
			     struct tmd_error *err)
{
	static const char *const places[] = { "config/core/core_api.yml", "core/core_api.yml" };
	TMD_AUTO_STRV struct tmd_strv tried = { 0 };
	bool found = false;

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		TMD_AUTO_FREE char *candidate = tmd_path_join(path, places[i]);

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
		return fail_missing(path, &tried, err);
	*out = tmd_strdup(path);
	return TMD_OK;
}

/* ---- one look at it ---- */

struct look {
	char *path;
	struct tmd_buf text;
	struct tmd_core_file file;
};

static void look_release(struct look *look)
{
	free(look->path);
	tmd_buf_release(&look->text);
	tmd_core_file_release(&look->file);
}

static enum tmd_rc take_look(struct tmd_ctx *ctx, const struct tmd_resource *r, struct look *out,
			     struct tmd_error *err)
{
	const char *path = tmd_value_str(&r->desired[F_PATH]);

	if (find_file(ctx, path, &out->path, err) != TMD_OK ||
	    tmd_view_read(ctx->view, out->path, TMD_CORE_FILE_MAX, &out->text, NULL, err) != TMD_OK)
		return TMD_FAILED;
	tmd_core_file_read(tmd_buf_str(&out->text), out->text.len, out->path, &out->file);
	return TMD_OK;
}

/* ---- normalize ---- */

static void set_identity(struct tmd_ctx *ctx, struct tmd_resource *r, const char *path)
{
	TMD_AUTO_FREE char *file = NULL;
	TMD_AUTO_FREE char *real = NULL;
	TMD_AUTO_FREE char *key = NULL;
	struct tmd_error ignored = { 0 };

	if (find_file(ctx, path, &file, &ignored) != TMD_OK)
		file = tmd_strdup(path);
	if (tmd_view_resolve(ctx->view, file, &real, &ignored) != TMD_OK)
		real = tmd_strdup(path);
	key = tmd_path_key(real);
	free(r->identity);
	r->identity = tmd_format("core_api:%s", key);
}

static enum tmd_rc normalize(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_error *err)
{
	const char *path = tmd_value_str(&r->input[F_PATH]);

	if (!path)
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, "name a pipeline configuration",
				"core_api: attribute 'path' is missing");
	tmd_value_set_string(&r->desired[F_PATH], path);
	tmd_value_copy(&r->desired[F_VERSION], &r->input[F_VERSION]);
	free(r->name);
	r->name = tmd_strdup(path);
	r->backend = backends[0];
	set_identity(ctx, r, path);
	return TMD_OK;
}

/* ---- read ---- */

/* One sentence about a core that does not use the variable as it should, or NULL. */
static char *override_complaint(const char *version, struct tmd_era era)
{
	switch (era.env) {
	case TMD_ERA_ENV_IGNORED:
		return tmd_format("core %s ignores SHOTGUN_API_CACERTS; v0.23.10 fixes it",
				  version);
	case TMD_ERA_ENV_PARTLY:
		return tmd_format("core %s holds Python API %s, whose uploads ignore "
				  "SHOTGUN_API_CACERTS; v0.18.164 is the first core that uses it "
				  "for everything",
				  version, era.python_api);
	case TMD_ERA_ENV_ABSENT:
		return tmd_format("core %s holds Python API %s, which does not know "
				  "SHOTGUN_API_CACERTS; v0.18.164 is the first core that uses it "
				  "for everything",
				  version, era.python_api);
	case TMD_ERA_ENV_UNKNOWN:
	case TMD_ERA_ENV_HONOURED:
		break;
	}
	return NULL;
}

static void report_era(struct tmd_resource *r, const struct tmd_core_file *file)
{
	bool pinned = file->kind && file->kind->pinned;
	const char *version = pinned ? file->version : NULL;
	struct tmd_era era = tmd_era_of(version);
	TMD_AUTO_FREE char *complaint = override_complaint(version, era);

	tmd_value_set_string(&r->current[F_PYTHON_API_VERSION], era.python_api);
	if (era.env != TMD_ERA_ENV_UNKNOWN)
		tmd_value_set_bool(&r->current[F_HONOURS_ENV_OVERRIDE],
				   era.env == TMD_ERA_ENV_HONOURED);
	if (complaint)
		tmd_value_list_add(&r->current[F_PROBLEMS], complaint);
	if (era.env == TMD_ERA_ENV_UNKNOWN && version && tmd_core_is_release(version))
		tmd_strv_addf(&r->warnings,
			      "core %.60s is none of the releases up to " TMD_ERA_NEWEST
			      " that are known here: its Python API is not reported",
			      version);
}

/* The wish is warned about too, unless the machine is there already and says so itself. */
static void warn_about_wish(struct tmd_resource *r, const struct tmd_core_file *file)
{
	const char *wish = tmd_value_str(&r->desired[F_VERSION]);
	TMD_AUTO_FREE char *complaint = override_complaint(wish, tmd_era_of(wish));

	if (complaint && !tmd_str_equal(wish, file->version))
		tmd_strv_add(&r->warnings, complaint);
}

static enum tmd_rc read_current(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_error *err)
{
	TMD_CLEANUP(look_release) struct look look = { 0 };

	if (take_look(ctx, r, &look, err) != TMD_OK)
		return TMD_FAILED;
	tmd_value_copy(&r->current[F_PATH], &r->desired[F_PATH]);
	tmd_value_set_string(&r->current[F_FILE], look.path);
	tmd_value_set_string(&r->current[F_VERSION], look.file.version);
	tmd_value_copy(&r->current[F_DESCRIPTOR], &look.file.descriptor);
	tmd_value_set_list(&r->current[F_PROBLEMS], &look.file.problems);
	report_era(r, &look.file);
	warn_about_wish(r, &look.file);
	return TMD_OK;
}

static bool wants_at_least(const struct tmd_resource *r)
{
	return tmd_str_equal(tmd_value_str(&r->desired[F_MATCH]), "at_least");
}

static bool in_sync(const struct tmd_resource *r, size_t field)
{
	const char *current = tmd_value_str(&r->current[F_VERSION]);
	const char *wish = tmd_value_str(&r->desired[F_VERSION]);
	struct tmd_error ignored = { 0 };
	int order;

	return field == F_VERSION && current && wants_at_least(r) &&
	       tmd_version_compare(current, wish, &order, &ignored) == TMD_OK && order >= 0;
}

/* ---- plan: is the wish one for this file ---- */

static enum tmd_rc check_text(const char *version, const char *path, struct tmd_error *err)
{
	size_t len = strlen(version);

	if (!len || len > VERSION_MAX)
		return tmd_fail(err, TMD_E_INVALID_INPUT, path, "name a version such as v0.23.10",
				"version must have 1 to %d characters", VERSION_MAX);
	for (size_t i = 0; i < len; i++) {
		if (version[i] <= ' ' || version[i] > '~' || strchr("'\"`\\", version[i]))
			return tmd_fail(err, TMD_E_INVALID_INPUT, path,
					"write letters, digits and marks like . - _ +",
					"version must not hold blanks, quotes, backslashes or "
					"anything beyond ASCII");
	}
	return TMD_OK;
}

static enum tmd_rc check_kind(const struct look *look, struct tmd_error *err)
{
	const struct tmd_core_file *file = &look->file;
	TMD_AUTO_FREE char *shown = tmd_core_excerpt(file->type ? file->type : "");

	if (!file->type)
		return tmd_fail(err, TMD_E_CONFLICT, look->path, "write a type, app_store for one",
				"line %zu: location has no type", file->line);
	if (!file->kind)
		return tmd_fail(err, TMD_E_CONFLICT, look->path, "mend the type by hand first",
				"line %zu: Toolkit knows no descriptor type %s", file->line, shown);
	if (!file->kind->pinned)
		return tmd_fail(err, TMD_E_REFUSED, look->path,
				"leave version null here, or write an app_store descriptor by hand",
				"line %zu: a %s descriptor uses the core at its path: no version "
				"decides there",
				file->line, shown);
	return TMD_OK;
}

static enum tmd_rc check_form(const struct look *look, const char *wish, struct tmd_error *err)
{
	const struct tmd_core_file *file = &look->file;
	TMD_AUTO_FREE char *shown = tmd_core_excerpt(file->version ? file->version : "");

	if (strcmp(file->kind->name, "app_store") == 0 && !tmd_core_is_release(wish))
		return tmd_fail(err, TMD_E_INVALID_INPUT, look->path,
				"write vMAJOR.MINOR.PATCH, v0.23.10 for one",
				"version %s is none of the app store's", wish);
	if (!file->kind->commits)
		return TMD_OK;
	if (!tmd_version_is_commit(wish))
		return tmd_fail(err, TMD_E_REFUSED, look->path,
				"give a commit id, or write an app_store descriptor by hand",
				"line %zu: the version of a %s is a commit id, and %s is none",
				file->line, file->kind->name, wish);
	if (file->version && !tmd_version_is_commit(file->version))
		return tmd_fail(err, TMD_E_REFUSED, look->path, "mend the version by hand first",
				"line %zu: the version of a %s is a commit id, and %s is none",
				file->line, file->kind->name, shown);
	return TMD_OK;
}

static enum tmd_rc check_present(const struct look *look, const char *wish, struct tmd_error *err)
{
	const struct tmd_core_file *file = &look->file;
	TMD_AUTO_FREE char *hint = NULL;

	if (file->has_version)
		return TMD_OK;
	hint = tmd_core_file_missing_hint(file, wish);
	return tmd_fail(err, TMD_E_CONFLICT, look->path, hint, "line %zu: no version to replace%s",
			file->line, file->kind->latest ? ": Toolkit uses the latest" : "");
}

static enum tmd_rc check_order(const struct tmd_resource *r, const struct look *look,
			       const char *wish, struct tmd_error *err)
{
	const struct tmd_core_file *file = &look->file;
	TMD_AUTO_FREE char *shown = tmd_core_excerpt(file->version ? file->version : "");
	struct tmd_error why = { 0 };
	int order;

	if (tmd_version_compare(file->version, wish, &order, &why) != TMD_OK) {
		if (!wants_at_least(r))
			return TMD_OK; /* no order, so no downgrade either */
		return tmd_fail(err, TMD_E_CONFLICT, look->path, "ask for match=exact",
				"line %zu: cannot tell whether %s is at least %s: %s", file->line,
				shown, wish, why.message);
	}
	if (order <= 0 || tmd_value_bool(&r->desired[F_ALLOW_DOWNGRADE], false))
		return TMD_OK;
	return tmd_fail(err, TMD_E_REFUSED, look->path,
			"ask for match=at_least to keep it, or for allow_downgrade=true",
			"line %zu: %s is newer than %s", file->line, shown, wish);
}

static enum tmd_rc check_wish(const struct tmd_resource *r, const struct look *look,
			      const char *wish, struct tmd_error *err)
{
	if (look->file.broken.kind != TMD_E_NONE) {
		*err = look->file.broken;
		return TMD_FAILED;
	}
	if (check_text(wish, look->path, err) != TMD_OK || check_kind(look, err) != TMD_OK ||
	    check_form(look, wish, err) != TMD_OK || check_present(look, wish, err) != TMD_OK)
		return TMD_FAILED;
	if (look->file.locked.kind != TMD_E_NONE) {
		*err = look->file.locked;
		return TMD_FAILED;
	}
	return check_order(r, look, wish, err);
}

/* ---- plan ---- */

static enum tmd_rc plan(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_changeset *set,
			struct tmd_error *err)
{
	TMD_CLEANUP(look_release) struct look look = { 0 };
	TMD_AUTO_BUF struct tmd_buf edited = { 0 };
	const char *wish = tmd_value_str(&r->desired[F_VERSION]);

	if (take_look(ctx, r, &look, err) != TMD_OK || check_wish(r, &look, wish, err) != TMD_OK ||
	    tmd_core_file_edit(&look.file, tmd_buf_str(&look.text), look.text.len, look.path, wish,
			       &edited, err) != TMD_OK)
		return TMD_FAILED;
	tmd_changeset_write(set, look.path, &edited, NULL);
	return TMD_OK;
}

const struct tmd_type tmd_type_core_api = {
	.name = "core_api",
	.summary = "The Toolkit core that a pipeline configuration pins in core_api.yml.",
	.fields = fields,
	.field_count = F_COUNT,
	.backends = backends,
	.rank = 30,
	.normalize = normalize,
	.read = read_current,
	.in_sync = in_sync,
	.plan = plan,
};
