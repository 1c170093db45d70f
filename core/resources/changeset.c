/* Building a change set. */
#include "resources/type.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void tmd_changeset_release(struct tmd_changeset *set)
{
	for (size_t i = 0; i < set->count; i++) {
		free(set->actions[i].path);
		free(set->actions[i].to);
		tmd_buf_release(&set->actions[i].content);
	}
	free(set->actions);
	memset(set, 0, sizeof(*set));
}

static struct tmd_action *add_action(struct tmd_changeset *set, enum tmd_action_kind kind,
				     const char *path)
{
	static const struct tmd_fs_attr keep = { TMD_KEEP, TMD_KEEP, TMD_KEEP, 0 };
	struct tmd_action *action;

	set->actions =
		tmd_grow(set->actions, &set->cap, set->count + 1, sizeof(*set->actions));
	action = &set->actions[set->count++];
	memset(action, 0, sizeof(*action));
	action->kind = kind;
	action->path = tmd_strdup(path);
	action->attr = keep;
	return action;
}

static void move_content(struct tmd_action *action, struct tmd_buf *content)
{
	action->content = *content;
	memset(content, 0, sizeof(*content));
}

struct tmd_action *tmd_changeset_write(struct tmd_changeset *set, const char *path,
				       struct tmd_buf *content, const struct tmd_fs_attr *attr)
{
	struct tmd_action *action = add_action(set, TMD_ACT_WRITE, path);

	move_content(action, content);
	if (attr)
		action->attr = *attr;
	return action;
}

void tmd_changeset_remove(struct tmd_changeset *set, const char *path)
{
	add_action(set, TMD_ACT_REMOVE, path);
}

void tmd_changeset_rename(struct tmd_changeset *set, const char *path, const char *to)
{
	add_action(set, TMD_ACT_RENAME, path)->to = tmd_strdup(to);
}

void tmd_changeset_attr(struct tmd_changeset *set, const char *path,
			const struct tmd_fs_attr *attr)
{
	add_action(set, TMD_ACT_ATTR, path)->attr = *attr;
}

void tmd_changeset_touch(struct tmd_changeset *set, const char *path)
{
	add_action(set, TMD_ACT_TOUCH, path);
}

void tmd_changeset_expect(struct tmd_changeset *set, const char *path, struct tmd_buf *content)
{
	move_content(add_action(set, TMD_ACT_EXPECT, path), content);
}

void tmd_changeset_perform(struct tmd_changeset *set, const char *what)
{
	add_action(set, TMD_ACT_PERFORM, what);
}
