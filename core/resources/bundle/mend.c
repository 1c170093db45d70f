/* What of a bundle's text can stay, and what people are told about the rest. */
#include "resources/bundle/reading.h"

#include <string.h>

#include "base/mem.h"

static bool same_set(const struct tmd_certset *a, const struct tmd_certset *b)
{
	struct tmd_certset rest = { 0 };
	bool same;

	tmd_certset_subtract(a, b, &rest);
	same = rest.count == 0;
	tmd_certset_subtract(b, a, &rest);
	same = same && rest.count == 0;
	tmd_certset_release(&rest);
	return same;
}

void tmd_bundle_tell_losses(const struct tmd_bundle *bundle, const char *name, const char *saved,
			    struct tmd_strv *out)
{
	TMD_AUTO_STRV struct tmd_strv hidden = { 0 };

	for (size_t i = 0; i < bundle->hidden_count; i++)
		tmd_strv_addf(&hidden, "line %zu: %s", bundle->hidden[i].line,
			      bundle->hidden[i].why);
	for (size_t i = 0; i < bundle->losses.count; i++) {
		const char *loss = bundle->losses.items[i];
		bool is_saved = tmd_strv_has(&hidden, loss);

		tmd_strv_addf(out, "%s: %s%s%s", name, loss, is_saved ? ": " : "",
			      is_saved ? saved : "");
	}
}

static void keep(struct tmd_reading *reading, const struct tmd_buf *text,
		 const struct tmd_bundle *scan)
{
	reading->kept = text;
	tmd_strv_copy(&reading->lasting, &scan->problems);
	tmd_strv_copy(&reading->lasting_losses, &scan->losses);
}

/* Does the mended text hold what it should? What is wrong with it still is kept on purpose. */
static enum tmd_rc judge_mended(struct tmd_reading *reading, const struct tmd_certset *all,
				struct tmd_error *err)
{
	TMD_CLEANUP(tmd_bundle_release) struct tmd_bundle bundle = { 0 };
	TMD_CLEANUP(tmd_certset_release) struct tmd_certset there = { 0 };

	if (tmd_bundle_scan(tmd_buf_str(&reading->mended), reading->mended.len, &bundle, err))
		return TMD_FAILED;
	tmd_certset_add_bundle(&there, &bundle);
	if (bundle.loads && !bundle.hidden_count && !bundle.duplicates && same_set(&there, all))
		keep(reading, &reading->mended, &bundle);
	return TMD_OK;
}

enum tmd_rc tmd_bundle_mend(const struct tmd_resource *r, struct tmd_reading *reading,
			    struct tmd_error *err)
{
	TMD_CLEANUP(tmd_certset_release) struct tmd_certset all = { 0 };

	if (!reading->exists)
		return TMD_OK;
	tmd_certset_add_all(&all, &reading->bundle);
	if (tmd_bundle_has_sources(r) && !same_set(&all, &reading->wanted))
		return TMD_OK;
	if (reading->bundle.has_private_key || reading->bundle.has_trusted)
		return TMD_OK;
	if (!tmd_bundle_needs_repair(&reading->bundle, tmd_buf_str(&reading->text),
				     reading->text.len)) {
		keep(reading, &reading->text, &reading->bundle);
		return TMD_OK;
	}
	if (tmd_bundle_repair(&reading->bundle, tmd_buf_str(&reading->text), reading->text.len,
			      &reading->mended, &reading->dropped, err))
		return TMD_FAILED;
	return judge_mended(reading, &all, err);
}

/* The file is going to be another one: what becomes of what nobody saw in it? */
void tmd_bundle_warn_of_change(struct tmd_resource *r, const struct tmd_reading *reading)
{
	const struct tmd_bundle *bundle = &reading->bundle;

	for (size_t i = 0; i < bundle->hidden_count; i++) {
		const struct tmd_hidden *hidden = &bundle->hidden[i];
		bool stays = tmd_certset_has(&reading->wanted, hidden->der, hidden->der_len);

		tmd_strv_addf(&r->warnings, "%s: line %zu: %s: %s", tmd_bundle_path(r),
			      hidden->line, hidden->why,
			      stays ? "it is written anew" : "it goes, no source has it");
	}
	for (size_t i = 0; i < reading->dropped.count; i++)
		tmd_strv_addf(&r->warnings, "%s: %s: it is left out", tmd_bundle_path(r),
			      reading->dropped.items[i]);
	if (reading->exists && !reading->kept && !tmd_bundle_has_sources(r))
		tmd_strv_addf(&r->warnings,
			      "%s: the text between its certificates cannot be kept",
			      tmd_bundle_path(r));
}
