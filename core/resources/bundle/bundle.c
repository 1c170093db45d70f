/*
 * The type `bundle`: one PEM file that holds the certificates asked for and that OpenSSL
 * loads. What is wanted is a set; a healthy file that holds it keeps its order and comments.
 */
#include "resources/type.h"

#include <stdlib.h>

#include "base/mem.h"
#include "os/user.h"
#include "resources/anchor/anchor.h"
#include "resources/bundle/inputs.h"
#include "resources/bundle/reading.h"
#include "resources/bundle/usable.h"
#include "resources/scans.h"
#include "resources/types.h"

static const char *const states[] = { "present", "absent", NULL };
static const char *const backends[] = { "file", NULL };

static const struct tmd_field fields[] = {
	[F_PATH] = { "path", TMD_T_PATH, TMD_F_KEY, NULL, NULL,
		     "The bundle file. A symbolic link is followed and stays." },
	[F_STATE] = { "state", TMD_T_ENUM, TMD_F_STATE, "present", states,
		      "Whether the bundle is there. With absent, only a file that is a PEM "
		      "bundle is removed; of a symbolic link to one the link, not the file. "
		      "Variables that still name it are warned of." },
	[F_SOURCES] = { "sources", TMD_T_LIST, TMD_F_PARAM | TMD_F_FILES | TMD_F_MANY, NULL,
			NULL,
			"PEM files, or PEM texts, that the bundle is made of, in this order; the "
			"word system stands for what the machine itself trusts. An item may hold "
			"commas and wildcards, /srv/ca/*.pem, which never stand for "
			"the bundle itself. Without sources "
			"an existing file keeps its certificates and its text, and is mended." },
	[F_EXTRA] = { "extra", TMD_T_LIST, TMD_F_PARAM | TMD_F_FILES | TMD_F_MANY, NULL,
			NULL,
		      "CA certificates to add, such as a studio's own: builtin:NAME, PEM text, "
		      "or a file with one certificate; commas and wildcards as in sources. One "
		      "with which OpenSSL would verify "
		      "nothing is refused." },
	[F_REQUIRES] = { "requires", TMD_T_LIST, TMD_F_PARAM | TMD_F_FILES,
			 "builtin:starfield-services-root-g2 or builtin:amazon-root-ca-1", NULL,
			 "Certificates that must be inside with an effect, or nothing is written: "
			 "builtin:NAME, a file, PEM text or a SHA-256 fingerprint; alternatives are "
			 "joined by the word or. An empty list requires nothing." },
	[F_MODE] = { "mode", TMD_T_STRING, 0, "0644", NULL,
		     "Permission bits in octal. Programs of every user read a bundle. Windows has "
		     "access control lists instead, which are kept: there 0644 means nothing, and "
		     "other modes are unsupported." },
	[F_OWNER] = { "owner", TMD_T_STRING, 0, NULL, NULL,
		      "User that owns the file. When not given, root where root makes it in a "
		      "directory of root's, else left alone. On Windows root means nothing, and "
		      "others are unsupported." },
	[F_GROUP] = { "group", TMD_T_STRING, 0, NULL, NULL,
		      "Group of the file. When not given, as for owner. On Windows too." },
	[F_BACKUP] = { "backup", TMD_T_BOOL, TMD_F_PARAM, "false", NULL,
		       "Keep the old content beside the file as PATH.trustmend-backup." },
	[F_UNDER] = { "under", TMD_T_LIST, TMD_F_WHERE | TMD_F_MANY, NULL, NULL,
		      "For list: the directories below which bundles are looked for, by their "
		      "content; wildcards are allowed. Without it they are looked for where programs "
		      "and homes lie." },
	[F_CERTIFICATES] = { "certificates", TMD_T_LIST, TMD_F_READ_ONLY, NULL, NULL,
			     "Only what differs: certificates that have to go, against those "
			     "that have to come." },
	[F_COUNT] = { "count", TMD_T_INT, TMD_F_READ_ONLY, NULL, NULL,
		      "Certificates in the file, duplicates included." },
	[F_SHA256] = { "sha256", TMD_T_STRING, TMD_F_READ_ONLY, NULL, NULL,
		       "SHA-256 of the file." },
	[F_EXPIRED] = { "expired", TMD_T_LIST, TMD_F_READ_ONLY, NULL, NULL,
			"Certificates in the file whose time is over, with the date." },
	[F_MISSING] = { "missing", TMD_T_LIST, TMD_F_READ_ONLY, NULL, NULL,
			"Requirements that the file does not meet." },
	[F_PROBLEMS] = { "problems", TMD_T_LIST, TMD_F_READ_ONLY, NULL, NULL,
			 "What is wrong with the file, worst first: it does not load, damaged "
			 "or hidden blocks, private keys, NUL bytes, duplicates, no final newline, "
			 "a directory on the way that others cannot pass." },
};

static void free_reading(struct tmd_reading *reading)
{
	if (!reading)
		return;
	free(reading->obstacle);
	tmd_buf_release(&reading->text);
	tmd_buf_release(&reading->mended);
	tmd_strv_release(&reading->dropped);
	tmd_strv_release(&reading->lasting);
	tmd_strv_release(&reading->lasting_losses);
	tmd_bundle_release(&reading->bundle);
	tmd_certset_release(&reading->now);
	tmd_certset_release(&reading->wanted);
	tmd_strv_release(&reading->parts);
	free(reading);
}

static void release(struct tmd_resource *r)
{
	free_reading(r->priv);
	r->priv = NULL;
}

/* ---- reading the file ---- */

static void read_expired(struct tmd_ctx *ctx, struct tmd_resource *r,
			 const struct tmd_bundle *bundle)
{
	TMD_AUTO_STRV struct tmd_strv expired = { 0 };

	for (size_t i = 0; i < bundle->count; i++) {
		const struct tmd_bundle_entry *entry = &bundle->entries[i];
		TMD_AUTO_FREE char *subject = NULL;
		TMD_AUTO_FREE char *line = NULL;
		char date[24];

		if (entry->not_after >= ctx->now || entry->not_after == INT64_MIN)
			continue;
		subject = tmd_cert_subject(entry->der, entry->der_len);
		tmd_cert_time_text(entry->not_after, date);
		line = tmd_format("%s (%.10s)", subject, date);
		tmd_strv_add_once(&expired, line);
	}
	tmd_value_set_list(&r->current[F_EXPIRED], &expired);
}

static void read_attributes(struct tmd_ctx *ctx, struct tmd_resource *r, const struct tmd_stat *st)
{
	if (!tmd_fs_has_modes())
		return;
	tmd_value_take_string(&r->current[F_MODE], tmd_format("%04o", st->mode));
	tmd_value_take_string(&r->current[F_OWNER], tmd_user_name(ctx->fs, st->uid));
	tmd_value_take_string(&r->current[F_GROUP], tmd_group_name(ctx->fs, st->gid));
}

/* A certificate in a block that rejects it for servers is not there for them. */
static void read_certificates(struct tmd_reading *reading)
{
	struct tmd_bundle *bundle = &reading->bundle;

	for (size_t i = 0; i < bundle->count; i++) {
		const struct tmd_bundle_entry *entry = &bundle->entries[i];

		if (entry->trust == TMD_TRUST_NONE)
			tmd_strv_addf(&bundle->problems,
				      "line %zu: the trust settings of this TRUSTED CERTIFICATE "
				      "block reject it for servers",
				      entry->line);
		else
			tmd_certset_add(&reading->now, entry->der, entry->der_len);
	}
	tmd_certset_make_unique(&reading->now);
}

static void read_content(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_reading *reading)
{
	char sha256[65];

	tmd_sha256_hex(tmd_buf_str(&reading->text), reading->text.len, sha256);
	tmd_value_set_string(&r->current[F_SHA256], sha256);
	tmd_value_set_int(&r->current[F_COUNT], (int64_t)reading->bundle.count);
	read_certificates(reading);
	tmd_value_set_list(&r->current[F_PROBLEMS], &reading->bundle.problems);
	read_expired(ctx, r, &reading->bundle);
}

/*
 * A bundle that others cannot get at does not help them. It may be meant so where its mode says
 * so, or where the directory is a user's own and not root's.
 */
static void find_obstacle(struct tmd_ctx *ctx, const struct tmd_resource *r,
			  struct tmd_reading *reading)
{
	struct tmd_error ignored;
	uint32_t mode = 0;
	uint32_t owner = 0;
	char *why = NULL;

	if (tmd_bundle_wants_absent(r) ||
	    tmd_view_find_obstacle(ctx->view, tmd_bundle_path(r), NULL, &why, &owner, &ignored))
		return;
	reading->obstacle = why;
	reading->obstacle_is_fine =
		owner != 0 || tmd_bundle_parse_mode(r, &mode, &ignored) || !(mode & 0004);
}

static void warn_about_obstacle(struct tmd_resource *r, const struct tmd_reading *reading)
{
	TMD_AUTO_FREE char *text = NULL;

	if (!reading->obstacle)
		return;
	text = tmd_format("not every user can read it: %s", reading->obstacle);
	if (reading->obstacle_is_fine)
		tmd_strv_add(&r->warnings, text);
	else
		tmd_value_list_add(&r->current[F_PROBLEMS], text);
}

/* Things that no write of ours can mend, or that a write has as a side effect. */
static void warn_about_place(struct tmd_ctx *ctx, struct tmd_resource *r,
			     const struct tmd_reading *reading, const struct tmd_stat *st)
{
	TMD_AUTO_FREE char *why = NULL;
	struct tmd_error ignored;
	bool readable = true;

	if (!tmd_bundle_wants_absent(r) && tmd_anchor_is_compiled(tmd_bundle_path(r)))
		tmd_strv_add(&r->warnings, "the system compiles this file itself and will "
					   "overwrite it: use an anchor instead");
	tmd_bundle_warn_of_others(ctx, r);
	warn_about_obstacle(r, reading);
	if (!tmd_value_equal(&r->desired[F_MODE], &r->current[F_MODE]) || reading->obstacle)
		return;
	if (!tmd_view_world_readable(ctx->view, tmd_bundle_path(r), &readable, &why, &ignored) &&
	    !readable)
		tmd_strv_addf(&r->warnings, "not every user can read it: %s", why ? why : "?");
	if (st->links > 1)
		tmd_strv_addf(&r->warnings,
			      "the file has %llu names (hard links): a change "
			      "leaves the others with the old content",
			      (unsigned long long)st->links);
}

static enum tmd_rc read_file(struct tmd_ctx *ctx, struct tmd_resource *r,
			     struct tmd_reading *reading, struct tmd_error *err)
{
	struct tmd_stat st = { 0 };

	if (tmd_view_read(ctx->view, tmd_bundle_path(r), TMD_BUNDLE_MAX, &reading->text, &st, err)) {
		if (err->kind != TMD_E_NOT_FOUND)
			return TMD_FAILED;
		tmd_error_clear(err);
		tmd_value_set_string(&r->current[F_STATE], "absent");
		return TMD_OK;
	}
	if (tmd_scan_once(ctx, &reading->text, &reading->bundle, err))
		return TMD_FAILED;
	reading->exists = true;
	tmd_value_set_string(&r->current[F_STATE], "present");
	read_attributes(ctx, r, &st);
	read_content(ctx, r, reading);
	warn_about_place(ctx, r, reading, &st);
	return TMD_OK;
}

/* ---- what the file should hold ---- */

/* "143 certificates from the system"; second copies are in no file, and not counted. */
static enum tmd_rc add_source(struct tmd_ctx *ctx, struct tmd_resource *r, const char *source,
			      struct tmd_reading *reading, struct tmd_error *err)
{
	size_t before = reading->wanted.count;
	size_t added;

	if (tmd_bundle_add_source(ctx, r, source, &reading->wanted, err))
		return TMD_FAILED;
	tmd_certset_make_unique(&reading->wanted);
	added = reading->wanted.count - before;
	tmd_strv_addf(&reading->parts, "%zu certificate%s from %s", added, added == 1 ? "" : "s",
		      tmd_bundle_source_label(source));
	return TMD_OK;
}

static enum tmd_rc add_extra(struct tmd_ctx *ctx, struct tmd_resource *r, const char *extra,
			     struct tmd_reading *reading, struct tmd_error *err)
{
	TMD_AUTO_FREE char *label = NULL;

	if (tmd_bundle_add_extra(ctx, r, extra, &reading->wanted, err))
		return TMD_FAILED;
	label = tmd_bundle_extra_label(extra);
	tmd_strv_add_once(&reading->parts, label);
	return TMD_OK;
}

static enum tmd_rc add_inputs(struct tmd_ctx *ctx, struct tmd_resource *r,
			      struct tmd_reading *reading, struct tmd_error *err)
{
	const struct tmd_strv *sources = &r->input[F_SOURCES].list;
	const struct tmd_strv *extra = &r->input[F_EXTRA].list;

	for (size_t i = 0; i < sources->count; i++) {
		if (add_source(ctx, r, sources->items[i], reading, err))
			return TMD_FAILED;
	}
	for (size_t i = 0; i < extra->count; i++) {
		if (add_extra(ctx, r, extra->items[i], reading, err))
			return TMD_FAILED;
	}
	for (size_t i = 0; i < extra->count; i++) {
		if (tmd_bundle_tell_extra(ctx, r, extra->items[i], &reading->wanted, err))
			return TMD_FAILED;
	}
	return TMD_OK;
}

/*
 * A file without one certificate that a program reads may be anything, such as the settings of
 * a program with a certificate among them: only one without other text is mended.
 */
static bool can_be_saved(const struct tmd_reading *reading)
{
	return reading->bundle.hidden_count &&
	       tmd_bundle_is_bare(&reading->bundle, tmd_buf_str(&reading->text),
				  reading->text.len);
}

#define NAME_SOURCES "name sources to make it from, such as: sources=system"

/* There is nothing in it that could be kept: what it is tells what to do. */
static enum tmd_rc refuse_content(const struct tmd_resource *r, const struct tmd_reading *reading,
				  struct tmd_error *err)
{
	struct tmd_error why = { 0 };
	TMD_AUTO_FREE char *hint = NULL;

	if (reading->bundle.has_private_key)
		return tmd_bundle_refuse_key(r, err);
	tmd_bundle_explain(&reading->bundle, tmd_buf_str(&reading->text), reading->text.len, NULL,
			   NULL, &why);
	hint = why.hint[0] ? tmd_format("%s; then put that in its place, or " NAME_SOURCES, why.hint)
			   : tmd_strdup(NAME_SOURCES);
	return tmd_fail(err, TMD_E_CONFLICT, tmd_bundle_path(r), hint, "%s", why.message);
}

static enum tmd_rc make_wanted(struct tmd_ctx *ctx, struct tmd_resource *r,
			       struct tmd_reading *reading, struct tmd_error *err)
{
	if (!tmd_bundle_has_sources(r) && !reading->exists)
		return tmd_fail(err, TMD_E_INVALID_INPUT, tmd_bundle_path(r),
				NAME_SOURCES, "there is no bundle, and nothing to make one from");
	if (!tmd_bundle_has_sources(r) && !reading->now.count && !can_be_saved(reading))
		return refuse_content(r, reading, err);
	if (!tmd_bundle_has_sources(r))
		tmd_bundle_tell_content(&reading->bundle, tmd_bundle_path(r), ctx->now,
					&r->warnings);
	if (!tmd_bundle_has_sources(r) && reading->bundle.has_trusted)
		return tmd_fail(
			err, TMD_E_CONFLICT, tmd_bundle_path(r),
			"name sources with plain CERTIFICATE blocks",
			"it holds TRUSTED CERTIFICATE blocks, whose trust settings would be lost");
	if (!tmd_bundle_has_sources(r))
		tmd_certset_add_all(&reading->wanted, &reading->bundle);
	if (add_inputs(ctx, r, reading, err))
		return TMD_FAILED;
	tmd_certset_make_unique(&reading->wanted);
	return TMD_OK;
}

/* Notes what the file lacks, and refuses a wanted set that would lack something too. */
static enum tmd_rc check_requirements(struct tmd_ctx *ctx, struct tmd_resource *r,
				      const struct tmd_reading *reading, struct tmd_error *err)
{
	TMD_AUTO_STRV struct tmd_strv missing_now = { 0 };
	TMD_AUTO_STRV struct tmd_strv missing = { 0 };
	struct tmd_requirements required = { 0 };

	if (tmd_requirements_load(ctx, r, &r->desired[F_REQUIRES].list, &required, err))
		return TMD_FAILED;
	tmd_requirements_missing(&required, &reading->now, &missing_now);
	tmd_requirements_missing(&required, &reading->wanted, &missing);
	tmd_requirements_release(&required);
	if (reading->exists)
		tmd_value_set_list(&r->current[F_MISSING], &missing_now);
	if (reading->refusal.kind || !missing.count)
		return TMD_OK;
	return tmd_fail(err, TMD_E_REFUSED, tmd_bundle_path(r),
			"add it with extra, name another source, or change requires",
			"the bundle would lack what is required: %s%s", missing.items[0],
			missing.count > 1 ? ", and more" : "");
}

static void wish_for_difference(struct tmd_resource *r, const struct tmd_reading *reading)
{
	TMD_AUTO_STRV struct tmd_strv names = { 0 };
	struct tmd_certset rest = { 0 };

	tmd_certset_subtract(&reading->now, &reading->wanted, &rest);
	tmd_certset_describe(&rest, 16, &names);
	tmd_value_set_list(&r->current[F_CERTIFICATES], &names);
	tmd_strv_release(&names);
	tmd_certset_subtract(&reading->wanted, &reading->now, &rest);
	tmd_certset_describe(&rest, 16, &names);
	tmd_value_set_list(&r->desired[F_CERTIFICATES], &names);
	tmd_certset_release(&rest);
}

static void warn_about_losses(struct tmd_resource *r, const struct tmd_reading *reading)
{
	for (size_t i = 0; i < reading->lasting_losses.count; i++)
		tmd_strv_addf(&r->warnings, "%s: %s", tmd_bundle_path(r),
			      reading->lasting_losses.items[i]);
}

static void wish_for_health(struct tmd_resource *r, const struct tmd_reading *reading)
{
	static const struct tmd_strv nothing = { 0 };

	tmd_value_set_list(&r->desired[F_PROBLEMS], &reading->lasting);
	tmd_value_set_list(&r->desired[F_MISSING], &nothing);
}

/* A file that is not there differs in its state and count; the rest comes with it. */
static void wish_for_new(struct tmd_resource *r, const struct tmd_reading *reading)
{
	tmd_value_set_int(&r->desired[F_COUNT], (int64_t)reading->wanted.count);
	tmd_value_release(&r->desired[F_MODE]);
	tmd_value_release(&r->desired[F_OWNER]);
	tmd_value_release(&r->desired[F_GROUP]);
}

/*
 * What cannot be had is no failure of reading: `get` still answers. The wish then differs
 * from anything that could be there, so that plan() is asked and refuses.
 */
static void wish_for_impossible(struct tmd_resource *r, struct tmd_reading *reading)
{
	static const struct tmd_strv nothing = { 0 };

	reading->warned = reading->exists || tmd_bundle_has_sources(r);
	if (reading->warned)
		tmd_strv_addf(&r->warnings, "%s%s%s", reading->refusal.path,
			      reading->refusal.path[0] ? ": " : "", reading->refusal.message);
	if (!reading->exists)
		return;
	tmd_value_set_list(&r->current[F_CERTIFICATES], &nothing);
	tmd_value_release(&r->desired[F_CERTIFICATES]);
	tmd_value_list_add(&r->desired[F_CERTIFICATES], "cannot be told, see the error");
}

static enum tmd_rc set_wishes(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_error *err)
{
	for (size_t i = F_CERTIFICATES; i < FIELD_COUNT; i++)
		tmd_value_release(&r->desired[i]);
	if (tmd_bundle_wants_absent(r)) {
		tmd_value_release(&r->desired[F_MODE]);
		tmd_value_release(&r->desired[F_OWNER]);
		tmd_value_release(&r->desired[F_GROUP]);
		return TMD_OK;
	}
	return tmd_bundle_wish_for_mode(r, err) || tmd_bundle_wish_for_owner(ctx, r, err) ? TMD_FAILED : TMD_OK;
}

static void find_wanted(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_reading *reading)
{
	struct tmd_error err = { 0 };

	if (make_wanted(ctx, r, reading, &err))
		reading->refusal = err;
	/* Asked in any case: what the file lacks is to be reported. */
	if (check_requirements(ctx, r, reading, &err) && !reading->refusal.kind)
		reading->refusal = err;
}

static enum tmd_rc read_current(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_error *err)
{
	struct tmd_reading *reading = tmd_alloc(1, sizeof(*reading));

	release(r);
	r->priv = reading;
	if (set_wishes(ctx, r, err))
		return TMD_FAILED;
	find_obstacle(ctx, r, reading);
	if (read_file(ctx, r, reading, err))
		return TMD_FAILED;
	if (tmd_bundle_wants_absent(r))
		return TMD_OK;
	find_wanted(ctx, r, reading);
	if (!reading->refusal.kind && tmd_bundle_mend(r, reading, err))
		return TMD_FAILED;
	warn_about_losses(r, reading);
	if (reading->exists)
		wish_for_health(r, reading);
	if (reading->refusal.kind)
		wish_for_impossible(r, reading);
	else if (reading->exists)
		wish_for_difference(r, reading);
	else
		wish_for_new(r, reading);
	return TMD_OK;
}

const struct tmd_type tmd_type_bundle = {
	.name = "bundle",
	.plural = "bundles",
	.summary = "A PEM file of CA certificates that is complete, in order and loads.",
	.fields = fields,
	.field_count = FIELD_COUNT,
	.backends = backends,
	.rank = 10,
	.normalize = tmd_bundle_normalize,
	.read = read_current,
	.plan = tmd_bundle_plan,
	.list = tmd_bundle_list,
	.release = release,
};
