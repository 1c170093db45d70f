/* The YAML tree: places of scalars, Python's dict rules, and what PyYAML refuses. */
#include "base/buf.h"
#include "yaml/doc.h"
#include "unit.h"

static const struct tmd_yaml_limits limits = { 100000, 20000 };

static void assert_refused_at(const char *text, size_t len, size_t line, const char *message)
{
	struct tmd_yaml_doc doc;
	struct tmd_error err;

	ck_fails(tmd_yaml_parse(text, len, &limits, &doc, &err), err, TMD_E_INVALID_INPUT);
	ck_assert_msg(!line || doc.bad_line == line, "line %zu: %s", doc.bad_line, err.message);
	tmd_yaml_release(&doc);
	ck_assert_msg(strstr(err.message, message) != NULL, "%s lacks %s", err.message, message);
	ck_assert_msg(!strchr(err.message, '\n'), "%s", err.message);
	ck_assert(err.hint[0]);
}

/* `message` may begin with "line N: ". */
static void assert_refused(const char *text, size_t len, const char *message)
{
	size_t line = 0;
	const char *colon = strstr(message, ": ");

	if (strncmp(message, "line ", 5) == 0) {
		line = strtoul(message + 5, NULL, 10);
		message = colon ? colon + 2 : "";
	}
	assert_refused_at(text, len, line, message);
}

static void assert_bad(const char *text, const char *message)
{
	assert_refused(text, strlen(text), message);
}

static void read_doc(const char *text, struct tmd_yaml_doc *doc)
{
	struct tmd_error err;

	ck_ok(tmd_yaml_parse(text, strlen(text), &limits, doc, &err), err);
}

static void assert_fine(const char *text)
{
	struct tmd_yaml_doc doc;

	read_doc(text, &doc);
	tmd_yaml_release(&doc);
}

/* The value of a key of the root mapping. */
static const struct tmd_yaml_node *value_of(const struct tmd_yaml_doc *doc, const char *key)
{
	const struct tmd_yaml_node *value = tmd_yaml_find(doc, doc->nodes, key);

	ck_assert_msg(value != NULL, "no %s", key);
	return value;
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
	assert_place("v: !!str # why\n  &a v1\n", "v", "v1");
	assert_place("v: !<tag:yaml.org,2002:str> \"v1\"\n", "v", "\"v1\"");
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

START_TEST(merge_keys_and_aliases_are_told_and_not_followed)
{
	struct tmd_yaml_doc doc;
	const struct tmd_yaml_node *map;

	read_doc("a: &a {x: 1a}\nb: *a\nc: {<<: [*a, {z: w}], y: own}\n", &doc);
	ck_assert_int_eq(value_of(&doc, "b")->kind, TMD_YAML_ALIAS);
	ck_assert_int_eq(value_of(&doc, "b")->tag, TMD_YAML_MAP);
	ck_assert(value_of(&doc, "a")->anchored);
	map = value_of(&doc, "c");
	ck_assert_uint_eq(map->count, 4);
	ck_assert_int_eq(tmd_yaml_first(&doc, map)->tag, TMD_YAML_MERGE);
	ck_assert_ptr_null(tmd_yaml_find(&doc, map, "x"));
	ck_assert_ptr_null(tmd_yaml_find(&doc, map, "<<"));
	ck_assert(tmd_yaml_is_text(tmd_yaml_find(&doc, map, "y"), "own"));
	tmd_yaml_release(&doc);
}
END_TEST

START_TEST(lines_and_columns_begin_at_one)
{
	struct tmd_yaml_doc doc;

	read_doc("# \xC3\xA4\na: {\xC3\xA4: b}\n", &doc);
	ck_assert_uint_eq(doc.nodes[0].line, 2);
	ck_assert_uint_eq(doc.nodes[0].column, 1);
	ck_assert_uint_eq(doc.nodes[4].column, 8);
	ck_assert_uint_eq(doc.nodes[4].start, 13);
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

START_TEST(tabs_behind_a_block_mark_are_refused_too)
{
	assert_bad("a: |\t\n  x\n", "line 1: a tab");
	assert_bad("a: >-\t# c\n  x\n", "line 1: a tab");
	assert_fine("a: |- # c\tc\n  x\n");
}
END_TEST

START_TEST(what_only_libyaml_reads_is_refused)
{
	assert_bad("n:\n  t: ># why\n    x\n", "line 2: a # stands right behind");
	assert_fine("t: > # why\n  x\n");
	assert_bad("%YAML 1.1#...\n---\na: b\n", "line 1: a # stands right behind a directive");
	assert_fine("%YAML 1.1 #...\n---\na: b\n");
	assert_bad("{a: x, b:   !, c: v}\n", "line 1: a tag ends without a blank");
	assert_bad("a: {\n  b : !!str,\n  !!str : c }\n", "line 2: a tag ends without a blank");
	assert_bad("[!!str, a]\n", "line 1: a tag ends without a blank");
	assert_fine("[!!str a, ! b, !<tag:yaml.org,2002:str> c]\n");
	assert_bad("a: b\n\xEF\xBB\xBF# c\n", "line 2: a byte order mark");
	assert_bad("# a\n\xEF\xBB\xBF# b\n# c\nd: e\n", "line 2: a byte order mark");
	assert_fine("a: b\xEF\xBB\xBF# \xEF\xBB\xBF\n");
}
END_TEST

/* PyYAML reads all of these: what is said is what libyaml says, and how to write it. */
START_TEST(what_only_libyaml_cannot_read_is_refused_by_its_name)
{
	assert_bad("%YAM 1.1\n---\na: b\n", "line 1: libyaml cannot read it: found unknown directive");
	assert_bad("%YAML 1.9\n---\na: b\n", "line 1: libyaml cannot read it: found incompatible");
	assert_bad("{plain : \"q\",\nhttp://x.com,\nleft:,}\n", "libyaml cannot read it: found unexp");
	assert_bad("a:\n  \"\\udd00\"\n", "line 2: libyaml cannot read it: found invalid Unicode");
	assert_bad("b: |-\n \tc\n", "libyaml cannot read it: found a tab character");
	assert_fine("b: |1-\n \tc\n");
	assert_fine("b: |-\n c\td\n \te\n");
}
END_TEST

START_TEST(tags_of_lists_and_of_python_are_read_as_pyyaml_reads_them)
{
	assert_fine("a: !!omap [b: c, d: e]\nf: !!pairs\n- g: h\n- g: i\n");
	assert_bad("a: !!omap [b, c: d]\n", "line 1: an item of an ordered mapping is no pair");
	assert_bad("a: !!pairs\n- b: c\n  d: e\n", "line 2: an item of an ordered mapping is no");
	assert_bad("a: !!omap [{}]\n", "line 1: an item of an ordered mapping is no pair");
	assert_bad("a: !!pairs {b: c}\n", "line 1: a tag is none that is known");
	assert_fine("a: &x {b: c}\nd: !!pairs [*x]\n");
	assert_fine("a: !!python/tuple [1, 2]\nb: !!python/none ''\nc: !!python/unicode d\n"
		    "e: !!python/dict {f: g}\nh: !!python/long 3\n");
	assert_bad("a: !!python/int x\n", "line 1: a value there looks like an integer");
	assert_bad("a: !!python/object:os.x {}\n", "line 1: a tag is none that is known");
}
END_TEST

START_TEST(tags_that_pyyaml_knows_are_fine_elsewhere)
{
	struct tmd_yaml_doc doc;

	read_doc("l: !!binary \"\\\n dHJ1\\\n c3Rt\"\ns: !!set\n  ? a\n  ? b\nt: !!set {c, d}\n", &doc);
	ck_assert_int_eq(value_of(&doc, "l")->tag, TMD_YAML_BINARY);
	ck_assert_int_eq(value_of(&doc, "s")->tag, TMD_YAML_SET);
	ck_assert_int_eq(value_of(&doc, "t")->tag, TMD_YAML_SET);
	tmd_yaml_release(&doc);
	assert_bad("a: !!set [b]\n", "line 1: a tag is none that is known");
	assert_bad("a: !!binary b\n", "line 1: a value there looks like binary");
	assert_bad("a: !!int \"1\\0\"\n", "line 1: a value there looks like an integer");
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

	ck_ok(tmd_yaml_parse("\xFF\xFEv\0:\0 \0\x3C\xD8\xAC\xDF", 12, &limits, &doc, &err), err);
	ck_assert(doc.utf16);
	ck_assert(tmd_yaml_is_text(value_of(&doc, "v"), "\xF0\x9F\x8E\xAC"));
	tmd_yaml_release(&doc);
	ck_ok(tmd_yaml_parse("\xFE\xFF\0v\0:\0 \0x", 10, &limits, &doc, &err), err);
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
	assert_bad("a: !thing b\n", "a tag is none that is known");
	assert_bad("a: !!map b\n", "a tag is none that is known");
	assert_bad("a: !!str [b]\n", "a tag is none that is known");
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
	char text[2 * TMD_YAML_DEPTH_MAX + 3];

	memset(text, '[', TMD_YAML_DEPTH_MAX + 1);
	memset(text + TMD_YAML_DEPTH_MAX + 1, ']', TMD_YAML_DEPTH_MAX + 1);
	text[sizeof(text) - 1] = '\0';
	assert_bad(text, "line 1: nested too deep");
	text[2 * TMD_YAML_DEPTH_MAX + 1] = '\0';
	assert_fine(text + 1);
}
END_TEST

START_TEST(too_many_values_are_refused)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };

	for (int i = 0; i < (int)limits.nodes + 10; i++)
		tmd_buf_add_str(&text, "- a\n");
	assert_bad(tmd_buf_str(&text), "more than 20000 values");
	tmd_buf_clear(&text);
	for (int i = 0; i < (int)limits.nodes + 10; i++)
		tmd_buf_add_str(&text, "-\n");
	assert_bad(tmd_buf_str(&text), "more than 20000 values");
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
	assert_bad("&s [{<<: *s}]\n", "merges a mapping into itself");
	tmd_buf_clear(&text);
	tmd_buf_add_str(&text, "e: &e [{}, {}, {}, {}, {}, {}, {}, {}, {}, {}]\n");
	for (int i = 0; i < 2100; i++)
		tmd_buf_addf(&text, "m%d: {<<: *e}\n", i);
	assert_bad(tmd_buf_str(&text), "or too much");
	assert_fine("a: &a {b: c}\nd: &d {<<: *a}\ne: {<<: [*a, *d]}\n");
}
END_TEST

START_TEST(too_many_bytes_are_refused)
{
	static const struct tmd_yaml_limits few = { 4, 10 };
	struct tmd_yaml_doc doc;
	struct tmd_error err;

	ck_ok(tmd_yaml_parse("a: b", 4, &few, &doc, &err), err);
	tmd_yaml_release(&doc);
	ck_fails(tmd_yaml_parse("a: b\n", 5, &few, &doc, &err), err, TMD_E_INVALID_INPUT);
	tmd_yaml_release(&doc);
}
END_TEST

START_TEST(documents_are_compared_but_for_one_scalar)
{
	static const struct {
		const char *text;
		bool same;
	} cases[] = {
		{ "a: 1 # c\nv: 2.0\n", true }, { "a: '1'\nv: v2\n", false },
		{ "a: 1\nv: v2\nw: x\n", false }, { "a: 1\nv: [v2]\n", false },
		{ "b: 1\nv: v1\n", false },
	};
	struct tmd_yaml_doc a;
	struct tmd_yaml_doc b;

	read_doc("a: 1\nv: v1\n", &a);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		read_doc(cases[i].text, &b);
		ck_assert_msg(tmd_yaml_same_but(&a, &b, 4) == cases[i].same, "%s", cases[i].text);
		ck_assert(!tmd_yaml_same_but(&a, &b, 0));
		tmd_yaml_release(&b);
	}
	tmd_yaml_release(&a);
	read_doc("a: [b, [c]]\n", &a);
	read_doc("a: [b, c, []]\n", &b);
	ck_assert(!tmd_yaml_same_but(&a, &b, 1));
	tmd_yaml_release(&b);
	tmd_yaml_release(&a);
}
END_TEST

static Suite *yaml_suite(void)
{
	Suite *suite = suite_create("yaml parse");
	TCase *core = tcase_create("core");

	tcase_add_test(core, places_are_bytes_not_characters);
	tcase_add_test(core, tag_and_anchor_are_not_part_of_the_place);
	tcase_add_test(core, missing_value_stands_behind_its_colon);
	tcase_add_test(core, last_of_equal_keys_counts);
	tcase_add_test(core, merge_keys_and_aliases_are_told_and_not_followed);
	tcase_add_test(core, lines_and_columns_begin_at_one);
	tcase_add_test(core, quoted_merge_key_is_a_plain_key);
	tcase_add_test(core, empty_stream_is_null);
	tcase_add_test(core, tabs_are_refused_where_pyyaml_refuses_them);
	tcase_add_test(core, tabs_in_quotes_blocks_and_comments_are_fine);
	tcase_add_test(core, tabs_behind_a_block_mark_are_refused_too);
	tcase_add_test(core, what_only_libyaml_reads_is_refused);
	tcase_add_test(core, what_only_libyaml_cannot_read_is_refused_by_its_name);
	tcase_add_test(core, tags_of_lists_and_of_python_are_read_as_pyyaml_reads_them);
	tcase_add_test(core, tags_that_pyyaml_knows_are_fine_elsewhere);
	tcase_add_test(core, question_mark_in_braces_is_refused_as_in_pyyaml);
	tcase_add_test(core, encodings);
	tcase_add_test(core, what_pyyaml_cannot_load_is_refused);
	tcase_add_test(core, exclamation_mark_resolves_even_in_quotes);
	tcase_add_test(core, deep_nesting_is_refused);
	tcase_add_test(core, too_many_values_are_refused);
	tcase_add_test(core, merges_that_explode_are_refused);
	tcase_add_test(core, too_many_bytes_are_refused);
	tcase_add_test(core, documents_are_compared_but_for_one_scalar);
	suite_add_tcase(suite, core);
	return suite;
}

UNIT_MAIN(yaml_suite)
