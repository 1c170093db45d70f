/* What the engine takes from a type's table: keys of which one is needed, verbs, maps. */
#include "unit.h"

#include "base/mem.h"
#include "engine/help.h"
#include "engine/options.h"
#include "engine/report.h"
#include "engine/request.h"
#include "engine/run.h"
#include "fake_type.h"
#include "run_fixture.h"

enum {
	F_PATH,
	F_PYTHON,
	F_STATE,
	F_ENVIRONMENT,
	F_DEPTH,
	FIELDS,
};

static const struct tmd_field fields[FIELDS] = {
	[F_PATH] = { "path", TMD_T_PATH, TMD_F_KEY | TMD_F_ALTERNATIVE, NULL, NULL, "A directory." },
	[F_PYTHON] = { "python", TMD_T_PATH, TMD_F_KEY | TMD_F_ALTERNATIVE, NULL, NULL, "A program." },
	[F_STATE] = { "presence", TMD_T_ENUM, TMD_F_STATE, "present", fake_states, "There or not." },
	[F_ENVIRONMENT] = { "environment", TMD_T_MAP, TMD_F_PARAM, NULL, NULL, "Variables." },
	[F_DEPTH] = { "depth", TMD_T_INT, TMD_F_PARAM, "3", NULL, "How far." },
};

static unsigned normalized;

static enum tmd_rc normalize(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_error *err)
{
	(void)ctx;
	(void)err;
	normalized++;
	r->name = tmd_strdup(tmd_resource_path(r));
	return TMD_OK;
}

static enum tmd_rc read_it(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_error *err)
{
	(void)ctx;
	(void)err;
	tmd_value_set_string(&r->current[F_STATE], "present");
	return TMD_OK;
}

static const char *const backends[] = { "file", NULL };
static const struct tmd_type looker = { /* it reads and never writes */
	.name = "looker",
	.summary = "What is there.",
	.fields = fields,
	.field_count = FIELDS,
	.backends = backends,
	.normalize = normalize,
	.read = read_it,
};
static const struct tmd_type *const types[] = { &looker, &fake_type, NULL };

static struct tmd_error err;

static void setup(void)
{
	run_open();
	normalized = 0;
}

static void teardown(void)
{
	run_close();
}

static enum tmd_rc add_words(const char *first, const char *second)
{
	char *words[] = { (char *)first, (char *)second };

	return tmd_request_add_words(&run, &looker, words, second ? 2 : first ? 1 : 0, "/", &err);
}

static enum tmd_rc add_json(const char *text)
{
	const struct tmd_request_scope scope = { .types = types };

	return tmd_request_add_json(&run, &scope, text, strlen(text), "-", "/", &err);
}

static enum tmd_rc execute(enum tmd_verb verb)
{
	run.verb = verb;
	return tmd_run_execute(&run);
}

/* The resource is refused before anything is tried, with these words. */
static void is_refused(const char *words)
{
	ck_assert_int_eq(execute(TMD_VERB_GET), TMD_OK);
	ck_assert_int_eq(run.results[0].error.kind, TMD_E_INVALID_INPUT);
	ck_assert_str_eq(run.results[0].error.message, words);
	ck_assert_uint_eq(normalized, 0);
}

START_TEST(one_of_the_keys_is_enough)
{
	ck_ok(add_words("python=/usr/bin/python3", NULL), err);
	ck_assert_int_eq(execute(TMD_VERB_GET), TMD_OK);
	ck_assert_str_eq(run.results[0].resource.name, "/usr/bin/python3");
	ck_assert_int_eq(run.results[0].resource.current[F_DEPTH].integer, 3);
}
END_TEST

START_TEST(none_of_the_keys_is_missing_input)
{
	ck_ok(add_words(NULL, NULL), err);
	is_refused("looker: one of the attributes path or python is missing");
}
END_TEST

START_TEST(two_of_the_keys_are_one_too_many)
{
	ck_ok(add_words("path=/a", "python=/b"), err);
	is_refused("looker: more than one of the attributes path or python");
}
END_TEST

START_TEST(a_type_that_only_reads_fails_alone_where_others_are_planned)
{
	ck_ok(add_json("{\"resources\": [{\"type\": \"looker\", \"path\": \"/a\"},"
		       "{\"type\": \"fake\", \"path\": \"/b\", \"text\": \"new\"}]}"), err);
	ck_assert_int_eq(execute(TMD_VERB_PLAN), TMD_OK);
	ck_assert_int_eq(run.results[0].error.kind, TMD_E_INVALID_INPUT);
	ck_assert_str_eq(run.results[0].error.message, "the type looker has no verb plan");
	ck_assert_str_eq(run.results[0].resource.name, "/a");
	ck_assert_uint_eq(normalized, 0);
	ck_assert(run.results[1].changed);
}
END_TEST

START_TEST(a_map_comes_as_words_and_as_json)
{
	ck_ok(add_words("environment=A=1", "environment=B=x=y"), err);
	ck_ok(add_json("{\"type\": \"looker\", \"environment\": {\"A\": null, \"B\": \"2\"}}"), err);
	ck_assert_str_eq(tmd_value_map_get(&run.results[0].input[F_ENVIRONMENT], "A"), "1");
	ck_assert_str_eq(tmd_value_map_get(&run.results[0].input[F_ENVIRONMENT], "B"), "x=y");
	ck_assert_ptr_null(tmd_value_map_get(&run.results[1].input[F_ENVIRONMENT], "A"));
	ck_assert_str_eq(tmd_value_map_get(&run.results[1].input[F_ENVIRONMENT], "B"), "2");
}
END_TEST

static const char *hint_for(const char *word)
{
	tmd_run_release(&run);
	ck_ok(add_words("path=/a", word), err);
	ck_assert_int_eq(run.results[0].error.kind, TMD_E_INVALID_INPUT);
	return run.results[0].error.hint;
}

START_TEST(a_map_is_checked_like_any_text)
{
	ck_assert_str_eq(hint_for("environment=A"), "write KEY=VALUE, once for each key");
	ck_assert_str_eq(hint_for("environment=A=\xFF"), "use UTF-8");
	ck_assert_str_eq(hint_for("environment=\xFF=1"), "use UTF-8");
}
END_TEST

/* Is this in what describe prints, blanks aside? */
static bool described(const char *words)
{
	TMD_AUTO_BUF struct tmd_buf out = { 0 };
	TMD_AUTO_BUF struct tmd_buf packed = { 0 };
	const struct tmd_type *const one[] = { &looker, NULL };

	tmd_report_describe(one, NULL, &out);
	for (const char *c = tmd_buf_str(&out); *c; c++) {
		if (*c != ' ' && *c != '\n')
			tmd_buf_add_char(&packed, *c);
	}
	return strstr(tmd_buf_str(&packed), words) != NULL;
}

START_TEST(describe_says_what_the_table_says)
{
	ck_assert(described("\"x-verbs\":[\"get\",\"describe\"]"));
	ck_assert(described("\"oneOf\":[{\"required\":[\"path\"]},{\"required\":[\"python\"]}]"));
	ck_assert(described("\"required\":[]"));
	ck_assert(described("\"x-absent\":\"absent\""));
	ck_assert(described("\"additionalProperties\":{\"type\":[\"string\",\"null\"]}"));
	ck_assert(!described("\"plan\""));
}
END_TEST

START_TEST(help_names_the_verbs_that_there_are)
{
	TMD_AUTO_BUF struct tmd_buf out = { 0 };
	struct tmd_options options = { .program = "trustmend", .type = &looker };

	tmd_help(&options, types, 80, &out);
	ck_assert_ptr_nonnull(strstr(tmd_buf_str(&out), "trustmend looker get [options]"));
	ck_assert_ptr_nonnull(strstr(tmd_buf_str(&out), "(exactly one of these is required)"));
	options.verbose = true;
	tmd_buf_clear(&out);
	tmd_help(&options, types, 80, &out);
	ck_assert_ptr_nonnull(strstr(tmd_buf_str(&out), "path (exactly one of these is required)"));
	ck_assert_ptr_nonnull(strstr(tmd_buf_str(&out), "get       reads"));
	ck_assert_ptr_null(strstr(tmd_buf_str(&out), "apply     converges"));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("engine_fields");
	TCase *c = tcase_create("fields");

	tcase_add_checked_fixture(c, setup, teardown);
	suite_add_tcase(s, c);
	tcase_add_test(c, one_of_the_keys_is_enough);
	tcase_add_test(c, none_of_the_keys_is_missing_input);
	tcase_add_test(c, two_of_the_keys_are_one_too_many);
	tcase_add_test(c, a_type_that_only_reads_fails_alone_where_others_are_planned);
	tcase_add_test(c, a_map_comes_as_words_and_as_json);
	tcase_add_test(c, a_map_is_checked_like_any_text);
	tcase_add_test(c, describe_says_what_the_table_says);
	tcase_add_test(c, help_names_the_verbs_that_there_are);
	return s;
}

UNIT_MAIN(suite)
