/* The verb list, driven with types that find what the test tells them to. */
#include "unit.h"

#include "base/mem.h"
#include "engine/help.h"
#include "engine/attributes.h"
#include "engine/options.h"
#include "engine/report.h"
#include "engine/run.h"
#include "fake_type.h"
#include "run_fixture.h"

/* ---- types that list ---- */

enum {
	F_NAME,
	F_PLACE,
	F_STATE,
	F_EFFECTIVE,
	F_VALUE,
	F_PER_TARGET,
	F_REASONS,
	FIELDS,
};

static const struct tmd_field fields[FIELDS] = {
	[F_NAME] = { "name", TMD_T_STRING, TMD_F_KEY, NULL, NULL, "Its name." },
	[F_PLACE] = { "place", TMD_T_STRING, TMD_F_PARAM | TMD_F_WHERE, NULL, NULL, "Where." },
	[F_STATE] = { "state", TMD_T_ENUM, TMD_F_STATE, "present", fake_states, "Whether it is there." },
	[F_EFFECTIVE] = { "effective", TMD_T_BOOL, TMD_F_READ_ONLY, NULL, NULL, "Does it count?" },
	[F_VALUE] = { "value", TMD_T_STRING, 0, NULL, NULL, "Its value." },
	[F_PER_TARGET] = { "per_target", TMD_T_MAP, TMD_F_READ_ONLY, NULL, NULL, "Its values." },
	[F_REASONS] = { "reasons", TMD_T_LIST, TMD_F_READ_ONLY, NULL, NULL, "Why not." },
};

static const char *asked_about; /* the place that the last listing was asked about */
static size_t limit;		/* listings fail after so many instances */
static struct tmd_ctx *seen;

static struct tmd_resource *found(struct tmd_listing *listing, const char *name)
{
	struct tmd_resource *r = listing->add(listing);

	ck_assert_ptr_nonnull(r->type);
	ck_assert_int_eq(r->input[F_NAME].kind, TMD_V_NULL);
	r->name = tmd_strdup(name);
	r->backend = "test";
	tmd_value_set_string(&r->current[F_NAME], name);
	tmd_value_set_string(&r->current[F_STATE], "present");
	return r;
}

static enum tmd_rc list_roots(struct tmd_ctx *ctx, const struct tmd_resource *query,
			      struct tmd_listing *listing, struct tmd_error *err)
{
	static const bool effective[] = { true, false, true };
	static const char *const names[] = { "Alpha", "Beta", "Gamma" };

	seen = ctx;
	asked_about = query->input[F_PLACE].kind == TMD_V_NULL ? "anywhere" : "a place";
	ck_assert(tmd_value_equal(&query->desired[F_PLACE], &query->input[F_PLACE]));
	for (size_t i = 0; i < 3; i++) {
		struct tmd_resource *r;

		if (i == limit)
			return tmd_fail(err, TMD_E_PERMISSION, "/store", "run as root", "closed");
		r = found(listing, names[i]);
		tmd_value_set_bool(&r->current[F_EFFECTIVE], effective[i]);
		tmd_strv_add(&r->warnings, "the store is old");
		if (!effective[i])
			tmd_value_list_add(&r->current[F_REASONS], "nobody compiled it");
	}
	return TMD_OK;
}

static enum tmd_rc list_words(struct tmd_ctx *ctx, const struct tmd_resource *query,
			      struct tmd_listing *listing, struct tmd_error *err)
{
	struct tmd_resource *r = found(listing, "LANG");

	(void)ctx;
	(void)query;
	(void)err;
	tmd_value_set_string(&r->current[F_VALUE], "C.UTF-8");
	r = found(listing, "PATH");
	tmd_value_map_set(&r->current[F_PER_TARGET], "login", "/bin");
	tmd_value_map_set(&r->current[F_PER_TARGET], "shell", NULL);
	tmd_value_map_set(&r->current[F_PER_TARGET], "desktop", "/sbin");
	tmd_value_map_set(&r->current[F_PER_TARGET], "cron", "/bin");
	return TMD_OK;
}

static const struct tmd_type root_type = {
	.name = "root",
	.plural = "roots",
	.summary = "A root for tests.",
	.fields = fields,
	.field_count = FIELDS,
	.backends = fake_backends,
	.list = list_roots,
};

static const struct tmd_type word_type = {
	.name = "word",
	.plural = "words",
	.summary = "A word for tests.",
	.fields = fields,
	.field_count = FIELDS,
	.backends = fake_backends,
	.list = list_words,
};

/* ---- fixture ---- */

static struct tmd_error err;

static void setup(void)
{
	run_open();
	run.verb = TMD_VERB_LIST;
	limit = 3;
}

static void teardown(void)
{
	run_close();
}

static struct tmd_result *ask(const struct tmd_type *type)
{
	return tmd_run_add(&run, type, "/");
}

static void ck_refused(enum tmd_error_kind kind, const char *message, const char *hint, int status)
{
	ck_assert_int_eq(tmd_run_execute(&run), TMD_FAILED);
	ck_assert_int_eq(run.error.kind, kind);
	ck_assert_ptr_nonnull(strstr(run.error.message, message));
	ck_assert_ptr_nonnull(strstr(run.error.hint, hint));
	ck_assert_uint_eq(run.count, 0);
	ck_assert(tmd_run_failed(&run));
	ck_assert_int_eq(tmd_run_exit_status(&run, true), status);
}

static void text(bool verbose, struct tmd_buf *out)
{
	struct tmd_text_options options = { .verbose = verbose };

	tmd_buf_clear(out);
	tmd_report_text(&run, &options, out);
}

/* ---- the run ---- */

START_TEST(what_is_found_takes_the_place_of_the_query)
{
	ask(&root_type);
	ck_assert_int_eq(tmd_run_execute(&run), TMD_OK);
	ck_assert_uint_eq(run.count, 3);
	ck_assert_str_eq(run.results[1].resource.name, "Beta");
	ck_assert_ptr_eq(run.results[1].resource.type, &root_type);
	ck_assert_str_eq(asked_about, "anywhere");
}
END_TEST

START_TEST(a_listing_changes_nothing_and_plans_nothing)
{
	ask(&root_type);
	ck_assert_int_eq(tmd_run_execute(&run), TMD_OK);
	ck_assert(!tmd_run_changed(&run));
	ck_assert(!tmd_run_failed(&run));
	ck_assert_int_eq(tmd_run_exit_status(&run, true), 0);
	ck_assert_ptr_eq(seen->view, run.ctx.view);
	ck_assert(!tmd_fs_writes_allowed(run.ctx.fs));
	for (size_t i = 0; i < run.count; i++) {
		ck_assert(!run.results[i].changed);
		ck_assert_uint_eq(run.results[i].change_count, 0);
	}
}
END_TEST

START_TEST(several_types_are_listed_one_after_another)
{
	ask(&word_type);
	ask(&root_type);
	ck_assert_int_eq(tmd_run_execute(&run), TMD_OK);
	ck_assert_uint_eq(run.count, 5);
	ck_assert_ptr_eq(run.results[1].resource.type, &word_type);
	ck_assert_ptr_eq(run.results[2].resource.type, &root_type);
}
END_TEST

START_TEST(a_query_may_say_where)
{
	struct tmd_result *query = ask(&root_type);

	ck_ok(tmd_attribute_set_text(query, F_PLACE, "here", &err), err);
	ck_assert_int_eq(tmd_run_execute(&run), TMD_OK);
	ck_assert_str_eq(asked_about, "a place");
}
END_TEST

START_TEST(a_query_says_nothing_else)
{
	struct tmd_result *query = ask(&root_type);

	ck_ok(tmd_attribute_set_text(query, F_NAME, "Alpha", &err), err);
	ck_refused(TMD_E_INVALID_INPUT, "'name'", "list takes place", 2);
}
END_TEST

START_TEST(null_and_what_is_read_only_do_not_pass_for_a_query_either)
{
	static const size_t refused[] = { F_VALUE, F_REASONS };

	for (size_t i = 0; i < 2; i++) {
		struct tmd_value null = { 0 };

		memset(&run.error, 0, sizeof(run.error));
		ck_ok(tmd_attribute_set(ask(&root_type), refused[i], &null, &err), err);
		ck_refused(TMD_E_INVALID_INPUT, fields[refused[i]].name, "list takes place", 2);
	}
}
END_TEST

START_TEST(a_type_that_cannot_list_is_unsupported_and_says_what_can)
{
	ask(&root_type);
	ask(&fake_type);
	ck_refused(TMD_E_INVALID_INPUT, "the type fake has no verb list", "get path=", 2);
}
END_TEST

START_TEST(a_listing_that_fails_is_the_runs_error_and_leaves_no_half)
{
	limit = 2;
	ask(&root_type);
	ck_assert_int_eq(tmd_run_execute(&run), TMD_FAILED);
	ck_assert_int_eq(run.error.kind, TMD_E_PERMISSION);
	ck_assert_uint_eq(run.count, 0);
	ck_assert_int_eq(tmd_run_exit_status(&run, false), 1);
}
END_TEST

START_TEST(one_listing_that_fails_does_not_hide_the_others)
{
	TMD_AUTO_BUF struct tmd_buf out = { 0 };

	limit = 1;
	ask(&root_type);
	ask(&word_type);
	ck_assert_int_eq(tmd_run_execute(&run), TMD_FAILED);
	ck_assert_int_eq(run.error.kind, TMD_E_PERMISSION);
	ck_assert_uint_eq(run.count, 2);
	ck_assert_ptr_eq(run.results[0].resource.type, &word_type);
	tmd_report_json(&run, true, &out);
	ck_assert_ptr_nonnull(strstr(out.data, "\"closed\""));
	ck_assert_ptr_nonnull(strstr(out.data, "\"LANG\""));
}
END_TEST

/* ---- what is reported ---- */

START_TEST(describe_names_the_verb_and_its_attributes_where_there_is_one)
{
	static const struct tmd_type *const with[] = { &root_type, NULL };
	static const struct tmd_type *const without[] = { &fake_type, NULL };
	TMD_AUTO_BUF struct tmd_buf out = { 0 };

	tmd_report_describe(with, NULL, &out);
	ck_assert_ptr_nonnull(strstr(out.data, "\"list\""));
	ck_assert_ptr_nonnull(strstr(out.data, "\"x-where\": true"));
	tmd_buf_clear(&out);
	tmd_report_describe(without, NULL, &out);
	ck_assert_ptr_null(strstr(out.data, "\"list\""));
	ck_assert_ptr_null(strstr(out.data, "x-where"));
}
END_TEST

START_TEST(help_names_the_verb_where_there_is_one)
{
	static const struct tmd_type *const with[] = { &root_type, NULL };
	static const struct tmd_type *const without[] = { &fake_type, NULL };
	struct tmd_options options = { .program = "prog", .verbose = true };
	TMD_AUTO_BUF struct tmd_buf out = { 0 };

	tmd_help(&options, with, 80, &out);
	ck_assert_ptr_nonnull(strstr(out.data, "prog list [options] [place=…]\n"));
	ck_assert_ptr_nonnull(strstr(out.data, "\n  list  "));
	tmd_buf_clear(&out);
	tmd_help(&options, without, 80, &out);
	ck_assert_ptr_null(strstr(out.data, "prog list"));
	ck_assert_ptr_null(strstr(out.data, "\n  list  "));
}
END_TEST

START_TEST(json_has_a_result_for_each_as_other_verbs_do)
{
	TMD_AUTO_BUF struct tmd_buf out = { 0 };

	limit = 3;
	ask(&root_type);
	ck_assert_int_eq(tmd_run_execute(&run), TMD_OK);
	tmd_report_json(&run, true, &out);
	ck_assert_ptr_nonnull(strstr(out.data, "\"verb\": \"list\""));
	ck_assert_ptr_nonnull(strstr(out.data, "\"backend\": \"test\""));
	ck_assert_ptr_nonnull(strstr(out.data, "\"changes\": {}"));
	ck_assert_ptr_nonnull(strstr(out.data, "\"error\": null"));
}
END_TEST

START_TEST(text_has_a_line_for_each_and_reasons_where_something_is_wrong)
{
	TMD_AUTO_BUF struct tmd_buf out = { 0 };

	ask(&root_type);
	ck_assert_int_eq(tmd_run_execute(&run), TMD_OK);
	text(false, &out);
	ck_assert_str_eq(out.data, "  effective    Alpha  (test)\n"
				   "  ineffective  Beta  (test)\n"
				   "      nobody compiled it\n"
				   "  effective    Gamma  (test)\n"
				   "  all: the store is old\n"
				   "3 roots: 2 effective, 1 not\n");
}
END_TEST

START_TEST(text_shows_values_with_the_places_that_have_them)
{
	TMD_AUTO_BUF struct tmd_buf out = { 0 };

	ask(&word_type);
	ck_assert_int_eq(tmd_run_execute(&run), TMD_OK);
	text(false, &out);
	ck_assert_str_eq(out.data, "  LANG=C.UTF-8  (test)\n"
				   "  PATH=/bin  (login, cron)\n"
				   "  PATH=/sbin  (desktop)\n"
				   "2 words\n");
}
END_TEST

START_TEST(what_is_not_simply_there_says_so)
{
	TMD_AUTO_BUF struct tmd_buf out = { 0 };

	ask(&root_type);
	ck_assert_int_eq(tmd_run_execute(&run), TMD_OK);
	tmd_value_set_string(&run.results[0].resource.current[F_STATE], "distrusted");
	text(false, &out);
	ck_assert_ptr_nonnull(strstr(out.data, "  distrusted   Alpha  (test)\n"));
}
END_TEST

START_TEST(one_instance_is_singular_and_its_warnings_are_its_own)
{
	TMD_AUTO_BUF struct tmd_buf out = { 0 };

	ask(&root_type);
	ck_assert_int_eq(tmd_run_execute(&run), TMD_OK);
	run.results[1].resource.type = &word_type;
	run.results[2].resource.type = &word_type;
	text(false, &out);
	ck_assert_ptr_nonnull(strstr(out.data, "  effective    Alpha  (test)\n"
					       "      the store is old\n"
					       "1 root: 1 effective, 0 not\n"));
	ck_assert_ptr_nonnull(strstr(out.data, "2 words: 1 effective, 1 not\n"));
}
END_TEST

START_TEST(verbose_text_shows_whole_states)
{
	TMD_AUTO_BUF struct tmd_buf out = { 0 };

	ask(&root_type);
	ck_assert_int_eq(tmd_run_execute(&run), TMD_OK);
	text(true, &out);
	ck_assert_ptr_nonnull(strstr(out.data, " root Beta\n"));
	ck_assert_ptr_nonnull(strstr(out.data, "      effective: no\n"));
	ck_assert_ptr_nonnull(strstr(out.data, "3 roots: 2 effective, 1 not\n"));
}
END_TEST

START_TEST(nothing_found_is_said)
{
	TMD_AUTO_BUF struct tmd_buf out = { 0 };

	ck_assert_int_eq(tmd_run_execute(&run), TMD_OK);
	text(false, &out);
	ck_assert_str_eq(out.data, "nothing found\n");
}
END_TEST

START_TEST(long_names_and_names_that_steer_a_terminal_stay_in_their_line)
{
	TMD_AUTO_BUF struct tmd_buf out = { 0 };
	struct tmd_resource *r;

	ask(&root_type);
	ck_assert_int_eq(tmd_run_execute(&run), TMD_OK);
	r = &run.results[0].resource;
	free(r->name);
	r->name = tmd_format("CN=\033[31m\n%0100d", 0);
	text(false, &out);
	ck_assert_ptr_null(strchr(out.data, '\033'));
	ck_assert_ptr_nonnull(strstr(out.data, "CN=\\x1b[31m\\n000"));
	ck_assert_ptr_nonnull(strstr(out.data, "000 …  (test)\n"));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("engine_list");
	TCase *c = tcase_create("list");

	tcase_add_checked_fixture(c, setup, teardown);
	suite_add_tcase(s, c);
	tcase_add_test(c, what_is_found_takes_the_place_of_the_query);
	tcase_add_test(c, a_listing_changes_nothing_and_plans_nothing);
	tcase_add_test(c, several_types_are_listed_one_after_another);
	tcase_add_test(c, a_query_may_say_where);
	tcase_add_test(c, a_query_says_nothing_else);
	tcase_add_test(c, null_and_what_is_read_only_do_not_pass_for_a_query_either);
	tcase_add_test(c, a_type_that_cannot_list_is_unsupported_and_says_what_can);
	tcase_add_test(c, a_listing_that_fails_is_the_runs_error_and_leaves_no_half);
	tcase_add_test(c, one_listing_that_fails_does_not_hide_the_others);
	tcase_add_test(c, describe_names_the_verb_and_its_attributes_where_there_is_one);
	tcase_add_test(c, help_names_the_verb_where_there_is_one);
	tcase_add_test(c, json_has_a_result_for_each_as_other_verbs_do);
	tcase_add_test(c, text_has_a_line_for_each_and_reasons_where_something_is_wrong);
	tcase_add_test(c, text_shows_values_with_the_places_that_have_them);
	tcase_add_test(c, what_is_not_simply_there_says_so);
	tcase_add_test(c, one_instance_is_singular_and_its_warnings_are_its_own);
	tcase_add_test(c, verbose_text_shows_whole_states);
	tcase_add_test(c, nothing_found_is_said);
	tcase_add_test(c, long_names_and_names_that_steer_a_terminal_stay_in_their_line);
	return s;
}

UNIT_MAIN(suite)
