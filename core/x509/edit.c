/* Changing the text of a bundle without touching what is not asked for. */
#include "x509/bundle.h"

#include <string.h>

#include "base/mem.h"
#include "x509/loader.h"
#include "x509/pem.h"

/* The last line need not end at all. */
bool tmd_bundle_is_crlf(const char *data, size_t len)
{
	const char *at = data;
	const char *end = data + len;
	bool any = false;

	while (len && at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));

		if (!newline)
			break;
		if (newline == data || newline[-1] != '\r')
			return false;
		any = true;
		at = newline + 1;
	}
	return any;
}

void tmd_bundle_add_block(struct tmd_buf *text, const void *der, size_t len, bool crlf)
{
	TMD_AUTO_BUF struct tmd_buf block = { 0 };

	tmd_cert_add_pem(&block, der, len);
	for (size_t i = 0; i < block.len; i++) {
		if (block.data[i] == '\n' && crlf)
			tmd_buf_add_char(text, '\r');
		tmd_buf_add_char(text, block.data[i]);
	}
}

/* Behind a line that starts with a NUL byte OpenSSL reads nothing. */
static size_t read_end(const struct tmd_buf *text)
{
	TMD_AUTO_BUF struct tmd_buf copy = { 0 };

	if (!text->len || !memchr(text->data, '\0', text->len))
		return text->len;
	tmd_buf_add(&copy, text->data, text->len);
	return tmd_loader_as_file(copy.data, copy.len);
}

void tmd_bundle_append(struct tmd_buf *text, const void *der, size_t len)
{
	TMD_AUTO_BUF struct tmd_buf block = { 0 };
	size_t at = read_end(text);
	bool crlf = tmd_bundle_is_crlf(text->data, at);

	/* A block glued to the line before it makes the whole bundle unloadable. */
	if (at && text->data[at - 1] != '\n')
		tmd_buf_add_str(&block, crlf ? "\r\n" : "\n");
	tmd_bundle_add_block(&block, der, len, crlf);
	tmd_buf_splice(text, at, 0, block.data, block.len);
}

/* The newline behind a block stays when the block did not start its line. */
static void cut_entry(struct tmd_buf *text, const struct tmd_bundle_entry *entry)
{
	size_t cut = entry->block;
	bool at_line_start = entry->at == tmd_text_bom(text->data, text->len) ||
			     text->data[entry->at - 1] == '\n';

	if (at_line_start) {
		tmd_buf_splice(text, entry->at, cut, NULL, 0);
		return;
	}
	if (text->data[entry->at + cut - 1] == '\n')
		cut--;
	if (cut == entry->block)
		tmd_buf_splice(text, entry->at, cut, "\n", 1);
	else
		tmd_buf_splice(text, entry->at, cut, NULL, 0);
}

enum tmd_rc tmd_bundle_cut(struct tmd_buf *text, const void *der, size_t len, struct tmd_error *err)
{
	struct tmd_bundle bundle = { 0 };

	if (tmd_bundle_scan(tmd_buf_str(text), text->len, &bundle, err))
		return TMD_FAILED;
	for (size_t i = bundle.count; i > 0; i--) {
		const struct tmd_bundle_entry *entry = &bundle.entries[i - 1];

		if (entry->der_len == len && memcmp(entry->der, der, len) == 0)
			cut_entry(text, entry);
	}
	tmd_bundle_release(&bundle);
	return TMD_OK;
}
