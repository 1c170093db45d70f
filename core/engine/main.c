/* One invocation from its arguments to its exit status. */
#include "engine/main.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "engine/command.h"
#include "engine/help.h"
#include "engine/input.h"
#include "engine/options.h"
#include "engine/report.h"
#include "engine/request.h"
#include "engine/run.h"
#include "engine/said.h"
#include "engine/screen.h"
#include "os/console.h"
#include "os/user.h"

/* ---- input ---- */

static bool is_dsc(const struct tmd_options *options)
{
	return options->output >= TMD_OUTPUT_DSC;
}

/* From a DSC instance to a resource of ours. */
static enum tmd_rc translate(const struct tmd_program *program, const struct tmd_options *options,
			     struct tmd_buf *text, struct tmd_error *err)
{
	TMD_AUTO_BUF struct tmd_buf instance = *text;

	memset(text, 0, sizeof(*text));
	return program->dsc->read(options->type, tmd_buf_str(&instance), instance.len, text, err);
}

/* DSC calls one verb of one type, each with an output of its own. */
static enum tmd_rc check_dsc(const struct tmd_program *program, const struct tmd_options *options,
			     struct tmd_error *err)
{
	bool plan = options->output != TMD_OUTPUT_DSC;

	if (!program->dsc)
		return tmd_fail(err, TMD_E_UNSUPPORTED, NULL, "call trustmend with the type's name",
				"this program does not speak DSC");
	if (!options->type || plan != (options->verb == TMD_VERB_PLAN))
		return tmd_fail(err, TMD_E_INVALID_INPUT, NULL,
				"dsc goes with TYPE get, apply or list, the other two with TYPE plan",
				"--output dsc, dsc-test and dsc-what-if are not for this verb");
	return TMD_OK;
}

/* With directories, what lies in them; without, what is found without being told where. */
static enum tmd_rc list_everything(struct tmd_run *run, const struct tmd_type *const *types,
				   const struct tmd_strv *under, const char *cwd)
{
	run->under = under;
	for (; *types; types++) {
		const struct tmd_type *type = *types;
		const size_t i = tmd_field_find(type->fields, type->field_count, "under");
		struct tmd_result *query;

		if (!tmd_verb_is_offered(TMD_VERB_LIST, type) ||
		    (under->count && i == type->field_count))
			continue;
		query = tmd_run_add(run, type, cwd);
		if (under->count)
			tmd_value_set_list(&query->input[i], under);
	}
	return TMD_OK;
}

static enum tmd_rc load_resources(struct tmd_run *run, const struct tmd_program *program,
				  struct tmd_options *options, struct tmd_error *err)
{
	const struct tmd_request_scope scope = { program->types, options->type, program->profiles };
	TMD_AUTO_FREE char *cwd = NULL;
	TMD_AUTO_BUF struct tmd_buf text = { 0 };

	if (is_dsc(options) && check_dsc(program, options, err))
		return TMD_FAILED;
	if (tmd_console_cwd(&cwd, err))
		return TMD_FAILED;
	if (options->input) {
		if (tmd_read_named(run, options->input, cwd, TMD_REQUEST_MAX, &text, err))
			return TMD_FAILED;
		if (is_dsc(options) && translate(program, options, &text, err))
			return TMD_FAILED;
		return tmd_request_add_json(run, &scope, tmd_buf_str(&text), text.len, options->input,
					    cwd, err);
	}
	tmd_options_settle_under(options, cwd);
	if (options->type)
		return tmd_request_add_words(run, options->type, options->words.items,
					     options->words.count, cwd, err);
	if (options->verb == TMD_VERB_LIST)
		return list_everything(run, program->types, &options->under, cwd);
	run->judges = !tmd_verb_converges(options->verb);
	if (options->verb != TMD_VERB_EXPLAIN &&
	    program->profiles->load(run, program->types, options, cwd, err))
		return TMD_FAILED;
	if (options->verb == TMD_VERB_CHECK || options->verb == TMD_VERB_EXPLAIN)
		tmd_run_add_queries(run, program->types, &options->under, cwd);
	return TMD_OK;
}

static enum tmd_rc open_trees(struct tmd_run *run, const struct tmd_options *options,
			      struct tmd_error *err)
{
	if (tmd_fs_open(options->root, &run->ctx.fs, err))
		return TMD_FAILED;
	if (tmd_fs_open(NULL, &run->input, err))
		return TMD_FAILED;
	run->ctx.view = tmd_view_new(run->ctx.fs, run->input);
	return TMD_OK;
}

/* ---- output ---- */

static bool wants_text(const struct tmd_options *options)
{
	if (options->output == TMD_OUTPUT_AUTO)
		return tmd_console_is_terminal(1);
	return options->output == TMD_OUTPUT_TEXT;
}

/* A report that did not get out is a failure, whatever was done before. `text`: for a person. */
static int print(const struct tmd_buf *report, bool text, int status)
{
	struct tmd_error err;

	if (report->overflow) {
		tmd_screen_complain("trustmend: the report is too large: work on fewer resources at "
				    "once\n");
		return 70;
	}
	if ((text ? tmd_screen_write(1, report, &err) :
		    tmd_console_write(1, tmd_buf_str(report), report->len, &err)) == TMD_OK)
		return status;
	tmd_screen_complain("trustmend: cannot write the report to standard output\n");
	return status ? status : 1;
}

static void complain(const char *program, const struct tmd_error *err)
{
	TMD_AUTO_BUF struct tmd_buf line = { 0 };

	tmd_buf_addf(&line, "%s: ", program);
	tmd_report_error(err, &line);
	tmd_screen_complain(tmd_buf_str(&line));
}

/* Lines of JSON, which nothing may fold. Nobody is left to tell when standard error is gone. */
static void write_diagnostic(const char *text)
{
	struct tmd_error ignored;

	(void)(tmd_console_write(2, text, strlen(text), &ignored) == TMD_OK);
}

static int report_dsc(const struct tmd_run *run, const struct tmd_program *program,
		      const struct tmd_options *options)
{
	TMD_AUTO_BUF struct tmd_buf out = { 0 };
	TMD_AUTO_BUF struct tmd_buf diagnostics = { 0 };
	int status = program->dsc->report(run, options->output, tmd_run_exit_status(run, false),
					  &out, &diagnostics);

	write_diagnostic(tmd_buf_str(&diagnostics));
	return out.len ? print(&out, false, status) : status;
}

/* Of check: is something not as the profile wishes? */
static bool wants_mending(const struct tmd_run *run)
{
	for (size_t i = 0; run->verb == TMD_VERB_CHECK && i < run->count; i++) {
		const struct tmd_result *result = &run->results[i];

		if (!tmd_result_is_judged(result) && tmd_result_differs(result))
			return true;
	}
	return false;
}

/* Who may carry out what was planned, and how; NULL: the caller may. Caller frees. */
static char *find_remedy(const struct tmd_run *run, const struct tmd_program *program,
			 const struct tmd_options *options)
{
	TMD_AUTO_FREE char *command = NULL;

	if (!tmd_run_lacking(run) && !wants_mending(run))
		return NULL;
	command = tmd_command_apply(options, program->types, run);
	if (run->verb == TMD_VERB_CHECK && tmd_user_is_admin())
		return tmd_strdup(command);
	return tmd_user_as_admin(command);
}

static int report(struct tmd_run *run, const struct tmd_program *program,
		  const struct tmd_options *options)
{
	TMD_AUTO_FREE char *remedy = find_remedy(run, program, options);
	TMD_AUTO_STRV struct tmd_strv cautions = { 0 };
	TMD_AUTO_BUF struct tmd_buf out = { 0 };
	struct tmd_text_options text = {
		.colour = tmd_screen_has_colours(),
		.diff = options->diff,
		.verbose = options->verbose,
		.remedy = remedy,
		.about = options->verb == TMD_VERB_EXPLAIN && !options->type && options->words.count ?
				 options->words.items[0] :
				 NULL,
		.cautions = &cautions,
	};

	if (remedy && run->verb != TMD_VERB_CHECK)
		tmd_command_cautions(options, run, &cautions);
	if (is_dsc(options) && program->dsc)
		return report_dsc(run, program, options);
	if (!wants_text(options)) {
		tmd_report_json(run, options->diff, &out);
	} else {
		if (run->error.kind)
			complain(options->program, &run->error);
		/* One listing may have failed, and the others have found something. */
		if (!run->error.kind || (run->verb == TMD_VERB_LIST && (run->count || run->found.count)))
			tmd_report_text(run, &text, &out);
	}
	return print(&out, wants_text(options),
		     tmd_run_exit_status(run, options->detailed_exitcode));
}

/* Without a verb nothing is done: what could be, is shown. */
static void show_examples(const struct tmd_program *program, const struct tmd_options *options)
{
	TMD_AUTO_BUF struct tmd_buf out = { 0 };

	tmd_help_examples(options, program->types, &out);
	tmd_screen_complain(tmd_buf_str(&out));
}

static enum tmd_rc describe_profiles(struct tmd_run *run, const struct tmd_program *program,
				     const struct tmd_options *options, json_t *out,
				     struct tmd_error *err)
{
	TMD_AUTO_FREE char *cwd = NULL;

	if (open_trees(run, options, err) || tmd_console_cwd(&cwd, err))
		return TMD_FAILED;
	return program->profiles->describe(run, program->types, options, cwd, out, err);
}

/* Types, profiles, or both: what the command line names, or all there is. */
static int describe(struct tmd_run *run, const struct tmd_program *program,
		    const struct tmd_options *options)
{
	const struct tmd_type *const one[] = { options->type, NULL };
	const struct tmd_type *const *types = options->type ? one : program->types;
	TMD_AUTO_BUF struct tmd_buf out = { 0 };
	json_t *profiles = program->profiles && !options->type ? json_object() : NULL;

	run->verb = options->verb;
	if (profiles && describe_profiles(run, program, options, profiles, &run->error)) {
		json_decref(profiles);
		return report(run, program, options);
	}
	tmd_report_describe(options->words.count ? NULL : types, profiles, &out);
	return print(&out, false, 0);
}

static int help(const struct tmd_type *const *types, const struct tmd_options *options)
{
	TMD_AUTO_BUF struct tmd_buf out = { 0 };

	if (options->asked == TMD_ASKED_VERSION)
		tmd_buf_addf(&out, "%s %s\n", options->program, TRUSTMEND_VERSION);
	else
		tmd_help(options, types, tmd_console_width(1), &out);
	return print(&out, true, 0);
}

static int run_verb(struct tmd_run *run, const struct tmd_program *program,
		    struct tmd_options *options, struct tmd_progress *progress)
{
	if (wants_text(options))
		tmd_progress_begin(progress);
	run->verb = options->verb;
	run->lock_timeout = options->lock_timeout;
	run->ctx.asks_nobody = options->observing == TMD_OBSERVES_NOT;
	run->ctx.now = tmd_now();
	/* Every failure leaves its reason in run->error, which is reported. */
	if (open_trees(run, options, &run->error) ||
	    load_resources(run, program, options, &run->error))
		tmd_run_release(run);
	else
		(void)(tmd_run_execute(run) == TMD_OK);
	tmd_progress_end(progress);
	return report(run, program, options);
}

int tmd_main(const struct tmd_program *program, int argc, char **argv)
{
	const struct tmd_type *const *types = program->types;
	struct tmd_options options = { .program = program->name };
	struct tmd_progress progress = { 0 };
	struct tmd_run run = {
		.ctx = { .tick = tmd_progress_tick, .tick_arg = &progress },
		.status = tmd_progress_say,
		.status_arg = &progress,
	};
	int status;

	argv = tmd_console_arguments(&argc, argv);
	tmd_console_init();
	if (tmd_options_parse(&options, types, argc, argv, &run.error)) {
		run.verb = options.verb;
		status = report(&run, program, &options);
		if (options.asked == TMD_ASKED_NOTHING)
			show_examples(program, &options);
	} else if (options.asked != TMD_ASKED_WORK) {
		status = help(types, &options);
	} else if (options.verb == TMD_VERB_DESCRIBE) {
		status = describe(&run, program, &options);
	} else {
		status = run_verb(&run, program, &options, &progress);
	}
	tmd_run_release(&run);
	tmd_view_free(run.ctx.view);
	tmd_fs_free(run.ctx.fs);
	tmd_fs_free(run.input);
	tmd_progress_end(&progress);
	tmd_options_release(&options);
	return status;
}
