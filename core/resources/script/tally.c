/* All files of one resource: every call is told, and what is to change follows from it. */
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "resources/env/ca_file.h"
#include "resources/paths.h"
#include "resources/script/script.h"

#define CALLS_TOLD_MAX 2000 /* in the state */
#define TOLD_MAX 50	    /* warnings about single calls and files */
#define CA_FILES_MAX 20	    /* different ones that are looked at */

struct tally {
	struct tmd_ctx *ctx;
	struct tmd_resource *r;
	struct tmd_strv *changing; /* where there is a wish: files that can be brought to it */
	const struct tmd_script_files *files;
	struct tmd_script_wish wish;
	size_t count;	/* calls of the API's */
	size_t sure;	/* of them those whose ca_certs is known */
	size_t having;	/* of these those that have one */
	size_t differs; /* that are to change, and can */
	size_t blocked; /* calls and files that cannot be brought to the wish */
	char *common;	/* the ca_certs of all that are sure */
	bool uncommon;
	struct tmd_strv ca_files;
	struct tmd_strv missing;
};

static void tally_release(struct tally *t)
{
	tmd_script_wish_release(&t->wish);
	free(t->common);
	tmd_strv_release(&t->ca_files);
	tmd_strv_release(&t->missing);
}

/* ---- what stands in the way ---- */

/* It stays as it is: the resource fails in the end, the others are brought to the wish. */
static void block(struct tally *t, const char *path, const struct tmd_error *err)
{
	struct tmd_error *shortfall = &t->r->shortfall;

	if (!t->blocked++)
		tmd_error_set(shortfall, err->kind, path, err->hint, "%s: %s", path, err->message);
	else if (t->blocked <= TOLD_MAX)
		tmd_strv_addf(&t->r->warnings, "%s: %s", path, err->message);
}

static void problem(struct tally *t, const char *text)
{
	tmd_value_list_add(&t->r->current[TMD_SCRIPT_PROBLEMS], text);
}

/* ---- one call ---- */

static void count_value(struct tally *t, const struct tmd_py_call *call)
{
	if (!t->sure++)
		t->common = tmd_strdup(call->value);
	else if (!tmd_str_equal(t->common, call->value))
		t->uncommon = true;
	t->having += call->value != NULL;
	if (call->value && tmd_py_is_path(call->value) && t->ca_files.count < CA_FILES_MAX)
		tmd_strv_add_once(&t->ca_files, call->value);
}

static void tell_call(struct tally *t, const char *path, const struct tmd_py_call *call)
{
	TMD_AUTO_FREE char *place = tmd_format("%s:%zu:%zu", path, call->line, call->column);
	TMD_AUTO_FREE char *text = NULL;

	if (call->why) {
		text = tmd_format("%s: %s%s", place, call->why,
				  call->fate == TMD_PY_FOREIGN ? ": left alone" : "");
		problem(t, text);
	}
	if (call->fate != TMD_PY_FOREIGN && t->count <= CALLS_TOLD_MAX)
		tmd_value_map_set(&t->r->current[TMD_SCRIPT_CALLS], place,
				  call->fate == TMD_PY_SURE ? call->value : "(cannot tell)");
}

/* True where it is to change. */
static bool judge_call(struct tally *t, const struct tmd_script_file *file,
		       const struct tmd_py_call *call)
{
	struct tmd_error err = { 0 };
	bool change = false;

	if (t->wish.aim == TMD_SCRIPT_LOOK)
		return false;
	if (tmd_py_judge(&file->source, call, tmd_script_argument(&t->wish), file->path, &change,
			 &err))
		block(t, file->path, &err);
	return change;
}

static size_t take_calls(struct tally *t, const struct tmd_script_file *file)
{
	size_t changes = 0;

	for (size_t i = 0; i < file->source.count; i++) {
		const struct tmd_py_call *call = &file->source.calls[i];

		t->count += call->fate != TMD_PY_FOREIGN;
		if (call->fate == TMD_PY_SURE)
			count_value(t, call);
		tell_call(t, file->path, call);
		changes += judge_call(t, file, call);
	}
	return changes;
}

/* ---- one file ---- */

static enum tmd_rc check_owner(const char *path, struct tmd_error *err)
{
	const char *owner = tmd_script_owner(path);

	if (!owner)
		return TMD_OK;
	return tmd_fail(err, TMD_E_REFUSED, path,
			"bring it up to date instead: types core_api and python_api", "%s", owner);
}

/*
 * May it be written? That is asked here, so that one file does not keep the others back. A plan
 * that lacks the rights is one for somebody who has them.
 */
static enum tmd_rc check_file(struct tally *t, const char *path, struct tmd_error *err)
{
	TMD_AUTO_FREE char *real = NULL;

	if (tmd_view_resolve(t->ctx->view, path, &real, err) || check_owner(real, err))
		return TMD_FAILED;
	if (tmd_fs_check_write(t->ctx->fs, path, err) == TMD_OK ||
	    (t->ctx->for_others && err->kind == TMD_E_PERMISSION))
		return TMD_OK;
	return TMD_FAILED;
}

static void take_source(struct tally *t, const struct tmd_script_file *file)
{
	size_t changes = take_calls(t, file);
	struct tmd_error err = { 0 };

	if (!changes)
		return;
	if (check_file(t, file->path, &err)) {
		block(t, file->path, &err);
		return;
	}
	t->differs += changes;
	tmd_strv_add(t->changing, file->path);
}

/* Nobody can say whether a file that is not understood constructs the API. */
static void take_unread(struct tally *t, const char *path, const struct tmd_error *err)
{
	TMD_AUTO_FREE char *text = tmd_format("%s: %s", path, err->message);

	problem(t, text);
	if (t->wish.aim != TMD_SCRIPT_LOOK)
		block(t, path, err);
}

static enum tmd_rc take_path(struct tally *t, const char *path, struct tmd_error *err)
{
	TMD_CLEANUP(tmd_script_file_release) struct tmd_script_file file = { 0 };
	const char *missing = tmd_value_str(&t->r->desired[TMD_SCRIPT_MISSING]);

	if (!tmd_paths_check(t->ctx->view, path, err) &&
	    !tmd_script_read_file(t->ctx, path, &file, err)) {
		take_source(t, &file);
		return TMD_OK;
	}
	if (err->kind == TMD_E_NOT_FOUND && tmd_str_equal(missing, "ok")) {
		tmd_strv_add(&t->missing, path);
		return TMD_OK;
	}
	if (!t->files->many)
		return TMD_FAILED;
	take_unread(t, path, err);
	return TMD_OK;
}

/* ---- all of them ---- */

static void report_missing(struct tally *t)
{
	for (size_t i = 0; i < t->missing.count && i < TOLD_MAX; i++)
		tmd_strv_addf(&t->r->warnings, "passed over, not there: %s", t->missing.items[i]);
}

static void report_passed(struct tally *t)
{
	const struct tmd_strv *passed = &t->files->passed;

	for (size_t i = 0; i < t->files->unread.count && i < TOLD_MAX; i++)
		tmd_strv_addf(&t->r->warnings, "not looked through: %s",
			      t->files->unread.items[i]);
	if (passed->count)
		tmd_strv_addf(&t->r->warnings,
			      "passed over, of Toolkit or of the Python API itself: %s%s",
			      passed->items[0], passed->count > 1 ? " and others" : "");
	if (!t->count && !t->blocked && !t->missing.count)
		tmd_strv_add(&t->r->warnings, "no call of Shotgun was found");
	if (t->count > CALLS_TOLD_MAX)
		tmd_strv_addf(&t->r->warnings, "%zu further calls are not listed",
			      t->count - CALLS_TOLD_MAX);
}

/* The reasons stand in the warnings, one for each. */
static void report_blocked(struct tally *t)
{
	struct tmd_error *shortfall = &t->r->shortfall;
	TMD_AUTO_FREE char *first = NULL;

	if (t->blocked < 2)
		return;
	first = tmd_strdup(shortfall->message);
	tmd_strv_add(&t->r->warnings, first);
	if (t->blocked > TOLD_MAX)
		tmd_strv_addf(&t->r->warnings, "and %zu more", t->blocked - TOLD_MAX);
	tmd_error_set(shortfall, shortfall->kind, shortfall->path,
		      "change those by hand, as the warnings say, or leave them out of path",
		      "%zu calls or files are left as they are, the first: %s", t->blocked, first);
}

static void report_state(struct tally *t)
{
	struct tmd_value *current = t->r->current;

	tmd_value_set_int(&current[TMD_SCRIPT_COUNT], (int64_t)t->count);
	if (!t->uncommon)
		tmd_value_set_string(&current[TMD_SCRIPT_CA_CERTS], t->common);
	if (t->sure && t->having == t->sure)
		tmd_value_set_string(&current[TMD_SCRIPT_STATE], "present");
	else if (t->sure && !t->having)
		tmd_value_set_string(&current[TMD_SCRIPT_STATE], TMD_ABSENT);
}

/* What holds is wished for as it is. */
static void complete_wish(struct tally *t)
{
	struct tmd_value *desired = t->r->desired;
	const struct tmd_value *current = t->r->current;

	tmd_value_release(&desired[TMD_SCRIPT_CA_CERTS]);
	if (!t->differs) {
		tmd_value_copy(&desired[TMD_SCRIPT_STATE], &current[TMD_SCRIPT_STATE]);
		return;
	}
	tmd_value_set_string(&desired[TMD_SCRIPT_STATE],
			     t->wish.aim == TMD_SCRIPT_SET ? "present" : TMD_ABSENT);
	if (t->wish.aim == TMD_SCRIPT_SET)
		tmd_value_set_string(&desired[TMD_SCRIPT_CA_CERTS], t->wish.ca_certs.value);
}

/* ---- the files that the calls name ---- */

static void note_ca_files(struct tally *t, struct tmd_strv *faults, struct tmd_strv *losses)
{
	for (size_t i = 0; i < t->ca_files.count; i++)
		tmd_env_note_api_ca_file(t->ctx, "ca_certs", t->ca_files.items[i], faults, losses);
}

static void add_problems(struct tally *t, const struct tmd_strv *texts)
{
	for (size_t i = 0; i < texts->count; i++)
		problem(t, texts->items[i]);
}

/*
 * A wish that is met by a file with which every call fails is not met: it becomes a wish for a state
 * without these problems, which plan() refuses.
 */
static void report_ca_files(struct tally *t)
{
	TMD_AUTO_STRV struct tmd_strv faults = { 0 };
	TMD_AUTO_STRV struct tmd_strv losses = { 0 };
	struct tmd_value *problems = &t->r->current[TMD_SCRIPT_PROBLEMS];
	bool met = t->wish.aim == TMD_SCRIPT_SET && t->having && !t->differs;

	note_ca_files(t, &faults, &losses);
	add_problems(t, &losses);
	tmd_value_release(&t->r->desired[TMD_SCRIPT_PROBLEMS]);
	if (met && faults.count && !tmd_value_bool(&t->r->desired[TMD_SCRIPT_FORCE], false))
		tmd_value_copy(&t->r->desired[TMD_SCRIPT_PROBLEMS], problems);
	add_problems(t, &faults);
}

static void begin(struct tally *t)
{
	t->r->current[TMD_SCRIPT_CALLS].kind = TMD_V_MAP;
	t->r->current[TMD_SCRIPT_PROBLEMS].kind = TMD_V_LIST;
}

static void report(struct tally *t)
{
	report_state(t);
	complete_wish(t);
	report_ca_files(t);
	report_missing(t);
	report_passed(t);
	report_blocked(t);
}

enum tmd_rc tmd_script_tally(struct tmd_ctx *ctx, struct tmd_resource *r,
			     const struct tmd_script_files *files, struct tmd_strv *changing,
			     struct tmd_error *err)
{
	TMD_CLEANUP(tally_release) struct tally t = {
		.ctx = ctx, .r = r, .files = files, .changing = changing
	};

	if (tmd_script_wish_of(r, &t.wish, err))
		return TMD_FAILED;
	begin(&t);
	for (size_t i = 0; i < files->paths.count; i++) {
		if (take_path(&t, files->paths.items[i], err))
			return TMD_FAILED;
	}
	report(&t);
	return TMD_OK;
}

void tmd_script_tally_file(struct tmd_ctx *ctx, struct tmd_resource *r,
			   const struct tmd_script_file *file)
{
	static const struct tmd_script_files alone;
	TMD_CLEANUP(tally_release) struct tally t = { .ctx = ctx, .r = r, .files = &alone };

	begin(&t);
	take_source(&t, file);
	report(&t);
}
