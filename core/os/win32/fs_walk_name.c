/* Where a walk ended: the canonical path, with the names as they are on the disk. */
#include "os/win32/fs_walk.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "os/path.h"

enum tmd_rc tmd_walk_fail_outside(const struct tmd_walk *w, const char *target,
				  struct tmd_error *err)
{
	return tmd_fail(err, TMD_E_REFUSED, w->asked, "name the file itself, inside the root",
			"a link leads out of the root, to %s", target);
}

static void cut_separators(char *path)
{
	size_t len = strlen(path);

	while (len && tmd_is_separator(path[len - 1]))
		path[--len] = '\0';
}

/* The names at the end of `at` that do not exist: "\\a\\b". */
static const char *missing_names(const struct tmd_walk *w)
{
	const char *at = tmd_buf_str(&w->at) + w->at.len;

	for (size_t i = 0; i < w->missing; i++) {
		do
			at--;
		while (*at != '\\');
	}
	return at;
}

/* What follows the root in the canonical path of something inside it; NULL: it is outside. */
static const char *below_root(const struct tmd_fs *fs, const char *path)
{
	TMD_AUTO_FREE char *key = tmd_path_key(path);
	TMD_AUTO_FREE char *root = tmd_path_key(fs->root);
	size_t names = strlen(fs->root);
	size_t len;

	cut_separators(root);
	len = strlen(root);
	if (!tmd_str_starts(key, root) || (key[len] && key[len] != '\\'))
		return NULL;
	while (names && tmd_is_separator(fs->root[names - 1]))
		names--;
	return strlen(path) >= names ? path + names : NULL;
}

/*
 * The directory reached (the nearest existing one), with the names as they are on the disk and
 * no separator at its end: "C:\\dir", or below an offline root "\\dir". NULL: it is outside.
 */
static char *real_directory(const struct tmd_walk *w)
{
	TMD_AUTO_FREE char *found = tmd_walk_dir(w) ? tmd_final_path(w->dir) : NULL;
	const char *below;
	size_t names = (size_t)(missing_names(w) - tmd_buf_str(&w->at));

	if (!found)
		return tmd_format("%s%.*s", w->base ? w->base : "", (int)names,
				  tmd_buf_str(&w->at));
	cut_separators(found);
	below = w->fs->live ? found : below_root(w->fs, found);
	return tmd_strdup(below);
}

/* The name as it is on the disk, when that is another spelling of the one asked for. */
static char *real_name(const struct tmd_walk *w, const char *name,
		       const struct tmd_walk_entry *entry)
{
	TMD_AUTO_FREE char *dir = tmd_walk_dir(w) ? tmd_final_path(w->dir) : NULL;
	TMD_AUTO_FREE char *whole = dir ? tmd_final_path(entry->handle) : NULL;
	TMD_AUTO_FREE char *found = whole ? tmd_path_dir(whole) : NULL;

	if (!found)
		return tmd_strdup(name);
	cut_separators(found);
	cut_separators(dir);
	return tmd_strdup(strcmp(found, dir) == 0 ? tmd_path_base(whole) : name);
}

/* What we do not know as a link may lead out of an offline root all the same. */
static bool is_outside(const struct tmd_walk *w, const struct tmd_walk_entry *entry)
{
	TMD_AUTO_FREE char *path = w->fs->live ? NULL : tmd_final_path(entry->handle);

	return path && !below_root(w->fs, path);
}

/* "C:" and "\\a\\b" as people write them: "C:\\a\\b", "/a/b", "C:\\", "/". */
static char *shown_path(const struct tmd_walk *w, const char *dir, const char *names)
{
	bool is_drive = dir[0] && dir[1] == ':' && !dir[2];
	char *shown;

	if (!*names && (!*dir || is_drive))
		names = "\\";
	shown = tmd_format("%s%s", dir, names);
	for (char *c = shown; *c && !w->fs->live; c++) {
		if (*c == '\\')
			*c = '/';
	}
	return shown;
}

enum tmd_rc tmd_walk_name_place(const struct tmd_walk *w, const char *name,
				const struct tmd_walk_entry *entry, struct tmd_place *out,
				struct tmd_error *err)
{
	TMD_AUTO_FREE char *dir = real_directory(w);
	TMD_AUTO_FREE char *last = out->exists ? real_name(w, name, entry) : tmd_strdup(name);
	TMD_AUTO_FREE char *names = NULL;

	if (!dir || (out->exists && is_outside(w, entry)))
		return tmd_walk_fail_outside(w, "what lies elsewhere", err);
	names = tmd_format("%s%s%s", missing_names(w), *name ? "\\" : "", *name ? last : "");
	out->path = shown_path(w, dir, names);
	out->name = *name ? tmd_path_base(out->path) : out->path + strlen(out->path);
	if (strlen(out->path) >= TMD_PATH_LIMIT)
		return tmd_walk_fail(w, ERROR_FILENAME_EXCED_RANGE, err);
	return TMD_OK;
}
