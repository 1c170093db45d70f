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

static enum tmd_rc judge_readable(struct tmd_ctx *ctx, const char *path, const char *what,
				  struct tmd_debian_outcome *out, struct tmd_error *err)
{
	TMD_AUTO_FREE char *why = NULL;
	bool readable = false;

	if (tmd_fs_world_readable(ctx->fs, path, &readable, &why, err))
		return TMD_FAILED;
	if (readable)
		return TMD_OK;
	out->readable = false;
	tmd_strv_addf(&out->reasons, "only root can read %s: %s", what, why ? why : path);
	return TMD_OK;
}

static enum tmd_rc judge_bundle(struct tmd_ctx *ctx, const struct tmd_cert *cert,
				struct tmd_debian_outcome *out, struct tmd_error *err)
{
	struct tmd_anchor_file bundle = { 0 };

	if (tmd_anchor_file_load(ctx, TMD_DEBIAN_BUNDLE, &bundle, err))
		return TMD_FAILED;
	out->in_bundle = tmd_anchor_file_holds(&bundle, cert);
	out->bundle_loads = bundle.scan.loads;
	out->bundle_key = bundle.scan.has_private_key;
	if (bundle.trouble)
		tmd_strv_addf(&out->reasons, "%s: %s", TMD_DEBIAN_BUNDLE, bundle.trouble);
	else if (!bundle.scan.loads)
		tmd_strv_addf(&out->reasons, "%s cannot be loaded as a whole: %s",
			      TMD_DEBIAN_BUNDLE,
			      bundle.scan.problems.count ? bundle.scan.problems.items[0]
							 : "no certificate in it");
	else if (!out->in_bundle)
		tmd_strv_addf(&out->reasons, "%s does not hold it", TMD_DEBIAN_BUNDLE);
	tmd_anchor_file_release(&bundle);
	if (!out->in_bundle)
		return TMD_OK;
	return judge_readable(ctx, TMD_DEBIAN_BUNDLE, "the bundle", out, err);
}

static enum tmd_rc judge_hashed(struct tmd_ctx *ctx, const struct tmd_cert *cert, bool thorough,
				struct tmd_debian_outcome *out, struct tmd_error *err)
{
	if (tmd_hashdir_find(ctx, TMD_DEBIAN_HASHED, cert, thorough, &out->hashed, err))
		return TMD_FAILED;
	if (out->hashed.entry)
		return judge_readable(ctx, out->hashed.entry, "the entry in the hashed directory",
				      out, err);
	if (out->hashed.holders.count)
		tmd_strv_addf(&out->reasons, "%s/%08x.* does not lead to %s", TMD_DEBIAN_HASHED,
			      cert->subject_hash, out->hashed.holders.items[0]);
	else
		tmd_strv_addf(&out->reasons, "%s/%08x.* does not lead to it", TMD_DEBIAN_HASHED,
			      cert->subject_hash);
	return TMD_OK;
}

void tmd_debian_outcome_release(struct tmd_debian_outcome *out)
{
	tmd_hashdir_release(&out->hashed);
	tmd_strv_release(&out->reasons);
	memset(out, 0, sizeof(*out));
}

enum tmd_rc tmd_debian_judge(struct tmd_ctx *ctx, const struct tmd_cert *cert, bool thorough,
			     struct tmd_debian_outcome *out, struct tmd_error *err)
{
	struct tmd_debian_outcome found = { .readable = true };

	if (judge_bundle(ctx, cert, &found, err) ||
	    judge_hashed(ctx, cert, thorough, &found, err)) {
		tmd_debian_outcome_release(&found);
		return TMD_FAILED;
	}
	found.effective =
		found.in_bundle && found.bundle_loads && found.hashed.entry && found.readable;
	*out = found;
	return TMD_OK;
}

/* ---- links in the hashed directory ---- */

char *tmd_debian_link_target(struct tmd_ctx *ctx, const char *link)
{
	struct tmd_error ignored = { 0 };
	TMD_AUTO_FREE char *text = NULL;

	if (tmd_fs_readlink(ctx->fs, link, &text, &ignored))
		return NULL;
	if (tmd_path_is_absolute(text)) {
		char *target = text;

		text = NULL;
		return target;
	}
	return tmd_path_join(TMD_DEBIAN_HASHED, text);
}

static bool below(const char *path, const char *dir)
{
	return tmd_str_starts(path, dir) && path[strlen(dir)] == '/';
}

bool tmd_debian_is_input_path(const char *path)
{
	return below(path, TMD_DEBIAN_LOCAL) || below(path, TMD_DEBIAN_VENDOR);
}

void tmd_debian_links_release(struct tmd_debian_links *links)
{
	tmd_strv_release(&links->stale);
	tmd_strv_release(&links->foreign);
	memset(links, 0, sizeof(*links));
}

/* Is it the link that the script made for an input that is in use? */
static bool is_in_use(const struct tmd_debian_inputs *inputs, const char *link, const char *target)
{
	const struct tmd_debian_input *input =
		target ? tmd_debian_inputs_find(inputs, target) : NULL;

	return input && strcmp(input->link, link) == 0;
}

static enum tmd_rc judge_link(struct tmd_ctx *ctx, const struct tmd_debian_inputs *inputs,
			      const struct tmd_cert *cert, const char *path,
			      struct tmd_debian_links *links, struct tmd_error *err)
{
	TMD_AUTO_FREE char *target = tmd_debian_link_target(ctx, path);
	struct tmd_anchor_file file = { 0 };

	if (is_in_use(inputs, path, target))
		return TMD_OK;
	if (tmd_anchor_file_load(ctx, path, &file, err))
		return TMD_FAILED;
	if (tmd_anchor_file_holds(&file, cert))
		tmd_strv_add(target ? &links->stale : &links->foreign, path);
	tmd_anchor_file_release(&file);
	return TMD_OK;
}

enum tmd_rc tmd_debian_links_find(struct tmd_ctx *ctx, const struct tmd_debian_inputs *inputs,
				  const struct tmd_cert *cert, struct tmd_debian_links *out,
				  struct tmd_error *err)
{
	TMD_CLEANUP(tmd_debian_links_release) struct tmd_debian_links links = { 0 };
	TMD_AUTO_STRV struct tmd_strv names = { 0 };

	if (tmd_ctx_list(ctx, TMD_DEBIAN_HASHED, &names, err))
		return TMD_FAILED;
	for (size_t i = 0; i < names.count; i++) {
		TMD_AUTO_FREE char *path = NULL;

		if (!tmd_str_ends(names.items[i], ".pem"))
			continue;
		path = tmd_path_join(TMD_DEBIAN_HASHED, names.items[i]);
		if (judge_link(ctx, inputs, cert, path, &links, err))
			return TMD_FAILED;
	}
	*out = links;
	memset(&links, 0, sizeof(links));
	return TMD_OK;
}

/* ---- the quick answer ---- */

/*
 * The input behind an entry that works: the entry links to NAME.pem, and that to the input.
 * NULL when it is anything else, or an input that the next rebuild would pass over.
 */
static char *input_behind(struct tmd_ctx *ctx, const char *entry)
{
	TMD_AUTO_FREE char *link = tmd_debian_link_target(ctx, entry);
	TMD_AUTO_FREE char *input = link ? tmd_debian_link_target(ctx, link) : NULL;
	TMD_AUTO_BUF struct tmd_buf conf = { 0 };
	struct tmd_error ignored = { 0 };
	char *found = NULL;

	if (!input || !tmd_str_ends(input, ".crt"))
		return NULL;
	if (below(input, TMD_DEBIAN_VENDOR) &&
	    (tmd_ctx_read(ctx, TMD_DEBIAN_CONF, 0, &conf, NULL, &ignored) ||
	     !tmd_debian_conf_lists(&conf, input)))
		return NULL;
	if (!tmd_debian_is_input_path(input))
		return NULL;
	found = input;
	input = NULL;
	return found;
}

static void add_outputs(const struct tmd_debian_outcome *outcome, struct tmd_anchor_view *view)
{
	if (outcome->in_bundle)
		tmd_strv_add_once(&view->where, TMD_DEBIAN_BUNDLE);
	for (size_t i = 0; i < outcome->hashed.holders.count; i++)
		tmd_strv_add_once(&view->where, outcome->hashed.holders.items[i]);
}

/* ---- the thorough answer ---- */

static void judge_input(const struct tmd_debian_input *input, const struct tmd_cert *cert,
			struct tmd_anchor_view *view)
{
	const char *path = input->file.path;

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
	view->anchored = true;
	tmd_strv_add_once(&view->where, path);
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

static enum tmd_rc judge_ignored(struct tmd_ctx *ctx, const struct tmd_debian_inputs *inputs,
				 const struct tmd_cert *cert, struct tmd_anchor_view *view,
				 struct tmd_error *err)
{
	for (size_t i = 0; i < inputs->ignored.count; i++) {
		const char *path = inputs->ignored.items[i];
		struct tmd_anchor_file file = { 0 };

		if (tmd_anchor_file_load(ctx, path, &file, err))
			return TMD_FAILED;
		if (tmd_anchor_file_holds(&file, cert))
			tmd_strv_addf(&view->reasons,
				      "%s is ignored by update-ca-certificates: "
				      "the name must end in .crt",
				      path);
		tmd_anchor_file_release(&file);
	}
	return TMD_OK;
}

static void judge_stale_link(struct tmd_ctx *ctx, const char *link, struct tmd_anchor_view *view)
{
	TMD_AUTO_FREE char *target = tmd_debian_link_target(ctx, link);

	tmd_strv_add_once(&view->where, link);
	view->held = true;
	if (target && below(target, TMD_DEBIAN_VENDOR))
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

static enum tmd_rc judge_links(struct tmd_ctx *ctx, const struct tmd_debian_inputs *inputs,
			       const struct tmd_cert *cert, struct tmd_anchor_view *view,
			       struct tmd_error *err)
{
	TMD_CLEANUP(tmd_debian_links_release) struct tmd_debian_links links = { 0 };

	if (tmd_debian_links_find(ctx, inputs, cert, &links, err))
		return TMD_FAILED;
	for (size_t i = 0; i < links.stale.count; i++)
		judge_stale_link(ctx, links.stale.items[i], view);
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
static void judge_leftovers(struct tmd_ctx *ctx, const struct tmd_debian_outcome *outcome,
			    struct tmd_anchor_view *view)
{
	for (size_t i = 0; i < outcome->hashed.dangling.count; i++) {
		const char *entry = outcome->hashed.dangling.items[i];
		TMD_AUTO_FREE char *link = tmd_debian_link_target(ctx, entry);
		struct tmd_error ignored = { 0 };
		struct tmd_stat st;

		tmd_strv_add(&view->leftovers, entry);
		if (link && below(link, TMD_DEBIAN_HASHED) &&
		    tmd_fs_lstat(ctx->fs, link, &st, &ignored) == TMD_OK)
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

static enum tmd_rc search_inputs(struct tmd_ctx *ctx, const struct tmd_cert *cert,
				 const struct tmd_debian_outcome *outcome,
				 struct tmd_anchor_view *view, struct tmd_error *err)
{
	struct tmd_debian_inputs inputs = { 0 };
	enum tmd_rc rc = TMD_FAILED;

	if (tmd_debian_inputs_load(ctx, &inputs, err))
		return TMD_FAILED;
	for (size_t i = 0; i < inputs.count; i++)
		judge_input(&inputs.items[i], cert, view);
	add_outputs(outcome, view);
	if (judge_ignored(ctx, &inputs, cert, view, err) == TMD_OK)
		rc = judge_links(ctx, &inputs, cert, view, err);
	tmd_debian_inputs_release(&inputs);
	return rc;
}

static void warn_of_leftover_bundle(struct tmd_ctx *ctx, struct tmd_anchor_view *view)
{
	struct tmd_error ignored = { 0 };
	struct tmd_stat st;

	if (tmd_fs_lstat(ctx->fs, TMD_DEBIAN_BUNDLE ".new", &st, &ignored) == TMD_OK &&
	    !tmd_proc_running(ctx->fs, TMD_DEBIAN_PROGRAM))
		tmd_strv_add(&view->warnings, TMD_DEBIAN_BUNDLE
			     ".new is left of a killed "
			     "update-ca-certificates: the next run of that program appends to it "
			     "and brings back what was removed meanwhile");
}

enum tmd_rc tmd_debian_read(struct tmd_ctx *ctx, const struct tmd_anchor *anchor,
			    struct tmd_anchor_view *view, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_debian_outcome_release) struct tmd_debian_outcome outcome = { 0 };
	bool thorough = anchor->wish != TMD_ANCHOR_PRESENT;
	char *input = NULL;

	if (tmd_debian_judge(ctx, anchor->cert, thorough, &outcome, err))
		return TMD_FAILED;
	warn_of_leftover_bundle(ctx, view);
	view->effective = outcome.effective;
	view->held = outcome.in_bundle || outcome.hashed.holders.count;
	if (outcome.effective && !outcome.bundle_key && !thorough)
		input = input_behind(ctx, outcome.hashed.entry);
	if (input) {
		view->anchored = true;
		tmd_strv_add(&view->where, input);
		free(input);
		add_outputs(&outcome, view);
		return TMD_OK;
	}
	if (search_inputs(ctx, anchor->cert, &outcome, view, err))
		return TMD_FAILED;
	judge_leftovers(ctx, &outcome, view);
	if (view->held && !view->anchored)
		tmd_strv_add(&view->reasons, "no input holds it: the next full rebuild drops it");
	for (size_t i = 0; view->held && i < outcome.reasons.count; i++)
		tmd_strv_add(&view->reasons, outcome.reasons.items[i]);
	return TMD_OK;
}
