/*
 * The certificate stores of Windows: what a wish changes in them. A logical store collects physical
 * ones, and only some of those are ours to change; what stands in Disallowed is not trusted by
 * Windows, whatever else holds it, and Python knows nothing of it.
 */
#include "resources/anchor/win32/stores.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "resources/anchor/win32/world.h"

#define CHANGED_MAX 3 /* stores: Disallowed, Root and CA */

static const struct tmd_windows_store *store_of(const struct tmd_anchor *anchor)
{
	return &tmd_windows_stores[anchor->family];
}

static enum tmd_rc windows_read(struct tmd_ctx *ctx, const struct tmd_anchor *anchor,
				struct tmd_anchor_view *view, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_win_world_release) struct tmd_win_world world = { 0 };
	struct tmd_win_der der = tmd_win_der_of(anchor->cert);

	if (tmd_win_world_load(ctx, store_of(anchor), &world, err) ||
	    tmd_win_judge(ctx, &world, anchor->cert, anchor->wish, view, err))
		return TMD_FAILED;
	/* Any one of them spoils all that Python reads from both stores. */
	for (size_t i = 0; i < 2 && !world.store->bans; i++)
		tmd_win_note_opaque(&world.trusting[i], der, &view->warnings);
	return TMD_OK;
}

/* ---- steps: one certificate, one store ---- */

struct store_step {
	struct tmd_step base;
	const struct tmd_windows_store *store;
	bool adds;
	char *der;
	size_t len;
};

static enum tmd_rc check_store(const struct tmd_step *base, struct tmd_fs *fs, struct tmd_error *err)
{
	const struct store_step *step = (const struct store_step *)base;

	(void)fs;
	return tmd_cert_store_check(step->store->location, step->store->system, err);
}

static enum tmd_rc change_store(const struct tmd_step *base, struct tmd_fs *fs,
				struct tmd_error *err)
{
	const struct store_step *step = (const struct store_step *)base;

	return step->adds ? tmd_cert_store_add(fs, step->store->location, step->store->system,
					       step->der, step->len, err)
			  : tmd_cert_store_remove(fs, step->store->location, step->store->system,
						  step->der, step->len, err);
}

/* What a store will hold is expected as a whole, with all its parts: see describe(). */
static enum tmd_rc preview_store(const struct tmd_step *base, struct tmd_view *view,
				 struct tmd_error *err)
{
	(void)base;
	(void)view;
	(void)err;
	return TMD_OK;
}

static void release_step(struct tmd_step *base)
{
	struct store_step *step = (struct store_step *)base;

	free(step->der);
	free(step);
}

static const struct tmd_step_ops store_step_ops = { check_store, change_store, preview_store, NULL,
						    release_step };

/* Distrusted before it goes from where it was trusted. */
static size_t distrusting_stores(const struct tmd_anchor *anchor,
				 const struct tmd_windows_store *stores[CHANGED_MAX])
{
	size_t count = 0;

	stores[count++] = tmd_win_bans_of(store_of(anchor));
	for (int i = 0; i < TMD_WINDOWS_STORES && count < CHANGED_MAX; i++) {
		if (anchor->view.ours & 1U << i)
			stores[count++] = &tmd_windows_stores[i];
	}
	return count;
}

/* The stores that the wish changes, after the reading in anchor->view. */
static size_t changed_stores(const struct tmd_anchor *anchor,
			     const struct tmd_windows_store *stores[CHANGED_MAX])
{
	const struct tmd_windows_store *store = store_of(anchor);
	size_t count = 0;

	if (anchor->wish == TMD_ANCHOR_DISTRUSTED)
		return distrusting_stores(anchor, stores);
	if (anchor->wish == TMD_ANCHOR_ABSENT || !anchor->view.anchored)
		stores[count++] = store;
	if (anchor->wish == TMD_ANCHOR_PRESENT && anchor->view.distrusted_by.count)
		stores[count++] = tmd_win_bans_of(store);
	return count;
}

static bool fills(const struct tmd_anchor *anchor, const struct tmd_windows_store *store)
{
	if (anchor->wish == TMD_ANCHOR_DISTRUSTED)
		return store->bans;
	return anchor->wish == TMD_ANCHOR_PRESENT && store == store_of(anchor);
}

/* Added before it is no longer distrusted: at no moment is there less than before. */
static void add_steps(const struct tmd_anchor *anchor, struct tmd_changeset *set)
{
	const struct tmd_windows_store *stores[CHANGED_MAX];
	size_t count = changed_stores(anchor, stores);

	for (size_t i = 0; i < count; i++) {
		struct store_step *step = tmd_alloc(1, sizeof(*step));

		step->base.ops = &store_step_ops;
		step->store = stores[i];
		step->adds = fills(anchor, stores[i]);
		step->len = anchor->cert->der_len;
		step->der = tmd_memdup(anchor->cert->der, step->len);
		tmd_changeset_add(set, &step->base);
	}
}

/* ---- planning ---- */

struct planning {
	struct tmd_resource *r;
	const struct tmd_anchor *anchor;
	struct tmd_changeset *set;
	struct tmd_win_world world;
	struct tmd_buf before; /* of the diff: one line for each store that holds it */
	struct tmd_buf after;
};

static void planning_release(struct planning *p)
{
	tmd_win_world_release(&p->world);
	tmd_buf_release(&p->before);
	tmd_buf_release(&p->after);
}

/* Its line in the diff, and the store as it will be, for what is planned later in this run. */
static void describe(struct planning *p, const struct tmd_win_contents *contents, bool will_hold)
{
	const struct tmd_cert *cert = p->anchor->cert;
	TMD_AUTO_FREE char *name = tmd_win_planned_name(contents->store);
	TMD_AUTO_FREE char *line =
		tmd_format("%s: %s, SHA-1 %s\n", contents->store->name, cert->subject, cert->sha1);
	struct tmd_buf pem = { 0 };

	if (tmd_win_holds(contents, tmd_win_der_of(cert)))
		tmd_buf_add_str(&p->before, line);
	if (will_hold)
		tmd_buf_add_str(&p->after, line);
	tmd_win_add_pem(contents, tmd_win_der_of(cert), &pem);
	if (will_hold)
		tmd_cert_add_pem(&pem, cert->der, cert->der_len);
	tmd_changeset_expect(p->set, name, &pem);
}

/* Told by the store whose change is wanted. */
static void finish(struct planning *p, const struct tmd_windows_store *store)
{
	add_steps(p->anchor, p->set);
	tmd_changeset_tell(p->set, store->name, tmd_buf_steal(&p->before),
			   tmd_buf_steal(&p->after));
}

/*
 * A ban in our own part is lifted. Windows does not record who put it there, so the warning
 * says that it was; every other ban is somebody else's decision.
 */
static enum tmd_rc lift_ban(struct planning *p, const struct tmd_win_ban *ban, struct tmd_error *err)
{
	TMD_AUTO_FREE char *label = tmd_win_ban_label(ban);
	const struct tmd_win_origin *origin = tmd_win_origin_of(ban->part);
	TMD_AUTO_FREE char *hint =
		tmd_format("store=%s with state=absent takes it back", ban->store->name);

	if (origin)
		return tmd_fail(err, TMD_E_CONFLICT, label, origin->hint,
				"the certificate is distrusted here, and %s", origin->who);
	if (ban->store != tmd_win_bans_of(p->world.store))
		return tmd_fail(err, TMD_E_CONFLICT, label, hint,
				"the certificate is distrusted %s",
				ban->store->location == TMD_STORE_LOCAL_MACHINE
					? "for the whole machine"
					: "by the user who runs this");
	tmd_strv_addf(&p->r->warnings,
		      "%s distrusts it, and Windows does not record who put it "
		      "there: it is taken from that list",
		      label);
	return TMD_OK;
}

static enum tmd_rc lift_bans(struct planning *p, struct tmd_error *err)
{
	const struct tmd_cert *cert = p->anchor->cert;
	struct tmd_win_ban bans[TMD_WIN_BANS_MAX];
	size_t count = tmd_win_find_bans(&p->world, tmd_win_der_of(cert), bans);

	for (size_t i = 0; i < count; i++) {
		if (lift_ban(p, &bans[i], err))
			return TMD_FAILED;
	}
	for (size_t i = 0; i < 2 && count; i++) {
		if (p->world.bans[i].store == tmd_win_bans_of(p->world.store))
			describe(p, &p->world.bans[i], false);
	}
	return TMD_OK;
}

static enum tmd_rc refuse_powerless(const struct planning *p, struct tmd_error *err)
{
	const struct tmd_cert *cert = p->anchor->cert;
	const char *why = tmd_win_obstacle(&p->world, cert);

	if (!why || p->world.store->bans)
		return TMD_OK;
	if (cert->purpose != TMD_PURPOSE_SERVERS ||
	    (cert->ku_excludes_signing && cert->ca == TMD_CA_YES))
		return tmd_fail(err, TMD_E_REFUSED, NULL, "get a root that may vouch for servers",
				"it would have no effect here: %s", why);
	return tmd_fail(err, TMD_E_CONFLICT, p->world.store->name,
			"enable all its purposes in certlm.msc, or in certmgr.msc for a user's "
			"store",
			"the store holds it without effect: %s", why);
}

/* Disallowed is Windows' alone. */
static enum tmd_rc warn_of_python(struct tmd_ctx *ctx, struct planning *p, struct tmd_error *err)
{
	TMD_AUTO_STRV struct tmd_strv holders = { 0 };

	if (tmd_win_python_holders(ctx, &p->world, p->anchor->cert, false, &holders, err))
		return TMD_FAILED;
	for (size_t i = 0; i < holders.count; i++)
		tmd_strv_addf(&p->r->warnings,
			      "Python loads it all the same, from %s: state=distrusted with "
			      "store=%s takes it out there as well",
			      holders.items[i], p->world.trusting[0].store->name);
	return TMD_OK;
}

static enum tmd_rc plan_present(struct tmd_ctx *ctx, struct planning *p, struct tmd_error *err)
{
	TMD_AUTO_FREE char *limit = tmd_win_limit(&p->world, p->anchor->cert);

	if (refuse_powerless(p, err) || tmd_anchor_check_verification(p->anchor, err) ||
	    lift_bans(p, err))
		return TMD_FAILED;
	if (p->world.store->bans && warn_of_python(ctx, p, err))
		return TMD_FAILED;
	if (limit)
		tmd_strv_add(&p->r->warnings, limit);
	describe(p, tmd_win_own(&p->world), true);
	finish(p, p->world.store);
	return TMD_OK;
}

static enum tmd_rc plan_absent(struct planning *p, struct tmd_error *err)
{
	const struct tmd_win_contents *own = tmd_win_own(&p->world);
	const char *holders[TMD_WIN_PARTS_MAX];
	size_t found = tmd_win_holders(own, tmd_win_der_of(p->anchor->cert), holders);

	for (size_t i = 0; i < found; i++) {
		TMD_AUTO_FREE char *label = tmd_win_part_label(p->world.store, holders[i]);
		const struct tmd_win_origin *origin = tmd_win_origin_of(holders[i]);

		if (origin)
			return tmd_fail(err, TMD_E_CONFLICT, label, origin->hint,
					"cannot be removed from here: %s", origin->who);
		if (strcmp(holders[i], TMD_WIN_UPDATE_PART) == 0)
			tmd_strv_addf(&p->r->warnings,
				      "%s: Windows may fetch it again by automatic root update; "
				      "state=distrusted prevents that",
				      label);
	}
	describe(p, own, false);
	finish(p, p->world.store);
	return TMD_OK;
}

/* ---- distrust ---- */

/* What stays in a store is somebody else's; Python goes on to load it, and that is said. */
static bool warn_of_staying(struct planning *p, const struct tmd_win_contents *contents)
{
	const char *holders[TMD_WIN_PARTS_MAX];
	size_t found =
		tmd_win_holders(contents, tmd_win_der_of(p->anchor->cert), holders);
	bool stays = false;

	for (size_t i = 0; i < found; i++) {
		const struct tmd_win_origin *origin = tmd_win_origin_of(holders[i]);
		TMD_AUTO_FREE char *label = tmd_win_part_label(contents->store, holders[i]);

		if (!origin)
			continue;
		stays = true;
		tmd_strv_addf(&p->r->warnings,
			      "%s keeps it, and Python, which does not read Disallowed, loads it "
			      "from there: %s; %s",
			      label, origin->who, origin->hint);
	}
	return stays;
}

/* The machine's wish does not reach into the caller's own stores; his Python reads them. */
static enum tmd_rc warn_of_user(struct tmd_ctx *ctx, struct planning *p, struct tmd_error *err)
{
	TMD_AUTO_STRV struct tmd_strv holders = { 0 };

	if (tmd_win_python_holders(ctx, &p->world, p->anchor->cert, true, &holders, err))
		return TMD_FAILED;
	for (size_t i = 0; i < holders.count; i++) {
		if (strncmp(holders.items[i], "CurrentUser/", strlen("CurrentUser/")) == 0 &&
		    p->world.store->location == TMD_STORE_LOCAL_MACHINE)
			tmd_strv_addf(&p->r->warnings,
				      "%s holds it too, and this user's Python loads it from there: "
				      "state=distrusted with store=CurrentUser/Root takes it out",
				      holders.items[i]);
	}
	return TMD_OK;
}

static enum tmd_rc plan_distrusted(struct tmd_ctx *ctx, struct planning *p, struct tmd_error *err)
{
	const struct tmd_windows_store *bans = tmd_win_bans_of(p->world.store);

	for (size_t i = 0; i < 2; i++) {
		const struct tmd_win_contents *contents = &p->world.trusting[i];
		bool stays = warn_of_staying(p, contents);

		if (tmd_win_is_ours(contents, tmd_win_der_of(p->anchor->cert)))
			describe(p, contents, stays);
	}
	for (size_t i = 0; i < 2; i++) {
		if (p->world.bans[i].store == bans)
			describe(p, &p->world.bans[i], true);
	}
	finish(p, bans);
	return warn_of_user(ctx, p, err);
}

/* Before anything is tried: on a server nobody is there to answer. */
static void warn_of_dialog(struct planning *p)
{
	bool changes = p->world.store == &tmd_windows_stores[TMD_USER_ROOT];

	if (p->anchor->wish == TMD_ANCHOR_DISTRUSTED)
		changes = p->anchor->view.ours & 1U << TMD_USER_ROOT;
	if (changes)
		tmd_strv_add(&p->r->warnings,
			     "Windows asks the user on the screen before CurrentUser/Root changes");
}

static enum tmd_rc windows_plan(struct tmd_ctx *ctx, struct tmd_resource *r,
				struct tmd_changeset *set, struct tmd_error *err)
{
	TMD_CLEANUP(planning_release)
	struct planning p = { .r = r, .anchor = tmd_anchor_of(r), .set = set };

	if (tmd_win_world_load(ctx, store_of(p.anchor), &p.world, err))
		return TMD_FAILED;
	warn_of_dialog(&p);
	switch (p.anchor->wish) {
	case TMD_ANCHOR_PRESENT:
		return plan_present(ctx, &p, err);
	case TMD_ANCHOR_ABSENT:
		return plan_absent(&p, err);
	case TMD_ANCHOR_DISTRUSTED:
		return plan_distrusted(ctx, &p, err);
	}
	return TMD_FAILED;
}

/* ---- all of them ---- */

/* One that OpenSSL does not read is listed all the same, with the reason that it gives. */
static struct tmd_cert *parse(struct tmd_win_der der, struct tmd_anchor_view *view)
{
	struct tmd_error why = { 0 };
	struct tmd_cert *cert = NULL;

	if (!tmd_cert_parse(der.data, der.len, &cert, &why))
		return cert;
	tmd_strv_add(&view->reasons, why.message);
	return tmd_cert_opaque(der.data, der.len);
}

static enum tmd_rc windows_list(struct tmd_ctx *ctx, const struct tmd_anchor *store,
				struct tmd_anchor_listing *listing, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_win_world_release) struct tmd_win_world world = { 0 };
	TMD_CLEANUP(tmd_win_list_release) struct tmd_win_list all = { 0 };

	if (tmd_win_world_load(ctx, store_of(store), &world, err))
		return TMD_FAILED;
	tmd_win_collect(tmd_win_own(&world), &all);
	for (size_t i = 0; i < all.count; i++) {
		struct tmd_anchor_view view = { 0 };
		struct tmd_cert *cert = parse(all.items[i], &view);

		if (tmd_win_judge(ctx, &world, cert, TMD_ANCHOR_PRESENT, &view, err)) {
			tmd_cert_free(cert);
			tmd_anchor_view_release(&view);
			return TMD_FAILED;
		}
		tmd_anchor_listing_add(listing, cert, &view);
	}
	return TMD_OK;
}

const struct tmd_anchor_backend tmd_anchor_windows = {
	.name = "windows",
	.read = windows_read,
	.plan = windows_plan,
	.list = windows_list,
};
