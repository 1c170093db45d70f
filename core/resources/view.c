/* A run plans a handful of files: what is planned is a table of them, sorted by place. */
#include "resources/view_internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"

static const struct tmd_fs_attr keep = { TMD_KEEP, TMD_KEEP, TMD_KEEP, 0 };

struct tmd_view *tmd_view_new(struct tmd_fs *fs, struct tmd_fs *input)
{
	struct tmd_view *view = tmd_alloc(1, sizeof(*view));

	view->fs = fs;
	view->input = input;
	return view;
}

struct tmd_view *tmd_view_new_layer(const struct tmd_view *below)
{
	struct tmd_view *view = tmd_view_new(below->fs, below->input);

	view->below = below;
	view->sent = below->sent;
	return view;
}

void tmd_view_clear(struct tmd_view *view)
{
	for (size_t i = 0; i < view->count; i++) {
		free(view->items[i].key);
		free(view->items[i].path);
		tmd_buf_release(&view->items[i].content);
	}
	view->count = 0;
}

void tmd_view_free(struct tmd_view *view)
{
	if (!view)
		return;
	tmd_view_clear(view);
	free(view->items);
	free(view);
}

void tmd_view_free_ptr(struct tmd_view **view)
{
	tmd_view_free(*view);
}

bool tmd_view_is_live(const struct tmd_view *view)
{
	return tmd_fs_is_live(view->fs);
}

const char *tmd_view_root(const struct tmd_view *view)
{
	return tmd_fs_root(view->fs);
}

/* ---- the table ---- */

/* The index of the first item whose key is not before `key`. */
size_t tmd_view_lower_bound(const struct tmd_view *view, const char *key)
{
	return tmd_sorted_place(view->items, view->count, sizeof(*view->items), key);
}

static struct tmd_planned *find_here(const struct tmd_view *view, const char *key)
{
	size_t at = tmd_view_lower_bound(view, key);

	return at < view->count && strcmp(view->items[at].key, key) == 0 ? &view->items[at] : NULL;
}

static const struct tmd_planned *find_planned(const struct tmd_view *view, const char *key)
{
	const struct tmd_planned *item = NULL;

	for (; view && !item; view = view->below)
		item = find_here(view, key);
	return item;
}

bool tmd_view_is_empty(const struct tmd_view *view)
{
	while (view && !view->count)
		view = view->below;
	return !view;
}

/* A new one for nothing but attributes, or as it is planned below. */
static struct tmd_planned make_item(const struct tmd_view *view, char *key, char *path)
{
	const struct tmd_planned *below = view->below ? find_planned(view->below, key) : NULL;
	struct tmd_planned item = { .state = TMD_PLANNED_ATTR, .attr = keep };

	item.key = key;
	item.path = path;
	if (!below)
		return item;
	item.state = below->state;
	item.attr = below->attr;
	tmd_buf_add(&item.content, tmd_buf_str(&below->content), below->content.len);
	return item;
}

/* The item of that key; takes over both texts. */
static struct tmd_planned *item_for(struct tmd_view *view, char *key, char *path)
{
	struct tmd_planned *item = find_here(view, key);
	struct tmd_planned made;
	size_t at;

	if (item) {
		free(key);
		free(path);
		return item;
	}
	made = make_item(view, key, path);
	at = tmd_view_lower_bound(view, key);
	view->items = tmd_grow(view->items, &view->cap, view->count + 1, sizeof(*item));
	item = &view->items[at];
	memmove(item + 1, item, (view->count++ - at) * sizeof(*item));
	*item = made;
	return item;
}

void tmd_view_settle(struct tmd_view *view, struct tmd_view *layer)
{
	for (size_t i = 0; i < layer->count; i++) {
		struct tmd_planned *from = &layer->items[i];
		struct tmd_planned *to = item_for(view, from->key, from->path);

		tmd_buf_release(&to->content);
		to->state = from->state;
		to->content = from->content;
		to->attr = from->attr;
	}
	layer->count = 0;
}

/* ---- places ---- */

/* What is removed or renamed is the name itself, be it a link: only its directory is resolved. */
static enum tmd_rc resolve_name(struct tmd_fs *fs, const char *path, char **real,
				struct tmd_error *err)
{
	TMD_AUTO_FREE char *dir = tmd_path_dir(path);
	TMD_AUTO_FREE char *real_dir = NULL;

	if (tmd_fs_resolve(fs, dir, &real_dir, err))
		return TMD_FAILED;
	*real = tmd_path_join(real_dir, tmd_path_base(path));
	return TMD_OK;
}

static const struct tmd_planned *find_real(const struct tmd_view *view, const char *real)
{
	TMD_AUTO_FREE char *key = tmd_path_key(real);

	return find_planned(view, key);
}

/* Without a look at the disk: is anything planned, wherever, of the last name of `path`? */
static bool plans_last_name(const struct tmd_view *view, const char *path)
{
	TMD_AUTO_FREE char *key = tmd_path_key(path);
	const char *name = tmd_path_base(path);

	if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return !tmd_view_is_empty(view);
	name = tmd_path_base(key);
	for (; view; view = view->below) {
		for (size_t i = 0; i < view->count; i++) {
			if (strcmp(tmd_path_base(view->items[i].key), name) == 0)
				return true;
		}
	}
	return false;
}

const struct tmd_planned *tmd_view_find_name(const struct tmd_view *view, struct tmd_fs *fs,
				       const char *path)
{
	TMD_AUTO_FREE char *real = NULL;
	struct tmd_error ignored;

	if (!plans_last_name(view, path) || resolve_name(fs, path, &real, &ignored))
		return NULL;
	return find_real(view, real);
}

/* What the run plans for the file that `path` leads to; NULL: nothing. */
const struct tmd_planned *tmd_view_find_file(const struct tmd_view *view, struct tmd_fs *fs,
				       const char *path)
{
	const struct tmd_planned *item = tmd_view_find_name(view, fs, path);
	TMD_AUTO_FREE char *real = NULL;
	struct tmd_error ignored;

	if (item || tmd_view_is_empty(view) || tmd_fs_resolve(fs, path, &real, &ignored))
		return item;
	return find_real(view, real);
}

void tmd_view_planned_paths(const struct tmd_view *view, struct tmd_strv *paths)
{
	for (size_t i = 0; i < view->count; i++) {
		if (view->items[i].state != TMD_PLANNED_FACT)
			tmd_strv_add(paths, view->items[i].path);
	}
}

void tmd_view_all_planned_paths(const struct tmd_view *view, struct tmd_strv *paths)
{
	TMD_AUTO_STRV struct tmd_strv all = { 0 };

	for (; view; view = view->below)
		tmd_view_planned_paths(view, &all);
	for (size_t i = 0; i < all.count; i++)
		tmd_strv_add_once(paths, all.items[i]);
	tmd_strv_sort(paths);
}

const struct tmd_buf *tmd_view_fact(const struct tmd_view *view, const char *name)
{
	const struct tmd_planned *item = find_planned(view, name);

	return item && item->state == TMD_PLANNED_FACT ? &item->content : NULL;
}

/* ---- planning ---- */

static void set_state(struct tmd_planned *item, enum tmd_planned_state state,
		      const struct tmd_buf *content)
{
	item->state = state;
	tmd_buf_clear(&item->content);
	if (content)
		tmd_buf_add(&item->content, tmd_buf_str(content), content->len);
}

static void merge_attr(struct tmd_fs_attr *to, const struct tmd_fs_attr *from)
{
	if (from->mode != TMD_KEEP)
		to->mode = from->mode;
	if (from->uid != TMD_KEEP)
		to->uid = from->uid;
	if (from->gid != TMD_KEEP)
		to->gid = from->gid;
}

static enum tmd_rc file_for(struct tmd_view *view, const char *path, struct tmd_planned **item,
			    struct tmd_error *err)
{
	char *real = NULL;

	if (tmd_fs_resolve(view->fs, path, &real, err))
		return TMD_FAILED;
	*item = item_for(view, tmd_path_key(real), real);
	return TMD_OK;
}

enum tmd_rc tmd_view_put_file(struct tmd_view *view, const char *path, const struct tmd_buf *content,
			      const struct tmd_fs_attr *attr, struct tmd_error *err)
{
	struct tmd_planned *item;

	if (file_for(view, path, &item, err))
		return TMD_FAILED;
	set_state(item, TMD_PLANNED_FILE, content);
	if (attr)
		merge_attr(&item->attr, attr);
	return TMD_OK;
}

enum tmd_rc tmd_view_put_attr(struct tmd_view *view, const char *path,
			      const struct tmd_fs_attr *attr, struct tmd_error *err)
{
	struct tmd_planned *item;

	if (file_for(view, path, &item, err))
		return TMD_FAILED;
	merge_attr(&item->attr, attr);
	return TMD_OK;
}

enum tmd_rc tmd_view_put_gone(struct tmd_view *view, const char *path, struct tmd_error *err)
{
	struct tmd_planned *item;
	char *real = NULL;

	if (resolve_name(view->fs, path, &real, err))
		return TMD_FAILED;
	item = item_for(view, tmd_path_key(real), real);
	set_state(item, TMD_PLANNED_GONE, NULL);
	item->attr = keep;
	return TMD_OK;
}

bool tmd_view_is_planned(const struct tmd_view *view, const char *path)
{
	return tmd_view_find_file(view, view->fs, path);
}

void tmd_view_put_fact(struct tmd_view *view, const char *name, const struct tmd_buf *content)
{
	set_state(item_for(view, tmd_strdup(name), tmd_strdup(name)), TMD_PLANNED_FACT, content);
}
