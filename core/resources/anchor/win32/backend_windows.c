/*
 * The certificate stores of Windows. A logical store collects physical ones, and only some of
 * those are ours to change; what stands in Disallowed is not trusted, whatever else holds it.
 *
 * A certificate is the bytes of its DER here, never a serial number or a subject. Disallowed
 * names certificates the same way: the same thumbprint is the same DER. The lists of keys that
 * Microsoft distrusts besides (DisallowedCertEncodedCtl) are not read: they name no root that
 * anybody has a reason to add.
 */
#include "resources/anchor/win32/stores.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "x509/bundle.h"
#include "x509/der.h"

#define OWN_PART ".Default"
#define MACHINE_PART ".LocalMachine"
#define CARD_PART ".SmartCard"
#define UPDATE_PART ".AuthRoot"
#define PARTS_MAX 5

static const char *const machine_root_parts[] = { OWN_PART,	 UPDATE_PART, ".GroupPolicy",
						  ".Enterprise", CARD_PART,   NULL };
static const char *const machine_parts[] = { OWN_PART, ".GroupPolicy", ".Enterprise", NULL };
static const char *const user_root_parts[] = { OWN_PART, MACHINE_PART, CARD_PART, NULL };
static const char *const user_parts[] = { OWN_PART, ".GroupPolicy", MACHINE_PART, NULL };

static const char *const *parts_of(const struct tmd_windows_store *store)
{
	bool root = strcmp(store->system, "Root") == 0;

	if (store->location == TMD_STORE_LOCAL_MACHINE)
		return root ? machine_root_parts : machine_parts;
	return root ? user_root_parts : user_parts;
}

/* ---- what a store holds ---- */

struct part {
	const char *name;
	struct tmd_store_certs certs;
	char *trouble; /* why it cannot be read, one line; NULL when it can */
};

struct contents {
	const struct tmd_windows_store *store;
	struct part parts[PARTS_MAX];
	size_t count;
	struct tmd_store_certs all; /* the logical store */
	bool is_planned;	    /* an earlier resource of this run changes it: */
	struct tmd_bundle planned;  /* what `all` will be */
};

static void contents_release(struct contents *contents)
{
	for (size_t i = 0; i < contents->count; i++) {
		tmd_store_certs_release(&contents->parts[i].certs);
		free(contents->parts[i].trouble);
	}
	tmd_store_certs_release(&contents->all);
	tmd_bundle_release(&contents->planned);
	memset(contents, 0, sizeof(*contents));
}

static char *planned_name(const struct tmd_windows_store *store)
{
	return tmd_format("store:%s", store->name);
}

static enum tmd_rc load_planned(struct tmd_ctx *ctx, struct contents *contents,
				struct tmd_error *err)
{
	TMD_AUTO_FREE char *name = planned_name(contents->store);
	const struct tmd_buf *text = tmd_ctx_planned(ctx, name);

	contents->is_planned = text != NULL;
	if (!text)
		return TMD_OK;
	return tmd_bundle_scan(tmd_buf_str(text), text->len, &contents->planned, err);
}

/*
 * The parts only tell who brought a certificate: one that cannot be read leaves that open, and
 * does not hide what the logical store holds.
 */
static void load_part(const struct tmd_windows_store *store, const char *name, struct part *part)
{
	struct tmd_error err = { 0 };

	part->name = name;
	if (tmd_cert_store_read(store->location, store->system, name, &part->certs, &err))
		part->trouble = tmd_format("%s (%s): %s", store->name, name, err.message);
}

/* Without `with_parts` only what the logical store holds: who brought it is not asked for. */
static enum tmd_rc load(struct tmd_ctx *ctx, const struct tmd_windows_store *store, bool with_parts,
			struct contents *contents, struct tmd_error *err)
{
	const char *const *names = parts_of(store);

	contents->store = store;
	for (; with_parts && names[contents->count]; contents->count++)
		load_part(store, names[contents->count], &contents->parts[contents->count]);
	if (tmd_cert_store_read(store->location, store->system, NULL, &contents->all, err))
		return TMD_FAILED;
	return load_planned(ctx, contents, err);
}

/* DER, as it comes out of a store or a certificate. */
struct bytes {
	const unsigned char *data;
	size_t len;
};

static struct bytes bytes_of(const struct tmd_cert *cert)
{
	return (struct bytes){ cert->der, cert->der_len };
}

static bool is_among(const struct tmd_store_certs *certs, struct bytes der)
{
	for (size_t i = 0; i < certs->count; i++) {
		if (certs->items[i].der_len == der.len &&
		    memcmp(certs->items[i].der, der.data, der.len) == 0)
			return true;
	}
	return false;
}

static bool holds(const struct contents *contents, struct bytes der)
{
	if (contents->is_planned)
		return tmd_bundle_find(&contents->planned, der.data, der.len, 0) != NULL;
	return is_among(&contents->all, der);
}

/* Of several copies, one that may vouch for servers is enough. */
static bool is_restricted(const struct contents *contents, struct bytes der)
{
	bool found = false;

	for (size_t i = 0; i < contents->all.count; i++) {
		const struct tmd_store_cert *cert = &contents->all.items[i];

		if (cert->der_len != der.len || memcmp(cert->der, der.data, der.len) != 0)
			continue;
		if (!cert->restricted)
			return false;
		found = true;
	}
	return found;
}

/*
 * The parts that hold it, in their order; the logical store decides whether anything does. What
 * this run plans to add has no part yet and will be ours.
 */
static size_t find_holders(const struct contents *contents, struct bytes der,
			   const char *holders[PARTS_MAX])
{
	size_t found = 0;

	if (!holds(contents, der))
		return 0;
	for (size_t i = 0; i < contents->count; i++) {
		if (is_among(&contents->parts[i].certs, der))
			holders[found++] = contents->parts[i].name;
	}
	if (!found && contents->is_planned)
		holders[found++] = OWN_PART;
	return found;
}

static char *part_label(const struct tmd_windows_store *store, const char *part)
{
	return tmd_format("%s (%s)", store->name, part);
}

/* What a store holds, each certificate once. The bytes belong to the contents. */
struct listed {
	struct bytes *items;
	size_t count;
};

static int compare_bytes(const void *a, const void *b)
{
	const struct bytes *x = a;
	const struct bytes *y = b;
	int order = memcmp(x->data, y->data, x->len < y->len ? x->len : y->len);

	return order ? order : (x->len > y->len) - (x->len < y->len);
}

static void listed_release(struct listed *out)
{
	free(out->items);
}

/* Sorted: the order of a store's enumeration means nothing, and must not get into a bundle. */
static void collect(const struct contents *contents, struct listed *out)
{
	size_t count = contents->is_planned ? contents->planned.count : contents->all.count;
	size_t kept = 0;

	out->items = tmd_alloc(count + 1, sizeof(*out->items));
	for (size_t i = 0; i < count; i++) {
		if (contents->is_planned)
			out->items[i] = (struct bytes){ contents->planned.entries[i].der,
							contents->planned.entries[i].der_len };
		else
			out->items[i] = (struct bytes){ contents->all.items[i].der,
							contents->all.items[i].der_len };
	}
	qsort(out->items, count, sizeof(*out->items), compare_bytes);
	for (size_t i = 0; i < count; i++) {
		if (!kept || compare_bytes(&out->items[kept - 1], &out->items[i]) != 0)
			out->items[kept++] = out->items[i];
	}
	out->count = kept;
}

/* ---- what is made of one certificate ---- */

/* A store together with what takes its effect away. */
struct world {
	const struct tmd_windows_store *store;
	struct contents own;
	struct contents bans[2]; /* the machine's, the user's; empty for a store that bans */
};

static void world_release(struct world *world)
{
	contents_release(&world->own);
	contents_release(&world->bans[0]);
	contents_release(&world->bans[1]);
}

static const struct tmd_windows_store *store_of(const struct tmd_anchor *anchor)
{
	return &tmd_windows_stores[anchor->family];
}

/* Where a certificate of this store is distrusted. */
static const struct tmd_windows_store *bans_of(const struct tmd_windows_store *store)
{
	return &tmd_windows_stores[store->location == TMD_STORE_LOCAL_MACHINE ? TMD_MACHINE_BANS
									      : TMD_USER_BANS];
}

static enum tmd_rc load_world(struct tmd_ctx *ctx, const struct tmd_anchor *anchor,
			      struct world *world, struct tmd_error *err)
{
	world->store = store_of(anchor);
	if (load(ctx, world->store, true, &world->own, err))
		return TMD_FAILED;
	if (world->store->bans)
		return TMD_OK;
	if (load(ctx, &tmd_windows_stores[TMD_MACHINE_BANS], true, &world->bans[0], err))
		return TMD_FAILED;
	return load(ctx, &tmd_windows_stores[TMD_USER_BANS], true, &world->bans[1], err);
}

/* One entry of a Disallowed store that matches. */
struct ban {
	const struct tmd_windows_store *store;
	const char *part; /* NULL: none of those that are known */
};

#define BANS_MAX (2 * PARTS_MAX)

static size_t find_bans(const struct world *world, struct bytes der, struct ban bans[BANS_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < 2; i++) {
		const struct contents *list = &world->bans[i];
		const char *holders[PARTS_MAX];
		size_t found = list->store ? find_holders(list, der, holders) : 0;

		for (size_t j = 0; j < found; j++) {
			/* It has been told as the machine's. */
			if (strcmp(holders[j], MACHINE_PART) != 0)
				bans[count++] = (struct ban){ list->store, holders[j] };
		}
		if (i == 0 && !found && list->store && holds(list, der))
			bans[count++] = (struct ban){ list->store, NULL };
	}
	return count;
}

static char *ban_label(const struct ban *ban)
{
	return ban->part ? part_label(ban->store, ban->part) : tmd_strdup(ban->store->name);
}

/* When the part is asked for and none is found. */
static void add_troubles(const struct contents *contents, struct tmd_anchor_view *view)
{
	for (size_t i = 0; i < contents->count; i++) {
		if (contents->parts[i].trouble)
			tmd_strv_add(&view->warnings, contents->parts[i].trouble);
	}
}

static void add_holders(const struct world *world, struct bytes der, struct tmd_anchor_view *view)
{
	const char *holders[PARTS_MAX];
	size_t found = find_holders(&world->own, der, holders);

	view->held = holds(&world->own, der);
	for (size_t i = 0; i < found; i++) {
		TMD_AUTO_FREE char *label = part_label(world->store, holders[i]);

		tmd_strv_add(&view->where, label);
		/* What the machine's store or a card lends is gone when they are. */
		if (strcmp(holders[i], MACHINE_PART) != 0 && strcmp(holders[i], CARD_PART) != 0)
			view->anchored = true;
	}
	if (view->held && !found) {
		tmd_strv_add(&view->where, world->store->name);
		view->anchored = true;
		add_troubles(&world->own, view);
	}
}

static void add_bans(const struct world *world, struct bytes der, struct tmd_anchor_view *view)
{
	struct ban bans[BANS_MAX];
	size_t count = find_bans(world, der, bans);

	for (size_t i = 0; i < count; i++) {
		TMD_AUTO_FREE char *label = ban_label(&bans[i]);

		tmd_strv_add(&view->distrusted_by, label);
		tmd_strv_addf(&view->reasons, "%s distrusts it", label);
		if (!bans[i].part)
			add_troubles(&world->bans[0], view);
	}
}

/* Why it has no effect although the store holds it and nothing distrusts it; NULL: it has. */
static const char *powerless_because(const struct world *world, const struct tmd_cert *cert)
{
	if (world->store->bans)
		return "this store lists what is not trusted";
	if (cert->eku_excludes_server_auth)
		return "its extended key usage lacks serverAuth: Windows and Python do not take it "
		       "for servers";
	if (is_restricted(&world->own, bytes_of(cert)))
		return "its properties in this store restrict it to other purposes than verifying "
		       "servers";
	return NULL;
}

static void judge(const struct world *world, const struct tmd_cert *cert,
		  struct tmd_anchor_view *view)
{
	const char *powerless = powerless_because(world, cert);

	add_holders(world, bytes_of(cert), view);
	add_bans(world, bytes_of(cert), view);
	view->effective = view->held && !view->distrusted_by.count && !powerless;
	if (!view->held)
		return;
	if (powerless)
		tmd_strv_add(&view->reasons, powerless);
	if (!view->anchored)
		tmd_strv_addf(&view->reasons, "%s itself does not hold it: it is only seen there",
			      world->store->name);
}

static enum tmd_rc windows_read(struct tmd_ctx *ctx, const struct tmd_anchor *anchor,
				struct tmd_anchor_view *view, struct tmd_error *err)
{
	TMD_CLEANUP(world_release) struct world world = { 0 };

	if (load_world(ctx, anchor, &world, err))
		return TMD_FAILED;
	judge(&world, anchor->cert, view);
	return TMD_OK;
}

/* ---- planning ---- */

struct planning {
	struct tmd_resource *r;
	const struct tmd_anchor *anchor;
	struct tmd_changeset *set;
	struct world world;
	struct tmd_buf before; /* of the diff: one line for each store that holds it */
	struct tmd_buf after;
};

static void planning_release(struct planning *p)
{
	world_release(&p->world);
	tmd_buf_release(&p->before);
	tmd_buf_release(&p->after);
}

static void add_all(struct tmd_buf *pem, const struct contents *contents, struct bytes without)
{
	TMD_CLEANUP(listed_release) struct listed all = { 0 };

	collect(contents, &all);
	for (size_t i = 0; i < all.count; i++) {
		if (compare_bytes(&all.items[i], &without) != 0)
			tmd_cert_add_pem(pem, all.items[i].data, all.items[i].len);
	}
}

/* Its line in the diff, and the store as it will be, for what is planned later in this run. */
static void describe(struct planning *p, const struct contents *contents, bool will_hold)
{
	const struct tmd_cert *cert = p->anchor->cert;
	TMD_AUTO_FREE char *name = planned_name(contents->store);
	TMD_AUTO_FREE char *line =
		tmd_format("%s: %s, SHA-1 %s\n", contents->store->name, cert->subject, cert->sha1);
	struct tmd_buf pem = { 0 };

	if (holds(contents, bytes_of(cert)))
		tmd_buf_add_str(&p->before, line);
	if (will_hold)
		tmd_buf_add_str(&p->after, line);
	add_all(&pem, contents, bytes_of(cert));
	if (will_hold)
		tmd_cert_add_pem(&pem, cert->der, cert->der_len);
	tmd_changeset_expect(p->set, name, &pem);
}

/* The one thing that perform() does, named after the store whose change is wanted. */
static void finish(struct planning *p, const struct tmd_windows_store *store)
{
	tmd_changeset_perform(p->set, store->name);
	tmd_anchor_set_diff(p->r, store->name, &p->before, &p->after);
}

/* Who brings what is in a part that is not ours to change, and what can be done about it. */
static const struct origin {
	const char *part;
	const char *who;
	const char *hint;
} origins[] = {
	{ ".GroupPolicy", "group policy brought it",
	  "remove it from the policy (Windows Settings, Security Settings, Public Key Policies)" },
	{ ".Enterprise", "the domain's enterprise store brought it",
	  "remove it from the domain's configuration (certutil -viewdelstore)" },
	{ CARD_PART, "a smart card brought it", "take the card out" },
	{ MACHINE_PART, "the machine's own store holds it",
	  "write LocalMachine instead of CurrentUser in store" },
};

static const struct origin *foreign_origin(const char *part)
{
	for (size_t i = 0; i < sizeof(origins) / sizeof(*origins); i++) {
		if (part && strcmp(origins[i].part, part) == 0)
			return &origins[i];
	}
	return NULL;
}

/*
 * A ban in our own part is lifted. Windows does not record who put it there, so the warning
 * says that it was; every other ban is somebody else's decision.
 */
static enum tmd_rc lift_ban(struct planning *p, const struct ban *ban, struct tmd_error *err)
{
	TMD_AUTO_FREE char *label = ban_label(ban);
	const struct origin *origin = foreign_origin(ban->part);
	TMD_AUTO_FREE char *hint =
		tmd_format("store=%s with state=absent takes it back", ban->store->name);

	if (origin)
		return tmd_fail(err, TMD_E_CONFLICT, label, origin->hint,
				"the certificate is distrusted here, and %s", origin->who);
	if (ban->store != bans_of(p->world.store))
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
	struct ban bans[BANS_MAX];
	size_t count = find_bans(&p->world, bytes_of(cert), bans);

	for (size_t i = 0; i < count; i++) {
		if (lift_ban(p, &bans[i], err))
			return TMD_FAILED;
	}
	for (size_t i = 0; i < 2 && count; i++) {
		if (p->world.bans[i].store == bans_of(p->world.store))
			describe(p, &p->world.bans[i], false);
	}
	return TMD_OK;
}

static enum tmd_rc plan_present(struct planning *p, struct tmd_error *err)
{
	const struct tmd_cert *cert = p->anchor->cert;
	const char *name = p->world.store->name;

	if (!p->world.store->bans && cert->eku_excludes_server_auth)
		return tmd_fail(err, TMD_E_REFUSED, NULL, "get a root that may vouch for servers",
				"it would have no effect here: its extended key usage lacks "
				"serverAuth");
	if (!p->world.store->bans && is_restricted(&p->world.own, bytes_of(cert)))
		return tmd_fail(err, TMD_E_CONFLICT, name,
				"enable all its purposes in certlm.msc, or in certmgr.msc for a "
				"user's store",
				"the store holds it for other purposes than verifying servers");
	if (lift_bans(p, err))
		return TMD_FAILED;
	describe(p, &p->world.own, true);
	finish(p, p->world.store);
	return TMD_OK;
}

static enum tmd_rc plan_absent(struct planning *p, struct tmd_error *err)
{
	const char *holders[PARTS_MAX];
	size_t found = find_holders(&p->world.own, bytes_of(p->anchor->cert), holders);

	for (size_t i = 0; i < found; i++) {
		TMD_AUTO_FREE char *label = part_label(p->world.store, holders[i]);
		const struct origin *origin = foreign_origin(holders[i]);

		if (origin)
			return tmd_fail(err, TMD_E_CONFLICT, label, origin->hint,
					"cannot be removed from here: %s", origin->who);
		if (strcmp(holders[i], UPDATE_PART) == 0)
			tmd_strv_addf(&p->r->warnings,
				      "%s: Windows may fetch it again by automatic root update; "
				      "state=distrusted prevents that",
				      label);
	}
	describe(p, &p->world.own, false);
	finish(p, p->world.store);
	return TMD_OK;
}

static enum tmd_rc plan_distrusted(struct planning *p)
{
	const struct tmd_windows_store *bans = bans_of(p->world.store);

	for (size_t i = 0; i < 2; i++) {
		if (p->world.bans[i].store == bans)
			describe(p, &p->world.bans[i], true);
	}
	finish(p, bans);
	return TMD_OK;
}

static void warn_of_dialog(struct planning *p)
{
	if (p->world.store == &tmd_windows_stores[TMD_USER_ROOT] &&
	    p->anchor->wish != TMD_ANCHOR_DISTRUSTED)
		tmd_strv_add(&p->r->warnings,
			     "Windows asks the user on the screen before CurrentUser/Root changes");
}

static enum tmd_rc windows_plan(struct tmd_ctx *ctx, struct tmd_resource *r,
				struct tmd_changeset *set, struct tmd_error *err)
{
	TMD_CLEANUP(planning_release)
	struct planning p = { .r = r, .anchor = tmd_anchor_of(r), .set = set };

	if (load_world(ctx, p.anchor, &p.world, err))
		return TMD_FAILED;
	warn_of_dialog(&p);
	switch (p.anchor->wish) {
	case TMD_ANCHOR_PRESENT:
		return plan_present(&p, err);
	case TMD_ANCHOR_ABSENT:
		return plan_absent(&p, err);
	case TMD_ANCHOR_DISTRUSTED:
		return plan_distrusted(&p);
	}
	return TMD_FAILED;
}

/* ---- carrying it out ---- */

/* The stores that the wish changes, after the reading in anchor->view; at most two. */
static size_t changed_stores(const struct tmd_anchor *anchor,
			     const struct tmd_windows_store *stores[2])
{
	const struct tmd_windows_store *store = store_of(anchor);
	size_t count = 0;

	if (anchor->wish == TMD_ANCHOR_DISTRUSTED) {
		stores[count++] = bans_of(store);
		return count;
	}
	if (anchor->wish == TMD_ANCHOR_ABSENT || !anchor->view.anchored)
		stores[count++] = store;
	if (anchor->wish == TMD_ANCHOR_PRESENT && anchor->view.distrusted_by.count)
		stores[count++] = bans_of(store);
	return count;
}

static enum tmd_rc windows_check(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_error *err)
{
	const struct tmd_windows_store *stores[2];
	size_t count = changed_stores(tmd_anchor_of(r), stores);

	(void)ctx;
	for (size_t i = 0; i < count; i++) {
		if (tmd_cert_store_check(stores[i]->location, stores[i]->system, err))
			return TMD_FAILED;
	}
	return TMD_OK;
}

/* Added before it is no longer distrusted: at no moment is there less than before. */
static enum tmd_rc windows_perform(struct tmd_ctx *ctx, struct tmd_resource *r,
				   struct tmd_error *err)
{
	const struct tmd_anchor *anchor = tmd_anchor_of(r);
	const struct tmd_cert *cert = anchor->cert;
	const struct tmd_windows_store *stores[2];
	size_t count = changed_stores(anchor, stores);

	for (size_t i = 0; i < count; i++) {
		const struct tmd_windows_store *store = stores[i];
		bool adds = anchor->wish == TMD_ANCHOR_DISTRUSTED ||
			    (anchor->wish == TMD_ANCHOR_PRESENT && store == store_of(anchor));

		if (adds ? tmd_cert_store_add(ctx->fs, store->location, store->system, cert->der,
					      cert->der_len, err)
			 : tmd_cert_store_remove(ctx->fs, store->location, store->system, cert->der,
						 cert->der_len, err))
			return TMD_FAILED;
	}
	return TMD_OK;
}

/* ---- all of them ---- */

/* A bundle with one certificate that OpenSSL cannot read is no bundle. */
static bool is_readable(struct bytes der)
{
	struct tmd_error ignored = { 0 };
	struct tmd_cert *cert = NULL;

	if (tmd_der_certificate(der.data, der.len, NULL))
		return true;
	if (tmd_cert_parse(der.data, der.len, &cert, &ignored))
		return false;
	tmd_cert_free(cert);
	return true;
}

/* The machine's own bans: what one user distrusts is his business. */
static enum tmd_rc load_trusted(struct tmd_ctx *ctx, struct contents *root, struct contents *bans,
				struct tmd_error *err)
{
	if (load(ctx, &tmd_windows_stores[TMD_MACHINE_ROOT], false, root, err))
		return TMD_FAILED;
	return load(ctx, &tmd_windows_stores[TMD_MACHINE_BANS], false, bans, err);
}

/* Named once, however often the store is read in one run. */
static void note_left_out(const struct contents *root, struct bytes der, struct tmd_strv *warnings)
{
	TMD_AUTO_FREE char *line = NULL;
	char sha256[65];

	tmd_sha256_hex(der.data, der.len, sha256);
	line = tmd_format("%s holds a certificate that OpenSSL cannot read, and that is left out: "
			  "SHA-256 %s",
			  root->store->name, sha256);
	tmd_strv_add_once(warnings, line);
}

enum tmd_rc tmd_windows_trusted_pem(struct tmd_ctx *ctx, struct tmd_buf *out,
				    struct tmd_strv *warnings, struct tmd_error *err)
{
	TMD_CLEANUP(contents_release) struct contents root = { 0 };
	TMD_CLEANUP(contents_release) struct contents bans = { 0 };
	TMD_CLEANUP(listed_release) struct listed listed = { 0 };
	TMD_AUTO_BUF struct tmd_buf pem = { 0 };

	if (load_trusted(ctx, &root, &bans, err))
		return TMD_FAILED;
	collect(&root, &listed);
	for (size_t i = 0; i < listed.count; i++) {
		struct bytes der = listed.items[i];

		if (holds(&bans, der) || is_restricted(&root, der))
			continue;
		if (is_readable(der))
			tmd_cert_add_pem(&pem, der.data, der.len);
		else
			note_left_out(&root, der, warnings);
	}
	if (tmd_buf_check(&pem, root.store->name, err))
		return TMD_FAILED;
	if (!pem.len)
		return tmd_fail(err, TMD_E_NOT_FOUND, root.store->name, "name a PEM file instead",
				"this store holds nothing that a bundle could be made from");
	tmd_buf_clear(out);
	tmd_buf_add(out, pem.data, pem.len);
	return tmd_buf_check(out, root.store->name, err);
}

/* What OpenSSL cannot read has no subject to be listed under, and nothing here can use it. */
static enum tmd_rc windows_list(struct tmd_ctx *ctx, const struct tmd_anchor *store,
				struct tmd_anchor_listing *listing, struct tmd_error *err)
{
	TMD_CLEANUP(world_release) struct world world = { 0 };
	TMD_CLEANUP(listed_release) struct listed all = { 0 };

	if (load_world(ctx, store, &world, err))
		return TMD_FAILED;
	collect(&world.own, &all);
	for (size_t i = 0; i < all.count; i++) {
		struct tmd_anchor_view view = { 0 };
		struct tmd_error ignored = { 0 };
		struct tmd_cert *cert = NULL;

		if (tmd_cert_parse(all.items[i].data, all.items[i].len, &cert, &ignored))
			continue;
		judge(&world, cert, &view);
		tmd_anchor_listing_add(listing, cert, &view);
	}
	return TMD_OK;
}

const struct tmd_anchor_backend tmd_anchor_windows = {
	.name = "windows",
	.read = windows_read,
	.plan = windows_plan,
	.check = windows_check,
	.perform = windows_perform,
	.list = windows_list,
};
