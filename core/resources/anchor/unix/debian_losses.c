/* Comparing the compiled bundle with its inputs. */
#include "resources/anchor/unix/debian_losses.h"

#include <stdlib.h>
#include <string.h>

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

static enum tmd_rc scan_expected(const struct tmd_debian_inputs *inputs, struct tmd_bundle *out,
				 struct tmd_error *err)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };

	for (size_t i = 0; i < inputs->count; i++) {
		if (!inputs->items[i].mangled && !inputs->items[i].passed_over)
			tmd_anchor_file_compile(&inputs->items[i].file, &text);
	}
	if (tmd_buf_check(&text, TMD_DEBIAN_BUNDLE, err))
		return TMD_FAILED;
	return tmd_bundle_scan(tmd_buf_str(&text), text.len, out, err);
}

/* *first, which may be NULL, gets the subject of the first one. */
static size_t count_missing(const struct tmd_bundle *wanted, const struct tmd_bundle *present,
			    char **first)
{
	size_t missing = 0;

	for (size_t i = 0; i < wanted->count; i++) {
		const struct tmd_bundle_entry *entry = &wanted->entries[i];

		if (tmd_bundle_find(present, entry->der, entry->der_len, 0))
			continue;
		if (first && !missing)
			*first = tmd_cert_subject(entry->der, entry->der_len);
		missing++;
	}
	return missing;
}

enum tmd_rc tmd_debian_compare_bundle(struct tmd_ctx *ctx, const struct tmd_debian_inputs *inputs,
				      struct tmd_debian_losses *losses, struct tmd_error *err)
{
	struct tmd_anchor_file bundle = { 0 };
	struct tmd_bundle expected = { 0 };

	if (scan_expected(inputs, &expected, err))
		return TMD_FAILED;
	if (tmd_anchor_file_load(ctx, TMD_DEBIAN_BUNDLE, &bundle, err)) {
		tmd_bundle_release(&expected);
		return TMD_FAILED;
	}
	losses->lost = count_missing(&expected, &bundle.scan, &losses->first_lost);
	losses->foreign = count_missing(&bundle.scan, &expected, NULL);
	losses->repeated =
		bundle.scan.count > expected.count ? bundle.scan.count - expected.count : 0;
	losses->broken = !bundle.scan.loads && expected.count;
	tmd_anchor_file_release(&bundle);
	tmd_bundle_release(&expected);
	return TMD_OK;
}
