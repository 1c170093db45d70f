/* What an update-ca-trust changes besides what was asked for: sources that nobody extracted yet. */
#include "resources/anchor/unix/p11_store.h"

#include "base/mem.h"
#include "resources/anchor/certs.h"

/* What the sources make of a certificate, as far as it is certain. */
enum fate { UNCERTAIN, COMES, GOES };

static enum fate fate_of(const struct tmd_p11_mentions *sources, const struct tmd_cert *cert)
{
	bool anchored = false;
	bool narrowed = false;
	bool banned = false;

	for (size_t i = 0; i < sources->count; i++) {
		const struct tmd_p11_verdict *verdict = &sources->items[i].verdict;

		anchored |= verdict->anchors;
		narrowed |= verdict->narrows;
		banned |= verdict->by != NULL;
	}
	if (!anchored || banned)
		return GOES;
	return narrowed || tmd_p11_dropped_because(cert) ? UNCERTAIN : COMES;
}

static enum tmd_rc find_fate(struct tmd_p11_store *store, const void *der, size_t len,
			     enum fate *fate, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_p11_mentions_release) struct tmd_p11_mentions sources = { 0 };
	TMD_CLEANUP(tmd_cert_free_ptr) struct tmd_cert *cert = NULL;
	struct tmd_error ignored = { 0 };

	*fate = UNCERTAIN;
	if (tmd_cert_parse(der, len, &cert, &ignored))
		return TMD_OK;
	if (tmd_p11_mentions_find(store, cert, true, &sources, err))
		return TMD_FAILED;
	*fate = fate_of(&sources, cert);
	return TMD_OK;
}

static enum tmd_rc follow_losses(struct tmd_p11_store *store, struct tmd_buf *text,
				 struct tmd_anchor_aside *lost, struct tmd_error *err)
{
	const struct tmd_bundle *now = &store->bundle.scan;

	for (size_t i = 0; i < now->count; i++) {
		const struct tmd_bundle_entry *entry = &now->entries[i];
		enum fate fate;

		if (find_fate(store, entry->der, entry->der_len, &fate, err))
			return TMD_FAILED;
		if (fate == GOES &&
		    tmd_anchor_aside_note(lost, &store->asides, entry->der, entry->der_len) &&
		    tmd_bundle_cut(text, entry->der, entry->der_len, err))
			return TMD_FAILED;
	}
	return TMD_OK;
}

static void collect_admins(const struct tmd_p11_tree *tree, struct tmd_anchor_certs *certs)
{
	for (size_t i = 0; i < tree->unread; i++) {
		for (size_t k = 0; k < tree->files[i].count; k++) {
			const struct tmd_buf *der = &tree->files[i].objects[k].der;

			tmd_anchor_certs_add_der(certs, der->data, der->len);
		}
	}
}

static enum tmd_rc follow_gains(struct tmd_p11_store *store, struct tmd_buf *text,
				struct tmd_anchor_aside *gained, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_anchor_certs_release) struct tmd_anchor_certs certs = { 0 };

	collect_admins(&store->admin, &certs);
	for (size_t i = 0; i < certs.count; i++) {
		const struct tmd_buf *der = &certs.items[i];
		enum fate fate;

		if (tmd_bundle_find(&store->bundle.scan, der->data, der->len, 0))
			continue;
		if (find_fate(store, der->data, der->len, &fate, err))
			return TMD_FAILED;
		if (fate == COMES &&
		    tmd_anchor_aside_note(gained, &store->asides, der->data, der->len))
			tmd_bundle_append(text, der->data, der->len);
	}
	return TMD_OK;
}

enum tmd_rc tmd_p11_follow_sources(struct tmd_p11_store *store, struct tmd_buf *text,
				   struct tmd_strv *warnings, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_anchor_aside_release) struct tmd_anchor_aside lost = { 0 };
	TMD_CLEANUP(tmd_anchor_aside_release) struct tmd_anchor_aside gained = { 0 };

	if (tmd_p11_load_sources(store, err) || follow_losses(store, text, &lost, err) ||
	    follow_gains(store, text, &gained, err))
		return TMD_FAILED;
	tmd_anchor_aside_tell(&lost, "drops", "that no source has trusted any more",
			      store->layout.admin, warnings);
	tmd_anchor_aside_tell(&gained, "takes in", "that sources have trusted and nobody extracted yet",
			      store->layout.admin, warnings);
	return TMD_OK;
}
