/*
 * A resource type for the engine's own tests: one file, whose text is the attribute
 * `text`. It behaves well unless a test tells it not to through `mode`.
 */
#ifndef TESTS_FAKE_TYPE_H
#define TESTS_FAKE_TYPE_H

#include "base/mem.h"
#include "base/str.h"
#include "resources/type.h"

enum {
	FAKE_PATH,
	FAKE_TEXT,
	FAKE_STATE,
	FAKE_MODE,
	FAKE_COUNT,
	FAKE_TAGS,
	FAKE_STRICT,
	FAKE_SIZE,
	FAKE_SEEN,
	FAKE_DISK,
	FAKE_FIELDS,
};

static const char *const fake_states[] = { "present", "absent", NULL };
static const char *const fake_modes[] = { "good",     "refuses", "forgets", "rebuilds",
					  "idles",    "spoils",  "backs_up", "alone",
					  "later",    "follows", "raced", NULL };
static unsigned fake_commits;       /* how often commit() ran */
static size_t fake_commit_resources; /* how many resources the last one was given */
static const char *fake_commit_writes; /* a file that commit() spoils */
static bool fake_is_busy;		/* would commit() have to wait? */
static struct tmd_strv fake_order;	/* paths in the order of plans, and "commit" */
static void (*fake_rival)(void); /* what somebody else does between reading and writing */

static const struct tmd_field fake_fields[FAKE_FIELDS] = {
	[FAKE_PATH] = { "path", TMD_T_PATH, TMD_F_KEY, NULL, NULL, "The file." },
	[FAKE_TEXT] = { "text", TMD_T_STRING,
			TMD_F_REQUIRED | TMD_F_UNLESS_ABSENT | TMD_F_REFERS, NULL, NULL,
			"What it holds." },
	[FAKE_STATE] = { "state", TMD_T_ENUM, TMD_F_STATE, "present", fake_states, "Whether it is there." },
	[FAKE_MODE] = { "mode", TMD_T_ENUM, TMD_F_PARAM, "good", fake_modes, "How it behaves." },
	[FAKE_COUNT] = { "count", TMD_T_INT, TMD_F_PARAM, NULL, NULL, "A number." },
	[FAKE_TAGS] = { "tags", TMD_T_LIST, TMD_F_PARAM, NULL, NULL, "Words." },
	[FAKE_STRICT] = { "strict", TMD_T_BOOL, TMD_F_PARAM, "false", NULL, "A switch." },
	[FAKE_SIZE] = { "size", TMD_T_INT, TMD_F_READ_ONLY, NULL, NULL, "Bytes." },
	[FAKE_SEEN] = { "seen", TMD_T_MAP, TMD_F_READ_ONLY, NULL, NULL, "A map." },
	[FAKE_DISK] = { "disk", TMD_T_STRING, TMD_F_PARAM | TMD_F_PLACE, NULL, NULL,
			"A name for the one disk there is." },
};

static bool fake_has_mode(const struct tmd_resource *r, const char *mode)
{
	return tmd_str_equal(tmd_value_str(&r->desired[FAKE_MODE]), mode);
}

static enum tmd_rc fake_normalize(struct tmd_ctx *ctx, struct tmd_resource *r,
				  struct tmd_error *err)
{
	const char *path = tmd_value_str(&r->input[FAKE_PATH]);

	(void)ctx;
	(void)err;
	free(r->identity);
	free(r->name);
	r->identity = tmd_format("fake:%s", path);
	r->name = tmd_strdup(path);
	r->backend = "file";
	r->after_rebuild = fake_has_mode(r, "follows");
	if (r->after_rebuild || fake_has_mode(r, "later"))
		r->rank = r->type->rank + (r->after_rebuild ? 1 : 2);
	if (!tmd_resource_is_to_go(r))
		tmd_value_copy(&r->desired[FAKE_TEXT], &r->input[FAKE_TEXT]);
	return TMD_OK;
}

static const char *fake_contradicts(const struct tmd_resource *a, const struct tmd_resource *b)
{
	return fake_has_mode(a, "alone") && fake_has_mode(b, "alone") ? "each wants to be alone"
								       : NULL;
}

static enum tmd_rc fake_read(struct tmd_ctx *ctx, struct tmd_resource *r, struct tmd_error *err)
{
	TMD_AUTO_BUF struct tmd_buf text = { 0 };

	tmd_value_set_string(&r->current[FAKE_STATE], "absent");
	tmd_value_copy(&r->current[FAKE_PATH], &r->input[FAKE_PATH]);
	if (tmd_view_read(ctx->view, r->input[FAKE_PATH].string, 0, &text, NULL, err))
		return err->kind == TMD_E_NOT_FOUND ? TMD_OK : TMD_FAILED;
	tmd_value_set_string(&r->current[FAKE_STATE], "present");
	tmd_value_set_string(&r->current[FAKE_TEXT], tmd_buf_str(&text));
	tmd_value_set_int(&r->current[FAKE_SIZE], (int64_t)text.len);
	tmd_value_map_set(&r->current[FAKE_SEEN], "bytes", "some");
	tmd_strv_add(&r->warnings, "read it");
	return TMD_OK;
}

static enum tmd_rc fake_plan(struct tmd_ctx *ctx, struct tmd_resource *r,
			     struct tmd_changeset *set, struct tmd_error *err)
{
	const char *path = r->input[FAKE_PATH].string;
	struct tmd_buf text = { 0 };

	tmd_strv_add(&r->warnings, "planned it");
	if (tmd_fs_writes_allowed(ctx->fs))
		tmd_strv_add(&fake_order, path);
	set->rebuild = fake_has_mode(r, "rebuilds");
	if (fake_has_mode(r, "refuses"))
		return tmd_fail(err, TMD_E_REFUSED, path, "ask again", "no");
	if (fake_has_mode(r, "raced") && fake_rival)
		fake_rival();
	if (fake_has_mode(r, "idles"))
		return TMD_OK;
	if (fake_has_mode(r, "spoils")) {
		struct tmd_buf other = { 0 };

		tmd_buf_add_str(&other, "spoilt");
		tmd_changeset_write(set, "/a", &other, NULL);
	}
	if (fake_has_mode(r, "forgets")) {
		tmd_buf_add_str(&text, "elsewhere");
		tmd_changeset_write(set, "/elsewhere", &text, NULL);
		return TMD_OK;
	}
	if (tmd_str_equal(tmd_value_str(&r->desired[FAKE_STATE]), "absent")) {
		tmd_changeset_remove(set, path);
		return TMD_OK;
	}
	tmd_buf_add_str(&text, tmd_value_str(&r->desired[FAKE_TEXT]));
	if (fake_has_mode(r, "backs_up"))
		tmd_changeset_backup(set, path);
	if (!fake_has_mode(r, "spoils") || strcmp(path, "/a") != 0)
		tmd_changeset_write(set, path, &text, NULL);
	tmd_buf_release(&text);
	return TMD_OK;
}

static enum tmd_rc fake_commit(struct tmd_ctx *ctx, struct tmd_resource *const *resources,
			       size_t count, struct tmd_error *err)
{
	(void)resources;
	fake_commits++;
	tmd_strv_add(&fake_order, "commit");
	fake_commit_resources = count;
	if (!fake_commit_writes)
		return TMD_OK;
	return tmd_fs_replace(ctx->fs, fake_commit_writes, "spoilt", 6, NULL, err);
}

static bool fake_busy(struct tmd_ctx *ctx, struct tmd_resource *const *resources, size_t count)
{
	(void)ctx;
	(void)resources;
	return fake_is_busy && count;
}

static const char *const fake_backends[] = { "file", NULL };
static const struct tmd_type fake_type = {
	.name = "fake",
	.summary = "A file for tests.",
	.fields = fake_fields,
	.field_count = FAKE_FIELDS,
	.backends = fake_backends,
	.rank = 5,
	.normalize = fake_normalize,
	.contradicts = fake_contradicts,
	.read = fake_read,
	.plan = fake_plan,
	.commit = fake_commit,
	.commit_text = "committing",
	.busy = fake_busy,
};

#endif
