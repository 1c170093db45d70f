/*
 * What Debian's trust store makes of one certificate. The outcome is judged first and is
 * cheap: one bundle, one chain of the hashed directory. Only when something is off are
 * the inputs searched for the reason.
 */
#include "resources/anchor/unix/debian.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"

/* ---- outputs ---- */

static void note_private(const char *what, const char *why, struct tmd_debian_outcome *out)
{
	out->readable = false;
	tmd_strv_addf(&out->reasons, "only root can read %s: %s", what, why);
}

static enum tmd_rc judge_entry(struct tmd_ctx *ctx, const char *path,
			       struct tmd_debian_outcome *out, struct tmd_error *err)
{
	TMD_AUTO_FREE char *why = NULL;
	bool readable = false;

	if (tmd_view_world_readable(ctx->view, path, &readable, &why, err))
		return TMD_FAILED;
	if (!readable)
		note_private("the entry in the hashed directory", why ? why : path, out);
	return TMD_OK;
}

static enum tmd_rc judge_bundle(struct tmd_debian_store *store, const struct tmd_cert *cert,
				struct tmd_debian_outcome *out, struct tmd_error *err)
{
	const struct tmd_anchor_file *bundle = &store->bundle;

	if (tmd_debian_load_bundle(store, err))
		return TMD_FAILED;
	out->in_bundle = tmd_anchor_file_holds(bundle, cert);
	out->trust = tmd_anchor_file_trust(bundle, cert);
	if (bundle->trouble)
		tmd_strv_addf(&out->reasons, "%s: %s", TMD_DEBIAN_BUNDLE, bundle->trouble);
	else if (!bundle->scan.loads)
		tmd_strv_addf(&out->reasons, "%s cannot be loaded as a whole: %s",
			      TMD_DEBIAN_BUNDLE,
			      bundle->scan.problems.count ? bundle->scan.problems.items[0] :
							    "no certificate in it");
	else if (!out->in_bundle)
		tmd_strv_addf(&out->reasons, "%s does not hold it", TMD_DEBIAN_BUNDLE);
	if (!out->in_bundle)
		return TMD_OK;
	if (tmd_debian_load_reach(store, err))
		return TMD_FAILED;
	if (store->bundle_private)
		note_private("the bundle", store->bundle_private, out);
	return TMD_OK;
}

static void note_unreached(const struct tmd_cert *cert, struct tmd_debian_outcome *out)
{
	const struct tmd_hash_chain *chain = &out->hashed;

	tmd_strv_addf(&out->reasons, "%s/%08x.* does not lead to %s", TMD_DEBIAN_HASHED,
		      cert->subject_hash, chain->holders.count ? chain->holders.items[0] : "it");
	for (size_t i = 0; i < chain->unloadable.count; i++)
		tmd_strv_addf(&out->reasons,
			      "no certificate can be loaded from %s: OpenSSL before 3.0.22 stops "
			      "there, and reaches no higher number",
			      chain->unloadable.items[i]);
}

static enum tmd_rc judge_hashed(struct tmd_debian_store *store, const struct tmd_cert *cert,
				bool thorough, struct tmd_debian_outcome *out,
				struct tmd_error *err)
{
	if (tmd_hashdir_find(store->ctx, &store->hashed, cert, thorough, &out->hashed, err))
		return TMD_FAILED;
	/* A bundle that rejects it too is told of already. */
	if (out->hashed.entry && out->hashed.trust == TMD_TRUST_NONE &&
	    out->trust != TMD_TRUST_NONE)
		tmd_strv_addf(&out->reasons,
			      "the trust settings of %s reject it for servers: programs that read "
			      "the hashed directory do not accept it",
			      out->hashed.entry);
	if (out->hashed.entry)
		return judge_entry(store->ctx, out->hashed.entry, out, err);
	note_unreached(cert, out);
	return TMD_OK;
}

void tmd_debian_outcome_release(struct tmd_debian_outcome *out)
{
	tmd_hash_chain_release(&out->hashed);
	tmd_strv_release(&out->reasons);
	memset(out, 0, sizeof(*out));
}

enum tmd_rc tmd_debian_judge(struct tmd_debian_store *store, const struct tmd_cert *cert,
			     bool thorough, struct tmd_debian_outcome *out, struct tmd_error *err)
{
	struct tmd_debian_outcome found = { .readable = true };

	if (judge_bundle(store, cert, &found, err) ||
	    judge_hashed(store, cert, thorough, &found, err)) {
		tmd_debian_outcome_release(&found);
		return TMD_FAILED;
	}
	found.effective = found.in_bundle && store->bundle.scan.loads && found.hashed.entry &&
			  found.hashed.trust != TMD_TRUST_NONE && found.readable;
	*out = found;
	return TMD_OK;
}

static bool is_vendor(const char *path)
{
	return tmd_str_starts(path, TMD_DEBIAN_VENDOR "/");
}

/* ---- the quick answer ---- */

/*
 * The input behind an entry that works: the entry links to NAME.pem, and that to the input.
 * NULL when it is anything else, or an input that the next rebuild would pass over.
 */
static const char *input_behind(struct tmd_debian_store *store, const char *entry)
{
	const char *link = tmd_debian_link_target(store, entry);
	const char *input = link ? tmd_debian_link_target(store, link) : NULL;

	if (!input || !tmd_str_ends(input, ".crt") || !tmd_debian_is_input_path(input))
		return NULL;
	if (is_vendor(input) &&
	    !tmd_debian_conf_lists(tmd_debian_conf(store), store->conf_raw, input))
		return NULL;
	return input;
}

static void add_outputs(const struct tmd_debian_outcome *outcome, struct tmd_anchor_view *view)
{
	if (outcome->in_bundle)
		tmd_strv_add_once(&view->where, TMD_DEBIAN_BUNDLE);
	for (size_t i = 0; i < outcome->hashed.holders.count; i++)
		tmd_strv_add_once(&view->where, outcome->hashed.holders.items[i]);
}

/* ---- the thorough answer ---- */

static void judge_content(const struct tmd_debian_input *input, struct tmd_anchor_view *view)
{
	TMD_AUTO_FREE char *useless = tmd_debian_input_useless(input);

	if (useless)
		tmd_strv_add(&view->warnings, useless);
}

static void judge_input(const struct tmd_debian_input *input, const struct tmd_cert *cert,
			struct tmd_anchor_view *view)
{
	const char *path = input->file.path;

	judge_content(input, view);

	if (input->local && input->file.scan.has_private_key)
		tmd_strv_addf(&view->warnings,
			      "%s holds a private key: a rebuild copies it into "
			      "the bundle that everyone can read",
			      path);
	if (input->file.trouble && input->local)
		tmd_strv_addf(&view->reasons, "%s: %s", path, input->file.trouble);
	if (!tmd_anchor_file_holds(&input->file, cert))
		return;
	view->held = true;
	view->anchored |= !input->passed_over;
	tmd_strv_add_once(&view->where, path);
	if (input->passed_over)
		tmd_strv_addf(&view->reasons, "update-ca-certificates passes over %s: %s", path,
			      input->passed_over);
	if (input->file.is_der)
		tmd_strv_addf(&view->reasons, "%s is DER: only PEM is compiled", path);
	if (tmd_anchor_file_count(&input->file) > 1)
		tmd_strv_addf(&view->reasons,
			      "%s holds %zu certificates: the hashed directory "
			      "gets none of them",
			      path, tmd_anchor_file_count(&input->file));
	if (input->clashes)
		tmd_strv_addf(&view->reasons,
			      "another input is called %s too: the hashed "
			      "directory gets only one of them",
			      tmd_path_base(path));
	if (input->mangled)
		tmd_strv_addf(&view->reasons, "update-ca-certificates cannot read the name of %s",
			      path);
}

static void judge_ignored(const struct tmd_debian_inputs *inputs, const struct tmd_cert *cert,
			  struct tmd_anchor_view *view)
{
	for (size_t i = 0; i < inputs->ignored_count; i++) {
		if (tmd_anchor_file_holds(&inputs->ignored[i], cert))
			tmd_strv_addf(&view->reasons,
				      "%s is ignored by update-ca-certificates: "
				      "the name must end in .crt",
				      inputs->ignored[i].path);
	}
}

static void judge_stale_link(struct tmd_debian_store *store, const char *link,
			     struct tmd_anchor_view *view)
{
	const char *target = tmd_debian_link_target(store, link);

	tmd_strv_add_once(&view->where, link);
	view->held = true;
	if (target && is_vendor(target))
		tmd_strv_addf(&view->reasons,
			      "%s is not switched on in " TMD_DEBIAN_CONF
			      ", but %s still leads to it",
			      target, link);
	else
		tmd_strv_addf(&view->reasons,
			      "%s leads to it, but to no input of "
			      "update-ca-certificates",
			      link);
}

static enum tmd_rc judge_links(struct tmd_debian_store *store, const struct tmd_cert *cert,
			       struct tmd_anchor_view *view, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_debian_links_release) struct tmd_debian_links links = { 0 };

	if (tmd_debian_links_find(store, cert, &links, err))
		return TMD_FAILED;
	for (size_t i = 0; i < links.stale.count; i++)
		judge_stale_link(store, links.stale.items[i], view);
	for (size_t i = 0; i < links.foreign.count; i++) {
		view->held = true;
		tmd_strv_add_once(&view->where, links.foreign.items[i]);
		tmd_strv_addf(&view->reasons, "%s is a file of its own in the hashed directory",
			      links.foreign.items[i]);
	}
	return TMD_OK;
}

/*
 * A removed input leaves hash links to a NAME.pem that leads nowhere, and a removal that was
 * cut short leaves a gap, which hides another certificate of the same subject.
 */
static void judge_leftovers(struct tmd_debian_store *store, const struct tmd_debian_outcome *outcome,
			    struct tmd_anchor_view *view)
{
	for (size_t i = 0; i < outcome->hashed.dangling.count; i++) {
		const char *entry = outcome->hashed.dangling.items[i];
		const char *link = tmd_debian_link_target(store, entry);
		struct tmd_error ignored = { 0 };
		struct tmd_stat st;

		tmd_strv_add(&view->leftovers, entry);
		if (link && tmd_str_starts(link, TMD_DEBIAN_HASHED "/") &&
		    tmd_view_lstat(store->ctx->view, link, &st, &ignored) == TMD_OK)
			tmd_strv_add_once(&view->leftovers, link);
		tmd_strv_addf(&view->reasons,
			      "%s leads nowhere: its input was removed without "
			      "a full rebuild",
			      entry);
	}
	if (!outcome->hashed.beyond)
		return;
	tmd_strv_add_once(&view->leftovers, outcome->hashed.beyond);
	tmd_strv_addf(&view->reasons, "%s is hidden: a lower number is missing",
		      outcome->hashed.beyond);
}

static enum tmd_rc search_inputs(struct tmd_debian_store *store, const struct tmd_cert *cert,
				 const struct tmd_debian_outcome *outcome,
				 struct tmd_anchor_view *view, struct tmd_error *err)
{
	if (tmd_debian_load_inputs(store, err))
		return TMD_FAILED;
	for (size_t i = 0; i < store->inputs.count; i++)
		judge_input(&store->inputs.items[i], cert, view);
	add_outputs(outcome, view);
	judge_ignored(&store->inputs, cert, view);
	return judge_links(store, cert, view, err);
}

static void warn_of_leftover_bundle(struct tmd_debian_store *store, struct tmd_anchor_view *view)
{
	if (tmd_debian_new_is_left(store))
		tmd_strv_add(&view->warnings, TMD_DEBIAN_BUNDLE
			     ".new is left of a killed "
			     "update-ca-certificates: the next run of that program appends to it "
			     "and brings back what was removed meanwhile");
}

static enum tmd_rc judge_store(struct tmd_debian_store *store, const struct tmd_anchor *anchor,
			       struct tmd_anchor_view *view, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_debian_outcome_release) struct tmd_debian_outcome outcome = { 0 };
	bool thorough = anchor->wish != TMD_ANCHOR_PRESENT;
	const char *input = NULL;

	if (tmd_debian_judge(store, anchor->cert, thorough, &outcome, err))
		return TMD_FAILED;
	warn_of_leftover_bundle(store, view);
	view->effective = outcome.effective;
	view->trust = outcome.trust;
	view->held = outcome.in_bundle || outcome.hashed.holders.count;
	if (outcome.effective && !store->bundle.scan.has_private_key && !thorough)
		input = input_behind(store, outcome.hashed.entry);
	if (input) {
		view->anchored = true;
		tmd_strv_add(&view->where, input);
		add_outputs(&outcome, view);
		return TMD_OK;
	}
	if (search_inputs(store, anchor->cert, &outcome, view, err))
		return TMD_FAILED;
	judge_leftovers(store, &outcome, view);
	if (view->held && !view->anchored)
		tmd_strv_add(&view->reasons, "no input holds it: the next full rebuild drops it");
	for (size_t i = 0; view->held && i < outcome.reasons.count; i++)
		tmd_strv_add(&view->reasons, outcome.reasons.items[i]);
	return TMD_OK;
}

enum tmd_rc tmd_debian_view(struct tmd_debian_store *store, const struct tmd_anchor *anchor,
			    struct tmd_anchor_view *view, struct tmd_error *err)
{
	static const char *const paths[] = { TMD_DEBIAN_BUNDLE, TMD_DEBIAN_HASHED, TMD_DEBIAN_LOCAL,
					     TMD_DEBIAN_VENDOR, TMD_DEBIAN_CONF,   NULL };

	if (judge_store(store, anchor, view, err))
		return TMD_FAILED;
	if (anchor->wish == TMD_ANCHOR_PRESENT)
		tmd_anchor_warn_of_others(store->ctx, &store->others, &store->hashed, paths,
					  view);
	return TMD_OK;
}

enum tmd_rc tmd_debian_read(struct tmd_ctx *ctx, const struct tmd_anchor *anchor,
			    struct tmd_anchor_view *view, struct tmd_error *err)
{
	return tmd_debian_view(tmd_debian_store(ctx), anchor, view, err);
}
