/* Reading one file of a trust store. */
#include "resources/anchor/files.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "resources/scans.h"
#include "x509/pem.h"

void tmd_anchor_file_release(struct tmd_anchor_file *file)
{
	free(file->path);
	free(file->trouble);
	tmd_buf_release(&file->text);
	tmd_bundle_release(&file->scan);
	memset(file, 0, sizeof(*file));
}

static bool looks_like_der(const struct tmd_buf *text)
{
	return text->len > 4 && (unsigned char)text->data[0] == 0x30 && text->len <= TMD_CERT_MAX;
}

static bool is_der_certificate(const struct tmd_buf *text)
{
	struct tmd_error ignored = { 0 };
	struct tmd_cert *cert = NULL;

	if (!looks_like_der(text) || tmd_cert_parse(text->data, text->len, &cert, &ignored))
		return false;
	tmd_cert_free(cert);
	return true;
}

/* Text in UTF-16 is no PEM to anybody, and is copied all the same. */
static bool has_wide_key(const struct tmd_buf *text)
{
	TMD_AUTO_BUF struct tmd_buf narrow = { 0 };

	if (tmd_text_kind(tmd_buf_str(text), text->len) != TMD_TEXT_UTF16)
		return false;
	for (size_t i = 0; i < text->len; i++) {
		if (text->data[i])
			tmd_buf_add_char(&narrow, text->data[i]);
	}
	return tmd_text_find(tmd_buf_str(&narrow), narrow.len, "PRIVATE KEY--") < narrow.len;
}

void tmd_anchor_file_read(struct tmd_ctx *ctx, const char *path, struct tmd_anchor_file *out)
{
	struct tmd_anchor_file file = { .path = tmd_strdup(path) };
	struct tmd_error why = { 0 };
	struct tmd_stat st = { 0 };

	if (tmd_view_read(ctx->view, path, TMD_BUNDLE_MAX, &file.text, &st, &why)) {
		tmd_buf_release(&file.text);
		file.gone = why.kind == TMD_E_NOT_FOUND;
		file.trouble = tmd_strdup(why.message);
	}
	file.device = st.device;
	file.inode = st.inode;
	*out = file;
}

enum tmd_rc tmd_anchor_file_scan(struct tmd_ctx *ctx, struct tmd_anchor_file *file,
				 struct tmd_error *err)
{
	if (file->trouble)
		return TMD_OK;
	if (tmd_scan_once(ctx, &file->text, &file->scan, err))
		return TMD_FAILED;
	file->scan.has_private_key |= has_wide_key(&file->text);
	file->is_der = !file->scan.count && is_der_certificate(&file->text);
	return TMD_OK;
}

enum tmd_rc tmd_anchor_file_load(struct tmd_ctx *ctx, const char *path, struct tmd_anchor_file *out,
				 struct tmd_error *err)
{
	struct tmd_anchor_file file;

	tmd_anchor_file_read(ctx, path, &file);
	if (tmd_anchor_file_scan(ctx, &file, err)) {
		tmd_anchor_file_release(&file);
		return TMD_FAILED;
	}
	*out = file;
	return TMD_OK;
}

bool tmd_anchor_file_holds(const struct tmd_anchor_file *file, const struct tmd_cert *cert)
{
	if (file->is_der)
		return tmd_buf_equal(&file->text, cert->der, cert->der_len);
	return tmd_bundle_find(&file->scan, cert->der, cert->der_len, 0) != NULL;
}

enum tmd_trust tmd_anchor_file_trust(const struct tmd_anchor_file *file,
				     const struct tmd_cert *cert)
{
	const struct tmd_bundle_entry *entry =
		tmd_bundle_find(&file->scan, cert->der, cert->der_len, 0);

	return entry ? entry->trust : TMD_TRUST_UNSET;
}

bool tmd_anchor_file_has_issuer(struct tmd_ctx *ctx, const char *path, const struct tmd_cert *cert)
{
	TMD_CLEANUP(tmd_anchor_file_release) struct tmd_anchor_file file = { 0 };
	struct tmd_error ignored = { 0 };

	return tmd_anchor_file_load(ctx, path, &file, &ignored) == TMD_OK &&
	       tmd_policy_has_issuer(&file.scan, cert);
}

bool tmd_anchor_file_is_only(const struct tmd_anchor_file *file, const struct tmd_cert *cert)
{
	return file->scan.count == 1 && file->scan.loads && tmd_anchor_file_holds(file, cert);
}

size_t tmd_anchor_file_count(const struct tmd_anchor_file *file)
{
	return file->is_der ? 1 : file->scan.count;
}

void tmd_anchor_file_compile(const struct tmd_anchor_file *file, struct tmd_buf *bundle)
{
	if (!file->text.len)
		return;
	tmd_buf_add(bundle, file->text.data, file->text.len);
	if (file->text.data[file->text.len - 1] != '\n')
		tmd_buf_add_char(bundle, '\n');
}

static bool is_read_at(const struct tmd_bundle *scan, size_t at, const struct tmd_cert *cert)
{
	const struct tmd_bundle_entry *entry = tmd_bundle_find(scan, cert->der, cert->der_len, 0);

	while (entry && entry->at != at)
		entry = tmd_bundle_find(scan, cert->der, cert->der_len,
					(size_t)(entry - scan->entries) + 1);
	return entry != NULL;
}

enum tmd_rc tmd_anchor_file_breaks(const struct tmd_anchor_file *file, const struct tmd_cert *cert,
				   bool *breaks, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_bundle_release) struct tmd_bundle scan = { 0 };
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	size_t behind;

	tmd_cert_add_pem(&text, cert->der, cert->der_len);
	tmd_anchor_file_compile(file, &text);
	behind = text.len;
	tmd_cert_add_pem(&text, cert->der, cert->der_len);
	if (tmd_bundle_scan(tmd_buf_str(&text), text.len, &scan, err))
		return TMD_FAILED;
	*breaks = !scan.loads || !is_read_at(&scan, 0, cert) || !is_read_at(&scan, behind, cert) ||
		  scan.count < 2 + file->scan.count;
	return TMD_OK;
}
