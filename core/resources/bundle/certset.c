/* Sets of certificates. Sorted by pointer where thousands have to be compared. */
#include "resources/bundle/certset.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "x509/pem.h"

#define COMMENT_MAX 200 /* bytes: OpenSSL reads lines longer than 254 in pieces */

void tmd_certset_release(struct tmd_certset *set)
{
	for (size_t i = 0; i < set->count; i++)
		free(set->items[i].der);
	free(set->items);
	memset(set, 0, sizeof(*set));
}

void tmd_certset_add(struct tmd_certset *set, const void *der, size_t len)
{
	set->items = tmd_grow(set->items, &set->cap, set->count + 1, sizeof(*set->items));
	set->items[set->count].der = tmd_memdup(der, len);
	set->items[set->count].len = len;
	set->count++;
}

void tmd_certset_add_bundle(struct tmd_certset *set, const struct tmd_bundle *bundle)
{
	for (size_t i = 0; i < bundle->count; i++)
		tmd_certset_add(set, bundle->entries[i].der, bundle->entries[i].der_len);
}

void tmd_certset_add_all(struct tmd_certset *set, const struct tmd_bundle *bundle)
{
	size_t seen = 0;

	for (size_t i = 0; i < bundle->hidden_count; i++) {
		const struct tmd_hidden *hidden = &bundle->hidden[i];

		for (; seen < bundle->count && bundle->entries[seen].at <= hidden->at; seen++)
			tmd_certset_add(set, bundle->entries[seen].der,
					bundle->entries[seen].der_len);
		tmd_certset_add(set, hidden->der, hidden->der_len);
	}
	for (; seen < bundle->count; seen++)
		tmd_certset_add(set, bundle->entries[seen].der, bundle->entries[seen].der_len);
}

static int compare_content(const struct tmd_cert_item *a, const struct tmd_cert_item *b)
{
	if (a->len != b->len)
		return a->len < b->len ? -1 : 1;
	return memcmp(a->der, b->der, a->len);
}

static int compare_by_content(const void *a, const void *b)
{
	const struct tmd_cert_item *x = *(const struct tmd_cert_item *const *)a;
	const struct tmd_cert_item *y = *(const struct tmd_cert_item *const *)b;
	int order = compare_content(x, y);

	/* Of equal ones the first in the list comes first. */
	return order ? order : (x > y) - (x < y);
}

/* Pointers to the items, sorted; the caller frees. */
static const struct tmd_cert_item **sorted(const struct tmd_certset *set)
{
	const struct tmd_cert_item **index = tmd_alloc(set->count, sizeof(*index));

	for (size_t i = 0; i < set->count; i++)
		index[i] = &set->items[i];
	if (set->count > 1)
		qsort(index, set->count, sizeof(*index), compare_by_content);
	return index;
}

void tmd_certset_make_unique(struct tmd_certset *set)
{
	TMD_AUTO_FREE const struct tmd_cert_item **index = sorted(set);
	TMD_AUTO_FREE bool *again = tmd_alloc(set->count, sizeof(*again));
	size_t kept = 0;

	for (size_t i = 1; i < set->count; i++)
		again[index[i] - set->items] = compare_content(index[i - 1], index[i]) == 0;
	for (size_t i = 0; i < set->count; i++) {
		if (again[i])
			free(set->items[i].der);
		else
			set->items[kept++] = set->items[i];
	}
	set->count = kept;
}

bool tmd_certset_has(const struct tmd_certset *set, const void *der, size_t len)
{
	for (size_t i = 0; i < set->count; i++) {
		if (set->items[i].len == len && memcmp(set->items[i].der, der, len) == 0)
			return true;
	}
	return false;
}

const struct tmd_cert_item *tmd_certset_find_sha256(const struct tmd_certset *set,
						    const char *sha256)
{
	char hex[65];

	for (size_t i = 0; i < set->count; i++) {
		tmd_sha256_hex(set->items[i].der, set->items[i].len, hex);
		if (strcmp(hex, sha256) == 0)
			return &set->items[i];
	}
	return NULL;
}

static int compare_with_listed(const void *item, const void *listed)
{
	return compare_content(item, *(const struct tmd_cert_item *const *)listed);
}

void tmd_certset_subtract(const struct tmd_certset *from, const struct tmd_certset *without,
			  struct tmd_certset *out)
{
	TMD_AUTO_FREE const struct tmd_cert_item **index = sorted(without);
	struct tmd_certset rest = { 0 };

	for (size_t i = 0; i < from->count; i++) {
		if (!bsearch(&from->items[i], index, without->count, sizeof(*index),
			     compare_with_listed))
			tmd_certset_add(&rest, from->items[i].der, from->items[i].len);
	}
	tmd_certset_release(out);
	*out = rest;
}

void tmd_certset_describe(const struct tmd_certset *set, size_t digits, struct tmd_strv *out)
{
	for (size_t i = 0; i < set->count; i++) {
		const struct tmd_cert_item *item = &set->items[i];
		TMD_AUTO_FREE char *subject = tmd_cert_subject(item->der, item->len);
		char hex[65];

		tmd_sha256_hex(item->der, item->len, hex);
		tmd_strv_addf(out, "%s (sha256 %.*s)", subject, (int)digits, hex);
	}
	tmd_strv_sort(out);
}

void tmd_certset_render(const struct tmd_certset *set, struct tmd_buf *out)
{
	for (size_t i = 0; i < set->count; i++) {
		const struct tmd_cert_item *item = &set->items[i];
		TMD_AUTO_FREE char *subject = tmd_cert_subject(item->der, item->len);

		tmd_buf_add_str(out, i ? "\n# " : "# ");
		tmd_buf_add(out, subject, tmd_text_clip(subject, COMMENT_MAX));
		tmd_buf_add_char(out, '\n');
		tmd_cert_add_pem(out, item->der, item->len);
	}
}
