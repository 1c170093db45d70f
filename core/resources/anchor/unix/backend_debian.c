/* Debian and Ubuntu: update-ca-certificates and what it compiles. */
#include "resources/anchor/unix/debian.h"

static bool has_issuer(struct tmd_ctx *ctx, const struct tmd_anchor *anchor)
{
	return tmd_anchor_file_has_issuer(ctx, TMD_DEBIAN_BUNDLE, anchor->cert);
}

const struct tmd_anchor_backend tmd_anchor_debian = {
	.name = "debian",
	.read = tmd_debian_read,
	.plan = tmd_debian_plan,
	.commit = tmd_debian_rebuild,
	.busy = tmd_debian_is_busy,
	.has_issuer = has_issuer,
	.list = tmd_debian_list,
};
