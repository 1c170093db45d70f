/* Every certificate that a source or output of p11-kit's trust store holds. */
#include "resources/anchor/certs.h"
#include "resources/anchor/unix/hashdir.h"
#include "resources/anchor/unix/p11_store.h"

static void add_tree(const struct tmd_p11_tree *tree, struct tmd_anchor_certs *certs)
{
	for (size_t i = 0; i < tree->count; i++) {
		const struct tmd_p11_source *source = &tree->files[i];

		tmd_anchor_certs_add(certs, &source->file);
		for (size_t k = 0; k < source->count; k++)
			tmd_anchor_certs_add_der(certs, source->objects[k].der.data,
						 source->objects[k].der.len);
	}
}

static enum tmd_rc collect(struct tmd_p11_store *store, struct tmd_anchor_certs *certs,
			   struct tmd_error *err)
{
	if (tmd_p11_load_bundle(store, err) || tmd_p11_load_sources(store, err))
		return TMD_FAILED;
	tmd_anchor_certs_add(certs, &store->bundle);
	add_tree(&store->admin, certs);
	add_tree(&store->vendor, certs);
	return tmd_hashdir_collect(store->ctx, &store->hashed, certs, err);
}

static enum tmd_rc judge(void *arg, const struct tmd_anchor *anchor, struct tmd_anchor_view *view,
			 struct tmd_error *err)
{
	return tmd_p11_view(arg, anchor, view, err);
}

enum tmd_rc tmd_p11_list(struct tmd_ctx *ctx, const struct tmd_anchor *anchor,
			 struct tmd_anchor_listing *listing, struct tmd_error *err)
{
	struct tmd_p11_store *store = tmd_p11_store(ctx, anchor);
	TMD_CLEANUP(tmd_anchor_certs_release) struct tmd_anchor_certs certs = { 0 };

	if (collect(store, &certs, err))
		return TMD_FAILED;
	return tmd_anchor_certs_list(&certs, anchor, judge, store, listing, err);
}
