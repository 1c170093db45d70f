/* Requests, words and profiles: what is understood, and how the rest is refused. */
#include "unit.h"

#include "engine/options.h"
#include "engine/profile.h"
#include "engine/request.h"
#include "fake_type.h"

static const struct tmd_type *const types[] = { &fake_type, NULL };
static struct tmd_run run;
static struct tmd_error err;

static void setup(void)
{
	memset(&run, 0, sizeof(run));
	memset(&err, 0, sizeof(err));
	ck_ok(tmd_fs_open(NULL, &run.ctx.fs, &err), err);
}

static void teardown(void)
{
	tmd_run_release(&run);
	tmd_fs_free(run.ctx.fs);
}

static enum tmd_rc json(const char *text)
{
	const struct tmd_request_scope scope = { types, NULL, &tmd_profiles };

	return tmd_request_add_json(&run, &scope, text, strlen(text), "in.json", "/base", &err);
}

static enum tmd_rc profile_set(const char *text, const char *setting)
{
	struct tmd_strv settings = { 0 };
	enum tmd_rc rc;

	if (setting)
		tmd_strv_add(&settings, setting);
	rc = tmd_profile_add(&run, types, text, strlen(text), "p.yml", "/base", &settings, &err);
	tmd_strv_release(&settings);
	return rc;
}

static enum tmd_rc profile(const char *text)
{
	return profile_set(text, NULL);
}

static const struct tmd_value *input(size_t result, int field)
{
	return &run.results[result].resource.input[field];
}

/* Was the document refused, or its last resource? `err` says why. */
static bool refused(enum tmd_rc rc)
{
	if (rc == TMD_OK && run.count)
		err = run.results[run.count - 1].error;
	return rc == TMD_FAILED || err.kind;
}

#define says(part) ck_assert_msg(strstr(err.message, part), "'%s' lacks '%s'", err.message, part)

START_TEST(json_one_resource)
{
	ck_ok(json("{\"type\":\"fake\",\"path\":\"/a\",\"text\":\"t\",\"count\":3,"
		   "\"tags\":[\"x\",\"y\"],\"strict\":true}"), err);
	ck_assert_uint_eq(run.count, 1);
	ck_assert_str_eq(input(0, FAKE_TEXT)->string, "t");
	ck_assert_int_eq((int)input(0, FAKE_COUNT)->integer, 3);
	ck_assert_uint_eq(input(0, FAKE_TAGS)->list.count, 2);
	ck_assert(input(0, FAKE_STRICT)->boolean);
}
END_TEST

START_TEST(json_list_of_resources)
{
	ck_ok(json("{\"resources\":[{\"type\":\"fake\",\"path\":\"/a\"},"
		   "{\"type\":\"fake\",\"path\":\"b\"}]}"), err);
	ck_assert_uint_eq(run.count, 2);
	ck_assert_str_eq(input(1, FAKE_PATH)->string, "/base/b");
}
END_TEST

START_TEST(json_read_only_attributes_are_passed_over)
{
	ck_ok(json("{\"type\":\"fake\",\"path\":\"/a\",\"size\":12,\"seen\":{\"a\":null}}"), err);
	ck_assert_int_eq(input(0, FAKE_SIZE)->kind, TMD_V_NULL);
}
END_TEST

START_TEST(json_unknown_attribute_is_named_with_its_place)
{
	ck_ok(json("{\"resources\":[{\"type\":\"fake\",\"path\":\"/a\"},"
		   "{\"type\":\"fake\",\"pth\":\"/b\"}]}"), err);
	ck_assert_uint_eq(run.count, 2);
	ck_assert_int_eq(run.results[0].error.kind, TMD_E_NONE);
	err = run.results[1].error;
	says("resources[1]: fake: ");
	says("'pth'");
	ck_assert_str_eq(err.path, "in.json");
	ck_assert(tmd_str_starts(err.hint, "did you mean 'path'? fake has: path, "));
}
END_TEST

START_TEST(a_malformed_resource_keeps_what_names_it_and_its_first_error)
{
	static const struct {
		const char *object;
		const char *path;
		const char *says;
	} cases[] = {
		{ "{\"type\":\"fake\",\"txt\":\"a\",\"cuont\":1,\"path\":\"/a\"}", "/a", "'txt'" },
		{ "{\"type\":\"fake\",\"pth\":\"b\"}", "/base/b", "'pth'" },
		{ "{\"type\":\"fake\",\"pth\":\"/b\",\"path\":\"/a\"}", "/a", "'pth'" },
		{ "{\"type\":\"fake\",\"path\":\"/a\",\"pth\":\"/b\"}", "/a", "'pth'" },
		{ "{\"type\":\"fake\",\"pth\":1}", NULL, "'pth'" },
		{ "{\"type\":\"fake\",\"other\":\"/b\"}", NULL, "'other'" },
		{ "{\"type\":\"fkae\",\"text\":1,\"path\":\"a\"}", "/base/a", "unknown type 'fkae'" },
		{ "{\"type\":1,\"path\":[]}", NULL, "'type' is not a string" },
		{ "{\"path\":\"/a\"}", "/a", "'type' is missing" },
		{ "[\"path\"]", NULL, "a resource is an object" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		TMD_AUTO_FREE char *text = tmd_format("{\"resources\":[%s]}", cases[i].object);

		ck_ok(json(text), err);
		ck_assert_uint_eq(run.count, 1);
		err = run.results[0].error;
		ck_assert_int_eq(err.kind, TMD_E_INVALID_INPUT);
		says("resources[0]: ");
		says(cases[i].says);
		ck_assert_pstr_eq(tmd_value_str(input(0, FAKE_PATH)), cases[i].path);
		tmd_run_release(&run);
	}
}
END_TEST

START_TEST(the_hint_names_the_type_that_is_near)
{
	ck_ok(json("{\"resources\":[{\"type\":\"fkae\"},{\"type\":\"cron\"}]}"), err);
	ck_assert(tmd_str_starts(run.results[0].error.hint, "did you mean 'fake'? "));
	ck_assert(!strstr(run.results[1].error.hint, "did you mean"));
	ck_ok(profile("trustmend: 1\nresources:\n  - type: fkae\n  - type: cron\n"), err);
	ck_assert(tmd_str_starts(run.results[2].error.hint, "did you mean 'fake'? "));
	ck_assert(!strstr(run.results[3].error.hint, "did you mean"));
}
END_TEST

START_TEST(json_wrong_types_are_refused)
{
	static const char *const inputs[] = {
		"{\"type\":\"fake\",\"path\":3}",
		"{\"type\":\"fake\",\"path\":\"/a\",\"count\":\"3\"}",
		"{\"type\":\"fake\",\"path\":\"/a\",\"count\":3.5}",
		"{\"type\":\"fake\",\"path\":\"/a\",\"strict\":\"true\"}",
		"{\"type\":\"fake\",\"path\":\"/a\",\"tags\":\"x\"}",
		"{\"type\":\"fake\",\"path\":\"/a\",\"tags\":[1]}",
		"{\"type\":\"fake\",\"path\":\"/a\",\"state\":\"latest\"}",
		"{\"type\":\"fake\",\"path\":\"\"}",
		"{\"type\":\"other\",\"path\":\"/a\"}",
		"{\"path\":\"/a\"}",
		"{\"resources\":{}}",
		"{\"resources\":[],\"more\":1}",
		"{\"resources\":[1]}",
		"[]",
		"\"text\"",
	};

	for (size_t i = 0; i < sizeof(inputs) / sizeof(*inputs); i++) {
		ck_assert_msg(refused(json(inputs[i])), "accepted: %s", inputs[i]);
		ck_assert_int_eq(err.kind, TMD_E_INVALID_INPUT);
		tmd_error_clear(&err);
		tmd_run_release(&run);
	}
}
END_TEST

START_TEST(json_broken_documents_are_refused)
{
	ck_assert(json("") == TMD_FAILED);
	ck_assert(json("{\"type\":\"fake\",\"type\":\"fake\",\"path\":\"/a\"}") == TMD_FAILED);
	says("duplicate");
	ck_assert(json("{\"type\":\"fake\",\"path\":\"/a\"} x") == TMD_FAILED);
	ck_assert(json("{\"type\":\"fake\",\"path\":\"/\\u0000a\"}") == TMD_FAILED);
	ck_assert(json("{\"type\":\"fake\",\"path\":\"/\xff\"}") == TMD_FAILED);
	ck_assert(json("[[[[[[[[[[[[]]]]]]]]]]]]") == TMD_FAILED);
	says("deeper");
}
END_TEST

START_TEST(files_come_with_the_resources)
{
	const struct tmd_sent_file *file;

	ck_ok(json("{\"files\":{\"a.der\":\"MAD/\",\"b\":null,\"/c\":\"\",\"d\":\"aGk=\"},"
		   "\"resources\":[{\"type\":\"fake\",\"path\":\"/a\"},"
		   "{\"type\":\"fake\",\"path\":\"b\"}]}"), err);
	file = tmd_sent_files_find(&run.files, "a.der");
	ck_assert(file && !file->missing && tmd_buf_equal(&file->content, "\x30\x00\xff", 3));
	file = tmd_sent_files_find(&run.files, "b");
	ck_assert(file && file->missing);
	file = tmd_sent_files_find(&run.files, "/c");
	ck_assert(file && !file->missing && !file->content.len);
	file = tmd_sent_files_find(&run.files, "d");
	ck_assert(file && strcmp(tmd_buf_str(&file->content), "hi") == 0);
	ck_assert_ptr_null(tmd_sent_files_find(&run.files, "e"));
	ck_assert_int_eq(run.results[0].error.kind, TMD_E_NONE);
	err = run.results[1].error; /* what came from elsewhere has no directory here */
	says("resources[1]: fake: attribute 'path' is a relative path");
}
END_TEST

START_TEST(files_that_are_none_are_refused)
{
	static const char *const bad[] = {
		"[]", "\"a\"", "null", "{\"\":\"\"}", "{\"a\":1}", "{\"a\":[]}", "{\"a\":\"hi\"}",
		"{\"a\":\"aGk\"}", "{\"a\":\"aGk=\\n\"}", "{\"a\":\"aGl=\"}", "{\"a\":\"====\"}",
		"{\"a\":null,\"a\":null}",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		TMD_AUTO_FREE char *text = tmd_format("{\"resources\":[],\"files\":%s}", bad[i]);

		ck_assert_msg(json(text) == TMD_FAILED, "accepted: %s", bad[i]);
		ck_assert_int_eq(err.kind, TMD_E_INVALID_INPUT);
		ck_assert_str_eq(err.path, "in.json");
		tmd_run_release(&run);
	}
	ck_assert(json("{\"files\":{}}") == TMD_FAILED);
	ck_assert(json("{\"resources\":[],\"files\":{},\"more\":1}") == TMD_FAILED);
	ck_ok(json("{\"resources\":[],\"files\":{}}"), err);
}
END_TEST

START_TEST(files_are_bounded_in_number_and_name)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };

	tmd_buf_add_str(&text, "{\"resources\":[],\"files\":{\"x\":null");
	for (size_t i = 1; i < TMD_SENT_FILES_MAX; i++)
		tmd_buf_addf(&text, ",\"%zu\":null", i);
	tmd_buf_add_str(&text, "}}");
	ck_ok(json(tmd_buf_str(&text)), err);
	ck_assert_uint_eq(run.files.count, TMD_SENT_FILES_MAX);
	tmd_run_release(&run);
	text.len -= 2;
	tmd_buf_add_str(&text, ",\"y\":null}}");
	ck_fails(json(tmd_buf_str(&text)), err, TMD_E_INVALID_INPUT);
	says("more than 1000 files");
	tmd_buf_clear(&text);
	tmd_buf_add_str(&text, "{\"resources\":[],\"files\":{\"");
	for (size_t i = 0; i <= TMD_SENT_NAME_MAX; i++)
		tmd_buf_add_char(&text, 'x');
	tmd_buf_add_str(&text, "\":null}}");
	ck_fails(json(tmd_buf_str(&text)), err, TMD_E_INVALID_INPUT);
	says("longer than 4096 bytes");
}
END_TEST

START_TEST(words_fill_attributes_and_lists)
{
	char *const words[] = { "path=/a", "text=a=b", "tags=x", "tags=y", "count=7" };

	ck_ok(tmd_request_add_words(&run, &fake_type, words, 5, "/base", &err), err);
	ck_assert_str_eq(input(0, FAKE_TEXT)->string, "a=b");
	ck_assert_uint_eq(input(0, FAKE_TAGS)->list.count, 2);
	ck_assert_int_eq((int)input(0, FAKE_COUNT)->integer, 7);
}
END_TEST

START_TEST(bad_words_are_refused)
{
	static const char *const bad[] = { "path", "=x", "size=3", "strict=maybe", "count=-1",
					   "count=99999999999999999999", "path=", "seen=x" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char *word = tmd_strdup(bad[i]);

		ck_assert_msg(refused(tmd_request_add_words(&run, &fake_type, &word, 1, "/", &err)),
			      "accepted: %s", bad[i]);
		free(word);
		tmd_error_clear(&err);
		tmd_run_release(&run);
	}
	char *const twice[] = { "path=/a", "path=/b" };
	ck_assert(refused(tmd_request_add_words(&run, &fake_type, twice, 2, "/", &err)));
	says("twice");
}
END_TEST

START_TEST(profile_variables_and_foreach)
{
	ck_ok(profile("trustmend: 1\n"
		      "variables:\n  dir: /x\n  names: [a, b]\n  more: []\n"
		      "resources:\n"
		      "  - type: fake\n    foreach: names\n    path: ${dir}/${item}\n"
		      "    text: 'say $${dir}'\n    tags: [one, '${names}', '${more}']\n"
		      "  - type: fake\n    path: /c\n    text:\n    tags: ${names}\n"), err);
	ck_assert_uint_eq(run.count, 3);
	ck_assert_str_eq(input(1, FAKE_PATH)->string, "/x/b");
	ck_assert_str_eq(input(0, FAKE_TEXT)->string, "say ${dir}");
	ck_assert_uint_eq(input(0, FAKE_TAGS)->list.count, 3);
	ck_assert_int_eq(input(2, FAKE_TEXT)->kind, TMD_V_NULL);
	ck_assert_uint_eq(input(2, FAKE_TAGS)->list.count, 2);
}
END_TEST

START_TEST(profile_settings_replace_variables)
{
	const char *text = "trustmend: 1\nvariables: {p: /x, l: [q]}\nresources:\n"
			   "  - {type: fake, path: '${p}', tags: '${l}'}\n";

	ck_ok(profile_set(text, "p=/y"), err);
	ck_assert_str_eq(input(0, FAKE_PATH)->string, "/y");
	ck_ok(profile_set(text, "l=z"), err);
	ck_assert_uint_eq(input(1, FAKE_TAGS)->list.count, 1);
	ck_assert_str_eq(input(1, FAKE_TAGS)->list.items[0], "z");
	ck_ok(profile_set(text, "l="), err);
	ck_assert_uint_eq(input(2, FAKE_TAGS)->list.count, 0);
	ck_assert(profile_set(text, "r=1") == TMD_FAILED);
	ck_assert_ptr_nonnull(strstr(err.hint, "p, l"));
	ck_assert(profile_set(text, "p") == TMD_FAILED);
}
END_TEST

START_TEST(profile_errors_name_file_and_line)
{
	static const struct {
		const char *text;
		const char *place;
	} bad[] = {
		{ "trustmend: 1\nresources:\n  - type: fake\n    pth: /a\n", "p.yml:4:" },
		{ "trustmend: 1\nresources:\n  - type: fake\n    path: /a\n    path: /b\n", "p.yml:5:" },
		{ "trustmend: 1\nresources:\n  - type: fake\n    state: latest\n", "p.yml:4:" },
		{ "trustmend: 1\nresources:\n  - type: none\n", "p.yml:3:" },
		{ "trustmend: 1\nresources:\n  - path: /a\n", "p.yml:3:" },
		{ "trustmend: 1\nresources:\n  - type: fake\n    path: ${no}\n", "p.yml:4:" },
		{ "trustmend: 1\nresources:\n  - type: fake\n    path: ${no\n", "p.yml:4:" },
		{ "trustmend: 1\nresources:\n  - type: fake\n    foreach: no\n", "p.yml:4:" },
		{ "trustmend: 1\nresources:\n  - type: fake\n    path: [a]\n", "p.yml:4:" },
		{ "trustmend: 1\nresources:\n  - type: fake\n    size: 3\n", "p.yml:4:" },
		{ "trustmend: 2\nresources: []\n", "p.yml:1:" },
		{ "resources: []\n", "p.yml:1:" },
		{ "trustmend: 1\n", "p.yml:1:" },
		{ "trustmend: 1\nresources: {}\n", "p.yml:2:" },
		{ "trustmend: 1\nmore: 1\nresources: []\n", "p.yml:2:" },
		{ "trustmend: 1\nvariables: [a]\nresources: []\n", "p.yml:2:" },
		{ "trustmend: 1\nvariables: {item: a}\nresources: []\n", "p.yml:2:" },
		{ "trustmend: 1\nvariables: {a: 1, a: 2}\nresources: []\n", "p.yml:2:" },
		{ "trustmend: 1\nresources:\n  - &a {type: fake, path: /a}\n  - *a\n", "p.yml:4:" },
		{ "trustmend: 1\nresources: [[[[[[[[1]]]]]]]]\n", "p.yml:2:" },
		{ "trustmend: 1\n---\ntrustmend: 1\n", "p.yml:2:" },
		{ "trustmend: 1\nresources:\n\t- x\n", "p.yml:3:" },
		{ "- a\n", "p.yml:1:" },
		{ "trustmend: 1\nresources:\n- {type: fake, [x]: 1}\n", "p.yml:3: a list or mapping" },
		{ "trustmend: 1\nresources: &a []\nvariables: {b: *a}\n", "p.yml:3: an alias" },
		{ "trustmend: 1\nvariables: !!set {b}\nresources: []\n", "p.yml:2: a set" },
		{ "trustmend: 1\nvariables: {b: c, b: c}\nresources: []\n", "p.yml:2: 'b' stands" },
		{ "trustmend: 1\nresources: []\nresources: []\n", "p.yml:3: 'resources' stands" },
		{ "trustmend: 1\nresources: [{type: fake, text: !x y}]\n", "p.yml:2: a tag" },
		{ "trustmend: 1\nresources: [] # \n\xEF\xBB\xBF# b\n", "p.yml:3: a byte order mark" },
		{ "\xEF\xBB\xBF# c\n", "p.yml:1: empty profile" },
		{ "", "empty" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		ck_assert_msg(refused(profile(bad[i].text)), "accepted: %s", bad[i].text);
		ck_assert_int_eq(err.kind, TMD_E_INVALID_INPUT);
		ck_assert_msg(strstr(err.message, bad[i].place), "'%s' lacks '%s'", err.message,
			      bad[i].place);
		tmd_error_clear(&err);
		tmd_run_release(&run);
	}
}
END_TEST

START_TEST(a_malformed_resource_of_a_profile_leaves_the_others)
{
	static const struct {
		const char *resource;
		size_t count;
		const char *path; /* of the last of them */
		const char *says;
	} cases[] = {
		{ "{type: fake, txt: a, path: '${dir}/a'}", 1, "/x/a", "p.yml:4: fake: " },
		{ "{type: fake, pth: '${dir}/a'}", 1, "/x/a", "'pth'" },
		{ "{type: fake, pth: '${no}'}", 1, NULL, "'pth'" },
		{ "{type: fkae, path: '${dir}/a'}", 1, "/x/a", "unknown type" },
		{ "{type: fkae, path: '${item}', foreach: names}", 2, "/b", "unknown type" },
		{ "{type: fkae, path: '${item}', foreach: none}", 1, NULL, "unknown type" },
		{ "{type: fake, path: '${item}', foreach: none, txt: a}", 0, NULL, "" },
		{ "{type: fake, path: '${item}', txt: a, foreach: names}", 2, "/b", "'txt'" },
		{ "{type: fake, path: /a, foreach: dir}", 1, "/a", "no list variable 'dir'" },
		{ "{type: fake, path: /a, text: [b], text: c}", 1, "/a", "'text' stands twice" },
		{ "{type: fake, path: /a, text: \"b\\0\"}", 1, "/a", "cannot be a text with a NUL" },
		{ "{type: fake, path: /a, text: !!binary YQ==}", 1, "/a", "cannot be binary" },
		{ "{type: fake, path: /a, <<: {text: b}}", 1, "/a", "cannot be a merge key (<<)" },
		{ "{path: /a}", 1, "/a", "without 'type'" },
		{ "text", 1, NULL, "must be a mapping" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		TMD_AUTO_FREE char *text = tmd_format(
			"trustmend: 1\nvariables: {dir: /x, names: [/a, /b], none: []}\nresources:\n"
			"  - %s\n  - {type: fake, path: /c}\n", cases[i].resource);

		ck_ok(profile(text), err);
		ck_assert_uint_eq(run.count, cases[i].count + 1);
		ck_assert_int_eq(run.results[cases[i].count].error.kind, TMD_E_NONE);
		for (size_t k = 0; k < cases[i].count; k++) {
			err = run.results[k].error;
			ck_assert_int_eq(err.kind, TMD_E_INVALID_INPUT);
			says(cases[i].says);
			if (k + 1 == cases[i].count)
				ck_assert_pstr_eq(tmd_value_str(input(k, FAKE_PATH)), cases[i].path);
		}
		tmd_run_release(&run);
	}
}
END_TEST

START_TEST(a_profile_of_too_many_values_fails_as_a_whole)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };

	tmd_buf_add_str(&text, "trustmend: 1\nresources:\n  - type: fake\n    tags:\n");
	for (size_t i = 0; i < TMD_PROFILE_NODES; i++)
		tmd_buf_add_str(&text, "    - a\n");
	ck_fails(profile(tmd_buf_str(&text)), err, TMD_E_INVALID_INPUT);
	says("more than 100000 values");
	tmd_buf_clear(&text);
	tmd_buf_add_str(&text, "trustmend: 1\nresources:\n");
	for (size_t i = 0; i <= TMD_RESOURCES_MAX; i++)
		tmd_buf_add_str(&text, "  - a\n");
	tmd_run_release(&run);
	ck_fails(profile(tmd_buf_str(&text)), err, TMD_E_INVALID_INPUT);
	says("more than 10000 resources");
}
END_TEST

START_TEST(the_builtin_profile_is_there)
{
	ck_assert_ptr_nonnull(tmd_profile_builtin("shotgrid-ssl"));
	ck_assert_ptr_null(tmd_profile_builtin("other"));
}
END_TEST

static enum tmd_rc parse(struct tmd_options *options, const char *line)
{
	static const struct tmd_type *const two[] = { &fake_type, &fake_type, NULL };
	char *argv[16] = { "prog" };
	char *copy = tmd_strdup(line);
	int argc = 1;
	enum tmd_rc rc;

	for (char *rest = copy; rest; argc++) {
		argv[argc] = rest;
		rest = strchr(rest, ' ');
		if (rest)
			*rest++ = '\0';
	}
	memset(options, 0, sizeof(*options));
	rc = tmd_options_parse(options, two, argc, argv, &err);
	free(copy); /* only words, which are copies, are looked at afterwards */
	return rc;
}

START_TEST(options_in_any_order)
{
	struct tmd_options options;

	ck_ok(parse(&options, "--output=json fake plan --detailed-exitcode path=/a --lock-timeout 5"),
	      err);
	ck_assert_ptr_eq(options.type, &fake_type);
	ck_assert_int_eq(options.verb, TMD_VERB_PLAN);
	ck_assert_int_eq(options.output, TMD_OUTPUT_JSON);
	ck_assert(options.detailed_exitcode);
	ck_assert_uint_eq(options.lock_timeout, 5);
	ck_assert_uint_eq(options.words.count, 1);
	tmd_options_release(&options);
	ck_ok(parse(&options, "apply x.yml --set a=b --set c=d"), err);
	ck_assert_ptr_null(options.type);
	ck_assert_uint_eq(options.settings.count, 2);
	tmd_options_release(&options);
}
END_TEST

START_TEST(bad_options_are_refused)
{
	static const char *const bad[] = {
		"plan --nope",		   "plan --output xml",	 "plan --lock-timeout 1h",
		"plan --lock-timeout 3601", "plan --root=",	 "plan --input",
		"fake",			   "",			 "mend",
		"plan a.yml b.yml",	   "fake plan --set a=b", "plan --input - a.yml",
		"list a.yml",		   "list --set a=b",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct tmd_options options;

		ck_assert_msg(parse(&options, bad[i]) == TMD_FAILED, "accepted: %s", bad[i]);
		tmd_options_release(&options);
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("engine_input");
	TCase *c = tcase_create("input");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, json_one_resource);
	tcase_add_test(c, json_list_of_resources);
	tcase_add_test(c, json_read_only_attributes_are_passed_over);
	tcase_add_test(c, json_unknown_attribute_is_named_with_its_place);
	tcase_add_test(c, a_malformed_resource_keeps_what_names_it_and_its_first_error);
	tcase_add_test(c, the_hint_names_the_type_that_is_near);
	tcase_add_test(c, json_wrong_types_are_refused);
	tcase_add_test(c, json_broken_documents_are_refused);
	tcase_add_test(c, files_come_with_the_resources);
	tcase_add_test(c, files_that_are_none_are_refused);
	tcase_add_test(c, files_are_bounded_in_number_and_name);
	tcase_add_test(c, words_fill_attributes_and_lists);
	tcase_add_test(c, bad_words_are_refused);
	tcase_add_test(c, profile_variables_and_foreach);
	tcase_add_test(c, profile_settings_replace_variables);
	tcase_add_test(c, profile_errors_name_file_and_line);
	tcase_add_test(c, a_malformed_resource_of_a_profile_leaves_the_others);
	tcase_add_test(c, a_profile_of_too_many_values_fails_as_a_whole);
	tcase_add_test(c, the_builtin_profile_is_there);
	tcase_add_test(c, options_in_any_order);
	tcase_add_test(c, bad_options_are_refused);
	suite_add_tcase(s, c);
	return s;
}

UNIT_MAIN(suite)
