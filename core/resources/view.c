/* A run plans a handful of files: what is planned is a table of them, sorted by place. */
#include "resources/view.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"

enum planned_state {
	PLANNED_ATTR, /* as it is, with another mode or owner */
	PLANNED_FILE, /* with this content */
	PLANNED_GONE,
	PLANNED_FACT, /* not a file */
};

struct planned {
	char *key;  /* of the canonical path inside the root, or the name of a fact */
	char *path; /* that path itself: its last component is what a directory lists */
	enum planned_state state;
	struct tmd_buf content;
	struct tmd_fs_attr attr; /* TMD_KEEP: as on disk, or as for a new file */
};

struct tmd_view {
	const struct tmd_view *below; /* what is planned there shows where nothing is here */
	struct tmd_fs *fs;
	struct tmd_fs *input;
	const struct tmd_sent_files *sent;
	struct planned *items; /* sorted by key */
	size_t count;
	size_t cap;
};

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
static size_t lower_bound(const struct tmd_view *view, const char *key)
{
	size_t low = 0;
	size_t high = view->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(view->items[middle].key, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct planned *find_here(const struct tmd_view *view, const char *key)
{
	size_t at = lower_bound(view, key);

	return at < view->count && strcmp(view->items[at].key, key) == 0 ? &view->items[at] : NULL;
}

static const struct planned *find(const struct tmd_view *view, const char *key)
{
	const struct planned *item = NULL;

	for (; view && !item; view = view->below)
		item = find_here(view, key);
	return item;
}

static bool is_empty(const struct tmd_view *view)
{
	while (view && !view->count)
		view = view->below;
	return !view;
}

/* A new one for nothing but attributes, or as it is planned below. */
static struct planned make_item(const struct tmd_view *view, char *key, char *path)
{
	const struct planned *below = view->below ? find(view->below, key) : NULL;
	struct planned item = { key, path, PLANNED_ATTR, { 0 }, keep };

	if (!below)
		return item;
	item.state = below->state;
	item.attr = below->attr;
	tmd_buf_add(&item.content, tmd_buf_str(&below->content), below->content.len);
	return item;
}

/* The item of that key; takes over both texts. */
static struct planned *item_for(struct tmd_view *view, char *key, char *path)
{
	struct planned *item = find_here(view, key);
	struct planned made;
	size_t at;

	if (item) {
		free(key);
		free(path);
		return item;
	}
	made = make_item(view, key, path);
	at = lower_bound(view, key);
	view->items = tmd_grow(view->items, &view->cap, view->count + 1, sizeof(*item));
	item = &view->items[at];
	memmove(item + 1, item, (view->count++ - at) * sizeof(*item));
	*item = made;
	return item;
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

static const struct planned *find_real(const struct tmd_view *view, const char *real)
{
	TMD_AUTO_FREE char *key = tmd_path_key(real);

	return find(view, key);
}

static const struct planned *find_name(const struct tmd_view *view, struct tmd_fs *fs,
				       const char *path)
{
	TMD_AUTO_FREE char *real = NULL;
	struct tmd_error ignored;

	if (is_empty(view) || resolve_name(fs, path, &real, &ignored))
		return NULL;
	return find_real(view, real);
}

/* What the run plans for the file that `path` leads to; NULL: nothing. */
static const struct planned *find_file(const struct tmd_view *view, struct tmd_fs *fs,
				       const char *path)
{
	const struct planned *item = find_name(view, fs, path);
	TMD_AUTO_FREE char *real = NULL;
	struct tmd_error ignored;

	if (item || is_empty(view) || tmd_fs_resolve(fs, path, &real, &ignored))
		return item;
	return find_real(view, real);
}

bool tmd_view_plans(const struct tmd_view *view, const char *place)
{
	const struct planned *item = find(view, place);

	return item && item->state != PLANNED_ATTR;
}

void tmd_view_planned_paths(const struct tmd_view *view, struct tmd_strv *paths)
{
	for (size_t i = 0; i < view->count; i++) {
		if (view->items[i].state != PLANNED_FACT)
			tmd_strv_add(paths, view->items[i].path);
	}
}

static enum tmd_rc fail_gone(const char *path, struct tmd_error *err)
{
	return tmd_fail(err, TMD_E_NOT_FOUND, path, NULL, "removed earlier in this run");
}

/* ---- reading ---- */

static void apply_attr(const struct tmd_fs_attr *attr, struct tmd_stat *st)
{
	if (attr->mode != TMD_KEEP)
		st->mode = attr->mode;
	if (attr->uid != TMD_KEEP)
		st->uid = attr->uid;
	if (attr->gid != TMD_KEEP)
		st->gid = attr->gid;
}

/* `st` is what is on disk where anything is, else it is made up. */
static void apply_planned(const struct planned *item, bool exists, struct tmd_stat *st)
{
	static const struct tmd_stat fresh = { .type = TMD_FILE_REGULAR, .mode = 0644, .links = 1 };

	if (!exists)
		*st = fresh;
	if (item->state == PLANNED_FILE)
		st->size = item->content.len;
	apply_attr(&item->attr, st);
}

static enum tmd_rc look(struct tmd_view *view, const char *path, bool follow, struct tmd_stat *st,
			struct tmd_error *err)
{
	return follow ? tmd_fs_stat(view->fs, path, st, err) : tmd_fs_lstat(view->fs, path, st, err);
}

static enum tmd_rc stat_planned(struct tmd_view *view, const struct planned *item,
				const char *path, bool follow, struct tmd_stat *st,
				struct tmd_error *err)
{
	struct tmd_error why = { 0 };
	bool exists;

	if (item->state == PLANNED_GONE)
		return fail_gone(path, err);
	exists = look(view, path, follow, st, &why) == TMD_OK;
	if (!exists && item->state != PLANNED_FILE) {
		*err = why;
		return TMD_FAILED;
	}
	apply_planned(item, exists, st);
	return TMD_OK;
}

enum tmd_rc tmd_view_stat(struct tmd_view *view, const char *path, struct tmd_stat *st,
			  struct tmd_error *err)
{
	const struct planned *item = find_file(view, view->fs, path);

	return item ? stat_planned(view, item, path, true, st, err)
		    : tmd_fs_stat(view->fs, path, st, err);
}

enum tmd_rc tmd_view_lstat(struct tmd_view *view, const char *path, struct tmd_stat *st,
			   struct tmd_error *err)
{
	const struct planned *item = find_name(view, view->fs, path);

	return item ? stat_planned(view, item, path, false, st, err)
		    : tmd_fs_lstat(view->fs, path, st, err);
}

static enum tmd_rc copy_content(const struct planned *item, const char *path, struct tmd_buf *out,
				struct tmd_error *err)
{
	tmd_buf_clear(out);
	tmd_buf_add(out, tmd_buf_str(&item->content), item->content.len);
	return tmd_buf_check(out, path, err);
}

enum tmd_rc tmd_view_read(struct tmd_view *view, const char *path, size_t max, struct tmd_buf *out,
			  struct tmd_stat *st, struct tmd_error *err)
{
	const struct planned *item = find_file(view, view->fs, path);

	if (!item)
		return tmd_fs_read(view->fs, path, max, out, st, err);
	if (item->state == PLANNED_GONE)
		return fail_gone(path, err);
	if (item->state == PLANNED_FILE) {
		if (st && stat_planned(view, item, path, true, st, err))
			return TMD_FAILED;
		return copy_content(item, path, out, err);
	}
	if (tmd_fs_read(view->fs, path, max, out, st, err))
		return TMD_FAILED;
	if (st)
		apply_attr(&item->attr, st);
	return TMD_OK;
}

/* What of `key` stands below the directory `dir`; NULL: it is not in there. */
static const char *below(const char *key, const char *dir)
{
	size_t len = strlen(dir);

	if (strncmp(key, dir, len) != 0)
		return NULL;
	if (!len || *tmd_path_base(dir))
		len += key[len] == '/' || key[len] == '\\' ? 1 : strlen(key + len);
	return key[len] ? key + len : NULL;
}

/* Is something planned below that directory, which is not there yet? */
static bool holds_planned(const struct tmd_view *view, const char *dir)
{
	for (size_t i = lower_bound(view, dir); i < view->count; i++) {
		const struct planned *item = &view->items[i];

		if (strncmp(item->key, dir, strlen(dir)) != 0)
			return false;
		if (item->state == PLANNED_FILE && below(item->key, dir))
			return true;
	}
	return false;
}

static bool is_planned_directory(const struct tmd_view *view, const char *path)
{
	TMD_AUTO_FREE char *real = NULL;
	TMD_AUTO_FREE char *key = NULL;
	struct tmd_error ignored;

	if (is_empty(view) || tmd_fs_resolve(view->fs, path, &real, &ignored))
		return false;
	key = tmd_path_key(real);
	for (; view; view = view->below) {
		if (holds_planned(view, key))
			return true;
	}
	return false;
}

bool tmd_view_exists(struct tmd_view *view, const char *path)
{
	const struct planned *item = find_file(view, view->fs, path);

	if (item && item->state != PLANNED_ATTR)
		return item->state == PLANNED_FILE;
	return tmd_fs_exists(view->fs, path) || is_planned_directory(view, path);
}

enum tmd_rc tmd_view_readlink(struct tmd_view *view, const char *path, char **target,
			      struct tmd_error *err)
{
	const struct planned *item = find_name(view, view->fs, path);

	if (item && item->state == PLANNED_GONE)
		return fail_gone(path, err);
	return tmd_fs_readlink(view->fs, path, target, err);
}

/* A link that is planned to go leads nowhere any more. */
enum tmd_rc tmd_view_resolve(struct tmd_view *view, const char *path, char **real,
			     struct tmd_error *err)
{
	const struct planned *item = find_name(view, view->fs, path);

	if (!item || item->state != PLANNED_GONE)
		return tmd_fs_resolve(view->fs, path, real, err);
	*real = tmd_strdup(item->path);
	return TMD_OK;
}

enum tmd_rc tmd_view_find_obstacle(struct tmd_view *view, const char *path, char **why,
				   uint32_t *owner, struct tmd_error *err)
{
	return tmd_fs_find_obstacle(view->fs, path, why, owner, err);
}

enum tmd_rc tmd_view_world_readable(struct tmd_view *view, const char *path, bool *readable,
				    char **why, struct tmd_error *err)
{
	const struct planned *item = find_file(view, view->fs, path);
	struct tmd_stat st;
	uint32_t owner;

	if (!item || (item->attr.mode == TMD_KEEP && tmd_fs_exists(view->fs, path)))
		return tmd_fs_world_readable(view->fs, path, readable, why, err);
	if (stat_planned(view, item, path, true, &st, err) ||
	    tmd_fs_find_obstacle(view->fs, path, why, &owner, err))
		return TMD_FAILED;
	if (!*why && !(st.mode & 0004))
		*why = tmd_format("%s has mode %04o", path, (unsigned)st.mode);
	*readable = !*why;
	return TMD_OK;
}

enum tmd_rc tmd_view_changeable_by_others(struct tmd_view *view, const char *path, uint32_t user,
					  char **why, struct tmd_error *err)
{
	const struct planned *item = find_file(view, view->fs, path);
	TMD_AUTO_FREE char *dir = item && item->attr.uid == 0 ? tmd_path_dir(path) : NULL;

	return tmd_fs_changeable_by_others(view->fs, dir ? dir : path, user, why, err);
}

/* ---- directories ---- */

static void remove_name(struct tmd_strv *names, const char *name)
{
	for (size_t i = names->count; i-- > 0;) {
		if (strcmp(names->items[i], name) == 0)
			tmd_strv_remove(names, i);
	}
}

static void merge_names(const struct tmd_view *view, const char *dir, struct tmd_strv *names)
{
	if (!view)
		return;
	merge_names(view->below, dir, names);
	for (size_t i = lower_bound(view, dir); i < view->count; i++) {
		const struct planned *item = &view->items[i];
		const char *name = tmd_path_base(item->path);

		if (strncmp(item->key, dir, strlen(dir)) != 0)
			break;
		if (below(item->key, dir) != tmd_path_base(item->key))
			continue;
		if (item->state == PLANNED_GONE)
			remove_name(names, name);
		if (item->state == PLANNED_FILE)
			tmd_strv_add_once(names, name);
	}
	tmd_strv_sort(names);
}

enum tmd_rc tmd_view_list(struct tmd_view *view, const char *dir, struct tmd_strv *names,
			  struct tmd_error *err)
{
	struct tmd_error local = { 0 };
	TMD_AUTO_FREE char *real = NULL;
	TMD_AUTO_FREE char *key = NULL;

	if (tmd_fs_list(view->fs, dir, names, &local)) {
		tmd_strv_release(names);
		if (local.kind != TMD_E_NOT_FOUND) {
			*err = local;
			return TMD_FAILED;
		}
	}
	if (is_empty(view) || tmd_fs_resolve(view->fs, dir, &real, &local))
		return TMD_OK;
	key = tmd_path_key(real);
	merge_names(view, key, names);
	return TMD_OK;
}

/* ---- what is not in the managed tree, or not a file ---- */

const struct tmd_buf *tmd_view_fact(const struct tmd_view *view, const char *name)
{
	const struct planned *item = find(view, name);

	return item && item->state == PLANNED_FACT ? &item->content : NULL;
}

void tmd_view_send(struct tmd_view *view, const struct tmd_sent_files *files)
{
	view->sent = files;
}

enum tmd_rc tmd_view_read_input(struct tmd_view *view, const char *base_dir, const char *path,
				size_t max, struct tmd_buf *out, struct tmd_error *err)
{
	const struct tmd_sent_file *sent = tmd_sent_files_find(view->sent, path);
	TMD_AUTO_FREE char *joined = NULL;
	const struct planned *item = NULL;

	if (sent)
		return tmd_sent_file_read(sent, max, out, err);
	if (!tmd_path_is_absolute(path) && !base_dir)
		return tmd_fail(err, TMD_E_INVALID_INPUT, path,
				"send it with the request, or name it by an absolute path",
				"a relative path that begins nowhere");
	if (!tmd_path_is_absolute(path)) {
		joined = tmd_path_join(base_dir, path);
		path = joined;
	}
	if (tmd_fs_is_live(view->fs))
		item = find_file(view, view->input, path);
	if (!item || item->state != PLANNED_FILE)
		return tmd_fs_read(view->input, path, max, out, NULL, err);
	return copy_content(item, path, out, err);
}

/* ---- planning ---- */

static void set_state(struct planned *item, enum planned_state state,
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

static enum tmd_rc file_for(struct tmd_view *view, const char *path, struct planned **item,
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
	struct planned *item;

	if (file_for(view, path, &item, err))
		return TMD_FAILED;
	set_state(item, PLANNED_FILE, content);
	if (attr)
		merge_attr(&item->attr, attr);
	return TMD_OK;
}

enum tmd_rc tmd_view_put_attr(struct tmd_view *view, const char *path,
			      const struct tmd_fs_attr *attr, struct tmd_error *err)
{
	struct planned *item;

	if (file_for(view, path, &item, err))
		return TMD_FAILED;
	merge_attr(&item->attr, attr);
	return TMD_OK;
}

enum tmd_rc tmd_view_put_gone(struct tmd_view *view, const char *path, struct tmd_error *err)
{
	struct planned *item;
	char *real = NULL;

	if (resolve_name(view->fs, path, &real, err))
		return TMD_FAILED;
	item = item_for(view, tmd_path_key(real), real);
	set_state(item, PLANNED_GONE, NULL);
	item->attr = keep;
	return TMD_OK;
}

void tmd_view_put_fact(struct tmd_view *view, const char *name, const struct tmd_buf *content)
{
	set_state(item_for(view, tmd_strdup(name), tmd_strdup(name)), PLANNED_FACT, content);
}
