/* Reading the stores of Windows: a logical one, its parts, and what this run makes of them. */
#include "resources/anchor/win32/contents.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static const char *const machine_root_parts[] = { TMD_WIN_OWN_PART, TMD_WIN_UPDATE_PART,
						  ".GroupPolicy",   ".Enterprise",
						  TMD_WIN_CARD_PART, NULL };
static const char *const machine_parts[] = { TMD_WIN_OWN_PART, ".GroupPolicy", ".Enterprise",
					     NULL };
static const char *const user_root_parts[] = { TMD_WIN_OWN_PART, TMD_WIN_MACHINE_PART,
					       TMD_WIN_CARD_PART, NULL };
static const char *const user_parts[] = { TMD_WIN_OWN_PART, ".GroupPolicy", TMD_WIN_MACHINE_PART,
					  NULL };

static const char *const *parts_of(const struct tmd_windows_store *store)
{
	bool root = strcmp(store->system, "Root") == 0;

	if (store->location == TMD_STORE_LOCAL_MACHINE)
		return root ? machine_root_parts : machine_parts;
	return root ? user_root_parts : user_parts;
}

void tmd_win_contents_release(struct tmd_win_contents *contents)
{
	for (size_t i = 0; i < contents->count; i++) {
		tmd_store_certs_release(&contents->parts[i].certs);
		free(contents->parts[i].trouble);
	}
	tmd_store_certs_release(&contents->all);
	tmd_bundle_release(&contents->planned);
	memset(contents, 0, sizeof(*contents));
}

char *tmd_win_planned_name(const struct tmd_windows_store *store)
{
	return tmd_format("store:%s", store->name);
}

static enum tmd_rc load_planned(struct tmd_ctx *ctx, struct tmd_win_contents *contents,
				struct tmd_error *err)
{
	TMD_AUTO_FREE char *name = tmd_win_planned_name(contents->store);
	const struct tmd_buf *text = tmd_view_fact(ctx->view, name);

	contents->is_planned = text != NULL;
	if (!text)
		return TMD_OK;
	return tmd_bundle_scan(tmd_buf_str(text), text->len, &contents->planned, err);
}

/*
 * The parts only tell who brought a certificate: one that cannot be read leaves that open, and
 * does not hide what the logical store holds.
 */
static void load_part(const struct tmd_windows_store *store, const char *name,
		      struct tmd_win_part *part)
{
	struct tmd_error err = { 0 };

	part->name = name;
	if (tmd_cert_store_read(store->location, store->system, name, &part->certs, &err))
		part->trouble = tmd_format("%s (%s): %s", store->name, name, err.message);
}

enum tmd_rc tmd_win_contents_load(struct tmd_ctx *ctx, const struct tmd_windows_store *store,
				  bool with_parts, struct tmd_win_contents *contents,
				  struct tmd_error *err)
{
	const char *const *names = parts_of(store);

	contents->store = store;
	for (; with_parts && names[contents->count]; contents->count++)
		load_part(store, names[contents->count], &contents->parts[contents->count]);
	if (tmd_cert_store_read(store->location, store->system, NULL, &contents->all, err))
		return TMD_FAILED;
	return load_planned(ctx, contents, err);
}

/* ---- one certificate in it ---- */

struct tmd_win_der tmd_win_der_of(const struct tmd_cert *cert)
{
	return (struct tmd_win_der){ cert->der, cert->der_len };
}

int tmd_win_der_compare(const void *a, const void *b)
{
	const struct tmd_win_der *x = a;
	const struct tmd_win_der *y = b;
	int order = memcmp(x->data, y->data, x->len < y->len ? x->len : y->len);

	return order ? order : (x->len > y->len) - (x->len < y->len);
}

bool tmd_win_is_among(const struct tmd_store_certs *certs, struct tmd_win_der der)
{
	for (size_t i = 0; i < certs->count; i++) {
		if (certs->items[i].der_len == der.len &&
		    memcmp(certs->items[i].der, der.data, der.len) == 0)
			return true;
	}
	return false;
}

/* The plan is kept as a bundle, which holds nothing that cannot be read: that is as it is. */
bool tmd_win_holds(const struct tmd_win_contents *contents, struct tmd_win_der der)
{
	if (contents->is_planned && tmd_cert_loads(der.data, der.len))
		return tmd_bundle_find(&contents->planned, der.data, der.len, 0) != NULL;
	return tmd_win_is_among(&contents->all, der);
}

size_t tmd_win_holders(const struct tmd_win_contents *contents, struct tmd_win_der der,
		       const char *holders[TMD_WIN_PARTS_MAX])
{
	size_t found = 0;

	if (!tmd_win_holds(contents, der))
		return 0;
	for (size_t i = 0; i < contents->count; i++) {
		if (tmd_win_is_among(&contents->parts[i].certs, der))
			holders[found++] = contents->parts[i].name;
	}
	if (!found && contents->is_planned)
		holders[found++] = TMD_WIN_OWN_PART;
	return found;
}

bool tmd_win_is_ours(const struct tmd_win_contents *contents, struct tmd_win_der der)
{
	const char *holders[TMD_WIN_PARTS_MAX];
	size_t found = tmd_win_holders(contents, der, holders);

	for (size_t i = 0; i < found; i++) {
		if (!tmd_win_origin_of(holders[i]))
			return true;
	}
	return false;
}

char *tmd_win_part_label(const struct tmd_windows_store *store, const char *part)
{
	return tmd_format("%s (%s)", store->name, part);
}

static const struct tmd_win_origin origins[] = {
	{ ".GroupPolicy", "group policy brought it",
	  "remove it from the policy (Windows Settings, Security Settings, Public Key Policies)" },
	{ ".Enterprise", "the domain's enterprise store brought it",
	  "remove it from the domain's configuration (certutil -viewdelstore)" },
	{ TMD_WIN_CARD_PART, "a smart card brought it", "take the card out" },
	{ TMD_WIN_MACHINE_PART, "the machine's own store holds it",
	  "write LocalMachine instead of CurrentUser in store" },
};

const struct tmd_win_origin *tmd_win_origin_of(const char *part)
{
	for (size_t i = 0; i < sizeof(origins) / sizeof(*origins); i++) {
		if (part && strcmp(origins[i].part, part) == 0)
			return &origins[i];
	}
	return NULL;
}

/* ---- all that it holds ---- */

void tmd_win_list_release(struct tmd_win_list *list)
{
	free(list->items);
	memset(list, 0, sizeof(*list));
}

/* What is planned, and what cannot be read, which no plan could hold. */
static void add_planned(const struct tmd_win_contents *contents, struct tmd_win_list *out)
{
	for (size_t i = 0; i < contents->planned.count; i++) {
		const struct tmd_bundle_entry *entry = &contents->planned.entries[i];

		out->items[out->count++] = (struct tmd_win_der){ entry->der, entry->der_len };
	}
}

static void add_held(const struct tmd_win_contents *contents, struct tmd_win_list *out)
{
	for (size_t i = 0; i < contents->all.count; i++) {
		const struct tmd_store_cert *cert = &contents->all.items[i];

		if (!contents->is_planned || !tmd_cert_loads(cert->der, cert->der_len))
			out->items[out->count++] = (struct tmd_win_der){ cert->der, cert->der_len };
	}
}

void tmd_win_collect(const struct tmd_win_contents *contents, struct tmd_win_list *out)
{
	size_t kept = 0;

	out->count = 0;
	out->items = tmd_alloc(contents->planned.count + contents->all.count + 1,
			       sizeof(*out->items));
	add_planned(contents, out);
	add_held(contents, out);
	qsort(out->items, out->count, sizeof(*out->items), tmd_win_der_compare);
	for (size_t i = 0; i < out->count; i++) {
		if (!kept || tmd_win_der_compare(&out->items[kept - 1], &out->items[i]) != 0)
			out->items[kept++] = out->items[i];
	}
	out->count = kept;
}

void tmd_win_add_pem(const struct tmd_win_contents *contents, struct tmd_win_der without,
		     struct tmd_buf *pem)
{
	TMD_CLEANUP(tmd_win_list_release) struct tmd_win_list all = { 0 };

	tmd_win_collect(contents, &all);
	for (size_t i = 0; i < all.count; i++) {
		if (tmd_win_der_compare(&all.items[i], &without) != 0 &&
		    tmd_cert_loads(all.items[i].data, all.items[i].len))
			tmd_cert_add_pem(pem, all.items[i].data, all.items[i].len);
	}
}

/* How it can be removed, as a clause: where it comes from elsewhere, there. Caller frees. */
static char *remedy(const struct tmd_win_contents *contents, const struct tmd_cert *cert)
{
	bool users = contents->store->location == TMD_STORE_CURRENT_USER;
	const char *holders[TMD_WIN_PARTS_MAX];
	size_t found = tmd_win_holders(contents, tmd_win_der_of(cert), holders);

	for (size_t i = 0; i < found; i++) {
		const struct tmd_win_origin *origin = tmd_win_origin_of(holders[i]);

		if (origin && strcmp(holders[i], TMD_WIN_MACHINE_PART) != 0)
			return tmd_format("%s: %s", origin->who, origin->hint);
		users = users && !origin;
	}
	return tmd_format("certutil %s-delstore %s %s removes it", users ? "-user " : "",
			  contents->store->system, cert->sha1);
}

static void note_one(const struct tmd_win_contents *contents, struct tmd_win_der der,
		     struct tmd_strv *out)
{
	TMD_CLEANUP(tmd_cert_free_ptr) struct tmd_cert *cert = tmd_cert_opaque(der.data, der.len);
	TMD_AUTO_FREE char *how = remedy(contents, cert);
	TMD_AUTO_FREE char *line = tmd_format(
		"%s holds a certificate that OpenSSL cannot read: %s, SHA-1 %s. Python's default "
		"context fails because of it, and from late releases of 3.12 and 3.13 on warns and "
		"leaves it out; %s",
		contents->store->name, cert->subject, cert->sha1, how);

	tmd_strv_add_once(out, line);
}

void tmd_win_note_opaque(const struct tmd_win_contents *contents, struct tmd_win_der without,
			 struct tmd_strv *out)
{
	for (size_t i = 0; i < contents->all.count; i++) {
		const struct tmd_store_cert *cert = &contents->all.items[i];
		struct tmd_win_der der = { cert->der, cert->der_len };
		bool read_by_python = cert->usage == TMD_USAGE_ALL ||
				      cert->usage == TMD_USAGE_SERVERS;

		if (read_by_python && tmd_win_der_compare(&der, &without) != 0 &&
		    !tmd_cert_loads(der.data, der.len))
			note_one(contents, der, out);
	}
}
