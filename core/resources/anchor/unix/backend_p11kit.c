/*
 * Red Hat's family and Arch Linux: source files that p11-kit's trust module reads, and
 * update-ca-trust, which extracts bundles from it. A blocklist beats every anchor.
 */
#include "resources/anchor/unix/p11_store.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "os/user.h"
#include "resources/anchor/files.h"

#define ATTEMPTS 3
#define WAIT_SECONDS 60
#define RUN_SECONDS 120
#define POLL_MS 100

static const char *find_program(struct tmd_fs *fs)
{
	static const char *const places[] = { "/usr/bin/update-ca-trust",
					      "/usr/sbin/update-ca-trust" };

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (tmd_fs_exists(fs, places[i]))
			return places[i];
	}
	return NULL;
}

/* Or one that is read behind another's plan would find what that one's rebuild does besides. */
static void p11_announce(struct tmd_ctx *ctx, const struct tmd_anchor *anchor)
{
	tmd_strv_add_once(&tmd_p11_store(ctx, anchor)->asides.asked, anchor->cert->sha256);
}

static enum tmd_rc p11_read(struct tmd_ctx *ctx, const struct tmd_anchor *anchor,
			    struct tmd_anchor_view *view, struct tmd_error *err)
{
	return tmd_p11_view(tmd_p11_store(ctx, anchor), anchor, view, err);
}

/* ---- planning ---- */

struct planning {
	struct tmd_ctx *ctx;
	struct tmd_resource *r;
	const struct tmd_anchor *anchor;
	struct tmd_changeset *set;
	struct tmd_p11_store *store;
	struct tmd_p11_mentions sources;
	char *own_anchor;
	char *own_block;
};

static void planning_release(struct planning *p)
{
	tmd_p11_mentions_release(&p->sources);
	free(p->own_anchor);
	free(p->own_block);
}

static enum tmd_rc write_own(struct planning *p, const char *path, struct tmd_error *err)
{
	static const struct tmd_fs_attr attr = { 0644, TMD_KEEP, TMD_KEEP, 0755 };
	struct tmd_error ignored = { 0 };
	struct tmd_buf content = { 0 };
	struct tmd_stat st;

	if (tmd_view_lstat(p->ctx->view, path, &st, &ignored) == TMD_OK && st.type != TMD_FILE_REGULAR)
		return tmd_fail(err, TMD_E_CONFLICT, path, "remove it",
				"our own file name is taken by something that is no file");
	tmd_cert_add_pem(&content, p->anchor->cert->der, p->anchor->cert->der_len);
	tmd_changeset_write(p->set, path, &content, &attr);
	return TMD_OK;
}

/* The bundle as it will be, for resources planned later; left open where that is unclear. */
static enum tmd_rc expect_bundle(struct planning *p, struct tmd_error *err)
{
	const struct tmd_cert *cert = p->anchor->cert;
	const struct tmd_anchor_file *bundle = &p->store->bundle;
	TMD_AUTO_BUF struct tmd_buf text = { 0 };

	if (tmd_p11_load_bundle(p->store, err))
		return TMD_FAILED;
	if (!bundle->scan.loads)
		return TMD_OK;
	tmd_buf_add(&text, tmd_buf_str(&bundle->text), bundle->text.len);
	if (p->anchor->wish != TMD_ANCHOR_PRESENT) {
		if (tmd_bundle_cut(&text, cert->der, cert->der_len, err))
			return TMD_FAILED;
	} else if (!tmd_anchor_file_holds(bundle, cert)) {
		tmd_bundle_append(&text, cert->der, cert->der_len);
	}
	if (tmd_p11_follow_sources(p->store, &text, &p->r->warnings, err))
		return TMD_FAILED;
	tmd_changeset_expect(p->set, p->store->layout.bundle, &text);
	return TMD_OK;
}

static enum tmd_rc ask_for_rebuild(struct planning *p, struct tmd_error *err)
{
	struct tmd_fs *fs = p->ctx->fs;

	if (!find_program(fs))
		return tmd_fail(err, TMD_E_NOT_FOUND, "/usr/bin/update-ca-trust",
				"install the package ca-certificates",
				"there is nothing here that compiles the trust store");
	if (!tmd_fs_is_live(fs) && !tmd_user_is_admin())
		return tmd_fail(err, TMD_E_PERMISSION, find_program(fs), "run as root",
				"only root can run a program inside another root");
	if (p->sources.unloadable.count)
		return tmd_fail(err, TMD_E_CONFLICT, p->sources.unloadable.items[0],
				"move the file out of that directory",
				"the rebuild would extract a certificate of the file that OpenSSL "
				"cannot parse, and no program would load the bundle");
	if (expect_bundle(p, err))
		return TMD_FAILED;
	tmd_changeset_touch(p->set, p->store->layout.bundle);
	p->set->rebuild = true;
	return TMD_OK;
}

/* Distrust is a decision: only one that we carried out ourselves is taken back. */
static enum tmd_rc lift_distrust(struct planning *p, struct tmd_error *err)
{
	for (size_t i = 0; i < p->sources.count; i++) {
		const struct tmd_p11_mention *source = &p->sources.items[i];

		if (!source->verdict.by)
			continue;
		if (strcmp(source->path, p->own_block) != 0)
			return tmd_fail(err, TMD_E_CONFLICT, source->path,
					"remove that file, or write state=distrusted",
					"the certificate is distrusted here, by %s",
					source->verdict.by);
		tmd_changeset_remove(p->set, source->path);
	}
	return TMD_OK;
}

static bool has_provider(const struct planning *p)
{
	for (size_t i = 0; i < p->sources.count; i++) {
		if (p->sources.items[i].verdict.anchors)
			return true;
	}
	return false;
}

/* Trust settings count for the certificate wherever else it stands. */
static enum tmd_rc refuse_narrow(struct planning *p, struct tmd_error *err)
{
	for (size_t i = 0; i < p->sources.count; i++) {
		const struct tmd_p11_mention *source = &p->sources.items[i];

		if (source->verdict.narrows)
			return tmd_fail(err, TMD_E_CONFLICT, source->path,
					"remove that file, or write the certificate without trust "
					"settings",
					"the file has the certificate trusted for other purposes "
					"than TLS servers");
	}
	return TMD_OK;
}

static enum tmd_rc plan_present(struct planning *p, struct tmd_error *err)
{
	const char *dropped = tmd_p11_dropped_because(p->anchor->cert);

	if (dropped)
		return tmd_fail(err, TMD_E_REFUSED, NULL,
				"give a root with basicConstraints CA:TRUE; a server's own "
				"certificate can be put into a bundle file (store=bundle:PATH)",
				"it would have no effect here: %s", dropped);
	if (lift_distrust(p, err) || refuse_narrow(p, err))
		return TMD_FAILED;
	if (!has_provider(p) && write_own(p, p->own_anchor, err))
		return TMD_FAILED;
	return ask_for_rebuild(p, err);
}

static enum tmd_rc drop_source(struct planning *p, const struct tmd_p11_mention *source,
			       struct tmd_error *err)
{
	if (!source->admin)
		return tmd_fail(err, TMD_E_CONFLICT, source->path, "write state=distrusted",
				"a package brings this certificate: it can be distrusted here, not "
				"removed");
	if (source->verdict.has_key)
		return tmd_fail(err, TMD_E_CONFLICT, source->path,
				"move the key away, then run again",
				"the file holds a private key beside the certificate");
	if (source->verdict.count != 1)
		return tmd_fail(err, TMD_E_CONFLICT, source->path,
				"split it into one file for each certificate, then run again",
				"the file holds %zu certificates, this one among them",
				source->verdict.count);
	tmd_changeset_remove(p->set, source->path);
	return TMD_OK;
}

static enum tmd_rc plan_absent(struct planning *p, struct tmd_error *err)
{
	for (size_t i = 0; i < p->sources.count; i++) {
		const struct tmd_p11_mention *source = &p->sources.items[i];

		if (source->verdict.anchors && drop_source(p, source, err))
			return TMD_FAILED;
		if (source->verdict.by && strcmp(source->path, p->own_block) == 0)
			tmd_changeset_remove(p->set, source->path);
	}
	return ask_for_rebuild(p, err);
}

static enum tmd_rc plan_distrusted(struct planning *p, struct tmd_error *err)
{
	if (!p->anchor->view.distrusted_by.count && write_own(p, p->own_block, err))
		return TMD_FAILED;
	/* Or it would be trusted again as soon as the blocklist file goes. */
	if (tmd_view_exists(p->ctx->view, p->own_anchor))
		tmd_changeset_remove(p->set, p->own_anchor);
	return ask_for_rebuild(p, err);
}

static enum tmd_rc p11_plan(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_changeset *set,
			    struct tmd_error *err)
{
	const struct tmd_anchor *anchor = tmd_anchor_of(r);
	TMD_CLEANUP(planning_release)
	struct planning p = {
		.ctx = ctx,
		.r = r,
		.anchor = anchor,
		.set = set,
		.store = tmd_p11_store(ctx, anchor),
	};
	const char *admin = p.store->layout.admin;

	if (tmd_anchor_check_verification(anchor, err) ||
	    tmd_p11_mentions_find(p.store, anchor->cert, true, &p.sources, err))
		return TMD_FAILED;
	p.own_anchor = tmd_format("%s/anchors/%s.crt", admin, anchor->own);
	p.own_block = tmd_format("%s/%s/%s.crt", admin, p.store->blocklist, anchor->own);
	switch (anchor->wish) {
	case TMD_ANCHOR_PRESENT:
		return plan_present(&p, err);
	case TMD_ANCHOR_ABSENT:
		return plan_absent(&p, err);
	case TMD_ANCHOR_DISTRUSTED:
		return plan_distrusted(&p, err);
	}
	return TMD_FAILED;
}

/* ---- rebuilding ---- */

static enum tmd_rc wait_for_others(struct tmd_ctx *ctx, const char *program, bool *waited,
				   struct tmd_error *err)
{
	int64_t deadline = tmd_monotonic_ms() + WAIT_SECONDS * 1000;

	*waited = false;
	while (tmd_proc_running(ctx->fs, program)) {
		*waited = true;
		if (tmd_monotonic_ms() > deadline)
			return tmd_fail(err, TMD_E_BUSY, program,
					"wait for it or end it, then run again",
					"another update-ca-trust has been running for %d seconds",
					WAIT_SECONDS);
		tmd_sleep_ms(POLL_MS);
		if (ctx->tick)
			ctx->tick(ctx->tick_arg);
	}
	return TMD_OK;
}

static enum tmd_rc run_program(struct tmd_ctx *ctx, const char *program, struct tmd_error *err)
{
	const char *const argv[] = { program, NULL };
	struct tmd_proc_options options = {
		.timeout = RUN_SECONDS,
		.tick = ctx->tick,
		.tick_arg = ctx->tick_arg,
	};
	TMD_CLEANUP(tmd_proc_result_release) struct tmd_proc_result result = { 0 };
	const char *said;

	if (tmd_proc_run(ctx->fs, argv, &options, &result, err))
		return TMD_FAILED;
	said = tmd_buf_str(&result.output);
	if (result.timed_out)
		return tmd_fail(err, TMD_E_BUSY, program, NULL,
				"the program did not finish in %d seconds and was ended",
				RUN_SECONDS);
	if (result.status)
		return tmd_fail(err, TMD_E_IO, program, NULL,
				"the program failed with status %d: %.*s", result.status,
				(int)strcspn(said, "\n"), said);
	return TMD_OK;
}

/* Old or new, never something that no program can load. */
static const char *restore(struct tmd_ctx *ctx, const char *path, const struct tmd_buf *kept)
{
	struct tmd_error ignored = { 0 };

	if (!kept->len)
		return ": nothing is trusted here now";
	if (tmd_fs_replace(ctx->fs, path, kept->data, kept->len, NULL, &ignored))
		return ", and the earlier one could not be written back: nothing is trusted here "
		       "now";
	return "; the earlier one was put back";
}

/* Empty ones are known to happen inside containers: p11-kit answers, and answers with nothing. */
static enum tmd_rc check_bundle(struct tmd_ctx *ctx, const struct tmd_anchor_file *bundle,
				const struct tmd_buf *kept, struct tmd_error *err)
{
	const char *hint = "trust list shows what p11-kit finds; run update-ca-trust by hand";

	if (bundle->trouble)
		return tmd_fail(err, TMD_E_IO, bundle->path, NULL,
				"the rebuild left no bundle that can be read: %s", bundle->trouble);
	if (!bundle->scan.count)
		return tmd_fail(err, TMD_E_IO, bundle->path, hint,
				"the rebuild left an EMPTY bundle%s",
				restore(ctx, bundle->path, kept));
	if (!bundle->scan.loads)
		return tmd_fail(err, TMD_E_IO, bundle->path, hint,
				"the rebuild left a bundle that does not load (%s)%s",
				bundle->scan.problems.items[0], restore(ctx, bundle->path, kept));
	return TMD_OK;
}

static bool is_as_wished(const struct tmd_anchor_file *bundle, const struct tmd_resource *r)
{
	const struct tmd_anchor *anchor = tmd_anchor_of(r);

	return tmd_anchor_file_holds(bundle, anchor->cert) == (anchor->wish == TMD_ANCHOR_PRESENT);
}

static enum tmd_rc rebuild_once(struct tmd_p11_store *store, const char *program,
				struct tmd_resource *const *resources, size_t count,
				const struct tmd_buf *kept, bool *done, struct tmd_error *err)
{
	struct tmd_ctx *ctx = store->ctx;
	bool before = false;
	bool after = false;

	if (wait_for_others(ctx, program, &before, err) || run_program(ctx, program, err) ||
	    wait_for_others(ctx, program, &after, err))
		return TMD_FAILED;
	tmd_p11_store_forget(store, NULL);
	if (tmd_p11_load_bundle(store, err) || check_bundle(ctx, &store->bundle, kept, err))
		return TMD_FAILED;
	/* Another that read the sources before our change may have written after us. */
	*done = true;
	for (size_t i = 0; i < count; i++)
		*done = *done && is_as_wished(&store->bundle, resources[i]);
	return TMD_OK;
}

static enum tmd_rc p11_commit(struct tmd_ctx *ctx, struct tmd_resource *const *resources,
			      size_t count, struct tmd_error *err)
{
	struct tmd_p11_store *store = tmd_p11_store(ctx, tmd_anchor_of(resources[0]));
	const char *program = find_program(ctx->fs);
	TMD_AUTO_BUF struct tmd_buf kept = { 0 };
	bool done = false;

	if (!program)
		return tmd_fail(err, TMD_E_NOT_FOUND, "/usr/bin/update-ca-trust",
				"install the package ca-certificates",
				"there is nothing here that compiles the trust store");
	if (tmd_p11_load_bundle(store, err))
		return TMD_FAILED;
	if (store->bundle.scan.loads) /* else there is nothing to go back to */
		tmd_buf_add(&kept, store->bundle.text.data, store->bundle.text.len);
	/* What is still not as wished after the last one, the engine reports. */
	for (unsigned n = 0; n < ATTEMPTS && !done; n++) {
		if (rebuild_once(store, program, resources, count, &kept, &done, err))
			return TMD_FAILED;
	}
	return TMD_OK;
}

static bool p11_busy(struct tmd_ctx *ctx)
{
	const char *program = find_program(ctx->fs);

	return program && tmd_proc_running(ctx->fs, program);
}

static bool p11_has_issuer(struct tmd_ctx *ctx, const struct tmd_anchor *anchor)
{
	struct tmd_p11_store *store = tmd_p11_store(ctx, anchor);
	struct tmd_error ignored = { 0 };

	return tmd_p11_load_bundle(store, &ignored) == TMD_OK &&
	       tmd_policy_has_issuer(&store->bundle.scan, anchor->cert);
}

const struct tmd_anchor_backend tmd_anchor_p11kit = {
	.name = "p11kit",
	.announce = p11_announce,
	.read = p11_read,
	.plan = p11_plan,
	.commit = p11_commit,
	.busy = p11_busy,
	.has_issuer = p11_has_issuer,
	.list = tmd_p11_list,
};
