/* Links and modes in the small root of the anchor tests, which other systems do not have so. */
#ifndef TESTS_ANCHOR_LINKS_H
#define TESTS_ANCHOR_LINKS_H

#include <sys/stat.h>
#include <unistd.h>

#include "resources/anchor_fixture.h"

static inline void root_link(struct root *root, const char *path, const char *target)
{
	char full[UNIT_PATH_MAX];

	unit_make_parents(root->dir, path);
	snprintf(full, sizeof(full), "%s%s", root->dir, path);
	unlink(full);
	ck_assert_int_eq(symlink(target, full), 0);
}

static inline void root_mode(struct root *root, const char *path, unsigned mode)
{
	char full[UNIT_PATH_MAX];

	snprintf(full, sizeof(full), "%s%s", root->dir, path);
	ck_assert_int_eq(chmod(full, mode), 0);
}

#endif
