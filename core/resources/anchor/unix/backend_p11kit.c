/*
 * Red Hat's family and Arch Linux: source files that p11-kit's trust module reads, and
 * update-ca-trust, which extracts bundles from it. A blocklist beats every anchor.
 */
#include "resources/anchor/unix/stores.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "os/user.h"
#include "resources/anchor/files.h"
#include "resources/anchor/unix/hashdir.h"
#include "resources/anchor/unix/p11_sources.h"
#include "x509/pem.h"

#define ATTEMPTS 3
#define WAIT_SECONDS 60
#define RUN_SECONDS 120
#define POLL_MS 100

struct layout {
	const char *admin;  /* the administrator's source directory */
	const char *vendor; /* the packages' */
	const char *hashed; /* the hashed directory, where there is one */
};

static const struct layout *layout_of(const struct tmd_anchor *anchor)
{
	static const struct layout rhel = {
		.admin = "/etc/pki/ca-trust/source",
		.vendor = "/usr/share/pki/ca-trust-source",
		.hashed = "/etc/pki/ca-trust/extracted/pem/directory-hash",
	};
	static const struct layout arch = {
		.admin = "/etc/ca-certificates/trust-source",
		.vendor = "/usr/share/ca-certificates/trust-source",
		.hashed = "/etc/ssl/certs",
	};

	return anchor->family == TMD_FAMILY_ARCH ? &arch : &rhel;
}

static const char *bundle_of(const struct tmd_anchor *anchor)
{
	return tmd_system_bundle_path((enum tmd_family)anchor->family);
}

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

/* ---- which of blocklist and blacklist this p11-kit reads ---- */

static bool module_says(struct tmd_fs *fs, const char *path, const char **name)
{
	TMD_AUTO_BUF struct tmd_buf module = { 0 };
	struct tmd_error ignored = { 0 };

	if (tmd_fs_read(fs, path, 0, &module, NULL, &ignored))
		return false;
	if (tmd_text_find(tmd_buf_str(&module), module.len, "blocklist") < module.len)
		*name = "blocklist";
	else if (tmd_text_find(tmd_buf_str(&module), module.len, "blacklist") < module.len)
		*name = "blacklist";
	else
		return false;
	return true;
}

/* The module in /usr/lib64, /usr/lib or a multiarch directory below that. */
static const char *blocklist_name(struct tmd_fs *fs)
{
	static const char module[] = "pkcs11/p11-kit-trust.so";
	TMD_AUTO_STRV struct tmd_strv names = { 0 };
	struct tmd_error ignored = { 0 };
	const char *name = "blocklist";

	if (module_says(fs, "/usr/lib64/pkcs11/p11-kit-trust.so", &name) ||
	    module_says(fs, "/usr/lib/pkcs11/p11-kit-trust.so", &name) ||
	    tmd_fs_list(fs, "/usr/lib", &names, &ignored))
		return name;
	for (size_t i = 0; i < names.count; i++) {
		TMD_AUTO_FREE char *path = NULL;

		if (!strstr(names.items[i], "-linux-"))
			continue;
		path = tmd_format("/usr/lib/%s/%s", names.items[i], module);
		if (module_says(fs, path, &name))
			return name;
	}
	return name;
}

/* ---- sources ---- */

struct source {
	char *path;
	bool admin;
	struct tmd_p11_verdict verdict;
};

struct sources {
	struct source *items; /* those that say something about the certificate */
	size_t count;
	size_t cap;
	const char *blocklist;	 /* the directory name that is read */
	struct tmd_strv odd;	 /* files that are read against what one may think */
	struct tmd_strv unread;	 /* files in a blocklist directory that nothing reads */
	struct tmd_strv useless; /* files that the loader skips without a word */
};

static void sources_release(struct sources *s)
{
	for (size_t i = 0; i < s->count; i++)
		free(s->items[i].path);
	free(s->items);
	tmd_strv_release(&s->odd);
	tmd_strv_release(&s->unread);
	tmd_strv_release(&s->useless);
	memset(s, 0, sizeof(*s));
}

static bool name_is_odd(const char *path)
{
	const char *base = tmd_path_base(path);

	return base[0] == '.' || tmd_str_ends(base, "~");
}

/* Our own atomic replace, interrupted, leaves such a file; the next one removes it. */
static bool is_ours_in_making(const char *path)
{
	return tmd_str_ends(path, ".trustmend-tmp");
}

static enum tmd_rc judge_source(struct tmd_ctx *ctx, const char *path, bool admin,
				enum tmd_p11_role role, const struct tmd_cert *cert,
				struct sources *out, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_anchor_file_release) struct tmd_anchor_file file = { 0 };
	struct tmd_p11_verdict verdict;

	if (tmd_anchor_file_load(ctx, path, &file, err) ||
	    tmd_p11_judge(&file, role, cert, &verdict, err))
		return TMD_FAILED;
	if (admin && !file.gone && name_is_odd(path) && !is_ours_in_making(path))
		tmd_strv_add(&out->odd, path);
	if (admin && role != TMD_P11_NEUTRAL && !file.gone && !verdict.count)
		tmd_strv_add(&out->useless, path);
	if (!verdict.anchors && !verdict.distrusts)
		return TMD_OK;
	out->items = tmd_grow(out->items, &out->cap, out->count + 1, sizeof(*out->items));
	out->items[out->count++] = (struct source){ tmd_strdup(path), admin, verdict };
	return TMD_OK;
}

static enum tmd_rc list_dir(struct tmd_ctx *ctx, const char *dir, struct tmd_strv *files,
			    struct tmd_error *err)
{
	TMD_AUTO_STRV struct tmd_strv names = { 0 };
	struct tmd_error local = { 0 };

	if (tmd_ctx_list(ctx, dir, &names, err))
		return TMD_FAILED;
	for (size_t i = 0; i < names.count; i++) {
		TMD_AUTO_FREE char *path = tmd_path_join(dir, names.items[i]);
		struct tmd_stat st;

		if (tmd_fs_stat(ctx->fs, path, &st, &local) == TMD_OK &&
		    st.type == TMD_FILE_REGULAR)
			tmd_strv_add(files, path);
	}
	return TMD_OK;
}

static enum tmd_rc judge_dir(struct tmd_ctx *ctx, const char *dir, bool admin,
			     enum tmd_p11_role role, const struct tmd_cert *cert,
			     struct sources *out, struct tmd_error *err)
{
	TMD_AUTO_STRV struct tmd_strv files = { 0 };

	if (list_dir(ctx, dir, &files, err))
		return TMD_FAILED;
	for (size_t i = 0; i < files.count; i++) {
		if (judge_source(ctx, files.items[i], admin, role, cert, out, err))
			return TMD_FAILED;
	}
	return TMD_OK;
}

/* A file in the directory of the other name looks like distrust and is none. */
static enum tmd_rc find_unread(struct tmd_ctx *ctx, const char *top, const struct tmd_cert *cert,
			       struct sources *out, struct tmd_error *err)
{
	bool is_new = strcmp(out->blocklist, "blocklist") == 0;
	TMD_AUTO_FREE char *dir = tmd_path_join(top, is_new ? "blacklist" : "blocklist");
	TMD_CLEANUP(sources_release) struct sources there = { 0 };

	if (judge_dir(ctx, dir, false, TMD_P11_BLOCK, cert, &there, err))
		return TMD_FAILED;
	for (size_t i = 0; i < there.count; i++)
		tmd_strv_add(&out->unread, there.items[i].path);
	return TMD_OK;
}

static enum tmd_rc judge_tree(struct tmd_ctx *ctx, const char *top, bool admin,
			      const struct tmd_cert *cert, struct sources *out,
			      struct tmd_error *err)
{
	TMD_AUTO_FREE char *anchors = tmd_path_join(top, "anchors");
	TMD_AUTO_FREE char *blocklist = NULL;

	if (!out->blocklist)
		out->blocklist = blocklist_name(ctx->fs);
	blocklist = tmd_path_join(top, out->blocklist);
	if (judge_dir(ctx, anchors, admin, TMD_P11_ANCHORS, cert, out, err) ||
	    judge_dir(ctx, blocklist, admin, TMD_P11_BLOCK, cert, out, err) ||
	    judge_dir(ctx, top, admin, TMD_P11_NEUTRAL, cert, out, err))
		return TMD_FAILED;
	return find_unread(ctx, top, cert, out, err);
}

static bool is_anchored(const struct sources *sources)
{
	for (size_t i = 0; i < sources->count; i++) {
		if (sources->items[i].verdict.anchors)
			return true;
	}
	return false;
}

/* The vendor's files are large: not read when the administrator's explain everything. */
static enum tmd_rc judge_sources(struct tmd_ctx *ctx, const struct tmd_anchor *anchor,
				 bool thorough, struct sources *out, struct tmd_error *err)
{
	const struct layout *layout = layout_of(anchor);

	if (judge_tree(ctx, layout->admin, true, anchor->cert, out, err))
		return TMD_FAILED;
	if (!thorough && is_anchored(out))
		return TMD_OK;
	return judge_tree(ctx, layout->vendor, false, anchor->cert, out, err);
}

/* ---- outputs ---- */

static enum tmd_rc judge_readable(struct tmd_ctx *ctx, const char *path,
				  struct tmd_anchor_view *view, struct tmd_error *err)
{
	TMD_AUTO_FREE char *why = NULL;
	bool readable = false;

	if (tmd_fs_world_readable(ctx->fs, path, &readable, &why, err))
		return TMD_FAILED;
	if (readable)
		return TMD_OK;
	view->effective = false;
	tmd_strv_addf(&view->reasons, "only root can read %s: %s", path, why ? why : "");
	return TMD_OK;
}

static enum tmd_rc judge_bundle(struct tmd_ctx *ctx, const struct tmd_anchor *anchor,
				struct tmd_anchor_view *view, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_anchor_file_release) struct tmd_anchor_file bundle = { 0 };
	const char *path = bundle_of(anchor);

	if (tmd_anchor_file_load(ctx, path, &bundle, err))
		return TMD_FAILED;
	view->held = tmd_anchor_file_holds(&bundle, anchor->cert);
	view->effective = view->held && bundle.scan.loads;
	if (view->held)
		tmd_strv_add(&view->where, path);
	if (bundle.trouble)
		tmd_strv_addf(&view->reasons, "%s: %s", path, bundle.trouble);
	else if (!bundle.scan.count)
		tmd_strv_addf(&view->reasons, "%s is empty: nothing is trusted here", path);
	else if (!bundle.scan.loads)
		tmd_strv_addf(&view->reasons, "%s cannot be loaded as a whole: %s", path,
			      bundle.scan.problems.items[0]);
	else if (!view->held)
		tmd_strv_addf(&view->reasons, "%s does not hold it", path);
	return view->held ? judge_readable(ctx, path, view, err) : TMD_OK;
}

/* Older systems have no hashed directory, or an empty one. */
static bool has_hashed(struct tmd_ctx *ctx, const char *dir)
{
	TMD_AUTO_STRV struct tmd_strv names = { 0 };
	struct tmd_error ignored = { 0 };

	return tmd_fs_list(ctx->fs, dir, &names, &ignored) == TMD_OK && names.count;
}

static enum tmd_rc judge_hashed(struct tmd_ctx *ctx, const struct tmd_anchor *anchor,
				struct tmd_anchor_view *view, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_hashdir_release) struct tmd_hashdir found = { 0 };
	const char *dir = layout_of(anchor)->hashed;

	if (tmd_hashdir_find(ctx, dir, anchor->cert, false, &found, err))
		return TMD_FAILED;
	for (size_t i = 0; i < found.holders.count; i++)
		tmd_strv_add(&view->where, found.holders.items[i]);
	view->held |= found.holders.count > 0;
	if (found.entry)
		return judge_readable(ctx, found.entry, view, err);
	if (!view->effective || !has_hashed(ctx, dir))
		return TMD_OK;
	view->effective = false;
	tmd_strv_addf(&view->reasons, "%s does not lead to it", dir);
	return TMD_OK;
}

/* ---- reading ---- */

/* Why p11-kit leaves a certificate out of bundles for TLS, silently; NULL when it does not. */
static const char *dropped_because(const struct tmd_cert *cert)
{
	if (cert->ca == TMD_CA_NO_CONSTRAINTS)
		return "a version 3 certificate without basicConstraints is dropped silently by "
		       "p11-kit";
	if (cert->ca == TMD_CA_NO)
		return "a certificate with CA:FALSE is dropped silently by p11-kit";
	if (cert->eku_excludes_server_auth)
		return "its extended key usage lacks serverAuth: p11-kit drops it silently";
	return NULL;
}

static void add_source(const struct source *source, struct tmd_strv *inputs,
		       struct tmd_anchor_view *view)
{
	if (source->verdict.distrusts) {
		tmd_strv_add(&view->distrusted_by, source->path);
		tmd_strv_addf(&view->reasons, "%s distrusts it by %s", source->path,
			      source->verdict.by);
	}
	if (!source->verdict.anchors)
		return;
	view->anchored = true;
	view->held = true;
	tmd_strv_add(inputs, source->path);
}

static void add_oddities(const struct sources *sources, struct tmd_anchor_view *view)
{
	for (size_t i = 0; i < sources->odd.count; i++)
		tmd_strv_addf(&view->warnings,
			      "%s is loaded too: p11-kit minds neither a leading "
			      "dot nor a '~' at the end",
			      sources->odd.items[i]);
	for (size_t i = 0; i < sources->useless.count; i++)
		tmd_strv_addf(&view->warnings, "%s: p11-kit finds nothing in it and says nothing",
			      sources->useless.items[i]);
	for (size_t i = 0; i < sources->unread.count; i++)
		tmd_strv_addf(&view->reasons,
			      "%s has no effect: this p11-kit reads the directory "
			      "%s",
			      sources->unread.items[i], sources->blocklist);
}

static void prepend(struct tmd_strv *list, struct tmd_strv *first)
{
	for (size_t i = 0; i < list->count; i++)
		tmd_strv_add_once(first, list->items[i]);
	tmd_strv_copy(list, first);
}

static void explain(const struct tmd_anchor *anchor, struct tmd_anchor_view *view)
{
	const char *dropped = dropped_because(anchor->cert);

	if (view->anchored && !view->effective && dropped && anchor->cert->ca != TMD_CA_NO)
		tmd_strv_add(&view->reasons, dropped);
	if (view->held && view->effective && view->distrusted_by.count)
		tmd_strv_add(&view->reasons, "still trusted: update-ca-trust has not run since it "
					     "was distrusted");
	if (view->held && !view->anchored)
		tmd_strv_add(&view->reasons, "no source holds it: the next update-ca-trust drops "
					     "it");
}

static enum tmd_rc p11_read(struct tmd_ctx *ctx, const struct tmd_anchor *anchor,
			    struct tmd_anchor_view *view, struct tmd_error *err)
{
	TMD_CLEANUP(sources_release) struct sources sources = { 0 };
	TMD_AUTO_STRV struct tmd_strv inputs = { 0 };

	if (judge_bundle(ctx, anchor, view, err) || judge_hashed(ctx, anchor, view, err) ||
	    judge_sources(ctx, anchor, !view->effective, &sources, err))
		return TMD_FAILED;
	for (size_t i = 0; i < sources.count; i++)
		add_source(&sources.items[i], &inputs, view);
	prepend(&view->where, &inputs);
	add_oddities(&sources, view);
	explain(anchor, view);
	/* Of what is simply not there, nothing needs an explanation. */
	if (!view->held && !view->distrusted_by.count && !sources.unread.count)
		tmd_strv_release(&view->reasons);
	return TMD_OK;
}

/* ---- planning ---- */

struct planning {
	struct tmd_ctx *ctx;
	struct tmd_resource *r;
	const struct tmd_anchor *anchor;
	struct tmd_changeset *set;
	struct sources sources;
	char *own_anchor;
	char *own_block;
};

static void planning_release(struct planning *p)
{
	sources_release(&p->sources);
	free(p->own_anchor);
	free(p->own_block);
}

static enum tmd_rc write_own(struct planning *p, const char *path, struct tmd_error *err)
{
	static const struct tmd_fs_attr attr = { 0644, TMD_KEEP, TMD_KEEP, 0755 };
	TMD_CLEANUP(tmd_anchor_file_release) struct tmd_anchor_file old = { 0 };
	struct tmd_error ignored = { 0 };
	struct tmd_buf content = { 0 };
	struct tmd_stat st;

	if (tmd_fs_lstat(p->ctx->fs, path, &st, &ignored) == TMD_OK && st.type != TMD_FILE_REGULAR)
		return tmd_fail(err, TMD_E_CONFLICT, path, "remove it",
				"our own file name is taken by something that is no file");
	if (tmd_anchor_file_load(p->ctx, path, &old, err))
		return TMD_FAILED;
	tmd_cert_add_pem(&content, p->anchor->cert->der, p->anchor->cert->der_len);
	tmd_anchor_set_diff(p->r, path, old.trouble ? NULL : &old.text, &content);
	tmd_changeset_write(p->set, path, &content, &attr);
	return TMD_OK;
}

static enum tmd_rc remove_file(struct planning *p, const char *path, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_anchor_file_release) struct tmd_anchor_file old = { 0 };

	if (tmd_anchor_file_load(p->ctx, path, &old, err))
		return TMD_FAILED;
	if (!p->r->diff.path)
		tmd_anchor_set_diff(p->r, path, &old.text, NULL);
	tmd_changeset_remove(p->set, path);
	return TMD_OK;
}

/* The bundle as it will be, for resources planned later; left open where that is unclear. */
static enum tmd_rc expect_bundle(struct planning *p, struct tmd_error *err)
{
	const struct tmd_cert *cert = p->anchor->cert;
	const char *path = bundle_of(p->anchor);
	TMD_CLEANUP(tmd_anchor_file_release) struct tmd_anchor_file bundle = { 0 };
	TMD_AUTO_BUF struct tmd_buf text = { 0 };

	if (tmd_anchor_file_load(p->ctx, path, &bundle, err))
		return TMD_FAILED;
	if (!bundle.scan.loads)
		return TMD_OK;
	tmd_buf_add(&text, tmd_buf_str(&bundle.text), bundle.text.len);
	if (p->anchor->wish != TMD_ANCHOR_PRESENT) {
		if (tmd_bundle_cut(&text, cert->der, cert->der_len, err))
			return TMD_FAILED;
	} else if (!tmd_anchor_file_holds(&bundle, cert)) {
		tmd_bundle_append(&text, cert->der, cert->der_len);
	}
	tmd_changeset_expect(p->set, path, &text);
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
	if (expect_bundle(p, err))
		return TMD_FAILED;
	tmd_changeset_touch(p->set, bundle_of(p->anchor));
	p->set->rebuild = true;
	return TMD_OK;
}

/* Distrust is a decision: only one that we carried out ourselves is taken back. */
static enum tmd_rc lift_distrust(struct planning *p, struct tmd_error *err)
{
	for (size_t i = 0; i < p->sources.count; i++) {
		const struct source *source = &p->sources.items[i];

		if (!source->verdict.distrusts)
			continue;
		if (strcmp(source->path, p->own_block) != 0)
			return tmd_fail(err, TMD_E_CONFLICT, source->path,
					"remove that file, or write state=distrusted",
					"the certificate is distrusted here, by %s",
					source->verdict.by);
		if (remove_file(p, source->path, err))
			return TMD_FAILED;
	}
	return TMD_OK;
}

static bool has_provider(const struct planning *p)
{
	for (size_t i = 0; i < p->sources.count; i++) {
		const struct tmd_p11_verdict *verdict = &p->sources.items[i].verdict;

		if (verdict->anchors && verdict->sound)
			return true;
	}
	return false;
}

static enum tmd_rc plan_present(struct planning *p, struct tmd_error *err)
{
	const char *dropped = dropped_because(p->anchor->cert);

	if (dropped)
		return tmd_fail(err, TMD_E_REFUSED, NULL,
				"get a root with basicConstraints CA:TRUE",
				"it would have no effect here: %s", dropped);
	if (lift_distrust(p, err))
		return TMD_FAILED;
	if (!has_provider(p) && write_own(p, p->own_anchor, err))
		return TMD_FAILED;
	return ask_for_rebuild(p, err);
}

static enum tmd_rc drop_source(struct planning *p, const struct source *source,
			       struct tmd_error *err)
{
	if (!source->admin)
		return tmd_fail(err, TMD_E_CONFLICT, source->path, "write state=distrusted",
				"a package brings this certificate: it can be distrusted here, not "
				"removed");
	if (source->verdict.count != 1)
		return tmd_fail(err, TMD_E_CONFLICT, source->path,
				"split it into one file for each certificate, then run again",
				"the file holds %zu certificates, this one among them",
				source->verdict.count);
	return remove_file(p, source->path, err);
}

static enum tmd_rc plan_absent(struct planning *p, struct tmd_error *err)
{
	for (size_t i = 0; i < p->sources.count; i++) {
		const struct source *source = &p->sources.items[i];

		if (source->verdict.anchors && drop_source(p, source, err))
			return TMD_FAILED;
		if (source->verdict.distrusts && strcmp(source->path, p->own_block) == 0 &&
		    remove_file(p, source->path, err))
			return TMD_FAILED;
	}
	return ask_for_rebuild(p, err);
}

static enum tmd_rc plan_distrusted(struct planning *p, struct tmd_error *err)
{
	if (!p->anchor->view.distrusted_by.count && write_own(p, p->own_block, err))
		return TMD_FAILED;
	/* Or it would be trusted again as soon as the blocklist file goes. */
	if (tmd_fs_exists(p->ctx->fs, p->own_anchor) && remove_file(p, p->own_anchor, err))
		return TMD_FAILED;
	return ask_for_rebuild(p, err);
}

static enum tmd_rc p11_plan(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_changeset *set,
			    struct tmd_error *err)
{
	const struct tmd_anchor *anchor = tmd_anchor_of(r);
	const char *admin = layout_of(anchor)->admin;
	TMD_CLEANUP(planning_release)
	struct planning p = { ctx, r, anchor, set, { 0 }, NULL, NULL };

	if (judge_sources(ctx, anchor, true, &p.sources, err))
		return TMD_FAILED;
	p.own_anchor = tmd_format("%s/anchors/%s.crt", admin, anchor->own);
	p.own_block = tmd_format("%s/%s/%s.crt", admin, p.sources.blocklist, anchor->own);
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

/* Known to happen inside containers: p11-kit answers, and answers with nothing. */
static enum tmd_rc check_bundle(const struct tmd_anchor_file *bundle, struct tmd_error *err)
{
	if (bundle->trouble)
		return tmd_fail(err, TMD_E_IO, bundle->path, NULL,
				"the rebuild left no bundle that can be read: %s", bundle->trouble);
	if (!bundle->scan.count)
		return tmd_fail(err, TMD_E_IO, bundle->path,
				"trust list shows what p11-kit finds; run update-ca-trust by hand",
				"the rebuild left an EMPTY bundle: nothing is trusted here now");
	if (!bundle->scan.loads)
		return tmd_fail(err, TMD_E_IO, bundle->path, NULL,
				"the rebuild left a bundle that does not load: %s",
				bundle->scan.problems.items[0]);
	return TMD_OK;
}

static bool is_as_wished(const struct tmd_anchor_file *bundle, const struct tmd_resource *r)
{
	const struct tmd_anchor *anchor = tmd_anchor_of(r);

	return tmd_anchor_file_holds(bundle, anchor->cert) == (anchor->wish == TMD_ANCHOR_PRESENT);
}

static enum tmd_rc rebuild_once(struct tmd_ctx *ctx, const char *program,
				struct tmd_resource *const *resources, size_t count, bool *done,
				struct tmd_error *err)
{
	TMD_CLEANUP(tmd_anchor_file_release) struct tmd_anchor_file bundle = { 0 };
	bool before = false;
	bool after = false;

	if (wait_for_others(ctx, program, &before, err) || run_program(ctx, program, err) ||
	    wait_for_others(ctx, program, &after, err))
		return TMD_FAILED;
	if (tmd_anchor_file_load(ctx, bundle_of(tmd_anchor_of(resources[0])), &bundle, err) ||
	    check_bundle(&bundle, err))
		return TMD_FAILED;
	/* Another that read the sources before our change may have written after us. */
	*done = true;
	for (size_t i = 0; i < count; i++)
		*done = *done && is_as_wished(&bundle, resources[i]);
	return TMD_OK;
}

static enum tmd_rc p11_commit(struct tmd_ctx *ctx, struct tmd_resource *const *resources,
			      size_t count, struct tmd_error *err)
{
	const char *program = find_program(ctx->fs);
	bool done = false;

	if (!program)
		return tmd_fail(err, TMD_E_NOT_FOUND, "/usr/bin/update-ca-trust",
				"install the package ca-certificates",
				"there is nothing here that compiles the trust store");
	/* What is still not as wished after the last one, the engine reports. */
	for (unsigned n = 0; n < ATTEMPTS && !done; n++) {
		if (rebuild_once(ctx, program, resources, count, &done, err))
			return TMD_FAILED;
	}
	return TMD_OK;
}

const struct tmd_anchor_backend tmd_anchor_p11kit = {
	.name = "p11kit",
	.read = p11_read,
	.plan = p11_plan,
	.commit = p11_commit,
};
