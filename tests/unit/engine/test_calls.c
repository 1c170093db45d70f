/* In which order the engine calls a type's functions, as resources/type.h has it. */
#include "unit.h"

#include "base/mem.h"
#include "base/str.h"
#include "engine/attributes.h"
#include "engine/run.h"
#include "resources/type.h"
#include "run_fixture.h"

enum { F_NAME, F_VALUE, FIELDS };

static const struct tmd_field fields[FIELDS] = {
	[F_NAME] = { "name", TMD_T_STRING, TMD_F_KEY, NULL, NULL, "Its name." },
	[F_VALUE] = { "value", TMD_T_STRING, TMD_F_REQUIRED, NULL, NULL, "Its value." },
};
static const char *const backends[] = { "test", NULL };

static struct tmd_strv calls; /* "read a", in order */
static bool b_has_value;      /* the machine: a has its value, b may */

static void note(const char *what, const struct tmd_resource *r)
{
	tmd_strv_addf(&calls, "%s %s", what, r ? r->name : "b");
}

/* ---- the one step ---- */

static enum tmd_rc check(const struct tmd_step *step, struct tmd_fs *fs, struct tmd_error *err)
{
	(void)step;
	(void)fs;
	(void)err;
	return TMD_OK;
}

static enum tmd_rc carry_out(const struct tmd_step *step, struct tmd_fs *fs, struct tmd_error *err)
{
	(void)step;
	(void)fs;
	(void)err;
	note("step", NULL);
	b_has_value = true;
	return TMD_OK;
}

static enum tmd_rc preview(const struct tmd_step *step, struct tmd_view *view,
			   struct tmd_error *err)
{
	const struct tmd_buf nothing = { 0 };

	(void)step;
	(void)err;
	tmd_view_put_fact(view, "b", &nothing);
	return TMD_OK;
}

static void free_step(struct tmd_step *step)
{
	free(step);
}

static const struct tmd_step_ops ops = {
	.check = check, .carry_out = carry_out, .preview = preview, .release = free_step,
};

/* ---- the type ---- */

static enum tmd_rc normalize(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_error *err)
{
	(void)ctx;
	(void)err;
	free(r->name);
	free(r->identity);
	r->name = tmd_strdup(tmd_value_str(&r->input[F_NAME]));
	r->identity = tmd_strdup(r->name);
	r->backend = backends[0];
	tmd_value_copy(&r->desired[F_VALUE], &r->input[F_VALUE]);
	note("normalize", r);
	return TMD_OK;
}

static enum tmd_rc check_wish(const struct tmd_resource *r, struct tmd_error *err)
{
	(void)err;
	note("check_wish", r);
	return TMD_OK;
}

static const char *contradicts(const struct tmd_resource *a, const struct tmd_resource *b)
{
	(void)a;
	note("contradicts", b);
	return NULL;
}

static enum tmd_rc read_it(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_error *err)
{
	bool there = strcmp(r->name, "a") == 0 || b_has_value || tmd_view_fact(ctx->view, "b");

	(void)err;
	note("read", r);
	tmd_value_set_string(&r->current[F_NAME], r->name);
	if (there)
		tmd_value_set_string(&r->current[F_VALUE], "x");
	return TMD_OK;
}

static bool in_sync(const struct tmd_resource *r, size_t field)
{
	(void)field;
	note("in_sync", r);
	return false;
}

static enum tmd_rc plan(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_changeset *set,
			struct tmd_error *err)
{
	struct tmd_step *step = tmd_alloc(1, sizeof(*step));

	(void)ctx;
	(void)err;
	note("plan", r);
	step->ops = &ops;
	tmd_changeset_add(set, step);
	set->rebuild = true;
	return TMD_OK;
}

static enum tmd_rc commit(struct tmd_ctx *ctx, struct tmd_resource *const *resources, size_t count,
			  struct tmd_error *err)
{
	(void)ctx;
	(void)err;
	ck_assert_uint_eq(count, 1);
	note("commit", resources[0]);
	return TMD_OK;
}

static const struct tmd_type type = {
	.name = "noted",
	.summary = "A type whose calls are noted.",
	.fields = fields,
	.field_count = FIELDS,
	.backends = backends,
	.normalize = normalize,
	.check_wish = check_wish,
	.contradicts = contradicts,
	.read = read_it,
	.in_sync = in_sync,
	.plan = plan,
	.commit = commit,
	.commit_text = "committing",
};

static void add(const char *name)
{
	struct tmd_result *result = tmd_run_add(&run, &type, "/");
	struct tmd_error err;

	ck_ok(tmd_attribute_set_text(result, F_NAME, name, &err), err);
	ck_ok(tmd_attribute_set_text(result, F_VALUE, "x", &err), err);
}

static void setup(void)
{
	run_open();
	b_has_value = false;
	add("a");
	add("b");
}

static void teardown(void)
{
	run_close();
	tmd_strv_release(&calls);
}

static void execute(enum tmd_verb verb)
{
	run.verb = verb;
	ck_assert_int_eq(tmd_run_execute(&run), TMD_OK);
	ck_assert(!tmd_run_failed(&run));
}

static size_t count(const char *call)
{
	size_t found = 0;

	for (size_t i = 0; i < calls.count; i++)
		found += strcmp(calls.items[i], call) == 0;
	return found;
}

/* Is this the order in which they are called for the first time? The last is NULL. */
static void begins_in_order(const char *const *wanted)
{
	size_t at = 0;

	for (; *wanted; wanted++) {
		size_t i = 0;

		while (i < calls.count && strcmp(calls.items[i], *wanted) != 0)
			i++;
		ck_assert_msg(i < calls.count, "%s is not called", *wanted);
		ck_assert_msg(i >= at, "%s comes too early", *wanted);
		at = i;
	}
}

START_TEST(apply_reads_plans_carries_out_commits_and_reads_again)
{
	static const char *const order[] = { "normalize a", "check_wish a", "normalize b",
					     "check_wish b", "contradicts b", "read a", "read b",
					     "in_sync b", "plan b", "step b", "commit b", NULL };

	execute(TMD_VERB_APPLY);
	begins_in_order(order);
	ck_assert_uint_eq(count("step b"), 1);
	ck_assert_uint_eq(count("commit b"), 1);
	ck_assert_uint_eq(count("plan a") + count("in_sync a"), 0);
	ck_assert_str_eq(calls.items[calls.count - 2], "read a");
	ck_assert_str_eq(calls.items[calls.count - 1], "read b");
}
END_TEST

START_TEST(plan_ends_before_anything_is_carried_out)
{
	execute(TMD_VERB_PLAN);
	ck_assert_uint_ge(count("plan b"), 1);
	ck_assert_uint_eq(count("step b") + count("commit b"), 0);
	ck_assert(!b_has_value);
}
END_TEST

START_TEST(get_reads_once_and_asks_nothing_of_the_wish)
{
	execute(TMD_VERB_GET);
	ck_assert_uint_eq(calls.count, 4);
	begins_in_order((const char *const[]){ "normalize a", "normalize b", "read a", "read b",
					       NULL });
}
END_TEST

START_TEST(what_is_in_order_is_read_and_nothing_else)
{
	b_has_value = true;
	execute(TMD_VERB_APPLY);
	ck_assert_uint_eq(count("plan b") + count("step b") + count("commit b"), 0);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("engine_calls");
	TCase *c = tcase_create("calls");

	tcase_add_checked_fixture(c, setup, teardown);
	suite_add_tcase(s, c);
	tcase_add_test(c, apply_reads_plans_carries_out_commits_and_reads_again);
	tcase_add_test(c, plan_ends_before_anything_is_carried_out);
	tcase_add_test(c, get_reads_once_and_asks_nothing_of_the_wish);
	tcase_add_test(c, what_is_in_order_is_read_and_nothing_else);
	return s;
}

UNIT_MAIN(suite)
