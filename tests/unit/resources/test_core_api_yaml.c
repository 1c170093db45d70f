/* The YAML tree: places of scalars, Python's dict rules, and what PyYAML refuses. */
#include "resources/core_api/yaml_doc.h"

#include "base/buf.h"
#include "unit.h"

static void assert_refused(const char *text, size_t len, const char *message)
{
	struct tmd_yaml_doc doc;
	struct tmd_error err;

	ck_fails(tmd_yaml_parse(text, len, "/f.yml", &doc, &err), err, TMD_E_INVALID_INPUT);
	tmd_yaml_release(&doc);
	ck_assert_str_eq(err.path, "/f.yml");
	ck_assert_msg(strstr(err.message, message) != NULL, "%s lacks %s", err.message, message);
	ck_assert_msg(!strchr(err.message, '\n'), "%s", err.message);
}

static void assert_bad(const char *text, const char *message)
{
	assert_refused(text, strlen(text), message);
}

static void read_doc(const char *text, struct tmd_yaml_doc *doc)
{
	struct tmd_error err;

	ck_ok(tmd_yaml_parse(text, strlen(text), "/f.yml", doc, &err), err);
}

/* The value of a key of the root mapping. */
static const struct tmd_yaml_node *value_of(const struct tmd_yaml_doc *doc, const char *key)
{
	struct tmd_yaml_entry entry;

	ck_assert_msg(tmd_yaml_find(doc, 0, key, &entry), "no %s", key);
	return tmd_yaml_node(doc, entry.value);
}

static void assert_place(const char *text, const char *key, const char *bytes)
{
	struct tmd_yaml_doc doc;
	const struct tmd_yaml_node *node;

	read_doc(text, &doc);
	node = value_of(&doc, key);
	ck_assert_uint_eq(node->end - node->start, strlen(bytes));
	ck_assert_msg(memcmp(text + node->start, bytes, strlen(bytes)) == 0, "%s", text);
	tmd_yaml_release(&doc);
}

START_TEST(places_are_bytes_not_characters)
{
	assert_place("a: b\nv: v1\n", "v", "v1");
	assert_place("# \xC3\xBC \xE2\x80\x94 \xF0\x9F\x8E\xAC\nv: 'v1'\n", "v", "'v1'");
	assert_place("\xEF\xBB\xBFv: \"v1\" # c\r\n", "v", "\"v1\"");
	assert_place("\xEF\xBB\xBF# \xC3\xBC\r\nk: \xC3\xA4\r\nv: v1 \r\n", "v", "v1");
	assert_place("k: \"a\xE2\x80\xA8"
		     "b\"\nv: v1",
		     "v", "v1");
	assert_place("k: \xC2\x85\nv: v1", "v", "v1");
}
END_TEST

START_TEST(tag_and_anchor_are_not_part_of_the_place)
{
	assert_place("v: !!str v1\n", "v", "v1");
	assert_place("v: &a !!str 'v1'\n", "v", "'v1'");
	assert_place("v: &a\n  v1\n", "v", "v1");
}
END_TEST

START_TEST(missing_value_stands_behind_its_colon)
{
	assert_place("v:\nk: 1\n", "v", "");
	assert_place("{v: , k: 1}\n", "v", "");
}
END_TEST

START_TEST(last_of_equal_keys_counts)
{
	struct tmd_yaml_doc doc;

	read_doc("v: v1\n'v': v2\nv : v3\n", &doc);
	ck_assert(tmd_yaml_is_text(value_of(&doc, "v"), "v3"));
	tmd_yaml_release(&doc);
}
END_TEST

START_TEST(merge_keys_follow_pyyaml)
{
	struct tmd_yaml_doc doc;
	struct tmd_yaml_entry entry;

	read_doc("a: &a {x: 1a, y: 1b}\nb: &b {x: 2a, z: 2c}\n"
		 "c: {<<: [*a, *b], y: own}\nd: {<<: *a, <<: *b}\n",
		 &doc);
	ck_assert(tmd_yaml_find(&doc, 0, "c", &entry));
	{
		struct tmd_yaml_entry in;

		ck_assert(tmd_yaml_find(&doc, entry.value, "x", &in));
		ck_assert(in.merged);
		ck_assert(tmd_yaml_is_text(tmd_yaml_node(&doc, in.value), "1a"));
		ck_assert(tmd_yaml_find(&doc, entry.value, "y", &in));
		ck_assert(!in.merged);
		ck_assert(tmd_yaml_find(&doc, entry.value, "z", &in));
		ck_assert(!tmd_yaml_find(&doc, entry.value, "<<", &in));
		ck_assert(tmd_yaml_find(&doc, 0, "d", &entry));
		ck_assert(tmd_yaml_find(&doc, entry.value, "x", &in));
		ck_assert(tmd_yaml_is_text(tmd_yaml_node(&doc, in.value), "2a"));
	}
	tmd_yaml_release(&doc);
}
END_TEST

START_TEST(quoted_merge_key_is_a_plain_key)
{
	struct tmd_yaml_doc doc;

	read_doc("'<<': {x: a}\n", &doc);
	ck_assert_int_eq(value_of(&doc, "<<")->kind, TMD_YAML_MAPPING);
	tmd_yaml_release(&doc);
}
END_TEST

START_TEST(keys_are_listed_once)
{
	struct tmd_yaml_doc doc;
	TMD_AUTO_STRV struct tmd_strv keys = { 0 };

	read_doc("a: 1\n<<: {b: 2, a: 3}\nc: 4\na: 5\n6: 7\n", &doc);
	tmd_yaml_keys(&doc, 0, &keys);
	ck_assert_uint_eq(keys.count, 3);
	ck_assert(tmd_strv_has(&keys, "b"));
	tmd_yaml_release(&doc);
}
END_TEST

START_TEST(empty_stream_is_null)
{
	struct tmd_yaml_doc doc;

	read_doc("", &doc);
	ck_assert_int_eq(doc.nodes[0].tag, TMD_YAML_NULL);
	tmd_yaml_release(&doc);
	read_doc("# only a comment\n", &doc);
	ck_assert_int_eq(doc.nodes[0].tag, TMD_YAML_NULL);
	tmd_yaml_release(&doc);
}
END_TEST

START_TEST(tabs_are_refused_where_pyyaml_refuses_them)
{
	assert_bad("a:\n\tb: c\n", "line 2: a tab");
	assert_bad("a:\tb\n", "line 1: a tab");
	assert_bad("a: b\t\n", "line 1: a tab");
	assert_bad("a: b\t# c\n", "line 1: a tab");
	assert_bad("a: b\tc\n", "line 1: a tab");
	assert_bad("a: b\n\t\nc: d\n", "line 2: a tab");
	assert_bad("{a: b,\tc: d}\n", "line 1: a tab");
}
END_TEST

START_TEST(tabs_in_quotes_blocks_and_comments_are_fine)
{
	struct tmd_yaml_doc doc;

	read_doc("a: \"x\ty\" #\tc\nb: 'x\ty'\nc: |\n  x\ty\n# \t\n", &doc);
	ck_assert(tmd_yaml_is_text(value_of(&doc, "a"), "x\ty"));
	ck_assert(tmd_yaml_is_text(value_of(&doc, "c"), "x\ty\n"));
	tmd_yaml_release(&doc);
}
END_TEST

START_TEST(question_mark_in_braces_is_refused_as_in_pyyaml)
{
	struct tmd_yaml_doc doc;

	assert_bad("{a: b?c}\n", "line 1");
	assert_bad("a: b\nc: [d?]\n", "line 2");
	read_doc("a: b?c\nd: {e: 'f?g'}\n", &doc);
	tmd_yaml_release(&doc);
}
END_TEST

START_TEST(encodings)
{
	struct tmd_yaml_doc doc;
	struct tmd_error err;

	ck_ok(tmd_yaml_parse("\xFF\xFEv\0:\0 \0\x3C\xD8\xAC\xDF", 12, "/f", &doc, &err), err);
	ck_assert(doc.utf16);
	ck_assert(tmd_yaml_is_text(value_of(&doc, "v"), "\xF0\x9F\x8E\xAC"));
	tmd_yaml_release(&doc);
	ck_ok(tmd_yaml_parse("\xFE\xFF\0v\0:\0 \0x", 10, "/f", &doc, &err), err);
	ck_assert(tmd_yaml_is_text(value_of(&doc, "v"), "x"));
	tmd_yaml_release(&doc);
	assert_refused("\xFF\xFEv", 3, "UTF-16");
	assert_refused("\xFF\xFE\x3C\xD8", 4, "UTF-16");
	assert_refused("\xFF\xFE\xAC\xDF", 4, "UTF-16");
	assert_bad("a: b\n# f\xFCr\n", "line 2: not valid UTF-8");
	assert_bad("a: b\n# \xC3", "line 2: not valid UTF-8");
	assert_refused("a: b\n\0", 6, "line 2: not valid YAML");
}
END_TEST

START_TEST(what_pyyaml_cannot_load_is_refused)
{
	assert_bad("a: b\n---\nc: d\n", "line 2: a second document");
	assert_bad("a: &x 1\nb: &x 2\n", "line 2: the same anchor");
	assert_bad("a: *x\n", "line 1: an alias without its anchor");
	assert_bad("[a]: b\n", "cannot be a key");
	assert_bad("{a: b}: c\n", "cannot be a key");
	assert_bad("a: <<\n", "plain <<");
	assert_bad("a: [=]\n", "plain << or =");
	assert_bad("<<: 1\n", "no mapping to merge");
	assert_bad("<<: [{}, 1]\n", "no mapping to merge");
	assert_bad("a: !thing b\n", "cannot use the tag");
	assert_bad("a: !!map b\n", "cannot use the tag");
	assert_bad("a: !!str [b]\n", "cannot use the tag");
	assert_bad("a: !!int b\n", "looks like an integer");
	assert_bad("a: !!bool \"x\ny\"\n", "looks like a boolean");
	assert_bad("a: 2024-02-30\n", "line 1: a value there looks like a date");
	assert_bad("a: 'b\nc: d\n", "line 1: not valid YAML");
	assert_bad("a: b: c\n", "line 1: not valid YAML");
	assert_bad("a:\n  b\n c: d\n", "not valid YAML");
}
END_TEST

START_TEST(exclamation_mark_resolves_even_in_quotes)
{
	struct tmd_yaml_doc doc;

	read_doc("a: ! '0.20'\nb: !!str 0.20\nc: '0.20'\nd: !\n", &doc);
	ck_assert_int_eq(value_of(&doc, "a")->tag, TMD_YAML_FLOAT);
	ck_assert_int_eq(value_of(&doc, "b")->tag, TMD_YAML_STR);
	ck_assert_int_eq(value_of(&doc, "c")->tag, TMD_YAML_STR);
	ck_assert_int_eq(value_of(&doc, "d")->tag, TMD_YAML_NULL);
	tmd_yaml_release(&doc);
}
END_TEST

START_TEST(deep_nesting_is_refused)
{
	char text[TMD_YAML_DEPTH_MAX + 2];

	memset(text, '[', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	assert_bad(text, "line 1");
}
END_TEST

START_TEST(too_many_values_are_refused)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };

	for (int i = 0; i < TMD_YAML_NODE_MAX + 10; i++)
		tmd_buf_add_str(&text, "- a\n");
	assert_bad(tmd_buf_str(&text), "too many values");
	tmd_buf_clear(&text);
	for (int i = 0; i < TMD_YAML_NODE_MAX + 10; i++)
		tmd_buf_add_str(&text, "-\n");
	assert_bad(tmd_buf_str(&text), "too many values");
}
END_TEST

START_TEST(merges_that_explode_are_refused)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };

	tmd_buf_add_str(&text, "m0: &m0 {a: b}\n");
	for (int i = 1; i < 30; i++)
		tmd_buf_addf(&text, "m%d: &m%d {<<: [*m%d, *m%d]}\n", i, i, i - 1, i - 1);
	assert_bad(tmd_buf_str(&text), "merges a mapping into itself, or too much");
	assert_bad("&a {b: c, <<: *a}\n", "merges a mapping into itself");
}
END_TEST

START_TEST(documents_are_compared_but_for_one_scalar)
{
	struct tmd_yaml_doc a;
	struct tmd_yaml_doc b;
	struct tmd_yaml_entry entry;

	read_doc("a: 1\nv: v1\n", &a);
	ck_assert(tmd_yaml_find(&a, 0, "v", &entry));
	read_doc("a: 1 # c\nv: 2.0\n", &b);
	ck_assert(tmd_yaml_same_but(&a, &b, entry.value));
	ck_assert(!tmd_yaml_same_but(&a, &b, 0));
	tmd_yaml_release(&b);
	read_doc("a: '1'\nv: v2\n", &b);
	ck_assert(!tmd_yaml_same_but(&a, &b, entry.value));
	tmd_yaml_release(&b);
	read_doc("a: 1\nv: v2\nw: x\n", &b);
	ck_assert(!tmd_yaml_same_but(&a, &b, entry.value));
	tmd_yaml_release(&b);
	read_doc("a: 1\nv: [v2]\n", &b);
	ck_assert(!tmd_yaml_same_but(&a, &b, entry.value));
	tmd_yaml_release(&b);
	tmd_yaml_release(&a);
}
END_TEST

static Suite *yaml_suite(void)
{
	Suite *suite = suite_create("core_api yaml");
	TCase *core = tcase_create("core");

	tcase_add_test(core, places_are_bytes_not_characters);
	tcase_add_test(core, tag_and_anchor_are_not_part_of_the_place);
	tcase_add_test(core, missing_value_stands_behind_its_colon);
	tcase_add_test(core, last_of_equal_keys_counts);
	tcase_add_test(core, merge_keys_follow_pyyaml);
	tcase_add_test(core, quoted_merge_key_is_a_plain_key);
	tcase_add_test(core, keys_are_listed_once);
	tcase_add_test(core, empty_stream_is_null);
	tcase_add_test(core, tabs_are_refused_where_pyyaml_refuses_them);
	tcase_add_test(core, tabs_in_quotes_blocks_and_comments_are_fine);
	tcase_add_test(core, question_mark_in_braces_is_refused_as_in_pyyaml);
	tcase_add_test(core, encodings);
	tcase_add_test(core, what_pyyaml_cannot_load_is_refused);
	tcase_add_test(core, exclamation_mark_resolves_even_in_quotes);
	tcase_add_test(core, deep_nesting_is_refused);
	tcase_add_test(core, too_many_values_are_refused);
	tcase_add_test(core, merges_that_explode_are_refused);
	tcase_add_test(core, documents_are_compared_but_for_one_scalar);
	suite_add_tcase(suite, core);
	return suite;
}

UNIT_MAIN(yaml_suite)
