/* Looks at the file that a variable names the way the programs will that heed the variable. */
#include "resources/env/ca_file.h"

#include "os/path.h"
#include "x509/bundle.h"
#include "x509/pem.h"

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

/* Why it does not load, as a phrase; NULL: it does. */
static const char *trouble(const struct tmd_buf *text, const struct tmd_bundle *bundle)
{
	if (bundle->loads)
		return NULL;
	switch (tmd_text_kind(tmd_buf_str(text), text->len)) {
	case TMD_TEXT_EMPTY:
		return "is empty";
	case TMD_TEXT_HTML:
		return "is a web page (HTML)";
	case TMD_TEXT_UTF16:
		return "is UTF-16 text, which no TLS library reads";
	case TMD_TEXT_PLAIN:
		break;
	}
	return bundle->count ? "does not load: it is damaged" : "holds no certificate in PEM";
}

void tmd_env_note_ca_file(struct tmd_ctx *ctx, const char *name, const char *path,
			  struct tmd_strv *out)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	struct tmd_bundle bundle = { 0 };
	struct tmd_error err = { 0 };
	const char *why;

	if (!tmd_path_is_absolute(path))
		return;
	if (tmd_view_read(ctx->view, path, TMD_BUNDLE_MAX, &text, NULL, &err)) {
		note_unreadable(ctx, name, path, &err, out);
		return;
	}
	if (tmd_bundle_scan(tmd_buf_str(&text), text.len, &bundle, &err))
		return;
	why = trouble(&text, &bundle);
	if (why)
		tmd_strv_addf(out, "%s: %s %s", name, path, why);
	tmd_bundle_release(&bundle);
}
