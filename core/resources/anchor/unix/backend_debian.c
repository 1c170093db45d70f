/* Debian and Ubuntu: update-ca-certificates and what it compiles. */
#include "resources/anchor/unix/debian.h"

static void announce(struct tmd_ctx *ctx, const struct tmd_anchor *anchor)
{
	tmd_strv_add_once(&tmd_debian_store(ctx)->asides.asked, anchor->cert->sha256);
}

static bool has_issuer(struct tmd_ctx *ctx, const struct tmd_anchor *anchor)
{
	struct tmd_debian_store *store = tmd_debian_store(ctx);
	struct tmd_error ignored = { 0 };

	return tmd_debian_load_bundle(store, &ignored) == TMD_OK &&
	       tmd_policy_has_issuer(&store->bundle.scan, anchor->cert);
}

const struct tmd_anchor_backend tmd_anchor_debian = {
	.name = "debian",
	.announce = announce,
	.read = tmd_debian_read,
	.plan = tmd_debian_plan,
	.commit = tmd_debian_rebuild,
	.busy = tmd_debian_is_busy,
	.has_issuer = has_issuer,
	.list = tmd_debian_list,
};
