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

static bool is_listed(const struct tmd_anchor_listing *listing, const struct tmd_builtin *root)
{
	for (size_t i = 0; i < listing->count; i++) {
		const struct tmd_cert *cert = listing->items[i].cert;

		if (cert->der_len == root->der_len &&
		    memcmp(cert->der, root->der, root->der_len) == 0)
			return true;
	}
	return false;
}

void tmd_anchor_listing_remark(const struct tmd_anchor_listing *listing, struct tmd_strv *remarks)
{
	TMD_AUTO_BUF struct tmd_buf names = { 0 };

	for (const struct tmd_builtin *root = tmd_builtins; root->name; root++) {
		if (!is_listed(listing, root))
			tmd_buf_addf(&names, "%s%s", names.len ? ", " : "", root->name);
	}
	if (names.len)
		tmd_strv_addf(remarks, "documented roots that are missing: %s; add one with: "
			      "trustmend anchor apply certificate=builtin:NAME", tmd_buf_str(&names));
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
