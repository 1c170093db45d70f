/* The field table at work: text, defaults, parameters, what is told of a resource. */
#include "unit.h"

#include "base/mem.h"
#include "resources/type.h"

enum {
	F_PATH,
	F_PYTHON,
	F_STATE,
	F_STORE,
	F_VALUE,
	F_COUNT,
	F_TAGS,
	F_MAP,
	F_STRICT,
	F_NOTE,
	FIELDS,
};

static const char *const states[] = { "present", TMD_ABSENT, NULL };
static const struct tmd_field fields[FIELDS] = {
	[F_PATH] = { "path", TMD_T_PATH, TMD_F_KEY | TMD_F_ALTERNATIVE, NULL, NULL, "" },
	[F_PYTHON] = { "python", TMD_T_PATH, TMD_F_KEY | TMD_F_ALTERNATIVE, NULL, NULL, "" },
	[F_STATE] = { "presence", TMD_T_ENUM, TMD_F_STATE, "present", states, "" },
	[F_STORE] = { "store", TMD_T_STRING, TMD_F_PARAM | TMD_F_REFERS, NULL, NULL, "" },
	[F_VALUE] = { "value", TMD_T_STRING, TMD_F_REFERS, NULL, NULL, "" },
	[F_COUNT] = { "count", TMD_T_INT, TMD_F_PARAM, "12", NULL, "" },
	[F_TAGS] = { "tags", TMD_T_LIST, TMD_F_PARAM, "one", NULL, "" },
	[F_MAP] = { "map", TMD_T_MAP, TMD_F_PARAM, NULL, NULL, "" },
	[F_STRICT] = { "strict", TMD_T_BOOL, 0, "true", NULL, "" },
	[F_NOTE] = { "note", TMD_T_STRING, 0, NULL, NULL, "" },
};

static struct tmd_value input[FIELDS];
static struct tmd_value desired[FIELDS];
static struct tmd_value current[FIELDS];
static enum tmd_rc read_result;

static enum tmd_rc normalize(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_error *err)
{
	(void)ctx;
	(void)err;
	tmd_value_set_string(&r->desired[F_NOTE], "normalized");
	return TMD_OK;
}

static enum tmd_rc read_it(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_error *err)
{
	(void)ctx;
	tmd_value_set_int(&r->current[F_COUNT], 3);
	return read_result ? tmd_fail(err, TMD_E_IO, NULL, NULL, "no") : TMD_OK;
}

static const struct tmd_type type = {
	.name = "toy",
	.fields = fields,
	.field_count = FIELDS,
	.normalize = normalize,
	.read = read_it,
};
static struct tmd_resource r;

static void setup(void)
{
	r = (struct tmd_resource){
		.type = &type, .input = input, .desired = desired, .current = current
	};
	read_result = TMD_OK;
}

static void teardown(void)
{
	for (size_t i = 0; i < FIELDS; i++) {
		tmd_value_release(&input[i]);
		tmd_value_release(&desired[i]);
		tmd_value_release(&current[i]);
	}
}

START_TEST(text_becomes_a_value_of_the_fields_type)
{
	TMD_AUTO_VALUE struct tmd_value value = { 0 };

	ck_assert(tmd_field_parse(&fields[F_STRICT], "false", &value));
	ck_assert(value.kind == TMD_V_BOOL && !value.boolean);
	ck_assert(tmd_field_parse(&fields[F_COUNT], "42", &value));
	ck_assert(value.kind == TMD_V_INT && value.integer == 42);
	ck_assert(tmd_field_parse(&fields[F_NOTE], "", &value));
	ck_assert_str_eq(tmd_value_str(&value), "");
}
END_TEST

START_TEST(text_that_does_not_fit_leaves_the_value_alone)
{
	TMD_AUTO_VALUE struct tmd_value value = { 0 };

	tmd_value_set_string(&value, "kept");
	ck_assert(!tmd_field_parse(&fields[F_STRICT], "yes", &value));
	ck_assert(!tmd_field_parse(&fields[F_COUNT], "-1", &value));
	ck_assert(!tmd_field_parse(&fields[F_COUNT], "9223372036854775808", &value));
	ck_assert(!tmd_field_parse(&fields[F_MAP], "novalue", &value));
	ck_assert(!tmd_field_parse(&fields[F_MAP], "=novalue", &value));
	ck_assert_str_eq(tmd_value_str(&value), "kept");
}
END_TEST

START_TEST(lists_and_maps_collect_and_empty_text_adds_nothing)
{
	TMD_AUTO_VALUE struct tmd_value list = { 0 };
	TMD_AUTO_VALUE struct tmd_value map = { 0 };

	ck_assert(tmd_field_collects(&fields[F_TAGS]) && tmd_field_collects(&fields[F_MAP]));
	ck_assert(!tmd_field_collects(&fields[F_NOTE]));
	ck_assert(tmd_field_parse(&fields[F_TAGS], "", &list));
	ck_assert(list.kind == TMD_V_LIST && list.list.count == 0);
	ck_assert(tmd_field_parse(&fields[F_TAGS], "a", &list));
	ck_assert(tmd_field_parse(&fields[F_TAGS], "b", &list));
	ck_assert_uint_eq(list.list.count, 2);
	ck_assert(tmd_field_parse(&fields[F_MAP], "", &map));
	ck_assert(map.kind == TMD_V_MAP && map.list.count == 0);
	ck_assert(tmd_field_parse(&fields[F_MAP], "A=b=c", &map));
	ck_assert(tmd_field_parse(&fields[F_MAP], "B=", &map));
	ck_assert_str_eq(tmd_value_map_get(&map, "A"), "b=c");
	ck_assert_str_eq(tmd_value_map_get(&map, "B"), "");
}
END_TEST

START_TEST(what_is_not_given_is_wished_for_as_the_table_says)
{
	tmd_value_set_string(&desired[F_NOTE], "left over");
	tmd_resource_wish(&r);
	ck_assert_str_eq(tmd_value_str(&desired[F_STATE]), "present");
	ck_assert_int_eq(desired[F_COUNT].integer, 12);
	ck_assert_str_eq(desired[F_TAGS].list.items[0], "one");
	ck_assert(desired[F_STRICT].kind == TMD_V_BOOL && desired[F_STRICT].boolean);
	ck_assert_int_eq(desired[F_STORE].kind, TMD_V_NULL);
	ck_assert_int_eq(desired[F_NOTE].kind, TMD_V_NULL);
}
END_TEST

START_TEST(what_is_given_is_wished_for_where_the_engine_may_say_so)
{
	tmd_value_set_string(&input[F_STORE], "here");
	tmd_value_set_bool(&input[F_STRICT], false);
	tmd_value_set_list(&input[F_TAGS], &(struct tmd_strv){ 0 });
	tmd_value_set_string(&input[F_NOTE], "for normalize() to judge");
	tmd_value_set_string(&input[F_PATH], "/a");
	tmd_resource_wish(&r);
	ck_assert_str_eq(tmd_value_str(&desired[F_STORE]), "here");
	ck_assert(!desired[F_STRICT].boolean);
	ck_assert(desired[F_TAGS].kind == TMD_V_LIST && desired[F_TAGS].list.count == 0);
	ck_assert_int_eq(desired[F_NOTE].kind, TMD_V_NULL);
	ck_assert_int_eq(desired[F_PATH].kind, TMD_V_NULL);
}
END_TEST

START_TEST(parameters_are_read_as_wished_for_unless_the_type_says_more)
{
	struct tmd_error err;

	tmd_value_set_string(&input[F_STORE], "here");
	ck_ok(tmd_resource_normalize(NULL, &r, &err), err);
	ck_assert_str_eq(tmd_value_str(&desired[F_NOTE]), "normalized");
	ck_ok(tmd_resource_read(NULL, &r, &err), err);
	ck_assert_str_eq(tmd_value_str(&current[F_STORE]), "here");
	ck_assert_int_eq(current[F_COUNT].integer, 3);
	ck_assert_int_eq(current[F_STATE].kind, TMD_V_NULL);
	ck_assert_int_eq(current[F_NOTE].kind, TMD_V_NULL);
}
END_TEST

START_TEST(a_failed_reading_tells_no_parameters)
{
	struct tmd_error err;

	ck_ok(tmd_resource_normalize(NULL, &r, &err), err);
	read_result = TMD_FAILED;
	ck_fails(tmd_resource_read(NULL, &r, &err), err, TMD_E_IO);
	ck_assert_int_eq(current[F_TAGS].kind, TMD_V_NULL);
}
END_TEST

START_TEST(what_is_withheld_stays_as_given_and_is_never_told)
{
	struct tmd_error err;

	tmd_value_set_string(&input[F_STORE], "secret");
	tmd_value_set_string(&input[F_PATH], "/a");
	ck_assert_str_eq(tmd_value_str(tmd_resource_told(&r, F_STORE)), "secret");
	tmd_resource_withhold(&r, F_STORE);
	ck_assert_int_eq(tmd_resource_told(&r, F_STORE)->kind, TMD_V_NULL);
	ck_assert_int_eq(tmd_resource_given(&r, F_STORE)->kind, TMD_V_NULL);
	ck_assert_str_eq(tmd_value_str(&r.input[F_STORE]), "secret");
	ck_assert_str_eq(tmd_value_str(tmd_resource_told(&r, F_PATH)), "/a");
	ck_ok(tmd_resource_normalize(NULL, &r, &err), err);
	ck_assert_str_eq(tmd_value_str(tmd_resource_told(&r, F_STORE)), "secret");
}
END_TEST

START_TEST(only_what_names_or_steers_is_told_as_given)
{
	tmd_value_set_string(&input[F_VALUE], "a wish");
	tmd_value_set_string(&input[F_STORE], "as given");
	ck_assert_int_eq(tmd_resource_told(&r, F_VALUE)->kind, TMD_V_NULL);
	tmd_value_set_string(&current[F_STORE], "as read");
	ck_assert_str_eq(tmd_value_str(tmd_resource_told(&r, F_STORE)), "as read");
}
END_TEST

START_TEST(the_table_says_which_word_wants_it_gone)
{
	ck_assert(!tmd_resource_is_to_go(&r));
	tmd_value_set_string(&input[F_NOTE], TMD_ABSENT);
	ck_assert(!tmd_resource_is_to_go(&r));
	tmd_value_set_string(&input[F_STATE], TMD_ABSENT);
	ck_assert(tmd_resource_is_to_go(&r));
}
END_TEST

START_TEST(the_path_that_names_it_is_the_key_that_was_given)
{
	ck_assert_ptr_null(tmd_resource_path(&r));
	tmd_value_set_string(&input[F_PYTHON], "/usr/bin/python3");
	ck_assert_str_eq(tmd_resource_path(&r), "/usr/bin/python3");
}
END_TEST

START_TEST(only_fields_that_may_refer_to_a_file_do)
{
	tmd_value_set_string(&input[F_NOTE], "/opt/ca.pem");
	ck_assert_int_eq(tmd_resource_refers(&r, "/opt/ca.pem"), TMD_REFERS_NOT);
	tmd_value_set_string(&input[F_VALUE], "/elsewhere/opt/ca.pem");
	ck_assert_int_eq(tmd_resource_refers(&r, "/opt/ca.pem"), TMD_REFERS_NOT);
	tmd_value_set_string(&input[F_STORE], "C:/opt/ca.pem"); /* a drive is not a word */
	ck_assert_int_eq(tmd_resource_refers(&r, "/opt/ca.pem"), TMD_REFERS_NOT);
	tmd_value_set_string(&input[F_STORE], "bundle:/opt/ca.pem");
	ck_assert_int_eq(tmd_resource_refers(&r, "/opt/ca.pem"), TMD_REFERS_INSIDE);
	tmd_value_set_string(&input[F_STORE], "/opt/ca.pem");
	ck_assert_int_eq(tmd_resource_refers(&r, "/opt/ca.pem"), TMD_REFERS_TO_FILE);
}
END_TEST

START_TEST(a_field_is_found_by_its_whole_name)
{
	ck_assert_uint_eq(tmd_field_find(fields, FIELDS, "path"), F_PATH);
	ck_assert_uint_eq(tmd_field_find(fields, FIELDS, "note"), F_NOTE);
	ck_assert_uint_eq(tmd_field_find(fields, FIELDS, "no"), FIELDS);
	ck_assert_uint_eq(tmd_field_find(fields, F_NOTE, "note"), F_NOTE);
	ck_assert_uint_eq(tmd_field_find(NULL, 0, "path"), 0);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("resources_field");
	TCase *c = tcase_create("field");

	tcase_add_checked_fixture(c, setup, teardown);
	suite_add_tcase(s, c);
	tcase_add_test(c, text_becomes_a_value_of_the_fields_type);
	tcase_add_test(c, text_that_does_not_fit_leaves_the_value_alone);
	tcase_add_test(c, lists_and_maps_collect_and_empty_text_adds_nothing);
	tcase_add_test(c, what_is_not_given_is_wished_for_as_the_table_says);
	tcase_add_test(c, what_is_given_is_wished_for_where_the_engine_may_say_so);
	tcase_add_test(c, parameters_are_read_as_wished_for_unless_the_type_says_more);
	tcase_add_test(c, a_failed_reading_tells_no_parameters);
	tcase_add_test(c, what_is_withheld_stays_as_given_and_is_never_told);
	tcase_add_test(c, only_what_names_or_steers_is_told_as_given);
	tcase_add_test(c, the_table_says_which_word_wants_it_gone);
	tcase_add_test(c, the_path_that_names_it_is_the_key_that_was_given);
	tcase_add_test(c, only_fields_that_may_refer_to_a_file_do);
	tcase_add_test(c, a_field_is_found_by_its_whole_name);
	return s;
}

UNIT_MAIN(suite)
