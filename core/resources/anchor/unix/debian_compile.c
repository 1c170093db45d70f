/* Compiling in memory what update-ca-certificates would compile. */
#include "resources/anchor/unix/debian_compile.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "resources/scans.h"
#include "x509/pem.h"

void tmd_debian_whole_release(struct tmd_debian_whole *whole)
{
	tmd_buf_release(&whole->text);
	tmd_bundle_release(&whole->scan);
	free(whole->parts);
	memset(whole, 0, sizeof(*whole));
}

static void add_part(struct tmd_debian_whole *whole, const struct tmd_debian_input *input)
{
	whole->parts = tmd_grow(whole->parts, &whole->cap, whole->count + 1, sizeof(*whole->parts));
	whole->parts[whole->count++] = (struct tmd_debian_part){ input, whole->text.len };
	if (input)
		tmd_anchor_file_compile(&input->file, &whole->text);
}

static void add_own(struct tmd_debian_whole *whole, const struct tmd_cert *cert)
{
	add_part(whole, NULL);
	tmd_cert_add_pem(&whole->text, cert->der, cert->der_len);
}

/* Does the part read the same wherever it stands, so that nobody has to look at the whole? */
static bool is_plain(const struct tmd_debian_part *part)
{
	const struct tmd_anchor_file *file = part->input ? &part->input->file : NULL;

	if (!file || !file->text.len)
		return true;
	return file->scan.shape == TMD_SHAPE_PLAIN &&
	       (!part->at || !tmd_text_bom(file->text.data, file->text.len));
}

static bool all_plain(const struct tmd_debian_whole *whole)
{
	for (size_t i = 0; i < whole->count; i++) {
		if (!is_plain(&whole->parts[i]))
			return false;
	}
	return true;
}

static void add_entry(struct tmd_bundle *scan, const struct tmd_bundle_entry *entry, size_t at)
{
	scan->entries =
		tmd_grow(scan->entries, &scan->cap, scan->count + 1, sizeof(*scan->entries));
	scan->entries[scan->count] = *entry;
	scan->entries[scan->count++].at += at;
}

/* What a scan of plain parts finds is what scans of them found; lines are not told. */
static void join(struct tmd_debian_whole *whole, const struct tmd_cert *cert)
{
	const struct tmd_bundle_entry own = { .der = cert ? cert->der : NULL,
					      .der_len = cert ? cert->der_len : 0 };

	for (size_t i = 0; i < whole->count; i++) {
		const struct tmd_debian_part *part = &whole->parts[i];
		const struct tmd_bundle *alone = part->input ? &part->input->file.scan : NULL;

		if (!alone)
			add_entry(&whole->scan, &own, part->at);
		for (size_t k = 0; alone && k < alone->count; k++)
			add_entry(&whole->scan, &alone->entries[k], part->at);
	}
	whole->scan.shape = TMD_SHAPE_PLAIN;
	whole->scan.loads = whole->scan.count > 0;
}

static enum tmd_rc scan(struct tmd_ctx *ctx, struct tmd_debian_whole *whole,
			const struct tmd_cert *cert, struct tmd_error *err)
{
	if (tmd_buf_check(&whole->text, TMD_DEBIAN_BUNDLE, err))
		return TMD_FAILED;
	if (!all_plain(whole))
		return tmd_scan_once(ctx, &whole->text, &whole->scan, err);
	join(whole, cert);
	return TMD_OK;
}

enum tmd_rc tmd_debian_compile(struct tmd_ctx *ctx, const struct tmd_debian_inputs *inputs,
			       const struct tmd_strv *dropped, const char *own,
			       const struct tmd_cert *cert, struct tmd_debian_whole *out,
			       struct tmd_error *err)
{
	TMD_CLEANUP(tmd_debian_whole_release) struct tmd_debian_whole whole = { 0 };
	bool waits = own != NULL; /* for its place among the local ones, which are sorted */

	for (size_t i = 0; i < inputs->count; i++) {
		const struct tmd_debian_input *input = &inputs->items[i];
		int order = own && input->local ? strcmp(own, input->file.path) : 1;

		if (waits && order <= 0) {
			add_own(&whole, cert);
			waits = false;
		}
		if (order && !input->mangled && !tmd_strv_has(dropped, input->file.path))
			add_part(&whole, input);
	}
	if (waits)
		add_own(&whole, cert);
	if (scan(ctx, &whole, cert, err))
		return TMD_FAILED;
	*out = whole;
	memset(&whole, 0, sizeof(whole));
	return TMD_OK;
}

/* Does a certificate begin at this byte? Looks from entry `*from` on, and moves it. */
static bool begins_at(const struct tmd_bundle *scan, size_t at, size_t *from)
{
	while (*from < scan->count && scan->entries[*from].at < at)
		++*from;
	return *from < scan->count && scan->entries[*from].at == at;
}

static bool is_read_in_place(const struct tmd_debian_whole *whole,
			     const struct tmd_debian_part *part, size_t *from)
{
	const struct tmd_bundle *alone = part->input ? &part->input->file.scan : NULL;

	if (!alone)
		return begins_at(&whole->scan, part->at, from);
	for (size_t i = 0; alone->loads && i < alone->count; i++) {
		if (!begins_at(&whole->scan, part->at + alone->entries[i].at, from))
			return false;
	}
	return true;
}

bool tmd_debian_whole_is_sound(const struct tmd_debian_whole *whole)
{
	size_t from = 0;

	for (size_t i = 0; i < whole->count; i++) {
		if (!is_read_in_place(whole, &whole->parts[i], &from))
			return false;
	}
	return whole->scan.loads || !whole->scan.count;
}

const struct tmd_debian_input *tmd_debian_whole_lost(const struct tmd_debian_whole *whole,
						     size_t *next)
{
	while (*next < whole->count) {
		const struct tmd_debian_part *part = &whole->parts[(*next)++];
		size_t from = 0;

		if (part->input && !is_read_in_place(whole, part, &from))
			return part->input;
	}
	return NULL;
}
