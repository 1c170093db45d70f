/*
 * The script type: the argument ca_certs of every construction of Shotgun in Python files, written
 * at the very bytes where it stands or is to stand.
 */
#include "resources/script/script.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "resources/env/ca_file.h"
#include "resources/many.h"
#include "resources/types.h"

static const char *const states[] = { "present", "absent", NULL };
static const char *const missing_choices[] = { "fail", "ok", NULL };

static const struct tmd_field fields[TMD_SCRIPT_FIELDS] = {
	[TMD_SCRIPT_PATH] = { "path", TMD_T_PATH, TMD_F_KEY | TMD_F_MANY, NULL, NULL,
			      "A Python file, or a directory for all *.py and *.pyw below it that "
			      "are not Toolkit's or the API's own. Several with commas between them "
			      "(two for a comma of a name) and wildcards, /studio/tools/*.py for "
			      "one, are one resource." },
	[TMD_SCRIPT_CA_CERTS] = { "ca_certs", TMD_T_STRING,
				  TMD_F_REQUIRED | TMD_F_UNLESS_ABSENT | TMD_F_REFERS, NULL, NULL,
				  "What every Shotgun(...) gets as ca_certs: an absolute path, or a "
				  "Python expression whose names the file imports at its top, such "
				  "as os.environ.get(\"STUDIO_CA_CERTS\"); null leaves it as it is. "
				  "Reported: what all of them have, in one spelling." },
	[TMD_SCRIPT_STATE] = { "state", TMD_T_ENUM, TMD_F_STATE, "present", states,
			       "Whether the calls have the argument. Reported: null where some "
			       "have it, or there are none." },
	[TMD_SCRIPT_MISSING] = { "missing", TMD_T_ENUM, TMD_F_PARAM, "fail", missing_choices,
				 "fail: a file that is not there is an error. ok: it is passed over "
				 "with a warning." },
	[TMD_SCRIPT_FORCE] = { "force", TMD_T_BOOL, TMD_F_PARAM, "false", NULL,
			       "Writes a path although no program could load certificates from "
			       "it, or it lacks the roots of Flow Production Tracking. Without it "
			       "that is refused, unless the same run makes the file." },
	[TMD_SCRIPT_UNDER] = { "under", TMD_T_LIST, TMD_F_WHERE | TMD_F_MANY, NULL, NULL,
			       "For list: the directories below which scripts are looked for; "
			       "wildcards as in path." },
	[TMD_SCRIPT_CALLS] = { "calls", TMD_T_MAP, TMD_F_READ_ONLY, NULL, NULL,
			       "Every call that constructs Shotgun, as FILE:LINE:COLUMN, with its "
			       "ca_certs: a path or an expression; null where it has none, or "
			       "None; \"(cannot tell)\" where a problem says why." },
	[TMD_SCRIPT_COUNT] = { "count", TMD_T_INT, TMD_F_READ_ONLY, NULL, NULL,
			       "How many calls there are." },
	[TMD_SCRIPT_PROBLEMS] = { "problems", TMD_T_LIST, TMD_F_READ_ONLY, NULL, NULL,
				  "Calls of which nobody can tell what ca_certs is, what has the name "
				  "Shotgun and is another class, files that are not understood, and "
				  "CA files that no program can load, with the reason." },
};

static const char *const backends[] = { "file", NULL };

/* ---- wishes ---- */

void tmd_script_wish_release(struct tmd_script_wish *wish)
{
	tmd_py_wish_release(&wish->ca_certs);
}

const struct tmd_py_wish *tmd_script_argument(const struct tmd_script_wish *wish)
{
	return wish->aim == TMD_SCRIPT_SET ? &wish->ca_certs : NULL;
}

enum tmd_rc tmd_script_wish_of(const struct tmd_resource *r, struct tmd_script_wish *out,
			       struct tmd_error *err)
{
	const char *text = tmd_value_str(&r->input[TMD_SCRIPT_CA_CERTS]);

	memset(out, 0, sizeof(*out));
	if (tmd_resource_is_to_go(r)) {
		out->aim = TMD_SCRIPT_REMOVE;
		return TMD_OK;
	}
	if (!text)
		return TMD_OK;
	out->aim = TMD_SCRIPT_SET;
	return tmd_py_wish_parse(text, &out->ca_certs, err);
}

/* ---- normalize ---- */

static void release_private(struct tmd_resource *r)
{
	struct tmd_script_private *priv = r->priv;

	if (!priv)
		return;
	tmd_strv_release(&priv->keys);
	tmd_strv_release(&priv->changing);
	free(priv);
	r->priv = NULL;
}

static struct tmd_script_private *begin_private(struct tmd_resource *r)
{
	release_private(r);
	r->priv = tmd_alloc(1, sizeof(struct tmd_script_private));
	return r->priv;
}

static char *key_of(struct tmd_ctx *ctx, const char *path)
{
	TMD_AUTO_FREE char *real = NULL;
	struct tmd_error ignored = { 0 };

	if (tmd_view_resolve(ctx->view, path, &real, &ignored) != TMD_OK)
		real = tmd_strdup(path);
	return tmd_path_key(real);
}

static enum tmd_rc check_wish(const struct tmd_resource *r, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_script_wish_release) struct tmd_script_wish wish = { 0 };

	return tmd_script_wish_of(r, &wish, err);
}

static enum tmd_rc normalize(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_error *err)
{
	static const struct tmd_many many = {
		TMD_SCRIPT_PATH, TMD_SCRIPT_UNDER, TMD_FILE_REGULAR, "name a Python file",
		"name the files in path", key_of
	};
	struct tmd_script_private *priv = begin_private(r);

	if (tmd_many_check(r, &many, err) || check_wish(r, err) ||
	    tmd_many_normalize(ctx, r, &many, &priv->keys, err))
		return TMD_FAILED;
	r->backend = backends[0];
	return TMD_OK;
}

/* Is this one of the paths, or is a directory that it is in? */
static bool is_within(const char *key, const struct tmd_strv *sorted)
{
	TMD_AUTO_FREE char *part = tmd_strdup(key);

	for (;;) {
		size_t at = tmd_sorted_place(sorted->items, sorted->count, sizeof(char *), part);
		char *end;

		if (at < sorted->count && strcmp(sorted->items[at], part) == 0)
			return true;
		end = strrchr(part, '/');
		if (!end)
			end = strrchr(part, '\\');
		if (!end || end == part)
			return false;
		*end = '\0';
	}
}

static bool overlap(const struct tmd_strv *a, const struct tmd_strv *b)
{
	for (size_t i = 0; i < a->count; i++) {
		if (is_within(a->items[i], b))
			return true;
	}
	for (size_t i = 0; i < b->count; i++) {
		if (is_within(b->items[i], a))
			return true;
	}
	return false;
}

/* One state meets both, or one of them wishes for none. */
static bool reconciles(const struct tmd_resource *a, const struct tmd_resource *b)
{
	TMD_CLEANUP(tmd_script_wish_release) struct tmd_script_wish one = { 0 };
	TMD_CLEANUP(tmd_script_wish_release) struct tmd_script_wish other = { 0 };
	struct tmd_error ignored = { 0 };

	if (tmd_script_wish_of(a, &one, &ignored) || tmd_script_wish_of(b, &other, &ignored))
		return false;
	if (one.aim == TMD_SCRIPT_LOOK || other.aim == TMD_SCRIPT_LOOK)
		return true;
	return one.aim == other.aim && tmd_str_equal(one.ca_certs.value, other.ca_certs.value);
}

static const char *contradicts(const struct tmd_resource *a, const struct tmd_resource *b)
{
	const struct tmd_script_private *one = a->priv;
	const struct tmd_script_private *other = b->priv;

	if (!one || !other || reconciles(a, b) || !overlap(&one->keys, &other->keys))
		return NULL;
	return "one file is named by both";
}

/* ---- read and plan ---- */

static enum tmd_rc read_current(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_script_files_release) struct tmd_script_files files = { 0 };
	struct tmd_script_private *priv = begin_private(r);

	if (tmd_script_find_files(ctx, tmd_value_str(&r->desired[TMD_SCRIPT_PATH]),
				  TMD_FILE_REGULAR, &files, err))
		return TMD_FAILED;
	tmd_value_copy(&r->current[TMD_SCRIPT_PATH], &r->desired[TMD_SCRIPT_PATH]);
	return tmd_script_tally(ctx, r, &files, &priv->changing, err);
}

/* The CA file is there by the time, or is made by the same run. */
static enum tmd_rc check_ca_file(struct tmd_ctx *ctx, struct tmd_resource *r,
				 const struct tmd_script_wish *wish, struct tmd_error *err)
{
	TMD_AUTO_STRV struct tmd_strv faults = { 0 };
	TMD_AUTO_STRV struct tmd_strv losses = { 0 };

	if (wish->aim != TMD_SCRIPT_SET || !wish->ca_certs.is_path)
		return TMD_OK;
	tmd_env_note_api_ca_file(ctx, "ca_certs", wish->ca_certs.value, &faults, &losses);
	for (size_t i = 0; i < losses.count; i++)
		tmd_strv_add_once(&r->warnings, losses.items[i]);
	if (!tmd_path_is_absolute(wish->ca_certs.value))
		tmd_strv_addf(&r->warnings, "ca_certs: %s is no path of this system, and was not "
			      "looked at", wish->ca_certs.value);
	if (!faults.count)
		return TMD_OK;
	if (tmd_value_bool(&r->desired[TMD_SCRIPT_FORCE], false)) {
		tmd_strv_add_once(&r->warnings, faults.items[0]);
		return TMD_OK;
	}
	return tmd_fail(err, TMD_E_REFUSED, wish->ca_certs.value,
			"mend the file first, or have the same run make it (type bundle); "
			"force=true writes the argument all the same",
			"script %s", faults.items[0]);
}

static enum tmd_rc plan_file(struct tmd_ctx *ctx, const char *path, const struct tmd_py_wish *wish,
			     struct tmd_changeset *set, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_script_file_release) struct tmd_script_file file = { 0 };
	TMD_AUTO_BUF struct tmd_buf edited = { 0 };

	if (tmd_script_read_file(ctx, path, &file, err) ||
	    tmd_py_edit(&file.source, wish, path, &edited, err))
		return TMD_FAILED;
	tmd_changeset_write(set, path, &edited, NULL);
	return TMD_OK;
}

/* What reading found is to change, and can be. */
static enum tmd_rc plan(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_changeset *set,
			struct tmd_error *err)
{
	const struct tmd_script_private *priv = r->priv;
	TMD_CLEANUP(tmd_script_wish_release) struct tmd_script_wish wish = { 0 };

	if (tmd_script_wish_of(r, &wish, err) || check_ca_file(ctx, r, &wish, err))
		return TMD_FAILED;
	for (size_t i = 0; i < priv->changing.count; i++) {
		if (plan_file(ctx, priv->changing.items[i], tmd_script_argument(&wish), set, err))
			return TMD_FAILED;
	}
	return TMD_OK;
}

const struct tmd_type tmd_type_script = {
	.name = "script",
	.plural = "scripts",
	.summary = "The argument ca_certs of Shotgun(...) in Python files.",
	.fields = fields,
	.field_count = TMD_SCRIPT_FIELDS,
	.backends = backends,
	.rank = 30,
	.normalize = normalize,
	.contradicts = contradicts,
	.reconciles = reconciles,
	.read = read_current,
	.plan = plan,
	.list = tmd_script_list,
	.list_needs = "under",
	.release = release_private,
};
