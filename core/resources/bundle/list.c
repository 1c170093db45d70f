/* The verb list: bundles by their content, wherever they lie. */
#include "base/mem.h"
#include "resources/bundle/reading.h"
#include "resources/finds.h"

static void add_found(struct tmd_ctx *ctx, struct tmd_listing *listing, const char *path)
{
	struct tmd_resource *r = listing->add(listing);
	struct tmd_error err = { 0 };

	r->name = tmd_strdup(path);
	r->backend = r->type->backends[0];
	tmd_resource_wish(r);
	tmd_value_set_string(&r->current[F_PATH], path);
	if (tmd_resource_read(ctx, r, &err))
		tmd_strv_addf(&r->warnings, "cannot be read: %s", err.message);
	for (size_t i = 0; i < r->current[F_MISSING].list.count; i++)
		tmd_strv_addf(&r->warnings, "it lacks %s", r->current[F_MISSING].list.items[i]);
}

enum tmd_rc tmd_bundle_list(struct tmd_ctx *ctx, const struct tmd_resource *query,
			    struct tmd_listing *listing, struct tmd_error *err)
{
	const struct tmd_findings *findings;
	const struct tmd_finding *found;
	size_t count;

	if (tmd_finds_under(ctx, &query->input[F_UNDER].list, 1u << TMD_FIND_CA_BUNDLE, &findings,
			    err))
		return TMD_FAILED;
	found = tmd_findings_of(findings, TMD_FIND_CA_BUNDLE, &count);
	for (size_t i = 0; i < count; i++)
		add_found(ctx, listing, found[i].path);
	for (size_t i = 0; i < findings->remarks.count; i++)
		tmd_strv_add_once(listing->remarks, findings->remarks.items[i]);
	return TMD_OK;
}
