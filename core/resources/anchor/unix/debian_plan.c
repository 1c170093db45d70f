/*
 * What has to change so that update-ca-certificates compiles what is wished: one input of
 * our own with a name that nothing else can have, and out of the way whatever would keep
 * the rebuild from taking effect.
 */
#include "resources/anchor/unix/debian_planning.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "x509/pem.h"

static void planning_release(struct tmd_planning *p)
{
	tmd_debian_links_release(&p->links);
	tmd_strv_release(&p->dropped);
	tmd_buf_release(&p->conf);
	free(p->own);
}

/* ---- small steps ---- */

static void drop_link(struct tmd_planning *p, const char *link)
{
	if (!tmd_changeset_removes(p->set, link))
		tmd_changeset_remove(p->set, link);
}

/* The script takes an input for new, tells the hooks and rehashes, when its link is missing. */
void tmd_debian_drop_link_of(struct tmd_planning *p, const char *input)
{
	TMD_AUTO_FREE char *link = tmd_debian_link(input);
	const char *target = tmd_debian_link_target(p->store, link);

	if (tmd_str_equal(target, input))
		drop_link(p, link);
}

/*
 * Is the file itself below the administrator's directory? Changing one that is merely linked
 * from there would change what other programs use.
 */
static enum tmd_rc lives_in_local(struct tmd_planning *p, const char *path, bool *lives,
				  struct tmd_error *err)
{
	TMD_AUTO_FREE char *dir = tmd_path_dir(path);
	TMD_AUTO_FREE char *real = NULL;
	TMD_AUTO_FREE char *local = NULL;

	if (tmd_view_resolve(p->ctx->view, dir, &real, err) ||
	    tmd_view_resolve(p->ctx->view, TMD_DEBIAN_LOCAL, &local, err))
		return TMD_FAILED;
	*lives = tmd_str_starts(real, local) &&
		 (real[strlen(local)] == '/' || real[strlen(local)] == '\0');
	return TMD_OK;
}

enum tmd_rc tmd_debian_must_live_in_local(struct tmd_planning *p, const char *path,
					  struct tmd_error *err)
{
	bool lives = false;

	if (lives_in_local(p, path, &lives, err))
		return TMD_FAILED;
	if (lives)
		return TMD_OK;
	return tmd_fail(err, TMD_E_CONFLICT, path, "remove the link to its directory by hand",
			"the file is reached through a link out of " TMD_DEBIAN_LOCAL);
}

/* ---- readable by everyone ---- */

/* The rebuild makes links to inputs: readers need every directory on the way. */
static enum tmd_rc check_directories(struct tmd_planning *p, const char *path,
				     struct tmd_error *err)
{
	for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		TMD_AUTO_FREE char *dir = tmd_strndup(path, (size_t)(slash - path));
		TMD_AUTO_FREE char *hint = NULL;
		struct tmd_error local = { 0 };
		struct tmd_stat st;

		if (tmd_view_stat(p->ctx->view, dir, &st, &local) || st.mode & 0001)
			continue;
		hint = tmd_format("chmod a+rx %s", dir);
		return tmd_fail(err, TMD_E_CONFLICT, dir, hint,
				"only root could use the certificate: %s has mode %04o", dir,
				(unsigned)st.mode);
	}
	return TMD_OK;
}

static enum tmd_rc check_places(struct tmd_planning *p, const char *input, struct tmd_error *err)
{
	TMD_AUTO_FREE char *real = NULL;
	TMD_AUTO_FREE char *bundle = NULL;

	if (tmd_view_resolve(p->ctx->view, input, &real, err) ||
	    tmd_view_resolve(p->ctx->view, TMD_DEBIAN_BUNDLE, &bundle, err))
		return TMD_FAILED;
	return check_directories(p, real, err) || check_directories(p, bundle, err) ? TMD_FAILED
										    : TMD_OK;
}

static enum tmd_rc make_readable(struct tmd_planning *p, const char *path, struct tmd_error *err)
{
	struct tmd_fs_attr attr = { 0644, TMD_KEEP, TMD_KEEP, 0 };
	TMD_AUTO_FREE char *real = NULL;
	TMD_AUTO_FREE char *hint = NULL;
	struct tmd_stat st;

	if (tmd_view_stat(p->ctx->view, path, &st, err))
		return TMD_FAILED;
	if (st.mode & 0004)
		return TMD_OK;
	if (tmd_view_resolve(p->ctx->view, path, &real, err))
		return TMD_FAILED;
	if (tmd_debian_is_input_path(real)) {
		tmd_changeset_attr(p->set, path, &attr);
		return TMD_OK;
	}
	hint = tmd_format("chmod a+r %s", real);
	return tmd_fail(err, TMD_E_CONFLICT, real, hint,
			"only root could use the certificate: %s leads to a file with mode %04o",
			path, (unsigned)st.mode);
}

/* ---- present ---- */

static bool provides(const struct tmd_debian_input *input, const struct tmd_cert *cert)
{
	const struct tmd_anchor_file *file = &input->file;

	/* Behind other text a byte order mark makes OpenSSL pass over the block. */
	return tmd_anchor_file_is_only(file, cert) && !file->scan.has_private_key &&
	       !tmd_text_bom(tmd_buf_str(&file->text), file->text.len) && !input->clashes &&
	       !input->mangled;
}

static const struct tmd_debian_input *find_provider(const struct tmd_planning *p)
{
	for (size_t i = 0; i < p->store->inputs.count; i++) {
		if (provides(&p->store->inputs.items[i], p->anchor->cert))
			return &p->store->inputs.items[i];
	}
	return NULL;
}

static enum tmd_rc write_own(struct tmd_planning *p, struct tmd_error *err)
{
	static const struct tmd_fs_attr attr = { 0644, TMD_KEEP, TMD_KEEP, 0755 };
	const struct tmd_cert *cert = p->anchor->cert;
	struct tmd_error ignored = { 0 };
	struct tmd_buf content = { 0 };
	struct tmd_stat st;

	/* A link would be followed, and something that is not ours overwritten. */
	if (tmd_view_lstat(p->ctx->view, p->own, &st, &ignored) == TMD_OK &&
	    st.type != TMD_FILE_REGULAR)
		return tmd_fail(err, TMD_E_CONFLICT, p->own, "remove it",
				"our own file name is taken by something that is no file");
	tmd_cert_add_pem(&content, cert->der, cert->der_len);
	tmd_debian_drop_link_of(p, p->own);
	tmd_changeset_write(p->set, p->own, &content, &attr);
	p->writes_own = true;
	return TMD_OK;
}

static enum tmd_rc use_provider(struct tmd_planning *p, const struct tmd_debian_input *input,
				struct tmd_error *err)
{
	struct tmd_debian_outcome outcome = { 0 };
	bool reached;

	if (make_readable(p, input->file.path, err) ||
	    tmd_debian_judge(p->store, p->anchor->cert, false, &outcome, err))
		return TMD_FAILED;
	reached = outcome.hashed.entry != NULL;
	tmd_debian_outcome_release(&outcome);
	if (!reached)
		tmd_debian_drop_link_of(p, input->file.path);
	return TMD_OK;
}

/* No rebuild removes a file of its own, and readers of the directory find it by its hash. */
static enum tmd_rc refuse_rejecting_entry(const struct tmd_planning *p, struct tmd_error *err)
{
	for (size_t i = 0; i < p->links.foreign.count; i++) {
		const char *path = p->links.foreign.items[i];
		const struct tmd_anchor_file *file;

		if (tmd_hashdir_file(p->ctx, &p->store->hashed, path, &file, err))
			return TMD_FAILED;
		if (tmd_anchor_file_trust(file, p->anchor->cert) == TMD_TRUST_NONE)
			return tmd_fail(err, TMD_E_CONFLICT, path, "remove the file, then run again",
					"the file in the hashed directory holds it in a TRUSTED "
					"CERTIFICATE block whose trust settings reject it for servers");
	}
	return TMD_OK;
}

/* Of two blocks with one certificate OpenSSL keeps the first, with its trust settings. */
static enum tmd_rc refuse_rejecting(const struct tmd_planning *p, struct tmd_error *err)
{
	for (size_t i = 0; i < p->store->inputs.count; i++) {
		const struct tmd_anchor_file *file = &p->store->inputs.items[i].file;

		if (tmd_anchor_file_trust(file, p->anchor->cert) == TMD_TRUST_NONE)
			return tmd_fail(err, TMD_E_CONFLICT, file->path,
					"remove the file, or replace that block by a plain "
					"CERTIFICATE block, then run again",
					"the file holds it in a TRUSTED CERTIFICATE block whose "
					"trust settings reject it for servers");
	}
	return refuse_rejecting_entry(p, err);
}

/*
 * What cannot be loaded and stands where ours is to come would stop readers there. A rehash keeps a
 * link to such a file in its place.
 */
static enum tmd_rc clear_way(struct tmd_planning *p, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_hash_chain_release) struct tmd_hash_chain chain = { 0 };
	const char *path;

	if (tmd_hashdir_find(p->ctx, &p->store->hashed, p->anchor->cert, false, &chain, err))
		return TMD_FAILED;
	path = chain.unloadable.count ? chain.unloadable.items[0] : NULL;
	if (!path || chain.entry || strcmp(path, chain.vacant) != 0)
		return TMD_OK;
	if (!tmd_debian_link_target(p->store, path))
		return tmd_fail(err, TMD_E_CONFLICT, path, "remove it, then run again",
				"no certificate can be loaded from it, and OpenSSL before 3.0.22 "
				"looks for none behind it");
	drop_link(p, path);
	return TMD_OK;
}

static enum tmd_rc plan_present(struct tmd_planning *p, struct tmd_error *err)
{
	const struct tmd_debian_input *provider = find_provider(p);
	const char *input = provider ? provider->file.path : p->own;

	if (check_places(p, input, err) || refuse_rejecting(p, err))
		return TMD_FAILED;
	if (provider ? use_provider(p, provider, err) : write_own(p, err))
		return TMD_FAILED;
	for (size_t i = 0; i < p->links.stale.count; i++)
		drop_link(p, p->links.stale.items[i]);
	if (clear_way(p, err))
		return TMD_FAILED;
	return tmd_debian_ask_for_rebuild(p, err);
}

/* ---- absent ---- */

static enum tmd_rc remove_local(struct tmd_planning *p, const struct tmd_debian_input *input,
				struct tmd_error *err)
{
	const char *path = input->file.path;

	if (input->file.scan.has_private_key)
		return tmd_fail(err, TMD_E_CONFLICT, path, "move the key away, then run again",
				"the file holds a private key beside the certificate");
	if (tmd_anchor_file_count(&input->file) > 1)
		return tmd_fail(err, TMD_E_CONFLICT, path,
				"split it into one file for each certificate, then run again",
				"the file holds %zu certificates, this one among them",
				tmd_anchor_file_count(&input->file));
	if (!input->file.scan.loads && !input->file.is_der) /* who knows what else was in it */
		return tmd_debian_set_aside(p, input, err);
	if (tmd_debian_must_live_in_local(p, path, err))
		return TMD_FAILED;
	p->removes_local = true;
	tmd_changeset_remove(p->set, path);
	tmd_debian_drop_link_of(p, path);
	tmd_strv_add(&p->dropped, path);
	return TMD_OK;
}

/*
 * Switching a vendor file off makes the script remove its link and tell the hooks. It looks
 * for the link under the plain name, so one with blanks or parentheses is ours to remove.
 */
static bool script_finds_link(const char *path)
{
	return !strpbrk(tmd_path_base(path), " ,()");
}

static enum tmd_rc drop_vendor(struct tmd_planning *p, const struct tmd_debian_input *input,
			       struct tmd_error *err)
{
	if (tmd_anchor_file_count(&input->file) > 1)
		return tmd_fail(err, TMD_E_CONFLICT, input->file.path, NULL,
				"a vendor file holds %zu certificates, this one among them",
				tmd_anchor_file_count(&input->file));
	tmd_debian_conf_switch_off(&p->conf, p->store->inputs.raw, input->file.path);
	if (!script_finds_link(input->file.path))
		tmd_debian_drop_link_of(p, input->file.path);
	tmd_strv_add_once(&p->dropped, input->file.path);
	return TMD_OK;
}

static enum tmd_rc drop_inputs(struct tmd_planning *p, struct tmd_error *err)
{
	for (size_t i = 0; i < p->store->inputs.count; i++) {
		const struct tmd_debian_input *input = &p->store->inputs.items[i];

		if (!tmd_anchor_file_holds(&input->file, p->anchor->cert))
			continue;
		if (input->local ? remove_local(p, input, err) : drop_vendor(p, input, err))
			return TMD_FAILED;
	}
	return TMD_OK;
}

/*
 * A vendor file without a line counts as new at the next upgrade of ca-certificates and comes
 * back; switched off it stays off.
 */
static void drop_stale_links(struct tmd_planning *p)
{
	for (size_t i = 0; i < p->links.stale.count; i++) {
		const char *link = p->links.stale.items[i];
		const char *target = tmd_debian_link_target(p->store, link);
		bool vendor = target && tmd_str_starts(target, TMD_DEBIAN_VENDOR "/");

		if (vendor)
			tmd_debian_conf_switch_off(&p->conf, p->store->inputs.raw, target);
		if (!vendor || !script_finds_link(target))
			drop_link(p, link);
	}
}

static void drop_leftovers(struct tmd_planning *p)
{
	const struct tmd_strv *leftovers = &p->anchor->view.leftovers;

	/* The hash links themselves are left to the rehash, which closes the gap with them. */
	for (size_t i = 0; i < leftovers->count; i++) {
		if (tmd_str_ends(leftovers->items[i], ".pem"))
			drop_link(p, leftovers->items[i]);
	}
}

static enum tmd_rc plan_absent(struct tmd_planning *p, struct tmd_error *err)
{
	if (p->links.foreign.count)
		return tmd_fail(err, TMD_E_CONFLICT, p->links.foreign.items[0],
				"delete it if nothing else uses it",
				"a file of its own in the hashed directory holds the certificate");
	if (drop_inputs(p, err))
		return TMD_FAILED;
	drop_stale_links(p);
	drop_leftovers(p);
	if (p->removes_local && tmd_debian_has_keystore(p->store))
		tmd_strv_add(&p->r->warnings,
			     TMD_DEBIAN_KEYSTORE " is not told of removed local files: "
					   "look there with keytool -list, and delete the alias");
	return tmd_debian_ask_for_rebuild(p, err);
}

enum tmd_rc tmd_debian_plan(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_changeset *set,
			    struct tmd_error *err)
{
	const struct tmd_anchor *anchor = tmd_anchor_of(r);
	TMD_CLEANUP(planning_release)
	struct tmd_planning p = {
		.ctx = ctx,
		.r = r,
		.anchor = anchor,
		.set = set,
		.store = tmd_debian_store(ctx),
		.own = tmd_format(TMD_DEBIAN_LOCAL "/%s.crt", anchor->own),
	};

	if (anchor->wish == TMD_ANCHOR_DISTRUSTED)
		return tmd_fail(err, TMD_E_UNSUPPORTED, NULL, "write state=absent",
				"Debian's trust store has no way to distrust a certificate");
	if (tmd_anchor_check_verification(anchor, err) ||
	    tmd_debian_links_find(p.store, anchor->cert, &p.links, err))
		return TMD_FAILED;
	tmd_debian_mend_conf(&p);
	return anchor->wish == TMD_ANCHOR_PRESENT ? plan_present(&p, err) : plan_absent(&p, err);
}
