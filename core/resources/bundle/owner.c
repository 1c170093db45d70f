/* Whose file a bundle is, and who else may change it: they decide what every reader trusts. */
#include "resources/bundle/reading.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "os/user.h"

#define ROOT 0 /* nobody further; the caller is none of the others, on Windows neither */

/*
 * Does root put it where only root puts files? A directory of a user's, such as a project, keeps
 * what is in it as it is.
 */
static bool is_of_the_machine(struct tmd_ctx *ctx, const struct tmd_resource *r)
{
	TMD_AUTO_FREE char *dir = tmd_path_dir(tmd_bundle_path(r));
	struct tmd_error ignored = { 0 };
	struct tmd_stat st;

	if (!tmd_fs_has_modes() || !tmd_user_is_admin())
		return false;
	while (dir[1] && tmd_view_stat(ctx->view, dir, &st, &ignored) &&
	       ignored.kind == TMD_E_NOT_FOUND) {
		char *parent = tmd_path_dir(dir);

		free(dir);
		dir = parent;
	}
	return tmd_view_stat(ctx->view, dir, &st, &ignored) == TMD_OK && st.uid == 0;
}

const char *tmd_bundle_owner(struct tmd_ctx *ctx, const struct tmd_resource *r,
			     enum tmd_bundle_field field)
{
	const char *given = tmd_value_str(&r->input[field]);
	bool usual = tmd_str_equal(given, "root") || tmd_str_equal(given, "0");

	if (!given)
		return is_of_the_machine(ctx, r) ? "0" : NULL;
	return usual && !tmd_fs_has_modes() ? NULL : given;
}

void tmd_bundle_warn_of_others(struct tmd_ctx *ctx, struct tmd_resource *r)
{
	TMD_AUTO_FREE char *why = NULL;
	struct tmd_error ignored;

	if (tmd_bundle_wants_absent(r) ||
	    tmd_view_changeable_by_others(ctx->view, tmd_bundle_path(r), ROOT, &why, &ignored))
		return;
	if (why)
		tmd_strv_addf(&r->warnings, "others can change what is trusted by it: %s", why);
}
