/* The steps of one resource, together. */
#include "resources/step.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"

void tmd_diff_clear(struct tmd_diff *diff)
{
	free(diff->path);
	free(diff->before);
	free(diff->after);
	memset(diff, 0, sizeof(*diff));
}

void tmd_changeset_release(struct tmd_changeset *set)
{
	for (size_t i = 0; i < set->count; i++)
		set->steps[i]->ops->release(set->steps[i]);
	for (size_t i = 0; i < set->expected_count; i++) {
		free(set->expected[i].path);
		tmd_buf_release(&set->expected[i].content);
	}
	free(set->steps);
	free(set->expected);
	tmd_strv_release(&set->rights);
	tmd_diff_clear(&set->told);
	free(set->outline.text);
	memset(set, 0, sizeof(*set));
}

void tmd_changeset_add(struct tmd_changeset *set, struct tmd_step *step)
{
	set->steps = tmd_grow(set->steps, &set->cap, set->count + 1, sizeof(struct tmd_step *));
	set->steps[set->count++] = step;
}

void tmd_changeset_touch(struct tmd_changeset *set, const char *path)
{
	tmd_strv_add_once(&set->rights, path);
}

void tmd_changeset_expect(struct tmd_changeset *set, const char *path, struct tmd_buf *content)
{
	struct tmd_expectation *expected;

	set->expected = tmd_grow(set->expected, &set->expected_cap, set->expected_count + 1,
				 sizeof(*expected));
	expected = &set->expected[set->expected_count++];
	*expected = (struct tmd_expectation){ tmd_strdup(path), *content };
	memset(content, 0, sizeof(*content));
}

void tmd_changeset_tell(struct tmd_changeset *set, const char *path, char *before, char *after)
{
	tmd_diff_clear(&set->told);
	set->told.path = tmd_strdup(path);
	set->told.before = before;
	set->told.after = after;
}

void tmd_changeset_outline(struct tmd_changeset *set, size_t field, char *text)
{
	free(set->outline.text);
	set->outline.field = field;
	set->outline.text = text;
}

static enum tmd_rc check_rights(const struct tmd_changeset *set, struct tmd_fs *fs,
				struct tmd_error *err)
{
	for (size_t i = 0; i < set->rights.count; i++) {
		if (tmd_fs_check_write(fs, set->rights.items[i], err) ||
		    tmd_fs_check_attr(fs, set->rights.items[i], NULL, err))
			return TMD_FAILED;
	}
	return TMD_OK;
}

enum tmd_rc tmd_changeset_check(const struct tmd_changeset *set, struct tmd_fs *fs,
				struct tmd_error *err)
{
	for (size_t i = 0; i < set->count; i++) {
		if (set->steps[i]->ops->check(set->steps[i], fs, err))
			return TMD_FAILED;
	}
	return check_rights(set, fs, err);
}

enum tmd_rc tmd_changeset_preview_steps(const struct tmd_changeset *set, struct tmd_view *view,
					struct tmd_error *err)
{
	for (size_t i = 0; i < set->count; i++) {
		if (set->steps[i]->ops->preview(set->steps[i], view, err))
			return TMD_FAILED;
	}
	return TMD_OK;
}

enum tmd_rc tmd_changeset_preview(const struct tmd_changeset *set, struct tmd_view *view,
				  struct tmd_error *err)
{
	if (tmd_changeset_preview_steps(set, view, err))
		return TMD_FAILED;
	for (size_t i = 0; i < set->expected_count; i++) {
		const struct tmd_expectation *expected = &set->expected[i];

		if (!tmd_path_is_absolute(expected->path))
			tmd_view_put_fact(view, expected->path, &expected->content);
		else if (tmd_view_put_file(view, expected->path, &expected->content, NULL, err))
			return TMD_FAILED;
	}
	return TMD_OK;
}

/* What comes tells more than what goes; else the first. */
void tmd_changeset_describe(const struct tmd_changeset *set, struct tmd_view *view,
			    struct tmd_diff *diff)
{
	if (set->told.path) {
		diff->path = tmd_strdup(set->told.path);
		diff->before = tmd_strdup(set->told.before);
		diff->after = tmd_strdup(set->told.after);
		return;
	}
	for (size_t i = 0; i < set->count && !diff->after; i++) {
		struct tmd_diff other = { 0 };

		if (set->steps[i]->ops->describe)
			set->steps[i]->ops->describe(set->steps[i], view, &other);
		if (other.path && (!diff->path || other.after)) {
			tmd_diff_clear(diff);
			*diff = other;
		} else {
			tmd_diff_clear(&other);
		}
	}
}
