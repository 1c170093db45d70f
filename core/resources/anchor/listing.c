/* What the verb list has found so far. */
#include "resources/anchor/anchor.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void tmd_anchor_listing_drop(struct tmd_anchor *item)
{
	tmd_cert_free_ptr(&item->cert);
	tmd_anchor_view_release(&item->view);
}

void tmd_anchor_listing_release(struct tmd_anchor_listing *listing)
{
	for (size_t i = 0; i < listing->count; i++)
		tmd_anchor_listing_drop(&listing->items[i]);
	free(listing->items);
}

void tmd_anchor_listing_add(struct tmd_anchor_listing *listing, struct tmd_cert *cert,
			    struct tmd_anchor_view *view)
{
	struct tmd_anchor *item;

	listing->items = tmd_grow(listing->items, &listing->cap, listing->count + 1,
				  sizeof(*listing->items));
	item = &listing->items[listing->count++];
	*item = *listing->store;
	item->cert = cert;
	item->view = *view;
	memset(view, 0, sizeof(*view));
	tmd_anchor_judge(listing->ctx, item);
	tmd_cert_settle(cert);
}

static int compare_anchors(const void *a, const void *b)
{
	const struct tmd_cert *left = ((const struct tmd_anchor *)a)->cert;
	const struct tmd_cert *right = ((const struct tmd_anchor *)b)->cert;
	int order = strcmp(left->subject, right->subject);

	return order ? order : strcmp(left->sha256, right->sha256);
}

void tmd_anchor_listing_sort(struct tmd_anchor_listing *listing)
{
	if (listing->count)
		qsort(listing->items, listing->count, sizeof(*listing->items), compare_anchors);
}
