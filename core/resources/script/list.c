/* The verb list: files with calls below given directories. */
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "resources/script/script.h"

#define TOLD_MAX 20 /* files and directories that could not be read */

struct search {
	struct tmd_ctx *ctx;
	struct tmd_listing *listing;
	struct tmd_script_files files;
	size_t unread;
};

static bool has_calls(const struct tmd_script_file *file)
{
	for (size_t i = 0; i < file->source.count; i++) {
		if (file->source.calls[i].fate != TMD_PY_FOREIGN)
			return true;
	}
	return false;
}

static void add_found(struct search *s, const struct tmd_script_file *file)
{
	struct tmd_resource *r = s->listing->add(s->listing);

	r->name = tmd_strdup(file->path);
	r->backend = "file";
	tmd_value_set_string(&r->current[TMD_SCRIPT_PATH], file->path);
	tmd_script_tally_file(s->ctx, r, file);
}

static void note_unread(struct search *s, const char *path, const struct tmd_error *err)
{
	if (s->unread++ < TOLD_MAX)
		tmd_strv_addf(s->listing->remarks, "not looked at: %s: %s", path, err->message);
}

static void look_at(struct search *s, const char *path)
{
	TMD_CLEANUP(tmd_script_file_release) struct tmd_script_file file = { 0 };
	struct tmd_error unread = { 0 };

	if (tmd_script_read_file(s->ctx, path, &file, &unread))
		note_unread(s, path, &unread);
	else if (has_calls(&file))
		add_found(s, &file);
}

static void report(struct search *s)
{
	const struct tmd_strv *passed = &s->files.passed;

	for (size_t i = 0; i < s->files.unread.count && i < TOLD_MAX; i++)
		tmd_strv_addf(s->listing->remarks, "not looked through: %s",
			      s->files.unread.items[i]);
	if (s->unread > TOLD_MAX)
		tmd_strv_addf(s->listing->remarks, "%zu further files could not be looked at",
			      s->unread - TOLD_MAX);
	if (passed->count)
		tmd_strv_addf(s->listing->remarks,
			      "not looked through, as it belongs to Toolkit or to the Python API "
			      "itself: %s%s", passed->items[0],
			      passed->count > 1 ? " and others" : "");
}

static enum tmd_rc check_there(struct search *s, const char *dir, struct tmd_error *err)
{
	struct tmd_stat st;

	if (strpbrk(dir, "*?[,"))
		return TMD_OK; /* wildcards, which match nothing or something */
	if (tmd_view_stat(s->ctx->view, dir, &st, err))
		return TMD_FAILED;
	if (st.type != TMD_FILE_DIRECTORY)
		return tmd_fail(err, TMD_E_INVALID_INPUT, dir, "name a directory",
				"script: under: not a directory");
	return TMD_OK;
}

static enum tmd_rc look_through(struct search *s, const struct tmd_strv *under,
				struct tmd_error *err)
{
	for (size_t i = 0; i < under->count; i++) {
		if (check_there(s, under->items[i], err) ||
		    tmd_script_find_files(s->ctx, under->items[i], TMD_FILE_DIRECTORY, &s->files,
					  err))
			return TMD_FAILED;
	}
	for (size_t i = 0; i < s->files.paths.count; i++)
		look_at(s, s->files.paths.items[i]);
	report(s);
	return TMD_OK;
}

enum tmd_rc tmd_script_list(struct tmd_ctx *ctx, const struct tmd_resource *query,
			    struct tmd_listing *listing, struct tmd_error *err)
{
	struct search s = { .ctx = ctx, .listing = listing };
	enum tmd_rc rc = look_through(&s, &query->input[TMD_SCRIPT_UNDER].list, err);

	tmd_script_files_release(&s.files);
	return rc;
}
