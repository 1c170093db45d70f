/* Asks the OS layer, and says it the way the caller needs it. */
#include "resources/own_place.h"

#include "base/mem.h"
#include "os/user.h"

enum tmd_rc tmd_own_place_check(struct tmd_ctx *ctx, const char *path, struct tmd_error *err)
{
	TMD_AUTO_FREE char *why = NULL;
	struct tmd_error ignored = { 0 };

	if (tmd_fs_has_modes() || !tmd_user_is_admin() ||
	    tmd_view_changeable_by_others(ctx->view, path, TMD_KEEP, &why, &ignored) || !why)
		return TMD_OK;
	return tmd_fail(err, TMD_E_REFUSED, path,
			"name a place that only administrators may change, below C:\\Program Files or "
			"C:\\ProgramData; or take it from them with icacls: /setowner Administrators, "
			"then /reset",
			"other users could change what the machine is to trust: %s", why);
}
