/*
 * To ask the OS layer who can change a file is to walk all directories on its way, from the root.
 * Those of a store are few, and its files many: a file in a directory that nobody else can change
 * is looked at alone. Whatever is not plainly safe then is asked of the OS layer, which says why.
 */
#include "resources/anchor/unix/store_others.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "resources/anchor/others.h"

#define ROOT 0
#define HOPS_MAX 8 /* links; what is longer is left to the OS layer */
#define OTHERS_WRITE 0022 /* an access list that lets others write shows in the group's bit */

void tmd_anchor_others_forget(struct tmd_anchor_others *others)
{
	tmd_strv_release(&others->lines);
	tmd_strv_release(&others->safe);
	tmd_strv_release(&others->unsafe);
	others->asked = false;
}

static bool is_one_of(const char *path, const char *const *paths)
{
	while (*paths && strcmp(path, *paths) != 0)
		paths++;
	return *paths != NULL;
}

/* With all directories on its way, links followed. */
static bool is_safe_directory(struct tmd_ctx *ctx, struct tmd_anchor_others *others,
			      const char *dir)
{
	TMD_AUTO_FREE char *why = NULL;
	struct tmd_error ignored;
	bool safe;

	if (tmd_strv_has(&others->safe, dir))
		return true;
	if (tmd_strv_has(&others->unsafe, dir))
		return false;
	safe = tmd_view_changeable_by_others(ctx->view, dir, ROOT, &why, &ignored) == TMD_OK &&
	       !why;
	tmd_strv_add(safe ? &others->safe : &others->unsafe, dir);
	return safe;
}

/* In a directory that is safe. */
static bool is_safe_file(struct tmd_ctx *ctx, struct tmd_anchor_others *others, const char *path)
{
	struct tmd_error ignored = { 0 };
	struct tmd_stat st;

	if (tmd_strv_has(&others->safe, path))
		return true;
	if (tmd_view_lstat(ctx->view, path, &st, &ignored) || st.type != TMD_FILE_REGULAR ||
	    st.uid != ROOT || (st.mode & OTHERS_WRITE))
		return false;
	tmd_strv_add(&others->safe, path);
	return true;
}

/* What a link leads to counts, and who can change the directory that the link stands in. */
static bool is_safe(struct tmd_ctx *ctx, struct tmd_anchor_others *others,
		    struct tmd_hashdir *hashed, const char *path)
{
	for (unsigned hops = 0; hops < HOPS_MAX; hops++) {
		TMD_AUTO_FREE char *dir = tmd_path_dir(path);
		const char *target = NULL;

		if (!is_safe_directory(ctx, others, dir))
			return false;
		if (strcmp(dir, hashed->dir) == 0)
			target = tmd_hashdir_target(ctx, hashed, path);
		if (!target)
			return is_safe_file(ctx, others, path);
		path = target;
	}
	return false;
}

void tmd_anchor_warn_of_others(struct tmd_ctx *ctx, struct tmd_anchor_others *others,
			       struct tmd_hashdir *hashed, const char *const *paths,
			       struct tmd_anchor_view *view)
{
	for (size_t i = 0; !others->asked && paths[i]; i++)
		tmd_anchor_note_others(ctx, paths[i], &others->lines);
	others->asked = true;
	for (size_t i = 0; i < others->lines.count; i++)
		tmd_strv_add_once(&view->warnings, others->lines.items[i]);
	for (size_t i = 0; i < view->where.count; i++) {
		const char *path = view->where.items[i];

		if (!is_one_of(path, paths) && !is_safe(ctx, others, hashed, path))
			tmd_anchor_note_others(ctx, path, &view->warnings);
	}
}
