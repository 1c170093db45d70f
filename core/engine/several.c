/* Commas and wildcards in the names of the caller's files. */
#include "engine/several.h"

#include <string.h>

#include "base/mem.h"
#include "os/path.h"
#include "resources/paths.h"

struct search {
	const struct tmd_sent_files *sent;
	struct tmd_fs *input;
	struct tmd_view *view; /* on it */
	const char *base_dir;
	const struct tmd_made_file *made;
};

/* As tmd_view_read_input() looks it up. */
static char *place_of(const struct search *s, const char *path)
{
	return tmd_path_is_absolute(path) ? tmd_strdup(path) : tmd_path_join(s->base_dir, path);
}

/* Where files came with the request: nobody looks for them, and nothing relative means anything. */
static bool stays(const struct search *s, const char *item)
{
	return !s->base_dir &&
	       (!tmd_path_is_absolute(item) || tmd_sent_files_find(s->sent, item));
}

/* Is it a PEM text, or the name of one file? */
static bool is_one(const struct search *s, const char *item)
{
	TMD_AUTO_FREE char *path = NULL;

	if (!tmd_paths_may_be_many(item) || strchr(item, '\n'))
		return true;
	path = place_of(s, item);
	return tmd_fs_exists(s->input, path);
}

/* The place as a text that names nothing else. */
static char *as_text(const char *place)
{
	TMD_AUTO_STRV struct tmd_strv one = { 0 };

	tmd_strv_add(&one, place);
	return tmd_paths_join(&one);
}

/* ---- the file that is made of them ---- */

struct place {
	struct tmd_fs *fs;
	const char *path; /* canonical in it */
};

/* Entries of one directory under one name? They need not exist. */
static bool is_one_entry(const struct place *a, const struct place *b)
{
	TMD_AUTO_FREE char *dir = tmd_path_dir(a->path);
	TMD_AUTO_FREE char *other_dir = tmd_path_dir(b->path);
	TMD_AUTO_FREE char *name = tmd_path_key(tmd_path_base(a->path));
	TMD_AUTO_FREE char *other_name = tmd_path_key(tmd_path_base(b->path));
	struct tmd_stat st;
	struct tmd_stat other;
	struct tmd_error ignored;

	return strcmp(name, other_name) == 0 && !tmd_fs_stat(a->fs, dir, &st, &ignored) &&
	       !tmd_fs_stat(b->fs, other_dir, &other, &ignored) && st.device == other.device &&
	       st.inode == other.inode;
}

/* A hard link is a file of its own: once the other is replaced, it stays as it is. */
static bool is_one_file(const struct place *a, const struct place *b)
{
	struct tmd_stat st;
	struct tmd_stat other;
	struct tmd_error ignored;

	if (tmd_fs_stat(a->fs, a->path, &st, &ignored) ||
	    tmd_fs_stat(b->fs, b->path, &other, &ignored))
		return false;
	if (st.device != other.device || st.inode != other.inode)
		return false;
	return st.links < 2 || is_one_entry(a, b);
}

static bool is_at(const struct search *s, const char *found, const char *path)
{
	TMD_AUTO_FREE char *real = NULL;
	TMD_AUTO_FREE char *made = NULL;
	struct tmd_error ignored;

	if (tmd_fs_resolve(s->input, found, &real, &ignored) ||
	    tmd_fs_resolve(s->made->fs, path, &made, &ignored))
		return false;
	return is_one_file(&(const struct place){ s->input, real },
			   &(const struct place){ s->made->fs, made });
}

static bool is_made(const struct search *s, const char *found)
{
	TMD_AUTO_FREE char *backup = NULL;

	if (!s->made)
		return false;
	backup = tmd_format("%s" TMD_BACKUP_ENDING, s->made->path);
	return is_at(s, found, s->made->path) || is_at(s, found, backup);
}

static enum tmd_rc add_found(const struct search *s, const struct tmd_strv *found,
			     const char *place, struct tmd_strv *out, struct tmd_error *err)
{
	size_t before = out->count;

	for (size_t i = 0; i < found->count; i++) {
		if (!is_made(s, found->items[i]))
			tmd_strv_add(out, found->items[i]);
	}
	if (out->count > before || !found->count)
		return TMD_OK;
	return tmd_fail(err, TMD_E_NOT_FOUND, place, "check the path",
			"nothing matches it but the file that is made of it");
}

/* ---- items ---- */

static enum tmd_rc add_part(const struct search *s, const char *part, struct tmd_strv *out,
			    struct tmd_error *err)
{
	TMD_AUTO_STRV struct tmd_strv found = { 0 };
	TMD_AUTO_FREE char *place = NULL;
	TMD_AUTO_FREE char *text = NULL;
	bool many;

	if (stays(s, part)) {
		tmd_strv_add(out, part);
		return TMD_OK;
	}
	place = place_of(s, part);
	text = as_text(place);
	if (tmd_paths_expand(s->view, text, TMD_FILE_REGULAR, &found, &many, err))
		return TMD_FAILED;
	if (found.count == 1 && strcmp(found.items[0], place) == 0) {
		tmd_strv_add(out, part);
		return tmd_paths_check(s->view, place, err);
	}
	return add_found(s, &found, place, out, err);
}

static enum tmd_rc add_item(const struct search *s, const char *item, struct tmd_strv *out,
			    struct tmd_error *err)
{
	TMD_AUTO_STRV struct tmd_strv parts = { 0 };

	if (stays(s, item) || is_one(s, item)) {
		tmd_strv_add(out, item);
		return TMD_OK;
	}
	tmd_paths_split(item, &parts);
	for (size_t i = 0; i < parts.count; i++) {
		if (add_part(s, parts.items[i], out, err))
			return TMD_FAILED;
	}
	return TMD_OK;
}

enum tmd_rc tmd_files_expand(const struct tmd_run *run, const char *base_dir,
			     const struct tmd_made_file *made, const struct tmd_strv *items,
			     struct tmd_strv *out, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_view_free_ptr) struct tmd_view *view = NULL;
	struct search search = { &run->files, run->input, NULL, base_dir, made };

	if (!run->input) {
		tmd_strv_copy(out, items);
		return TMD_OK;
	}
	view = tmd_view_new(run->input, run->input);
	search.view = view;
	for (size_t i = 0; i < items->count; i++) {
		if (add_item(&search, items->items[i], out, err))
			return TMD_FAILED;
	}
	return TMD_OK;
}

bool tmd_type_reads_files(const struct tmd_type *type)
{
	for (size_t i = 0; i < type->field_count; i++) {
		if (type->fields[i].flags & TMD_F_FILES)
			return true;
	}
	return false;
}

enum tmd_rc tmd_wish_expand(const struct tmd_run *run, struct tmd_result *result,
			    struct tmd_error *err)
{
	const unsigned wanted = TMD_F_FILES | TMD_F_MANY;
	const struct tmd_resource *r = &result->resource;
	const struct tmd_made_file made = { run->ctx.fs, tmd_resource_path(r) };
	const bool known = made.path && tmd_path_is_absolute(made.path);

	for (size_t i = 0; i < r->type->field_count; i++) {
		TMD_AUTO_STRV struct tmd_strv files = { 0 };

		if ((r->type->fields[i].flags & wanted) != wanted || !r->input[i].list.count)
			continue;
		if (tmd_files_expand(run, r->base_dir, known ? &made : NULL,
				     &r->input[i].list, &files, err))
			return TMD_FAILED;
		tmd_value_set_list(&result->input[i], &files);
	}
	return TMD_OK;
}
