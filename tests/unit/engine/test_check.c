/* The verbs check and explain, with a type that judges what the test tells it to. */
#include "unit.h"

#include "base/mem.h"
#include "base/str.h"
#include "engine/report.h"
#include "engine/run.h"
#include "fake_type.h"
#include "run_fixture.h"

enum { F_NAME, F_UNDER, FIELDS };

static const struct tmd_field fields[FIELDS] = {
	[F_NAME] = { "name", TMD_T_STRING, TMD_F_KEY, NULL, NULL, "Its name." },
	[F_UNDER] = { "under", TMD_T_LIST, TMD_F_PARAM | TMD_F_WHERE, NULL, NULL, "Where." },
};

static size_t broken;	   /* the listing finds so many that are broken, */
static size_t well;	   /* so many that are well, */
static bool unsure;	   /* and one that is neither */
static size_t directories; /* that the last listing was told */

static void find(struct tmd_listing *listing, const char *name)
{
	struct tmd_resource *r = listing->add(listing);

	r->name = tmd_strdup(name);
	r->backend = "test";
	tmd_value_set_string(&r->current[F_NAME], name);
}

static enum tmd_rc list(struct tmd_ctx *ctx, const struct tmd_resource *query,
			struct tmd_listing *listing, struct tmd_error *err)
{
	(void)ctx;
	(void)err;
	directories = query->input[F_UNDER].list.count;
	for (size_t i = 0; i < well; i++)
		find(listing, "well");
	for (size_t i = 0; i < broken; i++)
		find(listing, "broken");
	if (unsure)
		find(listing, "doubtful");
	tmd_strv_add(listing->remarks, "the attic was not looked at");
	return TMD_OK;
}

static void judge(const struct tmd_resource *r, struct tmd_said *out)
{
	out->subject = tmd_format("the API in %s", r->name);
	out->standing = tmd_str_equal(r->name, "well")	 ? TMD_STANDS_WELL :
			tmd_str_equal(r->name, "broken") ? TMD_STANDS_BADLY :
							   TMD_STANDS_UNSURE;
	tmd_strv_add(&out->reasons, "one");
	tmd_strv_add(&out->reasons, "two");
	tmd_strv_add(&out->reasons, "three");
	tmd_strv_add(&out->reasons, "four");
	tmd_strv_add(&out->remedies, "mend it");
	tmd_strv_add(&out->remedies, "or that");
	tmd_strv_add(&out->sentences, "At length.");
}

static const struct tmd_type judging_type = {
	.name = "judging",
	.summary = "A type for tests.",
	.fields = fields,
	.field_count = FIELDS,
	.backends = fake_backends,
	.list = list,
	.judge = judge,
};

static const struct tmd_type *const types[] = { &fake_type, &judging_type, NULL };

/* ---- fixture ---- */

static struct tmd_strv under;
static struct tmd_buf out;

static void setup(void)
{
	run_open();
	run.verb = TMD_VERB_CHECK;
	run.judges = true;
	broken = well = directories = 0;
	unsure = false;
}

static void teardown(void)
{
	tmd_strv_release(&under);
	tmd_buf_release(&out);
	run_close();
}

/* What a profile wishes for: a file with that text. */
static void wish(const char *path, const char *text)
{
	struct tmd_result *result = tmd_run_add(&run, &fake_type, "/");

	tmd_value_set_string(&result->input[FAKE_PATH], path);
	tmd_value_set_string(&result->input[FAKE_TEXT], text);
	result->given[FAKE_PATH] = result->given[FAKE_TEXT] = true;
}

static const char *text_of(const struct tmd_text_options *options)
{
	tmd_run_add_queries(&run, types, &under, "/");
	ck_ok(tmd_run_execute(&run), run.error);
	tmd_report_text(&run, options, &out);
	return tmd_buf_str(&out);
}

/* ---- tests ---- */

START_TEST(the_worst_comes_first_and_what_works_is_short)
{
	const struct tmd_text_options options = { 0 };

	broken = well = 1;
	unsure = true;
	wish("/there", "a");
	unit_write(dir, "there", "a", 1);
	wish("/not-there", "b");
	ck_assert_str_eq(text_of(&options),
			 "BROKEN  the API in broken\n"
			 "        one\n"
			 "        two\n"
			 "        three\n"
			 "        … and 1 more: -v shows them\n"
			 "        do: mend it\n"
			 "UNSURE  the API in doubtful\n"
			 "        one\n"
			 "        two\n"
			 "        three\n"
			 "        … and 1 more: -v shows them\n"
			 "        do: mend it\n"
			 "OK      the API in well\n"
			 "BROKEN  fake /not-there\n"
			 "        text: (none) -> b\n"
			 "        state: absent -> present\n"
			 "OK      fake /there\n"
			 "the attic was not looked at\n"
			 "2 broken, 1 unsure, 2 ok\n");
	ck_assert_int_eq(tmd_run_exit_status(&run, false), 10);
}
END_TEST

START_TEST(of_many_that_work_twelve_are_shown)
{
	const struct tmd_text_options options = { 0 };

	well = 40;
	ck_assert_ptr_nonnull(strstr(text_of(&options), "… and 28 more that work"));
	ck_assert_ptr_nonnull(strstr(tmd_buf_str(&out), "0 broken, 0 unsure, 40 ok\n"));
	ck_assert_int_eq(tmd_run_exit_status(&run, false), 0);
}
END_TEST

START_TEST(what_cannot_be_told_is_no_failure)
{
	const struct tmd_text_options options = { 0 };

	unsure = true;
	(void)text_of(&options);
	ck_assert_int_eq(tmd_run_exit_status(&run, false), 0);
}
END_TEST

START_TEST(a_wish_that_cannot_be_read_is_unsure_and_fails)
{
	const struct tmd_text_options options = { 0 };

	wish("relative", "a");
	ck_assert_ptr_nonnull(strstr(text_of(&options), "0 broken, 1 unsure, 0 ok\n"));
	ck_assert_int_eq(tmd_run_exit_status(&run, false), 1);
}
END_TEST

START_TEST(directories_reach_the_types_that_judge)
{
	const struct tmd_text_options options = { 0 };

	tmd_strv_add(&under, "/opt");
	tmd_strv_add(&under, "/srv");
	(void)text_of(&options);
	ck_assert_uint_eq(directories, 2);
}
END_TEST

START_TEST(explain_says_all_of_what_is_meant)
{
	const struct tmd_text_options options = { .about = "doubt" };

	run.verb = TMD_VERB_EXPLAIN;
	broken = well = 1;
	unsure = true;
	ck_assert_str_eq(text_of(&options), "UNSURE  the API in doubtful\n"
					    "        At length.\n"
					    "the attic was not looked at\n");
}
END_TEST

START_TEST(the_document_has_every_word_of_it)
{
	const struct tmd_text_options options = { 0 };
	TMD_AUTO_BUF struct tmd_buf document = { 0 };

	broken = 1;
	(void)text_of(&options);
	tmd_report_json(&run, false, &document);
	ck_assert_ptr_nonnull(strstr(tmd_buf_str(&document), "\"standing\": \"broken\""));
	ck_assert_ptr_nonnull(strstr(tmd_buf_str(&document), "\"or that\""));
	ck_assert_ptr_nonnull(strstr(tmd_buf_str(&document), "\"the attic was not looked at\""));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("engine_check");
	TCase *c = tcase_create("check");

	tcase_add_checked_fixture(c, setup, teardown);
	suite_add_tcase(s, c);
	tcase_add_test(c, the_worst_comes_first_and_what_works_is_short);
	tcase_add_test(c, of_many_that_work_twelve_are_shown);
	tcase_add_test(c, what_cannot_be_told_is_no_failure);
	tcase_add_test(c, a_wish_that_cannot_be_read_is_unsure_and_fails);
	tcase_add_test(c, directories_reach_the_types_that_judge);
	tcase_add_test(c, explain_says_all_of_what_is_meant);
	tcase_add_test(c, the_document_has_every_word_of_it);
	return s;
}

UNIT_MAIN(suite)
