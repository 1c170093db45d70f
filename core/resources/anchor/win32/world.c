/*
 * What Windows' own verifier and what Python make of a certificate in a store. The first takes
 * self-signed roots from Root, goes on through CA, and obeys Disallowed. Python's ssl loads all of
 * Root and of CA that is for servers, reads no Disallowed, and leaves the rest to OpenSSL.
 *
 * Disallowed names certificates by their bytes: the same thumbprint is the same DER. The lists of
 * keys that Microsoft distrusts besides (DisallowedCertEncodedCtl) are not read: they name no root
 * that anybody has a reason to add.
 */
#include "resources/anchor/win32/world.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "x509/policy.h"

#define CHAIN_MAX 8 /* intermediates on the way to a root */

static bool is_user(const struct tmd_windows_store *store)
{
	return store->location == TMD_STORE_CURRENT_USER;
}

const struct tmd_windows_store *tmd_win_bans_of(const struct tmd_windows_store *store)
{
	return &tmd_windows_stores[is_user(store) ? TMD_USER_BANS : TMD_MACHINE_BANS];
}

void tmd_win_world_release(struct tmd_win_world *world)
{
	for (size_t i = 0; i < 2; i++) {
		tmd_win_contents_release(&world->trusting[i]);
		tmd_win_contents_release(&world->bans[i]);
		tmd_win_contents_release(&world->users[i]);
		tmd_bundle_release(&world->issuers[i]);
	}
}

static enum tmd_rc load_two(struct tmd_ctx *ctx, int first, int second,
			    struct tmd_win_contents two[2], struct tmd_error *err)
{
	if (tmd_win_contents_load(ctx, &tmd_windows_stores[first], true, &two[0], err))
		return TMD_FAILED;
	return tmd_win_contents_load(ctx, &tmd_windows_stores[second], true, &two[1], err);
}

enum tmd_rc tmd_win_world_load(struct tmd_ctx *ctx, const struct tmd_windows_store *store,
			       struct tmd_win_world *world, struct tmd_error *err)
{
	int root = is_user(store) ? TMD_USER_ROOT : TMD_MACHINE_ROOT;
	int ca = is_user(store) ? TMD_USER_CA : TMD_MACHINE_CA;

	world->store = store;
	if (load_two(ctx, root, ca, world->trusting, err))
		return TMD_FAILED;
	return load_two(ctx, TMD_MACHINE_BANS, TMD_USER_BANS, world->bans, err);
}

const struct tmd_win_contents *tmd_win_own(const struct tmd_win_world *world)
{
	for (size_t i = 0; i < 2; i++) {
		if (world->trusting[i].store == world->store)
			return &world->trusting[i];
	}
	return &world->bans[is_user(world->store)];
}

/* ---- what distrusts it ---- */

size_t tmd_win_find_bans(const struct tmd_win_world *world, struct tmd_win_der der,
			 struct tmd_win_ban bans[TMD_WIN_BANS_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < 2 && !world->store->bans; i++) {
		const struct tmd_win_contents *list = &world->bans[i];
		const char *holders[TMD_WIN_PARTS_MAX];
		size_t found = tmd_win_holders(list, der, holders);

		for (size_t j = 0; j < found; j++) {
			/* It has been told as the machine's. */
			if (strcmp(holders[j], TMD_WIN_MACHINE_PART) != 0)
				bans[count++] = (struct tmd_win_ban){ list->store, holders[j] };
		}
		if (i == 0 && !found && tmd_win_holds(list, der))
			bans[count++] = (struct tmd_win_ban){ list->store, NULL };
	}
	return count;
}

char *tmd_win_ban_label(const struct tmd_win_ban *ban)
{
	return ban->part ? tmd_win_part_label(ban->store, ban->part) : tmd_strdup(ban->store->name);
}

/* ---- who takes it for servers ---- */

static bool allows(enum tmd_store_usage usage, bool any_is_enough)
{
	return usage == TMD_USAGE_ALL || usage == TMD_USAGE_SERVERS ||
	       (any_is_enough && usage == TMD_USAGE_ANY);
}

static void add_taker(enum tmd_store_usage usage, const struct tmd_cert *cert,
		      struct tmd_win_takers *takers)
{
	bool for_servers = cert->purpose == TMD_PURPOSE_SERVERS;

	takers->windows = takers->windows ||
			  (allows(usage, true) && (for_servers || cert->purpose == TMD_PURPOSE_ANY));
	takers->python = takers->python || usage == TMD_USAGE_SERVERS ||
			 (usage == TMD_USAGE_ALL && for_servers);
}

struct tmd_win_takers tmd_win_takers_of(const struct tmd_win_contents *contents,
					const struct tmd_cert *cert)
{
	struct tmd_win_takers takers = { 0 };
	struct tmd_win_der der = tmd_win_der_of(cert);
	bool found = false;

	for (size_t i = 0; i < contents->all.count; i++) {
		const struct tmd_store_cert *copy = &contents->all.items[i];
		struct tmd_win_der other = { copy->der, copy->der_len };

		if (tmd_win_der_compare(&other, &der) != 0)
			continue;
		add_taker(copy->usage, cert, &takers);
		found = true;
	}
	if (!found)
		add_taker(TMD_USAGE_ALL, cert, &takers);
	return takers;
}

/* ---- where Python finds it ---- */

static void add_python_holders(const struct tmd_win_contents *contents, const struct tmd_cert *cert,
			       bool users, bool without_ours, struct tmd_strv *out)
{
	struct tmd_win_der der = tmd_win_der_of(cert);
	const char *holders[TMD_WIN_PARTS_MAX];
	size_t found = tmd_win_holders(contents, der, holders);

	if (!tmd_win_holds(contents, der) || !tmd_win_takers_of(contents, cert).python)
		return;
	for (size_t i = 0; i < found; i++) {
		const struct tmd_win_origin *origin = tmd_win_origin_of(holders[i]);
		TMD_AUTO_FREE char *label = tmd_win_part_label(contents->store, holders[i]);

		/* Of the user's stores only what is his own: the rest has been told. */
		if (users ? !origin : origin || !without_ours)
			tmd_strv_add(out, label);
	}
	if (!found && !users)
		tmd_strv_add(out, contents->store->name);
}

enum tmd_rc tmd_win_python_holders(struct tmd_ctx *ctx, struct tmd_win_world *world,
				   const struct tmd_cert *cert, bool without_ours,
				   struct tmd_strv *out, struct tmd_error *err)
{
	for (size_t i = 0; i < 2; i++)
		add_python_holders(&world->trusting[i], cert, false, without_ours, out);
	if (is_user(world->store))
		return TMD_OK;
	if (!world->users[0].store &&
	    load_two(ctx, TMD_USER_ROOT, TMD_USER_CA, world->users, err))
		return TMD_FAILED;
	for (size_t i = 0; i < 2; i++)
		add_python_holders(&world->users[i], cert, true, without_ours, out);
	return TMD_OK;
}

/* ---- the view ---- */

/* When the part is asked for and none is found. */
static void add_troubles(const struct tmd_win_contents *contents, struct tmd_anchor_view *view)
{
	for (size_t i = 0; i < contents->count; i++) {
		if (contents->parts[i].trouble)
			tmd_strv_add(&view->warnings, contents->parts[i].trouble);
	}
}

static void add_holders(const struct tmd_win_world *world, struct tmd_win_der der,
			struct tmd_anchor_view *view)
{
	const struct tmd_win_contents *own = tmd_win_own(world);
	const char *holders[TMD_WIN_PARTS_MAX];
	size_t found = tmd_win_holders(own, der, holders);

	view->held = tmd_win_holds(own, der);
	for (size_t i = 0; i < found; i++) {
		TMD_AUTO_FREE char *label = tmd_win_part_label(world->store, holders[i]);

		tmd_strv_add(&view->where, label);
		/* What the machine's store or a card lends is gone when they are. */
		if (strcmp(holders[i], TMD_WIN_MACHINE_PART) != 0 &&
		    strcmp(holders[i], TMD_WIN_CARD_PART) != 0)
			view->anchored = true;
	}
	if (view->held && !found) {
		tmd_strv_add(&view->where, world->store->name);
		view->anchored = true;
		add_troubles(own, view);
	}
	if (view->held && !view->anchored)
		tmd_strv_addf(&view->reasons, "%s itself does not hold it: it is only seen there",
			      world->store->name);
}

static void add_bans(const struct tmd_win_world *world, struct tmd_win_der der,
		     struct tmd_anchor_view *view)
{
	struct tmd_win_ban bans[TMD_WIN_BANS_MAX];
	size_t count = tmd_win_find_bans(world, der, bans);

	for (size_t i = 0; i < count; i++) {
		TMD_AUTO_FREE char *label = tmd_win_ban_label(&bans[i]);

		tmd_strv_add(&view->distrusted_by, label);
		tmd_strv_addf(&view->reasons, "%s distrusts it", label);
		if (!bans[i].part)
			add_troubles(&world->bans[0], view);
	}
}

/*
 * Distrusting takes it out of Root and of CA, wherever that is ours to do. What holds it there, and
 * in the end holds it still, is told.
 */
static enum tmd_rc judge_distrust(struct tmd_ctx *ctx, struct tmd_win_world *world,
				  const struct tmd_cert *cert, enum tmd_anchor_wish wish,
				  struct tmd_anchor_view *view, struct tmd_error *err)
{
	TMD_AUTO_STRV struct tmd_strv holders = { 0 };

	for (size_t i = 0; i < 2 && wish == TMD_ANCHOR_DISTRUSTED; i++) {
		const struct tmd_win_contents *contents = &world->trusting[i];

		if (!tmd_win_is_ours(contents, tmd_win_der_of(cert)))
			continue;
		view->ours |= 1U << (contents->store - tmd_windows_stores);
		view->anchored = true;
	}
	if (!view->distrusted_by.count && !(world->store->bans && view->held))
		return TMD_OK;
	if (tmd_win_python_holders(ctx, world, cert, false, &holders, err))
		return TMD_FAILED;
	for (size_t i = 0; i < holders.count; i++)
		tmd_strv_addf(&view->reasons,
			      "Python loads it all the same, which does not read Disallowed: %s "
			      "holds it",
			      holders.items[i]);
	return TMD_OK;
}

const char *tmd_win_obstacle(const struct tmd_win_world *world, const struct tmd_cert *cert)
{
	struct tmd_win_takers takers = tmd_win_takers_of(tmd_win_own(world), cert);
	bool by_extension = cert->purpose != TMD_PURPOSE_SERVERS;

	if (world->store->bans)
		return "this store lists what is not trusted";
	if (cert->opaque)
		return tmd_cert_loads(cert->der, cert->der_len)
			       ? "it is not written as certificates are, and is not judged here"
			       : "OpenSSL cannot read it: no Python trusts it";
	if (cert->ku_excludes_signing && cert->ca == TMD_CA_YES)
		return "its key usage lacks certificate signing: Windows and Python take it for "
		       "nobody's issuer";
	if (cert->purpose == TMD_PURPOSE_UNREADABLE)
		return "Windows cannot read its extended key usage, and does not take it for "
		       "servers";
	if (cert->purpose == TMD_PURPOSE_OTHERS)
		return "its extended key usage lacks serverAuth: Windows and Python do not take it "
		       "for servers";
	if (takers.windows && takers.python)
		return NULL;
	if (!takers.windows)
		return "its properties in this store restrict it to other purposes than verifying "
		       "servers: Windows and Python do not take it for them";
	return by_extension ? "Python does not load it: its extended key usage names "
			      "anyExtendedKeyUsage and not serverAuth; Windows takes it for servers"
			    : "Python does not load it: its properties in this store name "
			      "anyExtendedKeyUsage and not serverAuth; Windows takes it for servers";
}

static enum tmd_rc scan(const struct tmd_win_contents *contents, struct tmd_bundle *out,
			struct tmd_error *err)
{
	TMD_AUTO_BUF struct tmd_buf pem = { 0 };

	tmd_win_add_pem(contents, (struct tmd_win_der){ (const unsigned char *)"", 0 }, &pem);
	return tmd_bundle_scan(tmd_buf_str(&pem), pem.len, out, err);
}

/* Kept: a list asks for each of its intermediates. */
static void scan_issuers(struct tmd_win_world *world)
{
	struct tmd_error ignored = { 0 };

	for (size_t i = 0; i < 2 && !world->scanned; i++) {
		if (scan(&world->trusting[i], &world->issuers[i], &ignored))
			tmd_bundle_release(&world->issuers[i]);
	}
	world->scanned = true;
}

/* By way of other intermediates, in CA, too. */
static bool leads_to_root(const struct tmd_win_world *world, const struct tmd_cert *cert,
			  unsigned steps)
{
	const struct tmd_bundle *others = &world->issuers[1];

	if (tmd_policy_has_issuer(&world->issuers[0], cert))
		return true;
	for (size_t i = 0; i < others->count && steps; i++) {
		TMD_CLEANUP(tmd_cert_free_ptr) struct tmd_cert *issuer = NULL;
		struct tmd_bundle one = { .entries = &others->entries[i], .count = 1 };
		struct tmd_error ignored = { 0 };

		if (tmd_policy_has_issuer(&one, cert) &&
		    !tmd_cert_parse(one.entries->der, one.entries->der_len, &issuer, &ignored) &&
		    leads_to_root(world, issuer, steps - 1))
			return true;
	}
	return false;
}

char *tmd_win_limit(struct tmd_win_world *world, const struct tmd_cert *cert)
{
	const struct tmd_win_contents *root = &world->trusting[0];

	if (world->store->bans || cert->opaque || (cert->ca == TMD_CA_NO && !cert->self_issued))
		return NULL;
	if (cert->self_issued &&
	    (world->store == root->store || tmd_win_holds(root, tmd_win_der_of(cert))))
		return NULL;
	if (cert->self_issued)
		return tmd_format("Windows does not trust it: a root counts in %s, not in %s; Python "
				  "loads that as well, and trusts it",
				  root->store->name, world->store->name);
	scan_issuers(world);
	if (leads_to_root(world, cert, CHAIN_MAX))
		return NULL;
	return tmd_format("it was issued by %s, and its chain ends at nothing that %s holds: Windows, "
			  "and Python before 3.13, do not trust it alone",
			  cert->issuer, root->store->name);
}

static void judge_effect(struct tmd_win_world *world, const struct tmd_cert *cert,
			 struct tmd_anchor_view *view)
{
	TMD_AUTO_FREE char *limit = tmd_win_limit(world, cert);
	const char *obstacle = tmd_win_obstacle(world, cert);

	view->limited = limit && !obstacle;
	view->effective = view->held && !view->distrusted_by.count && !obstacle && !limit;
	if (!view->held)
		return;
	if (obstacle)
		tmd_strv_add(&view->reasons, obstacle);
	if (limit)
		tmd_strv_add(&view->reasons, limit);
	if (view->effective && !cert->self_issued && world->store == world->trusting[0].store)
		tmd_strv_addf(&view->reasons,
			      "it is no root: it counts because the chain of its issuer, %s, ends in "
			      "one",
			      cert->issuer);
}

enum tmd_rc tmd_win_judge(struct tmd_ctx *ctx, struct tmd_win_world *world,
			  const struct tmd_cert *cert, enum tmd_anchor_wish wish,
			  struct tmd_anchor_view *view, struct tmd_error *err)
{
	add_holders(world, tmd_win_der_of(cert), view);
	add_bans(world, tmd_win_der_of(cert), view);
	judge_effect(world, cert, view);
	return judge_distrust(ctx, world, cert, wish, view, err);
}
