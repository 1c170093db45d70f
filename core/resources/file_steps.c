/* Steps that change one file each. */
#include "resources/step.h"

#include <stdlib.h>
#include <string.h>

#include "base/display.h"
#include "base/mem.h"

static const struct tmd_fs_attr keep = { TMD_KEEP, TMD_KEEP, TMD_KEEP, 0 };

static const struct tmd_file_step *of(const struct tmd_step *step)
{
	return (const struct tmd_file_step *)step;
}

static void release(struct tmd_step *step)
{
	struct tmd_file_step *file = (struct tmd_file_step *)step;

	free(file->path);
	free(file->to);
	tmd_buf_release(&file->content);
	free(file);
}

static struct tmd_file_step *add(struct tmd_changeset *set, const struct tmd_step_ops *ops,
				 const char *path)
{
	struct tmd_file_step *file = tmd_alloc(1, sizeof(*file));

	file->base.ops = ops;
	file->path = tmd_strdup(path);
	file->attr = keep;
	tmd_changeset_add(set, &file->base);
	return file;
}

/* ---- what is shown ---- */

/* Keys are nobody's business, and what is not text says nothing to anybody. */
static char *shown(const struct tmd_buf *content)
{
	if (strstr(tmd_buf_str(content), "PRIVATE KEY"))
		return tmd_strdup("(holds a private key; not shown)\n");
	if (memchr(tmd_buf_str(content), '\0', content->len))
		return tmd_format("(%zu bytes that are not text)\n", content->len);
	return tmd_display_utf8(tmd_buf_str(content), content->len);
}

/* The file as it is; NULL: it is not there, or cannot be read. */
static char *shown_now(struct tmd_view *view, const char *path)
{
	TMD_AUTO_BUF struct tmd_buf now = { 0 };
	struct tmd_error ignored;

	return tmd_view_read(view, path, TMD_BUF_MAX, &now, NULL, &ignored) ? NULL : shown(&now);
}

static void describe_write(const struct tmd_step *step, struct tmd_view *view, struct tmd_diff *diff)
{
	diff->path = tmd_strdup(of(step)->path);
	diff->before = shown_now(view, of(step)->path);
	diff->after = shown(&of(step)->content);
}

/* A link that goes takes no text with it. */
static void describe_remove(const struct tmd_step *step, struct tmd_view *view,
			    struct tmd_diff *diff)
{
	struct tmd_error ignored;
	struct tmd_stat st;

	if (tmd_view_lstat(view, of(step)->path, &st, &ignored) || st.type != TMD_FILE_REGULAR)
		return;
	diff->path = tmd_strdup(of(step)->path);
	diff->before = shown_now(view, of(step)->path);
}

/* ---- write ---- */

static enum tmd_rc check_file(const struct tmd_step *step, struct tmd_fs *fs,
			      struct tmd_error *err)
{
	if (tmd_fs_check_write(fs, of(step)->path, err) ||
	    tmd_fs_check_attr(fs, of(step)->path, &of(step)->attr, err))
		return TMD_FAILED;
	return tmd_fs_check_seen(fs, of(step)->path, true, err);
}

static enum tmd_rc write_file(const struct tmd_step *step, struct tmd_fs *fs,
			      struct tmd_error *err)
{
	const struct tmd_file_step *file = of(step);

	return tmd_fs_replace(fs, file->path, tmd_buf_str(&file->content), file->content.len,
			      &file->attr, err);
}

static enum tmd_rc preview_write(const struct tmd_step *step, struct tmd_view *view,
				 struct tmd_error *err)
{
	return tmd_view_put_file(view, of(step)->path, &of(step)->content, &of(step)->attr, err);
}

const struct tmd_step_ops tmd_step_write = { check_file, write_file, preview_write, describe_write,
					     release };

void tmd_changeset_write(struct tmd_changeset *set, const char *path, struct tmd_buf *content,
			 const struct tmd_fs_attr *attr)
{
	struct tmd_file_step *file = add(set, &tmd_step_write, path);

	file->content = *content;
	memset(content, 0, sizeof(*content));
	if (attr)
		file->attr = *attr;
}

/* ---- mode and owner ---- */

static enum tmd_rc set_attr(const struct tmd_step *step, struct tmd_fs *fs, struct tmd_error *err)
{
	return tmd_fs_set_attr(fs, of(step)->path, &of(step)->attr, err);
}

static enum tmd_rc preview_attr(const struct tmd_step *step, struct tmd_view *view,
				struct tmd_error *err)
{
	return tmd_view_put_attr(view, of(step)->path, &of(step)->attr, err);
}

const struct tmd_step_ops tmd_step_attr = { check_file, set_attr, preview_attr, NULL, release };

void tmd_changeset_attr(struct tmd_changeset *set, const char *path, const struct tmd_fs_attr *attr)
{
	add(set, &tmd_step_attr, path)->attr = *attr;
}

/* ---- remove ---- */

static enum tmd_rc check_remove(const struct tmd_step *step, struct tmd_fs *fs,
				struct tmd_error *err)
{
	if (tmd_fs_check_remove(fs, of(step)->path, err))
		return TMD_FAILED;
	return tmd_fs_check_seen(fs, of(step)->path, false, err);
}

static enum tmd_rc remove_file(const struct tmd_step *step, struct tmd_fs *fs,
			       struct tmd_error *err)
{
	return tmd_fs_remove(fs, of(step)->path, err);
}

static enum tmd_rc preview_remove(const struct tmd_step *step, struct tmd_view *view,
				  struct tmd_error *err)
{
	return tmd_view_put_gone(view, of(step)->path, err);
}

const struct tmd_step_ops tmd_step_remove = { check_remove, remove_file, preview_remove,
					      describe_remove, release };

void tmd_changeset_remove(struct tmd_changeset *set, const char *path)
{
	add(set, &tmd_step_remove, path);
}

bool tmd_changeset_removes(const struct tmd_changeset *set, const char *path)
{
	for (size_t i = 0; i < set->count; i++) {
		if (set->steps[i]->ops == &tmd_step_remove &&
		    strcmp(of(set->steps[i])->path, path) == 0)
			return true;
	}
	return false;
}

/* ---- rename ---- */

static enum tmd_rc check_rename(const struct tmd_step *step, struct tmd_fs *fs,
				struct tmd_error *err)
{
	if (check_remove(step, fs, err))
		return TMD_FAILED;
	return tmd_fs_check_write(fs, of(step)->to, err);
}

static enum tmd_rc rename_file(const struct tmd_step *step, struct tmd_fs *fs,
			       struct tmd_error *err)
{
	return tmd_fs_rename(fs, of(step)->path, of(step)->to, err);
}

/* A file that cannot be read shows under neither name. */
static enum tmd_rc preview_rename(const struct tmd_step *step, struct tmd_view *view,
				  struct tmd_error *err)
{
	TMD_AUTO_BUF struct tmd_buf content = { 0 };
	struct tmd_error ignored;
	struct tmd_fs_attr attr = keep;
	struct tmd_stat st;
	bool readable = tmd_view_read(view, of(step)->path, TMD_BUF_MAX, &content, &st,
				      &ignored) == TMD_OK;

	if (tmd_view_put_gone(view, of(step)->path, err))
		return TMD_FAILED;
	if (!readable)
		return TMD_OK;
	attr.mode = st.mode;
	attr.uid = st.uid;
	attr.gid = st.gid;
	return tmd_view_put_file(view, of(step)->to, &content, &attr, err);
}

const struct tmd_step_ops tmd_step_rename = { check_rename, rename_file, preview_rename, NULL,
					      release };

void tmd_changeset_rename(struct tmd_changeset *set, const char *path, const char *to)
{
	add(set, &tmd_step_rename, path)->to = tmd_strdup(to);
}

/* ---- a copy beside it ---- */

static enum tmd_rc check_backup(const struct tmd_step *step, struct tmd_fs *fs,
				struct tmd_error *err)
{
	return tmd_fs_check_write(fs, of(step)->to, err);
}

static enum tmd_rc back_up(const struct tmd_step *step, struct tmd_fs *fs, struct tmd_error *err)
{
	TMD_AUTO_BUF struct tmd_buf old = { 0 };
	struct tmd_fs_attr attr = keep;
	struct tmd_stat st;

	if (!tmd_fs_exists(fs, of(step)->path))
		return TMD_OK;
	if (tmd_fs_read(fs, of(step)->path, TMD_BUF_MAX, &old, &st, err))
		return TMD_FAILED;
	if (tmd_fs_has_modes()) {
		attr.mode = st.mode;
		attr.uid = st.uid;
		attr.gid = st.gid;
	}
	return tmd_fs_replace(fs, of(step)->to, old.data, old.len, &attr, err);
}

static enum tmd_rc preview_backup(const struct tmd_step *step, struct tmd_view *view,
				  struct tmd_error *err)
{
	TMD_AUTO_BUF struct tmd_buf old = { 0 };
	struct tmd_error ignored;

	if (tmd_view_read(view, of(step)->path, TMD_BUF_MAX, &old, NULL, &ignored))
		return TMD_OK;
	return tmd_view_put_file(view, of(step)->to, &old, NULL, err);
}

const struct tmd_step_ops tmd_step_backup = { check_backup, back_up, preview_backup, NULL,
					      release };

void tmd_changeset_backup(struct tmd_changeset *set, const char *path)
{
	add(set, &tmd_step_backup, path)->to = tmd_format("%s" TMD_BACKUP_ENDING, path);
}
