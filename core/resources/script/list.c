/* The verb list: files with calls below given directories. */
#include <string.h>

#include "base/mem.h"
#include "resources/finds.h"
#include "resources/script/script.h"

#define TOLD_MAX 20 /* files and directories that could not be read */

struct search {
	struct tmd_ctx *ctx;
	struct tmd_listing *listing;
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

static void report(struct search *s, const struct tmd_findings *findings)
{
	const struct tmd_strv *owned = &findings->owned;

	for (size_t i = 0; i < findings->remarks.count; i++)
		tmd_strv_add_once(s->listing->remarks, findings->remarks.items[i]);
	if (s->unread > TOLD_MAX)
		tmd_strv_addf(s->listing->remarks, "%zu further files could not be looked at",
			      s->unread - TOLD_MAX);
	if (owned->count)
		tmd_strv_addf(s->listing->remarks,
			      "not looked through, as it belongs to Toolkit or to the Python API "
			      "itself: %s%s", owned->items[0],
			      owned->count > 1 ? " and others" : "");
}

enum tmd_rc tmd_script_list(struct tmd_ctx *ctx, const struct tmd_resource *query,
			    struct tmd_listing *listing, struct tmd_error *err)
{
	struct search s = { .ctx = ctx, .listing = listing };
	const struct tmd_findings *findings;
	const struct tmd_finding *found;
	size_t count;

	if (tmd_finds_under(ctx, &query->input[TMD_SCRIPT_UNDER].list, 1u << TMD_FIND_SCRIPT,
			    &findings, err))
		return TMD_FAILED;
	found = tmd_findings_of(findings, TMD_FIND_SCRIPT, &count);
	for (size_t i = 0; i < count; i++)
		look_at(&s, found[i].path);
	report(&s, findings);
	return TMD_OK;
}
