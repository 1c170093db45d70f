/* Compiling in memory what update-ca-certificates would compile. */
#include "resources/anchor/unix/debian_compile.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

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

enum tmd_rc tmd_debian_compile(const struct tmd_debian_inputs *inputs,
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
	if (tmd_buf_check(&whole.text, TMD_DEBIAN_BUNDLE, err) ||
	    tmd_bundle_scan(tmd_buf_str(&whole.text), whole.text.len, &whole.scan, err))
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
