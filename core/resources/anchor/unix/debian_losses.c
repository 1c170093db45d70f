/* Comparing the compiled bundle with its inputs. */
#include "resources/anchor/unix/debian_losses.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "resources/anchor/unix/debian_compile.h"

void tmd_debian_losses_clear(struct tmd_debian_losses *losses)
{
	tmd_strv_release(&losses->unhashed);
	free(losses->first_lost);
	memset(losses, 0, sizeof(*losses));
}

bool tmd_debian_losses_none(const struct tmd_debian_losses *losses)
{
	return !losses->lost && !losses->foreign && !losses->repeated && !losses->unhashed.count &&
	       !losses->broken;
}

static enum tmd_rc compile_expected(struct tmd_debian_store *store, struct tmd_debian_whole *out,
				    struct tmd_error *err)
{
	const struct tmd_debian_inputs *inputs = &store->inputs;
	TMD_AUTO_STRV struct tmd_strv passed_over = { 0 };

	for (size_t i = 0; i < inputs->count; i++) {
		if (inputs->items[i].passed_over)
			tmd_strv_add(&passed_over, inputs->items[i].file.path);
	}
	return tmd_debian_compile(store->ctx, inputs, &passed_over, NULL, NULL, out, err);
}

/* *first, which may be NULL, gets the subject of the first one. */
static size_t count_missing(const struct tmd_bundle *all, const struct tmd_bundle *there,
			    char **first)
{
	size_t missing = 0;

	for (size_t i = 0; i < all->count; i++) {
		const struct tmd_bundle_entry *entry = &all->entries[i];

		if (tmd_bundle_find(there, entry->der, entry->der_len, 0))
			continue;
		if (first && !missing)
			*first = tmd_cert_subject(entry->der, entry->der_len);
		missing++;
	}
	return missing;
}

enum tmd_rc tmd_debian_compare_bundle(struct tmd_debian_store *store,
				      struct tmd_debian_losses *losses, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_debian_whole_release) struct tmd_debian_whole expected = { 0 };
	const struct tmd_bundle *wanted = &expected.scan;
	const struct tmd_bundle *compiled = &store->bundle.scan;

	if (tmd_debian_load_inputs(store, err) || tmd_debian_load_bundle(store, err) ||
	    compile_expected(store, &expected, err))
		return TMD_FAILED;
	losses->lost = count_missing(wanted, compiled, &losses->first_lost);
	losses->foreign = count_missing(compiled, wanted, NULL);
	losses->repeated = compiled->count > wanted->count ? compiled->count - wanted->count : 0;
	losses->broken = !compiled->loads && wanted->count;
	return TMD_OK;
}
