/* Commas and wildcards in the names of the caller's files. */
#include "engine/several.h"

#include <string.h>

#include "base/mem.h"
#include "os/path.h"
#include "resources/paths.h"

struct search {
	struct tmd_fs *input;
	struct tmd_view *view; /* on it */
	const char *base_dir;
};

/* As tmd_view_read_input() looks it up. */
static char *place_of(const struct search *s, const char *path)
{
	return tmd_path_is_absolute(path) ? tmd_strdup(path) : tmd_path_join(s->base_dir, path);
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

static enum tmd_rc add_part(const struct search *s, const char *part, struct tmd_strv *out,
			    struct tmd_error *err)
{
	TMD_AUTO_STRV struct tmd_strv found = { 0 };
	TMD_AUTO_FREE char *place = place_of(s, part);
	TMD_AUTO_FREE char *text = as_text(place);
	bool many;

	if (tmd_paths_expand(s->view, text, TMD_FILE_REGULAR, &found, &many, err))
		return TMD_FAILED;
	if (found.count == 1 && strcmp(found.items[0], place) == 0) {
		tmd_strv_add(out, part);
		return tmd_paths_check(s->view, place, err);
	}
	for (size_t i = 0; i < found.count; i++)
		tmd_strv_add(out, found.items[i]);
	return TMD_OK;
}

static enum tmd_rc add_item(const struct search *s, const char *item, struct tmd_strv *out,
			    struct tmd_error *err)
{
	TMD_AUTO_STRV struct tmd_strv parts = { 0 };

	if (is_one(s, item)) {
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

enum tmd_rc tmd_files_expand(struct tmd_fs *input, const char *base_dir,
			     const struct tmd_strv *items, struct tmd_strv *out,
			     struct tmd_error *err)
{
	TMD_CLEANUP(tmd_view_free_ptr) struct tmd_view *view = NULL;
	struct search search = { input, NULL, base_dir };

	if (!base_dir || !input) {
		tmd_strv_copy(out, items);
		return TMD_OK;
	}
	view = tmd_view_new(input, input);
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

	for (size_t i = 0; i < r->type->field_count; i++) {
		TMD_AUTO_STRV struct tmd_strv files = { 0 };

		if ((r->type->fields[i].flags & wanted) != wanted || !r->input[i].list.count)
			continue;
		if (tmd_files_expand(run->input, r->base_dir, &r->input[i].list, &files, err))
			return TMD_FAILED;
		tmd_value_set_list(&result->input[i], &files);
	}
	return TMD_OK;
}
