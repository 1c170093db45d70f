/* For tests of types: a context to read through, and a look at the steps that a type describes. */
#ifndef TESTS_CHANGES_H
#define TESTS_CHANGES_H

#include "resources/session.h"
#include "resources/type.h"
#include "unit.h"

static struct tmd_fs *ctx_input; /* the machine itself, shared by all contexts of a test */
static unsigned ctx_open_count;

/* `root` NULL: the live machine. */
static inline void ctx_open(struct tmd_ctx *ctx, const char *root)
{
	struct tmd_error err;

	if (!ctx_open_count++)
		ck_ok(tmd_fs_open(NULL, &ctx_input, &err), err);
	memset(ctx, 0, sizeof(*ctx));
	ck_ok(tmd_fs_open(root, &ctx->fs, &err), err);
	ctx->view = tmd_view_new(ctx->fs, ctx_input);
	ctx->sessions = tmd_sessions_new();
}

static inline void ctx_close(struct tmd_ctx *ctx)
{
	tmd_sessions_free(ctx->sessions);
	tmd_view_free(ctx->view);
	tmd_fs_free(ctx->fs);
	if (--ctx_open_count)
		return;
	tmd_fs_free(ctx_input);
	ctx_input = NULL;
}

static inline void ctx_preview(struct tmd_ctx *ctx, const struct tmd_changeset *set)
{
	struct tmd_error err;

	ck_ok(tmd_changeset_preview(set, ctx->view, &err), err);
}

/* What the engine shows of them. */
static inline void ctx_describe(struct tmd_ctx *ctx, const struct tmd_changeset *set,
				struct tmd_resource *r)
{
	tmd_diff_clear(&r->diff);
	tmd_changeset_describe(set, ctx->view, &r->diff);
}

/* Carries all steps out, and forgets what was read, as the engine does. */
static inline void ctx_carry_out(struct tmd_ctx *ctx, const struct tmd_changeset *set)
{
	struct tmd_error err;

	for (size_t i = 0; i < set->count; i++)
		ck_ok(set->steps[i]->ops->carry_out(set->steps[i], ctx->fs, &err), err);
	tmd_sessions_forget(ctx, NULL);
}

/* The file step at that index; fails where it is of another kind. */
static inline const struct tmd_file_step *file_step(const struct tmd_changeset *set, size_t index,
						    const struct tmd_step_ops *ops)
{
	ck_assert_uint_lt(index, set->count);
	ck_assert_ptr_eq(set->steps[index]->ops, ops);
	return (const struct tmd_file_step *)set->steps[index];
}

static inline const struct tmd_file_step *find_step(const struct tmd_changeset *set,
						    const struct tmd_step_ops *ops,
						    const char *path)
{
	for (size_t i = 0; i < set->count; i++) {
		const struct tmd_file_step *step = (const struct tmd_file_step *)set->steps[i];

		if (step->base.ops == ops && strcmp(step->path, path) == 0)
			return step;
	}
	return NULL;
}

static inline bool find_right(const struct tmd_changeset *set, const char *path)
{
	return tmd_strv_has(&set->rights, path);
}

static inline const struct tmd_expectation *find_expected(const struct tmd_changeset *set,
							  const char *path)
{
	for (size_t i = 0; i < set->expected_count; i++) {
		if (strcmp(set->expected[i].path, path) == 0)
			return &set->expected[i];
	}
	return NULL;
}

#endif
