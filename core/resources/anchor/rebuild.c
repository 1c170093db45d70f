/* One rebuild of each store that takes part. */
#include "resources/anchor/anchor.h"

#include "base/mem.h"

static enum tmd_rc commit_backend(struct tmd_ctx *ctx, const struct tmd_anchor_backend *backend,
				  struct tmd_resource *const *resources, size_t count,
				  struct tmd_error *err)
{
	TMD_AUTO_FREE struct tmd_resource **mine = tmd_alloc(count + 1, sizeof(*mine));
	size_t found = 0;

	for (size_t i = 0; i < count; i++) {
		if (tmd_anchor_of(resources[i])->backend == backend)
			mine[found++] = resources[i];
	}
	return found ? backend->commit(ctx, mine, found, err) : TMD_OK;
}

enum tmd_rc tmd_anchor_commit(struct tmd_ctx *ctx, struct tmd_resource *const *resources, size_t count,
			  struct tmd_error *err)
{
	for (size_t i = 0; tmd_anchor_committing[i]; i++) {
		if (commit_backend(ctx, tmd_anchor_committing[i], resources, count, err))
			return TMD_FAILED;
	}
	return TMD_OK;
}

bool tmd_anchor_busy(struct tmd_ctx *ctx, struct tmd_resource *const *resources, size_t count)
{
	const struct tmd_anchor_backend *last = NULL;

	for (size_t i = 0; i < count; i++) {
		const struct tmd_anchor_backend *backend = tmd_anchor_of(resources[i])->backend;

		if (backend != last && backend->busy && backend->busy(ctx))
			return true;
		last = backend;
	}
	return false;
}
