/*
 * What has to change so that update-ca-certificates compiles what is wished: one input of
 * our own with a name that nothing else can have, and out of the way whatever would keep
 * the rebuild from taking effect.
 */
#include "resources/anchor/unix/debian.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "os/user.h"
#include "resources/anchor/unix/debian_compile.h"

#define DISABLED ".trustmend-disabled"
#define DISABLED_MAX 100 /* earlier ones with the same name */
#define MOST_LOST_MIN 10 /* certificates; fewer may go without being most of a store */
#define JAVA_KEYSTORE "/etc/ssl/certs/java/cacerts"

struct planning {
	struct tmd_ctx *ctx;
	struct tmd_resource *r;
	const struct tmd_anchor *anchor;
	struct tmd_changeset *set;
	struct tmd_debian_store store; /* its inputs are there */
	struct tmd_debian_links links;
	struct tmd_strv dropped; /* inputs that the rebuild will not find any more */
	struct tmd_buf conf;	 /* the list as it will be */
	char *own;		 /* path of the input that is ours */
	bool writes_own;
};

static void planning_release(struct planning *p)
{
	tmd_debian_store_release(&p->store);
	tmd_debian_links_release(&p->links);
	tmd_strv_release(&p->dropped);
	tmd_buf_release(&p->conf);
	free(p->own);
}

/* ---- small steps ---- */

static void drop_link(struct planning *p, const char *link)
{
	for (size_t i = 0; i < p->set->count; i++) {
		if (p->set->actions[i].kind == TMD_ACT_REMOVE &&
		    strcmp(p->set->actions[i].path, link) == 0)
			return;
	}
	tmd_changeset_remove(p->set, link);
}

/* The script takes an input for new, tells the hooks and rehashes, when its link is missing. */
static void drop_link_of(struct planning *p, const char *input)
{
	TMD_AUTO_FREE char *link = tmd_debian_link(input);
	TMD_AUTO_FREE char *target = tmd_debian_link_target(p->ctx, link);

	if (tmd_str_equal(target, input))
		drop_link(p, link);
}

/*
 * Is the file itself below the administrator's directory? Changing one that is merely linked
 * from there would change what other programs use.
 */
static enum tmd_rc lives_in_local(struct planning *p, const char *path, bool *lives,
				  struct tmd_error *err)
{
	TMD_AUTO_FREE char *dir = tmd_path_dir(path);
	TMD_AUTO_FREE char *real = NULL;
	TMD_AUTO_FREE char *local = NULL;

	if (tmd_fs_resolve(p->ctx->fs, dir, &real, err) ||
	    tmd_fs_resolve(p->ctx->fs, TMD_DEBIAN_LOCAL, &local, err))
		return TMD_FAILED;
	*lives = tmd_str_starts(real, local) &&
		 (real[strlen(local)] == '/' || real[strlen(local)] == '\0');
	return TMD_OK;
}

static enum tmd_rc must_live_in_local(struct planning *p, const char *path, struct tmd_error *err)
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
static enum tmd_rc check_directories(struct planning *p, const char *path, struct tmd_error *err)
{
	for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		TMD_AUTO_FREE char *dir = tmd_strndup(path, (size_t)(slash - path));
		TMD_AUTO_FREE char *hint = NULL;
		struct tmd_error local = { 0 };
		struct tmd_stat st;

		if (tmd_fs_stat(p->ctx->fs, dir, &st, &local) || st.mode & 0001)
			continue;
		hint = tmd_format("chmod a+rx %s", dir);
		return tmd_fail(err, TMD_E_CONFLICT, dir, hint,
				"only root could use the certificate: %s has mode %04o", dir,
				(unsigned)st.mode);
	}
	return TMD_OK;
}

static enum tmd_rc check_places(struct planning *p, const char *input, struct tmd_error *err)
{
	TMD_AUTO_FREE char *real = NULL;
	TMD_AUTO_FREE char *bundle = NULL;

	if (tmd_fs_resolve(p->ctx->fs, input, &real, err) ||
	    tmd_fs_resolve(p->ctx->fs, TMD_DEBIAN_BUNDLE, &bundle, err))
		return TMD_FAILED;
	return check_directories(p, real, err) || check_directories(p, bundle, err) ? TMD_FAILED
										    : TMD_OK;
}

static enum tmd_rc make_readable(struct planning *p, const char *path, struct tmd_error *err)
{
	struct tmd_fs_attr attr = { 0644, TMD_KEEP, TMD_KEEP, 0 };
	TMD_AUTO_FREE char *real = NULL;
	TMD_AUTO_FREE char *hint = NULL;
	struct tmd_stat st;

	if (tmd_fs_stat(p->ctx->fs, path, &st, err))
		return TMD_FAILED;
	if (st.mode & 0004)
		return TMD_OK;
	if (tmd_fs_resolve(p->ctx->fs, path, &real, err))
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

/* ---- inputs that break everything ---- */

static enum tmd_rc free_name(struct planning *p, const char *path, char **name,
			     struct tmd_error *err)
{
	struct tmd_error local = { 0 };
	struct tmd_stat st;

	for (unsigned n = 1; n < DISABLED_MAX; n++) {
		TMD_AUTO_FREE char *candidate = n == 1 ? tmd_format("%s" DISABLED, path)
						       : tmd_format("%s" DISABLED "-%u", path, n);

		if (tmd_fs_lstat(p->ctx->fs, candidate, &st, &local) == TMD_OK)
			continue;
		*name = candidate;
		candidate = NULL;
		return TMD_OK;
	}
	return tmd_fail(err, TMD_E_CONFLICT, path, "remove the old ones",
			"it was set aside %d times already", DISABLED_MAX - 1);
}

/* Out of the way of the rebuild, with all its bytes; *name is what it will be called. */
static enum tmd_rc move_aside(struct planning *p, const char *path, char **name,
			      struct tmd_error *err)
{
	if (must_live_in_local(p, path, err) || free_name(p, path, name, err))
		return TMD_FAILED;
	tmd_changeset_rename(p->set, path, *name);
	drop_link_of(p, path);
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

static enum tmd_rc set_aside(struct planning *p, const struct tmd_debian_input *input,
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

static enum tmd_rc set_aside_mangled(struct planning *p, struct tmd_error *err)
{
	for (size_t i = 0; i < p->store.inputs.count; i++) {
		const struct tmd_debian_input *input = &p->store.inputs.items[i];
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
			"dpkg --verify ca-certificates tells whether the package brought it so; write "
			"it anew, or put a '!' before its line in " TMD_DEBIAN_CONF,
			"the file is damaged (%s), and a rebuild would compile a bundle that does not "
			"load or lacks what stands beside it",
			damage(input));
}

static bool is_own(const struct planning *p, const struct tmd_debian_input *input)
{
	return p->writes_own && strcmp(input->file.path, p->own) == 0;
}

static enum tmd_rc handle_damaged(struct planning *p, struct tmd_error *err)
{
	for (size_t i = 0; i < p->store.inputs.count; i++) {
		const struct tmd_debian_input *input = &p->store.inputs.items[i];
		bool breaks = false;

		if (tmd_strv_has(&p->dropped, input->file.path) || is_own(p, input))
			continue;
		if (tmd_anchor_file_breaks(&input->file, p->anchor->cert, &breaks, err))
			return TMD_FAILED;
		if (!breaks)
			continue;
		if (input->local ? set_aside(p, input, err) : refuse_vendor(input, err))
			return TMD_FAILED;
	}
	return TMD_OK;
}

/* ---- what the rebuild will leave ---- */

static enum tmd_rc compile_once(struct planning *p, struct tmd_debian_whole *whole,
				struct tmd_error *err)
{
	return tmd_debian_compile(&p->store.inputs, &p->dropped, p->writes_own ? p->own : NULL,
				  p->anchor->cert, whole, err);
}

/* Nothing beside these is harmed, so the rebuild goes on: it would have lost them anyway. */
static void warn_of_lost(struct planning *p, const struct tmd_debian_whole *whole)
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
static enum tmd_rc compile(struct planning *p, struct tmd_debian_whole *whole,
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

static enum tmd_rc patch_current(struct planning *p, const struct tmd_anchor_file *bundle,
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

static enum tmd_rc refuse_to_empty(const struct planning *p, size_t lost, size_t count,
				   struct tmd_error *err)
{
	const char *hint = "restore the list (dpkg-reconfigure ca-certificates), or run "
			   "update-ca-certificates yourself if that is meant";

	if (lost < MOST_LOST_MIN || lost * 2 < count)
		return TMD_OK;
	return tmd_fail(err, TMD_E_CONFLICT, TMD_DEBIAN_CONF, hint,
			"%s: a rebuild would drop %zu of the %zu certificates that are trusted now",
			p->store.inputs.has_conf ? "the list does not name them" :
						   "the list is missing",
			lost, count);
}

/*
 * A rebuild does more than this resource asks for where inputs were changed without one: what
 * no input names any more goes, what one names by now comes. Both belong into the plan.
 */
static enum tmd_rc follow_inputs(struct planning *p, const struct tmd_bundle *wanted,
				 struct tmd_buf *text, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_bundle_release) struct tmd_bundle now = { 0 };
	TMD_AUTO_BUF struct tmd_buf disk = { 0 };
	const struct tmd_cert *cert = p->anchor->cert;
	TMD_AUTO_FREE char *first = NULL;
	size_t lost = 0;

	if (tmd_fs_read(p->ctx->fs, TMD_DEBIAN_BUNDLE, TMD_BUNDLE_MAX, &disk, NULL, err) ||
	    tmd_bundle_scan(tmd_buf_str(&disk), disk.len, &now, err))
		return TMD_FAILED;
	for (size_t i = 0; i < now.count; i++) {
		const struct tmd_bundle_entry *entry = &now.entries[i];

		if (tmd_bundle_find(wanted, entry->der, entry->der_len, 0) ||
		    (entry->der_len == cert->der_len &&
		     memcmp(entry->der, cert->der, cert->der_len) == 0))
			continue;
		if (tmd_bundle_cut(text, entry->der, entry->der_len, err))
			return TMD_FAILED;
		if (!lost++)
			first = tmd_cert_subject(entry->der, entry->der_len);
	}
	for (size_t i = 0; i < wanted->count; i++) {
		const struct tmd_bundle_entry *entry = &wanted->entries[i];

		if (!tmd_bundle_find(&now, entry->der, entry->der_len, 0) &&
		    (entry->der_len != cert->der_len ||
		     memcmp(entry->der, cert->der, cert->der_len) != 0))
			tmd_bundle_append(text, entry->der, entry->der_len);
	}
	if (lost)
		tmd_strv_addf(&p->r->warnings,
			      "the rebuild also drops %zu certificates that no input names any "
			      "more, %s among them: look at " TMD_DEBIAN_CONF,
			      lost, first ? first : "one without a name");
	return refuse_to_empty(p, lost, now.count, err);
}

/*
 * Resources planned later in this run see the bundle as the rebuild is expected to leave it.
 * Other anchors of the run are in the bundle's planned text, not yet among the inputs: so it
 * is patched, and compiled anew only where it is beyond patching.
 */
static enum tmd_rc expect_bundle(struct planning *p, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_debian_whole_release) struct tmd_debian_whole compiled = { 0 };
	TMD_CLEANUP(tmd_anchor_file_release) struct tmd_anchor_file bundle = { 0 };
	TMD_AUTO_BUF struct tmd_buf patched = { 0 };

	if (compile(p, &compiled, err) ||
	    tmd_anchor_file_load(p->ctx, TMD_DEBIAN_BUNDLE, &bundle, err))
		return TMD_FAILED;
	if (!bundle.scan.loads) {
		tmd_changeset_expect(p->set, TMD_DEBIAN_BUNDLE, &compiled.text);
		return TMD_OK;
	}
	if (patch_current(p, &bundle, &patched, err) ||
	    follow_inputs(p, &compiled.scan, &patched, err))
		return TMD_FAILED;
	tmd_changeset_expect(p->set, TMD_DEBIAN_BUNDLE, &patched);
	return TMD_OK;
}

/* Law 7: the script would copy the key into a bundle that everyone can read. */
static enum tmd_rc refuse_keys(const struct planning *p, struct tmd_error *err)
{
	for (size_t i = 0; i < p->store.inputs.count; i++) {
		const struct tmd_anchor_file *file = &p->store.inputs.items[i].file;

		if (!file->scan.has_private_key || tmd_strv_has(&p->dropped, file->path) ||
		    is_own(p, &p->store.inputs.items[i]))
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
static enum tmd_rc refuse_unreadable(const struct planning *p, struct tmd_error *err)
{
	for (size_t i = 0; tmd_user_is_admin() && i < p->store.inputs.count; i++) {
		const struct tmd_anchor_file *file = &p->store.inputs.items[i].file;

		if (!file->trouble || tmd_strv_has(&p->dropped, file->path) ||
		    is_own(p, &p->store.inputs.items[i]))
			continue;
		return tmd_fail(err, TMD_E_CONFLICT, file->path,
				"look at the file, and move it away if it does not belong there",
				"nobody can say what a rebuild would compile: %s", file->trouble);
	}
	return TMD_OK;
}

/* What the rebuild needs and would only miss in the middle of it. */
static enum tmd_rc check_parts(const struct planning *p, struct tmd_error *err)
{
	if (!tmd_fs_exists(p->ctx->fs, TMD_DEBIAN_HASHED))
		return tmd_fail(err, TMD_E_NOT_FOUND, TMD_DEBIAN_HASHED,
				"make the directory, with mode 0755",
				"the directory of the trust store is missing");
	if (!tmd_fs_exists(p->ctx->fs, TMD_DEBIAN_OPENSSL))
		return tmd_fail(err, TMD_E_NOT_FOUND, TMD_DEBIAN_OPENSSL,
				"install the package openssl",
				"nothing here can put the hashed directory in order");
	return refuse_unreadable(p, err) || refuse_keys(p, err) ? TMD_FAILED : TMD_OK;
}

static void write_conf(struct planning *p)
{
	const struct tmd_debian_inputs *inputs = &p->store.inputs;

	if (tmd_buf_equal(&p->conf, tmd_buf_str(&inputs->conf), inputs->conf.len))
		return;
	if (!p->r->diff.path)
		tmd_anchor_set_diff(p->r, TMD_DEBIAN_CONF, inputs->has_conf ? &inputs->conf : NULL,
				    &p->conf);
	tmd_changeset_write(p->set, TMD_DEBIAN_CONF, &p->conf, NULL);
}

static enum tmd_rc ask_for_rebuild(struct planning *p, struct tmd_error *err)
{
	struct tmd_fs *fs = p->ctx->fs;

	if (!tmd_fs_exists(fs, TMD_DEBIAN_PROGRAM))
		return tmd_fail(err, TMD_E_NOT_FOUND, TMD_DEBIAN_PROGRAM,
				"install the package ca-certificates",
				"there is nothing here that compiles the trust store");
	if (!tmd_fs_is_live(fs) && !tmd_user_is_admin())
		return tmd_fail(err, TMD_E_PERMISSION, TMD_DEBIAN_PROGRAM, "run as root",
				"only root can run a program inside another root");
	if (check_parts(p, err) || set_aside_mangled(p, err) || expect_bundle(p, err))
		return TMD_FAILED;
	write_conf(p);
	tmd_changeset_touch(p->set, TMD_DEBIAN_BUNDLE);
	p->set->rebuild = true;
	return TMD_OK;
}

/* ---- present ---- */

static bool provides(const struct tmd_debian_input *input, const struct tmd_cert *cert)
{
	return tmd_anchor_file_is_only(&input->file, cert) && !input->clashes && !input->mangled &&
	       !input->file.scan.has_private_key;
}

static const struct tmd_debian_input *find_provider(const struct planning *p)
{
	for (size_t i = 0; i < p->store.inputs.count; i++) {
		if (provides(&p->store.inputs.items[i], p->anchor->cert))
			return &p->store.inputs.items[i];
	}
	return NULL;
}

static enum tmd_rc write_own(struct planning *p, struct tmd_error *err)
{
	static const struct tmd_fs_attr attr = { 0644, TMD_KEEP, TMD_KEEP, 0755 };
	const struct tmd_cert *cert = p->anchor->cert;
	struct tmd_anchor_file old = { 0 };
	struct tmd_error ignored = { 0 };
	struct tmd_buf content = { 0 };
	struct tmd_stat st;

	/* A link would be followed, and something that is not ours overwritten. */
	if (tmd_fs_lstat(p->ctx->fs, p->own, &st, &ignored) == TMD_OK &&
	    st.type != TMD_FILE_REGULAR)
		return tmd_fail(err, TMD_E_CONFLICT, p->own, "remove it",
				"our own file name is taken by something that is no file");
	if (tmd_anchor_file_load(p->ctx, p->own, &old, err))
		return TMD_FAILED;
	tmd_cert_add_pem(&content, cert->der, cert->der_len);
	tmd_anchor_set_diff(p->r, p->own, old.trouble ? NULL : &old.text, &content);
	tmd_anchor_file_release(&old);
	drop_link_of(p, p->own);
	tmd_changeset_write(p->set, p->own, &content, &attr);
	p->writes_own = true;
	return TMD_OK;
}

static enum tmd_rc use_provider(struct planning *p, const struct tmd_debian_input *input,
				struct tmd_error *err)
{
	struct tmd_debian_outcome outcome = { 0 };
	bool reached;

	if (make_readable(p, input->file.path, err) ||
	    tmd_debian_judge(&p->store, p->anchor->cert, false, &outcome, err))
		return TMD_FAILED;
	reached = outcome.hashed.entry != NULL;
	tmd_debian_outcome_release(&outcome);
	if (!reached)
		drop_link_of(p, input->file.path);
	return TMD_OK;
}

/* Of two blocks with one certificate OpenSSL keeps the first, with its trust settings. */
static enum tmd_rc refuse_rejecting(const struct planning *p, struct tmd_error *err)
{
	for (size_t i = 0; i < p->store.inputs.count; i++) {
		const struct tmd_anchor_file *file = &p->store.inputs.items[i].file;

		if (tmd_anchor_file_trust(file, p->anchor->cert) == TMD_TRUST_NONE)
			return tmd_fail(err, TMD_E_CONFLICT, file->path,
					"remove the file, or replace that block by a plain "
					"CERTIFICATE block, then run again",
					"the file holds it in a TRUSTED CERTIFICATE block whose "
					"trust settings reject it for servers");
	}
	return TMD_OK;
}

static enum tmd_rc plan_present(struct planning *p, struct tmd_error *err)
{
	const struct tmd_debian_input *provider = find_provider(p);
	const char *input = provider ? provider->file.path : p->own;

	if (check_places(p, input, err) || refuse_rejecting(p, err))
		return TMD_FAILED;
	if (provider ? use_provider(p, provider, err) : write_own(p, err))
		return TMD_FAILED;
	for (size_t i = 0; i < p->links.stale.count; i++)
		drop_link(p, p->links.stale.items[i]);
	return ask_for_rebuild(p, err);
}

/* ---- absent ---- */

static enum tmd_rc remove_local(struct planning *p, const struct tmd_debian_input *input,
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
		return set_aside(p, input, err);
	if (must_live_in_local(p, path, err))
		return TMD_FAILED;
	if (!p->dropped.count)
		tmd_anchor_set_diff(p->r, path, &input->file.text, NULL);
	tmd_changeset_remove(p->set, path);
	drop_link_of(p, path);
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

static enum tmd_rc drop_vendor(struct planning *p, const struct tmd_debian_input *input,
			       struct tmd_error *err)
{
	if (tmd_anchor_file_count(&input->file) > 1)
		return tmd_fail(err, TMD_E_CONFLICT, input->file.path, NULL,
				"a vendor file holds %zu certificates, this one among them",
				tmd_anchor_file_count(&input->file));
	tmd_debian_conf_switch_off(&p->conf, p->store.inputs.raw, input->file.path);
	if (!script_finds_link(input->file.path))
		drop_link_of(p, input->file.path);
	tmd_strv_add_once(&p->dropped, input->file.path);
	return TMD_OK;
}

static enum tmd_rc drop_inputs(struct planning *p, struct tmd_error *err)
{
	for (size_t i = 0; i < p->store.inputs.count; i++) {
		const struct tmd_debian_input *input = &p->store.inputs.items[i];

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
static void drop_stale_links(struct planning *p)
{
	for (size_t i = 0; i < p->links.stale.count; i++) {
		const char *link = p->links.stale.items[i];
		TMD_AUTO_FREE char *target = tmd_debian_link_target(p->ctx, link);
		bool vendor = target && tmd_str_starts(target, TMD_DEBIAN_VENDOR "/");

		if (vendor)
			tmd_debian_conf_switch_off(&p->conf, p->store.inputs.raw, target);
		if (!vendor || !script_finds_link(target))
			drop_link(p, link);
	}
}

static void drop_leftovers(struct planning *p)
{
	const struct tmd_strv *leftovers = &p->anchor->view.leftovers;

	/* The hash links themselves are left to the rehash, which closes the gap with them. */
	for (size_t i = 0; i < leftovers->count; i++) {
		if (tmd_str_ends(leftovers->items[i], ".pem"))
			drop_link(p, leftovers->items[i]);
	}
}

static enum tmd_rc plan_absent(struct planning *p, struct tmd_error *err)
{
	bool local_dropped;

	if (p->links.foreign.count)
		return tmd_fail(err, TMD_E_CONFLICT, p->links.foreign.items[0],
				"delete it if nothing else uses it",
				"a file of its own in the hashed directory holds the certificate");
	if (drop_inputs(p, err))
		return TMD_FAILED;
	local_dropped = p->r->diff.path != NULL;
	drop_stale_links(p);
	drop_leftovers(p);
	if (local_dropped && tmd_fs_exists(p->ctx->fs, JAVA_KEYSTORE))
		tmd_strv_add(&p->r->warnings,
			     JAVA_KEYSTORE " is not told of removed local files: "
					   "look there with keytool -list, and delete the alias");
	return ask_for_rebuild(p, err);
}

/* The list as the rebuild has to find it, so that what it means to name is not lost. */
static void mend_conf(struct planning *p)
{
	const struct tmd_debian_inputs *inputs = &p->store.inputs;

	tmd_buf_add(&p->conf, tmd_buf_str(&inputs->conf), inputs->conf.len);
	tmd_debian_inputs_mend(inputs, &p->conf, &p->r->warnings);
}

enum tmd_rc tmd_debian_plan(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_changeset *set,
			    struct tmd_error *err)
{
	const struct tmd_anchor *anchor = tmd_anchor_of(r);
	TMD_CLEANUP(planning_release)
	struct planning p = {
		.ctx = ctx,
		.r = r,
		.anchor = anchor,
		.set = set,
		.store = { .ctx = ctx },
		.own = tmd_format(TMD_DEBIAN_LOCAL "/%s.crt", anchor->own),
	};

	if (anchor->wish == TMD_ANCHOR_DISTRUSTED)
		return tmd_fail(err, TMD_E_UNSUPPORTED, NULL, "write state=absent",
				"Debian's trust store has no way to distrust a certificate");
	if (tmd_anchor_check_verification(anchor, err) ||
	    tmd_debian_links_find(&p.store, anchor->cert, &p.links, err))
		return TMD_FAILED;
	mend_conf(&p);
	return anchor->wish == TMD_ANCHOR_PRESENT ? plan_present(&p, err) : plan_absent(&p, err);
}
