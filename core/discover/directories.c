/* Where a walk is, and what a directory is by its name and the one that it lies in. */
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "discover/search.h"
#include "os/path.h"

/* ---- where one is ---- */

/* Above the beginning of a walk there is only its path. */
static char *directory_above(const char *path, unsigned up)
{
	char *dir = tmd_strdup(path);

	while (up--) {
		TMD_AUTO_FREE char *inner = dir;

		dir = tmd_path_dir(inner);
	}
	return dir;
}

static const struct tmd_tree_dir *go_up(const struct tmd_tree_dir *dir, unsigned *up)
{
	while (*up && dir->parent) {
		dir = dir->parent;
		--*up;
	}
	return dir;
}

bool tmd_is_in(const struct tmd_tree_dir *dir, unsigned up, const char *name)
{
	TMD_AUTO_FREE char *above = NULL;

	dir = go_up(dir, &up);
	if (dir->parent)
		return strcmp(dir->name, name) == 0;
	above = directory_above(dir->name, up);
	return strcmp(tmd_path_base(above), name) == 0;
}

char *tmd_path_above(const struct tmd_tree_dir *dir, unsigned up)
{
	TMD_AUTO_FREE char *path = NULL;

	dir = go_up(dir, &up);
	path = tmd_tree_path(dir, NULL);
	return directory_above(path, up);
}

static bool holds(struct tmd_search *search, const char *dir, const char *name)
{
	TMD_AUTO_FREE char *path = tmd_path_join(dir, name);

	return tmd_fs_exists(search->fs, path);
}

/* ---- cores ---- */

static bool has_framework(const struct tmd_tree_dir *dir)
{
	for (; dir->parent; dir = dir->parent) {
		if (tmd_str_starts(dir->name, "tk-framework-"))
			return true;
	}
	return strstr(dir->name, "tk-framework-") != NULL;
}

static const char *core_detail(const struct tmd_tree_dir *dir)
{
	if (has_framework(dir))
		return "in a framework";
	if (dir->marks & TMD_MARK_CACHE)
		return "in a bundle cache";
	if (tmd_is_in(dir, 1, "core") && tmd_is_in(dir, 2, "install"))
		return "installed";
	return "source";
}

/* `dir` is its folder "python", in which there is "tank" or "tank_vendor". */
static void take_core(struct tmd_search *search, const struct tmd_tree_dir *dir, const char *name)
{
	TMD_AUTO_FREE char *path = tmd_path_above(dir, 1);

	if (!holds(search, path, "info.yml") ||
	    (strcmp(name, "tank") == 0 && !holds(search, path, "python/tank/__init__.py")))
		return;
	tmd_search_add(search, TMD_FIND_CORE, path, core_detail(dir));
	path = NULL;
}

/* ---- bundle caches ---- */

static bool is_version(const char *name)
{
	return name[0] == 'v' && tmd_is_digit(name[1]);
}

/* app_store/NAME/vX, as Toolkit lays it out: is there one? */
static bool holds_bundles(struct tmd_search *search, const char *app_store)
{
	TMD_AUTO_STRV struct tmd_strv names = { 0 };
	struct tmd_error ignored;

	if (tmd_fs_list(search->fs, app_store, &names, &ignored))
		return false;
	for (size_t i = 0; i < names.count; i++) {
		TMD_AUTO_FREE char *path = tmd_path_join(app_store, names.items[i]);
		TMD_AUTO_STRV struct tmd_strv versions = { 0 };

		if (tmd_fs_list(search->fs, path, &versions, &ignored))
			continue;
		for (size_t k = 0; k < versions.count; k++) {
			if (is_version(versions.items[k]))
				return true;
		}
	}
	return false;
}

static bool take_app_store(struct tmd_search *search, const struct tmd_tree_dir *dir)
{
	TMD_AUTO_FREE char *path = tmd_tree_path(dir, "app_store");
	const bool installed = tmd_is_in(dir, 0, "install");

	if (dir->marks & TMD_MARK_CACHE || !holds_bundles(search, path))
		return dir->marks & TMD_MARK_CACHE;
	if (tmd_search_wants(search, TMD_FIND_BUNDLE_CACHE))
		tmd_search_add(search, TMD_FIND_BUNDLE_CACHE, tmd_tree_path(dir, NULL),
			       installed ? "of an installed configuration" : "bundle cache");
	return true;
}

/* ---- all of them ---- */

/* Whose files nobody edits. `in`: only in a directory of that name; NULL: in any. */
static const struct {
	const char *name;
	const char *in;
	unsigned marks;
} places[] = {
	{ "shotgun_api3", NULL, TMD_MARK_OWNED },
	{ "tank_vendor", NULL, TMD_MARK_OWNED },
	{ "tank", "python", TMD_MARK_OWNED },
	{ "core", "install", TMD_MARK_OWNED | TMD_MARK_CORE },
	{ "tk-core", NULL, TMD_MARK_OWNED | TMD_MARK_CORE },
	{ "bundle_cache", NULL, TMD_MARK_OWNED | TMD_MARK_CACHE },
	{ "app_store", "install", TMD_MARK_OWNED | TMD_MARK_CACHE },
	{ "apps", "install", TMD_MARK_OWNED },
	{ "engines", "install", TMD_MARK_OWNED },
	{ "frameworks", "install", TMD_MARK_OWNED },
};

static unsigned marks_of(const struct tmd_tree_dir *dir, const char *name)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		if (strcmp(name, places[i].name) == 0 &&
		    (!places[i].in || tmd_is_in(dir, 0, places[i].in)))
			return places[i].marks;
	}
	return 0;
}

/* Few names have anything to do with us. */
static bool may_matter(const char *name)
{
	return name[0] && strchr("abcefst", name[0]) != NULL;
}

static unsigned look_at(struct tmd_search *search, const struct tmd_tree_dir *dir, const char *name)
{
	unsigned marks = marks_of(dir, name);

	if (tmd_search_wants(search, TMD_FIND_CORE) && tmd_is_in(dir, 0, "python") &&
	    (strcmp(name, "tank") == 0 || strcmp(name, "tank_vendor") == 0))
		take_core(search, dir, name);
	if (tmd_search_wants(search, TMD_FIND_BUNDLE_CACHE) && strcmp(name, "bundle_cache") == 0)
		tmd_search_add(search, TMD_FIND_BUNDLE_CACHE, tmd_tree_path(dir, name),
			       "bundle cache");
	if (strcmp(name, "app_store") == 0 && take_app_store(search, dir))
		marks |= TMD_MARK_CACHE | TMD_MARK_OWNED;
	return marks;
}

bool tmd_take_directory(struct tmd_search *search, const struct tmd_tree *tree, const char *name,
			unsigned *marks)
{
	const struct tmd_tree_dir *dir = tmd_tree_here(tree);

	if (strcmp(name, "__pycache__") == 0 || strcmp(name, ".git") == 0)
		return false;
	if (!may_matter(name))
		return true;
	*marks |= look_at(search, dir, name);
	if (!(*marks & TMD_MARK_OWNED) || !tmd_search_wants(search, TMD_FIND_SCRIPT))
		return true;
	if (!(dir->marks & TMD_MARK_OWNED)) {
		TMD_AUTO_FREE char *path = tmd_tree_path(dir, name);

		tmd_strv_add(&search->out->owned, path);
	}
	return search->query->kinds != 1u << TMD_FIND_SCRIPT;
}
