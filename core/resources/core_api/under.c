/* The verb list: configurations below given directories. */
#include <string.h>

#include "base/mem.h"
#include "os/path.h"
#include "resources/core_api/core_api.h"
#include "resources/finds.h"

struct walk {
	struct tmd_ctx *ctx;
	struct tmd_listing *listing;
	struct tmd_strv roots;	/* that were looked at: one may have the file in both places */
	struct tmd_strv unread; /* configurations, and why */
	size_t bundled;		/* files that belong to a bundle, or to a core */
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

/* The configuration that it is in, as tmd_core_places has it. The caller frees. */
static char *root_of(const char *file)
{
	TMD_AUTO_FREE char *core = tmd_path_dir(file);
	TMD_AUTO_FREE char *above = tmd_path_dir(core);

	return strcmp(tmd_path_base(above), "config") == 0 ? tmd_path_dir(above) :
							    tmd_strdup(above);
}

static void take(struct walk *w, const struct tmd_finding *found)
{
	TMD_AUTO_FREE char *root = root_of(found->path);
	struct tmd_error err = { 0 };

	if (strcmp(found->detail, "in a bundle") == 0 || strcmp(found->detail, "in a core") == 0)
		w->bundled++;
	else if (!tmd_strv_has(&w->roots, root) && add_found(w, root, &err))
		tmd_strv_addf(&w->unread, "not looked at: %s: %s", root, err.message);
	tmd_strv_add_once(&w->roots, root);
}

static void report(struct walk *w, const struct tmd_findings *findings)
{
	for (size_t i = 0; i < findings->remarks.count; i++)
		tmd_strv_add_once(w->listing->remarks, findings->remarks.items[i]);
	for (size_t i = 0; i < w->unread.count; i++)
		tmd_strv_add(w->listing->remarks, w->unread.items[i]);
	if (w->bundled)
		tmd_strv_addf(w->listing->remarks,
			      "not listed, as they belong to Toolkit's bundles: %zu core_api.yml",
			      w->bundled);
}

/* What could not be looked at is told; where nothing was found, it is the answer. */
static enum tmd_rc check_found(const struct walk *w, const struct tmd_findings *findings,
			       struct tmd_error *err)
{
	const struct tmd_strv *why = findings->remarks.count ? &findings->remarks : &w->unread;

	if (w->last || !why->count)
		return TMD_OK;
	return tmd_fail(err, TMD_E_PERMISSION, NULL, "list as a user who may read it",
			"nothing was found, and something was %s", why->items[0]);
}

enum tmd_rc tmd_core_list(struct tmd_ctx *ctx, const struct tmd_resource *query,
			  struct tmd_listing *listing, struct tmd_error *err)
{
	struct walk w = { .ctx = ctx, .listing = listing };
	const struct tmd_findings *findings;
	const struct tmd_finding *found;
	enum tmd_rc rc;
	size_t count;

	if (tmd_finds_under(ctx, &query->input[TMD_CORE_UNDER].list, 1u << TMD_FIND_CORE_API,
			    &findings, err))
		return TMD_FAILED;
	found = tmd_findings_of(findings, TMD_FIND_CORE_API, &count);
	for (size_t i = 0; i < count; i++)
		take(&w, &found[i]);
	report(&w, findings);
	rc = check_found(&w, findings, err);
	tmd_strv_release(&w.roots);
	tmd_strv_release(&w.unread);
	return rc;
}
