/* Asks the OS layer about a path of a store, and says it in a line. */
#include "resources/anchor/others.h"

#include "base/mem.h"
#include "base/str.h"

#define ROOT 0 /* nobody further; the caller is none of the others, on Windows neither */

void tmd_anchor_note_others(struct tmd_ctx *ctx, const char *path, struct tmd_strv *out)
{
	TMD_AUTO_FREE char *why = NULL;
	TMD_AUTO_FREE char *line = NULL;
	struct tmd_error ignored;

	if (tmd_view_changeable_by_others(ctx->view, path, ROOT, &why, &ignored) || !why)
		return;
	line = tmd_format("others can change what is trusted by it: %s", why);
	tmd_strv_add_once(out, line);
}
