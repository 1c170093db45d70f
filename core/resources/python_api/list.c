/* The verb list: copies of the API that discovery finds. */
#include "base/mem.h"
#include "resources/finds.h"
#include "resources/python_api/python_api.h"

#define TOLD_MAX 20 /* copies that could not be read */

static void add_copy(struct tmd_listing *listing, const struct tmd_api_copy *copy)
{
	struct tmd_resource *r = listing->add(listing);

	r->name = tmd_strdup(copy->path);
	tmd_value_set_string(&r->current[TMD_API_PATH], copy->path);
	tmd_api_tell(r, copy);
}

enum tmd_rc tmd_api_list(struct tmd_ctx *ctx, const struct tmd_resource *query,
			 struct tmd_listing *listing, struct tmd_error *err)
{
	const struct tmd_findings *findings;
	const struct tmd_finding *found;
	size_t count;
	size_t unread = 0;

	if (tmd_finds_under(ctx, &query->input[TMD_API_UNDER].list, 1u << TMD_FIND_API, &findings,
			    err))
		return TMD_FAILED;
	found = tmd_findings_of(findings, TMD_FIND_API, &count);
	for (size_t i = 0; i < count; i++) {
		TMD_CLEANUP(tmd_api_copy_release) struct tmd_api_copy copy = { 0 };
		struct tmd_error why = { 0 };

		if (tmd_api_copy_read(ctx, found[i].path, &copy, &why) == TMD_OK)
			add_copy(listing, &copy);
		else if (unread++ < TOLD_MAX)
			tmd_strv_addf(listing->remarks, "not looked at: %s: %s", found[i].path,
				      why.message);
	}
	if (unread > TOLD_MAX)
		tmd_strv_addf(listing->remarks, "%zu further copies could not be read",
			      unread - TOLD_MAX);
	for (size_t i = 0; i < findings->remarks.count; i++)
		tmd_strv_add_once(listing->remarks, findings->remarks.items[i]);
	return TMD_OK;
}
