/* What `openssl rehash` makes of the hashed directory, held against anchors and inputs. */
#include "resources/anchor/unix/debian_order.h"

#include <string.h>

#include "base/str.h"
#include "os/path.h"

/* ---- entries that lead to the bundle ---- */

/*
 * The script's rehash sees the bundle from before: where that holds one certificate, it makes an
 * entry for it. The bundle that comes then may hold others, or none.
 */
static bool is_bundle_entry(struct tmd_debian_store *store, const char *path, uint32_t *hash)
{
	uint32_t number;

	return tmd_hashdir_parse_name(tmd_path_base(path), hash, &number) &&
	       tmd_str_equal(tmd_debian_link_target(store, path), TMD_DEBIAN_BUNDLE);
}

/* Is it the one certificate of the bundle for which a rehash makes an entry with this hash? */
static bool bundle_has_hash(const struct tmd_debian_store *store, uint32_t hash)
{
	const struct tmd_bundle *scan = &store->bundle.scan;
	TMD_CLEANUP(tmd_cert_free_ptr) struct tmd_cert *cert = NULL;

	if (scan->loads && scan->count == 1)
		cert = tmd_cert_outline(scan->entries[0].der, scan->entries[0].der_len);
	return cert && cert->subject_hash == hash;
}

static enum tmd_rc is_of_earlier_bundle(struct tmd_debian_store *store, const char *path,
					bool *is, struct tmd_error *err)
{
	uint32_t hash;

	*is = is_bundle_entry(store, path, &hash);
	if (!*is)
		return TMD_OK;
	if (tmd_debian_load_bundle(store, err))
		return TMD_FAILED;
	*is = !bundle_has_hash(store, hash);
	return TMD_OK;
}

static enum tmd_rc find_of_earlier_bundle(struct tmd_debian_store *store, bool *found,
					  struct tmd_error *err)
{
	const struct tmd_hashed_names *names = &store->hashed.names;

	*found = false;
	if (tmd_hashdir_load(store->ctx, &store->hashed, err))
		return TMD_FAILED;
	for (size_t i = 0; i < names->count && !*found; i++) {
		if (is_of_earlier_bundle(store, names->items[i].path, found, err))
			return TMD_FAILED;
	}
	return TMD_OK;
}

/* ---- what a rehash would keep ---- */

/* The links that the script and the rehash make: to an input, or within the directory. */
static bool is_ours_to_remove(const char *target)
{
	return tmd_debian_is_input_path(target) || tmd_str_starts(target, TMD_DEBIAN_HASHED "/");
}

static enum tmd_rc is_orphan(struct tmd_debian_store *store, const char *link, bool *is,
			     struct tmd_error *err)
{
	const char *target = tmd_debian_link_target(store, link);

	*is = target && is_ours_to_remove(target) && !tmd_view_exists(store->ctx->view, link);
	return *is ? TMD_OK : is_of_earlier_bundle(store, link, is, err);
}

enum tmd_rc tmd_debian_remove_orphans(struct tmd_debian_store *store, struct tmd_error *err)
{
	const struct tmd_hashed_names *names = &store->hashed.names;

	if (tmd_hashdir_load(store->ctx, &store->hashed, err))
		return TMD_FAILED;
	for (size_t i = 0; i < names->count; i++) {
		bool orphan = false;

		if (is_orphan(store, names->items[i].path, &orphan, err) ||
		    (orphan && tmd_fs_remove(store->ctx->fs, names->items[i].path, err)))
			return TMD_FAILED;
	}
	tmd_hashdir_release(&store->hashed);
	return TMD_OK;
}

/* ---- does it lead where it should? ---- */

static enum tmd_rc anchor_is_hashed(struct tmd_debian_store *store, const struct tmd_anchor *anchor,
				    bool *right, struct tmd_error *err)
{
	struct tmd_hash_chain found = { 0 };

	if (tmd_hashdir_find(store->ctx, &store->hashed, anchor->cert, true, &found, err))
		return TMD_FAILED;
	*right = !found.beyond && !found.dangling.count &&
		 (anchor->wish == TMD_ANCHOR_PRESENT ? found.entry != NULL : !found.holders.count);
	tmd_hash_chain_release(&found);
	return TMD_OK;
}

/* Is an input that the script linked reached through its hash? Clashing names are not ours. */
static enum tmd_rc input_is_hashed(struct tmd_debian_store *store,
				   const struct tmd_debian_input *input, bool *right,
				   struct tmd_error *err)
{
	const char *target = tmd_debian_link_target(store, input->link);
	const struct tmd_bundle *scan = &input->file.scan;
	TMD_CLEANUP(tmd_cert_free_ptr) struct tmd_cert *cert = NULL;
	struct tmd_hash_chain found = { 0 };

	*right = true;
	if (scan->count != 1 || !scan->loads || input->clashes || input->mangled ||
	    (target && strcmp(target, input->file.path) != 0))
		return TMD_OK;
	cert = tmd_cert_outline(scan->entries[0].der, scan->entries[0].der_len);
	if (!cert)
		return TMD_OK;
	if (tmd_hashdir_find(store->ctx, &store->hashed, cert, false, &found, err))
		return TMD_FAILED;
	*right = target && found.entry;
	tmd_hash_chain_release(&found);
	return TMD_OK;
}

enum tmd_rc tmd_debian_find_unhashed(struct tmd_debian_store *store, struct tmd_strv *unhashed,
				     struct tmd_error *err)
{
	const struct tmd_debian_inputs *inputs = &store->inputs;

	if (tmd_debian_load_inputs(store, err))
		return TMD_FAILED;
	for (size_t i = 0; i < inputs->count; i++) {
		bool right = true;

		if (input_is_hashed(store, &inputs->items[i], &right, err))
			return TMD_FAILED;
		if (!right)
			tmd_strv_add_once(unhashed, inputs->items[i].file.path);
	}
	return TMD_OK;
}

enum tmd_rc tmd_debian_hashed_is_right(struct tmd_debian_store *store,
				       struct tmd_resource *const *resources, size_t count,
				       bool *right, struct tmd_error *err)
{
	TMD_AUTO_STRV struct tmd_strv unhashed = { 0 };
	bool left_over = false;

	*right = true;
	for (size_t i = 0; i < count && *right; i++) {
		if (anchor_is_hashed(store, tmd_anchor_of(resources[i]), right, err))
			return TMD_FAILED;
	}
	if (!*right)
		return TMD_OK;
	if (find_of_earlier_bundle(store, &left_over, err) ||
	    tmd_debian_find_unhashed(store, &unhashed, err))
		return TMD_FAILED;
	*right = !left_over && !unhashed.count;
	return TMD_OK;
}
