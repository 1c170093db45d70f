/*
 * What a rebuild of Debian's store would leave, known before it runs: a foreign file that would
 * spoil the bundle is set aside or refused, and later resources of the run see what is expected.
 */
#include "resources/anchor/unix/debian_planning.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "os/user.h"
#include "resources/scans.h"
#include "resources/anchor/unix/debian_compile.h"

#define DISABLED ".trustmend-disabled"
#define DISABLED_MAX 100 /* earlier ones with the same name */
#define MOST_LOST_MIN 10 /* certificates; fewer may go without being most of a store */

/* ---- inputs that break everything ---- */

static enum tmd_rc free_name(struct tmd_planning *p, const char *path, char **name,
			     struct tmd_error *err)
{
	struct tmd_error local = { 0 };
	struct tmd_stat st;

	for (unsigned n = 1; n < DISABLED_MAX; n++) {
		TMD_AUTO_FREE char *candidate = n == 1 ? tmd_format("%s" DISABLED, path)
						       : tmd_format("%s" DISABLED "-%u", path, n);

		if (tmd_view_lstat(p->ctx->view, candidate, &st, &local) == TMD_OK)
			continue;
		*name = candidate;
		candidate = NULL;
		return TMD_OK;
	}
	return tmd_fail(err, TMD_E_CONFLICT, path, "remove the old ones",
			"it was set aside %d times already", DISABLED_MAX - 1);
}

/* Out of the way of the rebuild, with all its bytes; *name is what it will be called. */
static enum tmd_rc move_aside(struct tmd_planning *p, const char *path, char **name,
			      struct tmd_error *err)
{
	if (tmd_debian_must_live_in_local(p, path, err) || free_name(p, path, name, err))
		return TMD_FAILED;
	tmd_changeset_rename(p->set, path, *name);
	tmd_debian_drop_link_of(p, path);
	tmd_strv_add(&p->dropped, path);
	return TMD_OK;
}

/* The first that says where; "there is no certificate in it" follows from that. */
static const char *damage(const struct tmd_debian_input *input)
{
	const struct tmd_strv *problems = &input->file.scan.problems;

	for (size_t i = 0; i < problems->count; i++) {
		if (tmd_str_starts(problems->items[i], "line "))
			return problems->items[i];
	}
	return problems->count ? problems->items[0] : "no end";
}

enum tmd_rc tmd_debian_set_aside(struct tmd_planning *p, const struct tmd_debian_input *input,
			     struct tmd_error *err)
{
	TMD_AUTO_FREE char *name = NULL;

	if (move_aside(p, input->file.path, &name, err))
		return TMD_FAILED;
	tmd_strv_addf(&p->r->warnings,
		      "%s is damaged (%s): compiled, it makes the whole bundle unloadable or takes "
		      "what stands beside it; it is set aside as %s, its bytes are kept",
		      input->file.path, damage(input), tmd_path_base(name));
	return TMD_OK;
}

static enum tmd_rc set_aside_mangled(struct tmd_planning *p, struct tmd_error *err)
{
	for (size_t i = 0; i < p->store->inputs.count; i++) {
		const struct tmd_debian_input *input = &p->store->inputs.items[i];
		TMD_AUTO_FREE char *name = NULL;

		if (!input->mangled || tmd_strv_has(&p->dropped, input->file.path))
			continue;
		if (move_aside(p, input->file.path, &name, err))
			return TMD_FAILED;
		tmd_strv_addf(&p->r->warnings,
			      "update-ca-certificates cannot read the name of %s and fails there: "
			      "it is set aside as %s",
			      input->file.path, tmd_path_base(name));
	}
	return TMD_OK;
}

/* A package's file is not ours to move. */
static enum tmd_rc refuse_vendor(const struct tmd_debian_input *input, struct tmd_error *err)
{
	return tmd_fail(err, TMD_E_CONFLICT, input->file.path,
			"dpkg --verify ca-certificates tells whether the package brought it so; "
			"write it anew, or put a '!' before its line in " TMD_DEBIAN_CONF,
			"the file is damaged (%s), and a rebuild would compile a bundle that does "
			"not load or lacks what stands beside it",
			damage(input));
}

static bool is_own(const struct tmd_planning *p, const struct tmd_debian_input *input)
{
	return p->writes_own && strcmp(input->file.path, p->own) == 0;
}

static enum tmd_rc handle_damaged(struct tmd_planning *p, struct tmd_error *err)
{
	for (size_t i = 0; i < p->store->inputs.count; i++) {
		const struct tmd_debian_input *input = &p->store->inputs.items[i];
		bool breaks = false;

		if (tmd_strv_has(&p->dropped, input->file.path) || is_own(p, input))
			continue;
		if (tmd_anchor_file_breaks(&input->file, p->anchor->cert, &breaks, err))
			return TMD_FAILED;
		if (!breaks)
			continue;
		if (input->local ? tmd_debian_set_aside(p, input, err) : refuse_vendor(input, err))
			return TMD_FAILED;
	}
	return TMD_OK;
}

/* ---- what the rebuild will leave ---- */

static enum tmd_rc compile_once(struct tmd_planning *p, struct tmd_debian_whole *whole,
				struct tmd_error *err)
{
	return tmd_debian_compile(p->ctx, &p->store->inputs, &p->dropped, p->writes_own ? p->own : NULL,
				  p->anchor->cert, whole, err);
}

/* Nothing beside these is harmed, so the rebuild goes on: it would have lost them anyway. */
static void warn_of_lost(struct tmd_planning *p, const struct tmd_debian_whole *whole)
{
	const struct tmd_debian_input *input;
	size_t next = 0;

	while ((input = tmd_debian_whole_lost(whole, &next)))
		tmd_strv_addf(&p->r->warnings,
			      "OpenSSL reads %s alone, and not where it stands in the compiled "
			      "bundle: take out what comes before its BEGIN line",
			      input->file.path);
}

/* Compiles what is left after everything is out of the way that would harm the whole. */
static enum tmd_rc compile(struct tmd_planning *p, struct tmd_debian_whole *whole,
			   struct tmd_error *err)
{
	if (compile_once(p, whole, err))
		return TMD_FAILED;
	if (tmd_debian_whole_is_sound(whole))
		return TMD_OK;
	tmd_debian_whole_release(whole);
	if (handle_damaged(p, err) || compile_once(p, whole, err))
		return TMD_FAILED;
	warn_of_lost(p, whole);
	if (whole->scan.loads || !whole->scan.count)
		return TMD_OK;
	return tmd_fail(err, TMD_E_CONFLICT, TMD_DEBIAN_BUNDLE,
			"dpkg --verify ca-certificates names damaged vendor files",
			"a rebuild would compile a bundle that does not load: %s",
			whole->scan.problems.count ? whole->scan.problems.items[0] :
						     "no reason given");
}

static enum tmd_rc patch_current(struct tmd_planning *p, const struct tmd_anchor_file *bundle,
				 struct tmd_buf *text, struct tmd_error *err)
{
	const struct tmd_cert *cert = p->anchor->cert;

	tmd_buf_add(text, tmd_buf_str(&bundle->text), bundle->text.len);
	if (p->anchor->wish == TMD_ANCHOR_ABSENT)
		return tmd_bundle_cut(text, cert->der, cert->der_len, err);
	if (!tmd_anchor_file_holds(bundle, cert))
		tmd_bundle_append(text, cert->der, cert->der_len);
	return TMD_OK;
}

static enum tmd_rc refuse_to_empty(const struct tmd_planning *p, size_t lost, size_t count,
				   struct tmd_error *err)
{
	const char *hint = "restore the list (dpkg-reconfigure ca-certificates), or run "
			   "update-ca-certificates yourself if that is meant";

	if (lost < MOST_LOST_MIN || lost * 2 < count)
		return TMD_OK;
	return tmd_fail(err, TMD_E_CONFLICT, TMD_DEBIAN_CONF, hint,
			"%s: a rebuild would drop %zu of the %zu certificates that are trusted now",
			p->store->inputs.has_conf ? "the list does not name them" :
						   "the list is missing",
			lost, count);
}

/* What no input names any more goes. */
static enum tmd_rc follow_losses(struct tmd_planning *p, const struct tmd_bundle *now,
				 const struct tmd_bundle *wanted, struct tmd_buf *text,
				 struct tmd_error *err)
{
	TMD_CLEANUP(tmd_anchor_aside_release) struct tmd_anchor_aside lost = { 0 };

	for (size_t i = 0; i < now->count; i++) {
		const struct tmd_bundle_entry *entry = &now->entries[i];

		if (!tmd_bundle_find(wanted, entry->der, entry->der_len, 0) &&
		    tmd_anchor_aside_note(&lost, &p->store->asides, entry->der, entry->der_len) &&
		    tmd_bundle_cut(text, entry->der, entry->der_len, err))
			return TMD_FAILED;
	}
	tmd_anchor_aside_tell(&lost, "drops", "that no input names any more", TMD_DEBIAN_CONF,
			      &p->r->warnings);
	return refuse_to_empty(p, lost.count, now->count, err);
}

/* What an input names by now comes. */
static void follow_gains(struct tmd_planning *p, const struct tmd_bundle *now,
			 const struct tmd_bundle *wanted, struct tmd_buf *text)
{
	TMD_CLEANUP(tmd_anchor_aside_release) struct tmd_anchor_aside gained = { 0 };

	for (size_t i = 0; i < wanted->count; i++) {
		const struct tmd_bundle_entry *entry = &wanted->entries[i];

		if (!tmd_bundle_find(now, entry->der, entry->der_len, 0) &&
		    tmd_anchor_aside_note(&gained, &p->store->asides, entry->der, entry->der_len))
			tmd_bundle_append(text, entry->der, entry->der_len);
	}
	tmd_anchor_aside_tell(&gained, "takes in", "that the inputs name and nobody compiled yet",
			      TMD_DEBIAN_LOCAL " and " TMD_DEBIAN_CONF, &p->r->warnings);
}

/*
 * A rebuild does more than this resource asks for where inputs were changed without one. That
 * belongs into the plan.
 */
static enum tmd_rc follow_inputs(struct tmd_planning *p, const struct tmd_bundle *wanted,
				 struct tmd_buf *text, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_bundle_release) struct tmd_bundle now = { 0 };
	TMD_AUTO_BUF struct tmd_buf disk = { 0 };

	if (tmd_view_read(p->ctx->view, TMD_DEBIAN_BUNDLE, TMD_BUNDLE_MAX, &disk, NULL, err) ||
	    tmd_scan_once(p->ctx, &disk, &now, err) ||
	    follow_losses(p, &now, wanted, text, err))
		return TMD_FAILED;
	follow_gains(p, &now, wanted, text);
	return TMD_OK;
}

/*
 * Resources planned later in this run see the bundle as the rebuild is expected to leave it.
 * Other anchors of the run are in the bundle's planned text, not yet among the inputs: so it
 * is patched, and compiled anew only where it is beyond patching.
 */
static enum tmd_rc expect_bundle(struct tmd_planning *p, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_debian_whole_release) struct tmd_debian_whole compiled = { 0 };
	const struct tmd_anchor_file *bundle = &p->store->bundle;
	TMD_AUTO_BUF struct tmd_buf patched = { 0 };

	if (compile(p, &compiled, err) || tmd_debian_load_bundle(p->store, err))
		return TMD_FAILED;
	if (!compiled.scan.count)
		tmd_strv_add(&p->r->warnings,
			     "it is the last one: the rebuild leaves an empty bundle, and programs "
			     "that go by the store accept no server then");
	if (!bundle->scan.loads) {
		tmd_changeset_expect(p->set, TMD_DEBIAN_BUNDLE, &compiled.text);
		return TMD_OK;
	}
	if (patch_current(p, bundle, &patched, err) ||
	    follow_inputs(p, &compiled.scan, &patched, err))
		return TMD_FAILED;
	tmd_changeset_expect(p->set, TMD_DEBIAN_BUNDLE, &patched);
	return TMD_OK;
}

/* The hashed directory as far as this certificate goes: one that is not reached yet will be. */
static enum tmd_rc expect_entry(struct tmd_planning *p, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_hash_chain_release) struct tmd_hash_chain chain = { 0 };
	struct tmd_buf pem = { 0 };

	if (p->anchor->wish != TMD_ANCHOR_PRESENT)
		return TMD_OK;
	if (tmd_hashdir_find(p->ctx, &p->store->hashed, p->anchor->cert, false, &chain, err))
		return TMD_FAILED;
	if (chain.entry || !chain.vacant)
		return TMD_OK;
	tmd_cert_add_pem(&pem, p->anchor->cert->der, p->anchor->cert->der_len);
	tmd_changeset_expect(p->set, chain.vacant, &pem);
	return TMD_OK;
}

/* Law 7: the script would copy the key into a bundle that everyone can read. */
static enum tmd_rc refuse_keys(const struct tmd_planning *p, struct tmd_error *err)
{
	for (size_t i = 0; i < p->store->inputs.count; i++) {
		const struct tmd_anchor_file *file = &p->store->inputs.items[i].file;

		if (!file->scan.has_private_key || tmd_strv_has(&p->dropped, file->path) ||
		    is_own(p, &p->store->inputs.items[i]))
			continue;
		return tmd_fail(err, TMD_E_CONFLICT, file->path,
				"move the key out of that file, and replace the key: it may have "
				"been in the bundle already",
				"the file holds a private key, which a rebuild copies into the "
				"bundle that everyone can read");
	}
	return TMD_OK;
}

/* Whatever it holds, the script copies it; only what was read can be vouched for. */
static enum tmd_rc refuse_unreadable(const struct tmd_planning *p, struct tmd_error *err)
{
	for (size_t i = 0; tmd_user_is_admin() && i < p->store->inputs.count; i++) {
		const struct tmd_anchor_file *file = &p->store->inputs.items[i].file;

		if (!file->trouble || tmd_strv_has(&p->dropped, file->path) ||
		    is_own(p, &p->store->inputs.items[i]))
			continue;
		return tmd_fail(err, TMD_E_CONFLICT, file->path,
				"look at the file, and move it away if it does not belong there",
				"nobody can say what a rebuild would compile: %s", file->trouble);
	}
	return TMD_OK;
}

/* What the rebuild needs and would only miss in the middle of it. */
static enum tmd_rc check_parts(const struct tmd_planning *p, struct tmd_error *err)
{
	if (!tmd_view_exists(p->ctx->view, TMD_DEBIAN_HASHED))
		return tmd_fail(err, TMD_E_NOT_FOUND, TMD_DEBIAN_HASHED,
				"make the directory, with mode 0755",
				"the directory of the trust store is missing");
	if (!tmd_view_exists(p->ctx->view, TMD_DEBIAN_OPENSSL))
		return tmd_fail(err, TMD_E_NOT_FOUND, TMD_DEBIAN_OPENSSL,
				"install the package openssl",
				"nothing here can put the hashed directory in order");
	return refuse_unreadable(p, err) || refuse_keys(p, err) ? TMD_FAILED : TMD_OK;
}

static void write_conf(struct tmd_planning *p)
{
	const struct tmd_debian_inputs *inputs = &p->store->inputs;

	if (tmd_buf_equal(&p->conf, tmd_buf_str(&inputs->conf), inputs->conf.len))
		return;
	tmd_changeset_write(p->set, TMD_DEBIAN_CONF, &p->conf, NULL);
}

static void forget(struct tmd_resource *r, const char *text)
{
	for (size_t i = r->read_warnings; i > 0; i--) {
		if (strcmp(r->warnings.items[i - 1], text) != 0)
			continue;
		tmd_strv_remove(&r->warnings, i - 1);
		r->read_warnings--;
	}
}

/*
 * Reading told of files that are no use, and does not look at them any more once the anchor is
 * there. So the plan takes these warnings over: apply has them too, and none of what goes away.
 */
static void take_over_warnings(struct tmd_planning *p)
{
	for (size_t i = 0; i < p->store->inputs.count; i++) {
		const struct tmd_debian_input *input = &p->store->inputs.items[i];
		TMD_AUTO_FREE char *useless = tmd_debian_input_useless(input);

		if (!useless)
			continue;
		forget(p->r, useless);
		if (!tmd_strv_has(&p->dropped, input->file.path) && !is_own(p, input))
			tmd_strv_add(&p->r->warnings, useless);
	}
}

enum tmd_rc tmd_debian_ask_for_rebuild(struct tmd_planning *p, struct tmd_error *err)
{
	struct tmd_fs *fs = p->ctx->fs;

	if (!tmd_fs_exists(fs, TMD_DEBIAN_PROGRAM))
		return tmd_fail(err, TMD_E_NOT_FOUND, TMD_DEBIAN_PROGRAM,
				"install the package ca-certificates",
				"there is nothing here that compiles the trust store");
	if (!tmd_fs_is_live(fs) && !tmd_user_is_admin())
		return tmd_fail(err, TMD_E_PERMISSION, TMD_DEBIAN_PROGRAM, "run as root",
				"only root can run a program inside another root");
	if (check_parts(p, err) || set_aside_mangled(p, err) || expect_bundle(p, err) ||
	    expect_entry(p, err))
		return TMD_FAILED;
	take_over_warnings(p);
	write_conf(p);
	tmd_changeset_touch(p->set, TMD_DEBIAN_BUNDLE);
	p->set->rebuild = true;
	return TMD_OK;
}

/* The list as the rebuild has to find it, so that what it means to name is not lost. */
void tmd_debian_mend_conf(struct tmd_planning *p)
{
	const struct tmd_debian_inputs *inputs = &p->store->inputs;

	tmd_buf_add(&p->conf, tmd_buf_str(&inputs->conf), inputs->conf.len);
	tmd_debian_inputs_mend(inputs, &p->conf, &p->r->warnings);
}
