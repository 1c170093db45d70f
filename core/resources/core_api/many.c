/* Many projects as one resource: told of only where something differs. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "resources/core_api/core_api.h"
#include "resources/paths.h"

#define TOLD_MAX 50  /* warnings about single projects */
#define NAMED_MAX 5  /* projects that one sentence names */
#define KINDS_MAX 50 /* different problems */

/* A problem that several projects have. */
struct shared {
	char *text;
	char *first; /* project */
	size_t count;
};

struct tally {
	struct tmd_ctx *ctx;
	struct tmd_resource *r;
	struct tmd_core_wish wish;
	size_t count;	/* projects */
	size_t pinning; /* those with a version */
	size_t blocked; /* those that cannot be had, or brought to the wish */
	struct tmd_strv missing;
	struct tmd_strv unmatched; /* patterns */
	struct shared problems[KINDS_MAX];
	size_t problem_count;
	size_t honouring; /* cores that run: they use the variable for everything */
	bool ignoring;	  /* one does not */
	size_t differing; /* installed ones that do not run what they pin */
	char *differs;	  /* what is said of the first */
};

static void tally_release(struct tally *t)
{
	tmd_strv_release(&t->missing);
	tmd_strv_release(&t->unmatched);
	free(t->differs);
	for (size_t i = 0; i < t->problem_count; i++) {
		free(t->problems[i].text);
		free(t->problems[i].first);
	}
}

/* ---- what projects have in common ---- */

static void count_problem(struct tally *t, const char *path, const char *text)
{
	size_t i = 0;

	while (i < t->problem_count && strcmp(t->problems[i].text, text) != 0)
		i++;
	if (i == KINDS_MAX)
		return;
	if (i == t->problem_count) {
		t->problems[i].text = tmd_strdup(text);
		t->problems[i].first = tmd_strdup(path);
		t->problem_count++;
	}
	t->problems[i].count++;
}

static void count_version(struct tally *t, const char *version)
{
	struct tmd_value *common = &t->r->current[TMD_CORE_VERSION];

	if (!version)
		return;
	if (!t->pinning++)
		tmd_value_set_string(common, version);
	else if (!tmd_str_equal(tmd_value_str(common), version))
		tmd_value_release(common);
}

static void count_era(struct tally *t, const char *runs)
{
	enum tmd_era_env env = tmd_era_of(runs).env;

	t->honouring += env == TMD_ERA_ENV_HONOURED;
	t->ignoring = t->ignoring || (env != TMD_ERA_ENV_HONOURED && env != TMD_ERA_ENV_UNKNOWN);
}

/* ---- one of them ---- */

/* What it pins, or why it pins nothing, in a word or two. The caller frees. */
static char *standing(const struct tmd_core_project *project)
{
	const struct tmd_core_file *pin = &project->pin;
	const char *version = tmd_core_project_pin(project);

	if (version)
		return tmd_core_excerpt(version);
	if (pin->broken.kind || pin->refused.kind)
		return tmd_strdup("(broken)");
	if (pin->kind->version == TMD_CORE_NO_VERSION)
		return tmd_format("(%s)", pin->kind->name);
	return tmd_strdup(pin->has_version ? "(not a text)" : "(latest)");
}

static void set_project(struct tally *t, const char *path, const char *what)
{
	tmd_value_map_set(&t->r->current[TMD_CORE_PROJECTS], path, what);
}

/* It stays as it is: the resource fails in the end, the others are brought to the wish. */
static void block(struct tally *t, const char *path, const struct tmd_error *err)
{
	struct tmd_error *shortfall = &t->r->shortfall;

	if (!t->blocked++)
		tmd_error_set(shortfall, err->kind, err->path[0] ? err->path : path, err->hint,
			      "%s: %s", path, err->message);
	if (t->blocked <= TOLD_MAX)
		tmd_strv_addf(&t->r->warnings, "%s: %s%s%s%s", path, err->message,
			      err->hint[0] ? " (" : "", err->hint, err->hint[0] ? ")" : "");
}

static void miss(struct tally *t, const char *path, const struct tmd_error *err)
{
	struct tmd_error ignored = { 0 };

	set_project(t, path, "(not there)");
	if (!tmd_core_passes_over(t->ctx, t->r, path))
		block(t, path, err);
	else if (tmd_paths_check(t->ctx->view, path, &ignored))
		tmd_strv_add(&t->unmatched, path);
	else
		tmd_strv_add(&t->missing, path);
}

/*
 * May it be written? That is asked here, so that one project does not keep the others back. A plan
 * that lacks the rights is one for somebody who has them.
 */
static enum tmd_rc judge(struct tally *t, const struct tmd_core_project *project, bool *holds,
			 struct tmd_error *err)
{
	if (tmd_core_judge(project, &t->wish, holds, err))
		return TMD_FAILED;
	if (*holds || tmd_fs_check_write(t->ctx->fs, project->file, err) == TMD_OK ||
	    (t->ctx->for_others && err->kind == TMD_E_PERMISSION))
		return TMD_OK;
	return TMD_FAILED;
}

static void compare(struct tally *t, const char *path, const struct tmd_core_project *project)
{
	TMD_AUTO_FREE char *now = standing(project);
	TMD_AUTO_STRV struct tmd_strv notes = { 0 };
	struct tmd_error err = { 0 };
	bool holds = false;

	if (judge(t, project, &holds, &err))
		block(t, path, &err);
	else if (!holds)
		tmd_value_map_set(&t->r->desired[TMD_CORE_PROJECTS], path, t->wish.version);
	if (!holds) {
		set_project(t, path, now);
		return;
	}
	tmd_core_note_held(project, &t->wish, &notes);
	for (size_t i = 0; i < notes.count; i++)
		tmd_strv_add_once(&t->r->warnings, notes.items[i]);
}

/* What a single project tells line by line. */
static void add_problems(struct tally *t, const char *path, const struct tmd_core_project *project)
{
	const struct tmd_strv *problems = &project->pin.problems;
	TMD_AUTO_FREE char *now = standing(project);
	TMD_AUTO_FREE char *differs =
		tmd_core_project_differs(project, tmd_core_project_pin(project));
	TMD_AUTO_FREE char *complaint = tmd_core_era_complaint(tmd_core_project_runs(project));

	for (size_t i = 0; i < problems->count; i++)
		count_problem(t, path, problems->items[i]);
	if (complaint)
		count_problem(t, path, complaint);
	if (differs && !t->differing++)
		t->differs = tmd_format("%s: %s", path, differs);
	if (complaint || differs || problems->count)
		set_project(t, path, now);
}

static void take(struct tally *t, const char *path)
{
	TMD_CLEANUP(tmd_core_project_release) struct tmd_core_project project = { 0 };
	struct tmd_error err = { 0 };

	t->count++;
	if (!tmd_paths_check(t->ctx->view, path, &err) &&
	    !tmd_core_project_read(t->ctx, path, &project, &err)) {
		count_version(t, tmd_core_project_pin(&project));
		count_era(t, tmd_core_project_runs(&project));
		add_problems(t, path, &project);
		compare(t, path, &project);
		if (t->r->desired[TMD_CORE_RUNNING_VERSION].kind == TMD_V_NULL)
			tmd_core_wish_to_run(t->r, &project);
	} else if (err.kind == TMD_E_NOT_FOUND && !project.file) {
		miss(t, path, &err);
	} else {
		set_project(t, path, "(cannot be read)");
		block(t, path, &err);
	}
}

/* ---- all of them ---- */

/* The caller frees. */
static char *name_some(const struct tmd_strv *paths)
{
	TMD_AUTO_BUF struct tmd_buf names = { 0 };

	for (size_t i = 0; i < paths->count && i < NAMED_MAX; i++)
		tmd_buf_addf(&names, "%s%s", i ? ", " : "", paths->items[i]);
	if (paths->count > NAMED_MAX)
		tmd_buf_addf(&names, " and %zu more", paths->count - NAMED_MAX);
	return tmd_buf_steal(&names);
}

static void report_missing(struct tally *t)
{
	TMD_AUTO_FREE char *missing = name_some(&t->missing);
	TMD_AUTO_FREE char *unmatched = name_some(&t->unmatched);

	if (t->unmatched.count)
		tmd_strv_addf(&t->r->warnings, "passed over, nothing matches: %s", unmatched);
	if (t->missing.count)
		tmd_strv_addf(&t->r->warnings, "passed over, %zu of %zu %s not there: %s",
			      t->missing.count, t->count, t->missing.count == 1 ? "is" : "are",
			      missing);
	if (t->missing.count + t->unmatched.count == t->count)
		tmd_strv_add(&t->r->warnings, "not one project was found, and none is looked after");
}

static void report_differing(struct tally *t)
{
	if (!t->differing)
		return;
	tmd_strv_add(&t->r->warnings, t->differs);
	if (t->differing > 1)
		tmd_strv_addf(&t->r->warnings, "the same goes for %zu more", t->differing - 1);
	count_problem(t, "", t->differs);
}

static void report_problems(struct tally *t)
{
	struct tmd_value *problems = &t->r->current[TMD_CORE_PROBLEMS];

	problems->kind = TMD_V_LIST;
	for (size_t i = 0; i < t->problem_count; i++) {
		const struct shared *one = &t->problems[i];
		TMD_AUTO_FREE char *more =
			one->count > 1 ? tmd_format(" (and %zu more)", one->count - 1) : NULL;
		TMD_AUTO_FREE char *text = tmd_format("%s%s%s%s", one->first, *one->first ? ": " : "",
						      one->text, more ? more : "");

		tmd_value_list_add(problems, text);
	}
}

static void report_era(struct tally *t)
{
	if (t->ignoring || (t->honouring && t->honouring == t->count))
		tmd_value_set_bool(&t->r->current[TMD_CORE_HONOURS_ENV_OVERRIDE], !t->ignoring);
}

/* The reasons stand in the warnings, one for each. */
static void report_blocked(struct tally *t)
{
	struct tmd_error *shortfall = &t->r->shortfall;

	if (t->blocked > TOLD_MAX)
		tmd_strv_addf(&t->r->warnings, "and %zu more", t->blocked - TOLD_MAX);
	if (t->blocked > 1)
		tmd_error_set(shortfall, shortfall->kind, shortfall->path,
			      "mend those by hand, as the warnings say, or leave them out of path",
			      "%zu of %zu projects are left as they are, the first: %s", t->blocked,
			      t->count, shortfall->message);
}

static void warn_about_wish(struct tally *t)
{
	TMD_AUTO_FREE char *complaint = tmd_core_era_complaint(t->wish.version);

	if (complaint && t->r->desired[TMD_CORE_PROJECTS].list.count)
		tmd_strv_add_once(&t->r->warnings, complaint);
}

void tmd_core_many_read(struct tmd_ctx *ctx, struct tmd_resource *r, const struct tmd_strv *paths)
{
	TMD_CLEANUP(tally_release) struct tally t = { .ctx = ctx, .r = r };

	t.wish = tmd_core_wish_of(r);
	tmd_value_release(&r->desired[TMD_CORE_VERSION]);
	tmd_value_release(&r->desired[TMD_CORE_PROJECTS]);
	r->desired[TMD_CORE_PROJECTS].kind = TMD_V_MAP;
	r->current[TMD_CORE_PROJECTS].kind = TMD_V_MAP;
	for (size_t i = 0; i < paths->count; i++)
		take(&t, paths->items[i]);
	tmd_value_set_int(&r->current[TMD_CORE_COUNT], (int64_t)t.count);
	report_era(&t);
	report_missing(&t);
	report_differing(&t);
	report_problems(&t);
	report_blocked(&t);
	warn_about_wish(&t);
}

/* ---- plan ---- */

static enum tmd_rc add_step(struct tmd_ctx *ctx, struct tmd_resource *r, const char *path,
			    struct tmd_changeset *set, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_core_project_release) struct tmd_core_project project = { 0 };
	TMD_AUTO_BUF struct tmd_buf edited = { 0 };
	TMD_AUTO_STRV struct tmd_strv notes = { 0 };
	const struct tmd_core_wish wish = tmd_core_wish_of(r);

	if (tmd_core_project_read(ctx, path, &project, err) ||
	    tmd_core_file_edit(&project.pin, tmd_buf_str(&project.text), project.text.len,
			       project.file, wish.version, &edited, err))
		return TMD_FAILED;
	tmd_core_note_change(&project, wish.version, &notes);
	for (size_t i = 0; i < notes.count; i++)
		tmd_strv_add_once(&r->warnings, notes.items[i]);
	tmd_changeset_write(set, project.file, &edited, NULL);
	return TMD_OK;
}

enum tmd_rc tmd_core_many_plan(struct tmd_ctx *ctx, struct tmd_resource *r,
			       struct tmd_changeset *set, struct tmd_error *err)
{
	const struct tmd_strv *paths = &r->desired[TMD_CORE_PROJECTS].list;

	for (size_t i = 0; i < paths->count; i++) {
		if (add_step(ctx, r, paths->items[i], set, err))
			return TMD_FAILED;
	}
	return TMD_OK;
}
