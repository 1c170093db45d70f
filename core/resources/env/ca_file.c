/* Looks at the file that a variable names the way the programs will that heed the variable. */
#include "resources/env/ca_file.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "resources/env/env.h"
#include "resources/env/trust_vars.h"
#include "resources/scans.h"
#include "x509/bundle.h"

/* ---- directories, which Requests takes too ---- */

static bool is_directory(struct tmd_ctx *ctx, const char *path)
{
	struct tmd_error ignored = { 0 };
	struct tmd_stat st;

	return !tmd_view_stat(ctx->view, path, &st, &ignored) && st.type == TMD_FILE_DIRECTORY;
}

static void note_directory(struct tmd_ctx *ctx, const char *name, const char *path,
			   struct tmd_strv *out)
{
	if (tmd_env_trust(name) == TMD_ENV_TRUST_FILE_OR_DIR)
		tmd_env_note_ca_dir(ctx, name, path, out);
	else
		tmd_strv_addf(out, "%s: %s is a directory, not a PEM file", name, path);
}

/* ---- files ---- */

/* A file that the run changes is judged as it will be. */
static const char *when(const struct tmd_ctx *ctx, const char *path)
{
	return tmd_view_is_planned(ctx->view, path) ? "after this run, " : "";
}

static void note_unreadable(struct tmd_ctx *ctx, const char *name, const char *path,
			    const struct tmd_error *why, struct tmd_strv *out)
{
	if (why->kind == TMD_E_NOT_FOUND)
		tmd_strv_addf(out, "%s: there is no file %s", name, path);
	else if (is_directory(ctx, path))
		note_directory(ctx, name, path, out);
	else
		tmd_strv_addf(out, "%s: %s: %s", name, path, why->message);
}

/* What it is instead of a bundle, and what to do about that. */
static void note_unloadable(struct tmd_ctx *ctx, const char *name, const char *path,
			    const struct tmd_bundle *bundle, const struct tmd_buf *text,
			    struct tmd_strv *out)
{
	struct tmd_error why = { 0 };

	tmd_bundle_explain(bundle, tmd_buf_str(text), text->len, path, "name a CA bundle in PEM",
			   &why);
	tmd_strv_addf(out, "%s: %sno program can load %s: %s; %s", name, when(ctx, path), path,
		      why.message, why.hint);
}

static bool holds_root(const struct tmd_bundle *bundle, const char *root)
{
	TMD_AUTO_BUF struct tmd_buf der = { 0 };
	const struct tmd_bundle_entry *entry;
	struct tmd_error ignored = { 0 };

	if (tmd_cert_builtin_der(root, &der, &ignored))
		return false;
	entry = tmd_bundle_find(bundle, tmd_buf_str(&der), der.len, 0);
	return entry && entry->trust != TMD_TRUST_NONE;
}

/* Either is enough: the profile says why. */
static bool holds_needed_roots(const struct tmd_bundle *bundle)
{
	return holds_root(bundle, "starfield-services-root-g2") ||
	       holds_root(bundle, "amazon-root-ca-1");
}

/* What type bundle says of it too: a certificate that nobody reads, a private key. */
static void note_losses(const char *name, const char *path, const struct tmd_bundle *bundle,
			struct tmd_strv *losses)
{
	for (size_t i = 0; losses && i < bundle->losses.count; i++)
		tmd_strv_addf(losses, "%s: %s: %s", name, path, bundle->losses.items[i]);
}

static void note_content(struct tmd_ctx *ctx, const char *name, bool for_api, const char *path,
			 const struct tmd_buf *text, struct tmd_strv *out, struct tmd_strv *losses)
{
	struct tmd_bundle bundle = { 0 };
	struct tmd_error ignored = { 0 };

	if (tmd_scan_once(ctx, text, &bundle, &ignored))
		return;
	if (!bundle.loads)
		note_unloadable(ctx, name, path, &bundle, text, out);
	else if (for_api && !holds_needed_roots(&bundle))
		tmd_strv_addf(out,
			      "%s: %s%s holds neither starfield-services-root-g2 nor "
			      "amazon-root-ca-1, the roots of Flow Production Tracking: add one, as "
			      "with bundle apply path=%s extra=builtin:amazon-root-ca-1", name,
			      when(ctx, path), path, path);
	if (bundle.loads)
		note_losses(name, path, &bundle, losses);
	tmd_bundle_release(&bundle);
}

static void note_file(struct tmd_ctx *ctx, const char *name, bool for_api, const char *path,
		      struct tmd_strv *out, struct tmd_strv *losses)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	struct tmd_error err = { 0 };

	if (!tmd_path_is_absolute(path))
		return;
	if (tmd_view_read(ctx->view, path, TMD_BUNDLE_MAX, &text, NULL, &err))
		note_unreadable(ctx, name, path, &err, out);
	else
		note_content(ctx, name, for_api, path, &text, out, losses);
}

void tmd_env_note_ca_file(struct tmd_ctx *ctx, const char *name, const char *path,
			  struct tmd_strv *out, struct tmd_strv *losses)
{
	if (tmd_env_trust(name) == TMD_ENV_TRUST_DIRS)
		tmd_env_note_ca_dirs(ctx, name, path, out, losses);
	if (tmd_env_names_ca_file(name))
		note_file(ctx, name, tmd_str_equal_nocase(name, TMD_ENV_API_VARIABLE), path, out,
			  losses);
}

void tmd_env_note_api_ca_file(struct tmd_ctx *ctx, const char *who, const char *path,
			      struct tmd_strv *out, struct tmd_strv *losses)
{
	note_file(ctx, who, true, path, out, losses);
}
