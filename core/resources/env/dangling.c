/* Removing a file is a change for every program that is pointed to it. */
#include "resources/env/dangling.h"

#include "base/mem.h"
#include "os/path.h"
#include "resources/env/strays.h"

bool tmd_env_dangles(struct tmd_ctx *ctx, const char *value, const char *path)
{
	TMD_CLEANUP(tmd_view_free_ptr) struct tmd_view *after = tmd_view_new_layer(ctx->view);
	struct tmd_error ignored = { 0 };

	return tmd_path_is_absolute(value) && tmd_view_exists(ctx->view, value) &&
	       tmd_view_put_gone(after, path, &ignored) == TMD_OK && !tmd_view_exists(after, value);
}

void tmd_env_add_dangling(const char *name, const char *where, const char *user,
			  struct tmd_strv *out)
{
	TMD_AUTO_FREE char *removal = tmd_env_stray_removal(name, user);

	tmd_strv_addf(out, "%s names this file (%s), and programs that heed it will not find it: "
		      "%s", name, where, removal);
}
