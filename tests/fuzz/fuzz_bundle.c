/*
 * Scanning bundles against the loader that their readers use: `loads` says what
 * X509_STORE_load_file() says, the entries of a bundle that loads are exactly the
 * certificates in the store, and editing keeps its promises. Nothing is invented: what is found
 * hidden parses to the last byte; a mended text loads, holds all that could be read and all that
 * was hidden, and needs no mending. A slice of a scan is what a scan of those lines alone is.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include "scratch.h"
#include "x509/bundle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int holds)
{
	if (!holds)
		abort();
}

/* The store that OpenSSL makes of it, or NULL when it does not load. */
static X509_STORE *load(const void *data, size_t size)
{
	X509_STORE *store = X509_STORE_new();
	const char *path = scratch_write(data, size);

	check(path != NULL);
	if (X509_STORE_load_file(store, path) == 1)
		return store;
	X509_STORE_free(store);
	return NULL;
}

static size_t count_loaded(X509_STORE *store, const struct tmd_bundle *bundle)
{
	STACK_OF(X509_OBJECT) *objects = X509_STORE_get0_objects(store);
	size_t count = 0;

	for (int i = 0; i < sk_X509_OBJECT_num(objects); i++) {
		X509 *cert = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(objects, i));
		unsigned char *der = NULL;
		int len;

		if (!cert)
			continue;
		count++;
		len = i2d_X509(cert, &der);
		check(len > 0 && tmd_bundle_find(bundle, der, (size_t)len, 0) != NULL);
		OPENSSL_free(der);
	}
	return count;
}

static void check_entries(const struct tmd_bundle *bundle, size_t size)
{
	size_t end = 0;

	for (size_t i = 0; i < bundle->count; i++) {
		const struct tmd_bundle_entry *entry = &bundle->entries[i];

		check(entry->at >= end && entry->block <= size - entry->at);
		check(entry->line > 0 && entry->der_len > 0);
		end = entry->at + entry->block;
	}
}

/* Cutting takes out all of one certificate; appending to a good bundle leaves it good. */
static void check_editing(const struct tmd_bundle *bundle, const uint8_t *data, size_t size)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	const struct tmd_bundle_entry *first = &bundle->entries[0];
	struct tmd_bundle after = { 0 };
	struct tmd_error err = { 0 };

	tmd_buf_add(&text, data, size);
	check(tmd_bundle_cut(&text, first->der, first->der_len, &err) == TMD_OK);
	check(tmd_bundle_scan(tmd_buf_str(&text), text.len, &after, &err) == TMD_OK);
	check(!bundle->loads || !tmd_bundle_find(&after, first->der, first->der_len, 0));
	check(!bundle->loads || after.loads || !after.count);
	tmd_bundle_release(&after);

	if (!bundle->loads || memchr(data, '\0', size))
		return;
	tmd_bundle_append(&text, first->der, first->der_len);
	check(tmd_bundle_scan(tmd_buf_str(&text), text.len, &after, &err) == TMD_OK);
	check(tmd_bundle_find(&after, first->der, first->der_len, 0) != NULL || !after.loads);
	tmd_bundle_release(&after);
}

static void check_hidden(const struct tmd_bundle *bundle, size_t size)
{
	for (size_t i = 0; i < bundle->hidden_count; i++) {
		const struct tmd_hidden *hidden = &bundle->hidden[i];
		const unsigned char *at = hidden->der;
		X509 *cert = d2i_X509(NULL, &at, (long)hidden->der_len);

		check(cert != NULL && at == hidden->der + hidden->der_len);
		check(hidden->at <= size && hidden->block <= size - hidden->at);
		check(hidden->line > 0 && hidden->why && bundle->losses.count > 0);
		X509_free(cert);
	}
}

/* All certificates of one scan are entries of the other. */
static void check_has_all(const struct tmd_bundle *mended, const struct tmd_bundle *bundle)
{
	for (size_t i = 0; i < bundle->count; i++)
		check(tmd_bundle_find(mended, bundle->entries[i].der, bundle->entries[i].der_len,
				      0) != NULL);
	for (size_t i = 0; i < bundle->hidden_count; i++)
		check(tmd_bundle_find(mended, bundle->hidden[i].der, bundle->hidden[i].der_len,
				      0) != NULL);
}

static void check_mending(const struct tmd_bundle *bundle, const uint8_t *data, size_t size)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	TMD_AUTO_BUF struct tmd_buf again = { 0 };
	TMD_AUTO_STRV struct tmd_strv dropped = { 0 };
	struct tmd_bundle mended = { 0 };
	struct tmd_error err = { 0 };

	check(tmd_bundle_repair(bundle, (const char *)data, size, &text, &dropped, &err) == TMD_OK);
	check(tmd_bundle_scan(tmd_buf_str(&text), text.len, &mended, &err) == TMD_OK);
	check(mended.loads && !mended.duplicates && mended.final_newline);
	check_has_all(&mended, bundle);
	check(tmd_bundle_repair(&mended, tmd_buf_str(&text), text.len, &again, &dropped, &err) ==
	      TMD_OK);
	check(mended.hidden_count || tmd_buf_equal(&again, text.data, text.len));
	tmd_bundle_release(&mended);
}

static void check_same(const struct tmd_bundle *slice, const struct tmd_bundle *alone)
{
	check(slice->count == alone->count && slice->loads == alone->loads);
	check(!alone->duplicates && !alone->hidden_count && !alone->problems.count);
	check(!alone->has_private_key && !alone->has_trusted && alone->final_newline);
	for (size_t i = 0; i < slice->count; i++) {
		const struct tmd_bundle_entry *one = &slice->entries[i];
		const struct tmd_bundle_entry *other = &alone->entries[i];

		check(tmd_bundle_entry_is(one, other->der, other->der_len));
		check(one->at == other->at && one->block == other->block && one->own == other->own);
		check(one->line == other->line && one->trust == other->trust &&
		      one->not_after == other->not_after);
	}
}

/* Between two others, whatever it is: a slice is what the text is alone, or there is none. */
static void check_slice(const struct tmd_bundle *alone, const uint8_t *data, size_t size)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	struct tmd_bundle whole = { 0 };
	struct tmd_bundle slice = { 0 };
	struct tmd_error err = { 0 };
	size_t from;

	tmd_cert_add_pem(&text, tmd_builtins[0].der, tmd_builtins[0].der_len);
	from = text.len;
	tmd_buf_add(&text, data, size);
	if (size && data[size - 1] != '\n')
		tmd_buf_add_char(&text, '\n');
	tmd_cert_add_pem(&text, tmd_builtins[1].der, tmd_builtins[1].der_len);
	check(tmd_bundle_scan(tmd_buf_str(&text), text.len, &whole, &err) == TMD_OK);
	if (tmd_bundle_slice(&whole, tmd_buf_str(&text), from, from + size, &slice))
		check_same(&slice, alone);
	tmd_bundle_release(&slice);
	tmd_bundle_release(&whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tmd_bundle bundle = { 0 };
	struct tmd_error err = { 0 };
	X509_STORE *store;
	size_t loaded;

	if (tmd_bundle_scan((const char *)data, size, &bundle, &err))
		abort();
	store = load(data, size);
	loaded = store ? count_loaded(store, &bundle) : 0;
	check(bundle.loads == (loaded > 0));
	if (store && loaded)
		check(loaded == bundle.count - bundle.duplicates);
	check(bundle.loads || bundle.problems.count > 0);
	check(bundle.loads ==
	      (tmd_bundle_validate((const char *)data, size, NULL, &err) == TMD_OK));
	check_entries(&bundle, size);
	check_hidden(&bundle, size);
	check_slice(&bundle, data, size);
	if (bundle.count + bundle.hidden_count && !bundle.has_private_key && !bundle.has_trusted)
		check_mending(&bundle, data, size);
	if (bundle.count)
		check_editing(&bundle, data, size);
	X509_STORE_free(store);
	tmd_bundle_release(&bundle);
	ERR_clear_error();
	return 0;
}
