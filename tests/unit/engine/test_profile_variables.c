/* What a profile says of its variables, any of a list, and requests that fill them. */
#include "unit.h"

#include "engine/profile.h"
#include "engine/profile_describe.h"
#include "engine/profiles.h"
#include "engine/request.h"
#include "fake_type.h"

static const struct tmd_field taker_fields[] = {
	{ "path", TMD_T_PATH, TMD_F_KEY, NULL, NULL, "The file." },
	{ "from", TMD_T_LIST, TMD_F_FILES, NULL, NULL, "Files." },
	{ "one", TMD_T_STRING, TMD_F_FILES, NULL, NULL, "A file." },
	{ "text", TMD_T_STRING, 0, NULL, NULL, "A text." },
};
static const struct tmd_type taker = { .name = "taker", .fields = taker_fields, .field_count = 4 };
static const struct tmd_type *const types[] = { &fake_type, &taker, NULL };
static struct tmd_run run;
static struct tmd_error err;

static void setup(void)
{
	memset(&run, 0, sizeof(run));
	ck_ok(tmd_fs_open(NULL, &run.ctx.fs, &err), err);
	ck_ok(tmd_fs_open(NULL, &run.input, &err), err);
}

static void teardown(void)
{
	tmd_run_release(&run);
	tmd_fs_free(run.ctx.fs);
	tmd_fs_free(run.input);
}

static enum tmd_rc read_profile(const char *text)
{
	const struct tmd_strv none = { 0 };

	return tmd_profile_add(&run, types, text, strlen(text), "p.yml", "/base", &none, &err);
}

#define says(part) ck_assert_msg(strstr(err.message, part), "'%s' lacks '%s'", err.message, part)

static const struct tmd_strv *tags(size_t result)
{
	return &run.results[result].resource.input[FAKE_TAGS].list;
}

START_TEST(a_variable_may_say_what_it_means)
{
	ck_ok(read_profile("trustmend: 1\ndescription: For tests.\nvariables:\n"
			   "  v: {description: A text., default: a}\n"
			   "  l: {default: [b, c]}\n"
			   "  s: {description: By system., default: {linux: d, windows: d}}\n"
			   "resources:\n  - {type: fake, path: /x, text: '${v}${s}', tags: '${l}'}\n"),
	      err);
	ck_assert_str_eq(tmd_value_str(&run.results[0].resource.input[FAKE_TEXT]), "ad");
	ck_assert_uint_eq(tags(0)->count, 2);
}
END_TEST

START_TEST(what_says_something_else_of_a_variable_is_refused_with_its_line)
{
	static const struct {
		const char *variable;
		const char *says;
	} cases[] = {
		{ "{description: d}", "p.yml:3: variable 'v' has no default" },
		{ "{default: a, type: list}", "p.yml:3: unknown key 'type' of a variable" },
		{ "{default: a, default: b}", "p.yml:3: 'default' stands twice" },
		{ "{default: a, description: [b]}", "p.yml:3: a description must be plain text" },
		{ "{default: {description: a}}", "p.yml:3: 'description' is no system" },
		{ "{default: {linux: [a], windows: b}}", "a list for another" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		TMD_AUTO_FREE char *text = tmd_format("trustmend: 1\nvariables:\n  v: %s\n"
						      "resources: []\n", cases[i].variable);

		ck_fails(read_profile(text), err, TMD_E_INVALID_INPUT);
		says(cases[i].says);
		tmd_run_release(&run);
	}
	ck_fails(read_profile("trustmend: 1\ndescription: {a: b}\nresources: []\n"), err,
		 TMD_E_INVALID_INPUT);
	says("p.yml:2: description must be plain text");
}
END_TEST

START_TEST(any_of_a_list_is_one_item_and_of_an_empty_one_none)
{
	ck_ok(read_profile("trustmend: 1\nvariables: {l: [a, b, c], one: [d], none: []}\n"
			   "resources:\n  - type: fake\n    path: /x\n    text: 'say ${any l}'\n"
			   "    tags: ['${any l}', '${any one}', '${any none}', 'x${any none}', '']\n"),
	      err);
	ck_assert_uint_eq(tags(0)->count, 4);
	ck_assert_str_eq(tags(0)->items[0], "a or b or c");
	ck_assert_str_eq(tags(0)->items[1], "d");
	ck_assert_str_eq(tags(0)->items[2], "x");
	ck_assert_str_eq(tags(0)->items[3], "");
	ck_assert_str_eq(tmd_value_str(&run.results[0].resource.input[FAKE_TEXT]),
			 "say a or b or c");
}
END_TEST

START_TEST(any_of_what_is_no_list_is_refused)
{
	static const char *const names[] = { "any t", "any other", "any ", "any  l" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		TMD_AUTO_FREE char *text =
			tmd_format("trustmend: 1\nvariables: {l: [a], t: b}\nresources:\n"
				   "  - {type: fake, path: /x, tags: ['${%s}']}\n", names[i]);

		ck_ok(read_profile(text), err);
		err = run.results[0].error;
		ck_assert_int_eq(err.kind, TMD_E_INVALID_INPUT);
		says("p.yml:4: ");
		tmd_run_release(&run);
	}
}
END_TEST

/* ---- describe ---- */

static json_t *describe(const char *text)
{
	json_t *all = json_object();

	ck_ok(tmd_profile_describe(types, text, strlen(text), "p.yml", all, &err), err);
	return all;
}

static json_t *property(json_t *all, const char *name)
{
	return json_object_get(json_object_get(json_object_get(all, "p.yml"), "properties"), name);
}

static void check_equal(json_t *json, const char *text)
{
	json_t *wanted = json_loads(text, JSON_DECODE_ANY, NULL);
	char *said = json_dumps(json, JSON_ENCODE_ANY);

	ck_assert_msg(json_equal(json, wanted), "%s, and not %s", said, text);
	free(said);
	json_decref(wanted);
}

START_TEST(describe_tells_type_default_and_meaning)
{
	json_t *all = describe("trustmend: 1\ndescription: For tests.\nvariables:\n"
			       "  t: {description: A text., default: a}\n  l: [b, c]\n  n:\n"
			       "  s: {linux: d, windows: d}\nresources: []\n");

	check_equal(property(all, "t"),
		    "{\"type\":\"string\",\"description\":\"A text.\",\"default\":\"a\"}");
	check_equal(property(all, "l"), "{\"type\":\"array\",\"items\":{\"type\":\"string\"},"
					"\"default\":[\"b\",\"c\"]}");
	check_equal(property(all, "n"), "{\"type\":\"string\",\"default\":\"\"}");
	check_equal(property(all, "s"), "{\"type\":\"string\",\"default\":\"d\","
					"\"x-defaults\":{\"linux\":\"d\",\"windows\":\"d\"}}");
	check_equal(json_object_get(json_object_get(all, "p.yml"), "description"),
		    "\"For tests.\"");
	json_decref(all);
}
END_TEST

START_TEST(describe_tells_which_variables_name_files)
{
	static const char *const naming[] = { "whole", "inside", "any", "each", "text" };
	static const char *const others[] = { "path", "elsewhere", "unused", "named" };
	json_t *all = describe(
		"trustmend: 1\nvariables: {whole: [], inside: [], any: [], each: [], text: a, "
		"path: /x, elsewhere: a, unused: a, named: []}\nresources:\n"
		"  - {type: taker, path: '${path}', from: '${whole}', text: '${elsewhere}'}\n"
		"  - {type: taker, path: /y, from: [a, '${inside}', '${any any}', '/d/${text}']}\n"
		"  - {type: taker, foreach: each, path: /z, one: '${item}'}\n"
		"  - {type: taker, foreach: named, path: '/${item}'}\n"
		"  - {type: other, foreach: named, one: '${item}'}\n  - [odd]\n");

	for (size_t i = 0; i < sizeof(naming) / sizeof(*naming); i++)
		ck_assert_msg(json_is_true(json_object_get(property(all, naming[i]),
							   "x-input-file")), "%s", naming[i]);
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		ck_assert_msg(!json_object_get(property(all, others[i]), "x-input-file"), "%s",
			      others[i]);
	json_decref(all);
}
END_TEST

/* ---- requests ---- */

static enum tmd_rc request(const char *text)
{
	const struct tmd_request_scope scope = { types, NULL, &tmd_profiles };

	return tmd_request_add_json(&run, &scope, text, strlen(text), "in.json", "/base", &err);
}

/* "trustmend: 1\nvariables: {p: /x, l: [q]}\nresources: [{type: fake, path: '${p}', tags: '${l}'}]" */
#define SENT \
	"dHJ1c3RtZW5kOiAxCnZhcmlhYmxlczoge3A6IC94LCBsOiBbcV19CnJlc291cmNlczogW3t0eXBl" \
	"OiBmYWtlLCBwYXRoOiAnJHtwfScsIHRhZ3M6ICcke2x9J31dCg=="
#define WITH(variables) "{\"profile\":\"s.yml\",\"files\":{\"s.yml\":\"" SENT "\"}" variables "}"

START_TEST(a_request_fills_the_variables_of_a_profile_that_it_brings)
{
	ck_ok(request(WITH("")), err);
	ck_assert_str_eq(tags(0)->items[0], "q");
	ck_ok(request(WITH(",\"variables\":{\"p\":\"/y=z\",\"l\":[\"a,b\",\"\",\"c\"]}")), err);
	ck_assert_str_eq(run.results[1].resource.input[FAKE_PATH].string, "/y=z");
	ck_assert_str_eq(tags(1)->items[0], "a,b");
	ck_ok(request(WITH(",\"variables\":{\"l\":[]}")), err);
	ck_assert_uint_eq(tags(2)->count, 0);
	ck_ok(request(WITH(",\"variables\":{\"l\":\"one\"}")), err);
	ck_assert_uint_eq(tags(3)->count, 1);
	ck_ok(request(WITH(",\"variables\":{\"p\":\"here\"}")), err);
	err = run.results[4].error; /* what came from elsewhere has no directory here */
	says("is a relative path");
}
END_TEST

START_TEST(requests_that_fill_no_profile_are_refused)
{
	static const struct {
		const char *text;
		const char *says;
	} cases[] = {
		{ "{\"profile\":1}", "'profile' names no profile" },
		{ "{\"profile\":\"\"}", "'profile' names no profile" },
		{ "{\"profile\":\"-\"}", "'profile' names no profile" },
		{ "{\"profile\":\"shotgrid-ssl\",\"type\":\"fake\"}", "'type' beside 'profile'" },
		{ "{\"profile\":\"shotgrid-ssl\",\"variables\":[]}", "'variables' is not an object" },
		{ "{\"profile\":\"s.yml\",\"files\":{}}", "neither built in nor one of 'files'" },
		{ WITH(",\"variables\":{\"p\":1}"), "variables: 'p' is no text" },
		{ WITH(",\"variables\":{\"l\":[[]]}"), "variables: 'l' is no text" },
		{ WITH(",\"variables\":{\"p=x\":\"1\"}"), "'p=x' is no name" },
		{ WITH(",\"variables\":{\"o\":\"1\"}"), "no variable 'o' in s.yml" },
		{ WITH(",\"variables\":{\"p\":[\"1\",\"2\"]}"), "'p' is no list" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		ck_fails(request(cases[i].text), err, TMD_E_INVALID_INPUT);
		says(cases[i].says);
		tmd_run_release(&run);
	}
	ck_fails(request("{\"profile\":\"s.yml\",\"files\":{\"s.yml\":null}}"), err,
		 TMD_E_NOT_FOUND);
}
END_TEST

START_TEST(a_program_of_one_type_takes_no_profile)
{
	const struct tmd_request_scope of_one = { types, &fake_type, &tmd_profiles };
	const struct tmd_request_scope without = { types, NULL, NULL };
	const char *text = "{\"profile\":\"shotgrid-ssl\"}";

	ck_fails(tmd_request_add_json(&run, &of_one, text, strlen(text), "-", "/", &err), err,
		 TMD_E_INVALID_INPUT);
	ck_fails(tmd_request_add_json(&run, &without, text, strlen(text), "-", "/", &err), err,
		 TMD_E_INVALID_INPUT);
	says("several types");
}
END_TEST

static Suite *suite(void)
{
	Suite *all = suite_create("profile_variables");
	TCase *tc = tcase_create("variables");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_variable_may_say_what_it_means);
	tcase_add_test(tc, what_says_something_else_of_a_variable_is_refused_with_its_line);
	tcase_add_test(tc, any_of_a_list_is_one_item_and_of_an_empty_one_none);
	tcase_add_test(tc, any_of_what_is_no_list_is_refused);
	tcase_add_test(tc, describe_tells_type_default_and_meaning);
	tcase_add_test(tc, describe_tells_which_variables_name_files);
	tcase_add_test(tc, a_request_fills_the_variables_of_a_profile_that_it_brings);
	tcase_add_test(tc, requests_that_fill_no_profile_are_refused);
	tcase_add_test(tc, a_program_of_one_type_takes_no_profile);
	suite_add_tcase(all, tc);
	return all;
}

UNIT_MAIN(suite)
