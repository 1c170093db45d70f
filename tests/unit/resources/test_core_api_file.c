/*
 * Every file of tests/data/core_api: what is read in it, why it cannot be edited, and which
 * bytes an edit touches.
 */
#include "resources/core_api/core_file.h"

#include <dirent.h>

#include "unit.h"

#define NEW_VERSION "v0.23.10"
#define NEW_COMMIT "b7c1d2e3f4"

enum fate {
	BROKEN, /* Toolkit cannot use it: `note` is in the message */
	SHARED, /* it needs what is not followed here; the same */
	LOCKED, /* the version must not be edited: `note` is in the message */
	EDITED, /* `note` with one NEW in place of the old version */
	BARE,	/* there is no version; `note` is in the hint */
};

static const struct expectation {
	const char *name;
	enum fate fate;
	const char *version; /* NULL: none */
	const char *before;  /* EDITED: text that stands once in the file … */
	const char *note;    /* … and what it becomes */
	const char *problem; /* part of a problem; NULL: no problem at all */
} expectations[] = {
	{ "released", EDITED, "v0.20.6", ": v0.20.6\n", ": v0.23.10\n", NULL },
	{ "active_over_released", EDITED, "v0.23.8", ": v0.23.8", ": v0.23.10",
	  "lines 5, 9: version is repeated" },
	{ "duplicate_location", EDITED, "v0.21.7", "v0.21.7", "v0.23.10",
	  "lines 1, 6: location is repeated" },
	{ "commented_alternatives", EDITED, "v0.22.4", "v0.22.4", "v0.23.10", NULL },
	{ "crlf", EDITED, "v0.20.15", "v0.20.15\r\n", "v0.23.10\r\n", NULL },
	{ "crlf_no_final_newline", EDITED, "v0.19.5", "\"v0.19.5\"", "\"v0.23.10\"", NULL },
	{ "no_final_newline", EDITED, "v0.19.0", "v0.19.0", "v0.23.10", NULL },
	{ "indent1", EDITED, "v0.18.164", "v0.18.164", "v0.23.10", NULL },
	{ "indent4", EDITED, "v0.18.163", "v0.18.163", "v0.23.10", NULL },
	{ "flow", EDITED, "v0.19.17", "v0.19.17", "v0.23.10", NULL },
	{ "flow_last", EDITED, "v0.20.0", "v0.20.0}", "v0.23.10}", NULL },
	{ "flow_root", EDITED, "v0.20.1", "'v0.20.1'", "'v0.23.10'", NULL },
	{ "double_quoted", EDITED, "v0.23.7", "\"v0.23.7\"", "\"v0.23.10\"", NULL },
	{ "single_quoted", EDITED, "v0.23.9", "'v0.23.9' #", "'v0.23.10' #", NULL },
	{ "bom", EDITED, "v0.22.1", "v0.22.1", "v0.23.10", NULL },
	{ "bom_comment", EDITED, "v0.22.2", "v0.22.2", "v0.23.10", NULL },
	{ "unicode", EDITED, "v0.21.3", "v0.21.3", "v0.23.10", NULL },
	{ "trailing_comment", EDITED, "v0.20.24", "   v0.20.24    ", "   v0.23.10    ", NULL },
	{ "document_marks", EDITED, "v0.20.32", "v0.20.32", "v0.23.10", NULL },
	{ "extra_keys", EDITED, "v0.23.0", "v0.23.0", "v0.23.10", NULL },
	{ "git_tag", EDITED, "v0.20.5", "v0.20.5", "v0.23.10", NULL },
	{ "git_branch", EDITED, "17fedd8c0a4be1cbd2c63a1d4e8f07f0e3c2b9aa",
	  "17fedd8c0a4be1cbd2c63a1d4e8f07f0e3c2b9aa", NEW_COMMIT, NULL },
	{ "git_branch_short", EDITED, "a6512fa", "a6512fa", NEW_COMMIT, NULL },
	{ "git_branch_digits", EDITED, "1234567890123456789012345678901234567890",
	  "1234567890123456789012345678901234567890", NEW_COMMIT, "is an integer to Toolkit" },
	{ "git_head", EDITED, "HEAD", "HEAD", "v0.23.10", NULL },
	{ "github_release", EDITED, "v0.20.13", "v0.20.13", "v0.23.10", NULL },
	{ "release_candidate", EDITED, "v0.19.1.rc2", "v0.19.1.rc2", "v0.23.10", NULL },
	{ "test_suffix", EDITED, "v0.20.24-test", "v0.20.24-test", "v0.23.10", NULL },
	{ "manual", EDITED, "v0.18.101", "v0.18.101", "v0.23.10", NULL },
	{ "shotgun", EDITED, "4223", "4223", "v0.23.10", NULL },
	{ "latest", EDITED, "latest", "latest", "v0.23.10", "line 4: version latest names no" },
	{ "null_version", EDITED, NULL, "version:\n", "version: v0.23.10\n",
	  "line 4: version has no value" },
	{ "null_version_comment", EDITED, NULL, "version:   #", "version: v0.23.10   #",
	  "line 2: version has no value" },
	{ "tilde_version", EDITED, NULL, "version: ~", "version: v0.23.10",
	  "line 2: version has no value" },
	{ "null_version_flow", EDITED, NULL, "version: ,", "version: v0.23.10,",
	  "line 1: version has no value" },
	{ "empty_version", EDITED, "", "\"\"", "\"v0.23.10\"", "line 4: version has no value" },
	{ "float_version", LOCKED, NULL, NULL, "line 4: the version is a float to Toolkit",
	  "line 4: version 0.20 is a float to Toolkit: write quotes around it" },
	{ "octal_version", LOCKED, NULL, NULL, "line 4: the version is an integer to Toolkit",
	  "line 4: version 0123 is an integer to Toolkit: write quotes around it" },
	{ "sexagesimal_version", LOCKED, NULL, NULL, "the version is an integer to Toolkit",
	  "version 18:30:15 is an integer to Toolkit: write quotes around it" },
	{ "underscore_version", LOCKED, NULL, NULL, "the version is an integer", "is an integer" },
	{ "hex_version", LOCKED, NULL, NULL, "the version is an integer", "is an integer" },
	{ "bool_version", EDITED, "True", ": on\n", ": v0.23.10\n", "is a boolean" },
	{ "date_version", EDITED, "2019-02-20", "2019-02-20", "v0.23.10", "is a date" },
	{ "list_version", LOCKED, NULL, NULL, "line 4: the version is not a text",
	  "line 4: version is a list" },
	{ "tagged_version", EDITED, "0.20", "0.20", "v0.23.10", NULL },
	{ "quoted_traps", EDITED, "0.20", "'0.20'", "'v0.23.10'", NULL },
	{ "three_numbers", EDITED, "0.20.6", "0.20.6", "v0.23.10", NULL },
	{ "explicit_key", EDITED, "v0.20.6", "v0.20.6", "v0.23.10", NULL },
	{ "line_separator", EDITED, "v0.20.6", "v0.20.6", "v0.23.10", NULL },
	{ "tab_in_comment", EDITED, "v0.20.6", "v0.20.6", "v0.23.10", NULL },
	{ "merge", SHARED, NULL, NULL, "line 7: a merge key (<<) stands there", NULL },
	{ "merge_list", SHARED, NULL, NULL, "line 4: a merge key (<<) stands there", NULL },
	{ "merge_version", SHARED, NULL, NULL, "line 7: a merge key (<<) stands there", NULL },
	{ "alias_version", SHARED, NULL, NULL, "line 5: the version is an alias", NULL },
	{ "anchored_version", LOCKED, "v0.20.6", NULL, "line 4: the version has an anchor", NULL },
	{ "alias_location", SHARED, NULL, NULL, "line 5: the location is an alias", NULL },
	{ "shared_location", LOCKED, "v0.20.6", NULL, "line 1: the location has an anchor", NULL },
	{ "anchored_location", LOCKED, "v0.20.6", NULL, "line 1: the location has an anchor", NULL },
	{ "block_version", LOCKED, "v0.20.6", NULL, "line 4: the version goes over several", NULL },
	{ "folded_version", LOCKED, "v0.20 .6", NULL, "line 4: the version goes over several",
	  "app_store versions look like" },
	{ "uri", EDITED, "v0.20.6", "v0.20.6", "v0.23.10", NULL },
	{ "uri_version_first", EDITED, "v0.23.9", "v0.23.9&", "v0.23.10&", NULL },
	{ "uri_encoded", EDITED, "v0.20.5+studio", "v0.20.5%2Bstudio", "v0.23.10", NULL },
	{ "uri_no_version", BARE, NULL, NULL, "append to the URI on line 1 \"&version=v0.23.10\"",
	  "the latest one is used" },
	{ "uri_repeated", BROKEN, NULL, NULL, "a parameter is repeated", NULL },
	{ "uri_no_parameters", BROKEN, NULL, NULL, "has no parameters", NULL },
	{ "uri_escaped", LOCKED, "v0.20.6", NULL, "written with escapes", NULL },
	{ "uri_dev", BARE, NULL, NULL, "&version=", NULL },
	{ "uri_in_braces", BROKEN, NULL, NULL, "line 1: a \"?\" in brackets", NULL },
	{ "dev", BARE, NULL, NULL, "below line 2 the line \"  version: v0.23.10\"", NULL },
	{ "dev_version", EDITED, "v0.20.6", "v0.20.6", "v0.23.10", NULL },
	{ "path_variable", BARE, NULL, NULL, "below line 2", NULL },
	{ "path_windows", BARE, NULL, NULL, "below line 2", NULL },
	{ "platform_paths", BARE, NULL, NULL, "below line 2", NULL },
	{ "no_type", EDITED, "v0.20.6", "v0.20.6", "v0.23.10", "line 2: location has no type" },
	{ "no_version", BARE, NULL, NULL, "below line 3 the line \"  version: v0.23.10\"",
	  "line 2: no version is given: the latest one is used" },
	{ "no_version_flow", BARE, NULL, NULL, "into the braces on line 1 \"version: v0.23.10\"",
	  "the latest one is used" },
	{ "no_version_github", BARE, NULL, NULL, "below line 2 the line \"    version: v0.23.10\"",
	  "and github_release needs one" },
	{ "comma_type", EDITED, "a6512fa", "a6512fa", NEW_COMMIT,
	  "line 2: Toolkit knows no descriptor type git_branch,: remove the comma" },
	{ "colon_path", BROKEN, NULL, NULL, "line 3: not valid YAML: could not find expected ':'",
	  NULL },
	{ "colon_path_flow", BARE, NULL, NULL, "into the braces on line 1",
	  "line 1: path:$STUDIO_TOOLS/tk-core is one key without a value" },
	{ "colon_path_alone", BROKEN, NULL, NULL, "line 2: location is no descriptor",
	  NULL },
	{ "tab_indent", BROKEN, NULL, NULL, "line 2: a tab", NULL },
	{ "tab_after_colon", BROKEN, NULL, NULL, "line 4: a tab", NULL },
	{ "tab_trailing", BROKEN, NULL, NULL, "line 4: a tab", NULL },
	{ "no_location", BROKEN, NULL, NULL, "line 1: no location is given", NULL },
	{ "location_null", BROKEN, NULL, NULL, "line 1: location is empty", NULL },
	{ "location_list", BROKEN, NULL, NULL, "line 2: location is neither", NULL },
	{ "location_text", BROKEN, NULL, NULL, "line 1: location is no descriptor: not a mapping", NULL },
	{ "location_number", BROKEN, NULL, NULL, "line 1: location is neither", NULL },
	{ "root_list", BROKEN, NULL, NULL, "line 1: the file is not a mapping", NULL },
	{ "empty", BROKEN, NULL, NULL, "line 1: the file is empty", NULL },
	{ "only_comments", BROKEN, NULL, NULL, "line 1: the file is empty", NULL },
	{ "two_documents", BROKEN, NULL, NULL, "line 5: a second document", NULL },
	{ "unclosed_quote", BROKEN, NULL, NULL, "line 3: not valid YAML", NULL },
	{ "unknown_tag", BROKEN, NULL, NULL, "line 3: a tag is none that is known here", NULL },
	{ "python_tag", BROKEN, NULL, NULL, "line 1: a tag is none that is known here", NULL },
	{ "list_key", BROKEN, NULL, NULL, "line 1: a list or mapping cannot be a key", NULL },
	{ "bad_date", BROKEN, NULL, NULL, "line 1: a value there looks like a date", NULL },
	{ "utf16le", LOCKED, "v0.20.6", NULL, "the file is UTF-16", NULL },
	{ "utf16be", LOCKED, "v0.20.6", NULL, "the file is UTF-16", NULL },
	{ "latin1", BROKEN, NULL, NULL, "line 3: not valid UTF-8", NULL },
	{ "nul_byte", BROKEN, NULL, NULL, "line 4: not valid YAML", NULL },
};

#define COUNT (sizeof(expectations) / sizeof(*expectations))

static void load(const char *name, struct tmd_buf *out)
{
	char path[4096];
	char chunk[4096];
	size_t got;
	FILE *file;

	snprintf(path, sizeof(path), "%s/core_api/%s.yml", TEST_DATA, name);
	file = fopen(path, "rb");
	ck_assert_msg(file != NULL, "%s", path);
	while ((got = fread(chunk, 1, sizeof(chunk), file)) > 0)
		tmd_buf_add(out, chunk, got);
	fclose(file);
}

static void assert_problems(const struct expectation *e, const struct tmd_core_file *file)
{
	for (size_t i = 0; e->problem && i < file->problems.count; i++) {
		if (strstr(file->problems.items[i], e->problem))
			return;
	}
	ck_assert_msg(!e->problem, "%s: no problem like %s", e->name, e->problem);
	if (e->fate == BROKEN || e->fate == SHARED)
		ck_assert_str_eq(file->problems.items[file->problems.count - 1],
				 file->broken.message);
	else
		ck_assert_msg(!file->problems.count, "%s: %s", e->name, file->problems.items[0]);
}

static void assert_message(const struct expectation *e, const struct tmd_error *err)
{
	ck_assert_msg(err->kind != TMD_E_NONE, "%s: no error", e->name);
	ck_assert_msg(strstr(err->message, e->note) != NULL, "%s: %s", e->name, err->message);
	ck_assert_msg(err->hint[0], "%s: no hint", e->name);
	ck_assert_str_eq(err->path, "/f.yml");
}

/* What the edited file must be: the one place replaced, every other byte kept. */
static void expect_edit(const struct expectation *e, const struct tmd_buf *before,
			struct tmd_buf *after)
{
	char *at = strstr(before->data, e->before);

	ck_assert_msg(at && !strstr(at + 1, e->before), "%s: once: %s", e->name, e->before);
	tmd_buf_add(after, before->data, before->len);
	tmd_buf_splice(after, (size_t)(at - before->data), strlen(e->before), e->note,
		       strlen(e->note));
}

static void assert_edit(const struct expectation *e, const struct tmd_core_file *file,
			const struct tmd_buf *text)
{
	const char *version = strstr(e->note, NEW_COMMIT) ? NEW_COMMIT : NEW_VERSION;
	TMD_AUTO_BUF struct tmd_buf wanted = { 0 };
	TMD_AUTO_BUF struct tmd_buf edited = { 0 };
	struct tmd_core_file again;
	struct tmd_error err;

	expect_edit(e, text, &wanted);
	ck_ok(tmd_core_file_edit(file, text->data, text->len, "/f.yml", version, &edited, &err),
	      err);
	ck_assert_msg(tmd_buf_equal(&edited, wanted.data, wanted.len), "%s:\n%s", e->name,
		      edited.data);
	tmd_core_file_read(edited.data, edited.len, "/f.yml", &again);
	ck_assert_str_eq(again.version, version);
	ck_assert(tmd_value_equal(&again.descriptor, &file->descriptor));
	tmd_core_file_release(&again);
}

static void assert_fate(const struct expectation *e, const struct tmd_core_file *file,
			const struct tmd_buf *text)
{
	TMD_AUTO_BUF struct tmd_buf edited = { 0 };
	TMD_AUTO_FREE char *hint = NULL;
	struct tmd_error err;

	if (e->fate == BROKEN || e->fate == SHARED) {
		assert_message(e, &file->broken);
		ck_assert_int_eq(file->broken.kind,
				 e->fate == SHARED ? TMD_E_REFUSED : TMD_E_CONFLICT);
		return;
	}
	ck_assert_msg(file->broken.kind == TMD_E_NONE, "%s: %s", e->name, file->broken.message);
	ck_assert_msg(file->has_version == (e->fate != BARE), "%s", e->name);
	if (e->fate == EDITED) {
		assert_edit(e, file, text);
		return;
	}
	if (e->fate == LOCKED) {
		ck_fails(tmd_core_file_edit(file, text->data, text->len, "/f.yml", NEW_VERSION,
					    &edited, &err),
			 err, TMD_E_REFUSED);
		assert_message(e, &err);
		ck_assert_uint_eq(edited.len, 0);
		return;
	}
	hint = tmd_core_file_missing_hint(file, NEW_VERSION);
	ck_assert_msg(strstr(hint, e->note) != NULL, "%s: %s", e->name, hint);
}

START_TEST(file_is_read_and_edited_as_expected)
{
	const struct expectation *e = &expectations[_i];
	TMD_AUTO_BUF struct tmd_buf text = { 0 };
	struct tmd_core_file file;

	load(e->name, &text);
	tmd_core_file_read(tmd_buf_str(&text), text.len, "/f.yml", &file);
	if (e->version)
		ck_assert_msg(file.version && strcmp(file.version, e->version) == 0, "%s: %s",
			      e->name, file.version ? file.version : "no version");
	else
		ck_assert_msg(!file.version, "%s: %s", e->name, file.version);
	assert_problems(e, &file);
	assert_fate(e, &file, &text);
	tmd_core_file_release(&file);
}
END_TEST

START_TEST(every_data_file_is_expected)
{
	DIR *dir = opendir(TEST_DATA "/core_api");
	struct dirent *entry;

	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir))) {
		bool found = entry->d_name[0] == '.';

		for (size_t i = 0; i < COUNT && !found; i++) {
			size_t len = strlen(expectations[i].name);

			found = strncmp(entry->d_name, expectations[i].name, len) == 0 &&
				strcmp(entry->d_name + len, ".yml") == 0;
		}
		ck_assert_msg(found, "%s", entry->d_name);
	}
	closedir(dir);
}
END_TEST

static void assert_descriptor(const char *text, const char *const *pairs)
{
	struct tmd_core_file file;
	size_t i;

	tmd_core_file_read(text, strlen(text), "/f.yml", &file);
	for (i = 0; pairs[2 * i]; i++) {
		ck_assert_uint_lt(i, file.descriptor.list.count);
		ck_assert_str_eq(file.descriptor.list.items[i], pairs[2 * i]);
		if (strcmp(pairs[2 * i + 1], "-") == 0)
			ck_assert_ptr_null(file.descriptor.map_values[i]);
		else
			ck_assert_str_eq(file.descriptor.map_values[i], pairs[2 * i + 1]);
	}
	ck_assert_uint_eq(file.descriptor.list.count, i);
	tmd_core_file_release(&file);
}

START_TEST(descriptor_lists_what_toolkit_reads)
{
	assert_descriptor("x: &x {y: z}\n"
			  "location: {form: x, version: v1, a: 0x10, b: , c: [1], d: {}, a: no,\n"
			  "  type: dev, e: 0x10, f: 12, g: 0.5, 6: h, i: *x, j: \"k\\0\"}\n",
			  (const char *const[]){ "type", "dev", "form", "mapping", "a", "False",
						 "b", "-", "c", "(a list)", "d", "(a mapping)", "e",
						 "(an integer)", "f", "12", "g", "(a float)", "i",
						 "(an alias)", "j", "(a text)", NULL });
	assert_descriptor(
		"location: sgtk:descriptor:dev?path=/a%20b&form=x&type=path\n",
		(const char *const[]){ "type", "path", "form", "uri", "path", "/a b", NULL });
	assert_descriptor(
		"location: {name: x}\n",
		(const char *const[]){ "type", "-", "form", "mapping", "name", "x", NULL });
}
END_TEST

static void assert_written(const char *before, const char *version, const char *after)
{
	TMD_AUTO_BUF struct tmd_buf edited = { 0 };
	struct tmd_core_file file;
	struct tmd_error err;

	tmd_core_file_read(before, strlen(before), "/f.yml", &file);
	ck_ok(tmd_core_file_edit(&file, before, strlen(before), "/f.yml", version, &edited, &err),
	      err);
	ck_assert_str_eq(tmd_buf_str(&edited), after);
	tmd_core_file_release(&file);
}

START_TEST(text_that_yaml_would_read_otherwise_is_quoted)
{
	assert_written("location: {type: git, version: v1}\n", "0.20",
		       "location: {type: git, version: '0.20'}\n");
	assert_written("location: {type: git, version: v1}\n", "1234567",
		       "location: {type: git, version: '1234567'}\n");
	assert_written("location: {type: git, version: v1}\n", "a,b]{c}?d",
		       "location: {type: git, version: 'a,b]{c}?d'}\n");
	assert_written("location:\n version: v1\n", "*x: #y", "location:\n version: '*x: #y'\n");
	assert_written("location:\n version: \"v1\"\n", "0.20", "location:\n version: \"0.20\"\n");
	assert_written("location:\n version:", "on", "location:\n version: 'on'");
	assert_written("location: sgtk:descriptor:git?version=v1&a=b\n", "0.20+x",
		       "location: sgtk:descriptor:git?version=0.20%2Bx&a=b\n");
}
END_TEST

START_TEST(releases_are_told_from_other_texts)
{
	ck_assert(tmd_core_is_release("v0.23.10"));
	ck_assert(tmd_core_is_release("v0.19.1.rc2"));
	ck_assert(tmd_core_is_release("v0.20.24-test"));
	ck_assert(!tmd_core_is_release("0.23.10"));
	ck_assert(!tmd_core_is_release("v0.23"));
	ck_assert(!tmd_core_is_release("v0.23."));
	ck_assert(!tmd_core_is_release("v0..1"));
	ck_assert(!tmd_core_is_release("v"));
	ck_assert(!tmd_core_is_release(""));
	ck_assert(!tmd_core_is_release("latest"));
}
END_TEST

START_TEST(version_with_a_nul_is_a_problem_and_no_version)
{
	static const char text[] = "location: {type: git, path: /r, version: \"v1\\0v2\"}\n";
	TMD_AUTO_BUF struct tmd_buf edited = { 0 };
	struct tmd_core_file file;
	struct tmd_error err;

	tmd_core_file_read(text, strlen(text), "/f.yml", &file);
	ck_assert_str_eq(file.problems.items[0], "line 1: version holds a NUL");
	ck_assert_ptr_null(file.version);
	ck_fails(tmd_core_file_edit(&file, text, strlen(text), "/f.yml", "v2", &edited, &err), err,
		 TMD_E_REFUSED);
	tmd_core_file_release(&file);
}
END_TEST

START_TEST(what_does_not_read_back_is_not_given_out)
{
	static const char text[] = "location:\n  type: git\n  version: !!str\n";
	TMD_AUTO_BUF struct tmd_buf edited = { 0 };
	struct tmd_core_file file;
	struct tmd_error err;

	tmd_core_file_read(text, strlen(text), "/f.yml", &file);
	ck_fails(tmd_core_file_edit(&file, text, strlen(text), "/f.yml", "v2", &edited, &err), err,
		 TMD_E_REFUSED);
	ck_assert_uint_eq(edited.len, 0);
	ck_assert_str_eq(err.message, "line 3: the version cannot be replaced safely");
	tmd_core_file_release(&file);
}
END_TEST

START_TEST(a_type_with_a_nul_is_not_its_beginning)
{
	static const char text[] = "location: {type: \"git\\0\", version: v1}\n";
	struct tmd_core_file file;

	tmd_core_file_read(text, strlen(text), "/f.yml", &file);
	ck_assert_ptr_null(file.kind);
	tmd_core_file_release(&file);
}
END_TEST

static void assert_broken(const char *text, const char *message)
{
	struct tmd_core_file file;

	tmd_core_file_read(text, strlen(text), "/f.yml", &file);
	ck_assert_msg(file.broken.kind == TMD_E_REFUSED, "%s", text);
	ck_assert_msg(strstr(file.broken.message, message) != NULL, "%s", file.broken.message);
	ck_assert_int_eq(file.descriptor.kind, TMD_V_NULL);
	tmd_core_file_release(&file);
}

START_TEST(aliases_and_merges_that_decide_are_refused_by_name)
{
	assert_broken("a: &a location\n*a : {type: git, version: v1}\n", "line 2: a key is an alias");
	assert_broken("a: &a {location: {type: git}}\n<<: *a\n", "line 2: a merge key (<<)");
	assert_broken("a: &a git\nlocation:\n  type: *a\n  version: v1\n",
		      "line 3: the type is an alias");
	assert_broken("a: &a version\nlocation:\n  type: git\n  *a : v1\n",
		      "line 4: a key is an alias");
}
END_TEST

START_TEST(aliases_and_merges_elsewhere_are_left_alone)
{
	static const char before[] = "a: &a {b: c}\n<<: *a\nversion: *a\n"
				     "location: {type: git, version: v1, path: *a}\nd: {<<: *a}\n";
	static const char after[] = "a: &a {b: c}\n<<: *a\nversion: *a\n"
				    "location: {type: git, version: v2, path: *a}\nd: {<<: *a}\n";

	assert_written(before, "v2", after);
}
END_TEST

START_TEST(what_is_shown_of_a_file_is_one_short_line)
{
	TMD_AUTO_FREE char *shown = tmd_core_excerpt("a\nb\x1b");
	char wide[400];
	TMD_AUTO_FREE char *cut = NULL;

	ck_assert_str_eq(shown, "a\\nb\\x1b");
	for (size_t i = 0; i < sizeof(wide) - 1; i++)
		wide[i] = "\xC3\xA4"[i % 2];
	wide[sizeof(wide) - 1] = '\0';
	cut = tmd_core_excerpt(wide);
	ck_assert_uint_eq(strlen(cut), 160);
}
END_TEST

static Suite *file_suite(void)
{
	Suite *suite = suite_create("core_api file");
	TCase *core = tcase_create("core");

	tcase_add_loop_test(core, file_is_read_and_edited_as_expected, 0, (int)COUNT);
	tcase_add_test(core, every_data_file_is_expected);
	tcase_add_test(core, descriptor_lists_what_toolkit_reads);
	tcase_add_test(core, text_that_yaml_would_read_otherwise_is_quoted);
	tcase_add_test(core, releases_are_told_from_other_texts);
	tcase_add_test(core, version_with_a_nul_is_a_problem_and_no_version);
	tcase_add_test(core, what_does_not_read_back_is_not_given_out);
	tcase_add_test(core, a_type_with_a_nul_is_not_its_beginning);
	tcase_add_test(core, aliases_and_merges_that_decide_are_refused_by_name);
	tcase_add_test(core, aliases_and_merges_elsewhere_are_left_alone);
	tcase_add_test(core, what_is_shown_of_a_file_is_one_short_line);
	suite_add_tcase(suite, core);
	return suite;
}

UNIT_MAIN(file_suite)
