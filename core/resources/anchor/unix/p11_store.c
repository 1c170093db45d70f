/* Reading p11-kit's trust store, each part once, and judging certificates by it. */
#include "resources/anchor/unix/p11_store.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "resources/session.h"
#include "x509/pem.h"

/* ---- loading ---- */

static void drop_tree(struct tmd_p11_tree *tree)
{
	for (size_t i = 0; i < tree->count; i++)
		tmd_p11_source_release(&tree->files[i]);
	free(tree->files);
	memset(tree, 0, sizeof(*tree));
}

static void *make(void)
{
	return tmd_alloc(1, sizeof(struct tmd_p11_store));
}

static void forget_all(struct tmd_p11_store *store)
{
	tmd_strv_release(&store->asides.told);
	tmd_anchor_others_forget(&store->others);
	tmd_anchor_file_release(&store->bundle);
	drop_tree(&store->admin);
	drop_tree(&store->vendor);
	tmd_hashdir_release(&store->hashed);
	store->blocklist = NULL;
}

static bool is_below(const char *path, const char *dir)
{
	return tmd_str_starts(path, dir) && path[strlen(dir)] == '/';
}

/* What is none of the store's own names may be what one of them leads to. */
void tmd_p11_store_forget(struct tmd_p11_store *store, const char *path)
{
	bool known = path && store->layout.bundle;

	tmd_anchor_others_forget(&store->others);
	if (known && strcmp(path, store->layout.bundle) == 0) {
		tmd_anchor_file_release(&store->bundle);
	} else if (known && is_below(path, store->layout.admin)) {
		drop_tree(&store->admin);
		tmd_hashdir_forget(&store->hashed, NULL);
	} else if (known && is_below(path, store->layout.hashed)) {
		tmd_hashdir_forget(&store->hashed, path);
	} else {
		forget_all(store);
	}
}

static void forget(void *session, const char *path)
{
	tmd_p11_store_forget(session, path);
}

static void release(void *session)
{
	struct tmd_p11_store *store = session;

	forget_all(store);
	tmd_anchor_asides_release(&store->asides);
	free(store);
}

static const struct tmd_session_kind kind = { make, forget, release };

struct tmd_p11_store *tmd_p11_store(struct tmd_ctx *ctx, const struct tmd_anchor *anchor)
{
	struct tmd_p11_store *store = tmd_session(ctx, &kind);

	store->ctx = ctx;
	store->layout = tmd_p11_layout_of(anchor);
	store->hashed.dir = store->layout.hashed;
	return store;
}

enum tmd_rc tmd_p11_load_bundle(struct tmd_p11_store *store, struct tmd_error *err)
{
	if (store->bundle.path)
		return TMD_OK;
	return tmd_anchor_file_load(store->ctx, store->layout.bundle, &store->bundle, err);
}

static enum tmd_rc load_file(struct tmd_p11_store *store, struct tmd_p11_tree *tree,
			     const char *path, enum tmd_p11_role role, struct tmd_error *err)
{
	struct tmd_p11_source source;
	struct tmd_error local = { 0 };
	struct tmd_stat st;

	if (tmd_view_stat(store->ctx->view, path, &st, &local) || st.type != TMD_FILE_REGULAR)
		return TMD_OK;
	if (tmd_p11_source_load(store->ctx, path, role, &source, err))
		return TMD_FAILED;
	tree->files = tmd_grow(tree->files, &tree->cap, tree->count + 1, sizeof(source));
	tree->files[tree->count++] = source;
	return TMD_OK;
}

static enum tmd_rc load_dir(struct tmd_p11_store *store, struct tmd_p11_tree *tree,
			    const char *top, const char *sub, enum tmd_p11_role role,
			    struct tmd_error *err)
{
	TMD_AUTO_FREE char *dir = *sub ? tmd_path_join(top, sub) : tmd_strdup(top);
	TMD_AUTO_STRV struct tmd_strv names = { 0 };

	if (tmd_view_list(store->ctx->view, dir, &names, err))
		return TMD_FAILED;
	for (size_t i = 0; i < names.count; i++) {
		TMD_AUTO_FREE char *path = tmd_path_join(dir, names.items[i]);

		if (load_file(store, tree, path, role, err))
			return TMD_FAILED;
	}
	return TMD_OK;
}

static enum tmd_rc load_tree(struct tmd_p11_store *store, struct tmd_p11_tree *tree,
			     const char *top, struct tmd_error *err)
{
	bool is_new;

	if (tree->loaded)
		return TMD_OK;
	if (!store->blocklist)
		store->blocklist = tmd_p11_blocklist_name(store->ctx->fs);
	is_new = strcmp(store->blocklist, "blocklist") == 0;
	if (load_dir(store, tree, top, "anchors", TMD_P11_ANCHORS, err) ||
	    load_dir(store, tree, top, store->blocklist, TMD_P11_BLOCK, err) ||
	    load_dir(store, tree, top, "", TMD_P11_NEUTRAL, err))
		return TMD_FAILED;
	/* A file in the directory of the other name looks like distrust and is none. */
	tree->unread = tree->count;
	if (load_dir(store, tree, top, is_new ? "blacklist" : "blocklist", TMD_P11_BLOCK, err))
		return TMD_FAILED;
	tree->loaded = true;
	return TMD_OK;
}

static enum tmd_rc load_admin(struct tmd_p11_store *store, struct tmd_error *err)
{
	return load_tree(store, &store->admin, store->layout.admin, err);
}

enum tmd_rc tmd_p11_load_sources(struct tmd_p11_store *store, struct tmd_error *err)
{
	if (load_admin(store, err))
		return TMD_FAILED;
	return load_tree(store, &store->vendor, store->layout.vendor, err);
}

/* ---- sources ---- */

void tmd_p11_mentions_release(struct tmd_p11_mentions *mentions)
{
	free(mentions->items);
	tmd_strv_release(&mentions->odd);
	tmd_strv_release(&mentions->unread);
	tmd_strv_release(&mentions->useless);
	tmd_strv_release(&mentions->misread);
	tmd_strv_release(&mentions->unloadable);
	memset(mentions, 0, sizeof(*mentions));
}

static bool name_is_odd(const char *path)
{
	const char *base = tmd_path_base(path);

	return base[0] == '.' || tmd_str_ends(base, "~");
}

/* Our own atomic replace, interrupted, leaves such a file; the next one removes it. */
static bool is_ours_in_making(const char *path)
{
	return tmd_str_ends(path, ".trustmend-tmp");
}

static void look_at_names(const struct tmd_p11_tree *tree, struct tmd_p11_mentions *out)
{
	for (size_t i = 0; i < tree->unread; i++) {
		const struct tmd_p11_source *source = &tree->files[i];
		const char *path = source->file.path;

		if (source->file.gone)
			continue;
		if (name_is_odd(path) && !is_ours_in_making(path))
			tmd_strv_add(&out->odd, path);
		if (source->role != TMD_P11_NEUTRAL && !source->count)
			tmd_strv_add(&out->useless, path);
	}
}

static void judge_tree(const struct tmd_p11_tree *tree, bool admin, const struct tmd_cert *cert,
		       struct tmd_p11_mentions *out)
{
	for (size_t i = 0; i < tree->count; i++) {
		const struct tmd_p11_source *source = &tree->files[i];
		struct tmd_p11_verdict verdict = tmd_p11_judge(source, cert);

		if (source->unloadable && i < tree->unread)
			tmd_strv_add(&out->unloadable, source->file.path);
		if (verdict.misread)
			tmd_strv_add(&out->misread, source->file.path);
		if (!verdict.anchors && !verdict.by)
			continue;
		if (i >= tree->unread) {
			tmd_strv_add(&out->unread, source->file.path);
			continue;
		}
		out->items = tmd_grow(out->items, &out->cap, out->count + 1, sizeof(*out->items));
		out->items[out->count++] =
			(struct tmd_p11_mention){ source->file.path, admin, verdict };
	}
}

static bool is_anchored(const struct tmd_p11_mentions *mentions)
{
	for (size_t i = 0; i < mentions->count; i++) {
		if (mentions->items[i].verdict.anchors)
			return true;
	}
	return false;
}

enum tmd_rc tmd_p11_mentions_find(struct tmd_p11_store *store, const struct tmd_cert *cert,
				  bool thorough, struct tmd_p11_mentions *out,
				  struct tmd_error *err)
{
	struct tmd_p11_mentions found = { 0 };

	if (load_admin(store, err))
		return TMD_FAILED;
	look_at_names(&store->admin, &found);
	judge_tree(&store->admin, true, cert, &found);
	if (thorough || !is_anchored(&found)) {
		if (tmd_p11_load_sources(store, err)) {
			tmd_p11_mentions_release(&found);
			return TMD_FAILED;
		}
		judge_tree(&store->vendor, false, cert, &found);
	}
	*out = found;
	return TMD_OK;
}

/* ---- outputs ---- */

static enum tmd_rc judge_readable(struct tmd_ctx *ctx, const char *path,
				  struct tmd_anchor_view *view, struct tmd_error *err)
{
	TMD_AUTO_FREE char *why = NULL;
	bool readable = false;

	if (tmd_view_world_readable(ctx->view, path, &readable, &why, err))
		return TMD_FAILED;
	if (readable)
		return TMD_OK;
	view->effective = false;
	tmd_strv_addf(&view->reasons, "only root can read %s: %s", path, why ? why : "");
	return TMD_OK;
}

static enum tmd_rc judge_bundle(struct tmd_p11_store *store, const struct tmd_cert *cert,
				struct tmd_anchor_view *view, struct tmd_error *err)
{
	const struct tmd_anchor_file *bundle = &store->bundle;
	const char *path = store->layout.bundle;

	if (tmd_p11_load_bundle(store, err))
		return TMD_FAILED;
	view->held = tmd_anchor_file_holds(bundle, cert);
	view->effective = view->held && bundle->scan.loads;
	view->trust = tmd_anchor_file_trust(bundle, cert);
	if (view->held)
		tmd_strv_add(&view->where, path);
	if (bundle->trouble)
		tmd_strv_addf(&view->reasons, "%s: %s", path, bundle->trouble);
	else if (!bundle->scan.count)
		tmd_strv_addf(&view->reasons, "%s is empty: nothing is trusted here", path);
	else if (!bundle->scan.loads)
		tmd_strv_addf(&view->reasons, "%s cannot be loaded as a whole: %s", path,
			      bundle->scan.problems.items[0]);
	else if (!view->held)
		tmd_strv_addf(&view->reasons, "%s does not hold it", path);
	return view->held ? judge_readable(store->ctx, path, view, err) : TMD_OK;
}

static bool has_hashed(struct tmd_p11_store *store)
{
	struct tmd_error ignored = { 0 };

	return tmd_hashdir_load(store->ctx, &store->hashed, &ignored) == TMD_OK &&
	       !tmd_hashdir_is_empty(&store->hashed);
}

static enum tmd_rc judge_hashed(struct tmd_p11_store *store, const struct tmd_cert *cert,
				struct tmd_anchor_view *view, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_hash_chain_release) struct tmd_hash_chain found = { 0 };

	if (tmd_hashdir_find(store->ctx, &store->hashed, cert, false, &found, err))
		return TMD_FAILED;
	for (size_t i = 0; i < found.holders.count; i++)
		tmd_strv_add(&view->where, found.holders.items[i]);
	view->held |= found.holders.count > 0;
	if (found.entry)
		return judge_readable(store->ctx, found.entry, view, err);
	if (!view->effective || !has_hashed(store))
		return TMD_OK;
	view->effective = false;
	tmd_strv_addf(&view->reasons, "%s does not lead to it", store->hashed.dir);
	return TMD_OK;
}

/* ---- reading ---- */

const char *tmd_p11_dropped_because(const struct tmd_cert *cert)
{
	if (cert->ca == TMD_CA_NO_CONSTRAINTS)
		return "a certificate without basicConstraints is dropped silently by p11-kit, "
		       "unless it is self-signed and of version 1";
	if (cert->ca == TMD_CA_NO)
		return "a certificate with CA:FALSE is dropped silently by p11-kit";
	if (cert->ca == TMD_CA_UNREADABLE)
		return "a certificate whose basicConstraints cannot be read is dropped silently by "
		       "p11-kit";
	if (cert->purpose == TMD_PURPOSE_OTHERS || cert->purpose == TMD_PURPOSE_UNREADABLE)
		return "its extended key usage lacks serverAuth: p11-kit drops it silently";
	return NULL;
}

static void add_source(const struct tmd_p11_mention *source, struct tmd_strv *inputs,
		       struct tmd_anchor_view *view)
{
	if (source->verdict.by) {
		tmd_strv_add(&view->distrusted_by, source->path);
		tmd_strv_addf(&view->reasons, "%s distrusts it by %s", source->path,
			      source->verdict.by);
	}
	if (!source->verdict.anchors)
		return;
	view->anchored = true;
	view->held = true;
	tmd_strv_add(inputs, source->path);
	if (source->verdict.narrows)
		tmd_strv_addf(&view->reasons, "%s has it trusted for other purposes than TLS servers",
			      source->path);
}

static void add_oddities(const struct tmd_p11_mentions *sources, const char *blocklist,
			 struct tmd_anchor_view *view)
{
	for (size_t i = 0; i < sources->odd.count; i++)
		tmd_strv_addf(&view->warnings,
			      "%s is loaded too: p11-kit minds neither a leading "
			      "dot nor a '~' at the end",
			      sources->odd.items[i]);
	for (size_t i = 0; i < sources->useless.count; i++)
		tmd_strv_addf(&view->warnings, "%s: p11-kit finds nothing in it and says nothing",
			      sources->useless.items[i]);
	for (size_t i = 0; i < sources->unloadable.count; i++)
		tmd_strv_addf(&view->warnings,
			      "%s: p11-kit extracts a certificate of it that OpenSSL cannot parse: no "
			      "program loads a bundle that it is in",
			      sources->unloadable.items[i]);
	for (size_t i = 0; i < sources->misread.count; i++)
		tmd_strv_addf(&view->reasons,
			      "%s holds it for OpenSSL alone: p11-kit does not read it there",
			      sources->misread.items[i]);
	for (size_t i = 0; i < sources->unread.count; i++)
		tmd_strv_addf(&view->reasons,
			      "%s has no effect: this p11-kit reads the directory "
			      "%s",
			      sources->unread.items[i], blocklist);
}

static void prepend(struct tmd_strv *list, struct tmd_strv *first)
{
	for (size_t i = 0; i < list->count; i++)
		tmd_strv_add_once(first, list->items[i]);
	tmd_strv_copy(list, first);
}

static void explain(const struct tmd_anchor *anchor, struct tmd_anchor_view *view)
{
	const char *dropped = tmd_p11_dropped_because(anchor->cert);

	if (view->anchored && !view->effective && dropped)
		tmd_strv_add(&view->reasons, dropped);
	if (view->held && view->effective && view->distrusted_by.count)
		tmd_strv_add(&view->reasons, "still trusted: update-ca-trust has not run since it "
					     "was distrusted");
	if (view->held && !view->anchored)
		tmd_strv_add(&view->reasons, "no source holds it: the next update-ca-trust drops "
					     "it");
}

static enum tmd_rc judge_store(struct tmd_p11_store *store, const struct tmd_anchor *anchor,
			       struct tmd_anchor_view *view, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_p11_mentions_release) struct tmd_p11_mentions sources = { 0 };
	TMD_AUTO_STRV struct tmd_strv inputs = { 0 };

	if (judge_bundle(store, anchor->cert, view, err) ||
	    judge_hashed(store, anchor->cert, view, err) ||
	    tmd_p11_mentions_find(store, anchor->cert, !view->effective, &sources, err))
		return TMD_FAILED;
	for (size_t i = 0; i < sources.count; i++)
		add_source(&sources.items[i], &inputs, view);
	prepend(&view->where, &inputs);
	add_oddities(&sources, store->blocklist, view);
	explain(anchor, view);
	/* Of what is simply not there, nothing needs an explanation. */
	if (!view->held && !view->distrusted_by.count && !sources.unread.count &&
	    !sources.misread.count)
		tmd_strv_release(&view->reasons);
	return TMD_OK;
}

enum tmd_rc tmd_p11_view(struct tmd_p11_store *store, const struct tmd_anchor *anchor,
			 struct tmd_anchor_view *view, struct tmd_error *err)
{
	if (judge_store(store, anchor, view, err))
		return TMD_FAILED;
	if (anchor->wish == TMD_ANCHOR_PRESENT)
		tmd_anchor_warn_of_others(store->ctx, &store->others, &store->hashed,
					  store->layout.places, view);
	return TMD_OK;
}
