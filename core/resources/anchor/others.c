/* Asks the OS layer about the paths of a store, and says it in lines. */
#include "resources/anchor/others.h"

#include <string.h>

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

void tmd_anchor_others_forget(struct tmd_anchor_others *others)
{
	tmd_strv_release(&others->lines);
	others->asked = false;
}

static bool is_one_of(const char *path, const char *const *paths)
{
	while (*paths && strcmp(path, *paths) != 0)
		paths++;
	return *paths != NULL;
}

void tmd_anchor_warn_of_others(struct tmd_ctx *ctx, struct tmd_anchor_others *others,
			       const char *const *paths, struct tmd_anchor_view *view)
{
	for (size_t i = 0; !others->asked && paths[i]; i++)
		tmd_anchor_note_others(ctx, paths[i], &others->lines);
	others->asked = true;
	for (size_t i = 0; i < others->lines.count; i++)
		tmd_strv_add_once(&view->warnings, others->lines.items[i]);
	for (size_t i = 0; i < view->where.count; i++) {
		if (!is_one_of(view->where.items[i], paths))
			tmd_anchor_note_others(ctx, view->where.items[i], &view->warnings);
	}
}
