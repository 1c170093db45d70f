/* Looks at the file that a variable names the way the programs will that heed the variable. */
#include "resources/env/ca_file.h"

#include "os/path.h"
#include "resources/env/env.h"
#include "x509/bundle.h"

static bool is_directory(struct tmd_ctx *ctx, const char *path)
{
	struct tmd_error ignored = { 0 };
	struct tmd_stat st;

	return !tmd_view_stat(ctx->view, path, &st, &ignored) && st.type == TMD_FILE_DIRECTORY;
}

static void note_unreadable(struct tmd_ctx *ctx, const char *name, const char *path,
			    const struct tmd_error *why, struct tmd_strv *out)
{
	if (why->kind == TMD_E_NOT_FOUND)
		tmd_strv_addf(out, "%s: there is no file %s", name, path);
	else if (is_directory(ctx, path))
		tmd_strv_addf(out, "%s: %s is a directory, not a PEM file", name, path);
	else
		tmd_strv_addf(out, "%s: %s: %s", name, path, why->message);
}

/* What it is instead of a bundle, and what to do about that. */
static void note_unloadable(const char *name, const char *path, const struct tmd_bundle *bundle,
			    const struct tmd_buf *text, struct tmd_strv *out)
{
	struct tmd_error why = { 0 };

	tmd_bundle_explain(bundle, tmd_buf_str(text), text->len, path, "name a CA bundle in PEM",
			   &why);
	tmd_strv_addf(out, "%s: no program can load %s: %s; %s", name, path, why.message, why.hint);
}

void tmd_env_note_ca_file(struct tmd_ctx *ctx, const char *name, const char *path,
			  struct tmd_strv *out)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	struct tmd_bundle bundle = { 0 };
	struct tmd_error err = { 0 };

	if (!tmd_path_is_absolute(path))
		return;
	if (tmd_view_read(ctx->view, path, TMD_BUNDLE_MAX, &text, NULL, &err)) {
		note_unreadable(ctx, name, path, &err, out);
		return;
	}
	if (tmd_bundle_scan(tmd_buf_str(&text), text.len, &bundle, &err))
		return;
	if (!bundle.loads)
		note_unloadable(name, path, &bundle, &text, out);
	tmd_bundle_release(&bundle);
}

void tmd_env_note_own_ca_file(struct tmd_ctx *ctx, const struct tmd_resource *r,
			      struct tmd_strv *out)
{
	const char *path = tmd_value_str(&r->current[TMD_ENV_VALUE]);

	if (path && tmd_env_names_ca_file(r->name))
		tmd_env_note_ca_file(ctx, r->name, path, out);
}
