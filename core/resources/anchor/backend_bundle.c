/*
 * One PEM file as a trust store: what SSL_CERT_FILE, a ca_certs= argument or an
 * application's own setting points at. Everything but our certificate stays as it is.
 */
#include "resources/anchor/anchor.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "resources/anchor/certs.h"
#include "resources/anchor/files.h"
#include "resources/anchor/others.h"
#include "resources/own_place.h"

#define MEND "mend it: trustmend bundle apply path=PATH requires="

static void judge_file(const struct tmd_anchor *anchor, const struct tmd_anchor_file *file,
		       struct tmd_anchor_view *view)
{
	if (file->trouble) {
		tmd_strv_addf(&view->reasons, "%s: %s", file->path, file->trouble);
		return;
	}
	view->held = tmd_anchor_file_holds(file, anchor->cert);
	view->anchored = view->held;
	view->effective = view->held && file->scan.loads;
	view->trust = tmd_anchor_file_trust(file, anchor->cert);
	if (view->held)
		tmd_strv_add(&view->where, file->path);
	for (size_t i = 0; i < file->scan.problems.count; i++)
		tmd_strv_addf(&view->reasons, "%s: %s", file->path, file->scan.problems.items[i]);
	for (size_t i = 0; i < file->scan.losses.count; i++)
		tmd_strv_addf(&view->warnings, "%s: %s", file->path, file->scan.losses.items[i]);
	if (file->is_der)
		tmd_strv_addf(&view->reasons, "%s is DER: a bundle is PEM", file->path);
}

/* A file, or a directory on its way, that others cannot use; a user's own may be private. */
static char *find_obstacle(struct tmd_ctx *ctx, const char *path)
{
	struct tmd_error ignored = { 0 };
	struct tmd_stat st = { 0 };
	uint32_t owner = 0;
	char *why = NULL;

	if (tmd_view_find_obstacle(ctx->view, path, NULL, &why, &owner, &ignored))
		return NULL;
	if (why && owner == 0)
		return why;
	free(why);
	if (tmd_view_stat(ctx->view, path, &st, &ignored) || st.mode & 0004 || st.uid != 0)
		return NULL;
	return tmd_format("%s has mode %04o", path, (unsigned)st.mode);
}

static void judge_reach(struct tmd_ctx *ctx, const struct tmd_anchor_file *file,
			struct tmd_anchor_view *view)
{
	TMD_AUTO_FREE char *why = view->held ? find_obstacle(ctx, file->path) : NULL;

	if (!why)
		return;
	view->effective = false;
	tmd_strv_addf(&view->reasons, "not every user can read %s: %s", file->path, why);
}

static enum tmd_rc bundle_read(struct tmd_ctx *ctx, const struct tmd_anchor *anchor,
			       struct tmd_anchor_view *view, struct tmd_error *err)
{
	struct tmd_anchor_file file = { 0 };

	if (tmd_anchor_file_load(ctx, anchor->bundle, &file, err))
		return TMD_FAILED;
	judge_file(anchor, &file, view);
	judge_reach(ctx, &file, view);
	if (anchor->wish == TMD_ANCHOR_PRESENT)
		tmd_anchor_note_others(ctx, file.path, &view->warnings);
	tmd_anchor_file_release(&file);
	return TMD_OK;
}

static bool bundle_has_issuer(struct tmd_ctx *ctx, const struct tmd_anchor *anchor)
{
	return tmd_anchor_file_has_issuer(ctx, anchor->bundle, anchor->cert);
}

static enum tmd_rc refuse_unloadable(const struct tmd_anchor_file *file, struct tmd_error *err)
{
	const char *text = tmd_buf_str(&file->text);
	struct tmd_error why = { 0 };

	tmd_bundle_explain(&file->scan, text, file->text.len, file->path,
			   "name a PEM file with CERTIFICATE blocks", &why);
	return tmd_fail(err, TMD_E_CONFLICT, file->path,
			tmd_bundle_can_be_mended(&file->scan, text, file->text.len) ? MEND
										    : why.hint,
			"no program can load this bundle: %s", why.message);
}

static enum tmd_rc check_file(const struct tmd_anchor_file *file, struct tmd_error *err)
{
	if (file->gone)
		return tmd_fail(err, TMD_E_NOT_FOUND, file->path,
				"the type bundle makes one, from sources and extra certificates",
				"there is no bundle to add a certificate to");
	if (file->trouble)
		return tmd_fail(err, TMD_E_CONFLICT, file->path,
				"name a bundle in PEM that can be read", "%s", file->trouble);
	if (file->scan.has_private_key)
		return tmd_fail(err, TMD_E_CONFLICT, file->path, "name a bundle of CA certificates",
				"the file holds a private key: it is no bundle");
	return file->scan.loads ? TMD_OK : refuse_unloadable(file, err);
}

/* Some programs take a bundle without certificates for a reason to verify nothing. */
static enum tmd_rc cut(const struct tmd_anchor *anchor, struct tmd_buf *text, struct tmd_error *err)
{
	struct tmd_bundle left = { 0 };
	size_t count;

	if (tmd_bundle_cut(text, anchor->cert->der, anchor->cert->der_len, err) ||
	    tmd_bundle_scan(tmd_buf_str(text), text->len, &left, err))
		return TMD_FAILED;
	count = left.count;
	tmd_bundle_release(&left);
	if (count)
		return TMD_OK;
	return tmd_fail(err, TMD_E_CONFLICT, anchor->bundle,
			"the type bundle with state=absent removes the file",
			"it is the only certificate of the bundle");
}

/* What stands before it may swallow it, and every run would add it once more. */
static enum tmd_rc check_read(const struct tmd_anchor *anchor, const struct tmd_buf *text,
			      struct tmd_error *err)
{
	TMD_CLEANUP(tmd_bundle_release) struct tmd_bundle scan = { 0 };

	if (tmd_bundle_scan(tmd_buf_str(text), text->len, &scan, err))
		return TMD_FAILED;
	if (tmd_bundle_find(&scan, anchor->cert->der, anchor->cert->der_len, 0))
		return TMD_OK;
	return tmd_fail(err, TMD_E_CONFLICT, anchor->bundle,
			MEND,
			"no program would read a certificate at its end: %s",
			scan.problems.count ? scan.problems.items[0] : "something swallows it");
}

static enum tmd_rc edit(const struct tmd_anchor *anchor, struct tmd_buf *text,
			struct tmd_error *err)
{
	const struct tmd_cert *cert = anchor->cert;

	if (anchor->wish == TMD_ANCHOR_ABSENT)
		return cut(anchor, text, err);
	tmd_bundle_append(text, cert->der, cert->der_len);
	if (tmd_bundle_validate(tmd_buf_str(text), text->len, anchor->bundle, err))
		return TMD_FAILED;
	return check_read(anchor, text, err);
}

static enum tmd_rc plan_edit(struct tmd_resource *r, const struct tmd_anchor_file *file,
			     struct tmd_changeset *set, struct tmd_error *err)
{
	const struct tmd_anchor *anchor = tmd_anchor_of(r);
	TMD_AUTO_BUF struct tmd_buf text = { 0 };

	if (check_file(file, err))
		return TMD_FAILED;
	if (anchor->wish == TMD_ANCHOR_PRESENT &&
	    tmd_anchor_file_trust(file, anchor->cert) == TMD_TRUST_NONE)
		return tmd_fail(err, TMD_E_CONFLICT, file->path,
				"replace that block by a plain CERTIFICATE block",
				"the bundle holds it in a TRUSTED CERTIFICATE block whose trust "
				"settings reject it for servers");
	tmd_buf_add(&text, tmd_buf_str(&file->text), file->text.len);
	if (edit(anchor, &text, err) || tmd_buf_check(&text, file->path, err))
		return TMD_FAILED;
	tmd_changeset_write(set, file->path, &text, NULL);
	return TMD_OK;
}

static enum tmd_rc bundle_plan(struct tmd_ctx *ctx, struct tmd_resource *r,
			       struct tmd_changeset *set, struct tmd_error *err)
{
	const struct tmd_anchor *anchor = tmd_anchor_of(r);
	TMD_AUTO_FREE char *why = NULL;
	struct tmd_anchor_file file = { 0 };
	enum tmd_rc rc;

	if (anchor->wish == TMD_ANCHOR_DISTRUSTED)
		return tmd_fail(err, TMD_E_UNSUPPORTED, anchor->bundle, "write state=absent",
				"a bundle file has no way to distrust a certificate");
	why = anchor->wish == TMD_ANCHOR_PRESENT ? find_obstacle(ctx, anchor->bundle) : NULL;
	if (why)
		return tmd_fail(err, TMD_E_CONFLICT, anchor->bundle,
				"chmod a+r the file, and a+x the directories on the way",
				"not every user could use the certificate: %s", why);
	if (tmd_anchor_check_verification(anchor, err) ||
	    (anchor->wish == TMD_ANCHOR_PRESENT &&
	     tmd_own_place_check(ctx, anchor->bundle, err)) ||
	    tmd_anchor_file_load(ctx, anchor->bundle, &file, err))
		return TMD_FAILED;
	rc = plan_edit(r, &file, set, err);
	tmd_anchor_file_release(&file);
	return rc;
}

struct listed {
	struct tmd_ctx *ctx;
	const struct tmd_anchor_file *file;
};

static enum tmd_rc judge(void *arg, const struct tmd_anchor *anchor, struct tmd_anchor_view *view,
			 struct tmd_error *err)
{
	const struct listed *listed = arg;

	(void)err;
	judge_file(anchor, listed->file, view);
	judge_reach(listed->ctx, listed->file, view);
	tmd_anchor_note_others(listed->ctx, listed->file->path, &view->warnings);
	return TMD_OK;
}

static enum tmd_rc bundle_list(struct tmd_ctx *ctx, const struct tmd_anchor *store,
			       struct tmd_anchor_listing *listing, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_anchor_file_release) struct tmd_anchor_file file = { 0 };
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	struct listed listed = { ctx, &file };
	struct tmd_anchor_certs certs = { 0 };

	/* A bundle that is missing or cannot be read is not an empty one. */
	if (tmd_view_read(ctx->view, store->bundle, TMD_BUNDLE_MAX, &text, NULL, err) ||
	    tmd_anchor_file_load(ctx, store->bundle, &file, err))
		return TMD_FAILED;
	tmd_anchor_certs_add(&certs, &file);
	return tmd_anchor_certs_list(&certs, store, judge, &listed, listing, err);
}

const struct tmd_anchor_backend tmd_anchor_bundle = {
	.name = "bundle",
	.read = bundle_read,
	.plan = bundle_plan,
	.list = bundle_list,
	.has_issuer = bundle_has_issuer,
};
