/* From what was given to what is wished for: the bundle's attributes, and what it must not name. */
#include "resources/bundle/reading.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "os/path.h"
#include "os/user.h"
#include "resources/anchor/anchor.h"
#include "resources/bundle/inputs.h"
#include "x509/pem.h"

#define RANK_ABSENT 25 /* behind env: a variable that names the file may go in the same run */

/* False for what is not three or four octal digits. */
static bool parse_octal(const char *text, uint32_t *bits)
{
	size_t len = strlen(text);

	*bits = 0;
	if (len < 3 || len > 4 || strspn(text, "01234567") != len)
		return false;
	for (size_t i = 0; i < len; i++)
		*bits = *bits << 3 | (uint32_t)(text[i] - '0');
	return true;
}

enum tmd_rc tmd_bundle_parse_mode(const struct tmd_resource *r, uint32_t *mode,
				  struct tmd_error *err)
{
	const char *given = tmd_value_str(&r->input[F_MODE]);
	const char *usual = r->type->fields[F_MODE].fallback;
	uint32_t bits;
	uint32_t usual_bits;

	if (!parse_octal(given ? given : usual, &bits))
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL, "write it like \"0644\"",
				"bundle: attribute 'mode' cannot be '%.40s'", given);
	if (bits > 0777)
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL,
				"leave the first digit out or write 0: new content never has a "
				"set-id or sticky bit",
				"bundle: attribute 'mode' cannot be '%.40s'", given);
	if (bits & 0002)
		return tmd_fail(err, TMD_E_REFUSED, NULL, "\"0644\" lets everyone read it",
				"bundle: with mode %04o every user could add a CA", bits);
	if (!tmd_fs_has_modes() && (!parse_octal(usual, &usual_bits) || bits != usual_bits))
		return tmd_fail(err, TMD_E_UNSUPPORTED, NULL,
				"leave mode out, or write the default \"0644\"; access lists are "
				"set with icacls",
				"bundle: files have no mode %04o here", bits);
	*mode = tmd_fs_has_modes() ? bits : TMD_KEEP;
	return TMD_OK;
}

enum tmd_rc tmd_bundle_wish_for_mode(struct tmd_resource *r, struct tmd_error *err)
{
	uint32_t mode;

	tmd_value_release(&r->desired[F_MODE]);
	if (tmd_bundle_parse_mode(r, &mode, err))
		return TMD_FAILED;
	if (mode == TMD_KEEP)
		return TMD_OK;
	tmd_value_take_string(&r->desired[F_MODE], tmd_format("%04o", mode));
	return TMD_OK;
}

/* Names and numbers are both accepted; compared is the name. */
enum tmd_rc tmd_bundle_wish_for_owner(struct tmd_ctx *ctx, struct tmd_resource *r,
				  struct tmd_error *err)
{
	const char *owner = tmd_bundle_owner(ctx, r, F_OWNER);
	const char *group = tmd_bundle_owner(ctx, r, F_GROUP);
	uint32_t id;

	tmd_value_release(&r->desired[F_OWNER]);
	tmd_value_release(&r->desired[F_GROUP]);
	if (owner) {
		if (tmd_user_id(ctx->fs, owner, &id, err))
			return TMD_FAILED;
		tmd_value_take_string(&r->desired[F_OWNER], tmd_user_name(ctx->fs, id));
	}
	if (group) {
		if (tmd_group_id(ctx->fs, group, &id, err))
			return TMD_FAILED;
		tmd_value_take_string(&r->desired[F_GROUP], tmd_group_name(ctx->fs, id));
	}
	return TMD_OK;
}

/* A refused input is not repeated in any report: it may be a private key. */
static enum tmd_rc check_names(struct tmd_resource *r, enum tmd_bundle_field field,
			       struct tmd_error *err)
{
	if (!tmd_bundle_check_names(&r->input[field], err))
		return TMD_OK;
	if (err->kind == TMD_E_REFUSED)
		tmd_resource_withhold(r, field);
	return tmd_fail(err, err->kind, NULL, err->hint, "bundle: attribute '%s': %s",
			r->type->fields[field].name, err->message);
}

static enum tmd_rc check_sources(struct tmd_resource *r, struct tmd_error *err)
{
	const struct tmd_value *sources = &r->input[F_SOURCES];

	for (size_t i = 0; sources->kind == TMD_V_LIST && i < sources->list.count; i++) {
		if (!tmd_pem_has_private_key(sources->list.items[i],
					     strlen(sources->list.items[i])))
			continue;
		tmd_resource_withhold(r, F_SOURCES);
		return tmd_fail(err, TMD_E_REFUSED, NULL,
				"a bundle is readable by everyone: give the certificates alone",
				"bundle: attribute 'sources': there is a private key in the input");
	}
	return TMD_OK;
}

/* Is it made of what the machine trusts, which a rebuild of the trust store compiles? */
static bool needs_rebuild(const struct tmd_resource *r)
{
	const struct tmd_value *sources = &r->input[F_SOURCES];

	for (size_t i = 0; sources->kind == TMD_V_LIST && i < sources->list.count; i++) {
		const char *source = sources->list.items[i];

		if (strcmp(source, "system") == 0 || tmd_anchor_is_compiled(source))
			return true;
	}
	return false;
}

enum tmd_rc tmd_bundle_normalize(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_error *err)
{
	TMD_AUTO_FREE char *real = NULL;
	TMD_AUTO_FREE char *key = NULL;

	if (!*tmd_path_base(tmd_bundle_path(r)))
		return tmd_fail(err, TMD_E_INVALID_INPUT, tmd_bundle_path(r),
				"name the file inside it, without a separator at the end",
				"bundle: attribute 'path' names a directory");
	if (check_sources(r, err) || check_names(r, F_EXTRA, err) ||
	    check_names(r, F_REQUIRES, err))
		return TMD_FAILED;
	if (tmd_bundle_wish_for_mode(r, err) || tmd_bundle_wish_for_owner(ctx, r, err))
		return TMD_FAILED;
	if (tmd_view_resolve(ctx->view, tmd_bundle_path(r), &real, err))
		return TMD_FAILED;
	key = tmd_path_key(real);
	free(r->identity);
	r->identity = tmd_format("bundle:%s", key);
	free(r->name);
	r->name = tmd_strdup(tmd_bundle_path(r));
	r->backend = r->type->backends[0];
	r->after_rebuild = needs_rebuild(r);
	if (tmd_bundle_wants_absent(r))
		r->rank = RANK_ABSENT;
	return TMD_OK;
}
