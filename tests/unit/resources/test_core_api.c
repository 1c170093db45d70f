/* The core_api resource on a scratch root: finding the file, wishes, refusals, changes. */
#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"
#include "resources/changes.h"
#include "resources/types.h"
#include "unit.h"

#define FIELDS 15
#define CACERTS "SHOTGUN_API_CACERTS"
#define CORE "/show/config/core/core_api.yml"

static char root[UNIT_DIR_MAX];
static struct tmd_ctx ctx;
static struct tmd_resource r;
static struct tmd_value input[FIELDS];
static struct tmd_value desired[FIELDS];
static struct tmd_value current[FIELDS];

static struct tmd_value *field_of(struct tmd_value *values, const char *name)
{
	for (size_t i = 0; i < tmd_type_core_api.field_count; i++) {
		if (strcmp(tmd_type_core_api.fields[i].name, name) == 0)
			return &values[i];
	}
	ck_abort_msg("no field %s", name);
	return NULL;
}

static void make_root(void)
{
	ck_assert_uint_eq(tmd_type_core_api.field_count, FIELDS);
	unit_make_dir(root);
	ctx_open(&ctx, root);
	memset(&r, 0, sizeof(r));
	r.type = &tmd_type_core_api;
	r.input = input;
	r.desired = desired;
	r.current = current;
	tmd_value_set_string(field_of(input, "path"), "/show");
}

static void clear_values(struct tmd_value *values)
{
	for (size_t i = 0; i < FIELDS; i++)
		tmd_value_release(&values[i]);
}

static void clear_resource(void)
{
	clear_values(desired);
	clear_values(current);
	tmd_type_core_api.release(&r);
	tmd_error_clear(&r.shortfall);
	tmd_strv_release(&r.warnings);
	free(r.identity);
	free(r.name);
	free(r.diff.path);
	free(r.diff.before);
	free(r.diff.after);
	r.identity = NULL;
	r.name = NULL;
	memset(&r.diff, 0, sizeof(r.diff));
}

static void remove_root(void)
{
	clear_resource();
	clear_values(input);
	ctx_close(&ctx);
	unit_remove_tree(root);
}

static void put(const char *path, const char *text)
{
	unit_make_parents(root, path);
	unit_write(root, path + 1, text, strlen(text));
}

/* With the keys that most types need, behind the version. */
#define MORE_KEYS "  path: /r/tk-core.git\n  branch: b\n"

static void put_version(const char *type, const char *version)
{
	char text[512];

	snprintf(text, sizeof(text), "location:\n  type: %s\n  name: tk-core\n  version: %s\n%s",
		 type, version, strcmp(type, "app_store") == 0 ? "" : MORE_KEYS);
	put("/show/config/core/core_api.yml", text);
}

static void wish(const char *version)
{
	tmd_value_set_string(field_of(input, "version"), version);
}

static void look(void)
{
	struct tmd_error err;

	clear_resource();
	ck_ok(tmd_resource_normalize(&ctx, &r, &err), err);
	ck_ok(tmd_resource_read(&ctx, &r, &err), err);
}

static void assert_identity(const char *path)
{
	TMD_AUTO_FREE char *real = NULL;
	TMD_AUTO_FREE char *key = NULL;
	TMD_AUTO_FREE char *wanted = NULL;
	struct tmd_error err;

	ck_ok(tmd_fs_resolve(ctx.fs, path, &real, &err), err);
	key = tmd_path_key(real);
	wanted = tmd_format("core_api:%s", key);
	ck_assert_str_eq(r.identity, wanted);
}

static bool in_sync(void)
{
	const struct tmd_value *wanted = field_of(desired, "version");
	const struct tmd_value *there = field_of(current, "version");

	return wanted->kind == TMD_V_NULL || tmd_value_equal(wanted, there);
}

static void assert_refused(enum tmd_error_kind kind, const char *message)
{
	struct tmd_changeset set = { 0 };
	struct tmd_error err;

	look();
	ck_assert(!in_sync());
	ck_fails(tmd_type_core_api.plan(&ctx, &r, &set, &err), err, kind);
	ck_assert_msg(strstr(err.message, message) != NULL, "%s", err.message);
	ck_assert_str_eq(err.path, "/show/config/core/core_api.yml");
	ck_assert_msg(err.hint[0] != '\0', "no hint: %s", err.message);
	ck_assert_uint_eq(set.count, 0);
	tmd_changeset_release(&set);
}

/* Plans, checks the one change, carries it out, and reads again. */
static void converge(const char *after)
{
	struct tmd_changeset set = { 0 };
	const struct tmd_file_step *step;
	struct tmd_error err;

	look();
	ck_assert(!in_sync());
	ck_ok(tmd_type_core_api.plan(&ctx, &r, &set, &err), err);
	ck_assert_uint_eq(set.count, 1);
	step = file_step(&set, 0, &tmd_step_write);
	ck_assert(!set.rebuild);
	ck_assert_uint_eq(step->attr.mode, TMD_KEEP);
	ck_assert_uint_eq(step->attr.uid, TMD_KEEP);
	ck_assert_str_eq(tmd_buf_str(&step->content), after);
	tmd_changeset_describe(&set, ctx.view, &r.diff);
	ck_assert_str_eq(r.diff.path, step->path);
	ck_assert_str_eq(r.diff.after, after);
	ck_assert_str_ne(r.diff.before, after);
	tmd_fs_allow_writes(ctx.fs, true);
	ctx_carry_out(&ctx, &set);
	tmd_fs_allow_writes(ctx.fs, false);
	tmd_changeset_release(&set);
	look();
	ck_assert(in_sync());
}

static const char *text_of(const char *name)
{
	return tmd_value_str(field_of(current, name));
}

START_TEST(installed_configuration_comes_before_source_and_file)
{
	put("/show/core/core_api.yml", "location: {type: git, path: /r, version: v2}\n");
	look();
	ck_assert_str_eq(text_of("file"), "/show/core/core_api.yml");
	put("/show/config/core/core_api.yml", "location: {type: git, path: /r, version: v1}\n");
	look();
	ck_assert_str_eq(text_of("file"), "/show/config/core/core_api.yml");
	ck_assert_str_eq(text_of("version"), "v1");
	ck_assert_str_eq(r.name, "/show");
	ck_assert_str_eq(r.backend, "file");
	assert_identity(CORE);
	tmd_value_set_string(field_of(input, "path"), "/show/core/core_api.yml");
	look();
	ck_assert_str_eq(text_of("version"), "v2");
	assert_identity("/show/core/core_api.yml");
}
END_TEST

START_TEST(two_ways_to_one_file_have_one_identity)
{
	char link[UNIT_DIR_MAX + 8];
	TMD_AUTO_FREE char *first = NULL;

	put_version("app_store", "v0.20.6");
	look();
	first = tmd_strdup(r.identity);
	snprintf(link, sizeof(link), "%s/link", root);
	if (!unit_symlink("show", link)) {
		unit_skip(UNIT_NO_LINKS);
		return;
	}
	tmd_value_set_string(field_of(input, "path"), "/link");
	look();
	ck_assert_str_eq(r.identity, first);
}
END_TEST

START_TEST(missing_file_says_where_it_was_looked_for)
{
	struct tmd_error err;

	ck_ok(tmd_resource_normalize(&ctx, &r, &err), err);
	assert_identity("/show");
	ck_fails(tmd_resource_read(&ctx, &r, &err), err, TMD_E_NOT_FOUND);
	ck_assert_ptr_nonnull(strstr(err.message, "/show/config/core/core_api.yml"));
	ck_assert_ptr_nonnull(strstr(err.message, "/show/core/core_api.yml"));
	ck_assert_ptr_nonnull(strstr(err.hint, "the core of the studio or the site"));
}
END_TEST

START_TEST(directory_in_the_files_place_is_passed_over)
{
	struct tmd_error err;

	put("/show/config/core/core_api.yml/x", "");
	ck_ok(tmd_resource_normalize(&ctx, &r, &err), err);
	ck_fails(tmd_resource_read(&ctx, &r, &err), err, TMD_E_NOT_FOUND);
}
END_TEST

START_TEST(file_above_the_limit_is_refused)
{
	char *text = malloc((1 << 20) + 2);
	struct tmd_error err;

	ck_assert_ptr_nonnull(text);
	memset(text, '#', (1 << 20) + 1);
	text[(1 << 20) + 1] = '\0';
	put("/show/core/core_api.yml", text);
	free(text);
	ck_ok(tmd_resource_normalize(&ctx, &r, &err), err);
	ck_fails(tmd_resource_read(&ctx, &r, &err), err, TMD_E_REFUSED);
}
END_TEST

START_TEST(version_is_replaced_and_nothing_else)
{
	put("/show/config/core/core_api.yml",
	    "# pinned\r\nlocation:\r\n  type: app_store\r\n  name: x\r\n  version: 'v0.20.6' # old\r\n");
	wish("v0.23.10");
	converge("# pinned\r\nlocation:\r\n  type: app_store\r\n  name: x\r\n  version: 'v0.23.10' # old\r\n");
	ck_assert_str_eq(text_of("version"), "v0.23.10");
}
END_TEST

START_TEST(mode_of_the_file_is_kept)
{
	struct tmd_fs_attr attr = { 0640, TMD_KEEP, TMD_KEEP, 0 };
	struct tmd_stat st;
	struct tmd_error err;

	if (!tmd_fs_has_modes()) {
		unit_skip("files have no mode here");
		return;
	}
	put_version("app_store", "v0.20.6");
	tmd_fs_allow_writes(ctx.fs, true);
	ck_ok(tmd_fs_set_attr(ctx.fs, CORE, &attr, &err), err);
	wish("v0.23.10");
	converge("location:\n  type: app_store\n  name: tk-core\n  version: v0.23.10\n");
	ck_ok(tmd_fs_stat(ctx.fs, CORE, &st, &err), err);
	ck_assert_uint_eq(st.mode, 0640);
}
END_TEST

START_TEST(null_wish_leaves_every_file_alone)
{
	put_version("dev", "v0.20.6");
	wish(NULL);
	look();
	ck_assert(in_sync());
	put("/show/config/core/core_api.yml", "location:\n\t- broken\n");
	look();
	ck_assert(in_sync());
	ck_assert_int_eq(field_of(current, "version")->kind, TMD_V_NULL);
	ck_assert_uint_eq(field_of(current, "problems")->list.count, 1);
}
END_TEST

START_TEST(what_was_read_is_a_no_op_as_wish)
{
	static const char *const versions[] = { "v0.23.8", "0.20", "'it''s \"odd\" \\'",
						"latest",  "",	   "~",
						"''",	   NULL };

	for (size_t i = 0; versions[i]; i++) {
		put_version("git", versions[i]);
		wish(NULL);
		look();
		tmd_value_copy(field_of(input, "version"), field_of(current, "version"));
		look();
		ck_assert_msg(in_sync(), "%s", versions[i]);
	}
}
END_TEST

START_TEST(downgrade_needs_permission)
{
	put_version("app_store", "v0.23.10");
	wish("v0.23.9");
	assert_refused(TMD_E_REFUSED, "line 4: v0.23.10 is newer than v0.23.9");
	tmd_value_set_bool(field_of(input, "allow_downgrade"), true);
	converge("location:\n  type: app_store\n  name: tk-core\n  version: v0.23.9\n");
}
END_TEST

START_TEST(release_replaces_its_candidate)
{
	put_version("app_store", "v0.19.1.rc2");
	wish("v0.19.1");
	converge("location:\n  type: app_store\n  name: tk-core\n  version: v0.19.1\n");
	wish("v0.19.1.rc2");
	assert_refused(TMD_E_REFUSED, "is newer than");
}
END_TEST

START_TEST(at_least_is_content_with_newer)
{
	put_version("app_store", "v0.24.0");
	tmd_value_set_string(field_of(input, "match"), "at_least");
	wish("v0.23.10");
	look();
	ck_assert(in_sync());
	put_version("git", "HEAD");
	look();
	ck_assert(in_sync());
	put_version("app_store", "v0.23.9");
	converge("location:\n  type: app_store\n  name: tk-core\n  version: v0.23.10\n");
}
END_TEST

START_TEST(at_least_without_an_order_is_a_conflict)
{
	tmd_value_set_string(field_of(input, "match"), "at_least");
	put_version("app_store", "latest");
	wish("v0.23.10");
	assert_refused(TMD_E_CONFLICT, "cannot tell whether latest is at least v0.23.10");
	put_version("git_branch", "a6512fa");
	wish("b7c1d2e");
	assert_refused(TMD_E_CONFLICT, "cannot tell whether a6512fa is at least b7c1d2e");
}
END_TEST

START_TEST(latest_can_be_pinned)
{
	put_version("app_store", "latest");
	wish("v0.23.10");
	converge("location:\n  type: app_store\n  name: tk-core\n  version: v0.23.10\n");
}
END_TEST

START_TEST(branches_take_commits_only)
{
	put_version("git_branch", "a6512fa");
	wish("v0.23.10");
	assert_refused(TMD_E_REFUSED, "line 2: git_branch versions are commit ids, and v0.23.10");
	wish("b7c1d2e");
	converge("location:\n  type: git_branch\n  name: tk-core\n  version: b7c1d2e\n" MORE_KEYS);
	put_version("git_branch", "v0.23.9");
	assert_refused(TMD_E_REFUSED, "line 4: git_branch versions are commit ids, and v0.23.9");
}
END_TEST

START_TEST(app_store_versions_have_a_form)
{
	put_version("app_store", "v0.20.6");
	wish("0.23.10");
	assert_refused(TMD_E_INVALID_INPUT, "version 0.23.10 is none of the app store's");
	put_version("git", "v0.20.6");
	wish("0.23.10");
	converge("location:\n  type: git\n  name: tk-core\n  version: 0.23.10\n" MORE_KEYS);
}
END_TEST

START_TEST(texts_that_cannot_be_versions)
{
	static const char *const bad[] = { "",	   "v1 2",     "v1\n",	"v'1",	 "v\"1",
					   "v\\1", "\xC3\xA4", "v\x7F", "v\x01", NULL };
	char wide[200];

	put_version("git", "v0.20.6");
	for (size_t i = 0; bad[i]; i++) {
		wish(bad[i]);
		assert_refused(TMD_E_INVALID_INPUT, "version must");
	}
	memset(wide, '1', sizeof(wide));
	wide[sizeof(wide) - 1] = '\0';
	wish(wide);
	assert_refused(TMD_E_INVALID_INPUT, "version must have");
}
END_TEST

START_TEST(descriptors_without_versions_refuse_one)
{
	wish("v0.23.10");
	put("/show/config/core/core_api.yml", "location: {type: dev, path: /x}\n");
	assert_refused(TMD_E_REFUSED, "a dev descriptor uses the core at its path");
	put_version("path", "v0.20.6");
	assert_refused(TMD_E_REFUSED, "a path descriptor uses the core at its path");
	put("/show/config/core/core_api.yml", "location: {name: tk-core, version: v0.20.6}\n");
	assert_refused(TMD_E_CONFLICT, "location has no type");
	put_version("git_branch,", "a6512fa");
	assert_refused(TMD_E_CONFLICT, "knows no descriptor type git_branch,");
}
END_TEST

START_TEST(missing_version_is_a_conflict_with_the_line_to_add)
{
	struct tmd_changeset set = { 0 };
	struct tmd_error err;

	put("/show/config/core/core_api.yml", "location:\n    name: x\n    type: app_store\n");
	wish("v0.23.10");
	assert_refused(TMD_E_CONFLICT, "Toolkit uses the latest");
	ck_fails(tmd_type_core_api.plan(&ctx, &r, &set, &err), err, TMD_E_CONFLICT);
	ck_assert_str_eq(err.hint, "add below line 3 the line \"    version: v0.23.10\"");
}
END_TEST

START_TEST(broken_file_is_a_conflict_that_names_the_line)
{
	put("/show/config/core/core_api.yml", "location:\n\ttype: app_store\n");
	wish("v0.23.10");
	assert_refused(TMD_E_CONFLICT, "line 2: a tab");
}
END_TEST

static bool has_problem(const char *text)
{
	const struct tmd_strv *problems = &field_of(current, "problems")->list;

	for (size_t i = 0; i < problems->count; i++) {
		if (strstr(problems->items[i], text))
			return true;
	}
	return false;
}

START_TEST(cores_that_ignore_the_variable_are_reported)
{
	const struct tmd_value *honours = field_of(current, "honours_env_override");

	put_version("app_store", "v0.23.8");
	look();
	ck_assert(!tmd_value_bool(honours, true));
	ck_assert_str_eq(text_of("python_api_version"), "3.10.0");
	ck_assert(has_problem("core v0.23.8 ignores SHOTGUN_API_CACERTS; v0.23.10 fixes it"));
	put_version("app_store", "v0.23.10");
	look();
	ck_assert(tmd_value_bool(honours, false));
	ck_assert(!has_problem("SHOTGUN_API_CACERTS"));
	put_version("app_store", "v0.18.163");
	look();
	ck_assert(!tmd_value_bool(honours, true));
	ck_assert(has_problem("v0.18.164 is the first"));
	put_version("app_store", "v0.15.0");
	look();
	ck_assert(!tmd_value_bool(honours, true));
	ck_assert(has_problem("does not know SHOTGUN_API_CACERTS"));
}
END_TEST

START_TEST(unknown_cores_get_no_guess)
{
	put_version("app_store", "v0.99.0");
	look();
	ck_assert_int_eq(field_of(current, "honours_env_override")->kind, TMD_V_NULL);
	ck_assert_ptr_null(text_of("python_api_version"));
	ck_assert_uint_eq(r.warnings.count, 1);
	ck_assert_ptr_nonnull(strstr(r.warnings.items[0], "core v0.99.0 is none of the releases"));
	put_version("git_branch", "a6512fa");
	look();
	ck_assert_int_eq(field_of(current, "honours_env_override")->kind, TMD_V_NULL);
	ck_assert_uint_eq(r.warnings.count, 0);
	put_version("dev", "v0.23.8");
	look();
	ck_assert_int_eq(field_of(current, "honours_env_override")->kind, TMD_V_NULL);
}
END_TEST

START_TEST(wish_for_a_core_that_ignores_the_variable_is_warned_about)
{
	put_version("app_store", "v0.20.6");
	wish("v0.23.9");
	look();
	ck_assert_uint_eq(r.warnings.count, 1);
	ck_assert_ptr_nonnull(strstr(r.warnings.items[0], "core v0.23.9 ignores"));
	put_version("app_store", "v0.23.9");
	look();
	ck_assert_uint_eq(r.warnings.count, 0);
	ck_assert(has_problem("core v0.23.9 ignores"));
}
END_TEST

START_TEST(parameters_are_reported)
{
	put_version("app_store", "v0.20.6");
	look();
	ck_assert_str_eq(text_of("match"), "exact");
	ck_assert_int_eq(field_of(current, "allow_downgrade")->kind, TMD_V_BOOL);
	ck_assert_str_eq(text_of("path"), "/show");
}
END_TEST

static void put_text(const char *text)
{
	put("/show/config/core/core_api.yml", text);
}

START_TEST(descriptors_that_toolkit_refuses_pin_nothing)
{
	wish("v0.23.10");
	put_text("location:\n  type: app_store\n  version: v0.23.10\n");
	assert_refused(TMD_E_CONFLICT, "line 2: a descriptor of type app_store needs the key name");
	ck_assert_ptr_null(text_of("version"));
	put_text("location:\n  type: app_store\n  name:\n  version: v0.23.10\n");
	assert_refused(TMD_E_CONFLICT, "line 2: name has no value");
	put_text("location: sgtk:descriptor:git?version=v0.23.10\n");
	assert_refused(TMD_E_CONFLICT, "line 1: a descriptor of type git needs the key path");
}
END_TEST

START_TEST(at_least_does_not_pass_over_what_has_no_order)
{
	tmd_value_set_string(field_of(input, "match"), "at_least");
	wish("v0.23.10");
	put_version("git_branch", "7be1f1306acfd611eabaff9a9011ba285c9fafbd");
	assert_refused(TMD_E_CONFLICT, "line 4: cannot tell whether 7be1f1306acfd611");
	put_version("git", "'9138254'");
	assert_refused(TMD_E_CONFLICT, "line 4: cannot tell whether 9138254 is");
	put_text("location: {type: shotgun, entity_type: E, field: f, id: 1, version: 999}\n");
	assert_refused(TMD_E_CONFLICT, "line 1: cannot tell whether 999 is at least v0.23.10");
	put_version("dev", "v0.99.0");
	assert_refused(TMD_E_REFUSED, "line 2: a dev descriptor uses the core at its path");
}
END_TEST

START_TEST(an_installed_configuration_runs_what_is_installed)
{
	put_version("app_store", "v0.23.10");
	put("/show/config/core/roots.yml", "");
	put("/show/install/core/_core_upgrader.py", "");
	put("/show/install/core/info.yml", "version: \"v0.18.103\"\n");
	look();
	ck_assert_str_eq(text_of("version"), "v0.23.10");
	ck_assert_str_eq(text_of("running_version"), "v0.18.103");
	ck_assert_str_eq(text_of("running_core"), "/show/install/core");
	ck_assert(!tmd_value_bool(field_of(current, "honours_env_override"), true));
	ck_assert(has_problem("/show/tank core --version=v0.23.10"));
	ck_assert_uint_eq(r.warnings.count, 1);
}
END_TEST

START_TEST(of_many_the_broken_one_is_the_shortfall)
{
	const struct tmd_value *projects = field_of(current, "projects");

	put("/m/a/core/core_api.yml", "location: {type: app_store, name: x, version: v0.23.9}\n");
	put("/m/b/core/core_api.yml", "location: {version: v0.23.9}\n");
	put("/m/c/core/core_api.yml", "location: {type: app_store, name: x, version: v0.24.0}\n");
	tmd_value_set_string(field_of(input, "path"), "/m/*");
	tmd_value_set_string(field_of(input, "match"), "at_least");
	wish("v0.23.10");
	look();
	ck_assert_int_eq(field_of(current, "count")->integer, 3);
	ck_assert_uint_eq(projects->list.count, 2);
	ck_assert_str_eq(tmd_value_map_get(projects, "/m/a"), "v0.23.9");
	ck_assert_str_eq(tmd_value_map_get(projects, "/m/b"), "(broken)");
	ck_assert_uint_eq(field_of(desired, "projects")->list.count, 1);
	ck_assert_int_eq(r.shortfall.kind, TMD_E_CONFLICT);
	ck_assert_ptr_nonnull(strstr(r.shortfall.message, "/m/b: line 1: location has no type"));
}
END_TEST

static Suite *core_api_suite(void)
{
	Suite *suite = suite_create("core_api");
	TCase *core = tcase_create("core");

	tcase_add_checked_fixture(core, make_root, remove_root);
	tcase_add_test(core, installed_configuration_comes_before_source_and_file);
	tcase_add_test(core, two_ways_to_one_file_have_one_identity);
	tcase_add_test(core, missing_file_says_where_it_was_looked_for);
	tcase_add_test(core, directory_in_the_files_place_is_passed_over);
	tcase_add_test(core, file_above_the_limit_is_refused);
	tcase_add_test(core, version_is_replaced_and_nothing_else);
	tcase_add_test(core, mode_of_the_file_is_kept);
	tcase_add_test(core, null_wish_leaves_every_file_alone);
	tcase_add_test(core, what_was_read_is_a_no_op_as_wish);
	tcase_add_test(core, downgrade_needs_permission);
	tcase_add_test(core, release_replaces_its_candidate);
	tcase_add_test(core, at_least_is_content_with_newer);
	tcase_add_test(core, at_least_without_an_order_is_a_conflict);
	tcase_add_test(core, latest_can_be_pinned);
	tcase_add_test(core, branches_take_commits_only);
	tcase_add_test(core, app_store_versions_have_a_form);
	tcase_add_test(core, texts_that_cannot_be_versions);
	tcase_add_test(core, descriptors_without_versions_refuse_one);
	tcase_add_test(core, missing_version_is_a_conflict_with_the_line_to_add);
	tcase_add_test(core, broken_file_is_a_conflict_that_names_the_line);
	tcase_add_test(core, cores_that_ignore_the_variable_are_reported);
	tcase_add_test(core, unknown_cores_get_no_guess);
	tcase_add_test(core, wish_for_a_core_that_ignores_the_variable_is_warned_about);
	tcase_add_test(core, parameters_are_reported);
	tcase_add_test(core, descriptors_that_toolkit_refuses_pin_nothing);
	tcase_add_test(core, at_least_does_not_pass_over_what_has_no_order);
	tcase_add_test(core, an_installed_configuration_runs_what_is_installed);
	tcase_add_test(core, of_many_the_broken_one_is_the_shortfall);
	suite_add_tcase(suite, core);
	return suite;
}

UNIT_MAIN(core_api_suite)
