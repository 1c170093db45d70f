/*
 * Planning for a bundle: what must not be touched, whether a small repair is enough, and
 * the new content, which is loaded once more before anything is written.
 */
#include "resources/bundle/reading.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/user.h"
#include "resources/env/dangling.h"
#include "resources/own_place.h"
#include "x509/pem.h"

static char *describe_lines(const struct tmd_certset *set)
{
	TMD_AUTO_STRV struct tmd_strv names = { 0 };
	TMD_AUTO_BUF struct tmd_buf text = { 0 };

	tmd_certset_describe(set, 64, &names);
	for (size_t i = 0; i < names.count; i++)
		tmd_buf_addf(&text, "%s\n", names.items[i]);
	return tmd_buf_steal(&text);
}

/* As often as they stand in the file: one that is there twice is to be there once. */
static char *describe_now(const struct tmd_reading *reading)
{
	TMD_CLEANUP(tmd_certset_release) struct tmd_certset all = { 0 };

	for (size_t i = 0; i < reading->bundle.count; i++) {
		const struct tmd_bundle_entry *entry = &reading->bundle.entries[i];

		if (entry->trust != TMD_TRUST_NONE)
			tmd_certset_add(&all, entry->der, entry->der_len);
	}
	return describe_lines(&all);
}

/* "143 certificates from the system, 2 certificates from /ca.pem, and studio-root" */
static char *join_parts(const struct tmd_strv *parts)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };

	for (size_t i = 0; i < parts->count; i++) {
		bool last = i + 1 == parts->count;

		tmd_buf_addf(&text, "%s%s", !i ? "" : last ? ", and " : ", ", parts->items[i]);
	}
	return tmd_buf_steal(&text);
}

/* Nobody reads the subjects of all that a new file holds. */
static void tell_new(const struct tmd_resource *r, const struct tmd_reading *reading,
		     struct tmd_changeset *set)
{
	tmd_changeset_tell(set, tmd_bundle_path(r), NULL, describe_lines(&reading->wanted));
	tmd_changeset_outline(set, F_COUNT, join_parts(&reading->parts));
}

/* Certificates say more than base64; where they are the same, the lines of the text are shown. */
static void tell_difference(const struct tmd_resource *r, const struct tmd_reading *reading,
			    struct tmd_changeset *set)
{
	TMD_AUTO_FREE char *before = NULL;
	TMD_AUTO_FREE char *after = NULL;

	if (!reading->exists && !tmd_bundle_wants_absent(r)) {
		tell_new(r, reading, set);
		return;
	}
	before = reading->exists ? describe_now(reading) : NULL;
	after = tmd_bundle_wants_absent(r) ? NULL : describe_lines(&reading->wanted);
	if (tmd_str_equal(before, after))
		return;
	tmd_changeset_tell(set, tmd_bundle_path(r), before, after);
	before = NULL;
	after = NULL;
}

/* Could this be, or have been meant as, a bundle? Anything else is someone's file. */
static bool looks_like_bundle(const struct tmd_reading *reading)
{
	const char *text = tmd_buf_str(&reading->text);
	size_t len = reading->text.len;

	return reading->bundle.count || reading->bundle.hidden_count || tmd_text_kind(text, len) != TMD_TEXT_PLAIN ||
	       tmd_text_find(text, len, "CERTIFICATE--") < len;
}

enum tmd_rc tmd_bundle_refuse_key(const struct tmd_resource *r, struct tmd_error *err)
{
	return tmd_fail(err, TMD_E_CONFLICT, tmd_bundle_path(r),
			"move the key to a file of its own, or name another path",
			"there is a private key in this file: it is not changed");
}

static enum tmd_rc refuse_foreign_file(const struct tmd_resource *r,
				       const struct tmd_reading *reading, struct tmd_error *err)
{
	if (reading->bundle.has_private_key)
		return tmd_bundle_refuse_key(r, err);
	if (!looks_like_bundle(reading))
		return tmd_fail(err, TMD_E_CONFLICT, tmd_bundle_path(r),
				"name the path of a CA bundle, or remove the file yourself",
				"this file is no CA bundle: it is not changed");
	return TMD_OK;
}

static enum tmd_rc wanted_attr(struct tmd_ctx *ctx, const struct tmd_resource *r,
			       struct tmd_fs_attr *attr, struct tmd_error *err)
{
	const char *owner = tmd_bundle_owner(ctx, r, F_OWNER);
	const char *group = tmd_bundle_owner(ctx, r, F_GROUP);

	memset(attr, 0, sizeof(*attr));
	attr->uid = TMD_KEEP;
	attr->gid = TMD_KEEP;
	if (tmd_bundle_parse_mode(r, &attr->mode, err))
		return TMD_FAILED;
	if (owner && tmd_user_id(ctx->fs, owner, &attr->uid, err))
		return TMD_FAILED;
	if (group && tmd_group_id(ctx->fs, group, &attr->gid, err))
		return TMD_FAILED;
	return TMD_OK;
}

static bool holds_only(const struct tmd_certset *set, const struct tmd_certset *allowed)
{
	struct tmd_certset rest = { 0 };
	bool only;

	tmd_certset_subtract(set, allowed, &rest);
	only = rest.count == 0;
	tmd_certset_release(&rest);
	return only;
}

/* What has to come goes to the end of a text that stays. */
static void keep_text(const struct tmd_reading *reading, struct tmd_buf *out)
{
	TMD_CLEANUP(tmd_certset_release) struct tmd_certset all = { 0 };
	TMD_CLEANUP(tmd_certset_release) struct tmd_certset fresh = { 0 };

	tmd_buf_add(out, tmd_buf_str(reading->kept), reading->kept->len);
	tmd_certset_add_all(&all, &reading->bundle);
	tmd_certset_subtract(&reading->wanted, &all, &fresh);
	for (size_t i = 0; i < fresh.count; i++)
		tmd_bundle_append(out, fresh.items[i].der, fresh.items[i].len);
}

/* The last look before a write: the loader that will read the file, and the right set. */
static enum tmd_rc check_content(const struct tmd_resource *r, const struct tmd_reading *reading,
				 const struct tmd_buf *content, struct tmd_error *err)
{
	struct tmd_certset there = { 0 };
	struct tmd_bundle bundle = { 0 };
	bool right;

	if (tmd_buf_check(content, tmd_bundle_path(r), err) ||
	    tmd_bundle_validate(tmd_buf_str(content), content->len, tmd_bundle_path(r), err) ||
	    tmd_bundle_scan(tmd_buf_str(content), content->len, &bundle, err))
		return TMD_FAILED;
	tmd_certset_add_bundle(&there, &bundle);
	right = tmd_strv_equal(&bundle.problems, &reading->lasting) && there.count == reading->wanted.count &&
		holds_only(&there, &reading->wanted);
	tmd_certset_release(&there);
	tmd_bundle_release(&bundle);
	if (!right)
		return tmd_fail(err, TMD_E_INTERNAL, tmd_bundle_path(r), "please report this",
				"the new content is not what was asked for; nothing was written");
	return TMD_OK;
}

static enum tmd_rc plan_content(struct tmd_resource *r, const struct tmd_reading *reading,
				struct tmd_changeset *set, const struct tmd_fs_attr *attr,
				struct tmd_error *err)
{
	TMD_AUTO_BUF struct tmd_buf content = { .max = TMD_BUNDLE_MAX };

	if (reading->exists && refuse_foreign_file(r, reading, err))
		return TMD_FAILED;
	if (reading->kept)
		keep_text(reading, &content);
	else
		tmd_certset_render(&reading->wanted, &content);
	if (check_content(r, reading, &content, err))
		return TMD_FAILED;
	tmd_bundle_warn_of_change(r, reading);
	if (tmd_value_bool(&r->desired[F_BACKUP], false))
		tmd_changeset_backup(set, tmd_bundle_path(r));
	tmd_changeset_write(set, tmd_bundle_path(r), &content, attr);
	return TMD_OK;
}

/* What is asked to be absent is the name; what it leads to may be others' as well. */
static void warn_of_link(struct tmd_ctx *ctx, struct tmd_resource *r)
{
	TMD_AUTO_FREE char *target = NULL;
	struct tmd_error ignored;

	if (tmd_view_readlink(ctx->view, tmd_bundle_path(r), &target, &ignored) == TMD_OK)
		tmd_strv_addf(&r->warnings,
			      "%s is a symbolic link: the link goes, and %s, to which it leads, "
			      "stays",
			      tmd_bundle_path(r), target);
}

static enum tmd_rc plan_removal(struct tmd_ctx *ctx, struct tmd_resource *r,
				const struct tmd_reading *reading, struct tmd_changeset *set,
				struct tmd_error *err)
{
	if (refuse_foreign_file(r, reading, err))
		return TMD_FAILED;
	if (!reading->bundle.count &&
	    tmd_text_kind(tmd_buf_str(&reading->text), reading->text.len) != TMD_TEXT_EMPTY)
		return tmd_fail(err, TMD_E_CONFLICT, tmd_bundle_path(r),
				"look at the file, and remove it yourself if it is of no use",
				"there is no certificate in this file: it is not removed");
	if (tmd_value_bool(&r->desired[F_BACKUP], false))
		tmd_changeset_backup(set, tmd_bundle_path(r));
	warn_of_link(ctx, r);
	tmd_env_note_dangling(ctx, tmd_bundle_path(r), &r->warnings);
	tmd_changeset_remove(set, tmd_bundle_path(r));
	return TMD_OK;
}

static bool content_differs(const struct tmd_reading *reading)
{
	return !reading->exists || !reading->kept ||
	       !tmd_buf_equal(reading->kept, tmd_buf_str(&reading->text), reading->text.len) ||
	       !holds_only(&reading->now, &reading->wanted) ||
	       !holds_only(&reading->wanted, &reading->now);
}

static enum tmd_rc plan_changes(struct tmd_ctx *ctx, struct tmd_resource *r,
				struct tmd_changeset *set, struct tmd_error *err)
{
	struct tmd_reading *reading = r->priv;
	struct tmd_fs_attr attr;

	if (tmd_bundle_wants_absent(r))
		return plan_removal(ctx, r, reading, set, err);
	if (reading->refusal.kind) {
		/* The warning that reading left of it would only say it twice. */
		if (reading->warned)
			tmd_strv_remove(&r->warnings, r->warnings.count - 1);
		reading->warned = false;
		*err = reading->refusal;
		return TMD_FAILED;
	}
	if (reading->obstacle && !reading->obstacle_is_fine)
		return tmd_fail(err, TMD_E_CONFLICT, tmd_bundle_path(r),
				"chmod a+x that directory, or write mode=0600 where it is meant to "
				"be private",
				"not every user could read it: %s", reading->obstacle);
	if (tmd_own_place_check(ctx, tmd_bundle_path(r), err) ||
	    wanted_attr(ctx, r, &attr, err))
		return TMD_FAILED;
	if (content_differs(reading))
		return plan_content(r, reading, set, &attr, err);
	tmd_changeset_attr(set, tmd_bundle_path(r), &attr);
	return TMD_OK;
}

enum tmd_rc tmd_bundle_plan(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_changeset *set,
			    struct tmd_error *err)
{
	if (plan_changes(ctx, r, set, err))
		return TMD_FAILED;
	tell_difference(r, r->priv, set);
	return TMD_OK;
}
