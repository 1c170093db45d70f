/* Collecting certificates once each, and asking about them one after another. */
#include "resources/anchor/certs.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void tmd_anchor_certs_release(struct tmd_anchor_certs *certs)
{
	for (size_t i = 0; i < certs->count; i++)
		tmd_buf_release(&certs->items[i]);
	free(certs->items);
	memset(certs, 0, sizeof(*certs));
}

static bool has(const struct tmd_anchor_certs *certs, const void *der, size_t len)
{
	for (size_t i = 0; i < certs->count; i++) {
		if (tmd_buf_equal(&certs->items[i], der, len))
			return true;
	}
	return false;
}

void tmd_anchor_certs_add_der(struct tmd_anchor_certs *certs, const void *der, size_t len)
{
	struct tmd_buf item = { 0 };

	if (!len || has(certs, der, len))
		return;
	tmd_buf_add(&item, der, len);
	certs->items =
		tmd_grow(certs->items, &certs->cap, certs->count + 1, sizeof(*certs->items));
	certs->items[certs->count++] = item;
}

void tmd_anchor_certs_add(struct tmd_anchor_certs *certs, const struct tmd_anchor_file *file)
{
	if (file->is_der)
		tmd_anchor_certs_add_der(certs, file->text.data, file->text.len);
	for (size_t i = 0; i < file->scan.count; i++)
		tmd_anchor_certs_add_der(certs, file->scan.entries[i].der, file->scan.entries[i].der_len);
}

enum tmd_rc tmd_anchor_certs_list(struct tmd_anchor_certs *certs, const struct tmd_anchor *store,
				  enum tmd_rc (*judge)(void *arg, const struct tmd_anchor *anchor,
						       struct tmd_anchor_view *view,
						       struct tmd_error *err),
				  void *arg, struct tmd_anchor_listing *listing,
				  struct tmd_error *err)
{
	enum tmd_rc rc = TMD_OK;

	for (size_t i = 0; i < certs->count && rc == TMD_OK; i++) {
		TMD_CLEANUP(tmd_anchor_view_release) struct tmd_anchor_view view = { 0 };
		struct tmd_buf *der = &certs->items[i];
		struct tmd_anchor anchor = *store;
		struct tmd_error ignored = { 0 };

		if (tmd_cert_parse(der->data, der->len, &anchor.cert, &ignored))
			continue;
		tmd_buf_release(der);
		rc = judge(arg, &anchor, &view, err);
		if (rc == TMD_OK &&
		    (view.held || view.distrusted_by.count || view.reasons.count))
			tmd_anchor_listing_add(listing, anchor.cert, &view);
		else
			tmd_cert_free(anchor.cert);
	}
	tmd_anchor_certs_release(certs);
	return rc;
}
