/* The engine's loop, driven with a type that is nothing but a file. */
#include "unit.h"

#include "engine/attributes.h"
#include "engine/malformed.h"
#include "engine/report.h"
#include "engine/run.h"
#include "os/lock.h"
#include "fake_type.h"
#include "run_fixture.h"

static void setup(void)
{
	run_open();
	fake_commits = 0;
	fake_commit_writes = NULL;
	fake_rival = NULL;
}

static void teardown(void)
{
	run_close();
}

static void set(struct tmd_result *result, int field, const char *text)
{
	struct tmd_error err;

	ck_ok(tmd_attribute_set_text(result, (size_t)field, text, &err), err);
}

static struct tmd_result *add(const char *path, const char *text, const char *mode)
{
	struct tmd_result *result = tmd_run_add(&run, &fake_type, "/");

	set(result, FAKE_PATH, path);
	if (text)
		set(result, FAKE_TEXT, text);
	else
		set(result, FAKE_STATE, "absent");
	set(result, FAKE_MODE, mode);
	return result;
}

static enum tmd_rc execute(enum tmd_verb verb)
{
	run.verb = verb;
	return tmd_run_execute(&run);
}

static const char *below(const char *name)
{
	static char path[UNIT_DIR_MAX + 64];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static bool exists(const char *name)
{
	return unit_exists(below(name));
}

/* How many names the root has: the lock is one, wherever this system keeps it. */
static size_t names_in_root(void)
{
	TMD_AUTO_STRV struct tmd_strv names = { 0 };
	struct tmd_error err;

	ck_ok(tmd_fs_list(run.ctx.fs, "/", &names, &err), err);
	return names.count;
}

START_TEST(get_reads_and_changes_nothing)
{
	unit_write(dir, "a", "old", 3);
	add("/a", "new", "good");
	ck_assert_int_eq(execute(TMD_VERB_GET), TMD_OK);
	ck_assert_str_eq(run.results[0].resource.current[FAKE_TEXT].string, "old");
	ck_assert_uint_eq(run.results[0].change_count, 0);
	ck_assert(!tmd_run_changed(&run));
	ck_assert_int_eq(tmd_run_exit_status(&run, true), 0);
}
END_TEST

START_TEST(plan_names_the_change_and_writes_nothing)
{
	add("/a", "new", "good");
	ck_assert_int_eq(execute(TMD_VERB_PLAN), TMD_OK);
	ck_assert_uint_eq(run.results[0].change_count, 2);
	ck_assert(run.results[0].changed);
	ck_assert_uint_eq(names_in_root(), 0);
	ck_assert_int_eq(tmd_run_exit_status(&run, false), 0);
	ck_assert_int_eq(tmd_run_exit_status(&run, true), 10);
}
END_TEST

START_TEST(apply_reports_what_plan_said_and_a_second_run_is_empty)
{
	add("/a", "new", "good");
	ck_assert_int_eq(execute(TMD_VERB_APPLY), TMD_OK);
	ck_assert(run.results[0].changed);
	ck_assert_uint_eq(run.results[0].change_count, 2);
	ck_assert_int_eq(run.results[0].error.kind, TMD_E_NONE);
	ck_assert_str_eq(run.results[0].resource.current[FAKE_TEXT].string, "new");
	ck_assert(exists("a"));

	tmd_run_release(&run);
	add("/a", "new", "good");
	ck_assert_int_eq(execute(TMD_VERB_APPLY), TMD_OK);
	ck_assert(!run.results[0].changed);
	ck_assert_uint_eq(run.results[0].change_count, 0);
}
END_TEST

START_TEST(warnings_of_a_change_survive_the_second_reading)
{
	const struct tmd_strv *warnings;

	unit_write(dir, "a", "old", 3);
	add("/a", "new", "good");
	ck_assert_int_eq(execute(TMD_VERB_APPLY), TMD_OK);
	warnings = &run.results[0].resource.warnings;
	ck_assert_uint_eq(warnings->count, 2);
	ck_assert_str_eq(warnings->items[0], "read it");
	ck_assert_str_eq(warnings->items[1], "planned it");
}
END_TEST

START_TEST(one_failure_does_not_hide_the_other_results)
{
	add("/a", "new", "refuses");
	add("/b", "new", "good");
	ck_assert_int_eq(execute(TMD_VERB_APPLY), TMD_OK);
	ck_assert_int_eq(run.results[0].error.kind, TMD_E_REFUSED);
	ck_assert(!run.results[0].changed);
	ck_assert(run.results[1].changed);
	ck_assert(exists("b"));
	ck_assert_int_eq(tmd_run_exit_status(&run, true), 1);
}
END_TEST

START_TEST(a_change_that_does_not_stick_is_not_converged)
{
	add("/a", "new", "forgets");
	ck_assert_int_eq(execute(TMD_VERB_APPLY), TMD_OK);
	ck_assert_int_eq(run.results[0].error.kind, TMD_E_NOT_CONVERGED);
	ck_assert(strstr(run.results[0].error.message, "text") ||
		  strstr(run.results[0].error.message, "state"));
}
END_TEST

START_TEST(two_wishes_for_one_thing_are_both_refused)
{
	add("/a", "one", "good");
	add("/a", "two", "good");
	add("/b", "three", "good");
	ck_assert_int_eq(execute(TMD_VERB_APPLY), TMD_OK);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(run.results[i].error.kind, TMD_E_INVALID_INPUT);
		ck_assert_str_eq(run.results[i].error.message,
				 "fake /a (text=one) and fake /a (text=two) cannot both hold: they "
				 "are about one thing");
	}
	ck_assert(!exists("a"));
	ck_assert(exists("b"));
}
END_TEST

START_TEST(wishes_that_contradict_are_both_refused_before_anything_is_written)
{
	add("/a", "one", "alone");
	add("/b", "two", "good");
	add("/c", "one", "alone");
	ck_assert_int_eq(execute(TMD_VERB_APPLY), TMD_OK);
	for (int i = 0; i < 3; i += 2) {
		ck_assert_int_eq(run.results[i].error.kind, TMD_E_INVALID_INPUT);
		ck_assert_str_eq(run.results[i].error.message,
				 "fake /a and fake /c cannot both hold: each wants to be alone");
		ck_assert_uint_eq(run.results[i].change_count, 0);
	}
	ck_assert(!exists("a") && !exists("c"));
	ck_assert(exists("b"));
}
END_TEST

START_TEST(reading_two_things_is_no_contradiction)
{
	add("/a", "one", "alone");
	add("/b", "one", "alone");
	ck_assert_int_eq(execute(TMD_VERB_GET), TMD_OK);
	ck_assert_int_eq(run.results[0].error.kind, TMD_E_NONE);
	ck_assert_int_eq(run.results[1].error.kind, TMD_E_NONE);
}
END_TEST

START_TEST(one_wish_is_done_once_however_its_place_is_spelled)
{
	set(add("/a", "one", "good"), FAKE_DISK, "first");
	set(add("/a", "one", "good"), FAKE_DISK, "FIRST");
	ck_assert_int_eq(execute(TMD_VERB_APPLY), TMD_OK);
	ck_assert(run.results[0].changed);
	ck_assert(!run.results[1].changed);
	ck_assert_int_eq(run.results[1].error.kind, TMD_E_NONE);
}
END_TEST

START_TEST(one_wish_given_twice_is_done_once)
{
	add("/a", "one", "good");
	add("/a", "one", "good");
	ck_assert_int_eq(execute(TMD_VERB_APPLY), TMD_OK);
	ck_assert(run.results[0].changed);
	ck_assert(!run.results[1].changed);
	ck_assert_int_eq(run.results[1].error.kind, TMD_E_NONE);
}
END_TEST

START_TEST(a_wish_that_nothing_can_be_done_about_is_no_success)
{
	add("/a", "new", "idles");
	ck_assert_int_eq(execute(TMD_VERB_PLAN), TMD_OK);
	ck_assert_int_eq(run.results[0].error.kind, TMD_E_NOT_CONVERGED);
	ck_assert(!run.results[0].changed);
	ck_assert_int_eq(tmd_run_exit_status(&run, true), 1);
}
END_TEST

START_TEST(a_rebuild_that_undoes_an_earlier_change_is_found_out)
{
	add("/a", "new", "good");
	add("/b", "x", "rebuilds");
	run.results[1].resource.rank++;
	fake_commit_writes = "/a";
	ck_assert_int_eq(execute(TMD_VERB_APPLY), TMD_OK);
	ck_assert_int_eq(run.results[0].error.kind, TMD_E_NOT_CONVERGED);
	ck_assert_int_eq(run.results[1].error.kind, TMD_E_NONE);
}
END_TEST

static void check_refused(const struct tmd_result *result)
{
	ck_assert_int_eq(result->error.kind, TMD_E_INVALID_INPUT);
	ck_assert_str_eq(result->error.message,
			 "fake /a (text=new, mode=good) and fake /b (text=x, mode=spoils) cannot "
			 "both hold: what one does the other undoes");
	ck_assert(!result->changed);
	ck_assert_ptr_null(result->resource.diff.path);
}

START_TEST(a_later_resource_that_would_undo_an_earlier_one_is_refused_with_it)
{
	static const char *const found[] = { NULL, "old", "new" };
	TMD_AUTO_FREE char *text = NULL;
	size_t len;

	unit_write(dir, "a", found[_i] ? found[_i] : "", found[_i] ? strlen(found[_i]) : 0);
	if (!found[_i])
		ck_assert_int_eq(remove(below("a")), 0);
	add("/a", "new", "good");
	add("/b", "x", "spoils");
	add("/c", "y", "good");
	run.results[1].resource.rank++;
	ck_assert_int_eq(execute(TMD_VERB_APPLY), TMD_OK);
	check_refused(&run.results[0]);
	check_refused(&run.results[1]);
	ck_assert(run.results[2].changed);
	ck_assert(exists("c") && !exists("b"));
	ck_assert(exists("a") == (found[_i] != NULL));
	if (found[_i])
		ck_assert_str_eq(text = unit_read(below("a"), &len), found[_i]);
}
END_TEST

START_TEST(a_later_resource_that_changes_a_file_as_it_is_wanted_is_not_refused)
{
	add("/a", "spoilt", "good");
	add("/b", "x", "spoils");
	run.results[1].resource.rank++;
	ck_assert_int_eq(execute(TMD_VERB_APPLY), TMD_OK);
	ck_assert_int_eq(run.results[0].error.kind, TMD_E_NONE);
	ck_assert_int_eq(run.results[1].error.kind, TMD_E_NONE);
	ck_assert(run.results[0].changed && run.results[1].changed);
}
END_TEST

START_TEST(ranks_decide_the_order_not_the_place_in_the_input)
{
	add("/a", "last", "spoils");
	add("/a2", "x", "good");
	run.results[0].resource.rank++;
	/* The spoiler writes /a as well, after everything else. */
	ck_assert_int_eq(execute(TMD_VERB_APPLY), TMD_OK);
	ck_assert_int_eq(run.results[0].error.kind, TMD_E_NOT_CONVERGED);
	ck_assert_int_eq(run.results[1].error.kind, TMD_E_NONE);
}
END_TEST

START_TEST(a_failed_resource_keeps_its_changes_in_apply_and_shows_no_file)
{
	add("/a", "new", "refuses");
	add("/b", "new", "good");
	ck_assert_int_eq(execute(TMD_VERB_APPLY), TMD_OK);
	ck_assert_uint_eq(run.results[0].change_count, 2);
	ck_assert_ptr_null(run.results[0].resource.diff.path);
}
END_TEST

START_TEST(an_unwritable_backup_fails_the_plan_too)
{
	unit_write(dir, "a", "old", 3);
	unit_mkdir(below("a.trustmend-backup"));
	add("/a", "new", "backs_up");
	ck_assert_int_eq(execute(TMD_VERB_PLAN), TMD_OK);
	ck_assert_int_eq(run.results[0].error.kind, TMD_E_REFUSED);
	/* Not even what was planned is shown: it may be somebody else's secret. */
	ck_assert_ptr_null(run.results[0].resource.diff.path);
	ck_assert_ptr_null(run.results[0].resource.diff.before);
	unit_remove_tree(below("a.trustmend-backup"));
	tmd_run_release(&run);
	add("/a", "new", "backs_up");
	ck_assert_int_eq(execute(TMD_VERB_APPLY), TMD_OK);
	ck_assert(exists("a.trustmend-backup"));
}
END_TEST

/* What somebody who takes no lock does after the file was read, under the lock, and planned on. */
static void edit_in_place(void)
{
	if (tmd_fs_writes_allowed(run.ctx.fs))
		unit_write(dir, "a", "mine", 4);
}

static void put_another_there(void)
{
	if (!tmd_fs_writes_allowed(run.ctx.fs))
		return;
	ck_assert_int_eq(remove(below("a")), 0);
	unit_write(dir, "other", "old", 3); /* so that it is not the same inode again */
	unit_write(dir, "a", "old", 3);
}

static void remove_it(void)
{
	if (tmd_fs_writes_allowed(run.ctx.fs))
		ck_assert_int_eq(remove(below("a")), 0);
}

START_TEST(what_somebody_else_changed_since_it_was_read_is_left_alone)
{
	static void (*const rivals[])(void) = { edit_in_place, put_another_there, remove_it };
	static const char *const wishes[] = { "new", NULL };
	size_t len;

	for (size_t i = 0; i < 2; i++) {
		TMD_AUTO_FREE char *text = NULL;

		unit_write(dir, "a", "old", 3);
		fake_rival = rivals[_i];
		add("/a", wishes[i], "raced");
		ck_assert_int_eq(execute(TMD_VERB_APPLY), TMD_OK);
		ck_assert_int_eq(run.results[0].error.kind, TMD_E_CONFLICT);
		ck_assert(tmd_str_starts(run.results[0].error.hint, "run again"));
		ck_assert(!run.results[0].changed);
		tmd_run_release(&run);
		ck_assert_int_eq(exists("a"), _i != 2);
		if (_i == 0)
			ck_assert_str_eq(text = unit_read(below("a"), &len), "mine");
	}
}
END_TEST

START_TEST(what_somebody_else_made_since_nothing_was_there_is_left_alone)
{
	TMD_AUTO_FREE char *text = NULL;
	size_t len;

	fake_rival = edit_in_place;
	add("/a", "new", "raced");
	ck_assert_int_eq(execute(TMD_VERB_APPLY), TMD_OK);
	ck_assert_int_eq(run.results[0].error.kind, TMD_E_CONFLICT);
	ck_assert_str_eq(text = unit_read(below("a"), &len), "mine");
}
END_TEST

static bool edited;

static void edit_while_only_planning(void)
{
	if (!edited)
		unit_write(dir, "a", "mine", 4);
	edited = true;
}

START_TEST(a_change_before_the_lock_is_no_conflict_but_planned_on)
{
	unit_write(dir, "a", "old", 3);
	edited = false;
	fake_rival = edit_while_only_planning;
	add("/a", "new", "raced");
	ck_assert_int_eq(execute(TMD_VERB_APPLY), TMD_OK);
	ck_assert_int_eq(run.results[0].error.kind, TMD_E_NONE);
	ck_assert_str_eq(tmd_value_str(&run.results[0].changes[0].from), "mine");
}
END_TEST

START_TEST(one_run_is_not_in_its_own_way)
{
	unit_write(dir, "a", "old", 3);
	add("/a", "spoilt", "spoils"); /* writes /a */
	add("/b", "x", "spoils");      /* and so does this */
	add("/c", "y", "backs_up");
	ck_assert_int_eq(execute(TMD_VERB_APPLY), TMD_OK);
	for (size_t i = 0; i < run.count; i++)
		ck_assert_int_eq(run.results[i].error.kind, TMD_E_NONE);
}
END_TEST

START_TEST(nothing_in_a_report_steers_the_terminal)
{
	struct tmd_text_options options = { .verbose = true };
	TMD_AUTO_BUF struct tmd_buf out = { 0 };

	unit_write(dir, "a", "\033[31m\xC2\x9B old\n", 12);
	add("/a", "new\033]0;x\a", "good");
	add("/b\033[1m\nc", "x", "refuses");
	ck_assert_int_eq(execute(TMD_VERB_PLAN), TMD_OK);
	tmd_report_text(&run, &options, &out);
	ck_assert_ptr_null(strchr(out.data, '\033'));
	ck_assert_ptr_null(strchr(out.data, '\a'));
	ck_assert_ptr_null(strstr(out.data, "\xC2\x9B"));
	ck_assert_ptr_nonnull(strstr(out.data, "- \\x1b[31m\\u009b old"));
}
END_TEST

static void assert_order(const char *wanted)
{
	TMD_AUTO_BUF struct tmd_buf order = { 0 };

	for (size_t i = 0; i < fake_order.count; i++)
		tmd_buf_addf(&order, "%s ", fake_order.items[i]);
	ck_assert_str_eq(tmd_buf_str(&order), wanted);
}

START_TEST(a_rebuild_that_waits_holds_up_only_what_needs_it)
{
	static const char *const orders[] = {
		"/a commit /bundle /else /user ",
		"/a /else commit /bundle /user ",
	};

	for (size_t i = 0; i < 2; i++) {
		TMD_AUTO_FREE char *text = tmd_format("%zu", i);

		fake_is_busy = i == 1;
		tmd_strv_release(&fake_order);
		add("/else", text, "later");
		add("/user", i ? "bundle:/bundle" : "/bundle", "later");
		add("/bundle", text, "follows");
		add("/a", text, "rebuilds");
		ck_assert_int_eq(execute(TMD_VERB_APPLY), TMD_OK);
		ck_assert(!tmd_run_failed(&run));
		assert_order(orders[i]);
		tmd_run_release(&run);
	}
	fake_is_busy = false;
	tmd_strv_release(&fake_order);
}
END_TEST

START_TEST(commit_runs_once_for_any_number_of_resources)
{
	add("/a", "x", "rebuilds");
	add("/b", "x", "rebuilds");
	add("/c", "x", "good");
	ck_assert_int_eq(execute(TMD_VERB_APPLY), TMD_OK);
	ck_assert_uint_eq(fake_commits, 1);
	ck_assert_uint_eq(fake_commit_resources, 2);
	tmd_run_release(&run);
	add("/a", "x", "rebuilds");
	ck_assert_int_eq(execute(TMD_VERB_APPLY), TMD_OK);
	ck_assert_uint_eq(fake_commits, 1);
}
END_TEST

START_TEST(a_rebuild_that_fails_is_the_error_of_all_who_asked_for_it)
{
	unit_mkdir(below("dir"));
	fake_commit_writes = "/dir";
	add("/a", "x", "rebuilds");
	add("/b", "x", "rebuilds");
	add("/c", "x", "good");
	ck_assert_int_eq(execute(TMD_VERB_APPLY), TMD_OK);
	ck_assert_int_eq(run.results[0].error.kind, TMD_E_REFUSED);
	ck_assert_int_eq(run.results[1].error.kind, TMD_E_REFUSED);
	ck_assert_int_eq(run.results[2].error.kind, TMD_E_NONE);
}
END_TEST

START_TEST(plan_never_commits)
{
	add("/a", "x", "rebuilds");
	ck_assert_int_eq(execute(TMD_VERB_PLAN), TMD_OK);
	ck_assert_uint_eq(fake_commits, 0);
}
END_TEST

START_TEST(an_absent_resource_needs_no_text_and_goes)
{
	unit_write(dir, "a", "old", 3);
	add("/a", NULL, "good");
	ck_assert_int_eq(execute(TMD_VERB_APPLY), TMD_OK);
	ck_assert(run.results[0].changed);
	ck_assert(!exists("a"));
}
END_TEST

START_TEST(a_missing_required_attribute_is_that_resources_error)
{
	set(tmd_run_add(&run, &fake_type, "/"), FAKE_PATH, "/a");
	ck_assert_int_eq(execute(TMD_VERB_APPLY), TMD_OK);
	ck_assert_int_eq(run.error.kind, TMD_E_NONE);
	ck_assert_int_eq(run.results[0].error.kind, TMD_E_INVALID_INPUT);
	ck_assert_ptr_nonnull(strstr(run.results[0].error.message, "'text'"));
	ck_assert_str_eq(run.results[0].resource.name, "/a");
	ck_assert_int_eq(tmd_run_exit_status(&run, false), 2);
	tmd_error_clear(&run.results[0].error);
	add("/b", "x", "good");
	ck_assert_int_eq(execute(TMD_VERB_APPLY), TMD_OK);
	ck_assert(exists("b") && !exists("a"));
	ck_assert_int_eq(run.results[0].error.kind, TMD_E_INVALID_INPUT);
	ck_assert_int_eq(tmd_run_exit_status(&run, false), 1);
}
END_TEST

START_TEST(a_malformed_resource_is_not_tried)
{
	static const enum tmd_verb verbs[] = { TMD_VERB_GET, TMD_VERB_PLAN, TMD_VERB_APPLY };
	struct tmd_error why = { .kind = TMD_E_INVALID_INPUT, .message = "first" };
	struct tmd_error then = { .kind = TMD_E_IO, .message = "then" };

	tmd_malformed_note(add("/a", "x", "good"), &why);
	tmd_malformed_note(&run.results[0], &then);
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++) {
		ck_assert_int_eq(execute(verbs[i]), TMD_OK);
		ck_assert_str_eq(run.results[0].error.message, "first");
		ck_assert_str_eq(run.results[0].resource.name, "/a");
		ck_assert(!run.results[0].changed && !run.results[0].change_count);
		ck_assert_int_eq(tmd_run_exit_status(&run, true), 2);
	}
	ck_assert(!exists("a"));
}
END_TEST

START_TEST(nothing_is_built_on_a_resource_of_unknown_type)
{
	struct tmd_error why = { .kind = TMD_E_INVALID_INPUT, .message = "unknown type" };
	struct tmd_result *result = tmd_run_add(&run, &tmd_type_unknown, "/");

	set(result, 0, "/a");
	tmd_malformed_note(result, &why);
	add("/b", "/a", "good"); /* says the path of the other */
	add("/c", "x", "good");
	ck_assert_int_eq(execute(TMD_VERB_APPLY), TMD_OK);
	ck_assert_int_eq(run.results[1].error.kind, TMD_E_CONFLICT);
	ck_assert(!exists("b") && exists("c"));
}
END_TEST

START_TEST(text_that_is_not_utf8_is_no_value)
{
	struct tmd_result *result = tmd_run_add(&run, &fake_type, "/");
	struct tmd_error err;

	ck_fails(tmd_attribute_set_text(result, FAKE_TEXT, "\xFF", &err), err,
		 TMD_E_INVALID_INPUT);
	ck_assert_ptr_null(tmd_value_str(&result->resource.input[FAKE_TEXT]));
}
END_TEST

START_TEST(an_explicit_null_counts_as_given)
{
	struct tmd_value null = { 0 };
	struct tmd_result *result = tmd_run_add(&run, &fake_type, "/");
	struct tmd_error err;

	unit_write(dir, "a", "old", 3);
	set(result, FAKE_PATH, "/a");
	ck_ok(tmd_attribute_set(result, FAKE_TEXT, &null, &err), err);
	ck_assert_int_eq(execute(TMD_VERB_PLAN), TMD_OK);
	ck_assert_uint_eq(run.results[0].change_count, 0);
}
END_TEST

static char *verbose_report(void)
{
	struct tmd_text_options options = { .verbose = true };
	struct tmd_buf out = { 0 };

	tmd_report_text(&run, &options, &out);
	return tmd_buf_steal(&out);
}

static char *text_report(enum tmd_verb verb)
{
	ck_assert_int_eq(execute(verb), TMD_OK);
	return verbose_report();
}

START_TEST(a_held_lock_is_busy_and_nothing_is_written)
{
	TMD_AUTO_FREE char *text = NULL;
	struct tmd_lock *lock = NULL;
	struct tmd_fs *other = NULL;
	struct tmd_error err;

	ck_ok(tmd_fs_open(dir, &other, &err), err);
	tmd_fs_allow_writes(other, true);
	ck_ok(tmd_lock_acquire(other, 0, &lock, &err), err);
	add("/a", "x", "good");
	ck_assert_int_eq(execute(TMD_VERB_APPLY), TMD_FAILED);
	ck_assert_int_eq(run.error.kind, TMD_E_BUSY);
	ck_assert_int_eq(tmd_run_exit_status(&run, false), 4);
	ck_assert(!exists("a"));
	text = verbose_report();
	ck_assert_ptr_nonnull(strstr(text, "      not done: text: (none) -> x\n"));
	ck_assert_ptr_null(strstr(text, "+ x"));
	tmd_lock_release(lock);
	tmd_fs_free(other);
}
END_TEST

START_TEST(a_run_with_nothing_to_do_takes_no_lock)
{
	unit_write(dir, "a", "x", 1);
	add("/a", "x", "good");
	ck_assert_int_eq(execute(TMD_VERB_APPLY), TMD_OK);
	ck_assert_uint_eq(names_in_root(), 1);
}
END_TEST

START_TEST(unsupported_everywhere_is_status_3)
{
	add("/a", "x", "good");
	run.results[0].error.kind = TMD_E_INVALID_INPUT; /* what the resource itself refused */
	ck_assert_int_eq(tmd_run_exit_status(&run, false), 1);
	run.results[0].error.kind = TMD_E_UNSUPPORTED;
	ck_assert_int_eq(tmd_run_exit_status(&run, false), 3);
	add("/b", "x", "good");
	run.results[1].error.kind = TMD_E_IO;
	ck_assert_int_eq(tmd_run_exit_status(&run, false), 1);
	run.results[0].error.kind = TMD_E_INTERNAL;
	ck_assert_int_eq(tmd_run_exit_status(&run, false), 70);
}
END_TEST

START_TEST(the_json_report_holds_the_protocol)
{
	TMD_AUTO_BUF struct tmd_buf out = { 0 };

	unit_write(dir, "a", "b\xff", 2);
	add("/a", "new", "good");
	ck_assert_int_eq(execute(TMD_VERB_PLAN), TMD_OK);
	tmd_report_json(&run, true, &out);
	ck_assert_ptr_nonnull(strstr(out.data, "\"protocol\": 1"));
	ck_assert_ptr_nonnull(strstr(out.data, "\"verb\": \"plan\""));
	ck_assert_ptr_nonnull(strstr(out.data, "\"changed\": true"));
	ck_assert_ptr_nonnull(strstr(out.data, "\"from\": \"b\xEF\xBF\xBD\""));
	ck_assert_ptr_nonnull(strstr(out.data, "\"error\": null"));
	ck_assert_ptr_nonnull(
		strstr(out.data, "\"warnings\": [\n        \"read it\",\n        \"planned it\""));
}
END_TEST

START_TEST(the_text_report_marks_and_sums_up)
{
	struct tmd_text_options options = { .verbose = true };
	TMD_AUTO_BUF struct tmd_buf out = { 0 };

	unit_write(dir, "old", "x", 1);
	unit_write(dir, "same", "x", 1);
	unit_write(dir, "gone", "x", 1);
	add("/new", "a", "good");
	add("/old", "b", "good");
	add("/same", "x", "good");
	add("/gone", NULL, "good");
	add("/no", "x", "refuses");
	ck_assert_int_eq(execute(TMD_VERB_PLAN), TMD_OK);
	tmd_report_text(&run, &options, &out);
	ck_assert_ptr_nonnull(strstr(out.data, "+ fake /new"));
	ck_assert_ptr_nonnull(strstr(out.data, "~ fake /old"));
	ck_assert_ptr_nonnull(strstr(out.data, "= fake /same"));
	ck_assert_ptr_nonnull(strstr(out.data, "- fake /gone"));
	ck_assert_ptr_nonnull(strstr(out.data, "! fake /no"));
	ck_assert_ptr_nonnull(strstr(out.data, "refused: no: /no (ask again)"));
	ck_assert_ptr_nonnull(
		strstr(out.data, "plan: 5 resources, 3 to change, 1 unchanged, 1 failed"));
	ck_assert_ptr_null(strstr(out.data, "\033["));
	options.colour = true;
	tmd_report_text(&run, &options, &out);
	ck_assert_ptr_nonnull(strstr(out.data, "\033["));
}
END_TEST

START_TEST(the_text_report_tells_what_was_wanted_from_what_was_done)
{
	static const struct {
		enum tmd_verb verb;
		const char *fate;
	} cases[] = { { TMD_VERB_PLAN, "wanted" }, { TMD_VERB_APPLY, "not done" } };
	TMD_AUTO_FREE char *failed = tmd_format("  ! fake /no\n"
						"      refused: no: /no (ask again)\n"
						"      %s: text: (none) -> x\n"
						"      %s: state: absent -> present\n"
						"      warning: planned it\n",
						cases[_i].fate, cases[_i].fate);
	TMD_AUTO_FREE char *text = NULL;

	add("/no", "x", "refuses");
	add("/yes", "x", "good");
	text = text_report(cases[_i].verb);
	ck_assert_ptr_eq(strstr(text, failed), text);
	ck_assert_ptr_nonnull(strstr(text, "  + fake /yes\n      text: (none) -> x\n"));
}
END_TEST

/* It was written, and undone by the other: nobody can say that it was not done. */
START_TEST(a_change_that_did_not_stick_is_not_called_undone)
{
	TMD_AUTO_FREE char *text = NULL;

	add("/a", "new", "good");
	add("/b", "x", "rebuilds");
	run.results[1].resource.rank++;
	fake_commit_writes = "/a";
	text = text_report(TMD_VERB_APPLY);
	ck_assert_ptr_nonnull(strstr(text, "      not_converged: applied, but text is still"));
	ck_assert_ptr_nonnull(strstr(text, "      wanted: text: (none) -> new\n"));
	ck_assert_ptr_null(strstr(text, "not done"));
	ck_assert_ptr_nonnull(strstr(text, "      /a:\n      + new\n"));
}
END_TEST

static char *long_text(size_t count)
{
	struct tmd_buf text = { 0 };

	while (count--)
		tmd_buf_add_str(&text, "\xC3\xA9");
	return tmd_buf_steal(&text);
}

START_TEST(long_values_are_cut_and_counted_for_people_alone)
{
	TMD_AUTO_FREE char *shown = long_text(400);
	TMD_AUTO_FREE char *whole = long_text(5000);
	TMD_AUTO_FREE char *cut = tmd_format("text: (none) -> %s … (4600 more)\n", shown);
	TMD_AUTO_FREE char *line = tmd_format("      + %s … (4600 more)\n", shown);
	TMD_AUTO_FREE char *fits = tmd_format("text: (none) -> %s\n", shown);
	TMD_AUTO_FREE char *text = NULL;
	TMD_AUTO_BUF struct tmd_buf json = { 0 };

	add("/long", whole, "good");
	add("/fits", shown, "good");
	text = text_report(TMD_VERB_PLAN);
	ck_assert_ptr_nonnull(strstr(text, cut));
	ck_assert_ptr_nonnull(strstr(text, fits));
	ck_assert_ptr_nonnull(strstr(text, line));
	ck_assert_ptr_null(strstr(text, whole));
	tmd_report_json(&run, true, &json);
	ck_assert_ptr_nonnull(strstr(json.data, whole));
}
END_TEST

START_TEST(describe_is_the_field_table)
{
	const struct tmd_type *const types[] = { &fake_type, NULL };
	TMD_AUTO_BUF struct tmd_buf out = { 0 };

	tmd_report_describe(types, NULL, &out);
	ck_assert_ptr_nonnull(strstr(out.data, "\"additionalProperties\": false"));
	ck_assert_ptr_nonnull(strstr(out.data, "\"readOnly\": true"));
	ck_assert_ptr_nonnull(strstr(out.data, "\"default\": \"present\""));
	ck_assert_ptr_nonnull(strstr(out.data, "\"default\": false"));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("engine_run");
	TCase *c = tcase_create("loop");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, get_reads_and_changes_nothing);
	tcase_add_test(c, plan_names_the_change_and_writes_nothing);
	tcase_add_test(c, apply_reports_what_plan_said_and_a_second_run_is_empty);
	tcase_add_test(c, warnings_of_a_change_survive_the_second_reading);
	tcase_add_test(c, one_failure_does_not_hide_the_other_results);
	tcase_add_test(c, a_change_that_does_not_stick_is_not_converged);
	tcase_add_test(c, two_wishes_for_one_thing_are_both_refused);
	tcase_add_test(c, wishes_that_contradict_are_both_refused_before_anything_is_written);
	tcase_add_test(c, reading_two_things_is_no_contradiction);
	tcase_add_test(c, one_wish_is_done_once_however_its_place_is_spelled);
	tcase_add_test(c, one_wish_given_twice_is_done_once);
	tcase_add_test(c, a_wish_that_nothing_can_be_done_about_is_no_success);
	tcase_add_test(c, a_rebuild_that_undoes_an_earlier_change_is_found_out);
	tcase_add_loop_test(c, a_later_resource_that_would_undo_an_earlier_one_is_refused_with_it,
			    0, 3);
	tcase_add_test(c, a_later_resource_that_changes_a_file_as_it_is_wanted_is_not_refused);
	tcase_add_test(c, ranks_decide_the_order_not_the_place_in_the_input);
	tcase_add_test(c, a_failed_resource_keeps_its_changes_in_apply_and_shows_no_file);
	tcase_add_test(c, an_unwritable_backup_fails_the_plan_too);
	tcase_add_test(c, nothing_in_a_report_steers_the_terminal);
	tcase_add_test(c, a_rebuild_that_waits_holds_up_only_what_needs_it);
	tcase_add_test(c, commit_runs_once_for_any_number_of_resources);
	tcase_add_test(c, a_rebuild_that_fails_is_the_error_of_all_who_asked_for_it);
	tcase_add_test(c, plan_never_commits);
	tcase_add_test(c, an_absent_resource_needs_no_text_and_goes);
	tcase_add_test(c, a_missing_required_attribute_is_that_resources_error);
	tcase_add_test(c, a_malformed_resource_is_not_tried);
	tcase_add_test(c, nothing_is_built_on_a_resource_of_unknown_type);
	tcase_add_test(c, text_that_is_not_utf8_is_no_value);
	tcase_add_test(c, an_explicit_null_counts_as_given);
	tcase_add_test(c, a_held_lock_is_busy_and_nothing_is_written);
	tcase_add_test(c, a_run_with_nothing_to_do_takes_no_lock);
	tcase_add_test(c, unsupported_everywhere_is_status_3);
	tcase_add_test(c, the_json_report_holds_the_protocol);
	tcase_add_test(c, the_text_report_marks_and_sums_up);
	tcase_add_loop_test(c, the_text_report_tells_what_was_wanted_from_what_was_done, 0, 2);
	tcase_add_test(c, a_change_that_did_not_stick_is_not_called_undone);
	tcase_add_test(c, long_values_are_cut_and_counted_for_people_alone);
	tcase_add_test(c, describe_is_the_field_table);
	tcase_add_loop_test(c, what_somebody_else_changed_since_it_was_read_is_left_alone, 0, 3);
	tcase_add_test(c, what_somebody_else_made_since_nothing_was_there_is_left_alone);
	tcase_add_test(c, a_change_before_the_lock_is_no_conflict_but_planned_on);
	tcase_add_test(c, one_run_is_not_in_its_own_way);
	suite_add_tcase(s, c);
	return s;
}

UNIT_MAIN(suite)
