/*
 * The verb list of the env type: every variable that a target sets, told as read() would tell
 * it of each alone.
 */
#include "unit.h"

#include "base/mem.h"
#include "base/str.h"
#include "resources/changes.h"
#include "resources/env/env.h"
#include "resources/types.h"

static char root[UNIT_DIR_MAX];
static struct tmd_ctx ctx;
static struct tmd_error err;

/* A resource with room of its own. */
struct one {
	struct tmd_resource r;
	struct tmd_value input[TMD_ENV_FIELDS];
	struct tmd_value desired[TMD_ENV_FIELDS];
	struct tmd_value current[TMD_ENV_FIELDS];
};

#define FOUND_MAX 600

static struct found {
	struct tmd_listing base;
	struct one *items;
	size_t count;
} found;

static struct one query;

static void begin(struct one *one)
{
	memset(one, 0, sizeof(*one));
	one->r.type = &tmd_type_env;
	one->r.input = one->input;
	one->r.desired = one->desired;
	one->r.current = one->current;
}

static void end(struct one *one)
{
	if (one->r.type)
		one->r.type->release(&one->r);
	for (size_t i = 0; i < TMD_ENV_FIELDS; i++) {
		tmd_value_release(&one->input[i]);
		tmd_value_release(&one->desired[i]);
		tmd_value_release(&one->current[i]);
	}
	free(one->r.identity);
	free(one->r.name);
	tmd_strv_release(&one->r.warnings);
}

static struct tmd_resource *add(struct tmd_listing *base)
{
	struct found *all = (struct found *)base;

	ck_assert_uint_lt(all->count, FOUND_MAX);
	begin(&all->items[all->count]);
	return &all->items[all->count++].r;
}

static void setup(void)
{
	unit_make_dir(root);
	ctx_open(&ctx, root);
	tmd_fs_allow_writes(ctx.fs, true);
	begin(&query);
	found.base.add = add;
	found.items = tmd_alloc(FOUND_MAX, sizeof(*found.items));
	found.count = 0;
}

static void forget(void)
{
	while (found.count)
		end(&found.items[--found.count]);
}

static void teardown(void)
{
	forget();
	free(found.items);
	end(&query);
	ctx_close(&ctx);
	unit_remove_tree(root);
}

static void put(const char *path, const char *text)
{
	ck_ok(tmd_fs_replace(ctx.fs, path, text, strlen(text), NULL, &err), err);
}

/* Debian with systemd, whose environment.d leads to /etc/environment. */
static void make_systemd(void)
{
	static const char name[] = "/usr/lib/environment.d/99-environment.conf";
	TMD_AUTO_FREE char *link = tmd_fs_outside_path(ctx.fs, name);

	put("/usr/lib/systemd/systemd", "");
	put("/usr/lib/environment.d/00-none.conf", "");
	ck_assert(unit_symlink("/etc/environment", link));
}

/* As `get name=…` with the same place tells it. */
static void ck_told_alike(const struct tmd_resource *listed)
{
	struct one one;

	begin(&one);
	for (size_t i = 0; i < TMD_ENV_FIELDS; i++)
		tmd_value_copy(&one.input[i], &query.input[i]);
	tmd_value_set_string(&one.input[TMD_ENV_NAME], listed->name);
	ck_ok(tmd_resource_normalize(&ctx, &one.r, &err), err);
	ck_ok(tmd_resource_read(&ctx, &one.r, &err), err);
	for (size_t i = 0; i < TMD_ENV_FIELDS; i++)
		ck_assert_msg(tmd_value_equal(&one.current[i], &listed->current[i]), "%s: %s",
			      listed->name, tmd_type_env.fields[i].name);
	end(&one);
}

/* The state as a wish is met, whatever it is. */
static void ck_no_op(const struct tmd_resource *listed)
{
	struct one one;
	const struct tmd_value *wish;

	begin(&one);
	for (size_t i = 0; i < TMD_ENV_FIELDS; i++) {
		if (!(tmd_type_env.fields[i].flags & TMD_F_READ_ONLY))
			tmd_value_copy(&one.input[i], &listed->current[i]);
	}
	ck_ok(tmd_resource_normalize(&ctx, &one.r, &err), err);
	ck_ok(tmd_resource_read(&ctx, &one.r, &err), err);
	wish = &one.desired[TMD_ENV_PER_TARGET];
	for (size_t i = 0; i < wish->list.count; i++)
		ck_assert_str_eq(wish->map_values[i],
				 tmd_value_map_get(&one.current[TMD_ENV_PER_TARGET],
						   wish->list.items[i]));
	ck_assert(one.desired[TMD_ENV_VALUE].kind == TMD_V_NULL ||
		  tmd_value_equal(&one.desired[TMD_ENV_VALUE], &one.current[TMD_ENV_VALUE]));
	ck_assert(tmd_value_equal(&one.desired[TMD_ENV_STATE], &one.current[TMD_ENV_STATE]));
	end(&one);
}

static void list(void)
{
	forget();
	tmd_sessions_forget(&ctx, NULL);
	ck_ok(tmd_type_env.list(&ctx, &query.r, &found.base, &err), err);
	for (size_t i = 0; i < found.count; i++) {
		ck_told_alike(&found.items[i].r);
		ck_no_op(&found.items[i].r);
	}
}

/* Are they, space-separated, all that was found? */
static void ck_names(const char *names)
{
	TMD_AUTO_BUF struct tmd_buf all = { 0 };

	for (size_t i = 0; i < found.count; i++)
		tmd_buf_addf(&all, "%s%s", i ? " " : "", found.items[i].r.name);
	ck_assert_str_eq(tmd_buf_str(&all), names);
}

static const char *state_of(size_t i, enum tmd_env_field field)
{
	return tmd_value_str(&found.items[i].current[field]);
}

START_TEST(every_target_is_looked_at_and_each_name_told_once)
{
	make_systemd();
	put("/etc/environment", "LANG=C\nB_PAM=1\n");
	put("/etc/profile.d/x.sh", "export C_SHELL=2\nexport LANG=C\n");
	put("/etc/environment.d/x.conf", "A_DESKTOP=3\n");
	put("/etc/systemd/system.conf.d/x.conf", "[Manager]\nDefaultEnvironment=D_SERVICE=4\n");
	list();
	ck_names("A_DESKTOP B_PAM C_SHELL D_SERVICE LANG");
	ck_assert_str_eq(found.items[0].r.backend, "linux");
	ck_assert_str_eq(state_of(0, TMD_ENV_STATE), "present");
	ck_assert_str_eq(tmd_value_map_get(&found.items[3].current[TMD_ENV_PER_TARGET], "systemd"),
			 "4");
}
END_TEST

START_TEST(nothing_set_is_an_empty_list)
{
	list();
	ck_names("");
}
END_TEST

START_TEST(variables_of_a_script_alone_are_no_environment)
{
	put("/etc/profile.d/x.sh", "dir=/opt\n"
				   "for i in a b; do echo $i; done\n"
				   "export PATH_X=$dir\n");
	list();
	ck_names("PATH_X");
}
END_TEST

START_TEST(what_cannot_be_told_is_listed_as_get_tells_it)
{
	put("/etc/profile.d/x.sh", "if [ -d /opt ]; then\n\texport MAYBE=1\nfi\n");
	list();
	ck_names("MAYBE");
	ck_assert_ptr_null(state_of(0, TMD_ENV_VALUE));
	ck_assert_str_eq(tmd_value_map_get(&found.items[0].current[TMD_ENV_PER_TARGET],
					   "profile_d"), "(cannot tell)");
}
END_TEST

START_TEST(values_that_would_not_be_written_are_listed_and_may_come_back)
{
	put("/etc/environment", "ODD=/a\r\n");
	list();
	ck_names("ODD");
	ck_assert_str_eq(state_of(0, TMD_ENV_VALUE), "/a\r");
}
END_TEST

START_TEST(names_that_nothing_can_manage_are_left_out)
{
	put("/etc/environment", "GOOD=1\nBAD-NAME=2\n");
	list();
	ck_names("GOOD");
}
END_TEST

START_TEST(targets_may_be_chosen)
{
	make_systemd();
	put("/etc/environment", "PAM=1\n");
	put("/etc/profile.d/x.sh", "export SHELL_ONLY=1\n");
	tmd_value_list_add(&query.input[TMD_ENV_TARGETS_FIELD], "profile_d");
	list();
	ck_names("SHELL_ONLY");
	ck_assert_uint_eq(found.items[0].current[TMD_ENV_TARGETS_FIELD].list.count, 1);
}
END_TEST

START_TEST(a_users_own_variables_are_listed_and_not_the_machines)
{
	put("/etc/passwd", "u:x:4321:4322::/home/u:/bin/sh\n");
	put("/etc/environment", "MACHINE=1\n");
	put("/etc/environment.d/x.conf", "MACHINE_TOO=1\n");
	put("/usr/lib/systemd/systemd", "");
	put("/home/u/.profile", "export MINE=1\n");
	put("/home/u/.config/environment.d/a.conf", "DESKTOP=${HOME}/x\n");
	tmd_value_set_string(&query.input[TMD_ENV_SCOPE], "user");
	tmd_value_set_string(&query.input[TMD_ENV_USER], "u");
	list();
	ck_names("DESKTOP MINE");
	ck_assert_str_eq(state_of(1, TMD_ENV_SCOPE), "user");
	ck_assert_str_eq(state_of(1, TMD_ENV_USER), "u");
}
END_TEST

START_TEST(a_place_that_makes_no_sense_is_refused_as_for_other_verbs)
{
	tmd_value_set_string(&query.input[TMD_ENV_USER], "u");
	ck_fails(tmd_type_env.list(&ctx, &query.r, &found.base, &err), err, TMD_E_INVALID_INPUT);
	tmd_value_set_string(&query.input[TMD_ENV_SCOPE], "user");
	put("/etc/passwd", "root:x:0:0::/root:/bin/sh\n");
	ck_fails(tmd_type_env.list(&ctx, &query.r, &found.base, &err), err, TMD_E_NOT_FOUND);
	ck_assert_uint_eq(found.count, 0);
}
END_TEST

START_TEST(five_hundred_variables_are_listed)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };

	for (int i = 0; i < 500; i++)
		tmd_buf_addf(&text, "VAR_%03d=/some/path/%d\n", i, i);
	put("/etc/environment", tmd_buf_str(&text));
	list();
	ck_assert_uint_eq(found.count, 500);
	ck_assert_str_eq(found.items[499].r.name, "VAR_499");
}
END_TEST

START_TEST(more_variables_than_can_be_told_apart_are_refused)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };

	for (int i = 0; i < 5000; i++)
		tmd_buf_addf(&text, "V%d=1\n", i);
	put("/etc/environment", tmd_buf_str(&text));
	ck_fails(tmd_type_env.list(&ctx, &query.r, &found.base, &err), err, TMD_E_REFUSED);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("env_list");
	TCase *c = tcase_create("list");

	tcase_add_checked_fixture(c, setup, teardown);
	suite_add_tcase(s, c);
	tcase_add_test(c, every_target_is_looked_at_and_each_name_told_once);
	tcase_add_test(c, nothing_set_is_an_empty_list);
	tcase_add_test(c, variables_of_a_script_alone_are_no_environment);
	tcase_add_test(c, what_cannot_be_told_is_listed_as_get_tells_it);
	tcase_add_test(c, values_that_would_not_be_written_are_listed_and_may_come_back);
	tcase_add_test(c, names_that_nothing_can_manage_are_left_out);
	tcase_add_test(c, targets_may_be_chosen);
	tcase_add_test(c, a_users_own_variables_are_listed_and_not_the_machines);
	tcase_add_test(c, a_place_that_makes_no_sense_is_refused_as_for_other_verbs);
	tcase_add_test(c, five_hundred_variables_are_listed);
	tcase_add_test(c, more_variables_than_can_be_told_apart_are_refused);
	return s;
}

UNIT_MAIN(suite)
