/* The overlay is a short list: a run plans a handful of files. */
#include "resources/overlay.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"

struct planned_file {
	char *path; /* the key of the canonical path inside the root, or a name */
	bool gone;
	struct tmd_buf content;
};

struct planned_mode {
	char *path; /* as above */
	uint32_t mode;
};

struct tmd_overlay {
	struct planned_file *files;
	size_t count;
	size_t cap;
	struct planned_mode *modes;
	size_t mode_count;
	size_t mode_cap;
	struct tmd_strv roots; /* keys of the files that are given to root */
};

struct tmd_overlay *tmd_overlay_new(void)
{
	return tmd_alloc(1, sizeof(struct tmd_overlay));
}

void tmd_overlay_free(struct tmd_overlay *overlay)
{
	if (!overlay)
		return;
	for (size_t i = 0; i < overlay->count; i++) {
		free(overlay->files[i].path);
		tmd_buf_release(&overlay->files[i].content);
	}
	for (size_t i = 0; i < overlay->mode_count; i++)
		free(overlay->modes[i].path);
	free(overlay->modes);
	free(overlay->files);
	tmd_strv_release(&overlay->roots);
	free(overlay);
}

static struct planned_file *find_file(const struct tmd_overlay *overlay, const char *path)
{
	for (size_t i = 0; i < overlay->count; i++) {
		if (strcmp(overlay->files[i].path, path) == 0)
			return &overlay->files[i];
	}
	return NULL;
}

static struct planned_file *file_for(struct tmd_overlay *overlay, const char *path)
{
	struct planned_file *file = find_file(overlay, path);

	if (file) {
		tmd_buf_clear(&file->content);
		return file;
	}
	overlay->files =
		tmd_grow(overlay->files, &overlay->cap, overlay->count + 1, sizeof(*file));
	file = &overlay->files[overlay->count++];
	memset(file, 0, sizeof(*file));
	file->path = tmd_strdup(path);
	return file;
}

/* What is removed or renamed is the name itself, be it a link: only its directory is resolved. */
static enum tmd_rc resolve_name(struct tmd_fs *fs, const char *path, char **out,
				struct tmd_error *err)
{
	TMD_AUTO_FREE char *dir = tmd_path_dir(path);
	TMD_AUTO_FREE char *real = NULL;
	TMD_AUTO_FREE char *joined = NULL;

	if (tmd_fs_resolve(fs, dir, &real, err))
		return TMD_FAILED;
	joined = tmd_path_join(real, tmd_path_base(path));
	*out = tmd_path_key(joined);
	return TMD_OK;
}

static enum tmd_rc resolve_file(struct tmd_fs *fs, const char *path, char **out,
				struct tmd_error *err)
{
	TMD_AUTO_FREE char *real = NULL;

	if (tmd_fs_resolve(fs, path, &real, err))
		return TMD_FAILED;
	*out = tmd_path_key(real);
	return TMD_OK;
}

/* Later ones stand behind earlier ones, and win. */
static enum tmd_rc merge_mode(struct tmd_overlay *overlay, struct tmd_fs *fs,
			      const struct tmd_action *action, struct tmd_error *err)
{
	bool has_mode = action->kind == TMD_ACT_WRITE || action->kind == TMD_ACT_ATTR;
	TMD_AUTO_FREE char *real = NULL;
	struct planned_mode *planned;

	if (!has_mode || action->attr.mode == TMD_KEEP)
		return TMD_OK;
	if (resolve_file(fs, action->path, &real, err))
		return TMD_FAILED;
	overlay->modes = tmd_grow(overlay->modes, &overlay->mode_cap, overlay->mode_count + 1,
				  sizeof(*planned));
	planned = &overlay->modes[overlay->mode_count++];
	planned->path = real;
	planned->mode = action->attr.mode;
	real = NULL;
	return TMD_OK;
}

static void note_owner(struct tmd_overlay *overlay, struct tmd_fs *fs,
		       const struct tmd_action *action)
{
	TMD_AUTO_FREE char *key = NULL;
	struct tmd_error ignored;

	if ((action->kind == TMD_ACT_WRITE || action->kind == TMD_ACT_ATTR) &&
	    action->attr.uid == 0 && resolve_file(fs, action->path, &key, &ignored) == TMD_OK)
		tmd_strv_add_once(&overlay->roots, key);
}

static enum tmd_rc merge_action(struct tmd_overlay *overlay, struct tmd_fs *fs,
				const struct tmd_action *action, struct tmd_error *err)
{
	bool gone = action->kind == TMD_ACT_REMOVE || action->kind == TMD_ACT_RENAME;
	TMD_AUTO_FREE char *real = NULL;
	struct planned_file *file;

	note_owner(overlay, fs, action);
	if (action->kind == TMD_ACT_ATTR || action->kind == TMD_ACT_TOUCH ||
	    action->kind == TMD_ACT_PERFORM)
		return TMD_OK;
	if (action->kind == TMD_ACT_EXPECT && !tmd_path_is_absolute(action->path))
		real = tmd_strdup(action->path);
	else if (gone ? resolve_name(fs, action->path, &real, err) :
		   resolve_file(fs, action->path, &real, err))
		return TMD_FAILED;
	file = file_for(overlay, real);
	file->gone = gone;
	if (!file->gone)
		tmd_buf_add(&file->content, tmd_buf_str(&action->content), action->content.len);
	return TMD_OK;
}

enum tmd_rc tmd_overlay_merge(struct tmd_overlay *overlay, struct tmd_fs *fs,
			      const struct tmd_changeset *set, struct tmd_error *err)
{
	for (size_t i = 0; i < set->count; i++) {
		if (merge_mode(overlay, fs, &set->actions[i], err) ||
		    merge_action(overlay, fs, &set->actions[i], err))
			return TMD_FAILED;
	}
	return TMD_OK;
}

static void planned_stat(struct tmd_fs *fs, const struct planned_file *file, struct tmd_stat *st)
{
	struct tmd_error ignored;

	/* A file that is rewritten keeps its mode and owner; a new one gets the defaults. */
	if (tmd_fs_stat(fs, file->path, st, &ignored)) {
		memset(st, 0, sizeof(*st));
		st->type = TMD_FILE_REGULAR;
		st->mode = 0644;
		st->links = 1;
	}
	st->size = file->content.len;
}

/* The planned state of a path, or NULL when this run leaves it alone. */
static const struct planned_file *planned(const struct tmd_ctx *ctx, struct tmd_fs *fs,
					  const char *path)
{
	TMD_AUTO_FREE char *name = NULL;
	TMD_AUTO_FREE char *real = NULL;
	const struct planned_file *file;
	struct tmd_error ignored;

	if (!ctx->overlay || !ctx->overlay->count)
		return NULL;
	if (resolve_name(fs, path, &name, &ignored))
		return NULL;
	file = find_file(ctx->overlay, name);
	if (file)
		return file;
	if (resolve_file(fs, path, &real, &ignored))
		return NULL;
	return find_file(ctx->overlay, real);
}

bool tmd_ctx_is_given_to_root(const struct tmd_ctx *ctx, const char *path)
{
	TMD_AUTO_FREE char *key = NULL;
	struct tmd_error ignored;

	return ctx->overlay && ctx->overlay->roots.count &&
	       resolve_file(ctx->fs, path, &key, &ignored) == TMD_OK &&
	       tmd_strv_has(&ctx->overlay->roots, key);
}

const struct tmd_buf *tmd_ctx_planned(const struct tmd_ctx *ctx, const char *name)
{
	const struct planned_file *file = ctx->overlay ? find_file(ctx->overlay, name) : NULL;

	return file ? &file->content : NULL;
}

uint32_t tmd_ctx_mode(struct tmd_ctx *ctx, const char *path, uint32_t now)
{
	TMD_AUTO_FREE char *real = NULL;
	struct tmd_error ignored;

	if (!ctx->overlay || !ctx->overlay->mode_count ||
	    resolve_file(ctx->fs, path, &real, &ignored))
		return now;
	for (size_t i = 0; i < ctx->overlay->mode_count; i++) {
		if (strcmp(ctx->overlay->modes[i].path, real) == 0)
			now = ctx->overlay->modes[i].mode;
	}
	return now;
}

enum tmd_rc tmd_ctx_read(struct tmd_ctx *ctx, const char *path, size_t max, struct tmd_buf *out,
			 struct tmd_stat *st, struct tmd_error *err)
{
	const struct planned_file *file = planned(ctx, ctx->fs, path);

	if (!file)
		return tmd_fs_read(ctx->fs, path, max, out, st, err);
	if (file->gone)
		return tmd_fail(err, TMD_E_NOT_FOUND, path, NULL, "removed earlier in this run");
	tmd_buf_clear(out);
	tmd_buf_add(out, tmd_buf_str(&file->content), file->content.len);
	if (st)
		planned_stat(ctx->fs, file, st);
	return tmd_buf_check(out, path, err);
}

enum tmd_rc tmd_ctx_list(struct tmd_ctx *ctx, const char *dir, struct tmd_strv *names,
			 struct tmd_error *err)
{
	struct tmd_error local = { 0 };

	if (tmd_fs_list(ctx->fs, dir, names, &local) == TMD_OK)
		return TMD_OK;
	tmd_strv_release(names);
	if (local.kind == TMD_E_NOT_FOUND)
		return TMD_OK;
	*err = local;
	return TMD_FAILED;
}

enum tmd_rc tmd_ctx_read_input(struct tmd_ctx *ctx, const struct tmd_resource *r, const char *path,
			       size_t max, struct tmd_buf *out, struct tmd_error *err)
{
	const struct tmd_sent_file *sent = tmd_sent_files_find(ctx->files, path);
	TMD_AUTO_FREE char *joined = NULL;
	const struct planned_file *file = NULL;

	if (sent)
		return tmd_sent_file_read(sent, max, out, err);
	if (!tmd_path_is_absolute(path) && !r->base_dir)
		return tmd_fail(err, TMD_E_INVALID_INPUT, path,
				"send it with the request, or name it by an absolute path",
				"a relative path that begins nowhere");
	if (!tmd_path_is_absolute(path)) {
		joined = tmd_path_join(r->base_dir, path);
		path = joined;
	}
	if (tmd_fs_is_live(ctx->fs))
		file = planned(ctx, ctx->input, path);
	if (!file || file->gone)
		return tmd_fs_read(ctx->input, path, max, out, NULL, err);
	tmd_buf_clear(out);
	tmd_buf_add(out, tmd_buf_str(&file->content), file->content.len);
	return tmd_buf_check(out, path, err);
}
