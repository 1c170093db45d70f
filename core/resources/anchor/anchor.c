/*
 * The anchor type: one root certificate in one trust store. Everything a store does its
 * own way is behind struct tmd_anchor_backend; the input and the report are here.
 */
#include "resources/anchor/anchor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "resources/anchor/given.h"
#include "resources/session.h"
#include "resources/types.h"
#include "x509/pem.h"

#define BUNDLE_STORE "bundle:"
#define RANK_IN_BUNDLE 15 /* behind the type bundle */

enum field {
	F_CERTIFICATE,
	F_SHA256,
	F_SHA1,
	F_STATE,
	F_STORE,
	F_SUBJECT,
	F_NOT_AFTER,
	F_ANCHORED,
	F_EFFECTIVE,
	F_WHERE,
	F_DISTRUSTED_BY,
	F_REASONS,
};

static const char *const states[] = { "present", "absent", "distrusted", NULL };

static const struct tmd_field fields[] = {
	[F_CERTIFICATE] = { .name = "certificate",
			    .type = TMD_T_STRING,
			    .flags = TMD_F_KEY | TMD_F_FILES,
			    .doc = "The certificate: PEM text, a path to a PEM or DER file, or "
				   "builtin:NAME with NAME one of starfield-services-root-g2, "
				   "amazon-root-ca-1, amazon-root-ca-2, amazon-root-ca-3, "
				   "amazon-root-ca-4. Exactly one certificate, and no private "
				   "key." },
	[F_SHA256] = { .name = "sha256",
		       .type = TMD_T_STRING,
		       .flags = TMD_F_PARAM,
		       .doc = "A pin: the SHA-256 of the DER, as hexadecimal digits with or "
			      "without colons. Another certificate is refused." },
	[F_SHA1] = { .name = "sha1",
		     .type = TMD_T_STRING,
		     .flags = TMD_F_PARAM,
		     .doc = "A pin by SHA-1, the thumbprint that documentation often gives. "
			    "Another certificate is refused." },
	[F_STATE] = { .name = "state",
		      .type = TMD_T_ENUM,
		      .flags = TMD_F_STATE,
		      .fallback = "present",
		      .choices = states,
		      .doc = "present: programs started from now on trust it. absent: nothing in "
			     "the store holds it. distrusted: a blocklist of the store names it, "
			     "whatever else holds it; the store of Debian has none. On Windows it "
			     "goes from Root and CA as well, which Python reads; Disallowed Python "
			     "does not read." },
	[F_STORE] = { .name = "store",
		      .type = TMD_T_STRING,
		      .flags = TMD_F_PARAM | TMD_F_WHERE | TMD_F_PLACE | TMD_F_REFERS,
		      .fallback = "system",
		      .doc = "Where: system, the trust store of the operating system; bundle:PATH, "
			     "one PEM file that a program reads. On Windows system is "
			     "LocalMachine/Root; CurrentUser/Root, and CA and Disallowed of "
			     "both, are stores too, and are understood as PowerShell writes them, "
			     "Cert:\\LocalMachine\\Root. What is present in Disallowed is never "
			     "effective." },
	[F_SUBJECT] = { .name = "subject",
			.type = TMD_T_STRING,
			.flags = TMD_F_READ_ONLY,
			.doc = "The subject, as RFC 2253 writes names." },
	[F_NOT_AFTER] = { .name = "not_after",
			  .type = TMD_T_STRING,
			  .flags = TMD_F_READ_ONLY,
			  .doc = "The end of its validity, UTC." },
	[F_ANCHORED] = { .name = "anchored",
			 .type = TMD_T_BOOL,
			 .flags = TMD_F_READ_ONLY,
			 .doc = "An input of the store that is in use holds it, so that the next "
				"rebuild keeps it." },
	[F_EFFECTIVE] = { .name = "effective",
			  .type = TMD_T_BOOL,
			  .flags = TMD_F_READ_ONLY,
			  .doc = "A program started now takes it for an issuer of servers: what the "
				 "store compiled loads, holds exactly this certificate, everyone can "
				 "read it, and OpenSSL verifies with it at security level 0. On "
				 "Windows: both Windows and Python take it for servers. Time and "
				 "strength are not part of it: warnings tell that a certificate "
				 "expired or is not valid yet, with which every connection fails, and "
				 "that its key is too weak for level 1 or 2." },
	[F_WHERE] = { .name = "where",
		      .type = TMD_T_LIST,
		      .flags = TMD_F_READ_ONLY,
		      .doc = "The files or stores that hold it, inputs first; dangling links that "
			     "it left behind." },
	[F_DISTRUSTED_BY] = { .name = "distrusted_by",
			      .type = TMD_T_LIST,
			      .flags = TMD_F_READ_ONLY,
			      .doc = "The blocklist files, or Disallowed stores, that match it, by "
				     "certificate, by public key or by issuer and serial number." },
	[F_REASONS] = { .name = "reasons",
			.type = TMD_T_LIST,
			.flags = TMD_F_READ_ONLY,
			.doc = "Why it is not effective, or what is odd about it." },
};

void tmd_anchor_view_release(struct tmd_anchor_view *view)
{
	tmd_strv_release(&view->where);
	tmd_strv_release(&view->leftovers);
	tmd_strv_release(&view->distrusted_by);
	tmd_strv_release(&view->reasons);
	tmd_strv_release(&view->warnings);
	memset(view, 0, sizeof(*view));
}

struct tmd_anchor *tmd_anchor_of(const struct tmd_resource *r)
{
	return r->priv;
}

static void anchor_free(struct tmd_anchor *anchor)
{
	if (!anchor)
		return;
	tmd_cert_free(anchor->cert);
	tmd_anchor_view_release(&anchor->view);
	free(anchor->bundle);
	free(anchor->real);
	free(anchor);
}

static void anchor_free_ptr(struct tmd_anchor **anchor)
{
	anchor_free(*anchor);
}

static void release(struct tmd_resource *r)
{
	anchor_free(r->priv);
	r->priv = NULL;
}

/* ---- the store ---- */

static enum tmd_rc choose_bundle(struct tmd_ctx *ctx, struct tmd_anchor *anchor, const char *path,
				 struct tmd_error *err)
{
	if (!tmd_path_is_absolute(path))
		return tmd_fail(err, TMD_E_INVALID_INPUT, path, "write store=bundle:/path/to/file",
				"the path of a bundle store must be absolute");
	if (tmd_anchor_check_bundle(ctx, path, err) ||
	    tmd_view_resolve(ctx->view, path, &anchor->real, err))
		return TMD_FAILED;
	anchor->bundle = tmd_strdup(path);
	anchor->backend = &tmd_anchor_bundle;
	return TMD_OK;
}

static enum tmd_rc choose_store(struct tmd_ctx *ctx, const char *store, struct tmd_anchor *anchor,
				struct tmd_error *err)
{
	if (tmd_str_starts(store, BUNDLE_STORE))
		return choose_bundle(ctx, anchor, store + strlen(BUNDLE_STORE), err);
	return tmd_anchor_choose_store(ctx, store, anchor, err);
}

static enum tmd_anchor_wish wish_of(const struct tmd_resource *r)
{
	const char *state = tmd_value_str(&r->desired[F_STATE]);

	if (tmd_str_equal(state, TMD_ABSENT))
		return TMD_ANCHOR_ABSENT;
	if (tmd_str_equal(state, "distrusted"))
		return TMD_ANCHOR_DISTRUSTED;
	return TMD_ANCHOR_PRESENT;
}

static const char *store_of(const struct tmd_resource *r)
{
	return tmd_value_str(&r->desired[F_STORE]);
}

/* As reports name it: one spelling of each, but "system" stays what every system knows. */
static const char *store_word(const struct tmd_resource *r, const struct tmd_anchor *anchor)
{
	const char *given = store_of(r);

	return anchor->store && strcmp(given, "system") != 0 ? anchor->store : given;
}

/* Equal for two names of one store. */
static char *store_key(const struct tmd_resource *r, const struct tmd_anchor *anchor)
{
	TMD_AUTO_FREE char *path = NULL;

	if (!anchor->bundle)
		return tmd_strdup(anchor->store ? anchor->store : store_of(r));
	path = tmd_path_key(anchor->real);
	return tmd_format(BUNDLE_STORE "%s", path);
}

/* Everything that follows from the input alone. */
static enum tmd_rc load_anchor(struct tmd_ctx *ctx, const struct tmd_resource *r,
			       struct tmd_anchor **out, struct tmd_error *err)
{
	TMD_CLEANUP(anchor_free_ptr) struct tmd_anchor *anchor = tmd_alloc(1, sizeof(*anchor));
	char *digit;

	anchor->wish = wish_of(r);
	if (tmd_anchor_load_given(ctx, r, tmd_value_str(&r->input[F_CERTIFICATE]), anchor, err) ||
	    tmd_anchor_check_pin(tmd_value_str(&r->input[F_SHA256]), "sha256",
				 anchor->cert->sha256, err) ||
	    tmd_anchor_check_pin(tmd_value_str(&r->input[F_SHA1]), "sha1", anchor->cert->sha1,
				 err) ||
	    choose_store(ctx, store_of(r), anchor, err))
		return TMD_FAILED;
	snprintf(anchor->own, sizeof(anchor->own), "trustmend-%.16s", anchor->cert->sha256);
	for (digit = anchor->own; *digit; digit++) {
		if (*digit >= 'A' && *digit <= 'Z')
			*digit = (char)(*digit - 'A' + 'a');
	}
	*out = anchor;
	anchor = NULL;
	return TMD_OK;
}

/* ---- the type ---- */

static void set_wishes(struct tmd_resource *r, const struct tmd_anchor *anchor)
{
	tmd_value_copy(&r->desired[F_CERTIFICATE], &r->input[F_CERTIFICATE]);
	tmd_value_set_string(&r->desired[F_SHA256], anchor->cert->sha256);
	if (store_word(r, anchor) == anchor->store)
		tmd_value_set_string(&r->desired[F_STORE], anchor->store);
	if (r->input[F_SHA1].kind != TMD_V_NULL)
		tmd_value_set_string(&r->desired[F_SHA1], anchor->cert->sha1);
	if (anchor->wish == TMD_ANCHOR_ABSENT)
		return;
	if (!anchor->bans)
		tmd_value_set_bool(&r->desired[F_EFFECTIVE], anchor->wish == TMD_ANCHOR_PRESENT);
	/*
	 * Without an input behind it, the next rebuild would drop it again; and what is distrusted
	 * stays in no store from which a program would take it that does not ask what is distrusted.
	 */
	tmd_value_set_bool(&r->desired[F_ANCHORED], anchor->wish == TMD_ANCHOR_PRESENT);
}

static enum tmd_rc normalize(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_error *err)
{
	const char *given = tmd_value_str(&r->input[F_CERTIFICATE]);
	bool named = given && !tmd_pem_is_text(given);
	TMD_CLEANUP(anchor_free_ptr) struct tmd_anchor *anchor = NULL;
	TMD_AUTO_FREE char *store = NULL;

	free(r->name);
	r->name = tmd_strdup(named ? given : "certificate");
	if (load_anchor(ctx, r, &anchor, err)) {
		/* A refused text is not repeated in any report: it may be a private key. */
		if (!named && err->kind == TMD_E_REFUSED)
			tmd_resource_withhold(r, F_CERTIFICATE);
		return TMD_FAILED;
	}
	if (!named) {
		free(r->name);
		r->name = tmd_strdup(anchor->cert->subject);
	}
	free(r->identity);
	store = store_key(r, anchor);
	r->identity = tmd_format("anchor:%s:%s", store, anchor->cert->sha256);
	r->backend = anchor->backend->name;
	/* A bundle file may be what a bundle of the same run makes: after it. */
	if (anchor->bundle)
		r->rank = RANK_IN_BUNDLE;
	set_wishes(r, anchor);
	if (anchor->backend->announce)
		anchor->backend->announce(ctx, anchor);
	release(r);
	r->priv = anchor;
	anchor = NULL;
	return TMD_OK;
}

static const char *contradicts(const struct tmd_resource *a, const struct tmd_resource *b)
{
	const struct tmd_anchor *x = tmd_anchor_of(a);
	const struct tmd_anchor *y = tmd_anchor_of(b);

	if (strcmp(x->cert->sha256, y->cert->sha256) != 0 || x->bundle || y->bundle)
		return NULL;
	return tmd_anchor_contradiction(x, y);
}

static const char *state_of(const struct tmd_anchor_view *view)
{
	if (view->distrusted_by.count)
		return "distrusted";
	return view->held ? "present" : "absent";
}

static void set_current(struct tmd_resource *r, const struct tmd_anchor *anchor)
{
	const struct tmd_anchor_view *view = &anchor->view;
	struct tmd_strv where = { 0 };

	tmd_value_copy(&r->current[F_CERTIFICATE], &r->desired[F_CERTIFICATE]);
	tmd_value_set_string(&r->current[F_SHA256], anchor->cert->sha256);
	tmd_value_set_string(&r->current[F_SHA1], anchor->cert->sha1);
	tmd_value_set_string(&r->current[F_STATE], state_of(view));
	tmd_value_copy(&r->current[F_STORE], &r->desired[F_STORE]);
	tmd_value_set_string(&r->current[F_SUBJECT], anchor->cert->subject);
	tmd_value_set_string(&r->current[F_NOT_AFTER], anchor->cert->not_after_text);
	tmd_value_set_bool(&r->current[F_ANCHORED], view->anchored);
	tmd_value_set_bool(&r->current[F_EFFECTIVE], view->effective);
	tmd_strv_copy(&where, &view->where);
	for (size_t i = 0; i < view->leftovers.count; i++)
		tmd_strv_add_once(&where, view->leftovers.items[i]);
	tmd_value_set_list(&r->current[F_WHERE], &where);
	tmd_strv_release(&where);
	tmd_value_set_list(&r->current[F_DISTRUSTED_BY], &view->distrusted_by);
	tmd_value_set_list(&r->current[F_REASONS], &view->reasons);
}

/* A removed certificate that left links behind is absent, and still not cleanly so. */
static void wish_no_leftovers(struct tmd_resource *r, const struct tmd_anchor *anchor)
{
	static const struct tmd_strv none = { 0 };

	if (anchor->wish == TMD_ANCHOR_ABSENT && !anchor->view.held && anchor->view.leftovers.count)
		tmd_value_set_list(&r->desired[F_WHERE], &none);
}

static enum tmd_rc read_anchor(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_error *err)
{
	TMD_CLEANUP(anchor_free_ptr) struct tmd_anchor *anchor = NULL;

	if (load_anchor(ctx, r, &anchor, err))
		return TMD_FAILED;
	if (!tmd_str_equal(anchor->cert->sha256, tmd_value_str(&r->desired[F_SHA256])))
		return tmd_fail(err, TMD_E_CONFLICT, tmd_value_str(&r->input[F_CERTIFICATE]),
				"run again", "the input file changed during the run");
	if (anchor->backend->read(ctx, anchor, &anchor->view, err))
		return TMD_FAILED;
	tmd_anchor_judge(ctx, anchor);
	set_current(r, anchor);
	wish_no_leftovers(r, anchor);
	for (size_t i = 0; i < anchor->view.warnings.count; i++)
		tmd_strv_add_once(&r->warnings, anchor->view.warnings.items[i]);
	r->backend = anchor->backend->name;
	release(r);
	r->priv = anchor;
	anchor = NULL;
	return TMD_OK;
}

/*
 * Asked to be absent, and nowhere; that somebody else distrusts it on top is their business.
 * What we distrusted ourselves is taken back.
 */
static bool in_sync(const struct tmd_resource *r, size_t field)
{
	const struct tmd_anchor *anchor = tmd_anchor_of(r);

	if (field == F_ANCHORED && anchor->wish == TMD_ANCHOR_DISTRUSTED)
		return !anchor->view.ours;
	if (field == F_EFFECTIVE && anchor->wish == TMD_ANCHOR_PRESENT)
		return anchor->view.limited;
	if (field != F_STATE || anchor->wish != TMD_ANCHOR_ABSENT || anchor->view.held)
		return false;
	for (size_t i = 0; i < anchor->view.distrusted_by.count; i++) {
		if (tmd_str_starts(tmd_path_base(anchor->view.distrusted_by.items[i]), anchor->own))
			return false;
	}
	return true;
}

static enum tmd_rc plan(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_changeset *set,
			struct tmd_error *err)
{
	return tmd_anchor_of(r)->backend->plan(ctx, r, set, err);
}

/* ---- what is there ---- */

static void report_anchor(struct tmd_resource *r, const struct tmd_anchor *anchor,
			  const char *store)
{
	struct tmd_buf pem = { 0 };

	tmd_cert_add_pem(&pem, anchor->cert->der, anchor->cert->der_len);
	tmd_value_take_string(&r->desired[F_CERTIFICATE], tmd_buf_steal(&pem));
	tmd_value_set_string(&r->desired[F_STORE], store);
	r->name = tmd_strdup(anchor->cert->subject);
	r->backend = anchor->backend->name;
	set_current(r, anchor);
	tmd_value_release(&r->desired[F_CERTIFICATE]); /* once is enough of some hundred */
	tmd_strv_copy(&r->warnings, &anchor->view.warnings);
}

static enum tmd_rc list(struct tmd_ctx *ctx, const struct tmd_resource *query,
			struct tmd_listing *out, struct tmd_error *err)
{
	TMD_CLEANUP(anchor_free_ptr) struct tmd_anchor *store = tmd_alloc(1, sizeof(*store));
	TMD_CLEANUP(tmd_anchor_listing_release) struct tmd_anchor_listing listing = { .ctx = ctx, .store = store };

	if (choose_store(ctx, store_of(query), store, err))
		return TMD_FAILED;
	if (!store->backend->list)
		return tmd_fail(err, TMD_E_UNSUPPORTED, NULL, NULL, "the store %s cannot be listed",
				store_of(query));
	if (store->backend->list(ctx, store, &listing, err))
		return TMD_FAILED;
	tmd_sessions_forget(ctx, NULL); /* all is told from the listing */
	tmd_anchor_listing_sort(&listing);
	tmd_anchor_listing_remark(&listing, out->remarks);
	for (size_t i = 0; i < listing.count; i++) {
		report_anchor(out->add(out), &listing.items[i], store_word(query, store));
		tmd_anchor_listing_drop(&listing.items[i]);
	}
	return TMD_OK;
}

const struct tmd_type tmd_type_anchor = {
	.name = "anchor",
	.plural = "anchors",
	.summary = "A root certificate in a trust store: trusted, gone or distrusted.",
	.fields = fields,
	.field_count = sizeof(fields) / sizeof(fields[0]),
	.backends = tmd_anchor_backend_names,
	.rank = 0,
	.normalize = normalize,
	.contradicts = contradicts,
	.read = read_anchor,
	.in_sync = in_sync,
	.plan = plan,
	.commit = tmd_anchor_commit,
	.commit_text = "rebuilding the trust store",
	.busy = tmd_anchor_busy,
	.list = list,
	.release = release,
};
