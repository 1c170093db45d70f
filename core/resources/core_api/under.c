/* The verb list: configurations below given directories. */
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "resources/core_api/core_api.h"
#include "resources/paths.h"

#define DEPTH_MAX 8	   /* directories below one that is named */
#define SEEN_MAX 200000	   /* names that are looked at, in all */

struct walk {
	struct tmd_ctx *ctx;
	struct tmd_listing *listing;
	size_t seen;
	struct tmd_strv unread; /* directories, and why */
	struct tmd_resource *last;
};

static enum tmd_rc add_found(struct walk *w, const char *root, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_core_project_release) struct tmd_core_project project = { 0 };
	struct tmd_resource *r;

	if (tmd_core_project_read(w->ctx, root, &project, err))
		return TMD_FAILED;
	r = w->listing->add(w->listing);
	r->name = tmd_strdup(root);
	r->backend = "file";
	tmd_value_set_string(&r->current[TMD_CORE_PATH], root);
	tmd_core_report(r, &project);
	w->last = r;
	return TMD_OK;
}

static bool holds_file(struct walk *w, const char *dir)
{
	bool found = false;

	for (const char *const *place = tmd_core_places; *place && !found; place++) {
		TMD_AUTO_FREE char *path = tmd_path_join(dir, *place);
		struct tmd_stat st;
		struct tmd_error ignored;

		found = tmd_view_stat(w->ctx->view, path, &st, &ignored) == TMD_OK &&
			st.type != TMD_FILE_DIRECTORY;
	}
	return found;
}

static void note_unread(struct walk *w, const char *dir, const struct tmd_error *err)
{
	tmd_strv_addf(&w->unread, "%s: %s", dir, err->message);
}

/* Links are not followed: what they lead to is found where it lies, or not at all. */
static bool is_directory(struct walk *w, const char *path)
{
	struct tmd_stat st;
	struct tmd_error ignored;

	return tmd_view_lstat(w->ctx->view, path, &st, &ignored) == TMD_OK &&
	       st.type == TMD_FILE_DIRECTORY;
}

static enum tmd_rc fail_large(const char *dir, struct tmd_error *err)
{
	return tmd_fail(err, TMD_E_REFUSED, dir, "name directories nearer to the configurations",
			"more than %d names to look at", SEEN_MAX);
}

static enum tmd_rc search(struct walk *w, const char *dir, unsigned depth, struct tmd_error *err);

static enum tmd_rc search_in(struct walk *w, const char *dir, unsigned depth,
			     struct tmd_error *err)
{
	TMD_AUTO_STRV struct tmd_strv names = { 0 };

	if (tmd_view_list(w->ctx->view, dir, &names, err)) {
		if (!depth)
			return TMD_FAILED;
		note_unread(w, dir, err);
		return TMD_OK;
	}
	w->seen += names.count;
	if (w->seen > SEEN_MAX)
		return fail_large(dir, err);
	for (size_t i = 0; i < names.count; i++) {
		TMD_AUTO_FREE char *path = tmd_path_join(dir, names.items[i]);

		if (is_directory(w, path) && search(w, path, depth + 1, err))
			return TMD_FAILED;
	}
	return TMD_OK;
}

/* Below a configuration there is no other. */
static enum tmd_rc search(struct walk *w, const char *dir, unsigned depth, struct tmd_error *err)
{
	struct tmd_error unread = { 0 };

	if (!holds_file(w, dir))
		return depth < DEPTH_MAX ? search_in(w, dir, depth, err) : TMD_OK;
	if (add_found(w, dir, &unread))
		note_unread(w, dir, &unread);
	return TMD_OK;
}

static enum tmd_rc check_there(struct walk *w, const char *dir, struct tmd_error *err)
{
	struct tmd_stat st;

	if (tmd_view_stat(w->ctx->view, dir, &st, err))
		return TMD_FAILED;
	if (st.type != TMD_FILE_DIRECTORY)
		return tmd_fail(err, TMD_E_INVALID_INPUT, dir, "name a directory",
				"core_api: under: not a directory");
	return TMD_OK;
}

static enum tmd_rc search_all(struct walk *w, const struct tmd_strv *under, struct tmd_error *err)
{
	for (size_t i = 0; i < under->count; i++) {
		TMD_AUTO_STRV struct tmd_strv dirs = { 0 };
		bool ignored;

		if (tmd_paths_expand(w->ctx->view, under->items[i], TMD_FILE_DIRECTORY, &dirs,
				     &ignored, err))
			return TMD_FAILED;
		for (size_t k = 0; k < dirs.count; k++) {
			if (check_there(w, dirs.items[k], err) || search(w, dirs.items[k], 0, err))
				return TMD_FAILED;
		}
	}
	return TMD_OK;
}

/* What could not be looked at is told; where nothing was found, it is the answer. */
static enum tmd_rc report_unread(struct walk *w, struct tmd_error *err)
{
	for (size_t i = 0; w->last && i < w->unread.count; i++)
		tmd_strv_addf(&w->last->warnings, "not looked through: %s", w->unread.items[i]);
	if (w->last || !w->unread.count)
		return TMD_OK;
	return tmd_fail(err, TMD_E_PERMISSION, NULL, "list as a user who may read it",
			"nothing was found, and this was not looked through: %s", w->unread.items[0]);
}

enum tmd_rc tmd_core_list(struct tmd_ctx *ctx, const struct tmd_resource *query,
			  struct tmd_listing *listing, struct tmd_error *err)
{
	const struct tmd_strv *under = &query->input[TMD_CORE_UNDER].list;
	struct walk w = { .ctx = ctx, .listing = listing };
	enum tmd_rc rc = search_all(&w, under, err);

	if (rc == TMD_OK)
		rc = report_unread(&w, err);
	tmd_strv_release(&w.unread);
	return rc;
}
