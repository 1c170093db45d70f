/* Reading one file of a trust store. */
#include "resources/anchor/files.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

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

enum tmd_rc tmd_anchor_file_load(struct tmd_ctx *ctx, const char *path, struct tmd_anchor_file *out,
				 struct tmd_error *err)
{
	struct tmd_anchor_file file = { .path = tmd_strdup(path) };
	struct tmd_error local = { 0 };

	if (tmd_ctx_read(ctx, path, TMD_BUNDLE_MAX, &file.text, NULL, &local)) {
		tmd_buf_release(&file.text);
		file.gone = local.kind == TMD_E_NOT_FOUND;
		file.trouble = tmd_strdup(local.message);
		*out = file;
		return TMD_OK;
	}
	if (tmd_bundle_scan(tmd_buf_str(&file.text), file.text.len, &file.scan, err)) {
		tmd_anchor_file_release(&file);
		return TMD_FAILED;
	}
	file.is_der = !file.scan.count && is_der_certificate(&file.text);
	*out = file;
	return TMD_OK;
}

bool tmd_anchor_file_holds(const struct tmd_anchor_file *file, const struct tmd_cert *cert)
{
	if (file->is_der)
		return tmd_buf_equal(&file->text, cert->der, cert->der_len);
	return tmd_bundle_find(&file->scan, cert->der, cert->der_len, 0) != NULL;
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

enum tmd_rc tmd_anchor_file_breaks(const struct tmd_anchor_file *file, const struct tmd_cert *cert,
				   bool *breaks, struct tmd_error *err)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	struct tmd_bundle scan = { 0 };

	tmd_cert_add_pem(&text, cert->der, cert->der_len);
	tmd_anchor_file_compile(file, &text);
	tmd_cert_add_pem(&text, cert->der, cert->der_len);
	if (tmd_bundle_scan(tmd_buf_str(&text), text.len, &scan, err))
		return TMD_FAILED;
	*breaks = !scan.loads || scan.count < 2 + file->scan.count;
	tmd_bundle_release(&scan);
	return TMD_OK;
}
