/* A whole package replaced in one step. */
#include "resources/python_api/swap.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "os/path.h"

struct swap {
	struct tmd_step base;
	char *path;
	struct tmd_api_package now;
	struct tmd_api_package next;
};

static const struct swap *of(const struct tmd_step *step)
{
	return (const struct swap *)step;
}

static void release(struct tmd_step *step)
{
	struct swap *swap = (struct swap *)step;

	free(swap->path);
	tmd_api_package_release(&swap->now);
	tmd_api_package_release(&swap->next);
	free(swap);
}

/* Is what goes still as it was when it was read? */
static enum tmd_rc check_seen(const struct swap *swap, struct tmd_fs *fs, struct tmd_error *err)
{
	for (size_t i = 0; i < swap->now.count; i++) {
		TMD_AUTO_FREE char *path = tmd_path_join(swap->path, swap->now.items[i].name);

		if (tmd_fs_check_seen(fs, path, true, err))
			return TMD_FAILED;
	}
	return TMD_OK;
}

static enum tmd_rc check(const struct tmd_step *step, struct tmd_fs *fs, struct tmd_error *err)
{
	if (tmd_fs_check_tree(fs, of(step)->path, err))
		return TMD_FAILED;
	return check_seen(of(step), fs, err);
}

static enum tmd_rc carry_out(const struct tmd_step *step, struct tmd_fs *fs, struct tmd_error *err)
{
	const struct tmd_api_package *next = &of(step)->next;
	TMD_AUTO_FREE struct tmd_fs_tree_file *files = tmd_alloc(next->count + 1, sizeof(*files));

	for (size_t i = 0; i < next->count; i++) {
		files[i].name = next->items[i].name;
		files[i].data = tmd_buf_str(&next->items[i].content);
		files[i].len = next->items[i].content.len;
	}
	if (check_seen(of(step), fs, err))
		return TMD_FAILED;
	return tmd_fs_replace_tree(fs, of(step)->path, files, next->count, err);
}

static enum tmd_rc preview(const struct tmd_step *step, struct tmd_view *view, struct tmd_error *err)
{
	const struct swap *swap = of(step);

	for (size_t i = 0; i < swap->now.count; i++) {
		TMD_AUTO_FREE char *path = tmd_path_join(swap->path, swap->now.items[i].name);

		if (tmd_view_put_gone(view, path, err))
			return TMD_FAILED;
	}
	for (size_t i = 0; i < swap->next.count; i++) {
		TMD_AUTO_FREE char *path = tmd_path_join(swap->path, swap->next.items[i].name);

		if (tmd_view_put_file(view, path, &swap->next.items[i].content, NULL, err))
			return TMD_FAILED;
	}
	return TMD_OK;
}

void tmd_api_changeset_swap(struct tmd_changeset *set, const char *path,
			    struct tmd_api_package *now, struct tmd_api_package *next)
{
	static const struct tmd_step_ops ops = { check, carry_out, preview, NULL, release };
	struct swap *swap = tmd_alloc(1, sizeof(*swap));

	swap->base.ops = &ops;
	swap->path = tmd_strdup(path);
	swap->now = *now;
	swap->next = *next;
	memset(now, 0, sizeof(*now));
	memset(next, 0, sizeof(*next));
	tmd_changeset_add(set, &swap->base);
}
