/* Every certificate that an input or output of Debian's trust store holds. */
#include "resources/anchor/unix/debian.h"

#include "resources/anchor/certs.h"

static enum tmd_rc collect(struct tmd_debian_store *store, struct tmd_anchor_certs *certs,
			   struct tmd_error *err)
{
	const struct tmd_debian_inputs *inputs = &store->inputs;

	if (tmd_debian_load_bundle(store, err) || tmd_debian_load_inputs(store, err))
		return TMD_FAILED;
	tmd_anchor_certs_add(certs, &store->bundle);
	for (size_t i = 0; i < inputs->count; i++)
		tmd_anchor_certs_add(certs, &inputs->items[i].file);
	for (size_t i = 0; i < inputs->ignored_count; i++)
		tmd_anchor_certs_add(certs, &inputs->ignored[i]);
	if (tmd_debian_links_collect(store, certs, err))
		return TMD_FAILED;
	return tmd_hashdir_collect(store->ctx, &store->hashed, certs, err);
}

static enum tmd_rc judge(void *arg, const struct tmd_anchor *anchor, struct tmd_anchor_view *view,
			 struct tmd_error *err)
{
	return tmd_debian_view(arg, anchor, view, err);
}

enum tmd_rc tmd_debian_list(struct tmd_ctx *ctx, const struct tmd_anchor *anchor,
			    struct tmd_anchor_listing *listing, struct tmd_error *err)
{
	struct tmd_debian_store *store = tmd_debian_store(ctx);
	TMD_CLEANUP(tmd_anchor_certs_release) struct tmd_anchor_certs certs = { 0 };

	if (collect(store, &certs, err))
		return TMD_FAILED;
	return tmd_anchor_certs_list(&certs, anchor, judge, store, listing, err);
}
