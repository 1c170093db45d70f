/* Reading through a view: what is planned first, and the disk where nothing is. */
#include "resources/view_internal.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"

static enum tmd_rc fail_gone(const char *path, struct tmd_error *err)
{
	return tmd_fail(err, TMD_E_NOT_FOUND, path, NULL, "removed earlier in this run");
}

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
static void apply_planned(const struct tmd_planned *item, bool exists, struct tmd_stat *st)
{
	static const struct tmd_stat fresh = { .type = TMD_FILE_REGULAR, .mode = 0644, .links = 1 };

	if (!exists)
		*st = fresh;
	if (item->state == TMD_PLANNED_FILE)
		st->size = item->content.len;
	apply_attr(&item->attr, st);
}

static enum tmd_rc look(struct tmd_view *view, const char *path, bool follow, struct tmd_stat *st,
			struct tmd_error *err)
{
	return follow ? tmd_fs_stat(view->fs, path, st, err) : tmd_fs_lstat(view->fs, path, st, err);
}

static enum tmd_rc stat_planned(struct tmd_view *view, const struct tmd_planned *item,
				const char *path, bool follow, struct tmd_stat *st,
				struct tmd_error *err)
{
	struct tmd_error why = { 0 };
	bool exists;

	if (item->state == TMD_PLANNED_GONE)
		return fail_gone(path, err);
	exists = look(view, path, follow, st, &why) == TMD_OK;
	if (!exists && item->state != TMD_PLANNED_FILE) {
		*err = why;
		return TMD_FAILED;
	}
	apply_planned(item, exists, st);
	return TMD_OK;
}

enum tmd_rc tmd_view_stat(struct tmd_view *view, const char *path, struct tmd_stat *st,
			  struct tmd_error *err)
{
	const struct tmd_planned *item = tmd_view_find_file(view, view->fs, path);

	return item ? stat_planned(view, item, path, true, st, err)
		    : tmd_fs_stat(view->fs, path, st, err);
}

enum tmd_rc tmd_view_lstat(struct tmd_view *view, const char *path, struct tmd_stat *st,
			   struct tmd_error *err)
{
	const struct tmd_planned *item = tmd_view_find_name(view, view->fs, path);

	return item ? stat_planned(view, item, path, false, st, err)
		    : tmd_fs_lstat(view->fs, path, st, err);
}

static enum tmd_rc copy_content(const struct tmd_planned *item, const char *path, struct tmd_buf *out,
				struct tmd_error *err)
{
	tmd_buf_clear(out);
	tmd_buf_add(out, tmd_buf_str(&item->content), item->content.len);
	return tmd_buf_check(out, path, err);
}

enum tmd_rc tmd_view_read(struct tmd_view *view, const char *path, size_t max, struct tmd_buf *out,
			  struct tmd_stat *st, struct tmd_error *err)
{
	const struct tmd_planned *item = tmd_view_find_file(view, view->fs, path);

	if (!item)
		return tmd_fs_read(view->fs, path, max, out, st, err);
	if (item->state == TMD_PLANNED_GONE)
		return fail_gone(path, err);
	if (item->state == TMD_PLANNED_FILE) {
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

enum tmd_rc tmd_view_read_real(struct tmd_view *view, const char *path, size_t max,
			       struct tmd_buf *out, char **real, struct tmd_error *err)
{
	const struct tmd_planned *item = tmd_view_find_file(view, view->fs, path);

	if (!item)
		return tmd_fs_read_real(view->fs, path, max, out, real, err);
	if (tmd_view_read(view, path, max, out, NULL, err))
		return TMD_FAILED;
	*real = tmd_strdup(item->path);
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
	for (size_t i = tmd_view_lower_bound(view, dir); i < view->count; i++) {
		const struct tmd_planned *item = &view->items[i];

		if (strncmp(item->key, dir, strlen(dir)) != 0)
			return false;
		if (item->state == TMD_PLANNED_FILE && below(item->key, dir))
			return true;
	}
	return false;
}

static bool is_planned_directory(const struct tmd_view *view, const char *path)
{
	TMD_AUTO_FREE char *real = NULL;
	TMD_AUTO_FREE char *key = NULL;
	struct tmd_error ignored;

	if (tmd_view_is_empty(view) || tmd_fs_resolve(view->fs, path, &real, &ignored))
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
	const struct tmd_planned *item = tmd_view_find_file(view, view->fs, path);

	if (item && item->state != TMD_PLANNED_ATTR)
		return item->state == TMD_PLANNED_FILE;
	return tmd_fs_exists(view->fs, path) || is_planned_directory(view, path);
}

enum tmd_rc tmd_view_readlink(struct tmd_view *view, const char *path, char **target,
			      struct tmd_error *err)
{
	const struct tmd_planned *item = tmd_view_find_name(view, view->fs, path);

	if (item && item->state == TMD_PLANNED_GONE)
		return fail_gone(path, err);
	if (item && item->state == TMD_PLANNED_FILE)
		return tmd_fail(err, TMD_E_INVALID_INPUT, path, NULL, "not a symbolic link");
	return tmd_fs_readlink(view->fs, path, target, err);
}

/* A link that is planned to go leads nowhere any more. */
enum tmd_rc tmd_view_resolve(struct tmd_view *view, const char *path, char **real,
			     struct tmd_error *err)
{
	const struct tmd_planned *item = tmd_view_find_name(view, view->fs, path);

	if (!item || item->state != TMD_PLANNED_GONE)
		return tmd_fs_resolve(view->fs, path, real, err);
	*real = tmd_strdup(item->path);
	return TMD_OK;
}

enum tmd_rc tmd_view_find_obstacle(struct tmd_view *view, const char *path,
				   const struct tmd_user *reader, char **why, uint32_t *owner,
				   struct tmd_error *err)
{
	return tmd_fs_find_obstacle(view->fs, path, reader, why, owner, err);
}

enum tmd_rc tmd_view_world_readable(struct tmd_view *view, const char *path, bool *readable,
				    char **why, struct tmd_error *err)
{
	const struct tmd_planned *item = tmd_view_find_file(view, view->fs, path);
	struct tmd_stat st;
	uint32_t owner;

	if (!item || (item->attr.mode == TMD_KEEP && tmd_fs_exists(view->fs, path)))
		return tmd_fs_world_readable(view->fs, path, readable, why, err);
	if (stat_planned(view, item, path, true, &st, err) ||
	    tmd_fs_find_obstacle(view->fs, path, NULL, why, &owner, err))
		return TMD_FAILED;
	if (!*why && !(st.mode & 0004))
		*why = tmd_format("%s has mode %04o", path, (unsigned)st.mode);
	*readable = !*why;
	return TMD_OK;
}

enum tmd_rc tmd_view_changeable_by_others(struct tmd_view *view, const char *path, uint32_t user,
					  char **why, struct tmd_error *err)
{
	const struct tmd_planned *item = tmd_view_find_file(view, view->fs, path);
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
	for (size_t i = tmd_view_lower_bound(view, dir); i < view->count; i++) {
		const struct tmd_planned *item = &view->items[i];
		const char *name = tmd_path_base(item->path);

		if (strncmp(item->key, dir, strlen(dir)) != 0)
			break;
		if (below(item->key, dir) != tmd_path_base(item->key))
			continue;
		if (item->state == TMD_PLANNED_GONE)
			remove_name(names, name);
		if (item->state == TMD_PLANNED_FILE)
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
	if (tmd_view_is_empty(view) || tmd_fs_resolve(view->fs, dir, &real, &local))
		return TMD_OK;
	key = tmd_path_key(real);
	merge_names(view, key, names);
	return TMD_OK;
}

/* ---- what is not in the managed tree ---- */

void tmd_view_send(struct tmd_view *view, const struct tmd_sent_files *files)
{
	view->sent = files;
}

/* An input's own path; `*joined`, which the caller frees, holds it where it is not `path` itself. */
static enum tmd_rc find_input(const char *base_dir, const char **path, char **joined,
			      struct tmd_error *err)
{
	if (tmd_path_is_absolute(*path))
		return TMD_OK;
	if (!base_dir)
		return tmd_fail(err, TMD_E_INVALID_INPUT, *path,
				"send it with the request, or name it by an absolute path",
				"a relative path that begins nowhere");
	*joined = tmd_path_join(base_dir, *path);
	*path = *joined;
	return TMD_OK;
}

enum tmd_rc tmd_view_stat_input(struct tmd_view *view, const char *base_dir, const char *path,
				struct tmd_stat *st, struct tmd_error *err)
{
	static const struct tmd_stat file = { .type = TMD_FILE_REGULAR, .mode = 0644, .links = 1 };
	TMD_AUTO_FREE char *joined = NULL;

	if (tmd_sent_files_find(view->sent, path)) {
		*st = file;
		return TMD_OK;
	}
	if (find_input(base_dir, &path, &joined, err))
		return TMD_FAILED;
	return tmd_fs_stat(view->input, path, st, err);
}

enum tmd_rc tmd_view_list_input(struct tmd_view *view, const char *base_dir, const char *path,
				struct tmd_strv *names, struct tmd_error *err)
{
	TMD_AUTO_FREE char *joined = NULL;

	if (find_input(base_dir, &path, &joined, err))
		return TMD_FAILED;
	return tmd_fs_list(view->input, path, names, err);
}

enum tmd_rc tmd_view_read_input(struct tmd_view *view, const char *base_dir, const char *path,
				size_t max, struct tmd_buf *out, struct tmd_error *err)
{
	const struct tmd_sent_file *sent = tmd_sent_files_find(view->sent, path);
	TMD_AUTO_FREE char *joined = NULL;
	const struct tmd_planned *item = NULL;

	if (sent)
		return tmd_sent_file_read(sent, max, out, err);
	if (find_input(base_dir, &path, &joined, err))
		return TMD_FAILED;
	if (tmd_fs_is_live(view->fs))
		item = tmd_view_find_file(view, view->input, path);
	if (!item || item->state != TMD_PLANNED_FILE)
		return tmd_fs_read(view->input, path, max, out, NULL, err);
	return copy_content(item, path, out, err);
}
