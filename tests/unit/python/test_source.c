/* Constructions of Shotgun: found, told, changed, refused. */
#include "python/source.h"

#include "base/mem.h"
#include "base/str.h"
#include "unit.h"

#define IMPORT "import os\nimport shotgun_api3\nfrom shotgun_api3 import Shotgun\n"

static void read_source(const char *text, struct tmd_py_source *out)
{
	struct tmd_error err = { 0 };

	ck_ok(tmd_py_read(text, strlen(text), "/a.py", out, &err), err);
}

/* What is found in IMPORT and this line, each as "LINE:COLUMN value", or "... !why". */
static void found(const char *text, const char *wanted)
{
	TMD_AUTO_FREE char *whole = tmd_format(IMPORT "%s\n", text);
	TMD_CLEANUP(tmd_py_source_release) struct tmd_py_source source = { 0 };
	TMD_AUTO_BUF struct tmd_buf told = { 0 };

	read_source(whole, &source);
	for (size_t i = 0; i < source.count; i++) {
		const struct tmd_py_call *call = &source.calls[i];

		tmd_buf_addf(&told, "%s%zu:%zu %s", i ? "; " : "", call->line - 3, call->column,
			     call->why ? "!" : "");
		tmd_buf_addf(&told, "%s", call->why ? call->why : call->value ? call->value : "-");
	}
	ck_assert_str_eq(tmd_buf_str(&told), wanted);
}

/* IMPORT and `before` become IMPORT and `after`; `wish` NULL: the argument is removed. */
static void edited(const char *wish, const char *before, const char *after)
{
	TMD_AUTO_FREE char *whole = tmd_format(IMPORT "%s", before);
	TMD_AUTO_FREE char *wanted = tmd_format(IMPORT "%s", after);
	TMD_CLEANUP(tmd_py_source_release) struct tmd_py_source source = { 0 };
	TMD_CLEANUP(tmd_py_wish_release) struct tmd_py_wish parsed = { 0 };
	TMD_AUTO_BUF struct tmd_buf out = { 0 };
	struct tmd_error err = { 0 };

	if (wish)
		ck_ok(tmd_py_wish_parse(wish, &parsed, &err), err);
	read_source(whole, &source);
	ck_ok(tmd_py_edit(&source, wish ? &parsed : NULL, "/a.py", &out, &err), err);
	ck_assert_str_eq(tmd_buf_str(&out), wanted);
}

static void refused(const char *wish, const char *text, const char *why)
{
	TMD_AUTO_FREE char *whole = tmd_format(IMPORT "%s", text);
	TMD_CLEANUP(tmd_py_source_release) struct tmd_py_source source = { 0 };
	TMD_CLEANUP(tmd_py_wish_release) struct tmd_py_wish parsed = { 0 };
	struct tmd_error err = { 0 };
	bool change;

	if (wish)
		ck_ok(tmd_py_wish_parse(wish, &parsed, &err), err);
	read_source(whole, &source);
	ck_assert_uint_eq(source.count, 1);
	ck_fails(tmd_py_judge(&source, &source.calls[0], wish ? &parsed : NULL, "/a.py", &change,
			      &err),
		 err, TMD_E_REFUSED);
	ck_assert_msg(strstr(err.message, why), "%s", err.message);
}

START_TEST(the_class_is_known_under_each_of_its_names)
{
	found("Shotgun('u')", "1:1 -");
	found("x = shotgun_api3.Shotgun('u')", "1:5 -");
	found("x = shotgun_api3.shotgun.Shotgun('u')", "1:5 -");
	found("import shotgun_api3 as s\ns.Shotgun('u')", "2:1 -");
	found("import a.shotgun_api3\na.shotgun_api3.Shotgun('u')", "2:1 -");
	found("from tank_vendor.shotgun_api3 import Shotgun as S\nS('u')", "2:1 -");
	found("from .shotgun_api3 import *\nShotgun('u')", "2:1 -");
	found("S = T = Shotgun\nT('u')", "2:1 -");
	found("__import__('shotgun_api3').Shotgun('u')", "1:1 -");
	found("try:\n  from tank_vendor.shotgun_api3 import Shotgun\nexcept ImportError:\n"
	      "  Shotgun = None\nShotgun('u')", "5:1 -");
	found("def f():\n  global C\n  C = Shotgun\ndef g():\n  return C('u')", "5:10 -");
}
END_TEST

START_TEST(what_has_the_name_only_is_left_alone)
{
	found("class Gun(object): pass\nGun()\nclass Shotgun(object): pass\n", "");
	found("def f():\n  class Shotgun(Gun): pass\n  Shotgun('u')", "");
	found("from shotgun_api3.lib import mockgun\nmockgun.Shotgun('u')",
	      "2:1 !mockgun connects to nothing");
	found("from games import Shotgun as S\nimport arms\narms.Shotgun()",
	      "3:1 !arms.Shotgun is not the class of shotgun_api3");
	found("# Shotgun('u')\nx = \"Shotgun('u')\"", "");
}
END_TEST

START_TEST(what_cannot_be_told_is_said)
{
	found("def f(Shotgun):\n  Shotgun('u')", "2:3 !the file does not say what Shotgun is here");
	found("self.api.Shotgun('u')", "1:1 !the file does not say what Shotgun is here");
	found("if x:\n  Shotgun = other()\nShotgun('u')",
	      "3:1 !its name stands for other things, too");
	found("class A(Mixin, Shotgun): pass\nA('u')",
	      "2:1 !its class has other bases or a decorator");
	found("Shotgun(*a)", "1:1 !*a may hold ca_certs");
	found("Shotgun('u', **k)", "1:1 !**k may hold ca_certs");
	found("Shotgun(u for u in v)", "1:1 !its only argument is a generator");
	found("x = `1`\nShotgun('u')",
	      "2:1 !line 4 is not understood (an error, or backquotes of Python 2)");
	found("x = (1,\nShotgun('u')",
	      "2:1 !line 4 is not understood (an error, or backquotes of Python 2)");
}
END_TEST

START_TEST(what_stands_before_an_error_is_sure)
{
	found("Shotgun('u')\nx = ((\n", "1:1 -");
}
END_TEST

START_TEST(the_argument_is_found_by_keyword_and_by_place)
{
	found("Shotgun('u', ca_certs='/a')", "1:1 /a");
	found("Shotgun(ca_certs = r'C:\\a', *b, **c)", "1:1 C:\\a");
	found("Shotgun(1, 2, 3, 4, 5, 6, 7, '/a', 9)", "1:1 /a");
	found("Shotgun(1, 2, 3, 4, 5, 6, 7, '/a', *b)", "1:1 /a");
	found("Shotgun(1, 2, 3, 4, 5, 6, *b, 8)", "1:1 !*b may hold ca_certs");
	found("Shotgun(1, 2, 3, 4, 5, 6, *b, 8, 9)", "1:1 !*b may hold ca_certs");
	found("Shotgun('u', ca_certs=None)", "1:1 -");
	found("Shotgun('u', ca_certs = os.environ . get( 'X' ) or  None)",
	      "1:1 os.environ.get(\"X\") or None");
	found("Shotgun(1, 2, 3, 4, 5, 6, 7, 8, ca_certs=9)", "1:1 !ca_certs is given twice");
}
END_TEST

START_TEST(a_derived_class_constructs_it_too)
{
	found("class A(Shotgun): pass\nclass B(A): x = 1\nA('u'); B('u')", "3:1 -; 3:9 -");
	found("class A(Shotgun):\n  def __init__(self, u):\n    super(A, self).__init__(u)\nA('u')",
	      "3:5 -");
	found("class A(Shotgun):\n  def __init__(self):\n"
	      "    shotgun_api3.Shotgun.__init__(self, 1, 2, 3, 4, 5, 6, 7, '/a')", "3:5 /a");
	found("class A(Shotgun):\n  def __init__(self, **k):\n    super().__init__(**k)",
	      "3:5 !**k may hold ca_certs");
	found("class A(dict):\n  def __init__(self, **k):\n    super().__init__(**k)", "");
}
END_TEST

START_TEST(columns_count_characters)
{
	found("x = '\xc3\xa4\xe2\x82\xac'; Shotgun('u')", "1:11 -");
	found("\tShotgun('u')", "1:2 -");
}
END_TEST

START_TEST(the_argument_is_added_in_the_style_of_the_others)
{
	edited("/a", "Shotgun('u')", "Shotgun('u', ca_certs=\"/a\")");
	edited("/a", "Shotgun('u',)", "Shotgun('u', ca_certs=\"/a\",)");
	edited("/a", "Shotgun('u', ) # c", "Shotgun('u', ca_certs=\"/a\", ) # c");
	edited("/a", "Shotgun()", "Shotgun(ca_certs=\"/a\")");
	edited("/a", "Shotgun(\r\n\t'u', # c\r\n\tx=1  # d\r\n\t# e\r\n)\r\n",
	       "Shotgun(\r\n\t'u', # c\r\n\tx=1,  # d\r\n\tca_certs=\"/a\"\r\n\t# e\r\n)\r\n");
	edited("/a", "Shotgun(\n  'u',  # c\n)", "Shotgun(\n  'u',  # c\n  ca_certs=\"/a\",\n)");
	edited("/a", "Shotgun('u',\n        x=1)",
	       "Shotgun('u',\n        x=1,\n        ca_certs=\"/a\")");
	edited("/a", "Shotgun('u', x=f(1, (2))  # c\n  )",
	       "Shotgun('u', x=f(1, (2)), ca_certs=\"/a\"  # c\n  )");
	edited("/a", "Shotgun(\n  'u'\n  , )", "Shotgun(\n  'u'\n  , ca_certs=\"/a\", )");
	edited("os.environ.get('X')", "Shotgun(Shotgun('u'))",
	       "Shotgun(Shotgun('u', ca_certs=os.environ.get('X')), ca_certs=os.environ.get('X'))");
	edited("C:\\a\"b", "Shotgun('u')", "Shotgun('u', ca_certs=\"C:\\\\a\\\"b\")");
}
END_TEST

START_TEST(the_argument_is_replaced_where_it_stands)
{
	edited("/a", "Shotgun('u', ca_certs = '/b' , x=1)",
	       "Shotgun('u', ca_certs = \"/a\" , x=1)");
	edited("/a", "Shotgun(1, 2, 3, 4, 5, 6, 7, None, 9)",
	       "Shotgun(1, 2, 3, 4, 5, 6, 7, \"/a\", 9)");
	edited("/a", "Shotgun(*b, ca_certs=c)", "Shotgun(*b, ca_certs=\"/a\")");
	edited("/a", "Shotgun('u', ca_certs=u'/a')", "Shotgun('u', ca_certs=u'/a')");
}
END_TEST

START_TEST(the_argument_is_removed_with_its_comma)
{
	edited(NULL, "Shotgun('u', ca_certs='/a')", "Shotgun('u')");
	edited(NULL, "Shotgun('u', ca_certs='/a',)", "Shotgun('u',)");
	edited(NULL, "Shotgun(ca_certs='/a', x=1)", "Shotgun(x=1)");
	edited(NULL, "Shotgun('u', ca_certs='/a', x=1)", "Shotgun('u', x=1)");
	edited(NULL, "Shotgun(ca_certs='/a')", "Shotgun()");
	edited(NULL, "Shotgun(\n  'u',\n  ca_certs='/a',\n  x=1\n)", "Shotgun(\n  'u',\n  x=1\n)");
	edited(NULL, "Shotgun(\n  'u',\n  ca_certs='/a',  # c\n)", "Shotgun(\n  'u',\n  # c\n)");
	edited(NULL, "Shotgun(\n  'u',  # b\n  ca_certs='/a'\n)", "Shotgun(\n  'u'  # b\n)");
	edited(NULL, "Shotgun('u',\n  ca_certs='/a')", "Shotgun('u')");
	edited(NULL, "Shotgun(1, 2, 3, 4, 5, 6, 7, '/a')", "Shotgun(1, 2, 3, 4, 5, 6, 7)");
	edited(NULL, "Shotgun(1, 2, 3, 4, 5, 6, 7, '/a', 9)",
	       "Shotgun(1, 2, 3, 4, 5, 6, 7, None, 9)");
	edited(NULL, "Shotgun('u', ca_certs=None)", "Shotgun('u', ca_certs=None)");
}
END_TEST

START_TEST(what_is_not_certain_is_not_changed)
{
	refused("/a", "Shotgun(*b)", "line 4, column 1: *b may hold ca_certs");
	refused("/a", "print(f\"{Shotgun('u')}\")", "it stands within an f-string");
	refused("/a", "Shotgun('u', ca_certs=(  # mine\n  '/b'))", "a comment within its ca_certs");
	refused(NULL, "Shotgun('u', ca_certs='/a', **k)", "whether **k holds it");
	refused("sys.argv[1]", "Shotgun('u')", "sys, which ca_certs needs");
	refused("os.environ.get('X')", "def f(os):\n  Shotgun('u')", "os, which ca_certs needs");
	refused("json.loads(x)", "Shotgun('u')\nimport json", "json, which ca_certs needs");
	refused("/\xc3\xa4", "Shotgun('u')", "is not ASCII");
}
END_TEST

START_TEST(what_is_not_ascii_is_written_into_utf_8_alone)
{
	static const char *const latin = "# coding: latin-1\n" IMPORT "Shotgun('u')";
	static const char *const utf8 = "# coding: utf-8\n" IMPORT "Shotgun('u')";
	TMD_CLEANUP(tmd_py_wish_release) struct tmd_py_wish wish = { 0 };
	struct tmd_error err = { 0 };

	ck_ok(tmd_py_wish_parse("/\xc3\xa4", &wish, &err), err);
	for (size_t i = 0; i < 2; i++) {
		TMD_CLEANUP(tmd_py_source_release) struct tmd_py_source source = { 0 };
		bool change = false;

		read_source(i ? utf8 : latin, &source);
		ck_assert_int_eq(tmd_py_judge(&source, &source.calls[0], &wish, "/a.py", &change,
					      &err) == TMD_OK,
				 i == 1);
		ck_assert_int_eq(change, i == 1);
	}
}
END_TEST

START_TEST(an_error_elsewhere_does_not_keep_what_stands_before)
{
	edited("/a", "Shotgun('u')\nx = ((\n", "Shotgun('u', ca_certs=\"/a\")\nx = ((\n");
}
END_TEST

static void wish_fails(const char *text)
{
	TMD_CLEANUP(tmd_py_wish_release) struct tmd_py_wish wish = { 0 };
	struct tmd_error err = { 0 };

	ck_fails(tmd_py_wish_parse(text, &wish, &err), err, TMD_E_INVALID_INPUT);
}

START_TEST(a_wish_is_a_path_or_one_plain_expression)
{
	static const char *const wrong[] = { "", "ca.pem", "a/b.pem", "'ca.pem'", "~/ca.pem", "1",
					     "None", "a, b", "a = b", "f'{a}'", "lambda: 1",
					     "a); b(", "a # c", "x for x in y", "a\n", "a\nb",
					     "(yield)", "(a := 1)", "f(a", "f(a b)", "[x for x in y]" };

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		wish_fails(wrong[i]);
}
END_TEST

START_TEST(a_wish_has_one_spelling)
{
	TMD_CLEANUP(tmd_py_wish_release) struct tmd_py_wish wish = { 0 };
	struct tmd_error err = { 0 };

	ck_ok(tmd_py_wish_parse("'/a'", &wish, &err), err);
	ck_assert(wish.is_path);
	ck_assert_str_eq(wish.value, "/a");
	ck_assert_str_eq(wish.text, "\"/a\"");
	tmd_py_wish_release(&wish);
	ck_ok(tmd_py_wish_parse("os.path.join( CA ,'x')", &wish, &err), err);
	ck_assert_str_eq(wish.value, "os.path.join(CA, \"x\")");
	ck_assert_uint_eq(wish.names.count, 2);
}
END_TEST

/* ---- encodings ---- */

static void encoded(const char *text, enum tmd_py_encoding wanted)
{
	enum tmd_py_encoding encoding;
	struct tmd_error err = { 0 };

	ck_ok(tmd_py_encoding_of(text, strlen(text), "/a.py", &encoding, &err), err);
	ck_assert_int_eq(encoding, wanted);
}

static void not_encoded(const char *text, size_t len)
{
	enum tmd_py_encoding encoding;
	struct tmd_error err = { 0 };

	ck_fails(tmd_py_encoding_of(text, len, "/a.py", &encoding, &err), err, TMD_E_REFUSED);
}

#define NOT_ENCODED(text) not_encoded(text, sizeof(text) - 1)

START_TEST(the_coding_line_says_what_bytes_are)
{
	encoded("x", TMD_PY_ASCII);
	encoded("\xc3\xa4", TMD_PY_UTF8);
	encoded("\xef\xbb\xbfx", TMD_PY_UTF8);
	encoded("# -*- coding: UTF-8 -*-", TMD_PY_UTF8);
	encoded("#!x\n# vim: set fileencoding=latin_1 :\n\xe4", TMD_PY_ONE_BYTE);
	encoded("x = 1\n# coding: rot13", TMD_PY_ASCII);
	encoded("\n\n# coding: latin-1\n\xc3\xa4", TMD_PY_UTF8);
	NOT_ENCODED("\xe4");
	NOT_ENCODED("# coding: shift_jis\n");
	NOT_ENCODED("\n# coding: utf-16\n");
	NOT_ENCODED("\xef\xbb\xbf# coding: latin-1\n");
	NOT_ENCODED("a\0b");
	NOT_ENCODED("a\rb");
}
END_TEST

static Suite *source_suite(void)
{
	Suite *suite = suite_create("python source");
	TCase *core = tcase_create("core");

	tcase_add_test(core, the_class_is_known_under_each_of_its_names);
	tcase_add_test(core, what_has_the_name_only_is_left_alone);
	tcase_add_test(core, what_cannot_be_told_is_said);
	tcase_add_test(core, what_stands_before_an_error_is_sure);
	tcase_add_test(core, the_argument_is_found_by_keyword_and_by_place);
	tcase_add_test(core, a_derived_class_constructs_it_too);
	tcase_add_test(core, columns_count_characters);
	tcase_add_test(core, the_argument_is_added_in_the_style_of_the_others);
	tcase_add_test(core, the_argument_is_replaced_where_it_stands);
	tcase_add_test(core, the_argument_is_removed_with_its_comma);
	tcase_add_test(core, what_is_not_certain_is_not_changed);
	tcase_add_test(core, what_is_not_ascii_is_written_into_utf_8_alone);
	tcase_add_test(core, an_error_elsewhere_does_not_keep_what_stands_before);
	tcase_add_test(core, a_wish_is_a_path_or_one_plain_expression);
	tcase_add_test(core, a_wish_has_one_spelling);
	tcase_add_test(core, the_coding_line_says_what_bytes_are);
	suite_add_tcase(suite, core);
	return suite;
}

UNIT_MAIN(source_suite)
